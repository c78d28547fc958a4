/*
 * The terminal in raw mode, with the sequences that every terminal of today knows (ECMA-48; xterm's
 * alternate screen). It never looks at what is typed.
 */
#include "tools/host/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static bool taken;

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

void host_term_begin(void)
{
    if (taken || tcgetattr(STDIN_FILENO, &before) != 0)
        return;
    struct termios raw = before;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    put_str(STDOUT_FILENO, "\033[?1049h\033[2J");
    taken = true;
    static bool registered;
    if (!registered)
        atexit(host_term_end);
    registered = true;
}

void host_term_end(void)
{
    if (!taken)
        return;
    taken = false;
    put_str(STDOUT_FILENO, "\033[?1049l");
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

static void add_row(FILE *f, const rc_screen *s, unsigned row)
{
    fprintf(f, "\033[%u;1H\033[0m", row + 1);
    bool bar = false;
    for (unsigned i = row * RC_COLUMNS; i < (row + 1) * RC_COLUMNS; i++) {
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
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    if (!f)
        return;
    for (unsigned row = 0; row < RC_ROWS; row++)
        if (rows >> row & 1)
            add_row(f, s, row);
    fprintf(f, "\033[%u;%uH", s->cursor / RC_COLUMNS + 1u, s->cursor % RC_COLUMNS + 1u);
    fclose(f);
    put(fd, text, n);
    free(text);
}
