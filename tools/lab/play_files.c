/*
 * The files of a play: a folder for each program that has some, with what the scenario puts into
 * it. It never looks at what programs make of them.
 */
#include "tools/lab/play_impl.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_file(const char *folder, const scene_program *cfg)
{
    char path[PLAY_PATH_MAX + RC_FILE_NAME_MAX + 2];
    snprintf(path, sizeof path, "%s/%s", folder, cfg->file);
    FILE *f = fopen(path, "wxe");
    for (uint32_t i = 0; f && i < cfg->file_size; i++)
        (void)fputc(scene_file_octet(i), f);
    bool good = f && !ferror(f);
    return f && fclose(f) == 0 && good;
}

const char *play_files_folder(play *p, uint16_t prog)
{
    const scene_program *cfg = &p->s->program[prog];
    play_prog *q = &p->prog[prog];
    host_err err;
    if (!lab_args_has_files(cfg) || q->folder[0])
        return q->folder[0] ? q->folder : NULL;
    snprintf(q->folder, sizeof q->folder, "%s/f%u", p->cfg.folder, prog);
    if (mkdir(q->folder, 0700) == 0 && (!cfg->file || write_file(q->folder, cfg)))
        return q->folder;
    host_err_set(&err, HOST_SYSTEM, "the files of %s cannot be written: %s", cfg->name,
                 strerror(errno));
    play_fail(p, &err);
    return NULL;
}

static void remove_folder(const char *folder)
{
    const struct dirent *entry;
    DIR *d = opendir(folder);
    while (d && (entry = readdir(d)))
        (void)unlinkat(dirfd(d), entry->d_name, 0);
    if (d)
        closedir(d);
    (void)rmdir(folder);
}

void play_files_remove(play *p)
{
    for (uint32_t i = 0; p->prog && i < p->s->nprograms; i++)
        if (p->prog[i].folder[0])
            remove_folder(p->prog[i].folder);
}
