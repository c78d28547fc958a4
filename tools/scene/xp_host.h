/*
 * One host of an explored scene: the real objects of nbt/ and rc/, a computer with the programs on
 * it or a name server, and all states that they were found in. Each state has a number; what a
 * stimulus makes of it is worked out once, by the objects themselves, and looked up ever after.
 *
 * A state knows no hour: whatever it waits for counts from now.
 */
#ifndef SCENE_XP_HOST_H
#define SCENE_XP_HOST_H

#include "nbt/idmap.h"
#include "tools/scene/xp_arena.h"
#include "tools/scene/xp_net.h"

enum {
    XP_STEPS_MAX = 64,    /* of a scene */
    XP_NAMES_MAX = 12,    /* that a host has at a time */
    XP_PROGRAMS_MAX = 16, /* of a scene */
    XP_HOST_ENDS_MAX = 8, /* connections of a host */
};

/* What became of a step's control block. */
enum { XP_RESULT_NONE, XP_RESULT_PENDING, XP_RESULT_DONE = 0x100 /* and its return code */ };

typedef struct xp_holding {
    uint16_t name; /* number in xp_hosts.name */
    uint8_t lana;
    bool group;
    scene_name_state state;
} xp_holding;

/* How a program stands. */
enum { XP_PHASE_NONE };
#define XP_PHASE_OF(phase) ((phase) + 1)

typedef struct xp_standing {
    uint8_t phase;  /* NONE, or XP_PHASE_OF a scene_phase */
    uint8_t detail; /* CONNECTED: rc_transport; ENDED: rc_end */
    bool refused;   /* a viewer's claim was, with this return code */
    uint8_t retcode;
} xp_standing;

/* A connection, as its host has it. */
typedef struct xp_ends_seen {
    nbt_ep local, peer;
} xp_ends_seen;

/* What there is to see of a state. */
typedef struct xp_facts {
    nbt_time due; /* from now; NBT_NEVER: nothing waits */
    bool up;
    bool quiet;      /* nothing is under way that will end by itself */
    bool doubled;    /* a control block came back that was not under way */
    bool shared;     /* servers: a unique name has more than one owner */
    bool unanswered; /* a program waits for a control block that is nowhere any more */
    bool changed;    /* a session has brought what was not sent next */
    bool lost;       /* one was closed in order before all that was sent had come */
    bool bare;       /* a session has no connection */
    bool crashed;    /* at some time */
    uint8_t nholdings;
    xp_holding holding[XP_NAMES_MAX];
    uint16_t result[XP_STEPS_MAX];
    xp_standing standing[XP_PROGRAMS_MAX];
    uint8_t nends;
    xp_ends_seen end[XP_HOST_ENDS_MAX];
} xp_facts;

/* What happens to a host: a kind and what it is about, in one word. */
typedef enum xp_stimulus_kind {
    XP_ON_MESSAGE, /* an xp_message reaches it */
    XP_ON_TIME,    /* what is due is done */
    XP_ON_STEP,    /* a step of the scene */
    XP_ON_PAUSE,   /* time passes: number in xp_hosts.pause */
} xp_stimulus_kind;

static inline uint32_t xp_stimulus(xp_stimulus_kind kind, uint32_t about)
{
    return (uint32_t)kind << 30 | about;
}

typedef struct xp_host xp_host;

/* All hosts, and what they share. */
typedef struct xp_hosts {
    nbt_mem mem;
    const scene *scene;
    xp_net *net;
    nbt_name *name; /* every name that was seen somewhere */
    size_t nnames, names_cap;
    nbt_time *pause; /* every time that has passed at once */
    size_t npauses, pauses_cap;
    size_t weight;   /* octets that all states take */
    bool overflowed; /* there was no room for something in a host: it means nothing any more */
    xp_host *host[XP_HOSTS_MAX];
} xp_hosts;

/* False without memory: xp_hosts_fini then. The scene and the network are borrowed. */
bool xp_hosts_init(xp_hosts *all, nbt_mem mem, const scene *s, xp_net *net);
void xp_hosts_fini(xp_hosts *all);

/* What comes of a stimulus: another state, and datagrams that are sent, in order. */
typedef struct xp_outcome {
    uint32_t to;
    uint32_t nsent;
    const uint32_t *sent; /* numbers of xp_net; they hold until the next stimulus */
} xp_outcome;

/* False without memory. A host's first state, and its states, are numbered from 0 on. */
bool xp_host_first(xp_hosts *all, uint8_t host, xp_outcome *out);
bool xp_host_step(xp_hosts *all, uint8_t host, uint32_t from, uint32_t stimulus, xp_outcome *out);

const xp_facts *xp_host_facts(const xp_hosts *all, uint8_t host, uint32_t number);

/* The number of a pause; false without memory. */
bool xp_hosts_pause(xp_hosts *all, nbt_time pause, uint32_t *number);

/* How many states were found of all hosts, and how often objects were run for that. */
void xp_hosts_counts(const xp_hosts *all, uint64_t *states, uint64_t *runs);

#endif
