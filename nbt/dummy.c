/*
 * Echo, sink, source and the others. Nothing here knows more of a session than its number.
 */
#include "nbt/dummy.h"

#include <string.h>

#define SLOWNESS NBT_S(1)

typedef enum wish { RESET, ADD, LISTEN, RECEIVE, SEND } wish;

static const struct {
    const char *word, *text;
} kinds[] = {
#define NBT_DUMMY(sym, word, text) { (word), (text) },
#include "nbt/dummy.def"
#undef NBT_DUMMY
};

const char *nbt_dummy_word(nbt_dummy_kind kind)
{
    return kinds[kind].word;
}

const char *nbt_dummy_text(nbt_dummy_kind kind)
{
    return kinds[kind].text;
}

bool nbt_dummy_parse(const char *word, size_t len, nbt_dummy_kind *kind)
{
    for (unsigned i = 0; i < NBT_DUMMY_KINDS; i++) {
        if (strlen(kinds[i].word) != len || memcmp(kinds[i].word, word, len) != 0)
            continue;
        *kind = (nbt_dummy_kind)i;
        return true;
    }
    return false;
}

void nbt_dummy_init(nbt_dummy *s, nbt_dummy_kind kind, uint8_t lana,
                    const uint8_t name[NBT_NAME_LEN])
{
    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->lana = lana;
    s->due = NBT_NEVER;
    memcpy(s->name, name, NBT_NAME_LEN);
}

bool nbt_dummy_rule(const nbt_dummy *s, nbt_rule *rule)
{
    nbt_rule r = { .any_calling = true };
    memcpy(r.called, s->name, NBT_NAME_LEN);
    switch (s->kind) {
    case NBT_DUMMY_SILENT:
        r.does = NBT_RULE_SILENT;
        break;
    case NBT_DUMMY_RESET:
        r.does = NBT_RULE_RESET;
        break;
    case NBT_DUMMY_GARBAGE:
        r.does = NBT_RULE_GARBAGE;
        break;
    case NBT_DUMMY_ECHO:
    case NBT_DUMMY_SINK:
    case NBT_DUMMY_SOURCE:
    case NBT_DUMMY_SLOW:
    case NBT_DUMMY_REFUSE: /* a name without a LISTEN needs no rule (C15) */
    case NBT_DUMMY_KINDS:
        return false;
    }
    *rule = r;
    return true;
}

static bool takes_sessions(const nbt_dummy *s)
{
    return s->kind <= NBT_DUMMY_SLOW;
}

static nbt_act *submit(const nbt_dummy *s, wish what, const nbt_ncb *given, nbt_bytes data,
                       nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_NCB, data.p, data.n);
    act->tag = NBT_DUMMY_TAG | (uint32_t)what << 16 | given->lsn;
    act->ncb = *given;
    act->ncb.lana = s->lana;
    return act;
}

static const nbt_bytes nothing = { NULL, 0 };

static void listen(nbt_dummy *s, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_LISTEN, .callname = "*" };
    memcpy(ncb.name, s->name, NBT_NAME_LEN);
    s->listens = true;
    (void)submit(s, LISTEN, &ncb, nothing, out);
}

static void receive(const nbt_dummy *s, uint16_t lsn, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE, .lsn = lsn, .length = NBT_RECEIVE_MAX };
    (void)submit(s, RECEIVE, &ncb, nothing, out);
}

/* Of whatever session: what SLOW does. */
static void receive_any(const nbt_dummy *s, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE_ANY, .num = s->num, .length = NBT_RECEIVE_MAX };
    (void)submit(s, RECEIVE, &ncb, nothing, out);
}

static void send(const nbt_dummy *s, uint16_t lsn, nbt_bytes data, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_SEND, .lsn = lsn, .length = (uint32_t)data.n };
    (void)submit(s, SEND, &ncb, data, out);
}

/* As much as one message can have: the same octets each time, so that a reader can tell. */
static void send_plenty(const nbt_dummy *s, uint16_t lsn, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_SEND, .lsn = lsn, .length = NBT_SEND_MAX };
    const nbt_act *act = submit(s, SEND, &ncb, (nbt_bytes){ NULL, NBT_SEND_MAX }, out);
    if (act == &out->scratch)
        return;
    for (size_t i = 0; i < act->data_len; i++)
        out->arena[act->data_at + i] = (uint8_t)i;
}

void nbt_dummy_start(nbt_dummy *s, nbt_out *out)
{
    (void)submit(s, RESET, &(nbt_ncb){ .command = NBT_NCB_RESET }, nothing, out);
}

static void add_name(const nbt_dummy *s, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_ADD_NAME };
    memcpy(ncb.name, s->name, NBT_NAME_LEN);
    (void)submit(s, ADD, &ncb, nothing, out);
}

static void session_began(nbt_dummy *s, uint16_t lsn, nbt_out *out)
{
    if (s->kind == NBT_DUMMY_SOURCE)
        send_plenty(s, lsn, out);
    else if (s->kind != NBT_DUMMY_SLOW)
        receive(s, lsn, out);
    listen(s, out);
}

static void name_added(nbt_dummy *s, uint8_t num, nbt_out *out)
{
    s->num = num;
    if (!takes_sessions(s))
        return;
    listen(s, out);
    if (s->kind == NBT_DUMMY_SLOW)
        receive_any(s, out);
}

static void received(nbt_dummy *s, nbt_time now, uint16_t lsn, nbt_bytes data, nbt_out *out)
{
    if (s->kind == NBT_DUMMY_SINK)
        receive(s, lsn, out);
    else
        send(s, lsn, data, out);
    if (s->kind == NBT_DUMMY_SLOW)
        s->due = now + SLOWNESS;
}

static void sent(const nbt_dummy *s, uint16_t lsn, nbt_out *out)
{
    if (s->kind == NBT_DUMMY_ECHO)
        receive(s, lsn, out);
    else if (s->kind == NBT_DUMMY_SOURCE)
        send_plenty(s, lsn, out);
}

/* A session has ended, or cannot begin. When the table was full there is room again. */
static void failed(nbt_dummy *s, nbt_time now, wish what, uint8_t nrc, nbt_out *out)
{
    if (what == LISTEN)
        s->listens = false;
    if (what == RECEIVE && s->kind == NBT_DUMMY_SLOW && nrc != NBT_NRC_NAMERR &&
        nrc != NBT_NRC_ILLNN && nrc != NBT_NRC_NAMCONF)
        s->due = now + SLOWNESS;
    if ((what == RECEIVE || what == SEND) && !s->listens)
        listen(s, out);
}

void nbt_dummy_ncb(nbt_dummy *s, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                   nbt_out *out)
{
    wish what = (wish)((tag & ~(uint32_t)NBT_DUMMY_TAG) >> 16);
    if (ncb->retcode != NBT_NRC_GOODRET && ncb->retcode != NBT_NRC_INCOMP) {
        failed(s, now, what, ncb->retcode, out);
        return;
    }
    switch (what) {
    case RESET:
        add_name(s, out);
        return;
    case ADD:
        name_added(s, ncb->num, out);
        return;
    case LISTEN:
        session_began(s, ncb->lsn, out);
        return;
    case RECEIVE:
        received(s, now, ncb->lsn, data, out);
        return;
    case SEND:
        sent(s, ncb->lsn, out);
        return;
    }
}

void nbt_dummy_tick(nbt_dummy *s, nbt_time now, nbt_out *out)
{
    if (now < s->due)
        return;
    s->due = NBT_NEVER;
    receive_any(s, out);
}

nbt_time nbt_dummy_due(const nbt_dummy *s)
{
    return s->due;
}
