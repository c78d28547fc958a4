/*
 * Computers, name servers, and what is both, as objects of the simulated network.
 */
#include "nbt/both.h"
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

static nbt_heard computer_hears(const void *obj, uint8_t lana)
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

/* --- a datagram distribution server ------------------------------------------------------- */

static void nbdd_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                    nbt_out *out)
{
    if (to.port == NBT_PORT_DGM)
        nbt_nbdd_rx(obj, now, lana, from, to, data, out);
}

static void nbdd_tick(void *obj, nbt_time now, nbt_out *out)
{
    (void)out;
    nbt_nbdd_tick(obj, now);
}

static nbt_time nbdd_due(const void *obj)
{
    return nbt_nbdd_due(obj);
}

const nbt_simnet_ops nbt_simnet_nbdd = { .rx = nbdd_rx, .tick = nbdd_tick, .due = nbdd_due };

/* --- both --------------------------------------------------------------------------------- */

static nbt_both whose(const nbt_simboth *b, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    uint32_t own = nbt_node_cfg(nbt_computer_lana(b->computer, lana))->ip;
    return nbt_both_whose(b->server, own, from, to, data);
}

static void both_computer_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to,
                             nbt_bytes data, nbt_out *out)
{
    nbt_simboth *b = obj;
    if (to.port != NBT_PORT_NS || whose(b, lana, from, to, data) == NBT_BOTH_NODE)
        computer_rx(b->computer, now, lana, from, to, data, out);
}

static void both_computer_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    computer_tcp(((nbt_simboth *)obj)->computer, now, ev, out);
}

static void both_computer_submit(void *obj, nbt_time now, uint32_t proc, uint32_t tag,
                                 const nbt_ncb *ncb, nbt_bytes data, nbt_out *out)
{
    computer_submit(((nbt_simboth *)obj)->computer, now, proc, tag, ncb, data, out);
}

static nbt_heard both_computer_hears(const void *obj, uint8_t lana)
{
    return computer_hears(((const nbt_simboth *)obj)->computer, lana);
}

static void both_computer_overheard(void *obj, uint8_t lana, const nbt_overheard *o)
{
    computer_overheard(((nbt_simboth *)obj)->computer, lana, o);
}

static void both_computer_gone(void *obj, nbt_time now, uint32_t proc, nbt_out *out)
{
    computer_gone(((nbt_simboth *)obj)->computer, now, proc, out);
}

static void both_computer_tick(void *obj, nbt_time now, nbt_out *out)
{
    computer_tick(((nbt_simboth *)obj)->computer, now, out);
}

static nbt_time both_computer_due(const void *obj)
{
    return computer_due(((const nbt_simboth *)obj)->computer);
}

const nbt_simnet_ops nbt_simnet_both_computer = {
    .rx = both_computer_rx,
    .hears = both_computer_hears,
    .overheard = both_computer_overheard,
    .tcp = both_computer_tcp,
    .submit = both_computer_submit,
    .gone = both_computer_gone,
    .tick = both_computer_tick,
    .due = both_computer_due,
};

static void both_server_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to,
                           nbt_bytes data, nbt_out *out)
{
    nbt_simboth *b = obj;
    if (to.port == NBT_PORT_NS && whose(b, lana, from, to, data) == NBT_BOTH_SERVER)
        nbt_nbns_rx(b->server, now, lana, from, to, data, out);
}

/* It ignores broadcasts. */
static nbt_heard both_server_hears(const void *obj, uint8_t lana)
{
    (void)obj;
    (void)lana;
    return (nbt_heard){ .w = { 0 } };
}

static void both_server_overheard(void *obj, uint8_t lana, const nbt_overheard *o)
{
    (void)obj;
    (void)lana;
    (void)o;
}

static void both_server_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    nbns_tcp(((nbt_simboth *)obj)->server, now, ev, out);
}

static void both_server_tick(void *obj, nbt_time now, nbt_out *out)
{
    nbns_tick(((nbt_simboth *)obj)->server, now, out);
}

static nbt_time both_server_due(const void *obj)
{
    return nbns_due(((const nbt_simboth *)obj)->server);
}

const nbt_simnet_ops nbt_simnet_both_server = {
    .rx = both_server_rx,
    .hears = both_server_hears,
    .overheard = both_server_overheard,
    .tcp = both_server_tcp,
    .tick = both_server_tick,
    .due = both_server_due,
};
