/*
 * What is said of a capture as a whole: the names and who held them (--names), and what went wrong
 * with them (--explain).
 */
#ifndef DUMP_REPORT_H
#define DUMP_REPORT_H

#include "capture/ledger.h"
#include "tools/dump/opt.h"
#include "tools/dump/out.h"

typedef struct dump_report {
    const dump_opt *o;
    dump_out *out;
    cap_ledger *ledger;
    cap_printer *printer; /* for times */
    uint32_t said;        /* incidents that have been told of */
    size_t found;         /* findings told of */
} dump_report;

/* For o->show DUMP_NAMES or DUMP_EXPLAIN. False: no memory. */
bool dump_report_init(dump_report *r, const dump_opt *o, dump_out *out, cap_printer *printer);
void dump_report_fini(dump_report *r);

void dump_report_put(dump_report *r, const cap_item *item, const cap_link *link);

/*
 * It is `now` by the clock of the packets, and somebody waits for news: what is some seconds old,
 * so that nothing more is likely to belong to it, is told of. False: no memory.
 */
bool dump_report_settle(dump_report *r, int64_t now);

/* The capture has ended: all the rest. False: no memory. */
bool dump_report_end(dump_report *r);

#endif
