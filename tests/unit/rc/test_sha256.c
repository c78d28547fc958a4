/*
 * rc/sha256.c: the digests that FIPS 180-4's own examples have, however the octets come in.
 */
#include "tests/support/test.h"

#include "rc/sha256.h"

static const struct {
    const char *text;
    size_t times;
    const char *hex;
} samples[] = {
    { "", 1, "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855" },
    { "abc", 1, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248D6A61D20638B8E5C026930C3E6039A33CE45964FF2167F6ECEDD419DB06C1" },
    { "a", 1000000, "CDC76E5C9914FB9281A1C7E284D73E67F1809A48A497200E046D39CCC7112CD0" },
};

static void the_standards_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(samples); i++) {
        rc_sha256 s;
        uint8_t digest[RC_SHA256_LEN];
        rc_sha256_init(&s);
        for (size_t n = 0; n < samples[i].times; n++)
            rc_sha256_add(&s, samples[i].text, strlen(samples[i].text));
        rc_sha256_digest(&s, digest);
        assert_hex(digest, sizeof digest, samples[i].hex);
    }
}

static void pieces_make_no_difference(void **state)
{
    (void)state;
    uint8_t octets[200], whole[RC_SHA256_LEN], cut[RC_SHA256_LEN];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(i * 7);
    for (size_t n = 0; n <= sizeof octets; n++) {
        rc_sha256 s;
        rc_sha256_init(&s);
        rc_sha256_add(&s, octets, n);
        rc_sha256_digest(&s, whole);
        for (size_t at = 0; at <= n; at++) {
            rc_sha256_init(&s);
            rc_sha256_add(&s, octets, at);
            rc_sha256_digest(&s, cut); /* may be looked at in between */
            rc_sha256_add(&s, octets + at, n - at);
            rc_sha256_digest(&s, cut);
            assert_memory_equal(cut, whole, sizeof cut);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", the_standards_examples),
        NBT_TEST("", pieces_make_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
