/*
 * One function for each part of the network; none knows how it was looked at.
 */
#include "nbt/doctor.h"

#include <assert.h>
#include <string.h>

static const nbt_doctor_row rows[] = {
#define NBT_DOCTOR(sym, word, grade, sentence, remedy, source)                                     \
    { word, NBT_DOCTOR_##grade, sentence, remedy, source },
#include "nbt/doctor.def"
#undef NBT_DOCTOR
};

const nbt_doctor_row *nbt_doctor_row_of(nbt_doctor_kind kind)
{
    return &rows[kind];
}

typedef struct list {
    nbt_doctor_finding *at;
    size_t n;
} list;

static void add(list *l, nbt_doctor_finding f)
{
    assert(l->n < NBT_DOCTOR_FINDINGS_MAX);
    l->at[l->n++] = f;
}

/* ---- What is seen ---------------------------------------------------------------------------- */

void nbt_doctor_answered(nbt_doctor_answers *a, uint32_t from, const nbt_ns *m)
{
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    if (kind == NBT_NS_NEGATIVE_QUERY && a->reply < NBT_DOCTOR_NO)
        a->reply = NBT_DOCTOR_NO;
    if (kind != NBT_NS_POSITIVE_QUERY)
        return;
    a->reply = NBT_DOCTOR_YES;
    for (size_t i = 0; i < nbt_addr_count(&m->rr[0]) && a->n < NBT_DOCTOR_OWNERS_MAX; i++) {
        uint32_t ip = nbt_addr_get(&m->rr[0], i).ip;
        bool known = false;
        for (size_t k = 0; k < a->n; k++)
            known = known || (a->from[k] == from && a->ip[k] == ip);
        if (known)
            continue;
        a->from[a->n] = from;
        a->ip[a->n++] = ip;
    }
}

enum { SUFFIX_MASTER = 0x1D };

void nbt_doctor_listed(nbt_doctor_node *node, const nbt_ns *m)
{
    if (nbt_ns_kind_of(m) != NBT_NS_STATUS_RESPONSE || node->status == NBT_DOCTOR_YES)
        return;
    node->status = NBT_DOCTOR_YES;
    for (size_t i = 0; i < nbt_status_count(&m->rr[0]); i++) {
        nbt_node_name row = nbt_status_get(&m->rr[0], i);
        bool wanted = (row.flags & (NBT_NB_ACT | NBT_NB_CNF)) && !(row.flags & NBT_NB_G) &&
                      row.b[NBT_NAME_LEN - 1] != SUFFIX_MASTER;
        if (!wanted || node->n == NBT_DOCTOR_NAMES_MAX)
            continue;
        nbt_doctor_name *n = &node->names[node->n++];
        *n = (nbt_doctor_name){ .conflict = (row.flags & NBT_NB_CNF) != 0,
                                .uses_servers = (row.flags & NBT_NB_ONT_MASK) != 0 };
        n->name.form = NBT_NAME_NETBIOS;
        memcpy(n->name.b, row.b, sizeof row.b);
        n->name.scope = m->rr[0].name.scope;
    }
}

/* A node that asks one host alone, and wants more than a node does (RD), asks its name server. */
static bool is_servers(const nbt_doctor_sight *s, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    nbt_msg m;
    return from.ip == s->ip && from.port == NBT_PORT_NS && to.port == NBT_PORT_NS &&
           to.ip != s->peer.ip && nbt_msg_rd(&m, NBT_SERVICE_NAME, data.p, data.n) &&
           !(m.u.ns.word & NBT_NS_R) && (m.u.ns.word & NBT_NS_RD);
}

static bool is_status_response(nbt_bytes data)
{
    nbt_msg m;
    return nbt_msg_rd(&m, NBT_SERVICE_NAME, data.p, data.n) &&
           nbt_ns_kind_of(&m.u.ns) == NBT_NS_STATUS_RESPONSE;
}

void nbt_doctor_passed(nbt_doctor_sight *s, nbt_ep from, nbt_ep to, bool to_all, uint16_t port,
                       nbt_bytes data)
{
    bool netbios = to.port == NBT_PORT_NS || to.port == NBT_PORT_DGM;
    bool limited = to.ip == UINT32_MAX;
    if (to_all && netbios && from.ip != s->ip) {
        bool here = ((from.ip ^ s->ip) & s->mask) == 0;
        s->heard += limited || to.ip == s->broadcast;
        if (here && !limited && to.ip != s->broadcast && !s->other_from) {
            s->other_from = from.ip;
            s->other_to = to.ip;
        }
    } else if (to.ip == s->ip && to.port == port && from.port == NBT_PORT_NS) {
        s->passed++;
    } else if (to.ip == s->ip && to.port == NBT_PORT_NS && from.port == NBT_PORT_NS &&
               from.ip == s->peer.ip && is_status_response(data)) {
        s->peer.at_137 = true;
    } else if (!to_all && !s->server && is_servers(s, from, to, data)) {
        s->server = to.ip;
    }
}

void nbt_doctor_refused(nbt_doctor_sight *s, uint32_t by, nbt_ep to, bool prohibited)
{
    nbt_doctor_reply reply = prohibited ? NBT_DOCTOR_FORBIDDEN : NBT_DOCTOR_CLOSED;
    if (to.port != NBT_PORT_NS || to.ip != s->peer.ip || s->peer.status > reply)
        return;
    s->peer.status = reply;
    s->peer.by = by;
}

/* ---- Ports --------------------------------------------------------------------------------- */

static bool same(const char *a, const char *b)
{
    size_t n = strlen(a);
    return n == strlen(b) && memcmp(a, b, n) == 0;
}

static void look_at_ports(const nbt_doctor_sight *s, list *l)
{
    const nbt_doctor_ports *p = &s->ports;
    bool answers = s->own.status == NBT_DOCTOR_YES || s->own_any.reply >= NBT_DOCTOR_NO;
    if (!p->udp137)
        add(l, (nbt_doctor_finding){ .kind = NBT_DOCTOR_PORT_FREE, .port = "UDP port 137" });
    else
        add(l, (nbt_doctor_finding){ .kind = answers ? NBT_DOCTOR_PORT_HELD : NBT_DOCTOR_PORT_TAKEN,
                                     .port = "UDP port 137",
                                     .who = p->udp137,
                                     .a = s->ip });
    if (p->udp138)
        add(l, (nbt_doctor_finding){ .kind = p->udp137 && !same(p->udp137, p->udp138)
                                                 ? NBT_DOCTOR_PORT_SPLIT
                                                 : NBT_DOCTOR_PORT_HELD,
                                     .port = "UDP port 138",
                                     .who = p->udp138 });
    /* Sessions may be another program's: smbd has them beside nmbd. */
    if (p->tcp139)
        add(l, (nbt_doctor_finding){
                   .kind = NBT_DOCTOR_PORT_HELD, .port = "TCP port 139", .who = p->tcp139 });
    if (p->tcp445)
        add(l, (nbt_doctor_finding){
                   .kind = NBT_DOCTOR_PORT_HELD, .port = "TCP port 445", .who = p->tcp445 });
}

/* ---- Broadcast ------------------------------------------------------------------------------- */

static bool has(const nbt_doctor_answers *a, const uint32_t *which, uint32_t ip)
{
    for (size_t i = 0; i < a->n; i++) {
        if (which[i] == ip)
            return true;
    }
    return false;
}

/* The first name of a node that was asked for by broadcast; NULL: none. */
static const nbt_doctor_name *asked(const nbt_doctor_node *node)
{
    for (size_t i = 0; i < node->n; i++) {
        if (node->names[i].broadcast.reply != NBT_DOCTOR_UNASKED)
            return &node->names[i];
    }
    return NULL;
}

/* Whether it answers for one of its names at least when everybody is asked. */
static bool hears(const nbt_doctor_node *node)
{
    for (size_t i = 0; i < node->n; i++) {
        const nbt_doctor_answers *a = &node->names[i].broadcast;
        if (has(a, a->from, node->ip))
            return true;
    }
    return false;
}

static void look_at_broadcast(const nbt_doctor_sight *s, list *l)
{
    uint32_t right = s->ip | ~s->mask;
    const nbt_doctor_name *own = asked(&s->own);
    if (s->broadcast != right)
        add(l, (nbt_doctor_finding){
                   .kind = NBT_DOCTOR_BROADCAST_ADDRESS, .a = s->broadcast, .b = right });
    if (s->other_from && s->broadcast == right)
        add(l, (nbt_doctor_finding){
                   .kind = NBT_DOCTOR_BROADCAST_OTHER, .a = s->other_from, .b = s->other_to });
    if (own && hears(&s->own))
        add(l, (nbt_doctor_finding){ .kind = NBT_DOCTOR_BROADCAST_IN });
    else if (own)
        add(l, (nbt_doctor_finding){
                   .kind = NBT_DOCTOR_BROADCAST_DEAF, .name = &own->name, .a = s->ip });
    if (!s->wire)
        add(l, (nbt_doctor_finding){ .kind = NBT_DOCTOR_WIRE_UNSEEN });
    else
        add(l, (nbt_doctor_finding){ .kind = s->heard ? NBT_DOCTOR_BROADCAST_HEARD
                                                      : NBT_DOCTOR_BROADCAST_QUIET,
                                     .count = s->heard });
    if (s->unsent)
        add(l, (nbt_doctor_finding){ .kind = NBT_DOCTOR_SEND_REFUSED, .who = s->unsent });
    if (s->wire && s->passed > s->taken)
        add(l, (nbt_doctor_finding){ .kind = NBT_DOCTOR_ANSWERS_DROPPED,
                                     .count = s->passed - s->taken });
}

/* ---- The peer -------------------------------------------------------------------------------- */

static nbt_doctor_kind silent_peer(const nbt_doctor_node *peer)
{
    if (peer->at_137)
        return NBT_DOCTOR_PEER_AT_137;
    if (!peer->attached)
        return NBT_DOCTOR_PEER_FAR;
    return peer->there ? NBT_DOCTOR_PEER_SILENT : NBT_DOCTOR_PEER_AWAY;
}

static nbt_doctor_kind peer_kind(const nbt_doctor_node *peer)
{
    switch (peer->status) {
    case NBT_DOCTOR_CLOSED:
        return NBT_DOCTOR_PEER_CLOSED;
    case NBT_DOCTOR_FORBIDDEN:
        return NBT_DOCTOR_PEER_FORBIDDEN;
    case NBT_DOCTOR_NO:
    case NBT_DOCTOR_YES:
        return NBT_DOCTOR_PEER_ANSWERS;
    case NBT_DOCTOR_UNASKED:
    case NBT_DOCTOR_SILENT:
        break;
    }
    return silent_peer(peer);
}

static void look_at_peer(const nbt_doctor_sight *s, list *l)
{
    const nbt_doctor_node *peer = &s->peer;
    const nbt_doctor_name *name = asked(peer);
    if (!peer->ip)
        return;
    add(l, (nbt_doctor_finding){ .kind = peer_kind(peer), .a = peer->ip, .b = peer->by });
    /* On another subnet it cannot hear them, and what has no answer at all is no sign. */
    if (!name || !peer->attached)
        return;
    if (hears(peer))
        add(l, (nbt_doctor_finding){ .kind = NBT_DOCTOR_PEER_HEARS, .a = peer->ip });
    else
        add(l, (nbt_doctor_finding){
                   .kind = NBT_DOCTOR_PEER_DEAF, .a = peer->ip, .name = &name->name });
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* Whether an answerer says that an address is one of its own. */
static bool says(const nbt_doctor_answers *a, uint32_t from, uint32_t ip)
{
    for (size_t i = 0; i < a->n; i++) {
        if (a->from[i] == from && a->ip[i] == ip)
            return true;
    }
    return false;
}

/* An answerer by broadcast who is not the node, nor another adapter of it; 0: none. */
static uint32_t another(const nbt_doctor_answers *a, uint32_t ip)
{
    for (size_t i = 0; i < a->n; i++) {
        if (a->from[i] != ip && !says(a, a->from[i], ip) && !says(a, ip, a->from[i]))
            return a->from[i];
    }
    return 0;
}

/* What the node says of itself, where its own address is not among it; 0: nothing of that kind. */
static uint32_t elsewhere(const nbt_doctor_answers *a, uint32_t ip)
{
    if (says(a, ip, ip))
        return 0;
    for (size_t i = 0; i < a->n; i++) {
        if (a->from[i] == ip)
            return a->ip[i];
    }
    return 0;
}

/* Whether something is wrong with a name; if so, it is said. */
static bool look_at_name(const nbt_doctor_node *node, const nbt_doctor_name *n, list *l)
{
    uint32_t other = another(&n->broadcast, node->ip);
    uint32_t wrong = elsewhere(&n->broadcast, node->ip);
    wrong = wrong ? wrong : elsewhere(&n->direct, node->ip);
    if (n->conflict)
        add(l, (nbt_doctor_finding){
                   .kind = NBT_DOCTOR_IN_CONFLICT, .name = &n->name, .a = node->ip });
    if (other && !n->group && !n->conflict)
        add(l, (nbt_doctor_finding){
                   .kind = NBT_DOCTOR_DUPLICATE, .name = &n->name, .a = node->ip, .b = other });
    if (wrong)
        add(l, (nbt_doctor_finding){
                   .kind = NBT_DOCTOR_ADDRESS, .name = &n->name, .a = node->ip, .b = wrong });
    return n->conflict || wrong || (other && !n->group);
}

static void look_at_names(const nbt_doctor_node *node, list *l)
{
    unsigned good = 0;
    for (size_t i = 0; i < node->n; i++)
        good += !look_at_name(node, &node->names[i], l);
    if (good)
        add(l, (nbt_doctor_finding){ .kind = NBT_DOCTOR_NAMES_GOOD, .a = node->ip, .count = good });
}

/* ---- The name server ---------------------------------------------------------------------------
 */

static bool uses_servers(const nbt_doctor_node *node)
{
    for (size_t i = 0; i < node->n; i++) {
        if (node->names[i].uses_servers)
            return true;
    }
    return false;
}

/* What the owner of a name says of its address: when asked itself, or by broadcast. */
static uint32_t owner_says(const nbt_doctor_node *node, const nbt_doctor_name *n)
{
    const nbt_doctor_answers *both[] = { &n->direct, &n->broadcast };
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < both[k]->n; i++) {
            if (both[k]->from[i] == node->ip)
                return both[k]->ip[i];
        }
    }
    return node->ip;
}

/* Whether the server and the owner agree about a name; where they do not, it is said. */
static bool compare(const nbt_doctor_sight *s, const nbt_doctor_node *node,
                    const nbt_doctor_name *n, list *l)
{
    uint32_t owner = owner_says(node, n);
    if (n->server.reply == NBT_DOCTOR_NO && n->uses_servers) {
        add(l, (nbt_doctor_finding){
                   .kind = NBT_DOCTOR_SERVER_LACKS, .a = s->server, .name = &n->name });
        return false;
    }
    if (n->server.n == 0)
        return false;
    if (has(&n->server, n->server.ip, owner))
        return true;
    add(l, (nbt_doctor_finding){ .kind = NBT_DOCTOR_SERVER_DIFFERS,
                                 .name = &n->name,
                                 .a = n->server.ip[0],
                                 .b = owner });
    return false;
}

/* Whether it has answered anything at all. */
static bool server_answers(const nbt_doctor_sight *s)
{
    const nbt_doctor_node *nodes[] = { &s->own, &s->peer };
    bool any = s->server_any.reply >= NBT_DOCTOR_NO;
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < nodes[k]->n; i++)
            any = any || nodes[k]->names[i].server.reply >= NBT_DOCTOR_NO;
    }
    return any;
}

static void look_at_server(const nbt_doctor_sight *s, list *l)
{
    const nbt_doctor_node *nodes[] = { &s->own, &s->peer };
    unsigned agree = 0;
    if (!s->server) {
        if (uses_servers(&s->own))
            add(l, (nbt_doctor_finding){ .kind = NBT_DOCTOR_SERVER_UNKNOWN });
        return;
    }
    bool answers = server_answers(s);
    add(l,
        (nbt_doctor_finding){ .kind = answers ? NBT_DOCTOR_SERVER_ANSWERS : NBT_DOCTOR_SERVER_DEAD,
                              .a = s->server });
    for (size_t k = 0; answers && k < 2; k++) {
        for (size_t i = 0; i < nodes[k]->n; i++)
            agree += compare(s, nodes[k], &nodes[k]->names[i], l);
    }
    if (agree)
        add(l, (nbt_doctor_finding){ .kind = NBT_DOCTOR_SERVER_AGREES, .count = agree });
}

size_t nbt_doctor_judge(const nbt_doctor_sight *s, nbt_doctor_finding out[NBT_DOCTOR_FINDINGS_MAX])
{
    list l = { .at = out };
    look_at_ports(s, &l);
    look_at_broadcast(s, &l);
    look_at_peer(s, &l);
    look_at_names(&s->own, &l);
    look_at_names(&s->peer, &l);
    look_at_server(s, &l);
    return l.n;
}
