/*
 * rc/agent_rights.c, rc/agent_functions.c: how each product treats a second viewer, what may be
 * done, and what the security log has of it.
 */
#include "tests/support/test.h"

#include "rc/names.h"
#include "tests/support/rcdesk.h"

/* Listening over TCP alone, as a product. */
static void begin(desk *d, const char *product, unsigned functions)
{
    rc_agent_cfg cfg = desk_agent_cfg();
    cfg.functions = functions;
    cfg.down_time = NBT_S(10);
    cfg.profile = rc_profile_find(product, strlen(product));
    cfg.protocols = rc_profile_speaks(cfg.profile);
    desk_agent(d, &cfg);
    desk_start(d);
    desk_answer(d, "ADD NAME", NBT_NRC_GOODRET);
    desk_said(d);
}

static rc_msg rights(const char *machine)
{
    rc_msg m = { .type = RC_MSG_RIGHTS, .packings = RC_PACKINGS_ALL };
    rc_name_make(m.machine, machine, RC_SUFFIX_COMPUTER);
    m.user = (nbt_bytes){ (const uint8_t *)"bob", 3 };
    return m;
}

static void knock(desk *d, uint32_t conn, const char *machine, rc_function function)
{
    rc_msg m = rights(machine), wants = { .type = RC_MSG_FUNCTION, .function = function };
    desk_accepted(d, conn, 1761);
    if (function != RC_FUNCTION_CONTROL)
        desk_stream(d, conn, &wants);
    desk_stream(d, conn, &m);
}

static void open_at(desk *d, uint32_t conn, uint16_t port)
{
    rc_msg open = { .type = RC_MSG_OPEN, .ticket = desk_last(d, RC_MSG_VERDICT).ticket };
    desk_accepted(d, conn, port);
    desk_stream(d, conn, &open);
}

/* KB Q280054 */
static void who_insists_gets_the_client(void **state)
{
    (void)state;
    desk d;
    begin(&d, "sms2.0", 0);
    knock(&d, 1, "CONSOLE1", RC_FUNCTION_CONTROL);
    open_at(&d, 3, 1762);
    knock(&d, 5, "CONSOLE2", RC_FUNCTION_CONTROL);
    desk_tcp(&d, NBT_TCP_EOF, 5);
    desk_said(&d);
    knock(&d, 7, "CONSOLE3", RC_FUNCTION_CONTROL); /* this one hears it for the first time */
    assert_desk(&d, "checked busy; send 7 verdict; close 7");
    desk_tcp(&d, NBT_TCP_EOF, 7);
    desk_said(&d);
    knock(&d, 9, "CONSOLE3", RC_FUNCTION_CONTROL);
    assert_string_equal(desk_log(&d), "6 9");
    assert_desk(&d, "send 3 bye; closed client; close 3; close 1; checked granted; send 9 verdict");
    desk_fini(&d);

    begin(&d, "sms2.0", 0); /* it was too long ago */
    knock(&d, 1, "CONSOLE1", RC_FUNCTION_CONTROL);
    open_at(&d, 3, 1762);
    knock(&d, 5, "CONSOLE2", RC_FUNCTION_CONTROL);
    desk_tcp(&d, NBT_TCP_EOF, 5);
    desk_at(&d, 60000);
    desk_said(&d);
    knock(&d, 7, "CONSOLE2", RC_FUNCTION_CONTROL);
    assert_desk(&d, "checked busy; send 7 verdict; close 7");
    desk_fini(&d);
}

/* A session over NetBIOS, number 7, of SMS 1.2. */
static void go_sms1(desk *d)
{
    rc_msg m = rights("CONSOLE1");
    begin(d, "sms1.2", 0);
    desk_session(d, "LISTEN", 7);
    desk_message(d, 7, &m);
    rc_msg open = { .type = RC_MSG_OPEN, .ticket = desk_last(d, RC_MSG_VERDICT).ticket };
    desk_message(d, 7, &open);
    for (int i = 0; i < 3; i++)
        desk_answer(d, "SEND", NBT_NRC_GOODRET);
    desk_said(d);
}

/* KB Q168600 */
static void an_earlier_product_says_nothing(void **state)
{
    (void)state;
    desk d;
    rc_msg m = rights("CONSOLE2");
    go_sms1(&d);
    desk_session(&d, "LISTEN", 8);
    desk_message(&d, 8, &m);
    assert_string_equal(desk_log(&d), "9");
    assert_desk(&d, "LISTEN CLIENT1<43> @0; checked busy; HANG UP #8");
    desk_fini(&d);
}

/* KB Q168600, Q179563 */
static void a_disconnect_takes_an_idle_context_away(void **state)
{
    (void)state;
    rc_msg m = rights("CONSOLE2"), keys = { .type = RC_MSG_KEYS };
    rc_msg ping = { .type = RC_MSG_PING, .serial = 1 }, bye = { .type = RC_MSG_BYE };
    keys.data = (nbt_bytes){ (const uint8_t *)"x", 1 };
    for (unsigned idle = 59; idle <= 60; idle++) {
        desk d;
        go_sms1(&d);
        desk_at(&d, 1000);
        desk_message(&d, 7, &keys);
        desk_at(&d, 1000 + 1000 * idle);
        for (int i = 0; i < 2; i++) /* the screen with it, and its clock */
            desk_answer(&d, "SEND", NBT_NRC_GOODRET);
        desk_said(&d);
        desk_session(&d, "LISTEN", 8);
        desk_message(&d, 8, &m);
        if (idle < 60) {
            assert_desk(&d, "LISTEN CLIENT1<43> @0; checked busy; HANG UP #8");
            desk_message(&d, 7, &ping);
            assert_desk(&d, "SEND #7 pong");
        } else {
            assert_desk(&d, "LISTEN CLIENT1<43> @0; checked busy; context-lost; HANG UP #8");
            desk_message(&d, 7, &ping);
            assert_desk(&d, "");
            desk_message(&d, 7, &bye); /* but its end is one */
            assert_desk(&d, "closed viewer; HANG UP #7");
        }
        desk_fini(&d);
    }
}

/* KB Q161364 */
static void each_function_has_its_code(void **state)
{
    (void)state;
    static const struct {
        rc_function function;
        uint16_t port; /* 0: it is not opened */
        const char *log;
    } rows[] = {
        { RC_FUNCTION_CONTROL, 1762, "9 5" },  { RC_FUNCTION_CHAT, 1763, "9 2" },
        { RC_FUNCTION_TRANSFER, 1764, "9 3" }, { RC_FUNCTION_EXECUTE, 0, "9 4" },
        { RC_FUNCTION_REBOOT, 0, "9 1" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        desk d;
        rc_msg m = { .type = RC_MSG_REBOOT };
        if (rows[i].function == RC_FUNCTION_EXECUTE)
            m = (rc_msg){ .type = RC_MSG_EXECUTE, .data = { (const uint8_t *)"x", 1 } };
        begin(&d, "sms2.0", RC_FUNCTIONS_ALL);
        knock(&d, 1, "CONSOLE1", rows[i].function);
        if (rows[i].port)
            open_at(&d, 3, rows[i].port);
        else
            desk_stream(&d, 1, &m);
        assert_string_equal(desk_log(&d), rows[i].log);
        desk_fini(&d);

        begin(&d, "sms2.0", RC_FUNCTIONS_ALL & ~(1u << rows[i].function));
        knock(&d, 1, "CONSOLE1", rows[i].function);
        assert_string_equal(desk_log(&d), "10");
        assert_desk(&d, "checked no-function; send 1 verdict; close 1");
        desk_fini(&d);
    }
}

static void a_function_is_opened_at_its_own_port(void **state)
{
    (void)state;
    desk d;
    begin(&d, "sms2.0", RC_FUNCTIONS_ALL);
    knock(&d, 1, "CONSOLE1", RC_FUNCTION_TRANSFER);
    open_at(&d, 3, 1763);
    assert_int_equal(desk_last(&d, RC_MSG_OPENED).verdict, RC_VERDICT_NO_TICKET);
    open_at(&d, 5, 1764);
    assert_int_equal(desk_last(&d, RC_MSG_OPENED).verdict, RC_VERDICT_GRANTED);
    desk_said(&d);
    rc_msg keys = { .type = RC_MSG_KEYS, .data = { (const uint8_t *)"x", 1 } };
    desk_stream(&d, 5, &keys); /* who moves files does not type */
    assert_desk(&d, "say nonsense; error bad-message; send 5 bye; closed client; close 5; close 1");
    desk_fini(&d);
}

static void a_restart_is_acted_out(void **state)
{
    (void)state;
    desk d;
    rc_msg m = { .type = RC_MSG_REBOOT }, bye = { .type = RC_MSG_BYE };
    begin(&d, "sms2.0", RC_FUNCTIONS_ALL);
    knock(&d, 1, "CONSOLE1", RC_FUNCTION_REBOOT);
    desk_said(&d);
    desk_stream(&d, 1, &m);
    assert_desk(&d, "send 1 result");
    desk_stream(&d, 1, &bye); /* not before the viewer knows */
    assert_desk(&d, "close 1; reboot 10; DELETE NAME CLIENT1<43> @0");
    desk_answer(&d, "DELETE NAME", NBT_NRC_GOODRET);
    desk_tcp(&d, NBT_TCP_EOF, 1);
    desk_said(&d);
    desk_accepted(&d, 3, 1761); /* nobody is there */
    assert_desk(&d, "abort 3");
    desk_at(&d, 9999);
    assert_desk(&d, "");
    desk_at(&d, 10000);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "ADD NAME CLIENT1<43> @0; claimed 1; LISTEN CLIENT1<43> @0; "
                    "LISTEN CLIENT1<43> @0; listening 3");
    knock(&d, 5, "CONSOLE1", RC_FUNCTION_CONTROL);
    assert_desk(&d, "checked granted; send 5 verdict");
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", who_insists_gets_the_client),
        NBT_TEST("", an_earlier_product_says_nothing),
        NBT_TEST("", a_disconnect_takes_an_idle_context_away),
        NBT_TEST("", each_function_has_its_code),
        NBT_TEST("", a_function_is_opened_at_its_own_port),
        NBT_TEST("", a_restart_is_acted_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
