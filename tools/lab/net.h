/*
 * The lab's network: bridges in the sandbox's own namespace, and one network namespace for each
 * computer, reachable as /run/netns/NAME.
 */
#ifndef LAB_NET_H
#define LAB_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAB_HOSTS_MAX = 16, LAB_NAME_MAX = 16 };

/* One computer: `nics` adapters, eth0 and up, on bridge number `segment`. */
typedef struct lab_host {
    const char *name; /* of its namespace, below LAB_NAME_MAX characters */
    unsigned nics;
    unsigned segment;
} lab_host;

/*
 * Builds bridges br0.. (as many as segments are named) and the hosts. The n-th adapter in order of
 * the table gets 10.77.0.n/24. Checksums are computed in software, so that captures hold true ones;
 * IPv6 is off, so that they hold nothing else. Segments are not joined. On trouble prints one line
 * and returns false.
 */
bool lab_net_build(const lab_host *hosts, size_t n);

/* One adapter of a computer whose cables somebody else joins. */
typedef struct lab_nic {
    uint32_t ip, mask; /* host byte order */
    uint8_t mac[6];    /* all zero: whatever the kernel makes up */
    unsigned mtu;      /* 0: 1500 */
    unsigned port;     /* the sandbox's end of its cable is "p<port>" */
} lab_nic;

typedef struct lab_site {
    const char *name; /* of its namespace, below LAB_NAME_MAX characters */
    const lab_nic *nic;
    size_t n;
    /* It plays a host of a scenario: what is not on its own networks it sends out of eth0, as if to
     * a router, and TCP is as patient as on the simulated network. */
    bool as_in_scenario;
} lab_site;

/*
 * Builds the same computers without bridges: eth0.. of each is one end of a cable, and the port its
 * other end. Who carries the frames has to answer ARP, too.
 */
bool lab_net_wire(const lab_site *sites, size_t n);

#endif
