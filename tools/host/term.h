/*
 * The terminal as the viewed screen: raw keys in, 80 by 25 characters out. What was on it before is
 * there again afterwards, however the program ends.
 */
#ifndef TOOLS_HOST_TERM_H
#define TOOLS_HOST_TERM_H

#include "rc/screen.h"

/* Ctrl-], which telnet has for the same purpose: this key is for the viewer itself. */
enum { HOST_TERM_ESCAPE = 0x1D };

/* Whether standard input and output both are a terminal. */
bool host_term_there(void);

/* Takes the terminal, and gives it back. Doing either twice is harmless. */
void host_term_begin(void);
void host_term_end(void);

/* Writes to `fd` what makes a terminal show the rows of a set, and puts the cursor in its place. */
void host_term_draw(int fd, const rc_screen *s, uint32_t rows);

#endif
