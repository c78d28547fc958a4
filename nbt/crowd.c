/*
 * Whom something is for, and what has to be called when. A crowd never looks further into a packet
 * than hearsay.h does, and has no opinion on names.
 */
#include "nbt/crowd.h"

#include "nbt/heap.h"
#include "nbt/idmap.h"
#include "nbt/mem.h"

#include <assert.h>

typedef struct seat {
    nbt_computer *computer;
    nbt_own own;
    bool booted, settled;
    uint32_t place; /* of its first adapter; the others follow */
    uint8_t nplaces;
    nbt_time wake_at; /* the earliest time in the heap that is still meant */
} seat;

/* An adapter. */
typedef struct place {
    uint32_t ip, broadcast;
    uint32_t member;
    uint8_t lana, wire;
    nbt_heard heard;
    nbt_overheard told; /* how much of `said` its computer has been told of */
} place;

/* A connection, from its first event until there can be no other. */
typedef struct line {
    uint32_t member;     /* 0: free */
    uint32_t its, ours;  /* its number to the member, and to the world */
    bool closing, ended; /* CLOSE was wanted; EOF has come */
    uint32_t next;       /* of the free ones */
} line;

struct nbt_crowd {
    nbt_mem mem;
    bool traces;
    uint32_t burst;
    seat *seats; /* member i in seats[i - 1] */
    size_t nseats, cap_seats;
    place *places;
    size_t nplaces, cap_places;
    /* Every place's `heard` the other way round: a row for each bit that a set can have, and in it
       a bit for each place. Whom of ten thousand a broadcast concerns, four rows tell. */
    uint64_t *rows;
    size_t row_words; /* of each row: room for 64 places as many */
    nbt_idmap by_ip;  /* place + 1 */
    nbt_heap wake;    /* members */
    line *lines;
    size_t nlines, cap_lines;
    uint32_t free_line;        /* place + 1 in lines */
    nbt_idmap by_ours, by_its; /* place + 1 in lines */
    uint32_t opened;           /* the last number given to a connection that a member opens */
    nbt_overheard said[UINT8_MAX + 1]; /* by wire: hearsay so far */
    nbt_crowd_names names;
    bool failed;
};

/* --- who hears of what -------------------------------------------------------------------- */

enum { ROWS = 64 * NBT_HEARD_WORDS, PLACES = 64 /* of a word */ };

static size_t rows_size(size_t words)
{
    return ROWS * words * sizeof(uint64_t);
}

/* Rows for one more place; false without memory. */
static bool room_in_rows(nbt_crowd *c)
{
    size_t had = c->row_words;
    if (c->nplaces < had * PLACES)
        return true;
    size_t words = had + had / 4 + 1;
    uint64_t *rows = nbt_mem_new(c->mem, rows_size(words));
    if (!rows)
        return false;
    for (size_t i = 0; had > 0 && i < ROWS; i++)
        memcpy(rows + i * words, c->rows + i * had, had * sizeof *rows);
    nbt_mem_free(c->mem, c->rows, rows_size(had));
    c->rows = rows;
    c->row_words = words;
    return true;
}

/* What the adapter at a place hears of from now on. */
static void set_heard(nbt_crowd *c, size_t at, const nbt_heard *heard)
{
    place *p = &c->places[at];
    for (unsigned w = 0; w < NBT_HEARD_WORDS; w++)
        for (uint64_t other = p->heard.w[w] ^ heard->w[w]; other; other &= other - 1) {
            size_t row = 64 * w + (unsigned)__builtin_ctzll(other);
            c->rows[row * c->row_words + at / PLACES] ^= UINT64_C(1) << at % PLACES;
        }
    p->heard = *heard;
}

/* The first place from `at` on that seems to have heard of a name; there may be none: then it is
 * beyond the last. */
static size_t next_to_know(const nbt_crowd *c, size_t at, const nbt_heard *name)
{
    const uint64_t *row[NBT_HEARD_WORDS];
    if (at >= c->nplaces)
        return SIZE_MAX;
    for (unsigned w = 0; w < NBT_HEARD_WORDS; w++) /* one name: one bit in each word */
        row[w] = c->rows + (64 * w + (unsigned)__builtin_ctzll(name->w[w])) * c->row_words;
    uint64_t mask = UINT64_MAX << at % PLACES;
    for (size_t word = at / PLACES; word < c->row_words; word++, mask = UINT64_MAX) {
        uint64_t all = mask;
        for (unsigned w = 0; w < NBT_HEARD_WORDS; w++)
            all &= row[w][word];
        if (all)
            return word * PLACES + (unsigned)__builtin_ctzll(all);
    }
    return SIZE_MAX;
}

/* --- life --------------------------------------------------------------------------------- */

nbt_crowd *nbt_crowd_new(const nbt_crowd_cfg *cfg)
{
    nbt_mem mem = cfg->mem;
    nbt_crowd *c = nbt_mem_new(mem, sizeof *c);
    if (!c)
        return NULL;
    c->mem = mem;
    c->traces = cfg->traces;
    c->burst = cfg->burst ? cfg->burst : UINT32_MAX;
    nbt_idmap_init(&c->by_ip, mem);
    nbt_idmap_init(&c->by_ours, mem);
    nbt_idmap_init(&c->by_its, mem);
    nbt_heap_init(&c->wake, mem);
    return c;
}

void nbt_crowd_free(nbt_crowd *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->nseats; i++)
        nbt_computer_free(c->seats[i].computer);
    nbt_mem_free(c->mem, c->seats, c->cap_seats * sizeof *c->seats);
    nbt_mem_free(c->mem, c->places, c->cap_places * sizeof *c->places);
    nbt_mem_free(c->mem, c->rows, rows_size(c->row_words));
    nbt_mem_free(c->mem, c->lines, c->cap_lines * sizeof *c->lines);
    nbt_idmap_fini(&c->by_ip);
    nbt_idmap_fini(&c->by_ours);
    nbt_idmap_fini(&c->by_its);
    nbt_heap_fini(&c->wake);
    nbt_mem_free(c->mem, c, sizeof *c);
}

static seat *seat_of(const nbt_crowd *c, uint32_t member)
{
    return member >= 1 && member <= c->nseats ? &c->seats[member - 1] : NULL;
}

/* Room for one more in an array; false without memory. */
#define ROOM(c, array, n, cap) ((n) < (cap) || room(c, (void **)&(array), &(cap), sizeof *(array)))

static bool room(nbt_crowd *c, void **array, size_t *cap, size_t item)
{
    void *longer = nbt_mem_grow(c->mem, *array, cap, item);
    if (longer)
        *array = longer;
    return longer != NULL;
}

static bool add_place(nbt_crowd *c, const nbt_lana_cfg *lana, uint8_t wire, uint32_t member)
{
    if (!ROOM(c, c->places, c->nplaces, c->cap_places) || !room_in_rows(c) ||
        !nbt_idmap_add(&c->by_ip, lana->ip, (uint32_t)c->nplaces + 1))
        return false;
    c->places[c->nplaces++] = (place){ .ip = lana->ip,
                                       .broadcast = lana->broadcast,
                                       .member = member,
                                       .lana = lana->lana,
                                       .wire = wire,
                                       .told = c->said[wire] };
    return true;
}

static void remove_places(nbt_crowd *c, size_t from)
{
    while (c->nplaces > from)
        nbt_idmap_remove(&c->by_ip, c->places[--c->nplaces].ip);
}

uint32_t nbt_crowd_add(nbt_crowd *c, const nbt_computer_cfg *cfg, const uint8_t *wires,
                       const nbt_own *own)
{
    size_t first = c->nplaces;
    uint32_t member = (uint32_t)c->nseats + 1;
    for (size_t i = 0; i < cfg->nlanas; i++)
        if (nbt_idmap_get(&c->by_ip, cfg->lanas[i].ip) ||
            !add_place(c, &cfg->lanas[i], wires[i], member)) {
            remove_places(c, first);
            return 0;
        }
    nbt_computer *computer =
        ROOM(c, c->seats, c->nseats, c->cap_seats) ? nbt_computer_new(cfg) : NULL;
    if (!computer) {
        remove_places(c, first);
        return 0;
    }
    c->seats[c->nseats++] = (seat){ .computer = computer,
                                    .own = *own,
                                    .place = (uint32_t)first,
                                    .nplaces = (uint8_t)cfg->nlanas,
                                    .wake_at = NBT_NEVER };
    return member;
}

/* --- connections -------------------------------------------------------------------------- */

static uint64_t its_key(uint32_t member, uint32_t its)
{
    return (uint64_t)member << 32 | its;
}

static line *line_of(const nbt_crowd *c, const nbt_idmap *map, uint64_t key)
{
    uint32_t at = nbt_idmap_get(map, key);
    return at ? &c->lines[at - 1] : NULL;
}

static void drop_line(nbt_crowd *c, line *l)
{
    nbt_idmap_remove(&c->by_ours, l->ours);
    nbt_idmap_remove(&c->by_its, its_key(l->member, l->its));
    *l = (line){ .next = c->free_line };
    c->free_line = (uint32_t)(l - c->lines) + 1;
}

/* NULL without memory. */
static line *new_line(nbt_crowd *c, uint32_t member, uint32_t its, uint32_t ours)
{
    if (!c->free_line) {
        if (!ROOM(c, c->lines, c->nlines, c->cap_lines))
            return NULL;
        c->lines[c->nlines] = (line){ .next = 0 };
        c->free_line = (uint32_t)++c->nlines;
    }
    line *l = &c->lines[c->free_line - 1];
    uint32_t number = c->free_line;
    if (!nbt_idmap_add(&c->by_ours, ours, number))
        return NULL;
    if (!nbt_idmap_add(&c->by_its, its_key(member, its), number)) {
        nbt_idmap_remove(&c->by_ours, ours);
        return NULL;
    }
    c->free_line = l->next;
    *l = (line){ .member = member, .its = its, .ours = ours };
    return l;
}

/* An action about a connection, in our numbers. False: there is no such connection any more. */
static bool carry_line(nbt_crowd *c, uint32_t member, nbt_act *act)
{
    line *l = line_of(c, &c->by_its, its_key(member, act->conn));
    if (act->kind == NBT_ACT_TCP_OPEN && !l) {
        l = new_line(c, member, act->conn, c->opened + 2);
        c->opened += l ? 2 : 0;
        c->failed |= !l;
    }
    if (!l)
        return false;
    act->conn = l->ours;
    l->closing |= act->kind == NBT_ACT_TCP_CLOSE;
    if (act->kind == NBT_ACT_TCP_ABORT || (l->closing && l->ended))
        drop_line(c, l);
    return true;
}

/* --- calls -------------------------------------------------------------------------------- */

static const place *place_of(const nbt_crowd *c, const seat *s, uint8_t lana)
{
    const place *p = &c->places[s->place];
    while (p->lana != lana)
        p++; /* a computer names no adapter that it does not have */
    return p;
}

/* Whether a computer's action concerns the world; if so, in the crowd's terms. */
static bool carry(nbt_crowd *c, uint32_t member, nbt_act *act)
{
    seat *s = seat_of(c, member);
    act->member = member;
    switch (act->kind) {
    case NBT_ACT_SEND:
        act->lana = place_of(c, s, act->lana)->wire;
        return true;
    case NBT_ACT_TRACE:
        if (c->traces)
            act->from.ip = place_of(c, s, act->lana)->ip;
        return c->traces;
    case NBT_ACT_TCP_OPEN:
        act->lana = place_of(c, s, act->lana)->wire;
        return carry_line(c, member, act);
    case NBT_ACT_TCP_SEND:
    case NBT_ACT_TCP_HOLD:
    case NBT_ACT_TCP_RESUME:
    case NBT_ACT_TCP_CLOSE:
    case NBT_ACT_TCP_ABORT:
        return carry_line(c, member, act);
    case NBT_ACT_DONE:
        if (act->proc != 0 || !nbt_own_done(&s->own, &act->ncb))
            return act->proc != 0;
        c->names.obtained += act->ncb.retcode == NBT_NRC_GOODRET;
        c->names.refused += act->ncb.retcode != NBT_NRC_GOODRET;
        return false;
    case NBT_ACT_ACCEPTED:
        return act->proc != 0;
    case NBT_ACT_TCP_LISTEN:
    case NBT_ACT_NCB:
    case NBT_ACT_APP:
        assert(false); /* an application's */
    }
    return true;
}

/* What the computer has added to the list since it had `from` actions: those that concern the
 * world stay. */
static void collect(nbt_crowd *c, uint32_t member, nbt_out *out, size_t from)
{
    size_t kept = from;
    for (size_t i = from; i < out->n; i++)
        if (carry(c, member, &out->acts[i]))
            out->acts[kept++] = out->acts[i];
    out->n = kept;
}

static void claim_next(nbt_crowd *c, nbt_time now, uint32_t member, nbt_out *out)
{
    seat *s = seat_of(c, member);
    nbt_ncb ncb;
    uint32_t tag;
    while (s->booted && nbt_own_next(&s->own, &tag, &ncb)) {
        size_t from = out->n;
        nbt_computer_do(s->computer, now, 0, tag, &ncb, (nbt_bytes){ NULL, 0 }, out);
        collect(c, member, out, from);
    }
}

/* Its computer is about to be called: it hears how much it was not called for. */
static seat *enter(nbt_crowd *c, uint32_t member)
{
    seat *s = seat_of(c, member);
    for (uint32_t i = s->place; i < s->place + s->nplaces; i++) {
        place *p = &c->places[i];
        const nbt_overheard *said = &c->said[p->wire];
        nbt_overheard since = { said->requests - p->told.requests,
                                said->demands - p->told.demands };
        if (since.requests > 0 || since.demands > 0)
            nbt_computer_overheard(s->computer, p->lana, &since);
        p->told = *said;
    }
    return s;
}

static void schedule(nbt_crowd *c, seat *s, uint32_t member)
{
    nbt_time due = nbt_computer_due(s->computer);
    if (due >= s->wake_at)
        return; /* it is woken early then, which is harmless */
    if (nbt_heap_push(&c->wake, due, member))
        s->wake_at = due;
    else
        c->failed = true;
}

/* It has been called. */
static void leave(nbt_crowd *c, nbt_time now, uint32_t member, nbt_out *out, size_t from)
{
    seat *s = seat_of(c, member);
    collect(c, member, out, from);
    claim_next(c, now, member, out);
    for (uint32_t i = s->place; i < s->place + s->nplaces; i++) {
        nbt_heard heard = nbt_computer_hears(s->computer, c->places[i].lana);
        set_heard(c, i, &heard);
    }
    if (s->booted && !s->settled && nbt_own_settled(&s->own)) {
        s->settled = true;
        c->names.settled++;
    }
    schedule(c, s, member);
    out->failed |= c->failed;
    c->failed = false;
}

void nbt_crowd_boot(nbt_crowd *c, nbt_time now, uint32_t member, nbt_out *out)
{
    enter(c, member)->booted = true;
    c->names.booted++;
    leave(c, now, member, out, out->n);
}

void nbt_crowd_do(nbt_crowd *c, nbt_time now, uint32_t member, uint32_t proc, uint32_t tag,
                  const nbt_ncb *ncb, nbt_bytes data, nbt_out *out)
{
    size_t from = out->n;
    assert(proc != 0);
    nbt_computer_do(enter(c, member)->computer, now, proc, tag, ncb, data, out);
    leave(c, now, member, out, from);
}

void nbt_crowd_gone(nbt_crowd *c, nbt_time now, uint32_t member, uint32_t proc, nbt_out *out)
{
    size_t from = out->n;
    nbt_computer_gone(enter(c, member)->computer, now, proc, out);
    leave(c, now, member, out, from);
}

void nbt_crowd_shut(nbt_crowd *c, nbt_time now, uint32_t member, nbt_out *out)
{
    seat_of(c, member)->booted = false;
    nbt_crowd_gone(c, now, member, 0, out);
}

/* --- packets ------------------------------------------------------------------------------ */

static void rx_one(nbt_crowd *c, nbt_time now, uint32_t at, nbt_ep from, nbt_ep to, nbt_bytes data,
                   nbt_out *out)
{
    uint32_t member = c->places[at].member;
    size_t n = out->n;
    nbt_computer_rx(enter(c, member)->computer, now, c->places[at].lana, from, to, data, out);
    leave(c, now, member, out, n);
}

/* Hearsay: for those who have heard of the name, and for whoever sent it. They count it themselves;
 * to all the others it is only said how much there was. */
static void rx_hearsay(nbt_crowd *c, nbt_time now, uint8_t wire, nbt_ep from, nbt_ep to,
                       nbt_bytes data, const nbt_hearsay *h, nbt_out *out)
{
    size_t sender = nbt_idmap_get(&c->by_ip, from.ip);
    nbt_overheard *said = &c->said[wire];
    said->requests += !h->demand;
    said->demands += h->demand;
    for (size_t i = 0;; i++) {
        size_t knows = next_to_know(c, i, &h->name);
        i = sender > i && sender - 1 < knows ? sender - 1 : knows;
        if (i >= c->nplaces)
            return;
        place *p = &c->places[i];
        if (p->wire != wire && i + 1 != sender)
            continue;
        p->told.requests += !h->demand;
        p->told.demands += h->demand;
        rx_one(c, now, (uint32_t)i, from, to, data, out);
    }
}

/* Of a demand each node leaves a trace. */
static bool is_hearsay(const nbt_crowd *c, nbt_ep from, nbt_ep to, nbt_bytes data, nbt_hearsay *h)
{
    if (to.port != NBT_PORT_NS || from.port == 0 || from.ip == 0)
        return false;
    nbt_hearsay_rd(h, data);
    return h->is && !(h->demand && c->traces);
}

void nbt_crowd_rx(nbt_crowd *c, nbt_time now, uint8_t wire, nbt_ep from, nbt_ep to, nbt_bytes data,
                  nbt_out *out)
{
    nbt_hearsay h;
    uint32_t at = nbt_idmap_get(&c->by_ip, to.ip);
    if (at) {
        rx_one(c, now, at - 1, from, to, data, out);
    } else if (is_hearsay(c, from, to, data, &h)) {
        rx_hearsay(c, now, wire, from, to, data, &h, out);
    } else {
        for (uint32_t i = 0; i < c->nplaces; i++)
            if (c->places[i].wire == wire)
                rx_one(c, now, i, from, to, data, out);
    }
}

/* An accepted connection: whose address it is; 0 if it is nobody's. */
static line *accepted(nbt_crowd *c, nbt_tcp_ev *ev)
{
    uint32_t at = nbt_idmap_get(&c->by_ip, ev->local.ip);
    return at ? new_line(c, c->places[at - 1].member, ev->conn, ev->conn) : NULL;
}

void nbt_crowd_tcp(nbt_crowd *c, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    nbt_tcp_ev its = *ev;
    line *l = ev->kind == NBT_TCP_ACCEPTED ? accepted(c, &its) : line_of(c, &c->by_ours, ev->conn);
    if (!l) {
        if (ev->kind == NBT_TCP_ACCEPTED)
            nbt_out_add(out, NBT_ACT_TCP_ABORT, NULL, 0)->conn = ev->conn;
        return;
    }
    uint32_t member = l->member;
    its.conn = l->its;
    if (ev->kind == NBT_TCP_ACCEPTED || ev->kind == NBT_TCP_OPENED)
        its.lana = c->places[nbt_idmap_get(&c->by_ip, ev->local.ip) - 1].lana;
    l->ended |= ev->kind == NBT_TCP_EOF;
    if (ev->kind == NBT_TCP_RESET || ev->kind == NBT_TCP_REFUSED ||
        ev->kind == NBT_TCP_UNREACHABLE || (l->ended && l->closing))
        drop_line(c, l);
    size_t from = out->n;
    nbt_computer_tcp(enter(c, member)->computer, now, &its, out);
    leave(c, now, member, out, from);
}

/* --- time --------------------------------------------------------------------------------- */

void nbt_crowd_tick(nbt_crowd *c, nbt_time now, nbt_out *out)
{
    for (uint32_t called = 0; called < c->burst && nbt_heap_due(&c->wake) <= now;) {
        nbt_time at = nbt_heap_due(&c->wake);
        uint32_t member = nbt_heap_pop(&c->wake);
        seat *s = seat_of(c, member);
        if (at != s->wake_at)
            continue; /* it was called meanwhile, and wants another time */
        s->wake_at = NBT_NEVER;
        called++;
        size_t from = out->n;
        nbt_computer_tick(enter(c, member)->computer, now, out);
        leave(c, now, member, out, from);
    }
}

nbt_time nbt_crowd_due(const nbt_crowd *c)
{
    return nbt_heap_due(&c->wake);
}

/* --- to be looked at ---------------------------------------------------------------------- */

const nbt_computer *nbt_crowd_computer(const nbt_crowd *c, uint32_t member)
{
    const seat *s = seat_of(c, member);
    return s ? s->computer : NULL;
}

nbt_crowd_stage nbt_crowd_stage_of(const nbt_crowd *c, uint32_t member)
{
    const seat *s = seat_of(c, member);
    if (!s || !s->booted)
        return NBT_CROWD_OFF;
    return s->settled ? NBT_CROWD_UP : NBT_CROWD_BOOTING;
}

uint32_t nbt_crowd_whose(const nbt_crowd *c, uint32_t ip)
{
    uint32_t at = nbt_idmap_get(&c->by_ip, ip);
    return at ? c->places[at - 1].member : 0;
}

nbt_crowd_names nbt_crowd_own_names(const nbt_crowd *c)
{
    nbt_crowd_names names = c->names;
    names.members = (uint32_t)c->nseats;
    return names;
}

bool nbt_crowd_idle(const nbt_crowd *c)
{
    for (size_t i = 0; i < c->nseats; i++)
        if (!nbt_computer_idle(c->seats[i].computer))
            return false;
    return true;
}
