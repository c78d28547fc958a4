/*
 * The viewed screen as a file: as text, a line a row, or as a PNG picture (ISO/IEC 15948). The file
 * is there as a whole or not at all. It never looks at a terminal.
 */
#ifndef TOOLS_HOST_SNAPSHOT_H
#define TOOLS_HOST_SNAPSHOT_H

#include "rc/screen.h"
#include "tools/host/err.h"

/* Whether a path ends in .txt or .png; err (HOST_USAGE) if not. */
bool host_snapshot_path(const char *path, host_err *err);

/* Writes it. False: err has the reason (HOST_SYSTEM). */
bool host_snapshot_write(const char *path, const rc_screen *s, host_err *err);

#endif
