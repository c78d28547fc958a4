/*
 * What somebody who wrote a word of no list may have meant.
 */
#ifndef SCENE_NEAR_H
#define SCENE_NEAR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Goes through the words behind "one of " in `list`, which have a comma and a space between them,
 * and looks for those that n characters at `p` are nearest to: letters missing, too many, changed,
 * or two in the wrong order. Of a key, what stands before its = counts.
 *
 * True: some are so near that they will have been meant, and `to` has them, as a list of the same
 * kind or a word alone.
 */
bool scene_near(const char *p, size_t n, const char *list, char *to, size_t cap);

#endif
