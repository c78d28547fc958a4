/*
 * The profiles: the figures that their sources give, and that every row is complete.
 */
#include "tests/support/test.h"

#include "nbt/codes.h"
#include "nbt/profile.h"

static const nbt_profile *named(const char *name)
{
    const nbt_profile *p = nbt_profile_find(name, strlen(name));
    assert_non_null(p);
    return p;
}

static void finds_by_whole_name(void **state)
{
    (void)state;
    assert_string_equal(named("rfc")->name, "rfc");
    assert_string_equal(named("nt4")->name, "nt4");
    assert_null(nbt_profile_find("rf", 2));
    assert_null(nbt_profile_find("rfc1", 4));
    assert_null(nbt_profile_find("RFC", 3));
    assert_null(nbt_profile_find("", 0));
    assert_ptr_equal(nbt_profile_find("nt4.0", 3), named("nt4")); /* as many bytes as it is told */
}

/* A field that a row forgets is zero: no row may have a zero where none makes sense. */
static void leaves_no_field_out(void **state)
{
    (void)state;
    size_t n = 0;
    for (const nbt_profile *p; (p = nbt_profile_at(n)); n++) {
        assert_ptr_equal(nbt_profile_find(p->name, strlen(p->name)), p); /* no name twice */
        assert_true(strlen(p->source) > 0);
        const nbt_time times[] = {
            p->bcast_timeout,     p->ucast_timeout,       p->conflict_timer,
            p->ssn_retry_pause,   p->ssn_open_timeout,    p->ssn_response_timeout,
            p->ssn_keep_alive,    p->ssn_request_timeout, p->ssn_close_timeout,
            p->refresh_min,       p->refresh_max,         p->wack_max,
            p->server_return,     p->server_retry,        p->dgm_fragment,
            p->dgm_query_timeout,
        };
        for (size_t i = 0; i < LENGTH_OF(times); i++)
            assert_true(times[i] > 0);
        const uint8_t counts[] = { p->bcast_count,      p->ucast_count,      p->ssn_retry_count,
                                   p->default_sessions, p->default_commands, p->default_names,
                                   p->refresh_divisor };
        for (size_t i = 0; i < LENGTH_OF(counts); i++)
            assert_true(counts[i] > 0);
        assert_true(p->dgm_max >= 576 && p->dgm_room > 0);
        assert_true(p->refresh_opcode == 8 || p->refresh_opcode == 9);
        assert_true(p->refresh_min < p->refresh_max);
        assert_non_null(nbt_code_find(NBT_CODESET_NRC, p->nrc_other_process));
        assert_non_null(nbt_code_find(NBT_CODESET_NRC, p->nrc_in_conflict));
        assert_int_not_equal(p->nrc_other_process, NBT_NRC_GOODRET);
        assert_int_not_equal(p->nrc_in_conflict, NBT_NRC_GOODRET);
    }
    assert_int_equal(n, 7);
}

/* RFC 1002 section 6. */
static void rfc_has_the_constants_of_the_rfc(void **state)
{
    (void)state;
    const nbt_profile *p = named("rfc");
    assert_int_equal(p->bcast_count, 3);
    assert_int_equal(p->bcast_timeout, 250000);
    assert_int_equal(p->ucast_count, 3);
    assert_int_equal(p->ucast_timeout, 5000000);
    assert_int_equal(p->conflict_timer, 1000000);
    assert_int_equal(p->bcast_ttl, 0);
    assert_int_equal(p->ssn_retry_count, 4);
    assert_int_equal(p->ssn_close_timeout, 30000000);
    assert_int_equal(p->ssn_keep_alive, 60000000);
    assert_int_equal(p->dgm_fragment, 2000000);
    assert_int_equal(p->dgm_max, 576);
    assert_int_equal(p->ucast_ttl, 0); /* INFINITE_TTL */
    assert_int_equal(NBT_PORT_NS, 137);
    assert_int_equal(NBT_PORT_DGM, 138);
    assert_int_equal(NBT_PORT_SSN, 139);
    assert_true(p->overwrite_demand);
    assert_true(p->watch_conflicts);
    assert_false(p->negative_to_unicast);
}

/* What it names and never defines, or leaves out (RFC 1002 5.2.1.1, 5.1.2.3; RFC 1001 15.1.8): each
 * profile may have another figure. */
static void what_the_rfc_leaves_open_is_each_profiles(void **state)
{
    (void)state;
    const nbt_profile *rfc = named("rfc"), *nt4 = named("nt4");
    assert_int_equal(rfc->ssn_retry_pause, 1000000);
    assert_int_equal(rfc->ssn_open_timeout, 20000000);
    assert_int_equal(rfc->ssn_response_timeout, 10000000);
    assert_int_equal(rfc->ssn_request_timeout, 10000000);
    assert_int_equal(rfc->redirects, 5);
    assert_int_equal(rfc->cache_lifetime, 0);
    assert_true(nt4->cache_lifetime == NBT_S(660) || nt4->cache_lifetime == NBT_S(600));
}

/* KB Q120642, Q233517; MS-NBTE 3.1.2. */
static void nt4_has_the_figures_of_its_articles(void **state)
{
    (void)state;
    const nbt_profile *p = named("nt4");
    assert_int_equal(p->bcast_count, 3);
    assert_int_equal(p->bcast_timeout, 750000);
    assert_int_equal(p->ucast_count, 3);
    assert_int_equal(p->ucast_timeout, 1500000);
    assert_int_equal(p->bcast_ttl, 300000);
    assert_int_equal(p->ssn_keep_alive, NBT_S(3600));
    assert_true(p->overwrite_demand);
    assert_false(p->watch_conflicts);
    assert_true(p->negative_to_unicast);
}

/* KB Q120642, Q164308, Q247559; MS-NBTE 3.1.2, 3.1.4.1; the captures of Samba 4.17. */
static void servers_are_asked_at_each_ones_pace(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned timeout_ms, down_s, divisor;
        uint32_t ttl;
    } rows[] = {
        { "rfc", 5000, 0, 1, 0 },          { "win95", 1500, 15, 2, 300000 },
        { "nt4", 1500, 15, 2, 300000 },    { "win2000", 1500, 15, 2, 300000 },
        { "samba", 5000, 600, 2, 259200 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const nbt_profile *p = named(rows[i].name);
        assert_int_equal(p->ucast_count, 3);
        assert_int_equal(p->ucast_timeout, NBT_MS(rows[i].timeout_ms));
        assert_int_equal(p->server_down, NBT_S(rows[i].down_s));
        assert_int_equal(p->refresh_divisor, rows[i].divisor);
        assert_int_equal(p->ucast_ttl, rows[i].ttl);
        assert_int_equal(p->refresh_opcode, 8);
    }
    assert_int_equal(named("nt4")->refresh_min, NBT_S(300));
    assert_int_equal(named("win2000")->cache_lifetime, NBT_S(600));
    assert_int_equal(named("win2000")->ssn_keep_alive, NBT_S(3600));
    assert_int_equal(named("win2000")->bcast_timeout, NBT_MS(750));
    assert_int_equal(named("rfc")->cache_lifetime, 0);
    assert_int_equal(named("rfc")->obey_release, NBT_OBEY_SERVERS);
    assert_int_equal(named("win2000")->obey_conflict, NBT_OBEY_NOBODY); /* MS00-047 */
    assert_int_equal(named("samba")->bcast_timeout, NBT_S(2));
    assert_false(named("samba")->overwrite_demand);
}

/* What NT gave to a second process is not known: the plain duplicate in both, until it is. */
static void a_second_process_gets_dupname(void **state)
{
    (void)state;
    assert_int_equal(named("rfc")->nrc_other_process, NBT_NRC_DUPNAME);
    assert_int_equal(named("nt4")->nrc_other_process, NBT_NRC_DUPNAME);
}

/* nb30.h, KB Q132501; the RFC has a RESET without parameters. */
static void reset_is_win32s_under_nt4_alone(void **state)
{
    (void)state;
    assert_false(named("rfc")->reset_win32);
    assert_true(named("nt4")->reset_win32);
    assert_true(named("nt4")->reset_required); /* without an environment there is ENVNOTDEF */
    assert_int_equal(named("nt4")->default_sessions, 16);
    assert_int_equal(named("nt4")->default_commands, 16);
    assert_int_equal(named("nt4")->default_names, 8);
    assert_int_equal(named("rfc")->default_names, 253); /* IBM's form cannot ask for more */
}

/* A system before and after a patch differs in what the patch is for (MS00-047, KB Q269239). */
static void a_patch_changes_whom_a_node_obeys(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
    } rows[] = { { "nt4", "nt4-patched" }, { "win2000-unpatched", "win2000" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_profile before = *named(rows[i].before), after = *named(rows[i].after);
        assert_int_equal(before.obey_conflict, NBT_OBEY_ANYBODY);
        assert_int_equal(before.obey_release, NBT_OBEY_ANYBODY);
        assert_int_equal(after.obey_conflict, NBT_OBEY_NOBODY);
        assert_int_equal(after.obey_release, NBT_OBEY_SERVERS);
        after.obey_conflict = before.obey_conflict;
        after.obey_release = before.obey_release;
        after.name = before.name;
        after.source = before.source;
        assert_memory_equal(&before, &after, sizeof before);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", finds_by_whole_name),
    NBT_TEST("", leaves_no_field_out),
    NBT_TEST("E4", rfc_has_the_constants_of_the_rfc),
    NBT_TEST("E6", what_the_rfc_leaves_open_is_each_profiles),
    NBT_TEST("", nt4_has_the_figures_of_its_articles),
    NBT_TEST("F10", servers_are_asked_at_each_ones_pace),
    NBT_TEST("H55", a_patch_changes_whom_a_node_obeys),
    NBT_TEST("", a_second_process_gets_dupname),
    NBT_TEST("", reset_is_win32s_under_nt4_alone),
};

NBT_MAIN("profile", tests)
