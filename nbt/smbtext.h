/*
 * User data that is SMB, as one word of the text form (nbt/text.h, data=DATA): a write to a
 * mailslot, or a message of the messenger service. Printed and parsed here; parse(print(b)) gives b
 * again.
 *
 *     \MAILSLOT\BROWSE(request-election,version=1,criteria=0x20010f03,uptime=5000,unused=0,server="A")
 *     \MAILSLOT\MESSNGR(send-message,from="A",to="B",text="hello\x20there")
 *     \MAILSLOT\NET\NETLOGON(data=0700)
 *     smb(start-message,from="A",to="B")      smb(start-message,reply=1,group=7)
 *
 *     word  = MAILSLOT "(" items ")" | "smb(" items ")"
 *     items = [KIND] *( "," key "=" value )     a word of nbt/browse.def or nbt/messenger.h;
 * without it, what is written is the value of data= value = number | "text", with \xNN for what
 * cannot be seen | texts with / between | hex | -
 *
 * Keys are those of nbt/browse.def and nbt/messenger.h, printed in the order of the wire and parsed
 * in any. Of the SMB around them, timeout=1000, priority=1, class=2 and flags=0 of a mailslot and
 * reply, status, flags, flags2, tid, pid, uid and mid of a message, all 0, go without saying. A key
 * that is missing is 0, or a text of no characters.
 */
#ifndef NBT_SMBTEXT_H
#define NBT_SMBTEXT_H

#include "nbt/smb.h"
#include "nbt/word.h"

/* Room that is always enough for the word. */
enum { NBT_SMBTEXT_MAX = 8192 };

/*
 * Prints user data at `to`, which has room for NBT_SMBTEXT_MAX. Gives the number of characters; 0:
 * it is no such SMB, or the word would not say all of it.
 */
size_t nbt_smbtext_print(nbt_bytes data, char *to);

/* Whether a word is meant to be one of these: it begins so. */
bool nbt_smbtext_is(nbt_word w);

/* Parses all of a word, adds its octets to `to`. False: the word begins where the trouble is. */
bool nbt_smbtext_parse(nbt_word *w, nbt_wr *to);

#endif
