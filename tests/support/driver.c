/*
 * The computer of driver.h.
 */
#include "tests/support/driver.h"

#include <stdio.h>

#include "nbt/dgm.h"
#include "nbt/draft.h"
#include "tests/support/test.h"

enum { OWN_IP = 0x0A000001, SECOND_IP = 0x0A000065, BROADCAST = 0x0A0000FF, PEER_IP = 0x0A000009 };
enum { SERVER_IP = 0x0A0000C9 };

nbt_profile driver_profile(void)
{
    const nbt_profile *rfc = nbt_profile_find("rfc", 3);
    assert_non_null(rfc);
    return *rfc;
}

/* `cfg` has what is not about its adapters. */
static void init_with(driver *d, const nbt_lana_cfg *first, size_t lanas, nbt_computer_cfg cfg)
{
    memset(d, 0, sizeof *d);
    nbt_lana_cfg lana[2] = { *first, *first };
    lana[1].lana = 1;
    lana[1].ip = SECOND_IP;
    lana[1].servers[0] += 1;
    cfg.mem = test_mem_of(&d->mem);
    cfg.seed = 1;
    cfg.lanas = lana;
    cfg.nlanas = lanas;
    d->c = nbt_computer_new(&cfg);
    assert_non_null(d->c);
    nbt_out_init(&d->out, test_mem_of(&d->mem));
    d->last_conn = UINT32_MAX;
    d->last_tag = 1000;
}

static void init(driver *d, const nbt_lana_cfg *first, size_t lanas)
{
    init_with(d, first, lanas, (nbt_computer_cfg){ 0 });
}

static nbt_lana_cfg first_lana(const nbt_profile *profile)
{
    nbt_lana_cfg lana = { .lana = 0, .ip = OWN_IP, .mask = 0xFFFFFF00, .broadcast = BROADCAST };
    lana.profile = profile ? profile : nbt_profile_find("rfc", 3);
    memcpy(lana.mac, "\x02\0\0\0\0\x01", 6);
    return lana;
}

void driver_init(driver *d, const nbt_profile *profile, size_t lanas)
{
    nbt_lana_cfg lana = first_lana(profile);
    init(d, &lana, lanas);
}

void driver_init_type(driver *d, const nbt_profile *profile, nbt_node_type type)
{
    nbt_lana_cfg lana = first_lana(profile);
    lana.type = type;
    lana.servers[0] = SERVER_IP;
    lana.nservers = 1;
    init(d, &lana, 1);
}

void driver_init_lana(driver *d, const nbt_lana_cfg *lana)
{
    init(d, lana, 1);
}

void driver_init_nbdd(driver *d, const nbt_profile *profile, nbt_node_type type)
{
    nbt_lana_cfg lana = first_lana(profile);
    lana.type = type;
    lana.servers[0] = SERVER_IP;
    lana.nservers = 1;
    lana.nbdds[0] = SERVER_IP + 1;
    lana.nbdds[1] = SERVER_IP + 2;
    lana.nnbdds = 2;
    init(d, &lana, 1);
}

void driver_init_sessions(driver *d, uint16_t sessions)
{
    nbt_lana_cfg lana = first_lana(NULL);
    init_with(d, &lana, 1, (nbt_computer_cfg){ .sessions = sessions });
}

void driver_init_rules(driver *d, const nbt_rule *rules, size_t n)
{
    nbt_lana_cfg lana = first_lana(NULL);
    init_with(d, &lana, 1, (nbt_computer_cfg){ .rules = rules, .nrules = n });
}

void driver_init_two_servers(driver *d, const nbt_profile *profile)
{
    nbt_lana_cfg lana = first_lana(profile);
    lana.type = NBT_ONT_P;
    lana.servers[0] = SERVER_IP;
    lana.nservers = 1;
    init(d, &lana, 2);
}

void driver_fini(driver *d)
{
    nbt_computer_free(d->c);
    nbt_out_fini(&d->out);
    assert_int_equal(d->mem.blocks, 0);
}

void driver_pass(driver *d, unsigned ms)
{
    nbt_time until = d->now + NBT_MS(ms);
    for (nbt_time due; (due = nbt_computer_due(d->c)) <= until;) {
        d->now = due > d->now ? due : d->now;
        nbt_computer_tick(d->c, d->now, &d->out);
    }
    d->now = until;
    nbt_computer_tick(d->c, d->now, &d->out);
}

/* --- programs ------------------------------------------------------------------------------ */

nbt_ncb driver_ncb(unsigned command, const char *name, const char *callname)
{
    nbt_ncb ncb = { .command = (uint8_t)command };
    if (name)
        memcpy(ncb.name, name_of(name).b, NBT_NAME_LEN);
    if (callname)
        memcpy(ncb.callname, name_of(callname).b, NBT_NAME_LEN);
    return ncb;
}

void driver_do(driver *d, uint32_t proc, uint32_t tag, nbt_ncb ncb, const void *data, size_t n)
{
    uint8_t *bytes = exact_copy(data, n);
    nbt_computer_do(d->c, d->now, proc, tag, &ncb, (nbt_bytes){ bytes, n }, &d->out);
    free(bytes);
}

void driver_submit(driver *d, uint32_t proc, uint32_t tag, unsigned command, const char *name,
                   const char *callname)
{
    driver_do(d, proc, tag, driver_ncb(command, name, callname), NULL, 0);
}

void driver_send(driver *d, uint32_t proc, uint32_t tag, uint16_t lsn, const char *text)
{
    nbt_ncb ncb = { .command = NBT_NCB_SEND, .lsn = lsn, .length = (uint32_t)strlen(text) };
    driver_do(d, proc, tag, ncb, text, strlen(text));
}

void driver_receive(driver *d, uint32_t proc, uint32_t tag, uint16_t lsn)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE, .lsn = lsn, .length = 100 };
    driver_do(d, proc, tag, ncb, NULL, 0);
}

void driver_receive_any(driver *d, uint32_t proc, uint32_t tag, uint8_t num)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE_ANY, .num = num, .length = 100 };
    driver_do(d, proc, tag, ncb, NULL, 0);
}

void driver_hang_up(driver *d, uint32_t proc, uint32_t tag, uint16_t lsn)
{
    driver_do(d, proc, tag, (nbt_ncb){ .command = NBT_NCB_HANGUP, .lsn = lsn }, NULL, 0);
}

void driver_cancel(driver *d, uint32_t proc, uint32_t tag, uint32_t target)
{
    driver_do(d, proc, tag, (nbt_ncb){ .command = NBT_NCB_CANCEL, .target = target }, NULL, 0);
}

/* --- the network --------------------------------------------------------------------------- */

static void hear(driver *d, const char *from, const char *to, uint16_t port, const packet *p)
{
    bool all = strcmp(to, "all") == 0;
    uint32_t ip = all ? BROADCAST : ip_of(to);
    uint8_t lana = ip == SECOND_IP;
    uint8_t *bytes = exact_copy(p->b, p->n);
    nbt_computer_rx(d->c, d->now, lana, (nbt_ep){ ip_of(from), port }, (nbt_ep){ ip, port },
                    (nbt_bytes){ bytes, p->n }, &d->out);
    free(bytes);
}

void driver_hear(driver *d, const char *from, const char *to, const packet *p)
{
    hear(d, from, to, NBT_PORT_NS, p);
}

void driver_hear_datagram(driver *d, const char *from, const char *to, const packet *p)
{
    hear(d, from, to, NBT_PORT_DGM, p);
}

static uint16_t id_of(const driver *d, const nbt_act *act)
{
    nbt_bytes data = nbt_out_data(&d->out, act);
    return (uint16_t)(data.p[0] << 8 | data.p[1]);
}

static uint16_t last_id(const driver *d)
{
    for (size_t i = d->out.n; i-- > 0;)
        if (d->out.acts[i].kind == NBT_ACT_SEND && d->out.acts[i].from.port == NBT_PORT_NS)
            return id_of(d, &d->out.acts[i]);
    return d->last_id;
}

void driver_found(driver *d, const char *name, const char *from, bool group)
{
    unsigned flags = group ? NBT_NB_G : 0;
    packet p = build_address_answer(last_id(d), NBT_WORD_POSITIVE_QUERY, name, 0, flags, from);
    driver_hear(d, from, "10.0.0.1", &p);
}

void driver_refused(driver *d, const char *name, const char *from, unsigned rcode)
{
    unsigned word = NBT_WORD_NEGATIVE_REGISTRATION | rcode;
    packet p = build_address_answer(last_id(d), word, name, 0, 0, from);
    driver_hear(d, from, "10.0.0.1", &p);
}

static void report(driver *d, nbt_tcp_ev ev)
{
    ev.peer = (nbt_ep){ PEER_IP, 4000 };
    ev.local = (nbt_ep){ OWN_IP, NBT_PORT_SSN };
    nbt_computer_tcp(d->c, d->now, &ev, &d->out);
}

void driver_tcp(driver *d, nbt_tcp_kind kind, uint32_t conn)
{
    report(d, (nbt_tcp_ev){ .kind = kind, .conn = conn });
}

void driver_sent(driver *d, uint32_t conn, size_t n)
{
    report(d, (nbt_tcp_ev){ .kind = NBT_TCP_SENT, .conn = conn, .sent = n });
}

void driver_data(driver *d, uint32_t conn, const void *data, size_t n)
{
    uint8_t *bytes = exact_copy(data, n);
    report(d, (nbt_tcp_ev){ .kind = NBT_TCP_DATA, .conn = conn, .data = { bytes, n } });
    free(bytes);
}

void driver_packet(driver *d, uint32_t conn, const packet *p)
{
    driver_data(d, conn, p->b, p->n);
}

void driver_message(driver *d, uint32_t conn, const char *text)
{
    packet p = build_session(NBT_SSN_MESSAGE, text, strlen(text));
    driver_packet(d, conn, &p);
}

uint32_t driver_accept(driver *d)
{
    d->last_conn += 2;
    driver_tcp(d, NBT_TCP_ACCEPTED, d->last_conn);
    return d->last_conn;
}

uint32_t driver_called(driver *d, const char *called, const char *calling)
{
    uint32_t conn = driver_accept(d);
    packet p = build_session_request(called, calling);
    driver_packet(d, conn, &p);
    return conn;
}

/* --- beginnings ---------------------------------------------------------------------------- */

uint8_t driver_hold(driver *d, uint32_t proc, const char *name, bool group)
{
    unsigned command = group ? NBT_NCB_ADD_GROUP_NAME : NBT_NCB_ADD_NAME;
    driver_submit(d, proc, ++d->last_tag, command, name, NULL);
    driver_pass(d, 5000);
    (void)driver_said(d);
    assert_int_equal(d->ncb.command, command);
    assert_int_equal(d->ncb.retcode, NBT_NRC_GOODRET);
    return d->ncb.num;
}

uint16_t driver_session(driver *d, uint32_t proc, const char *name)
{
    driver_submit(d, proc, ++d->last_tag, NBT_NCB_LISTEN, name, "*<00>");
    uint32_t conn = driver_called(d, name, "CALLER<20>");
    driver_sent(d, conn, 4);
    (void)driver_said(d);
    assert_int_equal(d->ncb.command, NBT_NCB_LISTEN);
    assert_int_equal(d->ncb.retcode, NBT_NRC_GOODRET);
    return d->ncb.lsn;
}

/* --- in words ------------------------------------------------------------------------------ */

static void say(driver *d, const char *format, ...)
{
    size_t at = strlen(d->words);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(d->words + at, sizeof d->words - at, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof d->words - at);
}

static const char *ip_text(uint32_t ip, char text[16])
{
    snprintf(text, 16, "%u.%u.%u.%u", ip >> 24 & 255, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
    return ip == BROADCAST ? "all" : text;
}

static void say_name(driver *d, const uint8_t name[NBT_NAME_LEN])
{
    char text[NBT_NAME_STR_MAX];
    nbt_name16_print(name, text, sizeof text);
    say(d, "%s", text);
}

static void say_flags(driver *d, const nbt_dgm *m)
{
    unsigned both = m->flags & (NBT_DGM_FIRST | NBT_DGM_MORE);
    if (m->code)
        say(d, "(%02X)", m->code);
    if (both == NBT_DGM_FIRST || m->type >= NBT_DGM_ERROR)
        return;
    say(d, "(%s%s%u)", both & NBT_DGM_FIRST ? "first " : "", both & NBT_DGM_MORE ? "more " : "",
        m->offset);
}

static void say_datagram(driver *d, const nbt_act *act)
{
    nbt_bytes data = nbt_out_data(&d->out, act);
    nbt_rd r;
    nbt_dgm m;
    char ip[16];
    nbt_rd_init(&r, data.p, data.n);
    nbt_dgm_rd(&r, &m);
    assert_rd_end(&r);
    assert_int_equal(m.source.port, NBT_PORT_DGM);
    assert_int_equal(m.source.ip, act->from.ip);
    d->last_dgm = m.id;
    bool message = m.type < NBT_DGM_ERROR, first = m.flags & NBT_DGM_FIRST;
    say(d, "%s", nbt_code_word(NBT_CODESET_DGM_TYPE, m.type));
    say_flags(d, &m);
    if ((message && first) || m.type > NBT_DGM_ERROR) {
        say(d, " ");
        say_name(d, m.to.b);
    }
    if (message && first) {
        say(d, " from ");
        say_name(d, m.from.b);
    }
    say(d, " to %s", ip_text(act->to.ip, ip));
    if (m.data.n > 0 && m.data.n < 40)
        say(d, " %.*s", (int)m.data.n, (const char *)m.data.p);
    else if (m.data.n > 0)
        say(d, " %zu octets", m.data.n);
}

static void say_packet(driver *d, const nbt_act *act)
{
    nbt_bytes data = nbt_out_data(&d->out, act);
    nbt_rd r;
    nbt_ns m;
    char ip[16];
    d->last_id = id_of(d, act);
    assert_int_equal(act->from.port, NBT_PORT_NS);
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, &m);
    assert_int_equal(r.err, NBT_OK);
    say(d, "%s", nbt_ns_kind_word(nbt_ns_kind_of(&m)));
    if (nbt_ns_rcode(&m))
        say(d, "(%s)", nbt_code_word(NBT_CODESET_RCODE, nbt_ns_rcode(&m)));
    say(d, " ");
    say_name(d, nbt_ns_name(&m)->b);
    say(d, " to %s", ip_text(act->to.ip, ip));
}

static void say_stream(driver *d, const nbt_act *act)
{
    nbt_bytes data = nbt_out_data(&d->out, act);
    unsigned conn = (unsigned)act->conn;
    nbt_rd r;
    nbt_ssn m;
    char ip[16];
    nbt_rd_init(&r, data.p, data.n);
    nbt_ssn_rd(&r, &m);
    assert_rd_end(&r);
    switch ((enum nbt_ssn_type)m.type) {
    case NBT_SSN_REQUEST:
        say(d, "request@%u ", conn);
        say_name(d, m.called.b);
        say(d, " from ");
        say_name(d, m.calling.b);
        return;
    case NBT_SSN_MESSAGE:
        say(d, "message@%u %.*s", conn, m.data.n < 100 ? (int)m.data.n : 0, (const char *)m.data.p);
        return;
    case NBT_SSN_NEGATIVE:
        say(d, "negative(%02X)@%u", m.code, conn);
        return;
    case NBT_SSN_POSITIVE:
        say(d, "positive@%u", conn);
        return;
    case NBT_SSN_KEEP_ALIVE:
        say(d, "keep-alive@%u", conn);
        return;
    case NBT_SSN_RETARGET:
        say(d, "retarget@%u %s:%u", conn, ip_text(m.retarget.ip, ip), m.retarget.port);
        return;
    }
    fail_msg("packet of type %02X", m.type);
}

static void say_done(driver *d, const nbt_act *act)
{
    const nbt_ncb *ncb = &act->ncb;
    nbt_bytes data = nbt_out_data(&d->out, act);
    d->ncb = *ncb;
    d->ndata = data.n;
    assert_true(data.n <= sizeof d->data);
    if (data.n > 0)
        memcpy(d->data, data.p, data.n);
    say(d, "done %u/%u %02X", (unsigned)act->proc, (unsigned)act->tag, ncb->retcode);
    unsigned verb = nbt_ncb_verb(ncb);
    bool good = ncb->retcode == NBT_NRC_GOODRET || ncb->retcode == NBT_NRC_INCOMP;
    if (good && (verb == NBT_NCB_ADD_NAME || verb == NBT_NCB_ADD_GROUP_NAME))
        say(d, " num %u", ncb->num);
    if (good && (verb == NBT_NCB_CALL || verb == NBT_NCB_LISTEN))
        say(d, " lsn %u", ncb->lsn);
    if (good && verb == NBT_NCB_LISTEN) {
        say(d, " from ");
        say_name(d, ncb->callname);
    }
    bool datagram = verb == NBT_NCB_RECEIVE_DATAGRAM || verb == NBT_NCB_RECEIVE_BROADCAST;
    if (good && datagram) {
        say(d, " from ");
        say_name(d, ncb->callname);
        say(d, " num %u", ncb->num);
    }
    if (verb == NBT_NCB_RECEIVE_ANY && (good || ncb->retcode == NBT_NRC_SCLOSED))
        say(d, " lsn %u num %u", ncb->lsn, ncb->num);
    if (good && (verb == NBT_NCB_RECEIVE || verb == NBT_NCB_RECEIVE_ANY || datagram))
        say(d, " %.*s", data.n < 100 ? (int)data.n : 0, (const char *)data.p);
}

static void say_act(driver *d, const nbt_act *act)
{
    char ip[16];
    unsigned conn = (unsigned)act->conn;
    switch (act->kind) {
    case NBT_ACT_SEND:
        if (act->from.port == NBT_PORT_DGM)
            say_datagram(d, act);
        else
            say_packet(d, act);
        return;
    case NBT_ACT_TCP_OPEN:
        say(d, "open@%u %s:%u", conn, ip_text(act->to.ip, ip), act->to.port);
        return;
    case NBT_ACT_TCP_SEND:
        say_stream(d, act);
        return;
    case NBT_ACT_TCP_HOLD:
        say(d, "hold@%u", conn);
        return;
    case NBT_ACT_TCP_RESUME:
        say(d, "resume@%u", conn);
        return;
    case NBT_ACT_TCP_CLOSE:
        say(d, "close@%u", conn);
        return;
    case NBT_ACT_TCP_ABORT:
        say(d, "abort@%u", conn);
        return;
    case NBT_ACT_ACCEPTED:
        d->ncb = act->ncb;
        say(d, "accepted %u/%u %02X", (unsigned)act->proc, (unsigned)act->tag, act->ncb.retcode);
        return;
    case NBT_ACT_DONE:
        say_done(d, act);
        return;
    case NBT_ACT_TCP_LISTEN:
    case NBT_ACT_NCB:
    case NBT_ACT_APP:
    case NBT_ACT_TRACE:
        break;
    }
    fail_msg("action %d", act->kind);
}

const char *driver_said(driver *d)
{
    d->words[0] = '\0';
    for (size_t i = 0; i < d->out.n; i++) {
        if (d->out.acts[i].kind == NBT_ACT_TRACE)
            continue;
        say(d, "%s", d->words[0] ? "; " : "");
        say_act(d, &d->out.acts[i]);
    }
    nbt_out_clear(&d->out);
    return d->words;
}

const char *driver_traced(driver *d)
{
    d->words[0] = '\0';
    for (size_t i = 0; i < d->out.n; i++) {
        const nbt_trace *t = &d->out.acts[i].trace;
        if (d->out.acts[i].kind != NBT_ACT_TRACE)
            continue;
        say(d, "%s%s ", d->words[0] ? "; " : "", t->what);
        say_name(d, t->name);
        say(d, " %s%s%s", t->from, *t->from ? " > " : "> ", t->to);
        if (t->code)
            say(d, " %02X", t->code);
    }
    nbt_out_clear(&d->out);
    return d->words;
}

void test_driver(driver *d, const char *text, const char *file, int line)
{
    const char *said = driver_said(d);
    if (strcmp(said, text) == 0)
        return;
    print_error("want: %s\nhave: %s\n", text, said);
    _fail(file, line);
}
