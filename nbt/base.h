/*
 * The few types that every module shares: time, addresses, borrowed bytes, memory, chance.
 *
 * Nothing here touches the world. Time and randomness are values that a caller passes in, memory
 * comes from an allocator that a caller hands over.
 */
#ifndef NBT_BASE_H
#define NBT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Microseconds on a clock of the caller's choice that never goes backwards. */
typedef int64_t nbt_time;

#define NBT_NEVER INT64_MAX
#define NBT_MS(n) ((nbt_time)(n)*1000)
#define NBT_S(n) ((nbt_time)(n)*1000000)

static inline nbt_time nbt_time_min(nbt_time a, nbt_time b)
{
    return a < b ? a : b;
}

/* Well-known ports, RFC 1002 section 6. */
enum { NBT_PORT_NS = 137, NBT_PORT_DGM = 138, NBT_PORT_SSN = 139 };

/* An IPv4 address and a port, both in host byte order. */
typedef struct nbt_ep {
    uint32_t ip;
    uint16_t port;
} nbt_ep;

static inline bool nbt_ep_eq(nbt_ep a, nbt_ep b)
{
    return a.ip == b.ip && a.port == b.port;
}

/* Bytes that belong to somebody else and live as long as that somebody says. */
typedef struct nbt_bytes {
    const uint8_t *p;
    size_t n;
} nbt_bytes;

/*
 * The allocator. `resize` gives `size` bytes at the address it returns, holding what the first
 * min(old, size) bytes of `p` held; p is NULL for a new block, size is 0 to give one back (the
 * answer is then NULL). NULL for any other size means that there is no memory; `p` then still
 * holds.
 */
typedef struct nbt_mem {
    void *ctx;
    void *(*resize)(void *ctx, void *p, size_t old, size_t size);
} nbt_mem;

/* A small generator (SplitMix64), seeded by the caller: equal seeds give equal runs. */
typedef struct nbt_rng {
    uint64_t s;
} nbt_rng;

static inline uint64_t nbt_rng_u64(nbt_rng *r)
{
    uint64_t z = r->s += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline uint16_t nbt_rng_u16(nbt_rng *r)
{
    return (uint16_t)(nbt_rng_u64(r) >> 48);
}

/* A number in [0, n); n > 0. The bias of the multiplication is below 2^-32. */
static inline uint32_t nbt_rng_below(nbt_rng *r, uint32_t n)
{
    return (uint32_t)(((nbt_rng_u64(r) >> 32) * n) >> 32);
}

#endif
