/*
 * Services for laboratories within a driver: the objects of nbt/dummy.h as programs of its
 * computer, without a socket between. What they do is not known here.
 */
#ifndef TOOLS_HOST_SERVICES_H
#define TOOLS_HOST_SERVICES_H

#include "nbt/dummy.h"

typedef struct host_services_cfg {
    const nbt_dummy *services; /* copied */
    size_t n;
    void *ctx;
    /* A service submits a command as program `proc`; an answer may come before it returns. */
    void (*submit)(void *ctx, uint32_t proc, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data);
    /* A line for whoever watches, without its newline. */
    void (*log)(void *ctx, const char *line);
} host_services_cfg;

typedef struct host_services host_services;

/* NULL without memory. */
host_services *host_services_new(const host_services_cfg *cfg);
void host_services_free(host_services *s); /* NULL is fine */

/* Each adds its name. */
void host_services_start(host_services *s);

/* The driver's answer to a program (NBT_ACT_DONE); false: it is none of these. */
bool host_services_done(host_services *s, const nbt_act *act, nbt_bytes data);

/* The number of the i-th, 0 behind the last: to tell the computer that it is gone. */
uint32_t host_services_proc(const host_services *s, size_t i);

void host_services_tick(host_services *s, nbt_time now);
nbt_time host_services_due(const host_services *s);

#endif
