/*
 * The book of control blocks and sessions, for real: which connection a session is, as its SESSION
 * REQUEST on the wire says, and what may wait for somebody at the end, as drivers say.
 */
#include "tools/lab/play_impl.h"

#include <stdlib.h>
#include <string.h>

/* -- sessions ---------------------------------------------------------------------------------- */

static play_call *find_call(const play *p, nbt_ep from, nbt_ep to)
{
    for (size_t i = p->ncalls; i-- > 0;)
        if (nbt_ep_eq(p->call[i].from, from) && nbt_ep_eq(p->call[i].to, to))
            return &p->call[i];
    return NULL;
}

static void note_request(play *p, const scene_event *ev)
{
    const nbt_ssn *m = &ev->msg->u.ssn;
    if (p->ncalls == p->calls_cap) {
        size_t cap = p->calls_cap ? 2 * p->calls_cap : 16;
        play_call *more = realloc(p->call, cap * sizeof *more);
        if (!more)
            return; /* a session that nobody knows is not compared */
        p->call = more;
        p->calls_cap = cap;
    }
    play_call *c = &p->call[p->ncalls++];
    *c = (play_call){ .from = ev->from, .to = ev->to };
    memcpy(c->called, m->called.b, NBT_NAME_LEN);
    memcpy(c->calling, m->calling.b, NBT_NAME_LEN);
}

void play_book_hear(play *p, const scene_event *ev)
{
    if (!ev->msg || ev->msg->service != NBT_SERVICE_SESSION)
        return;
    if (ev->msg->u.ssn.type == NBT_SSN_REQUEST) {
        note_request(p, ev);
    } else if (ev->msg->u.ssn.type == NBT_SSN_POSITIVE) {
        play_call *c = find_call(p, ev->to, ev->from);
        if (c)
            c->answered = true;
    }
}

static bool is_of(const play *p, uint16_t host, uint32_t ip)
{
    const scene_host *h = &p->s->host[host];
    for (uint8_t i = 0; i < h->nadapters; i++)
        if (h->adapter[i].ip == ip)
            return true;
    return false;
}

/* Whether a CALL or LISTEN that has come back may be one end of it, which nobody has yet. */
static bool may_be(const play *p, const play_call *c, uint16_t host, const nbt_ncb *ncb)
{
    bool called = nbt_ncb_verb(ncb) == NBT_NCB_LISTEN;
    return c->answered && !c->taken[called] && is_of(p, host, called ? c->to.ip : c->from.ip) &&
           memcmp(called ? c->calling : c->called, ncb->callname, NBT_NAME_LEN) == 0 &&
           memcmp(called ? c->called : c->calling, ncb->name, NBT_NAME_LEN) == 0;
}

void play_book_ends(play *p, uint16_t host, const nbt_ncb *ncb, simbook_end *here,
                    simbook_end *there)
{
    unsigned verb = nbt_ncb_verb(ncb);
    size_t found = 0, n = 0;
    *here = *there = (simbook_end){ 0, 0 };
    if (ncb->retcode != NBT_NRC_GOODRET || (verb != NBT_NCB_CALL && verb != NBT_NCB_LISTEN))
        return;
    for (size_t i = 0; i < p->ncalls; i++) {
        if (!may_be(p, &p->call[i], host, ncb))
            continue;
        found = i;
        n++;
    }
    if (n != 1)
        return; /* it stays within the host; or it could be either of two */
    bool called = verb == NBT_NCB_LISTEN;
    p->call[found].taken[called] = true;
    *here = (simbook_end){ called, (uint32_t)found + 1 };
    *there = (simbook_end){ !called, (uint32_t)found + 1 };
}

/* -- the end ----------------------------------------------------------------------------------- */

enum {
    STATUS_TAG = 1 << 28, /* and the adapter's number: a SESSION STATUS of the book's own */
    SETTLE_MS = 60000,    /* more than a driver takes to give anything up but a call */
    ANSWER_MS = 2000,
    AGAIN_MS = 500,
};

static void ask_sessions(play *p)
{
    for (uint32_t i = 0; i < p->s->nhosts; i++)
        memset(p->host[i].standing, 0, sizeof p->host[i].standing);
    p->asked = 0;
    for (uint32_t i = 0; i < p->s->nprograms; i++) {
        const play_prog *q = &p->prog[i];
        const scene_host *h = &p->s->host[p->s->program[i].host];
        for (uint8_t lana = 0; q->link.driver && lana < h->nadapters; lana++) {
            nbt_ipc m = { .kind = NBT_IPC_SUBMIT, .tag = STATUS_TAG | lana };
            m.ncb = (nbt_ncb){ .command = NBT_NCB_SESSION_STATUS,
                               .lana = lana,
                               .length = NBT_SEND_MAX,
                               .name = "*               " };
            host_ncbsock_send(q->link.driver, &m);
            p->asked++;
        }
    }
}

bool play_book_takes(play *p, uint16_t host, const nbt_ipc *m)
{
    nbt_sstat_head head;
    nbt_sstat_session one;
    nbt_rd r;
    uint8_t lana = (uint8_t)(m->tag & ~(uint32_t)STATUS_TAG);
    if ((m->tag & ~UINT32_C(0xFF)) != STATUS_TAG || lana >= SCENE_ADAPTERS_MAX)
        return false;
    p->asked -= p->asked > 0;
    nbt_rd_init(&r, m->data.p, m->data.n);
    nbt_sstat_head_rd(&r, &head);
    while (!r.err && nbt_rd_left(&r) >= NBT_SSTAT_SESSION_LEN) {
        nbt_sstat_session_rd(&r, &one);
        p->host[host].standing[lana][one.lsn] = true;
    }
    return true;
}

/* As long as its session stands, a control block may wait for the other side. */
static bool waits(void *ctx, uint32_t host, const nbt_ncb *ncb)
{
    const play *p = ctx;
    unsigned verb = nbt_ncb_verb(ncb);
    return verb == NBT_NCB_LISTEN || verb == NBT_NCB_RECEIVE_ANY ||
           (ncb->lana < SCENE_ADAPTERS_MAX && p->host[host].standing[ncb->lana][ncb->lsn]);
}

static void on_time(uv_timer_t *t)
{
    (void)t;
}

/* Lets the run go on for so long, or until the drivers have answered. */
static void let_go_on(play *p, uint64_t ms, bool answers)
{
    uint64_t until = uv_hrtime() / 1000000 + ms;
    uv_timer_start(&p->timer, on_time, AGAIN_MS / 10, AGAIN_MS / 10);
    while (uv_hrtime() / 1000000 < until && !(answers && p->asked == 0))
        uv_run(&p->loop, UV_RUN_ONCE);
}

void play_book_settle(play *p)
{
    uint64_t until = uv_hrtime() / 1000000 + SETTLE_MS;
    for (;;) {
        ask_sessions(p);
        let_go_on(p, ANSWER_MS, true);
        if (simbook_open(p->book, waits, p) == 0 || uv_hrtime() / 1000000 >= until)
            break;
        let_go_on(p, AGAIN_MS, false);
    }
    simbook_end_all(p->book, waits, p);
}
