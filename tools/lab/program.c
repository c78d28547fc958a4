/*
 * Processes on one libuv loop, each with three pipes.
 */
#include "tools/lab/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ERR_TEXT_MAX = 4096, LINE_MAX_LEN = 65536, ARGS_MAX = 64 };

struct lab_program {
    lab_program_cfg cfg;
    uv_process_t process;
    uv_pipe_t in, out, err;
    bool running, told;
    unsigned open; /* handles not yet closed */
    int status;
    char *line; /* of standard output, not yet whole */
    size_t line_len;
    char said[ERR_TEXT_MAX];
    size_t said_len;
};

/* -- what it says ------------------------------------------------------------------------------ */

static void take_line(lab_program *p, const char *line, size_t n)
{
    json_t *event = json_loadb(line, n, 0, NULL);
    if (!event)
        return;
    p->cfg.event(p->cfg.ctx, event);
    json_decref(event);
}

static void take_output(lab_program *p, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\n') {
            take_line(p, p->line, p->line_len);
            p->line_len = 0;
        } else if (p->line_len < LINE_MAX_LEN) {
            p->line[p->line_len++] = s[i];
        }
    }
}

static void take_error(lab_program *p, const char *s, size_t n)
{
    for (size_t i = 0; i < n && p->said_len + 1 < sizeof p->said; i++)
        p->said[p->said_len++] = s[i] == '\n' ? ' ' : s[i];
    p->said[p->said_len] = '\0';
}

static void on_closed(uv_handle_t *h)
{
    lab_program *p = h->data;
    p->open--;
    if (p->open > 0 || p->running || p->told)
        return;
    p->told = true;
    if (p->cfg.ended)
        p->cfg.ended(p->cfg.ctx);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    lab_program *p = s->data;
    if (n > 0 && s == (uv_stream_t *)&p->out)
        take_output(p, buf->base, (size_t)n);
    else if (n > 0)
        take_error(p, buf->base, (size_t)n);
    else if (n < 0)
        uv_close((uv_handle_t *)s, on_closed);
    free(buf->base);
}

static void on_alloc(uv_handle_t *h, size_t want, uv_buf_t *buf)
{
    (void)h;
    buf->base = malloc(want);
    buf->len = buf->base ? want : 0;
}

static void on_exit_of(uv_process_t *process, int64_t status, int sig)
{
    lab_program *p = process->data;
    p->running = false;
    p->status = sig ? 128 + sig : (int)status;
    uv_close((uv_handle_t *)process, on_closed);
    uv_close((uv_handle_t *)&p->in, on_closed);
}

/* -- its life ---------------------------------------------------------------------------------- */

static lab_program *make(const lab_program_cfg *cfg)
{
    lab_program *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->cfg = *cfg;
    p->cfg.argv = NULL;
    p->line = malloc(LINE_MAX_LEN);
    if (!p->line) {
        free(p);
        return NULL;
    }
    uv_pipe_init(cfg->loop, &p->in, 0);
    uv_pipe_init(cfg->loop, &p->out, 0);
    uv_pipe_init(cfg->loop, &p->err, 0);
    p->in.data = p->out.data = p->err.data = p->process.data = p;
    p->open = 4;
    return p;
}

/* What stands beside this program is ours; anything else is looked for in PATH. */
static const char *find_program(const lab_program_cfg *cfg, char *buf, size_t cap)
{
    if (strchr(cfg->argv[0], '/'))
        return cfg->argv[0];
    int n = snprintf(buf, cap, "%s/%s", cfg->programs, cfg->argv[0]);
    return n > 0 && (size_t)n < cap && access(buf, X_OK) == 0 ? buf : cfg->argv[0];
}

/* What libuv says. nsenter(1) or setpriv(1) becomes the program: their process is one. Outside of a
 * sandbox it must not outlive this program, however that ends. */
static int start(lab_program *p, const lab_program_cfg *cfg)
{
    char net[64], path[600];
    const char *args[ARGS_MAX] = { "setpriv", "--pdeathsig", "KILL" };
    size_t n = 3;
    if (cfg->host) {
        snprintf(net, sizeof net, "--net=/run/netns/%s", cfg->host);
        args[0] = "nsenter";
        args[1] = net;
        n = 2;
    }
    args[n++] = find_program(cfg, path, sizeof path);
    for (size_t i = 1; cfg->argv[i]; i++) {
        if (n + 1 == ARGS_MAX)
            return UV_E2BIG;
        args[n++] = cfg->argv[i];
    }
    uv_stdio_container_t io[3] = {
        { .flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&p->in },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&p->out },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&p->err },
    };
    char *copy[ARGS_MAX] = { 0 }; /* libuv wants the vector writable */
    for (size_t i = 0; i < n; i++)
        copy[i] = strdup(args[i]);
    uv_process_options_t opt = {
        .file = args[0], .args = copy, .stdio = io, .stdio_count = 3, .exit_cb = on_exit_of
    };
    int rc = uv_spawn(cfg->loop, &p->process, &opt);
    for (size_t i = 0; i < n; i++)
        free(copy[i]);
    return rc;
}

static void on_dropped(uv_handle_t *h)
{
    lab_program *p = h->data;
    if (--p->open == 0)
        lab_program_free(p);
}

lab_program *lab_program_new(const lab_program_cfg *cfg)
{
    lab_program *p = make(cfg);
    if (!p)
        return NULL;
    int rc = start(p, cfg);
    if (rc != 0) {
        fprintf(stderr, "nbtlab: %s could not be started on %s: %s\n", cfg->argv[0],
                cfg->host ? cfg->host : "this machine", uv_strerror(rc));
        uv_close((uv_handle_t *)&p->process, on_dropped);
        uv_close((uv_handle_t *)&p->in, on_dropped);
        uv_close((uv_handle_t *)&p->out, on_dropped);
        uv_close((uv_handle_t *)&p->err, on_dropped);
        return NULL;
    }
    p->running = true;
    uv_read_start((uv_stream_t *)&p->out, on_alloc, on_read);
    uv_read_start((uv_stream_t *)&p->err, on_alloc, on_read);
    return p;
}

void lab_program_free(lab_program *p)
{
    if (!p)
        return;
    free(p->line);
    free(p);
}

pid_t lab_program_pid(const lab_program *p)
{
    return p->running ? p->process.pid : 0;
}

bool lab_program_ended(const lab_program *p)
{
    return !p->running;
}

bool lab_program_over(const lab_program *p)
{
    return !p->running && p->open == 0;
}

bool lab_program_silent(const lab_program *p)
{
    return p->open == 0 || uv_is_closing((const uv_handle_t *)&p->out);
}

int lab_program_status(const lab_program *p)
{
    return p->status;
}

void lab_program_signal(lab_program *p, int sig)
{
    if (p->running)
        uv_process_kill(&p->process, sig);
}

bool lab_program_type(lab_program *p, const char *text)
{
    uv_buf_t buf = { .base = strdup(text), .len = strlen(text) };
    if (!buf.base)
        return false;
    int n = p->running ? uv_try_write((uv_stream_t *)&p->in, &buf, 1) : -1;
    free(buf.base);
    return n == (int)strlen(text);
}

const char *lab_program_said(const lab_program *p)
{
    return p->said;
}
