/*
 * The inside of a scenario that is played for real, shared by play*.c.
 */
#ifndef LAB_PLAY_IMPL_H
#define LAB_PLAY_IMPL_H

#include "nbt/ncb.h"
#include "tools/host/localsock.h"
#include "tools/host/ncbsock.h"
#include "tools/lab/args.h"
#include "tools/lab/play.h"
#include "tools/lab/program.h"
#include "tools/lab/switch.h"
#include "tools/scene/judge.h"
#include "tools/scene/log.h"
#include "tools/scene/script.h"
#include "tools/scene/simbook.h"

#include <sys/queue.h>
#include <uv.h>

enum { PLAY_PATH_MAX = 96 };

/* A process of the run, from its start until all that it said was read; what it was is over before,
 * where it is killed. */
typedef struct play_process {
    LIST_ENTRY(play_process) link;
    struct play *play;
    lab_program *program;
    uint16_t host, prog; /* whose driver, or SCENE_NOBODY; which program, or SCENE_NOBODY */
    bool wanted;         /* it is to run */
} play_process;

typedef struct play_host {
    struct play *play;
    uint16_t index;
    play_process *driver;       /* nbtd; NULL: it does not run */
    char socket[PLAY_PATH_MAX]; /* its own */
    char relay[PLAY_PATH_MAX];  /* where the host's programs find it, watched */
    host_localsock local;       /* the relay's */
    uv_poll_t poll;
    bool relaying;
    bool on, up, leaving;
    uint32_t starts;
    uint32_t sessions;     /* established */
    int asking;            /* a connection to ask it through; -1: none */
    bool stale;            /* its names may have changed since they were asked for */
    nbt_astat_name *names; /* of all adapters, one after the other */
    uint32_t nnames[SCENE_ADAPTERS_MAX];
    bool standing[SCENE_ADAPTERS_MAX][256]; /* by session number: it stood when last asked for */
} play_host;

/* A session as the wire has it: who has called whom over which connection. */
typedef struct play_call {
    nbt_ep from, to;
    uint8_t called[NBT_NAME_LEN], calling[NBT_NAME_LEN];
    bool answered;
    bool taken[2]; /* the CALL, the LISTEN that it is has come back */
} play_call;

/* A program's connection to its driver, with whoever watches in between; of those that submit by
 * themselves only the driver's side is there. */
typedef struct play_link {
    host_ncbsock *program, *driver;
} play_link;

typedef struct play_prog {
    struct play *play;
    uint16_t index;
    play_process *process; /* viewer, agent; NULL: it does not run */
    play_link link;
    bool reset; /* it has done its RESET */
    uint16_t lsn;
    nbt_dummy service;          /* of a service */
    char folder[PLAY_PATH_MAX]; /* of its files; "": none was made */
} play_prog;

typedef struct play {
    lab_play_cfg cfg;
    const scene *s;
    uv_loop_t loop;
    uv_timer_t timer;
    lab_switch *net;
    play_host *host;
    play_prog *prog;
    LIST_HEAD(, play_process) processes;
    scene_judge *judge;
    scene_script script;
    scene_log *log;
    simbook *book; /* of control blocks and sessions */
    play_call *call;
    size_t ncalls, calls_cap;
    uint32_t asked;    /* so many SESSION STATUS of the book are under way */
    nbt_time happened; /* when anything did, the last time */
    bool broken[SCENE_INVARIANTS];
    scene_breach breach[SCENE_INVARIANTS];
    bool looked; /* states were looked at since something could have changed them */
    bool over;   /* the script is, or nothing can go on */
    bool failed; /* nothing can go on: err */
    host_err err;
    uint8_t *buf; /* a message of a driver's socket */
    nbt_out out;  /* what a peer wants */
} play;

/* -- play.c ------------------------------------------------------------------------------------ */

/* Something has happened; of a message the time is that of its sending, else `at` is filled in. */
void play_event(play *p, const scene_event *ev);
void play_tell(play *p, scene_event_kind kind, uint32_t index);

/* States may have changed. */
void play_touch(play *p);

/* It cannot go on. */
void play_fail(play *p, const host_err *err);

/* Starts one of our programs on a host; NULL: the play has failed. */
play_process *play_spawn(play *p, uint16_t host, uint16_t prog, const lab_args *args);

/* Ends a process at once, and forgets it as soon as all that it said was read. NULL is fine. */
void play_kill(play_process *q);

/* -- play_host.c ------------------------------------------------------------------------------- */

bool play_hosts_new(play *p);
void play_hosts_free(play *p);
void play_host_start(play *p, uint16_t host);
void play_host_stop(play *p, uint16_t host);
void play_host_crash(play *p, uint16_t host);
void play_host_said(play *p, uint16_t host, json_t *event);
void play_host_ended(play *p, play_process *q);

/* What STATIC, FORGET, FREEZE and THAW want of a server. */
void play_host_order(play *p, const scene_step *step);
void play_host_jump(play *p, const scene_step *step);

/* -- play_files.c ------------------------------------------------------------------------------ */

/*
 * The folder of a program's files, made with its own file in it when it is first asked for. NULL
 * for one that has none, and if the play has failed.
 */
const char *play_files_folder(play *p, uint16_t prog);

/* Removes what was made, and what has come there. */
void play_files_remove(play *p);

/* -- play_prog.c ------------------------------------------------------------------------------- */

void play_prog_run(play *p, uint16_t prog);
void play_prog_kill(play *p, uint16_t prog);

/* Time has passed: for those that wait for a moment. */
void play_prog_tick(play *p);
void play_prog_said(play *p, uint16_t prog, json_t *event);
void play_prog_ended(play *p, play_process *q);
void play_prog_submit(play *p, const scene_step *step);
void play_prog_type(play *p, const scene_step *step);
void play_prog_close(play *p, uint16_t prog);

/* Somebody connected to a host's relay. */
void play_prog_connected(play *p, uint16_t host, int fd);

/* -- play_book.c ------------------------------------------------------------------------------- */

/* A message was sent. */
void play_book_hear(play *p, const scene_event *ev);

/* The ends of the connection behind a CALL or LISTEN that has come back; conn 0: not known. */
void play_book_ends(play *p, uint16_t host, const nbt_ncb *ncb, simbook_end *here,
                    simbook_end *there);

/* Whether an answer of a driver is the book's own affair, and no program's. */
bool play_book_takes(play *p, uint16_t host, const nbt_ipc *m);

/* At the end: what is under way goes on, unseen, until it has come back or for a minute. */
void play_book_settle(play *p);

/* -- play_view.c ------------------------------------------------------------------------------- */

scene_view play_view(play *p);

/* All that is known of names and records has to be asked for again. */
void play_view_forget(play *p);

/* As simworld_breaks: what must not be, and where. */
bool play_view_breaks(play *p, scene_invariant what, scene_breach *breach);

/* One request on a name server's control socket, and its answers: an array, or NULL. */
json_t *play_view_ask_server(play *p, uint16_t host, const char *request);

#endif
