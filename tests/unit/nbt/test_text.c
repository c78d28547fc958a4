/*
 * The text form: what is printed, letter by letter; what is parsed and what is refused, and where;
 * and that any bytes at all come back from their line.
 */
#include "tests/support/test.h"

#include "nbt/text.h"
#include "tests/support/build.h"
#include "tests/support/samples.h"

#define NS NBT_SERVICE_NAME
#define DGM NBT_SERVICE_DATAGRAM
#define SSN NBT_SERVICE_SESSION

/* A whole line, in a heap block. */
static char *printed(const nbt_msg *m, size_t *len)
{
    *len = nbt_text_print(m, NULL, 0);
    char *line = malloc(*len + 1);
    assert_non_null(line);
    assert_int_equal(nbt_text_print(m, line, *len + 1), *len);
    assert_int_equal(strlen(line), *len);
    return line;
}

/* A line that was parsed; the message borrows from `arena`. */
typedef struct parsed {
    bool ok;
    nbt_msg m;
    nbt_text_err err;
    uint8_t *arena;
} parsed;

/* Parses a line that ends where its heap block does, with an arena of just the size promised. */
static parsed parse(const char *line, size_t len)
{
    parsed p;
    char *exact = (char *)exact_copy(line, len);
    p.arena = malloc(len + NBT_TEXT_ARENA_EXTRA);
    assert_non_null(p.arena);
    p.err = (nbt_text_err){ 0, NULL, NULL };
    p.ok =
        nbt_text_parse(&p.m, exact ? exact : "", len, p.arena, len + NBT_TEXT_ARENA_EXTRA, &p.err);
    free(exact);
    return p;
}

static parsed parse_good(const char *line, size_t len)
{
    parsed p = parse(line, len);
    if (!p.ok)
        fail_msg("%.*s\ncolumn %zu: %s; expected: %s", (int)len, line, p.err.column, p.err.why,
                 p.err.expected);
    return p;
}

static void check_writes(const nbt_msg *m, const uint8_t *bytes, size_t n)
{
    uint8_t *room = malloc(n + 1);
    assert_non_null(room);
    nbt_wr w;
    nbt_wr_init(&w, room, n + 1);
    nbt_msg_wr(&w, m);
    assert_wr_bytes(&w, bytes, n);
    free(room);
}

/* Words with one space between them, and nothing that a terminal would act on. */
static void check_shape(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool inner = i > 0 && i + 1 < len && line[i - 1] != ' ';
        if ((line[i] == ' ' && !inner) || line[i] < 0x20 || line[i] > 0x7E)
            fail_msg("%s\nhas byte %02x at %zu", line, line[i], i);
    }
}

/* The bytes as a message, that as a line, the line as a message, and that as bytes again. */
static void check_round_trip(nbt_service service, const uint8_t *bytes, size_t n)
{
    uint8_t *exact = exact_copy(bytes, n);
    nbt_msg m;
    size_t len, again_len;
    nbt_msg_rd(&m, service, exact, n);
    char *line = printed(&m, &len);
    check_shape(line, len);

    parsed p = parse_good(line, len);
    assert_int_equal(p.m.service, service);
    assert_int_equal(p.m.err, m.err);
    assert_true(p.m.exact == m.exact);
    assert_string_equal(nbt_text_kind(&p.m), nbt_text_kind(&m));
    if (service == SSN && !m.err)
        assert_int_equal(p.m.u.ssn.flags, m.u.ssn.flags);
    check_writes(&p.m, bytes, n);
    char *again = printed(&p.m, &again_len);
    assert_string_equal(again, line);

    free(again);
    free(p.arena);
    free(line);
    free(exact);
}

/*
 * A line for every kind of message and for every word. The bytes are those of the sample of that
 * label, or stand here.
 */
static const struct {
    const char *label;
    nbt_service service;
    const char *hex;
    const char *line;
} golden[] = {
#define OF_SAMPLE(label, line)                                                                     \
    {                                                                                              \
        label, NS, NULL, line                                                                      \
    }
    OF_SAMPLE("registration-request",
              "registration-request FRED<20> id=0x1234 b=1 owner=10.0.0.1 node=B unique"),
    OF_SAMPLE("registration-request to a name server, with a scope",
              "registration-request FRED<20>.NETBIOS.COM id=0x1234 ttl=300000 owner=10.0.0.1 "
              "node=H unique"),
    OF_SAMPLE("registration-request that spells RR_NAME out",
              "registration-request FRED<20> id=0x1234 b=1 pointer=0 owner=10.0.0.1 node=B unique"),
    OF_SAMPLE("overwrite-request",
              "overwrite-request FRED<20> id=0x1234 owner=10.0.0.1 node=B unique"),
    OF_SAMPLE("overwrite-demand",
              "overwrite-demand FRED<20> id=0x1234 owner=10.0.0.1 node=B unique"),
    OF_SAMPLE("multihomed-registration",
              "multihomed-registration FRED<20> id=0x1234 owner=10.0.0.1 node=B unique"),
    OF_SAMPLE("refresh-request", "refresh-request FRED<20> id=0x1234 owner=10.0.0.1 node=B unique"),
    OF_SAMPLE("refresh-request as drawn",
              "refresh-request FRED<20> id=0x1234 opcode=9 owner=10.0.0.1 node=B unique"),
    OF_SAMPLE("positive-registration-response",
              "positive-registration-response FRED<20> id=0x1234 ttl=518400 owner=10.0.0.1 node=H "
              "unique"),
    OF_SAMPLE("negative-registration-response",
              "negative-registration-response FRED<20> id=0x1234 rcode=ACT_ERR owner=10.0.0.1 "
              "node=B unique"),
    OF_SAMPLE("end-node-challenge",
              "end-node-challenge FRED<20> id=0x1234 owner=10.0.0.1 node=B unique"),
    OF_SAMPLE("conflict-demand", "conflict-demand FRED<20> id=0x1234 owner=0.0.0.0 node=B unique"),
    OF_SAMPLE("release-request", "release-request FRED<20> id=0x1234 owner=10.0.0.1 node=B unique"),
    OF_SAMPLE("release-demand", "release-demand FRED<20> id=0x1234 owner=10.0.0.1 node=B unique"),
    OF_SAMPLE("positive-release-response",
              "positive-release-response FRED<20> id=0x1234 owner=10.0.0.1 node=B unique"),
    OF_SAMPLE("negative-release-response",
              "negative-release-response FRED<20> id=0x1234 rcode=ACT_ERR owner=10.0.0.1 node=B "
              "unique"),
    OF_SAMPLE("query-request", "query-request FRED<20> id=0x1234 b=1"),
    OF_SAMPLE("query-request with RD clear, a challenge", "query-request FRED<20> id=0x1234 rd=0"),
    OF_SAMPLE(
        "positive-query-response",
        "positive-query-response FRED<20> id=0x1234 ra=0 ttl=300000 owners=10.0.0.1/H/unique"),
    OF_SAMPLE("positive-query-response of three addresses",
              "positive-query-response FRED<20> id=0x1234 "
              "owners=10.0.0.1/B/unique,10.0.0.2/B/unique,10.0.0.3/H/group"),
    OF_SAMPLE("positive-query-response without any",
              "positive-query-response FRED<20> id=0x1234 tc=1 owners=-"),
    OF_SAMPLE("negative-query-response as Windows sends it",
              "negative-query-response FRED<20> id=0x1234 rcode=NAM_ERR"),
    OF_SAMPLE("negative-query-response as Samba sends it",
              "negative-query-response FRED<20> id=0x1234 rcode=NAM_ERR ancount=1"),
    OF_SAMPLE("negative-query-response without its record",
              "negative-query-response - id=0x1234 rcode=NAM_ERR records=0"),
    OF_SAMPLE("redirect-query-response",
              "redirect-query-response .COM id=0x1234 server=.NBNS.COM address=10.0.0.9"),
    OF_SAMPLE("wack", "wack FRED<20> id=0x1234 wait=60s about=registration-request/0x2900"),
    OF_SAMPLE("wack of type NULL, as nmbd sends it",
              "wack FRED<20> id=0x1234 type=NULL wait=60s about=multihomed-registration/0x7900"),
    OF_SAMPLE("wack without a name", "wack . id=0x1234 wait=0s about=registration-request/0x2900"),
    OF_SAMPLE("status-request", "status-request *<00> id=0x1234"),
    OF_SAMPLE("status-response",
              "status-response *<00> id=0x1234 names=FRED<00>/B/unique/act,"
              "FLINTSTONE<00>/B/group/act mac=00:a0:c9:01:02:03 jumpers=17 test_result=34 "
              "version_number=13124 period_of_statistics=21862 number_of_crcs=30600 "
              "number_alignment_errors=39338 number_of_collisions=48076 number_send_aborts=56814 "
              "number_good_sends=16909060 number_good_receives=84281096 number_retransmits=4369 "
              "number_no_resource_conditions=8738 number_free_command_blocks=13107 "
              "total_number_command_blocks=17476 max_total_number_command_blocks=21845 "
              "number_pending_sessions=26214 max_number_pending_sessions=30583 "
              "max_total_sessions_possible=34952 session_data_packet_size=39321"),
    OF_SAMPLE("status-response without statistics",
              "status-response *<00> id=0x1234 names=FRED<00>/B/unique/act,"
              "FLINTSTONE<00>/B/group/act statistics=0"),
    OF_SAMPLE("other-name-packet of an unknown opcode",
              "other-name-packet FRED<20> id=0x1234 r=0 opcode=2 qdcount=1"),
    OF_SAMPLE("other-name-packet, a claim without its record",
              "other-name-packet FRED<20> id=0x1234 r=0 opcode=5 rd=1 b=1 qdcount=1"),
    OF_SAMPLE("other-name-packet, a header alone",
              "other-name-packet - id=0x1234 r=1 opcode=0 aa=1 rd=1 ra=1"),
    OF_SAMPLE("direct-unique-datagram",
              "direct-unique-datagram FRED<20> id=0x4321 from=BARNEY<00> source=10.0.0.1:138 "
              "node=B first length=73 data=\"Data!\""),
    OF_SAMPLE("direct-group-datagram of an H node, without data",
              "direct-group-datagram FRED<20> id=0x4321 from=BARNEY<00> source=10.0.0.1:138 "
              "node=H first length=68"),
    OF_SAMPLE("broadcast-datagram, the first fragment",
              "broadcast-datagram *<00> id=0x4321 from=BARNEY<00> source=10.0.0.1:138 node=B "
              "first more length=73 data=4461"),
    OF_SAMPLE("broadcast-datagram, a later fragment",
              "broadcast-datagram - id=0x4321 source=10.0.0.1:138 node=B length=73 offset=2 "
              "data=\"ta!\""),
    OF_SAMPLE("datagram-error", "datagram-error - id=0x4321 source=10.0.0.2:138 node=B "
                                "error=destination-not-present"),
    OF_SAMPLE("datagram-query-request",
              "datagram-query-request FRED<20> id=0x4321 source=10.0.0.1:138 node=P"),
    OF_SAMPLE("datagram-positive-query-response",
              "datagram-positive-query-response FRED<20> id=0x4321 source=10.0.0.9:138 node=H"),
    OF_SAMPLE("datagram-negative-query-response",
              "datagram-negative-query-response FRED<20>.NETBIOS.COM id=0x4321 "
              "source=10.0.0.9:138 node=H"),
    OF_SAMPLE("session-message", "session-message - length=5 data=\"Data!\""),
    OF_SAMPLE("session-message of no octets", "session-message - length=0"),
    OF_SAMPLE("session-message with reserved flags",
              "session-message - reserved=0xfe length=1 data=21"),
    OF_SAMPLE("session-request", "session-request FRED<20> from=BARNEY<00>"),
    OF_SAMPLE("session-request with scopes",
              "session-request FRED<20>.NETBIOS.COM from=BARNEY<00>"),
    OF_SAMPLE("session-request with more behind it",
              "session-request FRED<20> from=BARNEY<00> data=21"),
    OF_SAMPLE("positive-session-response", "positive-session-response -"),
    OF_SAMPLE("negative-session-response", "negative-session-response - error=called-not-present"),
    OF_SAMPLE("retarget-session-response", "retarget-session-response - retarget=10.0.0.2:1163"),
    OF_SAMPLE("session-keep-alive", "session-keep-alive -"),
#undef OF_SAMPLE

    { "flags that nobody sets", NS,
      "0000 2FF9 0001 0000 0000 0001 " NAME_FRED NB_IN TO_QUESTION NB_IN
      "00000000 0006 E001 0A000001",
      "registration-request FRED<20> id=0x0000 aa=1 tc=1 ra=1 reserved=0x0060 b=1 rcode=9 "
      "owner=10.0.0.1 node=H group nb_reserved=0x0001" },
    { "a question of a strange class", NS, "0001 0100 0001 0000 0000 0000 " NAME_FRED "0020 00FF ",
      "query-request FRED<20> id=0x0001 qclass=255" },
    { "a question of a strange type", NS, "0001 0100 0001 0000 0000 0000 " NAME_FRED "0063 0001 ",
      "other-name-packet FRED<20> id=0x0001 r=0 opcode=0 rd=1 qdcount=1 qtype=99" },
    { "a record for another name", NS,
      "0001 2900 0001 0000 0000 0001 " NAME_FRED NB_IN NAME_BARNEY NB_IN
      "00000001 0006 0000 0A000001",
      "registration-request FRED<20> id=0x0001 rr_name=BARNEY<00> ttl=1 owner=10.0.0.1 node=B "
      "unique" },
    { "a claim of two addresses", NS,
      "0001 2900 0001 0000 0000 0001 " NAME_FRED NB_IN TO_QUESTION "0020 0002 "
      "00000000 000C 2000 0A000001 DFFF 0A000002",
      "registration-request FRED<20> id=0x0001 class=2 "
      "owners=10.0.0.1/P/unique,10.0.0.2/M/group/0x1fff" },
    { "a response that has a question too", NS,
      "0001 8580 0001 0001 0000 0000 " NAME_FRED NB_IN TO_QUESTION NB_IN
      "00000000 0006 0000 0A000001",
      "positive-query-response FRED<20> id=0x0001 qdcount=1 pointer=1 owners=10.0.0.1/B/unique" },
    { "a query with a record behind it", NS,
      "0001 0110 0001 0000 0000 0001 " NAME_FRED NB_IN TO_QUESTION "0063 0001 "
      "00000000 0003 00FF10",
      "query-request FRED<20> id=0x0001 b=1 arcount=1 pointer=1 type=99 rdata=00ff10" },
    { "a response of two records", NS,
      "0001 B400 0000 0001 0001 0000 " NAME_FRED NB_IN "00000000 0006 0000 0A000001 " NAME_BARNEY
      "0021 0002 00000007 0001 00",
      "positive-release-response FRED<20> id=0x0001 nscount=1 owner=10.0.0.1 node=B unique "
      "rr_name2=BARNEY<00> type2=NBSTAT class2=2 ttl2=7 rdata2=00" },
    { "an answer without RDATA", NS,
      "0001 AD81 0000 0001 0000 0000 " NAME_FRED "000A 0001 00000000 0000",
      "negative-registration-response FRED<20> id=0x0001 rcode=FMT_ERR type=NULL rdata=-" },
    { "a redirect to a program's name", NS,
      "0001 8100 0000 0000 0001 0001 " NAME_FRED "0002 0001 00000005 0022 " NAME_BARNEY NAME_BARNEY
      "0001 0001 00000006 0004 0A000009",
      "redirect-query-response FRED<20> id=0x0001 ttl=5 server=BARNEY<00> ttl2=6 "
      "address=10.0.0.9" },
    { "every flag of a node name", NS,
      "0001 8400 0000 0001 0000 0000 " NAME_WILDCARD "0021 0001 00000000 0026 02 "
      "20202020 20202020 20202020 20202020 FFFF 2C2F3D41 20202020 20202020 20202000 0000 00",
      "status-response *<00> id=0x0001 names=<20>/H/group/drg/cnf/act/prm/0x01ff,,/=A<00>/B/unique "
      "mac=00:00:00:00:00:00 statistics=1" },
    { "a status that breaks off in its names", NS,
      "0001 8400 0000 0001 0000 0000 " NAME_WILDCARD "0021 0001 00000000 0015 02 "
      "46524544 20202020 20202020 20202000 0400 4652",
      "status-response *<00> id=0x0001 names=FRED<00>/B/unique/act num_names=2 statistics=0 "
      "rest=4652" },
    { "a status that breaks off in its statistics", NS,
      "0001 8400 0000 0001 0000 0000 " NAME_WILDCARD "0021 0001 00000000 0008 00 "
      "020000000001 07",
      "status-response *<00> id=0x0001 names=- mac=02:00:00:00:00:01 jumpers=7 statistics=7" },
    { "a name of odd bytes, and a scope of them", NS,
      "0001 0100 0001 0000 0000 0000 "
      "20 4341 4143 464D 444D 444F 434F 4343 5050 4341 4341 4341 4341 4341 4341 4341 424C "
      "05 2E205C7F25 00 0020 0001",
      "query-request \\x20\\x02\\x5C\\x3C\\x3E\\x2E\\x22\\xFF<1B>.\\x2E\\x20\\x5C\\x7F% "
      "id=0x0001" },
    { "the largest WACK", NS, "0001 BC00 0000 0001 0000 0000 " NAME_FRED NB_IN "FFFFFFFF 0002 0000",
      "wack FRED<20> id=0x0001 wait=4294967295s about=query-request/0x0000" },
    { "a WACK about nothing known", NS,
      "0001 BC00 0000 0001 0000 0000 " NAME_FRED NB_IN "00000001 0002 1000",
      "wack FRED<20> id=0x0001 wait=1s about=other-name-packet/0x1000" },
    { "reserved flags of a datagram", DGM, "13 F1 0001 0A000001 FFFF 81",
      "datagram-error - id=0x0001 source=10.0.0.1:65535 node=B more reserved=0xf0 error=0x81" },
    { "data that has a quote", SSN, "00 00 0004 61226262",
      "session-message - length=4 data=61226262" },
    { "data that has a space", SSN, "00 00 0003 612062", "session-message - length=3 data=612062" },
    { "data of two letters", SSN, "00 00 0002 6162", "session-message - length=2 data=6162" },
    { "a code of no name", SSN, "83 00 0002 7F 01",
      "negative-session-response - error=0x7f data=01" },

    { "a name packet of nothing", NS, "",
      "malformed-name-packet at=0 field=NAME_TRN_ID why=runs-past-the-end raw=-" },
    { "a name that breaks off", NS, "0001 0100 0001 0000 0000 0000 20 4B",
      "malformed-name-packet at=13 field=QUESTION_NAME why=runs-past-the-end "
      "raw=000101000001000000000000204b" },
    { "a datagram of no type", DGM, "17 00 0001 0A000001 008A",
      "malformed-datagram-packet at=0 field=MSG_TYPE why=unknown-value raw=170000010a000001008a" },
    { "a session packet of no type", SSN, "86 00 0000",
      "malformed-session-packet at=0 field=TYPE why=unknown-value raw=86000000" },
    { "a pointer where none is drawn", NS,
      "1234 2910 0001 0000 0000 0001 " NAME_FRED NB_IN "20 45474643 45464545 " CA4 CA4 CA4
      "C02D " NB_IN "00000000 0006 0000 0A000001",
      "registration-request FRED<20> id=0x1234 b=1 pointer=0 owner=10.0.0.1 node=B unique raw="
      "1234291000010000000000012045474643454645454341434143414341434143414341434143"
      "4143414341434100002000012045474643454645454341434143414341434143414341434143"
      "41434143414341c02d0020000100000000000600000a000001" },
};

/* The bytes of a golden row, in a heap block of exactly that size. */
static uint8_t *golden_bytes(size_t i, size_t *n, nbt_service *service)
{
    uint8_t room[1500];
    const char *hex = golden[i].hex;
    *service = golden[i].service;
    for (size_t s = 0; !hex && s < good_samples_n; s++) {
        if (strcmp(good_samples[s].label, golden[i].label) == 0) {
            *service = good_samples[s].service;
            hex = good_samples[s].hex;
        }
    }
    if (!hex)
        fail_msg("no sample: %s", golden[i].label);
    *n = hex_bytes(hex, room, sizeof room);
    return exact_copy(room, *n);
}

static void golden_lines_are_printed(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(golden); i++) {
        size_t n, len;
        nbt_msg m;
        nbt_service service;
        uint8_t *bytes = golden_bytes(i, &n, &service);
        nbt_msg_rd(&m, service, bytes, n);
        char *line = printed(&m, &len);
        print_message("%s\n", golden[i].label);
        assert_string_equal(line, golden[i].line);
        assert_int_equal(strcspn(line, " "), strlen(nbt_text_kind(&m)));
        assert_memory_equal(line, nbt_text_kind(&m), strlen(nbt_text_kind(&m)));
        free(line);
        free(bytes);
    }
}

static void golden_lines_are_parsed(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(golden); i++) {
        size_t n;
        nbt_service service;
        uint8_t *bytes = golden_bytes(i, &n, &service);
        parsed p = parse_good(golden[i].line, strlen(golden[i].line));
        assert_int_equal(p.m.service, service);
        check_writes(&p.m, bytes, n);
        free(p.arena);
        free(bytes);
    }
}

static bool is_golden(const char *kind)
{
    size_t n = strlen(kind);
    for (size_t i = 0; i < LENGTH_OF(golden); i++) {
        if (strncmp(golden[i].line, kind, n) == 0 && golden[i].line[n] == ' ')
            return true;
    }
    return false;
}

static void every_kind_has_a_golden_line(void **state)
{
    (void)state;
    static const char *const kinds[] = {
#define NBT_NS_KIND(sym, word, text, section) word,
#include "nbt/kinds.def"
#undef NBT_NS_KIND
#define NBT_DGM_TYPE(sym, value, word, text, source) word,
#define NBT_SSN_TYPE(sym, value, word, text, source) word,
#include "nbt/codes.def"
#undef NBT_DGM_TYPE
#undef NBT_SSN_TYPE
    };
    for (size_t i = 0; i < LENGTH_OF(kinds); i++) {
        if (!is_golden(kinds[i]))
            fail_msg("no golden line of kind %s", kinds[i]);
    }
}

/* The golden lines and every sample, the inexact ones among them. */
static void samples_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < good_samples_n + inexact_samples_n; i++) {
        const sample *s =
            i < good_samples_n ? &good_samples[i] : &inexact_samples[i - good_samples_n];
        size_t n;
        uint8_t *bytes = sample_bytes(s, &n);
        print_message("%s\n", s->label);
        check_round_trip(s->service, bytes, n);
        free(bytes);
    }
    for (size_t i = 0; i < LENGTH_OF(golden); i++) {
        size_t n;
        nbt_service service;
        uint8_t *bytes = golden_bytes(i, &n, &service);
        check_round_trip(service, bytes, n);
        free(bytes);
    }
}

/* What people may write, and how the project writes it. */
static const struct {
    const char *label, *said, *printed;
} spellings[] = {
    { "any order", "query-request FRED<20> b=1 rd=0 id=0x1234",
      "query-request FRED<20> id=0x1234 rd=0 b=1" },
    { "what goes without saying",
      "registration-request FRED<20> id=0x1234 r=0 opcode=5 aa=0 tc=0 rd=1 ra=0 reserved=0 b=0 "
      "rcode=ok qdcount=1 ancount=0 nscount=0 arcount=1 records=1 qtype=NB qclass=1 "
      "rr_name=FRED<20> pointer=1 type=NB class=1 ttl=0 owner=10.0.0.1 node=B unique "
      "nb_reserved=0x0000",
      "registration-request FRED<20> id=0x1234 owner=10.0.0.1 node=B unique" },
    { "a decimal id, a hexadecimal TTL",
      "registration-request FRED<20> id=4660 ttl=0x10 owner=10.0.0.1 node=B unique",
      "registration-request FRED<20> id=0x1234 ttl=16 owner=10.0.0.1 node=B unique" },
    { "hex in upper case", "session-message - data=0AFF", "session-message - length=2 data=0aff" },
    { "codes by number", "negative-query-response FRED<20> id=0x1234 rcode=3 type=10",
      "negative-query-response FRED<20> id=0x1234 rcode=NAM_ERR" },
    { "an error by number", "negative-session-response - error=130",
      "negative-session-response - error=called-not-present" },
    { "one owner as a list", "release-request FRED<20> id=0x1234 owners=10.0.0.1/B/unique",
      "release-request FRED<20> id=0x1234 owner=10.0.0.1 node=B unique" },
    { "a list of one owner",
      "positive-query-response FRED<20> id=0x1234 owner=10.0.0.1 node=P group",
      "positive-query-response FRED<20> id=0x1234 owners=10.0.0.1/P/group" },
    { "an address record as bytes", "release-request FRED<20> id=0x1234 rdata=80000a000001",
      "release-request FRED<20> id=0x1234 owner=10.0.0.1 node=B group" },
    { "no length of a whole datagram",
      "direct-unique-datagram FRED<20> id=1 from=LISA<00> source=10.0.0.1:138 node=B first "
      "data=\"hello\"",
      "direct-unique-datagram FRED<20> id=0x0001 from=LISA<00> source=10.0.0.1:138 node=B first "
      "length=73 data=\"hello\"" },
    { "text with escapes", "session-message - data=\"a\\x20b\\x22\"",
      "session-message - length=4 data=61206222" },
    { "text of two letters", "session-message - data=\"ab\"",
      "session-message - length=2 data=6162" },
    { "no text", "session-message - data=\"\"", "session-message - length=0" },
    { "no bytes", "session-message - data=-", "session-message - length=0" },
    { "nothing at all", "session-message -", "session-message - length=0" },
    { "a status without statistics that are not 0", "status-response *<00> id=0x1234 names=-",
      "status-response *<00> id=0x1234 names=- mac=00:00:00:00:00:00" },
    { "a malformed packet, unexplained", "malformed-session-packet raw=86",
      "malformed-session-packet at=1 field=FLAGS why=runs-past-the-end raw=86" },
    { "a raw= that was not needed",
      "query-request FRED<20> raw=1234011000010000000000002045474643454645454341434143414341"
      "434143414341434143414341434143410000200001 b=1 id=0x1234",
      "query-request FRED<20> id=0x1234 b=1" },
};

static void other_spellings_are_parsed(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(spellings); i++) {
        size_t len;
        print_message("%s\n", spellings[i].label);
        parsed p = parse_good(spellings[i].said, strlen(spellings[i].said));
        char *line = printed(&p.m, &len);
        assert_string_equal(line, spellings[i].printed);
        free(line);
        free(p.arena);
    }
}

/* Refused lines, with an @ before the column that is told, and what could stand there. */
static const struct {
    const char *line, *why, *expected;
} refusals[] = {
    { "@", "not a kind of message", NULL },
    { "@qwery-request FRED<20> id=0x1234", "not a kind of message", NULL },
    { "@ query-request FRED<20> id=0x1234", "not a kind of message", NULL },
    { "query-request@", "a word is missing", "the NAME, or -" },
    { "query-request @", "an empty word", "words with one space between them" },
    { "query-request FRED<20> @ id=0x1234", "an empty word", "words with one space between them" },
    { "query-request FRED<20> id=0x1234 @", "an empty word", "words with one space between them" },
    { "query-request FRED<20>@", "a word is missing", "id=" },
    { "query-request @FRED id=0x1234", "not a name", "a name such as FRED<20>" },
    { "query-request @- id=0x1234", "not a name", "a name such as FRED<20>" },
    { "query-request FRED<20> @ids=0x1234", "an unknown word", "id=" },
    { "query-request FRED<20> @id", "an unknown word", "id=" },
    { "query-request FRED<20> @=", "an unknown word", "another word of this kind of message" },
    { "query-request FRED<20> id=0x1234 @more", "this kind of message has no such word", NULL },
    { "query-request FRED<20> id=0x1234 @id=0x1234", "this was said before", "every word once" },
    { "query-request FRED<20> id=0x1234 b=@2", "not a value of this word", "0 or 1" },
    { "query-request FRED<20> id=0x1234 b=@10", "not a value of this word", "0 or 1" },
    { "query-request FRED<20> id=0x1234 b=@", "the value breaks off", "0 or 1" },
    { "query-request FRED<20> id=@0x12345", "not a value of this word", "a number 0x0000..0xffff" },
    { "query-request FRED<20> id=0x1234@g", "not a value of this word", "a number 0x0000..0xffff" },
    { "query-request FRED<20> id=0x1234 reserved=@0x10", "not a value of this word", NULL },
    { "query-request FRED<20> id=0x1234 qdcount=@2", "not a value of this word", "0 or 1" },
    { "query-request FRED<20> id=0x1234 @ttl=1", "the packet has no record", "records=1" },
    { "query-request FRED<20> id=0x1234 @ttl2=1", "the packet has no second record", "records=2" },
    { "query-request FRED<20> id=0x1234 arcount=3@", "the counts promise too many records",
      "records=" },
    { "query-request FRED<20> id=0x1234 arcount=1 @owner=10.0.0.1 node=B unique type=99",
      "a record of this type has other data", "rdata=, or another type=" },
    { "@query-request FRED<20> id=0x1234 opcode=5", "what the line says makes it another kind",
      "other-name-packet" },
    { "@query-request FRED<20> id=0x1234 qtype=NBSTAT", "what the line says makes it another kind",
      "status-request" },
    { "@overwrite-demand FRED<20> id=0x1234 b=0 owner=10.0.0.1 node=B unique",
      "what the line says makes it another kind", "overwrite-request" },
    { "@conflict-demand FRED<20> id=0x1234 owner=10.0.0.1 node=B unique",
      "what the line says makes it another kind", "negative-registration-response" },
    { "other-name-packet FRED<20> id=0x1234 r=0@", "a word is missing", "opcode=" },
    { "other-name-packet @FRED<20> id=0x1234 r=1 opcode=5",
      "the packet has neither a question nor a record with a name", "-" },
    { "other-name-packet - id=0x1234 r=1 opcode=5 @qtype=NB", "the packet has no question",
      "qdcount=1" },
    { "query-request FRED<20> id=0x1234 @o", "an unknown word", "opcode=" },
    { "query-request FRED<20> id=0x1234 @lengths=1", "an unknown word",
      "another word of this kind of message" },
    { "negative-query-response FRED<20> id=0x1234@", "a word is missing", "rcode=" },
    { "negative-release-response FRED<20> id=0x1234 owner=10.0.0.1 node=B unique@",
      "a word is missing", "rcode=" },
    { "negative-registration-response FRED<20> id=0x1234 owner=10.0.0.1 node=B unique@",
      "a word is missing", "rcode=" },
    { "negative-query-response FRED<20> id=0x1234 rcode=@NO_ERR", "not a value of this word",
      "an RCODE such as ACT_ERR, or a number 0..15" },
    { "negative-query-response FRED<20> id=0x1234 rcode=NAM_ERR @rr_name=FRED<20>",
      "without a question, NAME is the record's", "qdcount=1" },
    { "release-request FRED<20> id=0x1234@", "a word is missing", "owner=" },
    { "release-request FRED<20> id=0x1234 owner=10.0.0.1@", "a word is missing", "node=" },
    { "release-request FRED<20> id=0x1234 owner=10.0.0.1 node=B@", "a word is missing", "unique" },
    { "release-request FRED<20> id=0x1234 owner=10.0.0.1 node=@X unique",
      "not a value of this word", "B, P, M or H" },
    { "release-request FRED<20> id=0x1234 owner=10.0.0.@256 node=B unique",
      "not a value of this word", "an address such as 10.0.0.1" },
    { "release-request FRED<20> id=0x1234 owner=10.0.0@ node=B unique", "the value breaks off",
      "an address such as 10.0.0.1" },
    { "release-request FRED<20> id=0x1234 owner=10.0.0.1@.1 node=B unique",
      "not a value of this word", "an address such as 10.0.0.1" },
    { "release-request FRED<20> id=0x1234 owner=10.0.0.1 node=B unique @group",
      "the name is unique already", "either unique or group" },
    { "release-request FRED<20> id=0x1234 owner=10.0.0.1 node=B unique nb_reserved=@0x2000",
      "not a value of this word", "bits of 0x1fff" },
    { "release-request FRED<20> id=0x1234 owner=10.0.0.1 node=B unique @rdata=00",
      "the record has other data already", NULL },
    { "release-request FRED<20> id=0x1234 owners=10.0.0.1/B/unique @node=B",
      "this says something about owner=", "owner=" },
    { "release-request FRED<20> id=0x1234 rdata=0000000000@0", "not a value of this word", NULL },
    { "release-request FRED<20> id=0x1234 pointer=1 @rr_name=LISA<00> owner=10.0.0.1 node=B unique",
      "the pointer leads to NAME", "pointer=0" },
    { "positive-query-response FRED<20> id=0x1234 owners=10.0.0.1/B@/uniq",
      "not a value of this word", NULL },
    { "positive-query-response FRED<20> id=0x1234 owners=10.0.0.1/B/unique,@",
      "the value breaks off", NULL },
    { "positive-query-response FRED<20> id=0x1234 owners=10.0.0.1/B/unique@/0x2000",
      "not a value of this word", NULL },
    { "positive-query-response FRED<20> id=0x1234 owners=@", "the value breaks off", NULL },
    { "wack FRED<20> id=0x1234 about=query-request/0x0100@", "a word is missing", "wait=" },
    { "wack FRED<20> id=0x1234 wait=60@ about=query-request/0x0100", "the value breaks off",
      "seconds such as 60s" },
    { "wack FRED<20> id=0x1234 wait=60s about=@refresh-request/0x0100",
      "these are the flags of another kind", "query-request" },
    { "wack FRED<20> id=0x1234 wait=60s about=query-request@", "the value breaks off", NULL },
    { "wack FRED<20> id=0x1234 wait=60s about=query-request/0x0100 @ttl=60",
      "this kind of message has no such word", NULL },
    { "redirect-query-response .COM id=0x1234 server=.NBNS.COM@", "a word is missing", "address=" },
    { "redirect-query-response .COM id=0x1234 server=@NBNS.COM address=10.0.0.9", "not a name",
      "a name such as FRED<20>" },
    { "redirect-query-response .COM id=0x1234 server=.NBNS address=10.0.0.9 @rdata2=00",
      "the record has an address already", "either address= or rdata2=" },
    { "redirect-query-response .COM id=0x1234 server=.NBNS type2=NB @address=10.0.0.9",
      "a record of this type has no address", "rdata2=" },
    { "status-response *<00> id=0x1234 names=@FRED", "not a value of this word", NULL },
    { "status-response *<00> id=0x1234 names=FRED<20>@", "the value breaks off", NULL },
    { "status-response *<00> id=0x1234 names=FRED<20>@.X/B/unique", "not a value of this word",
      NULL },
    { "status-response *<00> id=0x1234 names=FRED<20>/B/unique/act@/drg",
      "not a value of this word", NULL },
    { "status-response *<00> id=0x1234 names=FRED<20>/B/unique num_names=@0",
      "not a value of this word", "a number, from the count of names= to 255" },
    { "status-response *<00> id=0x1234 names=- mac=02:00:00:00:00@", "the value breaks off",
      "an address such as 02:00:00:00:00:01" },
    { "status-response *<00> id=0x1234 names=- jumpers=@256", "not a value of this word",
      "a number 0..255" },
    { "status-response *<00> id=0x1234 names=- jumpers=1 statistics=@6",
      "this cuts off some of the statistics", NULL },
    { "status-response *<00> id=0x1234 rdata=00 @mac=02:00:00:00:00:01",
      "this says something about names=", "names=" },
    { "datagram-error @FRED<20> id=0x0001 source=10.0.0.1:138 node=B "
      "error=destination-not-present",
      "it has no name", "-" },
    { "datagram-error - id=0x0001 source=10.0.0.1:138 node=B error=@no-such-error",
      "not a value of this word", "the word of a code, or 0x00..0xff" },
    { "datagram-error - id=0x0001 source=10.0.0.1@ node=B error=1", "the value breaks off",
      "an address and a port such as 10.0.0.1:138" },
    { "datagram-error - id=0x0001 source=10.0.0.1:@65536 node=B error=1",
      "not a value of this word", "an address and a port such as 10.0.0.1:138" },
    { "datagram-query-request @.FRED id=0x0001 source=10.0.0.1:138 node=B",
      "not the name of a program", "a name such as FRED<20>" },
    { "direct-unique-datagram FRED<20> id=0x0001 source=10.0.0.1:138 node=B first@",
      "a word is missing", "from=" },
    { "direct-unique-datagram @FRED<20> id=0x0001 source=10.0.0.1:138 node=B length=5",
      "only a first fragment has names", "-" },
    { "direct-unique-datagram - id=0x0001 @from=FRED<20> source=10.0.0.1:138 node=B length=5",
      "only a first fragment has names", "first" },
    { "direct-unique-datagram - id=0x0001 source=10.0.0.1:138 node=B@", "a word is missing",
      "length=" },
    { "direct-unique-datagram - id=0x0001 source=10.0.0.1:138 node=B length=1 reserved=@0x08",
      "not a value of this word", NULL },
    { "session-request FRED<20>@", "a word is missing", "from=" },
    { "session-request FRED<20> from=@.", "not the name of a program", NULL },
    { "positive-session-response @FRED<20>", "only a session request has names", "-" },
    { "retarget-session-response -@", "a word is missing", "retarget=" },
    { "negative-session-response - @code=1", "an unknown word", NULL },
    { "session-message - length=@6 data=\"hello\"", "not the length of the data",
      "as many as data= has" },
    { "session-message - length=@5", "not the length of the data", NULL },
    { "session-message - data=\"hello@", "the value breaks off", NULL },
    { "session-message - data=\"hel\"@lo\"", "not a value of this word", NULL },
    { "session-message - data=\"hel@\\y00\"", "not a value of this word", NULL },
    { "session-message - data=\"@\\x\"", "not a value of this word", NULL },
    { "session-message - data=@", "the value breaks off", NULL },
    { "session-message - data=00@0", "not a value of this word", NULL },
    { "malformed-session-packet@", "a word is missing", "raw=" },
    { "malformed-session-packet @FRED<20> raw=86", "an unknown word", NULL },
    { "@malformed-session-packet raw=85000000", "raw= is another kind of message",
      "session-keep-alive" },
    { "malformed-session-packet at=@0 raw=86", "raw= says otherwise", "what raw= says" },
    { "malformed-session-packet field=@TYPE raw=86", "raw= says otherwise", "what raw= says" },
    { "malformed-session-packet why=runs-past-the-end@s raw=86", "raw= says less",
      "the end of the word" },
    { "@session-keep-alive - raw=82000000", "raw= is another kind of message",
      "positive-session-response" },
    { "@session-keep-alive - raw=86000000", "raw= is another kind of message",
      "malformed-session-packet" },
    { "negative-session-response - error=called-not-@listening raw=8300000182",
      "raw= says otherwise", "what raw= says" },
    { "negative-session-response - @raw=8300000182", "raw= says something that no word says",
      "error=" },
    { "session-keep-alive - @data=00 raw=85000000", "raw= does not say this", "no such word" },
};

static void wrong_lines_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(refusals); i++) {
        char line[400];
        const char *at = strchr(refusals[i].line, '@');
        assert_non_null(at);
        size_t column = (size_t)(at - refusals[i].line) + 1;
        assert_true(strlen(refusals[i].line) < sizeof line);
        memcpy(line, refusals[i].line, column - 1);
        strcpy(line + column - 1, at + 1);
        print_message("%s\n", refusals[i].line);
        parsed p = parse(line, strlen(line));
        free(p.arena);
        assert_false(p.ok);
        assert_string_equal(p.err.why, refusals[i].why);
        assert_int_equal(p.err.column, column);
        if (refusals[i].expected)
            assert_string_equal(p.err.expected, refusals[i].expected);
        assert_true(p.err.expected && p.err.expected[0]);
    }
}

/* Beside raw= no letter of a word can be another. */
static void words_beside_raw_cannot_lie(void **state)
{
    (void)state;
    for (size_t i = 0; i < inexact_samples_n; i++) {
        size_t n, len;
        nbt_msg m;
        uint8_t *bytes = sample_bytes(&inexact_samples[i], &n);
        assert_true(nbt_msg_rd(&m, inexact_samples[i].service, bytes, n));
        char *line = printed(&m, &len);
        char *raw = strstr(line, " raw=");
        assert_non_null(raw);
        for (char *c = line; c < raw; c++) {
            char was = *c;
            *c = was == '0' ? '1' : '0';
            parsed p = parse(line, len);
            if (p.ok)
                fail_msg("%s\nis taken, at column %zu", line, (size_t)(c - line) + 1);
            free(p.arena);
            *c = was;
        }
        free(line);
        free(bytes);
    }
}

/* A line that somebody changed: refused at a column that it has, or a good line of its own. */
static bool check_changed(const char *line, size_t len)
{
    parsed p = parse(line, len);
    if (p.ok) {
        size_t again_len;
        char *again = printed(&p.m, &again_len);
        parsed twice = parse_good(again, again_len);
        uint8_t room[8192];
        nbt_wr w;
        nbt_wr_init(&w, room, sizeof room);
        nbt_msg_wr(&w, &p.m);
        assert_int_equal(w.err, NBT_OK);
        check_writes(&twice.m, room, w.at);
        free(twice.arena);
        free(again);
    } else if (p.err.column < 1 || p.err.column > len + 1 || !p.err.why || !p.err.expected) {
        fail_msg("%.*s\nis refused at column %zu", (int)len, line, p.err.column);
    }
    free(p.arena);
    return p.ok;
}

/* The words of a golden line, put together in another way. */
typedef struct words {
    size_t n;
    const char *p[64];
    size_t len[64];
} words;

static words words_of(const char *line)
{
    words w = { .n = 0 };
    for (const char *at = line; *at; at += *at == ' ') {
        assert_true(w.n < LENGTH_OF(w.p));
        w.p[w.n] = at;
        w.len[w.n] = strcspn(at, " ");
        at += w.len[w.n++];
    }
    return w;
}

static size_t join(const words *w, char *line)
{
    size_t len = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (i > 0)
            line[len++] = ' ';
        memcpy(line + len, w->p[i], w->len[i]);
        len += w->len[i];
    }
    return len;
}

static void every_prefix_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(golden); i++) {
        for (size_t len = 0; len < strlen(golden[i].line); len++)
            check_changed(golden[i].line, len);
    }
}

static void every_word_removed_is_judged(void **state)
{
    (void)state;
    char line[2048];
    for (size_t i = 0; i < LENGTH_OF(golden); i++) {
        words all = words_of(golden[i].line);
        for (size_t gone = 0; gone < all.n; gone++) {
            words w = { .n = 0 };
            for (size_t k = 0; k < all.n; k++) {
                if (k == gone)
                    continue;
                w.p[w.n] = all.p[k];
                w.len[w.n++] = all.len[k];
            }
            bool ok = check_changed(line, join(&w, line));
            if (gone == 0)
                assert_false(ok); /* nothing is left that says what the rest means */
        }
    }
}

static void every_word_doubled_is_refused(void **state)
{
    (void)state;
    char line[4096];
    for (size_t i = 0; i < LENGTH_OF(golden); i++) {
        words w = words_of(golden[i].line);
        for (size_t twice = 0; twice < w.n; twice++) {
            w.p[w.n] = w.p[twice];
            w.len[w.n++] = w.len[twice];
            size_t len = join(&w, line);
            parsed p = parse(line, len);
            w.n--;
            assert_false(p.ok);
            assert_int_equal(p.err.column, strlen(golden[i].line) + 2);
            free(p.arena);
        }
    }
}

static void every_word_misspelt_is_judged(void **state)
{
    (void)state;
    static const char letters[] = "zZ09=/,.:<\"\\ -";
    for (size_t i = 0; i < LENGTH_OF(golden); i++) {
        size_t len = strlen(golden[i].line);
        char *line = (char *)exact_copy(golden[i].line, len);
        for (size_t at = 0; at < len; at++) {
            char was = line[at];
            for (const char *c = letters; *c; c++) {
                line[at] = *c;
                bool ok = check_changed(line, len);
                if (at < strcspn(golden[i].line, " ") && *c != was)
                    assert_false(ok); /* no KIND is a letter away from another */
            }
            line[at] = was;
        }
        free(line);
    }
}

static void words_may_stand_in_any_order(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    char line[2048];
    for (size_t i = 0; i < LENGTH_OF(golden); i++) {
        words w = words_of(golden[i].line);
        size_t first = strncmp(w.p[0], "malformed", 9) == 0 ? 1 : 2;
        for (size_t k = w.n; k > first + 1; k--) {
            size_t other = first + nbt_rng_below(&rng, (uint32_t)(k - first));
            const char *p = w.p[k - 1];
            size_t n = w.len[k - 1];
            w.p[k - 1] = w.p[other];
            w.len[k - 1] = w.len[other];
            w.p[other] = p;
            w.len[other] = n;
        }
        size_t len = join(&w, line), again_len;
        parsed p = parse_good(line, len);
        char *again = printed(&p.m, &again_len);
        assert_string_equal(again, golden[i].line);
        free(again);
        free(p.arena);
    }
}

static void too_small_a_buffer_gets_what_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(golden); i++) {
        size_t n, len = strlen(golden[i].line);
        nbt_msg m;
        nbt_service service;
        uint8_t *bytes = golden_bytes(i, &n, &service);
        nbt_msg_rd(&m, service, bytes, n);
        assert_int_equal(nbt_text_print(&m, NULL, 0), len);
        for (size_t cap = 1; cap <= len + 1; cap++) {
            char *buf = malloc(cap);
            assert_non_null(buf);
            assert_int_equal(nbt_text_print(&m, buf, cap), len);
            assert_memory_equal(buf, golden[i].line, cap - 1);
            assert_int_equal(buf[cap - 1], '\0');
            free(buf);
        }
        free(bytes);
    }
}

static void too_small_an_arena_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(golden); i++) {
        bool ok = false;
        for (size_t cap = 0; !ok; cap++) {
            uint8_t *arena = malloc(cap > 0 ? cap : 1);
            assert_non_null(arena);
            nbt_msg m;
            nbt_text_err err;
            ok = nbt_text_parse(&m, golden[i].line, strlen(golden[i].line), arena, cap, &err);
            if (!ok)
                assert_string_equal(err.why, "the arena is too small");
            free(arena);
        }
    }
}

/* Names that are short in text and 18 octets in RDATA are what the arena's extra room is for. */
static void the_arena_holds_255_names(void **state)
{
    (void)state;
    char *line = malloc(8192);
    assert_non_null(line);
    strcpy(line, "status-response <20> id=1 names=<20>/B/group");
    for (int i = 1; i < 255; i++)
        strcat(line, ",<20>/B/group");
    parsed p = parse_good(line, strlen(line));
    assert_int_equal(nbt_status_count(&p.m.u.ns.rr[0]), 255);
    assert_int_equal(p.m.u.ns.rr[0].rdata.n, 1 + 255 * 18 + 46);
    free(p.arena);
    strcat(line, ",<20>/B/group");
    p = parse(line, strlen(line));
    assert_false(p.ok);
    assert_string_equal(p.err.why, "more names than NUM_NAMES can count");
    assert_int_equal(p.err.column, strlen(line) - strlen("<20>/B/group") + 1);
    free(p.arena);
    free(line);
}

/* A session message of n zero octets, for free(). */
static uint8_t *long_message(size_t n)
{
    uint8_t *bytes = calloc(1, NBT_SSN_HEADER_LEN + n);
    assert_non_null(bytes);
    nbt_wr w;
    nbt_wr_init(&w, bytes, NBT_SSN_HEADER_LEN);
    nbt_ssn_head_wr(&w, NBT_SSN_MESSAGE, n);
    return bytes;
}

static void long_messages_come_back(void **state)
{
    (void)state;
    static const size_t lengths[] = { 65535, 65536, NBT_SSN_LEN_MAX };
    for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
        uint8_t *bytes = long_message(lengths[i]);
        check_round_trip(SSN, bytes, NBT_SSN_HEADER_LEN + lengths[i]);
        free(bytes);
    }
}

static void a_long_line_is_bounded_by_the_buffer(void **state)
{
    (void)state;
    static const char start[] = "session-message - length=131071 data=";
    char buf[64];
    uint8_t *bytes = long_message(NBT_SSN_LEN_MAX);
    nbt_msg m;
    assert_true(nbt_msg_rd(&m, SSN, bytes, NBT_SSN_HEADER_LEN + NBT_SSN_LEN_MAX));
    assert_int_equal(nbt_text_print(&m, buf, sizeof buf),
                     strlen(start) + 2 * (size_t)NBT_SSN_LEN_MAX);
    assert_memory_equal(buf, start, strlen(start));
    assert_int_equal(strlen(buf), sizeof buf - 1);
    free(bytes);
}

/* `start` and then `n` times `letter`, for free(). */
static char *line_of(const char *start, char letter, size_t n)
{
    size_t len = strlen(start);
    char *line = malloc(len + n + 1);
    assert_non_null(line);
    memcpy(line, start, len);
    memset(line + len, letter, n);
    line[len + n] = '\0';
    return line;
}

/* What no packet can hold is refused, at its value, before anybody tries to write it. */
static void check_longest(const char *start, const char *before, char letter, size_t most,
                          size_t step)
{
    char *line = line_of(start, letter, most + step);
    size_t column = (size_t)(strstr(start, before) - start) + strlen(before) + 1;
    parsed p = parse_good(line, strlen(line) - step);
    uint8_t *room = malloc(2 * (size_t)NBT_SSN_LEN_MAX);
    assert_non_null(room);
    nbt_wr w;
    nbt_wr_init(&w, room, 2 * (size_t)NBT_SSN_LEN_MAX);
    nbt_msg_wr(&w, &p.m);
    assert_int_equal(w.err, NBT_OK);
    check_round_trip(p.m.service, room, w.at);
    free(room);
    free(p.arena);
    p = parse(line, strlen(line));
    assert_false(p.ok);
    assert_int_equal(p.err.column, column);
    free(p.arena);
    free(line);
}

static void what_is_too_long_to_be_sent_is_refused(void **state)
{
    (void)state;
    check_longest("session-message - data=", "data=", '0', 2 * (size_t)NBT_SSN_LEN_MAX, 2);
    check_longest("session-request FRED<20> from=LISA<00> data=", "data=", '0',
                  2 * (size_t)(NBT_SSN_LEN_MAX - 68), 2);
    check_longest("query-request FRED<20> id=1 arcount=1 type=99 rdata=", "rdata=", '0',
                  2 * (size_t)UINT16_MAX, 2);
    check_longest("positive-release-response FRED<20> id=1 nscount=1 owner=10.0.0.1 node=B unique "
                  "type2=99 rdata2=",
                  "rdata2=", '0', 2 * (size_t)UINT16_MAX, 2);
    check_longest("session-request FRED<20> from=LISA<00>"
                  ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                  ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                  ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.",
                  "from=", 'a', 255 - 34 - 3 * 64 - 1, 1);
}

/* A message that nobody received, and what no reader would let through. */
static void made_messages_are_printed(void **state)
{
    (void)state;
    static const char line[] =
        "status-response FRED<20> id=0x0007 names=LISA<00>/B/unique/act mac=00:00:00:00:00:00 "
        "session_data_packet_size=512 rest=010203";
    static const nbt_statistics st = { .sess_data_pkt_size = 512 };
    nbt_node_name lisa = { .flags = NBT_NB_ACT };
    memcpy(lisa.b, name_of("LISA<00>").b, NBT_NAME_LEN);
    uint8_t rdata[128];
    nbt_wr w;
    nbt_wr_init(&w, rdata, sizeof rdata);
    nbt_status_wr(&w, &lisa, 1, &st);
    nbt_wr_bytes(&w, "\1\2\3", 3, "surplus");

    nbt_msg m = { .service = NS };
    m.u.ns = (nbt_ns){ .trn_id = 7, .word = 0x8400, .ancount = 1, .nrr = 1 };
    m.u.ns.rr[0] = (nbt_rr){ .type = NBT_RR_NBSTAT, .cls = NBT_CLASS_IN };
    m.u.ns.rr[0].name = name_of("FRED<20>");
    m.u.ns.rr[0].rdata = (nbt_bytes){ rdata, w.at };
    size_t len;
    char *made = printed(&m, &len);
    assert_string_equal(made, line);
    parsed p = parse_good(made, len);
    assert_int_equal(p.m.u.ns.rr[0].rdata.n, w.at);
    assert_memory_equal(p.m.u.ns.rr[0].rdata.p, rdata, w.at);
    free(p.arena);
    free(made);
}

/* Bytes that look like names: letters, padding, and now and then anything. */
static uint8_t random_letter(nbt_rng *rng)
{
    static const char letters[] = "ABZ09a *./,<>\"\\=-";
    uint32_t k = nbt_rng_below(rng, 3 * (uint32_t)(sizeof letters - 1));
    return k < sizeof letters - 1 ? (uint8_t)letters[k] : (uint8_t)nbt_rng_u16(rng);
}

static nbt_name random_name(nbt_rng *rng)
{
    nbt_name name = { .form = NBT_NAME_NETBIOS };
    size_t shown = nbt_rng_below(rng, 17), labels = nbt_rng_below(rng, 4);
    for (size_t i = 0; i < NBT_NAME_LEN; i++)
        name.b[i] = i < shown ? random_letter(rng) : ' ';
    if (nbt_rng_below(rng, 8) == 0)
        nbt_name_wildcard(&name);
    for (size_t i = nbt_rng_below(rng, 2) ? labels : 0; i > 0; i--) {
        size_t n = 1 + nbt_rng_below(rng, 20);
        name.scope.b[name.scope.len++] = (uint8_t)n;
        for (; n > 0; n--)
            name.scope.b[name.scope.len++] = random_letter(rng);
    }
    return name;
}

static uint16_t one_of(nbt_rng *rng, const uint16_t *v, size_t n)
{
    return nbt_rng_below(rng, 4) ? v[nbt_rng_below(rng, (uint32_t)n)] : nbt_rng_u16(rng);
}

/* RDATA that its type can have. Gives how many octets it put into `room`, at most 512. */
static size_t random_rdata(nbt_rng *rng, uint16_t type, bool wack, uint8_t *room)
{
    size_t n = nbt_rng_below(rng, 20);
    for (size_t i = 0; i < 512; i++)
        room[i] = nbt_rng_below(rng, 3) ? (uint8_t)nbt_rng_u16(rng) : 0;
    if (wack)
        return 2;
    switch (type) {
    case NBT_RR_A:
        return 4;
    case NBT_RR_NB:
        return n / 5 * NBT_ADDR_LEN;
    case NBT_RR_NBSTAT:
        room[0] = (uint8_t)(n / 2);
        n = 1 + n / 2 * NBT_NODE_NAME_LEN + NBT_STATISTICS_LEN;
        return nbt_rng_below(rng, 2) ? n : 1 + nbt_rng_below(rng, (uint32_t)n);
    case NBT_RR_NS: {
        nbt_name name = random_name(rng);
        nbt_wr w;
        nbt_wr_init(&w, room, 512);
        nbt_name_wr(&w, &name, "NSD_NAME");
        return w.at;
    }
    default:
        return n;
    }
}

/* Something near a name packet of each kind: now and then with a wrong bit, count or record. */
static void random_ns(nbt_rng *rng, nbt_ns *m, uint8_t rdata[NBT_NS_RR_MAX][512])
{
    static const uint16_t types[] = { NBT_RR_NB, NBT_RR_NB,   NBT_RR_NBSTAT,
                                      NBT_RR_A,  NBT_RR_NULL, NBT_RR_NS };
    static const struct {
        uint16_t word;
        uint8_t counts[4];
    } shapes[] = {
        { 0x2910, { 1, 0, 0, 1 } }, { 0x2800, { 1, 0, 0, 1 } }, { 0x7900, { 1, 0, 0, 1 } },
        { 0x2810, { 1, 0, 0, 1 } }, { 0x3010, { 1, 0, 0, 1 } }, { 0x4000, { 1, 0, 0, 1 } },
        { 0x3000, { 1, 0, 0, 1 } }, { 0x0110, { 1, 0, 0, 0 } }, { 0xAD80, { 0, 1, 0, 0 } },
        { 0xAD86, { 0, 1, 0, 0 } }, { 0xAD00, { 0, 1, 0, 0 } }, { 0xB400, { 0, 1, 0, 0 } },
        { 0xB406, { 0, 1, 0, 0 } }, { 0x8580, { 0, 1, 0, 0 } }, { 0x8583, { 0, 0, 0, 0 } },
        { 0x8100, { 0, 0, 1, 1 } }, { 0xBC00, { 0, 1, 0, 0 } }, { 0x8400, { 0, 1, 0, 0 } },
        { 0x0000, { 1, 0, 0, 0 } }, { 0xAD87, { 0, 1, 0, 0 } },
    };
    size_t s = nbt_rng_below(rng, LENGTH_OF(shapes));
    uint16_t counts[4];
    for (size_t i = 0; i < 4; i++)
        counts[i] = nbt_rng_below(rng, 16) ? shapes[s].counts[i] : nbt_rng_u16(rng) & 1;
    memset(m, 0, sizeof *m);
    m->trn_id = nbt_rng_u16(rng);
    m->word = shapes[s].word;
    if (nbt_rng_below(rng, 3) == 0)
        m->word ^= (uint16_t)(1 << nbt_rng_below(rng, 16));
    m->qdcount = counts[0];
    m->ancount = counts[1];
    m->nscount = counts[2];
    m->arcount = counts[3];
    m->nrr = (uint8_t)(counts[1] + counts[2] + counts[3]);
    if (m->nrr == 0 && m->word == 0x8583)
        m->nrr = (uint8_t)nbt_rng_below(rng, 2);
    if (m->nrr > NBT_NS_RR_MAX)
        m->nrr = NBT_NS_RR_MAX;
    m->q.name = random_name(rng);
    m->q.type = one_of(rng, types, 3);
    m->q.cls = nbt_rng_below(rng, 8) ? NBT_CLASS_IN : nbt_rng_u16(rng);
    m->rr_pointer = nbt_rng_below(rng, 4) > 0;
    for (size_t i = 0; i < m->nrr; i++) {
        nbt_rr *rr = &m->rr[i];
        rr->name = nbt_rng_below(rng, 2) ? m->q.name : random_name(rng);
        rr->type = one_of(rng, types, LENGTH_OF(types));
        if (shapes[s].word == 0x8100 &&
            nbt_rng_below(rng, 4)) /* the redirect needs its two types */
            rr->type = i == 0 ? NBT_RR_NS : NBT_RR_A;
        rr->cls = nbt_rng_below(rng, 8) ? NBT_CLASS_IN : nbt_rng_u16(rng);
        rr->ttl = nbt_rng_below(rng, 2) ? 0 : (uint32_t)nbt_rng_u64(rng) >> nbt_rng_below(rng, 32);
        bool wack = (m->word & 0xF800) == 0xB800;
        rr->rdata = (nbt_bytes){ rdata[i], random_rdata(rng, rr->type, wack, rdata[i]) };
        if (shapes[s].word == 0xAD87 &&
            rr->rdata.n >= NBT_ADDR_LEN) /* a conflict demand has the address 0.0.0.0 */
            memset(rdata[i] + 2, 0, 4);
    }
}

static void random_dgm(nbt_rng *rng, nbt_dgm *m, uint8_t *data)
{
    memset(m, 0, sizeof *m);
    m->type = (uint8_t)(NBT_DGM_UNIQUE + nbt_rng_below(rng, 7));
    m->flags = (uint8_t)nbt_rng_below(rng, 16);
    if (nbt_rng_below(rng, 8) == 0)
        m->flags = (uint8_t)nbt_rng_u16(rng);
    m->id = nbt_rng_u16(rng);
    m->source = (nbt_ep){ (uint32_t)nbt_rng_u64(rng), nbt_rng_u16(rng) };
    m->from = random_name(rng);
    m->to = random_name(rng);
    m->code = (uint8_t)(nbt_rng_below(rng, 2) ? NBT_DGM_CODE_BAD_SOURCE : nbt_rng_u16(rng));
    m->length = nbt_rng_u16(rng);
    m->offset = nbt_rng_below(rng, 2) ? 0 : nbt_rng_u16(rng);
    m->data = (nbt_bytes){ data, nbt_rng_below(rng, 64) };
}

static void random_ssn(nbt_rng *rng, nbt_ssn *m, uint8_t *data)
{
    memset(m, 0, sizeof *m);
    m->type = (uint8_t)(NBT_SSN_REQUEST - 1 + nbt_rng_below(rng, 6));
    if (m->type == NBT_SSN_REQUEST - 1)
        m->type = NBT_SSN_MESSAGE;
    m->flags = (uint8_t)(nbt_rng_below(rng, 8) ? 0 : nbt_rng_u16(rng));
    m->called = random_name(rng);
    m->calling = random_name(rng);
    m->code = (uint8_t)(nbt_rng_below(rng, 2) ? NBT_SSN_CODE_UNSPECIFIED : nbt_rng_u16(rng));
    m->retarget = (nbt_ep){ (uint32_t)nbt_rng_u64(rng), nbt_rng_u16(rng) };
    if (m->type == NBT_SSN_MESSAGE || nbt_rng_below(rng, 4) == 0)
        m->data = (nbt_bytes){ data, nbt_rng_below(rng, 64) };
}

/* A packet of some service into `room`; its size. */
static size_t random_packet(nbt_rng *rng, nbt_service service, uint8_t *room, size_t cap)
{
    uint8_t rdata[NBT_NS_RR_MAX][512], data[64];
    nbt_msg m = { .service = service, .exact = true };
    bool visible = nbt_rng_below(rng, 2);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(visible ? 0x21 + nbt_rng_below(rng, 0x5E) : nbt_rng_u16(rng));
    switch (service) {
    case NBT_SERVICE_NAME:
        random_ns(rng, &m.u.ns, rdata);
        break;
    case NBT_SERVICE_DATAGRAM:
        random_dgm(rng, &m.u.dgm, data);
        break;
    case NBT_SERVICE_SESSION:
        random_ssn(rng, &m.u.ssn, data);
        break;
    }
    nbt_wr w;
    nbt_wr_init(&w, room, cap);
    nbt_msg_wr(&w, &m);
    assert_int_equal(w.err, NBT_OK);
    return w.at;
}

enum { ROUNDS = 10000, EACH_AT_LEAST = ROUNDS / 400 };

/* How many messages of each kind of name packet a property was tried on. */
typedef struct tally {
    unsigned ns[NBT_NS_KINDS], inexact, malformed;
} tally;

static void count(tally *t, nbt_service service, const uint8_t *bytes, size_t n)
{
    nbt_msg m;
    if (!nbt_msg_rd(&m, service, bytes, n))
        t->malformed++;
    else if (!m.exact)
        t->inexact++;
    else if (service == NS)
        t->ns[nbt_ns_kind_of(&m.u.ns)]++;
}

static void random_messages_come_back(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    tally t = { .inexact = 0 };
    uint8_t room[2048];
    for (int i = 0; i < ROUNDS; i++) {
        nbt_service service = (nbt_service)(i % 3 > 1 ? 1 + i % 2 : 0); /* most for most kinds */
        size_t n = random_packet(&rng, service, room, sizeof room);
        count(&t, service, room, n);
        check_round_trip(service, room, n);
    }
    for (nbt_ns_kind kind = 0; kind < NBT_NS_KINDS; kind++) {
        if (t.ns[kind] < EACH_AT_LEAST)
            fail_msg("only %u packets of kind %s", t.ns[kind], nbt_ns_kind_word(kind));
    }
}

/* A packet of the given round: a good one, one with odd pointers, or bytes of nobody's making. */
static size_t random_start(nbt_rng *rng, int round, nbt_service *service, uint8_t *room, size_t cap)
{
    *service = (nbt_service)(round % 3);
    if (round % 16 == 1) {
        size_t n = nbt_rng_below(rng, 64);
        for (size_t i = 0; i < n; i++)
            room[i] = (uint8_t)nbt_rng_u16(rng);
        return n;
    }
    if (round % 4 > 0)
        return random_packet(rng, *service, room, cap);
    const sample *s = &inexact_samples[nbt_rng_below(rng, (uint32_t)inexact_samples_n)];
    *service = s->service;
    return hex_bytes(s->hex, room, cap);
}

/* Packets with a few bytes changed, cut, or with some added. */
static void random_bytes_come_back(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    tally t = { .inexact = 0 };
    uint8_t room[2048] = { 0 };
    for (int i = 0; i < ROUNDS; i++) {
        nbt_service service;
        size_t n = random_start(&rng, i, &service, room, sizeof room - 8);
        for (uint32_t k = n > 0 ? nbt_rng_below(&rng, 4) : 0; k > 0; k--)
            room[nbt_rng_below(&rng, (uint32_t)n)] = (uint8_t)nbt_rng_u16(&rng);
        if (nbt_rng_below(&rng, 4) == 0)
            n = nbt_rng_below(&rng, (uint32_t)n + 8);
        count(&t, service, room, n);
        check_round_trip(service, room, n);
    }
    assert_true(t.malformed >= EACH_AT_LEAST);
    assert_true(t.inexact >= EACH_AT_LEAST);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", golden_lines_are_printed),
    NBT_TEST("", golden_lines_are_parsed),
    NBT_TEST("", every_kind_has_a_golden_line),
    NBT_TEST("", samples_come_back),
    NBT_TEST("", other_spellings_are_parsed),
    NBT_TEST("", wrong_lines_are_refused),
    NBT_TEST("", words_beside_raw_cannot_lie),
    NBT_TEST("", every_prefix_is_judged),
    NBT_TEST("", every_word_removed_is_judged),
    NBT_TEST("", every_word_doubled_is_refused),
    NBT_TEST("", every_word_misspelt_is_judged),
    NBT_TEST("", words_may_stand_in_any_order),
    NBT_TEST("", too_small_a_buffer_gets_what_fits),
    NBT_TEST("", too_small_an_arena_is_told),
    NBT_TEST("", the_arena_holds_255_names),
    NBT_TEST("", long_messages_come_back),
    NBT_TEST("", a_long_line_is_bounded_by_the_buffer),
    NBT_TEST("", what_is_too_long_to_be_sent_is_refused),
    NBT_TEST("", made_messages_are_printed),
    NBT_TEST("A11", random_messages_come_back),
    NBT_TEST("", random_bytes_come_back),
};

NBT_MAIN("text", tests)
