/*
 * The inside of a browser: for nbt/browser*.c alone. browser.c has its names and what arrives,
 * browser_elect.c elections, browser_say.c what it says, browser_list.c whom it knows,
 * browser_serve.c who is told of them.
 */
#ifndef NBT_BROWSER_IMPL_H
#define NBT_BROWSER_IMPL_H

#include "nbt/browser.h"
#include "nbt/lanman.h"
#include "nbt/prog.h"

/* The names of a browser, in the order in which they are claimed. */
typedef enum nbt_browser_name {
    NBT_BROWSER_WORKGROUP, /* <00>, a group: LAN Manager's announcements */
    NBT_BROWSER_BROWSERS,  /* <1E>, a group: elections and requests to announce */
    NBT_BROWSER_LOCAL,     /* <1D>, unique on the subnet: the local master's */
    NBT_BROWSER_MSBROWSE,  /* 01 02 __MSBROWSE__ 02 01, a group: the local masters of all groups */
    NBT_BROWSER_NAMES
} nbt_browser_name;

typedef struct nbt_browser_claim {
    uint8_t b[NBT_NAME_LEN];
    bool group;
    bool want, held;
    bool ours;   /* it was added here, and is to be deleted */
    bool failed; /* refused, and not to be asked for again before `due` */
    nbt_time due;
} nbt_browser_claim;

typedef struct nbt_browser_list {
    nbt_browser_server *p;
    size_t n, cap;
} nbt_browser_list;

/* Somebody who has called for the list. */
typedef struct nbt_browser_guest {
    uint16_t lsn; /* 0: none */
    uint32_t receive;
    nbt_time due; /* when patience with him ends */
    uint8_t who[NBT_NAME_LEN];
    nbt_lanman talk;
} nbt_browser_guest;

enum {
    NBT_BROWSER_DOORS =
        8, /* LISTENs at a time, for <20> and <1D> by turns: callers may come at once */
    NBT_BROWSER_GUESTS = 8, /* sessions at a time; ours */
};

typedef enum nbt_browser_state {
    NBT_BROWSER_IDLE,
    NBT_BROWSER_NAMING, /* the driver is asked for the computer's name */
    NBT_BROWSER_AT_WORK,
    NBT_BROWSER_LEAVING, /* names are being given back */
    NBT_BROWSER_OVER,
} nbt_browser_state;

struct nbt_browser {
    nbt_mem mem;
    nbt_browser_cfg cfg;
    char group[NBT_NAME_LEN], machine[NBT_NAME_LEN], comment[NBT_BROWSER_COMMENT_MAX + 1];
    uint8_t own[NBT_NAME_LEN]; /* <00>: who sends */

    nbt_browser_state state;
    nbt_browser_role role;
    nbt_time started;
    nbt_rng rng;
    nbt_prog_tags tags;
    nbt_prog_ask ask; /* one command about a name at a time */
    size_t asked;     /* which of `names` it is about */
    nbt_browser_claim names[NBT_BROWSER_NAMES];
    unsigned refusals; /* of <1D>, one after the other */

    uint32_t
        receives[NBT_BROWSER_NAMES + 1]; /* RECEIVE DATAGRAMs, by name, own <00> last. 0: none */
    nbt_time receive_due;                /* when one that failed is asked again */
    uint32_t find_tag;                   /* FIND NAME of <1D> */
    nbt_time check_due;                  /* when the master is looked for */

    nbt_time announce_due, domain_due, ask_due;
    unsigned asks;                        /* requests to announce, since it became master */
    unsigned announced, domain_announced; /* how often, in this role */
    uint8_t update_count;

    unsigned sent;      /* frames of the election under way */
    bool running;       /* it is under way, and not lost yet */
    nbt_time elect_due; /* the next frame, or that it is won */

    char master[NBT_NAME_LEN];
    bool full;      /* it has been told that a list is */
    bool preferred; /* its first election is over, or was needless */
    nbt_browser_list servers, groups;

    uint32_t listens[NBT_BROWSER_DOORS]; /* 0: none */
    nbt_time listen_due;                 /* when one that failed is asked again */
    nbt_browser_guest guests[NBT_BROWSER_GUESTS];
};

/* Emits an effect. */
nbt_act *nbt_browser_emit(nbt_out *out, nbt_browser_app app, int64_t value, const char *text);

/* --- browser.c ----------------------------------------------------------------------------------
 */

/* Another role: its names are claimed or given back, and it is announced. */
void nbt_browser_become(nbt_browser *b, nbt_time now, nbt_browser_role role, const char *why,
                        nbt_out *out);
void nbt_browser_names_on(nbt_browser *b, nbt_time now, nbt_out *out);

static inline bool nbt_browser_may(const nbt_browser *b)
{
    return b->cfg.part != NBT_BROWSER_HOST;
}

/* --- browser_elect.c ----------------------------------------------------------------------------
 */

void nbt_browser_force(nbt_browser *b, nbt_time now, const char *why, nbt_out *out);
void nbt_browser_heard_election(nbt_browser *b, nbt_time now, const nbt_browse *m, nbt_out *out);
void nbt_browser_elect_tick(nbt_browser *b, nbt_time now, nbt_out *out);
/* <1D> was refused, or is held: the election's prize. */
void nbt_browser_crowned(nbt_browser *b, nbt_time now, bool good, nbt_out *out);

/* --- browser_say.c ------------------------------------------------------------------------------
 */

/* The bits of its role are added to the profile's. */
uint32_t nbt_browser_type(const nbt_browser *b);
void nbt_browser_say(nbt_browser *b, const nbt_browse *m, const uint8_t to[NBT_NAME_LEN],
                     nbt_out *out);
void nbt_browser_announce(nbt_browser *b, nbt_time now, nbt_out *out);
void nbt_browser_announce_domain(nbt_browser *b, nbt_time now, nbt_out *out);
void nbt_browser_goodbye(nbt_browser *b, nbt_time now, nbt_out *out);
void nbt_browser_ask_all(nbt_browser *b, nbt_out *out);
/* The first announcement of a role comes at `due`. */
void nbt_browser_announce_from(nbt_browser *b, nbt_time due);

/* --- browser_list.c -----------------------------------------------------------------------------
 */

void nbt_browser_heard_server(nbt_browser *b, nbt_time now, const nbt_browse *m, nbt_out *out);
void nbt_browser_heard_group(nbt_browser *b, nbt_time now, const nbt_browse *m, nbt_out *out);
void nbt_browser_give_backups(nbt_browser *b, const nbt_browse *m, const uint8_t to[NBT_NAME_LEN],
                              nbt_out *out);
void nbt_browser_list_tick(nbt_browser *b, nbt_time now, nbt_out *out);
nbt_time nbt_browser_list_due(const nbt_browser *b);
void nbt_browser_list_clear(nbt_browser *b);
/* Makes a potential browser a backup if there are too few, MS-BRWS 3.3.5.7. */
void nbt_browser_promote(nbt_browser *b, nbt_out *out);

/* --- browser_serve.c ----------------------------------------------------------------------------
 */

/* A master listens for callers, with whatever LISTEN is missing; another does not. */
void nbt_browser_serve_on(nbt_browser *b, nbt_out *out);
/* A control block has ended; false: it is not one of these. */
bool nbt_browser_serve_ncb(nbt_browser *b, nbt_time now, uint32_t tag, const nbt_ncb *ncb,
                           nbt_bytes data, nbt_out *out);
void nbt_browser_serve_tick(nbt_browser *b, nbt_time now, nbt_out *out);
nbt_time nbt_browser_serve_due(const nbt_browser *b);

#endif
