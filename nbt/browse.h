/*
 * What browsers write to \MAILSLOT\BROWSE and \MAILSLOT\LANMAN (MS-BRWS 2.2): read, written, and
 * looked at field by field. nbt/browse.def has the messages. Numbers are little-endian. It never
 * decides anything: who is elected is nbt/browser.h's.
 */
#ifndef NBT_BROWSE_H
#define NBT_BROWSE_H

#include "nbt/mailslot.h"
#include "nbt/name.h"

typedef enum nbt_browse_kind {
#define NBT_BROWSE(sym, slot, opcode, word, text, source) NBT_BROWSE_##sym,
#include "nbt/browse.def"
#undef NBT_BROWSE
    NBT_BROWSE_KINDS
} nbt_browse_kind;

/* Bits of ServerType that a browser looks at; nbt/browse.def has them all. */
enum {
    NBT_SERVER_WORKSTATION = 0x00000001,
    NBT_SERVER_SERVER = 0x00000002,
    NBT_SERVER_PRINT = 0x00000200,
    NBT_SERVER_UNIX = 0x00000800,
    NBT_SERVER_NT = 0x00001000,
    NBT_SERVER_WFW = 0x00002000,
    NBT_SERVER_NT_SERVER = 0x00008000,
    NBT_SERVER_POTENTIAL = 0x00010000,
    NBT_SERVER_BACKUP = 0x00020000,
    NBT_SERVER_MASTER = 0x00040000,
    NBT_SERVER_WINDOWS = 0x00400000,
    NBT_SERVER_DFS = 0x00800000,
};
#define NBT_SERVER_LOCAL UINT32_C(0x40000000)
#define NBT_SERVER_DOMAIN UINT32_C(0x80000000)

enum { NBT_BROWSE_SIGNATURE = 0xAA55 };

/* Of these each message has some; the others are 0. Texts are borrowed, without their NUL. */
typedef struct nbt_browse {
    nbt_browse_kind kind;
    uint32_t update_count, count, version, unused, reset;
    uint32_t periodicity; /* ms */
    uint32_t seconds;     /* the same, of LAN Manager */
    uint32_t os_major, os_minor, browser_major, browser_minor, signature;
    uint32_t type; /* ServerType */
    uint32_t criteria;
    uint32_t uptime; /* ms, as everybody sends it; MS-BRWS 2.2.3 */
    uint32_t token;
    nbt_bytes server, group, comment;
    nbt_bytes servers; /* texts, each with its NUL */
    nbt_bytes rest;    /* of any: what is behind its last field. nmbd 4.17 puts its name there */
} nbt_browse;

/* Whether what is written to this mailslot is for browsers; *lanman: with LAN Manager's opcodes. */
bool nbt_browse_slot(const nbt_mailslot *m, bool *lanman);

/*
 * Reads all of one. A NAME has its 16 octets, NULs and all: nbt_browse_name takes them off. Errors:
 * SHORT, VALUE (unknown opcode).
 */
void nbt_browse_rd(nbt_rd *r, bool lanman, nbt_browse *m);

/* Writes one. Errors: FULL, RANGE, LONG (a NAME over 16 octets). */
void nbt_browse_wr(nbt_wr *w, const nbt_browse *m);

/* The same as the write to its mailslot in full, user data of a datagram. */
void nbt_browse_mailslot_wr(nbt_wr *w, const nbt_browse *m);

/* A name up to its first NUL. */
nbt_bytes nbt_browse_name(nbt_bytes field);

/* The first text of TEXTS, which is taken off them; none is left: false. */
bool nbt_browse_next(nbt_bytes *texts, nbt_bytes *text);

/* ---- Field by field, for who prints ---------------------------------------------------------- */

typedef enum nbt_browse_form {
    NBT_BROWSE_U8,
    NBT_BROWSE_U16,
    NBT_BROWSE_U32,
    NBT_BROWSE_X16, /* bits and the like: better shown in hex */
    NBT_BROWSE_X32,
    NBT_BROWSE_NAME,
    NBT_BROWSE_TEXT,
    NBT_BROWSE_TEXTS,
} nbt_browse_form;

typedef struct nbt_browse_field {
    nbt_browse_kind kind; /* of the message it is in */
    nbt_browse_form form;
    uint16_t offset;   /* of the member */
    const char *key;   /* "update_count" */
    const char *field; /* "UpdateCount" */
} nbt_browse_field;

typedef struct nbt_browse_info {
    uint8_t opcode;
    bool lanman;
    const char *word, *text, *source;
} nbt_browse_info;

const nbt_browse_info *nbt_browse_info_of(nbt_browse_kind kind);

/* The kind that has this word in the text form; false: none. */
bool nbt_browse_parse(nbt_browse_kind *kind, const char *word, size_t len);

/* The i-th field of a message of this kind, NULL behind the last. */
const nbt_browse_field *nbt_browse_field_of(nbt_browse_kind kind, size_t i);

uint32_t nbt_browse_number(const nbt_browse *m, const nbt_browse_field *f);
nbt_bytes nbt_browse_bytes(const nbt_browse *m, const nbt_browse_field *f);
void nbt_browse_set(nbt_browse *m, const nbt_browse_field *f, uint32_t number, nbt_bytes bytes);

/* The i-th bit of ServerType that has a word, and what it means; 0 behind the last. */
uint32_t nbt_server_type(size_t i, const char **word, const char **text);

#endif
