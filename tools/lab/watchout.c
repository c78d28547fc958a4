/*
 * Each way out keeps to itself: what one of them cannot take does not keep it from the others.
 */
#include "tools/lab/watchout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tools/host/json.h"

static const char unix_prefix[] = "unix:";

/* The socket's path; NULL: the numbers go into a file, or nowhere. */
static const char *socket_path(const lab_watchout *o)
{
    const char *m = o->cfg.metrics;
    return m && strncmp(m, unix_prefix, sizeof unix_prefix - 1) == 0 ? m + sizeof unix_prefix - 1
                                                                     : NULL;
}

static bool open_output(lab_watchout *o, host_err *err)
{
    if (!o->cfg.output) {
        o->to = o->cfg.quiet ? NULL : stdout;
        return true;
    }
    o->to = fopen(o->cfg.output, "ae");
    if (!o->to)
        host_err_set(err, HOST_SYSTEM, "%s cannot be written: %s", o->cfg.output, strerror(errno));
    return o->to != NULL;
}

/* Writes a file whole, or leaves the old one. */
static bool replace(const char *path, const cap_buf *text, host_err *err)
{
    char part[4096];
    int n = snprintf(part, sizeof part, "%s.%ld", path, (long)getpid());
    bool good = n > 0 && (size_t)n < sizeof part;
    int fd = good ? open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
    good = fd >= 0 && write(fd, text->s, text->n) == (ssize_t)text->n && fchmod(fd, 0644) == 0;
    int error = errno;
    if (fd >= 0 && close(fd) != 0)
        good = false;
    if (good && rename(part, path) == 0)
        return true;
    error = good ? errno : error;
    if (fd >= 0)
        unlink(part);
    host_err_set(err, HOST_SYSTEM, "%s cannot be written: %s", path, strerror(error));
    return false;
}

bool lab_watchout_open(lab_watchout *o, const lab_watchout_cfg *cfg, int64_t began, host_err *err)
{
    *o = (lab_watchout){ .cfg = *cfg, .sock.fd = -1, .log.fd = -1, .began = began };
    if (!open_output(o, err))
        return false;
    if (cfg->syslog && !host_logsock_open(&o->log, cfg->syslog, "nbtlab-watch", err))
        return false;
    o->logs = cfg->syslog != NULL;
    return !socket_path(o) || host_localsock_listen(&o->sock, socket_path(o), SOCK_STREAM, err);
}

void lab_watchout_close(lab_watchout *o)
{
    if (o->to && o->to != stdout)
        fclose(o->to);
    host_logsock_close(&o->log);
    if (o->sock.fd >= 0) {
        host_localsock_remove(&o->sock);
        close(o->sock.fd);
    }
    o->to = NULL;
    o->sock.fd = -1;
}

size_t lab_watchout_files(const lab_watchout *o, const char *file[LAB_WATCHOUT_FILES])
{
    size_t n = 0;
    if (o->cfg.output)
        file[n++] = o->cfg.output;
    if (o->cfg.metrics)
        file[n++] = socket_path(o) ? socket_path(o) : o->cfg.metrics;
    return n;
}

/* ---- Lines --------------------------------------------------------------------------------- */

static void put_time(FILE *to, int64_t us)
{
    char text[32];
    time_t sec = (time_t)(us / NBT_S(1));
    struct tm tm;
    localtime_r(&sec, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    fprintf(to, "%s.%03d ", text, (int)(us % NBT_S(1) / 1000));
}

static host_severity severity_of(cap_grade grade)
{
    switch (grade) {
    case CAP_GRADE_NOTICE:
        return HOST_LOG_NOTICE;
    case CAP_GRADE_WARNING:
        return HOST_LOG_WARNING;
    case CAP_GRADE_ERROR:
        return HOST_LOG_ERROR;
    }
    return HOST_LOG_ERROR;
}

static bool tell_one(lab_watchout *o, const cap_watch *w, const cap_event *event)
{
    cap_buf line = { 0 }, object = { 0 };
    bool good = cap_watch_line(w, event, &line);
    if (good && o->cfg.json && o->to)
        good = cap_watch_json(w, event, &object);
    if (good && o->logs)
        host_logsock_say(&o->log, severity_of(cap_verdict_grade(event->verdict)), line.s, line.n);
    if (good && o->to && o->cfg.json) {
        fwrite(object.s, 1, object.n, o->to);
    } else if (good && o->to) {
        put_time(o->to, event->time);
        fwrite(line.s, 1, line.n, o->to);
        putc('\n', o->to);
    }
    cap_buf_fini(&line);
    cap_buf_fini(&object);
    o->told++;
    return good;
}

static bool flushed(lab_watchout *o, host_err *err)
{
    if (o->to == stdout)
        return !host_stdout_lost(err);
    if (!o->to || (fflush(o->to) == 0 && !ferror(o->to)))
        return true;
    host_err_set(err, HOST_SYSTEM, "%s cannot be written: %s", o->cfg.output, strerror(errno));
    return false;
}

bool lab_watchout_tell(lab_watchout *o, cap_watch *w, host_err *err)
{
    cap_event event;
    bool any = false;
    while (cap_watch_next(w, &event)) {
        any = true;
        if (!tell_one(o, w, &event)) {
            host_err_set(err, HOST_SYSTEM, "there is no memory left");
            return false;
        }
    }
    return !any || flushed(o, err);
}

static void summary_json(lab_watchout *o, cap_watch *w)
{
    const cap_watch_counts *c = cap_watch_count(w);
    host_json j;
    host_json_begin(&j, o->to, "summary");
    host_json_int(&j, "packets", (int64_t)c->packets);
    host_json_int(&j, "packets_missed", (int64_t)c->missed);
    host_json_int(&j, "messages", (int64_t)(c->messages[0] + c->messages[1] + c->messages[2]));
    host_json_int(&j, "malformed", (int64_t)c->malformed);
    host_json_open(&j, "findings", '{');
    for (cap_verdict v = 0; v < CAP_VERDICT_COUNT; v++) {
        if (c->events[v])
            host_json_int(&j, cap_verdict_str(v), (int64_t)c->events[v]);
    }
    host_json_close(&j, '}');
    host_json_int(&j, "held_back", (int64_t)c->held_back);
    host_json_int(&j, "names", cap_watch_names(w));
    host_json_int(&j, "hosts", cap_watch_hosts(w));
    host_json_int(&j, "names_forgotten", (int64_t)c->forgotten_names);
    host_json_int(&j, "hosts_forgotten", (int64_t)c->forgotten_hosts);
    host_json_int(&j, "others_forgotten", (int64_t)c->left_out);
    host_json_int(&j, "log_lost", (int64_t)o->log.lost);
    host_json_end(&j);
}

bool lab_watchout_end(lab_watchout *o, cap_watch *w, host_err *err)
{
    cap_buf line = { 0 };
    cap_watch_summary(w, &line);
    if (o->log.lost)
        cap_buf_fmt(&line, ", %llu lines lost for the log", (unsigned long long)o->log.lost);
    if (o->unwritten)
        cap_buf_fmt(&line, ", the numbers could not be written %llu times",
                    (unsigned long long)o->unwritten);
    if (o->logs && line.n > 0)
        host_logsock_say(&o->log, HOST_LOG_INFO, line.s, line.n);
    if (o->to && o->cfg.json)
        summary_json(o, w);
    else if (line.n > 0)
        fprintf(stderr, "nbtlab watch: %.*s\n", (int)line.n, line.s);
    cap_buf_fini(&line);
    return flushed(o, err);
}

void lab_watchout_reopen(lab_watchout *o)
{
    FILE *fresh = o->cfg.output ? fopen(o->cfg.output, "ae") : NULL;
    if (!fresh)
        return;
    fclose(o->to);
    o->to = fresh;
}

/* ---- Numbers ------------------------------------------------------------------------------- */

void lab_watchout_metrics(lab_watchout *o, const cap_watch *w)
{
    cap_buf text = { 0 };
    host_err err;
    if (!o->cfg.metrics || socket_path(o))
        return;
    cap_watch_metrics(w, o->began, &text);
    if (text.failed || !replace(o->cfg.metrics, &text, &err)) {
        if (o->unwritten++ == 0 && !text.failed)
            host_err_print("nbtlab watch", &err);
    }
    cap_buf_fini(&text);
}

void lab_watchout_serve(lab_watchout *o, const cap_watch *w)
{
    int fd = accept4(o->sock.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    cap_buf text = { 0 };
    if (fd < 0)
        return;
    cap_watch_metrics(w, o->began, &text);
    /* All of it has room in the socket: nobody is waited for. */
    if (text.failed || send(fd, text.s, text.n, MSG_NOSIGNAL) != (ssize_t)text.n)
        o->unwritten++;
    close(fd);
    cap_buf_fini(&text);
}
