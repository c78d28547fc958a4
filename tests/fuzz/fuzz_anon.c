/*
 * Any bytes as packets that are made anonymous: each comes out, of the same length. The first octet
 * says of which link type they are; the others are cut into packets by an octet of length each.
 */
#include "capture/anon.h"

#include <pcap/dlt.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t take(cap_anon *a, size_t *octets)
{
    cap_packet p;
    size_t n = 0;
    for (; cap_anon_next(a, &p); n++)
        *octets += p.bytes.n;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int links[] = { DLT_EN10MB, DLT_LINUX_SLL, DLT_RAW, DLT_PPP, DLT_NULL };
    cap_anon_map m;
    size_t in = 0, out = 0, octets = 0, expected = 0;
    if (size == 0)
        return 0;
    cap_anon_map_text(&m, "fuzz");
    cap_anon *a = cap_anon_new(&m);
    if (!a)
        abort();
    int link = links[data[0] % (sizeof links / sizeof links[0])];
    for (size_t at = 1; at < size; in++) {
        size_t n = data[at++];
        n = n < size - at ? n : size - at;
        cap_packet p = { .number = in + 1, .link = link, .bytes = { data + at, n } };
        if (!cap_anon_put(a, &p))
            abort();
        expected += n;
        at += n;
        out += take(a, &octets);
    }
    cap_anon_end(a);
    out += take(a, &octets);
    cap_anon_free(a);
    if (in != out || octets != expected)
        abort();
    return 0;
}
