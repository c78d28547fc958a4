/*
 * `nbtlab check`: scenario files looked at, but not run.
 */
#ifndef LAB_SCENETOOL_H
#define LAB_SCENETOOL_H

/* The commands; argv[0] is "nbtlab check". The exit status. */
int lab_check(int argc, char **argv);

#endif
