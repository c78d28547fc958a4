/*
 * A capture told in lines, for tests of what looks at a capture as a whole:
 *
 *     750 10.0.0.1 > 10.0.0.255 registration-request FRED<20> id=1 b=1 owner=10.0.0.1 node=B unique
 *
 * milliseconds, sender, receiver, and the message in its text form. Frames are counted from 1. The
 * hardware address of 10.0.0.1 is 02:00:0a:00:00:01; 10.0.0.1@7 has 02:00:00:00:00:07 instead. The
 * ports are those of the service; a session is called at 139 from 1025.
 */
#ifndef SUPPORT_STORY_H
#define SUPPORT_STORY_H

#include "capture/dialog.h"
#include "capture/tap.h"

/* Takes an item and what it is to those before it. */
typedef void story_listener(void *ctx, const cap_item *item, const cap_link *link);

/* Tells a story, line by line, up to the NULL; a line that cannot be read fails the test. */
void story_tell(const char *const lines[], story_listener *listen, void *ctx);

#endif
