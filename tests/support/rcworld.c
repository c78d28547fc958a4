/*
 * The world of rcworld.h.
 */
#include "tests/support/rcworld.h"

#include <stdio.h>

#include "tests/support/test.h"
#include "tools/scene/simrc.h"

/* --- the world ----------------------------------------------------------------------------- */

static void add_computer(rcworld *w, const rcworld_cfg *cfg)
{
    unsigned i = w->computers;
    nbt_lana_cfg lana = { .ip = 0x0A000001 + i, .mask = 0xFFFFFF00, .broadcast = 0x0A0000FF };
    lana.type = NBT_ONT_B;
    lana.profile = nbt_profile_find(cfg->profile, strlen(cfg->profile));
    nbt_computer_cfg computer = { .mem = test_mem_of(&w->mem), .lanas = &lana, .nlanas = 1 };
    computer.seed = nbt_rng_u64(&w->rng);
    w->computer[i] = nbt_computer_new(&computer);
    assert_non_null(w->computer[i]);
    uint32_t host = nbt_simnet_host(w->net);
    nbt_simnet_adapter(w->net, host, w->segment, &lana);
    w->driver[i] = nbt_simnet_attach(w->net, host, 0, &nbt_simnet_computer, w->computer[i]);
    nbt_simnet_listen(w->net, w->driver[i], (nbt_ep){ lana.ip, NBT_PORT_SSN });
    w->computers++;
}

void rcworld_init(rcworld *w, const rcworld_cfg *cfg)
{
    memset(w, 0, sizeof *w);
    w->rng.s = cfg->seed;
    nbt_simnet_cfg net = { .mem = test_mem_of(&w->mem), .seed = nbt_rng_u64(&w->rng) };
    w->net = nbt_simnet_new(&net);
    assert_non_null(w->net);
    w->segment = nbt_simnet_segment(w->net, &cfg->link);
    for (unsigned i = 0; i < 1 + cfg->clients + cfg->clone; i++)
        add_computer(w, cfg);
}

void rcworld_fini(rcworld *w)
{
    assert_false(nbt_simnet_failed(w->net));
    nbt_simnet_free(w->net);
    for (unsigned i = 0; i < w->programs; i++) {
        rc_viewer_free(w->program[i].viewer);
        rc_agent_free(w->program[i].agent);
    }
    for (unsigned i = 0; i < w->computers; i++)
        nbt_computer_free(w->computer[i]);
    assert_int_equal(w->mem.blocks, 0);
}

void rcworld_do(rcworld *w, unsigned program, rc_cmd_kind kind, int64_t value)
{
    rcworld_program *p = &w->program[program];
    rc_cmd cmd = { .kind = kind, .value = value };
    nbt_out *out = nbt_simnet_begin(w->net);
    if (p->viewer)
        rc_viewer_do(p->viewer, nbt_simnet_now(w->net), &cmd, out);
    else
        rc_agent_do(p->agent, nbt_simnet_now(w->net), &cmd, out);
    nbt_simnet_end(w->net, p->obj);
}

void rcworld_type(rcworld *w, unsigned program, const char *keys)
{
    rcworld_program *p = &w->program[program];
    rc_cmd cmd = { .kind = p->viewer ? RC_CMD_KEYS : RC_CMD_CHAT,
                   .data = { (const uint8_t *)keys, strlen(keys) } };
    nbt_out *out = nbt_simnet_begin(w->net);
    if (p->viewer)
        rc_viewer_do(p->viewer, nbt_simnet_now(w->net), &cmd, out);
    else
        rc_agent_do(p->agent, nbt_simnet_now(w->net), &cmd, out);
    nbt_simnet_end(w->net, p->obj);
}

void rcworld_kill(rcworld *w, unsigned program)
{
    rcworld_program *p = &w->program[program];
    if (!p->gone)
        nbt_simnet_detach(w->net, p->obj);
    p->gone = true;
}

static void give_slot(rcworld *w, unsigned program, int64_t limit)
{
    bool given = w->slots < limit;
    w->slots += given;
    rcworld_do(w, program, RC_CMD_SLOT, given);
}

static void answer(rcworld *w, unsigned program, int64_t value, nbt_bytes data)
{
    rcworld_program *p = &w->program[program];
    rc_cmd cmd = { .kind = RC_CMD_FILE, .value = value, .data = data };
    nbt_out *out = nbt_simnet_begin(w->net);
    if (p->viewer)
        rc_viewer_do(p->viewer, nbt_simnet_now(w->net), &cmd, out);
    else
        rc_agent_do(p->agent, nbt_simnet_now(w->net), &cmd, out);
    nbt_simnet_end(w->net, p->obj);
}

static void on_file(rcworld *w, unsigned program, const nbt_act *act, nbt_bytes data)
{
    static const nbt_bytes nothing;
    rcworld_file *f = w->program[program].file;
    rc_app app = (rc_app)act->app;
    size_t at = (size_t)act->value;
    if (!f || (app == RC_APP_FILE_OPEN && act->value == 0 && !f->there)) {
        if (app == RC_APP_FILE_OPEN)
            answer(w, program, -(int64_t)RC_RESULT_NO_FILE, nothing);
    } else if (app == RC_APP_FILE_OPEN) {
        f->writes = act->value != 0;
        answer(w, program, (int64_t)(act->value ? f->part : f->n), nothing);
    } else if (app == RC_APP_FILE_READ) {
        bool sends = !f->writes;
        size_t n = sends ? f->n : f->part;
        n = at >= n ? 0 : n - at < act->tag ? n - at : act->tag;
        answer(w, program, (int64_t)n, (nbt_bytes){ (sends ? f->b : f->in) + at, n });
    } else if (app == RC_APP_FILE_WRITE) {
        assert_true(at <= f->part && at + data.n <= RCWORLD_FILE_MAX);
        memcpy(f->in + at, data.p, data.n);
        f->part = at + data.n;
    } else if (app == RC_APP_FILE_CUT) {
        f->part = at;
    } else if (app == RC_APP_FILE_PLACE) {
        assert_int_equal(f->part, act->value);
        memcpy(f->b, f->in, f->part);
        f->n = f->part;
        f->part = 0;
        f->there = true;
        answer(w, program, 0, nothing);
    } else if (app == RC_APP_FILE_OVER && !act->value) {
        f->part = 0;
    }
}

static void on_app(rcworld *w, unsigned program, const nbt_act *act, nbt_bytes data)
{
    rcworld_program *p = &w->program[program];
    switch ((rc_app)act->app) {
    case RC_APP_SLOT_WANTED:
        give_slot(w, program, act->value);
        return;
    case RC_APP_SLOT_BACK:
        w->slots--;
        return;
    case RC_APP_CLAIM_REFUSED:
        p->refusal = act->ncb;
        return;
    case RC_APP_CONNECTED:
        p->transport = (rc_transport)act->value;
        p->ready = p->ready || p->viewer;
        return;
    case RC_APP_LISTENING:
        p->ready = true;
        return;
    case RC_APP_PING:
        p->pings++;
        return;
    case RC_APP_FILE_OPEN:
    case RC_APP_FILE_READ:
    case RC_APP_FILE_WRITE:
    case RC_APP_FILE_CUT:
    case RC_APP_FILE_PLACE:
    case RC_APP_FILE_OVER:
        on_file(w, program, act, data);
        return;
    case RC_APP_FILE_RESULT:
        p->result = (rc_result)act->value;
        return;
    case RC_APP_LOG:
        p->logs[act->value]++;
        return;
    case RC_APP_REBOOT:
        p->restarts++;
        return;
    case RC_APP_CHAT:
        p->chats++;
        return;
    case RC_APP_CLOSED:
        p->closed = (rc_closed)act->value;
        return;
    case RC_APP_SAY:
        p->says[act->value]++;
        return;
    case RC_APP_EXIT:
        p->end = (rc_end)act->value;
        rcworld_kill(w, program); /* its process ends */
        return;
    case RC_APP_ASK:
    case RC_APP_ASK_OVER:
    case RC_APP_CLAIMED:
    case RC_APP_NAME_RETURNED:
    case RC_APP_LISTEN_FAILED:
    case RC_APP_TRYING:
    case RC_APP_MISSED:
    case RC_APP_WAITING:
    case RC_APP_CHECKED:
    case RC_APP_SCREEN:
    case RC_APP_KEYS:
    case RC_APP_FILE_PROGRESS:
    case RC_APP_EXECUTE:
    case RC_APP_CONTEXT_LOST:
    case RC_APP_OUT_OF_STEP:
    case RC_APP_ERROR:
        return;
    }
}

/* What programs want of those who run them. */
static void attend(rcworld *w)
{
    const nbt_simnet_effect *e;
    while ((e = nbt_simnet_next(w->net))) {
        nbt_act act = e->act;
        uint32_t obj = e->obj;
        nbt_bytes data = e->data;
        uint8_t *exact = exact_copy(data.p, data.n); /* an answer makes room for others */
        for (unsigned i = 0; i < w->programs; i++)
            if (w->program[i].obj == obj && act.kind == NBT_ACT_APP && !w->program[i].gone)
                on_app(w, i, &act, (nbt_bytes){ exact, data.n });
        free(exact);
    }
}

void rcworld_wait(rcworld *w, nbt_time more)
{
    nbt_time until = nbt_simnet_now(w->net) + more;
    attend(w);
    while (nbt_simnet_due(w->net) <= until && nbt_simnet_step(w->net))
        attend(w);
    nbt_simnet_run(w->net, until);
}

static unsigned add_program(rcworld *w, unsigned computer, rc_viewer *viewer, rc_agent *agent)
{
    assert_true(w->programs < RCWORLD_PROGRAMS);
    unsigned i = w->programs++;
    rcworld_program *p = &w->program[i];
    *p = (rcworld_program){ .viewer = viewer, .agent = agent, .computer = computer, .proc = i + 1 };
    /* Hosts are numbered as they were made: the computer's is computer + 1. */
    if (viewer)
        p->obj = nbt_simnet_attach(w->net, computer + 1, p->proc, &simrc_viewer, viewer);
    else
        p->obj = nbt_simnet_attach(w->net, computer + 1, p->proc, &simrc_agent, agent);
    assert_int_not_equal(p->obj, 0);
    nbt_out *out = nbt_simnet_begin(w->net);
    if (viewer)
        rc_viewer_start(viewer, nbt_simnet_now(w->net), out);
    else
        rc_agent_start(agent, nbt_simnet_now(w->net), out);
    nbt_simnet_end(w->net, p->obj);
    return i;
}

static const uint8_t lana_0[] = { 0 };

rc_viewer_cfg rcworld_viewer_cfg(const char *protocols, const char *client, unsigned number)
{
    return (rc_viewer_cfg){ .profile = rc_profile_find("sms2.0", 6),
                            .protocols = rc_transports_parse(protocols, strlen(protocols)),
                            .console = "CONSOLE",
                            .client = client,
                            .user = "bob",
                            .address = 0x0A000001 + number,
                            .lanas = lana_0,
                            .nlanas = 1 };
}

rc_agent_cfg rcworld_agent_cfg(const char *protocols)
{
    return (rc_agent_cfg){ .profile = rc_profile_find("sms2.0", 6),
                           .protocols = rc_transports_parse(protocols, strlen(protocols)),
                           .lanas = lana_0,
                           .nlanas = 1,
                           .permission = RC_PERMISSION_GRANT,
                           .ask_timeout = NBT_S(30),
                           .compression = RC_COMPRESS_AUTO };
}

unsigned rcworld_viewer(rcworld *w, unsigned computer, const rc_viewer_cfg *cfg)
{
    rc_viewer *v = rc_viewer_new(test_mem_of(&w->mem), cfg);
    assert_non_null(v);
    return add_program(w, computer, v, NULL);
}

unsigned rcworld_agent(rcworld *w, unsigned client, const rc_agent_cfg *cfg)
{
    char name[16];
    rc_agent_cfg own = *cfg;
    snprintf(name, sizeof name, "CLIENT%u", client);
    own.client = name;
    own.seed = nbt_rng_u64(&w->rng);
    rc_agent *a = rc_agent_new(test_mem_of(&w->mem), &own);
    assert_non_null(a);
    unsigned program = add_program(w, client, NULL, a);
    for (unsigned i = 0; i < 100 && !w->program[program].ready && !w->program[program].gone; i++)
        rcworld_wait(w, NBT_MS(100));
    return program;
}

char rcworld_outcome(rcworld *w, unsigned program)
{
    rcworld_program *p = &w->program[program];
    for (unsigned i = 0; i < 1200 && !p->ready && !p->gone; i++)
        rcworld_wait(w, NBT_MS(100));
    if (!p->gone)
        return !p->ready ? '?' : "NTU"[p->transport];
    if (p->end == RC_END_LIMIT)
        return 'L';
    if (p->end == RC_END_BUSY)
        return 'B';
    if (p->end != RC_END_NAME)
        return '?';
    switch (p->refusal.retcode) {
    case NBT_NRC_DUPNAME:
        return 'D';
    case NBT_NRC_INUSE:
        return 'I';
    case NBT_NRC_NAMCONF:
        return 'C';
    }
    return '?';
}

void rcworld_await_end(rcworld *w, unsigned program)
{
    for (unsigned i = 0; i < 600 && !w->program[program].gone; i++)
        rcworld_wait(w, NBT_MS(100));
    assert_true(w->program[program].gone);
}

static bool shows(const rc_viewer *v, const char *text)
{
    for (unsigned row = 0; row < RC_ROWS; row++) {
        char have[RC_COLUMNS + 1];
        rc_screen_row(rc_viewer_screen(v), row, have);
        if (strstr(have, text))
            return true;
    }
    return false;
}

bool rcworld_alive(rcworld *w, unsigned program)
{
    const rc_viewer *v = w->program[program].viewer;
    char text[24];
    snprintf(text, sizeof text, "\ralive%u", (unsigned)nbt_rng_u16(&w->rng));
    rcworld_type(w, program, text);
    for (unsigned i = 0; i < 200 && !shows(v, text + 1); i++)
        rcworld_wait(w, NBT_MS(100));
    return shows(v, text + 1);
}
