/*
 * An allocator for tests: counts what is out, checks that every block comes back with the size it
 * went out with, and can refuse from the nth request on.
 */
#ifndef TESTS_SUPPORT_MEM_H
#define TESTS_SUPPORT_MEM_H

#include "nbt/base.h"

typedef struct test_mem {
    size_t blocks;   /* out now */
    size_t requests; /* for memory, so far */
    size_t fail_at;  /* this request and all later ones are refused; 0: none is */
} test_mem;

/* The allocator on top of `m`, which must outlive it; set `m` to zero first. */
nbt_mem test_mem_of(test_mem *m);

#endif
