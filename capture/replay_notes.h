/*
 * Messages that are waited for, or that wait: found by a key, oldest first, and by the time until
 * which they are of use. The table grows up to a bound; a place keeps its memory for the next.
 */
#ifndef CAPTURE_REPLAY_NOTES_H
#define CAPTURE_REPLAY_NOTES_H

#include "capture/replay.h"
#include "capture/replay_diff.h"

typedef struct cap_note {
    uint64_t key;   /* 0: it is found by nothing but its connection */
    nbt_time when;  /* it is expected, or it came */
    nbt_time until; /* it is of no use any longer */
    uint64_t seq, number;
    cap_move_kind kind;
    cap_carry carry;
    bool to_all, repeats, cut, asks;
    nbt_ep from, to; /* as they are here */
    int64_t time;    /* in the capture */
    uint64_t whose;  /* cap_key_id of it in the capture, if it asks; in answers, as it is here */
    uint32_t conn;   /* its connection's place; 0: none */
    const char *why; /* of what befell a connection: in words, or NULL */
    uint32_t next;   /* for the connection: the one behind it */
    nbt_bytes bytes; /* the table's */
    uint8_t *mem;    /* the rest is the table's own */
    size_t cap;
    uint32_t like[2], near[2]; /* before and behind it: by its key, by time */
} cap_note;

enum { CAP_NOTES_BUCKETS = 1 << 14 };

typedef struct cap_notes {
    cap_note *note; /* [0] is none, and the ends of the order by time */
    size_t n, used, cap, max;
    uint32_t spare;
    uint32_t first[CAP_NOTES_BUCKETS], last[CAP_NOTES_BUCKETS];
} cap_notes;

/* At most `max` notes. False without memory. */
bool cap_notes_init(cap_notes *t, size_t max);
void cap_notes_fini(cap_notes *t);

/* Copies a note and its octets; its place, 0 without memory or room. It moves the others. */
uint32_t cap_notes_add(cap_notes *t, const cap_note *note);
void cap_notes_drop(cap_notes *t, uint32_t at);

static inline cap_note *cap_notes_at(const cap_notes *t, uint32_t at)
{
    return &t->note[at];
}

/* The oldest of a key, and the one behind another of the same; 0: none. */
uint32_t cap_notes_find(const cap_notes *t, uint64_t key);
uint32_t cap_notes_more(const cap_notes *t, uint32_t at);

/* The one whose time is over first; 0: there is none. */
static inline uint32_t cap_notes_soonest(const cap_notes *t)
{
    return t->note[0].near[1];
}

#endif
