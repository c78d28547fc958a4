/*
 * Whether a scenario can be: what it says is looked at as a whole, before anything is started.
 */
#ifndef SCENE_CHECK_H
#define SCENE_CHECK_H

#include "tools/scene/err.h"

/*
 * Checks a scene that parse.h has read, or that was made otherwise. False: `*errs` says what cannot
 * be, with its place in the file (0:0 in a scene that has no file).
 */
bool scene_check(const scene *s, scene_errs *errs);

#endif
