/*
 * What kind of host each one in a capture was, as far as its messages tell: its node type, the
 * address that it broadcasts to, the servers that it asks, and the names that were called there.
 * Tables have a bound; who comes later is not in them.
 */
#ifndef REPLAY_PEOPLE_H
#define REPLAY_PEOPLE_H

#include "capture/dialog.h"
#include "nbt/codes.h"

enum {
    REPLAY_PEOPLE_MAX = 4096,
    REPLAY_SERVERS_MAX = 4,   /* that one of them asks */
    REPLAY_CALLED_MAX = 1024, /* names that were called, of all of them */
};

typedef struct replay_person {
    uint32_t ip;
    bool has_type, has_broadcast;
    nbt_node_type type;
    uint32_t broadcast;
    uint32_t server[REPLAY_SERVERS_MAX];
    size_t nservers;
    bool serves; /* it does what only a name server does */
} replay_person;

/* A name that was called at an address. */
typedef struct replay_called {
    uint32_t ip;
    bool took;  /* a call, once at least */
    bool there; /* so it was, or what calls were told of it says so */
    uint8_t name[NBT_NAME_LEN];
} replay_called;

typedef struct replay_people replay_people;

replay_people *replay_people_new(void); /* NULL: no memory */
void replay_people_free(replay_people *p);

/* Takes the next item of a capture, and what it is to those before it. */
void replay_people_put(replay_people *p, const cap_item *item, const cap_link *link);

/* NULL: nothing is known of that address. */
const replay_person *replay_people_find(const replay_people *p, uint32_t ip);

size_t replay_people_called(const replay_people *p, const replay_called **called);

#endif
