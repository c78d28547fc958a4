/*
 * Sockets are asked, one by one, whether somebody listens.
 */
#include "tools/lab/leftover.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/host/localsock.h"

static bool is_dead(const char *path)
{
    struct stat is;
    if (lstat(path, &is) != 0 || !S_ISSOCK(is.st_mode))
        return false;
    int fd = host_localsock_connect(path, SOCK_SEQPACKET);
    int error = errno;
    if (fd >= 0)
        close(fd);
    return fd < 0 && error == ECONNREFUSED;
}

bool lab_leftover_sockets(const char *folder, host_err *err)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    bool ok = dir || errno == ENOENT; /* a folder that is not there has none */
    while (ok && dir && (entry = readdir(dir))) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        ok = !is_dead(path) || unlink(path) == 0;
    }
    if (!ok)
        host_err_set(err, HOST_SYSTEM, "the sockets in %s cannot be removed: %s", folder,
                     strerror(errno));
    if (dir)
        closedir(dir);
    return ok;
}
