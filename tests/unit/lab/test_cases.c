/*
 * The table of the reproduction against the scenarios that it names: each is there, has a viewer
 * for each letter, and becomes what the model of claiming and the profile make of it.
 */
#include "tests/support/test.h"

#include "tools/lab/cases.h"

static const lab_options rfc = { .scenarios = "fixtures/scenarios", .profile = "rfc" };
static const lab_options samba = { .scenarios = "fixtures/scenarios", .profile = "samba" };

static void load(scene *s, const char *name, lab_claim claim, const lab_options *opt)
{
    host_err err;
    const lab_case *c = lab_case_find(name);
    assert_non_null(c);
    if (!lab_case_load(c, claim, opt, s, &err))
        fail_msg("%s: %s", name, err.text);
}

static size_t viewers_run(const scene *s)
{
    size_t n = 0;
    for (uint32_t i = 0; i < s->nsteps; i++)
        n += s->step[i].what == SCENE_DO_RUN && s->program[s->step[i].program].kind == SCENE_VIEWER;
    return n;
}

static void test_every_case(void **state)
{
    (void)state;
    assert_int_equal(lab_case_count(), 22);
    for (size_t i = 0; i < lab_case_count(); i++) {
        const lab_case *c = lab_case_at(i);
        assert_ptr_equal(lab_case_find(c->name), c);
        for (lab_claim claim = 0; claim < LAB_CLAIMS; claim++) {
            scene s;
            load(&s, c->name, claim, &rfc);
            size_t viewers = viewers_run(&s), letters = strlen(c->expect[claim]);
            if (letters != (viewers ? viewers : 1))
                fail_msg("%s: %zu letters for %zu viewers", c->name, letters, viewers);
            assert_int_equal(strspn(c->expect[claim], "NTDICL"), letters);
            for (uint32_t p = 0; p < s.nprograms; p++)
                if (s.program[p].kind == SCENE_VIEWER)
                    assert_int_equal(s.program[p].viewer.keep,
                                     claim == LAB_CLAIM_HELD ? RC_KEEP_HELD : RC_KEEP_ATTEMPT);
            scene_free(&s);
        }
    }
    assert_null(lab_case_find("no-such-case"));
    assert_null(lab_case_at(lab_case_count()));
}

/* Where a held name leads to something else there is a second file. */
static void test_another_course(void **state)
{
    scene s;
    (void)state;
    load(&s, "tcp-tcp-netbios-tcp", LAB_CLAIM_EACH_ATTEMPT, &rfc);
    assert_string_equal(s.name, "tcp-tcp-netbios-tcp");
    scene_free(&s);
    load(&s, "tcp-tcp-netbios-tcp", LAB_CLAIM_HELD, &rfc);
    assert_string_equal(s.name, "tcp-tcp-netbios-tcp-held");
    scene_free(&s);
}

static uint16_t host(const scene *s, const char *name)
{
    uint16_t i = 0;
    while (strcmp(s->host[i].name, name) != 0)
        assert_true(++i < s->nhosts);
    return i;
}

/* How many of a scenario's expectations are of this kind of message. */
static unsigned expects(const scene *s, const char *kind)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < s->nexpects; i++)
        n += s->expect[i].sight.see == SCENE_SEE_MESSAGE && s->expect[i].sight.msg.kind &&
             strcmp(s->expect[i].sight.msg.kind, kind) == 0;
    return n;
}

static void test_profiles(void **state)
{
    scene s;
    (void)state;
    load(&s, "late-conflict", LAB_CLAIM_HELD, &samba);
    assert_string_equal(s.host[host(&s, "CONSOLE")].profile->name, "samba");
    assert_string_equal(s.host[host(&s, "OBSERVER")].profile->name, "rfc"); /* as its line says */
    scene_free(&s);
    load(&s, "server-down", LAB_CLAIM_HELD, &samba);
    assert_string_equal(s.host[host(&s, "CONSOLE")].profile->name, "win2000");
    scene_free(&s);
    /* A stack that registers at servers as if it had several adapters; not by broadcast. */
    load(&s, "server-owner-alive", LAB_CLAIM_HELD, &rfc);
    assert_int_equal(expects(&s, "registration-request"), 1);
    scene_free(&s);
    load(&s, "server-owner-alive", LAB_CLAIM_HELD, &samba);
    assert_int_equal(expects(&s, "registration-request"), 0);
    assert_int_equal(expects(&s, "multihomed-registration"), 1);
    scene_free(&s);
    load(&s, "clone", LAB_CLAIM_HELD, &samba);
    assert_int_equal(expects(&s, "registration-request"), 1);
    scene_free(&s);
}

static void test_no_scenario(void **state)
{
    static const lab_options nowhere = { .scenarios = "/nonexistent", .profile = "rfc" };
    scene s;
    host_err err;
    (void)state;
    assert_false(lab_case_load(lab_case_at(0), LAB_CLAIM_HELD, &nowhere, &s, &err));
    assert_non_null(strstr(err.text, "/nonexistent/tcp-only.scn"));
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_every_case),
        NBT_TEST("", test_another_course),
        NBT_TEST("", test_profiles),
        NBT_TEST("", test_no_scenario),
    };
    return cmocka_run_group_tests_name("lab.cases", tests, NULL, NULL);
}
