/*
 * LMHOSTS files. Nothing is looked up here, and no file is kept open.
 */
#include "tools/host/lmhosts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 1024 };

/* A file that is being read, and the one that includes it. */
typedef struct file {
    const struct file *parent;
    const char *path;
    dev_t dev;
    ino_t ino;
    unsigned depth;
} file;

void host_lmhosts_free(host_lmhosts *l)
{
    free(l->hosts);
    memset(l, 0, sizeof *l);
}

static bool add(host_lmhosts *l, const nbt_lmhost *host)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 16;
        nbt_lmhost *hosts = realloc(l->hosts, cap * sizeof *hosts);
        if (!hosts)
            return false;
        l->hosts = hosts;
        l->cap = cap;
    }
    l->hosts[l->n++] = *host;
    return true;
}

/* "b" as seen from the file "x/a": "x/b". False if it is too long. */
static bool relative(const char *from, nbt_bytes path, char out[PATH_SIZE])
{
    const char *slash = strrchr(from, '/');
    int folder = slash && path.p[0] != '/' ? (int)(slash + 1 - from) : 0;
    int n = snprintf(out, PATH_SIZE, "%.*s%.*s", folder, from, (int)path.n, (const char *)path.p);
    errno = ENAMETOOLONG;
    return n > 0 && n < PATH_SIZE;
}

static bool is_open_already(const file *f)
{
    for (const file *p = f->parent; p; p = p->parent)
        if (p->dev == f->dev && p->ino == f->ino)
            return true;
    return f->depth > HOST_LMHOSTS_DEPTH;
}

/* Waits until a pipe says something, or is closed. */
static bool speaks(int fd, unsigned patience_ms)
{
    enum { LMHOSTS_TIMEOUT_MS = 6000 };
    struct pollfd p = { .fd = fd, .events = POLLIN };
    int n = poll(&p, 1, (int)(patience_ms ? patience_ms : LMHOSTS_TIMEOUT_MS));
    if (n == 0)
        errno = ETIMEDOUT;
    return n > 0;
}

/* Opens a file for reading without waiting for ever; NULL: errno says why. */
static FILE *open_soon(const host_lmhosts *l, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    bool fine = fstat(fd, &st) == 0 && (!S_ISFIFO(st.st_mode) || speaks(fd, l->patience_ms)) &&
                fcntl(fd, F_SETFL, 0) == 0;
    FILE *in = fine ? fdopen(fd, "r") : NULL;
    if (!in) {
        int why = errno;
        close(fd);
        errno = why;
    }
    return in;
}

/* The whole file; NULL: errno says why. */
static uint8_t *read_all(FILE *in, size_t *n)
{
    size_t cap = 4096;
    uint8_t *text = malloc(cap);
    *n = 0;
    while (text) {
        *n += fread(text + *n, 1, cap - *n, in);
        if (*n < cap)
            break;
        uint8_t *more = cap < HOST_LMHOSTS_SIZE ? realloc(text, cap *= 2) : NULL;
        if (!more) {
            free(text);
            errno = EFBIG;
        }
        text = more;
    }
    if (text && ferror(in)) {
        free(text);
        return NULL;
    }
    return text;
}

static bool read_file(host_lmhosts *l, FILE *in, file *f, host_err *err);

/* A block of alternates, and how it goes on. */
typedef struct block {
    bool open;   /* between #BEGIN_ALTERNATE and #END_ALTERNATE */
    bool served; /* one of its files was read */
} block;

static bool include(host_lmhosts *l, const file *f, const nbt_lmline *line, block *b, host_err *err)
{
    char path[PATH_SIZE];
    if (b->open && b->served)
        return true;
    FILE *in = relative(f->path, line->path, path) ? open_soon(l, path) : NULL;
    if (!in && b->open)
        return true; /* perhaps the next one */
    if (!in) {
        host_err_set(
            err, HOST_SYSTEM,
            "LMHOSTS file %s, line %u: the included file %.*s cannot be opened: %s; make it "
            "readable or take the line out",
            f->path, line->number, (int)line->path.n, (const char *)line->path.p, strerror(errno));
        return false;
    }
    b->served = true;
    file child = { .parent = f, .path = path, .depth = f->depth + 1 };
    bool ok = read_file(l, in, &child, err);
    fclose(in);
    return ok;
}

static bool bad_line(const file *f, const nbt_lmline *line, const char *why, host_err *err)
{
    host_err_set(err, HOST_USAGE, "LMHOSTS file %s, line %u: %s; correct the line or take it out",
                 f->path, line->number, why);
    return false;
}

static bool take_line(host_lmhosts *l, const file *f, const nbt_lmline *line, block *b,
                      host_err *err)
{
    switch (line->kind) {
    case NBT_LMLINE_HOST:
        if (add(l, &line->host))
            return true;
        host_err_set(err, HOST_SYSTEM, "no memory");
        return false;
    case NBT_LMLINE_INCLUDE:
        return include(l, f, line, b, err);
    case NBT_LMLINE_BEGIN_ALTERNATE:
        *b = (block){ .open = true };
        return true;
    case NBT_LMLINE_END_ALTERNATE:
        if (b->open && !b->served)
            return bad_line(f, line, "none of the files of this block can be opened", err);
        *b = (block){ .open = false };
        return true;
    case NBT_LMLINE_BAD:
        return bad_line(f, line, line->why, err);
    case NBT_LMLINE_END:
        break;
    }
    return true;
}

static bool read_file(host_lmhosts *l, FILE *in, file *f, host_err *err)
{
    struct stat st;
    size_t n;
    if (fstat(fileno(in), &st) == 0) {
        f->dev = st.st_dev;
        f->ino = st.st_ino;
    }
    if (is_open_already(f)) {
        host_err_set(err, HOST_USAGE,
                     "LMHOSTS file %s is included by itself, or too deep; take the #INCLUDE out of "
                     "%s",
                     f->path, f->parent->path);
        return false;
    }
    uint8_t *bytes = read_all(in, &n);
    if (!bytes) {
        host_err_set(err, HOST_SYSTEM, "LMHOSTS file %s cannot be read: %s; choose another one",
                     f->path, strerror(errno));
        return false;
    }
    bool ok = true;
    block b = { .open = false };
    nbt_lmtext text = { .text = { bytes, n } };
    for (nbt_lmline line; ok && (line = nbt_lmtext_next(&text)).kind != NBT_LMLINE_END;)
        ok = take_line(l, f, &line, &b, err);
    free(bytes);
    return ok;
}

bool host_lmhosts_read(host_lmhosts *l, const char *path, host_err *err)
{
    file f = { .path = path };
    FILE *in = open_soon(l, path);
    if (!in) {
        host_err_set(err, HOST_SYSTEM, "LMHOSTS file %s cannot be opened: %s; choose another one",
                     path, strerror(errno));
        return false;
    }
    bool ok = read_file(l, in, &f, err);
    fclose(in);
    return ok;
}
