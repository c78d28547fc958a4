/*
 * The list of fields, in the order of RFC 1002, and the two ways to print one. It never writes more
 * than CAP_LINE_MAX allows: the longest message, of whose octets each takes two digits and is
 * written at most twice, fits.
 */
#include "capture/fields.h"
#include "capture/fields_out.h"
#include "nbt/text.h"

#include <time.h>

/* ---- Names --------------------------------------------------------------------------------- */

/* What is said of a name: all of it always, null where there is nothing. */
static void name16(out *o, const uint8_t b[NBT_NAME_LEN], bool group)
{
    char printed[NBT_NAME_STR_MAX];
    size_t n = nbt_name16_print(b, printed, sizeof printed);
    const nbt_suffix *suffix = nbt_suffix_find(b[NBT_NAME_LEN - 1], group);
    text(o, "text", printed, n - strlen("<00>"));
    hex(o, "suffix", (nbt_bytes){ b + NBT_NAME_LEN - 1, 1 });
    hex(o, "hex", (nbt_bytes){ b, NBT_NAME_LEN });
    if (suffix)
        str(o, "service", suffix->text);
    else
        null(o, "service");
}

static void no_name16(out *o)
{
    null(o, "text");
    null(o, "suffix");
    null(o, "hex");
    null(o, "service");
}

/* In detail, the text form says it all, and the meaning of the suffix stands behind it. */
static void put_meaning(out *o, uint8_t value, bool group)
{
    const nbt_suffix *suffix = nbt_suffix_find(value, group);
    if (!suffix)
        return;
    put(o, " (", 2);
    put_str(o, suffix->text);
    put_char(o, ')');
}

static void name_line(out *o, const char *k, const nbt_name *v, bool group)
{
    char printed[NBT_NAME_STR_MAX];
    text(o, k, printed, nbt_name_print(v, printed, sizeof printed));
    if (v->form == NBT_NAME_NETBIOS)
        put_meaning(o, v->b[NBT_NAME_LEN - 1], group);
}

/* Without the dot in front. */
static void scope_member(out *o, const nbt_scope *scope)
{
    char printed[NBT_NAME_STR_MAX];
    nbt_name labels = { .form = NBT_NAME_DOMAIN, .scope.len = scope->len };
    memcpy(labels.scope.b, scope->b, scope->len);
    size_t n = nbt_name_print(&labels, printed, sizeof printed);
    text(o, "scope", printed + 1, n - 1);
}

/* A domain name has but its labels, which stand in "scope"; the null name has nothing. */
static void name(out *o, const char *k, const nbt_name *v, bool group)
{
    if (o->detail) {
        name_line(o, k, v, group);
        return;
    }
    key(o, k);
    if (o->told.name && o->told.group == group && nbt_name_eq(o->told.name, v)) {
        put(o, o->told.at, o->told.n);
        return;
    }
    const char *from = o->at;
    begin(o, NULL, '{');
    if (v->form == NBT_NAME_NETBIOS)
        name16(o, v->b, group);
    else
        no_name16(o);
    if (v->scope.len > 0)
        scope_member(o, &v->scope);
    else
        str(o, "scope", "");
    finish(o, '}');
    if (!o->told.name) {
        o->told.name = v;
        o->told.group = group;
        o->told.at = from;
        o->told.n = (size_t)(o->at - from);
    }
}

size_t cap_fields_name(const nbt_name *v, bool group, char *to)
{
    out o = { .at = to, .end = to + CAP_FIELDS_NAME_MAX + REST };
    name(&o, NULL, v, group);
    return (size_t)(o.at - to) - 1; /* without its comma */
}

/* Where only 16 bytes stand, nothing is known of a scope. */
static void short_name(out *o, const char *k, const uint8_t b[NBT_NAME_LEN], bool group)
{
    char printed[NBT_NAME_STR_MAX];
    if (o->detail) {
        text(o, k, printed, nbt_name16_print(b, printed, sizeof printed));
        put_meaning(o, b[NBT_NAME_LEN - 1], group);
        return;
    }
    begin(o, k, '{');
    name16(o, b, group);
    null(o, "scope");
    finish(o, '}');
}

/* ---- Name service -------------------------------------------------------------------------- */

static void nb_flags(out *o, uint16_t flags)
{
    code(o, "node", "node_type", NBT_CODESET_NODE_TYPE,
         (unsigned)(flags & NBT_NB_ONT_MASK) >> NBT_NB_ONT_SHIFT);
    boolean(o, "group", (flags & NBT_NB_G) != 0);
    bits(o, "flags", flags, 16);
}

static void addresses(out *o, const nbt_rr *rr)
{
    begin(o, "addresses", '[');
    for (size_t i = 0; i < nbt_addr_count(rr); i++) {
        nbt_addr a = nbt_addr_get(rr, i);
        begin(o, NULL, '{');
        ep(o, "ip", (nbt_ep){ a.ip, 0 });
        nb_flags(o, a.nb_flags);
        finish(o, '}');
    }
    finish(o, ']');
}

static void node_names(out *o, const nbt_rr *rr)
{
    begin(o, "names", '[');
    for (size_t i = 0; i < nbt_status_count(rr); i++) {
        nbt_node_name n = nbt_status_get(rr, i);
        begin(o, NULL, '{');
        short_name(o, "name", n.b, (n.flags & NBT_NB_G) != 0);
        nb_flags(o, n.flags);
        boolean(o, "deregistering", (n.flags & NBT_NB_DRG) != 0);
        boolean(o, "conflict", (n.flags & NBT_NB_CNF) != 0);
        boolean(o, "active", (n.flags & NBT_NB_ACT) != 0);
        boolean(o, "permanent", (n.flags & NBT_NB_PRM) != 0);
        finish(o, '}');
    }
    finish(o, ']');
}

static void statistics(out *o, const nbt_rr *rr)
{
    nbt_statistics st;
    if (!nbt_status_statistics(rr, &st))
        return;
    begin(o, "statistics", '{');
    mac(o, "unit_id", st.unit_id);
    num(o, "jumpers", st.jumpers);
    num(o, "test_result", st.test_result);
    num(o, "version_number", st.version);
    num(o, "period_of_statistics", st.period);
    num(o, "number_of_crcs", st.crcs);
    num(o, "number_alignment_errors", st.alignment);
    num(o, "number_of_collisions", st.collisions);
    num(o, "number_send_aborts", st.send_aborts);
    num(o, "number_good_sends", st.good_sends);
    num(o, "number_good_receives", st.good_receives);
    num(o, "number_retransmits", st.retransmits);
    num(o, "number_no_resource_conditions", st.no_resource);
    num(o, "number_free_command_blocks", st.free_cmd);
    num(o, "total_number_command_blocks", st.total_cmd);
    num(o, "max_total_number_command_blocks", st.max_total_cmd);
    num(o, "number_pending_sessions", st.pending_sess);
    num(o, "max_number_pending_sessions", st.max_pending_sess);
    num(o, "max_total_sessions_possible", st.max_total_sess);
    num(o, "session_data_packet_size", st.sess_data_pkt_size);
    finish(o, '}');
}

static bool is_wack(const nbt_ns *m)
{
    return nbt_ns_kind_of(m) == NBT_NS_WACK;
}

/* RDATA as octets is always there; what it means where that is known. */
static void record(out *o, const nbt_ns *m, const nbt_rr *rr)
{
    bool owners = rr->type == NBT_RR_NB && !is_wack(m);
    begin(o, NULL, '{');
    name(o, "name", &rr->name,
         owners && nbt_addr_count(rr) > 0 && (nbt_addr_get(rr, 0).nb_flags & NBT_NB_G));
    code(o, "type", "type_word", NBT_CODESET_RRTYPE, rr->type);
    num(o, "class", rr->cls);
    num(o, "ttl", rr->ttl);
    hex(o, "rdata", rr->rdata);
    if (owners)
        addresses(o, rr);
    if (rr->type == NBT_RR_NBSTAT) {
        node_names(o, rr);
        statistics(o, rr);
    }
    if (is_wack(m))
        bits(o, "about_flags", nbt_wack_word(rr), 16);
    finish(o, '}');
}

/* R, OPCODE, NM_FLAGS and RCODE: one word. */
static void name_flags(out *o, uint16_t word)
{
    const nbt_ns m = { .word = word };
    bits(o, "flags", word, 16);
    boolean(o, "response", (word & NBT_NS_R) != 0);
    code(o, "opcode", "opcode_word", NBT_CODESET_OPCODE, nbt_ns_opcode(&m));
    boolean(o, "aa", (word & NBT_NS_AA) != 0);
    boolean(o, "tc", (word & NBT_NS_TC) != 0);
    boolean(o, "rd", (word & NBT_NS_RD) != 0);
    boolean(o, "ra", (word & NBT_NS_RA) != 0);
    boolean(o, "broadcast", (word & NBT_NS_B) != 0);
    code(o, "rcode", "rcode_word", NBT_CODESET_RCODE, nbt_ns_rcode(&m));
}

static void question(out *o, const nbt_question *q)
{
    begin(o, "question", '{');
    name(o, "name", &q->name, false);
    code(o, "type", "type_word", NBT_CODESET_RRTYPE, q->type);
    num(o, "class", q->cls);
    finish(o, '}');
}

static void name_packet(out *o, const nbt_ns *m)
{
    bits(o, "id", m->trn_id, 16);
    name_flags(o, m->word);
    num(o, "qdcount", m->qdcount);
    num(o, "ancount", m->ancount);
    num(o, "nscount", m->nscount);
    num(o, "arcount", m->arcount);
    if (m->qdcount == 1)
        question(o, &m->q);
    begin(o, "records", '[');
    for (size_t i = 0; i < m->nrr; i++)
        record(o, m, &m->rr[i]);
    finish(o, ']');
}

/* ---- The other services -------------------------------------------------------------------- */

static bool is_message(const nbt_dgm *m)
{
    return m->type == NBT_DGM_UNIQUE || m->type == NBT_DGM_GROUP || m->type == NBT_DGM_BROADCAST;
}

static void datagram_flags(out *o, uint8_t flags)
{
    bits(o, "flags", flags, 8);
    code(o, "node", "node_type", NBT_CODESET_NODE_TYPE,
         (unsigned)(flags & NBT_DGM_SNT_MASK) >> NBT_DGM_SNT_SHIFT);
    boolean(o, "first", (flags & NBT_DGM_FIRST) != 0);
    boolean(o, "more", (flags & NBT_DGM_MORE) != 0);
}

static void datagram_packet(out *o, const nbt_dgm *m)
{
    bits(o, "id", m->id, 16);
    bits(o, "type", m->type, 8);
    datagram_flags(o, m->flags);
    ep(o, "source", m->source);
    if (m->type == NBT_DGM_ERROR)
        code(o, "error", "error_word", NBT_CODESET_DGM_CODE, m->code);
    if (!is_message(m))
        return;
    if (m->flags & NBT_DGM_FIRST)
        name(o, "from", &m->from, false);
    num(o, "length", m->length);
    num(o, "offset", m->offset);
    hex(o, "data", m->data);
    cap_fields_mailslot(o, m->data);
}

/* LENGTH counts all that follows the header, of which the names and numbers are no data. */
static void session_packet(out *o, const nbt_ssn *m, size_t length)
{
    bits(o, "type", m->type, 8);
    bits(o, "flags", m->flags, 8);
    if (m->type == NBT_SSN_REQUEST)
        name(o, "from", &m->calling, false);
    if (m->type == NBT_SSN_NEGATIVE)
        code(o, "error", "error_word", NBT_CODESET_SSN_CODE, m->code);
    if (m->type == NBT_SSN_RETARGET)
        ep(o, "retarget", m->retarget);
    num(o, "length", length);
    hex(o, "data", m->data);
    if (m->type == NBT_SSN_MESSAGE)
        cap_fields_messenger(o, m->data);
}

/* ---- Remote control ------------------------------------------------------------------------ */

/* The number of a code of remote control, and its word. */
static void rc_code(out *o, const char *k, const char *word_key, unsigned v, const char *word)
{
    num(o, k, v);
    if (o->detail) {
        put_char(o, ' ');
        put_str(o, word);
    } else {
        str(o, word_key, word);
    }
}

static void packings(out *o, unsigned set)
{
    begin(o, "packings", '[');
    for (rc_packing p = RC_PACKING_NONE; p <= RC_PACKING_ZLIB; p++) {
        if (set & 1U << p)
            str(o, NULL, rc_packing_str(p));
    }
    finish(o, ']');
}

static void rc_data(out *o, nbt_bytes data)
{
    num(o, "length", data.n);
    hex(o, "data", data);
}

static void rc_fields(out *o, const rc_msg *m)
{
    num(o, "type", m->type);
    switch (m->type) {
    case RC_MSG_RIGHTS:
        packings(o, m->packings);
        visible(o, "user", m->user);
        return;
    case RC_MSG_WAIT:
        num(o, "seconds", m->seconds);
        return;
    case RC_MSG_VERDICT:
        rc_code(o, "verdict", "verdict_word", m->verdict, rc_verdict_str(m->verdict));
        num(o, "ticket", m->ticket);
        return;
    case RC_MSG_OPEN:
        num(o, "ticket", m->ticket);
        return;
    case RC_MSG_OPENED:
        rc_code(o, "verdict", "verdict_word", m->verdict, rc_verdict_str(m->verdict));
        num(o, "columns", m->columns);
        num(o, "rows", m->rows);
        return;
    case RC_MSG_SCREEN:
        rc_code(o, "packing", "packing_word", m->packing, rc_packing_str(m->packing));
        num(o, "unpacked", m->unpacked);
        rc_data(o, m->data);
        return;
    case RC_MSG_KEYS:
    case RC_MSG_FETCH:
    case RC_MSG_STORE:
    case RC_MSG_CHAT:
    case RC_MSG_EXECUTE:
        rc_data(o, m->data);
        return;
    case RC_MSG_PING:
    case RC_MSG_PONG:
        num(o, "serial", m->serial);
        rc_data(o, m->data);
        return;
    case RC_MSG_BYE:
        rc_code(o, "reason", "reason_word", m->bye, rc_bye_str(m->bye));
        return;
    case RC_MSG_FUNCTION:
        rc_code(o, "function", "function_word", m->function, rc_function_str(m->function));
        return;
    case RC_MSG_HAVE:
        num(o, "offset", m->offset);
        hex(o, "digest", (nbt_bytes){ m->digest, RC_DIGEST_LEN });
        return;
    case RC_MSG_BEGIN:
        num(o, "size", m->size);
        num(o, "offset", m->offset);
        return;
    case RC_MSG_PIECE:
        num(o, "offset", m->offset);
        rc_data(o, m->data);
        return;
    case RC_MSG_WHOLE:
        num(o, "size", m->size);
        hex(o, "digest", (nbt_bytes){ m->digest, RC_DIGEST_LEN });
        return;
    case RC_MSG_RESULT:
        rc_code(o, "result", "result_word", m->result, rc_result_str(m->result));
        return;
    case RC_MSG_REBOOT:
        return;
    }
}

static void rc_segment(out *o, const rc_udp_seg *seg)
{
    num(o, "type", seg->kind);
    num(o, "stream", seg->id);
    num(o, "number", seg->number);
    num(o, "ack", seg->ack);
    if (seg->data.n > 0)
        rc_data(o, seg->data);
}

static void rc_head(out *o, const rc_packet *p)
{
    str(o, "service", "rc");
    str(o, "kind", rc_text_kind(p));
    if (rc_packet_kind(p) == RC_MSG_RIGHTS)
        short_name(o, "name", p->m.machine, false);
    else
        null(o, "name");
}

/* ---- Any message --------------------------------------------------------------------------- */

static void malformed(out *o, nbt_err err, size_t at, const char *field)
{
    begin(o, "malformed", '{');
    num(o, "at", at);
    str(o, "field", field ? field : ""); /* none where it was not read but parsed */
    str(o, "why", nbt_err_str(err));
    finish(o, '}');
}

/* Of a packet that could not be read whole: its header and its question, as far as they go. */
static void name_beginning(out *o, nbt_rd *r)
{
    nbt_question q;
    uint16_t v = nbt_rd_u16(r, "NAME_TRN_ID");
    if (!r->err)
        bits(o, "id", v, 16);
    v = nbt_rd_u16(r, "OPCODE");
    if (!r->err)
        name_flags(o, v);
    uint16_t qdcount = nbt_rd_u16(r, "QDCOUNT");
    if (!r->err)
        num(o, "qdcount", qdcount);
    v = nbt_rd_u16(r, "ANCOUNT");
    if (!r->err)
        num(o, "ancount", v);
    v = nbt_rd_u16(r, "NSCOUNT");
    if (!r->err)
        num(o, "nscount", v);
    v = nbt_rd_u16(r, "ARCOUNT");
    if (!r->err)
        num(o, "arcount", v);
    nbt_name_rd(r, &q.name, NBT_NAME_POINTERS | NBT_NAME_LONG, "QUESTION_NAME");
    q.type = nbt_rd_u16(r, "QUESTION_TYPE");
    q.cls = nbt_rd_u16(r, "QUESTION_CLASS");
    if (!r->err && qdcount > 0)
        question(o, &q);
}

static void datagram_beginning(out *o, nbt_rd *r)
{
    nbt_dgm m = { .type = nbt_rd_u8(r, "MSG_TYPE") };
    if (!r->err)
        bits(o, "type", m.type, 8);
    m.flags = nbt_rd_u8(r, "FLAGS");
    if (!r->err)
        datagram_flags(o, m.flags);
    m.id = nbt_rd_u16(r, "DGM_ID");
    if (!r->err)
        bits(o, "id", m.id, 16);
    m.source.ip = nbt_rd_u32(r, "SOURCE_IP");
    m.source.port = nbt_rd_u16(r, "SOURCE_PORT");
    if (!r->err)
        ep(o, "source", m.source);
    m.length = nbt_rd_u16(r, "DGM_LENGTH");
    if (!r->err && is_message(&m))
        num(o, "length", m.length);
    m.offset = nbt_rd_u16(r, "PACKET_OFFSET");
    if (!r->err && is_message(&m))
        num(o, "offset", m.offset);
}

static void session_beginning(out *o, nbt_rd *r)
{
    nbt_ssn_head h;
    nbt_ssn_head_rd(r, &h);
    if (r->err)
        return;
    bits(o, "type", h.type, 8);
    bits(o, "flags", h.flags, 8);
    num(o, "length", h.length);
}

static void beginning(out *o, const nbt_msg *m)
{
    nbt_rd r;
    nbt_rd_init(&r, m->bytes.p, m->bytes.n);
    switch (m->service) {
    case NBT_SERVICE_NAME:
        name_beginning(o, &r);
        return;
    case NBT_SERVICE_DATAGRAM:
        datagram_beginning(o, &r);
        return;
    case NBT_SERVICE_SESSION:
        session_beginning(o, &r);
        return;
    }
}

static void about(out *o, const nbt_msg *m)
{
    const nbt_name *v = nbt_msg_name(m);
    if (v)
        name(o, "name", v, m->service == NBT_SERVICE_DATAGRAM && m->u.dgm.type == NBT_DGM_GROUP);
    else
        null(o, "name");
}

static void head(out *o, const cap_item *item)
{
    static const char *const services[] = {
        [NBT_SERVICE_NAME] = "name",
        [NBT_SERVICE_DATAGRAM] = "datagram",
        [NBT_SERVICE_SESSION] = "session",
    };
    const nbt_msg *m = item->msg;
    if (!m) {
        rc_head(o, item->rc);
        return;
    }
    str(o, "service", services[m->service]);
    str(o, "kind", nbt_text_kind(m));
    about(o, m);
}

static void fields(out *o, const nbt_msg *m)
{
    switch (m->service) {
    case NBT_SERVICE_NAME:
        name_packet(o, &m->u.ns);
        return;
    case NBT_SERVICE_DATAGRAM:
        datagram_packet(o, &m->u.dgm);
        return;
    case NBT_SERVICE_SESSION:
        session_packet(o, &m->u.ssn, m->bytes.n - NBT_SSN_HEADER_LEN);
        return;
    }
}

static void rc_body(out *o, const rc_packet *p)
{
    if (!p->err) {
        if (p->segment)
            rc_segment(o, &p->seg);
        else
            rc_fields(o, &p->m);
        return;
    }
    malformed(o, p->err, p->err_at, p->err_field);
    hex(o, "raw", p->bytes);
}

/* The octets as they were are given too where the fields do not say all. */
static void body(out *o, const cap_item *item)
{
    const nbt_msg *m = item->msg;
    if (!m) {
        rc_body(o, item->rc);
        return;
    }
    if (m->err) {
        malformed(o, m->err, m->err_at, m->err_field);
        beginning(o, m);
    } else {
        fields(o, m);
    }
    if (!m->exact)
        hex(o, "raw", m->bytes);
}

static bool has_message(const cap_item *item)
{
    return item->msg || item->rc;
}

size_t cap_fields_detail(const cap_item *item, char *to)
{
    out o = { .at = to, .end = to + CAP_LINE_MAX, .detail = true, .depth = 1 };
    if (!has_message(item))
        return 0;
    if (item->has_mac) {
        mac(&o, "src_mac", item->mac_from);
        mac(&o, "dst_mac", item->mac_to);
    }
    head(&o, item);
    body(&o, item);
    put_char(&o, '\n');
    size_t n = (size_t)(o.at - to) - 1; /* the first newline ends the line before */
    memmove(to, to + 1, n);
    return n;
}

/* Who and whom: null where that is not IP, and then there are only hardware addresses. */
static void ends(out *o, const cap_item *item)
{
    if (item->has_ip) {
        ep(o, "src", item->from);
        ep(o, "dst", item->to);
    } else {
        null(o, "src");
        null(o, "dst");
    }
    if (item->has_mac) {
        mac(o, "src_mac", item->mac_from);
        mac(o, "dst_mac", item->mac_to);
    }
}

static void links(out *o, const cap_link *link)
{
    if (link->answers) {
        num(o, "answers_frame", link->answers);
        seconds(o, "after", link->after);
    } else {
        null(o, "answers_frame");
    }
    if (link->repeats)
        num(o, "repeats_frame", link->repeats);
}

static void nothing(out *o)
{
    null(o, "service");
    null(o, "kind");
    null(o, "name");
}

static void object(out *o, const cap_item *item, const cap_link *link)
{
    num(o, "frame", item->number);
    seconds(o, "time", item->time);
    ends(o, item);
    if (has_message(item)) {
        str(o, "transport", item->tcp ? "tcp" : "udp");
        head(o, item);
    } else {
        nothing(o);
    }
    links(o, link);
    if (item->note[0])
        text(o, "note", item->note, strlen(item->note));
    if (has_message(item))
        body(o, item);
    finish(o, '}');
    o->at[-1] = '\n';
}

size_t cap_fields_json(const cap_item *item, const cap_link *link, char *to)
{
    out o = { .at = to, .end = to + CAP_LINE_MAX };
    begin(&o, NULL, '{');
    object(&o, item, link);
    return (size_t)(o.at - to);
}

/*
 * An ISO date is what both take for a time without being told; a number they would take for a
 * number. As tshark does, an index for each day; the name is ours, since our fields are.
 */
size_t cap_fields_ek(const cap_item *item, const cap_link *link, char *to)
{
    out o = { .at = to, .end = to + CAP_LINE_MAX };
    int64_t micro = item->time % 1000000;
    time_t second = (time_t)(item->time / 1000000);
    char day[24] = "", clock[16] = ""; /* a year has up to six digits, and a sign */
    struct tm tm;
    if (micro < 0) {
        micro += 1000000;
        second--;
    }
    if (gmtime_r(&second, &tm)) {
        strftime(day, sizeof day, "%Y-%m-%d", &tm);
        strftime(clock, sizeof clock, "T%H:%M:%S.", &tm);
    }
    begin(&o, NULL, '{');
    begin(&o, "index", '{');
    key(&o, "_index");
    put_str(&o, "\"nbt-");
    put_str(&o, day);
    put_str(&o, "\"}}\n{\"@timestamp\":\"");
    put_str(&o, day);
    put_str(&o, clock);
    o.at = nbt_digits_fixed(o.at, (uint32_t)micro, MICRO_DIGITS);
    put_str(&o, "Z\",");
    object(&o, item, link);
    return (size_t)(o.at - to);
}
