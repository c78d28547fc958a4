/*
 * How far something long has come: a bar on a terminal, a line a second elsewhere, on standard
 * error; and whether the user wants it to end.
 */
#ifndef LAB_PROGRESS_H
#define LAB_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct lab_progress {
    bool terminal; /* standard error is one */
    bool drawn;    /* a bar stands there */
    double begun, shown;
} lab_progress;

/* From now on the first SIGINT or SIGTERM only says that it is to end; a second one ends the
 * process. */
void lab_progress_init(lab_progress *p);

/* A signal has come. */
bool lab_progress_stopped(void);

double lab_progress_seconds(const lab_progress *p); /* since the beginning */

/* Whether it is time to show something again: to be asked now and then. */
bool lab_progress_due(lab_progress *p);

/* Shows `done` of `all`, with a text. */
void lab_progress_show(lab_progress *p, double done, double all, const char *text);

/* Takes the bar away, so that something can be printed. */
void lab_progress_clear(lab_progress *p);

#endif
