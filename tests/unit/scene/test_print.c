/*
 * Scenes printed: parse(print(s)) is s, for every scenario of the catalogue and for invented ones.
 */
#include "tests/support/test.h"

#include "tests/support/scenes.h"
#include "tools/scene/parse.h"
#include "tools/scene/print.h"

#include <dirent.h>
#include <stdio.h>

static scene_errs errs;

static void must_come_back(const scene *s, const char *of)
{
    test_mem m = { 0 };
    scene again;
    size_t len;
    char *text = scenes_text(s, &len);
    if (!scene_parse(test_mem_of(&m), text, len, &again, &errs)) {
        char line[SCENE_ERR_STR_MAX];
        scene_err_print(&errs.at[0], line, sizeof line);
        fail_msg("%s: what was printed cannot be read: %s\n%s", of, line, text);
    }
    const char *differs = scenes_differ(s, &again);
    if (differs)
        fail_msg("%s: %s is another when it was printed and read:\n%s", of, differs, text);
    scene_free(&again);
    assert_int_equal(0, m.blocks);
    free(text);
}

static void test_catalogue(void **state)
{
    (void)state;
    static const char folder[] = "fixtures/scenarios";
    DIR *d = opendir(folder);
    size_t n = 0;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char path[sizeof folder + 1 + sizeof e->d_name];
        size_t len;
        if (!strstr(e->d_name, ".scn"))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        char *text = scenes_file(path, &len);
        test_mem m = { 0 };
        scene s;
        scenes_read(test_mem_of(&m), text, len, &s);
        must_come_back(&s, e->d_name);
        scene_free(&s);
        assert_int_equal(0, m.blocks);
        free(text);
        n++;
    }
    closedir(d);
    assert_true(n >= 30);
}

static void test_invented(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (uint64_t i = 0; i < 1500; i++) {
        nbt_rng rng = { seed + i };
        test_mem m = { 0 };
        scene s;
        char of[64];
        snprintf(of, sizeof of, "seed %llu", (unsigned long long)(seed + i));
        scenes_invent(&rng, test_mem_of(&m), &s);
        must_come_back(&s, of);
        scene_free(&s);
        assert_int_equal(0, m.blocks);
    }
}

/* One of everything, as it is printed; what goes without saying is not. */
static const char all[] =
    "scenario all \"One of \\\"all\\\"\"\n"
    "source \"KB Q200832\"\n"
    "about \"back\\\\slash\"\n"
    "allow two-owners because=\"so it is\"\n"
    "allow 192.168.122.0/24 because=\"it is my lab\"\n"
    "only simulated \"nobody can unplug a clock\"\n"
    "\n"
    "network lan delay=1ms jitter=2ms loss=1% duplicate=0.5% reorder=0.0001% late=1s mtu=576\n"
    "network other subnet=10.0.1.0/24\n"
    "computer CONSOLE address=10.0.0.1 services=none scope=LAB.COM\n"
    "computer GATE address=10.0.0.2,10.0.1.2 netbios=DOOR node=P wins=10.0.0.9 profile=nt4 off\n"
    "computer FRED address=10.0.0.5 services=workstation,messenger\n"
    "computer QUIET address=10.0.0.6 profile=samba keep-alive=none\n"
    "computer BUSY address=10.0.0.7 profile=nt4 keep-alive=1500ms\n"
    "computer PC-%03 count=12 address=10.0.0.100 netbios=\"W S%%%\"\n"
    "computer OLD address=10.0.0.16 persona=win98 workgroup=LAB user=\"JOE DOE\"\n"
    "computer B-% count=3 address=10.0.0.20 persona=xp user=\"J %%%02\"\n"
    "computer NEW address=10.0.0.17 persona=nt4 profile=nt4-patched\n"
    "server WINS address=10.0.0.9 profile=windows non-secured challenge-timeout=50ms "
    "redirect=10.0.0.9\n"
    "host ROGUE address=10.0.0.66\n"
    "lmhosts GATE \"10.0.0.7 SEVEN #PRE #MH\"\n"
    "lmhosts GATE \"10.0.0.8 \\\"EIGHT          \\\\0x1C\\\" #DOM:LAB\"\n"
    "agent A1 on=FRED protocols=netbios permission=ask ask-timeout=5s permitted=none\n"
    "agent A2 on=GATE client=X compression=rle allow=chat,reboot down-time=5s lana=0,1 off\n"
    "agent A3 on=FRED file=A.TXT size=5000\n"
    "viewer V2 on=CONSOLE client=FRED get=A.TXT\n"
    "viewer V3 on=CONSOLE client=FRED put=B.TXT size=70000\n"
    "viewer V4 on=CONSOLE client=FRED execute=setup.exe\n"
    "viewer V5 on=CONSOLE client=FRED chat\n"
    "viewer V6 on=CONSOLE client=FRED reboot\n"
    "viewer V1 on=CONSOLE client=FRED policy=shared keep=held user=me address=10.0.0.5 lana=all\n"
    "program P1 on=FRED\n"
    "echo E1 on=GATE name=GATE<20> lana=1 off\n"
    "sink S1 on=FRED name=FRED<21>\n"
    "echo E%02 count=12 on=PC-%03 name=E%<20>\n"
    "viewer W% count=3 on=CONSOLE client=\"W S%%%\"\n"
    "\n"
    "at 2s start GATE\n"
    "at +1s slack=500ms P1 add FRED<29>\n"
    "at +0s run V1\n"
    "await 30s V1 connected via=netbios\n"
    "expect within-it: message from=FRED registration-request FRED<29> within 1s\n"
    "at +1s await 5s done P1 add FRED<29> NRC_GOODRET\n"
    "at +0s V1 type \"dir\"\n"
    "at +0s V1 type \"a\\\\x41\\x0d\\x7f\"\n"
    "at +0s A1 permit yes\n"
    "at +0s ROGUE send 10.0.0.255 query-request FRED<20> id=0x2002 b=1\n"
    "at +0s send 10.0.0.66:4711 > 10.0.0.5:137 query-request FRED<20> id=0x2002\n"
    "fault drop every=2 on=1s off=2s to=broadcast query-request *\n"
    "at +0s fault F1 corrupt rcode=5 first=1 negative-registration-response FRED<20> "
    "rcode=ACT_ERR\n"
    "at +5s mend F1\n"
    "at +0s partition lan FRED CONSOLE\n"
    "at +9s heal lan\n"
    "at +0s WINS static LAB<1C> 10.0.0.7 group\n"
    "at +0s WINS forget LAB<1C>\n"
    "at +0s WINS freeze\n"
    "at +0s WINS thaw\n"
    "at +0s link lan loss=100%\n"
    "at +0s FRED clock 6d\n"
    "at +0s P1 call FRED<29> *\n"
    "at +0s P1 send \"a b\"\n"
    "at +0s close V1\n"
    "at +0s kill S1\n"
    "at +0s stop GATE\n"
    "at +0s crash FRED\n"
    "fault delay by=20ms nth=3 from=10.0.0.2 * *\n"
    "end 10m\n"
    "\n"
    "expect count=2 after=within-it message to=FRED negative-registration-response FRED<29>\n";

static void test_canonical(void **state)
{
    (void)state;
    test_mem m = { 0 };
    scene s;
    size_t len;
    scenes_read(test_mem_of(&m), all, sizeof all - 1, &s);
    char *text = scenes_text(&s, &len);
    assert_string_equal(all, text);
    free(text);
    scene_free(&s);
}

static void test_every_room(void **state)
{
    (void)state;
    test_mem m = { 0 };
    scene s;
    size_t len;
    scenes_read(test_mem_of(&m), all, sizeof all - 1, &s);
    char *text = scenes_text(&s, &len);
    for (size_t cap = 1; cap <= len; cap++) {
        char *room = malloc(cap);
        assert_int_equal(len, scene_print(&s, room, cap));
        assert_int_equal(cap - 1, strlen(room));
        assert_memory_equal(text, room, cap - 1);
        free(room);
    }
    free(text);
    scene_free(&s);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", test_catalogue),
    NBT_TEST("", test_invented),
    NBT_TEST("", test_canonical),
    NBT_TEST("", test_every_room),
};

NBT_MAIN("print", tests)
