/*
 * The bytes of a file from front to back: a plain file, a gzipped one, a pipe that is still being
 * written, a file that grows. A fixed window, and for a gzipped file a few blocks of it inflated
 * ahead, is all the memory it takes, however long the file is.
 */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include <zlib.h>

#include "capture/ahead.h"

enum { CAP_ERR_MAX = 512 }; /* room for an error text */

/* The most that can be looked at in one piece. */
enum { CAP_INPUT_PEEK_MAX = 300 * 1024 };

/* Why there are fewer bytes than were asked for. */
typedef enum cap_input_state {
    CAP_INPUT_GOOD,
    CAP_INPUT_WAIT,  /* none for now: a pipe's writer is slow, a followed file has not grown */
    CAP_INPUT_END,   /* these are the last */
    CAP_INPUT_ERROR, /* what follows cannot be read: `error` says why */
} cap_input_state;

/* What is in it is for the inline functions below. */
typedef struct cap_input {
    uint8_t *window;
    size_t at, end; /* what is there and not yet taken */
    cap_input_state state;
    int fd;
    bool waits;   /* another read can give more later: a pipe, a followed file */
    bool follow;  /* the end of the file is not its end */
    bool gzip;    /* what is read goes through `inflate` */
    bool raw_end; /* the file itself has ended */
    bool between; /* one gzip member has ended, no other has begun */
    bool unread;  /* nothing has been read yet, so it is not known whether it is gzipped */
    z_stream inflate;
    uint8_t *raw; /* as read, to be inflated */
    /* A gzipped file that is all there is inflated ahead, by a thread that has it as `behind`. */
    cap_ahead *ahead;
    struct cap_input *behind;
    char error[128];
} cap_input;

/*
 * Opens a file, "-" for standard input. With `follow`, a file that has been read to its end is
 * waited on. False: `err` says why, in one line.
 */
bool cap_input_init(cap_input *in, const char *path, bool follow, char err[CAP_ERR_MAX]);
void cap_input_fini(cap_input *in);

/* Reads on until n bytes are there; false when that cannot be now: `state` says why. */
bool cap_input_fill(cap_input *in, size_t n);

/* The next n bytes, which stay; NULL when fewer are there. n is at most CAP_INPUT_PEEK_MAX. */
static inline const uint8_t *cap_input_peek(cap_input *in, size_t n)
{
    if (n > in->end - in->at && !cap_input_fill(in, n))
        return NULL;
    return in->window + in->at;
}

/* How much of a plain file has been read so far, from 0 to 1; of anything else -1. */
double cap_input_part(const cap_input *in);

/* How many bytes are there without reading on. */
static inline size_t cap_input_there(const cap_input *in)
{
    return in->end - in->at;
}

/* Takes n bytes that were peeked at. They stay readable until the next peek. */
static inline void cap_input_take(cap_input *in, size_t n)
{
    in->at += n;
}

/* Blocks until n bytes can be peeked at, or never will be. */
void cap_input_wait(cap_input *in, size_t n);

#endif
