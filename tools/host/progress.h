/*
 * How far something long has come: a bar on a terminal, a line a second elsewhere, on standard
 * error; and whether the user wants it to end.
 */
#ifndef TOOLS_HOST_PROGRESS_H
#define TOOLS_HOST_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct host_progress {
    bool terminal; /* standard error is one */
    bool drawn;    /* a bar stands there */
    double begun, shown;
} host_progress;

/* From now on the first SIGINT or SIGTERM only says that it is to end; a second one ends the
 * process. */
void host_progress_init(host_progress *p);

/* A signal has come. */
bool host_progress_stopped(void);

double host_progress_seconds(const host_progress *p); /* since the beginning */

/* Whether it is time to show something again: to be asked now and then. */
bool host_progress_due(host_progress *p);

/* Shows `done` of `all`, with a text. */
void host_progress_show(host_progress *p, double done, double all, const char *text);

/* Takes the bar away, so that something can be printed. */
void host_progress_clear(host_progress *p);

#endif
