/*
 * Text put together in a buffer, as snprintf does it: what does not fit is counted and left out.
 */
#ifndef SCENE_PUT_H
#define SCENE_PUT_H

#include "nbt/name.h"

typedef struct scene_put {
    char *buf;
    size_t cap, len; /* len: of the whole text, without its NUL */
} scene_put;

/* cap 0 writes nothing. */
void scene_put_init(scene_put *o, char *buf, size_t cap);

void scene_put_n(scene_put *o, const char *p, size_t n);
void scene_put_str(scene_put *o, const char *s);
void scene_put_dec(scene_put *o, uint64_t v);
void scene_put_ip(scene_put *o, uint32_t ip);
void scene_put_name(scene_put *o, const nbt_name *name);
void scene_put_name16(scene_put *o, const uint8_t b[NBT_NAME_LEN]);

/* In the largest unit that makes a whole number of it: 250ms. */
void scene_put_time(scene_put *o, nbt_time t);

/* Of parts in a million: 0.5%. */
void scene_put_share(scene_put *o, uint32_t ppm);

/* In quotes, with \" and \\. */
void scene_put_quoted(scene_put *o, const char *text);

#endif
