/*
 * The inside of the player: what its files share. Nobody else includes it.
 */
#ifndef CAPTURE_REPLAY_IMPL_H
#define CAPTURE_REPLAY_IMPL_H

#include "capture/replay_key.h"
#include "capture/replay_notes.h"
#include "capture/replay_play.h"

enum {
    PLAY_FATES = 1 << 15, /* moves whose fate is known, the last ones */
    PLAY_TALKS = 1 << 12, /* conversations, the same */
    PLAY_DEAF = 8,        /* so many expected messages in a row did not come: patience is less, */
    PLAY_DEAF_PART = 8,   /* by this factor */
    PLAY_UNFRAMED_MAX = 1 << 18, /* octets of a connection of which nobody knows what they are */
};

/* What became of a move: whether it is still waited for, and when it happened. */
typedef struct play_fate {
    uint64_t seq;
    int64_t time; /* in the capture */
    nbt_time at;
    uint32_t open; /* its place among those that are waited for; 0: it is no longer */
} play_fate;

/* A conversation, by cap_key_id of its first message in the capture. */
typedef struct play_talk {
    uint64_t key;
    nbt_ep peer;         /* theirs: who has it here */
    uint16_t id;         /* and by which id */
    bool answered;       /* theirs: by us */
    uint32_t sent, came; /* ours: requests, and answers to them */
} play_talk;

typedef enum play_conn_state {
    PLAY_CONN_NONE,
    PLAY_CONN_OPENING, /* ours: no answer yet */
    PLAY_CONN_AWAITED, /* theirs: it has not come yet */
    PLAY_CONN_UP,
    PLAY_CONN_LOST, /* `why` */
} play_conn_state;

typedef struct play_conn {
    play_conn_state state;
    const char *why;
    uint64_t key;    /* in the capture; 0: it is in no move yet, or in no more */
    uint32_t number; /* here; 0: none */
    nbt_ep here, peer;
    nbt_time until; /* OPENING: when it is given up */
    bool shut[2];   /* in the capture: by them, by us */
    bool closed;    /* here: by us */
    bool framed;    /* it is known how messages are cut out of it: */
    cap_framing framing;
    uint8_t *in; /* what has arrived and is no message yet */
    size_t n, cap;
    uint32_t want[2], got[2]; /* first and last, expected and arrived */
} play_conn;

/* The move of ours that is made next. */
typedef struct play_next {
    bool there, allowed; /* allowed: by cap_player_step */
    cap_move m;          /* without what it pointed to */
    cap_carry carry;
    cap_role role;
    uint64_t key; /* of its conversation */
    int id_at;
    nbt_ep from, to; /* as they are here */
    uint8_t *bytes;
    size_t n, cap;
} play_next;

struct cap_player {
    cap_player_cfg cfg;
    cap_notes open, stray;
    play_fate fates[PLAY_FATES];
    play_talk ours[PLAY_TALKS], theirs[PLAY_TALKS];
    play_conn conn[CAP_CONNS_MAX + 1]; /* [0] is none */
    uint32_t nconns, opened;
    play_next next;
    uint8_t *mapped; /* a message as it is to be here */
    size_t mapped_cap;
    bool begun, ended, closed;
    int64_t sent_time, last_time; /* of the last move of ours, of the last of either side: then */
    nbt_time sent_at, last_at;    /* and now */
    unsigned missed;              /* in a row */
    cap_player_counts counts;
    struct play_told *told, **told_end, *spent;
    cap_buf diff;
};

/* --- replay_play.c: what both kinds of moves need --- */

/* Writes a move's message as it is to be here, without its id, and gives it until the next call. */
nbt_bytes play_map(cap_player *p, const cap_move *m);
cap_carry play_carry(const cap_move *m);
nbt_service play_service(cap_carry carry);
nbt_ep play_ep(const cap_player *p, nbt_ep ep, bool ours);

const play_fate *play_fate_of(const cap_player *p, uint64_t seq); /* NULL: it is not known */
void play_fate_set(cap_player *p, uint64_t seq, int64_t time, nbt_time at, uint32_t open);
play_talk *play_talk_at(play_talk *in, uint64_t key);

/* Which adapter has that address here; cfg.nours: none. */
size_t play_adapter(const cap_player *p, uint32_t ip);

/* Our own ids are other than in the capture, so that nobody takes them for those of before. */
void play_salt(const cap_player *p, uint8_t *bytes, int id_at);

/* Makes the next move, if it can be made now. */
void play_try(cap_player *p, nbt_time now, nbt_out *out);

/* Enters an expectation; its place, 0 without memory. Its time is worked out here. */
uint32_t play_expect(cap_player *p, nbt_time now, const cap_move *m, cap_note *note);

/* --- replay_come.c --- */

void play_expect_datagram(cap_player *p, nbt_time now, const cap_move *m);

/* Something of that note came: it is told, and the note is dropped. */
void play_settle(cap_player *p, uint32_t open, const cap_note *got);
void play_miss(cap_player *p, nbt_time now, uint32_t open);
void play_unexpected(cap_player *p, uint32_t stray);

/* A new stray; its place, 0 without memory. */
uint32_t play_stray(cap_player *p, nbt_time now, cap_note *note);

/* --- replay_conn.c --- */

void play_conn_expect(cap_player *p, nbt_time now, const cap_move *m);

/* When a move of ours on a connection can be made: now, NBT_NEVER for "not yet", or then. */
nbt_time play_conn_ready(const cap_player *p, const cap_move *m, nbt_time now);

/* Makes it. NULL, or why it cannot be made. */
const char *play_conn_make(cap_player *p, nbt_time now, const play_next *x, nbt_out *out);

/* The time of an expectation, or of what has come, is over; of those before it too. */
void play_conn_give_up(cap_player *p, nbt_time now, uint32_t open);
void play_conn_strays(cap_player *p, uint32_t stray);

/* All is over: what is still open is closed. */
void play_conn_close(cap_player *p, nbt_out *out);

/* --- replay_result.c --- */

/* Whether it differs: then p->diff says how. */
bool play_differs(cap_player *p, const cap_note *want, const cap_note *got);
cap_result play_result(const cap_note *want, cap_came v, nbt_time at);
void play_tell(cap_player *p, const cap_result *r);

#endif
