/*
 * The records of a name server: names with their addresses, found by name, told when their time is
 * over, and listed. It knows no packets and decides nothing: the server says what a record becomes.
 *
 * All costs are the same for a thousand names and for a million, but for the doubling of the table
 * of names, which is spread thin. A name with one address and no scope takes about 100 octets.
 * Records do not move: a pointer holds until the record is removed.
 */
#ifndef NBT_NBDB_H
#define NBT_NBDB_H

#include "nbt/name.h"

/* Seconds since 1970; 0 is "never" wherever a time is when something ends. */
typedef uint32_t nbt_sec;

typedef enum nbt_nbkind {
    NBT_NBKIND_UNIQUE,     /* one owner */
    NBT_NBKIND_GROUP,      /* a group; its members are kept, or not, as the server likes */
    NBT_NBKIND_INTERNET,   /* an internet group (MS-NBTE 3.2.1): a bounded list of members */
    NBT_NBKIND_MULTIHOMED, /* one owner with several addresses */
} nbt_nbkind;

/* "unique", "group", "internet group", "multihomed": static text. */
const char *nbt_nbkind_str(nbt_nbkind kind);

typedef enum nbt_nbstate {
    NBT_NBSTATE_ACTIVE,
    NBT_NBSTATE_RELEASED, /* given back, or not refreshed: free for anybody */
    NBT_NBSTATE_EXTINCT,  /* the tombstone of one */
    NBT_NBSTATE_GONE,     /* removed; only the journal still says so */
} nbt_nbstate;

const char *nbt_nbstate_str(nbt_nbstate state); /* "active", ...: static text */

/* One address of a name. */
typedef struct nbt_nbaddr {
    uint32_t ip; /* host order */
    nbt_sec expires;
    uint16_t nb_flags;
} nbt_nbaddr;

enum { NBT_NBADDR_MAX = 4096 }; /* addresses of one name */

/* A record. What is not marked as the server's is the database's own. */
typedef struct nbt_nbrec {
    uint8_t name[NBT_NAME_LEN];
    struct nbt_nbscope *scope; /* NULL: none */
    union {
        nbt_nbaddr one;
        nbt_nbaddr *many;
    } addr;
    uint32_t idx;        /* the record's number, the same for its life */
    uint32_t next, prev; /* in its slot of the wheel, or among the free; number + 1 */
    uint32_t next_dirty; /* in the journal; number + 1 */
    nbt_sec due;
    nbt_sec since; /* the server's: when its owner got it */
    uint16_t slot; /* of the wheel, + 1; 0: in none */
    uint16_t n, cap;
    uint8_t kind;  /* nbt_nbkind; the server's */
    uint8_t state; /* nbt_nbstate; the server's */
    bool fixed;    /* a static mapping; the server's */
    bool dirty;
} nbt_nbrec;

typedef struct nbt_nbdb nbt_nbdb;

/* NULL without memory. `seed` keeps strangers from choosing names that collide; `now` is where time
 * begins. With `journal`, changes are kept until nbt_nbdb_changed has told them. */
nbt_nbdb *nbt_nbdb_new(nbt_mem mem, uint64_t seed, nbt_sec now, bool journal);
void nbt_nbdb_free(nbt_nbdb *db);

/* Records that are there, the free and the gone not counted. */
size_t nbt_nbdb_count(const nbt_nbdb *db);

/* The record of a name and scope, NULL if there is none. */
nbt_nbrec *nbt_nbdb_find(const nbt_nbdb *db, const nbt_name *name);

/*
 * A new record, active, without address, due never, since 0. The name must not be there yet. NULL
 * without memory; nothing has changed then. It is not in the journal before nbt_nbdb_touch.
 */
nbt_nbrec *nbt_nbdb_add(nbt_nbdb *db, const nbt_name *name, nbt_nbkind kind);

/*
 * The same at a place of its own: how a database is filled from a store, in rising order of `idx`
 * and before anything else. NULL also if that place is taken, below one already used or over 2^26,
 * or if the name is there.
 */
nbt_nbrec *nbt_nbdb_restore(nbt_nbdb *db, uint32_t idx, const nbt_name *name, nbt_nbkind kind);

/* Removes a record; with a journal that is a change to be told. */
void nbt_nbdb_remove(nbt_nbdb *db, nbt_nbrec *rec);

/* The name of a record, its scope with it. */
void nbt_nbdb_name(const nbt_nbrec *rec, nbt_name *name);

/* Its addresses, oldest first; they hold until the next change of this record. */
static inline nbt_nbaddr *nbt_nbdb_addrs(nbt_nbrec *rec)
{
    return rec->cap ? rec->addr.many : &rec->addr.one;
}

static inline const nbt_nbaddr *nbt_nbdb_addrs_const(const nbt_nbrec *rec)
{
    return rec->cap ? rec->addr.many : &rec->addr.one;
}

/* The entry of an address, NULL if the record does not have it. */
nbt_nbaddr *nbt_nbdb_addr(nbt_nbrec *rec, uint32_t ip);

/*
 * Adds an address, which must not be there yet, as the youngest. A record with `max` addresses (1
 * to NBT_NBADDR_MAX) loses its oldest. False without memory; nothing has changed then.
 */
bool nbt_nbdb_addr_add(nbt_nbdb *db, nbt_nbrec *rec, const nbt_nbaddr *addr, unsigned max);

/* Takes the i-th address out; the order of the others stays. */
void nbt_nbdb_addr_drop(nbt_nbdb *db, nbt_nbrec *rec, unsigned i);

/* Takes all addresses out. */
void nbt_nbdb_addr_clear(nbt_nbdb *db, nbt_nbrec *rec);

/* When the record is next to be looked at; 0: never. */
void nbt_nbdb_due(nbt_nbdb *db, nbt_nbrec *rec, nbt_sec at);

/*
 * The next record whose time has come, in no order among those of one second; its `due` is then 0.
 * NULL when there is none by `now`, or when `*budget` looks have been made (each call takes some of
 * it, and leaves 0 then): call again soon. A record set to a time that has passed comes out a
 * second later.
 */
nbt_nbrec *nbt_nbdb_expired(nbt_nbdb *db, nbt_sec now, unsigned *budget);

/* The second in which a record comes out; 0: never. */
nbt_sec nbt_nbdb_comes(const nbt_nbdb *db, const nbt_nbrec *rec);

/* When to call nbt_nbdb_expired next, perhaps early; 0: not before the next nbt_nbdb_due. */
nbt_sec nbt_nbdb_next(const nbt_nbdb *db);

/* The records one after the other: `*at` is 0 at first. NULL behind the last. What is added
 * meanwhile may or may not come; removing is allowed. */
nbt_nbrec *nbt_nbdb_each(const nbt_nbdb *db, uint32_t *at);

/* Puts a record into the journal, if there is one and it is not in it. */
void nbt_nbdb_touch(nbt_nbdb *db, nbt_nbrec *rec);

/* How many records wait in the journal. */
size_t nbt_nbdb_dirty(const nbt_nbdb *db);

/*
 * Takes the oldest change out of the journal: the record as it is now, or, if its state is GONE,
 * its end. NULL when there is none. The pointer holds until the next call.
 */
const nbt_nbrec *nbt_nbdb_changed(nbt_nbdb *db);

#endif
