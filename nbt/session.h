/*
 * One session as a machine: RFC 1002 5.2. It calls or is called, keeps the peer's stream as
 * messages, and ends in order or not. It never decides whether a call is welcome, and never knows
 * which program waits for what: that is the computer's.
 *
 * The caller looks at the session after each step, there are no results to pull:
 *
 *     nbt_session_lookup      the called name is to be looked up
 *     nbt_session_absent      it is not where it was found
 *     phase OFFER             the caller is known: nbt_session_accept or nbt_session_refuse
 *     phase UP                messages come and go
 *     nbt_session_message     a message waits (also when the session is over)
 *     sent                    how many octets of the stream have left
 *     phase OVER              it has ended, `nrc` says how
 */
#ifndef NBT_SESSION_H
#define NBT_SESSION_H

#include "nbt/call.h"
#include "nbt/ssn.h"

typedef enum nbt_phase {
    NBT_PHASE_LOOKUP,   /* calling: the called name's addresses are being asked for */
    NBT_PHASE_CONNECT,  /* calling: TCP connects */
    NBT_PHASE_PAUSE,    /* calling: waits before it tries the address again */
    NBT_PHASE_ANSWER,   /* calling: SESSION REQUEST is sent */
    NBT_PHASE_REJECTED, /* calling: refused or retargeted; who does that closes first */
    NBT_PHASE_REQUEST,  /* called: waits for the SESSION REQUEST */
    NBT_PHASE_OFFER,    /* called: both names are known */
    NBT_PHASE_TURNED,   /* called: refused and closed, or ignored; waits for the peer to close */
    NBT_PHASE_UP,       /* established */
    NBT_PHASE_CLOSE,    /* hung up here: sends run out, FIN, the peer's FIN */
    NBT_PHASE_OVER,
} nbt_phase;

/* Static text for a phase. */
const char *nbt_phase_str(nbt_phase phase);

typedef struct nbt_session_cfg {
    nbt_mem mem;
    const nbt_lana_cfg *lana; /* borrowed */
    uint32_t *conns; /* the last connection number given; shared by a computer's sessions */
} nbt_session_cfg;

enum {
    /* A message and what the world had already read when it was told to hold. */
    NBT_SESSION_BUFFER_MAX = NBT_SSN_HEADER_LEN + NBT_SSN_LEN_MAX + 262144,
};

typedef struct nbt_session {
    nbt_session_cfg cfg;
    nbt_phase phase;
    nbt_time due; /* the phase's own deadline */
    uint8_t nrc;  /* OVER: GOODRET after a hang-up in order, else what went wrong */
    nbt_name called, calling;

    uint32_t conn;
    nbt_ep peer;
    bool live;    /* the connection exists */
    bool held;    /* TCP_HOLD was given last */
    bool named;   /* `called` and `calling` are known */
    bool fin_out; /* TCP_CLOSE was given */
    bool fin_in;  /* EOF was reported */

    nbt_call call;         /* calling: whom to try */
    bool lookup;           /* calling: a query is wanted */
    nbt_trouble rejection; /* REJECTED: what the answer was, */
    nbt_ep retarget;       /*           and where it leads to */
    uint32_t absent;       /* an address where the called name was found and is not; 0: none */

    uint8_t *buf; /* what has arrived and was not taken: octets [at, have) */
    size_t at, have, cap;
    bool message; /* a whole message stands at `at` */
    size_t taken; /* octets of its data that were taken */

    uint64_t queued, sent; /* octets given to TCP, and octets that have left */
    nbt_time keep_alive;   /* when to send one */
} nbt_session;

/* Calls: begins by wanting a look-up of `called` in the adapter's scope. RFC 1002 5.2.1.1. */
void nbt_session_call(nbt_session *s, const nbt_session_cfg *cfg,
                      const uint8_t called[NBT_NAME_LEN], const uint8_t calling[NBT_NAME_LEN],
                      nbt_out *out);

/* Is called: `conn` was accepted from `peer`; waits for its SESSION REQUEST. RFC 1002 5.2.1.2. */
void nbt_session_answer(nbt_session *s, const nbt_session_cfg *cfg, nbt_time now, uint32_t conn,
                        nbt_ep peer, nbt_out *out);

/* Gives the buffers back. The connection is left as it is. */
void nbt_session_fini(nbt_session *s);

/* True once for each time that the called name has to be looked up (again). */
bool nbt_session_lookup(nbt_session *s);

/* Once for each refusal with code 0x82: the address that the name was found at and is not; else 0.
 */
uint32_t nbt_session_absent(nbt_session *s);

/* What the look-up has found so far; `last`: there will be no more. */
void nbt_session_found(nbt_session *s, nbt_time now, const nbt_found *found, size_t n, bool last,
                       nbt_out *out);

/* OFFER: takes the call. The session is up, or over when there is no memory for the answer. */
void nbt_session_accept(nbt_session *s, nbt_time now, nbt_out *out);

/* OFFER: sends the caller elsewhere and closes (RFC 1001 16.1.1; C19, C20). */
void nbt_session_retarget(nbt_session *s, nbt_time now, nbt_ep to, nbt_out *out);

/* OFFER: for laboratories: answers with octets that are no packet, and closes; or with nothing at
 * all, for as long as the caller waits. */
void nbt_session_garble(nbt_session *s, nbt_time now, nbt_bytes octets, nbt_out *out);
void nbt_session_ignore(nbt_session *s, nbt_out *out);

/* OFFER: refuses it with a code (enum nbt_ssn_code) and closes. */
void nbt_session_refuse(nbt_session *s, nbt_time now, uint8_t code, nbt_out *out);

/*
 * UP: sends one message of at most NBT_SSN_LEN_MAX octets. Its last octet has left when `sent` has
 * reached `*end`. False without memory: nothing was sent.
 */
bool nbt_session_send(nbt_session *s, nbt_time now, nbt_bytes data, uint64_t *end, nbt_out *out);

/* The oldest message that waits, without what was taken of it; it may be empty. False: none. */
bool nbt_session_message(const nbt_session *s, nbt_bytes *rest);

/* Takes the first n octets of it. When none are left, the next message takes its place. */
void nbt_session_take(nbt_session *s, size_t n, nbt_out *out);

/* Holds the peer while a message waits, lets it go on when none does. To be called after a step. */
void nbt_session_flow(nbt_session *s, nbt_out *out);

/*
 * UP: hangs up (RFC 1002 5.2.3.1). What waits is dropped, what was sent leaves, then FIN. Over with
 * GOODRET when the peer has closed too or does not within SSN_CLOSE_TIMEOUT; with CMDTMO if sends
 * were outstanding then.
 */
void nbt_session_close(nbt_session *s, nbt_time now, nbt_out *out);

/* Ends it at once, from any phase: over with this code, nothing waits any more. */
void nbt_session_abort(nbt_session *s, uint8_t nrc, const char *why, nbt_out *out);

/* An event of its connection; those of others must not be given. */
void nbt_session_tcp(nbt_session *s, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);

void nbt_session_tick(nbt_session *s, nbt_time now, nbt_out *out);
nbt_time nbt_session_due(const nbt_session *s);

#endif
