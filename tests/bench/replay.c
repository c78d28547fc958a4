/*
 * Makes the capture that tools/bench replays: one host asks a name server for names that others
 * hold, and is answered; the same bytes for the same seed.
 *
 *     bench.replay FILE MESSAGES SEED
 */
#include "capture/compose.h"
#include "capture/replay_map.h"
#include "capture/sink.h"
#include "nbt/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES = 1000, OCTETS_MAX = 256, ASKER = 0x0A4D0010, SERVER = 0x0A4D0001, GAP = 20 };

static const int64_t begin = INT64_C(1767225600) * 1000000; /* 2026-01-01 */

typedef struct said {
    uint8_t b[OCTETS_MAX];
    size_t n;
} said;

static void say(said *to, const char *text)
{
    uint8_t arena[NBT_TEXT_ARENA_EXTRA + OCTETS_MAX];
    nbt_msg m;
    nbt_text_err err;
    nbt_wr w;
    nbt_wr_init(&w, to->b, sizeof to->b);
    if (!nbt_text_parse(&m, text, strlen(text), arena, sizeof arena, &err))
        exit(1);
    nbt_msg_wr(&w, &m);
    to->n = w.at;
}

static void send(cap_sink *sink, uint32_t from, uint32_t to, said *what, uint16_t id, int64_t at)
{
    uint8_t udp[OCTETS_MAX + 8], frame[OCTETS_MAX + 64], mac_from[6], mac_to[6];
    nbt_wr u, f;
    cap_id_set(what->b, 0, id);
    nbt_wr_init(&u, udp, sizeof udp);
    cap_compose_udp(&u, (nbt_ep){ from, 137 }, (nbt_ep){ to, 137 },
                    (nbt_bytes){ what->b, what->n });
    cap_compose_mac(from, mac_from);
    cap_compose_mac(to, mac_to);
    nbt_wr_init(&f, frame, sizeof frame);
    cap_compose_ether(&f, mac_from, mac_to);
    cap_compose_ip(&f, from, to, CAP_IP_UDP, id, 0, u.at);
    nbt_wr_bytes(&f, udp, u.at, "payload");
    cap_packet p = { .time = begin + at,
                     .link = CAP_COMPOSE_ETHERNET,
                     .wire_len = (uint32_t)f.at,
                     .bytes = { frame, f.at } };
    cap_sink_put(sink, &p);
}

int main(int argc, char **argv)
{
    static said question[NAMES], answer[NAMES];
    char err[CAP_ERR_MAX], line[128];
    if (argc != 4) {
        (void)fprintf(stderr, "usage: bench.replay FILE MESSAGES SEED\n");
        return 2;
    }
    uint64_t n = strtoull(argv[2], NULL, 10);
    nbt_rng rng = { strtoull(argv[3], NULL, 10) };
    for (int i = 0; i < NAMES; i++) {
        (void)snprintf(line, sizeof line, "query-request NAME%d<20> id=0x0000 rd=1", i);
        say(&question[i], line);
        (void)snprintf(line, sizeof line,
                       "positive-query-response NAME%d<20> id=0x0000 owners=10.77.%d.%d/H/unique",
                       i, 1 + i / 250, 1 + i % 250);
        say(&answer[i], line);
    }
    cap_sink *sink = cap_sink_new(argv[1], CAP_COMPOSE_ETHERNET, err);
    if (!sink) {
        (void)fprintf(stderr, "bench.replay: %s\n", err);
        return 1;
    }
    int64_t at = 0;
    for (uint64_t i = 0; i < n; i += 2, at += 2 * GAP) {
        uint32_t name = nbt_rng_below(&rng, NAMES);
        send(sink, ASKER, SERVER, &question[name], (uint16_t)(i / 2), at);
        send(sink, SERVER, ASKER, &answer[name], (uint16_t)(i / 2), at + GAP);
    }
    return cap_sink_free(sink) ? 0 : 1;
}
