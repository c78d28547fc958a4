/*
 * From packets to messages: ports, fragments, streams, what is named and not decoded; and captures
 * of real systems, none of whose NBT frames may be missing.
 */
#include "tests/support/capfile.h"
#include "tests/support/samples.h"
#include "tests/support/test.h"

#include "capture/source.h"
#include "capture/tap.h"
#include "nbt/text.h"

#include <pcap/dlt.h>
#include <stdio.h>

static cap_packet packet_of(const uint8_t *frame, size_t n)
{
    return (cap_packet){
        .number = 7, .time = 9, .link = DLT_RAW, .wire_len = (uint32_t)n, .bytes = { frame, n }
    };
}

static void test_ports(void **state)
{
    static const struct {
        const char *label;
        uint16_t from, to;
        bool ours;
        nbt_service service;
    } rows[] = {
        { "both 137", 137, 137, true, NBT_SERVICE_NAME },
        { "a client's query", 40000, 137, true, NBT_SERVICE_NAME },
        { "its answer", 137, 40000, true, NBT_SERVICE_NAME },
        { "138", 138, 138, true, NBT_SERVICE_DATAGRAM },
        { "from 137 to 138: the receiver's", 137, 138, true, NBT_SERVICE_DATAGRAM },
        { "another port for 137", 40000, 10137, true, NBT_SERVICE_NAME },
        { "UDP has no 139", 40000, 139, false, NBT_SERVICE_NAME },
        { "nobody's", 40000, 53, false, NBT_SERVICE_NAME },
    };
    cap_tap *t = cap_tap_new();
    (void)state;
    assert_true(cap_tap_port(t, 137, 10137));
    assert_false(cap_tap_port(t, 53, 10053));
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t frame[100];
        cap_item item;
        print_message("%s\n", rows[i].label);
        size_t n = frame_udp(frame, 1, rows[i].from, 2, rows[i].to, "abcd", 4);
        cap_packet p = packet_of(frame, n);
        assert_int_equal(cap_tap_put(t, &p), rows[i].ours);
        assert_int_equal(cap_tap_next(t, &item), rows[i].ours);
        if (!rows[i].ours)
            continue;
        assert_int_equal(item.msg->service, rows[i].service);
        assert_int_equal(item.msg->bytes.n, 4);
        assert_int_equal(item.number, 7);
        assert_int_equal(item.from.port, rows[i].from);
        assert_int_equal(item.to.ip, 0x0A000002);
        assert_false(cap_tap_next(t, &item));
    }
    cap_tap_free(t);
}

static void test_a_query_in_fragments_and_over_tcp(void **state)
{
    size_t n;
    uint8_t frame[400], piece[400], stream[400];
    uint8_t *query = sample_bytes(sample_of("query-request"), &n);
    cap_tap *t = cap_tap_new();
    cap_item item;
    (void)state;
    size_t len = frame_udp(frame, 1, 137, 2, 137, query, n);
    cap_packet p = packet_of(piece, frame_fragment(piece, frame, len, 0, 24));
    assert_true(cap_tap_put(t, &p));
    assert_false(cap_tap_next(t, &item));
    assert_int_equal(cap_tap_lost(t), 1);
    p = packet_of(piece, frame_fragment(piece, frame, len, 24, len - 20 - 24));
    assert_true(cap_tap_put(t, &p));
    assert_true(cap_tap_next(t, &item));
    assert_int_equal(item.msg->err, NBT_OK);
    assert_int_equal(nbt_ns_kind_of(&item.msg->u.ns), NBT_NS_QUERY);
    assert_int_equal(cap_tap_lost(t), 0);

    stream[0] = 0;
    stream[1] = (uint8_t)n;
    memcpy(stream + 2, query, n);
    p = packet_of(frame, frame_tcp(frame, 1, 1024, 2, 137, 99, 0, CAP_TCP_SYN, NULL, 0));
    assert_true(cap_tap_put(t, &p));
    p = packet_of(frame, frame_tcp(frame, 1, 1024, 2, 137, 100, 0, 0, stream, n + 2));
    assert_true(cap_tap_put(t, &p));
    assert_true(cap_tap_next(t, &item));
    assert_true(item.tcp);
    assert_int_equal(nbt_ns_kind_of(&item.msg->u.ns), NBT_NS_QUERY);
    free(query);
    cap_tap_free(t);
}

/* The capture kept only the beginning: the message is malformed, and the line says why. */
static void test_a_cut_packet_says_so(void **state)
{
    size_t n;
    uint8_t frame[400];
    uint8_t *query = sample_bytes(sample_of("query-request"), &n);
    cap_tap *t = cap_tap_new();
    cap_item item;
    char note[64];
    (void)state;
    cap_packet p = packet_of(frame, frame_udp(frame, 1, 137, 2, 137, query, n));
    p.bytes.n -= 10;
    assert_true(cap_tap_put(t, &p));
    assert_true(cap_tap_next(t, &item));
    assert_int_equal(item.msg->err, NBT_ERR_SHORT);
    snprintf(note, sizeof note, "only %zu of its %zu octets were captured", n - 10, n);
    assert_string_equal(item.note, note);
    free(query);
    cap_tap_free(t);
}

static void test_what_is_only_named(void **state)
{
    static const uint8_t netbeui[] = { 3, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0, 4, 0xF0, 0xF0, 3, 0 };
    cap_tap *t = cap_tap_new();
    cap_item item;
    (void)state;
    cap_packet p = packet_of(netbeui, sizeof netbeui);
    p.link = DLT_EN10MB;
    assert_true(cap_tap_put(t, &p));
    assert_true(cap_tap_next(t, &item));
    assert_null(item.msg);
    assert_true(item.has_mac);
    assert_false(item.has_ip);
    assert_string_equal(item.note, "NetBEUI, not decoded");
    assert_false(cap_tap_next(t, &item));
    cap_tap_free(t);
}

/* ---- Remote control ------------------------------------------------------------------------ */

enum { VIEWER = 1, AGENT = 2 };

/* A segment of a connection whose streams begin at 100, and the items that it gives. */
typedef struct segment {
    const char *label;
    uint16_t sport, dport;
    uint8_t flags;
    const char *hex, *items; /* "session-request rc-rights", or "" */
} segment;

static void kinds_of(cap_tap *t, char *to, size_t cap)
{
    cap_item item;
    size_t n = 0;
    to[0] = '\0';
    while (cap_tap_next(t, &item)) {
        const char *kind = item.msg  ? nbt_text_kind(item.msg)
                           : item.rc ? rc_text_kind(item.rc)
                                     : item.note;
        assert_true(!item.msg || !item.rc);
        assert_true(item.tcp && item.has_ip && item.number == 7);
        n += (size_t)snprintf(to + n, cap - n, "%s%s", n > 0 ? " " : "", kind);
    }
}

static void play(cap_tap *t, const segment *s, size_t count)
{
    uint32_t seq[2] = { 100, 100 };
    for (size_t i = 0; i < count; i++) {
        uint8_t frame[600], bytes[512];
        char items[256];
        bool back = s[i].sport < s[i].dport;
        size_t n = hex_bytes(s[i].hex, bytes, sizeof bytes);
        cap_packet p = packet_of(frame, frame_tcp(frame, back ? AGENT : VIEWER, s[i].sport,
                                                  back ? VIEWER : AGENT, s[i].dport, seq[back], 0,
                                                  s[i].flags, bytes, n));
        seq[back] += (uint32_t)n + ((s[i].flags & CAP_TCP_SYN) ? 1 : 0);
        cap_tap_put(t, &p);
        kinds_of(t, items, sizeof items);
        print_message("%s\n", s[i].label);
        assert_string_equal(items, s[i].items);
    }
}

#define RIGHTS "0101 434F4E534F4C45 2020202020202020 41 07 03 626F62"
#define SYN CAP_TCP_SYN

static void test_remote_control_over_tcp(void **state)
{
    static const segment rows[] = {
        { "1761", 5000, 1761, SYN, "", "" },
        { "rights", 5000, 1761, 0, "0017 " RIGHTS, "rc-rights" },
        { "a verdict", 1761, 5000, 0, "0007 0103 00 00000001", "rc-verdict" },
        { "another port for 2702", 5001, 12702, SYN, "", "" },
        { "a key, and nonsense", 5001, 12702, 0, "0003 010761 0002 0177",
          "rc-keys malformed-rc-message" },
    };
    static const segment others[] = {
        { "a call from such a port", 1762, 80, SYN, "", "" },
        { "what it says", 1762, 80, 0, "474554202F", "" },
        { "what it hears", 80, 1762, 0, "3C3C3C3C3C", "" },
        { "a session from such a port", 1763, 139, SYN, "", "" },
        { "is a session", 1763, 139, 0, "85000000", "session-keep-alive" },
        { "NetBIOS from such a port, joined in the middle", 139, 2701, 0, "85000000",
          "session-keep-alive" },
    };
    cap_tap *t = cap_tap_new();
    (void)state;
    assert_true(cap_tap_is_usual(2702) && cap_tap_is_usual(139) && !cap_tap_is_usual(1765));
    assert_true(cap_tap_port(t, 2702, 12702));
    play(t, rows, 3);
    play(t, rows + 3, LENGTH_OF(rows) - 3);
    play(t, others, LENGTH_OF(others));
    cap_tap_free(t);
}

#define CONSOLE_41 "20 45444550454F4644 4550454D45464341 4341434143414341 4341434143414542 00 "
#define CLIENT_43 "20 4544454D454A4546 454F464544424341 4341434143414341 4341434143414544 00 "
#define CLIENT_20 "20 4544454D454A4546 454F464544424341 4341434143414341 4341434143414341 00 "

/* A session is one of remote control by its names, once it was accepted. */
static void test_remote_control_over_netbios(void **state)
{
    static const segment rows[] = {
        { "SYN", 5000, 139, SYN, "", "" },
        { "a call", 5000, 139, 0, "81000044" CLIENT_43 CONSOLE_41, "session-request" },
        { "too early", 5000, 139, 0, "00000017" RIGHTS, "session-message" },
        { "accepted", 139, 5000, 0, "82000000", "positive-session-response" },
        { "rights", 5000, 139, 0, "00000017" RIGHTS, "session-message rc-rights" },
        { "a verdict and what follows", 139, 5000, 0, "00000007 0103 00 00000001 85000000",
          "session-message rc-verdict session-keep-alive" },
        { "one that is wrong further on", 5000, 139, 0, "00000003 010AFF",
          "session-message malformed-rc-message" },
        { "somebody else's bytes", 5000, 139, 0, "00000003 AABBCC", "session-message" },
    };
    static const segment by_caller[] = {
        { "SYN", 5001, 139, SYN, "", "" },
        { "a call", 5001, 139, 0, "81000044" CLIENT_20 CONSOLE_41, "session-request" },
        { "accepted", 139, 5001, 0, "82000000", "positive-session-response" },
        { "a bye", 5001, 139, 0, "00000003 010A00", "session-message rc-bye" },
    };
    static const segment file_server[] = {
        { "SYN", 5002, 139, SYN, "", "" },
        { "a call", 5002, 139, 0, "81000044" CLIENT_20 CLIENT_20, "session-request" },
        { "accepted", 139, 5002, 0, "82000000", "positive-session-response" },
        { "no bye", 5002, 139, 0, "00000003 010A00", "session-message" },
    };
    cap_tap *t = cap_tap_new();
    (void)state;
    play(t, rows, LENGTH_OF(rows));
    play(t, by_caller, LENGTH_OF(by_caller));
    play(t, file_server, LENGTH_OF(file_server));
    cap_tap_free(t);
}

/* A datagram, and what comes of it: kinds, and behind # the notes. */
typedef struct datagram {
    const char *label;
    uint16_t sport, dport;
    const char *hex, *items;
} datagram;

#define STREAM "00000002"
#define UDP_OPEN "0101 0000 " STREAM " 00000000 00000000"
#define UDP_OPENED "0102 0000 " STREAM " 00000000 00000000"
#define UDP_DATA(n, at) "0103 00" n " " STREAM " 000000" at " 00000000"
#define UDP_ACK(at) "0105 0000 " STREAM " 00000000 000000" at
#define UDP_CLOSE(at) "0104 0000 " STREAM " 000000" at " 00000000"

static void items_of(cap_tap *t, char *to, size_t cap)
{
    cap_item item;
    size_t n = 0;
    to[0] = '\0';
    while (cap_tap_next(t, &item)) {
        assert_true(!item.msg && !item.tcp && item.has_ip && item.number == 7);
        assert_true(!item.rc || item.rc->segment || (item.stream && item.lead == 2));
        if (item.rc)
            n += (size_t)snprintf(to + n, cap - n, "%s%s", n > 0 ? " " : "", rc_text_kind(item.rc));
        if (item.note[0])
            n += (size_t)snprintf(to + n, cap - n, "%s#%s", n > 0 ? " " : "", item.note);
    }
}

static void test_remote_control_over_udp(void **state)
{
    static const datagram rows[] = {
        { "junk at such a port", 5000, 1761, "FF010203", "" },
        { "nothing at all", 5000, 1761, "", "" },
        { "a port scan is no stream", 5000, 1761, "0000", "" },
        { "what begins as one, and is none", 5000, 1762, "0101", "malformed-rc-segment" },
        { "another port", 5000, 1765, UDP_OPEN, "" },
        { "open", 5000, 1761, UDP_OPEN, "rc-udp-open" },
        { "opened", 1761, 5000, UDP_OPENED, "rc-udp-opened" },
        { "junk between two that speak", 5000, 1761, "FF0102", "malformed-rc-segment" },
        { "rights", 5000, 1761, UDP_DATA("19", "00") "0017 " RIGHTS, "rc-udp-data rc-rights" },
        { "the same", 5000, 1761, UDP_DATA("19", "00") "0017 " RIGHTS, "rc-udp-data #sent again" },
        { "a verdict and half a bye", 1761, 5000,
          UDP_DATA("0C", "00") "0007 0103 00 00000001 0003 01", "rc-udp-data rc-verdict" },
        { "its other half", 1761, 5000, UDP_DATA("02", "0C") "0A00", "rc-udp-data rc-bye" },
        { "ahead", 5000, 1761, UDP_DATA("05", "1E") "0003 010A00",
          "rc-udp-data #ahead of 5 octets that have not come" },
        { "it has come, and was not captured", 1761, 5000, UDP_ACK("23"),
          "rc-udp-ack #10 octets of the stream were not captured" },
        { "nonsense in it", 5000, 1761, UDP_DATA("04", "23") "0002 0177",
          "rc-udp-data #4 octets of a message that began before" },
        { "a damaged message", 5000, 1761, UDP_DATA("05", "27") "0003 010A77",
          "rc-udp-data malformed-rc-message" },
        { "a message begins", 5000, 1761, UDP_DATA("05", "2C") "0009 010761", "rc-udp-data" },
        { "close, too early", 5000, 1761, UDP_CLOSE("50"),
          "rc-udp-close #ahead of 31 octets that have not come" },
        { "NetBIOS comes first", 137, 1761, UDP_OPEN, NULL },
    };
    cap_tap *t = cap_tap_new();
    char items[256];
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t frame[600], bytes[512];
        bool back = rows[i].sport < rows[i].dport;
        size_t n = hex_bytes(rows[i].hex, bytes, sizeof bytes);
        cap_packet p = packet_of(frame, frame_udp(frame, back ? AGENT : VIEWER, rows[i].sport,
                                                  back ? VIEWER : AGENT, rows[i].dport, bytes, n));
        print_message("%s\n", rows[i].label);
        cap_item item;
        bool ours = cap_tap_put(t, &p);
        if (!rows[i].items) {
            assert_true(cap_tap_next(t, &item) && item.msg);
            break;
        }
        items_of(t, items, sizeof items);
        assert_string_equal(items, rows[i].items);
        assert_int_equal(ours, items[0] != '\0');
    }
    cap_tap_end(t);
    items_of(t, items, sizeof items);
    assert_string_equal(items, "rc-keys #the rest of it was not captured");
    cap_tap_free(t);
}

/* The capture kept only the beginning of a segment: it is malformed, and nothing of it is heard. */
static void test_a_cut_segment_says_so(void **state)
{
    uint8_t frame[200], bytes[64];
    char items[256];
    cap_tap *t = cap_tap_new();
    (void)state;
    size_t n = hex_bytes(UDP_DATA("19", "00") "0017 " RIGHTS, bytes, sizeof bytes);
    for (size_t kept = 2; kept < n; kept++) {
        cap_packet p = packet_of(frame, frame_udp(frame, VIEWER, 5000, AGENT, 1761, bytes, n));
        p.bytes.n -= n - kept;
        assert_true(cap_tap_put(t, &p));
        items_of(t, items, sizeof items);
        char want[100];
        snprintf(want, sizeof want,
                 "malformed-rc-segment #only %zu of its %zu octets were captured", kept, n);
        assert_string_equal(items, want);
    }
    cap_packet p = packet_of(frame, frame_udp(frame, VIEWER, 5000, AGENT, 1761, bytes, n));
    assert_true(cap_tap_put(t, &p));
    items_of(t, items, sizeof items);
    assert_string_equal(items, "rc-udp-data rc-rights");
    cap_tap_free(t);
}

/* ---- Captures of real systems -------------------------------------------------------------- */

typedef struct counts {
    unsigned names, datagrams, sessions, malformed, notes;
} counts;

static counts count(const char *folder, const char *file)
{
    char path[512], err[CAP_ERR_MAX];
    counts c = { 0 };
    cap_packet p;
    cap_item item;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    cap_source *s = cap_source_file(path, err);
    cap_tap *t = cap_tap_new();
    if (!s || !t)
        fail_msg("%s", err);
    while (cap_source_next(s, &p) == CAP_PACKET) {
        cap_tap_put(t, &p);
        while (cap_tap_next(t, &item)) {
            c.notes += !item.msg;
            c.malformed += item.msg && item.msg->err;
            c.names += item.msg && item.msg->service == NBT_SERVICE_NAME;
            c.datagrams += item.msg && item.msg->service == NBT_SERVICE_DATAGRAM;
            c.sessions += item.msg && item.msg->service == NBT_SERVICE_SESSION;
        }
    }
    cap_tap_free(t);
    cap_source_free(s);
    return c;
}

/* What Wireshark finds in them. */
static void test_captures_of_real_systems(void **state)
{
    static const struct {
        const char *file;
        counts want;
    } rows[] = {
        { "elsewhere/PcapPlusPlus-sll.pcap", { .names = 3 } },
        { "elsewhere/arkime-nbns.pcap", { .names = 46, .datagrams = 15 } },
        { "elsewhere/arkime-wireshark-smb-on-windows10.pcap", { .sessions = 24 } },
        { "elsewhere/node-netbios-session-netbios-ssn-full-scanner-winxp.pcap",
          { .sessions = 10 } },
        { "elsewhere/tcpdump-eapon1.pcap", { .names = 36, .datagrams = 17 } },
        { "elsewhere/zeek-Teredo.pcap", { .names = 3, .datagrams = 2 } },
    };
    const char *folder = getenv("NBTLAB_CAPTURES");
    (void)state;
    if (!folder)
        folder = "../shared/captures";
    FILE *there = NULL;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, rows[0].file);
    there = fopen(path, "rb");
    if (!there) {
        print_message("SKIPPED: there are no captures in %s\n", folder);
        skip();
    }
    fclose(there);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        counts got = count(folder, rows[i].file);
        print_message("%s: %u names, %u datagrams, %u sessions, %u notes\n", rows[i].file,
                      got.names, got.datagrams, got.sessions, got.notes);
        assert_int_equal(got.names, rows[i].want.names);
        assert_int_equal(got.datagrams, rows[i].want.datagrams);
        assert_int_equal(got.sessions, rows[i].want.sessions);
        assert_int_equal(got.malformed, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_ports),
        NBT_TEST("", test_a_query_in_fragments_and_over_tcp),
        NBT_TEST("", test_a_cut_packet_says_so),
        NBT_TEST("", test_what_is_only_named),
        NBT_TEST("", test_remote_control_over_tcp),
        NBT_TEST("", test_remote_control_over_netbios),
        NBT_TEST("", test_remote_control_over_udp),
        NBT_TEST("", test_a_cut_segment_says_so),
        NBT_TEST("", test_captures_of_real_systems),
    };
    return cmocka_run_group_tests_name("tap", tests, NULL, NULL);
}
