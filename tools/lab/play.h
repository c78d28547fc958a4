/*
 * A scenario played for real: its hosts and programs as processes in namespaces, its network as a
 * switch (switch.h), its steps at their times, and what happens judged as in a simulated run.
 *
 * Called from within a sandbox, in a process that does nothing else; or, beside real machines,
 * where the interface is.
 */
#ifndef LAB_PLAY_H
#define LAB_PLAY_H

#include "capture/buf.h"
#include "tools/host/err.h"
#include "tools/host/tap.h"
#include "tools/lab/args.h"
#include "tools/scene/scene.h"
#include "tools/scene/simbook.h"

#include <jansson.h>

/* Whoever wants to know what the processes of a run report: of nbtd and nmbd `program` is
 * SCENE_NOBODY. */
typedef struct lab_watch {
    void *ctx;
    void (*started)(void *ctx, uint16_t host, uint16_t program); /* NULL: nobody wants to know */
    void (*said)(void *ctx, uint16_t host, uint16_t program, json_t *event);
    /* All that it said was read; `said` is what of that was on standard error. */
    void (*ended)(void *ctx, uint16_t host, uint16_t program, const char *said);
} lab_watch;

typedef struct lab_play_cfg {
    const scene *scene;   /* borrowed; nothing in it that lab_args_refuse refuses */
    const char *path;     /* of its file, as it is told */
    const char *programs; /* the folder of ours */
    const char *capture;  /* a file for the frames; NULL: nobody wants one */
    uint64_t seed;        /* of the links' chances */
    bool verbose, ladder; /* tell all that happened; draw it */
    const char *folder;   /* for sockets: nobody else's, and short */
    /* NULL; or which hosts are played beside real machines, which the others are: on an interface
     * of this machine, or by a tap (borrowed). Nothing in the scene that lab_args_refuse_beside
     * refuses. */
    const lab_args_side *side;
    const char *interface;
    const host_tap *uplink;
    /* Asked now and then whether it is to end, so long after the beginning; NULL: never. */
    bool (*stopped)(void *ctx, nbt_time now);
    void *ctx;
    bool in_order; /* at the end programs close, and computers release their names */
    lab_watch watch;
} lab_play_cfg;

typedef struct lab_played {
    bool held;
    uint64_t messages;
    nbt_time time;   /* how long it was */
    bool *expected;  /* by expectation: whether it held; to be freed */
    uint64_t frames; /* of the capture, up to its end */
    bool missed;     /* an await was: */
    uint32_t missed_step;
    bool broken[SCENE_INVARIANTS]; /* it did not hold, and is not allowed */
    bool fault[SIMBOOK_FAULTS];    /* drivers did it, with control blocks or sessions */
    cap_buf told; /* what a person reads of what did not hold; to be freed with cap_buf_fini */
} lab_played;

/* Plays it to its end, which takes as long as it says. False: it could not be played, and `err`
 * says why; to be freed in any case. */
bool lab_play(const lab_play_cfg *cfg, lab_played *played, host_err *err);

#endif
