/* Hosts: who is one computer, and that the table is bounded. */
#include "capture/hosts.h"

#include "tests/support/test.h"

/* A packet of an address, from a hardware address with this number. */
static cap_host_id sender(cap_hosts *t, uint32_t ip, uint32_t mac)
{
    cap_item item = { .number = 7, .has_ip = true, .has_mac = true, .from = { ip, 137 } };
    const uint8_t b[] = {
        2, 0, (uint8_t)(mac >> 24), (uint8_t)(mac >> 16), (uint8_t)(mac >> 8), (uint8_t)mac
    };
    memcpy(item.mac_from, b, sizeof b);
    return cap_hosts_sender(t, &item);
}

static void a_host_is_found_again(void **state)
{
    (void)state;
    cap_hosts *t = cap_hosts_new(CAP_HOSTS_MAX);
    cap_host_id a = sender(t, 0x0A000001, 1), b = sender(t, 0x0A000002, 2);
    assert_int_equal(sender(t, 0x0A000001, 1), a);
    assert_int_not_equal(a, b);
    assert_int_equal(cap_hosts_at(t, 0x0A000002), b);
    assert_int_equal(cap_hosts_at(t, 0), 0);
    assert_null(cap_hosts_get(t, 0));
    assert_int_equal(cap_hosts_get(t, b)->mac[5], 2);
    cap_hosts_free(t);
}

static void another_hardware_address_is_noted_once(void **state)
{
    (void)state;
    cap_hosts *t = cap_hosts_new(CAP_HOSTS_MAX);
    cap_host_id a = sender(t, 0x0A000001, 1);
    assert_int_equal(cap_hosts_get(t, a)->other_mac.frame, 0);
    sender(t, 0x0A000001, 2);
    sender(t, 0x0A000001, 3);
    assert_int_equal(cap_hosts_get(t, a)->other_mac.frame, 7);
    assert_int_equal(cap_hosts_get(t, a)->mac2[5], 2);
    cap_hosts_free(t);
}

static void one_hardware_address_is_one_computer_or_a_router(void **state)
{
    (void)state;
    cap_hosts *t = cap_hosts_new(CAP_HOSTS_MAX);
    cap_host_id a = sender(t, 1, 9), b = sender(t, 2, 9), c = sender(t, 3, 8);
    assert_int_equal(cap_hosts_same(t, a, b), CAP_SAME_MAC);
    assert_int_equal(cap_hosts_same(t, a, c), CAP_SAME_NOT);
    assert_int_equal(cap_hosts_same(t, a, 0), CAP_SAME_NOT);
    sender(t, 4, 9);
    assert_int_equal(cap_hosts_same(t, a, b), CAP_SAME_MAC);
    sender(t, 5, 9);
    assert_int_equal(cap_hosts_same(t, a, b), CAP_SAME_NOT);
    cap_hosts_free(t);
}

static void joined_hosts_are_one_through_others(void **state)
{
    (void)state;
    cap_hosts *t = cap_hosts_new(CAP_HOSTS_MAX);
    cap_host_id h[100];
    for (uint32_t i = 0; i < LENGTH_OF(h); i++)
        h[i] = sender(t, i + 1, i + 1);
    for (uint32_t i = 1; i < LENGTH_OF(h); i++)
        cap_hosts_join(t, h[i], h[i - 1], CAP_SAME_LIST);
    assert_int_equal(cap_hosts_same(t, h[0], h[99]), CAP_SAME_LIST);
    assert_int_equal(cap_hosts_same(t, h[0], sender(t, 500, 500)), CAP_SAME_NOT);
    cap_hosts_free(t);
}

static void a_unit_id_is_somebodys_hardware_address(void **state)
{
    (void)state;
    static const uint8_t unit[] = { 2, 0, 0, 0, 0, 1 }, nobody[] = { 2, 0, 0, 0, 9, 9 };
    cap_hosts *t = cap_hosts_new(CAP_HOSTS_MAX);
    cap_host_id a = sender(t, 1, 1), b = sender(t, 2, 2), c = sender(t, 3, 3);
    cap_hosts_unit(t, b, unit);
    cap_hosts_unit(t, c, nobody);
    assert_int_equal(cap_hosts_same(t, a, b), CAP_SAME_UNIT);
    assert_int_equal(cap_hosts_same(t, a, c), CAP_SAME_NOT);
    cap_hosts_free(t);
}

static void the_table_is_bounded(void **state)
{
    (void)state;
    cap_hosts *t = cap_hosts_new(CAP_HOSTS_MAX);
    cap_host_id last = 0;
    for (uint32_t i = 1; i <= CAP_HOSTS_MAX + 100; i++)
        last = sender(t, i, i);
    assert_int_equal(last, 0);
    assert_non_null(cap_hosts_get(t, CAP_HOSTS_MAX - 1)); /* one place is nobody's */
    assert_null(cap_hosts_get(t, CAP_HOSTS_MAX));
    assert_int_equal(sender(t, 1, 1), 1);
    cap_hosts_free(t);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_host_is_found_again),
    NBT_TEST("", another_hardware_address_is_noted_once),
    NBT_TEST("", one_hardware_address_is_one_computer_or_a_router),
    NBT_TEST("", joined_hosts_are_one_through_others),
    NBT_TEST("", a_unit_id_is_somebodys_hardware_address),
    NBT_TEST("", the_table_is_bounded),
};

NBT_MAIN("hosts", tests)
