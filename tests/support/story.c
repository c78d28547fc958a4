#include "tests/support/story.h"
#include "nbt/text.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

/* "10.0.0.1", perhaps with @7. Gives what follows the space behind it. */
static const char *read_host(const char *line, nbt_ep *ep, uint8_t mac[6])
{
    unsigned a, b, c, d, other;
    int n = 0, more = 0;
    if (sscanf(line, "%u.%u.%u.%u%n", &a, &b, &c, &d, &n) != 4)
        fail_msg("no address here: %s", line);
    ep->ip = (uint32_t)(a << 24 | b << 16 | c << 8 | d);
    const uint8_t own[] = { 2, 0, (uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d };
    memcpy(mac, own, sizeof own);
    if (sscanf(line + n, "@%u%n", &other, &more) == 1) {
        const uint8_t given[] = { 2, 0, 0, 0, 0, (uint8_t)other };
        memcpy(mac, given, sizeof given);
    }
    return line + n + more + 1;
}

static uint16_t port_of(const nbt_msg *m)
{
    switch (m->service) {
    case NBT_SERVICE_NAME:
        return NBT_PORT_NS;
    case NBT_SERVICE_DATAGRAM:
        return NBT_PORT_DGM;
    case NBT_SERVICE_SESSION:
        return NBT_PORT_SSN;
    }
    return 0;
}

static void read_line(const char *line, cap_item *item, nbt_msg *m, uint8_t *arena, size_t cap)
{
    nbt_text_err err;
    int ms, n = 0;
    if (sscanf(line, "%d %n", &ms, &n) != 1)
        fail_msg("no time here: %s", line);
    const char *at = read_host(line + n, &item->from, item->mac_from);
    if (strncmp(at, "> ", 2) != 0)
        fail_msg("no > here: %s", at);
    at = read_host(at + 2, &item->to, item->mac_to);
    if (!nbt_text_parse(m, at, strlen(at), arena, cap, &err))
        fail_msg("column %zu: %s, expected %s: %s", err.column, err.why, err.expected, at);
    item->time = NBT_S(1000) + NBT_MS(ms);
    item->has_mac = item->has_ip = true;
    item->tcp = m->service == NBT_SERVICE_SESSION;
    item->from.port = item->to.port = port_of(m);
    if (item->tcp)
        item->from.port = 1025;
    item->msg = m;
}

void story_tell(const char *const lines[], story_listener *listen, void *ctx)
{
    static uint8_t arena[64 * 1024];
    cap_dialog *dialog = cap_dialog_new();
    assert_non_null(dialog);
    for (size_t i = 0; lines[i]; i++) {
        cap_item item = { .number = i + 1 };
        nbt_msg m;
        cap_link link;
        read_line(lines[i], &item, &m, arena, sizeof arena);
        cap_dialog_put(dialog, &item, &link);
        listen(ctx, &item, &link);
    }
    cap_dialog_free(dialog);
}
