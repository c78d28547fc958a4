/*
 * Where what is watched goes: lines or JSON on standard output or in a file, the system's log, and
 * the numbers as a file that is replaced whole or on a Unix socket. It decides nothing.
 */
#ifndef LAB_WATCHOUT_H
#define LAB_WATCHOUT_H

#include <stdio.h>

#include "capture/watch.h"
#include "tools/host/localsock.h"
#include "tools/host/logsock.h"

typedef struct lab_watchout_cfg {
    const char *output;  /* a file that lines are added to; NULL: standard output */
    const char *syslog;  /* the log's socket; NULL: not there */
    const char *metrics; /* a file, or unix:PATH; NULL: nowhere */
    bool json, quiet;    /* quiet: no lines on standard output */
} lab_watchout_cfg;

typedef struct lab_watchout {
    lab_watchout_cfg cfg;
    FILE *to; /* NULL: no lines */
    host_logsock log;
    bool logs;
    host_localsock sock; /* fd -1: none */
    int64_t began;       /* microseconds since 1970 */
    uint64_t told;
    uint64_t unwritten; /* times that the numbers could not be written */
} lab_watchout;

/* Opens all of it. False: err says why. lab_watchout_close is to be called in any case. */
bool lab_watchout_open(lab_watchout *o, const lab_watchout_cfg *cfg, int64_t began, host_err *err);
void lab_watchout_close(lab_watchout *o);

/* The files that it opens again, or removes, and needs the user's rights for; how many. */
enum { LAB_WATCHOUT_FILES = 2 };
size_t lab_watchout_files(const lab_watchout *o, const char *file[LAB_WATCHOUT_FILES]);

/* Tells the events that are there. False: standard output is lost, or there is no memory. */
bool lab_watchout_tell(lab_watchout *o, cap_watch *w, host_err *err);

/* The end of it: a line, or an event "summary". */
bool lab_watchout_end(lab_watchout *o, cap_watch *w, host_err *err);

/* Opens the output file anew, as after it was renamed; where that fails, the old one goes on. */
void lab_watchout_reopen(lab_watchout *o);

/* Writes the numbers into their file: another name, then renamed, so that nobody reads half. */
void lab_watchout_metrics(lab_watchout *o, const cap_watch *w);

/* Somebody has connected to the socket: writes the numbers to him. */
void lab_watchout_serve(lab_watchout *o, const cap_watch *w);

#endif
