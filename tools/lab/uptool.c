/*
 * The command lines of `nbtlab up` and `nbtlab down`.
 */
#include <argp.h>
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/err.h"
#include "tools/lab/detach.h"
#include "tools/lab/up.h"
#include "tools/lab/upsock.h"

enum {
    OPT_INTERFACE = 256,
    OPT_COUNT,
    OPT_SOCKETS,
    OPT_SEED,
    OPT_JSON,
    OPT_SHARD,
    OPT_LIST,
    OPT_CONTROL,
    OPT_DETACH,
    OPT_BRIDGE,
    OPT_TAP,
    OPT_GATEWAY,
    OPT_LISTEN,
    OPT_CONNECT,
    OPT_MULTICAST,
    OPT_DATAGRAMS,
    OPT_SUBNET,
};

static uint64_t number(const char *option, const char *text, uint64_t least, uint64_t most,
                       struct argp_state *state)
{
    char *end;
    unsigned long long n = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || n < least || n > most)
        argp_error(state, "%s %s: it is a number from %llu to %llu", option, text,
                   (unsigned long long)least, (unsigned long long)most);
    return n;
}

/* K/N */
static lab_shard part(const char *text, struct argp_state *state)
{
    lab_shard shard = { 0 };
    int end = 0;
    if (sscanf(text, "%" SCNu32 "/%" SCNu32 "%n", &shard.k, &shard.n, &end) != 2 || text[end] ||
        text[0] < '0' || text[0] > '9' || shard.k < 1 || shard.n < shard.k ||
        shard.n > LAB_UP_COUNT_MAX)
        argp_error(state, "--shard %s: it is K/N, part K of N, from 1/N to N/N", text);
    return shard;
}

static void join(lab_up_plan *p, lab_join_kind kind, const char *where, struct argp_state *state)
{
    if (p->joins)
        argp_error(state, "%s: one network is enough", where);
    p->joins = kind;
    p->where = where;
}

static uint32_t address(const char *option, const char *text, struct argp_state *state)
{
    struct in_addr in = { 0 };
    if (inet_pton(AF_INET, text, &in) != 1)
        argp_error(state, "%s %s: it is an address, as in 10.77.0.1", option, text);
    return ntohl(in.s_addr);
}

static error_t parse_up(int key, char *arg, struct argp_state *state)
{
    lab_up_plan *p = state->input;
    switch (key) {
    case OPT_INTERFACE:
        p->interface = arg;
        return 0;
    case OPT_COUNT:
        p->count = (uint32_t)number("--count", arg, 1, LAB_UP_COUNT_MAX, state);
        return 0;
    case OPT_SOCKETS:
        p->sockets = arg;
        return 0;
    case OPT_SEED:
        p->seed = number("--seed", arg, 0, UINT64_MAX, state);
        return 0;
    case OPT_JSON:
        p->json = true;
        return 0;
    case OPT_SHARD:
        p->shard = part(arg, state);
        return 0;
    case OPT_CONTROL:
        p->control = arg;
        return 0;
    case OPT_DETACH:
        p->detach = true;
        return 0;
    case OPT_LIST:
        p->list = true;
        return 0;
    case OPT_BRIDGE:
        join(p, LAB_JOIN_BRIDGE, arg, state);
        return 0;
    case OPT_TAP:
        join(p, LAB_JOIN_TAP, arg, state);
        return 0;
    case OPT_LISTEN:
        join(p, LAB_JOIN_LISTEN, arg, state);
        return 0;
    case OPT_CONNECT:
        join(p, LAB_JOIN_CONNECT, arg, state);
        return 0;
    case OPT_MULTICAST:
        join(p, LAB_JOIN_MULTICAST, arg, state);
        return 0;
    case OPT_DATAGRAMS:
        join(p, LAB_JOIN_DATAGRAMS, arg, state);
        return 0;
    case OPT_SUBNET:
        if (!host_subnet_parse(arg, &p->subnet) || !p->subnet.mask)
            argp_error(state, "--subnet %s: it is a network, as in 192.168.122.0/24", arg);
        p->subnet.ip &= p->subnet.mask;
        return 0;
    case OPT_GATEWAY:
        p->gateway = address("--gateway", arg, state);
        return 0;
    case ARGP_KEY_ARG:
        if (p->path)
            argp_error(state, "%s: one file is enough", arg);
        p->path = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a scenario's file is missing");
        return 0;
    case ARGP_KEY_SUCCESS:
        if (p->joins && p->interface)
            argp_error(state,
                       "--interface %s: a network that is joined has an interface of its own",
                       p->interface);
        if (p->gateway && !p->joins)
            argp_error(state, "--gateway goes with a network that is joined, as with --bridge");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static int run_up(const void *arg)
{
    const lab_up_plan *plan = arg;
    return plan->joins && !plan->list ? lab_up_join(plan) : lab_up_run(plan);
}

/* What uprun.c says, in words or as JSON. */
static bool is_up(const char *line)
{
    return strncmp(line, "up: ", 4) == 0 || strncmp(line, "{\"event\":\"up\"", 13) == 0;
}

int lab_up(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "interface", OPT_INTERFACE, "IF", 0,
          "Where they are (default: the only interface that is up)", 0 },
        { "count", OPT_COUNT, "N", 0,
          "N of each computer: PC1 at its address, PC2 at the next one, ...", 0 },
        { "sockets", OPT_SOCKETS, "FOLDER", 0,
          "Where each computer's programs find it: FOLDER/PC1, ... (default: they have none)", 0 },
        { "shard", OPT_SHARD, "K/N", 0, "Part K of N alone: all parts together are the whole", 0 },
        { "control", OPT_CONTROL, "PATH", 0,
          "Where nbtlab status and exec find it (default: they find it)", 0 },
        { "detach", OPT_DETACH, 0, 0, "End when all is up, and leave it in the background", 0 },
        { "list", OPT_LIST, 0, 0, "Only say what would be switched on, and end", 0 },
        { "bridge", OPT_BRIDGE, "BR", 0,
          "Where they are instead: on a new port of this bridge, each with its own MAC address",
          0 },
        { "tap", OPT_TAP, "TAP", 0, "The same at a TAP device that is there", 0 },
        { "listen", OPT_LISTEN, "WHERE", 0,
          "The same for whoever connects to this socket ([ADDRESS:]PORT, or a path), as QEMU does "
          "with -netdev socket,connect=",
          0 },
        { "connect", OPT_CONNECT, "WHERE", 0,
          "The same at a socket that QEMU listens at, with -netdev socket,listen= or stream", 0 },
        { "multicast", OPT_MULTICAST, "GROUP:PORT", 0,
          "The same with all who are in that group, as QEMU with -netdev socket,mcast=", 0 },
        { "datagrams", OPT_DATAGRAMS, "OURS,THEIRS", 0,
          "The same over UDP, as QEMU with -netdev dgram and VirtualBox with UDPTunnel", 0 },
        { "subnet", OPT_SUBNET, "NETWORK", 0,
          "Their network, if it is another than the scenario's: of each address the last part "
          "stays",
          0 },
        { "gateway", OPT_GATEWAY, "ADDRESS", 0, "The router of that network (default: none)", 0 },
        { "seed", OPT_SEED, "N", 0, "Of the transaction numbers (default 1)", 0 },
        { "json", OPT_JSON, 0, 0, "What happens as JSON, a line each", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_up,
        .args_doc = "FILE",
        .doc = "Switches the computers of a scenario on, on a real interface, all in one process, "
               "and off again at SIGINT or SIGTERM. They claim and defend their names, answer, and "
               "take calls, and so do the scenario's name servers, services and agents; its other "
               "programs "
               "and "
               "its steps are not carried out.",
    };
    lab_up_plan plan = {
        .count = 1, .seed = 1, .shard = { 1, 1 }, .network = lab_upsock_network()
    };
    argp_parse(&argp, argc, argv, 0, NULL, &plan);
    return plan.detach && !plan.list ? lab_detach(run_up, &plan, is_up) : run_up(&plan);
}

typedef struct down_plan {
    const char *interface, *sockets;
} down_plan;

static error_t parse_down(int key, char *arg, struct argp_state *state)
{
    down_plan *p = state->input;
    switch (key) {
    case OPT_INTERFACE:
        p->interface = arg;
        return 0;
    case OPT_SOCKETS:
        p->sockets = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: it takes no file", arg);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int lab_down(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "interface", OPT_INTERFACE, "IF", 0, "Where they were (default: wherever that was)", 0 },
        { "sockets", OPT_SOCKETS, "FOLDER", 0, "Where their sockets were (default: nowhere)", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_down,
        .doc =
            "Ends every `nbtlab up` of this network that you may end, and takes the addresses and "
            "sockets away that a killed one has left behind.",
    };
    down_plan plan = { 0 };
    argp_parse(&argp, argc, argv, 0, NULL, &plan);
    return lab_down_run(plan.interface, plan.sockets);
}
