/*
 * Requests to a name server's control socket (tools/host/nsctl.h), and its answers for people or as
 * they are. It decides nothing.
 */
#include "tools/lab/namestool.h"

#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/host/err.h"
#include "tools/host/localsock.h"

typedef struct tool {
    const char *socket;
    bool json;
    char request[1024];
} tool;

/* --- for people ------------------------------------------------------------------------------ */

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static long long number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static const char *when(long long sec, char buf[24])
{
    time_t t = (time_t)sec;
    struct tm tm;
    localtime_r(&t, &tm);
    strftime(buf, 24, "%Y-%m-%d %H:%M:%S", &tm);
    return buf;
}

static void print_record(const json_t *o)
{
    char buf[24];
    size_t i;
    json_t *a;
    printf("%-24s %-14s %s%s", text(o, "name"), text(o, "kind"), text(o, "state"),
           json_is_true(json_object_get(o, "static")) ? ", static" : "");
    printf(", since %s:", when(number(o, "since"), buf));
    json_array_foreach (json_object_get(o, "addresses"), i, a) {
        long long expires = number(a, "expires");
        printf("%s %s", i ? "," : "", text(a, "address"));
        if (expires)
            printf(" until %s", when(expires, buf));
    }
    putchar('\n');
}

static void print_status(json_t *o)
{
    const char *key;
    json_t *value;
    json_object_foreach(o, key, value)
    {
        if (json_is_integer(value))
            printf("%-16s %lld\n", key, (long long)json_integer_value(value));
        else if (json_is_boolean(value))
            printf("%-16s %s\n", key, json_is_true(value) ? "yes" : "no");
    }
}

static void print_trace(const json_t *o)
{
    const char *name = text(json_object_get(o, "name"), "full");
    const char *from = text(o, "from"), *peer = text(o, "peer"), *holder = text(o, "holder");
    char buf[24];
    printf("%s %s:", text(o, "what"), *name ? name : "-");
    if (*from)
        printf(" %s ->", from);
    printf(" %s (%s)", text(o, "to"), text(o, "why"));
    if (*peer)
        printf(" by %s", peer);
    if (*holder)
        printf(", held by %s since %s", holder, when(number(o, "since"), buf));
    if (number(o, "asked"))
        printf(", asked %lld times", number(o, "asked"));
    putchar('\n');
    fflush(stdout);
}

/* One event. False when it was the last; then `*status` is set. */
static bool take(const tool *t, const char *line, int *status)
{
    json_t *o = json_loads(line, 0, NULL);
    const char *event = text(o, "event");
    bool end = strcmp(event, "end") == 0;
    if (!o) {
        fprintf(stderr, "nbtlab: %s answers what is no JSON\n", t->socket);
        *status = HOST_DRIVER;
        return false;
    }
    if (end && !json_is_true(json_object_get(o, "ok"))) {
        fprintf(stderr, "nbtlab: %s\n", text(o, "trouble"));
        *status = HOST_FAILED;
    } else if (end) {
        *status = HOST_OK;
    } else if (t->json) {
        fputs(line, stdout);
        fflush(stdout);
    } else if (strcmp(event, "record") == 0) {
        print_record(o);
    } else if (strcmp(event, "status") == 0) {
        print_status(o);
    } else if (strcmp(event, "trace") == 0) {
        print_trace(o);
    } else if (strcmp(event, "missed") == 0) {
        printf("(%lld decisions were missed)\n", number(o, "decisions"));
    }
    json_decref(o);
    return !end;
}

/* --- the request ------------------------------------------------------------------------------ */

static int converse(const tool *t)
{
    int status = HOST_DRIVER, fd = host_localsock_connect(t->socket, SOCK_STREAM);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
    char *line = NULL;
    size_t cap = 0;
    if (!f) {
        fprintf(stderr,
                "nbtlab: no name server answers at %s: %s; start nbtd --name-server, or give "
                "--socket\n",
                t->socket, strerror(errno));
        return HOST_DRIVER;
    }
    if (send(fd, t->request, strlen(t->request), MSG_NOSIGNAL) < 0)
        fprintf(stderr, "nbtlab: the name server has gone: %s\n", strerror(errno));
    bool more = true;
    while (more && getline(&line, &cap, f) >= 0)
        more = take(t, line, &status);
    if (more)
        fprintf(stderr, "nbtlab: the name server has gone\n");
    free(line);
    fclose(f);
    host_err err;
    return host_stdout_lost(&err) ? host_err_print("nbtlab", &err) : status;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    tool *t = state->input;
    size_t n = strlen(t->request);
    switch (key) {
    case 'S':
        t->socket = arg;
        return 0;
    case 'j':
        t->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (n + strlen(arg) + 2 >= sizeof t->request || strpbrk(arg, " \n"))
            argp_error(state, "%s is too long, or has a space in it", arg);
        snprintf(t->request + n, sizeof t->request - n, "%s%s", n ? " " : "", arg);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "what do you want to know? try: nbtlab names list");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int lab_namestool(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "socket", 'S', "PATH", 0, "The server's control socket (default: as nbtd has it)", 0 },
        { "json", 'j', NULL, 0, "Print the answers as they come, a JSON object a line", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "list [GLOB]\nstatus\nwatch\nadd NAME unique|group|internet|multihomed "
                    "ADDRESS\ndelete NAME\nfreeze\nthaw",
        .doc = "Looks at the names of a running name server (nbtd --name-server) and changes them. "
               "A name is written as FRED<20> or FRED<20>.SCOPE.",
    };
    tool t = { .socket = NULL };
    char path[256];
    host_err err;
    argp_parse(&argp, argc, argv, 0, NULL, &t);
    strcat(t.request, "\n");
    if (!t.socket && !host_localsock_path("name-server", path, sizeof path, &err))
        return host_err_print("nbtlab", &err);
    if (!t.socket)
        t.socket = path;
    return converse(&t);
}
