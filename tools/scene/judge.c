/*
 * Sights are of two sorts: events, which are counted when they come, and states, which are looked
 * at and counted when they become true.
 */
#include "tools/scene/judge.h"
#include "nbt/mem.h"
#include "tools/scene/pattern.h"

#include <string.h>

enum { MILLION = 1000000 };

/* The phase in which a viewer or an agent is, and what goes with it. */
typedef struct standing {
    scene_phase phase;
    int8_t via, end;
    int16_t retcode;
} standing;

typedef struct actor {
    bool any; /* it has a standing */
    standing is;
} actor;

struct scene_judge {
    nbt_mem mem;
    const scene *s;
    scene_view view;
    bool looks; /* some expectation or await is of a state */
    bool ended;
    uint64_t serial; /* of the event that is judged */
    nbt_time now;
    scene_seen *expect; /* by expectation */
    bool *held;         /* the same, behind the end */
    int32_t *was;       /* the same: how a `finally` was */
    nbt_time *step;     /* when each step ended; NBT_NEVER: not yet */
    bool *saw;          /* by step: the await behind it was fulfilled */
    actor *actor;
    uint32_t first, last; /* the awaits that are looked out for, [first, last) */
};

/* --- made and thrown away -----------------------------------------------------------------------
 */

static bool is_state(const scene_sight *sight)
{
    switch (sight->see) {
    case SCENE_SEE_NAME:
    case SCENE_SEE_OWNERS:
    case SCENE_SEE_RECORD:
    case SCENE_SEE_SESSIONS:
    case SCENE_SEE_READY:
        return true;
    case SCENE_SEE_MESSAGE:
    case SCENE_SEE_DONE:
    case SCENE_SEE_LOG:
    case SCENE_SEE_PROGRAM:
        return false;
    }
    return false;
}

static bool any_state(const scene *s)
{
    for (uint32_t i = 0; i < s->nexpects; i++) {
        if (is_state(&s->expect[i].sight) && !s->expect[i].finally)
            return true;
    }
    for (uint32_t i = 0; i < s->nsteps; i++) {
        if (s->step[i].what == SCENE_DO_AWAIT && is_state(&s->step[i].sight))
            return true;
    }
    return false;
}

scene_judge *scene_judge_new(nbt_mem mem, const scene *s, const scene_view *view)
{
    scene_judge *j = nbt_mem_new(mem, sizeof *j);
    if (!j)
        return NULL;
    *j = (scene_judge){ .mem = mem, .s = s, .view = *view, .looks = any_state(s) };
    j->expect = nbt_mem_new(mem, (s->nexpects + 1) * sizeof *j->expect);
    j->held = nbt_mem_new(mem, (s->nexpects + 1) * sizeof *j->held);
    j->was = nbt_mem_new(mem, (s->nexpects + 1) * sizeof *j->was);
    j->step = nbt_mem_new(mem, (s->nsteps + 1) * sizeof *j->step);
    j->saw = nbt_mem_new(mem, (s->nsteps + 1) * sizeof *j->saw);
    j->actor = nbt_mem_new(mem, (s->nprograms + 1) * sizeof *j->actor);
    if (!j->expect || !j->held || !j->was || !j->step || !j->saw || !j->actor) {
        scene_judge_free(j);
        return NULL;
    }
    for (uint32_t i = 0; i < s->nsteps; i++)
        j->step[i] = NBT_NEVER;
    if (s->nsteps > 0 && s->step[0].what == SCENE_DO_AWAIT)
        scene_judge_begin(j, 0, 0);
    return j;
}

void scene_judge_free(scene_judge *j)
{
    if (!j)
        return;
    nbt_mem mem = j->mem;
    const scene *s = j->s;
    nbt_mem_free(mem, j->expect, (s->nexpects + 1) * sizeof *j->expect);
    nbt_mem_free(mem, j->held, (s->nexpects + 1) * sizeof *j->held);
    nbt_mem_free(mem, j->was, (s->nexpects + 1) * sizeof *j->was);
    nbt_mem_free(mem, j->step, (s->nsteps + 1) * sizeof *j->step);
    nbt_mem_free(mem, j->saw, (s->nsteps + 1) * sizeof *j->saw);
    nbt_mem_free(mem, j->actor, (s->nprograms + 1) * sizeof *j->actor);
    nbt_mem_free(mem, j, sizeof *j);
}

/* --- what an event shows ------------------------------------------------------------------------
 */

static bool done_fits(const scene_sight *sight, const scene_event *ev)
{
    const nbt_ncb *ncb = ev->ncb;
    if (sight->program != ev->index)
        return false;
    if (sight->verb && sight->verb != nbt_ncb_verb(ncb))
        return false;
    if (sight->retcode >= 0 && sight->retcode != ncb->retcode)
        return false;
    return !sight->named || memcmp(sight->name.b, ncb->name, NBT_NAME_LEN) == 0 ||
           memcmp(sight->name.b, ncb->callname, NBT_NAME_LEN) == 0;
}

static bool standing_fits(const scene_sight *sight, const standing *is)
{
    if (sight->phase != is->phase)
        return false;
    switch (sight->phase) {
    case SCENE_PHASE_READY:
    case SCENE_PHASE_DEAF:
        return true;
    case SCENE_PHASE_CONNECTED:
        return sight->via < 0 || sight->via == is->via;
    case SCENE_PHASE_REFUSED:
        return sight->retcode < 0 || sight->retcode == is->retcode;
    case SCENE_PHASE_ENDED:
        return sight->end < 0 || sight->end == is->end;
    case SCENE_PHASE_SHOWS: /* that does not last */
        return false;
    }
    return false;
}

/* The text is in one of the rows. */
static bool has_text(nbt_bytes rows, const char *text)
{
    size_t n = strlen(text);
    for (size_t at = 0; n <= rows.n && at <= rows.n - n; at++)
        if (memcmp(rows.p + at, text, n) == 0)
            return true;
    return false;
}

/* What an effect makes of a program's standing; false: nothing. */
static bool standing_of(const scene_event *ev, standing *to)
{
    *to = (standing){ .via = -1, .end = -1, .retcode = -1 };
    if (ev->app == RC_APP_LISTENING) {
        to->phase = SCENE_PHASE_READY;
    } else if (ev->app == RC_APP_CONTEXT_LOST || ev->app == RC_APP_OUT_OF_STEP) {
        to->phase = SCENE_PHASE_DEAF;
    } else if (ev->app == RC_APP_CONNECTED) {
        to->phase = SCENE_PHASE_CONNECTED;
        to->via = (int8_t)ev->value;
    } else if (ev->app == RC_APP_CLAIM_REFUSED) {
        to->phase = SCENE_PHASE_REFUSED;
        to->retcode = ev->ncb ? ev->ncb->retcode : -1;
    } else if (ev->app == RC_APP_EXIT) {
        to->phase = SCENE_PHASE_ENDED;
        to->end = (int8_t)ev->value;
    } else {
        return false;
    }
    return true;
}

static bool event_fits(const scene_judge *j, const scene_sight *sight, const scene_event *ev)
{
    if (sight->see == SCENE_SEE_MESSAGE && ev->kind == SCENE_EV_MESSAGE)
        return scene_pattern_fits(
            j->s, &sight->msg, &(scene_sent){ ev->from, ev->to, ev->broadcast, ev->msg, ev->rc });
    if (sight->see == SCENE_SEE_DONE && ev->kind == SCENE_EV_DONE)
        return done_fits(sight, ev);
    if (sight->see == SCENE_SEE_LOG && ev->kind == SCENE_EV_APP && ev->app == RC_APP_LOG)
        return sight->program == ev->index && (sight->count < 0 || sight->count == ev->value);
    standing is;
    if (sight->see != SCENE_SEE_PROGRAM || ev->kind != SCENE_EV_APP || sight->program != ev->index)
        return false;
    if (sight->phase == SCENE_PHASE_SHOWS)
        return ev->app == RC_APP_SCREEN && has_text(ev->data, sight->text);
    return standing_of(ev, &is) && standing_fits(sight, &is);
}

/* --- how things stand ---------------------------------------------------------------------------
 */

static uint32_t owners(const scene_judge *j, const nbt_name *name)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < j->s->nhosts; i++) {
        if (j->s->host[i].kind == SCENE_COMPUTER)
            n += j->view.name(j->view.ctx, (uint16_t)i, name) == SCENE_NAME_REGISTERED;
    }
    return n;
}

static bool record_is(const scene_judge *j, const scene_sight *sight)
{
    bool owned = false;
    nbt_nbstate is = j->view.record(j->view.ctx, sight->host, &sight->name, sight->owner, &owned);
    if (sight->owner && !owned)
        return false;
    return sight->record < 0 ? is != NBT_NBSTATE_GONE : (nbt_nbstate)sight->record == is;
}

/* Of a state, and of a program's standing. */
static bool stands(const scene_judge *j, const scene_sight *sight)
{
    switch (sight->see) {
    case SCENE_SEE_NAME:
        return j->view.name(j->view.ctx, sight->host, &sight->name) == sight->state;
    case SCENE_SEE_OWNERS:
        return owners(j, &sight->name) == (uint32_t)sight->count;
    case SCENE_SEE_RECORD:
        return record_is(j, sight);
    case SCENE_SEE_SESSIONS:
        return j->view.sessions(j->view.ctx, sight->host) == (uint32_t)sight->count;
    case SCENE_SEE_READY:
        return j->view.ready(j->view.ctx, sight->host);
    case SCENE_SEE_PROGRAM:
        return j->actor[sight->program].any && standing_fits(sight, &j->actor[sight->program].is);
    case SCENE_SEE_MESSAGE:
    case SCENE_SEE_DONE:
    case SCENE_SEE_LOG:
        return false;
    }
    return false;
}

/* --- expectations -------------------------------------------------------------------------------
 */

bool scene_judge_window(const scene_judge *j, uint32_t i, nbt_time *from, nbt_time *until)
{
    const scene_expect *x = &j->s->expect[i];
    nbt_time since = x->since_step ? j->step[x->step] : 0;
    if (since == NBT_NEVER)
        return false;
    *from = since + x->from;
    *until = x->until == NBT_NEVER ? NBT_NEVER : since + x->until;
    return true;
}

static bool is_in_window(const scene_judge *j, uint32_t i)
{
    nbt_time from, until;
    return scene_judge_window(j, i, &from, &until) && j->now >= from && j->now <= until;
}

/* What has to have come before has come, by an earlier event. */
static bool is_after(const scene_judge *j, const scene_expect *x)
{
    for (uint8_t i = 0; i < x->nafter; i++) {
        const scene_seen *before = &j->expect[x->after[i]];
        if (before->n == 0 || before->serial >= j->serial)
            return false;
    }
    return true;
}

static void count(scene_judge *j, uint32_t i, uint64_t frame)
{
    scene_seen *seen = &j->expect[i];
    if (!is_in_window(j, i)) {
        if (seen->untimely++ == 0)
            seen->untimely_at = j->now;
        return;
    }
    if (!is_after(j, &j->s->expect[i])) {
        if (seen->early++ == 0)
            seen->early_at = j->now;
        return;
    }
    if (seen->n < SCENE_SEEN_TIMES)
        seen->at[seen->n] = j->now;
    if (seen->n++ == 0) {
        seen->first = j->now;
        seen->frame = frame;
        seen->serial = j->serial;
    }
    seen->last = j->now;
}

static void event_to_expectations(scene_judge *j, const scene_event *ev)
{
    for (uint32_t i = 0; i < j->s->nexpects; i++) {
        const scene_expect *x = &j->s->expect[i];
        if (!x->finally && event_fits(j, &x->sight, ev))
            count(j, i, ev->frame);
    }
}

static void event_to_awaits(scene_judge *j, const scene_event *ev)
{
    for (uint32_t i = j->first; i < j->last; i++) {
        if (!j->saw[i] && event_fits(j, &j->s->step[i].sight, ev))
            j->saw[i] = true;
    }
}

static void look_at_awaits(scene_judge *j)
{
    for (uint32_t i = j->first; i < j->last; i++) {
        if (!j->saw[i] && is_state(&j->s->step[i].sight))
            j->saw[i] = stands(j, &j->s->step[i].sight);
    }
}

static void note_standing(scene_judge *j, const scene_event *ev)
{
    standing is;
    if (!standing_of(ev, &is))
        return;
    j->actor[ev->index] = (actor){ .any = true, .is = is };
}

/* What ran on a host that went down stands no more. */
static void forget_standings(scene_judge *j, uint32_t host)
{
    for (uint32_t i = 0; i < j->s->nprograms; i++) {
        if (j->s->program[i].host == host)
            j->actor[i].any = false;
    }
}

void scene_judge_event(scene_judge *j, const scene_event *ev)
{
    j->now = ev->at;
    j->serial++;
    switch (ev->kind) {
    case SCENE_EV_STEP:
        j->step[ev->index] = ev->at;
        return;
    case SCENE_EV_APP:
        note_standing(j, ev);
        break;
    case SCENE_EV_MESSAGE:
    case SCENE_EV_DONE:
        break;
    case SCENE_EV_DOWN:
        forget_standings(j, ev->index);
        return;
    case SCENE_EV_TRACE:
    case SCENE_EV_UP:
        return;
    }
    event_to_expectations(j, ev);
    event_to_awaits(j, ev);
}

void scene_judge_look(scene_judge *j, nbt_time now)
{
    if (!j->looks)
        return;
    j->now = now;
    j->serial++;
    for (uint32_t i = 0; i < j->s->nexpects; i++) {
        const scene_expect *x = &j->s->expect[i];
        if (x->finally || !is_state(&x->sight))
            continue;
        /* A window may open while it is so already: that counts, too. */
        bool is = is_in_window(j, i) && stands(j, &x->sight);
        if (is && !j->expect[i].now)
            count(j, i, 0);
        j->expect[i].now = is;
    }
    look_at_awaits(j);
}

void scene_judge_begin(scene_judge *j, uint32_t at, nbt_time now)
{
    const scene *s = j->s;
    j->now = now;
    if (at < s->nsteps && s->step[at].what == SCENE_DO_AWAIT && at >= j->first && at < j->last) {
        /* In the middle of several: what stands already need not come again. */
        if (!j->saw[at])
            j->saw[at] = stands(j, &s->step[at].sight);
        return;
    }
    j->first = at < s->nsteps && s->step[at].what == SCENE_DO_AWAIT ? at : at + 1;
    for (j->last = j->first; j->last < s->nsteps; j->last++) {
        if (s->step[j->last].what != SCENE_DO_AWAIT)
            break;
    }
}

bool scene_judge_saw(const scene_judge *j, uint32_t step)
{
    return j->saw[step];
}

/* --- the end ------------------------------------------------------------------------------------
 */

static bool judged(const scene_judge *j, uint32_t i)
{
    const scene_expect *x = &j->s->expect[i];
    if (x->finally)
        return stands(j, &x->sight) != x->never;
    if (x->never)
        return j->expect[i].n == 0;
    if (x->count >= 0)
        return j->expect[i].n == (uint32_t)x->count;
    return j->expect[i].n > 0;
}

static int32_t how_it_is(const scene_judge *j, const scene_sight *sight)
{
    bool owned;
    switch (sight->see) {
    case SCENE_SEE_NAME:
        return (int32_t)j->view.name(j->view.ctx, sight->host, &sight->name);
    case SCENE_SEE_OWNERS:
        return (int32_t)owners(j, &sight->name);
    case SCENE_SEE_RECORD:
        return (int32_t)j->view.record(j->view.ctx, sight->host, &sight->name, sight->owner,
                                       &owned);
    case SCENE_SEE_SESSIONS:
        return (int32_t)j->view.sessions(j->view.ctx, sight->host);
    case SCENE_SEE_PROGRAM:
        return j->actor[sight->program].any ? (int32_t)j->actor[sight->program].is.phase : -1;
    case SCENE_SEE_READY:
    case SCENE_SEE_MESSAGE:
    case SCENE_SEE_DONE:
    case SCENE_SEE_LOG:
        break;
    }
    return -1;
}

void scene_judge_end(scene_judge *j, nbt_time now)
{
    scene_judge_look(j, now);
    for (uint32_t i = 0; i < j->s->nexpects; i++) {
        j->held[i] = judged(j, i);
        if (j->s->expect[i].finally)
            j->was[i] = how_it_is(j, &j->s->expect[i].sight);
    }
    j->ended = true;
}

bool scene_judge_held(const scene_judge *j, uint32_t i)
{
    return j->ended && j->held[i];
}

int32_t scene_judge_was(const scene_judge *j, uint32_t i)
{
    return j->was[i];
}

const scene_seen *scene_judge_seen(const scene_judge *j, uint32_t i)
{
    return &j->expect[i];
}

/* --- over many seeds ----------------------------------------------------------------------------
 */

void scene_tally_add(scene_tally *t, bool held, uint64_t seed)
{
    if (held)
        return;
    if (t->failed < SCENE_TALLY_SEEDS)
        t->seed[t->failed] = seed;
    t->failed++;
}

bool scene_tally_is_enough(const scene_tally *t, const scene_expect *x, uint64_t runs)
{
    return t->failed * MILLION <= runs * (MILLION - (uint64_t)x->share);
}
