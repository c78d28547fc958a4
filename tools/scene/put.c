/*
 * Text put together. Every function ends in scene_put_n, which alone looks at the room.
 */
#include "tools/scene/put.h"
#include "nbt/digits.h"
#include "tools/scene/words.h"

#include <string.h>

void scene_put_init(scene_put *o, char *buf, size_t cap)
{
    *o = (scene_put){ buf, cap, 0 };
    if (cap > 0)
        buf[0] = '\0';
}

void scene_put_n(scene_put *o, const char *p, size_t n)
{
    if (n > 0 && o->len + 1 < o->cap) {
        size_t room = o->cap - 1 - o->len;
        size_t fits = n < room ? n : room;
        memcpy(o->buf + o->len, p, fits);
        o->buf[o->len + fits] = '\0';
    }
    o->len += n;
}

void scene_put_str(scene_put *o, const char *s)
{
    scene_put_n(o, s, strlen(s));
}

void scene_put_dec(scene_put *o, uint64_t v)
{
    char digits[NBT_DIGITS_DEC_MAX];
    scene_put_n(o, digits, (size_t)(nbt_digits_dec(digits, v) - digits));
}

void scene_put_ip(scene_put *o, uint32_t ip)
{
    char digits[NBT_DIGITS_IP_MAX];
    scene_put_n(o, digits, (size_t)(nbt_digits_ip(digits, ip) - digits));
}

void scene_put_name(scene_put *o, const nbt_name *name)
{
    char text[NBT_NAME_STR_MAX];
    scene_put_n(o, text, nbt_name_print(name, text, sizeof text));
}

void scene_put_name16(scene_put *o, const uint8_t b[NBT_NAME_LEN])
{
    char text[NBT_NAME_STR_MAX];
    scene_put_n(o, text, nbt_name16_print(b, text, sizeof text));
}

void scene_put_time(scene_put *o, nbt_time t)
{
    size_t i = 0;
    if (t == 0) {
        scene_put_str(o, "0s");
        return;
    }
    while (t % scene_units[i].us != 0)
        i++;
    scene_put_dec(o, (uint64_t)(t / scene_units[i].us));
    scene_put_str(o, scene_units[i].word);
}

void scene_put_share(scene_put *o, uint32_t ppm)
{
    enum { PERCENT = 10000 };
    scene_put_dec(o, ppm / PERCENT);
    if (ppm % PERCENT) {
        char digits[4];
        size_t n = sizeof digits;
        nbt_digits_fixed(digits, ppm % PERCENT, sizeof digits);
        while (digits[n - 1] == '0')
            n--;
        scene_put_str(o, ".");
        scene_put_n(o, digits, n);
    }
    scene_put_str(o, "%");
}

void scene_put_quoted(scene_put *o, const char *text)
{
    scene_put_str(o, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            scene_put_str(o, "\\");
        if ((unsigned char)*text >= ' ' && *text != 0x7F) {
            scene_put_n(o, text, 1);
            continue;
        }
        char hex[4] = { '\\', 'x' };
        nbt_digits_hex(hex + 2, (const uint8_t *)text, 1);
        scene_put_n(o, hex, sizeof hex);
    }
    scene_put_str(o, "\"");
}
