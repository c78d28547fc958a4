/*
 * The inside of the programs on an emulated host, shared by hand*.c.
 */
#ifndef REPLAY_HAND_IMPL_H
#define REPLAY_HAND_IMPL_H

#include "nbt/probe.h"
#include "tools/replay/hand.h"
#include "tools/replay/hand_stream.h"

enum {
    SESSIONS = 256,
    LISTENS = 256,
    PROBES = 64,
    OWN = 256,
    TAG_VERBS = 16,
    CONNS = 2 * NBT_PROBE_WAYS_MAX,
    RECEIVE_MAX = 65535
};

typedef enum verb {
    RESET,
    ADD,
    DELETE,
    FIND,
    LISTEN,
    RECEIVE,
    SEND,
    HANGUP,
    ASK,
    CALL,
    DATAGRAM,
    STREAM_OPEN,
    STREAM_SEND,
    STREAM_CLOSE,
    STREAM_ABORT,
} verb;

typedef struct deed {
    struct deed *next;
    nbt_time at;
    verb what;
    uint8_t lana;
    bool group;     /* ADD; DATAGRAM: it is for everybody */
    unsigned tries; /* DATAGRAM: how often its name was not there, yet */
    uint8_t name[NBT_NAME_LEN];
    uint64_t conn;   /* SEND, HANGUP, CALL, STREAM_*: the connection in the capture */
    nbt_ep from, to; /* STREAM_OPEN */
    size_t n;
    uint8_t data[];
} deed;

/* A session: of the capture, and here. */
typedef struct session {
    uint64_t conn; /* 0: the capture does not say, yet */
    uint32_t tag;  /* of the CALL that it begins with; 0: it is called */
    uint8_t lana;
    uint16_t lsn; /* 0: it is not here, yet */
    bool over;
} session;

/* What an ASK has as its data. */
typedef struct asked {
    nbt_trn_kind kind;
    bool to_all;
    uint16_t port;
    uint32_t at; /* whom, if not all */
    nbt_name name;
} asked;

typedef struct listened {
    uint8_t lana;
    uint8_t name[NBT_NAME_LEN];
    bool held; /* the name is there */
} listened;

/* A name that is added, or is to be. */
typedef struct owned {
    uint8_t lana;
    uint8_t name[NBT_NAME_LEN];
    bool held;
} owned;

typedef struct question {
    bool busy;
    nbt_probe probe;
} question;

struct replay_hand {
    nbt_mem mem;
    nbt_rng rng;
    const nbt_profile *profile;
    nbt_lana_cfg lana[8];
    size_t nlanas;
    bool serves;
    deed *deeds; /* by time */
    uint32_t tags;
    listened listen[LISTENS];
    size_t nlistens;
    owned own[OWN];
    size_t nown;
    session session[SESSIONS];
    size_t nsessions;
    question question[PROBES];
    size_t busy; /* of these */
    replay_streams streams;
};

/* Something is to be done at that time. NULL: no memory. */
deed *hand_plan(replay_hand *h, nbt_time at, verb what, uint8_t lana, nbt_bytes data);
void hand_plan_name(replay_hand *h, nbt_time at, verb what, uint8_t lana,
                    const uint8_t name[NBT_NAME_LEN], bool group);

/* A session that the capture takes is the oldest that has come and is none of the capture's yet, or
 * (`taken`) the other way round; else a new one. They are few. NULL: there are too many. */
session *hand_half(replay_hand *h, bool taken);
/* NULL: no such name is there or to be added. */
owned *hand_own(replay_hand *h, uint8_t lana, const uint8_t name[NBT_NAME_LEN]);
session *hand_session_of(replay_hand *h, uint64_t conn);

#endif
