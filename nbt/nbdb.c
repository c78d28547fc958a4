/*
 * Records in pages, a table of names by open addressing, a wheel of seconds, and the journal as a
 * list through the records. It looks into no clock: time is what its owner says.
 */
#include "nbt/nbdb.h"

#include "nbt/mem.h"

#include <assert.h>
#include <string.h>

enum {
    PAGE_BITS = 10,
    PAGE = 1 << PAGE_BITS, /* records */
    IDX_MAX = 1 << 26,
    SLOTS_MIN = 1024, /* of the table of names; a power of two */
    LEVELS = 4,       /* of the wheel: 256 seconds, 65536 seconds, ... : all of 32 bits */
    RIM = 256,
};

typedef struct nbt_nbscope {
    uint8_t len;
    uint8_t b[];
} nbscope;

/* A place of the table of names; the low bits of the hash are where it would like to be. */
typedef struct place {
    uint32_t hash;
    uint32_t ref; /* number + 1; 0: free */
} place;

struct nbt_nbdb {
    nbt_mem mem;
    uint64_t key[2];
    bool journal;
    nbt_nbrec **pages;
    size_t npages, pages_cap;
    uint32_t used;      /* numbers given out so far */
    uint32_t free;      /* first of the free records, number + 1 */
    uint32_t free_last; /* and the last: numbers are used again in the order they came back */
    size_t count;
    place *place;
    size_t nplaces; /* a power of two */
    /* The wheel. `cursor` is the second that it stands at; slots up to it have been emptied. */
    uint32_t head[LEVELS * RIM]; /* number + 1 */
    size_t in_level[LEVELS];
    nbt_sec cursor;
    bool turning; /* the slots of this second are not empty yet */
    nbt_sec next;
    /* The journal. */
    uint32_t dirty_first, dirty_last; /* number + 1 */
    size_t ndirty;
    nbt_nbrec *told; /* gone, and told: free at the next call */
};

const char *nbt_nbkind_str(nbt_nbkind kind)
{
    static const char *const words[] = { "unique", "group", "internet group", "multihomed" };
    return words[kind];
}

const char *nbt_nbstate_str(nbt_nbstate state)
{
    static const char *const words[] = { "active", "released", "extinct", "gone" };
    return words[state];
}

nbt_nbdb *nbt_nbdb_new(nbt_mem mem, uint64_t seed, nbt_sec now, bool journal)
{
    nbt_nbdb *db = nbt_mem_new(mem, sizeof *db);
    if (!db)
        return NULL;
    nbt_rng rng = { seed };
    db->mem = mem;
    db->key[0] = nbt_rng_u64(&rng);
    db->key[1] = nbt_rng_u64(&rng);
    db->journal = journal;
    db->cursor = now;
    db->place = nbt_mem_new(mem, SLOTS_MIN * sizeof *db->place);
    db->nplaces = SLOTS_MIN;
    if (!db->place) {
        nbt_mem_free(mem, db, sizeof *db);
        return NULL;
    }
    return db;
}

static void free_scope(nbt_nbdb *db, nbt_nbrec *rec)
{
    if (rec->scope)
        nbt_mem_free(db->mem, rec->scope, sizeof(nbscope) + rec->scope->len);
    rec->scope = NULL;
}

void nbt_nbdb_free(nbt_nbdb *db)
{
    if (!db)
        return;
    for (size_t p = 0; p < db->npages; p++) {
        for (size_t i = 0; i < PAGE; i++) {
            nbt_nbdb_addr_clear(db, &db->pages[p][i]);
            free_scope(db, &db->pages[p][i]);
        }
        nbt_mem_free(db->mem, db->pages[p], PAGE * sizeof(nbt_nbrec));
    }
    nbt_mem_free(db->mem, db->pages, db->pages_cap * sizeof(nbt_nbrec *));
    nbt_mem_free(db->mem, db->place, db->nplaces * sizeof *db->place);
    nbt_mem_free(db->mem, db, sizeof *db);
}

size_t nbt_nbdb_count(const nbt_nbdb *db)
{
    return db->count;
}

static nbt_nbrec *record(const nbt_nbdb *db, uint32_t idx)
{
    return &db->pages[idx >> PAGE_BITS][idx & (PAGE - 1)];
}

static nbt_nbrec *record_of(const nbt_nbdb *db, uint32_t ref)
{
    return ref ? record(db, ref - 1) : NULL;
}

/* --- the table of names -------------------------------------------------------------------- */

static uint64_t mix(uint64_t a)
{
    nbt_rng r = { a };
    return nbt_rng_u64(&r);
}

static uint32_t hash_of(const nbt_nbdb *db, const uint8_t name[NBT_NAME_LEN], const uint8_t *scope,
                        size_t n)
{
    uint64_t word[2];
    memcpy(word, name, sizeof word);
    uint64_t h = mix(word[0] ^ db->key[0]);
    h = mix(h ^ word[1] ^ db->key[1]);
    while (n > 0) {
        size_t part = n < sizeof *word ? n : sizeof *word;
        word[0] = 0;
        memcpy(word, scope, part);
        h = mix(h ^ word[0]) + n;
        scope += part;
        n -= part;
    }
    return (uint32_t)(h >> 32);
}

static uint32_t hash_of_record(const nbt_nbdb *db, const nbt_nbrec *rec)
{
    return hash_of(db, rec->name, rec->scope ? rec->scope->b : NULL,
                   rec->scope ? rec->scope->len : 0);
}

static bool is_named(const nbt_nbrec *rec, const nbt_name *name)
{
    size_t len = rec->scope ? rec->scope->len : 0;
    return memcmp(rec->name, name->b, NBT_NAME_LEN) == 0 && len == name->scope.len &&
           (len == 0 || memcmp(rec->scope->b, name->scope.b, len) == 0);
}

nbt_nbrec *nbt_nbdb_find(const nbt_nbdb *db, const nbt_name *name)
{
    size_t mask = db->nplaces - 1;
    uint32_t hash = hash_of(db, name->b, name->scope.b, name->scope.len);
    for (size_t i = hash & mask; db->place[i].ref; i = (i + 1) & mask) {
        if (db->place[i].hash != hash)
            continue;
        nbt_nbrec *rec = record(db, db->place[i].ref - 1);
        if (is_named(rec, name))
            return rec;
    }
    return NULL;
}

static void enter(place *places, size_t mask, place p)
{
    size_t i = p.hash & mask;
    while (places[i].ref)
        i = (i + 1) & mask;
    places[i] = p;
}

/* Room for one more name: a third of the places stays free, so that searches stay short. */
static bool make_place(nbt_nbdb *db)
{
    if ((db->count + 1) * 3 <= db->nplaces * 2)
        return true;
    size_t n = db->nplaces * 2;
    place *places = nbt_mem_new(db->mem, n * sizeof *places);
    if (!places)
        return false;
    for (size_t i = 0; i < db->nplaces; i++)
        if (db->place[i].ref)
            enter(places, n - 1, db->place[i]);
    nbt_mem_free(db->mem, db->place, db->nplaces * sizeof *places);
    db->place = places;
    db->nplaces = n;
    return true;
}

/* Takes a name out and closes the gap, so that no search ends before its time. */
static void leave(nbt_nbdb *db, const nbt_nbrec *rec)
{
    size_t mask = db->nplaces - 1;
    size_t gap = hash_of_record(db, rec) & mask;
    while (db->place[gap].ref != rec->idx + 1)
        gap = (gap + 1) & mask;
    for (size_t i = (gap + 1) & mask; db->place[i].ref; i = (i + 1) & mask) {
        size_t home = db->place[i].hash & mask;
        if (((i - home) & mask) >= ((i - gap) & mask)) {
            db->place[gap] = db->place[i];
            gap = i;
        }
    }
    db->place[gap].ref = 0;
}

/* --- records --------------------------------------------------------------------------------- */

static bool make_page(nbt_nbdb *db)
{
    if (db->npages == db->pages_cap) {
        void *pages = nbt_mem_grow(db->mem, db->pages, &db->pages_cap, sizeof(nbt_nbrec *));
        if (!pages)
            return false;
        db->pages = pages;
    }
    nbt_nbrec *page = nbt_mem_new(db->mem, PAGE * sizeof *page);
    if (!page)
        return false;
    db->pages[db->npages++] = page;
    return true;
}

static void set_free(nbt_nbdb *db, nbt_nbrec *rec)
{
    rec->state = NBT_NBSTATE_GONE;
    rec->next = 0;
    if (db->free)
        record(db, db->free_last - 1)->next = rec->idx + 1;
    else
        db->free = rec->idx + 1;
    db->free_last = rec->idx + 1;
}

/* A number that was never used. */
static nbt_nbrec *fresh(nbt_nbdb *db)
{
    if (db->used == IDX_MAX)
        return NULL;
    if (db->used >> PAGE_BITS == db->npages && !make_page(db))
        return NULL;
    nbt_nbrec *rec = record(db, db->used);
    rec->idx = db->used++;
    return rec;
}

static nbt_nbrec *take_free(nbt_nbdb *db)
{
    nbt_nbrec *rec = record_of(db, db->free);
    if (!rec)
        return fresh(db);
    db->free = rec->next;
    return rec;
}

/* A name for a record that has none; gives it back when there is no memory for the scope. */
static nbt_nbrec *begin(nbt_nbdb *db, nbt_nbrec *rec, const nbt_name *name, nbt_nbkind kind)
{
    uint32_t idx = rec->idx;
    memset(rec, 0, sizeof *rec);
    rec->idx = idx;
    if (name->scope.len > 0) {
        rec->scope = nbt_mem_new(db->mem, sizeof(nbscope) + name->scope.len);
        if (!rec->scope) {
            set_free(db, rec);
            return NULL;
        }
        rec->scope->len = name->scope.len;
        memcpy(rec->scope->b, name->scope.b, name->scope.len);
    }
    memcpy(rec->name, name->b, NBT_NAME_LEN);
    rec->kind = (uint8_t)kind;
    rec->state = NBT_NBSTATE_ACTIVE;
    enter(db->place, db->nplaces - 1, (place){ hash_of_record(db, rec), idx + 1 });
    db->count++;
    return rec;
}

nbt_nbrec *nbt_nbdb_add(nbt_nbdb *db, const nbt_name *name, nbt_nbkind kind)
{
    assert(!nbt_nbdb_find(db, name));
    if (!make_place(db))
        return NULL;
    nbt_nbrec *rec = take_free(db);
    return rec ? begin(db, rec, name, kind) : NULL;
}

nbt_nbrec *nbt_nbdb_restore(nbt_nbdb *db, uint32_t idx, const nbt_name *name, nbt_nbkind kind)
{
    if (idx < db->used || idx >= IDX_MAX || nbt_nbdb_find(db, name) || !make_place(db))
        return NULL;
    while (db->used < idx) {
        nbt_nbrec *gap = fresh(db);
        if (!gap)
            return NULL;
        set_free(db, gap);
    }
    nbt_nbrec *rec = fresh(db);
    return rec ? begin(db, rec, name, kind) : NULL;
}

void nbt_nbdb_name(const nbt_nbrec *rec, nbt_name *name)
{
    name->form = NBT_NAME_NETBIOS;
    memcpy(name->b, rec->name, NBT_NAME_LEN);
    name->scope.len = rec->scope ? rec->scope->len : 0;
    if (rec->scope)
        memcpy(name->scope.b, rec->scope->b, rec->scope->len);
}

nbt_nbrec *nbt_nbdb_each(const nbt_nbdb *db, uint32_t *at)
{
    while (*at < db->used) {
        nbt_nbrec *rec = record(db, (*at)++);
        if (rec->state != NBT_NBSTATE_GONE)
            return rec;
    }
    return NULL;
}

/* --- addresses ------------------------------------------------------------------------------- */

nbt_nbaddr *nbt_nbdb_addr(nbt_nbrec *rec, uint32_t ip)
{
    nbt_nbaddr *a = nbt_nbdb_addrs(rec);
    for (unsigned i = 0; i < rec->n; i++)
        if (a[i].ip == ip)
            return &a[i];
    return NULL;
}

/* The first address lives in the record; further ones move all of them into a block. */
static bool make_room(nbt_nbdb *db, nbt_nbrec *rec)
{
    enum { FIRST_BLOCK = 4 };
    if (rec->n < (rec->cap ? rec->cap : 1))
        return true;
    unsigned cap = rec->cap ? rec->cap * 2u : FIRST_BLOCK;
    nbt_nbaddr *old = rec->cap ? rec->addr.many : NULL;
    nbt_nbaddr *many =
        db->mem.resize(db->mem.ctx, old, rec->cap * sizeof *many, cap * sizeof *many);
    if (!many)
        return false;
    if (!rec->cap)
        many[0] = rec->addr.one;
    rec->addr.many = many;
    rec->cap = (uint16_t)cap;
    return true;
}

bool nbt_nbdb_addr_add(nbt_nbdb *db, nbt_nbrec *rec, const nbt_nbaddr *addr, unsigned max)
{
    assert(max > 0 && max <= NBT_NBADDR_MAX && !nbt_nbdb_addr(rec, addr->ip));
    if (rec->n >= max)
        nbt_nbdb_addr_drop(db, rec, 0);
    if (!make_room(db, rec))
        return false;
    nbt_nbdb_addrs(rec)[rec->n++] = *addr;
    return true;
}

void nbt_nbdb_addr_drop(nbt_nbdb *db, nbt_nbrec *rec, unsigned i)
{
    (void)db;
    nbt_nbaddr *a = nbt_nbdb_addrs(rec);
    rec->n--;
    memmove(a + i, a + i + 1, (rec->n - i) * sizeof *a);
}

void nbt_nbdb_addr_clear(nbt_nbdb *db, nbt_nbrec *rec)
{
    if (rec->cap)
        nbt_mem_free(db->mem, rec->addr.many, rec->cap * sizeof(nbt_nbaddr));
    memset(&rec->addr, 0, sizeof rec->addr);
    rec->cap = 0;
    rec->n = 0;
}

/* --- the wheel ------------------------------------------------------------------------------- */

/* When the wheel stands at the beginning of the next slot of level 1. */
static nbt_sec next_turn(const nbt_nbdb *db)
{
    return (db->cursor | (RIM - 1)) + 1;
}

static void soonest(nbt_nbdb *db, nbt_sec at)
{
    if (!db->next || at < db->next)
        db->next = at;
}

/* Into the slot of its time, which is `earliest` at least. */
static void wheel_in(nbt_nbdb *db, nbt_nbrec *rec, nbt_sec earliest)
{
    nbt_sec at = rec->due > earliest ? rec->due : earliest;
    unsigned level = 0;
    while (level + 1 < LEVELS && (at - db->cursor) >> (8 * (level + 1)) != 0)
        level++;
    unsigned slot = level * RIM + ((at >> (8 * level)) & (RIM - 1));
    rec->slot = (uint16_t)(slot + 1);
    rec->prev = 0;
    rec->next = db->head[slot];
    if (rec->next)
        record(db, rec->next - 1)->prev = rec->idx + 1;
    db->head[slot] = rec->idx + 1;
    db->in_level[level]++;
    soonest(db, level == 0 ? at : next_turn(db));
}

static void wheel_out(nbt_nbdb *db, nbt_nbrec *rec)
{
    if (!rec->slot)
        return;
    if (rec->prev)
        record(db, rec->prev - 1)->next = rec->next;
    else
        db->head[rec->slot - 1] = rec->next;
    if (rec->next)
        record(db, rec->next - 1)->prev = rec->prev;
    db->in_level[(rec->slot - 1) / RIM]--;
    rec->slot = 0;
}

void nbt_nbdb_due(nbt_nbdb *db, nbt_nbrec *rec, nbt_sec at)
{
    /* A refresh only puts the time off: the record stays where it is until the wheel comes by. */
    bool put_off = rec->slot && at && at >= rec->due;
    rec->due = at;
    if (put_off)
        return;
    wheel_out(db, rec);
    if (at)
        wheel_in(db, rec, db->cursor + 1);
}

/* The next record of this second's slots: those of the higher levels move down, and come again.
 * NULL when they are empty. */
static nbt_nbrec *take_slot(nbt_nbdb *db, unsigned *budget)
{
    for (unsigned level = LEVELS; level-- > 0;) {
        if ((db->cursor & ((UINT64_C(1) << (8 * level)) - 1)) != 0)
            continue;
        unsigned slot = level * RIM + ((db->cursor >> (8 * level)) & (RIM - 1));
        for (nbt_nbrec *rec; *budget > 0 && (rec = record_of(db, db->head[slot]));) {
            --*budget;
            wheel_out(db, rec);
            if (rec->due <= db->cursor)
                return rec;
            wheel_in(db, rec, db->cursor);
        }
        if (db->head[slot])
            return NULL; /* no budget left */
    }
    db->turning = false;
    return NULL;
}

/* When something is next, now that this second's slots are empty. */
static void look_ahead(nbt_nbdb *db)
{
    db->next = 0;
    for (unsigned i = 1; db->in_level[0] > 0 && i < RIM; i++) {
        if (db->head[(db->cursor + i) & (RIM - 1)]) {
            db->next = db->cursor + i;
            break;
        }
    }
    if (db->in_level[1] + db->in_level[2] + db->in_level[3] > 0)
        soonest(db, next_turn(db));
}

nbt_nbrec *nbt_nbdb_expired(nbt_nbdb *db, nbt_sec now, unsigned *budget)
{
    for (;;) {
        if (db->turning) {
            nbt_nbrec *rec = take_slot(db, budget);
            if (rec) {
                rec->due = 0;
                return rec;
            }
            if (db->turning)
                return NULL;
            look_ahead(db);
        }
        /* Seconds in which nothing is are stepped over at once. */
        if (db->next == 0 || db->next > now) {
            if (now > db->cursor)
                db->cursor = now;
            return NULL;
        }
        db->cursor = db->next;
        db->turning = true;
    }
}

nbt_sec nbt_nbdb_comes(const nbt_nbdb *db, const nbt_nbrec *rec)
{
    if (rec->due == 0)
        return 0;
    return rec->due > db->cursor ? rec->due : db->cursor + 1;
}

nbt_sec nbt_nbdb_next(const nbt_nbdb *db)
{
    return db->turning ? db->cursor : db->next;
}

/* --- the journal ----------------------------------------------------------------------------- */

void nbt_nbdb_touch(nbt_nbdb *db, nbt_nbrec *rec)
{
    if (!db->journal || rec->dirty)
        return;
    rec->dirty = true;
    rec->next_dirty = 0;
    if (db->dirty_first)
        record(db, db->dirty_last - 1)->next_dirty = rec->idx + 1;
    else
        db->dirty_first = rec->idx + 1;
    db->dirty_last = rec->idx + 1;
    db->ndirty++;
}

size_t nbt_nbdb_dirty(const nbt_nbdb *db)
{
    return db->ndirty;
}

const nbt_nbrec *nbt_nbdb_changed(nbt_nbdb *db)
{
    if (db->told)
        set_free(db, db->told);
    db->told = NULL;
    nbt_nbrec *rec = record_of(db, db->dirty_first);
    if (!rec)
        return NULL;
    db->dirty_first = rec->next_dirty;
    db->ndirty--;
    rec->dirty = false;
    if (rec->state == NBT_NBSTATE_GONE)
        db->told = rec;
    return rec;
}

void nbt_nbdb_remove(nbt_nbdb *db, nbt_nbrec *rec)
{
    leave(db, rec);
    wheel_out(db, rec);
    nbt_nbdb_addr_clear(db, rec);
    free_scope(db, rec);
    db->count--;
    rec->state = NBT_NBSTATE_GONE;
    if (db->journal)
        nbt_nbdb_touch(db, rec); /* its number is free when that has been told */
    else
        set_free(db, rec);
}
