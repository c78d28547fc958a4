/*
 * Captured packets in, from a file or through libpcap. Never looks into a packet, but for the
 * filter.
 */
#include "capture/source.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one live packet buffer may hold: seconds of a busy lab network. */
enum { LIVE_BUFFER = 8 * 1024 * 1024, SNAP_ALL = 262144, LINKS_MAX = 8 };

/* A filter's program, which is another one for each link type. */
typedef struct program {
    int link;
    struct bpf_program bpf;
} program;

struct cap_source {
    pcap_t *pcap; /* live, else NULL */
    cap_file file;
    bool filtered; /* a file's packets go through `programs` */
    char *expression;
    program programs[LINKS_MAX];
    size_t n;
    uint64_t count;
    char error[CAP_ERR_MAX];
};

static cap_source *open_file(const char *path, bool follow, char err[CAP_ERR_MAX])
{
    cap_source *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(err, CAP_ERR_MAX, "no memory");
        return NULL;
    }
    if (cap_file_init(&s->file, path, follow, err))
        return s;
    free(s);
    return NULL;
}

cap_source *cap_source_file(const char *path, char err[CAP_ERR_MAX])
{
    return open_file(path, false, err);
}

cap_source *cap_source_follow(const char *path, char err[CAP_ERR_MAX])
{
    return open_file(path, true, err);
}

cap_source *cap_source_live(const char *interface, char err[CAP_ERR_MAX])
{
    char why[PCAP_ERRBUF_SIZE] = "";
    cap_source *s = calloc(1, sizeof *s);
    pcap_t *pcap = s ? pcap_create(interface, why) : NULL;
    if (!pcap) {
        snprintf(err, CAP_ERR_MAX, "%s: %s", interface, s ? why : "no memory");
        free(s);
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
        free(s);
        return NULL;
    }
    s->pcap = pcap;
    return s;
}

void cap_source_free(cap_source *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        pcap_freecode(&s->programs[i].bpf);
    free(s->expression);
    if (s->pcap)
        pcap_close(s->pcap);
    else
        cap_file_fini(&s->file);
    free(s);
}

int cap_source_link(const cap_source *s)
{
    return s->pcap ? pcap_datalink(s->pcap) : s->file.interfaces[0].link;
}

void cap_link_name(int link, char name[CAP_LINK_NAME_MAX])
{
    const char *known = pcap_datalink_val_to_name(link);
    if (known)
        snprintf(name, CAP_LINK_NAME_MAX, "%s", known);
    else
        snprintf(name, CAP_LINK_NAME_MAX, "%d", link);
}

bool cap_source_is_nano(const cap_source *s)
{
    return !s->pcap && cap_file_is_nano(&s->file);
}

int cap_source_fd(const cap_source *s)
{
    if (s->pcap)
        return pcap_get_selectable_fd(s->pcap);
    return s->file.in.waits && !s->file.in.follow ? s->file.in.fd : -1;
}

double cap_source_part(const cap_source *s)
{
    return s->pcap ? -1 : cap_input_part(&s->file.in);
}

/* ---- The filter ---------------------------------------------------------------------------- */

/* The program for a link type, compiled when its first packet comes. NULL: `error` says why. */
static const struct bpf_program *program_for(cap_source *s, int link)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->programs[i].link == link)
            return &s->programs[i].bpf;
    }
    pcap_t *dead = s->n < LINKS_MAX ? pcap_open_dead(link, SNAP_ALL) : NULL;
    if (!dead) {
        snprintf(s->error, sizeof s->error, "too many link types for a filter");
        return NULL;
    }
    program *p = &s->programs[s->n];
    p->link = link;
    if (pcap_compile(dead, &p->bpf, s->expression, 1, PCAP_NETMASK_UNKNOWN) == 0)
        s->n++;
    else
        snprintf(s->error, sizeof s->error, "filter: %s", pcap_geterr(dead));
    pcap_close(dead);
    return s->error[0] ? NULL : &p->bpf;
}

static bool filter_live(cap_source *s, const char *expression)
{
    struct bpf_program bpf;
    bool good = pcap_compile(s->pcap, &bpf, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (good) {
        good = pcap_setfilter(s->pcap, &bpf) == 0;
        pcap_freecode(&bpf);
    }
    if (!good)
        snprintf(s->error, sizeof s->error, "filter: %s", pcap_geterr(s->pcap));
    return good;
}

bool cap_source_filter(cap_source *s, const char *expression, char err[CAP_ERR_MAX])
{
    bool good;
    if (s->pcap) {
        good = filter_live(s, expression);
    } else {
        s->expression = strdup(expression);
        s->filtered = true;
        good = s->expression && program_for(s, cap_source_link(s));
    }
    if (!good)
        snprintf(err, CAP_ERR_MAX, "%s", s->error[0] ? s->error : "no memory");
    return good;
}

static cap_got next_filtered(cap_source *s, cap_packet *p)
{
    for (;;) {
        cap_got got = cap_file_next(&s->file, p);
        if (got != CAP_PACKET)
            return got;
        const struct bpf_program *bpf = program_for(s, p->link);
        if (!bpf)
            return CAP_DAMAGE;
        struct pcap_pkthdr head = { .caplen = (uint32_t)p->bytes.n, .len = p->wire_len };
        if (pcap_offline_filter(bpf, &head, p->bytes.p))
            return CAP_PACKET;
    }
}

/* ---- Packets ------------------------------------------------------------------------------- */

static cap_got next_live(cap_source *s, cap_packet *p)
{
    struct pcap_pkthdr *head;
    const u_char *bytes;
    switch (pcap_next_ex(s->pcap, &head, &bytes)) {
    case 1:
        *p = (cap_packet){
            .number = ++s->count,
            .time = (int64_t)head->ts.tv_sec * 1000000 + head->ts.tv_usec,
            .link = pcap_datalink(s->pcap),
            .wire_len = head->len,
            .bytes = { bytes, head->caplen },
        };
        return CAP_PACKET;
    case 0:
        return CAP_WAIT;
    }
    snprintf(s->error, sizeof s->error, "%s", pcap_geterr(s->pcap));
    return CAP_DAMAGE;
}

cap_got cap_source_next(cap_source *s, cap_packet *p)
{
    if (s->pcap)
        return next_live(s, p);
    return s->filtered ? next_filtered(s, p) : cap_file_next(&s->file, p);
}

const char *cap_source_error(const cap_source *s)
{
    return s->error[0] ? s->error : s->file.error;
}

uint64_t cap_source_lost(cap_source *s)
{
    struct pcap_stat st;
    if (!s->pcap || pcap_stats(s->pcap, &st) != 0)
        return 0;
    return (uint64_t)st.ps_drop + st.ps_ifdrop;
}

/* ---- Interfaces ---------------------------------------------------------------------------- */

int cap_interfaces(cap_interface *list, size_t max, char err[CAP_ERR_MAX])
{
    char why[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *all;
    if (pcap_findalldevs(&all, why) != 0) {
        snprintf(err, CAP_ERR_MAX, "%s", why);
        return -1;
    }
    size_t n = 0;
    for (const pcap_if_t *i = all; i && n < max; i = i->next, n++) {
        snprintf(list[n].name, sizeof list[n].name, "%s", i->name);
        snprintf(list[n].about, sizeof list[n].about, "%s", i->description ? i->description : "");
    }
    pcap_freealldevs(all);
    return (int)n;
}
