/*
 * The command line of nbtreplay: what it means, and what cannot be.
 */
#include "tests/support/test.h"

#include "tools/host/err.h"
#include "tools/replay/opt.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 40 };

/* A line's words, in place. */
static int split(char *line, char *argv[WORDS])
{
    static char name[] = "nbtreplay";
    int n = 0;
    argv[n++] = name;
    for (char *word = strtok(line, " "); word && n < WORDS - 1; word = strtok(NULL, " "))
        argv[n++] = word;
    argv[n] = NULL;
    return n;
}

static void read_line(const char *line, char *room, replay_opt *o)
{
    char *argv[WORDS];
    strcpy(room, line);
    int n = split(room, argv);
    replay_opt_parse(o, n, argv);
}

static const char capture[] = "fixtures/captures/conflict.pcap";

static void what_it_means(void **state)
{
    (void)state;
    char line[400], room[400];
    replay_opt o;
    snprintf(line, sizeof line,
             "%s --as 10.0.0.1,10.0.0.3 --emulator --profile nt4 --server samba --seed 7 --json "
             "--from 3 --to 2.5s --timing scaled=0.5 --loop 4 --ignore TTL --rename FRED=LISA "
             "--map 10.0.0.9=10.1.0.9",
             capture);
    read_line(line, room, &o);
    assert_int_equal(REPLAY_EMULATOR, o.deed);
    assert_string_equal(capture, o.cut.path);
    assert_int_equal(2, o.nours);
    assert_int_equal(0x0A000003, o.ours[1]);
    assert_string_equal("nt4", o.profile);
    assert_string_equal("samba", o.server);
    assert_true(o.seeded && o.seed == 7);
    assert_int_equal(REPLAY_JSON, o.form);
    assert_int_equal(3, o.cut.first);
    assert_int_equal(2500000, o.cut.end);
    assert_int_equal(CAP_TIMING_CAPTURED, o.timing);
    assert_int_equal(500000, o.scale);
    assert_int_equal(4, o.cut.loops);
    assert_int_equal(0x0A010009, cap_map_ip(&o.map, 0x0A000009));
    snprintf(line, sizeof line,
             "%s --as 10.0.0.1 --against 10.0.0.2 --interface eth0 --tap --junit x.xml --timing "
             "asap --step --allow 192.0.2.0/24 --no-broadcasts --dry-run -w y.pcap -v",
             capture);
    read_line(line, room, &o);
    assert_int_equal(REPLAY_LIVE, o.deed);
    assert_int_equal(0x0A000002, o.targets[0]);
    assert_string_equal("eth0", o.interface);
    assert_int_equal(REPLAY_TAP, o.form);
    assert_string_equal("x.xml", o.junit);
    assert_int_equal(CAP_TIMING_ASAP, o.timing);
    assert_true(o.step && o.no_broadcasts && o.dry && o.verbose);
    assert_int_equal(1, o.nallowed);
    assert_string_equal("y.pcap", o.write);
    snprintf(line, sizeof line, "%s --to-scenario -", capture);
    read_line(line, room, &o);
    assert_int_equal(REPLAY_SCENARIO, o.deed);
    assert_string_equal("-", o.write);
}

static const char *const wrong[] = {
    "",
    "fixtures/captures/conflict.pcap",
    "--emulator --as 10.0.0.1",
    "fixtures/captures/conflict.pcap --emulator",
    "fixtures/captures/conflict.pcap --as 10.0.0.1",
    "fixtures/captures/conflict.pcap --as 10.0.0.1 --emulator --against 10.0.0.2",
    "fixtures/captures/conflict.pcap --as 10.0.0.256 --emulator",
    "fixtures/captures/conflict.pcap --as 10.0.0.1 --emulator --timing sometimes",
    "fixtures/captures/conflict.pcap --as 10.0.0.1 --emulator --loop x",
    "fixtures/captures/conflict.pcap --as 10.0.0.1 --emulator --ignore ttl,nope",
    "fixtures/captures/conflict.pcap --as 10.0.0.1 --emulator --rename FRED",
    "fixtures/captures/conflict.pcap --as 10.0.0.1 --emulator --map 10.0.0.1",
    "fixtures/captures/conflict.pcap --as 10.0.0.1 --against 10.0.0.2 --profile nt4",
    "fixtures/captures/conflict.pcap --to-scenario x --loop 2",
    "fixtures/captures/conflict.pcap --to-scenario x --anonymise y",
    "fixtures/captures/conflict.pcap --raw --as 10.0.0.1",
    "fixtures/captures/conflict.pcap fixtures/captures/redirect.pcap --to-scenario x",
    "fixtures/captures/conflict.pcap --as 10.0.0.1 --emulator --no-such-option",
};

/* It ends the process; what it says there is for people. */
static int status_of(const char *line)
{
    char room[400];
    replay_opt o;
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)!freopen("/dev/null", "w", stderr);
        read_line(line, room, &o);
        _exit(0);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void what_cannot_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        int status = status_of(wrong[i]);
        if (status != HOST_USAGE)
            fail_msg("nbtreplay %s: status %d", wrong[i], status);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", what_it_means),
    NBT_TEST("", what_cannot_be),
};

NBT_MAIN("opt", tests)
