/*
 * The judge: what a scenario expects against what happens. Events are told (event.h), states are
 * looked at; both the same for a simulated run and for a real one.
 *
 * An await sees what has happened since the last step before it that is no await, so that several
 * awaits in a row may be fulfilled in any order.
 */
#ifndef SCENE_JUDGE_H
#define SCENE_JUDGE_H

#include "tools/scene/event.h"

/* How things stand, for whoever runs the scenario to say. */
typedef struct scene_view {
    void *ctx;
    /* Of a computer's adapters, the one that is furthest: registered, in conflict, claimed. */
    scene_name_state (*name)(void *ctx, uint16_t host, const nbt_name *name);
    /* An nbt_nbstate; `owned`: `owner` is among the record's addresses. */
    nbt_nbstate (*record)(void *ctx, uint16_t host, const nbt_name *name, uint32_t owner,
                          bool *owned);
    uint32_t (*sessions)(void *ctx, uint16_t host); /* established */
    bool (*ready)(void *ctx, uint16_t host);
} scene_view;

/* Where an invariant does not hold: which name, and two hosts that hear each other; of
 * GROUP_AND_UNIQUE `one` has it as a group. */
typedef struct scene_breach {
    nbt_name name;
    uint16_t one, other;
    nbt_time at; /* when it was seen */
} scene_breach;

enum { SCENE_SEEN_TIMES = 3 };

/* What was seen of one expectation. */
typedef struct scene_seen {
    uint32_t n; /* how often */
    nbt_time first, last;
    nbt_time at[SCENE_SEEN_TIMES]; /* the first of them */
    /* It came where it does not count: how often, and when first. */
    uint32_t untimely; /* before or behind its window */
    uint32_t early;    /* what has to come before it had not */
    nbt_time untimely_at, early_at;
    uint64_t frame;  /* of a message: the first one's */
    uint64_t serial; /* of the event that was the first */
    bool now;        /* of a state: so it was when it was last looked at */
} scene_seen;

typedef struct scene_judge scene_judge;

/* NULL: no memory. The scene is borrowed, the view copied. */
scene_judge *scene_judge_new(nbt_mem mem, const scene *s, const scene_view *view);
void scene_judge_free(scene_judge *j);

/* Something has happened; times never go back. */
void scene_judge_event(scene_judge *j, const scene_event *ev);

/* States may have changed: to be called after whatever can change one. Costs nothing if the
 * scenario asks for none. */
void scene_judge_look(scene_judge *j, nbt_time now);

/* For the script: step `at` begins; what awaits behind it wait for is looked out for from now on.
 */
void scene_judge_begin(scene_judge *j, uint32_t at, nbt_time now);

/* For the script: whether what an await waits for has been seen. */
bool scene_judge_saw(const scene_judge *j, uint32_t step);

/* It is over: `finally` is judged now. */
void scene_judge_end(scene_judge *j, nbt_time now);

/* Behind the end: whether expectation `i` held, and what was seen of it. */
bool scene_judge_held(const scene_judge *j, uint32_t i);
const scene_seen *scene_judge_seen(const scene_judge *j, uint32_t i);

/* Its window since the start: `*until` NBT_NEVER if it has no end. False: the step that it counts
 * from has not ended. */
bool scene_judge_window(const scene_judge *j, uint32_t i, nbt_time *from, nbt_time *until);

/*
 * Behind the end: of a `finally`, how it was: a scene_name_state, an nbt_nbstate, so many owners or
 * sessions, a scene_phase; -1 where a program had come to nothing yet.
 */
int32_t scene_judge_was(const scene_judge *j, uint32_t i);

/* --- over many seeds ---------------------------------------------------------------------------
 */

enum { SCENE_TALLY_SEEDS = 8 };

/* How often an expectation failed, and the first seeds on which it did. */
typedef struct scene_tally {
    uint64_t failed;
    uint64_t seed[SCENE_TALLY_SEEDS];
} scene_tally;

void scene_tally_add(scene_tally *t, bool held, uint64_t seed);

/* Whether the share of `runs` on which it held is as large as the expectation wants it. */
bool scene_tally_is_enough(const scene_tally *t, const scene_expect *x, uint64_t runs);

#endif
