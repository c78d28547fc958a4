/*
 * A computer's own names: its name with the suffix of each service that it has (workstation, file
 * server, messenger), claimed by the driver itself, program 0, when the computer starts.
 *
 * One adapter after the other: of two on one network that claimed at the same moment neither would
 * be an owner who refuses, and both would hold the names.
 */
#ifndef NBT_OWN_H
#define NBT_OWN_H

#include "nbt/ncb.h"

enum { NBT_OWN_MAX = 8 }; /* services of one computer */

typedef struct nbt_own {
    uint8_t name[NBT_NAME_LEN]; /* padded */
    uint8_t suffix[NBT_OWN_MAX];
    uint8_t nsuffixes;
    uint8_t nlanas, lana;       /* numbered 0 and up; where it claims now */
    uint8_t next;               /* the service whose name is claimed next, there */
    uint8_t waiting;            /* claims that have not ended */
    uint16_t obtained, refused; /* that have */
} nbt_own;

/* `text`: 1 to NBT_NAME_TEXT_MAX characters. `nlanas`: at least 1. */
void nbt_own_init(nbt_own *own, const char *text, size_t len, uint8_t nlanas);

/* One more service, before the first nbt_own_next. */
void nbt_own_serve(nbt_own *own, uint8_t suffix);

/* The next control block to submit as program 0, with its tag; false: there is none for now. To be
 * called until then at the start and after each nbt_own_done. */
bool nbt_own_next(nbt_own *own, uint32_t *tag, nbt_ncb *ncb);

/* A command of program 0 has ended. False if it was none of these. */
bool nbt_own_done(nbt_own *own, const nbt_ncb *ncb);

/* Whether every name was obtained or refused, on all adapters. */
bool nbt_own_settled(const nbt_own *own);

#endif
