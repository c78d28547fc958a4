/*
 * The list of what is wrong, kept in the order of the file.
 */
#include "tools/scene/err.h"
#include "tools/scene/put.h"

#include <string.h>

static void fill(char *to, size_t cap, const char *p, size_t n)
{
    scene_put o;
    scene_put_init(&o, to, cap);
    scene_put_n(&o, p, n);
    if (n >= cap)
        memcpy(to + cap - 4, "...", 4);
}

static bool before(scene_pos a, scene_pos b)
{
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

void scene_errs_add(scene_errs *errs, scene_pos pos, const char *found, size_t n, const char *why,
                    const char *expected)
{
    uint32_t at = errs->n;
    while (at > 0 && before(pos, errs->at[at - 1].pos))
        at--;
    errs->more += errs->n == SCENE_ERRS_MAX;
    if (at == SCENE_ERRS_MAX)
        return;
    if (errs->n < SCENE_ERRS_MAX)
        errs->n++;
    memmove(&errs->at[at + 1], &errs->at[at], (errs->n - 1 - at) * sizeof errs->at[0]);
    scene_err *e = &errs->at[at];
    e->pos = pos;
    fill(e->found, sizeof e->found, found, n);
    fill(e->why, sizeof e->why, why, strlen(why));
    fill(e->expected, sizeof e->expected, expected, strlen(expected));
}

size_t scene_err_print(const scene_err *err, char *buf, size_t cap)
{
    scene_put o;
    scene_put_init(&o, buf, cap);
    scene_put_dec(&o, err->pos.line);
    scene_put_str(&o, ":");
    scene_put_dec(&o, err->pos.column);
    scene_put_str(&o, ": ");
    if (err->found[0]) {
        scene_put_str(&o, err->found);
        scene_put_str(&o, ": ");
    }
    scene_put_str(&o, err->why);
    if (err->expected[0]) {
        scene_put_str(&o, "; expected ");
        scene_put_str(&o, err->expected);
    }
    return o.len;
}
