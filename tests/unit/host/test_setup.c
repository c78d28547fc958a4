/* The options of a computer: what is taken, and the one line for what is not. */
#include "tools/host/setup.h"

#include "tests/support/netns.h"
#include "tests/support/test.h"

typedef bool option(host_setup *, const char *, host_err *);

static const struct {
    const char *label;
    option *option;
    const char *text;
    const char *says; /* a part of the error, NULL: it is taken */
} rows[] = {
    { "a name", host_setup_name, "fred-1", NULL },
    { "15 characters", host_setup_name, "ABCDEFGHIJKLMNO", NULL },
    { "16 characters", host_setup_name, "ABCDEFGHIJKLMNOP", "has 16 characters" },
    { "no characters", host_setup_name, "", "the name is empty" },
    { "a wildcard", host_setup_name, "*X", "begins with *" },
    { "a line feed", host_setup_name, "A\nB", "control character" },
    { "a space at the end", host_setup_name, "A ", "ends in a space" },
    { "a space inside", host_setup_name, "A B", NULL },
    { "rfc", host_setup_profile, "rfc", NULL },
    { "nt4", host_setup_profile, "nt4", NULL },
    { "an unknown profile", host_setup_profile, "nt",
      "no profile \"nt\"; --profile takes rfc, win95, nt4, win2000, samba" },
    { "type b", host_setup_node_type, "b", NULL },
    { "type B", host_setup_node_type, "B", NULL },
    { "type p", host_setup_node_type, "p", "is not available; --node-type takes b" },
    { "type h", host_setup_node_type, "h", "is not available" },
    { "type x", host_setup_node_type, "x", "does not exist" },
    { "no type", host_setup_node_type, "", "does not exist" },
    { "a scope", host_setup_scope, "NETBIOS.COM", NULL },
    { "no scope", host_setup_scope, "", NULL },
    { "an empty label", host_setup_scope, "A..B", "the scope \"A..B\" is malformed" },
    { "one service", host_setup_services, "server", NULL },
    { "no service", host_setup_services, "none", NULL },
    { "two services", host_setup_services, "server,messenger", NULL },
    { "an unknown one", host_setup_services, "server,browser", "no service \"browser\"" },
    { "an empty one", host_setup_services, "server,", "no service \"\"" },
    { "an interface", host_setup_interfaces, "lo", NULL },
    { "a missing one", host_setup_interfaces, "eth9", "interface eth9 is not there" },
    { "the same twice", host_setup_interfaces, "lo,lo", "interface lo is given twice" },
    { "an empty list", host_setup_interfaces, "", "is not there" },
};

static void options_one_by_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        host_setup s;
        host_err err = { .text = "" };
        host_setup_init(&s);
        bool ok = rows[i].option(&s, rows[i].text, &err);
        if (ok != !rows[i].says || (!ok && !strstr(err.text, rows[i].says)))
            fail_msg("%s: %s \"%s\"", rows[i].label, ok ? "taken" : "refused", err.text);
        if (!ok)
            assert_int_equal(err.status,
                             strstr(err.text, "not there") ? HOST_INTERFACE : HOST_USAGE);
        host_setup_fini(&s);
    }
}

static void what_they_come_to(void **state)
{
    (void)state;
    host_setup s;
    host_err err;
    test_netns_ip("link add seta type veth peer name setb");
    test_netns_ip("address add 10.3.0.1/24 dev seta");
    test_netns_ip("link set seta up");
    host_setup_init(&s);
    assert_false(host_setup_finish(&s, &err));
    assert_non_null(strstr(err.text, "give --name NAME"));
    assert_true(host_setup_name(&s, "fred", &err));
    assert_string_equal(s.name, "FRED");
    assert_false(host_setup_finish(&s, &err));
    assert_non_null(strstr(err.text, "give --interface IF"));
    assert_int_equal(err.status, HOST_USAGE);
    assert_true(host_setup_interfaces(&s, "lo,seta", &err));
    assert_true(host_setup_services(&s, "messenger,workstation", &err));
    assert_int_equal(s.services, 1u << HOST_SERVICE_MESSENGER | 1u << HOST_SERVICE_WORKSTATION);
    assert_true(host_setup_profile(&s, "nt4", &err));
    assert_true(host_setup_scope(&s, "AB", &err));
    assert_true(host_setup_finish(&s, &err));

    assert_int_equal(s.nadapters, 2);
    const nbt_lana_cfg *lana = &s.adapters[1].lana;
    assert_int_equal(s.adapters[0].lana.lana, 0);
    assert_int_equal(lana->lana, 1);
    assert_int_equal(lana->ip, 0x0A030001);
    assert_int_equal(lana->mask, 0xFFFFFF00);
    assert_int_equal(lana->broadcast, 0x0A0300FF);
    assert_memory_equal(lana->mac, s.adapters[1].iface.mac, 6);
    assert_string_equal(lana->profile->name, "nt4");
    assert_int_equal(lana->type, NBT_ONT_B);
    assert_int_equal(lana->scope.len, 3);
    host_setup_fini(&s);
}

static void suffixes(void **state)
{
    (void)state;
    assert_int_equal(host_service_suffix(HOST_SERVICE_WORKSTATION), 0x00);
    assert_int_equal(host_service_suffix(HOST_SERVICE_SERVER), 0x20);
    assert_int_equal(host_service_suffix(HOST_SERVICE_MESSENGER), 0x03);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", options_one_by_one),
    NBT_TEST("", what_they_come_to),
    NBT_TEST("", suffixes),
};

NBT_MAIN_NETNS("setup", tests)
