/*
 * The session machine: establishment from both sides, the stream of messages, the end. Every change
 * of phase goes through enter(). It never looks up a name and never waits for a program.
 */
#include "nbt/session.h"

#include "nbt/mem.h"

#include <assert.h>

/* The header's fields, RFC 1002 4.3.1. */
enum { TYPE_AT = 0, FLAGS_AT = 1, LENGTH_AT = 2 };

static const nbt_profile *profile(const nbt_session *s)
{
    return s->cfg.lana->profile;
}

static nbt_time later(nbt_time now, nbt_time wait)
{
    return wait == NBT_NEVER ? NBT_NEVER : now + wait;
}

const char *nbt_phase_str(nbt_phase phase)
{
    switch (phase) {
    case NBT_PHASE_LOOKUP:
        return "lookup";
    case NBT_PHASE_CONNECT:
        return "connect";
    case NBT_PHASE_PAUSE:
        return "pause";
    case NBT_PHASE_ANSWER:
        return "answer";
    case NBT_PHASE_REJECTED:
        return "rejected";
    case NBT_PHASE_REQUEST:
        return "request";
    case NBT_PHASE_OFFER:
        return "offer";
    case NBT_PHASE_TURNED:
        return "turned";
    case NBT_PHASE_UP:
        return "up";
    case NBT_PHASE_CLOSE:
        return "close";
    case NBT_PHASE_OVER:
        return "over";
    }
    return "unknown";
}

static nbt_trace *trace(const nbt_session *s, const char *what, nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_TRACE, NULL, 0);
    act->lana = s->cfg.lana->lana;
    act->conn = s->conn;
    act->trace.what = what;
    act->trace.from = "";
    act->trace.peer = s->peer;
    act->trace.unnamed = !s->named;
    memcpy(act->trace.name, s->called.b, NBT_NAME_LEN);
    return &act->trace;
}

/* What came cannot be read: `r` has the trouble. If it has none, its type is out of place. */
static void trace_malformed(const nbt_session *s, const nbt_rd *r, const char *out_of_place,
                            nbt_out *out)
{
    nbt_trace *t = trace(s, "session packet", out);
    t->to = "malformed";
    t->why = r->err ? nbt_err_str(r->err) : out_of_place;
    t->field = r->err ? r->err_field : "TYPE";
    t->offset = (uint32_t)r->err_at;
}

/* The one gate for changes of phase. `code` is a session code or an NRC, 0 for none. */
static void enter(nbt_session *s, nbt_phase phase, nbt_time due, const char *why, uint8_t code,
                  nbt_out *out)
{
    bool begun = phase == NBT_PHASE_REQUEST || (phase == NBT_PHASE_LOOKUP && !s->call.attempts);
    nbt_trace *t = trace(s, "session", out);
    t->from = begun ? "" : nbt_phase_str(s->phase);
    t->to = nbt_phase_str(phase);
    t->why = why;
    t->code = code;
    s->phase = phase;
    s->due = due;
}

static nbt_act *tcp(nbt_session *s, nbt_act_kind kind, nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, kind, NULL, 0);
    act->lana = s->cfg.lana->lana;
    act->conn = s->conn;
    return act;
}

/* Gives TCP some octets, from two places; false when there was no memory for them. */
static bool queue(nbt_session *s, nbt_bytes head, nbt_bytes body, nbt_out *out)
{
    size_t before = out->n;
    nbt_act *act = nbt_out_add_both(out, NBT_ACT_TCP_SEND, head, body);
    act->lana = s->cfg.lana->lana;
    act->conn = s->conn;
    if (out->n == before)
        return false;
    s->queued += head.n + body.n;
    return true;
}

static bool send_packet(nbt_session *s, const nbt_ssn *m, nbt_out *out)
{
    uint8_t bytes[NBT_SSN_HEADER_LEN + NBT_SSN_REQUEST_MAX];
    nbt_wr w;
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_ssn_wr(&w, m);
    assert(!w.err); /* a configured scope fits into a name */
    return queue(s, (nbt_bytes){ bytes, w.at }, (nbt_bytes){ NULL, 0 }, out);
}

static void drop_buffer(nbt_session *s)
{
    nbt_mem_free(s->cfg.mem, s->buf, s->cap);
    s->buf = NULL;
    s->at = s->have = s->cap = s->taken = 0;
    s->message = false;
}

/* Over, whatever becomes of the connection. What has arrived may still be taken. */
static void end(nbt_session *s, uint8_t nrc, const char *why, nbt_out *out)
{
    s->nrc = nrc;
    s->live = false;
    s->lookup = false;
    s->keep_alive = NBT_NEVER;
    enter(s, NBT_PHASE_OVER, NBT_NEVER, why, nrc, out);
}

static void abort_connection(nbt_session *s, nbt_out *out)
{
    if (s->live)
        (void)tcp(s, NBT_ACT_TCP_ABORT, out);
    s->live = false;
}

static void close_connection(nbt_session *s, nbt_out *out)
{
    (void)tcp(s, NBT_ACT_TCP_CLOSE, out);
    s->fin_out = true;
}

void nbt_session_abort(nbt_session *s, uint8_t nrc, const char *why, nbt_out *out)
{
    abort_connection(s, out);
    drop_buffer(s);
    end(s, nrc, why, out);
}

static void init(nbt_session *s, const nbt_session_cfg *cfg)
{
    memset(s, 0, sizeof *s);
    s->cfg = *cfg;
    s->due = s->keep_alive = NBT_NEVER;
}

void nbt_session_fini(nbt_session *s)
{
    drop_buffer(s);
}

/* Octets that arrived: kept behind what is there. False when they are too many or memory ends. */
static bool keep(nbt_session *s, nbt_bytes data)
{
    if (data.n == 0)
        return true;
    if (s->at > 0) {
        memmove(s->buf, s->buf + s->at, s->have - s->at);
        s->have -= s->at;
        s->at = 0;
    }
    if (data.n > NBT_SESSION_BUFFER_MAX - s->have)
        return false;
    size_t cap = s->cap ? s->cap : 512;
    while (cap < s->have + data.n)
        cap *= 2;
    if (cap > s->cap) {
        void *buf = s->cfg.mem.resize(s->cfg.mem.ctx, s->buf, s->cap, cap);
        if (!buf)
            return false;
        s->buf = buf;
        s->cap = cap;
    }
    memcpy(s->buf + s->have, data.p, data.n);
    s->have += data.n;
    return true;
}

static void discard(nbt_session *s, size_t n)
{
    s->at += n;
    if (s->at == s->have)
        drop_buffer(s);
}

/* The next packet in the buffer. */
typedef enum next_packet {
    NEXT_PART,  /* not all of it is there */
    NEXT_WHOLE, /* `head` and its trailer are there */
    NEXT_BAD,   /* a type or flags that no packet has: the boundaries are lost (C2, C3) */
} next_packet;

/* `r` has what is wrong with a BAD one, and the header's end if a PART has not all of it. */
static next_packet look(const nbt_session *s, size_t at, nbt_rd *r, nbt_ssn_head *head)
{
    size_t n = s->have - at;
    nbt_rd_init(r, n > 0 ? s->buf + at : NULL, n);
    nbt_ssn_head_rd(r, head);
    if (r->err)
        return NEXT_PART;
    if (!nbt_code_find(NBT_CODESET_SSN_TYPE, head->type))
        nbt_rd_fail(r, NBT_ERR_VALUE, TYPE_AT, "TYPE");
    if (head->flags & ~(unsigned)NBT_SSN_E)
        nbt_rd_fail(r, NBT_ERR_VALUE, FLAGS_AT, "FLAGS");
    if (r->err)
        return NEXT_BAD;
    return nbt_rd_left(r) < head->length ? NEXT_PART : NEXT_WHOLE;
}

static size_t packet_len(const nbt_ssn_head *head)
{
    return NBT_SSN_HEADER_LEN + (size_t)head->length;
}

/* --- the calling side, RFC 1002 5.2.1.1 ----------------------------------------------------- */

static void connect_to_peer(nbt_session *s, nbt_time now, const char *why, nbt_out *out)
{
    *s->cfg.conns += 2; /* an opener's numbers are even */
    s->conn = *s->cfg.conns;
    s->peer = s->call.peer;
    s->live = true;
    s->fin_out = s->fin_in = false;
    s->queued = s->sent = 0;
    drop_buffer(s);
    nbt_act *act = tcp(s, NBT_ACT_TCP_OPEN, out);
    act->from.ip = s->cfg.lana->ip;
    act->to = s->peer;
    enter(s, NBT_PHASE_CONNECT, later(now, profile(s)->ssn_open_timeout), why, 0, out);
}

static void go_on(nbt_session *s, nbt_time now, nbt_call_next next, nbt_out *out)
{
    nbt_trouble trouble = s->call.trouble;
    const char *why = trouble == NBT_TROUBLE_NONE ? "" : nbt_trouble_str(trouble);
    switch (next) {
    case NBT_CALL_CONNECT:
        connect_to_peer(s, now, why, out);
        return;
    case NBT_CALL_PAUSE:
        enter(s, NBT_PHASE_PAUSE, later(now, profile(s)->ssn_retry_pause), why, 0, out);
        return;
    case NBT_CALL_LOOK_UP:
        s->lookup = true;
        enter(s, NBT_PHASE_LOOKUP, NBT_NEVER, "", 0, out);
        return;
    case NBT_CALL_WAIT:
        if (s->phase != NBT_PHASE_LOOKUP)
            enter(s, NBT_PHASE_LOOKUP, NBT_NEVER, why, 0, out);
        return;
    case NBT_CALL_FAIL:
        end(s, nbt_trouble_nrc(trouble), nbt_trouble_str(trouble), out);
        return;
    }
}

static void attempt_failed(nbt_session *s, nbt_time now, nbt_trouble trouble, nbt_out *out)
{
    go_on(s, now, nbt_call_failed(&s->call, trouble), out);
}

void nbt_session_call(nbt_session *s, const nbt_session_cfg *cfg,
                      const uint8_t called[NBT_NAME_LEN], const uint8_t calling[NBT_NAME_LEN],
                      nbt_out *out)
{
    init(s, cfg);
    s->called.scope = s->calling.scope = cfg->lana->scope;
    memcpy(s->called.b, called, NBT_NAME_LEN);
    memcpy(s->calling.b, calling, NBT_NAME_LEN);
    s->named = true;
    nbt_call_init(&s->call, cfg->lana);
    s->lookup = true;
    enter(s, NBT_PHASE_LOOKUP, NBT_NEVER, "call", 0, out);
}

bool nbt_session_lookup(nbt_session *s)
{
    bool wanted = s->lookup;
    s->lookup = false;
    return wanted;
}

uint32_t nbt_session_absent(nbt_session *s)
{
    uint32_t ip = s->absent;
    s->absent = 0;
    return ip;
}

void nbt_session_found(nbt_session *s, nbt_time now, const nbt_found *found, size_t n, bool last,
                       nbt_out *out)
{
    nbt_call_learn(&s->call, found, n, last);
    if (s->phase == NBT_PHASE_LOOKUP)
        go_on(s, now, nbt_call_resume(&s->call), out);
}

static void request_session(nbt_session *s, nbt_time now, nbt_out *out)
{
    nbt_ssn m = { .type = NBT_SSN_REQUEST, .called = s->called, .calling = s->calling };
    (void)send_packet(s, &m, out); /* if it is lost, so is the answer */
    enter(s, NBT_PHASE_ANSWER, later(now, profile(s)->ssn_response_timeout), "connected", 0, out);
}

/* Who refuses or retargets closes first (RFC 1001 16.2): the caller gives it the time to. */
static void rejected(nbt_session *s, nbt_time now, nbt_trouble trouble, uint8_t code, nbt_out *out)
{
    s->rejection = trouble;
    if (trouble == NBT_TROUBLE_NOT_PRESENT && !s->call.retargeted)
        s->absent = s->peer.ip;
    drop_buffer(s);
    enter(s, NBT_PHASE_REJECTED, later(now, profile(s)->ssn_retry_pause), nbt_trouble_str(trouble),
          code, out);
}

/* REJECTED: the connection is gone. */
static void after_rejection(nbt_session *s, nbt_time now, nbt_out *out)
{
    if (s->rejection == NBT_TROUBLE_RETARGETED)
        go_on(s, now, nbt_call_retarget(&s->call, s->retarget), out);
    else
        attempt_failed(s, now, s->rejection, out);
}

static nbt_trouble trouble_of(uint8_t code)
{
    if (code == NBT_SSN_CODE_NOT_LISTENING_CALLED || code == NBT_SSN_CODE_NOT_LISTENING_CALLING)
        return NBT_TROUBLE_NOT_LISTENING;
    if (code == NBT_SSN_CODE_CALLED_NOT_PRESENT)
        return NBT_TROUBLE_NOT_PRESENT;
    if (code == NBT_SSN_CODE_NO_RESOURCES)
        return NBT_TROUBLE_BUSY;
    return NBT_TROUBLE_UNSPECIFIED; /* also for codes that nobody knows (C7) */
}

static void up(nbt_session *s, nbt_time now, nbt_out *out);

/* ANSWER: the first packet decides. */
static void hear_answer(nbt_session *s, nbt_time now, nbt_out *out)
{
    nbt_rd r;
    nbt_ssn_head head;
    next_packet next = look(s, s->at, &r, &head);
    if (next == NEXT_PART)
        return;
    bool answer =
        next == NEXT_WHOLE && (head.type == NBT_SSN_POSITIVE || head.type == NBT_SSN_NEGATIVE ||
                               head.type == NBT_SSN_RETARGET);
    if (!answer) {
        trace_malformed(s, &r, "not a session response", out);
        abort_connection(s, out);
        attempt_failed(s, now, NBT_TROUBLE_LOST, out);
        return;
    }
    nbt_ssn m;
    nbt_rd_init(&r, s->buf + s->at, packet_len(&head));
    nbt_ssn_rd(&r, &m);
    if (head.type == NBT_SSN_POSITIVE) {
        discard(s, packet_len(&head));
        up(s, now, out);
    } else if (r.err) { /* without its code or address it is one of 8F (H43) */
        trace_malformed(s, &r, "", out);
        rejected(s, now, NBT_TROUBLE_UNSPECIFIED, NBT_SSN_CODE_UNSPECIFIED, out);
    } else if (head.type == NBT_SSN_NEGATIVE) {
        rejected(s, now, trouble_of(m.code), m.code, out);
    } else {
        s->retarget = m.retarget;
        rejected(s, now, NBT_TROUBLE_RETARGETED, 0, out);
    }
}

/* --- the called side, RFC 1002 5.2.1.2 ------------------------------------------------------- */

void nbt_session_answer(nbt_session *s, const nbt_session_cfg *cfg, nbt_time now, uint32_t conn,
                        nbt_ep peer, nbt_out *out)
{
    init(s, cfg);
    s->conn = conn;
    s->peer = peer;
    s->live = true;
    enter(s, NBT_PHASE_REQUEST, later(now, profile(s)->ssn_request_timeout), "accepted", 0, out);
}

/* Closes from this side first and waits, within bounds, until the peer has closed too. */
static void turn_away(nbt_session *s, nbt_time now, const char *why, uint8_t code, nbt_out *out)
{
    drop_buffer(s);
    close_connection(s, out);
    enter(s, NBT_PHASE_TURNED, later(now, profile(s)->ssn_close_timeout), why, code, out);
}

void nbt_session_refuse(nbt_session *s, nbt_time now, uint8_t code, nbt_out *out)
{
    nbt_ssn m = { .type = NBT_SSN_NEGATIVE, .code = code };
    (void)send_packet(s, &m, out);
    turn_away(s, now, "refused", code, out);
}

void nbt_session_retarget(nbt_session *s, nbt_time now, nbt_ep to, nbt_out *out)
{
    nbt_ssn m = { .type = NBT_SSN_RETARGET, .retarget = to };
    (void)send_packet(s, &m, out);
    turn_away(s, now, "retargeted", 0, out);
}

void nbt_session_garble(nbt_session *s, nbt_time now, nbt_bytes octets, nbt_out *out)
{
    (void)queue(s, octets, (nbt_bytes){ NULL, 0 }, out);
    turn_away(s, now, "answered with garbage", 0, out);
}

void nbt_session_ignore(nbt_session *s, nbt_out *out)
{
    drop_buffer(s);
    enter(s, NBT_PHASE_TURNED, NBT_NEVER, "ignored", 0, out);
}

void nbt_session_accept(nbt_session *s, nbt_time now, nbt_out *out)
{
    assert(s->phase == NBT_PHASE_OFFER);
    nbt_ssn m = { .type = NBT_SSN_POSITIVE };
    if (send_packet(s, &m, out))
        up(s, now, out);
    else
        nbt_session_abort(s, NBT_NRC_NORES, "no memory", out);
}

/* REQUEST: the first packet must be a SESSION REQUEST, and nothing but one. */
static void hear_request(nbt_session *s, nbt_time now, nbt_out *out)
{
    nbt_rd r;
    nbt_ssn_head head;
    next_packet next = look(s, s->at, &r, &head);
    if (s->have - s->at < NBT_SSN_HEADER_LEN)
        return;
    if (next == NEXT_BAD || head.type != NBT_SSN_REQUEST) { /* C13, C41 */
        trace_malformed(s, &r, "not a session request", out);
        turn_away(s, now, "not a session request", 0, out);
        return;
    }
    if (head.length > NBT_SSN_REQUEST_MAX) {
        nbt_rd_fail(&r, NBT_ERR_LENGTH, LENGTH_AT, "LENGTH");
        trace_malformed(s, &r, "", out);
        nbt_session_refuse(s, now, NBT_SSN_CODE_UNSPECIFIED, out);
        return;
    }
    if (next == NEXT_PART)
        return;
    nbt_ssn m;
    nbt_rd_init(&r, s->buf + s->at, packet_len(&head));
    nbt_ssn_rd(&r, &m);
    if (m.data.n > 0) /* C5 */
        nbt_rd_fail(&r, NBT_ERR_EXTRA, packet_len(&head) - m.data.n, "TRAILER");
    if (r.err) {
        trace_malformed(s, &r, "", out);
        nbt_session_refuse(s, now, NBT_SSN_CODE_UNSPECIFIED, out);
        return;
    }
    s->called = m.called;
    s->calling = m.calling;
    s->named = true;
    discard(s, packet_len(&head));
    enter(s, NBT_PHASE_OFFER, NBT_NEVER, "session request", 0, out);
}

/* --- the stream of messages, RFC 1002 5.2.2 -------------------------------------------------- */

static void restart_keep_alive(nbt_session *s, nbt_time now)
{
    s->keep_alive = later(now, profile(s)->ssn_keep_alive);
}

/* Looks for the next message, dropping keep-alives on the way. */
static void hear(nbt_session *s, nbt_out *out)
{
    while (!s->message && s->have > s->at) {
        nbt_rd r;
        nbt_ssn_head head;
        next_packet next = look(s, s->at, &r, &head);
        bool bad = next == NEXT_BAD;
        if (!bad && s->have - s->at >= NBT_SSN_HEADER_LEN)
            bad = head.type != NBT_SSN_MESSAGE && head.type != NBT_SSN_KEEP_ALIVE; /* C35, C21 */
        if (bad)
            trace_malformed(s, &r, "not a message", out);
        if (bad && s->phase == NBT_PHASE_UP) {
            nbt_session_abort(s, NBT_NRC_SABORT, "not a message", out);
            return;
        }
        if (bad || next == NEXT_PART)
            return;
        if (head.type == NBT_SSN_MESSAGE)
            s->message = true;
        else
            discard(s, packet_len(&head));
    }
}

static void up(nbt_session *s, nbt_time now, nbt_out *out)
{
    restart_keep_alive(s, now);
    enter(s, NBT_PHASE_UP, NBT_NEVER, "accepted", 0, out);
    hear(s, out);
}

bool nbt_session_message(const nbt_session *s, nbt_bytes *rest)
{
    if (!s->message)
        return false;
    nbt_rd r;
    nbt_ssn_head head;
    (void)look(s, s->at, &r, &head);
    rest->p = s->buf + s->at + NBT_SSN_HEADER_LEN + s->taken;
    rest->n = head.length - s->taken;
    return true;
}

void nbt_session_take(nbt_session *s, size_t n, nbt_out *out)
{
    nbt_bytes rest;
    bool waits = nbt_session_message(s, &rest);
    assert(waits && n <= rest.n);
    s->taken += n;
    if (n < rest.n)
        return;
    size_t len = NBT_SSN_HEADER_LEN + s->taken;
    s->message = false;
    s->taken = 0;
    discard(s, len);
    hear(s, out);
}

void nbt_session_flow(nbt_session *s, nbt_out *out)
{
    if (s->phase != NBT_PHASE_UP || s->message == s->held)
        return;
    s->held = s->message;
    (void)tcp(s, s->held ? NBT_ACT_TCP_HOLD : NBT_ACT_TCP_RESUME, out);
}

bool nbt_session_send(nbt_session *s, nbt_time now, nbt_bytes data, uint64_t *end_at, nbt_out *out)
{
    assert(s->phase == NBT_PHASE_UP && data.n <= NBT_SSN_LEN_MAX);
    uint8_t head[NBT_SSN_HEADER_LEN];
    nbt_wr w;
    nbt_wr_init(&w, head, sizeof head);
    nbt_ssn_head_wr(&w, NBT_SSN_MESSAGE, data.n);
    assert(!w.err);
    if (!queue(s, (nbt_bytes){ head, w.at }, data, out))
        return false;
    restart_keep_alive(s, now);
    *end_at = s->queued;
    return true;
}

/* --- the end, RFC 1002 5.2.3 ----------------------------------------------------------------- */

void nbt_session_close(nbt_session *s, nbt_time now, nbt_out *out)
{
    assert(s->phase == NBT_PHASE_UP);
    drop_buffer(s);
    if (s->held) /* or the peer's FIN would stay unread */
        (void)tcp(s, NBT_ACT_TCP_RESUME, out);
    s->held = false;
    s->keep_alive = NBT_NEVER;
    if (s->sent == s->queued)
        close_connection(s, out);
    enter(s, NBT_PHASE_CLOSE, later(now, profile(s)->ssn_close_timeout), "hung up", 0, out);
}

/* CLOSE: FIN once everything has left, over once the peer has sent its own. */
static void close_on(nbt_session *s, nbt_out *out)
{
    if (!s->fin_out && s->sent >= s->queued)
        close_connection(s, out);
    if (s->fin_out && s->fin_in)
        end(s, NBT_NRC_GOODRET, "closed", out);
}

/*
 * Whether what has arrived breaks off within a packet (C39). Where it does is told here; octets
 * that are no packet are told by whoever comes upon them.
 */
static bool half_a_packet(const nbt_session *s, nbt_out *out)
{
    for (size_t at = s->at; at < s->have;) {
        nbt_rd r;
        nbt_ssn_head head;
        next_packet next = look(s, at, &r, &head);
        if (next == NEXT_PART) {
            (void)nbt_rd_bytes(&r, head.length, "TRAILER");
            trace_malformed(s, &r, "", out);
        }
        if (next != NEXT_WHOLE)
            return true;
        at += packet_len(&head);
    }
    return false;
}

static void peer_closed(nbt_session *s, nbt_time now, nbt_out *out)
{
    s->fin_in = true;
    switch (s->phase) {
    case NBT_PHASE_ANSWER:
        (void)half_a_packet(s, out);
        close_connection(s, out);
        s->live = false;
        attempt_failed(s, now, NBT_TROUBLE_LOST, out);
        return;
    case NBT_PHASE_REJECTED:
        close_connection(s, out);
        s->live = false;
        after_rejection(s, now, out);
        return;
    case NBT_PHASE_UP: {
        bool half = half_a_packet(s, out);
        close_connection(s, out);
        end(s, half ? NBT_NRC_SABORT : NBT_NRC_SCLOSED,
            half ? "closed within a message" : "closed by the peer", out);
        hear(s, out);
        return;
    }
    case NBT_PHASE_CLOSE:
        close_on(s, out);
        return;
    case NBT_PHASE_REQUEST:
        (void)half_a_packet(s, out);
        close_connection(s, out);
        end(s, NBT_NRC_SCLOSED, "closed before a session request", out);
        return;
    case NBT_PHASE_TURNED:
        if (!s->fin_out)
            close_connection(s, out);
        end(s, NBT_NRC_SCLOSED, "closed", out);
        return;
    case NBT_PHASE_LOOKUP:
    case NBT_PHASE_CONNECT:
    case NBT_PHASE_PAUSE:
    case NBT_PHASE_OFFER:
    case NBT_PHASE_OVER:
        return;
    }
}

static void connection_broke(nbt_session *s, nbt_time now, nbt_out *out)
{
    s->live = false;
    switch (s->phase) {
    case NBT_PHASE_CONNECT:
        attempt_failed(s, now, NBT_TROUBLE_REFUSED, out);
        return;
    case NBT_PHASE_ANSWER:
        attempt_failed(s, now, NBT_TROUBLE_LOST, out);
        return;
    case NBT_PHASE_REJECTED:
        after_rejection(s, now, out);
        return;
    case NBT_PHASE_CLOSE: /* all sent: the peer only broke what was closed already */
        end(s, s->fin_out ? NBT_NRC_GOODRET : NBT_NRC_SABORT, "connection broke", out);
        return;
    case NBT_PHASE_REQUEST:
    case NBT_PHASE_OFFER:
    case NBT_PHASE_TURNED:
    case NBT_PHASE_UP:
        end(s, NBT_NRC_SABORT, "connection broke", out);
        hear(s, out);
        return;
    case NBT_PHASE_LOOKUP:
    case NBT_PHASE_PAUSE:
    case NBT_PHASE_OVER:
        return;
    }
}

static void data_came(nbt_session *s, nbt_time now, nbt_bytes data, nbt_out *out)
{
    switch (s->phase) {
    case NBT_PHASE_ANSWER:
    case NBT_PHASE_REQUEST:
    case NBT_PHASE_UP:
        break;
    case NBT_PHASE_LOOKUP:
    case NBT_PHASE_CONNECT:
    case NBT_PHASE_PAUSE:
    case NBT_PHASE_REJECTED:
    case NBT_PHASE_OFFER:
    case NBT_PHASE_TURNED:
    case NBT_PHASE_CLOSE:
    case NBT_PHASE_OVER:
        return; /* nobody is left to take it */
    }
    if (!keep(s, data)) {
        nbt_session_abort(s, NBT_NRC_SABORT, "no memory for what arrived", out);
    } else if (s->phase == NBT_PHASE_ANSWER) {
        hear_answer(s, now, out);
    } else if (s->phase == NBT_PHASE_REQUEST) {
        hear_request(s, now, out);
    } else {
        restart_keep_alive(s, now);
        hear(s, out);
    }
}

void nbt_session_tcp(nbt_session *s, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    assert(ev->conn == s->conn);
    if (!s->live)
        return;
    switch (ev->kind) {
    case NBT_TCP_ACCEPTED:
        return;
    case NBT_TCP_OPENED:
        if (s->phase == NBT_PHASE_CONNECT)
            request_session(s, now, out);
        return;
    case NBT_TCP_REFUSED:
    case NBT_TCP_UNREACHABLE:
        if (s->phase == NBT_PHASE_CONNECT) {
            s->live = false;
            attempt_failed(s, now,
                           ev->kind == NBT_TCP_REFUSED ? NBT_TROUBLE_REFUSED : NBT_TROUBLE_SILENT,
                           out);
        }
        return;
    case NBT_TCP_DATA:
        data_came(s, now, ev->data, out);
        return;
    case NBT_TCP_SENT:
        s->sent += ev->sent;
        if (s->phase == NBT_PHASE_CLOSE)
            close_on(s, out);
        return;
    case NBT_TCP_EOF:
        peer_closed(s, now, out);
        return;
    case NBT_TCP_RESET:
        connection_broke(s, now, out);
        return;
    }
}

static void phase_is_due(nbt_session *s, nbt_time now, nbt_out *out)
{
    switch (s->phase) {
    case NBT_PHASE_CONNECT:
    case NBT_PHASE_ANSWER:
        abort_connection(s, out);
        attempt_failed(s, now, NBT_TROUBLE_SILENT, out);
        return;
    case NBT_PHASE_REJECTED:
        abort_connection(s, out);
        after_rejection(s, now, out);
        return;
    case NBT_PHASE_PAUSE:
        go_on(s, now, nbt_call_again(&s->call), out);
        return;
    case NBT_PHASE_REQUEST: /* KB Q275567: silent connections must not pile up */
        nbt_session_abort(s, NBT_NRC_SABORT, "no session request came", out);
        return;
    case NBT_PHASE_TURNED:
        nbt_session_abort(s, NBT_NRC_SABORT, "the peer did not close", out);
        return;
    case NBT_PHASE_CLOSE:
        nbt_session_abort(s, s->fin_out ? NBT_NRC_GOODRET : NBT_NRC_CMDTMO,
                          "the peer did not close", out);
        return;
    case NBT_PHASE_LOOKUP:
    case NBT_PHASE_OFFER:
    case NBT_PHASE_UP:
    case NBT_PHASE_OVER:
        return; /* they have no deadline */
    }
}

void nbt_session_tick(nbt_session *s, nbt_time now, nbt_out *out)
{
    if (now >= s->due)
        phase_is_due(s, now, out);
    if (now >= s->keep_alive) { /* RFC 1002 5.2.2.3; TCP finds out whether the peer lives */
        nbt_ssn m = { .type = NBT_SSN_KEEP_ALIVE };
        (void)send_packet(s, &m, out);
        restart_keep_alive(s, now);
    }
}

nbt_time nbt_session_due(const nbt_session *s)
{
    return nbt_time_min(s->due, s->keep_alive);
}
