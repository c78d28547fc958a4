/*
 * Echo and sink.
 */
#include "tools/scene/peer.h"

#include <string.h>

typedef enum wish { RESET, ADD, LISTEN, RECEIVE, SEND } wish;

static void submit(const scene_peer *p, wish what, const nbt_ncb *given, nbt_bytes data,
                   nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_NCB, data.p, data.n);
    act->tag = SCENE_PEER_TAG | (uint32_t)what << 16 | given->lsn;
    act->ncb = *given;
    act->ncb.lana = p->lana;
}

static void receive(const scene_peer *p, uint16_t lsn, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE, .lsn = lsn, .length = NBT_SEND_MAX };
    submit(p, RECEIVE, &ncb, (nbt_bytes){ NULL, 0 }, out);
}

static void listen(const scene_peer *p, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_LISTEN };
    memcpy(ncb.name, p->name, NBT_NAME_LEN);
    ncb.callname[0] = '*';
    submit(p, LISTEN, &ncb, (nbt_bytes){ NULL, 0 }, out);
}

static void reset(const scene_peer *p, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_RESET };
    submit(p, RESET, &ncb, (nbt_bytes){ NULL, 0 }, out);
}

static void add(const scene_peer *p, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_ADD_NAME };
    memcpy(ncb.name, p->name, NBT_NAME_LEN);
    submit(p, ADD, &ncb, (nbt_bytes){ NULL, 0 }, out);
}

void scene_peer_start(const scene_peer *p, nbt_out *out)
{
    reset(p, out);
}

static void received(const scene_peer *p, uint16_t lsn, nbt_bytes data, nbt_out *out)
{
    if (!p->echoes) {
        receive(p, lsn, out);
        return;
    }
    nbt_ncb ncb = { .command = NBT_NCB_SEND, .lsn = lsn, .length = (uint32_t)data.n };
    submit(p, SEND, &ncb, data, out);
}

void scene_peer_ncb(const scene_peer *p, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                    nbt_out *out)
{
    if (ncb->retcode != NBT_NRC_GOODRET && ncb->retcode != NBT_NRC_INCOMP)
        return; /* a session has ended; or the name is refused, and all is over */
    switch ((wish)((tag & ~(uint32_t)SCENE_PEER_TAG) >> 16)) {
    case RESET:
        add(p, out);
        return;
    case ADD:
        listen(p, out);
        return;
    case LISTEN:
        receive(p, ncb->lsn, out);
        listen(p, out);
        return;
    case RECEIVE:
        received(p, ncb->lsn, data, out);
        return;
    case SEND:
        receive(p, ncb->lsn, out);
        return;
    }
}
