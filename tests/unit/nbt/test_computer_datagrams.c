/*
 * SEND and RECEIVE DATAGRAM, and the same for broadcasts: what goes out by which way, who gets what
 * comes in, and every way that a command can end.
 */
#include "tests/support/test.h"

#include "nbt/draft.h"
#include "tests/support/driver.h"

static driver d;
static uint8_t fred; /* number of FRED<20>, program 1's */

static int setup_as(const nbt_profile *profile, nbt_node_type type)
{
    if (type == NBT_ONT_B)
        driver_init(&d, profile, 1);
    else
        driver_init_type(&d, profile, type);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    setup_as(NULL, NBT_ONT_B);
    fred = driver_hold(&d, 1, "FRED<20>", false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    driver_fini(&d);
    return 0;
}

static nbt_ncb send_ncb(uint8_t num, const char *to, size_t n)
{
    nbt_ncb ncb = driver_ncb(to ? NBT_NCB_SEND_DATAGRAM : NBT_NCB_SEND_BROADCAST, NULL, to);
    ncb.num = num;
    ncb.length = (uint32_t)n;
    return ncb;
}

static void send(uint32_t tag, const char *to, const char *text)
{
    driver_do(&d, 1, tag, send_ncb(fred, to, strlen(text)), text, strlen(text));
}

static void receive(uint32_t proc, uint32_t tag, unsigned verb, uint8_t num)
{
    driver_do(&d, proc, tag, (nbt_ncb){ .command = (uint8_t)verb, .num = num, .length = 100 }, NULL,
              0);
}

static void hear(unsigned type, const char *from, const char *to, const char *name)
{
    packet p = build_datagram(type, 7, from, "BARNEY<20>", name, "Yabba", 5);
    driver_hear_datagram(&d, from, to, &p);
}

/* --- sending, B node: RFC 1002 5.3.1 ------------------------------------------------------------
 */

static void a_unique_name_is_found_and_sent_to(void **state)
{
    (void)state;
    send(1, "BARNEY<20>", "hello");
    assert_driver(&d, "query-request BARNEY<20> to all");
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    assert_driver(&d, "direct-unique-datagram BARNEY<20> from FRED<20> to 10.0.0.9 hello; "
                      "done 1/1 00");
    uint16_t id = d.last_dgm;
    driver_pass(&d, 2000); /* the query goes on watching: nothing is sent twice */
    assert_driver(&d, "");
    send(2, "BARNEY<20>", "again");
    (void)driver_said(&d);
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    assert_driver(&d, "direct-unique-datagram BARNEY<20> from FRED<20> to 10.0.0.9 again; "
                      "done 1/2 00");
    assert_int_equal(d.last_dgm, (uint16_t)(id + 1));
}

static void a_group_is_everybodys(void **state)
{
    (void)state;
    send(1, "GROUP<00>", "hello");
    (void)driver_said(&d);
    driver_found(&d, "GROUP<00>", "10.0.0.9", true);
    assert_driver(&d, "direct-group-datagram GROUP<00> from FRED<20> to all hello; done 1/1 00");
}

static void an_own_group_needs_no_look_up(void **state)
{
    (void)state;
    uint8_t group = driver_hold(&d, 1, "GROUP<00>", true);
    receive(1, 2, NBT_NCB_RECEIVE_DATAGRAM, group);
    (void)driver_said(&d);
    send(1, "GROUP<00>", "hello"); /* a member gets it as well: RFC 1001 5.4 */
    assert_driver(&d, "direct-group-datagram GROUP<00> from FRED<20> to all hello; "
                      "done 1/2 00 from FRED<20> num 3 hello; done 1/1 00");
}

static void a_broadcast_goes_to_all_at_once(void **state)
{
    (void)state;
    receive(1, 2, NBT_NCB_RECEIVE_BROADCAST, fred);
    send(1, NULL, "hello");
    assert_driver(&d, "broadcast-datagram *<00> from FRED<20> to all hello; "
                      "done 1/2 00 from FRED<20> num 2 hello; done 1/1 00");
}

static void ones_own_name_is_reached_without_a_packet(void **state)
{
    (void)state;
    receive(1, 2, NBT_NCB_RECEIVE_DATAGRAM, fred);
    send(1, "FRED<20>", "me");
    assert_driver(&d, "done 1/2 00 from FRED<20> num 2 me; done 1/1 00");
}

/* The interface has no code for it, and a datagram may be lost anyway. */
static void nobody_is_told_that_a_name_is_not_there(void **state)
{
    (void)state;
    send(1, "NOBODY<20>", "hello");
    driver_pass(&d, 749);
    assert_driver(&d, "query-request NOBODY<20> to all; query-request NOBODY<20> to all; "
                      "query-request NOBODY<20> to all");
    driver_pass(&d, 1);
    assert_driver(&d, "done 1/1 00");
    send(1, "NOBODY<20>", "hello");
    driver_pass(&d, 750);
    assert_string_equal(driver_traced(&d),
                        "query NOBODY<20> > asking; query NOBODY<20> asking > not found; "
                        "datagram NOBODY<20> > not sent");
}

static void large_ones_are_cut(void **state)
{
    (void)state;
    static const uint8_t data[512];
    driver_do(&d, 1, 1, send_ncb(fred, NULL, 512), data, 512);
    assert_driver(&d, "broadcast-datagram(first more 0) *<00> from FRED<20> to all 466 octets; "
                      "broadcast-datagram(534) to all 46 octets; done 1/1 00");
    const nbt_profile *nt4 = nbt_profile_find("nt4", 3);
    driver_fini(&d);
    driver_init(&d, nt4, 1);
    driver_submit(&d, 1, 9, NBT_NCB_RESET, NULL, NULL);
    fred = driver_hold(&d, 1, "FRED<20>", false);
    driver_do(&d, 1, 1, send_ncb(fred, NULL, 512), data, 512);
    assert_driver(&d, "broadcast-datagram *<00> from FRED<20> to all 512 octets; done 1/1 00");
}

/* D22: what captures of Windows have, and what the RFC does. */
static void the_subnets_names_are_groups_by_profile(void **state)
{
    (void)state;
    send(1, "WORKGROUP<1D>", "hello");
    assert_driver(&d, "query-request WORKGROUP<1D> to all");
    nbt_profile windows = driver_profile();
    windows.dgm_subnet_unasked = true;
    driver_fini(&d);
    driver_init(&d, &windows, 1);
    fred = driver_hold(&d, 1, "FRED<20>", false);
    send(1, "WORKGROUP<1D>", "hello");
    assert_driver(&d, "direct-group-datagram WORKGROUP<1D> from FRED<20> to all hello; "
                      "done 1/1 00");
    send(1, "WORKGROUP<1C>", "hello");
    assert_driver(&d, "query-request WORKGROUP<1C> to all");
}

/* --- what is refused at once --------------------------------------------------------------------
 */

static void sends_are_checked(void **state)
{
    (void)state;
    static const uint8_t data[513];
    static const struct {
        const char *to;
        uint8_t num; /* 0: FRED's */
        uint32_t length;
        size_t n;
        const char *said;
    } rows[] = {
        { "BARNEY<20>", 0, 513, 513, "done 1/1 01" }, { NULL, 0, 513, 513, "done 1/1 01" },
        { "BARNEY<20>", 0, 512, 511, "done 1/1 01" }, { "BARNEY<20>", 3, 5, 5, "done 1/1 13" },
        { "BARNEY<20>", 255, 5, 5, "done 1/1 13" },   { NULL, 1, 5, 5, "done 1/1 13" },
        { "*<00>", 0, 5, 5, "done 1/1 15" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_ncb ncb = send_ncb(rows[i].num ? rows[i].num : fred, rows[i].to, rows[i].length);
        driver_do(&d, 1, 1, ncb, data, rows[i].n);
        assert_driver(&d, rows[i].said);
    }
    nbt_ncb unnamed = send_ncb(NBT_NUM_NAMED, NULL, 0);
    driver_do(&d, 1, 1, unnamed, NULL, 0);
    assert_driver(&d, "done 1/1 13");
    memcpy(unnamed.name, name_of("FRED<20>").b, NBT_NAME_LEN);
    driver_do(&d, 1, 1, unnamed, NULL, 0);
    assert_driver(&d, "broadcast-datagram *<00> from FRED<20> to all; done 1/1 00");
}

static void receives_are_checked(void **state)
{
    (void)state;
    for (unsigned verb = NBT_NCB_RECEIVE_DATAGRAM; verb <= NBT_NCB_RECEIVE_BROADCAST; verb += 2) {
        receive(1, 1, verb, 3);
        assert_driver(&d, "done 1/1 13");
        receive(1, 1, verb, NBT_NUM_ANY);
        assert_driver(&d, "");
        driver_cancel(&d, 1, 2, 1);
        assert_driver(&d, "done 1/1 0B; done 1/2 00");
    }
}

/* A name that is being claimed has no datagrams yet. */
static void a_name_must_be_registered(void **state)
{
    (void)state;
    driver_submit(&d, 1, 1, NBT_NCB_ADD_NAME, "WILMA<20>", NULL);
    (void)driver_said(&d);
    receive(1, 2, NBT_NCB_RECEIVE_DATAGRAM, (uint8_t)(fred + 1));
    assert_driver(&d, "done 1/2 13");
    hear(NBT_DGM_UNIQUE, "10.0.0.9", "10.0.0.1", "WILMA<20>");
    assert_driver(&d, "datagram-error(82) to 10.0.0.9");
}

/* --- receiving: RFC 1002 5.3.3 ------------------------------------------------------------------
 */

static void everybody_who_waits_gets_it(void **state)
{
    (void)state;
    uint8_t wilma = driver_hold(&d, 1, "WILMA<20>", false);
    uint8_t dino = driver_hold(&d, 2, "DINO<20>", false);
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    receive(1, 2, NBT_NCB_RECEIVE_DATAGRAM, fred);
    receive(1, 3, NBT_NCB_RECEIVE_DATAGRAM, NBT_NUM_ANY);
    receive(1, 4, NBT_NCB_RECEIVE_DATAGRAM, wilma);
    receive(2, 5, NBT_NCB_RECEIVE_DATAGRAM, NBT_NUM_ANY); /* any of its own */
    receive(2, 6, NBT_NCB_RECEIVE_DATAGRAM, dino);
    receive(1, 7, NBT_NCB_RECEIVE_BROADCAST, fred);
    hear(NBT_DGM_UNIQUE, "10.0.0.9", "10.0.0.1", "FRED<20>");
    assert_driver(&d, "done 1/1 00 from BARNEY<20> num 2 Yabba; "
                      "done 1/2 00 from BARNEY<20> num 2 Yabba; "
                      "done 1/3 00 from BARNEY<20> num 2 Yabba");
    hear(NBT_DGM_UNIQUE, "10.0.0.9", "10.0.0.1", "FRED<20>"); /* nobody waits: it is lost */
    assert_driver(&d, "");
    hear(NBT_DGM_UNIQUE, "10.0.0.9", "10.0.0.1", "DINO<20>");
    assert_driver(&d, "done 2/5 00 from BARNEY<20> num 4 Yabba; "
                      "done 2/6 00 from BARNEY<20> num 4 Yabba");
}

static void broadcasts_are_for_those_who_want_them(void **state)
{
    (void)state;
    receive(1, 1, NBT_NCB_RECEIVE_BROADCAST, fred);
    receive(2, 2, NBT_NCB_RECEIVE_BROADCAST, NBT_NUM_ANY);
    receive(1, 3, NBT_NCB_RECEIVE_DATAGRAM, NBT_NUM_ANY);
    hear(NBT_DGM_BROADCAST, "10.0.0.9", "all", "*<00>");
    assert_driver(&d, "done 1/1 00 from BARNEY<20> num 2 Yabba; "
                      "done 2/2 00 from BARNEY<20> num 255 Yabba");
    receive(1, 1, NBT_NCB_RECEIVE_BROADCAST, fred);
    hear(NBT_DGM_UNIQUE, "10.0.0.9", "10.0.0.1", "*<00>"); /* whatever its type: A37 */
    assert_driver(&d, "done 1/1 00 from BARNEY<20> num 2 Yabba");
}

static void a_broadcast_to_a_name_goes_by_profile(void **state)
{
    (void)state;
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    hear(NBT_DGM_BROADCAST, "10.0.0.9", "all", "FRED<20>");
    assert_driver(&d, "done 1/1 00 from BARNEY<20> num 2 Yabba");
    nbt_profile strict = driver_profile();
    strict.dgm_type_counts = true;
    driver_fini(&d);
    driver_init(&d, &strict, 1);
    fred = driver_hold(&d, 1, "FRED<20>", false);
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    hear(NBT_DGM_BROADCAST, "10.0.0.9", "all", "FRED<20>");
    assert_driver(&d, "");
}

/* G44: the rest is lost. */
static void what_finds_no_room_is_lost(void **state)
{
    (void)state;
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE_DATAGRAM, .num = fred, .length = 3 };
    driver_do(&d, 1, 1, ncb, NULL, 0);
    hear(NBT_DGM_UNIQUE, "10.0.0.9", "10.0.0.1", "FRED<20>");
    assert_driver(&d, "done 1/1 06 from BARNEY<20> num 2 Yab");
    assert_int_equal(d.ncb.length, 3);
    receive(1, 2, NBT_NCB_RECEIVE_DATAGRAM, fred);
    assert_driver(&d, "");
}

static void another_scope_is_another_name(void **state)
{
    (void)state;
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    receive(1, 2, NBT_NCB_RECEIVE_BROADCAST, fred);
    hear(NBT_DGM_GROUP, "10.0.0.9", "10.0.0.1", "FRED<20>.ELSEWHERE");
    hear(NBT_DGM_BROADCAST, "10.0.0.9", "all", "*<00>.ELSEWHERE");
    assert_driver(&d, "");
    hear(NBT_DGM_UNIQUE, "10.0.0.9", "10.0.0.1", "FRED<20>.ELSEWHERE");
    assert_driver(&d, "datagram-error(82) to 10.0.0.9");
}

/* D43, H56: a datagram tells nothing about where names are. */
static void nothing_is_learnt_from_datagrams(void **state)
{
    (void)state;
    hear(NBT_DGM_GROUP, "10.0.0.9", "all", "WORKGROUP<1E>");
    hear(NBT_DGM_UNIQUE, "10.0.0.9", "10.0.0.1", "FRED<20>");
    assert_driver(&d, "");
    send(1, "BARNEY<20>", "hello");
    assert_driver(&d, "query-request BARNEY<20> to all");
}

/* --- DATAGRAM ERROR -----------------------------------------------------------------------------
 */

static void only_an_absent_unique_name_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        unsigned type;
        const char *to, *name, *said;
    } rows[] = {
        { "a unique one", NBT_DGM_UNIQUE, "10.0.0.1", "NOBODY<20>",
          "datagram-error(82) to 10.0.0.9" },
        { "a group", NBT_DGM_GROUP, "10.0.0.1", "NOBODY<20>", "" },
        { "by broadcast", NBT_DGM_UNIQUE, "all", "NOBODY<20>", "" },
        { "everybody", NBT_DGM_BROADCAST, "all", "*<00>", "" },
        { "a broadcast to a name", NBT_DGM_BROADCAST, "10.0.0.1", "NOBODY<20>", "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        hear(rows[i].type, "10.0.0.9", rows[i].to, rows[i].name);
        assert_driver(&d, rows[i].said);
        if (rows[i].said[0])
            assert_int_equal(d.last_dgm, 7);
    }
}

static void nobody_else_is_told(void **state)
{
    (void)state;
    static const char *const victims[] = { "0.0.0.0", "255.255.255.255", "10.0.0.255", "224.0.0.1",
                                           "10.0.0.1" };
    for (size_t i = 0; i < LENGTH_OF(victims); i++) {
        packet p = build_datagram(NBT_DGM_UNIQUE, 7, victims[i], "BARNEY<20>", "NOBODY<20>", "", 0);
        driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &p);
        assert_driver(&d, "");
    }
}

static void windows_sends_no_errors(void **state)
{
    (void)state;
    nbt_profile quiet = driver_profile();
    quiet.dgm_errors = false;
    driver_fini(&d);
    driver_init(&d, &quiet, 1);
    hear(NBT_DGM_UNIQUE, "10.0.0.9", "10.0.0.1", "NOBODY<20>");
    assert_driver(&d, "");
}

/* A31: a pointer, which only the name service may have; and other names that are none. */
static void bad_names_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* in the packet */
        uint8_t octet;
        const char *said;
    } rows[] = {
        { 14, 0xC0, "datagram-error(83) to 10.0.0.9" },
        { 15, '!', "datagram-error(83) to 10.0.0.9" },
        { 14 + 34, 0xC0, "datagram-error(84) to 10.0.0.9" },
        { 14 + 34 + 9, 'a', "datagram-error(84) to 10.0.0.9" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        packet p = build_datagram(NBT_DGM_UNIQUE, 9, "10.0.0.9", "BARNEY<20>", "FRED<20>", "", 0);
        p.b[rows[i].at] = rows[i].octet;
        driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &p);
        assert_driver(&d, rows[i].said);
        assert_int_equal(d.last_dgm, 9);
        driver_hear_datagram(&d, "10.0.0.9", "all", &p);
        p.b[0] = NBT_DGM_GROUP;
        driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &p);
        assert_driver(&d, "");
    }
}

static packet error_packet(uint16_t id, uint8_t code)
{
    packet p = { .n = 11 };
    const uint8_t b[] = { NBT_DGM_ERROR, 0,   (uint8_t)(id >> 8), (uint8_t)id, 10, 0, 0, 9, 0,
                          138,           code };
    memcpy(p.b, b, sizeof b);
    return p;
}

/* RFC 1002 5.3.3, D33: what was found for the name is forgotten if the error can be believed. */
static void an_error_makes_forget(void **state)
{
    (void)state;
    static const struct {
        const char *label, *from;
        int id;
        uint8_t code;
        bool forgets;
    } rows[] = {
        { "another host", "10.0.0.8", 0, 0x82, false },
        { "another id", "10.0.0.9", 1, 0x82, false },
        { "another trouble", "10.0.0.9", 0, 0x84, false },
        { "from where it went", "10.0.0.9", 0, 0x82, true },
    };
    nbt_profile remembers = driver_profile();
    remembers.cache_lifetime = NBT_S(600);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        driver_fini(&d);
        driver_init(&d, &remembers, 1);
        fred = driver_hold(&d, 1, "FRED<20>", false);
        send(1, "BARNEY<20>", "hello");
        driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
        (void)driver_said(&d);
        driver_pass(&d, 2000);
        packet p = error_packet((uint16_t)(d.last_dgm + rows[i].id), rows[i].code);
        driver_hear_datagram(&d, rows[i].from, "10.0.0.1", &p);
        driver_hear_datagram(&d, rows[i].from, "10.0.0.1", &p);
        assert_driver(&d, "");
        send(1, "BARNEY<20>", "hello");
        const char *said = driver_said(&d);
        if ((strncmp(said, "query", 5) == 0) != rows[i].forgets)
            fail_msg("%s: %s", rows[i].label, said);
    }
}

/* D31, H46: no answer to what is no message, and none to what is no packet. */
static void nothing_else_is_answered(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        packet p = build_datagram(type, 7, "10.0.0.9", "BARNEY<20>", "NOBODY<20>", "x", 1);
        if (type == NBT_DGM_UNIQUE)
            continue;
        driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &p);
        driver_hear_datagram(&d, "10.0.0.9", "all", &p);
        assert_driver(&d, "");
    }
    packet q = build_datagram(NBT_DGM_QUERY, 7, "10.0.0.9", "FRED<20>", "FRED<20>", "", 0);
    memmove(q.b + 10, q.b + 14, 34);
    q.n = 44;
    driver_hear_datagram(&d, "10.0.0.9", "all", &q);
    driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &q);
    packet e = error_packet(7, 0x82);
    driver_hear_datagram(&d, "10.0.0.9", "all", &e);
    assert_driver(&d, "");
    packet p = build_datagram(NBT_DGM_UNIQUE, 7, "10.0.0.9", "BARNEY<20>", "NOBODY<20>", "x", 1);
    for (size_t n = 0; n < p.n; n++) {
        packet cut = p;
        cut.n = n;
        driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &cut);
        assert_driver(&d, "");
    }
}

/* What comes from nobody, and one's own broadcast. */
static void strange_senders_are_not_heard(void **state)
{
    (void)state;
    static const char *const from[] = { "0.0.0.0", "255.255.255.255", "10.0.0.255", "239.1.2.3" };
    receive(1, 1, NBT_NCB_RECEIVE_BROADCAST, fred);
    for (size_t i = 0; i < LENGTH_OF(from); i++)
        hear(NBT_DGM_BROADCAST, from[i], "all", "*<00>");
    hear(NBT_DGM_BROADCAST, "10.0.0.1", "all", "*<00>");
    assert_driver(&d, "");
}

/* D20; impacket, for one, counts the data alone. */
static void a_wrong_length_counts_by_profile(void **state)
{
    (void)state;
    nbt_profile lax = driver_profile();
    lax.dgm_length_counts = false;
    packet p = build_datagram(NBT_DGM_UNIQUE, 7, "10.0.0.9", "BARNEY<20>", "FRED<20>", "Yabba", 5);
    p.b[11] = 5; /* DGM_LENGTH */
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &p);
    assert_driver(&d, "");
    driver_fini(&d);
    driver_init(&d, &lax, 1);
    fred = driver_hold(&d, 1, "FRED<20>", false);
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &p);
    assert_driver(&d, "done 1/1 00 from BARNEY<20> num 2 Yabba");
}

/* --- how commands end ---------------------------------------------------------------------------
 */

static void a_deleted_names_commands_end(void **state)
{
    (void)state;
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    receive(2, 2, NBT_NCB_RECEIVE_BROADCAST, fred);
    receive(1, 3, NBT_NCB_RECEIVE_DATAGRAM, NBT_NUM_ANY);
    send(4, "BARNEY<20>", "hello");
    (void)driver_said(&d);
    driver_submit(&d, 1, 5, NBT_NCB_DELETE_NAME, "FRED<20>", NULL);
    assert_driver(&d, "release-demand FRED<20> to all; done 1/1 17; done 2/2 17; done 1/4 17; "
                      "done 1/5 00");
}

static void a_conflict_ends_them(void **state)
{
    (void)state;
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    send(2, "BARNEY<20>", "hello");
    (void)driver_said(&d);
    packet p = build_address_answer(0, NBT_WORD_CONFLICT_DEMAND, "FRED<20>", 0, 0, "0.0.0.0");
    driver_hear(&d, "10.0.0.9", "10.0.0.1", &p);
    assert_driver(&d, "done 1/1 19; done 1/2 19");
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    send(2, NULL, "hello");
    assert_driver(&d, "done 1/1 19; done 1/2 19");
    receive(1, 3, NBT_NCB_RECEIVE_DATAGRAM, NBT_NUM_ANY);
    hear(NBT_DGM_UNIQUE, "10.0.0.9", "10.0.0.1", "FRED<20>"); /* E46: it is nobody's */
    assert_driver(&d, "datagram-error(82) to 10.0.0.9");
}

/* G43 */
static void what_can_be_cancelled(void **state)
{
    (void)state;
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    receive(1, 2, NBT_NCB_RECEIVE_BROADCAST, fred);
    send(3, "BARNEY<20>", "hello");
    (void)driver_said(&d);
    driver_cancel(&d, 1, 9, 1);
    driver_cancel(&d, 1, 9, 2);
    driver_cancel(&d, 1, 9, 3);
    driver_cancel(&d, 1, 9, 4);
    assert_driver(&d, "done 1/1 0B; done 1/9 00; done 1/2 0B; done 1/9 00; done 1/9 26; "
                      "done 1/9 24");
}

static void reset_and_death_end_them(void **state)
{
    (void)state;
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    send(2, "BARNEY<20>", "hello");
    (void)driver_said(&d);
    driver_submit(&d, 1, 3, NBT_NCB_RESET, NULL, NULL);
    assert_driver(&d, "done 1/1 0B; done 1/2 0B; release-demand FRED<20> to all; done 1/3 00");
    fred = driver_hold(&d, 1, "FRED<20>", false);
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    send(2, "BARNEY<20>", "hello");
    (void)driver_said(&d);
    nbt_computer_gone(d.c, d.now, 1, &d.out);
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false); /* nobody is left who wanted to know */
    assert_driver(&d, "release-demand FRED<20> to all");
}

static void no_wait_commands_are_accepted_first(void **state)
{
    (void)state;
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM | NBT_NCB_ASYNC, fred);
    assert_driver(&d, "accepted 1/1 00");
    hear(NBT_DGM_GROUP, "10.0.0.9", "all", "FRED<20>");
    assert_driver(&d, "done 1/1 00 from BARNEY<20> num 2 Yabba");
    nbt_ncb ncb = send_ncb(fred, NULL, 5);
    ncb.command |= NBT_NCB_ASYNC;
    driver_do(&d, 1, 2, ncb, "hello", 5);
    assert_driver(&d, "accepted 1/2 00; broadcast-datagram *<00> from FRED<20> to all hello; "
                      "done 1/2 00");
}

static void session_status_counts_them(void **state)
{
    (void)state;
    receive(1, 1, NBT_NCB_RECEIVE_DATAGRAM, fred);
    receive(1, 2, NBT_NCB_RECEIVE_BROADCAST, fred);
    nbt_ncb ncb = driver_ncb(NBT_NCB_SESSION_STATUS, "FRED<20>", NULL);
    ncb.length = 100;
    driver_do(&d, 1, 3, ncb, NULL, 0);
    assert_driver(&d, "done 1/3 00");
    assert_hex(d.data, d.ndata, "02 00 02 00");
}

/* --- P, M and H nodes: RFC 1002 5.3.2 -----------------------------------------------------------
 */

#define SERVER "10.0.0.201"

/* The name server's answer to the question that was sent last. */
static void lists(const char *name, bool group, const char *const *ip, size_t n)
{
    uint8_t rdata[6 * 8];
    for (size_t i = 0; i < n; i++) {
        uint32_t addr = ip_of(ip[i]);
        const uint8_t one[] = { group ? 0x80 : 0,      0,
                                (uint8_t)(addr >> 24), (uint8_t)(addr >> 16),
                                (uint8_t)(addr >> 8),  (uint8_t)addr };
        memcpy(rdata + 6 * i, one, sizeof one);
    }
    (void)driver_said(&d);
    packet p = build_answer(d.last_id, NBT_WORD_POSITIVE_QUERY, name, NBT_RR_NB, 0, rdata, 6 * n);
    driver_hear(&d, SERVER, "10.0.0.1", &p);
}

/* FRED<20> of program 1, claimed at the name server. */
static void be(nbt_node_type type, bool nbdd)
{
    driver_fini(&d);
    if (type == NBT_ONT_B) {
        driver_init(&d, NULL, 1);
        fred = driver_hold(&d, 1, "FRED<20>", false);
        return;
    }
    if (nbdd)
        driver_init_nbdd(&d, NULL, type);
    else
        driver_init_type(&d, NULL, type);
    driver_submit(&d, 1, 1, NBT_NCB_ADD_NAME, "FRED<20>", NULL);
    if (type == NBT_ONT_M)
        driver_pass(&d, 750);
    (void)driver_said(&d);
    packet p = build_address_answer(d.last_id, 0xAD80, "FRED<20>", 0, 0, "10.0.0.1");
    driver_hear(&d, SERVER, "10.0.0.1", &p);
    (void)driver_said(&d);
    assert_int_equal(d.ncb.retcode, NBT_NRC_GOODRET);
    fred = d.ncb.num;
}

static void p_and_m_send_to_each_member(void **state)
{
    (void)state;
    static const char *const members[] = { "10.0.0.9", "10.1.0.7", "10.0.0.9" };
    be(NBT_ONT_P, false);
    send(2, "GROUP<00>", "hello");
    assert_driver(&d, "query-request GROUP<00> to 10.0.0.201");
    lists("GROUP<00>", true, members, 3);
    assert_driver(&d, "direct-group-datagram GROUP<00> from FRED<20> to 10.0.0.9 hello; "
                      "direct-group-datagram GROUP<00> from FRED<20> to 10.1.0.7 hello; "
                      "done 1/2 00");
    be(NBT_ONT_M, false);
    send(2, "GROUP<00>", "hello");
    assert_driver(&d, "query-request GROUP<00> to all");
    driver_found(&d, "GROUP<00>", "10.0.0.9", true); /* there may be others, elsewhere */
    assert_driver(&d, "query-request GROUP<00> to 10.0.0.201");
    lists("GROUP<00>", true, members, 2);
    assert_driver(&d, "direct-group-datagram GROUP<00> from FRED<20> to 10.0.0.9 hello; "
                      "direct-group-datagram GROUP<00> from FRED<20> to 10.1.0.7 hello; "
                      "done 1/2 00");
}

static void unique_names_are_the_same_to_all(void **state)
{
    (void)state;
    static const char *const owner[] = { "10.1.0.7" };
    for (nbt_node_type type = NBT_ONT_P; type <= NBT_ONT_H; type++) {
        be(type, true);
        send(2, "BARNEY<20>", "hello");
        if (type == NBT_ONT_M)
            driver_pass(&d, 750);
        lists("BARNEY<20>", false, owner, 1);
        assert_driver(&d, "direct-unique-datagram BARNEY<20> from FRED<20> to 10.1.0.7 hello; "
                          "done 1/2 00");
    }
}

/* The octet behind the type: B, P, M; and an H node is what a distribution server is, too (D3). */
static void flags_tell_the_senders_type(void **state)
{
    (void)state;
    for (nbt_node_type type = NBT_ONT_B; type <= NBT_ONT_H; type++) {
        be(type, false);
        (void)driver_said(&d);
        hear(NBT_DGM_UNIQUE, "10.0.0.9", "10.0.0.1", "NOBODY<20>");
        nbt_bytes data = nbt_out_data(&d.out, &d.out.acts[0]);
        assert_int_equal(data.p[1], type << 2); /* FIRST and MORE are clear in an error */
        assert_driver(&d, "datagram-error(82) to 10.0.0.9");
        receive(1, 3, NBT_NCB_RECEIVE_DATAGRAM, fred);
        packet p = build_datagram(NBT_DGM_UNIQUE, 7, "10.0.0.9", "BARNEY<20>", "FRED<20>", "x", 1);
        p.b[1] = 0x0E; /* it is believed to be from its source */
        driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &p);
        assert_driver(&d, "done 1/3 00 from BARNEY<20> num 2 x");
    }
}

/* H63, H65: counts and strings that lie are the program's business, who gets what was sent. */
static void data_is_carried_unread(void **state)
{
    (void)state;
    uint8_t data[300];
    memset(data, 0xFF, sizeof data);
    memcpy(data, "\xFFSMB\x25", 5);
    packet p =
        build_datagram(NBT_DGM_UNIQUE, 7, "10.0.0.9", "BARNEY<20>", "FRED<20>", data, sizeof data);
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE_DATAGRAM, .num = fred, .length = 512 };
    driver_do(&d, 1, 1, ncb, NULL, 0);
    driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &p);
    (void)driver_said(&d);
    assert_int_equal(d.ndata, sizeof data);
    assert_memory_equal(d.data, data, sizeof data);
}

/* F20, D26 */
static void some_lists_mean_the_subnet(void **state)
{
    (void)state;
    static const char *const all[] = { "255.255.255.255" }, *const zero[] = { "0.0.0.0" };
    be(NBT_ONT_P, false);
    send(2, "GROUP<00>", "hello");
    lists("GROUP<00>", true, all, 1);
    assert_driver(&d, "direct-group-datagram GROUP<00> from FRED<20> to all hello; done 1/2 00");
    send(3, "GROUP<00>", "hello");
    lists("GROUP<00>", true, zero, 1);
    assert_driver(&d, "direct-group-datagram GROUP<00> from FRED<20> to all hello; done 1/3 00");
}

/* D24: neither of them broadcasts, and an H node does. */
static void without_a_server_p_and_m_reach_not_everybody(void **state)
{
    (void)state;
    for (nbt_node_type type = NBT_ONT_P; type <= NBT_ONT_M; type++) {
        be(type, false);
        receive(1, 3, NBT_NCB_RECEIVE_BROADCAST, fred);
        send(2, NULL, "hello");
        assert_driver(&d, "done 1/3 00 from FRED<20> num 2 hello; done 1/2 00");
    }
    be(NBT_ONT_H, false);
    send(2, NULL, "hello");
    assert_driver(&d, "broadcast-datagram *<00> from FRED<20> to all hello; done 1/2 00");
}

static packet nbdd_answer(uint8_t type, const char *name, uint16_t id, const char *ip)
{
    packet p = build_datagram(type, id, ip, name, name, "", 0);
    p.b[1] = 0x0C;
    memmove(p.b + 10, p.b + NBT_DGM_HEADER_LEN, 34);
    p.n = 44;
    return p;
}

static void a_distribution_server_is_asked_first(void **state)
{
    (void)state;
    static const char *const members[] = { "10.0.0.9" };
    be(NBT_ONT_P, true);
    send(2, "GROUP<00>", "hello");
    lists("GROUP<00>", true, members, 1);
    assert_driver(&d, "datagram-query-request GROUP<00> to 10.0.0.202");
    packet yes = nbdd_answer(NBT_DGM_POSITIVE_QUERY, "GROUP<00>", d.last_dgm, "10.0.0.202");
    packet other =
        nbdd_answer(NBT_DGM_POSITIVE_QUERY, "GROUP<00>", (uint16_t)(d.last_dgm + 1), "10.0.0.202");
    driver_hear_datagram(&d, "10.0.0.203", "10.0.0.1", &yes);
    driver_hear_datagram(&d, "10.0.0.202", "10.0.0.1", &other);
    assert_driver(&d, "");
    driver_hear_datagram(&d, "10.0.0.202", "10.0.0.1", &yes);
    assert_driver(&d, "direct-group-datagram GROUP<00> from FRED<20> to 10.0.0.202 hello; "
                      "done 1/2 00");
    driver_hear_datagram(&d, "10.0.0.202", "10.0.0.1", &yes);
    assert_driver(&d, "");
}

static void one_that_says_no_is_passed_over(void **state)
{
    (void)state;
    be(NBT_ONT_P, true);
    send(2, NULL, "hello");
    assert_driver(&d, "datagram-query-request *<00> to 10.0.0.202");
    packet no = nbdd_answer(NBT_DGM_NEGATIVE_QUERY, "*<00>", d.last_dgm, "10.0.0.202");
    driver_hear_datagram(&d, "10.0.0.202", "10.0.0.1", &no);
    assert_driver(&d, "datagram-query-request *<00> to 10.0.0.203");
    driver_pass(&d, 4999);
    assert_driver(&d, "");
    driver_pass(&d, 1);
    assert_driver(&d, "datagram-query-request *<00> to 10.0.0.203");
    packet yes = nbdd_answer(NBT_DGM_POSITIVE_QUERY, "*<00>", d.last_dgm, "10.0.0.203");
    driver_hear_datagram(&d, "10.0.0.203", "10.0.0.1", &yes);
    assert_driver(&d, "broadcast-datagram *<00> from FRED<20> to 10.0.0.203 hello; done 1/2 00");
    send(3, NULL, "hello");
    driver_pass(&d, 30000); /* both are silent: nobody is reached */
    (void)driver_said(&d);
    assert_int_equal(d.ncb.retcode, NBT_NRC_GOODRET);
    assert_true(nbt_computer_idle(d.c));
}

/* D32, and D34: what was passed on came from its source. */
static void who_hears_what_was_broadcast(void **state)
{
    (void)state;
    for (nbt_node_type type = NBT_ONT_P; type <= NBT_ONT_H; type++) {
        be(type, false);
        receive(1, 3, NBT_NCB_RECEIVE_DATAGRAM, fred);
        hear(NBT_DGM_GROUP, "10.0.0.9", "all", "FRED<20>");
        assert_driver(&d, type == NBT_ONT_P ? "" : "done 1/3 00 from BARNEY<20> num 2 Yabba");
        if (type == NBT_ONT_P)
            hear(NBT_DGM_GROUP, "10.0.0.9", "10.0.0.1", "FRED<20>");
        (void)driver_said(&d);
        packet p = build_datagram(NBT_DGM_UNIQUE, 7, "10.1.0.9", "BARNEY<20>", "NOBODY<20>", "", 0);
        driver_hear_datagram(&d, "10.0.0.202", "10.0.0.1", &p);
        assert_driver(&d, "datagram-error(82) to 10.1.0.9");
    }
}

/* RFC 1002 5.3.3: the name server may have to forget it, too. */
static void an_error_is_told_to_the_name_server(void **state)
{
    (void)state;
    static const char *const owner[] = { "10.0.0.9" };
    be(NBT_ONT_P, false);
    send(2, "BARNEY<20>", "hello");
    lists("BARNEY<20>", false, owner, 1);
    (void)driver_said(&d);
    packet p = error_packet(d.last_dgm, 0x82);
    driver_hear_datagram(&d, "10.0.0.8", "10.0.0.1", &p);
    assert_driver(&d, "");
    driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &p);
    assert_driver(&d, "release-request BARNEY<20> to 10.0.0.201");
}

/* 1064 octets with IP and UDP: names of 255 octets each, and 512 of data (RFC 1001 17.1.2). */
static void the_largest_is_taken_whole(void **state)
{
    (void)state;
    nbt_dgm m = { .type = NBT_DGM_UNIQUE, .flags = NBT_DGM_FIRST, .id = 7 };
    static uint8_t data[512];
    nbt_lana_cfg lana = { .ip = 0x0A000001, .mask = 0xFFFFFF00, .broadcast = 0x0A0000FF };
    lana.profile = nbt_profile_find("rfc", 3);
    /* 34 octets are the name's, 221 the scope's labels and its root: 63 + 63 + 63 + 27 + 4 */
    for (size_t at = 0, len; at < 220; at += 1 + len) {
        len = at + 64 <= 192 ? 63 : 27;
        lana.scope.b[at] = (uint8_t)len;
        memset(lana.scope.b + at + 1, 'A', len);
        lana.scope.len = (uint8_t)(at + 1 + len);
    }
    m.from = name_of("BARNEY<20>");
    m.to = name_of("FRED<20>");
    m.from.scope = m.to.scope = lana.scope;
    m.source = (nbt_ep){ 0x0A000009, 138 };
    m.data = (nbt_bytes){ data, sizeof data };
    m.length = (uint16_t)nbt_dgm_length(&m.from, &m.to, sizeof data);
    static uint8_t buf[1064];
    nbt_wr w;
    nbt_wr_init(&w, buf, sizeof buf);
    nbt_dgm_wr(&w, &m);
    assert_int_equal(w.err, NBT_OK);
    assert_int_equal(w.at + 28, 1064 - 2); /* labels of 63 make 254 of a name, never 255 */
    driver_fini(&d);
    driver_init_lana(&d, &lana);
    fred = driver_hold(&d, 1, "FRED<20>", false);
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE_DATAGRAM, .num = fred, .length = 512 };
    driver_do(&d, 1, 1, ncb, NULL, 0);
    nbt_computer_rx(d.c, d.now, 0, (nbt_ep){ 0x0A000009, 138 }, (nbt_ep){ 0x0A000001, 138 },
                    (nbt_bytes){ buf, w.at }, &d.out);
    (void)driver_said(&d);
    assert_int_equal(d.ncb.retcode, NBT_NRC_GOODRET);
    assert_int_equal(d.ndata, 512);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("D4 D6 D22 D23 D17", a_unique_name_is_found_and_sent_to, setup, teardown),
    NBT_TEST_WITH("D22 D23", a_group_is_everybodys, setup, teardown),
    NBT_TEST_WITH("D23 D28", an_own_group_needs_no_look_up, setup, teardown),
    NBT_TEST_WITH("D22 D23", a_broadcast_goes_to_all_at_once, setup, teardown),
    NBT_TEST_WITH("", ones_own_name_is_reached_without_a_packet, setup, teardown),
    NBT_TEST_WITH("", nobody_is_told_that_a_name_is_not_there, setup, teardown),
    NBT_TEST_WITH("D13", large_ones_are_cut, setup, teardown),
    NBT_TEST_WITH("D22", the_subnets_names_are_groups_by_profile, setup, teardown),
    NBT_TEST_WITH("G46 D7 D27", sends_are_checked, setup, teardown),
    NBT_TEST_WITH("", receives_are_checked, setup, teardown),
    NBT_TEST_WITH("", a_name_must_be_registered, setup, teardown),
    NBT_TEST_WITH("D28 D29", everybody_who_waits_gets_it, setup, teardown),
    NBT_TEST_WITH("A37 D28", broadcasts_are_for_those_who_want_them, setup, teardown),
    NBT_TEST_WITH("A37", a_broadcast_to_a_name_goes_by_profile, setup, teardown),
    NBT_TEST_WITH("G44", what_finds_no_room_is_lost, setup, teardown),
    NBT_TEST_WITH("A20", another_scope_is_another_name, setup, teardown),
    NBT_TEST_WITH("D43 H56", nothing_is_learnt_from_datagrams, setup, teardown),
    NBT_TEST_WITH("D10 D30 D31 H22", only_an_absent_unique_name_is_an_error, setup, teardown),
    NBT_TEST_WITH("D31 H46", nobody_else_is_told, setup, teardown),
    NBT_TEST_WITH("D30", windows_sends_no_errors, setup, teardown),
    NBT_TEST_WITH("A31 D10", bad_names_are_told_apart, setup, teardown),
    NBT_TEST_WITH("D33 H22", an_error_makes_forget, setup, teardown),
    NBT_TEST_WITH("D2 D31 H46", nothing_else_is_answered, setup, teardown),
    NBT_TEST_WITH("D20", a_wrong_length_counts_by_profile, setup, teardown),
    NBT_TEST_WITH("", strange_senders_are_not_heard, setup, teardown),
    NBT_TEST_WITH("G17", a_deleted_names_commands_end, setup, teardown),
    NBT_TEST_WITH("D27 E46 G46", a_conflict_ends_them, setup, teardown),
    NBT_TEST_WITH("G43", what_can_be_cancelled, setup, teardown),
    NBT_TEST_WITH("", reset_and_death_end_them, setup, teardown),
    NBT_TEST_WITH("", no_wait_commands_are_accepted_first, setup, teardown),
    NBT_TEST_WITH("", session_status_counts_them, setup, teardown),
    NBT_TEST_WITH("D24 D26", p_and_m_send_to_each_member, setup, teardown),
    NBT_TEST_WITH("D22 D24", unique_names_are_the_same_to_all, setup, teardown),
    NBT_TEST_WITH("D3 D10", flags_tell_the_senders_type, setup, teardown),
    NBT_TEST_WITH("H63", data_is_carried_unread, setup, teardown),
    NBT_TEST_WITH("D26 F20", some_lists_mean_the_subnet, setup, teardown),
    NBT_TEST_WITH("D24", without_a_server_p_and_m_reach_not_everybody, setup, teardown),
    NBT_TEST_WITH("D24 D25", a_distribution_server_is_asked_first, setup, teardown),
    NBT_TEST_WITH("D25", one_that_says_no_is_passed_over, setup, teardown),
    NBT_TEST_WITH("D32 D34", who_hears_what_was_broadcast, setup, teardown),
    NBT_TEST_WITH("D33", an_error_is_told_to_the_name_server, setup, teardown),
    NBT_TEST_WITH("D8", the_largest_is_taken_whole, setup, teardown),
};

NBT_MAIN("computer_datagrams", tests)
