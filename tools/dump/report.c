/*
 * The ledger, told.
 */
#include "tools/dump/report.h"
#include "capture/explain.h"

#include <stdlib.h>
#include <string.h>

/* Longer than a claim takes by broadcast, with its retransmissions, under any profile. */
#define SETTLED NBT_S(10)

bool dump_report_init(dump_report *r, const dump_opt *o, dump_out *out, cap_printer *printer)
{
    *r = (dump_report){ .o = o, .out = out, .printer = printer };
    r->ledger = cap_ledger_new();
    return r->ledger != NULL;
}

void dump_report_fini(dump_report *r)
{
    cap_ledger_free(r->ledger);
    r->ledger = NULL;
}

void dump_report_put(dump_report *r, const cap_item *item, const cap_link *link)
{
    cap_print_begin(r->printer, item->time);
    cap_ledger_put(r->ledger, item, link);
}

/* Writes what was put together, and frees it. */
static bool tell(dump_report *r, cap_buf *text)
{
    bool good = !text->failed;
    dump_out_text(r->out, text->s, text->n);
    cap_buf_fini(text);
    return good;
}

/* ---- Findings ------------------------------------------------------------------------------ */

static bool tell_findings(dump_report *r, uint32_t to)
{
    cap_explain e;
    cap_buf text = { 0 };
    if (!cap_explain_init(&e, r->ledger, r->said + 1, to))
        return false;
    for (size_t i = 0; i < e.n; i++) {
        r->found++;
        if (r->o->form == DUMP_TEXT)
            cap_explain_text(&e, i, r->found, &text);
        else
            cap_explain_json(&e, i, &text);
    }
    r->said = to;
    cap_explain_fini(&e);
    return tell(r, &text);
}

bool dump_report_settle(dump_report *r, int64_t now)
{
    uint32_t to = r->said, n = cap_ledger_incidents(r->ledger);
    if (r->o->show != DUMP_EXPLAIN)
        return true;
    while (to < n && cap_ledger_incident(r->ledger, to + 1)->first.time + SETTLED < now)
        to++;
    return to == r->said || tell_findings(r, to);
}

static bool explain_end(dump_report *r)
{
    cap_buf text = { 0 };
    uint64_t left_out = cap_ledger_left_out(r->ledger);
    if (!tell_findings(r, cap_ledger_incidents(r->ledger)))
        return false;
    if (r->o->form != DUMP_TEXT)
        return true;
    cap_explain_hints(r->ledger, &text);
    if (r->found == 0)
        cap_buf_str(&text, "No claim failed, no name has two owners, no conflict was declared.\n");
    if (left_out > 0)
        cap_buf_fmt(&text,
                    "The capture is too large to remember all of it: %llu things were left "
                    "out.\n",
                    (unsigned long long)left_out);
    return tell(r, &text);
}

/* ---- Names --------------------------------------------------------------------------------- */

typedef struct named {
    uint32_t place;
    const cap_named *n;
} named;

static int by_name(const void *x, const void *y)
{
    const cap_named *a = ((const named *)x)->n, *b = ((const named *)y)->n;
    int order = memcmp(a->b, b->b, sizeof a->b);
    return order ? order : (int)a->scope - (int)b->scope;
}

static void add_time(dump_report *r, cap_when when, cap_buf *text)
{
    char time[64];
    cap_buf_add(text, time, cap_print_time(r->printer, when.time, time));
}

static const char *ending_str(cap_ending ending)
{
    switch (ending) {
    case CAP_HELD:
        return "held";
    case CAP_RELEASED:
        return "released";
    case CAP_TAKEN:
        return "taken";
    case CAP_MOVED:
        return "moved";
    case CAP_IN_CONFLICT:
        return "in-conflict";
    }
    return "";
}

static void holding_text(dump_report *r, const cap_holding *h, cap_buf *text)
{
    const cap_host *host = cap_hosts_get(cap_ledger_hosts(r->ledger), h->host);
    cap_when until = h->ending == CAP_HELD ? h->last : h->ended;
    cap_buf_str(text, "    ");
    cap_buf_ip(text, host->ip);
    cap_buf_str(text, " ");
    if (host->has_mac)
        cap_buf_mac(text, host->mac);
    else
        cap_buf_str(text, "-");
    cap_buf_str(text, h->group ? " group  " : " unique ");
    add_time(r, h->first, text);
    cap_buf_str(text, " to ");
    add_time(r, until, text);
    cap_buf_fmt(text, " %s, frames %llu to %llu; %s (frame %llu)\n", ending_str(h->ending),
                (unsigned long long)h->first.frame, (unsigned long long)until.frame,
                cap_evidence_str(h->evidence), (unsigned long long)h->strong.frame);
}

static void holding_json(dump_report *r, const char *name, size_t n, const cap_holding *h,
                         cap_buf *text)
{
    const cap_host *host = cap_hosts_get(cap_ledger_hosts(r->ledger), h->host);
    cap_when until = h->ending == CAP_HELD ? h->last : h->ended;
    cap_buf_str(text, "{\"name\":");
    cap_buf_json(text, name, n);
    cap_buf_str(text, ",\"ip\":\"");
    cap_buf_ip(text, host->ip);
    cap_buf_str(text, "\",\"mac\":");
    if (host->has_mac) {
        cap_buf_str(text, "\"");
        cap_buf_mac(text, host->mac);
        cap_buf_str(text, "\"");
    } else {
        cap_buf_str(text, "null");
    }
    cap_buf_fmt(text,
                ",\"group\":%s,\"state\":\"%s\",\"from\":%lld.%06lld,\"to\":%lld.%06lld,"
                "\"from_frame\":%llu,\"to_frame\":%llu,\"evidence\":\"%s\",\"evidence_frame\":%llu}"
                "\n",
                h->group ? "true" : "false", ending_str(h->ending),
                (long long)(h->first.time / NBT_S(1)), (long long)(h->first.time % NBT_S(1)),
                (long long)(until.time / NBT_S(1)), (long long)(until.time % NBT_S(1)),
                (unsigned long long)h->first.frame, (unsigned long long)until.frame,
                cap_evidence_word(h->evidence), (unsigned long long)h->strong.frame);
}

/* Chains have the newest first; people read from the oldest. */
static void tell_holdings(dump_report *r, const char *name, size_t n, uint32_t first, cap_buf *text)
{
    size_t count = 0;
    for (const cap_holding *h = cap_ledger_holding(r->ledger, first); h;
         h = cap_ledger_holding(r->ledger, h->next))
        count++;
    const cap_holding **all = calloc(count + 1, sizeof *all);
    size_t at = count;
    for (const cap_holding *h = cap_ledger_holding(r->ledger, first); all && h;
         h = cap_ledger_holding(r->ledger, h->next))
        all[--at] = h;
    for (size_t i = 0; all && i < count; i++) {
        if (r->o->form == DUMP_TEXT)
            holding_text(r, all[i], text);
        else
            holding_json(r, name, n, all[i], text);
    }
    text->failed = text->failed || !all;
    free(all);
}

static void tell_name(dump_report *r, uint32_t place, cap_buf *text)
{
    char line[NBT_NAME_STR_MAX];
    nbt_name name;
    const cap_named *n = cap_ledger_named(r->ledger, place);
    const nbt_suffix *suffix = nbt_suffix_find(n->b[NBT_NAME_LEN - 1], !n->unique && n->group);
    cap_ledger_name(r->ledger, place, &name);
    size_t len = nbt_name_print(&name, line, sizeof line);
    if (r->o->form == DUMP_TEXT) {
        cap_buf_add(text, line, len);
        if (suffix)
            cap_buf_fmt(text, "  %s", suffix->text);
        cap_buf_str(text,
                    n->unique || n->group ? "\n" : "\n    held by nobody, as far as is seen\n");
    }
    tell_holdings(r, line, len, n->unique, text);
    tell_holdings(r, line, len, n->group, text);
}

static bool names_end(dump_report *r)
{
    uint32_t n = cap_ledger_names(r->ledger);
    named *all = calloc((size_t)n + 1, sizeof *all);
    if (!all)
        return false;
    for (uint32_t i = 0; i < n; i++)
        all[i] = (named){ i + 1, cap_ledger_named(r->ledger, i + 1) };
    qsort(all, n, sizeof *all, by_name);
    bool good = true;
    for (uint32_t i = 0; i < n && good; i++) {
        cap_buf text = { 0 };
        tell_name(r, all[i].place, &text);
        good = tell(r, &text);
    }
    free(all);
    return good;
}

bool dump_report_end(dump_report *r)
{
    cap_ledger_end(r->ledger);
    return r->o->show == DUMP_NAMES ? names_end(r) : explain_end(r);
}
