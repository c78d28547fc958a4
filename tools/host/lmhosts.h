/*
 * LMHOSTS files from the disk, with the files that they include (MS-NBTE 3.1.8.1). What a line
 * means is nbt/lmhosts.h's; here are files alone.
 */
#ifndef TOOLS_HOST_LMHOSTS_H
#define TOOLS_HOST_LMHOSTS_H

#include <stddef.h>

#include "nbt/lmhosts.h"
#include "tools/host/err.h"

enum {
    HOST_LMHOSTS_DEPTH = 16,              /* files that include one another */
    HOST_LMHOSTS_SIZE = 16 * 1024 * 1024, /* octets of a file */
};

typedef struct host_lmhosts {
    nbt_lmhost *hosts; /* in the order of the lines */
    size_t n, cap;
    unsigned patience_ms; /* for a file that is a pipe; 0: 6 s, as Windows has it (MS-NBTE 3.1.6) */
} host_lmhosts;

/*
 * Adds the lines of a file. A path after #INCLUDE is relative to the folder of the file that has
 * it; of a block of alternates the first file that can be opened is taken. False: err says which
 * file and line, with HOST_USAGE for what is in it (a line that cannot be read, a circle of files)
 * and HOST_SYSTEM for what cannot be opened; the lines before it are added. A pipe into which
 * nobody writes in time cannot be opened either.
 */
bool host_lmhosts_read(host_lmhosts *l, const char *path, host_err *err);

/* Gives the memory back. Zero bytes are an empty list. */
void host_lmhosts_free(host_lmhosts *l);

#endif
