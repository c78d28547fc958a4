/*
 * Steps and faults that cannot be: the steps are gone through in their order, with what is up, what
 * runs and what is broken by then.
 */
#include "tools/scene/check_impl.h"
#include "nbt/mem.h"
#include "nbt/text.h"

/* What is known of the run before a step. */
typedef struct stage {
    bool *up;       /* hosts */
    bool *run;      /* programs: running, or having run */
    bool *began;    /* faults */
    bool *mended;   /* faults */
    bool *parted;   /* networks */
    nbt_time now;   /* when the step before has ended */
    bool now_known; /* not behind an await */
} stage;

static const scene_step *step_of(scene_checker *c, uint32_t i)
{
    return &c->s->step[i];
}

/* -- when -------------------------------------------------------------------------------------- */

static void check_time(scene_checker *c, stage *g, const scene_step *step)
{
    if (step->relative) {
        g->now += step->at;
    } else {
        if (!g->now_known)
            scene_deny(c, step->pos, "", "behind an await nobody knows what time it is",
                       "a time such as +1s, so long after the step before");
        else if (step->at < g->now)
            scene_deny(c, step->pos, "", "this time has passed: the step before comes later",
                       "a later time, or one such as +1s");
        g->now = step->at;
    }
    g->now_known = g->now_known && step->what != SCENE_DO_AWAIT;
}

/* -- hosts ------------------------------------------------------------------------------------- */

static bool must_be_up(scene_checker *c, const stage *g, const scene_step *step, uint16_t host)
{
    if (!g->up[host])
        scene_deny(c, step->pos, c->s->host[host].name, "this host is not up then",
                   "a step that starts it first");
    return g->up[host];
}

static void check_start(scene_checker *c, stage *g, const scene_step *step)
{
    const scene_host *h = &c->s->host[step->host];
    if (g->up[step->host])
        scene_deny(c, step->pos, h->name, "this host is up already",
                   "`off` in its line, or a step that stops it first");
    g->up[step->host] = true;
}

static void check_stop(scene_checker *c, stage *g, const scene_step *step)
{
    must_be_up(c, g, step, step->host);
    g->up[step->host] = false;
    for (uint32_t i = 0; i < c->s->nprograms; i++) {
        if (c->s->program[i].host == step->host)
            g->run[i] = false;
    }
}

static void check_send(scene_checker *c, const stage *g, const scene_step *step)
{
    if (step->host == SCENE_NOBODY)
        return;
    must_be_up(c, g, step, step->host);
    if (step->to.port == NBT_PORT_SSN || step->from.port == NBT_PORT_SSN)
        scene_deny(c, step->pos, c->s->host[step->host].name,
                   "session packets go over a connection, which no step opens by hand",
                   "a message of the name or datagram service; a program's call and send");
}

/* -- programs ---------------------------------------------------------------------------------- */

static void check_run(scene_checker *c, stage *g, const scene_step *step)
{
    const scene_program *p = &c->s->program[step->program];
    if (p->kind == SCENE_PROGRAM)
        scene_deny(c, step->pos, p->name, "this program runs from the start", "");
    else if (p->kind != SCENE_VIEWER && g->run[step->program])
        scene_deny(c, step->pos, p->name, "this program runs already",
                   "`off` in its line, or a step that kills it first");
    if (p->host < c->s->nhosts)
        must_be_up(c, g, step, p->host);
    g->run[step->program] = true;
}

static void must_run(scene_checker *c, const stage *g, const scene_step *step)
{
    const scene_program *p = &c->s->program[step->program];
    if (!g->run[step->program])
        scene_deny(c, step->pos, p->name, "this program does not run then",
                   "a step that runs it first");
}

/* A step that only some kinds of programs can do. */
static void check_kind(scene_checker *c, const scene_step *step, bool can, const char *expected)
{
    if (!can)
        scene_deny(c, step->pos, c->s->program[step->program].name, "this program cannot do that",
                   expected);
}

static void check_ncb(scene_checker *c, const stage *g, const scene_step *step)
{
    const scene_program *p = &c->s->program[step->program];
    check_kind(c, step, p->kind == SCENE_PROGRAM, "a `program`");
    must_be_up(c, g, step, p->host);
}

/* -- networks, faults -------------------------------------------------------------------------- */

static bool is_on(const scene_host *h, uint16_t network)
{
    for (uint8_t i = 0; i < h->nadapters; i++) {
        if (h->adapter[i].network == network)
            return true;
    }
    return false;
}

static void check_partition(scene_checker *c, stage *g, const scene_step *step)
{
    uint32_t there = 0;
    for (uint32_t i = 0; i < c->s->nhosts; i++)
        there += is_on(&c->s->host[i], step->network);
    for (uint32_t i = 0; i < step->nhosts; i++) {
        const scene_host *h = &c->s->host[step->hosts[i]];
        if (!is_on(h, step->network))
            scene_deny(c, step->pos, h->name, "this host is not on that network",
                       "hosts that have an address there");
    }
    if (step->nhosts >= there)
        scene_deny(c, step->pos, c->s->network[step->network].name,
                   "nobody is left on the other side", "some of the network's hosts");
    g->parted[step->network] = true;
}

static void check_heal(scene_checker *c, stage *g, const scene_step *step)
{
    if (!g->parted[step->network])
        scene_deny(c, step->pos, c->s->network[step->network].name, "this network is whole then",
                   "a step that parts it first");
    g->parted[step->network] = false;
}

static void check_mend(scene_checker *c, stage *g, const scene_step *step)
{
    const scene_fault *f = &c->s->fault[step->fault];
    if (!g->began[step->fault] || g->mended[step->fault])
        scene_deny(c, step->pos, f->name,
                   g->mended[step->fault] ? "this fault is mended already"
                                          : "this fault has not begun then",
                   "a step that begins it first");
    g->mended[step->fault] = true;
}

/* -- awaits ------------------------------------------------------------------------------------ */

static bool was_asked(const scene *s, uint32_t before, const scene_sight *sight)
{
    for (uint32_t i = 0; i < before; i++) {
        const scene_step *step = &s->step[i];
        if (step->what != SCENE_DO_NCB || step->program != sight->program)
            continue;
        if (sight->verb == 0 || nbt_ncb_verb(&step->ncb) == sight->verb)
            return true;
    }
    return false;
}

/* What cannot come as things stand when the await begins: only steps change that, and none does
 * while one waits. */
static void check_await(scene_checker *c, const stage *g, uint32_t i)
{
    const scene_step *step = step_of(c, i);
    const scene_sight *sight = &step->sight;
    const char *name = "", *why = NULL;
    bool host_down = sight->host != SCENE_NOBODY && !g->up[sight->host];
    switch (sight->see) {
    case SCENE_SEE_PROGRAM:
    case SCENE_SEE_DONE:
    case SCENE_SEE_LOG:
        name = c->s->program[sight->program].name;
        if (sight->see != SCENE_SEE_DONE && !g->run[sight->program])
            why = "this never ends: the program does not run then";
        else if (sight->see == SCENE_SEE_DONE &&
                 c->s->program[sight->program].kind == SCENE_PROGRAM && !was_asked(c->s, i, sight))
            why = "this never ends: no step before makes the program do that";
        break;
    case SCENE_SEE_NAME:
        host_down = host_down && sight->state != SCENE_NAME_ABSENT;
        break;
    case SCENE_SEE_RECORD:
        host_down = host_down && sight->record != NBT_NBSTATE_GONE;
        break;
    case SCENE_SEE_SESSIONS:
        host_down = host_down && sight->count > 0;
        break;
    case SCENE_SEE_MESSAGE:
        if (sight->msg.from < c->s->nhosts && !g->up[sight->msg.from]) {
            name = c->s->host[sight->msg.from].name;
            why = "this never ends: the host is not up then";
        }
        break;
    case SCENE_SEE_READY:
    case SCENE_SEE_OWNERS:
        break;
    }
    if (host_down) {
        name = c->s->host[sight->host].name;
        why = "this never ends: the host is not up then";
    }
    if (why)
        scene_deny(c, step->pos, name, why, "");
    else if (step->limit == 0)
        scene_deny(c, step->pos, "", "there is no time to wait for it", "a longer time");
    else
        scene_check_sight(c, step->pos, sight, false);
}

/* -- steps ------------------------------------------------------------------------------------- */

static void check_step(scene_checker *c, stage *g, uint32_t i)
{
    const scene_step *step = step_of(c, i);
    switch (step->what) {
    case SCENE_DO_AWAIT:
        check_await(c, g, i);
        return;
    case SCENE_DO_START:
        check_start(c, g, step);
        return;
    case SCENE_DO_STOP:
    case SCENE_DO_CRASH:
        check_stop(c, g, step);
        return;
    case SCENE_DO_RUN:
        check_run(c, g, step);
        return;
    case SCENE_DO_KILL:
        must_run(c, g, step);
        g->run[step->program] = false;
        return;
    case SCENE_DO_CLOSE:
        check_kind(c, step,
                   c->s->program[step->program].kind == SCENE_VIEWER ||
                       c->s->program[step->program].kind == SCENE_AGENT,
                   "a viewer or an agent");
        must_run(c, g, step);
        return;
    case SCENE_DO_TYPE:
        check_kind(c, step, c->s->program[step->program].kind == SCENE_VIEWER, "a viewer");
        must_run(c, g, step);
        return;
    case SCENE_DO_PERMIT:
        check_kind(c, step,
                   c->s->program[step->program].kind == SCENE_AGENT &&
                       c->s->program[step->program].agent.permission == RC_PERMISSION_ASK,
                   "an agent with permission=ask");
        must_run(c, g, step);
        return;
    case SCENE_DO_NCB:
        check_ncb(c, g, step);
        return;
    case SCENE_DO_SEND:
        check_send(c, g, step);
        return;
    case SCENE_DO_STATIC:
    case SCENE_DO_FORGET:
    case SCENE_DO_FREEZE:
    case SCENE_DO_THAW:
        if (scene_must_be(c, step->pos, step->host, SCENE_SERVER, "only a server can do this"))
            must_be_up(c, g, step, step->host);
        return;
    case SCENE_DO_CLOCK:
        must_be_up(c, g, step, step->host);
        if (c->s->host[step->host].kind == SCENE_HOST)
            scene_deny(c, step->pos, c->s->host[step->host].name,
                       "this host does nothing by the clock", "a computer or a server");
        return;
    case SCENE_DO_PARTITION:
        check_partition(c, g, step);
        return;
    case SCENE_DO_HEAL:
        check_heal(c, g, step);
        return;
    case SCENE_DO_FAULT:
        g->began[step->fault] = true;
        return;
    case SCENE_DO_MEND:
        check_mend(c, g, step);
        return;
    case SCENE_DO_LINK:
        return;
    }
}

static void begin(const scene *s, stage *g)
{
    for (uint32_t i = 0; i < s->nhosts; i++)
        g->up[i] = !s->host[i].off;
    for (uint32_t i = 0; i < s->nprograms; i++)
        g->run[i] = s->program[i].kind != SCENE_VIEWER && !s->program[i].off;
    for (uint32_t i = 0; i < s->nfaults; i++)
        g->began[i] = !s->fault[i].stepped;
}

static void check_end(scene_checker *c, const stage *g)
{
    const scene *s = c->s;
    if (s->end_relative || !g->now_known || s->end >= g->now || s->nsteps == 0)
        return;
    scene_deny(c, s->step[s->nsteps - 1].pos, "", "the scenario has ended before this step",
               "a later `end`, or one such as +10s");
}

void scene_check_steps(scene_checker *c)
{
    const scene *s = c->s;
    size_t n = s->nhosts + s->nprograms + 2 * (size_t)s->nfaults + s->nnetworks + 1;
    bool *flags = nbt_mem_new(s->mem, n);
    if (!flags) {
        scene_deny_memory(c);
        return;
    }
    stage g = { .up = flags, .now_known = true };
    g.run = g.up + s->nhosts;
    g.began = g.run + s->nprograms;
    g.mended = g.began + s->nfaults;
    g.parted = g.mended + s->nfaults;
    begin(s, &g);
    for (uint32_t i = 0; i < s->nsteps; i++) {
        check_time(c, &g, &s->step[i]);
        check_step(c, &g, i);
    }
    check_end(c, &g);
    nbt_mem_free(s->mem, flags, n);
}

/* -- faults ------------------------------------------------------------------------------------ */

void scene_check_faults(scene_checker *c)
{
    for (uint32_t i = 0; i < c->s->nfaults; i++) {
        const scene_fault *f = &c->s->fault[i];
        if ((f->first > 0) + (f->nth > 0) + (f->every > 0) > 1)
            scene_deny(c, f->pos, f->name, "which of the messages is said twice",
                       "one of first=, nth=, every=");
        if ((f->on > 0) != (f->off > 0))
            scene_deny(c, f->pos, f->name, "it comes and goes by two times",
                       "both on= and off=, or neither");
        scene_check_pattern(c, f->pos, &f->msg);
    }
}
