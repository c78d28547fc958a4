/*
 * The command lines that a scenario means, and what of it has none.
 */
#include "tests/support/scenes.h"
#include "tests/support/test.h"
#include "tools/lab/args.h"

#include <stdio.h>

static const char head[] = "scenario x \"x\"\nnetwork lan subnet=10.0.0.0/24\n";

/* A scene of these lines. */
static scene *read(test_mem *mem, const char *lines)
{
    char text[1024];
    scene *s = malloc(sizeof *s);
    assert_non_null(s);
    int n = snprintf(text, sizeof text, "%s%s", head, lines);
    assert_in_range(n, 1, sizeof text - 1);
    scenes_read(test_mem_of(mem), text, (size_t)n, s);
    return s;
}

static void drop(scene *s)
{
    scene_free(s);
    free(s);
}

static void assert_line(const lab_args *a, const char *wanted)
{
    char line[1024] = "";
    assert_false(a->full);
    assert_null(a->at[a->n]);
    for (unsigned i = 0; i < a->n; i++) {
        strncat(line, i ? " " : "", sizeof line - strlen(line) - 1);
        strncat(line, a->at[i], sizeof line - strlen(line) - 1);
    }
    assert_string_equal(line, wanted);
}

static const struct {
    const char *lines, *wanted;
} lines[] = {
    { "computer PC address=10.0.0.1\n",
      "nbtd --json --name PC --interface eth0 --socket S --profile rfc --node-type B --service "
      "workstation,server,messenger" },
    { "computer PC address=10.0.0.1,10.0.0.2 netbios=OTHER profile=nt4 wins=10.0.0.8,10.0.0.9 "
      "node=M services=none scope=LAB.ONE\nlmhosts PC \"10.0.0.7 SEVEN #PRE\"\n"
      "server W address=10.0.0.8,10.0.0.9\n",
      "nbtd --json --name OTHER --interface eth0,eth1 --socket S --profile nt4 --node-type M "
      "--wins 10.0.0.8,10.0.0.9 --service none --scope LAB.ONE --lmhosts L" },
    { "computer PC address=10.0.0.1 keep-alive=7s profile=nt4\n",
      "nbtd --json --name PC --interface eth0 --socket S --profile nt4 --keep-alive 7 --node-type "
      "B "
      "--service workstation,server,messenger" },
    { "computer PC address=10.0.0.1 keep-alive=none\n",
      "nbtd --json --name PC --interface eth0 --socket S --profile rfc --keep-alive 0 --node-type "
      "B "
      "--service workstation,server,messenger" },
    { "computer PC address=10.0.0.1 persona=win98 workgroup=LAB user=\"joe doe\" services=server\n",
      "nbtd --json --name PC --interface eth0 --socket S --profile win95 --persona win98 "
      "--workgroup LAB --user JOE DOE --node-type B --service server" },
    { "computer PC address=10.0.0.1 persona=nt4 profile=nt4-patched\n",
      "nbtd --json --name PC --interface eth0 --socket S --profile nt4-patched --persona nt4 "
      "--node-type B --service workstation,server,messenger" },
    { "server W address=10.0.0.1\n",
      "nbtd --json --name-server --memory --interface eth0 --socket S --server-profile rfc "
      "--challenge-count 3 --challenge-timeout 5000 --served 0.0.0.0/0" },
    { "server W address=10.0.0.1 profile=windows non-secured challenge-count=2 "
      "challenge-timeout=50ms redirect=10.0.0.9\nserver "
      "N address=10.0.0.9\n",
      "nbtd --json --name-server --memory --interface eth0 --socket S --server-profile windows "
      "--non-secured --challenge-count 2 --challenge-timeout 50 --served 0.0.0.0/0 --redirect "
      "10.0.0.9" },
    { "computer PC address=10.0.0.1\ncomputer FAR address=10.0.0.2\nviewer V on=PC client=FAR "
      "protocols=netbios\n",
      "rcview --json --driver S --product sms2.0 --protocols netbios --claim each-attempt "
      "--name-policy per-session --lana 0 --console PC --user user -- FAR" },
    { "computer PC address=10.0.0.1,10.0.0.2\ncomputer FAR "
      "address=10.0.0.9\nviewer V on=PC client=far address=10.0.0.9 keep=held "
      "policy=shared lana=0,1 product=sms1.2 protocols=netbios\n",
      "rcview --json --driver S --product sms1.2 --protocols netbios --address 10.0.0.9 --claim "
      "held --name-policy shared --lana 0,1 --console PC --user user -- far" },
    { "computer PC address=10.0.0.1\nagent A on=PC permission=ask ask-timeout=9s "
      "permitted=ann,bob lana=all\n",
      "rcagent --json --driver S --product sms2.0 --protocols netbios,tcp --permission ask "
      "--ask-timeout 9 --viewers ann,bob --compression auto --lana all --name PC" },
    { "computer PC address=10.0.0.1\nagent A on=PC product=sms1.2 protocols=udp,netbios "
      "udp-flaw=out-of-step\n",
      "rcagent --json --driver S --product sms1.2 --protocols netbios,udp --permission grant "
      "--ask-timeout 30 --udp-flaw out-of-step --compression auto --lana 0 --name PC" },
    { "computer PC address=10.0.0.1\nagent A on=PC permitted=none client=X\n",
      "rcagent --json --driver S --product sms2.0 --protocols netbios,tcp --permission grant "
      "--ask-timeout 30 --viewers none --compression auto --lana 0 --name X" },
    { "computer PC address=10.0.0.1\nagent A on=PC allow=chat,reboot down-time=4s client=X\n",
      "rcagent --json --driver S --product sms2.0 --protocols netbios,tcp --permission grant "
      "--ask-timeout 30 --compression auto --lana 0 --allow chat,reboot --down-time 4 --name X" },
    { "computer PC address=10.0.0.1\nagent A on=PC file=A.TXT size=9\n",
      "rcagent --json --driver S --product sms2.0 --protocols netbios,tcp --permission grant "
      "--ask-timeout 30 --compression auto --lana 0 --allow control,transfer --files F --name PC" },
    { "computer PC address=10.0.0.1\ncomputer FAR address=10.0.0.2\nviewer V on=PC client=FAR "
      "protocols=netbios get=A.TXT\n",
      "rcview --json --driver S --product sms2.0 --protocols netbios --claim each-attempt "
      "--name-policy per-session --lana 0 --console PC --user user --get A.TXT --as F/A.TXT -- "
      "FAR" },
    { "computer PC address=10.0.0.1\ncomputer FAR address=10.0.0.2\nviewer V on=PC client=FAR "
      "protocols=netbios put=B.TXT size=5\n",
      "rcview --json --driver S --product sms2.0 --protocols netbios --claim each-attempt "
      "--name-policy per-session --lana 0 --console PC --user user --put F/B.TXT -- FAR" },
};

static const char *folder_of(const scene *s)
{
    return lab_args_has_files(&s->program[0]) ? "F" : NULL;
}

static void command_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(lines); i++) {
        test_mem mem = { .blocks = 0 };
        lab_args a;
        scene *s = read(&mem, lines[i].lines);
        if (s->nprograms > 0 && s->program[0].kind == SCENE_VIEWER)
            lab_args_viewer(&a, s, &s->program[0], "S", folder_of(s));
        else if (s->nprograms > 0)
            lab_args_agent(&a, s, &s->program[0], "S", folder_of(s));
        else if (s->host[0].kind == SCENE_SERVER)
            lab_args_server(&a, &s->host[0], NULL, "S");
        else
            lab_args_computer(&a, s, &s->host[0], NULL, "S", s->host[0].nlmhosts ? "L" : NULL);
        assert_line(&a, lines[i].wanted);
        drop(s);
    }
}

/* The line of the scenario (two come before), and a part of the reason; NULL: it can be run. */
static const struct {
    const char *lines;
    unsigned line;
    const char *why;
} refusals[] = {
    { "computer PC address=10.0.0.1\n", 0, NULL },
    { "server W address=10.0.0.1 challenge-timeout=50ms\n", 0, NULL },
    { "server W address=10.0.0.1 challenge-timeout=50us\n", 3, "whole milliseconds" },
    { "server W address=10.0.0.1 wack=no\n", 3, "no option" },
    { "server W address=10.0.0.1 expire-factor=3\n", 3, "no option" },
    { "computer PC address=10.0.0.1\nagent A on=PC ask-timeout=1500ms\n", 4, "whole seconds" },
    { "computer PC address=10.0.0.1\nat 1s PC clock 1h\n", 0, NULL },
    { "computer PC address=10.0.0.1\nprogram P on=PC\nat 1s PC clock 1h\n", 0, NULL },
    { "computer PC address=10.0.0.1 keep-alive=86400s\n", 0, NULL },
    { "computer PC address=10.0.0.1 keep-alive=1500ms\n", 3, "whole seconds" },
    { "computer PC address=10.0.0.1\nagent A on=PC\nat 1s PC clock 1h\n", 5, "clock" },
};

static void what_cannot_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(refusals); i++) {
        test_mem mem = { .blocks = 0 };
        scene *s = read(&mem, refusals[i].lines);
        scene_pos where;
        const char *why = lab_args_refuse(s, &where);
        assert_int_equal(!why, !refusals[i].why);
        if (why) {
            assert_non_null(strstr(why, refusals[i].why));
            assert_int_equal(where.line, refusals[i].line);
        }
        drop(s);
    }
}

/* Beside a real machine, THERE; five lines come before. */
static const struct {
    const char *lines, *why;
} beside[] = {
    { "await 9s done P add FRED<20> NRC_INUSE\nexpect message from=THERE * *\n", NULL },
    { "at 1s stop HERE\nend +1s\nexpect finally name HERE<00> on=HERE absent\n", NULL },
    { "at 1s crash THERE\nend +1s\n", "nobody rules" },
    { "at 1s Q add FRED<20>\nend +1s\n", "nobody rules" },
    { "at 1s THERE send 10.0.0.1 query-request FRED<20> id=0x0001\nend +1s\n", "by hand" },
    { "at 1s partition lan HERE\nend +1s\n", "not disturbed" },
    { "at 1s link lan delay=1s\nend +1s\n", "not disturbed" },
    { "fault F drop * *\nend 1s\n", "not disturbed" },
    { "await 9s ready THERE\n", "not known" },
    { "end 1s\nexpect finally owners FRED<20> count=1\n", "not known" },
    { "end 1s\nexpect finally name FRED<20> on=THERE absent\n", "not known" },
    { "at 1s HERE clock 1h\nend +1s\n", NULL },
    { "at 1s THERE clock 1h\nend +1s\n", "nobody rules" },
};

static void beside_real_machines(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(beside); i++) {
        char text[512];
        test_mem mem = { .blocks = 0 };
        snprintf(text, sizeof text,
                 "computer HERE address=10.0.0.1\ncomputer THERE address=10.0.0.2\n"
                 "program P on=HERE\nprogram Q on=THERE\nat 0s P add FRED<20>\n%s",
                 beside[i].lines);
        scene *s = read(&mem, text);
        scene_pos where;
        const char *why = lab_args_refuse_beside(s, &(lab_args_side){ .here = 0 }, &where);
        if (!beside[i].why != !why || (why && !strstr(why, beside[i].why)))
            fail_msg("%s: %s", beside[i].lines, why ? why : "can be");
        drop(s);
    }
}

/* At a bridge: three lines come before; THERE is real. */
static const struct {
    const char *lines, *why;
    unsigned disturbs; /* the line that does, and 0: none */
} at_bridge[] = {
    { "at 1s P add FRED<20>\nawait 9s done P add FRED<20> NRC_INUSE\nexpect message from=THERE * "
      "*\n",
      NULL, 0 },
    { "at 1s crash HERE\nend +1s\n", NULL, 0 },
    { "at 1s HERE send 10.0.0.2 query-request FRED<20> id=0x0001\nend +1s\n", NULL, 6 },
    { "at 1s partition lan HERE\nend +1s\n", NULL, 6 },
    { "at 1s link lan delay=1s\nend +1s\n", NULL, 6 },
    { "at 1s fault F drop * *\nend +1s\n", NULL, 6 },
    { "fault F drop * *\nend 1s\n", NULL, 6 },
    { "end 1s\nexpect finally owners FRED<20> count=1\n", "not known", 0 },
    { "network b subnet=10.9.0.0/24\n", "one network", 0 },
    /* who is let send is not real */
    { "at 1s THERE send 10.0.0.1 query-request FRED<20> id=0x0001\nend +1s\n", NULL, 6 },
};

static void beside_at_a_bridge(void **state)
{
    static const lab_args_side side = { .bridge = true };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(at_bridge); i++) {
        char text[512];
        test_mem mem = { .blocks = 0 };
        snprintf(
            text, sizeof text,
            "computer HERE address=10.0.0.1\nhost THERE address=10.0.0.2\nprogram P on=HERE\n%s",
            at_bridge[i].lines);
        scene *s = read(&mem, text);
        scene_pos where;
        const char *why = lab_args_refuse_beside(s, &side, &where);
        if (!at_bridge[i].why != !why || (why && !strstr(why, at_bridge[i].why)))
            fail_msg("%s: %s", at_bridge[i].lines, why ? why : "can be");
        assert_int_equal(lab_args_disturbs(s, &where) ? where.line : 0, at_bridge[i].disturbs);
        assert_true(lab_args_is_played(s, &side, 0));
        assert_int_equal(lab_args_is_played(s, &side, 1), i == LENGTH_OF(at_bridge) - 1);
        drop(s);
    }
}

/* What has no room is not left out in silence. */
static void no_room(void **state)
{
    test_mem mem = { .blocks = 0 };
    lab_args a;
    char path[LAB_ARGS_TEXT + 1];
    scene *s = read(&mem, "computer PC address=10.0.0.1\n");
    (void)state;
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    lab_args_computer(&a, s, &s->host[0], NULL, path, NULL);
    assert_true(a.full);
    drop(s);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", command_lines),
    NBT_TEST("", what_cannot_be),
    NBT_TEST("", beside_real_machines),
    NBT_TEST("", beside_at_a_bridge),
    NBT_TEST("", no_room),
};

NBT_MAIN("args", tests)
