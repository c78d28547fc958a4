/*
 * The load that tools/bench puts on a name server, UDP port 137: requests of one kind, so many
 * under way at a time, batched, for so many names, for so long at most. A request without an answer
 * is sent again after a while. Equal seeds give equal names in equal order.
 *
 * It prints, with tabs between them: requests answered, times that one was sent again, seconds, the
 * middle and the 99th percentile of the time to an answer in microseconds. With `first` it asks
 * until there is an answer, and prints how many milliseconds after SINCE (seconds since 1970) it
 * came, and its RCODE.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "nbt/ns.h"

enum {
    BATCH = 32,           /* packets in one system call */
    WINDOW_MAX = 1 << 12, /* requests under way: the low bits of a transaction's number say which */
    PACKET_MAX = 128,
    HEX_AT =
        NBT_NS_HEADER_LEN + 1 + 2, /* of a name's digits in a packet; a letter is before them */
    HEX = 8,                       /* so many digits, two octets each */
    TRIES = 10,
    US_MAX = 1 << 20, /* times to an answer are counted up to here */
    ROOM = 1 << 22,
    ABSENT = 1 << 30, /* from this number on nobody registers names */
    TTL = 518400,
};

static const nbt_time patience = NBT_MS(500); /* then a request is sent again */

typedef struct kind {
    const char *word;
    uint16_t flags; /* R, OPCODE, NM_FLAGS of the request */
    uint8_t rcode;  /* of the answer */
    bool echo;      /* the request itself comes back */
    bool once;      /* every name once, in order; else at random, until the time is over */
    bool absent;    /* names that nobody has */
    bool record;    /* the request says whose the name is */
} kind;

static const kind kinds[] = {
    { .word = "echo", .flags = 0x0100, .echo = true },
    { .word = "held", .flags = 0x0100 },
    { .word = "absent", .flags = 0x0100, .rcode = NBT_RCODE_NAM_ERR, .absent = true },
    { .word = "register", .flags = 0x2900, .once = true, .record = true },
    { .word = "refresh", .flags = 0x4000, .record = true },
    { .word = "first", .flags = 0x0100 },
};

typedef struct slot {
    bool busy;
    uint8_t tries;
    uint16_t trn;
    nbt_time sent;
    uint8_t packet[PACKET_MAX];
} slot;

typedef struct load {
    const kind *kind;
    int fd;
    uint32_t names, from, next, window, scramble;
    nbt_time until; /* no new requests from here on */
    nbt_rng rng;
    size_t len; /* of every packet */
    slot slots[WINDOW_MAX];
    uint16_t idle[WINDOW_MAX]; /* slots that are not busy */
    uint32_t nidle;
    uint64_t answered, again, wrong;
    uint32_t took[US_MAX]; /* answers by microseconds */
} load;

static nbt_time now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return NBT_S(t.tv_sec) + t.tv_nsec / 1000;
}

/* ---- Requests ------------------------------------------------------------------------------ */

/* What all requests of a kind have in common, written into every slot. */
static void make_packets(load *l, uint32_t own_ip)
{
    uint8_t b[NBT_ADDR_LEN];
    nbt_wr rd, wr;
    nbt_ns m = { .word = l->kind->flags, .qdcount = 1 };
    nbt_name_make(&m.q.name, "N00000000", 9, 0x20);
    m.q.type = NBT_RR_NB;
    m.q.cls = NBT_CLASS_IN;
    if (l->kind->record) {
        nbt_wr_init(&rd, b, sizeof b);
        nbt_addr_wr(&rd, (nbt_addr){ NBT_ONT_H << NBT_NB_ONT_SHIFT, own_ip });
        m.arcount = m.nrr = 1;
        m.rr_pointer = true;
        m.rr[0] = (nbt_rr){ m.q.name, NBT_RR_NB, NBT_CLASS_IN, TTL, { b, sizeof b } };
    }
    for (uint32_t i = 0; i < l->window; i++) {
        nbt_wr_init(&wr, l->slots[i].packet, PACKET_MAX);
        nbt_ns_wr(&wr, &m);
        l->len = wr.at;
        l->slots[i].trn = (uint16_t)i;
        l->idle[l->nidle++] = (uint16_t)(l->window - 1 - i);
    }
}

/* Another number, another name: a permutation of 32 bits, in RFC 1001 14.1's half octets. */
static void put_name(const load *l, uint8_t *packet, uint32_t number)
{
    uint32_t mixed = (number + l->scramble) * 0x9E3779B1U;
    for (size_t i = 0; i < HEX; i++, mixed <<= 4) {
        uint8_t c = (uint8_t) "0123456789ABCDEF"[mixed >> 28];
        packet[HEX_AT + 2 * i] = (uint8_t)('A' + (c >> 4));
        packet[HEX_AT + 2 * i + 1] = (uint8_t)('A' + (c & 15));
    }
}

static uint32_t choose(load *l)
{
    if (l->kind->once)
        return l->from + l->next++;
    return (l->kind->absent ? ABSENT : l->from) + nbt_rng_below(&l->rng, l->names);
}

static void put_trn(slot *s)
{
    s->packet[0] = (uint8_t)(s->trn >> 8);
    s->packet[1] = (uint8_t)s->trn;
}

static void send_slots(load *l, slot *const *which, unsigned n, nbt_time at)
{
    struct mmsghdr msgs[BATCH] = { 0 };
    struct iovec iov[BATCH];
    for (unsigned i = 0; i < n; i++) {
        which[i]->sent = at;
        iov[i] = (struct iovec){ which[i]->packet, l->len };
        msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
    }
    (void)sendmmsg(l->fd, msgs, n, 0); /* what was not sent is sent again, like what was lost */
}

static bool more(const load *l, nbt_time at)
{
    return at < l->until && (!l->kind->once || l->next < l->names);
}

static void send_new(load *l, nbt_time at)
{
    slot *which[BATCH];
    unsigned n = 0;
    while (n < BATCH && l->nidle > 0 && more(l, at)) {
        slot *s = &l->slots[l->idle[--l->nidle]];
        s->trn = (uint16_t)(s->trn + WINDOW_MAX);
        s->busy = true;
        s->tries = 1;
        put_trn(s);
        put_name(l, s->packet, choose(l));
        which[n++] = s;
    }
    if (n > 0)
        send_slots(l, which, n, at);
}

/* False when a request has been sent too often. */
static bool send_again(load *l, nbt_time at)
{
    for (uint32_t i = 0; i < l->window; i++) {
        slot *s = &l->slots[i];
        if (!s->busy || at - s->sent < patience)
            continue;
        if (s->tries++ == TRIES)
            return false;
        l->again++;
        send_slots(l, &s, 1, at);
    }
    return true;
}

/* ---- Answers ------------------------------------------------------------------------------- */

/* The answer must be to this request, about its name, and say what is expected. */
static void take(load *l, const uint8_t *p, size_t n, nbt_time at)
{
    unsigned trn, word;
    if (n < l->len && n < NBT_NS_HEADER_LEN + 2 * NBT_NAME_LEN)
        return;
    trn = (unsigned)p[0] << 8 | p[1];
    word = (unsigned)p[2] << 8 | p[3];
    slot *s = &l->slots[trn % WINDOW_MAX];
    if (trn % WINDOW_MAX >= l->window || !s->busy || s->trn != trn)
        return; /* the second answer to a request that was sent twice */
    if ((word & NBT_NS_OPCODE_MASK) >> NBT_NS_OPCODE_SHIFT == NBT_OPCODE_WACK)
        return;
    if (!l->kind->echo &&
        (!(word & NBT_NS_R) || (word & NBT_NS_RCODE_MASK) != l->kind->rcode ||
         memcmp(p + NBT_NS_HEADER_LEN, s->packet + NBT_NS_HEADER_LEN, 1 + 2 * NBT_NAME_LEN) != 0))
        l->wrong++;
    nbt_time us = at - s->sent;
    l->took[us < US_MAX ? us : US_MAX - 1]++;
    l->answered++;
    s->busy = false;
    l->idle[l->nidle++] = (uint16_t)(trn % WINDOW_MAX);
}

static void receive(load *l)
{
    static uint8_t packets[BATCH][1024];
    struct mmsghdr msgs[BATCH] = { 0 };
    struct iovec iov[BATCH];
    for (size_t i = 0; i < BATCH; i++) {
        iov[i] = (struct iovec){ packets[i], sizeof packets[i] };
        msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
    }
    int n = recvmmsg(l->fd, msgs, BATCH, MSG_WAITFORONE, NULL);
    nbt_time at = now();
    for (int i = 0; i < n; i++)
        take(l, packets[i], msgs[i].msg_len, at);
}

/* ---- The whole ----------------------------------------------------------------------------- */

static uint32_t percentile(const load *l, unsigned percent)
{
    uint64_t seen = 0;
    for (uint32_t us = 0; us < US_MAX; us++)
        if ((seen += l->took[us]) * 100 >= l->answered * percent)
            return us;
    return US_MAX;
}

static int run(load *l, nbt_time length)
{
    nbt_time begun = now(), at = begun, look = begun;
    l->until = begun + length;
    while (more(l, at) || l->nidle < l->window) {
        send_new(l, at);
        receive(l);
        at = now();
        if (at - look < patience / 10)
            continue;
        look = at;
        if (!send_again(l, at)) {
            fprintf(stderr, "bench.names: %s: no answer to %d requests\n", l->kind->word, TRIES);
            return 1;
        }
    }
    if (l->wrong > 0) {
        fprintf(stderr, "bench.names: %s: %llu of %llu answers are not what was expected\n",
                l->kind->word, (unsigned long long)l->wrong, (unsigned long long)l->answered);
        return 1;
    }
    printf("%llu\t%llu\t%.6f\t%u\t%u\n", (unsigned long long)l->answered,
           (unsigned long long)l->again, (double)(at - begun) / 1e6, percentile(l, 50),
           percentile(l, 99));
    return 0;
}

/* Asks for one name every millisecond, for a minute at most. */
static int first(load *l, double since)
{
    static const struct timespec pause = { .tv_nsec = 1000000 };
    struct timeval t;
    nbt_time end = now() + NBT_S(60);
    slot *s = &l->slots[0];
    uint8_t b[1024];
    s->trn = WINDOW_MAX;
    put_trn(s);
    put_name(l, s->packet, l->from);
    while (now() < end) {
        (void)send(l->fd, s->packet, l->len, 0); /* nobody may be there yet */
        nanosleep(&pause, NULL);
        ssize_t n = recv(l->fd, b, sizeof b, MSG_DONTWAIT);
        if (n < NBT_NS_HEADER_LEN || b[0] != s->packet[0] || b[1] != s->packet[1])
            continue;
        gettimeofday(&t, NULL);
        printf("%.1f\t%u\n", ((double)t.tv_sec + (double)t.tv_usec / 1e6 - since) * 1e3,
               b[3] & NBT_NS_RCODE_MASK);
        return 0;
    }
    fprintf(stderr, "bench.names: nobody answers\n");
    return 1;
}

static bool open_socket(load *l, const char *address, uint32_t *own_ip)
{
    static const int room = ROOM;
    static const struct timeval wait = { .tv_usec = 20000 };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(NBT_PORT_NS) }, own;
    socklen_t len = sizeof own;
    l->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (l->fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
        connect(l->fd, (struct sockaddr *)&to, sizeof to) != 0 ||
        getsockname(l->fd, (struct sockaddr *)&own, &len) != 0)
        return false;
    if (setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        (void)setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    (void)setsockopt(l->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    *own_ip = ntohl(own.sin_addr.s_addr);
    return setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0;
}

static const kind *kind_of(const char *word)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(word, kinds[i].word) == 0)
            return &kinds[i];
    return NULL;
}

int main(int argc, char **argv)
{
    static load l;
    uint32_t own_ip;
    if (argc != 8 || !(l.kind = kind_of(argv[1]))) {
        fprintf(stderr, "usage: bench.names echo|held|absent|register|refresh|first ADDRESS FROM "
                        "NAMES WINDOW MILLISECONDS|SINCE SEED\n");
        return 2;
    }
    l.from = (uint32_t)strtoul(argv[3], NULL, 10);
    l.names = (uint32_t)strtoul(argv[4], NULL, 10);
    l.window = (uint32_t)strtoul(argv[5], NULL, 10);
    l.rng.s = strtoul(argv[7], NULL, 10);
    l.scramble = (uint32_t)(nbt_rng_u64(&l.rng) >> 32);
    if (l.window < 1 || l.window > WINDOW_MAX || l.names < 1) {
        fprintf(stderr, "bench.names: a window has 1 to %d requests, and there is a name\n",
                WINDOW_MAX);
        return 2;
    }
    if (!open_socket(&l, argv[2], &own_ip)) {
        perror("bench.names");
        return 1;
    }
    make_packets(&l, own_ip);
    if (strcmp(l.kind->word, "first") == 0)
        return first(&l, strtod(argv[6], NULL));
    return run(&l, NBT_MS(strtol(argv[6], NULL, 10)));
}
