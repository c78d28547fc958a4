/*
 * What a viewer or an agent does, shown: as JSON events for programs, as lines for people. The
 * meaning of each effect is in rc/app.h; nothing is decided here.
 */
#ifndef TOOLS_HOST_RCSHOW_H
#define TOOLS_HOST_RCSHOW_H

#include <stdio.h>

#include "rc/app.h"
#include "rc/profile.h"
#include "rc/screen.h"
#include "tools/host/err.h"

/* What is known besides the effect itself. */
typedef struct host_rcshow {
    const char *program;       /* "rcview" */
    const char *client;        /* viewer: whom it wants */
    const rc_profile *profile; /* agent: its ports */
    const rc_screen *screen;   /* viewer */
    unsigned functions;        /* agent: a set of rc_function; 0: remote control alone */
} host_rcshow;

/*
 * One event: the effect's word as "event", and its fields (the man pages of rcview and rcagent have
 * them). Effects that are questions to the tool itself are no events: SLOT_WANTED, SLOT_BACK, KEYS,
 * FILE_OPEN to FILE_OVER.
 */
void host_rcshow_json(FILE *f, const host_rcshow *show, const nbt_act *act, nbt_bytes data);

/* One line, "rcview: ..."; nothing for an effect that is not worth one unless `verbose`. */
void host_rcshow_line(FILE *f, const host_rcshow *show, const nbt_act *act, nbt_bytes data,
                      bool verbose);

/* The exit status for an end. */
int host_rcshow_status(rc_end end);

#endif
