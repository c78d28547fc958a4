/*
 * rc/link.c: the same messages over a NetBIOS session and over TCP, and how each of them ends.
 */
#include "tests/support/test.h"

#include "rc/link.h"
#include "tests/support/mem.h"

typedef struct linked {
    test_mem mem;
    nbt_out out;
    nbt_prog_tags tags;
    rc_link link;
} linked;

static void begin(linked *l)
{
    memset(l, 0, sizeof *l);
    nbt_out_init(&l->out, test_mem_of(&l->mem));
}

static void begin_netbios(linked *l)
{
    nbt_ncb ncb = { .command = NBT_NCB_CALL, .lana = 2, .lsn = 9 };
    begin(l);
    rc_link_netbios(&l->link, &l->tags, &ncb, &l->out);
}

static void begin_tcp(linked *l)
{
    nbt_tcp_ev ev = { .kind = NBT_TCP_ACCEPTED, .conn = 5, .peer = { 0x0A000001, 4000 } };
    begin(l);
    rc_link_accepted(&l->link, &ev);
}

static const nbt_act *last(const linked *l)
{
    return &l->out.acts[l->out.n - 1];
}

static void send(linked *l)
{
    rc_msg m = { .type = RC_MSG_BYE };
    rc_link_send(&l->link, &l->tags, &m, &l->out);
}

static rc_link_ev done(linked *l, uint32_t tag, uint8_t retcode, const void *p, size_t n)
{
    nbt_ncb ncb = { .command = NBT_NCB_SEND, .retcode = retcode };
    return rc_link_ncb(&l->link, tag, &ncb, (nbt_bytes){ p, n });
}

static rc_link_ev tcp(linked *l, nbt_tcp_kind kind, const void *p, size_t n)
{
    nbt_tcp_ev ev = { .kind = kind, .conn = 5, .data = { p, n }, .sent = n };
    return rc_link_tcp(&l->link, &ev, &l->out);
}

static void a_session_message_is_one_message(void **state)
{
    (void)state;
    linked l;
    rc_msg m;
    nbt_rd r;
    begin_netbios(&l);
    assert_int_equal(last(&l)->ncb.command, NBT_NCB_RECEIVE);
    assert_int_equal(last(&l)->ncb.lsn, 9);
    assert_int_equal(last(&l)->ncb.lana, 2);
    assert_int_equal(last(&l)->ncb.length, RC_MSG_MAX);
    assert_int_equal(done(&l, l.link.receive, 0, "\x01\x0A\x01", 3), RC_LINK_INPUT);
    assert_int_equal(rc_link_next(&l.link, &m, &r), RC_LINK_MSG);
    assert_int_equal(m.bye, RC_BYE_STOPPED);
    assert_int_equal(rc_link_next(&l.link, &m, &r), RC_LINK_NONE);
    rc_link_more(&l.link, &l.tags, false, &l.out);
    assert_int_equal(l.out.n, 1); /* not wanted, not asked for */
    rc_link_more(&l.link, &l.tags, true, &l.out);
    rc_link_more(&l.link, &l.tags, true, &l.out);
    assert_int_equal(l.out.n, 2); /* one at a time */

    assert_int_equal(done(&l, l.link.receive, 0, NULL, 0), RC_LINK_INPUT); /* an empty message */
    assert_int_equal(rc_link_next(&l.link, &m, &r), RC_LINK_BAD);
    assert_rd_err(&r, NBT_ERR_SHORT, 0, "VERSION");
    nbt_out_fini(&l.out);
}

static void sends_are_counted(void **state)
{
    (void)state;
    linked l;
    begin_netbios(&l);
    assert_true(rc_link_ready(&l.link));
    send(&l);
    uint32_t first = last(&l)->tag;
    assert_int_equal(last(&l)->ncb.length, 3);
    assert_true(rc_link_ready(&l.link));
    send(&l);
    assert_false(rc_link_ready(&l.link));
    assert_int_equal(done(&l, first, 0, NULL, 0), RC_LINK_SAME);
    assert_true(rc_link_ready(&l.link));
    assert_int_equal(done(&l, first, 0, NULL, 0), RC_LINK_NOT_MINE);
    nbt_out_fini(&l.out);
}

static void the_first_failure_ends_a_session(void **state)
{
    (void)state;
    linked l;
    begin_netbios(&l);
    send(&l);
    uint32_t sent = last(&l)->tag;
    assert_int_equal(done(&l, l.link.receive, NBT_NRC_SCLOSED, NULL, 0), RC_LINK_LOST);
    assert_int_equal(l.link.lost_by.retcode, NBT_NRC_SCLOSED);
    assert_int_equal(done(&l, sent, NBT_NRC_SABORT, NULL, 0), RC_LINK_SAME);
    assert_int_equal(l.link.lost_by.retcode, NBT_NRC_SCLOSED);
    size_t n = l.out.n;
    send(&l);
    rc_link_close(&l.link, &l.tags, &l.out);
    rc_link_more(&l.link, &l.tags, true, &l.out);
    assert_int_equal(l.out.n, n); /* nothing is to be done about it any more */
    nbt_out_fini(&l.out);
}

static void a_hang_up_ends_a_session_in_order(void **state)
{
    (void)state;
    static const uint8_t retcodes[] = { NBT_NRC_GOODRET, NBT_NRC_CMDTMO, NBT_NRC_SCLOSED };
    for (size_t i = 0; i < LENGTH_OF(retcodes); i++) {
        linked l;
        begin_netbios(&l);
        uint32_t receive = l.link.receive;
        rc_link_close(&l.link, &l.tags, &l.out);
        assert_int_equal(last(&l)->ncb.command, NBT_NCB_HANGUP);
        rc_link_close(&l.link, &l.tags, &l.out);
        assert_int_equal(l.out.n, 2); /* once */
        assert_int_equal(done(&l, receive, NBT_NRC_SCLOSED, NULL, 0), RC_LINK_SAME);
        assert_int_equal(done(&l, l.link.hangup, retcodes[i], NULL, 0), RC_LINK_ENDED);
        assert_int_equal(l.link.state, RC_LINK_CLOSED);
        nbt_out_fini(&l.out);
    }
}

static void what_comes_behind_a_hang_up_is_not_read(void **state)
{
    (void)state;
    linked l;
    rc_msg m;
    nbt_rd r;
    begin_netbios(&l);
    rc_link_close(&l.link, &l.tags, &l.out);
    done(&l, l.link.receive, 0, "\x01\x0A\x01", 3);
    assert_int_equal(rc_link_next(&l.link, &m, &r), RC_LINK_NONE);
    nbt_out_fini(&l.out);
}

static void a_stream_has_many_messages(void **state)
{
    (void)state;
    linked l;
    rc_msg m;
    nbt_rd r;
    begin_tcp(&l);
    assert_int_equal(tcp(&l, NBT_TCP_DATA, "\0\3\1\x0A\0\0\3\1\x0A\1\0", 11), RC_LINK_INPUT);
    assert_int_equal(rc_link_next(&l.link, &m, &r), RC_LINK_MSG);
    assert_int_equal(rc_link_next(&l.link, &m, &r), RC_LINK_MSG);
    assert_int_equal(m.bye, RC_BYE_STOPPED);
    assert_int_equal(rc_link_next(&l.link, &m, &r), RC_LINK_NONE);
    assert_int_equal(tcp(&l, NBT_TCP_DATA, "\0", 1), RC_LINK_INPUT); /* the second half of it */
    assert_int_equal(rc_link_next(&l.link, &m, &r), RC_LINK_BAD);
    assert_rd_err(&r, NBT_ERR_LENGTH, 0, "LENGTH");
    nbt_out_fini(&l.out);
}

static void a_stream_is_held_and_goes_on(void **state)
{
    (void)state;
    linked l;
    begin_tcp(&l);
    rc_link_more(&l.link, &l.tags, true, &l.out);
    assert_int_equal(l.out.n, 0);
    rc_link_more(&l.link, &l.tags, false, &l.out);
    assert_int_equal(last(&l)->kind, NBT_ACT_TCP_HOLD);
    rc_link_more(&l.link, &l.tags, false, &l.out);
    assert_int_equal(l.out.n, 1);
    rc_link_more(&l.link, &l.tags, true, &l.out);
    assert_int_equal(last(&l)->kind, NBT_ACT_TCP_RESUME);
    nbt_out_fini(&l.out);
}

static void a_stream_that_is_not_taken_is_not_ready(void **state)
{
    (void)state;
    static const uint8_t keys[RC_KEYS_MAX];
    linked l;
    begin_tcp(&l);
    rc_msg m = { .type = RC_MSG_KEYS, .data = { keys, sizeof keys } };
    size_t sent = 0;
    for (; rc_link_ready(&l.link); sent += 2 + 2 + sizeof keys)
        rc_link_send(&l.link, &l.tags, &m, &l.out);
    assert_true(sent >= RC_LINK_UNSENT_READY && sent < RC_LINK_UNSENT_READY + 2000);
    assert_int_equal(tcp(&l, NBT_TCP_SENT, NULL, sent - RC_LINK_UNSENT_READY), RC_LINK_SAME);
    assert_false(rc_link_ready(&l.link));
    tcp(&l, NBT_TCP_SENT, NULL, 1);
    assert_true(rc_link_ready(&l.link));
    nbt_out_fini(&l.out);
}

static void a_connection_ends_from_either_side(void **state)
{
    (void)state;
    linked l;
    begin_tcp(&l);
    assert_int_equal(tcp(&l, NBT_TCP_EOF, NULL, 0), RC_LINK_LOST);
    assert_int_equal(last(&l)->kind, NBT_ACT_TCP_CLOSE); /* our side, too */
    assert_int_equal(tcp(&l, NBT_TCP_RESET, NULL, 0), RC_LINK_NOT_MINE);
    nbt_out_fini(&l.out);

    begin_tcp(&l);
    assert_int_equal(tcp(&l, NBT_TCP_RESET, NULL, 0), RC_LINK_LOST);
    assert_int_equal(l.out.n, 0);
    nbt_out_fini(&l.out);

    begin_tcp(&l);
    rc_link_close(&l.link, &l.tags, &l.out);
    assert_int_equal(last(&l)->kind, NBT_ACT_TCP_CLOSE);
    assert_int_equal(tcp(&l, NBT_TCP_SENT, NULL, 4), RC_LINK_SAME);
    assert_int_equal(tcp(&l, NBT_TCP_EOF, NULL, 0), RC_LINK_ENDED);
    assert_int_equal(l.out.n, 1);
    nbt_out_fini(&l.out);
}

static void an_opening_may_fail_or_be_given_up(void **state)
{
    (void)state;
    linked l;
    begin(&l);
    rc_link_connect(&l.link, 5, (nbt_ep){ 0x0A000002, 1761 }, &l.out);
    assert_int_equal(last(&l)->to.port, 1761);
    send(&l);
    assert_int_equal(l.out.n, 1); /* not yet */
    assert_int_equal(tcp(&l, NBT_TCP_REFUSED, NULL, 0), RC_LINK_FAILED);

    rc_link_connect(&l.link, 5, (nbt_ep){ 0x0A000002, 1761 }, &l.out);
    rc_link_close(&l.link, &l.tags, &l.out);
    assert_int_equal(last(&l)->kind, NBT_ACT_TCP_ABORT);
    assert_int_equal(l.link.state, RC_LINK_CLOSED);

    rc_link_connect(&l.link, 5, (nbt_ep){ 0x0A000002, 1761 }, &l.out);
    assert_int_equal(tcp(&l, NBT_TCP_OPENED, NULL, 0), RC_LINK_UP);
    rc_link_abort(&l.link, &l.out);
    assert_int_equal(last(&l)->kind, NBT_ACT_TCP_ABORT);
    nbt_out_fini(&l.out);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_session_message_is_one_message),
    NBT_TEST("", sends_are_counted),
    NBT_TEST("", the_first_failure_ends_a_session),
    NBT_TEST("", a_hang_up_ends_a_session_in_order),
    NBT_TEST("", what_comes_behind_a_hang_up_is_not_read),
    NBT_TEST("", a_stream_has_many_messages),
    NBT_TEST("", a_stream_is_held_and_goes_on),
    NBT_TEST("", a_stream_that_is_not_taken_is_not_ready),
    NBT_TEST("", a_connection_ends_from_either_side),
    NBT_TEST("", an_opening_may_fail_or_be_given_up),
};

NBT_MAIN("link", tests)
