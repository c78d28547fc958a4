/*
 * Words of the text forms: what is between two spaces of a line, eaten from its front. nbt/text and
 * rc/text are made of these.
 *
 * The eat functions take something off the front of a word. False: it does not begin so, and the
 * word is as it was, but where something else is said.
 */
#ifndef NBT_WORD_H
#define NBT_WORD_H

#include "nbt/wire.h"

typedef struct nbt_word {
    const char *p;
    size_t n;
} nbt_word;

/* The characters before the next space, or before `end`. */
nbt_word nbt_word_next(const char *from, const char *end);

bool nbt_word_eq(nbt_word w, const char *s);

bool nbt_word_eat(nbt_word *w, const char *s);

/* At least one digit of base 10 or 16 (in either case), for a value of `max` at most. */
bool nbt_word_eat_digits(nbt_word *w, int base, uint32_t max, uint32_t *v);

bool nbt_word_eat_hex(nbt_word *w, uint32_t max, uint32_t *v); /* 0x1f */
bool nbt_word_eat_num(nbt_word *w, uint32_t max, uint32_t *v); /* 0x1f, or 31 */
bool nbt_word_eat_ip(nbt_word *w, uint32_t *ip);               /* 10.0.0.1 */
bool nbt_word_eat_octet(nbt_word *w, uint8_t *b);              /* two hex digits */

/*
 * All of a word as octets, in hex or as "text" with \xNN for any octet; a dash is none. What was
 * read is added to `to`, and `octets` is that. False: the word begins where the trouble is.
 */
bool nbt_word_eat_octets(nbt_word *w, nbt_wr *to, nbt_bytes *octets);

/* Whether octets can be printed as "text" as they are: all can be seen, none needs an escape. */
bool nbt_word_is_text(nbt_bytes b);

#endif
