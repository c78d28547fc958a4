/*
 * Captured packets in, through libpcap. Never looks into a packet.
 */
#include "capture/source.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

/* What one live packet buffer may hold: seconds of a busy lab network. */
enum { LIVE_BUFFER = 8 * 1024 * 1024, SNAP_ALL = 262144 };

struct cap_source {
    pcap_t *pcap;
    bool live;
    uint64_t count;
};

static cap_source *wrap(pcap_t *pcap, bool live, char err[CAP_ERR_MAX])
{
    cap_source *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(err, CAP_ERR_MAX, "no memory");
        pcap_close(pcap);
        return NULL;
    }
    s->pcap = pcap;
    s->live = live;
    return s;
}

cap_source *cap_source_file(const char *path, char err[CAP_ERR_MAX])
{
    char why[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_open_offline(path, why);
    if (!pcap) {
        snprintf(err, CAP_ERR_MAX, "%s", why);
        return NULL;
    }
    return wrap(pcap, false, err);
}

cap_source *cap_source_live(const char *interface, char err[CAP_ERR_MAX])
{
    char why[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_create(interface, why);
    if (!pcap) {
        snprintf(err, CAP_ERR_MAX, "%s: %s", interface, why);
        return NULL;
    }
    /* These fail only on a handle that is already active. */
    pcap_set_snaplen(pcap, SNAP_ALL);
    pcap_set_promisc(pcap, 1);
    pcap_set_immediate_mode(pcap, 1);
    pcap_set_buffer_size(pcap, LIVE_BUFFER);

    int rc = pcap_activate(pcap);
    if (rc < 0 || pcap_setnonblock(pcap, 1, why) < 0) {
        snprintf(err, CAP_ERR_MAX, "%s: %s", interface,
                 rc < 0 && *pcap_geterr(pcap) ? pcap_geterr(pcap) : pcap_statustostr(rc));
        pcap_close(pcap);
        return NULL;
    }
    return wrap(pcap, true, err);
}

void cap_source_free(cap_source *s)
{
    if (!s)
        return;
    pcap_close(s->pcap);
    free(s);
}

int cap_source_link(const cap_source *s)
{
    return pcap_datalink(s->pcap);
}

int cap_source_fd(const cap_source *s)
{
    return s->live ? pcap_get_selectable_fd(s->pcap) : -1;
}

cap_got cap_source_next(cap_source *s, cap_packet *p)
{
    struct pcap_pkthdr *head;
    const u_char *bytes;
    switch (pcap_next_ex(s->pcap, &head, &bytes)) {
    case 1:
        *p = (cap_packet){
            .number = ++s->count,
            .time = (int64_t)head->ts.tv_sec * 1000000 + head->ts.tv_usec,
            .wire_len = head->len,
            .bytes = { bytes, head->caplen },
        };
        return CAP_PACKET;
    case 0:                /* live: nothing there */
    case PCAP_ERROR_BREAK: /* file: its end */
        return CAP_END;
    }
    return CAP_DAMAGE;
}

const char *cap_source_error(const cap_source *s)
{
    return pcap_geterr(s->pcap);
}

uint64_t cap_source_lost(cap_source *s)
{
    struct pcap_stat st;
    if (!s->live || pcap_stats(s->pcap, &st) != 0)
        return 0;
    return (uint64_t)st.ps_drop + st.ps_ifdrop;
}
