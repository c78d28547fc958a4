/*
 * The inside of a computer, shared by computer*.c: its tables, and the one gate through which
 * every command ends.
 *
 * Entrances (computer.c) find the object that something is about, let it take a step, and then
 * pull what the nodes have to tell. Nothing is freed on the way: what has ended is marked, and
 * swept when an entrance is left. Only nbt_computer_done frees a command at once.
 */
#ifndef NBT_COMPUTER_IMPL_H
#define NBT_COMPUTER_IMPL_H

#include "nbt/computer.h"
#include "nbt/dgram.h"
#include "nbt/dgsend.h"
#include "nbt/mem.h"
#include "nbt/session.h"

/* Connections on which nobody has been accepted (yet). Beyond, the oldest has to go. A computer
 * that has more sessions than usual has as many of these. */
enum { NBT_HALF_OPEN_MAX = 64 };

/* So many lists each has what is looked up: few, since most computers have next to nothing; or
 * many, of those that have more sessions than usual. */
enum { NBT_BUCKETS_FEW = 4, NBT_BUCKETS_MANY = 1024 };

/* What a program has on one adapter. */
typedef struct nbt_share {
    bool reset; /* it has done a RESET */
    uint16_t max_sessions;
    uint32_t max_commands;
    uint8_t max_names;
    unsigned sessions, commands;                /* that it has */
    uint8_t holds[(NBT_NAMES_MAX + 1 + 7) / 8]; /* a bit for each name number that it has added */
} nbt_share;

typedef struct nbt_prog {
    struct nbt_prog *next;
    uint32_t proc;
    nbt_share share[]; /* by adapter, in the computer's order */
} nbt_prog;

typedef struct nbt_lana nbt_lana;

/* A datagram on its way: what a SEND DATAGRAM sends, as soon as it is known where. */
typedef struct nbt_sending {
    nbt_dgsend way;
    uint16_t id; /* of the question to a distribution server */
    size_t n;
    uint8_t data[];
} nbt_sending;

/* A connection of port 139, and the session that it carries or may come to carry. */
typedef struct nbt_link {
    struct nbt_link *next, *prev; /* in the order in which they began */
    struct nbt_link *next_by_conn, *next_dying;
    uint32_t conn;        /* under which nbt_link_find finds it; 0: under none */
    struct nbt_cmd *cmds; /* those on it, in order */
    nbt_time due;         /* when it or one of them has to be looked at */
    uint64_t seq;         /* how many began before it */
    size_t heap_at;
    nbt_session s;
    nbt_lana *lana;
    nbt_prog *prog;   /* NULL: nobody's yet, or no more */
    uint16_t lsn;     /* 0 while it is nobody's */
    uint8_t num;      /* the same */
    uint8_t rto, sto; /* 500 ms units, 0: never (G8) */
    bool caller;
    bool half_open; /* it counts as such */
    bool heard;     /* it counts as one that has something for a RECEIVE ANY */
    bool told;      /* its program knows that it has ended */
    bool dead;      /* to be swept */
} nbt_link;

/* Commands that something is looked for among, while there may be thousands of others. */
typedef enum nbt_sort {
    NBT_SORT_LISTEN,
    NBT_SORT_RECEIVE_ANY,
    NBT_SORT_RECEIVE_DATAGRAM, /* and BROADCAST */
    NBT_SORT_ASK,              /* what asks its node: CALL, the datagrams that are sent, status */
    NBT_SORTS,                 /* all others: sessions, numbers or tags lead to them */
} nbt_sort;

/* An accepted command that has not ended. */
typedef struct nbt_cmd {
    struct nbt_cmd *next, *prev; /* in the order in which they were submitted */
    struct nbt_cmd *next_by_tag, *next_on_link;
    struct nbt_cmd *next_of_sort, *prev_of_sort; /* in the same order */
    nbt_prog *prog;
    uint32_t tag;
    nbt_ncb ncb;
    nbt_lana *lana;         /* NULL for LANA ENUM */
    nbt_time due;           /* its own time-out */
    nbt_link *link;         /* CALL, HANG UP, SEND, RECEIVE */
    uint8_t num;            /* names: which one; RECEIVE ANY: perhaps NBT_NUM_ANY */
    uint64_t end;           /* SEND: where its last octet stands in the stream */
    uint32_t query, status; /* what it asked the node, 0: nothing */
    nbt_targets *targets;   /* ADAPTER STATUS: whom to ask; SEND DATAGRAM: where to; owned */
    nbt_sending *sending;   /* SEND DATAGRAM, SEND BROADCAST DATAGRAM; owned */
} nbt_cmd;

struct nbt_lana {
    size_t i; /* which one of the computer's */
    nbt_node *node;
    const nbt_lana_cfg *cfg;
    nbt_dgram dgram;
    nbt_link **by_lsn;   /* from 0, which nobody has, to max_sessions; NULL before the first */
    uint16_t last_lsn;   /* given last */
    uint16_t last_heard; /* the session that answered a RECEIVE ANY last */
};

struct nbt_computer {
    nbt_mem mem;
    uint16_t max_sessions; /* of each adapter */
    uint32_t max_commands; /* of each program on each adapter */
    nbt_rule *rules;
    size_t nrules;
    uint64_t seed;  /* of garbage */
    uint32_t conns; /* the last connection number given */
    nbt_prog *progs;
    nbt_cmd *cmds, *last_cmd;
    struct {
        nbt_cmd *first, *last;
    } sort[NBT_SORTS]; /* of these, those of each sort */
    nbt_link *links, *last_link;
    uint64_t began;     /* links, since the beginning */
    unsigned half_open; /* how many */
    unsigned heard;     /* how many that have a message, or their end, for whoever asks */
    nbt_link *dying;    /* those that are dead, the last first */
    nbt_link **heap;    /* all of them, the one that is due first at its top */
    size_t nheap, heap_cap;
    unsigned nbuckets;
    nbt_cmd **by_tag; /* the few, or a block of its own */
    nbt_link **by_conn;
    nbt_cmd *few_tags[NBT_BUCKETS_FEW];
    nbt_link *few_conns[NBT_BUCKETS_FEW];
    size_t nlanas;
    nbt_lana lanas[];
};

static inline size_t nbt_by_lsn_size(const nbt_computer *c)
{
    return (c->max_sessions + 1u) * sizeof(nbt_link *);
}

static inline nbt_share *nbt_share_of(nbt_prog *prog, const nbt_lana *lana)
{
    return &prog->share[lana->i];
}

static inline unsigned nbt_cmd_verb(const nbt_cmd *cmd)
{
    return nbt_ncb_verb(&cmd->ncb);
}

/* --- computer.c --------------------------------------------------------------------------- */

/* Ends a command: its DONE, with n octets of data (p NULL: zero octets). The command is freed. */
void nbt_computer_done(nbt_computer *c, nbt_cmd *cmd, uint8_t nrc, nbt_out *out);
void nbt_computer_done_data(nbt_computer *c, nbt_cmd *cmd, uint8_t nrc, const void *p, size_t n,
                            nbt_out *out);

/* The same, giving a writer for exactly n octets; without memory, one that has no room. */
nbt_wr nbt_computer_done_wr(nbt_computer *c, nbt_cmd *cmd, uint8_t nrc, size_t n, nbt_out *out);

/* Ends a command early: what it asked the node is forgotten too. */
void nbt_computer_withdraw(nbt_computer *c, nbt_cmd *cmd, uint8_t nrc, nbt_out *out);

/* --- computer_tables.c -------------------------------------------------------------------- */

/* Room for what is to come; false without memory. And its end: both are empty. */
bool nbt_tables_init(nbt_computer *c);
void nbt_tables_fini(nbt_computer *c);

/* A command behind all others, and taken out of every table. */
void nbt_cmd_enter(nbt_computer *c, nbt_cmd *cmd);
void nbt_cmd_leave(nbt_computer *c, nbt_cmd *cmd);

/* It is on this session from now on. */
void nbt_cmd_join(nbt_cmd *cmd, nbt_link *link);

nbt_cmd *nbt_cmd_find(const nbt_computer *c, const nbt_prog *prog, uint32_t tag);

/* A link behind all others; NULL without memory. */
nbt_link *nbt_link_new(nbt_computer *c, nbt_lana *lana);

/* The one of a connection that is not dead; NULL if there is none. */
nbt_link *nbt_link_find(const nbt_computer *c, uint32_t conn);

/* After each step of a session or of a command on it: its connection, and when it is due. */
void nbt_link_touch(nbt_computer *c, nbt_link *link);

/* The one that is due first, NULL if there is none. */
static inline nbt_link *nbt_link_first(const nbt_computer *c)
{
    return c->nheap > 0 ? c->heap[0] : NULL;
}

/* It is dead: to be freed when an entrance is left. */
void nbt_link_die(nbt_computer *c, nbt_link *link);

/* Frees one, and those that are dead. */
void nbt_link_free(nbt_computer *c, nbt_link *link);
void nbt_links_sweep(nbt_computer *c);

/* --- computer_names.c --------------------------------------------------------------------- */

void nbt_computer_add_name(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out);
void nbt_computer_delete_name(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out);
void nbt_computer_reset(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out);

/* What a program may have on an adapter; 0 is the profile's default. */
typedef struct nbt_limits {
    uint16_t sessions;
    uint8_t commands, names;
} nbt_limits;

void nbt_computer_set_limits(const nbt_computer *c, const nbt_lana *lana, nbt_share *share,
                             nbt_limits wanted);

/* Takes from a program all that it has on an adapter, its names and sessions. */
void nbt_computer_strip(nbt_computer *c, nbt_time now, nbt_prog *prog, nbt_lana *lana,
                        nbt_out *out);

/* The node's news about names: ADDED, REFUSED, CONFLICT, RELEASED. */
void nbt_computer_name_event(nbt_computer *c, nbt_time now, nbt_lana *lana, const nbt_node_ev *ev,
                             nbt_out *out);

/* A session of name number `num` has ended: a name that waited for that is deleted now (G16). */
void nbt_computer_name_idle(nbt_computer *c, nbt_time now, nbt_lana *lana, uint8_t num,
                            nbt_out *out);

/*
 * The entry of a name that a command may use: GOODRET and its number, else NOWILD (not registered
 * here) or NAMCONF.
 */
uint8_t nbt_computer_own_name(const nbt_lana *lana, const uint8_t name[NBT_NAME_LEN], uint8_t *num);

/* The entry of that number in any state but free, NULL if there is none. */
const nbt_entry *nbt_computer_entry(const nbt_lana *lana, uint8_t num);

/* Whether a program has added the name of that number. */
bool nbt_computer_holds(nbt_prog *prog, const nbt_lana *lana, uint8_t num);

/* --- computer_sessions.c ------------------------------------------------------------------ */

void nbt_computer_call(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out);
void nbt_computer_listen(nbt_computer *c, nbt_cmd *cmd, nbt_out *out);
void nbt_computer_hang_up(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out);
void nbt_computer_send(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_bytes data, nbt_out *out);
void nbt_computer_receive(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out);
void nbt_computer_receive_any(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out);

/* Ends a session whose command was cancelled or timed out; its other commands end with SABORT. */
void nbt_computer_kill(nbt_computer *c, nbt_time now, nbt_link *link, const char *why,
                       nbt_out *out);

/* Takes a session from its program. What was sent still leaves, within SSN_CLOSE_TIMEOUT. */
void nbt_computer_orphan(nbt_computer *c, nbt_time now, nbt_link *link, nbt_out *out);

/* After each step of a session: what its commands get from it. */
void nbt_computer_settle(nbt_computer *c, nbt_time now, nbt_link *link, nbt_out *out);

/* A connection was accepted. */
void nbt_computer_accepted(nbt_computer *c, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);

/* --- computer_datagrams.c ----------------------------------------------------------------- */

void nbt_computer_send_datagram(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_bytes data,
                                nbt_out *out);
void nbt_computer_receive_datagram(nbt_computer *c, nbt_cmd *cmd, nbt_out *out);

/* Frees what a command was to send, if anything. */
void nbt_computer_drop_sending(nbt_computer *c, nbt_cmd *cmd);

/* The node's news about the name that a datagram is for. */
void nbt_computer_datagram_found(nbt_computer *c, nbt_time now, nbt_cmd *cmd, const nbt_node_ev *ev,
                                 nbt_out *out);

/* A packet to port 138. */
void nbt_computer_datagram_rx(nbt_computer *c, nbt_time now, nbt_lana *lana, nbt_ep from, nbt_ep to,
                              nbt_bytes data, nbt_out *out);

void nbt_computer_datagram_tick(nbt_computer *c, nbt_time now, nbt_out *out);
nbt_time nbt_computer_datagram_due(const nbt_computer *c);

/* --- computer_status.c -------------------------------------------------------------------- */

void nbt_computer_lana_enum(nbt_computer *c, nbt_cmd *cmd, nbt_out *out);
void nbt_computer_adapter_status(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out);
void nbt_computer_session_status(nbt_computer *c, nbt_cmd *cmd, nbt_out *out);
void nbt_computer_find_name(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out);

/* The node's news about what ADAPTER STATUS and FIND NAME asked it. */
void nbt_computer_status_event(nbt_computer *c, nbt_time now, nbt_cmd *cmd, const nbt_node_ev *ev,
                               nbt_out *out);

#endif
