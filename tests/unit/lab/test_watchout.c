/*
 * Where what is watched goes: a file that is renamed meanwhile, numbers that are replaced whole,
 * and what cannot be opened.
 */
#include "tools/lab/watchout.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/openmetrics.h"
#include "tests/support/story.h"
#include "tests/support/test.h"

enum { PATH = 128 };

typedef struct world {
    char folder[PATH];
    cap_watch *w;
    lab_watchout o;
} world;

static void begin(world *x)
{
    *x = (world){ .folder = "/tmp/nbtlab-watchout-XXXXXX" };
    assert_non_null(mkdtemp(x->folder));
    x->w = cap_watch_new(&(cap_watch_cfg){ .again = NBT_S(60) });
    assert_non_null(x->w);
}

static void path_of(const world *x, const char *name, char path[PATH])
{
    assert_true(snprintf(path, PATH, "%s/%s", x->folder, name) < PATH);
}

static void end(world *x, const char *const files[])
{
    char path[PATH];
    lab_watchout_close(&x->o);
    cap_watch_free(x->w);
    for (; *files; files++) {
        path_of(x, *files, path);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(x->folder), 0); /* nothing else is there */
}

static void listen(void *ctx, const cap_item *item, const cap_link *link)
{
    cap_watch_put(ctx, item, link);
}

/* Name NAME is refused to 10.0.0.2. */
#define REFUSED(name, id)                                                                          \
    "0 10.0.0.1 > 10.0.0.2 negative-registration-response " name " id=" #id                        \
    " rcode=ACT_ERR owner=10.0.0.1 node=B unique"

static void happen(world *x, const char *what)
{
    const char *const story[] = { what, NULL };
    host_err err;
    story_tell(story, listen, x->w);
    assert_true(lab_watchout_tell(&x->o, x->w, &err));
}

static void read_file(const char *path, char *buf, size_t cap)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(buf, 1, cap - 1, f);
    buf[n] = '\0';
    fclose(f);
}

static void a_renamed_file_keeps_what_it_has(void **state)
{
    (void)state;
    world x;
    host_err err;
    char path[PATH], other[PATH], text[4096];
    begin(&x);
    path_of(&x, "out", path);
    path_of(&x, "out.1", other);
    assert_true(lab_watchout_open(&x.o, &(lab_watchout_cfg){ .output = path }, 0, &err));
    happen(&x, REFUSED("A<00>", 1));
    assert_int_equal(rename(path, other), 0);
    happen(&x, REFUSED("B<00>", 2)); /* before SIGHUP: it goes where the file has gone */
    lab_watchout_reopen(&x.o);
    happen(&x, REFUSED("C<00>", 3));
    read_file(other, text, sizeof text);
    assert_non_null(strstr(text, " error clone A<00>: "));
    assert_non_null(strstr(text, " error clone B<00>: "));
    assert_null(strstr(text, "C<00>"));
    read_file(path, text, sizeof text);
    assert_non_null(strstr(text, " error clone C<00>: "));
    end(&x, (const char *const[]){ "out", "out.1", NULL });
}

static void where_it_cannot_be_opened_anew_the_old_one_goes_on(void **state)
{
    (void)state;
    world x;
    host_err err;
    char path[PATH], text[4096];
    begin(&x);
    path_of(&x, "out", path);
    assert_true(lab_watchout_open(&x.o, &(lab_watchout_cfg){ .output = path }, 0, &err));
    x.o.cfg.output = "/nowhere/out";
    lab_watchout_reopen(&x.o);
    happen(&x, REFUSED("A<00>", 1));
    read_file(path, text, sizeof text);
    assert_non_null(strstr(text, "A<00>"));
    end(&x, (const char *const[]){ "out", NULL });
}

static void numbers_are_replaced_whole(void **state)
{
    (void)state;
    world x;
    host_err err;
    char path[PATH], text[16384];
    size_t line;
    struct stat one, two;
    begin(&x);
    path_of(&x, "nbt.prom", path);
    lab_watchout_cfg cfg = { .metrics = path, .quiet = true };
    assert_true(lab_watchout_open(&x.o, &cfg, 0, &err));
    lab_watchout_metrics(&x.o, x.w);
    assert_int_equal(stat(path, &one), 0);
    assert_int_equal(one.st_mode & 0777, 0644);
    happen(&x, REFUSED("A<00>", 1));
    FILE *reader = fopen(path, "r"); /* it has the old one to its end */
    lab_watchout_metrics(&x.o, x.w);
    assert_int_equal(stat(path, &two), 0);
    assert_true(one.st_ino != two.st_ino);
    size_t n = fread(text, 1, sizeof text, reader);
    assert_null(openmetrics_wrong(text, n, &line));
    fclose(reader);
    read_file(path, text, sizeof text);
    assert_null(openmetrics_wrong(text, strlen(text), &line));
    assert_non_null(strstr(text, "nbt_watch_findings_total{finding=\"clone\"} 1\n"));
    x.o.cfg.metrics = "/nowhere/nbt.prom";
    lab_watchout_metrics(&x.o, x.w);
    lab_watchout_metrics(&x.o, x.w);
    assert_int_equal(x.o.unwritten, 2);
    end(&x, (const char *const[]){ "nbt.prom", NULL });
}

static void what_cannot_be_opened_is_told(void **state)
{
    (void)state;
    static const lab_watchout_cfg cfgs[] = {
        { .output = "/nowhere/out" },
        { .syslog = "/nowhere/log" },
        { .metrics = "unix:/nowhere/numbers" },
    };
    for (size_t i = 0; i < LENGTH_OF(cfgs); i++) {
        lab_watchout o;
        host_err err = { 0 };
        assert_false(lab_watchout_open(&o, &cfgs[i], 0, &err));
        assert_int_equal(err.status, HOST_SYSTEM);
        assert_non_null(strstr(err.text, "/nowhere"));
        lab_watchout_close(&o);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_renamed_file_keeps_what_it_has),
    NBT_TEST("", where_it_cannot_be_opened_anew_the_old_one_goes_on),
    NBT_TEST("", numbers_are_replaced_whole),
    NBT_TEST("", what_cannot_be_opened_is_told),
};

NBT_MAIN("watchout", tests)
