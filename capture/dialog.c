/*
 * A table of open requests, in small sets: a request can stand in any place of its set, and takes
 * that of the oldest there.
 */
#include "capture/dialog.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 8192, PLACES = 4, INQUIRERS = 1024 };

/* What must be the same in a request and its answer, beside the asker and the id. */
enum about {
    ABOUT_QUERY = 1,
    ABOUT_REGISTRATION, /* and refresh: their answers are the same */
    ABOUT_RELEASE,
    ABOUT_DATAGRAM,
    ABOUT_SESSION,
    /* The last ones are of remote control, in a connection too. */
    ABOUT_RIGHTS,
    ABOUT_FUNCTION,
    ABOUT_PING,
};

/* As large as a line of a processor's cache, which it then fills. */
typedef struct request {
    uint64_t key;         /* asker, id, enum about; 0: nothing */
    uint64_t transaction; /* the packet that its conversation began with */
    uint64_t first;       /* the packet in which it was sent first; 0: it is not in the capture */
    uint64_t last;        /* and last */
    int64_t time;         /* when that was */
    int64_t seen;         /* when its conversation was last heard of */
    uint32_t asked;       /* of a query or status request to one host: which; else 0 */
    uint32_t name;        /* a hash */
    uint8_t kind;
    bool answered : 1, to_all : 1, rd : 1;
    uint16_t port; /* from which it was asked */
} request;

/* Someone who asks others about a name because of a claim: a server, or whoever was challenged. */
typedef struct inquirer {
    uint32_t ip, name;
    int64_t since;
    uint64_t transaction; /* of the claim; 0: nobody */
} inquirer;

struct cap_dialog {
    alignas(64) request sets[SETS][PLACES];
    inquirer inquirers[INQUIRERS]; /* each in a place of its own */
};

cap_dialog *cap_dialog_new(void)
{
    cap_dialog *d = aligned_alloc(alignof(cap_dialog), sizeof *d);
    if (d)
        memset(d, 0, sizeof *d);
    return d;
}

void cap_dialog_free(cap_dialog *d)
{
    free(d);
}

/* What a message is in a dialog. */
typedef struct part {
    bool asks, answers;
    bool goes_on; /* neither, but it belongs to what was asked. Or none of the three: alone */
    bool once;    /* the same again would not be a repetition */
    bool called;  /* who goes on is the one who was called, should nothing say who called */
    bool final;   /* after this answer, the request is done */
    uint8_t kind; /* of what is asked: a repetition has the same */
    enum about about;
    bool to_all, rd; /* how it asks */
    nbt_ep asker;
    uint32_t asked; /* as in request; of an answer, who gives it */
    uint16_t id;
    uint32_t name; /* a hash: of the name, or of the other end of a connection. 0 fits any */
} part;

/* Of names that fit any other, 0. */
static uint32_t name_hash(const nbt_name *name)
{
    return name ? (uint32_t)nbt_name_hash(name) : 0;
}

static enum about about_opcode(unsigned word)
{
    switch ((enum nbt_opcode)((word & NBT_NS_OPCODE_MASK) >> NBT_NS_OPCODE_SHIFT)) {
    case NBT_OPCODE_REGISTRATION:
    case NBT_OPCODE_REFRESH:
    case NBT_OPCODE_REFRESH9:
    case NBT_OPCODE_MULTIHOMED:
        return ABOUT_REGISTRATION;
    case NBT_OPCODE_RELEASE:
        return ABOUT_RELEASE;
    case NBT_OPCODE_QUERY:
    case NBT_OPCODE_WACK:
        return ABOUT_QUERY;
    }
    return ABOUT_QUERY;
}

static part part_of_ns(const nbt_ns *m)
{
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    const nbt_name *name = nbt_ns_name(m);
    bool answers = (m->word & NBT_NS_R) != 0;
    bool wack = kind == NBT_NS_WACK; /* it says which kind of request it is about */
    return (part){
        .asks = !answers,
        .answers = answers,
        .final = !wack,
        .kind = (uint8_t)kind,
        .about = about_opcode(wack ? nbt_wack_word(&m->rr[0]) : m->word),
        .id = m->trn_id,
        .name = name_hash(name && name->form != NBT_NAME_NULL ? name : NULL),
        .to_all = (m->word & NBT_NS_B) != 0,
        .rd = (m->word & NBT_NS_RD) != 0,
    };
}

static part part_of_dgm(const nbt_dgm *m)
{
    part p = { .about = ABOUT_DATAGRAM, .id = m->id, .kind = m->type, .final = true };
    switch ((enum nbt_dgm_type)m->type) {
    case NBT_DGM_UNIQUE:
    case NBT_DGM_GROUP:
    case NBT_DGM_BROADCAST:
        p.asks = (m->flags & NBT_DGM_FIRST) != 0;
        p.goes_on = !p.asks;
        p.once = true;
        return p;
    case NBT_DGM_QUERY:
        p.asks = true;
        p.name = name_hash(&m->to);
        return p;
    case NBT_DGM_POSITIVE_QUERY:
    case NBT_DGM_NEGATIVE_QUERY:
        p.name = name_hash(&m->to);
        p.answers = true;
        return p;
    case NBT_DGM_ERROR:
        p.answers = true;
        return p;
    }
    return p;
}

static part part_of_ssn(const nbt_ssn *m)
{
    part p = { .about = ABOUT_SESSION, .kind = m->type, .final = true };
    switch ((enum nbt_ssn_type)m->type) {
    case NBT_SSN_REQUEST:
        p.asks = true;
        return p;
    case NBT_SSN_POSITIVE:
    case NBT_SSN_NEGATIVE:
    case NBT_SSN_RETARGET:
        p.answers = true;
        return p;
    case NBT_SSN_MESSAGE:
    case NBT_SSN_KEEP_ALIVE:
        p.goes_on = true;
        return p;
    }
    return p;
}

static part part_of_rc(const rc_msg *m)
{
    part p = { .kind = (uint8_t)m->type, .final = true, .once = true };
    switch (m->type) {
    case RC_MSG_RIGHTS:
        p.about = ABOUT_RIGHTS;
        p.asks = true;
        return p;
    case RC_MSG_WAIT:
    case RC_MSG_VERDICT:
        p.about = ABOUT_RIGHTS;
        p.answers = true;
        return p;
    case RC_MSG_OPEN:
        p.about = ABOUT_FUNCTION;
        p.asks = true;
        return p;
    case RC_MSG_OPENED:
        p.about = ABOUT_FUNCTION;
        p.answers = true;
        return p;
    case RC_MSG_PING:
        p.about = ABOUT_PING;
        p.asks = true;
        return p;
    case RC_MSG_PONG:
        p.about = ABOUT_PING;
        p.answers = true;
        return p;
    case RC_MSG_SCREEN:
    case RC_MSG_KEYS:
    case RC_MSG_BYE:
    case RC_MSG_FUNCTION:
    case RC_MSG_FETCH:
    case RC_MSG_STORE:
    case RC_MSG_HAVE:
    case RC_MSG_BEGIN:
    case RC_MSG_PIECE:
    case RC_MSG_WHOLE:
    case RC_MSG_RESULT:
    case RC_MSG_CHAT:
    case RC_MSG_EXECUTE:
    case RC_MSG_REBOOT:
        return p;
    }
    return p;
}

/* One end asks; the other, for a session, is what a name is for the rest. */
static void set_ends(part *p, nbt_ep asker, nbt_ep other)
{
    p->asker = asker;
    if (p->about < ABOUT_SESSION)
        return;
    p->id = asker.port;
    p->name = (uint32_t)((other.ip ^ (uint64_t)other.port << 32) % UINT32_MAX) | 1;
}

static part part_of(const cap_item *item)
{
    part p = { 0 };
    if (!item->msg || item->msg->err)
        return p;
    switch (item->msg->service) {
    case NBT_SERVICE_NAME:
        p = part_of_ns(&item->msg->u.ns);
        break;
    case NBT_SERVICE_DATAGRAM:
        p = part_of_dgm(&item->msg->u.dgm);
        break;
    case NBT_SERVICE_SESSION:
        p = part_of_ssn(&item->msg->u.ssn);
        p.called = item->from.port < item->to.port;
        break;
    }
    if (p.answers)
        set_ends(&p, item->to, item->from);
    else
        set_ends(&p, item->from, item->to);
    /* Scanners ask host after host under one id. */
    bool one = !p.to_all && (item->to.ip & 0xFF) != 0xFF;
    if (p.about == ABOUT_QUERY && (p.answers || one))
        p.asked = p.answers ? item->from.ip : item->to.ip;
    return p;
}

static uint64_t key_of(const part *p)
{
    return (uint64_t)p->asker.ip << 32 | (uint32_t)p->id << 16 | p->about;
}

static bool fits(const request *r, const part *p)
{
    return r->key == key_of(p) && r->asked == p->asked &&
           (r->name == p->name || !r->name || !p->name);
}

/*
 * The request of a set that fits; or the place for it, which then holds another, or none. The
 * asker's port is no part of the key: Windows 95 answers to port 137 whoever asked.
 */
static request *look_up(cap_dialog *d, const part *p)
{
    uint64_t where = key_of(p) ^ p->asked;
    request *set = d->sets[(where * UINT64_C(0x9E3779B97F4A7C15) >> 32) % SETS];
    request *oldest = set;
    for (size_t i = 0; i < PLACES; i++) {
        request *r = &set[i];
        if (fits(r, p))
            return r;
        if (r->key == 0 || (oldest->key != 0 && r->seen < oldest->seen))
            oldest = r;
    }
    return oldest;
}

/* Remembers what asks, or what a conversation begins with whose request is not in the capture. */
static void remember(request *r, const part *p, const cap_item *item, bool again,
                     uint64_t transaction)
{
    *r = (request){
        .key = key_of(p),
        .asked = p->asked,
        .transaction = transaction,
        .first = again     ? r->first
                 : p->asks ? item->number
                           : 0,
        .last = p->asks ? item->number : 0,
        .time = item->time,
        .seen = item->time,
        .name = p->name,
        .kind = p->kind,
        .answered = !p->asks,
        .to_all = p->to_all,
        .rd = p->rd,
        .port = p->asks ? item->from.port : 0,
    };
}

static inquirer *inquirer_of(cap_dialog *d, uint32_t ip, uint32_t name)
{
    return &d->inquirers[(ip ^ name) * UINT64_C(0x9E3779B97F4A7C15) >> 32 & (INQUIRERS - 1)];
}

/*
 * A server that says WACK asks the old owner (RFC 1002 5.1.4.1), until it answers; whoever got an
 * END-NODE CHALLENGE has to ask himself, and then asks the server again (5.1.2.1).
 */
static void note_inquirer(cap_dialog *d, const part *p, const cap_item *item, const request *r)
{
    inquirer *server = inquirer_of(d, item->from.ip, p->name);
    inquirer *claimant = inquirer_of(d, item->to.ip, p->name);
    if (p->kind == NBT_NS_WACK)
        *server = (inquirer){ item->from.ip, p->name, item->time, r->transaction };
    else if (p->kind == NBT_NS_CHALLENGE)
        *claimant = (inquirer){ item->to.ip, p->name, item->time, r->transaction };
    else if (server->transaction == r->transaction)
        server->transaction = 0;
    else if (claimant->transaction == r->transaction)
        claimant->transaction = 0;
}

/* The claim because of which something is asked; 0: there is none. */
static uint64_t inquiry(cap_dialog *d, const part *p, const cap_item *item)
{
    const inquirer *i = inquirer_of(d, item->from.ip, p->name);
    bool good = i->ip == item->from.ip && i->name == p->name && p->name &&
                item->time - i->since <= NBT_S(CAP_DIALOG_SECONDS);
    return good ? i->transaction : 0;
}

static void put_asking(request *r, const part *p, const cap_item *item, bool known, cap_link *link)
{
    bool again = known && !p->once && !r->answered && r->kind == p->kind;
    bool demand = known && !p->once && r->kind != p->kind &&
                  (p->about == ABOUT_REGISTRATION || p->about == ABOUT_RELEASE);
    if (again)
        link->repeats = r->first;
    if (again || demand)
        link->transaction = r->transaction;
    link->by_asker = true;
    remember(r, p, item, again, link->transaction);
}

static void put_answer(request *r, const part *p, const cap_item *item, cap_link *link)
{
    link->transaction = r->transaction;
    bool settles = p->final && !r->answered;
    r->seen = item->time;
    r->answered = r->answered || p->final;
    if (r->last == 0)
        return;
    link->settles = settles;
    link->asked = r->kind;
    link->answers = r->last;
    link->after = item->time - r->time;
    link->asked_all = r->to_all;
    link->asked_to_do = r->rd;
    link->asked_from = r->port;
}

/* More of a datagram; or of a session, in which either end may speak. */
static void put_more(cap_dialog *d, part *p, const cap_item *item, cap_link *link)
{
    request *r = look_up(d, p);
    link->by_asker = true;
    if (!fits(r, p) && p->about == ABOUT_SESSION) {
        part other = *p;
        set_ends(&other, item->to, item->from);
        request *way_back = look_up(d, &other);
        if (fits(way_back, &other) || p->called) {
            r = way_back;
            *p = other;
            link->by_asker = false;
        }
    }
    bool too_old = p->about == ABOUT_DATAGRAM && item->time - r->seen > NBT_S(CAP_DIALOG_SECONDS);
    if (!fits(r, p) || too_old)
        remember(r, p, item, false, item->number);
    link->transaction = r->transaction;
    r->seen = item->time;
}

static void put_in_dialog(cap_dialog *d, part p, const cap_item *item, cap_link *link)
{
    if (p.goes_on)
        put_more(d, &p, item, link);
    if (!p.asks && !p.answers)
        return;
    request *r = look_up(d, &p);
    if (p.answers && p.asked && !fits(r, &p)) { /* not asked alone: perhaps with all */
        p.asked = 0;
        r = look_up(d, &p);
    }
    bool known = fits(r, &p) && item->time - r->time <= NBT_S(CAP_DIALOG_SECONDS);
    uint64_t claim = p.asks && !p.to_all && p.about < ABOUT_DATAGRAM ? inquiry(d, &p, item) : 0;
    if (claim)
        link->transaction = claim;
    if (p.asks)
        put_asking(r, &p, item, known, link);
    else if (known)
        put_answer(r, &p, item, link);
    else if (p.about == ABOUT_SESSION)
        remember(r, &p, item, false, item->number);
    if (p.answers && known && p.about == ABOUT_REGISTRATION)
        note_inquirer(d, &p, item, r);
}

/* Of most messages it is known who sends them: the agent is called. */
static bool rc_called_speaks(const cap_item *item)
{
    if (item->rc->err || item->rc->segment)
        return item->from.port < item->to.port;
    switch (item->rc->m.type) {
    case RC_MSG_RIGHTS:
    case RC_MSG_OPEN:
    case RC_MSG_KEYS:
    case RC_MSG_PING:
    case RC_MSG_FUNCTION:
    case RC_MSG_FETCH:
    case RC_MSG_STORE:
    case RC_MSG_EXECUTE:
    case RC_MSG_REBOOT:
        return false;
    case RC_MSG_WAIT:
    case RC_MSG_VERDICT:
    case RC_MSG_OPENED:
    case RC_MSG_SCREEN:
    case RC_MSG_PONG:
        return true;
    case RC_MSG_BYE:
    case RC_MSG_HAVE: /* either, as a file goes */
    case RC_MSG_BEGIN:
    case RC_MSG_PIECE:
    case RC_MSG_WHOLE:
    case RC_MSG_RESULT:
    case RC_MSG_CHAT:
        break;
    }
    return item->from.port < item->to.port;
}

/* It is part of its connection, whatever it answers there. */
static void put_rc(cap_dialog *d, const cap_item *item, cap_link *link)
{
    part connection = { .about = ABOUT_SESSION, .goes_on = true }, p;
    connection.called = rc_called_speaks(item);
    set_ends(&connection, item->from, item->to);
    put_in_dialog(d, connection, item, link);
    if (item->rc->err || item->rc->segment)
        return;
    cap_link there = *link;
    p = part_of_rc(&item->rc->m);
    if (p.answers)
        set_ends(&p, item->to, item->from);
    else
        set_ends(&p, item->from, item->to);
    put_in_dialog(d, p, item, link);
    link->transaction = there.transaction;
    link->by_asker = there.by_asker;
}

void cap_dialog_put(cap_dialog *d, const cap_item *item, cap_link *link)
{
    *link = (cap_link){ .transaction = item->number };
    if (item->rc)
        put_rc(d, item, link);
    else
        put_in_dialog(d, part_of(item), item, link);
}
