/*
 * `nbtlab run`: scenarios, run on the simulated network or in a real one.
 */
#ifndef LAB_RUNTOOL_H
#define LAB_RUNTOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the user wants. */
typedef struct lab_run_plan {
    char **file;
    size_t n;
    bool simulate;
    uint64_t first, last; /* seeds */
    bool seeded;          /* they were said */
    const char *capture;  /* where the frames go; NULL: nowhere */
    bool json, verbose;
} lab_run_plan;

/* The subcommand's main. Returns the exit status. */
int lab_runtool(int argc, char **argv);

/* On the simulated network. */
int lab_run_simulated(const lab_run_plan *plan);

#endif
