/*
 * Scenario files read: what each line says, what is wrong with lines that say nothing, and that a
 * line of nbtdump can be sent and expected.
 */
#include "tests/support/test.h"

#include "tests/support/scenes.h"
#include "tools/scene/parse.h"

#include <dirent.h>
#include <stdio.h>

static scene_errs errs;

/* -- errors ------------------------------------------------------------------------------------ */

/* What stands before each line below: 8 lines. */
static const char before[] = "scenario x \"X\"\n"
                             "network lan\n"
                             "computer FRED address=10.0.0.1\n"
                             "server WINS address=10.0.0.9\n"
                             "host ROGUE address=10.0.0.66\n"
                             "agent A1 on=FRED\n"
                             "viewer V1 on=FRED client=FRED\n"
                             "program P1 on=FRED\n";

static const struct {
    const char *line;
    const char *error; /* how it begins, but for the number of the line */
    const char *could; /* what is told of what could stand there */
} wrong[] = {
    /* lines */
    { "scenaro y \"Y\"", "1: scenaro: no line begins so", "scenario" },
    { "scenario y \"Y\"", "10: y: the scenario has its name already", "" },
    { "about", "6: the line ends too early", "a text in quotes" },
    { "about \"x", "7: \"x: the quotes are not closed", "\\\"" },
    { "about \"x\\x4\"", "7: \"x\\x4\": the quotes are not closed, or something", "\\x0d" },
    { "about \"x\\x00\"", "7: \"x\\x00\": the quotes are not closed, or something", "\\x0d" },
    { "about \"x\"y", "7: \"x\"y: the quotes are not closed, or something is behind", "" },
    { "about x\"y\"", "7: x\"y\": quotes stand at a text's begin and end", "" },
    { "about \"x\" \"y\"", "11: \"y\": nothing more can stand here", "" },
    { "only here", "6: here: it is no word for this place", "one of simulated, live" },
    { "allow three-owners", "7: three-owners: it is no word for", "one of two-owners," },
    { "allow two-owners", "17: the line ends too early", "because=" },
    { "allow", "6: the line ends too early", "one of two-owners," },
    { "allow 10.0.0.0/24", "18: the line ends too early", "because=" },
    { "allow 10.0.0.0 because=x", "7: 10.0.0.0: it is no subnet", "10.0.0.0/24" },
    { "end", "4: the line ends too early", "such as 60s" },
    { "end 5", "5: 5: there is no unit behind it", "us, ms, s, m, h or d" },
    { "end 5x", "5: 5x: that is no unit of time", "us, ms, s, m, h or d" },
    { "end +-5s", "6: -5s: it is no time", "" },
    { "end 5.s", "5: 5.s: it is no time", "" },
    { "end 40000d", "5: 40000d: that is too long", "less than a hundred years" },
    { "end 99999999999999999s", "5: 99999999999999999s: that is no unit", "" },
    /* networks */
    { "network", "8: a name is missing", "letters, digits" },
    { "network 1st subnet=10.1.0.0/24", "9: 1st: it is no name", "a letter, and up to 30" },
    { "network lan", "9: lan: there is a network of that name already", "another name" },
    { "network other", "14: the line ends too early", "subnet=" },
    { "network other subnet=10.1.0.0", "22: 10.1.0.0: it is no subnet", "10.0.0.0/24" },
    { "network other subnet=10.1.0.0/31", "22: 10.1.0.0/31: it is no subnet", "/8 to /30" },
    { "network other loss=101%", "20: 101%: it is no share", "0% to 100%" },
    { "network other loss=1", "20: 1: it is no share", "0% to 100%" },
    { "network other jitter=1h", "22: 1h: that is too much", "below an hour" },
    { "network other mtu=67", "19: 67: it is no such number", "a number from 68 to 65535" },
    { "network other mtu=", "15: mtu=: there is no value behind the =", "a value" },
    { "network other speed=9", "15: speed=9: this cannot stand here", "one of subnet=, delay=," },
    { "network other mtu=99 mtu=98", "22: mtu=98: this was said before", "every key once" },
    /* hosts */
    { "computer LISA", "14: the line ends too early", "address=" },
    { "computer FRED address=10.0.0.2", "10: FRED: there is a host of that name", "another name" },
    { "computer P1 address=10.0.0.2", "10: P1: there is a program of that name", "another name" },
    { "computer start address=10.0.0.2", "10: start: this is a word of the language", "another" },
    { "computer LISA address=10.0.0", "23: 10.0.0: it is no IPv4 address", "such as 10.0.0.1" },
    { "computer LISA address=10.0.0.256", "23: 10.0.0.256: it is no IPv4 address", "10.0.0.1" },
    { "computer LISA address=wan:10.0.0.2", "23: wan: there is no network of that name", "lan" },
    { "computer LISA address=10.0.0.2,", "32: it is no IPv4 address", "such as 10.0.0.1" },
    { "computer LISA address=10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6",
      "59: 10.0.0.6: a host has no more than four adapters", "four at most" },
    { "computer LISA address=10.0.0.2 netbios=ABCDEFGHIJKLMNOP",
      "40: ABCDEFGHIJKLMNOP: it is no computer's name", "1 to 15 characters" },
    { "computer LISA address=10.0.0.2 node=X", "37: X: it is no type of a node",
      "one of B, P, M, H" },
    { "computer LISA address=10.0.0.2 profile=os2", "40: os2: there is no such profile of comp",
      "one of rfc, " },
    { "computer LISA address=10.0.0.2 keep-alive=0s", "43: 0s: so soon no session says",
      "a time such as 60s, or none" },
    { "computer LISA address=10.0.0.2 keep-alive=soon", "43: soon: it is no time",
      "a number and a unit" },
    { "computer LISA address=10.0.0.2 persona=me", "40: me: there is no such persona",
      "one of win31, win95" },
    { "computer LISA address=10.0.0.2 workgroup=ABCDEFGHIJKLMNOP",
      "42: ABCDEFGHIJKLMNOP: it is no workgroup's name", "1 to 15 characters" },
    { "computer LISA address=10.0.0.2 persona=xp user=\"\"", "48: \"\": it is no user's name",
      "1 to 15 characters" },
    { "computer LISA address=10.0.0.2 scope=a..b", "38: a..b: it is no scope", "LAB.COM" },
    { "computer LISA address=10.0.0.2 services=web", "41: web: it is no word for this place",
      "one of workstation, server, messenger" },
    { "computer LISA address=10.0.0.2 wins=x", "37: x: it is no IPv4 address", "10.0.0.1" },
    { "computer PC-%04 address=10.0.0.2", "10: PC-%04: a % is the number in a row", "count=" },
    { "computer PC count=5 address=10.0.0.2", "10: PC: all of a row would have this name",
      "such as PC-%04" },
    { "computer PC% count=0 address=10.0.0.2", "20: 0: it is no such number", "from 1 to 65000" },
    { "computer PC% count=9 count=8 address=10.0.0.2", "22: count=8: this was said before", "" },
    { "computer PC% count= address=10.0.0.2", "10: PC%: a % is the number in a row", "" },
    { "computer %PC count=2 address=10.0.0.2", "10: 1PC: it is no name", "a letter" },
    { "computer PC%09ABCDEFGHIJKLMNOPQRSTU count=2 address=10.0.0.2",
      "10: PC000000001ABCDEFGHIJKLMNOPQRSTU: it is no name", "a letter" },
    { "computer PC% count=9 address=255.255.255.250",
      "30: 255.255.255.250: there are not so many addresses behind it", "a lower count=" },
    { "computer PC% count=9 address=10.0.0.2 netbios=ABCDEFGHIJ%09",
      "47: ABCDEFGHIJ000000001: it is no computer's name", "1 to 15" },
    { "computer FRE%% count=9 address=10.0.0.2", "10: FRE%: a % is the number in a row", "" },
    { "host H% count=2 address=10.0.0.2", "6: H%: a % is the number in a row", "" },
    { "server W2 address=10.0.0.2 profile=nt", "36: nt: there is no such profile of servers",
      "one of rfc, windows" },
    { "server W2 address=10.0.0.2 challenge-count=17", "44: 17: it is no such number",
      "from 1 to 16" },
    { "server W2 address=10.0.0.2 ttl-min=5ms", "36: 5ms: this is counted in whole seconds",
      "300s" },
    { "server W2 address=10.0.0.2 wack=maybe", "33: maybe: it is neither yes nor no",
      "one of yes, no" },
    { "host R2 address=10.0.0.2 node=B", "26: node=B: this cannot stand here",
      "one of address=, off" },
    { "lmhosts LISA \"10.0.0.7 SEVEN\"", "9: LISA: there is no host of that name",
      "one of FRED, WINS, ROGUE" },
    { "lmhosts FRED \"10.0.0.7\"", "14: \"10.0.0.7\": there is no name behind the address",
      "10.0.0.7 SEVEN #PRE" },
    { "lmhosts FRED \"# nothing\"", "14: \"# nothing\": it is no host", "10.0.0.7 SEVEN #PRE" },
    /* programs */
    { "program P2", "11: the line ends too early", "on=" },
    { "echo E% count=2 on=PC% name=E<20>", "20: PC1: there is no host of that name",
      "one of FRED" },
    { "echo E% count=2 on=FRED name=E%", "30: E1: it is no NetBIOS name", "FRED<20>" },
    { "program P2 on=WIN", "15: WIN: there is no host of that name", "WINS" },
    { "program P2 on=FRED lana=4", "25: 4: it is no such number", "from 0 to 3" },
    { "echo E1 on=FRED", "16: the line ends too early", "name=" },
    { "echo E1 on=FRED name=FRED", "22: FRED: it is no NetBIOS name", "FRED<20>" },
    { "agent A2 on=FRED udp-flaw=all", "27: all: there is no such flaw",
      "one of none, out-of-step" },
    { "agent A2 on=FRED protocols=ipx", "28: ipx: it is no list of protocols",
      "netbios, tcp, udp" },
    { "agent A2 on=FRED product=sms9", "26: sms9: there is no such product", "one of sms1.2" },
    { "agent A2 on=FRED permission=maybe", "29: maybe: it is no permission", "ask, grant" },
    { "agent A2 on=FRED allow=paint", "24: paint: viewers do nothing of that name",
      "one of control" },
    { "agent A2 on=FRED file=a/b", "23: a/b: it is no name of a file", "without /" },
    { "viewer V2 on=FRED client=x get=.x", "32: .x: it is no name of a file", "without /" },
    { "viewer V2 on=FRED client=x get=a put=b", "38: b: a session is for one thing",
      "one of get=" },
    { "viewer V2 on=FRED client=x chat reboot", "39: a session is for one thing", "chat" },
    { "viewer V2 on=FRED", "18: the line ends too early", "client=" },
    { "viewer V2 on=FRED client=x policy=none", "35: none: it is no policy", "per-session" },
    { "viewer V2 on=FRED client=x keep=long", "33: long: it is no word", "one of attempt, held" },
    /* steps */
    { "at", "3: the line ends too early", "a time such as 2s" },
    { "at now start FRED", "4: now: it is no time", "a number and a unit" },
    { "at 2s", "6: here stands who does what", "the name of a host or program, or one of await" },
    { "at 2s begin FRED", "7: begin: here stands who does what", "start, stop, crash" },
    { "at 2s start", "12: here stands the name of a host", "one of FRED" },
    { "at 2s start P1", "13: P1: there is no host of that name", "one of FRED" },
    { "at 2s start FRED soon", "18: soon: nothing more can stand here", "" },
    { "at 2s run FRED", "11: FRED: there is no program of that name", "one of A1, V1, P1" },
    { "at 2s P1 dance", "10: dance: it is no word for this place", "one of add, add-group" },
    { "at 2s P1 add", "13: the line ends too early", "a name such as FRED<20>" },
    { "at 2s P1 add FRED", "14: FRED: it is no NetBIOS name", "FRED<20>" },
    { "at 2s P1 add FRED<20>.LAB", "14: FRED<20>.LAB: a control block's name has no scope", "" },
    { "at 2s P1 call FRED<20>", "23: the line ends too early", "or *" },
    { "at 2s A1 add FRED<20>", "10: add: an agent cannot do this", "one of permit, close" },
    { "at 2s V1 add FRED<20>", "10: add: a viewer cannot do this", "one of type, close" },
    { "at 2s A1 permit", "16: it is neither yes nor no", "one of yes, no" },
    { "at 2s FRED dance", "12: dance: it is no word for this place", "one of send, clock" },
    { "at 2s FRED clock", "17: the line ends too early", "how far it jumps" },
    { "at 2s WINS static FRED<20>", "27: the line ends too early", "10.0.0.1" },
    { "at 2s link wan", "12: wan: there is no network of that name", "lan" },
    { "at 2s link lan speed=1", "16: speed=1: this cannot stand here", "one of delay=" },
    { "at 2s partition lan", "20: the line ends too early", "hosts that are cut off" },
    { "at 2s mend F9", "12: F9: there is no fault of that name", "" },
    { "await", "6: the line ends too early", "how long to wait" },
    { "await 3s", "9: here stands what is to be seen", "one of message, done" },
    { "await 3s V1", "12: the line ends too early", "ready, connected, refused, ended" },
    { "await 3s V1 connected via=ipx", "27: ipx: it is no transport", "one of netbios, tcp, udp" },
    { "await 3s V1 refused NRC_NONE", "21: NRC_NONE: there is no such return code", "NRC_DUPNAME" },
    { "await 3s V1 ended badly", "19: badly: no program ends so", "one of done, name-refused" },
    { "await 3s V1 connected within 1s", "23: within: nothing more can stand here", "" },
    /* messages */
    { "at 2s ROGUE send", "17: the line ends too early", "an address such as 10.0.0.255" },
    { "at 2s ROGUE send FRED", "18: FRED: it is no address", "10.0.0.1:137" },
    { "at 2s ROGUE send 10.0.0.1 shout FRED<20>", "27: shout: not a kind of message",
      "registration-request" },
    { "at 2s ROGUE send 10.0.0.1 query-request", "40: a word is missing", "the NAME, or -" },
    { "at 2s ROGUE send 10.0.0.1 query-request FRED<20> id=5 idd=5", "55: idd=5: an unknown word",
      "id=" },
    { "at 2s ROGUE send 10.0.0.1 query-request FRED<20> id=99999",
      "53: 99999: not a value of this word", "a number 0x0000..0xffff" },
    { "at 2s ROGUE send 10.0.0.1 datagram-query-request FRED<20> id=asked source=10.0.0.3:138 "
      "node=B",
      "27: datagram-query-request FRED<20> id=asked source=10.0.0.3:138...: only the name service",
      "id=0x0001" },
    { "at 2s ROGUE send 10.0.0.1 query-request FRED<20> id=asked5",
      "53: asked5: not a value of this word", "a number 0x0000..0xffff" },
    { "at 2s P1 send data=f", "15: data=f: these are no octets", "data=ff534d42" },
    { "at 2s send query-request FRED<20> id=5", "12: query-request: this is no line of nbtdump",
      "10.0.0.1:137 > 10.0.0.255:137" },
    { "at 2s send 1 0.5 10.0.0.7:137 > 10.0.0.1:137 query-request FRED<20> id=5",
      "12: 1: no host has the address that it was sent from", "one of the addresses" },
    { "at 2s send 1 0.5 10.0.0.1 10.0.0.7 wack", "18: 10.0.0.1: nbtdump's lines have FROM > TO",
      "" },
    { "expect message", "15: here stands what kind of message it is", "a kind of message, or *" },
    { "expect message shout *", "16: shout: not a kind of message", "registration-request" },
    { "expect message from=LISA wack *", "21: LISA: there is no host of that name", "one of FRED" },
    { "expect message wack FRED", "21: FRED: here stands whom the message is about", "or *" },
    { "expect message wack * ttl=5", "23: ttl=5: this kind of message has no such word", "" },
    { "expect message * * colour=5", "20: colour=5: an unknown word", "" },
    /* expectations */
    { "expect", "7: here stands what is to be seen", "one of message, done, name" },
    { "expect a:", "10: here stands what is to be seen", "one of message, done, name" },
    { "expect after=b ready FRED", "14: b: there is no expectation of that name", "" },
    { "expect count=x ready FRED", "14: x: it is no such number", "" },
    { "expect done", "12: here stands the name of a program", "one of A1, V1, P1" },
    { "expect done P1 dance", "16: dance: it is no word for this place", "one of add" },
    { "expect done P1 add NRC_OH", "20: NRC_OH: there is no such return code", "NRC_INUSE" },
    { "expect done P1 add FRED<20> OH", "29: OH: there is no such return code", "NRC_INUSE" },
    { "expect name FRED<20> registered", "22: registered: this cannot stand here", "on=" },
    { "expect name FRED<20> on=FRED", "29: the line ends too early", "absent, claimed" },
    { "expect owners FRED<20>", "23: something is missing", "count=" },
    { "expect record FRED<20> on=WINS asleep", "32: asleep: it is no word for this place",
      "one of active, released, extinct, none" },
    { "expect sessions on=FRED within 1s", "25: something is missing", "count=" },
    { "expect ready LISA", "14: LISA: there is no host of that name", "one of FRED" },
    { "expect ready FRED within", "25: the line ends too early", "a time such as 1s" },
    { "expect ready FRED between 1s", "29: the line ends too early", "a time, such as 2s" },
    { "expect ready FRED share=2", "25: 2: it is no share", "0% to 100%" },
    { "expect ready FRED loudly", "19: loudly: this cannot stand here", "one of share=, because=" },
    { "never count=1 ready FRED", "7: count=1: here stands what is to be seen", "" },
    /* faults */
    { "fault", "6: the line ends too early", "one of drop, delay" },
    { "fault F1", "9: the line ends too early", "one of drop, delay" },
    { "fault F1 spoil * *", "10: spoil: it is no word for this place", "one of drop, delay" },
    { "fault F1 delay * *", "16: *: here stands how long", "by=" },
    { "fault F1 corrupt * *", "18: *: here stands what becomes of which field", "one of rcode=" },
    { "fault F1 corrupt rcode=16 * *", "24: 16: it is no such number", "from 0 to 15" },
    { "fault F1 drop nth=0 * *", "19: 0: it is no such number", "from 1 to" },
    { "fault F1 drop nth=1", "20: here stands what kind of message it is", "" },
    { "fault F1 drop * * within 1s", "19: within: nothing more can stand here", "" },
};

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        char text[1024], line[SCENE_ERR_STR_MAX], begin[512];
        test_mem m = { 0 };
        scene s;
        int len = snprintf(text, sizeof text, "%s%s\n", before, wrong[i].line);
        uint8_t *exact = exact_copy(text, (size_t)len);
        bool ok = scene_parse(test_mem_of(&m), (const char *)exact, (size_t)len, &s, &errs);
        scene_err_print(&errs.at[0], line, sizeof line);
        snprintf(begin, sizeof begin, "9:%s", wrong[i].error);
        if (ok || errs.n != 1 || strncmp(line, begin, strlen(begin)) != 0 ||
            !strstr(errs.at[0].expected, wrong[i].could))
            fail_msg("%s\nhas %u errors, the first: %s\nand should have: %s, expected ...%s",
                     wrong[i].line, ok ? 0 : errs.n, line, begin, wrong[i].could);
        scene_free(&s);
        assert_int_equal(0, m.blocks);
        free(exact);
    }
}

/* All errors of a file, in its order, and how many had no room. */
static void test_many(void **state)
{
    (void)state;
    char text[4096] = "computer A\nat 1s start B\ncomputer A address=1.2.3.4\n";
    test_mem m = { 0 };
    scene s;
    assert_false(scene_parse(test_mem_of(&m), text, strlen(text), &s, &errs));
    scene_free(&s);
    assert_int_equal(3, errs.n);
    for (uint32_t i = 0; i < errs.n; i++)
        assert_int_equal(i + 1, errs.at[i].pos.line);
    text[0] = '\0';
    for (int i = 0; i < 25; i++)
        strcat(text, i % 2 ? "computer 1\n" : "about\n");
    assert_false(scene_parse(test_mem_of(&m), text, strlen(text), &s, &errs));
    scene_free(&s);
    assert_int_equal(SCENE_ERRS_MAX, errs.n);
    assert_int_equal(5, errs.more);
    for (uint32_t i = 0; i < errs.n; i++)
        assert_int_equal(i + 1, errs.at[i].pos.line);
    assert_int_equal(0, m.blocks);
}

static void test_nothing(void **state)
{
    (void)state;
    test_mem m = { 0 };
    scene s;
    assert_false(scene_parse(test_mem_of(&m), "", 0, &s, &errs));
    assert_int_equal(1, errs.n);
    assert_string_equal("the scenario has no name", errs.at[0].why);
    scene_free(&s);
    assert_int_equal(0, m.blocks);
}

/* -- what lines say ---------------------------------------------------------------------------- */

static void read_with(const char *lines, test_mem *m, scene *s)
{
    char text[2048];
    int len = snprintf(text, sizeof text, "%s%s", before, lines);
    *m = (test_mem){ 0 };
    if (scene_parse(test_mem_of(m), text, (size_t)len, s, &errs))
        return;
    char line[SCENE_ERR_STR_MAX];
    scene_err_print(&errs.at[0], line, sizeof line);
    fail_msg("%s: %s", lines, line);
}

static void done_with(test_mem *m, scene *s)
{
    scene_free(s);
    assert_int_equal(0, m->blocks);
}

static void test_defaults(void **state)
{
    (void)state;
    test_mem m;
    scene s;
    read_with("computer lisa address=10.0.0.2 wins=10.0.0.9\n", &m, &s);
    assert_int_equal(200, s.network[0].link.delay);
    assert_int_equal(1500, s.network[0].mtu);
    assert_int_equal(NBT_ONT_B, s.host[0].node);
    assert_int_equal(NBT_ONT_H, s.host[3].node);
    assert_string_equal("LISA", s.host[3].netbios);
    assert_int_equal(7, s.host[3].services);
    assert_int_equal(RC_SPEAKS_NETBIOS | RC_SPEAKS_TCP, s.program[0].agent.protocols);
    assert_int_equal(1, s.program[1].viewer.nlanas);
    assert_true(s.end_relative && s.end == NBT_S(10));
    done_with(&m, &s);
}

/* A row: the number wherever there is a %, one address after the other, and what else the line
 * says for each. Steps know them by their names. */
static void test_rows(void **state)
{
    (void)state;
    test_mem m;
    scene s;
    read_with("computer PC-%03 count=12 address=10.0.0.250 wins=10.0.0.9 # a row\n"
              "computer B% address=10.1.0.1,10.2.0.1 netbios=b%01-%%.%02 count=3 off\n"
              "echo E% count=12 on=PC-%03 name=E%<20>\n"
              "agent A1% count=2 on=FRED client=C%\n"
              "at 1s stop PC-012\n"
              "at 1s run E10\n",
              &m, &s);
    assert_int_equal(18, s.nhosts);
    assert_string_equal("PC-001", s.host[3].name);
    assert_string_equal("PC-%03", s.host[3].row.label);
    assert_string_equal("PC-012", s.host[14].name);
    assert_string_equal("PC-012", s.host[14].netbios);
    assert_true(s.host[14].row.nth == 12 && s.host[14].row.of == 12 && !s.host[14].row.label);
    assert_int_equal(0x0A000105, s.host[14].adapter[0].ip);
    assert_true(s.host[14].nwins == 1 && s.host[14].node == NBT_ONT_H);
    assert_string_equal("B3-%.03", s.host[17].netbios);
    assert_int_equal(0x0A010003, s.host[17].adapter[0].ip);
    assert_int_equal(0x0A020003, s.host[17].adapter[1].ip);
    assert_true(s.host[17].off && s.host[17].pos.line == 10);
    assert_int_equal(3 + 14, s.nprograms);
    assert_string_equal("E10", s.program[12].name);
    assert_int_equal(12, s.program[12].host);
    assert_memory_equal("E10 ", s.program[12].listen.b, 4);
    assert_string_equal("C2", s.program[16].agent.client);
    assert_int_equal(14, s.step[0].host);
    assert_int_equal(12, s.step[1].program);
    done_with(&m, &s);
}

static void test_windows(void **state)
{
    (void)state;
    test_mem m;
    scene s;
    read_with("expect a: ready FRED within 3s\n"
              "at 1s start FRED\n"
              "at +1s stop FRED\n"
              "expect ready FRED within 1500ms\n"
              "expect ready FRED between 1s 0.5m\n"
              "expect after=a ready FRED between +1s +2s\n"
              "expect ready FRED since +0s\n"
              "expect count=0 ready FRED\n",
              &m, &s);
    const scene_expect *e = s.expect;
    assert_true(!e[0].since_step && e[0].from == 0 && e[0].until == NBT_S(3));
    assert_true(e[1].since_step && e[1].step == 1 && e[1].until == NBT_MS(1500));
    assert_true(!e[2].since_step && e[2].from == NBT_S(1) && e[2].until == NBT_S(30));
    assert_true(e[3].since_step && e[3].from == NBT_S(1) && e[3].until == NBT_S(2));
    assert_true(e[3].nafter == 1 && e[3].after[0] == 0);
    assert_true(e[4].since_step && e[4].from == 0 && e[4].until == NBT_NEVER);
    assert_true(e[5].never && e[5].count == -1);
    done_with(&m, &s);
}

/* What stands below may be named above, and a profile comes before what changes it. */
static void test_order(void **state)
{
    (void)state;
    test_mem m;
    scene s;
    read_with("at 1s mend F1\n"
              "computer LISA address=wan:10.1.0.2\n"
              "server W2 challenge-count=9 address=10.0.0.8 profile=windows\n"
              "network wan subnet=10.1.0.0/24\n"
              "expect after=b ready LISA\n"
              "expect b: ready FRED\n"
              "fault F1 drop * *\n",
              &m, &s);
    assert_int_equal(0, s.step[0].fault);
    assert_int_equal(1, s.host[3].adapter[0].network);
    assert_string_equal("windows", s.host[4].server.name);
    assert_int_equal(9, s.host[4].server.challenge_count);
    assert_int_equal(1, s.expect[0].after[0]);
    done_with(&m, &s);
}

static void test_control_blocks(void **state)
{
    (void)state;
    test_mem m;
    scene s;
    read_with("program P2 on=FRED lana=2\n"
              "at 1s P2 call FRED<20> LISA<20>\n"
              "at 1s P2 listen FRED<20> *\n"
              "at 1s P2 send \"hello \\\"you\\\"\"\n"
              "at 1s P2 send data=ff00\n"
              "at 1s P2 send \"data=ff00\"\n"
              "at 1s P2 listen *SMBSERVER<20> *\n",
              &m, &s);
    assert_int_equal(NBT_NCB_CALL, s.step[0].ncb.command);
    assert_int_equal(2, s.step[0].ncb.lana);
    assert_memory_equal("FRED            ", s.step[0].ncb.name, 15);
    assert_memory_equal("LISA            ", s.step[0].ncb.callname, 15);
    assert_memory_equal("*               ", s.step[1].ncb.callname, 16);
    assert_string_equal("hello \"you\"", s.step[2].text);
    assert_int_equal(11, s.step[2].ncb.length);
    assert_null(s.step[3].text);
    assert_int_equal(2, s.step[3].ncb.length);
    assert_int_equal(2, s.step[3].nbytes);
    assert_memory_equal("\xff", s.step[3].bytes, 2);
    assert_string_equal("data=ff00", s.step[4].text);
    assert_memory_equal("*SMBSERVER      ", s.step[5].ncb.name, 16);
    done_with(&m, &s);
}

static void test_messages(void **state)
{
    (void)state;
    test_mem m;
    scene s;
    read_with("at 1s ROGUE send 10.0.0.255 query-request FRED<20> id=0x2002 b=1 # a remark\n"
              "at 1s send 7 0.25 10.0.0.1:1137 > 10.0.0.9:137 query-request FRED<20> id=0x2002\n"
              "expect message 7 0.25 10.0.0.1:137 > 10.0.0.255:137 query-request FRED<20> id=*\n"
              "expect message from=FRED to=10.0.0.9 * *\n",
              &m, &s);
    assert_int_equal(0x0A000042, s.step[0].from.ip);
    assert_int_equal(137, s.step[0].from.port);
    assert_int_equal(0x0A0000FF, s.step[0].to.ip);
    assert_string_equal("query-request FRED<20> id=0x2002 b=1", s.step[0].text);
    assert_int_equal(50, s.step[0].nbytes);
    assert_int_equal(0, s.step[1].host);
    assert_int_equal(1137, s.step[1].from.port);
    assert_int_equal(0x0A000001, s.expect[0].sight.msg.from_ip);
    assert_int_equal(SCENE_EVERYBODY, s.expect[0].sight.msg.to);
    assert_int_equal(1, s.expect[0].sight.msg.nwords);
    assert_int_equal(0, s.expect[1].sight.msg.from);
    assert_int_equal(0x0A000009, s.expect[1].sight.msg.to_ip);
    done_with(&m, &s);
}

/* -- lines of nbtdump -------------------------------------------------------------------------- */

/* The addresses that captures have, as hosts. */
static const char addresses[] = "scenario x \"X\"\n"
                                "network lan\n"
                                "network lab subnet=10.77.0.0/24\n";

/* Makes a scenario of a line of nbtdump, which must be good; whether it is a message of ours. */
static void send_and_expect(const char *dumped, const char *from)
{
    static char text[1 << 18];
    test_mem m = { 0 };
    scene s;
    int len = snprintf(text, sizeof text, "%shost H address=%s\nat 1s send %s\nexpect message %s\n",
                       addresses, from, dumped, dumped);
    assert_true(len > 0 && (size_t)len < sizeof text);
    if (!scene_parse(test_mem_of(&m), text, (size_t)len, &s, &errs)) {
        char line[SCENE_ERR_STR_MAX];
        scene_err_print(&errs.at[0], line, sizeof line);
        fail_msg("%s\n%s", dumped, line);
    }
    assert_int_equal(1, s.nsteps);
    assert_int_equal(1, s.nexpects);
    done_with(&m, &s);
}

/* Lines of `X.txt`: messages that NetBIOS has, but not what other lines say of packets. */
static size_t lines_of(const char *path)
{
    size_t len, n = 0;
    char *text = scenes_file(path, &len), *save = NULL;
    for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
        char from[64];
        int at = 0;
        if (sscanf(l, "%*u %*f %63[0-9.]:%*u > %*[0-9.]:%*u %n", from, &at) != 1 || at == 0 ||
            strncmp(l + at, "rc-", 3) == 0 || l[at] == '#')
            continue;
        send_and_expect(l, from);
        n++;
    }
    free(text);
    return n;
}

static void test_dumped(void **state)
{
    (void)state;
    static const char folder[] = "fixtures/captures";
    DIR *d = opendir(folder);
    size_t n = 0;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char path[sizeof folder + 1 + sizeof e->d_name];
        const char *dot = strchr(e->d_name, '.');
        if (!dot || strcmp(dot, ".txt") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        n += lines_of(path);
    }
    closedir(d);
    assert_true(n > 2500);
}

/* -- bad luck ---------------------------------------------------------------------------------- */

static void test_memory(void **state)
{
    (void)state;
    size_t len;
    char *text = scenes_file("fixtures/scenarios/clone.scn", &len);
    for (size_t at = 1;; at++) {
        test_mem m = { .fail_at = at };
        scene s;
        bool ok = scene_parse(test_mem_of(&m), text, len, &s, &errs);
        scene_free(&s);
        assert_int_equal(0, m.blocks);
        if (ok)
            break;
        assert_int_equal(1, errs.n);
        assert_int_equal(0, errs.at[0].pos.line);
        assert_true(at < 1000);
    }
    free(text);
}

/* Every beginning of a file is read or refused, and not a character beyond it is looked at. */
static void test_truncated(void **state)
{
    (void)state;
    size_t len;
    char *text = scenes_file("fixtures/scenarios/server-owner-slow.scn", &len);
    for (size_t n = 0; n < len; n++) {
        test_mem m = { 0 };
        scene s;
        uint8_t *exact = exact_copy(text, n);
        scene_parse(test_mem_of(&m), (const char *)exact, n, &s, &errs);
        scene_free(&s);
        assert_int_equal(0, m.blocks);
        free(exact);
    }
    free(text);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", test_errors),   NBT_TEST("", test_many),           NBT_TEST("", test_nothing),
    NBT_TEST("", test_defaults), NBT_TEST("", test_rows),           NBT_TEST("", test_windows),
    NBT_TEST("", test_order),    NBT_TEST("", test_control_blocks), NBT_TEST("", test_messages),
    NBT_TEST("", test_dumped),   NBT_TEST("", test_memory),         NBT_TEST("", test_truncated),
};

NBT_MAIN("parse", tests)
