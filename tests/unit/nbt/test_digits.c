/*
 * Digits against what the C library prints.
 */
#include "tests/support/test.h"

#include <inttypes.h>
#include <stdio.h>

#include "nbt/digits.h"

static const uint64_t numbers[] = {
    0,
    1,
    9,
    10,
    99,
    100,
    101,
    999,
    1000,
    9999,
    10000,
    65535,
    99999,
    100000,
    999999,
    1000000,
    9999999,
    10000000,
    99999999,
    100000000,
    100000001,
    1000000000,
    4294967295,
    9999999999999999,
    10000000000000000,
    10000000000000001,
    UINT64_MAX,
};

/* Nothing is written beyond what is given as the end. */
static void check(const char *got, const char *end, const char *expected)
{
    size_t n = strlen(expected);
    assert_int_equal(end - got, n);
    assert_memory_equal(got, expected, n);
    assert_int_equal(got[n], '~');
}

static void test_decimal(void **state)
{
    (void)state;
    char expected[32], got[32];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        snprintf(expected, sizeof expected, "%" PRIu64, numbers[i]);
        memset(got, '~', sizeof got);
        check(got, nbt_digits_dec(got, numbers[i]), expected);
    }
    for (unsigned v = 0; v < 70000; v++) {
        snprintf(expected, sizeof expected, "%u", v);
        memset(got, '~', sizeof got);
        check(got, nbt_digits_dec(got, v), expected);
    }
}

static void test_fixed(void **state)
{
    (void)state;
    char got[32];
    memset(got, '~', sizeof got);
    check(got, nbt_digits_fixed(got, 42, 6), "000042");
    memset(got, '~', sizeof got);
    check(got, nbt_digits_fixed(got, 12345678, 8), "12345678");
    memset(got, '~', sizeof got);
    check(got, nbt_digits_fixed(got, 1234, 2), "34");
}

static void test_addresses(void **state)
{
    (void)state;
    char expected[32], got[32];
    for (uint32_t v = 0; v < 256; v++) {
        uint32_t ip = v << 24 | (255 - v) << 16 | (v ^ 0x55) << 8 | v / 3;
        snprintf(expected, sizeof expected, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 0xFF,
                 ip >> 8 & 0xFF, ip & 0xFF);
        memset(got, '~', sizeof got);
        char *after = nbt_digits_ip(got, ip);
        assert_int_equal(got[NBT_DIGITS_IP_MAX], '~');
        *after = '~'; /* up to there it may write */
        check(got, after, expected);
    }
}

static void test_octets_in_hex(void **state)
{
    (void)state;
    uint8_t octets[256];
    char expected[600], got[600];
    for (size_t n = 0; n <= sizeof octets; n++) {
        for (size_t i = 0; i < n; i++) {
            octets[i] = (uint8_t)(i + n);
            snprintf(expected + 2 * i, 3, "%02x", octets[i]);
        }
        expected[2 * n] = '\0';
        memset(got, '~', sizeof got);
        check(got, nbt_digits_hex(got, octets, n), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_decimal),
        NBT_TEST("", test_fixed),
        NBT_TEST("", test_addresses),
        NBT_TEST("", test_octets_in_hex),
    };
    return cmocka_run_group_tests_name("digits", tests, NULL, NULL);
}
