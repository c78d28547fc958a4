/*
 * The moves of a capture file, from one of its packets to another, once or several times; and, in a
 * reading before, who is in it. It opens files, and nothing else.
 */
#ifndef REPLAY_FEED_H
#define REPLAY_FEED_H

#include "capture/ledger.h"
#include "capture/replay.h"
#include "capture/source.h"
#include "tools/replay/downs.h"
#include "tools/replay/people.h"

enum { REPLAY_PORTS_MAX = 16 };

/* What is read of a file. All zero but for `path`: all of it, once. */
typedef struct replay_cut {
    const char *path;     /* a file that can be read twice */
    uint64_t first, last; /* packets, by their numbers; 0: the first, the last */
    int64_t begin, end;   /* microseconds since the file's first packet; end 0: the last */
    unsigned loops;       /* how often; 0: once */
    struct {
        uint16_t usual, port;
    } ports[REPLAY_PORTS_MAX]; /* other ports in the capture: see cap_tap_port */
    size_t nports;
    bool asides;  /* what is said within the other side gives moves, too: see cap_replay_asides */
    bool streams; /* and so does remote control over UDP: see cap_replay_streams */
} replay_cut;

/* Who is in a file, and what they held. */
typedef struct replay_study {
    cap_cast *cast;
    cap_ledger *ledger;
    replay_people *people;
    replay_downs *downs;
    uint64_t unread; /* packets of a link type that is not read, */
    int link;        /* and which that was last (DLT_*) */
} replay_study;

/*
 * Reads the file for it; `parts` is as far as it is known. False: `err` says why, in one line. A
 * file that is damaged is studied as far as it goes: then `err` says that, else it is "".
 * replay_study_fini frees what is in it, also after false.
 */
bool replay_study_read(replay_study *s, const replay_cut *cut, const cap_parts *parts,
                       char err[CAP_ERR_MAX]);
void replay_study_fini(replay_study *s);

typedef struct replay_feed replay_feed;

/* `cut` and `parts` are copied, but for the path. NULL: `err` says why. */
replay_feed *replay_feed_new(const replay_cut *cut, const cap_parts *parts, char err[CAP_ERR_MAX]);
void replay_feed_free(replay_feed *f);

/* The next move, until the next call; false at the end. Over all loops, time goes on and moves and
 * connections are counted on. */
bool replay_feed_next(replay_feed *f, cap_move *m);

/* What was wrong with the file, "" if nothing was; what was left out. */
const char *replay_feed_error(const replay_feed *f);
const cap_left *replay_feed_left(replay_feed *f);
void replay_left_add(cap_left *to, const cap_left *more);

/* How many packets were read so far, and octets of the file: for progress. */
uint64_t replay_feed_packets(const replay_feed *f);

#endif
