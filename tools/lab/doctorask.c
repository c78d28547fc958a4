/*
 * Probes side by side: each packet is offered to all of them, as each knows its own answers by
 * their transaction ids.
 */
#include "tools/lab/doctorask.h"

#include <errno.h>
#include <net/ethernet.h>
#include <string.h>
#include <sys/random.h>

#include "capture/frame.h"
#include "tools/host/mem.h"

enum { AT_ONCE = 256, FIRST_PORT = 49152, PORTS = 16384, PORT_TRIES = 16 };

/* RFC 1002 6 has 5 s for a question to one host; for a look at it, this is long enough. */
static const nbt_pace everybody = { 3, NBT_MS(250) }, one_host = { 3, NBT_S(1) };

/* ---- What passes ----------------------------------------------------------------------------- */

static void take_frame(lab_asker *a, const cap_packet *p)
{
    static const uint8_t all[6] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
    cap_frame f;
    cap_frame_rd(&f, p->link, p->bytes);
    bool to_all = f.has_mac && memcmp(f.mac_to, all, sizeof all) == 0;
    if (f.kind == CAP_FRAME_UDP)
        nbt_doctor_passed(a->sight, f.from, f.to, to_all, a->port, f.payload);
    else if (f.kind == CAP_FRAME_REFUSED && f.quoted_from.ip == a->iface.ip &&
             f.quoted_from.port == a->port)
        nbt_doctor_refused(a->sight, f.from.ip, f.quoted_to, strstr(f.what, "prohibited") != NULL);
}

static void take_frames(lab_asker *a)
{
    cap_packet p;
    for (unsigned i = 0; i < AT_ONCE && cap_source_next(a->source, &p) == CAP_PACKET; i++)
        take_frame(a, &p);
}

static void on_passing(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    take_frames(poll->data);
}

static void open_source(lab_asker *a)
{
    char why[CAP_ERR_MAX];
    a->source = cap_source_live(a->iface.name, why);
    if (!a->source)
        return;
    if (!cap_source_filter(a->source, "udp or icmp", why)) {
        cap_source_free(a->source);
        a->source = NULL;
        return;
    }
    a->sight->wire = true;
    a->passing.data = a;
    uv_poll_init(host_loop_uv(a->loop), &a->passing, cap_source_fd(a->source));
    uv_poll_start(&a->passing, UV_READABLE, on_passing);
}

/* ---- Questions ------------------------------------------------------------------------------- */

static void carry_list(void *ctx, const nbt_out *out)
{
    lab_asker *a = ctx;
    if (out->failed) {
        host_err_set(&a->err, HOST_SYSTEM, "there is no memory left");
        host_loop_stop(a->loop);
        return;
    }
    host_udp_send(a->udp, out);
}

static bool over(const lab_asker *a)
{
    for (size_t i = 0; i < a->n; i++) {
        if (!nbt_probe_over(&a->asks[i].probe))
            return false;
    }
    return a->listened;
}

static void go_on(lab_asker *a)
{
    host_outs_carry(&a->outs, carry_list, a);
    if (over(a))
        host_loop_stop(a->loop);
}

static void take(const lab_ask *ask, const nbt_probe_got *got, uint32_t from)
{
    if (ask->node)
        nbt_doctor_listed(ask->node, &got->msg.u.ns);
    else
        nbt_doctor_answered(ask->answers, from, &got->msg.u.ns);
}

static void on_packet(void *ctx, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    lab_asker *a = ctx;
    (void)lana;
    (void)to;
    a->sight->taken += from.ip != a->iface.ip && from.port == NBT_PORT_NS;
    for (size_t i = 0; i < a->n; i++) {
        nbt_probe_got got;
        nbt_probe_take took =
            nbt_probe_rx(&a->asks[i].probe, host_now(), from, data, &got, host_outs_fill(&a->outs));
        if (took == NBT_PROBE_ANSWER)
            take(&a->asks[i], &got, from.ip);
        if (took != NBT_PROBE_STRAY)
            break;
    }
    go_on(a);
}

static void on_trouble(void *ctx, uint8_t lana, int error)
{
    lab_asker *a = ctx;
    (void)lana;
    if (error && !a->sight->unsent)
        a->sight->unsent = strerrordesc_np(error);
}

static nbt_time due(const void *ctx)
{
    const lab_asker *a = ctx;
    nbt_time first = a->until;
    for (size_t i = 0; i < a->n; i++)
        first = nbt_time_min(first, nbt_probe_due(&a->asks[i].probe));
    return first;
}

static void tick(void *ctx, nbt_time now)
{
    lab_asker *a = ctx;
    for (size_t i = 0; i < a->n; i++)
        nbt_probe_tick(&a->asks[i].probe, now, host_outs_fill(&a->outs));
    if (now >= a->until) {
        a->listened = true;
        a->until = NBT_NEVER;
    }
    go_on(a);
}

static void on_stop(void *ctx)
{
    lab_asker *a = ctx;
    a->interrupted = true;
    host_loop_stop(a->loop);
}

/* A port by its number, since what passes is known to be an answer by it. */
static bool open_port(lab_asker *a)
{
    for (int i = 0; i < PORT_TRIES; i++) {
        uint16_t number;
        if (getrandom(&number, sizeof number, 0) != sizeof number)
            break;
        a->port = (uint16_t)(FIRST_PORT + number % PORTS);
        if (host_udp_open(a->udp, 0, &a->iface, a->port, &a->err)) {
            a->err = (host_err){ 0 };
            return true;
        }
        if (a->err.status != HOST_PORT)
            return false;
    }
    return false;
}

bool lab_asker_open(lab_asker *a, const host_iface *iface, nbt_doctor_sight *sight)
{
    host_udp_cfg cfg = { .ctx = a, .rx = on_packet, .trouble = on_trouble };
    host_driven driven = { .ctx = a, .due = due, .tick = tick, .stop = on_stop };
    *a = (lab_asker){ .sight = sight, .iface = *iface, .until = NBT_NEVER };
    host_outs_init(&a->outs, host_mem());
    a->loop = host_loop_new(&a->err);
    a->udp = a->loop ? host_udp_new(host_loop_uv(a->loop), &cfg) : NULL;
    if (!a->udp) {
        if (!a->err.status)
            host_err_set(&a->err, HOST_SYSTEM, "there is no memory left");
        return false;
    }
    if (!open_port(a))
        return false;
    open_source(a);
    host_loop_drive(a->loop, &driven);
    return true;
}

void lab_asker_close(lab_asker *a)
{
    if (a->source) {
        uv_close((uv_handle_t *)&a->passing, NULL);
        if (a->loop)
            uv_run(host_loop_uv(a->loop), UV_RUN_NOWAIT);
        cap_source_free(a->source);
    }
    host_udp_free(a->udp);
    host_loop_free(a->loop);
    host_outs_fini(&a->outs);
}

static lab_ask *add(lab_asker *a, nbt_trn_kind kind, const nbt_name *name, uint32_t ip)
{
    nbt_probe_cfg cfg = { .mem = host_mem(),
                          .profile = nbt_profile_at(0),
                          .kind = kind,
                          .ip = a->iface.ip,
                          .port = a->port,
                          .broadcast = ip == 0,
                          .subnet = a->iface.broadcast,
                          .server = ip,
                          .bcast = everybody,
                          .ucast = one_host };
    if (a->n == LAB_ASKS_MAX || getrandom(&cfg.seed, sizeof cfg.seed, 0) != sizeof cfg.seed)
        return NULL;
    lab_ask *ask = &a->asks[a->n++];
    *ask = (lab_ask){ 0 };
    nbt_name_copy(&cfg.name, name);
    nbt_out *out = host_outs_fill(&a->outs);
    if (!nbt_probe_init(&ask->probe, &cfg, host_now(), out))
        out->failed = true;
    return ask;
}

void lab_asker_name(lab_asker *a, const nbt_name *name, uint32_t ip, nbt_doctor_answers *answers)
{
    lab_ask *ask = add(a, NBT_TRN_QUERY, name, ip);
    if (!ask)
        return;
    *answers = (nbt_doctor_answers){ .reply = NBT_DOCTOR_SILENT };
    ask->answers = answers;
}

void lab_asker_status(lab_asker *a, nbt_doctor_node *node)
{
    nbt_name any;
    nbt_name_wildcard(&any);
    lab_ask *ask = add(a, NBT_TRN_STATUS, &any, node->ip);
    if (!ask)
        return;
    node->status = NBT_DOCTOR_SILENT;
    ask->node = node;
}

bool lab_asker_run(lab_asker *a, nbt_time least)
{
    a->until = host_now() + least;
    a->listened = false;
    go_on(a);
    if (!a->err.status && !over(a))
        host_loop_run(a->loop);
    if (a->source)
        take_frames(a);
    for (size_t i = 0; i < a->n; i++)
        nbt_probe_fini(&a->asks[i].probe);
    a->n = 0;
    return !a->err.status && !a->interrupted;
}
