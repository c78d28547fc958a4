/*
 * Effects as data: what an object wants done, in a list that its caller carries out, delays, drops,
 * prints or compares; and what the world reports about TCP connections.
 *
 * Every object has the same four entrances: rx (something arrived), do (someone above wants
 * something), tick (time has passed), due (when to call tick at the latest). None of them blocks,
 * reads a clock or calls back.
 */
#ifndef NBT_ACT_H
#define NBT_ACT_H

#include "nbt/ncb.h"

typedef enum nbt_act_kind {
    NBT_ACT_SEND,       /* a UDP datagram: from, to, data */
    NBT_ACT_TCP_LISTEN, /* take connections on from (ip 0: any address) */
    NBT_ACT_TCP_OPEN,   /* connect conn to `to`, from address from.ip (0: any) */
    NBT_ACT_TCP_SEND,   /* data on conn */
    NBT_ACT_TCP_HOLD,   /* read no more from conn until further notice */
    NBT_ACT_TCP_RESUME, /* read again */
    NBT_ACT_TCP_CLOSE,  /* send what is queued, then FIN; EOF or RESET may still be reported */
    NBT_ACT_TCP_ABORT,  /* RST, at once; conn is gone, nothing more is reported about it */
    NBT_ACT_NCB,        /* a program submits a control block to its driver: tag, ncb, data */
    NBT_ACT_ACCEPTED,   /* driver to program: a no-wait command was taken or refused at once */
    NBT_ACT_DONE,       /* driver to program: a command has ended */
    NBT_ACT_TRACE,      /* a state has changed: for whoever watches */
    NBT_ACT_APP,        /* an application's own effect: app, value, data */
} nbt_act_kind;

/* A change of state, with the evidence. All texts are static. */
typedef struct nbt_trace {
    const char *what; /* the kind of thing: "name", "session", "query", "status", ...; of what
                       * comes to be "malformed": "packet" (port 137), "datagram packet" (138),
                       * "session packet" (139) */
    const char *from; /* its state before, "" for a new one */
    const char *to;
    const char *why; /* a few words, "" if there is nothing to say */
    uint8_t name[NBT_NAME_LEN];
    bool unnamed;      /* it is about no name, or about one that is not known: no `name` */
    const char *field; /* of a packet that could not be read, where the trouble is; else NULL */
    uint32_t offset;   /* of that field's trouble, in octets from the packet's first */
    nbt_ep peer;       /* who caused it; ip 0 if nobody did */
    uint16_t trn_id;   /* of the name service transaction, 0 if there is none */
    uint8_t code;      /* RCODE, session code or NRC, as `what` and `why` tell; 0 if none */
    /* What a name server knows: who held the name (0: nobody), since when (seconds since 1970), and
     * how often the holder was asked whether it still does. */
    uint32_t holder, since;
    uint8_t asked;
} nbt_trace;

typedef struct nbt_act {
    nbt_act_kind kind;
    uint8_t lana;    /* SEND, TCP_OPEN, TRACE: the adapter */
    uint32_t member; /* whose it is, of many computers (nbt/crowd.h); 0 of one alone */
    bool kept;       /* SEND, TCP_SEND: only when what the journal holds by now is in the store */
    uint32_t conn;   /* TCP_* */
    nbt_ep from, to;
    size_t data_at, data_len; /* in the list's arena: see nbt_out_data */
    uint32_t proc;            /* ACCEPTED, DONE: the program */
    uint32_t tag;             /* NCB, ACCEPTED, DONE */
    nbt_ncb ncb;              /* NCB, ACCEPTED, DONE */
    nbt_trace trace;          /* TRACE */
    uint32_t app;             /* APP: an enum of the application's */
    int64_t value;            /* APP */
} nbt_act;

/*
 * The list. It grows with the allocator it was given; without memory it sets `failed` and drops
 * what does not fit, as a network does.
 */
typedef struct nbt_out {
    nbt_mem mem;
    nbt_act *acts;
    size_t n, cap;
    uint8_t *arena;
    size_t used, size;
    bool failed;
    nbt_act scratch; /* what nbt_out_add gives when there is no memory */
} nbt_out;

void nbt_out_init(nbt_out *out, nbt_mem mem);
void nbt_out_fini(nbt_out *out);
void nbt_out_clear(nbt_out *out); /* empties it, keeps its memory */

/*
 * Appends an action of a kind with `n` bytes of data copied from `p` (NULL: room for n zero bytes)
 * and gives it to be filled in. When there is no memory it gives a scratch action that is not in
 * the list, never NULL. The pointer holds until the next append.
 */
nbt_act *nbt_out_add(nbt_out *out, nbt_act_kind kind, const void *p, size_t n);

/* The same, with data copied from two places: `head`, then `body`. */
nbt_act *nbt_out_add_both(nbt_out *out, nbt_act_kind kind, nbt_bytes head, nbt_bytes body);

/* The bytes of an action; they hold until the next append. */
static inline nbt_bytes nbt_out_data(const nbt_out *out, const nbt_act *act)
{
    nbt_bytes b = { act->data_len > 0 ? out->arena + act->data_at : NULL, act->data_len };
    return b;
}

/*
 * What the world reports about connections. The opener chooses a connection's number: even numbers
 * are for connections that an object opens (TCP_OPEN), odd ones for those that the world accepts.
 */
typedef enum nbt_tcp_kind {
    NBT_TCP_ACCEPTED,    /* a new connection from peer to local, on adapter lana */
    NBT_TCP_OPENED,      /* TCP_OPEN succeeded */
    NBT_TCP_REFUSED,     /* TCP_OPEN was refused (RST) */
    NBT_TCP_UNREACHABLE, /* TCP_OPEN got no answer, or no route */
    NBT_TCP_DATA,        /* data arrived */
    NBT_TCP_SENT,        /* `sent` bytes of what was given by TCP_SEND have left the queue */
    NBT_TCP_EOF,         /* the peer closed its side */
    NBT_TCP_RESET,       /* the connection broke; it is gone */
} nbt_tcp_kind;

typedef struct nbt_tcp_ev {
    nbt_tcp_kind kind;
    uint32_t conn;
    uint8_t lana;
    nbt_ep peer, local;
    nbt_bytes data;
    size_t sent;
} nbt_tcp_ev;

#endif
