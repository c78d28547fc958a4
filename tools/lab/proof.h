/*
 * What a run's capture proves: the messages that its scenario expects, and what was on the wire
 * while somebody was refused. Read back from the file, as anybody else would read it; nothing is
 * taken from what programs have said.
 */
#ifndef LAB_PROOF_H
#define LAB_PROOF_H

#include "tools/host/err.h"
#include "tools/scene/scene.h"

/* A message of the capture that was expected. */
typedef struct lab_proven {
    uint32_t expect; /* which expectation of the scenario */
    uint64_t frame;  /* its number in the capture, from 1 */
    nbt_ep from, to;
    unsigned rcode;   /* of the name service */
    const char *what; /* its kind's word; static text */
} lab_proven;

/* A name that somebody was refused, and when that was. */
typedef struct lab_refusal {
    uint8_t name[NBT_NAME_LEN];
    int64_t began, ended; /* microseconds since 1970: from the one on, before the other */
    /* What was found: */
    uint64_t packets; /* of the name service, about the name, of whatever kind */
    uint64_t frame;   /* the first NEGATIVE NAME REGISTRATION RESPONSE; 0: there is none */
    uint32_t by;      /* who sent that */
    unsigned rcode;
} lab_refusal;

typedef struct lab_proof {
    lab_proven *proven; /* by expectation, then by frame */
    size_t n;
    uint64_t *seen;      /* by expectation: how many messages were as it says */
    uint64_t *first;     /* by expectation: the first frame of those */
    uint64_t frames;     /* all frames of the capture, of whatever kind */
    uint64_t unreadable; /* datagrams of port 137 that are no name service packet */
} lab_proof;

/*
 * Reads a capture file for the expectations of messages: of each the first as many as it counts,
 * one where it counts none, behind the last of those that it stands behind. What came behind frame
 * `last` is not expected any more; 0: nothing did. Fills in the refusals as well.
 *
 * False: it cannot be read, and `err` says why. To be freed in any case.
 */
bool lab_proof_read(lab_proof *p, const scene *s, const char *capture, uint64_t last,
                    lab_refusal *refusal, size_t nrefusals, host_err *err);
void lab_proof_free(lab_proof *p);

/* Whether expectation `i` is of messages alone, at whatever time: what a capture can prove. */
bool lab_proof_can(const scene *s, uint32_t i);

/* Whether the capture has what expectation `i` says, or has not what it says must not be. */
bool lab_proof_held(const lab_proof *p, const scene *s, uint32_t i);

#endif
