/*
 * Breadth-first search through all states of a world, whatever the world is: states are words, and
 * the world says which states follow one and which are wrong. A state that was seen before is
 * known by its hash of 64 bits and not looked at again, so that the way to the first wrong state is
 * a shortest one. Of each state no more is kept than the hash, the state before it and the choice
 * that led from there; the states themselves only wait until they are expanded.
 */
#ifndef SCENE_XP_SEARCH_H
#define SCENE_XP_SEARCH_H

#include "nbt/base.h"

enum { XP_WORDS_MAX = 256 }; /* of one state */

typedef struct xp_search xp_search;

/* Whoever wants to know which states follow one: `choice` leads to it. */
typedef struct xp_sink {
    void (*take)(void *to, uint32_t choice, const uint32_t *words, size_t n);
    void *to;
} xp_sink;

static inline void xp_follow(const xp_sink *sink, uint32_t choice, const uint32_t *words, size_t n)
{
    sink->take(sink->to, choice, words, n);
}

/* A world. Equal words are equal states. */
typedef struct xp_space {
    void *ctx;
    /* The first state, its number of words. */
    size_t (*first)(void *ctx, uint32_t *words);
    /* Calls xp_follow for each state that follows. False: the world has no memory. */
    bool (*expand)(void *ctx, const uint32_t *words, size_t n, const xp_sink *sink);
    /* What is wrong with a state; 0: nothing. */
    unsigned (*judge)(void *ctx, const uint32_t *words, size_t n);
    /* The octets that the world itself takes by now. */
    size_t (*weight)(void *ctx);
} xp_space;

typedef enum xp_end {
    XP_RUNNING,
    XP_EXHAUSTED, /* all states were seen, none is wrong */
    XP_FOUND,     /* a wrong one */
    XP_STATES,    /* as many states as were allowed */
    XP_MEMORY,    /* more memory than was allowed, or than there is */
} xp_end;

typedef struct xp_cfg {
    nbt_mem mem;
    uint64_t states; /* at most; 0: no bound but 2^32 - 2 */
    uint64_t memory; /* octets, at most; 0: no bound */
} xp_cfg;

typedef struct xp_counts {
    uint64_t states, choices; /* seen; tried */
    uint64_t waiting;         /* states to be expanded */
    uint32_t depth;           /* choices from the first state to what is expanded now */
    uint64_t memory;          /* octets in use */
} xp_counts;

/* NULL without memory. `space` is borrowed, as long as the search. */
xp_search *xp_search_new(const xp_cfg *cfg, const xp_space *space);
void xp_search_free(xp_search *s);

/* Expands up to `n` states. */
xp_end xp_search_run(xp_search *s, uint64_t n);

void xp_search_counts(const xp_search *s, xp_counts *counts);

/* FOUND: what xp_space.judge has said, and the choices that lead there from the first state. The
 * path is of cfg's memory, `*n` items; NULL without memory. */
unsigned xp_search_wrong(const xp_search *s);
uint32_t *xp_search_path(const xp_search *s, size_t *n);

#endif
