/*
 * What the files of the check share: each looks at one kind of lines and reports what cannot be.
 */
#ifndef SCENE_CHECK_IMPL_H
#define SCENE_CHECK_IMPL_H

#include "tools/scene/check.h"
#include "tools/scene/words.h"

typedef struct scene_checker {
    const scene *s;
    scene_errs *errs;
} scene_checker;

/* Reports that `found` cannot be. */
void scene_deny(scene_checker *c, scene_pos pos, const char *found, const char *why,
                const char *expected);

/* The same of an address. */
void scene_deny_ip(scene_checker *c, scene_pos pos, uint32_t ip, const char *why,
                   const char *expected);

/* That the check itself could not be made: a place that no line has. */
void scene_deny_memory(scene_checker *c);

/* check.c */
/* The host that has an address, SCENE_NOBODY if none has. */
uint16_t scene_host_at(const scene *s, uint32_t ip);
/* Whether a host is of a kind; else it is reported at `pos`. */
bool scene_must_be(scene_checker *c, scene_pos pos, uint16_t host, scene_host_kind kind,
                   const char *why);

/* check_step.c */
void scene_check_steps(scene_checker *c);
void scene_check_faults(scene_checker *c);

/* check_expect.c */
/* What no run of this scenario could show, whatever happens in it. `never`: it need not be seen. */
void scene_check_sight(scene_checker *c, scene_pos pos, const scene_sight *sight, bool never);
void scene_check_pattern(scene_checker *c, scene_pos pos, const scene_pattern *p);
void scene_check_expects(scene_checker *c);

#endif
