/*
 * The control socket: lines in, JSON lines out. It decides nothing about names.
 */
#include "tools/host/nsctl.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/host/json.h"
#include "tools/host/localsock.h"
#include "tools/host/trace.h"

enum {
    LINE_CAP = 1024,
    WORDS = 6,
    CHUNK = 256,          /* records of a list before the other side has taken them */
    WATCH_ROOM = 1 << 20, /* octets that a watcher has not taken: beyond, it misses decisions */
};

typedef struct client {
    LIST_ENTRY(client) link;
    host_nsctl *ctl;
    uv_pipe_t pipe;
    char line[LINE_CAP];
    size_t n;
    bool watching, closing;
    bool changing; /* a change waits to be kept */
    bool listing;
    uint32_t at; /* of the list */
    char glob[LINE_CAP];
    uint64_t missed; /* decisions, by a watcher */
} client;

struct host_nsctl {
    uv_loop_t *uv;
    host_nsctl_cfg cfg;
    host_localsock local;
    uv_pipe_t pipe;
    LIST_HEAD(, client) clients;
};

/* --- answers --------------------------------------------------------------------------------- */

/* What is to be sent, gathered. */
typedef struct answer {
    uv_write_t req;
    client *c;
    FILE *f;
    char *text;
    size_t len;
} answer;

static void go_on(client *c);

static answer *answer_new(client *c)
{
    answer *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->c = c;
    a->f = open_memstream(&a->text, &a->len);
    if (a->f)
        return a;
    free(a);
    return NULL;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void end_client(client *c)
{
    if (c->closing)
        return;
    c->closing = true;
    LIST_REMOVE(c, link);
    uv_close((uv_handle_t *)&c->pipe, on_closed);
}

static void on_written(uv_write_t *req, int status)
{
    answer *a = req->data;
    client *c = a->c;
    free(a->text);
    free(a);
    if (status < 0)
        end_client(c);
    else
        go_on(c);
}

static void answer_send(answer *a)
{
    fclose(a->f);
    uv_buf_t buf = uv_buf_init(a->text, (unsigned)a->len);
    a->req.data = a;
    if (uv_write(&a->req, (uv_stream_t *)&a->c->pipe, &buf, 1, on_written) == 0)
        return;
    end_client(a->c);
    free(a->text);
    free(a);
}

static void put_end(answer *a, const char *trouble)
{
    host_json j;
    host_json_begin(&j, a->f, "end");
    host_json_bool(&j, "ok", !trouble);
    if (trouble)
        host_json_str(&j, "trouble", trouble);
    host_json_end(&j);
}

static void say_end(client *c, const char *trouble)
{
    answer *a = answer_new(c);
    if (!a) {
        end_client(c);
        return;
    }
    put_end(a, trouble);
    answer_send(a);
}

static void put_record(answer *a, const nbt_nbrec *rec)
{
    host_json j;
    nbt_name name;
    char text[NBT_NAME_STR_MAX];
    nbt_nbdb_name(rec, &name);
    nbt_name_print(&name, text, sizeof text);
    host_json_begin(&j, a->f, "record");
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
static void list_more(client *c)
{
    answer *a = answer_new(c);
    if (!a) {
        end_client(c);
        return;
    }
    const nbt_nbrec *rec = NULL;
    for (unsigned i = 0; i < CHUNK; i++) {
        rec = nbt_nbns_each(c->ctl->cfg.server, &c->at, *c->glob ? c->glob : NULL);
        if (!rec)
            break;
        put_record(a, rec);
    }
    c->listing = rec != NULL;
    if (!rec)
        put_end(a, NULL);
    answer_send(a);
}

static void say_status(client *c)
{
    answer *a = answer_new(c);
    if (!a) {
        end_client(c);
        return;
    }
    const nbt_nbns *s = c->ctl->cfg.server;
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
    host_json_begin(&j, a->f, "status");
    host_json_bool(&j, "frozen", nbt_nbns_frozen(s));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        host_json_int(&j, counts[i].key, (int64_t)counts[i].value);
    host_json_end(&j);
    put_end(a, NULL);
    answer_send(a);
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
static void change(client *c, const nbt_nbns_cmd *cmd)
{
    const host_nsctl_cfg *cfg = &c->ctl->cfg;
    const char *trouble = trouble_of(cfg->change(cfg->ctx, cmd));
    if (trouble) {
        say_end(c, trouble);
        return;
    }
    c->changing = true;
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

static void add(client *c, nbt_nbns_verb verb, char *const *word)
{
    nbt_nbns_cmd cmd = { .verb = verb };
    struct in_addr addr;
    if (!read_name(word[1], &cmd.name)) {
        say_end(c, "a name is written as FRED<20>");
    } else if (!read_kind(word[2], &cmd.kind)) {
        say_end(c, "a kind is unique, group, internet or multihomed");
    } else if (!word[3] || inet_pton(AF_INET, word[3], &addr) != 1) {
        say_end(c, "an address is written as 10.0.0.1");
    } else if (!read_numbers(word, &cmd)) {
        say_end(c, "behind the address, put has when it expires and its NB_FLAGS, add nothing");
    } else {
        cmd.ip = ntohl(addr.s_addr);
        change(c, &cmd);
    }
}

static void delete (client *c, char *const *word)
{
    nbt_nbns_cmd cmd = { .verb = NBT_NBNS_DELETE };
    if (read_name(word[1], &cmd.name))
        change(c, &cmd);
    else
        say_end(c, "a name is written as FRED<20>");
}

static void request(client *c, char *line)
{
    char *word[WORDS + 1] = { NULL }, *save = NULL;
    for (unsigned i = 0; i < WORDS; i++)
        if (!(word[i] = strtok_r(i ? NULL : line, " \r", &save)))
            break;
    const char *verb = word[0] ? word[0] : "";
    if (strcmp(verb, "list") == 0) {
        snprintf(c->glob, sizeof c->glob, "%s", word[1] ? word[1] : "");
        c->at = 0;
        list_more(c);
    } else if (strcmp(verb, "status") == 0) {
        say_status(c);
    } else if (strcmp(verb, "add") == 0) {
        add(c, NBT_NBNS_ADD, word);
    } else if (strcmp(verb, "put") == 0) {
        add(c, NBT_NBNS_PUT, word);
    } else if (strcmp(verb, "delete") == 0) {
        delete (c, word);
    } else if (strcmp(verb, "freeze") == 0 || strcmp(verb, "thaw") == 0) {
        nbt_nbns_cmd cmd = { .verb = verb[0] == 'f' ? NBT_NBNS_FREEZE : NBT_NBNS_THAW };
        change(c, &cmd);
    } else if (strcmp(verb, "watch") == 0) {
        c->watching = true;
    } else {
        say_end(c, "a request is list, status, add, put, delete, freeze, thaw or watch");
    }
}

/* The next line that is whole, if nothing is being answered. */
static void go_on(client *c)
{
    if (c->closing || c->changing || c->watching || c->pipe.write_queue_size > 0)
        return;
    if (c->listing) {
        list_more(c);
        return;
    }
    char *end = memchr(c->line, '\n', c->n);
    if (!end) {
        if (c->n == sizeof c->line)
            end_client(c);
        return;
    }
    char line[LINE_CAP];
    size_t len = (size_t)(end - c->line);
    memcpy(line, c->line, len);
    line[len] = '\0';
    c->n -= len + 1;
    memmove(c->line, end + 1, c->n);
    request(c, line);
}

/* --- connections ------------------------------------------------------------------------------ */

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    client *c = handle->data;
    (void)suggested;
    *buf = uv_buf_init(c->line + c->n, (unsigned)(sizeof c->line - c->n));
}

static void on_data(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    client *c = stream->data;
    (void)buf;
    if (n < 0) { /* also UV_ENOBUFS: lines without end */
        end_client(c);
        return;
    }
    c->n += (size_t)n;
    go_on(c);
}

static void on_connection(uv_stream_t *server, int status)
{
    host_nsctl *ctl = server->data;
    client *c = status < 0 ? NULL : calloc(1, sizeof *c);
    if (!c)
        return;
    c->ctl = ctl;
    c->pipe.data = c;
    uv_pipe_init(ctl->uv, &c->pipe, 0);
    LIST_INSERT_HEAD(&ctl->clients, c, link);
    if (uv_accept(server, (uv_stream_t *)&c->pipe) != 0 ||
        uv_read_start((uv_stream_t *)&c->pipe, on_room, on_data) != 0)
        end_client(c);
}

void host_nsctl_kept(host_nsctl *ctl)
{
    client *next;
    for (client *c = LIST_FIRST(&ctl->clients); c; c = next) {
        next = LIST_NEXT(c, link);
        if (!c->changing)
            continue;
        c->changing = false;
        say_end(c, NULL);
    }
}

void host_nsctl_trace(host_nsctl *ctl, const nbt_act *act)
{
    client *next;
    for (client *c = LIST_FIRST(&ctl->clients); c; c = next) {
        next = LIST_NEXT(c, link);
        if (!c->watching)
            continue;
        answer *a = c->pipe.write_queue_size > WATCH_ROOM ? NULL : answer_new(c);
        if (!a) {
            c->missed++;
            continue;
        }
        if (c->missed) {
            host_json j;
            host_json_begin(&j, a->f, "missed");
            host_json_int(&j, "decisions", (int64_t)c->missed);
            host_json_end(&j);
            c->missed = 0;
        }
        host_trace_json(a->f, act);
        answer_send(a);
    }
}

host_nsctl *host_nsctl_new(uv_loop_t *uv, const char *path, const host_nsctl_cfg *cfg,
                           host_err *err)
{
    host_nsctl *ctl = calloc(1, sizeof *ctl);
    if (!ctl) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    ctl->uv = uv;
    ctl->cfg = *cfg;
    LIST_INIT(&ctl->clients);
    if (!host_localsock_listen(&ctl->local, path, SOCK_STREAM, err)) {
        free(ctl);
        return NULL;
    }
    ctl->pipe.data = ctl;
    uv_pipe_init(uv, &ctl->pipe, 0);
    int rc = uv_pipe_open(&ctl->pipe, ctl->local.fd);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&ctl->pipe, 16, on_connection);
    if (rc) {
        host_err_set(err, HOST_SYSTEM, "no socket can be made at %s: %s", path, uv_strerror(rc));
        host_nsctl_free(ctl);
        return NULL;
    }
    return ctl;
}

void host_nsctl_free(host_nsctl *ctl)
{
    if (!ctl)
        return;
    while (!LIST_EMPTY(&ctl->clients))
        end_client(LIST_FIRST(&ctl->clients));
    host_localsock_remove(&ctl->local);
    uv_close((uv_handle_t *)&ctl->pipe, on_closed);
}
