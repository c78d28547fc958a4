/*
 * The list of actions of an object that runs for real. Carrying an action out may make the object
 * want more; that goes into a second list, whose turn comes when the first is done. So the order is
 * kept, and no list grows while somebody walks it.
 */
#ifndef TOOLS_HOST_OUTS_H
#define TOOLS_HOST_OUTS_H

#include "nbt/act.h"

typedef struct host_outs {
    nbt_out list[2];
    unsigned filling; /* the list that the object appends to */
    bool carrying;
} host_outs;

void host_outs_init(host_outs *o, nbt_mem mem);
void host_outs_fini(host_outs *o);

/* Where the object's next call appends to. Call host_outs_carry after it. */
nbt_out *host_outs_fill(host_outs *o);

/*
 * Has whole lists carried out until none is left. From within `carry` it does nothing: what the
 * object has appended there is carried out by the outer call.
 */
void host_outs_carry(host_outs *o, void (*carry)(void *ctx, const nbt_out *out), void *ctx);

#endif
