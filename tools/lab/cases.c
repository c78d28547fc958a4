/*
 * The cases of the reproduction, as a table, and the plain list of viewers that most of them are.
 * What comes out otherwise than its row says is a deviation that the report shows.
 */
#include "tools/lab/cases.h"
#include "tools/lab/run.h"

#include <stdio.h>
#include <string.h>

#define NETBIOS_OR_TCP "netbios,tcp" /* what a viewer tries that is set to all it knows */

/* clang-format off */
static const lab_case cases[] = {
    { .name = "tcp-only", .asked = "five viewers, TCP only",
      .article = "up to four sessions at once over TCP/IP",
      .agents = { "tcp", "tcp", "tcp", "tcp", "tcp" },
      .attempts = { { 1, "tcp", false }, { 2, "tcp", false }, { 3, "tcp", false },
                    { 4, "tcp", false }, { 5, "tcp", false } },
      .expect = { "TTTTL", "TTTTL" } },
    { .name = "netbios-then-netbios", .asked = "two viewers over NetBIOS",
      .article = "with NetBIOS only one session at a time",
      .agents = { "netbios", "netbios" },
      .attempts = { { 1, NETBIOS_OR_TCP, false }, { 2, NETBIOS_OR_TCP, false } },
      .expect = { "ND", "ND" } },
    { .name = "netbios-then-tcp", .asked = "NetBIOS, then a TCP client",
      .article = "a second attempt fails on the name, even one meant for TCP",
      .agents = { "netbios", "tcp" },
      .attempts = { { 1, NETBIOS_OR_TCP, false }, { 2, NETBIOS_OR_TCP, false } },
      .expect = { "ND", "ND" } },
    { .name = "tcp-tcp-netbios-tcp", .asked = "TCP, TCP, NetBIOS, TCP",
      .article = "once one needs NetBIOS, no further session",
      .agents = { "tcp", "tcp", "netbios", "tcp" },
      .attempts = { { 1, NETBIOS_OR_TCP, false }, { 2, NETBIOS_OR_TCP, false },
                    { 3, NETBIOS_OR_TCP, false }, { 4, NETBIOS_OR_TCP, false } },
      .expect = { "TTND", "TDDD" } },
    { .name = "netbios-closed-then-tcp", .asked = "NetBIOS, closed, then a TCP client",
      .article = "one at a time: the name comes free with its session",
      .agents = { "netbios", "tcp" },
      .attempts = { { 1, NETBIOS_OR_TCP, false }, { 2, NETBIOS_OR_TCP, true } },
      .expect = { "NT", "NT" } },
    { .name = "clone", .asked = "a second computer with the console's name",
      .article = "not in the article: the same fault seen on the wire",
      .expect = { "NI", "NI" }, .procedure = run_clone },
    { .name = "two-lanas", .asked = "two adapters of the console on one network",
      .article = "not in the article: Q103470 has it",
      .expect = { "NI", "NI" }, .procedure = run_two_lanas },
    { .name = "late-conflict", .asked = "two consoles claim apart, then meet",
      .article = "not in the article: RFC 1001 15.1.3.5, Q97491",
      .expect = { "NNC", "NNC" }, .procedure = run_late_conflict },
    { .name = "samba-owner", .asked = "Samba holds the console's name",
      .article = "not in the article: the refusal by somebody else's program",
      .expect = { "I", "I" }, .procedure = run_samba_owner },
    { .name = "server-owner-alive", .asked = "P nodes: the name's owner is alive",
      .article = "not in the article: RFC 1002 5.1.4.1, WACK and challenge",
      .expect = { "NI", "NI" }, .procedure = run_server_owner_alive },
    { .name = "server-owner-dead", .asked = "P nodes: the name's owner is dead",
      .article = "not in the article: RFC 1002 5.1.4.1, the owner is silent",
      .expect = { "NN", "NN" }, .procedure = run_server_owner_dead },
    { .name = "server-owner-slow", .asked = "P nodes: the owner's link has a delay of 700 ms",
      .article = "not in the article: Q173519, the server does not wait so long",
      .expect = { "NN", "NN" }, .procedure = run_server_owner_slow },
    { .name = "server-static", .asked = "P nodes: a static mapping of the name",
      .article = "not in the article: the server's administrator has the name",
      .expect = { "I", "I" }, .procedure = run_server_static },
    { .name = "server-group", .asked = "P nodes: the name is a group's",
      .article = "not in the article: RFC 1002 5.1.4.1, a group is no one's",
      .expect = { "NI", "NI" }, .procedure = run_server_group },
    /* The RFC knows no H nodes, and its times would make one try the server for 15 s each time. */
    { .name = "server-down", .asked = "H nodes: the name server is down",
      .article = "not in the article: Q155501, back to broadcasts",
      .profile = "win2000",
      .expect = { "NI", "NI" }, .procedure = run_server_down },
    { .name = "server-stale", .asked = "P nodes: the console crashes and comes back",
      .article = "not in the article: RFC 1001 15.1.7, its record is there, and its own",
      .expect = { "NN", "NN" }, .procedure = run_server_stale },
    { .name = "server-two", .asked = "P nodes: two name servers that disagree",
      .article = "not in the article: each server has given the name to another",
      .expect = { "NN", "NN" }, .procedure = run_two_servers },
    { .name = "server-two-lanas", .asked = "P nodes: two adapters of the console",
      .article = "not in the article: MS-NBTE 2.2.2, the owner vouches for his other address",
      .profile = "win2000",
      .expect = { "NN", "NN" }, .procedure = run_server_two_lanas },
    { .name = "remedy-shared", .asked = "NetBIOS, NetBIOS, TCP, TCP; one name for all viewers",
      .article = "a remedy: four sessions", .policy = "shared",
      .agents = { "netbios", "netbios", "tcp", "tcp" },
      .attempts = { { 1, NETBIOS_OR_TCP, false }, { 2, NETBIOS_OR_TCP, false },
                    { 3, NETBIOS_OR_TCP, false }, { 4, NETBIOS_OR_TCP, false } },
      .expect = { "NNTT", "NNTT" } },
    { .name = "remedy-group", .asked = "NetBIOS, NetBIOS, TCP, TCP; a group name",
      .article = "a remedy: four sessions", .policy = "group",
      .agents = { "netbios", "netbios", "tcp", "tcp" },
      .attempts = { { 1, NETBIOS_OR_TCP, false }, { 2, NETBIOS_OR_TCP, false },
                    { 3, NETBIOS_OR_TCP, false }, { 4, NETBIOS_OR_TCP, false } },
      .expect = { "NNTT", "NNTT" } },
    { .name = "remedy-numbered", .asked = "NetBIOS, NetBIOS, TCP, TCP; a number in each name",
      .article = "a remedy: four sessions", .policy = "numbered",
      .agents = { "netbios", "netbios", "tcp", "tcp" },
      .attempts = { { 1, NETBIOS_OR_TCP, false }, { 2, NETBIOS_OR_TCP, false },
                    { 3, NETBIOS_OR_TCP, false }, { 4, NETBIOS_OR_TCP, false } },
      .expect = { "NNTT", "NNTT" } },
    /* Without the name there is no NetBIOS, so the second client must be there over TCP as well. */
    { .name = "remedy-tolerant", .asked = "NetBIOS, NetBIOS or TCP, TCP, TCP; a refusal is no end",
      .article = "a remedy: four sessions", .policy = "tolerant",
      .agents = { "netbios", NETBIOS_OR_TCP, "tcp", "tcp" },
      .attempts = { { 1, NETBIOS_OR_TCP, false }, { 2, NETBIOS_OR_TCP, false },
                    { 3, NETBIOS_OR_TCP, false }, { 4, NETBIOS_OR_TCP, false } },
      .expect = { "NTTT", "NTTT" } },
};
/* clang-format on */

static const char *const claim_words[LAB_CLAIMS] = { "each-attempt", "held" };

const char *lab_claim_word(lab_claim claim)
{
    return claim_words[claim];
}

size_t lab_case_count(void)
{
    return sizeof cases / sizeof cases[0];
}

const lab_case *lab_case_at(size_t i)
{
    return i < lab_case_count() ? &cases[i] : NULL;
}

const lab_case *lab_case_find(const char *name)
{
    for (size_t i = 0; i < lab_case_count(); i++) {
        if (strcmp(cases[i].name, name) == 0)
            return &cases[i];
    }
    return NULL;
}

const char *lab_case_name(const lab_case *c)
{
    return c->name;
}

const char *lab_case_asked(const lab_case *c)
{
    return c->asked;
}

/* -- a plain list of viewers ------------------------------------------------------------------- */

static const lab_host plain_hosts[] = {
    { "console", 1, 0 }, { "client1", 1, 0 }, { "client2", 1, 0 },
    { "client3", 1, 0 }, { "client4", 1, 0 }, { "client5", 1, 0 },
};

static const char *const client_hosts[] = { "client1", "client2", "client3", "client4", "client5" };

static bool start_all(run *r)
{
    const char *names[1 + RUN_CLIENTS_MAX] = { "console" };
    size_t n = 1;
    for (size_t i = 0; i < RUN_CLIENTS_MAX && r->c->agents[i]; i++)
        names[n++] = client_hosts[i];
    if (!run_build(r, plain_hosts, n) || !run_computers(r, names, n))
        return false;
    for (size_t i = 0; i + 1 < n; i++) {
        if (!run_agent(r, client_hosts[i], r->c->agents[i]))
            return false;
    }
    return true;
}

static void run_list(run *r)
{
    run_viewer v[LAB_ATTEMPTS_MAX] = { 0 };
    size_t n = 0;
    if (!start_all(r))
        return;
    for (; n < LAB_ATTEMPTS_MAX && r->c->attempts[n].client > 0 && !r->failed; n++) {
        const run_attempt *a = &r->c->attempts[n];
        if (a->close_before)
            run_viewer_close(r, &v[n - 1]);
        const run_view how = { "console", client_hosts[a->client - 1], a->protocols, NULL,
                               r->c->policy };
        v[n] = run_viewer_start(r, &how);
    }
    for (size_t i = 0; i < n && !r->failed; i++) {
        bool closed = i + 1 < n && r->c->attempts[i + 1].close_before;
        bool up = v[i].outcome == 'N' || v[i].outcome == 'T';
        if (up && !closed && !run_viewer_alive(r, &v[i]))
            run_deviate(r, "the session of viewer %zu is no longer alive at the end", i + 1);
    }
    lab_wire w;
    uint8_t name[NBT_NAME_LEN];
    run_name(name, "CONSOLE", RUN_VIEWER_SUFFIX);
    if (!run_read_capture(r, &w))
        return;
    for (size_t i = 0; i < n; i++)
        run_prove(r, &w, &v[i], name);
    lab_wire_free(&w);
}

/* -- one case ---------------------------------------------------------------------------------- */

static void compare(run *r)
{
    const char *expect = r->c->expect[r->claim];
    size_t sessions = 0, i;
    json_t *a;
    char got[LAB_ATTEMPTS_MAX + 1] = "";
    json_array_foreach (r->attempts, i, a) {
        sessions += json_is_true(json_object_get(a, "ok"));
        if (i < LAB_ATTEMPTS_MAX)
            got[i] = *json_string_value(json_object_get(a, "outcome"));
    }
    json_object_set_new(r->result, "obtained", json_integer((json_int_t)sessions));
    json_object_set_new(r->result, "expected", json_string(expect));
    if (!r->failed && strcmp(got, expect) != 0)
        run_deviate(r, "the attempts came out as %s, expected %s", got, expect);
    json_t *deviations = json_object_get(r->result, "deviations");
    json_object_set_new(r->result, "agrees", json_boolean(json_array_size(deviations) == 0));
}

static const char *profile_of(const lab_case *c, const lab_options *opt)
{
    return c->profile ? c->profile : opt->profile;
}

static json_t *new_result(const lab_case *c, lab_claim claim, const lab_options *opt)
{
    char capture[512];
    json_t *result = json_object();
    snprintf(capture, sizeof capture, "%s/%s%s.pcap", opt->out, c->name,
             claim == LAB_CLAIM_HELD ? "-held" : "");
    json_object_set_new(result, "case", json_string(c->name));
    json_object_set_new(result, "claim", json_string(lab_claim_word(claim)));
    json_object_set_new(result, "profile", json_string(profile_of(c, opt)));
    json_object_set_new(result, "asked", json_string(c->asked));
    json_object_set_new(result, "article", json_string(c->article));
    json_object_set_new(result, "capture", json_string(capture));
    json_object_set_new(result, "attempts", json_array());
    json_object_set_new(result, "deviations", json_array());
    json_object_set_new(result, "notes", json_array());
    return result;
}

/* A case whose outcome is not the same under the other model says so. */
static json_t *depends(const lab_case *c, lab_claim claim)
{
    return json_sprintf("depends on how the name is claimed: %s gives %s, %s gives %s",
                        lab_claim_word(claim), c->expect[claim], lab_claim_word(1 - claim),
                        c->expect[1 - claim]);
}

json_t *lab_case_run(const lab_case *c, lab_claim claim, const lab_options *opt)
{
    run r = { .c = c, .claim = claim, .opt = opt, .result = new_result(c, claim, opt) };
    r.profile = profile_of(c, opt);
    r.attempts = json_object_get(r.result, "attempts");
    int64_t began = lab_clock();
    if (c->procedure)
        c->procedure(&r);
    else
        run_list(&r);
    if (r.l)
        lab_free(r.l);
    compare(&r);
    const char *other = c->expect[1 - claim];
    if (strcmp(other, c->expect[claim]) != 0)
        json_object_set_new(r.result, "depends", depends(c, claim));
    json_object_set_new(r.result, "seconds", json_real((double)(lab_clock() - began) / 1e6));
    return r.result;
}
