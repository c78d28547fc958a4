/*
 * The effects of viewers and agents in the two forms that they are watched in.
 */
#include "tools/host/rcshow.h"

#include <string.h>
#include <zlib.h>

#include "rc/channel.h"
#include "rc/names.h"
#include "tools/host/iface.h"
#include "tools/host/json.h"

/* An effect's text as a C string; none is longer than a line. */
static const char *text_of(nbt_bytes data, char text[RC_LINE_MAX])
{
    size_t n = data.n < RC_LINE_MAX - 1 ? data.n : RC_LINE_MAX - 1;
    if (n > 0)
        memcpy(text, data.p, n);
    text[n] = '\0';
    return text;
}

static bool has_name(const uint8_t name[NBT_NAME_LEN])
{
    static const uint8_t none[NBT_NAME_LEN];
    return memcmp(name, none, NBT_NAME_LEN) != 0;
}

static const char *machine_of(const uint8_t name[NBT_NAME_LEN], char machine[NBT_NAME_STR_MAX])
{
    size_t n = nbt_name16_print(name, machine, NBT_NAME_STR_MAX);
    machine[n - 4] = '\0'; /* "<20>" ends it */
    return machine;
}

/* --- events -------------------------------------------------------------------------------- */

static void put_ncb(host_json *j, const nbt_ncb *ncb)
{
    host_json_str(j, "ncb", nbt_code_word(NBT_CODESET_NCB_COMMAND, nbt_ncb_verb(ncb)));
    host_json_int(j, "lana", ncb->lana);
    if (has_name(ncb->name))
        host_json_name(j, "name", ncb->name);
    if (has_name(ncb->callname))
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
    host_json_str(j, "console", machine_of(act->ncb.callname, machine));
    host_json_str(j, "user", text_of(data, user));
}

static void put_connected(host_json *j, const nbt_act *act, nbt_bytes data)
{
    put_transport(j, act);
    host_json_str(j, "function", rc_function_str((rc_function)act->tag));
    if (act->value == RC_NETBIOS) {
        host_json_int(j, "lana", act->ncb.lana);
        host_json_int(j, "lsn", act->ncb.lsn);
    }
    if (has_name(act->ncb.callname))
        put_console(j, act, data);
}

static size_t ports_of(const host_rcshow *show, const nbt_act *act, uint16_t ports[RC_PORTS_MAX])
{
    bool sockets = act->value & ~(int64_t)RC_SPEAKS_NETBIOS;
    return sockets ? rc_profile_port_list(show->profile, show->functions, ports) : 0;
}

static void put_listening(host_json *j, const host_rcshow *show, const nbt_act *act)
{
    uint16_t ports[RC_PORTS_MAX];
    size_t n = ports_of(show, act, ports);
    host_json_name(j, "name", act->ncb.name);
    host_json_open(j, "protocols", '[');
    for (rc_transport t = RC_NETBIOS; t <= RC_UDP; t++)
        if (act->value >> t & 1)
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

static void put_screen(host_json *j, const rc_screen *s, uint32_t rows)
{
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

static void put_say(host_json *j, rc_say say, const char *text)
{
    const rc_say_text *t = rc_say_find(say);
    host_json_str(j, "say", t->word);
    host_json_str(j, "text", text);
    host_json_str(j, "origin", rc_say_origin_str(t->origin));
    if (t->article[0])
        host_json_str(j, "article", t->article);
}

static void put_end(host_json *j, rc_end end)
{
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

static void put_file(host_json *j, const nbt_act *act, nbt_bytes data)
{
    put_written(j, "name", data);
    host_json_str(j, "result", rc_result_str((rc_result)act->value));
    host_json_int(j, "octets", act->tag);
}

static void put_log(host_json *j, const nbt_act *act, nbt_bytes data)
{
    host_json_int(j, "code", act->value);
    host_json_str(j, "meaning", rc_log_meaning((rc_log)act->value));
    put_console(j, act, data);
}

static void put_fields(host_json *j, const host_rcshow *show, const nbt_act *act, nbt_bytes data)
{
    char line[RC_LINE_MAX];
    const char *text = text_of(data, line);
    switch ((rc_app)act->app) {
    case RC_APP_SLOT_WANTED:
    case RC_APP_SLOT_BACK:
    case RC_APP_KEYS:
    case RC_APP_ASK_OVER:
    case RC_APP_FILE_OPEN:
    case RC_APP_FILE_READ:
    case RC_APP_FILE_WRITE:
    case RC_APP_FILE_CUT:
    case RC_APP_FILE_PLACE:
    case RC_APP_FILE_OVER:
        break;
    case RC_APP_FILE_PROGRESS:
        host_json_int(j, "octets", act->value);
        host_json_int(j, "size", act->tag);
        break;
    case RC_APP_FILE_RESULT:
        put_file(j, act, data);
        break;
    case RC_APP_CHAT:
        put_written(j, "text", data);
        break;
    case RC_APP_EXECUTE:
        put_written(j, "command", data);
        break;
    case RC_APP_REBOOT:
        host_json_int(j, "seconds", act->value);
        break;
    case RC_APP_LOG:
        put_log(j, act, data);
        break;
    case RC_APP_CONTEXT_LOST:
    case RC_APP_OUT_OF_STEP:
        host_json_str(j, "user", text);
        break;
    case RC_APP_ASK:
        host_json_str(j, "text", text);
        host_json_int(j, "seconds", act->value);
        break;
    case RC_APP_CLAIMED:
        put_result(j, &act->ncb);
        host_json_bool(j, "added", act->value);
        break;
    case RC_APP_CLAIM_REFUSED:
        put_result(j, &act->ncb);
        host_json_bool(j, "fatal", act->value);
        host_json_str(j, "text", text);
        break;
    case RC_APP_NAME_RETURNED:
    case RC_APP_LISTEN_FAILED:
        put_result(j, &act->ncb);
        break;
    case RC_APP_LISTENING:
        put_listening(j, show, act);
        break;
    case RC_APP_TRYING:
        put_transport(j, act);
        if (act->ncb.command)
            put_ncb(j, &act->ncb);
        break;
    case RC_APP_MISSED:
        put_transport(j, act);
        if (act->ncb.command)
            put_result(j, &act->ncb);
        if (data.n > 0)
            host_json_str(j, "reason", text);
        break;
    case RC_APP_WAITING:
        host_json_int(j, "seconds", act->value);
        break;
    case RC_APP_CHECKED:
        host_json_str(j, "verdict", rc_verdict_str((rc_verdict)act->value));
        put_console(j, act, data);
        break;
    case RC_APP_CONNECTED:
        put_connected(j, act, data);
        break;
    case RC_APP_SCREEN:
        put_screen(j, show->screen, (uint32_t)act->value);
        break;
    case RC_APP_PING:
        host_json_int(j, "serial", act->tag);
        host_json_bool(j, "answered", act->value >= 0);
        if (act->value >= 0)
            host_json_int(j, "microseconds", act->value);
        break;
    case RC_APP_CLOSED:
        host_json_str(j, "by", rc_closed_str((rc_closed)act->value));
        break;
    case RC_APP_SAY:
        put_say(j, (rc_say)act->value, text);
        break;
    case RC_APP_ERROR:
        put_end(j, (rc_end)act->value);
        host_json_str(j, "reason", text);
        if (act->to.ip)
            host_json_ep(j, "address", act->to);
        if (act->ncb.command)
            put_result(j, &act->ncb);
        break;
    case RC_APP_EXIT:
        put_end(j, (rc_end)act->value);
        break;
    }
}

/* What is asked of the tool itself. */
static bool is_question(rc_app app)
{
    return app == RC_APP_SLOT_WANTED || app == RC_APP_SLOT_BACK || app == RC_APP_KEYS ||
           (app >= RC_APP_FILE_OPEN && app <= RC_APP_FILE_OVER);
}

void host_rcshow_json(FILE *f, const host_rcshow *show, const nbt_act *act, nbt_bytes data)
{
    rc_app app = (rc_app)act->app;
    host_json j;
    if (is_question(app))
        return;
    host_json_begin(&j, f, rc_app_str(app));
    put_fields(&j, show, act, data);
    host_json_end(&j);
}

/* --- lines --------------------------------------------------------------------------------- */

/* "ADD NAME CONSOLE<41> on LANA 0: NRC_DUPNAME (0x0D), duplicate name in the local name table" */
static void line_ncb(FILE *f, const nbt_ncb *ncb)
{
    char name[NBT_NAME_STR_MAX];
    const nbt_code *nrc = nbt_code_find(NBT_CODESET_NRC, ncb->retcode);
    fputs(nbt_code_word(NBT_CODESET_NCB_COMMAND, nbt_ncb_verb(ncb)), f);
    if (has_name(ncb->name)) {
        nbt_name16_print(ncb->name, name, sizeof name);
        fprintf(f, " %s", name);
    }
    if (has_name(ncb->callname)) {
        nbt_name16_print(ncb->callname, name, sizeof name);
        fprintf(f, " to %s", name);
    }
    fprintf(f, " on LANA %u: %s (0x%02X), %s", ncb->lana, nrc ? nrc->word : "unknown code",
            ncb->retcode, nrc ? nrc->text : "unknown");
}

static void line_peer(FILE *f, const nbt_act *act)
{
    char ip[HOST_IP_STR_MAX];
    if (act->value != RC_NETBIOS)
        fprintf(f, "%s, %s port %u", act->value == RC_UDP ? "UDP" : "TCP",
                host_ip_str(act->to.ip, ip), act->to.port);
    else
        fprintf(f, "NetBIOS, LANA %u", act->ncb.lana);
}

static void line_listening(FILE *f, const host_rcshow *show, const nbt_act *act)
{
    char name[NBT_NAME_STR_MAX];
    uint16_t ports[RC_PORTS_MAX];
    size_t n = ports_of(show, act, ports);
    nbt_name16_print(act->ncb.name, name, sizeof name);
    const char *first = act->value >> RC_UDP & 1 ? " on UDP ports " : " on TCP ports ";
    fprintf(f, "ready: listening");
    if (act->value >> RC_NETBIOS & 1)
        fprintf(f, " on %s", name);
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%s%u", i == 0 ? first : i + 1 == n ? " and " : ", ", ports[i]);
}

static void line_connected(FILE *f, const host_rcshow *show, const nbt_act *act, const char *user)
{
    char machine[NBT_NAME_STR_MAX];
    if (has_name(act->ncb.callname))
        fprintf(f, "session with %s at %s over ", user, machine_of(act->ncb.callname, machine));
    else
        fprintf(f, "ready: session with %s over ", show->client);
    line_peer(f, act);
}

static void line_missed(FILE *f, const nbt_act *act, const char *why)
{
    char ip[HOST_IP_STR_MAX];
    if (act->ncb.command)
        line_ncb(f, &act->ncb);
    else
        fprintf(f, "%s port %u: %s", host_ip_str(act->to.ip, ip), act->to.port, why);
}

/* Who sent what is no message: the viewer knows its client, the agent only where it came from. */
static void line_sender(FILE *f, const host_rcshow *show, const nbt_act *act)
{
    char ip[HOST_IP_STR_MAX];
    if (show->client)
        fputs(show->client, f);
    else if (act->to.ip)
        fprintf(f, "%s port %u", host_ip_str(act->to.ip, ip), act->to.port);
    else
        fprintf(f, "session %u on LANA %u", act->ncb.lsn, act->ncb.lana);
    fputs(" sent what is not remote control: ", f);
}

static void line_error(FILE *f, const host_rcshow *show, const nbt_act *act, const char *text)
{
    if (act->value == RC_END_NONSENSE)
        line_sender(f, show, act);
    fputs(text, f);
    if (act->ncb.command) {
        fputs(": ", f);
        line_ncb(f, &act->ncb);
    }
}

/* What others have written goes to no terminal as it is. */
static void line_written(FILE *f, nbt_bytes data)
{
    while (data.n > 0 && data.p[data.n - 1] == '\n')
        data.n--;
    for (size_t i = 0; i < data.n; i++)
        if (data.p[i] >= 0x20 && data.p[i] != 0x7F && (data.p[i] < 0x80 || data.p[i] > 0x9F))
            putc(data.p[i], f);
        else
            fprintf(f, "\\x%02x", data.p[i]);
}

static bool is_worth_a_line(const nbt_act *act, bool verbose)
{
    switch ((rc_app)act->app) {
    case RC_APP_CLAIM_REFUSED:
        return verbose || !act->value; /* the error that follows a fatal one says all */
    case RC_APP_SAY:
        return act->value != RC_SAY_NONSENSE; /* here, too */
    case RC_APP_LISTENING:
    case RC_APP_LISTEN_FAILED:
    case RC_APP_MISSED:
    case RC_APP_WAITING:
    case RC_APP_CHECKED:
    case RC_APP_CONNECTED:
    case RC_APP_PING:
    case RC_APP_CLOSED:
    case RC_APP_ERROR:
    case RC_APP_ASK:
    case RC_APP_ASK_OVER:
    case RC_APP_FILE_RESULT:
    case RC_APP_CHAT:
    case RC_APP_EXECUTE:
    case RC_APP_REBOOT:
    case RC_APP_CONTEXT_LOST:
    case RC_APP_OUT_OF_STEP:
    case RC_APP_LOG:
        return true;
    case RC_APP_CLAIMED:
    case RC_APP_NAME_RETURNED:
    case RC_APP_TRYING:
    case RC_APP_FILE_PROGRESS:
        return verbose;
    case RC_APP_SLOT_WANTED:
    case RC_APP_SLOT_BACK:
    case RC_APP_SCREEN:
    case RC_APP_KEYS:
    case RC_APP_FILE_OPEN:
    case RC_APP_FILE_READ:
    case RC_APP_FILE_WRITE:
    case RC_APP_FILE_CUT:
    case RC_APP_FILE_PLACE:
    case RC_APP_FILE_OVER:
    case RC_APP_EXIT:
        return false;
    }
    return false;
}

void host_rcshow_line(FILE *f, const host_rcshow *show, const nbt_act *act, nbt_bytes data,
                      bool verbose)
{
    char line[RC_LINE_MAX], machine[NBT_NAME_STR_MAX];
    const char *text = text_of(data, line);
    rc_app app = (rc_app)act->app;
    if (!is_worth_a_line(act, verbose))
        return;
    fprintf(f, "%s: ", show->program);
    switch (app) {
    case RC_APP_ASK:
        fprintf(f, "%s (y or n, %lld s)", text, (long long)act->value);
        break;
    case RC_APP_ASK_OVER:
        fputs("the question is over", f);
        break;
    case RC_APP_CLAIMED:
    case RC_APP_CLAIM_REFUSED:
    case RC_APP_NAME_RETURNED:
    case RC_APP_LISTEN_FAILED:
        line_ncb(f, &act->ncb);
        break;
    case RC_APP_LISTENING:
        line_listening(f, show, act);
        break;
    case RC_APP_TRYING:
        fputs("trying ", f);
        line_peer(f, act);
        break;
    case RC_APP_MISSED:
        line_missed(f, act, text);
        break;
    case RC_APP_WAITING:
        fprintf(f, "the client's user is being asked; waiting up to %lld s", (long long)act->value);
        break;
    case RC_APP_CHECKED:
        fprintf(f, "%s at %s: %s", text, machine_of(act->ncb.callname, machine),
                rc_verdict_str((rc_verdict)act->value));
        break;
    case RC_APP_CONNECTED:
        line_connected(f, show, act, text);
        break;
    case RC_APP_PING:
        if (act->value < 0)
            fprintf(f, "ping %u: no answer", act->tag);
        else
            fprintf(f, "ping %u: %.3f ms", act->tag, (double)act->value / 1000);
        break;
    case RC_APP_CLOSED:
        fprintf(f, "session closed by %s", rc_closed_str((rc_closed)act->value));
        break;
    case RC_APP_FILE_PROGRESS:
        fprintf(f, "%lld of %u octets", (long long)act->value, act->tag);
        break;
    case RC_APP_FILE_RESULT:
        line_written(f, data);
        fprintf(f, ": %s, %u octets", rc_result_meaning((rc_result)act->value), act->tag);
        break;
    case RC_APP_CHAT:
        fputs("chat: ", f);
        line_written(f, data);
        break;
    case RC_APP_EXECUTE:
        fputs("a command is recorded, not run: ", f);
        line_written(f, data);
        break;
    case RC_APP_REBOOT:
        fprintf(f, "this computer restarts, which takes %lld s", (long long)act->value);
        break;
    case RC_APP_CONTEXT_LOST:
        fprintf(f, "the security context of %s is lost; what comes is discarded", text);
        break;
    case RC_APP_OUT_OF_STEP:
        fprintf(f, "the stream of %s is out of step; what comes is discarded", text);
        break;
    case RC_APP_LOG:
        fprintf(f, "security log: %lld, %s: %s at %s", (long long)act->value,
                rc_log_meaning((rc_log)act->value), text, machine_of(act->ncb.callname, machine));
        break;
    case RC_APP_SAY:
        fputs(text, f);
        break;
    case RC_APP_ERROR:
        line_error(f, show, act, text);
        break;
    case RC_APP_SLOT_WANTED:
    case RC_APP_SLOT_BACK:
    case RC_APP_SCREEN:
    case RC_APP_KEYS:
    case RC_APP_FILE_OPEN:
    case RC_APP_FILE_READ:
    case RC_APP_FILE_WRITE:
    case RC_APP_FILE_CUT:
    case RC_APP_FILE_PLACE:
    case RC_APP_FILE_OVER:
    case RC_APP_EXIT:
        break;
    }
    putc('\n', f);
}

int host_rcshow_status(rc_end end)
{
    switch (end) {
    case RC_END_DONE:
        return HOST_OK;
    case RC_END_NAME:
        return HOST_NAME;
    case RC_END_NETBIOS:
        return HOST_NETBIOS;
    case RC_END_NOT_FOUND:
        return HOST_NO_CLIENT;
    case RC_END_BUSY:
        return HOST_BUSY;
    case RC_END_RIGHTS:
        return HOST_RIGHTS;
    case RC_END_PERMISSION:
        return HOST_PERMISSION;
    case RC_END_LIMIT:
        return HOST_LIMIT;
    case RC_END_LOST:
        return HOST_LOST;
    case RC_END_NONSENSE:
        return HOST_NONSENSE;
    case RC_END_TRANSFER:
        return HOST_TRANSFER;
    }
    return HOST_FAILED;
}
