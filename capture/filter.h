/*
 * Which messages are wanted, by what they say: by name, suffix, kind, code, host. What is wanted is
 * compiled once, and each message is then looked at; nothing is remembered of those before.
 *
 * Of the values of one kind any will do, but every kind that was given must hold. Name and suffix
 * must be those of one name of the message. All of its names count: the one it is about, who sends
 * or calls, those of its records, and those that a node status lists.
 */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include "capture/tap.h"

typedef enum cap_filter_by {
    /*
     * A pattern for the text form of names (nbt/name.h): * is any characters, ? is any one, [AB]
     * one of these; letters fit in either case. The scope, or suffix and scope, may be left away,
     * and can then be anything: FRED, FRED*, FRED<20>, *<41>, FRED<20>.SCOPE. [*] is a star.
     */
    CAP_FILTER_NAME,
    CAP_FILTER_SUFFIX, /* the 16th byte in hex: 1d, 0x41; several with commas */
    /*
     * Words of the kind's name, as the text form (nbt/text.h) or RFC 1002 has it, with hyphens:
     * registration-request is that alone, registration what has to do with claiming, negative
     * every refusal. name, datagram, session, rc: all of a service; claim: the requests that claim
     * a name. Several with commas.
     */
    CAP_FILTER_KIND,
    /*
     * RCODE of a response, or ERROR_CODE of a session or datagram packet: a word (ACT_ERR, ok,
     * called-not-present) or a number. Several with commas.
     */
    CAP_FILTER_CODE,
    /*
     * An address, as 10.0.0.1 or 10.0.0.0/24 or 02:00:00:00:00:01: of sender or receiver, or one
     * that the message says: of an owner, a datagram's source, another name server, where to call
     * instead, the UNIT_ID of a node status. Several with commas.
     */
    CAP_FILTER_HOST,
    /*
     * Messages of which conflicts of names are made; there is no value. A response with ACT_ERR or
     * CFT_ERR (so refused claims, and conflict demands), an end-node challenge, the overwrite
     * request that follows one, a node status with a name in conflict. The overwrite demand is
     * none: by it every claim by broadcast ends that nobody contests (RFC 1002 5.1.1.1).
     */
    CAP_FILTER_CONFLICT,
} cap_filter_by;

enum {
    CAP_FILTER_NAMES_MAX = 32,
    CAP_FILTER_PATTERN_MAX = 256, /* characters */
    CAP_FILTER_HOSTS_MAX = 64,
};

typedef struct cap_filter cap_filter;

cap_filter *cap_filter_new(void); /* wants everything. NULL: no memory */
void cap_filter_free(cap_filter *f);

/* One more value of what is wanted. False: `err` says in one line what could stand there. */
bool cap_filter_add(cap_filter *f, cap_filter_by by, const char *text, char err[CAP_ERR_MAX]);

/* Whether an item is wanted. One without a message has addresses, and no name, kind or code. */
bool cap_filter_holds(const cap_filter *f, const cap_item *item);

/* Whether a name is one of those that patterns were given for. */
bool cap_filter_has_name(const cap_filter *f, const nbt_name *name);

#endif
