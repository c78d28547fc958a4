/*
 * The name service packets of a capture file, in memory: a case's capture has some hundred.
 */
#include "tools/lab/wire.h"
#include "capture/frame.h"
#include "capture/source.h"
#include "nbt/msg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_name_service(const cap_frame *f)
{
    return f->kind == CAP_FRAME_UDP && (f->from.port == NBT_PORT_NS || f->to.port == NBT_PORT_NS);
}

static bool keep(lab_wire *w, const lab_packet *p)
{
    if ((w->n & (w->n - 1)) == 0) { /* a power of two: full */
        size_t cap = w->n > 0 ? w->n * 2 : 1;
        lab_packet *more = realloc(w->packets, cap * sizeof *more);
        if (!more)
            return false;
        w->packets = more;
    }
    w->packets[w->n++] = *p;
    return true;
}

static bool take(lab_wire *w, int link, const cap_packet *cap)
{
    cap_frame f;
    nbt_msg msg;
    cap_frame_rd(&f, link, cap->bytes);
    if (!is_name_service(&f))
        return true;
    if (!nbt_msg_rd(&msg, NBT_SERVICE_NAME, f.payload.p, f.payload.n)) {
        w->unreadable++;
        return true;
    }
    lab_packet p = {
        .frame = cap->number,
        .time = cap->time,
        .from = f.from,
        .to = f.to,
        .kind = nbt_ns_kind_of(&msg.u.ns),
        .rcode = nbt_ns_rcode(&msg.u.ns),
    };
    const nbt_name *name = nbt_ns_name(&msg.u.ns);
    if (name)
        p.name = *name;
    return keep(w, &p);
}

bool lab_wire_read(lab_wire *w, const char *capture)
{
    char err[CAP_ERR_MAX];
    cap_packet p;
    *w = (lab_wire){ 0 };
    cap_source *s = cap_source_file(capture, err);
    if (!s) {
        fprintf(stderr, "nbtlab: %s\n", err);
        return false;
    }
    cap_got got;
    bool memory = true;
    while (memory && (got = cap_source_next(s, &p)) == CAP_PACKET) {
        memory = take(w, cap_source_link(s), &p);
        w->frames = p.number;
    }
    if (!memory || got == CAP_DAMAGE)
        fprintf(stderr, "nbtlab: %s: %s\n", capture, memory ? cap_source_error(s) : "no memory");
    cap_source_free(s);
    if (memory && got == CAP_END)
        return true;
    lab_wire_free(w);
    return false;
}

void lab_wire_free(lab_wire *w)
{
    free(w->packets);
    *w = (lab_wire){ 0 };
}

static bool fits(const lab_packet *p, const lab_look *look)
{
    return (!look->name || memcmp(p->name.b, look->name, NBT_NAME_LEN) == 0) &&
           (look->any_kind || p->kind == look->kind) &&
           (look->to_ip == 0 || p->to.ip == look->to_ip) &&
           (look->from_ip == 0 || p->from.ip == look->from_ip) && p->frame > look->after_frame &&
           p->time >= look->after && (look->before == 0 || p->time < look->before);
}

const lab_packet *lab_wire_first(const lab_wire *w, const lab_look *look)
{
    for (size_t i = 0; i < w->n; i++) {
        if (fits(&w->packets[i], look))
            return &w->packets[i];
    }
    return NULL;
}

size_t lab_wire_count(const lab_wire *w, const lab_look *look)
{
    size_t count = 0;
    for (size_t i = 0; i < w->n; i++)
        count += fits(&w->packets[i], look);
    return count;
}
