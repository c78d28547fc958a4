/*
 * A simulated network with the player on one host, and what stands for the other side on others.
 * The player is fed between two things that happen there.
 */
#include "tools/replay/emulate.h"

#include "rc/channel.h"
#include "tools/host/mem.h"
#include "tools/replay/ahead.h"
#include "tools/replay/emulate_host.h"
#include "tools/scene/build.h"
#include "tools/scene/simcap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NETWORKS = 64, CROSSINGS = 256 };

#define DELAY 100    /* microseconds on the wire */
#define GAP NBT_S(1) /* between two rounds */

/* A connection that ours ends, and the last move of theirs on it that is planned already. */
typedef struct replay_crossing {
    uint64_t conn, seq;
} replay_crossing;

/* A host loses power at that time, or gets it back. */
typedef struct replay_switch {
    nbt_time at;
    size_t host;
    bool on;
} replay_switch;

struct replay_emulate {
    replay_emulate_cfg cfg;
    replay_making making;
    nbt_simnet *net;
    cap_player *player;
    cap_player_cfg player_cfg;
    uint32_t player_host, player_obj;
    uint32_t ours[CAP_PARTS_MAX], broadcast[CAP_PARTS_MAX];
    replay_host *host;
    size_t nhosts;
    scene_network network[NETWORKS]; /* one for each broadcast address */
    uint32_t segment[NETWORKS];
    size_t nnetworks;
    scene scene; /* of these: for the capture that is written */
    simcap *written;
    replay_feed *feed;
    replay_ahead *ahead;                 /* of the feed */
    replay_crossing crossing[CROSSINGS]; /* by connection */
    size_t ndowns;                       /* hosts that are known to lose power, so far */
    replay_switch *power;                /* what is to become of them, in order */
    size_t npower, power_done;
    uint64_t unplayed;
    unsigned round, rounds; /* how often it has been begun, and is to be */
    cap_player_counts past, all;
    cap_left past_left, all_left;
    bool ended, failed;
};

/* --- the player on the network ---------------------------------------------------------------- */

static void player_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                      nbt_out *out)
{
    cap_player_rx(obj, now, lana, from, to, data, out);
}

static void player_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    cap_player_tcp(obj, now, ev, out);
}

static void player_tick(void *obj, nbt_time now, nbt_out *out)
{
    cap_player_tick(obj, now, out);
}

static nbt_time player_due(const void *obj)
{
    return cap_player_due(obj);
}

static const nbt_simnet_ops player_ops = {
    .rx = player_rx, .tcp = player_tcp, .tick = player_tick, .due = player_due
};

/* --- hosts ------------------------------------------------------------------------------------ */

/* The network of that broadcast address; 0 without memory, or when there are too many. */
static uint32_t segment_of(replay_emulate *e, const nbt_lana_cfg *lana)
{
    nbt_simlink link = { .delay = DELAY };
    for (size_t i = 0; i < e->nnetworks; i++)
        if (scene_build_broadcast(&e->network[i]) == lana->broadcast)
            return e->segment[i];
    if (e->nnetworks == NETWORKS)
        return 0;
    size_t i = e->nnetworks++;
    e->network[i] = (scene_network){ .subnet = lana->ip & lana->mask, .mask = lana->mask };
    e->network[i].subnet = lana->broadcast & lana->mask;
    return e->segment[i] = nbt_simnet_segment(e->net, &link);
}

static bool adapter(replay_emulate *e, uint32_t host, const nbt_lana_cfg *lana)
{
    uint32_t segment = segment_of(e, lana);
    return segment && nbt_simnet_adapter(e->net, host, segment, lana);
}

static uint32_t here(const replay_emulate *e, uint32_t ip)
{
    return cap_map_ip(e->cfg.player->map, ip);
}

static bool make_player(replay_emulate *e)
{
    const cap_parts *parts = e->cfg.parts;
    e->player_host = nbt_simnet_host(e->net);
    for (size_t i = 0; i < parts->nours; i++) {
        nbt_lana_cfg lana =
            replay_lana(&e->making, parts->ours[i], here(e, parts->ours[i]), (uint8_t)i);
        e->ours[i] = lana.ip;
        e->broadcast[i] = lana.broadcast;
        if (!adapter(e, e->player_host, &lana))
            return false;
    }
    e->player_cfg = *e->cfg.player;
    e->player_cfg.ours = e->ours;
    e->player_cfg.broadcast = e->broadcast;
    e->player_cfg.nours = parts->nours;
    e->player_cfg.ntheirs = 0;
    e->player = cap_player_new(&e->player_cfg);
    return e->player;
}

/* The same computer as one that is there already, or a new one. */
static replay_host *host_for(replay_emulate *e, uint32_t ip)
{
    const cap_hosts *hosts = cap_ledger_hosts(e->cfg.study->ledger);
    cap_host_id root = 0;
    const cap_host *h;
    for (cap_host_id id = 1; !root && (h = cap_hosts_get(hosts, id)); id++)
        if (h->ip == ip && h->same != CAP_SAME_NOT)
            root = h->root;
    for (size_t i = 0; root && i < e->nhosts; i++)
        if (e->host[i].root == root && e->host[i].nlanas < REPLAY_ADDRESSES_MAX)
            return &e->host[i];
    e->host[e->nhosts] = (replay_host){ .root = root, .net = nbt_simnet_host(e->net) };
    return &e->host[e->nhosts++];
}

static bool stand_in(replay_emulate *e, uint32_t ip)
{
    replay_host *h = host_for(e, ip);
    uint8_t number = (uint8_t)h->nlanas;
    h->lana[number] = replay_lana(&e->making, ip, here(e, ip), number);
    h->nlanas++;
    return h->net && adapter(e, h->net, &h->lana[number]);
}

static bool make_others(replay_emulate *e)
{
    const cap_cast *cast = e->cfg.study->cast;
    size_t n = cap_cast_count(cast);
    e->host = calloc(n ? n : 1, sizeof *e->host);
    bool good = e->host;
    for (size_t i = 0; good && i < n; i++) {
        const cap_cast_host *h = cap_cast_at(cast, i);
        bool theirs = cap_parts_theirs(e->cfg.parts, h->ip) && !cap_parts_ours(e->cfg.parts, h->ip);
        if (theirs && (h->sent > 0 || e->cfg.parts->ntheirs > 0))
            good = stand_in(e, h->ip);
    }
    nbt_rng seeds = { e->cfg.seed };
    for (size_t i = 0; good && i < e->nhosts; i++)
        good = replay_host_start(&e->host[i], &e->making, nbt_rng_u64(&seeds));
    return good;
}

/* --- made ------------------------------------------------------------------------------------- */

static bool find_profiles(replay_emulate *e, char err[CAP_ERR_MAX])
{
    const char *profile = e->cfg.profile ? e->cfg.profile : "win2000";
    const char *server = e->cfg.server ? e->cfg.server : "windows";
    e->making.profile = nbt_profile_find(profile, strlen(profile));
    e->making.server = nbt_nbns_profile_find(server, strlen(server));
    if (!e->making.profile)
        (void)snprintf(err, CAP_ERR_MAX, "%s: there is no such profile of computers", profile);
    else if (!e->making.server)
        (void)snprintf(err, CAP_ERR_MAX, "%s: there is no such profile of name servers", server);
    return e->making.profile && e->making.server;
}

static bool find_called(replay_emulate *e)
{
    const replay_called *called;
    size_t n = replay_people_called(e->cfg.study->people, &called);
    e->making.called = calloc(n ? n : 1, sizeof *e->making.called);
    for (size_t i = 0; e->making.called && i < n; i++) {
        nbt_lmhost *host = &e->making.called[e->making.ncalled];
        if (!cap_parts_ours(e->cfg.parts, called[i].ip))
            continue;
        host->ip = here(e, called[i].ip);
        host->pre = true;
        memcpy(host->name, called[i].name, NBT_NAME_LEN);
        e->making.ncalled++;
    }
    return e->making.called;
}

/* Names are claimed before anybody looks on. */
static void warm_up(replay_emulate *e)
{
    nbt_simnet_run(e->net, NBT_S(REPLAY_WARM));
    while (nbt_simnet_frame(e->net))
        continue;
    while (nbt_simnet_next(e->net))
        continue;
}

static bool start_player(replay_emulate *e)
{
    const cap_cast_port *port;
    nbt_ep listen[CAP_CAST_PORTS_MAX];
    size_t n = cap_cast_ports(e->cfg.study->cast, &port), nlisten = 0;
    for (size_t i = 0; i < n; i++)
        if (port[i].tcp || rc_is_port(port[i].at.port)) /* streams over UDP are connections here */
            listen[nlisten++] = (nbt_ep){ here(e, port[i].at.ip), port[i].at.port };
    e->player_obj = nbt_simnet_attach(e->net, e->player_host, 0, &player_ops, e->player);
    if (!e->player_obj)
        return false;
    nbt_out *out = nbt_simnet_begin(e->net);
    cap_player_start(e->player, nbt_simnet_now(e->net), listen, nlisten, out);
    nbt_simnet_end(e->net, e->player_obj);
    return true;
}

/* The network, who is on it, and what is said. */
static bool make_world(replay_emulate *e, char err[CAP_ERR_MAX])
{
    nbt_simnet_cfg net = { .mem = host_mem(),
                           .seed = e->cfg.seed + e->round,
                           .no_echo = true,
                           .frames = e->cfg.write != NULL,
                           .acks = e->cfg.write != NULL };
    (void)snprintf(err, CAP_ERR_MAX, "no memory");
    e->round++;
    e->net = e->making.net = nbt_simnet_new(&net);
    if (!e->net || !find_called(e) || !make_player(e) || !make_others(e))
        return false;
    warm_up(e);
    replay_cut cut = *e->cfg.cut;
    cut.asides = cut.streams = true;
    cut.loops = 1;
    e->feed = replay_feed_new(&cut, e->cfg.parts, err);
    e->ahead = e->feed ? replay_ahead_new(e->feed) : NULL;
    return e->ahead && start_player(e);
}

static void free_world(replay_emulate *e)
{
    nbt_simnet_free(e->net);
    for (size_t i = 0; i < e->nhosts; i++)
        replay_host_fini(&e->host[i]);
    cap_player_free(e->player);
    replay_ahead_free(e->ahead);
    replay_feed_free(e->feed);
    free(e->making.called);
    free(e->host);
    free(e->power);
    e->net = NULL;
    e->player = NULL;
    e->ahead = NULL;
    e->feed = NULL;
    e->making.called = NULL;
    e->making.ncalled = 0;
    e->host = NULL;
    e->power = NULL;
    e->nhosts = e->nnetworks = e->ndowns = e->npower = e->power_done = 0;
    memset(e->crossing, 0, sizeof e->crossing);
}

static bool make(replay_emulate *e, char err[CAP_ERR_MAX])
{
    e->rounds = e->cfg.cut->loops ? e->cfg.cut->loops : 1;
    if (!find_profiles(e, err) || !make_world(e, err))
        return false;
    e->scene = (scene){ .network = e->network, .nnetworks = (uint32_t)e->nnetworks };
    return !e->cfg.write || (e->written = simcap_new(e->cfg.write, &e->scene, err));
}

/* Once more, with hosts that know nothing of before, and later in the capture that is written. */
static bool make_again(replay_emulate *e)
{
    char ignored[CAP_ERR_MAX];
    e->past = *replay_emulate_counted(e);
    e->past_left = *replay_emulate_left(e);
    if (e->written)
        simcap_shift(e->written, nbt_simnet_now(e->net) + GAP);
    free_world(e);
    return make_world(e, ignored);
}

replay_emulate *replay_emulate_new(const replay_emulate_cfg *cfg, char err[CAP_ERR_MAX])
{
    char ignored[CAP_ERR_MAX];
    replay_emulate *e = calloc(1, sizeof *e);
    if (!e) {
        (void)snprintf(err, CAP_ERR_MAX, "no memory");
        return NULL;
    }
    e->cfg = *cfg;
    e->making = (replay_making){ .cfg = &e->cfg, .mem = host_mem() };
    if (make(e, err))
        return e;
    (void)replay_emulate_free(e, ignored);
    return NULL;
}

bool replay_emulate_free(replay_emulate *e, char err[CAP_ERR_MAX])
{
    bool good = !e->failed;
    if (!good)
        (void)snprintf(err, CAP_ERR_MAX, "no memory");
    if (e->written && !simcap_free(e->written)) {
        (void)snprintf(err, CAP_ERR_MAX, "%s: not written", e->cfg.write);
        good = false;
    }
    free_world(e);
    free(e);
    return good;
}

/* --- played ----------------------------------------------------------------------------------- */

static replay_host *host_at(replay_emulate *e, uint32_t ip, uint8_t *lana)
{
    for (size_t i = 0; i < e->nhosts; i++)
        for (size_t k = 0; k < e->host[i].nlanas; k++)
            if (e->host[i].lana[k].ip == ip) {
                *lana = (uint8_t)k;
                return &e->host[i];
            }
    return NULL;
}

/* What ours open there is taken when it was. */
static void expect_stream(replay_emulate *e, const cap_move *m)
{
    uint8_t lana;
    replay_host *h = host_at(e, here(e, m->to.ip), &lana);
    if (m->kind == CAP_MOVE_OPEN && rc_is_port(m->to.port) && h &&
        replay_ahead_takes(e->ahead, m->conn))
        nbt_simnet_listen(e->net, h->hand_obj, (nbt_ep){ 0, m->to.port });
}

/* When a move of theirs is to be made: its programs do it a moment before it is on the wire. */
static nbt_time when(const replay_emulate *e, const cap_move *m)
{
    nbt_time at = cap_player_expected(e->player, m), now = nbt_simnet_now(e->net);
    return at > now ? at - DELAY : now;
}

static bool plan(replay_emulate *e, replay_host *h, uint8_t lana, const cap_move *m, nbt_time at)
{
    cap_move mapped = *m;
    mapped.to.ip = here(e, m->to.ip);
    const nbt_ssn *request = NULL;
    if (m->kind == CAP_MOVE_OPEN && m->to.port == NBT_PORT_SSN)
        request = replay_ahead_request(e->ahead, m->conn);
    if (request)
        replay_hand_call(h->hand, at, lana, m->conn, request->calling.b, request->called.b);
    bool can = replay_hand_move(h->hand, at, lana, &mapped);
    if (h->off)
        return can; /* it is asked what is due when it is there again */
    (void)nbt_simnet_begin(e->net);
    nbt_simnet_end(e->net, h->hand_obj);
    return can;
}

/* --- power ------------------------------------------------------------------------------------ */

static void add_switch(replay_emulate *e, nbt_time at, size_t host, bool on)
{
    e->power[e->npower] = (replay_switch){ at, host, on };
    for (size_t i = e->npower++; i > e->power_done && e->power[i - 1].at > e->power[i].at; i--) {
        replay_switch s = e->power[i];
        e->power[i] = e->power[i - 1];
        e->power[i - 1] = s;
    }
}

/* Who loses power before a move of the capture, or says its last then. It is there again before it
 * says something. */
static void expect_downs(replay_emulate *e, const cap_move *m)
{
    const replay_down *down;
    size_t n = replay_downs_all(e->cfg.study->downs, &down);
    uint8_t lana;
    if (e->ndowns == n)
        return;
    if (!e->power && !(e->power = calloc(2 * n, sizeof *e->power)))
        e->failed = true;
    for (; !e->failed && e->ndowns < n && down[e->ndowns].at <= m->time; e->ndowns++) {
        const replay_down *d = &down[e->ndowns];
        replay_host *h = host_at(e, here(e, d->ip), &lana);
        nbt_time shift = cap_player_expected(e->player, m) - m->time;
        nbt_time off = d->at + shift - 2 * DELAY, on = d->back + shift - 2 * DELAY;
        if (!h)
            continue;
        if (d->back < INT64_MAX && off < on - 2 * DELAY)
            off = on - 2 * DELAY;
        add_switch(e, off, (size_t)(h - e->host), false);
        if (d->back < INT64_MAX)
            add_switch(e, on, (size_t)(h - e->host), true);
    }
}

/* Throws the next switch, if nothing else happens before. */
static bool throw_switch(replay_emulate *e)
{
    if (e->power_done == e->npower || e->power[e->power_done].at > nbt_simnet_due(e->net))
        return false;
    const replay_switch *s = &e->power[e->power_done++];
    if (s->at > nbt_simnet_now(e->net))
        nbt_simnet_run(e->net, s->at);
    if (!s->on)
        replay_host_off(&e->host[s->host], &e->making);
    else if (!replay_host_on(&e->host[s->host], &e->making, e->cfg.seed + e->power_done))
        e->failed = true;
    return true;
}

/* --- moves ------------------------------------------------------------------------------------ */

/* Ours ends a connection. What the other side says after that crossed with it: it is said before
 * that is known. */
static void expect_crossing(replay_emulate *e, const cap_move *m)
{
    uint8_t lana;
    replay_host *h = host_at(e, here(e, m->to.ip), &lana);
    const cap_move *said;
    for (size_t i = 0; h && (said = replay_ahead_said(e->ahead, m->conn, i)); i++) {
        (void)plan(e, h, lana, said, when(e, m));
        e->crossing[m->conn % CROSSINGS] = (replay_crossing){ m->conn, said->seq };
    }
}

/* Whether the other side can make it. What its programs do is planned before it is expected. */
static bool playable(replay_emulate *e, const cap_move *m)
{
    uint8_t lana;
    expect_downs(e, m);
    replay_host *h = m->ours ? NULL : host_at(e, here(e, m->from.ip), &lana);
    if (m->ours) {
        expect_stream(e, m);
        if (m->kind == CAP_MOVE_FIN)
            expect_crossing(e, m);
        return true;
    }
    if (!h)
        return false;
    const replay_crossing *x = &e->crossing[m->conn % CROSSINGS];
    if (m->kind == CAP_MOVE_MESSAGE && m->conn == x->conn && m->seq <= x->seq)
        return true; /* it is planned */
    return plan(e, h, lana, m, when(e, m)) && !m->aside;
}

static void feed(replay_emulate *e)
{
    cap_move m;
    while (cap_player_wants(e->player)) {
        bool more = replay_ahead_next(e->ahead, &m);
        if (more && !playable(e, &m)) {
            e->unplayed += !m.aside;
            continue;
        }
        nbt_out *out = nbt_simnet_begin(e->net);
        if (more)
            cap_player_feed(e->player, nbt_simnet_now(e->net), &m, out);
        else
            cap_player_end(e->player, nbt_simnet_now(e->net));
        nbt_simnet_end(e->net, e->player_obj);
    }
}

static void write_frames(replay_emulate *e)
{
    const nbt_simframe *f;
    while (e->written && (f = nbt_simnet_frame(e->net)))
        (void)simcap_put(e->written, f);
}

/* Another round, if this one had anything. */
static bool go_round(replay_emulate *e)
{
    const cap_player_counts *c = cap_player_counted(e->player);
    if (e->failed || e->round == e->rounds || !cap_player_over(e->player) ||
        c->expected + c->of[CAP_SENT] + c->of[CAP_SKIPPED] == 0 || replay_feed_error(e->feed)[0])
        return false;
    write_frames(e);
    e->failed = !make_again(e);
    return !e->failed;
}

static void step(replay_emulate *e)
{
    if (!throw_switch(e) && !nbt_simnet_step(e->net))
        e->ended = true;
    while (nbt_simnet_next(e->net))
        continue;
    write_frames(e);
    e->failed = e->failed || nbt_simnet_failed(e->net);
}

bool replay_emulate_next(replay_emulate *e, cap_result *r)
{
    while (!e->failed && !e->ended) {
        feed(e);
        if (cap_player_next(e->player, r))
            return true;
        if (replay_emulate_waits(e, r))
            break;
        if (!cap_player_over(e->player))
            step(e);
        else if (!go_round(e))
            break;
    }
    write_frames(e);
    e->failed = e->failed || cap_player_counted(e->player)->failed;
    return false;
}

bool replay_emulate_waits(replay_emulate *e, cap_result *r)
{
    return e->cfg.player->step && cap_player_waits(e->player, r);
}

void replay_emulate_step(replay_emulate *e)
{
    nbt_out *out = nbt_simnet_begin(e->net);
    cap_player_step(e->player, nbt_simnet_now(e->net), out);
    nbt_simnet_end(e->net, e->player_obj);
}

const cap_player_counts *replay_emulate_counted(replay_emulate *e)
{
    const cap_player_counts *c = cap_player_counted(e->player);
    e->all = e->past;
    for (size_t i = 0; i < CAP_VERDICTS; i++)
        e->all.of[i] += c->of[i];
    e->all.expected += c->expected;
    e->all.unneeded += c->unneeded;
    e->all.again += c->again;
    e->all.strangers += c->strangers;
    e->all.failed = e->all.failed || c->failed;
    return &e->all;
}

uint64_t replay_emulate_unplayed(const replay_emulate *e)
{
    return e->unplayed;
}

const cap_left *replay_emulate_left(replay_emulate *e)
{
    e->all_left = e->past_left;
    replay_left_add(&e->all_left, replay_feed_left(e->feed));
    return &e->all_left;
}

const char *replay_emulate_error(const replay_emulate *e)
{
    return replay_feed_error(e->feed);
}

bool replay_emulate_about(const replay_emulate *e, size_t i, char line[REPLAY_LINE_MAX])
{
    if (i >= e->nhosts)
        return false;
    const replay_host *h = &e->host[i];
    int n = 0;
    for (size_t k = 0; k < h->nlanas && n < REPLAY_LINE_MAX - 16; k++) {
        uint32_t ip = h->lana[k].ip;
        n += snprintf(line + n, (size_t)(REPLAY_LINE_MAX - n), "%s%u.%u.%u.%u", k ? ", " : "",
                      ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
    }
    (void)snprintf(line + n, (size_t)(REPLAY_LINE_MAX - n), ": %s (%s), %c node, %zu names",
                   h->server ? "a name server and a computer" : "a computer",
                   e->making.profile->name, "BPMH"[h->lana[0].type], h -> names);
    return true;
}
