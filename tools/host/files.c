/*
 * Files in one folder, by openat(2) and renameat(2). It never opens anything by a path that came
 * from the other side.
 */
#include "tools/host/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct host_files {
    int folder;
    char *one;   /* the name of the only file; NULL: the object's */
    int fd;      /* of the one that is open, or -1 */
    bool writes; /* it is .NAME.rcpart */
    bool failed; /* a write has: what follows is dropped */
    char name[NAME_MAX + 1], part[NAME_MAX + 1];
    uint8_t piece[RC_PIECE_MAX];
};

static host_files *at_folder(const char *folder, host_err *err)
{
    host_files *f = calloc(1, sizeof *f);
    if (!f) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    f->fd = -1;
    f->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->folder < 0) {
        host_err_set(err, HOST_SYSTEM, "%s: %s; give the path of a folder", folder,
                     strerror(errno));
        free(f);
        return NULL;
    }
    return f;
}

host_files *host_files_new(const char *folder, host_err *err)
{
    return at_folder(folder, err);
}

host_files *host_files_one(const char *path, host_err *err)
{
    char *for_folder = strdup(path), *for_name = strdup(path);
    host_files *f = for_folder && for_name ? at_folder(dirname(for_folder), err) : NULL;
    if (f)
        f->one = strdup(basename(for_name));
    free(for_folder);
    free(for_name);
    if (f && !f->one) {
        host_files_free(f);
        f = NULL;
    }
    return f;
}

static rc_result result_of(int error)
{
    switch (error) {
    case ENOENT:
        return RC_RESULT_NO_FILE;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:       /* a symbolic link */
    case EWOULDBLOCK: /* somebody else is at it */
        return RC_RESULT_REFUSED;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return RC_RESULT_NO_ROOM;
    case ENAMETOOLONG:
        return RC_RESULT_BAD_NAME;
    }
    return RC_RESULT_FAILED;
}

static host_files_answer failed(rc_result result)
{
    return (host_files_answer){ .due = true, .value = -(int64_t)result };
}

static void shut(host_files *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

/* Its size; negative: what is wrong with it. */
static int64_t check(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -(int64_t)result_of(errno);
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
        return -(int64_t)RC_RESULT_REFUSED;
    return st.st_size;
}

static bool put_names(host_files *f, nbt_bytes name)
{
    if (f->one)
        name = (nbt_bytes){ (const uint8_t *)f->one, strlen(f->one) };
    int n = snprintf(f->name, sizeof f->name, "%.*s", (int)name.n, (const char *)name.p);
    int part = snprintf(f->part, sizeof f->part, ".%s.rcpart", f->name);
    return n > 0 && part < (int)sizeof f->part && !strchr(f->name, '/') &&
           strcmp(f->name, ".") != 0 && strcmp(f->name, "..") != 0;
}

static host_files_answer open_one(host_files *f, bool writes, nbt_bytes name)
{
    const int never = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    shut(f);
    f->writes = writes;
    f->failed = false;
    if (!put_names(f, name))
        return failed(RC_RESULT_BAD_NAME);
    f->fd = writes ? openat(f->folder, f->part, O_RDWR | O_CREAT | never, 0666)
                   : openat(f->folder, f->name, O_RDONLY | never);
    if (f->fd < 0)
        return failed(result_of(errno));
    int64_t size = check(f->fd);
    if (size >= 0 && writes && flock(f->fd, LOCK_EX | LOCK_NB) != 0)
        size = -(int64_t)result_of(errno);
    if (size < 0)
        shut(f); /* it is somebody else's: not to be removed either */
    return (host_files_answer){ .due = true, .value = size };
}

static host_files_answer read_some(host_files *f, int64_t from, size_t n)
{
    size_t got = 0;
    while (got < n && n <= sizeof f->piece) {
        ssize_t more = pread(f->fd, f->piece + got, n - got, from + (int64_t)got);
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            return failed(result_of(errno));
        if (more == 0)
            break;
        got += (size_t)more;
    }
    return (host_files_answer){ .due = true, .value = (int64_t)got, .data = { f->piece, got } };
}

/* One answer for all that fails after each other. */
static host_files_answer write_failed(host_files *f)
{
    f->failed = true;
    return failed(result_of(errno));
}

static host_files_answer write_all(host_files *f, int64_t from, nbt_bytes data)
{
    for (size_t done = 0; done < data.n;) {
        ssize_t more = pwrite(f->fd, data.p + done, data.n - done, from + (int64_t)done);
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            return write_failed(f);
        done += (size_t)more;
    }
    return (host_files_answer){ 0 };
}

/* Behind this a crash leaves either the old file or the new one. */
static host_files_answer place(host_files *f, int64_t size)
{
    struct stat st;
    if (fstat(f->fd, &st) != 0)
        return write_failed(f);
    if (st.st_size != size)
        return failed(RC_RESULT_ALTERED); /* somebody has been at it */
    if (fsync(f->fd) != 0 || renameat(f->folder, f->part, f->folder, f->name) != 0)
        return write_failed(f);
    (void)fsync(f->folder);
    shut(f);
    return (host_files_answer){ .due = true };
}

static void end(host_files *f, bool keep)
{
    if (f->fd >= 0 && f->writes && (!keep || check(f->fd) == 0))
        (void)unlinkat(f->folder, f->part, 0);
    shut(f);
}

host_files_answer host_files_act(host_files *f, const nbt_act *act, nbt_bytes data)
{
    static const host_files_answer none;
    rc_app app = (rc_app)act->app;
    if (app == RC_APP_FILE_OPEN)
        return open_one(f, act->value != 0, data);
    if (f->fd < 0 || f->failed) {
        if (app == RC_APP_FILE_OVER)
            end(f, act->value != 0);
        return app == RC_APP_FILE_READ || app == RC_APP_FILE_PLACE ? failed(RC_RESULT_FAILED)
                                                                   : none;
    }
    if (app == RC_APP_FILE_READ)
        return read_some(f, act->value, act->tag);
    if (app == RC_APP_FILE_WRITE)
        return write_all(f, act->value, data);
    if (app == RC_APP_FILE_CUT)
        return ftruncate(f->fd, act->value) == 0 ? none : write_failed(f);
    if (app == RC_APP_FILE_PLACE)
        return place(f, act->value);
    if (app == RC_APP_FILE_OVER)
        end(f, act->value != 0);
    return none;
}

void host_files_free(host_files *f)
{
    if (!f)
        return;
    end(f, true);
    close(f->folder);
    free(f->one);
    free(f);
}
