/*
 * One file on its way between a viewer and an agent, on either side and in either direction. Who
 * receives keeps what has come before a break, and the next transfer goes on behind it if the two
 * agree that it is the beginning of this file; at the end both the length and the digest of the
 * whole must be right, or nothing of it stays.
 *
 *     viewer fetches     FETCH name, HAVE ->   <- BEGIN, PIECE..., WHOLE   RESULT ->
 *     viewer stores      STORE name ->   <- HAVE   BEGIN, PIECE..., WHOLE ->   <- RESULT
 *
 * Either may end it before with a RESULT that is not DONE. Files are whoever's who runs this: what
 * is wanted of one comes out as RC_APP_FILE_*, one question at a time, and its answer comes in.
 */
#ifndef RC_TRANSFER_H
#define RC_TRANSFER_H

#include "rc/app.h"
#include "rc/link.h"
#include "rc/sha256.h"

typedef enum rc_transfer_state {
    RC_TRANSFER_IDLE, /* never begun */
    RC_TRANSFER_OPENING,
    RC_TRANSFER_HASHING,  /* reads what is there from before */
    RC_TRANSFER_AWAITING, /* who sends: HAVE; who receives: BEGIN */
    RC_TRANSFER_MOVING,
    RC_TRANSFER_ENDING, /* who sends: waits for RESULT; who receives: puts it in its place */
    RC_TRANSFER_OVER,   /* `result` */
} rc_transfer_state;

typedef struct rc_transfer {
    rc_transfer_state state;
    bool sends, viewer;
    bool asked;        /* a READ is not answered yet */
    bool heard;        /* who sends: HAVE has come, `have` and `digest` are of it */
    uint32_t size, at; /* of the file; octets that were read or written so far */
    uint32_t have, begun;
    uint32_t told; /* the last progress that was told */
    uint8_t digest[RC_DIGEST_LEN];
    rc_sha256 sha;
    nbt_time due; /* nothing has moved until then: it is broken */
    rc_result result;
    size_t name_len;
    uint8_t name[RC_FILE_NAME_MAX];
} rc_transfer;

/* What every call needs of its owner. */
typedef struct rc_transfer_io {
    rc_link *link;
    nbt_prog_tags *tags;
    nbt_time now;
    nbt_out *out;
} rc_transfer_io;

/* 1 to RC_FILE_NAME_MAX octets, none of them a slash, a backslash, a colon or a control character,
 * the first no dot: it names a file in one folder, whatever system it is on. */
bool rc_file_name_ok(nbt_bytes name);

/* A viewer begins: it fetches `name`, or stores it. */
void rc_transfer_ask(rc_transfer *t, const rc_transfer_io *io, bool store, const char *name);

/* An agent was asked: FETCH or STORE. */
void rc_transfer_serve(rc_transfer *t, const rc_transfer_io *io, const rc_msg *m);

/* HAVE, BEGIN, PIECE, WHOLE or RESULT has come, of a transfer that was begun. False: it must not
 * come now, or says what cannot be; the transfer is then broken. */
bool rc_transfer_msg(rc_transfer *t, const rc_transfer_io *io, const rc_msg *m);

/* RC_CMD_FILE has come. */
void rc_transfer_file(rc_transfer *t, const rc_transfer_io *io, int64_t value, nbt_bytes data);

/* The link may take more. */
void rc_transfer_pump(rc_transfer *t, const rc_transfer_io *io);

/* The session ends under it. What was received is kept for the next time. */
void rc_transfer_break(rc_transfer *t, nbt_out *out);

/* Whether one is under way; its deadline, at which to break it; NBT_NEVER if there is none. */
bool rc_transfer_busy(const rc_transfer *t);
nbt_time rc_transfer_due(const rc_transfer *t);

#endif
