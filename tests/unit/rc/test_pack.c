/*
 * rc/pack.c: what is packed comes back, packing never makes longer, and rubbish is described.
 */
#include "tests/support/test.h"

#include "rc/pack.h"
#include "tests/support/mem.h"

static void runs_and_literals_are_as_the_header_says(void **state)
{
    (void)state;
    static const struct {
        const char *label, *plain, *packed;
    } rows[] = {
        { "nothing", "", "" },
        { "one octet", "41", "00 41" },
        { "a run of two is no run", "4141", "01 4141" },
        { "a run of three", "414141", "80 41" },
        { "literals up to a run", "010203 0404040404", "02 010203 82 04" },
        { "run, literal, run", "202020 41 202020", "80 20 00 41 80 20" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t plain[20], packed[20], back[20];
        size_t n = hex_bytes(rows[i].plain, plain, sizeof plain), length;
        print_message("%s\n", rows[i].label);
        assert_true(rc_rle_pack((nbt_bytes){ plain, n }, packed, sizeof packed, &length));
        assert_hex(packed, length, rows[i].packed);
        nbt_rd r;
        nbt_rd_init(&r, packed, length);
        rc_rle_unpack(&r, back, n);
        assert_rd_end(&r);
        assert_memory_equal(back, plain, n);
    }
}

static void the_longest_runs_and_literals_have_limits(void **state)
{
    (void)state;
    uint8_t plain[300] = { 0 }, packed[400], back[300];
    size_t length;
    nbt_rd r;
    assert_true(rc_rle_pack((nbt_bytes){ plain, 131 }, packed, sizeof packed, &length));
    assert_hex(packed, length, "FF 00 00 00"); /* 130 in a run, and one */
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)i;
    assert_true(rc_rle_pack((nbt_bytes){ plain, 130 }, packed, sizeof packed, &length));
    assert_int_equal(length, 1 + 128 + 1 + 2);
    nbt_rd_init(&r, packed, length);
    rc_rle_unpack(&r, back, 130);
    assert_rd_end(&r);
    assert_memory_equal(back, plain, 130);
}

static void bad_run_lengths_are_described(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        size_t n;
        nbt_err err;
        size_t at;
        const char *field;
    } rows[] = {
        { "80", 3, NBT_ERR_SHORT, 1, "OCTET" },
        { "02 4142", 3, NBT_ERR_SHORT, 1, "OCTETS" },
        { "80 41", 2, NBT_ERR_LENGTH, 0, "control octet" },
        { "00 41 01 4142", 2, NBT_ERR_LENGTH, 2, "control octet" },
        { "80 41", 4, NBT_ERR_LENGTH, 2, "DATA" },
        { "", 1, NBT_ERR_LENGTH, 0, "DATA" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t bytes[20];
        size_t n = hex_bytes(rows[i].hex, bytes, sizeof bytes);
        uint8_t *exact = exact_copy(bytes, n), *out = malloc(rows[i].n);
        nbt_rd r;
        nbt_rd_init(&r, exact, n);
        rc_rle_unpack(&r, out, rows[i].n);
        assert_rd_err(&r, rows[i].err, rows[i].at, rows[i].field);
        free(exact);
        free(out);
    }
}

/* Screens are of runs; a little chance makes some of them worse. */
static size_t make_plain(nbt_rng *rng, uint8_t *plain, size_t max)
{
    size_t n = nbt_rng_below(rng, (uint32_t)max + 1);
    uint32_t chance = 1 + nbt_rng_below(rng, 40);
    for (size_t i = 0; i < n; i++)
        plain[i] = i > 0 && nbt_rng_below(rng, chance) ? plain[i - 1] : (uint8_t)nbt_rng_u16(rng);
    return n;
}

static void what_is_packed_comes_back(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    test_mem mem = { 0 };
    rc_packer *p = rc_packer_new(test_mem_of(&mem));
    unsigned used[3] = { 0 };
    for (unsigned round = 0; round < 600; round++) {
        uint8_t plain[RC_MSG_MAX];
        size_t n = make_plain(&rng, plain, round % 2 ? 60 : RC_MSG_MAX), length;
        rc_compression compression = (rc_compression)(round % 3);
        unsigned packings = round % 5 ? RC_PACKINGS_ALL : nbt_rng_below(&rng, RC_PACKINGS_ALL + 1);
        uint8_t *packed = malloc(n > 0 ? n : 1), *back = malloc(n > 0 ? n : 1);
        rc_packing packing =
            rc_pack(p, compression, packings, (nbt_bytes){ plain, n }, packed, &length);
        used[packing]++;
        assert_true(length <= n);
        assert_true(packing == RC_PACKING_NONE || packings & 1u << packing);
        assert_false(packing == RC_PACKING_RLE && compression == RC_COMPRESS_ZLIB);
        assert_false(packing == RC_PACKING_ZLIB && compression == RC_COMPRESS_RLE);

        uint8_t *exact = exact_copy(packed, length);
        rc_msg m = { .packing = packing, .unpacked = (uint16_t)n, .data = { exact, length } };
        nbt_rd r;
        assert_true(rc_unpack(p, &m, back, &r));
        assert_rd_end(&r);
        assert_memory_equal(back, plain, n);
        free(exact);
        free(packed);
        free(back);
    }
    assert_true(used[RC_PACKING_NONE] > 20 && used[RC_PACKING_RLE] > 20 &&
                used[RC_PACKING_ZLIB] > 20);
    rc_packer_free(p);
    assert_int_equal(mem.blocks, 0);
}

static void auto_takes_the_shorter_one(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    rc_packer *p = rc_packer_new(test_mem_of(&mem));
    uint8_t run[100], period[100], packed[100];
    size_t n;
    memset(run, ' ', sizeof run);
    for (size_t i = 0; i < sizeof period; i++)
        period[i] = (uint8_t)(i % 10);
    assert_int_equal(
        rc_pack(p, RC_COMPRESS_AUTO, RC_PACKINGS_ALL, (nbt_bytes){ run, 100 }, packed, &n),
        RC_PACKING_RLE);
    assert_int_equal(n, 2);
    assert_int_equal(
        rc_pack(p, RC_COMPRESS_AUTO, RC_PACKINGS_ALL, (nbt_bytes){ period, 100 }, packed, &n),
        RC_PACKING_ZLIB);
    assert_int_equal(
        rc_pack(p, RC_COMPRESS_AUTO, 1 << RC_PACKING_RLE, (nbt_bytes){ period, 100 }, packed, &n),
        RC_PACKING_NONE);
    assert_int_equal(n, 100);
    rc_packer_free(p);
}

static void every_truncation_of_zlib_is_described(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    rc_packer *p = rc_packer_new(test_mem_of(&mem));
    uint8_t plain[200], packed[200], back[201];
    size_t n;
    nbt_rd r;
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)(i % 7);
    rc_pack(p, RC_COMPRESS_ZLIB, RC_PACKINGS_ALL, (nbt_bytes){ plain, 200 }, packed, &n);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = exact_copy(packed, cut);
        rc_msg m = { .packing = RC_PACKING_ZLIB, .unpacked = 200, .data = { exact, cut } };
        assert_false(rc_unpack(p, &m, back, &r));
        assert_true(r.err == NBT_ERR_SHORT || r.err == NBT_ERR_LENGTH);
        free(exact);
    }
    rc_msg m = { .packing = RC_PACKING_ZLIB, .data = { packed, n } };
    m.unpacked = 199;
    assert_false(rc_unpack(p, &m, back, &r));
    assert_int_equal(r.err, NBT_ERR_LENGTH);
    m.unpacked = 201;
    assert_false(rc_unpack(p, &m, back, &r));
    assert_int_equal(r.err, NBT_ERR_LENGTH);
    packed[n / 2] ^= 0x55;
    m.unpacked = 200;
    assert_false(rc_unpack(p, &m, back, &r));
    m.packing = RC_PACKING_NONE;
    assert_false(rc_unpack(p, &m, back, &r));
    assert_rd_err(&r, NBT_ERR_LENGTH, 0, "DATA");
    rc_packer_free(p);
}

static void octets_behind_zlib_are_found(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    rc_packer *p = rc_packer_new(test_mem_of(&mem));
    uint8_t plain[100] = { 0 }, packed[100], back[100];
    size_t n;
    nbt_rd r;
    rc_pack(p, RC_COMPRESS_ZLIB, RC_PACKINGS_ALL, (nbt_bytes){ plain, 100 }, packed, &n);
    rc_msg m = { .packing = RC_PACKING_ZLIB, .unpacked = 100, .data = { packed, n + 1 } };
    assert_false(rc_unpack(p, &m, back, &r));
    assert_rd_err(&r, NBT_ERR_EXTRA, n, "DATA");
    rc_packer_free(p);
}

static void a_packer_without_memory_is_none(void **state)
{
    (void)state;
    rc_packer *p = NULL;
    for (size_t nth = 1; !p; nth++) {
        test_mem mem = { .fail_at = nth };
        p = rc_packer_new(test_mem_of(&mem));
        if (!p)
            assert_int_equal(mem.blocks, 0);
        else
            assert_true(nth > 3);
        rc_packer_free(p);
    }
    rc_packer_free(NULL);
}

static void compressions_have_words(void **state)
{
    (void)state;
    rc_compression c = RC_COMPRESS_RLE;
    assert_true(rc_compression_parse(&c, "auto", 4) && c == RC_COMPRESS_AUTO);
    assert_true(rc_compression_parse(&c, "zlib,", 4) && c == RC_COMPRESS_ZLIB);
    assert_true(rc_compression_parse(&c, "rle", 3) && c == RC_COMPRESS_RLE);
    assert_false(rc_compression_parse(&c, "lz", 2));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", runs_and_literals_are_as_the_header_says),
    NBT_TEST("", the_longest_runs_and_literals_have_limits),
    NBT_TEST("", bad_run_lengths_are_described),
    NBT_TEST("", what_is_packed_comes_back),
    NBT_TEST("", auto_takes_the_shorter_one),
    NBT_TEST("", every_truncation_of_zlib_is_described),
    NBT_TEST("", octets_behind_zlib_are_found),
    NBT_TEST("", a_packer_without_memory_is_none),
    NBT_TEST("", compressions_have_words),
};

NBT_MAIN("pack", tests)
