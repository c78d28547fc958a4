/*
 * Scenarios as text: what parse.h reads. parse(print(s)) is s again, but for where things stand.
 */
#ifndef SCENE_PRINT_H
#define SCENE_PRINT_H

#include "tools/scene/put.h"
#include "tools/scene/scene.h"

/*
 * Prints a whole scenario. Returns the length that the text has; when that is >= cap, only cap - 1
 * characters and the NUL were written. cap 0 writes nothing.
 *
 * Lines are told apart from each other by their order: expectations that count from a step must be
 * in the order of these steps, and faults that begin with a step in the order of those. In texts an
 * end of line becomes a space.
 */
size_t scene_print(const scene *s, char *buf, size_t cap);

/* Pieces of it, for reports: without an end of line. */
void scene_put_step(scene_put *o, const scene *s, const scene_step *step);
void scene_put_sight(scene_put *o, const scene *s, const scene_sight *sight);
void scene_put_pattern(scene_put *o, const scene *s, const scene_pattern *p);
void scene_put_fault(scene_put *o, const scene *s, const scene_fault *f);
void scene_put_expect(scene_put *o, const scene *s, const scene_expect *e);

/* 10.0.0.0/24. */
void scene_put_subnet(scene_put *o, uint32_t ip, uint32_t mask);

/* A line of a computer's LMHOSTS, as it stands in such a file. */
void scene_put_lmhost(scene_put *o, const nbt_lmhost *h);

#endif
