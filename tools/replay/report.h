/*
 * What came of a replay, as it is told: a line a result and a summary, JSON, TAP, JUnit.
 */
#ifndef REPLAY_REPORT_H
#define REPLAY_REPORT_H

#include "capture/replay_play.h"

#include <stdio.h>

typedef enum replay_form {
    REPLAY_TEXT,
    REPLAY_JSON, /* an object a line; the last one is the summary */
    REPLAY_TAP,  /* version 13 of the Test Anything Protocol */
} replay_form;

typedef struct replay_report_cfg {
    replay_form form;
    FILE *to;          /* borrowed */
    const char *junit; /* a file to be written as well; NULL: none */
    const char *name;  /* of the capture */
    bool color;        /* TEXT */
    bool verbose;      /* TEXT: what was sent and what has matched as well */
} replay_report_cfg;

typedef struct replay_report replay_report;

/* `cfg` is copied, its texts are borrowed. NULL: `err` says why, in one line. */
replay_report *replay_report_new(const replay_report_cfg *cfg, char err[CAP_ERR_MAX]);

/* Tells one result. TAP and JUnit want all of them (cap_player_cfg.all). */
void replay_report_put(replay_report *r, const cap_result *result);

/* A line about the replay as a whole, in TEXT and TAP: what was left out, who stands for whom. */
void replay_report_note(replay_report *r, const char *text);

/*
 * The summary. Returns whether all that was expected came, and nothing else. What could not be
 * written is said by replay_report_free.
 */
bool replay_report_end(replay_report *r, const cap_player_counts *counts);

/* False: `err` says what could not be written. */
bool replay_report_free(replay_report *r, char err[CAP_ERR_MAX]);

#endif
