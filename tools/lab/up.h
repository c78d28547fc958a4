/*
 * `nbtlab up`: the computers of a scenario on a real interface, many of each if wanted, in one
 * process, until it is told to end.
 */
#ifndef LAB_UP_H
#define LAB_UP_H

#include "tools/lab/join.h"
#include "tools/lab/upset.h"

enum { LAB_UP_COUNT_MAX = 60000 };

typedef struct lab_up_plan {
    const char *path;
    const char *interface;
    uint32_t count; /* of each computer that is in no row: scene_repeat */
    lab_shard shard;
    bool list;           /* only says what it would switch on */
    const char *sockets; /* a folder for the computers' sockets; NULL: they have none */
    const char *control; /* where the control socket is; NULL: lab_upsock_path */
    uint64_t network;    /* the network namespace in which it was started */
    uint64_t seed;
    bool json;
    bool detach;         /* it goes on in the background when all is up */
    lab_join_kind joins; /* not NONE: they have a network of their own, joined to another */
    const char *where;   /* to which */
    uint32_t gateway;    /* 0: none */
    nbt_subnet subnet;   /* where the scenario's network is moved; mask 0: it stays */
} lab_up_plan;

static inline const nbt_subnet *lab_up_subnet(const lab_up_plan *plan)
{
    return plan->subnet.mask ? &plan->subnet : NULL;
}

/* The exit status. */
int lab_up_run(const lab_up_plan *plan);

/* The same for a plan that joins a network: what lab_up_run does, there. */
int lab_up_join(const lab_up_plan *plan);

/* Ends those that run on an interface of this network (NULL: on any), and takes away what one has
 * left behind that was killed, all its processes: addresses of that interface, sockets in a folder
 * (NULL: none). The exit status. */
int lab_down_run(const char *interface, const char *sockets);

/* The subcommands' mains. They return the exit status. */
int lab_up(int argc, char **argv);
int lab_down(int argc, char **argv);

#endif
