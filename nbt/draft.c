/*
 * Shapes of name service packets. Who sends which when is not decided here.
 */
#include "nbt/draft.h"

#include <assert.h>
#include <string.h>

static nbt_rr *one_record(nbt_draft *d, const nbt_name *name, unsigned type, uint32_t ttl)
{
    nbt_rr *rr = &d->ns.rr[0];
    d->ns.nrr = 1;
    rr->name = *name;
    rr->type = (uint16_t)type;
    rr->cls = NBT_CLASS_IN;
    rr->ttl = ttl;
    return rr;
}

static void one_address(nbt_draft *d, nbt_addr addr)
{
    nbt_wr w;
    nbt_wr_init(&w, d->rdata, sizeof d->rdata);
    nbt_addr_wr(&w, addr);
    d->ns.rr[0].rdata = (nbt_bytes){ d->rdata, w.at };
}

static void begin(nbt_draft *d, uint16_t trn_id, unsigned word)
{
    memset(d, 0, sizeof *d); /* nothing of an older packet may get out (H58) */
    d->ns.trn_id = trn_id;
    d->ns.word = (uint16_t)word;
}

void nbt_draft_question(nbt_draft *d, uint16_t trn_id, unsigned word, const nbt_name *name,
                        unsigned type)
{
    begin(d, trn_id, word);
    d->ns.qdcount = 1;
    d->ns.q.name = *name;
    d->ns.q.type = (uint16_t)type;
    d->ns.q.cls = NBT_CLASS_IN;
}

void nbt_draft_record(nbt_draft *d, uint16_t trn_id, unsigned word, const nbt_name *name,
                      uint32_t ttl, nbt_addr addr)
{
    nbt_draft_question(d, trn_id, word, name, NBT_RR_NB);
    d->ns.arcount = 1;
    d->ns.rr_pointer = true; /* RFC 1002 4.2.2: so that it is never too long */
    one_record(d, name, NBT_RR_NB, ttl);
    one_address(d, addr);
}

void nbt_draft_response(nbt_draft *d, uint16_t trn_id, unsigned word, const nbt_name *name,
                        uint32_t ttl, nbt_addr addr)
{
    begin(d, trn_id, word);
    d->ns.ancount = 1;
    one_record(d, name, NBT_RR_NB, ttl);
    one_address(d, addr);
}

bool nbt_draft_add_address(nbt_draft *d, nbt_addr addr)
{
    enum { MAX = 32 }; /* far from filling a packet */
    nbt_rr *rr = &d->ns.rr[0];
    assert(rr->rdata.p == d->rdata);
    if (nbt_addr_count(rr) >= MAX)
        return false;
    nbt_wr w;
    nbt_wr_init(&w, d->rdata + rr->rdata.n, NBT_ADDR_LEN);
    nbt_addr_wr(&w, addr);
    rr->rdata.n += NBT_ADDR_LEN;
    return true;
}

void nbt_draft_negative_query(nbt_draft *d, uint16_t trn_id, unsigned word, const nbt_name *name)
{
    begin(d, trn_id, word);
    one_record(d, name, NBT_RR_NULL, 0);
}

void nbt_draft_status(nbt_draft *d, uint16_t trn_id, unsigned word, const nbt_name *name,
                      const nbt_node_name *names, size_t n, const nbt_statistics *st)
{
    assert(n <= nbt_draft_status_room(name));
    begin(d, trn_id, word);
    d->ns.ancount = 1;
    nbt_rr *rr = one_record(d, name, NBT_RR_NBSTAT, 0);
    nbt_wr w;
    nbt_wr_init(&w, d->rdata, sizeof d->rdata);
    nbt_status_wr(&w, names, n, st);
    assert(!w.err);
    rr->rdata = (nbt_bytes){ d->rdata, w.at };
}

size_t nbt_draft_status_room(const nbt_name *name)
{
    enum { IP_AND_UDP = 28, RR_REST = 10, NUM_NAMES = 1 };
    size_t fixed = IP_AND_UDP + NBT_NS_HEADER_LEN + nbt_name_size(name) + RR_REST + NUM_NAMES +
                   NBT_STATISTICS_LEN;
    assert(fixed < NBT_NS_UDP_MAX);
    return (NBT_NS_UDP_MAX - fixed) / NBT_NODE_NAME_LEN;
}
