/*
 * Real frames as the simulated network has them: where in its stream a segment stands, checksums
 * that stay right, and what answers ARP.
 */
#include "capture/compose.h"
#include "tests/support/test.h"
#include "tools/lab/segment.h"

static const nbt_ep a = { 0x0A000001, 1025 }, b = { 0x0A000002, NBT_PORT_SSN };

enum { ROOM = 2048 };

/* A whole frame; its length. */
static size_t frame(uint8_t *to, uint8_t proto, nbt_ep from, nbt_ep dest, uint32_t seq,
                    uint8_t flags, nbt_bytes data)
{
    uint8_t payload[ROOM], source[6], target[6];
    nbt_wr w, whole;
    nbt_wr_init(&w, payload, sizeof payload);
    if (proto == CAP_IP_UDP)
        cap_compose_udp(&w, from, dest, data);
    else
        cap_compose_tcp(&w, from, dest, seq, 0, flags, data);
    cap_compose_mac(from.ip, source);
    cap_compose_mac(dest.ip, target);
    nbt_wr_init(&whole, to, ROOM);
    cap_compose_ether(&whole, source, target);
    cap_compose_ip(&whole, from.ip, dest.ip, proto, 7, 0, w.at);
    nbt_wr_bytes(&whole, payload, w.at, "payload");
    assert_false(w.err || whole.err);
    return whole.at;
}

static nbt_bytes text(const char *s)
{
    return (nbt_bytes){ (const uint8_t *)s, strlen(s) };
}

static lab_segment read_tcp(lab_ways *w, nbt_ep from, nbt_ep to, uint32_t seq, uint8_t flags,
                            const char *data)
{
    uint8_t bytes[ROOM];
    lab_segment seg;
    size_t n = frame(bytes, CAP_IP_TCP, from, to, seq, flags, text(data));
    uint8_t *exact = exact_copy(bytes, n);
    lab_segment_rd(w, 5, exact, n, &seg);
    if (seg.n > 0 && seg.frame[0].data.n > 0)
        assert_memory_equal(seg.frame[0].data.p, data, strlen(data));
    free(exact);
    return seg;
}

/* Sequence numbers begin anywhere, and pass the end of their range. */
static void streams(void **state)
{
    (void)state;
    lab_ways w = { 0 };
    lab_segment s = read_tcp(&w, a, b, 0xFFFFFFF0, CAP_TCP_ACK, "unknown");
    assert_int_equal(s.n, 0);
    s = read_tcp(&w, a, b, 0xFFFFFFFA, CAP_TCP_SYN, "");
    assert_int_equal(s.n, 1);
    assert_int_equal(s.frame[0].kind, NBT_SIMFRAME_SYN);
    assert_int_equal(s.frame[0].at, 5);
    s = read_tcp(&w, b, a, 77, CAP_TCP_SYN | CAP_TCP_ACK, "");
    assert_int_equal(s.frame[0].kind, NBT_SIMFRAME_SYN_ACK);
    s = read_tcp(&w, a, b, 0xFFFFFFFB, CAP_TCP_ACK, "ten octets");
    assert_int_equal(s.frame[0].kind, NBT_SIMFRAME_DATA);
    assert_int_equal(s.frame[0].seq, 0);
    s = read_tcp(&w, a, b, 5, CAP_TCP_ACK | CAP_TCP_FIN, "more");
    assert_int_equal(s.n, 2);
    assert_int_equal(s.frame[0].seq, 10);
    assert_int_equal(s.frame[1].kind, NBT_SIMFRAME_FIN);
    assert_int_equal(s.frame[1].seq, 14);
    s = read_tcp(&w, b, a, 78, CAP_TCP_ACK, "");
    assert_int_equal(s.frame[0].kind, NBT_SIMFRAME_ACK);
    s = read_tcp(&w, b, a, 78, CAP_TCP_RST, "");
    assert_int_equal(s.frame[0].kind, NBT_SIMFRAME_RST);
    s = read_tcp(&w, a, b, 9, CAP_TCP_ACK, "both ways are over");
    assert_int_equal(s.n, 0);
    lab_ways_fini(&w);
}

/* Changed in place, a frame is what it were had it been made so, checksum and all. */
static void spoilt(void **state)
{
    static const char *const was[] = { "\x01", "even", "an odd number", "\xFF\xFF\xFF\xFF" };
    static const char *const is[] = { "\xFE", "neve", "AN ODD NUMBER", "\x01\x01\x01\x01" };
    lab_ways w = { 0 };
    (void)state;
    (void)read_tcp(&w, a, b, 100, CAP_TCP_SYN, "");
    for (size_t i = 0; i < LENGTH_OF(was); i++) {
        for (int udp = 0; udp < 2; udp++) {
            uint8_t bytes[ROOM], wanted[ROOM], proto = udp ? CAP_IP_UDP : CAP_IP_TCP;
            lab_segment seg;
            size_t n = frame(bytes, proto, a, b, 101, CAP_TCP_ACK, text(was[i]));
            (void)frame(wanted, proto, a, b, 101, CAP_TCP_ACK, text(is[i]));
            lab_segment_rd(&w, 0, bytes, n, &seg);
            assert_int_equal(seg.udp, udp);
            lab_segment_spoil(bytes, &seg, text(is[i]));
            assert_memory_equal(bytes, wanted, n);
        }
    }
    lab_ways_fini(&w);
}

static void fragments(void **state)
{
    uint8_t bytes[ROOM];
    lab_ways w = { 0 };
    lab_segment seg;
    (void)state;
    size_t n = frame(bytes, CAP_IP_UDP, a, b, 0, 0, text("half"));
    bytes[20] |= 0x20; /* more fragments */
    lab_segment_rd(&w, 0, bytes, n, &seg);
    assert_true(seg.part);
    assert_int_equal(seg.n, 0);
}

static void arp(void **state)
{
    /* who has 10.0.0.9? tell 10.0.0.1 */
    static const char request[] = "ffffffffffff 02000a000001 0806 0001 0800 06 04 0001"
                                  "02000a000001 0a000001 000000000000 0a000009";
    static const char reply[] = "02000a000001 02000a000009 0806 0001 0800 06 04 0002"
                                "02000a000009 0a000009 02000a000001 0a000001";
    uint8_t bytes[LAB_ARP_LEN], wanted[LAB_ARP_LEN], answer[LAB_ARP_LEN];
    (void)state;
    assert_int_equal(hex_bytes(request, bytes, sizeof bytes), LAB_ARP_LEN);
    assert_int_equal(hex_bytes(reply, wanted, sizeof wanted), LAB_ARP_LEN);
    for (size_t n = 0; n < LAB_ARP_LEN; n++) {
        uint8_t *cut = exact_copy(bytes, n);
        assert_false(lab_segment_arp(cut, n, answer));
        free(cut);
    }
    assert_true(lab_segment_arp(bytes, sizeof bytes, answer));
    assert_memory_equal(answer, wanted, sizeof wanted);
    assert_false(lab_segment_arp(wanted, sizeof wanted, answer)); /* a reply asks for nothing */
    bytes[41] = 1; /* whether somebody has its own address */
    assert_false(lab_segment_arp(bytes, sizeof bytes, answer));
    assert_int_equal(lab_segment_ip(wanted + 6), 0x0A000009);
    assert_int_equal(lab_segment_ip((const uint8_t[6]){ 0xFF, 0xFF, 10, 0, 0, 9 }), 0);
}

static void who_asks(void **state)
{
    static const char probe[] = "ffffffffffff 02000a000001 0806 0001 0800 06 04 0001"
                                "02000a000001 00000000 000000000000 0a000009";
    static const uint8_t mac[] = { 2, 0, 10, 0, 0, 1 };
    uint8_t bytes[ROOM], wanted[LAB_ARP_LEN];
    lab_arp arp;
    uint32_t ip;
    (void)state;
    assert_int_equal(hex_bytes(probe, wanted, sizeof wanted), LAB_ARP_LEN);
    lab_segment_arp_ask(0x0A000009, mac, bytes);
    assert_memory_equal(bytes, wanted, sizeof wanted);
    assert_true(lab_segment_arp_rd(bytes, LAB_ARP_LEN, &arp));
    assert_int_equal(arp.sender, 0);
    assert_int_equal(arp.target, 0x0A000009);
    assert_memory_equal(arp.mac, mac, sizeof mac);
    assert_false(lab_segment_source(bytes, LAB_ARP_LEN, &ip));
    (void)frame(bytes, CAP_IP_UDP, a, b, 0, 0, text("anything"));
    for (size_t n = 0; n < 34; n++) {
        uint8_t *cut = exact_copy(bytes, n);
        assert_false(lab_segment_source(cut, n, &ip));
        assert_false(lab_segment_arp_rd(cut, n, &arp));
        free(cut);
    }
    assert_true(lab_segment_source(bytes, 34, &ip));
    assert_int_equal(ip, a.ip);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", streams), NBT_TEST("", spoilt),   NBT_TEST("", fragments),
    NBT_TEST("", arp),     NBT_TEST("", who_asks),
};

NBT_MAIN("segment", tests)
