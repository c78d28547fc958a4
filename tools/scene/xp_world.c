/*
 * The choices of a state and what they lead to. Hosts do the work (xp_host.h); here is the network
 * between them, the clock, and what is to be done when.
 */
#include "tools/scene/xp_world_impl.h"

#include "nbt/mem.h"

#include <assert.h>

enum {
    KIND_SHIFT = 28, /* of a choice as a number */
    FIXED = 6,       /* words before the hosts' */
};

/* --- states as words ------------------------------------------------------------------------ */

static size_t pack(const xp_world *w, const xp_moment *m, uint32_t *words)
{
    words[0] = (uint32_t)m->step << 16 | (uint32_t)m->losses << 8 | m->doubles;
    words[1] = m->sides;
    words[2] = (uint32_t)((uint64_t)m->left >> 32);
    words[3] = (uint32_t)(uint64_t)m->left;
    words[4] = (uint32_t)((uint64_t)m->clock >> 32);
    words[5] = (uint32_t)(uint64_t)m->clock;
    memcpy(words + FIXED, m->host, w->nhosts * sizeof *words);
    size_t n = FIXED + w->nhosts;
    for (size_t i = 0; i < w->scene->nfaults; i++) {
        words[n++] = (uint32_t)m->fault[i].on << 31 | m->fault[i].fitted;
        words[n++] = (uint32_t)-m->fault[i].since;
    }
    for (size_t i = 0; i < m->nways; i++) {
        words[n++] = m->ways[i].message;
        words[n++] = m->ways[i].left;
    }
    return n;
}

static void unpack(const xp_world *w, const uint32_t *words, size_t n, xp_moment *m)
{
    m->step = (uint8_t)(words[0] >> 16);
    m->losses = (uint8_t)(words[0] >> 8);
    m->doubles = (uint8_t)words[0];
    m->sides = words[1];
    m->left = (nbt_time)((uint64_t)words[2] << 32 | words[3]);
    m->clock = (nbt_time)((uint64_t)words[4] << 32 | words[5]);
    memcpy(m->host, words + FIXED, w->nhosts * sizeof *words);
    size_t at = FIXED + w->nhosts;
    for (size_t i = 0; i < w->scene->nfaults; i++, at += 2)
        m->fault[i] = (scene_acting){ .on = words[at] >> 31,
                                      .fitted = words[at] & INT32_MAX,
                                      .since = -(nbt_time)words[at + 1] };
    m->nways = 0;
    for (size_t i = at; i < n; i += 2)
        m->ways[m->nways++] = (xp_under_way){ words[i], words[i + 1] };
}

static void copy(xp_moment *to, const xp_moment *from)
{
    memcpy(to, from, offsetof(xp_moment, ways) + from->nways * sizeof from->ways[0]);
}

/* --- what follows --------------------------------------------------------------------------- */

/* Something happens to a host. */
static void stir(xp_world *w, xp_moment *m, uint8_t host, uint32_t stimulus)
{
    xp_outcome out;
    if (!xp_host_step(&w->hosts, host, m->host[host], stimulus, &out) || !xp_keep_sent(w, &out)) {
        w->overflowed = w->overflowed || w->hosts.overflowed;
        w->failed = true;
        return;
    }
    m->host[host] = out.to;
    xp_send_all(w, m, w->sent, w->nsent);
}

/* The step is over: when the next one comes. */
static void go_on(const xp_world *w, xp_moment *m)
{
    m->step++;
    const scene_step *s = xp_next_step(w, m);
    m->left = 0;
    if (s)
        m->left = s->relative ? s->at : s->at - m->clock;
    if (m->left < 0)
        m->left = 0;
    if (m->step >= w->last_absolute)
        m->clock = 0;
}

static void partition(const xp_world *w, xp_moment *m, const scene_step *s)
{
    for (uint8_t i = 0; i < w->net.nslots; i++) {
        if (w->net.slot[i].network != s->network)
            continue;
        m->sides &= ~(UINT32_C(1) << i);
        for (uint32_t k = 0; s->what == SCENE_DO_PARTITION && k < s->nhosts; k++)
            if (s->hosts[k] == w->net.slot[i].host)
                m->sides |= UINT32_C(1) << i;
    }
}

/* Whose step it is; XP_HOSTS_MAX: none's. */
static uint8_t host_of_step(const scene *s, const scene_step *step)
{
    switch (step->what) {
    case SCENE_DO_AWAIT:
    case SCENE_DO_PARTITION:
    case SCENE_DO_HEAL:
    case SCENE_DO_LINK:
    case SCENE_DO_FAULT:
    case SCENE_DO_MEND:
        return XP_HOSTS_MAX;
    case SCENE_DO_NCB:
    case SCENE_DO_RUN:
    case SCENE_DO_KILL:
    case SCENE_DO_CLOSE:
    case SCENE_DO_TYPE:
    case SCENE_DO_PERMIT:
        return (uint8_t)s->program[step->program].host;
    case SCENE_DO_START:
    case SCENE_DO_STOP:
    case SCENE_DO_CRASH:
    case SCENE_DO_SEND:
    case SCENE_DO_STATIC:
    case SCENE_DO_FORGET:
    case SCENE_DO_FREEZE:
    case SCENE_DO_THAW:
    case SCENE_DO_CLOCK:
        break;
    }
    return (uint8_t)step->host;
}

static void do_step(xp_world *w, xp_moment *m)
{
    uint32_t number = m->step;
    const scene_step *s = &w->scene->step[number];
    uint8_t host = host_of_step(w->scene, s);
    if (s->what == SCENE_DO_PARTITION || s->what == SCENE_DO_HEAL)
        partition(w, m, s);
    else if (s->what == SCENE_DO_FAULT)
        xp_fault_begin(w, m, s->fault);
    else if (s->what == SCENE_DO_MEND)
        xp_fault_end(m, s->fault);
    else if (host < XP_HOSTS_MAX)
        stir(w, m, host, xp_stimulus(XP_ON_STEP, number));
    go_on(w, m);
}

static void pass(xp_world *w, xp_moment *m, nbt_time pause)
{
    uint32_t number;
    if (!xp_hosts_pause(&w->hosts, pause, &number)) {
        w->failed = true;
        return;
    }
    for (uint8_t i = 0; i < w->nhosts; i++)
        stir(w, m, i, xp_stimulus(XP_ON_PAUSE, number));
    xp_ways_pass(w, m, pause);
    xp_faults_pass(w, m, pause);
    if (xp_next_step(w, m)) {
        m->left -= pause;
        if (m->step < w->last_absolute)
            m->clock += pause;
    }
}

/* --- choices -------------------------------------------------------------------------------- */

bool xp_is_quiet(const xp_world *w, const xp_moment *m)
{
    bool quiet = m->nways == 0;
    for (uint8_t i = 0; i < w->nhosts && quiet; i++)
        quiet = xp_facts_of(w, m, i)->quiet;
    return quiet;
}

/* How long a step can wait when its time has come. */
static nbt_time patience(const scene_step *s)
{
    return s->what == SCENE_DO_AWAIT ? s->limit : s->slack;
}

nbt_time xp_rest(const xp_world *w, const xp_moment *m)
{
    nbt_time rest = NBT_NEVER;
    const scene_step *s = xp_next_step(w, m);
    for (uint8_t i = 0; i < w->nhosts; i++)
        rest = nbt_time_min(rest, xp_facts_of(w, m, i)->due);
    for (size_t i = 0; i < m->nways; i++) {
        nbt_time early = xp_too_early(w, m->ways[i]);
        rest = nbt_time_min(rest, early > 0 ? early : m->ways[i].left);
    }
    rest = nbt_time_min(rest, xp_faults_rest(w, m));
    if (s && m->left > 0)
        rest = nbt_time_min(rest, m->left);
    else if (s)
        rest = nbt_time_min(rest, patience(s) + m->left);
    return rest == NBT_NEVER ? rest : nbt_time_min(rest, w->cfg.grain);
}

static bool sees_name(const xp_world *w, const xp_moment *m, const scene_sight *see)
{
    const xp_facts *f = xp_facts_of(w, m, (uint8_t)see->host);
    for (size_t i = 0; i < f->nholdings; i++)
        if (nbt_name_eq(&w->hosts.name[f->holding[i].name], &see->name))
            return f->holding[i].state == see->state;
    return see->state == SCENE_NAME_ABSENT;
}

/* The last step that a sight of a control block can mean. */
static bool sees_done(const xp_world *w, const xp_moment *m, const scene_sight *see)
{
    for (uint32_t i = m->step; i-- > 0;) {
        const scene_step *s = &w->scene->step[i];
        if (s->what != SCENE_DO_NCB || s->program != see->program ||
            (see->verb && nbt_ncb_verb(&s->ncb) != see->verb) ||
            (see->named && memcmp(s->ncb.name, see->name.b, NBT_NAME_LEN) != 0 &&
             memcmp(s->ncb.callname, see->name.b, NBT_NAME_LEN) != 0))
            continue;
        uint16_t result = xp_facts_of(w, m, (uint8_t)w->scene->program[s->program].host)->result[i];
        return result >= XP_RESULT_DONE &&
               (see->retcode < 0 || result - XP_RESULT_DONE == see->retcode);
    }
    return false;
}

static bool sees_standing(const xp_world *w, const xp_moment *m, const scene_sight *see)
{
    uint8_t host = (uint8_t)w->scene->program[see->program].host;
    const xp_standing *is = &xp_facts_of(w, m, host)->standing[see->program];
    if (see->phase == SCENE_PHASE_REFUSED)
        return is->refused && (see->retcode < 0 || see->retcode == is->retcode);
    if (is->phase != XP_PHASE_OF(see->phase))
        return false;
    if (see->phase == SCENE_PHASE_CONNECTED)
        return see->via < 0 || see->via == is->detail;
    return see->phase != SCENE_PHASE_ENDED || see->end < 0 || see->end == is->detail;
}

/* Whether what a step waits for is there. */
static bool has_come(const xp_world *w, const xp_moment *m, const scene_step *s)
{
    if (s->sight.see == SCENE_SEE_NAME)
        return sees_name(w, m, &s->sight);
    if (s->sight.see == SCENE_SEE_DONE)
        return sees_done(w, m, &s->sight);
    if (s->sight.see == SCENE_SEE_PROGRAM)
        return sees_standing(w, m, &s->sight);
    const xp_facts *f = xp_facts_of(w, m, (uint8_t)s->sight.host);
    return f->up && f->quiet;
}

static uint32_t choice(xp_choice_kind kind, size_t about)
{
    return (uint32_t)kind << KIND_SHIFT | (uint32_t)about;
}

static void follow(xp_world *w, xp_moment *m, uint32_t c)
{
    size_t i = c & ((UINT32_C(1) << KIND_SHIFT) - 1);
    xp_choice_kind kind = (xp_choice_kind)(c >> KIND_SHIFT);
    uint32_t message = kind <= XP_LOSE ? xp_message_plain(m->ways[i].message) : 0;
    w->nsent = 0;
    switch (kind) {
    case XP_ARRIVE:
        xp_take_off(m, i);
        stir(w, m, w->net.slot[xp_message_slot(message)].host, xp_stimulus(XP_ON_MESSAGE, message));
        return;
    case XP_ARRIVE_TWICE:
        m->doubles--;
        stir(w, m, w->net.slot[xp_message_slot(message)].host, xp_stimulus(XP_ON_MESSAGE, message));
        return;
    case XP_LOSE:
        m->losses--;
        xp_take_off(m, i);
        return;
    case XP_DUE:
        stir(w, m, (uint8_t)i, xp_stimulus(XP_ON_TIME, 0));
        return;
    case XP_STEP:
        do_step(w, m);
        return;
    case XP_PASS:
        pass(w, m, xp_rest(w, m));
        return;
    }
}

/* One choice more of a state. */
static bool try(xp_world *w, const xp_moment *m, uint32_t c, const xp_sink *sink)
{
    xp_moment next;
    uint32_t words[XP_WORDS_MAX];
    copy(&next, m);
    follow(w, &next, c);
    if (w->failed || w->overflowed)
        return false;
    xp_follow(sink, c, words, pack(w, &next, words));
    return true;
}

/* A stream's pieces arrive in order; RST belongs to none. */
static bool overtakes(const xp_world *w, const xp_moment *m, size_t i)
{
    if (!(m->ways[i].message & XP_MESSAGE_STREAM))
        return false;
    const xp_packet *p = &w->net.packet[xp_message_packet(m->ways[i].message)];
    for (size_t k = 0; k < m->nways && p->kind != XP_RST && p->kind != XP_GONE; k++) {
        const xp_packet *q = &w->net.packet[xp_message_packet(m->ways[k].message)];
        if (m->ways[k].message & XP_MESSAGE_STREAM && q->kind != XP_RST && q->kind != XP_GONE &&
            q->seq < p->seq && nbt_ep_eq(q->from, p->from) && nbt_ep_eq(q->to, p->to))
            return true;
    }
    return false;
}

static bool try_message(xp_world *w, const xp_moment *m, size_t i, const xp_sink *sink)
{
    bool stream = m->ways[i].message & XP_MESSAGE_STREAM;
    if (!try(w, m, choice(XP_ARRIVE, i), sink))
        return false;
    if (stream) /* neither lost nor doubled */
        return true;
    return (m->doubles == 0 || try(w, m, choice(XP_ARRIVE_TWICE, i), sink)) &&
           (m->losses == 0 || m->ways[i].left > 0 || try(w, m, choice(XP_LOSE, i), sink));
}

static bool try_messages(xp_world *w, const xp_moment *m, const xp_sink *sink)
{
    for (size_t i = 0; i < m->nways; i++) {
        /* Of the same message twice the older one goes first: the other may wait longer. */
        if (i > 0 && m->ways[i].message == m->ways[i - 1].message)
            continue;
        if (xp_too_early(w, m->ways[i]) > 0 || overtakes(w, m, i))
            continue;
        if (!try_message(w, m, i, sink))
            return false;
    }
    return true;
}

static bool expand(void *ctx, const uint32_t *words, size_t n, const xp_sink *sink)
{
    xp_world *w = ctx;
    xp_moment m;
    unpack(w, words, n, &m);
    const scene_step *s = xp_next_step(w, &m);
    if (!s && xp_is_quiet(w, &m))
        return true;
    if (s && s->what == SCENE_DO_AWAIT && m.left <= 0) {
        if (has_come(w, &m, s)) /* nothing is changed by it: it need not wait */
            return try(w, &m, choice(XP_STEP, 0), sink);
        if (m.left <= -patience(s))
            return true; /* what was awaited has not come: the way ends here */
    } else if (s && m.left <= 0 && !try(w, &m, choice(XP_STEP, 0), sink)) {
        return false;
    }
    if (!try_messages(w, &m, sink))
        return false;
    for (uint8_t i = 0; i < w->nhosts; i++)
        if (xp_facts_of(w, &m, i)->due == 0 && !try(w, &m, choice(XP_DUE, i), sink))
            return false;
    nbt_time pause = xp_rest(w, &m);
    return pause == 0 || pause == NBT_NEVER || try(w, &m, choice(XP_PASS, 0), sink);
}

static unsigned judge(void *ctx, const uint32_t *words, size_t n)
{
    xp_moment m;
    unpack(ctx, words, n, &m);
    return xp_judge(ctx, &m);
}

/* --- life ----------------------------------------------------------------------------------- */

/* What was sent before there was any choice is kept for the way that is told. */
static bool keep_begun(xp_world *w)
{
    for (size_t i = 0; i < w->nsent; i++) {
        if (w->nbegun == w->begun_cap) {
            xp_sent *more = nbt_mem_grow(w->cfg.mem, w->begun, &w->begun_cap, sizeof *more);
            if (!more)
                return false;
            w->begun = more;
        }
        w->begun[w->nbegun++] = w->sent[i];
    }
    return true;
}

static bool begin(xp_world *w, xp_moment *m)
{
    memset(m, 0, sizeof *m);
    m->losses = (uint8_t)w->cfg.losses;
    m->doubles = (uint8_t)w->cfg.doubles;
    const scene_step *s = xp_next_step(w, m);
    m->left = s ? s->at : 0;
    for (uint32_t i = 0; i < w->scene->nfaults; i++)
        if (!w->scene->fault[i].stepped)
            xp_fault_begin(w, m, i);
    for (uint8_t i = 0; i < w->nhosts; i++) {
        xp_outcome out;
        if (!xp_host_first(&w->hosts, i, &out) || !xp_keep_sent(w, &out))
            return false;
        m->host[i] = out.to;
        xp_send_all(w, m, w->sent, w->nsent);
        if (!keep_begun(w))
            return false;
    }
    return !w->overflowed && !w->failed;
}

xp_world *xp_world_new(const xp_world_cfg *cfg)
{
    assert(cfg->losses <= UINT8_MAX && cfg->doubles <= UINT8_MAX);
    xp_world *w = nbt_mem_new(cfg->mem, sizeof *w);
    if (!w)
        return NULL;
    w->cfg = *cfg;
    w->scene = cfg->scene;
    w->nhosts = (uint8_t)cfg->scene->nhosts;
    for (uint32_t i = 0; i < cfg->scene->nsteps; i++)
        if (!cfg->scene->step[i].relative)
            w->last_absolute = i;
    xp_net_init(&w->net, cfg->mem, cfg->scene, cfg->delay, cfg->whole);
    w->faults = scene_faults_new(cfg->mem, cfg->scene);
    if (!w->faults || !xp_hosts_init(&w->hosts, cfg->mem, cfg->scene, &w->net) ||
        !begin(w, &w->here)) {
        xp_world_free(w);
        return NULL;
    }
    return w;
}

void xp_world_free(xp_world *w)
{
    if (!w)
        return;
    xp_hosts_fini(&w->hosts);
    xp_net_fini(&w->net);
    scene_faults_free(w->faults);
    nbt_mem_free(w->cfg.mem, w->spoilt, w->spoilt_cap);
    nbt_mem_free(w->cfg.mem, w->sent, w->sent_cap * sizeof *w->sent);
    nbt_mem_free(w->cfg.mem, w->begun, w->begun_cap * sizeof *w->begun);
    nbt_mem_free(w->cfg.mem, w, sizeof *w);
}

static size_t first(void *ctx, uint32_t *words)
{
    xp_world *w = ctx;
    return pack(w, &w->here, words);
}

static size_t weight(void *ctx)
{
    const xp_world *w = ctx;
    return w->hosts.weight;
}

xp_space xp_world_space(xp_world *w)
{
    return (xp_space){ w, first, expand, judge, weight };
}

bool xp_world_overflowed(const xp_world *w)
{
    return w->overflowed;
}

void xp_world_counts(const xp_world *w, uint64_t *states, uint64_t *runs)
{
    xp_hosts_counts(&w->hosts, states, runs);
}

/* --- one way, told -------------------------------------------------------------------------- */

const xp_sent *xp_world_begin(const xp_world *w, size_t *n)
{
    *n = w->nbegun;
    return w->begun;
}

bool xp_world_tell(xp_world *w, uint32_t c, xp_event *ev)
{
    xp_moment *m = &w->here;
    size_t about = c & ((UINT32_C(1) << KIND_SHIFT) - 1);
    *ev = (xp_event){ .kind = (xp_choice_kind)(c >> KIND_SHIFT), .at = w->at, .step = m->step };
    if (ev->kind <= XP_LOSE) {
        ev->message = xp_message_plain(m->ways[about].message);
        ev->left = m->ways[about].left;
        ev->host = xp_world_slot(w, ev->message)->host;
    } else if (ev->kind == XP_DUE) {
        ev->host = (uint8_t)about;
    } else if (ev->kind == XP_STEP) {
        const scene_step *s = &w->scene->step[m->step];
        ev->host = host_of_step(w->scene, s);
        ev->jump = s->what == SCENE_DO_CLOCK ? s->jump : 0;
    } else {
        ev->pause = xp_rest(w, m);
    }
    follow(w, m, c);
    w->at += ev->pause;
    ev->sent = w->sent;
    ev->nsent = w->nsent;
    return !w->failed;
}

size_t xp_world_receivers(const xp_world *w, uint32_t number, uint8_t to[XP_SLOTS_MAX])
{
    nbt_time within[XP_SLOTS_MAX];
    return xp_net_route(&w->net, number, w->here.sides, to, within);
}

nbt_time xp_world_delay(const xp_world *w, uint32_t message)
{
    return xp_net_takes(&w->net, message);
}

uint8_t xp_world_hosts(const xp_world *w)
{
    return w->nhosts;
}

const xp_facts *xp_world_facts(const xp_world *w, uint8_t host)
{
    return xp_facts_of(w, &w->here, host);
}

uint32_t xp_world_message(const xp_world *w, uint32_t packet, uint8_t slot)
{
    return xp_net_message(&w->net, packet, slot);
}

const xp_packet *xp_world_packet(const xp_world *w, uint32_t number)
{
    return &w->net.packet[number];
}

const xp_slot *xp_world_slot(const xp_world *w, uint32_t message)
{
    return &w->net.slot[xp_message_slot(message)];
}

bool xp_world_comes_back(const xp_world *w, uint32_t message)
{
    return xp_net_comes_back(&w->net, message);
}

const nbt_name *xp_world_name(const xp_world *w, uint16_t name)
{
    return &w->hosts.name[name];
}
