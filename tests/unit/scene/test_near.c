/*
 * Words that somebody may have meant: those that are near, and none where nothing is.
 */
#include "tests/support/test.h"

#include "tools/scene/near.h"

static const struct {
    const char *found, *list, *near; /* "": nothing is near */
} table[] = {
    { "scenaro", "one of scenario, source, about", "scenario" },
    { "sceanrio", "one of scenario, source, about", "scenario" },
    { "SCENARIO", "one of scenario, source, about", "scenario" },
    { "skenaroi", "one of scenario, source, about", "scenario" },
    { "skenaroy", "one of scenario, source, about", "" },
    { "adress=10.0.0.1", "one of address=, off, netbios=", "address=" },
    { "address", "one of address=, off, netbios=", "address=" },
    { "FRDE", "one of FRED, LISA", "FRED" },
    { "FRE", "one of FRED, LISA", "FRED" },
    { "FR", "one of FRED, LISA", "" },
    { "A2", "one of A1, B2", "" },
    { "CLIENT3", "one of CLIENT1, CLIENT2, SERVER", "one of CLIENT1, CLIENT2" },
    { "strat", "the name of a host or program, or one of await, start, stop", "start" },
    { "", "one of a, b", "" },
    { "onn", "one of on, off", "on" },
    { "one", "a number and a unit: us, ms, one, h", "" },
    { "a-word-that-is-longer-than-any-word-of-the-language-can-be", "one of a, b", "" },
};

static void near_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        char to[64] = "";
        size_t n = strlen(table[i].found);
        uint8_t *exact = exact_copy(table[i].found, n);
        bool near = scene_near((const char *)exact, n, table[i].list, to, sizeof to);
        if (near != (table[i].near[0] != '\0') || strcmp(to, near ? table[i].near : "") != 0)
            fail_msg("%s: %s, not %s", table[i].found, to, table[i].near);
        free(exact);
    }
}

static const struct CMUnitTest tests[] = { NBT_TEST("", near_words) };

NBT_MAIN("near", tests)
