/*
 * What goes over the stream of a query by TCP. It knows neither connections nor transactions.
 */
#include "nbt/fetch.h"

#include "nbt/draft.h"

#include <assert.h>
#include <string.h>

size_t nbt_fetch_ask(uint16_t trn_id, const nbt_name *name, uint8_t buf[NBT_FETCH_ASK_MAX])
{
    nbt_draft d;
    nbt_wr w;
    nbt_draft_question(&d, trn_id, NBT_WORD_QUERY, name, NBT_RR_NB);
    nbt_wr_init(&w, buf + NBT_FETCH_PREFIX, NBT_NS_UDP_MAX);
    nbt_ns_wr(&w, &d.ns);
    assert(!w.err);
    buf[0] = (uint8_t)(w.at >> 8);
    buf[1] = (uint8_t)w.at;
    return NBT_FETCH_PREFIX + w.at;
}

bool nbt_fetch_feed(nbt_fetch *f, nbt_bytes data, nbt_bytes *packet)
{
    size_t room = sizeof f->b - f->n;
    size_t n = data.n < room ? data.n : room;
    if (n > 0)
        memcpy(f->b + f->n, data.p, n);
    f->n += n;
    size_t length = (size_t)f->b[0] << 8 | f->b[1];
    if (f->n < NBT_FETCH_PREFIX || f->n < NBT_FETCH_PREFIX + length)
        return false;
    *packet = (nbt_bytes){ f->b + NBT_FETCH_PREFIX, length };
    return true;
}
