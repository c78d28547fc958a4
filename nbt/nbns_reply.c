/*
 * What the name server sends: answers, redirections, questions to holders. It decides nothing but
 * how much of a list fits.
 */
#include "nbt/nbns_impl.h"

#include "nbt/draft.h"

#include <string.h>

enum {
    RR_REST = 10, /* RR_TYPE, RR_CLASS, TTL, RDLENGTH */
    TCP_PREFIX = 2,
    TCP_MAX = UINT16_MAX,
};

/* Room for a packet of `size` octets in the list of actions, and a cursor into it. */
static nbt_act *begin(nbt_nbns *s, const nbt_asker *who, size_t size, nbt_wr *w, nbt_out *out)
{
    nbt_act *act;
    if (who->tcp) {
        act = nbt_out_add(out, NBT_ACT_TCP_SEND, NULL, size + TCP_PREFIX);
        act->conn = who->conn;
        nbt_nbns_tcp_sent(s, who->conn, act->data_len);
    } else {
        act = nbt_out_add(out, NBT_ACT_SEND, NULL, size);
        act->from = who->to;
        act->to = who->from;
    }
    act->lana = who->lana;
    nbt_wr_init(w, act->data_len ? out->arena + act->data_at : NULL, act->data_len);
    if (who->tcp)
        nbt_wr_u16(w, size, "LENGTH"); /* RFC 1002 4.2.1 */
    return act;
}

static void header(nbt_wr *w, uint16_t trn_id, unsigned word, unsigned qd, unsigned an, unsigned ns,
                   unsigned ar)
{
    nbt_wr_u16(w, trn_id, "NAME_TRN_ID");
    nbt_wr_u16(w, word, "OPCODE");
    nbt_wr_u16(w, qd, "QDCOUNT");
    nbt_wr_u16(w, an, "ANCOUNT");
    nbt_wr_u16(w, ns, "NSCOUNT");
    nbt_wr_u16(w, ar, "ARCOUNT");
}

static void record(nbt_wr *w, unsigned type, uint32_t ttl, size_t rdlength)
{
    nbt_wr_u16(w, type, "RR_TYPE");
    nbt_wr_u16(w, NBT_CLASS_IN, "RR_CLASS");
    nbt_wr_u32(w, ttl, "TTL");
    nbt_wr_u16(w, rdlength, "RDLENGTH");
}

static bool is_stranger(const nbt_nbns *s, uint32_t ip)
{
    for (size_t i = 0; i < s->cfg.nlanas; i++)
        if (((s->lanas[i].ip ^ ip) & s->lanas[i].mask) == 0)
            return false;
    for (size_t i = 0; i < s->cfg.nserved; i++)
        if (((s->served[i].ip ^ ip) & s->served[i].mask) == 0)
            return false;
    return true;
}

/*
 * How many of the addresses fit. Over UDP a packet has 576 octets at most (RFC 1002 4.2.1.1); a
 * stranger, whose address may be another's victim, gets no more than a small multiple of what came
 * in his name, though always one address.
 */
static size_t fitting(const nbt_nbns *s, const nbt_asker *who, size_t fixed, size_t n)
{
    size_t room = who->tcp ? TCP_MAX : NBT_NS_UDP_MAX;
    if (!who->tcp && n > 1 && is_stranger(s, who->from.ip) &&
        room > who->len * NBT_NBNS_STRANGER_FACTOR)
        room = who->len * NBT_NBNS_STRANGER_FACTOR;
    size_t fit = room > fixed ? (room - fixed) / NBT_ADDR_LEN : 0;
    if (fit == 0)
        fit = 1;
    return n < fit ? n : fit;
}

void nbt_nbns_answer(nbt_nbns *s, const nbt_asker *who, const nbt_reply *r, nbt_out *out)
{
    enum { WACK_RDATA = 2 };
    size_t fixed = NBT_NS_HEADER_LEN + nbt_name_size(r->name) + RR_REST;
    size_t n = fitting(s, who, fixed, r->naddrs);
    unsigned word = r->word | (n < r->naddrs ? NBT_NS_TC : 0U);
    size_t rdlength = r->wack ? WACK_RDATA : n * NBT_ADDR_LEN;
    nbt_wr w;
    nbt_act *act = begin(s, who, fixed + rdlength, &w, out);
    act->kept = r->kept && s->cfg.journal;
    header(&w, r->trn_id, word, 0, r->ancount, 0, 0);
    nbt_name_wr_long(&w, r->name, "RR_NAME");
    record(&w, r->type, r->ttl, rdlength);
    if (r->wack)
        nbt_wr_u16(&w, r->wack_word, "RDATA");
    for (size_t i = 0; i < n; i++) {
        const nbt_nbaddr *a = &r->addrs[r->backwards ? r->naddrs - 1 - i : i];
        nbt_addr_wr(&w, (nbt_addr){ a->nb_flags, a->ip });
    }
}

/* What the other server is called: it has an address, and this project's word for what it is. */
static void server_name(const nbt_name *asked, nbt_name *name)
{
    static const uint8_t label[] = { 4, 'N', 'B', 'N', 'S' };
    size_t room = NBT_NAME_WIRE_MAX - 1 - sizeof label;
    name->form = NBT_NAME_DOMAIN;
    memcpy(name->scope.b, label, sizeof label);
    name->scope.len = sizeof label;
    if (asked->scope.len <= room) {
        memcpy(name->scope.b + sizeof label, asked->scope.b, asked->scope.len);
        name->scope.len = (uint8_t)(sizeof label + asked->scope.len);
    }
}

/* REDIRECT NAME QUERY RESPONSE, RFC 1002 4.2.15. */
static void redirect(nbt_nbns *s, const nbt_asker *who, uint16_t trn_id, const nbt_name *name,
                     nbt_out *out)
{
    enum { WORD = 0x8100, ADDRESS = 4, POINTER = 0xC000, POINTER_LEN = 2 };
    nbt_name server;
    server_name(name, &server);
    size_t server_at = NBT_NS_HEADER_LEN + nbt_name_size(name) + RR_REST;
    size_t size = server_at + nbt_name_size(&server) + POINTER_LEN + RR_REST + ADDRESS;
    nbt_wr w;
    begin(s, who, size, &w, out);
    header(&w, trn_id, WORD, 0, 0, 1, 1);
    nbt_name_wr_long(&w, name, "RR_NAME");
    record(&w, NBT_RR_NS, 0, nbt_name_size(&server));
    nbt_name_wr_long(&w, &server, "NSD_NAME");
    nbt_wr_u16(&w, POINTER | server_at, "RR_NAME"); /* "space can be optimized" */
    record(&w, NBT_RR_A, 0, ADDRESS);
    nbt_wr_u32(&w, s->cfg.redirect_to, "NSD_IP_ADDR");
}

void nbt_nbns_bad_form(nbt_nbns *s, const nbt_asker *who, const nbt_ns *m, nbt_out *out)
{
    enum { NEGATIVE_RELEASE = 0xB400 };
    bool release = nbt_ns_opcode(m) == NBT_OPCODE_RELEASE;
    nbt_nbaddr nobody = { .ip = 0 };
    nbt_reply r = { .name = &m->q.name, .trn_id = m->trn_id, .type = NBT_RR_NB, .ancount = 1 };
    r.word = release ? NEGATIVE_RELEASE : NBT_WORD_NEGATIVE_REGISTRATION;
    r.word |= NBT_RCODE_FMT_ERR;
    r.addrs = &nobody;
    r.naddrs = 1;
    nbt_nbns_answer(s, who, &r, out);
}

static void say_no(nbt_nbns *s, const nbt_asker *who, const nbt_ns *m, nbt_out *out)
{
    nbt_reply r = { .name = &m->q.name, .trn_id = m->trn_id, .type = NBT_RR_NULL };
    r.word = NBT_WORD_NEGATIVE_QUERY | NBT_NS_RA | NBT_RCODE_NAM_ERR;
    r.ancount = s->cfg.profile->negative_counts; /* 4.2.14 draws 0, and then a record (H4) */
    nbt_nbns_answer(s, who, &r, out);
}

/* How long the first of these addresses is still the holder's. */
static uint32_t ttl_left(const nbt_nbns *s, nbt_time now, const nbt_nbrec *rec)
{
    nbt_sec sec = nbt_nbns_sec(s, now);
    nbt_sec end = nbt_nbdb_addrs_const(rec)[0].expires;
    return s->cfg.profile->query_ttl && end > sec ? end - sec : 0;
}

static bool is_apart(const nbt_nbns *s, const nbt_name *name)
{
    return s->cfg.profile->master_apart && name->b[NBT_NAME_LEN - 1] == 0x1D;
}

void nbt_nbns_query(nbt_nbns *s, nbt_time now, const nbt_asker *who, const nbt_ns *m, nbt_out *out)
{
    const nbt_nbns_profile *p = s->cfg.profile;
    const nbt_nbrec *rec = nbt_nbdb_find(s->db, &m->q.name);
    bool seen = !p->query_needs_rd || (m->word & NBT_NS_RD);
    s->stats.queries++;
    if (!rec || rec->state != NBT_NBSTATE_ACTIVE || !seen || is_apart(s, &m->q.name)) {
        if (s->cfg.redirect_to && !rec)
            redirect(s, who, m->trn_id, &m->q.name, out);
        else
            say_no(s, who, m, out);
        return;
    }
    s->stats.found++;
    nbt_reply r = { .name = &m->q.name, .trn_id = m->trn_id, .type = NBT_RR_NB, .ancount = 1 };
    r.word = NBT_WORD_POSITIVE_QUERY | NBT_NS_RA;
    r.ttl = ttl_left(s, now, rec);
    r.addrs = nbt_nbdb_addrs_const(rec);
    r.naddrs = rec->n;
    r.backwards = p->newest_first;
    nbt_nbaddr everybody = { .nb_flags = r.addrs[0].nb_flags };
    if (rec->kind == NBT_NBKIND_GROUP && p->group_answer != NBT_NBNS_GROUP_LIST) {
        if (p->group_answer == NBT_NBNS_GROUP_BROADCAST) {
            everybody.ip = UINT32_MAX;
            everybody.nb_flags = NBT_NB_G; /* as Samba's AD server has it (LAB41) */
        }
        r.addrs = &everybody;
        r.naddrs = 1;
    }
    nbt_nbns_answer(s, who, &r, out);
}

/* The interface that an address is reached by: its own subnet's, else the one of the claim. */
static const nbt_nbns_lana *lana_to(const nbt_nbns *s, uint32_t ip, uint8_t lana)
{
    const nbt_nbns_lana *best = &s->lanas[0];
    for (size_t i = 0; i < s->cfg.nlanas; i++) {
        if (((s->lanas[i].ip ^ ip) & s->lanas[i].mask) == 0)
            return &s->lanas[i];
        if (s->lanas[i].lana == lana)
            best = &s->lanas[i];
    }
    return best;
}

void nbt_nbns_ask(nbt_nbns *s, const nbt_asker *who, uint16_t trn_id, const nbt_name *name,
                  uint32_t ip, nbt_out *out)
{
    enum { TYPE_AND_CLASS = 4 };
    const nbt_nbns_lana *lana = lana_to(s, ip, who->lana);
    nbt_asker holder = { .from = { ip, NBT_PORT_NS },
                         .to = { lana->ip, NBT_PORT_NS },
                         .lana = lana->lana };
    nbt_wr w;
    begin(s, &holder, NBT_NS_HEADER_LEN + nbt_name_size(name) + TYPE_AND_CLASS, &w, out);
    header(&w, trn_id, s->cfg.profile->challenge_word, 1, 0, 0, 0);
    nbt_name_wr_long(&w, name, "QUESTION_NAME");
    nbt_wr_u16(&w, NBT_RR_NB, "QUESTION_TYPE");
    nbt_wr_u16(&w, NBT_CLASS_IN, "QUESTION_CLASS");
    s->stats.challenges++;
}
