/*
 * What is said on the wires of a run, simulated or real: frames to messages, for the scenario's
 * faults before they leave, and as events when they have left. A stream's messages are put together
 * from its pieces: of the session service, of name servers, and of remote control over TCP. Over
 * UDP a segment of that is a message, and so is what it completes when it is sent for the first
 * time.
 */
#ifndef SCENE_HEAR_H
#define SCENE_HEAR_H

#include "nbt/simnet.h"
#include "rc/ear.h"
#include "tools/scene/event.h"
#include "tools/scene/fault.h"

enum { SCENE_HEAR_ASKED_MAX = 256 };

/* A request of the name service. */
typedef struct scene_hear_asked {
    uint32_t from;
    uint16_t trn_id;
    bool answered; /* by a step */
    nbt_name name;
} scene_hear_asked;

typedef struct scene_hear {
    nbt_mem mem;
    const scene *s;
    scene_faults *faults;
    struct scene_hear_stream *stream;
    size_t nstreams, streams_cap;
    rc_ear *fate_ear, *ear; /* of segments before and behind faults; NULL: there were none yet */
    uint8_t *spoilt;        /* a copy of a message, for faults to change */
    size_t spoilt_cap;
    uint8_t *answer; /* a copy of what a step sends */
    size_t answer_cap;
    scene_hear_asked asked[SCENE_HEAR_ASKED_MAX]; /* the last requests, in a ring */
    size_t nasked;                                /* all that there were */
    bool failed;                                  /* there was no memory */
    void *ctx;
    void (*event)(void *ctx, const scene_event *ev);
} scene_hear;

/* The scene and the faults are borrowed. */
void scene_hear_init(scene_hear *h, nbt_mem mem, const scene *s, scene_faults *faults);
void scene_hear_fini(scene_hear *h);

/* What faults make of a frame that is about to leave. fate->data holds until the next call. */
void scene_hear_fate(scene_hear *h, const nbt_simframe *f, nbt_simfate *fate);

/* A frame has left: an event for each message that it completes. `number`: its own in a capture,
 * from 1, or 0. */
void scene_hear_frame(scene_hear *h, const nbt_simframe *f, uint64_t number);

/*
 * What a step sends: its octets, or, if its id is that of a request, a copy with the id of the last
 * one that its target has sent about the same name (0: there was none), which holds until the next
 * call.
 */
nbt_bytes scene_hear_answer(scene_hear *h, const scene_step *step);

/* Whether there is such a request that no step has answered, or the step answers none: on a real
 * network, a step may be earlier than its question. */
bool scene_hear_was_asked(scene_hear *h, const scene_step *step);

/* Whether that is an address of everybody on some network of the scenario. */
bool scene_hear_is_for_all(const scene *s, uint32_t ip);

#endif
