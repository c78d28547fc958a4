/*
 * The RDATA of a name packet's first record as words: owners, a node status, what a WACK is about,
 * a server's name, or hex. It knows no layout: octets are read and written by nbt/ns.c and
 * nbt/status.c.
 */
#include "nbt/text_impl.h"

/* How the RDATA of each kind's record is put. */
static const nbt_text_form forms[NBT_NS_KINDS] = {
    [NBT_NS_REGISTRATION] = NBT_FORM_OWNER,
    [NBT_NS_OVERWRITE_REQUEST] = NBT_FORM_OWNER,
    [NBT_NS_OVERWRITE_DEMAND] = NBT_FORM_OWNER,
    [NBT_NS_MULTIHOMED] = NBT_FORM_OWNER,
    [NBT_NS_REFRESH] = NBT_FORM_OWNER,
    [NBT_NS_POSITIVE_REGISTRATION] = NBT_FORM_OWNER,
    [NBT_NS_NEGATIVE_REGISTRATION] = NBT_FORM_OWNER,
    [NBT_NS_CHALLENGE] = NBT_FORM_OWNER,
    [NBT_NS_CONFLICT_DEMAND] = NBT_FORM_OWNER,
    [NBT_NS_RELEASE_REQUEST] = NBT_FORM_OWNER,
    [NBT_NS_RELEASE_DEMAND] = NBT_FORM_OWNER,
    [NBT_NS_POSITIVE_RELEASE] = NBT_FORM_OWNER,
    [NBT_NS_NEGATIVE_RELEASE] = NBT_FORM_OWNER,
    [NBT_NS_POSITIVE_QUERY] = NBT_FORM_OWNERS,
    [NBT_NS_REDIRECT] = NBT_FORM_SERVER,
    [NBT_NS_WACK] = NBT_FORM_ABOUT,
    [NBT_NS_STATUS_RESPONSE] = NBT_FORM_NAMES,
};

enum { NB_RESERVED = 0x1FFF, NODE_NAME_RESERVED = 0x01FF };

/* The flags that only a NODE_NAME has, RFC 1002 4.2.18. */
static const struct {
    const char *word;
    uint16_t bit;
} name_flags[] = {
    { "/drg", NBT_NB_DRG },
    { "/cnf", NBT_NB_CNF },
    { "/act", NBT_NB_ACT },
    { "/prm", NBT_NB_PRM },
};

/* STATISTICS behind UNIT_ID, RFC 1002 4.2.18. */
#define STAT(sym, member)                                                                          \
    {                                                                                              \
        NBT_KEY_##sym, offsetof(nbt_statistics, member), sizeof(((nbt_statistics *)NULL)->member)  \
    }
static const struct {
    nbt_text_key key;
    uint8_t offset, size;
} statistics[] = {
    STAT(JUMPERS, jumpers),
    STAT(TEST_RESULT, test_result),
    STAT(VERSION, version),
    STAT(PERIOD, period),
    STAT(CRCS, crcs),
    STAT(ALIGNMENT, alignment),
    STAT(COLLISIONS, collisions),
    STAT(SEND_ABORTS, send_aborts),
    STAT(GOOD_SENDS, good_sends),
    STAT(GOOD_RECEIVES, good_receives),
    STAT(RETRANSMITS, retransmits),
    STAT(NO_RESOURCE, no_resource),
    STAT(FREE_CMD, free_cmd),
    STAT(TOTAL_CMD, total_cmd),
    STAT(MAX_TOTAL_CMD, max_total_cmd),
    STAT(PENDING_SESS, pending_sess),
    STAT(MAX_PENDING_SESS, max_pending_sess),
    STAT(MAX_TOTAL_SESS, max_total_sess),
    STAT(SESS_DATA_PKT_SIZE, sess_data_pkt_size),
};
#undef STAT

static uint32_t statistic_get(const nbt_statistics *st, size_t i)
{
    const unsigned char *p = (const unsigned char *)st + statistics[i].offset;
    uint16_t u16;
    uint32_t u32;
    switch (statistics[i].size) {
    case sizeof u16:
        memcpy(&u16, p, sizeof u16);
        return u16;
    case sizeof u32:
        memcpy(&u32, p, sizeof u32);
        return u32;
    default:
        return *p;
    }
}

static void statistic_set(nbt_statistics *st, size_t i, uint32_t v)
{
    unsigned char *p = (unsigned char *)st + statistics[i].offset;
    uint8_t u8 = (uint8_t)v;
    uint16_t u16 = (uint16_t)v;
    switch (statistics[i].size) {
    case sizeof u8:
        memcpy(p, &u8, sizeof u8);
        break;
    case sizeof u16:
        memcpy(p, &u16, sizeof u16);
        break;
    default:
        memcpy(p, &v, sizeof v);
        break;
    }
}

/* The kind of the request that a WACK speaks of: it has but the flags, the rest is as drawn. */
static nbt_ns_kind kind_of_flags(uint16_t word)
{
    static const uint8_t owner[NBT_ADDR_LEN];
    nbt_ns m;
    memset(&m, 0, sizeof m);
    m.word = word;
    m.qdcount = m.arcount = m.nrr = 1;
    m.q.type = m.rr[0].type = NBT_RR_NB;
    m.rr[0].rdata = (nbt_bytes){ owner, sizeof owner };
    return nbt_ns_kind_of(&m);
}

/* NSD_NAME, where RDATA holds just that, written in full; false where it does not. */
static bool server_name(const nbt_rr *rr, nbt_name *name)
{
    uint8_t again[NBT_NAME_WIRE_MAX];
    nbt_rd r;
    nbt_wr w;
    nbt_rd_init(&r, rr->rdata.p, rr->rdata.n);
    nbt_name_rd(&r, name, NBT_NAME_ANY_FORM, "NSD_NAME");
    if (r.err || r.at < r.end)
        return false;
    nbt_wr_init(&w, again, sizeof again);
    nbt_name_wr(&w, name, "NSD_NAME");
    return !w.err && w.at == rr->rdata.n && memcmp(again, rr->rdata.p, w.at) == 0;
}

/* The owner's node type, as a value of NBT_NODE_TYPE. */
static unsigned ont_of(unsigned nb_flags)
{
    return (nb_flags & NBT_NB_ONT_MASK) >> NBT_NB_ONT_SHIFT;
}

/* G and ONT, which owners of a name and NODE_NAMEs have alike: /B/unique. */
static void put_ownership(nbt_text_out *o, unsigned nb_flags)
{
    nbt_text_put_char(o, '/');
    nbt_text_put_code(o, NBT_CODESET_NODE_TYPE, ont_of(nb_flags));
    if (nb_flags & NBT_NB_G)
        nbt_text_put(o, "/group", 6);
    else
        nbt_text_put(o, "/unique", 7);
}

static void put_reserved(nbt_text_out *o, unsigned bits)
{
    if (bits) {
        nbt_text_put_char(o, '/');
        nbt_text_put_hex(o, bits, 4);
    }
}

/* /B/unique */
static bool eat_ownership(nbt_word *w, uint16_t *nb_flags)
{
    if (!nbt_word_eat(w, "/"))
        return false;
    const nbt_code *node = w->n > 0 ? nbt_code_parse(NBT_CODESET_NODE_TYPE, w->p, 1) : NULL;
    if (!node)
        return false;
    w->p++;
    w->n--;
    *nb_flags = (uint16_t)(node->value << NBT_NB_ONT_SHIFT);
    if (nbt_word_eat(w, "/group"))
        *nb_flags |= NBT_NB_G;
    else if (!nbt_word_eat(w, "/unique"))
        return false;
    return true;
}

/* An optional /0x0001 with bits of `mask`. */
static bool eat_reserved(nbt_word *w, uint16_t mask, uint16_t *nb_flags)
{
    uint32_t bits = 0;
    if (w->n == 0 || *w->p != '/')
        return true;
    nbt_word all = *w;
    w->p++;
    w->n--;
    if (!nbt_word_eat_hex(w, mask, &bits)) {
        *w = all;
        return false;
    }
    *nb_flags = (uint16_t)(*nb_flags | bits);
    return true;
}

/* STATISTICS as far as they are there; what is not there is zero, and so not printed. */
static void print_statistics(nbt_text_out *o, nbt_bytes there)
{
    uint8_t rdata[1 + NBT_STATISTICS_LEN] = { 0 }; /* a node status without names */
    nbt_rr rr;
    nbt_statistics st;
    memcpy(rdata + 1, there.p, there.n);
    rr.rdata = (nbt_bytes){ rdata, sizeof rdata };
    nbt_status_statistics(&rr, &st);
    if (there.n > 0) {
        nbt_text_put_key(o, NBT_KEY_MAC);
        for (size_t i = 0; i < sizeof st.unit_id; i++) {
            if (i > 0)
                nbt_text_put_char(o, ':');
            nbt_text_put_bytes(o, (nbt_bytes){ &st.unit_id[i], 1 });
        }
    }
    for (size_t i = 0; i < LENGTH_OF(statistics); i++) {
        uint32_t v = statistic_get(&st, i);
        if (v)
            nbt_text_put_num(o, statistics[i].key, v);
    }
    if (there.n != NBT_STATISTICS_LEN)
        nbt_text_put_num(o, NBT_KEY_STATISTICS, (uint32_t)there.n);
}

static void parse_statistics(nbt_text_line *l, nbt_statistics *st)
{
    memset(st, 0, sizeof *st);
    nbt_word w = l->w[NBT_KEY_MAC];
    for (size_t i = 0; w.p && i < sizeof st->unit_id; i++) {
        if ((i > 0 && !nbt_word_eat(&w, ":")) || !nbt_word_eat_octet(&w, &st->unit_id[i])) {
            nbt_text_fail_value(l, NBT_KEY_MAC, w.p);
            return;
        }
    }
    if (w.p && w.n > 0)
        nbt_text_fail_value(l, NBT_KEY_MAC, w.p);
    for (size_t i = 0; i < LENGTH_OF(statistics); i++) {
        uint32_t max = (uint32_t)(UINT32_MAX >> (32 - 8 * statistics[i].size));
        statistic_set(st, i, nbt_text_get_num(l, statistics[i].key, 0, max));
    }
}

static void print_node_name(nbt_text_out *o, nbt_node_name entry)
{
    char text[4 * NBT_NAME_LEN + sizeof "<00>"];
    nbt_text_put(o, text, nbt_name16_print(entry.b, text, sizeof text));
    put_ownership(o, entry.flags);
    for (size_t i = 0; i < LENGTH_OF(name_flags); i++) {
        if (entry.flags & name_flags[i].bit)
            nbt_text_put_str(o, name_flags[i].word);
    }
    put_reserved(o, entry.flags & NODE_NAME_RESERVED);
}

/* The reverse. A name ends in its suffix, so that commas and slashes in it mean nothing. */
static bool eat_node_name(nbt_word *w, nbt_node_name *entry)
{
    nbt_name name;
    const char *end = memchr(w->p, '>', w->n);
    size_t n = end ? (size_t)(end + 1 - w->p) : w->n;
    if (!nbt_name_parse(&name, w->p, n) || name.form != NBT_NAME_NETBIOS || name.scope.len > 0)
        return false;
    memcpy(entry->b, name.b, NBT_NAME_LEN);
    w->p += n;
    w->n -= n;
    if (!eat_ownership(w, &entry->flags))
        return false;
    for (size_t i = 0; i < LENGTH_OF(name_flags); i++) {
        if (nbt_word_eat(w, name_flags[i].word))
            entry->flags |= name_flags[i].bit;
    }
    return eat_reserved(w, NODE_NAME_RESERVED, &entry->flags);
}

static void print_names(nbt_text_out *o, const nbt_rr *rr)
{
    size_t n = nbt_status_count(rr), at = 1 + n * NBT_NODE_NAME_LEN;
    nbt_text_put_key(o, NBT_KEY_NAMES);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            nbt_text_put_char(o, ',');
        print_node_name(o, nbt_status_get(rr, i));
    }
    if (n == 0)
        nbt_text_put_char(o, '-');
    if (rr->rdata.p[0] != n)
        nbt_text_put_num(o, NBT_KEY_NUM_NAMES, rr->rdata.p[0]);

    /* A list that breaks off has no statistics behind it. */
    nbt_bytes rest = { rr->rdata.p + at, rr->rdata.n - at };
    nbt_bytes there = { rest.p, rr->rdata.p[0] == n ? rest.n : 0 };
    if (there.n > NBT_STATISTICS_LEN)
        there.n = NBT_STATISTICS_LEN;
    print_statistics(o, there);
    if (rest.n > there.n) {
        nbt_text_put_key(o, NBT_KEY_REST);
        nbt_text_put_bytes(o, (nbt_bytes){ rest.p + there.n, rest.n - there.n });
    }
}

static void parse_names(nbt_text_line *l)
{
    nbt_node_name names[UINT8_MAX];
    nbt_statistics st;
    size_t n = 0, from = l->arena.at;
    nbt_word w = l->w[NBT_KEY_NAMES];
    if (!nbt_word_eq(w, "-")) {
        do {
            if (n == LENGTH_OF(names))
                nbt_text_fail(l, w.p, "more names than NUM_NAMES can count", "at most 255 names");
            else if (!eat_node_name(&w, &names[n++]))
                nbt_text_fail_value(l, NBT_KEY_NAMES, w.p);
        } while (!l->bad && nbt_word_eat(&w, ","));
        if (w.n > 0)
            nbt_text_fail_value(l, NBT_KEY_NAMES, w.p);
    }
    parse_statistics(l, &st);
    uint32_t num_names = nbt_text_get_num(l, NBT_KEY_NUM_NAMES, (uint32_t)n, UINT8_MAX);
    if (num_names < n)
        nbt_text_fail_value(l, NBT_KEY_NUM_NAMES, l->w[NBT_KEY_NUM_NAMES].p);
    uint32_t there =
        nbt_text_get_num(l, NBT_KEY_STATISTICS, NBT_STATISTICS_LEN, NBT_STATISTICS_LEN);
    nbt_status_wr(&l->arena, names, n, &st);
    if (nbt_text_written(l, from).n == 0 || l->bad)
        return;
    l->arena.base[from] = (uint8_t)num_names;
    for (; there < NBT_STATISTICS_LEN; there++) {
        if (l->arena.base[--l->arena.at] != 0)
            nbt_text_fail(l, l->w[NBT_KEY_STATISTICS].p, "this cuts off some of the statistics",
                          nbt_text_keys[NBT_KEY_STATISTICS].value);
    }
    nbt_text_get_octets(l, NBT_KEY_REST);
}

static void print_owners(nbt_text_out *o, const nbt_rr *rr)
{
    size_t n = nbt_addr_count(rr);
    nbt_text_put_key(o, NBT_KEY_OWNERS);
    for (size_t i = 0; i < n; i++) {
        nbt_addr a = nbt_addr_get(rr, i);
        if (i > 0)
            nbt_text_put_char(o, ',');
        nbt_text_put_ip(o, a.ip);
        put_ownership(o, a.nb_flags);
        put_reserved(o, a.nb_flags & NB_RESERVED);
    }
    if (n == 0)
        nbt_text_put_char(o, '-');
}

static void parse_owners(nbt_text_line *l)
{
    nbt_word w = l->w[NBT_KEY_OWNERS];
    if (nbt_word_eq(w, "-"))
        return;
    do {
        nbt_addr a;
        if (nbt_word_eat_ip(&w, &a.ip) && eat_ownership(&w, &a.nb_flags) &&
            eat_reserved(&w, NB_RESERVED, &a.nb_flags))
            nbt_addr_wr(&l->arena, a);
        else
            nbt_text_fail_value(l, NBT_KEY_OWNERS, w.p);
    } while (!l->bad && nbt_word_eat(&w, ","));
    if (w.n > 0)
        nbt_text_fail_value(l, NBT_KEY_OWNERS, w.p);
}

static void print_owner(nbt_text_out *o, nbt_addr a)
{
    nbt_text_put_key(o, NBT_KEY_OWNER);
    nbt_text_put_ip(o, a.ip);
    nbt_text_put_node(o, ont_of(a.nb_flags));
    nbt_text_put_key(o, a.nb_flags & NBT_NB_G ? NBT_KEY_GROUP : NBT_KEY_UNIQUE);
    if (a.nb_flags & NB_RESERVED) {
        nbt_text_put_key(o, NBT_KEY_NB_RESERVED);
        nbt_text_put_hex(o, a.nb_flags & NB_RESERVED, 4);
    }
}

static void parse_owner(nbt_text_line *l)
{
    nbt_addr a = { (uint16_t)(nbt_text_get_node(l) << NBT_NB_ONT_SHIFT),
                   nbt_text_get_ip(l, NBT_KEY_OWNER) };
    a.nb_flags |= nbt_text_get_bits(l, NBT_KEY_NB_RESERVED, NB_RESERVED);
    if (nbt_text_has(l, NBT_KEY_GROUP))
        a.nb_flags |= NBT_NB_G;
    else
        nbt_text_need(l, NBT_KEY_UNIQUE);
    if (nbt_text_has(l, NBT_KEY_GROUP) && nbt_text_has(l, NBT_KEY_UNIQUE))
        nbt_text_fail(l, nbt_text_start_of(l, NBT_KEY_GROUP), "the name is unique already",
                      "either unique or group");
    nbt_addr_wr(&l->arena, a);
}

static void print_about(nbt_text_out *o, uint16_t flag_word)
{
    nbt_text_put_key(o, NBT_KEY_ABOUT);
    nbt_text_put_str(o, nbt_ns_kind_word(kind_of_flags(flag_word)));
    nbt_text_put_char(o, '/');
    nbt_text_put_hex(o, flag_word, 4);
}

static void parse_about(nbt_text_line *l)
{
    nbt_word w = l->w[NBT_KEY_ABOUT];
    const char *slash = memchr(w.p, '/', w.n);
    nbt_word kind = { w.p, slash ? (size_t)(slash - w.p) : w.n };
    uint32_t v = 0;
    w.p += kind.n;
    w.n -= kind.n;
    if (!nbt_word_eat(&w, "/") || !nbt_word_eat_num(&w, 0xFFFF, &v) || w.n > 0) {
        nbt_text_fail_value(l, NBT_KEY_ABOUT, w.p);
        return;
    }
    const char *is = nbt_ns_kind_word(kind_of_flags((uint16_t)v));
    if (!nbt_word_eq(kind, is))
        nbt_text_fail(l, kind.p, "these are the flags of another kind", is);
    nbt_wr_u16(&l->arena, v, "RDATA");
}

static const nbt_text_key form_keys[] = {
    [NBT_FORM_NONE] = NBT_KEY_NONE,     [NBT_FORM_OWNER] = NBT_KEY_OWNER,
    [NBT_FORM_OWNERS] = NBT_KEY_OWNERS, [NBT_FORM_NAMES] = NBT_KEY_NAMES,
    [NBT_FORM_ABOUT] = NBT_KEY_ABOUT,   [NBT_FORM_SERVER] = NBT_KEY_SERVER,
    [NBT_FORM_RDATA] = NBT_KEY_RDATA,
};

/* How to print the RDATA of the first record; `server` is set for NBT_FORM_SERVER. */
nbt_text_form nbt_text_form_of(nbt_ns_kind kind, const nbt_rr *rr, nbt_name *server)
{
    size_t n = rr->rdata.n;
    if (n == 0 && forms[kind] == NBT_FORM_NONE)
        return NBT_FORM_NONE;
    if (kind == NBT_NS_WACK)
        return NBT_FORM_ABOUT;
    if (rr->type == NBT_RR_NB && n == NBT_ADDR_LEN && forms[kind] != NBT_FORM_OWNERS)
        return NBT_FORM_OWNER;
    if (rr->type == NBT_RR_NB && n % NBT_ADDR_LEN == 0)
        return NBT_FORM_OWNERS;
    if (rr->type == NBT_RR_NBSTAT && n > 0)
        return NBT_FORM_NAMES;
    if (rr->type == NBT_RR_NS && server_name(rr, server))
        return NBT_FORM_SERVER;
    return NBT_FORM_RDATA;
}

void nbt_text_print_rdata(nbt_text_out *o, const nbt_rr *rr, nbt_text_form f,
                          const nbt_name *server)
{
    switch (f) {
    case NBT_FORM_NONE:
        return;
    case NBT_FORM_OWNER:
        print_owner(o, nbt_addr_get(rr, 0));
        return;
    case NBT_FORM_OWNERS:
        print_owners(o, rr);
        return;
    case NBT_FORM_NAMES:
        print_names(o, rr);
        return;
    case NBT_FORM_ABOUT:
        print_about(o, nbt_wack_word(rr));
        return;
    case NBT_FORM_SERVER:
        nbt_text_put_key(o, NBT_KEY_SERVER);
        nbt_text_put_name(o, server);
        return;
    case NBT_FORM_RDATA:
        nbt_text_put_key(o, NBT_KEY_RDATA);
        nbt_text_put_bytes(o, rr->rdata);
        return;
    }
}

/* Which of the forms a line has; for a record of this type. */
nbt_text_form nbt_text_parse_form(nbt_text_line *l, nbt_ns_kind kind, uint16_t type)
{
    nbt_text_form has_form = NBT_FORM_NONE;
    for (nbt_text_form f = NBT_FORM_OWNER; f <= NBT_FORM_RDATA; f++) {
        if (!nbt_text_has(l, form_keys[f]))
            continue;
        if (has_form != NBT_FORM_NONE)
            nbt_text_fail(l, nbt_text_start_of(l, form_keys[f]),
                          "the record has other data already",
                          "one of owner=, owners=, names=, server=, about=, rdata=");
        has_form = f;
    }
    if (has_form == NBT_FORM_NONE && forms[kind] != NBT_FORM_NONE)
        nbt_text_need(l, form_keys[forms[kind]]);
    if (has_form != NBT_FORM_OWNER)
        nbt_text_forbid(l, NBT_KEY_NODE, NBT_KEY_NB_RESERVED,
                        "this says something about owner=", "owner=");
    if (has_form != NBT_FORM_NAMES)
        nbt_text_forbid(l, NBT_KEY_NUM_NAMES, NBT_KEY_REST,
                        "this says something about names=", "names=");
    uint16_t of_form = type;
    if (has_form == NBT_FORM_OWNER || has_form == NBT_FORM_OWNERS)
        of_form = NBT_RR_NB;
    else if (has_form == NBT_FORM_NAMES)
        of_form = NBT_RR_NBSTAT;
    else if (has_form == NBT_FORM_SERVER)
        of_form = NBT_RR_NS;
    if (of_form != type)
        nbt_text_fail(l, nbt_text_start_of(l, form_keys[has_form]),
                      "a record of this type has other data", "rdata=, or another type=");
    return has_form;
}

nbt_bytes nbt_text_parse_rdata(nbt_text_line *l, nbt_text_form f, nbt_name *server)
{
    size_t from = l->arena.at;
    switch (f) {
    case NBT_FORM_NONE:
        return (nbt_bytes){ NULL, 0 };
    case NBT_FORM_OWNER:
        parse_owner(l);
        break;
    case NBT_FORM_OWNERS:
        parse_owners(l);
        break;
    case NBT_FORM_NAMES:
        parse_names(l);
        break;
    case NBT_FORM_ABOUT:
        parse_about(l);
        break;
    case NBT_FORM_SERVER:
        server->form = NBT_NAME_NULL;
        server->scope.len = 0;
        nbt_text_get_name(l, NBT_KEY_SERVER, server);
        nbt_name_wr(&l->arena, server, "NSD_NAME");
        break;
    case NBT_FORM_RDATA:
        nbt_text_get_octets(l, NBT_KEY_RDATA);
        break;
    }
    nbt_bytes rdata = nbt_text_written(l, from);
    if (rdata.n > UINT16_MAX)
        nbt_text_fail(l, l->w[form_keys[f]].p, "longer than RDLENGTH can say",
                      "at most 65535 bytes");
    return rdata;
}
