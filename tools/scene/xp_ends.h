/*
 * The TCP connections of one explored host: reliable streams in order, as nbt/simtcp.h has them,
 * whose pieces are messages under way like datagrams. Nothing of a stream is lost or comes twice,
 * but where the network is cut, and stays so: then it breaks. A piece is what was given at once,
 * however long.
 *
 * It also writes down what sessions carry, as tools/scene/simbook.h does: each piece has with it
 * what messages its sender's programs have put into it, and the other end holds what its programs
 * receive against that.
 */
#ifndef SCENE_XP_ENDS_H
#define SCENE_XP_ENDS_H

#include "nbt/act.h"
#include "nbt/digest.h"
#include "tools/scene/xp_host.h"

enum {
    XP_ENDS_MAX = XP_HOST_ENDS_MAX,
    XP_WAITING_MAX = 16,  /* pieces that a program does not take yet */
    XP_LISTENERS_MAX = 8, /* ports */
};

#define XP_SYN_PATIENCE NBT_S(7) /* until one that nobody answers has failed: nbt/simtcp.h */
#define XP_DATA_PATIENCE NBT_S(51)

typedef enum xp_tcp_state {
    XP_TCP_NONE,
    XP_TCP_OPENING,
    XP_TCP_OPEN,
    XP_TCP_READ, /* it is over, but for what a program has not received yet */
} xp_tcp_state;

/* Messages of a session that have been sent, and not received: hashes. */
typedef struct xp_said {
    uint32_t n, hash[XP_SAID_MAX];
} xp_said;

typedef struct xp_tcp {
    uint8_t state;
    bool held, closing, eof;
    uint8_t lana;
    uint32_t proc, conn; /* whose it is, and what he calls it */
    nbt_ep local, peer;
    uint16_t seq;                               /* of the next piece */
    nbt_time due;                               /* when it fails; else NBT_NEVER */
    uint32_t nwaiting, waiting[XP_WAITING_MAX]; /* packets, not taken yet */
    xp_said unsent;                             /* not in a piece yet */
    xp_said unheard;
    uint64_t hash; /* of what has come of the first of them */
    bool partly;   /* something has */
} xp_tcp;

typedef struct xp_listener {
    uint32_t proc;
    uint16_t port; /* 0: none */
} xp_listener;

/* In the arena. All zero: there is none. */
typedef struct xp_ends {
    xp_tcp end[XP_ENDS_MAX];
    xp_listener listener[XP_LISTENERS_MAX];
    uint32_t last_accepted;
    uint16_t last_port;
    bool changed; /* a program has received what was not sent next */
    bool lost;    /* a session has ended in order before all that was sent had come */
} xp_ends;

struct xp_work;

/* Carries out a TCP action of a program (0: the driver). */
void xp_ends_do(struct xp_work *h, uint32_t proc, const nbt_act *act, nbt_bytes data);

/* A piece arrives, packet `number`; the host may be off. */
void xp_ends_hear(struct xp_work *h, const xp_packet *p, uint32_t number, uint8_t lana);

/* A piece that it has sent does not arrive: TCP tries again, until it gives up. */
void xp_ends_miss(struct xp_work *h, const xp_packet *p);

/* The next of the pieces that wait, if it is wanted. */
void xp_ends_take(struct xp_work *h, uint32_t proc, uint32_t conn);

void xp_ends_tick(struct xp_work *h);
nbt_time xp_ends_due(const xp_ends *e);

/* A program ends: it no longer listens, and its connections are gone. `silent`: nobody is told. */
void xp_ends_gone(struct xp_work *h, uint32_t proc, bool silent);

/* The driver listens for sessions, from its start on. */
void xp_ends_listen(xp_ends *e, uint32_t proc, uint16_t port);

/* What a program sends in a session, and what it receives there; `conn` is the driver's number. */
void xp_ends_say(struct xp_work *h, uint32_t conn, nbt_bytes data);
void xp_ends_receive(struct xp_work *h, uint32_t conn, const nbt_ncb *ncb, nbt_bytes data);

/* Forgets ends whose session the driver does not know any more. */
void xp_ends_sweep(struct xp_work *h);

void xp_ends_digest(const xp_ends *e, nbt_digest *d);

#endif
