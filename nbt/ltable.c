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
    for (unsigned i = 0; i < sizeof t->leaf / sizeof t->leaf[0]; i++)
        nbt_mem_free(t->mem, t->leaf[i], sizeof *t->leaf[i]);
}

static bool is_used(const nbt_ltable *t, unsigned num)
{
    return t->used[num / 64] >> num % 64 & 1;
}

/* Of a leaf that is there. */
static nbt_entry *entry(const nbt_ltable *t, unsigned num)
{
    return &t->leaf[num / NBT_LTABLE_LEAF]->e[num % NBT_LTABLE_LEAF];
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
    for (const nbt_entry *e = nbt_ltable_next(t, NULL); e; e = nbt_ltable_next(t, e))
        if (memcmp(e->name, name, NBT_NAME_LEN) == 0) /* byte exact: A9 */
            return e;
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

/* The entry of a free number. NULL without memory. */
static nbt_entry *reserve(nbt_ltable *t, unsigned num)
{
    nbt_ltable_leaf **leaf = &t->leaf[num / NBT_LTABLE_LEAF];
    if (!*leaf)
        *leaf = nbt_mem_new(t->mem, sizeof **leaf);
    return *leaf ? entry(t, num) : NULL;
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
