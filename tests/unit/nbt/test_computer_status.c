/*
 * LANA ENUM, ADAPTER STATUS, SESSION STATUS, FIND NAME: what they bring back, for every size of
 * the buffer that they are given.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/draft.h"
#include "tests/support/driver.h"

static driver d;

static int setup(void **state)
{
    (void)state;
    driver_init(&d, NULL, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    driver_fini(&d);
    return 0;
}

static void ask(uint32_t tag, unsigned verb, const char *name, uint32_t length)
{
    bool own = verb == NBT_NCB_SESSION_STATUS;
    nbt_ncb ncb = driver_ncb(verb, own ? name : NULL, own ? NULL : name);
    ncb.length = length;
    driver_do(&d, 1, tag, ncb, NULL, 0);
}

/*
 * What a command brings is a head and entries: for every room it must be NRC_BUFLEN below the head,
 * then as many whole entries as fit, and GOODRET as soon as all do. `again` has it answered.
 */
static void for_every_room(unsigned verb, const char *name, size_t head, size_t entry, size_t n,
                           void (*again)(void))
{
    static uint8_t whole[4096];
    ask(1, verb, name, sizeof whole);
    if (again)
        again();
    (void)driver_said(&d);
    assert_int_equal(d.ncb.retcode, NBT_NRC_GOODRET);
    assert_int_equal(d.ncb.length, head + n * entry);
    assert_int_equal(d.ndata, d.ncb.length);
    memcpy(whole, d.data, d.ndata);
    for (uint32_t room = 0; room < head + n * entry + 2; room++) {
        ask(1, verb, name, room);
        if (again && room >= head)
            again();
        (void)driver_said(&d);
        assert_int_equal(d.ncb.command, verb);
        size_t fit = room < head ? 0 : (room - head) / entry;
        uint8_t nrc = room < head ? NBT_NRC_BUFLEN : fit < n ? NBT_NRC_INCOMP : NBT_NRC_GOODRET;
        size_t bytes = room < head ? 0 : head + (fit < n ? fit : n) * entry;
        if (d.ncb.retcode != nrc || d.ndata != bytes || d.ncb.length != bytes)
            fail_msg("room %u: %02X with %zu", (unsigned)room, d.ncb.retcode, d.ndata);
        assert_memory_equal(d.data, whole, bytes);
    }
}

/* --- LANA ENUM -------------------------------------------------------------------------------- */

static void the_adapters_are_listed(void **state)
{
    (void)state;
    driver_fini(&d);
    driver_init(&d, NULL, 2);
    nbt_ncb ncb = { .command = NBT_NCB_LANA_ENUM, .lana = 77, .length = 3 };
    driver_do(&d, 1, 1, ncb, NULL, 0);
    assert_driver(&d, "done 1/1 00");
    assert_hex(d.data, d.ndata, "02 00 01");
    assert_int_equal(d.ncb.length, 3);
    ncb.length = 2;
    driver_do(&d, 1, 1, ncb, NULL, 0);
    assert_driver(&d, "done 1/1 01");
}

/* --- ADAPTER STATUS: this one ------------------------------------------------------------------
 */

static void own_adapter_status(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    (void)driver_hold(&d, 2, "GROUP<00>", true);
    (void)driver_session(&d, 1, "FRED<20>");
    driver_submit(&d, 1, 7, NBT_NCB_LISTEN, "FRED<20>", "*<00>");
    ask(1, NBT_NCB_ADAPTER_STATUS, "*<00>", 4096);
    assert_driver(&d, "done 1/1 00"); /* no packet */
    nbt_rd r;
    nbt_astat s;
    nbt_astat_name fred, group;
    nbt_rd_init(&r, d.data, d.ndata);
    nbt_astat_rd(&r, &s);
    nbt_astat_name_rd(&r, &fred);
    nbt_astat_name_rd(&r, &group);
    assert_rd_end(&r);
    assert_memory_equal(s.adapter_address, "\x02\0\0\0\0\x01", 6);
    assert_int_equal(s.rev_major, 3);
    assert_int_equal(s.adapter_type, 0xFE);
    assert_int_equal(s.xmit_success, 8); /* two claims */
    assert_int_equal(s.max_cfg_ncbs, 255);
    assert_int_equal(s.free_ncbs, 253); /* without the LISTEN and this one */
    assert_int_equal(s.pending_sess, 1);
    assert_int_equal(s.max_sess, 254);
    assert_int_equal(s.max_dgram_size, 512);
    assert_int_equal(s.name_count, 2);
    assert_memory_equal(fred.name, "FRED            ", 16);
    assert_int_equal(fred.num, 2);
    assert_int_equal(fred.flags, 0x04);
    assert_memory_equal(group.name, "GROUP          \0", 16);
    assert_int_equal(group.num, 3);
    assert_int_equal(group.flags, 0x84);
    for_every_room(NBT_NCB_ADAPTER_STATUS, "*<00>", NBT_ASTAT_LEN, NBT_ASTAT_NAME_LEN, 2, NULL);
}

/* --- ADAPTER STATUS: another one ---------------------------------------------------------------
 */

static const nbt_node_name their_names[] = {
    { "BARNEY         \x20", NBT_NB_ACT },
    { "GROUP          \0", NBT_NB_ACT | NBT_NB_G },
    { "CONFLICT       \0", NBT_NB_ACT | NBT_NB_CNF },
    { "GONE           \0", NBT_NB_ACT | NBT_NB_DRG },
    { "BOTH           \0", NBT_NB_ACT | NBT_NB_DRG | NBT_NB_CNF | NBT_NB_G },
};

static const nbt_statistics their_statistics = {
    .unit_id = { 0, 1, 2, 3, 4, 5 },
    .version = 0x0304,
    .period = 5,
    .crcs = 6,
    .send_aborts = 7,
    .good_sends = 0x08090A0B,
    .good_receives = 0x0C0D0E0F,
    .retransmits = 8,
    .no_resource = 9,
    .free_cmd = 10,
    .total_cmd = 11,
    .max_total_cmd = 12,
    .pending_sess = 13,
    .max_pending_sess = 14,
    .max_total_sess = 15,
    .sess_data_pkt_size = 16,
};

/* The answer to the NODE STATUS REQUEST that was sent last. */
static void status_response(void)
{
    (void)driver_said(&d);
    nbt_draft draft;
    nbt_name name = name_of("BARNEY<20>");
    nbt_draft_status(&draft, d.last_id, NBT_WORD_STATUS_RESPONSE, &name, their_names,
                     LENGTH_OF(their_names), &their_statistics);
    packet p;
    nbt_wr w;
    nbt_wr_init(&w, p.b, sizeof p.b);
    nbt_ns_wr(&w, &draft.ns);
    p.n = w.at;
    driver_hear(&d, "10.0.0.9", "10.0.0.1", &p);
}

static void found_and_answered(void)
{
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    status_response();
}

static void another_adapters_status(void **state)
{
    (void)state;
    ask(1, NBT_NCB_ADAPTER_STATUS, "BARNEY<20>", 4096);
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    assert_driver(&d, "query-request BARNEY<20> to all; status-request BARNEY<20> to 10.0.0.9");
    status_response();
    assert_driver(&d, "done 1/1 00");
    assert_hex(d.data, NBT_ASTAT_LEN,
               "000102030405 03 00 FE 04 0005 0000 0000 0006 0007 08090A0B 0C0D0E0F 0008 0009"
               "0000 0000 00000000 000A 000B 000C 0000 0000 000D 000E 000F 0010 0005");
    nbt_rd r;
    nbt_rd_init(&r, d.data, d.ndata);
    (void)nbt_rd_take(&r, NBT_ASTAT_LEN, "head");
    static const uint8_t flags[] = { 0x04, 0x84, 0x06, 0x05, 0x87 };
    for (size_t i = 0; i < LENGTH_OF(their_names); i++) {
        nbt_astat_name n = { 0 };
        nbt_astat_name_rd(&r, &n);
        assert_memory_equal(n.name, their_names[i].b, NBT_NAME_LEN);
        assert_int_equal(n.num, i + 1);
        assert_int_equal(n.flags, flags[i]);
    }
    assert_rd_end(&r);
    driver_pass(&d, 5000);
    for_every_room(NBT_NCB_ADAPTER_STATUS, "BARNEY<20>", NBT_ASTAT_LEN, NBT_ASTAT_NAME_LEN,
                   LENGTH_OF(their_names), found_and_answered);
}

static void a_silent_adapter_and_one_that_is_not_found(void **state)
{
    (void)state;
    ask(1, NBT_NCB_ADAPTER_STATUS, "BARNEY<20>", 100);
    driver_pass(&d, 750);
    assert_driver(&d, "query-request BARNEY<20> to all; query-request BARNEY<20> to all; "
                      "query-request BARNEY<20> to all; done 1/1 05");
    ask(1, NBT_NCB_ADAPTER_STATUS, "BARNEY<20>", 100);
    driver_found(&d, "BARNEY<20>", "10.0.0.8", false);
    driver_pass(&d, 14999); /* three requests, 5 s each */
    assert_driver(&d, "query-request BARNEY<20> to all; status-request BARNEY<20> to 10.0.0.8; "
                      "status-request BARNEY<20> to 10.0.0.8; "
                      "status-request BARNEY<20> to 10.0.0.8");
    driver_pass(&d, 1);
    assert_driver(&d, "done 1/1 05");
}

static void the_next_address_is_asked_when_one_is_silent(void **state)
{
    (void)state;
    ask(1, NBT_NCB_ADAPTER_STATUS, "GROUP<00>", 100);
    (void)driver_said(&d);
    uint16_t query = d.last_id;
    driver_found(&d, "GROUP<00>", "10.0.0.8", true);
    (void)driver_said(&d);
    d.last_id = query;
    driver_found(&d, "GROUP<00>", "10.0.0.9", true); /* while the first is being asked */
    driver_pass(&d, 15000);
    assert_driver(&d, "status-request GROUP<00> to 10.0.0.8; status-request GROUP<00> to 10.0.0.8; "
                      "status-request GROUP<00> to 10.0.0.9");
    driver_pass(&d, 15000);
    assert_driver(&d, "status-request GROUP<00> to 10.0.0.9; status-request GROUP<00> to 10.0.0.9; "
                      "done 1/1 05");
}

static void a_name_of_this_adapter_needs_no_packet(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    ask(1, NBT_NCB_ADAPTER_STATUS, "FRED<20>", 100);
    assert_driver(&d, "done 1/1 00");
}

/* --- FIND NAME ---------------------------------------------------------------------------------
 */

static void two_members(void)
{
    driver_found(&d, "GROUP<00>", "10.0.0.8", true);
    driver_found(&d, "GROUP<00>", "10.0.0.9", true);
    driver_found(&d, "GROUP<00>", "10.0.0.8", true); /* twice */
    driver_pass(&d, 1000);
}

static void a_name_is_found(void **state)
{
    (void)state;
    ask(1, NBT_NCB_FIND_NAME, "GROUP<00>", 100);
    two_members();
    assert_driver(&d, "query-request GROUP<00> to all; done 1/1 00");
    assert_hex(d.data, d.ndata,
               "0002 00 01"
               "00 00 00 000000000000 0A000008 0000 000000000000000000000000000000000000"
               "00 00 00 000000000000 0A000009 0000 000000000000000000000000000000000000");
    for_every_room(NBT_NCB_FIND_NAME, "GROUP<00>", NBT_FIND_HEAD_LEN, NBT_FIND_NODE_LEN, 2,
                   two_members);
    ask(1, NBT_NCB_FIND_NAME, "BARNEY<20>", 100);
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    driver_pass(&d, 1000);
    assert_driver(&d, "query-request BARNEY<20> to all; done 1/1 00");
    assert_hex(d.data, 4, "0001 00 00");
    (void)driver_hold(&d, 1, "FRED<20>", false);
    ask(1, NBT_NCB_FIND_NAME, "FRED<20>", 100); /* one's own: no packet */
    assert_driver(&d, "done 1/1 00");
    assert_hex(d.data, 4, "0001 00 00");
}

/* A group that this computer has joined: its own node counts, and so do the others. */
static void a_group_of_ones_own_is_asked_for_too(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "GROUP<00>", true);
    ask(1, NBT_NCB_FIND_NAME, "GROUP<00>", 200);
    driver_found(&d, "GROUP<00>", "10.0.0.8", true);
    driver_pass(&d, 999);
    assert_driver(&d, "query-request GROUP<00> to all");
    driver_pass(&d, 1);
    assert_driver(&d, "done 1/1 00");
    assert_hex(d.data, d.ndata,
               "0002 00 01"
               "00 00 00 000000000000 0A000001 0000 000000000000000000000000000000000000"
               "00 00 00 000000000000 0A000008 0000 000000000000000000000000000000000000");
    ask(1, NBT_NCB_FIND_NAME, "GROUP<00>", 200); /* nobody else */
    driver_pass(&d, 1000);
    assert_driver(&d, "query-request GROUP<00> to all; done 1/1 00");
    assert_hex(d.data, 4, "0001 00 01");
}

static void a_name_is_not_found(void **state)
{
    (void)state;
    ask(1, NBT_NCB_FIND_NAME, "NOBODY<20>", 100);
    driver_pass(&d, 750);
    assert_driver(&d, "query-request NOBODY<20> to all; query-request NOBODY<20> to all; "
                      "query-request NOBODY<20> to all; done 1/1 05");
}

/* --- SESSION STATUS ----------------------------------------------------------------------------
 */

/* "lsn:state LOCAL REMOTE receives/sends, ..." */
static void assert_sessions(const char *name, unsigned num, unsigned any, const char *want)
{
    ask(1, NBT_NCB_SESSION_STATUS, name, 4096);
    assert_driver(&d, "done 1/1 00");
    char have[1000] = "";
    nbt_rd r;
    nbt_sstat_head h;
    nbt_rd_init(&r, d.data, d.ndata);
    nbt_sstat_head_rd(&r, &h);
    assert_int_equal(h.num, num);
    assert_int_equal(h.dgram_receives, 0);
    assert_int_equal(h.any_receives, any);
    for (unsigned i = 0; i < h.sessions; i++) {
        nbt_sstat_session s = { 0 };
        nbt_sstat_session_rd(&r, &s);
        size_t at = strlen(have);
        snprintf(have + at, sizeof have - at, "%s%u:%u %.5s %.6s %u/%u", at ? ", " : "", s.lsn,
                 s.state, (const char *)s.local, (const char *)s.remote, s.receives, s.sends);
    }
    assert_rd_end(&r);
    assert_string_equal(have, want);
}

static void the_sessions_of_a_name(void **state)
{
    (void)state;
    uint8_t num = driver_hold(&d, 1, "FRED<20>", false);
    (void)driver_hold(&d, 1, "WILMA<20>", false);
    assert_sessions("FRED<20>", num, 0, "");
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    (void)driver_session(&d, 1, "WILMA<20>");
    (void)driver_session(&d, 2, "FRED<20>"); /* another program's are its own business */
    (void)driver_session(&d, 1, "FRED<20>");
    (void)driver_session(&d, 1, "FRED<20>");
    (void)driver_session(&d, 1, "FRED<20>");
    driver_receive(&d, 1, 11, lsn);
    driver_receive(&d, 1, 12, lsn);
    driver_send(&d, 1, 13, lsn, "x");
    driver_receive_any(&d, 1, 14, 99);
    driver_submit(&d, 1, 15, NBT_NCB_LISTEN, "FRED<20>", "DINO<20>");
    driver_submit(&d, 1, 16, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    driver_hang_up(&d, 1, 17, 4);
    driver_tcp(&d, NBT_TCP_EOF, 9);
    driver_tcp(&d, NBT_TCP_RESET, 11);
    (void)driver_said(&d);
    assert_sessions("FRED<20>", num, 0,
                    "1:3 FRED  CALLER 2/1, 4:4 FRED  CALLER 0/0, 5:5 FRED  CALLER 0/0, "
                    "6:6 FRED  CALLER 0/0, 7:2 FRED  BARNEY 0/0, 0:1 FRED  DINO   0/0");
    assert_sessions("WILMA<20>", 3, 0, "2:3 WILMA CALLER 0/0");
    driver_hang_up(&d, 1, 20, 5);
    driver_hang_up(&d, 1, 21, 6);
    driver_cancel(&d, 1, 18, 16);
    (void)driver_said(&d);
    driver_receive_any(&d, 1, 19, num);
    assert_driver(&d, "");
    assert_sessions("*<00>", 255, 1,
                    "1:3 FRED  CALLER 2/1, 2:3 WILMA CALLER 0/0, 4:4 FRED  CALLER 0/0, "
                    "0:1 FRED  DINO   0/0");
    for_every_room(NBT_NCB_SESSION_STATUS, "FRED<20>", NBT_SSTAT_HEAD_LEN, NBT_SSTAT_SESSION_LEN, 3,
                   NULL);
    ask(1, NBT_NCB_SESSION_STATUS, "NOBODY<20>", 100);
    assert_driver(&d, "done 1/1 15");
}

static void local_commands_send_nothing(void **state)
{
    (void)state;
    ask(1, NBT_NCB_SESSION_STATUS, "*<00>", 100);
    ask(1, NBT_NCB_LANA_ENUM, NULL, 100);
    ask(1, NBT_NCB_RESET, NULL, 100);
    ask(1, NBT_NCB_ADAPTER_STATUS, "*<00>", 100);
    assert_driver(&d, "done 1/1 00; done 1/1 00; done 1/1 00; done 1/1 00");
    assert_true(nbt_computer_due(d.c) == NBT_NEVER);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("", the_adapters_are_listed, setup, teardown),
    NBT_TEST_WITH("E67 G47", own_adapter_status, setup, teardown),
    NBT_TEST_WITH("G47", another_adapters_status, setup, teardown),
    NBT_TEST_WITH("E65 G47", a_silent_adapter_and_one_that_is_not_found, setup, teardown),
    NBT_TEST_WITH("E65", the_next_address_is_asked_when_one_is_silent, setup, teardown),
    NBT_TEST_WITH("", a_name_of_this_adapter_needs_no_packet, setup, teardown),
    NBT_TEST_WITH("G48", a_name_is_found, setup, teardown),
    NBT_TEST_WITH("G48", a_group_of_ones_own_is_asked_for_too, setup, teardown),
    NBT_TEST_WITH("G48", a_name_is_not_found, setup, teardown),
    NBT_TEST_WITH("", the_sessions_of_a_name, setup, teardown),
    NBT_TEST_WITH("G49", local_commands_send_nothing, setup, teardown),
};

NBT_MAIN("computer_status", tests)
