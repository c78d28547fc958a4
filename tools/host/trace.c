/*
 * A change of state in the two forms that it is watched in. It never filters.
 */
#include "tools/host/trace.h"

#include <time.h>

#include "tools/host/iface.h"
#include "tools/host/json.h"

void host_trace_json(FILE *f, const nbt_act *act)
{
    const nbt_trace *t = &act->trace;
    host_json j;
    host_json_begin(&j, f, "trace");
    host_json_int(&j, "lana", act->lana);
    host_json_str(&j, "what", t->what);
    if (!t->unnamed)
        host_json_name(&j, "name", t->name);
    host_json_str(&j, "from", t->from);
    host_json_str(&j, "to", t->to);
    host_json_str(&j, "why", t->why);
    if (t->field) {
        host_json_str(&j, "field", t->field);
        host_json_int(&j, "offset", t->offset);
    }
    host_json_ep(&j, "peer", t->peer);
    host_json_int(&j, "trn_id", t->trn_id);
    host_json_int(&j, "code", t->code);
    if (t->holder) {
        host_json_ep(&j, "holder", (nbt_ep){ t->holder, 0 });
        host_json_int(&j, "since", t->since);
        host_json_int(&j, "asked", t->asked);
    }
    host_json_end(&j);
}

/* What a name server knows of the holder. */
static void print_holder(FILE *f, const nbt_trace *t)
{
    struct tm tm;
    char when[24], ip[HOST_IP_STR_MAX];
    time_t since = t->since;
    localtime_r(&since, &tm);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &tm);
    fprintf(f, ", held by %s since %s", host_ip_str(t->holder, ip), when);
    if (t->asked)
        fprintf(f, ", asked %u time%s", t->asked, t->asked > 1 ? "s" : "");
}

void host_trace_line(FILE *f, const nbt_act *act)
{
    const nbt_trace *t = &act->trace;
    struct timespec now;
    struct tm tm;
    char clock[16], name[NBT_NAME_STR_MAX] = "-", ip[HOST_IP_STR_MAX];
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    strftime(clock, sizeof clock, "%H:%M:%S", &tm);
    if (!t->unnamed)
        nbt_name16_print(t->name, name, sizeof name);
    fprintf(f, "%s.%03ld lana %u: %s %s:", clock, now.tv_nsec / 1000000, act->lana, t->what, name);
    if (*t->from)
        fprintf(f, " %s ->", t->from);
    fprintf(f, " %s", t->to);
    if (t->field)
        fprintf(f, " (%s in %s at octet %u)", t->why, t->field, (unsigned)t->offset);
    else if (*t->why)
        fprintf(f, " (%s)", t->why);
    if (t->peer.ip)
        fprintf(f, " by %s", host_ip_str(t->peer.ip, ip));
    if (t->holder)
        print_holder(f, t);
    if (t->code)
        fprintf(f, ", code %02X", t->code);
    if (t->trn_id)
        fprintf(f, ", trn 0x%04X", t->trn_id);
    putc('\n', f);
}
