/*
 * What all of the lab's commands ask: where the programs are, what time it is, what an event says.
 */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include <jansson.h>
#include <stdbool.h>

/*
 * The folder of this program. To be asked before the sandbox is entered: inside, a program that
 * came from outside has no path that can be relied on.
 */
bool lab_folder(char *buf, size_t cap);

/* The text under a key of an event or a result, "" if there is none. */
const char *lab_text(const json_t *object, const char *key);

/* The time as capture files have it: microseconds since 1970. */
int64_t lab_clock(void);

#endif
