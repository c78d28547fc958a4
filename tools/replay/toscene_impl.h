/*
 * The inside of a capture that becomes a scenario, shared by toscene*.c.
 */
#ifndef REPLAY_TOSCENE_IMPL_H
#define REPLAY_TOSCENE_IMPL_H

#include "tools/replay/toscene.h"

enum { TOSCENE_LABEL_MAX = 24 }; /* a program of it has some characters more */

#define TOSCENE_NONE SIZE_MAX

typedef enum toscene_role {
    TOSCENE_SENDER, /* steps send what it sent */
    TOSCENE_COMPUTER,
    TOSCENE_SERVER,
} toscene_role;

typedef struct toscene_host {
    uint32_t ip;
    toscene_role role;
    char label[TOSCENE_LABEL_MAX];
    nbt_scope scope;
    bool has_names;
    bool calls;        /* it is an end of a session */
    bool agent_closed; /* in this writing */
    size_t expected;   /* of it, in this writing */
} toscene_host;

typedef struct toscene_network {
    uint32_t subnet, mask;
} toscene_network;

/* How a message comes to be in the scenario. */
typedef enum toscene_by {
    TOSCENE_BY_ITS_HOST, /* as its host's role has it */
    TOSCENE_BY_STEP,     /* its host does not say it by itself: a step sends it */
    TOSCENE_LEFT_OUT,    /* no step can send it */
} toscene_by;

/* A message of the capture. */
typedef struct toscene_said {
    uint64_t number; /* its packet */
    nbt_time at;     /* since the first one; they do not go back */
    nbt_ep from, to;
    bool tcp, to_all, bad;
    nbt_service service;
    uint8_t kind; /* nbt_ns_kind, nbt_dgm_type or nbt_ssn_type */
    const char *verb;
    uint16_t id;
    bool rc;              /* of remote control over TCP: `kind` is a rc_msg_type, */
    size_t talk;          /* of that one; TOSCENE_NONE: of none that has a beginning */
    unsigned rcode;       /* of remote control: the verdict, the reason to end */
    bool goes_on;         /* it belongs to what an earlier request began */
    bool request_of_node; /* of the name service, and no answer */
    bool named;           /* `name` can be a control block's */
    nbt_name name;        /* that it is about */
    uint32_t owner;       /* of a positive answer to a query: the first */
    bool group;
    size_t first;   /* the message that it repeats */
    size_t request; /* that it answers */
    size_t begin;   /* of its transaction */
    nbt_time after; /* since the request */
    size_t call;    /* of the session service: which; of a query, which is asked for that */
    size_t size;    /* octets */
    char *text;
    char *data; /* of a session message, a datagram: "data=" and its octets; else NULL */
    bool whole; /* a datagram for several, with all that it has: `name` is whom it is for, */
    uint8_t sender[NBT_NAME_LEN]; /* and this who sends it */
    toscene_by by, now;           /* as was found out; and in this writing */
} toscene_said;

/* A session. */
typedef struct toscene_call {
    nbt_ep from, to;
    size_t request, answer, query; /* messages */
    bool taken;
    uint8_t calling[NBT_NAME_LEN], called[NBT_NAME_LEN];
    nbt_time last; /* when something was said on it */
    bool ended, by_caller;
    nbt_time end;
    bool
        early; /* its names are there from the beginning: somebody takes calls before he has them */
    nbt_time
        wait; /* the CALL, and all behind it, is so much later: its names are claimed until then */
    nbt_time late; /* what is said on it waits so much longer: its CALL takes its time */
    bool changed;  /* by this try */
    bool left_out;
} toscene_call;

/* A remote control over TCP. */
typedef struct toscene_talk {
    nbt_ep from, to;                     /* the viewer, and the agent where rights are asked for */
    nbt_ep from_too, to_too;             /* the same of what was opened; no port: nothing was */
    size_t rights, verdict, opened, bye; /* messages; of several, the first */
    char machine[NBT_NAME_LEN], user[RC_USER_MAX + 1];
    uint32_t ticket;
    unsigned asked;  /* so many seconds the user was; 0: he was not */
    bool udp;        /* it goes over UDP, else over TCP */
    bool other;      /* it is for something else than control */
    nbt_time screen; /* when the last change of the screen was said */
    bool ended;
    nbt_time end;
    nbt_time wait, late; /* as of a call */
    bool changed, left_out;
} toscene_talk;

/* One direction of a connection of remote control, in a run. */
typedef struct toscene_stream {
    nbt_ep from, to;
    rc_framer framer;
} toscene_stream;

/* How often one host said something to another over such connections, in a run. */
typedef struct toscene_heard {
    uint32_t from, to;
    rc_msg_type type;
    size_t times;
} toscene_heard;

/* A name that a host has, as far as steps have been put. */
typedef struct toscene_own {
    uint32_t ip;
    uint8_t name[NBT_NAME_LEN];
} toscene_own;

/* Where a line of the steps stands in `heap`. */
typedef struct toscene_line {
    nbt_time at;
    size_t place, begin, n;
} toscene_line;

/* A message of the name service in a run. */
typedef struct toscene_seen {
    nbt_time at; /* since the capture's first message */
    nbt_ep from, to;
    nbt_ns_kind kind;
    unsigned rcode;
    nbt_name name;
    bool used; /* it is one of the capture's */
} toscene_seen;

/* What a computer of ours says, and the one in the capture did not: it is not heard. */
typedef struct toscene_hush {
    uint32_t from, to;
    nbt_ns_kind kind;
    char name[NBT_NAME_STR_MAX];
} toscene_hush;

enum { TOSCENE_HUSHES_MAX = 256 };

struct replay_toscene {
    replay_toscene_cfg cfg;
    toscene_host *host; /* in the order of their addresses */
    size_t nhosts;
    toscene_network *network;
    size_t nnetworks;
    nbt_time lead;
    bool begun, failed; /* there was no memory */
    int64_t first, now; /* since 1970 */
    size_t largest;     /* octets of a message that is sent */
    toscene_said *said;
    size_t nsaid, said_cap;
    toscene_call *call;
    size_t ncalls, calls_cap;
    toscene_talk *talk;
    size_t ntalks, talks_cap;
    toscene_hush hush[TOSCENE_HUSHES_MAX];
    size_t nhushes;
    toscene_seen *seen; /* in the last try */
    size_t nseen, seen_cap;
    toscene_stream *stream;
    size_t nstreams, streams_cap;
    toscene_heard *heard;
    size_t nheards, heards_cap;
    /* of one writing */
    toscene_own *own;
    size_t nown, own_cap;
    toscene_line *line;
    size_t nlines, lines_cap;
    size_t *expect; /* the messages that are expected, in order */
    size_t nexpects, expects_cap;
    cap_buf heap, expects, text;
    replay_toscene_left dropped, left; /* when taken; and by this writing */
};

/* toscene_note.c */
/* One more of an array; NULL without memory, which is noted. */
void *toscene_grow(replay_toscene *t, void *array, size_t *cap, size_t n, size_t size);
/* How a session is known: by its ends. TOSCENE_NONE: there is none. */
size_t toscene_call_at(const replay_toscene *t, nbt_ep from, nbt_ep to);
void toscene_free_said(replay_toscene *t);

/* toscene_host.c */
/* Finds the hosts and the networks that they are on. False: no memory. */
bool toscene_hosts(replay_toscene *t);
/* What sessions make of them, once all is known. */
void toscene_cast(replay_toscene *t);
toscene_host *toscene_find(const replay_toscene *t, uint32_t ip);
/* The lines of networks, hosts and programs. */
void toscene_things(const replay_toscene *t, cap_buf *to);
/* The steps by which the other side gets the names that it had before, and the records. */
void toscene_names(replay_toscene *t);
/* Who crashes and starts again. */
void toscene_downs(replay_toscene *t);
/* The faults by which something is not heard. */
void toscene_hushes(const replay_toscene *t, cap_buf *to);

/* toscene_step.c */
/* A line of the steps, at a time since the capture's first message. */
void toscene_at(replay_toscene *t, nbt_time at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Steps and expectations of all that was said. */
void toscene_steps(replay_toscene *t);
/* The steps, in order. */
void toscene_lines(replay_toscene *t, cap_buf *to);
/* A message is expected, by words of its text, in a window since the first one; until 0: at any
 * time. */
void toscene_expect(replay_toscene *t, size_t said, const char *words, size_t n, nbt_time from,
                    nbt_time until);
/* The same of something else that can be seen, and that has come of that message. */
void toscene_expect_sight(replay_toscene *t, size_t said, const char *sight, size_t n,
                          nbt_time from, nbt_time until);
/* Between when what a host says by itself is to come. */
void toscene_window(const replay_toscene *t, const toscene_said *s, nbt_time *from,
                    nbt_time *until);
bool toscene_owns(const replay_toscene *t, uint32_t ip, const uint8_t name[NBT_NAME_LEN]);
void toscene_get(replay_toscene *t, uint32_t ip, const uint8_t name[NBT_NAME_LEN]);

/* toscene_ssn.c */
/* Names that sessions need, and who listens for them. */
void toscene_ssn_names(replay_toscene *t);
void toscene_ssn_step(replay_toscene *t, size_t said);
/* The query that a CALL asks by itself. */
void toscene_ssn_query(replay_toscene *t, size_t said);
/* After how long a host says on idle sessions that they stand; 0: it does not, or at no time of its
 * own. */
nbt_time toscene_ssn_keep_alive(const replay_toscene *t, uint32_t ip);
void toscene_ssn_ends(replay_toscene *t);
void toscene_ssn_programs(const replay_toscene *t, cap_buf *to);
/* LMHOSTS of who calls without having asked. */
void toscene_ssn_hosts(const replay_toscene *t, const toscene_host *h, cap_buf *to);
bool toscene_ssn_is_said(const replay_toscene *t, const toscene_call *c);

/* toscene_rc.c */
/* A message of remote control over TCP, the next in `said`, is part of one. */
void toscene_rc_note(replay_toscene *t, toscene_said *s, const rc_msg *m);
/* How one is known: by the ends of either connection. TOSCENE_NONE: there is none. */
size_t toscene_talk_at(const replay_toscene *t, nbt_ep from, nbt_ep to);
/* The scenario's viewers and agents say it. */
bool toscene_rc_is_said(const replay_toscene *t, const toscene_said *s);
/* Agents are run before anything else. */
void toscene_rc_agents(replay_toscene *t);
void toscene_rc_step(replay_toscene *t, size_t said);
void toscene_rc_ends(replay_toscene *t);
void toscene_rc_programs(const replay_toscene *t, cap_buf *to);
/* What is left out, and why, for whoever reads the scenario. */
void toscene_rc_left(const replay_toscene *t, cap_buf *to);

/* toscene_dgm.c */
/* A datagram, whose octets it takes. */
void toscene_dgm_note(toscene_said *s, const nbt_dgm *m, char *data);
/* Whether a control block has this host send it, and nothing else. */
bool toscene_dgm_can(const replay_toscene *t, const toscene_said *s, const toscene_host *h);
void toscene_dgm_step(replay_toscene *t, size_t said, const toscene_host *h);

/* toscene_try.c */
/* Runs it; what did not come is to come another way. True: all has come, or memory is short. */
bool toscene_try(replay_toscene *t, const scene *s);

/* toscene_verb.c */
/* The verb that makes a computer send such a request; NULL: none does. */
const char *toscene_verb(const nbt_ns *ns);
/* Whether it belongs to what an earlier request began: the demand that ends a claim, a refresh. */
bool toscene_goes_on(const nbt_ns *ns);

#endif
