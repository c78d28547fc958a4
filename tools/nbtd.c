/*
 * nbtd: the NetBIOS driver of one computer, a name server, or both. Options, wiring, and what is
 * said to the user.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "nbt/own.h"
#include "tools/host/clock.h"
#include "tools/host/complain.h"
#include "tools/host/drop.h"
#include "tools/host/json.h"
#include "tools/host/labsetup.h"
#include "tools/host/localsock.h"
#include "tools/host/nameserver.h"
#include "tools/host/ncbsrv.h"
#include "tools/host/nssetup.h"
#include "tools/host/setup.h"
#include "tools/host/trace.h"

typedef struct nbtd {
    host_setup setup;
    host_nssetup nssetup;
    host_labsetup lab;
    bool name_server;
    const char *ns_option; /* one that is for a name server alone */
    const char *socket;    /* where programs find the computer */
    const char *ns_socket; /* where the name server is watched */
    bool json, verbose, exit_on_duplicate, jumps;
    host_err err; /* of an option */
    bool wrong;   /* err is set */
    host_driver *driver;
    host_nameserver *server;
    host_clock *clock; /* NULL: the machine's */
    nbt_own own;
    nbt_trace refusal; /* the last that was seen */
    host_complaints complaints;
    int status;
} nbtd;

/* --- what is said --- */

/* A line for people, and the same as an event for programs. */
static void say(void *tool, const char *line)
{
    const nbtd *n = tool;
    fprintf(stderr, "nbtd: %s\n", line);
    if (n->json) {
        host_json j;
        host_json_begin(&j, stdout, "log");
        host_json_str(&j, "text", line);
        host_json_end(&j);
    }
}

static void say_ready(const nbtd *n)
{
    const host_setup *s = &n->setup;
    char ip[HOST_IP_STR_MAX];
    fprintf(stderr, "nbtd: ready: %s, programs' socket %s, profile %s, %s node", s->name, n->socket,
            s->profile->name, nbt_code_word(NBT_CODESET_NODE_TYPE, s->type));
    for (size_t i = 0; i < s->nservers; i++)
        fprintf(stderr, ", name server %s%s%s", s->servers_of[i], *s->servers_of[i] ? "=" : "",
                host_ip_str(s->servers[i], ip));
    if (host_setup_own_server(s))
        fputs(", name server itself", stderr);
    for (size_t i = 0; i < s->nadapters; i++) {
        fprintf(stderr, ", LANA %u %s %s", s->adapters[i].lana.lana, s->adapters[i].iface.name,
                host_ip_str(s->adapters[i].iface.ip, ip));
    }
    fputc('\n', stderr);
    if (!n->json)
        return;
    host_json j;
    host_json_begin(&j, stdout, "ready");
    host_json_str(&j, "name", s->name);
    host_json_str(&j, "socket", n->socket);
    host_json_str(&j, "profile", s->profile->name);
    host_json_str(&j, "node_type", nbt_code_word(NBT_CODESET_NODE_TYPE, s->type));
    host_json_open(&j, "name_servers", '[');
    for (size_t i = 0; i < s->nservers; i++)
        host_json_ep(&j, NULL, (nbt_ep){ s->servers[i], 0 });
    for (size_t i = 0; host_setup_own_server(s) && i < s->nadapters; i++)
        host_json_ep(&j, NULL, (nbt_ep){ s->adapters[i].iface.ip, 0 });
    host_json_close(&j, ']');
    host_json_open(&j, "lanas", '[');
    for (size_t i = 0; i < s->nadapters; i++) {
        const host_adapter *a = &s->adapters[i];
        host_json_open(&j, NULL, '{');
        host_json_int(&j, "lana", a->lana.lana);
        host_json_str(&j, "interface", a->iface.name);
        host_json_ep(&j, "address", (nbt_ep){ a->iface.ip, 0 });
        host_json_ep(&j, "broadcast", (nbt_ep){ a->iface.broadcast, 0 });
        host_json_close(&j, '}');
    }
    host_json_close(&j, ']');
    host_json_end(&j);
}

static void say_own_name(const nbtd *n, const nbt_ncb *ncb)
{
    bool ok = ncb->retcode == NBT_NRC_GOODRET;
    const nbt_code *nrc = nbt_code_find(NBT_CODESET_NRC, ncb->retcode);
    const nbt_trace *t = &n->refusal;
    bool seen = !ok && memcmp(t->name, ncb->name, NBT_NAME_LEN) == 0;
    if (n->json) {
        host_json j;
        host_json_begin(&j, stdout, "own-name");
        host_json_int(&j, "lana", ncb->lana);
        host_json_name(&j, "name", ncb->name);
        host_json_bool(&j, "obtained", ok);
        host_json_int(&j, "retcode", ncb->retcode);
        host_json_str(&j, "nrc", nrc ? nrc->word : "unknown");
        if (seen && t->peer.ip) {
            host_json_ep(&j, "refused_by", (nbt_ep){ t->peer.ip, 0 });
            host_json_int(&j, "rcode", t->code);
        }
        host_json_end(&j);
    }
    if (ok)
        return;
    char name[NBT_NAME_STR_MAX], ip[HOST_IP_STR_MAX], who[128] = "";
    const nbt_code *rcode = nbt_code_find(NBT_CODESET_RCODE, t->code);
    nbt_name16_print(ncb->name, name, sizeof name);
    if (seen && !t->code) /* a name server keeps silent, or an owner has answered for himself */
        snprintf(who, sizeof who, "%s%s: %s", t->peer.ip ? " by " : "",
                 t->peer.ip ? host_ip_str(t->peer.ip, ip) : "", t->why);
    else if (seen)
        snprintf(who, sizeof who, " by %s with RCODE %u (%s: %s)", host_ip_str(t->peer.ip, ip),
                 t->code, rcode ? rcode->word : "unknown", rcode ? rcode->text : "unknown");
    fprintf(stderr,
            "nbtd: the own name %s is refused on LANA %u%s: ADD NAME gives %s (0x%02X); %s\n", name,
            ncb->lana, who, nrc ? nrc->word : "an unknown code", ncb->retcode,
            n->exit_on_duplicate ? "ending" : "going on without it");
}

static void say_settled(const nbtd *n)
{
    fprintf(stderr, "nbtd: names settled: %u obtained, %u refused\n", n->own.obtained,
            n->own.refused);
    if (n->json) {
        host_json j;
        host_json_begin(&j, stdout, "settled");
        host_json_int(&j, "obtained", n->own.obtained);
        host_json_int(&j, "refused", n->own.refused);
        host_json_end(&j);
    }
}

static bool seed(uint64_t *seed, host_err *err)
{
    if (getrandom(seed, sizeof *seed, 0) == sizeof *seed)
        return true;
    host_err_set(err, HOST_SYSTEM, "the system has no random numbers");
    return false;
}

static bool is_computer(const nbtd *n)
{
    return n->setup.name[0] || !n->name_server;
}

/* --- the driver's own names --- */

/* Some may end before this returns, and then have called it themselves. */
static void claim_more(nbtd *n)
{
    nbt_ncb ncb;
    uint32_t tag;
    while (nbt_own_next(&n->own, &tag, &ncb))
        host_driver_do(n->driver, tag, &ncb);
}

static void claim(nbtd *n)
{
    host_setup_own(&n->setup, &n->own);
    if (nbt_own_settled(&n->own))
        say_settled(n);
    claim_more(n);
}

static void on_done(void *tool, uint32_t tag, const nbt_ncb *ncb)
{
    nbtd *n = tool;
    (void)tag;
    if (!nbt_own_done(&n->own, ncb))
        return;
    say_own_name(n, ncb);
    if (ncb->retcode != NBT_NRC_GOODRET && n->exit_on_duplicate) {
        n->status = HOST_DUPLICATE;
        host_driver_leave(n->driver);
    } else if (nbt_own_settled(&n->own)) {
        say_settled(n);
    } else {
        claim_more(n);
    }
}

/* Whoever read the events is gone: it is said once, and the programs keep their driver. */
static void check_output(nbtd *n)
{
    host_err err;
    if (!n->json || !host_stdout_lost(&err))
        return;
    n->json = false;
    n->status = host_err_print("nbtd", &err);
}

/* A change of state, for whoever watches. */
static void show(nbtd *n, const nbt_act *act)
{
    if (n->json)
        host_trace_json(stdout, act);
    check_output(n);
    if (n->verbose)
        host_trace_line(stderr, act);
    char complaint[HOST_COMPLAIN_STR_MAX];
    if (host_complain(&n->complaints, host_now(), &act->trace, complaint))
        fprintf(stderr, "nbtd: %s\n", complaint);
}

/* What has become of a name that was ours, by whose packet, and what can be done about it. */
static void say_loss(const nbt_act *act, const char *what, const char *remedy)
{
    const nbt_trace *t = &act->trace;
    char name[NBT_NAME_STR_MAX], ip[HOST_IP_STR_MAX];
    nbt_name16_print(t->name, name, sizeof name);
    fprintf(stderr, "nbtd: the name %s on LANA %u %s %s%s%s%s: %s\n", name, act->lana, what,
            host_ip_str(t->peer.ip, ip), *t->why ? " (" : "", t->why, *t->why ? ")" : "", remedy);
}

static void on_trace(void *tool, const nbt_act *act)
{
    nbtd *n = tool;
    const nbt_trace *t = &act->trace;
    show(n, act);
    bool refused = strcmp(t->to, "refused") == 0, name = strcmp(t->what, "name") == 0;
    if (refused && name)
        n->refusal = *t;
    else if (refused && strcmp(t->what, "release") == 0)
        say_loss(act, "is not released, says",
                 "it stays with the name server until its time is over");
    else if (name && strcmp(t->to, "conflict") == 0)
        say_loss(act, "is in conflict, says", "it can only be deleted now");
    else if (name && strcmp(t->to, "released") == 0 && t->peer.ip)
        say_loss(act, "is lost, says", "it can be added again");
}

/* --- a computer --- */

static void on_stop(void *tool)
{
    nbtd *n = tool;
    host_driver_leave(n->driver);
}

static bool start_computer(nbtd *n, host_loop *loop, host_err *err)
{
    host_driver_cfg cfg = { .adapters = n->setup.adapters,
                            .nadapters = n->setup.nadapters,
                            .socket = n->socket,
                            .name_server = n->server,
                            .sessions = n->lab.sessions,
                            .rules = n->lab.rules,
                            .nrules = n->lab.nrules,
                            .services = n->lab.services,
                            .nservices = n->lab.nservices,
                            .tool = n,
                            .on_done = on_done,
                            .on_trace = on_trace,
                            .on_log = say,
                            .on_stop = on_stop };
    if (!seed(&cfg.seed, err))
        return false;
    n->driver = host_driver_new(loop, &cfg, err);
    return n->driver != NULL;
}

/* --- a name server --- */

static void say_ns_ready(const nbtd *n, const nbt_nbns *server)
{
    const host_nssetup *ns = &n->nssetup;
    const char *store = ns->memory ? NULL : ns->store;
    fprintf(stderr, "nbtd: ready: name server, control socket %s, profile %s, %s%s, %zu names",
            n->ns_socket, ns->profile.name, store ? "store " : "nothing is kept",
            store ? store : "", nbt_nbns_names(server));
    for (size_t i = 0; i < n->setup.nadapters; i++) {
        char ip[HOST_IP_STR_MAX];
        fprintf(stderr, ", LANA %zu %s %s", i, n->setup.adapters[i].iface.name,
                host_ip_str(n->setup.adapters[i].iface.ip, ip));
    }
    fputc('\n', stderr);
    if (!n->json)
        return;
    host_json j;
    host_json_begin(&j, stdout, "ready");
    host_json_str(&j, "socket", n->ns_socket);
    host_json_str(&j, "profile", ns->profile.name);
    if (store)
        host_json_str(&j, "store", store);
    host_json_int(&j, "names", (int64_t)nbt_nbns_names(server));
    host_json_end(&j);
}

static void on_ns_trace(void *tool, const nbt_act *act)
{
    show(tool, act);
}

static bool start_server(nbtd *n, host_loop *loop, host_err *err)
{
    enum { PENDING = 4096, DIRTY = 4096, CONNS = 256 };
    const host_nssetup *ns = &n->nssetup;
    host_iface ifaces[NBT_NBNS_LANAS_MAX];
    host_nameserver_cfg cfg = { .ifaces = ifaces,
                                .nifaces = n->setup.nadapters,
                                .store = ns->store,
                                .datagrams = ns->datagrams,
                                .not_back = ns->not_back,
                                .socket = n->ns_socket,
                                .tool = n,
                                .on_trace = on_ns_trace,
                                .on_log = say };
    cfg.server = (nbt_nbns_cfg){ .profile = &ns->profile,
                                 .served = ns->served,
                                 .nserved = ns->nserved,
                                 .max_names = ns->max_names,
                                 .max_pending = PENDING,
                                 .max_dirty = DIRTY,
                                 .max_conns = CONNS,
                                 .redirect_to = ns->redirect_to,
                                 .migrate = ns->migrate };
    for (size_t i = 0; i < n->setup.nadapters; i++)
        ifaces[i] = n->setup.adapters[i].iface;
    if (!seed(&cfg.server.seed, err))
        return false;
    n->server = host_nameserver_new(loop, &cfg, err);
    return n->server != NULL;
}

/* --- the program --- */

static bool start_clock(nbtd *n, host_loop *loop, host_err *err)
{
    n->clock = host_clock_new(host_loop_uv(loop), STDIN_FILENO, say, n, err);
    return n->clock != NULL;
}

/* Sockets go away in the end, and records come and go. */
static bool drop(const nbtd *n, host_err *err)
{
    const char *const kept[] = { n->socket, n->ns_socket,
                                 n->name_server ? n->nssetup.store : NULL };
    return host_drop(kept, sizeof kept / sizeof kept[0], err);
}

/* The server first: the computer may ask it for its names. */
static void go(nbtd *n, host_loop *loop)
{
    host_err err;
    if ((n->name_server && !start_server(n, loop, &err)) ||
        (is_computer(n) && !start_computer(n, loop, &err)) ||
        (n->jumps && !start_clock(n, loop, &err))) {
        n->status = host_err_print("nbtd", &err);
        return;
    }
    if (!drop(n, &err))
        say(n, err.text);
    if (n->server)
        say_ns_ready(n, host_nameserver_server(n->server));
    if (n->driver) {
        say_ready(n);
        claim(n);
        host_driver_serve(n->driver);
    }
    host_loop_run(loop);
}

static int run(nbtd *n)
{
    host_err err;
    host_loop *loop = host_loop_new(&err);
    if (!loop)
        return host_err_print("nbtd", &err);
    go(n, loop);
    host_clock_free(n->clock);
    host_driver_free(n->driver);
    host_nameserver_free(n->server);
    host_loop_free(loop);
    return n->status;
}

/* --- options --- */

enum {
    OPT_NAME_SERVER = 512,
    OPT_DATAGRAM_SERVER,
    OPT_NOT_BACK,
    OPT_SERVER_PROFILE,
    OPT_NON_SECURED,
    OPT_CHALLENGE_COUNT,
    OPT_CHALLENGE_TIMEOUT,
    OPT_SERVED,
    OPT_REDIRECT,
    OPT_MIGRATE,
    OPT_MAX_NAMES,
    OPT_STORE,
    OPT_MEMORY,
    OPT_SERVER_SOCKET
};

static const struct argp_option ns_options[] = {
    { "name-server", OPT_NAME_SERVER, NULL, 0,
      "be a name server (NBNS, WINS); with --name, a computer too", 0 },
    { "datagram-server", OPT_DATAGRAM_SERVER, NULL, 0,
      "pass datagrams on to groups' members (NBDD), too", 0 },
    { "not-back", OPT_NOT_BACK, NULL, 0, "but not to the member that has sent them", 0 },
    { "server-profile", OPT_SERVER_PROFILE, "rfc|windows|samba", 0,
      "whose rules and times (default: rfc)", 0 },
    { "non-secured", OPT_NON_SECURED, NULL, 0, "leave it to claimants to ask a name's holder", 0 },
    { "challenge-count", OPT_CHALLENGE_COUNT, "N", 0, "how often a holder is asked", 0 },
    { "challenge-timeout", OPT_CHALLENGE_TIMEOUT, "MS", 0, "how long, the first time", 0 },
    { "served", OPT_SERVED, "SUBNET[,...]", 0, "further subnets of clients, as 10.1.0.0/16", 0 },
    { "redirect", OPT_REDIRECT, "ADDRESS", 0, "where to send who asks for a name unknown here", 0 },
    { "migrate", OPT_MIGRATE, NULL, 0, "let a computer's claim replace a static mapping", 0 },
    { "max-names", OPT_MAX_NAMES, "N", 0, "no more names than these (default: 4000000)", 0 },
    { "store", OPT_STORE, "FILE", 0, "where registrations are kept", 0 },
    { "memory", OPT_MEMORY, NULL, 0, "keep nothing", 0 },
    { "server-socket", OPT_SERVER_SOCKET, "PATH", 0,
      "where the name server of a computer is found (else: --socket)", 0 },
    { 0 },
};

static error_t parse_ns(int key, char *arg, struct argp_state *state)
{
    nbtd *n = state->input;
    host_nssetup *s = &n->nssetup;
    bool ok = true;
    if (n->wrong)
        return 0;
    switch (key) {
    case OPT_NAME_SERVER:
        n->name_server = true;
        return 0;
    case OPT_DATAGRAM_SERVER:
        s->datagrams = true;
        break;
    case OPT_NOT_BACK:
        s->not_back = true;
        break;
    case OPT_SERVER_PROFILE:
        ok = host_nssetup_profile(s, arg, &n->err);
        break;
    case OPT_NON_SECURED:
        s->secured_said = true;
        break;
    case OPT_CHALLENGE_COUNT:
        ok = host_nssetup_count(s, arg, &n->err);
        break;
    case OPT_CHALLENGE_TIMEOUT:
        ok = host_nssetup_timeout(s, arg, &n->err);
        break;
    case OPT_SERVED:
        ok = host_nssetup_served(s, arg, &n->err);
        break;
    case OPT_REDIRECT:
        ok = host_nssetup_redirect(s, arg, &n->err);
        break;
    case OPT_MIGRATE:
        s->migrate = true;
        break;
    case OPT_MAX_NAMES:
        ok = host_nssetup_max_names(s, arg, &n->err);
        break;
    case OPT_STORE:
        s->store = arg;
        break;
    case OPT_MEMORY:
        s->memory = true;
        break;
    case OPT_SERVER_SOCKET:
        n->ns_socket = arg;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    n->wrong = !ok;
    for (const struct argp_option *o = ns_options; o->name; o++)
        if (o->key == key)
            n->ns_option = o->name;
    return 0;
}

enum {
    OPT_NODE_TYPE = 256,
    OPT_WINS,
    OPT_NBDD,
    OPT_LMHOSTS,
    OPT_PROFILE,
    OPT_PERSONA,
    OPT_WORKGROUP,
    OPT_USER,
    OPT_SERVICE,
    OPT_ANSWER,
    OPT_SESSIONS,
    OPT_KEEP_ALIVE,
    OPT_CLOCK_JUMPS,
    OPT_EXIT_ON_DUPLICATE
};

enum { PATH_ROOM = 256 };

static const struct argp_option options[] = {
    { "name", 'n', "NAME", 0, "the computer's name, 1 to 15 characters", 0 },
    { "interface", 'i', "IF[,IF...]", 0, "a network interface for each LANA, from 0 on", 0 },
    { "wins", OPT_WINS, "[IF=]ADDRESS[,...]", 0, "name servers, in order of preference", 0 },
    { "nbdd", OPT_NBDD, "ADDRESS[,...]", 0, "datagram distribution servers, in order of preference",
      0 },
    { "node-type", OPT_NODE_TYPE, "b|p|m|h", 0,
      "how names are claimed and found: by broadcast, at name servers, first the one or first the "
      "other (default: h with --wins, else b)",
      0 },
    { "lmhosts", OPT_LMHOSTS, "FILE", 0, "names and addresses of others, as Windows has them", 0 },
    { "profile", OPT_PROFILE, "rfc|win95|nt4|nt4-patched|win2000-unpatched|win2000|samba", 0,
      "whose timing and choices (default: the persona's, else rfc)", 0 },
    { "persona", OPT_PERSONA, "win31|win95|win98|nt4|win2000|xp|samba|help", 0,
      "whom it stands in for: names, their order, node status; help: what each is, and from where",
      0 },
    { "workgroup", OPT_WORKGROUP, "NAME", 0, "of a persona (default: WORKGROUP)", 0 },
    { "user", OPT_USER, "NAME", 0, "of a persona: who is logged on", 0 },
    { "scope", 's', "SCOPE", 0, "the NetBIOS scope (default: none)", 0 },
    { "service", OPT_SERVICE, "LIST|NAME=KIND", 0,
      "own names: workstation, server, messenger, or none (default: all three); or a service for "
      "laboratories: echo, sink, source, slow, refuse, silent, reset, garbage",
      0 },
    { "answer", OPT_ANSWER, "NAME[ from CALLER]=ANSWER", 0,
      "what calls are told whatever listens: a code as 0x82, retarget:ADDRESS:PORT, silent, reset, "
      "garbage, listen",
      0 },
    { "sessions", OPT_SESSIONS, "N", 0, "sessions of each LANA (default: 254)", 0 },
    { "keep-alive", OPT_KEEP_ALIVE, "SECONDS", 0,
      "when an idle session says so, 0: never (default: the profile's)", 0 },
    { "clock-jumps", OPT_CLOCK_JUMPS, NULL, 0,
      "for laboratories: each line of standard input is how many microseconds the clock jumps "
      "ahead",
      0 },
    { "socket", 'S', "PATH", 0, "where programs find the driver, or the name server", 0 },
    { "exit-on-duplicate", OPT_EXIT_ON_DUPLICATE, NULL, 0, "end when an own name is refused", 0 },
    { "json", 'j', NULL, 0, "events as JSON on standard output", 0 },
    { "verbose", 'v', NULL, 0, "every change of state on standard error", 0 },
    { 0 },
};

/* All options are in: do they go together? */
static bool finish(nbtd *n)
{
    host_setup *s = &n->setup;
    s->is_server = n->name_server;
    if (!host_labsetup_finish(&n->lab, s, &n->err))
        return false;
    if (!n->name_server && n->ns_option)
        host_err_set(&n->err, HOST_USAGE, "--%s is for a name server; give --name-server too",
                     n->ns_option);
    else if (!n->name_server)
        return host_setup_finish(s, &n->err);
    else if (!s->name[0] && (s->typed || s->nservers > 0 || s->nnbdds > 0 || s->lmhosts.n > 0))
        host_err_set(&n->err, HOST_USAGE,
                     "a name server alone looks for no names; --wins, --nbdd, --node-type and "
                     "--lmhosts go with --name");
    else if (n->nssetup.not_back && !n->nssetup.datagrams)
        host_err_set(
            &n->err, HOST_USAGE,
            "--not-back is for a datagram distribution server; give --datagram-server too");
    else if (s->nadapters == 0)
        host_err_set(&n->err, HOST_USAGE,
                     "the name server has no interface; give --interface, such as eth0");
    else if (s->nadapters > NBT_NBNS_LANAS_MAX)
        host_err_set(&n->err, HOST_USAGE, "there are more than %d interfaces; take some away",
                     NBT_NBNS_LANAS_MAX);
    else
        return (!s->name[0] || host_setup_finish(s, &n->err)) &&
               host_nssetup_finish(&n->nssetup, &n->err);
    return false;
}

/* Of a name server alone, --socket is its own. */
static void find_sockets(nbtd *n, char path[PATH_ROOM], char ns_path[PATH_ROOM])
{
    if (!is_computer(n) && !n->ns_socket)
        n->ns_socket = n->socket;
    if (n->name_server && !n->ns_socket) {
        n->wrong = !host_localsock_path("name-server", ns_path, PATH_ROOM, &n->err);
        n->ns_socket = ns_path;
    }
    if (!n->wrong && is_computer(n) && !n->socket) {
        n->wrong = !host_localsock_path(n->setup.name, path, PATH_ROOM, &n->err);
        n->socket = path;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    nbtd *n = state->input;
    host_setup *s = &n->setup;
    bool ok = true;
    if (n->wrong)
        return 0; /* the first trouble is told */
    switch (key) {
    case 'n':
        ok = host_setup_name(s, arg, &n->err);
        break;
    case 'i':
        ok = host_setup_interfaces(s, arg, &n->err);
        break;
    case OPT_NODE_TYPE:
        ok = host_setup_node_type(s, arg, &n->err);
        break;
    case OPT_WINS:
        ok = host_setup_wins(s, arg, &n->err);
        break;
    case OPT_NBDD:
        ok = host_setup_nbdd(s, arg, &n->err);
        break;
    case OPT_LMHOSTS:
        ok = host_setup_lmhosts(s, arg, &n->err);
        break;
    case OPT_PROFILE:
        ok = host_setup_profile(s, arg, &n->err);
        break;
    case OPT_PERSONA:
        if (strcmp(arg, "help") == 0) {
            host_setup_list_personas(stdout);
            exit(fflush(stdout) == 0 ? HOST_OK : HOST_SYSTEM);
        }
        ok = host_setup_persona(s, arg, &n->err);
        break;
    case OPT_WORKGROUP:
        ok = host_setup_workgroup(s, arg, &n->err);
        break;
    case OPT_USER:
        ok = host_setup_user(s, arg, &n->err);
        break;
    case 's':
        ok = host_setup_scope(s, arg, &n->err);
        break;
    case OPT_SERVICE:
        ok = strchr(arg, '=') ? host_labsetup_service(&n->lab, arg, &n->err)
                              : host_setup_services(s, arg, &n->err);
        break;
    case OPT_ANSWER:
        ok = host_labsetup_answer(&n->lab, arg, &n->err);
        break;
    case OPT_SESSIONS:
        ok = host_labsetup_sessions(&n->lab, arg, &n->err);
        break;
    case OPT_KEEP_ALIVE:
        ok = host_labsetup_keep_alive(&n->lab, arg, &n->err);
        break;
    case OPT_CLOCK_JUMPS:
        n->jumps = true;
        break;
    case 'S':
        n->socket = arg;
        break;
    case OPT_EXIT_ON_DUPLICATE:
        n->exit_on_duplicate = true;
        break;
    case 'j':
        n->json = true;
        break;
    case 'v':
        n->verbose = true;
        break;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = n;
        return 0;
    case ARGP_KEY_END:
        ok = finish(n);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    n->wrong = !ok;
    return 0;
}

int main(int argc, char **argv)
{
    static const struct argp ns_argp = { .options = ns_options, .parser = parse_ns };
    static const struct argp_child children[] = { { &ns_argp, 0, "A name server:", 1 }, { 0 } };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = children,
        .doc = "The NetBIOS driver of one computer, a name server, or both, in the foreground. See "
               "nbtd(1) for the exit statuses and nbtlab-ncb(7) for the programs' socket.",
    };
    nbtd n = { .status = HOST_OK };
    char path[PATH_ROOM], ns_path[PATH_ROOM];
    argp_program_version = "nbtd " NBTLAB_VERSION;
    argp_err_exit_status = HOST_USAGE;
    host_setup_init(&n.setup);
    host_nssetup_init(&n.nssetup);
    host_labsetup_init(&n.lab);
    argp_parse(&argp, argc, argv, 0, NULL, &n);
    if (!n.wrong)
        find_sockets(&n, path, ns_path);
    int status = n.wrong ? host_err_print("nbtd", &n.err) : run(&n);
    host_setup_fini(&n.setup);
    host_labsetup_fini(&n.lab);
    return status;
}
