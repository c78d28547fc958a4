/*
 * The codes of nbt/codes.def as enumerators, and one look-up for all of them.
 */
#ifndef NBT_CODES_H
#define NBT_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nbt_opcode {
#define NBT_OPCODE(sym, value, word, text, source) NBT_OPCODE_##sym = (value),
#include "nbt/codes.def"
#undef NBT_OPCODE
};

enum nbt_rcode {
#define NBT_RCODE(sym, value, word, text, source) NBT_RCODE_##sym = (value),
#include "nbt/codes.def"
#undef NBT_RCODE
};

enum nbt_rrtype {
#define NBT_RRTYPE(sym, value, word, text, source) NBT_RR_##sym = (value),
#include "nbt/codes.def"
#undef NBT_RRTYPE
};

enum { NBT_CLASS_IN = 1 };

typedef enum nbt_node_type {
#define NBT_NODE_TYPE(sym, value, word, text, source) NBT_ONT_##sym = (value),
#include "nbt/codes.def"
#undef NBT_NODE_TYPE
} nbt_node_type;

enum nbt_ssn_type {
#define NBT_SSN_TYPE(sym, value, word, text, source) NBT_SSN_##sym = (value),
#include "nbt/codes.def"
#undef NBT_SSN_TYPE
};

enum nbt_ssn_code {
#define NBT_SSN_CODE(sym, value, word, text, source) NBT_SSN_CODE_##sym = (value),
#include "nbt/codes.def"
#undef NBT_SSN_CODE
};

enum nbt_dgm_type {
#define NBT_DGM_TYPE(sym, value, word, text, source) NBT_DGM_##sym = (value),
#include "nbt/codes.def"
#undef NBT_DGM_TYPE
};

enum nbt_dgm_code {
#define NBT_DGM_CODE(sym, value, word, text, source) NBT_DGM_CODE_##sym = (value),
#include "nbt/codes.def"
#undef NBT_DGM_CODE
};

enum nbt_ncb_command {
#define NBT_NCB_COMMAND(sym, value, word, text, source) NBT_NCB_##sym = (value),
#include "nbt/codes.def"
#undef NBT_NCB_COMMAND
    NBT_NCB_ASYNC = 0x80, /* the no-wait bit, added to any of the above */
};

enum nbt_nrc {
#define NBT_NRC(sym, value, word, text, source) NBT_NRC_##sym = (value),
#include "nbt/codes.def"
#undef NBT_NRC
};

/* The sets of codes, for the look-ups. */
typedef enum nbt_codeset {
    NBT_CODESET_OPCODE,
    NBT_CODESET_RCODE,
    NBT_CODESET_RRTYPE,
    NBT_CODESET_NODE_TYPE,
    NBT_CODESET_SSN_TYPE,
    NBT_CODESET_SSN_CODE,
    NBT_CODESET_DGM_TYPE,
    NBT_CODESET_DGM_CODE,
    NBT_CODESET_NCB_COMMAND,
    NBT_CODESET_NRC,
} nbt_codeset;

typedef struct nbt_code {
    uint16_t value;
    const char *word;   /* as the text form has it; no spaces except in NCB commands */
    const char *text;   /* what it means */
    const char *source; /* RFC section, article or header */
} nbt_code;

/* The entry for a value, or NULL. Static storage. */
const nbt_code *nbt_code_find(nbt_codeset set, unsigned value);

/* The entry for a word (exact case), or NULL. */
const nbt_code *nbt_code_parse(nbt_codeset set, const char *word, size_t len);

/* The word for a value, or "unknown". */
const char *nbt_code_word(nbt_codeset set, unsigned value);

/* What a service suffix (byte 16) means, from nbt/suffix.def; NULL if nothing is known. */
typedef struct nbt_suffix {
    uint8_t value;
    char type; /* 'U' unique, 'G' group, '?' both occur */
    const char *text;
    const char *source;
} nbt_suffix;

const nbt_suffix *nbt_suffix_find(uint8_t suffix, bool group);

#endif
