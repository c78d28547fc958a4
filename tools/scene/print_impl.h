/*
 * What the files of the printer share.
 */
#ifndef SCENE_PRINT_IMPL_H
#define SCENE_PRINT_IMPL_H

#include "tools/scene/print.h"
#include "tools/scene/words.h"

/* " key=" and then a value. */
void scene_put_key(scene_put *o, const char *key);
void scene_put_key_time(scene_put *o, const char *key, nbt_time t);
void scene_put_key_dec(scene_put *o, const char *key, uint64_t v);

/* A text as a word: in quotes where it needs them. */
void scene_put_bare(scene_put *o, const char *text);

/* The keys of a link that differ from another. */
void scene_put_link(scene_put *o, const nbt_simlink *link, const nbt_simlink *other);

/* Lines of networks, hosts and programs, each with its end. */
void scene_put_things(scene_put *o, const scene *s);

#endif
