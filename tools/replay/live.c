/*
 * The player, wired to UDP, TCP, a clock and a keyboard. All of its adapters are one interface: UDP
 * has a socket for each port, and a packet's address says which adapter it is of.
 */
#include "tools/replay/live.h"
#include "tools/host/drop.h"
#include "tools/host/input.h"
#include "tools/host/loop.h"
#include "tools/host/mem.h"
#include "tools/host/outs.h"
#include "tools/host/progress.h"
#include "tools/host/tcp.h"
#include "tools/host/udp.h"
#include "tools/replay/place.h"
#include "tools/replay/tape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { PORTS_MAX = 1024, SAY_MAX = 160 };

#define LOOK NBT_S(1)
#define GAP NBT_S(1) /* between two rounds: for what is still on its way */
#define ANOTHER_SALT 0x3A5D

typedef struct live {
    replay_setup *s;
    replay_place place;
    host_loop *loop;
    host_udp *udp;
    host_tcp *tcp;
    host_input *keys;
    bool keyed;            /* the terminal gives single keys, */
    struct termios before; /* and had these manners before */
    replay_feed *feed;
    cap_player *player;
    host_outs outs;
    nbt_out wire;             /* datagrams on their way */
    uint16_t port[PORTS_MAX]; /* of UDP that are open */
    size_t nports;
    replay_tape *tape;
    bool asked;       /* which message waits for a key has been said */
    uint64_t presses; /* keys that were pressed before their message */
    bool no_keys;     /* and there will be no more */
    bool stopped, started;
    unsigned round, rounds; /* which it is, from 1, and how many there are to be */
    nbt_time next_round;    /* between two of them: when the next begins; else NBT_NEVER */
    cap_player_counts past; /* of those before */
    cap_left past_left;
    host_progress progress;
    nbt_time look;     /* when it is shown again at the latest */
    uint64_t fed, all; /* moves so far; messages of the capture that are moves */
    uint64_t heard;    /* messages and events of theirs */
    uint64_t withheld; /* messages to where nothing may be sent */
    host_err err;      /* status 0: none */
} live;

static void fail(live *l)
{
    host_loop_stop(l->loop);
}

/* ---- What the player wants ----------------------------------------------------------------- */

static bool open_port(live *l, uint16_t port, host_err *err)
{
    for (size_t i = 0; i < l->nports; i++)
        if (l->port[i] == port)
            return true;
    if (l->nports == PORTS_MAX) {
        host_err_set(err, HOST_SYSTEM, "more than %d UDP ports would be open", PORTS_MAX);
        return false;
    }
    if (!host_udp_open(l->udp, 0, &l->place.iface[0], port, err))
        return false;
    l->port[l->nports++] = port;
    return true;
}

/* A datagram may go: it is put among those that are sent together. */
static void want_sent(live *l, const nbt_act *act, nbt_bytes data)
{
    host_err err;
    if (!replay_place_may(&l->place, act->to.ip)) {
        l->withheld++;
        return;
    }
    if (!open_port(l, act->from.port, &err)) {
        l->err = err;
        fail(l);
        return;
    }
    nbt_act *a = nbt_out_add(&l->wire, NBT_ACT_SEND, data.p, data.n);
    a->from = act->from;
    a->to = act->to;
    replay_tape_datagram(l->tape, host_now(), act->from, act->to, data);
}

static void listen_at(live *l, const nbt_act *act)
{
    if (!l->err.status && l->round == 1 &&
        !host_tcp_listen(l->tcp, act->from, replay_place_lana(&l->place, act->from.ip), &l->err))
        fail(l);
}

static void carry_one(live *l, const nbt_act *act, nbt_bytes data)
{
    switch (act->kind) {
    case NBT_ACT_SEND:
        return; /* all of a list's are sent together */
    case NBT_ACT_TCP_LISTEN:
        listen_at(l, act);
        return;
    case NBT_ACT_TCP_OPEN:
        if (!replay_place_may(&l->place, act->to.ip)) {
            l->withheld++;
            return;
        }
        replay_tape_act(l->tape, host_now(), act, data);
        host_tcp_act(l->tcp, act, data);
        return;
    case NBT_ACT_TCP_SEND:
    case NBT_ACT_TCP_HOLD:
    case NBT_ACT_TCP_RESUME:
    case NBT_ACT_TCP_CLOSE:
    case NBT_ACT_TCP_ABORT:
        replay_tape_act(l->tape, host_now(), act, data);
        host_tcp_act(l->tcp, act, data);
        return;
    case NBT_ACT_NCB:
    case NBT_ACT_ACCEPTED:
    case NBT_ACT_DONE:
    case NBT_ACT_TRACE:
    case NBT_ACT_APP:
        return; /* a computer's, and a program's */
    }
}

static void carry_list(void *ctx, const nbt_out *out)
{
    live *l = ctx;
    for (size_t i = 0; i < out->n; i++)
        if (out->acts[i].kind == NBT_ACT_SEND)
            want_sent(l, &out->acts[i], nbt_out_data(out, &out->acts[i]));
    host_udp_send(l->udp, &l->wire);
    nbt_out_clear(&l->wire);
    for (size_t i = 0; i < out->n; i++)
        carry_one(l, &out->acts[i], nbt_out_data(out, &out->acts[i]));
    if (out->failed || l->wire.failed) {
        host_err_set(&l->err, HOST_SYSTEM, "no memory");
        fail(l);
    }
}

/* ---- The way of moves and results ---------------------------------------------------------- */

/* Each message waits for a key: it is said which one does. */
static void ask(live *l)
{
    cap_result r;
    char from[HOST_IP_STR_MAX], to[HOST_IP_STR_MAX];
    cap_buf what = { 0 };
    if (l->asked || !cap_player_waits(l->player, &r))
        return;
    l->asked = true;
    if (cap_move_word(r.kind))
        cap_buf_str(&what, cap_move_word(r.kind));
    else
        cap_say(&what, r.carry, r.expected);
    fprintf(stderr, "next %" PRIu64 " %s:%u > %s:%u %.*s [any key]\n", r.number,
            host_ip_str(r.from.ip, from), r.from.port, host_ip_str(r.to.ip, to), r.to.port,
            (int)(what.n < SAY_MAX ? what.n : SAY_MAX), what.s ? what.s : "");
    cap_buf_fini(&what);
}

static void feed(live *l)
{
    cap_move m;
    while (cap_player_wants(l->player)) {
        bool more = replay_feed_next(l->feed, &m);
        l->fed += more;
        if (more && l->s->o->no_broadcasts && !m.ours && m.to_all)
            continue;
        if (more)
            cap_player_feed(l->player, host_now(), &m, host_outs_fill(&l->outs));
        else
            cap_player_end(l->player, host_now());
    }
}

/* A key for each message. Without keys to come, what waits for one waits for ever. */
static void step(live *l)
{
    cap_result r;
    while (l->presses > 0 && cap_player_waits(l->player, &r)) {
        l->presses--;
        l->asked = false;
        cap_player_step(l->player, host_now(), host_outs_fill(&l->outs));
        feed(l);
        host_outs_carry(&l->outs, carry_list, l);
    }
    if (!l->no_keys) {
        ask(l);
    } else if (cap_player_waits(l->player, &r)) {
        l->stopped = true;
        host_loop_stop(l->loop);
    }
}

/* There is another one if this had anything, and all of it. */
static bool is_last_round(const live *l)
{
    const cap_player_counts *c = cap_player_counted(l->player);
    return l->round >= l->rounds || c->failed || replay_feed_error(l->feed)[0] ||
           c->of[CAP_SENT] + c->of[CAP_SKIPPED] + c->expected == 0;
}

/* Where each message waits for a key, it is known how far it has come. */
static void show(live *l)
{
    char text[SAY_MAX];
    const cap_player_counts *c = cap_player_counted(l->player);
    if (l->s->o->step || !host_progress_due(&l->progress))
        return;
    snprintf(text, sizeof text, "%" PRIu64 " sent, %" PRIu64 " of %" PRIu64 " matched",
             c->of[CAP_SENT], c->of[CAP_MATCHED], c->expected);
    fflush(stdout); /* lines stay whole where both go to one file */
    host_progress_show(&l->progress, (double)(l->fed < l->all ? l->fed : l->all), (double)l->all,
                       text);
}

static void go_on(live *l)
{
    cap_result r;
    if (!l->started || l->stopped || l->err.status || l->next_round != NBT_NEVER)
        return;
    feed(l);
    host_outs_carry(&l->outs, carry_list, l);
    if (l->s->o->step)
        step(l);
    while (cap_player_next(l->player, &r)) {
        host_progress_clear(&l->progress);
        replay_report_put(l->s->report, &r);
    }
    show(l);
    if (l->s->o->verbose)
        fflush(stdout);
    if (cap_player_over(l->player) && is_last_round(l))
        host_loop_stop(l->loop);
    else if (cap_player_over(l->player))
        l->next_round = host_now() + GAP;
}

static bool is_broadcast(const live *l, uint32_t ip)
{
    bool is = ip == UINT32_MAX;
    for (size_t i = 0; i < l->place.nours; i++)
        is = is || ip == l->place.broadcast[i];
    return is;
}

static void on_packet(void *ctx, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    live *l = ctx;
    (void)lana;
    for (size_t i = 0; i < l->place.nours; i++)
        if (l->place.ours[i] == from.ip)
            return; /* our own broadcast */
    for (size_t i = 0; i < l->place.ntheirs; i++)
        l->heard += l->place.theirs[i] == from.ip;
    replay_tape_datagram(l->tape, host_now(), from, to, data);
    if ((l->s->o->no_broadcasts && is_broadcast(l, to.ip)) || l->next_round != NBT_NEVER)
        return;
    cap_player_rx(l->player, host_now(), replay_place_lana(&l->place, to.ip), from, to, data,
                  host_outs_fill(&l->outs));
    go_on(l);
}

static void on_trouble(void *ctx, uint8_t lana, int error)
{
    live *l = ctx;
    (void)lana;
    if (error)
        fprintf(stderr, "nbtreplay: interface %s does not carry a packet: %s\n",
                l->place.iface[0].name, strerror(error));
}

static void on_tcp(void *ctx, const nbt_tcp_ev *ev)
{
    live *l = ctx;
    l->heard += ev->kind != NBT_TCP_SENT && ev->kind != NBT_TCP_UNREACHABLE;
    replay_tape_event(l->tape, host_now(), ev);
    cap_player_tcp(l->player, host_now(), ev, host_outs_fill(&l->outs));
    go_on(l);
}

static nbt_time due(const void *ctx)
{
    const live *l = ctx;
    return nbt_time_min(l->next_round != NBT_NEVER ? l->next_round : cap_player_due(l->player),
                        l->look);
}

/* Who plays, and what. */
static bool make_round(live *l, host_err *err)
{
    char why[CAP_ERR_MAX];
    replay_cut cut = l->s->o->cut;
    cut.loops = 1;
    l->round++;
    l->player = cap_player_new(&l->s->player);
    l->feed = l->player ? replay_feed_new(&cut, &l->s->parts, why) : NULL;
    if (!l->player)
        host_err_set(err, HOST_SYSTEM, "no memory");
    else if (!l->feed)
        host_err_set(err, HOST_USAGE, "%s", why);
    return l->feed;
}

static void start(live *l)
{
    l->next_round = NBT_NEVER;
    const cap_cast_port *port;
    nbt_ep listen[CAP_CAST_PORTS_MAX];
    size_t n = cap_cast_ports(l->s->study.cast, &port), nlisten = 0;
    for (size_t i = 0; i < n; i++)
        if (port[i].tcp)
            listen[nlisten++] = (nbt_ep){ cap_map_ip(&l->s->map, port[i].at.ip), port[i].at.port };
    cap_player_start(l->player, host_now(), listen, nlisten, host_outs_fill(&l->outs));
    host_outs_carry(&l->outs, carry_list, l);
    l->started = true;
}

static void add_round(live *l)
{
    const cap_player_counts *c = cap_player_counted(l->player);
    for (size_t i = 0; i < CAP_VERDICTS; i++)
        l->past.of[i] += c->of[i];
    l->past.expected += c->expected;
    l->past.unneeded += c->unneeded;
    l->past.again += c->again;
    l->past.strangers += c->strangers;
    l->past.failed = l->past.failed || c->failed;
    replay_left_add(&l->past_left, replay_feed_left(l->feed));
}

/* A player who knows nothing of before, and whose ids nobody has heard. */
static void begin_round(live *l)
{
    add_round(l);
    cap_player_free(l->player);
    replay_feed_free(l->feed);
    l->feed = NULL;
    l->s->map.salt = (uint16_t)(l->s->map.salt + ANOTHER_SALT);
    if (make_round(l, &l->err))
        start(l);
    else
        fail(l);
}

static void tick(void *ctx, nbt_time now)
{
    live *l = ctx;
    l->look = now + LOOK;
    if (l->next_round != NBT_NEVER && now >= l->next_round)
        begin_round(l);
    if (l->next_round != NBT_NEVER || l->err.status)
        return;
    cap_player_tick(l->player, now, host_outs_fill(&l->outs));
    go_on(l);
}

/* The results so far are still told. */
static void on_stop(void *ctx)
{
    live *l = ctx;
    l->stopped = true;
    host_loop_stop(l->loop);
}

/* ---- Keys ---------------------------------------------------------------------------------- */

static void on_keys(void *ctx, nbt_bytes bytes)
{
    live *l = ctx;
    l->presses += bytes.n;
    go_on(l);
}

static void on_keys_end(void *ctx)
{
    live *l = ctx;
    l->no_keys = true;
    go_on(l);
}

static bool take_keys(live *l)
{
    host_input_cfg cfg = { .ctx = l, .bytes = on_keys, .end = on_keys_end };
    if (!l->s->o->step)
        return true;
    l->keyed = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &l->before) == 0;
    if (l->keyed) {
        struct termios single = l->before;
        single.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &single);
    }
    l->keys = host_input_new(host_loop_uv(l->loop), STDIN_FILENO, &cfg, &l->err);
    return l->keys;
}

static void give_keys_back(live *l)
{
    host_input_free(l->keys);
    if (l->keyed)
        tcsetattr(STDIN_FILENO, TCSANOW, &l->before);
}

/* ---- Beginning and end --------------------------------------------------------------------- */

/* Somebody of theirs broadcasts, and that is heard at the ports of the services alone. */
static bool hears_broadcasts(const live *l)
{
    bool hears = false;
    for (size_t i = 0; i < l->s->parts.ntheirs; i++) {
        const cap_cast_host *h = cap_cast_find(l->s->study.cast, l->s->parts.theirs[i]);
        hears = hears || (h && h->all > 0);
    }
    return hears;
}

static bool open_ports(live *l)
{
    const cap_cast_port *port;
    size_t n = cap_cast_ports(l->s->study.cast, &port);
    bool good = true;
    for (size_t i = 0; good && i < n; i++)
        good = port[i].tcp || open_port(l, port[i].at.port, &l->err);
    if (good && hears_broadcasts(l))
        good = open_port(l, NBT_PORT_NS, &l->err) && open_port(l, NBT_PORT_DGM, &l->err);
    return good;
}

static bool make_tape(live *l)
{
    char why[CAP_ERR_MAX];
    struct timespec t;
    nbt_subnet net = { l->place.iface[0].ip, l->place.iface[0].mask };
    if (!l->s->o->write)
        return true;
    clock_gettime(CLOCK_REALTIME, &t);
    int64_t zero = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 - host_now();
    l->tape = replay_tape_new(l->s->o->write, net, zero, why);
    if (!l->tape)
        host_err_set(&l->err, HOST_SYSTEM, "%s", why);
    return l->tape;
}

/* How many moves there will be, about: connections begin and end as well. */
static uint64_t moves(const live *l)
{
    uint64_t n = 0;
    const cap_cast *cast = l->s->study.cast;
    for (size_t i = 0; i < cap_cast_count(cast); i++)
        n += cap_cast_at(cast, i)->with_ours;
    return (n ? n : 1) * (l->s->o->cut.loops ? l->s->o->cut.loops : 1);
}

static bool make(live *l)
{
    l->rounds = l->s->o->cut.loops ? l->s->o->cut.loops : 1;
    host_progress_init(&l->progress);
    l->all = moves(l);
    host_udp_cfg udp = { .ctx = l, .rx = on_packet, .trouble = on_trouble };
    host_tcp_cfg tcp = { .ctx = l, .event = on_tcp, .remedy = "play from another computer" };
    host_driven driven = { .ctx = l, .due = due, .tick = tick, .stop = on_stop };
    l->loop = host_loop_new(&l->err);
    if (!l->loop)
        return false;
    l->udp = host_udp_new(host_loop_uv(l->loop), &udp);
    l->tcp = host_tcp_new(host_loop_uv(l->loop), &tcp);
    if (!l->udp || !l->tcp) {
        host_err_set(&l->err, HOST_SYSTEM, "no memory");
        return false;
    }
    if (!make_round(l, &l->err))
        return false;
    host_loop_drive(l->loop, &driven);
    return make_tape(l) && open_ports(l);
}

static void say_rest(live *l)
{
    char ip[HOST_IP_STR_MAX];
    host_progress_clear(&l->progress);
    add_round(l);
    replay_setup_left(l->s, &l->past_left, replay_feed_error(l->feed));
    if (l->withheld)
        replay_setup_note(l->s, "not sent: %" PRIu64 " messages to addresses that are not allowed",
                          l->withheld);
    if (l->heard == 0 && l->past.expected > 0)
        replay_setup_note(l->s, "%s said nothing at all; is it up, and are its ports open?",
                          host_ip_str(l->place.theirs[0], ip));
    if (l->stopped)
        replay_setup_note(l->s, "stopped before the end");
}

/* Gives the exit status; what went wrong is in l->err. */
static int run(live *l)
{
    if (!make(l) || !replay_setup_report(l->s, &l->err))
        return HOST_SYSTEM;
    start(l);
    if (l->err.status || !host_drop(&l->s->o->junit, 1, &l->err) || !take_keys(l))
        return HOST_SYSTEM;
    go_on(l);
    bool over = cap_player_over(l->player) && is_last_round(l);
    if (!over && !l->err.status)
        host_loop_run(l->loop);
    if (!l->feed)
        return HOST_SYSTEM;
    say_rest(l);
    host_err trouble = { .status = HOST_OK };
    int status = replay_setup_sum(l->s, &l->past, &trouble);
    if (!l->err.status)
        l->err = trouble;
    return l->stopped ? HOST_FAILED : status;
}

static void end(live *l)
{
    give_keys_back(l);
    host_udp_free(l->udp);
    host_tcp_free(l->tcp);
    host_loop_free(l->loop);
    cap_player_free(l->player);
    replay_feed_free(l->feed);
    host_outs_fini(&l->outs);
    nbt_out_fini(&l->wire);
    if (!replay_tape_free(l->tape) && !l->err.status)
        host_err_set(&l->err, HOST_SYSTEM, "%s: cannot be written", l->s->o->write);
}

static int play(replay_setup *s, host_err *err)
{
    int status = HOST_SYSTEM;
    live *l = calloc(1, sizeof *l);
    if (!l) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return status;
    }
    l->s = s;
    l->next_round = NBT_NEVER;
    host_outs_init(&l->outs, host_mem());
    nbt_out_init(&l->wire, host_mem());
    bool found = replay_place_find(&l->place, s, &l->err);
    if (found && s->o->dry) {
        replay_place_say(&l->place, s);
        status = HOST_OK;
    } else if (found) {
        status = run(l);
    }
    end(l);
    *err = l->err;
    free(l);
    return status;
}

int replay_live(const replay_opt *o)
{
    return replay_setup_run(o, play);
}
