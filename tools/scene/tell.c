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

static void add_times(cap_buf *to, const scene_seen *seen)
{
    cap_buf_fmt(to, "it came %u time%s: at ", seen->n, seen->n == 1 ? "" : "s");
    add_time(to, seen->first);
    if (seen->n > 1) {
        cap_buf_str(to, seen->n > 2 ? ", ... " : " and ");
        add_time(to, seen->last);
    }
    cap_buf_str(to, " s\n");
}

static void add_what_came(cap_buf *to, const scene_expect *x, const scene_seen *seen)
{
    cap_buf_str(to, "    ");
    if (x->finally)
        cap_buf_str(to, x->never ? "it was so at the end\n" : "it was not so at the end\n");
    else if (seen->n > 0)
        add_times(to, seen);
    else
        cap_buf_str(to, "it never came\n");
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
    add_what_came(to, x, scene_judge_seen(j, i));
    if (!log)
        return;
    uint32_t nearest = scene_log_nearest(log, i);
    if (nearest != SCENE_LINE_NONE && scene_judge_seen(j, i)->n == 0)
        cap_buf_str(to, "    what came nearest (>), and what was around it:\n");
    else
        cap_buf_str(to, "    what was around it:\n");
    add_around(to, log, nearest);
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
