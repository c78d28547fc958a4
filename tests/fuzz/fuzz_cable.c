/*
 * Frames from anywhere, one after the other (an octet that says from which end, its length, the
 * frame): none is longer or shorter afterwards, what leaves for the network is from one of the
 * computers, and what leaves for the kernel is for all or for it.
 */
#include "nbt/cable.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const nbt_cable_row rows[] = {
    { 0x0A4D0028, 3, { 2, 0, 10, 77, 0, 40 } },
    { 0x0A4D0100, 2, { 0, 0x50, 4, 0, 0, 255 } },
};
static const nbt_cable_cfg cfg = { rows, 2, { 0xA, 0xB, 0xC, 0xD, 0xE, 0xF } };

static bool is_ours(const uint8_t *mac)
{
    for (size_t i = 0; i < cfg.nrows; i++)
        for (uint32_t n = 0; n < rows[i].count; n++) {
            nbt_cable c;
            uint8_t one[NBT_MAC_LEN];
            nbt_cable_init(&c, &cfg);
            if (nbt_cable_mac(&c, rows[i].ip + n, one) && memcmp(one, mac, NBT_MAC_LEN) == 0)
                return true;
        }
    return false;
}

static void check(nbt_cable *c, nbt_time now, bool out, const uint8_t *bytes, size_t n)
{
    static const uint8_t all[NBT_MAC_LEN] = { 255, 255, 255, 255, 255, 255 };
    uint8_t *frame = malloc(n ? n : 1);
    assert(frame);
    memcpy(frame, bytes, n);
    nbt_cable_way way = out ? nbt_cable_out(c, frame, n) : nbt_cable_in(c, now, frame, n);
    if (way == NBT_CABLE_DROP)
        assert(memcmp(frame, bytes, n) == 0);
    else if (out || way == NBT_CABLE_REPLY)
        assert(is_ours(frame + NBT_MAC_LEN));
    else
        assert(memcmp(frame, all, NBT_MAC_LEN) == 0 || memcmp(frame, cfg.inner, NBT_MAC_LEN) == 0);
    if (n > 14 + 28 && way == NBT_CABLE_PASS) /* what is behind the headers is nobody's business */
        assert(memcmp(frame + 42, bytes + 42, n - 42) == 0);
    free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nbt_cable c;
    uint8_t probe[NBT_CABLE_ARP_LEN];
    nbt_time now = 0;
    nbt_cable_init(&c, &cfg);
    nbt_cable_ask(&c, 0);
    while (size >= 2) {
        size_t n = data[1] < size - 2 ? data[1] : size - 2;
        check(&c, now, data[0] & 1, data + 2, n);
        (void)nbt_cable_news(&c, probe);
        now += NBT_MS(data[0]);
        while (nbt_cable_tick(&c, now, probe))
            ;
        data += 2 + n;
        size -= 2 + n;
    }
    return 0;
}
