/*
 * Datagram service packets, read and written side by side. Fragments are not put together here.
 */
#include "nbt/dgm.h"

static const char source_name[] = "SOURCE_NAME", destination_name[] = "DESTINATION_NAME";

/*
 * The first ten octets, which all seven types have, RFC 1002 4.4.1
 *
 *   MSG_TYPE | FLAGS | DGM_ID | SOURCE_IP | SOURCE_PORT
 */
static void header_rd(nbt_rd *r, nbt_dgm *m)
{
    m->type = nbt_rd_u8(r, "MSG_TYPE");
    m->flags = nbt_rd_u8(r, "FLAGS");
    m->id = nbt_rd_u16(r, "DGM_ID");
    m->source.ip = nbt_rd_u32(r, "SOURCE_IP");
    m->source.port = nbt_rd_u16(r, "SOURCE_PORT");
}

static void header_wr(nbt_wr *w, const nbt_dgm *m)
{
    nbt_wr_u8(w, m->type, "MSG_TYPE");
    nbt_wr_u8(w, m->flags, "FLAGS");
    nbt_wr_u16(w, m->id, "DGM_ID");
    nbt_wr_u32(w, m->source.ip, "SOURCE_IP");
    nbt_wr_u16(w, m->source.port, "SOURCE_PORT");
}

/*
 * DIRECT_UNIQUE, DIRECT_GROUP and BROADCAST DATAGRAM, RFC 1002 4.4.2. The names are in the first
 * fragment only.
 *
 *   ... | DGM_LENGTH | PACKET_OFFSET | SOURCE_NAME | DESTINATION_NAME | USER_DATA
 */
static void message_rd(nbt_rd *r, nbt_dgm *m)
{
    m->length = nbt_rd_u16(r, "DGM_LENGTH");
    m->offset = nbt_rd_u16(r, "PACKET_OFFSET");
    if (m->flags & NBT_DGM_FIRST) {
        nbt_name_rd(r, &m->from, 0, source_name);
        nbt_name_rd(r, &m->to, 0, destination_name);
    }
    m->data = nbt_rd_bytes(r, nbt_rd_left(r), "USER_DATA");
}

static void message_wr(nbt_wr *w, const nbt_dgm *m)
{
    nbt_wr_u16(w, m->length, "DGM_LENGTH");
    nbt_wr_u16(w, m->offset, "PACKET_OFFSET");
    if (m->flags & NBT_DGM_FIRST) {
        nbt_name_wr(w, &m->from, source_name);
        nbt_name_wr(w, &m->to, destination_name);
    }
    nbt_wr_bytes(w, m->data.p, m->data.n, "USER_DATA");
}

/* What follows the ten octets, by type: 4.4.2, 4.4.3 (a code), 4.4.4 and 4.4.5 (a name). */
static void body_rd(nbt_rd *r, nbt_dgm *m)
{
    switch ((enum nbt_dgm_type)m->type) {
    case NBT_DGM_UNIQUE:
    case NBT_DGM_GROUP:
    case NBT_DGM_BROADCAST:
        message_rd(r, m);
        return;
    case NBT_DGM_ERROR:
        m->code = nbt_rd_u8(r, "ERROR_CODE");
        return;
    case NBT_DGM_QUERY:
    case NBT_DGM_POSITIVE_QUERY:
    case NBT_DGM_NEGATIVE_QUERY:
        nbt_name_rd(r, &m->to, 0, destination_name);
        return;
    }
}

static void body_wr(nbt_wr *w, const nbt_dgm *m)
{
    switch ((enum nbt_dgm_type)m->type) {
    case NBT_DGM_UNIQUE:
    case NBT_DGM_GROUP:
    case NBT_DGM_BROADCAST:
        message_wr(w, m);
        return;
    case NBT_DGM_ERROR:
        nbt_wr_u8(w, m->code, "ERROR_CODE");
        return;
    case NBT_DGM_QUERY:
    case NBT_DGM_POSITIVE_QUERY:
    case NBT_DGM_NEGATIVE_QUERY:
        nbt_name_wr(w, &m->to, destination_name);
        return;
    }
    nbt_wr_fail(w, NBT_ERR_VALUE, "MSG_TYPE");
}

void nbt_dgm_rd(nbt_rd *r, nbt_dgm *m)
{
    size_t from = r->at;
    m->length = m->offset = 0;
    m->code = 0;
    m->data = (nbt_bytes){ NULL, 0 };
    header_rd(r, m);
    if (!nbt_code_find(NBT_CODESET_DGM_TYPE, m->type))
        nbt_rd_fail(r, NBT_ERR_VALUE, from, "MSG_TYPE");
    body_rd(r, m);
    if (nbt_rd_left(r) > 0)
        nbt_rd_fail(r, NBT_ERR_EXTRA, r->at, "TRAILER");
}

uint8_t nbt_dgm_name_error(const nbt_rd *r)
{
    if (r->err == NBT_ERR_SHORT)
        return 0; /* half of a packet is nobody's mistake in a name */
    if (r->err_field == source_name)
        return NBT_DGM_CODE_BAD_SOURCE;
    return r->err_field == destination_name ? NBT_DGM_CODE_BAD_DESTINATION : 0;
}

void nbt_dgm_wr(nbt_wr *w, const nbt_dgm *m)
{
    header_wr(w, m);
    body_wr(w, m);
}

size_t nbt_dgm_length(const nbt_name *from, const nbt_name *to, size_t data)
{
    return nbt_name_size(from) + nbt_name_size(to) + data;
}
