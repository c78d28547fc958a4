/*
 * The objects of one host, in an arena, and what stimuli make of them: a computer, the programs
 * that run on it with their control blocks and connections, or a name server, which may pass
 * datagrams on. Answers of a name server by TCP are not explored: who asks for one is refused at
 * once.
 */
#ifndef SCENE_XP_OBJECTS_H
#define SCENE_XP_OBJECTS_H

#include "nbt/computer.h"
#include "nbt/dummy.h"
#include "nbt/nbdd.h"
#include "nbt/nbns.h"
#include "nbt/own.h"
#include "rc/agent.h"
#include "rc/viewer.h"
#include "tools/scene/simfile.h"
#include "tools/scene/xp_ends.h"
#include "tools/scene/xp_host.h"

enum {
    XP_DRIVER = 0,     /* the program that the driver's own names belong to; others are 1 + their
                          number in the scene */
    XP_PROGS_MAX = 8,  /* viewers, agents and services that run on one host */
    XP_ASKED_MAX = 48, /* control blocks of one host that are under way */
};

/* A viewer, an agent or a service that runs; proc 0: none. */
typedef struct xp_prog {
    uint32_t proc;
    bool place; /* a viewer: it has one of the console's places */
    rc_viewer *viewer;
    rc_agent *agent;
    nbt_dummy service;
} xp_prog;

/* A control block that has not come back. */
typedef struct xp_asked {
    uint32_t proc, tag;
    uint8_t verb;
} xp_asked;

/* What lives in the arena. */
typedef struct xp_objects {
    nbt_computer *computer;
    nbt_nbns *server;
    nbt_nbdd *nbdd; /* of that, if it passes datagrams on; it borrows the server */
    nbt_own own;
    bool up;      /* its own names are settled, and its programs run */
    bool crashed; /* at some time: what others have of it, they have rightly */
    xp_prog prog[XP_PROGS_MAX];
    uint32_t places;                       /* that viewers have taken */
    xp_standing standing[XP_PROGRAMS_MAX]; /* by program of the scene, */
    uint16_t lsn[XP_PROGRAMS_MAX];         /* the session of one that submits control blocks */
    simfile file[XP_PROGRAMS_MAX];
    uint32_t reset; /* a bit for each such that has done its RESET */
    xp_asked asked[XP_ASKED_MAX];
    uint32_t nasked;
    bool doubled;
    uint16_t result[XP_STEPS_MAX];
    xp_ends ends;
} xp_objects;

typedef struct xp_letter xp_letter;

typedef struct xp_work {
    xp_hosts *all;
    uint8_t index;
    const scene_host *cfg;
    xp_arena *arena;
    xp_objects *o; /* in the arena */
    nbt_time now;
    nbt_out out;
    uint32_t *sent; /* numbers of packets, one behind the other: nobody takes them out */
    xp_letter *mail;
    size_t nsent, sent_cap, nmail, mail_cap;
    bool failed; /* there was no memory: it means nothing any more */
} xp_work;

/* False without memory; xp_work_fini in any case. */
bool xp_work_init(xp_work *w, xp_hosts *all, uint8_t index, xp_arena *arena);
void xp_work_fini(xp_work *w);

/* The host is switched on, if it is not. */
void xp_work_start(xp_work *w);

/* A stimulus, and all that follows from it on this host. False without memory, or room. */
bool xp_work_do(xp_work *w, uint32_t stimulus);

uint64_t xp_work_digest(const xp_work *w);

/* What there is to see now; false without memory, or room. */
bool xp_work_see(xp_work *w, xp_facts *f);

#endif
