/*
 * The entrances of viewers and agents, as the network calls them.
 */
#include "tools/scene/simrc.h"

#include "rc/agent.h"
#include "rc/viewer.h"

#include <assert.h>

static void viewer_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    rc_viewer_tcp(obj, now, ev, out);
}

static void viewer_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                      nbt_out *out)
{
    (void)lana;
    rc_viewer_rx(obj, now, from, to, data, out);
}

static void agent_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                     nbt_out *out)
{
    (void)lana;
    rc_agent_rx(obj, now, from, to, data, out);
}

static void viewer_ncb(void *obj, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                       nbt_bytes data, nbt_out *out)
{
    assert(kind == NBT_IPC_DONE); /* all its commands are in the wait form */
    rc_viewer_ncb(obj, now, tag, ncb, data, out);
}

static void viewer_gone(void *obj, nbt_time now, uint32_t proc, nbt_out *out)
{
    (void)proc;
    rc_viewer_gone(obj, now, out);
}

static void viewer_tick(void *obj, nbt_time now, nbt_out *out)
{
    rc_viewer_tick(obj, now, out);
}

static nbt_time viewer_due(const void *obj)
{
    return rc_viewer_due(obj);
}

static void agent_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    rc_agent_tcp(obj, now, ev, out);
}

static void agent_ncb(void *obj, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                      nbt_bytes data, nbt_out *out)
{
    assert(kind == NBT_IPC_DONE);
    rc_agent_ncb(obj, now, tag, ncb, data, out);
}

static void agent_gone(void *obj, nbt_time now, uint32_t proc, nbt_out *out)
{
    (void)proc;
    rc_agent_gone(obj, now, out);
}

static void agent_tick(void *obj, nbt_time now, nbt_out *out)
{
    rc_agent_tick(obj, now, out);
}

static nbt_time agent_due(const void *obj)
{
    return rc_agent_due(obj);
}

const nbt_simnet_ops simrc_viewer = { .rx = viewer_rx,
                                      .tcp = viewer_tcp,
                                      .ncb = viewer_ncb,
                                      .gone = viewer_gone,
                                      .tick = viewer_tick,
                                      .due = viewer_due };
const nbt_simnet_ops simrc_agent = { .rx = agent_rx,
                                     .tcp = agent_tcp,
                                     .ncb = agent_ncb,
                                     .gone = agent_gone,
                                     .tick = agent_tick,
                                     .due = agent_due };
