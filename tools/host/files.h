/*
 * The files that a viewer or an agent moves: what its object wants of one (RC_APP_FILE_*), done in
 * one folder and nowhere else. What is received grows in a file of its own, .NAME.rcpart, and comes
 * under its name in one step when it is whole. Whether it is whole is never decided here.
 *
 * A name is one component, and no symbolic link is followed at it; what is no regular file, or has
 * a second name elsewhere, is refused. So nothing leads out of the folder.
 */
#ifndef TOOLS_HOST_FILES_H
#define TOOLS_HOST_FILES_H

#include "rc/app.h"
#include "rc/channel.h"
#include "tools/host/err.h"

typedef struct host_files host_files;

/* The answer that the object waits for. */
typedef struct host_files_answer {
    bool due; /* there is one: an RC_CMD_FILE */
    int64_t value;
    nbt_bytes data; /* until the next call */
} host_files_answer;

/* Files of `folder`. NULL: err has the reason (HOST_SYSTEM). */
host_files *host_files_new(const char *folder, host_err *err);

/* One file, whatever the object calls it: it is read from `path`, or comes there. */
host_files *host_files_one(const char *path, host_err *err);

/* What an action wants; of other actions than RC_APP_FILE_OPEN to _OVER nothing is wanted. */
host_files_answer host_files_act(host_files *f, const nbt_act *act, nbt_bytes data);

/* A file that is not whole is kept for the next time. NULL is fine. */
void host_files_free(host_files *f);

#endif
