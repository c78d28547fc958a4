/*
 * The first of two readings of a capture file: which conversation a packet is part of.
 */
#ifndef DUMP_FIND_H
#define DUMP_FIND_H

#include "tools/dump/opt.h"
#include "tools/host/err.h"

/*
 * Reads the file of `o` as far as its pick wants to search. False: `err` says why there is nothing
 * to be shown; damage behind the packet that was looked for is for the second reading to say.
 */
bool dump_find(const dump_opt *o, host_err *err);

#endif
