/*
 * The desk of rcdesk.h.
 */
#include "tests/support/rcdesk.h"

#include <stdio.h>

#include "rc/names.h"
#include "tests/support/test.h"

static const rc_profile *sms20(void)
{
    return rc_profile_find("sms2.0", 6);
}

rc_viewer_cfg desk_viewer_cfg(void)
{
    static const uint8_t lanas[] = { 0 };
    return (rc_viewer_cfg){ .profile = sms20(),
                            .protocols = RC_SPEAKS_NETBIOS | RC_SPEAKS_TCP,
                            .console = "CONSOLE1",
                            .client = "CLIENT1",
                            .user = "bob",
                            .address = 0x0A000002,
                            .lanas = lanas,
                            .nlanas = 1 };
}

rc_agent_cfg desk_agent_cfg(void)
{
    static const uint8_t lanas[] = { 0 };
    return (rc_agent_cfg){ .profile = sms20(),
                           .protocols = RC_SPEAKS_NETBIOS | RC_SPEAKS_TCP,
                           .client = "CLIENT1",
                           .lanas = lanas,
                           .nlanas = 1,
                           .permission = RC_PERMISSION_GRANT,
                           .ask_timeout = NBT_S(30),
                           .compression = RC_COMPRESS_RLE,
                           .seed = 1 };
}

static void begin(desk *d)
{
    memset(d, 0, sizeof *d);
    nbt_out_init(&d->out, test_mem_of(&d->mem));
}

void desk_viewer(desk *d, const rc_viewer_cfg *cfg)
{
    begin(d);
    d->viewer = rc_viewer_new(test_mem_of(&d->mem), cfg);
    assert_non_null(d->viewer);
}

void desk_agent(desk *d, const rc_agent_cfg *cfg)
{
    begin(d);
    d->agent = rc_agent_new(test_mem_of(&d->mem), cfg);
    assert_non_null(d->agent);
}

void desk_fini(desk *d)
{
    rc_viewer_free(d->viewer);
    rc_agent_free(d->agent);
    nbt_out_fini(&d->out);
    assert_int_equal(d->mem.blocks, 0);
}

/* --- in words ------------------------------------------------------------------------------ */

static void add(desk *d, const char *text)
{
    assert_true(strlen(d->words) + strlen(text) < sizeof d->words);
    strcat(d->words, text);
}

static void add_name(desk *d, const uint8_t name[NBT_NAME_LEN])
{
    char text[NBT_NAME_STR_MAX];
    nbt_name16_print(name, text, sizeof text);
    add(d, text);
}

static void add_ep(desk *d, nbt_ep ep)
{
    char text[40];
    snprintf(text, sizeof text, "%u.%u.%u.%u:%u", ep.ip >> 24, ep.ip >> 16 & 255, ep.ip >> 8 & 255,
             ep.ip & 255, ep.port);
    add(d, ep.ip ? text : strchr(text, ':'));
}

/* The message in what was sent, behind its length over TCP. */
static rc_msg message_of(const desk *d, const nbt_act *act)
{
    nbt_bytes data = nbt_out_data(&d->out, act);
    nbt_rd r;
    rc_msg m;
    nbt_rd_init(&r, data.p, data.n);
    if (act->kind == NBT_ACT_TCP_SEND)
        assert_int_equal(nbt_rd_u16(&r, "LENGTH"), data.n - 2);
    rc_msg_rd(&r, &m);
    assert_rd_end(&r);
    return m;
}

static void say_ncb(desk *d, const nbt_act *act)
{
    const nbt_ncb *n = &act->ncb;
    char text[40];
    if (n->command == NBT_NCB_RECEIVE)
        return;
    add(d, d->words[0] ? "; " : "");
    add(d, nbt_code_word(NBT_CODESET_NCB_COMMAND, n->command));
    if (n->command == NBT_NCB_SEND || n->command == NBT_NCB_HANGUP) {
        snprintf(text, sizeof text, " #%u", n->lsn);
        add(d, text);
        if (n->command == NBT_NCB_SEND) {
            add(d, " ");
            add(d, rc_msg_type_str(message_of(d, act).type));
        }
        return;
    }
    static const uint8_t none[NBT_NAME_LEN];
    bool name = memcmp(n->name, none, NBT_NAME_LEN) != 0;
    bool called = memcmp(n->callname, none, NBT_NAME_LEN) != 0 && n->callname[0] != '*';
    add(d, name || called ? " " : "");
    if (name)
        add_name(d, n->name);
    add(d, name && called ? ">" : "");
    if (called)
        add_name(d, n->callname);
    snprintf(text, sizeof text, " @%u", n->lana);
    add(d, text);
}

static void say_tcp(desk *d, const nbt_act *act, const char *what)
{
    char text[40];
    snprintf(text, sizeof text, "%s%s %u", d->words[0] ? "; " : "", what, act->conn);
    add(d, text);
    if (act->kind == NBT_ACT_TCP_OPEN) {
        add(d, " ");
        add_ep(d, act->to);
    } else if (act->kind == NBT_ACT_TCP_SEND) {
        add(d, " ");
        add(d, rc_msg_type_str(message_of(d, act).type));
    }
}

/* What an effect of the application's is about, behind its word. */
static void say_app_value(desk *d, const nbt_act *act)
{
    char text[40];
    snprintf(text, sizeof text, " %lld", (long long)act->value);
    switch ((rc_app)act->app) {
    case RC_APP_SLOT_WANTED:
    case RC_APP_ASK:
    case RC_APP_WAITING:
    case RC_APP_KEYS:
    case RC_APP_PING:
    case RC_APP_CLAIMED:
    case RC_APP_CLAIM_REFUSED:
    case RC_APP_LISTENING:
        add(d, text);
        return;
    case RC_APP_TRYING:
    case RC_APP_MISSED:
    case RC_APP_CONNECTED:
        add(d, " ");
        add(d, rc_transport_str((rc_transport)act->value));
        return;
    case RC_APP_CHECKED:
        add(d, " ");
        add(d, rc_verdict_str((rc_verdict)act->value));
        return;
    case RC_APP_FILE_OPEN:
    case RC_APP_FILE_READ:
    case RC_APP_FILE_WRITE:
    case RC_APP_FILE_CUT:
    case RC_APP_FILE_PLACE:
    case RC_APP_FILE_OVER:
    case RC_APP_FILE_PROGRESS:
    case RC_APP_REBOOT:
        add(d, text);
        return;
    case RC_APP_FILE_RESULT:
        add(d, " ");
        add(d, rc_result_str((rc_result)act->value));
        return;
    case RC_APP_CLOSED:
        add(d, " ");
        add(d, rc_closed_str((rc_closed)act->value));
        return;
    case RC_APP_SAY:
        add(d, " ");
        add(d, rc_say_find((rc_say)act->value)->word);
        return;
    case RC_APP_ERROR:
    case RC_APP_EXIT:
        add(d, " ");
        add(d, rc_end_str((rc_end)act->value));
        return;
    case RC_APP_SLOT_BACK:
    case RC_APP_ASK_OVER:
    case RC_APP_NAME_RETURNED:
    case RC_APP_LISTEN_FAILED:
    case RC_APP_SCREEN:
    case RC_APP_CHAT:
    case RC_APP_EXECUTE:
    case RC_APP_CONTEXT_LOST:
    case RC_APP_OUT_OF_STEP:
    case RC_APP_LOG:
        return;
    }
}

static void say_act(desk *d, const nbt_act *act)
{
    switch (act->kind) {
    case NBT_ACT_NCB:
        say_ncb(d, act);
        return;
    case NBT_ACT_TCP_LISTEN:
        add(d, d->words[0] ? "; listen " : "listen ");
        add_ep(d, act->from);
        return;
    case NBT_ACT_TCP_OPEN:
        say_tcp(d, act, "open");
        return;
    case NBT_ACT_TCP_SEND:
        say_tcp(d, act, "send");
        return;
    case NBT_ACT_TCP_HOLD:
        say_tcp(d, act, "hold");
        return;
    case NBT_ACT_TCP_RESUME:
        say_tcp(d, act, "resume");
        return;
    case NBT_ACT_TCP_CLOSE:
        say_tcp(d, act, "close");
        return;
    case NBT_ACT_TCP_ABORT:
        say_tcp(d, act, "abort");
        return;
    case NBT_ACT_APP:
        if (act->app == RC_APP_LOG)
            return;
        add(d, d->words[0] ? "; " : "");
        add(d, rc_app_str((rc_app)act->app));
        say_app_value(d, act);
        return;
    case NBT_ACT_TRACE:
        return;
    case NBT_ACT_SEND:
    case NBT_ACT_ACCEPTED:
    case NBT_ACT_DONE:
        fail_msg("an application has no such effect");
    }
}

const char *desk_said(desk *d)
{
    d->words[0] = '\0';
    for (size_t i = 0; i < d->out.n; i++)
        say_act(d, &d->out.acts[i]);
    nbt_out_clear(&d->out);
    return d->words;
}

void test_desk(desk *d, const char *text, const char *file, int line)
{
    const char *said = desk_said(d);
    if (strcmp(said, text) == 0)
        return;
    print_error("want: %s\nhave: %s\n", text, said);
    _fail(file, line);
}

rc_msg desk_last(const desk *d, rc_msg_type type)
{
    for (size_t i = d->out.n; i-- > 0;) {
        const nbt_act *act = &d->out.acts[i];
        bool send = act->kind == NBT_ACT_TCP_SEND ||
                    (act->kind == NBT_ACT_NCB && act->ncb.command == NBT_NCB_SEND);
        if (send && message_of(d, act).type == type)
            return message_of(d, act);
    }
    fail_msg("no message %s was sent", rc_msg_type_str(type));
    return (rc_msg){ 0 };
}

const char *desk_log(desk *d)
{
    char text[8];
    d->words[0] = '\0';
    for (size_t i = 0; i < d->out.n; i++)
        if (d->out.acts[i].kind == NBT_ACT_APP && d->out.acts[i].app == RC_APP_LOG) {
            snprintf(text, sizeof text, "%s%lld", d->words[0] ? " " : "",
                     (long long)d->out.acts[i].value);
            add(d, text);
        }
    return d->words;
}

/* --- what happens to it -------------------------------------------------------------------- */

/* Keeps the control blocks that came out since `from` as pending. */
static void note(desk *d, size_t from)
{
    assert_false(d->out.failed);
    for (size_t i = from; i < d->out.n; i++) {
        if (d->out.acts[i].kind != NBT_ACT_NCB)
            continue;
        assert_true(d->npending < DESK_PENDING);
        d->pending[d->npending].tag = d->out.acts[i].tag;
        d->pending[d->npending++].ncb = d->out.acts[i].ncb;
    }
}

void desk_start(desk *d)
{
    size_t from = d->out.n;
    if (d->viewer)
        rc_viewer_start(d->viewer, d->now, &d->out);
    else
        rc_agent_start(d->agent, d->now, &d->out);
    note(d, from);
}

static void command(desk *d, const rc_cmd *cmd)
{
    size_t from = d->out.n;
    if (d->viewer)
        rc_viewer_do(d->viewer, d->now, cmd, &d->out);
    else
        rc_agent_do(d->agent, d->now, cmd, &d->out);
    note(d, from);
}

void desk_do(desk *d, rc_cmd_kind kind, int64_t value)
{
    rc_cmd cmd = { .kind = kind, .value = value };
    command(d, &cmd);
}

void desk_type(desk *d, const char *keys)
{
    rc_cmd cmd = { .kind = RC_CMD_KEYS, .data = { (const uint8_t *)keys, strlen(keys) } };
    command(d, &cmd);
}

void desk_file(desk *d, int64_t value, const char *text)
{
    rc_cmd cmd = { .kind = RC_CMD_FILE, .value = value };
    cmd.data = (nbt_bytes){ (const uint8_t *)text, strlen(text) };
    command(d, &cmd);
}

void desk_gone(desk *d)
{
    size_t from = d->out.n;
    d->npending = 0;
    if (d->viewer)
        rc_viewer_gone(d->viewer, d->now, &d->out);
    else
        rc_agent_gone(d->agent, d->now, &d->out);
    note(d, from);
}

void desk_at(desk *d, unsigned ms)
{
    size_t from = d->out.n;
    assert_true(d->now <= NBT_MS(ms));
    d->now = NBT_MS(ms);
    if (d->viewer)
        rc_viewer_tick(d->viewer, d->now, &d->out);
    else
        rc_agent_tick(d->agent, d->now, &d->out);
    note(d, from);
}

int64_t desk_due_ms(const desk *d)
{
    nbt_time due = d->viewer ? rc_viewer_due(d->viewer) : rc_agent_due(d->agent);
    return due == NBT_NEVER ? -1 : due / NBT_MS(1);
}

static void complete(desk *d, size_t i, nbt_ncb ncb, const void *data, size_t n)
{
    uint32_t tag = d->pending[i].tag;
    memmove(&d->pending[i], &d->pending[i + 1], (d->npending - i - 1) * sizeof d->pending[0]);
    d->npending--;
    uint8_t *exact = exact_copy(data, n);
    nbt_bytes bytes = { exact, n };
    size_t from = d->out.n;
    if (d->viewer)
        rc_viewer_ncb(d->viewer, d->now, tag, &ncb, bytes, &d->out);
    else
        rc_agent_ncb(d->agent, d->now, tag, &ncb, bytes, &d->out);
    note(d, from);
    free(exact);
}

/* The oldest pending one of a command, and of a session if lsn is not 0. */
static size_t pending(const desk *d, const char *command_word, uint16_t lsn)
{
    for (size_t i = 0; i < d->npending; i++) {
        const nbt_ncb *ncb = &d->pending[i].ncb;
        const char *word = nbt_code_word(NBT_CODESET_NCB_COMMAND, ncb->command);
        if (strcmp(word, command_word) == 0 && (lsn == 0 || ncb->lsn == lsn))
            return i;
    }
    fail_msg("no %s is pending", command_word);
    return 0;
}

void desk_answer_with(desk *d, const char *command_word, uint8_t retcode, const void *data,
                      size_t n)
{
    size_t i = pending(d, command_word, 0);
    nbt_ncb ncb = d->pending[i].ncb;
    ncb.retcode = retcode;
    ncb.length = (uint32_t)n;
    complete(d, i, ncb, data, n);
}

void desk_answer(desk *d, const char *command_word, uint8_t retcode)
{
    desk_answer_with(d, command_word, retcode, NULL, 0);
}

void desk_session(desk *d, const char *command_word, uint16_t lsn)
{
    size_t i = pending(d, command_word, 0);
    nbt_ncb ncb = d->pending[i].ncb;
    ncb.lsn = lsn;
    if (ncb.command == NBT_NCB_LISTEN)
        rc_name_make(ncb.callname, "CONSOLE1", RC_SUFFIX_CONSOLE);
    complete(d, i, ncb, NULL, 0);
}

void desk_status(desk *d, uint8_t retcode, const char *const *names)
{
    uint8_t bytes[1000];
    nbt_wr w;
    nbt_astat status = { 0 };
    nbt_wr_init(&w, bytes, sizeof bytes);
    while (names[status.name_count][0])
        status.name_count++;
    nbt_astat_wr(&w, &status);
    for (size_t i = 0; i < status.name_count; i++) {
        nbt_name name;
        bool group = names[i][0] == '+';
        assert_true(nbt_name_parse(&name, names[i] + group, strlen(names[i] + group)));
        nbt_astat_name row = { .num = (uint8_t)(i + 1), .flags = NBT_NAME_FLAG_REGISTERED };
        row.flags |= group ? NBT_NAME_FLAG_GROUP : 0;
        memcpy(row.name, name.b, NBT_NAME_LEN);
        nbt_astat_name_wr(&w, &row);
    }
    assert_int_equal(w.err, NBT_OK);
    desk_answer_with(d, "ADAPTER STATUS", retcode, bytes, w.at);
}

void desk_message(desk *d, uint16_t lsn, const rc_msg *m)
{
    uint8_t bytes[RC_MSG_MAX];
    nbt_wr w;
    nbt_wr_init(&w, bytes, sizeof bytes);
    rc_msg_wr(&w, m);
    assert_int_equal(w.err, NBT_OK);
    size_t i = pending(d, "RECEIVE", lsn);
    nbt_ncb ncb = d->pending[i].ncb;
    ncb.length = (uint32_t)w.at;
    complete(d, i, ncb, bytes, w.at);
}

static void tcp_event(desk *d, const nbt_tcp_ev *ev)
{
    size_t from = d->out.n;
    if (d->viewer)
        rc_viewer_tcp(d->viewer, d->now, ev, &d->out);
    else
        rc_agent_tcp(d->agent, d->now, ev, &d->out);
    note(d, from);
}

void desk_bytes(desk *d, uint32_t conn, const void *p, size_t n)
{
    uint8_t *exact = exact_copy(p, n);
    nbt_tcp_ev ev = { .kind = NBT_TCP_DATA, .conn = conn, .data = { exact, n } };
    tcp_event(d, &ev);
    free(exact);
}

void desk_stream(desk *d, uint32_t conn, const rc_msg *m)
{
    uint8_t bytes[RC_FRAME_MAX];
    nbt_wr w;
    nbt_wr_init(&w, bytes, sizeof bytes);
    rc_frame_wr(&w, m);
    assert_int_equal(w.err, NBT_OK);
    desk_bytes(d, conn, bytes, w.at);
}

void desk_tcp(desk *d, nbt_tcp_kind kind, uint32_t conn)
{
    nbt_tcp_ev ev = { .kind = kind, .conn = conn };
    tcp_event(d, &ev);
}

void desk_accepted(desk *d, uint32_t conn, uint16_t port)
{
    nbt_tcp_ev ev = { .kind = NBT_TCP_ACCEPTED, .conn = conn };
    ev.peer = (nbt_ep){ 0x0A000001, (uint16_t)(40000 + conn) };
    ev.local = (nbt_ep){ 0x0A000002, port };
    tcp_event(d, &ev);
}

void desk_sent(desk *d, uint32_t conn, size_t n)
{
    nbt_tcp_ev ev = { .kind = NBT_TCP_SENT, .conn = conn, .sent = n };
    tcp_event(d, &ev);
}
