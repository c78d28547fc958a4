/*
 * Streams of programs that are no NetBIOS sessions, remote control over TCP: opened, taken, filled
 * and closed as in the capture. Which one here is which of the capture is known by order: those
 * that were taken at a port, and those that come there.
 */
#ifndef REPLAY_HAND_STREAM_H
#define REPLAY_HAND_STREAM_H

#include "nbt/act.h"

enum { REPLAY_STREAMS_MAX = 256 };

typedef struct replay_stream {
    uint64_t conn; /* in the capture; 0: it does not say, yet */
    uint32_t here; /* its number here, */
    bool there;    /* which it has */
    bool over;     /* the place is free */
    uint16_t port; /* taken there; 0: opened */
} replay_stream;

typedef struct replay_streams {
    uint32_t base; /* numbers of those that are opened: this one, and every other behind it */
    replay_stream at[REPLAY_STREAMS_MAX];
    size_t n;
} replay_streams;

void replay_streams_open(replay_streams *s, uint64_t conn, nbt_ep from, nbt_ep to, nbt_out *out);

/* The capture takes one at a port. */
void replay_streams_take(replay_streams *s, uint64_t conn, uint16_t port);

void replay_streams_send(replay_streams *s, uint64_t conn, nbt_bytes data, nbt_out *out);
void replay_streams_close(replay_streams *s, uint64_t conn, bool abort, nbt_out *out);

/* Something happened to one; false: it is none of these. */
bool replay_streams_tcp(replay_streams *s, const nbt_tcp_ev *ev);

/* All are gone. */
void replay_streams_clear(replay_streams *s);

#endif
