/*
 * Scenarios: a failure as a file. A scenario says what there is (networks, hosts, programs), what
 * is done and when (steps), what goes wrong on the way (faults), and what must come of it
 * (expectations). One file runs on the simulated network under a virtual clock with a seed, and
 * for real in namespaces. Pure data; parse.h reads it, print.h writes it, check.h says whether it
 * can be.
 *
 * The text is lines; `#` begins a comment line; a line is words with spaces between them. Texts
 * stand in quotes, with \" and \\. Names are those of nbt/name.h ("FRED<20>"); times are numbers
 * with a unit (us, ms, s, m, h, d); shares end in %. The grammar, in
 * outline:
 *
 *     scenario netbios-then-tcp "NetBIOS, then a TCP client"
 *     source "KB Q200832"                          where it comes from; may be repeated
 *     about "..."                                  what happens and why; may be repeated
 *     only simulated "nobody can unplug a clock"   or live; without it both
 *     allow two-owners because="no refusal arrives"         an invariant that need not hold
 *     allow 10.0.0.0/24 because="it is my lab"              a real network that may be disturbed
 *
 *     network lan subnet=10.0.0.0/24 delay=1ms jitter=2ms loss=1% duplicate=1% reorder=1% late=10ms
 *         mtu=1500                                 (in one line; the lan is there without a line)
 *     computer CONSOLE address=10.0.0.1 node=B profile=rfc wins=10.0.0.9 scope=LAB services=none
 *     computer GATE address=10.0.0.2,other:10.0.1.2 off     two adapters; started by a step
 *     computer PC-%03 count=200 address=10.0.0.40           a row: PC-001 at 10.0.0.40, PC-002 ...
 *     lmhosts GATE "10.0.0.7 SEVEN #PRE"           a line of its LMHOSTS
 *     server WINS address=10.0.0.9 profile=windows non-secured challenge-timeout=50ms
 *     host ROGUE address=10.0.0.66                 sends what steps say, and nothing else
 *     agent A1 on=CLIENT1 protocols=netbios        remote control, rc/agent.h
 *     viewer V1 on=CONSOLE client=CLIENT1 protocols=netbios,tcp policy=shared keep=held
 *     program P1 on=FRED lana=0                    submits control blocks
 *     echo E1 on=FRED name=FRED<20>                a program that sends back what it receives
 *     sink S1 on=FRED name=FRED<21>                a program that receives and says nothing
 *     echo E-%03 count=200 on=PC-%03 name=E%<20>   a row of programs
 *
 *     at 2s start GATE                             an absolute time
 *     at +1s P1 add FRED<20>                       so long after the step before
 *     await 30s V1 connected via=netbios           the next step waits for this; it must come
 *     at +0s ROGUE send 10.0.0.255 release-demand FRED<20> id=0x0001 ...   the text form
 *     at +0s ROGUE send 10.0.0.1 negative-query-response FRED<20> id=asked ...  what was asked with
 *     at +0s P1 send data=ff534d42                 octets
 *     at +0s fault F1 drop nth=2 from=FRED registration-request FRED<20>
 *     at +5s mend F1
 *     at +0s partition lan CLIENT1 CLIENT2         these against all others
 *     at +9s heal lan
 *     at +0s crash FRED
 *     end +10s
 *
 *     fault F2 corrupt rcode=5 first=1 negative-registration-response *     without `at`: always
 *     expect a: message from=FRED registration-request FRED<20> within 1s
 *     expect after=a message to=FRED negative-registration-response FRED<20> rcode=ACT_ERR
 *     expect done P1 add FRED<20> NRC_INUSE
 *     expect count=0 message * LISA<00>            the same as: never message * LISA<00>
 *     never owners FRED<20> count=2
 *     expect finally name FRED<20> on=CONSOLE registered share=99% because="all were lost"
 */
#ifndef SCENE_SCENE_H
#define SCENE_SCENE_H

#include "nbt/lmhosts.h"
#include "nbt/nbns.h"
#include "nbt/node.h"
#include "nbt/dummy.h"
#include "nbt/simwire.h"
#include "nbt/text.h"
#include "rc/agent.h"
#include "rc/viewer.h"

enum {
    SCENE_WORD_MAX = 32,     /* octets of a label or of a name of a host, with its NUL */
    SCENE_ADAPTERS_MAX = 4,  /* of one host */
    SCENE_ALLOWED_MAX = 8,   /* networks that may be disturbed */
    SCENE_AFTER_MAX = 8,     /* what one expectation can stand behind */
    SCENE_NOBODY = 0xFFFF,   /* no host, no program, no network */
    SCENE_EVERYBODY = 0xFFFE /* message patterns: broadcast */
};

/* Where something stands in the file, both from 1 on. */
typedef struct scene_pos {
    uint32_t line, column;
} scene_pos;

/*
 * Of a thing that a line with count= made: a row of them, in which % is the number of each. The
 * texts are those of the line, and only the first of a row has them: NULL where no % stands.
 */
typedef struct scene_row {
    uint32_t nth, of;                       /* from 1 on; 0: it is in no row */
    const char *label, *on, *name, *client; /* of a computer, `name` is its netbios= */
    const char *user;                       /* of a computer with a persona */
} scene_row;

typedef struct scene_network {
    char name[SCENE_WORD_MAX];
    scene_pos pos;
    uint32_t subnet, mask;
    nbt_simlink link;
    uint32_t mtu; /* octets of an IP packet; a longer datagram is lost */
} scene_network;

typedef enum scene_host_kind { SCENE_COMPUTER, SCENE_SERVER, SCENE_HOST } scene_host_kind;

typedef struct scene_adapter {
    scene_pos pos;
    uint16_t network;
    uint32_t ip;
} scene_adapter;

/* Which names of its own a computer has. */
enum { SCENE_WORKSTATION = 1, SCENE_FILESERVER = 2, SCENE_MESSENGER = 4 };

typedef struct scene_host {
    char name[SCENE_WORD_MAX]; /* what steps call it */
    scene_pos pos;
    scene_row row;
    scene_host_kind kind;
    scene_adapter adapter[SCENE_ADAPTERS_MAX];
    uint8_t nadapters;
    bool off; /* a step starts it */
    /* computers */
    char netbios[NBT_NAME_LEN]; /* its name: 1 to 15 octets, then zeros; by default `name`. Of a
                                   HOST: the name by which Samba's nmbd runs there, live */
    nbt_node_type node;
    const nbt_profile *profile;
    bool profile_said; /* by its line: nobody may take another one for all computers then */
    const nbt_persona *persona; /* NULL: none; else the profile is its own unless said */
    char group[NBT_NAME_LEN];   /* of a persona, as netbios; zeros: NBT_PERSONA_GROUP */
    char user[NBT_NAME_LEN];    /* the same: who is logged on; zeros: nobody */
    uint32_t wins[NBT_SERVERS_MAX];
    uint8_t nwins;
    uint32_t nbdds[NBT_NBDDS_MAX]; /* datagram distribution servers */
    uint8_t nnbdds;
    nbt_scope scope;
    unsigned services;
    nbt_lmhost *lmhosts;
    uint32_t nlmhosts;
    /* servers */
    nbt_nbns_profile server; /* with the changes that the line asks for */
    uint32_t redirect;
    bool datagrams; /* it distributes datagrams, too (nbt/nbdd.h) */
} scene_host;

typedef enum scene_program_kind {
    SCENE_PROGRAM,
    SCENE_ECHO,
    SCENE_SINK,
    SCENE_SERVICE,
    SCENE_AGENT,
    SCENE_VIEWER,
} scene_program_kind;

typedef struct scene_program {
    char name[SCENE_WORD_MAX];
    scene_pos pos;
    scene_row row;
    scene_program_kind kind;
    uint16_t host;
    uint8_t lana;
    bool off;              /* a step runs it; viewers always are */
    nbt_name listen;       /* ECHO, SINK, SERVICE: the name they add and are called by */
    nbt_dummy_kind serves; /* the same: what they do then */
    /* AGENT, VIEWER: their texts are borrowed from the scene */
    rc_agent_cfg agent;
    rc_viewer_cfg viewer;
    const char *file;   /* the name of its file: what an agent has, or a viewer stores; else NULL */
    uint32_t file_size; /* of that; what is in it, scene_file_octet says */
} scene_program;

static inline bool scene_is_service(const scene_program *p)
{
    return p->kind == SCENE_ECHO || p->kind == SCENE_SINK || p->kind == SCENE_SERVICE;
}

/* Octet `at` of every file. */
static inline uint8_t scene_file_octet(uint32_t at)
{
    return (uint8_t)(at * 2654435761u >> 24);
}

/* -- what can be seen: the same for await, expect and never -------------------------------------
 */

typedef enum scene_see {
    SCENE_SEE_MESSAGE,  /* a message was sent */
    SCENE_SEE_DONE,     /* a control block came back */
    SCENE_SEE_PROGRAM,  /* a viewer, an agent: ready, connected, refused, ended */
    SCENE_SEE_NAME,     /* a computer's entry for a name is in a state */
    SCENE_SEE_OWNERS,   /* so many computers own a name: registered and not in conflict */
    SCENE_SEE_RECORD,   /* a server's record of a name */
    SCENE_SEE_SESSIONS, /* so many sessions of a computer are established */
    SCENE_SEE_READY,    /* a host is up, its own names obtained or refused */
    SCENE_SEE_LOG,      /* an agent's security log got an entry: `count`, its code; -1: any */
} scene_see;

/* A message pattern: every word that stands in it must stand in the message's text form too. */
typedef struct scene_pattern {
    uint16_t from, to;       /* hosts; SCENE_NOBODY: any; to: SCENE_EVERYBODY: broadcast */
    uint32_t from_ip, to_ip; /* 0: any; where an adapter is meant */
    const char *kind;        /* "*": any */
    const char *name;        /* the text form, "*": any */
    const char **word;       /* "rcode=ACT_ERR", "unique"; a value of * asks only for the key */
    uint32_t nwords;
} scene_pattern;

typedef enum scene_name_state {
    SCENE_NAME_ABSENT,
    SCENE_NAME_CLAIMED, /* the claim is under way */
    SCENE_NAME_REGISTERED,
    SCENE_NAME_CONFLICT,
} scene_name_state;

typedef enum scene_phase {
    SCENE_PHASE_READY,     /* agent: listens */
    SCENE_PHASE_CONNECTED, /* has its session */
    SCENE_PHASE_REFUSED,   /* viewer: its claim was refused */
    SCENE_PHASE_ENDED,     /* is over: end */
    SCENE_PHASE_SHOWS,     /* viewer: a row of its screen has changed, and has the text in it */
    SCENE_PHASE_DEAF,      /* agent: its session's security context is lost */
} scene_phase;

typedef struct scene_sight {
    scene_see see;
    scene_pattern msg;
    uint16_t host;          /* NAME, RECORD, SESSIONS, READY */
    uint16_t program;       /* DONE, PROGRAM, LOG */
    uint8_t verb;           /* DONE: enum nbt_ncb_command, 0: any */
    bool named;             /* there is a name */
    nbt_name name;          /* DONE, NAME, OWNERS, RECORD */
    int16_t retcode;        /* DONE, PROGRAM refused: enum nbt_nrc, -1: any */
    int8_t via;             /* PROGRAM: rc_transport, -1: any */
    int8_t end;             /* PROGRAM ended: rc_end, -1: any */
    scene_phase phase;      /* PROGRAM */
    char *text;             /* PROGRAM shows */
    scene_name_state state; /* NAME */
    int8_t record;          /* RECORD: nbt_nbstate, -1: any; NBT_NBSTATE_GONE: none is there */
    uint32_t owner;         /* RECORD: an address among its own, 0: any */
    int32_t count;          /* OWNERS, SESSIONS: exactly so many; LOG: rc_log, -1: any */
} scene_sight;

/* -- steps --------------------------------------------------------------------------------------
 */

typedef enum scene_do {
    SCENE_DO_AWAIT,  /* sight, within `limit` */
    SCENE_DO_START,  /* host */
    SCENE_DO_STOP,   /* host: in order, its names are released */
    SCENE_DO_CRASH,  /* host: at once, nobody is told */
    SCENE_DO_RUN,    /* program */
    SCENE_DO_KILL,   /* program: its connection to the driver breaks */
    SCENE_DO_CLOSE,  /* viewer, agent: ends in order */
    SCENE_DO_TYPE,   /* viewer: text */
    SCENE_DO_PERMIT, /* agent: `yes` */
    SCENE_DO_NCB,    /* program: verb, names, text */
    SCENE_DO_SEND,   /* host: a message in text form, or bytes, to an address and port */
    SCENE_DO_STATIC, /* server: a static mapping: name, group, ip */
    SCENE_DO_FORGET, /* server: deletes a name */
    SCENE_DO_FREEZE, /* server; THAW undoes it */
    SCENE_DO_THAW,
    SCENE_DO_LINK,      /* network: from now on this link */
    SCENE_DO_PARTITION, /* network: `hosts` against all others */
    SCENE_DO_HEAL,      /* network */
    SCENE_DO_FAULT,     /* faults[fault] begins */
    SCENE_DO_MEND,      /* faults[fault] ends */
    SCENE_DO_CLOCK,     /* host: its clock jumps ahead by `jump` */
} scene_do;

typedef struct scene_step {
    scene_pos pos;
    nbt_time at; /* since the start; if `relative`, since the step before has ended */
    bool relative;
    nbt_time slack; /* explore: it may happen so much later */
    scene_do what;
    uint16_t host, program, network, fault;
    scene_sight sight; /* AWAIT */
    nbt_time limit;    /* AWAIT */
    nbt_ncb ncb;       /* NCB */
    char *text;        /* TYPE; NCB: what is sent; SEND: the message's line */
    uint8_t *bytes;    /* SEND: its octets; NCB: what is sent, if that is no text */
    uint32_t nbytes;
    bool asked;      /* SEND: its id is that of the latest request from there about its name */
    nbt_ep from, to; /* SEND; from.port 137, 138 or what the line says */
    bool yes, group;
    nbt_name name;
    uint32_t ip;
    nbt_simlink link;
    uint16_t *hosts; /* PARTITION */
    uint32_t nhosts;
    nbt_time jump;
} scene_step;

/* -- faults -------------------------------------------------------------------------------------
 */

typedef enum scene_harm {
    SCENE_HARM_DROP,
    SCENE_HARM_DELAY,     /* by `more` */
    SCENE_HARM_DUPLICATE, /* `times` more, which come `more` behind it */
    SCENE_HARM_REORDER,   /* the message comes behind the next one from the same host */
    SCENE_HARM_CORRUPT,   /* `field` becomes `value` */
} scene_harm;

typedef enum scene_field {
    SCENE_FIELD_RCODE,
    SCENE_FIELD_TRN_ID,
    SCENE_FIELD_TTL,
    SCENE_FIELD_RDLENGTH,
    SCENE_FIELD_NAME, /* the question's or the first record's: `name` */
} scene_field;

typedef struct scene_fault {
    char name[SCENE_WORD_MAX]; /* "" if nobody needs to call it */
    scene_pos pos;
    bool stepped; /* begins with a step; else at once */
    scene_harm harm;
    nbt_time more;
    uint32_t times;
    scene_field field;
    uint32_t value;
    nbt_name to_name;
    scene_pattern msg;
    uint32_t first, nth, every; /* the first N that fit, the Nth, every Nth; 0: not said */
    nbt_time on, off;           /* it comes and goes; on 0: it stays */
} scene_fault;

/* -- expectations -------------------------------------------------------------------------------
 */

typedef struct scene_expect {
    char label[SCENE_WORD_MAX]; /* "" without one */
    scene_pos pos;
    bool never;    /* it must not be seen in the window */
    bool finally;  /* a state: it must be so at the end */
    int32_t count; /* exactly so often; -1: at least once */
    scene_sight sight;
    nbt_time from, until; /* the window since the start; NBT_NEVER: to the end */
    bool since_step;      /* `from` and `until` count from the end of step `step` */
    uint32_t step;
    uint16_t after[SCENE_AFTER_MAX]; /* expectations that must have come before */
    uint8_t nafter;
    uint32_t share; /* of all seeds, in a million; a million: on all */
    char *because;  /* why not on all */
} scene_expect;

/* What must hold in every run, unless the scenario says why not: `allow`. */
typedef enum scene_invariant {
    SCENE_INV_TWO_OWNERS,       /* two computers that hear each other own a unique name */
    SCENE_INV_GROUP_AND_UNIQUE, /* a name is a group's and somebody's own */
    SCENE_INVARIANTS,
} scene_invariant;

/* A network that may be disturbed though it was not made for the run: `allow`. */
typedef struct scene_allowed {
    uint32_t ip, mask;
    char *because;
} scene_allowed;

typedef enum scene_only { SCENE_BOTH, SCENE_SIMULATED, SCENE_LIVE } scene_only;

typedef struct scene {
    nbt_mem mem;
    struct scene_block *blocks; /* all that the scene points to lies in these */
    char *name, *title;
    char **source, **about;
    uint32_t nsources, nabouts;
    scene_only only;
    char *only_why;
    char *allow[SCENE_INVARIANTS]; /* why this invariant need not hold; NULL: it must */
    scene_allowed allowed[SCENE_ALLOWED_MAX];
    uint32_t nallowed;
    scene_network *network;
    scene_host *host;
    scene_program *program;
    scene_step *step;
    scene_fault *fault;
    scene_expect *expect;
    uint32_t nnetworks, nhosts, nprograms, nsteps, nfaults, nexpects;
    bool end_relative;
    nbt_time end; /* when it is over; if relative, after the last step has ended */
} scene;

/* An empty scene: no network, no host, no step; it ends ten seconds after its last step. */
void scene_init(scene *s, nbt_mem mem);

/* Frees all that a scene holds. */
void scene_free(scene *s);

/* For who makes scenes: zeroed memory, and a text's copy with a NUL, that live as long as the
 * scene. NULL without memory. */
void *scene_room(scene *s, size_t size);
char *scene_text(scene *s, const char *p, size_t n);

/* One more of each kind, zeroed but for what has another default (below); NULL without memory. They
 * move when the next one is added. */
scene_network *scene_add_network(scene *s);
scene_host *scene_add_host(scene *s);
scene_program *scene_add_program(scene *s);
scene_step *scene_add_step(scene *s);
scene_fault *scene_add_fault(scene *s);
scene_expect *scene_add_expect(scene *s);
nbt_lmhost *scene_add_lmhost(scene *s, scene_host *h);

/* A name as a computer's, its workgroup's or its user's: 1 to 15 octets, in upper case, then zeros.
 * False, and `to` is untouched: it is none. */
bool scene_name_make(char to[NBT_NAME_LEN], const char *p, size_t n);

/* A computer's name, of n octets as its owner wrote it: in upper case, as all stacks have it. False
 * if it has not 1 to 15; nothing has changed then. */
bool scene_host_netbios(scene_host *h, const char *p, size_t n);

/* The network of an address that says none: the first whose subnet has it, else the first. */
uint16_t scene_network_of(const scene *s, uint32_t ip);

/* From which of its addresses a host sends to another: the first on the same network, else its
 * first; 0 if it has none. */
uint32_t scene_sends_from(const scene *s, uint16_t host, uint32_t to);

/* What is so where a line does not say it. */
scene_network scene_network_default(void);
void scene_sight_init(scene_sight *sight, scene_see see);
void scene_pattern_init(scene_pattern *p); /* any message */

#endif
