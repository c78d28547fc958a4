/*
 * A table by address, and what each kind of message tells of its sender.
 */
#include "tools/replay/people.h"

#include "capture/replay_cast.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 2 * REPLAY_PEOPLE_MAX, CALLS = 256 };

/* A session request that may be taken: its packet, and which name it called. */
typedef struct call {
    uint64_t packet;
    size_t called;
} call;

struct replay_people {
    replay_person person[REPLAY_PEOPLE_MAX];
    size_t n;
    uint16_t place[PLACES]; /* person + 1 */
    replay_called called[REPLAY_CALLED_MAX];
    size_t ncalled;
    call calls[CALLS];
};

replay_people *replay_people_new(void)
{
    return calloc(1, sizeof(replay_people));
}

void replay_people_free(replay_people *p)
{
    free(p);
}

static size_t place_of(const replay_people *p, uint32_t ip)
{
    size_t at = (ip * UINT32_C(0x9E3779B1)) >> 19;
    while (p->place[at % PLACES] && p->person[p->place[at % PLACES] - 1].ip != ip)
        at++;
    return at % PLACES;
}

const replay_person *replay_people_find(const replay_people *p, uint32_t ip)
{
    uint16_t at = p->place[place_of(p, ip)];
    return at ? &p->person[at - 1] : NULL;
}

static replay_person *enter(replay_people *p, uint32_t ip)
{
    size_t place = place_of(p, ip);
    if (p->place[place])
        return &p->person[p->place[place] - 1];
    if (p->n == REPLAY_PEOPLE_MAX || ip == 0)
        return NULL;
    p->person[p->n] = (replay_person){ .ip = ip };
    p->place[place] = (uint16_t)++p->n;
    return &p->person[p->n - 1];
}

size_t replay_people_called(const replay_people *p, const replay_called **called)
{
    *called = p->called;
    return p->ncalled;
}

static void asks_server(replay_person *h, uint32_t server)
{
    for (size_t i = 0; i < h->nservers; i++)
        if (h->server[i] == server)
            return;
    if (h->nservers < REPLAY_SERVERS_MAX)
        h->server[h->nservers++] = server;
}

/* Nodes of all types say that they are B nodes when they broadcast. */
static void set_type(replay_person *h, uint16_t nb_flags)
{
    unsigned ont = (unsigned)(nb_flags & NBT_NB_ONT_MASK) >> NBT_NB_ONT_SHIFT;
    if (h->has_type && ont == 0)
        return;
    h->has_type = true;
    h->type = (nbt_node_type)ont;
}

/* The node type stands in what a node says of itself (RFC 1002 4.2.1.3). */
static void tell_type(replay_person *h, const nbt_ns *ns)
{
    if (ns->nrr == 0 || ns->rr[0].type != NBT_RR_NB || nbt_addr_count(&ns->rr[0]) == 0)
        return;
    nbt_addr a = nbt_addr_get(&ns->rr[0], 0);
    if (a.ip != h->ip)
        return;
    set_type(h, a.nb_flags);
}

/* And in what a name server says of others. */
static void tell_type_of_others(replay_people *p, const nbt_ns *ns)
{
    for (size_t i = 0; i < nbt_addr_count(&ns->rr[0]); i++) {
        nbt_addr a = nbt_addr_get(&ns->rr[0], i);
        replay_person *h = enter(p, a.ip);
        if (h)
            set_type(h, a.nb_flags);
    }
}

/* Who says this is a name server: no node does. */
static bool only_servers(nbt_ns_kind kind)
{
    return kind == NBT_NS_WACK || kind == NBT_NS_POSITIVE_REGISTRATION ||
           kind == NBT_NS_CHALLENGE || kind == NBT_NS_REDIRECT || kind == NBT_NS_POSITIVE_RELEASE;
}

/* Asked as a name server is, it tells of another host. */
static bool tells_of_others(const replay_person *h, const nbt_ns *ns, const cap_link *link)
{
    return nbt_ns_kind_of(ns) == NBT_NS_POSITIVE_QUERY && link->asked_to_do && !link->asked_all &&
           nbt_addr_count(&ns->rr[0]) > 0 && nbt_addr_get(&ns->rr[0], 0).ip != h->ip;
}

static void put_ns(replay_people *p, replay_person *h, const cap_item *item, const cap_link *link)
{
    const nbt_ns *ns = &item->msg->u.ns;
    nbt_ns_kind kind = nbt_ns_kind_of(ns);
    bool asks = kind == NBT_NS_REGISTRATION || kind == NBT_NS_MULTIHOMED ||
                kind == NBT_NS_REFRESH || kind == NBT_NS_OVERWRITE_REQUEST ||
                kind == NBT_NS_RELEASE_REQUEST;
    if (asks || kind == NBT_NS_POSITIVE_QUERY || kind == NBT_NS_OVERWRITE_DEMAND)
        tell_type(h, ns);
    if (asks && !cap_is_to_all(item))
        asks_server(h, item->to.ip);
    if (tells_of_others(h, ns, link))
        tell_type_of_others(p, ns);
    if (only_servers(kind) || tells_of_others(h, ns, link) ||
        (kind == NBT_NS_NEGATIVE_QUERY && link->asked_to_do && (ns->word & NBT_NS_RA)))
        h->serves = true;
}

/* REPLAY_CALLED_MAX: there is no room. */
static size_t called_at(replay_people *p, uint32_t ip, const uint8_t name[NBT_NAME_LEN])
{
    for (size_t i = 0; i < p->ncalled; i++)
        if (p->called[i].ip == ip && memcmp(p->called[i].name, name, NBT_NAME_LEN) == 0)
            return i;
    if (p->ncalled == REPLAY_CALLED_MAX)
        return REPLAY_CALLED_MAX;
    p->called[p->ncalled].ip = ip;
    memcpy(p->called[p->ncalled].name, name, NBT_NAME_LEN);
    return p->ncalled++;
}

/* What only somebody who has the called name says (RFC 1002 4.3.4). */
static bool is_of_a_holder(const nbt_ssn *s)
{
    return s->type == NBT_SSN_POSITIVE ||
           (s->type == NBT_SSN_NEGATIVE && (s->code == NBT_SSN_CODE_NOT_LISTENING_CALLED ||
                                            s->code == NBT_SSN_CODE_NOT_LISTENING_CALLING ||
                                            s->code == NBT_SSN_CODE_NO_RESOURCES));
}

static void put_ssn(replay_people *p, const cap_item *item, const cap_link *link)
{
    const nbt_ssn *s = &item->msg->u.ssn;
    if (s->type == NBT_SSN_REQUEST)
        p->calls[item->number % CALLS] =
            (call){ item->number, called_at(p, item->to.ip, s->called.b) };
    const call *c = &p->calls[link->answers % CALLS];
    if (!link->answers || c->packet != link->answers || c->called == REPLAY_CALLED_MAX)
        return;
    p->called[c->called].took |= s->type == NBT_SSN_POSITIVE;
    p->called[c->called].there |= is_of_a_holder(s);
}

void replay_people_put(replay_people *p, const cap_item *item, const cap_link *link)
{
    if (!item->has_ip || !item->msg || item->msg->err)
        return;
    replay_person *h = enter(p, item->from.ip);
    if (!h)
        return;
    if (cap_is_to_all(item) && item->to.ip != UINT32_MAX) {
        h->has_broadcast = true;
        h->broadcast = item->to.ip;
    }
    switch (item->msg->service) {
    case NBT_SERVICE_NAME:
        put_ns(p, h, item, link);
        break;
    case NBT_SERVICE_SESSION:
        put_ssn(p, item, link);
        break;
    case NBT_SERVICE_DATAGRAM:
        break;
    }
}
