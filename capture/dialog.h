/*
 * Requests and their answers: which earlier message one answers, which it repeats, and which
 * conversation it is part of. Name packets are matched by transaction id, asker and name (and, of
 * what is asked of one host, by that host), datagrams
 * by their id and sender, session packets and remote control by their connection. The table has a
 * fixed size: of what was asked long ago, the oldest is forgotten.
 */
#ifndef CAPTURE_DIALOG_H
#define CAPTURE_DIALOG_H

#include "capture/tap.h"

enum { CAP_DIALOG_SECONDS = 60 }; /* an answer that comes later than this answers something else */

/* What a message is to those before it; packets are given by their numbers, 0 is none. */
typedef struct cap_link {
    uint64_t answers; /* the request, where it was sent last before the answer */
    int64_t after;    /* how long ago that was, in microseconds */
    uint64_t repeats; /* the first packet that said the same */
    /*
     * The first packet of its conversation, which is a request, all its repetitions and all its
     * answers. A claim and the demand that it ends in are one, of the same id; and what a name
     * server asks the old owner after it said WACK, or the claimant after an END-NODE CHALLENGE.
     * So are the fragments of a datagram; and a session request, its answer and all that its
     * connection then carries. Of a message that belongs to no other, its own packet.
     */
    uint64_t transaction;
    bool by_asker;    /* its sender is the one who asked, or who opened the connection */
    bool asked_all;   /* of an answer: the request was broadcast */
    bool asked_to_do; /* of an answer: the request had RD, as for a name server */
    bool settles;     /* of an answer: it is the first that ends the request, as a WACK does not */
    uint8_t asked;    /* of an answer: the request's nbt_ns_kind, nbt_dgm_type or nbt_ssn_type */
    uint16_t asked_from; /* of an answer: the port that the request came from */
} cap_link;

typedef struct cap_dialog cap_dialog;

cap_dialog *cap_dialog_new(void); /* NULL: no memory */
void cap_dialog_free(cap_dialog *d);

/* Takes the next message of a capture, and says what it is to those before it. */
void cap_dialog_put(cap_dialog *d, const cap_item *item, cap_link *link);

#endif
