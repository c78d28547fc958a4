/*
 * Captured packets out, through libpcap.
 */
#include "capture/sink.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

enum { SNAP_ALL = 262144 };

struct cap_sink {
    pcap_t *pcap; /* libpcap wants a handle to know the link type by */
    pcap_dumper_t *dumper;
    uint64_t count;
};

cap_sink *cap_sink_new(const char *path, int link, char err[CAP_ERR_MAX])
{
    cap_sink *s = calloc(1, sizeof *s);
    if (s)
        s->pcap = pcap_open_dead(link, SNAP_ALL);
    if (s && s->pcap)
        s->dumper = pcap_dump_open(s->pcap, path);
    if (s && s->dumper)
        return s;
    snprintf(err, CAP_ERR_MAX, "%s", s && s->pcap ? pcap_geterr(s->pcap) : "no memory");
    if (s && s->pcap)
        pcap_close(s->pcap);
    free(s);
    return NULL;
}

void cap_sink_put(cap_sink *s, const cap_packet *p)
{
    struct pcap_pkthdr head = {
        .ts = { .tv_sec = p->time / 1000000, .tv_usec = p->time % 1000000 },
        .caplen = (uint32_t)p->bytes.n,
        .len = p->wire_len,
    };
    pcap_dump((u_char *)s->dumper, &head, p->bytes.p);
    s->count++;
}

uint64_t cap_sink_count(const cap_sink *s)
{
    return s->count;
}

bool cap_sink_free(cap_sink *s)
{
    if (!s)
        return true;
    bool ok = pcap_dump_flush(s->dumper) == 0 && !ferror(pcap_dump_file(s->dumper));
    pcap_dump_close(s->dumper);
    pcap_close(s->pcap);
    free(s);
    return ok;
}
