/*
 * nbtreplay's command line: what is asked for, as data. It opens nothing.
 */
#ifndef REPLAY_OPT_H
#define REPLAY_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/anon_map.h"
#include "capture/replay_play.h"
#include "nbt/nbns.h"
#include "tools/replay/feed.h"
#include "tools/replay/report.h"

enum { REPLAY_ALLOWED_MAX = 16 };

/* What is done with the capture. */
typedef enum replay_deed {
    REPLAY_NOTHING,
    REPLAY_ANONYMISE, /* it is written again, with other names and addresses */
    REPLAY_SCENARIO,  /* it becomes a scenario */
    REPLAY_RAW,       /* its frames are sent as they are */
    REPLAY_LIVE,      /* one side of it is played against a real peer */
    REPLAY_EMULATOR,  /* or against objects of ours */
} replay_deed;

typedef struct replay_opt {
    replay_deed deed;
    replay_cut cut;    /* of the capture */
    const char *write; /* where another one goes to; NULL: nowhere */
    bool keyed;        /* `key` was given; else it is random */
    cap_anon_map key;
    const char *interface;                  /* NULL: none was named */
    nbt_subnet allowed[REPLAY_ALLOWED_MAX]; /* that may be sent to as well */
    size_t nallowed;
    bool dry; /* it is only said what would be done */
    cap_timing timing;
    uint32_t scale;      /* of CAP_TIMING_CAPTURED, in millionths */
    uint64_t per_second; /* packets or messages that are sent at most; 0: as many as can be */
    /* LIVE, EMULATOR: hosts of the capture that are played; whom of it the targets stand for, none:
     * whoever they speak with most; and the targets. */
    uint32_t ours[CAP_PARTS_MAX], peers[CAP_PARTS_MAX], targets[CAP_PARTS_MAX];
    size_t nours, npeers, ntargets;
    cap_map map;
    cap_ignore ignore;
    nbt_time patience, late;      /* see cap_player_cfg */
    const char *profile, *server; /* EMULATOR: see replay_emulate_cfg */
    bool seeded;                  /* `seed` was given */
    uint64_t seed;
    bool step, verbose;
    bool no_broadcasts; /* LIVE: what the targets broadcast is neither expected nor heard */
    replay_form form;
    const char *junit; /* a file, or NULL */
} replay_opt;

/*
 * Reads the command line into `o`, whose texts are those of `argv`. What is wrong with it ends the
 * process with HOST_USAGE and a line that says so; --help and --version end it too.
 */
void replay_opt_parse(replay_opt *o, int argc, char **argv);

#endif
