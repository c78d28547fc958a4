/*
 * LMHOSTS: its lines, and what they say about a name.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/lmhosts.h"
#include "tests/support/build.h"

/* A line in words: "10.0.0.1 FRED<any> pre mh dom=LAB", "include PATH", "bad: WHY", "end". */
static const char *words(const nbt_lmline *line)
{
    static char text[400];
    const nbt_lmhost *h = &line->host;
    char name[NBT_NAME_STR_MAX];
    size_t n;
    switch (line->kind) {
    case NBT_LMLINE_END:
        return "end";
    case NBT_LMLINE_BEGIN_ALTERNATE:
        return "begin";
    case NBT_LMLINE_END_ALTERNATE:
        return "end of block";
    case NBT_LMLINE_INCLUDE:
        snprintf(text, sizeof text, "include %.*s", (int)line->path.n, (const char *)line->path.p);
        return text;
    case NBT_LMLINE_BAD:
        snprintf(text, sizeof text, "bad: %s", line->why);
        return text;
    case NBT_LMLINE_HOST:
        break;
    }
    nbt_name16_print(h->name, name, sizeof name);
    n = (size_t)snprintf(text, sizeof text, "%u.%u.%u.%u %s%s%s%s", h->ip >> 24, h->ip >> 16 & 255,
                         h->ip >> 8 & 255, h->ip & 255, name, h->any_suffix ? " any" : "",
                         h->pre ? " pre" : "", h->multihomed ? " mh" : "");
    if (h->dom)
        snprintf(text + n, sizeof text - n, " dom=%.15s|", (const char *)h->domain);
    return text;
}

/* MS-NBTE 2.2.3 */
static void lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "10.0.0.1 fred", "10.0.0.1 FRED<20> any" },
        { "  10.0.0.1\tfred  \r\n", "10.0.0.1 FRED<20> any" },
        { "10.0.0.1 fred #PRE", "10.0.0.1 FRED<20> any pre" },
        { "10.0.0.1 fred #pre#DOM:lab", "10.0.0.1 FRED<20> any pre dom=LAB            |" },
        { "10.0.0.1 fred #DOM:lab #PRE # the boss",
          "10.0.0.1 FRED<20> any pre dom=LAB            |" },
        { "10.0.0.1 fred #MH", "10.0.0.1 FRED<20> any mh" },
        { "10.0.0.1 fred # #PRE", "10.0.0.1 FRED<20> any" },
        { "10.0.0.1 fred#PRE", "10.0.0.1 FRED<20> any pre" },
        { "10.0.0.1 fred #PREFIX", "10.0.0.1 FRED<20> any" },
        { "10.0.0.1 \"FRED           \\0x14\"", "10.0.0.1 FRED<14>" },
        { "10.0.0.1 \"FRED           \\0X1c\" #PRE", "10.0.0.1 FRED<1C> pre" },
        { "10.0.0.1 \"SERVER         C\"", "10.0.0.1 SERVER<43>" }, /* Q122057 */
        { "10.0.0.1 \"server         c\"", "10.0.0.1 SERVER<63>" },
        { "10.0.0.1 \"fred #1\"", "10.0.0.1 FRED\\x20#1<20> any" },
        { "10.0.0.1 \"\\0x01\\0x02__MSBROWSE__\\0x02\\0x01\"",
          "10.0.0.1 \\x01\\x02__MSBROWSE__\\x02<01>" },
        { "10.0.0.1 \"A\\0x4\"", "10.0.0.1 A\\x5C0X4<20> any" },
        { "255.255.255.255 ABCDEFGHIJKLMNO", "255.255.255.255 ABCDEFGHIJKLMNO<20> any" },
        { "", "end" },
        { " \r\n\n# a comment\n#PRE", "end" },
        { "#INCLUDE \\\\server\\share\\lmhosts \r\n", "include \\\\server\\share\\lmhosts" },
        { "#include more hosts", "include more hosts" },
        { "#BEGIN_ALTERNATE", "begin" },
        { "#END_ALTERNATE # done", "end of block" },
        { "#INCLUDE", "bad: there is no file behind #INCLUDE" },
        { "10.0.0 fred", "bad: it begins with no IPv4 address" },
        { "10.0.0.256 fred", "bad: it begins with no IPv4 address" },
        { "10.0.0.1fred", "bad: it begins with no IPv4 address" },
        { "10.0.0.1.2 fred", "bad: it begins with no IPv4 address" },
        { "10.0.0.0001 fred", "bad: it begins with no IPv4 address" },
        { "fred 10.0.0.1", "bad: it begins with no IPv4 address" },
        { "10.0.0.1", "bad: there is no name behind the address" },
        { "10.0.0.1 #PRE", "bad: there is no name behind the address" },
        { "10.0.0.1 ABCDEFGHIJKLMNOP", "bad: the name has more than 15 characters" },
        { "10.0.0.1 \"ABCDEFGHIJKLMNOPQ\"", "bad: the name in quotes has more than 16 characters" },
        { "10.0.0.1 \"FRED", "bad: the quotes are not closed" },
        { "10.0.0.1 \"\"", "bad: the name is empty" },
        { "10.0.0.1 fred wilma", "bad: there is something behind the name that is no keyword" },
        { "10.0.0.1 fred #DOM:", "bad: the name of the domain has not 1 to 15 characters" },
        { "10.0.0.1 fred #DOM:ABCDEFGHIJKLMNOP",
          "bad: the name of the domain has not 1 to 15 characters" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        size_t n = strlen(rows[i].text);
        uint8_t *text = exact_copy(rows[i].text, n);
        nbt_lmtext t = { .text = { text, n } };
        nbt_lmline line = nbt_lmtext_next(&t);
        if (strcmp(words(&line), rows[i].want) != 0)
            fail_msg("%s: \"%s\"", rows[i].text, words(&line));
        assert_true(line.kind == NBT_LMLINE_END || nbt_lmtext_next(&t).kind == NBT_LMLINE_END);
        free(text);
    }
}

/* Every truncation is read within its bounds, and ends. */
static void cut_anywhere(void **state)
{
    (void)state;
    static const char text[] = "#INCLUDE a\n10.0.0.1 \"FRED           \\0x14\" #PRE #DOM:LAB\n"
                               "#BEGIN_ALTERNATE\n10.0.0.2 WILMA #MH\n";
    for (size_t n = 0; n < sizeof text; n++) {
        uint8_t *copy = exact_copy(text, n);
        nbt_lmtext t = { .text = { copy, n } };
        unsigned lines_read = 0;
        while (nbt_lmtext_next(&t).kind != NBT_LMLINE_END)
            lines_read++;
        assert_true(lines_read <= 4 && t.at == n);
        free(copy);
    }
}

static void lines_are_counted(void **state)
{
    (void)state;
    static const char text[] = "# one\n\n10.0.0.1 A\n\nnonsense\n10.0.0.2 B";
    nbt_lmtext t = { .text = { (const uint8_t *)text, sizeof text - 1 } };
    assert_int_equal(nbt_lmtext_next(&t).number, 3);
    assert_int_equal(nbt_lmtext_next(&t).number, 5);
    assert_int_equal(nbt_lmtext_next(&t).number, 6);
    assert_int_equal(nbt_lmtext_next(&t).kind, NBT_LMLINE_END);
}

/* --- look-up -------------------------------------------------------------------------------- */

static const char list[] = "10.0.0.1 FRED\n"
                           "10.0.0.2 WILMA #PRE\n"
                           "10.0.0.3 FRED #PRE\n"
                           "10.0.0.4 \"FRED           \\0x41\"\n"
                           "10.0.0.5 DC1 #PRE #DOM:LAB\n"
                           "10.0.0.6 DC2 #DOM:LAB\n"
                           "10.0.0.5 DC1B #PRE #DOM:LAB\n"
                           "10.0.0.7 MULTI #MH\n"
                           "10.0.0.8 MULTI #MH\n"
                           "10.0.0.9 \"LAB            \\0x1C\"\n"
                           "10.0.0.10 \"OTHER          \\0x1C\"\n";

static void what_the_lines_say_about_a_name(void **state)
{
    (void)state;
    static const struct {
        const char *label, *name;
        bool pre, three;
        const char *want;
    } rows[] = {
        { "the first that fits", "FRED<20>", false, false, "U 1" },
        { "of the preloaded ones", "FRED<20>", true, false, "U 3" },
        { "any suffix", "FRED<42>", false, false, "U 1" },
        { "only three suffixes", "FRED<42>", false, true, "" },
        { "one of them", "FRED<03>", false, true, "U 1" },
        { "a suffix that was given", "FRED<41>", false, true, "U 4" },
        { "nobody", "BARNEY<20>", false, false, "" },
        { "case counts by now", "fred<20>", false, false, "" },
        { "not preloaded", "MULTI<20>", true, false, "" },
        { "several addresses", "MULTI<20>", false, false, "U 7 8" },
        { "controllers of a domain", "LAB<1C>", false, false, "G 5 6" },
        { "preloaded ones", "LAB<1C>", true, false, "G 5" },
        { "no domain, but a line", "OTHER<1C>", false, false, "U 10" },
        { "a domain's other names", "LAB<1B>", false, false, "" },
    };
    nbt_lmhost hosts[20];
    size_t n = 0;
    nbt_lmtext t = { .text = { (const uint8_t *)list, sizeof list - 1 } };
    for (nbt_lmline line; (line = nbt_lmtext_next(&t)).kind == NBT_LMLINE_HOST;)
        hosts[n++] = line.host;
    assert_int_equal(n, 11);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_addr addrs[3];
        char text[60] = "";
        size_t found = nbt_lmhosts_find(hosts, n, name_of(rows[i].name).b, rows[i].pre,
                                        rows[i].three, addrs, LENGTH_OF(addrs));
        for (size_t k = 0; k < found; k++) {
            char one[20];
            snprintf(one, sizeof one, "%s %u",
                     k                              ? ""
                     : addrs[k].nb_flags & NBT_NB_G ? "G"
                                                    : "U",
                     addrs[k].ip & 255);
            strcat(text, one);
        }
        if (strcmp(text, rows[i].want) != 0)
            fail_msg("%s: \"%s\"", rows[i].label, text);
    }
    nbt_addr one;
    assert_int_equal(nbt_lmhosts_find(hosts, n, name_of("MULTI<20>").b, false, false, &one, 1), 1);
    assert_int_equal(nbt_lmhosts_find(hosts, 0, name_of("MULTI<20>").b, false, false, &one, 1), 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("F37 F38", lines),
    NBT_TEST("", cut_anywhere),
    NBT_TEST("", lines_are_counted),
    NBT_TEST("F38 F39", what_the_lines_say_about_a_name),
};

NBT_MAIN("lmhosts", tests)
