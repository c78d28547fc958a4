/*
 * rc/names.c: the letters of remote control stand in the 16th byte, and nothing is folded unasked.
 */
#include "tests/support/test.h"

#include "rc/names.h"

static void the_letter_is_the_16th_byte(void **state)
{
    (void)state;
    static const struct {
        const char *machine;
        uint8_t suffix;
        const char *name;
    } rows[] = {
        { "CONSOLE1", RC_SUFFIX_CONSOLE, "CONSOLE1       A" },
        { "CLIENT", RC_SUFFIX_CLIENT, "CLIENT         C" },
        { "A", RC_SUFFIX_CLIENT, "A              C" },
        { "FIFTEENLETTERSX", RC_SUFFIX_CONSOLE, "FIFTEENLETTERSXA" },
        { "client", RC_SUFFIX_CLIENT, "client         C" }, /* not folded: KB Q305164 */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t name[NBT_NAME_LEN];
        char machine[NBT_NAME_LEN];
        assert_true(rc_name_make(name, rows[i].machine, rows[i].suffix));
        assert_memory_equal(name, rows[i].name, NBT_NAME_LEN);
        rc_name_machine(name, machine);
        assert_string_equal(machine, rows[i].machine);
    }
}

static void no_name_has_0_or_16_letters(void **state)
{
    (void)state;
    uint8_t name[NBT_NAME_LEN] = "untouched so far";
    assert_false(rc_name_make(name, "", RC_SUFFIX_CLIENT));
    assert_false(rc_name_make(name, "SIXTEEN_LETTERS_", RC_SUFFIX_CLIENT));
    assert_memory_equal(name, "untouched so far", NBT_NAME_LEN);
}

static void a_number_is_the_15th_byte(void **state)
{
    (void)state;
    uint8_t name[NBT_NAME_LEN];
    rc_name_make(name, "CONSOLE1", RC_SUFFIX_CONSOLE);
    rc_name_number(name, 3);
    assert_memory_equal(name, "CONSOLE1      3A", NBT_NAME_LEN);
    rc_name_make(name, "FIFTEENLETTERSX", RC_SUFFIX_CONSOLE);
    rc_name_number(name, 9);
    assert_memory_equal(name, "FIFTEENLETTERS9A", NBT_NAME_LEN);
}

static void upper_case_is_of_ascii_letters(void **state)
{
    (void)state;
    uint8_t name[NBT_NAME_LEN];
    rc_name_make(name, "az{AZ\xe4-09", 'c');
    rc_name_upper(name);
    assert_memory_equal(name, "AZ{AZ\xe4-09      c", NBT_NAME_LEN); /* the suffix stays */
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", the_letter_is_the_16th_byte),
    NBT_TEST("", no_name_has_0_or_16_letters),
    NBT_TEST("", a_number_is_the_15th_byte),
    NBT_TEST("", upper_case_is_of_ascii_letters),
};

NBT_MAIN("names", tests)
