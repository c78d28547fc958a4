/*
 * What was said, kept: a message may be written in one way or another, and which is known when all
 * of it has been seen.
 */
#include "tools/replay/toscene_impl.h"

#include "nbt/digits.h"
#include "nbt/text.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 18 };

void *toscene_grow(replay_toscene *t, void *array, size_t *cap, size_t n, size_t size)
{
    if (n < *cap)
        return array;
    size_t more = *cap ? 2 * *cap : 64;
    void *larger = realloc(array, more * size);
    if (!larger) {
        t->failed = true;
        return array;
    }
    *cap = more;
    return larger;
}

void toscene_free_said(replay_toscene *t)
{
    for (size_t i = 0; i < t->nsaid; i++) {
        free(t->said[i].text);
        free(t->said[i].data);
    }
    free(t->said);
    free(t->call);
    free(t->talk);
}

/* When an item is in the scenario. A capture's times may go back; a scenario's do not. */
static nbt_time when(replay_toscene *t, int64_t time)
{
    if (!t->begun)
        t->first = t->now = time;
    t->begun = true;
    if (time > t->now)
        t->now = time;
    return t->now - t->first;
}

/* The latest message of a packet; there are few behind it. */
static size_t said_in(const replay_toscene *t, uint64_t number)
{
    for (size_t i = t->nsaid; number && i > 0; i--)
        if (t->said[i - 1].number <= number)
            return t->said[i - 1].number == number ? i - 1 : TOSCENE_NONE;
    return TOSCENE_NONE;
}

/* --- sessions --------------------------------------------------------------------------------- */

size_t toscene_call_at(const replay_toscene *t, nbt_ep from, nbt_ep to)
{
    for (size_t i = t->ncalls; i > 0; i--) {
        const toscene_call *c = &t->call[i - 1];
        if ((nbt_ep_eq(c->from, from) && nbt_ep_eq(c->to, to)) ||
            (nbt_ep_eq(c->from, to) && nbt_ep_eq(c->to, from)))
            return i - 1;
    }
    return TOSCENE_NONE;
}

/* The query by which the caller found whom it calls: its last one for that name, no other call's.
 */
static size_t query_of(const replay_toscene *t, const toscene_said *s, const nbt_ssn *ssn)
{
    static const nbt_time near = NBT_S(10);
    for (size_t i = t->nsaid; i > 0 && t->said[i - 1].at + near >= s->at; i--) {
        const toscene_said *q = &t->said[i - 1];
        if (q->service == NBT_SERVICE_NAME && !q->tcp && q->kind == NBT_NS_QUERY && q->named &&
            q->from.ip == s->from.ip && memcmp(q->name.b, ssn->called.b, NBT_NAME_LEN) == 0) {
            size_t first = q->first == TOSCENE_NONE ? i - 1 : q->first;
            return t->said[first].call == TOSCENE_NONE ? first : TOSCENE_NONE;
        }
    }
    return TOSCENE_NONE;
}

static void note_call(replay_toscene *t, toscene_said *s, const nbt_ssn *ssn)
{
    t->call = toscene_grow(t, t->call, &t->calls_cap, t->ncalls, sizeof *t->call);
    if (t->failed)
        return;
    toscene_call *c = &t->call[t->ncalls];
    *c = (toscene_call){ .from = s->from,
                         .to = s->to,
                         .request = t->nsaid,
                         .answer = TOSCENE_NONE,
                         .query = query_of(t, s, ssn) };
    memcpy(c->calling, ssn->calling.b, NBT_NAME_LEN);
    memcpy(c->called, ssn->called.b, NBT_NAME_LEN);
    if (c->query != TOSCENE_NONE)
        t->said[c->query].call = t->ncalls;
    s->call = t->ncalls++;
}

static void note_ssn(replay_toscene *t, toscene_said *s, const nbt_ssn *ssn)
{
    if (ssn->type == NBT_SSN_REQUEST)
        note_call(t, s, ssn);
    else
        s->call = toscene_call_at(t, s->from, s->to);
    if (s->call == TOSCENE_NONE || t->failed)
        return;
    toscene_call *c = &t->call[s->call];
    c->last = s->at;
    if (ssn->type != NBT_SSN_REQUEST && ssn->type != NBT_SSN_MESSAGE &&
        ssn->type != NBT_SSN_KEEP_ALIVE && c->answer == TOSCENE_NONE) {
        c->answer = t->nsaid;
        c->taken = ssn->type == NBT_SSN_POSITIVE;
    }
}

static void end_talk(replay_toscene *t, nbt_ep from, nbt_ep to, int64_t time)
{
    size_t talk = toscene_talk_at(t, from, to);
    if (talk == TOSCENE_NONE || t->talk[talk].ended)
        return;
    t->talk[talk].ended = true;
    t->talk[talk].end = when(t, time);
}

void replay_toscene_frame(replay_toscene *t, const cap_frame *f, int64_t time)
{
    if (f->kind != CAP_FRAME_TCP || !(f->tcp_flags & (CAP_TCP_FIN | CAP_TCP_RST)))
        return;
    size_t i = toscene_call_at(t, f->from, f->to);
    end_talk(t, f->from, f->to, time);
    if (i == TOSCENE_NONE || t->call[i].ended)
        return;
    t->call[i].ended = true;
    t->call[i].end = when(t, time);
    t->call[i].by_caller = nbt_ep_eq(f->from, t->call[i].from);
}

/* --- messages --------------------------------------------------------------------------------- */

/* Who has it, as an answer says. */
static void note_owner(toscene_said *s, const nbt_ns *ns)
{
    if (s->kind != NBT_NS_POSITIVE_QUERY || ns->nrr == 0 || nbt_addr_count(&ns->rr[0]) == 0)
        return;
    nbt_addr a = nbt_addr_get(&ns->rr[0], 0);
    s->owner = a.ip;
    s->group = a.nb_flags & NBT_NB_G;
}

/* Of the same id about the same name: a node that has asked its server asks all, or the other way
 * round. */
static void note_going_on(const replay_toscene *t, toscene_said *s)
{
    static const nbt_time near = NBT_S(60);
    for (size_t i = t->nsaid; i > 0 && t->said[i - 1].at + near >= s->at; i--) {
        const toscene_said *o = &t->said[i - 1];
        if (!o->request_of_node || o->id != s->id || o->from.ip != s->from.ip || !o->named ||
            !nbt_name_eq(&o->name, &s->name))
            continue;
        s->begin = o->begin == TOSCENE_NONE ? i - 1 : o->begin;
        s->goes_on = true;
        return;
    }
}

static void note_ns(const replay_toscene *t, toscene_said *s, const nbt_msg *m)
{
    const nbt_name *about = nbt_msg_name(m);
    s->kind = (uint8_t)nbt_ns_kind_of(&m->u.ns);
    s->id = m->u.ns.trn_id;
    s->rcode = nbt_ns_rcode(&m->u.ns);
    s->request_of_node = !(m->u.ns.word & NBT_NS_R);
    s->verb = toscene_verb(&m->u.ns);
    s->goes_on = toscene_goes_on(&m->u.ns);
    s->named = about && about->form == NBT_NAME_NETBIOS;
    note_owner(s, &m->u.ns);
    if (!s->named)
        return;
    s->name = *about;
    if (s->request_of_node)
        note_going_on(t, s);
}

static void note_links(const replay_toscene *t, toscene_said *s, const cap_link *link)
{
    s->first = said_in(t, link->repeats);
    s->request = said_in(t, link->answers);
    s->begin = link->transaction == s->number ? TOSCENE_NONE : said_in(t, link->transaction);
    s->after = link->after;
}

/* Octets as a step sends them. NULL without memory. */
static char *data_of(nbt_bytes b)
{
    static const char key[] = "data=";
    char *text = malloc(sizeof key + 1 + 2 * b.n);
    if (!text)
        return NULL;
    memcpy(text, key, sizeof key);
    char *end = nbt_digits_hex(text + sizeof key - 1, b.p, b.n);
    if (b.n == 0)
        *end++ = '-';
    *end = '\0';
    return text;
}

static void note(replay_toscene *t, const cap_item *item, const cap_link *link, char *text)
{
    const nbt_msg *m = item->msg;
    t->said = toscene_grow(t, t->said, &t->said_cap, t->nsaid, sizeof *t->said);
    if (t->failed) {
        free(text);
        return;
    }
    toscene_said s = { .number = item->number,
                       .at = when(t, item->time),
                       .from = item->from,
                       .to = item->to,
                       .tcp = item->tcp,
                       .to_all = cap_is_to_all(item),
                       .bad = m->err != NBT_OK,
                       .service = m->service,
                       .call = TOSCENE_NONE,
                       .size = m->bytes.n,
                       .text = text };
    note_links(t, &s, link);
    if (!s.bad && s.service == NBT_SERVICE_NAME) {
        note_ns(t, &s, m);
        s.goes_on = s.goes_on || (s.request_of_node && s.begin != TOSCENE_NONE);
    }
    if (!s.bad && s.service == NBT_SERVICE_SESSION) {
        s.kind = (uint8_t)m->u.ssn.type;
        note_ssn(t, &s, &m->u.ssn);
        s.data = s.kind == NBT_SSN_MESSAGE ? data_of(m->u.ssn.data) : NULL;
        t->failed = t->failed || (s.kind == NBT_SSN_MESSAGE && !s.data);
    }
    if (!s.bad && s.service == NBT_SERVICE_DATAGRAM) {
        toscene_dgm_note(&s, &m->u.dgm, data_of(m->u.dgm.data));
        t->failed = t->failed || !s.data;
    }
    t->said[t->nsaid++] = s;
}

/* Its text; NULL: there is none that is all of it. */
static char *text_of(const cap_item *item)
{
    char *text = malloc(TEXT_MAX);
    size_t n = text ? nbt_text_print(item->msg, text, TEXT_MAX) : 0;
    char *fits = n > 0 && n < TEXT_MAX ? strdup(text) : NULL;
    free(text);
    return fits;
}

/* A segment over UDP comes by itself; one that says that there is no more ends what it is of. */
static void put_segment(replay_toscene *t, const cap_item *item)
{
    if (!item->rc->err &&
        (item->rc->seg.kind == RC_UDP_CLOSE || item->rc->seg.kind == RC_UDP_RESET))
        end_talk(t, item->from, item->to, item->time);
}

/* What a session carried stands before it, as a message of that. */
static void put_rc(replay_toscene *t, const cap_item *item)
{
    if (!item->rc || toscene_call_at(t, item->from, item->to) != TOSCENE_NONE)
        return;
    if (item->rc->segment) {
        put_segment(t, item);
        return;
    }
    bool known = item->has_ip && toscene_find(t, item->from.ip) && !item->cut;
    char *text = known && !item->rc->err ? malloc(TEXT_MAX) : NULL;
    size_t n = text ? rc_text_print(item->rc, text, TEXT_MAX) : 0;
    char *fits = n > 0 && n < TEXT_MAX ? strdup(text) : NULL;
    free(text);
    t->said = toscene_grow(t, t->said, &t->said_cap, t->nsaid, sizeof *t->said);
    if (!fits || t->failed) {
        t->dropped.tcp++;
        free(fits);
        return;
    }
    toscene_said s = { .number = item->number,
                       .at = when(t, item->time),
                       .from = item->from,
                       .to = item->to,
                       .tcp = item->tcp,
                       .rc = true,
                       .service = NBT_SERVICE_SESSION,
                       .first = TOSCENE_NONE,
                       .request = TOSCENE_NONE,
                       .begin = TOSCENE_NONE,
                       .call = TOSCENE_NONE,
                       .text = fits };
    toscene_rc_note(t, &s, &item->rc->m);
    t->said[t->nsaid++] = s;
}

void replay_toscene_put(replay_toscene *t, const cap_item *item, const cap_link *link)
{
    if (!item->msg) {
        put_rc(t, item);
        return;
    }
    bool known = item->has_ip && toscene_find(t, item->from.ip) && !item->cut;
    char *text = known ? text_of(item) : NULL;
    if (text)
        note(t, item, link, text);
    else if (item->tcp)
        t->dropped.tcp++;
    else
        t->dropped.unsaid++;
}
