/*
 * Any message of the three services. What could not be read is kept as bytes, never dropped.
 */
#include "nbt/msg.h"

static void fields_rd(nbt_rd *r, nbt_msg *m)
{
    switch (m->service) {
    case NBT_SERVICE_NAME:
        nbt_ns_rd(r, &m->u.ns);
        return;
    case NBT_SERVICE_DATAGRAM:
        nbt_dgm_rd(r, &m->u.dgm);
        return;
    case NBT_SERVICE_SESSION:
        nbt_ssn_rd(r, &m->u.ssn);
        return;
    }
}

static void fields_wr(nbt_wr *w, const nbt_msg *m)
{
    switch (m->service) {
    case NBT_SERVICE_NAME:
        nbt_ns_wr(w, &m->u.ns);
        return;
    case NBT_SERVICE_DATAGRAM:
        nbt_dgm_wr(w, &m->u.dgm);
        return;
    case NBT_SERVICE_SESSION:
        nbt_ssn_wr(w, &m->u.ssn);
        return;
    }
}

/*
 * Whether the fields give the bytes again. Not by writing them, which would cost as much as
 * reading: the readers keep every bit but the few that nbt/ns.h names, and those are noted as they
 * are read. The fuzz targets hold this against what writing gives.
 */
static bool fields_say_all(const nbt_msg *m)
{
    switch (m->service) {
    case NBT_SERVICE_NAME:
        return !m->u.ns.inexact;
    case NBT_SERVICE_DATAGRAM:
    case NBT_SERVICE_SESSION:
        return true; /* no pointers, no over-long names (RFC 1002 4.1) */
    }
    return false;
}

/* A name packet that is well, but for octets behind its end. */
static bool is_trailer(const nbt_rd *r, nbt_service service)
{
    return service == NBT_SERVICE_NAME && r->err == NBT_ERR_EXTRA && r->at == r->err_at;
}

/*
 * It says all that one without them says, which ends at `end` and whose fields are noted already.
 * Windows takes it; who must refuse it looks at the trailer.
 */
static bool read_without_trailer(nbt_msg *m, nbt_bytes all, size_t end, nbt_spans *spans)
{
    bool good = nbt_msg_rd(m, NBT_SERVICE_NAME, all.p, end);
    m->u.ns.trailer = all.n - end;
    m->u.ns.inexact = true;
    m->exact = false;
    m->bytes = all;
    if (spans)
        nbt_spans_add(spans, end, all.n - end, "TRAILER");
    return good;
}

bool nbt_msg_rd_note(nbt_msg *m, nbt_service service, const uint8_t *p, size_t n, nbt_spans *spans)
{
    nbt_rd r;
    nbt_rd_init(&r, p, n);
    r.spans = spans;
    m->service = service;
    fields_rd(&r, m);
    if (is_trailer(&r, service))
        return read_without_trailer(m, (nbt_bytes){ p, n }, r.err_at, spans);
    m->err = r.err;
    m->err_at = r.err_at;
    m->err_field = r.err_field;
    m->exact = !r.err && fields_say_all(m);
    m->bytes = (nbt_bytes){ p, n };
    return !r.err;
}

static const nbt_name *dgm_name(const nbt_dgm *m)
{
    switch ((enum nbt_dgm_type)m->type) {
    case NBT_DGM_UNIQUE:
    case NBT_DGM_GROUP:
    case NBT_DGM_BROADCAST:
        return m->flags & NBT_DGM_FIRST ? &m->to : NULL;
    case NBT_DGM_QUERY:
    case NBT_DGM_POSITIVE_QUERY:
    case NBT_DGM_NEGATIVE_QUERY:
        return &m->to;
    case NBT_DGM_ERROR:
        return NULL;
    }
    return NULL;
}

const nbt_name *nbt_msg_name(const nbt_msg *m)
{
    if (m->err)
        return NULL;
    switch (m->service) {
    case NBT_SERVICE_NAME:
        return nbt_ns_name(&m->u.ns);
    case NBT_SERVICE_DATAGRAM:
        return dgm_name(&m->u.dgm);
    case NBT_SERVICE_SESSION:
        return m->u.ssn.type == NBT_SSN_REQUEST ? &m->u.ssn.called : NULL;
    }
    return NULL;
}

void nbt_msg_wr(nbt_wr *w, const nbt_msg *m)
{
    if (m->err || (!m->exact && m->bytes.p))
        nbt_wr_bytes(w, m->bytes.p, m->bytes.n, "raw");
    else
        fields_wr(w, m);
}
