/*
 * What the tools share that are a program of a computer's driver and speak through control blocks
 * alone, without connections of their own: common options, a loop, and how they end. It knows
 * neither what the program does nor what is shown of it.
 */
#ifndef TOOLS_HOST_PROGTOOL_H
#define TOOLS_HOST_PROGTOOL_H

#include "tools/host/app.h"

typedef struct host_progtool {
    const char *name;   /* the tool's, before what it says of errors */
    const char *driver; /* --driver; borrowed, as the command line's */
    bool json, verbose; /* --json, --verbose */
    uint8_t lana;       /* --lana */
    host_err err;       /* the first trouble with an option */
    bool wrong;         /* err is set */
    host_loop *loop;
    host_app *app;
    int status; /* the exit status */
} host_progtool;

/* Rows for struct argp_option: --driver and --lana, --json and --verbose. */
#define HOST_PROGTOOL_DRIVER                                                                       \
    {                                                                                              \
        "driver", 'd', "PATH", 0, "the socket of this computer's nbtd", 0                          \
    }
#define HOST_PROGTOOL_LANA                                                                         \
    {                                                                                              \
        "lana", 'l', "N", 0, "the LANA number (default: 0)", 0                                     \
    }
#define HOST_PROGTOOL_JSON                                                                         \
    {                                                                                              \
        "json", 'j', NULL, 0, "events as JSON on standard output", 0                               \
    }
#define HOST_PROGTOOL_VERBOSE                                                                      \
    {                                                                                              \
        "verbose", 'v', NULL, 0, "everything on standard error", 0                                 \
    }

/*
 * One of these options, or ARGP_KEY_END, where a driver must have been given, or be there without
 * (host_ncb_default). False: err says why. *known becomes false where it is another one.
 */
bool host_progtool_option(host_progtool *t, int key, const char *arg, bool *known);

/* "--part does not take ...; it takes ..." as t->err; always false. */
bool host_progtool_wrong(host_progtool *t, const char *option, const char *text, const char *takes);

/* The host_app_ops.tcp of who has no connections. */
void host_progtool_no_tcp(void *app, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);

/*
 * Runs a program until its tool stops it (host_progtool_over) or it cannot go on, and gives the
 * exit status. `tool`, the tool's own, begins with *t. `prog` NULL: there was no memory for it.
 */
int host_progtool_run(host_progtool *t, const host_app_ops *ops, void *prog,
                      void (*on_app)(void *tool, const nbt_act *act, nbt_bytes data));

/* The program has ended: 0, or other than that if the driver did not do what was asked. */
void host_progtool_over(host_progtool *t, int64_t value);

/* What an event of the program's end has for a status. */
int host_progtool_status(int64_t value);

#endif
