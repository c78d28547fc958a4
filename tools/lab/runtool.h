/*
 * `nbtlab run`: scenarios, run on the simulated network or in a real one.
 */
#ifndef LAB_RUNTOOL_H
#define LAB_RUNTOOL_H

#include "nbt/nbns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAB_RUN_JOBS = 8, LAB_RUN_JOBS_MAX = 64, LAB_RUN_ALLOWED_MAX = 8 };

/* What the user wants. */
typedef struct lab_run_plan {
    char **file;
    size_t n;
    bool simulate, live;
    const char *interface; /* live: beside real machines, here; NULL: in namespaces */
    const char *bridge;    /* live: beside real machines, plugged in there; NULL: not */
    const char *tap;       /* the same, by a tap that is there */
    nbt_subnet allowed[LAB_RUN_ALLOWED_MAX]; /* that may be disturbed */
    size_t nallowed;
    size_t jobs;          /* live: scenarios side by side */
    uint64_t first, last; /* seeds */
    bool seeded;          /* they were said */
    const char *capture;  /* where the frames go; NULL: nowhere */
    bool json, verbose, ladder;
} lab_run_plan;

/* The subcommand's main. Returns the exit status. */
int lab_runtool(int argc, char **argv);

/* On the simulated network. */
int lab_run_simulated(const lab_run_plan *plan);

/* For real, in namespaces that are made for it, which may be plugged into a bridge. Nothing starts
 * if any of them cannot be. */
int lab_run_live(const lab_run_plan *plan);

/* One scenario for real, on an interface beside real machines. */
int lab_run_beside(const lab_run_plan *plan);

/* The status of two runs: trouble says more than a failure, and a failure more than an interrupt.
 */
int lab_run_worse(int a, int b);

#endif
