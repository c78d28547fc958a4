/*
 * The allocator of nbt/base.h on top of malloc: what every object gets outside the tests.
 */
#ifndef TOOLS_HOST_MEM_H
#define TOOLS_HOST_MEM_H

#include "nbt/base.h"

nbt_mem host_mem(void);

#endif
