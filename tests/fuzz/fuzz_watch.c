/*
 * Any bytes as a capture file, watched with hardly any memory: every event is a line and a JSON
 * object, the tables stay within their bounds, and the numbers are OpenMetrics.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/source.h"
#include "capture/watch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATH = 64, NAMES = 64 };

static void tell(cap_watch *w, cap_buf *text)
{
    cap_event event;
    while (cap_watch_next(w, &event)) {
        text->n = 0;
        assert(cap_watch_line(w, &event, text));
        for (size_t i = 0; i < text->n; i++)
            assert((unsigned char)text->s[i] >= ' ' && text->s[i] != 0x7F);
        text->n = 0;
        assert(cap_watch_json(w, &event, text));
        assert(text->s[0] == '{' && text->s[text->n - 2] == '}' && text->s[text->n - 1] == '\n');
        assert(!memchr(text->s, '\n', text->n - 1));
    }
    assert(cap_watch_names(w) <= NAMES && cap_watch_hosts(w) <= NAMES);
}

static void watch(cap_tap *t, cap_dialog *d, cap_watch *w, cap_buf *text)
{
    cap_item item;
    cap_link link;
    while (cap_tap_next(t, &item)) {
        cap_dialog_put(d, &item, &link);
        cap_watch_put(w, &item, &link);
        tell(w, text);
    }
}

static void watch_all(cap_source *s)
{
    cap_watch_cfg cfg = { .names = NAMES };
    cap_tap *t = cap_tap_new();
    cap_dialog *d = cap_dialog_new();
    cap_watch *w = cap_watch_new(&cfg);
    cap_buf text = { 0 };
    cap_packet packet;
    assert(t && d && w);
    while (cap_source_next(s, &packet) == CAP_PACKET) {
        cap_tap_put(t, &packet);
        watch(t, d, w, &text);
    }
    cap_tap_end(t);
    watch(t, d, w, &text);
    cap_watch_end(w);
    tell(w, &text);
    text.n = 0;
    cap_watch_metrics(w, 0, &text);
    assert(text.n > 6 && memcmp(text.s + text.n - 6, "# EOF\n", 6) == 0);
    cap_buf_fini(&text);
    cap_watch_free(w);
    cap_dialog_free(d);
    cap_tap_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[PATH], err[CAP_ERR_MAX];
    int fd = memfd_create("capture", 0);
    assert(fd >= 0);
    if (size > 0 && write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    cap_source *s = cap_source_file(path, err);
    if (s)
        watch_all(s);
    cap_source_free(s);
    close(fd);
    return 0;
}
