/*
 * nbtbrowse: the browser of a computer: announcements, elections, and the list of a local master.
 * Options, wiring and what is shown.
 */
#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "nbt/browser.h"
#include "tools/host/json.h"
#include "tools/host/mem.h"
#include "tools/host/progtool.h"
#include "tools/host/rcopt.h"

typedef struct nbtbrowse {
    host_progtool tool; /* first */
    nbt_browser_cfg cfg;
    nbt_browser *browser;
} nbtbrowse;

/* --- the object, as the host runs it -------------------------------------------------------- */

static void op_start(void *app, nbt_time now, nbt_out *out)
{
    nbt_browser_start(app, now, out);
}

static void op_ncb(void *app, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                   nbt_bytes data, nbt_out *out)
{
    if (kind == NBT_IPC_DONE)
        nbt_browser_ncb(app, now, tag, ncb, data, out);
}

static void op_gone(void *app, nbt_time now, nbt_out *out)
{
    nbt_browser_gone(app, now, out);
}

/* All that it is told here is to end. */
static void op_act(void *app, nbt_time now, uint32_t what, int64_t value, nbt_bytes data,
                   nbt_out *out)
{
    (void)what;
    (void)value;
    (void)data;
    nbt_browser_do(app, now, NBT_BROWSER_CMD_CLOSE, out);
}

static void op_tick(void *app, nbt_time now, nbt_out *out)
{
    nbt_browser_tick(app, now, out);
}

static nbt_time op_due(const void *app)
{
    return nbt_browser_due(app);
}

static const host_app_ops ops = { op_start, op_ncb,  op_gone, host_progtool_no_tcp,
                                  op_act,   op_tick, op_due,  NULL };

/* --- what it wants of us -------------------------------------------------------------------- */

static const nbt_browser_server *server_of(const nbtbrowse *t, const char *name)
{
    const nbt_browser_server *s;
    for (size_t i = 0; (s = nbt_browser_server_at(t->browser, i)) != NULL; i++)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

static void json_server(host_json *j, const nbtbrowse *t, const char *name, int64_t type)
{
    const nbt_browser_server *s = server_of(t, name);
    const char *word, *meaning;
    uint32_t bit;
    host_json_str(j, "server", name);
    host_json_int(j, "type", type);
    host_json_open(j, "type_words", '[');
    for (size_t i = 0; (bit = nbt_server_type(i, &word, &meaning)) != 0; i++)
        if (type & bit)
            host_json_str(j, NULL, word);
    host_json_close(j, ']');
    if (s)
        host_json_str(j, "comment", s->comment);
}

static void json_group(host_json *j, const char *text)
{
    char group[2 * NBT_NAME_LEN];
    snprintf(group, sizeof group, "%s", text);
    char *space = strchr(group, ' ');
    if (space)
        *space = '\0';
    host_json_str(j, "group", group);
    host_json_str(j, "master", space ? space + 1 : "");
}

static void show_json(const nbtbrowse *t, const nbt_act *act, const char *text)
{
    host_json j;
    host_json_begin(&j, stdout, nbt_browser_app_str((nbt_browser_app)act->app));
    switch ((nbt_browser_app)act->app) {
    case NBT_BROWSER_ROLE:
        host_json_str(&j, "role", nbt_browser_role_str((nbt_browser_role)act->value));
        host_json_str(&j, "why", text);
        break;
    case NBT_BROWSER_ELECTION:
        host_json_int(&j, "criteria", act->value);
        host_json_str(&j, "by", text);
        break;
    case NBT_BROWSER_APPEARED:
        json_server(&j, t, text, act->value);
        break;
    case NBT_BROWSER_MASTER:
    case NBT_BROWSER_VANISHED:
    case NBT_BROWSER_FULL:
        host_json_str(&j, "server", text);
        break;
    case NBT_BROWSER_GROUP_IS:
        json_group(&j, text);
        break;
    case NBT_BROWSER_ASKED:
        host_json_str(&j, "by", text);
        host_json_int(&j, "entries", act->value);
        break;
    case NBT_BROWSER_ERROR:
        host_json_str(&j, "text", text);
        host_json_name(&j, "name", act->ncb.name);
        host_json_str(&j, "retcode", nbt_code_word(NBT_CODESET_NRC, act->ncb.retcode));
        break;
    case NBT_BROWSER_EXIT:
        host_json_int(&j, "status", host_progtool_status(act->value));
        break;
    }
    host_json_end(&j);
}

static void show_error(const nbt_act *act, const char *text)
{
    char name[NBT_NAME_STR_MAX];
    nbt_name16_print(act->ncb.name, name, sizeof name);
    if (act->ncb.command)
        fprintf(stderr, "nbtbrowse: %s: %s: %s\n", name, text,
                nbt_code_word(NBT_CODESET_NRC, act->ncb.retcode));
    else
        fprintf(stderr, "nbtbrowse: %s\n", text);
}

static void show_line(const nbtbrowse *t, const nbt_act *act, const char *text)
{
    const char *role = nbt_browser_role_str((nbt_browser_role)act->value);
    switch ((nbt_browser_app)act->app) {
    case NBT_BROWSER_ROLE:
        fprintf(stderr, "nbtbrowse: %s of %s (%s)\n", role, t->cfg.group, text);
        return;
    case NBT_BROWSER_ELECTION:
        if (t->tool.verbose)
            fprintf(stderr, "nbtbrowse: election, criteria 0x%08x (%s)\n", (unsigned)act->value,
                    text);
        return;
    case NBT_BROWSER_MASTER:
        fprintf(stderr, "nbtbrowse: the master is %s\n", text);
        return;
    case NBT_BROWSER_APPEARED:
        fprintf(stderr, "nbtbrowse: %s is new, type 0x%08x\n", text, (unsigned)act->value);
        return;
    case NBT_BROWSER_VANISHED:
        fprintf(stderr, "nbtbrowse: %s is gone\n", text);
        return;
    case NBT_BROWSER_FULL:
        fprintf(stderr, "nbtbrowse: the list is full: %s and others find no room\n", text);
        return;
    case NBT_BROWSER_GROUP_IS:
        fprintf(stderr, "nbtbrowse: workgroup and master: %s\n", text);
        return;
    case NBT_BROWSER_ASKED:
        if (t->tool.verbose)
            fprintf(stderr, "nbtbrowse: %s is given %d entries\n", text, (int)act->value);
        return;
    case NBT_BROWSER_ERROR:
        show_error(act, text);
        return;
    case NBT_BROWSER_EXIT:
        return;
    }
}

static void on_app(void *tool, const nbt_act *act, nbt_bytes data)
{
    nbtbrowse *t = tool;
    char text[128];
    host_err err;
    snprintf(text, sizeof text, "%.*s", (int)data.n, data.n ? (const char *)data.p : "");
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7F)
            *p = '?'; /* whoever announces himself is not to write to our terminal */
    if (t->tool.json) {
        show_json(t, act, text);
        if (host_stdout_lost(&err)) {
            host_app_fail(t->tool.app, &err);
            return;
        }
    }
    show_line(t, act, text);
    if (act->app == NBT_BROWSER_EXIT)
        host_progtool_over(&t->tool, act->value);
}

/* --- the program ---------------------------------------------------------------------------- */

static int run(nbtbrowse *t)
{
    t->cfg.lana = t->tool.lana;
    t->browser = nbt_browser_new(host_mem(), &t->cfg);
    int status = host_progtool_run(&t->tool, &ops, t->browser, on_app);
    nbt_browser_free(t->browser);
    return status;
}

enum { OPT_NAME = 256, OPT_COMMENT, OPT_OS_LEVEL, OPT_CHECK, OPT_OBEY_RESET };

static const struct argp_option options[] = {
    HOST_PROGTOOL_DRIVER,
    { "workgroup", 'w', "NAME", 0, "the workgroup (default: WORKGROUP)", 0 },
    { "part", 'p', "PART", 0, "host (default), potential or preferred", 0 },
    { "profile", 'P', "PROFILE", 0, "win95, nt4 (default), win2000, xp or samba", 0 },
    { "os-level", OPT_OS_LEVEL, "N", 0, "the highest octet of its election criteria", 0 },
    { "comment", OPT_COMMENT, "TEXT", 0, "what stands beside the computer in lists", 0 },
    { "name", OPT_NAME, "NAME", 0, "the computer's name (default: the driver's)", 0 },
    HOST_PROGTOOL_LANA,
    { "check", OPT_CHECK, "SECONDS", 0, "how often a master is looked for (default: 720)", 0 },
    { "obey-reset", OPT_OBEY_RESET, NULL, 0, "let anybody's ResetStateRequest be heeded", 0 },
    HOST_PROGTOOL_JSON,
    HOST_PROGTOOL_VERBOSE,
    { 0 },
};

static bool parse_part(nbtbrowse *t, const char *text)
{
    return nbt_browser_part_parse(&t->cfg.part, text, strlen(text)) ||
           host_progtool_wrong(&t->tool, "--part", text, "host, potential or preferred");
}

static bool parse_profile(nbtbrowse *t, const char *text)
{
    t->cfg.profile = nbt_browser_profile_find(text, strlen(text));
    return t->cfg.profile ||
           host_progtool_wrong(&t->tool, "--profile", text, "win95, nt4, win2000, xp or samba");
}

static bool parse_comment(nbtbrowse *t, const char *text)
{
    t->cfg.comment = text;
    return strlen(text) <= NBT_BROWSER_COMMENT_MAX ||
           host_progtool_wrong(&t->tool, "--comment", text, "up to 43 characters");
}

static bool parse_check(nbtbrowse *t, const char *text)
{
    unsigned seconds = 0;
    bool ok = host_rcopt_number("--check", text, 86400, &seconds, &t->tool.err);
    t->cfg.check = NBT_S(seconds);
    return ok;
}

static bool parse_os_level(nbtbrowse *t, const char *text)
{
    unsigned level = 0;
    bool ok = strcmp(text, "0") == 0 ||
              host_rcopt_number("--os-level", text, UINT8_MAX, &level, &t->tool.err);
    t->cfg.os = (int)level;
    return ok;
}

/* What an option says; false: err is set. *known: whether there is such an option. */
static bool option(nbtbrowse *t, int key, char *arg, bool *known)
{
    switch (key) {
    case 'w':
        t->cfg.group = arg;
        return host_rcopt_machine("--workgroup", arg, &t->tool.err);
    case 'p':
        return parse_part(t, arg);
    case 'P':
        return parse_profile(t, arg);
    case OPT_OS_LEVEL:
        return parse_os_level(t, arg);
    case OPT_COMMENT:
        return parse_comment(t, arg);
    case OPT_NAME:
        t->cfg.machine = arg;
        return host_rcopt_machine("--name", arg, &t->tool.err);
    case OPT_CHECK:
        return parse_check(t, arg);
    case OPT_OBEY_RESET:
        return t->cfg.obey_reset = true;
    default:
        return host_progtool_option(&t->tool, key, arg, known);
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    nbtbrowse *t = state->input;
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
        .doc = "Let this computer appear in the lists of a workgroup, in the foreground. See "
               "nbtbrowse(1) for the events and exit statuses.",
    };
    nbtbrowse t = { .tool = { .name = "nbtbrowse" },
                    .cfg = { .profile = nbt_browser_profile_find("nt4", 3),
                             .group = "WORKGROUP",
                             .comment = "",
                             .os = -1 } };
    argp_program_version = "nbtbrowse " NBTLAB_VERSION;
    argp_err_exit_status = HOST_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &t);
    if (!t.tool.wrong && getrandom(&t.cfg.seed, sizeof t.cfg.seed, 0) != sizeof t.cfg.seed) {
        host_err_set(&t.tool.err, HOST_SYSTEM, "the system has no random numbers");
        t.tool.wrong = true;
    }
    return t.tool.wrong ? host_err_print("nbtbrowse", &t.tool.err) : run(&t);
}
