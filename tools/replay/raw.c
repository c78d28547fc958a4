/*
 * Frames from a file to a packet socket: many in one system call, past the queue of the interface
 * (PACKET_QDISC_BYPASS), which would only hold them up.
 */
#include "tools/replay/raw.h"
#include "capture/frame.h"
#include "tools/host/iface.h"
#include "tools/host/loop.h"
#include "tools/host/progress.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH = 256,               /* frames in a system call, at most, */
    BATCH_OCTETS = 512 * 1024, /* and their octets */
    SEND_ROOM = 4 << 20,
    FULL_MS = 1, /* how long a full interface is waited for */
};

/* What of a capture is not sent, and what is. */
typedef struct tally {
    uint64_t frames, octets;
    uint64_t cut;     /* the capture lacks their end */
    uint64_t strange; /* neither ARP, nor UDP, TCP or ICMP over IPv4 */
} tally;

typedef struct raw {
    const replay_opt *o;
    host_iface iface;
    nbt_subnet own;
    int fd;
    cap_source *source; /* of the pass that is under way */
    int64_t first;      /* when its first packet was, */
    bool begun;         /* if there was one yet */
    host_progress progress;
    uint8_t *octets; /* of the batch */
    size_t used, n;
    struct mmsghdr msgs[BATCH];
    struct iovec iov[BATCH];
    nbt_time start; /* of the loop, here */
    nbt_time rated; /* from when on the rate is counted */
    uint64_t all;   /* frames that a loop has */
    tally sent;
    host_err err; /* status 0: none */
} raw;

/* ---- The capture --------------------------------------------------------------------------- */

static bool open_pass(raw *r)
{
    char why[CAP_ERR_MAX];
    r->begun = false;
    r->source = cap_source_file(r->o->cut.path, why);
    if (!r->source)
        host_err_set(&r->err, HOST_USAGE, "%s", why);
    return r->source;
}

static void close_pass(raw *r)
{
    cap_source_free(r->source);
    r->source = NULL;
}

/* The next packet that was asked for. False: there is none. */
static bool next_packet(raw *r, cap_packet *p)
{
    const replay_cut *cut = &r->o->cut;
    while (cap_source_next(r->source, p) == CAP_PACKET) {
        if (!r->begun)
            r->first = p->time;
        r->begun = true;
        int64_t at = p->time - r->first;
        if ((cut->last && p->number > cut->last) || (cut->end && at > cut->end))
            return false;
        if (p->number >= cut->first && at >= cut->begin)
            return true;
    }
    return false;
}

static bool is_allowed(const raw *r, uint32_t ip)
{
    bool allowed = ip == UINT32_MAX || host_subnet_has(&r->own, ip);
    for (size_t i = 0; i < r->o->nallowed; i++)
        allowed = allowed || host_subnet_has(&r->o->allowed[i], ip);
    return allowed;
}

/* Whether a packet is one to be sent; what is not is counted. False with err: it may not be. */
static bool is_wanted(raw *r, const cap_packet *p, tally *t)
{
    cap_frame f;
    char to[HOST_IP_STR_MAX], link[CAP_LINK_NAME_MAX];
    if (p->link != DLT_EN10MB) {
        cap_link_name(p->link, link);
        host_err_set(&r->err, HOST_USAGE,
                     "%s: packet %" PRIu64
                     " is of link type %s, and --raw sends Ethernet frames as "
                     "they are",
                     r->o->cut.path, p->number, link);
        return false;
    }
    cap_frame_rd(&f, p->link, p->bytes);
    bool arp = f.kind == CAP_FRAME_OTHER && strcmp(f.what, "ARP") == 0;
    bool ip = f.kind == CAP_FRAME_UDP || f.kind == CAP_FRAME_TCP || f.kind == CAP_FRAME_FRAGMENT ||
              f.kind == CAP_FRAME_REFUSED;
    if (p->bytes.n < p->wire_len || (ip && f.cut))
        t->cut++;
    else if (!arp && !ip)
        t->strange++;
    else if (ip && !is_allowed(r, f.to.ip))
        host_err_set(&r->err, HOST_USAGE,
                     "packet %" PRIu64
                     " of %s goes to %s, which is not on the network of %s; if it "
                     "is to be sent, say --allow %s/32",
                     p->number, r->o->cut.path, host_ip_str(f.to.ip, to), r->iface.name, to);
    else
        return true;
    return false;
}

/* All of it, before anything is sent. */
static bool look(raw *r, tally *t)
{
    cap_packet p;
    if (!open_pass(r))
        return false;
    while (!r->err.status && !host_progress_stopped() && next_packet(r, &p)) {
        if (!is_wanted(r, &p, t))
            continue;
        t->frames++;
        t->octets += p.bytes.n;
    }
    if (!r->err.status && cap_source_error(r->source)[0])
        fprintf(stderr, "nbtreplay: %s: %s; what is before is sent\n", r->o->cut.path,
                cap_source_error(r->source));
    close_pass(r);
    if (!r->err.status && t->frames == 0)
        host_err_set(&r->err, HOST_USAGE, "%s has no frame that can be sent", r->o->cut.path);
    return !r->err.status;
}

/* ---- Sending ------------------------------------------------------------------------------- */

static bool open_socket(raw *r)
{
    int on = 1, room = SEND_ROOM;
    struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = r->iface.index };
    r->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (r->fd < 0 && (errno == EPERM || errno == EACCES)) {
        host_err_set(&r->err, HOST_MISSING,
                     "frames are sent by root, or with CAP_NET_RAW; sudo nbtreplay ...");
        return false;
    }
    if (r->fd < 0 || bind(r->fd, (struct sockaddr *)&at, sizeof at) != 0) {
        host_err_set(&r->err, HOST_SYSTEM, "frames cannot be sent by %s: %s", r->iface.name,
                     strerror(errno));
        return false;
    }
    /* Both are for speed alone. */
    (void)setsockopt(r->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    (void)setsockopt(r->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    return true;
}

static void wait_until(nbt_time at)
{
    struct timespec t = { .tv_sec = at / 1000000, .tv_nsec = at % 1000000 * 1000 };
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* An interface whose queue is full takes more a little later. */
static bool is_full(int error)
{
    return error == ENOBUFS || error == EAGAIN || error == EINTR;
}

static void send_batch(raw *r)
{
    size_t done = 0;
    while (done < r->n && !r->err.status && !host_progress_stopped()) {
        int n = sendmmsg(r->fd, r->msgs + done, (unsigned)(r->n - done), 0);
        if (n > 0)
            done += (size_t)n;
        else if (is_full(errno))
            poll(NULL, 0, FULL_MS);
        else
            host_err_set(&r->err, HOST_SYSTEM, "%s does not take a frame of %zu octets: %s",
                         r->iface.name, r->iov[done].iov_len, strerror(errno));
    }
    for (size_t i = 0; i < done; i++)
        r->sent.octets += r->iov[i].iov_len;
    r->sent.frames += done;
    r->n = r->used = 0;
}

/* When a packet is to be sent: as it was in the capture, and not sooner than the rate allows. */
static nbt_time due_of(const raw *r, const cap_packet *p)
{
    nbt_time at = r->start, next = r->start;
    if (r->o->timing == CAP_TIMING_CAPTURED)
        at += (nbt_time)((double)(p->time - r->first) * r->o->scale / 1e6);
    if (r->o->per_second) {
        uint64_t n = r->sent.frames + r->n;
        next = r->rated + (nbt_time)(n * 1000000 / r->o->per_second);
    }
    return at > next ? at : next;
}

static void show_progress(raw *r)
{
    char text[96];
    uint64_t loops = r->o->cut.loops ? r->o->cut.loops : 1;
    if (!host_progress_due(&r->progress))
        return;
    snprintf(text, sizeof text, "%" PRIu64 " frames, %.0f a second", r->sent.frames,
             (double)r->sent.frames / host_progress_seconds(&r->progress));
    host_progress_show(&r->progress, (double)r->sent.frames, (double)(r->all * loops), text);
}

static void add(raw *r, const cap_packet *p)
{
    nbt_time at = due_of(r, p);
    bool timed = r->o->timing == CAP_TIMING_CAPTURED || r->o->per_second;
    if (timed && at > host_now()) {
        send_batch(r); /* what is due goes first */
        show_progress(r);
        wait_until(at);
    }
    if (r->n == BATCH || r->used + p->bytes.n > BATCH_OCTETS) {
        send_batch(r);
        show_progress(r);
    }
    if (p->bytes.n > BATCH_OCTETS)
        return; /* no interface takes as much */
    memcpy(r->octets + r->used, p->bytes.p, p->bytes.n);
    r->iov[r->n] = (struct iovec){ r->octets + r->used, p->bytes.n };
    r->msgs[r->n].msg_hdr = (struct msghdr){ .msg_iov = &r->iov[r->n], .msg_iovlen = 1 };
    r->n++;
    r->used += p->bytes.n;
}

static void send_loop(raw *r)
{
    cap_packet p;
    tally left = { 0 };
    if (!open_pass(r))
        return;
    r->start = host_now();
    while (!r->err.status && !host_progress_stopped() && next_packet(r, &p)) {
        if (is_wanted(r, &p, &left))
            add(r, &p);
    }
    send_batch(r);
    close_pass(r);
}

static void send_all(raw *r)
{
    unsigned loops = r->o->cut.loops ? r->o->cut.loops : 1;
    r->octets = malloc(BATCH_OCTETS);
    if (!r->octets) {
        host_err_set(&r->err, HOST_SYSTEM, "no memory");
        return;
    }
    r->rated = host_now();
    for (unsigned i = 0; i < loops && !r->err.status && !host_progress_stopped(); i++)
        send_loop(r);
}

/* ---- What is said -------------------------------------------------------------------------- */

static void say_left(const tally *t)
{
    if (t->cut > 0)
        printf("%" PRIu64 " frames are not sent: the capture lacks their end\n", t->cut);
    if (t->strange > 0)
        printf("%" PRIu64 " frames are not sent: they are neither ARP, nor UDP, TCP or ICMP over "
               "IPv4\n",
               t->strange);
}

static void say_plan(const raw *r, const tally *t)
{
    unsigned loops = r->o->cut.loops ? r->o->cut.loops : 1;
    char ip[HOST_IP_STR_MAX];
    printf("would send %" PRIu64 " frames of %" PRIu64 " octets by %s (%s)", t->frames, t->octets,
           r->iface.name, host_ip_str(r->iface.ip, ip));
    printf(loops > 1 ? ", %u times\n" : "\n", loops);
    say_left(t);
}

static void say_result(const raw *r, const tally *t, double seconds)
{
    printf("%" PRIu64 " frames of %" PRIu64 " octets in %.6f s: %.0f frames and %.0f octets a "
           "second\n",
           r->sent.frames, r->sent.octets, seconds, (double)r->sent.frames / seconds,
           (double)r->sent.octets / seconds);
    say_left(t);
    if (host_progress_stopped())
        printf("stopped before the end\n");
}

static void run(raw *r)
{
    tally t = { 0 };
    if (!host_iface_find(r->o->interface, &r->iface, &r->err))
        return;
    r->own = (nbt_subnet){ r->iface.ip, r->iface.mask };
    if ((!r->o->dry && !open_socket(r)) || !look(r, &t))
        return;
    if (r->o->dry) {
        say_plan(r, &t);
        return;
    }
    r->all = t.frames;
    double begun = host_progress_seconds(&r->progress);
    send_all(r);
    host_progress_clear(&r->progress);
    say_result(r, &t, host_progress_seconds(&r->progress) - begun);
}

int replay_raw(const replay_opt *o)
{
    host_err err = { .status = HOST_OK };
    raw *r = calloc(1, sizeof *r);
    if (r) {
        r->o = o;
        r->fd = -1;
        host_progress_init(&r->progress);
        run(r);
        if (r->fd >= 0)
            close(r->fd);
        free(r->octets);
        err = r->err;
    } else {
        host_err_set(&err, HOST_SYSTEM, "no memory");
    }
    free(r);
    if (!err.status)
        host_stdout_lost(&err);
    return err.status ? host_err_print("nbtreplay", &err) : HOST_OK;
}
