/*
 * Scenarios that cannot be: every refusal of the check once, with its place, and beside those that
 * are easy to get wrong the nearest scenario that can be.
 */
#include "tests/support/test.h"

#include "tests/support/scenes.h"
#include "tools/scene/check.h"
#include "tools/scene/parse.h"

#include <stdio.h>

static scene_errs errs;

/* What stands before the lines below, which begin with line 11. */
static const char before[] = "scenario x \"X\"\n"
                             "network lan\n"
                             "network wan subnet=10.1.0.0/24\n"
                             "computer FRED address=10.0.0.1\n"
                             "computer LISA address=10.0.0.2 off\n"
                             "server WINS address=10.0.0.9\n"
                             "host ROGUE address=10.0.0.66\n"
                             "agent A1 on=FRED protocols=netbios\n"
                             "viewer V1 on=FRED client=FRED\n"
                             "program P1 on=FRED\n";

static const struct {
    const char *lines;
    const char *error; /* how the only one begins; "" if there is none */
    const char *could; /* what is told of what could be */
} table[] = {
    /* networks */
    { "network other subnet=10.0.0.128/25",
      "11:9: other: its addresses are those of another network", "another subnet=" },
    { "network other subnet=10.0.0.0/23", "11:9: other: its addresses are those", "another" },
    { "network other subnet=10.2.0.0/24", "", "" },
    /* addresses */
    { "computer MARY address=wan:10.0.0.3", "11:23: 10.0.0.3: this address is not on its network",
      "one of 10.1.0.1 to 10.1.0.254" },
    { "host H address=10.0.0.0", "11:16: 10.0.0.0: this address is everybody's", "10.0.0.254" },
    { "host H address=10.0.0.255", "11:16: 10.0.0.255: this address is everybody's", "10.0.0.1" },
    { "host H address=10.0.0.254", "", "" },
    { "computer MARY address=10.0.0.1", "11:23: 10.0.0.1: two adapters have this address", "" },
    { "host H address=10.0.0.3,10.0.0.3", "11:25: 10.0.0.3: two adapters have this address", "" },
    /* rows: one error is enough */
    { "computer MARY% address=10.0.0.240 count=20",
      "11:24: 10.0.0.255: this address is everybody's", "10.0.0.254" },
    { "computer M% address=10.0.0.66 count=20", "11:21: 10.0.0.66: two adapters have this", "" },
    { "computer ABCDEFGHIJKLMN% address=10.0.0.3 count=5", "", "" },
    { "computer ABCDEFGHIJKLMN% address=10.0.0.100 count=20",
      "11:10: ABCDEFGHIJKLMN10: a computer's name has 1 to 15", "shorter" },
    { "computer M% address=10.0.0.100 count=20 wins=10.0.0.77", "11:10: 10.0.0.77: no server", "" },
    { "computer M% address=10.0.0.100 count=20 wins=10.0.0.9", "", "" },
    { "echo E% on=FRED count=20 name=E<20> lana=1", "11:6: E1: its computer has no adapter", "" },
    /* names of computers */
    { "computer ABCDEFGHIJKLMNOP address=10.0.0.3", "11:10: ABCDEFGHIJKLMNOP: a computer's name",
      "netbios= with one" },
    { "computer ABCDEFGHIJKLMNO address=10.0.0.3", "", "" },
    { "computer MARY address=10.0.0.3 user=JOE",
      "11:10: MARY: a workgroup and a user are a persona's", "persona= as well" },
    { "computer MARY address=10.0.0.3 persona=samba user=JOE",
      "11:10: MARY: this persona claims no name of a user", "no user=" },
    { "computer MARY address=10.0.0.3 persona=xp user=*JOE",
      "11:10: *JOE: no computer's name begins with *", "another user=" },
    { "computer MARY address=10.0.0.3 netbios=*M", "11:10: *M: no computer's name begins with *",
      "another netbios=" },
    { "computer MARY address=10.0.0.3 netbios=\"A B\x01\"", "11:10: MARY: its name has a control",
      "another netbios=" },
    { "computer MARY address=10.0.0.3 netbios=\"A \"", "11:10: MARY: its name has a control", "" },
    { "computer MARY address=10.0.0.3 netbios=\"A B\"", "", "" },
    /* name servers */
    { "computer MARY address=10.0.0.3 wins=10.0.0.77",
      "11:10: 10.0.0.77: no server of this scenario has this address", "that of a server" },
    { "computer MARY address=10.0.0.3 wins=10.0.0.1", "11:10: 10.0.0.1: no server of this", "" },
    { "computer MARY address=10.0.0.3 wins=10.0.0.66", "", "" }, /* ROGUE can play one */
    { "computer MARY address=10.0.0.3 node=B nbdd=10.0.0.9",
      "11:10: MARY: a B node broadcasts its datagrams", "no nbdd=" },
    { "computer MARY address=10.0.0.3 wins=10.0.0.9 nbdd=10.0.0.9", "", "" },
    { "computer MARY address=10.0.0.3 wins=10.0.0.9 nbdd=10.0.0.77",
      "11:10: 10.0.0.77: no server of this scenario has this address", "that of a server" },
    { "server W2 address=10.0.0.3 datagrams", "", "" },
    { "server W2 address=10.0.0.3 redirect=10.0.0.77", "11:8: 10.0.0.77: no server of this", "" },
    { "server W2 address=10.0.0.3 redirect=10.0.0.9", "", "" },
    { "computer MARY address=10.0.0.3 node=P", "11:10: MARY: only a B node goes without a name",
      "node=B" },
    { "server W2 address=10.0.0.3 ttl-min=9s ttl-max=8s", "11:8: W2: the least TTL is more than",
      "ttl-min=" },
    { "server W2 address=10.0.0.3 ttl-min=8s ttl-max=8s", "", "" },
    { "lmhosts ROGUE \"10.0.0.7 SEVEN\"", "7:6: ROGUE: only a computer has LMHOSTS", "computer's" },
    /* programs */
    { "program P2 on=WINS", "11:9: WINS: programs run on computers, and this is none", "" },
    { "program P2 on=FRED lana=1", "11:9: P2: its computer has no adapter of that number",
      "lana=" },
    { "agent A2 on=FRED lana=0,1", "11:7: A2: its computer has no adapter of that number",
      "lana=" },
    { "agent A2 on=FRED product=sms1.2 protocols=tcp", "11:7: A2: its product does not speak these",
      "protocols=netbios" },
    { "agent A2 on=FRED client=ABCDEFGHIJKLMNOP", "11:7: ABCDEFGHIJKLMNOP: a computer's name has",
      "a shorter name" },
    { "agent A2 on=FRED client=\"\"", "11:7: a computer's name has 1 to 15", "a shorter name" },
    { "agent A2 on=FRED client=*A", "11:7: *A: no computer's name begins with *", "another name" },
    { "viewer V2 on=FRED client=MARY", "11:8: MARY: no computer of this scenario has this name",
      "the name of a computer" },
    { "viewer V2 on=FRED client=lisa", "", "" }, /* remote control minds the case, and fails */
    { "viewer V2 on=FRED client=FRED console=ABCDEFGHIJKLMNOP", "11:8: ABCDEFGHIJKLMNOP: a comp",
      "" },
    { "echo E1 on=FRED name=FRED<20>.LAB", "11:6: E1: a program's name has no scope", "without" },
    { "sink S1 on=FRED name=*<20>", "11:6: S1: no program's name begins with *", "another name=" },
    /* faults */
    { "fault F1 drop first=1 nth=2 * *", "11:7: F1: which of the messages is said twice",
      "one of first=, nth=, every=" },
    { "fault F1 drop on=1s * *", "11:7: F1: it comes and goes by two times", "both on= and off=" },
    { "fault F1 drop on=1s off=1s * *", "", "" },
    { "fault F1 drop from=10.0.0.77 * *", "11:7: 10.0.0.77: no host has this address", "a host" },
    { "fault F1 drop to=10.0.0.77 * *", "11:7: 10.0.0.77: no host has this address",
      "to=broadcast" },
    /* times */
    { "at 2s stop FRED\nat 1s start FRED", "12:7: this time has passed: the step before comes",
      "a later time" },
    { "at 2s stop FRED\nat 2s start FRED", "", "" },
    { "await 5s ready FRED\nat 9s stop FRED", "12:7: behind an await nobody knows what time it is",
      "such as +1s" },
    { "at 9s stop FRED\nend 8s", "11:7: the scenario has ended before this step", "a later `end`" },
    { "at 9s stop FRED\nend 9s", "", "" },
    /* hosts that do something */
    { "at 1s start FRED", "11:7: FRED: this host is up already", "`off` in its line" },
    { "at 1s stop LISA", "11:7: LISA: this host is not up then", "a step that starts it first" },
    { "at 1s crash LISA", "11:7: LISA: this host is not up then", "" },
    { "at 1s stop FRED\nat 2s crash FRED", "12:7: FRED: this host is not up then", "" },
    { "at 1s start LISA\nat 2s crash LISA\nat 3s start LISA", "", "" },
    { "at 1s LISA send 10.0.0.1 query-request FRED<20> id=5", "11:7: LISA: this host is not up",
      "" },
    { "at 1s ROGUE send 10.0.0.1:139 query-request FRED<20> id=5",
      "11:7: ROGUE: session packets go over a connection", "a program's call and send" },
    { "at 1s FRED freeze", "11:7: FRED: only a server can do this", "" },
    { "at 1s ROGUE static FRED<20> 10.0.0.1", "11:7: ROGUE: only a server can do this", "" },
    { "at 1s stop WINS\nat 2s WINS forget FRED<20>", "12:7: WINS: this host is not up then", "" },
    { "at 1s LISA clock 1h", "11:7: LISA: this host is not up then", "" },
    { "at 1s ROGUE clock 1h", "11:7: ROGUE: this host does nothing by the clock",
      "a computer or a server" },
    { "at 1s WINS clock 1h", "", "" },
    /* programs that do something */
    { "at 1s run P1", "11:7: P1: this program runs from the start", "" },
    { "at 1s run A1", "11:7: A1: this program runs already", "`off` in its line" },
    { "at 1s kill A1\nat 2s run A1", "", "" },
    { "viewer V2 on=LISA client=FRED\nat 1s run V2", "12:7: LISA: this host is not up then", "" },
    { "at 1s run V1\nat 2s run V1", "", "" }, /* a viewer that has ended can run again */
    { "at 1s kill V1", "11:7: V1: this program does not run then", "a step that runs it first" },
    { "at 1s V1 type \"dir\"", "11:7: V1: this program does not run then", "" },
    { "at 1s stop FRED\nat 2s close A1", "12:7: A1: this program does not run then", "" },
    { "at 1s close P1", "11:7: P1: this program cannot do that", "a viewer or an agent" },
    { "at 1s A1 type \"dir\"", "11:7: A1: this program cannot do that", "a viewer" },
    { "at 1s A1 permit yes", "11:7: A1: this program cannot do that",
      "an agent with permission=ask" },
    { "agent A2 on=FRED permission=ask\nat 1s A2 permit yes", "", "" },
    { "sink S1 on=FRED name=FRED<21>\nat 1s S1 add FRED<22>", "12:7: S1: this program cannot do",
      "a `program`" },
    { "program P2 on=LISA\nat 1s P2 add LISA<22>", "12:7: LISA: this host is not up then", "" },
    /* networks and faults that change */
    { "host W1 address=10.1.0.1\nhost W2 address=10.1.0.2\nat 1s partition wan FRED",
      "13:7: FRED: this host is not on that network", "hosts that have an address there" },
    { "at 1s partition lan FRED LISA WINS ROGUE", "11:7: lan: nobody is left on the other side",
      "some of the network's hosts" },
    { "at 1s partition lan FRED LISA WINS", "", "" },
    { "at 1s heal lan", "11:7: lan: this network is whole then", "a step that parts it first" },
    { "at 1s partition lan FRED\nat 2s heal lan\nat 3s heal lan",
      "13:7: lan: this network is whole", "" },
    { "at 1s mend F1\nat 2s fault F1 drop * *", "11:7: F1: this fault has not begun then",
      "a step that begins it first" },
    { "fault F1 drop * *\nat 1s mend F1\nat 2s mend F1", "13:7: F1: this fault is mended already",
      "" },
    /* awaits */
    { "await 0s ready FRED", "11:7: there is no time to wait for it", "a longer time" },
    { "await 5s V1 connected", "11:7: V1: this never ends: the program does not run then", "" },
    { "await 5s done P1 add", "11:7: P1: this never ends: no step before makes the program", "" },
    { "at 1s P1 delete FRED<22>\nawait 5s done P1 add", "12:7: P1: this never ends: no step", "" },
    { "at 1s P1 add FRED<22>\nawait 5s done P1 add", "", "" },
    { "await 5s ready LISA", "11:7: LISA: this never ends: the host is not up then", "" },
    { "await 5s name LISA<00> on=LISA registered", "11:7: LISA: this never ends: the host is", "" },
    { "await 5s name LISA<00> on=LISA absent", "", "" },
    { "at 1s stop WINS\nawait 5s record LISA<00> on=WINS active", "12:7: WINS: this never ends",
      "" },
    { "at 1s stop WINS\nawait 5s record LISA<00> on=WINS none", "", "" },
    { "await 5s sessions on=LISA count=1", "11:7: LISA: this never ends: the host is not up", "" },
    { "await 5s sessions on=LISA count=0", "", "" },
    { "await 5s message from=LISA * *", "11:7: LISA: this never ends: the host is not up", "" },
    { "await 5s message from=10.0.0.77 * *", "11:7: 10.0.0.77: no host has this address", "" },
    /* what is expected */
    { "expect message to=10.0.0.77 * *", "11:8: 10.0.0.77: no host has this address", "to=broad" },
    { "expect P1 ready", "11:8: P1: this program has no such phases", "a viewer or an agent" },
    { "at 1s run V1\nexpect V1 ready", "12:8: V1: a viewer is never ready", "V connected" },
    { "expect A1 shows \"x\"", "11:8: A1: only a viewer shows a screen", "a viewer" },
    { "at 1s run V1\nexpect V1 shows \"x\"", "", "" },
    { "at 1s run V1\nexpect finally V1 shows \"x\"", "12:8: only a state can be so at the end",
      "" },
    { "host SAMBA address=10.0.0.8 nmbd=PC", "11:6: SAMBA: Samba's nmbd runs nowhere but live",
      "" },
    { "only live\nhost SAMBA address=10.0.0.8 nmbd=PC", "", "" },
    { "expect V1 connected", "11:8: V1: no step runs this viewer", "a step that runs it" },
    { "never V1 connected", "", "" },
    { "agent A2 on=FRED udp-flaw=out-of-step", "11:7: A2: it has no streams over UDP to go wrong",
      "protocols= with udp" },
    { "agent A2 on=FRED protocols=udp", "11:7: A2: its product does not speak these",
      "protocols=netbios" },
    { "expect A1 connected via=tcp", "11:8: A1: it does not speak this transport", "another via=" },
    { "expect done P1 add", "11:8: P1: no step makes this program do that", "a step that does" },
    { "expect done A1 add", "", "" }, /* an agent submits control blocks by itself */
    { "expect owners FRED<20> count=3", "11:8: there are not so many computers", "a smaller" },
    { "never owners FRED<20> count=3", "", "" },
    { "expect name FRED<20> on=WINS absent", "11:8: WINS: only a computer has this", "" },
    { "expect sessions on=ROGUE count=0", "11:8: ROGUE: only a computer has this", "" },
    { "expect record FRED<20> on=FRED none", "11:8: FRED: only a server has records", "" },
    /* when it is expected */
    { "never a: ready LISA\nexpect after=a ready FRED", "12:8: a: nothing can come after what must",
      "something that is expected" },
    { "expect a: finally name FRED<00> on=FRED registered\nexpect after=a ready FRED",
      "12:8: a: nothing can come after the end", "seen on the way" },
    { "expect a: after=a ready FRED", "11:11: a: it stands behind itself", "without a circle" },
    { "expect a: after=b ready FRED\nexpect b: ready FRED", "", "" },
    { "expect ready FRED between 2s 1s", "11:8: the window ends before it begins", "the earlier" },
    { "expect ready FRED between 1s 1s", "", "" },
    { "expect finally owners FRED<20> count=0 within 1s", "11:8: `finally` is at the end alone",
      "no window" },
    { "end 5s\nexpect ready FRED since 6s", "12:8: the scenario has ended before this",
      "an earlier time" },
    { "end 5s\nexpect ready FRED since 5s", "", "" },
    { "expect finally message * *", "11:8: only a state can be so at the end", "one of name" },
    { "expect count=2 owners FRED<20> count=1", "11:8: a state lasts, and is not counted",
      "count= with message" },
    { "expect ready FRED share=99%", "11:8: it is not said why this is not so on all seeds",
      "because=" },
    { "expect ready FRED share=99% because=\"of loss\"", "", "" },
};

static void print_all(char *buf, size_t cap)
{
    size_t at = 0;
    buf[0] = '\0';
    for (uint32_t i = 0; i < errs.n && at + SCENE_ERR_STR_MAX < cap; i++) {
        at += scene_err_print(&errs.at[i], buf + at, cap - at);
        buf[at++] = '\n';
        buf[at] = '\0';
    }
}

static void test_refusals(void **state)
{
    (void)state;
    static char all[SCENE_ERRS_MAX * SCENE_ERR_STR_MAX];
    int wrong = 0;
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        char text[2048];
        test_mem m = { 0 };
        scene s;
        int len = snprintf(text, sizeof text, "%s%s\n", before, table[i].lines);
        bool read = scene_parse(test_mem_of(&m), text, (size_t)len, &s, &errs);
        bool can = read && scene_check(&s, &errs);
        print_all(all, sizeof all);
        bool right = table[i].error[0]
                         ? read && errs.n == 1 &&
                               strncmp(all, table[i].error, strlen(table[i].error)) == 0 &&
                               strstr(errs.at[0].expected, table[i].could)
                         : can;
        if (!right)
            print_error("%s\nhas: %s\nand should have: %s ... %s\n", table[i].lines, all,
                        table[i].error, table[i].could);
        wrong += !right;
        scene_free(&s);
        assert_int_equal(0, m.blocks);
    }
    assert_int_equal(0, wrong);
}

/* What a text cannot say, but who makes scenes otherwise can. */
static void test_made(void **state)
{
    (void)state;
    test_mem m = { 0 };
    scene s;
    scene_init(&s, test_mem_of(&m));
    assert_non_null(scene_add_network(&s));
    scene_host *h = scene_add_host(&s);
    assert_non_null(h);
    h->kind = SCENE_HOST;
    assert_false(scene_check(&s, &errs));
    assert_int_equal(1, errs.n);
    assert_string_equal("it has no address", errs.at[0].why);
    assert_int_equal(0, errs.at[0].pos.line);
    scene_free(&s);
    assert_int_equal(0, m.blocks);
}

/* A circle of several: each of them is told. */
static void test_circle(void **state)
{
    (void)state;
    char text[1024];
    test_mem m = { 0 };
    scene s;
    int len = snprintf(text, sizeof text,
                       "%sexpect a: after=c ready FRED\nexpect b: after=a ready FRED\n"
                       "expect c: after=b ready FRED\nexpect after=c ready FRED\n",
                       before);
    assert_true(scene_parse(test_mem_of(&m), text, (size_t)len, &s, &errs));
    assert_false(scene_check(&s, &errs));
    assert_int_equal(4, errs.n); /* the last stands behind a circle, and is never seen either */
    scene_free(&s);
}

/* Without memory nothing is called good. */
static void test_memory(void **state)
{
    (void)state;
    static const char last[] = "at 1s crash FRED\nexpect a: after=a ready FRED\n";
    char text[1024];
    int len = snprintf(text, sizeof text, "%s%s", before, last);
    test_mem m = { 0 };
    scene s;
    assert_true(scene_parse(test_mem_of(&m), text, (size_t)len, &s, &errs));
    size_t needed = m.requests;
    assert_false(scene_check(&s, &errs));
    size_t all = m.requests;
    assert_true(all > needed);
    for (size_t at = needed + 1; at <= all; at++) {
        m.requests = needed;
        m.fail_at = at;
        assert_false(scene_check(&s, &errs));
        assert_int_equal(0, errs.at[0].pos.line);
        assert_string_equal("there is no memory for this file", errs.at[0].why);
    }
    scene_free(&s);
    assert_int_equal(0, m.blocks);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", test_refusals),
    NBT_TEST("", test_made),
    NBT_TEST("", test_circle),
    NBT_TEST("", test_memory),
};

NBT_MAIN("check", tests)
