/*
 * The local name table of one adapter: at most 254 names, found by name or by number.
 *
 * Numbers run from 1 to 254 and are given round-robin, so that a number just freed is not reused at
 * once (G6). Number 1 is the permanent node name's: only an explicit request gets it.
 */
#ifndef NBT_LTABLE_H
#define NBT_LTABLE_H

#include "nbt/ncb.h"

typedef enum nbt_entry_state {
    NBT_ENTRY_FREE,
    NBT_ENTRY_REGISTERING, /* the claim is running: neither defended nor answered for (E13) */
    NBT_ENTRY_REGISTERED,
    NBT_ENTRY_DEREGISTERED, /* deleted, but sessions live on (G16) */
} nbt_entry_state;

typedef struct nbt_entry {
    uint8_t name[NBT_NAME_LEN];
    uint8_t num;
    bool group;
    bool conflict;  /* RFC 1001 15.1.3.5: only DELETE NAME is valid */
    bool at_server; /* a name server has granted it */
    nbt_entry_state state;
    nbt_time refresh_at; /* when a name server is to hear of it again; NBT_NEVER: not */
} nbt_entry;

enum {
    NBT_LTABLE_LEAF = 8,
    NBT_LTABLE_LEAVES = (NBT_NAMES_MAX + NBT_LTABLE_LEAF) / NBT_LTABLE_LEAF
};

/* Entries that are reserved together: most tables have few names, and there may be thousands of
 * tables. An octet of `tags` for each, made of its name: what it differs in has another name. */
typedef struct nbt_ltable_leaf {
    uint64_t tags;
    nbt_entry e[NBT_LTABLE_LEAF];
} nbt_ltable_leaf;

/* All leaves but the first; NULL: none of these entries was ever used. */
typedef struct nbt_ltable_more {
    nbt_ltable_leaf *leaf[NBT_LTABLE_LEAVES - 1];
} nbt_ltable_more;

typedef struct nbt_ltable {
    nbt_mem mem;
    uint64_t used[(NBT_NAMES_MAX + 1 + 63) / 64]; /* a bit for each number that is not free */
    /* By number; NULL: none of these was ever used. Number 0 stays free. */
    nbt_ltable_leaf *first;
    nbt_ltable_more *more;
    uint8_t last; /* the number given last */
    uint8_t count;
} nbt_ltable;

void nbt_ltable_init(nbt_ltable *t, nbt_mem mem);
void nbt_ltable_fini(nbt_ltable *t);

/* The entry of that name or number, in any state but free; NULL if there is none. It stays where it
 * is until it is removed. */
nbt_entry *nbt_ltable_find(nbt_ltable *t, const uint8_t name[NBT_NAME_LEN]);
nbt_entry *nbt_ltable_at(nbt_ltable *t, uint8_t num);
const nbt_entry *nbt_ltable_at_const(const nbt_ltable *t, uint8_t num);
const nbt_entry *nbt_ltable_find_const(const nbt_ltable *t, const uint8_t name[NBT_NAME_LEN]);

/* A new entry as registering, or NULL when 254 names are there, or without memory. The name must be
 * new. */
nbt_entry *nbt_ltable_add(nbt_ltable *t, const uint8_t name[NBT_NAME_LEN], bool group);
void nbt_ltable_remove(nbt_ltable *t, nbt_entry *e);

/* Walk: the next entry in use after `e` (NULL: the first) in order of number; NULL at the end. */
const nbt_entry *nbt_ltable_next(const nbt_ltable *t, const nbt_entry *e);

#endif
