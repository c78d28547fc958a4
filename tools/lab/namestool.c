/*
 * Requests to a name server's control socket (tools/host/nsctl.h), and its answers for people or as
 * they are. It decides nothing.
 */
#include "tools/lab/namestool.h"

#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "nbt/name.h"
#include "tools/host/err.h"
#include "tools/host/iface.h"
#include "tools/host/lmhosts.h"
#include "tools/host/localsock.h"
#include "tools/host/winsdat.h"

typedef struct tool {
    const char *socket;
    bool json;
    char request[1024];
    const char *import; /* an LMHOSTS file, or a wins.dat */
    bool lmhosts;       /* records are printed as lines of LMHOSTS */
    bool winsdat;       /* or of wins.dat */
    int fd;             /* of the conversation */
    FILE *answers;
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

/* The 16 bytes as LMHOSTS has them in quotes, MS-NBTE 2.2.3.2. */
static void print_quoted(const uint8_t name[NBT_NAME_LEN])
{
    putchar('"');
    for (size_t i = 0; i < NBT_NAME_LEN; i++) {
        bool plain = name[i] >= ' ' && name[i] <= '~' && name[i] != '"' && name[i] != '\\';
        if (plain && i < NBT_NAME_LEN - 1)
            putchar(name[i]);
        else
            printf("\\0x%02X", name[i]);
    }
    putchar('"');
}

/* A record as lines of LMHOSTS; what it has no lines for is a comment. */
static void print_lmhosts(const json_t *o)
{
    nbt_name name;
    const char *full = text(o, "name"), *kind = text(o, "kind");
    bool unique = strcmp(kind, "unique") == 0 || strcmp(kind, "multihomed") == 0;
    const json_t *addrs = json_object_get(o, "addresses");
    bool known = nbt_name_parse(&name, full, strlen(full)) && name.scope.len == 0;
    if (strcmp(text(o, "state"), "active") != 0)
        return;
    for (size_t i = 0; i < json_array_size(addrs); i++) {
        const char *ip = text(json_array_get(addrs, i), "address");
        if (known && unique) {
            printf("%-15s ", ip);
            print_quoted(name.b);
            puts(json_array_size(addrs) > 1 ? " #MH" : "");
        } else {
            printf("# %s is a member of the %s %s\n", ip, kind, full);
        }
    }
}

static nbt_nbkind kind_of(const char *word)
{
    nbt_nbkind kind = NBT_NBKIND_UNIQUE;
    while (kind < NBT_NBKIND_MULTIHOMED && strcmp(nbt_nbkind_str(kind), word) != 0)
        kind++;
    return kind;
}

/* The same as a line of nmbd's wins.dat, which has no scopes, and no comments either. */
static void print_winsdat(const json_t *o)
{
    nbt_name name;
    host_winsdat e = { .kind = kind_of(text(o, "kind")) };
    const char *full = text(o, "name");
    const json_t *addrs = json_object_get(o, "addresses");
    char line[HOST_WINSDAT_STR_MAX];
    struct in_addr in;
    if (strcmp(text(o, "state"), "active") != 0 || !nbt_name_parse(&name, full, strlen(full)) ||
        name.scope.len > 0)
        return;
    memcpy(e.name, name.b, sizeof e.name);
    for (; e.n < json_array_size(addrs) && e.n < NBT_NBNS_INTERNET_MAX; e.n++) {
        const json_t *a = json_array_get(addrs, e.n);
        e.nb_flags = (uint16_t)number(a, "nb_flags");
        e.expires = number(a, "expires") > e.expires ? (nbt_sec)number(a, "expires") : e.expires;
        e.ip[e.n] = inet_pton(AF_INET, text(a, "address"), &in) == 1 ? ntohl(in.s_addr) : 0;
    }
    if (host_winsdat_print(&e, line))
        fputs(line, stdout);
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
    } else if (strcmp(event, "record") == 0 && t->lmhosts) {
        print_lmhosts(o);
    } else if (strcmp(event, "record") == 0 && t->winsdat) {
        print_winsdat(o);
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

static bool dial(tool *t)
{
    t->fd = host_localsock_connect(t->socket, SOCK_STREAM);
    t->answers = t->fd < 0 ? NULL : fdopen(t->fd, "r");
    if (!t->answers)
        fprintf(stderr,
                "nbtlab: no name server answers at %s: %s; start nbtd --name-server, or give "
                "--socket\n",
                t->socket, strerror(errno));
    return t->answers != NULL;
}

/* One request, from its line to its last answer. */
static int converse(const tool *t, const char *request)
{
    int status = HOST_DRIVER;
    char *line = NULL;
    size_t cap = 0;
    bool more = send(t->fd, request, strlen(request), MSG_NOSIGNAL) >= 0, gone = !more;
    while (more && !(gone = getline(&line, &cap, t->answers) < 0))
        more = take(t, line, &status);
    if (gone)
        fprintf(stderr, "nbtlab: the name server has gone\n");
    free(line);
    return status;
}

/* --- LMHOSTS ---------------------------------------------------------------------------------- */

static int add(const tool *t, const uint8_t b[NBT_NAME_LEN], const char *kind, uint32_t ip)
{
    char name[NBT_NAME_STR_MAX], request[NBT_NAME_STR_MAX + 60], addr[HOST_IP_STR_MAX];
    nbt_name16_print(b, name, sizeof name);
    snprintf(request, sizeof request, "add %s %s %s\n", name, kind, host_ip_str(ip, addr));
    return converse(t, request);
}

/* What Windows makes static mappings of: a name without byte 16 stands for its three services, a
 * controller is a member of its domain's group as well. */
static int import_host(const tool *t, const nbt_lmhost *h)
{
    static const uint8_t services[] = { 0x00, 0x03, 0x20 };
    const char *kind = h->multihomed ? "multihomed" : "unique";
    uint8_t name[NBT_NAME_LEN];
    int status = HOST_OK;
    memcpy(name, h->name, sizeof name);
    for (size_t i = 0; status == HOST_OK && i < sizeof services; i++) {
        if (h->any_suffix)
            name[NBT_NAME_LEN - 1] = services[i];
        if (h->any_suffix || i == 0)
            status = add(t, name, kind, h->ip);
    }
    if (!h->dom || status != HOST_OK)
        return status;
    memcpy(name, h->domain, sizeof h->domain);
    name[NBT_NAME_LEN - 1] = 0x1C;
    return add(t, name, "internet", h->ip);
}

/* --- wins.dat --------------------------------------------------------------------------------- */

/* What nmbd has registered, as long as it would be there; what never expires there is static. */
static int import_entry(const tool *t, const host_winsdat *e)
{
    static const char *const kinds[] = { "unique", "group", "internet", "multihomed" };
    char name[NBT_NAME_STR_MAX], request[NBT_NAME_STR_MAX + 100], addr[HOST_IP_STR_MAX];
    int status = HOST_OK;
    nbt_name16_print(e->name, name, sizeof name);
    for (unsigned i = 0; i < e->n; i++) {
        host_ip_str(e->ip[i], addr);
        if (e->expires)
            snprintf(request, sizeof request, "put %s %s %s %u %u\n", name, kinds[e->kind], addr,
                     (unsigned)e->expires, e->nb_flags);
        else
            snprintf(request, sizeof request, "add %s %s %s\n", name, kinds[e->kind], addr);
        int one = converse(t, request);
        if (one != HOST_OK)
            fprintf(stderr, "nbtlab: %s of %s is left out\n", addr, name);
        status = one == HOST_OK ? status : one;
        if (one == HOST_DRIVER)
            break;
    }
    return status;
}

/* The rest of a file whose first line has been read. */
static int import_winsdat(const tool *t, FILE *f)
{
    char line[HOST_WINSDAT_STR_MAX];
    int status = HOST_OK;
    for (unsigned number = 2; status != HOST_DRIVER && fgets(line, sizeof line, f); number++) {
        host_winsdat e;
        const char *why = host_winsdat_read(line, &e);
        if (why) {
            fprintf(stderr, "nbtlab: %s, line %u: %s\n", t->import, number, why);
            return HOST_USAGE;
        }
        int one = import_entry(t, &e);
        status = one == HOST_OK ? status : one;
    }
    return status;
}

static int import_lmhosts(const tool *t)
{
    host_lmhosts l = { .n = 0 };
    host_err err;
    int status = HOST_OK;
    if (!host_lmhosts_read(&l, t->import, &err))
        status = host_err_print("nbtlab", &err);
    for (size_t i = 0; status == HOST_OK && i < l.n; i++)
        status = import_host(t, &l.hosts[i]);
    host_lmhosts_free(&l);
    return status;
}

static int import(const tool *t)
{
    char line[HOST_WINSDAT_STR_MAX];
    FILE *f = fopen(t->import, "r");
    bool winsdat = f && fgets(line, sizeof line, f) && host_winsdat_is_first(line);
    int status = winsdat ? import_winsdat(t, f) : import_lmhosts(t);
    if (f)
        fclose(f);
    return status;
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
                    "ADDRESS\ndelete NAME\nimport FILE\nexport [lmhosts|wins.dat]\nfreeze\nthaw",
        .doc = "Looks at the names of a running name server (nbtd --name-server) and changes them. "
               "A name is written as FRED<20> or FRED<20>.SCOPE.",
    };
    tool t = { .socket = NULL };
    char path[256];
    host_err err;
    argp_parse(&argp, argc, argv, 0, NULL, &t);
    if (strncmp(t.request, "import ", 7) == 0)
        t.import = t.request + 7;
    t.lmhosts = strcmp(t.request, "export") == 0 || strcmp(t.request, "export lmhosts") == 0;
    t.winsdat = strcmp(t.request, "export wins.dat") == 0;
    if (!t.import)
        strcat(t.request, "\n");
    if (!t.socket && !host_localsock_path("name-server", path, sizeof path, &err))
        return host_err_print("nbtlab", &err);
    if (!t.socket)
        t.socket = path;
    if (!dial(&t))
        return HOST_DRIVER;
    if (t.winsdat)
        puts("VERSION 1 0");
    int status =
        t.import ? import(&t) : converse(&t, t.lmhosts || t.winsdat ? "list\n" : t.request);
    fclose(t.answers);
    return host_stdout_lost(&err) ? host_err_print("nbtlab", &err) : status;
}
