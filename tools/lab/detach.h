/*
 * A program that goes on in the background once it has said that it is ready.
 */
#ifndef LAB_DETACH_H
#define LAB_DETACH_H

#include <stdbool.h>

/*
 * Runs something in a process and a session of its own, and passes on what it says, until a line of
 * its standard output is the one that is waited for: HOST_OK, and it goes on alone, heard by
 * nobody; or until it ends: its exit status.
 */
int lab_detach(int (*run)(const void *arg), const void *arg, bool (*ready)(const char *line));

#endif
