/*
 * Nothing that was received is lost, however malformed: of every message of every capture there is,
 * and of every input that the fuzzers found worth keeping, writing gives the octets that were read;
 * so does parsing the line that is printed for it.
 */
#include "tests/support/test.h"

#include "capture/source.h"
#include "capture/tap.h"
#include "nbt/text.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

enum { LINE_MAX_CHARS = 2 * 1024 * 1024, OCTETS_MAX = 256 * 1024 };

/* What is needed once, and how much was seen. */
static struct {
    char *line, *again;
    uint8_t *octets, *arena;
    size_t messages, malformed, inexact, files;
    nbt_service service; /* of the inputs of a fuzz target */
} all;

static int make_room(void **state)
{
    (void)state;
    all.line = malloc(LINE_MAX_CHARS);
    all.again = malloc(LINE_MAX_CHARS);
    all.octets = malloc(OCTETS_MAX);
    all.arena = malloc(LINE_MAX_CHARS + NBT_TEXT_ARENA_EXTRA);
    return all.line && all.again && all.octets && all.arena ? 0 : -1;
}

static int free_room(void **state)
{
    (void)state;
    free(all.line);
    free(all.again);
    free(all.octets);
    free(all.arena);
    return 0;
}

static void check_written(const nbt_msg *m, nbt_bytes want, const char *path)
{
    nbt_wr w;
    nbt_wr_init(&w, all.octets, OCTETS_MAX);
    nbt_msg_wr(&w, m);
    if (w.err || w.at != want.n || (want.n > 0 && memcmp(all.octets, want.p, want.n) != 0))
        fail_msg("%s: written as %zu octets instead of %zu: %s", path, w.at, want.n, all.line);
}

static void check_message(const nbt_msg *m, const char *path)
{
    nbt_msg parsed;
    nbt_text_err err;
    size_t n = nbt_text_print(m, all.line, LINE_MAX_CHARS);
    assert_true(n < LINE_MAX_CHARS);
    check_written(m, m->bytes, path);
    if (!nbt_text_parse(&parsed, all.line, n, all.arena, LINE_MAX_CHARS + NBT_TEXT_ARENA_EXTRA,
                        &err))
        fail_msg("%s: column %zu: %s: %s", path, err.column, err.why, all.line);
    check_written(&parsed, m->bytes, path);
    nbt_text_print(&parsed, all.again, LINE_MAX_CHARS);
    assert_string_equal(all.again, all.line);
    all.messages++;
    all.malformed += m->err != NBT_OK;
    all.inexact += !m->err && !m->exact;
}

static void check_capture(const char *path)
{
    char why[CAP_ERR_MAX];
    cap_source *s = cap_source_file(path, why);
    cap_tap *t = cap_tap_new();
    cap_packet p;
    cap_item item;
    assert_non_null(t);
    if (!s) { /* it is no capture, as some of the fuzzers' inputs */
        cap_tap_free(t);
        return;
    }
    all.files++;
    for (bool more = true; more;) {
        more = cap_source_next(s, &p) == CAP_PACKET;
        if (more)
            cap_tap_put(t, &p);
        else
            cap_tap_end(t);
        while (cap_tap_next(t, &item)) {
            if (item.msg)
                check_message(item.msg, path);
        }
    }
    cap_tap_free(t);
    cap_source_free(s);
}

static int visit_capture(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)where;
    if (kind == FTW_F && st->st_size > 0 && !strstr(path, ".txt") && !strstr(path, ".tsv"))
        check_capture(path);
    return 0;
}

/* An input of a fuzz target is one message. */
static int visit_input(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    nbt_msg m;
    (void)where;
    if (kind != FTW_F)
        return 0;
    size_t n = (size_t)st->st_size;
    uint8_t *p = malloc(n > 0 ? n : 1);
    FILE *f = fopen(path, "rb");
    assert_true(p && f && fread(p, 1, n, f) == n);
    fclose(f);
    nbt_msg_rd(&m, all.service, p, n);
    check_message(&m, path);
    all.files++;
    free(p);
    return 0;
}

static void begin(void)
{
    all.messages = all.malformed = all.inexact = all.files = 0;
}

static void report(const char *what)
{
    print_message("%s: %zu files, %zu messages, %zu of them malformed, %zu not said by their "
                  "fields\n",
                  what, all.files, all.messages, all.malformed, all.inexact);
}

static void inputs_of_the_fuzzers(void **state)
{
    static const char *const folders[] = { "fixtures/fuzz/ns", "fixtures/fuzz/dgm",
                                           "fixtures/fuzz/ssn" };
    (void)state;
    begin();
    for (unsigned i = 0; i < LENGTH_OF(folders); i++) {
        all.service = (nbt_service)i;
        assert_int_equal(nftw(folders[i], visit_input, 8, FTW_PHYS), 0);
    }
    report("fuzz inputs");
    assert_true(all.messages > 100 && all.malformed > 20 && all.inexact > 0);
}

static void captures_of_our_own(void **state)
{
    (void)state;
    begin();
    assert_int_equal(nftw("fixtures/fuzz/capture", visit_capture, 8, FTW_PHYS), 0);
    assert_int_equal(nftw("fixtures/captures", visit_capture, 8, FTW_PHYS), 0);
    report("fixtures");
    assert_true(all.messages > 1000 && all.malformed > 20);
}

/* Those from elsewhere, where they are. */
static void captures_of_others(void **state)
{
    const char *folder = getenv("NBTLAB_CAPTURES");
    (void)state;
    begin();
    if (folder)
        assert_int_equal(nftw(folder, visit_capture, 8, FTW_PHYS), 0);
    report(folder ? folder : "NBTLAB_CAPTURES is not set");
    assert_true(!folder || all.messages > 1000);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("", inputs_of_the_fuzzers, make_room, free_room),
    NBT_TEST_WITH("", captures_of_our_own, make_room, free_room),
    NBT_TEST_WITH("", captures_of_others, make_room, free_room),
};

NBT_MAIN("lossless", tests)
