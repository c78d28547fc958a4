/*
 * Errors as users see them: one line with the thing, the reason and the remedy, and an exit status
 * that says which kind of trouble it was. It never ends the process: a tool's main does.
 */
#ifndef TOOLS_HOST_ERR_H
#define TOOLS_HOST_ERR_H

#include <stdbool.h>

/* The exit statuses of every program here: rows of tools/host/status.def. */
typedef enum host_status {
#define HOST_STATUS(sym, value, text) HOST_##sym = (value),
#include "tools/host/status.def"
#undef HOST_STATUS
} host_status;

/* What a status means, as the man pages have it; NULL for a number that is no status. */
const char *host_status_str(int status);

/* One trouble. A function that can fail fills one in and returns false or NULL. */
typedef struct host_err {
    host_status status;
    char text[512]; /* "UDP port 137 of 10.0.0.1 is taken by nmbd (pid 1234); stop it or ..." */
} host_err;

/* Fills in an error; text beyond its room is cut. */
void host_err_set(host_err *err, host_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints "program: text" on standard error and returns the status, for main to return. */
int host_err_print(const char *program, const host_err *err);

/*
 * Whether something that was written to standard output is lost: the disk is full, the reader has
 * gone. True: err says so (HOST_SYSTEM). It flushes what is left; to be asked right after writing,
 * while errno is that of the write.
 */
bool host_stdout_lost(host_err *err);

#endif
