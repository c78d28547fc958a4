/*
 * The worlds of sim.h: they carry commands to and fro, and keep account of them.
 */
#include "tests/support/test.h"

#include "tests/support/sim.h"

/* The world that is being run, for the teardown of a test that fails in it. */
static sim *running;

enum { SERVER_IP = 0x0A0000C9 };

/* --- a world ------------------------------------------------------------------------------ */

static void free_sim(sim *s)
{
    nbt_simnet_free(s->net);
    for (unsigned i = 0; i < s->computers; i++)
        nbt_computer_free(s->computer[i]);
    nbt_nbdd_free(s->nbdd);
    nbt_nbns_free(s->server);
    for (unsigned i = 0; i < s->ncmds; i++)
        free(s->cmd[i].data);
    free(s->cmd);
}

static nbt_lana_cfg lana_cfg(const sim_cfg *cfg, unsigned computer, uint8_t lana)
{
    nbt_lana_cfg c = { .lana = lana, .mask = 0xFFFFFF00, .broadcast = 0x0A0000FF };
    c.ip = 0x0A000001 + computer + 100u * lana;
    c.mac[4] = lana;
    c.mac[5] = (uint8_t)(computer + 1);
    c.type = cfg->type;
    c.servers[0] = c.nbdds[0] = SERVER_IP;
    c.nservers = c.nnbdds = cfg->type == NBT_ONT_B ? 0 : 1;
    c.profile = nbt_profile_find(cfg->profile, strlen(cfg->profile));
    assert_non_null(c.profile);
    return c;
}

static void add_computer(sim *s, const sim_cfg *cfg, unsigned i)
{
    nbt_lana_cfg lanas[] = { lana_cfg(cfg, i, 0), lana_cfg(cfg, i, 1) };
    nbt_computer_cfg computer = { .mem = test_mem_of(&s->mem), .lanas = lanas };
    computer.nlanas = cfg->two_lanas ? 2 : 1;
    computer.seed = nbt_rng_u64(&s->rng);
    s->computer[i] = nbt_computer_new(&computer);
    assert_non_null(s->computer[i]);
    s->computers = i + 1;
    uint32_t host = nbt_simnet_host(s->net);
    s->adapter[i] = nbt_simnet_adapter(s->net, host, s->segment, &lanas[0]);
    if (cfg->two_lanas)
        (void)nbt_simnet_adapter(s->net, host, s->segment, &lanas[1]);
    s->obj[i] = nbt_simnet_attach(s->net, host, 0, &nbt_simnet_computer, s->computer[i]);
    nbt_simnet_listen(s->net, s->obj[i], (nbt_ep){ 0, NBT_PORT_SSN });
}

static void add_server(sim *s)
{
    nbt_lana_cfg cfg = { .ip = SERVER_IP, .mask = 0xFFFFFF00, .broadcast = 0x0A0000FF };
    nbt_nbns_lana lana = { 0, cfg.ip, cfg.mask, cfg.broadcast };
    nbt_nbns_cfg server = { .mem = test_mem_of(&s->net_mem),
                            .profile = nbt_nbns_profile_find("rfc", 3),
                            .lanas = &lana,
                            .nlanas = 1,
                            .max_names = 100,
                            .max_pending = 10,
                            .max_conns = 10 };
    s->server = nbt_nbns_new(&server, 0);
    nbt_nbdd_cfg nbdd = { .mem = server.mem, .records = s->server, .lanas = &lana, .nlanas = 1 };
    nbdd.timeout = NBT_S(2);
    nbdd.max_pending = nbdd.max_copies = 100;
    s->nbdd = nbt_nbdd_new(&nbdd);
    assert_true(s->server && s->nbdd);
    uint32_t host = nbt_simnet_host(s->net);
    (void)nbt_simnet_adapter(s->net, host, s->segment, &cfg);
    (void)nbt_simnet_attach(s->net, host, 0, &nbt_simnet_nbns, s->server);
    (void)nbt_simnet_attach(s->net, host, 0, &nbt_simnet_nbdd, s->nbdd);
}

static void set_up(sim *s, const sim_cfg *cfg, uint64_t seed)
{
    assert_true(cfg->computers <= SIM_COMPUTERS_MAX);
    *s = (sim){ .seed = seed, .rng = { seed }, .hash = UINT64_C(0xCBF29CE484222325) };
    running = s;
    nbt_simnet_cfg net = { .mem = test_mem_of(&s->net_mem), .cut = cfg->cut, .frames = true };
    net.seed = nbt_rng_u64(&s->rng);
    s->net = nbt_simnet_new(&net);
    assert_non_null(s->net);
    s->segment = nbt_simnet_segment(s->net, &cfg->link);
    for (unsigned i = 0; i < cfg->computers; i++)
        add_computer(s, cfg, i);
    if (cfg->type != NBT_ONT_B)
        add_server(s);
}

uint64_t sim_one_seed(const sim_cfg *cfg, uint64_t seed, void (*fn)(sim *s))
{
    static sim s; /* so that the teardown finds it after a failure, too */
    set_up(&s, cfg, seed);
    fn(&s);
    sim_finish(&s);
    running = NULL;
    free_sim(&s);
    if (s.mem.blocks + s.net_mem.blocks != 0)
        fail_msg("seed %llu: %zu blocks of memory were kept", (unsigned long long)seed,
                 s.mem.blocks + s.net_mem.blocks);
    return s.hash;
}

unsigned sim_each_seed(const sim_cfg *cfg, unsigned count, void (*fn)(sim *s))
{
    uint64_t first = 1, last = count;
    const char *range = getenv("NBT_SEEDS");
    if (range) {
        char *end;
        first = last = strtoull(range, &end, 0);
        if (strncmp(end, "..", 2) == 0)
            last = strtoull(end + 2, &end, 0);
        if (end == range || *end || last < first)
            fail_msg("NBT_SEEDS=%s is no N..M", range);
    }
    for (uint64_t seed = first; seed <= last; seed++)
        (void)sim_one_seed(cfg, seed, fn);
    return (unsigned)(last - first + 1);
}

int sim_teardown(void **state)
{
    (void)state;
    if (running) {
        unsigned long long seed = running->seed;
        print_error("NBT_SEEDS=%llu..%llu repeats it; it was %lld us\n", seed, seed,
                    (long long)nbt_simnet_now(running->net));
        free_sim(running);
        running = NULL;
    }
    return 0;
}

/* --- what comes out of it ----------------------------------------------------------------- */

/* As FNV-1a, eight octets at a time. */
static void hash_number(sim *s, uint64_t v)
{
    s->hash = (s->hash ^ v) * UINT64_C(0x100000001B3);
}

static void hash_bytes(sim *s, const void *p, size_t n)
{
    const uint8_t *b = p;
    for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, b + i, n - i < sizeof word ? n - i : sizeof word);
        hash_number(s, word);
    }
}

static void count_frame(sim *s, const nbt_simframe *f)
{
    if (f->kind != NBT_SIMFRAME_UDP || f->to.port == NBT_PORT_DGM)
        return;
    nbt_rd r;
    nbt_ns m;
    nbt_rd_init(&r, f->data.p, f->data.n);
    nbt_ns_rd(&r, &m);
    assert_rd_end(&r);
    s->ns_frames++;
    s->ns_kind[nbt_ns_kind_of(&m)]++;
}

static void hash_frame(sim *s, const nbt_simframe *f)
{
    hash_number(s, (uint64_t)f->at);
    hash_number(s, f->kind);
    hash_number(s, (uint64_t)f->from.ip << 16 | f->from.port);
    hash_number(s, (uint64_t)f->to.ip << 16 | f->to.port);
    hash_number(s, f->seq);
    hash_number(s, f->copies);
    hash_bytes(s, f->data.p, f->data.n);
}

/* All that a program may expect back as it was. */
static void check_fields(const sim_cmd *cmd, const nbt_ncb *got)
{
    assert_int_equal(got->command, cmd->sent.command);
    assert_int_equal(got->lana, cmd->sent.lana);
    assert_int_equal(got->rto, cmd->sent.rto);
    assert_int_equal(got->sto, cmd->sent.sto);
    assert_int_equal(got->target, cmd->sent.target);
    assert_memory_equal(got->name, cmd->sent.name, NBT_NAME_LEN);
    unsigned verb = nbt_ncb_verb(got);
    if (verb != NBT_NCB_LISTEN && verb != NBT_NCB_RECEIVE_DATAGRAM &&
        verb != NBT_NCB_RECEIVE_BROADCAST)
        assert_memory_equal(got->callname, cmd->sent.callname, NBT_NAME_LEN);
}

static void take_answer(sim *s, const nbt_simnet_effect *e)
{
    const nbt_act *act = &e->act;
    assert_true(act->kind == NBT_ACT_ACCEPTED || act->kind == NBT_ACT_DONE);
    assert_true(act->tag >= 1 && act->tag <= s->ncmds);
    sim_cmd *cmd = &s->cmd[act->tag - 1];
    assert_int_equal(e->obj, s->obj[cmd->who]);
    assert_int_equal(act->proc, cmd->proc);
    assert_false(cmd->gone);
    assert_false(cmd->done);
    check_fields(cmd, &act->ncb);
    bool no_wait = cmd->sent.command & NBT_NCB_ASYNC;
    if (act->kind == NBT_ACT_ACCEPTED) {
        assert_true(no_wait && !cmd->accepted);
        assert_int_equal(e->data.n, 0);
        cmd->accepted = true;
        cmd->done = act->ncb.retcode != NBT_NRC_GOODRET;
    } else {
        assert_true(no_wait == cmd->accepted);
        assert_int_not_equal(act->ncb.retcode, NBT_NRC_PENDING);
        cmd->done = true;
        cmd->n = e->data.n;
        cmd->data = exact_copy(e->data.p, e->data.n);
    }
    cmd->got = act->ncb;
    cmd->ended = e->at;
    hash_number(s, (uint64_t)e->at);
    hash_number(s, (uint64_t)act->kind << 40 | (uint64_t)act->tag << 8 | act->ncb.retcode);
    if (cmd->done && s->done)
        s->done(s, act->tag - 1);
}

static void pull(sim *s)
{
    for (const nbt_simframe *f = nbt_simnet_frame(s->net); f; f = nbt_simnet_frame(s->net)) {
        hash_frame(s, f);
        count_frame(s, f);
    }
    for (const nbt_simnet_effect *e = nbt_simnet_next(s->net); e; e = nbt_simnet_next(s->net))
        take_answer(s, e);
}

/* --- what goes in ------------------------------------------------------------------------- */

static void name_from(uint8_t b[NBT_NAME_LEN], const char *text)
{
    nbt_name name;
    if (!nbt_name_parse(&name, text, strlen(text)) || name.scope.len > 0)
        fail_msg("%s is no name", text);
    memcpy(b, name.b, NBT_NAME_LEN);
}

nbt_ncb sim_ncb(uint8_t verb, const char *name, const char *callname)
{
    nbt_ncb ncb = { .command = verb };
    if (name)
        name_from(ncb.name, name);
    if (callname)
        name_from(ncb.callname, callname);
    return ncb;
}

static sim_prog *prog_of(sim *s, unsigned who, uint32_t proc)
{
    for (unsigned i = 0; i < s->nprogs; i++)
        if (s->prog[i].who == who && s->prog[i].proc == proc)
            return &s->prog[i];
    assert_true(s->nprogs < SIM_PROGS_MAX);
    s->prog[s->nprogs] = (sim_prog){ who, proc, false };
    return &s->prog[s->nprogs++];
}

unsigned sim_submit(sim *s, unsigned who, uint32_t proc, nbt_ncb ncb, nbt_bytes data)
{
    if (s->ncmds == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 64;
        s->cmd = realloc(s->cmd, s->cap * sizeof *s->cmd);
        assert_non_null(s->cmd);
    }
    assert_false(prog_of(s, who, proc)->gone);
    if (nbt_rng_below(&s->rng, 2))
        ncb.command |= NBT_NCB_ASYNC;
    nbt_time now = nbt_simnet_now(s->net);
    s->cmd[s->ncmds] = (sim_cmd){ .who = who, .proc = proc, .sent = ncb, .begun = now };
    uint32_t tag = ++s->ncmds;
    nbt_computer_do(s->computer[who], now, proc, tag, &ncb, data, nbt_simnet_begin(s->net));
    nbt_simnet_end(s->net, s->obj[who]);
    pull(s);
    bool no_wait = ncb.command & NBT_NCB_ASYNC;
    assert_true(s->cmd[tag - 1].accepted == no_wait); /* at once */
    return tag - 1;
}

void sim_starve(sim *s, bool starve)
{
    s->mem.fail_at = starve ? s->mem.requests + 1 + nbt_rng_below(&s->rng, 4) : 0;
}

void sim_gone(sim *s, unsigned who, uint32_t proc)
{
    nbt_computer_gone(s->computer[who], nbt_simnet_now(s->net), proc, nbt_simnet_begin(s->net));
    nbt_simnet_end(s->net, s->obj[who]);
    prog_of(s, who, proc)->gone = true;
    for (unsigned i = 0; i < s->ncmds; i++)
        if (s->cmd[i].who == who && s->cmd[i].proc == proc)
            s->cmd[i].gone = true;
    pull(s);
}

void sim_run(sim *s, nbt_time until)
{
    nbt_simnet_run(s->net, until);
    pull(s);
}

void sim_wait(sim *s, nbt_time more)
{
    sim_run(s, nbt_simnet_now(s->net) + more);
}

void sim_await(sim *s, unsigned cmd, nbt_time limit)
{
    nbt_time until = nbt_simnet_now(s->net) + limit;
    while (!s->cmd[cmd].done && nbt_simnet_due(s->net) <= until) {
        nbt_simnet_step(s->net);
        pull(s);
    }
    if (!s->cmd[cmd].done)
        fail_msg("command %u, %s, is not over after %lld us", cmd,
                 nbt_code_word(NBT_CODESET_NCB_COMMAND, nbt_ncb_verb(&s->cmd[cmd].sent)),
                 (long long)limit);
}

uint8_t sim_do(sim *s, unsigned who, uint32_t proc, nbt_ncb ncb)
{
    unsigned cmd = sim_submit(s, who, proc, ncb, (nbt_bytes){ NULL, 0 });
    sim_await(s, cmd, NBT_S(60));
    return s->cmd[cmd].got.retcode;
}

sim_session sim_connect(sim *s, unsigned caller, uint32_t caller_proc, const char *caller_name,
                        unsigned called, uint32_t called_proc, const char *called_name)
{
    nbt_bytes none = { NULL, 0 };
    nbt_ncb ncb = sim_ncb(NBT_NCB_LISTEN, called_name, "*<00>");
    unsigned listen = sim_submit(s, called, called_proc, ncb, none);
    ncb = sim_ncb(NBT_NCB_CALL, caller_name, called_name);
    unsigned call = sim_submit(s, caller, caller_proc, ncb, none);
    sim_await(s, call, NBT_S(60));
    sim_await(s, listen, NBT_S(1));
    assert_int_equal(sim_at(s, call)->got.retcode, NBT_NRC_GOODRET);
    assert_int_equal(sim_at(s, listen)->got.retcode, NBT_NRC_GOODRET);
    assert_memory_equal(sim_at(s, listen)->got.callname, ncb.name, NBT_NAME_LEN);
    return (sim_session){ caller,
                          called,
                          caller_proc,
                          called_proc,
                          sim_at(s, call)->got.lsn,
                          sim_at(s, listen)->got.lsn };
}

static void send_one(sim *s, unsigned from, uint32_t from_proc, uint16_t from_lsn, unsigned to,
                     uint32_t to_proc, uint16_t to_lsn)
{
    uint64_t text[2] = { nbt_rng_u64(&s->rng), nbt_rng_u64(&s->rng) };
    nbt_ncb ncb = { .command = NBT_NCB_SEND, .lsn = from_lsn, .length = sizeof text };
    unsigned send = sim_submit(s, from, from_proc, ncb, (nbt_bytes){ (void *)text, sizeof text });
    ncb = (nbt_ncb){ .command = NBT_NCB_RECEIVE, .lsn = to_lsn, .length = 100 };
    unsigned receive = sim_submit(s, to, to_proc, ncb, (nbt_bytes){ NULL, 0 });
    sim_await(s, receive, NBT_S(60));
    sim_await(s, send, NBT_S(60));
    assert_int_equal(sim_at(s, send)->got.retcode, NBT_NRC_GOODRET);
    assert_int_equal(sim_at(s, receive)->got.retcode, NBT_NRC_GOODRET);
    assert_int_equal(sim_at(s, receive)->n, sizeof text);
    assert_memory_equal(sim_at(s, receive)->data, text, sizeof text);
}

void sim_talk(sim *s, const sim_session *x)
{
    send_one(s, x->caller, x->caller_proc, x->caller_lsn, x->called, x->called_proc, x->called_lsn);
    send_one(s, x->called, x->called_proc, x->called_lsn, x->caller, x->caller_proc, x->caller_lsn);
}

void sim_finish(sim *s)
{
    for (unsigned i = 0; i < s->nprogs; i++) {
        const sim_prog *p = &s->prog[i];
        if (!p->gone)
            assert_int_equal(sim_do(s, p->who, p->proc, sim_ncb(NBT_NCB_RESET, NULL, NULL)),
                             NBT_NRC_GOODRET);
    }
    for (unsigned i = 0; i < s->ncmds; i++)
        if (!s->cmd[i].gone && !s->cmd[i].done)
            fail_msg("command %u, %s, was never over", i,
                     nbt_code_word(NBT_CODESET_NCB_COMMAND, nbt_ncb_verb(&s->cmd[i].sent)));
    sim_wait(s, NBT_S(120));
    assert_false(nbt_simnet_failed(s->net));
}

const nbt_entry *sim_entry(const sim *s, unsigned who, const char *name)
{
    uint8_t b[NBT_NAME_LEN];
    name_from(b, name);
    return nbt_ltable_find_const(nbt_node_names(nbt_computer_lana(s->computer[who], 0)), b);
}

bool sim_owns(const sim *s, unsigned who, const char *name)
{
    const nbt_entry *e = sim_entry(s, who, name);
    return e && e->state == NBT_ENTRY_REGISTERED && !e->conflict;
}
