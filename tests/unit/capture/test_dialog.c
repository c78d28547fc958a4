/*
 * Which message answers or repeats which, and which conversation it is part of: a conversation in
 * the text form, line by line.
 */
#include "tests/support/test.h"

#include "capture/dialog.h"
#include "nbt/text.h"

enum { A = 0x0A000001, B = 0x0A000002, C = 0x0A000003, ALL = 0x0A0000FF, MS = 1000 };

typedef struct line {
    const char *label;
    uint32_t from, to;
    int64_t ms; /* when */
    const char *text;
    uint64_t answers, after_ms, repeats; /* what must be found; packets are numbered from 1 */
    uint16_t port;                       /* of the one who asks; 0: 137 */
    uint64_t transaction;                /* 0: whatever it is */
    bool listener;                       /* it comes from the other one */
} line;

static void play(const line *lines, size_t n)
{
    cap_dialog *d = cap_dialog_new();
    assert_non_null(d);
    for (size_t i = 0; i < n; i++) {
        const line *l = &lines[i];
        uint8_t arena[4096];
        nbt_msg m;
        nbt_text_err err;
        cap_link link;
        if (!nbt_text_parse(&m, l->text, strlen(l->text), arena, sizeof arena, &err))
            fail_msg("%s: column %zu: %s", l->label, err.column, err.why);
        cap_item item = {
            .number = i + 1,
            .time = l->ms * MS,
            .from = { l->from, 137 },
            .to = { l->to, 137 },
            .msg = &m,
        };
        if (l->port)
            *(l->answers || l->listener ? &item.to.port : &item.from.port) = l->port;
        cap_dialog_put(d, &item, &link);
        print_message("%s\n", l->label);
        assert_int_equal(link.answers, l->answers);
        assert_int_equal(link.after, l->after_ms * MS);
        assert_int_equal(link.repeats, l->repeats);
        assert_int_equal(link.asked_from, l->answers ? item.to.port : 0);
        if (l->transaction)
            assert_int_equal(link.transaction, l->transaction);
    }
    cap_dialog_free(d);
}

#define OWNER " ttl=300000 owner=10.0.0.1 node=B unique"

static void test_names(void **state)
{
    static const line lines[] = {
        { "1 asks", A, ALL, 0, "registration-request FRED<20> id=0x0001 b=1" OWNER, 0, 0, 0, 0, 1,
          false },
        { "2 again", A, ALL, 750, "registration-request FRED<20> id=0x0001 b=1" OWNER, 0, 0, 1, 0,
          1, false },
        { "3 another name, same id", A, ALL, 760,
          "registration-request FRED<00> id=0x0001 b=1" OWNER, 0, 0, 0, 0, 3, false },
        { "4 somebody else, same id", B, ALL, 770,
          "registration-request FRED<20> id=0x0001 b=1 owner=10.0.0.2 node=B unique", 0, 0, 0, 0, 4,
          false },
        { "5 refused", B, A, 800,
          "negative-registration-response FRED<20> id=0x0001 rcode=ACT_ERR" OWNER, 2, 50, 0, 0, 1,
          false },
        { "6 an answer to nobody", B, A, 801,
          "negative-registration-response FRED<20> id=0x0009 rcode=ACT_ERR" OWNER, 0, 0, 0, 0, 6,
          false },
        { "7 anew after the refusal", A, ALL, 900,
          "registration-request FRED<20> id=0x0001 b=1" OWNER, 0, 0, 0, 0, 7, false },
        { "8 a demand is no repetition", A, ALL, 950, "overwrite-demand FRED<20> id=0x0001" OWNER,
          0, 0, 0, 0, 7, false },
        { "9 release", A, B, 1000, "release-request FRED<20> id=0x0002" OWNER, 0, 0, 0, 0, 9,
          false },
        { "10 wait", B, A, 1010, "wack FRED<20> id=0x0002 wait=2s about=release-request/0x3000", 9,
          10, 0, 0, 9, false },
        { "11 released", B, A, 1900, "positive-release-response FRED<20> id=0x0002" OWNER, 9, 900,
          0, 0, 9, false },
        { "12 query from a high port", A, B, 2000, "query-request BARNEY<20> id=0x0003", 0, 0, 0,
          5000, 12, false },
        { "13 answered there", B, A, 2001,
          "positive-query-response BARNEY<20> id=0x0003 owners=10.0.0.2/B/unique", 12, 1, 0, 5000,
          12, false },
        { "14 too late", B, A, 2000 + CAP_DIALOG_SECONDS * 1000 + 1,
          "positive-query-response BARNEY<20> id=0x0003 owners=10.0.0.2/B/unique", 0, 0, 0, 0, 14,
          false },
    };
    (void)state;
    play(lines, LENGTH_OF(lines));
}

/* As scanners do: host after host, under one id; and the answers come late, and not in order. */
static void test_one_id_for_many(void **state)
{
    static const line lines[] = {
        { "1 asks one", A, B, 0, "status-request *<00> id=0x1337", 0, 0, 0, 0, 1, false },
        { "2 asks another", A, C, 1, "status-request *<00> id=0x1337", 0, 0, 0, 0, 2, false },
        { "3 again", A, C, 2, "status-request *<00> id=0x1337", 0, 0, 2, 0, 2, false },
        { "4 the first answers", B, A, 10,
          "status-response *<00> id=0x1337 names=B<00>/B/unique/act", 1, 10, 0, 0, 1, false },
        { "5 the other one", C, A, 12, "status-response *<00> id=0x1337 names=C<00>/B/unique/act",
          3, 10, 0, 0, 2, false },
        { "6 asks all", A, ALL, 20, "query-request FRED<20> id=0x1338 b=1", 0, 0, 0, 0, 6, false },
        { "7 one answers", B, A, 21,
          "positive-query-response FRED<20> id=0x1338 owners=10.0.0.2/B/unique", 6, 1, 0, 0, 6,
          false },
    };
    (void)state;
    play(lines, LENGTH_OF(lines));
}

static void test_datagrams_and_sessions(void **state)
{
    static const line lines[] = {
        { "1 a datagram", A, B, 0,
          "direct-unique-datagram FRED<20> id=0x0007 from=LISA<00> source=10.0.0.1:138 node=B "
          "first "
          "data=\"hello\"",
          0, 0, 0, 0, 1, false },
        { "2 nobody has that name", B, A, 3,
          "datagram-error - id=0x0007 source=10.0.0.2:138 node=B error=destination-not-present", 1,
          3, 0, 0, 1, false },
        { "3 whoever has it", A, B, 10,
          "datagram-query-request FRED<20> id=0x0008 source=10.0.0.1:138 node=B", 0, 0, 0, 0, 3,
          false },
        { "4 they have", B, A, 11,
          "datagram-positive-query-response FRED<20> id=0x0008 source=10.0.0.1:138 node=B", 3, 1, 0,
          0, 3, false },
        { "5 a call", A, B, 20, "session-request FRED<20> from=LISA<00>", 0, 0, 0, 1025, 5, false },
        { "6 another connection's answer", B, A, 21, "positive-session-response -", 0, 0, 0, 0, 6,
          false },
        { "7 refused", B, A, 22, "negative-session-response - error=called-not-present", 5, 2, 0,
          1025, 5, false },
        { "8 data answers nothing", B, A, 23, "session-message - length=0", 0, 0, 0, 0, 6, false },
    };
    (void)state;
    play(lines, LENGTH_OF(lines));
}

#define CLAIM "registration-request FRED<20> id=0x0001 b=1" OWNER

static void test_conversations(void **state)
{
    static const line lines[] = {
        { "1 asks", A, ALL, 0, CLAIM, 0, 0, 0, 0, 1, false },
        { "2 somebody else's", B, A, 10, "query-request LISA<20> id=0x0001", 0, 0, 0, 0, 2, false },
        { "3 again", A, ALL, 250, CLAIM, 0, 0, 1, 0, 1, false },
        { "4 and the demand", A, ALL, 500, "overwrite-demand FRED<20> id=0x0001" OWNER, 0, 0, 0, 0,
          1, false },
        { "5 an answer after that", B, A, 510,
          "negative-registration-response FRED<20> id=0x0001 rcode=ACT_ERR" OWNER, 4, 10, 0, 0, 1,
          false },
        { "6 anew with the same id", A, ALL, 900, "overwrite-demand FRED<20> id=0x0001" OWNER, 0, 0,
          0, 0, 6, false },
        { "7 the first part of a datagram", A, B, 1000,
          "direct-unique-datagram FRED<20> id=0x0007 from=LISA<00> source=10.0.0.1:138 node=B "
          "first more length=100 data=\"hello\"",
          0, 0, 0, 0, 7, false },
        { "8 the second", A, B, 1001,
          "direct-unique-datagram - id=0x0007 source=10.0.0.1:138 node=B length=100 offset=73 "
          "data=\"hello\"",
          0, 0, 0, 0, 7, false },
        { "9 answers nobody", B, A, 1002,
          "positive-query-response BARNEY<20> id=0x0003 owners=10.0.0.2/B/unique", 0, 0, 0, 0, 9,
          false },
    };
    (void)state;
    play(lines, LENGTH_OF(lines));
}

/* What a claim with a name server brings about: the server asks, or has the claimant ask. */
static void test_inquiries(void **state)
{
    enum { WINS = 0x0A000009 };
    static const line lines[] = {
        { "1 claims", A, WINS, 0, "multihomed-registration FRED<20> id=0x0001" OWNER, 0, 0, 0, 0, 1,
          false },
        { "2 wait", WINS, A, 10,
          "wack FRED<20> id=0x0001 wait=5s about=multihomed-registration/0x7900", 1, 10, 0, 0, 1,
          false },
        { "3 the server asks", WINS, B, 20, "query-request FRED<20> id=0x0777 rd=0", 0, 0, 0, 0, 1,
          false },
        { "4 about another name", WINS, B, 21, "query-request LISA<20> id=0x0778 rd=0", 0, 0, 0, 0,
          4, false },
        { "5 somebody else asks", B, WINS, 22, "query-request FRED<20> id=0x0002", 0, 0, 0, 0, 5,
          false },
        { "6 is answered", B, WINS, 30,
          "positive-query-response FRED<20> id=0x0777 owners=10.0.0.2/H/unique", 3, 10, 0, 0, 1,
          false },
        { "7 and answers", WINS, A, 40,
          "negative-registration-response FRED<20> id=0x0001 rcode=ACT_ERR" OWNER, 1, 40, 0, 0, 1,
          false },
        { "8 the server asks of itself", WINS, B, 50, "query-request FRED<20> id=0x0779 rd=0", 0, 0,
          0, 0, 8, false },
        { "9 claims again", A, WINS, 100, "registration-request FRED<20> id=0x0003" OWNER, 0, 0, 0,
          0, 9, false },
        { "10 is to ask himself", WINS, A, 110, "end-node-challenge FRED<20> id=0x0003" OWNER, 9,
          10, 0, 0, 9, false },
        { "11 does", A, B, 120, "query-request FRED<20> id=0x0004 rd=0", 0, 0, 0, 0, 9, false },
        { "12 and again", A, B, 620, "query-request FRED<20> id=0x0004 rd=0", 0, 0, 11, 0, 9,
          false },
        { "13 asks everybody", A, ALL, 630, "query-request FRED<20> id=0x0005 b=1", 0, 0, 0, 0, 13,
          false },
        { "14 takes it over", A, WINS, 1120, "overwrite-request FRED<20> id=0x0006" OWNER, 0, 0, 0,
          0, 9, false },
        { "15 and has it", WINS, A, 1130, "positive-registration-response FRED<20> id=0x0006" OWNER,
          14, 10, 0, 0, 9, false },
        { "16 something new", A, WINS, 1200, "query-request FRED<20> id=0x0007", 0, 0, 0, 0, 16,
          false },
    };
    (void)state;
    play(lines, LENGTH_OF(lines));
}

/* A session lasts as long as it lasts; two of one computer are told apart by their ports. */
static void test_sessions(void **state)
{
    static const line lines[] = {
        { "1 a call", A, B, 0, "session-request FRED<20> from=LISA<00>", 0, 0, 0, 1025, 1, false },
        { "2 another", A, B, 1, "session-request FRED<20> from=LISA<00>", 0, 0, 0, 1026, 2, false },
        { "3 taken", B, A, 2, "positive-session-response -", 1, 2, 0, 1025, 1, true },
        { "4 and the other", B, A, 3, "positive-session-response -", 2, 2, 0, 1026, 2, true },
        { "5 the caller speaks", A, B, 4, "session-message - length=0", 0, 0, 0, 1025, 1, false },
        { "6 the called one speaks", B, A, 200000, "session-message - length=0", 0, 0, 0, 1025, 1,
          true },
        { "7 a call of the same port", A, B, 200001, "session-request FRED<20> from=LISA<00>", 0, 0,
          0, 1025, 7, false },
        { "8 of the new one", A, B, 200002, "session-keep-alive -", 0, 0, 0, 1025, 7, false },
        { "9 joined in the middle", B, A, 200003, "session-message - length=0", 0, 0, 0, 1027, 9,
          true },
        { "10 and back", A, B, 200004, "session-message - length=0", 0, 0, 0, 1027, 9, false },
        { "11 an answer without a call", B, A, 200005, "positive-session-response -", 0, 0, 0, 1028,
          11, true },
        { "12 and on", A, B, 200006, "session-message - length=0", 0, 0, 0, 1028, 11, false },
    };
    (void)state;
    play(lines, LENGTH_OF(lines));
}

/* Remote control: who asks is answered, and all of it is part of its connection. */
static void test_remote_control(void **state)
{
    static const struct {
        const char *text;
        bool back;
        uint64_t answers;
    } lines[] = {
        { "rc-rights CONSOLE<41> packings=- user=-", false, 0 },
        { "rc-wait - seconds=30", true, 1 },
        { "rc-verdict - verdict=granted ticket=1", true, 1 },
        { "rc-open - ticket=1", false, 0 },
        { "rc-ping - serial=1", false, 0 },
        { "rc-opened - verdict=granted columns=80 rows=25", true, 4 },
        { "rc-keys - data=61", false, 0 },
        { "rc-screen - packing=none unpacked=0", true, 0 },
        { "rc-pong - serial=1", true, 5 },
        { "malformed-rc-message raw=01ff", true, 0 },
        { "rc-bye - reason=closed", true, 0 },
    };
    const nbt_ep viewer = { A, 1025 }, agent = { B, 1761 };
    cap_dialog *d = cap_dialog_new();
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(lines); i++) {
        uint8_t arena[64];
        rc_packet m;
        nbt_text_err err;
        cap_link link;
        assert_true(
            rc_text_parse(&m, lines[i].text, strlen(lines[i].text), arena, sizeof arena, &err));
        const cap_item item = {
            .number = i + 1,
            .time = (int64_t)i * MS,
            .from = lines[i].back ? agent : viewer,
            .to = lines[i].back ? viewer : agent,
            .rc = &m,
        };
        cap_dialog_put(d, &item, &link);
        print_message("%s\n", lines[i].text);
        assert_int_equal(link.answers, lines[i].answers);
        assert_int_equal(link.repeats, 0);
        assert_int_equal(link.transaction, 1);
        assert_int_equal(link.by_asker, !lines[i].back);
    }
    cap_dialog_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_names),           NBT_TEST("", test_datagrams_and_sessions),
        NBT_TEST("", test_one_id_for_many), NBT_TEST("", test_conversations),
        NBT_TEST("", test_inquiries),       NBT_TEST("", test_sessions),
        NBT_TEST("", test_remote_control),
    };
    return cmocka_run_group_tests_name("dialog", tests, NULL, NULL);
}
