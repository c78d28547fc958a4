/*
 * A small application object made to run: its commands reach a driver, its connections the network,
 * and it is told of everything. The driver here is a socket that answers as the test wants.
 */
#include "tools/host/app.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/support/netns.h"
#include "tests/support/test.h"
#include "tools/host/ncbsrv.h"

enum { PORT = 5761, LO = 0x7F000001 };

/* What the application reports to its tool, and what the tool tells it. */
enum { SAYS_READY = 1, SAYS_ANSWER, SAYS_GONE, SAYS_TCP, SAYS_TIME, SAYS_ENDED };
enum { DO_ADD_NAME = 1, DO_LISTEN, DO_OPEN, DO_SEND, DO_TIMER, DO_END, DO_TWICE, DO_BOAST };

typedef struct object {
    nbt_time due;
    char order[64]; /* a letter for each entrance */
    size_t n;
    nbt_tcp_ev ev;
} object;

static void enter(object *o, char letter)
{
    o->order[o->n++] = letter;
}

static void say(nbt_out *out, uint32_t what, int64_t value, const char *text)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_APP, text, strlen(text));
    act->app = what;
    act->value = value;
}

static void obj_start(void *app, nbt_time now, nbt_out *out)
{
    (void)now;
    enter(app, 's');
    say(out, SAYS_READY, 0, "");
}

static void obj_ncb(void *app, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                    nbt_bytes data, nbt_out *out)
{
    char text[16] = "";
    (void)now;
    enter(app, kind == NBT_IPC_DONE ? 'd' : 'a');
    memcpy(text, data.p, data.n);
    if (kind == NBT_IPC_DONE)
        say(out, SAYS_ANSWER, ncb->retcode + (int64_t)tag * 1000, text);
}

static void obj_gone(void *app, nbt_time now, nbt_out *out)
{
    (void)now;
    enter(app, 'g');
    nbt_out_add(out, NBT_ACT_NCB, NULL, 0); /* into the void */
    say(out, SAYS_GONE, 0, "");
}

static void obj_tcp(void *app, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    object *o = app;
    char text[16] = "";
    (void)now;
    o->ev = *ev;
    if (ev->kind == NBT_TCP_DATA)
        memcpy(text, ev->data.p, ev->data.n);
    if (ev->kind != NBT_TCP_SENT)
        say(out, SAYS_TCP, ev->kind, text);
}

static void obj_act(void *app, nbt_time now, uint32_t what, int64_t value, nbt_bytes data,
                    nbt_out *out)
{
    object *o = app;
    nbt_act *act;
    switch (what) {
    case DO_ADD_NAME:
        act = nbt_out_add(out, NBT_ACT_NCB, data.p, data.n);
        act->tag = (uint32_t)value;
        act->ncb.command = NBT_NCB_ADD_NAME;
        return;
    case DO_LISTEN:
        act = nbt_out_add(out, NBT_ACT_TCP_LISTEN, NULL, 0);
        act->from = (nbt_ep){ LO, (uint16_t)value };
        return;
    case DO_OPEN:
        act = nbt_out_add(out, NBT_ACT_TCP_OPEN, NULL, 0);
        act->conn = 2;
        act->to = (nbt_ep){ LO, (uint16_t)value };
        return;
    case DO_SEND:
        act = nbt_out_add(out, NBT_ACT_TCP_SEND, data.p, data.n);
        act->conn = 2;
        return;
    case DO_TIMER:
        o->due = now + NBT_MS(value);
        return;
    case DO_END:
        enter(o, 'e');
        nbt_out_add(out, NBT_ACT_TRACE, NULL, 0)->trace.what = "end";
        say(out, SAYS_ENDED, 0, "");
        return;
    case DO_TWICE: /* the tool acts on the first of these two before the second is carried out */
        say(out, SAYS_READY, 1, "");
        say(out, SAYS_READY, 2, "");
        return;
    case DO_BOAST:
        obj_act(app, now, DO_LISTEN, value, data, out);
        say(out, SAYS_READY, 3, "");
        return;
    default:
        fail();
    }
}

static void obj_tick(void *app, nbt_time now, nbt_out *out)
{
    object *o = app;
    if (now < o->due)
        return;
    o->due = NBT_NEVER;
    say(out, SAYS_TIME, 0, "");
}

static nbt_time obj_due(const void *app)
{
    return ((const object *)app)->due;
}

static const host_app_ops ops = {
    .start = obj_start,
    .ncb = obj_ncb,
    .gone = obj_gone,
    .tcp = obj_tcp,
    .act = obj_act,
    .tick = obj_tick,
    .due = obj_due,
};

/* The tool: runs the loop until the application has said a certain thing. */
typedef struct tool {
    host_loop *loop;
    host_app *app;
    object object;
    uint32_t until;
    int64_t value; /* of what was said last */
    char text[16];
    int64_t said[16]; /* values of all READY */
    size_t nsaid;
    host_err failed;
    unsigned failures;
    unsigned traces;
    char folder[64], path[96];
    host_ncbsrv *driver;
} tool;

static void on_app(void *ctx, const nbt_act *act, nbt_bytes data)
{
    tool *t = ctx;
    t->value = act->value;
    memset(t->text, 0, sizeof t->text);
    if (data.n)
        memcpy(t->text, data.p, data.n);
    if (act->app == SAYS_READY) {
        t->said[t->nsaid++] = act->value;
        if (act->value == 1)
            host_app_do(t->app, DO_END, 0, (nbt_bytes){ NULL, 0 });
    }
    if (act->app == SAYS_ENDED)
        t->said[t->nsaid++] = 100;
    if (act->app == t->until)
        host_loop_stop(t->loop);
}

static void on_trace(void *ctx, const nbt_act *act)
{
    tool *t = ctx;
    t->traces += strcmp(act->trace.what, "end") == 0;
}

static void on_fail(void *ctx, const host_err *err)
{
    tool *t = ctx;
    t->failed = *err;
    t->failures++;
    host_loop_stop(t->loop);
}

static void on_stop(void *ctx)
{
    tool *t = ctx;
    host_app_do(t->app, DO_END, 0, (nbt_bytes){ NULL, 0 });
}

static void driver_submit(void *ctx, uint32_t proc, uint32_t tag, const nbt_ncb *ncb,
                          nbt_bytes data)
{
    tool *t = ctx;
    nbt_act act = { .kind = NBT_ACT_ACCEPTED, .proc = proc, .tag = tag, .ncb = *ncb };
    host_ncbsrv_answer(t->driver, &act, (nbt_bytes){ NULL, 0 });
    act.kind = NBT_ACT_DONE;
    act.ncb.retcode = NBT_NRC_DUPNAME;
    host_ncbsrv_answer(t->driver, &act, data);
    host_ncbsrv_flush(t->driver);
}

static void driver_gone(void *ctx, uint32_t proc)
{
    (void)ctx, (void)proc;
}

static void driver_log(void *ctx, const char *line)
{
    (void)ctx;
    fail_msg("%s", line);
}

static tool *begin(bool with_driver)
{
    tool *t = calloc(1, sizeof *t);
    host_err err = { .text = "" };
    assert_non_null(t);
    t->object.due = NBT_NEVER;
    t->loop = host_loop_new(&err);
    strcpy(t->folder, "/tmp/nbtlab-test-XXXXXX");
    assert_non_null(mkdtemp(t->folder));
    snprintf(t->path, sizeof t->path, "%s/driver.sock", t->folder);
    if (with_driver) {
        host_ncbsrv_cfg cfg = {
            .ctx = t, .submit = driver_submit, .gone = driver_gone, .log = driver_log
        };
        t->driver = host_ncbsrv_new(host_loop_uv(t->loop), t->path, &cfg, &err);
        assert_non_null(t->driver);
    }
    host_app_cfg cfg = { .ops = &ops,
                         .app = &t->object,
                         .driver = with_driver ? t->path : NULL,
                         .remedy = "wait",
                         .tool = t,
                         .on_app = on_app,
                         .on_trace = on_trace,
                         .on_fail = on_fail,
                         .on_stop = on_stop };
    t->app = host_app_new(t->loop, &cfg, &err);
    if (!t->app)
        fail_msg("%s", err.text);
    return t;
}

static void finish(tool *t)
{
    host_app_free(t->app);
    host_ncbsrv_free(t->driver);
    host_loop_free(t->loop);
    assert_int_equal(rmdir(t->folder), 0);
    free(t);
}

static void make(tool *t, uint32_t what, int64_t value, const char *text)
{
    host_app_do(t->app, what, value, (nbt_bytes){ (const uint8_t *)text, strlen(text) });
}

static void run_until(tool *t, uint32_t said)
{
    t->until = said;
    host_loop_run(t->loop);
}

static void a_command_and_its_answers(void **state)
{
    (void)state;
    tool *t = begin(true);
    host_app_start(t->app);
    assert_int_equal(t->nsaid, 1);
    make(t, DO_ADD_NAME, 42, "buffer");
    run_until(t, SAYS_ANSWER);
    assert_int_equal(t->value, 42000 + NBT_NRC_DUPNAME);
    assert_string_equal(t->text, "buffer");
    assert_string_equal(t->object.order, "sad");
    finish(t);
}

static void the_driver_goes_away(void **state)
{
    (void)state;
    tool *t = begin(true);
    host_app_start(t->app);
    host_ncbsrv_free(t->driver);
    t->driver = NULL;
    run_until(t, SAYS_GONE);
    make(t, DO_ADD_NAME, 1, ""); /* dropped */
    make(t, DO_TIMER, 1, "");
    run_until(t, SAYS_TIME); /* it lives on, and is not told again */
    assert_string_equal(t->object.order, "sg");
    finish(t);
}

static void without_a_driver(void **state)
{
    (void)state;
    tool *t = begin(false);
    host_app_start(t->app);
    assert_string_equal(t->object.order, "sg");
    finish(t);
}

static void no_driver_at_the_path(void **state)
{
    (void)state;
    host_err err;
    object o = { .due = NBT_NEVER };
    host_loop *loop = host_loop_new(&err);
    host_app_cfg cfg = { .ops = &ops, .app = &o, .driver = "/nonexistent/driver.sock" };
    assert_null(host_app_new(loop, &cfg, &err));
    assert_int_equal(err.status, HOST_DRIVER);
    host_loop_free(loop);
}

static void connections(void **state)
{
    (void)state;
    tool *a = begin(false), *b = begin(false);
    host_app_start(a->app);
    host_app_start(b->app);
    /* One loop at a time: the kernel keeps what the other one has not looked at yet. */
    make(a, DO_LISTEN, PORT, "");
    make(b, DO_OPEN, PORT, "");
    run_until(b, SAYS_TCP);
    assert_int_equal(b->value, NBT_TCP_OPENED);
    make(b, DO_SEND, 0, "hello");
    run_until(a, SAYS_TCP);
    assert_int_equal(a->value, NBT_TCP_ACCEPTED);
    assert_int_equal(a->object.ev.lana, 0);
    run_until(a, SAYS_TCP);
    assert_int_equal(a->value, NBT_TCP_DATA);
    assert_string_equal(a->text, "hello");
    finish(b);
    run_until(a, SAYS_TCP);
    assert_int_equal(a->value, NBT_TCP_RESET);
    finish(a);
}

static void a_port_that_is_taken(void **state)
{
    (void)state;
    tool *a = begin(false), *b = begin(false);
    host_app_start(a->app);
    host_app_start(b->app);
    make(a, DO_LISTEN, PORT, "");
    make(b, DO_BOAST, PORT, "");
    assert_int_equal(b->failed.status, HOST_PORT);
    assert_non_null(strstr(b->failed.text, "TCP port 5761 of 127.0.0.1 is taken by "));
    assert_non_null(strstr(b->failed.text, "; stop it or wait"));
    assert_int_equal(b->nsaid, 1); /* it was started, and nothing after the failure */
    make(b, DO_TWICE, 0, "");
    make(b, DO_BOAST, PORT, "");
    assert_int_equal(b->nsaid, 1);
    assert_int_equal(b->failures, 1);
    finish(b);
    finish(a);
}

static void a_tool_that_cannot_go_on(void **state)
{
    (void)state;
    host_err err;
    tool *t = begin(false);
    host_app_start(t->app);
    host_err_set(&err, HOST_SYSTEM, "no paper");
    host_app_fail(t->app, &err);
    host_app_fail(t->app, &err);
    make(t, DO_TWICE, 0, "");
    assert_string_equal(t->failed.text, "no paper");
    assert_int_equal(t->failures, 1);
    assert_int_equal(t->nsaid, 1);
    finish(t);
}

static void the_order_of_effects(void **state)
{
    (void)state;
    static const int64_t order[] = { 0, 1, 2, 100 };
    tool *t = begin(true);
    host_app_start(t->app);
    make(t, DO_TWICE, 0, "");
    assert_int_equal(t->nsaid, LENGTH_OF(order));
    assert_memory_equal(t->said, order, sizeof order);
    assert_int_equal(t->traces, 1);
    finish(t);
}

static void a_signal_is_for_the_application(void **state)
{
    (void)state;
    tool *t = begin(true);
    host_app_start(t->app);
    raise(SIGTERM);
    run_until(t, SAYS_ENDED);
    assert_string_equal(t->object.order, "se");
    finish(t);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_command_and_its_answers),
    NBT_TEST("", the_driver_goes_away),
    NBT_TEST("", without_a_driver),
    NBT_TEST("", no_driver_at_the_path),
    NBT_TEST("", connections),
    NBT_TEST("", a_port_that_is_taken),
    NBT_TEST("", a_tool_that_cannot_go_on),
    NBT_TEST("", the_order_of_effects),
    NBT_TEST("", a_signal_is_for_the_application),
};

NBT_MAIN_NETNS("app", tests)
