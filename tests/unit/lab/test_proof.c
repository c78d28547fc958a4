/*
 * What a capture proves: expected messages are found in their order, refusals in their time, and
 * nothing else.
 */
#include "tests/support/test.h"

#include "capture/compose.h"
#include "capture/sink.h"
#include "tools/host/mem.h"
#include "tools/lab/proof.h"
#include "tools/scene/parse.h"

#include <stdio.h>
#include <unistd.h>

#define HOSTS                                                                                      \
    "scenario x \"X\"\n"                                                                           \
    "computer FRED address=10.0.0.1\n"                                                             \
    "computer LISA address=10.0.0.2\n"                                                             \
    "computer MARY address=10.0.0.3\n"

#define REFUSED " negative-registration-response FRED<41>"
#define ASKED "registration-request FRED<41> id=0x0001 b=1 owner=10.0.0.2 node=B unique"

/* One datagram, at this second, from port 137 to port 137. */
typedef struct packet {
    unsigned at;
    uint8_t from, to; /* 10.0.0.x */
    const char *line; /* "": rubbish */
} packet;

static const packet said[] = {
    { 1, 2, 255, ASKED },
    { 2, 1, 2,
      "negative-registration-response FRED<41> id=0x0001 rcode=ACT_ERR owner=10.0.0.1 "
      "node=B unique" },
    { 3, 3, 2,
      "negative-registration-response MARY<41> id=0x0001 rcode=ACT_ERR owner=10.0.0.3 "
      "node=B unique" },
    { 4, 2, 255, ASKED },
    { 5, 3, 2, "" },
    { 6, 2, 255, ASKED },
    { 7, 3, 2,
      "negative-registration-response FRED<41> id=0x0001 rcode=ACT_ERR owner=10.0.0.3 "
      "node=B unique" },
};

static char path[64];

static void put(cap_sink *sink, const packet *p)
{
    uint8_t message[600], udp[700], bytes[800], arena[NBT_TEXT_ARENA_EXTRA + 600], mac[2][6];
    nbt_ep from = { 0x0A000000U | p->from, 137 }, to = { 0x0A000000U | p->to, 137 };
    nbt_text_err err;
    nbt_msg m;
    nbt_wr w, u, f;
    nbt_wr_init(&w, message, sizeof message);
    if (p->line[0]) {
        assert_true(nbt_text_parse(&m, p->line, strlen(p->line), arena, sizeof arena, &err));
        nbt_msg_wr(&w, &m);
    } else {
        nbt_wr_bytes(&w, (const uint8_t *)"rubbish", 7, "");
    }
    nbt_wr_init(&u, udp, sizeof udp);
    cap_compose_udp(&u, from, to, (nbt_bytes){ message, w.at });
    cap_compose_mac(from.ip, mac[0]);
    cap_compose_mac(to.ip, mac[1]);
    nbt_wr_init(&f, bytes, sizeof bytes);
    cap_compose_ether(&f, mac[0], mac[1]);
    cap_compose_ip(&f, from.ip, to.ip, CAP_IP_UDP, 1, 0, u.at);
    nbt_wr_bytes(&f, udp, u.at, "");
    assert_false(w.err || u.err || f.err);
    const cap_packet one = { .time = p->at * 1000000,
                             .link = CAP_COMPOSE_ETHERNET,
                             .wire_len = (uint32_t)f.at,
                             .bytes = { bytes, f.at } };
    assert_true(cap_sink_put(sink, &one));
}

static void write_capture(void)
{
    char err[CAP_ERR_MAX];
    snprintf(path, sizeof path, "/tmp/nbtlab-test-proof-%d.pcap", (int)getpid());
    cap_sink *sink = cap_sink_new(path, CAP_COMPOSE_ETHERNET, err);
    assert_non_null(sink);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        put(sink, &said[i]);
    assert_true(cap_sink_free(sink));
}

static void read_scene(scene *s, const char *expectations)
{
    char text[2048];
    scene_errs errs = { 0 };
    int n = snprintf(text, sizeof text, HOSTS "%s", expectations);
    if (!scene_parse(host_mem(), text, (size_t)n, s, &errs))
        fail_msg("line %u: %s: %s", errs.at[0].pos.line, errs.at[0].found, errs.at[0].why);
}

/* Which frames prove what: "0:1 1:2 " are expectation 0 by frame 1, and expectation 1 by frame 2.
 */
static void test_expectations(void **state)
{
    static const struct {
        const char *text;
        uint64_t last;
        const char *frames;
        bool held; /* the last of them */
    } rows[] = {
        { "expect message from=FRED" REFUSED "\n", 0, "0:2 ", true },
        { "expect message from=FRED to=MARY" REFUSED "\n", 0, "", false },
        { "expect message from=FRED" REFUSED " rcode=ACT_ERR\n", 0, "0:2 ", true },
        { "expect message from=FRED" REFUSED " rcode=RFS_ERR\n", 0, "", false },
        { "expect a: message from=LISA to=broadcast registration-request FRED<41>\n"
          "expect after=a message" REFUSED "\n",
          0, "0:1 1:2 ", true },
        /* each behind the last of those before it */
        { "expect a: count=3 message from=LISA registration-request FRED<41>\n"
          "expect after=a message" REFUSED "\n",
          0, "0:1 0:4 0:6 1:7 ", true },
        { "expect a: message from=MARY" REFUSED "\n"
          "expect after=a message from=FRED" REFUSED "\n",
          0, "0:7 ", false },
        { "expect count=2 message from=LISA registration-request FRED<41>\n", 0, "0:1 0:4 ",
          false },
        { "expect count=3 message from=LISA registration-request FRED<41>\n", 0, "0:1 0:4 0:6 ",
          true },
        { "never message from=MARY" REFUSED "\n", 0, "", false },
        { "never message from=MARY registration-request FRED<41>\n", 0, "", true },
        { "expect a: message from=MARY" REFUSED "\nnever after=a message from=LISA * *\n", 0,
          "0:7 ", true },
        /* what came behind the end does not count */
        { "expect message from=MARY" REFUSED "\n", 6, "", false },
        { "expect message from=MARY" REFUSED "\n", 7, "0:7 ", true },
        { "never message from=MARY" REFUSED "\n", 6, "", true },
    };
    (void)state;
    write_capture();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        scene s;
        lab_proof p;
        host_err err;
        char got[200] = "";
        read_scene(&s, rows[i].text);
        assert_true(lab_proof_read(&p, &s, path, rows[i].last, NULL, 0, &err));
        for (size_t k = 0; k < p.n; k++)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%u:%u ", p.proven[k].expect,
                     (unsigned)p.proven[k].frame);
        assert_true(lab_proof_can(&s, s.nexpects - 1));
        if (strcmp(got, rows[i].frames) != 0 ||
            lab_proof_held(&p, &s, s.nexpects - 1) != rows[i].held)
            fail_msg("%s gives %s, %s", rows[i].text, got, rows[i].held ? "not held" : "held");
        assert_int_equal(p.frames, 7);
        assert_int_equal(p.unreadable, 1);
        lab_proof_free(&p);
        scene_free(&s);
    }
    (void)unlink(path);
}

/* A window of time and a state are nothing that a capture alone proves. */
static void test_what_it_can(void **state)
{
    scene s;
    (void)state;
    read_scene(&s, "at 1s start FRED\nexpect message" REFUSED " within 2s\n"
                   "expect name FRED<41> on=FRED absent\nexpect message" REFUSED "\n");
    assert_false(lab_proof_can(&s, 0));
    assert_false(lab_proof_can(&s, 1));
    assert_true(lab_proof_can(&s, 2));
    scene_free(&s);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *name;
        int64_t began, ended;
        uint64_t packets, frame;
        uint8_t by;
    } rows[] = {
        { "FRED", 0, 10, 5, 2, 1 }, { "FRED", 2, 3, 1, 2, 1 }, /* from the one on, before the other
                                                                */
        { "FRED", 3, 7, 2, 0, 0 },  { "FRED", 3, 8, 3, 7, 3 }, { "MARY", 0, 10, 1, 3, 3 },
        { "LISA", 0, 10, 0, 0, 0 },
    };
    enum { N = sizeof rows / sizeof rows[0] };
    lab_refusal refusal[N];
    lab_proof p;
    host_err err;
    scene s;
    (void)state;
    write_capture();
    read_scene(&s, "");
    for (size_t i = 0; i < N; i++) {
        nbt_name name;
        refusal[i] =
            (lab_refusal){ .began = rows[i].began * 1000000, .ended = rows[i].ended * 1000000 };
        assert_true(nbt_name_make(&name, rows[i].name, 4, 0x41));
        memcpy(refusal[i].name, name.b, NBT_NAME_LEN);
    }
    assert_true(lab_proof_read(&p, &s, path, 0, refusal, N, &err));
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(refusal[i].packets, rows[i].packets);
        assert_int_equal(refusal[i].frame, rows[i].frame);
        assert_int_equal(refusal[i].by, rows[i].by ? 0x0A000000U | rows[i].by : 0);
        assert_int_equal(refusal[i].rcode, rows[i].by ? NBT_RCODE_ACT_ERR : 0);
    }
    lab_proof_free(&p);
    scene_free(&s);
    (void)unlink(path);
}

static void test_no_capture(void **state)
{
    scene s;
    lab_proof p;
    host_err err;
    (void)state;
    read_scene(&s, "");
    assert_false(lab_proof_read(&p, &s, "/nonexistent/x.pcap", 0, NULL, 0, &err));
    assert_non_null(strstr(err.text, "/nonexistent/x.pcap"));
    lab_proof_free(&p);
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_expectations),
        NBT_TEST("", test_what_it_can),
        NBT_TEST("", test_refusals),
        NBT_TEST("", test_no_capture),
    };
    return cmocka_run_group_tests_name("lab.proof", tests, NULL, NULL);
}
