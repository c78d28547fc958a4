/*
 * The inside of the text form, shared by text*.c: the vocabulary (text.def), a line cut into its
 * words, and where a message is printed.
 *
 * text.c prints and parses any message; text_key.c files the words of a line, text_put.c and
 * text_get.c print and parse what values are made of, and each family of messages has its file:
 * text_ns.c with text_rdata.c, text_dgm.c, text_ssn.c. None of them allocates or knows the layout
 * of a packet.
 */
#ifndef NBT_TEXT_IMPL_H
#define NBT_TEXT_IMPL_H

#include "nbt/text.h"
#include "nbt/word.h"

#include <string.h>

/* Which messages a word belongs to. */
enum {
    NBT_IN_NS = 0x001,        /* name packets, but not the WACK */
    NBT_IN_WACK = 0x002,      /* its TTL is a time to wait, its RDATA the flags of a request */
    NBT_IN_DATAGRAM = 0x004,  /* the three datagrams that carry user data */
    NBT_IN_DGM_ERROR = 0x008, /* DATAGRAM ERROR */
    NBT_IN_DGM_QUERY = 0x010, /* the datagram query and its two answers */
    NBT_IN_REQUEST = 0x020,   /* SESSION REQUEST */
    NBT_IN_NEGATIVE = 0x040,  /* NEGATIVE SESSION RESPONSE */
    NBT_IN_RETARGET = 0x080,  /* RETARGET SESSION RESPONSE */
    NBT_IN_MESSAGE = 0x100,   /* SESSION MESSAGE */
    NBT_IN_BARE = 0x200,      /* the session packets that are a header alone */
    NBT_IN_MALFORMED = 0x400, /* what could not be read */
    NBT_IN_ANY_NS = NBT_IN_NS | NBT_IN_WACK,
    NBT_IN_ANY_DGM = NBT_IN_DATAGRAM | NBT_IN_DGM_ERROR | NBT_IN_DGM_QUERY,
    NBT_IN_ANY_SSN =
        NBT_IN_REQUEST | NBT_IN_NEGATIVE | NBT_IN_RETARGET | NBT_IN_MESSAGE | NBT_IN_BARE,
    NBT_IN_READABLE = NBT_IN_ANY_NS | NBT_IN_ANY_DGM | NBT_IN_ANY_SSN,
    NBT_IN_ALL = NBT_IN_READABLE | NBT_IN_MALFORMED,
};

#define NBT_TEXT_A_BIT "0 or 1"
#define NBT_TEXT_A_U8 "a number 0..255"
#define NBT_TEXT_A_U16 "a number 0..65535"
#define NBT_TEXT_A_U32 "a number 0..4294967295"
#define NBT_TEXT_A_TYPE "a type such as NB, or a number 0..65535"
#define NBT_TEXT_A_NAME "a name such as FRED<20>"
#define NBT_TEXT_AN_IP "an address such as 10.0.0.1"
#define NBT_TEXT_HEX_OR_NONE "bytes in hex, or -"

/* NBT_KEY_NAME stands for the NAME, NBT_KEY_NONE for no word at all. */
typedef enum nbt_text_key {
#define NBT_TEXT_KEY(sym, word, in, value) NBT_KEY_##sym,
#include "nbt/text.def"
#undef NBT_TEXT_KEY
    NBT_KEY_COUNT,
    NBT_KEY_NAME = NBT_KEY_COUNT,
    NBT_KEY_NONE
} nbt_text_key;

typedef struct nbt_text_key_row {
    char printed[40]; /* with the space before it */
    uint8_t len;      /* without */
    uint16_t in;
    const char *value;
} nbt_text_key_row;

extern const nbt_text_key_row nbt_text_keys[NBT_KEY_COUNT];

static inline const char *nbt_text_key_word(nbt_text_key k)
{
    return nbt_text_keys[k].printed + 1;
}

/* A line cut into words. The first trouble sticks, what comes after it does nothing. */
typedef struct nbt_text_line {
    const char *text;
    size_t len;
    unsigned words;           /* NBT_IN_...: those that may stand in it */
    nbt_word w[NBT_KEY_NONE]; /* the values, and NAME; p is NULL where the line has no such word */
    nbt_wr arena;
    bool bad;
    nbt_text_err err;
} nbt_text_line;

/*
 * Where a message is printed: into a buffer, as far as there is room, or, to see whether the words
 * beside raw= tell the truth, against the words of a line.
 */
typedef struct nbt_text_out {
    char *buf;
    size_t room; /* characters that fit, the NUL not counted */
    size_t len;  /* of the whole line, whether it fits or not */
    nbt_text_line *beside;
    bool comparing; /* what is printed now, */
    nbt_word rest;  /* with this, the rest of a word of `beside` */
} nbt_text_out;

/* What a KIND tells. */
typedef struct nbt_text_what {
    nbt_service service;
    unsigned words; /* NBT_IN_...: those that may follow */
    nbt_ns_kind ns; /* of a name packet */
    uint8_t type;   /* of the other packets */
} nbt_text_what;

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* --- text_key.c --------------------------------------------------------------------------- */

/* The KIND of a packet that could not be read. Static text. */
const char *nbt_text_malformed_word(nbt_service service);

/* What the first word of a line tells; false: it is no KIND, see nbt_text_all_kinds. */
bool nbt_text_find_kind(nbt_word w, nbt_text_what *k);

/* Every KIND, for whoever wrote another one. Static text. */
const char *nbt_text_all_kinds(void);

/* Files one word under its key, or all words behind KIND, from `at` on. */
void nbt_text_file_word(nbt_text_line *l, nbt_word w);
void nbt_text_file_words(nbt_text_line *l, const char *at);

/* --- text_put.c --------------------------------------------------------------------------- */

/* What does not fit, or is not for a buffer: compared with the words of `beside`. */
void nbt_text_put_otherwise(nbt_text_out *o, const char *s, size_t n);

/* What was printed last is all that its word may say. */
void nbt_text_compare_end(nbt_text_out *o);

static inline void nbt_text_put(nbt_text_out *o, const char *s, size_t n)
{
    if (o->len + n > o->room) {
        nbt_text_put_otherwise(o, s, n);
        return;
    }
    memcpy(o->buf + o->len, s, n);
    o->len += n;
}

static inline void nbt_text_put_char(nbt_text_out *o, char c)
{
    nbt_text_put(o, &c, 1);
}

void nbt_text_put_str(nbt_text_out *o, const char *s);
void nbt_text_put_begin(nbt_text_out *o,
                        nbt_text_key k); /* another word than KIND, without its key */
void nbt_text_put_key(nbt_text_out *o, nbt_text_key k);
void nbt_text_put_dec(nbt_text_out *o, uint32_t v);
void nbt_text_put_hex(nbt_text_out *o, unsigned v, size_t digits); /* 0x and two or four digits */
void nbt_text_put_num(nbt_text_out *o, nbt_text_key k, uint32_t v);
void nbt_text_put_ip(nbt_text_out *o, uint32_t ip);
void nbt_text_put_ep(nbt_text_out *o, nbt_ep ep);
void nbt_text_put_name(nbt_text_out *o, const nbt_name *name);
void nbt_text_put_main_name(nbt_text_out *o, const nbt_name *name); /* NULL: a dash */
void nbt_text_put_bytes(nbt_text_out *o, nbt_bytes b); /* in hex; a dash where there are none */
void nbt_text_put_hyphened(nbt_text_out *o,
                           const char *s); /* "bytes left over" is bytes-left-over */
void nbt_text_put_code(nbt_text_out *o, nbt_codeset set, unsigned v); /* its word, or its number */
void nbt_text_put_data(nbt_text_out *o, nbt_bytes b);   /* data=, where there is any */
void nbt_text_put_node(nbt_text_out *o, unsigned node); /* node= */
void nbt_text_put_reserved_octet(nbt_text_out *o,
                                 unsigned bits); /* reserved=, of an octet of flags */

/* --- text_get.c --------------------------------------------------------------------------- */

/* The line is wrong at a place in its text; only the first trouble is kept. Static texts. */
void nbt_text_fail(nbt_text_line *l, const char *at, const char *why, const char *expected);

/* The value of k cannot be read from `at` on. */
void nbt_text_fail_value(nbt_text_line *l, nbt_text_key k, const char *at);

static inline bool nbt_text_has(const nbt_text_line *l, nbt_text_key k)
{
    return l->w[k].p != NULL;
}

/* Where the word of a key begins. */
static inline const char *nbt_text_start_of(const nbt_text_line *l, nbt_text_key k)
{
    return l->w[k].p - nbt_text_keys[k].len;
}

void nbt_text_need(nbt_text_line *l, nbt_text_key k);

/* Refuses the words from first to last, since the message has nothing that they could mean. */
void nbt_text_forbid(nbt_text_line *l, nbt_text_key first, nbt_text_key last, const char *why,
                     const char *expected);

/* The value of k; `otherwise`, or zero, where the line has no such word. */
uint32_t nbt_text_get_num(nbt_text_line *l, nbt_text_key k, uint32_t otherwise, uint32_t max);
uint16_t nbt_text_get_num16(nbt_text_line *l, nbt_text_key k, uint16_t otherwise);
uint16_t nbt_text_get_bits(nbt_text_line *l, nbt_text_key k, uint16_t mask);
uint16_t nbt_text_get_code(nbt_text_line *l, nbt_text_key k, nbt_codeset set, uint16_t otherwise,
                           uint16_t max);
uint32_t nbt_text_get_ip(nbt_text_line *l, nbt_text_key k);
nbt_ep nbt_text_get_ep(nbt_text_line *l, nbt_text_key k);
uint16_t nbt_text_get_node(nbt_text_line *l); /* node=, which must be there */

/* Names that can be sent: of a key that may be missing, NAME, and those of 16 bytes alone. */
void nbt_text_get_name(nbt_text_line *l, nbt_text_key k, nbt_name *name);
void nbt_text_get_main_name(nbt_text_line *l, nbt_name *name);
void nbt_text_get_netbios_name(nbt_text_line *l, nbt_word w, nbt_name *name);
void nbt_text_no_main_name(nbt_text_line *l, const char *why);

/* Octets, which of data= alone may be "text" or SMB; they are in the arena. */
nbt_bytes nbt_text_get_octets(nbt_text_line *l, nbt_text_key k);

/* The bytes written to the arena since `from`. */
nbt_bytes nbt_text_written(nbt_text_line *l, size_t from);

/* --- a family of messages each ------------------------------------------------------------ */

/* How the RDATA of a record is put in words. */
typedef enum nbt_text_form {
    NBT_FORM_NONE,   /* there is none, nor should there be */
    NBT_FORM_OWNER,  /* one ADDR_ENTRY */
    NBT_FORM_OWNERS, /* any number of them */
    NBT_FORM_NAMES,  /* a node status */
    NBT_FORM_ABOUT,  /* the flags of a request, in a WACK */
    NBT_FORM_SERVER, /* NSD_NAME */
    NBT_FORM_RDATA,  /* anything else, in hex */
} nbt_text_form;

/* How to print the RDATA of the first record; `server` is set for NBT_FORM_SERVER. */
nbt_text_form nbt_text_form_of(nbt_ns_kind kind, const nbt_rr *rr, nbt_name *server);
void nbt_text_print_rdata(nbt_text_out *o, const nbt_rr *rr, nbt_text_form f,
                          const nbt_name *server);

/* Which of the forms a line has, for a record of this type; then that RDATA, in the arena. */
nbt_text_form nbt_text_parse_form(nbt_text_line *l, nbt_ns_kind kind, uint16_t type);
nbt_bytes nbt_text_parse_rdata(nbt_text_line *l, nbt_text_form f, nbt_name *server);

void nbt_text_print_ns(nbt_text_out *o, const nbt_ns *m);
void nbt_text_parse_ns(nbt_text_line *l, nbt_ns_kind kind, nbt_ns *m);

/* Which words (NBT_IN_...) a datagram, or a session packet, of this type has; 0: it is none. */
unsigned nbt_text_dgm_words(uint8_t type);
unsigned nbt_text_ssn_words(uint8_t type);

void nbt_text_print_dgm(nbt_text_out *o, const nbt_dgm *m);
void nbt_text_parse_dgm(nbt_text_line *l, uint8_t type, nbt_dgm *m);
void nbt_text_print_ssn(nbt_text_out *o, const nbt_ssn *m);
void nbt_text_parse_ssn(nbt_text_line *l, uint8_t type, nbt_ssn *m);

#endif
