/*
 * The words of the scenario language (words.def), found and told: one table for who reads them and
 * who prints them.
 */
#ifndef SCENE_WORDS_H
#define SCENE_WORDS_H

#include "tools/scene/scene.h"

typedef enum scene_set {
    SCENE_SET_HARM,
    SCENE_SET_FIELD,
    SCENE_SET_NAME_STATE,
    SCENE_SET_PHASE,
    SCENE_SET_SEE,
    SCENE_SET_DO,
    SCENE_SET_HOST_DO,
    SCENE_SET_PROGRAM_KIND,
    SCENE_SET_HOST_KIND,
    SCENE_SET_RECORD,
    SCENE_SET_KEEP,
    SCENE_SET_ONLY,
    SCENE_SET_INVARIANT,
    SCENE_SET_SERVICE,
    SCENE_SET_VERB,
} scene_set;

/* The word for a value of the set, "?" if it has none. Static text. */
const char *scene_word(scene_set set, unsigned value);

/* The value of a word; false if the set has no such word. */
bool scene_word_find(scene_set set, const char *p, size_t n, unsigned *value);

/* All words of a set, with a comma and a space between them. Static text. */
const char *scene_word_all(scene_set set);

/* What follows a program's verb (words.def); "" for one that has none. Static text. */
const char *scene_verb_args(unsigned verb);

/* The units of time, the longest first; us ends them. */
typedef struct scene_unit {
    char word[4];
    nbt_time us;
} scene_unit;

enum { SCENE_UNITS = 6 };

extern const scene_unit scene_units[SCENE_UNITS];

#endif
