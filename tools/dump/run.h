/*
 * nbtdump as a whole: packets in, what was asked for out.
 */
#ifndef DUMP_RUN_H
#define DUMP_RUN_H

#include "tools/dump/opt.h"
#include "tools/host/err.h"

/* A capture that is damaged, or none, gives this exit status; so does a wrong command line. */
enum { DUMP_DAMAGED = HOST_USAGE };

/*
 * Does what `o` asks for and writes it to the descriptor `to`. Trouble is said on standard error,
 * in one line. Gives the exit status: HOST_OK, HOST_FOUND, DUMP_DAMAGED or another of host_status.
 * It can be called again. SIGINT and SIGTERM end it in good order while it runs, if dump_catch was
 * called.
 */
int dump_run(const dump_opt *o, int to);

/* SIGINT and SIGTERM are to end dump_run, and SIGPIPE nothing. For the whole process. */
void dump_catch(void);

#endif
