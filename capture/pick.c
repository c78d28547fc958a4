/*
 * Roles are a question of the message and of the request that it answers; conversations are known
 * by the packet that they began with.
 */
#include "capture/pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum {
    FOUND_MAX = 32,    /* conversations that one packet is part of: it can have many messages */
    LIFE_SLOTS = 8192, /* conversations that are remembered, each in a place of its own */
};

struct cap_pick {
    cap_filter *filter;
    cap_filter *life; /* NULL: of any name */
    cap_role role;    /* NONE: any */
    uint64_t packet;  /* whose conversation it is to be; 0: any */
    uint64_t found[FOUND_MAX];
    size_t nfound;
    uint64_t lives[LIFE_SLOTS]; /* conversations that have the name */
};

cap_pick *cap_pick_new(void)
{
    cap_pick *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->filter = cap_filter_new();
    if (p->filter)
        return p;
    free(p);
    return NULL;
}

void cap_pick_free(cap_pick *p)
{
    if (!p)
        return;
    cap_filter_free(p->filter);
    cap_filter_free(p->life);
    free(p);
}

/* ---- Roles --------------------------------------------------------------------------------- */

static bool says_own_address(const nbt_ns *m, uint32_t ip)
{
    for (size_t i = 0; m->nrr > 0 && m->rr[0].type == NBT_RR_NB && i < nbt_addr_count(&m->rr[0]);
         i++) {
        if (nbt_addr_get(&m->rr[0], i).ip == ip)
            return true;
    }
    return false;
}

/* Of an answer that an owner and a server send alike. */
static cap_role answerer(const cap_item *item, const nbt_ns *m, const cap_link *link)
{
    bool server;
    if (!link->answers)
        server = (m->word & NBT_NS_RA) && !says_own_address(m, item->from.ip);
    else if (link->asked_all)
        server = false;
    else if (nbt_ns_opcode(m) == NBT_OPCODE_QUERY)
        server = link->asked_to_do && (m->word & NBT_NS_RA);
    else
        server = true;
    return server ? CAP_ROLE_SERVER : CAP_ROLE_OWNER;
}

static cap_role role_of_ns(const cap_item *item, const nbt_ns *m, const cap_link *link)
{
    switch (nbt_ns_kind_of(m)) {
    case NBT_NS_REGISTRATION:
    case NBT_NS_OVERWRITE_REQUEST:
    case NBT_NS_MULTIHOMED:
    case NBT_NS_QUERY:
    case NBT_NS_STATUS_REQUEST:
        return CAP_ROLE_ASKER;
    case NBT_NS_OVERWRITE_DEMAND:
    case NBT_NS_REFRESH:
    case NBT_NS_CONFLICT_DEMAND:
    case NBT_NS_RELEASE_REQUEST:
    case NBT_NS_RELEASE_DEMAND:
    case NBT_NS_STATUS_RESPONSE:
        return CAP_ROLE_OWNER;
    case NBT_NS_CHALLENGE:
    case NBT_NS_REDIRECT:
    case NBT_NS_WACK:
        return CAP_ROLE_SERVER;
    case NBT_NS_POSITIVE_REGISTRATION:
    case NBT_NS_NEGATIVE_REGISTRATION:
    case NBT_NS_POSITIVE_RELEASE:
    case NBT_NS_NEGATIVE_RELEASE:
    case NBT_NS_POSITIVE_QUERY:
    case NBT_NS_NEGATIVE_QUERY:
        return answerer(item, m, link);
    case NBT_NS_OTHER:
    case NBT_NS_KINDS:
        return CAP_ROLE_NONE;
    }
    return CAP_ROLE_NONE;
}

static cap_role role_of_dgm(const nbt_dgm *m)
{
    switch ((enum nbt_dgm_type)m->type) {
    case NBT_DGM_UNIQUE:
    case NBT_DGM_GROUP:
    case NBT_DGM_BROADCAST:
    case NBT_DGM_QUERY:
        return CAP_ROLE_ASKER;
    case NBT_DGM_ERROR:
        return CAP_ROLE_OWNER;
    case NBT_DGM_POSITIVE_QUERY:
    case NBT_DGM_NEGATIVE_QUERY:
        return CAP_ROLE_SERVER;
    }
    return CAP_ROLE_NONE;
}

cap_role cap_role_of(const cap_item *item, const cap_link *link)
{
    if (item->rc && !item->rc->err)
        return link->by_asker ? CAP_ROLE_ASKER : CAP_ROLE_OWNER;
    if (!item->msg || item->msg->err)
        return CAP_ROLE_NONE;
    switch (item->msg->service) {
    case NBT_SERVICE_NAME:
        return role_of_ns(item, &item->msg->u.ns, link);
    case NBT_SERVICE_DATAGRAM:
        return role_of_dgm(&item->msg->u.dgm);
    case NBT_SERVICE_SESSION:
        return link->by_asker ? CAP_ROLE_ASKER : CAP_ROLE_OWNER;
    }
    return CAP_ROLE_NONE;
}

/* ---- What is wanted ------------------------------------------------------------------------ */

bool cap_pick_by(cap_pick *p, cap_filter_by by, const char *text, char err[CAP_ERR_MAX])
{
    return cap_filter_add(p->filter, by, text, err);
}

bool cap_pick_life(cap_pick *p, const char *name, char err[CAP_ERR_MAX])
{
    if (!p->life)
        p->life = cap_filter_new();
    if (!p->life) {
        snprintf(err, CAP_ERR_MAX, "no memory");
        return false;
    }
    return cap_filter_add(p->life, CAP_FILTER_NAME, name, err);
}

bool cap_pick_role(cap_pick *p, const char *text, char err[CAP_ERR_MAX])
{
    static const char *const words[] = {
        [CAP_ROLE_ASKER] = "asker",
        [CAP_ROLE_OWNER] = "owner",
        [CAP_ROLE_SERVER] = "server",
    };
    for (cap_role r = CAP_ROLE_ASKER; r <= CAP_ROLE_SERVER; r++) {
        if (strcasecmp(text, words[r]) == 0) {
            p->role = r;
            return true;
        }
    }
    snprintf(err, CAP_ERR_MAX, "--role %.40s: it is asker, owner or server", text);
    return false;
}

void cap_pick_transaction(cap_pick *p, uint64_t packet)
{
    p->packet = packet;
}

uint64_t cap_pick_packet(const cap_pick *p)
{
    return p->packet;
}

void cap_pick_begin(cap_pick *p)
{
    p->nfound = 0;
    memset(p->lives, 0, sizeof p->lives);
}

/* ---- Whether a message is ------------------------------------------------------------------ */

static bool is_found(const cap_pick *p, uint64_t transaction)
{
    for (size_t i = 0; i < p->nfound; i++) {
        if (p->found[i] == transaction)
            return true;
    }
    return false;
}

bool cap_pick_search(cap_pick *p, const cap_item *item, const cap_link *link)
{
    if (item->number == p->packet && p->nfound < FOUND_MAX && !is_found(p, link->transaction))
        p->found[p->nfound++] = link->transaction;
    return item->number > p->packet;
}

bool cap_pick_found(const cap_pick *p)
{
    return p->nfound > 0;
}

/*
 * Data of a session, such as remote control, is no event in the life of a name; what else goes on
 * in a conversation of the name is one.
 */
static bool is_of_life(cap_pick *p, const cap_item *item, const cap_link *link)
{
    uint64_t *place = &p->lives[link->transaction % LIFE_SLOTS];
    bool says = cap_filter_holds(p->life, item);
    if (says)
        *place = link->transaction;
    bool data =
        item->msg && !item->msg->err && item->msg->service == NBT_SERVICE_SESSION &&
        (item->msg->u.ssn.type == NBT_SSN_MESSAGE || item->msg->u.ssn.type == NBT_SSN_KEEP_ALIVE);
    return says || (*place == link->transaction && item->msg && !data);
}

/* Whether it is sent in a name that was asked for. */
static bool is_own_word(const cap_pick *p, const nbt_msg *m)
{
    const nbt_name *from = NULL;
    if (m->err)
        return false;
    if (m->service == NBT_SERVICE_SESSION && m->u.ssn.type == NBT_SSN_REQUEST)
        from = &m->u.ssn.calling;
    bool message = m->service == NBT_SERVICE_DATAGRAM &&
                   (m->u.dgm.type == NBT_DGM_UNIQUE || m->u.dgm.type == NBT_DGM_GROUP ||
                    m->u.dgm.type == NBT_DGM_BROADCAST);
    if (message && (m->u.dgm.flags & NBT_DGM_FIRST))
        from = &m->u.dgm.from;
    return from && (cap_filter_has_name(p->filter, from) ||
                    (p->life && cap_filter_has_name(p->life, from)));
}

static bool is_of_role(const cap_pick *p, const cap_item *item, const cap_link *link)
{
    if (item->msg && is_own_word(p, item->msg))
        return p->role == CAP_ROLE_OWNER;
    return cap_role_of(item, link) == p->role;
}

bool cap_pick_holds(cap_pick *p, const cap_item *item, const cap_link *link)
{
    bool life = !p->life || is_of_life(p, item, link); /* always, as it remembers */
    return life && (p->packet == 0 || is_found(p, link->transaction)) &&
           (p->role == CAP_ROLE_NONE || is_of_role(p, item, link)) &&
           cap_filter_holds(p->filter, item);
}
