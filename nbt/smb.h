/*
 * The header of an SMB message (MS-CIFS 2.2.3.1), as far as NetBIOS' own neighbours use SMB: writes
 * to mailslots and the messenger service. All integers of SMB are little-endian. It never knows
 * files.
 */
#ifndef NBT_SMB_H
#define NBT_SMB_H

#include "nbt/wire.h"

enum {
    NBT_SMB_LEN = 32,
    NBT_SMB_SIGNATURE = 14, /* where SecurityFeatures are */
    NBT_SMB_REPLY = 0x80,   /* of Flags: this is an answer */
};

typedef struct nbt_smb {
    uint8_t command;
    uint32_t status; /* in little-endian order: class, 0, code; or an NTSTATUS */
    uint8_t flags;
    uint16_t flags2;
    uint16_t tid, pid, uid, mid;
} nbt_smb;

/* Whether octets begin as an SMB message of this command does; reads no more than five of them. */
bool nbt_smb_is(nbt_bytes b, uint8_t command);

/*
 * Reads or writes the 32 octets. PIDHigh, SecurityFeatures and Reserved are read over, and written
 * as 0. Errors: SHORT or FULL, VALUE (another Protocol).
 */
void nbt_smb_rd(nbt_rd *r, nbt_smb *h);
void nbt_smb_wr(nbt_wr *w, const nbt_smb *h);

/*
 * A text that ends in a NUL, borrowed without it. Errors: SHORT (no NUL). Written: RANGE (the text
 * has a NUL), FULL.
 */
nbt_bytes nbt_smb_string_rd(nbt_rd *r, const char *field);
void nbt_smb_string_wr(nbt_wr *w, nbt_bytes text, const char *field);

#endif
