/*
 * Which messages are wanted of a whole capture: those that a filter (capture/filter.h) wants, those
 * of one conversation, those about one name, those of one party. It looks at every message in turn,
 * with its link to those before it, and remembers a bounded number of conversations.
 */
#ifndef CAPTURE_PICK_H
#define CAPTURE_PICK_H

#include "capture/dialog.h"
#include "capture/filter.h"

/*
 * What the sender of a message acts as.
 *
 * ASKER wants something of others: it asks for a name, a status or a session, claims a name that it
 * has not yet, sends a datagram, speaks over a connection that it opened (as a viewer does).
 *
 * OWNER has a name, or answers as a node that might: for a broadcast request and for its own
 * status; also to a name server, when it refreshes or releases. It demands (overwrite, release,
 * conflict), is called, says that a datagram did not reach a name.
 *
 * SERVER answers for the names of others: it sends WACK, redirect, end-node challenge, the answers
 * to a datagram query, and answers what was sent to it alone: a claim, a refresh, a release; a
 * query only if that asked for it (RD) and the answer says so (RA), since any node can be asked
 * directly for a name of its own. If the request is not in the capture, an answer is a server's
 * that has RA and does not give its sender as the owner: Windows and Samba set RA always.
 */
typedef enum cap_role {
    CAP_ROLE_NONE, /* nobody's: malformed, or of no known kind */
    CAP_ROLE_ASKER,
    CAP_ROLE_OWNER,
    CAP_ROLE_SERVER,
} cap_role;

cap_role cap_role_of(const cap_item *item, const cap_link *link);

typedef struct cap_pick cap_pick;

cap_pick *cap_pick_new(void); /* wants everything. NULL: no memory */
void cap_pick_free(cap_pick *p);

/* As cap_filter_add. */
bool cap_pick_by(cap_pick *p, cap_filter_by by, const char *text, char err[CAP_ERR_MAX]);

/*
 * All that happens to one name, a pattern as of CAP_FILTER_NAME: the messages that have it, and of
 * their conversations also those that do not, as the answers to a call. False: `err` says why, in
 * one line.
 */
bool cap_pick_life(cap_pick *p, const char *name, char err[CAP_ERR_MAX]);

/*
 * asker, owner or server. Where a name was asked for, what is sent in it, a datagram or a call, is
 * its OWNER's.
 */
bool cap_pick_role(cap_pick *p, const char *text, char err[CAP_ERR_MAX]);

/*
 * The conversation that a packet is part of. It is looked for first: cap_pick_search is given every
 * message of the capture until it gives true, or the capture ends; then cap_pick_found says whether
 * there was a message in that packet. Then cap_pick_holds is given all of them again.
 */
void cap_pick_transaction(cap_pick *p, uint64_t packet);
uint64_t cap_pick_packet(const cap_pick *p); /* 0: there is nothing to be searched */
bool cap_pick_search(cap_pick *p, const cap_item *item, const cap_link *link);
bool cap_pick_found(const cap_pick *p);

/* Another capture begins: what is remembered and what was found belongs to the one before. */
void cap_pick_begin(cap_pick *p);

/* Whether the next message is wanted. */
bool cap_pick_holds(cap_pick *p, const cap_item *item, const cap_link *link);

#endif
