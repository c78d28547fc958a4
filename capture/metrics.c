/*
 * The text form of OpenMetrics 1.0: # TYPE and # HELP before the samples of a family, _total behind
 * a counter's name, three characters that are escaped, # EOF at the end.
 */
#include "capture/metrics.h"

#include <assert.h>
#include <string.h>

static bool is_name(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    size_t n = strlen(s);
    return n > 0 && strchr(letters, s[0]) &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz_0123456789") == n;
}

void cap_metrics_init(cap_metrics *m, cap_buf *out)
{
    *m = (cap_metrics){ .out = out };
}

/* In a label's value and in help a backslash, a quotation mark and a newline are escaped. */
static void escaped(cap_buf *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '\n')
            cap_buf_str(out, "\\n");
        else if (*s == '\\' || *s == '"')
            cap_buf_fmt(out, "\\%c", *s);
        else
            cap_buf_add(out, s, 1);
    }
}

void cap_metrics_family(cap_metrics *m, const char *name, cap_metric type, const char *help)
{
    assert(is_name(name));
    m->family = name;
    m->type = type;
    cap_buf_fmt(m->out, "# TYPE %s %s\n# HELP %s ", name, type == CAP_COUNTER ? "counter" : "gauge",
                name);
    escaped(m->out, help);
    cap_buf_str(m->out, "\n");
}

static void begin_sample(cap_metrics *m, const char *label, const char *value)
{
    assert(m->family);
    cap_buf_fmt(m->out, "%s%s", m->family, m->type == CAP_COUNTER ? "_total" : "");
    if (label) {
        assert(is_name(label));
        cap_buf_fmt(m->out, "{%s=\"", label);
        escaped(m->out, value);
        cap_buf_str(m->out, "\"}");
    }
}

void cap_metrics_sample(cap_metrics *m, const char *label, const char *value, uint64_t number)
{
    begin_sample(m, label, value);
    cap_buf_fmt(m->out, " %llu\n", (unsigned long long)number);
}

void cap_metrics_seconds(cap_metrics *m, int64_t us)
{
    assert(us >= 0);
    begin_sample(m, NULL, NULL);
    cap_buf_fmt(m->out, " %lld.%06lld\n", (long long)(us / NBT_S(1)), (long long)(us % NBT_S(1)));
}

void cap_metrics_end(cap_metrics *m)
{
    cap_buf_str(m->out, "# EOF\n");
    m->family = NULL;
}
