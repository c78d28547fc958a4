/*
 * The ear at any datagrams: a sequence of an octet that says between whom and how long, and so many
 * octets of a datagram. Whatever they say, each gives a bounded number of pieces, and no message
 * has more octets than were sent.
 */
#include <assert.h>
#include <stdlib.h>

#include "rc/ear.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { STREAMS = 3 };

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    (void)ctx;
    (void)old;
    if (size > 0)
        return realloc(p, size);
    free(p);
    return NULL;
}

static size_t listen_on(rc_ear *e, uint64_t packet, size_t most)
{
    rc_ear_piece p;
    size_t n = 0, octets = 0;
    for (; rc_ear_next(e, &p); n++) {
        bool message = p.kind == RC_EAR_MESSAGE || p.kind == RC_EAR_CUT;
        assert(n <= most && p.began <= packet);
        assert(message ? p.bytes.n > 0 && p.bytes.n <= RC_MSG_MAX && p.lead == 2 : p.count > 0);
        for (size_t i = 0; message && i < p.bytes.n; i++)
            octets += p.bytes.p[i] != 0;
    }
    return octets;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    rc_ear *e = rc_ear_new((nbt_mem){ .resize = resize }, STREAMS);
    uint64_t packet = 0;
    assert(e);
    for (size_t at = 0; at < len;) {
        uint8_t who = bytes[at++];
        size_t n = who & 0x3F;
        uint32_t behind;
        nbt_rd r;
        rc_udp_seg seg;
        n = n > len - at ? len - at : n;
        uint8_t *exact = malloc(n + 1);
        for (size_t i = 0; i < n; i++)
            exact[i] = bytes[at + i];
        nbt_ep ends[] = { { 1, (uint16_t)(5000 + (who >> 7)) }, { 2, 1761 } };
        nbt_rd_init(&r, exact, n);
        rc_udp_seg_rd(&r, &seg);
        if (!r.err) {
            int dir = who >> 6 & 1;
            rc_ear_put(e, ends[dir], ends[1 - dir], &seg, ++packet, &behind);
            (void)listen_on(e, packet, n + 3);
            assert(rc_ear_need(e) == UINT64_MAX || rc_ear_need(e) <= packet);
        }
        free(exact);
        at += n;
    }
    rc_ear_end(e);
    (void)listen_on(e, packet, 2 * STREAMS);
    rc_ear_free(e);
    return 0;
}
