/*
 * The book of control blocks and sessions: what it calls a fault, and what it does not. The drivers
 * are played here, well and badly.
 */
#include "tests/support/mem.h"
#include "tests/support/test.h"
#include "tools/scene/simbook.h"

#include <stdio.h>

/* Program 0 on host 0 has called program 1 on host 1: session 3 here, session 9 there. */
typedef struct line {
    test_mem m;
    simbook *b;
    uint32_t tag;
} line;

enum { CALLER_LSN = 3, CALLED_LSN = 9 };

static const simbook_end caller = { 7, 2 }, called = { 8, 5 }, nobody = { 0, 0 };

static nbt_ncb block(unsigned verb, unsigned program, uint8_t retcode)
{
    return (nbt_ncb){ .command = (uint8_t)verb,
                      .retcode = retcode,
                      .lsn = program == 0 ? CALLER_LSN : CALLED_LSN };
}

static uint32_t ask(line *l, unsigned program, unsigned verb, const char *text)
{
    nbt_ncb ncb = block(verb, program, 0);
    nbt_bytes data = { (const uint8_t *)text, text ? strlen(text) : 0 };
    simbook_asked(l->b, program, program, ++l->tag, &ncb, data);
    return l->tag;
}

static void back(line *l, unsigned program, uint32_t tag, unsigned verb, uint8_t retcode,
                 const char *text)
{
    nbt_ncb ncb = block(verb, program, retcode);
    nbt_bytes data = { (const uint8_t *)text, text ? strlen(text) : 0 };
    bool opens = verb == NBT_NCB_CALL || verb == NBT_NCB_LISTEN;
    simbook_end here = program == 0 ? caller : called, there = program == 0 ? called : caller;
    simbook_done(l->b, program, program, tag, &ncb, data, opens ? here : nobody,
                 opens ? there : nobody);
}

static void does(line *l, unsigned program, unsigned verb, uint8_t retcode, const char *text)
{
    bool sends = verb == NBT_NCB_SEND;
    uint32_t tag = ask(l, program, verb, sends ? text : NULL);
    back(l, program, tag, verb, retcode, sends ? NULL : text);
}

static void begin(line *l)
{
    *l = (line){ .tag = 0 };
    l->b = simbook_new(test_mem_of(&l->m));
    assert_non_null(l->b);
}

static void open_line(line *l)
{
    begin(l);
    does(l, 0, NBT_NCB_CALL, NBT_NRC_GOODRET, NULL);
    does(l, 1, NBT_NCB_LISTEN, NBT_NRC_GOODRET, NULL);
}

static bool waits(void *ctx, uint32_t host, const nbt_ncb *ncb)
{
    (void)host;
    (void)ncb;
    return *(bool *)ctx;
}

/* "message-lost 1 " */
static void end(line *l, bool sessions_stand, const char *faults)
{
    char text[200] = "";
    size_t at = 0;
    simbook_end_all(l->b, waits, &sessions_stand);
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++) {
        uint32_t n = simbook_found(l->b, (simbook_fault)i)->n;
        if (n > 0)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s %u ",
                                   simbook_fault_str((simbook_fault)i), n);
    }
    assert_string_equal(text, faults);
    assert_false(simbook_failed(l->b));
    simbook_free(l->b);
    assert_int_equal(0, l->m.blocks);
}

/* --- control blocks --------------------------------------------------------------------------- */

static void each_comes_back_once(void **state)
{
    (void)state;
    line l;
    begin(&l);
    does(&l, 0, NBT_NCB_ADD_NAME, NBT_NRC_INUSE, NULL);
    end(&l, true, "");

    begin(&l);
    uint32_t tag = ask(&l, 0, NBT_NCB_ADD_NAME, NULL);
    back(&l, 0, tag, NBT_NCB_ADD_NAME, NBT_NRC_GOODRET, NULL);
    back(&l, 0, tag, NBT_NCB_ADD_NAME, NBT_NRC_GOODRET, NULL);
    const simbook_entry *e = simbook_found(l.b, SIMBOOK_TWICE);
    assert_int_equal(NBT_NCB_ADD_NAME, e->verb);
    assert_int_equal(0, e->program);
    end(&l, true, "completion-twice 1 ");

    begin(&l);
    ask(&l, 1, NBT_NCB_FIND_NAME, NULL);
    assert_int_equal(1, simbook_open(l.b, waits, &(bool){ true }));
    end(&l, true, "no-completion 1 ");
}

/* One of another program under the same tag is another one. */
static void tags_are_a_programs_own(void **state)
{
    (void)state;
    line l;
    begin(&l);
    nbt_ncb ncb = block(NBT_NCB_ADD_NAME, 0, 0);
    simbook_asked(l.b, 0, 0, 5, &ncb, (nbt_bytes){ NULL, 0 });
    simbook_asked(l.b, 1, 1, 5, &ncb, (nbt_bytes){ NULL, 0 });
    back(&l, 1, 5, NBT_NCB_ADD_NAME, NBT_NRC_GOODRET, NULL);
    back(&l, 1, 5, NBT_NCB_ADD_NAME, NBT_NRC_GOODRET, NULL);
    end(&l, true, "completion-twice 1 no-completion 1 ");
}

static void who_is_gone_is_told_nothing(void **state)
{
    (void)state;
    line l;
    begin(&l);
    uint32_t tag = ask(&l, 0, NBT_NCB_ADD_NAME, NULL);
    simbook_gone(l.b, 0);
    end(&l, true, "");
    begin(&l);
    tag = ask(&l, 0, NBT_NCB_ADD_NAME, NULL);
    simbook_gone(l.b, 0);
    back(&l, 0, tag, NBT_NCB_ADD_NAME, NBT_NRC_GOODRET, NULL);
    end(&l, true, "completion-twice 1 ");
}

static void a_receive_waits_as_long_as_its_session_stands(void **state)
{
    (void)state;
    line l;
    open_line(&l);
    ask(&l, 1, NBT_NCB_RECEIVE, NULL);
    assert_int_equal(0, simbook_open(l.b, waits, &(bool){ true }));
    end(&l, true, "");
    open_line(&l);
    ask(&l, 1, NBT_NCB_RECEIVE, NULL);
    end(&l, false, "no-completion 1 ");
}

/* --- sessions --------------------------------------------------------------------------------- */

static void messages_come_once_whole_in_order(void **state)
{
    (void)state;
    line l;
    open_line(&l);
    does(&l, 0, NBT_NCB_SEND, NBT_NRC_GOODRET, "one");
    does(&l, 0, NBT_NCB_SEND, NBT_NRC_GOODRET, "two");
    does(&l, 1, NBT_NCB_SEND, NBT_NRC_GOODRET, "back");
    does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_GOODRET, "one");
    does(&l, 1, NBT_NCB_RECEIVE_ANY, NBT_NRC_INCOMP, "t");
    does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_GOODRET, "wo");
    does(&l, 0, NBT_NCB_RECEIVE, NBT_NRC_GOODRET, "back");
    does(&l, 0, NBT_NCB_HANGUP, NBT_NRC_GOODRET, NULL);
    does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_SCLOSED, NULL);
    end(&l, false, "");
}

/* What arrives in place of "one", "two". */
static const struct {
    const char *label, *first, *second;
    uint8_t first_code;
    const char *faults;
} wrong[] = {
    { "as sent", "one", "two", NBT_NRC_GOODRET, "" },
    { "overtaken", "two", "one", NBT_NRC_GOODRET, "message-changed 2 " },
    { "twice", "one", "one", NBT_NRC_GOODRET, "message-changed 1 " },
    { "changed", "onE", "two", NBT_NRC_GOODRET, "message-changed 1 " },
    { "cut", "on", "two", NBT_NRC_GOODRET, "message-changed 1 " },
    { "run together", "onetwo", NULL, NBT_NRC_GOODRET, "message-changed 1 " },
    { "whole, and called a part", "one", "two", NBT_NRC_INCOMP, "message-changed 2 " },
};

static void what_is_not_what_was_sent_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        line l;
        open_line(&l);
        does(&l, 0, NBT_NCB_SEND, NBT_NRC_GOODRET, "one");
        does(&l, 0, NBT_NCB_SEND, NBT_NRC_GOODRET, "two");
        does(&l, 1, NBT_NCB_RECEIVE, wrong[i].first_code, wrong[i].first);
        if (wrong[i].second)
            does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_GOODRET, wrong[i].second);
        print_message("%s\n", wrong[i].label);
        end(&l, true, wrong[i].faults);
    }
}

static void out_of_nothing(void **state)
{
    (void)state;
    line l;
    open_line(&l);
    does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_GOODRET, "one");
    end(&l, true, "message-changed 1 ");
}

/* A SEND that failed may have brought its message, and may not. */
static void a_send_that_failed(void **state)
{
    (void)state;
    for (int came = 0; came < 2; came++) {
        line l;
        open_line(&l);
        does(&l, 0, NBT_NCB_SEND, NBT_NRC_NORES, "one");
        does(&l, 0, NBT_NCB_SEND, NBT_NRC_GOODRET, "two");
        if (came)
            does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_GOODRET, "one");
        does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_GOODRET, "two");
        end(&l, true, "");
    }
}

static void a_close_in_order_loses_nothing(void **state)
{
    (void)state;
    line l;
    open_line(&l);
    does(&l, 0, NBT_NCB_SEND, NBT_NRC_GOODRET, "one");
    does(&l, 0, NBT_NCB_HANGUP, NBT_NRC_GOODRET, NULL);
    does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_SCLOSED, NULL);
    end(&l, false, "message-lost 1 ");
    open_line(&l); /* who hangs up himself does not want the rest */
    does(&l, 0, NBT_NCB_SEND, NBT_NRC_GOODRET, "one");
    does(&l, 1, NBT_NCB_HANGUP, NBT_NRC_GOODRET, NULL);
    does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_SCLOSED, NULL);
    end(&l, false, "");
    open_line(&l); /* a session that broke may lose it */
    does(&l, 0, NBT_NCB_SEND, NBT_NRC_GOODRET, "one");
    does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_SABORT, NULL);
    end(&l, false, "");
}

/* Program 1 LISTENs once more and gets the same number for another session. */
static void listen_again(line *l)
{
    nbt_ncb ncb = block(NBT_NCB_LISTEN, 1, NBT_NRC_GOODRET);
    uint32_t tag = ask(l, 1, NBT_NCB_LISTEN, NULL);
    simbook_done(l->b, 1, 1, tag, &ncb, (nbt_bytes){ NULL, 0 }, (simbook_end){ 8, 7 },
                 (simbook_end){ 7, 6 });
}

/* A session number that is given out again is another session's. */
static void numbers_are_given_out_again(void **state)
{
    (void)state;
    line l;
    open_line(&l);
    does(&l, 0, NBT_NCB_SEND, NBT_NRC_GOODRET, "one");
    listen_again(&l);
    nbt_ncb ncb = block(NBT_NCB_CALL, 0, NBT_NRC_GOODRET);
    ncb.lsn = CALLER_LSN + 1;
    uint32_t tag = ask(&l, 0, NBT_NCB_CALL, NULL);
    simbook_done(l.b, 0, 0, tag, &ncb, (nbt_bytes){ NULL, 0 }, (simbook_end){ 7, 6 },
                 (simbook_end){ 8, 7 });
    does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_GOODRET, "one");
    end(&l, true, "message-changed 1 ");
}

/* What came from an end that nobody has told of is compared with nothing. */
static void an_end_that_nobody_knows(void **state)
{
    (void)state;
    line l;
    open_line(&l);
    listen_again(&l);
    does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_GOODRET, "one");
    does(&l, 1, NBT_NCB_SEND, NBT_NRC_GOODRET, "two");
    does(&l, 1, NBT_NCB_RECEIVE, NBT_NRC_SCLOSED, NULL);
    end(&l, true, "");
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", each_comes_back_once),
    NBT_TEST("", tags_are_a_programs_own),
    NBT_TEST("", who_is_gone_is_told_nothing),
    NBT_TEST("", a_receive_waits_as_long_as_its_session_stands),
    NBT_TEST("", messages_come_once_whole_in_order),
    NBT_TEST("", what_is_not_what_was_sent_is_seen),
    NBT_TEST("", out_of_nothing),
    NBT_TEST("", a_send_that_failed),
    NBT_TEST("", a_close_in_order_loses_nothing),
    NBT_TEST("", numbers_are_given_out_again),
    NBT_TEST("", an_end_that_nobody_knows),
};

NBT_MAIN("simbook", tests)
