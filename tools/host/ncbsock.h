/*
 * One end of a connection between a program and its driver, on the event loop: whole messages of
 * nbt/ncb.h in and out of a SOCK_SEQPACKET Unix socket. It knows the messages' form, never what a
 * command means.
 */
#ifndef TOOLS_HOST_NCBSOCK_H
#define TOOLS_HOST_NCBSOCK_H

#include <uv.h>

#include "nbt/ncb.h"
#include "tools/host/err.h"

typedef struct host_ncbsock host_ncbsock;

typedef struct host_ncbsock_cfg {
    void *ctx;
    bool driver; /* the driver's end, which reads no more SUBMITs while its answers are not taken */
    /* A message; m->data lasts for the call. */
    void (*message)(void *ctx, const nbt_ipc *m);
    /* After those that came in one turn of the loop: a chance to answer them together. May be NULL.
     */
    void (*turn)(void *ctx);
    /* The connection is over: the other side closed it (NULL), or why it was cut off. Told once;
     * host_ncbsock_free is all that may follow. */
    void (*closed)(void *ctx, const char *why);
} host_ncbsock_cfg;

/* Takes a connected socket over, which must not block. NULL without memory: `fd` is closed. */
host_ncbsock *host_ncbsock_new(uv_loop_t *uv, int fd, const host_ncbsock_cfg *cfg);

/* Closes it; also from within a callback. What was not sent yet is lost. */
void host_ncbsock_free(host_ncbsock *s);

/* Sends n messages, or keeps those that the other side does not take yet. */
void host_ncbsock_send_all(host_ncbsock *s, const nbt_ipc *m, size_t n);

/* The same with one. */
static inline void host_ncbsock_send(host_ncbsock *s, const nbt_ipc *m)
{
    host_ncbsock_send_all(s, m, 1);
}

/*
 * The rest is for programs that have nothing else to do while they wait: everything blocks.
 *
 * Connects to a driver's socket and gives the descriptor, to be ended with close(). -1: nobody is
 * there (HOST_DRIVER; errno says what connect said), or HOST_SYSTEM.
 */
int host_ncb_open(const char *path, host_err *err);

/* The driver's socket of who names none: that in the variable NBTLAB_DRIVER, as `nbtlab exec` sets
 * it; NULL: there is none. */
const char *host_ncb_default(void);

/* Submits a command. Errors: HOST_DRIVER (it has gone), HOST_SYSTEM. */
bool host_ncb_submit(int fd, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data, host_err *err);

/*
 * Waits for the next answer of any command. `buf` holds m->data and must have room for a message of
 * NBT_IPC_MAX. Errors: HOST_DRIVER (it has gone, or sent what is no answer), HOST_SYSTEM.
 */
bool host_ncb_next(int fd, nbt_ipc *m, uint8_t *buf, host_err *err);

/*
 * One wait command from beginning to end: `ncb` goes in and comes back with NCB_RETCODE and the
 * other results; `answer` is what NCB_BUFFER then holds, in `buf` as above. No other command of the
 * connection may be pending. The errors are those of submit and next; a command that failed is no
 * error here.
 */
bool host_ncb_call(int fd, nbt_ncb *ncb, nbt_bytes data, nbt_bytes *answer, uint8_t *buf,
                   host_err *err);

#endif
