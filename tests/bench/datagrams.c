/*
 * The load that tools/bench puts on the datagram service: so many datagrams under way at a time for
 * so long.
 *
 *   echo IP            to UDP port 137 of a host that sends them back
 *   relay IP           for a group whose only member is this host, to the distribution server
 * there, which is also its name server receive IP SOCKET  to names of the computer there, whose
 * programs are this process send IP SOCKET     from a program of the computer there, to LOAD<20>,
 * which is this host's
 *
 * Each is followed by WINDOW and MILLISECONDS. It prints, with a tab between them: datagrams that
 * arrived, seconds, times that one was sent again. IP is not this host's own.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "nbt/dgm.h"
#include "nbt/draft.h"
#include "tools/host/ncbsock.h"

enum { BATCH = 32, PACKET_MAX = 2048, WINDOW_MAX = 120, DATA = 64, ROOM = 1 << 22 };

static const nbt_time patience = NBT_MS(200); /* then what is missing is taken for lost */

typedef struct load {
    int udp, ncb;
    uint32_t own;
    struct sockaddr_in to;
    unsigned window;
    uint8_t packet[PACKET_MAX];
    size_t len;
    uint8_t to_slot[2 * WINDOW_MAX][PACKET_MAX]; /* one for each name */
    uint64_t arrived, again;
    nbt_time last;                              /* when something arrived */
    unsigned ready[2 * WINDOW_MAX], head, tail; /* names that wait, as a ring */
    uint8_t buf[NBT_IPC_MAX];
} load;

static nbt_time now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return NBT_S(t.tv_sec) + t.tv_nsec / 1000;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* --- datagrams ------------------------------------------------------------------------------ */

static void open_udp(load *l, const char *ip, uint16_t port)
{
    static const int room = ROOM;
    struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(NBT_PORT_DGM) };
    socklen_t len = sizeof local;
    l->to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
    if (inet_pton(AF_INET, ip, &l->to.sin_addr) != 1)
        die(ip);
    int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in self;
    if (connect(probe, (struct sockaddr *)&l->to, sizeof l->to) != 0 ||
        getsockname(probe, (struct sockaddr *)&self, &len) != 0)
        die("no way there");
    close(probe);
    l->own = ntohl(self.sin_addr.s_addr);
    l->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (l->udp < 0 || bind(l->udp, (struct sockaddr *)&local, sizeof local) != 0)
        die("UDP port 138");
    (void)setsockopt(l->udp, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    (void)setsockopt(l->udp, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
}

static void slot_name(unsigned i, nbt_name *name)
{
    char text[16];
    (void)nbt_name_make(name, text, (size_t)snprintf(text, sizeof text, "D%03u", i), 0x20);
}

static void make_packet(load *l, uint8_t type, const nbt_name *to)
{
    static const uint8_t data[DATA];
    nbt_dgm m = { .type = type, .flags = NBT_DGM_FIRST | NBT_ONT_P << NBT_DGM_SNT_SHIFT, .id = 1 };
    (void)nbt_name_make(&m.from, "LOAD", 4, 0x20);
    m.to = *to;
    m.source = (nbt_ep){ l->own, NBT_PORT_DGM };
    m.data = (nbt_bytes){ data, DATA };
    m.length = (uint16_t)nbt_dgm_length(&m.from, &m.to, DATA);
    nbt_wr w;
    nbt_wr_init(&w, l->packet, sizeof l->packet);
    nbt_dgm_wr(&w, &m);
    l->len = w.at;
}

static void send_iovs(load *l, struct iovec *iov, unsigned n)
{
    struct mmsghdr msgs[BATCH] = { 0 };
    for (unsigned i = 0; i < n; i++)
        msgs[i].msg_hdr = (struct msghdr){
            .msg_name = &l->to, .msg_namelen = sizeof l->to, .msg_iov = &iov[i], .msg_iovlen = 1
        };
    for (unsigned at = 0; at < n;) {
        int sent = sendmmsg(l->udp, msgs + at, n - at, 0);
        if (sent <= 0)
            die("send");
        at += (unsigned)sent;
    }
}

static void send_same(load *l, unsigned n)
{
    struct iovec iov[BATCH];
    for (unsigned i = 0; i < BATCH; i++)
        iov[i] = (struct iovec){ l->packet, l->len };
    for (unsigned some; n > 0; n -= some) {
        some = n < BATCH ? n : BATCH;
        send_iovs(l, iov, some);
    }
}

/* What there is; waits for the first one if it is to. */
static unsigned take_packets(load *l, bool wait)
{
    static uint8_t packets[BATCH][PACKET_MAX];
    struct mmsghdr msgs[BATCH] = { 0 };
    struct iovec iov[BATCH];
    struct pollfd p = { .fd = l->udp, .events = POLLIN };
    if (wait && poll(&p, 1, (int)(patience / 1000)) <= 0)
        return 0;
    for (unsigned i = 0; i < BATCH; i++) {
        iov[i] = (struct iovec){ packets[i], PACKET_MAX };
        msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
    }
    int n = recvmmsg(l->udp, msgs, BATCH, MSG_DONTWAIT, NULL);
    return n > 0 ? (unsigned)n : 0;
}

/* Each that comes back is sent once more. */
static void bounce(load *l, nbt_time until)
{
    send_same(l, l->window);
    while (now() < until) {
        unsigned n = take_packets(l, true);
        l->arrived += n;
        l->again += n == 0;
        send_same(l, n ? n : l->window);
    }
}

/* LOAD<20> and the group, claimed at the name server there. */
static void claim(const load *l, const nbt_name *name, bool group)
{
    struct sockaddr_in to = l->to;
    nbt_draft d;
    uint8_t buf[NBT_NS_UDP_MAX];
    nbt_wr w;
    unsigned flags = NBT_ONT_P << NBT_NB_ONT_SHIFT | (group ? NBT_NB_G : 0);
    nbt_draft_record(&d, 1, NBT_WORD_REGISTRATION, name, 3600,
                     (nbt_addr){ (uint16_t)flags, l->own });
    nbt_wr_init(&w, buf, sizeof buf);
    nbt_ns_wr(&w, &d.ns);
    to.sin_port = htons(NBT_PORT_NS);
    struct pollfd p = { .fd = l->udp, .events = POLLIN };
    if (sendto(l->udp, buf, w.at, 0, (struct sockaddr *)&to, sizeof to) < 0 ||
        poll(&p, 1, 2000) <= 0 || recv(l->udp, buf, sizeof buf, 0) < 4 || (buf[3] & 15) != 0)
        die("the name server does not grant a name");
}

static void relay(load *l, nbt_time length)
{
    nbt_name load_name, group;
    (void)nbt_name_make(&load_name, "LOAD", 4, 0x20);
    (void)nbt_name_make(&group, "LODGE", 5, 0x00);
    claim(l, &load_name, false);
    claim(l, &group, true);
    make_packet(l, NBT_DGM_GROUP, &group);
    bounce(l, now() + length);
}

/* --- control blocks --------------------------------------------------------------------------- */

static void submit(load *l, uint32_t tag, nbt_ncb ncb, nbt_bytes data)
{
    host_err err;
    if (!host_ncb_submit(l->ncb, tag, &ncb, data, &err))
        exit(host_err_print("bench.datagrams", &err));
}

static nbt_ipc take_answer(load *l)
{
    nbt_ipc m;
    host_err err;
    if (!host_ncb_next(l->ncb, &m, l->buf, &err))
        exit(host_err_print("bench.datagrams", &err));
    return m;
}

/* The answers that are there: how many. Waits for the first if it is to. */
static unsigned take_answers(load *l, nbt_ipc *m, bool wait)
{
    static uint8_t bytes[BATCH][PACKET_MAX];
    struct mmsghdr msgs[BATCH] = { 0 };
    struct iovec iov[BATCH];
    struct pollfd p = { .fd = l->ncb, .events = POLLIN };
    for (unsigned i = 0; i < BATCH; i++) {
        iov[i] = (struct iovec){ bytes[i], PACKET_MAX };
        msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
    }
    int n = recvmmsg(l->ncb, msgs, BATCH, MSG_DONTWAIT, NULL);
    if (n <= 0)
        return wait && poll(&p, 1, (int)(patience / 1000)) > 0 ? take_answers(l, m, false) : 0;
    for (int i = 0; i < n; i++) {
        nbt_rd r;
        nbt_rd_init(&r, bytes[i], msgs[i].msg_len);
        nbt_ipc_rd(&r, &m[i]);
        if (r.err || m[i].kind != NBT_IPC_DONE)
            die("no answer");
    }
    return (unsigned)n;
}

static void add_name(load *l, const nbt_name *name, uint32_t tag)
{
    nbt_ncb ncb = { .command = NBT_NCB_ADD_NAME };
    memcpy(ncb.name, name->b, NBT_NAME_LEN);
    submit(l, tag, ncb, (nbt_bytes){ NULL, 0 });
}

/* The commands of one turn, at most BATCH, in one system call. */
static void submit_all(const load *l, const uint32_t *tag, const nbt_ncb *ncb, nbt_bytes data,
                       unsigned n)
{
    uint8_t bytes[BATCH][NBT_IPC_HEADER_LEN + DATA];
    struct iovec iov[BATCH];
    struct mmsghdr msgs[BATCH] = { 0 };
    for (unsigned i = 0; i < n; i++) {
        nbt_ipc m = { .kind = NBT_IPC_SUBMIT, .tag = tag[i], .ncb = ncb[i], .data = data };
        nbt_wr w;
        nbt_wr_init(&w, bytes[i], sizeof bytes[i]);
        nbt_ipc_wr(&w, &m);
        iov[i] = (struct iovec){ bytes[i], w.at };
        msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
    }
    for (unsigned at = 0; at < n;) {
        int sent = sendmmsg(l->ncb, msgs + at, n - at, 0);
        if (sent <= 0)
            die("the driver has gone");
        at += (unsigned)sent;
    }
}

static void wait_for_slots(load *l, const unsigned *slot, unsigned n)
{
    nbt_ncb ncb[BATCH];
    uint32_t tag[BATCH];
    for (unsigned i = 0; i < n; i++) {
        nbt_name name;
        slot_name(slot[i], &name);
        ncb[i] = (nbt_ncb){ .command = NBT_NCB_RECEIVE_DATAGRAM, .length = 512 };
        memcpy(ncb[i].name, name.b, NBT_NAME_LEN);
        tag[i] = slot[i] + 1;
        l->ready[l->tail++ % (2 * l->window)] = slot[i];
    }
    submit_all(l, tag, ncb, (nbt_bytes){ NULL, 0 }, n);
}

/* To the names that have waited longest: their commands have come to the driver long ago. */
static void send_to_slots(load *l, unsigned n)
{
    struct iovec iov[BATCH];
    for (unsigned some; n > 0; n -= some) {
        some = n < BATCH ? n : BATCH;
        for (unsigned i = 0; i < some; i++)
            iov[i] = (struct iovec){ l->to_slot[l->ready[l->head++ % (2 * l->window)]], l->len };
        send_iovs(l, iov, some);
    }
}

/* Twice as many names wait as datagrams are under way. */
static void receive(load *l, nbt_time length)
{
    nbt_name name;
    for (unsigned i = 0; i < 2 * l->window; i++) {
        slot_name(i, &name);
        add_name(l, &name, i + 1);
        make_packet(l, NBT_DGM_UNIQUE, &name);
        memcpy(l->to_slot[i], l->packet, l->len);
    }
    for (unsigned i = 0; i < 2 * l->window; i++)
        if (take_answer(l).ncb.retcode != NBT_NRC_GOODRET)
            die("a name is not to be had");
    for (unsigned i = 0; i < 2 * l->window; i++)
        wait_for_slots(l, &i, 1);
    struct pollfd p = { .fd = l->ncb, .events = POLLIN };
    (void)poll(&p, 1, 100);
    nbt_time until = now() + length;
    send_to_slots(l, l->window);
    while (now() < until) {
        nbt_ipc m[BATCH];
        unsigned n = take_answers(l, m, true);
        l->arrived += n;
        l->again += n == 0; /* one was lost for each that does not come: so many again */
        unsigned slot[BATCH];
        for (unsigned i = 0; i < n; i++)
            slot[i] = m[i].tag - 1;
        wait_for_slots(l, slot, n);
        send_to_slots(l, n ? n : l->window);
    }
}

static void send_some(load *l, const uint32_t *tag, unsigned n)
{
    static const uint8_t data[DATA];
    nbt_ncb ncb[BATCH] = { { .command = NBT_NCB_SEND_DATAGRAM, .length = DATA } };
    nbt_name own, to;
    slot_name(0, &own);
    (void)nbt_name_make(&to, "LOAD", 4, 0x20);
    memcpy(ncb[0].name, own.b, NBT_NAME_LEN);
    memcpy(ncb[0].callname, to.b, NBT_NAME_LEN);
    for (unsigned i = 1; i < n; i++)
        ncb[i] = ncb[0];
    submit_all(l, tag, ncb, (nbt_bytes){ data, DATA }, n);
}

static void send_many(load *l, nbt_time length)
{
    nbt_name own;
    slot_name(0, &own);
    add_name(l, &own, 1);
    if (take_answer(l).ncb.retcode != NBT_NRC_GOODRET)
        die("a name is not to be had");
    nbt_time until = now() + length;
    for (uint32_t tag = 1; tag <= l->window; tag++)
        send_some(l, &tag, 1);
    while (now() < until) {
        nbt_ipc m[BATCH];
        unsigned n = take_answers(l, m, true);
        uint32_t tag[BATCH];
        for (unsigned i = 0; i < n; i++) {
            l->again += m[i].ncb.retcode != NBT_NRC_GOODRET;
            tag[i] = m[i].tag;
        }
        send_some(l, tag, n);
        l->arrived += take_packets(l, false);
    }
    for (unsigned n; (n = take_packets(l, true));)
        l->arrived += n;
}

int main(int argc, char **argv)
{
    static load l;
    const char *what = argc > 1 ? argv[1] : "";
    bool program = strcmp(what, "receive") == 0 || strcmp(what, "send") == 0;
    int at = program ? 4 : 3;
    if (argc != at + 2)
        return 2;
    l.window = (unsigned)strtoul(argv[at], NULL, 10);
    l.window = l.window < 1 ? 1 : l.window > WINDOW_MAX ? WINDOW_MAX : l.window;
    nbt_time length = NBT_MS(strtol(argv[at + 1], NULL, 10));
    bool echo = strcmp(what, "echo") == 0;
    host_err err;
    open_udp(&l, argv[2], echo ? NBT_PORT_NS : NBT_PORT_DGM);
    if (program && (l.ncb = host_ncb_open(argv[3], &err)) < 0)
        return host_err_print("bench.datagrams", &err);
    if (echo) {
        nbt_name name;
        slot_name(0, &name);
        make_packet(&l, NBT_DGM_UNIQUE, &name);
        bounce(&l, now() + length);
    } else if (strcmp(what, "relay") == 0) {
        relay(&l, length);
    } else if (strcmp(what, "receive") == 0) {
        receive(&l, length);
    } else {
        send_many(&l, length);
    }
    printf("%llu\t%.6f\t%llu\n", (unsigned long long)l.arrived, (double)length / 1e6,
           (unsigned long long)l.again);
    return 0;
}
