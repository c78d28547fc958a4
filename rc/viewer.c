/*
 * The viewer. Every change of state goes through `enter`; every failure through `fail`, which is
 * where the session's remains are put away, whatever state they are in.
 */
#include "rc/viewer.h"

#include <assert.h>
#include <string.h>

#include "rc/link.h"
#include "rc/names.h"
#include "rc/pack.h"

/* No article has any of these times. */
#define CONNECT_TIMEOUT NBT_S(10) /* for a TCP connection */
#define ANSWER_TIMEOUT NBT_S(10)  /* for a message that must come next */
#define PING_TIMEOUT NBT_S(10)
#define CLOSE_TIMEOUT NBT_S(10)
#define AGAIN_PAUSE NBT_MS(250) /* before a shared name that went away is claimed anew */

enum {
    AGAIN_MAX = 16,      /* times: together longer than the claim of another viewer takes */
    KEYS_WAITING = 4096, /* octets typed that may wait to be sent */
    KEYS_MANY = 2048,    /* from here on no more are wanted */
};

typedef enum state {
    IDLE,
    SLOT,    /* waits for a place among the console's sessions */
    CLAIM,   /* the machine's name and the claim of <41> */
    FIND,    /* FIND NAME for the client's address */
    CONNECT, /* TCP to the rights port */
    CALL,
    CALL_AGAIN, /* the shared name had gone: pauses, then claims it on one LANA */
    RIGHTS,     /* waits for the verdict */
    CONNECT_FUNCTION,
    OPEN, /* waits for the function */
    UP,
    CLOSE,
    OVER,
} state;

struct rc_viewer {
    nbt_mem mem;
    rc_viewer_cfg cfg;
    char console[NBT_NAME_LEN], client[NBT_NAME_LEN], user[RC_USER_MAX + 1];
    uint8_t lanas[RC_LANAS_MAX];
    unsigned protocols; /* what is left of cfg.protocols */
    bool no_driver;

    state state;
    nbt_time due;
    rc_tags tags;
    rc_claim claim;
    bool has_slot;
    rc_end end;

    size_t step, lana; /* which attempt: in the profile, in claim.lanas */
    unsigned again;
    rc_ask find;
    uint32_t call;  /* tag of the CALL, 0 if none is pending */
    uint32_t conn;  /* the last connection number used */
    nbt_ncb missed; /* the last attempt over NetBIOS, its command 0 if there was none */

    rc_link rights, function; /* over NetBIOS `rights` is both */
    uint32_t ticket;
    rc_packer *packer;
    rc_screen screen;

    uint8_t keys[KEYS_WAITING];
    size_t nkeys;
    bool keys_held;
    uint32_t typed, seen; /* KEYS messages sent; how many of them a PONG has come behind */
    int64_t pings;        /* still to be made */
    uint32_t serial;      /* of the last one */
    bool pinging, fence;  /* one is under way; it is nobody's but FINISH's */
    uint32_t ping_typed;
    nbt_time ping_at;
    bool finish;
};

static const char *state_str(state s)
{
    switch (s) {
    case IDLE:
        return "idle";
    case SLOT:
        return "slot";
    case CLAIM:
        return "claim";
    case FIND:
        return "find";
    case CONNECT:
        return "connect";
    case CALL:
        return "call";
    case CALL_AGAIN:
        return "call-again";
    case RIGHTS:
        return "rights";
    case CONNECT_FUNCTION:
        return "connect-function";
    case OPEN:
        return "open";
    case UP:
        return "up";
    case CLOSE:
        return "close";
    case OVER:
        return "over";
    }
    return "";
}

static void enter(rc_viewer *v, state s, nbt_time due, nbt_out *out)
{
    if (v->state != s) {
        nbt_trace *trace = &nbt_out_add(out, NBT_ACT_TRACE, NULL, 0)->trace;
        *trace = (nbt_trace){
            .what = "viewer", .from = state_str(v->state), .to = state_str(s), .why = ""
        };
        rc_name_make(trace->name, v->client, RC_SUFFIX_CLIENT);
    }
    v->state = s;
    v->due = due;
}

rc_viewer *rc_viewer_new(nbt_mem mem, const rc_viewer_cfg *cfg)
{
    size_t client = strlen(cfg->client), console = cfg->console ? strlen(cfg->console) : 1;
    assert(client > 0 && client <= NBT_NAME_TEXT_MAX);
    assert(console > 0 && console <= NBT_NAME_TEXT_MAX);
    assert(strlen(cfg->user) <= RC_USER_MAX && cfg->nlanas <= RC_LANAS_MAX);
    assert(cfg->protocols & rc_profile_speaks(cfg->profile));

    rc_viewer *v = mem.resize(mem.ctx, NULL, 0, sizeof *v);
    if (!v)
        return NULL;
    memset(v, 0, sizeof *v);
    v->mem = mem;
    v->packer = rc_packer_new(mem);
    if (!v->packer) {
        rc_viewer_free(v);
        return NULL;
    }
    v->cfg = *cfg;
    v->cfg.client = memcpy(v->client, cfg->client, client + 1);
    v->cfg.user = memcpy(v->user, cfg->user, strlen(cfg->user) + 1);
    if (cfg->console)
        v->cfg.console = memcpy(v->console, cfg->console, console + 1);
    if (cfg->nlanas > 0)
        v->cfg.lanas = memcpy(v->lanas, cfg->lanas, cfg->nlanas);
    v->protocols = v->cfg.protocols = cfg->protocols & rc_profile_speaks(cfg->profile);
    v->due = NBT_NEVER;
    rc_screen_init(&v->screen);
    return v;
}

void rc_viewer_free(rc_viewer *v)
{
    if (!v)
        return;
    rc_packer_free(v->packer);
    nbt_mem mem = v->mem;
    mem.resize(mem.ctx, v, sizeof *v, 0);
}

/* ---- the end ---- */

static void leave(rc_viewer *v, nbt_out *out)
{
    enter(v, OVER, NBT_NEVER, out);
    if (v->has_slot)
        rc_emit(out, RC_APP_SLOT_BACK, 0, NULL);
    rc_emit(out, RC_APP_EXIT, v->end, NULL);
}

/* The session first, then its name, which could not be deleted before: NRC_ACTSES. */
static void close_on(rc_viewer *v, nbt_out *out)
{
    if (v->rights.state != RC_LINK_CLOSED || v->function.state != RC_LINK_CLOSED)
        return;
    rc_claim_return(&v->claim, -1, &v->tags, out);
    if (rc_claim_idle(&v->claim))
        leave(v, out);
}

/* The link that carries the function, or will. */
static rc_link *function_of(rc_viewer *v)
{
    return v->rights.transport == RC_NETBIOS ? &v->rights : &v->function;
}

static void say_bye(rc_viewer *v, rc_bye bye, nbt_out *out)
{
    rc_msg m = { .type = RC_MSG_BYE, .bye = bye };
    rc_link *l = function_of(v);
    rc_link_send(l->state == RC_LINK_OPEN ? l : &v->rights, &v->tags, &m, out);
}

static void begin_close(rc_viewer *v, nbt_time now, rc_end end, rc_bye bye, nbt_out *out)
{
    v->end = end;
    /* What cannot be taken back (ADD NAME, CALL) the driver cleans up behind a program that ends.
     */
    if (v->claim.ask.tag || v->find.tag || v->call) {
        leave(v, out);
        return;
    }
    say_bye(v, bye, out);
    rc_link_close(&v->function, &v->tags, out);
    rc_link_close(&v->rights, &v->tags, out);
    enter(v, CLOSE, now + CLOSE_TIMEOUT, out);
    close_on(v, out);
}

static void closed(rc_viewer *v, rc_closed by, nbt_out *out)
{
    if (v->state == UP)
        rc_emit(out, RC_APP_CLOSED, by, NULL);
}

/* Ends it with an error: the user is told `say`, programs `end` and `reason` (NULL: end's own). */
static void fail_why(rc_viewer *v, nbt_time now, rc_end end, rc_say say, const char *reason,
                     const nbt_ncb *ncb, nbt_out *out)
{
    if (say < RC_SAYS)
        rc_emit_say(out, say, v->client);
    rc_emit_error(out, end, reason, ncb);
    begin_close(v, now, end, end == RC_END_NONSENSE ? RC_BYE_NONSENSE : RC_BYE_CLOSED, out);
}

static void fail(rc_viewer *v, nbt_time now, rc_end end, rc_say say, nbt_out *out)
{
    fail_why(v, now, end, say, NULL, NULL, out);
}

/* ---- the attempts ---- */

static void try_step(rc_viewer *v, nbt_time now, nbt_out *out);
static void no_address(rc_viewer *v, nbt_time now, nbt_out *out);

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

static void next_step(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (!is_last_step(v))
        say_more(v, out);
    v->step++;
    try_step(v, now, out);
}

static void missed(rc_viewer *v, rc_transport transport, const nbt_ncb *ncb, const char *why,
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
    fail_why(v, now, end, say, NULL, ncb, out);
}

static void call(rc_viewer *v, nbt_out *out)
{
    const rc_claimed *from = &v->claim.lanas[v->lana];
    nbt_ncb ncb = { .command = NBT_NCB_CALL, .lana = from->lana };
    memcpy(ncb.name, from->name, NBT_NAME_LEN);
    rc_name_make(ncb.callname, v->client, RC_SUFFIX_CLIENT);
    rc_emit(out, RC_APP_TRYING, RC_NETBIOS, NULL)->ncb = ncb;
    v->call = rc_submit(&v->tags, &ncb, NULL, 0, out);
    enter(v, CALL, NBT_NEVER, out);
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
        next_step(v, now, out);
        return;
    }
    say_more(v, out);
    call(v, out);
}

static void connect_to(rc_viewer *v, nbt_time now, nbt_out *out)
{
    nbt_ep to = { v->cfg.address, v->cfg.profile->steps[v->step].rights_port };
    rc_emit(out, RC_APP_TRYING, RC_TCP, NULL)->to = to;
    rc_link_connect(&v->rights, v->conn += 2, to, out);
    enter(v, CONNECT, now + CONNECT_TIMEOUT, out);
}

/* The client's own name, as the network's name resolution has it (KB Q226297). */
static void find(rc_viewer *v, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_FIND_NAME,
                    .lana = v->claim.lanas[0].lana,
                    .length = NBT_FIND_HEAD_LEN + NBT_FIND_NODE_LEN };
    rc_name_make(ncb.callname, v->client, RC_SUFFIX_COMPUTER);
    rc_emit(out, RC_APP_TRYING, RC_TCP, NULL)->ncb = ncb;
    rc_ask_put(&v->find, &v->tags, &ncb, out);
    enter(v, FIND, NBT_NEVER, out);
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
        if (v->cfg.address)
            connect_to(v, now, out);
        else if (v->no_driver)
            no_address(v, now, out);
        else
            find(v, out);
        return;
    }
}

/* Without an address there is no sense in the other ports either. */
static void no_address(rc_viewer *v, nbt_time now, nbt_out *out)
{
    missed(v, RC_TCP, &v->find.ncb, "no address is known", out);
    v->protocols &= ~(unsigned)RC_SPEAKS_TCP;
    next_step(v, now, out);
}

static void found(rc_viewer *v, nbt_time now, nbt_bytes data, nbt_out *out)
{
    nbt_rd r;
    nbt_find head;
    nbt_rd_init(&r, data.p, data.n);
    nbt_find_rd(&r, &head);
    uint32_t ip = nbt_find_node_rd(&r);
    if (v->find.ncb.retcode == NBT_NRC_GOODRET && !r.err && head.nodes > 0 && ip != 0) {
        v->cfg.address = ip;
        connect_to(v, now, out);
    } else {
        no_address(v, now, out);
    }
}

/* A transport has led to the client. A name that the session does not run under goes back now. */
static void settled(rc_viewer *v, nbt_time now, nbt_out *out)
{
    switch (v->cfg.keep) {
    case RC_KEEP_ATTEMPT:
        rc_claim_return(&v->claim, v->rights.transport == RC_NETBIOS ? v->rights.lana : -1,
                        &v->tags, out);
        break;
    case RC_KEEP_HELD:
        break;
    }
    rc_msg m = { .type = RC_MSG_RIGHTS,
                 .packings = RC_PACKINGS_ALL,
                 .user = { (const uint8_t *)v->user, strlen(v->user) } };
    memcpy(m.machine, v->claim.machine, NBT_NAME_LEN);
    rc_link_send(&v->rights, &v->tags, &m, out);
    enter(v, RIGHTS, now + ANSWER_TIMEOUT, out);
}

static void called(rc_viewer *v, nbt_time now, const nbt_ncb *ncb, nbt_out *out)
{
    v->call = 0;
    if (ncb->retcode == NBT_NRC_GOODRET) {
        rc_link_netbios(&v->rights, &v->tags, ncb, out);
        settled(v, now, out);
        return;
    }
    /* The one who added it gave it back, or his claim is not over yet: claim it ourselves. */
    const rc_claimed *from = &v->claim.lanas[v->lana];
    if (from->hold == RC_HOLD_SHARED && v->again < AGAIN_MAX &&
        (ncb->retcode == NBT_NRC_NOWILD || ncb->retcode == NBT_NRC_NAMERR)) {
        v->again++;
        enter(v, CALL_AGAIN, now + AGAIN_PAUSE, out);
        return;
    }
    v->missed = *ncb;
    missed(v, RC_NETBIOS, ncb, NULL, out);
    call_next(v, now, out);
}

/* The claim has ended, one way or the other. */
static void claimed(rc_viewer *v, nbt_time now, nbt_out *out)
{
    const rc_claim *c = &v->claim;
    if (c->state == RC_CLAIM_FAILED) {
        rc_claim_say(c, out);
        fail_why(v, now, c->end, RC_SAYS, c->reason, rc_claim_failed(c), out);
        return;
    }
    if (v->state == CALL_AGAIN) {
        call(v, out);
        return;
    }
    if (c->cfg.want_name && rc_claim_count(c) == 0)
        v->protocols &= ~(unsigned)RC_SPEAKS_NETBIOS;
    if (v->protocols == 0) {
        fail_why(v, now, RC_END_NAME, v->cfg.profile->name_refused, NULL, &c->ask.ncb, out);
        return;
    }
    v->step = 0;
    try_step(v, now, out);
}

static void driver_gone(rc_viewer *v, nbt_time now, nbt_out *out)
{
    fail_why(v, now, RC_END_NETBIOS, RC_SAYS, "there is no NetBIOS driver", NULL, out);
}

static void claim(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (v->no_driver && (v->protocols != v->cfg.protocols || !v->cfg.console)) {
        driver_gone(v, now, out);
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
    enter(v, CLAIM, NBT_NEVER, out);
    rc_claim_start(&v->claim, &cfg, &v->tags, out);
    if (v->claim.state == RC_CLAIM_SETTLED)
        claimed(v, now, out);
}

/* ---- the session ---- */

/* A message that must not come now, or that cannot be read. */
static void nonsense(rc_viewer *v, nbt_time now, const char *what, nbt_out *out)
{
    closed(v, RC_CLOSED_BY_VIEWER, out);
    fail_why(v, now, RC_END_NONSENSE, RC_SAY_NONSENSE, what, NULL, out);
}

static void on_verdict(rc_viewer *v, nbt_time now, const rc_msg *m, nbt_out *out)
{
    switch (m->verdict) {
    case RC_VERDICT_GRANTED:
        break;
    case RC_VERDICT_BUSY:
        fail(v, now, RC_END_BUSY, RC_SAY_BUSY, out);
        return;
    case RC_VERDICT_NO_RIGHTS:
        fail(v, now, RC_END_RIGHTS, RC_SAY_NO_RIGHTS, out);
        return;
    case RC_VERDICT_NO_CONTEXT:
    case RC_VERDICT_NO_TICKET:
        fail(v, now, RC_END_RIGHTS, RC_SAY_NO_CONTEXT, out);
        return;
    case RC_VERDICT_REFUSED:
        fail(v, now, RC_END_PERMISSION, RC_SAY_USER_REFUSED, out);
        return;
    case RC_VERDICT_SILENT:
        fail(v, now, RC_END_PERMISSION, RC_SAY_USER_SILENT, out);
        return;
    }
    if (m->type == RC_MSG_OPENED && (m->columns != RC_COLUMNS || m->rows != RC_ROWS)) {
        nonsense(v, now, "a screen of another size", out);
        return;
    }
    if (m->type == RC_MSG_OPENED) {
        nbt_act *act = rc_emit(out, RC_APP_CONNECTED, v->rights.transport, NULL);
        act->to = v->rights.peer;
        act->ncb.lana = v->rights.lana;
        act->ncb.lsn = v->rights.lsn;
        enter(v, UP, NBT_NEVER, out);
        return;
    }
    v->ticket = m->ticket;
    rc_msg open = { .type = RC_MSG_OPEN, .ticket = m->ticket };
    if (v->rights.transport == RC_NETBIOS) {
        rc_link_send(&v->rights, &v->tags, &open, out);
        enter(v, OPEN, now + ANSWER_TIMEOUT, out);
    } else {
        nbt_ep to = { v->cfg.address, v->cfg.profile->steps[v->step].function_port };
        rc_link_connect(&v->function, v->conn += 2, to, out);
        enter(v, CONNECT_FUNCTION, now + CONNECT_TIMEOUT, out);
    }
}

static void on_screen(rc_viewer *v, nbt_time now, const rc_msg *m, nbt_out *out)
{
    uint8_t bytes[RC_DIFF_MAX];
    uint32_t rows = 0;
    nbt_rd r;
    if (m->unpacked > sizeof bytes) {
        nonsense(v, now, "length does not fit in UNPACKED", out);
        return;
    }
    if (rc_unpack(v->packer, m, bytes, &r)) {
        nbt_rd_init(&r, bytes, m->unpacked);
        rc_diff_rd(&r, &v->screen, &rows);
    }
    if (r.err) {
        rc_line line;
        rc_link_describe(&r, &line);
        nonsense(v, now, line.s, out);
        return;
    }
    rc_emit(out, RC_APP_SCREEN, rows, NULL);
}

static void ping_over(rc_viewer *v, int64_t microseconds, nbt_out *out)
{
    v->pinging = false;
    if (!v->fence)
        rc_emit(out, RC_APP_PING, microseconds, NULL)->tag = v->serial;
    v->fence = false;
}

static void on_pong(rc_viewer *v, nbt_time now, const rc_msg *m, nbt_out *out)
{
    if (!v->pinging || m->serial != v->serial)
        return; /* it comes too late to count */
    v->seen = v->ping_typed;
    ping_over(v, now - v->ping_at, out);
}

static void on_bye(rc_viewer *v, nbt_time now, nbt_out *out)
{
    closed(v, RC_CLOSED_BY_CLIENT, out);
    fail(v, now, RC_END_LOST, RC_SAY_CLIENT_ENDED, out);
}

static bool is_awaited(const rc_viewer *v, rc_msg_type type)
{
    switch (type) {
    case RC_MSG_WAIT:
    case RC_MSG_VERDICT:
        return v->state == RIGHTS;
    case RC_MSG_OPENED:
        return v->state == OPEN;
    case RC_MSG_SCREEN:
    case RC_MSG_PONG:
        return v->state == UP;
    case RC_MSG_BYE:
        return true;
    case RC_MSG_RIGHTS:
    case RC_MSG_OPEN:
    case RC_MSG_KEYS:
    case RC_MSG_PING:
        return false;
    }
    return false;
}

static void on_message(rc_viewer *v, nbt_time now, const rc_msg *m, nbt_out *out)
{
    if (!is_awaited(v, m->type)) {
        rc_line line;
        rc_line_init(&line);
        rc_line_str(&line, "unexpected message: ");
        rc_line_str(&line, rc_msg_type_str(m->type));
        nonsense(v, now, line.s, out);
    } else if (m->type == RC_MSG_WAIT) {
        rc_emit(out, RC_APP_WAITING, m->seconds, NULL);
        v->due = now + NBT_S(m->seconds) + ANSWER_TIMEOUT;
    } else if (m->type == RC_MSG_VERDICT || m->type == RC_MSG_OPENED) {
        on_verdict(v, now, m, out);
    } else if (m->type == RC_MSG_SCREEN) {
        on_screen(v, now, m, out);
    } else if (m->type == RC_MSG_PONG) {
        on_pong(v, now, m, out);
    } else {
        on_bye(v, now, out);
    }
}

static void pull(rc_viewer *v, nbt_time now, rc_link *l, nbt_out *out)
{
    rc_msg m;
    nbt_rd r;
    for (;;) {
        switch (rc_link_next(l, &m, &r)) {
        case RC_LINK_NONE:
            return;
        case RC_LINK_MSG:
            on_message(v, now, &m, out);
            break;
        case RC_LINK_BAD: {
            rc_line line;
            rc_link_describe(&r, &line);
            nonsense(v, now, line.s, out);
            return;
        }
        }
    }
}

static void lost(rc_viewer *v, nbt_time now, const rc_link *l, nbt_out *out)
{
    if (v->state == CLOSE) {
        close_on(v, out);
        return;
    }
    rc_say say = v->state == UP ? RC_SAY_LOST : RC_SAY_NO_ANSWER;
    closed(v, RC_CLOSED_BY_LOSS, out);
    fail_why(v, now, RC_END_LOST, say, NULL, l->lost_by.command ? &l->lost_by : NULL, out);
}

static void connected(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (v->state == CONNECT) {
        settled(v, now, out);
    } else {
        rc_msg open = { .type = RC_MSG_OPEN, .ticket = v->ticket };
        rc_link_send(&v->function, &v->tags, &open, out);
        enter(v, OPEN, now + ANSWER_TIMEOUT, out);
    }
}

static void not_connected(rc_viewer *v, nbt_time now, const char *why, nbt_out *out)
{
    if (v->state == CONNECT) {
        missed(v, RC_TCP, NULL, why, out);
        next_step(v, now, out);
    } else {
        /* The client is there and has agreed: its function does not work, which no other
           transport would change (KB Q276378). */
        fail(v, now, RC_END_LOST, RC_SAY_NO_ANSWER, out);
    }
}

static void linked(rc_viewer *v, nbt_time now, rc_link *l, rc_link_ev ev, const char *why,
                   nbt_out *out)
{
    switch (ev) {
    case RC_LINK_NOT_MINE:
    case RC_LINK_SAME:
        return;
    case RC_LINK_UP:
        connected(v, now, out);
        return;
    case RC_LINK_FAILED:
        not_connected(v, now, why, out);
        return;
    case RC_LINK_INPUT:
        pull(v, now, l, out);
        return;
    case RC_LINK_LOST:
        lost(v, now, l, out);
        return;
    case RC_LINK_ENDED:
        if (v->state == CLOSE)
            close_on(v, out);
        return;
    }
}

static void hold_keys(rc_viewer *v, nbt_out *out)
{
    bool hold = v->nkeys >= KEYS_MANY;
    if (hold != v->keys_held)
        rc_emit(out, RC_APP_KEYS, !hold, NULL);
    v->keys_held = hold;
}

static void send_keys(rc_viewer *v, rc_link *l, nbt_out *out)
{
    size_t n = v->nkeys < RC_KEYS_MAX ? v->nkeys : RC_KEYS_MAX;
    rc_msg m = { .type = RC_MSG_KEYS, .data = { v->keys, n } };
    rc_link_send(l, &v->tags, &m, out);
    v->typed++;
    v->nkeys -= n;
    memmove(v->keys, v->keys + n, v->nkeys);
    hold_keys(v, out);
}

static void send_ping(rc_viewer *v, nbt_time now, rc_link *l, nbt_out *out)
{
    rc_msg m = { .type = RC_MSG_PING, .serial = ++v->serial };
    v->pinging = true;
    v->ping_typed = v->typed;
    v->ping_at = now;
    rc_link_send(l, &v->tags, &m, out);
}

/* What the user wants goes out as fast as the link takes it. */
static void pump(rc_viewer *v, nbt_time now, nbt_out *out)
{
    rc_link *l = function_of(v);
    while (v->state == UP && rc_link_ready(l)) {
        if (v->nkeys > 0) {
            send_keys(v, l, out);
        } else if (v->pinging) {
            break;
        } else if (v->pings > 0) {
            v->pings--;
            send_ping(v, now, l, out);
        } else if (v->finish && v->seen != v->typed) {
            v->fence = true;
            send_ping(v, now, l, out);
        } else if (v->finish) {
            closed(v, RC_CLOSED_BY_VIEWER, out);
            begin_close(v, now, RC_END_DONE, RC_BYE_CLOSED, out);
        } else {
            break;
        }
    }
    rc_link_more(&v->rights, &v->tags, true, out);
    rc_link_more(&v->function, &v->tags, true, out);
}

/* ---- the entrances ---- */

void rc_viewer_start(rc_viewer *v, nbt_time now, nbt_out *out)
{
    (void)now;
    assert(v->state == IDLE);
    enter(v, SLOT, NBT_NEVER, out);
    rc_emit(out, RC_APP_SLOT_WANTED, v->cfg.profile->console_sessions, NULL);
}

void rc_viewer_ncb(rc_viewer *v, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                   nbt_out *out)
{
    if (v->state == OVER)
        return;
    switch (rc_claim_ncb(&v->claim, &v->tags, tag, ncb, data, out)) {
    case RC_DONE:
        claimed(v, now, out);
        return;
    case RC_TAKEN:
        if (v->state == CLOSE)
            close_on(v, out);
        return;
    case RC_NOT_MINE:
        break;
    }
    if (rc_ask_ncb(&v->find, &v->tags, tag, ncb, out) == RC_DONE)
        found(v, now, data, out);
    else if (tag == v->call && tag != 0)
        called(v, now, ncb, out);
    else
        linked(v, now, &v->rights, rc_link_ncb(&v->rights, tag, ncb, data), NULL, out);
    pump(v, now, out);
}

void rc_viewer_gone(rc_viewer *v, nbt_time now, nbt_out *out)
{
    bool session = v->rights.transport == RC_NETBIOS && v->rights.state != RC_LINK_CLOSED;
    bool needed = v->claim.ask.tag || v->find.tag || v->call || v->state == CALL_AGAIN || session;
    v->no_driver = true;
    v->protocols &= ~(unsigned)RC_SPEAKS_NETBIOS;
    rc_claim_forget(&v->claim);
    v->find.tag = v->call = 0;
    if (session)
        rc_link_abort(&v->rights, out);
    if (v->state == CLOSE) {
        close_on(v, out);
    } else if (needed) {
        closed(v, RC_CLOSED_BY_LOSS, out);
        driver_gone(v, now, out);
    }
}

void rc_viewer_tcp(rc_viewer *v, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    const char *why = ev->kind == NBT_TCP_REFUSED ? "the port is closed" : "nobody answers";
    rc_link_ev rights = rc_link_tcp(&v->rights, ev, out);
    linked(v, now, &v->rights, rights, why, out);
    if (rights == RC_LINK_NOT_MINE)
        linked(v, now, &v->function, rc_link_tcp(&v->function, ev, out), why, out);
    pump(v, now, out);
}

/* What is typed although no more was wanted may be lost, as with a real keyboard. */
static void take_keys(rc_viewer *v, nbt_bytes keys, nbt_out *out)
{
    size_t n = sizeof v->keys - v->nkeys;
    if (n > keys.n)
        n = keys.n;
    if (n > 0)
        memcpy(v->keys + v->nkeys, keys.p, n);
    v->nkeys += n;
    hold_keys(v, out);
}

static void take_slot(rc_viewer *v, nbt_time now, bool given, nbt_out *out)
{
    if (v->state != SLOT)
        return;
    v->has_slot = given;
    if (given)
        claim(v, now, out);
    else
        fail(v, now, RC_END_LIMIT, RC_SAY_NO_SLOT, out);
}

void rc_viewer_do(rc_viewer *v, nbt_time now, const rc_cmd *cmd, nbt_out *out)
{
    switch (cmd->kind) {
    case RC_CMD_SLOT:
        take_slot(v, now, cmd->value != 0, out);
        break;
    case RC_CMD_KEYS:
        take_keys(v, cmd->data, out);
        break;
    case RC_CMD_PING:
        v->pings += cmd->value;
        break;
    case RC_CMD_FINISH:
        v->finish = true;
        break;
    case RC_CMD_CLOSE:
        if (v->state == CLOSE || v->state == OVER)
            break;
        closed(v, RC_CLOSED_BY_VIEWER, out);
        begin_close(v, now, RC_END_DONE, RC_BYE_CLOSED, out);
        break;
    case RC_CMD_PERMIT: /* an agent's */
        break;
    }
    pump(v, now, out);
}

static void overdue(rc_viewer *v, nbt_time now, nbt_out *out)
{
    switch (v->state) {
    case CONNECT:
    case CONNECT_FUNCTION:
        rc_link_abort(v->state == CONNECT ? &v->rights : &v->function, out);
        not_connected(v, now, "nobody answers", out);
        return;
    case CALL_AGAIN:
        v->due = NBT_NEVER;
        rc_claim_again(&v->claim, v->lana, &v->tags, out);
        return;
    case RIGHTS:
    case OPEN:
        fail(v, now, RC_END_LOST, RC_SAY_NO_ANSWER, out);
        return;
    case CLOSE:
        rc_link_abort(&v->function, out);
        rc_link_abort(&v->rights, out);
        leave(v, out); /* the driver cleans up behind us */
        return;
    case IDLE:
    case SLOT:
    case CLAIM:
    case FIND:
    case CALL:
    case UP:
    case OVER:
        return;
    }
}

void rc_viewer_tick(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (now >= v->due)
        overdue(v, now, out);
    if (v->state == UP && v->pinging && now >= v->ping_at + PING_TIMEOUT)
        ping_over(v, -1, out);
    pump(v, now, out);
}

nbt_time rc_viewer_due(const rc_viewer *v)
{
    bool pinging = v->state == UP && v->pinging;
    return nbt_time_min(v->due, pinging ? v->ping_at + PING_TIMEOUT : NBT_NEVER);
}

const rc_screen *rc_viewer_screen(const rc_viewer *v)
{
    return &v->screen;
}

/* ---- the digest ---- */

static void digest_ask(nbt_digest *d, const rc_ask *ask)
{
    nbt_digest_u64(d, ask->tag);
    nbt_digest_u64(d, (uint64_t)ask->reset << 1 | ask->resetting);
    if (ask->tag)
        nbt_digest_ncb(d, &ask->ncb);
}

static void digest_claim(nbt_digest *d, const rc_claim *c)
{
    nbt_digest_u64(d, c->state);
    nbt_digest_bytes(d, c->machine, NBT_NAME_LEN);
    nbt_digest_u64(d, (uint64_t)c->at << 32 | c->number);
    for (size_t i = 0; i < c->nlanas; i++) {
        nbt_digest_u64(d, (uint64_t)c->lanas[i].lana << 8 | c->lanas[i].hold);
        nbt_digest_u64(d, c->lanas[i].returning);
        nbt_digest_bytes(d, c->lanas[i].name, NBT_NAME_LEN);
    }
    digest_ask(d, &c->ask);
}

static void digest_link(nbt_digest *d, const rc_link *l)
{
    nbt_digest_u64(d, (uint64_t)l->state << 32 | (uint64_t)l->transport << 16 |
                          (uint64_t)l->lana << 8 | l->lsn);
    nbt_digest_u64(d, (uint64_t)l->receive << 32 | l->hangup);
    nbt_digest_u64(d, l->conn);
    nbt_digest_u64(d, (uint64_t)l->peer.ip << 16 | l->peer.port);
}

void rc_viewer_digest(const rc_viewer *v, nbt_digest *d)
{
    assert(v->state < RIGHTS || v->state >= CLOSE);
    nbt_digest_u64(d, v->state);
    nbt_digest_time(d, v->due);
    nbt_digest_u64(d, (uint64_t)v->protocols << 8 | (uint64_t)v->no_driver << 1 | v->has_slot);
    nbt_digest_u64(d, (uint64_t)v->tags.last << 32 | v->call);
    nbt_digest_u64(d, (uint64_t)v->end << 32 | v->conn);
    nbt_digest_u64(d, (uint64_t)v->step << 40 | (uint64_t)v->lana << 32 | v->again);
    nbt_digest_u64(d, v->cfg.address);
    nbt_digest_ncb(d, &v->missed);
    digest_claim(d, &v->claim);
    digest_ask(d, &v->find);
    digest_link(d, &v->rights);
    digest_link(d, &v->function);
}
