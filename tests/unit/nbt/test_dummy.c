/*
 * Services for laboratories: what each of them wants, and what its driver must do in its stead.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/dummy.h"
#include "tests/support/mem.h"

static test_mem mem;
static nbt_out out;
static nbt_dummy dummy;
static char said[512];

static int setup(void **state)
{
    (void)state;
    memset(&mem, 0, sizeof mem);
    nbt_out_init(&out, test_mem_of(&mem));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    nbt_out_fini(&out);
    assert_int_equal(mem.blocks, 0);
    return 0;
}

/* What it has submitted since the last time: "LISTEN; SEND 3 5" with session and octets. */
static const char *wants(void)
{
    size_t at = 0;
    said[0] = '\0';
    for (size_t i = 0; i < out.n; i++) {
        const nbt_ncb *n = &out.acts[i].ncb;
        unsigned verb = nbt_ncb_verb(n);
        at += (size_t)snprintf(said + at, sizeof said - at, "%s%s", i ? "; " : "",
                               nbt_code_word(NBT_CODESET_NCB_COMMAND, verb));
        if (n->lsn)
            at += (size_t)snprintf(said + at, sizeof said - at, " %u", n->lsn);
        if (verb == NBT_NCB_SEND)
            at += (size_t)snprintf(said + at, sizeof said - at, " %zu", out.acts[i].data_len);
        assert_int_equal(n->lana, 2);
    }
    return said;
}

/* Its oldest command of a verb comes back. */
static void done(unsigned verb, uint16_t lsn, uint8_t nrc, const char *data, nbt_time now)
{
    static const unsigned wish[] = { NBT_NCB_RESET, NBT_NCB_ADD_NAME, NBT_NCB_LISTEN,
                                     NBT_NCB_RECEIVE, NBT_NCB_SEND };
    uint32_t what = 0;
    while (wish[what] != verb)
        what++;
    nbt_ncb ncb = { .command = (uint8_t)verb, .retcode = nrc, .lsn = lsn, .num = 3 };
    nbt_bytes bytes = { (const uint8_t *)data, data ? strlen(data) : 0 };
    nbt_out_clear(&out);
    nbt_dummy_ncb(&dummy, now, NBT_DUMMY_TAG | what << 16 | lsn, &ncb, bytes, &out);
}

static void begin(nbt_dummy_kind kind)
{
    nbt_name name;
    assert_true(nbt_name_parse(&name, "FRED<20>", 8));
    nbt_dummy_init(&dummy, kind, 2, name.b);
    nbt_out_clear(&out);
    nbt_dummy_start(&dummy, &out);
    assert_string_equal(wants(), "RESET");
    done(NBT_NCB_RESET, 0, 0, NULL, 0);
    assert_string_equal(wants(), "ADD NAME");
    assert_memory_equal(out.acts[0].ncb.name, name.b, NBT_NAME_LEN);
    done(NBT_NCB_ADD_NAME, 0, 0, NULL, 0);
}

static void words_and_kinds(void **state)
{
    (void)state;
    nbt_dummy_kind kind;
    for (unsigned i = 0; i < NBT_DUMMY_KINDS; i++) {
        const char *word = nbt_dummy_word((nbt_dummy_kind)i);
        assert_true(nbt_dummy_parse(word, strlen(word), &kind) && kind == i);
        assert_false(nbt_dummy_parse(word, strlen(word) - 1, &kind));
        assert_true(strlen(nbt_dummy_text((nbt_dummy_kind)i)) > 0);
    }
    assert_false(nbt_dummy_parse("", 0, &kind));
}

static void echo_sends_back(void **state)
{
    (void)state;
    begin(NBT_DUMMY_ECHO);
    assert_string_equal(wants(), "LISTEN");
    assert_int_equal(out.acts[0].ncb.callname[0], '*');
    done(NBT_NCB_LISTEN, 300, 0, NULL, 0);
    assert_string_equal(wants(), "RECEIVE 300; LISTEN");
    done(NBT_NCB_RECEIVE, 300, 0, "hello", 0);
    assert_string_equal(wants(), "SEND 300 5");
    assert_memory_equal(out.arena + out.acts[0].data_at, "hello", 5);
    done(NBT_NCB_SEND, 300, 0, NULL, 0);
    assert_string_equal(wants(), "RECEIVE 300");
    done(NBT_NCB_RECEIVE, 300, NBT_NRC_INCOMP, "part", 0); /* the rest comes with the next */
    assert_string_equal(wants(), "SEND 300 4");
    done(NBT_NCB_RECEIVE, 300, NBT_NRC_SCLOSED, NULL, 0);
    assert_string_equal(wants(), "");
    done(NBT_NCB_LISTEN, 0, NBT_NRC_LOCTFUL, NULL, 0); /* the table is full: until one ends */
    assert_string_equal(wants(), "");
    done(NBT_NCB_SEND, 7, NBT_NRC_SABORT, NULL, 0);
    assert_string_equal(wants(), "LISTEN");
}

static void sink_and_source(void **state)
{
    (void)state;
    begin(NBT_DUMMY_SINK);
    done(NBT_NCB_LISTEN, 1, 0, NULL, 0);
    assert_string_equal(wants(), "RECEIVE 1; LISTEN");
    done(NBT_NCB_RECEIVE, 1, 0, "hello", 0);
    assert_string_equal(wants(), "RECEIVE 1");
    begin(NBT_DUMMY_SOURCE);
    done(NBT_NCB_LISTEN, 1, 0, NULL, 0);
    assert_string_equal(wants(), "SEND 1 65535; LISTEN");
    for (size_t i = 0; i < 65535; i++)
        assert_int_equal(out.arena[out.acts[0].data_at + i], i & 0xFF);
    done(NBT_NCB_SEND, 1, 0, NULL, 0);
    assert_string_equal(wants(), "SEND 1 65535");
    done(NBT_NCB_SEND, 1, NBT_NRC_SCLOSED, NULL, 0);
    assert_string_equal(wants(), "");
}

static void slow_takes_one_message_a_second(void **state)
{
    (void)state;
    begin(NBT_DUMMY_SLOW);
    assert_string_equal(wants(), "LISTEN; RECEIVE ANY");
    assert_int_equal(out.acts[1].ncb.num, 3);
    assert_true(nbt_dummy_due(&dummy) == NBT_NEVER);
    done(NBT_NCB_LISTEN, 1, 0, NULL, 0);
    assert_string_equal(wants(), "LISTEN");
    done(NBT_NCB_RECEIVE, 1, 0, "hello", NBT_S(5));
    assert_string_equal(wants(), "SEND 1 5");
    assert_true(nbt_dummy_due(&dummy) == NBT_S(6));
    done(NBT_NCB_SEND, 1, 0, NULL, NBT_S(5));
    nbt_dummy_tick(&dummy, NBT_S(6) - 1, &out);
    assert_string_equal(wants(), "");
    nbt_dummy_tick(&dummy, NBT_S(6), &out);
    assert_string_equal(wants(), "RECEIVE ANY");
    done(NBT_NCB_RECEIVE, 1, NBT_NRC_SCLOSED, NULL, NBT_S(9)); /* one session less */
    assert_true(nbt_dummy_due(&dummy) == NBT_S(10));
}

static void some_leave_it_to_their_driver(void **state)
{
    (void)state;
    static const struct {
        nbt_dummy_kind kind;
        int does; /* -1: no rule */
    } rows[] = {
        { NBT_DUMMY_ECHO, -1 },
        { NBT_DUMMY_SLOW, -1 },
        { NBT_DUMMY_REFUSE, -1 },
        { NBT_DUMMY_SILENT, NBT_RULE_SILENT },
        { NBT_DUMMY_RESET, NBT_RULE_RESET },
        { NBT_DUMMY_GARBAGE, NBT_RULE_GARBAGE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_rule rule;
        begin(rows[i].kind);
        bool listens = rows[i].kind == NBT_DUMMY_ECHO || rows[i].kind == NBT_DUMMY_SLOW;
        assert_int_equal(out.n > 0, listens);
        assert_int_equal(nbt_dummy_rule(&dummy, &rule), rows[i].does >= 0);
        if (rows[i].does < 0)
            continue;
        assert_int_equal(rule.does, rows[i].does);
        assert_ptr_equal(nbt_rule_find(&rule, 1, dummy.name, dummy.name), &rule);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", words_and_kinds),
    NBT_TEST_WITH("", echo_sends_back, setup, teardown),
    NBT_TEST_WITH("", sink_and_source, setup, teardown),
    NBT_TEST_WITH("", slow_takes_one_message_a_second, setup, teardown),
    NBT_TEST_WITH("", some_leave_it_to_their_driver, setup, teardown),
};

NBT_MAIN("dummy", tests)
