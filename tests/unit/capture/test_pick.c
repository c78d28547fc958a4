/*
 * What is shown of a whole capture: conversations in the text form, line by line, and which of
 * their lines are wanted.
 */
#include "tests/support/test.h"

#include "capture/pick.h"
#include "nbt/text.h"

#include <stdio.h>

enum { A = 0x0A000001, B = 0x0A000002, WINS = 0x0A000009, ALL = 0x0A0000FF };

typedef struct line {
    uint32_t from, to;
    uint16_t from_port, to_port; /* 0: 137 */
    cap_role role;
    const char *text;
} line;

#define OWNER(ip) " ttl=300000 owner=" ip " node=H unique"
#define ASKS CAP_ROLE_ASKER
#define OWNS CAP_ROLE_OWNER
#define SERVES CAP_ROLE_SERVER

static const line lines[] = {
    /* 1: a claim by broadcast, and its refusal by another owner */
    { A, ALL, 0, 0, ASKS, "registration-request FRED<20> id=0x0001 b=1" OWNER("10.0.0.1") },
    { A, ALL, 0, 0, ASKS, "registration-request FRED<20> id=0x0001 b=1" OWNER("10.0.0.1") },
    { B, A, 0, 0, OWNS,
      "negative-registration-response FRED<20> id=0x0001 rcode=ACT_ERR" OWNER("10.0.0.2") },
    /* 4: a claim with a server, which first looks whether the old owner is still there */
    { A, WINS, 0, 0, ASKS, "multihomed-registration FRED<20> id=0x0002" OWNER("10.0.0.1") },
    { WINS, A, 0, 0, SERVES,
      "wack FRED<20> id=0x0002 wait=5s about=multihomed-registration/0x7900" },
    { WINS, B, 0, 0, ASKS, "query-request FRED<20> id=0x0777 rd=0" },
    { B, WINS, 0, 0, OWNS,
      "positive-query-response FRED<20> id=0x0777 rd=0 ra=0 owners=10.0.0.2/H/unique" },
    { WINS, A, 0, 0, SERVES,
      "negative-registration-response FRED<20> id=0x0002 rcode=ACT_ERR" OWNER("10.0.0.2") },
    /* 9: another name */
    { A, WINS, 0, 0, ASKS, "query-request LISA<00> id=0x0003" },
    { WINS, A, 0, 0, SERVES,
      "positive-query-response LISA<00> id=0x0003 owners=10.0.0.2/H/unique" },
    /* 11: a node is asked for a name of its own, and answers as Windows does */
    { A, B, 0, 0, ASKS, "query-request FRED<20> id=0x0004" },
    { B, A, 0, 0, OWNS,
      "positive-query-response FRED<20> id=0x0004 ra=0 owners=10.0.0.2/H/unique" },
    /* 13: a status that lists it */
    { A, B, 0, 0, ASKS, "status-request *<00> id=0x0005" },
    { B, A, 0, 0, OWNS, "status-response *<00> id=0x0005 names=FRED<20>/H/unique/act" },
    /* 15: a call, and a session */
    { A, B, 1025, 139, ASKS, "session-request FRED<20> from=LISA<00>" },
    { B, A, 139, 1025, OWNS, "positive-session-response -" },
    { A, B, 1025, 139, ASKS, "session-message - length=0" },
    { B, A, 139, 1025, OWNS, "session-message - length=0" },
    /* 19: another call */
    { A, B, 1026, 139, ASKS, "session-request BARNEY<20> from=LISA<00>" },
    { B, A, 139, 1026, OWNS, "negative-session-response - error=called-not-present" },
    /* 21: datagrams: from FRED, to FRED, and none gets there */
    { B, ALL, 138, 138, ASKS,
      "direct-group-datagram LAB<1e> id=0x0006 from=FRED<20> source=10.0.0.2:138 node=B first "
      "data=\"hello\"" },
    { A, B, 138, 138, ASKS,
      "direct-unique-datagram FRED<20> id=0x0007 from=LISA<00> source=10.0.0.1:138 node=B first "
      "data=\"hello\"" },
    { B, A, 138, 138, OWNS,
      "datagram-error - id=0x0007 source=10.0.0.2:138 node=B error=destination-not-present" },
    /* 24: the rest of its life */
    { B, WINS, 0, 0, OWNS, "refresh-request FRED<20> id=0x0008" OWNER("10.0.0.2") },
    { WINS, B, 0, 0, SERVES,
      "positive-registration-response FRED<20> id=0x0008" OWNER("10.0.0.2") },
    { B, WINS, 0, 0, OWNS, "release-request FRED<20> id=0x0009" OWNER("10.0.0.2") },
    { WINS, B, 0, 0, SERVES, "positive-release-response FRED<20> id=0x0009" OWNER("10.0.0.2") },
    /* 28: answers whose requests are not there */
    { WINS, A, 0, 0, SERVES, "positive-query-response X<20> id=0x0011 owners=10.0.0.2/H/unique" },
    { B, A, 0, 0, OWNS, "positive-query-response X<20> id=0x0012 owners=10.0.0.2/H/unique" },
    { WINS, A, 0, 0, SERVES, "end-node-challenge X<20> id=0x0013" OWNER("10.0.0.2") },
    /* 31: nobody's */
    { A, B, 0, 0, CAP_ROLE_NONE, "malformed-name-packet raw=1234" },
};

static void read_line(size_t i, nbt_msg *m, cap_item *item, uint8_t *arena, size_t cap)
{
    nbt_text_err err;
    const line *l = &lines[i];
    if (!nbt_text_parse(m, l->text, strlen(l->text), arena, cap, &err))
        fail_msg("%s: column %zu: %s", l->text, err.column, err.why);
    *item = (cap_item){
        .number = i + 1,
        .time = (int64_t)i * 1000,
        .has_ip = true,
        .from = { l->from, l->from_port ? l->from_port : NBT_PORT_NS },
        .to = { l->to, l->to_port ? l->to_port : NBT_PORT_NS },
        .msg = m,
    };
}

static void test_roles(void **state)
{
    cap_dialog *d = cap_dialog_new();
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(lines); i++) {
        uint8_t arena[4096];
        nbt_msg m;
        cap_item item;
        cap_link link;
        read_line(i, &m, &item, arena, sizeof arena);
        cap_dialog_put(d, &item, &link);
        print_message("%zu %s\n", i + 1, lines[i].text);
        assert_int_equal(cap_role_of(&item, &link), lines[i].role);
    }
    cap_dialog_free(d);
}

/* Searches if need be, then gives the numbers of what is wanted. */
static void play(cap_pick *p, char *numbers, size_t cap)
{
    size_t n = 0;
    numbers[0] = '\0';
    for (int search = cap_pick_packet(p) > 0; search >= 0; search--) {
        cap_dialog *d = cap_dialog_new();
        for (size_t i = 0; i < LENGTH_OF(lines); i++) {
            uint8_t arena[4096];
            nbt_msg m;
            cap_item item;
            cap_link link;
            read_line(i, &m, &item, arena, sizeof arena);
            cap_dialog_put(d, &item, &link);
            if (search && cap_pick_search(p, &item, &link))
                break;
            if (!search && cap_pick_holds(p, &item, &link))
                n += (size_t)snprintf(numbers + n, cap - n, "%s%zu", n ? " " : "", i + 1);
        }
        cap_dialog_free(d);
    }
}

static void test_what_is_wanted(void **state)
{
    static const struct {
        const char *label;
        uint64_t transaction;
        const char *life, *role, *name, *want;
    } rows[] = {
        { "a claim, by its request", 1, NULL, NULL, NULL, "1 2 3" },
        { "by its repetition", 2, NULL, NULL, NULL, "1 2 3" },
        { "by its answer", 3, NULL, NULL, NULL, "1 2 3" },
        { "by the WACK, with what the server asks", 5, NULL, NULL, NULL, "4 5 6 7 8" },
        { "a session", 18, NULL, NULL, NULL, "15 16 17 18" },
        { "a malformed message", 31, NULL, NULL, NULL, "31" },
        { "no such message", 99, NULL, NULL, NULL, "" },
        { "of a claim only the answers", 1, NULL, "owner", NULL, "3" },
        { "the life of a name", 0, "FRED<20>", NULL, NULL,
          "1 2 3 4 5 6 7 8 11 12 14 15 16 21 22 23 24 25 26 27" },
        { "the life of another", 0, "lisa<00>", NULL, NULL, "9 10 15 16 19 20 22 23" },
        { "what its owner says", 0, "FRED<20>", "owner", NULL, "3 7 12 14 16 21 23 24 26" },
        { "what servers say of it", 0, "FRED<20>", "server", NULL, "5 8 25 27" },
        { "who asks for it", 0, "FRED<20>", "asker", NULL, "1 2 4 6 11 15 22" },
        { "by name alone", 0, NULL, "owner", "FRED", "3 7 12 14 21 24 26" },
        { "all servers", 0, NULL, "SERVER", NULL, "5 8 10 25 27 28 30" },
        { "a life in a conversation", 7, "FRED", NULL, NULL, "4 5 6 7 8" },
        { "none", 4, "LISA", NULL, NULL, "" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char err[CAP_ERR_MAX], numbers[256];
        cap_pick *p = cap_pick_new();
        print_message("%s\n", rows[i].label);
        if (rows[i].transaction)
            cap_pick_transaction(p, rows[i].transaction);
        if (rows[i].life)
            assert_true(cap_pick_life(p, rows[i].life, err));
        if (rows[i].role)
            assert_true(cap_pick_role(p, rows[i].role, err));
        if (rows[i].name)
            assert_true(cap_pick_by(p, CAP_FILTER_NAME, rows[i].name, err));
        assert_int_equal(cap_pick_packet(p), rows[i].transaction);
        for (int again = 0; again < 2; again++) {
            cap_pick_begin(p);
            play(p, numbers, sizeof numbers);
            assert_string_equal(numbers, rows[i].want);
        }
        if (rows[i].transaction)
            assert_int_equal(cap_pick_found(p), rows[i].transaction != 99);
        cap_pick_free(p);
    }
}

/* A packet that has several messages is part of several conversations. */
static void test_a_packet_of_several_conversations(void **state)
{
    cap_pick *p = cap_pick_new();
    cap_item item = { .number = 7 };
    (void)state;
    cap_pick_transaction(p, 7);
    cap_pick_begin(p);
    assert_false(cap_pick_search(p, &(cap_item){ .number = 6 }, &(cap_link){ .transaction = 6 }));
    assert_false(cap_pick_search(p, &item, &(cap_link){ .transaction = 3 }));
    assert_false(cap_pick_search(p, &item, &(cap_link){ .transaction = 5 }));
    assert_true(cap_pick_search(p, &(cap_item){ .number = 8 }, &(cap_link){ .transaction = 8 }));
    for (uint64_t i = 1; i < 9; i++)
        assert_int_equal(cap_pick_holds(p, &item, &(cap_link){ .transaction = i }),
                         i == 3 || i == 5);
    cap_pick_free(p);
}

static void test_what_is_no_value(void **state)
{
    char err[CAP_ERR_MAX];
    cap_pick *p = cap_pick_new();
    (void)state;
    assert_false(cap_pick_role(p, "client", err));
    assert_string_equal(err, "--role client: it is asker, owner or server");
    assert_false(cap_pick_life(p, "", err));
    assert_false(cap_pick_by(p, CAP_FILTER_SUFFIX, "x", err));
    cap_pick_free(p);
    cap_pick_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_roles),
        NBT_TEST("", test_what_is_wanted),
        NBT_TEST("", test_a_packet_of_several_conversations),
        NBT_TEST("", test_what_is_no_value),
    };
    return cmocka_run_group_tests_name("pick", tests, NULL, NULL);
}
