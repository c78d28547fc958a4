/*
 * The cases in which a name server stands between the computers: nobody's name is claimed by
 * broadcast, and it is the server that refuses, or grants what it should not.
 */
#include "tools/lab/run.h"

#include <stdio.h>
#include <string.h>

#define NETBIOS_OR_TCP "netbios,tcp"

/* How long a holder is waited for: a live one as the RFC has it, one known to be dead shortly. */
#define PATIENT "5000"
#define SHORT "300"

static const lab_host hosts[] = {
    { "server", 1, 0 }, { "console", 1, 0 }, { "client1", 1, 0 },
    { "clone", 1, 0 },  { "client2", 1, 0 },
};

enum { HOSTS = sizeof hosts / sizeof hosts[0] };

static const run_view on_console = { "console", "client1", NETBIOS_OR_TCP, NULL, NULL };
static const run_view on_clone = { "clone", "client2", NETBIOS_OR_TCP, NULL, NULL };

static void at_server(run *r, const char *host, const char *node_type)
{
    snprintf(r->wins, sizeof r->wins, "%s", lab_ip(r->l, host, 0));
    r->node_type = node_type;
}

/* A server, and two clients that await a viewer each: all of them P nodes. */
static bool start_served(run *r, const char *challenge_ms)
{
    static const char *const clients[] = { "client1", "client2" };
    if (!run_build(r, hosts, HOSTS) || !run_server(r, "server", challenge_ms))
        return false;
    at_server(r, "server", "p");
    return run_computers(r, clients, 2) && run_agent(r, "client1", "netbios") &&
           run_agent(r, "client2", "netbios");
}

static size_t seen(const run *r, const lab_wire *w, nbt_ns_kind kind, const char *from,
                   const char *to, int64_t after)
{
    uint8_t name[NBT_NAME_LEN];
    run_name(name, "CONSOLE", RUN_VIEWER_SUFFIX);
    const lab_look look = { .name = name,
                            .kind = kind,
                            .from_ip = lab_net_ip(r->hosts, r->nhosts, from, 0),
                            .to_ip = lab_net_ip(r->hosts, r->nhosts, to, 0),
                            .after = after };
    return lab_wire_count(w, &look);
}

/* Reads the capture, and proves each attempt, that no node broadcast, and the steps since `after`.
 */
static bool prove_served(run *r, lab_wire *w, const run_viewer *v, size_t n, int64_t after,
                         const run_step *steps, size_t nsteps)
{
    uint8_t name[NBT_NAME_LEN];
    run_name(name, "CONSOLE", RUN_VIEWER_SUFFIX);
    if (!run_read_capture(r, w))
        return false;
    for (size_t i = 0; i < n; i++)
        run_prove(r, w, &v[i], name);
    const lab_look to_all = { .any_kind = true, .to_ip = RUN_EVERYBODY };
    if (lab_wire_count(w, &to_all) > 0)
        run_deviate(r, "frame %llu is a broadcast, although all are P nodes",
                    (unsigned long long)lab_wire_first(w, &to_all)->frame);
    run_prove_steps(r, w, name, after, steps, nsteps);
    return true;
}

static void both_alive(run *r, run_viewer v[2])
{
    for (int i = 0; i < 2; i++) {
        if (!run_viewer_alive(r, &v[i]))
            run_deviate(r, "the session of viewer %d did not survive", i + 1);
    }
}

/* -- the owner is alive ------------------------------------------------------------------------ */

void run_server_owner_alive(run *r)
{
    static const run_step steps[] = {
        { NBT_NS_REGISTRATION, "clone", "server" },
        { NBT_NS_WACK, "server", "clone" },
        { NBT_NS_QUERY, "server", "console" },
        { NBT_NS_POSITIVE_QUERY, "console", "server" },
        { NBT_NS_NEGATIVE_REGISTRATION, "server", "clone" },
    };
    lab_wire w;
    if (!start_served(r, PATIENT) || !run_computer(r, "console", "CONSOLE", "eth0"))
        return;
    run_viewer v[2] = { run_viewer_start(r, &on_console) };
    if (!run_computer(r, "clone", "CONSOLE", "eth0"))
        return;
    v[1] = run_viewer_start(r, &on_clone);
    if (!run_viewer_alive(r, &v[0]))
        run_deviate(r, "the owner's session did not survive the challenge");
    if (prove_served(r, &w, v, 2, v[1].began, steps, sizeof steps / sizeof steps[0]))
        lab_wire_free(&w);
}

/* -- the owner is dead ------------------------------------------------------------------------- */

void run_server_owner_dead(run *r)
{
    static const run_step steps[] = {
        { NBT_NS_REGISTRATION, "clone", "server" },
        { NBT_NS_WACK, "server", "clone" },
        { NBT_NS_QUERY, "server", "console" },
        { NBT_NS_QUERY, "server", "console" },
        { NBT_NS_QUERY, "server", "console" },
        { NBT_NS_POSITIVE_REGISTRATION, "server", "clone" },
    };
    lab_wire w;
    if (!start_served(r, SHORT))
        return;
    lab_child *console = run_computer(r, "console", "CONSOLE", "eth0");
    if (!console)
        return;
    run_viewer v[2] = { run_viewer_start(r, &on_console) };
    lab_kill(r->l, console);
    if (!run_computer(r, "clone", "CONSOLE", "eth0"))
        return;
    v[1] = run_viewer_start(r, &on_clone);
    if (!prove_served(r, &w, v, 2, v[1].began, steps, sizeof steps / sizeof steps[0]))
        return;
    if (seen(r, &w, NBT_NS_POSITIVE_QUERY, "console", "server", v[1].began) > 0)
        run_deviate(r, "the dead owner has answered a challenge");
    lab_wire_free(&w);
}

/* -- the owner is slow ------------------------------------------------------------------------- */

/* Three challenges take less than the delay of the owner's link: his first answer is too late. */
void run_server_owner_slow(run *r)
{
    enum { DELAY_MS = 700 };
    static const run_step steps[] = {
        { NBT_NS_REGISTRATION, "clone", "server" },
        { NBT_NS_WACK, "server", "clone" },
        { NBT_NS_QUERY, "server", "console" },
        { NBT_NS_QUERY, "server", "console" },
        { NBT_NS_QUERY, "server", "console" },
        { NBT_NS_POSITIVE_REGISTRATION, "server", "clone" },
        { NBT_NS_POSITIVE_QUERY, "console", "server" },
    };
    static const char *const both[] = { "console", "clone" };
    lab_wire w;
    if (!start_served(r, "50") || !run_computers(r, both, 2))
        return;
    run_viewer v[2] = { run_viewer_start(r, &on_console) };
    if (!lab_slow(r->l, "console", DELAY_MS)) {
        run_fail(r, "the console's link could not be made slow");
        return;
    }
    v[1] = run_viewer_start(r, &on_clone);
    /* The link keeps the order: what comes back to a key typed now has let the answers pass. */
    both_alive(r, v);
    if (prove_served(r, &w, v, 2, v[1].began, steps, sizeof steps / sizeof steps[0]))
        lab_wire_free(&w);
}

/* -- a static mapping -------------------------------------------------------------------------- */

void run_server_static(run *r)
{
    static const run_step steps[] = {
        { NBT_NS_REGISTRATION, "console", "server" },
        { NBT_NS_NEGATIVE_REGISTRATION, "server", "console" },
    };
    lab_wire w;
    if (!start_served(r, PATIENT) || !run_computer(r, "console", "CONSOLE", "eth0"))
        return;
    const char *argv[] = { "nbtlab", "names",       "--socket", run_socket("server"),
                           "add",    "CONSOLE<41>", "unique",   "10.77.0.200",
                           NULL };
    lab_child *add = lab_spawn(r->l, "server", argv);
    if (!add || lab_ended(r->l, add, RUN_START_MS) != 0) {
        run_fail(r, "the static mapping was not made: %s", add ? lab_said(add) : "");
        return;
    }
    run_viewer v[1] = { run_viewer_start(r, &on_console) };
    if (!prove_served(r, &w, v, 1, v[0].began, steps, sizeof steps / sizeof steps[0]))
        return;
    if (seen(r, &w, NBT_NS_WACK, "server", "console", v[0].began) > 0)
        run_deviate(r, "a static mapping was not refused at once");
    lab_wire_free(&w);
}

/* -- a group ----------------------------------------------------------------------------------- */

/* Somebody's viewer that takes the name for a group's keeps all others from having it alone. */
void run_server_group(run *r)
{
    static const run_step steps[] = {
        { NBT_NS_REGISTRATION, "console", "server" },
        { NBT_NS_NEGATIVE_REGISTRATION, "server", "console" },
    };
    static const run_view as_group = { "clone", "client2", NETBIOS_OR_TCP, NULL, "group" };
    static const char *const both[] = { "console", "clone" };
    lab_wire w;
    if (!start_served(r, PATIENT) || !run_computers(r, both, 2))
        return;
    run_viewer v[2] = { run_viewer_start(r, &as_group) };
    v[1] = run_viewer_start(r, &on_console);
    if (!run_viewer_alive(r, &v[0]))
        run_deviate(r, "the group's session did not survive");
    if (!prove_served(r, &w, v, 2, v[1].began, steps, sizeof steps / sizeof steps[0]))
        return;
    if (seen(r, &w, NBT_NS_QUERY, "server", "clone", v[1].began) > 0)
        run_deviate(r, "the server has asked a group's member, who cannot deny");
    lab_wire_free(&w);
}

/* -- no server --------------------------------------------------------------------------------- */

/* The server is asked three times, then the nodes broadcast. The clone does not get to client2. */
void run_server_down(run *r)
{
    static const run_step falling_back[] = {
        { NBT_NS_REGISTRATION, "clone", "server" }, { NBT_NS_REGISTRATION, "clone", "server" },
        { NBT_NS_REGISTRATION, "clone", "server" }, { NBT_NS_REGISTRATION, "clone", NULL },
        { NBT_NS_OVERWRITE_DEMAND, "clone", NULL },
    };
    static const run_step steps[] = {
        { NBT_NS_REGISTRATION, "clone", NULL },
        { NBT_NS_NEGATIVE_REGISTRATION, "console", "clone" },
    };
    static const char *const computers[] = { "client1", "console", "clone" };
    uint8_t own[NBT_NAME_LEN], name[NBT_NAME_LEN];
    lab_wire w;
    run_name(name, "CONSOLE", RUN_VIEWER_SUFFIX);
    run_name(own, "CLONE", 0x00);
    if (!run_build(r, hosts, HOSTS))
        return;
    at_server(r, "server", "h");
    if (!run_computers(r, computers, 3) || !run_agent(r, "client1", "netbios"))
        return;
    run_viewer v[2] = { run_viewer_start(r, &on_console) };
    v[1] = run_viewer_start(r, &on_clone);
    if (!run_read_capture(r, &w))
        return;
    run_prove(r, &w, &v[1], name);
    run_prove_steps(r, &w, own, 0, falling_back, sizeof falling_back / sizeof falling_back[0]);
    run_prove_steps(r, &w, name, v[1].began, steps, sizeof steps / sizeof steps[0]);
    lab_wire_free(&w);
}

/* -- a stale record ---------------------------------------------------------------------------- */

/* The crashed console stays found; back at its own address, it gets its name without a challenge.
 */
void run_server_stale(run *r)
{
    static const run_step steps[] = {
        { NBT_NS_QUERY, "client2", "server" },
        { NBT_NS_POSITIVE_QUERY, "server", "client2" },
        { NBT_NS_REGISTRATION, "console", "server" },
        { NBT_NS_POSITIVE_REGISTRATION, "server", "console" },
    };
    static const run_view again = { "console", "client2", NETBIOS_OR_TCP, NULL, NULL };
    uint8_t name[NBT_NAME_LEN];
    lab_wire w;
    run_name(name, "CONSOLE", RUN_VIEWER_SUFFIX);
    if (!start_served(r, PATIENT))
        return;
    lab_child *console = run_computer(r, "console", "CONSOLE", "eth0");
    if (!console)
        return;
    run_viewer v[2] = { run_viewer_start(r, &on_console) };
    lab_kill(r->l, console);
    int64_t crashed = lab_clock();
    unsigned owners = run_find_owners(r, "client2", name);
    if (owners != 1)
        run_deviate(r, "FIND NAME found %u owners of the crashed console's name", owners);
    if (!run_computer(r, "console", "CONSOLE", "eth0"))
        return;
    v[1] = run_viewer_start(r, &again);
    if (!prove_served(r, &w, v, 2, crashed, steps, sizeof steps / sizeof steps[0]))
        return;
    if (seen(r, &w, NBT_NS_WACK, "server", "console", crashed) > 0)
        run_deviate(r, "the console was made to wait for its own name");
    lab_wire_free(&w);
}

/* -- two servers ------------------------------------------------------------------------------- */

/* Each half of the computers has a server of its own; neither server knows the other's names. */
static bool start_divided(run *r)
{
    static const lab_host divided[] = {
        { "server", 1, 0 }, { "server2", 1, 0 }, { "console", 1, 0 },
        { "clone", 1, 0 },  { "client1", 1, 0 }, { "client2", 1, 0 },
    };
    static const char *const first[] = { "console", "client1" };
    static const char *const second[] = { "client2" };
    if (!run_build(r, divided, 6) || !run_server(r, "server", PATIENT) ||
        !run_server(r, "server2", PATIENT))
        return false;
    at_server(r, "server", "p");
    if (!run_computers(r, first, 2))
        return false;
    at_server(r, "server2", "p");
    return run_computers(r, second, 1) && run_computer(r, "clone", "CONSOLE", "eth0") &&
           run_agent(r, "client1", "netbios") && run_agent(r, "client2", "netbios");
}

void run_two_servers(run *r)
{
    static const run_step steps[] = {
        { NBT_NS_REGISTRATION, "console", "server" },
        { NBT_NS_POSITIVE_REGISTRATION, "server", "console" },
        { NBT_NS_REGISTRATION, "clone", "server2" },
        { NBT_NS_POSITIVE_REGISTRATION, "server2", "clone" },
        { NBT_NS_QUERY, "client1", "server" },
        { NBT_NS_POSITIVE_QUERY, "server", "client1" },
        { NBT_NS_QUERY, "client2", "server2" },
        { NBT_NS_POSITIVE_QUERY, "server2", "client2" },
    };
    uint8_t name[NBT_NAME_LEN];
    lab_wire w;
    run_name(name, "CONSOLE", RUN_VIEWER_SUFFIX);
    if (!start_divided(r))
        return;
    run_viewer v[2] = { run_viewer_start(r, &on_console) };
    v[1] = run_viewer_start(r, &on_clone);
    if (run_find_owners(r, "client1", name) != 1 || run_find_owners(r, "client2", name) != 1)
        run_deviate(r, "not each server knows one owner of the name");
    both_alive(r, v);
    if (prove_served(r, &w, v, 2, v[0].began, steps, sizeof steps / sizeof steps[0]))
        lab_wire_free(&w);
}

/* -- two adapters ------------------------------------------------------------------------------ */

/* The one that has the name already says that both addresses are the computer's. */
void run_server_two_lanas(run *r)
{
    static const lab_host multihomed[] = {
        { "server", 1, 0 },
        { "console", 2, 0 },
        { "client1", 1, 0 },
        { "client2", 1, 0 },
    };
    static const run_step steps[] = {
        { NBT_NS_MULTIHOMED, "console", "server" },
        { NBT_NS_POSITIVE_REGISTRATION, "server", "console" },
        { NBT_NS_MULTIHOMED, "console/1", "server" },
        { NBT_NS_WACK, "server", "console/1" },
        { NBT_NS_QUERY, "server", "console" },
        { NBT_NS_POSITIVE_QUERY, "console", "server" },
        { NBT_NS_POSITIVE_REGISTRATION, "server", "console/1" },
    };
    static const run_view second = { "console", "client2", NETBIOS_OR_TCP, "1", NULL };
    static const char *const clients[] = { "client1", "client2" };
    lab_wire w;
    if (!run_build(r, multihomed, 4) || !run_server(r, "server", PATIENT))
        return;
    at_server(r, "server", "p");
    if (!run_computers(r, clients, 2) || !run_agent(r, "client1", "netbios") ||
        !run_agent(r, "client2", "netbios") || !run_computer(r, "console", "CONSOLE", "eth0,eth1"))
        return;
    run_viewer v[2] = { run_viewer_start(r, &on_console) };
    v[1] = run_viewer_start(r, &second);
    both_alive(r, v);
    if (prove_served(r, &w, v, 2, v[0].began, steps, sizeof steps / sizeof steps[0]))
        lab_wire_free(&w);
}
