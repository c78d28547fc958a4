/*
 * Scenario files: read whole, parsed and checked, and what is wrong with them told to the user.
 */
#ifndef LAB_SCENEFILE_H
#define LAB_SCENEFILE_H

#include "tools/host/err.h"
#include "tools/scene/err.h"

/*
 * Reads the scenario in the file `path` ("-": standard input), parses and checks it. False: either
 * the file could not be read, and `err` says so (HOST_SYSTEM); or the scenario is wrong, `errs` has
 * what is, and `err` one line for the user (HOST_FOUND). `*s` is to be freed in any case.
 */
bool lab_scenefile_load(const char *path, scene *s, scene_errs *errs, host_err *err);

/* Prints each error as "PATH:LINE:COLUMN: ...", a line each, on standard error. */
void lab_scenefile_complain(const char *path, const scene_errs *errs);

#endif
