/*
 * nbtdump --error: what a number means. No packet is read for it.
 */
#ifndef DUMP_ERROR_H
#define DUMP_ERROR_H

#include <stdio.h>

/*
 * Says on `to` what `code` means, with what followed it on the command line, or NULL: more words of
 * the code ("rcode", "6"), or the data of an event. A dash, as `code` or among the rest, stands for
 * what `from` has of that data. Gives the exit status: HOST_OK, or HOST_USAGE for a code that is
 * not known or data that is none, of which one line on standard error tells.
 */
int dump_error(const char *code, const char *rest, FILE *from, FILE *to);

#endif
