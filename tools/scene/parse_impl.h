/*
 * What the files of the parser share: statements, each read by its function, which begins behind
 * the statement's own word.
 */
#ifndef SCENE_PARSE_IMPL_H
#define SCENE_PARSE_IMPL_H

#include "tools/scene/parse.h"
#include "tools/scene/read.h"

/* Whether this line's entry was entered; if so, which one it is. */
bool scene_entry_here(scene_rd *r, scene_ref ref, uint32_t *entry);

/* parse_thing.c */
bool scene_parse_network(scene_rd *r);
bool scene_parse_computer(scene_rd *r);
bool scene_parse_server(scene_rd *r);
bool scene_parse_host(scene_rd *r);
bool scene_parse_lmhosts(scene_rd *r);
bool scene_parse_link(scene_rd *r, nbt_simlink *link);

/* parse_program.c */
bool scene_parse_program(scene_rd *r);
bool scene_parse_echo(scene_rd *r);
bool scene_parse_sink(scene_rd *r);
bool scene_parse_service(scene_rd *r);
bool scene_parse_agent(scene_rd *r);
bool scene_parse_viewer(scene_rd *r);

/* parse_sight.c */
bool scene_parse_pattern(scene_rd *r, scene_pattern *p);
bool scene_parse_sight(scene_rd *r, scene_sight *sight);
bool scene_parse_expect(scene_rd *r);
bool scene_parse_never(scene_rd *r);

/* What nbtdump prints before a message: number, time, from > to, all or none of it; false: it
 * begins so, and is something else. The ports of both are 0 where there is none. */
bool scene_parse_dumped(scene_rd *r, bool *there, nbt_ep *from, nbt_ep *to);

/* parse_step.c */
bool scene_parse_at(scene_rd *r);
bool scene_parse_await(scene_rd *r);
bool scene_parse_fault(scene_rd *r);
/* The word behind `at`, its time and its other keys. */
void scene_skip_at(scene_rd *r);

#endif
