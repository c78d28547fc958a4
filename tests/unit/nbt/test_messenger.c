/*
 * Messages that pop up: over a session in one block and in several, and in a mailslot.
 */
#include "tests/support/test.h"

#include "nbt/messenger.h"

#define HEAD(command, flags)                                                                       \
    "FF534D42 " command " 00000000 " flags " 0000 0000 0000000000000000 0000 0000 0000 0000 0700 "

static const struct {
    const char *label, *hex;
    nbt_messenger_kind kind;
    bool reply;
} drawn[] = {
    { "one block", HEAD("D0", "00") "00 0F00 04 4100 04 424300 01 0500 68656C6C6F",
      NBT_MESSENGER_SEND, false },
    { "its answer", HEAD("D0", "80") "00 0000", NBT_MESSENGER_SEND, true },
    { "begin", HEAD("D5", "00") "00 0700 04 4100 04 424300", NBT_MESSENGER_START, false },
    { "its answer", HEAD("D5", "80") "01 0900 0000", NBT_MESSENGER_START, true },
    { "text", HEAD("D7", "00") "01 0900 0800 01 0500 68656C6C6F", NBT_MESSENGER_TEXT, false },
    { "its answer", HEAD("D7", "80") "00 0000", NBT_MESSENGER_TEXT, true },
    { "end", HEAD("D6", "00") "01 0900 0000", NBT_MESSENGER_END, false },
    { "its answer", HEAD("D6", "80") "00 0000", NBT_MESSENGER_END, true },
};

static void each_is_read_and_written_as_drawn(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(drawn); i++) {
        uint8_t in[128], out[128];
        size_t n = hex_bytes(drawn[i].hex, in, sizeof in);
        nbt_messenger m;
        nbt_rd r;
        print_message("%s\n", drawn[i].label);
        nbt_rd_init(&r, in, n);
        nbt_messenger_rd(&r, &m);
        assert_rd_end(&r);
        assert_true(nbt_messenger_is((nbt_bytes){ in, n }));
        assert_int_equal(m.kind, drawn[i].kind);
        assert_int_equal(m.reply, drawn[i].reply);
        assert_int_equal(m.mid, 7);
        for (size_t cap = 0; cap <= n; cap++) {
            nbt_wr w;
            nbt_wr_init(&w, out, cap);
            nbt_messenger_wr(&w, &m);
            if (cap < n)
                assert_wr_err(&w, NBT_ERR_FULL);
            else
                assert_wr_bytes(&w, in, n);
            uint8_t *p = exact_copy(in, cap);
            nbt_messenger cut;
            nbt_rd_init(&r, p, cap);
            nbt_messenger_rd(&r, &cut);
            assert_int_equal(r.err, cap < n ? NBT_ERR_SHORT : NBT_OK);
            free(p);
        }
    }
}

static void fields_are_where_they_belong(void **state)
{
    (void)state;
    uint8_t in[128];
    nbt_messenger m;
    nbt_rd r;
    nbt_rd_init(&r, in, hex_bytes(drawn[0].hex, in, sizeof in));
    nbt_messenger_rd(&r, &m);
    assert_memory_equal(m.from.p, "A", m.from.n);
    assert_int_equal(m.to.n, 2);
    assert_memory_equal(m.to.p, "BC", 2);
    assert_int_equal(m.text.n, 5);
    assert_memory_equal(m.text.p, "hello", 5);
    nbt_rd_init(&r, in, hex_bytes(drawn[4].hex, in, sizeof in));
    nbt_messenger_rd(&r, &m);
    assert_int_equal(m.group, 9);
}

static const struct {
    const char *label, *hex;
    nbt_err err;
    size_t at;
    const char *field;
} wrong[] = {
    { "another command", HEAD("D1", "00") "00 0000", NBT_ERR_VALUE, 4, "Command" },
    { "a word too many", HEAD("D0", "00") "01 0000 0000", NBT_ERR_VALUE, 32, "WordCount" },
    { "no text", HEAD("D0", "00") "00 0700 04 4100 04 424300", NBT_ERR_SHORT, 42, "BufferFormat" },
    { "a block for a name", HEAD("D5", "00") "00 0700 01 4100 04 424300", NBT_ERR_VALUE, 35,
      "BufferFormat" },
    { "text longer than all", HEAD("D7", "00") "01 0900 0400 01 FFFF 68", NBT_ERR_SHORT, 40,
      "Text" },
    { "more than is said", HEAD("D7", "00") "01 0900 0400 01 0100 68 69", NBT_ERR_EXTRA, 41,
      "Text" },
    { "less than is said", HEAD("D7", "00") "01 0900 0500 01 0100 68 69", NBT_ERR_EXTRA, 41,
      "ByteCount" },
    { "a name without end", HEAD("D5", "00") "00 0300 04 4142", NBT_ERR_SHORT, 36,
      "OriginatorName" },
};

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        uint8_t in[128];
        size_t n = hex_bytes(wrong[i].hex, in, sizeof in);
        uint8_t *p = exact_copy(in, n);
        nbt_messenger m;
        nbt_rd r;
        print_message("%s\n", wrong[i].label);
        nbt_rd_init(&r, p, n);
        nbt_messenger_rd(&r, &m);
        assert_rd_err(&r, wrong[i].err, wrong[i].at, wrong[i].field);
        free(p);
    }
}

static void in_a_mailslot_it_is_three_texts(void **state)
{
    (void)state;
    uint8_t in[32], out[32];
    size_t n = hex_bytes("4100 424300 686900", in, sizeof in);
    nbt_messenger m;
    nbt_rd r;
    for (size_t cut = 0; cut <= n; cut++) {
        uint8_t *p = exact_copy(in, cut);
        nbt_wr w;
        nbt_rd_init(&r, p, cut);
        nbt_messenger_slot_rd(&r, &m);
        assert_int_equal(r.err, cut < n ? NBT_ERR_SHORT : NBT_OK);
        if (cut == n) {
            assert_memory_equal(m.text.p, "hi", 2);
            nbt_wr_init(&w, out, sizeof out);
            nbt_messenger_slot_wr(&w, &m);
            assert_wr_bytes(&w, in, n);
        }
        free(p);
    }
    n = hex_bytes("4100 4200 4300 00", in, sizeof in);
    nbt_rd_init(&r, in, n);
    nbt_messenger_slot_rd(&r, &m);
    assert_rd_err(&r, NBT_ERR_EXTRA, 6, "Text");
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", each_is_read_and_written_as_drawn),
    NBT_TEST("", fields_are_where_they_belong),
    NBT_TEST("H63", what_is_wrong_is_refused),
    NBT_TEST("", in_a_mailslot_it_is_three_texts),
};

NBT_MAIN("messenger", tests)
