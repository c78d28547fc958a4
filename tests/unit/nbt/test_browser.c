/*
 * The browser by itself: each row is a time or something that arrives, and what it then wants.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/browser.h"
#include "tests/support/mem.h"

typedef struct desk {
    test_mem mem;
    nbt_out out;
    nbt_browser *browser;
    nbt_time now;
    uint32_t name, find;     /* tags of what is pending */
    uint32_t receives[0x20]; /* the same, by the suffix that a RECEIVE DATAGRAM is for */
    nbt_ncb name_ncb;
    uint32_t doors[2]; /* LISTENs on <20> and <1D> */
    uint32_t session;  /* the last RECEIVE of a session */
    char said[512];    /* what came out, a word each */
} desk;

enum { OWN = 0x1F }; /* BOX<00>, and not LAB<00> */

static desk d;

static void put(const char *word)
{
    size_t n = strlen(d.said);
    snprintf(d.said + n, sizeof d.said - n, "%s%s", n ? " " : "", word);
}

/* The word of a message of ours, and to which suffix. */
static void put_datagram(const nbt_act *act)
{
    nbt_bytes data = nbt_out_data(&d.out, act);
    nbt_rd r;
    nbt_mailslot slot;
    nbt_browse m;
    bool lanman;
    char word[80];
    nbt_rd_init(&r, data.p, data.n);
    nbt_mailslot_rd(&r, &slot);
    assert_int_equal(r.err, NBT_OK);
    assert_true(nbt_browse_slot(&slot, &lanman));
    nbt_rd_init(&r, slot.data.p, slot.data.n);
    nbt_browse_rd(&r, lanman, &m);
    assert_rd_end(&r);
    assert_memory_equal(act->ncb.name, "BOX            \0", NBT_NAME_LEN);
    snprintf(word, sizeof word, "%s>%02x", nbt_browse_info_of(m.kind)->word,
             act->ncb.callname[NBT_NAME_LEN - 1]);
    put(word);
}

static void put_ncb(const nbt_act *act)
{
    char word[40];
    switch (nbt_ncb_verb(&act->ncb)) {
    case NBT_NCB_SEND_DATAGRAM:
        put_datagram(act);
        return;
    case NBT_NCB_RECEIVE_DATAGRAM:
        assert_int_equal(act->ncb.num, NBT_NUM_NAMED);
        d.receives[act->ncb.name[0] == 'B' ? OWN : act->ncb.name[NBT_NAME_LEN - 1]] = act->tag;
        return;
    case NBT_NCB_LISTEN:
        d.doors[act->ncb.name[NBT_NAME_LEN - 1] == 0x1D] = act->tag;
        return;
    case NBT_NCB_RECEIVE:
        d.session = act->tag;
        return;
    case NBT_NCB_SEND:
        put("send");
        return;
    case NBT_NCB_HANGUP:
        put("hang-up");
        return;
    case NBT_NCB_FIND_NAME:
        d.find = act->tag;
        put("find");
        return;
    default:
        d.name = act->tag;
        d.name_ncb = act->ncb;
        snprintf(word, sizeof word, "%s<%02x>",
                 nbt_ncb_verb(&act->ncb) == NBT_NCB_DELETE_NAME ? "delete"
                 : nbt_ncb_verb(&act->ncb) == NBT_NCB_ADD_NAME  ? "add"
                                                                : "join",
                 act->ncb.name[NBT_NAME_LEN - 1]);
        put(word);
        return;
    }
}

static void took(void)
{
    for (size_t i = 0; i < d.out.n; i++) {
        const nbt_act *act = &d.out.acts[i];
        if (act->kind == NBT_ACT_NCB)
            put_ncb(act);
        else if (act->app == NBT_BROWSER_ROLE)
            put(nbt_browser_role_str((nbt_browser_role)act->value));
        else if (act->app != NBT_BROWSER_ELECTION)
            put(nbt_browser_app_str((nbt_browser_app)act->app));
    }
    nbt_out_clear(&d.out);
}

static void expect(const char *want)
{
    if (strcmp(d.said, want) != 0)
        print_message("at %lld ms\nwant: %s\nhave: %s\n", (long long)(d.now / 1000), want, d.said);
    assert_string_equal(d.said, want);
    d.said[0] = '\0';
}

static void answer(uint32_t *tag, const nbt_ncb *ncb, uint8_t retcode, nbt_bytes data)
{
    nbt_ncb back = *ncb;
    uint32_t of = *tag;
    back.retcode = retcode;
    *tag = 0;
    assert_int_not_equal(of, 0);
    nbt_browser_ncb(d.browser, d.now, of, &back, data, &d.out);
    took();
}

/* The name that it asks for, and those that follow, are given to it. */
static void grant_all(void)
{
    while (d.name)
        answer(&d.name, &d.name_ncb, NBT_NRC_GOODRET, (nbt_bytes){ NULL, 0 });
}

static void at(nbt_time ms, const char *want)
{
    d.now = NBT_MS(ms);
    nbt_browser_tick(d.browser, d.now, &d.out);
    took();
    expect(want);
}

/* The name that such a message goes to. */
static uint8_t suffix_of(nbt_browse_kind kind)
{
    if (kind == NBT_BROWSE_HOST || kind == NBT_BROWSE_GET_BACKUPS)
        return 0x1D;
    return kind == NBT_BROWSE_DOMAIN ? 0x01 : 0x1E;
}

/* What somebody sends to a name of ours. */
static void hears(const nbt_browse *m, const char *want)
{
    uint8_t data[600], suffix = suffix_of(m->kind);
    nbt_wr w;
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE_DATAGRAM, .callname = "OTHER          " };
    nbt_wr_init(&w, data, sizeof data);
    nbt_browse_mailslot_wr(&w, m);
    assert_int_equal(w.err, NBT_OK);
    uint8_t *exact = exact_copy(data, w.at);
    answer(&d.receives[suffix], &ncb, NBT_NRC_GOODRET, (nbt_bytes){ exact, w.at });
    free(exact);
    assert_int_not_equal(d.receives[suffix], 0); /* it waits for the next one */
    expect(want);
}

static nbt_bytes text(const char *s)
{
    return (nbt_bytes){ (const uint8_t *)s, strlen(s) };
}

static nbt_browse election(uint32_t criteria, uint32_t uptime, const char *name)
{
    return (nbt_browse){ .kind = NBT_BROWSE_ELECTION,
                         .version = 1,
                         .criteria = criteria,
                         .uptime = uptime,
                         .server = text(name) };
}

/* Starts at 0, with its names; the first two seconds are over. */
static void begin(nbt_browser_part part, const char *want)
{
    memset(&d, 0, sizeof d);
    nbt_out_init(&d.out, test_mem_of(&d.mem));
    nbt_browser_cfg cfg = { .profile = nbt_browser_profile_find("nt4", 3),
                            .part = part,
                            .group = "LAB",
                            .machine = "BOX",
                            .comment = "",
                            .os = -1,
                            .seed = 1 };
    d.browser = nbt_browser_new(test_mem_of(&d.mem), &cfg);
    assert_non_null(d.browser);
    nbt_browser_start(d.browser, 0, &d.out);
    took();
    grant_all();
    d.said[0] = '\0';
    at(1999, "");
    at(2000, want);
}

/* A potential browser that has found no master, and won: master at 5200 ms. */
static void begin_master(void)
{
    begin(NBT_BROWSER_POTENTIAL, "find host-announcement>1d");
    nbt_ncb ncb = { .command = NBT_NCB_FIND_NAME };
    answer(&d.find, &ncb, NBT_NRC_CMDTMO, (nbt_bytes){ NULL, 0 });
    expect("request-election>1e");
    at(2800, "request-election>1e");
    at(3600, "request-election>1e");
    at(4400, "request-election>1e");
    at(5199, "");
    at(5200, "add<1d>");
    grant_all();
    expect("master join<01>");
    at(5200, "local-master-announcement>1e appeared domain-announcement>01");
    d.said[0] = '\0';
}

static void finish(void)
{
    nbt_browser_free(d.browser);
    nbt_out_fini(&d.out);
    assert_int_equal(d.mem.blocks, 0);
}

/* MS-BRWS 3.2.6 */
static void a_host_announces_itself_ever_less_often(void **state)
{
    (void)state;
    begin(NBT_BROWSER_HOST, "host-announcement>1d");
    nbt_time ms = 2000;
    static const unsigned minutes[] = { 1, 2, 4, 8, 12, 12 };
    for (size_t i = 0; i < LENGTH_OF(minutes); i++) {
        ms += minutes[i] * 60000;
        at(ms - 1, "");
        at(ms, "host-announcement>1d");
    }
    nbt_browse m = election(0x10010F00, 0, "OTHER");
    hears(&m, ""); /* it takes no part */
    finish();
}

/* MS-BRWS 3.2.5.2 */
static void a_request_is_answered_within_half_a_minute(void **state)
{
    (void)state;
    begin(NBT_BROWSER_HOST, "host-announcement>1d");
    nbt_browse m = { .kind = NBT_BROWSE_REQUEST, .server = text("OTHER") };
    hears(&m, "");
    assert_true(nbt_browser_due(d.browser) <= NBT_MS(32000));
    at(32000, "host-announcement>1d");
    finish();
}

/* MS-BRWS 3.3.5.8, 4.2 */
static void an_election_is_won_by_saying_so_four_times(void **state)
{
    (void)state;
    begin_master();
    assert_int_equal(nbt_browser_role_of(d.browser), NBT_BROWSER_IS_MASTER);
    at(6200, "announcement-request>1e");
    finish();
}

static void a_better_one_ends_it(void **state)
{
    (void)state;
    begin(NBT_BROWSER_POTENTIAL, "find host-announcement>1d");
    nbt_ncb ncb = { .command = NBT_NCB_FIND_NAME };
    answer(&d.find, &ncb, NBT_NRC_CMDTMO, (nbt_bytes){ NULL, 0 });
    expect("request-election>1e");
    nbt_browse worse = election(0x01041500, 99999, "OTHER");
    hears(&worse, ""); /* goes on as it was */
    at(2800, "request-election>1e");
    nbt_browse better = election(0x20010F00, 0, "OTHER");
    hears(&better, "");
    at(5200, "");
    assert_int_equal(nbt_browser_role_of(d.browser), NBT_BROWSER_IS_POTENTIAL);
    at(12800, "find"); /* ten seconds later it looks who has become master */
    finish();
}

/* Criteria, uptime, the lesser name: who answers a frame at all. */
static void who_has_won(void **state)
{
    static const struct {
        const char *label;
        uint32_t criteria, uptime;
        const char *name;
        bool won;
    } rows[] = {
        { "worse criteria", 0x10010F01, 99999, "AAA", true },
        { "better criteria", 0x10010F03, 0, "ZZZ", false },
        { "as good, and shorter there", 0x10010F02, 1999, "AAA", true },
        { "as good, and longer there", 0x10010F02, 2001, "ZZZ", false },
        { "as long, and a greater name", 0x10010F02, 2000, "BOY", true },
        { "as long, and a lesser name", 0x10010F02, 2000, "BOW", false },
        { "as long, and a name that goes on", 0x10010F02, 2000, "BOXX", true },
        { "as long, and a shorter name", 0x10010F02, 2000, "BO", false },
        { "our own frame", 0, 0, "BOX", false },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s\n", rows[i].label);
        begin(NBT_BROWSER_POTENTIAL, "find host-announcement>1d");
        nbt_browse m = election(rows[i].criteria, rows[i].uptime, rows[i].name);
        hears(&m, "");
        at(2799, "");
        at(2800, rows[i].won ? "request-election>1e" : "");
        finish();
    }
}

static void a_master_that_loses_gives_its_names_back(void **state)
{
    (void)state;
    begin_master();
    nbt_browse better = election(0x20010F00, 0, "OTHER");
    hears(&better, "potential delete<1d>");
    grant_all();
    expect("delete<01>");
    at(5300, "host-announcement>1d");
    finish();
}

static void a_name_that_is_not_free_yet_is_asked_for_again(void **state)
{
    (void)state;
    begin(NBT_BROWSER_PREFERRED, "find host-announcement>1d");
    nbt_ncb ncb = { .command = NBT_NCB_FIND_NAME };
    answer(&d.find, &ncb, NBT_NRC_GOODRET, (nbt_bytes){ NULL, 0 });
    expect("request-election>1e"); /* though there is one: it is preferred */
    for (int i = 0; i < 3; i++) {
        d.now += NBT_MS(800);
        nbt_browser_tick(d.browser, d.now, &d.out);
        took();
    }
    d.said[0] = '\0';
    at(5200, "add<1d>");
    answer(&d.name, &d.name_ncb, NBT_NRC_INUSE, (nbt_bytes){ NULL, 0 });
    expect("error join<01>");
    grant_all();
    expect("");
    at(6199, "");
    at(6200, "add<1d>");
    grant_all();
    d.said[0] = '\0';
    assert_int_equal(nbt_browser_role_of(d.browser), NBT_BROWSER_IS_MASTER);
    finish();
}

/* Its own request, to <1E>, comes to it first, and the answers right behind that; D28 */
static void answers_find_a_command_that_waits(void **state)
{
    (void)state;
    begin_master();
    at(6200, "announcement-request>1e");
    uint32_t waits = d.receives[0x1D];
    nbt_browse m = { .kind = NBT_BROWSE_REQUEST, .server = text("BOX") };
    hears(&m, "");
    assert_int_not_equal(waits, 0);
    assert_int_equal(d.receives[0x1D], waits);
    finish();
}

static void it_waits_for_its_names_and_no_others(void **state)
{
    (void)state;
    begin(NBT_BROWSER_POTENTIAL, "find host-announcement>1d");
    assert_true(d.receives[OWN] && d.receives[0x00] && d.receives[0x1E]);
    assert_true(!d.receives[0x1D] && !d.receives[0x01]);
    finish();
    begin_master();
    assert_true(d.receives[0x1D] && d.receives[0x01]);
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE_DATAGRAM };
    nbt_browse better = election(0x20010F00, 0, "OTHER");
    hears(&better, "potential delete<1d>");
    answer(&d.receives[0x1D], &ncb, NBT_NRC_NAMERR, (nbt_bytes){ NULL, 0 });
    grant_all();
    expect("delete<01>");
    d.now += NBT_S(10);
    nbt_browser_tick(d.browser, d.now, &d.out);
    took();
    assert_int_equal(d.receives[0x1D], 0);
    d.said[0] = '\0';
    answer(&d.receives[0x1E], &ncb, NBT_NRC_NORES, (nbt_bytes){ NULL, 0 });
    assert_int_equal(d.receives[0x1E], 0);
    d.now += NBT_S(5);
    nbt_browser_tick(d.browser, d.now, &d.out);
    took();
    assert_int_not_equal(d.receives[0x1E], 0); /* asked again, a little later */
    finish();
}

/* MS-BRWS 3.3.5.7, 2.2.5; D42 */
static void a_master_lists_servers_and_gives_backups(void **state)
{
    (void)state;
    begin_master();
    nbt_browse host = { .kind = NBT_BROWSE_HOST,
                        .periodicity = 60000,
                        .type = NBT_SERVER_SERVER | NBT_SERVER_BACKUP,
                        .server = text("OTHER") };
    hears(&host, "appeared");
    hears(&host, "");
    assert_string_equal(nbt_browser_server_at(d.browser, 1)->name, "OTHER");
    nbt_browse ask = { .kind = NBT_BROWSE_GET_BACKUPS, .count = 4, .token = 7 };
    hears(&ask, "get-backup-list-response>00");
    host.type = 0;
    hears(&host, "vanished");
    host.type = NBT_SERVER_SERVER;
    hears(&host, "appeared");
    /* Three announcements missed, MS-BRWS 3.3.6. */
    d.now = NBT_MS(5200 + 3 * 60000 - 1);
    nbt_browser_tick(d.browser, d.now, &d.out);
    assert_non_null(nbt_browser_server_at(d.browser, 1));
    d.now += NBT_MS(1);
    nbt_browser_tick(d.browser, d.now, &d.out);
    assert_null(nbt_browser_server_at(d.browser, 1));
    finish();
}

static void nonsense_is_in_no_list(void **state)
{
    (void)state;
    begin_master();
    static const char *const names[] = { "", "A B", "\x1b[2J", "SIXTEENLETTERSXX" };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        nbt_browse host = { .kind = NBT_BROWSE_HOST,
                            .periodicity = 60000,
                            .type = NBT_SERVER_SERVER,
                            .server = text(names[i]) };
        hears(&host, "");
    }
    assert_null(nbt_browser_server_at(d.browser, 1));
    nbt_browse reset = { .kind = NBT_BROWSE_RESET, .reset = 7 };
    hears(&reset, ""); /* CVE-2000-0404 */
    assert_int_equal(nbt_browser_role_of(d.browser), NBT_BROWSER_IS_MASTER);
    finish();
}

/* --- who asks for the list --- */

static const uint8_t negotiate[] =
    "\xFFSMB\x72\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\x0C\0\2NT LM 0.12";

static void calls(size_t door, uint16_t lsn)
{
    nbt_ncb ncb = { .command = NBT_NCB_LISTEN, .lsn = lsn, .callname = "OTHER          " };
    answer(&d.doors[door], &ncb, NBT_NRC_GOODRET, (nbt_bytes){ NULL, 0 });
}

static void a_master_can_be_called(void **state)
{
    (void)state;
    begin(NBT_BROWSER_POTENTIAL, "find host-announcement>1d");
    assert_true(!d.doors[0] && !d.doors[1]);
    finish();
    begin_master();
    assert_true(d.doors[0] && d.doors[1]);
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE, .lsn = 5 };
    calls(1, 5);
    assert_int_not_equal(d.doors[1], 0); /* for the next one */
    answer(&d.session, &ncb, NBT_NRC_GOODRET, (nbt_bytes){ negotiate, sizeof negotiate });
    expect("send");
    answer(&d.session, &ncb, NBT_NRC_GOODRET, (nbt_bytes){ negotiate, 20 });
    expect("hang-up"); /* no SMB */
    calls(0, 6);
    answer(&d.session, &ncb, NBT_NRC_SCLOSED, (nbt_bytes){ NULL, 0 });
    expect("hang-up");
    calls(0, 7);
    nbt_time from = d.now;
    d.now = from + NBT_S(60) - 1;
    nbt_browser_tick(d.browser, d.now, &d.out);
    took();
    assert_null(strstr(d.said, "hang-up"));
    d.now = from + NBT_S(60);
    nbt_browser_tick(d.browser, d.now, &d.out);
    took();
    assert_non_null(strstr(d.said, "hang-up")); /* nothing was said for a minute */
    finish();
}

static void so_many_at_a_time_and_no_more(void **state)
{
    (void)state;
    begin_master();
    for (uint16_t i = 1; i <= 8; i++)
        calls(0, i);
    assert_int_equal(d.doors[0], 0);
    calls(1, 9); /* there was a LISTEN for him, but no place */
    expect("hang-up");
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE };
    answer(&d.session, &ncb, NBT_NRC_SABORT, (nbt_bytes){ NULL, 0 });
    expect("hang-up");
    assert_true(d.doors[0] && d.doors[1]);
    nbt_ncb listen = { .command = NBT_NCB_LISTEN };
    answer(&d.doors[0], &listen, NBT_NRC_NOWILD, (nbt_bytes){ NULL, 0 });
    at(5200 + 4999, "announcement-request>1e");
    assert_int_equal(d.doors[0], 0);
    at(5200 + 5000, "");
    assert_int_not_equal(d.doors[0], 0); /* asked again, a little later */
    finish();
}

static void goodbye_ends_with_its_names(void **state)
{
    (void)state;
    begin_master();
    nbt_browser_do(d.browser, d.now, NBT_BROWSER_CMD_CLOSE, &d.out);
    took();
    grant_all();
    expect("local-master-announcement>1e vanished request-election>1e delete<00> delete<1e> "
           "delete<1d> delete<01> exit");
    at(999999, "");
    finish();
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_host_announces_itself_ever_less_often),
    NBT_TEST("", a_request_is_answered_within_half_a_minute),
    NBT_TEST("D42", an_election_is_won_by_saying_so_four_times),
    NBT_TEST("", a_better_one_ends_it),
    NBT_TEST("", who_has_won),
    NBT_TEST("", a_master_that_loses_gives_its_names_back),
    NBT_TEST("", a_name_that_is_not_free_yet_is_asked_for_again),
    NBT_TEST("", answers_find_a_command_that_waits),
    NBT_TEST("", it_waits_for_its_names_and_no_others),
    NBT_TEST("D42", a_master_lists_servers_and_gives_backups),
    NBT_TEST("H71", nonsense_is_in_no_list),
    NBT_TEST("", a_master_can_be_called),
    NBT_TEST("", so_many_at_a_time_and_no_more),
    NBT_TEST("", goodbye_ends_with_its_names),
};

NBT_MAIN("browser", tests)
