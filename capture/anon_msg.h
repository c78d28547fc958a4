/*
 * Messages that are made anonymous: NetBIOS's, what mailslots carry of browsing, remote control's.
 * Fields are replaced or copied by what they are; what is not understood becomes zeros: SMB but for
 * its header, other user data, screens, what was typed, what of a malformed message was not read.
 * A malformed message stays malformed in the same place for the same reason.
 */
#ifndef CAPTURE_ANON_MSG_H
#define CAPTURE_ANON_MSG_H

#include "capture/anon_map.h"
#include "nbt/msg.h"
#include "rc/text.h"

/* Writes what stands for the octets of `msg`, as many, to `out`. */
void cap_anon_msg(const cap_anon_map *m, const nbt_msg *msg, uint8_t *out);
void cap_anon_rc(const cap_anon_map *m, const rc_packet *rc, uint8_t *out);

/*
 * The same for user data: the header of SMB, and where `mailslot` says that it may be one, the
 * request that writes to it, and what is written, if that is an announcement, an election or the
 * like (MS-BRWS 2.2). `out` is zeros.
 */
void cap_anon_smb(const cap_anon_map *m, nbt_bytes in, bool mailslot, uint8_t *out);

#endif
