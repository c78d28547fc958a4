/* LMHOSTS files: what they include, and what is said of those that cannot be read. */
#include "tools/host/lmhosts.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"

static char folder[] = "/tmp/lmhosts.XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static const char *in_folder(const char *name)
{
    static char path[2][100];
    static unsigned turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(in_folder(name), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    fclose(f);
}

static const char *const files[] = { "a", "b", "sub/c", "sub/d" };

static int remove_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(files); i++)
        unlink(in_folder(files[i]));
    rmdir(in_folder("sub"));
    return rmdir(folder);
}

/* The last octets of the addresses, in the order in which they came. */
static const char *read_a(host_err *err)
{
    static char text[100];
    host_lmhosts l = { 0 };
    *err = (host_err){ .text = "" };
    bool ok = host_lmhosts_read(&l, in_folder("a"), err);
    text[0] = '\0';
    for (size_t i = 0; i < l.n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%u ", l.hosts[i].ip & 255);
    assert_int_equal(ok, err->text[0] == '\0');
    host_lmhosts_free(&l);
    return text;
}

/* MS-NBTE 3.1.6, 3.1.8.1, 3.1.8.2 */
static void files_include_files(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        const char *text[4]; /* of a, b, sub/c, sub/d; NULL: not there */
        const char *want;
        const char *says; /* a part of the error, NULL: none */
        host_status status;
    } rows[] = {
        { "lines", { "10.0.0.1 A\n10.0.0.2 B\n" }, "1 2 ", NULL, HOST_OK },
        { "nothing", { "" }, "", NULL, HOST_OK },
        { "one more", { "10.0.0.1 A\n#INCLUDE b\n10.0.0.2 B\n", "10.0.0.3 C" }, "1 3 2 ", NULL, 0 },
        { "a folder of its own",
          { "#INCLUDE sub/c\n", NULL, "10.0.0.3 C\n#INCLUDE d\n", "10.0.0.4 D" },
          "3 4 ",
          NULL,
          HOST_OK },
        { "twice, but in no circle",
          { "#INCLUDE b\n#INCLUDE b\n", "10.0.0.3 C" },
          "3 3 ",
          NULL,
          0 },
        { "a circle",
          { "10.0.0.1 A\n#INCLUDE b\n", "#INCLUDE ./a\n" },
          "1 ",
          "is included by itself",
          HOST_USAGE },
        { "the first alternate",
          { "#BEGIN_ALTERNATE\n#INCLUDE x\n#INCLUDE b\n#INCLUDE sub/c\n#END_ALTERNATE\n10.0.0.1 A",
            "10.0.0.3 B", "10.0.0.4 C" },
          "3 1 ",
          NULL,
          HOST_OK },
        { "no alternate",
          { "10.0.0.1 A\n#BEGIN_ALTERNATE\n#INCLUDE x\n#END_ALTERNATE\n" },
          "1 ",
          "line 4: none of the files of this block",
          HOST_USAGE },
        { "not there",
          { "\n#INCLUDE x\n" },
          "",
          "line 2: the included file x cannot be opened: No",
          HOST_SYSTEM },
        { "nonsense",
          { "10.0.0.1 A\nnonsense\n10.0.0.2 B" },
          "1 ",
          "line 2: it begins with no IPv4 address; correct the line",
          HOST_USAGE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        host_err err;
        (void)mkdir(in_folder("sub"), 0700);
        for (size_t k = 0; k < LENGTH_OF(files); k++) {
            unlink(in_folder(files[k]));
            if (rows[i].text[k])
                write_file(files[k], rows[i].text[k]);
        }
        const char *hosts = read_a(&err);
        if (strcmp(hosts, rows[i].want) != 0 || !strstr(err.text, rows[i].says ? rows[i].says : ""))
            fail_msg("%s: \"%s\" \"%s\"", rows[i].label, hosts, err.text);
        if (rows[i].says)
            assert_int_equal(err.status, rows[i].status);
        else
            assert_string_equal(err.text, "");
    }
}

static void files_that_are_none(void **state)
{
    (void)state;
    host_lmhosts l = { 0 };
    host_err err;
    assert_false(host_lmhosts_read(&l, "/nowhere/lmhosts", &err));
    assert_non_null(strstr(err.text, "/nowhere/lmhosts cannot be opened: No such file"));
    assert_int_equal(err.status, HOST_SYSTEM);
    assert_false(host_lmhosts_read(&l, folder, &err));
    assert_non_null(strstr(err.text, "cannot be read: Is a directory"));
    assert_false(host_lmhosts_read(&l, "/dev/zero", &err));
    assert_non_null(strstr(err.text, "cannot be read: File too large"));
    assert_int_equal(l.n, 0);
}

/* MS-NBTE 3.1.6: 6 s, here less; what does not open in time is passed over like what is not there.
 */
static void no_file_is_waited_for_for_ever(void **state)
{
    (void)state;
    host_lmhosts l = { .patience_ms = 20 };
    host_err err = { .text = "" };
    char fifo[256], a[256];
    snprintf(fifo, sizeof fifo, "%s", in_folder("b"));
    snprintf(a, sizeof a, "%s", in_folder("a"));
    (void)unlink(fifo);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_false(host_lmhosts_read(&l, fifo, &err));
    assert_non_null(strstr(err.text, "b cannot be opened: Connection timed out"));
    write_file("a", "#BEGIN_ALTERNATE\n#INCLUDE b\n#INCLUDE sub/c\n#END_ALTERNATE\n");
    (void)mkdir(in_folder("sub"), 0700);
    write_file("sub/c", "10.0.0.4 C\n");
    assert_true(host_lmhosts_read(&l, a, &err));
    assert_int_equal(l.n, 1);
    assert_int_equal(l.hosts[0].ip, 0x0A000004);

    host_lmhosts_free(&l);
    unlink(fifo);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("F40", no_file_is_waited_for_for_ever, make_folder, remove_folder),
    NBT_TEST_WITH("F40", files_include_files, make_folder, remove_folder),
    NBT_TEST_WITH("", files_that_are_none, make_folder, remove_folder),
};

NBT_MAIN("lmhosts", tests)
