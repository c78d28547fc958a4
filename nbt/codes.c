/*
 * The look-ups over nbt/codes.def and nbt/suffix.def. No code is listed here a second time.
 */
#include "nbt/codes.h"

#include <string.h>

#define ROW(sym, value, word, text, source) { value, word, text, source },

static const nbt_code opcodes[] = {
#define NBT_OPCODE ROW
#include "nbt/codes.def"
#undef NBT_OPCODE
};

static const nbt_code rcodes[] = {
#define NBT_RCODE ROW
#include "nbt/codes.def"
#undef NBT_RCODE
};

static const nbt_code rrtypes[] = {
#define NBT_RRTYPE ROW
#include "nbt/codes.def"
#undef NBT_RRTYPE
};

static const nbt_code node_types[] = {
#define NBT_NODE_TYPE ROW
#include "nbt/codes.def"
#undef NBT_NODE_TYPE
};

static const nbt_code ssn_types[] = {
#define NBT_SSN_TYPE ROW
#include "nbt/codes.def"
#undef NBT_SSN_TYPE
};

static const nbt_code ssn_codes[] = {
#define NBT_SSN_CODE ROW
#include "nbt/codes.def"
#undef NBT_SSN_CODE
};

static const nbt_code dgm_types[] = {
#define NBT_DGM_TYPE ROW
#include "nbt/codes.def"
#undef NBT_DGM_TYPE
};

static const nbt_code dgm_codes[] = {
#define NBT_DGM_CODE ROW
#include "nbt/codes.def"
#undef NBT_DGM_CODE
};

static const nbt_code ncb_commands[] = {
#define NBT_NCB_COMMAND ROW
#include "nbt/codes.def"
#undef NBT_NCB_COMMAND
};

static const nbt_code nrcs[] = {
#define NBT_NRC ROW
#include "nbt/codes.def"
#undef NBT_NRC
};

typedef struct table {
    const nbt_code *row;
    size_t n;
} table;

#define TABLE(rows) ((table){ rows, sizeof(rows) / sizeof((rows)[0]) })

static table table_of(nbt_codeset set)
{
    switch (set) {
    case NBT_CODESET_OPCODE:
        return TABLE(opcodes);
    case NBT_CODESET_RCODE:
        return TABLE(rcodes);
    case NBT_CODESET_RRTYPE:
        return TABLE(rrtypes);
    case NBT_CODESET_NODE_TYPE:
        return TABLE(node_types);
    case NBT_CODESET_SSN_TYPE:
        return TABLE(ssn_types);
    case NBT_CODESET_SSN_CODE:
        return TABLE(ssn_codes);
    case NBT_CODESET_DGM_TYPE:
        return TABLE(dgm_types);
    case NBT_CODESET_DGM_CODE:
        return TABLE(dgm_codes);
    case NBT_CODESET_NCB_COMMAND:
        return TABLE(ncb_commands);
    case NBT_CODESET_NRC:
        return TABLE(nrcs);
    }
    return (table){ NULL, 0 };
}

const nbt_code *nbt_code_find(nbt_codeset set, unsigned value)
{
    table t = table_of(set);
    for (size_t i = 0; i < t.n; i++) {
        if (t.row[i].value == value)
            return &t.row[i];
    }
    return NULL;
}

const nbt_code *nbt_code_parse(nbt_codeset set, const char *word, size_t len)
{
    table t = table_of(set);
    for (size_t i = 0; i < t.n; i++) {
        if (strlen(t.row[i].word) == len && memcmp(t.row[i].word, word, len) == 0)
            return &t.row[i];
    }
    return NULL;
}

const char *nbt_code_word(nbt_codeset set, unsigned value)
{
    const nbt_code *code = nbt_code_find(set, value);
    return code ? code->word : "unknown";
}

static const nbt_suffix suffixes[] = {
#define NBT_SUFFIX(value, type, text, source) { value, type, text, source },
#include "nbt/suffix.def"
#undef NBT_SUFFIX
};

const nbt_suffix *nbt_suffix_find(uint8_t suffix, bool group)
{
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        const nbt_suffix *s = &suffixes[i];
        if (s->value == suffix && (s->type == '?' || (s->type == 'G') == group))
            return s;
    }
    return NULL;
}
