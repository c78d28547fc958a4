/*
 * Writes to mailslots: the transaction of 17 words, octet by octet, and all that is none.
 */
#include "tests/support/test.h"

#include "nbt/mailslot.h"

/* A write of "Hi" to \MAILSLOT\X, as MS-MAIL 2.2.1 draws it. */
static const char drawn[] =
    "FF534D42 25 00000000 00 0000 0000 0000000000000000 0000 0000 0000 0000 0000"
    "11 0000 0200 0000 0000 00 00 0000 E8030000 0000 0000 0000 0200 5100"
    "03 00 0100 0100 0200 0E00 5C4D41494C534C4F545C5800 4869";

static nbt_mailslot write_of(nbt_bytes data)
{
    static const uint8_t name[] = "\\MAILSLOT\\X";
    return (nbt_mailslot){ .timeout = 1000,
                           .priority = 1,
                           .cls = NBT_MAILSLOT_UNRELIABLE,
                           .name = { name, sizeof name - 1 },
                           .data = data };
}

static void a_write_is_as_drawn(void **state)
{
    (void)state;
    uint8_t out[256], want[256];
    nbt_wr w;
    nbt_mailslot m = write_of((nbt_bytes){ (const uint8_t *)"Hi", 2 });
    nbt_wr_init(&w, out, sizeof out);
    nbt_mailslot_wr(&w, &m);
    assert_wr_bytes(&w, want, hex_bytes(drawn, want, sizeof want));
    assert_int_equal(w.at, NBT_MAILSLOT_HEAD + 12 + 2);
    for (size_t cap = 0; cap < w.at; cap++) {
        uint8_t *small = malloc(cap + 1);
        nbt_wr s;
        nbt_wr_init(&s, small, cap);
        nbt_mailslot_wr(&s, &m);
        assert_wr_err(&s, NBT_ERR_FULL);
        free(small);
    }
}

static void its_fields_are_read_and_no_cut_is_one(void **state)
{
    (void)state;
    uint8_t in[256];
    size_t n = hex_bytes(drawn, in, sizeof in);
    for (size_t cut = 0; cut <= n; cut++) {
        uint8_t *p = exact_copy(in, cut);
        nbt_rd r;
        nbt_mailslot m;
        nbt_rd_init(&r, p, cut);
        nbt_mailslot_rd(&r, &m);
        assert_int_equal(r.err, cut < n ? NBT_ERR_SHORT : NBT_OK);
        if (cut == n) {
            assert_int_equal(m.timeout, 1000);
            assert_int_equal(m.priority, 1);
            assert_int_equal(m.cls, NBT_MAILSLOT_UNRELIABLE);
            assert_int_equal(m.data.n, 2);
            assert_memory_equal(m.data.p, "Hi", 2);
            assert_true(nbt_mailslot_named(&m, "\\MAILSLOT\\X"));
            assert_false(nbt_mailslot_named(&m, "\\MAILSLOT\\XY"));
            assert_false(nbt_mailslot_named(&m, "\\MAILSLOT\\"));
        }
        free(p);
    }
}

static void the_case_of_a_mailslots_name_does_not_matter(void **state)
{
    (void)state;
    nbt_mailslot m = { .name = { (const uint8_t *)"\\mailslot\\Browse", 16 } };
    assert_true(nbt_mailslot_named(&m, NBT_MAILSLOT_BROWSE));
    assert_false(nbt_mailslot_named(&m, NBT_MAILSLOT_LANMAN));
}

/* Each with one octet of a good one changed: where, to what, and the trouble that is. */
static const struct {
    const char *label;
    size_t at;
    uint8_t to;
    nbt_err err;
    size_t err_at;
    const char *field;
} wrong[] = {
    { "SMB 2", 0, 0xFE, NBT_ERR_VALUE, 0, "Protocol" },
    { "another command", 4, 0x26, NBT_ERR_VALUE, 4, "Command" },
    { "sixteen words", 32, 0x10, NBT_ERR_VALUE, 32, "WordCount" },
    { "parameters", 33, 1, NBT_ERR_LENGTH, 33, "TotalParameterCount" },
    { "parameters here", 51, 1, NBT_ERR_LENGTH, 51, "ParameterCount" },
    { "more to come", 35, 9, NBT_ERR_LENGTH, 55, "DataCount" },
    { "data in front of the name", 57, 0x44, NBT_ERR_LENGTH, 57, "DataOffset" },
    { "data inside the name", 57, 0x50, NBT_ERR_LENGTH, 57, "DataOffset" },
    { "data behind the end", 57, 0x54, NBT_ERR_SHORT, 81, "Pad" },
    { "data that is not all there", 57, 0x52, NBT_ERR_SHORT, 82, "Databytes" },
    { "data far behind", 58, 0xFF, NBT_ERR_SHORT, 81, "Pad" },
    { "two words of set-up", 59, 2, NBT_ERR_VALUE, 59, "SetupCount" },
    { "a named pipe", 61, 0x26, NBT_ERR_VALUE, 61, "MailSlotOpcode" },
};

static void what_is_none_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        uint8_t in[256];
        size_t n = hex_bytes(drawn, in, sizeof in);
        nbt_rd r;
        nbt_mailslot m;
        in[wrong[i].at] = wrong[i].to;
        uint8_t *p = exact_copy(in, n);
        nbt_rd_init(&r, p, n);
        nbt_mailslot_rd(&r, &m);
        print_message("%s\n", wrong[i].label);
        assert_rd_err(&r, wrong[i].err, wrong[i].err_at, wrong[i].field);
        free(p);
    }
}

/* D41: 443 octets of name and data are the most. */
static void a_write_is_never_too_large_for_one_datagram(void **state)
{
    (void)state;
    static const uint8_t data[NBT_MAILSLOT_MAX];
    uint8_t out[1024];
    nbt_wr w;
    nbt_mailslot m = write_of((nbt_bytes){ data, NBT_MAILSLOT_MAX - 12 });
    nbt_wr_init(&w, out, sizeof out);
    nbt_mailslot_wr(&w, &m);
    assert_int_equal(w.err, NBT_OK);
    assert_int_equal(w.at, NBT_MAILSLOT_HEAD + NBT_MAILSLOT_MAX);
    m.data.n++;
    nbt_wr_init(&w, out, sizeof out);
    nbt_mailslot_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_LONG);
}

static void a_name_with_a_nul_cannot_be_written(void **state)
{
    (void)state;
    uint8_t out[256];
    nbt_wr w;
    nbt_mailslot m = write_of((nbt_bytes){ NULL, 0 });
    m.name = (nbt_bytes){ (const uint8_t *)"\\M\0", 3 };
    nbt_wr_init(&w, out, sizeof out);
    nbt_mailslot_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_RANGE);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("D41", a_write_is_as_drawn),
    NBT_TEST("D41", its_fields_are_read_and_no_cut_is_one),
    NBT_TEST("", the_case_of_a_mailslots_name_does_not_matter),
    NBT_TEST("H63 H65", what_is_none_is_refused),
    NBT_TEST("D41", a_write_is_never_too_large_for_one_datagram),
    NBT_TEST("", a_name_with_a_nul_cannot_be_written),
};

NBT_MAIN("mailslot", tests)
