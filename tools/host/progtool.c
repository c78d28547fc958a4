/*
 * A program of a driver's as a tool: options and the loop.
 */
#include "tools/host/progtool.h"
#include "tools/host/drop.h"

#include <argp.h>

#include "tools/host/ncbsock.h"
#include "tools/host/rcopt.h"
#include "tools/host/trace.h"

bool host_progtool_wrong(host_progtool *t, const char *option, const char *text, const char *takes)
{
    host_err_set(&t->err, HOST_USAGE, "%s does not take \"%s\"; it takes %s", option, text, takes);
    return false;
}

static bool parse_lana(host_progtool *t, const char *text)
{
    host_rcopt lanas;
    host_rcopt_init(&lanas);
    if (!host_rcopt_lanas(&lanas, text, &t->err))
        return false;
    t->lana = lanas.lanas[0];
    return lanas.nlanas == 1 || host_progtool_wrong(t, "--lana", text, "one number");
}

static bool finish(host_progtool *t)
{
    if (!t->driver)
        t->driver = host_ncb_default();
    if (!t->driver)
        host_err_set(&t->err, HOST_USAGE,
                     "there is no driver; give --driver PATH, the socket of this computer's nbtd");
    return t->driver != NULL;
}

bool host_progtool_option(host_progtool *t, int key, const char *arg, bool *known)
{
    switch (key) {
    case 'd':
        t->driver = arg;
        return true;
    case 'l':
        return parse_lana(t, arg);
    case 'j':
        return t->json = true;
    case 'v':
        return t->verbose = true;
    case ARGP_KEY_END:
        return finish(t);
    default:
        *known = false;
        return true;
    }
}

void host_progtool_no_tcp(void *app, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    (void)app;
    (void)now;
    (void)ev;
    (void)out;
}

static void on_trace(void *tool, const nbt_act *act)
{
    const host_progtool *t = tool;
    if (t->verbose)
        host_trace_line(stderr, act);
}

static void on_fail(void *tool, const host_err *err)
{
    host_progtool *t = tool;
    t->status = host_err_print(t->name, err);
    host_loop_stop(t->loop);
}

/* What these programs are told with 0 is to end. */
static void on_stop(void *tool)
{
    const host_progtool *t = tool;
    host_app_do(t->app, 0, 0, (nbt_bytes){ NULL, 0 });
}

int host_progtool_run(host_progtool *t, const host_app_ops *ops, void *prog,
                      void (*on_app)(void *tool, const nbt_act *act, nbt_bytes data))
{
    host_err err;
    t->loop = host_loop_new(&err);
    if (!t->loop)
        return host_err_print(t->name, &err);
    host_app_cfg cfg = { .ops = ops,
                         .app = prog,
                         .driver = t->driver,
                         .tool = t,
                         .on_app = on_app,
                         .on_trace = on_trace,
                         .on_fail = on_fail,
                         .on_stop = on_stop };
    if (!prog)
        host_err_set(&err, HOST_SYSTEM, "no memory");
    else
        t->app = host_app_new(t->loop, &cfg, &err);
    if (t->app && host_drop(NULL, 0, &err)) { /* it reads what strangers send, and writes no file */
        host_app_start(t->app);
        host_loop_run(t->loop);
    } else {
        t->status = host_err_print(t->name, &err);
    }
    host_app_free(t->app);
    host_loop_free(t->loop);
    return t->status;
}

int host_progtool_status(int64_t value)
{
    return value ? HOST_NETBIOS : HOST_OK;
}

void host_progtool_over(host_progtool *t, int64_t value)
{
    t->status = host_progtool_status(value);
    host_loop_stop(t->loop);
}
