/*
 * A scene with more hosts in the place of an old one. The file's own rows are left alone: parse.c
 * has made those.
 */
#include "tools/scene/row.h"
#include "tools/scene/put.h"

#include <string.h>

static bool repeats(const scene_host *h)
{
    return h->kind == SCENE_COMPUTER && h->row.nth == 0;
}

/* NAME and a number, with a NUL; false: there is no room. */
static bool numbered(char *to, size_t cap, const char *name, size_t n, uint32_t number)
{
    scene_put o;
    scene_put_init(&o, to, cap);
    scene_put_n(&o, name, n);
    scene_put_dec(&o, number);
    return o.len < cap;
}

/* The n-th of a row, with a name and addresses of its own. False: no room for its label. */
static bool place(scene_host *h, const scene_host *of, uint32_t nth, uint32_t count)
{
    char netbios[NBT_NAME_LEN + 12];
    *h = *of;
    h->row = (scene_row){ .nth = nth, .of = count };
    for (uint8_t i = 0; i < h->nadapters; i++)
        h->adapter[i].ip += nth - 1;
    memset(h->netbios, 0, sizeof h->netbios);
    numbered(netbios, sizeof netbios, of->netbios, strnlen(of->netbios, sizeof of->netbios), nth);
    scene_host_netbios(h, netbios, strlen(netbios)); /* too long: the check says so */
    return numbered(h->name, sizeof h->name, of->name, strlen(of->name), nth);
}

/* The texts of its line, for who prints it. */
static bool entitle(scene *s, scene_host *first, const scene_host *of)
{
    char text[SCENE_WORD_MAX + 2];
    scene_put o;
    scene_put_init(&o, text, sizeof text);
    scene_put_str(&o, of->name);
    scene_put_str(&o, "%");
    first->row.label = scene_text(s, text, o.len);
    scene_put_init(&o, text, sizeof text);
    scene_put_n(&o, of->netbios, strnlen(of->netbios, sizeof of->netbios));
    scene_put_str(&o, "%");
    first->row.name = scene_text(s, text, o.len);
    return first->row.label && first->row.name;
}

bool scene_repeat(scene *s, uint32_t count, scene_errs *errs)
{
    uint32_t n = 0, at = 0;
    errs->n = errs->more = 0;
    if (count == 1 || s->nhosts == 0)
        return true;
    for (uint32_t i = 0; i < s->nhosts; i++)
        n += repeats(&s->host[i]) ? count : 1;
    scene_host *all = scene_room(s, n * sizeof *all);
    uint16_t *now = scene_room(s, s->nhosts * sizeof *now); /* where each has gone */
    if (!all || !now || n >= SCENE_EVERYBODY) {
        scene_errs_add(errs, s->host[0].pos, "", 0, "there would be too many computers", "fewer");
        return false;
    }
    for (uint32_t i = 0; i < s->nhosts; i++) {
        const scene_host *h = &s->host[i];
        uint32_t first = at;
        now[i] = (uint16_t)first;
        if (!repeats(h)) {
            all[at++] = *h;
            continue;
        }
        for (uint32_t k = 1; k <= count; k++)
            if (!place(&all[at++], h, k, count)) {
                scene_errs_add(errs, h->pos, h->name, strlen(h->name),
                               "a name with no room for a number", "a shorter name");
                return false;
            }
        if (!entitle(s, &all[first], h))
            return false;
    }
    for (uint32_t i = 0; i < s->nprograms; i++)
        s->program[i].host = now[s->program[i].host];
    s->host = all;
    s->nhosts = n;
    s->nsteps = s->nfaults = s->nexpects = 0;
    return true;
}
