/*
 * Captures of simulated networks: equal runs give equal files, and what is in them can be read.
 */
#include "capture/source.h"
#include "capture/tap.h"
#include "tests/support/capfile.h"
#include "tests/support/scenes.h"
#include "tests/support/test.h"
#include "tools/scene/simcap.h"
#include "tools/scene/simrun.h"

#include <stdio.h>
#include <unistd.h>

static const char text[] = "scenario x \"x\"\n"
                           "network lan subnet=10.0.0.0/24 delay=1ms jitter=2ms loss=3%\n"
                           "computer CONSOLE address=10.0.0.1\n"
                           "computer CLIENT1 address=10.0.0.11\n"
                           "agent A1 on=CLIENT1 protocols=netbios\n"
                           "viewer V1 on=CONSOLE client=CLIENT1 protocols=netbios\n"
                           "at 10s run V1\n"
                           "end +30s\n";

typedef struct taken {
    simcap *cap;
    uint64_t messages, last;
} taken;

static uint64_t on_frame(void *ctx, const nbt_simframe *f)
{
    taken *t = ctx;
    uint64_t number = simcap_put(t->cap, f);
    assert_int_equal(number, t->last + 1);
    return t->last = number;
}

/* Runs it into a file; how many messages there were. */
static uint64_t take(const char *path, uint64_t seed)
{
    test_mem mem = { .blocks = 0 };
    char err[CAP_ERR_MAX];
    scene s;
    simrun r;
    scenes_read(test_mem_of(&mem), text, strlen(text), &s);
    taken t = { .cap = simcap_new(path, &s, err) };
    assert_non_null(t.cap);
    simrun_cfg cfg = { .mem = test_mem_of(&mem), .scene = &s, .seed = seed, .ctx = &t };
    cfg.frame = on_frame;
    assert_true(simrun_init(&r, &cfg));
    while (!simrun_go(&r, 1000)) {
    }
    uint64_t messages = r.messages;
    simrun_fini(&r);
    assert_true(simcap_free(t.cap));
    scene_free(&s);
    assert_int_equal(mem.blocks, 0);
    return messages;
}

static void paths(char one[64], char other[64])
{
    (void)snprintf(one, 64, "/tmp/nbtlab-simcap-%d-1.pcap", (int)getpid());
    (void)snprintf(other, 64, "/tmp/nbtlab-simcap-%d-2.pcap", (int)getpid());
}

static bool same(const char *one, const char *other)
{
    size_t n, m;
    char *a = scenes_file(one, &n), *b = scenes_file(other, &m);
    bool is = n == m && memcmp(a, b, n) == 0;
    free(a);
    free(b);
    return is;
}

static void equal_seeds_equal_files(void **state)
{
    (void)state;
    char one[64], other[64];
    paths(one, other);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        take(one, seed);
        take(other, seed);
        assert_true(same(one, other));
        take(other, seed + 1);
        assert_false(same(one, other));
    }
    unlink(one);
    unlink(other);
}

/* What the judge was told stands in the file, whole: that no segment is missing, either. */
static void it_can_be_read(void **state)
{
    (void)state;
    char one[64], other[64], err[CAP_ERR_MAX];
    paths(one, other);
    for (uint64_t seed = 1; seed <= 10; seed++) {
        uint64_t messages = take(one, seed), seen = 0;
        cap_source *source = cap_source_file(one, err);
        cap_tap *tap = cap_tap_new();
        cap_packet p;
        cap_item item;
        assert_non_null(source);
        while (cap_source_next(source, &p) == CAP_PACKET) {
            cap_tap_put(tap, &p);
            while (cap_tap_next(tap, &item)) {
                assert_string_equal(item.note, "");
                assert_false(item.cut);
                seen += item.msg != NULL;
                assert_true(!item.msg || item.msg->err == NBT_OK);
            }
        }
        assert_int_equal(seen, messages);
        cap_tap_free(tap);
        cap_source_free(source);
    }
    unlink(one);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", equal_seeds_equal_files),
    NBT_TEST("", it_can_be_read),
};

NBT_MAIN("simcap", tests)
