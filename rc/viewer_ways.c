/*
 * A viewer's way to its client: the name, then one transport after the other. It never looks at
 * what the client says.
 */
#include "rc/viewer_impl.h"

#include <string.h>

#include "rc/names.h"

static void try_step(rc_viewer *v, nbt_time now, nbt_out *out);
static void no_address(rc_viewer *v, nbt_time now, nbt_out *out);
static void try_address(rc_viewer *v, nbt_time now, nbt_out *out);

static bool speaks(const rc_viewer *v, rc_transport transport)
{
    return v->protocols & 1u << transport;
}

static bool is_last_step(const rc_viewer *v)
{
    for (size_t i = v->step + 1; i < v->cfg.profile->nsteps; i++)
        if (speaks(v, v->cfg.profile->steps[i].transport))
            return false;
    return true;
}

static void say_more(const rc_viewer *v, nbt_out *out)
{
    if (v->cfg.profile->phases)
        rc_emit_say(out, RC_SAY_TRYING_MORE, v->client);
}

void rc_viewer_next_step(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (!is_last_step(v))
        say_more(v, out);
    v->step++;
    try_step(v, now, out);
}

void rc_viewer_missed(rc_viewer *v, rc_transport transport, const nbt_ncb *ncb, const char *why,
                      nbt_out *out)
{
    nbt_act *act = rc_emit(out, RC_APP_MISSED, transport, why);
    if (ncb)
        act->ncb = *ncb;
    else
        act->to = v->rights.peer;
}

/* Codes that are about the name we call from, not about whom we call. */
static bool is_own_name(uint8_t retcode)
{
    return retcode == NBT_NRC_NAMCONF || retcode == NBT_NRC_NOWILD || retcode == NBT_NRC_NAMERR;
}

/* Nobody is there, in contrast to: the driver cannot call now. */
static bool is_absence(uint8_t retcode)
{
    static const uint8_t absences[] = { NBT_NRC_NOCALL, NBT_NRC_REMTFUL, NBT_NRC_CMDTMO,
                                        NBT_NRC_SABORT, NBT_NRC_SCLOSED };
    return memchr(absences, retcode, sizeof absences) != NULL;
}

static void not_found(rc_viewer *v, nbt_time now, nbt_out *out)
{
    const nbt_ncb *ncb = v->missed.command ? &v->missed : NULL;
    rc_end end = RC_END_NOT_FOUND;
    rc_say say = v->cfg.profile->not_found;
    if (ncb && is_own_name(ncb->retcode)) {
        end = RC_END_NAME;
        say = v->cfg.profile->name_refused;
    } else if (ncb && !is_absence(ncb->retcode)) {
        end = RC_END_NETBIOS;
    }
    rc_viewer_fail_why(v, now, end, say, NULL, ncb, out);
}

static void call(rc_viewer *v, nbt_out *out)
{
    const rc_claimed *from = &v->claim.lanas[v->lana];
    nbt_ncb ncb = { .command = NBT_NCB_CALL, .lana = from->lana };
    memcpy(ncb.name, from->name, NBT_NAME_LEN);
    rc_name_make(ncb.callname, v->client, RC_SUFFIX_CLIENT);
    rc_emit(out, RC_APP_TRYING, RC_NETBIOS, NULL)->ncb = ncb;
    v->call = nbt_prog_submit(&v->tags, &ncb, NULL, 0, out);
    rc_viewer_enter(v, VIEWER_CALL, NBT_NEVER, out);
}

/* The next LANA at or after `from` that has the name; nlanas if there is none. */
static size_t lana_with_name(const rc_viewer *v, size_t from)
{
    while (from < v->claim.nlanas && v->claim.lanas[from].hold == RC_HOLD_NOT)
        from++;
    return from;
}

static void call_next(rc_viewer *v, nbt_time now, nbt_out *out)
{
    v->lana = lana_with_name(v, v->lana + 1);
    if (v->lana == v->claim.nlanas) {
        rc_viewer_next_step(v, now, out);
        return;
    }
    say_more(v, out);
    call(v, out);
}

rc_transport rc_viewer_socket(const rc_viewer *v)
{
    return v->cfg.profile->steps[v->step].transport;
}

void rc_viewer_connect(rc_viewer *v, rc_link *l, nbt_ep to, nbt_out *out)
{
    v->conn += 2;
    if (rc_viewer_socket(v) == RC_UDP)
        rc_link_stream(l, v->conn, v->cfg.here, to);
    else
        rc_link_connect(l, v->conn, to, out);
}

static void connect_to(rc_viewer *v, nbt_time now, nbt_out *out)
{
    nbt_ep to = { v->ip, v->cfg.profile->steps[v->step].rights_port };
    rc_emit(out, RC_APP_TRYING, rc_viewer_socket(v), NULL)->to = to;
    rc_viewer_connect(v, &v->rights, to, out);
    rc_viewer_enter(v, VIEWER_CONNECT, now + CONNECT_TIMEOUT, out);
}

/* The client's own name, as the network's name resolution has it (KB Q226297). */
static void find(rc_viewer *v, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_FIND_NAME,
                    .lana = v->claim.lanas[0].lana,
                    .length = NBT_FIND_HEAD_LEN + NBT_FIND_NODE_LEN };
    rc_name_make(ncb.callname, v->client, RC_SUFFIX_COMPUTER);
    rc_emit(out, RC_APP_TRYING, rc_viewer_socket(v), NULL)->ncb = ncb;
    nbt_prog_put(&v->find, &v->tags, &ncb, out);
    rc_viewer_enter(v, VIEWER_FIND, NBT_NEVER, out);
}

static void try_step(rc_viewer *v, nbt_time now, nbt_out *out)
{
    const rc_profile *profile = v->cfg.profile;
    while (v->step < profile->nsteps && !speaks(v, profile->steps[v->step].transport))
        v->step++;
    if (v->step == profile->nsteps) {
        not_found(v, now, out);
        return;
    }
    switch (profile->steps[v->step].transport) {
    case RC_NETBIOS:
        v->lana = lana_with_name(v, 0); /* one has it, or NetBIOS would not be spoken */
        call(v, out);
        return;
    case RC_TCP:
    case RC_UDP:
        v->address = 0;
        try_address(v, now, out);
        return;
    }
}

/* What nobody knew before is not asked again. */
static void try_address(rc_viewer *v, nbt_time now, nbt_out *out)
{
    uint32_t ip = v->addresses[v->address];
    v->ip = ip ? ip : v->named;
    if (v->ip)
        connect_to(v, now, out);
    else if (v->unnamed)
        rc_viewer_next_address(v, now, out);
    else if (v->no_driver)
        no_address(v, now, out);
    else
        find(v, out);
}

void rc_viewer_next_address(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (v->address + 1 < v->naddresses) {
        v->address++;
        try_address(v, now, out);
    } else {
        rc_viewer_next_step(v, now, out);
    }
}

/* Without an address there is no sense in the other ports either. */
static void no_address(rc_viewer *v, nbt_time now, nbt_out *out)
{
    rc_viewer_missed(v, rc_viewer_socket(v), &v->find.ncb, "no address is known", out);
    v->unnamed = true;
    if (v->naddresses == 1)
        v->protocols &= ~(unsigned)(RC_SPEAKS_TCP | RC_SPEAKS_UDP);
    rc_viewer_next_address(v, now, out);
}

void rc_viewer_found(rc_viewer *v, nbt_time now, nbt_bytes data, nbt_out *out)
{
    nbt_rd r;
    nbt_find head;
    nbt_rd_init(&r, data.p, data.n);
    nbt_find_rd(&r, &head);
    uint32_t ip = nbt_find_node_rd(&r);
    if (v->find.ncb.retcode == NBT_NRC_GOODRET && !r.err && head.nodes > 0 && ip != 0) {
        v->named = v->ip = ip;
        connect_to(v, now, out);
    } else {
        no_address(v, now, out);
    }
}

/* A transport has led to the client. A name that the session does not run under goes back now. */
void rc_viewer_settled(rc_viewer *v, nbt_time now, nbt_out *out)
{
    switch (v->cfg.keep) {
    case RC_KEEP_ATTEMPT:
        rc_claim_return(&v->claim, v->rights.transport == RC_NETBIOS ? v->rights.lana : -1,
                        &v->tags, out);
        break;
    case RC_KEEP_HELD:
        break;
    }
    rc_msg function = { .type = RC_MSG_FUNCTION, .function = v->cfg.function };
    if (v->cfg.function != RC_FUNCTION_CONTROL)
        rc_link_send(&v->rights, &v->tags, &function, out);
    rc_msg m = { .type = RC_MSG_RIGHTS,
                 .packings = RC_PACKINGS_ALL,
                 .user = { (const uint8_t *)v->user, strlen(v->user) } };
    memcpy(m.machine, v->claim.machine, NBT_NAME_LEN);
    rc_link_send(&v->rights, &v->tags, &m, out);
    rc_viewer_enter(v, VIEWER_RIGHTS, now + ANSWER_TIMEOUT, out);
}

void rc_viewer_called(rc_viewer *v, nbt_time now, const nbt_ncb *ncb, nbt_out *out)
{
    v->call = 0;
    if (ncb->retcode == NBT_NRC_GOODRET) {
        rc_link_netbios(&v->rights, &v->tags, ncb, out);
        rc_viewer_settled(v, now, out);
        return;
    }
    /* The one who added it gave it back, or his claim is not over yet: claim it ourselves. */
    const rc_claimed *from = &v->claim.lanas[v->lana];
    if (from->hold == RC_HOLD_SHARED && v->again < AGAIN_MAX &&
        (ncb->retcode == NBT_NRC_NOWILD || ncb->retcode == NBT_NRC_NAMERR)) {
        v->again++;
        rc_viewer_enter(v, VIEWER_CALL_AGAIN, now + AGAIN_PAUSE, out);
        return;
    }
    v->missed = *ncb;
    rc_viewer_missed(v, RC_NETBIOS, ncb, NULL, out);
    call_next(v, now, out);
}

/* The claim has ended, one way or the other. */
void rc_viewer_claimed(rc_viewer *v, nbt_time now, nbt_out *out)
{
    const rc_claim *c = &v->claim;
    if (c->state == RC_CLAIM_FAILED) {
        rc_claim_say(c, out);
        rc_viewer_fail_why(v, now, c->end, RC_SAYS, c->reason, rc_claim_failed(c), out);
        return;
    }
    if (v->state == VIEWER_CALL_AGAIN) {
        call(v, out);
        return;
    }
    if (c->cfg.want_name && rc_claim_count(c) == 0)
        v->protocols &= ~(unsigned)RC_SPEAKS_NETBIOS;
    if (v->protocols == 0) {
        rc_viewer_fail_why(v, now, RC_END_NAME, v->cfg.profile->name_refused, NULL, &c->ask.ncb,
                           out);
        return;
    }
    v->step = 0;
    try_step(v, now, out);
}

void rc_viewer_driver_gone(rc_viewer *v, nbt_time now, nbt_out *out)
{
    rc_viewer_fail_why(v, now, RC_END_NETBIOS, RC_SAYS, "there is no NetBIOS driver", NULL, out);
}

void rc_viewer_claim(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (v->no_driver && (v->protocols != v->cfg.protocols || !v->cfg.console)) {
        rc_viewer_driver_gone(v, now, out);
        return;
    }
    if (v->cfg.profile->phases)
        rc_emit_say(out, RC_SAY_LOCATING, v->client);
    rc_claim_cfg cfg = { .machine = v->cfg.console,
                         .want_name = speaks(v, RC_NETBIOS),
                         .suffix = RC_SUFFIX_CONSOLE,
                         .policy = v->cfg.policy,
                         .lanas = v->cfg.lanas,
                         .nlanas = v->cfg.nlanas,
                         .refused = v->cfg.profile->name_refused,
                         .about = v->client,
                         .nameless = "the driver holds no unique name with the suffix 00: give "
                                     "--console NAME" };
    rc_viewer_enter(v, VIEWER_CLAIM, NBT_NEVER, out);
    rc_claim_start(&v->claim, &cfg, &v->tags, out);
    if (v->claim.state == RC_CLAIM_SETTLED)
        rc_viewer_claimed(v, now, out);
}
