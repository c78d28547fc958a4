/*
 * The effects of viewers and agents as JSON events, for programs.
 */
#include "tools/host/rcshow_impl.h"

#include <zlib.h>

#include "tools/host/json.h"

static void put_ncb(host_json *j, const nbt_ncb *ncb)
{
    host_json_str(j, "ncb", nbt_code_word(NBT_CODESET_NCB_COMMAND, nbt_ncb_verb(ncb)));
    host_json_int(j, "lana", ncb->lana);
    if (host_rcshow_named(ncb->name))
        host_json_name(j, "name", ncb->name);
    if (host_rcshow_named(ncb->callname))
        host_json_name(j, "callname", ncb->callname);
}

static void put_result(host_json *j, const nbt_ncb *ncb)
{
    const nbt_code *nrc = nbt_code_find(NBT_CODESET_NRC, ncb->retcode);
    char hex[8];
    snprintf(hex, sizeof hex, "0x%02X", ncb->retcode);
    put_ncb(j, ncb);
    host_json_int(j, "retcode", ncb->retcode);
    host_json_str(j, "nrc", nrc ? nrc->word : "unknown");
    host_json_str(j, "hex", hex);
    host_json_str(j, "meaning", nrc ? nrc->text : "unknown");
}

static void put_transport(host_json *j, const nbt_act *act)
{
    host_json_str(j, "transport", rc_transport_str((rc_transport)act->value));
    if (act->to.ip)
        host_json_ep(j, "address", act->to);
}

static void put_console(host_json *j, const nbt_act *act, nbt_bytes data)
{
    char machine[NBT_NAME_STR_MAX], user[RC_LINE_MAX];
    host_json_str(j, "console", host_rcshow_machine(act->ncb.callname, machine));
    host_json_str(j, "user", host_rcshow_text(data, user));
}

static void put_connected(host_json *j, const rcshown *e)
{
    const nbt_act *act = e->act;
    put_transport(j, act);
    host_json_str(j, "function", rc_function_str((rc_function)act->tag));
    if (act->value == RC_NETBIOS) {
        host_json_int(j, "lana", act->ncb.lana);
        host_json_int(j, "lsn", act->ncb.lsn);
    }
    if (host_rcshow_named(act->ncb.callname))
        put_console(j, act, e->data);
}

static void put_listening(host_json *j, const rcshown *e)
{
    uint16_t ports[RC_PORTS_MAX];
    size_t n = host_rcshow_ports(e, ports);
    host_json_name(j, "name", e->act->ncb.name);
    host_json_open(j, "protocols", '[');
    for (rc_transport t = RC_NETBIOS; t <= RC_UDP; t++)
        if (e->act->value >> t & 1)
            host_json_str(j, NULL, rc_transport_str(t));
    host_json_close(j, ']');
    if (n == 0)
        return;
    host_json_open(j, "ports", '[');
    for (size_t i = 0; i < n; i++)
        host_json_int(j, NULL, ports[i]);
    host_json_close(j, ']');
}

static uint32_t digest(const rc_screen *s)
{
    uLong crc = crc32(0, s->chars, sizeof s->chars);
    return (uint32_t)crc32(crc, s->attrs, sizeof s->attrs);
}

static void put_screen(host_json *j, const rcshown *e)
{
    const rc_screen *s = e->show->screen;
    uint32_t rows = (uint32_t)e->act->value;
    char text[RC_COLUMNS + 1], hex[16];
    snprintf(hex, sizeof hex, "%08x", digest(s));
    host_json_open(j, "cursor", '{');
    host_json_int(j, "row", s->cursor / RC_COLUMNS);
    host_json_int(j, "column", s->cursor % RC_COLUMNS);
    host_json_close(j, '}');
    host_json_open(j, "rows", '[');
    for (unsigned row = 0; row < RC_ROWS; row++) {
        if (!(rows >> row & 1))
            continue;
        rc_screen_row(s, row, text);
        host_json_open(j, NULL, '{');
        host_json_int(j, "row", row);
        host_json_str(j, "text", text);
        host_json_close(j, '}');
    }
    host_json_close(j, ']');
    host_json_str(j, "digest", hex);
}

static void put_say(host_json *j, const rcshown *e)
{
    const rc_say_text *t = rc_say_find((rc_say)e->act->value);
    host_json_str(j, "say", t->word);
    host_json_str(j, "text", e->text);
    host_json_str(j, "origin", rc_say_origin_str(t->origin));
    if (t->article[0])
        host_json_str(j, "article", t->article);
}

static void put_end(host_json *j, const rcshown *e)
{
    rc_end end = (rc_end)e->act->value;
    host_json_str(j, "end", rc_end_str(end));
    host_json_int(j, "status", host_rcshow_status(end));
}

/* What people have written, of which a NUL is no end. */
static void put_written(host_json *j, const char *key, nbt_bytes data)
{
    char text[RC_TEXT_MAX + 1];
    size_t n = data.n < RC_TEXT_MAX ? data.n : RC_TEXT_MAX;
    for (size_t i = 0; i < n; i++)
        text[i] = data.p[i] ? (char)data.p[i] : ' ';
    text[n] = '\0';
    host_json_str(j, key, text);
}

static void put_file(host_json *j, const rcshown *e)
{
    put_written(j, "name", e->data);
    host_json_str(j, "result", rc_result_str((rc_result)e->act->value));
    host_json_int(j, "octets", e->act->tag);
}

static void put_log(host_json *j, const rcshown *e)
{
    host_json_int(j, "code", e->act->value);
    host_json_str(j, "meaning", rc_log_meaning((rc_log)e->act->value));
    put_console(j, e->act, e->data);
}

static void put_progress(host_json *j, const rcshown *e)
{
    host_json_int(j, "octets", e->act->value);
    host_json_int(j, "size", e->act->tag);
}

static void put_chat(host_json *j, const rcshown *e)
{
    put_written(j, "text", e->data);
}

static void put_command(host_json *j, const rcshown *e)
{
    put_written(j, "command", e->data);
}

static void put_seconds(host_json *j, const rcshown *e)
{
    host_json_int(j, "seconds", e->act->value);
}

static void put_user(host_json *j, const rcshown *e)
{
    host_json_str(j, "user", e->text);
}

static void put_question(host_json *j, const rcshown *e)
{
    host_json_str(j, "text", e->text);
    host_json_int(j, "seconds", e->act->value);
}

static void put_claimed(host_json *j, const rcshown *e)
{
    put_result(j, &e->act->ncb);
    host_json_bool(j, "added", e->act->value);
}

static void put_refused(host_json *j, const rcshown *e)
{
    put_result(j, &e->act->ncb);
    host_json_bool(j, "fatal", e->act->value);
    host_json_str(j, "text", e->text);
}

static void put_answer(host_json *j, const rcshown *e)
{
    put_result(j, &e->act->ncb);
}

static void put_trying(host_json *j, const rcshown *e)
{
    put_transport(j, e->act);
    if (e->act->ncb.command)
        put_ncb(j, &e->act->ncb);
}

static void put_missed(host_json *j, const rcshown *e)
{
    put_transport(j, e->act);
    if (e->act->ncb.command)
        put_result(j, &e->act->ncb);
    if (e->data.n > 0)
        host_json_str(j, "reason", e->text);
}

static void put_checked(host_json *j, const rcshown *e)
{
    host_json_str(j, "verdict", rc_verdict_str((rc_verdict)e->act->value));
    put_console(j, e->act, e->data);
}

static void put_ping(host_json *j, const rcshown *e)
{
    host_json_int(j, "serial", e->act->tag);
    host_json_bool(j, "answered", e->act->value >= 0);
    if (e->act->value >= 0)
        host_json_int(j, "microseconds", e->act->value);
}

static void put_closed(host_json *j, const rcshown *e)
{
    host_json_str(j, "by", rc_closed_str((rc_closed)e->act->value));
}

static void put_error(host_json *j, const rcshown *e)
{
    put_end(j, e);
    host_json_str(j, "reason", e->text);
    if (e->act->to.ip)
        host_json_ep(j, "address", e->act->to);
    if (e->act->ncb.command)
        put_result(j, &e->act->ncb);
}

static void put_nothing(host_json *j, const rcshown *e)
{
    (void)j;
    (void)e;
}

/* The fields of each effect. What is not here is asked of the tool itself, and is no event. */
static void (*const fields[RC_APP_EXIT + 1])(host_json *j, const rcshown *e) = {
    [RC_APP_ASK_OVER] = put_nothing,
    [RC_APP_CLAIMED] = put_claimed,
    [RC_APP_CLAIM_REFUSED] = put_refused,
    [RC_APP_NAME_RETURNED] = put_answer,
    [RC_APP_LISTENING] = put_listening,
    [RC_APP_LISTEN_FAILED] = put_answer,
    [RC_APP_TRYING] = put_trying,
    [RC_APP_MISSED] = put_missed,
    [RC_APP_WAITING] = put_seconds,
    [RC_APP_CHECKED] = put_checked,
    [RC_APP_CONNECTED] = put_connected,
    [RC_APP_SCREEN] = put_screen,
    [RC_APP_PING] = put_ping,
    [RC_APP_CLOSED] = put_closed,
    [RC_APP_ASK] = put_question,
    [RC_APP_FILE_PROGRESS] = put_progress,
    [RC_APP_FILE_RESULT] = put_file,
    [RC_APP_CHAT] = put_chat,
    [RC_APP_EXECUTE] = put_command,
    [RC_APP_REBOOT] = put_seconds,
    [RC_APP_CONTEXT_LOST] = put_user,
    [RC_APP_OUT_OF_STEP] = put_user,
    [RC_APP_LOG] = put_log,
    [RC_APP_SAY] = put_say,
    [RC_APP_ERROR] = put_error,
    [RC_APP_EXIT] = put_end,
};

void host_rcshow_json(FILE *f, const host_rcshow *show, const nbt_act *act, nbt_bytes data)
{
    char line[RC_LINE_MAX];
    rcshown e = { show, act, data, host_rcshow_text(data, line) };
    host_json j;
    if (!fields[act->app])
        return;
    host_json_begin(&j, f, rc_app_str((rc_app)act->app));
    fields[act->app](&j, &e);
    host_json_end(&j);
}
