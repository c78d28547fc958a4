/*
 * From incidents to words. The facts of a finding are gathered once and then said, as a paragraph
 * or as JSON.
 */
#include "capture/explain.h"
#include "rc/says.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAMES_SHOWN = 8,
    WIDTH = 80,
    /* One adapter that waits for another asks right after it; two computers seldom do. */
    NEXT_ADAPTER_US = 2000,
    SUFFIX_VIEWER = 0x41, /* Q200832 */
    SUFFIX_BROWSER = 0x1D,
};

static const struct {
    const char *word;
    cap_grade grade;
    const char *title, *advice;
} verdicts[] = {
#define CAP_VERDICT(sym, word, grade, title, advice) { word, CAP_GRADE_##grade, title, advice },
#include "capture/explain.def"
#undef CAP_VERDICT
};

static const struct {
    uint8_t suffix;
    char type;
    const char *text, *source;
} seen[] = {
#define CAP_SEEN(suffix, type, text, source) { suffix, type, text, source },
#include "capture/explain.def"
#undef CAP_SEEN
};

const char *cap_verdict_str(cap_verdict verdict)
{
    return verdicts[verdict].word;
}

cap_grade cap_verdict_grade(cap_verdict verdict)
{
    return verdicts[verdict].grade;
}

const char *cap_grade_str(cap_grade grade)
{
    static const char *const words[] = {
        [CAP_GRADE_NOTICE] = "notice", [CAP_GRADE_WARNING] = "warning", [CAP_GRADE_ERROR] = "error"
    };
    return words[grade];
}

/* An incident on its way into a finding. */
typedef struct entry {
    uint32_t place;
    const cap_incident *i;
    cap_verdict verdict;
    uint8_t base[NBT_NAME_TEXT_MAX]; /* of the name; for what is said of a computer's names */
} entry;

static const cap_incident *incident_of(const cap_explain *e, const cap_finding *f, size_t i)
{
    return cap_ledger_incident(e->ledger, e->places[f->first + i]);
}

/* ---- Verdicts ------------------------------------------------------------------------------ */

static uint8_t suffix_of(const cap_ledger *l, uint32_t name)
{
    return cap_ledger_named(l, name)->b[NBT_NAME_LEN - 1];
}

/* Who has the name that was refused, as far as the capture shows. */
static const cap_holding *holder_of(const cap_ledger *l, const cap_incident *i)
{
    const cap_claim *c = &i->claim;
    for (const cap_holding *h = cap_ledger_holding(l, cap_ledger_named(l, i->name)->unique); h;
         h = cap_ledger_holding(l, h->next)) {
        if (h->host == (c->challenged ? c->challenged : i->b) && h->host != i->a)
            return h;
    }
    return cap_ledger_holder(l, i->name, i->a);
}

/* A name server refused. It has asked the owner, or it has not. */
static cap_verdict server_verdict(const cap_ledger *l, const cap_incident *i)
{
    const cap_claim *c = &i->claim;
    const cap_holding *h = holder_of(l, i);
    if (c->challenges > 0 && (!c->challenge_answer.frame || !c->challenge_yes))
        return CAP_VERDICT_STALE_RECORD;
    if (h && cap_hosts_same(cap_ledger_hosts(l), i->a, h->host))
        return CAP_VERDICT_OWN_ADAPTER;
    if (h && h->group != c->group)
        return CAP_VERDICT_GROUP_CLASH;
    if (c->challenges > 0 || (h && h->evidence >= CAP_ANSWERED))
        return CAP_VERDICT_DUPLICATE;
    return c->rcode == NBT_RCODE_ACT_ERR || c->rcode == NBT_RCODE_RFS_ERR
               ? CAP_VERDICT_STATIC_RECORD
               : CAP_VERDICT_SERVER_REFUSED;
}

/* One of a computer's adapters claims when another has just done so. */
static bool in_turn(const cap_incident *i, const cap_holding *h)
{
    int64_t since = i->claim.first.time - h->first.time;
    return h->began >= CAP_CLAIMED && h->first.frame < i->claim.first.frame && since >= 0 &&
           since <= NEXT_ADAPTER_US;
}

static cap_verdict node_verdict(const cap_ledger *l, const cap_incident *i)
{
    const cap_holding *h = holder_of(l, i);
    if (cap_hosts_same(cap_ledger_hosts(l), i->a, i->b))
        return CAP_VERDICT_OWN_ADAPTER;
    if (h && h->group != i->claim.group)
        return CAP_VERDICT_GROUP_CLASH;
    if (h && i->claim.first.frame && in_turn(i, h))
        return CAP_VERDICT_OWN_ADAPTER;
    return CAP_VERDICT_DUPLICATE;
}

static cap_verdict refused_verdict(const cap_ledger *l, const cap_incident *i)
{
    const cap_host *b = cap_hosts_get(cap_ledger_hosts(l), i->b);
    if (i->a == i->b || i->claim.echo.frame)
        return CAP_VERDICT_OWN_ECHO;
    bool server = i->claim.to_server || (b && b->server.frame && i->claim.sent == 0);
    return server ? server_verdict(l, i) : node_verdict(l, i);
}

static cap_verdict verdict_of(const cap_ledger *l, const cap_incident *i)
{
    switch (i->kind) {
    case CAP_INCIDENT_REFUSED:
        return refused_verdict(l, i);
    case CAP_INCIDENT_UNANSWERED:
        return CAP_VERDICT_SERVER_SILENT;
    case CAP_INCIDENT_TWO_OWNERS:
        return CAP_VERDICT_TWO_OWNERS;
    case CAP_INCIDENT_SAME_ADDRESS:
        return CAP_VERDICT_SAME_ADDRESS;
    case CAP_INCIDENT_USED:
        return CAP_VERDICT_USED_ANYWAY;
    case CAP_INCIDENT_GROUP_UNIQUE:
        return CAP_VERDICT_TWO_KINDS;
    case CAP_INCIDENT_DEMAND:
        return CAP_VERDICT_DEMANDED;
    case CAP_INCIDENT_CONFLICT:
        return CAP_VERDICT_MARKED;
    case CAP_INCIDENT_RELEASED:
        return CAP_VERDICT_RELEASED;
    case CAP_INCIDENT_LISTED:
        return CAP_VERDICT_MERGED;
    case CAP_INCIDENT_STRANGE:
        return CAP_VERDICT_SPOOFED;
    case CAP_INCIDENT_FOREIGN:
        return CAP_VERDICT_FOREIGN;
    case CAP_INCIDENT_UNASKED:
        return CAP_VERDICT_UNASKED;
    case CAP_INCIDENT_TWO_ANSWERS:
        return CAP_VERDICT_TWO_ANSWERS;
    }
    return CAP_VERDICT_SERVER_REFUSED;
}

/*
 * A computer whose own name is another's too is a clone; a name of some program alone is not, and
 * that of the master browser is everybody's in turn.
 */
static cap_verdict verdict_of_all(const cap_explain *e, const cap_finding *f)
{
    for (size_t k = 0; k < f->n && f->verdict == CAP_VERDICT_DUPLICATE; k++) {
        uint8_t suffix = suffix_of(e->ledger, incident_of(e, f, k)->name);
        if (suffix == 0x00 || suffix == 0x20)
            return CAP_VERDICT_CLONE;
        if (suffix == SUFFIX_BROWSER && f->n == 1)
            return CAP_VERDICT_BROWSER;
    }
    return f->verdict;
}

/* ---- Putting incidents together ------------------------------------------------------------ */

static int order_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* What must be equal for two incidents to be told in one paragraph. */
static int order_finding(const entry *x, const entry *y)
{
    const cap_incident *a = x->i, *b = y->i;
    int order = order_u64(a->kind, b->kind);
    order = order ? order : order_u64(a->a, b->a);
    order = order ? order : order_u64(a->b, b->b);
    order = order ? order : order_u64(x->verdict, y->verdict);
    order = order ? order : order_u64(a->claim.rcode, b->claim.rcode);
    order = order ? order : order_u64(a->claim.to_server, b->claim.to_server);
    order = order ? order : order_u64(a->claim.refresh, b->claim.refresh);
    return order ? order : memcmp(x->base, y->base, sizeof x->base);
}

/* Those that belong together side by side, in the order of their packets. */
static int by_parties(const void *x, const void *y)
{
    const cap_incident *a = ((const entry *)x)->i, *b = ((const entry *)y)->i;
    int order = order_finding(x, y);
    order = order ? order : order_u64(a->first.frame, b->first.frame);
    return order ? order : order_u64(a->name, b->name);
}

static int by_begin(const void *x, const void *y)
{
    const entry *a = x, *b = y;
    int order = order_u64(a->i->first.frame, b->i->first.frame);
    return order ? order : order_u64(a->place, b->place);
}

/* Findings in the order in which they began; what is moved is the finding, not its incidents. */
static bool sort_findings(cap_explain *e)
{
    entry *keys = calloc(e->n + 1, sizeof *keys);
    cap_finding *sorted = calloc(e->n + 1, sizeof *sorted);
    bool good = keys && sorted;
    for (size_t i = 0; good && i < e->n; i++)
        keys[i] = (entry){ .place = (uint32_t)i, .i = incident_of(e, &e->findings[i], 0) };
    if (good) {
        qsort(keys, e->n, sizeof *keys, by_begin);
        for (size_t i = 0; i < e->n; i++)
            sorted[i] = e->findings[keys[i].place];
        memcpy(e->findings, sorted, e->n * sizeof *sorted);
    }
    free(keys);
    free(sorted);
    return good;
}

static entry entry_of(const cap_ledger *l, uint32_t place)
{
    const cap_incident *i = cap_ledger_incident(l, place);
    entry e = { .place = place, .i = i, .verdict = verdict_of(l, i) };
    if (i->kind == CAP_INCIDENT_REFUSED || i->kind == CAP_INCIDENT_TWO_OWNERS ||
        i->kind == CAP_INCIDENT_SAME_ADDRESS)
        memcpy(e.base, cap_ledger_named(l, i->name)->b, sizeof e.base);
    return e;
}

static int by_pair(const void *x, const void *y)
{
    const cap_incident *a = ((const entry *)x)->i, *b = ((const entry *)y)->i;
    int order = order_u64(a->a, b->a);
    return order ? order : order_u64(a->b, b->b);
}

/* That two are one computer is true of all their names, also where only one of them shows it. */
static void spread_same(entry *all, size_t n)
{
    qsort(all, n, sizeof *all, by_pair);
    for (size_t i = 0, end; i < n; i = end) {
        bool one = false;
        for (end = i; end < n && by_pair(&all[i], &all[end]) == 0; end++)
            one = one || all[end].verdict == CAP_VERDICT_OWN_ADAPTER;
        for (size_t k = i; one && k < end; k++) {
            if (all[k].verdict == CAP_VERDICT_DUPLICATE)
                all[k].verdict = CAP_VERDICT_OWN_ADAPTER;
        }
    }
}

static void put_together(cap_explain *e, const entry *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        e->places[i] = all[i].place;
        if (i == 0 || order_finding(&all[i - 1], &all[i]) != 0)
            e->findings[e->n++] = (cap_finding){ .first = i, .verdict = all[i].verdict };
        e->findings[e->n - 1].n++;
    }
    for (size_t i = 0; i < e->n; i++)
        e->findings[i].verdict = verdict_of_all(e, &e->findings[i]);
}

bool cap_explain_init(cap_explain *e, const cap_ledger *ledger, uint32_t from, uint32_t to)
{
    size_t n = to >= from ? to - from + 1 : 0;
    entry *all = calloc(n + 1, sizeof *all);
    *e = (cap_explain){ .ledger = ledger };
    e->places = calloc(n + 1, sizeof *e->places);
    e->findings = calloc(n + 1, sizeof *e->findings);
    bool good = all && e->places && e->findings;
    if (good) {
        for (size_t i = 0; i < n; i++)
            all[i] = entry_of(ledger, from + (uint32_t)i);
        spread_same(all, n);
        qsort(all, n, sizeof *all, by_parties);
        put_together(e, all, n);
        good = sort_findings(e);
    }
    free(all);
    if (!good)
        cap_explain_fini(e);
    return good;
}

void cap_explain_fini(cap_explain *e)
{
    free(e->places);
    free(e->findings);
    *e = (cap_explain){ 0 };
}

/* ---- Words --------------------------------------------------------------------------------- */

static void add_name(const cap_ledger *l, uint32_t place, cap_buf *out)
{
    char text[NBT_NAME_STR_MAX];
    nbt_name name;
    cap_ledger_name(l, place, &name);
    cap_buf_add(out, text, nbt_name_print(&name, text, sizeof text));
}

/* A, B and C; of many the first ones, and how many more. */
static void add_names(const cap_explain *e, const cap_finding *f, cap_buf *out)
{
    size_t shown = f->n > NAMES_SHOWN ? NAMES_SHOWN : f->n;
    for (size_t k = 0; k < shown; k++) {
        if (k > 0)
            cap_buf_str(out, k + 1 == f->n ? " and " : ", ");
        add_name(e->ledger, incident_of(e, f, k)->name, out);
    }
    if (shown < f->n)
        cap_buf_fmt(out, " and %zu more", f->n - shown);
}

static void add_host(const cap_explain *e, cap_host_id id, cap_buf *out)
{
    const cap_host *h = cap_hosts_get(cap_ledger_hosts(e->ledger), id);
    if (!h) {
        cap_buf_str(out, "somebody");
        return;
    }
    cap_buf_ip(out, h->ip);
    if (h->has_mac) {
        cap_buf_str(out, " (");
        cap_buf_mac(out, h->mac);
        cap_buf_str(out, ")");
    }
}

static void add_frames(uint64_t first, uint64_t last, cap_buf *out)
{
    if (first == last || !last)
        cap_buf_fmt(out, "frame %llu", (unsigned long long)first);
    else
        cap_buf_fmt(out, "frames %llu to %llu", (unsigned long long)first,
                    (unsigned long long)last);
}

/* Seconds as people read them: 0.75 s, 21 s. */
static void add_span(int64_t us, cap_buf *out)
{
    double s = (double)us / 1e6;
    cap_buf_fmt(out, s < 0.01 ? "%.4f s" : s < 10 ? "%.2f s" : "%.0f s", s);
}

/* "x4 over 2.25 s" */
static void add_fold(unsigned n, int64_t us, cap_buf *out)
{
    if (n < 2)
        return;
    cap_buf_fmt(out, ", x%u over ", n);
    add_span(us, out);
}

static void add_asked(const cap_explain *e, const cap_finding *f, cap_buf *out)
{
    const cap_incident *i = incident_of(e, f, 0), *last = incident_of(e, f, f->n - 1);
    const cap_claim *c = &i->claim;
    add_host(e, i->a, out);
    if (!c->sent) {
        cap_buf_str(out, " asked for ");
    } else if (c->to_server) {
        cap_buf_str(out, " asked the name server ");
        add_host(e, c->server, out);
        cap_buf_str(out, c->refresh ? " to refresh " : " for ");
    } else {
        cap_buf_str(out, " claimed ");
    }
    add_names(e, f, out);
    cap_buf_str(out, c->group ? ", as a group name" : "");
    cap_buf_str(out, c->sent && !c->to_server ? " by broadcast (" : " (");
    if (c->first.frame)
        add_frames(c->first.frame, last->claim.first.frame, out);
    else
        cap_buf_str(out, "the request is not in the capture");
    add_fold(c->sent, c->last.time - c->first.time, out);
    cap_buf_str(out, "). ");
}

static void add_challenge(const cap_explain *e, const cap_incident *i, cap_buf *out)
{
    const cap_claim *c = &i->claim;
    if (c->wack.frame)
        cap_buf_fmt(out, "It was told to wait (frame %llu). ", (unsigned long long)c->wack.frame);
    if (c->challenges == 0)
        return;
    bool itself = i->b == c->challenged; /* RFC 1002 4.2.7: the claimant asks */
    if (itself)
        cap_buf_str(out, "Told who has it, it asked ");
    else
        cap_buf_str(out, "The server asked ");
    add_host(e, c->challenged, out);
    cap_buf_str(out, itself ? " (" : ", who has the name in its records (");
    add_frames(c->challenge.frame, c->challenge_last.frame, out);
    add_fold(c->challenges, c->challenge_last.time - c->challenge.time, out);
    if (!c->challenge_answer.frame)
        cap_buf_str(out, "), and got no answer. ");
    else
        cap_buf_fmt(out, "), who said %s (frame %llu). ",
                    c->challenge_yes ? "that it has it" : "no",
                    (unsigned long long)c->challenge_answer.frame);
}

static void add_holder(const cap_explain *e, const cap_incident *i, cap_buf *out)
{
    const cap_holding *h = holder_of(e->ledger, i);
    if (!h || h->host == i->a || h->evidence == CAP_SAID)
        return;
    /* By refusing it shows that it has it: more is worth saying only if more is known. */
    if (h->first.frame >= i->claim.first.frame && h->host == i->b)
        return;
    if (h->host == i->b)
        cap_buf_str(out, "It");
    else
        add_host(e, h->host, out);
    cap_buf_fmt(out,
                h->first.frame < i->claim.end.frame
                    ? " has had it%s since frame %llu (%s). "
                    : " is later seen to have it%s (frame %llu: %s). ",
                h->group ? " as a group name" : "", (unsigned long long)h->first.frame,
                cap_evidence_str(h->began));
}

/* Why two addresses are taken for one computer. */
static void add_same(const cap_explain *e, const cap_incident *i, cap_buf *out)
{
    const cap_hosts *hosts = cap_ledger_hosts(e->ledger);
    const cap_holding *h = holder_of(e->ledger, i);
    cap_host_id other = i->claim.to_server && h ? h->host : i->b;
    switch (cap_hosts_same(hosts, i->a, other)) {
    case CAP_SAME_MAC:
        cap_buf_str(out, "Both addresses have one hardware address. ");
        return;
    case CAP_SAME_UNIT:
        cap_buf_str(out, "The node status of one has the hardware address of the other. ");
        return;
    case CAP_SAME_LIST:
        cap_buf_str(out, "It has itself said that both addresses are its own. ");
        return;
    case CAP_SAME_NOT:
        cap_buf_str(out, "It asked at the very moment when the other had got the name, as one "
                         "adapter of a computer does after another; that they are one computer is "
                         "likely, not certain. ");
        return;
    }
}

static void add_rcode(unsigned rcode, cap_buf *out)
{
    const nbt_code *code = nbt_code_find(NBT_CODESET_RCODE, rcode);
    cap_buf_fmt(out, "RCODE %u", rcode);
    if (code)
        cap_buf_fmt(out, " %s: %s", code->word, code->text);
}

static void add_refusal(const cap_explain *e, const cap_finding *f, cap_buf *out)
{
    const cap_claim *c = &incident_of(e, f, 0)->claim;
    if (c->rcode == NBT_RCODE_OK) {
        cap_buf_str(out, "With that the claim has failed (RFC 1002 5.1.2.1). ");
        return;
    }
    add_host(e, incident_of(e, f, 0)->b, out);
    cap_buf_str(out, f->n > 1 ? " refused each (" : " refused (");
    add_frames(c->end.frame, incident_of(e, f, f->n - 1)->claim.end.frame, out);
    cap_buf_str(out, "; ");
    add_rcode(c->rcode, out);
    cap_buf_str(out, "). ");
}

static void add_refused(const cap_explain *e, const cap_finding *f, cap_buf *out)
{
    const cap_incident *i = incident_of(e, f, 0);
    add_asked(e, f, out);
    if (i->claim.to_server)
        add_challenge(e, i, out);
    add_refusal(e, f, out);
    if (f->verdict == CAP_VERDICT_OWN_ADAPTER)
        add_same(e, i, out);
    else
        add_holder(e, i, out);
    if (i->claim.echo.frame)
        cap_buf_fmt(out, "The very request came back from another hardware address (frame %llu). ",
                    (unsigned long long)i->claim.echo.frame);
    if (i->times > 1)
        cap_buf_fmt(out, "That happened %u times in all, up to frame %llu. ", i->times,
                    (unsigned long long)i->last.frame);
}

/* The holding of one host, if there is one. */
static const cap_holding *holding_of(const cap_ledger *l, uint32_t name, cap_host_id host)
{
    const cap_holding *h = cap_ledger_holding(l, cap_ledger_named(l, name)->unique);
    while (h && h->host != host)
        h = cap_ledger_holding(l, h->next);
    return h;
}

static void add_since(const cap_explain *e, const cap_holding *h, cap_buf *out)
{
    add_host(e, h->host, out);
    cap_buf_fmt(out, " since frame %llu (%s)", (unsigned long long)h->first.frame,
                cap_evidence_str(h->began));
}

static void add_two_owners(const cap_explain *e, const cap_finding *f, cap_buf *out)
{
    const cap_incident *i = incident_of(e, f, 0);
    const cap_holding *a = holding_of(e->ledger, i->name, i->a),
                      *b = holding_of(e->ledger, i->name, i->b);
    if (!a || !b)
        return;
    bool swap = b->first.frame < a->first.frame;
    add_names(e, f, out);
    cap_buf_str(out, f->n > 1 ? " are held by " : " is held by ");
    add_since(e, swap ? b : a, out);
    cap_buf_str(out, " and by ");
    add_since(e, swap ? a : b, out);
    cap_buf_fmt(out, ". Frame %llu shows that it is both at once. ",
                (unsigned long long)i->first.frame);
}

/* Names, and who did what to whom. */
static void add_plain(const cap_explain *e, const cap_finding *f, const char *between,
                      const char *behind, cap_buf *out)
{
    const cap_incident *i = incident_of(e, f, 0);
    add_host(e, i->a, out);
    cap_buf_str(out, between);
    if (i->b)
        add_host(e, i->b, out);
    cap_buf_str(out, behind);
    add_names(e, f, out);
    cap_buf_str(out, " (");
    add_frames(i->first.frame, i->last.frame, out);
    add_fold(i->times, i->last.time - i->first.time, out);
    cap_buf_str(out, "). ");
}

static void add_same_address(const cap_explain *e, const cap_finding *f, cap_buf *out)
{
    const cap_incident *i = incident_of(e, f, 0);
    const cap_host *h = cap_hosts_get(cap_ledger_hosts(e->ledger), i->a);
    add_host(e, i->a, out);
    cap_buf_str(out, " has ");
    add_names(e, f, out);
    cap_buf_str(out, ", and from the same address ");
    if (h)
        cap_buf_mac(out, h->mac2);
    cap_buf_str(out, f->n > 1 ? " claims them too (" : " claims it too (");
    add_frames(i->first.frame, incident_of(e, f, f->n - 1)->first.frame, out);
    cap_buf_str(out, "). Neither takes the other for another computer. ");
}

static void add_what(const cap_explain *e, const cap_finding *f, cap_buf *out)
{
    const cap_incident *i = incident_of(e, f, 0);
    switch (i->kind) {
    case CAP_INCIDENT_REFUSED:
        add_refused(e, f, out);
        return;
    case CAP_INCIDENT_UNANSWERED:
        add_asked(e, f, out);
        cap_buf_str(out, "No answer came. ");
        return;
    case CAP_INCIDENT_TWO_OWNERS:
        add_two_owners(e, f, out);
        return;
    case CAP_INCIDENT_SAME_ADDRESS:
        add_same_address(e, f, out);
        return;
    case CAP_INCIDENT_USED:
        add_plain(e, f, " has the name, and ", " sends datagrams under it: ", out);
        return;
    case CAP_INCIDENT_GROUP_UNIQUE:
        add_plain(e, f, " has as its own what for ", " is the name of a group: ", out);
        return;
    case CAP_INCIDENT_DEMAND:
        add_plain(e, f, " told ", " that its name is in conflict: ", out);
        return;
    case CAP_INCIDENT_CONFLICT:
        add_plain(e, f, " lists as in conflict", ": ", out);
        return;
    case CAP_INCIDENT_RELEASED:
        add_plain(e, f, " released, for ", ", ", out);
        return;
    case CAP_INCIDENT_LISTED:
        add_plain(e, f, " and ", ", two computers, are both listed by the name server for ", out);
        return;
    case CAP_INCIDENT_STRANGE:
        add_plain(e, f, " answered", " for what nothing here shows that it registered: ", out);
        return;
    case CAP_INCIDENT_FOREIGN:
        add_plain(e, f, " answered a broadcast question with the address of ", " for ", out);
        return;
    case CAP_INCIDENT_UNASKED:
        add_plain(e, f, " answered ", ", who had not asked, for ", out);
        return;
    case CAP_INCIDENT_TWO_ANSWERS:
        add_plain(e, f, " and ", " gave one question different answers for ", out);
        return;
    }
}

/* What ADD NAME, or a later command, returned to the program. */
static enum nbt_nrc nrc_of(const cap_incident *i)
{
    switch (i->kind) {
    case CAP_INCIDENT_REFUSED:
        return i->claim.refresh ? NBT_NRC_NAMCONF : NBT_NRC_INUSE;
    case CAP_INCIDENT_DEMAND:
    case CAP_INCIDENT_CONFLICT:
        return NBT_NRC_NAMCONF;
    case CAP_INCIDENT_UNANSWERED:
    case CAP_INCIDENT_TWO_OWNERS:
    case CAP_INCIDENT_SAME_ADDRESS:
    case CAP_INCIDENT_USED:
    case CAP_INCIDENT_GROUP_UNIQUE:
    case CAP_INCIDENT_RELEASED:
    case CAP_INCIDENT_LISTED:
    case CAP_INCIDENT_STRANGE:
    case CAP_INCIDENT_FOREIGN:
    case CAP_INCIDENT_UNASKED:
    case CAP_INCIDENT_TWO_ANSWERS:
        break;
    }
    return NBT_NRC_GOODRET;
}

static void add_nrc(const cap_incident *i, cap_buf *out)
{
    enum nbt_nrc nrc = nrc_of(i);
    const nbt_code *code = nbt_code_find(NBT_CODESET_NRC, nrc);
    if (nrc == NBT_NRC_GOODRET || !code)
        return;
    cap_buf_fmt(out, "%s %s (0x%02X: %s). ",
                nrc == NBT_NRC_INUSE ? "The program that asked got"
                                     : "A program that uses the name there gets",
                code->word, (unsigned)code->value, code->text);
}

static void add_console(cap_buf *out)
{
    const rc_say_text *one = rc_say_find(RC_SAY_NAME_REFUSED_1),
                      *two = rc_say_find(RC_SAY_NAME_REFUSED_2);
    cap_buf_fmt(out,
                "The user of a remote-control console sees no session; the nearest texts that are "
                "documented are \"%s\" (%s) and \"%s\" (%s). ",
                one->text, one->article, two->text, two->article);
}

/* What the user of the names sees: the first row of the table that one of them has. */
static void add_seen(const cap_explain *e, const cap_finding *f, cap_buf *out)
{
    size_t row = sizeof seen / sizeof *seen;
    bool console = false;
    for (size_t k = 0; k < f->n; k++) {
        const cap_incident *i = incident_of(e, f, k);
        uint8_t suffix = suffix_of(e->ledger, i->name);
        console = console || suffix == SUFFIX_VIEWER;
        for (size_t j = 0; j < row && !i->claim.group; j++) {
            if (seen[j].suffix == suffix)
                row = j;
        }
    }
    if (row < sizeof seen / sizeof *seen)
        cap_buf_fmt(out, "What the user sees: %s (%s). ", seen[row].text, seen[row].source);
    if (console)
        add_console(out);
}

static bool is_seen(const cap_incident *i)
{
    return i->kind == CAP_INCIDENT_REFUSED || i->kind == CAP_INCIDENT_DEMAND ||
           i->kind == CAP_INCIDENT_CONFLICT;
}

static void add_paragraph(const cap_explain *e, const cap_finding *f, cap_buf *out)
{
    add_what(e, f, out);
    add_nrc(incident_of(e, f, 0), out);
    if (is_seen(incident_of(e, f, 0)))
        add_seen(e, f, out);
}

void cap_explain_text(const cap_explain *e, size_t i, size_t number, cap_buf *out)
{
    const cap_finding *f = &e->findings[i];
    cap_buf line = { 0 };
    cap_buf_fmt(&line, "%zu. ", number);
    add_names(e, f, &line);
    cap_buf_fmt(&line, ": %s", verdicts[f->verdict].title);
    cap_buf_wrap(out, line.s, line.n, 0, WIDTH);
    line.n = 0;
    add_paragraph(e, f, &line);
    cap_buf_wrap(out, line.s, line.n, 4, WIDTH);
    line.n = 0;
    cap_buf_fmt(&line, "To do: %s", verdicts[f->verdict].advice);
    cap_buf_wrap(out, line.s, line.n, 4, WIDTH);
    cap_buf_str(out, "\n");
    cap_buf_fini(&line);
}

/* What is between the two parties in a line; "" where there is only the first. */
static const char *between_of(cap_incident_kind kind)
{
    static const char *const words[] = {
        [CAP_INCIDENT_REFUSED] = " was refused by ",
        [CAP_INCIDENT_UNANSWERED] = " was not answered by ",
        [CAP_INCIDENT_TWO_OWNERS] = " and ",
        [CAP_INCIDENT_SAME_ADDRESS] = "",
        [CAP_INCIDENT_USED] = " has it, and datagrams under it come from ",
        [CAP_INCIDENT_GROUP_UNIQUE] = " has as its own what is a group's for ",
        [CAP_INCIDENT_DEMAND] = " said so to ",
        [CAP_INCIDENT_CONFLICT] = "",
        [CAP_INCIDENT_RELEASED] = " released what belongs to ",
        [CAP_INCIDENT_LISTED] = " and ",
        [CAP_INCIDENT_STRANGE] = "",
        [CAP_INCIDENT_FOREIGN] = " gave the address of ",
        [CAP_INCIDENT_UNASKED] = " told ",
        [CAP_INCIDENT_TWO_ANSWERS] = " and ",
    };
    return words[kind];
}

void cap_explain_line(const cap_explain *e, size_t i, cap_buf *out)
{
    const cap_finding *f = &e->findings[i];
    const cap_incident *first = incident_of(e, f, 0);
    const char *between = between_of(first->kind);
    add_names(e, f, out);
    cap_buf_str(out, ": ");
    add_host(e, first->a, out);
    cap_buf_str(out, between);
    if (*between)
        add_host(e, first->b, out);
    cap_buf_fmt(out, "; %s", verdicts[f->verdict].title);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void json_host(const cap_explain *e, const char *key, cap_host_id id, cap_buf *out)
{
    const cap_host *h = cap_hosts_get(cap_ledger_hosts(e->ledger), id);
    cap_buf_fmt(out, ",\"%s\":", key);
    if (!h) {
        cap_buf_str(out, "null");
        return;
    }
    cap_buf_str(out, "{\"ip\":\"");
    cap_buf_ip(out, h->ip);
    cap_buf_str(out, "\",\"mac\":");
    if (h->has_mac) {
        cap_buf_str(out, "\"");
        cap_buf_mac(out, h->mac);
        cap_buf_str(out, "\"}");
    } else {
        cap_buf_str(out, "null}");
    }
}

static void json_text(const char *key, const cap_buf *text, cap_buf *out)
{
    size_t n = text->n;
    while (n > 0 && text->s[n - 1] == ' ')
        n--;
    cap_buf_fmt(out, ",\"%s\":", key);
    cap_buf_json(out, text->s, n);
}

static int by_number(const void *x, const void *y)
{
    return order_u64(*(const uint64_t *)x, *(const uint64_t *)y);
}

enum { FRAMES_EACH = 6 };

/* The frames that a reader will want to look at, in their order, each once. */
static void json_frames(const cap_explain *e, const cap_finding *f, cap_buf *out)
{
    uint64_t *all = calloc(f->n * FRAMES_EACH, sizeof *all), before = 0;
    size_t n = 0;
    for (size_t k = 0; all && k < f->n; k++) {
        const cap_incident *i = incident_of(e, f, k);
        const uint64_t frames[FRAMES_EACH] = {
            i->before.frame,     i->first.frame,           i->claim.first.frame,
            i->claim.wack.frame, i->claim.challenge.frame, i->claim.end.frame,
        };
        memcpy(all + n, frames, sizeof frames);
        n += FRAMES_EACH;
    }
    if (all)
        qsort(all, n, sizeof *all, by_number);
    cap_buf_str(out, ",\"frames\":[");
    for (size_t i = 0; all && i < n; i++) {
        if (all[i] == before) /* 0: there is none of that kind */
            continue;
        cap_buf_fmt(out, "%s%llu", before ? "," : "", (unsigned long long)all[i]);
        before = all[i];
    }
    cap_buf_str(out, "]");
    out->failed = out->failed || !all;
    free(all);
}

void cap_explain_json(const cap_explain *e, size_t i, cap_buf *out)
{
    const cap_finding *f = &e->findings[i];
    const cap_incident *first = incident_of(e, f, 0);
    cap_buf text = { 0 };
    cap_buf_fmt(out, "{\"finding\":\"%s\",\"grade\":\"%s\",\"title\":", cap_verdict_str(f->verdict),
                cap_grade_str(verdicts[f->verdict].grade));
    cap_buf_json(out, verdicts[f->verdict].title, strlen(verdicts[f->verdict].title));
    cap_buf_str(out, ",\"names\":[");
    for (size_t k = 0; k < f->n; k++) {
        cap_buf_str(out, k > 0 ? "," : "");
        text.n = 0;
        add_name(e->ledger, incident_of(e, f, k)->name, &text);
        cap_buf_json(out, text.s, text.n);
    }
    cap_buf_str(out, "]");
    json_host(e, "who", first->a, out);
    json_host(e, "other", first->b, out);
    json_host(e, "server", first->claim.server, out);
    json_frames(e, f, out);
    if (first->kind == CAP_INCIDENT_REFUSED)
        cap_buf_fmt(out, ",\"rcode\":%u", first->claim.rcode);
    if (nrc_of(first) != NBT_NRC_GOODRET)
        cap_buf_fmt(out, ",\"nrc\":\"%s\"", nbt_code_word(NBT_CODESET_NRC, nrc_of(first)));
    text.n = 0;
    add_paragraph(e, f, &text);
    json_text("text", &text, out);
    text.n = 0;
    cap_buf_str(&text, verdicts[f->verdict].advice);
    json_text("advice", &text, out);
    cap_buf_str(out, "}\n");
    cap_buf_fini(&text);
}

/* ---- Hints --------------------------------------------------------------------------------- */

void cap_explain_hints(const cap_ledger *ledger, cap_buf *out)
{
    const cap_explain e = { .ledger = ledger };
    for (uint32_t name = 1; name <= cap_ledger_names(ledger); name++) {
        const cap_holding *h = cap_ledger_holding(ledger, cap_ledger_named(ledger, name)->unique);
        if (suffix_of(ledger, name) != SUFFIX_VIEWER || !h || h->evidence < CAP_CLAIMED)
            continue;
        cap_buf line = { 0 };
        cap_buf_str(&line, "Note: ");
        add_host(&e, h->host, &line);
        cap_buf_str(&line, " holds the viewer's name ");
        add_name(ledger, name, &line);
        cap_buf_fmt(&line, " from frame %llu ", (unsigned long long)h->first.frame);
        if (h->ending == CAP_HELD)
            cap_buf_str(&line, "on. ");
        else
            cap_buf_fmt(&line, "to frame %llu. ", (unsigned long long)h->ended.frame);
        cap_buf_str(&line,
                    "A second remote-control session that this console begins meanwhile is refused "
                    "by its own name table (ADD NAME gives NRC_DUPNAME, 0x0D), and no packet shows "
                    "it (Q200832).");
        cap_buf_wrap(out, line.s, line.n, 0, WIDTH);
        cap_buf_str(out, "\n");
        cap_buf_fini(&line);
    }
}
