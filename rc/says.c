/*
 * The texts of rc/says.def as a table. It never decides which one is to be said.
 */
#include "rc/says.h"

#include <assert.h>
#include <string.h>

static const rc_say_text says[] = {
#define RC_SAY(sym, word, origin, article, text) { word, RC_SAY_##origin, article, text },
#include "rc/says.def"
#undef RC_SAY
};

const rc_say_text *rc_say_find(rc_say say)
{
    assert(say < RC_SAYS);
    return &says[say];
}

const char *rc_say_origin_str(rc_say_origin origin)
{
    switch (origin) {
    case RC_SAY_PRODUCT:
        return "product";
    case RC_SAY_NEAREST:
        return "nearest";
    case RC_SAY_OURS:
        return "ours";
    }
    return "ours";
}

void rc_say_fill(rc_say say, const char *who, rc_line *line)
{
    const char *text = rc_say_find(say)->text;
    const char *open = memchr(text, '<', strlen(text));
    const char *close = open ? memchr(open, '>', strlen(open)) : NULL;
    rc_line_init(line);
    if (!close) {
        rc_line_str(line, text);
        return;
    }
    rc_line_add(line, text, (size_t)(open - text));
    rc_line_str(line, who);
    rc_line_str(line, close + 1);
}
