/* The options of laboratories: what is taken, what it comes to, and the one line for what is not.
 */
#include "tools/host/labsetup.h"

#include "tests/support/test.h"

typedef bool option(host_labsetup *, const char *, host_err *);

static void options_one_by_one(void **state)
{
    (void)state;
    static const struct {
        option *option;
        const char *text, *says; /* a part of the error, NULL: it is taken */
    } rows[] = {
        { host_labsetup_answer, "X<20>=0x82", NULL },
        { host_labsetup_answer, "X<20> from Y<00>=retarget:10.0.0.1:139", NULL },
        { host_labsetup_answer, "X=0x82", "the answer \"X=0x82\" is malformed" },
        { host_labsetup_service, "X<20>=echo", NULL },
        { host_labsetup_service, "X<20>=garbage", NULL },
        { host_labsetup_service, "X<20>=", "NAME=KIND" },
        { host_labsetup_service, "X<20>", "the service \"X<20>\" is malformed" },
        { host_labsetup_service, "X=echo", "one of echo, sink, source, slow, refuse" },
        { host_labsetup_service, "*<00>=echo", "is malformed" },
        { host_labsetup_service, "X<20>.S=echo", "is malformed" },
        { host_labsetup_sessions, "1", NULL },
        { host_labsetup_sessions, "65535", NULL },
        { host_labsetup_sessions, "0", "a number from 1 to 65535, not \"0\"" },
        { host_labsetup_sessions, "65536", "not \"65536\"" },
        { host_labsetup_sessions, "10x", "not \"10x\"" },
        { host_labsetup_keep_alive, "0", NULL },
        { host_labsetup_keep_alive, "86400", NULL },
        { host_labsetup_keep_alive, "86401", "1 to 86400, or 0 for never" },
        { host_labsetup_keep_alive, "", "not \"\"" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        host_labsetup l;
        host_err err = { .text = "" };
        host_labsetup_init(&l);
        bool ok = rows[i].option(&l, rows[i].text, &err);
        if (ok != !rows[i].says || (!ok && !strstr(err.text, rows[i].says)))
            fail_msg("\"%s\": %s \"%s\"", rows[i].text, ok ? "taken" : "refused", err.text);
        if (!ok)
            assert_int_equal(err.status, HOST_USAGE);
        host_labsetup_fini(&l);
    }
}

static void what_they_come_to(void **state)
{
    (void)state;
    host_labsetup l;
    host_setup s;
    host_err err;
    host_labsetup_init(&l);
    host_setup_init(&s);
    assert_true(host_setup_name(&s, "fred", &err));
    assert_true(host_labsetup_service(&l, "FRED<20>=silent", &err));
    assert_true(host_labsetup_service(&l, "OTHER<00>=echo", &err));
    assert_true(host_labsetup_answer(&l, "FRED<20> from A<00>=0x80", &err));
    assert_true(host_labsetup_keep_alive(&l, "0", &err));
    assert_true(host_labsetup_finish(&l, &s, &err));
    assert_int_equal(l.nservices, 2);
    assert_int_equal(l.nrules, 2); /* the answer first */
    assert_int_equal(l.rules[0].does, NBT_RULE_CODE);
    assert_int_equal(l.rules[1].does, NBT_RULE_SILENT);
    /* FRED<20> is the service's, the other own names stay */
    assert_int_equal(s.services, 1u << HOST_SERVICE_WORKSTATION | 1u << HOST_SERVICE_MESSENGER);
    assert_true(s.profile->ssn_keep_alive == NBT_NEVER);
    assert_string_equal(s.profile->name, "rfc");
    host_labsetup_fini(&l);
    host_setup_fini(&s);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", options_one_by_one),
    NBT_TEST("", what_they_come_to),
};

NBT_MAIN("labsetup", tests)
