/*
 * Two lists: the control blocks that are under way, and the sessions that there were, each with
 * what its ends have said and not heard. Of a message its length and a hash are kept.
 */
#include "tools/scene/simbook.h"
#include "nbt/mem.h"

/* A control block that is under way. */
typedef struct asked {
    uint32_t program, host, tag;
    nbt_ncb ncb;
    uint32_t session; /* of a SEND: where its message stands, + 1; 0: nowhere */
    uint8_t side;
    uint32_t message;
} asked;

typedef enum sent { SENT_UNDER_WAY, SENT_WELL, SENT_PERHAPS } sent;

typedef struct message {
    size_t n;
    uint64_t hash;
    sent how;
} message;

/* What one end says to the other. */
typedef struct flow {
    message *message;
    size_t nmessages, cap, heard; /* the first of them that has not come whole */
    size_t got;                   /* of that one */
    uint64_t hash;
    bool hung_up; /* the end that says it has closed the session */
} flow;

/* Where a program finds a session. */
typedef struct place {
    uint32_t host;
    uint16_t lsn;
    uint8_t lana;
    bool taken;
    bool known; /* it was found there at some time */
} place;

typedef struct session {
    simbook_end end[2];
    place at[2];
    flow said[2];
} session;

struct simbook {
    nbt_mem mem;
    asked *asked;
    size_t nasked, asked_cap;
    session *session;
    size_t nsessions, sessions_cap;
    simbook_entry found[SIMBOOK_FAULTS];
    bool failed;
};

const char *simbook_fault_str(simbook_fault fault)
{
    static const char *const words[] = {
#define X(sym, word, text) word,
        SIMBOOK_FAULTS_X(X)
#undef X
    };
    return words[fault];
}

const char *simbook_fault_text(simbook_fault fault)
{
    static const char *const texts[] = {
#define X(sym, word, text) text,
        SIMBOOK_FAULTS_X(X)
#undef X
    };
    return texts[fault];
}

simbook *simbook_new(nbt_mem mem)
{
    simbook *b = nbt_mem_new(mem, sizeof *b);
    if (b)
        b->mem = mem;
    return b;
}

void simbook_free(simbook *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->nsessions; i++) {
        for (unsigned side = 0; side < 2; side++) {
            flow *f = &b->session[i].said[side];
            nbt_mem_free(b->mem, f->message, f->cap * sizeof *f->message);
        }
    }
    nbt_mem_free(b->mem, b->session, b->sessions_cap * sizeof *b->session);
    nbt_mem_free(b->mem, b->asked, b->asked_cap * sizeof *b->asked);
    nbt_mem_free(b->mem, b, sizeof *b);
}

bool simbook_failed(const simbook *b)
{
    return b->failed;
}

static void find(simbook *b, simbook_fault fault, uint32_t program, const nbt_ncb *ncb)
{
    simbook_entry *e = &b->found[fault];
    if (e->n++ == 0) {
        e->program = program;
        e->verb = (uint8_t)nbt_ncb_verb(ncb);
    }
}

/* FNV-1a, which can be taken of pieces. */
static const uint64_t no_octets = UINT64_C(0xCBF29CE484222325);

static uint64_t hash_on(uint64_t h, nbt_bytes data)
{
    for (size_t i = 0; i < data.n; i++)
        h = (h ^ data.p[i]) * UINT64_C(0x100000001B3);
    return h;
}

/* --- sessions --------------------------------------------------------------------------------- */

static bool ends_eq(simbook_end a, simbook_end b)
{
    return a.obj == b.obj && a.conn == b.conn;
}

/* The session that a program knows by a number now, and its side there; NULL: none that is known.
 */
static session *session_at(simbook *b, uint32_t host, const nbt_ncb *ncb, unsigned *side)
{
    for (size_t i = b->nsessions; i-- > 0;) {
        for (*side = 0; *side < 2; ++*side) {
            const place *at = &b->session[i].at[*side];
            if (at->taken && at->host == host && at->lana == ncb->lana && at->lsn == ncb->lsn)
                return &b->session[i];
        }
    }
    return NULL;
}

static session *session_between(simbook *b, simbook_end here, simbook_end there, unsigned *side)
{
    for (size_t i = b->nsessions; i-- > 0;) {
        session *s = &b->session[i];
        for (*side = 0; *side < 2; ++*side) {
            if (ends_eq(s->end[*side], here) && ends_eq(s->end[1 - *side], there))
                return s;
        }
    }
    if (b->nsessions == b->sessions_cap) {
        session *more = nbt_mem_grow(b->mem, b->session, &b->sessions_cap, sizeof *more);
        if (!more) {
            b->failed = true;
            return NULL;
        }
        b->session = more;
    }
    session *s = &b->session[b->nsessions++];
    *side = 0;
    *s = (session){ .end = { here, there } };
    s->said[0].hash = s->said[1].hash = no_octets;
    return s;
}

static void opened(simbook *b, uint32_t host, const nbt_ncb *ncb, simbook_end here,
                   simbook_end there)
{
    unsigned side;
    session *old = session_at(b, host, ncb, &side);
    if (old)
        old->at[side].taken = false; /* its number is given out again */
    if (here.conn == 0 || there.conn == 0)
        return; /* it was over before this was told */
    session *s = session_between(b, here, there, &side);
    if (s)
        s->at[side] = (place){ host, ncb->lsn, ncb->lana, true, true };
}

static void say(simbook *b, asked *a, nbt_bytes data)
{
    unsigned side;
    session *s = session_at(b, a->host, &a->ncb, &side);
    if (!s)
        return;
    flow *f = &s->said[side];
    if (f->nmessages == f->cap) {
        message *more = nbt_mem_grow(b->mem, f->message, &f->cap, sizeof *more);
        if (!more) {
            b->failed = true;
            return;
        }
        f->message = more;
    }
    a->session = (uint32_t)(s - b->session) + 1;
    a->side = (uint8_t)side;
    a->message = (uint32_t)f->nmessages;
    f->message[f->nmessages++] = (message){ data.n, hash_on(no_octets, data), SENT_UNDER_WAY };
}

/* A SEND has ended, or its program: whether what it was to bring has to arrive. */
static void said(simbook *b, const asked *a, sent how)
{
    if (a->session)
        b->session[a->session - 1].said[a->side].message[a->message].how = how;
}

/* What of a flow may not have been sent is passed over if something else came in its place. */
static void pass_over(flow *f, nbt_bytes data, bool whole)
{
    while (f->got == 0 && f->heard < f->nmessages && f->message[f->heard].how == SENT_PERHAPS) {
        const message *m = &f->message[f->heard];
        if (whole ? m->n == data.n && m->hash == hash_on(no_octets, data) : m->n > data.n)
            return;
        f->heard++;
    }
}

static bool hears_next(flow *f, nbt_bytes data, bool whole)
{
    pass_over(f, data, whole);
    if (f->heard == f->nmessages)
        return false;
    const message *m = &f->message[f->heard];
    f->hash = hash_on(f->hash, data);
    f->got += data.n;
    if (!whole)
        return f->got < m->n;
    bool same = f->got == m->n && f->hash == m->hash;
    f->heard++;
    f->got = 0;
    f->hash = no_octets;
    return same;
}

static bool has_more(const flow *f)
{
    for (size_t i = f->heard; i < f->nmessages; i++) {
        if (f->message[i].how == SENT_WELL)
            return true;
    }
    return false;
}

static void hear(simbook *b, uint32_t program, uint32_t host, const nbt_ncb *ncb, nbt_bytes data)
{
    unsigned side;
    session *s = session_at(b, host, ncb, &side);
    if (!s || !s->at[1 - side].known)
        return; /* nobody has seen what was said */
    flow *f = &s->said[1 - side];
    switch (ncb->retcode) {
    case NBT_NRC_GOODRET:
    case NBT_NRC_INCOMP:
        if (!hears_next(f, data, ncb->retcode == NBT_NRC_GOODRET))
            find(b, SIMBOOK_CHANGED, program, ncb);
        return;
    case NBT_NRC_SCLOSED:
        if (f->hung_up && !s->said[side].hung_up && has_more(f))
            find(b, SIMBOOK_LOST, program, ncb);
        return;
    }
}

static void hung_up(simbook *b, uint32_t host, const nbt_ncb *ncb)
{
    unsigned side;
    session *s = session_at(b, host, ncb, &side);
    if (s)
        s->said[side].hung_up = true;
}

/* --- control blocks --------------------------------------------------------------------------- */

static bool is_send(const nbt_ncb *ncb)
{
    return nbt_ncb_sends(nbt_ncb_verb(ncb));
}

void simbook_asked(simbook *b, uint32_t program, uint32_t host, uint32_t tag, const nbt_ncb *ncb,
                   nbt_bytes data)
{
    if (b->nasked == b->asked_cap) {
        asked *more = nbt_mem_grow(b->mem, b->asked, &b->asked_cap, sizeof *more);
        if (!more) {
            b->failed = true;
            return;
        }
        b->asked = more;
    }
    asked *a = &b->asked[b->nasked++];
    *a = (asked){ .program = program, .host = host, .tag = tag, .ncb = *ncb };
    if (is_send(ncb))
        say(b, a, data);
    else if (nbt_ncb_verb(ncb) == NBT_NCB_HANGUP)
        hung_up(b, host, ncb);
}

static void remove_asked(simbook *b, size_t i)
{
    for (b->nasked--; i < b->nasked; i++)
        b->asked[i] = b->asked[i + 1];
}

void simbook_done(simbook *b, uint32_t program, uint32_t host, uint32_t tag, const nbt_ncb *ncb,
                  nbt_bytes data, simbook_end here, simbook_end there)
{
    size_t i = 0;
    while (i < b->nasked && (b->asked[i].program != program || b->asked[i].tag != tag))
        i++;
    if (i == b->nasked) {
        find(b, SIMBOOK_TWICE, program, ncb);
        return;
    }
    said(b, &b->asked[i], ncb->retcode == NBT_NRC_GOODRET ? SENT_WELL : SENT_PERHAPS);
    remove_asked(b, i);
    switch (nbt_ncb_verb(ncb)) {
    case NBT_NCB_CALL:
    case NBT_NCB_LISTEN:
        if (ncb->retcode == NBT_NRC_GOODRET)
            opened(b, host, ncb, here, there);
        return;
    case NBT_NCB_RECEIVE:
    case NBT_NCB_RECEIVE_ANY:
        hear(b, program, host, ncb, data);
        return;
    }
}

void simbook_gone(simbook *b, uint32_t program)
{
    for (size_t i = b->nasked; i-- > 0;) {
        if (b->asked[i].program != program)
            continue;
        said(b, &b->asked[i], SENT_PERHAPS);
        remove_asked(b, i);
    }
}

static bool may_stay(const asked *a, simbook_waits *waits, void *ctx)
{
    switch (nbt_ncb_verb(&a->ncb)) {
    case NBT_NCB_LISTEN:
    case NBT_NCB_RECEIVE:
    case NBT_NCB_RECEIVE_ANY:
    case NBT_NCB_RECEIVE_DATAGRAM:
    case NBT_NCB_RECEIVE_BROADCAST:
    case NBT_NCB_SEND:
    case NBT_NCB_CHAIN_SEND:
    case NBT_NCB_SEND_NO_ACK:
    case NBT_NCB_CHAIN_SEND_NO_ACK:
        return waits(ctx, a->host, &a->ncb);
    }
    return false;
}

uint32_t simbook_open(const simbook *b, simbook_waits *waits, void *ctx)
{
    uint32_t n = 0;
    for (size_t i = 0; i < b->nasked; i++)
        n += !may_stay(&b->asked[i], waits, ctx);
    return n;
}

void simbook_end_all(simbook *b, simbook_waits *waits, void *ctx)
{
    for (size_t i = 0; i < b->nasked; i++) {
        if (!may_stay(&b->asked[i], waits, ctx))
            find(b, SIMBOOK_NEVER, b->asked[i].program, &b->asked[i].ncb);
    }
}

const simbook_entry *simbook_found(const simbook *b, simbook_fault fault)
{
    return &b->found[fault];
}
