/*
 * The parts that the cases are made of: computers, agents, viewers, and the proof from the capture.
 * Inside of tools/lab/cases.c and its procedures.
 */
#ifndef LAB_RUN_H
#define LAB_RUN_H

#include "nbt/name.h"
#include "tools/lab/cases.h"
#include "tools/lab/lab.h"
#include "tools/lab/wire.h"

enum {
    RUN_CLIENTS_MAX = 5,
    RUN_VIEWER_SUFFIX = 0x41, /* 'A', article Q200832 */
    RUN_START_MS = 20000,     /* for a program to be ready: an nt4 claim alone takes 3 s */
    RUN_ATTEMPT_MS = 30000,
};

#define RUN_EVERYBODY UINT32_C(0x0A4D00FF) /* the lab's broadcast address */

/* One viewer that is started, in the order of the case. */
typedef struct run_attempt {
    unsigned client;       /* CLIENT1 is 1 */
    const char *protocols; /* what the viewer may use */
    bool close_before;     /* the viewer before it is closed first */
} run_attempt;

typedef struct run run;

struct lab_case {
    const char *name;
    const char *asked;
    const char *article; /* what Q200832 says of it, or where else the case is from; in our words */
    const char *policy;  /* its viewers' --name-policy */
    const char *profile; /* of its computers, whatever was asked for; NULL: what was asked for */
    const char *agents[RUN_CLIENTS_MAX]; /* what client 1.. listens on, NULL: no such client */
    run_attempt attempts[LAB_ATTEMPTS_MAX];
    const char *expect[LAB_CLAIMS];
    void (*procedure)(run *r); /* a case that is no plain list of viewers */
};

struct run {
    const lab_case *c;
    lab_claim claim;
    const lab_options *opt;
    const char *profile;
    const lab_host *hosts;
    size_t nhosts;
    lab *l;
    char wins[48];         /* the name servers of the computers that are started next; "": none */
    const char *node_type; /* with name servers: p, m or h */
    json_t *result, *attempts;
    bool failed; /* it could not be carried out: nothing more is tried */
};

/* A viewer that was started, and what became of it. */
typedef struct run_viewer {
    lab_child *child; /* NULL if it could not be started */
    char outcome;     /* N, T, D, I, C, L as in lab_case.expect; ? for anything else */
    int64_t began, ended;
    json_t *attempt; /* its object in the result, borrowed */
} run_viewer;

/* Adds a sentence to the result. A deviation makes the case disagree. */
void run_deviate(run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void run_note(run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same as a deviation, after which nothing more is tried. */
void run_fail(run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Builds the lab of these hosts. */
bool run_build(run *r, const lab_host *hosts, size_t n);

/*
 * Starts the driver of a computer on `host`, named `name`, on `interfaces`, and waits until its
 * names are settled, obtained or not. NULL: the run has failed.
 */
lab_child *run_computer(run *r, const char *host, const char *name, const char *interfaces);

/*
 * Starts a name server on `host`, with an empty store, and waits until it is ready. A holder that
 * does not answer its first question within `challenge_ms` is asked again, three times in all.
 */
lab_child *run_server(run *r, const char *host, const char *challenge_ms);

/* The same for a computer that is there to ask: always by the RFC, whatever the case's profile. */
lab_child *run_observer(run *r, const char *host, const char *name);

/* Starts the drivers of several hosts, named like their hosts in upper case, and waits for all. */
bool run_computers(run *r, const char *const hosts[], size_t n);

/* Starts the agent of a client and waits until it listens. */
bool run_agent(run *r, const char *host, const char *protocols);

/* How a viewer is started: on which host, towards which client, with what. */
typedef struct run_view {
    const char *host, *client, *protocols;
    const char *lana;   /* NULL: 0 */
    const char *policy; /* NULL: per-session */
} run_view;

/* Starts a viewer and waits until it has its session or has given up. */
run_viewer run_viewer_start(run *r, const run_view *how);

/* Whether the viewer's session is alive: the client answers a ping that is asked for now. */
bool run_viewer_alive(run *r, run_viewer *v);

/* Ends a viewer and waits until it has gone. */
void run_viewer_close(run *r, run_viewer *v);

/* FIND NAME through a host's driver: how many nodes have the name, as far as it can find out. */
unsigned run_find_owners(run *r, const char *host, const uint8_t name[NBT_NAME_LEN]);

/* The driver's socket of a host. The text holds until the next call. */
const char *run_socket(const char *host);

/* Reads the capture back; after it, the lab is gone. False: the run has failed. */
bool run_read_capture(run *r, lab_wire *w);

/*
 * Compares a refused attempt with the capture: refused here, no packet may name the viewer's name
 * while it tried (D, C, L); refused by another, the frame that did it is put into the attempt (I).
 */
void run_prove(run *r, const lab_wire *w, const run_viewer *v, const uint8_t name[NBT_NAME_LEN]);

/*
 * One packet of a proof: what it is, and between which hosts ("console/1": by its
 * second adapter); to NULL: broadcast.
 */
typedef struct run_step {
    nbt_ns_kind kind;
    const char *from, *to;
} run_step;

/*
 * Finds the packets about a name that `n` steps tell of, each behind the one before, the first of
 * them at `after` or later, and puts them into the result's "proof"; one that is missing is a
 * deviation.
 */
void run_prove_steps(run *r, const lab_wire *w, const uint8_t name[NBT_NAME_LEN], int64_t after,
                     const run_step *steps, size_t n);

/* Adds "frame", "by" and "rcode" of a packet to an attempt's object. */
void run_evidence(json_t *attempt, const lab_packet *p);

/* "CONSOLE" and a suffix as 16 bytes. */
void run_name(uint8_t name[NBT_NAME_LEN], const char *text, uint8_t suffix);

/* An address as text; holds until the next call. */
const char *run_ip(uint32_t ip);

/* The cases that have a procedure of their own: tools/lab/procedures.c. */
void run_clone(run *r);
void run_two_lanas(run *r);
void run_late_conflict(run *r);
void run_samba_owner(run *r);

/* Those with a name server: tools/lab/servercases.c. */
void run_server_owner_alive(run *r);
void run_server_owner_dead(run *r);
void run_server_static(run *r);
void run_server_group(run *r);
void run_server_down(run *r);
void run_server_stale(run *r);
void run_two_servers(run *r);
void run_server_owner_slow(run *r);
void run_server_two_lanas(run *r);

#endif
