/*
 * A screen as a picture of black and white: each cell is a character of 5 by 7 dots with room
 * around it, a bar and the cursor are turned over. It never writes a file.
 */
#ifndef RC_PICTURE_H
#define RC_PICTURE_H

#include "rc/screen.h"

enum {
    RC_CELL_WIDTH = 8,
    RC_CELL_HEIGHT = 12,
    RC_PICTURE_WIDTH = RC_COLUMNS * RC_CELL_WIDTH,
    RC_PICTURE_HEIGHT = RC_ROWS * RC_CELL_HEIGHT,
    RC_PICTURE_LINE = RC_PICTURE_WIDTH / 8, /* octets */
};

/* One line of dots, 0 to RC_PICTURE_HEIGHT - 1: an octet for 8 of them, the leftmost highest; 1 is
 * white, the ink of plain text. */
void rc_picture_line(const rc_screen *s, unsigned line, uint8_t octets[RC_PICTURE_LINE]);

#endif
