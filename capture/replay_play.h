/*
 * The player: takes the moves of a capture, makes those of its side again, and holds what comes
 * back against those of the other.
 *
 * A move of ours is made when what it followed has happened, or can no longer be waited for; one
 * that followed nothing known is made as long after the one before it as in the capture. Moves of
 * the other side are expected from then on. They are known again by what they are about, not by
 * their time: an answer by its transaction id, a request by its kind and name, what a connection
 * carries by its order. Ids that the other side chooses are learnt from its requests.
 *
 * It has the entrances of every object (nbt/act.h); moves are fed to it, results are pulled. It
 * keeps what is open, and nothing else: memory does not grow with the capture.
 */
#ifndef CAPTURE_REPLAY_PLAY_H
#define CAPTURE_REPLAY_PLAY_H

#include "capture/replay.h"
#include "capture/replay_diff.h"
#include "capture/replay_map.h"
#include "nbt/act.h"

enum {
    CAP_OPEN_MAX = 16384,  /* expectations at a time; with more, no move is wanted */
    CAP_STRAY_MAX = 16384, /* messages that may still be expected; the oldest is given up for one
                              more */
    CAP_CONNS_MAX = 1024,  /* connections at a time; those of one more are not played */
};

typedef enum cap_came {
    CAP_SENT,       /* a move of ours was made */
    CAP_SKIPPED,    /* it was not: `diff` says why */
    CAP_MATCHED,    /* what was expected has come */
    CAP_LATE,       /* the same, but later than in the capture by more than is allowed */
    CAP_DIFFERENT,  /* it came, but not as it was: `diff` says how */
    CAP_MISSING,    /* it did not come */
    CAP_UNEXPECTED, /* this came, and the capture has nothing like it */
    CAP_VERDICTS,
} cap_came;

/* "sent", "not sent", "matched", "late", "different", "missing", "unexpected": static text. */
const char *cap_came_str(cap_came v);

typedef struct cap_result {
    cap_came verdict;
    nbt_time at;
    nbt_time late;   /* MATCHED, LATE, DIFFERENT: how much later than in the capture; may be < 0 */
    uint64_t number; /* the packet of the capture; 0 for UNEXPECTED */
    cap_move_kind kind;
    cap_carry carry;
    nbt_ep from, to;    /* as they are here, not in the capture */
    nbt_bytes expected; /* SENT: what was sent. Until the next call of the player */
    nbt_bytes got;
    const char *diff; /* SKIPPED, DIFFERENT; else "". The same */
} cap_result;

typedef enum cap_timing {
    CAP_TIMING_CAPTURED, /* as in the capture, times `scale` */
    CAP_TIMING_ASAP,     /* as soon as all that was expected before is there */
} cap_timing;

typedef struct cap_player_cfg {
    const cap_map *map;        /* borrowed */
    const cap_ignore *ignore;  /* borrowed */
    const uint32_t *ours;      /* addresses as they are here, of adapters 0, 1, ...; borrowed */
    const uint32_t *broadcast; /* of the same adapters, where broadcasts go to */
    size_t nours;
    const uint32_t
        *theirs; /* the peers' addresses as they are here; none: all but ours; borrowed */
    size_t ntheirs;
    cap_timing timing;
    uint32_t scale;    /* CAPTURED: in millionths; 1000000 is as it was */
    nbt_time pause;    /* between two moves of ours at least */
    nbt_time patience; /* how much later than in the capture something is still waited for */
    nbt_time late;     /* how much later it may be and is still MATCHED */
    bool all;          /* SENT and MATCHED are results as well; else they are only counted */
    bool step;         /* each move of ours waits for cap_player_step */
} cap_player_cfg;

typedef struct cap_player cap_player;

/* NULL: no memory. `cfg` is copied. */
cap_player *cap_player_new(const cap_player_cfg *cfg);
void cap_player_free(cap_player *p);

/* Begins, with the listening that the other side's calls need (`listen`: by port, adapters 0..). */
void cap_player_start(cap_player *p, nbt_time now, const nbt_ep *listen, size_t n, nbt_out *out);

/* When a move of the other side would be expected, were it fed now. */
nbt_time cap_player_expected(const cap_player *p, const cap_move *m);

/* Whether the next move is to be fed now. */
bool cap_player_wants(const cap_player *p);
void cap_player_feed(cap_player *p, nbt_time now, const cap_move *m, nbt_out *out);

/* There are no more moves. */
void cap_player_end(cap_player *p, nbt_time now);

void cap_player_rx(cap_player *p, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to,
                   nbt_bytes data, nbt_out *out);
void cap_player_tcp(cap_player *p, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);
void cap_player_tick(cap_player *p, nbt_time now, nbt_out *out);
nbt_time cap_player_due(const cap_player *p);

/* With cfg.step: the move that waits, as a SENT result that has not been made. False: none does. */
bool cap_player_waits(const cap_player *p, cap_result *r);
void cap_player_step(cap_player *p, nbt_time now, nbt_out *out);

/* All is played, and nothing more is waited for. */
bool cap_player_over(const cap_player *p);

/* The next result, oldest first; false when there is none. */
bool cap_player_next(cap_player *p, cap_result *r);

typedef struct cap_player_counts {
    uint64_t of[CAP_VERDICTS];
    uint64_t expected;  /* moves of the other side */
    uint64_t unneeded;  /* of these, repetitions that an answer of ours came before */
    uint64_t again;     /* answers that came once more, as often as their request was repeated */
    uint64_t strangers; /* messages from addresses that are no peer's */
    bool failed;        /* there was no memory: the counts mean nothing */
} cap_player_counts;

const cap_player_counts *cap_player_counted(const cap_player *p);

#endif
