/*
 * nbtpopup: takes messages that pop up, or sends one. Options, wiring and what is shown.
 */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "nbt/popup.h"
#include "tools/host/json.h"
#include "tools/host/mem.h"
#include "tools/host/progtool.h"
#include "tools/host/rcopt.h"

typedef struct nbtpopup {
    host_progtool tool; /* first */
    nbt_popup_cfg cfg;
} nbtpopup;

/* --- the object, as the host runs it -------------------------------------------------------- */

static void op_start(void *app, nbt_time now, nbt_out *out)
{
    nbt_popup_start(app, now, out);
}

static void op_ncb(void *app, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                   nbt_bytes data, nbt_out *out)
{
    if (kind == NBT_IPC_DONE)
        nbt_popup_ncb(app, now, tag, ncb, data, out);
}

static void op_gone(void *app, nbt_time now, nbt_out *out)
{
    nbt_popup_gone(app, now, out);
}

/* All that it can be told is to end. */
static void op_act(void *app, nbt_time now, uint32_t what, int64_t value, nbt_bytes data,
                   nbt_out *out)
{
    (void)what;
    (void)value;
    (void)data;
    nbt_popup_close(app, now, out);
}

static void op_tick(void *app, nbt_time now, nbt_out *out)
{
    nbt_popup_tick(app, now, out);
}

static nbt_time op_due(const void *app)
{
    return nbt_popup_due(app);
}

static const host_app_ops ops = { op_start, op_ncb,  op_gone, host_progtool_no_tcp,
                                  op_act,   op_tick, op_due,  NULL };

/* --- what it wants of us -------------------------------------------------------------------- */

/* A message's three texts, each a string of its own; what would command a terminal is a ?. */
typedef struct message {
    char all[NBT_MESSENGER_TEXT_MAX + 4096];
    const char *from, *to, *text;
} message;

static void split(message *m, nbt_bytes data)
{
    size_t n = data.n < sizeof m->all - 3 ? data.n : sizeof m->all - 3;
    memset(m->all, 0, sizeof m->all);
    if (n > 0)
        memcpy(m->all, data.p, n);
    for (size_t i = 0; i < n; i++)
        if ((m->all[i] > 0 && m->all[i] < ' ' && m->all[i] != '\r' && m->all[i] != '\n' &&
             m->all[i] != '\t' && m->all[i] != 0x14) ||
            m->all[i] == 0x7F)
            m->all[i] = '?';
        else if (m->all[i] == 0x14)
            m->all[i] = '\n'; /* so the messenger service writes an end of line */
    m->from = m->all;
    m->to = m->from + strlen(m->from) + 1;
    m->text = m->to + strlen(m->to) + 1;
}

static const char *way_of(const nbt_act *act)
{
    return act->value == NBT_POPUP_MAILSLOT ? "mailslot" : "session";
}

static void show_json(const nbt_act *act, const message *m)
{
    host_json j;
    host_json_begin(&j, stdout, nbt_popup_app_str((nbt_popup_app)act->app));
    switch ((nbt_popup_app)act->app) {
    case NBT_POPUP_MESSAGE:
        host_json_str(&j, "from", m->from);
        host_json_str(&j, "to", m->to);
        host_json_str(&j, "text", m->text);
        host_json_str(&j, "way", way_of(act));
        break;
    case NBT_POPUP_READY:
    case NBT_POPUP_SENT:
        host_json_str(&j, "name", m->from);
        break;
    case NBT_POPUP_ERROR:
        host_json_str(&j, "text", m->from);
        if (act->ncb.command)
            host_json_str(&j, "retcode", nbt_code_word(NBT_CODESET_NRC, act->ncb.retcode));
        break;
    case NBT_POPUP_EXIT:
        host_json_int(&j, "status", host_progtool_status(act->value));
        break;
    }
    host_json_end(&j);
}

static void show_line(const nbtpopup *t, const nbt_act *act, const message *m)
{
    const char *code = nbt_code_word(NBT_CODESET_NRC, act->ncb.retcode);
    switch ((nbt_popup_app)act->app) {
    case NBT_POPUP_MESSAGE:
        if (!t->tool.json)
            printf("%s to %s: %s\n", m->from, m->to, m->text);
        fflush(stdout);
        return;
    case NBT_POPUP_READY:
        fprintf(stderr, "nbtpopup: ready for messages to %s\n", m->from);
        return;
    case NBT_POPUP_SENT:
        fprintf(stderr, "nbtpopup: sent to %s\n", m->from);
        return;
    case NBT_POPUP_ERROR:
        if (act->ncb.command)
            fprintf(stderr, "nbtpopup: %s: %s\n", m->from, code);
        else
            fprintf(stderr, "nbtpopup: %s\n", m->from);
        return;
    case NBT_POPUP_EXIT:
        return;
    }
}

static void on_app(void *tool, const nbt_act *act, nbt_bytes data)
{
    nbtpopup *t = tool;
    message m;
    host_err err;
    split(&m, data);
    if (t->tool.json)
        show_json(act, &m);
    show_line(t, act, &m);
    if (host_stdout_lost(&err)) {
        host_app_fail(t->tool.app, &err);
        return;
    }
    if (act->app == NBT_POPUP_EXIT)
        host_progtool_over(&t->tool, act->value);
}

/* --- the program ---------------------------------------------------------------------------- */

static int run(nbtpopup *t)
{
    t->cfg.lana = t->tool.lana;
    nbt_popup *popup = nbt_popup_new(host_mem(), &t->cfg);
    int status = host_progtool_run(&t->tool, &ops, popup, on_app);
    nbt_popup_free(popup);
    return status;
}

enum { OPT_NAME = 256 };

static const struct argp_option options[] = {
    HOST_PROGTOOL_DRIVER,
    { "to", 't', "NAME", 0, "send TEXT to this computer or user", 0 },
    { "mailslot", 'm', NULL, 0, "by a datagram, as WinPopup does; also to a workgroup", 0 },
    { "name", OPT_NAME, "NAME", 0, "the computer's name (default: the driver's)", 0 },
    HOST_PROGTOOL_LANA,
    HOST_PROGTOOL_JSON,
    HOST_PROGTOOL_VERBOSE,
    { 0 },
};

static bool parse_text(nbtpopup *t, const char *text)
{
    if (t->cfg.text.n > 0)
        host_err_set(&t->tool.err, HOST_USAGE, "there is one TEXT; put \"%s\" into quotes with it",
                     text);
    else if (!*text)
        host_err_set(&t->tool.err, HOST_USAGE, "TEXT is empty; write something");
    else
        t->cfg.text = (nbt_bytes){ (const uint8_t *)text, strlen(text) };
    return t->tool.err.status == HOST_OK;
}

static bool finish(nbtpopup *t)
{
    size_t most = t->cfg.way == NBT_POPUP_MAILSLOT ? NBT_POPUP_SLOT_MAX : NBT_MESSENGER_TEXT_MAX;
    bool known = true;
    if (!host_progtool_option(&t->tool, ARGP_KEY_END, NULL, &known))
        return false;
    if (t->cfg.to && t->cfg.text.n == 0)
        host_err_set(&t->tool.err, HOST_USAGE,
                     "there is no TEXT to send; write it behind the options");
    else if (!t->cfg.to && t->cfg.text.n > 0)
        host_err_set(&t->tool.err, HOST_USAGE, "nobody is named to send TEXT to; give --to NAME");
    else if (t->cfg.text.n > most)
        host_err_set(&t->tool.err, HOST_USAGE, "TEXT has %zu octets; shorten it to %zu",
                     t->cfg.text.n, most);
    return t->tool.err.status == HOST_OK;
}

/* What an option says; false: err is set. *known: whether there is such an option. */
static bool option(nbtpopup *t, int key, char *arg, bool *known)
{
    switch (key) {
    case 't':
        t->cfg.to = arg;
        return host_rcopt_machine("--to", arg, &t->tool.err);
    case 'm':
        t->cfg.way = NBT_POPUP_MAILSLOT;
        return true;
    case OPT_NAME:
        t->cfg.machine = arg;
        return host_rcopt_machine("--name", arg, &t->tool.err);
    case ARGP_KEY_ARG:
        return parse_text(t, arg);
    case ARGP_KEY_END:
        return finish(t);
    default:
        return host_progtool_option(&t->tool, key, arg, known);
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    nbtpopup *t = state->input;
    bool known = true;
    if (!t->tool.wrong) /* the first trouble is told */
        t->tool.wrong = !option(t, key, arg, &known);
    return known ? 0 : ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "[TEXT]",
        .doc = "Show messages that are sent to this computer, in the foreground; or send one. See "
               "nbtpopup(1) for the events and exit statuses.",
    };
    nbtpopup t = { .tool = { .name = "nbtpopup" } };
    argp_program_version = "nbtpopup " NBTLAB_VERSION;
    argp_err_exit_status = HOST_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &t);
    return t.tool.wrong ? host_err_print("nbtpopup", &t.tool.err) : run(&t);
}
