/*
 * rc/agent.c: where it listens, whom it lets in, that it serves one viewer at a time, and how it
 * takes leave.
 */
#include "tests/support/test.h"

#include "rc/names.h"
#include "tests/support/rcdesk.h"

static const nbt_act *error_of(const desk *d, const char *reason)
{
    for (size_t i = 0; i < d->out.n; i++) {
        const nbt_act *act = &d->out.acts[i];
        if (act->kind != NBT_ACT_APP || act->app != RC_APP_ERROR)
            continue;
        nbt_bytes data = nbt_out_data(&d->out, act);
        assert_int_equal(data.n, strlen(reason));
        assert_memory_equal(data.p, reason, data.n);
        return act;
    }
    fail_msg("no error");
    return NULL;
}

/* Listening on both transports; what it said is forgotten. */
static void begin(desk *d, const rc_agent_cfg *cfg)
{
    desk_agent(d, cfg);
    desk_start(d);
    if (cfg->protocols & RC_SPEAKS_NETBIOS)
        desk_answer(d, "ADD NAME", NBT_NRC_GOODRET);
    desk_said(d);
}

static rc_msg rights(const char *machine, const char *user)
{
    rc_msg m = { .type = RC_MSG_RIGHTS, .packings = RC_PACKINGS_ALL };
    rc_name_make(m.machine, machine, RC_SUFFIX_COMPUTER);
    m.user = (nbt_bytes){ (const uint8_t *)user, strlen(user) };
    return m;
}

/* A viewer's rights connection: number `conn`, to the rights port; it asks. */
static void knock(desk *d, uint32_t conn, const char *machine, const char *user)
{
    rc_msg m = rights(machine, user);
    desk_accepted(d, conn, 1761);
    desk_stream(d, conn, &m);
}

/* The function's connection, with the ticket that was last given. */
static void open_function(desk *d, uint32_t conn, uint32_t ticket)
{
    rc_msg m = { .type = RC_MSG_OPEN, .ticket = ticket };
    desk_accepted(d, conn, 1762);
    desk_stream(d, conn, &m);
}

/* A whole session over TCP, connections 1 and 3. */
static void go_tcp(desk *d)
{
    knock(d, 1, "CONSOLE1", "bob");
    open_function(d, 3, desk_last(d, RC_MSG_VERDICT).ticket);
    desk_said(d);
}

/* A whole session over NetBIOS, number 7. */
static void go_netbios(desk *d)
{
    rc_msg m = rights("CONSOLE1", "bob");
    desk_session(d, "LISTEN", 7);
    desk_message(d, 7, &m);
    rc_msg open = { .type = RC_MSG_OPEN, .ticket = desk_last(d, RC_MSG_VERDICT).ticket };
    desk_message(d, 7, &open);
    desk_answer(d, "SEND", NBT_NRC_GOODRET); /* verdict, opened, screen */
    desk_answer(d, "SEND", NBT_NRC_GOODRET);
    desk_answer(d, "SEND", NBT_NRC_GOODRET);
    desk_said(d);
}

/* ---- listening ---- */

static void the_agent_claims_its_name_and_listens(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    desk_agent(&d, &cfg);
    desk_start(&d);
    assert_desk(&d, "ADD NAME CLIENT1<43> @0");
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "claimed 1; LISTEN CLIENT1<43> @0; LISTEN CLIENT1<43> @0; listen :1761; "
                    "listen :1762; listening 3");
    desk_fini(&d);
}

static void it_listens_on_what_it_is_told(void **state)
{
    (void)state;
    static const uint8_t lanas[] = { 1, 4 };
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    cfg.protocols = RC_SPEAKS_TCP;
    cfg.profile = rc_profile_find("sms2.0sp2", 9);
    desk_agent(&d, &cfg);
    desk_start(&d);
    assert_desk(&d, "listen :2701; listen :2702; listening 2");
    desk_fini(&d);

    cfg.protocols = RC_SPEAKS_NETBIOS;
    cfg.lanas = lanas;
    cfg.nlanas = 2;
    cfg.client = "client1"; /* registered in upper case: KB Q305164 */
    desk_agent(&d, &cfg);
    desk_start(&d);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "ADD NAME CLIENT1<43> @1; claimed 1; ADD NAME CLIENT1<43> @4; claimed 1; "
                    "LISTEN CLIENT1<43> @1; LISTEN CLIENT1<43> @1; LISTEN CLIENT1<43> @4; "
                    "LISTEN CLIENT1<43> @4; listening 1");
    desk_fini(&d);
}

static void a_refused_name_is_the_end(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    desk_agent(&d, &cfg);
    desk_start(&d);
    desk_said(&d);
    desk_answer(&d, "ADD NAME", NBT_NRC_INUSE);
    assert_desk(&d, "claim-refused 1; say no-netbios; error name-refused; exit name-refused");
    desk_fini(&d);
}

static void its_name_may_be_asked_for(void **state)
{
    (void)state;
    static const char *const names[] = { "CLIENT7<00>", "" };
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    cfg.client = NULL;
    desk_agent(&d, &cfg);
    desk_start(&d);
    desk_status(&d, NBT_NRC_INCOMP, names); /* cut off, but the first name is there */
    assert_desk(&d, "ADAPTER STATUS @0; ADD NAME CLIENT7<43> @0");
    desk_fini(&d);
}

static void a_driver_without_a_computers_name(void **state)
{
    (void)state;
    static const char *const names[] = { "+WORKGROUP<00>", "CLIENT7<20>", "" };
    static const char reason[] =
        "the driver holds no unique name with the suffix 00: give --name NAME";
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    cfg.client = NULL;
    desk_agent(&d, &cfg);
    desk_start(&d);
    desk_status(&d, NBT_NRC_GOODRET, names);
    assert_int_equal(error_of(&d, reason)->ncb.command, 0); /* no command has failed */
    desk_fini(&d);

    desk_agent(&d, &cfg);
    desk_start(&d);
    desk_answer(&d, "ADAPTER STATUS", NBT_NRC_SYSTEM); /* in contrast to this one */
    const nbt_act *error = error_of(&d, "the NetBIOS driver did not do what was asked");
    assert_int_equal(error->ncb.retcode, NBT_NRC_SYSTEM);
    desk_fini(&d);
}

static void a_listen_is_replaced_at_once(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    desk_session(&d, "LISTEN", 7);
    assert_desk(&d, "LISTEN CLIENT1<43> @0");
    desk_answer(&d, "LISTEN", NBT_NRC_LOCTFUL); /* a passing trouble: again, but not at once */
    assert_desk(&d, "listen-failed");
    desk_at(&d, 999);
    assert_desk(&d, "");
    desk_at(&d, 1000);
    assert_desk(&d, "LISTEN CLIENT1<43> @0");
    desk_fini(&d);
}

static void a_name_in_conflict_is_listened_on_no_more(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    desk_answer(&d, "LISTEN", NBT_NRC_NAMCONF);
    desk_answer(&d, "LISTEN", NBT_NRC_NAMCONF);
    assert_desk(&d, "listen-failed; listen-failed"); /* TCP is left */
    assert_int_equal(desk_due_ms(&d), -1);           /* and no LISTEN will ever come again */
    desk_fini(&d);

    cfg.protocols = RC_SPEAKS_NETBIOS;
    begin(&d, &cfg);
    desk_answer(&d, "LISTEN", NBT_NRC_NAMCONF);
    assert_desk(&d, "listen-failed");
    desk_answer(&d, "LISTEN", NBT_NRC_NAMCONF);
    assert_desk(&d, "listen-failed; error name-refused; DELETE NAME CLIENT1<43> @0");
    desk_answer(&d, "DELETE NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "name-returned; exit name-refused");
    desk_fini(&d);
}

/* ---- rights and permission ---- */

static void rights_come_before_everything(void **state)
{
    (void)state;
    static const char *const alice[] = { "alice" };
    static const struct {
        const char *label;
        const char *const *permitted;
        size_t npermitted;
        const char *user, *said;
    } rows[] = {
        { "everybody", NULL, 0, "bob", "checked granted; send 1 verdict" },
        { "on the list", alice, 1, "alice", "checked granted; send 1 verdict" },
        { "not on the list", alice, 1, "bob", "checked no-rights; send 1 verdict; close 1" },
        { "half the name", alice, 1, "ali", "checked no-rights; send 1 verdict; close 1" },
        { "an empty list", alice, 0, "alice", "checked no-context; send 1 verdict; close 1" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        desk d;
        rc_agent_cfg cfg = desk_agent_cfg();
        print_message("%s\n", rows[i].label);
        cfg.permitted = rows[i].permitted;
        cfg.npermitted = rows[i].npermitted;
        begin(&d, &cfg);
        knock(&d, 1, "CONSOLE1", rows[i].user);
        assert_desk(&d, rows[i].said);
        desk_fini(&d);
    }
}

static void a_second_viewer_is_told_that_the_client_is_busy(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    go_tcp(&d);
    knock(&d, 5, "CONSOLE2", "eve");
    assert_int_equal(desk_last(&d, RC_MSG_VERDICT).verdict, RC_VERDICT_BUSY);
    assert_desk(&d, "checked busy; send 5 verdict; close 5");
    desk_tcp(&d, NBT_TCP_EOF, 5);

    rc_msg m = rights("CONSOLE3", "eve"); /* over the other transport, too */
    desk_session(&d, "LISTEN", 7);
    desk_message(&d, 7, &m);
    assert_desk(&d, "LISTEN CLIENT1<43> @0; checked busy; SEND #7 verdict; HANG UP #7");
    desk_answer(&d, "HANG UP", NBT_NRC_GOODRET);

    rc_msg ping = { .type = RC_MSG_PING, .serial = 1 };
    desk_stream(&d, 3, &ping); /* the first one does not notice */
    assert_desk(&d, "send 3 pong");
    desk_tcp(&d, NBT_TCP_EOF, 1);
    desk_said(&d);
    desk_tcp(&d, NBT_TCP_EOF, 3);
    knock(&d, 9, "CONSOLE2", "eve"); /* and then it is his turn */
    assert_desk(&d, "checked granted; send 9 verdict");
    desk_fini(&d);
}

static void without_rights_nobody_learns_that_it_is_busy(void **state)
{
    (void)state;
    static const char *const bob[] = { "bob" };
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    cfg.permitted = bob;
    cfg.npermitted = 1;
    begin(&d, &cfg);
    go_tcp(&d);
    knock(&d, 5, "CONSOLE2", "eve");
    assert_desk(&d, "checked no-rights; send 5 verdict; close 5");
    desk_fini(&d);
}

static void the_user_is_asked(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        int64_t answer;
        const char *said;
    } rows[] = {
        { "yes", 1, "checked granted; send 1 verdict" },
        { "no", 0, "checked refused; send 1 verdict; close 1" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        desk d;
        rc_agent_cfg cfg = desk_agent_cfg();
        cfg.permission = RC_PERMISSION_ASK;
        begin(&d, &cfg);
        knock(&d, 1, "CONSOLE1", "bob");
        const nbt_act *ask = &d.out.acts[d.out.n - 1];
        nbt_bytes question = nbt_out_data(&d.out, ask);
        assert_memory_equal(question.p, "Will you allow 'bob' to Remote Control your machine?",
                            question.n);
        assert_int_equal(desk_last(&d, RC_MSG_WAIT).seconds, 30);
        assert_desk(&d, "send 1 wait; ask 30");
        knock(&d, 5, "CONSOLE2", "eve"); /* while he thinks, it is busy */
        assert_desk(&d, "checked busy; send 5 verdict; close 5");
        desk_do(&d, RC_CMD_PERMIT, rows[i].answer);
        assert_desk(&d, rows[i].said);
        desk_do(&d, RC_CMD_PERMIT, 1); /* too late */
        assert_desk(&d, "");
        desk_fini(&d);
    }
}

static void a_user_who_does_not_answer_has_said_no(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    cfg.permission = RC_PERMISSION_ASK;
    begin(&d, &cfg);
    knock(&d, 1, "CONSOLE1", "bob");
    desk_said(&d);
    assert_int_equal(desk_due_ms(&d), 30000);
    desk_at(&d, 29999);
    assert_desk(&d, "");
    desk_at(&d, 30000);
    assert_int_equal(desk_last(&d, RC_MSG_VERDICT).verdict, RC_VERDICT_SILENT);
    assert_desk(&d, "checked silent; send 1 verdict; ask-over; close 1");
    desk_fini(&d);
}

static void a_viewer_who_leaves_is_not_asked_about_any_more(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    cfg.permission = RC_PERMISSION_ASK;
    begin(&d, &cfg);
    knock(&d, 1, "CONSOLE1", "bob");
    desk_said(&d);
    desk_tcp(&d, NBT_TCP_RESET, 1);
    assert_desk(&d, "ask-over");
    desk_fini(&d);
}

static void permission_may_be_denied_to_all(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    cfg.permission = RC_PERMISSION_DENY;
    begin(&d, &cfg);
    knock(&d, 1, "CONSOLE1", "bob");
    assert_desk(&d, "checked refused; send 1 verdict; close 1");
    desk_fini(&d);
}

/* KB Q248452: 120 seconds, for the console. */
static void a_grant_is_remembered_for_its_console(void **state)
{
    (void)state;
    static const struct {
        const char *label, *product, *machine;
        unsigned ms;
        const char *said;
    } rows[] = {
        { "in time", "sms2.0", "CONSOLE1", 119999, "checked granted; send 5 verdict" },
        { "too late", "sms2.0", "CONSOLE1", 120000, "send 5 wait; ask 30" },
        { "another console", "sms2.0", "CONSOLE2", 1000, "send 5 wait; ask 30" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        desk d;
        rc_agent_cfg cfg = desk_agent_cfg();
        print_message("%s\n", rows[i].label);
        cfg.permission = RC_PERMISSION_ASK;
        begin(&d, &cfg);
        knock(&d, 1, "CONSOLE1", "bob");
        desk_do(&d, RC_CMD_PERMIT, 1);
        desk_tcp(&d, NBT_TCP_EOF, 1);
        desk_at(&d, rows[i].ms);
        desk_said(&d);
        knock(&d, 5, rows[i].machine, "someone else");
        assert_desk(&d, rows[i].said);
        desk_fini(&d);
    }
}

static void an_earlier_product_asks_every_time(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    cfg.profile = rc_profile_find("sms1.2", 6);
    cfg.protocols = RC_SPEAKS_NETBIOS;
    cfg.permission = RC_PERMISSION_ASK;
    begin(&d, &cfg);
    for (uint16_t lsn = 7; lsn < 9; lsn++) {
        rc_msg m = rights("CONSOLE1", "bob");
        desk_session(&d, "LISTEN", lsn);
        desk_said(&d);
        desk_message(&d, lsn, &m);
        const char *said = desk_said(&d);
        assert_non_null(strstr(said, "ask 30"));
        desk_do(&d, RC_CMD_PERMIT, 1);
        desk_answer(&d, "SEND", NBT_NRC_GOODRET);
        desk_answer(&d, "SEND", NBT_NRC_GOODRET);
        desk_answer(&d, "RECEIVE", NBT_NRC_SCLOSED);
    }
    desk_fini(&d);
}

/* ---- the session ---- */

static void one_netbios_session_carries_both(void **state)
{
    (void)state;
    desk d;
    rc_msg m = rights("CONSOLE1", "bob");
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    desk_session(&d, "LISTEN", 7);
    desk_said(&d);
    desk_message(&d, 7, &m);
    rc_msg open = { .type = RC_MSG_OPEN, .ticket = desk_last(&d, RC_MSG_VERDICT).ticket };
    assert_desk(&d, "checked granted; SEND #7 verdict");
    desk_message(&d, 7, &open);
    assert_int_equal(desk_last(&d, RC_MSG_OPENED).columns, RC_COLUMNS);
    assert_desk(&d, "SEND #7 opened; connected netbios; say accessed-by; SEND #7 screen");
    desk_fini(&d);
}

static void over_tcp_the_function_needs_the_ticket(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    open_function(&d, 1, 0); /* before anybody has one */
    assert_int_equal(desk_last(&d, RC_MSG_OPENED).verdict, RC_VERDICT_NO_TICKET);
    assert_desk(&d, "send 1 opened; close 1");
    desk_tcp(&d, NBT_TCP_EOF, 1);
    knock(&d, 3, "CONSOLE1", "bob");
    uint32_t ticket = desk_last(&d, RC_MSG_VERDICT).ticket;
    assert_int_not_equal(ticket, 0);
    desk_said(&d);
    open_function(&d, 5, ticket + 1); /* a wrong one */
    assert_desk(&d, "send 5 opened; close 5");
    desk_tcp(&d, NBT_TCP_EOF, 5);
    open_function(&d, 7, ticket);
    assert_desk(&d, "send 7 opened; connected tcp; say accessed-by; send 7 screen");
    open_function(&d, 9, ticket); /* the session is up: it has been used */
    assert_desk(&d, "send 9 opened; close 9");
    desk_fini(&d);
}

static void whoever_says_nothing_is_sent_away(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    desk_accepted(&d, 1, 1761);
    desk_accepted(&d, 3, 1762);
    assert_int_equal(desk_due_ms(&d), 10000);
    desk_at(&d, 10000);
    assert_desk(&d, "close 1; close 3");
    desk_tcp(&d, NBT_TCP_EOF, 1);
    desk_at(&d, 20000); /* this one does not even close */
    assert_desk(&d, "abort 3");
    knock(&d, 5, "CONSOLE1", "bob"); /* a ticket that is not used is no session */
    desk_said(&d);
    desk_at(&d, 30000);
    assert_desk(&d, "close 5");
    knock(&d, 7, "CONSOLE2", "eve");
    assert_desk(&d, "checked granted; send 7 verdict");
    desk_fini(&d);
}

static void unpack(const rc_msg *m, rc_screen *s)
{
    test_mem mem = { 0 };
    uint8_t diff[RC_DIFF_MAX];
    rc_packer *p = rc_packer_new(test_mem_of(&mem));
    nbt_rd r;
    assert_true(rc_unpack(p, m, diff, &r));
    nbt_rd_init(&r, diff, m->unpacked);
    rc_diff_rd(&r, s, NULL);
    assert_rd_end(&r);
    rc_packer_free(p);
}

static void assert_shows(desk *d, rc_screen *s, unsigned row, const char *text)
{
    char have[RC_COLUMNS + 1];
    rc_msg m = desk_last(d, RC_MSG_SCREEN);
    unpack(&m, s);
    rc_screen_row(s, row, have);
    assert_non_null(strstr(have, text));
    desk_said(d);
}

static void the_screen_echoes_and_its_clock_runs(void **state)
{
    (void)state;
    desk d;
    rc_screen s;
    rc_agent_cfg cfg = desk_agent_cfg();
    cfg.midnight = NBT_S(3600) + NBT_MS(400); /* 01:00:00.4 at time 0 */
    begin(&d, &cfg);
    knock(&d, 1, "CONSOLE1", "bob");
    open_function(&d, 3, desk_last(&d, RC_MSG_VERDICT).ticket);
    rc_screen_init(&s);
    assert_shows(&d, &s, 0, "01:00:00");
    assert_int_equal(desk_due_ms(&d), 600);
    desk_at(&d, 599);
    assert_desk(&d, "");
    desk_at(&d, 600);
    assert_shows(&d, &s, 0, "01:00:01");
    assert_int_equal(desk_due_ms(&d), 1600);

    rc_msg keys = { .type = RC_MSG_KEYS, .data = { (const uint8_t *)"dir", 3 } };
    desk_stream(&d, 3, &keys);
    assert_shows(&d, &s, 1, "dir");
    desk_tcp(&d, NBT_TCP_EOF, 3);
    assert_int_not_equal(desk_due_ms(&d), 1600); /* nobody looks */

    desk_tcp(&d, NBT_TCP_EOF, 1);
    desk_said(&d);
    knock(&d, 5, "CONSOLE2", "eve"); /* what was typed is still there for the next one */
    open_function(&d, 7, desk_last(&d, RC_MSG_VERDICT).ticket);
    rc_screen_init(&s);
    assert_shows(&d, &s, 1, "dir");
    desk_fini(&d);
}

static void a_pong_comes_behind_the_screen(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    rc_msg keys = { .type = RC_MSG_KEYS, .data = { (const uint8_t *)"x", 1 } };
    rc_msg ping = { .type = RC_MSG_PING, .serial = 3, .data = { (const uint8_t *)"pad", 3 } };
    begin(&d, &cfg);
    go_netbios(&d);
    desk_message(&d, 7, &keys);
    assert_desk(&d, "SEND #7 screen");
    desk_at(&d, 1000); /* the clock: two are on their way now */
    assert_desk(&d, "SEND #7 screen");
    desk_message(&d, 7, &keys); /* this one is seen, but not shown yet */
    assert_desk(&d, "");
    desk_answer(&d, "SEND", NBT_NRC_GOODRET);
    assert_desk(&d, "SEND #7 screen");
    desk_answer(&d, "SEND", NBT_NRC_GOODRET);
    desk_message(&d, 7, &ping);
    rc_msg pong = desk_last(&d, RC_MSG_PONG);
    assert_int_equal(pong.serial, 3);
    assert_int_equal(pong.data.n, 3);
    assert_desk(&d, "SEND #7 pong");
    desk_fini(&d);

    uint8_t both[100]; /* in one piece of a stream */
    nbt_wr w;
    nbt_wr_init(&w, both, sizeof both);
    rc_frame_wr(&w, &keys);
    rc_frame_wr(&w, &ping);
    begin(&d, &cfg);
    go_tcp(&d);
    desk_bytes(&d, 3, both, w.at);
    assert_desk(&d, "send 3 screen; send 3 pong");
    desk_fini(&d);
}

static void a_viewer_that_takes_nothing_gets_nothing_more(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    go_tcp(&d);
    static const uint8_t padding[RC_PING_MAX];
    rc_msg ping = { .type = RC_MSG_PING, .data = { padding, sizeof padding } };
    unsigned n = 0;
    const char *said;
    do {
        desk_stream(&d, 3, &ping);
        said = desk_said(&d);
        n++;
    } while (!strstr(said, "hold 3") && n < 100);
    assert_true(n > 10 && n < 20);
    assert_int_equal(desk_due_ms(&d), -1); /* no clock for him */
    desk_sent(&d, 3, 20000);
    assert_desk(&d, "resume 3");
    assert_int_equal(desk_due_ms(&d), 1000);
    desk_fini(&d);
}

static void compression_is_as_set_and_as_understood(void **state)
{
    (void)state;
    static const struct {
        rc_compression compression;
        uint8_t packings;
        rc_packing packing;
    } rows[] = {
        { RC_COMPRESS_RLE, RC_PACKINGS_ALL, RC_PACKING_RLE },
        { RC_COMPRESS_ZLIB, RC_PACKINGS_ALL, RC_PACKING_ZLIB },
        { RC_COMPRESS_ZLIB, 1 << RC_PACKING_RLE, RC_PACKING_NONE },
        { RC_COMPRESS_AUTO, 1 << RC_PACKING_ZLIB, RC_PACKING_ZLIB },
        { RC_COMPRESS_AUTO, 1 << RC_PACKING_NONE, RC_PACKING_NONE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        desk d;
        rc_agent_cfg cfg = desk_agent_cfg();
        rc_msg m = rights("CONSOLE1", "bob");
        cfg.compression = rows[i].compression;
        m.packings = rows[i].packings;
        begin(&d, &cfg);
        desk_accepted(&d, 1, 1761);
        desk_stream(&d, 1, &m);
        open_function(&d, 3, desk_last(&d, RC_MSG_VERDICT).ticket);
        assert_int_equal(desk_last(&d, RC_MSG_SCREEN).packing, rows[i].packing);
        desk_fini(&d);
    }
}

static void a_session_ends_with_either_connection(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        uint32_t conn;
        nbt_tcp_kind kind;
        const char *said;
    } rows[] = {
        { "function closed", 3, NBT_TCP_EOF, "close 3; closed loss; close 1" },
        { "function broken", 3, NBT_TCP_RESET, "closed loss; close 1" },
        { "rights closed", 1, NBT_TCP_EOF, "close 1; closed loss; close 3" },
    };
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s\n", rows[i].label);
        begin(&d, &cfg);
        go_tcp(&d);
        desk_tcp(&d, rows[i].kind, rows[i].conn);
        assert_desk(&d, rows[i].said);
        desk_fini(&d);
    }
    rc_msg bye = { .type = RC_MSG_BYE };
    begin(&d, &cfg);
    go_tcp(&d);
    desk_stream(&d, 3, &bye);
    assert_desk(&d, "closed viewer; close 3; close 1");
    desk_fini(&d);

    begin(&d, &cfg);
    go_netbios(&d);
    desk_message(&d, 7, &bye);
    assert_desk(&d, "closed viewer; HANG UP #7");
    desk_fini(&d);

    begin(&d, &cfg);
    go_netbios(&d);
    desk_answer(&d, "RECEIVE", NBT_NRC_SABORT);
    assert_desk(&d, "closed loss");
    desk_fini(&d);
}

static void nonsense_is_described_and_its_sender_sent_away(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    go_tcp(&d);
    desk_accepted(&d, 5, 1761);
    desk_bytes(&d, 5, "GET / HTTP/1.0\r\n\r\n", 18);
    nbt_ep peer = error_of(&d, "no message has the length 18245 that octets 0 and 1 give")->to;
    assert_int_equal(peer.ip, 0x0A000001);
    assert_int_equal(peer.port, 40005);
    assert_desk(&d, "say nonsense; error bad-message; send 5 bye; close 5");
    desk_accepted(&d, 7, 1761);
    open_function(&d, 9, 0);
    desk_said(&d);
    rc_msg keys = { .type = RC_MSG_KEYS, .data = { (const uint8_t *)"x", 1 } };
    desk_stream(&d, 7, &keys); /* the session is another's */
    assert_desk(&d, "say nonsense; error bad-message; send 7 bye; close 7");
    desk_stream(&d, 3, &keys);
    assert_desk(&d, "send 3 screen");
    desk_fini(&d);
}

static void rights_are_not_asked_for_at_the_functions_port(void **state)
{
    (void)state;
    desk d;
    rc_msg m = rights("CONSOLE1", "bob");
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    desk_accepted(&d, 1, 1762);
    desk_stream(&d, 1, &m);
    assert_desk(&d, "say nonsense; error bad-message; send 1 bye; close 1");
    desk_fini(&d);
}

static void there_is_room_for_eight_guests(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    for (uint32_t conn = 1; conn < 16; conn += 2)
        desk_accepted(&d, conn, 1761);
    assert_desk(&d, "");
    desk_accepted(&d, 17, 1761);
    assert_desk(&d, "abort 17");
    desk_session(&d, "LISTEN", 7);
    assert_desk(&d, "HANG UP #7; LISTEN CLIENT1<43> @0");
    desk_fini(&d);
}

/* ---- the end ---- */

static void the_agent_takes_leave_of_everybody(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    go_netbios(&d);
    desk_accepted(&d, 5, 1761);
    desk_said(&d);
    desk_do(&d, RC_CMD_CLOSE, 0);
    assert_int_equal(desk_last(&d, RC_MSG_BYE).bye, RC_BYE_STOPPED);
    assert_desk(&d, "SEND #7 bye; send 5 bye; closed client; HANG UP #7; close 5");
    desk_accepted(&d, 9, 1761);
    assert_desk(&d, "abort 9");
    desk_tcp(&d, NBT_TCP_EOF, 5);
    assert_desk(&d, "");
    desk_answer(&d, "HANG UP", NBT_NRC_GOODRET);
    assert_desk(&d, "DELETE NAME CLIENT1<43> @0"); /* KB Q151221: released when it stops */
    desk_answer(&d, "LISTEN", NBT_NRC_NAMERR);
    desk_answer(&d, "LISTEN", NBT_NRC_NAMERR);
    assert_desk(&d, "");
    desk_answer(&d, "DELETE NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "name-returned; exit done");
    desk_fini(&d);
}

static void nobody_holds_the_end_up_for_ever(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    go_netbios(&d);
    desk_do(&d, RC_CMD_CLOSE, 0);
    desk_said(&d);
    desk_at(&d, 9999);
    assert_desk(&d, "");
    desk_at(&d, 10000);
    assert_desk(&d, "exit done");
    desk_fini(&d);
}

static void a_driver_that_goes_ends_an_agent_that_needs_it(void **state)
{
    (void)state;
    desk d;
    rc_agent_cfg cfg = desk_agent_cfg();
    begin(&d, &cfg);
    go_netbios(&d);
    desk_gone(&d);
    assert_desk(&d, "closed loss; error netbios-failed; exit netbios-failed");
    desk_fini(&d);

    begin(&d, &cfg); /* at the very end: nothing is left to wait for */
    desk_do(&d, RC_CMD_CLOSE, 0);
    assert_desk(&d, "DELETE NAME CLIENT1<43> @0");
    desk_gone(&d);
    assert_desk(&d, "exit done");
    desk_fini(&d);

    cfg.protocols = RC_SPEAKS_TCP;
    begin(&d, &cfg);
    desk_gone(&d);
    knock(&d, 1, "CONSOLE1", "bob");
    assert_desk(&d, "checked granted; send 1 verdict");
    desk_fini(&d);
}

static void an_agent_without_memory_is_none(void **state)
{
    (void)state;
    rc_agent_cfg cfg = desk_agent_cfg();
    rc_agent *a = NULL;
    for (size_t nth = 1; !a; nth++) {
        test_mem mem = { .fail_at = nth };
        a = rc_agent_new(test_mem_of(&mem), &cfg);
        assert_true(a || mem.blocks == 0);
        rc_agent_free(a);
    }
    rc_agent_free(NULL);
}

static void permissions_have_words(void **state)
{
    (void)state;
    rc_permission p = RC_PERMISSION_ASK;
    assert_true(rc_permission_parse(&p, "deny", 4) && p == RC_PERMISSION_DENY);
    assert_true(rc_permission_parse(&p, "grant", 5) && p == RC_PERMISSION_GRANT);
    assert_true(rc_permission_parse(&p, "ask", 3) && p == RC_PERMISSION_ASK);
    assert_false(rc_permission_parse(&p, "maybe", 5));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", the_agent_claims_its_name_and_listens),
    NBT_TEST("", it_listens_on_what_it_is_told),
    NBT_TEST("", a_refused_name_is_the_end),
    NBT_TEST("", its_name_may_be_asked_for),
    NBT_TEST("", a_driver_without_a_computers_name),
    NBT_TEST("", a_listen_is_replaced_at_once),
    NBT_TEST("", a_name_in_conflict_is_listened_on_no_more),
    NBT_TEST("", rights_come_before_everything),
    NBT_TEST("", a_second_viewer_is_told_that_the_client_is_busy),
    NBT_TEST("", without_rights_nobody_learns_that_it_is_busy),
    NBT_TEST("", the_user_is_asked),
    NBT_TEST("", a_user_who_does_not_answer_has_said_no),
    NBT_TEST("", a_viewer_who_leaves_is_not_asked_about_any_more),
    NBT_TEST("", permission_may_be_denied_to_all),
    NBT_TEST("", a_grant_is_remembered_for_its_console),
    NBT_TEST("", an_earlier_product_asks_every_time),
    NBT_TEST("", one_netbios_session_carries_both),
    NBT_TEST("", over_tcp_the_function_needs_the_ticket),
    NBT_TEST("", whoever_says_nothing_is_sent_away),
    NBT_TEST("", the_screen_echoes_and_its_clock_runs),
    NBT_TEST("", a_pong_comes_behind_the_screen),
    NBT_TEST("", a_viewer_that_takes_nothing_gets_nothing_more),
    NBT_TEST("", compression_is_as_set_and_as_understood),
    NBT_TEST("", a_session_ends_with_either_connection),
    NBT_TEST("", nonsense_is_described_and_its_sender_sent_away),
    NBT_TEST("", rights_are_not_asked_for_at_the_functions_port),
    NBT_TEST("", there_is_room_for_eight_guests),
    NBT_TEST("", the_agent_takes_leave_of_everybody),
    NBT_TEST("", nobody_holds_the_end_up_for_ever),
    NBT_TEST("", a_driver_that_goes_ends_an_agent_that_needs_it),
    NBT_TEST("", an_agent_without_memory_is_none),
    NBT_TEST("", permissions_have_words),
};

NBT_MAIN("agent", tests)
