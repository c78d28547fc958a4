/*
 * Control sockets: local sockets (SOCK_STREAM) on which a request is a line of words and the answer
 * is JSON events, one a line, of which the last is "end". It has `ok`, and if that is false
 * `trouble`. One request of a connection is answered after the other. What is asked and answered is
 * its owner's business.
 */
#ifndef TOOLS_HOST_CTL_H
#define TOOLS_HOST_CTL_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <uv.h>

#include "tools/host/err.h"

enum { HOST_CTL_LINE = 1024 }; /* octets of a request */

typedef struct host_ctl host_ctl;
typedef struct host_ctl_client host_ctl_client;

/* What becomes of a connection when an answer has been taken by the other side. */
typedef enum host_ctl_mode {
    HOST_CTL_READY,   /* the next request is read */
    HOST_CTL_GOES_ON, /* `more` is called: the answer has further parts */
    HOST_CTL_WAITS,   /* nothing, until its owner calls host_ctl_go_on */
} host_ctl_mode;

typedef struct host_ctl_cfg {
    void *ctx;
    size_t state; /* octets of each connection, zeroed: host_ctl_state */
    /* Only this process's user, root, and members of this process's group may connect: others are
     * turned away, whatever the file's permissions say. */
    bool group_only;
    /* A request; the line is the owner's to cut, and lasts for the call. */
    void (*request)(void *ctx, host_ctl_client *c, char *line);
    void (*more)(void *ctx, host_ctl_client *c); /* NULL: nothing goes on */
} host_ctl_cfg;

/* Listens at a path. NULL: err says why, as host_localsock_listen has it, or HOST_SYSTEM. */
host_ctl *host_ctl_new(uv_loop_t *uv, const char *path, const host_ctl_cfg *cfg, host_err *err);

/* Ends every connection and removes the socket file. NULL is fine. */
void host_ctl_free(host_ctl *ctl);

void *host_ctl_state(host_ctl_client *c);
void host_ctl_set_mode(host_ctl_client *c, host_ctl_mode mode);

/* Goes on reading requests, in mode READY. */
void host_ctl_go_on(host_ctl_client *c);

/* Where an answer, or a part of it, is written; NULL without memory: the connection is at its end
 * then. Everything that was begun must be sent, from the same call of the owner. */
FILE *host_ctl_begin(host_ctl_client *c);
void host_ctl_send(host_ctl_client *c);

/* The event "end"; `trouble` NULL: all is well. */
void host_ctl_put_end(FILE *f, const char *trouble);

/* The whole answer. */
void host_ctl_end(host_ctl_client *c, const char *trouble);

/* Octets that the other side has not taken. */
size_t host_ctl_queued(const host_ctl_client *c);

/* Calls it for each connection, which may end by that. */
void host_ctl_each(host_ctl *ctl, void (*visit)(void *arg, host_ctl_client *c), void *arg);

#endif
