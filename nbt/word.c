/*
 * Words, eaten. Nothing here knows what a word means.
 */
#include "nbt/word.h"

#include <string.h>

nbt_word nbt_word_next(const char *from, const char *end)
{
    size_t left = (size_t)(end - from);
    const char *space = left > 0 ? memchr(from, ' ', left) : NULL;
    return (nbt_word){ from, space ? (size_t)(space - from) : left };
}

bool nbt_word_eq(nbt_word w, const char *s)
{
    return w.n == strlen(s) && memcmp(w.p, s, w.n) == 0;
}

static void skip(nbt_word *w, size_t n)
{
    w->p += n;
    w->n -= n;
}

bool nbt_word_eat(nbt_word *w, const char *s)
{
    size_t n = strlen(s);
    if (w->n < n || memcmp(w->p, s, n) != 0)
        return false;
    skip(w, n);
    return true;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

bool nbt_word_eat_digits(nbt_word *w, int base, uint32_t max, uint32_t *v)
{
    uint64_t sum = 0;
    size_t i = 0;
    for (; i < w->n && digit_of(w->p[i]) < base; i++) {
        sum = sum * (unsigned)base + (unsigned)digit_of(w->p[i]);
        if (sum > max)
            return false;
    }
    if (i == 0)
        return false;
    skip(w, i);
    *v = (uint32_t)sum;
    return true;
}

bool nbt_word_eat_hex(nbt_word *w, uint32_t max, uint32_t *v)
{
    nbt_word all = *w;
    if (nbt_word_eat(w, "0x") && nbt_word_eat_digits(w, 16, max, v))
        return true;
    *w = all;
    return false;
}

bool nbt_word_eat_num(nbt_word *w, uint32_t max, uint32_t *v)
{
    bool is_hex = w->n > 1 && w->p[0] == '0' && w->p[1] == 'x';
    return is_hex ? nbt_word_eat_hex(w, max, v) : nbt_word_eat_digits(w, 10, max, v);
}

bool nbt_word_eat_ip(nbt_word *w, uint32_t *ip)
{
    *ip = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t octet;
        if ((i > 0 && !nbt_word_eat(w, ".")) || !nbt_word_eat_digits(w, 10, 255, &octet))
            return false;
        *ip = *ip << 8 | octet;
    }
    return true;
}

bool nbt_word_eat_octet(nbt_word *w, uint8_t *b)
{
    if (w->n < 2 || digit_of(w->p[0]) > 15 || digit_of(w->p[1]) > 15)
        return false;
    *b = (uint8_t)(digit_of(w->p[0]) << 4 | digit_of(w->p[1]));
    skip(w, 2);
    return true;
}

static bool is_letter(uint8_t c)
{
    return c >= 0x21 && c <= 0x7E && c != '"' && c != '\\';
}

/* One octet of a quoted text: as it is, or \xNN. */
static bool eat_letter(nbt_word *w, uint8_t *b)
{
    nbt_word all = *w;
    if (nbt_word_eat(w, "\\x") && nbt_word_eat_octet(w, b))
        return true;
    *w = all;
    if (w->n == 0 || !is_letter((uint8_t)*w->p))
        return false;
    *b = (uint8_t)*w->p;
    skip(w, 1);
    return true;
}

bool nbt_word_eat_octets(nbt_word *w, nbt_wr *to, nbt_bytes *octets)
{
    size_t from = to->at;
    uint8_t b;
    bool good = true;
    if (nbt_word_eq(*w, "-")) {
        skip(w, 1);
    } else if (nbt_word_eat(w, "\"")) {
        while (eat_letter(w, &b))
            nbt_wr_u8(to, b, "octets");
        good = nbt_word_eat(w, "\"") && w->n == 0;
    } else {
        do {
            good = nbt_word_eat_octet(w, &b);
            if (good)
                nbt_wr_u8(to, b, "octets");
        } while (good && w->n > 0);
    }
    *octets = (nbt_bytes){ to->base + from, to->at - from };
    return good;
}

bool nbt_word_is_text(nbt_bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (!is_letter(b.p[i]))
            return false;
    }
    return true;
}
