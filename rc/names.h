/*
 * The NetBIOS names of remote control: a machine's name padded to 15 bytes, and a letter as the
 * 16th. Bytes are compared exactly and case is never folded here: a client asked for in lower case
 * is not found (KB Q305164), as with the product.
 */
#ifndef RC_NAMES_H
#define RC_NAMES_H

#include "nbt/name.h"

enum {
    RC_SUFFIX_COMPUTER = 0x00, /* the machine's own name (workstation service, KB Q137423) */
    RC_SUFFIX_CONSOLE = 0x41,  /* 'A': what a viewer claims for itself (KB Q200832) */
    RC_SUFFIX_CLIENT = 0x43,   /* 'C': what an agent listens on (KB Q151221, Q155744, Q170440) */
    RC_SUFFIX_TRANSFER = 0x46, /* 'F': file transfer, the last of the four (KB Q163409) */
};

/* The name of a machine with a suffix. False when `machine` is empty or longer than 15 bytes. */
bool rc_name_make(uint8_t name[NBT_NAME_LEN], const char *machine, uint8_t suffix);

/* Puts the digit n (0 to 9) into the 15th byte, over whatever is there: FRED         1A. */
void rc_name_number(uint8_t name[NBT_NAME_LEN], unsigned n);

/* The machine's part of a name, without the padding, as a NUL-terminated text. */
void rc_name_machine(const uint8_t name[NBT_NAME_LEN], char machine[NBT_NAME_LEN]);

/* ASCII letters to upper case, as an agent registers its name (KB Q305164). */
void rc_name_upper(uint8_t name[NBT_NAME_LEN]);

#endif
