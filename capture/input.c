/*
 * Reading by the block, with or without inflating. It never looks at what the bytes mean, and never
 * blocks but where its header says so.
 */
#include "capture/input.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* A block of this size is still in the processor's cache when the packets in it are looked at.
     */
    BLOCK = 128 * 1024,
    WINDOW = CAP_INPUT_PEEK_MAX + BLOCK,
    GZIP_WINDOW = 15 + 16, /* zlib: the largest window, and a gzip header */
};

bool cap_input_init(cap_input *in, const char *path, bool follow, char err[CAP_ERR_MAX])
{
    struct stat st;
    bool is_stdin = strcmp(path, "-") == 0;
    memset(in, 0, sizeof *in);
    in->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0 || fstat(in->fd, &st) != 0) {
        snprintf(err, CAP_ERR_MAX, "%s: %s", path, strerror(errno));
        return false;
    }
    if (S_ISDIR(st.st_mode)) {
        snprintf(err, CAP_ERR_MAX, "%s: %s", path, strerror(EISDIR));
        close(in->fd);
        return false;
    }
    in->follow = follow && S_ISREG(st.st_mode);
    in->waits = in->follow || !S_ISREG(st.st_mode);
    in->unread = true;
    in->window = malloc(WINDOW);
    if (!in->window) {
        snprintf(err, CAP_ERR_MAX, "no memory");
        cap_input_fini(in);
        return false;
    }
    return true;
}

static void end_inflate(cap_input *in)
{
    if (in->gzip)
        inflateEnd(&in->inflate);
    free(in->raw);
}

static void end_ahead(cap_input *in)
{
    cap_ahead_free(in->ahead);
    if (in->behind)
        end_inflate(in->behind);
    free(in->behind);
}

void cap_input_fini(cap_input *in)
{
    end_ahead(in);
    end_inflate(in);
    free(in->window);
    if (in->fd != STDIN_FILENO)
        close(in->fd);
}

double cap_input_part(const cap_input *in)
{
    struct stat st;
    if (in->waits || fstat(in->fd, &st) != 0 || st.st_size <= 0)
        return -1;
    return (double)lseek(in->fd, 0, SEEK_CUR) / (double)st.st_size;
}

static void trouble(cap_input *in, const char *what)
{
    in->state = CAP_INPUT_ERROR;
    snprintf(in->error, sizeof in->error, "%s", what);
}

/* A pipe is asked first, so that a caller can finish what it has before it waits. */
static bool is_ready(const cap_input *in)
{
    struct pollfd p = { .fd = in->fd, .events = POLLIN };
    return !in->waits || in->follow || poll(&p, 1, 0) > 0;
}

/* Whether a followed file ends before where it was read to: another one was written over it. */
static bool has_shrunk(const cap_input *in)
{
    struct stat st;
    return in->follow && fstat(in->fd, &st) == 0 && st.st_size < lseek(in->fd, 0, SEEK_CUR);
}

/* Reads what there is, up to `cap` bytes; 0 with the state set when there is nothing. */
static size_t read_some(cap_input *in, uint8_t *to, size_t cap)
{
    if (!is_ready(in)) {
        in->state = CAP_INPUT_WAIT;
        return 0;
    }
    ssize_t n = read(in->fd, to, cap);
    if (n > 0)
        return (size_t)n;
    if (n == 0 && has_shrunk(in))
        trouble(in, "it has become shorter while it was followed");
    else if (n == 0)
        in->state = in->follow ? CAP_INPUT_WAIT : CAP_INPUT_END;
    else if (errno == EINTR || errno == EAGAIN)
        in->state = CAP_INPUT_WAIT;
    else
        trouble(in, strerror(errno));
    return 0;
}

/* More of the file for zlib; false when there is none for now. At the file's end there is none. */
static bool raw_fill(cap_input *in)
{
    z_stream *z = &in->inflate;
    if (z->avail_in > 0 || in->raw_end)
        return true;
    z->next_in = in->raw;
    z->avail_in = (unsigned)read_some(in, in->raw, BLOCK);
    if (z->avail_in == 0 && in->state != CAP_INPUT_END)
        return false;
    in->raw_end = z->avail_in == 0;
    in->state = CAP_INPUT_GOOD;
    return true;
}

/*
 * Like read_some, through zlib. Several gzip members one after the other are one file (RFC 1952);
 * what follows them and is no member is left alone, as gzip does. What was inflated before a damage
 * is given out first: the damage is found again by the next call.
 */
static size_t inflate_some(cap_input *in, uint8_t *to, size_t cap)
{
    z_stream *z = &in->inflate;
    z->next_out = to;
    z->avail_out = (unsigned)cap;
    while (z->avail_out == cap) {
        if (!raw_fill(in))
            return 0;
        if (in->between && (z->avail_in == 0 || z->next_in[0] != 0x1F)) {
            in->state = CAP_INPUT_END;
            return 0;
        }
        int rc = inflate(z, Z_NO_FLUSH);
        bool gave = z->avail_out < cap;
        in->between = rc == Z_STREAM_END;
        if (rc == Z_STREAM_END)
            inflateReset(z);
        else if (rc != Z_OK && (rc != Z_BUF_ERROR || in->raw_end) && !gave)
            trouble(in,
                    rc == Z_BUF_ERROR ? "the gzip data breaks off" : "the gzip data is damaged");
        if (in->state == CAP_INPUT_ERROR)
            return 0;
    }
    return cap - z->avail_out;
}

/* Begins with n bytes that were read already. */
static bool begin_inflate(cap_input *in, const uint8_t *p, size_t n)
{
    in->raw = malloc(WINDOW);
    if (!in->raw || inflateInit2(&in->inflate, GZIP_WINDOW) != Z_OK)
        return false;
    in->gzip = true;
    memcpy(in->raw, p, n);
    in->inflate.next_in = in->raw;
    in->inflate.avail_in = (unsigned)n;
    return true;
}

static size_t inflate_behind(void *behind, uint8_t *to, size_t cap)
{
    return inflate_some(behind, to, cap);
}

/* The same in a thread. False: there is none to be had. */
static bool begin_ahead(cap_input *in, const uint8_t *p, size_t n)
{
    in->behind = calloc(1, sizeof *in->behind);
    if (!in->behind)
        return false;
    in->behind->fd = in->fd;
    if (begin_inflate(in->behind, p, n))
        in->ahead = cap_ahead_new(inflate_behind, in->behind);
    if (!in->ahead) {
        end_ahead(in);
        in->behind = NULL;
    }
    return in->ahead != NULL;
}

/* What the thread has inflated. When it has ended, why. */
static size_t take_ahead(cap_input *in, uint8_t *to, size_t cap)
{
    size_t n = cap_ahead_take(in->ahead, to, cap);
    if (n > 0)
        return n;
    if (in->behind->state == CAP_INPUT_ERROR)
        trouble(in, in->behind->error);
    else
        in->state = CAP_INPUT_END;
    return 0;
}

/* The first two bytes tell (RFC 1952 2.3.1). They are then moved to where zlib takes them from. */
static void look_for_gzip(cap_input *in)
{
    static const uint8_t magic[] = { 0x1F, 0x8B };
    if (in->end < sizeof magic)
        return;
    in->unread = false;
    if (memcmp(in->window, magic, sizeof magic) != 0)
        return;
    bool begun = !in->waits && begin_ahead(in, in->window, in->end);
    if (!begun && !begin_inflate(in, in->window, in->end))
        trouble(in, "no memory");
    in->end = 0;
}

static size_t more(cap_input *in, uint8_t *to, size_t cap)
{
    if (in->ahead)
        return take_ahead(in, to, cap);
    return in->gzip ? inflate_some(in, to, cap) : read_some(in, to, cap);
}

bool cap_input_fill(cap_input *in, size_t n)
{
    assert(n <= CAP_INPUT_PEEK_MAX);
    if (in->state == CAP_INPUT_ERROR)
        return false;
    memmove(in->window, in->window + in->at, in->end - in->at);
    in->end -= in->at;
    in->at = 0;
    in->state = CAP_INPUT_GOOD;
    while (in->end < n && in->state == CAP_INPUT_GOOD) {
        uint8_t *to = in->window + in->end;
        size_t cap = WINDOW - in->end;
        if (cap > BLOCK)
            cap = BLOCK;
        in->end += more(in, to, cap);
        if (in->unread)
            look_for_gzip(in);
    }
    return in->end >= n;
}

void cap_input_wait(cap_input *in, size_t n)
{
    struct pollfd p = { .fd = in->fd, .events = POLLIN };
    while (!cap_input_fill(in, n) && in->state == CAP_INPUT_WAIT && !in->follow) {
        if (poll(&p, 1, -1) < 0)
            return; /* a signal: the caller will want to know first */
    }
}
