/*
 * Captures as scenarios: what becomes of hosts, questions, sessions and servers, and that all that
 * is expected comes. That all of a capture is said again is golden.to_scenario's.
 */
#include "tests/support/test.h"

#include "tests/support/mem.h"
#include "tools/replay/toscene.h"
#include "tools/scene/print.h"
#include "tools/scene/simrun.h"

#include <stdio.h>

static void put_all(replay_toscene *t, const char *path)
{
    char err[CAP_ERR_MAX];
    cap_source *source = cap_source_file(path, err);
    cap_tap *tap = cap_tap_new();
    cap_dialog *dialog = cap_dialog_new();
    cap_packet p;
    cap_item item;
    cap_link link;
    assert_true(source && tap && dialog);
    for (bool more = true; more;) {
        more = cap_source_next(source, &p) == CAP_PACKET;
        if (more) {
            (void)cap_tap_put(tap, &p);
            replay_toscene_frame(t, cap_tap_frame(tap), p.time);
        } else {
            cap_tap_end(tap);
        }
        while (cap_tap_next(tap, &item)) {
            cap_dialog_put(dialog, &item, &link);
            replay_toscene_put(t, &item, &link);
        }
    }
    cap_dialog_free(dialog);
    cap_tap_free(tap);
    cap_source_free(source);
}

/* The scenario of a capture of which one host is ours; its text is to be freed. */
static char *make(test_mem *m, const char *name, uint32_t ours, scene *s)
{
    static scene_errs errs;
    char path[200], err[CAP_ERR_MAX];
    snprintf(path, sizeof path, "fixtures/captures/%s.pcap", name);
    cap_parts parts = { .ours = { ours }, .nours = ours ? 1 : 0 };
    replay_cut cut = { .path = path };
    replay_study study = { 0 };
    assert_true(replay_study_read(&study, &cut, &parts, err));
    replay_toscene_cfg cfg = {
        .mem = test_mem_of(m), .file = "x.pcap", .parts = &parts, .study = &study
    };
    if (strncmp(name, "reproduce-", 10) == 0)
        cfg.profile = "rfc"; /* as its computers are */
    replay_toscene *t = replay_toscene_new(&cfg);
    assert_non_null(t);
    put_all(t, path);
    if (!replay_toscene_end(t, s, &errs)) {
        char line[SCENE_ERR_STR_MAX];
        scene_err_print(&errs.at[0], line, sizeof line);
        fail_msg("%s: %s", name, line);
    }
    size_t n = scene_print(s, NULL, 0);
    char *text = malloc(n + 1);
    assert_non_null(text);
    (void)scene_print(s, text, n + 1);
    replay_toscene_free(t);
    replay_study_fini(&study);
    return text;
}

/* How many of its expectations do not hold. */
static size_t failed(test_mem *m, const scene *s)
{
    simrun r;
    size_t n = 0;
    simrun_cfg cfg = { .mem = test_mem_of(m), .scene = s, .seed = 1 };
    assert_true(simrun_init(&r, &cfg));
    while (!simrun_go(&r, 1000)) {
    }
    assert_false(simrun_failed(&r));
    for (uint32_t i = 0; i < s->nexpects; i++)
        n += !scene_judge_held(r.judge, i);
    simrun_fini(&r);
    return n;
}

/* Whose side is ours; how many expectations there are, all of which hold; and lines. */
static const struct {
    const char *capture;
    uint32_t ours;
    size_t expects;
    const char *line[5];
} table[] = {
    /* The owner is a computer, who had its names before; the asker has none, and is a tool. */
    { "conflict",
      0x0A000001,
      3,
      { "host H10.0.0.3 address=10.0.0.3\n",
        "computer FRED address=10.0.0.2 netbios=HA000002 profile=win2000 services=none\n",
        "at 0s P-FRED add FRED<20>\n" } },
    /* Datagrams that are sent without a question, to a group of one's own or the subnet's. */
    { "samba-browsing",
      0x0A4D0001,
      35,
      { "P-CHARLIE send-datagram CHARLIE<00> OTHER<1E> data=ff534d42",
        "to=broadcast direct-group-datagram OTHER<1E> from=CHARLIE<00> between " } },
    { "samba-duplicate", 0x0A4D0001, 6, { NULL } },
    { "scanners", 0x0A4D0001, 19, { NULL } },
    /* Nobody is ours. What is asked with an id of its own choice is answered with that. */
    { "challenge",
      0,
      4,
      { "server H10.0.0.1 address=10.0.0.1 profile=windows\n", "at 0s P-H10.0.0.5 add FRED<20>\n",
        "at 20s P-FRED add FRED<20>\n",
        "at 20000900us H10.0.0.1 send 10.0.0.6 end-node-challenge FRED<20> id=asked ttl=300 "
        "owner=10.0.0.5 node=P unique\n" } },
    /* What a server was told before, and whom it sends others to. */
    { "redirect",
      0,
      3,
      { "server H10.0.0.1 address=10.0.0.1 profile=windows redirect=10.0.0.2\n",
        "at 0s H10.0.0.2 static FRED<20>.SITE 10.0.0.7\n" } },
    /* An owner that did not refuse is not heard. */
    { "two-owners",
      0,
      24,
      { "fault drop from=CONSOLE to=H10.77.0.1 negative-registration-response CONSOLE<00>\n" } },
    /* ICMP says that nobody is there any more. */
    { "nbtd-name-server", 0, 28, { "at 20196741us crash H10.77.0.3\n" } },
    /* Sessions: who calls a name that nobody asked for knows it before; a refusal needs no LISTEN.
     */
    { "sessions",
      0,
      8,
      { "lmhosts H10.0.0.5 \"10.0.0.6 \\\"BOB             \\\" #PRE\"\n",
        "at 27000010us S8-to listen BOB<20> *\n", "at 27000010us S8-from call ALICE<00> BOB<20>\n",
        "at 27002ms S8-from send \"twenty-octets-in-all\"\n",
        "at 27099997us S8-to send data=6465\n" } },
    { "reproduce-netbios-then-netbios",
      0x0A4D0001,
      47,
      { "at 23043836us S1-from call CONSOLE<41> CLIENT1<43>\n",
        "at 23066582us S1-from hangup\n" } },
    /* Remote control over TCP: the clock on the client's screen is the capture's. */
    { "reproduce-tcp-tcp-netbios-tcp-held",
      0x0A4D0001,
      54,
      { "about \"The capture begins at 20.952297 s; before that, names are registered.\"\n",
        "viewer R1-viewer on=CONSOLE client=CLIENT1 protocols=tcp user=root console=CONSOLE "
        "address=10.77.0.2\n",
        "at 23267800us run R1-viewer\n", "expect R1-viewer shows \"alive1\" between ",
        "expect R1-viewer ended done between " } },
    /* The same over UDP, with what was lost and sent again. */
    { "run-udp-bad-link",
      0x0A000001,
      21,
      { "viewer R1-viewer on=CONSOLE client=CLIENT1 protocols=udp product=sms1.2 console=CONSOLE "
        "address=10.0.0.11\n",
        "R1-viewer type \"over UDP\"\n", "expect R1-viewer connected via=udp between ",
        "expect R1-viewer shows \"over UDP\" between " } },
};

static void the_other_side(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        test_mem m = { 0 };
        scene s;
        char *text = make(&m, table[i].capture, table[i].ours, &s);
        for (size_t k = 0; k < LENGTH_OF(table[i].line); k++) {
            if (table[i].line[k] && !strstr(text, table[i].line[k]))
                fail_msg("%s: there is no %s in\n%s", table[i].capture, table[i].line[k], text);
        }
        if (s.nexpects != table[i].expects || failed(&m, &s) > 0)
            fail_msg("%s: %u expectations, not %zu, or not all of them hold:\n%s", table[i].capture,
                     (unsigned)s.nexpects, table[i].expects, text);
        free(text);
        scene_free(&s);
        assert_int_equal(0, m.blocks);
    }
}

/* All of them ours: hosts alone, and nothing is expected. */
static void all_of_it(void **state)
{
    (void)state;
    test_mem m = { 0 };
    scene s;
    char *text = make(&m, "redirect", 0x0A000005, &s);
    assert_int_equal(SCENE_HOST, s.host[2].kind);
    free(text);
    scene_free(&s);
    assert_int_equal(0, m.blocks);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", the_other_side),
    NBT_TEST("", all_of_it),
};

NBT_MAIN("toscene", tests)
