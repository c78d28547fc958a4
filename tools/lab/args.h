/*
 * The command lines that a scenario's hosts and programs mean, and what of a scenario has none.
 */
#ifndef LAB_ARGS_H
#define LAB_ARGS_H

#include "tools/scene/scene.h"

enum { LAB_ARGS_MAX = 48, LAB_ARGS_TEXT = 4096 };

/* Words of a command line. One that has no room makes `full`. */
typedef struct lab_args {
    const char *at[LAB_ARGS_MAX + 1]; /* NULL behind the last */
    unsigned n;
    char text[LAB_ARGS_TEXT];
    size_t used;
    bool full;
} lab_args;

/* Such words as they are, up to a NULL. */
void lab_args_words(lab_args *a, const char *const *words);

/* nbtd as a computer of the scenario: its programs find it at `socket`, and `lmhosts` is the path
 * of a file that has its lines, NULL if it has none. `interface`: the only one that it has; NULL:
 * eth0.. of its namespace. */
void lab_args_computer(lab_args *a, const scene *s, const scene_host *h, const char *interface,
                       const char *socket, const char *lmhosts);

/* nbtd as a name server of it, which keeps nothing. */
void lab_args_server(lab_args *a, const scene_host *h, const char *interface, const char *socket);

/* Either of them has a clock that jumps when its standard input says so. */
void lab_args_clock(lab_args *a);

/* Whether a program has files, and so needs a folder. */
bool lab_args_has_files(const scene_program *p);

/* rcview, rcagent. `folder` has their files; NULL for a program that has none. */
void lab_args_viewer(lab_args *a, const scene *s, const scene_program *p, const char *driver,
                     const char *folder);
void lab_args_agent(lab_args *a, const scene *s, const scene_program *p, const char *driver,
                    const char *folder);

/*
 * Where a scenario asks for what cannot be done for real, and why, in a few words; NULL if it does
 * not. Static text.
 */
const char *lab_args_refuse(const scene *s, scene_pos *where);

/* Which hosts are played beside real machines: at an interface the one that has its address; at a
 * bridge all but those that are a `host` that says nothing by itself, neither as an nmbd nor by a
 * step. */
typedef struct lab_args_side {
    bool bridge;
    uint16_t here; /* at an interface */
} lab_args_side;

bool lab_args_is_played(const scene *s, const lab_args_side *side, uint16_t host);

/* lab_args_refuse for a scenario of which the other hosts are real machines, whom nobody rules
 * over.
 */
const char *lab_args_refuse_beside(const scene *s, const lab_args_side *side, scene_pos *where);

/* Where a scenario disturbs whoever is on its network: by messages made up by hand, faults, links
 * that change or are bad. False: it does not. */
bool lab_args_disturbs(const scene *s, scene_pos *where);

#endif
