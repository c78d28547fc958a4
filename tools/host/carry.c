/*
 * From actions to the network and to programs, a list at a time.
 */
#include "tools/host/carry.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tools/host/mem.h"

void host_carry_init(host_carry *c, const host_carry_cfg *cfg)
{
    *c = (host_carry){ .cfg = *cfg };
    host_outs_init(&c->outs, host_mem());
}

void host_carry_fini(host_carry *c)
{
    host_outs_fini(&c->outs);
}

/* `*to` is whose answers wait to be sent. */
static void answer(const host_carry *c, const nbt_act *act, nbt_bytes data, host_ncbsrv **to)
{
    bool done = act->kind == NBT_ACT_DONE && c->cfg.done;
    if (done && c->cfg.done(c->cfg.ctx, act, data))
        return;
    host_ncbsrv *srv = c->cfg.programs(c->cfg.ctx, act);
    if (*to && srv != *to)
        host_ncbsrv_flush(*to);
    *to = srv;
    if (srv)
        host_ncbsrv_answer(srv, act, data);
}

static void carry_one(host_carry *c, const nbt_act *act, nbt_bytes data, host_ncbsrv **to)
{
    switch (act->kind) {
    case NBT_ACT_SEND: /* all of a list's have been sent together */
        c->sent++;
        return;
    case NBT_ACT_TCP_OPEN: /* and so have these */
    case NBT_ACT_TCP_SEND:
    case NBT_ACT_TCP_HOLD:
    case NBT_ACT_TCP_RESUME:
    case NBT_ACT_TCP_CLOSE:
    case NBT_ACT_TCP_ABORT:
        return;
    case NBT_ACT_DONE:
    case NBT_ACT_ACCEPTED:
        answer(c, act, data, to);
        return;
    case NBT_ACT_TRACE:
        c->cfg.trace(c->cfg.ctx, act);
        return;
    case NBT_ACT_TCP_LISTEN:
    case NBT_ACT_NCB:
    case NBT_ACT_APP:
        assert(false); /* an application's */
    }
}

static void carry_list(void *ctx, const nbt_out *out)
{
    host_carry *c = ctx;
    host_ncbsrv *to = NULL;
    if (out->failed)
        c->cfg.log(c->cfg.ctx, "no memory: packets or answers are lost");
    host_udp_send(c->cfg.udp, out);
    host_tcp_carry(c->cfg.tcp, out);
    for (size_t i = 0; i < out->n; i++)
        carry_one(c, &out->acts[i], nbt_out_data(out, &out->acts[i]), &to);
    if (to)
        host_ncbsrv_flush(to);
}

void host_carry_out(host_carry *c)
{
    host_outs_carry(&c->outs, carry_list, c);
}

void host_carry_trouble(const host_carry *c, const char *interface, int error)
{
    char line[160];
    if (error)
        snprintf(line, sizeof line, "interface %s does not carry packets: %s", interface,
                 strerror(error));
    else
        snprintf(line, sizeof line, "interface %s carries packets again", interface);
    c->cfg.log(c->cfg.ctx, line);
}
