/*
 * Two ledgers that take turns, and a look at the incidents that each message has entered.
 */
#include "capture/watch.h"
#include "capture/metrics.h"

#include <stdlib.h>
#include <string.h>

enum {
    YOUNG_AT = 50,
    FULL_AT = 98, /* hundredths: before something is left out */
    QUEUE = 4 * CAP_LEDGER_SEEN_MAX,
};

/* A clock that goes back by more was set; by less, packets have overtaken each other. */
#define CLOCK_SET NBT_S(5)

/* When an incident was told last, and how often it had been seen by then. */
typedef struct told {
    int64_t time; /* 0: never */
    unsigned times;
} told;

struct cap_watch {
    cap_watch_cfg cfg;
    cap_ledger *now, *young; /* young is NULL while there is room */
    told *told;              /* by place in `now` */
    uint32_t ntold;
    int64_t time;
    cap_event queue[QUEUE];
    size_t first, n;
    int64_t allowed;   /* how many events may be told, in millionths */
    int64_t since;     /* when that was reckoned */
    uint64_t left_out; /* by ledgers that are gone */
    cap_watch_counts counts;
};

cap_watch *cap_watch_new(const cap_watch_cfg *cfg)
{
    cap_watch *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->cfg = *cfg;
    w->cfg.names = cfg->names ? cfg->names : CAP_WATCH_NAMES;
    w->now = cap_ledger_new_bounded(w->cfg.names);
    w->allowed = CAP_WATCH_BURST * NBT_S(1);
    if (w->now)
        return w;
    free(w);
    return NULL;
}

void cap_watch_free(cap_watch *w)
{
    if (!w)
        return;
    cap_ledger_free(w->now);
    cap_ledger_free(w->young);
    free(w->told);
    free(w);
}

/* ---- Events -------------------------------------------------------------------------------- */

/* Room to remember about a place. False: no memory. */
static bool told_room(cap_watch *w, uint32_t place)
{
    if (place < w->ntold)
        return true;
    uint32_t more = w->ntold ? w->ntold : 64;
    while (more <= place)
        more *= 2;
    told *grown = realloc(w->told, more * sizeof *grown);
    if (!grown)
        return false;
    memset(grown + w->ntold, 0, (more - w->ntold) * sizeof *grown);
    w->told = grown;
    w->ntold = more;
    return true;
}

static bool may_tell(cap_watch *w)
{
    int64_t passed = w->time - w->since;
    w->since = w->time;
    if (passed > 0)
        w->allowed += passed < NBT_S(3600) ? passed * CAP_WATCH_EACH_SECOND : NBT_S(3600);
    if (w->allowed > CAP_WATCH_BURST * NBT_S(1))
        w->allowed = CAP_WATCH_BURST * NBT_S(1);
    if (w->allowed < NBT_S(1) || w->n == QUEUE)
        return false;
    w->allowed -= NBT_S(1);
    return true;
}

static bool verdict_of(const cap_watch *w, uint32_t place, cap_verdict *verdict)
{
    cap_explain e;
    if (!cap_explain_init(&e, w->now, place, place))
        return false;
    *verdict = e.findings[0].verdict;
    cap_explain_fini(&e);
    return true;
}

static void enter(cap_watch *w, uint32_t place)
{
    const cap_incident *i = cap_ledger_incident(w->now, place);
    cap_verdict verdict;
    if (!told_room(w, place) || !verdict_of(w, place, &verdict))
        return;
    told *t = &w->told[place];
    bool again = t->times > 0;
    int64_t since = w->time - t->time;
    if (again && since < w->cfg.again && since > -CLOCK_SET)
        return;
    w->counts.events[verdict]++;
    if (!may_tell(w)) {
        w->counts.held_back++;
    } else {
        w->queue[(w->first + w->n++) % QUEUE] =
            (cap_event){ verdict, place, w->time, i->times - t->times, again };
    }
    *t = (told){ w->time, i->times };
}

static void look(cap_watch *w)
{
    uint32_t places[CAP_LEDGER_SEEN_MAX];
    size_t n = cap_ledger_look(w->now, places);
    for (size_t i = 0; i < n; i++)
        enter(w, places[i]);
    if (w->young)
        cap_ledger_look(w->young, places);
    w->counts.left_out = w->left_out + cap_ledger_left_out(w->now);
}

bool cap_watch_next(cap_watch *w, cap_event *event)
{
    if (w->n == 0)
        return false;
    *event = w->queue[w->first];
    w->first = (w->first + 1) % QUEUE;
    w->n--;
    return true;
}

/* ---- Turns --------------------------------------------------------------------------------- */

static uint32_t hosts_of(const cap_ledger *l)
{
    return cap_hosts_count(cap_ledger_hosts(l));
}

/* What both know has been told as the old one's. */
static void take_over(cap_watch *w)
{
    cap_ledger *old = w->now;
    uint32_t n = cap_ledger_incidents(w->young);
    w->counts.forgotten_names += cap_ledger_names(old) - cap_ledger_names(w->young);
    w->counts.forgotten_hosts += hosts_of(old) - hosts_of(w->young);
    w->left_out += cap_ledger_left_out(old);
    w->now = w->young;
    w->young = NULL;
    w->n = 0; /* what was not fetched: places of a ledger that is gone */
    cap_ledger_free(old);
    if (w->ntold > 0)
        memset(w->told, 0, w->ntold * sizeof *w->told);
    for (uint32_t place = 1; place <= n && told_room(w, place); place++)
        w->told[place] = (told){ w->time, cap_ledger_incident(w->now, place)->times };
}

static void take_turns(cap_watch *w)
{
    unsigned fill = cap_ledger_fill(w->now);
    if (fill >= FULL_AT && w->young)
        take_over(w);
    else if (fill >= YOUNG_AT && !w->young)
        w->young = cap_ledger_new_bounded(w->cfg.names); /* without memory, another time */
}

static void count(cap_watch *w, const cap_item *item)
{
    cap_watch_counts *c = &w->counts;
    if (!item->msg)
        return;
    c->messages[item->msg->service]++;
    c->first = c->first ? c->first : item->time;
    c->last = item->time;
    if (item->msg->err)
        c->malformed++;
    else if (item->msg->service == NBT_SERVICE_NAME)
        c->kinds[nbt_ns_kind_of(&item->msg->u.ns)]++;
}

void cap_watch_put(cap_watch *w, const cap_item *item, const cap_link *link)
{
    w->time = item->time;
    take_turns(w);
    count(w, item);
    cap_ledger_put(w->now, item, link);
    if (w->young)
        cap_ledger_put(w->young, item, link);
    cap_watch_tick(w, item->time);
}

void cap_watch_tick(cap_watch *w, int64_t now)
{
    w->time = now;
    cap_ledger_tick(w->now, now);
    if (w->young)
        cap_ledger_tick(w->young, now);
    look(w);
}

void cap_watch_end(cap_watch *w)
{
    cap_ledger_end(w->now);
    look(w);
}

/* ---- Words --------------------------------------------------------------------------------- */

bool cap_watch_line(const cap_watch *w, const cap_event *event, cap_buf *out)
{
    cap_explain e;
    if (!cap_explain_init(&e, w->now, event->place, event->place))
        return false;
    cap_buf_fmt(out, "%s %s ", cap_grade_str(cap_verdict_grade(event->verdict)),
                cap_verdict_str(event->verdict));
    cap_explain_line(&e, 0, out);
    if (event->again)
        cap_buf_fmt(out, " (again, %u times since)", event->times);
    cap_explain_fini(&e);
    return !out->failed;
}

bool cap_watch_json(const cap_watch *w, const cap_event *event, cap_buf *out)
{
    cap_explain e;
    cap_buf finding = { 0 };
    if (!cap_explain_init(&e, w->now, event->place, event->place))
        return false;
    cap_explain_json(&e, 0, &finding);
    cap_buf_fmt(out, "{\"time\":%lld.%06lld,\"event\":\"finding\",\"times\":%u,\"again\":%s,",
                (long long)(event->time / NBT_S(1)), (long long)(event->time % NBT_S(1)),
                event->times, event->again ? "true" : "false");
    if (finding.n > 1)
        cap_buf_add(out, finding.s + 1, finding.n - 1); /* its bracket is there already */
    out->failed = out->failed || finding.failed;
    cap_buf_fini(&finding);
    cap_explain_fini(&e);
    return !out->failed;
}

cap_watch_counts *cap_watch_count(cap_watch *w)
{
    return &w->counts;
}

uint32_t cap_watch_names(const cap_watch *w)
{
    return cap_ledger_names(w->now);
}

uint32_t cap_watch_hosts(const cap_watch *w)
{
    return hosts_of(w->now);
}

/* ---- Numbers ------------------------------------------------------------------------------- */

static uint64_t all_events(const cap_watch_counts *c)
{
    uint64_t n = 0;
    for (size_t i = 0; i < CAP_VERDICT_COUNT; i++)
        n += c->events[i];
    return n;
}

static void metrics_traffic(cap_metrics *m, const cap_watch_counts *c)
{
    static const char *const services[] = { "name", "datagram", "session" };
    cap_metrics_family(m, "nbt_watch_packets", CAP_COUNTER, "Packets of NetBIOS ports captured.");
    cap_metrics_sample(m, NULL, NULL, c->packets);
    cap_metrics_family(m, "nbt_watch_packets_missed", CAP_COUNTER,
                       "Packets that the kernel had no room for.");
    cap_metrics_sample(m, NULL, NULL, c->missed);
    cap_metrics_family(m, "nbt_watch_messages", CAP_COUNTER, "Messages by service.");
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        cap_metrics_sample(m, "service", services[i], c->messages[i]);
    cap_metrics_family(m, "nbt_watch_name_messages", CAP_COUNTER,
                       "Messages of the name service by kind (RFC 1002 4.2).");
    for (nbt_ns_kind kind = 0; kind < NBT_NS_KINDS; kind++)
        cap_metrics_sample(m, "kind", nbt_ns_kind_word(kind), c->kinds[kind]);
    cap_metrics_family(m, "nbt_watch_malformed", CAP_COUNTER, "Messages that cannot be read.");
    cap_metrics_sample(m, NULL, NULL, c->malformed);
}

static void metrics_events(cap_metrics *m, const cap_watch_counts *c)
{
    cap_metrics_family(m, "nbt_watch_findings", CAP_COUNTER,
                       "What went wrong with names, by kind.");
    for (cap_verdict v = 0; v < CAP_VERDICT_COUNT; v++)
        cap_metrics_sample(m, "finding", cap_verdict_str(v), c->events[v]);
    cap_metrics_family(m, "nbt_watch_findings_held_back", CAP_COUNTER,
                       "Findings that were counted and not told, since they came too fast.");
    cap_metrics_sample(m, NULL, NULL, c->held_back);
}

static void metrics_memory(const cap_watch *w, cap_metrics *m)
{
    const cap_watch_counts *c = &w->counts;
    cap_metrics_family(m, "nbt_watch_names", CAP_GAUGE, "Names that are known.");
    cap_metrics_sample(m, NULL, NULL, cap_watch_names(w));
    cap_metrics_family(m, "nbt_watch_hosts", CAP_GAUGE, "Addresses that are known.");
    cap_metrics_sample(m, NULL, NULL, cap_watch_hosts(w));
    cap_metrics_family(m, "nbt_watch_forgotten", CAP_COUNTER,
                       "What was forgotten to have room for others.");
    cap_metrics_sample(m, "what", "names", c->forgotten_names);
    cap_metrics_sample(m, "what", "hosts", c->forgotten_hosts);
    cap_metrics_sample(m, "what", "others", c->left_out);
}

void cap_watch_metrics(const cap_watch *w, int64_t began, cap_buf *out)
{
    cap_metrics m;
    cap_metrics_init(&m, out);
    metrics_traffic(&m, &w->counts);
    metrics_events(&m, &w->counts);
    metrics_memory(w, &m);
    cap_metrics_family(&m, "nbt_watch_start_time_seconds", CAP_GAUGE,
                       "When watching began, in seconds since 1970.");
    cap_metrics_seconds(&m, began);
    cap_metrics_family(&m, "nbt_watch_last_message_time_seconds", CAP_GAUGE,
                       "When the last message came, in seconds since 1970; 0 for none.");
    cap_metrics_seconds(&m, w->counts.last);
    cap_metrics_end(&m);
}

void cap_watch_summary(const cap_watch *w, cap_buf *out)
{
    const cap_watch_counts *c = &w->counts;
    uint64_t messages = c->messages[0] + c->messages[1] + c->messages[2];
    cap_buf_fmt(out, "%llu findings in %llu messages of %u hosts with %u names",
                (unsigned long long)all_events(c), (unsigned long long)messages,
                (unsigned)cap_watch_hosts(w), (unsigned)cap_watch_names(w));
    if (c->malformed)
        cap_buf_fmt(out, ", %llu messages malformed", (unsigned long long)c->malformed);
    if (c->missed)
        cap_buf_fmt(out, ", %llu packets missed", (unsigned long long)c->missed);
    if (c->held_back)
        cap_buf_fmt(out, ", %llu findings held back", (unsigned long long)c->held_back);
    if (c->forgotten_names || c->forgotten_hosts || c->left_out)
        cap_buf_fmt(out, ", forgotten: %llu names, %llu hosts, %llu others",
                    (unsigned long long)c->forgotten_names, (unsigned long long)c->forgotten_hosts,
                    (unsigned long long)c->left_out);
}
