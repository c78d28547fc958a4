/*
 * Which scenes cannot be explored.
 */
#include "tools/scene/explore.h"

#include <string.h>

#define TIME_MAX NBT_S(1800) /* two of them fit into a state */

enum { COPIES_MAX = 4, FILE_SIZE_MAX = 64000 };

static const char *refuses_step(const scene_step *s)
{
    switch (s->what) {
    case SCENE_DO_LINK:
        return "links are explore's own choice: --delay, --losses, --duplicates";
    case SCENE_DO_AWAIT:
        if (s->sight.see == SCENE_SEE_DONE || s->sight.see == SCENE_SEE_NAME ||
            s->sight.see == SCENE_SEE_READY ||
            (s->sight.see == SCENE_SEE_PROGRAM && s->sight.phase <= SCENE_PHASE_ENDED))
            return NULL;
        return "explore can only await a control block, a name's state, a host or a program";
    case SCENE_DO_SEND:
        return s->asked ? "an id that was asked with is not explored: say which, as id=0x0001"
                        : NULL;
    case SCENE_DO_START:
    case SCENE_DO_STOP:
    case SCENE_DO_CRASH:
    case SCENE_DO_RUN:
    case SCENE_DO_KILL:
    case SCENE_DO_NCB:
    case SCENE_DO_CLOSE:
    case SCENE_DO_STATIC:
    case SCENE_DO_FORGET:
    case SCENE_DO_FREEZE:
    case SCENE_DO_THAW:
    case SCENE_DO_PARTITION:
    case SCENE_DO_HEAL:
    case SCENE_DO_FAULT:
    case SCENE_DO_MEND:
    case SCENE_DO_CLOCK:
    case SCENE_DO_TYPE:
    case SCENE_DO_PERMIT:
        break;
    }
    return NULL;
}

/* What TCP sends again once the network is whole is not explored. */
static bool has_sessions(const scene *s)
{
    for (uint32_t i = 0; i < s->nprograms; i++)
        if (s->program[i].kind != SCENE_PROGRAM && s->program[i].kind != SCENE_VIEWER)
            return true;
    for (uint32_t i = 0; i < s->nsteps; i++)
        if (s->step[i].what == SCENE_DO_NCB && nbt_ncb_verb(&s->step[i].ncb) == NBT_NCB_LISTEN)
            return true;
    return false;
}

const char *explore_refuses(const scene *s, scene_pos *at)
{
    size_t adapters = 0, cuts = 0;
    *at = (scene_pos){ 0, 0 };
    if (s->nhosts > XP_HOSTS_MAX)
        return "more than 8 hosts: there would be too many states";
    for (uint32_t i = 0; i < s->nhosts; i++) {
        *at = s->host[i].pos;
        adapters += s->host[i].nadapters;
    }
    *at = (scene_pos){ 0, 0 };
    if (adapters > XP_SLOTS_MAX)
        return "more than 16 adapters: there would be too many states";
    if (s->nsteps > XP_STEPS_MAX)
        return "more than 64 steps: there would be too many states";
    for (uint32_t i = 0; i < s->nfaults; i++) {
        const scene_fault *f = &s->fault[i];
        *at = f->pos;
        if (f->msg.kind && strncmp(f->msg.kind, "rc-", 3) == 0)
            return "explore does not look into remote control: what of it is lost is its own "
                   "choice";
        if (i == XP_FAULTS_MAX)
            return "more than 8 faults: there would be too many states";
        if (f->more > TIME_MAX || f->on > TIME_MAX || f->off > TIME_MAX)
            return "explore waits no longer than half an hour for what is late";
        if (f->harm == SCENE_HARM_DUPLICATE && f->times > COPIES_MAX)
            return "more than 4 copies: there would be too many states";
    }
    if (s->nprograms > XP_PROGRAMS_MAX) {
        *at = s->program[XP_PROGRAMS_MAX].pos;
        return "more than 16 programs: there would be too many states";
    }
    for (uint32_t i = 0; i < s->nprograms; i++) {
        *at = s->program[i].pos;
        if (scene_is_service(&s->program[i]) && s->program[i].serves == NBT_DUMMY_SOURCE)
            return "what sends without end has no last state";
        if ((s->program[i].agent.protocols | s->program[i].viewer.protocols) & RC_SPEAKS_UDP)
            return "remote control over UDP is not explored: it sends again, in too many orders";
        if (s->program[i].file_size > FILE_SIZE_MAX)
            return "a file of more than 64000 octets: there would be too many states";
    }
    for (uint32_t i = 0; i < s->nsteps; i++) {
        *at = s->step[i].pos;
        const char *why = refuses_step(&s->step[i]);
        if (why)
            return why;
        cuts += s->step[i].what == SCENE_DO_PARTITION;
        if ((s->step[i].what == SCENE_DO_HEAL || cuts > 1) && has_sessions(s))
            return "a network with sessions that was cut does not heal: what TCP sends again then "
                   "is "
                   "not explored";
    }
    return NULL;
}
