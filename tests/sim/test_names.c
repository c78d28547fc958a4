/*
 * Names in seeded worlds: who gets one that several claim, what becomes of two owners, and that
 * nobody is left without an answer. What is true of one run is true of thousands; where chance
 * decides, the test says what it may decide.
 */
#include "tests/support/sim.h"
#include "tests/support/test.h"

#define NAME "FRED<20>"

enum { CLAIMANTS = 3, ASKER = 3 }; /* the asker is one more computer */

static const sim_cfg quiet = { .computers = CLAIMANTS + 1,
                               .profile = "rfc",
                               .link = { .delay = NBT_MS(1) } };

static const nbt_bytes nothing = { NULL, 0 };

/* Up to 20 ms late, a fifth of the seeds without loss. */
static nbt_simlink bad_weather(sim *s)
{
    nbt_simlink link = { .delay = NBT_MS(1), .jitter = NBT_MS(9), .late = NBT_MS(10) };
    link.loss = nbt_rng_below(&s->rng, 5) ? nbt_rng_below(&s->rng, 400000) : 0;
    link.duplicate = nbt_rng_below(&s->rng, 300000);
    link.reorder = nbt_rng_below(&s->rng, 300000);
    return link;
}

static void make_quiet(sim *s)
{
    nbt_simnet_relink(s->net, s->segment, &quiet.link);
}

static unsigned submit_add(sim *s, unsigned who, uint32_t proc, const char *name, bool group)
{
    uint8_t verb = group ? NBT_NCB_ADD_GROUP_NAME : NBT_NCB_ADD_NAME;
    return sim_submit(s, who, proc, sim_ncb(verb, name, NULL), nothing);
}

static uint8_t add(sim *s, unsigned who, const char *name)
{
    return sim_do(s, who, 1, sim_ncb(NBT_NCB_ADD_NAME, name, NULL));
}

static unsigned owners(const sim *s, const char *name)
{
    unsigned n = 0;
    for (unsigned i = 0; i < s->computers; i++)
        n += sim_owns(s, i, name);
    return n;
}

/* FIND NAME by a computer; how many nodes it found, 0 if nobody has answered. */
static unsigned find(sim *s, unsigned who, const char *name, bool *group)
{
    nbt_ncb ncb = sim_ncb(NBT_NCB_FIND_NAME, NULL, name);
    ncb.length = 1000;
    unsigned cmd = sim_submit(s, who, 1, ncb, nothing);
    sim_await(s, cmd, NBT_S(60));
    const sim_cmd *done = sim_at(s, cmd);
    if (done->got.retcode == NBT_NRC_CMDTMO)
        return 0;
    assert_int_equal(done->got.retcode, NBT_NRC_GOODRET);
    nbt_rd r;
    nbt_find f;
    nbt_rd_init(&r, done->data, done->n);
    nbt_find_rd(&r, &f);
    for (unsigned i = 0; i < f.nodes; i++)
        (void)nbt_find_node_rd(&r);
    assert_rd_end(&r);
    *group = f.group;
    return f.nodes;
}

/* --- claims ------------------------------------------------------------------------------- */

/*
 * Who of several claimants of a unique name gets it on a network that loses nothing: the last
 * request leaves 2T after the first (T being the time between two), and is refused by whoever has
 * ended its own claim by then, 3T after its first. So a later claim succeeds beside an earlier one
 * exactly if it begins less than T minus the way there after it. With Windows both are T later: its
 * demand may be refused like a request, and the name is its own T after that.
 */
static void predict(const nbt_time begun[CLAIMANTS], const unsigned order[CLAIMANTS], nbt_time t,
                    bool owns[CLAIMANTS])
{
    for (unsigned i = 0; i < CLAIMANTS; i++) {
        owns[order[i]] = true;
        for (unsigned k = 0; k < i; k++)
            if (owns[order[k]] && begun[order[i]] - begun[order[k]] >= t - quiet.link.delay)
                owns[order[i]] = false;
    }
}

/* Claimants by the time at which they begin. */
static void sort(const nbt_time begun[CLAIMANTS], unsigned order[CLAIMANTS])
{
    for (unsigned i = 0; i < CLAIMANTS; i++) {
        unsigned before = 0;
        for (unsigned k = 0; k < CLAIMANTS; k++)
            before += begun[k] < begun[i];
        order[before] = i;
    }
}

static unsigned shared, single; /* how many seeds ended with several owners, and with one */

static void claim_one_name(sim *s)
{
    const nbt_profile *profile = nbt_node_cfg(nbt_computer_lana(s->computer[0], 0))->profile;
    nbt_time t = profile->bcast_timeout, takes = 3 * t + profile->demand_settles, begun[CLAIMANTS];
    unsigned cmd[CLAIMANTS];
    for (unsigned i = 0; i <= CLAIMANTS; i++)
        assert_int_equal(sim_do(s, i, 1, sim_ncb(NBT_NCB_RESET, NULL, NULL)), NBT_NRC_GOODRET);
    /* Not in whole milliseconds, so that no two things happen at the same moment. */
    nbt_time start = nbt_simnet_now(s->net);
    uint32_t within = (uint32_t)(2 * t / NBT_MS(1));
    for (unsigned i = 0; i < CLAIMANTS; i++)
        begun[i] = start + NBT_MS(nbt_rng_below(&s->rng, within)) + 100 * (i + 1);
    unsigned order[CLAIMANTS];
    sort(begun, order);
    for (unsigned i = 0; i < CLAIMANTS; i++) {
        sim_run(s, begun[order[i]]);
        cmd[order[i]] = submit_add(s, order[i], 1, NAME, false);
    }
    sim_wait(s, takes + t);

    bool owns[CLAIMANTS];
    predict(begun, order, t, owns);
    unsigned n = 0;
    for (unsigned i = 0; i < CLAIMANTS; i++) {
        const sim_cmd *c = sim_at(s, cmd[i]);
        assert_true(c->done);
        assert_int_equal(c->got.retcode, owns[i] ? NBT_NRC_GOODRET : NBT_NRC_INUSE);
        assert_true(owns[i] ? c->ended == begun[i] + takes : c->ended < begun[i] + takes);
        assert_int_equal(sim_owns(s, i, NAME), owns[i]);
        n += owns[i];
    }
    shared += n > 1;
    single += n == 1;

    /* A query finds them all; it makes all but one give in, if the asker's profile looks at all. */
    bool group;
    assert_int_equal(find(s, ASKER, NAME, &group), n);
    assert_false(group);
    sim_wait(s, NBT_S(1));
    assert_int_equal(owners(s, NAME), profile->watch_conflicts ? 1 : n);
}

static void claims_of_one_name(void **state)
{
    (void)state;
    static const char *const profiles[] = { "rfc", "nt4" };
    for (size_t i = 0; i < LENGTH_OF(profiles); i++) {
        sim_cfg cfg = quiet;
        cfg.profile = profiles[i];
        shared = single = 0;
        unsigned seeds = sim_each_seed(&cfg, 1000, claim_one_name);
        print_message("%s: %u of %u ended with several owners\n", profiles[i], shared, seeds);
        assert_true(seeds < 1000 || (shared > seeds / 10 && single > seeds / 10));
    }
}

/* RFC 1001 15.2.1 as it stands: nobody owns the name yet, so nobody refuses; no packet is lost. */
static void claim_at_once(sim *s)
{
    unsigned cmd[CLAIMANTS];
    nbt_ncb ncb = sim_ncb(NBT_NCB_FIND_NAME, NULL, NAME);
    ncb.length = 1000;
    unsigned too_early = sim_submit(s, ASKER, 1, ncb, nothing);
    for (unsigned i = 0; i < CLAIMANTS; i++) {
        cmd[i] = submit_add(s, i, 1, NAME, false);
        sim_wait(s, nbt_rng_below(&s->rng, NBT_MS(100)));
    }
    sim_wait(s, NBT_S(2));
    for (unsigned i = 0; i < CLAIMANTS; i++)
        assert_int_equal(sim_at(s, cmd[i])->got.retcode, NBT_NRC_GOODRET);
    assert_int_equal(sim_at(s, too_early)->got.retcode, NBT_NRC_CMDTMO);
    sim_wait(s, NBT_S(3600)); /* nobody notices */
    assert_int_equal(owners(s, NAME), CLAIMANTS);
    assert_int_equal(nbt_simnet_stats(s->net)->lost, 0);
    bool group;
    assert_int_equal(find(s, ASKER, NAME, &group), CLAIMANTS);
    sim_wait(s, NBT_S(1));
    assert_int_equal(owners(s, NAME), 1);
}

static void simultaneous_claims_all_succeed(void **state)
{
    (void)state;
    sim_each_seed(&quiet, 500, claim_at_once);
}

/*
 * Loss, delay, doubling, disorder. Names of one's own are always granted. Of the name that all
 * want, every claim gets one answer, somebody owns it, and two own it only if they claimed it
 * within T of each other or something was lost.
 */
static void claim_in_bad_weather(sim *s)
{
    static const char *const own_name[CLAIMANTS] = { "A<20>", "B<20>", "C<20>" };
    nbt_simlink weather = bad_weather(s);
    nbt_simnet_relink(s->net, s->segment, &weather);
    unsigned own[CLAIMANTS], cmd[CLAIMANTS];
    for (unsigned i = 0; i < CLAIMANTS; i++) {
        own[i] = submit_add(s, i, 2, own_name[i], nbt_rng_below(&s->rng, 2));
        cmd[i] = submit_add(s, i, 1, NAME, false);
        sim_wait(s, NBT_MS(nbt_rng_below(&s->rng, 600)));
    }
    sim_wait(s, NBT_S(2));
    unsigned n = 0;
    nbt_time last = -NBT_S(1);
    for (unsigned i = 0; i < CLAIMANTS; i++) {
        assert_int_equal(sim_at(s, own[i])->got.retcode, NBT_NRC_GOODRET);
        const sim_cmd *c = sim_at(s, cmd[i]);
        assert_true(c->done);
        bool owns = c->got.retcode == NBT_NRC_GOODRET;
        assert_true(owns || c->got.retcode == NBT_NRC_INUSE);
        assert_int_equal(sim_owns(s, i, NAME), owns);
        if (owns && nbt_simnet_stats(s->net)->lost == 0)
            assert_true(n == 0 || c->begun - last < NBT_MS(250));
        if (owns)
            last = c->begun;
        n += owns;
    }
    assert_true(n >= 1);

    make_quiet(s);
    bool group;
    assert_int_equal(find(s, ASKER, NAME, &group), n);
    sim_wait(s, NBT_S(1));
    assert_int_equal(owners(s, NAME), 1);
}

static void claims_in_bad_weather(void **state)
{
    (void)state;
    sim_each_seed(&quiet, 1500, claim_in_bad_weather);
}

/* Unique or group, one claim well behind the other: refused unless both are for a group. */
static void claim_as(sim *s)
{
    bool first = nbt_rng_below(&s->rng, 2), second = nbt_rng_below(&s->rng, 2);
    unsigned one = submit_add(s, 0, 1, NAME, first);
    sim_wait(s, NBT_S(2));
    unsigned two = submit_add(s, 1, 1, NAME, second);
    sim_wait(s, NBT_S(2));
    assert_int_equal(sim_at(s, one)->got.retcode, NBT_NRC_GOODRET);
    assert_int_equal(sim_at(s, two)->got.retcode,
                     first && second ? NBT_NRC_GOODRET : NBT_NRC_INUSE);
    assert_true(sim_owns(s, 0, NAME));
}

static void unique_against_group(void **state)
{
    (void)state;
    sim_each_seed(&quiet, 100, claim_as);
}

/* A computer's two adapters on one network are two nodes: one refuses the other, over the wire. */
static void claim_on_both(sim *s)
{
    nbt_ncb ncb = sim_ncb(NBT_NCB_ADD_NAME, NAME, NULL);
    uint8_t first = (uint8_t)nbt_rng_below(&s->rng, 2);
    bool late = nbt_rng_below(&s->rng, 2); /* by T: see predict; between the two is no delay */
    nbt_time apart = nbt_rng_below(&s->rng, NBT_MS(250)) + (late ? NBT_MS(250) + 1 : 0);
    ncb.lana = first;
    unsigned one = sim_submit(s, 0, 1, ncb, nothing);
    sim_wait(s, apart);
    ncb.lana = !first;
    unsigned two = sim_submit(s, 0, 1, ncb, nothing);
    sim_wait(s, NBT_S(2));
    assert_int_equal(sim_at(s, one)->got.retcode, NBT_NRC_GOODRET);
    assert_int_equal(sim_at(s, two)->got.retcode, late ? NBT_NRC_INUSE : NBT_NRC_GOODRET);
    if (late)
        assert_int_equal(s->ns_kind[NBT_NS_NEGATIVE_REGISTRATION], 1);
}

static void two_adapters_on_one_network(void **state)
{
    (void)state;
    sim_cfg cfg = quiet;
    cfg.two_lanas = true;
    sim_each_seed(&cfg, 100, claim_on_both);
}

/* Members of a group never get into each other's way, whatever the weather. */
static void join_group(sim *s)
{
    nbt_simlink weather = bad_weather(s);
    nbt_simnet_relink(s->net, s->segment, &weather);
    unsigned cmd[CLAIMANTS];
    for (unsigned i = 0; i < CLAIMANTS; i++) {
        cmd[i] = submit_add(s, i, 1, NAME, true);
        sim_wait(s, NBT_MS(nbt_rng_below(&s->rng, 600)));
    }
    sim_wait(s, NBT_S(2));
    for (unsigned i = 0; i < CLAIMANTS; i++)
        assert_int_equal(sim_at(s, cmd[i])->got.retcode, NBT_NRC_GOODRET);
    make_quiet(s);
    bool group;
    assert_int_equal(find(s, ASKER, NAME, &group), CLAIMANTS);
    assert_true(group);
    sim_wait(s, NBT_S(1));
    assert_int_equal(owners(s, NAME), CLAIMANTS);
    assert_int_equal(s->ns_kind[NBT_NS_CONFLICT_DEMAND], 0);
}

static void members_of_a_group(void **state)
{
    (void)state;
    sim_each_seed(&quiet, 500, join_group);
}

/* --- two owners --------------------------------------------------------------------------- */

/* Claims a name on several sides of a network that does not hang together, then joins them. */
static void claim_apart(sim *s, unsigned n, const bool group[])
{
    unsigned cmd[CLAIMANTS];
    for (unsigned i = 0; i < n; i++) {
        nbt_simnet_side(s->net, s->adapter[i], i + 1);
        cmd[i] = submit_add(s, i, 1, NAME, group[i]);
    }
    sim_wait(s, NBT_S(2));
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(sim_at(s, cmd[i])->got.retcode, NBT_NRC_GOODRET);
        nbt_simnet_side(s->net, s->adapter[i], 0);
    }
}

/*
 * One to three nodes have a name, as unique or as a group, on a network that says everything twice.
 * After a query the first to answer has it still, be it alone or not, and so have all groups; all
 * other unique ones are in conflict. Without jitter all answer at the same moment and arrive in
 * their order on the segment, so it is known who is first.
 */
static void ask_for_it(sim *s)
{
    unsigned n = 1 + nbt_rng_below(&s->rng, CLAIMANTS), uniques = 0;
    bool group[CLAIMANTS], any_group = false;
    for (unsigned i = 0; i < n; i++) {
        group[i] = nbt_rng_below(&s->rng, 4) == 0;
        any_group = any_group || group[i];
        uniques += !group[i];
    }
    claim_apart(s, n, group);
    bool steady = nbt_rng_below(&s->rng, 2);
    nbt_simlink twice = { .delay = NBT_MS(1), .duplicate = 1000000 };
    twice.jitter = steady ? 0 : NBT_MS(50);
    nbt_simnet_relink(s->net, s->segment, &twice);
    bool is_group;
    assert_int_equal(find(s, ASKER, NAME, &is_group), n);
    sim_wait(s, NBT_S(1));
    unsigned lost = 0, demands = 0;
    for (unsigned i = 0; i < n; i++) {
        bool conflict = !sim_owns(s, i, NAME);
        assert_int_equal(conflict, sim_entry(s, i, NAME)->conflict);
        assert_false(conflict && group[i]);
        if (steady)
            assert_int_equal(conflict, i > 0 && !group[i]);
        demands += i > 0 && !(group[0] && group[i]);
        lost += conflict;
    }
    if (steady) /* one for each answer that differs, however often it came */
        assert_int_equal(s->ns_kind[NBT_NS_CONFLICT_DEMAND], demands);
    assert_true(lost + 1 == uniques || (any_group && lost == uniques));
    /* From now on only these answer; a name that is nowhere is not found. */
    assert_int_equal(find(s, ASKER, NAME, &is_group), n - lost);
    assert_int_equal(find(s, ASKER, "NOBODY<20>", &is_group), 0);
}

static void a_query_settles_it(void **state)
{
    (void)state;
    sim_each_seed(&quiet, 500, ask_for_it);
}

/* What NAME_FLAGS another computer is told about a name of computer `who`, asked under `alias`. */
static uint8_t status_flags(sim *s, const char *alias, const char *name)
{
    nbt_ncb ncb = sim_ncb(NBT_NCB_ADAPTER_STATUS, NULL, alias);
    ncb.length = 2000;
    unsigned cmd = sim_submit(s, ASKER, 1, ncb, nothing);
    sim_await(s, cmd, NBT_S(60));
    const sim_cmd *done = sim_at(s, cmd);
    assert_int_equal(done->got.retcode, NBT_NRC_GOODRET);
    nbt_rd r;
    nbt_astat st;
    nbt_rd_init(&r, done->data, done->n);
    nbt_astat_rd(&r, &st);
    nbt_ncb want = sim_ncb(0, name, NULL);
    for (unsigned i = 0; i < st.name_count; i++) {
        nbt_astat_name entry;
        nbt_astat_name_rd(&r, &entry);
        if (memcmp(entry.name, want.name, NBT_NAME_LEN) == 0)
            return entry.flags;
    }
    fail_msg("%s is not listed", name);
    return 0;
}

/* The consoles, a client on the side of each, and their sessions, called from the name of both. */
enum { ONE, OTHER, PEER, AWAY = ASKER };

typedef struct consoles {
    sim_session session[2];
    unsigned receive[2]; /* pending at each console */
    unsigned winner, loser;
} consoles;

/* Two consoles claim one name while the network is cut in two; then it heals. */
static void build_apart(sim *s, consoles *x)
{
    static const char *const own[] = { "ONE<00>", "OTHER<00>", "PEER<43>", "AWAY<43>" };
    for (unsigned i = 0; i < LENGTH_OF(own); i++)
        assert_int_equal(add(s, i, own[i]), NBT_NRC_GOODRET);
    nbt_simnet_side(s->net, s->adapter[OTHER], 1);
    nbt_simnet_side(s->net, s->adapter[AWAY], 1);
    for (unsigned i = ONE; i <= OTHER; i++) {
        assert_int_equal(add(s, i, NAME), NBT_NRC_GOODRET);
        x->session[i] = sim_connect(s, i, 1, NAME, PEER + i, 1, own[PEER + i]);
        nbt_ncb receive = { .command = NBT_NCB_RECEIVE, .length = 10 };
        receive.lsn = x->session[i].caller_lsn;
        x->receive[i] = sim_submit(s, i, 1, receive, nothing);
    }
    nbt_simnet_side(s->net, s->adapter[OTHER], 0);
    nbt_simnet_side(s->net, s->adapter[AWAY], 0);
}

/* Sooner or later somebody asks for the name: it is found twice, and one of the two loses it. */
static void notice(sim *s, consoles *x)
{
    sim_wait(s, NBT_S(nbt_rng_below(&s->rng, 600)));
    assert_int_equal(owners(s, NAME), 2); /* nobody has noticed (G34) */
    nbt_simlink uneven = { .delay = NBT_MS(1), .jitter = NBT_MS(50) };
    nbt_simnet_relink(s->net, s->segment, &uneven);
    bool group;
    assert_int_equal(find(s, nbt_rng_below(&s->rng, 2) ? PEER : AWAY, NAME, &group), 2);
    sim_wait(s, NBT_S(1));
    make_quiet(s);
    assert_int_equal(owners(s, NAME), 1);
    x->winner = sim_owns(s, ONE, NAME) ? ONE : OTHER;
    x->loser = ONE + OTHER - x->winner;
}

/* A console's session, and what was pending there, go on as if nothing had happened (E46, G29). */
static void session_lives(sim *s, const consoles *x, unsigned who)
{
    const sim_session *session = &x->session[who];
    assert_false(sim_at(s, x->receive[who])->done);
    nbt_ncb send = { .command = NBT_NCB_SEND, .lsn = session->called_lsn, .length = 2 };
    (void)sim_submit(s, session->called, 1, send, (nbt_bytes){ (const uint8_t *)"hi", 2 });
    sim_await(s, x->receive[who], NBT_S(1));
    assert_int_equal(sim_at(s, x->receive[who])->got.retcode, NBT_NRC_GOODRET);
    sim_talk(s, session);
}

/* What the loser may not do, and what goes on all the same. */
static void live_in_conflict(sim *s, const consoles *x)
{
    unsigned loser = x->loser;
    assert_int_equal(sim_do(s, loser, 1, sim_ncb(NBT_NCB_CALL, NAME, "PEER<43>")), NBT_NRC_NAMCONF);
    assert_int_equal(sim_do(s, loser, 1, sim_ncb(NBT_NCB_LISTEN, NAME, "*<00>")), NBT_NRC_NAMCONF);
    assert_int_equal(sim_do(s, loser, 1, sim_ncb(NBT_NCB_ADD_NAME, NAME, NULL)), NBT_NRC_NAMCONF);
    nbt_ncb any = { .command = NBT_NCB_RECEIVE_ANY, .num = sim_entry(s, loser, NAME)->num };
    assert_int_equal(sim_do(s, loser, 1, any), NBT_NRC_NAMCONF);
    assert_int_equal(status_flags(s, loser == ONE ? "ONE<00>" : "OTHER<00>", NAME),
                     NBT_NAME_FLAG_DUPLICATE);
    for (unsigned i = ONE; i <= OTHER; i++)
        session_lives(s, x, i);
}

static void hang_up(sim *s, const consoles *x, unsigned who)
{
    nbt_ncb ncb = { .command = NBT_NCB_HANGUP, .lsn = x->session[who].caller_lsn };
    assert_int_equal(sim_do(s, who, 1, ncb), NBT_NRC_GOODRET);
}

static void conflict_after_healing(sim *s)
{
    consoles x;
    build_apart(s, &x);
    notice(s, &x);
    live_in_conflict(s, &x);

    /* Nothing is said about the loser's deletion: the name is not its to release (E47). */
    hang_up(s, &x, x.loser);
    unsigned before = s->ns_frames;
    assert_int_equal(sim_do(s, x.loser, 1, sim_ncb(NBT_NCB_DELETE_NAME, NAME, NULL)),
                     NBT_NRC_GOODRET);
    sim_wait(s, NBT_S(2));
    assert_int_equal(s->ns_frames, before);
    assert_null(sim_entry(s, x.loser, NAME));
    assert_int_equal(add(s, x.loser, NAME), NBT_NRC_INUSE);
    assert_true(sim_owns(s, x.winner, NAME));
}

/* The winner goes, somebody else comes: the loser neither stands up for the name nor gets it back.
 */
static void conflict_outlives_the_winner(sim *s)
{
    consoles x;
    build_apart(s, &x);
    notice(s, &x);
    hang_up(s, &x, x.winner);
    assert_int_equal(sim_do(s, x.winner, 1, sim_ncb(NBT_NCB_DELETE_NAME, NAME, NULL)),
                     NBT_NRC_GOODRET);
    sim_wait(s, NBT_S(2));
    bool group;
    assert_int_equal(find(s, PEER, NAME, &group), 0);
    assert_int_equal(add(s, PEER, NAME), NBT_NRC_GOODRET);
    assert_true(sim_entry(s, x.loser, NAME)->conflict);
    session_lives(s, &x, x.loser);
}

static void late_conflict(void **state)
{
    (void)state;
    sim_each_seed(&quiet, 200, conflict_after_healing);
    sim_each_seed(&quiet, 200, conflict_outlives_the_winner);
}

/*
 * The name is lost while a LISTEN waits on it and a call from it is somewhere on its way: both end
 * with NRC_NAMCONF, unless the call was over before; the winner's go on.
 */
static void conflict_in_mid_call(sim *s)
{
    assert_int_equal(add(s, PEER, "PEER<43>"), NBT_NRC_GOODRET);
    claim_apart(s, 2, (bool[CLAIMANTS]){ false });
    nbt_simlink slow = { .delay = nbt_rng_below(&s->rng, NBT_MS(100)), .jitter = 1000 };
    nbt_simnet_relink(s->net, s->segment, &slow);
    unsigned listen[2], call[2];
    (void)sim_submit(s, PEER, 1, sim_ncb(NBT_NCB_LISTEN, "PEER<43>", "*<00>"), nothing);
    (void)sim_submit(s, PEER, 1, sim_ncb(NBT_NCB_LISTEN, "PEER<43>", "*<00>"), nothing);
    nbt_ncb ncb = sim_ncb(NBT_NCB_FIND_NAME, NULL, NAME);
    ncb.length = 1000;
    unsigned find_name = sim_submit(s, ASKER, 1, ncb, nothing);
    sim_wait(s, nbt_rng_below(&s->rng, (uint32_t)(2 * slow.delay + 1)));
    const char *callee = nbt_rng_below(&s->rng, 4) ? "PEER<43>" : "NOBODY<43>";
    for (unsigned i = ONE; i <= OTHER; i++) {
        listen[i] = sim_submit(s, i, 1, sim_ncb(NBT_NCB_LISTEN, NAME, "*<00>"), nothing);
        call[i] = sim_submit(s, i, 1, sim_ncb(NBT_NCB_CALL, NAME, callee), nothing);
    }
    sim_await(s, find_name, NBT_S(60));
    sim_wait(s, NBT_S(60));
    assert_int_equal(owners(s, NAME), 1);
    for (unsigned i = ONE; i <= OTHER; i++) {
        uint8_t end = callee[0] == 'P' ? NBT_NRC_GOODRET : NBT_NRC_NOCALL;
        bool lost = sim_entry(s, i, NAME)->conflict;
        const sim_cmd *l = sim_at(s, listen[i]), *c = sim_at(s, call[i]);
        assert_true(c->done && l->done == lost);
        assert_true(!lost || l->got.retcode == NBT_NRC_NAMCONF);
        assert_true(c->got.retcode == end || (lost && c->got.retcode == NBT_NRC_NAMCONF));
    }
}

static void a_conflict_ends_what_is_new(void **state)
{
    (void)state;
    sim_each_seed(&quiet, 300, conflict_in_mid_call);
}

/* --- programs ----------------------------------------------------------------------------- */

/* A program ends, sooner or later, in or after its claim: its names are free then, and others know.
 */
static void end_program(sim *s)
{
    unsigned cmd = submit_add(s, 0, 1, NAME, false);
    sim_wait(s, NBT_MS(nbt_rng_below(&s->rng, 1500)));
    bool owned = sim_at(s, cmd)->done;
    if (nbt_rng_below(&s->rng, 2))
        sim_gone(s, 0, 1);
    else
        assert_int_equal(sim_do(s, 0, 1, sim_ncb(NBT_NCB_RESET, NULL, NULL)), NBT_NRC_GOODRET);
    assert_null(sim_entry(s, 0, NAME));
    assert_int_equal(add(s, 1, NAME), NBT_NRC_GOODRET);
    assert_int_equal(s->ns_kind[NBT_NS_RELEASE_DEMAND], owned ? 3 : 0);
    assert_true(sim_at(s, cmd)->gone || sim_at(s, cmd)->done);
}

static void a_program_that_ends(void **state)
{
    (void)state;
    sim_each_seed(&quiet, 300, end_program);
}

/* Any command at any time, by two programs on each of three computers, with too little memory
   now and then, on a network that comes and goes: names come into conflict while calls from them
   are under way. */
static nbt_ncb any_command(sim *s)
{
    static const char *const names[] = { "A<20>", "B<20>", "C<1C>", "*<20>" };
    static const uint8_t verbs[] = {
        NBT_NCB_ADD_NAME,    NBT_NCB_ADD_NAME,    NBT_NCB_ADD_GROUP_NAME, NBT_NCB_ADD_GROUP_NAME,
        NBT_NCB_DELETE_NAME, NBT_NCB_DELETE_NAME, NBT_NCB_FIND_NAME,      NBT_NCB_ADAPTER_STATUS,
        NBT_NCB_LISTEN,      NBT_NCB_CALL,        NBT_NCB_SESSION_STATUS, NBT_NCB_CANCEL,
        NBT_NCB_RECEIVE_ANY, NBT_NCB_LANA_ENUM
    };
    const char *name = names[nbt_rng_below(&s->rng, LENGTH_OF(names))];
    const char *callname = names[nbt_rng_below(&s->rng, LENGTH_OF(names))];
    nbt_ncb ncb = sim_ncb(verbs[nbt_rng_below(&s->rng, LENGTH_OF(verbs))], name, callname);
    ncb.length = nbt_rng_below(&s->rng, 2) ? 1000 : nbt_rng_below(&s->rng, 100);
    if (nbt_rng_below(&s->rng, 20) == 0)
        ncb.command = nbt_rng_below(&s->rng, 2) ? NBT_NCB_RESET : 0x7F; /* there is no 7F */
    if (nbt_rng_below(&s->rng, 50) == 0)
        ncb.lana = 1; /* nor such an adapter */
    if (ncb.command == NBT_NCB_RECEIVE_ANY)
        ncb.num = nbt_rng_below(&s->rng, 2) ? NBT_NUM_ANY : (uint8_t)nbt_rng_below(&s->rng, 5);
    if (ncb.command == NBT_NCB_CANCEL)
        ncb.target = s->ncmds ? 1 + nbt_rng_below(&s->rng, s->ncmds) : 7;
    return ncb;
}

static void do_anything(sim *s)
{
    nbt_simlink weather = bad_weather(s);
    nbt_simnet_relink(s->net, s->segment, &weather);
    for (unsigned i = 0; i < 60; i++) {
        sim_starve(s, nbt_rng_below(&s->rng, 8) == 0);
        unsigned who = nbt_rng_below(&s->rng, CLAIMANTS);
        (void)sim_submit(s, who, 1 + nbt_rng_below(&s->rng, 2), any_command(s), nothing);
        nbt_simnet_side(s->net, s->adapter[who], nbt_rng_below(&s->rng, 4) == 0);
        sim_wait(s, NBT_MS(nbt_rng_below(&s->rng, 400)));
    }
    sim_starve(s, false);
    sim_gone(s, 0, 1 + nbt_rng_below(&s->rng, 2));
    sim_finish(s); /* every command is over, exactly once */
    for (unsigned i = 0; i < CLAIMANTS; i++)
        assert_int_equal(nbt_node_names(nbt_computer_lana(s->computer[i], 0))->count, 0);
}

static void every_command_ends_once(void **state)
{
    (void)state;
    static const char *const profiles[] = { "rfc", "nt4" };
    for (size_t i = 0; i < LENGTH_OF(profiles); i++) {
        sim_cfg cfg = quiet;
        cfg.profile = profiles[i];
        sim_each_seed(&cfg, 250, do_anything);
    }
}

static void equal_seeds_are_equal_runs(void **state)
{
    (void)state;
    void (*const worlds[])(sim *) = { claim_in_bad_weather, conflict_after_healing, do_anything };
    for (size_t i = 0; i < LENGTH_OF(worlds); i++) {
        uint64_t last = 0;
        for (uint64_t seed = 1; seed <= 20; seed++) {
            uint64_t hash = sim_one_seed(&quiet, seed, worlds[i]);
            assert_true(hash == sim_one_seed(&quiet, seed, worlds[i]));
            assert_true(hash != last);
            last = hash;
        }
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("G20 G21", claims_of_one_name, NULL, sim_teardown),
    NBT_TEST_WITH("E13 G33", simultaneous_claims_all_succeed, NULL, sim_teardown),
    NBT_TEST_WITH("", claims_in_bad_weather, NULL, sim_teardown),
    NBT_TEST_WITH("E15 G26", unique_against_group, NULL, sim_teardown),
    NBT_TEST_WITH("G11", two_adapters_on_one_network, NULL, sim_teardown),
    NBT_TEST_WITH("E12 E43", members_of_a_group, NULL, sim_teardown),
    NBT_TEST_WITH("E43 E44 E45", a_query_settles_it, NULL, sim_teardown),
    NBT_TEST_WITH("E46 E47 G18 G29 G34", late_conflict, NULL, sim_teardown),
    NBT_TEST_WITH("", a_conflict_ends_what_is_new, NULL, sim_teardown),
    NBT_TEST_WITH("G19", a_program_that_ends, NULL, sim_teardown),
    NBT_TEST_WITH("", every_command_ends_once, NULL, sim_teardown),
    NBT_TEST_WITH("", equal_seeds_are_equal_runs, NULL, sim_teardown),
};

NBT_MAIN("names", tests)
