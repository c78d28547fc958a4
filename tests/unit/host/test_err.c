/* The exit statuses, in code and in the man pages; the form of an error. */
#include "tools/host/err.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/support/test.h"

static void every_status_has_a_meaning(void **state)
{
    (void)state;
    assert_string_equal(host_status_str(0), "everything went well");
    assert_string_equal(host_status_str(HOST_PORT), "a port is taken by another process");
    assert_null(host_status_str(99));
    assert_null(host_status_str(-1));
}

static void statuses_are_distinct(void **state)
{
    (void)state;
    static const int values[] = {
#define HOST_STATUS(sym, value, text) (value),
#include "tools/host/status.def"
#undef HOST_STATUS
    };
    for (size_t i = 0; i < LENGTH_OF(values); i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(values[i], values[j]);
}

static void a_long_text_is_cut(void **state)
{
    (void)state;
    char text[2000];
    host_err err;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    host_err_set(&err, HOST_USAGE, "%s", text);
    assert_int_equal(err.status, HOST_USAGE);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

/* What host_stdout_lost says of a line that is written to `path`. */
static bool is_lost_on(const char *path, host_err *err)
{
    fflush(stdout);
    int kept = dup(STDOUT_FILENO), fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(kept >= 0 && fd >= 0);
    dup2(fd, STDOUT_FILENO);
    fputs("a line\n", stdout);
    bool lost = host_stdout_lost(err);
    bool still = host_stdout_lost(err);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(fd);
    clearerr(stdout);
    assert_int_equal(lost, still);
    return lost;
}

static void lost_output_is_noticed(void **state)
{
    (void)state;
    host_err err;
    assert_false(is_lost_on("/dev/null", &err));
    assert_true(is_lost_on("/dev/full", &err));
    assert_int_equal(err.status, HOST_SYSTEM);
    assert_string_equal(err.text, "standard output could not be written: No space left on device");
}

/* The line "*3*" and the meaning under it, within EXIT STATUS; the count of those in the page. */
static unsigned check_page(const char *path)
{
    FILE *f = fopen(path, "r");
    char line[512];
    bool here = false;
    unsigned found = 0;
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        int status;
        char end;
        if (line[0] == '#')
            here = strcmp(line, "# EXIT STATUS\n") == 0;
        if (!here || sscanf(line, "*%d*%c", &status, &end) != 2 || end != '\n')
            continue;
        const char *text = host_status_str(status);
        if (!text || !fgets(line, sizeof line, f) || line[0] != '\t' ||
            strncmp(line + 1, text, strlen(text)) != 0)
            fail_msg("%s: status %d is not \"%s\"", path, status, text ? text : "any of ours");
        found++;
    }
    fclose(f);
    return found;
}

static void man_pages_have_the_same_table(void **state)
{
    (void)state;
    const char *root = getenv("NBTLAB_ROOT");
    char folder[512], path[1024];
    unsigned nbtd = 0;
    if (!root)
        skip();
    snprintf(folder, sizeof folder, "%s/tools/man", root);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *d; (d = readdir(dir));) {
        size_t len = strlen(d->d_name);
        if (len < 6 || strcmp(d->d_name + len - 6, ".1.scd") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
        unsigned found = check_page(path);
        if (found == 0)
            fail_msg("%s has no exit statuses", path);
        if (strcmp(d->d_name, "nbtd.1.scd") == 0)
            nbtd = found;
    }
    closedir(dir);
    assert_int_equal(nbtd, 8); /* all but 1: a driver tries nothing that could fail */
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", every_status_has_a_meaning),
    NBT_TEST("", statuses_are_distinct),
    NBT_TEST("", a_long_text_is_cut),
    NBT_TEST("", lost_output_is_noticed),
    NBT_TEST("", man_pages_have_the_same_table),
};

NBT_MAIN("err", tests)
