/*
 * A console and its clients, remote-controlled: real computers on a simulated network, with viewers
 * and agents as their programs. The console is computer 0, CONSOLE at 10.0.0.1; its clients are
 * CLIENT1 at 10.0.0.2 and so on. The console's four places are handed out here.
 */
#ifndef TESTS_SUPPORT_RCWORLD_H
#define TESTS_SUPPORT_RCWORLD_H

#include "nbt/simnet.h"
#include "rc/agent.h"
#include "rc/viewer.h"
#include "tests/support/mem.h"

enum { RCWORLD_COMPUTERS = 7, RCWORLD_PROGRAMS = 32, RCWORLD_FILE_MAX = 200000 };

/* One file, as a program has it: its only one, under whatever name. */
typedef struct rcworld_file {
    size_t n, part; /* octets of it; of what is being received */
    bool there, writes;
    uint8_t b[RCWORLD_FILE_MAX], in[RCWORLD_FILE_MAX];
} rcworld_file;

typedef struct rcworld_program {
    rc_viewer *viewer; /* one of the two */
    rc_agent *agent;
    unsigned computer;
    uint32_t proc, obj;
    bool ready; /* viewer: has its session; agent: listens */
    bool gone;  /* it has ended: `end` */
    rc_end end;
    rc_transport transport; /* of its session */
    nbt_ncb refusal;        /* of the claim that was refused last */
    rcworld_file *file;     /* the test's; NULL: none */
    rc_result result;       /* of its last transfer */
    unsigned pings, says[RC_SAYS], logs[RC_LOG_NOT_PERMITTED + 1], restarts, chats;
    rc_closed closed;
} rcworld_program;

typedef struct rcworld {
    test_mem mem;
    nbt_rng rng;
    nbt_simnet *net;
    uint32_t segment;
    unsigned computers;
    nbt_computer *computer[RCWORLD_COMPUTERS];
    uint32_t driver[RCWORLD_COMPUTERS];
    rcworld_program program[RCWORLD_PROGRAMS];
    unsigned programs, slots; /* places that are taken */
} rcworld;

typedef struct rcworld_cfg {
    const char *profile; /* of the drivers: "rfc", "nt4" */
    unsigned clients;
    uint64_t seed;
    nbt_simlink link;
    bool clone; /* one more computer with the console's name, the last one */
} rcworld_cfg;

void rcworld_init(rcworld *w, const rcworld_cfg *cfg);

/* Ends everything; fails if memory was kept, or if there was none. */
void rcworld_fini(rcworld *w);

/* A viewer of the console towards CLIENT<client>, not started; to be changed and started. */
rc_viewer_cfg rcworld_viewer_cfg(const char *protocols, const char *client, unsigned number);

/* Starts it on a computer. Its number. */
unsigned rcworld_viewer(rcworld *w, unsigned computer, const rc_viewer_cfg *cfg);

/* Starts CLIENT<client>'s agent, and waits until it listens or has ended. */
unsigned rcworld_agent(rcworld *w, unsigned client, const rc_agent_cfg *cfg);
rc_agent_cfg rcworld_agent_cfg(const char *protocols);

/*
 * Waits until a viewer has its session or has ended, for up to two minutes, and says how: N over
 * NetBIOS, T over TCP, U over UDP, D refused by NRC_DUPNAME, I by NRC_INUSE, C by NRC_NAMCONF, L by
 * the limit, B since the client is busy, ? otherwise.
 */
char rcworld_outcome(rcworld *w, unsigned program);

void rcworld_do(rcworld *w, unsigned program, rc_cmd_kind kind, int64_t value);
/* A viewer's user types, or an agent's for the chat. */
void rcworld_type(rcworld *w, unsigned program, const char *keys);

/* A program dies without a word, as a process does. */
void rcworld_kill(rcworld *w, unsigned program);

/* Lets the world go on for a while. */
void rcworld_wait(rcworld *w, nbt_time more);

/* Waits until a program has ended, for up to a minute. */
void rcworld_await_end(rcworld *w, unsigned program);

/* Whether a viewer's session is alive: types a text and waits up to 20 s until the screen has it.
 */
bool rcworld_alive(rcworld *w, unsigned program);

#endif
