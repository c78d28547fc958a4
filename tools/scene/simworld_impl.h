/*
 * The inside of a simulated world, shared by simworld*.c.
 */
#ifndef SCENE_SIMWORLD_IMPL_H
#define SCENE_SIMWORLD_IMPL_H

#include "nbt/mem.h"
#include "tools/scene/build.h"
#include "tools/scene/fault.h"
#include "tools/scene/hear.h"
#include "tools/scene/simfile.h"
#include "tools/scene/simworld.h"

typedef struct simhost {
    uint32_t net; /* its number in the network */
    uint32_t obj; /* its driver or server; 0: it is off */
    uint32_t adapter[SCENE_ADAPTERS_MAX];
    uint8_t side[SCENE_ADAPTERS_MAX]; /* of its network */
    nbt_computer *computer;
    nbt_nbns *server;
    nbt_nbdd *nbdd; /* of the server; NULL: none */
    nbt_own own;
    bool up;           /* told */
    nbt_time leave_by; /* it is being stopped, and off then at the latest; else NBT_NEVER */
    uint32_t starts;   /* how often it has been started */
    uint32_t places;   /* of the console that viewers have taken */
} simhost;

typedef struct simprog {
    simworld *w;
    uint16_t index;
    uint32_t obj;              /* 0: it does not run */
    const nbt_simnet_ops *ops; /* of remote control, and its object; else NULL */
    void *rc;
    rc_viewer *viewer;
    rc_agent *agent;
    nbt_dummy service; /* of a service */
    bool reset;        /* a program: it has done its RESET */
    bool place;        /* a viewer: it has one */
    uint16_t lsn;
    uint32_t runs;
    simfile file;
} simprog;

struct simworld {
    simworld_cfg cfg;
    const scene *s;
    nbt_rng rng;
    nbt_simnet *net;
    scene_faults *faults;
    uint32_t *segment; /* by network */
    simhost *host;
    simprog *prog;
    uint32_t *owner; /* by object: whose it is; hosts from 0 on, then programs */
    size_t owners_cap;
    scene_hear hear;
    nbt_time leaving; /* the earliest leave_by */
    simbook *book;
    bool failed;
};

/* --- simworld.c ------------------------------------------------------------------------------- */

/* Notes whose an object is. */
void simworld_own(simworld *w, uint32_t obj, uint32_t owner);

void simworld_tell(simworld *w, scene_event_kind kind, uint32_t index);

/* --- simworld_host.c -------------------------------------------------------------------------- */

void simworld_host_start(simworld *w, uint16_t host);
void simworld_host_stop(simworld *w, uint16_t host);
void simworld_host_crash(simworld *w, uint16_t host);
void simworld_host_effect(simworld *w, uint16_t host, const nbt_simnet_effect *e);

/* Stopped hosts that have released their names are switched off. */
void simworld_hosts_leave(simworld *w);

/* A message of a step leaves a host. */
void simworld_host_send(simworld *w, const scene_step *step);

/* --- simworld_prog.c -------------------------------------------------------------------------- */

void simworld_prog_run(simworld *w, uint16_t prog);

/* It ends without a word, as a process that is killed. */
void simworld_prog_kill(simworld *w, uint16_t prog);

/* The same where its host has no power: its driver does not hear of it. */
void simworld_prog_vanish(simworld *w, uint16_t prog);

void simworld_prog_submit(simworld *w, const scene_step *step);
void simworld_prog_command(simworld *w, uint16_t prog, const rc_cmd *cmd);
void simworld_prog_effect(simworld *w, uint16_t prog, const nbt_simnet_effect *e);

#endif
