/*
 * The inside of a host at work, for xp_objects.c (the host), xp_progs.c (programs) and xp_ends.c
 * (connections).
 */
#ifndef SCENE_XP_WORK_IMPL_H
#define SCENE_XP_WORK_IMPL_H

#include "tools/scene/xp_objects.h"

/* Something from one object of the host to another. */
struct xp_letter {
    nbt_act_kind kind; /* NCB, to the driver; ACCEPTED, DONE; TCP_OPEN: `ev`; TCP_RESUME: the next
                          piece of ev.conn may be taken; APP: `app` */
    uint32_t proc, tag;
    uint32_t app;
    int64_t value;
    nbt_tcp_ev ev;
    nbt_ncb ncb;
    uint8_t *data; /* owned */
    size_t n;
};

/* --- xp_objects.c --------------------------------------------------------------------------- */

/* A letter is delivered when those before it are; `data` is copied. */
void xp_work_post(xp_work *h, const xp_letter *l, nbt_bytes data);

/* A packet leaves the host. */
void xp_work_send(xp_work *h, const xp_packet *what);

/* What an object has wanted: all that is in h->out; `proc` is the program that it is. */
void xp_work_carry_out(xp_work *h, uint32_t proc);

/* --- xp_progs.c ----------------------------------------------------------------------------- */

/* Those of the host that run from its start on; one. */
void xp_progs_start(xp_work *h);
void xp_progs_run(xp_work *h, uint16_t program);

/* One ends without a word, as a process that is killed; all of them, where the host has no power.
 */
void xp_progs_kill(xp_work *h, uint16_t program);
void xp_progs_vanish(xp_work *h);

/* What a step wants of one. */
void xp_progs_submit(xp_work *h, uint32_t step);
void xp_progs_command(xp_work *h, uint16_t program, const rc_cmd *cmd);

/* A control block is submitted; it has come back. Both before anybody else hears of it. */
void xp_progs_asked(xp_work *h, uint32_t proc, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data);
void xp_progs_done(xp_work *h, const nbt_act *act, nbt_bytes data);

/* Whether one that runs is told of it. */
bool xp_progs_runs(const xp_work *h, uint32_t proc);
void xp_progs_deliver(xp_work *h, const xp_letter *l);

/* An effect that is more than something to show: it is posted. */
void xp_progs_effect(xp_work *h, uint32_t proc, const nbt_act *act, nbt_bytes data);

void xp_progs_tick(xp_work *h);
nbt_time xp_progs_due(const xp_objects *o);
void xp_progs_digest(const xp_work *h, nbt_digest *d);

/* Whether all of them wait for somebody else; whether one waits for a control block that its driver
 * does not have. */
bool xp_progs_quiet(const xp_objects *o);
bool xp_progs_unanswered(const xp_objects *o);

#endif
