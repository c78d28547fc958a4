/*
 * A network that is watched for days: a ledger whose memory is bounded and goes on when it is full,
 * and what went wrong, one event for each time, as it happens. The same that goes on and on is told
 * once in a while, and so many events a second at most; what is held back is counted.
 *
 * When its ledger is half full, a second one is begun and told the same; when it is full, the
 * second takes its place. So what was heard of lately is known, and what was not is forgotten and
 * counted.
 */
#ifndef CAPTURE_WATCH_H
#define CAPTURE_WATCH_H

#include "capture/explain.h"

enum { CAP_WATCH_NAMES = 16384, CAP_WATCH_BURST = 100, CAP_WATCH_EACH_SECOND = 10 };

typedef struct cap_watch_cfg {
    uint32_t names; /* as of cap_ledger_new_bounded; 0: CAP_WATCH_NAMES */
    int64_t again;  /* microseconds before the same is told again */
} cap_watch_cfg;

typedef struct cap_event {
    cap_verdict verdict;
    uint32_t place; /* of the incident */
    int64_t time;   /* microseconds since 1970 */
    unsigned times; /* how often it was seen, since it was told last */
    bool again;     /* it was told before */
} cap_event;

typedef struct cap_watch_counts {
    uint64_t packets, missed; /* what the source has given, and what it has lost: for the caller */
    uint64_t messages[3];     /* by nbt_service */
    uint64_t kinds[NBT_NS_KINDS];
    uint64_t malformed;
    uint64_t events[CAP_VERDICT_COUNT];
    uint64_t held_back; /* events that came too fast */
    uint64_t forgotten_names, forgotten_hosts, left_out;
    int64_t first, last; /* of messages; 0: none */
} cap_watch_counts;

typedef struct cap_watch cap_watch;

cap_watch *cap_watch_new(const cap_watch_cfg *cfg); /* NULL: no memory */
void cap_watch_free(cap_watch *w);

/* Takes the next message, and what it is to those before it. */
void cap_watch_put(cap_watch *w, const cap_item *item, const cap_link *link);

/* Time has passed. To be called about each second, and harmless at any time. */
void cap_watch_tick(cap_watch *w, int64_t now);

/* Nothing more is to come. What the ledger knows only then is told by cap_watch_next. */
void cap_watch_end(cap_watch *w);

/* The next event. It, and what can be said of it, hold until the next put, tick or end. */
bool cap_watch_next(cap_watch *w, cap_event *event);

/*
 * What happened, in a line without time and without a newline: "error clone FRED<00>: ...", and as
 * a JSON object in a line: "time", "event", and what cap_explain_json gives. False: no memory.
 */
bool cap_watch_line(const cap_watch *w, const cap_event *event, cap_buf *out);
bool cap_watch_json(const cap_watch *w, const cap_event *event, cap_buf *out);

cap_watch_counts *cap_watch_count(cap_watch *w);
uint32_t cap_watch_names(const cap_watch *w); /* that are known now */
uint32_t cap_watch_hosts(const cap_watch *w);

/* All of it as OpenMetrics text, after `began` (microseconds since 1970). */
void cap_watch_metrics(const cap_watch *w, int64_t began, cap_buf *out);

/* The counts in a line for people, without a newline. */
void cap_watch_summary(const cap_watch *w, cap_buf *out);

#endif
