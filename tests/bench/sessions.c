/*
 * The loads that tools/bench puts on sessions, TCP port 139, and what they are measured against:
 *
 *     accept                          a bare accept loop that answers every session request
 *     sink                            a bare TCP server that reads, and says nothing
 *     setups IP CALLED N WINDOW       sets N sessions up and ends them, some at a time
 *     send IP SIZE TOTAL              sends so many octets over one bare connection
 *     ncb SOCKET CALLED SIZE TOTAL    the same through a driver's control blocks
 *     idle IP CALLED N SECONDS        N sessions that say nothing; counts those that hear a
 * keep-alive
 *
 * A client prints what was done and the seconds that it took, with a tab between them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "nbt/ncb.h"
#include "nbt/ssn.h"

enum { ROOM = 1 << 18, IN_TURN = 64 };

static uint8_t room[ROOM];

static void fail(const char *what)
{
    fprintf(stderr, "bench.sessions: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static nbt_name name_of(const char *text)
{
    nbt_name name;
    if (!nbt_name_parse(&name, text, strlen(text))) {
        fprintf(stderr, "bench.sessions: %s is no name\n", text);
        exit(2);
    }
    return name;
}

/* --- servers ---------------------------------------------------------------------------------- */

static int listening(void)
{
    static const int yes = 1;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(NBT_PORT_SSN) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 1024))
        fail("port 139");
    puts("ready");
    fflush(stdout);
    return fd;
}

/* As little as can be done for a session: accept, read, answer, read the end, close. */
static void serve_accept(void)
{
    static const uint8_t positive[4] = { NBT_SSN_POSITIVE };
    for (int at = listening();;) {
        int fd = accept(at, NULL, NULL);
        if (fd < 0)
            continue;
        ssize_t n = recv(fd, room, ROOM, 0);
        while (n > 0 && send(fd, positive, sizeof positive, MSG_NOSIGNAL) > 0)
            n = recv(fd, room, ROOM, 0);
        close(fd);
    }
}

static void serve_sink(void)
{
    for (int at = listening();;) {
        int fd = accept(at, NULL, NULL);
        while (fd >= 0 && recv(fd, room, ROOM, 0) > 0)
            ;
        close(fd);
    }
}

/* --- a bare client ---------------------------------------------------------------------------- */

static int connection(const char *ip, int flags)
{
    static const int yes = 1;
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(NBT_PORT_SSN) };
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    if (fd < 0 || inet_pton(AF_INET, ip, &to.sin_addr) != 1)
        fail(ip);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS)
        fail(ip);
    return fd;
}

static size_t request(const char *called, uint8_t *bytes, size_t cap)
{
    nbt_ssn m = { .type = NBT_SSN_REQUEST };
    nbt_wr w;
    m.called = name_of(called);
    m.calling = name_of("BENCH<00>");
    nbt_wr_init(&w, bytes, cap);
    nbt_ssn_wr(&w, &m);
    return w.at;
}

/* One event of a connection: connected, so it asks; or answered. True: it is over. */
static bool step(int fd, uint32_t events, const uint8_t *ask, size_t n, bool *asked)
{
    uint8_t answer[4];
    if (!*asked && events & EPOLLOUT) {
        if (send(fd, ask, n, MSG_NOSIGNAL) != (ssize_t)n)
            fail("the request");
        *asked = true;
        return false;
    }
    if (!(events & EPOLLIN))
        return false;
    if (recv(fd, answer, sizeof answer, 0) != sizeof answer || answer[0] != NBT_SSN_POSITIVE)
        fail("no positive answer");
    return true;
}

static void begin(int epoll, const char *ip, bool *asked, int most)
{
    struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
    e.data.fd = connection(ip, SOCK_NONBLOCK);
    if (e.data.fd >= most)
        fail("too many descriptors");
    asked[e.data.fd] = false;
    epoll_ctl(epoll, EPOLL_CTL_ADD, e.data.fd, &e);
}

static void setups(const char *ip, const char *called, unsigned n, unsigned window)
{
    static bool asked[1 << 16];
    uint8_t ask[NBT_SSN_HEADER_LEN + NBT_SSN_REQUEST_MAX];
    size_t len = request(called, ask, sizeof ask);
    int epoll = epoll_create1(0);
    unsigned begun = 0, over = 0;
    double start = seconds();
    while (begun < window && begun < n) {
        begin(epoll, ip, asked, 1 << 16);
        begun++;
    }
    while (over < n) {
        struct epoll_event e[IN_TURN];
        int k = epoll_wait(epoll, e, IN_TURN, 5000);
        if (k <= 0)
            fail("no answer");
        for (int i = 0; i < k; i++) {
            if (!step(e[i].data.fd, e[i].events, ask, len, &asked[e[i].data.fd]))
                continue;
            close(e[i].data.fd);
            over++;
            if (begun < n) {
                begin(epoll, ip, asked, 1 << 16);
                begun++;
            }
        }
    }
    printf("%u\t%.6f\n", n, seconds() - start);
}

/* The same octets as a session has: each message with its header. */
static void send_bare(const char *ip, size_t size, uint64_t total)
{
    int fd = connection(ip, 0);
    uint64_t sent = 0;
    double start = seconds();
    for (; sent < total; sent += size)
        for (size_t at = 0; at < NBT_SSN_HEADER_LEN + size;) {
            ssize_t n = send(fd, room + at, NBT_SSN_HEADER_LEN + size - at, MSG_NOSIGNAL);
            if (n <= 0)
                fail("send");
            at += (size_t)n;
        }
    shutdown(fd, SHUT_WR);
    (void)recv(fd, room, ROOM, 0); /* all of it has been read */
    printf("%llu\t%.6f\n", (unsigned long long)sent, seconds() - start);
}

static void idle(const char *ip, const char *called, unsigned n, unsigned time)
{
    struct rlimit limit = { n + 64, n + 64 };
    uint8_t ask[NBT_SSN_HEADER_LEN + NBT_SSN_REQUEST_MAX];
    size_t len = request(called, ask, sizeof ask);
    bool *heard = calloc(n + 64, sizeof *heard);
    int epoll = epoll_create1(0);
    if (!heard || setrlimit(RLIMIT_NOFILE, &limit))
        fail("so many descriptors");
    double start = seconds();
    for (unsigned i = 0; i < n; i++) {
        struct epoll_event e = { .events = EPOLLIN };
        uint8_t answer[4];
        e.data.fd = connection(ip, 0);
        if (send(e.data.fd, ask, len, MSG_NOSIGNAL) != (ssize_t)len ||
            recv(e.data.fd, answer, 4, MSG_WAITALL) != 4 || answer[0] != NBT_SSN_POSITIVE)
            fail("no positive answer");
        epoll_ctl(epoll, EPOLL_CTL_ADD, e.data.fd, &e);
    }
    printf("up\t%.6f\n", seconds() - start);
    fflush(stdout);
    unsigned alive = 0;
    for (double until = seconds() + time; seconds() < until && alive < n;) {
        struct epoll_event e[IN_TURN];
        for (int k = epoll_wait(epoll, e, IN_TURN, 100); k-- > 0;) {
            if (recv(e[k].data.fd, room, ROOM, 0) < 4 || room[0] != NBT_SSN_KEEP_ALIVE)
                fail("a session has ended");
            alive += !heard[e[k].data.fd];
            heard[e[k].data.fd] = true;
        }
    }
    printf("%u\t%.6f\n", alive, seconds() - start);
    fflush(stdout);
    (void)getchar(); /* until nobody wants to look any more */
}

/* --- control blocks --------------------------------------------------------------------------- */

static void submit(int fd, uint32_t tag, const nbt_ncb *ncb, size_t n)
{
    static uint8_t bytes[NBT_IPC_MAX];
    nbt_ipc m = { .kind = NBT_IPC_SUBMIT, .tag = tag, .ncb = *ncb, .data = { room, n } };
    nbt_wr w;
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_ipc_wr(&w, &m);
    if (w.err || send(fd, bytes, w.at, MSG_NOSIGNAL) < 0)
        fail("submit");
}

enum { WINDOW = 32, ANSWER_ROOM = NBT_IPC_HEADER_LEN + 64 };

/* A DONE; what is not GOODRET is the end. */
static nbt_ncb read_done(const uint8_t *bytes, size_t n)
{
    nbt_ipc m;
    nbt_rd r;
    nbt_rd_init(&r, bytes, n);
    nbt_ipc_rd(&r, &m);
    if (!r.err && m.kind == NBT_IPC_DONE && m.ncb.retcode == NBT_NRC_GOODRET)
        return m.ncb;
    fprintf(stderr, "bench.sessions: command %02x: %02x\n", m.ncb.command, m.ncb.retcode);
    exit(1);
}

/* Waits for the first DONE of some that are due, and takes those that are there: how many. */
static unsigned dones(int fd, unsigned most, nbt_ncb *last)
{
    static uint8_t bytes[WINDOW][ANSWER_ROOM];
    struct iovec iov[WINDOW];
    struct mmsghdr msgs[WINDOW] = { 0 };
    for (unsigned i = 0; i < most; i++) {
        iov[i] = (struct iovec){ bytes[i], ANSWER_ROOM };
        msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
    }
    int n = recvmmsg(fd, msgs, most, MSG_WAITFORONE, NULL);
    if (n <= 0 || msgs[0].msg_len == 0)
        fail("the driver has gone");
    for (int i = 0; i < n; i++)
        *last = read_done(bytes[i], msgs[i].msg_len);
    return (unsigned)n;
}

static nbt_ncb done(int fd)
{
    nbt_ncb ncb;
    (void)dones(fd, 1, &ncb);
    return ncb;
}

static void send_ncb(const char *path, const char *called, size_t size, uint64_t total)
{
    static const int buffer = 4 * NBT_IPC_MAX;
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    nbt_ncb ncb = { .command = NBT_NCB_RESET };
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at))
        fail(path);
    submit(fd, 1, &ncb, 0);
    (void)done(fd);
    ncb.command = NBT_NCB_ADD_NAME;
    memcpy(ncb.name, name_of("BENCH<00>").b, NBT_NAME_LEN);
    memcpy(ncb.callname, name_of(called).b, NBT_NAME_LEN);
    submit(fd, 1, &ncb, 0);
    (void)done(fd);
    ncb.command = NBT_NCB_CALL;
    submit(fd, 1, &ncb, 0);
    nbt_ncb sending = { .command = NBT_NCB_SEND, .lsn = done(fd).lsn, .length = (uint32_t)size },
            last;
    uint64_t sent = 0;
    unsigned under_way = 0;
    double start = seconds();
    for (uint32_t tag = 1; sent < total; sent += size, tag++, under_way++) {
        if (under_way == WINDOW)
            under_way -= dones(fd, under_way, &last);
        submit(fd, tag, &sending, size);
    }
    while (under_way > 0)
        under_way -= dones(fd, under_way, &last);
    sending.command = NBT_NCB_HANGUP;
    submit(fd, 1, &sending, 0);
    (void)done(fd);
    printf("%llu\t%.6f\n", (unsigned long long)sent, seconds() - start);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(what, "accept") == 0)
        serve_accept();
    else if (strcmp(what, "sink") == 0)
        serve_sink();
    else if (strcmp(what, "setups") == 0 && argc == 6)
        setups(argv[2], argv[3], (unsigned)atoi(argv[4]), (unsigned)atoi(argv[5]));
    else if (strcmp(what, "send") == 0 && argc == 5)
        send_bare(argv[2], (size_t)atoi(argv[3]), strtoull(argv[4], NULL, 10));
    else if (strcmp(what, "ncb") == 0 && argc == 6)
        send_ncb(argv[2], argv[3], (size_t)atoi(argv[4]), strtoull(argv[5], NULL, 10));
    else if (strcmp(what, "idle") == 0 && argc == 6)
        idle(argv[2], argv[3], (unsigned)atoi(argv[4]), (unsigned)atoi(argv[5]));
    else
        return 2;
    return 0;
}
