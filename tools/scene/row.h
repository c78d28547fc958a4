/*
 * Rows made of single computers: as many of each as are asked for.
 */
#ifndef SCENE_ROW_H
#define SCENE_ROW_H

#include "tools/scene/err.h"
#include "tools/scene/scene.h"

/*
 * Makes each computer that is in no row a row of `count`, as if its line were `computer NAME%
 * count=N netbios=NETBIOS%`: numbered names, ascending addresses. What runs on it runs on the first
 * of them; what names it otherwise (steps, expectations, faults) is gone from the scene. Nothing is
 * done for one of each. What cannot be is for scene_check to say, but for a label with no room for
 * a number. False: there is one, or no memory.
 */
bool scene_repeat(scene *s, uint32_t count, scene_errs *errs);

#endif
