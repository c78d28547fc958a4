/*
 * Sessions as control blocks: each has a program at either end, of which one CALLs and the other
 * LISTENs. What a driver says on a connection of its own accord, a keep-alive among it, is not
 * said.
 */
#include "tools/replay/toscene_impl.h"

#include <string.h>

static void print16(const uint8_t name[NBT_NAME_LEN], char text[NBT_NAME_STR_MAX])
{
    (void)nbt_name16_print(name, text, NBT_NAME_STR_MAX);
}

static size_t number_of(const replay_toscene *t, const toscene_call *c)
{
    return (size_t)(c - t->call) + 1;
}

/* Both ends are computers that can have such names. */
bool toscene_ssn_is_said(const replay_toscene *t, const toscene_call *c)
{
    const toscene_host *from = toscene_find(t, c->from.ip), *to = toscene_find(t, c->to.ip);
    return !c->left_out && c->called[0] != '*' && c->called[0] != 0 && c->calling[0] != '*' &&
           c->calling[0] != 0 && from && to && from->role == TOSCENE_COMPUTER &&
           to->role == TOSCENE_COMPUTER && c->to.port == NBT_PORT_SSN;
}

/* Claimed in the capture, it is there when its time comes. */
static bool is_claimed(const replay_toscene *t, uint32_t ip, const uint8_t name[NBT_NAME_LEN])
{
    for (size_t i = 0; i < t->nsaid; i++) {
        const toscene_said *s = &t->said[i];
        if (s->from.ip == ip && s->verb && strncmp(s->verb, "add", 3) == 0 && s->named &&
            s->now == TOSCENE_BY_ITS_HOST && memcmp(s->name.b, name, NBT_NAME_LEN) == 0)
            return true;
    }
    return false;
}

static void need(replay_toscene *t, uint32_t ip, const uint8_t name[NBT_NAME_LEN], bool early)
{
    char text[NBT_NAME_STR_MAX];
    const toscene_host *h = toscene_find(t, ip);
    if (toscene_owns(t, ip, name) || (!early && is_claimed(t, ip, name)))
        return;
    print16(name, text);
    toscene_at(t, 0, "P-%s add %s", h->label, text);
    toscene_get(t, ip, name);
}

void toscene_ssn_names(replay_toscene *t)
{
    for (size_t i = 0; i < t->ncalls; i++) {
        const toscene_call *c = &t->call[i];
        if (!toscene_ssn_is_said(t, c))
            continue;
        need(t, c->from.ip, c->calling, c->early);
        if (c->taken)
            need(t, c->to.ip, c->called, c->early);
    }
}

/* --- steps ------------------------------------------------------------------------------------ */

static void put_call(replay_toscene *t, const toscene_call *c, nbt_time at)
{
    char calling[NBT_NAME_STR_MAX], called[NBT_NAME_STR_MAX];
    print16(c->calling, calling);
    print16(c->called, called);
    at += t->lead + c->wait;
    if (c->taken)
        toscene_at(t, at, "S%zu-to listen %s *", number_of(t, c), called);
    toscene_at(t, at, "S%zu-from call %s %s", number_of(t, c), calling, called);
}

void toscene_ssn_query(replay_toscene *t, size_t said)
{
    put_call(t, &t->call[t->said[said].call], t->said[said].at);
}

/* The query is another's, or a step sends it. */
static bool asks_itself(const replay_toscene *t, const toscene_call *c)
{
    return c->query != TOSCENE_NONE && t->said[c->query].now == TOSCENE_BY_ITS_HOST;
}

/* What crossed with the other's end was said before that was known. */
static nbt_time when(const replay_toscene *t, const toscene_said *s, const toscene_call *c)
{
    return (c->ended && s->at >= c->end ? c->end - 1 : s->at) + t->lead + c->wait + c->late;
}

static void put_data(replay_toscene *t, const toscene_said *s, const toscene_call *c)
{
    const char *text = strstr(s->text, " data=\""), *from = "from", *to = "to";
    if (!nbt_ep_eq(s->from, c->from)) {
        from = "to";
        to = "from";
    }
    nbt_time at = when(t, s, c);
    toscene_at(t, at, "S%zu-%s receive", number_of(t, c), to);
    toscene_at(t, at, "S%zu-%s send %s", number_of(t, c), from, text ? strchr(text, '"') : s->data);
}

/* So long a message of a session's beginning can be told from that of the next one. */
static nbt_time until_next(const replay_toscene *t, const toscene_call *c, nbt_time until)
{
    for (const toscene_call *next = c + 1; next < t->call + t->ncalls; next++)
        if (next->from.ip == c->from.ip && next->to.ip == c->to.ip)
            return nbt_time_min(until, t->said[next->request].at - 1);
    return until;
}

/* --- keep-alives ------------------------------------------------------------------------------ */

/* How long the session was idle before something was said on it. */
static nbt_time idle_before(const replay_toscene *t, size_t said)
{
    for (size_t i = said; i > 0; i--)
        if (t->said[i - 1].call == t->said[said].call)
            return t->said[said].at - t->said[i - 1].at;
    return 0;
}

static bool is_keep_alive(const replay_toscene *t, const toscene_said *s)
{
    return s->service == NBT_SERVICE_SESSION && s->kind == NBT_SSN_KEEP_ALIVE && !s->bad &&
           s->call != TOSCENE_NONE && t->call[s->call].taken &&
           toscene_ssn_is_said(t, &t->call[s->call]);
}

nbt_time toscene_ssn_keep_alive(const replay_toscene *t, uint32_t ip)
{
    nbt_time idle = 0;
    for (size_t i = 0; i < t->nsaid; i++) {
        if (t->said[i].from.ip != ip || !is_keep_alive(t, &t->said[i]))
            continue;
        nbt_time one = (idle_before(t, i) + NBT_MS(500)) / NBT_S(1) * NBT_S(1);
        if (one == 0 || (idle > 0 && one != idle))
            return 0;
        idle = one;
    }
    return idle;
}

/* Its host says so by itself. */
static bool comes_in_time(const replay_toscene *t, const toscene_said *s)
{
    return is_keep_alive(t, s) && !strstr(s->text, " data=") &&
           toscene_ssn_keep_alive(t, s->from.ip) > 0;
}

void toscene_ssn_step(replay_toscene *t, size_t said)
{
    const toscene_said *s = &t->said[said];
    const toscene_call *c = s->call == TOSCENE_NONE ? NULL : &t->call[s->call];
    bool message = s->kind == NBT_SSN_MESSAGE;
    if (!c || !toscene_ssn_is_said(t, c) || s->bad || s->now == TOSCENE_LEFT_OUT ||
        s->service != NBT_SERVICE_SESSION ||
        (s->kind == NBT_SSN_KEEP_ALIVE && !comes_in_time(t, s)) || (message && !c->taken) ||
        (!message && s->kind != NBT_SSN_KEEP_ALIVE && said != c->request && said != c->answer)) {
        t->left.tcp++;
        return;
    }
    if (said == c->request && !asks_itself(t, c))
        put_call(t, c, s->at);
    if (message)
        put_data(t, s, c);
    const char *data = strstr(s->text, " data=");
    size_t words = data && strpbrk(data + 1, " (") ? (size_t)(data - s->text) : strlen(s->text);
    nbt_time begin = t->said[c->request].at, at = when(t, s, c) - t->lead;
    if (s->kind == NBT_SSN_KEEP_ALIVE)
        toscene_expect(t, said, s->text, words, at - NBT_MS(500), at + NBT_MS(500));
    else if (message)
        toscene_expect(t, said, s->text, words, at - NBT_MS(1), at + NBT_MS(500));
    else
        toscene_expect(t, said, s->text, strlen(s->text), begin - NBT_MS(1),
                       until_next(t, c, s->at + NBT_S(2)));
}

void toscene_ssn_ends(replay_toscene *t)
{
    for (size_t i = 0; i < t->ncalls; i++) {
        const toscene_call *c = &t->call[i];
        if (c->ended && c->taken && toscene_ssn_is_said(t, c))
            toscene_at(t, c->end + t->lead + c->wait + c->late, "S%zu-%s hangup", i + 1,
                       c->by_caller ? "from" : "to");
    }
}

/* --- things ----------------------------------------------------------------------------------- */

void toscene_ssn_programs(const replay_toscene *t, cap_buf *to)
{
    for (size_t i = 0; i < t->ncalls; i++) {
        const toscene_call *c = &t->call[i];
        if (!toscene_ssn_is_said(t, c))
            continue;
        cap_buf_fmt(to, "program S%zu-from on=%s\n", i + 1, toscene_find(t, c->from.ip)->label);
        if (c->taken)
            cap_buf_fmt(to, "program S%zu-to on=%s\n", i + 1, toscene_find(t, c->to.ip)->label);
    }
}

/* One of its calls to that name did ask. */
static bool asks(const replay_toscene *t, const toscene_call *call)
{
    for (size_t i = 0; i < t->ncalls; i++) {
        const toscene_call *c = &t->call[i];
        if (c->from.ip == call->from.ip && asks_itself(t, c) &&
            memcmp(c->called, call->called, NBT_NAME_LEN) == 0)
            return true;
    }
    return false;
}

static bool is_told(const replay_toscene *t, const toscene_call *call)
{
    for (const toscene_call *c = t->call; c < call; c++)
        if (c->from.ip == call->from.ip && toscene_ssn_is_said(t, c) &&
            memcmp(c->called, call->called, NBT_NAME_LEN) == 0)
            return true;
    return false;
}

void toscene_ssn_hosts(const replay_toscene *t, const toscene_host *h, cap_buf *to)
{
    for (size_t i = 0; i < t->ncalls; i++) {
        const toscene_call *c = &t->call[i];
        if (c->from.ip != h->ip || !toscene_ssn_is_said(t, c) || asks(t, c) || is_told(t, c))
            continue;
        cap_buf_fmt(to, "lmhosts %s \"", h->label);
        cap_buf_ip(to, c->to.ip);
        cap_buf_str(to, " \\\"");
        for (size_t k = 0; k < NBT_NAME_LEN; k++)
            cap_buf_fmt(to, "\\\\0x%02x", c->called[k]);
        cap_buf_str(to, "\\\" #PRE\"\n");
    }
}
