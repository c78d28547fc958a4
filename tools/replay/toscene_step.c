/*
 * The steps of a scenario: what is sent, which control blocks stand for what a computer said, and
 * what is expected of it. Lines are put in order by their time at the end.
 */
#include "tools/replay/toscene_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- lines ------------------------------------------------------------------------------------ */

void toscene_at(replay_toscene *t, nbt_time at, const char *format, ...)
{
    t->line = toscene_grow(t, t->line, &t->lines_cap, t->nlines, sizeof *t->line);
    if (t->failed)
        return;
    toscene_line *l = &t->line[t->nlines];
    *l = (toscene_line){ .at = at, .place = t->nlines, .begin = t->heap.n };
    t->nlines++;
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *text = n < 0 ? NULL : malloc((size_t)n + 1);
    if (text)
        (void)vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    t->failed = t->failed || !text;
    cap_buf_fmt(&t->heap, "at %lldus ", (long long)at);
    cap_buf_str(&t->heap, text ? text : "");
    cap_buf_str(&t->heap, "\n");
    free(text);
    l->n = t->heap.n - l->begin;
}

static int by_time(const void *a, const void *b)
{
    const toscene_line *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

void toscene_lines(replay_toscene *t, cap_buf *to)
{
    if (t->nlines > 0)
        qsort(t->line, t->nlines, sizeof *t->line, by_time);
    for (size_t i = 0; i < t->nlines; i++)
        cap_buf_add(to, t->heap.s + t->line[i].begin, t->line[i].n);
}

/* --- names ------------------------------------------------------------------------------------ */

static size_t own_at(const replay_toscene *t, uint32_t ip, const uint8_t name[NBT_NAME_LEN])
{
    for (size_t i = 0; i < t->nown; i++)
        if (t->own[i].ip == ip && memcmp(t->own[i].name, name, NBT_NAME_LEN) == 0)
            return i;
    return TOSCENE_NONE;
}

bool toscene_owns(const replay_toscene *t, uint32_t ip, const uint8_t name[NBT_NAME_LEN])
{
    return own_at(t, ip, name) != TOSCENE_NONE;
}

void toscene_get(replay_toscene *t, uint32_t ip, const uint8_t name[NBT_NAME_LEN])
{
    t->own = toscene_grow(t, t->own, &t->own_cap, t->nown, sizeof *t->own);
    if (t->failed || toscene_owns(t, ip, name))
        return;
    t->own[t->nown].ip = ip;
    memcpy(t->own[t->nown++].name, name, NBT_NAME_LEN);
}

static void lose(replay_toscene *t, uint32_t ip, const uint8_t name[NBT_NAME_LEN])
{
    size_t i = own_at(t, ip, name);
    if (i != TOSCENE_NONE)
        t->own[i] = t->own[--t->nown];
}

/* --- sent ------------------------------------------------------------------------------------- */

/* A control block has it said, so that its id is not the capture's. */
static bool is_made(const replay_toscene *t, size_t i)
{
    const toscene_said *s = &t->said[i];
    const toscene_host *h = toscene_find(t, s->from.ip);
    return h && h->role != TOSCENE_SENDER && s->now == TOSCENE_BY_ITS_HOST &&
           s->service == NBT_SERVICE_NAME && !s->bad;
}

/* An answer has the id of its question, whatever that is by then. */
static void put_send(replay_toscene *t, const toscene_said *s)
{
    const char *id = strstr(s->text, " id=0x"), *rest = id ? strchr(id + 1, ' ') : NULL;
    bool asked =
        id && !strstr(s->text, " raw=") && s->request != TOSCENE_NONE && is_made(t, s->request);
    cap_buf ends = { 0 };
    cap_buf_ip(&ends, s->from.ip);
    cap_buf_fmt(&ends, ":%u > ", s->from.port);
    cap_buf_ip(&ends, s->to.ip);
    cap_buf_fmt(&ends, ":%u", s->to.port);
    t->largest = s->size > t->largest ? s->size : t->largest;
    if (asked)
        toscene_at(t, s->at + t->lead, "send %.*s %.*s id=asked%s", (int)ends.n, ends.s,
                   (int)(id - s->text), s->text, rest ? rest : "");
    else
        toscene_at(t, s->at + t->lead, "send %.*s %s", (int)ends.n, ends.s, s->text);
    cap_buf_fini(&ends);
}

/* --- expected --------------------------------------------------------------------------------- */

/* The word of a message's text that begins with a key, "" if it has none. */
static size_t find_word(const char *text, const char *key, const char **word)
{
    const char *at = strstr(text, key);
    *word = at ? at + 1 : "";
    return at ? strcspn(at + 1, " ") : 0;
}

static void put_whom(cap_buf *o, const replay_toscene *t, const toscene_said *s)
{
    const toscene_host *to = toscene_find(t, s->to.ip);
    if (s->to_all)
        cap_buf_str(o, " to=broadcast");
    else if (to)
        cap_buf_fmt(o, " to=%s", to->label);
}

void toscene_expect_sight(replay_toscene *t, size_t said, const char *sight, size_t n,
                          nbt_time from, nbt_time until)
{
    toscene_host *h = toscene_find(t, t->said[said].from.ip);
    t->expect = toscene_grow(t, t->expect, &t->expects_cap, t->nexpects, sizeof *t->expect);
    if (t->failed || !h)
        return;
    t->expect[t->nexpects++] = said;
    h->expected++;
    cap_buf_str(&t->expects, "expect ");
    cap_buf_add(&t->expects, sight, n);
    if (until > 0)
        cap_buf_fmt(&t->expects, " between %lldus %lldus",
                    (long long)(from > 0 ? from + t->lead : t->lead), (long long)(until + t->lead));
    cap_buf_str(&t->expects, "\n");
}

void toscene_expect(replay_toscene *t, size_t said, const char *words, size_t n, nbt_time from,
                    nbt_time until)
{
    const toscene_said *s = &t->said[said];
    const toscene_host *h = toscene_find(t, s->from.ip);
    cap_buf o = { 0 };
    cap_buf_fmt(&o, "message from=%s", h ? h->label : "");
    put_whom(&o, t, s);
    cap_buf_str(&o, " ");
    cap_buf_add(&o, words, n);
    if (o.s)
        toscene_expect_sight(t, said, o.s, o.n, from, until);
    cap_buf_fini(&o);
}

/*
 * When a message of the other side is to come: an answer to what a step sends behind that, half a
 * second more than it took, or twice as long; what a control block begins, soon; and what goes on
 * with that, or answers it, in its stack's own time.
 */
void toscene_window(const replay_toscene *t, const toscene_said *s, nbt_time *from, nbt_time *until)
{
    static const nbt_time soon = NBT_MS(500), some_time = NBT_S(2), long_time = NBT_S(20);
    bool answers = s->request != TOSCENE_NONE, made = answers && is_made(t, s->request);
    *from = answers ? s->at - s->after : s->at;
    *until = s->at + (answers && s->after > soon ? s->after : soon);
    if (made) {
        *from -= some_time;
        *until += some_time;
    } else if (!answers && s->goes_on) {
        *from -= long_time;
        *until += long_time;
    }
}

static void put_expect(replay_toscene *t, size_t i)
{
    const toscene_said *s = &t->said[i];
    const char *name = strchr(s->text, ' '), *word;
    size_t kind = name ? (size_t)(name - s->text) : strlen(s->text), n;
    nbt_time from, until;
    cap_buf o = { 0 };
    cap_buf_add(&o, s->text, kind);
    n = name ? strcspn(name + 1, " ") : 0;
    cap_buf_fmt(&o, " %.*s", n ? (int)n : 1, n ? name + 1 : "*");
    if (s->request != TOSCENE_NONE && !is_made(t, s->request) &&
        (n = find_word(s->text, " id=", &word)) > 0)
        cap_buf_fmt(&o, " %.*s", (int)n, word);
    if ((n = find_word(s->text, " rcode=", &word)) > 0)
        cap_buf_fmt(&o, " %.*s", (int)n, word);
    toscene_window(t, s, &from, &until);
    if (o.s)
        toscene_expect(t, i, o.s, o.n, from, until);
    cap_buf_fini(&o);
}

/* --- of computers ----------------------------------------------------------------------------- */

static bool is_its_server(const replay_toscene *t, const toscene_said *s)
{
    const replay_person *p = replay_people_find(t->cfg.study->people, s->from.ip);
    for (size_t i = 0; p && i < p->nservers; i++)
        if (p->server[i] == s->to.ip)
            return true;
    return false;
}

/* Whether a computer says it when a program wants something: what it has not it cannot release, and
 * what it has it need not claim. */
static bool can_ask(const replay_toscene *t, const toscene_said *s, const toscene_host *h)
{
    if (h->role != TOSCENE_COMPUTER || !s->verb || !s->named || s->name.b[0] == '*' ||
        !nbt_scope_eq(&s->name.scope, &h->scope) || s->from.port != NBT_PORT_NS || s->tcp ||
        (!s->to_all && !is_its_server(t, s)))
        return false;
    bool owns = toscene_owns(t, h->ip, s->name.b);
    if (strcmp(s->verb, "delete") == 0)
        return owns;
    return strncmp(s->verb, "add", 3) != 0 || !owns;
}

static void put_verb(replay_toscene *t, const toscene_said *s, const toscene_host *h)
{
    char name[NBT_NAME_STR_MAX];
    nbt_name16_print(s->name.b, name, sizeof name);
    toscene_at(t, s->at + t->lead, "P-%s %s %s", h->label, s->verb, name);
    if (strncmp(s->verb, "add", 3) == 0)
        toscene_get(t, h->ip, s->name.b);
    else if (strcmp(s->verb, "delete") == 0)
        lose(t, h->ip, s->name.b);
}

/* What it repeats, or goes on with, is sent by a step. */
static bool follows_step(const replay_toscene *t, const toscene_said *s)
{
    return (s->first != TOSCENE_NONE && t->said[s->first].now == TOSCENE_BY_STEP) ||
           (s->goes_on && s->begin != TOSCENE_NONE && t->said[s->begin].now == TOSCENE_BY_STEP);
}

/* Who asks does so by a program, and every message is expected, but for repetitions: how often
 * something is said is its stack's affair. */
static void put_theirs(replay_toscene *t, size_t i, const toscene_host *h)
{
    toscene_said *s = &t->said[i];
    bool asks = s->request == TOSCENE_NONE && !s->goes_on;
    bool calls = asks && s->call != TOSCENE_NONE && toscene_ssn_is_said(t, &t->call[s->call]);
    if (s->now == TOSCENE_BY_ITS_HOST &&
        (follows_step(t, s) || (asks && s->first == TOSCENE_NONE && !calls && !can_ask(t, s, h))))
        s->now = TOSCENE_BY_STEP;
    if (s->now == TOSCENE_BY_ITS_HOST && s->first != TOSCENE_NONE)
        return;
    bool datagram = s->service == NBT_SERVICE_DATAGRAM && !s->bad;
    if (datagram && s->by == TOSCENE_BY_ITS_HOST && toscene_dgm_can(t, s, h)) {
        s->now = TOSCENE_BY_ITS_HOST;
        toscene_dgm_step(t, i, h);
        return;
    }
    if (datagram || s->bad || s->now == TOSCENE_BY_STEP) {
        put_send(t, s); /* no control block of a step sends these */
        return;
    }
    const toscene_host *to = toscene_find(t, s->to.ip);
    if (s->kind == NBT_NS_NEGATIVE_REGISTRATION && to)
        lose(t, to->ip, s->name.b);
    if (calls)
        toscene_ssn_query(t, i);
    else if (asks)
        put_verb(t, s, h);
    put_expect(t, i);
}

/* Who is started again has no names. `since`: what was before that has been looked at. */
static void forget(replay_toscene *t, nbt_time since, nbt_time now)
{
    const replay_down *down;
    size_t n = replay_downs_all(t->cfg.study->downs, &down);
    for (size_t i = 0; i < n; i++) {
        nbt_time at = down[i].back == INT64_MAX ? NBT_NEVER : down[i].back - t->first;
        if (at <= since || at > now)
            continue;
        for (size_t k = t->nown; k > 0; k--)
            if (t->own[k - 1].ip == down[i].ip)
                t->own[k - 1] = t->own[--t->nown];
    }
}

void toscene_steps(replay_toscene *t)
{
    for (size_t i = 0; i < t->nsaid; i++) {
        toscene_said *s = &t->said[i];
        forget(t, i > 0 ? s[-1].at : -1, s->at);
        const toscene_host *h = toscene_find(t, s->from.ip);
        if (!h) {
            t->left.unsaid++;
        } else if (s->rc) {
            toscene_rc_step(t, i);
        } else if (s->tcp) {
            toscene_ssn_step(t, i);
        } else if (h->role == TOSCENE_SENDER) {
            put_send(t, s);
        } else {
            put_theirs(t, i, h);
            t->left.by_step += s->service == NBT_SERVICE_NAME && s->now == TOSCENE_BY_STEP;
        }
    }
}
