/*
 * A computer with programs, a name and sessions, in a world where anything may happen at any time:
 * streams in any pieces, garbage, late and repeated events, commands in any order.
 *
 * What must hold: every command is answered once and only once; what a session receives is what its
 * peer has sent, in order, nothing twice; what it sends is whole packets, messages in the order of
 * their SENDs; nothing is done to a connection that is gone; at the end nothing is left.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "nbt/computer.h"
#include "nbt/draft.h"
#include "nbt/ssn.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { TAGS = 512, CONNS = 48, PROCS = 3, OPS_MAX = 400 };

/* A connection as the world sees it. */
typedef struct conn {
    uint32_t number;
    bool gone, closed, held;  /* as the computer wants it */
    bool dirty;               /* its stream has seen garbage: what arrives is anybody's guess */
    uint8_t to[4096];         /* what the peer sends */
    size_t have, at;          /* written, and delivered */
    uint32_t messages;        /* that the peer has written */
    uint32_t heard, heard_at; /* messages received here, and octets of the next */
    uint32_t sent;            /* messages sent from here */
    size_t queued;            /* octets not reported as SENT */
} conn;

typedef struct command {
    uint8_t verb;
    bool pending, accepted, wait;
    uint32_t proc;
} command;

typedef struct world {
    nbt_rd in;
    nbt_computer *c;
    nbt_out out;
    nbt_time now;
    size_t blocks;
    uint16_t id; /* of the datagram sent last */
    command tag[TAGS];
    uint32_t last_tag;
    conn conn[CONNS];
    size_t nconns;
    uint32_t accepted; /* numbers of connections that came in */
    conn *current;     /* the connection of the event that is being handled */
    conn *by_lsn[256];
} world;

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    size_t *blocks = ctx;
    (void)old;
    if (size == 0) {
        *blocks -= p != NULL;
        free(p);
        return NULL;
    }
    *blocks += p == NULL;
    return realloc(p, size);
}

static uint8_t next(world *w)
{
    return nbt_rd_left(&w->in) > 0 ? nbt_rd_u8(&w->in, "op") : 0;
}

/* The octet at a place of the nth message, the same on both sides. */
static uint8_t content(uint32_t message, uint32_t at)
{
    return (uint8_t)(message * 37 + at * 11);
}

static uint32_t length_of(uint32_t message)
{
    return message * 13 % 70;
}

/* --- what the computer does ------------------------------------------------------------------- */

static conn *find_conn(world *w, uint32_t number)
{
    for (size_t i = 0; i < w->nconns; i++)
        if (w->conn[i].number == number)
            return &w->conn[i];
    return NULL;
}

static void take_packet(conn *c, nbt_bytes data)
{
    nbt_rd r;
    nbt_ssn m;
    nbt_rd_init(&r, data.p, data.n);
    nbt_ssn_rd(&r, &m);
    assert(!r.err && !c->closed);
    c->queued += data.n;
    if (m.type != NBT_SSN_MESSAGE)
        return;
    for (uint32_t i = 0; i < m.data.n; i++)
        assert(m.data.p[i] == content(c->sent, i));
    c->sent++;
}

static void take_tcp(world *w, const nbt_act *act)
{
    conn *c = find_conn(w, act->conn);
    if (act->kind == NBT_ACT_TCP_OPEN) {
        assert(!c && act->conn % 2 == 0);
        if (w->nconns == CONNS)
            return;
        w->conn[w->nconns++] = (conn){ .number = act->conn };
        return;
    }
    if (!c)
        return; /* there was no room for it in this world */
    assert(!c->gone);
    if (act->kind == NBT_ACT_TCP_SEND)
        take_packet(c, nbt_out_data(&w->out, act));
    if (act->kind == NBT_ACT_TCP_HOLD || act->kind == NBT_ACT_TCP_RESUME) {
        assert(c->held == (act->kind == NBT_ACT_TCP_RESUME));
        c->held = act->kind == NBT_ACT_TCP_HOLD;
    }
    if (act->kind == NBT_ACT_TCP_CLOSE) {
        assert(!c->closed);
        c->closed = true;
    }
    c->gone = act->kind == NBT_ACT_TCP_ABORT;
}

/* Received octets are the next ones that the peer has sent. */
static void take_message(conn *c, nbt_bytes data, bool whole)
{
    if (!c || c->dirty)
        return;
    assert(c->heard < c->messages);
    for (size_t i = 0; i < data.n; i++)
        assert(data.p[i] == content(c->heard, c->heard_at++));
    assert(c->heard_at <= length_of(c->heard));
    assert(whole == (c->heard_at == length_of(c->heard)) || data.n == 0);
    if (whole) {
        c->heard++;
        c->heard_at = 0;
    }
}

static void take_answer(world *w, const nbt_act *act)
{
    assert(act->tag < TAGS);
    command *cmd = &w->tag[act->tag];
    assert(cmd->pending && cmd->proc == act->proc && cmd->verb == nbt_ncb_verb(&act->ncb));
    uint8_t nrc = act->ncb.retcode;
    if (act->kind == NBT_ACT_ACCEPTED) {
        assert(!cmd->wait && !cmd->accepted);
        cmd->accepted = true;
        cmd->pending = nrc == NBT_NRC_GOODRET;
        return;
    }
    assert(cmd->wait || cmd->accepted);
    cmd->pending = false;
    bool good = nrc == NBT_NRC_GOODRET || nrc == NBT_NRC_INCOMP;
    uint16_t lsn = act->ncb.lsn;
    if (good && (cmd->verb == NBT_NCB_CALL || cmd->verb == NBT_NCB_LISTEN)) {
        assert(lsn >= 1 && lsn <= NBT_SESSIONS_MAX);
        w->by_lsn[lsn] = w->current;
    }
    if (good && (cmd->verb == NBT_NCB_RECEIVE || cmd->verb == NBT_NCB_RECEIVE_ANY))
        take_message(w->by_lsn[lsn], nbt_out_data(&w->out, act), nrc == NBT_NRC_GOODRET);
}

static void drain(world *w)
{
    for (size_t i = 0; i < w->out.n; i++) {
        const nbt_act *act = &w->out.acts[i];
        nbt_bytes data = nbt_out_data(&w->out, act);
        switch (act->kind) {
        case NBT_ACT_SEND:
            w->id = (uint16_t)(data.p[0] << 8 | data.p[1]);
            break;
        case NBT_ACT_TCP_OPEN:
        case NBT_ACT_TCP_SEND:
        case NBT_ACT_TCP_HOLD:
        case NBT_ACT_TCP_RESUME:
        case NBT_ACT_TCP_CLOSE:
        case NBT_ACT_TCP_ABORT:
            take_tcp(w, act);
            break;
        case NBT_ACT_ACCEPTED:
        case NBT_ACT_DONE:
            take_answer(w, act);
            break;
        case NBT_ACT_TRACE:
            break;
        case NBT_ACT_TCP_LISTEN:
        case NBT_ACT_NCB:
        case NBT_ACT_APP:
            abort();
        }
    }
    nbt_out_clear(&w->out);
}

/* --- what happens to it -------------------------------------------------------------------------
 */

static const uint8_t *const names[] = {
    (const uint8_t *)"FRED            ",
    (const uint8_t *)"BARNEY          ",
    (const uint8_t *)"GROUP           ",
    (const uint8_t *)"*\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
};

static void submit(world *w, uint8_t verb, nbt_ncb ncb, const void *data, size_t n)
{
    uint32_t tag = ++w->last_tag;
    if (tag == TAGS - PROCS) { /* what is left is for the end */
        w->last_tag--;
        return;
    }
    uint8_t how = next(w);
    ncb.command = (uint8_t)(verb | (how & NBT_NCB_ASYNC));
    w->tag[tag] = (command){ .verb = verb, .pending = true };
    w->tag[tag].wait = !(how & NBT_NCB_ASYNC);
    w->tag[tag].proc = 1 + how % PROCS;
    nbt_computer_do(w->c, w->now, w->tag[tag].proc, tag, &ncb, (nbt_bytes){ data, n }, &w->out);
    drain(w);
    assert(!w->tag[tag].pending || w->tag[tag].wait || w->tag[tag].accepted);
}

static void submit_some(world *w, uint8_t verb)
{
    nbt_ncb ncb = { .lsn = next(w), .num = next(w), .length = next(w), .target = next(w) };
    memcpy(ncb.name, names[ncb.num % 4], NBT_NAME_LEN);
    memcpy(ncb.callname, names[ncb.lsn % 4], NBT_NAME_LEN);
    if (ncb.num & 0x40)
        ncb.num = NBT_NUM_ANY;
    ncb.rto = ncb.sto = (uint8_t)(ncb.length % 5);
    submit(w, verb, ncb, NULL, 0);
}

/* Its content continues the session's, so that the order can be checked on the wire. */
static void send_message(world *w)
{
    uint16_t lsn = next(w);
    uint8_t data[128];
    conn *c = w->by_lsn[lsn];
    uint32_t n = length_of(next(w));
    for (uint32_t i = 0; i < n; i++)
        data[i] = content(c ? c->sent : 0, i);
    submit(w, NBT_NCB_SEND, (nbt_ncb){ .lsn = lsn, .length = n }, data, n);
}

static void report(world *w, conn *c, nbt_tcp_ev ev)
{
    w->current = c;
    ev.conn = c->number;
    ev.peer = (nbt_ep){ 0x0A000009, 4000 };
    nbt_computer_tcp(w->c, w->now, &ev, &w->out);
    drain(w);
    w->current = NULL;
}

static void peer_writes(conn *c, const void *p, size_t n)
{
    if (n > sizeof c->to - c->have)
        return;
    if (n > 0)
        memcpy(c->to + c->have, p, n);
    c->have += n;
}

static void peer_writes_packet(conn *c, const nbt_ssn *m)
{
    uint8_t bytes[1024];
    nbt_wr w;
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_ssn_wr(&w, m);
    assert(!w.err);
    peer_writes(c, bytes, w.at);
}

static void peer_writes_message(conn *c)
{
    uint8_t data[128];
    uint32_t n = length_of(c->messages);
    if (sizeof c->to - c->have < 4 + n)
        return;
    for (uint32_t i = 0; i < n; i++)
        data[i] = content(c->messages, i);
    peer_writes_packet(c, &(nbt_ssn){ .type = NBT_SSN_MESSAGE, .data = { data, n } });
    c->messages++;
}

static void peer_asks(world *w, conn *c)
{
    nbt_ssn m = { .type = NBT_SSN_REQUEST };
    memcpy(m.called.b, names[next(w) % 3], NBT_NAME_LEN);
    memcpy(m.calling.b, names[next(w) % 3], NBT_NAME_LEN);
    peer_writes_packet(c, &m);
}

/* Octets of the stream, in a block of just that size. */
static void deliver(world *w, conn *c, size_t n)
{
    if (n > c->have - c->at)
        n = c->have - c->at;
    uint8_t *exact = malloc(n + 1);
    assert(exact);
    memcpy(exact + 1, c->to + c->at, n);
    c->at += n;
    report(w, c, (nbt_tcp_ev){ .kind = NBT_TCP_DATA, .data = { exact + 1, n } });
    free(exact);
}

static void happen_to(world *w, conn *c, uint8_t what)
{
    static const nbt_tcp_kind kinds[] = { NBT_TCP_OPENED, NBT_TCP_REFUSED, NBT_TCP_UNREACHABLE,
                                          NBT_TCP_EOF, NBT_TCP_RESET };
    size_t n;
    switch (what % 10) {
    case 0:
        peer_asks(w, c);
        deliver(w, c, next(w));
        return;
    case 1:
        peer_writes_packet(c, &(nbt_ssn){ .type = NBT_SSN_POSITIVE });
        deliver(w, c, next(w));
        return;
    case 2:
        peer_writes_message(c);
        return;
    case 3:
        peer_writes_packet(c, &(nbt_ssn){ .type = NBT_SSN_KEEP_ALIVE });
        return;
    case 4:
        deliver(w, c, next(w));
        return;
    case 5: /* garbage */
        c->dirty = true;
        n = next(w) % 16;
        if (n > nbt_rd_left(&w->in))
            n = nbt_rd_left(&w->in);
        peer_writes(c, nbt_rd_take(&w->in, n, "garbage"), n);
        deliver(w, c, next(w));
        return;
    case 6:
        n = next(w) < c->queued ? next(w) % (c->queued + 1) : c->queued;
        c->queued -= n;
        report(w, c, (nbt_tcp_ev){ .kind = NBT_TCP_SENT, .sent = n });
        return;
    case 7:
        peer_writes_packet(c, &(nbt_ssn){ .type = NBT_SSN_NEGATIVE, .code = next(w) });
        deliver(w, c, 255);
        return;
    case 8:
        peer_writes_packet(c, &(nbt_ssn){ .type = NBT_SSN_RETARGET,
                                          .retarget = { 0x0A000000u + next(w) % 16, next(w) } });
        deliver(w, c, 255);
        return;
    default:
        report(w, c, (nbt_tcp_ev){ .kind = kinds[next(w) % 5] });
        return;
    }
}

static void accept_connection(world *w)
{
    if (w->nconns == CONNS)
        return;
    conn *c = &w->conn[w->nconns++];
    *c = (conn){ .number = w->accepted += 2 };
    report(w, c, (nbt_tcp_ev){ .kind = NBT_TCP_ACCEPTED });
}

/* An answer to what was asked last, right or wrong, or a demand that nobody waits for. */
static void hear_name_service(world *w)
{
    static const struct {
        unsigned word;
        bool demand;
    } kinds[] = { { NBT_WORD_POSITIVE_QUERY, false },
                  { NBT_WORD_POSITIVE_QUERY, false },
                  { NBT_WORD_NEGATIVE_REGISTRATION | NBT_RCODE_ACT_ERR, false },
                  { NBT_WORD_CONFLICT_DEMAND, true } };
    nbt_draft d;
    uint8_t bytes[NBT_NS_UDP_MAX], which = next(w);
    unsigned kind = which >> 5 & 3;
    uint32_t from = 0x0A000000u + which % 16;
    nbt_name name = { 0 };
    memcpy(name.b, names[which % 3], NBT_NAME_LEN);
    nbt_addr addr = { .ip = kinds[kind].demand ? 0 : from };
    if (which & 0x80)
        addr.nb_flags = NBT_NB_G;
    uint16_t id = (uint16_t)(kinds[kind].demand ? 77 : w->id);
    nbt_draft_response(&d, id, kinds[kind].word, &name, 0, addr);
    nbt_wr wr;
    nbt_wr_init(&wr, bytes, sizeof bytes);
    nbt_ns_wr(&wr, &d.ns);
    nbt_computer_rx(w->c, w->now, 0, (nbt_ep){ from, 137 }, (nbt_ep){ 0x0A000001, 137 },
                    (nbt_bytes){ bytes, wr.at }, &w->out);
    drain(w);
}

static void pass(world *w, nbt_time more)
{
    w->now += more;
    nbt_computer_tick(w->c, w->now, &w->out);
    drain(w);
}

static void gone(world *w, uint32_t proc)
{
    for (uint32_t tag = 0; tag < TAGS; tag++)
        w->tag[tag].pending = w->tag[tag].pending && w->tag[tag].proc != proc;
    nbt_computer_gone(w->c, w->now, proc, &w->out);
    drain(w);
}

static void happen(world *w)
{
    static const uint8_t verbs[] = {
        NBT_NCB_LISTEN,    NBT_NCB_CALL,           NBT_NCB_RECEIVE,        NBT_NCB_RECEIVE_ANY,
        NBT_NCB_HANGUP,    NBT_NCB_CANCEL,         NBT_NCB_ADD_NAME,       NBT_NCB_ADD_GROUP_NAME,
        NBT_NCB_RESET,     NBT_NCB_ADAPTER_STATUS, NBT_NCB_SESSION_STATUS, NBT_NCB_FIND_NAME,
        NBT_NCB_LANA_ENUM, NBT_NCB_DELETE_NAME,    NBT_NCB_CHAIN_SEND,     0x7F,
    };
    uint8_t op = next(w);
    if (op < 64) {
        submit_some(w, verbs[op % 16]);
    } else if (op < 80) {
        send_message(w);
    } else if (op < 96) {
        accept_connection(w);
    } else if (op < 104) {
        hear_name_service(w);
    } else if (op < 120) {
        pass(w, NBT_MS(50) * next(w));
    } else if (op < 122) {
        gone(w, 1 + next(w) % PROCS);
    } else if (w->nconns > 0) {
        conn *c = &w->conn[next(w) % w->nconns];
        if (!c->gone)
            happen_to(w, c, op);
        else
            (void)next(w);
    }
}

/* --- beginning and end
 * ---------------------------------------------------------------------------- */

static void begin(world *w)
{
    static const nbt_lana_cfg lana = { .ip = 0x0A000001,
                                       .mask = 0xFFFFFF00,
                                       .broadcast = 0x0A0000FF };
    nbt_lana_cfg cfg = lana;
    cfg.profile = nbt_profile_find("rfc", 3);
    nbt_mem mem = { &w->blocks, resize };
    nbt_out_init(&w->out, mem);
    w->c = nbt_computer_new(&(nbt_computer_cfg){ mem, 1, &cfg, 1, 0, NULL, 0 });
    assert(w->c);
    w->accepted = UINT32_MAX;
    nbt_ncb add = { .command = NBT_NCB_ADD_NAME };
    memcpy(add.name, names[0], NBT_NAME_LEN);
    w->tag[0] = (command){ .verb = NBT_NCB_ADD_NAME, .pending = true, .wait = true, .proc = 1 };
    nbt_computer_do(w->c, w->now, 1, 0, &add, (nbt_bytes){ NULL, 0 }, &w->out);
    for (int i = 0; i < 4; i++)
        pass(w, NBT_MS(250));
    assert(!w->tag[0].pending);
}

/* After a RESET of each program nothing waits; after they have gone nothing is left. */
static void end(world *w)
{
    for (uint32_t proc = 1; proc <= PROCS; proc++) {
        uint32_t tag = TAGS - proc;
        w->tag[tag] = (command){ .verb = NBT_NCB_RESET, .pending = true, .wait = true };
        w->tag[tag].proc = proc;
        nbt_ncb reset = { .command = NBT_NCB_RESET };
        nbt_computer_do(w->c, w->now, proc, tag, &reset, (nbt_bytes){ NULL, 0 }, &w->out);
        drain(w);
    }
    for (uint32_t tag = 0; tag < TAGS; tag++)
        assert(!w->tag[tag].pending);
    for (uint32_t proc = 1; proc <= PROCS; proc++)
        gone(w, proc);
    for (int i = 0; i < 10; i++) /* closes and releases run out */
        pass(w, NBT_S(30));
    assert(nbt_computer_due(w->c) == NBT_NEVER);
    assert(nbt_node_names(nbt_computer_lana(w->c, 0))->count == 0);
    nbt_computer_free(w->c);
    nbt_out_fini(&w->out);
    assert(w->blocks == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static world w;
    memset(&w, 0, sizeof w);
    nbt_rd_init(&w.in, bytes, len);
    begin(&w);
    for (int i = 0; i < OPS_MAX && nbt_rd_left(&w.in) > 0; i++)
        happen(&w);
    end(&w);
    return 0;
}
