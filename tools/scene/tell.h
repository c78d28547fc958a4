/*
 * What a person reads of a run that did not go as expected: what was expected, what came nearest,
 * and what happened around it.
 */
#ifndef SCENE_TELL_H
#define SCENE_TELL_H

#include "capture/buf.h"
#include "tools/scene/log.h"
#include "tools/scene/script.h"
#include "tools/scene/simbook.h"

/*
 * Adds the paragraph of expectation `i`, which was not held, behind "FILE:LINE: ". The log may be
 * NULL, and then nothing of what happened is told.
 */
void scene_tell_expect(cap_buf *to, const char *file, const scene *s, const scene_judge *j,
                       const scene_log *log, uint32_t i);

/* The same of the await that the script has missed. */
void scene_tell_missed(cap_buf *to, const char *file, const scene_script *k, const scene_log *log);

/* What must not be, and was; `end`: of the run. */
void scene_tell_breach(cap_buf *to, const char *file, const scene *s, scene_invariant what,
                       const scene_breach *b, nbt_time end);

/* What a driver did wrong with control blocks and sessions, the first time. */
void scene_tell_fault(cap_buf *to, const char *file, const scene *s, simbook_fault fault,
                      const simbook_entry *e);

/* All of a log, a line each: "   2.750000  CONSOLE > all: registration-request ...". */
void scene_tell_log(cap_buf *to, const scene_log *log);

#endif
