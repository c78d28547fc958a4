/*
 * What has happened in a run, as lines: kept where somebody wants to be told of it. For every
 * expectation that did not come it knows what came nearest.
 */
#ifndef SCENE_LOG_H
#define SCENE_LOG_H

#include "tools/scene/event.h"

#define SCENE_LINE_NONE UINT32_MAX

typedef struct scene_line {
    nbt_time at;
    bool message;   /* and not something that a host or program came to */
    uint16_t from;  /* of a message: a host; else whose line it is; SCENE_NOBODY: none of ours */
    uint16_t to;    /* of a message: a host, SCENE_EVERYBODY or SCENE_NOBODY */
    bool lost;      /* nobody got it */
    size_t about;   /* of a message: where in the text it begins, behind who says it to whom */
    uint64_t frame; /* of a message, if it has one */
    size_t text, n; /* in the log's text */
} scene_line;

typedef struct scene_log scene_log;

/* NULL: no memory. The scene is borrowed. */
scene_log *scene_log_new(nbt_mem mem, const scene *s);
void scene_log_free(scene_log *l);

/*
 * Keeps an event as a line, if it is one that people want to read: messages, what programs got and
 * came to, hosts that come and go. Without memory it is left out.
 */
void scene_log_event(scene_log *l, const scene_event *ev);

uint32_t scene_log_count(const scene_log *l);
const scene_line *scene_log_at(const scene_log *l, uint32_t i);
const char *scene_log_text(const scene_log *l, uint32_t i); /* scene_line.n characters, no NUL */

/*
 * The line that came nearest to what a sight is of: of messages, the one that agrees in most parts;
 * else the last such of its program. `index`: an expectation. SCENE_LINE_NONE: none came near.
 */
uint32_t scene_log_nearest(const scene_log *l, uint32_t index);

#endif
