#include "tools/scene/tell.h"
#include "tools/scene/print.h"
#include "tools/scene/words.h"

#include <string.h>

enum { AROUND = 5, TEXT_CAP = 2048 };

static void add_put(cap_buf *to, const scene_put *o)
{
    cap_buf_add(to, o->buf, o->len < o->cap ? o->len : o->cap - 1);
}

static void add_time(cap_buf *to, nbt_time t)
{
    cap_buf_fmt(to, "%lld.%06lld", (long long)(t / NBT_S(1)), (long long)(t % NBT_S(1)));
}

static void add_line(cap_buf *to, const scene_log *log, uint32_t i, const char *mark)
{
    const scene_line *line = scene_log_at(log, i);
    cap_buf_fmt(to, "  %s %5lld.%06lld  ", mark, (long long)(line->at / NBT_S(1)),
                (long long)(line->at % NBT_S(1)));
    cap_buf_add(to, scene_log_text(log, i), line->n);
    cap_buf_str(to, "\n");
}

/* Some lines before and behind, and line `i` with a mark; SCENE_LINE_NONE: the last there are. */
static void add_around(cap_buf *to, const scene_log *log, uint32_t i)
{
    uint32_t n = scene_log_count(log);
    uint32_t middle = i == SCENE_LINE_NONE ? n : i;
    uint32_t from = middle > AROUND ? middle - AROUND : 0;
    uint32_t until = middle + AROUND < n ? middle + AROUND + 1 : n;
    if (from >= until)
        cap_buf_str(to, "    (nothing)\n");
    for (uint32_t k = from; k < until; k++)
        add_line(to, log, k, k == i ? ">" : " ");
}

static void add_where(cap_buf *to, const char *file, scene_pos pos)
{
    cap_buf_fmt(to, "%s:%u: ", file, pos.line);
}

/* --- expectations -------------------------------------------------------------------------------
 */

static void add_count(cap_buf *to, uint32_t n)
{
    if (n == 1)
        cap_buf_str(to, "once");
    else
        cap_buf_fmt(to, "%u times", n);
}

/* "it came 5 times: at 1.000000, 1.250000, 1.500000, ... and 9.750000 s" */
static void add_times(cap_buf *to, const scene_seen *seen)
{
    uint32_t shown = seen->n < SCENE_SEEN_TIMES ? seen->n : SCENE_SEEN_TIMES;
    bool more = seen->n > SCENE_SEEN_TIMES;
    cap_buf_str(to, "it came ");
    add_count(to, seen->n);
    cap_buf_str(to, ": at ");
    for (uint32_t i = 0; i < shown; i++) {
        cap_buf_str(to, i == 0 ? "" : i + 1 == shown && !more ? " and " : ", ");
        add_time(to, seen->at[i]);
    }
    if (more) {
        cap_buf_str(to, seen->n > SCENE_SEEN_TIMES + 1 ? ", ... and " : " and ");
        add_time(to, seen->last);
    }
    cap_buf_str(to, " s\n");
}

/* Why what came does not count. */
static void add_astray(cap_buf *to, const scene_judge *j, uint32_t i, const scene_seen *seen)
{
    nbt_time from, until;
    if (seen->early > 0) {
        cap_buf_str(to, "    before what it has to come after it came ");
        add_count(to, seen->early);
        cap_buf_str(to, seen->early > 1 ? ", first at " : ", at ");
        add_time(to, seen->early_at);
        cap_buf_str(to, " s\n");
    }
    if (seen->untimely == 0)
        return;
    cap_buf_str(to, "    out of its time");
    if (scene_judge_window(j, i, &from, &until)) {
        cap_buf_str(to, ", which is from ");
        add_time(to, from);
        if (until != NBT_NEVER) {
            cap_buf_str(to, " to ");
            add_time(to, until);
        }
        cap_buf_str(to, " s,");
    }
    cap_buf_str(to, " it came ");
    add_count(to, seen->untimely);
    cap_buf_str(to, seen->untimely > 1 ? ", first at " : ", at ");
    add_time(to, seen->untimely_at);
    cap_buf_str(to, " s\n");
}

/* How it was at the end. */
static void add_state(cap_buf *to, const scene_expect *x, int32_t was)
{
    cap_buf_str(to, "at the end ");
    switch (x->sight.see) {
    case SCENE_SEE_NAME:
        cap_buf_fmt(to, "it was %s\n", scene_word(SCENE_SET_NAME_STATE, (unsigned)was));
        return;
    case SCENE_SEE_RECORD:
        cap_buf_fmt(to, "its record was %s\n", scene_word(SCENE_SET_RECORD, (unsigned)was));
        return;
    case SCENE_SEE_OWNERS:
    case SCENE_SEE_SESSIONS:
        cap_buf_fmt(to, "there %s %d\n", was == 1 ? "was" : "were", (int)was);
        return;
    case SCENE_SEE_PROGRAM:
        cap_buf_fmt(to, "it was %s\n",
                    was < 0 ? "none of that" : scene_word(SCENE_SET_PHASE, (unsigned)was));
        return;
    case SCENE_SEE_READY:
    case SCENE_SEE_MESSAGE:
    case SCENE_SEE_DONE:
    case SCENE_SEE_LOG:
        break;
    }
    cap_buf_str(to, x->never ? "it was so\n" : "it was not so\n");
}

static void add_what_came(cap_buf *to, const scene_judge *j, const scene_expect *x, uint32_t i)
{
    const scene_seen *seen = scene_judge_seen(j, i);
    cap_buf_str(to, "    ");
    if (x->finally) {
        add_state(to, x, scene_judge_was(j, i));
        return;
    }
    if (seen->n > 0)
        add_times(to, seen);
    else
        cap_buf_str(to, seen->untimely + seen->early > 0 ? "it did not come as expected\n"
                                                         : "it never came\n");
    if (!x->never)
        add_astray(to, j, i, seen);
}

/* Where to look: at what came first if it came, though not as expected; else at what came nearest.
 */
static uint32_t find_line(const scene_log *log, const scene_judge *j, const scene_expect *x,
                          uint32_t i)
{
    const scene_seen *seen = scene_judge_seen(j, i);
    if (x->finally || seen->n == 0)
        return scene_log_nearest(log, i);
    for (uint32_t k = 0; k < scene_log_count(log); k++) {
        const scene_line *line = scene_log_at(log, k);
        if (line->at == seen->first && line->message == (x->sight.see == SCENE_SEE_MESSAGE) &&
            line->frame == seen->frame)
            return k;
    }
    return SCENE_LINE_NONE;
}

void scene_tell_expect(cap_buf *to, const char *file, const scene *s, const scene_judge *j,
                       const scene_log *log, uint32_t i)
{
    char text[TEXT_CAP];
    scene_put o;
    const scene_expect *x = &s->expect[i];
    scene_put_init(&o, text, sizeof text);
    scene_put_expect(&o, s, x);
    add_where(to, file, x->pos);
    add_put(to, &o);
    cap_buf_str(to, "\n");
    add_what_came(to, j, x, i);
    if (!log)
        return;
    uint32_t at = find_line(log, j, x, i);
    bool came = !x->finally && scene_judge_seen(j, i)->n > 0;
    cap_buf_str(to, at == SCENE_LINE_NONE ? "    what came last:\n"
                    : came                ? "    the first time (>), and what was around it:\n"
                                          : "    what came nearest (>), and what was around it:\n");
    add_around(to, log, at);
}

void scene_tell_missed(cap_buf *to, const char *file, const scene_script *k, const scene_log *log)
{
    char text[TEXT_CAP];
    scene_put o;
    const scene_step *step = &k->s->step[k->at];
    scene_put_init(&o, text, sizeof text);
    scene_put_step(&o, k->s, step);
    add_where(to, file, step->pos);
    add_put(to, &o);
    cap_buf_str(to, "\n    it did not come by ");
    add_time(to, k->ended);
    cap_buf_str(to, " s, so that no further step was done; what came last:\n");
    if (log)
        add_around(to, log, SCENE_LINE_NONE);
}

void scene_tell_breach(cap_buf *to, const char *file, const scene *s, scene_invariant what,
                       const scene_breach *b, nbt_time end)
{
    char text[TEXT_CAP];
    scene_put name;
    scene_put_init(&name, text, sizeof text);
    scene_put_name(&name, &b->name);
    cap_buf_fmt(to, "%s: %s: at ", file, scene_word(SCENE_SET_INVARIANT, what));
    if (b->at < end) {
        add_time(to, b->at);
        cap_buf_str(to, " s, when all was quiet, ");
    } else {
        cap_buf_str(to, "the end ");
    }
    add_put(to, &name);
    cap_buf_fmt(to,
                what == SCENE_INV_GROUP_AND_UNIQUE ? " is a group on %s and unique on %s\n"
                                                   : " is owned by %s and by %s\n",
                s->host[b->one].name, s->host[b->other].name);
}

void scene_tell_fault(cap_buf *to, const char *file, const scene *s, simbook_fault fault,
                      const simbook_entry *e)
{
    cap_buf_fmt(to, "%s: %s: %s: %s: %s (%u in this run), a fault of nbtlab\n", file,
                simbook_fault_str(fault), s->program[e->program].name,
                nbt_code_word(NBT_CODESET_NCB_COMMAND, e->verb), simbook_fault_text(fault), e->n);
}

void scene_tell_log(cap_buf *to, const scene_log *log)
{
    for (uint32_t i = 0; i < scene_log_count(log); i++)
        add_line(to, log, i, " ");
}
