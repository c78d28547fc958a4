/*
 * Small seeded worlds of computers: one segment, 10.0.0.1 and so on, programs that are the test.
 * What is said about a computer's names and sessions here is about its first adapter, LANA 0.
 * Whatever test uses them, they hold what is always true:
 *
 * - a wait command gets one DONE and no ACCEPTED; a no-wait command one ACCEPTED first, and then
 *   one DONE if it was taken; both come with the command's own fields;
 * - nothing is answered to a program that has gone;
 * - at the end all memory is back.
 *
 * A test goes over many seeds with sim_each_seed and has sim_teardown for its teardown, which names
 * the seed of a failure. NBT_SEEDS=N..M in the environment goes over those instead.
 */
#ifndef TESTS_SUPPORT_SIM_H
#define TESTS_SUPPORT_SIM_H

#include "nbt/simnet.h"
#include "tests/support/mem.h"

enum { SIM_COMPUTERS_MAX = 8, SIM_PROGS_MAX = 32 };

/* A command and what became of it. */
typedef struct sim_cmd {
    unsigned who; /* which computer */
    uint32_t proc;
    nbt_ncb sent, got; /* as it was submitted; as it came back last */
    bool accepted;     /* ACCEPTED has come */
    bool done;         /* it is over: DONE has come, or ACCEPTED with an error */
    bool gone;         /* its program has gone: nothing may come */
    nbt_time begun, ended;
    uint8_t *data; /* what came back with it */
    size_t n;
} sim_cmd;

/* A program that has submitted something. */
typedef struct sim_prog {
    unsigned who;
    uint32_t proc;
    bool gone;
} sim_prog;

typedef struct sim {
    uint64_t seed;
    nbt_rng rng;           /* the test's */
    test_mem mem, net_mem; /* the computers', and the network's */
    nbt_simnet *net;
    uint32_t segment;
    unsigned computers;
    nbt_nbns *server; /* NULL: none */
    nbt_nbdd *nbdd;
    nbt_computer *computer[SIM_COMPUTERS_MAX];
    uint32_t obj[SIM_COMPUTERS_MAX], adapter[SIM_COMPUTERS_MAX];
    sim_cmd *cmd; /* by the number that sim_submit gives; it moves with the next one */
    unsigned ncmds, cap;
    sim_prog prog[SIM_PROGS_MAX];
    unsigned nprogs;
    void (*done)(struct sim *s, unsigned cmd); /* the test's: told of each that is over */
    uint64_t hash;                  /* of every frame and answer so far, with their times */
    unsigned ns_frames;             /* so far, all of the name service */
    unsigned ns_kind[NBT_NS_KINDS]; /* and of each kind of it */
} sim;

typedef struct sim_cfg {
    unsigned computers;
    const char *profile;
    nbt_simlink link;
    bool cut;           /* streams in pieces of any size */
    nbt_node_type type; /* of all; with another than B there is a name server at 10.0.0.201, which
                         * distributes datagrams as well */
    bool two_lanas;     /* each computer has two adapters: also 10.0.0.101 and so on */
} sim_cfg;

/*
 * Runs `fn` for `count` seeds, from 1 on, in a world of its own each; sim_finish is done for it.
 * Returns how many seeds it were: others than `count` if the environment said so.
 */
unsigned sim_each_seed(const sim_cfg *cfg, unsigned count, void (*fn)(sim *s));

/* Runs one seed and gives the hash of all that happened. */
uint64_t sim_one_seed(const sim_cfg *cfg, uint64_t seed, void (*fn)(sim *s));

/* Names the seed if the test has failed in one, and clears up. */
int sim_teardown(void **state);

/* A control block; names in text form ("FRED<20>"), NULL for zeros. */
nbt_ncb sim_ncb(uint8_t verb, const char *name, const char *callname);

/* Submits it, as a no-wait command or not as the seed has it. Its number. */
unsigned sim_submit(sim *s, unsigned who, uint32_t proc, nbt_ncb ncb, nbt_bytes data);

/* Lets the world go on until a time, or for a while. */
void sim_run(sim *s, nbt_time until);
void sim_wait(sim *s, nbt_time more);

/* Lets it go on until the command is over; fails the test if that takes longer than `limit`. */
void sim_await(sim *s, unsigned cmd, nbt_time limit);

/* Submits it and waits up to a minute until it is over; its return code. */
uint8_t sim_do(sim *s, unsigned who, uint32_t proc, nbt_ncb ncb);

/*
 * The programs of two computers open a session, one calling from a name of its own, the other
 * listening on one of its own for anybody. Their session numbers.
 */
typedef struct sim_session {
    unsigned caller, called;
    uint32_t caller_proc, called_proc;
    uint16_t caller_lsn, called_lsn;
} sim_session;

sim_session sim_connect(sim *s, unsigned caller, uint32_t caller_proc, const char *caller_name,
                        unsigned called, uint32_t called_proc, const char *called_name);

/* One message each way, received whole within a minute. */
void sim_talk(sim *s, const sim_session *x);

/* Memory: nothing more for the computers, a few requests from now on; or everything again. */
void sim_starve(sim *s, bool starve);

/* A program ends. */
void sim_gone(sim *s, unsigned who, uint32_t proc);

/* RESET by every program that is still there; then every command must be over. */
void sim_finish(sim *s);

/* The computer's entry for a name, NULL if it has none. */
const nbt_entry *sim_entry(const sim *s, unsigned who, const char *name);

/* Whether it owns the name: registered, and not in conflict. */
bool sim_owns(const sim *s, unsigned who, const char *name);

static inline const sim_cmd *sim_at(const sim *s, unsigned cmd)
{
    return &s->cmd[cmd];
}

#endif
