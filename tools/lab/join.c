/*
 * Two processes: one in the network of our own, in which the computers are made to run; and this
 * one, which carries frames between that network and the other one.
 */
#include "tools/lab/join.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/host/cord.h"
#include "tools/host/drop.h"
#include "tools/host/iface.h"
#include "tools/host/progress.h"
#include "tools/host/relay.h"
#include "tools/host/tap.h"
#include "tools/lab/sandbox.h"

typedef struct side {
    const char *program;
    const lab_join *join;
    int line;     /* to the other process */
    unsigned mtu; /* of the network that is joined; 0: Ethernet's */
    pid_t pid;
    int status; /* of the other process, once it has ended: as waitpid has it */
    bool ended;
    bool up; /* the addresses are ours, and the other process was told to go */
    host_loop *loop;
    host_relay *relay;
    uv_signal_t child, hangup;
    host_progress progress;
    const char *alone; /* why nobody is there, as it was said; NULL: somebody is, or nothing was */
} side;

/* -- inside: the network of our own ------------------------------------------------------------ */

static unsigned prefix_of(uint32_t mask)
{
    return (unsigned)__builtin_popcount(mask);
}

static bool configure(const lab_join *j, unsigned mtu, host_err *err)
{
    enum { ETHERNET_MTU = 1500 };
    char ip[HOST_IP_STR_MAX], broadcast[HOST_IP_STR_MAX], gateway[HOST_IP_STR_MAX];
    FILE *to = popen("ip -batch -", "w");
    if (to) {
        fprintf(to,
                "link set lo up\n"
                "link set " LAB_JOIN_INTERFACE " txqueuelen 10000 up\n"
                "addr add %s/%u brd %s dev " LAB_JOIN_INTERFACE "\n",
                host_ip_str(j->row[0].ip, ip), prefix_of(j->mask),
                host_ip_str(j->broadcast, broadcast));
        if (mtu > 0 && mtu < ETHERNET_MTU) /* longer ones would be lost on the way */
            fprintf(to, "link set " LAB_JOIN_INTERFACE " mtu %u\n", mtu);
        if (j->gateway)
            fprintf(to, "route add default via %s\n", host_ip_str(j->gateway, gateway));
    }
    if (to && pclose(to) == 0)
        return true;
    host_err_set(err, HOST_MISSING,
                 "the computers' own network cannot be set up with ip(8) (see its message above; "
                 "it is in the package iproute2)");
    return false;
}

/* A descriptor and the hardware address of what it is the other end of. */
static bool hand_over(int line, int fd, const uint8_t mac[NBT_MAC_LEN])
{
    char room[CMSG_SPACE(sizeof fd)] = { 0 };
    uint8_t data[NBT_MAC_LEN];
    memcpy(data, mac, sizeof data);
    struct iovec part = { .iov_base = data, .iov_len = sizeof data };
    struct msghdr msg = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room
    };
    struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    return sendmsg(line, &msg, 0) == (ssize_t)sizeof data;
}

static int take_over(int line, uint8_t mac[NBT_MAC_LEN])
{
    int fd = -1;
    char room[CMSG_SPACE(sizeof fd)] = { 0 };
    struct iovec part = { .iov_base = mac, .iov_len = NBT_MAC_LEN };
    struct msghdr msg = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room
    };
    ssize_t n;
    while ((n = recvmsg(line, &msg, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    struct cmsghdr *head = n == NBT_MAC_LEN ? CMSG_FIRSTHDR(&msg) : NULL;
    if (head && head->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

static bool enter(const side *s, host_err *err)
{
    host_tap tap;
    uint8_t mac[NBT_MAC_LEN];
    if (!lab_sandbox_network()) {
        host_err_set(err, HOST_MISSING,
                     "the computers cannot have a network of their own (%s): run as root, or allow "
                     "unprivileged user namespaces (sysctl user.max_user_namespaces, "
                     "kernel.unprivileged_userns_clone)",
                     strerror(errno));
        return false;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* which another user namespace has made void */
    if (!host_tap_make(&tap, LAB_JOIN_INTERFACE, err) || !host_tap_mac(&tap, mac, err) ||
        !configure(s->join, s->mtu, err))
        return false;
    if (!hand_over(s->line, tap.fd, mac)) {
        host_err_set(err, HOST_SYSTEM, "the process that carries frames is gone");
        return false;
    }
    host_tap_close(&tap);
    return true;
}

/* Until the other side says that the addresses are ours; false: they are not. */
static bool told_to_go(int line)
{
    char go;
    ssize_t n;
    while ((n = read(line, &go, 1)) < 0 && errno == EINTR)
        ;
    close(line);
    return n == 1;
}

static int run_inside(const side *s, pid_t parent, int (*inside)(void *arg), void *arg)
{
    host_err err;
    signal(SIGTERM, SIG_DFL);
    setpgid(0, 0); /* an interrupt from the terminal is for the outer process to pass on */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        return HOST_SYSTEM;
    if (!enter(s, &err))
        return host_err_print(s->program, &err);
    return told_to_go(s->line) ? inside(arg) : HOST_FAILED;
}

/* -- outside: frames are carried --------------------------------------------------------------- */

static void say(const side *s, const nbt_cable_peer *by, const char *what)
{
    char ip[HOST_IP_STR_MAX];
    const uint8_t *m = by->mac;
    fprintf(stderr, "%s: %s %s %02x:%02x:%02x:%02x:%02x:%02x%s\n", s->program,
            host_ip_str(by->ip, ip), "is used by", m[0], m[1], m[2], m[3], m[4], m[5], what);
}

static void on_settled(void *ctx, const nbt_cable *cable)
{
    side *s = ctx;
    if (cable->state == NBT_CABLE_UP) {
        s->up = write(s->line, "g", 1) == 1;
        if (!s->up)
            host_loop_stop(s->loop);
        return;
    }
    for (size_t i = 0; i < cable->ntaken; i++)
        say(s, &cable->taken[i],
            ", so that no computer of ours can be there: choose another address=");
    host_loop_stop(s->loop);
}

static void on_conflict(void *ctx, const nbt_cable_peer *by)
{
    say(ctx, by, ", too: two machines have one address, and neither can be relied upon");
}

/* What an emulator has to be told, for the beginning. */
static void say_how(const side *s)
{
    const lab_join *j = s->join;
    bool path = strchr(j->where, '/') != NULL;
    const char *host = strchr(j->where, ':') || path ? "" : "127.0.0.1:";
    if (j->kind == LAB_JOIN_LISTEN && path)
        fprintf(stderr,
                "%s: waiting at %s, as for QEMU with -netdev "
                "stream,id=lab,server=off,addr.type=unix,addr.path=%s -device e1000,netdev=lab\n",
                s->program, j->where, j->where);
    else if (j->kind == LAB_JOIN_LISTEN)
        fprintf(stderr,
                "%s: waiting at %s%s, as for QEMU with -netdev socket,id=lab,connect=%s%s -device "
                "e1000,netdev=lab\n",
                s->program, host, j->where, host, j->where);
}

static void on_linked(void *ctx, bool is, const char *why)
{
    side *s = ctx;
    if (is) {
        host_progress_clear(&s->progress);
        fprintf(stderr, "%s: somebody is at %s\n", s->program, s->join->where);
    } else if (!s->alone || strcmp(s->alone, why) != 0) {
        host_progress_clear(&s->progress);
        fprintf(stderr, "%s: nobody is at %s, %s: waiting\n", s->program, s->join->where, why);
    } else if (s->progress.terminal && host_progress_due(&s->progress)) {
        double seconds = host_progress_seconds(&s->progress);
        host_progress_show(&s->progress, 0, seconds, "seconds, and nobody is there");
    }
    s->alone = is ? NULL : why;
}

static void on_gone(void *ctx, int error)
{
    side *s = ctx;
    fprintf(stderr, "%s: %s does not carry frames any more: %s\n", s->program, s->join->where,
            strerror(error));
    kill(s->pid, SIGTERM);
}

static void on_stop(void *ctx)
{
    const side *s = ctx;
    kill(s->pid, SIGTERM);
}

static void on_hangup(uv_signal_t *handle, int number)
{
    (void)number;
    on_stop(handle->data);
}

static void on_child(uv_signal_t *handle, int number)
{
    side *s = handle->data;
    (void)number;
    if (!s->ended && waitpid(s->pid, &s->status, WNOHANG) == s->pid) {
        s->ended = true;
        host_loop_stop(s->loop);
    }
}

static bool set_up(side *s, int inner, const host_cord *outer, const uint8_t mac[NBT_MAC_LEN],
                   host_err *err)
{
    host_relay_cfg cfg = {
        .cable = { .row = s->join->row, .nrows = s->join->nrows },
        .inner = inner,
        .outer = outer->end,
        .ctx = s,
        .settled = on_settled,
        .conflict = on_conflict,
        .linked = on_linked,
        .gone = on_gone,
        .stop = on_stop,
    };
    memcpy(cfg.cable.inner, mac, NBT_MAC_LEN);
    s->loop = host_loop_new(err);
    s->relay = s->loop ? host_relay_new(s->loop, &cfg, err) : NULL;
    const char *const kept[] = { outer->local.fd >= 0 ? s->join->where : NULL };
    if (!s->relay || !host_drop(kept, 1, err))
        return false;
    say_how(s);
    s->child.data = s->hangup.data = s;
    uv_signal_init(host_loop_uv(s->loop), &s->child);
    uv_signal_init(host_loop_uv(s->loop), &s->hangup);
    uv_signal_start(&s->child, on_child, SIGCHLD);
    uv_signal_start(&s->hangup, on_hangup, SIGHUP);
    on_child(&s->child, SIGCHLD); /* it may be over already */
    return true;
}

static void carry(side *s)
{
    if (!s->ended)
        host_loop_run(s->loop);
    uv_close((uv_handle_t *)&s->child, NULL);
    uv_close((uv_handle_t *)&s->hangup, NULL);
}

/* The exit status of the process inside, which ends now if it has not. */
static int end(side *s)
{
    close(s->line); /* who waits for a word hears that there is none */
    if (!s->ended && s->up)
        kill(s->pid, SIGTERM);
    while (!s->ended && waitpid(s->pid, &s->status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(s->status) ? WEXITSTATUS(s->status) : 128 + WTERMSIG(s->status);
}

static int run_outside(side *s, const host_cord *outer)
{
    uint8_t mac[NBT_MAC_LEN];
    host_err err;
    int inner = take_over(s->line, mac);
    if (inner < 0) {
        host_cord_remove(outer);
        return end(s); /* it has said why */
    }
    bool ok = set_up(s, inner, outer, mac, &err);
    if (ok)
        carry(s);
    host_relay_free(s->relay);
    host_loop_free(s->loop);
    host_cord_remove(outer);
    return ok ? end(s) : (end(s), host_err_print(s->program, &err));
}

/* -- the other network ------------------------------------------------------------------------- */

static bool open_tap(const lab_join *j, host_cord *c, unsigned *mtu, host_err *err)
{
    host_tap tap;
    if (!(j->kind == LAB_JOIN_TAP ? host_tap_take(&tap, j->where, err)
                                  : host_tap_plug(&tap, j->where, err)))
        return false;
    *mtu = host_tap_mtu(&tap);
    *c = (host_cord){ .end = { .kind = HOST_PLUG_FRAMES, .fd = tap.fd }, .local = { .fd = -1 } };
    return true;
}

static bool open_outer(const lab_join *j, host_cord *c, unsigned *mtu, host_err *err)
{
    switch (j->kind) {
    case LAB_JOIN_NONE:
    case LAB_JOIN_BRIDGE:
    case LAB_JOIN_TAP:
        break;
    case LAB_JOIN_LISTEN:
        return host_cord_listen(c, j->where, err);
    case LAB_JOIN_CONNECT:
        return host_cord_connect(c, j->where, err);
    case LAB_JOIN_MULTICAST:
        return host_cord_multicast(c, j->where, err);
    case LAB_JOIN_DATAGRAMS:
        return host_cord_datagrams(c, j->where, err);
    }
    return open_tap(j, c, mtu, err);
}

int lab_join_run(const char *program, const lab_join *join, int (*inside)(void *arg), void *arg)
{
    side s = { .program = program, .join = join };
    host_err err;
    host_cord outer;
    int line[2];
    if (!open_outer(join, &outer, &s.mtu, &err))
        return host_err_print(program, &err);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) != 0) {
        host_err_set(&err, HOST_SYSTEM, "no socket can be made: %s", strerror(errno));
        return host_err_print(program, &err);
    }
    host_progress_init(&s.progress);
    fflush(NULL);
    pid_t parent = getpid();
    s.pid = fork();
    if (s.pid == 0) {
        if (outer.end.fd >= 0)
            close(outer.end.fd);
        close(line[0]);
        s.line = line[1];
        int status = run_inside(&s, parent, inside, arg);
        fflush(NULL);
        _exit(status);
    }
    close(line[1]);
    s.line = line[0];
    if (s.pid > 0)
        return run_outside(&s, &outer);
    host_err_set(&err, HOST_SYSTEM, "no process can be started: %s", strerror(errno));
    return host_err_print(program, &err);
}
