/*
 * Computers and name servers as objects of the simulated network.
 */
#include "nbt/simnet.h"

/* --- a computer --------------------------------------------------------------------------- */

static void computer_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to,
                        nbt_bytes data, nbt_out *out)
{
    if (to.port == NBT_PORT_NS || to.port == NBT_PORT_DGM)
        nbt_computer_rx(obj, now, lana, from, to, data, out);
}

static void computer_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    nbt_computer_tcp(obj, now, ev, out);
}

static void computer_submit(void *obj, nbt_time now, uint32_t proc, uint32_t tag,
                            const nbt_ncb *ncb, nbt_bytes data, nbt_out *out)
{
    nbt_computer_do(obj, now, proc, tag, ncb, data, out);
}

static uint64_t computer_hears(const void *obj, uint8_t lana)
{
    return nbt_computer_hears(obj, lana);
}

static void computer_overheard(void *obj, uint8_t lana, const nbt_overheard *o)
{
    nbt_computer_overheard(obj, lana, o);
}

static void computer_gone(void *obj, nbt_time now, uint32_t proc, nbt_out *out)
{
    nbt_computer_gone(obj, now, proc, out);
}

static void computer_tick(void *obj, nbt_time now, nbt_out *out)
{
    nbt_computer_tick(obj, now, out);
}

static nbt_time computer_due(const void *obj)
{
    return nbt_computer_due(obj);
}

const nbt_simnet_ops nbt_simnet_computer = {
    .rx = computer_rx,
    .hears = computer_hears,
    .overheard = computer_overheard,
    .tcp = computer_tcp,
    .submit = computer_submit,
    .gone = computer_gone,
    .tick = computer_tick,
    .due = computer_due,
};

/* --- a name server ------------------------------------------------------------------------ */

static void nbns_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                    nbt_out *out)
{
    if (to.port == NBT_PORT_NS)
        nbt_nbns_rx(obj, now, lana, from, to, data, out);
}

static void nbns_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    nbt_nbns_tcp(obj, now, ev, out);
}

static void nbns_tick(void *obj, nbt_time now, nbt_out *out)
{
    nbt_nbns_tick(obj, now, out);
}

static nbt_time nbns_due(const void *obj)
{
    return nbt_nbns_due(obj);
}

const nbt_simnet_ops nbt_simnet_nbns = {
    .rx = nbns_rx, .tcp = nbns_tcp, .tick = nbns_tick, .due = nbns_due
};
