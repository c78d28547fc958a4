/*
 * Lines of digits become jumps of the clock. It never keeps a line longer than a number can be.
 */
#include "tools/host/clock.h"
#include "tools/host/input.h"
#include "tools/host/loop.h"

#include <stdlib.h>

enum { DIGITS_MAX = 19 };

struct host_clock {
    host_input *input;
    void (*wrong)(void *ctx, const char *text);
    void *ctx;
    char line[DIGITS_MAX + 1];
    size_t len;
    bool too_long;
};

static void take_line(host_clock *c)
{
    nbt_time ahead = 0;
    bool good = c->len > 0 && !c->too_long;
    for (size_t i = 0; good && i < c->len; i++) {
        good = c->line[i] >= '0' && c->line[i] <= '9' && ahead <= HOST_CLOCK_MAX / 10;
        ahead = ahead * 10 + (good ? c->line[i] - '0' : 0);
    }
    if (good && ahead > 0 && ahead <= HOST_CLOCK_MAX)
        host_jump(ahead);
    else
        c->wrong(c->ctx, "standard input: a line does not say how far the clock jumps; give "
                         "microseconds, 1 and more");
    c->len = 0;
    c->too_long = false;
}

static void on_bytes(void *ctx, nbt_bytes bytes)
{
    host_clock *c = ctx;
    for (size_t i = 0; i < bytes.n; i++) {
        if (bytes.p[i] == '\n')
            take_line(c);
        else if (c->len < DIGITS_MAX)
            c->line[c->len++] = (char)bytes.p[i];
        else
            c->too_long = true;
    }
}

/* Nobody is left to make it jump. */
static void on_end(void *ctx)
{
    (void)ctx;
}

host_clock *host_clock_new(uv_loop_t *uv, int fd, void (*wrong)(void *ctx, const char *text),
                           void *ctx, host_err *err)
{
    host_clock *c = malloc(sizeof *c);
    if (!c) {
        host_err_set(err, HOST_SYSTEM, "there is no memory for the clock");
        return NULL;
    }
    *c = (host_clock){ .wrong = wrong, .ctx = ctx };
    host_input_cfg cfg = { .ctx = c, .bytes = on_bytes, .end = on_end };
    c->input = host_input_new(uv, fd, &cfg, err);
    if (c->input)
        return c;
    free(c);
    return NULL;
}

void host_clock_free(host_clock *c)
{
    if (!c)
        return;
    host_input_free(c->input);
    free(c);
}
