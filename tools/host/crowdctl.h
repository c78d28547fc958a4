/*
 * The control socket of a crowd: a local socket (tools/host/ctl.h) on which this process's user,
 * root, and the members of this process's group look at the computers and reach them. Requests:
 *
 *     lab            one "lab": how many computers, names, sessions, packets there are
 *     list [computer=GLOB] [name=GLOB] [conflicts]
 *                    a "computer" for each that has a label and a name like these, or a name in
 *                    conflict: with its names and their states, and its sessions
 *     attach LABEL   an "attached" with the path of that computer's driver socket, which is opened
 *                    beside the control socket if it has none
 *     stop           the crowd leaves; the connection ends when it has
 */
#ifndef TOOLS_HOST_CROWDCTL_H
#define TOOLS_HOST_CROWDCTL_H

#include "tools/host/crowd.h"

enum { HOST_CROWD_LABEL = 32 }; /* octets of a label, with its NUL */

typedef struct host_crowdctl host_crowdctl;

typedef struct host_crowdctl_cfg {
    host_crowd *crowd;
    const char *lab;       /* what the whole is called; borrowed */
    const char *interface; /* where it is; borrowed */
    uint64_t network;      /* the number of its network namespace */
    /* What its computers are called, in the order of their numbers; borrowed. */
    const char (*label)[HOST_CROWD_LABEL];
    uint32_t nlabels;
} host_crowdctl_cfg;

/* Listens at a path. NULL: err says why, as host_ctl_new. */
host_crowdctl *host_crowdctl_new(uv_loop_t *uv, const char *path, const host_crowdctl_cfg *cfg,
                                 host_err *err);

/* Before the crowd goes. NULL is fine. */
void host_crowdctl_free(host_crowdctl *c);

#endif
