/*
 * Times for a way. Unknown times with least distances between them (`b` at least so much after `a`;
 * a clock is two of these) have a solution if no circle of them asks for more than nothing; the
 * earliest one is the longest path from the beginning. What is only wished for is tried one by one
 * and kept if a solution is left.
 */
#include "tools/scene/explore_replay.h"

#include "nbt/mem.h"
#include "nbt/msg.h"
#include "nbt/text.h"

enum {
    ORIGIN = 0,     /* events are numbered from 1 on here */
    MARGIN = 1000,  /* microseconds by which a delay may exceed its link's, */
    SHIFT = 10000,  /*              and a step its time */
    COMES_BACK = 4, /* gaps, at most, until a host has noticed that nothing gets through */
    UNSET = -1,
};

/* `to` comes at least `w` after `from`. */
typedef struct rule {
    uint32_t from, to;
    nbt_time w;
} rule;

typedef struct plan {
    const xp_way *way;
    const xp_world *world;
    scene *s;
    nbt_mem mem;
    rule *rule;
    size_t nrules, rules_cap;
    nbt_time *when; /* of each event, and the origin */
    nbt_time delay; /* of the link */
    nbt_time gap;   /* between two things that one host does */
    bool failed;
} plan;

const char *xp_replay_str(xp_replay r)
{
    switch (r) {
    case XP_REPLAY_DONE:
        break;
    case XP_REPLAY_NO_MEMORY:
        return "no memory";
    case XP_REPLAY_NO_TIMES:
        return "clocks that are exact do not go this way";
    case XP_REPLAY_APART:
        return "a broadcast would have to miss some of its hearers, in a network that is cut "
               "anyway";
    case XP_REPLAY_DOUBLED:
        return "a message would have to arrive twice, and not at all its receivers or more than "
               "once later";
    }
    return "";
}

/* --- rules ---------------------------------------------------------------------------------- */

static void at_least(plan *p, size_t from, size_t to, nbt_time w)
{
    if (p->nrules == p->rules_cap) {
        rule *longer = nbt_mem_grow(p->mem, p->rule, &p->rules_cap, sizeof *longer);
        if (!longer) {
            p->failed = true;
            return;
        }
        p->rule = longer;
    }
    p->rule[p->nrules++] = (rule){ (uint32_t)from, (uint32_t)to, w };
}

static void exactly(plan *p, size_t from, size_t to, nbt_time w)
{
    at_least(p, from, to, w);
    at_least(p, to, from, -w);
}

/* The earliest times; false if there are none. */
static bool solve(plan *p)
{
    size_t n = p->way->ndeeds + 1;
    for (size_t i = 0; i < n; i++)
        p->when[i] = 0;
    for (size_t round = 0; round <= n; round++) {
        bool changed = false;
        for (size_t i = 0; i < p->nrules; i++) {
            const rule *r = &p->rule[i];
            if (p->when[r->from] + r->w <= p->when[r->to])
                continue;
            p->when[r->to] = p->when[r->from] + r->w;
            changed = true;
        }
        if (!changed)
            return p->when[ORIGIN] == 0;
    }
    return false;
}

/* Whether rules can be added; they stay if they can. */
static bool try_exactly(plan *p, size_t from, size_t to, nbt_time w)
{
    size_t before = p->nrules;
    exactly(p, from, to, w);
    if (!p->failed && solve(p))
        return true;
    p->nrules = before;
    return false;
}

static size_t node_of(int event)
{
    return (size_t)(event + 1);
}

static nbt_time greatest_delay(const plan *p, const xp_copy *c)
{
    return xp_world_delay(p->world, c->message);
}

static void rule_steps(plan *p)
{
    size_t last = ORIGIN;
    for (size_t i = 0; i < p->way->ndeeds; i++) {
        const xp_deed *d = &p->way->deed[i];
        if (d->kind != XP_STEP)
            continue;
        const scene_step *s = &p->s->step[d->step];
        size_t from = s->relative ? last : ORIGIN;
        if (s->what != SCENE_DO_AWAIT) {
            at_least(p, from, i + 1, s->at);
            at_least(p, i + 1, from, -(s->at + s->slack + SHIFT));
        }
        at_least(p, last, i + 1, 0);
        last = i + 1;
    }
}

/* Pieces of one stream, sent at once, arrive at once. */
static bool follows(const plan *p, const xp_deed *before, const xp_deed *d)
{
    if (before->kind != XP_ARRIVE || d->kind != XP_ARRIVE ||
        !(before->message & d->message & XP_MESSAGE_STREAM))
        return false;
    const xp_packet *a = xp_world_packet(p->world, xp_message_packet(before->message));
    const xp_packet *b = xp_world_packet(p->world, xp_message_packet(d->message));
    return nbt_ep_eq(a->from, b->from) && nbt_ep_eq(a->to, b->to);
}

/* What one host does stays in its order; what concerns the network, in the order of all. */
static void rule_hosts(plan *p)
{
    size_t last[XP_HOSTS_MAX + 1] = { 0 };
    for (size_t i = 0; i < p->way->ndeeds; i++) {
        const xp_deed *d = &p->way->deed[i];
        if (d->kind == XP_LOSE)
            continue;
        bool all = d->host >= XP_HOSTS_MAX && p->s->step[d->step].what != SCENE_DO_AWAIT;
        for (size_t h = 0; all && h < XP_HOSTS_MAX; h++) {
            if (last[h] != ORIGIN)
                at_least(p, last[h], i + 1, p->gap);
            last[h] = i + 1;
        }
        size_t *mine = &last[d->host < XP_HOSTS_MAX ? d->host : XP_HOSTS_MAX];
        bool at_once = d->kind == XP_DUE && d->period == 0 && node_of(d->setter) == *mine;
        at_once = at_once || (*mine != ORIGIN && follows(p, &p->way->deed[*mine - 1], d));
        if (!all && *mine != ORIGIN)
            at_least(p, *mine, i + 1, at_once ? 0 : p->gap);
        *mine = i + 1;
        if (d->kind == XP_DUE)
            exactly(p, node_of(d->setter), i + 1, d->period);
    }
}

/* What sends a copy off, in the end, and how much longer than its way it takes from there. */
static size_t sender_of(const xp_copy *c, nbt_time *more)
{
    *more = c->freed_by == XP_NO_EVENT ? c->more : 0;
    return node_of(c->freed_by == XP_NO_EVENT ? c->sent_by : c->freed_by);
}

/* Whether a fault can make it late. In a stream those can be that are a message of port 139. */
static bool may_be_late(const plan *p, const xp_copy *c)
{
    const xp_packet *packet = xp_world_packet(p->world, xp_message_packet(c->message));
    return packet->kind == XP_DATAGRAM ||
           (packet->kind == XP_DATA &&
            (packet->from.port == NBT_PORT_SSN || packet->to.port == NBT_PORT_SSN));
}

static void rule_messages(plan *p)
{
    for (size_t i = 0; i < p->way->ncopies; i++) {
        const xp_copy *c = &p->way->copy[i];
        nbt_time more;
        size_t from = sender_of(c, &more);
        if (c->arrives == XP_NO_EVENT)
            continue;
        if (xp_world_comes_back(p->world, c->message)) {
            at_least(p, from, node_of(c->arrives), 0);
            at_least(p, node_of(c->arrives), from, -(COMES_BACK * p->gap));
            continue;
        }
        if (!may_be_late(p, c)) {
            exactly(p, from, node_of(c->arrives), p->delay);
            continue;
        }
        at_least(p, from, node_of(c->arrives), p->delay + more);
        at_least(p, node_of(c->arrives), from, -(greatest_delay(p, c) + more + MARGIN));
        for (size_t k = i + 1; k < p->way->ncopies; k++) {
            const xp_copy *other = &p->way->copy[k];
            if (other->frame == c->frame && other->arrives != XP_NO_EVENT &&
                (other->nth > 0) == (c->nth > 0))
                exactly(p, node_of(c->arrives), node_of(other->arrives), 0);
        }
    }
}

/* As many messages as possible take the same time. */
static void wish(plan *p)
{
    for (size_t i = 0; i < p->way->ncopies; i++) {
        const xp_copy *c = &p->way->copy[i];
        nbt_time more;
        size_t from = sender_of(c, &more);
        if (c->arrives != XP_NO_EVENT && !xp_world_comes_back(p->world, c->message))
            (void)try_exactly(p, from, node_of(c->arrives), p->delay + more);
    }
}

/* Times for all events, with the longest common delay that leaves room for the order. */
static bool find_times(plan *p)
{
    static const nbt_time delays[] = { NBT_MS(5), NBT_MS(1), 100, 10, 1 };
    for (size_t i = 0; i < sizeof delays / sizeof delays[0] && !p->failed; i++) {
        p->nrules = 0;
        p->delay = delays[i];
        p->gap = p->delay > 5 ? p->delay / 5 : 1;
        rule_steps(p);
        rule_hosts(p);
        rule_messages(p);
        if (p->failed || !solve(p))
            continue;
        wish(p);
        return solve(p);
    }
    return false;
}

/* --- the scenario --------------------------------------------------------------------------- */

/* What becomes of a frame. */
typedef struct fate {
    bool some, all; /* of its copies are lost */
    nbt_time takes; /* the first one, at each receiver; UNSET: it does not arrive */
    uint32_t again; /* so many more come there, */
    nbt_time later; /*                       so much later than the first */
    bool uneven;    /* not everywhere as many, or not at one time */
} fate;

/* The copies of a frame that reach one receiver; false: none does. */
static bool fate_there(const plan *p, uint32_t frame, uint32_t message, fate *f)
{
    nbt_time first = UNSET, last = UNSET;
    uint32_t n = 0;
    for (size_t i = 0; i < p->way->ncopies; i++) {
        const xp_copy *c = &p->way->copy[i];
        if (c->frame != frame || c->message != message || c->arrives == XP_NO_EVENT)
            continue;
        nbt_time takes = p->when[node_of(c->arrives)] - p->when[node_of(c->sent_by)];
        f->uneven = f->uneven || (n > 1 && takes != last);
        first = n == 0 ? takes : first;
        last = takes;
        n++;
    }
    if (n == 0)
        return false;
    f->uneven = f->uneven || (f->takes != UNSET && f->again != n - 1);
    f->takes = first;
    f->again = n - 1;
    f->later = last - first;
    return true;
}

static fate fate_of(const plan *p, uint32_t frame)
{
    fate f = { .some = p->way->sent[frame].drop, .all = true, .takes = UNSET };
    for (size_t i = 0; i < p->way->ncopies; i++) {
        const xp_copy *c = &p->way->copy[i];
        if (c->frame != frame || c->nth > 0 || xp_world_comes_back(p->world, c->message))
            continue; /* the cut is what loses it */
        bool lost = !fate_there(p, frame, c->message, &f) && c->lost;
        f.some = f.some || lost;
        f.all = f.all && lost;
    }
    f.all = f.all && f.some;
    return f;
}

static uint16_t host_of_ip(const scene *s, uint32_t ip)
{
    for (uint32_t h = 0; h < s->nhosts; h++)
        for (uint8_t i = 0; i < s->host[h].nadapters; i++)
            if (s->host[h].adapter[i].ip == ip)
                return (uint16_t)h;
    return SCENE_NOBODY;
}

/* The pattern that a frame fits; false without memory. */
static bool pattern_of(plan *p, uint32_t number, scene_pattern *to)
{
    const xp_packet *packet = xp_world_packet(p->world, number);
    char name[NBT_NAME_STR_MAX] = "*";
    nbt_msg m;
    (void)nbt_msg_rd(&m, xp_packet_service(packet), packet->data.p, packet->data.n);
    if (nbt_msg_name(&m))
        (void)nbt_name_print(nbt_msg_name(&m), name, sizeof name);
    const char *kind = packet->data.n > 0 ? nbt_text_kind(&m) : "";
    *to = (scene_pattern){ .from = host_of_ip(p->s, packet->from.ip),
                           .to = host_of_ip(p->s, packet->to.ip) };
    to->kind = scene_text(p->s, kind, strlen(kind));
    to->name = scene_text(p->s, name, strlen(name));
    return to->kind && to->name;
}

static bool same_pattern(const scene_pattern *a, const scene_pattern *b)
{
    return a->from == b->from && a->to == b->to && strcmp(a->kind, b->kind) == 0 &&
           strcmp(a->name, b->name) == 0;
}

/* The number of a frame among those that fit its pattern, from 1 on. */
static bool ordinal(plan *p, uint32_t frame, const scene_pattern *msg, uint32_t *nth)
{
    *nth = 1;
    for (uint32_t i = 0; i < frame; i++) {
        scene_pattern other;
        if (!pattern_of(p, p->way->sent[i].packet, &other))
            return false;
        *nth += same_pattern(&other, msg);
    }
    return true;
}

/* A run of losses from the first one on is one fault. */
static bool joins(scene *s, const scene_pattern *msg, uint32_t nth)
{
    for (uint32_t i = 0; i < s->nfaults; i++) {
        scene_fault *f = &s->fault[i];
        if (f->harm == SCENE_HARM_DROP && f->first + 1 == nth && same_pattern(&f->msg, msg)) {
            f->first++;
            return true;
        }
    }
    return false;
}

static bool add_drop(plan *p, const scene_pattern *msg, uint32_t nth)
{
    if (joins(p->s, msg, nth))
        return true;
    scene_fault *f = scene_add_fault(p->s);
    if (!f)
        return false;
    f->harm = SCENE_HARM_DROP;
    f->msg = *msg;
    if (nth == 1)
        f->first = 1;
    else
        f->nth = nth;
    return true;
}

static bool add_lateness(plan *p, const scene_pattern *msg, uint32_t nth, nbt_time more,
                         uint32_t again)
{
    scene_fault *f = scene_add_fault(p->s);
    if (!f)
        return false;
    f->harm = again ? SCENE_HARM_DUPLICATE : SCENE_HARM_DELAY;
    f->msg = *msg;
    f->nth = nth;
    f->more = more;
    f->times = again;
    return true;
}

static bool add_fault(plan *p, uint32_t frame, const fate *what)
{
    scene_pattern msg;
    uint32_t nth;
    nbt_time more = what->takes == UNSET ? 0 : what->takes - p->delay;
    if (!pattern_of(p, p->way->sent[frame].packet, &msg) || !ordinal(p, frame, &msg, &nth))
        return false;
    if (what->all)
        return add_drop(p, &msg, nth);
    return (more == 0 || add_lateness(p, &msg, nth, more, 0)) &&
           (what->again == 0 || add_lateness(p, &msg, nth, what->later, what->again));
}

/* Of the scene's own faults those stay that change messages: what the others do is said of each
 * message anew. Steps that begin and end these go. */
static void keep_corruptions(plan *p)
{
    uint32_t kept = 0;
    uint16_t now[XP_FAULTS_MAX];
    for (uint32_t i = 0; i < p->s->nfaults; i++) {
        now[i] = SCENE_NOBODY;
        if (p->s->fault[i].harm != SCENE_HARM_CORRUPT)
            continue;
        now[i] = (uint16_t)kept;
        p->s->fault[kept++] = p->s->fault[i];
    }
    for (uint32_t i = kept; i < p->s->nfaults; i++)
        p->s->fault[i] = (scene_fault){ .nth = 0 }; /* as what is added expects its place */
    p->s->nfaults = kept;
    for (uint32_t i = 0; i < p->s->nsteps; i++) {
        scene_step *step = &p->s->step[i];
        if (step->what == SCENE_DO_FAULT || step->what == SCENE_DO_MEND)
            step->fault = now[step->fault];
    }
}

static xp_replay add_faults(plan *p)
{
    keep_corruptions(p);
    for (uint32_t frame = 0; frame < p->way->nframes; frame++) {
        fate f = fate_of(p, frame);
        bool late = f.takes != UNSET && f.takes != p->delay;
        if (f.uneven)
            return XP_REPLAY_DOUBLED;
        if ((f.all || late || f.again) && !add_fault(p, frame, &f))
            return XP_REPLAY_NO_MEMORY;
    }
    return XP_REPLAY_DONE;
}

static bool is_kept(const scene_step *step)
{
    bool fault = step->what == SCENE_DO_FAULT || step->what == SCENE_DO_MEND;
    return step->what != SCENE_DO_AWAIT && !(fault && step->fault == SCENE_NOBODY);
}

/* Each step that the way takes, at its time. What was awaited has come by then. */
static void rewrite_steps(plan *p)
{
    uint32_t kept = 0;
    for (size_t i = 0; i < p->way->ndeeds; i++) {
        const xp_deed *d = &p->way->deed[i];
        if (d->kind != XP_STEP || !is_kept(&p->s->step[d->step]))
            continue;
        scene_step step = p->s->step[d->step]; /* steps come in order: it was not written over */
        step.at = p->when[i + 1];
        step.relative = false;
        step.slack = 0;
        p->s->step[kept++] = step;
    }
    p->s->nsteps = kept;
}

/* --- who does not hear a broadcast that others hear ----------------------------------------- */

static bool parts_already(const scene *s)
{
    for (uint32_t i = 0; i < s->nsteps; i++)
        if (s->step[i].what == SCENE_DO_PARTITION)
            return true;
    return false;
}

/* The hosts that a frame is lost to; how many. */
static uint32_t deaf_hosts(const plan *p, uint32_t frame, uint16_t hosts[XP_HOSTS_MAX])
{
    uint32_t n = 0;
    for (size_t i = 0; i < p->way->ncopies; i++) {
        const xp_copy *c = &p->way->copy[i];
        if (c->frame == frame && c->lost && n < XP_HOSTS_MAX)
            hosts[n++] = xp_world_slot(p->world, c->message)->host;
    }
    return n;
}

static scene_step *insert_step(scene *s, nbt_time at, scene_do what, uint16_t network)
{
    if (!scene_add_step(s))
        return NULL;
    uint32_t i = s->nsteps - 1;
    for (; i > 0 && s->step[i - 1].at > at; i--)
        s->step[i] = s->step[i - 1];
    s->step[i] = (scene_step){ .at = at, .what = what, .network = network };
    return &s->step[i];
}

/* For the moment in which it is sent, they are cut off: what is under way arrives all the same. */
static xp_replay cut_off(plan *p, uint32_t frame, nbt_time at)
{
    uint16_t hosts[XP_HOSTS_MAX];
    uint32_t n = deaf_hosts(p, frame, hosts);
    const xp_packet *packet = xp_world_packet(p->world, p->way->sent[frame].packet);
    uint16_t from = host_of_ip(p->s, packet->from.ip);
    if (at < 1 || from == SCENE_NOBODY)
        return XP_REPLAY_APART;
    uint16_t network = p->s->host[from].adapter[0].network;
    uint16_t *list = scene_room(p->s, n * sizeof *list);
    scene_step *cut = list ? insert_step(p->s, at - 1, SCENE_DO_PARTITION, network) : NULL;
    if (!cut)
        return XP_REPLAY_NO_MEMORY;
    memcpy(list, hosts, n * sizeof *list);
    cut->hosts = list;
    cut->nhosts = n;
    return insert_step(p->s, at + 1, SCENE_DO_HEAL, network) ? XP_REPLAY_DONE : XP_REPLAY_NO_MEMORY;
}

static xp_replay cut_all(plan *p)
{
    xp_replay r = XP_REPLAY_DONE;
    bool parted = parts_already(p->s);
    for (uint32_t frame = 0; frame < p->way->nframes && r == XP_REPLAY_DONE; frame++) {
        fate f = fate_of(p, frame);
        if (!f.some || f.all)
            continue;
        int by = UNSET;
        for (size_t i = 0; i < p->way->ncopies; i++)
            if (p->way->copy[i].frame == frame)
                by = p->way->copy[i].sent_by;
        r = parted ? XP_REPLAY_APART : cut_off(p, frame, p->when[node_of(by)]);
    }
    return r;
}

static xp_replay rewrite(plan *p)
{
    for (uint32_t i = 0; i < p->s->nnetworks; i++)
        p->s->network[i].link = (nbt_simlink){ .delay = p->delay };
    xp_replay r = add_faults(p);
    rewrite_steps(p);
    if (r == XP_REPLAY_DONE)
        r = cut_all(p);
    for (uint32_t i = 0; i < p->s->nexpects; i++)
        p->s->expect[i] = (scene_expect){ .count = 0 }; /* as what is added expects its place */
    p->s->nexpects = 0;
    p->s->end_relative = false;
    p->s->end = 0;
    for (size_t i = 0; i <= p->way->ndeeds; i++)
        if (p->when[i] > p->s->end)
            p->s->end = p->when[i];
    p->s->end += NBT_S(1);
    return r;
}

xp_replay xp_way_replay(const xp_way *way, const xp_world *w, scene *s)
{
    plan p = { .way = way, .world = w, .s = s, .mem = way->mem };
    size_t size = (way->ndeeds + 1) * sizeof *p.when;
    xp_replay r = XP_REPLAY_NO_MEMORY;
    p.when = nbt_mem_new(p.mem, size);
    if (p.when && find_times(&p))
        r = rewrite(&p);
    else if (p.when && !p.failed)
        r = XP_REPLAY_NO_TIMES;
    nbt_mem_free(p.mem, p.when, size);
    nbt_mem_free(p.mem, p.rule, p.rules_cap * sizeof *p.rule);
    return r;
}
