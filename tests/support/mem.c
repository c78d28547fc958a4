/*
 * The allocator of mem.h. A block remembers its size in front of itself.
 */
#include "tests/support/test.h"

#include "tests/support/mem.h"

enum { FRONT = sizeof(max_align_t) };

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    test_mem *m = ctx;
    uint8_t *block = p ? (uint8_t *)p - FRONT : NULL;
    size_t had = 0;
    if (block)
        memcpy(&had, block, sizeof had);
    assert_int_equal(old, had);
    if (size == 0) {
        m->blocks -= block != NULL;
        free(block);
        return NULL;
    }
    m->requests++;
    if (m->fail_at && m->requests >= m->fail_at)
        return NULL;
    uint8_t *bigger = malloc(FRONT + size); /* always elsewhere: a kept pointer shows at once */
    assert_non_null(bigger);
    memcpy(bigger, &size, sizeof size);
    memset(bigger + FRONT, 0xA5, size);
    if (block)
        memcpy(bigger + FRONT, p, had < size ? had : size);
    m->blocks += block == NULL;
    free(block);
    return bigger + FRONT;
}

nbt_mem test_mem_of(test_mem *m)
{
    return (nbt_mem){ m, resize };
}
