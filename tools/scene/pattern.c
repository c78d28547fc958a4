/*
 * Ends and kind are compared first: for most messages that is all, and no text has to be made.
 */
#include "tools/scene/pattern.h"
#include "nbt/word.h"

#include <string.h>

/* What does not fit into this is user data of a datagram or of a session, at the end of a line. */
enum { LINE_CAP = 4096 };

const char *scene_sent_kind(const scene_sent *sent)
{
    return sent->rc ? rc_text_kind(sent->rc) : nbt_text_kind(sent->msg);
}

size_t scene_sent_print(const scene_sent *sent, char *to, size_t cap)
{
    return sent->rc ? rc_text_print(sent->rc, to, cap) : nbt_text_print(sent->msg, to, cap);
}

static bool is_any(const char *word)
{
    return !word || strcmp(word, "*") == 0;
}

static bool is_of_host(const scene *s, uint16_t host, uint32_t ip)
{
    for (uint8_t i = 0; i < s->host[host].nadapters; i++) {
        if (s->host[host].adapter[i].ip == ip)
            return true;
    }
    return false;
}

static bool from_fits(const scene *s, const scene_pattern *p, const scene_sent *sent)
{
    if (p->from_ip && p->from_ip != sent->from.ip)
        return false;
    return p->from == SCENE_NOBODY || is_of_host(s, p->from, sent->from.ip);
}

static bool to_fits(const scene *s, const scene_pattern *p, const scene_sent *sent)
{
    if (p->to_ip && p->to_ip != sent->to.ip)
        return false;
    if (p->to == SCENE_EVERYBODY)
        return sent->broadcast;
    return p->to == SCENE_NOBODY || is_of_host(s, p->to, sent->to.ip);
}

static bool kind_fits(const scene_pattern *p, const scene_sent *sent)
{
    return is_any(p->kind) || strcmp(p->kind, scene_sent_kind(sent)) == 0;
}

/* A value of * asks for the key alone. */
static bool is_word(nbt_word w, const char *asked)
{
    size_t n = strlen(asked);
    if (n > 2 && asked[n - 1] == '*' && asked[n - 2] == '=')
        return w.n >= n - 1 && memcmp(w.p, asked, n - 1) == 0;
    return nbt_word_eq(w, asked);
}

static bool has_word(const char *from, const char *end, const char *asked)
{
    while (from < end) {
        nbt_word w = nbt_word_next(from, end);
        if (is_word(w, asked))
            return true;
        from = w.p + w.n + 1;
    }
    return false;
}

/* How many of name and words the message's text has; `all`: stop at the first that it has not. */
static unsigned said(const scene_pattern *p, const scene_sent *sent, bool all)
{
    char line[LINE_CAP];
    size_t n = scene_sent_print(sent, line, sizeof line);
    const char *end = line + (n < sizeof line ? n : sizeof line - 1);
    nbt_word kind = nbt_word_next(line, end);
    const char *after = kind.p + kind.n < end ? kind.p + kind.n + 1 : end;
    unsigned right = 0;
    bool here = is_any(p->name) || nbt_word_eq(nbt_word_next(after, end), p->name);
    right += here;
    for (uint32_t i = 0; i < p->nwords && (here || !all); i++) {
        here = has_word(after, end, p->word[i]);
        right += here;
    }
    return right;
}

bool scene_pattern_fits(const scene *s, const scene_pattern *p, const scene_sent *sent)
{
    if (!kind_fits(p, sent) || !from_fits(s, p, sent) || !to_fits(s, p, sent))
        return false;
    if (is_any(p->name) && p->nwords == 0)
        return true;
    return said(p, sent, true) == 1 + p->nwords;
}

unsigned scene_pattern_agrees(const scene *s, const scene_pattern *p, const scene_sent *sent)
{
    return (unsigned)kind_fits(p, sent) + from_fits(s, p, sent) + to_fits(s, p, sent) +
           said(p, sent, false);
}
