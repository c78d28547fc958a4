/*
 * The two lines are cut into words; a word is its key, and what stands behind the "=".
 */
#include "capture/replay_diff.h"

#include "nbt/text.h"
#include "rc/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 96, SHOWN_MAX = 100 };

typedef struct word {
    const char *s;
    size_t key, n; /* characters of the key, and of all */
} word;

typedef struct words {
    word w[WORDS_MAX];
    size_t n;
} words;

/* The kind and the name, which have no key in a line. */
static const char *const heads[2] = { "kind", "name" };

/* Whether a line of some message can have it. `key` has room for one character more. */
static bool is_key(char *key, size_t len)
{
    nbt_text_err err;
    for (size_t i = 0; i < 2; i++)
        if (strcmp(key, heads[i]) == 0)
            return true;
    if (rc_text_has_key(key, len) || nbt_text_may_say("*", 1, key, len, &err))
        return true;
    key[len] = '=';
    bool valued = nbt_text_may_say("*", 1, key, len + 1, &err);
    key[len] = '\0';
    return valued;
}

bool cap_ignore_add(cap_ignore *ig, const char *w, size_t len)
{
    if (len == 0 || len >= CAP_IGNORE_WORD_MAX || ig->n == CAP_IGNORE_MAX)
        return false;
    char *key = ig->word[ig->n];
    for (size_t i = 0; i < len; i++)
        key[i] = (char)tolower((unsigned char)w[i]);
    key[len] = '\0';
    if (!is_key(key, len))
        return false;
    ig->n++;
    return true;
}

static bool ignored(const cap_ignore *ig, const char *key, size_t n)
{
    for (size_t i = 0; i < ig->n; i++)
        if (strlen(ig->word[i]) == n && memcmp(ig->word[i], key, n) == 0)
            return true;
    return false;
}

static nbt_service service_of(cap_carry carry)
{
    return carry == CAP_CARRY_NAME       ? NBT_SERVICE_NAME
           : carry == CAP_CARRY_DATAGRAM ? NBT_SERVICE_DATAGRAM
                                         : NBT_SERVICE_SESSION;
}

void cap_say(cap_buf *b, cap_carry carry, nbt_bytes bytes)
{
    char small[1024], *at = small;
    size_t n, cap = sizeof small;
    nbt_msg m;
    rc_packet rc;
    if (carry == CAP_CARRY_RC)
        rc_packet_rd(&rc, bytes.p, bytes.n);
    else
        nbt_msg_rd(&m, service_of(carry), bytes.p, bytes.n);
    for (;;) {
        n = carry == CAP_CARRY_RC ? rc_text_print(&rc, at, cap) : nbt_text_print(&m, at, cap);
        if (n < cap)
            break;
        at = malloc(cap = n + 1);
        if (!at) {
            b->failed = true;
            return;
        }
    }
    cap_buf_add(b, at, n);
    if (at != small)
        free(at);
}

static void split(words *to, const cap_buf *line)
{
    const char *s = line->s, *end = line->s + line->n;
    to->n = 0;
    while (s < end && to->n < WORDS_MAX) {
        const char *space = memchr(s, ' ', (size_t)(end - s));
        size_t n = (size_t)((space ? space : end) - s);
        const char *eq = memchr(s, '=', n);
        to->w[to->n++] = (word){ s, eq ? (size_t)(eq - s) : n, n };
        s += n + 1;
    }
}

static const word *with_key(const words *in, const word *like)
{
    for (size_t i = 2; i < in->n; i++)
        if (in->w[i].key == like->key && memcmp(in->w[i].s, like->s, like->key) == 0)
            return &in->w[i];
    return NULL;
}

/* Long data is not shown in full. */
static void show(cap_buf *b, const char *s, size_t n)
{
    cap_buf_add(b, s, n < SHOWN_MAX ? n : SHOWN_MAX);
    if (n >= SHOWN_MAX)
        cap_buf_str(b, "...");
}

static void part(cap_buf *b, bool *any)
{
    if (*any)
        cap_buf_str(b, "; ");
    *any = true;
}

static void value(cap_buf *b, const word *w)
{
    size_t skip = w->key < w->n ? w->key + 1 : 0;
    show(b, w->s + skip, w->n - skip);
}

static bool same(const word *a, const word *b)
{
    return a->n == b->n && memcmp(a->s, b->s, a->n) == 0;
}

static void diff_heads(cap_buf *b, const words *want, const words *got, const cap_ignore *ig,
                       bool *any)
{
    for (size_t i = 0; i < 2 && i < want->n && i < got->n; i++) {
        if (same(&want->w[i], &got->w[i]) || ignored(ig, heads[i], 4))
            continue;
        part(b, any);
        show(b, got->w[i].s, got->w[i].n);
        cap_buf_str(b, ", not ");
        show(b, want->w[i].s, want->w[i].n);
    }
}

bool cap_diff(cap_buf *b, cap_carry carry, nbt_bytes expected, nbt_bytes got, bool cut,
              const cap_ignore *ignore)
{
    bool any = false;
    if (cut) {
        any = got.n < expected.n || memcmp(expected.p, got.p, expected.n) != 0;
        if (any)
            cap_buf_str(b, "its octets, as far as they were captured");
        return any;
    }
    cap_buf want_line = { 0 }, got_line = { 0 };
    words w, g;
    cap_say(&want_line, carry, expected);
    cap_say(&got_line, carry, got);
    split(&w, &want_line);
    split(&g, &got_line);
    diff_heads(b, &w, &g, ignore, &any);
    for (size_t i = 2; i < g.n; i++) {
        const word *other = with_key(&w, &g.w[i]);
        if (ignored(ignore, g.w[i].s, g.w[i].key) || (other && same(other, &g.w[i])))
            continue;
        part(b, &any);
        show(b, g.w[i].s, g.w[i].n);
        cap_buf_str(b, other ? ", not " : ", which the capture does not have");
        if (other)
            value(b, other);
    }
    for (size_t i = 2; i < w.n; i++) {
        if (ignored(ignore, w.w[i].s, w.w[i].key) || with_key(&g, &w.w[i]))
            continue;
        part(b, &any);
        cap_buf_str(b, "no ");
        show(b, w.w[i].s, w.w[i].n);
    }
    cap_buf_fini(&want_line);
    cap_buf_fini(&got_line);
    return any;
}
