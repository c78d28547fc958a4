/*
 * Scenes for tests: read from text, compared, and made up from a seed.
 */
#ifndef TESTS_SUPPORT_SCENES_H
#define TESTS_SUPPORT_SCENES_H

#include "tests/support/mem.h"
#include "tools/scene/err.h"

/* Reads a scenario that must be readable and can be. */
void scenes_read(nbt_mem mem, const char *text, size_t len, scene *s);

/* A file of the project, its path from the root; to be given back with free(). */
char *scenes_file(const char *path, size_t *len);

/* The text of a scene; to be given back with free(). */
char *scenes_text(const scene *s, size_t *len);

/* What of two scenes differs first, but for where it stands in a file; NULL: nothing. Static text.
 */
const char *scenes_differ(const scene *a, const scene *b);

/* A scene that can be printed, of any things, steps, faults and expectations. */
void scenes_invent(nbt_rng *rng, nbt_mem mem, scene *s);

#endif
