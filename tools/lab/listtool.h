/*
 * `nbtlab list`: which scenarios there are, and what they are about.
 */
#ifndef LAB_LISTTOOL_H
#define LAB_LISTTOOL_H

/* The subcommand's main. Returns the exit status. */
int lab_list(int argc, char **argv);

#endif
