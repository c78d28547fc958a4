/*
 * Hosts of a capture that were not there for a while: of whom ICMP says that nobody is at their
 * name service, and who claim again what they have, as who was started again does. Tables have a
 * bound; what is beyond it is not found.
 */
#ifndef REPLAY_DOWNS_H
#define REPLAY_DOWNS_H

#include "capture/dialog.h"
#include "capture/frame.h"

enum { REPLAY_DOWNS_MAX = 256 };

/* Times in microseconds since 1970. */
typedef struct replay_down {
    uint32_t ip;
    int64_t at; /* what was sent to it then was not heard any more, or it had said its last then */
    int64_t back; /* when it says something again; INT64_MAX: not in this capture */
} replay_down;

typedef struct replay_downs replay_downs;

replay_downs *replay_downs_new(void); /* NULL: no memory */
void replay_downs_free(replay_downs *d);

/* Takes a packet's frame, before the items that it gives; and the next item, with what it is to
 * those before it. */
void replay_downs_frame(replay_downs *d, const cap_frame *f);
void replay_downs_put(replay_downs *d, const cap_item *item, const cap_link *link);

/* All of them, as they were found. */
size_t replay_downs_all(const replay_downs *d, const replay_down **down);

#endif
