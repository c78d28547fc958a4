/*
 * The objects of one host, in an arena, and what stimuli make of them: a computer, the viewers that
 * run on it and the control blocks of its other programs, or a name server. Nobody takes a TCP
 * connection here: each is refused at once.
 */
#ifndef SCENE_XP_OBJECTS_H
#define SCENE_XP_OBJECTS_H

#include "nbt/computer.h"
#include "nbt/nbns.h"
#include "rc/viewer.h"
#include "tools/scene/xp_host.h"

/* What lives in the arena. */
typedef struct xp_objects {
    nbt_computer *computer;
    nbt_nbns *server;
    rc_viewer *viewer[XP_VIEWERS_MAX]; /* that run */
    uint32_t viewer_proc[XP_VIEWERS_MAX];
    uint8_t viewer_end[XP_VIEWERS_MAX]; /* 0: none; else its rc_end + 1 */
    uint32_t reset;                     /* a bit for each program that has done its RESET */
    bool doubled;
    uint16_t result[XP_STEPS_MAX];
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
    uint32_t *sent; /* numbers of datagrams, one behind the other: nobody takes them out */
    xp_letter *mail;
    size_t nsent, sent_cap, nmail, mail_cap;
    bool failed; /* there was no memory: it means nothing any more */
} xp_work;

/* False without memory; xp_work_fini in any case. */
bool xp_work_init(xp_work *w, xp_hosts *all, uint8_t index, xp_arena *arena);
void xp_work_fini(xp_work *w);

/* The host is switched on, if it is not. */
void xp_work_start(xp_work *w);

/* A stimulus, and all that follows from it on this host. False without memory. */
bool xp_work_do(xp_work *w, uint32_t stimulus);

uint64_t xp_work_digest(const xp_work *w);

/* What there is to see now; false without memory, or room. */
bool xp_work_see(xp_work *w, xp_facts *f);

#endif
