/*
 * Messages of browsers: each as its section of MS-BRWS draws it, its cuts, and what cannot be.
 */
#include "tests/support/test.h"

#include "nbt/browse.h"

#define FRED16 "46524544000000000000000000000000"

static const struct {
    nbt_browse_kind kind;
    const char *hex;
} drawn[] = {
    { NBT_BROWSE_HOST, "01 00 C0D40100 " FRED16 " 04 00 03100100 0F 01 55AA 486900" },
    { NBT_BROWSE_REQUEST, "02 00 4652454400" },
    { NBT_BROWSE_ELECTION, "08 01 030F0120 88130000 00000000 4652454400" },
    { NBT_BROWSE_GET_BACKUPS, "09 04 78563412" },
    { NBT_BROWSE_BACKUPS, "0A 02 78563412 4100 424300" },
    { NBT_BROWSE_BECOME_BACKUP, "0B 4652454400" },
    { NBT_BROWSE_DOMAIN, "0C 00 C0D40100 " FRED16 " 03 0A 00100080 0F 01 55AA 4100" },
    { NBT_BROWSE_MASTER, "0D 4652454400" },
    { NBT_BROWSE_RESET, "0E 02" },
    { NBT_BROWSE_LOCAL_MASTER, "0F 07 C0D40100 " FRED16 " 04 00 03100500 0F 01 55AA 00" },
    { NBT_BROWSE_LM_HOST, "01 00 03100100 05 01 3C00 46524500 486900" },
    { NBT_BROWSE_LM_REQUEST, "02 00 4652454400" },
};

static nbt_rd read_bytes(const uint8_t *p, size_t n, bool lanman, nbt_browse *m)
{
    nbt_rd r;
    nbt_rd_init(&r, p, n);
    nbt_browse_rd(&r, lanman, m);
    return r;
}

static void each_is_read_and_written_as_drawn(void **state)
{
    (void)state;
    assert_int_equal(LENGTH_OF(drawn), NBT_BROWSE_KINDS);
    for (size_t i = 0; i < LENGTH_OF(drawn); i++) {
        uint8_t in[128], out[128];
        size_t n = hex_bytes(drawn[i].hex, in, sizeof in);
        nbt_browse m;
        bool lanman = nbt_browse_info_of(drawn[i].kind)->lanman;
        nbt_rd r = read_bytes(in, n, lanman, &m);
        assert_rd_end(&r);
        assert_int_equal(m.kind, drawn[i].kind);
        for (size_t cap = 0; cap <= n; cap++) {
            nbt_wr w;
            nbt_wr_init(&w, out, cap);
            nbt_browse_wr(&w, &m);
            if (cap < n)
                assert_wr_err(&w, NBT_ERR_FULL);
            else
                assert_wr_bytes(&w, in, n);
        }
    }
}

static void of_its_cuts_none_is_read_but_what_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(drawn); i++) {
        uint8_t in[128];
        size_t n = hex_bytes(drawn[i].hex, in, sizeof in);
        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *p = exact_copy(in, cut);
            nbt_browse m;
            nbt_rd r = read_bytes(p, cut, nbt_browse_info_of(drawn[i].kind)->lanman, &m);
            /* A list may end behind any of its texts. */
            bool list = drawn[i].kind == NBT_BROWSE_BACKUPS && (cut == 6 || cut == 8);
            assert_int_equal(r.err, list ? NBT_OK : NBT_ERR_SHORT);
            free(p);
        }
    }
}

static void numbers_are_little_endian(void **state)
{
    (void)state;
    uint8_t in[128];
    nbt_browse m;
    size_t n = hex_bytes(drawn[0].hex, in, sizeof in);
    read_bytes(in, n, false, &m);
    assert_int_equal(m.periodicity, 120000);
    assert_int_equal(m.type, NBT_SERVER_WORKSTATION | NBT_SERVER_SERVER | NBT_SERVER_NT |
                                 NBT_SERVER_POTENTIAL);
    assert_int_equal(m.signature, NBT_BROWSE_SIGNATURE);
    assert_int_equal(m.server.n, 16);
    assert_int_equal(nbt_browse_name(m.server).n, 4);
    assert_memory_equal(m.server.p, "FRED", 4);
    assert_int_equal(m.comment.n, 2);
    n = hex_bytes(drawn[2].hex, in, sizeof in);
    read_bytes(in, n, false, &m);
    assert_int_equal(m.criteria, 0x20010F03);
    assert_int_equal(m.uptime, 5000);
}

static void a_list_is_taken_apart(void **state)
{
    (void)state;
    uint8_t in[128];
    nbt_browse m;
    nbt_bytes text;
    size_t n = hex_bytes(drawn[NBT_BROWSE_BACKUPS].hex, in, sizeof in);
    read_bytes(in, n, false, &m);
    assert_true(nbt_browse_next(&m.servers, &text));
    assert_int_equal(text.n, 1);
    assert_true(nbt_browse_next(&m.servers, &text));
    assert_memory_equal(text.p, "BC", 2);
    assert_false(nbt_browse_next(&m.servers, &text));
}

static void unknown_opcodes_are_refused(void **state)
{
    (void)state;
    unsigned known = 0;
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        uint8_t in[64] = { (uint8_t)opcode };
        nbt_browse m;
        nbt_rd r = read_bytes(in, sizeof in, false, &m);
        if (r.err)
            assert_rd_err(&r, NBT_ERR_VALUE, 0, "Opcode");
        else
            known++;
    }
    assert_int_equal(known, NBT_BROWSE_KINDS - 2); /* but LAN Manager's */
}

/* As nmbd 4.17 asks: its name stands behind a text of no characters, and has no NUL. */
static void what_is_behind_the_last_field_is_kept(void **state)
{
    (void)state;
    uint8_t in[32], out[32];
    nbt_browse m;
    nbt_wr w;
    size_t n = hex_bytes("02 01 00 43484152", in, sizeof in);
    nbt_rd r = read_bytes(in, n, false, &m);
    assert_rd_end(&r);
    assert_int_equal(m.server.n, 0);
    assert_int_equal(m.rest.n, 4);
    nbt_wr_init(&w, out, sizeof out);
    nbt_browse_wr(&w, &m);
    assert_wr_bytes(&w, in, n);
}

static void a_name_of_17_octets_and_a_number_too_large_cannot_be_written(void **state)
{
    (void)state;
    uint8_t out[64];
    nbt_wr w;
    nbt_browse m = { .kind = NBT_BROWSE_HOST,
                     .server = { (const uint8_t *)"ABCDEFGHIJKLMNOPQ", 17 } };
    nbt_wr_init(&w, out, sizeof out);
    nbt_browse_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_LONG);
    m = (nbt_browse){ .kind = NBT_BROWSE_RESET, .reset = 256 };
    nbt_wr_init(&w, out, sizeof out);
    nbt_browse_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_RANGE);
}

static void a_message_goes_to_its_mailslot(void **state)
{
    (void)state;
    uint8_t out[512];
    nbt_wr w;
    nbt_rd r;
    nbt_mailslot slot;
    bool lanman;
    for (int i = 0; i < 2; i++) {
        nbt_browse m = { .kind = i ? NBT_BROWSE_LM_REQUEST : NBT_BROWSE_REQUEST,
                         .server = { (const uint8_t *)"FRED", 4 } };
        nbt_wr_init(&w, out, sizeof out);
        nbt_browse_mailslot_wr(&w, &m);
        nbt_rd_init(&r, out, w.at);
        nbt_mailslot_rd(&r, &slot);
        assert_rd_end(&r);
        assert_true(nbt_browse_slot(&slot, &lanman));
        assert_int_equal(lanman, i);
        nbt_rd in = read_bytes(slot.data.p, slot.data.n, lanman, &m);
        assert_rd_end(&in);
    }
    nbt_browse m = { .kind = NBT_BROWSE_HOST, .comment = { out, 440 } };
    memset(out, 'x', sizeof out);
    uint8_t large[1024];
    nbt_wr_init(&w, large, sizeof large);
    nbt_browse_mailslot_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_LONG);
}

static void every_bit_of_a_servers_type_has_one_word(void **state)
{
    (void)state;
    const char *word, *text;
    uint32_t all = 0, bit;
    for (size_t i = 0; (bit = nbt_server_type(i, &word, &text)) != 0; i++) {
        assert_int_equal(bit & (bit - 1), 0);
        assert_int_equal(all & bit, 0);
        assert_non_null(word);
        all |= bit;
    }
    assert_int_equal(all, 0xC0FFBFFF);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", each_is_read_and_written_as_drawn),
    NBT_TEST("H63 H71", of_its_cuts_none_is_read_but_what_is_whole),
    NBT_TEST("", numbers_are_little_endian),
    NBT_TEST("", a_list_is_taken_apart),
    NBT_TEST("", unknown_opcodes_are_refused),
    NBT_TEST("", what_is_behind_the_last_field_is_kept),
    NBT_TEST("H67", a_name_of_17_octets_and_a_number_too_large_cannot_be_written),
    NBT_TEST("H67", a_message_goes_to_its_mailslot),
    NBT_TEST("", every_bit_of_a_servers_type_has_one_word),
};

NBT_MAIN("browse", tests)
