/*
 * What is wrong with a scenario: where, what was found there, why it cannot be, and what could
 * stand there.
 */
#ifndef SCENE_ERR_H
#define SCENE_ERR_H

#include "tools/scene/scene.h"

enum { SCENE_ERRS_MAX = 20, SCENE_FOUND_MAX = 64, SCENE_WHY_MAX = 192, SCENE_COULD_MAX = 1024 };

/* What does not fit is cut, and ends in three dots. */
typedef struct scene_err {
    scene_pos pos;
    char found[SCENE_FOUND_MAX];    /* as it stands in the file; "" at the end of a line */
    char why[SCENE_WHY_MAX];        /* "there is no host of that name" */
    char expected[SCENE_COULD_MAX]; /* "one of FRED, LISA"; "" if there is nothing to advise */
} scene_err;

/* The first SCENE_ERRS_MAX, in the order of the file. */
typedef struct scene_errs {
    scene_err at[SCENE_ERRS_MAX];
    uint32_t n;
    uint32_t more; /* that had no room */
} scene_errs;

/*
 * Enters an error in its place, behind others of the same place. `found`: n characters. When the
 * list is full, the last of it in the order of the file is only counted.
 */
void scene_errs_add(scene_errs *errs, scene_pos pos, const char *found, size_t n, const char *why,
                    const char *expected);

/* Room for the text of an error with its NUL. */
enum { SCENE_ERR_STR_MAX = SCENE_FOUND_MAX + SCENE_WHY_MAX + SCENE_COULD_MAX + 64 };

/* "12:5: \"FRDE\": there is no host of that name; expected one of FRED, LISA" */
size_t scene_err_print(const scene_err *err, char *buf, size_t cap);

#endif
