/*
 * Lines for the system's log: to the datagram socket that syslogd and systemd-journald listen on.
 * One that is away is tried again with each line; a line that cannot be sent is lost and counted,
 * and never waited for.
 */
#ifndef TOOLS_HOST_LOGSOCK_H
#define TOOLS_HOST_LOGSOCK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include "tools/host/err.h"

#define HOST_LOGSOCK_PATH "/dev/log"

typedef enum host_severity { /* RFC 3164 4.1.1 */
                             HOST_LOG_ERROR = 3,
                             HOST_LOG_WARNING = 4,
                             HOST_LOG_NOTICE = 5,
                             HOST_LOG_INFO = 6,
} host_severity;

typedef struct host_logsock {
    struct sockaddr_un at;
    const char *tag; /* borrowed: who speaks */
    int fd;          /* connected, or -1 */
    uint64_t lost;
} host_logsock;

/* False: HOST_USAGE for a path that cannot be one, HOST_SYSTEM when nobody listens there now. */
bool host_logsock_open(host_logsock *l, const char *path, const char *tag, host_err *err);
void host_logsock_close(host_logsock *l);

/* Sends a line of n characters, without a newline, as facility daemon. */
void host_logsock_say(host_logsock *l, host_severity severity, const char *text, size_t n);

#endif
