/*
 * The local name table: an array by number. It never sends anything and knows no owner of a name
 * beyond this adapter.
 */
#include "nbt/ltable.h"
#include "nbt/mem.h"

#include <assert.h>
#include <string.h>

enum { FIRST = 2 }; /* number 1 is the permanent name's */

void nbt_ltable_init(nbt_ltable *t, nbt_mem mem)
{
    memset(t, 0, sizeof *t);
    t->mem = mem;
}

void nbt_ltable_fini(nbt_ltable *t)
{
    nbt_mem_free(t->mem, t->first, sizeof *t->first);
    for (unsigned i = 0; t->more && i < NBT_LTABLE_LEAVES - 1; i++)
        nbt_mem_free(t->mem, t->more->leaf[i], sizeof *t->more->leaf[i]);
    nbt_mem_free(t->mem, t->more, sizeof *t->more);
}

static bool is_used(const nbt_ltable *t, unsigned num)
{
    return t->used[num / 64] >> num % 64 & 1;
}

/* One that is there. */
static nbt_ltable_leaf *leaf(const nbt_ltable *t, unsigned i)
{
    return i == 0 ? t->first : t->more->leaf[i - 1];
}

/* Of a leaf that is there. */
static nbt_entry *entry(const nbt_ltable *t, unsigned num)
{
    return &leaf(t, num / NBT_LTABLE_LEAF)->e[num % NBT_LTABLE_LEAF];
}

static uint8_t tag_of(const uint8_t name[NBT_NAME_LEN])
{
    uint64_t half[2];
    memcpy(half, name, NBT_NAME_LEN);
    return (uint8_t)((half[0] ^ half[1] * 31) * UINT64_C(0x9E3779B97F4A7C15) >> 56);
}

static void set_tag(nbt_ltable_leaf *l, unsigned i, uint8_t tag)
{
    l->tags = (l->tags & ~(UINT64_C(0xFF) << 8 * i)) | (uint64_t)tag << 8 * i;
}

static bool is_name(const nbt_entry *e, const uint8_t name[NBT_NAME_LEN])
{
    return memcmp(e->name, name, NBT_NAME_LEN) == 0; /* byte exact: A9 */
}

/*
 * The entry of a leaf; `used` has a bit for each that is. All tags are looked at at once: an octet
 * of `hits` that is not zero is one that may be equal, and the lowest such one is.
 */
static const nbt_entry *find_in(const nbt_ltable_leaf *l, unsigned used,
                                const uint8_t name[NBT_NAME_LEN], uint8_t tag)
{
    static const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t differ = l->tags ^ ones * tag, hits = (differ - ones) & ~differ & ones << 7;
    for (; hits; hits &= hits - 1) {
        unsigned i = (unsigned)__builtin_ctzll(hits) / 8;
        if (used >> i & 1 && is_name(&l->e[i], name))
            return &l->e[i];
    }
    return NULL;
}

/* Most tables have a few names, and each packet looks through its node's: only what is in use is
   looked at. */
const nbt_entry *nbt_ltable_next(const nbt_ltable *t, const nbt_entry *e)
{
    enum { WORDS = sizeof t->used / sizeof t->used[0] };
    unsigned from = e ? e->num + 1u : 1, word = from / 64;
    for (uint64_t mask = UINT64_MAX << from % 64; word < WORDS; word++, mask = UINT64_MAX) {
        uint64_t bits = t->used[word] & mask;
        if (bits)
            return entry(t, word * 64 + (unsigned)__builtin_ctzll(bits));
    }
    return NULL;
}

static void set_used(nbt_ltable *t, unsigned num, bool used)
{
    uint64_t bit = UINT64_C(1) << num % 64;
    t->used[num / 64] = used ? t->used[num / 64] | bit : t->used[num / 64] & ~bit;
}

const nbt_entry *nbt_ltable_find_const(const nbt_ltable *t, const uint8_t name[NBT_NAME_LEN])
{
    uint8_t tag = tag_of(name);
    for (unsigned i = 0; i < NBT_LTABLE_LEAVES; i++) {
        uint64_t used = t->used[i / 8] >> i % 8 * NBT_LTABLE_LEAF & 0xFF;
        const nbt_entry *e = used ? find_in(leaf(t, i), (unsigned)used, name, tag) : NULL;
        if (e)
            return e;
    }
    return NULL;
}

nbt_entry *nbt_ltable_find(nbt_ltable *t, const uint8_t name[NBT_NAME_LEN])
{
    const nbt_entry *e = nbt_ltable_find_const(t, name);
    return e ? entry(t, e->num) : NULL;
}

const nbt_entry *nbt_ltable_at_const(const nbt_ltable *t, uint8_t num)
{
    return num <= NBT_NAMES_MAX && is_used(t, num) ? entry(t, num) : NULL;
}

nbt_entry *nbt_ltable_at(nbt_ltable *t, uint8_t num)
{
    return num <= NBT_NAMES_MAX && is_used(t, num) ? entry(t, num) : NULL;
}

/* The place of a number's leaf. NULL without memory. */
static nbt_ltable_leaf **leaf_of(nbt_ltable *t, unsigned num)
{
    if (num < NBT_LTABLE_LEAF)
        return &t->first;
    if (!t->more)
        t->more = nbt_mem_new(t->mem, sizeof *t->more);
    return t->more ? &t->more->leaf[num / NBT_LTABLE_LEAF - 1] : NULL;
}

/* The entry of a free number. NULL without memory. */
static nbt_entry *reserve(nbt_ltable *t, unsigned num)
{
    nbt_ltable_leaf **l = leaf_of(t, num);
    if (l && !*l)
        *l = nbt_mem_new(t->mem, sizeof **l);
    return l && *l ? entry(t, num) : NULL;
}

nbt_entry *nbt_ltable_add(nbt_ltable *t, const uint8_t name[NBT_NAME_LEN], bool group)
{
    assert(!nbt_ltable_find_const(t, name));
    /* The search starts behind the number given last and goes round once. */
    unsigned num = t->last;
    for (unsigned tries = FIRST; tries <= NBT_NAMES_MAX; tries++) {
        num = num < FIRST || num == NBT_NAMES_MAX ? FIRST : num + 1;
        if (is_used(t, num))
            continue;
        nbt_entry *e = reserve(t, num);
        if (!e)
            return NULL;
        memcpy(e->name, name, NBT_NAME_LEN);
        set_tag(leaf(t, num / NBT_LTABLE_LEAF), num % NBT_LTABLE_LEAF, tag_of(name));
        e->num = (uint8_t)num;
        e->group = group;
        e->conflict = e->at_server = false;
        e->refresh_at = NBT_NEVER;
        e->state = NBT_ENTRY_REGISTERING;
        set_used(t, num, true);
        t->last = (uint8_t)num;
        t->count++;
        return e;
    }
    return NULL;
}

void nbt_ltable_remove(nbt_ltable *t, nbt_entry *e)
{
    assert(e->state != NBT_ENTRY_FREE);
    set_used(t, e->num, false);
    memset(e, 0, sizeof *e);
    t->count--;
}
