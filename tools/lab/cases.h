/*
 * The reproduction of article Q200832: its cases, each a scenario that is played in a lab of its
 * own, and what must come out of each.
 */
#ifndef LAB_CASES_H
#define LAB_CASES_H

#include "tools/host/err.h"
#include "tools/scene/scene.h"

#include <jansson.h>

/* What every case is run with. All borrowed. */
typedef struct lab_options {
    const char *out;       /* folder of the captures and the report */
    const char *programs;  /* folder of nbtd, rcagent and rcview */
    const char *scenarios; /* folder of the scenario files */
    const char *profile;   /* timing of every computer whose line says none: of nbt/profile.def */
} lab_options;

typedef enum lab_claim { LAB_CLAIM_EACH_ATTEMPT, LAB_CLAIM_HELD, LAB_CLAIMS } lab_claim;

const char *lab_claim_word(lab_claim claim); /* "each-attempt", "held" */

/* One case: a row of cases.def, which says what the letters of `expect` are. */
typedef struct lab_case {
    const char *name, *asked, *article;
    const char *expect[LAB_CLAIMS];
} lab_case;

size_t lab_case_count(void);
const lab_case *lab_case_at(size_t i);
const lab_case *lab_case_find(const char *name);

/*
 * Its scenario under a model of claiming, with the profile that is asked for. False: there is none
 * that can be, after a line on standard error. To be freed with scene_free in any case.
 */
bool lab_case_load(const lab_case *c, lab_claim claim, const lab_options *opt, scene *s,
                   host_err *err);

/*
 * Runs a case in the calling process, which must be inside the sandbox with a network of its own
 * (lab_sandbox_split). The result is what the report prints and --json gives out: an object with
 * case, claim, profile, asked, article, capture, frames, obtained, expected, agrees, deviations and
 * notes (texts), told (a text, of a scenario that did not hold: what came nearest), proof (the
 * messages that the scenario expects: packets as objects of frame, what, by, to and rcode, in the
 * order of the file), depends (a text, where the outcome differs between the models), seconds, and
 * attempts: objects with viewer, host, client, protocols, ok, over, outcome, and of a refused one
 * ncb, retcode, nrc, said, then packets (on the wire about the name meanwhile) or frame, by, rcode
 * (of the packet that refused).
 *
 * A new reference; a case that could not be carried out has a deviation that says why.
 */
json_t *lab_case_run(const lab_case *c, lab_claim claim, const scene *s, const lab_options *opt);

#endif
