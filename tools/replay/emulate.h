/*
 * One side of a capture played against our own node, computer or name server, in virtual time: the
 * other side is built from what the capture says it was.
 */
#ifndef REPLAY_EMULATE_H
#define REPLAY_EMULATE_H

#include "capture/replay_play.h"
#include "tools/replay/feed.h"

enum { REPLAY_LINE_MAX = 160 };

typedef struct replay_emulate_cfg {
    const replay_cut *cut;        /* borrowed */
    const cap_parts *parts;       /* borrowed; `theirs` as replay_study found them, or as named */
    const replay_study *study;    /* borrowed; of the same file */
    const cap_player_cfg *player; /* borrowed; its addresses and adapters are filled in here */
    const char *profile;          /* of computers (nbt/profile.def); NULL: "win2000" */
    const char *server;           /* of name servers (nbt/nbns.def); NULL: "windows" */
    uint64_t seed;
    const char *write; /* a capture of what was said; NULL: none */
} replay_emulate_cfg;

typedef struct replay_emulate replay_emulate;

/* NULL: `err` says why, in one line. */
replay_emulate *replay_emulate_new(const replay_emulate_cfg *cfg, char err[CAP_ERR_MAX]);

/* False if the capture that was to be written could not be, or there was no memory: `err` then says
 * so. */
bool replay_emulate_free(replay_emulate *e, char err[CAP_ERR_MAX]);

/* The next result, until the next call, once all that comes before it has happened; false: all is
 * over. With cfg.player->step, it also is false when a move waits: replay_emulate_waits. */
bool replay_emulate_next(replay_emulate *e, cap_result *r);
bool replay_emulate_waits(replay_emulate *e, cap_result *r);
void replay_emulate_step(replay_emulate *e);

/* Of all rounds so far, until the next call. */
const cap_player_counts *replay_emulate_counted(replay_emulate *e);

/* Moves of the other side that none of our objects makes: datagrams from names that their host does
 * not have or in pieces, and what cannot be read. They are not expected. */
uint64_t replay_emulate_unplayed(const replay_emulate *e);

/* What was left out of the capture, and what was wrong with it ("": nothing). */
const cap_left *replay_emulate_left(replay_emulate *e);
const char *replay_emulate_error(const replay_emulate *e);

/* What stands for the other side, a line each: "10.0.0.2: a name server". False: there is no i-th.
 */
bool replay_emulate_about(const replay_emulate *e, size_t i, char line[REPLAY_LINE_MAX]);

#endif
