/*
 * The NetBIOS name server (NBNS; Windows calls it WINS): who may have which name, on UDP and TCP
 * port 137. RFC 1001 15, RFC 1002 5.1.4, MS-NBTE 3.2.
 *
 * It has the entrances of every object here. What it grants is in its journal, to be kept in a
 * store; an answer that promises something carries `kept`, and is to be sent only when the journal
 * up to it is kept. Nothing else waits for a store.
 */
#ifndef NBT_NBNS_H
#define NBT_NBNS_H

#include "nbt/act.h"
#include "nbt/nbdb.h"
#include "nbt/ns.h"

/* What a query for a group that is not an internet group is answered. */
typedef enum nbt_nbns_group {
    NBT_NBNS_GROUP_LIST,      /* its members (RFC 1002 5.1.4.1) */
    NBT_NBNS_GROUP_BROADCAST, /* 255.255.255.255 (MS-NBTE 3.2.5.1) */
    NBT_NBNS_GROUP_ZERO,      /* 0.0.0.0 */
} nbt_nbns_group;

/*
 * How a name server behaves where servers differ. A row of nbt/nbns.def; a caller may take a copy
 * and change it. An RCODE of 0 (NBT_RCODE_OK) means a positive answer.
 */
typedef struct nbt_nbns_profile {
    const char *name;
    const char *source; /* where its figures come from */

    /* A name that somebody else holds. */
    bool secured;               /* the server asks the holder; else the claimant is told to */
    uint8_t challenge_count;    /* questions to the holder, 1 to 16 */
    nbt_time challenge_timeout; /* after the first of them */
    bool challenge_doubles;     /* after each one twice as long as before */
    uint16_t challenge_word;    /* R, OPCODE, NM_FLAGS of the question */
    bool wack;                  /* the claimant is told to wait */
    uint16_t wack_type;         /* RR_TYPE of that (H3) */
    uint32_t wack_ttl;          /* its TTL, seconds; 0: as long as it can take */
    bool overwrite_refused;     /* a secured server answers NAME OVERWRITE REQUEST with IMP_ERR */
    uint8_t group_rcode;        /* a unique claim of a group's name */
    bool refresh_challenges;    /* a refresh of another's name is taken for a claim */
    uint8_t refresh_rcode;      /* if it is not */
    bool multihomed_merges;     /* opcode 15: a holder that answers gets the new address (LAB04b) */
    uint8_t multihomed_denied;  /* opcode 15: the holder is silent or says no */

    /* Release. */
    uint8_t release_foreign; /* of another's name */
    uint8_t release_unknown; /* of a name that is not held */

    /* How long, in seconds. */
    uint32_t ttl_min, ttl_max; /* what is granted lies between them */
    uint32_t ttl_infinite;     /* granted to who asks for ever; 0: for ever */
    bool ttl_signed;           /* beyond 2^31 it is taken for less than nothing */
    uint8_t expire_factor;     /* so many granted TTLs without a refresh, and the name is free */
    uint32_t extinct_after;    /* how long it is remembered as released; 0: not */
    uint32_t forget_after;     /* and then as extinct */

    /* Queries. */
    bool query_ttl;       /* the answer says how long the registration still lasts; else 0 */
    bool query_needs_rd;  /* without RD the names of others are not looked at (LAB07) */
    bool negative_counts; /* ANCOUNT of a negative answer is 1 (H4) */
    bool newest_first;    /* of several addresses; else the oldest */
    nbt_nbns_group group_answer;
    uint16_t group_members; /* of a group that are remembered */

    /* Suffixes with rules of their own, MS-NBTE 2.2.1 note 3. */
    bool internet_groups; /* 1C is an internet group */
    bool master_apart;    /* 1D is granted to everybody, and found by nobody */
    bool suffix_refusals; /* 1B as a group, 1C and 1E as unique names are refused */
    uint16_t name_max;    /* octets of a name on the wire; longer ones get SRV_ERR (A16) */
    uint16_t burst_queue; /* with so many challenges under way, names are granted for some minutes
                           * without a look at them (KB Q184693); 0: never */
} nbt_nbns_profile;

/* The profile of that name, or NULL; the i-th for listings, NULL behind the last. Static. */
const nbt_nbns_profile *nbt_nbns_profile_find(const char *name, size_t len);
const nbt_nbns_profile *nbt_nbns_profile_at(size_t i);

/* An interface of the server. Addresses in host byte order. */
typedef struct nbt_nbns_lana {
    uint8_t lana;
    uint32_t ip, mask, broadcast;
} nbt_nbns_lana;

typedef struct nbt_subnet {
    uint32_t ip, mask;
} nbt_subnet;

enum {
    NBT_NBNS_INTERNET_MAX = 25,   /* addresses of an internet group or a multihomed name (F15) */
    NBT_NBNS_LANAS_MAX = 16,      /* interfaces of one server */
    NBT_NBNS_STRANGER_FACTOR = 2, /* answers to strangers: as many times as long as the question */
};

typedef struct nbt_nbns_cfg {
    nbt_mem mem;
    uint64_t seed;
    const nbt_nbns_profile *profile; /* borrowed, must outlive the server */
    const nbt_nbns_lana *lanas;      /* copied; 1 to NBT_NBNS_LANAS_MAX */
    size_t nlanas;
    const nbt_subnet *served; /* copied: whose addresses are no strangers, beside the lanas' */
    size_t nserved;
    nbt_time wall;      /* what is added to `now` for microseconds since 1970 */
    size_t max_names;   /* more are refused with SRV_ERR */
    size_t max_pending; /* claims that wait for a holder's word; more are not answered */
    size_t max_dirty;   /* records that wait in the journal; with more, claims and releases are not
                         * answered, so that nobody waits long for a store; 0: no bound */
    size_t max_conns;   /* TCP connections; more are reset */
    uint32_t redirect_to; /* a name server to send askers to whose name is not here; 0: none */
    bool migrate; /* a static mapping of one computer yields to a claim, like any other (F42) */
    bool journal; /* changes are to be kept: see nbt_nbns_changed */
} nbt_nbns_cfg;

typedef struct nbt_nbns nbt_nbns;

/* `now` as all later calls have it. NULL without memory. */
nbt_nbns *nbt_nbns_new(const nbt_nbns_cfg *cfg, nbt_time now);
void nbt_nbns_free(nbt_nbns *s);

/*
 * A UDP datagram arrived at port 137: `to` is the address it was sent to. Broadcasts are ignored,
 * as RFC 1002 5.1.4 wants it.
 */
void nbt_nbns_rx(nbt_nbns *s, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                 nbt_out *out);

/* Something happened to a connection at TCP port 137. */
void nbt_nbns_tcp(nbt_nbns *s, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);

/* Whether a packet has the id and the name of a question that this server has asked a holder, and
 * still wants to know about. */
bool nbt_nbns_awaits(const nbt_nbns *s, const nbt_ns *m);

void nbt_nbns_tick(nbt_nbns *s, nbt_time now, nbt_out *out);
nbt_time nbt_nbns_due(const nbt_nbns *s);

/* When a tick will change anything, as far as datagrams go: not before nbt_nbns_due, and perhaps
 * later. It looks at every name. */
nbt_time nbt_nbns_soonest(const nbt_nbns *s);

typedef enum nbt_nbns_verb {
    NBT_NBNS_ADD,    /* a static mapping: name, kind, ip; in place of what was there, but that an
                      * address is added to a static group or multihomed name of the same kind */
    NBT_NBNS_PUT,    /* name, kind, ip, nb_flags, expires: as another server has granted it. A name
                      * that is held here stays as it is, but that an address is added to one of the
                      * same kind if it can have several */
    NBT_NBNS_DELETE, /* a name, whatever it is */
    NBT_NBNS_FREEZE, /* nothing changes any more, nothing expires; queries are answered */
    NBT_NBNS_THAW,
} nbt_nbns_verb;

typedef struct nbt_nbns_cmd {
    nbt_nbns_verb verb;
    nbt_name name;   /* ADD, PUT, DELETE */
    nbt_nbkind kind; /* ADD, PUT */
    uint32_t ip;     /* ADD, PUT */
    uint16_t nb_flags;
    nbt_sec expires; /* PUT: in the future */
} nbt_nbns_cmd;

typedef enum nbt_nbns_result {
    NBT_NBNS_DONE,
    NBT_NBNS_NO_NAME,   /* DELETE: it is not there */
    NBT_NBNS_NO_MEMORY, /* or max_names are there */
    NBT_NBNS_BAD_NAME,  /* ADD, PUT: it begins with '*', or is too long */
    NBT_NBNS_HELD,      /* PUT: somebody has it */
    NBT_NBNS_OVER,      /* PUT: that time has passed */
} nbt_nbns_result;

/* What an administrator wants. */
nbt_nbns_result nbt_nbns_do(nbt_nbns *s, nbt_time now, const nbt_nbns_cmd *cmd, nbt_out *out);

/*
 * The records one after the other whose text form matches `glob` (`*`: any text, `?`: any
 * character; NULL: all); `*at` is 0 at first. NULL behind the last.
 */
const nbt_nbrec *nbt_nbns_each(const nbt_nbns *s, uint32_t *at, const char *glob);

/* The record of a name, NULL if there is none. */
const nbt_nbrec *nbt_nbns_find(const nbt_nbns *s, const nbt_name *name);

/* The journal: see nbt_nbdb_dirty and nbt_nbdb_changed. */
size_t nbt_nbns_dirty(const nbt_nbns *s);
const nbt_nbrec *nbt_nbns_changed(nbt_nbns *s);

/* A record as a store has it. */
typedef struct nbt_nbns_kept {
    uint32_t idx;
    const nbt_name *name;
    uint8_t kind, state; /* nbt_nbkind; nbt_nbstate, but not GONE */
    bool fixed;
    nbt_sec since;
    nbt_sec due; /* as the record had it */
    const nbt_nbaddr *addrs;
    size_t naddrs;
} nbt_nbns_kept;

/*
 * Puts back a record, in rising order of `idx` and before anything else is asked of the server.
 * What was over while it was kept is over at the next tick. False if it cannot be: see
 * nbt_nbdb_restore; or if its values are not such as the server has.
 */
bool nbt_nbns_restore(nbt_nbns *s, const nbt_nbns_kept *kept);

/* What has happened since the start. */
typedef struct nbt_nbns_stats {
    uint64_t received, malformed, ignored; /* packets; ignored: no request of ours, no answer */
    uint64_t queries, found;
    uint64_t claims, granted, refused; /* registrations and refreshes */
    uint64_t releases;
    uint64_t challenges;      /* holders asked */
    uint64_t dropped, bursts; /* claims not answered, and granted unseen, for want of room */
    uint64_t expired;         /* names */
} nbt_nbns_stats;

const nbt_nbns_stats *nbt_nbns_counts(const nbt_nbns *s);
bool nbt_nbns_frozen(const nbt_nbns *s);
size_t nbt_nbns_names(const nbt_nbns *s);   /* records */
size_t nbt_nbns_pending(const nbt_nbns *s); /* claims that wait for a holder's word */

#endif
