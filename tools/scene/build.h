/*
 * From what a scenario says to the objects that it means: what the simulated run, the exploration
 * and the live run share of that.
 */
#ifndef SCENE_BUILD_H
#define SCENE_BUILD_H

#include "nbt/computer.h"
#include "nbt/nbdd.h"
#include "nbt/own.h"
#include "tools/scene/scene.h"

/* The last address of a network. */
uint32_t scene_build_broadcast(const scene_network *n);

/* The i-th adapter of a computer: LANA i. Its LMHOSTS are borrowed from the scene. */
void scene_build_lana(const scene *s, const scene_host *h, uint8_t i, nbt_lana_cfg *lana);

/* What a computer's services want it to answer in their stead. How many rules these are. */
enum { SCENE_RULES_MAX = 32 };
size_t scene_build_rules(const scene *s, const scene_host *h, nbt_rule rules[SCENE_RULES_MAX]);

/* A computer, a name server, not yet on any network. NULL without memory. */
nbt_computer *scene_build_computer(nbt_mem mem, const scene *s, const scene_host *h, uint64_t seed);
nbt_nbns *scene_build_server(nbt_mem mem, const scene *s, const scene_host *h, uint64_t seed,
                             nbt_time now);

/* The distribution server beside it, whose records it reads. NULL without memory. */
nbt_nbdd *scene_build_nbdd(nbt_mem mem, const scene *s, const scene_host *h,
                           const nbt_nbns *server);

/* A computer's own names, to be claimed. */
void scene_build_own(const scene_host *h, nbt_own *own);

/*
 * A viewer, an agent: as the scene has it, and where that does not say what its machine is called,
 * with the computer's name. A real one knows that, whatever has become of the NetBIOS names.
 */
rc_viewer_cfg scene_build_viewer(const scene *s, const scene_program *p);
rc_agent_cfg scene_build_agent(const scene *s, const scene_program *p);

/* A server's name becomes static, is deleted, or the server is frozen or thawed: what the steps
 * STATIC, FORGET, FREEZE and THAW want of it. */
nbt_nbns_cmd scene_build_order(const scene_step *step);

/*
 * The control block of a step NCB as its program submits it: on the program's adapter, and in its
 * session `lsn`, which the last CALL or LISTEN that succeeded has given it.
 */
nbt_ncb scene_build_ncb(const scene *s, const scene_step *step, uint16_t lsn);

/* What is sent with it; it is the step's. */
nbt_bytes scene_build_data(const scene_step *step);

#endif
