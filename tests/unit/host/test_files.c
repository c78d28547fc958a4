/* Files that viewers and agents move: in one folder and nowhere else, whole or not at all. */
#include "tools/host/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"

static char folder[] = "/tmp/nbtlab-files-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 && mkdir("in", 0700) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    return rmdir("in") == 0 && chdir("/") == 0 ? rmdir(folder) : -1;
}

static host_files *files(void)
{
    host_err err;
    host_files *f = host_files_new("in", &err);
    assert_non_null(f);
    return f;
}

static void write_file(const char *path, const char *text)
{
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
}

static void assert_file(const char *path, const char *text)
{
    char have[100] = "";
    FILE *from = fopen(path, "r");
    assert_non_null(from);
    have[fread(have, 1, sizeof have - 1, from)] = '\0';
    fclose(from);
    assert_string_equal(have, text);
}

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static host_files_answer act(host_files *f, rc_app app, int64_t value, const char *text)
{
    nbt_act a = { .kind = NBT_ACT_APP, .app = app, .value = value, .tag = 5 };
    return host_files_act(f, &a, (nbt_bytes){ (const uint8_t *)text, strlen(text) });
}

#define assert_answer(a, wanted)                                                                   \
    do {                                                                                           \
        host_files_answer got = (a);                                                               \
        assert_true(got.due);                                                                      \
        assert_int_equal(got.value, (wanted));                                                     \
    } while (0)

static void what_is_received_comes_under_its_name_when_it_is_whole(void **state)
{
    (void)state;
    host_files *f = files();
    write_file("in/a.txt", "old");
    assert_answer(act(f, RC_APP_FILE_OPEN, 1, "a.txt"), 0);
    assert_false(act(f, RC_APP_FILE_WRITE, 0, "hello ").due);
    assert_false(act(f, RC_APP_FILE_WRITE, 6, "there").due);
    assert_file("in/a.txt", "old");
    assert_answer(act(f, RC_APP_FILE_PLACE, 11, ""), 0);
    assert_file("in/a.txt", "hello there");
    assert_false(is_there("in/.a.txt.rcpart"));
    host_files_free(f);
    unlink("in/a.txt");
}

static void a_part_is_kept_or_not(void **state)
{
    (void)state;
    host_files *f = files();
    assert_answer(act(f, RC_APP_FILE_OPEN, 1, "a"), 0);
    act(f, RC_APP_FILE_WRITE, 0, "hello");
    act(f, RC_APP_FILE_OVER, 1, "");
    assert_file("in/.a.rcpart", "hello");
    assert_answer(act(f, RC_APP_FILE_OPEN, 1, "a"), 5);
    host_files_answer read = act(f, RC_APP_FILE_READ, 1, "");
    assert_int_equal(read.value, 4);
    assert_memory_equal(read.data.p, "ello", 4);
    assert_false(act(f, RC_APP_FILE_CUT, 2, "").due);
    act(f, RC_APP_FILE_OVER, 1, "");
    assert_file("in/.a.rcpart", "he");
    assert_answer(act(f, RC_APP_FILE_OPEN, 1, "a"), 2);
    host_files_free(f); /* as if the program had ended */
    assert_file("in/.a.rcpart", "he");

    f = files();
    assert_answer(act(f, RC_APP_FILE_OPEN, 1, "a"), 2);
    act(f, RC_APP_FILE_OVER, 0, "");
    assert_false(is_there("in/.a.rcpart"));
    assert_answer(act(f, RC_APP_FILE_OPEN, 1, "a"), 0);
    act(f, RC_APP_FILE_OVER, 1, ""); /* there is nothing to be kept */
    assert_false(is_there("in/.a.rcpart"));
    host_files_free(f);
}

static void a_file_that_grew_by_itself_is_not_placed(void **state)
{
    (void)state;
    host_files *f = files();
    assert_answer(act(f, RC_APP_FILE_OPEN, 1, "a"), 0);
    act(f, RC_APP_FILE_WRITE, 0, "hello");
    assert_answer(act(f, RC_APP_FILE_PLACE, 4, ""), -RC_RESULT_ALTERED);
    act(f, RC_APP_FILE_OVER, 0, "");
    assert_false(is_there("in/a") || is_there("in/.a.rcpart"));
    host_files_free(f);
}

static void reading_ends_where_the_file_does(void **state)
{
    (void)state;
    host_files *f = files();
    write_file("in/a", "1234567");
    assert_answer(act(f, RC_APP_FILE_OPEN, 0, "a"), 7);
    assert_answer(act(f, RC_APP_FILE_READ, 0, ""), 5);
    assert_answer(act(f, RC_APP_FILE_READ, 5, ""), 2);
    assert_answer(act(f, RC_APP_FILE_READ, 7, ""), 0);
    act(f, RC_APP_FILE_OVER, 0, "");
    assert_file("in/a", "1234567"); /* what is read is never removed */
    assert_answer(act(f, RC_APP_FILE_READ, 0, ""), -RC_RESULT_FAILED);
    host_files_free(f);
    unlink("in/a");
}

static void nothing_leads_out_of_the_folder(void **state)
{
    (void)state;
    host_files *f = files();
    write_file("secret", "secret");
    assert_int_equal(symlink("../secret", "in/link"), 0);
    assert_int_equal(symlink("../stolen", "in/.new.rcpart"), 0);
    assert_int_equal(link("secret", "in/hard"), 0);
    assert_int_equal(link("secret", "in/.hard.rcpart"), 0);
    assert_int_equal(mkfifo("in/fifo", 0600), 0);
    assert_int_equal(mkdir("in/folder", 0700), 0);
    static const struct {
        const char *name;
        bool writes;
        rc_result result;
    } rows[] = {
        { "nothing", false, RC_RESULT_NO_FILE },   { "link", false, RC_RESULT_REFUSED },
        { "hard", false, RC_RESULT_REFUSED },      { "fifo", false, RC_RESULT_REFUSED },
        { "folder", false, RC_RESULT_REFUSED },    { "../secret", false, RC_RESULT_BAD_NAME },
        { "..", false, RC_RESULT_BAD_NAME },       { ".", false, RC_RESULT_BAD_NAME },
        { "new", true, RC_RESULT_REFUSED },        { "hard", true, RC_RESULT_REFUSED },
        { "../secret", true, RC_RESULT_BAD_NAME }, { "folder/x", true, RC_RESULT_BAD_NAME },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s\n", rows[i].name);
        assert_answer(act(f, RC_APP_FILE_OPEN, rows[i].writes, rows[i].name),
                      -(int64_t)rows[i].result);
        act(f, RC_APP_FILE_OVER, 0, "");
    }
    assert_false(is_there("stolen"));
    assert_file("secret", "secret");

    /* A link that stands where a file is to come is replaced, not followed. */
    assert_answer(act(f, RC_APP_FILE_OPEN, 1, "link"), 0);
    act(f, RC_APP_FILE_WRITE, 0, "mine");
    assert_answer(act(f, RC_APP_FILE_PLACE, 4, ""), 0);
    assert_file("secret", "secret");
    assert_file("in/link", "mine");

    /* Nor is a folder. */
    assert_answer(act(f, RC_APP_FILE_OPEN, 1, "folder"), 0);
    assert_answer(act(f, RC_APP_FILE_PLACE, 0, ""), -RC_RESULT_FAILED);
    act(f, RC_APP_FILE_OVER, 0, "");
    assert_false(is_there("in/.folder.rcpart"));
    host_files_free(f);
    static const char *const all[] = { "secret",  "in/link",         "in/.new.rcpart",
                                       "in/hard", "in/.hard.rcpart", "in/fifo" };
    for (size_t i = 0; i < LENGTH_OF(all); i++)
        assert_int_equal(unlink(all[i]), 0);
    rmdir("in/folder");
}

static void two_do_not_write_the_same(void **state)
{
    (void)state;
    host_files *one = files(), *two = files();
    assert_answer(act(one, RC_APP_FILE_OPEN, 1, "a"), 0);
    act(one, RC_APP_FILE_WRITE, 0, "one");
    assert_answer(act(two, RC_APP_FILE_OPEN, 1, "a"), -RC_RESULT_REFUSED);
    act(two, RC_APP_FILE_OVER, 0, "");
    assert_answer(act(one, RC_APP_FILE_PLACE, 3, ""), 0);
    assert_file("in/a", "one");
    host_files_free(one);
    host_files_free(two);
    unlink("in/a");
}

static void a_viewer_has_one_file_wherever_it_is(void **state)
{
    (void)state;
    host_err err;
    host_files *f = host_files_one("in/.mine", &err);
    assert_non_null(f);
    assert_answer(act(f, RC_APP_FILE_OPEN, 1, "theirs"), 0);
    act(f, RC_APP_FILE_WRITE, 0, "x");
    assert_answer(act(f, RC_APP_FILE_PLACE, 1, ""), 0);
    assert_file("in/.mine", "x");
    host_files_free(f);
    unlink("in/.mine");

    assert_null(host_files_one("nowhere/x", &err));
    assert_non_null(strstr(err.text, "nowhere: No such file"));
    assert_null(host_files_new("nowhere", &err));
}

static void a_device_is_no_file(void **state)
{
    (void)state;
    host_err err;
    host_files *f = host_files_one("/dev/full", &err); /* no regular file: refused */
    assert_non_null(f);
    assert_answer(act(f, RC_APP_FILE_OPEN, 0, ""), -RC_RESULT_REFUSED);
    host_files_free(f);
    host_files_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", what_is_received_comes_under_its_name_when_it_is_whole),
        NBT_TEST("", a_part_is_kept_or_not),
        NBT_TEST("", a_file_that_grew_by_itself_is_not_placed),
        NBT_TEST("", reading_ends_where_the_file_does),
        NBT_TEST("", nothing_leads_out_of_the_folder),
        NBT_TEST("", two_do_not_write_the_same),
        NBT_TEST("", a_viewer_has_one_file_wherever_it_is),
        NBT_TEST("", a_device_is_no_file),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
