/*
 * nbt_mem over realloc and free. It keeps no count and no limit.
 */
#include "tools/host/mem.h"

#include <stdlib.h>

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    (void)ctx;
    (void)old;
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

nbt_mem host_mem(void)
{
    return (nbt_mem){ .ctx = NULL, .resize = resize };
}
