/*
 * The text form. The first byte of an input says what the others are: '0', '1', '2' the bytes of a
 * name, datagram or session packet, which must come back from their line; '3' a line, which is
 * refused at a column that it has, or whose message then comes back in the same way.
 */
#include "nbt/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void *room(size_t n)
{
    void *p = malloc(n + 1);
    must(p != NULL);
    return p;
}

static char *print(const nbt_msg *m, size_t *len)
{
    *len = nbt_text_print(m, NULL, 0);
    char *line = room(*len);
    must(nbt_text_print(m, line, *len + 1) == *len && strlen(line) == *len);
    return line;
}

/* Bytes, a message, its line, the message of that, and its bytes and line, which are the same. */
static void round_trip(nbt_service service, const uint8_t *bytes, size_t n)
{
    nbt_msg m, again;
    nbt_text_err err;
    size_t len, again_len;
    nbt_msg_rd(&m, service, bytes, n);
    char *line = print(&m, &len);
    uint8_t *arena = room(len + NBT_TEXT_ARENA_EXTRA);
    must(nbt_text_parse(&again, line, len, arena, len + NBT_TEXT_ARENA_EXTRA, &err));

    uint8_t *written = room(n);
    nbt_wr w;
    nbt_wr_init(&w, written, n);
    nbt_msg_wr(&w, &again);
    must(!w.err && w.at == n && (n == 0 || memcmp(written, bytes, n) == 0));
    char *again_line = print(&again, &again_len);
    must(again_len == len && memcmp(again_line, line, len) == 0);
    free(again_line);
    free(written);
    free(arena);
    free(line);
}

static void any_line(const char *line, size_t len)
{
    nbt_msg m;
    nbt_text_err err = { 0, NULL, NULL };
    uint8_t *arena = room(len + NBT_TEXT_ARENA_EXTRA);
    if (nbt_text_parse(&m, line, len, arena, len + NBT_TEXT_ARENA_EXTRA, &err)) {
        size_t cap = len + 2 * (size_t)NBT_TEXT_ARENA_EXTRA; /* the arena, headers and names */
        uint8_t *written = room(cap);
        nbt_wr w;
        nbt_wr_init(&w, written, cap);
        nbt_msg_wr(&w, &m);
        must(!w.err);
        round_trip(m.service, written, w.at);
        free(written);
    } else {
        must(err.column >= 1 && err.column <= len + 1 && err.why && err.expected);
    }
    free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    unsigned which = data[0] & 3U;
    if (which == 3)
        any_line((const char *)data + 1, size - 1);
    else
        round_trip((nbt_service)which, data + 1, size - 1);
    return 0;
}
