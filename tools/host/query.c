/*
 * Words for answers. Each kind of packet has one sentence; the verdict has one for each pair of
 * question and result.
 */
#include "tools/host/query.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "nbt/text.h"
#include "tools/host/iface.h"

/* --- what is typed --- */

static bool plain_name(const char *text, nbt_name *out)
{
    char upper[NBT_NAME_TEXT_MAX];
    size_t len = strlen(text);
    if (len == 0 || len > sizeof upper)
        return false;
    for (size_t i = 0; i < len; i++)
        upper[i] = (char)toupper((unsigned char)text[i]);
    return nbt_name_make(out, upper, len, 0x00);
}

bool host_query_name(const char *text, const char *scope, nbt_name *out, host_err *err)
{
    nbt_name name;
    bool ok =
        strchr(text, '<') ? nbt_name_parse(&name, text, strlen(text)) : plain_name(text, &name);
    if (!ok || name.form != NBT_NAME_NETBIOS) {
        host_err_set(err, HOST_USAGE,
                     "\"%s\" is no NetBIOS name; give up to 15 characters and the suffix in two "
                     "hex digits, as in \"FRED<20>\"",
                     text);
        return false;
    }
    if (scope && name.scope.len == 0 && !nbt_scope_parse(&name.scope, scope, strlen(scope))) {
        host_err_set(err, HOST_USAGE, "the scope \"%s\" is malformed; give one such as LAB.EXAMPLE",
                     scope);
        return false;
    }
    if (nbt_name_size(&name) > NBT_NAME_WIRE_MAX) {
        host_err_set(err, HOST_USAGE, "\"%s\" is too long to be sent; shorten its scope", text);
        return false;
    }
    nbt_name_copy(out, &name);
    return true;
}

bool host_query_address(const char *text, const char *option, uint32_t *out, host_err *err)
{
    struct in_addr addr;
    uint32_t ip = inet_pton(AF_INET, text, &addr) == 1 ? ntohl(addr.s_addr) : 0;
    if (ip == 0 || ip >> 28 >= 14) {
        host_err_set(err, HOST_USAGE,
                     "\"%s\" is no address of a host; %s takes an IPv4 address such as 10.0.0.1",
                     text, option);
        return false;
    }
    *out = ip;
    return true;
}

/* --- answers --- */

/* Text put together in a room that may be too small: the rest is cut. */
typedef struct line {
    char *p;
    size_t n, cap;
} line;

__attribute__((format(printf, 2, 3))) static void put(line *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(l->p + l->n, l->cap - l->n, format, args);
    va_end(args);
    l->n = n < 0 || (size_t)n >= l->cap - l->n ? l->cap - 1 : l->n + (size_t)n;
}

static line begin(char buf[HOST_QUERY_MEANS_MAX])
{
    buf[0] = '\0';
    return (line){ buf, 0, HOST_QUERY_MEANS_MAX };
}

static const char *node_word(unsigned nb_flags)
{
    return nbt_code_word(NBT_CODESET_NODE_TYPE, (nb_flags & NBT_NB_ONT_MASK) >> NBT_NB_ONT_SHIFT);
}

static void put_addresses(line *l, const nbt_rr *rr)
{
    char ip[HOST_IP_STR_MAX];
    for (size_t i = 0; i < nbt_addr_count(rr); i++)
        put(l, "%s%s", i ? ", " : "", host_ip_str(nbt_addr_get(rr, i).ip, ip));
}

static void means_found(line *l, const nbt_ns *m)
{
    const nbt_rr *rr = &m->rr[0];
    size_t n = nbt_addr_count(rr);
    if (n == 0) {
        put(l, "found, but without an address, which counts as no answer");
        return;
    }
    nbt_addr first = nbt_addr_get(rr, 0);
    if (first.nb_flags & NBT_NB_G)
        put(l, "a group name; %s ", n > 1 ? "members are" : "a member is");
    else
        put(l, "a unique name; its owner is %s", n > 1 ? "a computer with the addresses " : "");
    put_addresses(l, rr);
    put(l, " (%s node%s)", node_word(first.nb_flags), n > 1 ? ", the first" : "");
    if (m->word & NBT_NS_TC)
        put(l, ", and there are more that did not fit");
}

static void means_rcode(line *l, const char *what, const nbt_ns *m)
{
    const nbt_code *code = nbt_code_find(NBT_CODESET_RCODE, nbt_ns_rcode(m));
    put(l, "%s: RCODE %u, %s", what, nbt_ns_rcode(m), code ? code->text : "unknown");
}

static void means_granted(line *l, const nbt_ns *m)
{
    if (m->rr[0].ttl)
        put(l, "granted for %u s", (unsigned)m->rr[0].ttl);
    else
        put(l, "granted without end");
}

static void means_status(line *l, const nbt_ns *m)
{
    nbt_statistics st;
    size_t n = nbt_status_count(&m->rr[0]);
    put(l, "%zu name%s", n, n == 1 ? "" : "s");
    if (nbt_status_statistics(&m->rr[0], &st))
        put(l, "; adapter address %02x:%02x:%02x:%02x:%02x:%02x", st.unit_id[0], st.unit_id[1],
            st.unit_id[2], st.unit_id[3], st.unit_id[4], st.unit_id[5]);
    if (m->word & NBT_NS_TC)
        put(l, "; there are more names that did not fit");
}

static void means_redirect(line *l, const nbt_ns *m)
{
    nbt_rd r;
    char ip[HOST_IP_STR_MAX];
    nbt_rd_init(&r, m->rr[1].rdata.p, m->rr[1].rdata.n);
    put(l, "not known here: the name server to ask is %s",
        host_ip_str(nbt_rd_u32(&r, "NSD_IP_ADDR"), ip));
}

void host_query_means(const nbt_ns *m, char buf[HOST_QUERY_MEANS_MAX])
{
    line l = begin(buf);
    char ip[HOST_IP_STR_MAX];
    switch (nbt_ns_kind_of(m)) {
    case NBT_NS_POSITIVE_QUERY:
        means_found(&l, m);
        return;
    case NBT_NS_NEGATIVE_QUERY:
        means_rcode(&l, "not found", m);
        return;
    case NBT_NS_POSITIVE_REGISTRATION:
        means_granted(&l, m);
        return;
    case NBT_NS_NEGATIVE_REGISTRATION:
        means_rcode(&l, "refused", m);
        return;
    case NBT_NS_CONFLICT_DEMAND:
        means_rcode(&l, "the name is to be given up", m);
        return;
    case NBT_NS_CHALLENGE:
        put(&l, "not decided: the owner, %s, is to be asked by who claims the name",
            host_ip_str(nbt_addr_get(&m->rr[0], 0).ip, ip));
        return;
    case NBT_NS_POSITIVE_RELEASE:
        put(&l, "released");
        return;
    case NBT_NS_NEGATIVE_RELEASE:
        means_rcode(&l, "not released", m);
        return;
    case NBT_NS_REDIRECT:
        means_redirect(&l, m);
        return;
    case NBT_NS_WACK:
        put(&l, "wait for up to %u s: somebody else is asked first", (unsigned)m->rr[0].ttl);
        return;
    case NBT_NS_STATUS_RESPONSE:
        means_status(&l, m);
        return;
    case NBT_NS_REGISTRATION:
    case NBT_NS_OVERWRITE_REQUEST:
    case NBT_NS_OVERWRITE_DEMAND:
    case NBT_NS_MULTIHOMED:
    case NBT_NS_REFRESH:
    case NBT_NS_RELEASE_REQUEST:
    case NBT_NS_RELEASE_DEMAND:
    case NBT_NS_QUERY:
    case NBT_NS_STATUS_REQUEST:
    case NBT_NS_OTHER:
    case NBT_NS_KINDS:
        break;
    }
    put(&l, "no answer to anything that is asked here");
}

static void means(nbt_probe_take take, const nbt_probe_got *got, char buf[HOST_QUERY_MEANS_MAX])
{
    line l = begin(buf);
    if (take == NBT_PROBE_ANSWER)
        host_query_means(&got->msg.u.ns, buf);
    else if (got->msg.err)
        put(&l, "it has the question's id and cannot be read: %s in %s at octet %zu",
            nbt_err_str(got->msg.err), got->msg.err_field, got->msg.err_at);
    else
        put(&l, "it has the question's id and is no answer to it: a node would ignore it");
}

/* The text form of a message; the caller frees it. NULL without memory. */
static char *text_of(const nbt_msg *m)
{
    size_t n = nbt_text_print(m, NULL, 0) + 1;
    char *text = malloc(n);
    if (text)
        nbt_text_print(m, text, n);
    return text;
}

/* What a name of a status is for, as a table's line has it. */
static void show_name(FILE *to, const nbt_node_name *n)
{
    char name[NBT_NAME_STR_MAX];
    bool group = n->flags & NBT_NB_G;
    const nbt_suffix *suffix = nbt_suffix_find(n->b[NBT_NAME_LEN - 1], group);
    nbt_name16_print(n->b, name, sizeof name);
    fprintf(to, "    %-20s %-6s %s%s%s%s%s%s%s\n", name, group ? "group" : "unique",
            node_word(n->flags), n->flags & NBT_NB_ACT ? " active" : "",
            n->flags & NBT_NB_PRM ? " permanent" : "", n->flags & NBT_NB_CNF ? " in-conflict" : "",
            n->flags & NBT_NB_DRG ? " being-released" : "", suffix ? "  " : "",
            suffix ? suffix->text : "");
}

static bool is_status(nbt_probe_take take, const nbt_probe_got *got)
{
    return take == NBT_PROBE_ANSWER && nbt_ns_kind_of(&got->msg.u.ns) == NBT_NS_STATUS_RESPONSE;
}

void host_query_show(FILE *to, nbt_probe_take take, const nbt_probe_got *got, nbt_ep from)
{
    char ip[HOST_IP_STR_MAX], says[HOST_QUERY_MEANS_MAX];
    char *text = text_of(&got->msg);
    means(take, got, says);
    fprintf(to, "%s%s after %.1f ms: %s\n  %s\n", host_ip_str(from.ip, ip),
            got->by_tcp ? " by TCP" : "", (double)got->after / 1000,
            text ? text : "(no memory for it)", says);
    free(text);
    if (!is_status(take, got))
        return;
    const nbt_rr *rr = &got->msg.u.ns.rr[0];
    for (size_t i = 0; i < nbt_status_count(rr); i++) {
        nbt_node_name n = nbt_status_get(rr, i);
        show_name(to, &n);
    }
}

/* The addresses of an answer about a name; the names of a status. */
static void json_lists(host_json *j, const nbt_ns *m)
{
    const nbt_rr *rr = &m->rr[0];
    if (nbt_ns_kind_of(m) == NBT_NS_POSITIVE_QUERY) {
        host_json_open(j, "owners", '[');
        for (size_t i = 0; i < nbt_addr_count(rr); i++)
            host_json_ep(j, NULL, (nbt_ep){ nbt_addr_get(rr, i).ip, 0 });
        host_json_close(j, ']');
        if (nbt_addr_count(rr) > 0)
            host_json_bool(j, "group", nbt_addr_get(rr, 0).nb_flags & NBT_NB_G);
    }
    if (nbt_ns_kind_of(m) != NBT_NS_STATUS_RESPONSE)
        return;
    host_json_open(j, "names", '[');
    for (size_t i = 0; i < nbt_status_count(rr); i++) {
        nbt_node_name n = nbt_status_get(rr, i);
        host_json_open(j, NULL, '{');
        host_json_name(j, "name", n.b);
        host_json_bool(j, "group", n.flags & NBT_NB_G);
        host_json_bool(j, "active", n.flags & NBT_NB_ACT);
        host_json_bool(j, "conflict", n.flags & NBT_NB_CNF);
        host_json_close(j, '}');
    }
    host_json_close(j, ']');
}

void host_query_json(FILE *to, nbt_probe_take take, const nbt_probe_got *got, nbt_ep from)
{
    char says[HOST_QUERY_MEANS_MAX];
    char *text = text_of(&got->msg);
    host_json j;
    means(take, got, says);
    host_json_begin(&j, to, "answer");
    host_json_ep(&j, "from", from);
    host_json_int(&j, "after_us", got->after);
    host_json_bool(&j, "counts", take == NBT_PROBE_ANSWER);
    host_json_str(&j, "kind", nbt_text_kind(&got->msg));
    host_json_str(&j, "text", text ? text : "");
    host_json_str(&j, "means", says);
    host_json_bool(&j, "by_tcp", got->by_tcp);
    if (take == NBT_PROBE_ANSWER) {
        host_json_int(&j, "rcode", nbt_ns_rcode(&got->msg.u.ns));
        json_lists(&j, &got->msg.u.ns);
    }
    host_json_end(&j);
    free(text);
}

/* --- the verdict --- */

static void put_silence(line *l, const nbt_probe_way *way, nbt_time now)
{
    char ip[HOST_IP_STR_MAX];
    put(l, "%u request%s to %s, %.2f s", way->sent, way->sent == 1 ? "" : "s",
        host_ip_str(way->to, ip), (double)(now - way->began) / 1e6);
}

/* Who says what of a name that two say they have; unique as one of them at least calls it. */
static void put_owners(line *l, const nbt_query *q)
{
    char ip[HOST_IP_STR_MAX], by[HOST_IP_STR_MAX];
    for (size_t i = 0; i < q->nfound; i++)
        put(l, "%s %s (%s, says %s)", i ? "," : "", host_ip_str(q->found[i].addr.ip, ip),
            q->found[i].addr.nb_flags & NBT_NB_G ? "group" : "unique",
            host_ip_str(q->found[i].from.ip, by));
}

/* Who objects to a claim by broadcast; of one at a server the answer says it all. */
static void put_refusers(line *l, const nbt_probe_way *way)
{
    char ip[HOST_IP_STR_MAX];
    for (size_t i = 0; i < way->nrefusers; i++)
        put(l, "%s%s", i ? ", " : ": refused by ", host_ip_str(way->refusers[i], ip));
}

void host_query_json_refusers(host_json *j, const nbt_probe *p)
{
    if (p->cfg.kind != NBT_TRN_CLAIM)
        return;
    host_json_open(j, "refused_by", '[');
    for (size_t i = 0; i < p->ways[0].nrefusers; i++)
        host_json_ep(j, NULL, (nbt_ep){ p->ways[0].refusers[i], 0 });
    host_json_close(j, ']');
}

static const nbt_probe_way *way_with(const nbt_probe *p, nbt_probe_result result)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->ways[i].result == result)
            return &p->ways[i];
    return NULL;
}

static host_status check_verdict(const nbt_probe *p, const char *name, nbt_time now, line *l)
{
    const nbt_probe_way *silent = NULL;
    if (way_with(p, NBT_PROBE_YES)) {
        put(l, "%s is taken", name);
        return HOST_FOUND;
    }
    for (size_t i = 0; i < p->n; i++)
        if (p->ways[i].trn->way == NBT_WAY_SERVER && p->ways[i].result != NBT_PROBE_NO)
            silent = &p->ways[i];
    if (silent || way_with(p, NBT_PROBE_PENDING)) {
        put(l, "it is not known whether %s is free: no answer that settles it (", name);
        put_silence(l, silent ? silent : &p->ways[0], now);
        put(l, ")");
        return HOST_FAILED;
    }
    put(l, "%s is free: nobody has it", name);
    return HOST_OK;
}

/* What was done, in the word that its kind has for it. */
static const char *done_word(nbt_trn_kind kind)
{
    switch (kind) {
    case NBT_TRN_CLAIM:
        return "registered";
    case NBT_TRN_QUERY:
        return "found";
    case NBT_TRN_RELEASE:
        return "released";
    case NBT_TRN_STATUS:
        return "answered for";
    case NBT_TRN_REFRESH:
        break;
    }
    return "refreshed";
}

/* To a broadcast claim or release silence is what the RFC wants to hear. */
static host_status silence_verdict(const nbt_probe *p, const char *name, nbt_time now, line *l)
{
    const nbt_probe_way *way = &p->ways[0];
    bool told = way->trn->way == NBT_WAY_BROADCAST &&
                (p->cfg.kind == NBT_TRN_CLAIM || p->cfg.kind == NBT_TRN_RELEASE);
    if (told && p->cfg.kind == NBT_TRN_CLAIM)
        put(l,
            "nobody objects to %s (but nbtquery holds no names, and will not defend it): ", name);
    else if (told)
        put(l, "everybody is told that %s is released: ", name);
    else
        put(l, "nobody has answered about %s: ", name);
    put_silence(l, way, now);
    return told ? HOST_OK : HOST_FAILED;
}

host_status host_query_verdict(const nbt_probe *p, bool check, nbt_time now,
                               char buf[HOST_QUERY_MEANS_MAX])
{
    line l = begin(buf);
    char name[NBT_NAME_STR_MAX];
    bool asks = p->cfg.kind == NBT_TRN_QUERY || p->cfg.kind == NBT_TRN_STATUS;
    nbt_name_print(&p->cfg.name, name, sizeof name);
    if (nbt_probe_disputed(p)) {
        put(&l, "%s has two owners, and a unique name can have one:", name);
        put_owners(&l, &p->ways[0].trn->m.query);
        return HOST_FOUND;
    }
    if (check)
        return check_verdict(p, name, now, &l);
    switch (p->ways[0].result) {
    case NBT_PROBE_YES:
        put(&l, "%s is %s", name, done_word(p->cfg.kind));
        return HOST_OK;
    case NBT_PROBE_NO:
        put(&l, "%s is not %s", name, done_word(p->cfg.kind));
        put_refusers(&l, &p->ways[0]);
        return asks ? HOST_FAILED : HOST_NAME;
    case NBT_PROBE_ELSEWHERE:
        put(&l, "%s is not %s: somebody else is to be asked", name, done_word(p->cfg.kind));
        return HOST_FAILED;
    case NBT_PROBE_SILENCE:
        return silence_verdict(p, name, now, &l);
    case NBT_PROBE_PENDING:
        break;
    }
    put(&l, "stopped before there was a result about %s", name);
    return HOST_FAILED;
}
