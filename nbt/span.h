/*
 * Which octets of a message are which field: what a read cursor notes where it is asked to.
 *
 * A region that has a length is noted before the fields in it. What is noted later is then more
 * exact, and takes its octets from what was there: the list is always in the order of the octets,
 * and none is in two spans. Octets that nobody read are in none.
 */
#ifndef NBT_SPAN_H
#define NBT_SPAN_H

#include "nbt/base.h"

typedef struct nbt_span {
    size_t at, n;      /* octets, from the beginning of the message */
    const char *field; /* under the name that errors have for it; static text */
} nbt_span;

typedef struct nbt_spans {
    nbt_span *p; /* the caller's */
    size_t n, cap;
} nbt_spans;

/* What finds no more room in the list is left out; the region around it is still there. */
void nbt_spans_init(nbt_spans *s, nbt_span *room, size_t cap);

/* Notes a field. One that reaches from one span into the next is left out: it was read twice. */
__attribute__((cold)) void nbt_spans_add(nbt_spans *s, size_t at, size_t n, const char *field);

#endif
