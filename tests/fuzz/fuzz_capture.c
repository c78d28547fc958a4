/*
 * Any bytes as a capture file, all the way to lines: it ends, whatever is in the file; and packets
 * that are written again come back as they were.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/dialog.h"
#include "capture/fields.h"
#include "capture/octets.h"
#include "capture/print.h"
#include "capture/sink.h"
#include "capture/source.h"
#include "capture/stats.h"
#include "capture/tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATH = 64 };

/* A file that is nowhere but in memory, with a path. */
static int memory_file(const void *p, size_t n, char path[PATH])
{
    int fd = memfd_create("capture", 0);
    assert(fd >= 0);
    if (n > 0 && write(fd, p, n) != (ssize_t)n)
        abort();
    snprintf(path, PATH, "/proc/self/fd/%d", fd);
    return fd;
}

static void show(cap_tap *t, cap_dialog *d, cap_stats *st, cap_printer *p, char *line)
{
    cap_item item;
    cap_link link;
    while (cap_tap_next(t, &item)) {
        cap_dialog_put(d, &item, &link);
        cap_stats_put(st, &item, &link);
        assert(item.msg || item.rc || item.note[0]);
        assert(link.answers <= item.number && link.repeats <= item.number);
        size_t n = cap_print_line(p, &item, &link, line);
        assert(n > 1 && n < CAP_LINE_MAX && line[n - 1] == '\n');
        assert(!memchr(line, '\n', n - 1));
        n = cap_fields_json(&item, &link, line);
        assert(line[0] == '{' && line[n - 2] == '}' && !memchr(line, '\n', n - 1));
        n = cap_fields_detail(&item, line);
        assert(n == 0 || (line[0] == ' ' && line[n - 1] == '\n'));
        n = cap_octets_print(&item, line);
        assert(n == 0 || (line[0] == ' ' && line[n - 1] == '\n'));
    }
}

/* Reads all of it, and writes what can be written. */
static uint64_t read_all(cap_source *s, cap_sink *sink)
{
    cap_tap *t = cap_tap_new();
    cap_dialog *d = cap_dialog_new();
    cap_stats *st = cap_stats_new();
    char *line = malloc(CAP_LINE_MAX);
    cap_printer p;
    cap_packet packet;
    cap_got got;
    assert(t && d && st && line);
    cap_printer_init(&p, CAP_CLOCK_DELTA, false);
    while ((got = cap_source_next(s, &packet)) == CAP_PACKET) {
        cap_tap_put(t, &packet);
        show(t, d, st, &p, line);
        cap_sink_put(sink, &packet);
    }
    assert(got == CAP_END || (got == CAP_DAMAGE && cap_source_error(s)[0]));
    cap_tap_end(t);
    show(t, d, st, &p, line);
    size_t n = cap_stats_text(st, line);
    assert(n > 0 && line[n - 1] == '\n');
    n = cap_stats_json(st, line);
    assert(line[0] == '{' && line[n - 2] == '}' && line[n - 1] == '\n');
    free(line);
    cap_stats_free(st);
    cap_dialog_free(d);
    cap_tap_free(t);
    return cap_sink_count(sink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[PATH], again[PATH], err[CAP_ERR_MAX] = "";
    int fd = memory_file(data, size, path);
    cap_source *s = cap_source_file(path, err);
    if (!s) {
        assert(err[0]);
        close(fd);
        return 0;
    }
    int written = memory_file(NULL, 0, again);
    cap_sink *sink = cap_sink_new(again, cap_source_link(s), err);
    assert(sink);
    uint64_t n = read_all(s, sink), back = 0;
    assert(cap_sink_free(sink));
    cap_source_free(s);

    cap_packet p;
    s = cap_source_file(again, err);
    assert(s);
    while (cap_source_next(s, &p) == CAP_PACKET)
        back++;
    assert(back == n);
    cap_source_free(s);
    close(written);
    close(fd);
    return 0;
}
