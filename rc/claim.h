/*
 * Getting a NetBIOS name on one or several LANAs, one after the other, and giving it back: a
 * viewer's <41> and an agent's <43>. Here is where Q200832 happens: the name is unique, and it is
 * claimed once for each session instead of once for each console.
 *
 * It finds out the machine's own name if it is not told, and the LANAs if it is to use all of them.
 */
#ifndef RC_CLAIM_H
#define RC_CLAIM_H

#include "rc/app.h"
#include "nbt/prog.h"

/* What to do about the name; all but the first are remedies. */
typedef enum rc_policy {
    RC_POLICY_PER_SESSION, /* the product's way: unique, and a refusal is the end */
    RC_POLICY_SHARED,      /* what is in this computer's table already is ours: use it */
    RC_POLICY_GROUP,       /* claim it as a group name (KB Q138472: Network Monitor did so) */
    RC_POLICY_NUMBERED,    /* a digit as the 15th byte, the next one while it is refused */
    RC_POLICY_TOLERANT,    /* refused: no NetBIOS on this LANA, but no end either */
} rc_policy;

/* "per-session", "shared", "group", "numbered", "tolerant". */
const char *rc_policy_str(rc_policy policy);
bool rc_policy_parse(rc_policy *policy, const char *text, size_t len);

enum { RC_LANAS_MAX = 8 }; /* KB Q188059: the viewer knew eight */

/* How it stands with the name on one LANA. */
typedef enum rc_hold {
    RC_HOLD_NOT,
    RC_HOLD_ADDED,  /* ours: to be given back */
    RC_HOLD_SHARED, /* somebody else's, of this computer: never to be given back by us */
} rc_hold;

typedef struct rc_claimed {
    uint8_t lana;
    rc_hold hold;
    uint8_t name[NBT_NAME_LEN];
    uint32_t returning; /* tag of the DELETE NAME, 0 if there is none */
} rc_claimed;

typedef struct rc_claim_cfg {
    const char *machine; /* NULL: the driver's first unique <00> name. Copied */
    bool upper;          /* fold the machine's name to upper case */
    bool want_name;      /* false: nothing is claimed, only the machine's name found out */
    uint8_t suffix;
    rc_policy policy;
    const uint8_t *lanas; /* copied, up to RC_LANAS_MAX; the machine's name is that of the first */
    size_t nlanas;        /* 0: all that the driver has, up to RC_LANAS_MAX */
    rc_say refused;       /* the product's words for a refused name, and about whom they are */
    const char *about;    /* borrowed, as long as the claim */
    const char *nameless; /* the reason to give when the driver has no name for the machine */
} rc_claim_cfg;

typedef enum rc_claim_state {
    RC_CLAIM_IDLE,
    RC_CLAIM_LISTING, /* LANA ENUM is pending */
    RC_CLAIM_NAMING,  /* ADAPTER STATUS is pending */
    RC_CLAIM_ADDING,  /* ADD NAME on lanas[at] is pending */
    RC_CLAIM_SETTLED, /* done: look at the lanas */
    RC_CLAIM_FAILED,  /* not to go on with: end, say and ncb tell why */
} rc_claim_state;

typedef struct rc_claim {
    rc_claim_cfg cfg;
    rc_claim_state state;
    uint8_t machine[NBT_NAME_LEN]; /* with suffix 00, once it is known */
    rc_claimed lanas[RC_LANAS_MAX];
    size_t nlanas, at;
    unsigned number; /* NUMBERED: the digit being tried */
    nbt_prog_ask ask;
    rc_end end; /* FAILED */
    rc_say say;
    nbt_ncb ncb;
    const char *reason; /* FAILED: NULL if it is the end's own, and what became of `ncb` */
} rc_claim;

/* Begins. It may settle at once, when there is nothing to find out and nothing to claim. */
void rc_claim_start(rc_claim *c, const rc_claim_cfg *cfg, nbt_prog_tags *tags, nbt_out *out);

/* A control block has come back. DONE: it is settled or has failed. */
nbt_prog_took rc_claim_ncb(rc_claim *c, nbt_prog_tags *tags, uint32_t tag, const nbt_ncb *ncb,
                           nbt_bytes data, nbt_out *out);

/* Claims once more on lanas[i], where a shared name has gone from the table in the meantime. */
void rc_claim_again(rc_claim *c, size_t i, nbt_prog_tags *tags, nbt_out *out);

/* FAILED: tells the user. */
void rc_claim_say(const rc_claim *c, nbt_out *out);

/* FAILED: the control block that failed; NULL if it did well and only its answer was no use. */
const nbt_ncb *rc_claim_failed(const rc_claim *c);

/* How many LANAs have a name to call from. */
size_t rc_claim_count(const rc_claim *c);

/*
 * Gives back by DELETE NAME what was added here, except on LANA `keep` (-1: everywhere). An answer
 * NRC_ACTSES is as good as any: others have sessions under the name and keep them, and the driver
 * removes it behind the last of these.
 */
void rc_claim_return(rc_claim *c, int keep, nbt_prog_tags *tags, nbt_out *out);

/* Whether no answer is due. */
bool rc_claim_idle(const rc_claim *c);

/* There is no driver any more, and so there are no names. */
void rc_claim_forget(rc_claim *c);

#endif
