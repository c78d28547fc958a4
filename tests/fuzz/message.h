/*
 * What the fuzz targets of the three services share: nothing that arrives is lost, and what was
 * read, written and read again is the same.
 */
#ifndef TESTS_FUZZ_MESSAGE_H
#define TESTS_FUZZ_MESSAGE_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "nbt/msg.h"

/* The fields alone, written into a new block; NULL where they cannot be written. */
static inline uint8_t *fuzz_write(const nbt_msg *m, size_t cap, size_t *n)
{
    uint8_t *room = malloc(cap);
    assert(room);
    nbt_wr w;
    nbt_wr_init(&w, room, cap);
    nbt_msg made = *m;
    made.bytes = (nbt_bytes){ NULL, 0 };
    nbt_msg_wr(&w, &made);
    *n = w.at;
    if (!w.err)
        return room;
    assert(w.err == NBT_ERR_LONG); /* read leniently; every other value fits its field */
    free(room);
    return NULL;
}

/*
 * Reads a message, and writes it. `same` compares the fields of a message whose bytes differ from
 * what writing gives, with those read from what was written; NULL for a service whose fields always
 * say all. The caller looks at `*m` further.
 */
static inline bool fuzz_message(nbt_msg *m, nbt_service service, const uint8_t *p, size_t len,
                                void (*same)(const nbt_msg *a, const nbt_msg *b))
{
    if (!nbt_msg_rd(m, service, p, len)) {
        assert(m->err_at <= len && m->err_field && !m->exact);
        return false;
    }
    size_t n;
    uint8_t *again = fuzz_write(m, len + 3 * NBT_NAME_WIRE_MAX + 1, &n);
    assert(m->exact == (again && n == len && memcmp(again, p, len) == 0));
    assert(m->exact || same);
    if (again && !m->exact) {
        nbt_msg b;
        assert(nbt_msg_rd(&b, service, again, n));
        assert(b.exact);
        same(m, &b);
    }
    free(again);
    return true;
}

#endif
