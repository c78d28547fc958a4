/*
 * One good packet, at least, of every kind that RFC 1002 section 4 draws, as hex that follows the
 * drawing field by field, and what real Windows and Samba computers send in their own ways. They
 * were put together by hand from the drawings: what the codecs write is compared with them.
 */
#ifndef TESTS_SUPPORT_SAMPLES_H
#define TESTS_SUPPORT_SAMPLES_H

#include "nbt/msg.h"

/* FRED<20> and BARNEY<00>, without a scope; 34 octets each. */
#define CA4 "43414341 43414341 "
#define NAME_FRED "20 45474643 45464545 " CA4 CA4 CA4 "00 "
#define NAME_BARNEY "20 45434542 4643454F 4546464A " CA4 CA4 "4341 4141 00 "
#define NAME_WILDCARD                                                                              \
    "20 434b4141 41414141 41414141 41414141 41414141 41414141 41414141 41414141 00 "

#define NB_IN "0020 0001 "
#define TO_QUESTION "C00C "

typedef struct sample {
    nbt_service service;
    const char *label; /* the kind's word, then in which way it is special, if it is */
    const char *hex;
} sample;

/* Packets whose fields say all: reading and writing gives the same bytes. */
extern const sample good_samples[];
extern const size_t good_samples_n;

/* Packets that can be read, and which writing would not give again. */
extern const sample inexact_samples[];
extern const size_t inexact_samples_n;

/* The sample's bytes, in a heap block of exactly that size; give it back with free(). */
uint8_t *sample_bytes(const sample *s, size_t *n);

/* The good sample whose label begins so; fails the test if there is none. */
const sample *sample_of(const char *label);

/*
 * What every codec must stand, for each good sample of a service: reading and writing gives the
 * same bytes; cut anywhere, it is SHORT with a place and a field, or again a message that says all
 * (their number is returned); every output buffer that is too small is FULL.
 */
size_t check_good_samples(nbt_service service);

#endif
