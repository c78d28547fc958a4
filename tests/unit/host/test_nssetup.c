/*
 * The name server's options: what is taken, and what is said about what is not.
 */
#include "tools/host/nssetup.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"

typedef bool option(host_nssetup *s, const char *text, host_err *err);

static void texts_are_taken_or_refused(void **state)
{
    (void)state;
    static const struct {
        option *fn;
        const char *text, *trouble; /* NULL: none */
    } rows[] = {
        { host_nssetup_profile, "windows", NULL },
        { host_nssetup_profile, "Windows", "--server-profile takes rfc, windows, samba" },
        { host_nssetup_profile, "", "no name server's profile \"\"" },
        { host_nssetup_count, "1", NULL },
        { host_nssetup_count, "16", NULL },
        { host_nssetup_count, "17", "1 to 16" },
        { host_nssetup_count, "-1", "1 to 16" },
        { host_nssetup_count, "2x", "1 to 16" },
        { host_nssetup_count, "", "1 to 16" },
        { host_nssetup_count, "99999999999999999999", "1 to 16" },
        { host_nssetup_timeout, "500", NULL },
        { host_nssetup_timeout, "60001", "1 to 60000" },
        { host_nssetup_served, "10.1.0.0/16", NULL },
        { host_nssetup_served, "0.0.0.0/0,10.1.2.3/32", NULL },
        { host_nssetup_served, "10.1.0.0", "is no subnet" },
        { host_nssetup_served, "10.1.0/16", "is no subnet" },
        { host_nssetup_served, "10.1.0.0/33", "is no subnet" },
        { host_nssetup_served, "10.1.0.0/16,", "\"\" is no subnet" },
        { host_nssetup_redirect, "10.0.0.2", NULL },
        { host_nssetup_redirect, "0.0.0.0", "no address of a name server" },
        { host_nssetup_redirect, "224.0.0.1", "no address of a name server" },
        { host_nssetup_redirect, "server", "no address of a name server" },
        { host_nssetup_max_names, "1000", NULL },
        { host_nssetup_max_names, "0", "1 to 50000000" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        host_nssetup s;
        host_err err = { .text = "" };
        host_nssetup_init(&s);
        bool ok = rows[i].fn(&s, rows[i].text, &err);
        if (ok != !rows[i].trouble || (!ok && !strstr(err.text, rows[i].trouble)))
            fail_msg("\"%s\": %d, %s", rows[i].text, ok, err.text);
        if (!ok)
            assert_int_equal(err.status, HOST_USAGE);
    }
}

static void they_go_together_whatever_their_order(void **state)
{
    (void)state;
    host_nssetup s;
    host_err err;
    host_nssetup_init(&s);
    assert_true(host_nssetup_count(&s, "5", &err));
    assert_true(host_nssetup_timeout(&s, "700", &err));
    s.secured_said = true; /* --non-secured */
    assert_true(host_nssetup_profile(&s, "samba", &err));
    assert_true(host_nssetup_served(&s, "10.1.0.0/16,10.2.0.0/15", &err));
    s.memory = true;
    assert_true(host_nssetup_finish(&s, &err));
    assert_string_equal(s.profile.name, "samba");
    assert_int_equal(s.profile.challenge_count, 5);
    assert_int_equal(s.profile.challenge_timeout, NBT_MS(700));
    assert_false(s.profile.secured);
    assert_int_equal(s.nserved, 2);
    assert_int_equal(s.served[1].ip, 0x0A020000);
    assert_int_equal(s.served[1].mask, 0xFFFE0000);
    assert_null(s.store);
    s.store = "x.db";
    assert_false(host_nssetup_finish(&s, &err));
    assert_non_null(strstr(err.text, "give one"));
}

static void the_store_has_its_place(void **state)
{
    (void)state;
    char home[] = "/tmp/nbtlab-state-XXXXXX", folder[64], path[80];
    host_nssetup s;
    host_err err;
    struct stat st;
    assert_non_null(mkdtemp(home));
    snprintf(folder, sizeof folder, "%s/nbtlab", home);
    snprintf(path, sizeof path, "%s/names.db", folder);
    unsetenv("STATE_DIRECTORY");
    setenv("XDG_STATE_HOME", home, 1);
    host_nssetup_init(&s);
    assert_true(host_nssetup_finish(&s, &err));
    assert_string_equal(s.store, path);
    assert_int_equal(stat(folder, &st), 0);
    setenv("STATE_DIRECTORY", folder, 1); /* first of all */
    setenv("XDG_STATE_HOME", "/nonexistent/place", 1);
    host_nssetup_init(&s);
    assert_true(host_nssetup_finish(&s, &err));
    assert_string_equal(s.store, path);
    unsetenv("STATE_DIRECTORY");
    host_nssetup_init(&s);
    assert_false(host_nssetup_finish(&s, &err));
    assert_non_null(strstr(err.text, "give --store"));
    rmdir(folder);
    rmdir(home);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", texts_are_taken_or_refused),
    NBT_TEST("", they_go_together_whatever_their_order),
    NBT_TEST("", the_store_has_its_place),
};

NBT_MAIN("nssetup", tests)
