/*
 * Scenario files: read whole, parsed and checked, and what is wrong with them told to the user.
 */
#ifndef LAB_SCENEFILE_H
#define LAB_SCENEFILE_H

#include "tools/host/err.h"
#include "tools/scene/err.h"

#include <limits.h>

/*
 * Reads the scenario in the file `path` ("-": standard input), parses and checks it. False: either
 * the file could not be read, and `err` says so (HOST_SYSTEM); or the scenario is wrong, `errs` has
 * what is, and `err` one line for the user (HOST_FOUND). `*s` is to be freed in any case.
 */
bool lab_scenefile_load(const char *path, scene *s, scene_errs *errs, host_err *err);

/* Prints each error as "PATH:LINE:COLUMN: ...", a line each, on standard error. */
void lab_scenefile_complain(const char *path, const scene_errs *errs);

/*
 * The folder of the scenarios that come with nbtlab, which lies beside the programs: where they are
 * installed, or where they are built. To be asked before a sandbox is entered. False: `err` says
 * what is not there.
 */
bool lab_scenefile_catalogue(char path[PATH_MAX], host_err *err);

#endif
