/*
 * The inside of a capture that becomes a scenario, shared by toscene*.c.
 */
#ifndef REPLAY_TOSCENE_IMPL_H
#define REPLAY_TOSCENE_IMPL_H

#include "tools/replay/toscene.h"

enum { TOSCENE_LABEL_MAX = 29, TOSCENE_TEXT_MAX = 1 << 18 };

typedef enum toscene_role {
    TOSCENE_SENDER, /* steps send what it sent */
    TOSCENE_COMPUTER,
    TOSCENE_SERVER,
} toscene_role;

typedef struct toscene_host {
    uint32_t ip;
    toscene_role role;
    char label[TOSCENE_LABEL_MAX]; /* a program of it has two characters more */
    nbt_scope scope;
    bool has_names;
} toscene_host;

typedef struct toscene_network {
    uint32_t subnet, mask;
} toscene_network;

struct replay_toscene {
    replay_toscene_cfg cfg;
    toscene_host *host; /* in the order of their addresses */
    size_t nhosts;
    toscene_network *network;
    size_t nnetworks;
    nbt_time lead;
    bool begun;
    int64_t first, now; /* since 1970 */
    size_t largest;     /* octets of a message that is sent */
    cap_buf steps, text;
    replay_toscene_left left;
};

/* toscene_host.c */
/* Finds the hosts and the networks that they are on. False: no memory. */
bool toscene_hosts(replay_toscene *t);
const toscene_host *toscene_find(const replay_toscene *t, uint32_t ip);
/* The lines of networks, hosts and programs. */
void toscene_things(const replay_toscene *t, cap_buf *to);
/* The steps by which the other side gets the names that it had before. */
void toscene_names(replay_toscene *t, cap_buf *to);

/* toscene_verb.c */
/* The verb that makes a computer send such a request; NULL: none does. */
const char *toscene_verb(const nbt_ns *ns);
/* Whether it belongs to what an earlier request began: the demand that ends a claim. */
bool toscene_goes_on(const nbt_ns *ns);

#endif
