/*
 * Samba's nmbd on a host of a scenario: its configuration and its command line.
 */
#ifndef LAB_NMBD_H
#define LAB_NMBD_H

#include "tools/host/err.h"
#include "tools/lab/args.h"

/* Writes what nmbd needs below `folder` (nobody else's), for a host that it has an `nmbd=` of, as
 * number `host`; its command line. False: `err` says why. */
bool lab_nmbd(lab_args *a, const scene *s, uint16_t host, const char *folder, host_err *err);

#endif
