/*
 * The cases side by side. They wait for most of their time, so that many fit on few processors.
 */
#include "tools/lab/reproduce.h"
#include "tools/host/err.h"
#include "tools/host/mem.h"
#include "tools/lab/report.h"
#include "tools/lab/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS_MAX = 64, CASE_SECONDS = 150 };

/* One case under one model. */
typedef struct job {
    const lab_case *c;
    lab_claim claim;
    scene s;
    pid_t pid;
    int fd; /* its result arrives here; -1 when there is none to come */
    char *text;
    size_t len, cap;
    json_t *result;
} job;

typedef struct batch {
    const lab_plan *plan;
    job jobs[JOBS_MAX];
    size_t n, started, done;
    bool bar;
} batch;

static bool is_wanted(const lab_plan *p, const lab_case *c)
{
    for (size_t i = 0; i < p->nnames; i++) {
        if (strcmp(p->names[i], c->name) == 0)
            return true;
    }
    return p->nnames == 0;
}

static void add_job(batch *b, const lab_case *c, lab_claim claim)
{
    job *j = &b->jobs[b->n++];
    *j = (job){ .c = c, .claim = claim, .fd = -1 };
    scene_init(&j->s, host_mem());
}

static void plan_jobs(batch *b)
{
    for (lab_claim claim = 0; claim < LAB_CLAIMS; claim++) {
        for (size_t i = 0; i < lab_case_count(); i++) {
            const lab_case *c = lab_case_at(i);
            if (b->plan->claims[claim] && is_wanted(b->plan, c) && b->n < JOBS_MAX)
                add_job(b, c, claim);
        }
    }
}

/* -- one case's process ------------------------------------------------------------------------ */

static void run_job(const batch *b, const job *j, int fd)
{
    alarm(CASE_SECONDS); /* nothing in a case waits for ever; this is for what nobody thought of */
    if (!lab_sandbox_split()) {
        fprintf(stderr, "nbtlab: no network namespace for a case: %s\n", strerror(errno));
        _exit(HOST_SYSTEM);
    }
    json_t *result = lab_case_run(j->c, j->claim, &j->s, &b->plan->options);
    json_dumpfd(result, fd, JSON_COMPACT);
    json_decref(result);
    fflush(NULL);
    _exit(HOST_OK);
}

static void start_job(batch *b, job *j)
{
    int fds[2];
    fflush(NULL);
    if (pipe(fds) != 0)
        return;
    j->pid = fork();
    if (j->pid == 0) {
        close(fds[0]);
        run_job(b, j, fds[1]);
    }
    close(fds[1]);
    j->fd = fds[0];
    if (j->pid < 0) {
        close(fds[0]);
        j->fd = -1;
    }
}

/* A case whose process died has a result too: that it has none. */
static json_t *no_result(const batch *b, const job *j, int status)
{
    json_t *result = json_object(), *why = json_array();
    char text[128];
    if (WIFSIGNALED(status))
        snprintf(text, sizeof text, "the case's process was ended by signal %d", WTERMSIG(status));
    else
        snprintf(text, sizeof text, "the case's process gave no result");
    json_array_append_new(why, json_string(text));
    json_object_set_new(result, "case", json_string(j->c->name));
    json_object_set_new(result, "claim", json_string(lab_claim_word(j->claim)));
    json_object_set_new(result, "profile", json_string(b->plan->options.profile));
    json_object_set_new(result, "asked", json_string(j->c->asked));
    json_object_set_new(result, "agrees", json_false());
    json_object_set_new(result, "deviations", why);
    return result;
}

static void end_job(batch *b, job *j)
{
    int status = 0;
    close(j->fd);
    j->fd = -1;
    while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR)
        ;
    j->result = j->len > 0 ? json_loadb(j->text, j->len, 0, NULL) : NULL;
    if (!j->result)
        j->result = no_result(b, j, status);
    free(j->text);
    j->text = NULL;
    b->done++;
}

static bool read_job(job *j)
{
    if (j->cap - j->len < 4096) {
        char *more = realloc(j->text, j->cap + 65536);
        if (!more)
            return false;
        j->text = more;
        j->cap += 65536;
    }
    ssize_t n = read(j->fd, j->text + j->len, j->cap - j->len);
    if (n > 0)
        j->len += (size_t)n;
    return n > 0 || (n < 0 && errno == EINTR);
}

/* -- all of them ------------------------------------------------------------------------------- */

static void show_bar(const batch *b)
{
    enum { WIDTH = 40 };
    size_t full = b->n > 0 ? b->done * WIDTH / b->n : WIDTH;
    fprintf(stderr, "\r[");
    for (size_t i = 0; i < WIDTH; i++)
        fputc(i < full ? '#' : ' ', stderr);
    fprintf(stderr, "] %zu of %zu cases", b->done, b->n);
    if (b->done == b->n)
        fputc('\n', stderr);
    fflush(stderr);
}

static void show_progress(const batch *b, const job *j)
{
    if (b->bar)
        show_bar(b);
    else if (j) {
        fprintf(stderr, "[%zu/%zu] ", b->done, b->n);
        lab_report_line(stderr, j->result);
    }
}

static void wait_for_some(batch *b)
{
    struct pollfd p[JOBS_MAX];
    job *of[JOBS_MAX];
    nfds_t n = 0;
    for (size_t i = 0; i < b->started; i++) {
        if (b->jobs[i].fd < 0)
            continue;
        p[n] = (struct pollfd){ .fd = b->jobs[i].fd, .events = POLLIN };
        of[n++] = &b->jobs[i];
    }
    if (poll(p, n, -1) < 0)
        return;
    for (nfds_t i = 0; i < n; i++) {
        if (p[i].revents != 0 && !read_job(of[i])) {
            end_job(b, of[i]);
            show_progress(b, of[i]);
        }
    }
}

static void run_all(batch *b)
{
    show_progress(b, NULL);
    while (b->done < b->n) {
        while (b->started < b->n && b->started - b->done < b->plan->jobs) {
            job *j = &b->jobs[b->started++];
            start_job(b, j);
            if (j->fd < 0) { /* no process or no pipe */
                j->result = no_result(b, j, 0);
                b->done++;
                show_progress(b, j);
            }
        }
        if (b->done < b->n)
            wait_for_some(b);
    }
}

static bool write_report(const batch *b, const json_t *results)
{
    char path[512];
    snprintf(path, sizeof path, "%s/report.txt", b->plan->options.out);
    FILE *f = fopen(path, "w");
    if (f) {
        lab_report_table(f, results);
        fputc('\n', f);
        lab_report_text(f, results);
    }
    if (f && fclose(f) == 0)
        return true;
    fprintf(stderr, "nbtlab: %s could not be written: %s\n", path, strerror(errno));
    return false;
}

static int report(const batch *b)
{
    json_t *results = json_array();
    bool all = true;
    for (size_t i = 0; i < b->n; i++) {
        all = all && json_is_true(json_object_get(b->jobs[i].result, "agrees"));
        json_array_append_new(results, b->jobs[i].result);
    }
    if (b->plan->json) {
        json_dumpf(results, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        lab_report_table(stdout, results);
    }
    bool written = write_report(b, results);
    fprintf(stderr, "nbtlab: %s; captures and report.txt are in %s/\n",
            all ? "every case came out as expected" : "a case deviates from what was expected",
            b->plan->options.out);
    json_decref(results);
    return !written ? HOST_SYSTEM : all ? HOST_OK : HOST_FAILED;
}

/* As the first process of a sandbox. */
static int run_in_sandbox(void *arg)
{
    batch *b = arg;
    const char *out = b->plan->options.out;
    if (mkdir(out, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "nbtlab: the folder %s could not be made: %s\n", out, strerror(errno));
        return HOST_SYSTEM;
    }
    run_all(b);
    return report(b);
}

int lab_reproduce(const lab_plan *plan)
{
    batch *b = calloc(1, sizeof *b);
    host_err err;
    int status = HOST_OK;
    host_err_set(&err, HOST_SYSTEM, "no memory");
    if (!b)
        return host_err_print("nbtlab reproduce", &err);
    b->plan = plan;
    b->bar = isatty(STDERR_FILENO);
    plan_jobs(b);
    for (size_t i = 0; i < b->n && status == HOST_OK; i++) {
        job *j = &b->jobs[i];
        if (!lab_case_load(j->c, j->claim, &plan->options, &j->s, &err))
            status = host_err_print("nbtlab reproduce", &err);
    }
    if (status == HOST_OK)
        status = lab_sandbox_run(run_in_sandbox, b);
    for (size_t i = 0; i < b->n; i++)
        scene_free(&b->jobs[i].s);
    free(b);
    return status;
}
