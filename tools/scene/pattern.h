/*
 * Whether a message fits a pattern of a scenario: what expectations look for and what faults act
 * upon. Every word that stands in the pattern must stand in the message's text form (nbt/text.h);
 * what the pattern does not say is not asked for.
 */
#ifndef SCENE_PATTERN_H
#define SCENE_PATTERN_H

#include "nbt/msg.h"
#include "rc/text.h"
#include "tools/scene/scene.h"

/* A message on its way, of whatever wire. Borrowed. */
typedef struct scene_sent {
    nbt_ep from, to;
    bool broadcast; /* it is for all on the sender's network */
    const nbt_msg *msg;
    const rc_packet *rc; /* of remote control: there is no `msg` */
} scene_sent;

/* The text form of a message, either kind: its first word, static; and all, as nbt_text_print. */
const char *scene_sent_kind(const scene_sent *sent);
size_t scene_sent_print(const scene_sent *sent, char *to, size_t cap);

bool scene_pattern_fits(const scene *s, const scene_pattern *p, const scene_sent *sent);

/*
 * How much of a pattern a message has that does not fit it: for saying what came nearest. Counts
 * the ends, the kind, the name and the words that are right.
 */
unsigned scene_pattern_agrees(const scene *s, const scene_pattern *p, const scene_sent *sent);

#endif
