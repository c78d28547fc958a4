/*
 * Sets for what there are few of (kinds, codes, suffixes), lists for names and hosts. It never
 * keeps anything of a message.
 */
#include "capture/filter.h"
#include "nbt/text.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { RC = NBT_SERVICE_SESSION + 1, SERVICES }; /* remote control is one more service */

/* Every kind of message there is. */
typedef struct kind {
    unsigned service;
    unsigned value; /* nbt_ns_kind, or the type */
    const char *word;
    const char *title; /* the RFC's name of it */
} kind;

static const kind kinds[] = {
#define NBT_NS_KIND(sym, word, text, section) { NBT_SERVICE_NAME, NBT_NS_##sym, word, text },
#include "nbt/kinds.def"
#undef NBT_NS_KIND
#define NBT_DGM_TYPE(sym, value, word, text, source) { NBT_SERVICE_DATAGRAM, value, word, text },
#define NBT_SSN_TYPE(sym, value, word, text, source) { NBT_SERVICE_SESSION, value, word, text },
#include "nbt/codes.def"
#undef NBT_DGM_TYPE
#undef NBT_SSN_TYPE
#define RC_KIND(sym, word) { RC, RC_MSG_##sym, "rc-" word, "" },
    RC_MSG_TYPES(RC_KIND)
#undef RC_KIND
#define RC_KIND(sym, code, word) { RC, RC_KIND_SEGMENT + (code), "rc-udp-" word, "" },
        RC_UDP_KINDS(RC_KIND)
#undef RC_KIND
            { RC, RC_KIND_BAD_SEGMENT, "malformed-rc-segment", "" },
};

enum {
    KINDS = sizeof kinds / sizeof kinds[0],
    MALFORMED = KINDS, /* and one more of each service, of which nothing else is known */
    ALL_KINDS = KINDS + SERVICES,
    BITS = 64,
    KINDS_SIZE = (ALL_KINDS + BITS - 1) / BITS,
};

typedef struct pattern {
    char text[CAP_FILTER_PATTERN_MAX];
    bool any_scope; /* it says none */
    int first;      /* the first character, a letter in upper case; -1: it is not known */
    int suffix;     /* -1: the same */
} pattern;

typedef struct host {
    bool is_mac;
    uint8_t mac[6];
    uint32_t ip, mask;
} host;

struct cap_filter {
    bool by[CAP_FILTER_CONFLICT + 1]; /* what there are values of */
    uint64_t suffixes[256 / BITS], codes[256 / BITS], kinds[KINDS_SIZE];
    uint8_t index[SERVICES][256]; /* of a kind, by its value */
    pattern patterns[CAP_FILTER_NAMES_MAX];
    size_t npatterns;
    host hosts[CAP_FILTER_HOSTS_MAX];
    size_t nhosts;
};

cap_filter *cap_filter_new(void)
{
    cap_filter *f = calloc(1, sizeof *f);
    for (size_t i = 0; f && i < KINDS; i++)
        f->index[kinds[i].service][kinds[i].value] = (uint8_t)i;
    return f;
}

void cap_filter_free(cap_filter *f)
{
    free(f);
}

static void set_add(uint64_t *set, unsigned i)
{
    set[i / BITS] |= UINT64_C(1) << i % BITS;
}

static bool set_has(const uint64_t *set, unsigned i)
{
    return (set[i / BITS] >> i % BITS & 1) != 0;
}

/* ---- What is wanted: names and suffixes ---------------------------------------------------- */

static int hex_digit(char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = c ? strchr(digits, c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static int upper(int c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

/* What every name that fits has for certain, so that most others need not be printed. */
static void set_hints(pattern *p)
{
    const char *suffix = strchr(p->text, '<');
    p->first = strchr("*?[\\.<", p->text[0]) ? -1 : upper((unsigned char)p->text[0]);
    p->suffix = -1;
    if (!suffix || strchr(p->text, '[') || hex_digit(suffix[1]) < 0 || hex_digit(suffix[2]) < 0)
        return;
    if (suffix[3] == '>')
        p->suffix = hex_digit(suffix[1]) << 4 | hex_digit(suffix[2]);
}

static bool add_name(cap_filter *f, const char *text, char err[CAP_ERR_MAX])
{
    size_t n = strlen(text);
    if (n == 0 || n > CAP_FILTER_PATTERN_MAX - 3) {
        snprintf(err, CAP_ERR_MAX, "--name: a pattern has 1 to %d characters, as in FRED*, *<41>",
                 CAP_FILTER_PATTERN_MAX - 3);
        return false;
    }
    if (f->npatterns == CAP_FILTER_NAMES_MAX) {
        snprintf(err, CAP_ERR_MAX, "--name: at most %d of them", CAP_FILTER_NAMES_MAX);
        return false;
    }
    pattern *p = &f->patterns[f->npatterns++];
    bool no_suffix = text[0] != '.' && !strchr(text, '<') && text[n - 1] != '*';
    snprintf(p->text, sizeof p->text, "%s%s", text, no_suffix ? "<*" : "");
    p->any_scope = text[n - 1] == '>';
    set_hints(p);
    return true;
}

static bool add_suffix(cap_filter *f, const char *text, char err[CAP_ERR_MAX])
{
    const char *at = strncasecmp(text, "0x", 2) == 0 ? text + 2 : text;
    int a = hex_digit(at[0]), b = a < 0 || !at[1] ? 0 : hex_digit(at[1]);
    if (a < 0 || b < 0 || (at[1] && at[2])) {
        snprintf(err, CAP_ERR_MAX, "--suffix %s: it is a byte in hex, 00 to ff", text);
        return false;
    }
    set_add(f->suffixes, (unsigned)(at[1] ? a << 4 | b : a));
    return true;
}

/* ---- Kinds --------------------------------------------------------------------------------- */

/* The i-th character of a name, as a word has it. */
static char as_word(char c)
{
    return c == ' ' || c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether one or more successive words of `name` are those of `text`. */
static bool has_words(const char *name, const char *text)
{
    for (const char *at = name; *at; at++) {
        size_t n = 0;
        if (at != name && as_word(at[-1]) != '-')
            continue;
        while (text[n] && as_word(at[n]) == as_word(text[n]))
            n++;
        if (!text[n] && (!at[n] || as_word(at[n]) == '-'))
            return true;
    }
    return false;
}

static const char *kind_word(size_t i)
{
    if (i < KINDS)
        return kinds[i].word;
    if (i == MALFORMED + RC)
        return rc_text_kind_str(RC_KIND_BAD_MESSAGE);
    nbt_service service = (nbt_service)(i - MALFORMED);
    return nbt_text_kind(&(nbt_msg){ .service = service, .err = NBT_ERR_SHORT });
}

static bool is_claim(const kind *k)
{
    return k->service == NBT_SERVICE_NAME &&
           (k->value == NBT_NS_REGISTRATION || k->value == NBT_NS_MULTIHOMED ||
            k->value == NBT_NS_OVERWRITE_REQUEST || k->value == NBT_NS_OVERWRITE_DEMAND);
}

/* All words that a kind can be chosen by, each once. */
static void list_words(char *to, size_t cap)
{
    size_t n = (size_t)snprintf(to, cap, "name claim");
    for (size_t i = 0; i < ALL_KINDS; i++) {
        const char *at = kind_word(i);
        while (*at) {
            char word[32];
            size_t len = strcspn(at, "-");
            snprintf(word, sizeof word, "%.*s", (int)len, at);
            if (!strstr(to, word) && n + len + 2 < cap)
                n += (size_t)snprintf(to + n, cap - n, " %s", word);
            at += len + (at[len] == '-');
        }
    }
}

/* Whether a kind is of those that a word stands for. */
static bool stands_for(const char *text, size_t i)
{
    size_t service = i < KINDS ? kinds[i].service : i - MALFORMED;
    if (has_words(kind_word(i), text))
        return true;
    if (service == NBT_SERVICE_NAME && strcasecmp(text, "name") == 0)
        return true;
    return i < KINDS && (has_words(kinds[i].title, text) ||
                         (strcasecmp(text, "claim") == 0 && is_claim(&kinds[i])));
}

/* A kind's own word is that kind alone. */
static bool add_kind(cap_filter *f, const char *text, char err[CAP_ERR_MAX])
{
    bool found = false;
    for (unsigned i = 0; i < ALL_KINDS; i++) {
        if (strcasecmp(text, kind_word(i)) == 0) {
            set_add(f->kinds, i);
            found = true;
        }
    }
    bool several = !found && *text;
    for (unsigned i = 0; several && i < ALL_KINDS; i++) {
        if (stands_for(text, i)) {
            set_add(f->kinds, i);
            found = true;
        }
    }
    if (found)
        return true;
    char words[CAP_ERR_MAX - 128];
    list_words(words, sizeof words);
    snprintf(err, CAP_ERR_MAX, "--kind %.40s: no message is of that kind; a kind is made of: %s",
             text, words);
    return false;
}

/* ---- Codes and hosts ----------------------------------------------------------------------- */

static const nbt_codeset codesets[] = { NBT_CODESET_RCODE, NBT_CODESET_SSN_CODE,
                                        NBT_CODESET_DGM_CODE };
enum { RCODE_MAX = 15, ERROR_CODE_MIN = 0x80 };

/* Those of the three sets do not overlap but for 0x82, which means the same in two. */
static bool add_code(cap_filter *f, const char *text, char err[CAP_ERR_MAX])
{
    char words[CAP_ERR_MAX - 128] = "", *rest;
    size_t n = 0;
    bool found = false;
    unsigned long v = strtoul(text, &rest, 0);
    bool number = rest != text && !*rest;
    for (unsigned value = 0; value < 256; value++) {
        bool hit = number && v == value && (value <= RCODE_MAX || value >= ERROR_CODE_MIN);
        for (size_t i = 0; i < sizeof codesets / sizeof codesets[0]; i++) {
            const nbt_code *c = nbt_code_find(codesets[i], value);
            hit = hit || (c && strcasecmp(c->word, text) == 0);
            if (c && n + strlen(c->word) + 2 < sizeof words)
                n += (size_t)snprintf(words + n, sizeof words - n, " %s", c->word);
        }
        if (hit)
            set_add(f->codes, value);
        found = found || hit;
    }
    if (!found)
        snprintf(err, CAP_ERR_MAX,
                 "--rcode %.40s: it is a number (0 to 15, 0x80 to 0xff) or one of:%s", text, words);
    return found;
}

/* 10.0.0.1; gives what follows it, NULL if it is none. */
static const char *parse_ip(const char *text, uint32_t *ip)
{
    *ip = 0;
    for (int i = 0; i < 4; i++) {
        unsigned v = 0;
        size_t n = 0;
        for (; n < 3 && text[n] >= '0' && text[n] <= '9'; n++)
            v = v * 10 + (unsigned)(text[n] - '0');
        if (n == 0 || v > 255 || (i < 3 && text[n] != '.'))
            return NULL;
        *ip = *ip << 8 | v;
        text += n + (i < 3);
    }
    return text;
}

/* 02:00:00:00:00:01, also with dashes. */
static bool parse_mac(const char *text, uint8_t mac[6])
{
    for (int i = 0; i < 6; i++, text += 3) {
        int a = hex_digit(text[0]), b = a < 0 ? -1 : hex_digit(text[1]);
        bool good = b >= 0 && (i < 5 ? text[2] == ':' || text[2] == '-' : !text[2]);
        if (!good)
            return false;
        mac[i] = (uint8_t)(a << 4 | b);
    }
    return true;
}

static bool parse_host(const char *text, host *h)
{
    h->is_mac = parse_mac(text, h->mac);
    if (h->is_mac)
        return true;
    const char *rest = parse_ip(text, &h->ip);
    unsigned long bits = 32;
    char *end;
    if (!rest || (*rest && *rest != '/'))
        return false;
    if (*rest) {
        if (rest[1] < '0' || rest[1] > '9')
            return false;
        bits = strtoul(rest + 1, &end, 10);
        if (*end || bits > 32)
            return false;
    }
    h->mask = bits == 0 ? 0 : UINT32_MAX << (32 - bits);
    h->ip &= h->mask;
    return true;
}

static bool add_host(cap_filter *f, const char *text, char err[CAP_ERR_MAX])
{
    host h = { false, { 0 }, 0, 0 };
    if (f->nhosts == CAP_FILTER_HOSTS_MAX) {
        snprintf(err, CAP_ERR_MAX, "--host: at most %d of them", CAP_FILTER_HOSTS_MAX);
        return false;
    }
    if (!parse_host(text, &h)) {
        snprintf(err, CAP_ERR_MAX,
                 "--host %.64s: it is an IPv4 address as 10.0.0.1 or 10.0.0.0/24, or a hardware "
                 "address as 02:00:00:00:00:01",
                 text);
        return false;
    }
    f->hosts[f->nhosts++] = h;
    return true;
}

/* ---- All of it ----------------------------------------------------------------------------- */

static bool add_one(cap_filter *f, cap_filter_by by, const char *text, char err[CAP_ERR_MAX])
{
    switch (by) {
    case CAP_FILTER_NAME:
        return add_name(f, text, err);
    case CAP_FILTER_SUFFIX:
        return add_suffix(f, text, err);
    case CAP_FILTER_KIND:
        return add_kind(f, text, err);
    case CAP_FILTER_CODE:
        return add_code(f, text, err);
    case CAP_FILTER_HOST:
        return add_host(f, text, err);
    case CAP_FILTER_CONFLICT:
        return true;
    }
    return false;
}

/* A name may have commas. */
bool cap_filter_add(cap_filter *f, cap_filter_by by, const char *text, char err[CAP_ERR_MAX])
{
    f->by[by] = true;
    if (by == CAP_FILTER_NAME || by == CAP_FILTER_CONFLICT)
        return add_one(f, by, text, err);
    for (;;) {
        char one[CAP_FILTER_PATTERN_MAX];
        size_t n = strcspn(text, ",");
        snprintf(one, sizeof one, "%.*s", n < sizeof one ? (int)n : (int)sizeof one, text);
        if (!add_one(f, by, one, err))
            return false;
        if (!text[n])
            return true;
        text += n + 1;
    }
}

/* ---- Whether a message is ------------------------------------------------------------------ */

static bool suffix_is_wanted(const cap_filter *f, uint8_t suffix)
{
    return !f->by[CAP_FILTER_SUFFIX] || set_has(f->suffixes, suffix);
}

static bool may_fit(const pattern *p, const uint8_t b[NBT_NAME_LEN])
{
    return (p->first < 0 || p->first == upper(b[0])) &&
           (p->suffix < 0 || p->suffix == b[NBT_NAME_LEN - 1]);
}

static bool fits(const pattern *p, char *text, size_t n, bool scope)
{
    enum { FLAGS = FNM_NOESCAPE | FNM_CASEFOLD };
    if (fnmatch(p->text, text, FLAGS) == 0)
        return true;
    if (!p->any_scope || !scope)
        return false;
    char *bracket = memchr(text, '>', n); /* it is escaped where it is part of a name */
    bracket[1] = '\0';
    bool good = fnmatch(p->text, text, FLAGS) == 0;
    bracket[1] = '.';
    return good;
}

static bool name_is_wanted(const cap_filter *f, const nbt_name *name)
{
    char text[NBT_NAME_STR_MAX];
    bool netbios = name->form == NBT_NAME_NETBIOS;
    if (f->by[CAP_FILTER_SUFFIX] && (!netbios || !suffix_is_wanted(f, name->b[NBT_NAME_LEN - 1])))
        return false;
    size_t n = 0;
    for (size_t i = 0; i < f->npatterns; i++) {
        const pattern *p = &f->patterns[i];
        if (netbios && !may_fit(p, name->b))
            continue;
        if (n == 0)
            n = nbt_name_print(name, text, sizeof text);
        if (fits(p, text, n, netbios && name->scope.len > 0))
            return true;
    }
    return !f->by[CAP_FILTER_NAME];
}

static bool name16_is_wanted(const cap_filter *f, const uint8_t b[NBT_NAME_LEN])
{
    nbt_name name = { .form = NBT_NAME_NETBIOS, .scope.len = 0 };
    memcpy(name.b, b, sizeof name.b);
    return name_is_wanted(f, &name);
}

/* What an answer that redirects calls the other server, if it stands there in full. */
static bool server_is_wanted(const cap_filter *f, const nbt_rr *rr)
{
    nbt_rd r;
    nbt_name name;
    nbt_rd_init(&r, rr->rdata.p, rr->rdata.n);
    nbt_name_rd(&r, &name, NBT_NAME_ANY_FORM, "NSD_NAME");
    return !r.err && name_is_wanted(f, &name);
}

static bool ns_names(const cap_filter *f, const nbt_ns *m)
{
    if (m->qdcount == 1 && name_is_wanted(f, &m->q.name))
        return true;
    for (size_t i = 0; i < m->nrr; i++) {
        const nbt_rr *rr = &m->rr[i];
        bool same = m->qdcount == 1 && i == 0 && m->rr_pointer; /* as in every request */
        if (!same && name_is_wanted(f, &rr->name))
            return true;
        if (rr->type == NBT_RR_NS && server_is_wanted(f, rr))
            return true;
        size_t n = rr->type == NBT_RR_NBSTAT ? nbt_status_count(rr) : 0;
        for (size_t k = 0; k < n; k++) {
            if (name16_is_wanted(f, nbt_status_get(rr, k).b))
                return true;
        }
    }
    return false;
}

static bool dgm_names(const cap_filter *f, const nbt_dgm *m)
{
    switch ((enum nbt_dgm_type)m->type) {
    case NBT_DGM_UNIQUE:
    case NBT_DGM_GROUP:
    case NBT_DGM_BROADCAST:
        return (m->flags & NBT_DGM_FIRST) &&
               (name_is_wanted(f, &m->to) || name_is_wanted(f, &m->from));
    case NBT_DGM_QUERY:
    case NBT_DGM_POSITIVE_QUERY:
    case NBT_DGM_NEGATIVE_QUERY:
        return name_is_wanted(f, &m->to);
    case NBT_DGM_ERROR:
        return false;
    }
    return false;
}

static bool msg_names(const cap_filter *f, const nbt_msg *m)
{
    if (m->err)
        return false;
    switch (m->service) {
    case NBT_SERVICE_NAME:
        return ns_names(f, &m->u.ns);
    case NBT_SERVICE_DATAGRAM:
        return dgm_names(f, &m->u.dgm);
    case NBT_SERVICE_SESSION:
        return m->u.ssn.type == NBT_SSN_REQUEST &&
               (name_is_wanted(f, &m->u.ssn.called) || name_is_wanted(f, &m->u.ssn.calling));
    }
    return false;
}

static bool names_hold(const cap_filter *f, const cap_item *item)
{
    if (item->msg)
        return msg_names(f, item->msg);
    return item->rc && rc_packet_kind(item->rc) == RC_MSG_RIGHTS &&
           name16_is_wanted(f, item->rc->m.machine);
}

static unsigned kind_of(const cap_filter *f, const nbt_msg *m)
{
    unsigned value = 0;
    if (m->err)
        return (unsigned)MALFORMED + m->service;
    switch (m->service) {
    case NBT_SERVICE_NAME:
        value = nbt_ns_kind_of(&m->u.ns);
        break;
    case NBT_SERVICE_DATAGRAM:
        value = m->u.dgm.type;
        break;
    case NBT_SERVICE_SESSION:
        value = m->u.ssn.type;
        break;
    }
    return f->index[m->service][value];
}

static bool kind_holds(const cap_filter *f, const cap_item *item)
{
    if (item->msg)
        return set_has(f->kinds, kind_of(f, item->msg));
    if (!item->rc)
        return false;
    unsigned is = rc_packet_kind(item->rc);
    return set_has(f->kinds,
                   is == RC_KIND_BAD_MESSAGE ? (unsigned)MALFORMED + RC : f->index[RC][is]);
}

static bool code_holds(const cap_filter *f, const nbt_msg *m)
{
    switch (m->service) {
    case NBT_SERVICE_NAME:
        return (m->u.ns.word & NBT_NS_R) && set_has(f->codes, nbt_ns_rcode(&m->u.ns));
    case NBT_SERVICE_DATAGRAM:
        return m->u.dgm.type == NBT_DGM_ERROR && set_has(f->codes, m->u.dgm.code);
    case NBT_SERVICE_SESSION:
        return m->u.ssn.type == NBT_SSN_NEGATIVE && set_has(f->codes, m->u.ssn.code);
    }
    return false;
}

static bool has_conflict(const nbt_rr *rr)
{
    for (size_t i = 0; i < nbt_status_count(rr); i++) {
        if (nbt_status_get(rr, i).flags & NBT_NB_CNF)
            return true;
    }
    return false;
}

static bool conflict_holds(const nbt_msg *m)
{
    if (m->service != NBT_SERVICE_NAME)
        return false;
    const nbt_ns *ns = &m->u.ns;
    unsigned rcode = nbt_ns_rcode(ns);
    if ((ns->word & NBT_NS_R) && (rcode == NBT_RCODE_ACT_ERR || rcode == NBT_RCODE_CFT_ERR))
        return true;
    nbt_ns_kind is = nbt_ns_kind_of(ns);
    return is == NBT_NS_CHALLENGE || is == NBT_NS_OVERWRITE_REQUEST ||
           (is == NBT_NS_STATUS_RESPONSE && has_conflict(&ns->rr[0]));
}

/* ---- Hosts --------------------------------------------------------------------------------- */

static bool ip_is_wanted(const cap_filter *f, uint32_t ip)
{
    for (size_t i = 0; i < f->nhosts; i++) {
        if (!f->hosts[i].is_mac && (ip & f->hosts[i].mask) == f->hosts[i].ip)
            return true;
    }
    return false;
}

static bool mac_is_wanted(const cap_filter *f, const uint8_t mac[6])
{
    for (size_t i = 0; i < f->nhosts; i++) {
        if (f->hosts[i].is_mac && memcmp(mac, f->hosts[i].mac, sizeof f->hosts[i].mac) == 0)
            return true;
    }
    return false;
}

static bool record_hosts(const cap_filter *f, const nbt_rr *rr)
{
    nbt_statistics st;
    nbt_rd r;
    switch (rr->type) {
    case NBT_RR_NB:
        for (size_t i = 0; i < nbt_addr_count(rr); i++) {
            if (ip_is_wanted(f, nbt_addr_get(rr, i).ip))
                return true;
        }
        return false;
    case NBT_RR_NBSTAT:
        return nbt_status_statistics(rr, &st) && mac_is_wanted(f, st.unit_id);
    case NBT_RR_A:
        nbt_rd_init(&r, rr->rdata.p, rr->rdata.n);
        uint32_t ip = nbt_rd_u32(&r, "NSD_IP_ADDR");
        return !r.err && ip_is_wanted(f, ip);
    }
    return false;
}

static bool said_hosts(const cap_filter *f, const nbt_msg *m)
{
    switch (m->service) {
    case NBT_SERVICE_NAME:
        for (size_t i = 0; i < m->u.ns.nrr; i++) {
            if (record_hosts(f, &m->u.ns.rr[i]))
                return true;
        }
        return false;
    case NBT_SERVICE_DATAGRAM:
        return ip_is_wanted(f, m->u.dgm.source.ip);
    case NBT_SERVICE_SESSION:
        return m->u.ssn.type == NBT_SSN_RETARGET && ip_is_wanted(f, m->u.ssn.retarget.ip);
    }
    return false;
}

static bool host_holds(const cap_filter *f, const cap_item *item)
{
    if (item->has_ip && (ip_is_wanted(f, item->from.ip) || ip_is_wanted(f, item->to.ip)))
        return true;
    if (item->has_mac && (mac_is_wanted(f, item->mac_from) || mac_is_wanted(f, item->mac_to)))
        return true;
    return item->msg && !item->msg->err && said_hosts(f, item->msg);
}

/* What costs least comes first. */
bool cap_filter_holds(const cap_filter *f, const cap_item *item)
{
    const nbt_msg *m = item->msg;
    const bool *by = f->by;
    bool names = by[CAP_FILTER_NAME] || by[CAP_FILTER_SUFFIX];
    if (by[CAP_FILTER_KIND] && !kind_holds(f, item))
        return false;
    if ((by[CAP_FILTER_CODE] || by[CAP_FILTER_CONFLICT]) && !(m && !m->err))
        return false;
    return (!by[CAP_FILTER_CODE] || code_holds(f, m)) &&
           (!by[CAP_FILTER_CONFLICT] || conflict_holds(m)) &&
           (!by[CAP_FILTER_HOST] || host_holds(f, item)) && (!names || names_hold(f, item));
}

bool cap_filter_has_name(const cap_filter *f, const nbt_name *name)
{
    return f->by[CAP_FILTER_NAME] && name_is_wanted(f, name);
}
