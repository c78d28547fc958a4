/*
 * Replacements: nothing stays, nothing collides, and what an address or a name is stays known.
 */
#include "tests/support/test.h"

#include "capture/anon_map.h"

static cap_anon_map a_map(const char *key)
{
    cap_anon_map m;
    cap_anon_map_text(&m, key);
    return m;
}

static void test_words_alone_and_in_a_text(void **state)
{
    (void)state;
    const cap_anon_map m = a_map("k");
    char name[] = "SERVER1", text[] = "on server1, at 10.", other[] = "SERVER2";
    cap_anon_text(&m, (uint8_t *)name, strlen(name));
    cap_anon_text(&m, (uint8_t *)text, strlen(text));
    cap_anon_text(&m, (uint8_t *)other, strlen(other));
    assert_string_not_equal(name, "SERVER1");
    assert_string_not_equal(name, other);
    assert_true(name[0] >= 'A' && name[0] <= 'Z' && name[6] >= '0' && name[6] <= '9');
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(text[3 + i], name[i] - 'A' + 'a'); /* the same in lower case */
    assert_int_equal(text[2], ' ');
    assert_int_equal(text[10], ',');
}

static void test_no_short_word_stays_or_collides(void **state)
{
    (void)state;
    const cap_anon_map m = a_map("k");
    bool seen[26 * 26] = { false };
    for (unsigned i = 0; i < 26 * 26; i++) {
        uint8_t w[2] = { (uint8_t)('A' + i / 26), (uint8_t)('A' + i % 26) };
        cap_anon_text(&m, w, 2);
        unsigned to = (w[0] - 'A') * 26U + w[1] - 'A';
        assert_true(to < 26 * 26 && to != i && !seen[to]);
        seen[to] = true;
    }
}

static void test_names_keep_their_suffix_and_who_is_well_known(void **state)
{
    (void)state;
    const cap_anon_map m = a_map("k");
    uint8_t a[16] = "CONSOLE        \x41", b[16] = "CONSOLE        ";
    uint8_t master[16] = "\x01\x02__MSBROWSE__\x02\x01", all[16] = "*", was[16];
    cap_anon_name(&m, a);
    cap_anon_name(&m, b);
    assert_memory_equal(a, b, 15);
    assert_memory_not_equal(a, "CONSOLE", 7);
    assert_int_equal(a[15], 0x41);
    memcpy(was, master, 16);
    cap_anon_name(&m, master);
    assert_memory_equal(master, was, 16);
    cap_anon_name(&m, all);
    assert_true(nbt_name_is_wildcard(all));
}

static void test_addresses_keep_what_they_are(void **state)
{
    (void)state;
    static const uint32_t stay[] = { 0, UINT32_MAX, 0x7F000001, 0xE0000001 };
    static const uint32_t nets[] = { 0x0A4D0000, 0xAC1F0300, 0xC0A80100, 0xA9FE0700, 0x08080800 };
    const cap_anon_map m = a_map("k");
    for (size_t i = 0; i < LENGTH_OF(stay); i++)
        assert_int_equal(cap_anon_ip(&m, stay[i]), stay[i]);
    for (size_t i = 0; i < LENGTH_OF(nets); i++) {
        bool seen[256] = { false };
        uint32_t net = cap_anon_ip(&m, nets[i]) >> 8;
        for (uint32_t host = 0; host < 256; host++) {
            uint32_t to = cap_anon_ip(&m, nets[i] | host);
            assert_int_equal(to >> 8, net);
            assert_false(seen[to & 255]);
            seen[to & 255] = true;
            assert_int_equal((to & 3) == 3, (host & 3) == 3);
            assert_true(host == 255 ? (to & 255) == 255 : to != (nets[i] | host));
        }
    }
    assert_int_equal(cap_anon_ip(&m, 0x0A4D0001) >> 24, 10);
    assert_int_equal(cap_anon_ip(&m, 0xAC1F0301) >> 20, 0xAC1);
    assert_int_equal(cap_anon_ip(&m, 0xC0A80101) >> 16, 0xC0A8);
}

static void test_hardware_addresses(void **state)
{
    (void)state;
    const cap_anon_map m = a_map("k"), other = a_map("l");
    uint8_t a[6] = { 2, 0, 0, 0, 0, 1 }, b[6] = { 2, 0, 0, 0, 0, 1 }, c[6] = { 2, 0, 0, 0, 0, 1 };
    uint8_t all[6] = { 255, 255, 255, 255, 255, 255 }, none[6] = { 0 };
    cap_anon_mac(&m, a);
    cap_anon_mac(&m, b);
    cap_anon_mac(&other, c);
    assert_memory_equal(a, b, 6);
    assert_memory_not_equal(a, c, 6);
    assert_int_equal(a[0] & 3, 2);
    assert_memory_not_equal(a, "\x02\0\0\0\0\x01", 6);
    cap_anon_mac(&m, all);
    assert_memory_equal(all, "\xFF\xFF\xFF\xFF\xFF\xFF", 6);
    cap_anon_mac(&m, none);
    assert_memory_equal(none, "\0\0\0\0\0\0", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_words_alone_and_in_a_text),
        NBT_TEST("", test_no_short_word_stays_or_collides),
        NBT_TEST("", test_names_keep_their_suffix_and_who_is_well_known),
        NBT_TEST("", test_addresses_keep_what_they_are),
        NBT_TEST("", test_hardware_addresses),
    };
    return cmocka_run_group_tests_name("anon_map", tests, NULL, NULL);
}
