/*
 * Carries out what computers want done: packets, connections, answers to their programs. What goes
 * the same way goes in one system call. It decides nothing, and what is not the network's or a
 * program's it hands on.
 */
#ifndef TOOLS_HOST_CARRY_H
#define TOOLS_HOST_CARRY_H

#include "tools/host/ncbsrv.h"
#include "tools/host/outs.h"
#include "tools/host/tcp.h"
#include "tools/host/udp.h"

typedef struct host_carry_cfg {
    void *ctx;
    host_udp *udp;
    host_tcp *tcp;
    /* The socket of the programs that an ACCEPTED or DONE is for; NULL if there is none (any more).
     */
    host_ncbsrv *(*programs)(void *ctx, const nbt_act *act);
    /* Takes a DONE that is for no program at a socket; false if it is for one. NULL: all are. */
    bool (*done)(void *ctx, const nbt_act *act, nbt_bytes data);
    void (*trace)(void *ctx, const nbt_act *act);
    void (*log)(void *ctx, const char *line);
} host_carry_cfg;

typedef struct host_carry {
    host_carry_cfg cfg;
    host_outs outs;
    uint64_t sent; /* datagrams */
} host_carry;

void host_carry_init(host_carry *c, const host_carry_cfg *cfg);
void host_carry_fini(host_carry *c);

/* Where the computers' next call appends to. Call host_carry_out after it, or after several. */
static inline nbt_out *host_carry_fill(host_carry *c)
{
    return host_outs_fill(&c->outs);
}

/* Carries everything out; from within itself it does nothing, as host_outs_carry. */
void host_carry_out(host_carry *c);

/* Logs that an interface has begun to have trouble (errno), or has none any more (0). */
void host_carry_trouble(const host_carry *c, const char *interface, int error);

#endif
