/*
 * The reproduction of article Q200832: its cases, each run in a lab of its own, and what must come
 * out of each.
 */
#ifndef LAB_CASES_H
#define LAB_CASES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* What every case is run with. All borrowed. */
typedef struct lab_options {
    const char *out;      /* folder of the captures and the report */
    const char *programs; /* folder of nbtd, rcagent and rcview */
    const char *profile;  /* timing of every computer: a name of nbt/profile.def */
} lab_options;

typedef enum lab_claim { LAB_CLAIM_EACH_ATTEMPT, LAB_CLAIM_HELD, LAB_CLAIMS } lab_claim;

const char *lab_claim_word(lab_claim claim); /* "each-attempt", "held" */

enum { LAB_ATTEMPTS_MAX = 5 };

/*
 * One case. What must come out of its attempts is a letter for each, by model of claiming: N a
 * NetBIOS session, T a TCP session, D refused with NRC_DUPNAME, I with NRC_INUSE, C with
 * NRC_NAMCONF, L refused by the console's limit of sessions.
 */
typedef struct lab_case lab_case;

size_t lab_case_count(void);
const lab_case *lab_case_at(size_t i);
const lab_case *lab_case_find(const char *name);

const char *lab_case_name(const lab_case *c);
const char *lab_case_asked(const lab_case *c);

/*
 * Runs a case in the calling process, which must be inside the sandbox with a network of its own
 * (lab_sandbox_split). The result is what the report prints and --json gives out: an object with
 * case, claim, profile, asked, article, capture, frames, obtained, expected, agrees, deviations and
 * notes (texts), proof (of a case with a name
 * server: packets as objects of frame, what, by, to and rcode, in their order), depends (a text,
 * where the outcome differs between the models), seconds, and attempts: objects with viewer, host,
 * client, protocols, ok, over, outcome, and of a refused one ncb, retcode, nrc, said, then packets
 * (on the wire about the name meanwhile) or frame, by, rcode (of the packet that refused).
 *
 * A new reference; a case that could not be carried out has a deviation that says why.
 */
json_t *lab_case_run(const lab_case *c, lab_claim claim, const lab_options *opt);

#endif
