/*
 * The checks, in the order of RFC 1002 section 4, and how findings are printed. A check compares
 * what a message says with what is drawn for its kind (nbt_ns_drawn) or with where it came from.
 */
#include "capture/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NOBODY = 0, RFC = 1, WINDOWS = 2, BOTH = RFC | WINDOWS };

static const struct {
    const char *word, *text, *source;
    uint8_t against, refused;
} rows[CAP_CHECKS] = {
#define CAP_CHECK(sym, word, against, refused, text, source)                                       \
    { word, text, source, against, refused },
#include "capture/lint.def"
#undef CAP_CHECK
};

static const struct {
    const char *field, *source;
} fields[] = {
#define CAP_FIELD(field, source) { field, source },
#include "capture/lint.def"
#undef CAP_FIELD
};

/* Whom a profile asks for. */
static uint8_t judges(cap_as as)
{
    switch (as) {
    case CAP_AS_LENIENT:
        return BOTH;
    case CAP_AS_RFC:
        return RFC;
    case CAP_AS_WINDOWS:
        return WINDOWS;
    }
    return BOTH;
}

/* A message and its judgement. */
typedef struct judge {
    cap_lint *l;
    const cap_item *item;
    const cap_link *link;
    const char *section; /* that draws its kind */
} judge;

/* Notes a deviation; the same a second time, as in a list of names, is not noted. */
__attribute__((format(printf, 3, 4))) static void found(judge *j, cap_check check,
                                                        const char *format, ...)
{
    cap_lint *l = j->l;
    va_list args;
    if (!(rows[check].against & judges(l->as)))
        return;
    for (size_t i = 0; i < l->n; i++) {
        if (l->found[i].check == check)
            return;
    }
    cap_fault *f = &l->found[l->n++];
    f->check = check;
    f->section = rows[check].source[0] ? rows[check].source : j->section;
    f->rfc = f->section[0] >= '0' && f->section[0] <= '9' ? "RFC1002 " : "";
    va_start(args, format);
    vsnprintf(f->values, sizeof f->values, format, args);
    va_end(args);
}

/* Text for an address, made where a deviation is noted and not before: most messages have none. */
typedef struct ip_text {
    char s[16];
} ip_text;

static ip_text ip_str(uint32_t ip)
{
    ip_text t;
    snprintf(t.s, sizeof t.s, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
    return t;
}

/* ---- Where a packet went ------------------------------------------------------------------- */

typedef enum reach { REACH_ONE, REACH_ALL, REACH_UNKNOWN } reach;

/* A capture of the loopback interface has zeros there. */
static bool is_mac_known(const cap_item *item)
{
    static const uint8_t none[6];
    return item->has_mac && memcmp(item->mac_to, none, sizeof none) != 0;
}

/*
 * Whether it was broadcast, of which B alone is no proof (B10). The last two bits of the broadcast
 * address of every subnet are ones; whether an address with more ones is that of the subnet, only
 * the link layer can tell. Without one, an address in .255 is taken for it; and a frame for one
 * host with such an address may be on its way to a subnet elsewhere, or to a host of a large one.
 */
static reach reach_of(const cap_item *item)
{
    uint32_t ip = item->to.ip;
    bool known = is_mac_known(item), group = item->mac_to[0] & 1, all_ones = (ip & 255) == 255;
    if (ip == UINT32_MAX || ip >> 28 == 14)
        return REACH_ALL;
    if ((ip & 3) != 3)
        return known && group ? REACH_UNKNOWN : REACH_ONE;
    if (known && group)
        return REACH_ALL;
    if (known)
        return all_ones ? REACH_UNKNOWN : REACH_ONE;
    return all_ones ? REACH_ALL : REACH_UNKNOWN;
}

/* Nobody's address, of one node at least: RFC 1122 3.2.1.3. */
static bool is_impossible(uint32_t ip, const cap_item *item)
{
    bool loopback = ip >> 24 == 127 && item->from.ip >> 24 != 127;
    return ip == 0 || ip >> 28 >= 14 || loopback;
}

/* ---- What cannot be read ------------------------------------------------------------------- */

static const char *field_section(const nbt_msg *m)
{
    static const char *const services[] = {
        [NBT_SERVICE_NAME] = "4.2",
        [NBT_SERVICE_DATAGRAM] = "4.4",
        [NBT_SERVICE_SESSION] = "4.3.1",
    };
    for (size_t i = 0; m->err_field && i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(fields[i].field, m->err_field) == 0)
            return fields[i].source;
    }
    return services[m->service];
}

static cap_check check_of_err(const nbt_msg *m)
{
    switch (m->err) {
    case NBT_ERR_SHORT:
        return CAP_CHECK_SHORT;
    case NBT_ERR_EXTRA:
        return CAP_CHECK_EXTRA;
    case NBT_ERR_LABEL:
        return CAP_CHECK_LABEL;
    case NBT_ERR_LETTER:
        return CAP_CHECK_LETTER;
    case NBT_ERR_POINTER:
        return m->service == NBT_SERVICE_NAME ? CAP_CHECK_POINTER : CAP_CHECK_POINTER_HERE;
    case NBT_ERR_HOPS:
        return CAP_CHECK_HOPS;
    case NBT_ERR_LONG:
        return CAP_CHECK_LONG;
    case NBT_ERR_COUNT:
        return CAP_CHECK_COUNT;
    case NBT_ERR_LENGTH:
        return CAP_CHECK_LENGTH;
    case NBT_ERR_VALUE:
    case NBT_ERR_FULL: /* these are of writing alone */
    case NBT_ERR_RANGE:
    case NBT_OK:
        break;
    }
    return CAP_CHECK_VALUE;
}

static void malformed(judge *j, const nbt_msg *m)
{
    nbt_bytes b = m->bytes;
    char octet[16] = "";
    if (m->err_at < b.n)
        snprintf(octet, sizeof octet, ", 0x%02x", b.p[m->err_at]);
    j->section = field_section(m);
    found(j, check_of_err(m), "%s at octet %zu of %zu%s", m->err_field ? m->err_field : "packet",
          m->err_at, b.n, octet);
}

/* ---- Names --------------------------------------------------------------------------------- */

/* Those that the programs of Windows form of a computer's name, and fold to upper case. */
static bool is_computers(uint8_t suffix)
{
    return suffix == 0x00 || suffix == 0x03 || suffix == 0x20 || (suffix >= 0x41 && suffix <= 0x46);
}

static void check_name16(judge *j, const uint8_t b[NBT_NAME_LEN])
{
    enum { TEXT = NBT_NAME_TEXT_MAX };
    char text[NBT_NAME_STR_MAX];
    bool lower = false;
    for (size_t i = 0; i < TEXT; i++) {
        if (b[i] >= 'A' && b[i] <= 'Z')
            return; /* not all in lower case: what it is, was meant so */
        lower = lower || (b[i] >= 'a' && b[i] <= 'z');
    }
    if (!lower || !is_computers(b[TEXT]))
        return;
    nbt_name16_print(b, text, sizeof text);
    found(j, CAP_CHECK_LOWER_CASE, "%s", text);
}

static void check_name(judge *j, const nbt_name *name)
{
    char text[NBT_NAME_STR_MAX];
    size_t size = nbt_name_size(name), scope = name->scope.len;
    if (name->form != NBT_NAME_NETBIOS)
        return;
    if (size > NBT_NAME_WIRE_MAX)
        found(j, CAP_CHECK_SCOPE_255, "%zu octets", size);
    if (scope > 238) /* the text has a dot less than there are length octets */
        found(j, CAP_CHECK_SCOPE_237, "%zu characters", scope - 1);
    if (name->b[NBT_NAME_TEXT_MAX - 1] == 0 && !nbt_name_is_wildcard(name->b)) {
        nbt_name16_print(name->b, text, sizeof text);
        found(j, CAP_CHECK_NUL_PADDED, "%s", text);
    }
    check_name16(j, name->b);
}

/* The suffixes that have a meaning for unique names or for groups alone. */
static void check_suffix(judge *j, const nbt_name *name, bool group)
{
    uint8_t suffix = name->b[NBT_NAME_LEN - 1];
    if (name->form == NBT_NAME_NETBIOS && !nbt_suffix_find(suffix, group) &&
        nbt_suffix_find(suffix, !group))
        found(j, CAP_CHECK_SUFFIX, "<%02X> is %s, wanted %s", suffix, group ? "a group" : "unique",
              group ? "unique" : "a group");
}

/* ---- Name service: kind and header --------------------------------------------------------- */

static bool is_claim(nbt_ns_kind k)
{
    return k == NBT_NS_REGISTRATION || k == NBT_NS_OVERWRITE_REQUEST ||
           k == NBT_NS_OVERWRITE_DEMAND || k == NBT_NS_MULTIHOMED || k == NBT_NS_REFRESH;
}

static bool is_release(nbt_ns_kind k)
{
    return k == NBT_NS_RELEASE_REQUEST || k == NBT_NS_RELEASE_DEMAND;
}

/* Why a packet is of no kind. */
static void check_other(judge *j, const nbt_ns *m)
{
    bool response = (m->word & NBT_NS_R) != 0;
    unsigned opcode = nbt_ns_opcode(m);
    if (!nbt_code_find(NBT_CODESET_OPCODE, opcode) || (!response && opcode == NBT_OPCODE_WACK))
        found(j, CAP_CHECK_UNKNOWN_OPCODE, "OPCODE %u", opcode);
    else if (!response && m->qdcount == 0)
        found(j, CAP_CHECK_NO_QUESTION, "QDCOUNT 0, wanted 1");
    else if (!response && opcode == NBT_OPCODE_QUERY)
        found(j, CAP_CHECK_QUESTION_TYPE, "QUESTION_TYPE 0x%04x, wanted 0x0020 or 0x0021",
              m->q.type);
    else if (m->nrr == 0)
        found(j, CAP_CHECK_NO_RECORD, "no record, wanted 1");
    else
        found(j, CAP_CHECK_NO_KIND, "opcode %s, type 0x%04x, RDLENGTH %zu",
              nbt_code_word(NBT_CODESET_OPCODE, opcode), m->rr[0].type, m->rr[0].rdata.n);
}

/* Kinds that the RFC does not have, or Windows. */
static void check_kind(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    bool registered = k == NBT_NS_POSITIVE_REGISTRATION || k == NBT_NS_NEGATIVE_REGISTRATION ||
                      k == NBT_NS_CHALLENGE || k == NBT_NS_CONFLICT_DEMAND;
    unsigned opcode = nbt_ns_opcode(m);
    if (k == NBT_NS_OTHER)
        check_other(j, m);
    if (k == NBT_NS_MULTIHOMED)
        found(j, CAP_CHECK_MULTIHOMED, "OPCODE 15");
    if (k == NBT_NS_REFRESH && opcode == NBT_OPCODE_REFRESH9)
        found(j, CAP_CHECK_REFRESH9, "OPCODE 9, Windows has 8");
    if (registered && opcode != NBT_OPCODE_REGISTRATION)
        found(j, CAP_CHECK_RESPONSE_OPCODE, "OPCODE %u, wanted 5", opcode);
    if (k == NBT_NS_REDIRECT)
        found(j, CAP_CHECK_REDIRECT, "RCODE 0, NSCOUNT 1, ARCOUNT 1");
    if (k == NBT_NS_CHALLENGE)
        found(j, CAP_CHECK_CHALLENGE, "RCODE 0, RA 0");
}

static void check_counts(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    const nbt_ns_drawing *d = &nbt_ns_drawn[k];
    bool counted = k == NBT_NS_NEGATIVE_QUERY && m->ancount == 1;
    if (counted)
        found(j, CAP_CHECK_COUNTED_RECORD, "ANCOUNT 1, wanted 0");
    if (m->qdcount != d->qdcount || (m->ancount != d->ancount && !counted) ||
        m->nscount != d->nscount || m->arcount != d->arcount)
        found(j, CAP_CHECK_COUNTS, "QD,AN,NS,AR %u,%u,%u,%u, wanted %u,%u,%u,%u", m->qdcount,
              m->ancount, m->nscount, m->arcount, d->qdcount, d->ancount, d->nscount, d->arcount);
}

/*
 * RD, where it is not as drawn. A response repeats it, says 4.2.1.1; but the drawings have it set
 * in the answers to an overwrite and to a refresh too, where it was clear.
 */
static void check_rd(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    bool set = (m->word & NBT_NS_RD) != 0, drawn = (nbt_ns_drawn[k].word & NBT_NS_RD) != 0;
    bool query = k == NBT_NS_POSITIVE_QUERY || k == NBT_NS_NEGATIVE_QUERY;
    if (drawn && !set && (m->word & NBT_NS_R) && j->link->answers && j->link->asked_to_do)
        found(j, CAP_CHECK_NO_RD_IN_RESPONSE, "RD 0, wanted 1");
    if (set == drawn || query)
        return;
    if (is_release(k))
        found(j, CAP_CHECK_RD_IN_RELEASE, "RD 1, wanted 0");
    else if (k == NBT_NS_REFRESH)
        found(j, CAP_CHECK_RD_IN_REFRESH, "RD 1, wanted 0");
    else if (k == NBT_NS_STATUS_REQUEST)
        found(j, CAP_CHECK_RD_IN_STATUS, "RD 1, wanted 0");
    else if (k == NBT_NS_QUERY)
        found(j, CAP_CHECK_NO_RD_IN_QUERY, "RD 0, wanted 1");
    else if (k == NBT_NS_MULTIHOMED)
        found(j, CAP_CHECK_NO_RD_IN_MULTIHOMED, "RD 0, wanted 1");
    else if (set)
        found(j, CAP_CHECK_RD_IN_RESPONSE, "RD 1, wanted 0");
}

/* AA, TC, RA and the reserved bits, RFC 1002 4.2.1.1. RA of an answer to a query may be either. */
static void check_flags(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    bool response = (m->word & NBT_NS_R) != 0, aa = (m->word & NBT_NS_AA) != 0;
    bool ra = (m->word & NBT_NS_RA) != 0, tc = (m->word & NBT_NS_TC) != 0;
    bool list = k == NBT_NS_POSITIVE_QUERY || k == NBT_NS_STATUS_RESPONSE;
    bool drawn_ra = (nbt_ns_drawn[k].word & NBT_NS_RA) != 0;
    bool any_ra = k == NBT_NS_POSITIVE_QUERY || k == NBT_NS_NEGATIVE_QUERY;
    if (!response && aa)
        found(j, CAP_CHECK_AA_IN_REQUEST, "AA 1, wanted 0");
    if (response && !aa && k != NBT_NS_REDIRECT)
        found(j, CAP_CHECK_NO_AA, "AA 0, wanted 1");
    if (k == NBT_NS_REDIRECT && aa)
        found(j, CAP_CHECK_AA_IN_REDIRECT, "AA 1, wanted 0");
    if (tc && !response)
        found(j, CAP_CHECK_TC_IN_REQUEST, "TC 1, wanted 0");
    if (tc && response && !list)
        found(j, CAP_CHECK_TC_IN_RESPONSE, "TC 1, wanted 0");
    if (ra && !response)
        found(j, CAP_CHECK_RA_IN_REQUEST, "RA 1, wanted 0");
    if (ra && response && !drawn_ra)
        found(j, CAP_CHECK_RA_IN_RESPONSE, "RA 1, wanted 0");
    if (!ra && drawn_ra && !any_ra)
        found(j, CAP_CHECK_NO_RA, "RA 0, wanted 1");
    if (m->word & NBT_NS_RESERVED)
        found(j, CAP_CHECK_RESERVED_FLAGS, "0x%04x, wanted 0", m->word & NBT_NS_RESERVED);
}

/*
 * 576 octets are those of the UDP payload or of the IP packet, which the RFC leaves open (B41): too
 * long is what the first reading forbids, and there is room left where the second has some.
 */
static void check_size(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    enum { IP_AND_UDP = 28 };
    size_t n = j->item->msg->bytes.n;
    size_t more = k == NBT_NS_STATUS_RESPONSE ? NBT_NODE_NAME_LEN : NBT_ADDR_LEN;
    bool tc = (m->word & NBT_NS_TC) != 0;
    if (j->item->tcp) {
        found(j, CAP_CHECK_TCP, "TCP port 137");
        if (tc)
            found(j, CAP_CHECK_TC_OVER_TCP, "TC 1, wanted 0");
        return;
    }
    if (n > NBT_NS_UDP_MAX)
        found(j, CAP_CHECK_OVER_576, "%zu octets, wanted %d at most", n, NBT_NS_UDP_MAX);
    if (tc && (k == NBT_NS_POSITIVE_QUERY || k == NBT_NS_STATUS_RESPONSE) &&
        n + more + IP_AND_UDP <= NBT_NS_UDP_MAX)
        found(j, CAP_CHECK_TC_NEEDLESS, "TC 1 in %zu octets", n);
}

/* B against where the packet went, RFC 1002 4.2.1.1. */
static void check_b(judge *j, const nbt_ns *m)
{
    bool b = (m->word & NBT_NS_B) != 0, response = (m->word & NBT_NS_R) != 0;
    reach to = j->item->tcp ? REACH_ONE : reach_of(j->item);
    if (response && b)
        found(j, CAP_CHECK_B_IN_RESPONSE, "B 1, wanted 0");
    if (response && to == REACH_ALL)
        found(j, CAP_CHECK_RESPONSE_BROADCAST, "to %s", ip_str(j->item->to.ip).s);
    if (!response && b && to == REACH_ONE)
        found(j, CAP_CHECK_B_BUT_UNICAST, "B 1 to %s, wanted 0", ip_str(j->item->to.ip).s);
    if (!response && !b && to == REACH_ALL)
        found(j, CAP_CHECK_NO_B, "B 0 to %s, wanted 1", ip_str(j->item->to.ip).s);
}

/* Who may answer when all were asked, RFC 1002 5.1.1.5 and 5.1.4: owners, and nobody else. */
static void check_answer_to_all(judge *j, nbt_ns_kind k)
{
    bool server = k == NBT_NS_POSITIVE_REGISTRATION || k == NBT_NS_CHALLENGE ||
                  k == NBT_NS_POSITIVE_RELEASE || k == NBT_NS_NEGATIVE_RELEASE ||
                  k == NBT_NS_REDIRECT || k == NBT_NS_WACK;
    if (!j->link->answers || !j->link->asked_all)
        return;
    if (k == NBT_NS_NEGATIVE_QUERY)
        found(j, CAP_CHECK_NEGATIVE_TO_ALL, "to the broadcast of packet %llu",
              (unsigned long long)j->link->answers);
    if (server)
        found(j, CAP_CHECK_SERVER_TO_ALL, "to the broadcast of packet %llu",
              (unsigned long long)j->link->answers);
}

/* The results that a kind may have, as a set of bits: RFC 1002 4.2.6, 4.2.11, 4.2.14. */
static unsigned rcodes_of(nbt_ns_kind k)
{
#define BIT(sym) (1U << NBT_RCODE_##sym)
    if (k == NBT_NS_NEGATIVE_REGISTRATION)
        return BIT(FMT_ERR) | BIT(SRV_ERR) | BIT(IMP_ERR) | BIT(RFS_ERR) | BIT(ACT_ERR) |
               BIT(CFT_ERR);
    if (k == NBT_NS_NEGATIVE_RELEASE)
        return BIT(FMT_ERR) | BIT(SRV_ERR) | BIT(RFS_ERR) | BIT(ACT_ERR);
    if (k == NBT_NS_NEGATIVE_QUERY)
        return BIT(FMT_ERR) | BIT(SRV_ERR) | BIT(NAM_ERR) | BIT(IMP_ERR) | BIT(RFS_ERR);
    if (k == NBT_NS_CONFLICT_DEMAND)
        return BIT(CFT_ERR);
    return BIT(OK);
#undef BIT
}

static void check_rcode(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    unsigned rcode = nbt_ns_rcode(m);
    if (!(m->word & NBT_NS_R) && rcode != 0)
        found(j, CAP_CHECK_RCODE_IN_REQUEST, "RCODE %u, wanted 0", rcode);
    if ((m->word & NBT_NS_R) && k != NBT_NS_OTHER && !(rcodes_of(k) >> rcode & 1))
        found(j, CAP_CHECK_RCODE, "RCODE %u (%s)", rcode, nbt_code_word(NBT_CODESET_RCODE, rcode));
}

/* ---- Name service: records ----------------------------------------------------------------- */

/* How long the packet would be with its names in full, but for the pointer that is drawn. */
static size_t length_in_full(const nbt_ns *m)
{
    enum { QUESTION_LEN = 4, RR_LEN = 10, POINTER_LEN = 2 };
    size_t n = NBT_NS_HEADER_LEN;
    if (m->qdcount == 1)
        n += nbt_name_size(&m->q.name) + QUESTION_LEN;
    for (size_t i = 0; i < m->nrr; i++) {
        bool pointer = i == 0 && m->rr_pointer;
        n += (pointer ? POINTER_LEN : nbt_name_size(&m->rr[i].name)) + RR_LEN + m->rr[i].rdata.n;
    }
    return n;
}

/*
 * Octets behind the last record. Windows XP sends a node status in room for one name more than it
 * lists; what they hold may be what was in the memory before.
 */
static void check_trailer(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    nbt_bytes b = j->item->msg->bytes;
    bool used = false;
    if (m->trailer == 0)
        return;
    for (size_t i = b.n - m->trailer; i < b.n; i++)
        used = used || b.p[i] != 0;
    if (k != NBT_NS_STATUS_RESPONSE) {
        found(j, CAP_CHECK_EXTRA, "%zu of %zu octets", m->trailer, b.n);
        return;
    }
    found(j, CAP_CHECK_STATUS_TRAILER, "%zu octets", m->trailer);
    if (used)
        found(j, CAP_CHECK_STATUS_LEAK, "%zu octets that are not all zero", m->trailer);
}

static void check_question(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    if (m->qdcount != 1)
        return;
    if (m->q.cls != NBT_CLASS_IN)
        found(j, CAP_CHECK_QUESTION_CLASS, "QUESTION_CLASS %u, wanted 1", m->q.cls);
    if ((is_claim(k) || is_release(k)) && m->q.type != NBT_RR_NB)
        found(j, CAP_CHECK_QUESTION_TYPE_NB, "QUESTION_TYPE 0x%04x, wanted 0x0020", m->q.type);
    if (k == NBT_NS_STATUS_REQUEST && m->q.name.b[0] == '*' && !nbt_name_is_wildcard(m->q.name.b) &&
        m->q.name.b[1] == ' ')
        found(j, CAP_CHECK_WILDCARD_BLANKS, "spaces, wanted zero octets");
}

/* How RR_NAME is written: A24, A25. */
static void check_rr_name(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    bool request = is_claim(k) || is_release(k);
    if (m->nrr == 0 || k == NBT_NS_OTHER)
        return;
    if (request && !nbt_name_eq(&m->rr[0].name, &m->q.name))
        found(j, CAP_CHECK_RR_NAME, "RR_NAME is not the QUESTION_NAME");
    else if (request && !m->rr_pointer && nbt_ns_drawn[k].pointer)
        found(j, CAP_CHECK_NO_POINTER, "%zu octets, wanted 2", nbt_name_size(&m->rr[0].name));
    if (!request && m->rr_pointer)
        found(j, CAP_CHECK_POINTER_IN_RESPONSE, "0xc00c, wanted the name");
    if (m->inexact && j->item->msg->bytes.n - m->trailer < length_in_full(m))
        found(j, CAP_CHECK_COMPRESSED, "%zu octets, %zu in full",
              j->item->msg->bytes.n - m->trailer, length_in_full(m));
}

static void check_ttl(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    enum { HOUR = 3600 };
    uint32_t ttl = m->rr[0].ttl;
    if ((k == NBT_NS_REGISTRATION || k == NBT_NS_OVERWRITE_DEMAND) && (m->word & NBT_NS_B)) {
        if (ttl != 0)
            found(j, CAP_CHECK_TTL_IN_CLAIM, "TTL %u, wanted 0", ttl);
        else
            found(j, CAP_CHECK_NO_TTL_IN_CLAIM, "TTL 0, Windows has 300000");
    }
    if (is_release(k) && ttl != 0)
        found(j, CAP_CHECK_TTL_IN_RELEASE, "TTL %u, wanted 0", ttl);
    if (k == NBT_NS_CONFLICT_DEMAND && ttl != 0)
        found(j, CAP_CHECK_TTL_IN_CONFLICT, "TTL %u, wanted 0", ttl);
    if (k == NBT_NS_NEGATIVE_REGISTRATION && ttl != 0)
        found(j, CAP_CHECK_TTL_IN_REFUSAL, "TTL %u, Windows has 0", ttl);
    if (k == NBT_NS_NEGATIVE_QUERY && ttl != 0)
        found(j, CAP_CHECK_TTL_IN_NEGATIVE, "TTL %u, wanted 0", ttl);
    if (k == NBT_NS_POSITIVE_QUERY && ttl == 0)
        found(j, CAP_CHECK_NO_TTL_IN_ANSWER, "TTL 0, Windows has 300000 for its own names");
    if (k == NBT_NS_STATUS_RESPONSE && ttl != 0)
        found(j, CAP_CHECK_TTL_IN_STATUS, "TTL %u, wanted 0", ttl);
    if (k == NBT_NS_WACK && ttl > HOUR)
        found(j, CAP_CHECK_WACK_TTL, "TTL %u", ttl);
}

/* WACK, RFC 1002 4.2.16, whose type is drawn as NB's and called NULL (B48). */
static void check_wack(judge *j, const nbt_ns *m)
{
    uint16_t about = nbt_wack_word(&m->rr[0]), type = m->rr[0].type;
    if (type != NBT_RR_NB && type != NBT_RR_NULL)
        found(j, CAP_CHECK_WACK_TYPE, "RR_TYPE 0x%04x, wanted 0x0020 or 0x000a", type);
    if (about & (NBT_NS_R | NBT_NS_RCODE_MASK))
        found(j, CAP_CHECK_WACK_ABOUT, "RDATA 0x%04x, wanted R 0 and RCODE 0", about);
}

static void check_negative_query(judge *j, const nbt_ns *m)
{
    const nbt_rr *rr = &m->rr[0];
    if (m->nrr == 0)
        found(j, CAP_CHECK_NO_NULL_RECORD, "no record, wanted 1");
    else if (rr->type != NBT_RR_NULL || rr->rdata.n != 0)
        found(j, CAP_CHECK_NULL_RECORD, "RR_TYPE 0x%04x, RDLENGTH %zu, wanted 0x000a and 0",
              rr->type, rr->rdata.n);
}

/* Type and class of the records, and the length of one with an address. */
static void check_rr(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    const nbt_rr *rr = &m->rr[0];
    bool one = k != NBT_NS_POSITIVE_QUERY && nbt_ns_drawn[k].type == NBT_RR_NB;
    for (size_t i = 0; i < m->nrr; i++) {
        if (m->rr[i].cls != NBT_CLASS_IN)
            found(j, CAP_CHECK_RR_CLASS, "RR_CLASS %u, wanted 1", m->rr[i].cls);
    }
    if (k == NBT_NS_WACK) {
        check_wack(j, m);
        return;
    }
    if (k == NBT_NS_NEGATIVE_QUERY) {
        check_negative_query(j, m);
        return;
    }
    if (rr->type != nbt_ns_drawn[k].type)
        found(j, CAP_CHECK_RR_TYPE, "RR_TYPE 0x%04x, wanted 0x%04x", rr->type,
              nbt_ns_drawn[k].type);
    else if (one && rr->rdata.n != NBT_ADDR_LEN)
        found(j, CAP_CHECK_NOT_ONE_ADDRESS, "RDLENGTH %zu, wanted 6", rr->rdata.n);
}

/* ADDR_ENTRY, RFC 1002 4.2.1.3, 4.2.13: what stands in each. */
static void check_addr(judge *j, nbt_ns_kind k, nbt_addr a, bool group)
{
    bool conflict = k == NBT_NS_CONFLICT_DEMAND, is_group = (a.nb_flags & NBT_NB_G) != 0;
    unsigned reserved = a.nb_flags & ~(unsigned)(NBT_NB_G | NBT_NB_ONT_MASK);
    /* MS-NBTE note 11: what a name server says of a group whose members it does not keep */
    bool whole_net = a.ip == UINT32_MAX && is_group && k >= NBT_NS_POSITIVE_REGISTRATION;
    if (reserved)
        found(j, CAP_CHECK_NB_RESERVED, "0x%04x, wanted 0", reserved);
    if ((a.nb_flags & NBT_NB_ONT_MASK) >> NBT_NB_ONT_SHIFT == NBT_ONT_H)
        found(j, CAP_CHECK_ONT, "ONT 3, wanted 0, 1 or 2");
    if (is_group != group)
        found(j, CAP_CHECK_MIXED, "%s is %s, the one before is not", ip_str(a.ip).s,
              is_group ? "of a group" : "unique");
    if (conflict && is_group)
        found(j, CAP_CHECK_CONFLICT_GROUP, "G 1, wanted 0");
    if (!conflict && k != NBT_NS_NEGATIVE_REGISTRATION && !whole_net &&
        is_impossible(a.ip, j->item))
        found(j, CAP_CHECK_ADDRESS, "NB_ADDRESS %s", ip_str(a.ip).s);
}

/*
 * Whose the addresses are. A name server's answers are about others: it has RA set, and is not
 * asked by broadcasts.
 */
static void check_whose(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    size_t n = nbt_addr_count(&m->rr[0]);
    uint32_t sender = j->item->from.ip, first = nbt_addr_get(&m->rr[0], 0).ip;
    bool own = false;
    for (size_t i = 0; i < n; i++)
        own = own || nbt_addr_get(&m->rr[0], i).ip == sender;
    if (own)
        return;
    if (is_claim(k) && k != NBT_NS_MULTIHOMED)
        found(j, CAP_CHECK_NOT_SENDERS, "NB_ADDRESS %s, wanted %s", ip_str(first).s,
              ip_str(sender).s);
    if (k == NBT_NS_POSITIVE_QUERY && (!(m->word & NBT_NS_RA) || j->link->asked_all))
        found(j, CAP_CHECK_ANSWER_NOT_SENDERS, "NB_ADDRESS %s, wanted %s", ip_str(first).s,
              ip_str(sender).s);
    if (k == NBT_NS_NEGATIVE_REGISTRATION && first == j->item->to.ip)
        found(j, CAP_CHECK_REFUSAL_ECHO, "NB_ADDRESS %s, the owner's may be %s", ip_str(first).s,
              ip_str(sender).s);
}

static void check_addresses(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    enum { LISTED_MAX = 25 };
    const nbt_rr *rr = &m->rr[0];
    size_t n = nbt_addr_count(rr);
    if (k == NBT_NS_POSITIVE_QUERY && n == 0)
        found(j, CAP_CHECK_NO_ADDRESS, "RDLENGTH 0, wanted 6 at least");
    if (n > LISTED_MAX)
        found(j, CAP_CHECK_OVER_25, "%zu addresses", n);
    if (n == 0)
        return;
    bool group = (nbt_addr_get(rr, 0).nb_flags & NBT_NB_G) != 0;
    for (size_t i = 0; i < n; i++)
        check_addr(j, k, nbt_addr_get(rr, i), group);
    if (is_claim(k))
        check_suffix(j, &rr->name, group);
    check_whose(j, m, k);
}

/* ---- Node status, RFC 1002 4.2.18 ---------------------------------------------------------- */

static void check_status_names(judge *j, const nbt_rr *rr)
{
    enum { KNOWN = NBT_NB_G | NBT_NB_ONT_MASK | NBT_NB_DRG | NBT_NB_CNF | NBT_NB_ACT | NBT_NB_PRM };
    size_t permanent = 0;
    char text[NBT_NAME_STR_MAX];
    for (size_t i = 0; i < nbt_status_count(rr); i++) {
        nbt_node_name n = nbt_status_get(rr, i);
        bool odd = !(n.flags & NBT_NB_ACT) || (n.flags & ~(unsigned)KNOWN);
        permanent += (n.flags & NBT_NB_PRM) != 0;
        if (odd)
            nbt_name16_print(n.b, text, sizeof text);
        if (!(n.flags & NBT_NB_ACT))
            found(j, CAP_CHECK_NOT_ACTIVE, "%s has ACT 0, wanted 1", text);
        if (n.flags & ~(unsigned)KNOWN)
            found(j, CAP_CHECK_NAME_RESERVED, "%s has 0x%04x, wanted 0", text,
                  n.flags & ~(unsigned)KNOWN);
    }
    if (permanent > 1)
        found(j, CAP_CHECK_PERMANENT, "PRM in %zu names, wanted 1 at most", permanent);
}

static void check_status(judge *j, const nbt_ns *m)
{
    const nbt_rr *rr = &m->rr[0];
    size_t listed = nbt_status_count(rr), said = rr->rdata.p[0];
    size_t statistics = rr->rdata.n - 1 - listed * NBT_NODE_NAME_LEN;
    if (said != listed)
        found(j, CAP_CHECK_NUM_NAMES, "NUM_NAMES %zu in RDLENGTH %zu, which holds %zu", said,
              rr->rdata.n, listed);
    else if (statistics != NBT_STATISTICS_LEN)
        found(j, CAP_CHECK_STATISTICS, "%zu octets, wanted %d", statistics, NBT_STATISTICS_LEN);
    check_status_names(j, rr);
}

/* ---- Name service as a whole --------------------------------------------------------------- */

/* Requests and demands go to port 137, RFC 1002 5.1; responses come from there. */
static void check_ports(judge *j, const nbt_ns *m, nbt_ns_kind k)
{
    unsigned from = j->item->from.port, to = j->item->to.port;
    bool demand = k == NBT_NS_CONFLICT_DEMAND, response = (m->word & NBT_NS_R) && !demand;
    if (j->l->moved)
        return;
    if (!response && to != NBT_PORT_NS)
        found(j, CAP_CHECK_REQUEST_TO_PORT, "port %u, wanted %d", to, NBT_PORT_NS);
    if (!response && from != NBT_PORT_NS && !j->item->tcp)
        found(j, CAP_CHECK_REQUEST_FROM_PORT, "port %u, Windows has %d", from, NBT_PORT_NS);
    if (response && from != NBT_PORT_NS)
        found(j, CAP_CHECK_RESPONSE_FROM_PORT, "port %u, wanted %d", from, NBT_PORT_NS);
    if (response && j->link->answers && to == NBT_PORT_NS && j->link->asked_from != NBT_PORT_NS)
        found(j, CAP_CHECK_RESPONSE_TO_PORT, "port %u, wanted %u", to, j->link->asked_from);
}

static void judge_name(judge *j, const nbt_ns *m)
{
    nbt_ns_kind k = nbt_ns_kind_of(m);
    const nbt_name *about = nbt_ns_name(m);
    j->section = nbt_ns_kind_section(k);
    check_kind(j, m, k);
    if (k != NBT_NS_OTHER) {
        check_counts(j, m, k);
        check_rd(j, m, k);
        check_flags(j, m, k);
    }
    check_b(j, m);
    check_answer_to_all(j, k);
    check_rcode(j, m, k);
    check_size(j, m, k);
    check_trailer(j, m, k);
    check_question(j, m, k);
    check_rr_name(j, m, k);
    if (k == NBT_NS_NEGATIVE_QUERY || (k != NBT_NS_OTHER && m->nrr > 0))
        check_rr(j, m, k);
    if (k != NBT_NS_OTHER && m->nrr > 0)
        check_ttl(j, m, k);
    if (k != NBT_NS_OTHER && k != NBT_NS_WACK && m->nrr > 0 && m->rr[0].type == NBT_RR_NB)
        check_addresses(j, m, k);
    if (k == NBT_NS_STATUS_RESPONSE)
        check_status(j, m);
    if (about)
        check_name(j, about);
    check_ports(j, m, k);
    if ((m->word & NBT_NS_R) && k != NBT_NS_CONFLICT_DEMAND && k != NBT_NS_OTHER &&
        !j->link->answers)
        found(j, CAP_CHECK_ANSWERS_NOTHING, "NAME_TRN_ID 0x%04x", m->trn_id);
}

/* ---- Datagram service ---------------------------------------------------------------------- */

/* Names and data of a datagram, and whether the fragments that are flagged so can add up to it. */
static void check_dgm_length(judge *j, const nbt_dgm *m)
{
    bool first = (m->flags & NBT_DGM_FIRST) != 0, more = (m->flags & NBT_DGM_MORE) != 0;
    size_t here =
        first ? nbt_dgm_length(&m->from, &m->to, m->data.n) : (size_t)m->offset + m->data.n;
    size_t names = first ? here - m->data.n : 0;
    if (first ? m->offset != 0 : m->offset == 0)
        found(j, CAP_CHECK_DGM_OFFSET, "PACKET_OFFSET %u with FIRST %d", m->offset, first);
    else if (more ? m->length <= here : m->length != here)
        found(j, CAP_CHECK_DGM_LENGTH, "DGM_LENGTH %u, wanted %s%zu", m->length,
              more ? "more than " : "", here);
    if (first && m->length > names + NBT_DGM_DATA_MAX)
        found(j, CAP_CHECK_DGM_DATA, "%zu octets", m->length - names);
}

/* Which type goes with which name, and where it goes: RFC 1002 5.3.1, 5.3.3. */
static void check_dgm_type(judge *j, const nbt_dgm *m)
{
    bool all = nbt_name_is_wildcard(m->to.b);
    if (!(m->flags & NBT_DGM_FIRST))
        return;
    if (all != (m->type == NBT_DGM_BROADCAST))
        found(j, CAP_CHECK_DGM_TYPE, "MSG_TYPE 0x%02x, the destination is %s", m->type,
              all ? "everybody" : "a name");
    if (m->type == NBT_DGM_UNIQUE && reach_of(j->item) == REACH_ALL)
        found(j, CAP_CHECK_DGM_UNIQUE_ALL, "to %s", ip_str(j->item->to.ip).s);
    check_name(j, &m->from);
    check_name(j, &m->to);
}

static void check_dgm_message(judge *j, const nbt_dgm *m)
{
    enum { IP_AND_UDP = 28, IP_MAX = 576 };
    size_t n = j->item->msg->bytes.n + IP_AND_UDP;
    check_dgm_length(j, m);
    check_dgm_type(j, m);
    if (n > IP_MAX)
        found(j, CAP_CHECK_DGM_SIZE, "%zu octets with IP and UDP, wanted %d at most", n, IP_MAX);
}

static void check_dgm_control(judge *j, const nbt_dgm *m)
{
    const nbt_code *type = nbt_code_find(NBT_CODESET_DGM_TYPE, m->type);
    found(j, CAP_CHECK_DGM_CONTROL, "%s", type ? type->text : "");
    if (reach_of(j->item) == REACH_ALL)
        found(j, CAP_CHECK_DGM_CONTROL_ALL, "to %s", ip_str(j->item->to.ip).s);
    if (m->type != NBT_DGM_QUERY && !j->link->answers)
        found(j, CAP_CHECK_ANSWERS_NOTHING, "DGM_ID 0x%04x", m->id);
    if (m->type != NBT_DGM_ERROR)
        return;
    if (m->flags & (NBT_DGM_FIRST | NBT_DGM_MORE))
        found(j, CAP_CHECK_DGM_ERROR_FLAGS, "FLAGS 0x%02x, wanted FIRST 0 and MORE 0", m->flags);
    if (!nbt_code_find(NBT_CODESET_DGM_CODE, m->code))
        found(j, CAP_CHECK_DGM_ERROR_CODE, "ERROR_CODE 0x%02x", m->code);
}

/* A distribution server sends to each member what it got, with the address of who sent it (D35). */
static bool is_relayed(const judge *j, const nbt_dgm *m)
{
    return (m->type == NBT_DGM_GROUP || m->type == NBT_DGM_BROADCAST) &&
           reach_of(j->item) != REACH_ALL;
}

/* Whose address it has, its maker or its asker's, no section says (5.3.4). */
static bool is_query_response(const nbt_dgm *m)
{
    return m->type == NBT_DGM_POSITIVE_QUERY || m->type == NBT_DGM_NEGATIVE_QUERY;
}

static void judge_datagram(judge *j, const nbt_dgm *m)
{
    enum { KNOWN = NBT_DGM_MORE | NBT_DGM_FIRST | NBT_DGM_SNT_MASK };
    const nbt_code *type = nbt_code_find(NBT_CODESET_DGM_TYPE, m->type);
    bool nbdd = (m->flags & NBT_DGM_SNT_MASK) == NBT_DGM_SNT_MASK;
    j->section = type ? type->source : "4.4.1";
    if (m->flags & ~(unsigned)KNOWN)
        found(j, CAP_CHECK_DGM_FLAGS, "0x%02x, wanted 0", m->flags & ~(unsigned)KNOWN);
    if (nbdd && m->source.ip == j->item->from.ip && m->type < NBT_DGM_ERROR)
        found(j, CAP_CHECK_DGM_SNT, "SNT 3, wanted 0, 1 or 2");
    if (m->source.ip != j->item->from.ip && !is_query_response(m))
        found(j, is_relayed(j, m) ? CAP_CHECK_DGM_RELAYED : CAP_CHECK_DGM_SOURCE,
              "SOURCE_IP %s, sender %s", ip_str(m->source.ip).s, ip_str(j->item->from.ip).s);
    if (!j->l->moved && m->source.port != NBT_PORT_DGM)
        found(j, CAP_CHECK_DGM_SOURCE_PORT, "SOURCE_PORT %u, wanted %d", m->source.port,
              NBT_PORT_DGM);
    if (!j->l->moved && (j->item->from.port != NBT_PORT_DGM || j->item->to.port != NBT_PORT_DGM))
        found(j, CAP_CHECK_DGM_PORT, "from port %u to port %u", j->item->from.port,
              j->item->to.port);
    if (m->type >= NBT_DGM_ERROR)
        check_dgm_control(j, m);
    else
        check_dgm_message(j, m);
}

/* ---- Session service ----------------------------------------------------------------------- */

/* Only the caller requests, and only the called side answers: RFC 1002 5.2. */
static void check_direction(judge *j, const nbt_ssn *m)
{
    bool to_listener = j->item->to.port == NBT_PORT_SSN && j->item->from.port != NBT_PORT_SSN;
    bool from_listener = j->item->from.port == NBT_PORT_SSN && j->item->to.port != NBT_PORT_SSN;
    bool answers = m->type >= NBT_SSN_POSITIVE && m->type <= NBT_SSN_RETARGET;
    if (j->l->moved)
        return;
    if ((answers && to_listener) || (m->type == NBT_SSN_REQUEST && from_listener))
        found(j, CAP_CHECK_SSN_BACKWARDS, "TYPE 0x%02x from port %u to port %u", m->type,
              j->item->from.port, j->item->to.port);
    else if (answers && !j->link->answers)
        found(j, CAP_CHECK_ANSWERS_NOTHING, "TYPE 0x%02x", m->type);
}

static void judge_session(judge *j, const nbt_ssn *m)
{
    const nbt_code *type = nbt_code_find(NBT_CODESET_SSN_TYPE, m->type);
    unsigned reserved = m->flags & ~(unsigned)NBT_SSN_E;
    j->section = type ? type->source : "4.3.1";
    if (reserved)
        found(j, CAP_CHECK_SSN_FLAGS, "0x%02x, wanted 0", reserved);
    if (m->type == NBT_SSN_REQUEST) {
        check_name(j, &m->called);
        check_name(j, &m->calling);
        if (m->data.n > 0)
            found(j, CAP_CHECK_SSN_REQUEST_TRAILER, "%zu octets", m->data.n);
    } else if (m->type != NBT_SSN_MESSAGE && m->data.n > 0) {
        found(j, CAP_CHECK_SSN_TRAILER, "%zu octets, wanted none", m->data.n);
    }
    if (m->type == NBT_SSN_NEGATIVE && !nbt_code_find(NBT_CODESET_SSN_CODE, m->code))
        found(j, CAP_CHECK_SSN_CODE, "ERROR_CODE 0x%02x", m->code);
    if (m->type == NBT_SSN_RETARGET) {
        found(j, CAP_CHECK_RETARGET, "to %s:%u", ip_str(m->retarget.ip).s, m->retarget.port);
        if (m->retarget.port == 0 || is_impossible(m->retarget.ip, j->item))
            found(j, CAP_CHECK_RETARGET_NOWHERE, "%s:%u", ip_str(m->retarget.ip).s,
                  m->retarget.port);
    }
    check_direction(j, m);
}

/* ---- All together -------------------------------------------------------------------------- */

void cap_lint_init(cap_lint *l, cap_as as, bool moved)
{
    l->as = as;
    l->moved = moved;
    l->n = 0;
}

void cap_lint_put(cap_lint *l, const cap_item *item, const cap_link *link)
{
    judge j = { l, item, link, "" };
    const nbt_msg *m = item->msg;
    l->n = 0;
    if (!m || item->cut) /* what is not there is no one's fault but the capture's */
        return;
    if (m->err) {
        malformed(&j, m);
        return;
    }
    switch (m->service) {
    case NBT_SERVICE_NAME:
        judge_name(&j, &m->u.ns);
        return;
    case NBT_SERVICE_DATAGRAM:
        judge_datagram(&j, &m->u.dgm);
        return;
    case NBT_SERVICE_SESSION:
        judge_session(&j, &m->u.ssn);
        return;
    }
}

const cap_fault *cap_lint_refusal(const cap_lint *l)
{
    for (size_t i = 0; l->as != CAP_AS_LENIENT && i < l->n; i++) {
        if (rows[l->found[i].check].refused & judges(l->as))
            return &l->found[i];
    }
    return NULL;
}

const char *cap_check_word(cap_check check)
{
    return rows[check].word;
}

const char *cap_check_against(cap_check check)
{
    static const char *const words[] = {
        [RFC] = "rfc",
        [WINDOWS] = "windows",
        [BOTH] = "rfc,windows",
    };
    return words[rows[check].against];
}

size_t cap_lint_lines(const cap_lint *l, const cap_item *item, char *to)
{
    char *at = to;
    for (size_t i = 0; i < l->n; i++) {
        const cap_fault *f = &l->found[i];
        size_t room = CAP_LINT_MAX - (size_t)(at - to);
        at +=
            snprintf(at, room, "%llu lint %s %s %s: %s (%s%s)\n", (unsigned long long)item->number,
                     rows[f->check].word, cap_check_against(f->check), rows[f->check].text,
                     f->values, f->rfc, f->section);
    }
    return (size_t)(at - to);
}

/* The text form of a name, which `values` may hold, has backslashes and perhaps quotes. */
static char *put_escaped(char *at, const char *s)
{
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            *at++ = '\\';
        *at++ = *s;
    }
    return at;
}

size_t cap_lint_json(const cap_lint *l, bool all, char *line, size_t n)
{
    static const char *const against[] = {
        [RFC] = "\"rfc\"",
        [WINDOWS] = "\"windows\"",
        [BOTH] = "\"rfc\",\"windows\"",
    };
    const cap_fault *refusal = cap_lint_refusal(l);
    char *at = line + n - strlen("}\n");
    if (refusal)
        at += sprintf(at, ",\"refused\":\"%s\"", rows[refusal->check].word);
    if (all)
        at += sprintf(at, ",\"lint\":[");
    for (size_t i = 0; all && i < l->n; i++) {
        const cap_fault *f = &l->found[i];
        at += sprintf(at, "%s{\"word\":\"%s\",\"against\":[%s],\"text\":\"%s: ", i ? "," : "",
                      rows[f->check].word, against[rows[f->check].against], rows[f->check].text);
        at = put_escaped(at, f->values);
        at += sprintf(at, "\",\"source\":\"%s%s\"}", f->rfc, f->section);
    }
    at += sprintf(at, all ? "]}\n" : "}\n");
    return (size_t)(at - line);
}

void cap_lint_remark(const cap_lint *l, cap_item *item)
{
    static const char *const judges_of[] = {
        [CAP_AS_LENIENT] = "",
        [CAP_AS_RFC] = "rfc",
        [CAP_AS_WINDOWS] = "windows",
    };
    const cap_fault *f = cap_lint_refusal(l);
    size_t n = strlen(item->note);
    if (f)
        snprintf(item->note + n, sizeof item->note - n, "%srefused as %s: %s (%s%s)", n ? ", " : "",
                 judges_of[l->as], rows[f->check].word, f->rfc, f->section);
}
