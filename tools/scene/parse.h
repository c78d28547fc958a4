/*
 * A scenario's text, read. What it says is in scene.h's outline.
 */
#ifndef SCENE_PARSE_H
#define SCENE_PARSE_H

#include "tools/scene/err.h"

/*
 * Reads a scenario into `*s`, which is to be freed in any case. False: `*errs` has what is wrong
 * with the text; behind an error reading goes on with the next line, so that there can be several.
 * Without memory the error is one without a place, at 0:0.
 *
 * True says that the text could be read, not that what it says can be: scene_check does that.
 */
bool scene_parse(nbt_mem mem, const char *text, size_t len, scene *s, scene_errs *errs);

#endif
