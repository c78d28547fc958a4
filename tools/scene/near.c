/*
 * The distance of two words is how many letters have to be put in, left out, changed, or exchanged
 * with the next one.
 */
#include "tools/scene/near.h"

#include <string.h>

#include "tools/scene/put.h"

enum { WORD_MAX = 40, FAR = WORD_MAX };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* In whatever case. */
static bool same(char a, char b)
{
    bool letter = (a | 0x20) >= 'a' && (a | 0x20) <= 'z';
    return a == b || (letter && (a ^ b) == 0x20);
}

static unsigned distance(const char *a, size_t an, const char *b, size_t bn)
{
    unsigned row[3][WORD_MAX + 1];
    if (an > WORD_MAX || bn > WORD_MAX)
        return FAR;
    for (size_t k = 0; k <= bn; k++)
        row[0][k] = (unsigned)k;
    for (size_t i = 1; i <= an; i++) {
        unsigned *now = row[i % 3], *above = row[(i - 1) % 3], *before = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t k = 1; k <= bn; k++) {
            now[k] =
                least(least(above[k], now[k - 1]) + 1, above[k - 1] + !same(a[i - 1], b[k - 1]));
            if (i > 1 && k > 1 && same(a[i - 1], b[k - 2]) && same(a[i - 2], b[k - 1]))
                now[k] = least(now[k], before[k - 2] + 1);
        }
    }
    return row[an % 3][bn];
}

/* A key up to its =, any other word whole. */
static size_t name_length(const char *p, size_t n)
{
    const char *is = n > 0 ? memchr(p, '=', n) : NULL;
    return is ? (size_t)(is - p) + 1 : n;
}

/* How far away a word of this length may be. */
static unsigned reach(size_t n)
{
    return n < 3 ? 0 : n < 6 ? 1 : 2;
}

/* The next word of a list, and what is behind it; false: there is none. */
static bool next_word(const char **list, const char **word, size_t *n)
{
    if (**list == '\0')
        return false;
    const char *comma = strstr(*list, ", ");
    *word = *list;
    *n = comma ? (size_t)(comma - *list) : strlen(*list);
    *list += *n + (comma ? 2 : 0);
    return true;
}

bool scene_near(const char *p, size_t n, const char *list, char *to, size_t cap)
{
    static const char begin[] = "one of ";
    const char *words = strstr(list, begin), *word;
    unsigned nearest = FAR, count = 0;
    size_t length;
    n = name_length(p, n);
    if (!words)
        return false;
    words += sizeof begin - 1;
    for (const char *at = words; next_word(&at, &word, &length);) {
        unsigned d = distance(p, n, word, length);
        count = d < nearest ? 1 : count + (d == nearest);
        nearest = least(d, nearest);
    }
    if (nearest > reach(n))
        return false;
    scene_put o;
    scene_put_init(&o, to, cap);
    scene_put_str(&o, count > 1 ? begin : "");
    for (const char *at = words; next_word(&at, &word, &length);) {
        if (distance(p, n, word, length) != nearest)
            continue;
        scene_put_n(&o, word, length);
        scene_put_str(&o, --count ? ", " : "");
    }
    return true;
}
