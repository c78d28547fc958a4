/*
 * A crowd looked at, and its computers' sockets opened on demand. Nothing is changed in a computer.
 */
#include "tools/host/crowdctl.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/host/ctl.h"
#include "tools/host/json.h"

enum {
    CHUNK = 200, /* computers that are looked at before the other side has taken them */
    MODE = 0660
};

/* What a connection has asked for. */
typedef struct client {
    uint32_t at; /* the last computer that was looked at */
    bool conflicts;
    char computer[HOST_CTL_LINE], name[HOST_CTL_LINE]; /* globs; "": any */
} client;

struct host_crowdctl {
    host_crowdctl_cfg cfg;
    char *path;
    nbt_time since;
    host_ctl *ctl;
};

static const char *state_of(const nbt_entry *e)
{
    if (e->conflict)
        return "conflict";
    switch (e->state) {
    case NBT_ENTRY_REGISTERING:
        return "claimed";
    case NBT_ENTRY_REGISTERED:
        return "registered";
    case NBT_ENTRY_DEREGISTERED:
        return "deleted";
    case NBT_ENTRY_FREE:
        break;
    }
    return "absent";
}

static const nbt_node *node_of(const host_crowdctl *ctl, uint32_t member)
{
    return nbt_computer_lana(nbt_crowd_computer(host_crowd_all(ctl->cfg.crowd), member), 0);
}

/* -- the whole --------------------------------------------------------------------------------- */

static void put_totals(const host_crowdctl *ctl, host_json *j)
{
    const nbt_crowd *all = host_crowd_all(ctl->cfg.crowd);
    int64_t names = 0, conflicts = 0, sessions = 0;
    for (uint32_t m = 1; m <= ctl->cfg.nlabels; m++) {
        const nbt_ltable *t = nbt_node_names(node_of(ctl, m));
        for (const nbt_entry *e = NULL; (e = nbt_ltable_next(t, e));) {
            names += e->state == NBT_ENTRY_REGISTERED && !e->conflict;
            conflicts += e->conflict;
        }
        sessions += nbt_computer_established(nbt_crowd_computer(all, m));
    }
    host_json_int(j, "names", names);
    host_json_int(j, "conflicts", conflicts);
    host_json_int(j, "sessions", sessions);
}

static void say_lab(const host_crowdctl *ctl, host_ctl_client *c)
{
    host_crowd_counts counts = host_crowd_count(ctl->cfg.crowd);
    nbt_crowd_names own = nbt_crowd_own_names(host_crowd_all(ctl->cfg.crowd));
    host_json j;
    FILE *f = host_ctl_begin(c);
    if (!f)
        return;
    host_json_begin(&j, f, "lab");
    host_json_str(&j, "name", ctl->cfg.lab);
    host_json_str(&j, "interface", ctl->cfg.interface);
    host_json_int(&j, "network", (int64_t)ctl->cfg.network);
    host_json_int(&j, "computers", own.members);
    host_json_int(&j, "up", own.settled);
    host_json_int(&j, "obtained", own.obtained);
    host_json_int(&j, "refused", own.refused);
    put_totals(ctl, &j);
    host_json_int(&j, "seconds", (host_now() - ctl->since) / NBT_S(1));
    host_json_int(&j, "sent", (int64_t)counts.sent);
    host_json_int(&j, "received", (int64_t)counts.received);
    host_json_int(&j, "lost", (int64_t)counts.lost);
    host_json_end(&j);
    host_ctl_put_end(f, NULL);
    host_ctl_send(c);
}

/* -- the computers ----------------------------------------------------------------------------- */

static void name_text(const nbt_entry *e, char text[NBT_NAME_STR_MAX])
{
    nbt_name16_print(e->name, text, NBT_NAME_STR_MAX);
}

static bool wanted(const host_crowdctl *ctl, const client *its, uint32_t member)
{
    const nbt_ltable *t = nbt_node_names(node_of(ctl, member));
    bool named = !*its->name, conflict = false;
    if (*its->computer && fnmatch(its->computer, ctl->cfg.label[member - 1], 0) != 0)
        return false;
    for (const nbt_entry *e = NULL; (e = nbt_ltable_next(t, e));) {
        char text[NBT_NAME_STR_MAX];
        name_text(e, text);
        named = named || fnmatch(its->name, text, FNM_NOESCAPE) == 0;
        conflict = conflict || e->conflict;
    }
    return named && (conflict || !its->conflicts);
}

static void put_computer(const host_crowdctl *ctl, FILE *f, uint32_t member)
{
    static const char *const stages[] = { "off", "booting", "up" };
    const nbt_crowd *all = host_crowd_all(ctl->cfg.crowd);
    const nbt_node *node = node_of(ctl, member);
    host_json j;
    host_json_begin(&j, f, "computer");
    host_json_str(&j, "name", ctl->cfg.label[member - 1]);
    host_json_ep(&j, "address", (nbt_ep){ nbt_node_cfg(node)->ip, 0 });
    host_json_str(&j, "state", stages[nbt_crowd_stage_of(all, member)]);
    host_json_open(&j, "names", '[');
    for (const nbt_entry *e = NULL; (e = nbt_ltable_next(nbt_node_names(node), e));) {
        char text[NBT_NAME_STR_MAX];
        name_text(e, text);
        host_json_open(&j, NULL, '{');
        host_json_str(&j, "name", text);
        host_json_bool(&j, "group", e->group);
        host_json_str(&j, "state", state_of(e));
        host_json_close(&j, '}');
    }
    host_json_close(&j, ']');
    host_json_int(&j, "sessions", nbt_computer_established(nbt_crowd_computer(all, member)));
    host_json_end(&j);
}

/* A part of the list; the next one follows when the other side has taken it. */
static void list_more(void *ctx, host_ctl_client *c)
{
    const host_crowdctl *ctl = ctx;
    client *its = host_ctl_state(c);
    uint32_t put = 0;
    FILE *f = host_ctl_begin(c);
    if (!f)
        return;
    while (its->at < ctl->cfg.nlabels && put < CHUNK) {
        if (!wanted(ctl, its, ++its->at))
            continue;
        put_computer(ctl, f, its->at);
        put++;
    }
    host_ctl_set_mode(c, its->at < ctl->cfg.nlabels ? HOST_CTL_GOES_ON : HOST_CTL_READY);
    if (its->at == ctl->cfg.nlabels)
        host_ctl_put_end(f, NULL);
    host_ctl_send(c);
}

/* What follows a key, if a word has it. */
static const char *after(const char *word, const char *key)
{
    size_t n = strlen(key);
    return strncmp(word, key, n) == 0 ? word + n : NULL;
}

static void list(host_crowdctl *ctl, host_ctl_client *c, char **save)
{
    client *its = host_ctl_state(c);
    memset(its, 0, sizeof *its);
    for (char *word; (word = strtok_r(NULL, " \r", save));) {
        const char *computer = after(word, "computer="), *name = after(word, "name=");
        if (computer)
            snprintf(its->computer, sizeof its->computer, "%s", computer);
        else if (name)
            snprintf(its->name, sizeof its->name, "%s", name);
        else if (strcmp(word, "conflicts") == 0)
            its->conflicts = true;
        else {
            host_ctl_end(c, "list takes computer=GLOB, name=GLOB and conflicts");
            return;
        }
    }
    list_more(ctl, c);
}

/* -- their sockets ----------------------------------------------------------------------------- */

static uint32_t member_of(const host_crowdctl *ctl, const char *label)
{
    for (uint32_t i = 0; i < ctl->cfg.nlabels; i++)
        if (strcmp(ctl->cfg.label[i], label) == 0)
            return i + 1;
    return 0;
}

/* Opened beside the control socket, for those who may use that one. */
static bool open_socket(const host_crowdctl *ctl, uint32_t member, host_err *err)
{
    char path[512];
    if (host_crowd_served(ctl->cfg.crowd, member))
        return true;
    snprintf(path, sizeof path, "%s.%s", ctl->path, ctl->cfg.label[member - 1]);
    if (!host_crowd_serve(ctl->cfg.crowd, member, path, err))
        return false;
    (void)chmod(path, MODE);
    return true;
}

static void attach(const host_crowdctl *ctl, host_ctl_client *c, const char *label)
{
    uint32_t member = label ? member_of(ctl, label) : 0;
    host_err err;
    host_json j;
    if (!member) {
        host_ctl_end(c, "there is no such computer");
        return;
    }
    if (!open_socket(ctl, member, &err)) {
        host_ctl_end(c, err.text);
        return;
    }
    FILE *f = host_ctl_begin(c);
    if (!f)
        return;
    host_json_begin(&j, f, "attached");
    host_json_str(&j, "name", label);
    host_json_ep(&j, "address", (nbt_ep){ nbt_node_cfg(node_of(ctl, member))->ip, 0 });
    host_json_str(&j, "driver", host_crowd_served(ctl->cfg.crowd, member));
    host_json_end(&j);
    host_ctl_put_end(f, NULL);
    host_ctl_send(c);
}

static void request(void *ctx, host_ctl_client *c, char *line)
{
    host_crowdctl *ctl = ctx;
    char *save = NULL;
    const char *verb = strtok_r(line, " \r", &save);
    if (verb && strcmp(verb, "lab") == 0) {
        say_lab(ctl, c);
    } else if (verb && strcmp(verb, "list") == 0) {
        list(ctl, c, &save);
    } else if (verb && strcmp(verb, "attach") == 0) {
        attach(ctl, c, strtok_r(NULL, " \r", &save));
    } else if (verb && strcmp(verb, "stop") == 0) {
        host_ctl_set_mode(c, HOST_CTL_WAITS);
        host_crowd_leave(ctl->cfg.crowd);
    } else {
        host_ctl_end(c, "a request is lab, list, attach or stop");
    }
}

host_crowdctl *host_crowdctl_new(uv_loop_t *uv, const char *path, const host_crowdctl_cfg *cfg,
                                 host_err *err)
{
    host_crowdctl *c = calloc(1, sizeof *c);
    if (c)
        c->path = strdup(path);
    if (!c || !c->path) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        free(c);
        return NULL;
    }
    host_ctl_cfg ctl = {
        .ctx = c, .state = sizeof(client), .group_only = true, .request = request, .more = list_more
    };
    c->cfg = *cfg;
    c->since = host_now();
    c->ctl = host_ctl_new(uv, path, &ctl, err);
    if (c->ctl) {
        (void)chmod(path, MODE);
        return c;
    }
    free(c->path);
    free(c);
    return NULL;
}

void host_crowdctl_free(host_crowdctl *c)
{
    if (!c)
        return;
    host_ctl_free(c->ctl);
    free(c->path);
    free(c);
}
