/*
 * What becomes of control blocks and of what sessions carry, written down where programs meet their
 * drivers: each block comes back exactly once, and what one end of a session sends the other
 * receives once, whole and in order. It knows nothing of how drivers do that.
 */
#ifndef SCENE_SIMBOOK_H
#define SCENE_SIMBOOK_H

#include "nbt/base.h"
#include "nbt/ncb.h"

/* What must not be, and is nobody's fault but the driver's: the symbol, its word, what is said of
 * it behind the program's name. */
#define SIMBOOK_FAULTS_X(X)                                                                        \
    X(TWICE, "completion-twice", "a control block came back that was not under way")               \
    X(NEVER, "no-completion", "a control block never came back")                                   \
    X(CHANGED, "message-changed",                                                                  \
      "what a session brought is not what was sent next: doubled, changed or overtaken")           \
    X(LOST, "message-lost", "a session was closed in order before all that was sent had come")

typedef enum simbook_fault {
#define X(sym, word, text) SIMBOOK_##sym,
    SIMBOOK_FAULTS_X(X)
#undef X
        SIMBOOK_FAULTS
} simbook_fault;

const char *simbook_fault_str(simbook_fault fault);  /* the word */
const char *simbook_fault_text(simbook_fault fault); /* what it is */

/* The first time that one was seen; n: how often. */
typedef struct simbook_entry {
    uint32_t n;
    uint32_t program;
    uint8_t verb; /* of the control block */
} simbook_entry;

/* One end of a connection: an object and its number for it; conn 0: there is none. */
typedef struct simbook_end {
    uint32_t obj, conn;
} simbook_end;

typedef struct simbook simbook;

/* NULL without memory; simbook_free takes NULL. */
simbook *simbook_new(nbt_mem mem);
void simbook_free(simbook *b);

/* There was no memory: what it says means nothing. */
bool simbook_failed(const simbook *b);

/* A program, which runs on driver `host`, submits a control block under `tag`. */
void simbook_asked(simbook *b, uint32_t program, uint32_t host, uint32_t tag, const nbt_ncb *ncb,
                   nbt_bytes data);

/*
 * It has come back, with its return code and what was received. `here` and `there` are the ends of
 * the connection behind ncb->lsn, for a CALL or LISTEN that went well; what a session carries is
 * compared once both its ends have been told of.
 */
void simbook_done(simbook *b, uint32_t program, uint32_t host, uint32_t tag, const nbt_ncb *ncb,
                  nbt_bytes data, simbook_end here, simbook_end there);

/* A program has ended: it is told of nothing any more, and what it was sending may be cut short. */
void simbook_gone(simbook *b, uint32_t program);

/*
 * The control blocks that have to come back by themselves, and have not: all but those that wait
 * for somebody, which `waits` says for LISTEN, RECEIVE, RECEIVE ANY, SEND and CHAIN SEND.
 */
typedef bool simbook_waits(void *ctx, uint32_t host, const nbt_ncb *ncb);
uint32_t simbook_open(const simbook *b, simbook_waits *waits, void *ctx);

/* It is over: those are faults now. */
void simbook_end_all(simbook *b, simbook_waits *waits, void *ctx);

const simbook_entry *simbook_found(const simbook *b, simbook_fault fault);

#endif
