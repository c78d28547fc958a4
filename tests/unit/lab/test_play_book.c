/*
 * The book of a real run: which connection a session is, told by what was said on the wire.
 */
#include "tests/support/test.h"

#include "tools/host/mem.h"
#include "tools/lab/play_impl.h"
#include "tools/scene/parse.h"

#include <stdlib.h>

enum { FRED, LISA };

typedef struct room {
    scene s;
    play p;
} room;

static void enter(room *r)
{
    static const char text[] = "scenario x \"X\"\n"
                               "computer FRED address=10.0.0.1,10.0.0.3\n"
                               "computer LISA address=10.0.0.2\n";
    scene_errs errs = { 0 };
    memset(r, 0, sizeof *r);
    assert_true(scene_parse(host_mem(), text, sizeof text - 1, &r->s, &errs));
    r->p.s = &r->s;
    r->p.host = calloc(r->s.nhosts, sizeof *r->p.host);
    assert_non_null(r->p.host);
}

static void leave(room *r)
{
    scene_free(&r->s);
    free(r->p.host);
    free(r->p.call);
}

static nbt_ep ep(uint8_t host, uint16_t port)
{
    return (nbt_ep){ 0x0A000000U | host, port };
}

static void says(room *r, nbt_ep from, nbt_ep to, uint8_t type, char called, char calling)
{
    nbt_msg m = { .service = NBT_SERVICE_SESSION };
    scene_event ev = { .kind = SCENE_EV_MESSAGE, .from = from, .to = to, .msg = &m };
    m.u.ssn.type = type;
    memset(m.u.ssn.called.b, called, NBT_NAME_LEN);
    memset(m.u.ssn.calling.b, calling, NBT_NAME_LEN);
    play_book_hear(&r->p, &ev);
}

/* FRED calls LISA from a port of his, by name A, for name B; she takes it. */
static void calls(room *r, uint16_t port, char called, char calling)
{
    says(r, ep(1, port), ep(2, 139), NBT_SSN_REQUEST, called, calling);
    says(r, ep(2, 139), ep(1, port), NBT_SSN_POSITIVE, 0, 0);
}

/* What a control block that came back is an end of: the connection's number, 0 if that is not
 * known. */
static uint32_t is(room *r, uint16_t host, uint8_t verb, char callname, char name, uint8_t nrc)
{
    nbt_ncb ncb = { .command = verb, .retcode = nrc };
    simbook_end here, there;
    memset(ncb.callname, callname, NBT_NAME_LEN);
    memset(ncb.name, name, NBT_NAME_LEN);
    play_book_ends(&r->p, host, &ncb, &here, &there);
    assert_int_equal(here.conn, there.conn);
    if (here.conn)
        assert_int_equal(here.obj, verb == NBT_NCB_LISTEN);
    if (here.conn)
        assert_int_equal(there.obj, verb != NBT_NCB_LISTEN);
    return here.conn;
}

#define CALL NBT_NCB_CALL
#define LISTEN NBT_NCB_LISTEN

static void both_ends_of_a_call(void **state)
{
    room r;
    (void)state;
    enter(&r);
    calls(&r, 1025, 'B', 'A');
    assert_int_equal(is(&r, LISA, LISTEN, 'A', 'B', NBT_NRC_GOODRET), 1);
    assert_int_equal(is(&r, FRED, CALL, 'B', 'A', NBT_NRC_GOODRET), 1);
    /* each end once */
    assert_int_equal(is(&r, LISA, LISTEN, 'A', 'B', NBT_NRC_GOODRET), 0);
    assert_int_equal(is(&r, FRED, CALL, 'B', 'A', NBT_NRC_GOODRET), 0);
    /* the next call between the same names is another one */
    calls(&r, 1026, 'B', 'A');
    assert_int_equal(is(&r, FRED, CALL, 'B', 'A', NBT_NRC_GOODRET), 2);
    assert_int_equal(is(&r, LISA, LISTEN, 'A', 'B', NBT_NRC_GOODRET), 2);
    leave(&r);
}

static void what_is_no_end(void **state)
{
    room r;
    (void)state;
    enter(&r);
    says(&r, ep(1, 1025), ep(2, 139), NBT_SSN_REQUEST, 'B', 'A');
    assert_int_equal(is(&r, FRED, CALL, 'B', 'A', NBT_NRC_GOODRET), 0); /* nobody has answered */
    says(&r, ep(2, 139), ep(1, 1024), NBT_SSN_POSITIVE, 0, 0);
    assert_int_equal(is(&r, FRED, CALL, 'B', 'A', NBT_NRC_GOODRET), 0); /* that was another's */
    says(&r, ep(2, 139), ep(1, 1025), NBT_SSN_NEGATIVE, 0, 0);
    assert_int_equal(is(&r, FRED, CALL, 'B', 'A', NBT_NRC_GOODRET), 0);
    says(&r, ep(2, 139), ep(1, 1025), NBT_SSN_POSITIVE, 0, 0);
    assert_int_equal(is(&r, FRED, CALL, 'B', 'A', NBT_NRC_NOCALL), 0);  /* it did not go well */
    assert_int_equal(is(&r, FRED, CALL, 'C', 'A', NBT_NRC_GOODRET), 0); /* other names */
    assert_int_equal(is(&r, FRED, CALL, 'B', 'C', NBT_NRC_GOODRET), 0);
    assert_int_equal(is(&r, LISA, CALL, 'B', 'A', NBT_NRC_GOODRET), 0); /* another host */
    assert_int_equal(is(&r, FRED, LISTEN, 'A', 'B', NBT_NRC_GOODRET), 0);
    assert_int_equal(is(&r, FRED, NBT_NCB_ADD_NAME, 'B', 'A', NBT_NRC_GOODRET), 0);
    assert_int_equal(is(&r, FRED, CALL, 'B', 'A', NBT_NRC_GOODRET), 1);
    leave(&r);
}

/* Two calls between the same names at once: which is which nobody knows. */
static void two_that_are_alike(void **state)
{
    room r;
    (void)state;
    enter(&r);
    calls(&r, 1025, 'B', 'A');
    calls(&r, 1026, 'B', 'A');
    calls(&r, 1027, 'D', 'A');
    assert_int_equal(is(&r, FRED, CALL, 'B', 'A', NBT_NRC_GOODRET), 0);
    assert_int_equal(is(&r, LISA, LISTEN, 'A', 'B', NBT_NRC_GOODRET), 0);
    assert_int_equal(is(&r, FRED, CALL, 'D', 'A', NBT_NRC_GOODRET), 3);
    leave(&r);
}

/* What a driver says of its sessions is the book's own, whatever it says. */
static void sessions_that_stand(void **state)
{
    uint8_t bytes[NBT_SSTAT_HEAD_LEN + 2 * NBT_SSTAT_SESSION_LEN];
    nbt_sstat_head head = { .num = 1, .sessions = 2 };
    nbt_wr w;
    room r;
    (void)state;
    enter(&r);
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_sstat_head_wr(&w, &head);
    nbt_sstat_session_wr(&w, &(nbt_sstat_session){ .lsn = 3 });
    nbt_sstat_session_wr(&w, &(nbt_sstat_session){ .lsn = 255 });
    assert_false(w.err);
    for (size_t n = 0; n <= w.at; n++) {
        uint8_t *p = exact_copy(bytes, n);
        nbt_ipc m = { .kind = NBT_IPC_DONE, .tag = 1u << 28 | 1, .data = { p, n } };
        memset(r.p.host[LISA].standing, 0, sizeof r.p.host[LISA].standing);
        r.p.asked = 1;
        assert_true(play_book_takes(&r.p, LISA, &m));
        assert_int_equal(r.p.asked, 0);
        free(p);
        bool one = n >= NBT_SSTAT_HEAD_LEN + NBT_SSTAT_SESSION_LEN;
        assert_int_equal(r.p.host[LISA].standing[1][3], one);
        assert_int_equal(r.p.host[LISA].standing[1][255], n == w.at);
        assert_false(r.p.host[LISA].standing[0][3]);
    }
    nbt_ipc other = { .kind = NBT_IPC_DONE, .tag = 1 };
    assert_false(play_book_takes(&r.p, LISA, &other));
    other.tag = 1u << 29; /* the RESET that is made for a program */
    assert_false(play_book_takes(&r.p, LISA, &other));
    leave(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", both_ends_of_a_call),
        NBT_TEST("", what_is_no_end),
        NBT_TEST("", two_that_are_alike),
        NBT_TEST("", sessions_that_stand),
    };
    return cmocka_run_group_tests_name("lab.play_book", tests, NULL, NULL);
}
