/*
 * The limit that tools/bench measures a name server against: UDP port 137 of every address, where
 * each packet goes back as it came, as many in one system call as tools/host/udp.c takes.
 */
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "nbt/base.h"

enum {
    BATCH = 16,        /* as tools/host/udp.c has it */
    PACKET_MAX = 2048, /* more than a name service packet has */
    ROOM = 1 << 22,    /* asked for the kernel's buffer, as a name server does */
};

static int open_port(void)
{
    static const int room = ROOM;
    struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(NBT_PORT_NS) };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof local) != 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    return fd;
}

int main(void)
{
    static uint8_t packets[BATCH][PACKET_MAX];
    struct mmsghdr msgs[BATCH] = { 0 };
    struct iovec iov[BATCH];
    struct sockaddr_in from[BATCH];
    int fd = open_port();
    if (fd < 0) {
        perror("bench.echo: UDP port 137");
        return 1;
    }
    fprintf(stderr, "bench.echo: ready\n");
    for (;;) {
        for (size_t i = 0; i < BATCH; i++) {
            iov[i] = (struct iovec){ packets[i], PACKET_MAX };
            msgs[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
                                               .msg_namelen = sizeof from[i],
                                               .msg_iov = &iov[i],
                                               .msg_iovlen = 1 };
        }
        int n = recvmmsg(fd, msgs, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < n; i++)
            iov[i].iov_len = msgs[i].msg_len;
        for (int sent = 0, k; sent < n; sent += k)
            if ((k = sendmmsg(fd, msgs + sent, (unsigned)(n - sent), 0)) <= 0)
                k = 1; /* this one is lost, as any packet may be */
    }
}
