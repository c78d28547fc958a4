/*
 * The effects of viewers and agents as lines, for people.
 */
#include "tools/host/rcshow_impl.h"

#include "tools/host/iface.h"

/* "ADD NAME CONSOLE<41> on LANA 0: NRC_DUPNAME (0x0D), duplicate name in the local name table" */
static void line_ncb(FILE *f, const nbt_ncb *ncb)
{
    char name[NBT_NAME_STR_MAX];
    const nbt_code *nrc = nbt_code_find(NBT_CODESET_NRC, ncb->retcode);
    fputs(nbt_code_word(NBT_CODESET_NCB_COMMAND, nbt_ncb_verb(ncb)), f);
    if (host_rcshow_named(ncb->name)) {
        nbt_name16_print(ncb->name, name, sizeof name);
        fprintf(f, " %s", name);
    }
    if (host_rcshow_named(ncb->callname)) {
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

static void line_listening(FILE *f, const rcshown *e)
{
    const nbt_act *act = e->act;
    char name[NBT_NAME_STR_MAX];
    uint16_t ports[RC_PORTS_MAX];
    size_t n = host_rcshow_ports(e, ports);
    nbt_name16_print(act->ncb.name, name, sizeof name);
    const char *first = act->value >> RC_UDP & 1 ? " on UDP ports " : " on TCP ports ";
    fprintf(f, "ready: listening");
    if (act->value >> RC_NETBIOS & 1)
        fprintf(f, " on %s", name);
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%s%u", i == 0 ? first : i + 1 == n ? " and " : ", ", ports[i]);
}

static void line_connected(FILE *f, const rcshown *e)
{
    const nbt_act *act = e->act;
    char machine[NBT_NAME_STR_MAX];
    if (host_rcshow_named(act->ncb.callname))
        fprintf(f, "session with %s at %s over ", e->text,
                host_rcshow_machine(act->ncb.callname, machine));
    else
        fprintf(f, "ready: session with %s over ", e->show->client);
    line_peer(f, act);
}

static void line_missed(FILE *f, const rcshown *e)
{
    const nbt_act *act = e->act;
    char ip[HOST_IP_STR_MAX];
    if (act->ncb.command)
        line_ncb(f, &act->ncb);
    else
        fprintf(f, "%s port %u: %s", host_ip_str(act->to.ip, ip), act->to.port, e->text);
}

/* Who sent what is no message: the viewer knows its client, the agent only where it came from. */
static void line_sender(FILE *f, const rcshown *e)
{
    const nbt_act *act = e->act;
    char ip[HOST_IP_STR_MAX];
    if (e->show->client)
        fputs(e->show->client, f);
    else if (act->to.ip)
        fprintf(f, "%s port %u", host_ip_str(act->to.ip, ip), act->to.port);
    else
        fprintf(f, "session %u on LANA %u", act->ncb.lsn, act->ncb.lana);
    fputs(" sent what is not remote control: ", f);
}

static void line_error(FILE *f, const rcshown *e)
{
    if (e->act->value == RC_END_NONSENSE)
        line_sender(f, e);
    fputs(e->text, f);
    if (e->act->ncb.command) {
        fputs(": ", f);
        line_ncb(f, &e->act->ncb);
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

static void line_ask(FILE *f, const rcshown *e)
{
    fprintf(f, "%s (y or n, %lld s)", e->text, (long long)e->act->value);
}

static void line_ask_over(FILE *f, const rcshown *e)
{
    (void)e;
    fputs("the question is over", f);
}

static void line_answer(FILE *f, const rcshown *e)
{
    line_ncb(f, &e->act->ncb);
}

static void line_trying(FILE *f, const rcshown *e)
{
    fputs("trying ", f);
    line_peer(f, e->act);
}

static void line_waiting(FILE *f, const rcshown *e)
{
    fprintf(f, "the client's user is being asked; waiting up to %lld s", (long long)e->act->value);
}

static void line_checked(FILE *f, const rcshown *e)
{
    char machine[NBT_NAME_STR_MAX];
    fprintf(f, "%s at %s: %s", e->text, host_rcshow_machine(e->act->ncb.callname, machine),
            rc_verdict_str((rc_verdict)e->act->value));
}

static void line_ping(FILE *f, const rcshown *e)
{
    if (e->act->value < 0)
        fprintf(f, "ping %u: no answer", e->act->tag);
    else
        fprintf(f, "ping %u: %.3f ms", e->act->tag, (double)e->act->value / 1000);
}

static void line_closed(FILE *f, const rcshown *e)
{
    fprintf(f, "session closed by %s", rc_closed_str((rc_closed)e->act->value));
}

static void line_progress(FILE *f, const rcshown *e)
{
    fprintf(f, "%lld of %u octets", (long long)e->act->value, e->act->tag);
}

static void line_file(FILE *f, const rcshown *e)
{
    line_written(f, e->data);
    fprintf(f, ": %s, %u octets", rc_result_meaning((rc_result)e->act->value), e->act->tag);
}

static void line_chat(FILE *f, const rcshown *e)
{
    fputs("chat: ", f);
    line_written(f, e->data);
}

static void line_command(FILE *f, const rcshown *e)
{
    fputs("a command is recorded, not run: ", f);
    line_written(f, e->data);
}

static void line_reboot(FILE *f, const rcshown *e)
{
    fprintf(f, "this computer restarts, which takes %lld s", (long long)e->act->value);
}

static void line_context_lost(FILE *f, const rcshown *e)
{
    fprintf(f, "the security context of %s is lost; what comes is discarded", e->text);
}

static void line_out_of_step(FILE *f, const rcshown *e)
{
    fprintf(f, "the stream of %s is out of step; what comes is discarded", e->text);
}

static void line_log(FILE *f, const rcshown *e)
{
    char machine[NBT_NAME_STR_MAX];
    fprintf(f, "security log: %lld, %s: %s at %s", (long long)e->act->value,
            rc_log_meaning((rc_log)e->act->value), e->text,
            host_rcshow_machine(e->act->ncb.callname, machine));
}

static void line_say(FILE *f, const rcshown *e)
{
    fputs(e->text, f);
}

/* The line of each effect that is worth one, if only a verbose one. */
static const struct {
    void (*put)(FILE *f, const rcshown *e);
    bool verbose;
} lines[RC_APP_EXIT + 1] = {
    [RC_APP_ASK] = { .put = line_ask },
    [RC_APP_ASK_OVER] = { .put = line_ask_over },
    [RC_APP_CLAIMED] = { .put = line_answer, .verbose = true },
    [RC_APP_CLAIM_REFUSED] = { .put = line_answer },
    [RC_APP_NAME_RETURNED] = { .put = line_answer, .verbose = true },
    [RC_APP_LISTENING] = { .put = line_listening },
    [RC_APP_LISTEN_FAILED] = { .put = line_answer },
    [RC_APP_TRYING] = { .put = line_trying, .verbose = true },
    [RC_APP_MISSED] = { .put = line_missed },
    [RC_APP_WAITING] = { .put = line_waiting },
    [RC_APP_CHECKED] = { .put = line_checked },
    [RC_APP_CONNECTED] = { .put = line_connected },
    [RC_APP_PING] = { .put = line_ping },
    [RC_APP_CLOSED] = { .put = line_closed },
    [RC_APP_FILE_PROGRESS] = { .put = line_progress, .verbose = true },
    [RC_APP_FILE_RESULT] = { .put = line_file },
    [RC_APP_CHAT] = { .put = line_chat },
    [RC_APP_EXECUTE] = { .put = line_command },
    [RC_APP_REBOOT] = { .put = line_reboot },
    [RC_APP_CONTEXT_LOST] = { .put = line_context_lost },
    [RC_APP_OUT_OF_STEP] = { .put = line_out_of_step },
    [RC_APP_LOG] = { .put = line_log },
    [RC_APP_SAY] = { .put = line_say },
    [RC_APP_ERROR] = { .put = line_error },
};

/* What another line says better. */
static bool is_said_elsewhere(const nbt_act *act)
{
    if (act->app == RC_APP_CLAIM_REFUSED)
        return act->value; /* the error that follows a fatal one says all */
    return act->app == RC_APP_SAY && act->value == RC_SAY_NONSENSE; /* here, too */
}

void host_rcshow_line(FILE *f, const host_rcshow *show, const nbt_act *act, nbt_bytes data,
                      bool verbose)
{
    char line[RC_LINE_MAX];
    rcshown e = { show, act, data, host_rcshow_text(data, line) };
    bool says = act->app == RC_APP_SAY;
    if (!lines[act->app].put || (lines[act->app].verbose && !verbose) ||
        (is_said_elsewhere(act) && (says || !verbose)))
        return;
    fprintf(f, "%s: ", show->program);
    lines[act->app].put(f, &e);
    putc('\n', f);
}
