/*
 * Colours, put into a line that is there already: whoever wants none pays nothing. Where the parts
 * of a line are is said in capture/print.h.
 */
#include "tools/dump/color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLAIN "\033[0m"
#define KIND "\033[36m"
#define NAME "\033[1m"
#define REFUSED "\033[1;31m"
#define MALFORMED "\033[33m"
#define REMARKS "\033[2m"

bool dump_color_is_wanted(dump_color when, int fd)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    switch (when) {
    case DUMP_COLOR_ALWAYS:
        return true;
    case DUMP_COLOR_NEVER:
        return false;
    case DUMP_COLOR_AUTO:
        break;
    }
    return isatty(fd) && !(none && *none) && !(term && strcmp(term, "dumb") == 0);
}

static bool ns_refuses(const nbt_ns *m)
{
    return (m->word & NBT_NS_R) && nbt_ns_rcode(m) != NBT_RCODE_OK;
}

static bool rc_refuses(const rc_packet *p)
{
    unsigned kind = rc_packet_kind(p);
    if (kind == RC_KIND_SEGMENT + RC_UDP_RESET)
        return true;
    return (kind == RC_MSG_VERDICT || kind == RC_MSG_OPENED) && p->m.verdict != RC_VERDICT_GRANTED;
}

static bool refuses(const nbt_msg *m)
{
    switch (m->service) {
    case NBT_SERVICE_NAME:
        return ns_refuses(&m->u.ns);
    case NBT_SERVICE_DATAGRAM:
        return m->u.dgm.type == NBT_DGM_ERROR || m->u.dgm.type == NBT_DGM_NEGATIVE_QUERY;
    case NBT_SERVICE_SESSION:
        return m->u.ssn.type == NBT_SSN_NEGATIVE;
    }
    return false;
}

static const char *color_of_kind(const cap_item *item)
{
    if (item->msg ? item->msg->err : item->rc->err)
        return MALFORMED;
    return (item->msg ? refuses(item->msg) : rc_refuses(item->rc)) ? REFUSED : KIND;
}

/* What goes where, in the order of the line. */
typedef struct marks {
    size_t n;
    struct {
        const char *at, *text;
    } mark[6];
} marks;

static void mark(marks *m, const char *from, const char *to, const char *color)
{
    m->mark[m->n].at = from;
    m->mark[m->n++].text = color;
    m->mark[m->n].at = to;
    m->mark[m->n++].text = PLAIN;
}

/* Behind so many words and their spaces. */
static const char *skip(const char *at, const char *end, unsigned words)
{
    while (words-- > 0) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        at = space ? space + 1 : end;
    }
    return at;
}

static const char *word_end(const char *at, const char *end)
{
    const char *space = memchr(at, ' ', (size_t)(end - at));
    return space ? space : end;
}

static void put(char *line, size_t n, const marks *m)
{
    char *end = line + n;
    size_t more = 0;
    for (size_t i = 0; i < m->n; i++)
        more += strlen(m->mark[i].text);
    for (size_t i = m->n; i-- > 0;) {
        size_t at = (size_t)(m->mark[i].at - line), len = strlen(m->mark[i].text);
        memmove(line + at + more, line + at, (size_t)(end - line) - at);
        end = line + at;
        more -= len;
        memcpy(line + at + more, m->mark[i].text, len);
    }
}

size_t dump_color_line(char *line, size_t n, const cap_item *item)
{
    marks m = { 0 };
    const char *end = line + n - 1; /* the newline */
    const char *remarks = memmem(line, (size_t)(end - line), " # ", 3);
    const char *said = remarks ? remarks : end;
    if (item->msg || item->rc) {
        bool good = !(item->msg ? item->msg->err : item->rc->err);
        const char *kind = skip(line, said, item->has_ip || item->has_mac ? 5 : 3);
        mark(&m, kind, word_end(kind, said), color_of_kind(item));
        const char *name = skip(kind, said, 1);
        if (good && name < said)
            mark(&m, name, word_end(name, said), NAME);
    }
    if (remarks)
        mark(&m, remarks + 1, end, REMARKS);
    put(line, n, &m);
    for (size_t i = 0; i < m.n; i++)
        n += strlen(m.mark[i].text);
    return n;
}
