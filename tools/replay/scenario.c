/*
 * The file is read once for who is in it, and once for what was said.
 */
#include "tools/replay/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/mem.h"
#include "tools/replay/setup.h"
#include "tools/replay/toscene.h"
#include "tools/scene/print.h"

static const char who[] = "nbtreplay";

static void take_items(replay_toscene *t, cap_tap *tap, cap_dialog *dialog)
{
    cap_item item;
    cap_link link;
    while (cap_tap_next(tap, &item)) {
        cap_dialog_put(dialog, &item, &link);
        replay_toscene_put(t, &item, &link);
    }
}

static bool is_wanted(const replay_cut *cut, const cap_packet *p, int64_t first)
{
    int64_t since = p->time - first;
    return p->number >= cut->first && (!cut->last || p->number <= cut->last) &&
           since >= cut->begin && (!cut->end || since <= cut->end);
}

/* False: the file is damaged; what came before is taken. */
static bool read_packets(replay_toscene *t, cap_source *source, cap_tap *tap, cap_dialog *dialog,
                         const replay_cut *cut)
{
    cap_packet p;
    cap_got got;
    int64_t first = 0;
    for (bool any = false; (got = cap_source_next(source, &p)) == CAP_PACKET; any = true) {
        first = any ? first : p.time;
        if (!is_wanted(cut, &p, first))
            continue;
        (void)cap_tap_put(tap, &p);
        replay_toscene_frame(t, cap_tap_frame(tap), p.time);
        take_items(t, tap, dialog);
    }
    cap_tap_end(tap);
    take_items(t, tap, dialog);
    return got != CAP_DAMAGE;
}

/* The second reading; false without memory, or if the file cannot be opened any more. A file that
 * is damaged gives what comes before that, and a status for the end. */
static bool read_file(replay_toscene *t, const replay_cut *cut, int *status, host_err *err)
{
    char why[CAP_ERR_MAX] = "no memory";
    cap_source *source = cap_source_file(cut->path, why);
    cap_tap *tap = cap_tap_new();
    cap_dialog *dialog = cap_dialog_new();
    bool ok = source && tap && dialog;
    for (size_t i = 0; ok && i < cut->nports; i++)
        (void)cap_tap_port(tap, cut->ports[i].usual, cut->ports[i].port);
    if (!ok)
        host_err_set(err, HOST_SYSTEM, "%s", why);
    if (ok && !read_packets(t, source, tap, dialog, cut)) {
        host_err_set(err, HOST_USAGE, "%s", cap_source_error(source));
        *status = host_err_print(who, err);
    }
    cap_dialog_free(dialog);
    cap_tap_free(tap);
    cap_source_free(source);
    return ok;
}

/* --- written ---------------------------------------------------------------------------------- */

static bool put(const char *to, const char *text, size_t n)
{
    bool out = strcmp(to, "-") == 0;
    FILE *f = out ? stdout : fopen(to, "we");
    if (!f)
        return false;
    bool written = fwrite(text, 1, n, f) == n;
    written = (out ? fflush(f) : fclose(f)) == 0 && written;
    if (!written && !out)
        (void)remove(to);
    return written;
}

static int write_scene(const scene *s, const char *to, host_err *err)
{
    size_t n = scene_print(s, NULL, 0);
    char *text = malloc(n + 1);
    if (!text) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return host_err_print(who, err);
    }
    (void)scene_print(s, text, n + 1);
    bool written = put(to, text, n);
    free(text);
    if (written)
        return HOST_OK;
    host_err_set(err, HOST_SYSTEM, "%s cannot be written: %s", to, strerror(errno));
    return host_err_print(who, err);
}

static void tell_left(const replay_toscene_left *left)
{
    if (left->by_step > 0)
        fprintf(stderr,
                "%s: %llu messages are sent by steps: our stack says something else there\n", who,
                (unsigned long long)left->by_step);
    if (left->tcp + left->unsaid > 0)
        fprintf(stderr,
                "%s: the scenario is without %llu messages over TCP, and %llu others that no step "
                "can send\n",
                who, (unsigned long long)left->tcp, (unsigned long long)left->unsaid);
}

/* What was put together cannot be: a fault of ours, or of a capture that nobody has thought of. */
static int refuse(const replay_cut *cut, const scene_errs *errs, host_err *err)
{
    char line[SCENE_ERR_STR_MAX];
    (void)scene_err_print(&errs->at[0], line, sizeof line);
    host_err_set(err, HOST_FAILED, "%s makes no scenario that can be: %s; try a part of it",
                 cut->path, line);
    return host_err_print(who, err);
}

static int convert(const replay_toscene_cfg *cfg, const replay_cut *cut, const char *to)
{
    static scene_errs errs;
    host_err err;
    scene s;
    replay_toscene *t = replay_toscene_new(cfg);
    int damage = HOST_OK;
    host_err_set(&err, HOST_SYSTEM, "no memory");
    if (!t || !read_file(t, cut, &damage, &err)) {
        replay_toscene_free(t);
        return host_err_print(who, &err);
    }
    bool can = replay_toscene_end(t, &s, &errs);
    int status = can ? write_scene(&s, to, &err) : refuse(cut, &errs, &err);
    if (status == HOST_OK)
        tell_left(replay_toscene_leaves(t));
    scene_free(&s);
    replay_toscene_free(t);
    return status == HOST_OK ? damage : status;
}

int replay_scenario(const replay_opt *o)
{
    host_err err;
    replay_setup setup;
    const char *slash = strrchr(o->cut.path, '/');
    int status;
    if (replay_setup_begin(&setup, o, &err) && replay_setup_has_hosts(&setup, &err)) {
        replay_toscene_cfg cfg = { .mem = host_mem(),
                                   .file = slash ? slash + 1 : o->cut.path,
                                   .parts = &setup.parts,
                                   .study = &setup.study,
                                   .profile = o->profile,
                                   .server = o->server };
        status = convert(&cfg, &o->cut, o->write);
    } else {
        status = host_err_print(who, &err);
    }
    replay_setup_end(&setup, &err);
    return status;
}
