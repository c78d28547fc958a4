/*
 * How a stack behaves where stacks differ: timing, and choices that the RFCs leave or that products
 * made otherwise. A profile is a row of nbt/profile.def; code asks the profile, never its name.
 */
#ifndef NBT_PROFILE_H
#define NBT_PROFILE_H

#include "nbt/base.h"

/* Whose unasked demands are obeyed (E34). */
typedef enum nbt_obey {
    NBT_OBEY_NOBODY,
    NBT_OBEY_SERVERS, /* the node's name servers */
    NBT_OBEY_ANYBODY,
} nbt_obey;

typedef struct nbt_profile {
    const char *name;
    const char *source; /* where its figures come from */

    /* Name service; RFC 1002 section 6 names the constants. */
    uint8_t bcast_count;       /* BCAST_REQ_RETRY_COUNT: requests in all */
    nbt_time bcast_timeout;    /* BCAST_REQ_RETRY_TIMEOUT, microseconds */
    uint8_t ucast_count;       /* UCAST_REQ_RETRY_COUNT */
    nbt_time ucast_timeout;    /* UCAST_REQ_RETRY_TIMEOUT */
    nbt_time conflict_timer;   /* CONFLICT_TIMER: how long answers to a query are watched */
    uint32_t bcast_ttl;        /* TTL in a broadcast registration, seconds (B23) */
    bool overwrite_demand;     /* a broadcast claim ends in a NAME OVERWRITE DEMAND, */
    nbt_time demand_settles;   /* and the name is owned so long after that */
    bool watch_conflicts;      /* a second, different answer to a query is a conflict (E3) */
    bool ra_in_query_response; /* the RA bit of a positive query response of an end node (B8) */
    bool answers_at_137;       /* answers go to port 137, whatever port a request is from (B18) */
    bool negative_to_unicast;  /* a B node answers a unicast query for a name it has not (E19) */
    nbt_time cache_lifetime;   /* how long an answer is remembered; 0: not at all (F36) */
    bool lmhosts_three;        /* a name of LMHOSTS without byte 16 is good for 00, 03, 20 alone */
    bool star_and_blanks;      /* a status of "*" and blanks is one of any node, too (A36) */
    bool ont_in_nb_flags;      /* NB_FLAGS tell the node's type (B15) */
    bool status_no_counts;     /* the statistics of a node status are zeros but for the unit id */
    bool status_no_unit_id;    /* and that is, too (4.2.18: the adapter's address) */
    bool defence_echoes;       /* a refusal has the claim's record, not the owner's (4.2.6) */
    bool broadcasts_twice;     /* what was sent to everybody is answered twice */
    uint32_t answer_ttl;       /* TTL of a positive query response, seconds */
    bool denies_with_rd;       /* a unicast query with RD has a negative answer, too */
    bool denial_counts;        /* the record of that is in ANCOUNT */
    uint16_t answers;          /* to queries and status requests within a second; 0: any number */
    bool b_tells;              /* requests without B are a name server's, and refused: FMT_ERR */
    nbt_obey obey_conflict;    /* NAME CONFLICT DEMAND */
    nbt_obey obey_release;     /* NAME RELEASE REQUEST about a name of ours; never for a B node */

    /* Name servers, for the node types that have them. */
    uint32_t ucast_ttl;     /* TTL proposed in a unicast registration, seconds; 0: infinite (B24) */
    uint8_t refresh_opcode; /* 8, or 9 (B27) */
    uint8_t refresh_divisor; /* a name is refreshed after this part of its TTL, */
    nbt_time refresh_min;    /* but no earlier than this */
    nbt_time refresh_max;    /* and no later than that, NBT_NEVER for no such limit */
    nbt_time wack_max;       /* how long WACKs can put off the next request */
    nbt_time server_down;    /* when all servers are silent, how long none is asked */
    nbt_time server_return;  /* how long a server that is not the first stays in use */
    nbt_time server_retry;   /* when a name that no server has confirmed is presented again */
    uint8_t redirects;       /* followed in one query (B46) */
    bool any_server_address; /* an answer may come from an address that was not asked (B19) */
    bool broadcast_only;     /* an M node keeps a name that no server has confirmed (E42) */
    bool subnet_names;       /* suffixes tell names of the subnet from others (nbt/nodetype.h) */
    bool past_denial; /* a server that does not know a name is passed over like a silent one */
    bool conflict_everywhere; /* a name in conflict on one adapter is that of them all (F28, F29) */
    bool scope_any_case;      /* scopes are the same whatever their case (A19) */
    bool all_addresses;     /* of several adapters, each answers for all that have the name (B43) */
    bool multihomed_always; /* opcode F with one adapter, too (F21) */

    /* Session service. */
    uint8_t ssn_retry_count;       /* SSN_RETRY_COUNT: rounds of one CALL, retargets included */
    nbt_time ssn_retry_pause;      /* SESSION_RETRY_TIMER, which the RFC names and never defines */
    nbt_time ssn_open_timeout;     /* for TCP to connect */
    nbt_time ssn_response_timeout; /* for the answer to a SESSION REQUEST */
    nbt_time ssn_request_timeout;  /* for the SESSION REQUEST on an accepted connection */
    nbt_time ssn_close_timeout;    /* SSN_CLOSE_TIMEOUT */
    nbt_time ssn_keep_alive;       /* SSN_KEEP_ALIVE_TIMEOUT, NBT_NEVER for none */
    bool ssn_smbserver;      /* *SMBSERVER<20> calls the file server, whatever its name (A7) */
    bool ssn_release_absent; /* code 0x82: the address is released at the name server (C29) */

    /* Datagram service. */
    uint16_t dgm_max;        /* MAX_DATAGRAM_LENGTH, IP header included; larger ones are cut */
    nbt_time dgm_fragment;   /* FRAGMENT_TO */
    uint32_t dgm_room;       /* octets for datagrams that are not whole yet */
    bool dgm_errors;         /* DATAGRAM ERROR is sent, and makes name servers forget (D30, D33) */
    bool dgm_type_counts;    /* BROADCAST DATAGRAM to a name other than * is dropped (A37) */
    bool dgm_length_counts;  /* DGM_LENGTH of a datagram in one packet must be right (D20, D21) */
    bool dgm_subnet_unasked; /* to a subnet's names (nbt/nodetype.h) as to a group's, unasked */
    uint8_t dgm_query_count; /* DATAGRAM QUERY REQUESTs to one distribution server; 0: unasked */
    nbt_time dgm_query_timeout;

    /* The NetBIOS interface. */
    uint8_t nrc_other_process; /* ADD NAME of a name that another program here holds (G10) */
    uint8_t nrc_in_conflict;   /* ADD NAME of a name that is here, in conflict (G13) */
    bool reset_required;       /* a program must RESET an adapter before its first command (G3) */
    bool reset_win32;          /* RESET as in nb30.h: limits in NCB_CALLNAME, NCB_LSN frees only */
    uint8_t default_sessions;  /* limits that a RESET with zeros sets */
    uint8_t default_commands;
    uint8_t default_names;
} nbt_profile;

/* The profile of that name, or NULL. Static storage. */
const nbt_profile *nbt_profile_find(const char *name, size_t len);

/* The i-th profile for listings, NULL behind the last. */
const nbt_profile *nbt_profile_at(size_t i);

#endif
