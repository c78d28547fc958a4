/*
 * Scenario files. What they may say is known to tools/scene alone.
 */
#include "tools/lab/scenefile.h"
#include "tools/host/mem.h"
#include "tools/lab/lab.h"
#include "tools/scene/check.h"
#include "tools/scene/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 << 20 };

/* All of a stream in a block of its own; NULL with errno. */
static char *read_all(FILE *f, size_t *len)
{
    size_t cap = 0, n = 0;
    char *text = NULL;
    do {
        if (n == cap) {
            size_t longer = cap ? cap * 2 : 65536;
            char *q = longer > FILE_MAX ? NULL : realloc(text, longer);
            if (!q) {
                errno = longer > FILE_MAX ? EFBIG : ENOMEM;
                free(text);
                return NULL;
            }
            text = q;
            cap = longer;
        }
        n += fread(text + n, 1, cap - n, f);
    } while (n == cap);
    if (ferror(f)) {
        free(text);
        return NULL;
    }
    *len = n;
    return text;
}

bool lab_scenefile_load(const char *path, scene *s, scene_errs *errs, host_err *err)
{
    bool in = strcmp(path, "-") == 0;
    size_t len;
    scene_init(s, host_mem());
    errs->n = errs->more = 0;
    errno = 0;
    FILE *f = in ? stdin : fopen(path, "re");
    char *text = f ? read_all(f, &len) : NULL;
    if (!text)
        host_err_set(err, HOST_SYSTEM, "%s: %s; give the path of a scenario file", path,
                     strerror(errno ? errno : EIO));
    if (f && !in)
        fclose(f);
    if (!text)
        return false;
    bool ok = scene_parse(host_mem(), text, len, s, errs) && scene_check(s, errs);
    free(text);
    if (!ok)
        host_err_set(err, HOST_FOUND, "%s: it is no scenario that can be; correct what is wrong",
                     path);
    return ok;
}

void lab_scenefile_complain(const char *path, const scene_errs *errs)
{
    char line[SCENE_ERR_STR_MAX];
    for (uint32_t i = 0; i < errs->n; i++) {
        scene_err_print(&errs->at[i], line, sizeof line);
        fprintf(stderr, "%s:%s\n", path, line);
    }
    if (errs->more > 0)
        fprintf(stderr, "%s: %u more errors are not shown\n", path, errs->more);
}

bool lab_scenefile_catalogue(char path[PATH_MAX], host_err *err)
{
    static const char *const places[] = { "../share/nbtlab/scenarios", "../../fixtures/scenarios",
                                          "../fixtures/scenarios" };
    char programs[PATH_MAX];
    if (!lab_folder(programs, sizeof programs)) {
        host_err_set(err, HOST_SYSTEM,
                     "/proc does not tell where the programs are: is it mounted?");
        return false;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char place[PATH_MAX + 64];
        snprintf(place, sizeof place, "%s/%s", programs, places[i]);
        if (realpath(place, path))
            return true;
    }
    host_err_set(err, HOST_SYSTEM,
                 "the catalogue is not beside the programs in %s; install it as %s/%s", programs,
                 programs, places[0]);
    return false;
}
