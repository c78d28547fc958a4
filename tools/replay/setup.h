/*
 * What playing on a real network and playing against the emulator have in common: who plays whom,
 * what is mapped, how results are told, and the exit status.
 */
#ifndef REPLAY_SETUP_H
#define REPLAY_SETUP_H

#include "tools/host/err.h"
#include "tools/replay/opt.h"
#include "tools/replay/report.h"

typedef struct replay_setup {
    const replay_opt *o;
    cap_parts parts;
    replay_study study;
    bool studied;
    cap_map map;
    cap_player_cfg player; /* `map` and `ignore` are set; whoever plays adds addresses */
    replay_report *report;
} replay_setup;

/*
 * Reads the capture once and finds out who is in it. False: a host that is to be played is not in
 * it (the error has those that are), or it cannot be read. replay_setup_end is called in any case.
 */
bool replay_setup_begin(replay_setup *s, const replay_opt *o, host_err *err);

/* Whether anybody in it says anything: else the error says why not. */
bool replay_setup_has_hosts(const replay_setup *s, host_err *err);

/* Begins to tell. */
bool replay_setup_report(replay_setup *s, host_err *err);

/* A line about the replay as a whole. */
void replay_setup_note(replay_setup *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What was left out of the capture, and what is wrong with it ("": nothing). */
void replay_setup_left(replay_setup *s, const cap_left *left, const char *damage);

/* The summary: the exit status, HOST_OK or HOST_FOUND; or another with `err`. */
int replay_setup_sum(replay_setup *s, const cap_player_counts *counts, host_err *err);

void replay_setup_end(replay_setup *s, host_err *err);

/*
 * All of it: begins, plays, ends, and says what went wrong. `play` gives an exit status, and an
 * error if it has one. The exit status of the program.
 */
int replay_setup_run(const replay_opt *o, int (*play)(replay_setup *s, host_err *err));

#endif
