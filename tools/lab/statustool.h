/*
 * `nbtlab status` and `nbtlab exec`: a running lab looked at, and programs run on its computers.
 */
#ifndef LAB_STATUSTOOL_H
#define LAB_STATUSTOOL_H

/* The subcommands' mains. They return the exit status. */
int lab_status(int argc, char **argv);
int lab_exec(int argc, char **argv);

#endif
