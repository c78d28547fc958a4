/*
 * LMHOSTS files (MS-NBTE 2.2.3): addresses and names, a line each, with keywords behind a '#'. Read
 * line by line from text; files, and what they include, are the reader's business.
 */
#ifndef NBT_LMHOSTS_H
#define NBT_LMHOSTS_H

#include "nbt/ns.h"

/* A line's host. */
typedef struct nbt_lmhost {
    uint32_t ip; /* host order */
    uint8_t name[NBT_NAME_LEN];
    bool any_suffix;                  /* byte 16 was not given */
    bool pre;                         /* #PRE: known before anybody is asked */
    bool multihomed;                  /* #MH: further lines of the name count as well */
    bool dom;                         /* #DOM: it is a controller of that domain */
    uint8_t domain[NBT_NAME_LEN - 1]; /* padded */
} nbt_lmhost;

typedef enum nbt_lmline_kind {
    NBT_LMLINE_END, /* of the text */
    NBT_LMLINE_HOST,
    NBT_LMLINE_INCLUDE, /* #INCLUDE path */
    NBT_LMLINE_BEGIN_ALTERNATE,
    NBT_LMLINE_END_ALTERNATE,
    NBT_LMLINE_BAD, /* why */
} nbt_lmline_kind;

typedef struct nbt_lmline {
    nbt_lmline_kind kind;
    unsigned number; /* of the line, from 1 on */
    nbt_lmhost host;
    nbt_bytes path;  /* borrowed from the text */
    const char *why; /* static */
} nbt_lmline;

/* A text that is being read. */
typedef struct nbt_lmtext {
    nbt_bytes text; /* borrowed */
    size_t at;
    unsigned number;
} nbt_lmtext;

/* The next line that says anything. Lines end in LF or CR LF; empty ones and comments are passed
 * over. A name in quotes may have \0xNN for any of its bytes; names are put into upper case but for
 * such a byte, and for byte 16. */
nbt_lmline nbt_lmtext_next(nbt_lmtext *t);

/*
 * What a list of hosts says about a name, in the order of the list: the controllers of the domain
 * for byte 16 = 1C, as a group; else the first line that fits, and with it the others if they are
 * marked #MH. Gives at most `max` addresses, without repetition, and how many they are.
 *
 * `pre`: of the lines with #PRE alone. `three`: a name without byte 16 fits 00, 03 and 20 alone, as
 * Windows has it (KB Q120122), not any (MS-NBTE 3.1.8).
 */
size_t nbt_lmhosts_find(const nbt_lmhost *hosts, size_t n, const uint8_t name[NBT_NAME_LEN],
                        bool pre, bool three, nbt_addr *addrs, size_t max);

#endif
