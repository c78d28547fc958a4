/*
 * What a user says about a name server, checked and turned into what it needs. Each function takes
 * one option's text; false means that err has the one line for the user.
 */
#ifndef TOOLS_HOST_NSSETUP_H
#define TOOLS_HOST_NSSETUP_H

#include "nbt/nbns.h"
#include "tools/host/err.h"

enum { HOST_NSSETUP_SERVED_MAX = 64 };

typedef struct host_nssetup {
    nbt_nbns_profile profile; /* a copy, with what the user changed */
    nbt_subnet served[HOST_NSSETUP_SERVED_MAX];
    size_t nserved;
    uint32_t redirect_to;
    bool datagrams,
        not_back; /* a datagram distribution server, too; and the sender gets none back */
    bool migrate; /* static mappings yield to claims */
    size_t max_names;
    const char *store; /* NULL: the default, or none with `memory` */
    bool memory;
    char path[512];                              /* the default, when it is taken */
    bool secured_said, count_said, timeout_said; /* by the user, whatever the profile */
    bool secured;
    uint8_t count;
    nbt_time timeout;
} host_nssetup;

/* Profile rfc, everything else as it has it. */
void host_nssetup_init(host_nssetup *s);

bool host_nssetup_profile(host_nssetup *s, const char *text, host_err *err);

/* How often and after how many milliseconds holders are asked. */
bool host_nssetup_count(host_nssetup *s, const char *text, host_err *err);
bool host_nssetup_timeout(host_nssetup *s, const char *text, host_err *err);

/* "10.1.0.0/16", several with commas: subnets of clients. */
bool host_nssetup_served(host_nssetup *s, const char *text, host_err *err);

bool host_nssetup_redirect(host_nssetup *s, const char *text, host_err *err);
bool host_nssetup_max_names(host_nssetup *s, const char *text, host_err *err);

/*
 * When all options are in: puts them together, and finds where the store is, unless there is none:
 * names.db in $STATE_DIRECTORY, $XDG_STATE_HOME/nbtlab or /var/lib/nbtlab, whose folder is made.
 */
bool host_nssetup_finish(host_nssetup *s, host_err *err);

#endif
