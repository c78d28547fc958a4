/*
 * The way to what was found as lines of text.
 */
#include "tools/scene/explore_impl.h"

#include "capture/buf.h"
#include "nbt/msg.h"
#include "nbt/text.h"
#include "tools/scene/print.h"

static const char *host_name(const explore *x, size_t host)
{
    return x->cfg.world.scene->host[host].name;
}

/* Who has an address; NULL: nobody, or everybody. */
static const char *name_of_ip(const explore *x, uint32_t ip)
{
    const scene *s = x->cfg.world.scene;
    for (uint32_t h = 0; h < s->nhosts; h++)
        for (uint8_t i = 0; i < s->host[h].nadapters; i++)
            if (s->host[h].adapter[i].ip == ip)
                return s->host[h].name;
    return NULL;
}

/* A piece of a stream that is no message of port 139. */
static void put_piece(const explore *x, const xp_packet *p, cap_buf *b)
{
    static const char *const words[] = {
        [XP_SYN] = "call for a connection", [XP_SYN_ACK] = "answer to that",
        [XP_DATA] = "data on a connection", [XP_FIN] = "end of a connection",
        [XP_RST] = "reset of a connection", [XP_GONE] = "silence",
    };
    const char *from = name_of_ip(x, p->from.ip);
    cap_buf_fmt(b, "%s's %s, port %u", from ? from : "somebody", words[p->kind],
                p->from.port < p->to.port ? p->from.port : p->to.port);
}

static void put_message(const explore *x, uint32_t message, cap_buf *b)
{
    const xp_packet *p = xp_world_packet(x->world, xp_message_packet(message));
    if (xp_world_comes_back(x->world, message))
        cap_buf_str(b, "no word of ");
    if (p->kind != XP_DATAGRAM &&
        (p->kind != XP_DATA || xp_packet_service(p) != NBT_SERVICE_SESSION)) {
        put_piece(x, p, b);
        return;
    }
    const char *from = name_of_ip(x, p->from.ip);
    char name[NBT_NAME_STR_MAX] = "?";
    nbt_msg m;
    (void)nbt_msg_rd(&m, xp_packet_service(p), p->data.p, p->data.n);
    if (nbt_msg_name(&m))
        (void)nbt_name_print(nbt_msg_name(&m), name, sizeof name);
    cap_buf_fmt(b, "%s's %s %s", from ? from : "somebody", nbt_text_kind(&m), name);
    if (m.service == NBT_SERVICE_NAME && !m.err && nbt_ns_rcode(&m.u.ns))
        cap_buf_fmt(b, " rcode=%u", nbt_ns_rcode(&m.u.ns));
    if (!name_of_ip(x, p->to.ip))
        cap_buf_str(b, " to all");
}

/* Whom a step is about; "": nobody in particular. */
static const char *whose(const explore *x, const xp_deed *d)
{
    return d->host < XP_HOSTS_MAX ? host_name(x, d->host) : "";
}

static void put_step(const explore *x, uint32_t number, cap_buf *b)
{
    char text[300];
    scene_put o;
    scene_put_init(&o, text, sizeof text);
    scene_put_step(&o, x->cfg.world.scene, &x->cfg.world.scene->step[number]);
    cap_buf_str(b, text);
}

/* What came of what was due: the messages that were sent. */
static void put_sent(const explore *x, const xp_deed *ev, cap_buf *b)
{
    cap_buf_str(b, ev->nsent > 0 ? "sends " : "sends nothing");
    for (size_t i = 0; i < ev->nsent; i++) {
        if (i > 0)
            cap_buf_str(b, ", ");
        const xp_sent *sent = &x->way.sent[ev->first + i];
        put_message(x, xp_message(sent->packet, 0), b);
        cap_buf_str(b, sent->drop ? " (lost)" : sent->wire != sent->packet ? " (changed)" : "");
    }
}

static void describe(const explore *x, const xp_deed *ev, explore_line *line)
{
    cap_buf b = { 0 };
    line->at = ev->at;
    line->host = "";
    line->what = "";
    switch (ev->kind) {
    case XP_ARRIVE:
    case XP_ARRIVE_TWICE:
    case XP_LOSE:
        line->what = ev->kind == XP_ARRIVE         ? "gets"
                     : ev->kind == XP_ARRIVE_TWICE ? "gets, not for the last time,"
                                                   : "never gets";
        line->host = host_name(x, ev->host);
        put_message(x, ev->message, &b);
        break;
    case XP_DUE:
        line->what = "has waited, and";
        line->host = host_name(x, ev->host);
        put_sent(x, ev, &b);
        break;
    case XP_STEP:
        line->what = "step:";
        line->host = whose(x, ev);
        put_step(x, ev->step, &b);
        break;
    case XP_PASS:
        break;
    }
    size_t n = b.n < sizeof line->text - 1 ? b.n : sizeof line->text - 1;
    if (n > 0)
        memcpy(line->text, b.s, n);
    line->text[n] = '\0';
    cap_buf_fini(&b);
}

bool explore_tell(explore *x, void (*line)(void *ctx, const explore_line *line), void *ctx)
{
    if (!explore_walk(x))
        return false;
    for (size_t i = 0; i < x->way.ndeeds; i++) {
        explore_line text;
        describe(x, &x->way.deed[i], &text);
        line(ctx, &text);
    }
    return true;
}
