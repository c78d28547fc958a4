/*
 * One name server for tests, with a clock of its own. Requests are given and answers are read in
 * the text form of nbt/text.h, so that a test reads as a dialog.
 */
#ifndef TESTS_SUPPORT_NBSERVER_H
#define TESTS_SUPPORT_NBSERVER_H

#include "nbt/nbns.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"

enum { NBSERVER_WALL = 1000000 }; /* seconds since 1970 at time 0 */

/* The server is 10.0.0.1/24 on lana 0 and 10.9.0.1/16 on lana 1. */
typedef struct nbserver {
    test_mem mem;
    nbt_nbns_profile profile;
    nbt_nbns_cfg cfg;
    nbt_nbns *s;
    nbt_out out;
    nbt_time now;
    uint16_t question; /* id of the last question to a holder */
    char words[16000];
} nbserver;

/* A server with a copy of a profile, with a journal, not made yet: cfg and profile may be changed.
 */
void nbserver_init(nbserver *n, const char *profile);

/* Makes it. */
void nbserver_start(nbserver *n);

/* Frees it; fails if it kept memory. */
void nbserver_fini(nbserver *n);

/* Moves the clock to `ms` and ticks for as long as something is due. */
void nbserver_at(nbserver *n, uint64_t ms);

/*
 * A packet arrives, in its text form without an id: its id is 1. "id=Q" stands for the id of the
 * server's last question. `from` is an address, with port 137, or "10.0.0.9:1234".
 */
void nbserver_hear(nbserver *n, const char *from, const char *line);
packet nbserver_packet(const nbserver *n, const char *line); /* the same, not given to it */
void nbserver_hear_bytes(nbserver *n, const char *from, const char *to, const void *p, size_t len);

/*
 * What it sent since the last time: "10.0.0.9 LINE" each, " | " between them, "" for nothing. An id
 * of 1 is left out, that of a question is Q. It holds until the next call.
 */
const char *nbserver_said(nbserver *n);

/* The traces instead: "FRED<20> active > refused (the holder still has it) by 10.0.0.3, held by
 * 10.0.0.2 since 1000000, asked 1, ACT_ERR". What was sent since the last time is forgotten. */
const char *nbserver_traced(nbserver *n);

#define assert_answer(n, from, line, answer)                                                       \
    do {                                                                                           \
        nbserver_hear((n), (from), (line));                                                        \
        assert_string_equal(nbserver_said(n), (answer));                                           \
    } while (0)

#endif
