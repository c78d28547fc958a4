/*
 * Cutting and joining of datagrams. What is joined must come in order, as RFC 1002 5.3.3 has it;
 * whatever does not fit together is dropped as a whole, so that nothing partial is delivered.
 */
#include "nbt/fragment.h"

#include "nbt/mem.h"

#include <assert.h>

/* --- cutting ------------------------------------------------------------------------------ */

static size_t names_of(const nbt_dgm *m)
{
    return nbt_dgm_length(&m->from, &m->to, 0);
}

bool nbt_fragment_possible(const nbt_dgm *whole, size_t max)
{
    size_t first = NBT_FRAGMENT_IP_UDP + NBT_DGM_HEADER_LEN + names_of(whole);
    return first < max || (first == max && whole->data.n == 0);
}

/* PACKET_OFFSET is what was sent before, names included: RFC 1001 17.1.2, not the formula of RFC
 * 1002 5.3.1 (H21). */
bool nbt_fragment_next(const nbt_dgm *whole, size_t max, size_t *sent, nbt_dgm *part)
{
    size_t names = names_of(whole), total = names + whole->data.n;
    size_t room = max - NBT_FRAGMENT_IP_UDP - NBT_DGM_HEADER_LEN;
    assert(nbt_fragment_possible(whole, max));
    if (*sent >= total)
        return false;
    size_t n = total - *sent < room ? total - *sent : room;
    unsigned flags = whole->flags & ~(unsigned)(NBT_DGM_FIRST | NBT_DGM_MORE);
    *part = *whole;
    part->length = (uint16_t)total;
    part->offset = (uint16_t)*sent;
    if (*sent == 0) {
        flags |= NBT_DGM_FIRST;
        part->data.n = n - names;
    } else {
        part->data = (nbt_bytes){ whole->data.p + (*sent - names), n };
    }
    *sent += n;
    part->flags = (uint8_t)(flags | (*sent < total ? NBT_DGM_MORE : 0));
    return true;
}

/* --- joining ------------------------------------------------------------------------------ */

static size_t size_of(const nbt_piece *p)
{
    return sizeof *p + p->room;
}

static void free_piece(nbt_fragments *f, nbt_piece *p)
{
    if (p)
        nbt_mem_free(f->mem, p, size_of(p));
}

void nbt_fragments_init(nbt_fragments *f, nbt_mem mem, nbt_time timeout, size_t room)
{
    *f = (nbt_fragments){ .mem = mem, .timeout = timeout, .room = room };
}

static void unlink_piece(nbt_fragments *f, nbt_piece *p)
{
    nbt_piece **at = &f->first;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    f->used -= size_of(p);
}

static void forget(nbt_fragments *f, nbt_piece *p)
{
    unlink_piece(f, p);
    free_piece(f, p);
}

static void forget_whole(nbt_fragments *f)
{
    free_piece(f, f->whole);
    f->whole = NULL;
}

void nbt_fragments_fini(nbt_fragments *f)
{
    forget_whole(f);
    while (f->first)
        forget(f, f->first);
}

static nbt_piece *find(const nbt_fragments *f, uint32_t from, const nbt_dgm *m)
{
    nbt_piece *p = f->first;
    while (p && (p->ip != from || p->m.id != m->id || !nbt_ep_eq(p->m.source, m->source)))
        p = p->next;
    return p;
}

static nbt_fragment_fate is_false(nbt_fragments *f, nbt_piece *p)
{
    if (p)
        forget(f, p);
    return NBT_FRAGMENT_FALSE;
}

/* The same octets at the same place, which only the network can have sent twice. */
static bool is_there(const nbt_piece *p, size_t at, nbt_bytes data)
{
    return at + data.n <= p->m.data.n && (data.n == 0 || memcmp(p->data + at, data.p, data.n) == 0);
}

static void append(nbt_piece *p, nbt_bytes data)
{
    if (data.n > 0)
        memcpy(p->data + p->m.data.n, data.p, data.n);
    p->m.data = (nbt_bytes){ p->data, p->m.data.n + data.n };
}

/* Room for a message that has `need` octets of data, if others have to go for it. */
static nbt_piece *new_piece(nbt_fragments *f, size_t need)
{
    if (sizeof(nbt_piece) + need > f->room)
        return NULL;
    while (f->used + sizeof(nbt_piece) + need > f->room)
        forget(f, f->first);
    nbt_piece *p = nbt_mem_new(f->mem, sizeof *p + need);
    if (!p)
        return NULL;
    p->room = need;
    f->used += size_of(p);
    nbt_piece **at = &f->first;
    while (*at)
        at = &(*at)->next;
    *at = p;
    return p;
}

static nbt_fragment_fate take_first(nbt_fragments *f, nbt_time now, uint32_t from, const nbt_dgm *m)
{
    size_t names = names_of(m);
    nbt_piece *p = find(f, from, m);
    if (m->offset != 0 || m->length < names + m->data.n)
        return is_false(f, p);
    if (p) {
        bool same = p->m.type == m->type && p->m.length == m->length &&
                    nbt_name_eq(&p->m.from, &m->from) && nbt_name_eq(&p->m.to, &m->to) &&
                    is_there(p, 0, m->data);
        return same ? NBT_FRAGMENT_AGAIN : is_false(f, p);
    }
    p = new_piece(f, m->length - names);
    if (!p)
        return NBT_FRAGMENT_FULL;
    p->ip = from;
    p->due = now + f->timeout;
    p->m = *m;
    p->m.data.n = 0;
    append(p, m->data);
    return NBT_FRAGMENT_KEPT;
}

static nbt_fragment_fate take_later(nbt_fragments *f, uint32_t from, nbt_dgm *m)
{
    nbt_piece *p = find(f, from, m);
    bool last = !(m->flags & NBT_DGM_MORE);
    if (!p)
        return NBT_FRAGMENT_STRAY;
    size_t names = names_of(&p->m);
    if (m->type != p->m.type || m->length != p->m.length || m->offset < names)
        return is_false(f, p);
    size_t at = m->offset - names;
    if (!last && m->data.n > 0 && is_there(p, at, m->data))
        return NBT_FRAGMENT_AGAIN;
    bool fits = at == p->m.data.n && at + m->data.n <= p->room;
    if (!fits || (last && at + m->data.n != p->room))
        return is_false(f, p);
    append(p, m->data);
    if (!last)
        return NBT_FRAGMENT_KEPT;
    unlink_piece(f, p);
    f->whole = p;
    *m = p->m;
    m->flags = (uint8_t)(p->m.flags & ~(unsigned)NBT_DGM_MORE);
    return NBT_FRAGMENT_WHOLE;
}

nbt_fragment_fate nbt_fragments_take(nbt_fragments *f, nbt_time now, uint32_t from, nbt_dgm *m)
{
    forget_whole(f);
    nbt_fragments_tick(f, now);
    if (!(m->flags & NBT_DGM_FIRST))
        return take_later(f, from, m);
    if (m->flags & NBT_DGM_MORE)
        return take_first(f, now, from, m);
    bool right = f->any_length || m->length == names_of(m) + m->data.n;
    bool sound = right && m->offset == 0;
    return sound ? NBT_FRAGMENT_WHOLE : NBT_FRAGMENT_FALSE;
}

void nbt_fragments_tick(nbt_fragments *f, nbt_time now)
{
    while (f->first && f->first->due <= now)
        forget(f, f->first);
}

nbt_time nbt_fragments_due(const nbt_fragments *f)
{
    return f->first ? f->first->due : NBT_NEVER;
}
