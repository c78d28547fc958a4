/*
 * The octets of a message, each beside its field: a table that has every octet once. What nobody
 * read, behind the trouble of a malformed message, is there too, and says so.
 *
 *     00000  1a 2b                                            NAME_TRN_ID  0x1a2b
 *     00002  29 10                                            OPCODE NM_FLAGS RCODE  0x2910
 *     ...
 *     0000c  20 45 47 46 43 45 46 45 45 43 41 43 41 43 41 43  QUESTION_NAME  FRED<20>
 *     0001c  41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43  QUESTION_NAME
 *     0002c  41 00                                            QUESTION_NAME
 *
 * Beside user data stand its characters, 16 in a row.
 */
#ifndef CAPTURE_OCTETS_H
#define CAPTURE_OCTETS_H

#include "capture/print.h"
#include "capture/tap.h"

/*
 * Prints at `to`, which has room for CAP_LINE_MAX, and ends with a newline. Gives the number of
 * characters; of an item without a message none.
 */
size_t cap_octets_print(const cap_item *item, char *to);

#endif
