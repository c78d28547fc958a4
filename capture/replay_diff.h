/*
 * What is different between the message that was expected and the one that came: word by word of
 * their text form, with those left out that may differ.
 */
#ifndef CAPTURE_REPLAY_DIFF_H
#define CAPTURE_REPLAY_DIFF_H

#include "capture/buf.h"
#include "capture/replay.h"

enum { CAP_IGNORE_MAX = 32, CAP_IGNORE_WORD_MAX = 40 };

/* Keys of words that may differ: "ttl", "data"; "kind" and "name" are the two first ones. */
typedef struct cap_ignore {
    char word[CAP_IGNORE_MAX][CAP_IGNORE_WORD_MAX];
    size_t n;
} cap_ignore;

/* Adds one, in letters of either case. False: no message has such a word, or there is no room. */
bool cap_ignore_add(cap_ignore *i, const char *word, size_t len);

/* How a message is to be read: what it is carried by. */
typedef enum cap_carry {
    CAP_CARRY_NAME,
    CAP_CARRY_DATAGRAM,
    CAP_CARRY_SESSION,
    CAP_CARRY_RC
} cap_carry;

/* Appends the text form of a message. */
void cap_say(cap_buf *b, cap_carry carry, nbt_bytes bytes);

/*
 * Appends what differs: "rcode=6, not 5; ttl=0, not 300000; aa, not expected". Returns whether
 * anything does; then nothing was appended. `cut`: of the expected one only its beginning is known.
 */
bool cap_diff(cap_buf *b, cap_carry carry, nbt_bytes expected, nbt_bytes got, bool cut,
              const cap_ignore *ignore);

#endif
