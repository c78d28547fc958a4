/*
 * Scenarios run on the simulated network, each with what it expects: that what steps and faults ask
 * for is done to the hosts, programs and messages; that a seed says all; and that at the end all
 * memory is back.
 */
#include "tests/support/mem.h"
#include "tests/support/scenes.h"
#include "tests/support/test.h"
#include "tools/scene/simrun.h"
#include "tools/scene/words.h"

#include <stdio.h>

enum { SEEDS = 20 };

typedef struct play {
    test_mem text, mem; /* the scene's, and its runs' */
    scene s;
} play;

static void play_read(play *p, const char *text)
{
    memset(p, 0, sizeof *p);
    scenes_read(test_mem_of(&p->text), text, strlen(text), &p->s);
}

static void play_end(play *p)
{
    scene_free(&p->s);
    assert_int_equal(p->text.blocks, 0);
}

/* Which lines were not what they should be: "7 9 ". */
static void write_wrong(const play *p, const simrun *r, char *to, size_t cap)
{
    size_t at = 0;
    to[0] = '\0';
    if (r->script.missed)
        at += (size_t)snprintf(to, cap, "%u ", p->s.step[r->script.at].pos.line);
    for (uint32_t i = 0; i < p->s.nexpects && at < cap; i++)
        if (!scene_judge_held(r->judge, i))
            at += (size_t)snprintf(to + at, cap - at, "%u ", p->s.expect[i].pos.line);
    for (unsigned i = 0; i < SCENE_INVARIANTS && at < cap; i++)
        if (r->broken[i])
            at += (size_t)snprintf(to + at, cap - at, "%s ", scene_word(SCENE_SET_INVARIANT, i));
    for (unsigned i = 0; i < SIMBOOK_FAULTS && at < cap; i++)
        if (simworld_fault(r->world, (simbook_fault)i)->n > 0)
            at += (size_t)snprintf(to + at, cap - at, "%s ", simbook_fault_str((simbook_fault)i));
}

/* Runs it to the end, with these lines that are not what they should be. */
static void play_run(play *p, uint64_t seed, const char *wrong)
{
    simrun r;
    char lines[200];
    simrun_cfg cfg = { .mem = test_mem_of(&p->mem), .scene = &p->s, .seed = seed };
    assert_true(simrun_init(&r, &cfg));
    while (!simrun_go(&r, 1000)) {
    }
    assert_false(simrun_failed(&r));
    write_wrong(p, &r, lines, sizeof lines);
    assert_string_equal(lines, wrong);
    assert_int_equal(simrun_is_good(&r), wrong[0] == '\0');
    simrun_fini(&r);
    assert_int_equal(p->mem.blocks, 0);
}

/* A scenario of these lines, on many seeds. */
static void plays(const char *text, const char *wrong)
{
    play p;
    play_read(&p, text);
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        play_run(&p, seed, wrong);
    play_end(&p);
}

#define TWO                                                                                        \
    "scenario x \"x\"\n"                                                                           \
    "network lan subnet=10.0.0.0/24 delay=1ms jitter=2ms\n"                                        \
    "computer FRED address=10.0.0.1 services=none\n"                                               \
    "computer LISA address=10.0.0.2 services=none\n"                                               \
    "program P1 on=FRED\n"                                                                         \
    "program P2 on=LISA\n"

/* Messages that are long, short and empty, both ways, over a bad line, and a close behind them. */
static void sessions_are_kept_book_of(void **state)
{
    (void)state;
    char text[8192];
    size_t at = (size_t)snprintf(text, sizeof text, "%s",
                                 TWO "at 0s link lan loss=10% duplicate=10% reorder=10% late=9ms\n"
                                     "at 1s P1 add FRED<20>\n"
                                     "at +0s P2 add LISA<20>\n"
                                     "await 10s done P1 add\n"
                                     "await 10s done P2 add\n"
                                     "at +0s P2 listen LISA<20> *\n"
                                     "at +0s P1 call FRED<20> LISA<20>\n"
                                     "await 60s done P1 call NRC_GOODRET\n"
                                     "await 60s done P2 listen NRC_GOODRET\n");
    for (int i = 0; i < 12; i++)
        at +=
            (size_t)snprintf(text + at, sizeof text - at,
                             "at +0s P1 send \"%.*s\"\nat +0s P2 receive\n"
                             "at +0s P2 send \"back %d\"\nat +0s P1 receive\n",
                             i * 9 % 50, "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdef", i);
    snprintf(text + at, sizeof text - at,
             "at +60s P1 hangup\nat +0s P2 receive\nend +60s\n"
             "expect count=12 done P1 receive NRC_GOODRET\n"
             "expect count=12 done P2 receive NRC_GOODRET\n"
             "expect done P2 receive NRC_SCLOSED\n");
    plays(text, "");
}

/* What is under way at the end is waited for, though nobody looks on any more. */
static void what_is_under_way_settles(void **state)
{
    (void)state;
    plays(TWO "at 1s P1 add FRED<20>\n"
              "at +0s P2 find MARY<20>\n"
              "end +0s\n"
              "never done P1 add\n"
              "never message * *\n",
          "");
}

/* --- that it is judged ------------------------------------------------------------------------ */

static void what_does_not_come_is_told(void **state)
{
    (void)state;
    plays(TWO "at 1s P1 add FRED<20>\n"
              "await 10s done P1 add FRED<20> NRC_GOODRET\n"
              "at +1s P2 add FRED<20>\n"
              "await 10s done P2 add FRED<20> NRC_GOODRET\n"
              "end +1s\n"
              "expect finally name FRED<20> on=FRED registered\n"
              "expect finally name FRED<20> on=LISA registered\n"
              "never message from=FRED to=LISA negative-registration-response FRED<20>\n",
          "10 13 14 ");
}

#define LEFT_ALONE                                                                                 \
    TWO "at 0s partition lan LISA\n"                                                               \
        "at 1s P1 add FRED<20>\n"                                                                  \
        "at 1s P2 add FRED<20>\n"                                                                  \
        "await 10s owners FRED<20> count=2\n"

/* What must not be at the end of any scenario, among those who hear each other then. */
static void invariants_hold(void **state)
{
    (void)state;
    plays(LEFT_ALONE "end +1s\n", "");
    plays(LEFT_ALONE "at +0s heal lan\nend +1s\n", "two-owners ");
    plays(LEFT_ALONE "at +0s heal lan\nat +0s crash FRED\nend +1s\n", "");
    plays(LEFT_ALONE "at +0s heal lan\nat +2s crash FRED\nend +1s\n", "two-owners ");
    plays(LEFT_ALONE "at +0s heal lan\nend +1s\nallow two-owners because=\"nobody asks\"\n", "");
    plays(TWO "at 0s partition lan LISA\n"
              "at 1s P1 add-group FRED<20>\n"
              "at 1s P2 add FRED<20>\n"
              "at 9s heal lan\n"
              "end +1s\n",
          "group-and-unique ");
    plays(TWO "at 1s P1 add-group FRED<20>\n"
              "at 1s P2 add-group FRED<20>\n"
              "end +9s\n",
          "");
}

/* --- steps ------------------------------------------------------------------------------------ */

static void hosts_crash_and_stop(void **state)
{
    (void)state;
    plays("scenario x \"x\"\n"
          "computer FRED address=10.0.0.1 services=workstation\n"
          "computer LISA address=10.0.0.2\n"
          "await 10s ready FRED\n"
          "at +1s crash FRED\n"
          "at +1s start FRED\n"
          "await 10s ready FRED\n"
          "at +1s stop FRED\n"
          "end +5s\n"
          "expect count=6 message from=FRED registration-request FRED<00>\n"
          "expect count=3 message from=FRED release-demand FRED<00>\n"
          "expect finally name FRED<00> on=FRED absent\n"
          "expect finally name LISA<20> on=LISA registered\n",
          "");
}

static void programs_are_killed(void **state)
{
    (void)state;
    plays(TWO "echo E1 on=LISA name=ECHO<20> off\n"
              "at 1s P1 add FRED<20>\n"
              "await 10s done P1 add FRED<20> NRC_GOODRET\n"
              "at +1s kill P1\n"
              "at +1s P1 add FRED<21>\n" /* another process of that name */
              "at +1s run E1\n"
              "await 10s done E1 add ECHO<20> NRC_GOODRET\n"
              "at +1s kill E1\n"
              "end +5s\n"
              "expect message from=FRED release-demand FRED<20>\n"
              "expect done P1 add FRED<21> NRC_GOODRET\n"
              "expect finally name FRED<20> on=FRED absent\n"
              "expect finally name ECHO<20> on=LISA absent\n",
          "");
}

static void echo_and_sink(void **state)
{
    (void)state;
    plays(TWO "echo E1 on=FRED name=ECHO<20>\n"
              "sink S1 on=FRED name=SINK<20>\n"
              "at 5s P2 add LISA<00>\n"
              "await 10s done P2 add LISA<00> NRC_GOODRET\n"
              "at +1s P2 call LISA<00> ECHO<20>\n"
              "await 10s done P2 call NRC_GOODRET\n"
              "at +0s P2 send \"hello\"\n"
              "at +0s P2 receive\n"
              "await 10s done P2 receive NRC_GOODRET\n"
              "at +0s P2 hangup\n"
              "await 10s done P2 hangup NRC_GOODRET\n"
              "at +1s P2 call LISA<00> SINK<20>\n"
              "await 10s done P2 call LISA<00> NRC_GOODRET\n"
              "at +0s P2 send \"goodbye\"\n"
              "at +0s P2 send data=ff0041\n"
              "end +5s\n"
              "expect message from=LISA session-message - data=ff0041\n"
              "expect message from=LISA session-message - data=\"hello\"\n"
              "expect message from=FRED session-message - data=\"hello\"\n"
              "expect message from=LISA session-message - data=\"goodbye\"\n"
              "never message from=FRED session-message - data=\"goodbye\"\n"
              "expect finally sessions on=FRED count=1\n",
          "");
}

static void name_servers_obey(void **state)
{
    (void)state;
    plays("scenario x \"x\"\n"
          "server WINS address=10.0.0.9\n"
          "computer FRED address=10.0.0.1 node=P wins=10.0.0.9 services=none\n"
          "program P1 on=FRED\n"
          "at 1s WINS static PRINTER<20> 10.0.0.77\n"
          "at +0s P1 add PRINTER<20>\n"
          "await 20s done P1 add PRINTER<20> NRC_INUSE\n"
          "at +0s WINS forget PRINTER<20>\n"
          "at +0s P1 add PRINTER<20>\n"
          "await 20s done P1 add PRINTER<20> NRC_GOODRET\n"
          "at +0s WINS freeze\n"
          "at +0s P1 delete PRINTER<20>\n"
          "end +30s\n"
          "expect finally record PRINTER<20> on=WINS active owner=10.0.0.1\n",
          "");
}

/* A clock that jumps is one host's: its name is refreshed much sooner than the other's. */
#define LAN "scenario x \"x\"\nnetwork lan subnet=10.0.0.0/24 delay=1ms\n"

/* KB Q164016, Q242053, Q136571: nobody is alive who has the name, and it is refused all the same.
 */
static void a_record_of_nobody_refuses_a_name(void **state)
{
    (void)state;
    plays(LAN "server WINS address=10.0.0.9 profile=windows\n"
              "computer NEW address=10.0.0.1 node=P wins=10.0.0.9 services=none\n"
              "program P on=NEW\n"
              "at 1s WINS static FRED<20> 10.0.0.200\n"
              "at 1s WINS static LAB<20> 10.0.0.200 group\n"
              "at 2s P add FRED<20>\n"
              "at 4s P add LAB<20>\n"
              "end +5s\n"
              "expect done P add FRED<20> NRC_INUSE\n"
              "expect done P add LAB<20> NRC_INUSE\n"
              "never message from=WINS wack *\n",
          "");
}

/* MS-NBTE 3.1.7, KB Q184832: the server still has a node's record with the address of another time.
 * What that address answers decides: a host that has not the name, nobody, and the same computer.
 */
static void an_old_record_goes_by_what_its_address_says(void **state)
{
    (void)state;
#define OLD_RECORD                                                                                 \
    LAN "server WINS address=10.0.0.9\n"                                                           \
        "computer OLD address=10.0.0.5 node=H wins=10.0.0.9 services=none\n"                       \
        "computer NEW address=10.0.0.6 node=H wins=10.0.0.9 services=none\n"                       \
        "program P on=NEW\n"                                                                       \
        "at 1s OLD send 10.0.0.9 registration-request FRED<20> id=0x0001 ttl=3000 owner=10.0.0.5 " \
        "node=H unique\n"
    plays(OLD_RECORD "at 3s P add FRED<20>\n"
                     "await 5s done P add FRED<20> NRC_GOODRET\n"
                     "end +1s\n"
                     "expect message from=OLD to=WINS negative-query-response FRED<20>\n",
          "");
    plays(OLD_RECORD "at 2s crash OLD\n"
                     "at 3s P add FRED<20>\n"
                     "await 60s done P add FRED<20> NRC_GOODRET\n"
                     "end +1s\n"
                     "expect count=3 message from=WINS to=OLD query-request FRED<20>\n",
          "");
#undef OLD_RECORD
    plays(LAN "server WINS address=10.0.0.9\n"
              "computer BOTH address=10.0.0.5,10.0.0.6 node=H wins=10.0.0.9 services=none\n"
              "program P on=BOTH lana=0\n"
              "program Q on=BOTH lana=1\n"
              "at 1s P add FRED<20>\n"
              "await 10s done P add FRED<20> NRC_GOODRET\n"
              "at +1s Q add FRED<20>\n"
              "await 60s done Q add FRED<20> NRC_INUSE\n"
              "end +1s\n"
              "expect message from=BOTH to=WINS positive-query-response FRED<20>\n",
          "");
}

static void clocks_jump(void **state)
{
    (void)state;
    plays("scenario x \"x\"\n"
          "server WINS address=10.0.0.9 ttl-min=1000s ttl-max=1000s ttl-infinite=1000s\n"
          "computer FRED address=10.0.0.1 node=P wins=10.0.0.9 services=workstation\n"
          "computer LISA address=10.0.0.2 node=P wins=10.0.0.9 services=workstation\n"
          "await 10s ready FRED\n"
          "at +10s FRED clock 990s\n"
          "end +30s\n"
          "expect message from=FRED refresh-request FRED<00>\n"
          "never message from=LISA refresh-request *\n",
          "");
}

static void anything_is_sent(void **state)
{
    (void)state;
    plays(TWO "host ROGUE address=10.0.0.66\n"
              "at 1s P1 add FRED<20>\n"
              "await 10s done P1 add FRED<20> NRC_GOODRET\n"
              "at +0s ROGUE send 10.0.0.1 conflict-demand FRED<20> id=0x0001 owner=0.0.0.0 "
              "node=B unique\n"
              "end +5s\n"
              "expect finally name FRED<20> on=FRED conflict\n",
          "");
}

/* --- faults ----------------------------------------------------------------------------------- */

static void messages_are_dropped(void **state)
{
    (void)state;
    plays(TWO "fault F1 drop from=FRED negative-registration-response FRED<20>\n"
              "at 1s P1 add FRED<20>\n"
              "await 10s done P1 add FRED<20> NRC_GOODRET\n"
              "at +1s P2 add FRED<20>\n"
              "await 10s done P2 add FRED<20> NRC_GOODRET\n"
              "at +0s mend F1\n"
              "at +0s P2 delete FRED<20>\n"
              "at +1s P2 add FRED<20>\n"
              "await 10s done P2 add FRED<20> NRC_INUSE\n"
              "end +1s\n",
          "");
}

/* TCP sends again what is lost; what is lost for ever breaks the connection. */
static void streams_are_dropped(void **state)
{
    (void)state;
    plays(TWO "sink S1 on=FRED name=SINK<20>\n"
              "fault drop first=2 from=LISA session-message *\n"
              "at 5s P2 add LISA<00>\n"
              "await 10s done P2 add LISA<00> NRC_GOODRET\n"
              "at +0s P2 call LISA<00> SINK<20>\n"
              "await 10s done P2 call NRC_GOODRET\n"
              "at +0s P2 send \"hello\"\n"
              "await 10s done S1 receive NRC_GOODRET\n"
              "at +0s fault drop from=LISA session-message *\n"
              "at +0s P2 send \"hello\"\n"
              "end +2m\n"
              "expect finally sessions on=LISA count=0\n",
          "");
}

static void messages_are_delayed_and_reordered(void **state)
{
    (void)state;
    plays(TWO "fault delay by=10s to=LISA negative-registration-response FRED<20>\n"
              "at 1s P1 add FRED<20>\n"
              "await 10s done P1 add FRED<20> NRC_GOODRET\n"
              "at +1s P2 add FRED<20>\n"
              "await 10s done P2 add FRED<20> NRC_GOODRET\n"
              "end +1s\n",
          "two-owners ");
    plays(TWO "host ROGUE address=10.0.0.66\n"
              "fault reorder from=ROGUE query-request FRED<20>\n"
              "at 1s P1 add FRED<20>\n"
              "at 5s ROGUE send 10.0.0.1 query-request FRED<20> id=0x0001\n"
              "at 6s ROGUE send 10.0.0.1 query-request FRED<20> id=0x0002 rd=0\n"
              "end +1s\n"
              "expect b: message positive-query-response FRED<20> id=0x0002\n"
              "expect after=b message positive-query-response FRED<20> id=0x0001\n",
          "");
}

/* Who is no node answers a node's question, whose id nobody knows before; of two, the last one. */
static void what_was_asked_is_answered(void **state)
{
    (void)state;
    plays(TWO
          "host ROGUE address=10.0.0.66\n"
          "at 1s P2 find GHOST<20>\n"
          "at +1ms ROGUE send 10.0.0.2 positive-query-response GHOST<20> id=asked "
          "owners=10.0.0.66/B/unique\n"
          "await 5s done P2 find GHOST<20> NRC_GOODRET\n"
          "at +0s P2 find OTHER<20>\n"
          "at +0s P2 find GHOST<00>\n"
          "at +1ms ROGUE send 10.0.0.2 positive-query-response OTHER<20> id=asked "
          "owners=10.0.0.66/B/unique\n"
          "await 5s done P2 find OTHER<20> NRC_GOODRET\n"
          "at +0s ROGUE send 10.0.0.1 negative-query-response GHOST<20> id=asked rcode=NAM_ERR\n"
          "end +1s\n"
          "expect message from=ROGUE to=FRED negative-query-response GHOST<20> id=0x0000\n",
          "");
    plays(TWO "host ROGUE address=10.0.0.66\n"
              "at 1s P2 find GHOST<20>\n"
              "at +1ms ROGUE send 10.0.0.2 positive-query-response GHOST<20> id=0x0001 "
              "owners=10.0.0.66/B/unique\n"
              "expect done P2 find GHOST<20> NRC_GOODRET\n",
          "10 ");
}

static void messages_are_doubled(void **state)
{
    (void)state;
    plays(TWO "host ROGUE address=10.0.0.66\n"
              "fault duplicate later=2s from=ROGUE query-request *\n"
              "at 1s P1 add FRED<20>\n"
              "at 5s ROGUE send 10.0.0.1 query-request FRED<20> id=0x0001\n"
              "end +4s\n"
              "expect count=2 message from=FRED positive-query-response FRED<20>\n"
              "expect count=1 message from=FRED positive-query-response FRED<20> since 7s\n",
          "");
    plays(TWO "host ROGUE address=10.0.0.66\n"
              "fault duplicate times=3 nth=2 from=ROGUE query-request *\n"
              "at 1s P1 add FRED<20>\n"
              "at 5s ROGUE send 10.0.0.1 query-request FRED<20> id=0x0001\n"
              "at 6s ROGUE send 10.0.0.1 query-request FRED<20> id=0x0002\n"
              "end +1s\n"
              "expect count=1 message from=FRED positive-query-response FRED<20> id=0x0001\n"
              "expect count=4 message from=FRED positive-query-response FRED<20> id=0x0002\n",
          "");
}

/* What is seen is what arrives. */
static void messages_are_corrupted(void **state)
{
    (void)state;
    plays(TWO "fault corrupt trn_id=1 from=FRED negative-registration-response *\n"
              "at 1s P1 add FRED<20>\n"
              "await 10s done P1 add FRED<20> NRC_GOODRET\n"
              "at +1s P2 add FRED<20>\n"
              "await 10s done P2 add FRED<20> NRC_GOODRET\n"
              "end +1s\n"
              "expect message from=FRED negative-registration-response FRED<20> id=0x0001\n",
          "two-owners ");
}

static void networks_fall_apart(void **state)
{
    (void)state;
    plays(TWO "at 0s partition lan LISA\n"
              "at 1s P1 add FRED<20>\n"
              "at 1s P2 add FRED<20>\n"
              "await 10s owners FRED<20> count=2\n"
              "at +0s heal lan\n"
              "at +0s P2 delete FRED<20>\n"
              "at +1s P2 add FRED<20>\n"
              "await 10s done P2 add FRED<20> NRC_INUSE\n"
              "end +0s\n",
          "");
}

/* --- remote control --------------------------------------------------------------------------- */

static void a_viewer_and_an_agent(void **state)
{
    (void)state;
    plays("scenario x \"x\"\n"
          "computer CONSOLE address=10.0.0.1\n"
          "computer CLIENT1 address=10.0.0.11\n"
          "agent A1 on=CLIENT1 protocols=netbios permission=ask\n"
          "viewer V1 on=CONSOLE client=CLIENT1 protocols=netbios\n"
          "await 30s A1 ready\n"
          "at +0s run V1\n"
          "at +10s A1 permit yes\n"
          "await 10s V1 connected via=netbios\n"
          "at +1s V1 type \"dir\"\n"
          "at +5s close V1\n"
          "await 10s V1 ended done\n"
          "end +5s\n"
          "expect finally name CONSOLE<41> on=CONSOLE absent\n",
          "");
}

/* A console has four places; who is killed, or whose session is closed, gives his back. */
/* SMS 1.2: what it says over UDP is seen in segments and as messages, and faults act on both. */
static void remote_control_over_udp(void **state)
{
    (void)state;
    plays("scenario x \"x\"\n"
          "computer CONSOLE address=10.0.0.1\n"
          "computer CLIENT1 address=10.0.0.11\n"
          "agent A1 on=CLIENT1 product=sms1.2 protocols=netbios,udp\n"
          "viewer V1 on=CONSOLE client=CLIENT1 product=sms1.2 protocols=netbios,udp\n"
          "fault drop nth=1 rc-keys\n"
          "fault duplicate every=2 from=CLIENT1 rc-udp-data\n"
          "fault drop first=2 from=CONSOLE rc-udp-open\n"
          "await 30s A1 ready\n"
          "at +0s run V1\n"
          "await 10s V1 connected via=udp\n"
          "at +1s V1 type \"dir\"\n"
          "await 5s V1 shows \"dir\"\n"
          "at +5s close V1\n"
          "await 10s V1 ended done\n"
          "end +5s\n"
          "expect count=1 message from=CONSOLE rc-keys - data=\"dir\"\n"
          "expect count=4 message to=CLIENT1 rc-udp-open\n" /* two lost, and the function's */
          "expect count=1 message rc-bye - reason=closed\n"
          "never message rc-udp-data - number=1\n",
          "");
}

static void places_of_a_console(void **state)
{
    (void)state;
    plays("scenario x \"x\"\n"
          "computer CONSOLE address=10.0.0.1\n"
          "computer C1 address=10.0.0.11\n"
          "computer C2 address=10.0.0.12\n"
          "computer C3 address=10.0.0.13\n"
          "computer C4 address=10.0.0.14\n"
          "computer C5 address=10.0.0.15\n"
          "agent A1 on=C1 protocols=tcp\n"
          "agent A2 on=C2 protocols=tcp\n"
          "agent A3 on=C3 protocols=tcp\n"
          "agent A4 on=C4 protocols=tcp\n"
          "agent A5 on=C5 protocols=tcp\n"
          "viewer V1 on=CONSOLE client=C1 protocols=tcp\n"
          "viewer V2 on=CONSOLE client=C2 protocols=tcp\n"
          "viewer V3 on=CONSOLE client=C3 protocols=tcp\n"
          "viewer V4 on=CONSOLE client=C4 protocols=tcp\n"
          "viewer V5 on=CONSOLE client=C5 protocols=tcp\n"
          "viewer V6 on=CONSOLE client=C5 protocols=tcp\n"
          "await 30s A5 ready\n"
          "at +1s run V1\n"
          "at +1s run V2\n"
          "at +1s run V3\n"
          "at +1s run V4\n"
          "await 30s V4 connected via=tcp\n"
          "at +1s run V5\n"
          "await 10s V5 ended session-limit\n"
          "at +1s kill V1\n"
          "at +1s run V6\n"
          "await 10s V6 connected via=tcp\n"
          "at +1s run V5\n"
          "await 10s V5 ended session-limit\n"
          "at +1s close V2\n"
          "await 10s V2 ended done\n"
          "at +1s run V1\n"
          "await 10s V1 connected via=tcp\n"
          "end +1s\n",
          "");
}

/* --- seeds and memory ------------------------------------------------------------------------- */

static uint64_t hash_frame(void *ctx, const nbt_simframe *f)
{
    uint64_t *h = ctx;
    *h = (*h ^ (uint64_t)f->at) * UINT64_C(0x100000001B3);
    for (size_t i = 0; i < f->data.n; i++)
        *h = (*h ^ f->data.p[i]) * UINT64_C(0x100000001B3);
    return 1;
}

static const char disturbed[] =
    "scenario x \"x\"\n"
    "network lan subnet=10.0.0.0/24 delay=1ms jitter=3ms loss=5% duplicate=5% reorder=5% "
    "late=20ms\n"
    "computer CONSOLE address=10.0.0.1\n"
    "computer CLIENT1 address=10.0.0.11\n"
    "agent A1 on=CLIENT1 protocols=netbios\n"
    "viewer V1 on=CONSOLE client=CLIENT1 protocols=netbios\n"
    "fault corrupt rcode=5 every=3 *\n"
    "at 5s run V1\n"
    "at 20s crash CLIENT1\n"
    "end +60s\n";

static uint64_t hash_of(play *p, uint64_t seed)
{
    simrun r;
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    simrun_cfg cfg = { .mem = test_mem_of(&p->mem), .scene = &p->s, .seed = seed, .ctx = &h };
    cfg.frame = hash_frame;
    assert_true(simrun_init(&r, &cfg));
    while (!simrun_go(&r, 7)) { /* however it is cut */
    }
    simrun_fini(&r);
    return h;
}

static void a_seed_says_all(void **state)
{
    (void)state;
    play p;
    play_read(&p, disturbed);
    uint64_t last = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint64_t h = hash_of(&p, seed);
        assert_int_equal(h, hash_of(&p, seed));
        assert_int_not_equal(h, last);
        last = h;
    }
    play_end(&p);
}

/* Whatever request for memory is refused: the run says so, and gives back what it had. */
static void without_memory(void **state)
{
    (void)state;
    play p;
    play_read(&p, disturbed);
    bool went = false;
    for (size_t i = 1; !went; i += 1 + i / 16) {
        simrun r;
        simrun_cfg cfg = { .mem = test_mem_of(&p.mem), .scene = &p.s, .seed = 1 };
        p.mem = (test_mem){ .fail_at = i };
        if (simrun_init(&r, &cfg))
            while (!simrun_go(&r, 1000)) {
            }
        went = p.mem.requests < i;
        assert_true(simrun_failed(&r) || r.over);
        simrun_fini(&r);
        assert_int_equal(p.mem.blocks, 0);
    }
    play_end(&p);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", what_does_not_come_is_told),
    NBT_TEST("", invariants_hold),
    NBT_TEST("", hosts_crash_and_stop),
    NBT_TEST("", programs_are_killed),
    NBT_TEST("", echo_and_sink),
    NBT_TEST("", name_servers_obey),
    NBT_TEST("G24", a_record_of_nobody_refuses_a_name),
    NBT_TEST("G35", an_old_record_goes_by_what_its_address_says),
    NBT_TEST("", clocks_jump),
    NBT_TEST("", anything_is_sent),
    NBT_TEST("", messages_are_dropped),
    NBT_TEST("", streams_are_dropped),
    NBT_TEST("", messages_are_delayed_and_reordered),
    NBT_TEST("", sessions_are_kept_book_of),
    NBT_TEST("", what_is_under_way_settles),
    NBT_TEST("", what_was_asked_is_answered),
    NBT_TEST("", messages_are_doubled),
    NBT_TEST("", messages_are_corrupted),
    NBT_TEST("", networks_fall_apart),
    NBT_TEST("", a_viewer_and_an_agent),
    NBT_TEST("", remote_control_over_udp),
    NBT_TEST("", places_of_a_console),
    NBT_TEST("", a_seed_says_all),
    NBT_TEST("", without_memory),
};

NBT_MAIN("simrun", tests)
