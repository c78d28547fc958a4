/*
 * Name service packets (RFC 1002 4.2), UDP and TCP port 137: what they say, read and written.
 *
 * Reading accepts whatever can be understood, also what a node must then refuse: strictness is the
 * reader's of the message, not the codec's. What kind of packet it is, is a question of opcode, R,
 * RCODE and a few bits (nbt_ns_kind_of), never of an exact flag word.
 */
#ifndef NBT_NS_H
#define NBT_NS_H

#include "nbt/codes.h"
#include "nbt/name.h"

/* The flag word, RFC 1002 4.2.1.1: R, OPCODE, NM_FLAGS, RCODE. */
enum {
    NBT_NS_R = 0x8000,
    NBT_NS_OPCODE_SHIFT = 11,
    NBT_NS_OPCODE_MASK = 0x7800,
    NBT_NS_AA = 0x0400,
    NBT_NS_TC = 0x0200,
    NBT_NS_RD = 0x0100,
    NBT_NS_RA = 0x0080,
    NBT_NS_RESERVED = 0x0060,
    NBT_NS_B = 0x0010,
    NBT_NS_RCODE_MASK = 0x000F,
};

enum {
    NBT_NS_HEADER_LEN = 12,
    NBT_NS_UDP_MAX = 576, /* RFC 1002 4.2.1.1: what may be sent in one UDP packet */
    NBT_NS_RR_MAX = 2,    /* the redirect has two records, every other packet one at most */
};

/* NB_FLAGS, RFC 1002 4.2.1.3, and the NAME_FLAGS of a node status, 4.2.18. */
enum {
    NBT_NB_G = 0x8000,
    NBT_NB_ONT_MASK = 0x6000,
    NBT_NB_ONT_SHIFT = 13,
    NBT_NB_DRG = 0x1000,
    NBT_NB_CNF = 0x0800,
    NBT_NB_ACT = 0x0400,
    NBT_NB_PRM = 0x0200,
};

typedef struct nbt_question {
    nbt_name name;
    uint16_t type; /* NBT_RR_NB or NBT_RR_NBSTAT */
    uint16_t cls;
} nbt_question;

/* A resource record. Its data stays as bytes; the typed readers below walk them. */
typedef struct nbt_rr {
    nbt_name name;
    uint16_t type;
    uint16_t cls;
    uint32_t ttl;    /* seconds */
    nbt_bytes rdata; /* borrowed */
} nbt_rr;

/*
 * One packet. The three record counts are kept as on the wire; records stand in `rr` in wire order.
 * A packet that promises more records than it holds is an error (COUNT or SHORT) with one
 * exception: a negative query response whose ANCOUNT is 0 may still carry one record (B44), which
 * is then in rr[0] with nrr 1.
 */
typedef struct nbt_ns {
    uint16_t trn_id;
    uint16_t word; /* R, OPCODE, NM_FLAGS, RCODE */
    uint16_t qdcount, ancount, nscount, arcount;
    nbt_question q; /* if qdcount is 1 */
    uint8_t nrr;
    nbt_rr rr[NBT_NS_RR_MAX];
    /* Where RR_NAME of rr[0] was (or is to be) a pointer to the question, as requests have it. */
    bool rr_pointer;
    /*
     * Set by reading, ignored by writing: writing gives other bytes than were read, or fails. A
     * name was compressed in some other way, or is longer than may be sent; or octets follow the
     * last record, `trailer` of them: of a node status response only, unless nbt_msg_rd reads.
     */
    size_t trailer;
    bool inexact;
} nbt_ns;

static inline unsigned nbt_ns_opcode(const nbt_ns *m)
{
    return (m->word & NBT_NS_OPCODE_MASK) >> NBT_NS_OPCODE_SHIFT;
}

static inline unsigned nbt_ns_rcode(const nbt_ns *m)
{
    return m->word & NBT_NS_RCODE_MASK;
}

/* The kinds of packet that RFC 1002 4.2 draws, and the multihomed registration (MS-NBTE 2.2.2). */
typedef enum nbt_ns_kind {
#define NBT_NS_KIND(sym, word, text, section) NBT_NS_##sym,
#include "nbt/kinds.def"
#undef NBT_NS_KIND
    NBT_NS_KINDS
} nbt_ns_kind;

/*
 * The kind of a packet. A kind promises the parts that its receiver leans on; a packet that lacks
 * them is NBT_NS_OTHER, whatever its OPCODE says:
 *
 *   every request           a question; for a query of type NB, for a status request NBSTAT
 *   a request with a record exactly one, additional: rr[0], type NB, at least one address
 *   a response              rr[0], an answer, of any type (registration and release alike)
 *   CHALLENGE               rr[0] has type NB and at least one address
 *   CONFLICT_DEMAND         the same, the first address being 0.0.0.0
 *   POSITIVE_QUERY          rr[0] has type NB, perhaps without any address
 *   NEGATIVE_QUERY          nothing
 *   REDIRECT                rr[1] is an additional record of type A
 *   STATUS_RESPONSE         rr[0] has type NBSTAT
 *   WACK                    rr[0], with two octets of RDATA
 *
 * A response to a registration may carry any opcode that registers or refreshes (RFC 1002 has 5).
 */
nbt_ns_kind nbt_ns_kind_of(const nbt_ns *m);
const char *nbt_ns_kind_word(nbt_ns_kind kind);    /* "registration-request": static, one word */
const char *nbt_ns_kind_section(nbt_ns_kind kind); /* "4.2.2" */

/*
 * What RFC 1002 4.2.2 to 4.2.18 draw for each kind; where they draw a letter, the value is 0, but
 * for RA in the answers to a query (4.2.15 has it set). A refresh has the opcode 8 of 4.2.1.1,
 * which all known nodes send, and not the 9 of its drawing.
 */
typedef struct nbt_ns_drawing {
    uint16_t word;
    uint8_t qdcount, ancount, nscount, arcount;
    uint16_t qtype, type, type2; /* of the question, of rr[0], of rr[1] */
    bool pointer;                /* RR_NAME of rr[0] */
} nbt_ns_drawing;

extern const nbt_ns_drawing nbt_ns_drawn[NBT_NS_KINDS];

/* The name that the packet is about: the question's, else the first record's; NULL if none. */
const nbt_name *nbt_ns_name(const nbt_ns *m);

/*
 * Reads a whole packet (of a UDP payload, or of a TCP frame without its length prefix) and uses the
 * cursor up. Known record types have their RDATA checked for form: RDLENGTH 6n for NB, 4 for A,
 * 47 + 18n or a truncated status (one octet at least) for NBSTAT, 2 for a WACK, one name for NS.
 * On failure the cursor tells where; `m` is then unspecified. Errors: SHORT, EXTRA, COUNT (QDCOUNT
 * above 1, or more than NBT_NS_RR_MAX records), LENGTH (RDLENGTH), and the names'. rdata borrows
 * from the cursor's bytes. Octets behind the last record are EXTRA, but for the record of B44 and
 * those that Windows XP leaves behind a node status.
 */
void nbt_ns_rd(nbt_rd *r, nbt_ns *m);

/*
 * Writes a packet: the counts as they are, the question if QDCOUNT is 1, then the `nrr` records.
 * Errors: FULL, LONG, RANGE (QDCOUNT above 1, RDATA over 65535 octets).
 */
void nbt_ns_wr(nbt_wr *w, const nbt_ns *m);

/* ADDR_ENTRY, RFC 1002 4.2.13: the RDATA of every NB record is an array of these. */
typedef struct nbt_addr {
    uint16_t nb_flags;
    uint32_t ip; /* host order */
} nbt_addr;

enum { NBT_ADDR_LEN = 6 };

static inline size_t nbt_addr_count(const nbt_rr *rr)
{
    return rr->rdata.n / NBT_ADDR_LEN;
}

/* The i-th entry; i must be below nbt_addr_count. */
nbt_addr nbt_addr_get(const nbt_rr *rr, size_t i);
void nbt_addr_wr(nbt_wr *w, nbt_addr a);

/* NODE STATUS RESPONSE, RFC 1002 4.2.18. */
typedef struct nbt_node_name {
    uint8_t b[NBT_NAME_LEN];
    uint16_t flags; /* NBT_NB_* */
} nbt_node_name;

typedef struct nbt_statistics {
    uint8_t unit_id[6];
    uint8_t jumpers, test_result;
    uint16_t version, period, crcs, alignment, collisions, send_aborts;
    uint32_t good_sends, good_receives;
    uint16_t retransmits, no_resource, free_cmd, total_cmd, max_total_cmd;
    uint16_t pending_sess, max_pending_sess, max_total_sess, sess_data_pkt_size;
} nbt_statistics;

enum { NBT_NODE_NAME_LEN = 18, NBT_STATISTICS_LEN = 46 };

/* NUM_NAMES, limited to what RDLENGTH holds (B57). */
size_t nbt_status_count(const nbt_rr *rr);
nbt_node_name nbt_status_get(const nbt_rr *rr, size_t i); /* i must be below nbt_status_count */
/* False when the record ends before the statistics do; what is there is read, the rest is zero. */
bool nbt_status_statistics(const nbt_rr *rr, nbt_statistics *st);
/* The RDATA of a node status response. Errors: FULL, RANGE (more than 255 names). */
void nbt_status_wr(nbt_wr *w, const nbt_node_name *names, size_t n, const nbt_statistics *st);

/* The word of the request that a WACK is about (its RDATA); 0 if it has none. */
uint16_t nbt_wack_word(const nbt_rr *rr);

#endif
