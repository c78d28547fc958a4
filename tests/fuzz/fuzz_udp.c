/*
 * A stream over datagrams, to which anything comes: a sequence of an octet of length and so many
 * octets of a datagram. What can be read is written back as it was; an octet of length 0 sends
 * something, or closes.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rc/udp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    (void)ctx;
    (void)old;
    if (size > 0)
        return realloc(p, size);
    free(p);
    return NULL;
}

static void come(rc_udp *u, nbt_time now, nbt_bytes b, nbt_out *out)
{
    static const nbt_ep here = { 1, 1761 }, there = { 2, 1761 };
    uint8_t again[RC_UDP_HEAD + RC_UDP_PIECE];
    nbt_bytes data = { NULL, 0 };
    rc_udp_seg seg;
    nbt_rd r;
    nbt_wr w;
    nbt_rd_init(&r, b.p, b.n);
    rc_udp_seg_rd(&r, &seg);
    if (r.err)
        return;
    nbt_wr_init(&w, again, sizeof again);
    rc_udp_seg_wr(&w, &seg);
    assert(!w.err && w.at == b.n && memcmp(again, b.p, b.n) == 0);
    uint32_t got = u->got;
    rc_udp_ev ev = rc_udp_rx(u, now, there, &seg, &data, out);
    if (ev == RC_UDP_INPUT)
        assert(data.n > 0 && data.n <= seg.data.n && u->got == got + data.n);
    else if (ev == RC_UDP_NOT_MINE && seg.kind == RC_UDP_OPEN && u->state == RC_UDP_IS_CLOSED)
        rc_udp_accept(u, &seg, here, there, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static rc_udp u; /* large */
    nbt_out out;
    nbt_time now = 0;
    u.state = RC_UDP_IS_CLOSED;
    nbt_out_init(&out, (nbt_mem){ .resize = resize });
    for (size_t at = 0; at < len; now += NBT_MS(100)) {
        size_t n = bytes[at++];
        if (n > len - at)
            n = len - at;
        if (n > 0)
            come(&u, now, (nbt_bytes){ bytes + at, n }, &out);
        else if (now % NBT_MS(700) == 0)
            rc_udp_close(&u);
        else
            rc_udp_send(&u, bytes, len);
        at += n;
        if (now >= rc_udp_due(&u))
            rc_udp_tick(&u, now, &out);
        assert(rc_udp_unsent(&u) <= RC_UDP_QUEUE && u.sent - u.acked <= RC_UDP_WINDOW + 1);
        nbt_out_clear(&out);
    }
    nbt_out_fini(&out);
    return 0;
}
