/*
 * What a capture has of what: messages by kind, by name and by sender, how long requests waited for
 * their answers, and which had none.
 *
 * Memory is bounded, whatever the capture says: the tables of names and of senders have a fixed
 * number of places (CAP_STATS_PLACES); what finds none there is counted among the others. Times are
 * counted in steps of at most a sixteenth of themselves; only the shortest and the longest are
 * exact.
 */
#ifndef CAPTURE_STATS_H
#define CAPTURE_STATS_H

#include "capture/dialog.h"
#include "capture/tap.h"

enum {
    CAP_STATS_PLACES = 64 * 1024, /* of which three in four are taken at most */
    CAP_STATS_TOP = 20,           /* names, and senders, that are printed one by one */
    CAP_STATS_TEXT_MAX = 256 * 1024,
};

typedef struct cap_stats cap_stats;

cap_stats *cap_stats_new(void); /* NULL: no memory */
void cap_stats_free(cap_stats *s);

/*
 * Counts the next item of a capture. One of remote control is a message more, beside the session
 * message that may have carried it. `link` is what cap_dialog_put said of it.
 */
void cap_stats_put(cap_stats *s, const cap_item *item, const cap_link *link);

/*
 * Prints what has been counted, as tables or as one JSON object in one line, at `to`, which has
 * room for CAP_STATS_TEXT_MAX. Gives the number of characters. Counting can go on.
 *
 * The object has messages, octets (of messages), notes (items that are no message), malformed,
 * begin and end (seconds since 1970, null without items); kinds, an array of {kind, messages,
 * octets, repeats}; requests, an array of {kind, requests, answered, unanswered, min, median, p90,
 * p99, max} with times in seconds; names, an array of {name, messages}, and senders, one of
 * {address, messages, octets}, of the CAP_STATS_TOP that have the most; other_names and
 * other_senders, {count, messages, octets}, of all the others, where count is how many there are,
 * or null when that is not known.
 */
size_t cap_stats_text(const cap_stats *s, char *to);
size_t cap_stats_json(const cap_stats *s, char *to);

#endif
