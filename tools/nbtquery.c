/*
 * nbtquery: asks the network about a NetBIOS name, and shows every answer. Options, wiring, and the
 * exit status. It sends to the address it is given, or to the subnet of its interface, and nowhere
 * else.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "tools/host/drop.h"
#include "tools/host/json.h"
#include "tools/host/loop.h"
#include "tools/host/mem.h"
#include "tools/host/outs.h"
#include "tools/host/query.h"
#include "tools/host/setup.h"
#include "tools/host/tcp.h"
#include "tools/host/udp.h"

typedef struct nbtquery {
    nbt_probe_cfg cfg;
    const char *name, *scope, *interface;
    uint32_t status_of; /* --status; 0: not asked for */
    uint32_t from;      /* --from; 0: the interface's address */
    unsigned verbs;     /* options that say what is to be done */
    bool check, json;
    unsigned timeout_ms, repeats; /* as said; else the profile's */
    bool timeout_said, repeats_said;
    host_err err;
    bool wrong; /* err is set */
    host_loop *loop;
    host_udp *udp;
    host_tcp *tcp;
    nbt_probe probe;
    host_outs outs;
    bool ended;
} nbtquery;

/* --- the question under way --- */

static void fail(nbtquery *q)
{
    q->wrong = true;
    q->ended = true;
    host_loop_stop(q->loop);
}

static void carry_list(void *ctx, const nbt_out *out)
{
    nbtquery *q = ctx;
    if (out->failed) {
        host_err_set(&q->err, HOST_SYSTEM, "there is no memory left");
        fail(q);
        return;
    }
    host_udp_send(q->udp, out);
    for (size_t i = 0; i < out->n; i++)
        if (out->acts[i].kind != NBT_ACT_SEND)
            host_tcp_act(q->tcp, &out->acts[i], nbt_out_data(out, &out->acts[i]));
}

/* Carries out what the probe wants, and ends when it is over. */
static void go_on(nbtquery *q)
{
    host_outs_carry(&q->outs, carry_list, q);
    if (!q->ended && nbt_probe_over(&q->probe)) {
        q->ended = true;
        host_loop_stop(q->loop);
    }
}

/* Shows what has come in. */
static void show(nbtquery *q, nbt_probe_take take, const nbt_probe_got *got, nbt_ep from)
{
    if (q->json)
        host_query_json(stdout, take, got, from);
    else
        host_query_show(stdout, take, got, from);
    if (host_stdout_lost(&q->err))
        fail(q);
    else
        go_on(q);
}

static void on_packet(void *ctx, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    nbtquery *q = ctx;
    nbt_probe_got got;
    (void)lana;
    (void)to;
    if (q->ended)
        return;
    nbt_probe_take take =
        nbt_probe_rx(&q->probe, host_now(), from, data, &got, host_outs_fill(&q->outs));
    if (take != NBT_PROBE_STRAY)
        show(q, take, &got, from);
}

static void on_tcp(void *ctx, const nbt_tcp_ev *ev)
{
    nbtquery *q = ctx;
    nbt_probe_got got;
    if (q->ended)
        return;
    nbt_probe_take take = nbt_probe_tcp(&q->probe, host_now(), ev, &got, host_outs_fill(&q->outs));
    if (take != NBT_PROBE_STRAY)
        show(q, take, &got, (nbt_ep){ got.way->to, NBT_PORT_NS });
    else
        go_on(q);
}

static void on_trouble(void *ctx, uint8_t lana, int error)
{
    nbtquery *q = ctx;
    (void)lana;
    if (!error || q->wrong)
        return;
    host_err_set(&q->err, HOST_SYSTEM, "the network does not take the question: %s; see ip route",
                 strerror(error));
    fail(q);
}

static nbt_time due(const void *ctx)
{
    const nbtquery *q = ctx;
    return nbt_probe_due(&q->probe);
}

static void tick(void *ctx, nbt_time now)
{
    nbtquery *q = ctx;
    nbt_probe_tick(&q->probe, now, host_outs_fill(&q->outs));
    go_on(q);
}

static void on_stop(void *ctx)
{
    const nbtquery *q = ctx;
    host_loop_stop(q->loop);
}

static int say_verdict(nbtquery *q)
{
    char says[HOST_QUERY_MEANS_MAX];
    host_status status = host_query_verdict(&q->probe, q->check, host_now(), says);
    if (q->json) {
        host_json j;
        char name[NBT_NAME_STR_MAX];
        nbt_name_print(&q->cfg.name, name, sizeof name);
        host_json_begin(&j, stdout, "result");
        host_json_str(&j, "name", name);
        host_json_int(&j, "status", status);
        host_json_bool(&j, "disputed", nbt_probe_disputed(&q->probe));
        host_query_json_refusers(&j, &q->probe);
        host_json_str(&j, "text", says);
        host_json_end(&j);
    } else {
        puts(says);
    }
    host_err err;
    return host_stdout_lost(&err) ? host_err_print("nbtquery", &err) : (int)status;
}

static bool ask(nbtquery *q, const host_iface *iface)
{
    host_udp_cfg cfg = { .ctx = q, .rx = on_packet, .trouble = on_trouble };
    host_driven driven = { .ctx = q, .due = due, .tick = tick, .stop = on_stop };
    host_tcp_cfg tcp = { .ctx = q, .event = on_tcp };
    q->udp = host_udp_new(host_loop_uv(q->loop), &cfg);
    q->tcp = host_tcp_new(host_loop_uv(q->loop), &tcp);
    if (!q->udp || !q->tcp) {
        host_err_set(&q->err, HOST_SYSTEM, "there is no memory left");
        return false;
    }
    if (!host_udp_open(q->udp, 0, iface, q->cfg.port, &q->err) || !host_drop(NULL, 0, &q->err))
        return false;
    q->cfg.ip = q->from ? q->from : iface->ip;
    q->cfg.subnet = iface->broadcast;
    q->cfg.mem = host_mem();
    host_outs_init(&q->outs, q->cfg.mem);
    nbt_out *out = host_outs_fill(&q->outs);
    if (!nbt_probe_init(&q->probe, &q->cfg, host_now(), out))
        out->failed = true;
    go_on(q);
    host_loop_drive(q->loop, &driven);
    if (!q->ended)
        host_loop_run(q->loop);
    return !q->wrong;
}

static int run(nbtquery *q)
{
    host_iface iface;
    bool found = q->interface ? host_iface_find(q->interface, &iface, &q->err)
                              : host_iface_only(&iface, &q->err);
    if (!found || !(q->loop = host_loop_new(&q->err)))
        return host_err_print("nbtquery", &q->err);
    int status = ask(q, &iface) ? say_verdict(q) : host_err_print("nbtquery", &q->err);
    nbt_probe_fini(&q->probe);
    host_outs_fini(&q->outs);
    host_udp_free(q->udp);
    host_tcp_free(q->tcp);
    host_loop_free(q->loop);
    return status;
}

/* --- options --- */

enum {
    OPT_STATUS = 256,
    OPT_REGISTER,
    OPT_REFRESH,
    OPT_RELEASE,
    OPT_CHECK,
    OPT_GROUP,
    OPT_OPCODE,
    OPT_PROFILE,
    OPT_TIMEOUT,
    OPT_RETRIES,
    OPT_SOURCE_PORT,
    OPT_FROM,
};

static const struct argp_option options[] = {
    { "status", OPT_STATUS, "ADDRESS", 0, "ask that node for the names it has", 0 },
    { "register", OPT_REGISTER, NULL, 0, "claim the name for the interface's address", 0 },
    { "refresh", OPT_REFRESH, NULL, 0, "present it to the server again", 0 },
    { "release", OPT_RELEASE, NULL, 0, "give it back", 0 },
    { "check", OPT_CHECK, NULL, 0, "may the name be used? Status 0: it is free, 3: it is taken",
      0 },
    { "group", OPT_GROUP, NULL, 0, "the name that is claimed or released is a group's", 0 },
    { "opcode", OPT_OPCODE, "N", 0, "register by 5 or 15 (multihomed), refresh by 8, 9 or 15", 0 },
    { "interface", 'i', "IF", 0, "the interface to ask on (default: the only one)", 0 },
    { "scope", 's', "SCOPE", 0, "the NetBIOS scope (default: none)", 0 },
    { "profile", OPT_PROFILE, "rfc|win95|nt4|win2000|samba", 0,
      "whose timing and choices (default: rfc)", 0 },
    { "timeout", OPT_TIMEOUT, "MS", 0, "how long to wait after each request", 0 },
    { "retries", OPT_RETRIES, "N", 0, "how often a request is repeated", 0 },
    { "source-port", OPT_SOURCE_PORT, "N", 0, "the port to ask from (default: 0, any)", 0 },
    { "from", OPT_FROM, "ADDRESS", 0, "another address of this machine's to ask from", 0 },
    { "json", 'j', NULL, 0, "answers and the result as JSON events", 0 },
    { 0 },
};

static bool number(nbtquery *q, const char *text, const char *option, unsigned min, unsigned max,
                   unsigned *out)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || n < min || n > max) {
        host_err_set(&q->err, HOST_USAGE, "\"%s\" does not go with %s, which takes %u to %u", text,
                     option, min, max);
        return false;
    }
    *out = (unsigned)n;
    return true;
}

static bool profile(nbtquery *q, const char *text)
{
    host_setup s; /* for its words about profiles */
    host_setup_init(&s);
    bool ok = host_setup_profile(&s, text, &q->err);
    if (ok)
        q->cfg.profile = s.profile;
    host_setup_fini(&s);
    return ok;
}

static bool word(nbtquery *q, const char *text)
{
    if (text[0] == '@' && q->cfg.server == 0)
        return host_query_address(text + 1, "@", &q->cfg.server, &q->err);
    if (text[0] != '@' && !q->name) {
        q->name = text;
        return true;
    }
    host_err_set(&q->err, HOST_USAGE, "\"%s\" is one too many: one name, and one @SERVER", text);
    return false;
}

static bool opcode_fits(const nbt_probe_cfg *cfg)
{
    switch (cfg->opcode) {
    case 0: /* none was given */
        return true;
    case NBT_OPCODE_REGISTRATION:
        return cfg->server && cfg->kind == NBT_TRN_CLAIM;
    case NBT_OPCODE_REFRESH:
    case NBT_OPCODE_REFRESH9:
        return cfg->kind == NBT_TRN_REFRESH;
    case NBT_OPCODE_MULTIHOMED:
        return cfg->server && (cfg->kind == NBT_TRN_CLAIM || cfg->kind == NBT_TRN_REFRESH);
    default:
        return false;
    }
}

static nbt_pace pace(const nbtquery *q, uint8_t count, nbt_time timeout)
{
    return (nbt_pace){ q->repeats_said ? (uint8_t)(q->repeats + 1) : count,
                       q->timeout_said ? NBT_MS(q->timeout_ms) : timeout };
}

static bool finish_name(nbtquery *q)
{
    if (q->name)
        return host_query_name(q->name, q->scope, &q->cfg.name, &q->err);
    return host_query_name("*<00>", q->scope, &q->cfg.name, &q->err);
}

/* All options are in: do they go together? */
static bool finish(nbtquery *q)
{
    nbt_probe_cfg *cfg = &q->cfg;
    const nbt_profile *p = cfg->profile;
    bool record =
        cfg->kind == NBT_TRN_CLAIM || cfg->kind == NBT_TRN_REFRESH || cfg->kind == NBT_TRN_RELEASE;
    if (q->verbs > 1)
        host_err_set(&q->err, HOST_USAGE,
                     "--status, --register, --refresh, --release and --check do not go together");
    else if (q->status_of && cfg->server)
        host_err_set(&q->err, HOST_USAGE, "--status has the address to ask; leave @SERVER away");
    else if (!q->name && !q->status_of)
        host_err_set(&q->err, HOST_USAGE, "which name? Give one such as \"FRED<20>\"");
    else if (cfg->kind == NBT_TRN_REFRESH && !cfg->server)
        host_err_set(&q->err, HOST_USAGE, "a name is refreshed at a name server; give @SERVER");
    else if (cfg->group && !record)
        host_err_set(&q->err, HOST_USAGE, "--group goes with --register, --refresh and --release");
    else if (!opcode_fits(cfg))
        host_err_set(&q->err, HOST_USAGE,
                     "opcode %u does not go with that: at a @SERVER, --register takes 5 and 15, "
                     "--refresh 8, 9 and 15",
                     cfg->opcode);
    else if (finish_name(q)) {
        if (q->status_of)
            cfg->server = q->status_of;
        cfg->broadcast = !cfg->server || q->check;
        cfg->bcast = pace(q, p->bcast_count, p->bcast_timeout);
        cfg->ucast = pace(q, p->ucast_count, p->ucast_timeout);
        return true;
    }
    return false;
}

static void verb(nbtquery *q, nbt_trn_kind kind)
{
    q->verbs++;
    q->cfg.kind = kind;
}

static error_t parse_verb(nbtquery *q, int key, const char *arg)
{
    switch (key) {
    case OPT_STATUS:
        verb(q, NBT_TRN_STATUS);
        q->wrong = !host_query_address(arg, "--status", &q->status_of, &q->err);
        return 0;
    case OPT_REGISTER:
        verb(q, NBT_TRN_CLAIM);
        return 0;
    case OPT_REFRESH:
        verb(q, NBT_TRN_REFRESH);
        return 0;
    case OPT_RELEASE:
        verb(q, NBT_TRN_RELEASE);
        return 0;
    case OPT_CHECK:
        verb(q, NBT_TRN_QUERY);
        q->check = true;
        return 0;
    case OPT_GROUP:
        q->cfg.group = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    nbtquery *q = state->input;
    unsigned port;
    if (q->wrong)
        return 0; /* the first trouble is told */
    switch (key) {
    case 'i':
        q->interface = arg;
        return 0;
    case 's':
        q->scope = arg;
        return 0;
    case 'j':
        q->json = true;
        return 0;
    case OPT_PROFILE:
        q->wrong = !profile(q, arg);
        return 0;
    case OPT_OPCODE:
        q->wrong = !number(q, arg, "--opcode", 5, 15, &q->cfg.opcode);
        return 0;
    case OPT_TIMEOUT:
        q->timeout_said = true;
        q->wrong = !number(q, arg, "--timeout", 1, 600000, &q->timeout_ms);
        return 0;
    case OPT_RETRIES:
        q->repeats_said = true;
        q->wrong = !number(q, arg, "--retries", 0, 254, &q->repeats);
        return 0;
    case OPT_SOURCE_PORT:
        q->wrong = !number(q, arg, "--source-port", 0, 65535, &port);
        q->cfg.port = q->wrong ? 0 : (uint16_t)port;
        return 0;
    case OPT_FROM:
        q->wrong = !host_query_address(arg, "--from", &q->from, &q->err);
        return 0;
    case ARGP_KEY_ARG:
        q->wrong = !word(q, arg);
        return 0;
    case ARGP_KEY_END:
        q->wrong = !finish(q);
        return 0;
    default:
        return parse_verb(q, key, arg);
    }
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "[@SERVER] NAME\n--status ADDRESS [NAME]",
        .doc = "Asks about a NetBIOS name, by broadcast or at SERVER, and shows every answer. NAME "
               "is such as FRED<20>; without <..> it is a computer's, FRED<00>. See nbtquery(1).",
    };
    nbtquery q = { .cfg = { .kind = NBT_TRN_QUERY } };
    argp_program_version = "nbtquery " NBTLAB_VERSION;
    argp_err_exit_status = HOST_USAGE;
    q.cfg.profile = nbt_profile_at(0);
    const char *address = getenv("NBTLAB_ADDRESS"); /* of `nbtlab exec` */
    if (address)
        q.wrong = !host_query_address(address, "NBTLAB_ADDRESS", &q.from, &q.err);
    argp_parse(&argp, argc, argv, 0, NULL, &q);
    if (!q.wrong && getrandom(&q.cfg.seed, sizeof q.cfg.seed, 0) != sizeof q.cfg.seed) {
        host_err_set(&q.err, HOST_SYSTEM, "the system has no random numbers");
        q.wrong = true;
    }
    return q.wrong ? host_err_print("nbtquery", &q.err) : run(&q);
}
