/*
 * The product versions of rc/profile.def: which transports they speak, in which order, and what
 * limits they have. Data only.
 */
#ifndef RC_PROFILE_H
#define RC_PROFILE_H

#include "rc/channel.h"
#include "rc/says.h"

typedef enum rc_transport { RC_NETBIOS, RC_TCP, RC_UDP } rc_transport;

/* Sets of transports. */
enum {
    RC_SPEAKS_NETBIOS = 1 << RC_NETBIOS,
    RC_SPEAKS_TCP = 1 << RC_TCP,
    RC_SPEAKS_UDP = 1 << RC_UDP,
};

/* "netbios", "tcp", "udp". */
const char *rc_transport_str(rc_transport transport);

/* "netbios,tcp" in any order, or one of them. 0: the text is something else. */
unsigned rc_transports_parse(const char *text, size_t len);

/* A set as rc_transports_parse reads it, in the order of rc_transport; "" for none. Static text. */
const char *rc_transports_str(unsigned set);

enum { RC_STEPS_MAX = 3 };

/* One way to reach a client. TCP and UDP: first the rights port, then that of the function. */
typedef struct rc_step {
    rc_transport transport;
    uint16_t rights_port;
} rc_step;

typedef struct rc_profile {
    const char *word; /* "sms2.0" */
    rc_step steps[RC_STEPS_MAX];
    size_t nsteps;
    unsigned usual;            /* set of transports: what it speaks when nobody says which */
    unsigned console_sessions; /* at a time, whatever the transport */
    unsigned grant_memory;     /* seconds, per console; 0: permission is asked every time */
    bool busy_told;            /* a second viewer is told why it is sent away */
    /* Seconds, in which a console that was told so and asks again gets the client: the first viewer
       loses its session. 0: never. */
    unsigned insist;
    /* Seconds without a word from the viewer, after which anybody's disconnecting takes its
       security context away, too: what it sends is discarded then. 0: never. */
    unsigned context_idle;
    bool phases; /* the viewer says what it is trying */
    rc_say not_found;
    rc_say name_refused;
} rc_profile;

/* By its word; NULL if there is no such product. `rc_profile_at` counts from 0, NULL at the end. */
const rc_profile *rc_profile_find(const char *word, size_t len);
const rc_profile *rc_profile_at(size_t i);

/* The set of transports that it has steps for. */
unsigned rc_profile_speaks(const rc_profile *profile);

/*
 * Where a function is opened over TCP or UDP: remote control, chat and file transfer have the ports
 * behind that of the rights, in this order (KB Q167128, Q256884). 0: execute and reboot go where
 * the rights went.
 */
uint16_t rc_step_port(const rc_step *step, rc_function function);

/* The ports, all of one transport, that an agent of this version listens on, or NULL. */
const rc_step *rc_profile_ports(const rc_profile *profile);

/* The same as numbers: that of the rights, then those of a set of rc_function (0: remote control
 * alone) that have one. Returns how many. */
enum { RC_PORTS_MAX = 4 };
size_t rc_profile_port_list(const rc_profile *profile, unsigned functions,
                            uint16_t ports[RC_PORTS_MAX]);

#endif
