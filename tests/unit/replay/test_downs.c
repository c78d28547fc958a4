/*
 * Hosts of captures that died or were started again, and those of others that were not.
 */
#include "tests/support/test.h"

#include "tools/replay/feed.h"

#include <stdio.h>

/* Each down: who, at which second of the capture, and whether he is back; in the order of finding.
 */
static const struct {
    const char *capture;
    size_t n;
    struct {
        uint32_t ip;
        int64_t at, back; /* microseconds since the first packet; -1: he is not */
    } down[3];
} table[] = {
    /* A datagram to him came back as an ICMP error, and he says nothing any more. */
    { "nbtd-name-server", 2, { { 0x0A4D0003, 196742, -1 }, { 0x0A4D0002, 766231, -1 } } },
    { "nbtd-node-types", 1, { { 0x0A4D0001, 7505610, -1 } } },
    /* He claims by broadcast what he has claimed and not given up. */
    { "clone-same-address", 1, { { 0x0A4D0001, 760498, 777837 } } },
    /* Repetitions, refusals and releases are no starts. */
    { "conflict", 0, { { 0 } } },
    { "samba-browsing", 0, { { 0 } } },
    { "samba-duplicate", 0, { { 0 } } },
    { "reproduce-tcp-tcp-netbios-tcp", 0, { { 0 } } },
};

static void who_was_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        char path[200], err[CAP_ERR_MAX];
        snprintf(path, sizeof path, "fixtures/captures/%s.pcap", table[i].capture);
        replay_cut cut = { .path = path };
        cap_parts parts = { .nours = 0 };
        replay_study study = { 0 };
        const replay_down *down;
        cap_packet p;
        cap_source *source = cap_source_file(path, err);
        assert_true(source && cap_source_next(source, &p) == CAP_PACKET);
        assert_true(replay_study_read(&study, &cut, &parts, err));
        size_t n = replay_downs_all(study.downs, &down);
        if (n != table[i].n)
            fail_msg("%s: %zu were away, not %zu", table[i].capture, n, table[i].n);
        for (size_t k = 0; k < n; k++) {
            int64_t back = down[k].back == INT64_MAX ? -1 : down[k].back - p.time;
            if (down[k].ip != table[i].down[k].ip || down[k].at - p.time != table[i].down[k].at ||
                back != table[i].down[k].back)
                fail_msg("%s: %08x at %lld, back %lld", table[i].capture, down[k].ip,
                         (long long)(down[k].at - p.time), (long long)back);
        }
        replay_study_fini(&study);
        cap_source_free(source);
    }
}

static const struct CMUnitTest tests[] = { NBT_TEST("", who_was_away) };

NBT_MAIN("downs", tests)
