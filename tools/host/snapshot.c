/*
 * A screen put into a file. What its dots are is rc/picture's.
 */
#include "tools/host/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "rc/picture.h"

enum { LINE = 1 + RC_PICTURE_LINE, DOTS = LINE * RC_PICTURE_HEIGHT };

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), e = strlen(end);
    return n > e && strcmp(path + n - e, end) == 0;
}

bool host_snapshot_path(const char *path, host_err *err)
{
    if (ends_in(path, ".txt") || ends_in(path, ".png"))
        return true;
    host_err_set(
        err, HOST_USAGE,
        "\"%s\" says neither text nor picture; --snapshot takes a path that ends in .txt or "
        ".png",
        path);
    return false;
}

static void put_text(FILE *to, const rc_screen *s)
{
    for (unsigned row = 0; row < RC_ROWS; row++) {
        char text[RC_COLUMNS + 1];
        rc_screen_row(s, row, text);
        fprintf(to, "%s\n", text);
    }
}

static void put_u32(uint8_t *p, uLong v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Length, type, data, and the CRC-32 of the two before it (section 5.3). */
static void put_chunk(FILE *to, const char *type, const uint8_t *data, size_t n)
{
    uint8_t number[4];
    put_u32(number, n);
    fwrite(number, 1, 4, to);
    fwrite(type, 1, 4, to);
    if (n > 0)
        fwrite(data, 1, n, to);
    uLong crc = crc32(0, (const Bytef *)type, 4);
    if (n > 0)
        crc = crc32(crc, data, (uInt)n);
    put_u32(number, crc);
    fwrite(number, 1, 4, to);
}

/* One bit a dot, grey: lines of a filter's octet, none, and the dots (sections 11.2.2, 9.2). */
static void put_picture(FILE *to, const rc_screen *s)
{
    static const uint8_t signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n' };
    uint8_t head[13] = { [8] = 1 };
    uint8_t *dots = malloc(DOTS);
    uLongf n = compressBound(DOTS);
    uint8_t *packed = malloc(n);
    if (!dots || !packed)
        abort();
    for (unsigned line = 0; line < RC_PICTURE_HEIGHT; line++) {
        dots[line * LINE] = 0;
        rc_picture_line(s, line, dots + line * LINE + 1);
    }
    compress2(packed, &n, dots, DOTS, Z_BEST_COMPRESSION);
    put_u32(head, RC_PICTURE_WIDTH);
    put_u32(head + 4, RC_PICTURE_HEIGHT);
    fwrite(signature, 1, sizeof signature, to);
    put_chunk(to, "IHDR", head, sizeof head);
    put_chunk(to, "IDAT", packed, n);
    put_chunk(to, "IEND", NULL, 0);
    free(dots);
    free(packed);
}

bool host_snapshot_write(const char *path, const rc_screen *s, host_err *err)
{
    char part[4096];
    int n = snprintf(part, sizeof part, "%s.part", path);
    FILE *to = n < (int)sizeof part ? fopen(part, "wx") : NULL;
    bool well = to != NULL;
    if (to) {
        if (ends_in(path, ".png"))
            put_picture(to, s);
        else
            put_text(to, s);
        well = !ferror(to);
        well = fclose(to) == 0 && well;
        well = well && rename(part, path) == 0;
    }
    if (well)
        return true;
    host_err_set(err, HOST_SYSTEM, "%s: %s; give --snapshot a path that can be written", path,
                 strerror(n < (int)sizeof part ? errno : ENAMETOOLONG));
    if (to)
        unlink(part);
    return false;
}
