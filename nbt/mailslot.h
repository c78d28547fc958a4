/*
 * A write to a mailslot: the SMB transaction of 17 words that browsers, logon servers and
 * messengers send inside one datagram (MS-MAIL 2.2.1, MS-CIFS 2.2.4.33). What is written is not
 * looked at here: nbt/browse.h and nbt/messenger.h read that.
 */
#ifndef NBT_MAILSLOT_H
#define NBT_MAILSLOT_H

#include "nbt/smb.h"

#define NBT_MAILSLOT_BROWSE "\\MAILSLOT\\BROWSE"
#define NBT_MAILSLOT_LANMAN "\\MAILSLOT\\LANMAN"
#define NBT_MAILSLOT_MESSNGR "\\MAILSLOT\\MESSNGR"

enum {
    NBT_MAILSLOT_COMMAND = 0x25, /* SMB_COM_TRANSACTION */
    NBT_MAILSLOT_WRITE = 1,      /* MailSlotOpcode */
    NBT_MAILSLOT_UNRELIABLE = 2, /* Class */
    NBT_MAILSLOT_HEAD = 69,      /* octets before the name: header, words and byte count */
    NBT_MAILSLOT_MAX = 443,      /* name, its NUL and what is written, MS-MAIL 2.2.1 */
};

typedef struct nbt_mailslot {
    uint32_t timeout;  /* ms; 0 or 1000, nobody waits for an answer */
    uint16_t flags;    /* of the transaction */
    uint16_t priority; /* 0 or 1 */
    uint16_t cls;      /* Class */
    nbt_bytes name;    /* with \MAILSLOT\ in front; borrowed */
    nbt_bytes data;    /* what is written; borrowed */
} nbt_mailslot;

/* Whether octets may be such a write: an SMB of that command. */
static inline bool nbt_mailslot_is(nbt_bytes b)
{
    return nbt_smb_is(b, NBT_MAILSLOT_COMMAND);
}

/*
 * Reads one from a datagram's user data. What is written must lie behind the name and inside the
 * datagram, and octets around it are let be. Errors: SHORT, VALUE (no write to a mailslot), LENGTH
 * (DataOffset or DataCount point elsewhere, or there are parameters).
 */
void nbt_mailslot_rd(nbt_rd *r, nbt_mailslot *m);

/* Writes one; what is not in the struct is 0. Errors: FULL, RANGE, LONG (over NBT_MAILSLOT_MAX). */
void nbt_mailslot_wr(nbt_wr *w, const nbt_mailslot *m);

/* Whether it is the mailslot of that name; letters are compared without their case. */
bool nbt_mailslot_named(const nbt_mailslot *m, const char *name);

#endif
