/*
 * The datagrams that syslog(3) sends, RFC 3164 4.1: <PRI>, the local time, the tag with the
 * process's number, the text. It is not syslog(3), which tells nobody that a line was lost.
 */
#include "tools/host/logsock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FACILITY_DAEMON = 3, LINE_CAP = 4096 };

static bool reach(host_logsock *l)
{
    if (l->fd >= 0)
        return true;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&l->at, sizeof l->at) == 0) {
        l->fd = fd;
        return true;
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return false;
}

bool host_logsock_open(host_logsock *l, const char *path, const char *tag, host_err *err)
{
    *l = (host_logsock){ .at.sun_family = AF_UNIX, .tag = tag, .fd = -1 };
    if (strlen(path) >= sizeof l->at.sun_path) {
        host_err_set(err, HOST_USAGE, "%s is too long for a socket's path", path);
        return false;
    }
    memcpy(l->at.sun_path, path, strlen(path));
    if (reach(l))
        return true;
    host_err_set(err, HOST_SYSTEM,
                 "the system's log at %s cannot be reached: %s; start syslogd or systemd-journald, "
                 "or leave --syslog away",
                 path, strerror(errno));
    return false;
}

void host_logsock_close(host_logsock *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

void host_logsock_say(host_logsock *l, host_severity severity, const char *text, size_t n)
{
    char line[LINE_CAP], when[32];
    time_t now = time(NULL);
    struct tm tm;
    localtime_r(&now, &tm);
    strftime(when, sizeof when, "%b %e %H:%M:%S", &tm);
    int length = snprintf(line, sizeof line, "<%u>%s %s[%ld]: %.*s",
                          (unsigned)(FACILITY_DAEMON * 8 + severity), when, l->tag, (long)getpid(),
                          (int)n, text);
    size_t size = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    for (int attempt = 0; attempt < 2; attempt++) { /* a log that was restarted has a new socket */
        if (!reach(l))
            break;
        if (send(l->fd, line, size, MSG_NOSIGNAL) == (ssize_t)size)
            return;
        host_logsock_close(l);
    }
    l->lost++;
}
