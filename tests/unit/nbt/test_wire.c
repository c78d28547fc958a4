/*
 * The cursors: what they give, where they stop, and that the first trouble stays.
 */
#include "tests/support/test.h"

static void integers_are_big_endian(void **state)
{
    (void)state;
    uint8_t room[7];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_wr_u8(&w, 0x01, "A");
    nbt_wr_u16(&w, 0x0203, "B");
    nbt_wr_u32(&w, 0x04050607, "C");
    static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7 };
    assert_wr_bytes(&w, bytes, sizeof bytes);

    nbt_rd r;
    nbt_rd_init(&r, bytes, sizeof bytes);
    assert_int_equal(nbt_rd_u8(&r, "A"), 0x01);
    assert_int_equal(nbt_rd_u16(&r, "B"), 0x0203);
    assert_int_equal(nbt_rd_left(&r), 4);
    assert_int_equal(nbt_rd_u32(&r, "C"), 0x04050607);
    assert_rd_end(&r);
}

static void reading_stops_at_the_end(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 0xFF, 0xFF, 0xFF };
    uint8_t *p = exact_copy(bytes, sizeof bytes);
    nbt_rd r;
    nbt_rd_init(&r, p, sizeof bytes);
    assert_non_null(nbt_rd_take(&r, 0, "nothing"));
    assert_int_equal(nbt_rd_u16(&r, "A"), 0xFFFF);
    assert_int_equal(nbt_rd_u16(&r, "B"), 0);
    assert_rd_err(&r, NBT_ERR_SHORT, 2, "B");
    assert_int_equal(nbt_rd_u8(&r, "there is one, but after a failure"), 0);
    assert_null(nbt_rd_take(&r, 0, "C"));
    assert_null(nbt_rd_bytes(&r, 1, "D").p);
    assert_int_equal(nbt_rd_left(&r), 0);
    nbt_rd_fail(&r, NBT_ERR_LABEL, 0, "E");
    assert_rd_err(&r, NBT_ERR_SHORT, 2, "B");
    free(p);
}

static void a_length_near_the_limit_of_its_type_is_too_long(void **state)
{
    (void)state;
    static const uint8_t bytes[4];
    nbt_rd r;
    nbt_rd_init(&r, bytes, sizeof bytes);
    nbt_rd_u8(&r, "A");
    assert_null(nbt_rd_take(&r, SIZE_MAX, "B"));
    assert_rd_err(&r, NBT_ERR_SHORT, 1, "B");

    uint8_t room[4];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_wr_u8(&w, 0, "A");
    assert_null(nbt_wr_room(&w, SIZE_MAX, "B"));
    assert_wr_err(&w, NBT_ERR_FULL);
}

static void no_bytes_at_all_are_a_message_too(void **state)
{
    (void)state;
    nbt_rd r;
    nbt_rd_init(&r, NULL, 0);
    assert_non_null(nbt_rd_take(&r, 0, "nothing"));
    assert_rd_end(&r);
    assert_int_equal(nbt_rd_u8(&r, "A"), 0);
    assert_rd_err(&r, NBT_ERR_SHORT, 0, "A");
}

static void a_region_counts_from_the_message_and_must_be_used_up(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 9, 1, 2, 3, 7 };
    nbt_rd r, sub;
    nbt_rd_init(&r, bytes, sizeof bytes);
    nbt_rd_u8(&r, "A");
    sub = nbt_rd_sub(&r, 3, "REGION");
    assert_int_equal(sub.at, 1);
    assert_int_equal(nbt_rd_left(&sub), 3);
    assert_int_equal(nbt_rd_u16(&sub, "B"), 0x0102);
    nbt_rd open = r;
    nbt_rd_close(&open, &sub, "REGION");
    assert_rd_err(&open, NBT_ERR_EXTRA, 3, "REGION");

    nbt_rd longer = sub;
    nbt_rd_u16(&longer, "C"); /* there are bytes, but outside */
    open = r;
    nbt_rd_close(&open, &longer, "REGION");
    assert_rd_err(&open, NBT_ERR_SHORT, 3, "C");

    nbt_rd_u8(&sub, "C");
    nbt_rd_close(&r, &sub, "REGION");
    assert_int_equal(nbt_rd_u8(&r, "D"), 7);
    assert_rd_end(&r);
}

static void a_region_past_the_end_is_a_failed_one(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 1, 2 };
    nbt_rd r;
    nbt_rd_init(&r, bytes, sizeof bytes);
    nbt_rd sub = nbt_rd_sub(&r, 3, "REGION");
    assert_int_equal(nbt_rd_u8(&sub, "A"), 0);
    assert_rd_err(&sub, NBT_ERR_SHORT, 0, "REGION");
    nbt_rd_close(&r, &sub, "REGION");
    assert_rd_err(&r, NBT_ERR_SHORT, 0, "REGION");
}

static void writing_stops_when_full(void **state)
{
    (void)state;
    uint8_t *room = malloc(3);
    assert_non_null(room);
    nbt_wr w;
    nbt_wr_init(&w, room, 3);
    nbt_wr_u16(&w, 0x0102, "A");
    nbt_wr_u16(&w, 0x0304, "B");
    assert_wr_err(&w, NBT_ERR_FULL);
    assert_string_equal(w.err_field, "B");
    nbt_wr_u8(&w, 5, "there is room, but after a failure");
    nbt_wr_fail(&w, NBT_ERR_RANGE, "C");
    assert_wr_err(&w, NBT_ERR_FULL);
    assert_int_equal(w.at, 2);
    free(room);
}

static void writing_refuses_what_the_field_cannot_hold(void **state)
{
    (void)state;
    uint8_t room[16];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_wr_u8(&w, 0xFF, "A");
    nbt_wr_u16(&w, 0xFFFF, "B");
    nbt_wr_u32(&w, 0xFFFFFFFF, "C");
    assert_hex(room, w.at, "FFFFFFFFFFFFFF");
    nbt_wr v = w;
    nbt_wr_u8(&v, 0x100, "A");
    assert_wr_err(&v, NBT_ERR_RANGE);
    v = w;
    nbt_wr_u16(&v, 0x10000, "B");
    assert_wr_err(&v, NBT_ERR_RANGE);
    v = w;
    nbt_wr_u32(&v, UINT64_C(0x100000000), "C");
    assert_wr_err(&v, NBT_ERR_RANGE);
    v = w;
    nbt_wr_u8(&v, (uint64_t)-1, "a negative number");
    assert_wr_err(&v, NBT_ERR_RANGE);
}

static void room_is_zeroed_and_no_bytes_may_be_null(void **state)
{
    (void)state;
    uint8_t room[4] = { 1, 2, 3, 4 };
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_wr_bytes(&w, NULL, 0, "nothing");
    assert_non_null(nbt_wr_room(&w, 3, "A"));
    nbt_wr_bytes(&w, "\x07", 1, "B");
    assert_hex(room, w.at, "00000007");
}

static void a_length_is_filled_in_afterwards(void **state)
{
    (void)state;
    uint8_t room[8];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_wr_u8(&w, 9, "A");
    size_t where = nbt_wr_reserve16(&w, "LENGTH");
    nbt_wr_bytes(&w, "abc", 3, "B");
    nbt_wr_fill16(&w, where, "LENGTH");
    assert_hex(room, w.at, "09 0003 616263");

    nbt_wr_init(&w, room, 2);
    nbt_wr_u8(&w, 9, "A");
    where = nbt_wr_reserve16(&w, "LENGTH");
    nbt_wr_fill16(&w, where, "LENGTH");
    assert_wr_err(&w, NBT_ERR_FULL);
}

static void a_length_over_16_bits_is_refused(void **state)
{
    (void)state;
    const size_t cap = 2 + 65536;
    uint8_t *room = malloc(cap);
    assert_non_null(room);
    nbt_wr w;
    nbt_wr_init(&w, room, cap);
    size_t where = nbt_wr_reserve16(&w, "LENGTH");
    nbt_wr_room(&w, 65535, "B");
    nbt_wr_fill16(&w, where, "LENGTH");
    assert_int_equal(w.err, NBT_OK);
    assert_hex(room, 2, "FFFF");
    nbt_wr_u8(&w, 0, "one more");
    nbt_wr_fill16(&w, where, "LENGTH");
    assert_wr_err(&w, NBT_ERR_RANGE);
    free(room);
}

static void every_error_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int a = NBT_OK; a <= NBT_ERR_RANGE; a++) {
        assert_string_not_equal(nbt_err_str((nbt_err)a), "unknown error");
        for (int b = NBT_OK; b < a; b++)
            assert_string_not_equal(nbt_err_str((nbt_err)a), nbt_err_str((nbt_err)b));
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", integers_are_big_endian),
    NBT_TEST("", reading_stops_at_the_end),
    NBT_TEST("", a_length_near_the_limit_of_its_type_is_too_long),
    NBT_TEST("", no_bytes_at_all_are_a_message_too),
    NBT_TEST("", a_region_counts_from_the_message_and_must_be_used_up),
    NBT_TEST("", a_region_past_the_end_is_a_failed_one),
    NBT_TEST("", writing_stops_when_full),
    NBT_TEST("", writing_refuses_what_the_field_cannot_hold),
    NBT_TEST("", room_is_zeroed_and_no_bytes_may_be_null),
    NBT_TEST("", a_length_is_filled_in_afterwards),
    NBT_TEST("", a_length_over_16_bits_is_refused),
    NBT_TEST("", every_error_has_a_text_of_its_own),
};

NBT_MAIN("wire", tests)
