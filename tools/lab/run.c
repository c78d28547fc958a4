/*
 * The parts of a case: programs started and waited for, attempts recorded, captures read back.
 */
#include "tools/lab/run.h"
#include "nbt/ncb.h"
#include "tools/host/iface.h"
#include "tools/host/ncbsock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- the result -------------------------------------------------------------------------------- */

static void append_text(run *r, const char *list, const char *fmt, va_list ap)
{
    char text[1024];
    vsnprintf(text, sizeof text, fmt, ap);
    json_array_append_new(json_object_get(r->result, list), json_string(text));
}

void run_deviate(run *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    append_text(r, "deviations", fmt, ap);
    va_end(ap);
}

void run_note(run *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    append_text(r, "notes", fmt, ap);
    va_end(ap);
}

void run_fail(run *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    append_text(r, "deviations", fmt, ap);
    va_end(ap);
    r->failed = true;
}

void run_name(uint8_t name[NBT_NAME_LEN], const char *text, uint8_t suffix)
{
    nbt_name full;
    if (nbt_name_make(&full, text, strlen(text), suffix))
        memcpy(name, full.b, NBT_NAME_LEN);
}

const char *run_ip(uint32_t ip)
{
    static char text[HOST_IP_STR_MAX]; /* one process runs one case, in one thread */
    return host_ip_str(ip, text);
}

const char *run_socket(const char *host)
{
    static char path[64];
    snprintf(path, sizeof path, "/run/%s.sock", host);
    return path;
}

/* -- programs ---------------------------------------------------------------------------------- */

bool run_build(run *r, const lab_host *hosts, size_t n)
{
    r->hosts = hosts;
    r->nhosts = n;
    r->l = lab_new(hosts, n, r->opt->programs,
                   json_string_value(json_object_get(r->result, "capture")));
    if (!r->l)
        run_fail(r, "the lab could not be built");
    return r->l != NULL;
}

static lab_child *spawn_driver(run *r, const char *host, const char *name, const char *interfaces,
                               const char *profile)
{
    const char *argv[] = { "nbtd",
                           "--name",
                           name,
                           "--interface",
                           interfaces,
                           "--profile",
                           profile,
                           "--socket",
                           run_socket(host),
                           "--json",
                           r->wins[0] ? "--wins" : NULL, /* the rest is for name servers */
                           r->wins,
                           "--node-type",
                           r->node_type,
                           NULL };
    lab_child *child = lab_spawn(r->l, host, argv);
    if (!child)
        run_fail(r, "nbtd could not be started on %s", host);
    return child;
}

lab_child *run_server(run *r, const char *host, const char *challenge_ms)
{
    if (r->failed)
        return NULL;
    const char *argv[] = { "nbtd",
                           "--name-server",
                           "--interface",
                           "eth0",
                           "--memory",
                           "--challenge-timeout",
                           challenge_ms,
                           "--socket",
                           run_socket(host),
                           "--json",
                           NULL };
    lab_child *child = lab_spawn(r->l, host, argv);
    if (child && lab_wait(r->l, child, "ready", RUN_START_MS))
        return child;
    run_fail(r, "no name server on %s: %s", host, child ? lab_said(child) : "");
    return NULL;
}

static bool settled(run *r, lab_child *driver, const char *host)
{
    if (lab_wait(r->l, driver, "settled", RUN_START_MS))
        return true;
    run_fail(r, "nbtd on %s did not settle its names: %s", host, lab_said(driver));
    return false;
}

lab_child *run_computer(run *r, const char *host, const char *name, const char *interfaces)
{
    if (r->failed)
        return NULL;
    lab_child *child = spawn_driver(r, host, name, interfaces, r->profile);
    return child && settled(r, child, host) ? child : NULL;
}

lab_child *run_observer(run *r, const char *host, const char *name)
{
    if (r->failed)
        return NULL;
    lab_child *child = spawn_driver(r, host, name, "eth0", "rfc");
    return child && settled(r, child, host) ? child : NULL;
}

static void upper(char *to, size_t cap, const char *from)
{
    size_t i = 0;
    for (; from[i] && i + 1 < cap; i++)
        to[i] = (char)(from[i] >= 'a' && from[i] <= 'z' ? from[i] - 'a' + 'A' : from[i]);
    to[i] = '\0';
}

bool run_computers(run *r, const char *const hosts[], size_t n)
{
    lab_child *drivers[LAB_HOSTS_MAX];
    for (size_t i = 0; i < n && !r->failed; i++) {
        char name[LAB_NAME_MAX];
        upper(name, sizeof name, hosts[i]);
        drivers[i] = spawn_driver(r, hosts[i], name, "eth0", r->profile);
    }
    for (size_t i = 0; i < n && !r->failed; i++)
        settled(r, drivers[i], hosts[i]);
    return !r->failed;
}

bool run_agent(run *r, const char *host, const char *protocols)
{
    if (r->failed)
        return false;
    const char *argv[] = { "rcagent", "--driver", run_socket(host), "--protocols", protocols,
                           "--json",  NULL };
    lab_child *child = lab_spawn(r->l, host, argv);
    if (!child || !lab_wait(r->l, child, "listening", RUN_START_MS))
        run_fail(r, "rcagent on %s does not listen: %s", host, child ? lab_said(child) : "");
    return !r->failed;
}

/* -- viewers ----------------------------------------------------------------------------------- */

/* The letter for what became of a viewer, from the events that ended its attempt. */
static char judge(const json_t *connected, const json_t *refused, const json_t *error)
{
    if (connected)
        return strcmp(lab_text(connected, "transport"), "netbios") == 0 ? 'N' : 'T';
    if (refused) {
        switch (json_integer_value(json_object_get(refused, "retcode"))) {
        case NBT_NRC_DUPNAME:
            return 'D';
        case NBT_NRC_INUSE:
            return 'I';
        case NBT_NRC_NAMCONF:
            return 'C';
        }
    }
    return error && strcmp(lab_text(error, "end"), "session-limit") == 0 ? 'L' : '?';
}

static const char *over(char outcome)
{
    return outcome == 'N' ? "NetBIOS" : outcome == 'T' ? "TCP" : NULL;
}

static json_t *new_attempt(run *r, const run_view *how, char outcome, const json_t *refused,
                           const char *said)
{
    json_t *a = json_object();
    json_object_set_new(a, "viewer", json_integer((json_int_t)json_array_size(r->attempts) + 1));
    json_object_set_new(a, "host", json_string(how->host));
    json_object_set_new(a, "client", json_string(how->client));
    json_object_set_new(a, "protocols", json_string(how->protocols));
    json_object_set_new(a, "ok", json_boolean(over(outcome) != NULL));
    json_object_set_new(a, "over", over(outcome) ? json_string(over(outcome)) : json_null());
    json_object_set_new(a, "outcome", json_stringn(&outcome, 1));
    if (refused) {
        json_object_set_new(a, "ncb", json_string(lab_text(refused, "ncb")));
        json_object_set(a, "retcode", json_object_get(refused, "retcode"));
        json_object_set_new(a, "nrc", json_string(lab_text(refused, "nrc")));
    }
    if (!over(outcome))
        json_object_set_new(a, "said", json_string(said));
    json_array_append_new(r->attempts, a);
    return a;
}

static lab_child *spawn_viewer(run *r, const run_view *how)
{
    char client[LAB_NAME_MAX], address[16];
    upper(client, sizeof client, how->client);
    snprintf(address, sizeof address, "%s", lab_ip(r->l, how->client, 0));
    const char *argv[] = {
        "rcview",
        "--driver",
        run_socket(how->host),
        "--console",
        "CONSOLE",
        "--protocols",
        how->protocols,
        "--address",
        address,
        "--lana",
        how->lana ? how->lana : "0",
        "--claim",
        lab_claim_word(r->claim),
        "--name-policy",
        how->policy ? how->policy : "per-session",
        "--json",
        client,
        NULL,
    };
    lab_child *child = lab_spawn(r->l, how->host, argv);
    if (!child)
        run_fail(r, "rcview could not be started on %s", how->host);
    return child;
}

run_viewer run_viewer_start(run *r, const run_view *how)
{
    run_viewer v = { .outcome = '?', .began = lab_clock() };
    if (r->failed || !(v.child = spawn_viewer(r, how)))
        return v;
    json_t *refused = NULL, *error = NULL, *connected = NULL, *event;
    while (!connected && !error &&
           (event = lab_wait(r->l, v.child, "connected|claim-refused|error", RUN_ATTEMPT_MS))) {
        const char *name = lab_text(event, "event");
        connected = strcmp(name, "connected") == 0 ? event : connected;
        refused = strcmp(name, "claim-refused") == 0 ? event : refused;
        error = strcmp(name, "error") == 0 ? event : error;
    }
    v.outcome = judge(connected, refused, error);
    if (!connected && lab_ended(r->l, v.child, RUN_ATTEMPT_MS) < 0)
        run_fail(r, "the viewer towards %s neither got a session nor ended", how->client);
    v.ended = lab_clock();
    v.attempt = new_attempt(r, how, v.outcome, refused, lab_said(v.child));
    return v;
}

/* Whether any changed row of a screen event, from number `first` on, holds the text. */
typedef struct echo {
    const lab_child *child;
    size_t first;
    const char *text;
} echo;

static bool echoed(void *arg)
{
    const echo *e = arg;
    const json_t *events = lab_events(e->child);
    for (size_t i = e->first; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i), *row;
        size_t k;
        if (strcmp(lab_text(event, "event"), "screen") != 0)
            continue;
        json_array_foreach (json_object_get(event, "rows"), k, row) {
            if (strstr(lab_text(row, "text"), e->text))
                return true;
        }
    }
    return false;
}

bool run_viewer_alive(run *r, run_viewer *v)
{
    static unsigned serial; /* so that no two texts of a case are the same */
    char text[32];
    snprintf(text, sizeof text, "alive%u", ++serial);
    echo e = { v->child, json_array_size(lab_events(v->child)), text };
    return lab_type(v->child, text) && lab_until(r->l, echoed, &e, 5000);
}

void run_viewer_close(run *r, run_viewer *v)
{
    if (v->child)
        lab_end(r->l, v->child);
}

/* -- asking --------------------------------------------------------------------------------------
 */

unsigned run_find_owners(run *r, const char *host, const uint8_t name[NBT_NAME_LEN])
{
    host_err err;
    nbt_find found = { 0 };
    int fd = host_ncb_open(run_socket(host), &err);
    uint8_t *buf = malloc(NBT_IPC_MAX);
    nbt_ncb ncb = { .command = NBT_NCB_RESET };
    nbt_bytes none = { NULL, 0 }, answer;
    if (fd >= 0 && buf && host_ncb_call(fd, &ncb, none, &answer, buf, &err)) {
        ncb = (nbt_ncb){ .command = NBT_NCB_FIND_NAME, .length = NBT_SEND_MAX };
        memcpy(ncb.callname, name, NBT_NAME_LEN);
        if (host_ncb_call(fd, &ncb, none, &answer, buf, &err) && ncb.retcode == NBT_NRC_GOODRET) {
            nbt_rd rd;
            nbt_rd_init(&rd, answer.p, answer.n);
            nbt_find_rd(&rd, &found);
        }
    }
    free(buf);
    if (fd >= 0)
        close(fd);
    else
        run_fail(r, "%s", err.text);
    return found.nodes;
}

/* -- the proof --------------------------------------------------------------------------------- */

bool run_read_capture(run *r, lab_wire *w)
{
    const char *capture = json_string_value(json_object_get(r->result, "capture"));
    *w = (lab_wire){ 0 };
    if (!r->l)
        return false;
    bool whole = lab_free(r->l);
    r->l = NULL;
    if (!whole)
        run_fail(r, "the capture %s is not complete", capture);
    else if (!lab_wire_read(w, capture))
        run_fail(r, "the capture %s could not be read back", capture);
    else if (w->unreadable > 0)
        run_deviate(r, "%llu datagrams of port 137 are no name service packets",
                    (unsigned long long)w->unreadable);
    json_object_set_new(r->result, "frames", json_integer((json_int_t)w->frames));
    return !r->failed;
}

void run_evidence(json_t *attempt, const lab_packet *p)
{
    json_object_set_new(attempt, "frame", json_integer((json_int_t)p->frame));
    json_object_set_new(attempt, "by", json_string(run_ip(p->from.ip)));
    json_object_set_new(attempt, "rcode", json_integer((json_int_t)p->rcode));
}

static uint32_t step_ip(const run *r, const char *host)
{
    char name[LAB_NAME_MAX];
    size_t n = strcspn(host, "/");
    snprintf(name, sizeof name, "%.*s", (int)n, host);
    return lab_net_ip(r->hosts, r->nhosts, name, strcmp(host + n, "/1") == 0 ? 1 : 0);
}

void run_prove_steps(run *r, const lab_wire *w, const uint8_t name[NBT_NAME_LEN], int64_t after,
                     const run_step *steps, size_t n)
{
    json_t *proof = json_object_get(r->result, "proof");
    if (!proof) {
        proof = json_array();
        json_object_set_new(r->result, "proof", proof);
    }
    lab_look look = { .name = name, .after = after };
    for (size_t i = 0; i < n; i++) {
        const run_step *s = &steps[i];
        look.kind = s->kind;
        look.from_ip = step_ip(r, s->from);
        look.to_ip = s->to ? step_ip(r, s->to) : RUN_EVERYBODY;
        const lab_packet *p = lab_wire_first(w, &look);
        if (!p && s->kind == NBT_NS_REGISTRATION) { /* with Samba's profile all are multihomed */
            look.kind = NBT_NS_MULTIHOMED;
            p = lab_wire_first(w, &look);
        }
        if (!p) {
            run_deviate(r, "the capture has no %s from %s to %s behind frame %llu",
                        nbt_ns_kind_word(s->kind), s->from, s->to ? s->to : "everybody",
                        (unsigned long long)look.after_frame);
            return;
        }
        json_t *step = json_object();
        run_evidence(step, p);
        json_object_set_new(step, "to", json_string(run_ip(p->to.ip)));
        json_object_set_new(step, "what", json_string(nbt_ns_kind_word(p->kind)));
        json_array_append_new(proof, step);
        look.after_frame = p->frame;
    }
}

void run_prove(run *r, const lab_wire *w, const run_viewer *v, const uint8_t name[NBT_NAME_LEN])
{
    if (!v->attempt || over(v->outcome))
        return;
    long long viewer = json_integer_value(json_object_get(v->attempt, "viewer"));
    lab_look look = { .name = name, .any_kind = true, .after = v->began, .before = v->ended };
    if (v->outcome != 'I') {
        size_t seen = lab_wire_count(w, &look);
        json_object_set_new(v->attempt, "packets", json_integer((json_int_t)seen));
        if (seen > 0)
            run_deviate(r,
                        "%zu packets about the name were on the wire while viewer %lld was "
                        "refused locally",
                        seen, viewer);
        return;
    }
    look.any_kind = false;
    look.kind = NBT_NS_NEGATIVE_REGISTRATION;
    const lab_packet *p = lab_wire_first(w, &look);
    if (p)
        run_evidence(v->attempt, p);
    else
        run_deviate(r, "the capture has no NEGATIVE NAME REGISTRATION RESPONSE for viewer %lld",
                    viewer);
}
