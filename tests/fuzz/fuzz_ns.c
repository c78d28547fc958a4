/*
 * Name service packets from anywhere: read, written, read again, and every record walked.
 */
#include "tests/fuzz/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_same_records(const nbt_msg *a, const nbt_msg *b)
{
    const nbt_ns *m = &a->u.ns, *n = &b->u.ns;
    assert(m->trn_id == n->trn_id && m->word == n->word && m->qdcount == n->qdcount);
    assert(m->ancount == n->ancount && m->nscount == n->nscount && m->arcount == n->arcount);
    assert(m->nrr == n->nrr && m->rr_pointer == n->rr_pointer);
    if (m->qdcount == 1)
        assert(nbt_name_eq(&m->q.name, &n->q.name) && m->q.type == n->q.type &&
               m->q.cls == n->q.cls);
    for (size_t i = 0; i < m->nrr; i++) {
        const nbt_rr *x = &m->rr[i], *y = &n->rr[i];
        assert(nbt_name_eq(&x->name, &y->name) && x->type == y->type && x->cls == y->cls);
        assert(x->ttl == y->ttl && x->rdata.n == y->rdata.n);
        assert(x->rdata.n == 0 || memcmp(x->rdata.p, y->rdata.p, x->rdata.n) == 0);
    }
    assert(nbt_ns_kind_of(m) == nbt_ns_kind_of(n));
}

/* The typed readers, on whatever type of record. */
static void walk_record(const nbt_rr *rr)
{
    for (size_t i = 0; i < nbt_addr_count(rr); i++)
        (void)nbt_addr_get(rr, i);
    for (size_t i = 0; i < nbt_status_count(rr); i++)
        (void)nbt_status_get(rr, i);
    nbt_statistics st;
    (void)nbt_status_statistics(rr, &st);
    (void)nbt_wack_word(rr);
}

/* What nbt/ns.h promises of a kind. */
static void check_promise(const nbt_ns *m)
{
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    assert(nbt_ns_kind_word(kind) && nbt_ns_kind_section(kind));
    assert(nbt_ns_name(m) || kind == NBT_NS_OTHER || kind == NBT_NS_NEGATIVE_QUERY);
    bool request = !(m->word & NBT_NS_R), claim = kind <= NBT_NS_REFRESH ||
                                                  kind == NBT_NS_RELEASE_REQUEST ||
                                                  kind == NBT_NS_RELEASE_DEMAND;
    if (claim)
        assert(request && m->qdcount == 1 && m->nrr == 1 && nbt_addr_count(&m->rr[0]) > 0);
    if (kind == NBT_NS_CONFLICT_DEMAND)
        assert(nbt_addr_get(&m->rr[0], 0).ip == 0);
    if (kind == NBT_NS_REDIRECT)
        assert(m->nrr == 2 && m->rr[1].rdata.n == 4);
    if (kind == NBT_NS_WACK)
        assert(m->rr[0].rdata.n == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    nbt_msg m;
    if (!fuzz_message(&m, NBT_SERVICE_NAME, bytes, len, check_same_records))
        return 0;
    for (size_t i = 0; i < m.u.ns.nrr; i++)
        walk_record(&m.u.ns.rr[i]);
    check_promise(&m.u.ns);
    return 0;
}
