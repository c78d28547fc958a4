/*
 * What is wrong with messages: for each check a message that offends and one that does not, both in
 * their text form. And what nobody may find fault with: the RFC's drawings, and Windows' ways.
 */
#include "tests/support/build.h"
#include "tests/support/test.h"

#include "capture/lint.h"
#include "nbt/text.h"

#include <jansson.h>
#include <stdio.h>

enum {
    TCP = 1,
    ALONE = 2,     /* a response to nothing; else each answers packet 1 */
    ASKED_ALL = 4, /* which was broadcast */
    ASKED_RD = 8,  /* and had RD */
    CUT = 16,
    GROUP_MAC = 32,        /* the frame was broadcast, */
    HOST_MAC = 64,         /* or was not */
    MOVED = 128,           /* --port was given */
    ASKED_FROM_1025 = 256, /* else from where the response goes */
};

/* A message on its way, by default from 10.0.0.1 to 10.0.0.2, at the port of its service. */
typedef struct sent {
    const char *line; /* its text form; or "ns:", "dgm:" or "ssn:" and hex */
    const char *from, *to;
    unsigned flags;
} sent;

typedef struct whole {
    uint8_t arena[4096];
    uint8_t *bytes;
    nbt_msg msg;
    cap_item item;
    cap_link link;
} whole;

static nbt_ep ep_of(const char *text, nbt_ep usual)
{
    char ip[32];
    unsigned port = usual.port;
    if (!text)
        return usual;
    if (sscanf(text, "%31[^:]:%u", ip, &port) < 1)
        fail_msg("%s is no address", text);
    return (nbt_ep){ ip_of(ip), (uint16_t)port };
}

/* The bytes of a line or of hex, in a block of exactly that size. */
static nbt_service bytes_of(whole *w, const char *line, size_t *n)
{
    static const char *const prefixes[] = { "ns:", "dgm:", "ssn:" };
    uint8_t room[2048];
    nbt_text_err err;
    nbt_wr wr;
    for (unsigned i = 0; i < LENGTH_OF(prefixes); i++) {
        if (strncmp(line, prefixes[i], strlen(prefixes[i])) == 0) {
            *n = hex_bytes(line + strlen(prefixes[i]), room, sizeof room);
            w->bytes = exact_copy(room, *n);
            return (nbt_service)i;
        }
    }
    if (!nbt_text_parse(&w->msg, line, strlen(line), w->arena, sizeof w->arena, &err))
        fail_msg("%s: column %zu: %s, %s", line, err.column, err.why, err.expected);
    nbt_wr_init(&wr, room, sizeof room);
    nbt_msg_wr(&wr, &w->msg);
    assert_int_equal(wr.err, NBT_OK);
    *n = wr.at;
    w->bytes = exact_copy(room, *n);
    return w->msg.service;
}

static void make(whole *w, const sent *s)
{
    static const uint16_t ports[] = { NBT_PORT_NS, NBT_PORT_DGM, NBT_PORT_SSN };
    size_t n;
    memset(w, 0, sizeof *w);
    nbt_service service = bytes_of(w, s->line, &n);
    nbt_msg_rd(&w->msg, service, w->bytes, n);
    uint16_t port = ports[service];
    w->item = (cap_item){
        .number = 12,
        .has_ip = true,
        .msg = &w->msg,
        .tcp = service == NBT_SERVICE_SESSION || (s->flags & TCP),
        .cut = (s->flags & CUT) != 0,
        .has_mac = (s->flags & (GROUP_MAC | HOST_MAC)) != 0,
        .mac_to = { s->flags & GROUP_MAC ? 0xFF : 0x02, 1, 1, 1, 1, 1 },
        .from = ep_of(s->from, (nbt_ep){ 0x0A000001, port }),
        .to = ep_of(s->to, (nbt_ep){ 0x0A000002, port }),
    };
    w->link = (cap_link){
        .answers = s->flags & ALONE ? 0 : 1,
        .asked_all = (s->flags & ASKED_ALL) != 0,
        .asked_to_do = (s->flags & ASKED_RD) != 0,
        .asked_from = s->flags & ASKED_FROM_1025 ? 1025 : w->item.to.port,
    };
}

static const cap_fault *find(const cap_lint *l, const char *word)
{
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(cap_check_word(l->found[i].check), word) == 0)
            return &l->found[i];
    }
    return NULL;
}

static void judge(cap_lint *l, cap_as as, const sent *s)
{
    whole w;
    make(&w, s);
    cap_lint_init(l, as, (s->flags & MOVED) != 0);
    cap_lint_put(l, &w.item, &w.link);
    free(w.bytes);
}

#define OWNER " owner=10.0.0.1 node=B unique"
#define ID " id=0x0001"
#define LOCAL "10.0.0.255"

/* NAME_FRED with a header before it. */
#define FRED "20 45474643 45464545 43414341 43414341 43414341 43414341 43414341 43414341 00 "
#define IN_NB "0020 0001 "
#define BAD_LABEL                                                                                  \
    "ns:0001 0100 0001 0000 0000 0000 1F 454746 43464545 43414341 43414341 43414341 43414341 "     \
    "43414341 43414341 00 " IN_NB

static const struct {
    const char *word;
    sent bad, good;
} rows[] = {
    /* what cannot be read */
    { "cut-off",
      { .line = "ns:0001 0100 0001 0000 0000 00" },
      { .line = "query-request FRED<20>" ID } },
    { "trailing-octets",
      { .line = "ns:0001 0100 0001 0000 0000 0000 " FRED IN_NB "FF" },
      { .line = "ns:0001 0100 0001 0000 0000 0000 " FRED IN_NB } },
    { "bad-label", { .line = BAD_LABEL }, { .line = "query-request FRED<20>" ID } },
    { "bad-letter",
      { .line = "ns:0001 0100 0001 0000 0000 0000 20 65474643 45464545 43414341 43414341 43414341 "
                "43414341 43414341 43414341 00 " IN_NB },
      { .line = "query-request FRED<20>" ID } },
    { "bad-pointer",
      { .line = "ns:0001 0100 0001 0000 0000 0000 C00C " IN_NB },
      { .line = "query-request FRED<20>" ID } },
    { "pointer-outside-name-service",
      { .line = "ssn:81 00 0004 C000 C000" },
      { .line = "ns:0001 0100 0001 0000 0000 0000 C00C " IN_NB } },
    { "bad-count",
      { .line = "ns:0001 0100 0002 0000 0000 0000 " FRED IN_NB FRED IN_NB },
      { .line = "query-request FRED<20>" ID } },
    { "bad-length",
      { .line = "ssn:83 00 0000" },
      { .line = "negative-session-response - error=called-not-present",
        .from = "10.0.0.1:139",
        .to = "10.0.0.2:1025" } },
    { "unknown-type", { .line = "ssn:89 00 0000" }, { .line = "session-keep-alive -" } },

    /* the kind of a name packet */
    { "unknown-opcode",
      { .line = "other-name-packet FRED<20>" ID " r=0 opcode=3 qdcount=1" },
      { .line = "query-request FRED<20>" ID } },
    { "no-question",
      { .line = "other-name-packet -" ID " r=0 opcode=0" },
      { .line = "query-request FRED<20>" ID } },
    { "question-type",
      { .line = "other-name-packet FRED<20>" ID " r=0 opcode=0 qdcount=1 qtype=NS" },
      { .line = "query-request FRED<20>" ID } },
    { "no-record",
      { .line = "other-name-packet FRED<20>" ID " r=0 opcode=6 qdcount=1" },
      { .line = "release-request FRED<20>" ID OWNER } },
    { "no-kind",
      { .line = "ns:0001 2900 0001 0000 0000 0001 " FRED IN_NB "C00C 0020 0001 00000000 0000" },
      { .line = "registration-request FRED<20>" ID OWNER } },
    { "opcode-multihomed",
      { .line = "multihomed-registration FRED<20>" ID OWNER },
      { .line = "registration-request FRED<20>" ID OWNER } },
    { "opcode-refresh9",
      { .line = "refresh-request FRED<20>" ID " opcode=9" OWNER },
      { .line = "refresh-request FRED<20>" ID OWNER } },
    { "opcode-in-response",
      { .line = "positive-registration-response FRED<20>" ID " opcode=8" OWNER },
      { .line = "positive-registration-response FRED<20>" ID OWNER } },
    { "redirect",
      { .line = "redirect-query-response FRED<20>" ID " server=NBNS<00> address=10.0.0.9" },
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique" } },
    { "end-node-challenge",
      { .line = "end-node-challenge FRED<20>" ID OWNER },
      { .line = "positive-registration-response FRED<20>" ID OWNER } },
    { "name-over-tcp",
      { .line = "query-request FRED<20>" ID, .flags = TCP },
      { .line = "query-request FRED<20>" ID } },
    { "answers-nothing",
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique", .flags = ALONE },
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique" } },
    { "answers-nothing",
      { .line = "positive-session-response -",
        .from = "10.0.0.1:139",
        .to = "10.0.0.2:1025",
        .flags = ALONE },
      { .line = "positive-session-response -", .from = "10.0.0.1:139", .to = "10.0.0.2:1025" } },
    { "answers-nothing",
      { .line = "datagram-error -" ID " source=10.0.0.1:138 node=B error=bad-source-name",
        .flags = ALONE },
      { .line = "datagram-error -" ID " source=10.0.0.1:138 node=B error=bad-source-name" } },

    /* its header */
    { "counts",
      { .line = "positive-query-response FRED<20>" ID " qdcount=1 owners=10.0.0.1/B/unique" },
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique" } },
    { "counted-record",
      { .line = "negative-query-response FRED<20>" ID " rcode=NAM_ERR ancount=1" },
      { .line = "negative-query-response FRED<20>" ID " rcode=NAM_ERR records=1" } },
    { "aa-in-request",
      { .line = "query-request FRED<20>" ID " aa=1" },
      { .line = "query-request FRED<20>" ID } },
    { "no-aa-in-response",
      { .line = "positive-query-response FRED<20>" ID " aa=0 owners=10.0.0.1/B/unique" },
      { .line = "redirect-query-response FRED<20>" ID " server=NBNS<00> address=10.0.0.9" } },
    { "aa-in-redirect",
      { .line = "redirect-query-response FRED<20>" ID " aa=1 server=NBNS<00> address=10.0.0.9" },
      { .line = "redirect-query-response FRED<20>" ID " server=NBNS<00> address=10.0.0.9" } },
    { "tc-in-request",
      { .line = "query-request FRED<20>" ID " tc=1" },
      { .line = "query-request FRED<20>" ID } },
    { "tc-in-response",
      { .line = "positive-release-response FRED<20>" ID " tc=1" OWNER },
      { .line = "positive-query-response FRED<20>" ID " tc=1 owners=10.0.0.1/B/unique" } },
    { "tc-without-need",
      { .line = "positive-query-response FRED<20>" ID " tc=1 owners=10.0.0.1/B/unique" },
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique" } },
    { "tc-over-tcp",
      { .line = "positive-query-response FRED<20>" ID " tc=1 owners=10.0.0.1/B/unique",
        .flags = TCP },
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique", .flags = TCP } },
    { "rd-in-release",
      { .line = "release-request FRED<20>" ID " rd=1" OWNER },
      { .line = "release-request FRED<20>" ID OWNER } },
    { "rd-in-refresh",
      { .line = "refresh-request FRED<20>" ID " rd=1" OWNER },
      { .line = "refresh-request FRED<20>" ID OWNER } },
    { "rd-in-status-request",
      { .line = "status-request FRED<20>" ID " rd=1" },
      { .line = "status-request FRED<20>" ID } },
    { "rd-in-response",
      { .line = "positive-release-response FRED<20>" ID " rd=1" OWNER },
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique" } },
    { "no-rd-in-query",
      { .line = "query-request FRED<20>" ID " rd=0" },
      { .line = "query-request FRED<20>" ID } },
    { "no-rd-in-response",
      { .line = "positive-query-response FRED<20>" ID " rd=0 owners=10.0.0.1/B/unique",
        .flags = ASKED_RD },
      { .line = "positive-query-response FRED<20>" ID " rd=0 owners=10.0.0.1/B/unique" } },
    { "no-rd-in-multihomed",
      { .line = "multihomed-registration FRED<20>" ID " rd=0" OWNER },
      { .line = "multihomed-registration FRED<20>" ID OWNER } },
    { "ra-in-request",
      { .line = "query-request FRED<20>" ID " ra=1" },
      { .line = "query-request FRED<20>" ID } },
    { "ra-in-response",
      { .line = "positive-release-response FRED<20>" ID " ra=1" OWNER },
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique" } },
    { "no-ra-in-refusal",
      { .line = "negative-registration-response FRED<20>" ID " ra=0 rcode=ACT_ERR" OWNER },
      { .line = "positive-query-response FRED<20>" ID " ra=0 owners=10.0.0.1/B/unique" } },
    { "reserved-flags",
      { .line = "query-request FRED<20>" ID " reserved=0x0040" },
      { .line = "query-request FRED<20>" ID } },
    { "b-in-response",
      { .line = "positive-query-response FRED<20>" ID " b=1 owners=10.0.0.1/B/unique" },
      { .line = "query-request FRED<20>" ID " b=1", .to = LOCAL } },
    { "b-but-unicast",
      { .line = "query-request FRED<20>" ID " b=1" },
      { .line = "query-request FRED<20>" ID " b=1", .to = LOCAL } },
    { "b-but-unicast", /* the link layer knows */
      { .line = "query-request FRED<20>" ID " b=1", .to = "10.0.0.63", .flags = HOST_MAC },
      { .line = "query-request FRED<20>" ID " b=1", .to = "10.0.0.63", .flags = GROUP_MAC } },
    { "b-but-unicast", /* it might be the broadcast address of a small subnet */
      { .line = "query-request FRED<20>" ID " b=1", .to = "10.0.0.62" },
      { .line = "query-request FRED<20>" ID " b=1", .to = "10.0.0.63" } },
    { "no-b-but-broadcast",
      { .line = "query-request FRED<20>" ID, .to = "255.255.255.255" },
      { .line = "query-request FRED<20>" ID " b=1", .to = "255.255.255.255" } },
    { "no-b-but-broadcast",
      { .line = "query-request FRED<20>" ID, .to = "10.0.0.63", .flags = GROUP_MAC },
      { .line = "query-request FRED<20>" ID, .to = "10.0.0.63" } },
    { "no-b-but-broadcast",
      { .line = "query-request FRED<20>" ID, .to = LOCAL },
      { .line = "query-request FRED<20>" ID, .to = LOCAL, .flags = HOST_MAC } },
    { "response-broadcast",
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique", .to = LOCAL },
      { .line = "query-request FRED<20>" ID " b=1", .to = LOCAL } },
    { "negative-to-broadcast",
      { .line = "negative-query-response FRED<20>" ID " rcode=NAM_ERR", .flags = ASKED_ALL },
      { .line = "negative-query-response FRED<20>" ID " rcode=NAM_ERR" } },
    { "server-answers-broadcast",
      { .line = "positive-registration-response FRED<20>" ID OWNER, .flags = ASKED_ALL },
      { .line = "negative-registration-response FRED<20>" ID " rcode=ACT_ERR" OWNER,
        .flags = ASKED_ALL } },
    { "rcode-in-request",
      { .line = "query-request FRED<20>" ID " rcode=NAM_ERR" },
      { .line = "query-request FRED<20>" ID } },
    { "rcode",
      { .line = "negative-release-response FRED<20>" ID " rcode=NAM_ERR" OWNER },
      { .line = "negative-release-response FRED<20>" ID " rcode=ACT_ERR" OWNER } },
    { "rcode",
      { .line = "negative-query-response FRED<20>" ID " rcode=ACT_ERR" },
      { .line = "negative-query-response FRED<20>" ID " rcode=RFS_ERR" } },

    /* its question and records */
    { "question-class",
      { .line = "query-request FRED<20>" ID " qclass=255" },
      { .line = "query-request FRED<20>" ID } },
    { "question-type-not-nb",
      { .line = "release-request FRED<20>" ID " qtype=NBSTAT" OWNER },
      { .line = "release-request FRED<20>" ID OWNER } },
    { "record-class",
      { .line = "release-request FRED<20>" ID " class=255" OWNER },
      { .line = "release-request FRED<20>" ID OWNER } },
    { "record-type",
      { .line = "positive-registration-response FRED<20>" ID " type=NULL rdata=-" },
      { .line = "positive-registration-response FRED<20>" ID OWNER } },
    { "record-name",
      { .line = "release-request FRED<20>" ID " rr_name=LISA<00>" OWNER },
      { .line = "release-request FRED<20>" ID OWNER } },
    { "no-pointer",
      { .line = "release-request FRED<20>" ID " pointer=0" OWNER },
      { .line = "release-request FRED<20>" ID OWNER } },
    { "pointer-in-response",
      { .line = "positive-release-response FRED<20>" ID " qdcount=1 pointer=1" OWNER },
      { .line = "positive-release-response FRED<20>" ID OWNER } },
    { "not-one-address",
      { .line = "release-request FRED<20>" ID " owners=10.0.0.1/B/unique,10.0.0.2/B/unique" },
      { .line = "release-request FRED<20>" ID OWNER } },
    { "no-address",
      { .line = "positive-query-response FRED<20>" ID " owners=-" },
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique" } },
    { "null-record",
      { .line =
            "negative-query-response FRED<20>" ID " rcode=NAM_ERR ancount=1 type=NULL rdata=00" },
      { .line = "negative-query-response FRED<20>" ID " rcode=NAM_ERR records=1" } },
    { "no-null-record",
      { .line = "ns:0001 8583 0000 0000 0000 0000" },
      { .line = "negative-query-response FRED<20>" ID " rcode=NAM_ERR records=1" } },
    { "ttl-in-broadcast-claim",
      { .line = "registration-request FRED<20>" ID " b=1 ttl=300000" OWNER, .to = LOCAL },
      { .line = "registration-request FRED<20>" ID " ttl=300000" OWNER } },
    { "no-ttl-in-broadcast-claim",
      { .line = "overwrite-demand FRED<20>" ID OWNER, .to = LOCAL },
      { .line = "overwrite-demand FRED<20>" ID " ttl=300000" OWNER, .to = LOCAL } },
    { "ttl-in-release",
      { .line = "release-request FRED<20>" ID " ttl=1" OWNER },
      { .line = "release-request FRED<20>" ID OWNER } },
    { "ttl-in-conflict-demand",
      { .line = "conflict-demand FRED<20>" ID " ttl=1 owner=0.0.0.0 node=B unique" },
      { .line = "conflict-demand FRED<20>" ID " owner=0.0.0.0 node=B unique" } },
    { "ttl-in-refusal",
      { .line = "negative-registration-response FRED<20>" ID " rcode=ACT_ERR ttl=1" OWNER },
      { .line = "negative-registration-response FRED<20>" ID " rcode=ACT_ERR" OWNER } },
    { "ttl-in-negative-query",
      { .line = "negative-query-response FRED<20>" ID " rcode=NAM_ERR records=1 ttl=1" },
      { .line = "negative-query-response FRED<20>" ID " rcode=NAM_ERR records=1" } },
    { "no-ttl-in-query-answer",
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique" },
      { .line = "positive-query-response FRED<20>" ID " ttl=300000 owners=10.0.0.1/B/unique" } },
    { "ttl-in-status",
      { .line = "status-response FRED<20>" ID " ttl=1 names=-" },
      { .line = "status-response FRED<20>" ID " names=-" } },
    { "wack-type",
      { .line = "wack FRED<20>" ID " type=99 wait=9s about=registration-request/0x2900" },
      { .line = "wack FRED<20>" ID " type=NULL wait=9s about=registration-request/0x2900" } },
    { "wack-ttl",
      { .line = "wack FRED<20>" ID " wait=3601s about=registration-request/0x2900" },
      { .line = "wack FRED<20>" ID " wait=3600s about=registration-request/0x2900" } },
    { "wack-about",
      { .line = "ns:0001 BC00 0000 0001 0000 0000 " FRED "0020 0001 00000009 0002 2906" },
      { .line = "ns:0001 BC00 0000 0001 0000 0000 " FRED "0020 0001 00000009 0002 2900" } },
    { "nb-reserved",
      { .line = "release-request FRED<20>" ID OWNER " nb_reserved=0x0400" },
      { .line = "release-request FRED<20>" ID OWNER } },
    { "ont-reserved",
      { .line = "release-request FRED<20>" ID " owner=10.0.0.1 node=H unique" },
      { .line = "release-request FRED<20>" ID " owner=10.0.0.1 node=M unique" } },
    { "group-and-unique",
      { .line =
            "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique,10.0.0.3/B/group" },
      { .line =
            "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique,10.0.0.3/B/unique" } },
    { "suffix-type",
      { .line = "registration-request LAB<1D>" ID " owner=10.0.0.1 node=B group" },
      { .line = "registration-request LAB<1D>" ID OWNER } },
    { "conflict-of-group",
      { .line = "conflict-demand FRED<20>" ID " owner=0.0.0.0 node=B group" },
      { .line = "conflict-demand FRED<20>" ID " owner=0.0.0.0 node=B unique" } },

    /* addresses and ports */
    { "address-not-senders",
      { .line = "registration-request FRED<20>" ID OWNER, .from = "10.0.0.3" },
      { .line = "multihomed-registration FRED<20>" ID OWNER, .from = "10.0.0.3" } },
    { "answer-not-senders",
      { .line = "positive-query-response FRED<20>" ID " ra=0 owners=10.0.0.3/B/unique" },
      { .line = "positive-query-response FRED<20>" ID
                " ra=0 owners=10.0.0.3/B/unique,10.0.0.1/B/unique" } },
    { "answer-not-senders",
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.3/B/unique",
        .flags = ASKED_ALL },
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.3/B/unique" } },
    { "refusal-names-asker",
      { .line = "negative-registration-response FRED<20>" ID
                " rcode=ACT_ERR owner=10.0.0.2 node=B unique" },
      { .line = "negative-registration-response FRED<20>" ID " rcode=ACT_ERR" OWNER } },
    { "impossible-address",
      { .line = "positive-query-response FRED<20>" ID " owners=255.255.255.255/B/unique" },
      { .line = "positive-query-response LAB<00>" ID " owners=255.255.255.255/B/group" } },
    { "impossible-address",
      { .line = "registration-request FRED<20>" ID " owner=127.0.0.1 node=B unique" },
      { .line = "registration-request FRED<20>" ID " owner=127.0.0.1 node=B unique",
        .from = "127.0.0.1" } },
    { "request-to-odd-port",
      { .line = "query-request FRED<20>" ID, .to = "10.0.0.2:1137" },
      { .line = "query-request FRED<20>" ID, .to = "10.0.0.2:1137", .flags = MOVED } },
    { "request-to-odd-port", /* a demand is none that was asked for */
      { .line = "conflict-demand FRED<20>" ID " owner=0.0.0.0 node=B unique",
        .to = "10.0.0.2:1025" },
      { .line = "conflict-demand FRED<20>" ID " owner=0.0.0.0 node=B unique" } },
    { "request-from-odd-port",
      { .line = "query-request FRED<20>" ID, .from = "10.0.0.1:1025" },
      { .line = "query-request FRED<20>" ID } },
    { "response-from-odd-port",
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique",
        .from = "10.0.0.1:1025" },
      { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique",
        .to = "10.0.0.2:1025" } },
    { "response-to-port-137",
      { .line = "status-response *<00>" ID " names=-", .flags = ASKED_FROM_1025 },
      { .line = "status-response *<00>" ID " names=-",
        .to = "10.0.0.2:1025",
        .flags = ASKED_FROM_1025 } },

    /* names */
    { "nul-padded",
      { .line =
            "query-request FRED\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00<20>" ID },
      { .line = "status-request *<00>" ID } },
    { "lower-case",
      { .line = "query-request fred<43>" ID },
      { .line = "query-request INet~Services<1C>" ID } },
    { "lower-case",
      { .line = "session-request fred<20> from=LISA<00>", .from = "10.0.0.1:1025" },
      { .line = "session-request Fred<20> from=LISA<00>", .from = "10.0.0.1:1025" } },
    { "wildcard-blanks",
      { .line = "status-request *\\x20<20>" ID },
      { .line = "status-request *<00>" ID } },

    /* node status */
    { "num-names",
      { .line = "status-response FRED<20>" ID " names=FRED<20>/B/unique/act num_names=9" },
      { .line =
            "status-response FRED<20>" ID " names=FRED<20>/B/unique/act mac=02:00:00:00:00:01" } },
    { "statistics-length",
      { .line = "status-response FRED<20>" ID
                " names=FRED<20>/B/unique/act mac=02:00:00:00:00:01 statistics=12" },
      { .line =
            "status-response FRED<20>" ID " names=FRED<20>/B/unique/act mac=02:00:00:00:00:01" } },
    { "status-trailer",
      { .line = "ns:0001 8400 0000 0001 0000 0000 " FRED "0021 0001 00000000 0001 00 0000" },
      { .line = "ns:0001 8400 0000 0001 0000 0000 " FRED "0021 0001 00000000 0001 00" } },
    { "status-leak",
      { .line = "ns:0001 8400 0000 0001 0000 0000 " FRED "0021 0001 00000000 0001 00 0001" },
      { .line = "ns:0001 8400 0000 0001 0000 0000 " FRED "0021 0001 00000000 0001 00 0000" } },
    { "name-not-active",
      { .line = "status-response FRED<20>" ID " names=FRED<20>/B/unique" },
      { .line = "status-response FRED<20>" ID " names=FRED<20>/B/unique/act" } },
    { "permanent-names",
      { .line =
            "status-response FRED<20>" ID " names=A<20>/B/unique/act/prm,B<20>/B/unique/act/prm" },
      { .line =
            "status-response FRED<20>" ID " names=A<20>/B/unique/act/prm,B<20>/B/unique/act" } },
    { "name-reserved",
      { .line = "status-response FRED<20>" ID " names=FRED<20>/B/unique/act/0x1" },
      { .line = "status-response FRED<20>" ID " names=FRED<20>/B/unique/act" } },

#define FROM " from=LISA<00> source=10.0.0.1:138"
    /* datagrams */
    { "dgm-reserved-flags",
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first reserved=0x10" },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first" } },
    { "dgm-node-type",
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=H first" },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=H first", .from = "10.0.0.9:138" } },
    { "source-not-sender",
      { .line = "direct-unique-datagram FRED<20>" ID FROM " node=B first", .from = "10.0.0.9:138" },
      { .line = "direct-unique-datagram FRED<20>" ID FROM " node=B first" } },
    { "source-not-sender", /* nobody relays by broadcast */
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first",
        .from = "10.0.0.9:138",
        .to = LOCAL },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first", .from = "10.0.0.9:138" } },
    { "source-not-sender", /* a query has its asker's address; whose an answer has, nobody says */
      { .line = "datagram-query-request LAB<1D>" ID " source=10.0.0.9:138 node=B" },
      { .line = "datagram-positive-query-response LAB<1D>" ID " source=10.0.0.9:138 node=B" } },
    { "relayed",
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first", .from = "10.0.0.9:138" },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first" } },
    { "source-port",
      { .line =
            "direct-group-datagram LAB<1D>" ID " from=LISA<00> source=10.0.0.1:1138 node=B first" },
      { .line =
            "direct-group-datagram LAB<1D>" ID " from=LISA<00> source=10.0.0.1:1138 node=B first",
        .flags = MOVED } },
    { "dgm-odd-port",
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first", .from = "10.0.0.1:1138" },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first" } },
    { "dgm-length",
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first length=69" },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first length=68" } },
    { "dgm-length", /* what follows would be nothing */
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first more length=68" },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first more length=69" } },
    { "dgm-length",
      { .line = "direct-group-datagram -" ID
                " source=10.0.0.1:138 node=B length=73 offset=70 data=0001" },
      { .line = "direct-group-datagram -" ID
                " source=10.0.0.1:138 node=B length=72 offset=70 data=0001" } },
    { "packet-offset",
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first length=68 offset=1" },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first length=68" } },
    { "packet-offset",
      { .line = "direct-group-datagram -" ID " source=10.0.0.1:138 node=B length=2 data=0001" },
      { .line = "direct-group-datagram -" ID
                " source=10.0.0.1:138 node=B length=72 offset=70 data=0001" } },
    { "dgm-over-512",
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first more length=581" },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first more length=580" } },
    { "dgm-type",
      { .line = "direct-group-datagram *<00>" ID FROM " node=B first" },
      { .line = "broadcast-datagram *<00>" ID FROM " node=B first" } },
    { "dgm-type",
      { .line = "broadcast-datagram LAB<1D>" ID FROM " node=B first" },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first" } },
    { "unique-dgm-broadcast",
      { .line = "direct-unique-datagram FRED<20>" ID FROM " node=B first", .to = LOCAL },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first", .to = LOCAL } },
    { "dgm-control",
      { .line = "datagram-query-request LAB<1D>" ID " source=10.0.0.1:138 node=B" },
      { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first" } },
    { "dgm-error-flags",
      { .line = "datagram-error -" ID " source=10.0.0.1:138 node=B first error=bad-source-name" },
      { .line = "datagram-error -" ID " source=10.0.0.1:138 node=B error=bad-source-name" } },
    { "dgm-error-code",
      { .line = "datagram-error -" ID " source=10.0.0.1:138 node=B error=0x85" },
      { .line = "datagram-error -" ID " source=10.0.0.1:138 node=B error=bad-source-name" } },
    { "dgm-control-broadcast",
      { .line = "datagram-error -" ID " source=10.0.0.1:138 node=B error=bad-source-name",
        .to = LOCAL },
      { .line = "datagram-error -" ID " source=10.0.0.1:138 node=B error=bad-source-name" } },

    /* sessions */
    { "ssn-reserved-flags",
      { .line = "session-keep-alive - reserved=0x02" },
      { .line = "session-keep-alive -" } },
    { "ssn-trailer",
      { .line = "session-keep-alive - data=00" },
      { .line = "session-message - data=00" } },
    { "ssn-request-trailer",
      { .line = "session-request FRED<20> from=LISA<00> data=00", .from = "10.0.0.1:1025" },
      { .line = "session-request FRED<20> from=LISA<00>", .from = "10.0.0.1:1025" } },
    { "ssn-error-code",
      { .line = "negative-session-response - error=0x84", .to = "10.0.0.2:1025" },
      { .line = "negative-session-response - error=unspecified", .to = "10.0.0.2:1025" } },
    { "retarget",
      { .line = "retarget-session-response - retarget=10.0.0.3:139", .to = "10.0.0.2:1025" },
      { .line = "positive-session-response -", .to = "10.0.0.2:1025" } },
    { "retarget-nowhere",
      { .line = "retarget-session-response - retarget=10.0.0.3:0", .to = "10.0.0.2:1025" },
      { .line = "retarget-session-response - retarget=10.0.0.3:139", .to = "10.0.0.2:1025" } },
    { "ssn-backwards",
      { .line = "positive-session-response -", .from = "10.0.0.1:1025" },
      { .line = "positive-session-response -", .to = "10.0.0.2:1025" } },
    { "ssn-backwards",
      { .line = "session-request FRED<20> from=LISA<00>", .to = "10.0.0.2:1025" },
      { .line = "session-request FRED<20> from=LISA<00>", .from = "10.0.0.1:1025" } },
};

/* Those that take more than a line to build: they have a test of their own. */
static const char *const elsewhere[] = {
    "pointer-chain", "long-name",      "over-576",       "compressed",
    "dgm-over-576",  "scope-over-255", "scope-over-237", "over-25-addresses",
};

static void each_check_finds_its_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        cap_lint l;
        print_message("%s: %s\n", rows[i].word, rows[i].bad.line);
        judge(&l, CAP_AS_LENIENT, &rows[i].bad);
        const cap_fault *f = find(&l, rows[i].word);
        assert_non_null(f);
        assert_true(f->values[0]);
        const char *against = cap_check_against(f->check);
        judge(&l, CAP_AS_RFC, &rows[i].bad);
        assert_int_equal(find(&l, rows[i].word) != NULL, strstr(against, "rfc") != NULL);
        judge(&l, CAP_AS_WINDOWS, &rows[i].bad);
        assert_int_equal(find(&l, rows[i].word) != NULL, strstr(against, "windows") != NULL);
        judge(&l, CAP_AS_LENIENT, &rows[i].good);
        if (find(&l, rows[i].word))
            fail_msg("%s has %s", rows[i].good.line, find(&l, rows[i].word)->values);
    }
}

static void every_check_has_a_test(void **state)
{
    (void)state;
    for (int c = 0; c < CAP_CHECKS; c++) {
        const char *word = cap_check_word((cap_check)c);
        bool is_tested = false;
        for (size_t i = 0; i < LENGTH_OF(rows); i++)
            is_tested = is_tested || strcmp(rows[i].word, word) == 0;
        for (size_t i = 0; i < LENGTH_OF(elsewhere); i++)
            is_tested = is_tested || strcmp(elsewhere[i], word) == 0;
        if (!is_tested)
            fail_msg("%s is tested by nothing", word);
        for (int d = 0; d < c; d++)
            assert_string_not_equal(cap_check_word((cap_check)d), word);
    }
}

/* ---- What takes more than a line ----------------------------------------------------------- */

/* What was written is judged by a receiver. */
static void judge_written(cap_lint *l, cap_as as, nbt_service service, const nbt_wr *w)
{
    nbt_msg m;
    uint8_t *p = exact_copy(w->base, w->at);
    const cap_item item = {
        .msg = &m,
        .from = { 0x0A000001, NBT_PORT_NS },
        .to = { 0x0A000002, NBT_PORT_NS },
    };
    const cap_link link = { .answers = 1, .asked_from = NBT_PORT_NS };
    assert_int_equal(w->err, NBT_OK);
    nbt_msg_rd(&m, service, p, w->at);
    cap_lint_init(l, as, false);
    cap_lint_put(l, &item, &link);
    free(p);
}

/* A query for FRED<20> with a scope of so many characters, in labels of 50 and a rest. */
static void query_with_scope(nbt_wr *w, size_t characters)
{
    put_header(w, 1, 0x0100, 1, 0, 0, 0);
    nbt_wr_bytes(w, " EGFCEFEECACACACACACACACACACACACA", 33, "NAME");
    for (size_t left = characters + 1; left > 0;) { /* each label has its dot, but for the first */
        size_t n = left > 51 ? 50 : left - 1;
        nbt_wr_u8(w, n, "LABEL");
        memset(nbt_wr_room(w, n, "LABEL"), 'A', n);
        left -= n + 1;
    }
    nbt_wr_u8(w, 0, "ROOT");
    nbt_wr_u16(w, NBT_RR_NB, "TYPE");
    nbt_wr_u16(w, NBT_CLASS_IN, "CLASS");
}

static void long_scopes(void **state)
{
    static const struct {
        size_t characters;
        bool rfc, windows;
    } scopes[] = {
        { 220, false, false },
        { 221, true, false },
        { 237, true, false },
        { 238, true, true },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(scopes); i++) {
        uint8_t room[512];
        nbt_wr w;
        cap_lint l;
        nbt_wr_init(&w, room, sizeof room);
        query_with_scope(&w, scopes[i].characters);
        judge_written(&l, CAP_AS_RFC, NBT_SERVICE_NAME, &w);
        assert_int_equal(find(&l, "scope-over-255") != NULL, scopes[i].rfc);
        assert_int_equal(cap_lint_refusal(&l) != NULL, scopes[i].rfc);
        judge_written(&l, CAP_AS_WINDOWS, NBT_SERVICE_NAME, &w);
        assert_int_equal(find(&l, "scope-over-237") != NULL, scopes[i].windows);
        assert_int_equal(cap_lint_refusal(&l) != NULL, scopes[i].windows);
        judge_written(&l, CAP_AS_LENIENT, NBT_SERVICE_NAME, &w);
        assert_int_equal(l.n, scopes[i].rfc + scopes[i].windows);
        assert_null(cap_lint_refusal(&l));
    }
}

/* A positive query response with so many addresses. */
static void long_lists(void **state)
{
    static const struct {
        size_t n;
        bool too_many, too_long;
    } lists[] = {
        { 25, false, false }, { 26, true, false }, { 86, true, false }, { 87, true, true }
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(lists); i++) {
        uint8_t room[1024], rdata[600] = { 0 };
        nbt_wr w;
        cap_lint l;
        nbt_wr_init(&w, rdata, sizeof rdata);
        for (size_t k = 0; k < lists[i].n; k++)
            nbt_addr_wr(&w, (nbt_addr){ NBT_NB_G, 0x0A000001 });
        size_t n = w.at;
        nbt_wr_init(&w, room, sizeof room);
        put_header(&w, 1, 0x8580, 0, 1, 0, 0);
        put_record(&w, "LAB<1C>", NBT_RR_NB, 1, rdata, n);
        judge_written(&l, CAP_AS_LENIENT, NBT_SERVICE_NAME, &w);
        assert_int_equal(find(&l, "over-25-addresses") != NULL, lists[i].too_many);
        assert_int_equal(find(&l, "over-576") != NULL, lists[i].too_long);
        assert_int_equal(l.n, lists[i].too_many + lists[i].too_long);
    }
}

static void compressed_names(void **state)
{
    uint8_t room[512], data[512] = { 0 };
    nbt_wr w;
    cap_lint l;
    (void)state;
    /* a redirect whose NSD_NAME ends in the scope of the name asked for */
    nbt_wr_init(&w, room, sizeof room);
    put_header(&w, 1, 0x8100, 0, 0, 1, 1);
    for (int i = 0; i < 40; i++) /* 40 pointers, each to the one before */
        nbt_wr_u16(&w, i ? 0xC00CU + 2U * (unsigned)i - 2U : 0x0161, "NAME");
    judge_written(&l, CAP_AS_LENIENT, NBT_SERVICE_NAME, &w);
    assert_int_equal(l.n, 1);

    nbt_wr_init(&w, room, sizeof room);
    put_header(&w, 1, 0x2900, 1, 0, 0, 1);
    put_question(&w, "FRED<20>.LAB", NBT_RR_NB);
    nbt_wr_bytes(&w, " EGFCEFEECACACACACACACACACACACACA\xC0\x2D", 35, "RR_NAME");
    nbt_wr_u16(&w, NBT_RR_NB, "RR_TYPE");
    nbt_wr_u16(&w, NBT_CLASS_IN, "RR_CLASS");
    nbt_wr_u32(&w, 1, "TTL");
    nbt_wr_u16(&w, NBT_ADDR_LEN, "RDLENGTH");
    nbt_addr_wr(&w, (nbt_addr){ 0, 0x0A000001 });
    judge_written(&l, CAP_AS_LENIENT, NBT_SERVICE_NAME, &w);
    assert_non_null(find(&l, "compressed"));
    assert_int_equal(l.n, 2);
    assert_non_null(find(&l, "no-pointer"));
    judge_written(&l, CAP_AS_RFC, NBT_SERVICE_NAME, &w);
    assert_null(find(&l, "compressed"));

    nbt_wr_init(&w, room, sizeof room); /* a name with a scope of 240 octets in a datagram */
    nbt_wr_bytes(&w, "\x11\x02\x00\x01\x0A\x00\x00\x01\x00\x8A\x01\x00\x00\x00", 14, "HEADER");
    nbt_wr_bytes(&w, " EGFCEFEECACACACACACACACACACACACA", 33, "NAME");
    for (int i = 0; i < 5; i++) {
        nbt_wr_u8(&w, 50, "LABEL");
        nbt_wr_bytes(&w, data, 50, "LABEL");
    }
    nbt_wr_u8(&w, 0, "ROOT");
    judge_written(&l, CAP_AS_LENIENT, NBT_SERVICE_DATAGRAM, &w);
    assert_int_equal(l.n, 1);
    assert_non_null(find(&l, "long-name"));
}

static void large_datagrams(void **state)
{
    (void)state;
    for (size_t n = 466; n <= 467; n++) {
        uint8_t data[512] = { 0 };
        packet p = build_datagram(NBT_DGM_GROUP, 1, "10.0.0.1", "LISA<00>", "LAB<1D>", data, n);
        nbt_wr w = { .base = p.b, .at = p.n, .cap = sizeof p.b };
        cap_lint l;
        judge_written(&l, CAP_AS_RFC, NBT_SERVICE_DATAGRAM, &w);
        assert_int_equal(find(&l, "dgm-over-576") != NULL, n > 466);
    }
}

/* ---- What nobody may find fault with ------------------------------------------------------- */

static void drawings_are_fine_to_the_rfc(void **state)
{
    static const sent fine[] = {
        { .line = "registration-request FRED<20>" ID " ttl=300000" OWNER },
        { .line = "registration-request FRED<20>" ID " b=1" OWNER, .to = LOCAL },
        { .line = "overwrite-request FRED<20>" ID OWNER },
        { .line = "overwrite-demand FRED<20>" ID OWNER, .to = LOCAL },
        { .line = "refresh-request FRED<20>" ID " ttl=300000" OWNER },
        { .line = "refresh-request FRED<20>" ID " opcode=9 ttl=300000" OWNER },
        { .line =
              "positive-registration-response FRED<20>" ID " ttl=9 owner=10.0.0.2 node=B unique" },
        { .line = "negative-registration-response FRED<20>" ID " rcode=ACT_ERR" OWNER,
          .flags = ASKED_ALL },
        { .line = "negative-registration-response FRED<20>" ID
                  " rcode=RFS_ERR owner=10.0.0.2 node=B unique" },
        { .line = "end-node-challenge FRED<20>" ID " owner=10.0.0.9 node=B unique" },
        { .line = "conflict-demand FRED<20>" ID " owner=0.0.0.0 node=B unique", .flags = ALONE },
        { .line = "release-request FRED<20>" ID " owner=10.0.0.9 node=B unique" },
        { .line = "release-demand FRED<20>" ID OWNER, .to = LOCAL },
        { .line = "positive-release-response FRED<20>" ID " owner=10.0.0.2 node=B unique" },
        { .line = "negative-release-response FRED<20>" ID
                  " rcode=ACT_ERR owner=10.0.0.2 node=B unique" },
        { .line = "query-request FRED<20>" ID },
        { .line = "query-request FRED<20>" ID " b=1", .from = "10.0.0.1:1025", .to = LOCAL },
        { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.9/B/unique" },
        { .line = "positive-query-response FRED<20>" ID " ra=0 owners=10.0.0.1/M/group",
          .flags = ASKED_ALL },
        { .line = "negative-query-response FRED<20>" ID " rcode=NAM_ERR records=1" },
        { .line = "redirect-query-response FRED<20>" ID " server=.NBNS.LAB address=10.0.0.9" },
        { .line = "wack FRED<20>" ID " wait=60s about=release-request/0x3000" },
        { .line = "wack ." ID " wait=0s about=registration-request/0x2900" },
        { .line = "status-request *<00>" ID },
        { .line = "status-response FRED<20>" ID
                  " names=FRED<20>/B/unique/act,LAB<00>/B/group/act mac=02:00:00:00:00:01" },
        { .line = "direct-unique-datagram FRED<20>" ID FROM " node=P first data=\"hello\"" },
        { .line = "direct-group-datagram LAB<1D>" ID FROM " node=B first data=00", .to = LOCAL },
        { .line = "broadcast-datagram *<00>" ID FROM " node=M first data=00", .to = LOCAL },
        { .line =
              "datagram-error -" ID " source=10.0.0.1:138 node=B error=destination-not-present" },
        { .line = "datagram-query-request LAB<1D>" ID " source=10.0.0.1:138 node=P" },
        { .line = "datagram-positive-query-response LAB<1D>" ID " source=10.0.0.1:138 node=P" },
        { .line = "session-request FRED<20> from=LISA<00>", .from = "10.0.0.1:1025" },
        { .line = "positive-session-response -", .to = "10.0.0.2:1025" },
        { .line = "negative-session-response - error=called-not-present", .to = "10.0.0.2:1025" },
        { .line = "retarget-session-response - retarget=10.0.0.3:139", .to = "10.0.0.2:1025" },
        { .line = "session-message - data=\"hello\"", .to = "10.0.0.2:1025" },
        { .line = "session-keep-alive -", .from = "10.0.0.1:1025" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(fine); i++) {
        cap_lint l;
        judge(&l, CAP_AS_RFC, &fine[i]);
        if (l.n > 0)
            fail_msg("%s: %s", fine[i].line, cap_check_word(l.found[0].check));
    }
}

/* The ways of NT 4.0, 2000 and XP, and of their WINS, as captures and articles have them. */
static void windows_ways_are_fine_to_windows(void **state)
{
    static const sent fine[] = {
        { .line = "registration-request FRED<20>" ID " b=1 ttl=300000 owner=10.0.0.1 node=H unique",
          .to = LOCAL },
        { .line = "overwrite-demand FRED<20>" ID " ttl=300000" OWNER, .to = LOCAL },
        { .line =
              "multihomed-registration FRED<20>" ID " ttl=300000 owner=10.0.0.3 node=H unique" },
        { .line = "refresh-request FRED<20>" ID " ttl=300000 owner=10.0.0.1 node=H unique" },
        { .line = "positive-registration-response FRED<20>" ID
                  " ttl=518400 owner=10.0.0.2 node=B unique" },
        { .line = "negative-registration-response FRED<20>" ID " rcode=ACT_ERR" OWNER,
          .flags = ASKED_ALL },
        { .line = "positive-query-response FRED<20>" ID " ra=0 ttl=300000 owners=10.0.0.1/H/unique",
          .flags = ASKED_ALL | ASKED_RD },
        { .line = "positive-query-response LAB<00>" ID " ttl=9 owners=255.255.255.255/B/group" },
        { .line = "negative-query-response FRED<20>" ID " rcode=NAM_ERR records=1" },
        { .line = "release-demand FRED<20>" ID OWNER, .to = LOCAL },
        { .line = "ns:0001 8400 0000 0001 0000 0000 " FRED
                  "0021 0001 00000000 002F 00 0000 0000 0000 0000 "
                  "0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 "
                  "0000 "
                  "0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000" },
        { .line = "direct-group-datagram LAB<1D>" ID FROM " node=H first data=00", .to = LOCAL },
        { .line = "session-request *SMBSERVER<20> from=LISA<00>", .from = "10.0.0.1:1025" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(fine); i++) {
        cap_lint l;
        judge(&l, CAP_AS_WINDOWS, &fine[i]);
        if (l.n > 0)
            fail_msg("%s: %s %s", fine[i].line, cap_check_word(l.found[0].check),
                     l.found[0].values);
    }
}

/* What the capture lacks is not the sender's fault. */
static void cut_messages_and_notes_have_no_fault(void **state)
{
    static const sent cut = { .line = "ns:0001 0100 0001 0000", .flags = CUT };
    cap_lint l;
    const cap_item note = { .note = "a note" };
    const cap_link none = { 0 };
    (void)state;
    judge(&l, CAP_AS_LENIENT, &cut);
    assert_int_equal(l.n, 0);
    cap_lint_put(&l, &note, &none);
    assert_int_equal(l.n, 0);
}

/* ---- Who refuses what ---------------------------------------------------------------------- */

static void receivers_refuse(void **state)
{
    static const struct {
        sent message;
        const char *rfc, *windows; /* why; NULL: it is taken */
    } messages[] = {
        { { .line = "query-request FRED<20>" ID " reserved=0x0040 aa=1" }, NULL, NULL },
        { { .line = "query-request FRED<20>" ID " reserved=0x0040 qclass=255" },
          "question-class",
          "question-class" },
        { { .line = "ns:0001 0100 0001 0000 0000 0000 " FRED IN_NB "FF" },
          "trailing-octets",
          NULL },
        { { .line = "multihomed-registration FRED<20>" ID OWNER }, "opcode-multihomed", NULL },
        { { .line = "ssn:89 00 0000" }, "unknown-type", "unknown-type" },
        { { .line = "session-request FRED<20> from=LISA<00> data=00", .from = "10.0.0.1:1025" },
          "ssn-request-trailer",
          NULL },
        { { .line = "query-request FRED<20>" ID, .flags = TCP }, NULL, "name-over-tcp" },
        { { .line = "release-request FRED<20>" ID " rr_name=LISA<00>" OWNER },
          "record-name",
          NULL },
        { { .line = "positive-query-response FRED<20>" ID " owners=10.0.0.1/B/unique",
            .flags = ALONE },
          NULL,
          NULL },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(messages); i++) {
        for (cap_as as = CAP_AS_LENIENT; as <= CAP_AS_WINDOWS; as++) {
            const char *want = as == CAP_AS_RFC       ? messages[i].rfc
                               : as == CAP_AS_WINDOWS ? messages[i].windows
                                                      : NULL;
            cap_lint l;
            judge(&l, as, &messages[i].message);
            const cap_fault *f = cap_lint_refusal(&l);
            print_message("%s\n", messages[i].message.line);
            assert_int_equal(f != NULL, want != NULL);
            if (f)
                assert_string_equal(cap_check_word(f->check), want);
        }
    }
}

/* ---- How it is printed --------------------------------------------------------------------- */

static char *lines_of(const cap_lint *l)
{
    char *to = malloc(CAP_LINT_MAX);
    const cap_item item = { .number = 12 };
    assert_non_null(to);
    size_t n = cap_lint_lines(l, &item, to);
    assert_int_equal(strlen(to), n);
    return to;
}

static void lines(void **state)
{
    static const sent release = { .line = "release-request FRED<20>" ID " rd=1 class=255" OWNER };
    static const sent bad = { .line = BAD_LABEL };
    cap_lint l;
    (void)state;
    judge(&l, CAP_AS_LENIENT, &release);
    char *text = lines_of(&l);
    assert_string_equal(text, "12 lint rd-in-release rfc,windows a release has RD set: RD 1, wanted"
                              " 0 (RFC1002 4.2.9)\n"
                              "12 lint record-class rfc,windows a record is not of the class IN: "
                              "RR_CLASS 255, wanted 1 (RFC1002 4.2.1.3)\n");
    free(text);
    judge(&l, CAP_AS_LENIENT, &bad);
    text = lines_of(&l);
    assert_string_equal(text, "12 lint bad-label rfc,windows a label has a length that a NetBIOS "
                              "name cannot have: QUESTION_NAME at octet 12 of 49, 0x1f (RFC1002 "
                              "4.1)\n");
    free(text);
}

static void a_refusal_is_said_in_the_note(void **state)
{
    static const sent release = { .line = "release-request FRED<20>" ID " class=255" OWNER };
    cap_lint l;
    cap_item item = { .note = "" };
    (void)state;
    judge(&l, CAP_AS_RFC, &release);
    cap_lint_remark(&l, &item);
    assert_string_equal(item.note, "refused as rfc: record-class (RFC1002 4.2.1.3)");
    cap_lint_remark(&l, &item); /* it never grows beyond its room */
    cap_lint_remark(&l, &item);
    cap_lint_remark(&l, &item);
    assert_int_equal(strlen(item.note), CAP_NOTE_MAX - 1);
}

static void json(void **state)
{
    static const sent request = { .line = "query-request \\x5C\\x22a<00>" ID " aa=1 qclass=9" };
    static char line[CAP_LINT_MAX + 64];
    cap_lint l;
    (void)state;
    judge(&l, CAP_AS_RFC, &request);
    strcpy(line, "{\"frame\":12}\n");
    size_t n = cap_lint_json(&l, true, line, strlen(line));
    assert_int_equal(strlen(line), n);
    assert_int_equal(line[n - 1], '\n');
    json_t *o = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    assert_int_equal(json_integer_value(json_object_get(o, "frame")), 12);
    assert_string_equal(json_string_value(json_object_get(o, "refused")), "question-class");
    json_t *all = json_object_get(o, "lint"), *first = json_array_get(all, 0);
    assert_int_equal(json_array_size(all), 2);
    assert_string_equal(json_string_value(json_object_get(first, "word")), "aa-in-request");
    assert_int_equal(json_array_size(json_object_get(first, "against")), 2);
    assert_string_equal(json_string_value(json_object_get(first, "text")),
                        "a request has no authority: AA 1, wanted 0");
    assert_string_equal(json_string_value(json_object_get(first, "source")), "RFC1002 4.2.1.1");
    json_decref(o);

    judge(&l, CAP_AS_LENIENT, &request);
    strcpy(line, "{\"frame\":12}\n");
    cap_lint_json(&l, false, line, strlen(line));
    assert_string_equal(line, "{\"frame\":12}\n");
}

/* A name in the values is in its text form, which has backslashes. */
static void json_of_odd_names(void **state)
{
    static const sent request = { .line = "query-request fr\\x22d\\x5C<20>" ID };
    static char line[CAP_LINT_MAX + 64];
    cap_lint l;
    (void)state;
    judge(&l, CAP_AS_WINDOWS, &request);
    strcpy(line, "{\"frame\":12}\n");
    json_t *o = json_loadb(line, cap_lint_json(&l, true, line, strlen(line)), 0, NULL);
    assert_non_null(o);
    const json_t *first = json_array_get(json_object_get(o, "lint"), 0);
    assert_non_null(
        strstr(json_string_value(json_object_get(first, "text")), ": fr\\x22d\\x5C<20>"));
    json_decref(o);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", each_check_finds_its_fault),
    NBT_TEST("", every_check_has_a_test),
    NBT_TEST("", long_scopes),
    NBT_TEST("", long_lists),
    NBT_TEST("", compressed_names),
    NBT_TEST("", large_datagrams),
    NBT_TEST("", drawings_are_fine_to_the_rfc),
    NBT_TEST("", windows_ways_are_fine_to_windows),
    NBT_TEST("", cut_messages_and_notes_have_no_fault),
    NBT_TEST("", receivers_refuse),
    NBT_TEST("", lines),
    NBT_TEST("", a_refusal_is_said_in_the_note),
    NBT_TEST("", json),
    NBT_TEST("", json_of_odd_names),
};

NBT_MAIN("lint", tests)
