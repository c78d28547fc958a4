/*
 * OpenMetrics text, version 1.0, of counters and gauges: what Prometheus reads. A family is begun,
 * then its samples are given, and the end comes last. It escapes what has to be, and asserts what
 * would make the text wrong: names that are none, samples of no family.
 */
#ifndef CAPTURE_METRICS_H
#define CAPTURE_METRICS_H

#include "capture/buf.h"

typedef enum cap_metric { CAP_COUNTER, CAP_GAUGE } cap_metric;

typedef struct cap_metrics {
    cap_buf *out;
    const char *family; /* NULL: none yet */
    cap_metric type;
} cap_metrics;

/* Begins a text in `out`, which is to be empty. */
void cap_metrics_init(cap_metrics *m, cap_buf *out);

/* A family: [a-z_][a-z0-9_]*, without the counters' suffix _total; `help` is a sentence. Borrowed.
 */
void cap_metrics_family(cap_metrics *m, const char *name, cap_metric type, const char *help);

/* A sample of the family. `label` may be NULL; it is a name as the family's, its value any text. */
void cap_metrics_sample(cap_metrics *m, const char *label, const char *value, uint64_t number);

/* The same with microseconds, as seconds. */
void cap_metrics_seconds(cap_metrics *m, int64_t us);

/* Nothing may follow. */
void cap_metrics_end(cap_metrics *m);

#endif
