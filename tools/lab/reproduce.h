/*
 * Runs cases of the reproduction side by side, each in a process and a lab of its own, and gathers
 * their results.
 */
#ifndef LAB_REPRODUCE_H
#define LAB_REPRODUCE_H

#include "tools/lab/cases.h"

typedef struct lab_plan {
    lab_options options;
    const char *const *names; /* of the cases; NULL: all of them */
    size_t nnames;
    bool claims[LAB_CLAIMS]; /* which models */
    unsigned jobs;           /* how many at a time; at least 1 */
    bool json;               /* the results as JSON on standard output, instead of the table */
} lab_plan;

/*
 * Reads the scenarios of the cases, enters a sandbox and runs the plan there; shows its progress on
 * standard error, prints the table on standard output and leaves captures and report.txt in the
 * folder. The exit status: HOST_OK only if every case came out as expected.
 */
int lab_reproduce(const lab_plan *plan);

#endif
