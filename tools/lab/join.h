/*
 * A network of our own, joined to one that is there: the computers live in the first, and are seen
 * on the second, each with a hardware address of its own. What is made for that is gone when the
 * processes are, however they end.
 */
#ifndef LAB_JOIN_H
#define LAB_JOIN_H

#include "nbt/cable.h"

typedef enum lab_join_kind {
    LAB_JOIN_NONE,
    LAB_JOIN_BRIDGE, /* a new port of a bridge */
    LAB_JOIN_TAP,    /* a TAP device that is there */
    /* Sockets of emulators, for which no privilege is needed: tools/host/cord.h. */
    LAB_JOIN_LISTEN,
    LAB_JOIN_CONNECT,
    LAB_JOIN_MULTICAST,
    LAB_JOIN_DATAGRAMS,
} lab_join_kind;

typedef struct lab_join {
    lab_join_kind kind;
    const char *where;        /* the bridge, the device, the socket */
    const nbt_cable_row *row; /* the computers; borrowed */
    size_t nrows;
    uint32_t mask, broadcast; /* of their network; host byte order */
    uint32_t gateway;         /* 0: none */
} lab_join;

/* What the network is called inside. */
#define LAB_JOIN_INTERFACE "eth0"

/*
 * Asks the network whether the computers' addresses are free, and runs `inside(arg)` in a process
 * of its own, in a network whose interface has the first computer's address; gives its exit status.
 * SIGINT, SIGTERM and SIGHUP are passed on to it. Streams are waited for, and begun
 * again when they end. Without success it says why, in one line.
 */
int lab_join_run(const char *program, const lab_join *join, int (*inside)(void *arg), void *arg);

#endif
