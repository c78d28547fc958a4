/*
 * Many computers made to run in one process, through one UDP socket and one TCP listener: each has
 * an address of its own, which the kernel has to take for one of this machine's. What they say to
 * each other goes through the kernel as what they say to others does.
 */
#ifndef TOOLS_HOST_CROWD_H
#define TOOLS_HOST_CROWD_H

#include "nbt/crowd.h"
#include "nbt/dummy.h"
#include "nbt/nbdd.h"
#include "nbt/nbns.h"
#include "tools/host/iface.h"
#include "tools/host/loop.h"

typedef struct host_crowd_cfg {
    host_iface iface; /* where they all are */
    bool traces;      /* on_trace is called */
    void *tool;       /* first argument of what follows */
    /* An NBT_ACT_TRACE; NULL without traces. */
    void (*on_trace)(void *tool, const nbt_act *act);
    /* A line for whoever watches, without its newline. */
    void (*on_log)(void *tool, const char *line);
    /* SIGINT or SIGTERM came: the tool calls host_crowd_leave. */
    void (*on_stop)(void *tool);
    /* The own names of one more computer have all been obtained or refused. May be NULL. */
    void (*on_settled)(void *tool);
    /* One more service has its name, or was refused it. May be NULL. */
    void (*on_service)(void *tool, bool has);
} host_crowd_cfg;

typedef struct host_crowd host_crowd;

/*
 * Opens UDP 137 and 138 of the interface and TCP 139 of this machine, and puts the crowd on the
 * loop. NULL: err says why: HOST_PORT, HOST_MISSING, HOST_SYSTEM.
 */
host_crowd *host_crowd_new(host_loop *loop, const host_crowd_cfg *cfg, host_err *err);

/* After host_loop_run. */
void host_crowd_free(host_crowd *h);

typedef struct host_crowd_member {
    nbt_lana_cfg lana; /* its only one */
    nbt_own own;       /* as nbt_crowd_add */
    uint64_t seed;
    const nbt_rule *rules; /* as nbt_computer_cfg */
    size_t nrules;
} host_crowd_member;

/* One more computer. Its number; 0 without memory or if the address is taken. */
uint32_t host_crowd_add(host_crowd *h, const host_crowd_member *m);

/*
 * Services of a computer, which start when its own names are settled; once for each computer.
 * on_service tells of each. HOST_SYSTEM.
 */
bool host_crowd_run(host_crowd *h, uint32_t member, const nbt_dummy *services, size_t n,
                    host_err *err);

/* A name server, and a distribution server beside it or NULL, at an address of its own: the crowd's
 * from then on, also without success. Errors as host_crowdns_new. */
bool host_crowd_add_server(host_crowd *h, uint32_t ip, nbt_nbns *server, nbt_nbdd *nbdd,
                           host_err *err);

/* Switches all of them on, a few at a time, from the next turn of the loop on. */
void host_crowd_boot(host_crowd *h);

/*
 * Opens a computer's driver socket at a path, for its programs; once for each computer. Errors as
 * host_ncbsrv_new.
 */
bool host_crowd_serve(host_crowd *h, uint32_t member, const char *path, host_err *err);

/* Where that is; NULL: nowhere. */
const char *host_crowd_served(const host_crowd *h, uint32_t member);

/* To be looked at. */
const nbt_crowd *host_crowd_all(const host_crowd *h);

/* Packets that came and went so far, and those that the kernel had to throw away because nobody
 * took them in time. */
typedef struct host_crowd_counts {
    uint64_t received, sent, lost;
} host_crowd_counts;

host_crowd_counts host_crowd_count(const host_crowd *h);

/* The end in order: programs are gone, names are given back, and then, or when the time for that is
 * over, the loop is stopped. A second call does nothing. */
void host_crowd_leave(host_crowd *h);

#endif
