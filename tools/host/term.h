/*
 * The terminal as the viewed screen: raw keys in, 80 by 25 characters out. What was on it before is
 * there again afterwards, however the program ends.
 */
#ifndef TOOLS_HOST_TERM_H
#define TOOLS_HOST_TERM_H

#include <uv.h>

#include "rc/screen.h"

/* Ctrl-], which telnet has for the same purpose: this key is for the viewer itself. */
enum { HOST_TERM_ESCAPE = 0x1D };

/* The set of all rows. */
enum { HOST_TERM_ALL = (1 << RC_ROWS) - 1 };

/* Whether standard input and output both are a terminal. */
bool host_term_there(void);

/*
 * Takes the terminal, and gives it back. Doing either twice is harmless. While it is taken, a
 * signal that kills the program gives it back first; only SIGKILL does not.
 */
void host_term_begin(void);
void host_term_end(void);

/* A line below the screen, where the terminal has room for one: up to 80 characters, copied. */
void host_term_status(const char *text);

/*
 * Writes to `fd` what makes a terminal show the rows of a set, and puts the cursor in its place. A
 * terminal that is too small shows the part that the cursor is in.
 */
void host_term_draw(int fd, const rc_screen *s, uint32_t rows);

/*
 * What the user does to the terminal itself: SIGWINCH, another size; SIGTSTP, which gives it back
 * until SIGCONT. `redraw` is called when all of it must be drawn again, on a blank terminal.
 */
typedef struct host_term_watch host_term_watch;
host_term_watch *host_term_watch_new(uv_loop_t *uv, void *ctx, void (*redraw)(void *ctx));

/* Ends it; the loop must still turn once. NULL is fine. */
void host_term_watch_free(host_term_watch *w);

#endif
