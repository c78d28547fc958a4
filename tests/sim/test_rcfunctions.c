/*
 * What sessions are for beside remote control, on real computers of a simulated network: files
 * arrive as they were sent or not at all, whatever breaks; chats, commands and restarts reach the
 * agent; and its security log has all ten codes.
 */
#include "tests/support/test.h"

#include "tests/support/rcworld.h"

static rcworld world;
static rcworld_file here, there;

static void begin(uint64_t seed, const nbt_simlink *link)
{
    rcworld_cfg cfg = { .profile = "rfc", .clients = 1, .seed = seed, .link = *link };
    rcworld_init(&world, &cfg);
    memset(&here, 0, sizeof here);
    memset(&there, 0, sizeof there);
}

static const nbt_simlink good = { .delay = NBT_MS(1), .jitter = NBT_MS(1) };

static unsigned start_agent(const char *protocols, unsigned functions)
{
    rc_agent_cfg cfg = rcworld_agent_cfg(protocols);
    cfg.functions = functions;
    cfg.down_time = NBT_S(7);
    unsigned agent = rcworld_agent(&world, 1, &cfg);
    world.program[agent].file = &there;
    return agent;
}

static unsigned view(const char *protocols, rc_function function)
{
    rc_viewer_cfg cfg = rcworld_viewer_cfg(protocols, "CLIENT1", 1);
    cfg.function = function;
    cfg.reconnect = NBT_S(120);
    cfg.command = function == RC_FUNCTION_EXECUTE ? "setup.exe" : NULL;
    return rcworld_viewer(&world, 0, &cfg);
}

static unsigned move(const char *protocols, bool store)
{
    rc_viewer_cfg cfg = rcworld_viewer_cfg(protocols, "CLIENT1", 1);
    cfg.function = RC_FUNCTION_TRANSFER;
    cfg.file = "file.bin";
    cfg.store = store;
    unsigned viewer = rcworld_viewer(&world, 0, &cfg);
    world.program[viewer].file = &here;
    return viewer;
}

static void put_random(rcworld_file *f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        f->b[i] = (uint8_t)nbt_rng_u16(&world.rng);
    f->n = n;
    f->there = true;
}

static bool same(void)
{
    return here.there && there.there && here.n == there.n && memcmp(here.b, there.b, here.n) == 0;
}

/* ---- files ---- */

static void files_go_both_ways_over_both_transports(void **state)
{
    (void)state;
    static const size_t lengths[] = { 0, 1, 8000, 8001, 150000 };
    for (unsigned i = 0; i < 4 * LENGTH_OF(lengths); i++) {
        bool store = i & 1;
        begin(i + 1, &good);
        put_random(store ? &here : &there, lengths[i / 4]);
        unsigned agent = start_agent("netbios,tcp", RC_FUNCTIONS_ALL);
        unsigned viewer = move(i & 2 ? "tcp" : "netbios", store);
        rcworld_await_end(&world, viewer);
        assert_int_equal(world.program[viewer].end, RC_END_DONE);
        assert_int_equal(world.program[viewer].result, RC_RESULT_DONE);
        rcworld_wait(&world, NBT_S(1));
        assert_int_equal(world.program[agent].result, RC_RESULT_DONE);
        assert_int_equal(world.program[agent].logs[RC_LOG_TRANSFER], 1);
        assert_true(same());
        assert_int_equal(here.part + there.part, 0);
        rcworld_fini(&world);
    }
}

/* Whoever is killed, whenever: the file is not there, or it is right; and the next viewer ends what
 * the first began. */
static void one_seed(uint64_t seed)
{
    nbt_rng rng = { seed };
    nbt_simlink link = { .delay = NBT_MS(1 + nbt_rng_u16(&rng) % 20),
                         .jitter = NBT_MS(nbt_rng_u16(&rng) % 10),
                         .loss = nbt_rng_u16(&rng) % 200 };
    bool store = nbt_rng_u16(&rng) & 1, netbios = nbt_rng_u16(&rng) & 1;
    bool agent_dies = nbt_rng_u16(&rng) & 1;
    const char *protocols = netbios ? "netbios" : "tcp";
    begin(seed, &link);
    put_random(store ? &here : &there, nbt_rng_u16(&rng) * 3u);
    unsigned agent = start_agent("netbios,tcp", RC_FUNCTIONS_ALL);
    unsigned viewer = move(protocols, store);
    (void)rcworld_outcome(&world, viewer);
    rcworld_wait(&world, NBT_MS(nbt_rng_u16(&rng) % 400));
    if (!world.program[viewer].gone)
        rcworld_kill(&world, agent_dies ? agent : viewer);
    if (agent_dies)
        rcworld_wait(&world, NBT_S(90)); /* nothing hangs longer */
    assert_true(world.program[viewer].gone);
    const rcworld_file *to = store ? &there : &here;
    assert_true(!to->there || same());

    for (unsigned i = 0; i < 20 && !same(); i++) {
        if (world.program[agent].gone)
            agent = start_agent("netbios,tcp", RC_FUNCTIONS_ALL);
        rcworld_wait(&world, NBT_S(70)); /* until the client is free of who has gone */
        viewer = move(protocols, store);
        for (unsigned n = 0; n < 3000 && !world.program[viewer].gone; n++)
            rcworld_wait(&world, NBT_MS(100));
        assert_true(world.program[viewer].gone);
        assert_true(!to->there || same());
    }
    assert_true(same());
    rcworld_fini(&world);
}

static void nothing_is_lost_whoever_dies(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        print_message("seed %u\n", (unsigned)seed);
        one_seed(seed);
    }
}

static void an_agent_lets_do_what_it_is_told(void **state)
{
    (void)state;
    for (rc_function f = RC_FUNCTION_CONTROL; f <= RC_FUNCTION_REBOOT; f++) {
        if (f == RC_FUNCTION_TRANSFER)
            continue;
        begin(1, &good);
        unsigned agent = start_agent("netbios,tcp", RC_FUNCTIONS_ALL & ~(1u << f));
        unsigned viewer = view("tcp", f);
        rcworld_await_end(&world, viewer);
        assert_int_equal(world.program[viewer].end, RC_END_RIGHTS);
        assert_true(world.program[viewer].says[RC_SAY_NO_FUNCTION]);
        assert_int_equal(world.program[agent].logs[RC_LOG_NOT_PERMITTED], 1);
        rcworld_fini(&world);
    }
}

/* ---- the rest ---- */

static void a_chat_goes_both_ways(void **state)
{
    (void)state;
    static const char *const transports[] = { "tcp", "netbios" };
    for (size_t i = 0; i < 2; i++) {
        begin(1, &good);
        unsigned agent = start_agent("netbios,tcp", 1u << RC_FUNCTION_CHAT);
        unsigned viewer = view(transports[i], RC_FUNCTION_CHAT);
        assert_int_equal(rcworld_outcome(&world, viewer), i ? 'N' : 'T');
        rcworld_type(&world, viewer, "hello\n");
        rcworld_wait(&world, NBT_S(1));
        assert_int_equal(world.program[agent].chats, 1);
        rcworld_type(&world, agent, "hello yourself\n");
        rcworld_wait(&world, NBT_S(1));
        assert_int_equal(world.program[viewer].chats, 1);
        rcworld_do(&world, viewer, RC_CMD_FINISH, 0);
        rcworld_await_end(&world, viewer);
        assert_int_equal(world.program[viewer].end, RC_END_DONE);
        assert_int_equal(world.program[agent].logs[RC_LOG_CHAT], 1);
        rcworld_fini(&world);
    }
}

static void a_client_that_restarts_is_found_again(void **state)
{
    (void)state;
    static const char *const transports[] = { "tcp", "netbios" };
    for (size_t i = 0; i < 2; i++) {
        begin(1, &good);
        unsigned agent = start_agent("netbios,tcp", RC_FUNCTIONS_ALL);
        unsigned viewer = view(transports[i], RC_FUNCTION_REBOOT);
        assert_int_equal(rcworld_outcome(&world, viewer), i ? 'N' : 'T');
        assert_int_equal(world.program[agent].restarts, 1);
        assert_int_equal(world.program[agent].logs[RC_LOG_REBOOT], 1);
        assert_true(world.program[viewer].says[RC_SAY_REBOOTING]);
        assert_true(rcworld_alive(&world, viewer));
        rcworld_do(&world, viewer, RC_CMD_CLOSE, 0);
        rcworld_await_end(&world, viewer);
        assert_int_equal(world.program[viewer].end, RC_END_DONE);
        rcworld_fini(&world);
    }
}

/* One that never comes back is given up, with the words for it. */
static void a_client_that_stays_away_is_given_up(void **state)
{
    (void)state;
    begin(1, &good);
    unsigned agent = start_agent("netbios,tcp", RC_FUNCTIONS_ALL);
    unsigned viewer = view("netbios,tcp", RC_FUNCTION_REBOOT);
    for (unsigned i = 0; i < 100 && !world.program[agent].restarts; i++)
        rcworld_wait(&world, NBT_MS(100));
    rcworld_kill(&world, agent);
    for (unsigned i = 0; i < 2000 && !world.program[viewer].gone; i++)
        rcworld_wait(&world, NBT_MS(100));
    assert_true(world.program[viewer].gone);
    assert_int_equal(world.program[viewer].end, RC_END_NOT_FOUND);
    assert_int_equal(world.program[viewer].says[RC_SAY_NOT_FOUND], 1);
    rcworld_fini(&world);
}

static void the_security_log_has_all_its_codes(void **state)
{
    (void)state;
    static const char *const bob[] = { "bob" };
    begin(1, &good);
    rc_agent_cfg cfg = rcworld_agent_cfg("netbios,tcp");
    cfg.functions = RC_FUNCTIONS_ALL;
    cfg.down_time = NBT_S(1);
    cfg.permission = RC_PERMISSION_ASK;
    cfg.permitted = bob;
    cfg.npermitted = 1;
    unsigned agent = rcworld_agent(&world, 1, &cfg);
    const rcworld_program *p = &world.program[agent];

    unsigned silent = view("tcp", RC_FUNCTION_CONTROL);
    rcworld_await_end(&world, silent);
    assert_int_equal(p->logs[RC_LOG_USER_REFUSED], 1);

    rc_viewer_cfg eve = rcworld_viewer_cfg("tcp", "CLIENT1", 1);
    eve.user = "eve";
    rcworld_await_end(&world, rcworld_viewer(&world, 0, &eve));
    assert_int_equal(p->logs[RC_LOG_NOT_PERMITTED], 1);

    unsigned first = view("tcp", RC_FUNCTION_CONTROL);
    rcworld_wait(&world, NBT_S(3));
    rcworld_do(&world, agent, RC_CMD_PERMIT, 1);
    assert_int_equal(rcworld_outcome(&world, first), 'T');
    assert_int_equal(p->logs[RC_LOG_USER_GRANTED], 1);
    assert_int_equal(p->logs[RC_LOG_PERMITTED], 1);
    assert_int_equal(p->logs[RC_LOG_CONTROL], 1);
    rcworld_do(&world, first, RC_CMD_CLOSE, 0);
    rcworld_await_end(&world, first);
    assert_int_equal(p->logs[RC_LOG_CONTROL_END], 1);

    rcworld_await_end(&world, view("tcp", RC_FUNCTION_EXECUTE)); /* the grant is remembered */
    unsigned chat = view("tcp", RC_FUNCTION_CHAT);
    (void)rcworld_outcome(&world, chat);
    rcworld_do(&world, chat, RC_CMD_CLOSE, 0);
    rcworld_await_end(&world, chat);
    rcworld_await_end(&world, move("tcp", false));
    (void)view("tcp", RC_FUNCTION_REBOOT);
    rcworld_wait(&world, NBT_S(5));
    for (rc_log code = RC_LOG_REBOOT; code <= RC_LOG_NOT_PERMITTED; code++)
        assert_true(p->logs[code] > 0);
    rcworld_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", files_go_both_ways_over_both_transports),
        NBT_TEST("", nothing_is_lost_whoever_dies),
        NBT_TEST("", an_agent_lets_do_what_it_is_told),
        NBT_TEST("", a_chat_goes_both_ways),
        NBT_TEST("", a_client_that_restarts_is_found_again),
        NBT_TEST("", a_client_that_stays_away_is_given_up),
        NBT_TEST("", the_security_log_has_all_its_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
