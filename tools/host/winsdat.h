/*
 * Lines of wins.dat, in which Samba's nmbd keeps the registrations of its name server:
 *
 *     "FRED#20" 1795913075 10.0.0.1 66R
 *
 * the name without its padding and its 16th byte, when it expires (seconds since 1970; 0: never),
 * its addresses, and the upper byte of its NB_FLAGS in hex. The first line is "VERSION 1" and a
 * number that means nothing here.
 */
#ifndef TOOLS_HOST_WINSDAT_H
#define TOOLS_HOST_WINSDAT_H

#include "nbt/nbns.h"
#include "nbt/ns.h"

typedef struct host_winsdat {
    uint8_t name[NBT_NAME_LEN];
    nbt_nbkind kind; /* unique or multihomed by the number of addresses, group or internet by 1C */
    nbt_sec expires;
    uint16_t nb_flags;
    unsigned n;
    uint32_t ip[NBT_NBNS_INTERNET_MAX];
} host_winsdat;

/* Whether it is a first line of such a file. */
bool host_winsdat_is_first(const char *line);

/* Reads a line; NULL if that is one, else what is wrong with it: static text. */
const char *host_winsdat_read(const char *line, host_winsdat *e);

/* Prints a line with its newline; false for a name that such a file cannot have: one with a
 * quotation mark or an unprintable byte. `buf` has HOST_WINSDAT_STR_MAX octets. */
enum { HOST_WINSDAT_STR_MAX = 512 };
bool host_winsdat_print(const host_winsdat *e, char *buf);

#endif
