/*
 * What happens while a scenario runs, as data: the same events from the simulated run and from the
 * live one, judged by judge.h. State is not told but follows from the traces, which a simulated
 * driver and a real one word alike (nbt/act.h).
 */
#ifndef SCENE_EVENT_H
#define SCENE_EVENT_H

#include "nbt/act.h"
#include "nbt/msg.h"
#include "rc/app.h"
#include "rc/text.h"
#include "tools/scene/scene.h"

typedef enum scene_event_kind {
    SCENE_EV_STEP,    /* step `index` has ended */
    SCENE_EV_MESSAGE, /* a message was sent: from, to, msg or rc, lost; `frame` in the capture, from
                         1 */
    SCENE_EV_TRACE,   /* of host `index` */
    SCENE_EV_DONE,    /* program `index`: a control block came back (a refused ACCEPTED too) */
    SCENE_EV_APP,     /* viewer or agent `index`: an effect of rc/app.h */
    SCENE_EV_UP,      /* host `index` is up, its own names settled */
    SCENE_EV_DOWN,    /* host `index` has crashed or was stopped: its names are gone */
} scene_event_kind;

/* Everything that is pointed to holds until the judge returns. */
typedef struct scene_event {
    scene_event_kind kind;
    nbt_time at; /* since the start */
    uint32_t index;
    /* MESSAGE */
    nbt_ep from, to;
    bool broadcast;
    bool lost; /* nobody got it */
    uint64_t frame;
    const nbt_msg *msg;
    const rc_packet *rc;    /* of remote control: there is no `msg` */
    const nbt_trace *trace; /* TRACE */
    const nbt_ncb *ncb;     /* DONE, APP: with its return code; NULL where there was none */
    rc_app app;             /* APP */
    int64_t value;
    nbt_bytes data; /* DONE: what was received; APP: of a SCREEN its changed rows, a line each */
} scene_event;

#endif
