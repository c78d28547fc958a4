/*
 * nbtdump as a whole: any bytes as a capture file, read with any of its options. It ends, with an
 * exit status that it has; what it prints is lines of the form that was asked for; called again, it
 * prints the same; what it writes with -w can be read, and has as many messages.
 *
 * Of an input, three octets choose the options, the rest is the file:
 *     0   what is made of the messages: a row of `shows`; from 0x80 on, they are written with -w
 *     1   which messages: bit n for row n of `picks`
 *     2   bits for the rows of `hows`
 */
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/dump/run.h"
#include "tools/host/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATH = 64, ARGS_MAX = 32, HEAD = 3, WRITE = 0x80 };

/* How a line of the output begins and ends. */
typedef enum form { FORM_LINES, FORM_TEXT, FORM_JSON } form;

static const struct {
    const char *options[3];
    form of;
} shows[] = {
    { { NULL }, FORM_LINES },
    { { "-q" }, FORM_LINES },
    { { "-v" }, FORM_TEXT },
    { { "-x" }, FORM_TEXT },
    { { "-v", "-x" }, FORM_TEXT },
    { { "--json" }, FORM_JSON },
    { { "--ek" }, FORM_JSON },
    { { "--stats" }, FORM_TEXT },
    { { "--stats", "--json" }, FORM_JSON },
    { { "--names" }, FORM_TEXT },
    { { "--names", "--json" }, FORM_JSON },
    { { "--explain" }, FORM_TEXT },
    { { "--explain", "--json" }, FORM_JSON },
    { { "--lint" }, FORM_TEXT },
    { { "--lint", "--json" }, FORM_JSON },
    { { "-v", "--lint", "--as=rfc" }, FORM_TEXT },
    { { "--ek", "--lint", "--as=windows" }, FORM_JSON },
};

static const char *const picks[] = {
    "--name=*<20>", "--suffix=00,41", "--kind=registration", "--conflict",
    "--rcode=6",    "--life=FRED",    "--transaction=2",     "--role=owner",
};

static const char *const hows[] = {
    "--time=relative", "--time=delta",      "-c3",        "--port=137=10137",
    "--port=139=1139", "--host=10.0.0.1/8", "udp or tcp",
};

#define LENGTH(a) (sizeof(a) / sizeof(a)[0])

typedef struct words {
    char *argv[ARGS_MAX + 1];
    int argc;
} words;

static void add(words *w, const char *word)
{
    assert(w->argc < ARGS_MAX);
    w->argv[w->argc++] = (char *)(uintptr_t)word; /* argp only moves them about */
}

/* A file that is nowhere but in memory, with a path. */
static int memory_file(const void *p, size_t n, char path[PATH])
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    assert(fd >= 0);
    if (n > 0 && write(fd, p, n) != (ssize_t)n)
        abort();
    snprintf(path, PATH, "/proc/self/fd/%d", fd);
    return fd;
}

/* All that a file has, on the heap. */
static char *content(int fd, size_t *n)
{
    off_t end = lseek(fd, 0, SEEK_END);
    assert(end >= 0);
    *n = (size_t)end;
    char *text = malloc(*n + 1);
    assert(text);
    if (pread(fd, text, *n, 0) != (ssize_t)*n)
        abort();
    return text;
}

/* Calls it with these words; gives what it wrote, and its exit status. */
static char *call(const words *w, size_t *n, int *status)
{
    char path[PATH];
    words own = *w;
    int fd = memory_file(NULL, 0, path);
    dump_opt o;
    dump_opt_parse(&o, own.argc, own.argv);
    *status = dump_run(&o, fd);
    dump_opt_fini(&o);
    char *text = content(fd, n);
    close(fd);
    return text;
}

static void check_line(const char *line, size_t n, form of)
{
    for (size_t i = 0; i < n; i++)
        assert((uint8_t)line[i] >= 0x20 && (uint8_t)line[i] < 0x7F);
    if (of == FORM_JSON)
        assert(n > 1 && line[0] == '{' && line[n - 1] == '}');
    if (of == FORM_LINES)
        assert(n > 1 && line[0] >= '1' && line[0] <= '9');
}

static void check_text(const char *text, size_t n, form of)
{
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        assert(end);
        check_line(text + at, (size_t)(end - text) - at, of);
        at = (size_t)(end - text) + 1;
    }
}

static void check_status(int status)
{
    assert(status == HOST_OK || status == HOST_FAILED || status == DUMP_DAMAGED ||
           status == HOST_FOUND);
}

static void choose(words *w, const uint8_t *data)
{
    const char *const *options = shows[data[0] % LENGTH(shows)].options;
    for (size_t i = 0; i < LENGTH(shows[0].options) && options[i] && !(data[0] & WRITE); i++)
        add(w, options[i]);
    for (size_t i = 0; i < LENGTH(picks); i++)
        if (data[1] >> i & 1)
            add(w, picks[i]);
    for (size_t i = 0; i < LENGTH(hows); i++)
        if (data[2] >> i & 1)
            add(w, hows[i]);
}

/* It says the same twice. */
static void check_show(const words *w, form of)
{
    size_t n, again_n;
    int status, again_status;
    char *text = call(w, &n, &status), *again = call(w, &again_n, &again_status);
    check_status(status);
    check_text(text, n, of);
    assert(status == again_status && n == again_n && memcmp(text, again, n) == 0);
    free(text);
    free(again);
}

/* What is written is a whole capture. */
static void check_write(const words *w)
{
    char path[PATH];
    int fd = memory_file(NULL, 0, path), status;
    size_t n;
    words own = *w, reader = { .argv = { "nbtdump", "-r", path }, .argc = 3 };
    add(&own, "-w");
    add(&own, path);
    free(call(&own, &n, &status));
    check_status(status);
    assert(n == 0);
    char *written = content(fd, &n);
    if (n > 0) { /* else there was nothing to read */
        free(call(&reader, &n, &status));
        assert(status == HOST_OK);
    }
    free(written);
    close(fd);
}

/* What it complains about is no part of what is looked at, and there is much of it. */
static void hush(void)
{
    static FILE *nothing;
    if (nothing)
        return;
    nothing = fopen("/dev/null", "w");
    assert(nothing);
    stderr = nothing;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[PATH];
    words w = { .argv = { "nbtdump", "-r", path }, .argc = 3 };
    if (size < HEAD)
        return 0;
    hush();
    int fd = memory_file(data + HEAD, size - HEAD, path);
    choose(&w, data);
    if (data[0] & WRITE)
        check_write(&w);
    else
        check_show(&w, shows[data[0] % LENGTH(shows)].of);
    close(fd);
    return 0;
}
