/*
 * The text form of messages, printed and parsed: one vocabulary, the table of keys, for both. It
 * never allocates, and it knows no packet layout: bytes are read and written by the codecs alone.
 */
#include "nbt/text.h"
#include "nbt/digits.h"
#include "nbt/smbtext.h"

#include <assert.h>
#include <string.h>

/* ---- The vocabulary ------------------------------------------------------------------------ */

/* Which messages a word belongs to. */
enum {
    IN_NS = 0x001,        /* name packets, but not the WACK */
    IN_WACK = 0x002,      /* its TTL is a time to wait, its RDATA the flags of a request */
    IN_DATAGRAM = 0x004,  /* the three datagrams that carry user data */
    IN_DGM_ERROR = 0x008, /* DATAGRAM ERROR */
    IN_DGM_QUERY = 0x010, /* the datagram query and its two answers */
    IN_REQUEST = 0x020,   /* SESSION REQUEST */
    IN_NEGATIVE = 0x040,  /* NEGATIVE SESSION RESPONSE */
    IN_RETARGET = 0x080,  /* RETARGET SESSION RESPONSE */
    IN_MESSAGE = 0x100,   /* SESSION MESSAGE */
    IN_BARE = 0x200,      /* the session packets that are a header alone */
    IN_MALFORMED = 0x400, /* what could not be read */
    IN_ANY_NS = IN_NS | IN_WACK,
    IN_ANY_DGM = IN_DATAGRAM | IN_DGM_ERROR | IN_DGM_QUERY,
    IN_ANY_SSN = IN_REQUEST | IN_NEGATIVE | IN_RETARGET | IN_MESSAGE | IN_BARE,
    IN_READABLE = IN_ANY_NS | IN_ANY_DGM | IN_ANY_SSN,
    IN_ALL = IN_READABLE | IN_MALFORMED,
};

#define A_BIT "0 or 1"
#define A_U8 "a number 0..255"
#define A_U16 "a number 0..65535"
#define A_U32 "a number 0..4294967295"
#define A_TYPE "a type such as NB, or a number 0..65535"
#define A_NAME "a name such as FRED<20>"
#define AN_IP "an address such as 10.0.0.1"
#define HEX_OR_NONE "bytes in hex, or -"

/* Every word but KIND and NAME: symbol, text, where it may stand, what its value can be. */
#define KEYS(X)                                                                                    \
    X(ID, "id=", IN_ANY_NS | IN_ANY_DGM, "a number 0x0000..0xffff")                                \
    X(R, "r=", IN_ANY_NS, A_BIT)                                                                   \
    X(OPCODE, "opcode=", IN_ANY_NS, "a number 0..15")                                              \
    X(AA, "aa=", IN_ANY_NS, A_BIT)                                                                 \
    X(TC, "tc=", IN_ANY_NS, A_BIT)                                                                 \
    X(RD, "rd=", IN_ANY_NS, A_BIT)                                                                 \
    X(RA, "ra=", IN_ANY_NS, A_BIT)                                                                 \
    X(RESERVED, "reserved=", IN_READABLE, "the reserved bits where they stand in the flags")       \
    X(B, "b=", IN_ANY_NS, A_BIT)                                                                   \
    X(RCODE, "rcode=", IN_ANY_NS, "an RCODE such as ACT_ERR, or a number 0..15")                   \
    X(QDCOUNT, "qdcount=", IN_ANY_NS, A_BIT)                                                       \
    X(ANCOUNT, "ancount=", IN_ANY_NS, A_U16)                                                       \
    X(NSCOUNT, "nscount=", IN_ANY_NS, A_U16)                                                       \
    X(ARCOUNT, "arcount=", IN_ANY_NS, A_U16)                                                       \
    X(RECORDS, "records=", IN_ANY_NS, "0, 1 or 2")                                                 \
    X(QTYPE, "qtype=", IN_ANY_NS, A_TYPE)                                                          \
    X(QCLASS, "qclass=", IN_ANY_NS, A_U16)                                                         \
    X(RR_NAME, "rr_name=", IN_ANY_NS, A_NAME)                                                      \
    X(POINTER, "pointer=", IN_ANY_NS, A_BIT)                                                       \
    X(TYPE, "type=", IN_ANY_NS, A_TYPE)                                                            \
    X(CLASS, "class=", IN_ANY_NS, A_U16)                                                           \
    X(TTL, "ttl=", IN_NS, A_U32)                                                                   \
    X(WAIT, "wait=", IN_WACK, "seconds such as 60s")                                               \
    X(ABOUT, "about=", IN_WACK, "a request and its flags such as release-request/0x3000")          \
    X(OWNER, "owner=", IN_NS, AN_IP)                                                               \
    X(NODE, "node=", IN_NS | IN_ANY_DGM, "B, P, M or H")                                           \
    X(UNIQUE, "unique", IN_NS, "")                                                                 \
    X(GROUP, "group", IN_NS, "")                                                                   \
    X(NB_RESERVED, "nb_reserved=", IN_NS, "bits of 0x1fff")                                        \
    X(OWNERS, "owners=", IN_NS, "a list such as 10.0.0.1/B/unique,10.0.0.2/H/group, or -")         \
    X(NAMES, "names=", IN_NS, "a list such as FRED<20>/B/unique/act,LAB<00>/B/group/act, or -")    \
    X(NUM_NAMES, "num_names=", IN_NS, "a number, from the count of names= to 255")                 \
    X(MAC, "mac=", IN_NS, "an address such as 02:00:00:00:00:01")                                  \
    X(JUMPERS, "jumpers=", IN_NS, A_U8)                                                            \
    X(TEST_RESULT, "test_result=", IN_NS, A_U8)                                                    \
    X(VERSION, "version_number=", IN_NS, A_U16)                                                    \
    X(PERIOD, "period_of_statistics=", IN_NS, A_U16)                                               \
    X(CRCS, "number_of_crcs=", IN_NS, A_U16)                                                       \
    X(ALIGNMENT, "number_alignment_errors=", IN_NS, A_U16)                                         \
    X(COLLISIONS, "number_of_collisions=", IN_NS, A_U16)                                           \
    X(SEND_ABORTS, "number_send_aborts=", IN_NS, A_U16)                                            \
    X(GOOD_SENDS, "number_good_sends=", IN_NS, A_U32)                                              \
    X(GOOD_RECEIVES, "number_good_receives=", IN_NS, A_U32)                                        \
    X(RETRANSMITS, "number_retransmits=", IN_NS, A_U16)                                            \
    X(NO_RESOURCE, "number_no_resource_conditions=", IN_NS, A_U16)                                 \
    X(FREE_CMD, "number_free_command_blocks=", IN_NS, A_U16)                                       \
    X(TOTAL_CMD, "total_number_command_blocks=", IN_NS, A_U16)                                     \
    X(MAX_TOTAL_CMD, "max_total_number_command_blocks=", IN_NS, A_U16)                             \
    X(PENDING_SESS, "number_pending_sessions=", IN_NS, A_U16)                                      \
    X(MAX_PENDING_SESS, "max_number_pending_sessions=", IN_NS, A_U16)                              \
    X(MAX_TOTAL_SESS, "max_total_sessions_possible=", IN_NS, A_U16)                                \
    X(SESS_DATA_PKT_SIZE, "session_data_packet_size=", IN_NS, A_U16)                               \
    X(STATISTICS, "statistics=", IN_NS, "how many of its 46 octets are there")                     \
    X(REST, "rest=", IN_NS, "bytes in hex")                                                        \
    X(SERVER, "server=", IN_NS, A_NAME)                                                            \
    X(RDATA, "rdata=", IN_ANY_NS, HEX_OR_NONE)                                                     \
    X(RR_NAME2, "rr_name2=", IN_ANY_NS, A_NAME)                                                    \
    X(TYPE2, "type2=", IN_ANY_NS, A_TYPE)                                                          \
    X(CLASS2, "class2=", IN_ANY_NS, A_U16)                                                         \
    X(TTL2, "ttl2=", IN_ANY_NS, A_U32)                                                             \
    X(ADDRESS, "address=", IN_ANY_NS, AN_IP)                                                       \
    X(RDATA2, "rdata2=", IN_ANY_NS, HEX_OR_NONE)                                                   \
    X(FROM, "from=", IN_DATAGRAM | IN_REQUEST, A_NAME)                                             \
    X(SOURCE, "source=", IN_ANY_DGM, "an address and a port such as 10.0.0.1:138")                 \
    X(FIRST, "first", IN_ANY_DGM, "")                                                              \
    X(MORE, "more", IN_ANY_DGM, "")                                                                \
    X(LENGTH, "length=", IN_DATAGRAM | IN_MESSAGE, "a number of bytes")                            \
    X(OFFSET, "offset=", IN_DATAGRAM, A_U16)                                                       \
    X(ERROR, "error=", IN_DGM_ERROR | IN_NEGATIVE, "the word of a code, or 0x00..0xff")            \
    X(RETARGET, "retarget=", IN_RETARGET, "an address and a port such as 10.0.0.1:139")            \
    X(DATA, "data=", IN_DATAGRAM | IN_ANY_SSN, "bytes in hex, as \"text\", or as SMB")             \
    X(AT, "at=", IN_MALFORMED, "the offset of the trouble")                                        \
    X(FIELD, "field=", IN_MALFORMED, "the field that has the trouble")                             \
    X(WHY, "why=", IN_MALFORMED, "the trouble")                                                    \
    X(RAW, "raw=", IN_ALL, HEX_OR_NONE)

#define KEY_SYMBOL(sym, word, in, value) KEY_##sym,
#define KEY_ROW(sym, word, in, value) { " " word, sizeof(word) - 1, in, value },

/* KEY_NAME stands for the NAME, KEY_NONE for no word at all. */
typedef enum key { KEYS(KEY_SYMBOL) KEY_COUNT, KEY_NAME = KEY_COUNT, KEY_NONE } key;

static const struct {
    char printed[40]; /* with the space before it */
    uint8_t len;      /* without */
    uint16_t in;
    const char *value;
} keys[] = { KEYS(KEY_ROW) };

static const char *key_word(key k)
{
    return keys[k].printed + 1;
}

static const char *const malformed_words[] = {
    [NBT_SERVICE_NAME] = "malformed-name-packet",
    [NBT_SERVICE_DATAGRAM] = "malformed-datagram-packet",
    [NBT_SERVICE_SESSION] = "malformed-session-packet",
};

/* How the RDATA of a record is put in words. */
typedef enum form {
    FORM_NONE,   /* there is none, nor should there be */
    FORM_OWNER,  /* one ADDR_ENTRY */
    FORM_OWNERS, /* any number of them */
    FORM_NAMES,  /* a node status */
    FORM_ABOUT,  /* the flags of a request, in a WACK */
    FORM_SERVER, /* NSD_NAME */
    FORM_RDATA,  /* anything else, in hex */
} form;

/* How the RDATA of each kind's record is put. */
static const form forms[NBT_NS_KINDS] = {
    [NBT_NS_REGISTRATION] = FORM_OWNER,
    [NBT_NS_OVERWRITE_REQUEST] = FORM_OWNER,
    [NBT_NS_OVERWRITE_DEMAND] = FORM_OWNER,
    [NBT_NS_MULTIHOMED] = FORM_OWNER,
    [NBT_NS_REFRESH] = FORM_OWNER,
    [NBT_NS_POSITIVE_REGISTRATION] = FORM_OWNER,
    [NBT_NS_NEGATIVE_REGISTRATION] = FORM_OWNER,
    [NBT_NS_CHALLENGE] = FORM_OWNER,
    [NBT_NS_CONFLICT_DEMAND] = FORM_OWNER,
    [NBT_NS_RELEASE_REQUEST] = FORM_OWNER,
    [NBT_NS_RELEASE_DEMAND] = FORM_OWNER,
    [NBT_NS_POSITIVE_RELEASE] = FORM_OWNER,
    [NBT_NS_NEGATIVE_RELEASE] = FORM_OWNER,
    [NBT_NS_POSITIVE_QUERY] = FORM_OWNERS,
    [NBT_NS_REDIRECT] = FORM_SERVER,
    [NBT_NS_WACK] = FORM_ABOUT,
    [NBT_NS_STATUS_RESPONSE] = FORM_NAMES,
};

enum { NB_RESERVED = 0x1FFF, NODE_NAME_RESERVED = 0x01FF };

/* The flag word in pieces. */
static const struct {
    key key;
    uint16_t mask;
    uint8_t shift;
} flags[] = {
    { KEY_R, NBT_NS_R, 15 },
    { KEY_OPCODE, NBT_NS_OPCODE_MASK, NBT_NS_OPCODE_SHIFT },
    { KEY_AA, NBT_NS_AA, 10 },
    { KEY_TC, NBT_NS_TC, 9 },
    { KEY_RD, NBT_NS_RD, 8 },
    { KEY_RA, NBT_NS_RA, 7 },
    { KEY_RESERVED, NBT_NS_RESERVED, 0 },
    { KEY_B, NBT_NS_B, 4 },
    { KEY_RCODE, NBT_NS_RCODE_MASK, 0 },
};

/* The flags that only a NODE_NAME has, RFC 1002 4.2.18. */
static const struct {
    const char *word;
    uint16_t bit;
} name_flags[] = {
    { "/drg", NBT_NB_DRG },
    { "/cnf", NBT_NB_CNF },
    { "/act", NBT_NB_ACT },
    { "/prm", NBT_NB_PRM },
};

/* STATISTICS behind UNIT_ID, RFC 1002 4.2.18. */
#define STAT(sym, member)                                                                          \
    {                                                                                              \
        KEY_##sym, offsetof(nbt_statistics, member), sizeof(((nbt_statistics *)NULL)->member)      \
    }
static const struct {
    key key;
    uint8_t offset, size;
} statistics[] = {
    STAT(JUMPERS, jumpers),
    STAT(TEST_RESULT, test_result),
    STAT(VERSION, version),
    STAT(PERIOD, period),
    STAT(CRCS, crcs),
    STAT(ALIGNMENT, alignment),
    STAT(COLLISIONS, collisions),
    STAT(SEND_ABORTS, send_aborts),
    STAT(GOOD_SENDS, good_sends),
    STAT(GOOD_RECEIVES, good_receives),
    STAT(RETRANSMITS, retransmits),
    STAT(NO_RESOURCE, no_resource),
    STAT(FREE_CMD, free_cmd),
    STAT(TOTAL_CMD, total_cmd),
    STAT(MAX_TOTAL_CMD, max_total_cmd),
    STAT(PENDING_SESS, pending_sess),
    STAT(MAX_PENDING_SESS, max_pending_sess),
    STAT(MAX_TOTAL_SESS, max_total_sess),
    STAT(SESS_DATA_PKT_SIZE, sess_data_pkt_size),
};
#undef STAT

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t statistic_get(const nbt_statistics *st, size_t i)
{
    const unsigned char *p = (const unsigned char *)st + statistics[i].offset;
    uint16_t u16;
    uint32_t u32;
    switch (statistics[i].size) {
    case sizeof u16:
        memcpy(&u16, p, sizeof u16);
        return u16;
    case sizeof u32:
        memcpy(&u32, p, sizeof u32);
        return u32;
    default:
        return *p;
    }
}

static void statistic_set(nbt_statistics *st, size_t i, uint32_t v)
{
    unsigned char *p = (unsigned char *)st + statistics[i].offset;
    uint8_t u8 = (uint8_t)v;
    uint16_t u16 = (uint16_t)v;
    switch (statistics[i].size) {
    case sizeof u8:
        memcpy(p, &u8, sizeof u8);
        break;
    case sizeof u16:
        memcpy(p, &u16, sizeof u16);
        break;
    default:
        memcpy(p, &v, sizeof v);
        break;
    }
}

/* Which words the datagrams and session packets of a type have. */
static unsigned dgm_words(uint8_t type)
{
    switch ((enum nbt_dgm_type)type) {
    case NBT_DGM_UNIQUE:
    case NBT_DGM_GROUP:
    case NBT_DGM_BROADCAST:
        return IN_DATAGRAM;
    case NBT_DGM_ERROR:
        return IN_DGM_ERROR;
    case NBT_DGM_QUERY:
    case NBT_DGM_POSITIVE_QUERY:
    case NBT_DGM_NEGATIVE_QUERY:
        return IN_DGM_QUERY;
    }
    return 0;
}

static unsigned ssn_words(uint8_t type)
{
    switch ((enum nbt_ssn_type)type) {
    case NBT_SSN_MESSAGE:
        return IN_MESSAGE;
    case NBT_SSN_REQUEST:
        return IN_REQUEST;
    case NBT_SSN_NEGATIVE:
        return IN_NEGATIVE;
    case NBT_SSN_RETARGET:
        return IN_RETARGET;
    case NBT_SSN_POSITIVE:
    case NBT_SSN_KEEP_ALIVE:
        return IN_BARE;
    }
    return 0;
}

/* The kind of the request that a WACK speaks of: it has but the flags, the rest is as drawn. */
static nbt_ns_kind kind_of_flags(uint16_t word)
{
    static const uint8_t owner[NBT_ADDR_LEN];
    nbt_ns m;
    memset(&m, 0, sizeof m);
    m.word = word;
    m.qdcount = m.arcount = m.nrr = 1;
    m.q.type = m.rr[0].type = NBT_RR_NB;
    m.rr[0].rdata = (nbt_bytes){ owner, sizeof owner };
    return nbt_ns_kind_of(&m);
}

/* NSD_NAME, where RDATA holds just that, written in full; false where it does not. */
static bool server_name(const nbt_rr *rr, nbt_name *name)
{
    uint8_t again[NBT_NAME_WIRE_MAX];
    nbt_rd r;
    nbt_wr w;
    nbt_rd_init(&r, rr->rdata.p, rr->rdata.n);
    nbt_name_rd(&r, name, NBT_NAME_ANY_FORM, "NSD_NAME");
    if (r.err || r.at < r.end)
        return false;
    nbt_wr_init(&w, again, sizeof again);
    nbt_name_wr(&w, name, "NSD_NAME");
    return !w.err && w.at == rr->rdata.n && memcmp(again, rr->rdata.p, w.at) == 0;
}

/* The owner's node type, as a value of NBT_NODE_TYPE. */
static unsigned ont_of(unsigned nb_flags)
{
    return (nb_flags & NBT_NB_ONT_MASK) >> NBT_NB_ONT_SHIFT;
}

/* How many records the counts promise: of a negative query response also the one of B44. */
static uint32_t promised_records(nbt_ns_kind kind, const nbt_ns *m)
{
    uint32_t n = (uint32_t)m->ancount + m->nscount + m->arcount;
    return n == 0 && kind == NBT_NS_NEGATIVE_QUERY ? 1 : n;
}

/* NSD_IP_ADDR, RFC 1002 4.2.15. */
static bool has_address(const nbt_rr *rr)
{
    return rr->type == NBT_RR_A && rr->rdata.n == sizeof(uint32_t);
}

/* ---- A line in words ----------------------------------------------------------------------- */

/* A line cut into words. The first trouble sticks, what comes after it does nothing. */
typedef struct line {
    const char *text;
    size_t len;
    unsigned words;       /* IN_...: those that may stand in it */
    nbt_word w[KEY_NONE]; /* the values, and NAME; p is NULL where the line has no such word */
    nbt_wr arena;
    bool bad;
    nbt_text_err err;
} line;

static void fail(line *l, const char *at, const char *why, const char *expected)
{
    if (l->bad)
        return;
    l->bad = true;
    l->err = (nbt_text_err){ (size_t)(at - l->text) + 1, why, expected };
}

static bool has(const line *l, key k)
{
    return l->w[k].p != NULL;
}

/* Where the word of a key begins. */
static const char *start_of(const line *l, key k)
{
    return l->w[k].p - keys[k].len;
}

/*
 * Where a message is printed: into a buffer, as far as there is room, or, to see whether the words
 * beside raw= tell the truth, against the words of a line.
 */
typedef struct out {
    char *buf;
    size_t room; /* characters that fit, the NUL not counted */
    size_t len;  /* of the whole line, whether it fits or not */
    line *beside;
    bool comparing; /* what is printed now, */
    nbt_word rest;  /* with this, the rest of a word of `beside` */
} out;

static void compare(out *o, const char *s, size_t n)
{
    if (!o->comparing)
        return;
    size_t same = 0;
    while (same < n && same < o->rest.n && o->rest.p[same] == s[same])
        same++;
    o->rest.p += same;
    o->rest.n -= same;
    if (same < n)
        fail(o->beside, o->rest.p, "raw= says otherwise", "what raw= says");
}

/* What was printed last is all that its word may say. */
static void compare_end(out *o)
{
    if (o->comparing && o->rest.n > 0)
        fail(o->beside, o->rest.p, "raw= says less", "the end of the word");
    o->comparing = false;
}

/* A malformed packet need not be explained. Words that were compared are taken off the line. */
static void compare_begin(out *o, key k)
{
    line *l = o->beside;
    compare_end(o);
    o->comparing = has(l, k);
    o->rest = l->w[k];
    l->w[k] = (nbt_word){ NULL, 0 };
    if (!o->comparing && l->words != IN_MALFORMED)
        fail(l, start_of(l, KEY_RAW), "raw= says something that no word says", key_word(k));
}

/* What does not fit, or is not for a buffer. */
static void put_otherwise(out *o, const char *s, size_t n)
{
    if (o->beside) {
        compare(o, s, n);
        return;
    }
    if (o->len < o->room)
        memcpy(o->buf + o->len, s, o->room - o->len);
    o->len += n;
}

static inline void put(out *o, const char *s, size_t n)
{
    if (o->len + n > o->room) {
        put_otherwise(o, s, n);
        return;
    }
    memcpy(o->buf + o->len, s, n);
    o->len += n;
}

/* ---- Printing: small things ---------------------------------------------------------------- */

static void put_char(out *o, char c)
{
    put(o, &c, 1);
}

static void put_str(out *o, const char *s)
{
    put(o, s, strlen(s));
}

/* Begins another word than KIND. */
static void put_begin(out *o, key k)
{
    if (o->beside)
        compare_begin(o, k);
    else
        put_char(o, ' ');
}

/* Most keys fit into what a processor copies at once, so that is copied, and taken for the key. */
static void put_key(out *o, key k)
{
    enum { AT_ONCE = 16 };
    size_t n = keys[k].len + 1U;
    if (o->beside) {
        compare_begin(o, k);
    } else if (n <= AT_ONCE && o->len + AT_ONCE <= o->room) {
        memcpy(o->buf + o->len, keys[k].printed, AT_ONCE);
        o->len += n;
    } else {
        put(o, keys[k].printed, n);
    }
}

/*
 * Where up to `max` characters can be put at once: into the buffer where they fit, else into
 * `text`. put_piece is then told where they end.
 */
static inline char *piece(const out *o, char *text, size_t max)
{
    return o->len + max <= o->room ? o->buf + o->len : text;
}

static inline void put_piece(out *o, const char *text, const char *at, const char *end)
{
    if (at == text)
        put(o, text, (size_t)(end - text));
    else
        o->len += (size_t)(end - at);
}

static void put_dec(out *o, uint32_t v)
{
    char text[NBT_DIGITS_DEC_MAX], *at = piece(o, text, sizeof text);
    put_piece(o, text, at, nbt_digits_dec(at, v));
}

/* 0x and two or four digits. */
static void put_hex(out *o, unsigned v, size_t digits)
{
    char text[6], *at = piece(o, text, sizeof text);
    const uint8_t octets[2] = { (uint8_t)(v >> 8), (uint8_t)v };
    size_t n = digits / 2;
    at[0] = '0';
    at[1] = 'x';
    put_piece(o, text, at, nbt_digits_hex(at + 2, octets + 2 - n, n));
}

static void put_num(out *o, key k, uint32_t v)
{
    put_key(o, k);
    put_dec(o, v);
}

static void put_ip(out *o, uint32_t ip)
{
    char text[NBT_DIGITS_IP_MAX], *at = piece(o, text, sizeof text);
    put_piece(o, text, at, nbt_digits_ip(at, ip));
}

static void put_ep(out *o, nbt_ep ep)
{
    put_ip(o, ep.ip);
    put_char(o, ':');
    put_dec(o, ep.port);
}

static void put_name(out *o, const nbt_name *name)
{
    char text[NBT_NAME_STR_MAX], *at = piece(o, text, sizeof text);
    put_piece(o, text, at, at + nbt_name_print(name, at, sizeof text));
}

static void put_main_name(out *o, const nbt_name *name)
{
    put_begin(o, KEY_NAME);
    if (name)
        put_name(o, name);
    else
        put_char(o, '-');
}

/* Bytes in hex; a dash where there are none. */
static void put_bytes(out *o, nbt_bytes b)
{
    if (b.n == 0) {
        put_char(o, '-');
    } else if (o->len + 2 * b.n <= o->room) {
        o->len = (size_t)(nbt_digits_hex(o->buf + o->len, b.p, b.n) - o->buf);
    } else {
        size_t i = 0;
        for (; i < b.n && (o->len < o->room || o->beside); i++) {
            char two[2];
            put(o, two, (size_t)(nbt_digits_hex(two, b.p + i, 1) - two));
        }
        o->len += 2 * (b.n - i);
    }
}

/* What is said in a word of its own: "bytes left over" is bytes-left-over. */
static void put_hyphened(out *o, const char *s)
{
    for (; *s; s++)
        put_char(o, (char)(*s == ' ' ? '-' : *s));
}

/* The word of a code, or its number. */
static void put_code(out *o, nbt_codeset set, unsigned v)
{
    const nbt_code *code = nbt_code_find(set, v);
    if (code)
        put_str(o, code->word);
    else if (set == NBT_CODESET_DGM_CODE || set == NBT_CODESET_SSN_CODE)
        put_hex(o, v, 2);
    else
        put_dec(o, v);
}

/* As SMB, where it is, and that says all of it. */
static bool put_smb(out *o, nbt_bytes b)
{
    char word[NBT_SMBTEXT_MAX];
    size_t n = nbt_smbtext_print(b, word);
    put(o, word, n);
    return n > 0;
}

static void put_data(out *o, nbt_bytes b)
{
    if (b.n == 0)
        return;
    put_key(o, KEY_DATA);
    if (b.n > NBT_SMB_LEN && put_smb(o, b))
        return;
    if (b.n < 3 || !nbt_word_is_text(b)) { /* "ab" is no shorter than 6162 */
        put_bytes(o, b);
        return;
    }
    put_char(o, '"');
    put(o, (const char *)b.p, b.n);
    put_char(o, '"');
}

/* G and ONT, which owners of a name and NODE_NAMEs have alike: /B/unique. */
static void put_ownership(out *o, unsigned nb_flags)
{
    put_char(o, '/');
    put_code(o, NBT_CODESET_NODE_TYPE, ont_of(nb_flags));
    if (nb_flags & NBT_NB_G)
        put(o, "/group", 6);
    else
        put(o, "/unique", 7);
}

static void put_reserved(out *o, unsigned bits)
{
    if (bits) {
        put_char(o, '/');
        put_hex(o, bits, 4);
    }
}

/* Reserved bits of an octet of flags. */
static void print_reserved_octet(out *o, unsigned bits)
{
    if (bits) {
        put_key(o, KEY_RESERVED);
        put_hex(o, bits, 2);
    }
}

/* ---- Parsing: small things ----------------------------------------------------------------- */

/* The value of k cannot be read from `at` on. */
static void fail_value(line *l, key k, const char *at)
{
    fail(l, at, at < l->w[k].p + l->w[k].n ? "not a value of this word" : "the value breaks off",
         keys[k].value);
}

static void need(line *l, key k)
{
    if (!has(l, k))
        fail(l, l->text + l->len, "a word is missing", key_word(k));
}

/* Refuses the words from first to last, since the message has nothing that they could mean. */
static void forbid(line *l, key first, key last, const char *why, const char *expected)
{
    for (key k = first; k <= last; k++) {
        if (has(l, k))
            fail(l, start_of(l, k), why, expected);
    }
}

/* /B/unique */
static bool eat_ownership(nbt_word *w, uint16_t *nb_flags)
{
    if (!nbt_word_eat(w, "/"))
        return false;
    const nbt_code *node = w->n > 0 ? nbt_code_parse(NBT_CODESET_NODE_TYPE, w->p, 1) : NULL;
    if (!node)
        return false;
    w->p++;
    w->n--;
    *nb_flags = (uint16_t)(node->value << NBT_NB_ONT_SHIFT);
    if (nbt_word_eat(w, "/group"))
        *nb_flags |= NBT_NB_G;
    else if (!nbt_word_eat(w, "/unique"))
        return false;
    return true;
}

/* An optional /0x0001 with bits of `mask`. */
static bool eat_reserved(nbt_word *w, uint16_t mask, uint16_t *nb_flags)
{
    uint32_t bits = 0;
    if (w->n == 0 || *w->p != '/')
        return true;
    nbt_word all = *w;
    w->p++;
    w->n--;
    if (!nbt_word_eat_hex(w, mask, &bits)) {
        *w = all;
        return false;
    }
    *nb_flags = (uint16_t)(*nb_flags | bits);
    return true;
}

/* The number that k has; `otherwise` where it is not there. */
static uint32_t get_num(line *l, key k, uint32_t otherwise, uint32_t max)
{
    nbt_word w = l->w[k];
    uint32_t v = otherwise;
    if (w.p && (!nbt_word_eat_num(&w, max, &v) || w.n > 0))
        fail_value(l, k, w.p);
    return v;
}

static uint16_t get_num16(line *l, key k, uint16_t otherwise)
{
    return (uint16_t)get_num(l, k, otherwise, 0xFFFF);
}

/* The same for bits of `mask`. */
static uint16_t get_bits(line *l, key k, uint16_t mask)
{
    uint16_t v = get_num16(l, k, 0);
    if (v & ~mask)
        fail_value(l, k, l->w[k].p);
    return v;
}

/* The same for a code by its word, or by its number. */
static uint16_t get_code(line *l, key k, nbt_codeset set, uint16_t otherwise, uint16_t max)
{
    nbt_word w = l->w[k];
    const nbt_code *known = w.p ? nbt_code_parse(set, w.p, w.n) : NULL;
    return known ? known->value : (uint16_t)get_num(l, k, otherwise, max);
}

static uint32_t get_ip(line *l, key k)
{
    nbt_word w = l->w[k];
    uint32_t v = 0;
    if (w.p && (!nbt_word_eat_ip(&w, &v) || w.n > 0))
        fail_value(l, k, w.p);
    return v;
}

static nbt_ep get_ep(line *l, key k)
{
    nbt_word w = l->w[k];
    nbt_ep v = { 0, 0 };
    uint32_t port = 0;
    if (w.p && (!nbt_word_eat_ip(&w, &v.ip) || !nbt_word_eat(&w, ":") ||
                !nbt_word_eat_digits(&w, 10, 0xFFFF, &port) || w.n))
        fail_value(l, k, w.p);
    v.port = (uint16_t)port;
    return v;
}

/* A name that can be sent. */
static void read_name(line *l, nbt_word w, nbt_name *name)
{
    if (!nbt_name_parse(name, w.p, w.n))
        fail(l, w.p, "not a name", A_NAME);
    else if (nbt_name_size(name) > NBT_NAME_WIRE_MAX)
        fail(l, w.p, "too long a name to be sent", "at most 255 octets with its scope");
}

static void get_name(line *l, key k, nbt_name *name)
{
    if (has(l, k))
        read_name(l, l->w[k], name);
}

static void get_main_name(line *l, nbt_name *name)
{
    read_name(l, l->w[KEY_NAME], name);
}

/* Datagrams and sessions have names of 16 bytes, and no others (RFC 1002 4.1). */
static void get_netbios_name(line *l, nbt_word w, nbt_name *name)
{
    if (!w.p)
        return;
    read_name(l, w, name);
    if (name->form != NBT_NAME_NETBIOS)
        fail(l, w.p, "not the name of a program", A_NAME);
}

static void no_main_name(line *l, const char *why)
{
    if (!nbt_word_eq(l->w[KEY_NAME], "-"))
        fail(l, l->w[KEY_NAME].p, why, "-");
}

/* The bytes written to the arena since `from`. */
static nbt_bytes written(line *l, size_t from)
{
    if (l->arena.err)
        fail(l, l->text, "the arena is too small", "an arena as nbt/text.h has it");
    return (nbt_bytes){ l->arena.base + from, l->arena.at - from };
}

/* Octets, which of data= alone may be "text" or SMB. */
static nbt_bytes get_octets(line *l, key k)
{
    nbt_word w = l->w[k];
    nbt_bytes octets = { NULL, 0 };
    size_t from = l->arena.at;
    if (!w.p)
        return octets;
    bool good = k == KEY_DATA && nbt_smbtext_is(w) ? nbt_smbtext_parse(&w, &l->arena)
                                                   : nbt_word_eat_octets(&w, &l->arena, &octets);
    if (!good || (k != KEY_DATA && l->w[k].n > 0 && *l->w[k].p == '"'))
        fail_value(l, k, w.p);
    return written(l, from);
}

/* ---- Name service -------------------------------------------------------------------------- */

static void print_flags(out *o, const nbt_ns *m, nbt_ns_kind kind)
{
    unsigned odd = m->word ^ nbt_ns_drawn[kind].word;
    if (kind == NBT_NS_OTHER)
        odd |= NBT_NS_R | NBT_NS_OPCODE_MASK;
    for (size_t i = 0; odd && i < LENGTH_OF(flags); i++) {
        if (!(odd & flags[i].mask))
            continue;
        unsigned v = (unsigned)(m->word & flags[i].mask) >> flags[i].shift;
        put_key(o, flags[i].key);
        if (flags[i].key == KEY_RESERVED)
            put_hex(o, v, 4);
        else if (flags[i].key == KEY_RCODE)
            put_code(o, NBT_CODESET_RCODE, v);
        else
            put_dec(o, v);
    }
}

static uint16_t parse_flags(line *l, nbt_ns_kind kind)
{
    unsigned flag_word = nbt_ns_drawn[kind].word;
    for (size_t i = 0; i < LENGTH_OF(flags); i++) {
        key k = flags[i].key;
        unsigned mask = flags[i].mask, shift = flags[i].shift;
        unsigned v = (flag_word & mask) >> shift;
        if (k == KEY_RESERVED)
            v = get_bits(l, k, NBT_NS_RESERVED);
        else if (k == KEY_RCODE)
            v = get_code(l, k, NBT_CODESET_RCODE, (uint16_t)v, NBT_NS_RCODE_MASK);
        else
            v = get_num(l, k, v, mask >> shift);
        flag_word = (flag_word & ~mask) | v << shift;
    }
    if (kind == NBT_NS_OTHER) {
        need(l, KEY_R);
        need(l, KEY_OPCODE);
    }
    if (kind == NBT_NS_NEGATIVE_REGISTRATION || kind == NBT_NS_NEGATIVE_RELEASE ||
        kind == NBT_NS_NEGATIVE_QUERY)
        need(l, KEY_RCODE);
    return (uint16_t)flag_word;
}

static void print_counts(out *o, const nbt_ns *m, nbt_ns_kind kind)
{
    if (m->qdcount != nbt_ns_drawn[kind].qdcount)
        put_num(o, KEY_QDCOUNT, m->qdcount);
    if (m->ancount != nbt_ns_drawn[kind].ancount)
        put_num(o, KEY_ANCOUNT, m->ancount);
    if (m->nscount != nbt_ns_drawn[kind].nscount)
        put_num(o, KEY_NSCOUNT, m->nscount);
    if (m->arcount != nbt_ns_drawn[kind].arcount)
        put_num(o, KEY_ARCOUNT, m->arcount);
    if (m->nrr != promised_records(kind, m))
        put_num(o, KEY_RECORDS, m->nrr);
}

static void parse_counts(line *l, nbt_ns_kind kind, nbt_ns *m)
{
    m->qdcount = (uint16_t)get_num(l, KEY_QDCOUNT, nbt_ns_drawn[kind].qdcount, 1);
    m->ancount = get_num16(l, KEY_ANCOUNT, nbt_ns_drawn[kind].ancount);
    m->nscount = get_num16(l, KEY_NSCOUNT, nbt_ns_drawn[kind].nscount);
    m->arcount = get_num16(l, KEY_ARCOUNT, nbt_ns_drawn[kind].arcount);
    uint32_t promised = promised_records(kind, m);
    if (promised > NBT_NS_RR_MAX && !has(l, KEY_RECORDS))
        fail(l, l->text + l->len, "the counts promise too many records", key_word(KEY_RECORDS));
    m->nrr = (uint8_t)get_num(l, KEY_RECORDS, promised, NBT_NS_RR_MAX);
}

static void print_type(out *o, key k, uint16_t type, uint16_t as_drawn)
{
    if (type == as_drawn)
        return;
    put_key(o, k);
    put_code(o, NBT_CODESET_RRTYPE, type);
}

static void print_question(out *o, const nbt_question *q, nbt_ns_kind kind)
{
    print_type(o, KEY_QTYPE, q->type, nbt_ns_drawn[kind].qtype);
    if (q->cls != NBT_CLASS_IN)
        put_num(o, KEY_QCLASS, q->cls);
}

static void parse_question(line *l, nbt_ns_kind kind, nbt_ns *m)
{
    if (m->qdcount != 1) {
        forbid(l, KEY_QTYPE, KEY_QCLASS, "the packet has no question", "qdcount=1");
        return;
    }
    get_main_name(l, &m->q.name);
    m->q.type = get_code(l, KEY_QTYPE, NBT_CODESET_RRTYPE, nbt_ns_drawn[kind].qtype, 0xFFFF);
    m->q.cls = get_num16(l, KEY_QCLASS, NBT_CLASS_IN);
}

/* STATISTICS as far as they are there; what is not there is zero, and so not printed. */
static void print_statistics(out *o, nbt_bytes there)
{
    uint8_t rdata[1 + NBT_STATISTICS_LEN] = { 0 }; /* a node status without names */
    nbt_rr rr;
    nbt_statistics st;
    memcpy(rdata + 1, there.p, there.n);
    rr.rdata = (nbt_bytes){ rdata, sizeof rdata };
    nbt_status_statistics(&rr, &st);
    if (there.n > 0) {
        put_key(o, KEY_MAC);
        for (size_t i = 0; i < sizeof st.unit_id; i++) {
            if (i > 0)
                put_char(o, ':');
            put_bytes(o, (nbt_bytes){ &st.unit_id[i], 1 });
        }
    }
    for (size_t i = 0; i < LENGTH_OF(statistics); i++) {
        uint32_t v = statistic_get(&st, i);
        if (v)
            put_num(o, statistics[i].key, v);
    }
    if (there.n != NBT_STATISTICS_LEN)
        put_num(o, KEY_STATISTICS, (uint32_t)there.n);
}

static void parse_statistics(line *l, nbt_statistics *st)
{
    memset(st, 0, sizeof *st);
    nbt_word w = l->w[KEY_MAC];
    for (size_t i = 0; w.p && i < sizeof st->unit_id; i++) {
        if ((i > 0 && !nbt_word_eat(&w, ":")) || !nbt_word_eat_octet(&w, &st->unit_id[i])) {
            fail_value(l, KEY_MAC, w.p);
            return;
        }
    }
    if (w.p && w.n > 0)
        fail_value(l, KEY_MAC, w.p);
    for (size_t i = 0; i < LENGTH_OF(statistics); i++) {
        uint32_t max = (uint32_t)(UINT32_MAX >> (32 - 8 * statistics[i].size));
        statistic_set(st, i, get_num(l, statistics[i].key, 0, max));
    }
}

static void print_node_name(out *o, nbt_node_name entry)
{
    char text[4 * NBT_NAME_LEN + sizeof "<00>"];
    put(o, text, nbt_name16_print(entry.b, text, sizeof text));
    put_ownership(o, entry.flags);
    for (size_t i = 0; i < LENGTH_OF(name_flags); i++) {
        if (entry.flags & name_flags[i].bit)
            put_str(o, name_flags[i].word);
    }
    put_reserved(o, entry.flags & NODE_NAME_RESERVED);
}

/* The reverse. A name ends in its suffix, so that commas and slashes in it mean nothing. */
static bool eat_node_name(nbt_word *w, nbt_node_name *entry)
{
    nbt_name name;
    const char *end = memchr(w->p, '>', w->n);
    size_t n = end ? (size_t)(end + 1 - w->p) : w->n;
    if (!nbt_name_parse(&name, w->p, n) || name.form != NBT_NAME_NETBIOS || name.scope.len > 0)
        return false;
    memcpy(entry->b, name.b, NBT_NAME_LEN);
    w->p += n;
    w->n -= n;
    if (!eat_ownership(w, &entry->flags))
        return false;
    for (size_t i = 0; i < LENGTH_OF(name_flags); i++) {
        if (nbt_word_eat(w, name_flags[i].word))
            entry->flags |= name_flags[i].bit;
    }
    return eat_reserved(w, NODE_NAME_RESERVED, &entry->flags);
}

static void print_names(out *o, const nbt_rr *rr)
{
    size_t n = nbt_status_count(rr), at = 1 + n * NBT_NODE_NAME_LEN;
    put_key(o, KEY_NAMES);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            put_char(o, ',');
        print_node_name(o, nbt_status_get(rr, i));
    }
    if (n == 0)
        put_char(o, '-');
    if (rr->rdata.p[0] != n)
        put_num(o, KEY_NUM_NAMES, rr->rdata.p[0]);

    /* A list that breaks off has no statistics behind it. */
    nbt_bytes rest = { rr->rdata.p + at, rr->rdata.n - at };
    nbt_bytes there = { rest.p, rr->rdata.p[0] == n ? rest.n : 0 };
    if (there.n > NBT_STATISTICS_LEN)
        there.n = NBT_STATISTICS_LEN;
    print_statistics(o, there);
    if (rest.n > there.n) {
        put_key(o, KEY_REST);
        put_bytes(o, (nbt_bytes){ rest.p + there.n, rest.n - there.n });
    }
}

static void parse_names(line *l)
{
    nbt_node_name names[UINT8_MAX];
    nbt_statistics st;
    size_t n = 0, from = l->arena.at;
    nbt_word w = l->w[KEY_NAMES];
    if (!nbt_word_eq(w, "-")) {
        do {
            if (n == LENGTH_OF(names))
                fail(l, w.p, "more names than NUM_NAMES can count", "at most 255 names");
            else if (!eat_node_name(&w, &names[n++]))
                fail_value(l, KEY_NAMES, w.p);
        } while (!l->bad && nbt_word_eat(&w, ","));
        if (w.n > 0)
            fail_value(l, KEY_NAMES, w.p);
    }
    parse_statistics(l, &st);
    uint32_t num_names = get_num(l, KEY_NUM_NAMES, (uint32_t)n, UINT8_MAX);
    if (num_names < n)
        fail_value(l, KEY_NUM_NAMES, l->w[KEY_NUM_NAMES].p);
    uint32_t there = get_num(l, KEY_STATISTICS, NBT_STATISTICS_LEN, NBT_STATISTICS_LEN);
    nbt_status_wr(&l->arena, names, n, &st);
    if (written(l, from).n == 0 || l->bad)
        return;
    l->arena.base[from] = (uint8_t)num_names;
    for (; there < NBT_STATISTICS_LEN; there++) {
        if (l->arena.base[--l->arena.at] != 0)
            fail(l, l->w[KEY_STATISTICS].p, "this cuts off some of the statistics",
                 keys[KEY_STATISTICS].value);
    }
    get_octets(l, KEY_REST);
}

static void print_owners(out *o, const nbt_rr *rr)
{
    size_t n = nbt_addr_count(rr);
    put_key(o, KEY_OWNERS);
    for (size_t i = 0; i < n; i++) {
        nbt_addr a = nbt_addr_get(rr, i);
        if (i > 0)
            put_char(o, ',');
        put_ip(o, a.ip);
        put_ownership(o, a.nb_flags);
        put_reserved(o, a.nb_flags & NB_RESERVED);
    }
    if (n == 0)
        put_char(o, '-');
}

static void parse_owners(line *l)
{
    nbt_word w = l->w[KEY_OWNERS];
    if (nbt_word_eq(w, "-"))
        return;
    do {
        nbt_addr a;
        if (nbt_word_eat_ip(&w, &a.ip) && eat_ownership(&w, &a.nb_flags) &&
            eat_reserved(&w, NB_RESERVED, &a.nb_flags))
            nbt_addr_wr(&l->arena, a);
        else
            fail_value(l, KEY_OWNERS, w.p);
    } while (!l->bad && nbt_word_eat(&w, ","));
    if (w.n > 0)
        fail_value(l, KEY_OWNERS, w.p);
}

static void print_node(out *o, unsigned node)
{
    put_key(o, KEY_NODE);
    put_code(o, NBT_CODESET_NODE_TYPE, node);
}

static uint16_t parse_node(line *l)
{
    need(l, KEY_NODE);
    nbt_word w = l->w[KEY_NODE];
    const nbt_code *node = w.p ? nbt_code_parse(NBT_CODESET_NODE_TYPE, w.p, w.n) : NULL;
    if (w.p && !node)
        fail_value(l, KEY_NODE, w.p);
    return node ? node->value : 0;
}

static void print_owner(out *o, nbt_addr a)
{
    put_key(o, KEY_OWNER);
    put_ip(o, a.ip);
    print_node(o, ont_of(a.nb_flags));
    put_key(o, a.nb_flags & NBT_NB_G ? KEY_GROUP : KEY_UNIQUE);
    if (a.nb_flags & NB_RESERVED) {
        put_key(o, KEY_NB_RESERVED);
        put_hex(o, a.nb_flags & NB_RESERVED, 4);
    }
}

static void parse_owner(line *l)
{
    nbt_addr a = { (uint16_t)(parse_node(l) << NBT_NB_ONT_SHIFT), get_ip(l, KEY_OWNER) };
    a.nb_flags |= get_bits(l, KEY_NB_RESERVED, NB_RESERVED);
    if (has(l, KEY_GROUP))
        a.nb_flags |= NBT_NB_G;
    else
        need(l, KEY_UNIQUE);
    if (has(l, KEY_GROUP) && has(l, KEY_UNIQUE))
        fail(l, start_of(l, KEY_GROUP), "the name is unique already", "either unique or group");
    nbt_addr_wr(&l->arena, a);
}

static void print_about(out *o, uint16_t flag_word)
{
    put_key(o, KEY_ABOUT);
    put_str(o, nbt_ns_kind_word(kind_of_flags(flag_word)));
    put_char(o, '/');
    put_hex(o, flag_word, 4);
}

static void parse_about(line *l)
{
    nbt_word w = l->w[KEY_ABOUT];
    const char *slash = memchr(w.p, '/', w.n);
    nbt_word kind = { w.p, slash ? (size_t)(slash - w.p) : w.n };
    uint32_t v = 0;
    w.p += kind.n;
    w.n -= kind.n;
    if (!nbt_word_eat(&w, "/") || !nbt_word_eat_num(&w, 0xFFFF, &v) || w.n > 0) {
        fail_value(l, KEY_ABOUT, w.p);
        return;
    }
    const char *is = nbt_ns_kind_word(kind_of_flags((uint16_t)v));
    if (!nbt_word_eq(kind, is))
        fail(l, kind.p, "these are the flags of another kind", is);
    nbt_wr_u16(&l->arena, v, "RDATA");
}

static const key form_keys[] = {
    [FORM_NONE] = KEY_NONE,   [FORM_OWNER] = KEY_OWNER, [FORM_OWNERS] = KEY_OWNERS,
    [FORM_NAMES] = KEY_NAMES, [FORM_ABOUT] = KEY_ABOUT, [FORM_SERVER] = KEY_SERVER,
    [FORM_RDATA] = KEY_RDATA,
};

/* How to print the RDATA of the first record; `server` is set for FORM_SERVER. */
static form form_of(nbt_ns_kind kind, const nbt_rr *rr, nbt_name *server)
{
    size_t n = rr->rdata.n;
    if (n == 0 && forms[kind] == FORM_NONE)
        return FORM_NONE;
    if (kind == NBT_NS_WACK)
        return FORM_ABOUT;
    if (rr->type == NBT_RR_NB && n == NBT_ADDR_LEN && forms[kind] != FORM_OWNERS)
        return FORM_OWNER;
    if (rr->type == NBT_RR_NB && n % NBT_ADDR_LEN == 0)
        return FORM_OWNERS;
    if (rr->type == NBT_RR_NBSTAT && n > 0)
        return FORM_NAMES;
    if (rr->type == NBT_RR_NS && server_name(rr, server))
        return FORM_SERVER;
    return FORM_RDATA;
}

static void print_rdata(out *o, const nbt_rr *rr, form f, const nbt_name *server)
{
    switch (f) {
    case FORM_NONE:
        return;
    case FORM_OWNER:
        print_owner(o, nbt_addr_get(rr, 0));
        return;
    case FORM_OWNERS:
        print_owners(o, rr);
        return;
    case FORM_NAMES:
        print_names(o, rr);
        return;
    case FORM_ABOUT:
        print_about(o, nbt_wack_word(rr));
        return;
    case FORM_SERVER:
        put_key(o, KEY_SERVER);
        put_name(o, server);
        return;
    case FORM_RDATA:
        put_key(o, KEY_RDATA);
        put_bytes(o, rr->rdata);
        return;
    }
}

/* Which of the forms a line has; for a record of this type. */
static form parse_form(line *l, nbt_ns_kind kind, uint16_t type)
{
    form has_form = FORM_NONE;
    for (form f = FORM_OWNER; f <= FORM_RDATA; f++) {
        if (!has(l, form_keys[f]))
            continue;
        if (has_form != FORM_NONE)
            fail(l, start_of(l, form_keys[f]), "the record has other data already",
                 "one of owner=, owners=, names=, server=, about=, rdata=");
        has_form = f;
    }
    if (has_form == FORM_NONE && forms[kind] != FORM_NONE)
        need(l, form_keys[forms[kind]]);
    if (has_form != FORM_OWNER)
        forbid(l, KEY_NODE, KEY_NB_RESERVED, "this says something about owner=", "owner=");
    if (has_form != FORM_NAMES)
        forbid(l, KEY_NUM_NAMES, KEY_REST, "this says something about names=", "names=");
    uint16_t of_form = type;
    if (has_form == FORM_OWNER || has_form == FORM_OWNERS)
        of_form = NBT_RR_NB;
    else if (has_form == FORM_NAMES)
        of_form = NBT_RR_NBSTAT;
    else if (has_form == FORM_SERVER)
        of_form = NBT_RR_NS;
    if (of_form != type)
        fail(l, start_of(l, form_keys[has_form]), "a record of this type has other data",
             "rdata=, or another type=");
    return has_form;
}

static nbt_bytes parse_rdata(line *l, form f, nbt_name *server)
{
    size_t from = l->arena.at;
    switch (f) {
    case FORM_NONE:
        return (nbt_bytes){ NULL, 0 };
    case FORM_OWNER:
        parse_owner(l);
        break;
    case FORM_OWNERS:
        parse_owners(l);
        break;
    case FORM_NAMES:
        parse_names(l);
        break;
    case FORM_ABOUT:
        parse_about(l);
        break;
    case FORM_SERVER:
        server->form = NBT_NAME_NULL;
        server->scope.len = 0;
        get_name(l, KEY_SERVER, server);
        nbt_name_wr(&l->arena, server, "NSD_NAME");
        break;
    case FORM_RDATA:
        get_octets(l, KEY_RDATA);
        break;
    }
    nbt_bytes rdata = written(l, from);
    if (rdata.n > UINT16_MAX)
        fail(l, l->w[form_keys[f]].p, "longer than RDLENGTH can say", "at most 65535 bytes");
    return rdata;
}

static void print_rr_name(out *o, const nbt_ns *m, nbt_ns_kind kind)
{
    if (m->qdcount != 1)
        return; /* it is the NAME */
    if (!m->rr_pointer && !nbt_name_eq(&m->rr[0].name, &m->q.name)) {
        put_key(o, KEY_RR_NAME);
        put_name(o, &m->rr[0].name);
    } else if (m->rr_pointer != nbt_ns_drawn[kind].pointer) {
        put_num(o, KEY_POINTER, m->rr_pointer);
    }
}

static void parse_rr_name(line *l, nbt_ns_kind kind, nbt_ns *m)
{
    nbt_rr *rr = &m->rr[0];
    if (m->qdcount != 1) {
        get_main_name(l, &rr->name);
        forbid(l, KEY_RR_NAME, KEY_POINTER, "without a question, NAME is the record's",
               "qdcount=1");
        return;
    }
    bool pointer = !has(l, KEY_RR_NAME) && nbt_ns_drawn[kind].pointer;
    m->rr_pointer = get_num(l, KEY_POINTER, pointer, 1) == 1;
    rr->name = m->q.name;
    get_name(l, KEY_RR_NAME, &rr->name);
    if (m->rr_pointer && !nbt_name_eq(&rr->name, &m->q.name))
        fail(l, start_of(l, KEY_RR_NAME), "the pointer leads to NAME", "pointer=0");
}

static void print_records(out *o, const nbt_ns *m, nbt_ns_kind kind)
{
    const nbt_rr *rr = &m->rr[0];
    nbt_name server;
    form f = form_of(kind, rr, &server);
    print_rr_name(o, m, kind);
    print_type(o, KEY_TYPE, rr->type, nbt_ns_drawn[kind].type);
    if (rr->cls != NBT_CLASS_IN)
        put_num(o, KEY_CLASS, rr->cls);
    if (kind == NBT_NS_WACK || rr->ttl > 0)
        put_num(o, kind == NBT_NS_WACK ? KEY_WAIT : KEY_TTL, rr->ttl);
    if (kind == NBT_NS_WACK)
        put_char(o, 's');
    print_rdata(o, rr, f, &server);
    if (m->nrr < 2)
        return;

    const nbt_rr *second = &m->rr[1];
    if (!nbt_name_eq(&second->name, f == FORM_SERVER ? &server : nbt_ns_name(m))) {
        put_key(o, KEY_RR_NAME2);
        put_name(o, &second->name);
    }
    print_type(o, KEY_TYPE2, second->type, nbt_ns_drawn[kind].type2);
    if (second->cls != NBT_CLASS_IN)
        put_num(o, KEY_CLASS2, second->cls);
    if (second->ttl > 0)
        put_num(o, KEY_TTL2, second->ttl);
    if (has_address(second)) {
        nbt_rd address;
        nbt_rd_init(&address, second->rdata.p, second->rdata.n);
        put_key(o, KEY_ADDRESS);
        put_ip(o, nbt_rd_u32(&address, "NSD_IP_ADDR"));
    } else {
        put_key(o, KEY_RDATA2);
        put_bytes(o, second->rdata);
    }
}

static void parse_second_record(line *l, nbt_ns_kind kind, const nbt_name *name, nbt_rr *rr)
{
    rr->name = *name;
    get_name(l, KEY_RR_NAME2, &rr->name);
    rr->type = get_code(l, KEY_TYPE2, NBT_CODESET_RRTYPE, nbt_ns_drawn[kind].type2, 0xFFFF);
    rr->cls = get_num16(l, KEY_CLASS2, NBT_CLASS_IN);
    rr->ttl = get_num(l, KEY_TTL2, 0, UINT32_MAX);
    size_t from = l->arena.at;
    if (has(l, KEY_ADDRESS)) {
        forbid(l, KEY_RDATA2, KEY_RDATA2, "the record has an address already",
               "either address= or rdata2=");
        if (rr->type != NBT_RR_A)
            fail(l, start_of(l, KEY_ADDRESS), "a record of this type has no address", "rdata2=");
        nbt_wr_u32(&l->arena, get_ip(l, KEY_ADDRESS), "NSD_IP_ADDR");
    } else {
        need(l, rr->type == NBT_RR_A && !has(l, KEY_RDATA2) ? KEY_ADDRESS : KEY_RDATA2);
        get_octets(l, KEY_RDATA2);
    }
    rr->rdata = written(l, from);
    if (rr->rdata.n > UINT16_MAX)
        fail(l, l->w[KEY_RDATA2].p, "longer than RDLENGTH can say", "at most 65535 bytes");
}

/* wait=60s */
static uint32_t parse_wait(line *l)
{
    nbt_word w = l->w[KEY_WAIT];
    uint32_t v = 0;
    need(l, KEY_WAIT);
    if (w.p && (!nbt_word_eat_num(&w, UINT32_MAX, &v) || !nbt_word_eat(&w, "s") || w.n > 0))
        fail_value(l, KEY_WAIT, w.p);
    return v;
}

static void parse_records(line *l, nbt_ns_kind kind, nbt_ns *m)
{
    nbt_rr *rr = &m->rr[0];
    nbt_name server;
    if (m->nrr == 0) {
        forbid(l, KEY_RR_NAME, KEY_RDATA, "the packet has no record", "records=1");
    } else {
        parse_rr_name(l, kind, m);
        rr->type = get_code(l, KEY_TYPE, NBT_CODESET_RRTYPE, nbt_ns_drawn[kind].type, 0xFFFF);
        rr->cls = get_num16(l, KEY_CLASS, NBT_CLASS_IN);
        rr->ttl = kind == NBT_NS_WACK ? parse_wait(l) : get_num(l, KEY_TTL, 0, UINT32_MAX);
        form f = parse_form(l, kind, rr->type);
        rr->rdata = parse_rdata(l, f, &server);
        if (m->nrr == 2)
            parse_second_record(l, kind, f == FORM_SERVER ? &server : nbt_ns_name(m), &m->rr[1]);
    }
    if (m->nrr < 2)
        forbid(l, KEY_RR_NAME2, KEY_RDATA2, "the packet has no second record", "records=2");
}

static void print_ns(out *o, const nbt_ns *m)
{
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    put_str(o, nbt_ns_kind_word(kind));
    put_main_name(o, nbt_ns_name(m));
    put_key(o, KEY_ID);
    put_hex(o, m->trn_id, 4);
    print_flags(o, m, kind);
    print_counts(o, m, kind);
    if (m->qdcount == 1)
        print_question(o, &m->q, kind);
    if (m->nrr > 0)
        print_records(o, m, kind);
}

static void parse_ns(line *l, nbt_ns_kind kind, nbt_ns *m)
{
    memset(m, 0, sizeof *m);
    need(l, KEY_ID);
    m->trn_id = get_num16(l, KEY_ID, 0);
    m->word = parse_flags(l, kind);
    parse_counts(l, kind, m);
    parse_question(l, kind, m);
    parse_records(l, kind, m);
    if (m->qdcount != 1 && m->nrr == 0)
        no_main_name(l, "the packet has neither a question nor a record with a name");
    if (!l->bad && nbt_ns_kind_of(m) != kind)
        fail(l, l->text, "what the line says makes it another kind",
             nbt_ns_kind_word(nbt_ns_kind_of(m)));
}

/* ---- Datagram service ---------------------------------------------------------------------- */

enum { DGM_RESERVED = 0xF0, SSN_RESERVED = 0xFE };

/* Of the datagrams with user data, only a first fragment has names. */
static bool dgm_has_names(const nbt_dgm *m)
{
    return dgm_words(m->type) == IN_DATAGRAM && (m->flags & NBT_DGM_FIRST);
}

static void print_dgm(out *o, const nbt_dgm *m)
{
    unsigned words = dgm_words(m->type);
    bool names = dgm_has_names(m);
    put_str(o, nbt_code_word(NBT_CODESET_DGM_TYPE, m->type));
    put_main_name(o, names || words == IN_DGM_QUERY ? &m->to : NULL);
    put_key(o, KEY_ID);
    put_hex(o, m->id, 4);
    if (names) {
        put_key(o, KEY_FROM);
        put_name(o, &m->from);
    }
    put_key(o, KEY_SOURCE);
    put_ep(o, m->source);
    print_node(o, (m->flags & NBT_DGM_SNT_MASK) >> NBT_DGM_SNT_SHIFT);
    if (m->flags & NBT_DGM_FIRST)
        put_key(o, KEY_FIRST);
    if (m->flags & NBT_DGM_MORE)
        put_key(o, KEY_MORE);
    print_reserved_octet(o, m->flags & DGM_RESERVED);
    if (words == IN_DGM_ERROR) {
        put_key(o, KEY_ERROR);
        put_code(o, NBT_CODESET_DGM_CODE, m->code);
    }
    if (words == IN_DATAGRAM) {
        put_num(o, KEY_LENGTH, m->length);
        if (m->offset)
            put_num(o, KEY_OFFSET, m->offset);
        put_data(o, m->data);
    }
}

/* DGM_LENGTH goes without saying where the packet is the whole datagram. */
static void parse_dgm_length(line *l, nbt_dgm *m)
{
    size_t whole = 0;
    if ((m->flags & (NBT_DGM_FIRST | NBT_DGM_MORE)) == NBT_DGM_FIRST)
        whole = nbt_dgm_length(&m->from, &m->to, m->data.n);
    if (whole == 0 || whole > UINT16_MAX)
        need(l, KEY_LENGTH);
    m->length = get_num16(l, KEY_LENGTH, (uint16_t)whole);
}

static void parse_dgm(line *l, uint8_t type, nbt_dgm *m)
{
    unsigned words = dgm_words(type);
    memset(m, 0, sizeof *m);
    m->type = type;
    m->flags =
        (uint8_t)(parse_node(l) << NBT_DGM_SNT_SHIFT | get_bits(l, KEY_RESERVED, DGM_RESERVED));
    if (has(l, KEY_FIRST))
        m->flags |= NBT_DGM_FIRST;
    if (has(l, KEY_MORE))
        m->flags |= NBT_DGM_MORE;
    need(l, KEY_ID);
    m->id = get_num16(l, KEY_ID, 0);
    need(l, KEY_SOURCE);
    m->source = get_ep(l, KEY_SOURCE);

    bool names = dgm_has_names(m);
    if (names || words == IN_DGM_QUERY)
        get_netbios_name(l, l->w[KEY_NAME], &m->to);
    else
        no_main_name(l,
                     words == IN_DATAGRAM ? "only a first fragment has names" : "it has no name");
    if (names) {
        need(l, KEY_FROM);
        get_netbios_name(l, l->w[KEY_FROM], &m->from);
    } else {
        forbid(l, KEY_FROM, KEY_FROM, "only a first fragment has names", "first");
    }
    if (words == IN_DGM_ERROR) {
        need(l, KEY_ERROR);
        m->code = (uint8_t)get_code(l, KEY_ERROR, NBT_CODESET_DGM_CODE, 0, 0xFF);
    }
    if (words == IN_DATAGRAM) {
        m->offset = get_num16(l, KEY_OFFSET, 0);
        m->data = get_octets(l, KEY_DATA);
        parse_dgm_length(l, m);
    }
}

/* ---- Session service ----------------------------------------------------------------------- */

static void print_ssn(out *o, const nbt_ssn *m)
{
    unsigned words = ssn_words(m->type);
    put_str(o, nbt_code_word(NBT_CODESET_SSN_TYPE, m->type));
    put_main_name(o, words == IN_REQUEST ? &m->called : NULL);
    if (words == IN_REQUEST) {
        put_key(o, KEY_FROM);
        put_name(o, &m->calling);
    }
    if (words == IN_NEGATIVE) {
        put_key(o, KEY_ERROR);
        put_code(o, NBT_CODESET_SSN_CODE, m->code);
    }
    if (words == IN_RETARGET) {
        put_key(o, KEY_RETARGET);
        put_ep(o, m->retarget);
    }
    print_reserved_octet(o, m->flags & SSN_RESERVED);
    if (words == IN_MESSAGE)
        put_num(o, KEY_LENGTH, (uint32_t)m->data.n);
    put_data(o, m->data);
}

/* How many octets follow the header. */
static size_t trailer_size(const nbt_ssn *m)
{
    switch (ssn_words(m->type)) {
    case IN_REQUEST:
        return nbt_name_size(&m->called) + nbt_name_size(&m->calling) + m->data.n;
    case IN_NEGATIVE:
        return 1 + m->data.n;
    case IN_RETARGET:
        return 6 + m->data.n;
    default:
        return m->data.n;
    }
}

static void parse_ssn(line *l, uint8_t type, nbt_ssn *m)
{
    unsigned words = ssn_words(type);
    memset(m, 0, sizeof *m);
    m->type = type;
    if (words == IN_REQUEST) {
        need(l, KEY_FROM);
        get_netbios_name(l, l->w[KEY_NAME], &m->called);
        get_netbios_name(l, l->w[KEY_FROM], &m->calling);
    } else {
        no_main_name(l, "only a session request has names");
    }
    if (words == IN_NEGATIVE) {
        need(l, KEY_ERROR);
        m->code = (uint8_t)get_code(l, KEY_ERROR, NBT_CODESET_SSN_CODE, 0, 0xFF);
    }
    if (words == IN_RETARGET) {
        need(l, KEY_RETARGET);
        m->retarget = get_ep(l, KEY_RETARGET);
    }
    m->data = get_octets(l, KEY_DATA);
    if (get_num(l, KEY_LENGTH, (uint32_t)m->data.n, UINT32_MAX) != m->data.n)
        fail(l, l->w[KEY_LENGTH].p, "not the length of the data", "as many as data= has");
    size_t length = trailer_size(m);
    if (length > NBT_SSN_LEN_MAX && has(l, KEY_DATA))
        fail(l, l->w[KEY_DATA].p, "longer than LENGTH can say", "at most 131071 octets in all");
    m->flags =
        (uint8_t)(get_bits(l, KEY_RESERVED, SSN_RESERVED) | (length > UINT16_MAX ? NBT_SSN_E : 0));
}

/* ---- Any message --------------------------------------------------------------------------- */

const char *nbt_text_kind(const nbt_msg *m)
{
    if (m->err)
        return malformed_words[m->service];
    switch (m->service) {
    case NBT_SERVICE_NAME:
        return nbt_ns_kind_word(nbt_ns_kind_of(&m->u.ns));
    case NBT_SERVICE_DATAGRAM:
        return nbt_code_word(NBT_CODESET_DGM_TYPE, m->u.dgm.type);
    case NBT_SERVICE_SESSION:
        return nbt_code_word(NBT_CODESET_SSN_TYPE, m->u.ssn.type);
    }
    return "unknown";
}

static void print_malformed(out *o, const nbt_msg *m)
{
    put_str(o, malformed_words[m->service]);
    put_num(o, KEY_AT, (uint32_t)m->err_at);
    put_key(o, KEY_FIELD);
    put_hyphened(o, m->err_field ? m->err_field : "-");
    put_key(o, KEY_WHY);
    put_hyphened(o, nbt_err_str(m->err));
}

static void print_words(out *o, const nbt_msg *m)
{
    if (m->err) {
        print_malformed(o, m);
        return;
    }
    switch (m->service) {
    case NBT_SERVICE_NAME:
        print_ns(o, &m->u.ns);
        return;
    case NBT_SERVICE_DATAGRAM:
        print_dgm(o, &m->u.dgm);
        return;
    case NBT_SERVICE_SESSION:
        print_ssn(o, &m->u.ssn);
        return;
    }
}

size_t nbt_text_print(const nbt_msg *m, char *buf, size_t cap)
{
    out o = { .buf = buf, .room = cap > 0 ? cap - 1 : 0 };
    print_words(&o, m);
    if (m->err || (!m->exact && m->bytes.p)) {
        put_key(&o, KEY_RAW);
        put_bytes(&o, m->bytes);
    }
    if (cap > 0)
        buf[o.len < o.room ? o.len : o.room] = '\0';
    return o.len;
}

/* What a KIND tells. */
typedef struct kind {
    nbt_service service;
    unsigned words; /* IN_...: those that may follow */
    nbt_ns_kind ns; /* of a name packet */
    uint8_t type;   /* of the other packets */
} kind;

static bool find_kind(nbt_word w, kind *k)
{
    for (nbt_service s = NBT_SERVICE_NAME; s <= NBT_SERVICE_SESSION; s++) {
        if (nbt_word_eq(w, malformed_words[s])) {
            *k = (kind){ s, IN_MALFORMED, NBT_NS_OTHER, 0 };
            return true;
        }
    }
    for (nbt_ns_kind ns = 0; ns < NBT_NS_KINDS; ns++) {
        if (nbt_word_eq(w, nbt_ns_kind_word(ns))) {
            *k = (kind){ NBT_SERVICE_NAME, ns == NBT_NS_WACK ? IN_WACK : IN_NS, ns, 0 };
            return true;
        }
    }
    const nbt_code *dgm = nbt_code_parse(NBT_CODESET_DGM_TYPE, w.p, w.n);
    const nbt_code *ssn = nbt_code_parse(NBT_CODESET_SSN_TYPE, w.p, w.n);
    if (dgm)
        *k = (kind){ NBT_SERVICE_DATAGRAM, dgm_words((uint8_t)dgm->value), NBT_NS_OTHER,
                     (uint8_t)dgm->value };
    else if (ssn)
        *k = (kind){ NBT_SERVICE_SESSION, ssn_words((uint8_t)ssn->value), NBT_NS_OTHER,
                     (uint8_t)ssn->value };
    return dgm || ssn;
}

/* The word of this kind of message that begins most like what somebody wrote. */
static const char *nearest(nbt_word w, unsigned words)
{
    const char *best = "another word of this kind of message";
    size_t most = 0;
    for (key k = 0; k < KEY_COUNT; k++) {
        size_t same = 0;
        while (same < w.n && same < keys[k].len && w.p[same] == key_word(k)[same])
            same++;
        if ((keys[k].in & words) && same > most) {
            best = key_word(k);
            most = same;
        }
    }
    return best;
}

/* Files one word under its key. */
static void file_word(line *l, nbt_word w)
{
    const char *equals = memchr(w.p, '=', w.n);
    size_t n = equals ? (size_t)(equals + 1 - w.p) : w.n;
    key k = 0;
    while (k < KEY_COUNT && (keys[k].len != n || memcmp(key_word(k), w.p, n) != 0))
        k++;
    if (k == KEY_COUNT)
        fail(l, w.p, "an unknown word", nearest(w, l->words));
    else if (!(keys[k].in & l->words))
        fail(l, w.p, "this kind of message has no such word", nearest(w, l->words));
    else if (has(l, k))
        fail(l, w.p, "this was said before", "every word once");
    else
        l->w[k] = (nbt_word){ w.p + n, w.n - n };
}

/* Files all words behind KIND. A malformed packet has no NAME. */
static void file_words(line *l, const char *at)
{
    const char *end = l->text + l->len;
    bool name_next = l->words != IN_MALFORMED;
    while (at < end && !l->bad) {
        nbt_word w = nbt_word_next(at + 1, end);
        if (w.n == 0)
            fail(l, w.p, "an empty word", "words with one space between them");
        else if (name_next)
            l->w[KEY_NAME] = w;
        else
            file_word(l, w);
        name_next = false;
        at = w.p + w.n;
    }
    if (name_next)
        fail(l, end, "a word is missing", "the NAME, or -");
}

static void parse_words(line *l, kind k, nbt_msg *m)
{
    m->service = k.service;
    m->err = NBT_OK;
    m->err_at = 0;
    m->err_field = NULL;
    m->exact = true;
    m->bytes = (nbt_bytes){ NULL, 0 };
    switch (k.service) {
    case NBT_SERVICE_NAME:
        parse_ns(l, k.ns, &m->u.ns);
        return;
    case NBT_SERVICE_DATAGRAM:
        parse_dgm(l, k.type, &m->u.dgm);
        return;
    case NBT_SERVICE_SESSION:
        parse_ssn(l, k.type, &m->u.ssn);
        return;
    }
}

/* The bytes are what counts, but the words beside them must not lie. */
static void check_raw(line *l, const nbt_msg *m)
{
    const char *is = nbt_text_kind(m);
    if (!nbt_word_eq(nbt_word_next(l->text, l->text + l->len), is)) {
        fail(l, l->text, "raw= is another kind of message", is);
        return;
    }
    out o = { .buf = NULL, .beside = l };
    print_words(&o, m);
    compare_end(&o);
    for (key k = 0; k < KEY_RAW; k++) {
        if (has(l, k))
            fail(l, start_of(l, k), "raw= does not say this", "no such word");
    }
}

static void parse_message(line *l, kind k, nbt_msg *m)
{
    if (!has(l, KEY_RAW)) {
        if (k.words == IN_MALFORMED)
            need(l, KEY_RAW);
        else
            parse_words(l, k, m);
        return;
    }
    nbt_bytes raw = get_octets(l, KEY_RAW);
    if (l->bad)
        return;
    nbt_msg_rd(m, k.service, raw.p, raw.n);
    check_raw(l, m);
}

/* Every KIND, for whoever wrote another one. */
static const char all_kinds[] =
    "one of "
#define NBT_NS_KIND(sym, word, text, section) word ", "
#include "nbt/kinds.def"
#undef NBT_NS_KIND
#define NBT_DGM_TYPE(sym, value, word, text, source) word ", "
#define NBT_SSN_TYPE(sym, value, word, text, source) word ", "
#include "nbt/codes.def"
#undef NBT_DGM_TYPE
#undef NBT_SSN_TYPE
    "malformed-name-packet, malformed-datagram-packet, malformed-session-packet";

bool nbt_text_parse(nbt_msg *m, const char *text, size_t len, uint8_t *arena, size_t arena_cap,
                    nbt_text_err *err)
{
    line l;
    kind k;
    memset(&l, 0, sizeof l);
    l.text = text;
    l.len = len;
    nbt_wr_init(&l.arena, arena, arena_cap);
    nbt_word kind_word = nbt_word_next(text, text + len);
    if (find_kind(kind_word, &k)) {
        l.words = k.words;
        file_words(&l, kind_word.p + kind_word.n);
    } else {
        fail(&l, text, "not a kind of message", all_kinds);
    }
    if (!l.bad)
        parse_message(&l, k, m);
    if (l.bad)
        *err = l.err;
    return !l.bad;
}

bool nbt_text_may_say(const char *kind_text, size_t kind_len, const char *word, size_t len,
                      nbt_text_err *err)
{
    line l;
    kind k = { .words = IN_ALL };
    nbt_word kind_word = { kind_text, kind_len };
    memset(&l, 0, sizeof l);
    if (!nbt_word_eq(kind_word, "*") && !find_kind(kind_word, &k)) {
        *err = (nbt_text_err){ 1, "not a kind of message", all_kinds };
        return false;
    }
    if (len == 0)
        return true;
    l.text = word;
    l.len = len;
    l.words = k.words;
    file_word(&l, (nbt_word){ word, len });
    if (l.bad)
        *err = l.err;
    return !l.bad;
}
