/* Interfaces of a namespace: what is read of a good one, and what is said of the others. */
#include "tools/host/iface.h"

#include "tests/support/netns.h"
#include "tests/support/test.h"

static void ip_as_text(void **state)
{
    (void)state;
    char buf[HOST_IP_STR_MAX];
    assert_string_equal(host_ip_str(0x0A000001, buf), "10.0.0.1");
    assert_string_equal(host_ip_str(0xFFFFFFFF, buf), "255.255.255.255");
}

static void loopback(void **state)
{
    (void)state;
    host_iface i;
    host_err err;
    assert_true(host_iface_find("lo", &i, &err));
    assert_string_equal(i.name, "lo");
    assert_int_equal(i.index, 1);
    assert_int_equal(i.ip, 0x7F000001);
    assert_int_equal(i.mask, 0xFF000000);
    assert_int_equal(i.broadcast, 0x7FFFFFFF);
}

static void every_field_of_an_ethernet(void **state)
{
    (void)state;
    static const uint8_t mac[] = { 2, 0, 0, 0, 0, 7 };
    host_iface i;
    host_err err;
    test_netns_ip("link add ifa address 02:00:00:00:00:07 type veth peer name ifb");
    test_netns_ip("address add 10.1.2.3/20 dev ifa");
    test_netns_ip("link set ifa up");
    assert_true(host_iface_find("ifa", &i, &err));
    assert_int_equal(i.ip, 0x0A010203);
    assert_int_equal(i.mask, 0xFFFFF000);
    assert_int_equal(i.broadcast, 0x0A010FFF); /* though none was set */
    assert_memory_equal(i.mac, mac, 6);
    assert_int_equal(i.index, if_nametoindex("ifa"));

    test_netns_ip("address flush dev ifa");
    test_netns_ip("address add 10.1.2.3/20 broadcast 10.1.2.255 dev ifa");
    assert_true(host_iface_find("ifa", &i, &err));
    assert_int_equal(i.broadcast, 0x0A0102FF);
}

/* Before the others: the namespace has nothing but lo yet. */
static void the_only_one(void **state)
{
    (void)state;
    host_iface i = { .ip = 42 };
    host_err err;
    assert_false(host_iface_only(&i, &err));
    assert_int_equal(err.status, HOST_INTERFACE);
    assert_non_null(
        strstr(err.text, "there is no interface with an IPv4 address; say --interface"));
    assert_int_equal(i.ip, 42);

    test_netns_ip("link add onea type veth peer name oneb");
    test_netns_ip("address add 10.9.0.1/24 dev onea");
    test_netns_ip("address add 10.9.1.1/24 dev onea");
    test_netns_ip("link set onea up");
    assert_true(host_iface_only(&i, &err));
    assert_string_equal(i.name, "onea");
    assert_int_equal(i.ip, 0x0A090001);

    test_netns_ip("address add 10.9.2.1/24 dev oneb");
    assert_true(host_iface_only(&i, &err)); /* the other one is down */
    test_netns_ip("link set oneb up");
    assert_false(host_iface_only(&i, &err));
    assert_non_null(strstr(err.text, "there is more than one interface with an IPv4 address"));
    test_netns_ip("link delete onea");
}

static void a_neighbour_is_one_whose_hardware_address_is_known(void **state)
{
    (void)state;
    test_netns_ip("link add near type veth peer name far");
    test_netns_ip("address add 10.7.0.1/24 dev near");
    test_netns_ip("link set near up");
    test_netns_ip("neighbour add 10.7.0.9 lladdr 02:00:00:00:00:09 dev near nud permanent");
    test_netns_ip("neighbour add 10.7.0.8 dev near nud incomplete");
    assert_true(host_iface_neighbour(0x0A070009));
    assert_false(host_iface_neighbour(0x0A070008));
    assert_false(host_iface_neighbour(0x0A070001));
    assert_false(host_iface_neighbour(0x0A07005A));
    test_netns_ip("link delete near");
}

static void trouble_is_told(void **state)
{
    (void)state;
    host_iface i = { .ip = 42 };
    host_err err;
    test_netns_ip("link add idle type veth peer name bare");
    test_netns_ip("link set bare up");

    assert_false(host_iface_find("nope", &i, &err));
    assert_int_equal(err.status, HOST_INTERFACE);
    assert_non_null(strstr(err.text, "interface nope is not there; there are: lo, "));
    assert_false(host_iface_find("idle", &i, &err));
    assert_int_equal(err.status, HOST_INTERFACE);
    assert_non_null(strstr(err.text, "interface idle is down"));
    assert_false(host_iface_find("bare", &i, &err));
    assert_int_equal(err.status, HOST_INTERFACE);
    assert_non_null(strstr(err.text, "interface bare has no IPv4 address"));
    assert_int_equal(i.ip, 42); /* untouched */
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", ip_as_text),      NBT_TEST("", loopback),
    NBT_TEST("", the_only_one),    NBT_TEST("", every_field_of_an_ethernet),
    NBT_TEST("", trouble_is_told), NBT_TEST("", a_neighbour_is_one_whose_hardware_address_is_known),
};

NBT_MAIN_NETNS("iface", tests)
