/*
 * The agent: the client's side of remote control. It claims <client><43> and listens there, or on
 * the profile's TCP or UDP ports (whoever runs it has the latter open), or both; checks who comes;
 * and lets one viewer at a time see and type on its screen, chat with its user, or move files.
 *
 * A second viewer is let in at the transport's level, checked, told that the client is busy, and
 * sent away (KB Q168600, Q280054).
 */
#ifndef RC_AGENT_H
#define RC_AGENT_H

#include "nbt/digest.h"
#include "rc/claim.h"
#include "rc/pack.h"
#include "rc/profile.h"

/* What becomes of a viewer that has the rights. */
typedef enum rc_permission {
    RC_PERMISSION_ASK, /* the client's user decides, in time (KB Q164879, Q167857) */
    RC_PERMISSION_GRANT,
    RC_PERMISSION_DENY,
} rc_permission;

/* "ask", "grant", "deny". */
const char *rc_permission_str(rc_permission permission);
bool rc_permission_parse(rc_permission *permission, const char *text, size_t len);

/*
 * What goes wrong with its streams over UDP, if anything: symbol, word. Once a segment of a viewer
 * did not come in its turn, an agent that is OUT_OF_STEP discards all that he says, and goes on
 * showing its screen (KB Q233545, Q173122). One of TOO_MANY_NAKS gives a viewer up who has said so
 * often that something is missing (KB Q152632, Q153634, of IPX; no article has how often).
 */
#define RC_UDP_FLAWS(X)                                                                            \
    X(NONE, "none")                                                                                \
    X(OUT_OF_STEP, "out-of-step")                                                                  \
    X(TOO_MANY_NAKS, "too-many-naks")

typedef enum rc_udp_flaw {
#define X(sym, word) RC_UDP_FLAW_##sym,
    RC_UDP_FLAWS(X)
#undef X
} rc_udp_flaw;

enum { RC_NAKS_MAX = 5 }; /* with TOO_MANY_NAKS: in one stream */

const char *rc_udp_flaw_str(rc_udp_flaw flaw);
bool rc_udp_flaw_parse(rc_udp_flaw *flaw, const char *text, size_t len);

typedef struct rc_agent_cfg {
    const rc_profile *profile; /* borrowed, as long as the agent */
    unsigned protocols;        /* set of transports, at least one that the profile speaks */
    const char *client;        /* this machine's name; NULL: the driver is asked. Copied */
    const uint8_t *lanas;      /* copied, up to RC_LANAS_MAX */
    size_t nlanas;             /* 0: all that the driver has, up to RC_LANAS_MAX */
    rc_permission permission;
    nbt_time ask_timeout;
    rc_compression compression;
    rc_udp_flaw flaw;
    nbt_time down_time; /* how long a restart takes, which is acted out here */
    unsigned functions; /* a set of rc_function; 0: remote control alone */
    /* The permitted viewers, by user; NULL: everybody. Borrowed, as long as the agent. A list of
       none lets nobody in (KB Q173565). */
    const char *const *permitted;
    size_t npermitted;
    bool still;        /* no clock on the screen: nothing there changes by itself */
    nbt_time midnight; /* `now` plus this is microseconds since midnight: the clock on the screen */
    uint64_t seed;
} rc_agent_cfg;

typedef struct rc_agent rc_agent;

/* NULL without memory. */
rc_agent *rc_agent_new(nbt_mem mem, const rc_agent_cfg *cfg);
void rc_agent_free(rc_agent *a);

/* The entrances, as those of rc/viewer.h. */
void rc_agent_start(rc_agent *a, nbt_time now, nbt_out *out);
void rc_agent_ncb(rc_agent *a, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                  nbt_out *out);
void rc_agent_gone(rc_agent *a, nbt_time now, nbt_out *out);
void rc_agent_tcp(rc_agent *a, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);
void rc_agent_rx(rc_agent *a, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data, nbt_out *out);
void rc_agent_do(rc_agent *a, nbt_time now, const rc_cmd *cmd, nbt_out *out);
void rc_agent_tick(rc_agent *a, nbt_time now, nbt_out *out);
nbt_time rc_agent_due(const rc_agent *a);

/* Whether it listens, and nobody waits for it or is waited for. */
bool rc_agent_rests(const rc_agent *a);

/* What its future depends on, as in nbt/digests.h. */
void rc_agent_digest(const rc_agent *a, nbt_digest *d);

#endif
