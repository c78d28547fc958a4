/*
 * What an error number means: a code of the protocol, a return code of the NetBIOS interface, an
 * error or an event of Windows. Which packet causes it, what to look at, how it is called above and
 * below. A number that means several things is explained as each.
 */
#ifndef CAPTURE_ERRORS_H
#define CAPTURE_ERRORS_H

#include "capture/buf.h"

/*
 * Adds what is known of a code. It is written as
 *
 *     22  0x16  0dh  0D                a number; digits alone are decimal if that is known, else
 * hex 0x80070034  0xC00010E0           with what Windows puts before an error or an event ACT_ERR
 * NRC_INUSE  INUSE  ERROR_DUP_NAME  called-not-present rcode 6    nrc 0x16    session 0x82 datagram
 * 0x83    error 52    event 4320    ras 642
 *
 * in any case of letters; a word before the number says which of its meanings is asked for. False:
 * nothing is known of it, and nothing was added.
 */
bool cap_error_explain(const char *code, cap_buf *out);

/* Whether a word is one of those that stand before a number. */
bool cap_error_is_set(const char *word);

#endif
