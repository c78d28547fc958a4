/*
 * Whom a computer stands in for: the names that such a system claims and in which order, how its
 * node status lists them, whose rows it has in nbt/profile.def and nbt/browser.def, and what of it
 * is outside NetBIOS. A persona is a row of nbt/persona.def; timing and choices are no part of it:
 * those are the profile's, which can be another one (a system with a patch, or without it).
 */
#ifndef NBT_PERSONA_H
#define NBT_PERSONA_H

#include "nbt/ltable.h"

/* Of whose name the first 15 octets are. */
typedef enum nbt_whose {
    NBT_WHOSE_NOBODY,   /* behind the last of a list */
    NBT_WHOSE_MACHINE,  /* the computer's */
    NBT_WHOSE_GROUP,    /* its workgroup's or domain's */
    NBT_WHOSE_USER,     /* who is logged on */
    NBT_WHOSE_BROWSERS, /* 01 02 __MSBROWSE__ 02 01 */
} nbt_whose;

typedef struct nbt_persona_name {
    uint8_t suffix;
    uint8_t whose; /* nbt_whose */
    bool waits;    /* until the claims of those before it have ended */
    bool user;     /* only if somebody is logged on, of whomever it is */
} nbt_persona_name;

enum {
    NBT_PERSONA_NAMES_MAX = 8,  /* that it claims itself */
    NBT_PERSONA_STATUS_MAX = 12 /* whose places in a node status are known */
};

typedef struct nbt_persona {
    const char *word;                                    /* "win98" */
    const char *system;                                  /* "Windows 98" */
    const char *profile;                                 /* its row of nbt/profile.def */
    const char *browser;                                 /* its row of nbt/browser.def */
    nbt_persona_name claims[NBT_PERSONA_NAMES_MAX + 1];  /* as they are claimed */
    nbt_persona_name status[NBT_PERSONA_STATUS_MAX + 1]; /* as a node status lists them */
    uint8_t status_tail; /* octets of zero that it sends behind that */
    uint8_t ip_ttl;      /* of its IP packets */
    bool ip_fragments;   /* DF is clear in its UDP packets */
    /* Where each is from. A line of nbt/profile.def and nbt/browser.def has its own. */
    struct {
        const char *profile, *browser, *claims, *status, *ip;
    } source;
} nbt_persona;

/* The workgroup that Windows and Samba are installed with. */
#define NBT_PERSONA_GROUP "WORKGROUP"

/* The persona of that word, or NULL. Static storage. */
const nbt_persona *nbt_persona_find(const char *word, size_t len);

/* The i-th persona for listings, NULL behind the last. */
const nbt_persona *nbt_persona_at(size_t i);

/* Whether such a name is a group's to share: <1B> and <1D> of a workgroup are unique. */
bool nbt_persona_is_group(const nbt_persona_name *name);

/* Whether it claims a name of whoever is logged on. */
bool nbt_persona_has_user(const nbt_persona *persona);

/* "MACHINE", "GROUP", "USER", "__MSBROWSE__"; static. */
const char *nbt_whose_str(nbt_whose whose);

/*
 * The names of a table in the order in which a node status has them, those under way included:
 * first those whose places the persona tells, then the others by number; by number alone without a
 * persona (NULL). Returns how many. They hold until the table changes.
 */
size_t nbt_persona_list(const nbt_persona *persona, const nbt_ltable *names,
                        const nbt_entry *list[NBT_NAMES_MAX]);

#endif
