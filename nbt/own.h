/*
 * A computer's own names: its name with the suffix of each service that it has (workstation, file
 * server, messenger), and with a persona its workgroup's and its user's, claimed by the driver
 * itself, program 0, when the computer starts.
 *
 * One adapter after the other: of two on one network that claimed at the same moment neither would
 * be an owner who refuses, and both would hold the names.
 */
#ifndef NBT_OWN_H
#define NBT_OWN_H

#include "nbt/persona.h"

enum { NBT_OWN_MAX = NBT_PERSONA_NAMES_MAX };

typedef struct nbt_own {
    uint8_t name[NBT_NAME_LEN];           /* padded, as the two below */
    uint8_t group[NBT_NAME_LEN];          /* zeros: none */
    uint8_t user[NBT_NAME_LEN];           /* zeros: nobody is logged on */
    nbt_persona_name claims[NBT_OWN_MAX]; /* in this order */
    uint8_t nclaims;
    uint8_t nlanas, lana;       /* numbered 0 and up; where it claims now */
    uint8_t next;               /* the name that is claimed next, there */
    uint8_t waiting;            /* claims that have not ended */
    uint16_t obtained, refused; /* that have */
} nbt_own;

/* `text`: 1 to NBT_NAME_TEXT_MAX characters. `nlanas`: at least 1. */
void nbt_own_init(nbt_own *own, const char *text, size_t len, uint8_t nlanas);

/* One more service, before the first nbt_own_next. */
void nbt_own_serve(nbt_own *own, uint8_t suffix);

/*
 * Which of them, which others, and the order are the persona's. Of the computer's names with the
 * suffix of a service, those that were asked for so far (nbt_own_serve) are left. `group` and
 * `user` are 1 to NBT_NAME_TEXT_MAX characters, or NULL: their names are left out. After the last
 * nbt_own_serve, before the first nbt_own_next.
 */
void nbt_own_be(nbt_own *own, const nbt_persona *persona, const char *group, const char *user);

/* The next control block to submit as program 0, with its tag; false: there is none for now. To be
 * called until then at the start and after each nbt_own_done. */
bool nbt_own_next(nbt_own *own, uint32_t *tag, nbt_ncb *ncb);

/* A command of program 0 has ended. False if it was none of these. */
bool nbt_own_done(nbt_own *own, const nbt_ncb *ncb);

/* Whether every name was obtained or refused, on all adapters. */
bool nbt_own_settled(const nbt_own *own);

#endif
