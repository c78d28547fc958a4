/*
 * The requests of a name server's control socket. It decides nothing about names.
 */
#include "tools/host/nsctl.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/ctl.h"
#include "tools/host/json.h"
#include "tools/host/trace.h"

enum {
    WORDS = 6,
    CHUNK = 256,          /* records of a list before the other side has taken them */
    WATCH_ROOM = 1 << 20, /* octets that a watcher has not taken: beyond, it misses decisions */
};

/* What a connection is about. */
typedef struct client {
    bool watching;
    bool changing; /* a change waits to be kept */
    uint32_t at;   /* of the list */
    char glob[HOST_CTL_LINE];
    uint64_t missed; /* decisions, by a watcher */
} client;

struct host_nsctl {
    host_nsctl_cfg cfg;
    host_ctl *ctl;
};

/* --- answers --------------------------------------------------------------------------------- */

static void put_record(FILE *f, const nbt_nbrec *rec)
{
    host_json j;
    nbt_name name;
    char text[NBT_NAME_STR_MAX];
    nbt_nbdb_name(rec, &name);
    nbt_name_print(&name, text, sizeof text);
    host_json_begin(&j, f, "record");
    host_json_str(&j, "name", text);
    host_json_str(&j, "kind", nbt_nbkind_str((nbt_nbkind)rec->kind));
    host_json_str(&j, "state", nbt_nbstate_str((nbt_nbstate)rec->state));
    host_json_bool(&j, "static", rec->fixed);
    host_json_int(&j, "since", rec->since);
    host_json_open(&j, "addresses", '[');
    const nbt_nbaddr *addrs = nbt_nbdb_addrs_const(rec);
    for (unsigned i = 0; i < rec->n; i++) {
        host_json_open(&j, NULL, '{');
        host_json_ep(&j, "address", (nbt_ep){ addrs[i].ip, 0 });
        host_json_int(&j, "nb_flags", addrs[i].nb_flags);
        host_json_int(&j, "expires", addrs[i].expires);
        host_json_close(&j, '}');
    }
    host_json_close(&j, ']');
    host_json_end(&j);
}

/* A part of a list; the next one follows when the other side has taken it. */
static void list_more(void *ctx, host_ctl_client *c)
{
    const host_nsctl *ctl = ctx;
    client *its = host_ctl_state(c);
    const nbt_nbrec *rec = NULL;
    FILE *f = host_ctl_begin(c);
    if (!f)
        return;
    for (unsigned i = 0; i < CHUNK; i++) {
        rec = nbt_nbns_each(ctl->cfg.server, &its->at, *its->glob ? its->glob : NULL);
        if (!rec)
            break;
        put_record(f, rec);
    }
    host_ctl_set_mode(c, rec ? HOST_CTL_GOES_ON : HOST_CTL_READY);
    if (!rec)
        host_ctl_put_end(f, NULL);
    host_ctl_send(c);
}

static void say_status(const host_nsctl *ctl, host_ctl_client *c)
{
    FILE *f = host_ctl_begin(c);
    if (!f)
        return;
    const nbt_nbns *s = ctl->cfg.server;
    const nbt_nbns_stats *st = nbt_nbns_counts(s);
    const struct {
        const char *key;
        uint64_t value;
    } counts[] = { { "names", nbt_nbns_names(s) }, { "pending", nbt_nbns_pending(s) },
                   { "received", st->received },   { "malformed", st->malformed },
                   { "ignored", st->ignored },     { "queries", st->queries },
                   { "found", st->found },         { "claims", st->claims },
                   { "granted", st->granted },     { "refused", st->refused },
                   { "releases", st->releases },   { "challenges", st->challenges },
                   { "dropped", st->dropped },     { "granted_unseen", st->bursts },
                   { "expired", st->expired } };
    host_json j;
    host_json_begin(&j, f, "status");
    host_json_bool(&j, "frozen", nbt_nbns_frozen(s));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        host_json_int(&j, counts[i].key, (int64_t)counts[i].value);
    host_json_end(&j);
    host_ctl_put_end(f, NULL);
    host_ctl_send(c);
}

/* --- requests -------------------------------------------------------------------------------- */

static const char *trouble_of(nbt_nbns_result result)
{
    switch (result) {
    case NBT_NBNS_DONE:
        return NULL;
    case NBT_NBNS_NO_NAME:
        return "there is no such name";
    case NBT_NBNS_NO_MEMORY:
        return "there is no room for more names";
    case NBT_NBNS_BAD_NAME:
        return "no computer can have such a name";
    case NBT_NBNS_HELD:
        return "somebody has that name";
    case NBT_NBNS_OVER:
        return "that time has passed";
    }
    return NULL;
}

/* A change is answered when it is kept, a refusal at once. */
static void change(host_nsctl *ctl, host_ctl_client *c, const nbt_nbns_cmd *cmd)
{
    const host_nsctl_cfg *cfg = &ctl->cfg;
    const char *trouble = trouble_of(cfg->change(cfg->ctx, cmd));
    if (trouble) {
        host_ctl_end(c, trouble);
        return;
    }
    ((client *)host_ctl_state(c))->changing = true;
    host_ctl_set_mode(c, HOST_CTL_WAITS);
    cfg->settle(cfg->ctx);
}

static bool read_name(const char *word, nbt_name *name)
{
    return word && nbt_name_parse(name, word, strlen(word)) && name->form == NBT_NAME_NETBIOS;
}

static bool read_kind(const char *word, nbt_nbkind *kind)
{
    static const char *const words[] = { "unique", "group", "internet", "multihomed" };
    for (unsigned i = 0; word && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0) {
            *kind = (nbt_nbkind)i;
            return true;
        }
    }
    return false;
}

/* The numbers of a put; an add has none. */
static bool read_numbers(char *const *word, nbt_nbns_cmd *cmd)
{
    char *end_expires, *end_flags;
    if (cmd->verb != NBT_NBNS_PUT)
        return !word[4];
    if (!word[4] || !word[5])
        return false;
    cmd->expires = (nbt_sec)strtoul(word[4], &end_expires, 10);
    cmd->nb_flags = (uint16_t)strtoul(word[5], &end_flags, 10);
    return !*end_expires && !*end_flags;
}

static void add(host_nsctl *ctl, host_ctl_client *c, nbt_nbns_verb verb, char *const *word)
{
    nbt_nbns_cmd cmd = { .verb = verb };
    struct in_addr addr;
    if (!read_name(word[1], &cmd.name)) {
        host_ctl_end(c, "a name is written as FRED<20>");
    } else if (!read_kind(word[2], &cmd.kind)) {
        host_ctl_end(c, "a kind is unique, group, internet or multihomed");
    } else if (!word[3] || inet_pton(AF_INET, word[3], &addr) != 1) {
        host_ctl_end(c, "an address is written as 10.0.0.1");
    } else if (!read_numbers(word, &cmd)) {
        host_ctl_end(c,
                     "behind the address, put has when it expires and its NB_FLAGS, add nothing");
    } else {
        cmd.ip = ntohl(addr.s_addr);
        change(ctl, c, &cmd);
    }
}

static void delete (host_nsctl *ctl, host_ctl_client *c, char *const *word)
{
    nbt_nbns_cmd cmd = { .verb = NBT_NBNS_DELETE };
    if (read_name(word[1], &cmd.name))
        change(ctl, c, &cmd);
    else
        host_ctl_end(c, "a name is written as FRED<20>");
}

static void request(void *ctx, host_ctl_client *c, char *line)
{
    host_nsctl *ctl = ctx;
    client *its = host_ctl_state(c);
    char *word[WORDS + 1] = { NULL }, *save = NULL;
    for (unsigned i = 0; i < WORDS; i++)
        if (!(word[i] = strtok_r(i ? NULL : line, " \r", &save)))
            break;
    const char *verb = word[0] ? word[0] : "";
    if (strcmp(verb, "list") == 0) {
        snprintf(its->glob, sizeof its->glob, "%s", word[1] ? word[1] : "");
        its->at = 0;
        list_more(ctl, c);
    } else if (strcmp(verb, "status") == 0) {
        say_status(ctl, c);
    } else if (strcmp(verb, "add") == 0) {
        add(ctl, c, NBT_NBNS_ADD, word);
    } else if (strcmp(verb, "put") == 0) {
        add(ctl, c, NBT_NBNS_PUT, word);
    } else if (strcmp(verb, "delete") == 0) {
        delete (ctl, c, word);
    } else if (strcmp(verb, "freeze") == 0 || strcmp(verb, "thaw") == 0) {
        nbt_nbns_cmd cmd = { .verb = verb[0] == 'f' ? NBT_NBNS_FREEZE : NBT_NBNS_THAW };
        change(ctl, c, &cmd);
    } else if (strcmp(verb, "watch") == 0) {
        its->watching = true;
        host_ctl_set_mode(c, HOST_CTL_WAITS);
    } else {
        host_ctl_end(c, "a request is list, status, add, put, delete, freeze, thaw or watch");
    }
}

/* --- what happens meanwhile ------------------------------------------------------------------- */

static void kept(void *arg, host_ctl_client *c)
{
    client *its = host_ctl_state(c);
    (void)arg;
    if (!its->changing)
        return;
    its->changing = false;
    host_ctl_set_mode(c, HOST_CTL_READY);
    host_ctl_end(c, NULL);
}

void host_nsctl_kept(host_nsctl *ctl)
{
    host_ctl_each(ctl->ctl, kept, NULL);
}

static void trace(void *arg, host_ctl_client *c)
{
    const nbt_act *act = arg;
    client *its = host_ctl_state(c);
    if (!its->watching)
        return;
    if (host_ctl_queued(c) > WATCH_ROOM) {
        its->missed++;
        return;
    }
    FILE *f = host_ctl_begin(c);
    if (!f)
        return;
    if (its->missed) {
        host_json j;
        host_json_begin(&j, f, "missed");
        host_json_int(&j, "decisions", (int64_t)its->missed);
        host_json_end(&j);
        its->missed = 0;
    }
    host_trace_json(f, act);
    host_ctl_send(c);
}

void host_nsctl_trace(host_nsctl *ctl, const nbt_act *act)
{
    nbt_act copy = *act;
    host_ctl_each(ctl->ctl, trace, &copy);
}

host_nsctl *host_nsctl_new(uv_loop_t *uv, const char *path, const host_nsctl_cfg *cfg,
                           host_err *err)
{
    host_nsctl *ctl = calloc(1, sizeof *ctl);
    if (!ctl) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    host_ctl_cfg lines = {
        .ctx = ctl, .state = sizeof(client), .request = request, .more = list_more
    };
    ctl->cfg = *cfg;
    ctl->ctl = host_ctl_new(uv, path, &lines, err);
    if (ctl->ctl)
        return ctl;
    free(ctl);
    return NULL;
}

void host_nsctl_free(host_nsctl *ctl)
{
    if (ctl)
        host_ctl_free(ctl->ctl);
    free(ctl);
}
