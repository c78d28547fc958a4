/*
 * The texts of rc/says.def: what users of the product read, where an article has it, and by which
 * cause. They are data: nothing here prints them.
 */
#ifndef RC_SAYS_H
#define RC_SAYS_H

#include "rc/line.h"

typedef enum rc_say {
#define RC_SAY(sym, word, origin, article, text) RC_SAY_##sym,
#include "rc/says.def"
#undef RC_SAY
    RC_SAYS, /* how many */
} rc_say;

/* Whose words they are: see rc/says.def. */
typedef enum rc_say_origin { RC_SAY_PRODUCT, RC_SAY_NEAREST, RC_SAY_OURS } rc_say_origin;

typedef struct rc_say_text {
    const char *word; /* for programs: "agent-not-found" */
    rc_say_origin origin;
    const char *article; /* "Q223044"; "" for our own words */
    const char *text;    /* a place to be filled in is <name>, <user> */
} rc_say_text;

/* Static storage. `say` below RC_SAYS. */
const rc_say_text *rc_say_find(rc_say say);

/* "product", "nearest", "ours". */
const char *rc_say_origin_str(rc_say_origin origin);

/* The text with `who` in the place of what is in <>. */
void rc_say_fill(rc_say say, const char *who, rc_line *line);

#endif
