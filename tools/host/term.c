/*
 * The terminal in raw mode, with the sequences that every terminal of today knows (ECMA-48; xterm's
 * alternate screen). It never looks at what is typed.
 */
#include "tools/host/term.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static volatile sig_atomic_t taken;
static char status[RC_COLUMNS + 1];

bool host_term_there(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static void put(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, text, n);
        if (written <= 0)
            return; /* a terminal that has gone needs no drawing */
        text += written;
        n -= (size_t)written;
    }
}

static void put_str(int fd, const char *text)
{
    put(fd, text, strlen(text));
}

/* The terminal first; then what the signal would have done. */
static void on_fatal(int signum)
{
    host_term_end();
    signal(signum, SIG_DFL);
    raise(signum);
}

static void guard(void)
{
    static const int fatal[] = { SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        struct sigaction was;
        struct sigaction ours = { .sa_handler = on_fatal };
        if (sigaction(fatal[i], NULL, &was) == 0 && was.sa_handler == SIG_DFL)
            sigaction(fatal[i], &ours, NULL);
    }
    atexit(host_term_end);
}

static void make_raw(void)
{
    struct termios raw = before;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    put_str(STDOUT_FILENO, "\033[?1049h\033[2J");
}

void host_term_begin(void)
{
    static bool guarded;
    if (taken || tcgetattr(STDIN_FILENO, &before) != 0)
        return;
    if (!guarded)
        guard();
    guarded = true;
    taken = 1;
    make_raw();
}

void host_term_end(void)
{
    if (!taken)
        return;
    taken = 0;
    put_str(STDOUT_FILENO, "\033[?1049l");
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

void host_term_status(const char *text)
{
    snprintf(status, sizeof status, "%s", text);
}

/* ---- drawing ---- */

/* The part of the screen that a terminal has room for. */
typedef struct view {
    unsigned top, left, height, width;
    bool below; /* there is room for the status line */
} view;

static view view_of(int fd, const rc_screen *s)
{
    unsigned row = s->cursor / RC_COLUMNS, column = s->cursor % RC_COLUMNS;
    struct winsize size;
    view v = { .height = RC_ROWS, .width = RC_COLUMNS };
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return v;
    v.below = size.ws_row > RC_ROWS;
    v.height = size.ws_row < RC_ROWS ? size.ws_row : RC_ROWS;
    v.width = size.ws_col < RC_COLUMNS ? size.ws_col : RC_COLUMNS;
    v.top = row >= v.height ? row - v.height + 1 : 0;
    v.left = column >= v.width ? column - v.width + 1 : 0;
    return v;
}

static void add_row(FILE *f, const rc_screen *s, const view *v, unsigned row)
{
    fprintf(f, "\033[%u;1H\033[0m", row - v->top + 1);
    bool bar = false;
    for (unsigned i = row * RC_COLUMNS + v->left; i < row * RC_COLUMNS + v->left + v->width; i++) {
        bool now = s->attrs[i] == RC_ATTR_BAR;
        if (now != bar)
            fputs(now ? "\033[7m" : "\033[0m", f);
        bar = now;
        putc(s->chars[i] >= 0x20 && s->chars[i] <= 0x7E ? s->chars[i] : '.', f);
    }
    fputs("\033[0m", f);
}

void host_term_draw(int fd, const rc_screen *s, uint32_t rows)
{
    static unsigned top, left;
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    if (!f)
        return;
    view v = view_of(fd, s);
    if (v.top != top || v.left != left) /* the cursor has left the part that was shown */
        rows = HOST_TERM_ALL;
    top = v.top;
    left = v.left;
    for (unsigned row = v.top; row < v.top + v.height; row++)
        if (rows >> row & 1)
            add_row(f, s, &v, row);
    if (v.below && rows == HOST_TERM_ALL)
        fprintf(f, "\033[%u;1H\033[0m%.*s\033[K", RC_ROWS + 1u, (int)v.width, status);
    fprintf(f, "\033[%u;%uH", s->cursor / RC_COLUMNS - v.top + 1u,
            s->cursor % RC_COLUMNS - v.left + 1u);
    fclose(f);
    put(fd, text, n);
    free(text);
}

/* ---- what the user does to it ---- */

enum { WATCHED = 3 };

struct host_term_watch {
    uv_signal_t signal[WATCHED];
    unsigned open;
    void *ctx;
    void (*redraw)(void *ctx);
};

/* The whole process stops here, and goes on here; the shell has the terminal in between. */
static void pause_here(void)
{
    bool was = taken;
    host_term_end();
    raise(SIGSTOP);
    if (was)
        host_term_begin();
}

static void on_watched(uv_signal_t *handle, int signum)
{
    host_term_watch *w = handle->data;
    if (signum == SIGTSTP)
        pause_here();
    if (!taken)
        return;
    if (signum == SIGCONT) /* after a SIGSTOP, of which nobody was told */
        make_raw();
    put_str(STDOUT_FILENO, "\033[2J");
    w->redraw(w->ctx);
}

host_term_watch *host_term_watch_new(uv_loop_t *uv, void *ctx, void (*redraw)(void *ctx))
{
    static const int watched[WATCHED] = { SIGWINCH, SIGTSTP, SIGCONT };
    host_term_watch *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->ctx = ctx;
    w->redraw = redraw;
    for (unsigned i = 0; i < WATCHED; i++) {
        uv_signal_init(uv, &w->signal[i]);
        w->signal[i].data = w;
        uv_signal_start(&w->signal[i], on_watched, watched[i]);
        w->open++;
    }
    return w;
}

static void on_closed(uv_handle_t *handle)
{
    host_term_watch *w = handle->data;
    if (--w->open == 0)
        free(w);
}

void host_term_watch_free(host_term_watch *w)
{
    for (unsigned i = 0; w && i < WATCHED; i++)
        uv_close((uv_handle_t *)&w->signal[i], on_closed);
}
