/*
 * Frames of every link type that is read, frames that NBT never sees, and frames that lie.
 */
#include "tests/support/test.h"

#include "capture/frame.h"

#include <pcap/dlt.h>
#include <stdio.h>

#define ETH "FF FF FF FF FF FF 02 00 00 00 00 01 "
#define IP_UDP "45 00 00 20 00 01 40 00 40 11 00 00 0A 4D 00 01 0A 4D 00 FF "
#define UDP "00 89 00 89 00 0C 00 00 DE AD BE EF"
#define IP_TCP "45 00 00 2A 00 01 40 00 40 06 00 00 0A 4D 00 01 0A 4D 00 02 "
#define TCP "04 00 00 8B 00 00 00 07 00 00 00 00 50 18 00 00 00 00 00 00 85 00"

static cap_frame frame_of(int link, const char *hex, uint8_t **owned)
{
    uint8_t buf[256];
    cap_frame f;
    size_t n = hex_bytes(hex, buf, sizeof buf);
    *owned = exact_copy(buf, n);
    cap_frame_rd(&f, link, (nbt_bytes){ *owned, n });
    return f;
}

static void check_udp(const cap_frame *f)
{
    assert_int_equal(f->kind, CAP_FRAME_UDP);
    assert_int_equal(f->from.ip, 0x0A4D0001);
    assert_int_equal(f->to.ip, 0x0A4D00FF);
    assert_int_equal(f->from.port, 137);
    assert_int_equal(f->to.port, 137);
    assert_false(f->cut);
    assert_hex(f->payload.p, f->payload.n, "DE AD BE EF");
}

static void test_udp_over_every_link(void **state)
{
    static const struct {
        const char *label;
        int link;
        const char *head;
    } links[] = {
        { "Ethernet", DLT_EN10MB, ETH "08 00 " },
        { "VLAN", DLT_EN10MB, ETH "81 00 00 05 08 00 " },
        { "stacked VLAN", DLT_EN10MB, ETH "88 A8 00 05 81 00 00 07 08 00 " },
        { "old stacked VLAN", DLT_EN10MB, ETH "91 00 00 05 81 00 00 07 08 00 " },
        { "SNAP", DLT_EN10MB, ETH "00 28 AA AA 03 00 00 00 08 00 " },
        { "Linux cooked", DLT_LINUX_SLL, "00 01 00 01 00 06 02 00 00 00 00 01 00 00 08 00 " },
        { "Linux cooked, VLAN", DLT_LINUX_SLL,
          "00 01 00 01 00 06 02 00 00 00 00 01 00 00 81 00 00 05 08 00 " },
        { "Linux cooked 2", DLT_LINUX_SLL2,
          "08 00 00 00 00 00 00 02 00 01 00 06 02 00 00 00 00 01 00 00 " },
        { "BSD loopback, little-endian", DLT_NULL, "02 00 00 00 " },
        { "BSD loopback, big-endian", DLT_NULL, "00 00 00 02 " },
        { "OpenBSD loopback", DLT_LOOP, "00 00 00 02 " },
        { "PPP", DLT_PPP, "FF 03 00 21 " },
        { "PPP with nothing that can be left away", DLT_PPP, "21 " },
        { "PPP in HDLC frames", DLT_PPP_SERIAL, "FF 03 21 " },
        { "raw IP", DLT_RAW, "" },
        { "raw IPv4", DLT_IPV4, "" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(links); i++) {
        char hex[512];
        uint8_t *owned;
        snprintf(hex, sizeof hex, "%s%s%s", links[i].head, IP_UDP, UDP);
        print_message("%s\n", links[i].label);
        cap_frame f = frame_of(links[i].link, hex, &owned);
        check_udp(&f);
        assert_int_equal(f.has_mac, links[i].link == DLT_EN10MB);
        free(owned);
    }
}

static void test_ethernet_padding_is_not_payload(void **state)
{
    uint8_t *owned;
    (void)state;
    cap_frame f = frame_of(DLT_EN10MB, ETH "08 00 " IP_UDP UDP " 00 00 00 00 00 00", &owned);
    check_udp(&f);
    free(owned);
}

static void test_tcp_segment(void **state)
{
    uint8_t *owned;
    (void)state;
    cap_frame f = frame_of(DLT_EN10MB, ETH "08 00 " IP_TCP TCP, &owned);
    assert_int_equal(f.kind, CAP_FRAME_TCP);
    assert_int_equal(f.from.port, 1024);
    assert_int_equal(f.to.port, 139);
    assert_int_equal(f.seq, 7);
    assert_int_equal(f.tcp_flags, 0x18);
    assert_hex(f.payload.p, f.payload.n, "85 00");
    free(owned);
}

static void test_what_nbt_never_sees_is_named(void **state)
{
    static const struct {
        const char *hex, *what;
    } rows[] = {
        { ETH "08 06 00 01", "ARP" },
        { ETH "86 DD 60 00", "IPv6" },
        { ETH "00 10 42 42 03", "LLC" },
        { ETH "00 10 AA AA 03 00 00 00 86 DD", "IPv6" },
        { ETH "88 CC 02 07", "not IP" },
        { ETH "08 00 45 00 00 1C 00 01 00 00 40 01 00 00 0A 00 00 01 0A 00 00 02 08 00 00 00 00 00 "
              "00 00",
          "ICMP" },
        { ETH "08 00 65 00", "cut IP header" },
        { ETH "08 00 44 00 00 20 00 01 40 00 40 11 00 00 0A 4D 00 01 0A 4D 00 FF",
          "IP lengths that contradict each other" },
        { ETH "08 00 45 00 00 10 00 01 40 00 40 11 00 00 0A 4D 00 01 0A 4D 00 FF",
          "IP lengths that contradict each other" },
        { ETH "08 00 4F 00 00 40 00 01 40 00 40 11 00 00 0A 4D 00 01 0A 4D 00 FF",
          "cut IP options" },
        { ETH "08 00 " IP_UDP "00 89 00 89 00 07 00 00", "UDP length below its header" },
        { ETH "08 00 " IP_TCP "04 00 00 8B 00 00 00 07 00 00 00 00 40 18 00 00 00 00 00 00",
          "TCP data offset below its header" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t *owned;
        cap_frame f = frame_of(DLT_EN10MB, rows[i].hex, &owned);
        assert_int_equal(f.kind, CAP_FRAME_OTHER);
        assert_string_equal(f.what, rows[i].what);
        free(owned);
    }
}

static void test_netbios_without_ip_is_named(void **state)
{
    static const struct {
        int link;
        const char *hex;
        cap_frame_kind kind;
    } rows[] = {
        { DLT_EN10MB, ETH "81 37 FF FF", CAP_FRAME_IPX },
        { DLT_EN10MB, ETH "00 10 FF FF 00", CAP_FRAME_IPX },
        { DLT_EN10MB, ETH "00 10 E0 E0 03", CAP_FRAME_IPX },
        { DLT_EN10MB, ETH "00 10 AA AA 03 00 00 00 81 37", CAP_FRAME_IPX },
        { DLT_EN10MB, ETH "00 10 F0 F0 03", CAP_FRAME_NETBEUI },
        { DLT_EN10MB, ETH "81 00 00 05 00 10 F0 F0 03", CAP_FRAME_NETBEUI },
        { DLT_EN10MB, ETH "81 91 00 00", CAP_FRAME_NETBEUI },
        { DLT_LINUX_SLL, "00 01 00 01 00 06 02 00 00 00 00 01 00 00 00 04 F0 F0 03",
          CAP_FRAME_NETBEUI },
        { DLT_LINUX_SLL, "00 01 00 01 00 06 02 00 00 00 00 01 00 00 00 01 FF FF", CAP_FRAME_IPX },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t *owned;
        cap_frame f = frame_of(rows[i].link, rows[i].hex, &owned);
        assert_int_equal(f.kind, rows[i].kind);
        free(owned);
    }
}

/* ICMP quotes the packet that did not arrive. */
static void test_a_refusal_names_the_ports(void **state)
{
    uint8_t *owned;
    (void)state;
    cap_frame f = frame_of(DLT_RAW,
                           "45 00 00 38 00 01 40 00 40 01 00 00 0A 4D 00 02 0A 4D 00 01 "
                           "03 03 00 00 00 00 00 00 "
                           "45 00 00 60 00 01 40 00 40 11 00 00 0A 4D 00 01 0A 4D 00 02 "
                           "04 00 00 89 00 4C 00 00",
                           &owned);
    assert_int_equal(f.kind, CAP_FRAME_REFUSED);
    assert_string_equal(f.what, "port unreachable");
    assert_int_equal(f.from.ip, 0x0A4D0002);
    assert_int_equal(f.proto, CAP_IP_UDP);
    assert_int_equal(f.quoted_from.ip, 0x0A4D0001);
    assert_int_equal(f.quoted_from.port, 1024);
    assert_int_equal(f.quoted_to.port, 137);
    free(owned);
}

/* A sender's adapter may cut packets up only after they were captured. */
static void test_a_total_length_of_nothing_is_all_there_is(void **state)
{
    uint8_t *owned;
    (void)state;
    cap_frame f = frame_of(
        DLT_RAW, "45 00 00 00 00 01 40 00 40 06 00 00 0A 4D 00 01 0A 4D 00 02 " TCP, &owned);
    assert_int_equal(f.kind, CAP_FRAME_TCP);
    assert_hex(f.payload.p, f.payload.n, "85 00");
    free(owned);
}

static void test_fragments_are_told_apart(void **state)
{
    uint8_t *owned;
    (void)state;
    cap_frame f = frame_of(
        DLT_RAW, "45 00 00 18 00 01 20 00 40 11 00 00 0A 4D 00 01 0A 4D 00 FF 01 02 03 04", &owned);
    assert_int_equal(f.kind, CAP_FRAME_FRAGMENT);
    assert_hex(f.payload.p, f.payload.n, "01 02 03 04");
    assert_true(f.more);
    assert_int_equal(f.offset, 0);
    assert_int_equal(f.id, 1);
    assert_int_equal(f.proto, CAP_IP_UDP);
    free(owned);
    f = frame_of(DLT_RAW, "45 00 00 18 00 01 00 03 40 11 00 00 0A 4D 00 01 0A 4D 00 FF 01 02 03 04",
                 &owned);
    assert_int_equal(f.kind, CAP_FRAME_FRAGMENT);
    assert_false(f.more);
    assert_int_equal(f.offset, 24);
    free(owned);
}

static void test_a_cut_capture_says_so(void **state)
{
    uint8_t *owned;
    (void)state;
    cap_frame f = frame_of(DLT_RAW, IP_UDP "00 89 00 89 00 0C 00 00 DE AD", &owned);
    assert_int_equal(f.kind, CAP_FRAME_UDP);
    assert_true(f.cut);
    assert_hex(f.payload.p, f.payload.n, "DE AD");
    free(owned);
}

/* Every beginning of a good frame gets an answer, and no byte behind it is read. */
static void test_every_truncation(void **state)
{
    static const char *const frames[] = { ETH "81 00 00 05 08 00 " IP_UDP UDP,
                                          ETH "08 00 " IP_TCP TCP };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(frames); i++) {
        uint8_t buf[256];
        size_t n = hex_bytes(frames[i], buf, sizeof buf);
        for (size_t cut = 0; cut < n; cut++) {
            cap_frame f;
            uint8_t *part = exact_copy(buf, cut);
            cap_frame_rd(&f, DLT_EN10MB, (nbt_bytes){ part, cut });
            assert_true(f.kind == CAP_FRAME_OTHER || f.cut);
            assert_true(f.kind != CAP_FRAME_OTHER || f.what[0] != '\0');
            free(part);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_udp_over_every_link),
        NBT_TEST("", test_ethernet_padding_is_not_payload),
        NBT_TEST("", test_tcp_segment),
        NBT_TEST("", test_what_nbt_never_sees_is_named),
        NBT_TEST("", test_netbios_without_ip_is_named),
        NBT_TEST("", test_a_refusal_names_the_ports),
        NBT_TEST("", test_a_total_length_of_nothing_is_all_there_is),
        NBT_TEST("", test_fragments_are_told_apart),
        NBT_TEST("", test_a_cut_capture_says_so),
        NBT_TEST("", test_every_truncation),
    };
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
