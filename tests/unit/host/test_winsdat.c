/*
 * Lines of wins.dat, as nmbd of Samba 4.17 writes them.
 */
#include "tools/host/winsdat.h"

#include "tests/support/build.h"
#include "tests/support/test.h"

static void lines_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *line, *name;
        nbt_nbkind kind;
        unsigned n;
        const char *again; /* NULL: the same */
    } rows[] = {
        { "\"SAMBA#20\" 1795913075 10.77.0.2 64R\n", "SAMBA<20>", NBT_NBKIND_UNIQUE, 1, NULL },
        { "\"WINSHOST#00\" 1795913075 10.77.0.1 66R\n", "WINSHOST<00>", NBT_NBKIND_UNIQUE, 1,
          "\"WINSHOST#00\" 1795913075 10.77.0.1 64R\n" },
        { "\"NBTLAB#1e\" 1795913075 0.0.0.0 e4R\n", "NBTLAB<1E>", NBT_NBKIND_GROUP, 1, NULL },
        { "\"DOM#1c\" 5 10.0.0.1 10.0.0.2 e4R\n", "DOM<1C>", NBT_NBKIND_INTERNET, 2, NULL },
        { "\"TWO#20\" 0 10.0.0.1 10.0.0.2 44R\n", "TWO<20>", NBT_NBKIND_MULTIHOMED, 2, NULL },
        { "\"#20\" 5 10.0.0.1 04R\n", "<20>", NBT_NBKIND_UNIQUE, 1, NULL },
        { "\"A #B#20\" 5 10.0.0.1 64R\n", "A\\x20#B<20>", NBT_NBKIND_UNIQUE, 1, NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        host_winsdat e;
        char again[HOST_WINSDAT_STR_MAX];
        nbt_name name = name_of(rows[i].name);
        const char *why = host_winsdat_read(rows[i].line, &e);
        if (why)
            fail_msg("%s: %s", rows[i].line, why);
        assert_memory_equal(e.name, name.b, NBT_NAME_LEN);
        assert_int_equal(e.kind, rows[i].kind);
        assert_int_equal(e.n, rows[i].n);
        assert_true(host_winsdat_print(&e, again));
        assert_string_equal(again, rows[i].again ? rows[i].again : rows[i].line);
    }
}

static void what_is_no_line_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "FRED#20 5 10.0.0.1 64R",
        "\"FRED\" 5 10.0.0.1 64R",
        "\"FRED#2\" 5 10.0.0.1 64R",
        "\"FRED#20 5 10.0.0.1 64R",
        "\"SIXTEENLETTERS__#20\" 5 10.0.0.1 64R",
        "\"FRED#20\" 10.0.0.1 64R",
        "\"FRED#20\" 5 64R",
        "\"FRED#20\" 5 10.0.0.256 64R",
        "\"FRED#20\" 5 10.0.0.1",
        "\"FRED#20\" 5 10.0.0.1 64",
        "\"FRED#20\" x 10.0.0.1 64R",
    };
    host_winsdat e;
    char buf[HOST_WINSDAT_STR_MAX];
    for (size_t i = 0; i < LENGTH_OF(lines); i++)
        if (!host_winsdat_read(lines[i], &e))
            fail_msg("%s", lines[i]);
    assert_true(host_winsdat_is_first("VERSION 1 0\n"));
    assert_false(host_winsdat_is_first("VERSION 2 0\n"));
    assert_null(host_winsdat_read("\"FRED#20\" 5 10.0.0.1 64R", &e));
    e.name[1] = '"';
    assert_false(host_winsdat_print(&e, buf));
    e.name[1] = 1;
    assert_false(host_winsdat_print(&e, buf));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", lines_are_read_and_written),
    NBT_TEST("", what_is_no_line_is_refused),
};

NBT_MAIN("winsdat", tests)
