/*
 * Who is in a capture, with whom those who are played have to do, and which ports that needs.
 */
#include "tests/support/test.h"

#include "capture/file.h"
#include "capture/replay_cast.h"
#include "capture/source.h"

#include <stdio.h>

static cap_cast *read_cast(const char *name, const cap_parts *parts)
{
    char path[200], err[CAP_ERR_MAX];
    cap_packet p;
    cap_item item;
    snprintf(path, sizeof path, "fixtures/captures/%s.pcap", name);
    cap_source *source = cap_source_file(path, err);
    cap_tap *tap = cap_tap_new();
    cap_cast *cast = cap_cast_new(parts);
    assert_true(source && tap && cast);
    while (cap_source_next(source, &p) == CAP_PACKET) {
        cap_tap_put(tap, &p);
        while (cap_tap_next(tap, &item))
            cap_cast_put(cast, &item);
    }
    cap_tap_free(tap);
    cap_source_free(source);
    return cast;
}

static void who_is_there(void **state)
{
    (void)state;
    cap_parts parts = { .ours = { 0x0A000001 }, .nours = 1 };
    cap_cast *cast = read_cast("conflict", &parts);
    const cap_cast_host *h = cap_cast_find(cast, 0x0A000001);
    assert_true(h && h->sent == 6 && h->all == 5 && h->has_mac);
    h = cap_cast_find(cast, 0x0A000002);
    assert_true(h && h->sent > 0);
    assert_null(cap_cast_find(cast, 0x0A000063));
    assert_true(cap_parts_ours(&parts, 0x0A000001));
    assert_false(cap_parts_ours(&parts, 0x0A000002));
    assert_true(cap_parts_theirs(&parts, 0x0A000002)); /* nobody is named: everybody else */
    cap_cast_free(cast);
}

/* The peer is who has most to do with ours, and none of ours. */
static void who_is_the_peer(void **state)
{
    (void)state;
    cap_parts parts = { .ours = { 0x0A000005 }, .nours = 1 };
    cap_cast *cast = read_cast("sessions", &parts);
    const cap_cast_host *peer = cap_cast_peer(cast);
    assert_true(peer && peer->ip == 0x0A000006);
    cap_cast_free(cast);
    parts = (cap_parts){ .ours = { 0x0A000005, 0x0A000006 }, .nours = 2 };
    cast = read_cast("sessions", &parts);
    assert_null(cap_cast_peer(cast));
    cap_cast_free(cast);
}

static bool has_port(const cap_cast *cast, uint32_t ip, uint16_t number, bool tcp)
{
    const cap_cast_port *port;
    size_t n = cap_cast_ports(cast, &port);
    for (size_t i = 0; i < n; i++)
        if (port[i].at.ip == ip && port[i].at.port == number && port[i].tcp == tcp)
            return true;
    return false;
}

static void which_ports(void **state)
{
    (void)state;
    cap_parts parts = { .ours = { 0x0A000006 }, .nours = 1 };
    cap_cast *cast = read_cast("sessions", &parts);
    assert_true(has_port(cast, 0x0A000006, 139, true));
    assert_false(has_port(cast, 0x0A000005, 40001, true)); /* another's */
    cap_cast_free(cast);
    parts.ours[0] = 0x0A000001;
    cast = read_cast("conflict", &parts);
    assert_true(has_port(cast, 0x0A000001, 137, false));
    assert_false(has_port(cast, 0x0A000001, 139, true));
    cap_cast_free(cast);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", who_is_there),
    NBT_TEST("", who_is_the_peer),
    NBT_TEST("", which_ports),
};

NBT_MAIN("replay_cast", tests)
