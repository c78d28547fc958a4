/*
 * Remote control over TCP and UDP as programs: whoever asks for rights is a viewer, and whom he
 * asks has an agent. What either says by itself is not said by a step; what neither can say, such
 * as another function than control, stays out of the scenario. Over NetBIOS it is part of a
 * session.
 */
#include "tools/replay/toscene_impl.h"

#include <string.h>

/* --- noted ------------------------------------------------------------------------------------ */

static bool is_between(nbt_ep a, nbt_ep b, nbt_ep from, nbt_ep to)
{
    return (nbt_ep_eq(a, from) && nbt_ep_eq(b, to)) || (nbt_ep_eq(a, to) && nbt_ep_eq(b, from));
}

size_t toscene_talk_at(const replay_toscene *t, nbt_ep from, nbt_ep to)
{
    for (size_t i = t->ntalks; i > 0; i--) {
        const toscene_talk *k = &t->talk[i - 1];
        if (is_between(k->from, k->to, from, to) || is_between(k->from_too, k->to_too, from, to))
            return i - 1;
    }
    return TOSCENE_NONE;
}

static size_t begin_talk(replay_toscene *t, const toscene_said *s)
{
    t->talk = toscene_grow(t, t->talk, &t->talks_cap, t->ntalks, sizeof *t->talk);
    if (t->failed)
        return TOSCENE_NONE;
    t->talk[t->ntalks] = (toscene_talk){ .from = s->from,
                                         .to = s->to,
                                         .udp = !s->tcp,
                                         .rights = TOSCENE_NONE,
                                         .verdict = TOSCENE_NONE,
                                         .opened = TOSCENE_NONE,
                                         .bye = TOSCENE_NONE };
    return t->ntalks++;
}

/* A function has a connection of its own, and only the ticket tells for whom it is. */
static size_t talk_of_ticket(replay_toscene *t, const toscene_said *s, uint32_t ticket)
{
    for (size_t i = t->ntalks; i > 0; i--) {
        toscene_talk *k = &t->talk[i - 1];
        if (k->from.ip != s->from.ip || k->to.ip != s->to.ip || k->verdict == TOSCENE_NONE ||
            k->ticket != ticket)
            continue;
        k->from_too = s->from;
        k->to_too = s->to;
        return i - 1;
    }
    return TOSCENE_NONE;
}

static void note_rights(toscene_talk *k, size_t said, const rc_msg *m)
{
    k->rights = said;
    memcpy(k->machine, m->machine, NBT_NAME_LEN - 1);
    for (size_t n = NBT_NAME_LEN - 1; n > 0 && k->machine[n - 1] == ' '; n--)
        k->machine[n - 1] = '\0';
    memcpy(k->user, m->user.p, m->user.n);
}

static void note_more(toscene_talk *k, size_t said, const toscene_said *s, const rc_msg *m)
{
    switch (s->kind) {
    case RC_MSG_RIGHTS:
        note_rights(k, said, m);
        break;
    case RC_MSG_WAIT:
        k->asked = m->seconds;
        break;
    case RC_MSG_VERDICT:
        k->verdict = said;
        k->ticket = m->ticket;
        break;
    case RC_MSG_OPENED:
        k->opened = m->verdict == RC_VERDICT_GRANTED ? said : TOSCENE_NONE;
        break;
    case RC_MSG_SCREEN:
        k->screen = s->at;
        break;
    case RC_MSG_BYE:
        k->bye = k->bye == TOSCENE_NONE ? said : k->bye;
        break;
    case RC_MSG_FUNCTION:
        k->other = m->function != RC_FUNCTION_CONTROL;
        break;
    default:
        break;
    }
}

void toscene_rc_note(replay_toscene *t, toscene_said *s, const rc_msg *m)
{
    s->kind = (uint8_t)m->type;
    s->rcode = m->type == RC_MSG_BYE ? (unsigned)m->bye : (unsigned)m->verdict;
    s->talk = toscene_talk_at(t, s->from, s->to);
    bool begins = m->type == RC_MSG_RIGHTS || m->type == RC_MSG_FUNCTION;
    if (begins && (s->talk == TOSCENE_NONE || t->talk[s->talk].rights != TOSCENE_NONE))
        s->talk = begin_talk(t, s);
    else if (m->type == RC_MSG_OPEN)
        s->talk = talk_of_ticket(t, s, m->ticket);
    if (s->talk != TOSCENE_NONE)
        note_more(&t->talk[s->talk], t->nsaid, s, m);
}

/* --- what can be said ------------------------------------------------------------------------- */

/* It can stand in quotes as it is. */
static bool is_plain(const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\')
            return false;
    return *text != '\0';
}

/* Why it is no program's, in a few words; NULL: it is. */
static const char *why_not(const replay_toscene *t, const toscene_talk *k)
{
    const toscene_host *from = toscene_find(t, k->from.ip), *to = toscene_find(t, k->to.ip);
    if (!from || !to || from->role != TOSCENE_COMPUTER || to->role != TOSCENE_COMPUTER)
        return "an end is no computer";
    if (k->other)
        return "it is not for control";
    if (k->rights == TOSCENE_NONE || k->verdict == TOSCENE_NONE)
        return "its beginning is not there";
    if (!is_plain(k->machine) || !is_plain(k->user))
        return "no viewer has such a name";
    if (t->said[k->verdict].rcode == RC_VERDICT_GRANTED && k->opened == TOSCENE_NONE)
        return "nothing is opened";
    return k->left_out ? "our programs say something else" : NULL;
}

bool toscene_rc_is_said(const replay_toscene *t, const toscene_said *s)
{
    return s->rc && s->talk != TOSCENE_NONE && !why_not(t, &t->talk[s->talk]) &&
           s->now != TOSCENE_LEFT_OUT;
}

static bool is_agent(const replay_toscene *t, const toscene_host *h)
{
    for (size_t i = 0; i < t->ntalks; i++)
        if (t->talk[i].to.ip == h->ip && !why_not(t, &t->talk[i]))
            return true;
    return false;
}

/* --- steps ------------------------------------------------------------------------------------ */

static size_t number_of(const replay_toscene *t, const toscene_talk *k)
{
    return (size_t)(k - t->talk) + 1;
}

void toscene_rc_agents(replay_toscene *t)
{
    for (size_t i = 0; i < t->nhosts; i++) {
        t->host[i].agent_closed = false;
        if (is_agent(t, &t->host[i]))
            toscene_at(t, 0, "run A-%s", t->host[i].label);
    }
}

/* A line of an expectation about the viewer. */
static void expect(replay_toscene *t, size_t said, const toscene_talk *k, const char *what,
                   nbt_time more)
{
    static const nbt_time soon = NBT_MS(500);
    nbt_time at = t->said[said].at + k->wait;
    /* A network that was slower than ours took longer to open something. */
    nbt_time since = said == k->opened ? t->said[k->rights].at + k->wait : at - NBT_MS(1);
    cap_buf o = { 0 };
    cap_buf_fmt(&o, "R%zu-viewer %s", number_of(t, k), what);
    if (o.s)
        toscene_expect_sight(t, said, o.s, o.n, since, at + k->late + soon + more);
    cap_buf_fini(&o);
}

/* Its agent may have been closed since. */
static void put_run(replay_toscene *t, const toscene_talk *k, nbt_time at)
{
    toscene_host *h = toscene_find(t, k->to.ip);
    if (h->agent_closed) {
        toscene_at(t, at, "kill A-%s", h->label);
        toscene_at(t, at, "run A-%s", h->label);
        h->agent_closed = false;
    }
    toscene_at(t, at, "run R%zu-viewer", number_of(t, k));
}

static void put_verdict(replay_toscene *t, size_t said, const toscene_talk *k, nbt_time at)
{
    static const char *const ends[] = {
        [RC_VERDICT_BUSY] = "ended client-busy",
        [RC_VERDICT_NO_RIGHTS] = "ended no-rights",
        [RC_VERDICT_NO_CONTEXT] = "ended no-rights",
        [RC_VERDICT_REFUSED] = "ended permission-denied",
        [RC_VERDICT_SILENT] = "ended permission-denied",
    };
    unsigned verdict = t->said[said].rcode;
    const char *agent = toscene_find(t, k->to.ip)->label;
    if (k->asked && verdict == RC_VERDICT_GRANTED)
        toscene_at(t, at, "A-%s permit yes", agent);
    else if (k->asked && verdict == RC_VERDICT_REFUSED)
        toscene_at(t, at, "A-%s permit no", agent);
    if (verdict < sizeof ends / sizeof ends[0] && ends[verdict])
        expect(t, said, k, ends[verdict], k->asked ? NBT_S(2) : 0);
}

/* What was typed, in quotes, its spaces as such. False: it is no text, having an octet of zero. */
static bool typed(const char *line, cap_buf *to)
{
    const char *at = strstr(line, " data=");
    if (!at)
        return false;
    at = strchr(at, '=') + 1;
    bool hex = *at != '"';
    cap_buf_add(to, "\"", 1);
    for (at += !hex; *at && *at != '"' && *at != ' '; at++) {
        if (strncmp(at, hex ? "00" : "\\x00", hex ? 2 : 4) == 0)
            return false;
        if (hex) {
            cap_buf_fmt(to, "\\x%.2s", at);
            at++;
        } else if (strncmp(at, "\\x20", 4) == 0) {
            cap_buf_str(to, " ");
            at += 3;
        } else {
            cap_buf_add(to, at, 1);
        }
    }
    cap_buf_add(to, "\"", 2);
    return to->s;
}

/* What is typed is shown, if anything is shown behind it. False: it is no text. */
static bool put_keys(replay_toscene *t, size_t said, const toscene_talk *k, nbt_time at)
{
    cap_buf text = { 0 };
    if (!typed(t->said[said].text, &text)) {
        cap_buf_fini(&text);
        return false;
    }
    toscene_at(t, at, "R%zu-viewer type %s", number_of(t, k), text.s);
    cap_buf o = { 0 };
    cap_buf_str(&o, "shows ");
    cap_buf_add(&o, text.s, strlen(text.s) + 1);
    cap_buf_fini(&text);
    if (o.s && !strchr(o.s, '\\') && k->screen > t->said[said].at)
        expect(t, said, k, o.s, 0);
    cap_buf_fini(&o);
    return true;
}

/* The agent lets somebody else in instead, who insists (KB Q280054). */
static bool gives_way(const replay_toscene *t, const toscene_talk *k, nbt_time at)
{
    static const nbt_time near = NBT_MS(100);
    for (size_t i = 0; i < t->ntalks; i++) {
        const toscene_talk *o = &t->talk[i];
        if (o == k || o->to.ip != k->to.ip || o->opened == TOSCENE_NONE)
            continue;
        nbt_time let_in = t->said[o->verdict].at;
        if (let_in <= at + near && at <= let_in + near)
            return true;
    }
    return false;
}

/* Who says it first closes; what the other says to that comes by itself, and so does what a viewer
 * says who is not let in. */
static void put_bye(replay_toscene *t, size_t said, const toscene_talk *k, nbt_time at)
{
    toscene_host *h = toscene_find(t, k->to.ip);
    const toscene_said *s = &t->said[said];
    if (said != k->bye || k->opened == TOSCENE_NONE)
        return;
    if (s->from.ip == k->from.ip) {
        toscene_at(t, at, "R%zu-viewer close", number_of(t, k));
        expect(t, said, k, "ended done", 0);
        return;
    }
    if (!gives_way(t, k, s->at)) {
        if (!h->agent_closed)
            toscene_at(t, at, "A-%s close", h->label);
        h->agent_closed = true;
    }
    expect(t, said, k, "ended session-lost", 0);
}

void toscene_rc_step(replay_toscene *t, size_t said)
{
    toscene_said *s = &t->said[said];
    if (!toscene_rc_is_said(t, s)) {
        t->left.tcp++;
        return;
    }
    const toscene_talk *k = &t->talk[s->talk];
    nbt_time at = s->at + t->lead + k->wait;
    switch (s->kind) {
    case RC_MSG_RIGHTS:
        put_run(t, k, at);
        break;
    case RC_MSG_VERDICT:
        put_verdict(t, said, k, at + k->late);
        break;
    case RC_MSG_OPENED:
        expect(t, said, k, k->udp ? "connected via=udp" : "connected via=tcp", 0);
        break;
    case RC_MSG_KEYS: /* what ends it is later than that: the screen takes its time, too */
        t->left.tcp += !put_keys(t, said, k, at + k->late / 2);
        break;
    case RC_MSG_BYE:
        put_bye(t, said, k, at + k->late);
        break;
    default:
        break; /* it comes by itself */
    }
}

/* Nobody said that it ends. */
void toscene_rc_ends(replay_toscene *t)
{
    for (size_t i = 0; i < t->ntalks; i++) {
        const toscene_talk *k = &t->talk[i];
        if (k->ended && k->opened != TOSCENE_NONE && k->bye == TOSCENE_NONE && !why_not(t, k))
            toscene_at(t, k->end + t->lead + k->wait + k->late, "kill R%zu-viewer", i + 1);
    }
}

/* --- things ----------------------------------------------------------------------------------- */

enum { SP2_PORT = 2701, CLIENT_MAX = NBT_NAME_LEN - 1 };

static void put_product(cap_buf *to, uint16_t port, bool udp)
{
    if (udp)
        cap_buf_str(to, " protocols=udp product=sms1.2");
    else
        cap_buf_fmt(to, " product=%s protocols=tcp", port >= SP2_PORT ? "sms2.0sp2" : "sms2.0");
}

/* Its name as the viewer asks for it: its screen has it, too. */
static void put_client(cap_buf *to, const toscene_host *h)
{
    if (strlen(h->label) <= CLIENT_MAX)
        cap_buf_fmt(to, " client=\"%s\"", h->label);
    else
        cap_buf_fmt(to, " client=H%x", h->ip);
}

/* Who is let in where somebody is not. */
static void put_permitted(const replay_toscene *t, const toscene_host *h, cap_buf *to)
{
    bool refuses = false, knows_none = false, any = false;
    for (size_t i = 0; i < t->ntalks; i++) {
        const toscene_talk *k = &t->talk[i];
        if (k->to.ip != h->ip || why_not(t, k))
            continue;
        refuses = refuses || t->said[k->verdict].rcode == RC_VERDICT_NO_RIGHTS;
        knows_none = knows_none || t->said[k->verdict].rcode == RC_VERDICT_NO_CONTEXT;
    }
    if (knows_none || refuses)
        cap_buf_str(to, knows_none ? " permitted=none" : " permitted=");
    for (size_t i = 0; i < t->ntalks && refuses && !knows_none; i++) {
        const toscene_talk *k = &t->talk[i];
        if (k->to.ip != h->ip || why_not(t, k) || strpbrk(k->user, ", ") ||
            t->said[k->verdict].rcode == RC_VERDICT_NO_RIGHTS)
            continue;
        cap_buf_fmt(to, any ? ",%s" : "%s", k->user);
        any = true;
    }
    if (refuses && !knows_none && !any)
        cap_buf_str(to, "somebody-else");
}

static void put_agent(const replay_toscene *t, const toscene_host *h, cap_buf *to)
{
    unsigned asked = 0;
    uint16_t port = 0;
    bool udp = false;
    for (size_t i = 0; i < t->ntalks; i++) {
        const toscene_talk *k = &t->talk[i];
        if (k->to.ip != h->ip || why_not(t, k))
            continue;
        asked = k->asked ? k->asked : asked;
        port = k->to.port > port ? k->to.port : port;
        udp = udp || k->udp;
    }
    cap_buf_fmt(to, "agent A-%s on=%s off", h->label, h->label);
    put_client(to, h);
    put_product(to, port, udp);
    put_permitted(t, h, to);
    if (asked)
        cap_buf_fmt(to, " permission=ask ask-timeout=%us", asked);
    cap_buf_str(to, "\n");
}

void toscene_rc_programs(const replay_toscene *t, cap_buf *to)
{
    for (size_t i = 0; i < t->nhosts; i++)
        if (is_agent(t, &t->host[i]))
            put_agent(t, &t->host[i], to);
    for (size_t i = 0; i < t->ntalks; i++) {
        const toscene_talk *k = &t->talk[i];
        if (why_not(t, k))
            continue;
        cap_buf_fmt(to, "viewer R%zu-viewer on=%s", i + 1, toscene_find(t, k->from.ip)->label);
        put_client(to, toscene_find(t, k->to.ip));
        put_product(to, k->to.port, k->udp);
        cap_buf_fmt(to, " console=\"%s\" user=\"%s\" address=", k->machine, k->user);
        cap_buf_ip(to, k->to.ip);
        cap_buf_str(to, "\n");
    }
}

void toscene_rc_left(const replay_toscene *t, cap_buf *to)
{
    for (size_t i = 0; i < t->ntalks; i++) {
        const toscene_talk *k = &t->talk[i];
        const char *why = why_not(t, k);
        if (!why)
            continue;
        cap_buf_str(to, "about \"Left out: remote control of ");
        cap_buf_ip(to, k->to.ip);
        cap_buf_str(to, " by ");
        cap_buf_ip(to, k->from.ip);
        cap_buf_fmt(to, ":%u; %s.\"\n", k->from.port, why);
    }
}
