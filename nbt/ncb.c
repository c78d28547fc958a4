/*
 * The messages of the driver's socket and the structures that ADAPTER STATUS, SESSION STATUS and
 * FIND NAME return: read and written. Never a command's meaning: that is the computer's.
 */
#include "nbt/ncb.h"

#include <string.h>

static void name_rd(nbt_rd *r, uint8_t name[NBT_NAME_LEN], const char *field)
{
    const uint8_t *p = nbt_rd_take(r, NBT_NAME_LEN, field);
    if (p)
        memcpy(name, p, NBT_NAME_LEN);
}

static void name_wr(nbt_wr *w, const uint8_t name[NBT_NAME_LEN], const char *field)
{
    nbt_wr_bytes(w, name, NBT_NAME_LEN, field);
}

void nbt_ipc_rd(nbt_rd *r, nbt_ipc *m)
{
    size_t start = r->at;
    nbt_ipc in = { 0 };
    if (nbt_rd_u8(r, "version") != NBT_IPC_VERSION)
        nbt_rd_fail(r, NBT_ERR_VALUE, start, "version");
    uint8_t kind = nbt_rd_u8(r, "kind");
    if (kind < NBT_IPC_SUBMIT || kind > NBT_IPC_DONE)
        nbt_rd_fail(r, NBT_ERR_VALUE, start + 1, "kind");
    in.kind = (nbt_ipc_kind)kind;
    (void)nbt_rd_u16(r, "zero");
    in.tag = nbt_rd_u32(r, "tag");
    in.ncb.command = nbt_rd_u8(r, "NCB_COMMAND");
    in.ncb.retcode = nbt_rd_u8(r, "NCB_RETCODE");
    in.ncb.lsn = nbt_rd_u8(r, "NCB_LSN");
    in.ncb.num = nbt_rd_u8(r, "NCB_NUM");
    in.ncb.lana = nbt_rd_u8(r, "NCB_LANA_NUM");
    in.ncb.rto = nbt_rd_u8(r, "NCB_RTO");
    in.ncb.sto = nbt_rd_u8(r, "NCB_STO");
    in.ncb.lsn = (uint16_t)(in.ncb.lsn | nbt_rd_u8(r, "upper NCB_LSN") << 8);
    name_rd(r, in.ncb.callname, "NCB_CALLNAME");
    name_rd(r, in.ncb.name, "NCB_NAME");
    in.ncb.length = nbt_rd_u32(r, "NCB_LENGTH");
    in.ncb.chain_length = nbt_rd_u32(r, "chain length");
    in.ncb.target = nbt_rd_u32(r, "target tag");
    (void)nbt_rd_u32(r, "zero");
    in.data = nbt_rd_bytes(r, nbt_rd_left(r), "data");
    if (!r->err)
        *m = in;
}

void nbt_ipc_wr(nbt_wr *w, const nbt_ipc *m)
{
    nbt_wr_u8(w, NBT_IPC_VERSION, "version");
    nbt_wr_u8(w, m->kind, "kind");
    nbt_wr_u16(w, 0, "zero");
    nbt_wr_u32(w, m->tag, "tag");
    nbt_wr_u8(w, m->ncb.command, "NCB_COMMAND");
    nbt_wr_u8(w, m->ncb.retcode, "NCB_RETCODE");
    nbt_wr_u8(w, m->ncb.lsn & 0xFF, "NCB_LSN");
    nbt_wr_u8(w, m->ncb.num, "NCB_NUM");
    nbt_wr_u8(w, m->ncb.lana, "NCB_LANA_NUM");
    nbt_wr_u8(w, m->ncb.rto, "NCB_RTO");
    nbt_wr_u8(w, m->ncb.sto, "NCB_STO");
    nbt_wr_u8(w, m->ncb.lsn >> 8, "upper NCB_LSN");
    name_wr(w, m->ncb.callname, "NCB_CALLNAME");
    name_wr(w, m->ncb.name, "NCB_NAME");
    nbt_wr_u32(w, m->ncb.length, "NCB_LENGTH");
    nbt_wr_u32(w, m->ncb.chain_length, "chain length");
    nbt_wr_u32(w, m->ncb.target, "target tag");
    nbt_wr_u32(w, 0, "zero");
    nbt_wr_bytes(w, m->data.p, m->data.n, "data");
}

/* ADAPTER_STATUS of nb30.h; the two fields it calls reserved0 and reserved1 are zero. */
void nbt_astat_rd(nbt_rd *r, nbt_astat *s)
{
    nbt_astat in = { 0 };
    const uint8_t *address = nbt_rd_take(r, sizeof in.adapter_address, "adapter_address");
    if (address)
        memcpy(in.adapter_address, address, sizeof in.adapter_address);
    in.rev_major = nbt_rd_u8(r, "rev_major");
    (void)nbt_rd_u8(r, "reserved0");
    in.adapter_type = nbt_rd_u8(r, "adapter_type");
    in.rev_minor = nbt_rd_u8(r, "rev_minor");
    in.duration = nbt_rd_u16(r, "duration");
    in.frmr_recv = nbt_rd_u16(r, "frmr_recv");
    in.frmr_xmit = nbt_rd_u16(r, "frmr_xmit");
    in.iframe_recv_err = nbt_rd_u16(r, "iframe_recv_err");
    in.xmit_aborts = nbt_rd_u16(r, "xmit_aborts");
    in.xmit_success = nbt_rd_u32(r, "xmit_success");
    in.recv_success = nbt_rd_u32(r, "recv_success");
    in.iframe_xmit_err = nbt_rd_u16(r, "iframe_xmit_err");
    in.recv_buff_unavail = nbt_rd_u16(r, "recv_buff_unavail");
    in.t1_timeouts = nbt_rd_u16(r, "t1_timeouts");
    in.ti_timeouts = nbt_rd_u16(r, "ti_timeouts");
    (void)nbt_rd_u32(r, "reserved1");
    in.free_ncbs = nbt_rd_u16(r, "free_ncbs");
    in.max_cfg_ncbs = nbt_rd_u16(r, "max_cfg_ncbs");
    in.max_ncbs = nbt_rd_u16(r, "max_ncbs");
    in.xmit_buf_unavail = nbt_rd_u16(r, "xmit_buf_unavail");
    in.max_dgram_size = nbt_rd_u16(r, "max_dgram_size");
    in.pending_sess = nbt_rd_u16(r, "pending_sess");
    in.max_cfg_sess = nbt_rd_u16(r, "max_cfg_sess");
    in.max_sess = nbt_rd_u16(r, "max_sess");
    in.max_sess_pkt_size = nbt_rd_u16(r, "max_sess_pkt_size");
    in.name_count = nbt_rd_u16(r, "name_count");
    if (!r->err)
        *s = in;
}

void nbt_astat_wr(nbt_wr *w, const nbt_astat *s)
{
    nbt_wr_bytes(w, s->adapter_address, sizeof s->adapter_address, "adapter_address");
    nbt_wr_u8(w, s->rev_major, "rev_major");
    nbt_wr_u8(w, 0, "reserved0");
    nbt_wr_u8(w, s->adapter_type, "adapter_type");
    nbt_wr_u8(w, s->rev_minor, "rev_minor");
    nbt_wr_u16(w, s->duration, "duration");
    nbt_wr_u16(w, s->frmr_recv, "frmr_recv");
    nbt_wr_u16(w, s->frmr_xmit, "frmr_xmit");
    nbt_wr_u16(w, s->iframe_recv_err, "iframe_recv_err");
    nbt_wr_u16(w, s->xmit_aborts, "xmit_aborts");
    nbt_wr_u32(w, s->xmit_success, "xmit_success");
    nbt_wr_u32(w, s->recv_success, "recv_success");
    nbt_wr_u16(w, s->iframe_xmit_err, "iframe_xmit_err");
    nbt_wr_u16(w, s->recv_buff_unavail, "recv_buff_unavail");
    nbt_wr_u16(w, s->t1_timeouts, "t1_timeouts");
    nbt_wr_u16(w, s->ti_timeouts, "ti_timeouts");
    nbt_wr_u32(w, 0, "reserved1");
    nbt_wr_u16(w, s->free_ncbs, "free_ncbs");
    nbt_wr_u16(w, s->max_cfg_ncbs, "max_cfg_ncbs");
    nbt_wr_u16(w, s->max_ncbs, "max_ncbs");
    nbt_wr_u16(w, s->xmit_buf_unavail, "xmit_buf_unavail");
    nbt_wr_u16(w, s->max_dgram_size, "max_dgram_size");
    nbt_wr_u16(w, s->pending_sess, "pending_sess");
    nbt_wr_u16(w, s->max_cfg_sess, "max_cfg_sess");
    nbt_wr_u16(w, s->max_sess, "max_sess");
    nbt_wr_u16(w, s->max_sess_pkt_size, "max_sess_pkt_size");
    nbt_wr_u16(w, s->name_count, "name_count");
}

/* NAME_BUFFER. */
void nbt_astat_name_rd(nbt_rd *r, nbt_astat_name *n)
{
    nbt_astat_name in = { 0 };
    name_rd(r, in.name, "name");
    in.num = nbt_rd_u8(r, "name_num");
    in.flags = nbt_rd_u8(r, "name_flags");
    if (!r->err)
        *n = in;
}

void nbt_astat_name_wr(nbt_wr *w, const nbt_astat_name *n)
{
    name_wr(w, n->name, "name");
    nbt_wr_u8(w, n->num, "name_num");
    nbt_wr_u8(w, n->flags, "name_flags");
}

/* SESSION_HEADER. */
void nbt_sstat_head_rd(nbt_rd *r, nbt_sstat_head *h)
{
    nbt_sstat_head in = { 0 };
    in.num = nbt_rd_u8(r, "sess_name");
    in.sessions = nbt_rd_u8(r, "num_sess");
    in.dgram_receives = nbt_rd_u8(r, "rcv_dg_outstanding");
    in.any_receives = nbt_rd_u8(r, "rcv_any_outstanding");
    if (!r->err)
        *h = in;
}

void nbt_sstat_head_wr(nbt_wr *w, const nbt_sstat_head *h)
{
    nbt_wr_u8(w, h->num, "sess_name");
    nbt_wr_u8(w, h->sessions, "num_sess");
    nbt_wr_u8(w, h->dgram_receives, "rcv_dg_outstanding");
    nbt_wr_u8(w, h->any_receives, "rcv_any_outstanding");
}

/* SESSION_BUFFER. */
void nbt_sstat_session_rd(nbt_rd *r, nbt_sstat_session *s)
{
    nbt_sstat_session in = { 0 };
    in.lsn = nbt_rd_u8(r, "lsn");
    in.state = nbt_rd_u8(r, "state");
    name_rd(r, in.local, "local_name");
    name_rd(r, in.remote, "remote_name");
    in.receives = nbt_rd_u8(r, "rcvs_outstanding");
    in.sends = nbt_rd_u8(r, "sends_outstanding");
    if (!r->err)
        *s = in;
}

void nbt_sstat_session_wr(nbt_wr *w, const nbt_sstat_session *s)
{
    nbt_wr_u8(w, s->lsn, "lsn");
    nbt_wr_u8(w, s->state, "state");
    name_wr(w, s->local, "local_name");
    name_wr(w, s->remote, "remote_name");
    nbt_wr_u8(w, s->receives, "rcvs_outstanding");
    nbt_wr_u8(w, s->sends, "sends_outstanding");
}

/* FIND_NAME_HEADER. */
void nbt_find_rd(nbt_rd *r, nbt_find *f)
{
    uint16_t nodes = nbt_rd_u16(r, "node_count");
    (void)nbt_rd_u8(r, "reserved");
    uint8_t group = nbt_rd_u8(r, "unique_group");
    if (!r->err)
        *f = (nbt_find){ .nodes = nodes, .group = group != 0 };
}

void nbt_find_wr(nbt_wr *w, const nbt_find *f)
{
    nbt_wr_u16(w, f->nodes, "node_count");
    nbt_wr_u8(w, 0, "reserved");
    nbt_wr_u8(w, f->group, "unique_group");
}

/*
 * FIND_NAME_BUFFER: length, access_control, frame_control, destination_addr[6], source_addr[6],
 * routing_info[18]. Only the address means something here.
 */
enum { FIND_BEFORE_SOURCE = 9, FIND_BEHIND_IP = 20 };

uint32_t nbt_find_node_rd(nbt_rd *r)
{
    (void)nbt_rd_take(r, FIND_BEFORE_SOURCE, "destination_addr");
    uint32_t ip = nbt_rd_u32(r, "source_addr");
    (void)nbt_rd_take(r, FIND_BEHIND_IP, "routing_info");
    return r->err ? 0 : ip;
}

void nbt_find_node_wr(nbt_wr *w, uint32_t ip)
{
    (void)nbt_wr_room(w, FIND_BEFORE_SOURCE, "destination_addr");
    nbt_wr_u32(w, ip, "source_addr");
    (void)nbt_wr_room(w, FIND_BEHIND_IP, "routing_info");
}
