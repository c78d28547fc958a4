/*
 * `nbtlab watch`: looks at a network, sends nothing, and tells what goes wrong with names while it
 * does.
 */
#ifndef LAB_WATCHTOOL_H
#define LAB_WATCHTOOL_H

/*
 * Watches as argv says (argv[0] is "nbtlab watch"), until SIGINT or SIGTERM, or the end of a file.
 * The exit status: HOST_FOUND if something was told.
 */
int lab_watchtool(int argc, char **argv);

#endif
