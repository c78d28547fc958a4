/*
 * The agent. Whoever has connected is a guest; at most one of them is the holder, who has the
 * rights and, soon, the session. Over TCP the holder's session is carried by a second guest, which
 * showed the ticket that the holder was given.
 */
#include "rc/agent.h"

#include <assert.h>
#include <string.h>

#include "rc/link.h"
#include "rc/names.h"
#include "rc/screen.h"

/* No article has any of these times. */
#define REQUEST_TIMEOUT NBT_S(10) /* for a message that must come next */
#define CLOSE_TIMEOUT NBT_S(10)
#define LISTEN_PAUSE NBT_S(1) /* before a LISTEN that failed for a passing reason */

enum {
    GUESTS_MAX = 8,
    LISTENS_EACH = 2, /* on each LANA, so that the one who is told "busy" finds one, too */
    LISTENS_MAX = LISTENS_EACH * RC_LANAS_MAX,
    GRANTS_MAX = 4,
};

typedef enum guest_state {
    FREE,
    REQUEST, /* waits for RIGHTS, or on the function port for OPEN */
    ASKING,  /* the holder: our user is being asked */
    GRANTED, /* the holder: waits for OPEN */
    HOLDING, /* the holder: the session is up */
    CARRIER, /* carries the holder's session over TCP */
    LEAVING, /* being closed */
} guest_state;

typedef struct guest {
    guest_state state;
    nbt_time due;
    bool function; /* it came to the function port */
    rc_link link;
    uint8_t machine[NBT_NAME_LEN];
    char user[RC_USER_MAX + 1];
    uint8_t packings;
    uint32_t ticket;
} guest;

typedef struct listener {
    size_t lana;  /* in claim.lanas */
    uint32_t tag; /* of the LISTEN, 0 if none is pending */
    nbt_time due; /* of the next one */
    bool over;    /* the name is no good any more */
} listener;

typedef struct grant {
    uint8_t machine[NBT_NAME_LEN];
    nbt_time until;
} grant;

typedef enum state { IDLE, CLAIM, LISTENING, CLOSE, OVER } state;

struct rc_agent {
    nbt_mem mem;
    rc_agent_cfg cfg;
    char client[NBT_NAME_LEN];
    uint8_t lanas[RC_LANAS_MAX];
    unsigned protocols;

    state state;
    nbt_time due;
    rc_tags tags;
    nbt_rng rng;
    rc_claim claim;
    bool no_driver;
    rc_end end;

    listener listens[LISTENS_MAX];
    size_t nlistens;
    guest guests[GUESTS_MAX];
    guest *holder;  /* NULL: nobody */
    guest *carrier; /* whose link the session uses; the holder's own over NetBIOS; NULL: not up */
    grant grants[GRANTS_MAX];
    size_t next_grant;

    rc_page page;
    rc_screen sent;     /* the screen as the viewer has it */
    nbt_time clock_due; /* when the clock on it moves */
    rc_packer *packer;
};

const char *rc_permission_str(rc_permission permission)
{
    switch (permission) {
    case RC_PERMISSION_ASK:
        return "ask";
    case RC_PERMISSION_GRANT:
        return "grant";
    case RC_PERMISSION_DENY:
        return "deny";
    }
    return "";
}

bool rc_permission_parse(rc_permission *permission, const char *text, size_t len)
{
    for (rc_permission p = RC_PERMISSION_ASK; p <= RC_PERMISSION_DENY; p++) {
        if (rc_word_eq(rc_permission_str(p), text, len)) {
            *permission = p;
            return true;
        }
    }
    return false;
}

static void enter(rc_agent *a, state s, nbt_time due, nbt_out *out)
{
    static const char *const words[] = { "idle", "claim", "listening", "close", "over" };
    if (a->state != s) {
        nbt_trace *trace = &nbt_out_add(out, NBT_ACT_TRACE, NULL, 0)->trace;
        *trace = (nbt_trace){ .what = "agent", .from = words[a->state], .to = words[s], .why = "" };
        memcpy(trace->name, a->claim.machine, NBT_NAME_LEN - 1);
        trace->name[NBT_NAME_LEN - 1] = RC_SUFFIX_CLIENT;
    }
    a->state = s;
    a->due = due;
}

rc_agent *rc_agent_new(nbt_mem mem, const rc_agent_cfg *cfg)
{
    size_t client = cfg->client ? strlen(cfg->client) : 1;
    assert(client > 0 && client <= NBT_NAME_TEXT_MAX && cfg->nlanas <= RC_LANAS_MAX);
    assert(cfg->protocols & rc_profile_speaks(cfg->profile));

    rc_agent *a = mem.resize(mem.ctx, NULL, 0, sizeof *a);
    if (!a)
        return NULL;
    memset(a, 0, sizeof *a);
    a->mem = mem;
    a->packer = rc_packer_new(mem);
    if (!a->packer) {
        rc_agent_free(a);
        return NULL;
    }
    a->cfg = *cfg;
    if (cfg->client)
        a->cfg.client = memcpy(a->client, cfg->client, client + 1);
    if (cfg->nlanas > 0)
        a->cfg.lanas = memcpy(a->lanas, cfg->lanas, cfg->nlanas);
    a->protocols = cfg->protocols & rc_profile_speaks(cfg->profile);
    a->rng.s = cfg->seed;
    a->due = NBT_NEVER;
    return a;
}

void rc_agent_free(rc_agent *a)
{
    if (!a)
        return;
    rc_packer_free(a->packer);
    nbt_mem mem = a->mem;
    mem.resize(mem.ctx, a, sizeof *a, 0);
}

static bool speaks(const rc_agent *a, rc_transport transport)
{
    return a->protocols & 1u << transport;
}

/* ---- the end ---- */

static void leave(rc_agent *a, nbt_out *out)
{
    enter(a, OVER, NBT_NEVER, out);
    rc_emit(out, RC_APP_EXIT, a->end, NULL);
}

static void close_on(rc_agent *a, nbt_out *out)
{
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != FREE)
            return;
    rc_claim_return(&a->claim, -1, &a->tags, out); /* completes the LISTENs, too */
    if (rc_claim_idle(&a->claim))
        leave(a, out);
}

static void send_bye(rc_agent *a, guest *g, rc_bye bye, nbt_out *out)
{
    rc_msg m = { .type = RC_MSG_BYE, .bye = bye };
    rc_link_send(&g->link, &a->tags, &m, out);
}

/* Sends a guest away; he is gone when his link is closed. */
static void dismiss(rc_agent *a, nbt_time now, guest *g, nbt_out *out)
{
    if (g->state == LEAVING)
        return;
    rc_link_close(&g->link, &a->tags, out);
    g->state = g->link.state == RC_LINK_CLOSED ? FREE : LEAVING;
    g->due = now + CLOSE_TIMEOUT;
}

/* The holder's time is over, with or without a session. */
static void release(rc_agent *a, nbt_time now, rc_closed by, nbt_out *out)
{
    guest *holder = a->holder, *carrier = a->carrier;
    a->holder = a->carrier = NULL;
    if (holder->state == ASKING)
        rc_emit(out, RC_APP_ASK_OVER, 0, NULL);
    if (carrier)
        rc_emit(out, RC_APP_CLOSED, by, NULL);
    if (carrier && carrier != holder)
        dismiss(a, now, carrier, out);
    dismiss(a, now, holder, out);
}

static bool has_part(const rc_agent *a, const guest *g)
{
    return g == a->holder || g == a->carrier;
}

/* A guest's end, whoever he is. */
static void end_guest(rc_agent *a, nbt_time now, guest *g, rc_closed by, nbt_out *out)
{
    if (has_part(a, g))
        release(a, now, by, out);
    else
        dismiss(a, now, g, out);
    if (a->state == CLOSE)
        close_on(a, out);
}

static void begin_close(rc_agent *a, nbt_time now, rc_end end, nbt_out *out)
{
    a->end = end;
    if (a->claim.ask.tag) { /* ADD NAME: the driver cleans up behind a program that ends */
        leave(a, out);
        return;
    }
    enter(a, CLOSE, now + CLOSE_TIMEOUT, out);
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != FREE && a->guests[i].state != LEAVING)
            send_bye(a, &a->guests[i], RC_BYE_STOPPED, out);
    if (a->holder)
        release(a, now, RC_CLOSED_BY_CLIENT, out);
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != FREE)
            dismiss(a, now, &a->guests[i], out);
    close_on(a, out);
}

/* ---- listening ---- */

static void listen(rc_agent *a, listener *l, nbt_out *out)
{
    const rc_claimed *at = &a->claim.lanas[l->lana];
    nbt_name any;
    nbt_ncb ncb = { .command = NBT_NCB_LISTEN, .lana = at->lana };
    nbt_name_wildcard(&any);
    memcpy(ncb.callname, any.b, NBT_NAME_LEN);
    memcpy(ncb.name, at->name, NBT_NAME_LEN);
    l->due = NBT_NEVER;
    l->tag = rc_submit(&a->tags, &ncb, NULL, 0, out);
}

static void listen_tcp(uint16_t port, nbt_out *out)
{
    nbt_out_add(out, NBT_ACT_TCP_LISTEN, NULL, 0)->from.port = port;
}

static void driver_gone(rc_agent *a, nbt_time now, nbt_out *out)
{
    rc_emit_error(out, RC_END_NETBIOS, "there is no NetBIOS driver", NULL);
    begin_close(a, now, RC_END_NETBIOS, out);
}

static void claimed(rc_agent *a, nbt_time now, nbt_out *out)
{
    const rc_claim *c = &a->claim;
    if (c->state == RC_CLAIM_FAILED) {
        rc_claim_say(c, out);
        rc_emit_error(out, c->end, c->reason, rc_claim_failed(c));
        begin_close(a, now, c->end, out);
        return;
    }
    char machine[NBT_NAME_LEN];
    rc_name_machine(c->machine, machine);
    rc_page_init(&a->page, machine);
    enter(a, LISTENING, NBT_NEVER, out);
    if (speaks(a, RC_NETBIOS))
        for (a->nlistens = 0; a->nlistens < LISTENS_EACH * c->nlanas; a->nlistens++) {
            a->listens[a->nlistens].lana = a->nlistens / LISTENS_EACH;
            listen(a, &a->listens[a->nlistens], out);
        }
    if (speaks(a, RC_TCP)) {
        const rc_step *ports = rc_profile_ports(a->cfg.profile);
        listen_tcp(ports->rights_port, out);
        listen_tcp(ports->function_port, out);
    }
    nbt_act *act = rc_emit(out, RC_APP_LISTENING, a->protocols, NULL);
    memcpy(act->ncb.name, c->machine, NBT_NAME_LEN - 1);
    act->ncb.name[NBT_NAME_LEN - 1] = RC_SUFFIX_CLIENT;
}

static void claim(rc_agent *a, nbt_time now, nbt_out *out)
{
    if (a->no_driver && (speaks(a, RC_NETBIOS) || !a->cfg.client)) {
        driver_gone(a, now, out);
        return;
    }
    rc_claim_cfg cfg = { .machine = a->cfg.client,
                         .upper = true, /* KB Q305164 */
                         .want_name = speaks(a, RC_NETBIOS),
                         .suffix = RC_SUFFIX_CLIENT,
                         .policy = RC_POLICY_PER_SESSION,
                         .lanas = a->cfg.lanas,
                         .nlanas = a->cfg.nlanas,
                         .refused = RC_SAY_NO_NETBIOS,
                         .about = "",
                         .nameless = "the driver holds no unique name with the suffix 00: give "
                                     "--name NAME" };
    enter(a, CLAIM, NBT_NEVER, out);
    rc_claim_start(&a->claim, &cfg, &a->tags, out);
    if (a->claim.state == RC_CLAIM_SETTLED)
        claimed(a, now, out);
}

static guest *free_guest(rc_agent *a)
{
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state == FREE)
            return &a->guests[i];
    return NULL;
}

static void admit(guest *g, nbt_time now, bool function)
{
    g->state = REQUEST;
    g->due = now + REQUEST_TIMEOUT;
    g->function = function;
    memset(g->machine, 0, sizeof g->machine);
    g->user[0] = '\0';
}

/* Codes after which no LISTEN on this name will ever succeed. */
static bool is_final(uint8_t retcode)
{
    static const uint8_t final[] = { NBT_NRC_NAMCONF, NBT_NRC_NAMERR, NBT_NRC_NOWILD,
                                     NBT_NRC_BRIDGE };
    return memchr(final, retcode, sizeof final) != NULL;
}

static bool hears_nothing(const rc_agent *a)
{
    for (size_t i = 0; i < a->nlistens; i++)
        if (!a->listens[i].over)
            return false;
    return !speaks(a, RC_TCP);
}

static void not_listened(rc_agent *a, nbt_time now, listener *l, const nbt_ncb *ncb, nbt_out *out)
{
    rc_emit(out, RC_APP_LISTEN_FAILED, RC_NETBIOS, NULL)->ncb = *ncb;
    l->over = is_final(ncb->retcode);
    l->due = l->over ? NBT_NEVER : now + LISTEN_PAUSE;
    if (hears_nothing(a)) {
        rc_emit_error(out, RC_END_NAME, NULL, ncb);
        begin_close(a, now, RC_END_NAME, out);
    }
}

static void listened(rc_agent *a, nbt_time now, listener *l, const nbt_ncb *ncb, nbt_out *out)
{
    l->tag = 0;
    if (a->state != LISTENING)
        return;
    if (ncb->retcode != NBT_NRC_GOODRET) {
        not_listened(a, now, l, ncb, out);
        return;
    }
    guest *g = free_guest(a);
    if (g) {
        rc_link_netbios(&g->link, &a->tags, ncb, out);
        admit(g, now, false);
    } else {
        nbt_ncb hangup = { .command = NBT_NCB_HANGUP, .lana = ncb->lana, .lsn = ncb->lsn };
        rc_submit(&a->tags, &hangup, NULL, 0, out);
    }
    listen(a, l, out);
}

/* ---- rights and permission ---- */

static void give_verdict(rc_agent *a, nbt_time now, guest *g, rc_verdict verdict, nbt_out *out)
{
    nbt_act *act = rc_emit(out, RC_APP_CHECKED, verdict, g->user);
    memcpy(act->ncb.callname, g->machine, NBT_NAME_LEN);
    act->to = g->link.peer;
    rc_msg m = { .type = RC_MSG_VERDICT, .verdict = verdict };
    if (verdict == RC_VERDICT_GRANTED) {
        do
            g->ticket = (uint32_t)(nbt_rng_u64(&a->rng) >> 32);
        while (g->ticket == 0);
        m.ticket = g->ticket;
        a->holder = g;
        g->state = GRANTED;
        g->due = now + REQUEST_TIMEOUT;
    }
    rc_link_send(&g->link, &a->tags, &m, out);
    if (verdict != RC_VERDICT_GRANTED)
        end_guest(a, now, g, RC_CLOSED_BY_CLIENT, out);
}

static bool is_permitted(const rc_agent *a, const char *user)
{
    for (size_t i = 0; i < a->cfg.npermitted; i++)
        if (rc_word_eq(a->cfg.permitted[i], user, strlen(user)))
            return true;
    return !a->cfg.permitted;
}

/* A grant is remembered for the console, whoever sits at it (KB Q248452). */
static bool is_remembered(const rc_agent *a, nbt_time now, const guest *g)
{
    for (size_t i = 0; i < GRANTS_MAX; i++)
        if (now < a->grants[i].until && memcmp(a->grants[i].machine, g->machine, NBT_NAME_LEN) == 0)
            return true;
    return false;
}

static void remember(rc_agent *a, nbt_time now, const guest *g)
{
    grant *at = &a->grants[a->next_grant++ % GRANTS_MAX];
    memcpy(at->machine, g->machine, NBT_NAME_LEN);
    at->until = now + NBT_S(a->cfg.profile->grant_memory);
}

static void ask(rc_agent *a, nbt_time now, guest *g, nbt_out *out)
{
    uint16_t seconds = (uint16_t)(a->cfg.ask_timeout / NBT_S(1));
    rc_msg m = { .type = RC_MSG_WAIT, .seconds = seconds };
    rc_line question;
    rc_say_fill(RC_SAY_MAY_HE, g->user, &question);
    a->holder = g;
    g->state = ASKING;
    g->due = now + a->cfg.ask_timeout;
    rc_link_send(&g->link, &a->tags, &m, out);
    rc_emit(out, RC_APP_ASK, seconds, question.s);
}

static void on_rights(rc_agent *a, nbt_time now, guest *g, const rc_msg *m, nbt_out *out)
{
    memcpy(g->machine, m->machine, NBT_NAME_LEN);
    g->packings = m->packings;
    if (m->user.n > 0)
        memcpy(g->user, m->user.p, m->user.n);
    g->user[m->user.n] = '\0';

    if (a->cfg.permitted && a->cfg.npermitted == 0)
        give_verdict(a, now, g, RC_VERDICT_NO_CONTEXT, out);
    else if (!is_permitted(a, g->user))
        give_verdict(a, now, g, RC_VERDICT_NO_RIGHTS, out);
    else if (a->holder)
        give_verdict(a, now, g, RC_VERDICT_BUSY, out);
    else if (a->cfg.permission == RC_PERMISSION_DENY)
        give_verdict(a, now, g, RC_VERDICT_REFUSED, out);
    else if (a->cfg.permission == RC_PERMISSION_GRANT || is_remembered(a, now, g))
        give_verdict(a, now, g, RC_VERDICT_GRANTED, out);
    else
        ask(a, now, g, out);
}

static void permit(rc_agent *a, nbt_time now, bool yes, nbt_out *out)
{
    guest *g = a->holder;
    if (!g || g->state != ASKING)
        return; /* the answer comes too late */
    g->state = REQUEST;
    if (yes)
        remember(a, now, g);
    give_verdict(a, now, g, yes ? RC_VERDICT_GRANTED : RC_VERDICT_REFUSED, out);
}

/* ---- the session ---- */

static uint32_t second_of_day(const rc_agent *a, nbt_time now)
{
    return (uint32_t)((now + a->cfg.midnight) / NBT_S(1) % 86400);
}

static void send_screen(rc_agent *a, nbt_time now, nbt_out *out)
{
    uint8_t diff[RC_DIFF_MAX], packed[RC_DIFF_MAX];
    rc_page_clock(&a->page, second_of_day(a, now));
    a->clock_due = now + NBT_S(1) - (now + a->cfg.midnight) % NBT_S(1);
    if (rc_screen_eq(&a->sent, &a->page.screen))
        return;
    nbt_wr w;
    nbt_wr_init(&w, diff, sizeof diff);
    rc_diff_wr(&w, &a->sent, &a->page.screen);
    a->sent = a->page.screen;

    rc_msg m = { .type = RC_MSG_SCREEN, .unpacked = (uint16_t)w.at, .data.p = packed };
    m.packing = rc_pack(a->packer, a->cfg.compression, a->holder->packings,
                        (nbt_bytes){ diff, w.at }, packed, &m.data.n);
    rc_link_send(&a->carrier->link, &a->tags, &m, out);
}

/* Over NetBIOS the holder opens the function himself; over TCP the guest at the other port does. */
static bool may_open(const rc_agent *a, const guest *g, uint32_t ticket)
{
    const guest *holder = a->holder;
    if (!holder || holder->state != GRANTED || holder->ticket != ticket)
        return false;
    return g->link.transport == RC_NETBIOS ? g == holder : g->function;
}

static void on_open(rc_agent *a, nbt_time now, guest *g, const rc_msg *m, nbt_out *out)
{
    bool may = may_open(a, g, m->ticket);
    rc_msg opened = { .type = RC_MSG_OPENED,
                      .verdict = may ? RC_VERDICT_GRANTED : RC_VERDICT_NO_TICKET,
                      .columns = RC_COLUMNS,
                      .rows = RC_ROWS };
    rc_link_send(&g->link, &a->tags, &opened, out);
    if (!may) {
        end_guest(a, now, g, RC_CLOSED_BY_CLIENT, out);
        return;
    }
    a->carrier = g;
    g->state = CARRIER;
    a->holder->state = HOLDING;
    g->due = a->holder->due = NBT_NEVER;

    char machine[NBT_NAME_LEN];
    rc_name_machine(a->holder->machine, machine);
    nbt_act *act = rc_emit(out, RC_APP_CONNECTED, g->link.transport, a->holder->user);
    act->to = g->link.peer;
    act->ncb.lana = g->link.lana;
    act->ncb.lsn = g->link.lsn;
    memcpy(act->ncb.callname, a->holder->machine, NBT_NAME_LEN);
    rc_emit_say(out, RC_SAY_ACCESSED_BY, machine);
    rc_screen_init(&a->sent);
    send_screen(a, now, out);
}

static void on_ping(rc_agent *a, nbt_time now, const rc_msg *m, nbt_out *out)
{
    rc_msg pong = *m;
    pong.type = RC_MSG_PONG;
    send_screen(a, now, out); /* a PONG says that the screen is up to date */
    rc_link_send(&a->carrier->link, &a->tags, &pong, out);
}

static bool is_awaited(const rc_agent *a, const guest *g, rc_msg_type type)
{
    switch (type) {
    case RC_MSG_RIGHTS:
        return g->state == REQUEST && !g->function;
    case RC_MSG_OPEN:
        return g->state == GRANTED || (g->state == REQUEST && g->function);
    case RC_MSG_KEYS:
    case RC_MSG_PING:
        return g == a->carrier;
    case RC_MSG_BYE:
        return true;
    case RC_MSG_WAIT:
    case RC_MSG_VERDICT:
    case RC_MSG_OPENED:
    case RC_MSG_SCREEN:
    case RC_MSG_PONG:
        return false;
    }
    return false;
}

static void nonsense(rc_agent *a, nbt_time now, guest *g, const char *what, nbt_out *out)
{
    char machine[NBT_NAME_LEN];
    rc_name_machine(g->machine, machine);
    rc_emit_say(out, RC_SAY_NONSENSE, machine[0] != '\0' ? machine : "Somebody");
    nbt_act *act = rc_emit_error(out, RC_END_NONSENSE, what, NULL);
    act->to = g->link.peer;
    act->ncb.lana = g->link.lana;
    act->ncb.lsn = g->link.lsn;
    send_bye(a, g, RC_BYE_NONSENSE, out);
    end_guest(a, now, g, RC_CLOSED_BY_CLIENT, out);
}

static void on_message(rc_agent *a, nbt_time now, guest *g, const rc_msg *m, nbt_out *out)
{
    if (!is_awaited(a, g, m->type)) {
        rc_line line;
        rc_line_init(&line);
        rc_line_str(&line, "unexpected message: ");
        rc_line_str(&line, rc_msg_type_str(m->type));
        nonsense(a, now, g, line.s, out);
    } else if (m->type == RC_MSG_RIGHTS) {
        on_rights(a, now, g, m, out);
    } else if (m->type == RC_MSG_OPEN) {
        on_open(a, now, g, m, out);
    } else if (m->type == RC_MSG_KEYS) {
        rc_page_type(&a->page, m->data);
    } else if (m->type == RC_MSG_PING) {
        on_ping(a, now, m, out);
    } else {
        end_guest(a, now, g, RC_CLOSED_BY_VIEWER, out);
    }
}

static void pull(rc_agent *a, nbt_time now, guest *g, nbt_out *out)
{
    rc_msg m;
    nbt_rd r;
    for (;;) {
        switch (rc_link_next(&g->link, &m, &r)) {
        case RC_LINK_NONE:
            return;
        case RC_LINK_MSG:
            on_message(a, now, g, &m, out);
            break;
        case RC_LINK_BAD: {
            rc_line line;
            rc_link_describe(&r, &line);
            nonsense(a, now, g, line.s, out);
            return;
        }
        }
    }
}

static void linked(rc_agent *a, nbt_time now, guest *g, rc_link_ev ev, nbt_out *out)
{
    switch (ev) {
    case RC_LINK_NOT_MINE:
    case RC_LINK_SAME:
    case RC_LINK_UP:
    case RC_LINK_FAILED:
        return;
    case RC_LINK_INPUT:
        pull(a, now, g, out);
        return;
    case RC_LINK_LOST:
        end_guest(a, now, g, RC_CLOSED_BY_LOSS, out);
        return;
    case RC_LINK_ENDED:
        g->state = FREE;
        if (a->state == CLOSE)
            close_on(a, out);
        return;
    }
}

/* The viewer gets what is new as fast as his link takes it. */
static void pump(rc_agent *a, nbt_time now, nbt_out *out)
{
    if (a->carrier && rc_link_ready(&a->carrier->link))
        send_screen(a, now, out);
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        rc_link *l = &a->guests[i].link;
        rc_link_more(l, &a->tags, rc_link_ready(l), out);
    }
}

/* ---- the entrances ---- */

void rc_agent_start(rc_agent *a, nbt_time now, nbt_out *out)
{
    assert(a->state == IDLE);
    claim(a, now, out);
}

static void ncb_for_guest(rc_agent *a, nbt_time now, uint32_t tag, const nbt_ncb *ncb,
                          nbt_bytes data, nbt_out *out)
{
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        guest *g = &a->guests[i];
        rc_link_ev ev = g->state == FREE ? RC_LINK_NOT_MINE : rc_link_ncb(&g->link, tag, ncb, data);
        if (ev != RC_LINK_NOT_MINE) {
            linked(a, now, g, ev, out);
            return;
        }
    }
}

void rc_agent_ncb(rc_agent *a, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                  nbt_out *out)
{
    if (a->state == OVER)
        return;
    switch (rc_claim_ncb(&a->claim, &a->tags, tag, ncb, data, out)) {
    case RC_DONE:
        claimed(a, now, out);
        return;
    case RC_TAKEN:
        if (a->state == CLOSE)
            close_on(a, out);
        return;
    case RC_NOT_MINE:
        break;
    }
    for (size_t i = 0; i < a->nlistens; i++)
        if (tag == a->listens[i].tag && tag != 0) {
            listened(a, now, &a->listens[i], ncb, out);
            return;
        }
    ncb_for_guest(a, now, tag, ncb, data, out);
    pump(a, now, out);
}

void rc_agent_gone(rc_agent *a, nbt_time now, nbt_out *out)
{
    bool needed = a->claim.ask.tag || (a->state == LISTENING && speaks(a, RC_NETBIOS));
    a->no_driver = true;
    rc_claim_forget(&a->claim);
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != FREE && a->guests[i].link.transport == RC_NETBIOS) {
            rc_link_abort(&a->guests[i].link, out);
            end_guest(a, now, &a->guests[i], RC_CLOSED_BY_LOSS, out);
        }
    if (a->state == CLOSE)
        close_on(a, out);
    else if (needed)
        driver_gone(a, now, out);
}

static void accepted(rc_agent *a, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    guest *g = a->state == LISTENING ? free_guest(a) : NULL;
    if (!g) {
        nbt_out_add(out, NBT_ACT_TCP_ABORT, NULL, 0)->conn = ev->conn;
        return;
    }
    rc_link_accepted(&g->link, ev);
    admit(g, now, ev->local.port == rc_profile_ports(a->cfg.profile)->function_port);
}

void rc_agent_tcp(rc_agent *a, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    if (ev->kind == NBT_TCP_ACCEPTED)
        accepted(a, now, ev, out);
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        guest *g = &a->guests[i];
        if (g->state != FREE)
            linked(a, now, g, rc_link_tcp(&g->link, ev, out), out);
    }
    pump(a, now, out);
}

void rc_agent_do(rc_agent *a, nbt_time now, const rc_cmd *cmd, nbt_out *out)
{
    switch (cmd->kind) {
    case RC_CMD_PERMIT:
        permit(a, now, cmd->value != 0, out);
        break;
    case RC_CMD_CLOSE:
    case RC_CMD_FINISH:
        if (a->state != CLOSE && a->state != OVER)
            begin_close(a, now, RC_END_DONE, out);
        break;
    case RC_CMD_SLOT: /* a viewer's */
    case RC_CMD_KEYS:
    case RC_CMD_PING:
        break;
    }
    pump(a, now, out);
}

static void guest_overdue(rc_agent *a, nbt_time now, guest *g, nbt_out *out)
{
    switch (g->state) {
    case REQUEST:
    case GRANTED:
        end_guest(a, now, g, RC_CLOSED_BY_CLIENT, out);
        return;
    case ASKING:
        give_verdict(a, now, g, RC_VERDICT_SILENT, out);
        return;
    case LEAVING:
        rc_link_abort(&g->link, out);
        linked(a, now, g, RC_LINK_ENDED, out);
        return;
    case FREE:
    case HOLDING:
    case CARRIER:
        return;
    }
}

void rc_agent_tick(rc_agent *a, nbt_time now, nbt_out *out)
{
    if (a->state == CLOSE && now >= a->due) {
        leave(a, out); /* the driver cleans up behind us */
        return;
    }
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != FREE && now >= a->guests[i].due)
            guest_overdue(a, now, &a->guests[i], out);
    for (size_t i = 0; a->state == LISTENING && i < a->nlistens; i++)
        if (!a->listens[i].tag && now >= a->listens[i].due)
            listen(a, &a->listens[i], out);
    pump(a, now, out);
}

nbt_time rc_agent_due(const rc_agent *a)
{
    nbt_time due = a->due;
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != FREE)
            due = nbt_time_min(due, a->guests[i].due);
    for (size_t i = 0; a->state == LISTENING && i < a->nlistens; i++)
        due = nbt_time_min(due, a->listens[i].due);
    /* A viewer who does not take what he has been sent gets no clock either. */
    if (a->carrier && rc_link_ready(&a->carrier->link))
        due = nbt_time_min(due, a->clock_due);
    return due;
}
