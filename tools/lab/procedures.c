/*
 * The cases that are more than a list of viewers on one console.
 */
#include "nbt/ncb.h"
#include "tools/host/ncbsock.h"
#include "tools/lab/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NETBIOS_OR_TCP "netbios,tcp"

/* Proves what a viewer met, now that the case is over. */
static void prove_all(run *r, const run_viewer *v, size_t n)
{
    lab_wire w;
    uint8_t name[NBT_NAME_LEN];
    run_name(name, "CONSOLE", RUN_VIEWER_SUFFIX);
    if (!run_read_capture(r, &w))
        return;
    for (size_t i = 0; i < n; i++)
        run_prove(r, &w, &v[i], name);
    lab_wire_free(&w);
}

/* How many of a computer's own names were refused, as its driver said when they were settled. */
static long long own_refused(const lab_child *driver)
{
    const json_t *event;
    size_t i;
    json_array_foreach (lab_events(driver), i, event) {
        if (strcmp(lab_text(event, "event"), "settled") == 0)
            return json_integer_value(json_object_get(event, "refused"));
    }
    return -1;
}

/* -- a clone: the same computer name on another machine ---------------------------------------- */

void run_clone(run *r)
{
    static const lab_host hosts[] = {
        { "console", 1, 0 }, { "clone", 1, 0 }, { "client1", 1, 0 }, { "client2", 1, 0 }
    };
    static const char *const first[] = { "console", "client1", "client2" };
    if (!run_build(r, hosts, 4) || !run_computers(r, first, 3) ||
        !run_agent(r, "client1", "netbios") || !run_agent(r, "client2", "netbios"))
        return;
    const run_view one = { "console", "client1", NETBIOS_OR_TCP, NULL, NULL };
    const run_view two = { "clone", "client2", NETBIOS_OR_TCP, NULL, NULL };
    run_viewer v[2] = { run_viewer_start(r, &one) };

    lab_child *clone = run_computer(r, "clone", "CONSOLE", "eth0");
    if (!clone)
        return;
    if (own_refused(clone) == 0)
        run_deviate(r, "the clone got its own names although the console has them");
    else
        run_note(r, "of the clone's own names, %lld were refused by the console",
                 own_refused(clone));
    v[1] = run_viewer_start(r, &two);
    if (!run_viewer_alive(r, &v[0]))
        run_deviate(r, "the console's session did not survive the clone's attempt");
    prove_all(r, v, 2);
}

/* -- two adapters of one computer on one wire -------------------------------------------------- */

void run_two_lanas(run *r)
{
    static const lab_host hosts[] = { { "console", 2, 0 },
                                      { "client1", 1, 0 },
                                      { "client2", 1, 0 } };
    static const char *const clients[] = { "client1", "client2" };
    if (!run_build(r, hosts, 3) || !run_computers(r, clients, 2) ||
        !run_agent(r, "client1", "netbios") || !run_agent(r, "client2", "netbios"))
        return;
    lab_child *console = run_computer(r, "console", "CONSOLE", "eth0,eth1");
    if (!console)
        return;
    if (own_refused(console) <= 0)
        run_deviate(r, "adapter 1 got the console's own names although adapter 0 has them");
    const run_view one = { "console", "client1", NETBIOS_OR_TCP, "0", NULL };
    const run_view two = { "console", "client2", NETBIOS_OR_TCP, "1", NULL };
    uint32_t adapter0 = lab_net_ip(hosts, 3, "console", 0);
    run_viewer v[2] = { run_viewer_start(r, &one) };
    v[1] = run_viewer_start(r, &two);
    prove_all(r, v, 2);
    if (v[1].outcome == 'I' && strcmp(lab_text(v[1].attempt, "by"), run_ip(adapter0)) != 0)
        run_deviate(r, "adapter 1 was refused by %s, not by adapter 0",
                    lab_text(v[1].attempt, "by"));
}

/* -- two consoles that claim apart, and meet --------------------------------------------------- */

typedef struct marked {
    lab_child *driver[2]; /* console's, clone's */
    int which;            /* the one whose name was marked as in conflict; -1 while none is */
} marked;

static bool is_marked(void *arg)
{
    marked *m = arg;
    for (int d = 0; d < 2; d++) {
        const json_t *event;
        size_t i;
        json_array_foreach (lab_events(m->driver[d]), i, event) {
            if (strcmp(lab_text(event, "what"), "name") == 0 &&
                strcmp(lab_text(event, "to"), "conflict") == 0)
                m->which = d;
        }
    }
    return m->which >= 0;
}

/* Each console has its clients on its own side, so that both have a session when they meet. */
static bool start_apart(run *r, marked *m, run_viewer v[2])
{
    static const lab_host hosts[] = {
        { "console", 1, 0 }, { "client1", 1, 0 }, { "client3", 1, 0 },
        { "clone", 1, 1 },   { "client2", 1, 1 }, { "observer", 1, 0 },
    };
    static const char *const clients[] = { "client1", "client2", "client3" };
    if (!run_build(r, hosts, 6) || !run_computers(r, clients, 3) ||
        !run_agent(r, "client1", "netbios") || !run_agent(r, "client2", "netbios") ||
        !run_agent(r, "client3", "netbios") || !run_observer(r, "observer", "OBSERVER"))
        return false;
    m->driver[0] = run_computer(r, "console", "CONSOLE", "eth0");
    m->driver[1] = run_computer(r, "clone", "CONSOLE", "eth0");
    if (r->failed)
        return false;
    const run_view one = { "console", "client1", NETBIOS_OR_TCP, NULL, NULL };
    const run_view two = { "clone", "client2", NETBIOS_OR_TCP, NULL, NULL };
    v[0] = run_viewer_start(r, &one);
    v[1] = run_viewer_start(r, &two);
    return !r->failed;
}

/* A bridge takes a moment until it forwards on a new port: until one side finds the other. */
static bool join(run *r)
{
    uint8_t beyond[NBT_NAME_LEN];
    run_name(beyond, "CLIENT2", 0x00);
    bool joined = lab_join(r->l);
    for (int tries = 0; joined && tries < 10 && !r->failed; tries++) {
        if (run_find_owners(r, "observer", beyond) > 0)
            return true;
    }
    run_fail(r, "the two segments could not be joined");
    return false;
}

/* The conflict demand is in the capture, and nothing but it marked the name. */
static void prove_demand(run *r, const lab_wire *w, const uint8_t name[NBT_NAME_LEN], uint32_t to)
{
    lab_look look = { .name = name, .kind = NBT_NS_CONFLICT_DEMAND, .to_ip = to };
    const lab_packet *p = lab_wire_first(w, &look);
    if (!p) {
        run_deviate(r, "the capture has no NAME CONFLICT DEMAND to %s", run_ip(to));
        return;
    }
    json_t *demand = json_object();
    run_evidence(demand, p);
    json_object_set_new(r->result, "conflict_demand", demand);
    run_note(r, "frame %llu is the NAME CONFLICT DEMAND", (unsigned long long)p->frame);
}

void run_late_conflict(run *r)
{
    marked m = { .which = -1 };
    run_viewer v[3] = { 0 };
    lab_wire w;
    uint8_t name[NBT_NAME_LEN];
    run_name(name, "CONSOLE", RUN_VIEWER_SUFFIX);
    if (!start_apart(r, &m, v))
        return;
    if (!join(r))
        return;
    unsigned owners = run_find_owners(r, "observer", name);
    run_note(r, "after the segments were joined, FIND NAME from an observer found %u owners",
             owners);
    if (owners != 2)
        run_deviate(r, "FIND NAME found %u owners of the name, expected 2", owners);
    if (!lab_until(r->l, is_marked, &m, 5000)) {
        run_deviate(r, "no console's name was marked as in conflict");
        return;
    }
    const char *loser = m.which == 0 ? "console" : "clone";
    uint32_t loser_ip = lab_net_ip(r->hosts, r->nhosts, loser, 0);
    run_note(r, "the name of %s (%s) was marked as in conflict", loser, run_ip(loser_ip));

    const run_view next = { loser, "client3", NETBIOS_OR_TCP, NULL, NULL };
    v[2] = run_viewer_start(r, &next);
    for (int i = 0; i < 2; i++) {
        if (!run_viewer_alive(r, &v[i]))
            run_deviate(r, "the session of %s did not survive the conflict",
                        i == 0 ? "console" : "clone");
    }
    if (!run_read_capture(r, &w))
        return;
    run_prove(r, &w, &v[2], name);
    prove_demand(r, &w, name, loser_ip);
    lab_wire_free(&w);
}

/* -- a name held by Samba ---------------------------------------------------------------------- */

/* nmbd with all it writes below /run, which is the lab's own. */
static lab_child *start_nmbd(run *r, const char *host, const char *name)
{
    static const char *const dirs[] = { "private", "lock", "state", "cache", "pid", "ncalrpc" };
    static const char *const keys[] = { "private dir",     "lock directory", "state directory",
                                        "cache directory", "pid directory",  "ncalrpc dir" };
    const char *conf = "/run/smb.conf";
    FILE *f = fopen(conf, "w");
    if (!f) {
        run_fail(r, "%s could not be written", conf);
        return NULL;
    }
    fprintf(f,
            "[global]\n netbios name = %s\n workgroup = NBTLAB\n interfaces = %s/24\n"
            " bind interfaces only = yes\n disable netbios = no\n dns proxy = no\n"
            " log file = /run/samba.log\n",
            name, lab_ip(r->l, host, 0));
    mkdir("/run/samba", 0755); /* it wants this one too, whatever the file says */
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "/run/samba-%s", dirs[i]);
        mkdir(path, 0700);
        fprintf(f, " %s = %s\n", keys[i], path);
    }
    fclose(f);
    const char *argv[] = { "nmbd", "--foreground", "--no-process-group", "-s", conf, NULL };
    lab_child *nmbd = lab_spawn(r->l, host, argv);
    if (!nmbd)
        run_fail(r, "nmbd could not be started");
    return nmbd;
}

/* nmbd answers for its name once it has claimed it, which takes it four seconds. */
static bool await_owner(run *r, lab_child *nmbd, const uint8_t name[NBT_NAME_LEN])
{
    for (int tries = 0; tries < 10 && !r->failed; tries++) {
        if (run_find_owners(r, "client1", name) > 0)
            return true;
        if (lab_ended(r->l, nmbd, 1) >= 0)
            break;
    }
    run_fail(r, "nmbd does not answer for its name: %s", lab_said(nmbd));
    return false;
}

/* The driver's own report about its refused <00>, as an attempt like a viewer's. */
static json_t *own_name_attempt(run *r, const lab_child *driver, const uint8_t name[NBT_NAME_LEN])
{
    char text[NBT_NAME_STR_MAX];
    const json_t *event;
    size_t i;
    nbt_name16_print(name, text, sizeof text);
    json_array_foreach (lab_events(driver), i, event) {
        if (strcmp(lab_text(event, "event"), "own-name") != 0 ||
            strcmp(lab_text(json_object_get(event, "name"), "full"), text) != 0)
            continue;
        bool ok = json_is_true(json_object_get(event, "obtained"));
        json_int_t code = json_integer_value(json_object_get(event, "retcode"));
        json_t *a = json_object();
        json_object_set_new(a, "viewer", json_integer(0));
        json_object_set_new(a, "host", json_string("console"));
        json_object_set_new(a, "ok", json_boolean(ok));
        json_object_set_new(a, "outcome", json_string(code == NBT_NRC_INUSE ? "I" : "?"));
        json_object_set_new(a, "ncb", json_string("ADD NAME"));
        json_object_set_new(a, "retcode", json_integer(code));
        json_object_set_new(a, "nrc", json_string(lab_text(event, "nrc")));
        json_object_set_new(a, "said", json_string(lab_said(driver)));
        json_array_append_new(r->attempts, a);
        return a;
    }
    run_fail(r, "nbtd did not report what became of %s", text);
    return NULL;
}

void run_samba_owner(run *r)
{
    static const lab_host hosts[] = { { "samba", 1, 0 }, { "console", 1, 0 }, { "client1", 1, 0 } };
    static const char *const clients[] = { "client1" };
    uint8_t name[NBT_NAME_LEN];
    run_name(name, "CONSOLE", 0x00);
    if (!run_build(r, hosts, 3) || !run_computers(r, clients, 1))
        return;
    lab_child *nmbd = start_nmbd(r, "samba", "CONSOLE");
    if (!nmbd || !await_owner(r, nmbd, name))
        return;
    lab_child *driver = run_computer(r, "console", "CONSOLE", "eth0");
    json_t *a = driver ? own_name_attempt(r, driver, name) : NULL;
    uint32_t samba = lab_net_ip(hosts, 3, "samba", 0);
    lab_wire w;
    if (!a || !run_read_capture(r, &w))
        return;
    const lab_look look = { .name = name, .kind = NBT_NS_NEGATIVE_REGISTRATION, .from_ip = samba };
    const lab_packet *p = lab_wire_first(&w, &look);
    if (p)
        run_evidence(a, p);
    else
        run_deviate(r, "the capture has no refusal from Samba");
    lab_wire_free(&w);
}
