/*
 * Sights and expectations that cannot be.
 */
#include "tools/scene/check_impl.h"

#include "nbt/mem.h"

void scene_check_pattern(scene_checker *c, scene_pos pos, const scene_pattern *p)
{
    if (p->from_ip && scene_host_at(c->s, p->from_ip) == SCENE_NOBODY)
        scene_deny_ip(c, pos, p->from_ip, "no host has this address", "that of a host");
    if (p->to_ip && scene_host_at(c->s, p->to_ip) == SCENE_NOBODY)
        scene_deny_ip(c, pos, p->to_ip, "no host has this address",
                      "that of a host, or to=broadcast");
}

/* -- sights ------------------------------------------------------------------------------------ */

static bool any_step_asks(const scene *s, const scene_sight *sight)
{
    for (uint32_t i = 0; i < s->nsteps; i++) {
        const scene_step *step = &s->step[i];
        if (step->what == SCENE_DO_NCB && step->program == sight->program &&
            (sight->verb == 0 || nbt_ncb_verb(&step->ncb) == sight->verb))
            return true;
    }
    return false;
}

static bool any_step_runs(const scene *s, uint16_t program)
{
    for (uint32_t i = 0; i < s->nsteps; i++) {
        if (s->step[i].what == SCENE_DO_RUN && s->step[i].program == program)
            return true;
    }
    return false;
}

static void check_phase(scene_checker *c, scene_pos pos, const scene_sight *sight, bool never)
{
    const scene_program *p = &c->s->program[sight->program];
    unsigned protocols = p->kind == SCENE_AGENT ? p->agent.protocols : p->viewer.protocols;
    if (p->kind != SCENE_AGENT && p->kind != SCENE_VIEWER)
        scene_deny(c, pos, p->name, "this program has no such phases", "a viewer or an agent");
    else if (p->kind == SCENE_VIEWER &&
             (sight->phase == SCENE_PHASE_READY || sight->phase == SCENE_PHASE_DEAF))
        scene_deny(c, pos, p->name, "a viewer is never ready", "an agent, or V connected");
    else if (p->kind == SCENE_AGENT && sight->phase == SCENE_PHASE_SHOWS)
        scene_deny(c, pos, p->name, "only a viewer shows a screen", "a viewer");
    else if (p->kind == SCENE_VIEWER && !never && !any_step_runs(c->s, sight->program))
        scene_deny(c, pos, p->name, "no step runs this viewer", "a step that runs it");
    else if (!never && sight->via >= 0 && !(protocols >> sight->via & 1))
        scene_deny(c, pos, p->name, "it does not speak this transport", "another via=");
}

static void check_done(scene_checker *c, scene_pos pos, const scene_sight *sight, bool never)
{
    const scene_program *p = &c->s->program[sight->program];
    if (p->kind == SCENE_PROGRAM && !never && !any_step_asks(c->s, sight))
        scene_deny(c, pos, p->name, "no step makes this program do that", "a step that does");
}

static void check_log(scene_checker *c, scene_pos pos, const scene_sight *sight)
{
    const scene_program *p = &c->s->program[sight->program];
    if (p->kind != SCENE_AGENT)
        scene_deny(c, pos, p->name, "only an agent has a security log", "an agent");
}

static void check_owners(scene_checker *c, scene_pos pos, const scene_sight *sight, bool never)
{
    int32_t computers = 0;
    for (uint32_t i = 0; i < c->s->nhosts; i++)
        computers += c->s->host[i].kind == SCENE_COMPUTER;
    if (!never && sight->count > computers)
        scene_deny(c, pos, "", "there are not so many computers", "a smaller count=");
}

void scene_check_sight(scene_checker *c, scene_pos pos, const scene_sight *sight, bool never)
{
    switch (sight->see) {
    case SCENE_SEE_MESSAGE:
        scene_check_pattern(c, pos, &sight->msg);
        return;
    case SCENE_SEE_DONE:
        check_done(c, pos, sight, never);
        return;
    case SCENE_SEE_LOG:
        check_log(c, pos, sight);
        return;
    case SCENE_SEE_PROGRAM:
        check_phase(c, pos, sight, never);
        return;
    case SCENE_SEE_NAME:
    case SCENE_SEE_SESSIONS:
        scene_must_be(c, pos, sight->host, SCENE_COMPUTER, "only a computer has this");
        return;
    case SCENE_SEE_RECORD:
        scene_must_be(c, pos, sight->host, SCENE_SERVER, "only a server has records");
        return;
    case SCENE_SEE_OWNERS:
        check_owners(c, pos, sight, never);
        return;
    case SCENE_SEE_READY:
        return;
    }
}

/* -- expectations ------------------------------------------------------------------------------ */

static void check_after(scene_checker *c, const scene_expect *e)
{
    for (uint8_t i = 0; i < e->nafter; i++) {
        const scene_expect *before = &c->s->expect[e->after[i]];
        if (before->never)
            scene_deny(c, e->pos, before->label, "nothing can come after what must never come",
                       "after= with something that is expected");
        else if (before->finally)
            scene_deny(c, e->pos, before->label, "nothing can come after the end",
                       "after= with something that is seen on the way");
    }
}

static void check_window(scene_checker *c, const scene_expect *e)
{
    const scene *s = c->s;
    if (e->until < e->from)
        scene_deny(c, e->pos, "", "the window ends before it begins", "the earlier time first");
    if (e->finally && (e->from > 0 || e->until != NBT_NEVER || e->since_step || e->nafter > 0))
        scene_deny(c, e->pos, "", "`finally` is at the end alone", "no window and no after=");
    if (!e->since_step && !s->end_relative && e->from > s->end)
        scene_deny(c, e->pos, "", "the scenario has ended before this", "an earlier time");
}

/* What lasts; a program's phases do too, but they also begin, and can be counted. */
static bool is_state(scene_see see)
{
    return see == SCENE_SEE_NAME || see == SCENE_SEE_OWNERS || see == SCENE_SEE_RECORD ||
           see == SCENE_SEE_SESSIONS;
}

static bool can_be_at_the_end(const scene_sight *sight)
{
    return is_state(sight->see) ||
           (sight->see == SCENE_SEE_PROGRAM && sight->phase != SCENE_PHASE_SHOWS);
}

static void check_expect(scene_checker *c, const scene_expect *e)
{
    scene_check_sight(c, e->pos, &e->sight, e->never);
    check_after(c, e);
    check_window(c, e);
    if (e->finally && !can_be_at_the_end(&e->sight))
        scene_deny(c, e->pos, "", "only a state can be so at the end",
                   "one of name, owners, record, sessions, or a program's phase");
    if (e->count >= 0 && is_state(e->sight.see))
        scene_deny(c, e->pos, "", "a state lasts, and is not counted",
                   "count= with message, done, or a program");
    if (e->share < 1000000 && !e->because)
        scene_deny(c, e->pos, "", "it is not said why this is not so on all seeds",
                   "because= behind share=");
}

/* Whether all that an expectation stands behind is free. */
static bool is_free(const scene_expect *e, const bool *free)
{
    for (uint8_t i = 0; i < e->nafter; i++) {
        if (!free[e->after[i]])
            return false;
    }
    return true;
}

/* Frees what stands behind nothing, then what stands behind that, and so on: a circle is left. */
static void check_circles(scene_checker *c)
{
    const scene *s = c->s;
    bool more = true;
    bool *free = nbt_mem_new(s->mem, s->nexpects + 1u);
    if (!free) {
        scene_deny_memory(c);
        return;
    }
    while (more) {
        more = false;
        for (uint32_t i = 0; i < s->nexpects; i++) {
            if (!free[i] && is_free(&s->expect[i], free))
                free[i] = more = true;
        }
    }
    for (uint32_t i = 0; i < s->nexpects; i++) {
        if (!free[i])
            scene_deny(c, s->expect[i].pos, s->expect[i].label, "it stands behind itself",
                       "after= without a circle");
    }
    nbt_mem_free(s->mem, free, s->nexpects + 1u);
}

void scene_check_expects(scene_checker *c)
{
    for (uint32_t i = 0; i < c->s->nexpects; i++)
        check_expect(c, &c->s->expect[i]);
    check_circles(c);
}
