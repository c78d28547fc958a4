/*
 * Digits, two at a time where that is quicker. Nothing here knows what a number means.
 */
#include "nbt/digits.h"

#include <string.h>

enum { BLOCK = 32 }; /* octets that are put in hex at once */

/* 00 to 99. */
static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
                            "34353637383940414243444546474849505152535455565758596061626364656667"
                            "6869707172737475767778798081828384858687888990919293949596979899";

static void pair(char *to, unsigned v)
{
    memcpy(to, pairs + (size_t)2 * v, 2);
}

char *nbt_digits_fixed(char *to, uint32_t v, unsigned n)
{
    for (char *at = to + n; at > to; v /= 100)
        pair(at -= 2, v % 100);
    return to + n;
}

/* A number below 10000, without zeros in front. */
static char *short_dec(char *to, unsigned v)
{
    unsigned high = v / 100;
    if (v < 100) {
        if (v < 10) {
            *to = (char)('0' + v);
            return to + 1;
        }
        pair(to, v);
        return to + 2;
    }
    if (high < 10)
        *to++ = (char)('0' + high);
    else
        pair(to, high);
    to += high < 10 ? 0 : 2;
    pair(to, v % 100);
    return to + 2;
}

char *nbt_digits_dec(char *to, uint64_t v)
{
    enum { FOUR = 10000, EIGHT = 100000000 };
    if (v < FOUR)
        return short_dec(to, (unsigned)v);
    if (v < EIGHT)
        return nbt_digits_fixed(short_dec(to, (unsigned)(v / FOUR)), (uint32_t)(v % FOUR), 4);
    return nbt_digits_fixed(nbt_digits_dec(to, v / EIGHT), (uint32_t)(v % EIGHT), 8);
}

/*
 * Every octet with a dot behind it, in four characters: copied at once, without looking how many
 * digits it has, which no processor can guess.
 */
#define UNITS(tens, pad)                                                                           \
    tens "0." pad tens "1." pad tens "2." pad tens "3." pad tens "4." pad tens "5." pad tens       \
         "6." pad tens "7." pad tens "8." pad tens "9." pad
#define TENS(hundreds)                                                                             \
    UNITS(hundreds "0", "")                                                                        \
    UNITS(hundreds "1", "")                                                                        \
    UNITS(hundreds "2", "")                                                                        \
    UNITS(hundreds "3", "")                                                                        \
    UNITS(hundreds "4", "")                                                                        \
    UNITS(hundreds "5", "")                                                                        \
    UNITS(hundreds "6", "")                                                                        \
    UNITS(hundreds "7", "")                                                                        \
    UNITS(hundreds "8", "")                                                                        \
    UNITS(hundreds "9", "")
static const char octets[] =
    UNITS("", "  ") UNITS("1", " ") UNITS("2", " ") UNITS("3", " ") UNITS("4", " ") UNITS("5", " ")
        UNITS("6", " ") UNITS("7", " ") UNITS("8", " ") UNITS("9", " ") TENS("1") TENS("2");
#undef TENS
#undef UNITS

static char *octet(char *to, unsigned v)
{
    memcpy(to, octets + (size_t)4 * v, 4);
    return to + 2 + (v > 9) + (v > 99);
}

/* The last dot is one too many. */
char *nbt_digits_ip(char *to, uint32_t ip)
{
    to = octet(to, ip >> 24);
    to = octet(to, ip >> 16 & 0xFF);
    to = octet(to, ip >> 8 & 0xFF);
    return octet(to, ip & 0xFF) - 1;
}

/* 00 to ff. */
#define ROW(high)                                                                                  \
    high "0" high "1" high "2" high "3" high "4" high "5" high "6" high "7" high "8" high "9" high \
         "a" high "b" high "c" high "d" high "e" high "f"
static const char hex_pairs[] = ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6")
    ROW("7") ROW("8") ROW("9") ROW("a") ROW("b") ROW("c") ROW("d") ROW("e") ROW("f");
#undef ROW

/* A loop without branches and tables, of a fixed length: compilers do all of it at once. */
static void block_in_hex(char *to, const uint8_t *p)
{
    for (size_t i = 0; i < BLOCK; i++) {
        uint8_t high = p[i] >> 4, low = p[i] & 15;
        to[2 * i] = (char)(high + (high > 9 ? 'a' - 10 : '0'));
        to[2 * i + 1] = (char)(low + (low > 9 ? 'a' - 10 : '0'));
    }
}

/* The last block overlaps the one before it, rather than being shorter. */
char *nbt_digits_hex(char *to, const uint8_t *p, size_t n)
{
    char *end = to + 2 * n;
    if (n >= BLOCK) {
        for (size_t at = 0; at + BLOCK <= n; at += BLOCK)
            block_in_hex(to + 2 * at, p + at);
        block_in_hex(end - 2 * BLOCK, p + n - BLOCK);
        return end;
    }
    for (; to < end; to += 2, p++)
        memcpy(to, hex_pairs + (size_t)2 * *p, 2);
    return end;
}
