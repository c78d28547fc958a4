/*
 * Requests and their answers: which earlier message one answers, and which it repeats. Name packets
 * are matched by transaction id, asker and name, datagrams by their id, session requests by their
 * connection. The table has a fixed size: of what was asked long ago, the oldest is forgotten.
 */
#ifndef CAPTURE_DIALOG_H
#define CAPTURE_DIALOG_H

#include "capture/tap.h"

enum { CAP_DIALOG_SECONDS = 60 }; /* an answer that comes later than this answers something else */

/* What a message is to those before it; packets are given by their numbers, 0 is none. */
typedef struct cap_link {
    uint64_t answers; /* the request, where it was sent last before the answer */
    int64_t after;    /* how long ago that was, in microseconds */
    uint64_t repeats; /* the first packet that said the same */
} cap_link;

typedef struct cap_dialog cap_dialog;

cap_dialog *cap_dialog_new(void); /* NULL: no memory */
void cap_dialog_free(cap_dialog *d);

/* Takes the next message of a capture, and says what it is to those before it. */
void cap_dialog_put(cap_dialog *d, const cap_item *item, cap_link *link);

#endif
