/*
 * Counters. A table of names and one of senders, each with open addressing and a short way to go
 * from where a hash points; a row for each kind of message; a histogram for each kind of request.
 */
#include "capture/stats.h"
#include "capture/fields.h"
#include "nbt/digits.h"
#include "nbt/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAKEN_MAX = CAP_STATS_PLACES / 4 * 3,
    PROBES = 64, /* places that are looked at for one name or sender */

    /* A kind of message is a small number: of a name packet its nbt_ns_kind, of others their type,
     * behind 256 for each service; then the three kinds of what is malformed; then remote control,
     * what is malformed of it first. */
    KINDS_OF_SERVICE = 256,
    SERVICES = NBT_SERVICE_SESSION + 1,
    MALFORMED = SERVICES * KINDS_OF_SERVICE,
    RC = MALFORMED + SERVICES,
    KINDS = RC + RC_KINDS,

    /* Histograms: sixteen steps for each doubling, up to all the time that an answer may take. */
    STEPS = 16,
    DOUBLINGS = 24,
    BUCKETS = STEPS * DOUBLINGS,
    REQUESTS_MAX = 24, /* kinds of requests; there are fewer */
};

typedef struct kind_row {
    uint64_t messages, octets, repeats;
} kind_row;

/* Requests of a kind, without their repetitions. */
typedef struct request_row {
    unsigned kind;
    uint64_t requests, answered;
    int64_t min, max;
    uint64_t bucket[BUCKETS];
} request_row;

typedef struct name_row {
    uint64_t hash, messages; /* messages 0: a free place */
    uint8_t form, b[NBT_NAME_LEN];
    nbt_scope *scope; /* of its length; NULL: it is empty */
} name_row;

typedef struct sender_row {
    uint64_t messages, octets; /* messages 0: a free place */
    uint32_t ip;
} sender_row;

/* What has no place of its own. */
typedef struct rest {
    uint64_t messages, octets;
    uint64_t count;
    bool many; /* more than `count`, of which there is no telling one from the other */
} rest;

struct cap_stats {
    uint64_t messages, octets, notes, malformed;
    bool begun;
    int64_t begin, end; /* the times of the first and the last item */
    kind_row kinds[KINDS];
    request_row requests[REQUESTS_MAX];
    size_t nrequests;
    uint8_t request_of[KINDS]; /* where in `requests`, from 1 */
    size_t nnames, nsenders;
    rest names_rest, senders_rest;
    name_row names[CAP_STATS_PLACES];
    sender_row senders[CAP_STATS_PLACES];
};

cap_stats *cap_stats_new(void)
{
    return calloc(1, sizeof(cap_stats));
}

void cap_stats_free(cap_stats *s)
{
    for (size_t i = 0; s && i < CAP_STATS_PLACES; i++)
        free(s->names[i].scope);
    free(s);
}

/* ---- Counting ------------------------------------------------------------------------------ */

static unsigned type_of(const nbt_msg *m)
{
    switch (m->service) {
    case NBT_SERVICE_NAME:
        return (unsigned)nbt_ns_kind_of(&m->u.ns);
    case NBT_SERVICE_DATAGRAM:
        return m->u.dgm.type;
    case NBT_SERVICE_SESSION:
        return m->u.ssn.type;
    }
    return 0;
}

static unsigned kind_of(const nbt_msg *m)
{
    if (m->err)
        return MALFORMED + (unsigned)m->service;
    return (unsigned)m->service * KINDS_OF_SERVICE + type_of(m);
}

/* Whether somebody waits for an answer; to a datagram with user data there is none. */
static bool is_request(const nbt_msg *m)
{
    if (m->err)
        return false;
    switch (m->service) {
    case NBT_SERVICE_NAME:
        return !(m->u.ns.word & NBT_NS_R);
    case NBT_SERVICE_DATAGRAM:
        return m->u.dgm.type == NBT_DGM_QUERY;
    case NBT_SERVICE_SESSION:
        return m->u.ssn.type == NBT_SSN_REQUEST;
    }
    return false;
}

/* NULL: there are too many kinds of requests, which would be a mistake of ours. */
static request_row *request_of(cap_stats *s, unsigned kind)
{
    if (!s->request_of[kind] && s->nrequests < REQUESTS_MAX) {
        s->requests[s->nrequests] = (request_row){ .kind = kind };
        s->request_of[kind] = (uint8_t)++s->nrequests;
    }
    return s->request_of[kind] ? &s->requests[s->request_of[kind] - 1] : NULL;
}

/* Up to STEPS each microsecond has its bucket; then STEPS of them are a doubling. */
static unsigned bucket_of(int64_t time)
{
    unsigned shift = 0;
    while (time >> shift >= 2 * STEPS)
        shift++;
    unsigned bucket = shift * STEPS + (unsigned)(time >> shift);
    return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/* The longest time that is counted in a bucket. */
static int64_t bucket_end(unsigned bucket)
{
    unsigned shift = bucket < 2 * STEPS ? 0 : bucket / STEPS - 1;
    return ((int64_t)(bucket - shift * STEPS + 1) << shift) - 1;
}

static void put_time(request_row *r, int64_t time)
{
    if (time < 0)
        time = 0; /* the clock of whoever captured was set back */
    if (r->answered == 0 || time < r->min)
        r->min = time;
    if (r->answered == 0 || time > r->max)
        r->max = time;
    r->answered++;
    r->bucket[bucket_of(time)]++;
}

static void put_request(cap_stats *s, const nbt_msg *m, unsigned kind, const cap_link *link)
{
    if (is_request(m) && !link->repeats) {
        request_row *r = request_of(s, kind);
        if (r)
            r->requests++;
    }
    if (link->settles) {
        request_row *r = request_of(s, (unsigned)m->service * KINDS_OF_SERVICE + link->asked);
        if (r)
            put_time(r, link->after);
    }
}

static void put_rest(rest *r, size_t octets)
{
    r->messages++;
    r->octets += octets;
    r->many = true;
}

static bool name_is(const name_row *row, uint64_t hash, const nbt_name *name)
{
    size_t len = row->scope ? row->scope->len : 0;
    return row->hash == hash && row->form == name->form &&
           memcmp(row->b, name->b, NBT_NAME_LEN) == 0 && len == name->scope.len &&
           (len == 0 || memcmp(row->scope->b, name->scope.b, len) == 0);
}

static bool name_new(cap_stats *s, name_row *row, uint64_t hash, const nbt_name *name)
{
    size_t size = offsetof(nbt_scope, b) + name->scope.len;
    if (s->nnames == TAKEN_MAX)
        return false;
    *row = (name_row){ .hash = hash, .form = (uint8_t)name->form };
    memcpy(row->b, name->b, NBT_NAME_LEN);
    if (name->scope.len > 0) {
        row->scope = malloc(size);
        if (!row->scope)
            return false;
        memcpy(row->scope, &name->scope, size);
    }
    s->nnames++;
    return true;
}

static void put_name(cap_stats *s, const nbt_name *name, size_t octets)
{
    uint64_t hash = nbt_name_hash(name);
    for (size_t i = 0; i < PROBES; i++) {
        name_row *row = &s->names[((hash >> 16) + i) % CAP_STATS_PLACES];
        if (row->messages == 0 && !name_new(s, row, hash, name))
            break;
        if (name_is(row, hash, name)) {
            row->messages++;
            return;
        }
    }
    put_rest(&s->names_rest, octets);
}

static void put_sender(cap_stats *s, uint32_t ip, size_t octets)
{
    uint64_t hash = ip * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t i = 0; i < PROBES; i++) {
        sender_row *row = &s->senders[((hash >> 32) + i) % CAP_STATS_PLACES];
        if (row->messages == 0) {
            if (s->nsenders == TAKEN_MAX)
                break;
            s->nsenders++;
            row->ip = ip;
        }
        if (row->ip == ip) {
            row->messages++;
            row->octets += octets;
            return;
        }
    }
    put_rest(&s->senders_rest, octets);
}

static void put_kind(cap_stats *s, unsigned kind, size_t octets, bool malformed, bool repeats)
{
    s->messages++;
    s->octets += octets;
    s->malformed += malformed;
    s->kinds[kind].messages++;
    s->kinds[kind].octets += octets;
    s->kinds[kind].repeats += repeats;
}

static void put_rc(cap_stats *s, const cap_item *item)
{
    const rc_packet *p = item->rc;
    put_kind(s, RC + rc_packet_kind(p), p->bytes.n, p->err != NBT_OK, false);
    put_sender(s, item->from.ip, p->bytes.n);
}

void cap_stats_put(cap_stats *s, const cap_item *item, const cap_link *link)
{
    const nbt_msg *m = item->msg;
    if (!s->begun)
        s->begin = item->time;
    s->begun = true;
    s->end = item->time;
    if (item->rc)
        put_rc(s, item);
    else if (!m)
        s->notes++;
    if (!m)
        return;
    unsigned kind = kind_of(m);
    put_kind(s, kind, m->bytes.n, m->err != NBT_OK, link->repeats != 0);
    put_request(s, m, kind, link);
    const nbt_name *name = nbt_msg_name(m);
    if (name)
        put_name(s, name, m->bytes.n);
    if (item->has_ip)
        put_sender(s, item->from.ip, m->bytes.n);
}

/* ---- What is shown of it ------------------------------------------------------------------- */

/* Rows, those with the most messages first; of as many, in the order of what they are about. */
typedef struct ranked {
    const void *row[CAP_STATS_TOP];
    size_t n;
} ranked;

/* Puts a row where it belongs among those that are ranked already. */
static void rank(ranked *r, const void *row, int (*order)(const void *, const void *))
{
    size_t at = r->n;
    while (at > 0 && order(row, r->row[at - 1]) < 0)
        at--;
    if (at == CAP_STATS_TOP)
        return;
    if (r->n < CAP_STATS_TOP)
        r->n++;
    memmove(r->row + at + 1, r->row + at, (r->n - at - 1) * sizeof r->row[0]);
    r->row[at] = row;
}

static nbt_name name_of(const name_row *row)
{
    nbt_name name = { .form = (nbt_name_form)row->form };
    memcpy(name.b, row->b, NBT_NAME_LEN);
    if (row->scope)
        memcpy(&name.scope, row->scope, offsetof(nbt_scope, b) + row->scope->len);
    return name;
}

static int by_messages(uint64_t a, uint64_t b)
{
    return a > b ? -1 : a < b;
}

static int name_order(const void *a, const void *b)
{
    const name_row *x = a, *y = b;
    int order = by_messages(x->messages, y->messages);
    if (order == 0)
        order = memcmp(x->b, y->b, NBT_NAME_LEN);
    return order ? order : by_messages(y->hash, x->hash);
}

static int sender_order(const void *a, const void *b)
{
    const sender_row *x = a, *y = b;
    int order = by_messages(x->messages, y->messages);
    return order ? order : by_messages(y->ip, x->ip);
}

static ranked rank_names(const cap_stats *s, rest *others)
{
    ranked r = { .n = 0 };
    *others = s->names_rest;
    others->count += s->nnames;
    for (size_t i = 0; i < CAP_STATS_PLACES; i++) {
        if (s->names[i].messages > 0)
            rank(&r, &s->names[i], name_order);
        others->messages += s->names[i].messages;
    }
    others->count -= r.n;
    for (size_t i = 0; i < r.n; i++)
        others->messages -= ((const name_row *)r.row[i])->messages;
    return r;
}

static ranked rank_senders(const cap_stats *s, rest *others)
{
    ranked r = { .n = 0 };
    *others = s->senders_rest;
    others->count += s->nsenders;
    for (size_t i = 0; i < CAP_STATS_PLACES; i++) {
        if (s->senders[i].messages > 0)
            rank(&r, &s->senders[i], sender_order);
        others->messages += s->senders[i].messages;
        others->octets += s->senders[i].octets;
    }
    others->count -= r.n;
    for (size_t i = 0; i < r.n; i++) {
        const sender_row *row = r.row[i];
        others->messages -= row->messages;
        others->octets -= row->octets;
    }
    return r;
}

/* The time within which so many hundredths of the requests that were answered had their answer. */
static int64_t percentile(const request_row *r, unsigned hundredths)
{
    uint64_t rank = (r->answered * hundredths + 99) / 100, seen = 0;
    for (unsigned i = 0; i < BUCKETS; i++) {
        seen += r->bucket[i];
        if (seen < rank || r->bucket[i] == 0)
            continue;
        int64_t time = bucket_end(i);
        return time < r->min ? r->min : time > r->max ? r->max : time;
    }
    return r->max;
}

static const char *kind_word(unsigned kind)
{
    if (kind >= RC)
        return rc_text_kind_str(kind - RC);
    if (kind >= MALFORMED)
        return nbt_text_kind(&(nbt_msg){ .service = kind - MALFORMED, .err = NBT_ERR_SHORT });
    nbt_service service = kind / KINDS_OF_SERVICE;
    unsigned type = kind % KINDS_OF_SERVICE;
    switch (service) {
    case NBT_SERVICE_NAME:
        return nbt_ns_kind_word((nbt_ns_kind)type);
    case NBT_SERVICE_DATAGRAM:
        return nbt_code_word(NBT_CODESET_DGM_TYPE, type);
    case NBT_SERVICE_SESSION:
        return nbt_code_word(NBT_CODESET_SSN_TYPE, type);
    }
    return "unknown";
}

static double seconds(int64_t microseconds)
{
    return (double)microseconds / 1e6;
}

/* Where the next character goes. What is printed fits: see CAP_STATS_TEXT_MAX. */
typedef struct out {
    char *at, *end;
} out;

__attribute__((format(printf, 2, 3))) static void say(out *o, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(o->at, (size_t)(o->end - o->at), format, arguments);
    va_end(arguments);
    if (n > 0 && n < o->end - o->at)
        o->at += n;
}

static unsigned long long u(uint64_t v)
{
    return v;
}

static const char *ip_text(char text[NBT_DIGITS_IP_MAX + 1], uint32_t ip)
{
    *nbt_digits_ip(text, ip) = '\0';
    return text;
}

/* ---- Tables -------------------------------------------------------------------------------- */

static void text_kinds(out *o, const cap_stats *s)
{
    say(o, "\n%-34s %10s %12s %10s\n", "kind", "messages", "octets", "repeats");
    for (unsigned i = 0; i < KINDS; i++) {
        const kind_row *row = &s->kinds[i];
        if (row->messages > 0)
            say(o, "%-34s %10llu %12llu %10llu\n", kind_word(i), u(row->messages), u(row->octets),
                u(row->repeats));
    }
}

static void text_requests(out *o, const cap_stats *s)
{
    if (s->nrequests == 0)
        return;
    say(o, "\n%-26s %9s %9s %9s %10s %10s %10s %10s %10s\n", "seconds to the answer", "requests",
        "answered", "not", "shortest", "median", "90 %", "99 %", "longest");
    for (size_t i = 0; i < s->nrequests; i++) {
        const request_row *r = &s->requests[i];
        say(o, "%-26s %9llu %9llu %9llu", kind_word(r->kind), u(r->requests), u(r->answered),
            u(r->requests > r->answered ? r->requests - r->answered : 0));
        if (r->answered > 0)
            say(o, " %10.6f %10.6f %10.6f %10.6f %10.6f", seconds(r->min),
                seconds(percentile(r, 50)), seconds(percentile(r, 90)), seconds(percentile(r, 99)),
                seconds(r->max));
        say(o, "\n");
    }
}

static void text_others(out *o, const rest *others, const char *what, bool octets)
{
    char label[64];
    if (others->messages == 0)
        return;
    snprintf(label, sizeof label, "%s%llu other %s", others->many ? "more than " : "",
             u(others->count), what);
    say(o, "%-34s %10llu", label, u(others->messages));
    if (octets)
        say(o, " %12llu", u(others->octets));
    say(o, "\n");
}

static void text_names(out *o, const cap_stats *s)
{
    char text[NBT_NAME_STR_MAX];
    rest others;
    ranked r = rank_names(s, &others);
    if (r.n == 0)
        return;
    say(o, "\n%-34s %10s\n", "name", "messages");
    for (size_t i = 0; i < r.n; i++) {
        const name_row *row = r.row[i];
        nbt_name name = name_of(row);
        nbt_name_print(&name, text, sizeof text);
        say(o, "%-34s %10llu\n", text, u(row->messages));
    }
    text_others(o, &others, "names", false);
}

static void text_senders(out *o, const cap_stats *s)
{
    char ip[NBT_DIGITS_IP_MAX + 1];
    rest others;
    ranked r = rank_senders(s, &others);
    if (r.n == 0)
        return;
    say(o, "\n%-34s %10s %12s\n", "sender", "messages", "octets");
    for (size_t i = 0; i < r.n; i++) {
        const sender_row *row = r.row[i];
        say(o, "%-34s %10llu %12llu\n", ip_text(ip, row->ip), u(row->messages), u(row->octets));
    }
    text_others(o, &others, "senders", true);
}

size_t cap_stats_text(const cap_stats *s, char *to)
{
    out o = { to, to + CAP_STATS_TEXT_MAX };
    say(&o, "%llu messages of %llu octets in %.6f seconds, %llu of them malformed", u(s->messages),
        u(s->octets), s->begun ? seconds(s->end - s->begin) : 0, u(s->malformed));
    if (s->notes > 0)
        say(&o, "; %llu notes", u(s->notes));
    say(&o, "\n");
    if (s->messages > 0) {
        text_kinds(&o, s);
        text_requests(&o, s);
        text_names(&o, s);
        text_senders(&o, s);
    }
    return (size_t)(o.at - to);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void json_kinds(out *o, const cap_stats *s)
{
    const char *comma = "";
    say(o, ",\"kinds\":[");
    for (unsigned i = 0; i < KINDS; i++) {
        const kind_row *row = &s->kinds[i];
        if (row->messages == 0)
            continue;
        say(o, "%s{\"kind\":\"%s\",\"messages\":%llu,\"octets\":%llu,\"repeats\":%llu}", comma,
            kind_word(i), u(row->messages), u(row->octets), u(row->repeats));
        comma = ",";
    }
    say(o, "]");
}

static void json_time(out *o, const request_row *r, const char *key, int64_t time)
{
    if (r->answered > 0)
        say(o, ",\"%s\":%.6f", key, seconds(time));
    else
        say(o, ",\"%s\":null", key);
}

static void json_requests(out *o, const cap_stats *s)
{
    say(o, ",\"requests\":[");
    for (size_t i = 0; i < s->nrequests; i++) {
        const request_row *r = &s->requests[i];
        say(o, "%s{\"kind\":\"%s\",\"requests\":%llu,\"answered\":%llu,\"unanswered\":%llu",
            i > 0 ? "," : "", kind_word(r->kind), u(r->requests), u(r->answered),
            u(r->requests > r->answered ? r->requests - r->answered : 0));
        json_time(o, r, "min", r->min);
        json_time(o, r, "median", percentile(r, 50));
        json_time(o, r, "p90", percentile(r, 90));
        json_time(o, r, "p99", percentile(r, 99));
        json_time(o, r, "max", r->max);
        say(o, "}");
    }
    say(o, "]");
}

static void json_others(out *o, const char *key, const rest *others, bool octets)
{
    say(o, ",\"%s\":{\"count\":", key);
    if (others->many)
        say(o, "null");
    else
        say(o, "%llu", u(others->count));
    say(o, ",\"messages\":%llu", u(others->messages));
    if (octets)
        say(o, ",\"octets\":%llu", u(others->octets));
    say(o, "}");
}

static void json_names(out *o, const cap_stats *s)
{
    rest others;
    ranked r = rank_names(s, &others);
    say(o, ",\"names\":[");
    for (size_t i = 0; i < r.n; i++) {
        const name_row *row = r.row[i];
        nbt_name name = name_of(row);
        say(o, "%s{\"name\":", i > 0 ? "," : "");
        o->at += cap_fields_name(&name, false, o->at);
        say(o, ",\"messages\":%llu}", u(row->messages));
    }
    say(o, "]");
    json_others(o, "other_names", &others, false);
}

static void json_senders(out *o, const cap_stats *s)
{
    char ip[NBT_DIGITS_IP_MAX + 1];
    rest others;
    ranked r = rank_senders(s, &others);
    say(o, ",\"senders\":[");
    for (size_t i = 0; i < r.n; i++) {
        const sender_row *row = r.row[i];
        say(o, "%s{\"address\":\"%s\",\"messages\":%llu,\"octets\":%llu}", i > 0 ? "," : "",
            ip_text(ip, row->ip), u(row->messages), u(row->octets));
    }
    say(o, "]");
    json_others(o, "other_senders", &others, true);
}

size_t cap_stats_json(const cap_stats *s, char *to)
{
    out o = { to, to + CAP_STATS_TEXT_MAX };
    say(&o, "{\"messages\":%llu,\"octets\":%llu,\"notes\":%llu,\"malformed\":%llu", u(s->messages),
        u(s->octets), u(s->notes), u(s->malformed));
    if (s->begun)
        say(&o, ",\"begin\":%.6f,\"end\":%.6f", seconds(s->begin), seconds(s->end));
    else
        say(&o, ",\"begin\":null,\"end\":null");
    json_kinds(&o, s);
    json_requests(&o, s);
    json_names(&o, s);
    json_senders(&o, s);
    say(&o, "}\n");
    return (size_t)(o.at - to);
}
