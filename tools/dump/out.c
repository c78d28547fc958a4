/*
 * The buffer.
 */
#include "tools/dump/out.h"
#include "capture/print.h"
#include "tools/dump/color.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLUSH_AT = 64 * 1024 };

bool dump_out_init(dump_out *o, int fd)
{
    *o = (dump_out){ .fd = fd, .watched = isatty(fd) };
    o->buffer = malloc(FLUSH_AT + CAP_LINE_MAX + DUMP_COLOR_MAX);
    return o->buffer != NULL;
}

void dump_out_fini(dump_out *o)
{
    free(o->buffer);
    o->buffer = NULL;
}

void dump_out_flush(dump_out *o)
{
    size_t at = 0;
    while (at < o->n && !o->broken) {
        ssize_t n = write(o->fd, o->buffer + at, o->n - at);
        if (n >= 0)
            at += (size_t)n;
        else if (errno == EPIPE)
            o->broken = true; /* as when `head` has seen enough: no reason to complain */
        else if (errno != EINTR) {
            host_err_set(&o->err, HOST_SYSTEM, "standard output: %s", strerror(errno));
            o->broken = true;
        }
    }
    o->n = 0;
}

void dump_out_added(dump_out *o, size_t n)
{
    o->n += n;
    if (o->n >= FLUSH_AT)
        dump_out_flush(o);
}

void dump_out_text(dump_out *o, const char *s, size_t n)
{
    for (size_t at = 0; at < n;) {
        size_t part = n - at < CAP_LINE_MAX ? n - at : CAP_LINE_MAX;
        memcpy(dump_out_room(o), s + at, part);
        dump_out_added(o, part);
        at += part;
    }
}

void dump_out_shown(dump_out *o)
{
    if (o->watched)
        dump_out_flush(o);
}
