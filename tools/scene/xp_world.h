/*
 * An explored scene as a whole: what state each host is in, what is under way between them, what is
 * still to be done. In each state these are the choices:
 *
 *     a message under way arrives; arrives, and once more later; or is lost (what the faults of the
 *         scene make of it, has been decided when it was sent)
 *     a host does what is due
 *     the next step of the scene is done, if its time has come
 *     time passes, up to the next moment at which something of these must be done
 *
 * A message may arrive at once, and must before the greatest delay of its link is over. It is lost
 * only then: until then nobody can tell. That time stops at such moments alone, and nowhere
 * between, is enough: in any run each event can be put off to such a moment without a change of the
 * order, as long as no time-out counts from an arrival; for those there is xp_world_cfg.grain.
 */
#ifndef SCENE_XP_WORLD_H
#define SCENE_XP_WORLD_H

#include "tools/scene/judge.h"
#include "tools/scene/xp_host.h"
#include "tools/scene/xp_search.h"

/* What can be wrong with a state: symbol, word, what it means. */
#define XP_WRONGS(X)                                                                               \
    X(OWNERS, "two-owners",                                                                        \
      "two computers that hear each other own a unique name, with nothing "                        \
      "left under way")                                                                            \
    X(GROUP, "group-and-unique",                                                                   \
      "a name is a group's on one computer and unique on another, "                                \
      "with nothing left under way")                                                               \
    X(DOUBLED, "completion-twice", "a control block came back twice")                              \
    X(UNENDED, "no-completion", "a control block or a claim never ends")                           \
    X(SHARED, "server-shares", "a name server has two owners for a unique name")                   \
    X(CHANGED, "message-changed",                                                                  \
      "a session has brought what was not sent next: doubled, changed or overtaken")               \
    X(LOST, "message-lost", "a session was closed in order before all that was sent had come")     \
    X(LEAKED, "leaked",                                                                            \
      "one side has a session or a connection that the other has not, when all is over")           \
    X(EVER, "two-owners-ever", "two computers that hear each other own a unique name for a time")  \
    X(GROUP_EVER, "group-and-unique-ever", "a name is a group's and unique for a time")            \
    X(LEFT, "two-owners-left",                                                                     \
      "two computers that hear each other own a unique name when all "                             \
      "is over")                                                                                   \
    X(CONNECTED, "connected-ever", "a viewer has its session")                                     \
    X(REFUSED, "refused-ever", "a viewer is refused its console's name")                           \
    X(NOBODY, "nobody-left", "every computer that had a name has it in conflict when all is over")

typedef enum xp_wrong {
    XP_WRONG_NOTHING,
#define X(sym, word, text) XP_WRONG_##sym,
    XP_WRONGS(X)
#undef X
} xp_wrong;

enum {
    XP_WRONGS_QUIET = 1 << XP_WRONG_OWNERS | 1 << XP_WRONG_GROUP | 1 << XP_WRONG_DOUBLED |
                      1 << XP_WRONG_UNENDED | 1 << XP_WRONG_SHARED | 1 << XP_WRONG_CHANGED |
                      1 << XP_WRONG_LOST | 1 << XP_WRONG_LEAKED
};

/* Its word and what it means; NULL behind the last. Static texts. */
const char *xp_wrong_str(unsigned wrong);
const char *xp_wrong_text(unsigned wrong);

enum {
    XP_UNDER_WAY_MAX = 100, /* messages at a time */
    XP_FAULTS_MAX = 8,      /* of a scene */
};

typedef struct xp_world_cfg {
    nbt_mem mem;
    const scene *scene; /* borrowed; one that explore_refuses nothing of */
    unsigned losses, doubles;
    nbt_time delay;  /* of every link; NBT_NEVER: the scene's */
    nbt_time grain;  /* time also stops after so long; NBT_NEVER: not */
    unsigned wrongs; /* a set of 1 << xp_wrong: what is looked for */
    bool whole;      /* what can make no difference is explored, too: see xp_net_deaf */
} xp_world_cfg;

typedef struct xp_world xp_world;

/* NULL without memory. */
xp_world *xp_world_new(const xp_world_cfg *cfg);
void xp_world_free(xp_world *w);

/* The world as a space to be searched. */
xp_space xp_world_space(xp_world *w);

/* There were more messages under way, or names on a host, than there is room for. */
bool xp_world_overflowed(const xp_world *w);

void xp_world_counts(const xp_world *w, uint64_t *states, uint64_t *runs);

/* --- one way through the world, told -------------------------------------------------------- */

typedef enum xp_choice_kind {
    XP_ARRIVE,
    XP_ARRIVE_TWICE, /* it stays under way */
    XP_LOSE,
    XP_DUE,
    XP_STEP,
    XP_PASS,
} xp_choice_kind;

/* A datagram that was sent, and what the faults of the scene make of it. */
typedef struct xp_sent {
    uint32_t packet, wire; /* as it was sent, and as it arrives */
    nbt_time more;         /* so much longer on its way */
    uint32_t again;        /* so many more of it, */
    nbt_time later;        /* each so much later than it */
    bool drop;             /* nobody gets it */
    bool held;             /* it waits for the next one */
    bool frees;            /* it is that one */
} xp_sent;

typedef struct xp_event {
    xp_choice_kind kind;
    nbt_time at;         /* since the beginning, before it */
    nbt_time pause;      /* PASS */
    nbt_time jump;       /* STEP: the host's clock is so much ahead then */
    uint8_t host;        /* whose; XP_HOSTS_MAX: a step that is no host's */
    uint32_t message;    /* ARRIVE..., LOSE: without marks, */
    nbt_time left;       /*                  within what time it had to arrive */
    uint32_t step;       /* STEP */
    const xp_sent *sent; /* datagrams that it led to; until the next event */
    size_t nsent;
} xp_event;

/* The datagrams that the hosts have sent before the first choice: own names of those that are up.
 */
const xp_sent *xp_world_begin(const xp_world *w, size_t *n);

/* The next choice of a way (after which there is no searching any more) that xp_search_path has
 * found; false without memory. */
bool xp_world_tell(xp_world *w, uint32_t choice, xp_event *ev);

/* Whom a datagram reaches that is sent there: slots. How many. */
size_t xp_world_receivers(const xp_world *w, uint32_t packet, uint8_t to[XP_SLOTS_MAX]);

/* How long a message may take. */
nbt_time xp_world_delay(const xp_world *w, uint32_t message);

uint8_t xp_world_hosts(const xp_world *w);

/* Where the way has led to: what a host has there. */
const xp_facts *xp_world_facts(const xp_world *w, uint8_t host);

uint32_t xp_world_message(const xp_world *w, uint32_t packet, uint8_t slot);
const xp_packet *xp_world_packet(const xp_world *w, uint32_t number);
const xp_slot *xp_world_slot(const xp_world *w, uint32_t message);
bool xp_world_comes_back(const xp_world *w, uint32_t message); /* xp_net.h */
const nbt_name *xp_world_name(const xp_world *w, uint16_t name);

/* The program that stands so; false if `wrong` is not about one. */
bool xp_world_culprit(const xp_world *w, xp_wrong wrong, uint16_t *program, xp_standing *is);

/* A name that is wrong as `wrong` says, and two that have it; false if it is not about such. */
bool xp_world_culprits(const xp_world *w, xp_wrong wrong, scene_breach *breach);

#endif
