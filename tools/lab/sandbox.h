/*
 * A private place for a lab: namespaces of its own, in which this process is root and from which
 * nothing can reach the machine's network.
 *
 * The kernel takes all of it away when the lab's first process ends, however it ends: network
 * namespaces, interfaces, mounts and every process started inside.
 */
#ifndef LAB_SANDBOX_H
#define LAB_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Runs `inside(arg)` as the first process of a sandbox and gives its exit status; 128 + the number
 * of the signal that ended it, or that this process was sent while it waited (INT, TERM, HUP). As
 * root, or as an ordinary user where user namespaces are allowed. Without the rights it says so on
 * standard error and gives HOST_MISSING.
 *
 * Inside: own network, mount and process namespaces, /run empty, a new process group.
 */
int lab_sandbox_run(int (*inside)(void *arg), void *arg);

/*
 * Called inside: gives this process (a child that was forked for one case) a network and a /run of
 * its own. False: errno says why.
 */
bool lab_sandbox_split(void);

/*
 * Gives this process a network of its own, as root or, where user namespaces are allowed, as an
 * ordinary user; of files and processes nothing changes. False: errno says why.
 */
bool lab_sandbox_network(void);

/*
 * This process's network becomes that of another process, and its user what he is there, if that
 * one has been given a network by lab_sandbox_network. False: errno says why.
 */
bool lab_sandbox_enter(pid_t pid);

/* Waits for a process that the caller, inside, has forked; its exit status, 128 + a signal. */
int lab_sandbox_wait(pid_t pid);

#endif
