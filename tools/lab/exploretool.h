/*
 * `nbtlab explore`: everything that can happen in a small scenario.
 */
#ifndef LAB_EXPLORETOOL_H
#define LAB_EXPLORETOOL_H

/* The subcommand's main: options, the search, its result. Returns the exit status. */
int lab_exploretool(int argc, char **argv);

#endif
