/*
 * The hosts that a capture shows: an address each, with the hardware address behind it, whether it
 * is a name server, and which addresses are one and the same computer. So many hosts at most; those
 * that come later are not told apart from "nobody".
 */
#ifndef CAPTURE_HOSTS_H
#define CAPTURE_HOSTS_H

#include "capture/tap.h"

enum { CAP_HOSTS_MAX = 65536 };

/* A packet, and when it was. */
typedef struct cap_when {
    uint64_t frame; /* 0: none */
    int64_t time;   /* microseconds since 1970 */
} cap_when;

/* A host by its place in the table; 0 is nobody. */
typedef uint32_t cap_host_id;

/* Why two addresses are one computer. */
typedef enum cap_same {
    CAP_SAME_NOT,
    CAP_SAME_MAC,  /* one hardware address, which is no router's */
    CAP_SAME_UNIT, /* its node status has the other's hardware address as UNIT_ID */
    CAP_SAME_LIST, /* it answered for a name of its own with both addresses */
} cap_same;

typedef struct cap_host {
    uint32_t ip; /* host byte order */
    bool has_mac;
    uint8_t mac[6];
    cap_when other_mac; /* where another hardware address had this address too, */
    uint8_t mac2[6];    /* and which */
    cap_when server;    /* where it was first seen to be a name server */
    cap_host_id root;   /* of those that are one computer, the one that stands for all */
    cap_same same;      /* why that is so */
    cap_host_id next;   /* in its chain */
} cap_host;

typedef struct cap_hosts cap_hosts;

/* Of at most `max` hosts, from 1 to CAP_HOSTS_MAX. NULL: no memory. */
cap_hosts *cap_hosts_new(uint32_t max);
void cap_hosts_free(cap_hosts *t);

/* How many there are, and how many there can be. */
uint32_t cap_hosts_count(const cap_hosts *t);
uint32_t cap_hosts_bound(const cap_hosts *t);

/* The host that has an address, entered if need be; 0 if the table is full, or for 0.0.0.0. */
cap_host_id cap_hosts_at(cap_hosts *t, uint32_t ip);

/* The host that sent an item, with what its frame tells about it. 0 without IP. */
cap_host_id cap_hosts_sender(cap_hosts *t, const cap_item *item);

/* NULL for nobody. Until the next call that can enter one. */
const cap_host *cap_hosts_get(const cap_hosts *t, cap_host_id id);

/* It has done what only a name server does. */
void cap_hosts_serves(cap_hosts *t, cap_host_id id, cap_when when);

/* What was seen says that two are one computer. */
void cap_hosts_join(cap_hosts *t, cap_host_id a, cap_host_id b, cap_same why);

/* A node status of `id` has this UNIT_ID. */
void cap_hosts_unit(cap_hosts *t, cap_host_id id, const uint8_t unit[6]);

/* Whether two are known to be one computer, and by what. */
cap_same cap_hosts_same(const cap_hosts *t, cap_host_id a, cap_host_id b);

#endif
