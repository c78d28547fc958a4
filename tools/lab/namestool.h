/*
 * `nbtlab names`: a running name server, looked at and changed by hand or by a script.
 */
#ifndef LAB_NAMESTOOL_H
#define LAB_NAMESTOOL_H

/*
 * Sends the request of argv (argv[0] is "names") to a name server's control socket and prints what
 * it answers. The exit status: HOST_FAILED if the request failed, HOST_DRIVER if no server is
 * there.
 */
int lab_namestool(int argc, char **argv);

#endif
