/*
 * Sessions as programs see them: which LISTEN takes a call, what a CALL comes to, who gets which
 * message, and who hears of the end.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "tests/support/driver.h"

static driver d;

static int setup(void **state)
{
    (void)state;
    driver_init(&d, NULL, 1);
    (void)driver_hold(&d, 1, "FRED<20>", false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    driver_fini(&d);
    return 0;
}

static void restart(const nbt_profile *profile)
{
    driver_fini(&d);
    driver_init(&d, profile, 1);
    (void)driver_hold(&d, 1, "FRED<20>", false);
}

static void listen(uint32_t proc, uint32_t tag, const char *name, const char *caller)
{
    driver_submit(&d, proc, tag, NBT_NCB_LISTEN, name, caller);
}

static void call(uint32_t tag)
{
    driver_submit(&d, 1, tag, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
}

static void answer(uint32_t conn, const char *hex)
{
    uint8_t bytes[64];
    driver_data(&d, conn, bytes, hex_bytes(hex, bytes, sizeof bytes));
}

/* --- LISTEN ----------------------------------------------------------------------------------- */

static void a_call_meets_its_listen(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "WILMA<20>", false);
    listen(1, 1, "FRED<20>", "*<00>");
    assert_driver(&d, "");
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>");
    assert_driver(&d, "positive@1; done 1/1 00 lsn 1 from BARNEY<20>");
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>"); /* one LISTEN, one session */
    assert_driver(&d, "negative(80)@3; close@3");
    driver_tcp(&d, NBT_TCP_EOF, 3);
    assert_driver(&d, "");
    (void)driver_called(&d, "WILMA<20>", "BARNEY<20>");
    assert_driver(&d, "negative(80)@5; close@5");
    (void)driver_called(&d, "DINO<20>", "BARNEY<20>");
    assert_driver(&d, "negative(82)@7; close@7");
    (void)driver_called(&d, "fred<20>", "BARNEY<20>"); /* all 16 bytes count */
    assert_driver(&d, "negative(82)@9; close@9");
    (void)driver_called(&d, "FRED<20>.SCOPE", "BARNEY<20>.SCOPE"); /* and the scope */
    assert_driver(&d, "negative(82)@11; close@11");
    listen(1, 1, "FRED<20>", "BARNEY<20>");
    (void)driver_called(&d, "FRED<20>", "DINO<20>");
    assert_driver(&d, "negative(81)@13; close@13");
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>");
    assert_driver(&d, "positive@15; done 1/1 00 lsn 2 from BARNEY<20>");
}

/*
 * Every table of up to three LISTENs out of: for anybody, for the caller, for another caller, under
 * another name. The expectation is the rule in its simplest words.
 */
static void the_best_listen_takes_the_call(void **state)
{
    (void)state;
    static const struct {
        const char *name, *caller;
    } kinds[] = {
        { NULL, NULL }, /* none */
        { "FRED<20>", "*<00>" },  { "FRED<20>", "BARNEY<20>" }, { "FRED<20>", "DINO<20>" },
        { "WILMA<20>", "*<00>" },
    };
    enum { NONE, ANYBODY, CALLER, OTHER, ELSEWHERE, KINDS, PLACES = 3 };
    (void)driver_hold(&d, 2, "WILMA<20>", false);
    for (unsigned table = 0; table < KINDS * KINDS * KINDS; table++) {
        unsigned kind[PLACES] = { table % KINDS, table / KINDS % KINDS, table / KINDS / KINDS };
        unsigned taken = 0, others = 0; /* the tag of the LISTEN that must be taken */
        for (unsigned i = 0; i < PLACES; i++) {
            if (kind[i] != NONE) /* of different programs, it makes no difference */
                listen(1 + i % 2, i + 1, kinds[kind[i]].name, kinds[kind[i]].caller);
            others += kind[i] == OTHER;
            if (kind[i] == CALLER && (!taken || kind[taken - 1] == ANYBODY))
                taken = i + 1;
            if (kind[i] == ANYBODY && !taken)
                taken = i + 1;
        }
        uint32_t conn = driver_called(&d, "FRED<20>", "BARNEY<20>");
        char want[128];
        if (taken)
            snprintf(want, sizeof want, "positive@%u; done %u/%u 00 lsn ", (unsigned)conn,
                     1 + (taken - 1) % 2, taken);
        else
            snprintf(want, sizeof want, "negative(%s)@%u; close@%u", others ? "81" : "80",
                     (unsigned)conn, (unsigned)conn);
        if (strncmp(driver_said(&d), want, strlen(want)) != 0)
            fail_msg("table %u %u %u: %s, want %s", kind[0], kind[1], kind[2], d.words, want);
        for (uint32_t proc = 1; proc <= 2; proc++)
            for (uint32_t tag = 1; tag <= PLACES; tag++)
                driver_cancel(&d, proc, 100, tag);
        driver_tcp(&d, NBT_TCP_RESET, conn);
        if (taken)
            driver_receive(&d, 1 + (taken - 1) % 2, 100, d.ncb.lsn);
        nbt_out_clear(&d.out);
    }
}

/* Whoever knows an address alone calls *SMBSERVER<20>; Windows 95 has nobody of that name. */
static void a_file_server_is_called_without_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *label, *profile, *called;
        bool listens;
        const char *want;
    } rows[] = {
        { "NT, its server listens", "nt4", "*SMBSERVER<20>", true, "positive@1" },
        { "NT, nobody listens", "nt4", "*SMBSERVER<20>", false, "negative(80)@1; close@1" },
        { "XP", "win2000", "*SMBSERVER<20>", true, "positive@1" },
        { "Samba", "samba", "*SMBSERVER<20>", true, "positive@1" },
        { "95", "win95", "*SMBSERVER<20>", true, "negative(82)@1; close@1" },
        { "the RFC", "rfc", "*SMBSERVER<20>", true, "negative(82)@1; close@1" },
        { "another suffix", "nt4", "*SMBSERVER<00>", true, "negative(82)@1; close@1" },
        { "another scope", "nt4", "*SMBSERVER<20>.LAB", true, "negative(82)@1; close@1" },
        { "by its name", "nt4", "FRED<20>", true, "positive@1" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_profile p = *nbt_profile_find(rows[i].profile, strlen(rows[i].profile));
        p.reset_required = false;
        p.bcast_timeout = NBT_MS(250); /* the claims below are not the point */
        driver_fini(&d);
        driver_init(&d, &p, 1);
        (void)driver_hold(&d, 1, "WILMA<03>", false);
        (void)driver_hold(&d, 1, "LAB<00>", true);
        (void)driver_hold(&d, 1, "FRED<20>", false);
        if (rows[i].listens)
            listen(1, 100, "FRED<20>", "*<00>");
        (void)driver_said(&d);
        (void)driver_called(&d, rows[i].called, "BARNEY<20>");
        const char *said = driver_said(&d);
        if (!strstr(said, rows[i].want))
            fail_msg("%s: \"%s\"", rows[i].label, said);
    }
    nbt_profile nt4 = *nbt_profile_find("nt4", 3);
    nt4.reset_required = false;
    driver_fini(&d);
    driver_init(&d, &nt4, 1); /* no file server at all */
    (void)driver_called(&d, "*SMBSERVER<20>", "BARNEY<20>");
    assert_driver(&d, "negative(82)@1; close@1");
}

static void a_group_name_can_be_called(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "GROUP<00>", true);
    (void)driver_called(&d, "GROUP<00>", "BARNEY<20>");
    assert_driver(&d, "negative(80)@1; close@1");
    listen(2, 1, "GROUP<00>", "*<00>"); /* from a name that another program has added */
    (void)driver_called(&d, "GROUP<00>", "BARNEY<20>");
    assert_driver(&d, "positive@3; done 2/1 00 lsn 1 from BARNEY<20>");
}

static void any_calling_name_is_reported_as_it_came(void **state)
{
    (void)state;
    listen(1, 1, "FRED<20>", "*<00>");
    (void)driver_called(&d, "FRED<20>", "\\x00odd<FF>.ELSEWHERE");
    assert_driver(&d, "positive@1; done 1/1 00 lsn 1 from \\x00odd<FF>");
}

static void listens_that_cannot_be(void **state)
{
    (void)state;
    listen(1, 1, "NOBODY<20>", "*<00>");
    assert_driver(&d, "done 1/1 15");
    nbt_ncb reset = { .command = NBT_NCB_RESET, .lsn = 1 };
    driver_do(&d, 2, 1, reset, NULL, 0);
    listen(2, 1, "FRED<20>", "*<00>");
    listen(2, 2, "FRED<20>", "*<00>");
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>");
    assert_driver(&d, "done 2/1 00; positive@1; done 2/1 00 lsn 1 from BARNEY<20>");
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>"); /* a LISTEN, but no room */
    assert_driver(&d, "negative(83)@3; close@3");
    listen(2, 1, "FRED<20>", "*<00>");
    assert_driver(&d, "done 2/1 11");
    driver_submit(&d, 2, 1, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    assert_driver(&d, "done 2/1 11");
    listen(1, 1, "FRED<20>", "*<00>"); /* another program has room of its own */
    assert_driver(&d, "");
    driver_tcp(&d, NBT_TCP_RESET, 1);
    driver_receive(&d, 2, 1, 1);
    assert_driver(&d, "done 2/1 18");
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>"); /* room again; and the LISTEN was kept */
    assert_driver(&d, "positive@5; done 2/2 00 lsn 2 from BARNEY<20>");
}

static void the_session_table_has_an_end(void **state)
{
    (void)state;
    bool used[256] = { false };
    for (unsigned i = 0; i < NBT_SESSIONS_MAX; i++) {
        uint16_t lsn = driver_session(&d, 1 + i % 3, "FRED<20>");
        assert_true(lsn >= 1 && lsn <= 254 && !used[lsn]);
        used[lsn] = true;
    }
    listen(1, 1, "FRED<20>", "*<00>");
    assert_driver(&d, "done 1/1 11");
    call(1);
    assert_driver(&d, "done 1/1 11");
    driver_hang_up(&d, 2, 1, 2);
    driver_tcp(&d, NBT_TCP_EOF, 3);
    assert_driver(&d, "close@3; done 2/1 00");
    assert_int_equal(driver_session(&d, 1, "FRED<20>"), 2);
}

/* A server that was told to have thousands. */
static void more_sessions_than_the_interface_knows(void **state)
{
    (void)state;
    enum { MANY = 700 };
    driver_fini(&d);
    driver_init_sessions(&d, MANY);
    uint8_t num = driver_hold(&d, 1, "FRED<20>", false);
    static bool used[MANY + 1];
    memset(used, 0, sizeof used);
    for (unsigned i = 0; i < MANY; i++) {
        uint16_t lsn = driver_session(&d, 1, "FRED<20>");
        assert_true(lsn >= 1 && lsn <= MANY && !used[lsn]);
        used[lsn] = true;
        driver_receive(&d, 1, 10000 + lsn, lsn); /* more commands than 255, too */
        assert_driver(&d, "");
    }
    listen(1, 1, "FRED<20>", "*<00>");
    assert_driver(&d, "done 1/1 11");
    driver_message(&d, 2 * MANY - 1, "last");
    assert_driver(&d, "done 1/10700 00 last");
    driver_message(&d, 2 * 600 - 1, "and one");
    assert_driver(&d, "done 1/10600 00 and one");
    driver_message(&d, 2 * 600 - 1, "more");
    driver_receive_any(&d, 1, 2, num);
    char want[64];
    snprintf(want, sizeof want, "hold@1199; done 1/2 00 lsn 600 num 2 more; resume@1199");
    assert_driver(&d, want);
    nbt_ncb of = driver_ncb(NBT_NCB_SESSION_STATUS, "*<00>", NULL);
    of.length = 65535;
    driver_do(&d, 1, 3, of, NULL, 0);
    (void)driver_said(&d);
    assert_int_equal(d.data[1], NBT_SESSIONS_MAX); /* those that have a number there */
    driver_hang_up(&d, 1, 3, 600);
    driver_tcp(&d, NBT_TCP_EOF, 1199);
    assert_driver(&d, "close@1199; done 1/3 00");
    assert_int_equal(driver_session(&d, 1, "FRED<20>"), 600);
    driver_hang_up(&d, 1, 3, MANY + 1);
    assert_driver(&d, "done 1/3 08");
}

/* What a RESET is given where there are more: IBM's form, with NCB_LSN of two octets. */
static void a_reset_can_ask_for_more_sessions(void **state)
{
    (void)state;
    static const struct {
        uint16_t asked, given;
    } rows[] = { { 0, 700 },   { 1, 1 },     { 253, 253 }, { 254, 700 },
                 { 255, 700 }, { 256, 256 }, { 699, 699 }, { 701, 700 } };
    driver_fini(&d);
    driver_init_sessions(&d, 700);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        driver_do(&d, 1, 1, (nbt_ncb){ .command = NBT_NCB_RESET, .lsn = rows[i].asked }, NULL, 0);
        nbt_ncb status = driver_ncb(NBT_NCB_ADAPTER_STATUS, NULL, "*<00>");
        status.length = 600;
        driver_do(&d, 1, 1, status, NULL, 0);
        (void)driver_said(&d);
        nbt_rd r;
        nbt_astat s;
        nbt_rd_init(&r, d.data, d.ndata);
        nbt_astat_rd(&r, &s);
        assert_int_equal(s.max_cfg_sess, rows[i].given);
        assert_int_equal(s.max_sess, 700);
        assert_int_equal(s.max_cfg_ncbs, 1400);
    }
}

/* --- half-open connections ----------------------------------------------------------------------
 */

static void silent_connections_do_not_keep_others_out(void **state)
{
    (void)state;
    listen(1, 1, "FRED<20>", "*<00>");
    for (unsigned i = 0; i < 64; i++)
        (void)driver_accept(&d);
    assert_driver(&d, "");
    (void)driver_accept(&d); /* the oldest has to go */
    assert_driver(&d, "abort@1");
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>");
    assert_driver(&d, "abort@3; positive@131; done 1/1 00 lsn 1 from BARNEY<20>");
    driver_pass(&d, 10000);
    size_t aborted = 0;
    for (size_t i = 0; i < d.out.n; i++)
        aborted += d.out.acts[i].kind == NBT_ACT_TCP_ABORT;
    assert_int_equal(aborted, 63);
    nbt_out_clear(&d.out);
}

static void a_connection_to_no_adapter(void **state)
{
    (void)state;
    nbt_tcp_ev ev = { .kind = NBT_TCP_ACCEPTED, .conn = 1, .lana = 9 };
    nbt_computer_tcp(d.c, d.now, &ev, &d.out);
    assert_driver(&d, "abort@1");
    driver_data(&d, 1, "\0\0\0", 4); /* nobody's */
    driver_tcp(&d, NBT_TCP_EOF, 77);
    assert_driver(&d, "");
}

/* --- CALL ---------------------------------------------------------------------------------------
 */

static void a_call_that_succeeds(void **state)
{
    (void)state;
    call(1);
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    assert_driver(&d, "query-request BARNEY<20> to all; open@2 10.0.0.9:139");
    driver_tcp(&d, NBT_TCP_OPENED, 2);
    assert_driver(&d, "request@2 BARNEY<20> from FRED<20>");
    driver_sent(&d, 2, 72);
    answer(2, "82 00 00 00");
    assert_driver(&d, "done 1/1 00 lsn 1");
    driver_submit(&d, 2, 1, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>"); /* another program's name */
    assert_driver(&d, "query-request BARNEY<20> to all");
    driver_pass(&d, 60000);
    (void)driver_said(&d);
    assert_int_equal(d.ncb.retcode, NBT_NRC_NOCALL);
}

/* Each way in which a CALL can end, told by the answer to its SESSION REQUEST (G37). */
static void a_call_that_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint8_t nrc;
    } rows[] = {
        { "83 00 00 01 80", NBT_NRC_REMTFUL }, { "83 00 00 01 81", NBT_NRC_REMTFUL },
        { "83 00 00 01 82", NBT_NRC_NOCALL },  { "83 00 00 01 83", NBT_NRC_REMTFUL },
        { "83 00 00 01 8F", NBT_NRC_NOCALL },  { "83 00 00 01 42", NBT_NRC_NOCALL },
        { "83 00 00 00", NBT_NRC_NOCALL },     { "", NBT_NRC_SABORT },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        restart(NULL);
        call(1);
        uint32_t conn = 0;
        for (int round = 0; round < 40; round++) { /* the peer answers whatever comes */
            d.ncb.command = 0;
            const char *said = driver_said(&d);
            if (d.ncb.command == NBT_NCB_CALL)
                break;
            const char *open = strstr(said, "open@");
            if (open) {
                conn = (uint32_t)strtoul(open + 5, NULL, 10);
                driver_tcp(&d, NBT_TCP_OPENED, conn);
                answer(conn, rows[i].hex);
                driver_tcp(&d, NBT_TCP_EOF, conn);
            } else if (strstr(said, "query-request")) {
                driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
            } else {
                driver_pass(&d, 250);
            }
        }
        assert_int_equal(d.ncb.command, NBT_NCB_CALL);
        if (d.ncb.retcode != rows[i].nrc)
            fail_msg("%s: %02X", rows[i].hex, d.ncb.retcode);
        assert_true(conn <= 2 * 4); /* SSN_RETRY_COUNT */
    }
}

static void calls_that_cannot_be(void **state)
{
    (void)state;
    driver_submit(&d, 1, 1, NBT_NCB_CALL, "NOBODY<20>", "BARNEY<20>");
    assert_driver(&d, "done 1/1 15");
    driver_submit(&d, 1, 1, NBT_NCB_CALL, "FRED<20>", "*<00>");
    assert_driver(&d, "done 1/1 15");
    driver_submit(&d, 1, 1, NBT_NCB_CALL, "FRED<20>", "\\x00<20>");
    assert_driver(&d, "done 1/1 15");
    call(1);
    driver_pass(&d, 5000);
    assert_driver(&d, "query-request BARNEY<20> to all; query-request BARNEY<20> to all; "
                      "query-request BARNEY<20> to all; done 1/1 14");
    call(1);
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    driver_tcp(&d, NBT_TCP_REFUSED, 2);
    driver_pass(&d, 1000);
    driver_tcp(&d, NBT_TCP_REFUSED, 4);
    assert_driver(&d, "query-request BARNEY<20> to all; open@2 10.0.0.9:139; "
                      "open@4 10.0.0.9:139; done 1/1 14");
    call(1);
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    driver_tcp(&d, NBT_TCP_OPENED, 6);
    driver_tcp(&d, NBT_TCP_RESET, 6);
    driver_pass(&d, 1000); /* the query may still find another address */
    assert_driver(&d, "query-request BARNEY<20> to all; open@6 10.0.0.9:139; "
                      "request@6 BARNEY<20> from FRED<20>; done 1/1 18");
}

static void the_members_of_a_called_group_are_tried(void **state)
{
    (void)state;
    driver_submit(&d, 1, 1, NBT_NCB_CALL, "FRED<20>", "GROUP<00>");
    driver_found(&d, "GROUP<00>", "10.0.0.8", true);
    driver_found(&d, "GROUP<00>", "10.0.0.9", true);
    driver_tcp(&d, NBT_TCP_OPENED, 2);
    answer(2, "83 00 00 01 80");
    driver_tcp(&d, NBT_TCP_EOF, 2);
    assert_driver(&d, "query-request GROUP<00> to all; open@2 10.0.0.8:139; "
                      "request@2 GROUP<00> from FRED<20>; close@2");
    driver_pass(&d, 1000); /* now all answers are in */
    driver_tcp(&d, NBT_TCP_OPENED, 4);
    answer(4, "82 00 00 00");
    assert_driver(&d, "open@4 10.0.0.9:139; request@4 GROUP<00> from FRED<20>; "
                      "done 1/1 00 lsn 1");
}

static void a_computer_can_call_itself(void **state)
{
    (void)state;
    (void)driver_hold(&d, 2, "BARNEY<20>", false);
    call(1);
    assert_driver(&d, "open@2 10.0.0.1:139"); /* no query: the name is here */
}

/* --- SEND ---------------------------------------------------------------------------------------
 */

static void a_send_is_done_when_it_has_left(void **state)
{
    (void)state;
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    driver_send(&d, 1, 1, lsn, "hello");
    driver_send(&d, 1, 2, lsn, "");
    assert_driver(&d, "message@1 hello; message@1 ");
    driver_sent(&d, 1, 8);
    assert_driver(&d, "");
    driver_sent(&d, 1, 1);
    assert_driver(&d, "done 1/1 00");
    driver_sent(&d, 1, 4);
    assert_driver(&d, "done 1/2 00");
}

static void sends_that_cannot_be(void **state)
{
    (void)state;
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    static uint8_t much[NBT_CHAIN_MAX + 1];
    const struct {
        nbt_ncb ncb;
        size_t n;
        uint8_t nrc;
    } rows[] = {
        { { .command = NBT_NCB_SEND, .lsn = 0, .length = 1 }, 1, NBT_NRC_SNUMOUT },
        { { .command = NBT_NCB_SEND, .lsn = 255, .length = 1 }, 1, NBT_NRC_SNUMOUT },
        { { .command = NBT_NCB_SEND, .lsn = 9, .length = 1 }, 1, NBT_NRC_SNUMOUT },
        { { .command = NBT_NCB_SEND, .lsn = lsn, .length = 2 }, 1, NBT_NRC_BUFLEN },
        { { .command = NBT_NCB_SEND, .lsn = lsn, .length = 1 }, 2, NBT_NRC_BUFLEN },
        { { .command = NBT_NCB_SEND, .lsn = lsn, .length = 65536 }, 65536, NBT_NRC_BUFLEN },
        { { .command = NBT_NCB_CHAIN_SEND, .lsn = lsn, .length = 1, .chain_length = 65536 },
          65537,
          NBT_NRC_BUFLEN },
        { { .command = NBT_NCB_CHAIN_SEND, .lsn = lsn, .length = 0xFFFFFFFF, .chain_length = 2 },
          1,
          NBT_NRC_BUFLEN },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        driver_do(&d, 1, 1, rows[i].ncb, much, rows[i].n);
        char want[32];
        snprintf(want, sizeof want, "done 1/1 %02X", rows[i].nrc);
        assert_driver(&d, want);
    }
    driver_send(&d, 2, 1, lsn, "x"); /* another program's session */
    assert_driver(&d, "done 2/1 08");
}

static void a_chain_send_is_one_message(void **state)
{
    (void)state;
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    static uint8_t much[NBT_CHAIN_MAX];
    for (size_t i = 0; i < sizeof much; i++)
        much[i] = (uint8_t)(i % 251);
    static const uint32_t lengths[][2] = {
        { 0, 0 }, { 3, 2 }, { 65535, 0 }, { 0, 65535 }, { 65535, 1 }, { 65535, 65535 },
    };
    for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
        nbt_ncb ncb = { .command = NBT_NCB_CHAIN_SEND, .lsn = lsn };
        ncb.length = lengths[i][0];
        ncb.chain_length = lengths[i][1];
        size_t n = ncb.length + ncb.chain_length;
        driver_do(&d, 1, 1, ncb, much, n);
        nbt_bytes sent = nbt_out_data(&d.out, &d.out.acts[0]);
        assert_int_equal(sent.n, 4 + n);
        assert_int_equal(sent.p[1], n > 65535 ? NBT_SSN_E : 0);
        assert_int_equal(sent.p[2] << 8 | sent.p[3], n & 0xFFFF);
        assert_memory_equal(sent.p + 4, much, n);
        driver_sent(&d, 1, 4 + n);
        (void)driver_said(&d);
        assert_int_equal(d.ncb.command, NBT_NCB_CHAIN_SEND);
        assert_int_equal(d.ncb.retcode, 0);
    }
}

/* Time-outs are those of the CALL or LISTEN, in half seconds, and of nothing else. */
/* A NO ACK ends before its message has left, as long as not too much is on its way. */
static void a_no_ack_send_does_not_wait(void **state)
{
    (void)state;
    static uint8_t much[NBT_CHAIN_MAX];
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    nbt_ncb ncb = { .command = NBT_NCB_SEND_NO_ACK, .lsn = lsn, .length = 2 };
    driver_do(&d, 1, 1, ncb, "hi", 2);
    assert_driver(&d, "message@1 hi; done 1/1 00");
    ncb = (nbt_ncb){ .command = NBT_NCB_CHAIN_SEND_NO_ACK, .lsn = lsn };
    ncb.length = 1;
    ncb.chain_length = 2;
    driver_do(&d, 1, 1, ncb, "abc", 3);
    assert_driver(&d, "message@1 abc; done 1/1 00");
    driver_sent(&d, 1, 4 + 2 + 4 + 3);
    assert_driver(&d, "");

    ncb.length = ncb.chain_length = 65535;
    driver_do(&d, 1, 2, ncb, much, sizeof much); /* 131074 octets on their way: 2 too many */
    (void)driver_said(&d);
    assert_int_equal(d.ncb.length, 1); /* nothing has ended since */
    driver_sent(&d, 1, 1);
    assert_driver(&d, "");
    driver_sent(&d, 1, 1);
    assert_driver(&d, "done 1/2 00");
    ncb = (nbt_ncb){ .command = NBT_NCB_SEND_NO_ACK, .lsn = lsn, .length = 1 };
    driver_do(&d, 1, 3, ncb, "x", 1);
    (void)driver_said(&d);
    driver_tcp(&d, NBT_TCP_RESET, 1); /* what waits hears of the end like any other */
    assert_driver(&d, "done 1/3 18");
}

/* No buffer of a control block has more than 65535 octets: G44 for the rest. */
static void the_longest_message_comes_in_parts(void **state)
{
    (void)state;
    static uint8_t much[4 + NBT_SSN_LEN_MAX] = { 0, NBT_SSN_E, 0xFF, 0xFF };
    for (size_t i = 4; i < sizeof much; i++)
        much[i] = (uint8_t)(i % 251);
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    driver_data(&d, 1, much, sizeof much);
    assert_driver(&d, "hold@1");
    static const struct {
        uint32_t room, n;
        uint8_t nrc;
    } rows[] = { { 65535, 65535, NBT_NRC_INCOMP },
                 { 131072, 65535, NBT_NRC_INCOMP }, /* as much as a buffer can have */
                 { 0, 0, NBT_NRC_INCOMP },
                 { 65535, 1, NBT_NRC_GOODRET } };
    size_t at = 4;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_ncb ncb = { .command = NBT_NCB_RECEIVE, .lsn = lsn, .length = rows[i].room };
        driver_do(&d, 1, 1, ncb, NULL, 0);
        (void)driver_said(&d);
        assert_int_equal(d.ncb.retcode, rows[i].nrc);
        assert_int_equal(d.ndata, rows[i].n);
        assert_memory_equal(d.data, much + at, rows[i].n);
        at += rows[i].n;
    }
    assert_int_equal(at, sizeof much);
}

static void time_outs_come_from_the_listen(void **state)
{
    (void)state;
    nbt_ncb ncb = driver_ncb(NBT_NCB_LISTEN, "FRED<20>", "*<00>");
    ncb.rto = 3;
    ncb.sto = 5;
    driver_do(&d, 1, 1, ncb, NULL, 0);
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>");
    driver_sent(&d, 1, 4);
    (void)driver_said(&d);
    nbt_ncb receive = { .command = NBT_NCB_RECEIVE, .lsn = 1, .rto = 1, .length = 9 };
    driver_do(&d, 1, 1, receive, NULL, 0);
    driver_pass(&d, 1499);
    assert_driver(&d, "");
    driver_pass(&d, 1);
    assert_driver(&d, "done 1/1 05");
    driver_message(&d, 1, "kept"); /* the session stays */
    driver_receive(&d, 1, 1, 1);
    assert_driver(&d, "hold@1; done 1/1 00 kept; resume@1");
    driver_send(&d, 1, 1, 1, "one");
    driver_pass(&d, 1000);
    driver_send(&d, 1, 2, 1, "two");
    driver_receive_any(&d, 1, 3, NBT_NUM_ANY);
    driver_pass(&d, 1499);
    assert_driver(&d, "message@1 one; message@1 two");
    driver_pass(&d, 1); /* a SEND takes the session with it */
    assert_driver(&d, "done 1/1 05; abort@1; done 1/2 18");
    driver_receive(&d, 1, 1, 1);
    assert_driver(&d, "done 1/1 08");
}

static void time_outs_come_from_the_call(void **state)
{
    (void)state;
    nbt_ncb ncb = driver_ncb(NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    ncb.rto = 2;
    driver_do(&d, 1, 1, ncb, NULL, 0);
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    driver_tcp(&d, NBT_TCP_OPENED, 2);
    driver_pass(&d, 5000); /* not for the CALL itself */
    answer(2, "82 00 00 00");
    driver_receive(&d, 1, 1, 1);
    driver_send(&d, 1, 2, 1, "x"); /* sto 0: for ever */
    (void)driver_said(&d);
    driver_pass(&d, 999);
    assert_driver(&d, "");
    driver_pass(&d, 1);
    assert_driver(&d, "done 1/1 05");
    driver_receive_any(&d, 1, 1, NBT_NUM_ANY);
    driver_pass(&d, 3600000);
    while (strstr(driver_said(&d), "done"))
        fail_msg("%s", d.words);
}

/* --- RECEIVE, RECEIVE ANY -----------------------------------------------------------------------
 */

static void messages_wait_for_their_receive(void **state)
{
    (void)state;
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    driver_message(&d, 1, "one");
    driver_message(&d, 1, "two");
    assert_driver(&d, "hold@1");
    driver_receive(&d, 1, 1, lsn);
    assert_driver(&d, "done 1/1 00 one");
    driver_receive(&d, 1, 1, lsn);
    assert_driver(&d, "done 1/1 00 two; resume@1");
    driver_receive(&d, 1, 1, lsn);
    driver_receive(&d, 1, 2, lsn);
    driver_message(&d, 1, "three");
    assert_driver(&d, "done 1/1 00 three");
    driver_message(&d, 1, "");
    assert_driver(&d, "done 1/2 00 ");
    assert_int_equal(d.ncb.length, 0);
}

static void a_message_that_does_not_fit_comes_in_parts(void **state)
{
    (void)state;
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    driver_message(&d, 1, "0123456789");
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE, .lsn = lsn, .length = 4 };
    driver_do(&d, 1, 1, ncb, NULL, 0);
    assert_driver(&d, "hold@1; done 1/1 06 0123");
    assert_int_equal(d.ncb.length, 4);
    ncb.length = 0;
    driver_do(&d, 1, 1, ncb, NULL, 0);
    assert_driver(&d, "done 1/1 06 ");
    nbt_ncb any = { .command = NBT_NCB_RECEIVE_ANY, .num = NBT_NUM_ANY, .length = 4 };
    driver_do(&d, 1, 1, any, NULL, 0);
    assert_driver(&d, "done 1/1 06 lsn 1 num 2 4567");
    ncb.length = 4;
    driver_do(&d, 1, 1, ncb, NULL, 0);
    assert_driver(&d, "done 1/1 00 89; resume@1");
}

static void the_nearest_receive_gets_the_message(void **state)
{
    (void)state;
    uint8_t num = driver_hold(&d, 1, "WILMA<20>", false);
    uint16_t lsn = driver_session(&d, 1, "WILMA<20>");
    (void)driver_session(&d, 2, "WILMA<20>"); /* another program's: not mixed up */
    driver_receive_any(&d, 1, 1, NBT_NUM_ANY);
    driver_receive_any(&d, 1, 5, NBT_NUM_ANY);
    driver_receive_any(&d, 1, 2, num);
    driver_receive_any(&d, 1, 3, 2); /* FRED's */
    driver_receive(&d, 1, 4, lsn);
    assert_driver(&d, "");
    driver_message(&d, 3, "e");
    assert_driver(&d, "hold@3");
    driver_message(&d, 1, "a");
    assert_driver(&d, "done 1/4 00 a");
    driver_message(&d, 1, "b");
    assert_driver(&d, "done 1/2 00 lsn 1 num 3 b");
    driver_message(&d, 1, "c");
    assert_driver(&d, "done 1/1 00 lsn 1 num 3 c");
    driver_message(&d, 1, "d");
    assert_driver(&d, "done 1/5 00 lsn 1 num 3 d"); /* the older one first */
    driver_message(&d, 1, "f");
    assert_driver(&d, "hold@1");
    driver_receive_any(&d, 2, 1, NBT_NUM_ANY);
    assert_driver(&d, "done 2/1 00 lsn 2 num 3 e; resume@3");
}

static void sessions_take_turns_at_receive_any(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        (void)driver_session(&d, 1, "FRED<20>");
    static const uint32_t order[] = { 5, 1, 1, 3 };
    for (size_t i = 0; i < LENGTH_OF(order); i++)
        driver_message(&d, order[i], "x");
    (void)driver_said(&d);
    static const unsigned heard[] = { 1, 2, 3, 1 };
    for (size_t i = 0; i < LENGTH_OF(heard); i++) {
        driver_receive_any(&d, 1, 1, NBT_NUM_ANY);
        (void)driver_said(&d);
        assert_int_equal(d.ncb.retcode, 0);
        assert_int_equal(d.ncb.lsn, heard[i]);
    }
}

static void receives_that_cannot_be(void **state)
{
    (void)state;
    driver_receive(&d, 1, 1, 0);
    assert_driver(&d, "done 1/1 08");
    driver_receive(&d, 1, 1, 1);
    assert_driver(&d, "done 1/1 08");
    driver_receive(&d, 1, 1, 255);
    assert_driver(&d, "done 1/1 08");
    driver_receive_any(&d, 1, 1, 0);
    assert_driver(&d, "done 1/1 13");
    driver_receive_any(&d, 1, 1, 77);
    assert_driver(&d, "done 1/1 13");
    call(2); /* its session has a number, but does not stand */
    (void)driver_said(&d);
    driver_receive(&d, 1, 1, 1);
    assert_driver(&d, "done 1/1 08");
    driver_hang_up(&d, 1, 1, 1);
    assert_driver(&d, "done 1/1 08");
}

/* --- HANG UP ------------------------------------------------------------------------------------
 */

static void a_hang_up_waits_for_sends_and_ends_receives(void **state)
{
    (void)state;
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    driver_receive(&d, 1, 1, lsn);
    driver_send(&d, 1, 2, lsn, "bye");
    driver_hang_up(&d, 1, 3, lsn);
    assert_driver(&d, "message@1 bye; done 1/1 0A");
    driver_send(&d, 1, 4, lsn, "too late");
    assert_driver(&d, "done 1/4 0A");
    driver_receive(&d, 1, 4, lsn);
    assert_driver(&d, "done 1/4 0A");
    driver_hang_up(&d, 1, 4, lsn);
    assert_driver(&d, "done 1/4 0A");
    driver_sent(&d, 1, 7);
    assert_driver(&d, "close@1; done 1/2 00");
    driver_tcp(&d, NBT_TCP_EOF, 1);
    assert_driver(&d, "done 1/3 00");
    driver_hang_up(&d, 1, 4, lsn);
    assert_driver(&d, "done 1/4 08");
}

static void a_hang_up_that_cannot_finish(void **state)
{
    (void)state;
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    driver_send(&d, 1, 1, lsn, "bye");
    driver_hang_up(&d, 1, 2, lsn);
    (void)driver_said(&d);
    driver_pass(&d, 29999);
    assert_driver(&d, "");
    driver_pass(&d, 1);
    assert_driver(&d, "abort@1; done 1/1 18; done 1/2 05");
    driver_hang_up(&d, 1, 4, lsn);
    assert_driver(&d, "done 1/4 08");
}

/* --- the end ------------------------------------------------------------------------------------
 */

/* How a session ends: the peer's FIN, or the connection breaks; and what is then told. */
static const struct {
    nbt_tcp_kind kind;
    const char *code, *said;
} ends[] = { { NBT_TCP_EOF, "0A", "close@1; " }, { NBT_TCP_RESET, "18", "" } };

static void an_end_is_told_to_all_that_waits_on_the_session(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        restart(NULL);
        uint16_t lsn = driver_session(&d, 1, "FRED<20>");
        driver_receive_any(&d, 1, 1, NBT_NUM_ANY); /* not needed: others hear of it */
        driver_receive(&d, 1, 2, lsn);
        driver_receive(&d, 1, 3, lsn);
        driver_send(&d, 1, 4, lsn, "x");
        (void)driver_said(&d);
        driver_tcp(&d, ends[i].kind, 1);
        char want[128];
        snprintf(want, sizeof want, "%sdone 1/2 %s; done 1/3 %s; done 1/4 %s", ends[i].said,
                 ends[i].code, ends[i].code, ends[i].code);
        assert_driver(&d, want);
        driver_receive(&d, 1, 5, lsn);
        assert_driver(&d, "done 1/5 08");
    }
}

static void an_end_is_told_to_one_receive_any(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        restart(NULL);
        uint16_t lsn = driver_session(&d, 1, "FRED<20>");
        driver_receive_any(&d, 1, 1, NBT_NUM_ANY);
        driver_receive_any(&d, 1, 2, 2);
        driver_receive_any(&d, 1, 3, 2);
        driver_tcp(&d, ends[i].kind, 1);
        char want[64];
        snprintf(want, sizeof want, "%sdone 1/2 %s%s", ends[i].said, ends[i].code,
                 i == 0 ? " lsn 1 num 2" : "");
        assert_driver(&d, want);
        assert_int_equal(d.ncb.lsn, lsn);
        driver_receive(&d, 1, 5, lsn);
        assert_driver(&d, "done 1/5 08");
    }
}

static void an_end_is_told_to_the_next_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        for (unsigned next = 0; next < 4; next++) {
            restart(NULL);
            uint16_t lsn = driver_session(&d, 1, "FRED<20>");
            driver_tcp(&d, ends[i].kind, 1);
            (void)driver_said(&d);
            if (next == 0)
                driver_receive(&d, 1, 5, lsn);
            else if (next == 1)
                driver_send(&d, 1, 5, lsn, "x");
            else if (next == 2)
                driver_hang_up(&d, 1, 5, lsn);
            else
                driver_receive_any(&d, 1, 5, NBT_NUM_ANY);
            (void)driver_said(&d);
            assert_int_equal(d.ncb.retcode, i == 0 ? NBT_NRC_SCLOSED : NBT_NRC_SABORT);
            driver_hang_up(&d, 1, 6, lsn);
            assert_driver(&d, "done 1/6 08"); /* it is told once */
        }
    }
}

static void what_came_before_the_end_can_be_received(void **state)
{
    (void)state;
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    driver_message(&d, 1, "one");
    driver_message(&d, 1, "two");
    driver_tcp(&d, NBT_TCP_EOF, 1);
    driver_receive(&d, 1, 1, lsn);
    assert_driver(&d, "hold@1; close@1; done 1/1 00 one");
    driver_send(&d, 1, 1, lsn, "x");
    assert_driver(&d, "done 1/1 0A");
    driver_receive_any(&d, 1, 1, NBT_NUM_ANY);
    assert_driver(&d, "done 1/1 00 lsn 1 num 2 two");
    driver_receive(&d, 1, 1, lsn);
    assert_driver(&d, "done 1/1 08"); /* the SEND has been told of the end */

    lsn = driver_session(&d, 1, "FRED<20>");
    driver_message(&d, 3, "one");
    driver_tcp(&d, NBT_TCP_EOF, 3);
    driver_hang_up(&d, 1, 1, lsn); /* nobody wants it */
    assert_driver(&d, "hold@3; close@3; done 1/1 0A");
    driver_receive(&d, 1, 1, lsn);
    assert_driver(&d, "done 1/1 08");
}

static void a_broken_message_ends_a_session_abnormally(void **state)
{
    (void)state;
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    driver_receive(&d, 1, 1, lsn);
    answer(1, "00 00 00 05 41 42");
    driver_tcp(&d, NBT_TCP_EOF, 1);
    assert_driver(&d, "close@1; done 1/1 18");
    lsn = driver_session(&d, 1, "FRED<20>");
    driver_receive(&d, 1, 1, lsn);
    answer(3, "81 00 00 00");
    assert_driver(&d, "abort@3; done 1/1 18");
}

/* KB Q236901: what is remembered is good until it has failed somebody. */
static void an_address_that_fails_is_forgotten(void **state)
{
    (void)state;
    nbt_profile p = driver_profile();
    p.cache_lifetime = NBT_S(600);
    restart(&p);
    call(1);
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    driver_pass(&d, 1000);
    (void)driver_said(&d);
    call(2); /* the first still waits for its connection */
    assert_driver(&d, "open@4 10.0.0.9:139");
    driver_tcp(&d, NBT_TCP_REFUSED, 4);
    driver_pass(&d, 1000);
    driver_tcp(&d, NBT_TCP_REFUSED, 6);
    assert_driver(&d, "open@6 10.0.0.9:139; done 1/2 14");
    call(3);
    assert_driver(&d, "query-request BARNEY<20> to all");
}

/* A node of a type that holds FRED<20>, and calls BARNEY<20>, which a name server knows. */
static void call_a_stale_address(const nbt_profile *profile, nbt_node_type type)
{
    driver_fini(&d);
    driver_init_type(&d, profile, type);
    driver_submit(&d, 1, 1, NBT_NCB_ADD_NAME, "FRED<20>", NULL);
    (void)driver_said(&d);
    packet yes = build_address_answer(d.last_id, 0xAD80, "FRED<20>", 0, 0, "10.0.0.1");
    driver_hear(&d, "10.0.0.201", "10.0.0.1", &yes);
    driver_pass(&d, 5000);
    (void)driver_said(&d);
    call(2);
    assert_driver(&d, "query-request BARNEY<20> to 10.0.0.201");
    packet stale = build_address_answer(d.last_id, 0x8580, "BARNEY<20>", 0, 0, "10.0.0.9");
    driver_hear(&d, "10.0.0.201", "10.0.0.1", &stale);
    assert_driver(&d, "open@2 10.0.0.9:139");
    driver_tcp(&d, NBT_TCP_OPENED, 2);
    assert_driver(&d, "request@2 BARNEY<20> from FRED<20>");
}

/* RFC 1002 5.2.1.1: the entry of the name server is stale, so it is released there, and asked for
 * again; what the node remembered is forgotten as well. */
static void a_name_that_is_not_where_it_was_found(void **state)
{
    (void)state;
    nbt_profile p = driver_profile();
    p.cache_lifetime = NBT_S(600);
    static const nbt_node_type types[] = { NBT_ONT_P, NBT_ONT_M, NBT_ONT_H };
    for (size_t i = 0; i < LENGTH_OF(types); i++) {
        if (types[i] == NBT_ONT_M)
            continue; /* it claims by broadcast first; the way to the server is the same */
        call_a_stale_address(&p, types[i]);
        answer(2, "83000001 82");
        assert_driver(&d, "release-request BARNEY<20> to 10.0.0.201");
        driver_tcp(&d, NBT_TCP_EOF, 2);
        assert_driver(&d, "close@2; query-request BARNEY<20> to 10.0.0.201");
        packet fresh = build_address_answer(d.last_id, 0x8580, "BARNEY<20>", 0, 0, "10.0.0.7");
        driver_hear(&d, "10.0.0.201", "10.0.0.1", &fresh);
        assert_driver(&d, "open@4 10.0.0.7:139");
        driver_tcp(&d, NBT_TCP_OPENED, 4);
        answer(4, "82000000");
        assert_driver(&d, "request@4 BARNEY<20> from FRED<20>; done 1/2 00 lsn 1");
    }
    p.ssn_release_absent = false; /* as Windows, whose servers would believe it */
    call_a_stale_address(&p, NBT_ONT_P);
    answer(2, "83000001 82");
    assert_driver(&d, "");
    driver_tcp(&d, NBT_TCP_EOF, 2);
    assert_driver(&d, "close@2; query-request BARNEY<20> to 10.0.0.201");

    p.ssn_release_absent = true; /* where a RETARGET led to, no name server has said */
    call_a_stale_address(&p, NBT_ONT_P);
    answer(2, "84000006 0A000007 008B");
    driver_tcp(&d, NBT_TCP_EOF, 2);
    assert_driver(&d, "close@2; open@4 10.0.0.7:139");
    driver_tcp(&d, NBT_TCP_OPENED, 4);
    answer(4, "83000001 82");
    assert_driver(&d, "request@4 BARNEY<20> from FRED<20>");

    restart(&p); /* a B node has nobody to tell */
    call(1);
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    driver_tcp(&d, NBT_TCP_OPENED, 2);
    (void)driver_said(&d);
    answer(2, "83000001 82");
    assert_driver(&d, "");
}

/* MS-NBTE <11>, KB Q125916: a group's broadcast address, or none, is nobody to open a session to.
 */
static void a_groups_broadcast_address_is_not_called(void **state)
{
    (void)state;
    static const char *const addresses[] = { "255.255.255.255", "0.0.0.0", "10.0.0.255" };
    for (size_t i = 0; i < LENGTH_OF(addresses); i++) {
        driver_fini(&d);
        driver_init_type(&d, NULL, NBT_ONT_P);
        driver_submit(&d, 1, 1, NBT_NCB_ADD_NAME, "FRED<20>", NULL);
        (void)driver_said(&d);
        packet yes = build_address_answer(d.last_id, 0xAD80, "FRED<20>", 0, 0, "10.0.0.1");
        driver_hear(&d, "10.0.0.201", "10.0.0.1", &yes);
        (void)driver_said(&d);
        driver_submit(&d, 1, 2, NBT_NCB_CALL, "FRED<20>", "LAB<1E>");
        assert_driver(&d, "query-request LAB<1E> to 10.0.0.201");
        packet group =
            build_address_answer(d.last_id, 0x8580, "LAB<1E>", 0, NBT_NB_G, addresses[i]);
        driver_hear(&d, "10.0.0.201", "10.0.0.1", &group);
        assert_driver(&d, "done 1/2 14");
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("", a_groups_broadcast_address_is_not_called, setup, teardown),
    NBT_TEST_WITH("C14 C15 C17 C20 G38", a_call_meets_its_listen, setup, teardown),
    NBT_TEST_WITH("C15 C17 C18", the_best_listen_takes_the_call, setup, teardown),
    NBT_TEST_WITH("A7", a_file_server_is_called_without_its_name, setup, teardown),
    NBT_TEST_WITH("C22", a_group_name_can_be_called, setup, teardown),
    NBT_TEST_WITH("C23", any_calling_name_is_reported_as_it_came, setup, teardown),
    NBT_TEST_WITH("C16 G36 G38", listens_that_cannot_be, setup, teardown),
    NBT_TEST_WITH("G7", the_session_table_has_an_end, setup, teardown),
    NBT_TEST_WITH("", more_sessions_than_the_interface_knows, setup, teardown),
    NBT_TEST_WITH("", a_reset_can_ask_for_more_sessions, setup, teardown),
    NBT_TEST_WITH("H57", silent_connections_do_not_keep_others_out, setup, teardown),
    NBT_TEST_WITH("", a_connection_to_no_adapter, setup, teardown),
    NBT_TEST_WITH("C24", a_call_that_succeeds, setup, teardown),
    NBT_TEST_WITH("C31 G37", a_call_that_is_refused, setup, teardown),
    NBT_TEST_WITH("G36 G37", calls_that_cannot_be, setup, teardown),
    NBT_TEST_WITH("C34", the_members_of_a_called_group_are_tried, setup, teardown),
    NBT_TEST_WITH("", a_computer_can_call_itself, setup, teardown),
    NBT_TEST_WITH("", a_send_is_done_when_it_has_left, setup, teardown),
    NBT_TEST_WITH("G45", sends_that_cannot_be, setup, teardown),
    NBT_TEST_WITH("G45", a_chain_send_is_one_message, setup, teardown),
    NBT_TEST_WITH("G45", a_no_ack_send_does_not_wait, setup, teardown),
    NBT_TEST_WITH("C11 G44 H68", the_longest_message_comes_in_parts, setup, teardown),
    NBT_TEST_WITH("G8 G42", time_outs_come_from_the_listen, setup, teardown),
    NBT_TEST_WITH("G8 G42", time_outs_come_from_the_call, setup, teardown),
    NBT_TEST_WITH("", messages_wait_for_their_receive, setup, teardown),
    NBT_TEST_WITH("H68", a_message_that_does_not_fit_comes_in_parts, setup, teardown),
    NBT_TEST_WITH("", the_nearest_receive_gets_the_message, setup, teardown),
    NBT_TEST_WITH("", sessions_take_turns_at_receive_any, setup, teardown),
    NBT_TEST_WITH("", receives_that_cannot_be, setup, teardown),
    NBT_TEST_WITH("G39", a_hang_up_waits_for_sends_and_ends_receives, setup, teardown),
    NBT_TEST_WITH("G39", a_hang_up_that_cannot_finish, setup, teardown),
    NBT_TEST_WITH("C37 G40 G41", an_end_is_told_to_all_that_waits_on_the_session, setup, teardown),
    NBT_TEST_WITH("G40 G41", an_end_is_told_to_one_receive_any, setup, teardown),
    NBT_TEST_WITH("G39 G40", an_end_is_told_to_the_next_command, setup, teardown),
    NBT_TEST_WITH("C39", what_came_before_the_end_can_be_received, setup, teardown),
    NBT_TEST_WITH("C39", a_broken_message_ends_a_session_abnormally, setup, teardown),
    NBT_TEST_WITH("F36", an_address_that_fails_is_forgotten, setup, teardown),
    NBT_TEST_WITH("C29", a_name_that_is_not_where_it_was_found, setup, teardown),
};

NBT_MAIN("computer_sessions", tests)
