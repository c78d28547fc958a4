/*
 * The words of the scenario language, found and told.
 */
#include "tools/scene/words.h"

#include <string.h>

typedef struct row {
    const char *word;
    unsigned value;
} row;

static const row harm_rows[] = {
#define SCENE_W_HARM(sym, word) { word, SCENE_HARM_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_HARM
};

static const row field_rows[] = {
#define SCENE_W_FIELD(sym, word) { word, SCENE_FIELD_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_FIELD
};

static const row name_state_rows[] = {
#define SCENE_W_NAME_STATE(sym, word) { word, SCENE_NAME_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_NAME_STATE
};

static const row phase_rows[] = {
#define SCENE_W_PHASE(sym, word) { word, SCENE_PHASE_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_PHASE
};

static const row see_rows[] = {
#define SCENE_W_SEE(sym, word) { word, SCENE_SEE_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_SEE
};

static const row do_rows[] = {
#define SCENE_W_DO(sym, word) { word, SCENE_DO_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_DO
};

static const row host_do_rows[] = {
#define SCENE_W_HOST_DO(sym, word) { word, SCENE_DO_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_HOST_DO
};

static const row program_kind_rows[] = {
#define SCENE_W_PROGRAM_KIND(sym, word) { word, SCENE_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_PROGRAM_KIND
};

static const row host_kind_rows[] = {
#define SCENE_W_HOST_KIND(sym, word) { word, SCENE_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_HOST_KIND
};

static const row record_rows[] = {
#define SCENE_W_RECORD(sym, word) { word, NBT_NBSTATE_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_RECORD
};

static const row keep_rows[] = {
#define SCENE_W_KEEP(sym, word) { word, RC_KEEP_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_KEEP
};

static const row only_rows[] = {
#define SCENE_W_ONLY(sym, word) { word, SCENE_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_ONLY
};

static const row invariant_rows[] = {
#define SCENE_W_INVARIANT(sym, word) { word, SCENE_INV_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_INVARIANT
};

static const row service_rows[] = {
#define SCENE_W_SERVICE(sym, word) { word, SCENE_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_SERVICE
};

static const row verb_rows[] = {
#define SCENE_W_VERB(sym, word, args) { word, NBT_NCB_##sym },
#include "tools/scene/words.def"
#undef SCENE_W_VERB
};

#define SCENE_W_HARM(sym, word) ", " word
static const char harm_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_HARM

#define SCENE_W_FIELD(sym, word) ", " word
static const char field_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_FIELD

#define SCENE_W_NAME_STATE(sym, word) ", " word
static const char name_state_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_NAME_STATE

#define SCENE_W_PHASE(sym, word) ", " word
static const char phase_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_PHASE

#define SCENE_W_SEE(sym, word) ", " word
static const char see_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_SEE

#define SCENE_W_DO(sym, word) ", " word
static const char do_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_DO

#define SCENE_W_HOST_DO(sym, word) ", " word
static const char host_do_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_HOST_DO

#define SCENE_W_PROGRAM_KIND(sym, word) ", " word
static const char program_kind_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_PROGRAM_KIND

#define SCENE_W_HOST_KIND(sym, word) ", " word
static const char host_kind_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_HOST_KIND

#define SCENE_W_RECORD(sym, word) ", " word
static const char record_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_RECORD

#define SCENE_W_KEEP(sym, word) ", " word
static const char keep_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_KEEP

#define SCENE_W_ONLY(sym, word) ", " word
static const char only_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_ONLY

#define SCENE_W_INVARIANT(sym, word) ", " word
static const char invariant_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_INVARIANT

#define SCENE_W_SERVICE(sym, word) ", " word
static const char service_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_SERVICE

#define SCENE_W_VERB(sym, word, args) ", " word
static const char verb_all[] =
#include "tools/scene/words.def"
    ;
#undef SCENE_W_VERB

#define SET(rows, all)                                                                             \
    {                                                                                              \
        rows, sizeof(rows) / sizeof((rows)[0]), (all) + 2                                          \
    }

static const struct {
    const row *rows;
    size_t n;
    const char *all;
} sets[] = {
    [SCENE_SET_HARM] = SET(harm_rows, harm_all),
    [SCENE_SET_FIELD] = SET(field_rows, field_all),
    [SCENE_SET_NAME_STATE] = SET(name_state_rows, name_state_all),
    [SCENE_SET_PHASE] = SET(phase_rows, phase_all),
    [SCENE_SET_SEE] = SET(see_rows, see_all),
    [SCENE_SET_DO] = SET(do_rows, do_all),
    [SCENE_SET_HOST_DO] = SET(host_do_rows, host_do_all),
    [SCENE_SET_PROGRAM_KIND] = SET(program_kind_rows, program_kind_all),
    [SCENE_SET_HOST_KIND] = SET(host_kind_rows, host_kind_all),
    [SCENE_SET_RECORD] = SET(record_rows, record_all),
    [SCENE_SET_KEEP] = SET(keep_rows, keep_all),
    [SCENE_SET_ONLY] = SET(only_rows, only_all),
    [SCENE_SET_INVARIANT] = SET(invariant_rows, invariant_all),
    [SCENE_SET_SERVICE] = SET(service_rows, service_all),
    [SCENE_SET_VERB] = SET(verb_rows, verb_all),
};

const char *scene_word(scene_set set, unsigned value)
{
    for (size_t i = 0; i < sets[set].n; i++) {
        if (sets[set].rows[i].value == value)
            return sets[set].rows[i].word;
    }
    return "?";
}

bool scene_word_find(scene_set set, const char *p, size_t n, unsigned *value)
{
    for (size_t i = 0; i < sets[set].n; i++) {
        const char *word = sets[set].rows[i].word;
        if (strlen(word) == n && memcmp(word, p, n) == 0) {
            *value = sets[set].rows[i].value;
            return true;
        }
    }
    return false;
}

const char *scene_word_all(scene_set set)
{
    return sets[set].all;
}

const char *scene_verb_args(unsigned verb)
{
    switch (verb) {
#define SCENE_W_VERB(sym, word, args)                                                              \
    case NBT_NCB_##sym:                                                                            \
        return args;
#include "tools/scene/words.def"
#undef SCENE_W_VERB
    }
    return "";
}

const scene_unit scene_units[SCENE_UNITS] = {
    { "d", NBT_S(86400) }, { "h", NBT_S(3600) }, { "m", NBT_S(60) },
    { "s", NBT_S(1) },     { "ms", NBT_MS(1) },  { "us", 1 },
};
