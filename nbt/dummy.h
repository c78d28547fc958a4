/*
 * Programs for laboratories: each adds a name on one adapter and deals with those who call it, as
 * nbt/dummy.def says; sessions can be as many as its driver lets it have.
 *
 * Control blocks in and out, nothing else. Which session is which stands in their tags, so that
 * there is next to nothing to remember. What no program can do, such as to be silent, is a rule of
 * its driver: nbt_dummy_rule.
 */
#ifndef NBT_DUMMY_H
#define NBT_DUMMY_H

#include "nbt/act.h"
#include "nbt/rule.h"

typedef enum nbt_dummy_kind {
#define NBT_DUMMY(sym, word, text) NBT_DUMMY_##sym,
#include "nbt/dummy.def"
#undef NBT_DUMMY
    NBT_DUMMY_KINDS
} nbt_dummy_kind;

/* Its word, and what it does; both static. */
const char *nbt_dummy_word(nbt_dummy_kind kind);
const char *nbt_dummy_text(nbt_dummy_kind kind);

/* The kind of a word; false if there is none. */
bool nbt_dummy_parse(const char *word, size_t len, nbt_dummy_kind *kind);

typedef struct nbt_dummy {
    nbt_dummy_kind kind;
    uint8_t lana;
    uint8_t name[NBT_NAME_LEN];
    uint8_t num;  /* of the name */
    bool listens; /* a LISTEN waits */
    nbt_time due; /* SLOW: when it takes the next message; NBT_NEVER: it waits for one */
} nbt_dummy;

enum { NBT_DUMMY_TAG = 1 << 30 }; /* its tags have this bit */

void nbt_dummy_init(nbt_dummy *s, nbt_dummy_kind kind, uint8_t lana,
                    const uint8_t name[NBT_NAME_LEN]);

/* What its driver must do in its stead when its name is called; false: it listens by itself. */
bool nbt_dummy_rule(const nbt_dummy *s, nbt_rule *rule);

/* It starts: RESET, ADD NAME, LISTEN. */
void nbt_dummy_start(nbt_dummy *s, nbt_out *out);

/* A control block came back, with what its buffer holds. */
void nbt_dummy_ncb(nbt_dummy *s, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                   nbt_out *out);

void nbt_dummy_tick(nbt_dummy *s, nbt_time now, nbt_out *out);
nbt_time nbt_dummy_due(const nbt_dummy *s);

#endif
