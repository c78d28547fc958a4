/*
 * A table of open requests, in small sets: a request can stand in any place of its set, and takes
 * that of the oldest there.
 */
#include "capture/dialog.h"

#include <stdlib.h>
#include <string.h>

enum { SETS = 8192, PLACES = 4 };

/* What must be the same in a request and its answer, beside the asker and the id. */
enum about {
    ABOUT_QUERY = 1,
    ABOUT_REGISTRATION, /* and refresh: their answers are the same */
    ABOUT_RELEASE,
    ABOUT_DATAGRAM,
    ABOUT_SESSION,
};

typedef struct request {
    uint64_t key;   /* asker, id, enum about; 0: nothing */
    uint64_t first; /* the packet in which it was sent first */
    uint64_t last;  /* and last */
    int64_t time;   /* when that was */
    uint32_t name;  /* a hash */
    uint8_t kind;
    bool answered;
} request;

struct cap_dialog {
    request sets[SETS][PLACES];
};

cap_dialog *cap_dialog_new(void)
{
    return calloc(1, sizeof(cap_dialog));
}

void cap_dialog_free(cap_dialog *d)
{
    free(d);
}

/* What a message is in a dialog. */
typedef struct part {
    bool asks, answers; /* neither: it is alone */
    bool once;          /* the same again would not be a repetition */
    bool final;         /* after this answer, the request is done */
    uint8_t kind;       /* of what is asked: a repetition has the same */
    enum about about;
    nbt_ep asker;
    uint16_t id;
    const nbt_name *name; /* NULL: it says none, and fits any */
} part;

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
        .name = name && name->form != NBT_NAME_NULL ? name : NULL,
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
        p.once = true;
        return p;
    case NBT_DGM_QUERY:
        p.asks = true;
        p.name = &m->to;
        return p;
    case NBT_DGM_POSITIVE_QUERY:
    case NBT_DGM_NEGATIVE_QUERY:
        p.name = &m->to;
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
    p.asks = m->type == NBT_SSN_REQUEST;
    p.answers =
        m->type == NBT_SSN_POSITIVE || m->type == NBT_SSN_NEGATIVE || m->type == NBT_SSN_RETARGET;
    return p;
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
        break;
    }
    p.asker = p.asks ? item->from : item->to;
    if (p.about == ABOUT_SESSION)
        p.id = p.asker.port;
    return p;
}

/* Of names that fit any other, 0. */
static uint32_t name_hash(const nbt_name *name)
{
    uint64_t h = 0, eight;
    if (!name)
        return 0;
    for (size_t i = 0; i < NBT_NAME_LEN; i += sizeof eight) {
        memcpy(&eight, name->b + i, sizeof eight);
        h = (h ^ eight) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 32;
    }
    for (size_t i = 0; i < name->scope.len; i++)
        h = (h ^ name->scope.b[i]) * UINT64_C(0x100000001B3);
    return (uint32_t)h | 1;
}

/*
 * The request of a set that has this key; or the place for it, which then holds another, or none.
 * The asker's port is no part of the key: Windows 95 answers to port 137 whoever asked.
 */
static request *look_up(cap_dialog *d, uint64_t key, uint32_t name)
{
    request *set = d->sets[(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) % SETS];
    request *oldest = set;
    for (size_t i = 0; i < PLACES; i++) {
        request *r = &set[i];
        if (r->key == key && (r->name == name || !r->name || !name))
            return r;
        if (r->key == 0 || (oldest->key != 0 && r->time < oldest->time))
            oldest = r;
    }
    return oldest;
}

void cap_dialog_put(cap_dialog *d, const cap_item *item, cap_link *link)
{
    part p = part_of(item);
    *link = (cap_link){ 0 };
    if (!p.asks && !p.answers)
        return;
    uint64_t key = (uint64_t)p.asker.ip << 32 | (uint32_t)p.id << 16 | p.about;
    uint32_t name = name_hash(p.name);
    request *r = look_up(d, key, name);
    bool known = r->key == key && (r->name == name || !r->name || !name) &&
                 item->time - r->time <= NBT_S(CAP_DIALOG_SECONDS);
    if (p.answers && known) {
        link->answers = r->last;
        link->after = item->time - r->time;
        r->answered = r->answered || p.final;
    }
    if (p.answers)
        return;
    bool again = known && !p.once && !r->answered && r->kind == p.kind;
    if (again)
        link->repeats = r->first;
    *r = (request){
        .key = key,
        .first = again ? r->first : item->number,
        .last = item->number,
        .time = item->time,
        .name = name,
        .kind = p.kind,
    };
}
