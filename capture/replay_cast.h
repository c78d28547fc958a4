/*
 * Who is in a capture, and who of them is played: the hosts with what they sent, and whom those
 * that are to be played spoke with.
 */
#ifndef CAPTURE_REPLAY_CAST_H
#define CAPTURE_REPLAY_CAST_H

#include "capture/tap.h"

enum { CAP_PARTS_MAX = 16, CAP_CAST_MAX = 4096, CAP_CAST_PORTS_MAX = 64 };

/* The two sides, by their addresses in the capture. */
typedef struct cap_parts {
    uint32_t ours[CAP_PARTS_MAX];
    size_t nours;
    uint32_t theirs[CAP_PARTS_MAX]; /* none: everybody else */
    size_t ntheirs;
} cap_parts;

bool cap_parts_ours(const cap_parts *p, uint32_t ip);
bool cap_parts_theirs(const cap_parts *p, uint32_t ip);

typedef struct cap_cast_host {
    uint32_t ip;
    uint64_t sent;      /* messages */
    uint64_t with_ours; /* messages between it and those that are played, to it or from it */
    uint64_t all;       /* messages that it broadcast */
    bool has_mac;
    uint8_t mac[6];
} cap_cast_host;

/* Whether a message was for all on its network: by its hardware address, else by its address. */
bool cap_is_to_all(const cap_item *item);

typedef struct cap_cast cap_cast;

/* `parts->ours` is what is to be played. NULL: no memory. */
cap_cast *cap_cast_new(const cap_parts *parts);
void cap_cast_free(cap_cast *c);

/* Takes the next item of the capture. */
void cap_cast_put(cap_cast *c, const cap_item *item);

/* The hosts, in the order in which they came; the first CAP_CAST_MAX of them. */
size_t cap_cast_count(const cap_cast *c);
const cap_cast_host *cap_cast_at(const cap_cast *c, size_t i);

/* The host of that address; NULL: it has sent nothing. */
const cap_cast_host *cap_cast_find(const cap_cast *c, uint32_t ip);

/* The one that those who are played had most to do with, and who is none of them; NULL: nobody. */
const cap_cast_host *cap_cast_peer(const cap_cast *c);

/* Ports of ours that others sent to, or that ours sent from, over UDP (from) or TCP. */
typedef struct cap_cast_port {
    nbt_ep at;
    bool tcp;
} cap_cast_port;

size_t cap_cast_ports(const cap_cast *c, const cap_cast_port **ports);

#endif
