/*
 * `nbtlab ncb`: control blocks typed by hand, or by a script, to a running driver.
 */
#ifndef LAB_NCBTOOL_H
#define LAB_NCBTOOL_H

/*
 * Runs the commands of argv (argv[0] is "ncb"), or those of standard input, one a line; prints each
 * with its return code and what it returned. The exit status: HOST_FAILED if a command failed.
 */
int lab_ncbtool(int argc, char **argv);

#endif
