/*
 * Control sockets found in their folder, and spoken to. What is asked is others' business.
 */
#include "tools/lab/upsock.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/host/localsock.h"
#include "tools/lab/lab.h"

static const char before[] = "up-", behind[] = ".sock";

bool lab_upsock_path(const char *lab, char path[PATH_MAX], host_err *err)
{
    char name[128];
    snprintf(name, sizeof name, "%s%.16s-%ld", before, lab, (long)getpid());
    return host_localsock_path(name, path, PATH_MAX, err);
}

uint64_t lab_upsock_network(void)
{
    struct stat st;
    return stat("/proc/self/ns/net", &st) == 0 ? (uint64_t)st.st_ino : 0;
}

/* -- the folder -------------------------------------------------------------------------------- */

static bool folder(char path[PATH_MAX])
{
    host_err err;
    if (!host_localsock_path("x", path, PATH_MAX, &err))
        return false;
    *strrchr(path, '/') = '\0';
    return true;
}

/* A dead lab's sockets: its own, and those of its computers, which have its name before theirs. */
static void remove_all(const char *in, const char *name)
{
    DIR *d = opendir(in);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strncmp(e->d_name, name, strlen(name)) == 0)
            (void)unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
}

static bool is_control(const char *name)
{
    size_t n = strlen(name), tail = sizeof behind - 1;
    return strncmp(name, before, sizeof before - 1) == 0 && n > tail &&
           strcmp(name + n - tail, behind) == 0 && strstr(name, behind) == name + n - tail;
}

void lab_upsock_each(bool (*visit)(void *arg, const char *path), void *arg)
{
    char in[PATH_MAX], path[2 * PATH_MAX];
    struct dirent **list = NULL;
    bool more = true;
    if (!folder(in))
        return;
    int n = scandir(in, &list, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", in, list[i]->d_name);
        int fd = more && is_control(list[i]->d_name) ? host_localsock_connect(path, SOCK_STREAM)
                                                     : (errno = 0, -1);
        if (fd < 0 && errno == ECONNREFUSED)
            remove_all(in, list[i]->d_name);
        if (fd >= 0) {
            close(fd);
            more = visit(arg, path);
        }
        free(list[i]);
    }
    free(list);
}

typedef struct finding {
    char *path;
    unsigned n;
    char names[300];
} finding;

static bool note(void *arg, const char *path)
{
    finding *f = arg;
    size_t used = strlen(f->names);
    snprintf(f->path, PATH_MAX, "%s", path);
    snprintf(f->names + used, sizeof f->names - used, "%s%s", f->n++ ? ", " : "", path);
    return true;
}

bool lab_upsock_find(const char *given, char path[PATH_MAX], host_err *err)
{
    finding f = { .path = path };
    if (given) {
        snprintf(path, PATH_MAX, "%s", given);
        return true;
    }
    lab_upsock_each(note, &f);
    if (f.n == 0)
        host_err_set(err, HOST_DRIVER,
                     "no lab of yours is up; start one with nbtlab up, or give --control PATH");
    else if (f.n > 1)
        host_err_set(err, HOST_DRIVER, "several labs are up; give --control with one of %s",
                     f.names);
    return f.n == 1;
}

/* -- asking ------------------------------------------------------------------------------------ */

static void not_for_you(const char *path, host_err *err)
{
    host_err_set(
        err, HOST_DRIVER,
        "the lab at %s has hung up: it is for its user, root, and the members of its group", path);
}

static FILE *dial(const char *path, const char *request, host_err *err)
{
    int fd = host_localsock_connect(path, SOCK_STREAM);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
    if (!f) {
        host_err_set(err, HOST_DRIVER, "no lab answers at %s: %s; nbtlab up starts one", path,
                     strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) >= 0)
        return f;
    not_for_you(path, err);
    fclose(f);
    return NULL;
}

/* One event; false if it is the last one, which says how it went. */
static bool take_line(const char *line, void (*take)(void *arg, json_t *event), void *arg, bool *ok,
                      host_err *err)
{
    json_t *o = json_loads(line, 0, NULL);
    bool end = !o || strcmp(lab_text(o, "event"), "end") == 0;
    *ok = end && json_is_true(json_object_get(o, "ok"));
    if (end && !*ok)
        host_err_set(err, HOST_FAILED, "%s", lab_text(o, "trouble"));
    if (!end && take)
        take(arg, o);
    json_decref(o);
    return !end;
}

bool lab_upsock_ask(const char *path, const char *request, void (*take)(void *arg, json_t *event),
                    void *arg, host_err *err)
{
    FILE *f = dial(path, request, err);
    char *line = NULL;
    size_t cap = 0;
    bool more = f != NULL, ok = false;
    while (more) {
        if (getline(&line, &cap, f) < 0) {
            not_for_you(path, err);
            break;
        }
        more = take_line(line, take, arg, &ok, err);
    }
    free(line);
    if (f)
        fclose(f);
    return ok;
}

bool lab_upsock_stop(const char *path, host_err *err)
{
    FILE *f = dial(path, "stop\n", err);
    if (!f)
        return false;
    while (getc(f) != EOF)
        ;
    fclose(f);
    return true;
}
