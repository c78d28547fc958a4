/*
 * What nbtdump writes: a large buffer before a descriptor, and the manners of a program whose
 * reader may go away or whose disk may be full.
 */
#ifndef DUMP_OUT_H
#define DUMP_OUT_H

#include <stddef.h>

#include "tools/host/err.h"

typedef struct dump_out {
    int fd;
    char *buffer;
    size_t n;     /* octets in it */
    bool watched; /* a person looks at every line as it comes */
    bool broken;  /* whoever read it has gone, or it cannot be written: nothing more is of use */
    host_err err; /* status 0: none. A reader who has seen enough is no error */
} dump_out;

/* Writes to `fd`, which stays the caller's. False: no memory. */
bool dump_out_init(dump_out *o, int fd);
void dump_out_fini(dump_out *o);

/* Where the next item may be printed: there is room for CAP_LINE_MAX characters, and colours. */
static inline char *dump_out_room(dump_out *o)
{
    return o->buffer + o->n;
}

/* So many characters were printed there. */
void dump_out_added(dump_out *o, size_t n);

/* Writes n characters, however many they are. */
void dump_out_text(dump_out *o, const char *s, size_t n);

/* An item is complete: a person sees it at once. */
void dump_out_shown(dump_out *o);

/* Writes all there is. */
void dump_out_flush(dump_out *o);

#endif
