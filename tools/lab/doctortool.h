/*
 * `nbtlab doctor`: what is wrong with this machine's NetBIOS and its network, and what helps.
 */
#ifndef LAB_DOCTORTOOL_H
#define LAB_DOCTORTOOL_H

/* Looks as argv says (argv[0] is "nbtlab doctor"). The exit status: HOST_FOUND for any fault. */
int lab_doctortool(int argc, char **argv);

#endif
