/*
 * The ledger: every name that a capture shows, who held it from when to when and by which packets
 * that is known; every claim to a name and what became of it; and what went wrong with names, as
 * incidents. It notes what was seen. What an incident means is for capture/explain.h.
 *
 * All tables have a fixed bound. When one is full, what is new is left out and counted.
 */
#ifndef CAPTURE_LEDGER_H
#define CAPTURE_LEDGER_H

#include "capture/dialog.h"
#include "capture/hosts.h"

enum {
    CAP_LEDGER_NAMES_MAX = 65536,
    CAP_LEDGER_SCOPES_MAX = 256,
    CAP_LEDGER_HOLDINGS_MAX = 131072,
    CAP_LEDGER_CLAIMS_MAX = 16384, /* under way at a time */
    CAP_LEDGER_INCIDENTS_MAX = 16384,
};

/* By what it is known that a host has a name, from the weakest to the strongest. */
typedef enum cap_evidence {
    CAP_SAID,      /* a name server says so */
    CAP_CALLED_AS, /* it called as this name; a caller may write there what it likes */
    CAP_SENT_AS,   /* it sent datagrams as this name */
    CAP_ANSWERED,  /* it answered for it */
    CAP_LISTED,    /* its node status has it */
    CAP_CLAIMED,   /* it claimed it, and nobody objected */
    CAP_GRANTED,   /* a name server gave it the name, or took its refresh */
    CAP_DEFENDED,  /* it refused it to another */
} cap_evidence;

const char *cap_evidence_str(cap_evidence evidence);  /* "it answered for it": static */
const char *cap_evidence_word(cap_evidence evidence); /* "answered": static, for programs */

/* How a host came to hold a name no longer. */
typedef enum cap_ending {
    CAP_HELD,        /* it does, as far as the capture goes */
    CAP_RELEASED,    /* it gave it up */
    CAP_TAKEN,       /* another claimed it, and this one was silent */
    CAP_MOVED,       /* the computer has it under another address */
    CAP_IN_CONFLICT, /* it was told so, and is to use it no more (RFC 1001 15.1.3.5) */
} cap_ending;

typedef struct cap_holding {
    uint32_t name; /* its place */
    cap_host_id host;
    bool group;
    cap_evidence began;    /* the first */
    cap_evidence evidence; /* the strongest */
    cap_when first, strong, last;
    cap_ending ending;
    cap_when ended;
    uint32_t next;  /* of the same name, and as it unique or a group's; 0: none */
    uint32_t chain; /* of the table */
} cap_holding;

typedef struct cap_named {
    uint8_t b[NBT_NAME_LEN];
    uint16_t scope;         /* its place among the scopes; 0: none */
    uint32_t unique, group; /* the first holding of either kind; 0: none */
    uint32_t asked;         /* the first claim that a name server was sent; 0: none */
    uint32_t incidents;     /* the first; 0: none */
    uint32_t chain;         /* of the table */
} cap_named;

/* How a claim ended. */
typedef enum cap_outcome {
    CAP_PENDING,
    CAP_SILENCE,    /* by broadcast: nobody objected */
    CAP_YES,        /* a name server granted it */
    CAP_NO,         /* it was refused */
    CAP_UNANSWERED, /* a name server was asked, and silent */
    CAP_UNKNOWN,    /* the capture does not show the end */
} cap_outcome;

/* One claim: a registration, or a refresh, with its repetitions. */
typedef struct cap_claim {
    uint32_t name;
    cap_host_id asker;
    uint32_t owner; /* the address that is to have the name */
    bool group, refresh;
    bool to_server;     /* it was sent to one host, not to all: */
    cap_host_id server; /* to this one */
    uint16_t id;
    cap_when first, last;
    unsigned sent; /* packets of the request */
    cap_when wack;
    cap_host_id challenged; /* whom the server asked whether it still has the name, */
    cap_when challenge, challenge_last, challenge_answer; /* when, and the answer */
    unsigned challenges;
    bool challenge_yes;
    cap_when echo; /* where the very request was seen again from another hardware address */
    cap_outcome outcome;
    cap_when end;        /* the packet that decided */
    cap_host_id refuser; /* CAP_NO */
    unsigned rcode;
    uint32_t incident;     /* the one that keeps this claim; 0: none */
    uint32_t next;         /* of the same name, and sent to a name server */
    uint32_t chain;        /* of the table */
    uint32_t older, newer; /* among those under way, by their last packet */
} cap_claim;

typedef enum cap_incident_kind {
    CAP_INCIDENT_REFUSED,      /* a claim was refused */
    CAP_INCIDENT_UNANSWERED,   /* a name server did not answer a claim */
    CAP_INCIDENT_TWO_OWNERS,   /* two hosts hold one unique name */
    CAP_INCIDENT_SAME_ADDRESS, /* a name is claimed from its owner's address, by other hardware */
    CAP_INCIDENT_USED,         /* a host has a unique name, and another sends datagrams under it */
    CAP_INCIDENT_GROUP_UNIQUE, /* a name is a group's for one and unique for another */
    CAP_INCIDENT_DEMAND,       /* a host was told that its name is in conflict */
    CAP_INCIDENT_CONFLICT,     /* a node status has a name marked as in conflict */
    CAP_INCIDENT_RELEASED,     /* a host's name was released by another */
    CAP_INCIDENT_LISTED,       /* a name server's record has two computers for a unique name */
    CAP_INCIDENT_STRANGE,      /* a host answered for a name that it never registered */
    CAP_INCIDENT_FOREIGN,      /* it answered all with another's address for a unique name */
    CAP_INCIDENT_UNASKED,      /* it answered one who had not asked */
    CAP_INCIDENT_TWO_ANSWERS,  /* one question got two answers that cannot both be true */
} cap_incident_kind;

typedef struct cap_incident {
    cap_incident_kind kind;
    uint32_t name;
    cap_host_id a; /* who asked; who had the name first; who said so */
    cap_host_id b; /* who refused; who has it too; whom it was said to; FOREIGN: whose address */
    cap_when first, last;
    cap_when before; /* TWO_OWNERS: by which packet `a` was known to hold it */
    unsigned times;  /* how often the same was seen */
    cap_claim claim; /* REFUSED, UNANSWERED: the first of them, as it was decided */
    uint32_t next;   /* of the same name */
} cap_incident;

typedef struct cap_ledger cap_ledger;

cap_ledger *cap_ledger_new(void); /* NULL: no memory */
/*
 * A smaller one: so many names and hosts, and of the rest in proportion. At most
 * CAP_LEDGER_NAMES_MAX and CAP_HOSTS_MAX, at least 64.
 */
cap_ledger *cap_ledger_new_bounded(uint32_t names);
void cap_ledger_free(cap_ledger *l);

/* Takes the next item of a capture, and what it is to those before it. */
void cap_ledger_put(cap_ledger *l, const cap_item *item, const cap_link *link);

/*
 * Time has passed, `now` in microseconds since 1970: what is to be said by then is entered, also
 * without a packet. For whoever watches; before cap_ledger_end nobody needs it.
 */
void cap_ledger_tick(cap_ledger *l, int64_t now);

/*
 * The incidents that the last put or tick, since cap_ledger_look, has entered or seen again: their
 * places, each once, the first CAP_LEDGER_SEEN_MAX. Gives how many.
 */
enum { CAP_LEDGER_SEEN_MAX = 32 };
size_t cap_ledger_look(cap_ledger *l, uint32_t places[CAP_LEDGER_SEEN_MAX]);

/* How full its fullest table is, in hundredths. */
unsigned cap_ledger_fill(const cap_ledger *l);

/* The capture ends: what is under way is as it is. To be called once. */
void cap_ledger_end(cap_ledger *l);

/* What is in it. Places are counted from 1; what they give holds until the next cap_ledger_put. */
uint32_t cap_ledger_names(const cap_ledger *l);
const cap_named *cap_ledger_named(const cap_ledger *l, uint32_t place);
void cap_ledger_name(const cap_ledger *l, uint32_t place, nbt_name *name);
const cap_holding *cap_ledger_holding(const cap_ledger *l, uint32_t place);
uint32_t cap_ledger_incidents(const cap_ledger *l);
const cap_incident *cap_ledger_incident(const cap_ledger *l, uint32_t place);
const cap_hosts *cap_ledger_hosts(const cap_ledger *l);

/*
 * Who holds a name as far as is known at its end, but for `not`: the strongest evidence; NULL if
 * nobody.
 */
const cap_holding *cap_ledger_holder(const cap_ledger *l, uint32_t name, cap_host_id not );

/* How much was left out because a table was full; 0 in all but the largest captures. */
uint64_t cap_ledger_left_out(const cap_ledger *l);

#endif
