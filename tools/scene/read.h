/*
 * A scenario's line, word by word, for the files of the parser: words with their columns, the
 * values that stand in them, keys in any order, and errors. What reads a value takes a whole word
 * and says what is wrong with it; false: something was.
 */
#ifndef SCENE_READ_H
#define SCENE_READ_H

#include "nbt/idmap.h"
#include "nbt/word.h"
#include "tools/scene/err.h"
#include "tools/scene/words.h"

/* A word as it stands there; n is 0 behind the last one of a line. */
typedef struct scene_tok {
    const char *p;
    size_t n;
    uint32_t column;
} scene_tok;

/* What a name can be the name of. */
typedef enum scene_ref {
    SCENE_REF_NETWORK,
    SCENE_REF_HOST,
    SCENE_REF_PROGRAM,
    SCENE_REF_FAULT,
    SCENE_REF_EXPECT,
    SCENE_REFS
} scene_ref;

typedef struct scene_rd {
    scene *s;
    scene_errs *errs;
    const char *begin, *end; /* of the line, without its remark */
    uint32_t line;
    scene_tok tok;              /* the next word */
    uint32_t entry[SCENE_REFS]; /* of each kind, the first entry that no line before this one has */
    nbt_idmap names;            /* from a name's hash to its entry + 1 */
    uint32_t row;               /* which thing of a row the line is read for; 0: it is no row's */
    bool failed;                /* there was no memory */
} scene_rd;

/* Goes on to the next word. */
void scene_rd_next(scene_rd *r);

static inline bool scene_rd_end(const scene_rd *r)
{
    return r->tok.n == 0;
}

/* Takes the next word if it is this one. */
bool scene_rd_take(scene_rd *r, const char *word);

/* All that is left of the line, from the next word on. */
scene_tok scene_rd_rest(const scene_rd *r);

/* The part of a word from octet `at` on. */
static inline scene_tok scene_tok_from(scene_tok t, size_t at)
{
    return (scene_tok){ t.p + at, t.n - at, t.column + (uint32_t)at };
}

static inline nbt_word scene_tok_word(scene_tok t)
{
    return (nbt_word){ t.p, t.n };
}

/* Reports an error; always false. Of a list that begins with "one of " only the words are told that
 * what was found is nearly like, if there are any. */
bool scene_rd_fail(scene_rd *r, scene_tok at, const char *why, const char *expected);

/* There must be no further word. */
bool scene_rd_done(scene_rd *r);

/* There must be one; `expected` says which. */
bool scene_rd_need(scene_rd *r, const char *expected);

/* -- values ------------------------------------------------------------------------------------ */

bool scene_rd_time(scene_rd *r, scene_tok t, nbt_time *time);
bool scene_rd_share(scene_rd *r, scene_tok t, uint32_t *ppm);
bool scene_rd_number(scene_rd *r, scene_tok t, uint32_t least, uint32_t most, uint32_t *v);
bool scene_rd_ip(scene_rd *r, scene_tok t, uint32_t *ip);
bool scene_rd_subnet(scene_rd *r, scene_tok t, uint32_t *ip, uint32_t *mask);
bool scene_rd_name(scene_rd *r, scene_tok t, nbt_name *name);
/* A name without scope, as control blocks have them; with `any`, an asterisk too. */
bool scene_rd_name16(scene_rd *r, scene_tok t, bool any, uint8_t name[NBT_NAME_LEN]);
/* In quotes, or a word as it is. */
bool scene_rd_text(scene_rd *r, scene_tok t, char **text);
bool scene_rd_word(scene_rd *r, scene_tok t, scene_set set, unsigned *value);

/* An address and perhaps a port: 10.0.0.1, 10.0.0.1:138; without one the port stays as it is. */
bool scene_rd_ep(scene_rd *r, scene_tok t, nbt_ep *ep);

/*
 * In a row's line, puts the number of the row's thing where % stands in a word; %04 is the number
 * in four digits, %% a %. The word then lies in `room`, and of the row's first its text is kept.
 * Nothing is done to a word without %, or in another line.
 */
enum { SCENE_NUMBERED_MAX = 160 };
bool scene_rd_numbered(scene_rd *r, scene_tok *t, char room[SCENE_NUMBERED_MAX], const char **kept);

/* The next item of a list with commas; false: there is none. An empty item is one. */
bool scene_tok_item(scene_tok *list, scene_tok *item);

/* -- keys -------------------------------------------------------------------------------------- */

/* A key: "address=", whose value goes to `set`; or a word alone, "off", without one. */
typedef struct scene_key {
    const char *word;
    bool (*set)(scene_rd *r, void *what, scene_tok value);
} scene_key;

enum { SCENE_KEYS_MAX = 32 };

/* Reads keys up to the end of the line, each once; `must` (or NULL) is one that may not be missing.
 */
bool scene_rd_keys(scene_rd *r, const scene_key *keys, size_t n, void *what, const char *must);

/* The value of a key in what is left of the line; n is 0 if it has none. */
scene_tok scene_rd_ahead(const scene_rd *r, const char *key);

/* Reads keys as long as the next word is one. */
bool scene_rd_some_keys(scene_rd *r, const scene_key *keys, size_t n, void *what);

/* -- names of the file's things ---------------------------------------------------------------- */

/* Letters, digits, - _ and . of a name, and no word of the language. */
bool scene_rd_label(scene_rd *r, scene_tok t, char name[SCENE_WORD_MAX]);

/* Enters a name for an entry; reports it if there is one of the same name. Hosts and programs share
 * theirs. */
bool scene_rd_enter(scene_rd *r, scene_tok t, scene_ref ref, uint32_t entry);

/* The entry of a name; false if there is none, without a report. */
bool scene_rd_find(scene_rd *r, scene_ref ref, const char *p, size_t n, uint16_t *entry);

/* The same with a report. */
bool scene_rd_ref(scene_rd *r, scene_tok t, scene_ref ref, uint16_t *entry);

#endif
