/*
 * A scene on another network than the one that its file says.
 */
#ifndef SCENE_MOVE_H
#define SCENE_MOVE_H

#include "nbt/nbns.h"
#include "tools/scene/scene.h"

/*
 * Moves one of its networks: of each address on it the part that tells hosts apart stays, in hosts,
 * in their name servers and LMHOSTS; steps and expectations are left as they are. False: that part
 * of `host` (its number) has no room there, or is everybody's or nobody's; nothing is moved then.
 */
bool scene_move(scene *s, uint16_t network, const nbt_subnet *to, uint32_t *host);

#endif
