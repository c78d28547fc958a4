/*
 * Network control blocks: the commands that programs give to their computer's NetBIOS driver, and
 * the messages that carry them over the driver's local socket.
 *
 * The fields are those of the NetBIOS literature (IBM's reference, nb30.h). What was a pointer
 * there travels as bytes behind the control block here.
 */
#ifndef NBT_NCB_H
#define NBT_NCB_H

#include "nbt/codes.h"
#include "nbt/name.h"

enum {
    NBT_LANA_MAX = 254,  /* adapter numbers 0..254 */
    NBT_NAMES_MAX = 254, /* name numbers 1..254; 1 is the permanent name, 253 are the programs' */
    NBT_SESSIONS_MAX = 254, /* session numbers 1..254, unless a driver was told to have more */
    NBT_NUM_ANY = 255,      /* NCB_NUM of a RECEIVE ANY or RECEIVE DATAGRAM for any name */
    NBT_NUM_NAMED = 0, /* NCB_NUM of datagram commands, ours: the name is in NCB_NAME; * is any */
    NBT_SEND_MAX = 65535, /* one SEND; a CHAIN SEND has two such buffers */
    NBT_CHAIN_MAX = 131070,
    NBT_RECEIVE_MAX = 65535, /* what a RECEIVE has room for: longer messages come in parts */
};

/*
 * A control block. Which fields go in and which come out depends on the command (IBM's reference);
 * all others are returned as they came.
 */
typedef struct nbt_ncb {
    uint8_t command; /* enum nbt_ncb_command, perhaps with NBT_NCB_ASYNC */
    uint8_t retcode; /* out: enum nbt_nrc */
    uint16_t lsn;    /* local session number; above 254 only where a driver was told to have more */
    uint8_t num;     /* name number */
    uint8_t lana;    /* adapter number */
    uint8_t rto, sto; /* CALL, LISTEN: receive and send time-outs, 500 ms units, 0 never */
    uint8_t callname[NBT_NAME_LEN];
    uint8_t name[NBT_NAME_LEN];
    uint32_t length;       /* in: bytes to send, or room to receive; out: bytes received */
    uint32_t chain_length; /* CHAIN SEND: bytes of the second buffer */
    uint32_t target;       /* CANCEL: the tag of the command to cancel */
} nbt_ncb;

/* The command without its no-wait bit. */
static inline unsigned nbt_ncb_verb(const nbt_ncb *ncb)
{
    return ncb->command & 0x7Fu;
}

/* Whether a verb sends a message, and whether it does not wait until that has left. */
static inline bool nbt_ncb_sends(unsigned verb)
{
    return verb == NBT_NCB_SEND || verb == NBT_NCB_CHAIN_SEND || verb == NBT_NCB_SEND_NO_ACK ||
           verb == NBT_NCB_CHAIN_SEND_NO_ACK;
}

static inline bool nbt_ncb_sends_no_ack(unsigned verb)
{
    return verb == NBT_NCB_SEND_NO_ACK || verb == NBT_NCB_CHAIN_SEND_NO_ACK;
}

/* Whether its message comes from two buffers. */
static inline bool nbt_ncb_chains(unsigned verb)
{
    return verb == NBT_NCB_CHAIN_SEND || verb == NBT_NCB_CHAIN_SEND_NO_ACK;
}

/*
 * A message on the driver's socket (SOCK_SEQPACKET, one message a packet), all integers big-endian:
 *
 *      0  version       1
 *      1  kind          enum nbt_ipc_kind
 *      2  zero          2 octets
 *      4  tag           4 octets, chosen by the program, repeated in the answers
 *      8  NCB_COMMAND
 *      9  NCB_RETCODE
 *     10  NCB_LSN
 *     11  NCB_NUM
 *     12  NCB_LANA_NUM
 *     13  NCB_RTO
 *     14  NCB_STO
 *     15  NCB_LSN's upper octet, for a number above 254
 *     16  NCB_CALLNAME  16 octets
 *     32  NCB_NAME      16 octets
 *     48  NCB_LENGTH    4 octets
 *     52  chain length  4 octets
 *     56  target tag    4 octets
 *     60  zero          4 octets
 *     64  data          what NCB_BUFFER points to: sent with a SUBMIT, received with a DONE
 *
 * A program sends SUBMIT. A wait command is answered by one DONE. A no-wait command (NBT_NCB_ASYNC)
 * is answered at once by ACCEPTED, whose return code is NRC_GOODRET or the immediate error, and if
 * accepted later by exactly one DONE. The tag of a pending command must not be used again before.
 */
typedef enum nbt_ipc_kind {
    NBT_IPC_SUBMIT = 1,
    NBT_IPC_ACCEPTED = 2,
    NBT_IPC_DONE = 3,
} nbt_ipc_kind;

enum { NBT_IPC_VERSION = 1, NBT_IPC_HEADER_LEN = 64, NBT_IPC_MAX = 64 + NBT_CHAIN_MAX };

typedef struct nbt_ipc {
    nbt_ipc_kind kind;
    uint32_t tag;
    nbt_ncb ncb;
    nbt_bytes data; /* borrowed */
} nbt_ipc;

/* Errors: SHORT, VALUE (version, kind). */
void nbt_ipc_rd(nbt_rd *r, nbt_ipc *m);
void nbt_ipc_wr(nbt_wr *w, const nbt_ipc *m);

/*
 * What ADAPTER STATUS returns: 60 octets and 18 a name, laid out as nb30.h's ADAPTER_STATUS and
 * NAME_BUFFER with big-endian integers.
 */
enum { NBT_ASTAT_LEN = 60, NBT_ASTAT_NAME_LEN = 18 };

/* NAME_BUFFER.name_flags. */
enum {
    NBT_NAME_FLAG_REGISTERING = 0x00,
    NBT_NAME_FLAG_REGISTERED = 0x04,
    NBT_NAME_FLAG_DEREGISTERED = 0x05,
    NBT_NAME_FLAG_DUPLICATE = 0x06,
    NBT_NAME_FLAG_DUPLICATE_DEREG = 0x07,
    NBT_NAME_FLAG_GROUP = 0x80,
};

typedef struct nbt_astat_name {
    uint8_t name[NBT_NAME_LEN];
    uint8_t num;
    uint8_t flags;
} nbt_astat_name;

typedef struct nbt_astat {
    uint8_t adapter_address[6];
    uint8_t rev_major, rev_minor;
    uint8_t adapter_type; /* 0xFE Ethernet, 0xFF token ring */
    uint16_t duration, frmr_recv, frmr_xmit, iframe_recv_err, xmit_aborts;
    uint32_t xmit_success, recv_success;
    uint16_t iframe_xmit_err, recv_buff_unavail, t1_timeouts, ti_timeouts;
    uint16_t free_ncbs, max_cfg_ncbs, max_ncbs, xmit_buf_unavail, max_dgram_size;
    uint16_t pending_sess, max_cfg_sess, max_sess, max_sess_pkt_size;
    uint16_t name_count;
} nbt_astat;

/* Reads or writes the 60 octets; the names follow, one at a time. Errors: SHORT or FULL. */
void nbt_astat_rd(nbt_rd *r, nbt_astat *s);
void nbt_astat_wr(nbt_wr *w, const nbt_astat *s);
void nbt_astat_name_rd(nbt_rd *r, nbt_astat_name *n);
void nbt_astat_name_wr(nbt_wr *w, const nbt_astat_name *n);

/*
 * What SESSION STATUS returns: SESSION_HEADER (4 octets) and SESSION_BUFFER (36 octets) for each
 * session of the name, as nb30.h has them.
 */
typedef enum nbt_session_state {
    NBT_SESSION_LISTEN = 1,
    NBT_SESSION_CALL_PENDING = 2,
    NBT_SESSION_ESTABLISHED = 3,
    NBT_SESSION_HANGUP_PENDING = 4,
    NBT_SESSION_HANGUP_COMPLETE = 5,
    NBT_SESSION_ABORTED = 6,
} nbt_session_state;

typedef struct nbt_sstat_head {
    uint8_t num;
    uint8_t sessions;
    uint8_t dgram_receives;
    uint8_t any_receives;
} nbt_sstat_head;

typedef struct nbt_sstat_session {
    uint8_t lsn;
    uint8_t state; /* nbt_session_state */
    uint8_t local[NBT_NAME_LEN];
    uint8_t remote[NBT_NAME_LEN];
    uint8_t receives, sends;
} nbt_sstat_session;

enum { NBT_SSTAT_HEAD_LEN = 4, NBT_SSTAT_SESSION_LEN = 36 };

void nbt_sstat_head_rd(nbt_rd *r, nbt_sstat_head *h);
void nbt_sstat_head_wr(nbt_wr *w, const nbt_sstat_head *h);
void nbt_sstat_session_rd(nbt_rd *r, nbt_sstat_session *s);
void nbt_sstat_session_wr(nbt_wr *w, const nbt_sstat_session *s);

/*
 * What FIND NAME returns: FIND_NAME_HEADER (4 octets: node count, zero, unique 0 or group 1) and a
 * FIND_NAME_BUFFER (33 octets) for each node; of the latter a node's IPv4 address stands in the
 * first four octets of the source address, since there is no source routing over IP.
 */
typedef struct nbt_find {
    uint16_t nodes;
    bool group;
} nbt_find;

enum { NBT_FIND_HEAD_LEN = 4, NBT_FIND_NODE_LEN = 33 };

void nbt_find_rd(nbt_rd *r, nbt_find *f);
void nbt_find_wr(nbt_wr *w, const nbt_find *f);
uint32_t nbt_find_node_rd(nbt_rd *r);
void nbt_find_node_wr(nbt_wr *w, uint32_t ip);

#endif
