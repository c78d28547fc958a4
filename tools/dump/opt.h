/*
 * nbtdump's command line: what is asked for, as data. It opens nothing.
 */
#ifndef DUMP_OPT_H
#define DUMP_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/lint.h"
#include "capture/pick.h"
#include "capture/print.h"
#include "tools/dump/color.h"

/* Of the places for ports, the usual ones take theirs first. */
enum { DUMP_PORTS_MAX = 16 };

/* What is shown. */
typedef enum dump_show {
    DUMP_MESSAGES,
    DUMP_WRITE,   /* nothing: the packets go to a file */
    DUMP_STATS,   /* they are counted */
    DUMP_NAMES,   /* the names, and who held them */
    DUMP_EXPLAIN, /* what went wrong with names */
} dump_show;

/* And in which form. */
typedef enum dump_form {
    DUMP_TEXT, /* for people; of a message one line, perhaps with fields and octets beneath */
    DUMP_JSON, /* one object a line */
    DUMP_EK,   /* of messages: the same, for Elasticsearch and OpenSearch */
} dump_form;

typedef struct dump_opt {
    dump_show show;
    dump_form form;
    const char *interface, *read, *write; /* of which one of the first two is there */
    char *filter;                         /* of the pcap filter language; on the heap, or NULL */
    const char *error; /* --error: what to explain; then `filter` has the rest of it */
    cap_pick *pick;    /* which messages; NULL: all */
    uint64_t count;    /* messages to show; 0: all */
    bool follow, list, brief, verbose, octets;
    cap_clock clock;
    dump_color color;
    bool lint;
    cap_as as; /* by whom messages are judged, and refused */
    struct {
        uint16_t usual, port;
    } ports[DUMP_PORTS_MAX];
    size_t nports;
} dump_opt;

/*
 * Reads the command line into `o`. What is wrong with it ends the process with HOST_USAGE and a
 * line that says so; --help and --version end it too. dump_opt_fini frees what was taken.
 */
void dump_opt_parse(dump_opt *o, int argc, char **argv);
void dump_opt_fini(dump_opt *o);

#endif
