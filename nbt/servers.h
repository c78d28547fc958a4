/*
 * Which of a node's name servers is asked first, and whether any is: the one that answered last
 * stays in use, now and then the preferred one is given another chance, and when all have kept
 * silent none is troubled for a while.
 */
#ifndef NBT_SERVERS_H
#define NBT_SERVERS_H

#include "nbt/ask.h"
#include "nbt/profile.h"

typedef struct nbt_servers {
    uint8_t n;        /* configured, in order of preference */
    uint8_t at;       /* in use */
    nbt_time back_at; /* when the first is to be tried again; `at` is not 0 */
    nbt_time up_at;   /* no server is asked before */
} nbt_servers;

void nbt_servers_init(nbt_servers *s, uint8_t n);

/* How the next request is to be asked, as of now. */
nbt_ask_cfg nbt_servers_ask(nbt_servers *s, nbt_time now, const nbt_profile *p);

/* Server `at` has answered. */
void nbt_servers_answered(nbt_servers *s, nbt_time now, uint8_t at, const nbt_profile *p);

/* All that were asked have kept silent. */
void nbt_servers_silent(nbt_servers *s, nbt_time now, const nbt_profile *p);

#endif
