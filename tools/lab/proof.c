/*
 * One reading of the file. Frames become messages as in the run itself (tools/scene/hear.h).
 */
#include "tools/lab/proof.h"
#include "capture/source.h"
#include "tools/host/mem.h"
#include "tools/lab/segment.h"
#include "tools/scene/hear.h"
#include "tools/scene/pattern.h"

#include <stdlib.h>
#include <string.h>

typedef struct reading {
    lab_proof *p;
    const scene *s;
    uint64_t last;
    lab_refusal *refusal;
    size_t nrefusals;
    int64_t time; /* of the frame that is read */
    size_t cap;
    bool failed; /* there was no memory */
} reading;

bool lab_proof_can(const scene *s, uint32_t i)
{
    const scene_expect *x = &s->expect[i];
    return x->sight.see == SCENE_SEE_MESSAGE && !x->since_step && x->from == 0 &&
           x->until == NBT_NEVER;
}

/* -- expectations ------------------------------------------------------------------------------ */

static uint64_t wanted(const scene_expect *x)
{
    return x->count > 0 ? (uint64_t)x->count : 1;
}

/* The last of the messages that prove an expectation; 0: not all of them have come. */
static uint64_t proven_at(const reading *r, uint32_t expect)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->p->n; i++) {
        const lab_proven *p = &r->p->proven[i];
        if (p->expect == expect && ++n == wanted(&r->s->expect[expect]))
            return p->frame;
    }
    return 0;
}

static bool is_behind(const reading *r, const scene_expect *x, uint64_t frame)
{
    for (uint8_t i = 0; i < x->nafter; i++) {
        uint64_t at = lab_proof_can(r->s, x->after[i]) ? proven_at(r, x->after[i]) : 1;
        if (at == 0 || at >= frame)
            return false;
    }
    return true;
}

static void prove(reading *r, uint32_t expect, const scene_event *ev, const scene_sent *sent)
{
    lab_proof *p = r->p;
    if (p->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 32;
        lab_proven *more = realloc(p->proven, cap * sizeof *more);
        if (!more) {
            r->failed = true;
            return;
        }
        p->proven = more;
        r->cap = cap;
    }
    bool ns = ev->msg && ev->msg->service == NBT_SERVICE_NAME;
    p->proven[p->n++] = (lab_proven){ .expect = expect,
                                      .frame = ev->frame,
                                      .from = ev->from,
                                      .to = ev->to,
                                      .rcode = ns ? nbt_ns_rcode(&ev->msg->u.ns) : 0,
                                      .what = scene_sent_kind(sent) };
}

static void look_for(reading *r, const scene_event *ev)
{
    const scene_sent sent = { ev->from, ev->to, ev->broadcast, ev->msg, ev->rc };
    for (uint32_t i = 0; i < r->s->nexpects; i++) {
        const scene_expect *x = &r->s->expect[i];
        if (!lab_proof_can(r->s, i) || !scene_pattern_fits(r->s, &x->sight.msg, &sent) ||
            !is_behind(r, x, ev->frame))
            continue;
        if (r->p->seen[i]++ == 0)
            r->p->first[i] = ev->frame;
        if (!x->never && r->p->seen[i] <= wanted(x))
            prove(r, i, ev, &sent);
    }
}

bool lab_proof_held(const lab_proof *p, const scene *s, uint32_t i)
{
    const scene_expect *x = &s->expect[i];
    if (x->never)
        return p->seen[i] == 0;
    return x->count >= 0 ? p->seen[i] == (uint64_t)x->count : p->seen[i] > 0;
}

/* -- refusals ---------------------------------------------------------------------------------- */

static void look_at_refusals(reading *r, const scene_event *ev)
{
    const nbt_ns *m = &ev->msg->u.ns;
    const nbt_name *name = nbt_ns_name(m);
    for (size_t i = 0; name && i < r->nrefusals; i++) {
        lab_refusal *f = &r->refusal[i];
        if (memcmp(f->name, name->b, NBT_NAME_LEN) != 0 || r->time < f->began ||
            r->time >= f->ended)
            continue;
        f->packets++;
        if (f->frame || nbt_ns_kind_of(m) != NBT_NS_NEGATIVE_REGISTRATION)
            continue;
        f->frame = ev->frame;
        f->by = ev->from.ip;
        f->rcode = nbt_ns_rcode(m);
    }
}

/* -- reading ----------------------------------------------------------------------------------- */

static void on_message(void *ctx, const scene_event *ev)
{
    reading *r = ctx;
    if (ev->msg && ev->msg->service == NBT_SERVICE_NAME)
        look_at_refusals(r, ev);
    if (r->last == 0 || ev->frame <= r->last)
        look_for(r, ev);
}

static bool is_unreadable(const nbt_simframe *f)
{
    nbt_msg m;
    return f->kind == NBT_SIMFRAME_UDP &&
           (f->from.port == NBT_PORT_NS || f->to.port == NBT_PORT_NS) &&
           !nbt_msg_rd(&m, NBT_SERVICE_NAME, f->data.p, f->data.n);
}

static bool read_all(reading *r, cap_source *from, host_err *err)
{
    scene_hear hear;
    lab_ways ways = { 0 };
    cap_packet p;
    cap_got got;
    scene_hear_init(&hear, host_mem(), r->s, NULL);
    hear.ctx = r;
    hear.event = on_message;
    while ((got = cap_source_next(from, &p)) == CAP_PACKET && !r->failed && !hear.failed) {
        lab_segment seg;
        r->time = p.time;
        r->p->frames = p.number;
        lab_segment_rd(&ways, p.time, p.bytes.p, p.bytes.n, &seg);
        for (unsigned i = 0; i < seg.n; i++) {
            r->p->unreadable += is_unreadable(&seg.frame[i]);
            scene_hear_frame(&hear, &seg.frame[i], p.number);
        }
    }
    bool memory = !r->failed && !hear.failed;
    scene_hear_fini(&hear);
    lab_ways_fini(&ways);
    if (!memory)
        host_err_set(err, HOST_SYSTEM, "no memory");
    else if (got != CAP_END)
        host_err_set(err, HOST_SYSTEM, "%s", cap_source_error(from));
    return memory && got == CAP_END;
}

static int by_expectation(const void *one, const void *other)
{
    const lab_proven *a = one, *b = other;
    if (a->expect != b->expect)
        return a->expect < b->expect ? -1 : 1;
    return a->frame < b->frame ? -1 : a->frame > b->frame;
}

bool lab_proof_read(lab_proof *p, const scene *s, const char *capture, uint64_t last,
                    lab_refusal *refusal, size_t nrefusals, host_err *err)
{
    char why[CAP_ERR_MAX];
    reading r = { .p = p, .s = s, .last = last, .refusal = refusal, .nrefusals = nrefusals };
    *p = (lab_proof){ .seen = calloc(s->nexpects + 1, sizeof *p->seen),
                      .first = calloc(s->nexpects + 1, sizeof *p->first) };
    if (!p->seen || !p->first) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return false;
    }
    cap_source *from = cap_source_file(capture, why);
    if (!from) {
        host_err_set(err, HOST_SYSTEM, "%s", why);
        return false;
    }
    bool ok = read_all(&r, from, err);
    cap_source_free(from);
    if (p->n > 0)
        qsort(p->proven, p->n, sizeof *p->proven, by_expectation);
    return ok;
}

void lab_proof_free(lab_proof *p)
{
    free(p->proven);
    free(p->seen);
    free(p->first);
    *p = (lab_proof){ 0 };
}
