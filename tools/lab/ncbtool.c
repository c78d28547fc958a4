/*
 * Control blocks by hand. It knows which fields a command takes and what its buffer holds; it makes
 * no decision of the protocol, and repeats nothing that failed.
 */
#include "tools/lab/ncbtool.h"
#include "nbt/ncb.h"
#include "tools/host/err.h"
#include "tools/host/iface.h"
#include "tools/host/ncbsock.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 64, LINE_CAP = 4096, SHOWN_MAX = 512 };

typedef struct shell {
    const char *driver;
    uint8_t lana;
    int fd;
    uint8_t *buf;
    uint16_t lsn; /* of the session that the last CALL or LISTEN opened */
    bool failed;  /* some command did not return NRC_GOODRET */
} shell;

typedef struct verb {
    const char *word;
    uint8_t command;
    uint8_t args; /* how many words follow */
    const char *usage;
    bool (*fill)(shell *sh, nbt_ncb *ncb, char **arg);
    void (*show)(shell *sh, const nbt_ncb *ncb, nbt_bytes data);
} verb;

/* -- fields ------------------------------------------------------------------------------------ */

static bool put_name(uint8_t to[NBT_NAME_LEN], const char *text)
{
    nbt_name name;
    if (strcmp(text, "*") ==
        0) { /* as NCB_CALLNAME has it: an asterisk, the rest does not matter */
        memset(to, ' ', NBT_NAME_LEN);
        to[0] = '*';
        return true;
    }
    if (!nbt_name_parse(&name, text, strlen(text)) || name.form != NBT_NAME_NETBIOS ||
        name.scope.len > 0) {
        fprintf(stderr, "nbtlab: %s is no name: write it as FRED<20>, with its 16th byte in hex\n",
                text);
        return false;
    }
    memcpy(to, name.b, NBT_NAME_LEN);
    return true;
}

static bool fill_none(shell *sh, nbt_ncb *ncb, char **arg)
{
    (void)sh;
    (void)ncb;
    (void)arg;
    return true;
}

static bool fill_name(shell *sh, nbt_ncb *ncb, char **arg)
{
    (void)sh;
    return put_name(ncb->name, arg[0]);
}

static bool fill_called(shell *sh, nbt_ncb *ncb, char **arg)
{
    (void)sh;
    ncb->length = NBT_SEND_MAX;
    return put_name(ncb->callname, arg[0]);
}

static bool fill_sessions(shell *sh, nbt_ncb *ncb, char **arg)
{
    (void)sh;
    ncb->length = NBT_SEND_MAX;
    return put_name(ncb->name, arg[0]);
}

static bool fill_pair(shell *sh, nbt_ncb *ncb, char **arg)
{
    (void)sh;
    return put_name(ncb->name, arg[0]) && put_name(ncb->callname, arg[1]);
}

static bool fill_session(shell *sh, nbt_ncb *ncb, char **arg)
{
    (void)arg;
    ncb->lsn = sh->lsn;
    ncb->length = NBT_SEND_MAX;
    return true;
}

static bool fill_send(shell *sh, nbt_ncb *ncb, char **arg)
{
    ncb->lsn = sh->lsn;
    ncb->length = (uint32_t)strlen(arg[0]);
    return true;
}

/* Datagrams: the driver finds the name's number itself. */
static bool fill_datagram(shell *sh, nbt_ncb *ncb, char **arg)
{
    (void)sh;
    ncb->length = (uint32_t)strlen(arg[2]);
    return put_name(ncb->name, arg[0]) && put_name(ncb->callname, arg[1]);
}

static bool fill_broadcast(shell *sh, nbt_ncb *ncb, char **arg)
{
    (void)sh;
    ncb->length = (uint32_t)strlen(arg[1]);
    return put_name(ncb->name, arg[0]);
}

static bool fill_waiting(shell *sh, nbt_ncb *ncb, char **arg)
{
    (void)sh;
    ncb->length = NBT_SEND_MAX;
    return put_name(ncb->name, arg[0]);
}

static bool fill_lanas(shell *sh, nbt_ncb *ncb, char **arg)
{
    (void)sh;
    (void)arg;
    ncb->length = 256;
    return true;
}

/* -- results ----------------------------------------------------------------------------------- */

static void show_name(const uint8_t b[NBT_NAME_LEN])
{
    char text[NBT_NAME_STR_MAX];
    nbt_name16_print(b, text, sizeof text);
    fputs(text, stdout);
}

static void show_none(shell *sh, const nbt_ncb *ncb, nbt_bytes data)
{
    (void)sh;
    (void)ncb;
    (void)data;
}

static void show_num(shell *sh, const nbt_ncb *ncb, nbt_bytes data)
{
    (void)sh;
    (void)data;
    if (ncb->retcode == NBT_NRC_GOODRET)
        printf(", number %u", ncb->num);
}

static void show_session(shell *sh, const nbt_ncb *ncb, nbt_bytes data)
{
    (void)data;
    if (ncb->retcode != NBT_NRC_GOODRET)
        return;
    sh->lsn = ncb->lsn;
    printf(", session %u with ", ncb->lsn);
    show_name(ncb->callname);
}

static void show_lanas(shell *sh, const nbt_ncb *ncb, nbt_bytes data)
{
    (void)sh;
    (void)ncb;
    for (size_t i = 1; i < data.n && i <= data.p[0]; i++)
        printf("%s %u", i == 1 ? ", adapters" : "", data.p[i]);
}

static const char *name_state(uint8_t flags)
{
    switch (flags & 7) {
    case NBT_NAME_FLAG_REGISTERED:
        return "registered";
    case NBT_NAME_FLAG_DEREGISTERED:
        return "deregistered";
    case NBT_NAME_FLAG_DUPLICATE:
        return "conflict";
    case NBT_NAME_FLAG_DUPLICATE_DEREG:
        return "conflict, deregistered";
    }
    return "registering";
}

static void show_status(shell *sh, const nbt_ncb *ncb, nbt_bytes data)
{
    (void)sh;
    (void)ncb;
    nbt_rd r;
    nbt_astat st;
    nbt_astat_name name;
    nbt_rd_init(&r, data.p, data.n);
    nbt_astat_rd(&r, &st);
    if (r.err)
        return;
    const uint8_t *mac = st.adapter_address;
    printf(", address %02X-%02X-%02X-%02X-%02X-%02X", mac[0], mac[1], mac[2], mac[3], mac[4],
           mac[5]);
    while (nbt_rd_left(&r) >= NBT_ASTAT_NAME_LEN) {
        nbt_astat_name_rd(&r, &name);
        printf("\n  ");
        show_name(name.name);
        printf(" %s %s", name.flags & NBT_NAME_FLAG_GROUP ? "group" : "unique",
               name_state(name.flags));
    }
}

static void show_found(shell *sh, const nbt_ncb *ncb, nbt_bytes data)
{
    (void)sh;
    (void)ncb;
    nbt_rd r;
    nbt_find found;
    nbt_rd_init(&r, data.p, data.n);
    nbt_find_rd(&r, &found);
    if (r.err)
        return;
    printf(", %u %s", found.nodes, found.group ? "group" : "unique");
    while (nbt_rd_left(&r) >= NBT_FIND_NODE_LEN) {
        uint32_t ip = nbt_find_node_rd(&r);
        char text[HOST_IP_STR_MAX];
        printf("\n  %s", host_ip_str(ip, text));
    }
}

static void show_sessions(shell *sh, const nbt_ncb *ncb, nbt_bytes data)
{
    static const char *const states[] = { "?",       "listen",  "call pending", "established",
                                          "hang up", "hung up", "aborted" };
    (void)sh;
    (void)ncb;
    nbt_rd r;
    nbt_sstat_head head;
    nbt_sstat_session s;
    nbt_rd_init(&r, data.p, data.n);
    nbt_sstat_head_rd(&r, &head);
    if (r.err)
        return;
    printf(", %u sessions", head.sessions);
    while (nbt_rd_left(&r) >= NBT_SSTAT_SESSION_LEN) {
        nbt_sstat_session_rd(&r, &s);
        printf("\n  %u %s ", s.lsn, states[s.state < 7 ? s.state : 0]);
        show_name(s.local);
        printf(" with ");
        show_name(s.remote);
    }
}

/* What is not plain text is shown as a dot: a terminal must not obey a peer. */
static void show_message(shell *sh, const nbt_ncb *ncb, nbt_bytes data)
{
    (void)sh;
    (void)ncb;
    printf(", %zu bytes: ", data.n);
    for (size_t i = 0; i < data.n && i < SHOWN_MAX; i++)
        putchar(data.p[i] >= 0x20 && data.p[i] < 0x7F ? data.p[i] : '.');
}

static void show_datagram(shell *sh, const nbt_ncb *ncb, nbt_bytes data)
{
    if (ncb->retcode != NBT_NRC_GOODRET && ncb->retcode != NBT_NRC_INCOMP)
        return;
    printf(", from ");
    show_name(ncb->callname);
    show_message(sh, ncb, data);
}

static const verb verbs[] = {
    { "add", NBT_NCB_ADD_NAME, 1, "NAME", fill_name, show_num },
    { "add-group", NBT_NCB_ADD_GROUP_NAME, 1, "NAME", fill_name, show_num },
    { "delete", NBT_NCB_DELETE_NAME, 1, "NAME", fill_name, show_none },
    { "find", NBT_NCB_FIND_NAME, 1, "NAME", fill_called, show_found },
    { "status", NBT_NCB_ADAPTER_STATUS, 1, "NAME or *", fill_called, show_status },
    { "sessions", NBT_NCB_SESSION_STATUS, 1, "NAME or *", fill_sessions, show_sessions },
    { "call", NBT_NCB_CALL, 2, "OWN-NAME NAME", fill_pair, show_session },
    { "listen", NBT_NCB_LISTEN, 2, "OWN-NAME CALLER or *", fill_pair, show_session },
    { "send", NBT_NCB_SEND, 1, "TEXT", fill_send, show_none },
    { "receive", NBT_NCB_RECEIVE, 0, "", fill_session, show_message },
    { "hangup", NBT_NCB_HANGUP, 0, "", fill_session, show_none },
    { "send-datagram", NBT_NCB_SEND_DATAGRAM, 3, "OWN-NAME NAME TEXT", fill_datagram, show_none },
    { "receive-datagram", NBT_NCB_RECEIVE_DATAGRAM, 1, "OWN-NAME or *", fill_waiting,
      show_datagram },
    { "send-broadcast", NBT_NCB_SEND_BROADCAST, 2, "OWN-NAME TEXT", fill_broadcast, show_none },
    { "receive-broadcast", NBT_NCB_RECEIVE_BROADCAST, 1, "OWN-NAME or *", fill_waiting,
      show_datagram },
    { "lanas", NBT_NCB_LANA_ENUM, 0, "", fill_lanas, show_lanas },
    { "reset", NBT_NCB_RESET, 0, "", fill_none, show_none },
};

/* -- running ----------------------------------------------------------------------------------- */

static const verb *find_verb(const char *word)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].word, word) == 0)
            return &verbs[i];
    }
    return NULL;
}

/*
 * In the form that does not wait, so that the driver says when it has the command. Of one for what
 * others will do that is told: then they may.
 */
static bool call(shell *sh, const verb *v, char **arg, nbt_ncb *ncb, nbt_bytes data,
                 nbt_bytes *answer, host_err *err)
{
    bool awaits = v->command == NBT_NCB_LISTEN || v->fill == fill_waiting;
    nbt_ipc m;
    if (!awaits)
        return host_ncb_call(sh->fd, ncb, data, answer, sh->buf, err);
    ncb->command |= NBT_NCB_ASYNC;
    if (!host_ncb_submit(sh->fd, 1, ncb, data, err))
        return false;
    for (;;) {
        if (!host_ncb_next(sh->fd, &m, sh->buf, err))
            return false;
        if (m.kind == NBT_IPC_DONE || m.ncb.retcode != NBT_NRC_GOODRET)
            break; /* it has ended, or was refused at once */
        fprintf(stderr, "nbtlab: %s %s waits\n", nbt_code_word(NBT_CODESET_NCB_COMMAND, v->command),
                arg[0]);
    }
    *ncb = m.ncb;
    *answer = m.data;
    return true;
}

static int run_verb(shell *sh, const verb *v, char **arg)
{
    nbt_ncb ncb = { .command = v->command, .lana = sh->lana };
    if (!v->fill(sh, &ncb, arg))
        return HOST_USAGE;
    nbt_bytes data = { NULL, 0 }, answer;
    if (v->fill == fill_send || v->fill == fill_datagram || v->fill == fill_broadcast)
        data = (nbt_bytes){ (const uint8_t *)arg[v->args - 1], strlen(arg[v->args - 1]) };

    host_err err;
    if (!call(sh, v, arg, &ncb, data, &answer, &err))
        return host_err_print("nbtlab", &err);
    printf("%s", nbt_code_word(NBT_CODESET_NCB_COMMAND, v->command));
    for (unsigned i = 0; i < v->args; i++)
        printf(" %s", arg[i]);
    const nbt_code *code = nbt_code_find(NBT_CODESET_NRC, ncb.retcode);
    printf(": %s (0x%02X) %s", code ? code->word : "NRC ?", ncb.retcode, code ? code->text : "");
    v->show(sh, &ncb, answer);
    putchar('\n');
    fflush(stdout);
    sh->failed = sh->failed || ncb.retcode != NBT_NRC_GOODRET;
    return HOST_OK;
}

/* One command: its verb and its words. `hold` keeps names and sessions until standard input ends.
 */
static int run_words(shell *sh, char **word, size_t n)
{
    if (n == 1 && strcmp(word[0], "hold") == 0) {
        char c;
        while (read(STDIN_FILENO, &c, 1) > 0)
            ;
        return HOST_OK;
    }
    const verb *v = find_verb(word[0]);
    if (!v || n != v->args + 1u) {
        if (v)
            fprintf(stderr, "nbtlab: %s wants: %s %s\n", v->word, v->word, v->usage);
        else
            fprintf(stderr, "nbtlab: %s is no command; `nbtlab ncb --help` lists them\n", word[0]);
        return HOST_USAGE;
    }
    return run_verb(sh, v, word + 1);
}

static int run_arguments(shell *sh, char **word, size_t n)
{
    size_t begin = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && strcmp(word[i], "then") != 0)
            continue;
        int status = i > begin ? run_words(sh, word + begin, i - begin) : HOST_USAGE;
        if (status != HOST_OK)
            return status;
        begin = i + 1;
    }
    return HOST_OK;
}

static int run_input(shell *sh)
{
    char line[LINE_CAP];
    while (fgets(line, sizeof line, stdin)) {
        char *word[WORDS_MAX], *save = NULL;
        size_t n = 0;
        for (char *w = strtok_r(line, " \t\r\n", &save); w && n < WORDS_MAX;
             w = strtok_r(NULL, " \t\r\n", &save))
            word[n++] = w;
        int status = n > 0 ? run_words(sh, word, n) : HOST_OK;
        if (status != HOST_OK)
            return status;
    }
    return HOST_OK;
}

/* -- the command line -------------------------------------------------------------------------- */

typedef struct arguments {
    shell sh;
    char **word;
    size_t n;
} arguments;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    char *end;
    switch (key) {
    case 'd':
        a->sh.driver = arg;
        return 0;
    case 'l':
        a->sh.lana = (uint8_t)strtoul(arg, &end, 10);
        if (*end != '\0' || end == arg || strtoul(arg, NULL, 10) > NBT_LANA_MAX)
            argp_error(state, "%s is no adapter number (0 to %d)", arg, NBT_LANA_MAX);
        return 0;
    case ARGP_KEY_ARGS:
        a->word = state->argv + state->next;
        a->n = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_END:
        if (!a->sh.driver)
            argp_error(state, "--driver is missing: the path of the driver's socket");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int lab_ncbtool(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "driver", 'd', "PATH", 0, "The driver's socket", 0 },
        { "lana", 'l', "N", 0, "Adapter number (default 0)", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "[COMMAND [then COMMAND]...]",
        .doc = "Submits control blocks to a NetBIOS driver.\v"
               "Commands: add NAME, add-group NAME, delete NAME, find NAME, status NAME|*, "
               "sessions NAME|*, call OWN-NAME NAME, listen OWN-NAME CALLER|*, send TEXT, receive, "
               "hangup, send-datagram OWN-NAME NAME TEXT, receive-datagram OWN-NAME|*, "
               "send-broadcast OWN-NAME TEXT, receive-broadcast OWN-NAME|*, lanas, reset, hold. "
               "Names are written FRED<20>. Without a command, commands "
               "are read from standard input, one a line. Names and sessions last as long as this "
               "program; hold keeps them until standard input ends.",
    };
    arguments a = { .sh = { .fd = -1, .driver = host_ncb_default() } };
    host_err err;
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &a);
    a.sh.fd = host_ncb_open(a.sh.driver, &err);
    if (a.sh.fd < 0)
        return host_err_print("nbtlab", &err);
    a.sh.buf = malloc(NBT_IPC_MAX);
    int status = HOST_SYSTEM;
    if (a.sh.buf)
        status = a.n > 0 ? run_arguments(&a.sh, a.word, a.n) : run_input(&a.sh);
    free(a.sh.buf);
    close(a.sh.fd);
    return status == HOST_OK && a.sh.failed ? HOST_FAILED : status;
}
