/*
 * The way of packets past the messages, and into the file.
 */
#include "tools/dump/save.h"

bool dump_save_init(dump_save *s, const dump_opt *o, const cap_source *source, host_err *err)
{
    char why[CAP_ERR_MAX];
    *s = (dump_save){ .path = o->write };
    if (!o->write)
        return true;
    if (cap_sink_is_over(o->write, o->read)) {
        host_err_set(err, HOST_USAGE, "%s is being read; write to another file", o->write);
        return false;
    }
    s->sink = cap_sink_new(o->write, cap_source_link(source), why);
    if (!s->sink) {
        host_err_set(err, HOST_SYSTEM, "%s", why);
        return false;
    }
    if (cap_source_is_nano(source))
        cap_sink_nano(s->sink);
    if (!o->pick)
        return true;
    s->keep = cap_keep_new();
    if (!s->keep)
        host_err_set(err, HOST_SYSTEM, "no memory");
    return s->keep != NULL;
}

static bool cannot_write(const dump_save *s, host_err *err)
{
    if (!err->status)
        host_err_set(err, HOST_SYSTEM, "%s: cannot be written", s->path);
    return false;
}

bool dump_save_fini(dump_save *s, host_err *err)
{
    bool good = cap_sink_free(s->sink);
    cap_keep_free(s->keep);
    return good || cannot_write(s, err);
}

static bool write_packet(dump_save *s, const cap_packet *p, host_err *err)
{
    if (cap_sink_put(s->sink, p))
        return true;
    host_err_set(err, HOST_FAILED,
                 "%s: packet %llu has another link type than those before it, and a pcap file "
                 "holds one; write to a name that ends in .pcapng, or choose with a filter",
                 s->path, (unsigned long long)p->number);
    return false;
}

static bool write_decided(dump_save *s, bool end, host_err *err)
{
    cap_packet p;
    while (cap_keep_next(s->keep, end, &p)) {
        if (!write_packet(s, &p, err))
            return false;
    }
    return true;
}

bool dump_save_packet(dump_save *s, const cap_packet *p, const cap_tap *tap, bool ours,
                      host_err *err)
{
    if (!s->sink || !ours)
        return true;
    if (!s->keep)
        return write_packet(s, p, err);
    cap_keep_put(s->keep, p, cap_tap_stream(tap));
    return true;
}

void dump_save_want(dump_save *s, const cap_item *item)
{
    if (s->keep)
        cap_keep_want(s->keep, item->stream, item->began, item->number);
}

bool dump_save_settle(dump_save *s, const cap_tap *tap, host_err *err)
{
    cap_need needs[CAP_NEEDS_MAX];
    if (!s->keep)
        return true;
    uint64_t segment = cap_tap_segment(tap);
    if (segment) /* a packet that is several: they are not told apart from here on */
        cap_keep_want(s->keep, segment, 0, UINT64_MAX);
    size_t n = cap_tap_needs(tap, needs);
    for (size_t i = 0; i < n; i++)
        cap_keep_done(s->keep, needs[i].stream, needs[i].from);
    return write_decided(s, false, err);
}

bool dump_save_end(dump_save *s, host_err *err)
{
    return !s->keep || write_decided(s, true, err);
}

bool dump_save_flush(dump_save *s, host_err *err)
{
    return !s->sink || cap_sink_flush(s->sink) || cannot_write(s, err);
}
