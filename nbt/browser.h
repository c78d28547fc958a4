/*
 * The browser: the program of a computer that makes it appear in the lists of its workgroup, takes
 * part in elections and, elected, keeps the list and gives it to who asks (MS-BRWS 3.2, 3.3; MS-RAP
 * NetServerEnum2). It speaks datagrams and sessions through control blocks and nothing else; no
 * domain master is looked for.
 *
 * One object for one adapter and one workgroup.
 */
#ifndef NBT_BROWSER_H
#define NBT_BROWSER_H

#include "nbt/act.h"
#include "nbt/browse.h"

/* What a computer may become. */
typedef enum nbt_browser_part {
    NBT_BROWSER_HOST,      /* nothing: it only announces itself */
    NBT_BROWSER_POTENTIAL, /* whatever elections make of it */
    NBT_BROWSER_PREFERRED, /* the same, and it forces one when it starts */
} nbt_browser_part;

/* "host", "potential", "preferred". */
const char *nbt_browser_part_str(nbt_browser_part part);
bool nbt_browser_part_parse(nbt_browser_part *part, const char *text, size_t len);

/* What it is. */
typedef enum nbt_browser_role {
    NBT_BROWSER_IS_HOST,
    NBT_BROWSER_IS_POTENTIAL,
    NBT_BROWSER_IS_BACKUP,
    NBT_BROWSER_IS_MASTER,
} nbt_browser_role;

/* "host", "potential", "backup", "master". */
const char *nbt_browser_role_str(nbt_browser_role role);

typedef struct nbt_browser_profile {
    const char *word, *source;
    uint8_t os_major, os_minor, browser_major, browser_minor;
    uint32_t type;             /* ServerType, without the bits of its role */
    uint8_t election_os;       /* the highest octet of its criteria */
    uint16_t election_version; /* the two behind it */
} nbt_browser_profile;

/* Static. NULL: there is no such row. */
const nbt_browser_profile *nbt_browser_profile_find(const char *word, size_t len);

enum {
    NBT_BROWSER_SERVERS_MAX = 256, /* H54: a flood of announcements takes no more room than this */
    NBT_BROWSER_GROUPS_MAX = 64,
    NBT_BROWSER_COMMENT_MAX = 43, /* characters, MS-BRWS 2.2.1 */
};

typedef struct nbt_browser_cfg {
    const nbt_browser_profile *profile; /* borrowed, as long as the browser */
    nbt_browser_part part;
    uint8_t lana;
    const char *group;   /* the workgroup, 1 to 15 characters. Copied */
    const char *machine; /* this computer's name; NULL: the driver is asked. Copied */
    const char *comment; /* "" for none, up to NBT_BROWSER_COMMENT_MAX. Copied */
    int os;              /* election_os in place of the profile's; -1: the profile's */
    nbt_time
        check; /* how often a browser looks whether there is a master; 0: 12 min, MS-BRWS 3.3.6 */
    bool obey_reset; /* ResetStateRequest: anybody can send one (CVE-2000-0404) */
    uint64_t seed;
} nbt_browser_cfg;

/*
 * Its effects, act->app; `data` is a text.
 */
typedef enum nbt_browser_app {
    NBT_BROWSER_ROLE,     /* value: nbt_browser_role; data: why */
    NBT_BROWSER_ELECTION, /* value: criteria; data: who has sent it */
    NBT_BROWSER_MASTER,   /* data: the local master, which is another */
    NBT_BROWSER_APPEARED, /* value: ServerType; data: a server that is new in the list */
    NBT_BROWSER_VANISHED, /* data: a server that is not in it any more */
    NBT_BROWSER_FULL,     /* data: a server that finds no room in it */
    NBT_BROWSER_GROUP_IS, /* data: a workgroup and its master, with a space between them */
    NBT_BROWSER_ASKED,    /* value: how many entries were given; data: to whom, NAME<suffix> */
    NBT_BROWSER_ERROR,    /* data: what cannot be; ncb: what the driver said */
    NBT_BROWSER_EXIT,     /* value: 0 as asked, 1 behind an ERROR; the last of all */
} nbt_browser_app;

/* "role", "election", ... Static text. */
const char *nbt_browser_app_str(nbt_browser_app app);

typedef enum nbt_browser_cmd {
    NBT_BROWSER_CMD_ELECT, /* force an election */
    NBT_BROWSER_CMD_ASK,   /* ask all servers to announce themselves */
    NBT_BROWSER_CMD_CLOSE, /* say goodbye, give the names back, and end */
} nbt_browser_cmd;

typedef struct nbt_browser nbt_browser;

/* NULL without memory. */
nbt_browser *nbt_browser_new(nbt_mem mem, const nbt_browser_cfg *cfg);
void nbt_browser_free(nbt_browser *b);

void nbt_browser_start(nbt_browser *b, nbt_time now, nbt_out *out);
/* A control block has ended. */
void nbt_browser_ncb(nbt_browser *b, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                     nbt_out *out);
/* There is no driver any more. */
void nbt_browser_gone(nbt_browser *b, nbt_time now, nbt_out *out);
void nbt_browser_do(nbt_browser *b, nbt_time now, nbt_browser_cmd cmd, nbt_out *out);
void nbt_browser_tick(nbt_browser *b, nbt_time now, nbt_out *out);
nbt_time nbt_browser_due(const nbt_browser *b);

/* ---- What it knows -----------------------------------------------------------------------------
 */

nbt_browser_role nbt_browser_role_of(const nbt_browser *b);

/* The local master's name as far as it is known, else "". */
const char *nbt_browser_master(const nbt_browser *b);

typedef struct nbt_browser_server {
    char name[NBT_NAME_LEN];
    char comment[NBT_BROWSER_COMMENT_MAX + 1]; /* of a workgroup: its master */
    uint32_t type;
    uint8_t os_major, os_minor;
    nbt_time until;
} nbt_browser_server;

/* The i-th of the list that a master keeps; NULL behind the last. The same for other workgroups. */
const nbt_browser_server *nbt_browser_server_at(const nbt_browser *b, size_t i);
const nbt_browser_server *nbt_browser_group_at(const nbt_browser *b, size_t i);

#endif
