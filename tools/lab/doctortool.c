/*
 * Three rounds: whose the ports are, what the nodes and the name server say for themselves, and
 * what is said of their names. Then nbt/doctor.h judges, and this says it.
 */
#include "tools/lab/doctortool.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/buf.h"
#include "tools/host/drop.h"
#include "tools/host/json.h"
#include "tools/host/query.h"
#include "tools/host/who.h"
#include "tools/lab/doctorask.h"

enum { WHO_MAX = 160, WAIT_MAX = 3600 };

typedef struct tool {
    const char *interface;
    uint32_t peer, server;
    unsigned wait; /* seconds */
    bool json;
    host_iface iface;
    char who[4][WHO_MAX];
    nbt_doctor_sight sight;
    lab_asker asker;
    host_err err;
    bool wrong; /* err is set */
} tool;

/* ---- Looking --------------------------------------------------------------------------------- */

static void look_at_ports(tool *t)
{
    static const struct {
        host_proto proto;
        uint16_t port;
    } ports[] = { { HOST_UDP, 137 }, { HOST_UDP, 138 }, { HOST_TCP, 139 }, { HOST_TCP, 445 } };
    const char *held[4];
    for (size_t i = 0; i < 4; i++)
        held[i] = host_who_holds(ports[i].proto, (nbt_ep){ t->iface.ip, ports[i].port }, t->who[i],
                                 sizeof t->who[i])
                      ? t->who[i]
                      : NULL;
    t->sight.ports = (nbt_doctor_ports){ held[0], held[1], held[2], held[3] };
}

/* A name that nobody has: who is asked for it says so, if it answers questions at all. */
static nbt_name nobody(void)
{
    nbt_name name;
    nbt_name_make(&name, "NBTLAB-DOCTOR", 13, 0x00);
    return name;
}

static bool ask_nodes(tool *t)
{
    nbt_doctor_sight *s = &t->sight;
    nbt_name name = nobody();
    if (s->ports.udp137) {
        lab_asker_status(&t->asker, &s->own);
        lab_asker_name(&t->asker, &name, s->ip, &s->own_any);
    }
    if (s->peer.ip)
        lab_asker_status(&t->asker, &s->peer);
    if (!lab_asker_run(&t->asker, NBT_S(t->wait)))
        return false;
    s->peer.there = s->peer.attached && host_iface_neighbour(s->peer.ip);
    return true;
}

static void ask_names(tool *t, nbt_doctor_node *node)
{
    for (size_t i = 0; i < node->n; i++) {
        nbt_doctor_name *n = &node->names[i];
        if (n->conflict)
            continue;
        if (node->attached)
            lab_asker_name(&t->asker, &n->name, 0, &n->broadcast);
        if (node == &t->sight.peer)
            lab_asker_name(&t->asker, &n->name, node->ip, &n->direct);
        if (t->sight.server)
            lab_asker_name(&t->asker, &n->name, t->sight.server, &n->server);
    }
}

static bool look(tool *t)
{
    nbt_doctor_sight *s = &t->sight;
    *s = (nbt_doctor_sight){ .ip = t->iface.ip,
                             .mask = t->iface.mask,
                             .broadcast = t->iface.broadcast,
                             .server = t->server };
    s->own = (nbt_doctor_node){ .ip = s->ip, .attached = true, .there = true };
    s->peer.ip = t->peer == s->ip ? 0 : t->peer;
    s->peer.attached = ((t->peer ^ s->ip) & s->mask) == 0;
    look_at_ports(t);
    if (!lab_asker_open(&t->asker, &t->iface, s) || !host_drop_user(&t->asker.err) ||
        !host_drop(NULL, 0, &t->asker.err) || !ask_nodes(t))
        return false;
    nbt_name name = nobody();
    ask_names(t, &s->own);
    ask_names(t, &s->peer);
    if (s->server)
        lab_asker_name(&t->asker, &name, s->server, &s->server_any);
    return lab_asker_run(&t->asker, 0);
}

/* ---- Saying ---------------------------------------------------------------------------------- */

static void add_place(const tool *t, const nbt_doctor_finding *f, char place, cap_buf *out)
{
    char text[NBT_NAME_STR_MAX];
    switch (place) {
    case 'a':
        cap_buf_ip(out, f->a);
        return;
    case 'b':
        cap_buf_ip(out, f->b);
        return;
    case 'n':
        cap_buf_add(out, text, nbt_name_print(f->name, text, sizeof text));
        return;
    case 'p':
        cap_buf_str(out, f->port);
        return;
    case 'w':
        cap_buf_str(out, f->who);
        return;
    case 'c':
        cap_buf_fmt(out, "%u", f->count);
        return;
    case 'i':
        cap_buf_str(out, t->iface.name);
        return;
    }
}

/* A sentence or remedy of nbt/doctor.def with what its places stand for. */
static void add_sentence(const tool *t, const nbt_doctor_finding *f, const char *s, cap_buf *out)
{
    for (; *s; s++) {
        if (*s == '%')
            add_place(t, f, *++s, out);
        else
            cap_buf_add(out, s, 1);
    }
}

static const char *grade_word(nbt_doctor_grade grade)
{
    static const char *const words[] = {
        [NBT_DOCTOR_GOOD] = "good", [NBT_DOCTOR_NOTE] = "note", [NBT_DOCTOR_FAULT] = "fault"
    };
    return words[grade];
}

static void say(const tool *t, const nbt_doctor_finding *f)
{
    const nbt_doctor_row *row = nbt_doctor_row_of(f->kind);
    cap_buf text = { 0 };
    add_sentence(t, f, row->sentence, &text);
    printf("%-6s %s: %.*s\n", grade_word(row->grade), row->word, (int)text.n, text.s);
    text.n = 0;
    add_sentence(t, f, row->remedy, &text);
    if (text.n > 0)
        printf("       %.*s (%s)\n", (int)text.n, text.s, row->source);
    cap_buf_fini(&text);
}

static void json_text(const tool *t, host_json *j, const char *key, const nbt_doctor_finding *f,
                      const char *s)
{
    cap_buf text = { 0 };
    add_sentence(t, f, s, &text);
    cap_buf_add(&text, "", 1);
    host_json_str(j, key, text.failed ? "" : text.s);
    cap_buf_fini(&text);
}

static void say_json(const tool *t, const nbt_doctor_finding *f)
{
    const nbt_doctor_row *row = nbt_doctor_row_of(f->kind);
    host_json j;
    host_json_begin(&j, stdout, "finding");
    host_json_str(&j, "finding", row->word);
    host_json_str(&j, "grade", grade_word(row->grade));
    json_text(t, &j, "text", f, row->sentence);
    if (row->remedy[0])
        json_text(t, &j, "remedy", f, row->remedy);
    host_json_str(&j, "source", row->source);
    if (f->name)
        host_json_name(&j, "name", f->name->b);
    if (f->a)
        host_json_ep(&j, "address", (nbt_ep){ f->a, 0 });
    if (f->b)
        host_json_ep(&j, "other", (nbt_ep){ f->b, 0 });
    host_json_end(&j);
}

static int say_all(const tool *t)
{
    nbt_doctor_finding found[NBT_DOCTOR_FINDINGS_MAX];
    size_t n = nbt_doctor_judge(&t->sight, found);
    unsigned faults = 0;
    host_err err;
    for (size_t i = 0; i < n; i++) {
        faults += nbt_doctor_row_of(found[i].kind)->grade == NBT_DOCTOR_FAULT;
        if (t->json)
            say_json(t, &found[i]);
        else
            say(t, &found[i]);
    }
    int status = faults ? HOST_FOUND : HOST_OK;
    if (t->json) {
        host_json j;
        host_json_begin(&j, stdout, "result");
        host_json_int(&j, "faults", faults);
        host_json_int(&j, "status", status);
        host_json_end(&j);
    } else {
        printf("%u fault%s\n", faults, faults == 1 ? "" : "s");
    }
    return host_stdout_lost(&err) ? host_err_print("nbtlab doctor", &err) : status;
}

static int run(tool *t)
{
    bool found = t->interface ? host_iface_find(t->interface, &t->iface, &t->err)
                              : host_iface_only(&t->iface, &t->err);
    if (!found)
        return host_err_print("nbtlab doctor", &t->err);
    bool looked = look(t);
    int status = looked ? say_all(t) : HOST_BOUND;
    if (t->asker.err.status)
        status = host_err_print("nbtlab doctor", &t->asker.err);
    lab_asker_close(&t->asker);
    return status;
}

/* ---- Options --------------------------------------------------------------------------------- */

enum { OPT_PEER = 256, OPT_SERVER, OPT_WAIT };

static void number(tool *t, const char *text)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    t->wait = (unsigned)n;
    if (text[0] >= '0' && text[0] <= '9' && !*end && n <= WAIT_MAX)
        return;
    t->wrong = true;
    host_err_set(&t->err, HOST_USAGE, "\"%s\" does not go with --wait, which takes 0 to %u", text,
                 WAIT_MAX);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    tool *t = state->input;
    if (t->wrong)
        return 0; /* the first trouble is told */
    switch (key) {
    case 'i':
        t->interface = arg;
        return 0;
    case 'j':
        t->json = true;
        return 0;
    case OPT_PEER:
        t->wrong = !host_query_address(arg, "--peer", &t->peer, &t->err);
        return 0;
    case OPT_SERVER:
        t->wrong = !host_query_address(arg, "--server", &t->server, &t->err);
        return 0;
    case OPT_WAIT:
        number(t, arg);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "%s is one too many: addresses go behind --peer and --server", arg);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int lab_doctortool(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "interface", 'i', "IF", 0, "The interface to look at (default: the only one)", 0 },
        { "peer", OPT_PEER, "ADDRESS", 0, "Another computer, that is not reached as it should be",
          0 },
        { "server", OPT_SERVER, "ADDRESS", 0,
          "The name server (default: the one that is heard to be asked)", 0 },
        { "wait", OPT_WAIT, "SECONDS", 0, "Listen at least so long (default 2)", 0 },
        { "json", 'j', 0, 0, "Findings as JSON events", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .doc = "Says what is wrong with this machine's NetBIOS and its network, and what helps. It "
               "asks for names and node status, some fifty packets, and nothing else. Status 3: "
               "it found a fault.",
    };
    tool t = { .wait = 2 };
    argp_parse(&argp, argc, argv, 0, NULL, &t);
    return t.wrong ? host_err_print("nbtlab doctor", &t.err) : run(&t);
}
