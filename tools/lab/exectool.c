/*
 * `nbtlab exec`: a program run on a computer of a running lab. That is the program's environment,
 * and nothing else: the program is this machine's, and its NetBIOS the computer's.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/host/localsock.h"
#include "tools/lab/lab.h"
#include "tools/lab/ncbtool.h"
#include "tools/lab/sandbox.h"
#include "tools/lab/statustool.h"
#include "tools/lab/upsock.h"

enum { OPT_CONTROL = 256 };

static const char who[] = "nbtlab exec";

typedef struct execution {
    const char *control, *computer;
    char **command;
    int n;
} execution;

static void take_attached(void *arg, json_t *o)
{
    (void)arg;
    setenv("NBTLAB_DRIVER", lab_text(o, "driver"), 1);
    setenv("NBTLAB_ADDRESS", lab_text(o, "address"), 1);
    setenv("NBTLAB_COMPUTER", lab_text(o, "name"), 1);
}

/* Our own programs are found by their bare names, wherever they are. */
static void find_ours(void)
{
    char folder[PATH_MAX], all[2 * PATH_MAX + 2];
    const char *path = getenv("PATH");
    if (!lab_folder(folder, sizeof folder))
        return;
    snprintf(all, sizeof all, "%s:%s", folder, path ? path : "/usr/bin:/bin");
    setenv("PATH", all, 1);
}

/*
 * Where the computers have a network of their own, the program is in it, too: then what it does
 * without NetBIOS is on the network that is joined. Whoever may not enter it still has NetBIOS.
 */
static void enter_network(const char *control)
{
    struct ucred peer = { 0 };
    socklen_t len = sizeof peer;
    int fd = host_localsock_connect(control, SOCK_STREAM);
    if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid > 0)
        (void)lab_sandbox_enter(peer.pid);
    if (fd >= 0)
        close(fd);
}

static bool attach(const execution *x, host_err *err)
{
    char path[PATH_MAX], request[512];
    if (snprintf(request, sizeof request, "attach %s\n", x->computer) >= (int)sizeof request ||
        x->computer[strcspn(x->computer, " \t\n")]) {
        host_err_set(err, HOST_USAGE, "%s: no computer is called so", x->computer);
        return false;
    }
    if (lab_upsock_find(x->control, path, err) &&
        lab_upsock_ask(path, request, take_attached, NULL, err)) {
        enter_network(path);
        return true;
    }
    if (err->status == HOST_FAILED) {
        host_err why = *err;
        host_err_set(err, HOST_USAGE, "%s: %.300s; nbtlab status names them", x->computer,
                     why.text);
    }
    return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    execution *x = state->input;
    switch (key) {
    case OPT_CONTROL:
        x->control = arg;
        return 0;
    case ARGP_KEY_ARGS:
        x->computer = state->argv[state->next];
        x->command = state->argv + state->next + 1;
        x->n = state->argc - state->next - 1;
        return 0;
    case ARGP_KEY_END:
        if (x->n == 0)
            argp_error(state, "a computer and a command are wanted");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int lab_exec(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "control", OPT_CONTROL, "PATH", 0, "The lab's control socket (default: the only lab's)",
          0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "COMPUTER COMMAND [ARG...]",
        .doc = "Runs a command on a computer of a running `nbtlab up`: what it does by NetBIOS is "
               "that computer's doing. The exit status is the command's.\v"
               "rcview, rcagent, nbtbrowse, nbtpopup and `nbtlab ncb` find the computer by "
               "themselves, nbtquery sends from its address. The command ncb stands for "
               "`nbtlab ncb`.",
    };
    execution x = { .control = NULL };
    host_err err;
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &x);
    if (!attach(&x, &err))
        return host_err_print(who, &err);
    if (strcmp(x.command[0], "ncb") == 0) {
        static char name[] = "nbtlab ncb";
        x.command[0] = name;
        return lab_ncbtool(x.n, x.command);
    }
    find_ours();
    execvp(x.command[0], x.command);
    host_err_set(&err, HOST_USAGE, "%s: %s", x.command[0], strerror(errno));
    return host_err_print(who, &err);
}
