/*
 * Places as abstract sockets. Their number is the caller's.
 */
#include "tools/host/slot.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* FNV-1a: a path may be longer than a socket's name. */
static uint64_t hash(const char *text)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
    return h;
}

bool host_slot_take(const char *driver, unsigned count, int *fd, host_err *err)
{
    char *whole = realpath(driver, NULL);
    uint64_t console = hash(whole ? whole : driver);
    free(whole);
    int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (unsigned i = 0; s >= 0 && i < count; i++) {
        struct sockaddr_un at = { .sun_family = AF_UNIX }; /* an abstract name begins with a NUL */
        int n = snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "nbtlab-slot-%016llx-%u",
                         (unsigned long long)console, i);
        if (bind(s, (struct sockaddr *)&at,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)) == 0) {
            *fd = s;
            return true;
        }
        if (errno != EADDRINUSE)
            break;
    }
    int error = count > 0 ? errno : EADDRINUSE;
    if (s >= 0)
        close(s);
    if (error != EADDRINUSE) {
        host_err_set(err, HOST_SYSTEM, "a place among the console's sessions cannot be taken: %s",
                     strerror(error));
        return false;
    }
    *fd = -1;
    return true;
}
