/*
 * The control sockets of `nbtlab up` (tools/host/crowdctl.h): where they are, and asking at one.
 */
#ifndef LAB_UPSOCK_H
#define LAB_UPSOCK_H

#include <jansson.h>
#include <limits.h>
#include <stdint.h>

#include "tools/host/err.h"

/* Where that of a new lab is, if nobody chooses: no other has the same. HOST_SYSTEM. */
bool lab_upsock_path(const char *lab, char path[PATH_MAX], host_err *err);

/* This process's network namespace. */
uint64_t lab_upsock_network(void);

/* Visits every lab's that is running, as long as it gives true. What dead ones have left behind is
 * removed. */
void lab_upsock_each(bool (*visit)(void *arg, const char *path), void *arg);

/* Of the only lab that is running; `given` (or NULL) is another. HOST_DRIVER: none is, or several
 * are, which are named. */
bool lab_upsock_find(const char *given, char path[PATH_MAX], host_err *err);

/*
 * Asks, and hands over each event of the answer but the last. False: there is nobody
 * (HOST_DRIVER), or he says why not (HOST_FAILED).
 */
bool lab_upsock_ask(const char *path, const char *request, void (*take)(void *arg, json_t *event),
                    void *arg, host_err *err);

/* Tells a lab to leave, and waits until it has. */
bool lab_upsock_stop(const char *path, host_err *err);

#endif
