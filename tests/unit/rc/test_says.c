/*
 * rc/says.def: every text has its article or is marked as our own, and is filled in at its place.
 */
#include "tests/support/test.h"

#include "rc/says.h"

static void the_products_words_have_an_article_and_ours_have_none(void **state)
{
    (void)state;
    for (rc_say say = 0; say < RC_SAYS; say++) {
        const rc_say_text *text = rc_say_find(say);
        print_message("%s\n", text->word);
        assert_true(text->word[0] && text->text[0]);
        if (text->origin == RC_SAY_OURS)
            assert_string_equal(text->article, "");
        else
            assert_true(text->article[0] == 'Q' && strlen(text->article) == 7);
    }
}

static void what_is_in_brackets_is_filled_in(void **state)
{
    (void)state;
    static const struct {
        rc_say say;
        const char *who, *text;
    } rows[] = {
        { RC_SAY_NOT_FOUND, "CLIENT1", "Remote Control Agent not found" },
        { RC_SAY_UNABLE_TO_LOCATE, "CLIENT1", "Unable To Locate CLIENT1" },
        { RC_SAY_MAY_HE, "bob", "Will you allow 'bob' to Remote Control your machine?" },
        { RC_SAY_NO_MACHINE_NAME, "2", "Unable to get workstation name. Used Lana:2" },
        { RC_SAY_BUSY, "", " is already being controlled by another console." },
        { RC_SAY_LOCATING, "<name>", "Attempting To Locate <name>" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        rc_line line;
        rc_say_fill(rows[i].say, rows[i].who, &line);
        assert_string_equal(line.s, rows[i].text);
    }
}

static void origins_have_words(void **state)
{
    (void)state;
    assert_string_equal(rc_say_origin_str(RC_SAY_PRODUCT), "product");
    assert_string_equal(rc_say_origin_str(RC_SAY_NEAREST), "nearest");
    assert_string_equal(rc_say_origin_str(RC_SAY_OURS), "ours");
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", the_products_words_have_an_article_and_ours_have_none),
    NBT_TEST("", what_is_in_brackets_is_filled_in),
    NBT_TEST("", origins_have_words),
};

NBT_MAIN("says", tests)
