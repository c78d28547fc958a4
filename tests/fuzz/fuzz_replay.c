/*
 * The player with moves of any octets, and a peer who says and does anything at any time: it comes
 * to an end, and every move of either side has had exactly one verdict then.
 *
 * The input is a list of events: what, how (an octet each), a length of two octets, and octets.
 */
#include "capture/replay_play.h"
#include "nbt/wire.h"
#include "tools/host/mem.h"

#include <assert.h>

enum { US = 0x0A000001, THEM = 0x0A000002, ALL = 0x0A0000FF, MOVES_MAX = 64, TICKS_MAX = 100000 };

typedef struct game {
    cap_player *p;
    nbt_out out;
    nbt_time now;
    uint64_t seq, ours;
    uint32_t accepted; /* connections of theirs */
} game;

static nbt_service service_of(unsigned how)
{
    return how & 1 ? NBT_SERVICE_DATAGRAM : NBT_SERVICE_NAME;
}

static void feed(game *g, cap_move m, nbt_service service, nbt_bytes bytes)
{
    nbt_msg msg;
    if (!cap_player_wants(g->p) || g->seq >= MOVES_MAX)
        return;
    m.seq = m.number = ++g->seq;
    m.time = (int64_t)g->seq * 50000;
    m.cause = m.cause < m.seq ? m.cause : 0;
    g->ours += m.ours;
    if (m.kind == CAP_MOVE_DATAGRAM || m.kind == CAP_MOVE_MESSAGE) {
        m.bytes = bytes;
        (void)nbt_msg_rd(&msg, service, bytes.p, bytes.n);
        m.msg = m.framing == CAP_FRAMING_RC ? NULL : &msg;
    }
    cap_player_feed(g->p, g->now, &m, &g->out);
}

static void datagram(game *g, bool ours, unsigned how, nbt_bytes bytes)
{
    uint16_t port = how & 1 ? 138 : 137;
    cap_move m = { .ours = ours, .to_all = how & 2, .repeats = how & 4, .cause = how >> 3 };
    m.from = (nbt_ep){ ours ? US : THEM, port };
    m.to = (nbt_ep){ m.to_all ? ALL : ours ? THEM : US, port };
    feed(g, m, service_of(how), bytes);
}

static void on_conn(game *g, unsigned how, nbt_bytes bytes)
{
    static const cap_move_kind kind[8] = { CAP_MOVE_OPEN,    CAP_MOVE_ACCEPT,  CAP_MOVE_REFUSE,
                                           CAP_MOVE_MESSAGE, CAP_MOVE_MESSAGE, CAP_MOVE_MESSAGE,
                                           CAP_MOVE_FIN,     CAP_MOVE_RESET };
    bool ours = how & 8;
    uint64_t conn = 1 + (how >> 4 & 3);
    cap_move m = { .kind = kind[how & 7], .ours = ours, .conn = conn, .cause = how >> 6 };
    m.framing = conn == 3 ? CAP_FRAMING_NAME : conn == 2 ? CAP_FRAMING_RC : CAP_FRAMING_SESSION;
    m.from = (nbt_ep){ ours ? US : THEM, 139 };
    m.to = (nbt_ep){ ours ? THEM : US, 139 };
    feed(g, m, conn == 3 ? NBT_SERVICE_NAME : NBT_SERVICE_SESSION, bytes);
}

static void happens(game *g, unsigned how, nbt_bytes bytes)
{
    nbt_tcp_ev ev = { .kind = (nbt_tcp_kind)(how % (NBT_TCP_RESET + 1)),
                      .conn = 1 + (how >> 3 & 7),
                      .peer = { THEM, 4000 },
                      .local = { US, 139 },
                      .data = bytes };
    if (ev.kind == NBT_TCP_ACCEPTED) /* the world never gives a number twice */
        ev.conn = 2 * g->accepted++ + 1;
    cap_player_tcp(g->p, g->now, &ev, &g->out);
}

static void pull(game *g)
{
    cap_result r;
    cap_buf b = { 0 };
    while (cap_player_next(g->p, &r)) {
        b.n = 0;
        if (!cap_move_word(r.kind))
            cap_say(&b, r.carry, r.got.n ? r.got : r.expected);
        assert((r.verdict == CAP_DIFFERENT || r.verdict == CAP_SKIPPED) == (r.diff[0] != '\0'));
    }
    cap_buf_fini(&b);
}

static void play(game *g, nbt_rd *in)
{
    while (nbt_rd_left(in) >= 4) {
        unsigned what = nbt_rd_u8(in, "what"), how = nbt_rd_u8(in, "how");
        size_t n = nbt_rd_u16(in, "length");
        n = n < nbt_rd_left(in) ? n : nbt_rd_left(in);
        nbt_bytes b = { nbt_rd_take(in, n, "octets"), n };
        nbt_ep from = { THEM + (what >> 6), how & 1 ? 138 : 137 };
        nbt_ep to = { how & 2 ? ALL : US, from.port };
        nbt_out_clear(&g->out);
        switch (what & 7) {
        case 0:
        case 1:
            datagram(g, what & 1, how, b);
            break;
        case 2:
            cap_player_rx(g->p, g->now, 0, from, to, b, &g->out);
            break;
        case 3:
            g->now += NBT_MS(how * 10);
            cap_player_tick(g->p, g->now, &g->out);
            break;
        case 4:
        case 5:
            on_conn(g, how, b);
            break;
        default:
            happens(g, how, b);
        }
        pull(g);
    }
}

static void finish(game *g)
{
    cap_player_end(g->p, g->now);
    for (int i = 0; !cap_player_over(g->p); i++) {
        nbt_time due = cap_player_due(g->p);
        assert(due != NBT_NEVER && i < TICKS_MAX);
        g->now = due > g->now ? due : g->now;
        nbt_out_clear(&g->out);
        cap_player_tick(g->p, g->now, &g->out);
        pull(g);
    }
    const cap_player_counts *c = cap_player_counted(g->p);
    assert(!c->failed);
    assert(c->of[CAP_SENT] + c->of[CAP_SKIPPED] == g->ours);
    assert(c->expected == g->seq - g->ours);
    assert(c->expected == c->of[CAP_MATCHED] + c->of[CAP_LATE] + c->of[CAP_DIFFERENT] +
                              c->of[CAP_MISSING] + c->unneeded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t us = US, all = ALL;
    cap_map map = { .salt = 0x4000 };
    cap_ignore ignore = { 0 };
    cap_player_cfg cfg = { .map = &map,
                           .ignore = &ignore,
                           .ours = &us,
                           .broadcast = &all,
                           .nours = 1,
                           .timing = size % 2 ? CAP_TIMING_ASAP : CAP_TIMING_CAPTURED,
                           .scale = 1000000,
                           .patience = NBT_S(1),
                           .late = NBT_MS(100),
                           .all = true };
    game g = { .p = cap_player_new(&cfg), .now = NBT_S(1) };
    nbt_rd in;
    assert(g.p);
    nbt_out_init(&g.out, host_mem());
    cap_player_start(g.p, g.now, NULL, 0, &g.out);
    nbt_rd_init(&in, data, size);
    play(&g, &in);
    finish(&g);
    cap_player_free(g.p);
    nbt_out_fini(&g.out);
    return 0;
}
