/*
 * What a capture has becomes a scenario's text, which is read, run once, and written again with
 * another way for what did not come, until all of it comes.
 */
#include "tools/replay/toscene.h"

#include "tools/replay/toscene_impl.h"
#include "tools/scene/check.h"
#include "tools/scene/parse.h"

#include <stdlib.h>
#include <string.h>

/* The other side registers its names before the capture begins: a P node that asks in vain, three
 * times 5 s, has ended by then. */
static const nbt_time lead_in = NBT_S(20);

/* Each time something is said another way, and nothing goes back: it ends by itself. */
enum { TRIES = 10000 };

static bool plays(const replay_toscene *t, toscene_role role)
{
    for (size_t i = 0; i < t->nhosts; i++) {
        if (t->host[i].role == role)
            return true;
    }
    return false;
}

replay_toscene *replay_toscene_new(const replay_toscene_cfg *cfg)
{
    replay_toscene *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->cfg = *cfg;
    if (!toscene_hosts(t)) {
        replay_toscene_free(t);
        return NULL;
    }
    return t;
}

void replay_toscene_free(replay_toscene *t)
{
    if (!t)
        return;
    toscene_free_said(t);
    cap_buf_fini(&t->heap);
    cap_buf_fini(&t->expects);
    cap_buf_fini(&t->text);
    free(t->seen);
    free(t->stream);
    free(t->heard);
    free(t->own);
    free(t->line);
    free(t->expect);
    free(t->host);
    free(t->network);
    free(t);
}

/* A text in quotes. */
static void put_quoted(cap_buf *to, const char *text)
{
    cap_buf_str(to, "\"");
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            cap_buf_str(to, "\\");
        cap_buf_add(to, *p == '\n' ? " " : p, 1);
    }
    cap_buf_str(to, "\"");
}

/* The file's name as a label. */
static void put_label(cap_buf *to, const char *file)
{
    size_t n = 0;
    cap_buf_str(to, "of-");
    for (const char *p = file; *p && *p != '.' && n < 24; p++, n++) {
        bool good = (*p >= '0' && *p <= '9') || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z');
        cap_buf_add(to, good ? p : "-", 1);
    }
}

static void put_left(cap_buf *o, const replay_toscene_left *left)
{
    if (left->by_step > 0)
        cap_buf_fmt(o,
                    "about \"%llu messages are sent by steps, since our computers and servers say "
                    "something else there.\"\n",
                    (unsigned long long)left->by_step);
    if (left->tcp + left->unsaid > 0)
        cap_buf_fmt(o,
                    "about \"Left out: %llu messages over TCP, and %llu others that no step can "
                    "send.\"\n",
                    (unsigned long long)left->tcp, (unsigned long long)left->unsaid);
}

static void put_head(replay_toscene *t)
{
    cap_buf *o = &t->text;
    cap_buf_str(o, "scenario ");
    put_label(o, t->cfg.file);
    cap_buf_str(o, " \"what the capture has\"\nsource ");
    put_quoted(o, t->cfg.file);
    cap_buf_str(o, "\n");
    if (t->lead) {
        cap_buf_fmt(o, "about \"The capture begins at %lld", (long long)(t->lead / NBT_S(1)));
        if (t->lead % NBT_S(1))
            cap_buf_fmt(o, ".%06lld", (long long)(t->lead % NBT_S(1)));
        cap_buf_str(o, " s; before that, names are registered.\"\n");
    }
    put_left(o, &t->left);
    toscene_rc_left(t, o);
    cap_buf_str(o, "allow two-owners because=\"the capture may have them\"\n"
                   "allow group-and-unique because=\"the capture may have it\"\n");
}

/* The last thing that comes may come long after the last step. */
static void put_end(replay_toscene *t)
{
    nbt_time last = t->nsaid > 0 ? t->said[t->nsaid - 1].at + t->lead : 0;
    bool behind = t->nlines > 0 && last > t->line[t->nlines - 1].at;
    if (behind)
        cap_buf_fmt(&t->text, "end %lldus\n", (long long)(last + NBT_S(5)));
    else
        cap_buf_str(&t->text, "end +5s\n");
}

/* One writing; what is decided stays decided for the next. */
static void put_all(replay_toscene *t)
{
    t->lead = plays(t, TOSCENE_COMPUTER) || plays(t, TOSCENE_SERVER) ? lead_in : 0;
    if (t->lead && t->ntalks > 0) /* the screens have a clock, whose seconds are to be the same */
        t->lead += t->first % NBT_S(1);
    t->nown = t->nlines = t->nexpects = t->heap.n = t->expects.n = t->text.n = t->largest = 0;
    t->left = t->dropped;
    for (size_t i = 0; i < t->nhosts; i++)
        t->host[i].expected = 0;
    for (size_t i = 0; i < t->nsaid; i++)
        t->said[i].now = t->said[i].by;
    toscene_downs(t);
    toscene_names(t);
    toscene_ssn_names(t);
    toscene_rc_agents(t);
    toscene_steps(t);
    toscene_ssn_ends(t);
    toscene_rc_ends(t);
    put_head(t);
    toscene_things(t, &t->text);
    toscene_lines(t, &t->text);
    toscene_hushes(t, &t->text);
    put_end(t);
    cap_buf_add(&t->text, t->expects.s ? t->expects.s : "", t->expects.n);
}

bool replay_toscene_end(replay_toscene *t, scene *s, scene_errs *errs)
{
    toscene_cast(t);
    for (int i = 0; i < TRIES; i++) {
        put_all(t);
        if (!scene_parse(t->cfg.mem, t->text.s, t->text.n, s, errs) || !scene_check(s, errs))
            return false;
        if (i + 1 == TRIES || toscene_try(t, s))
            break;
        scene_free(s);
    }
    return !t->failed;
}

const char *replay_toscene_text(const replay_toscene *t, size_t *len)
{
    *len = t->text.n;
    return t->text.s;
}

const replay_toscene_left *replay_toscene_leaves(const replay_toscene *t)
{
    return &t->left;
}
