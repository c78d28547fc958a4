/*
 * getifaddrs, read for one interface. It never changes an interface.
 */
#include "tools/host/iface.h"

#include <net/if_arp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *host_ip_str(uint32_t ip, char *buf)
{
    snprintf(buf, HOST_IP_STR_MAX, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255,
             ip & 255);
    return buf;
}

static uint32_t ip_of(const struct sockaddr *sa)
{
    struct sockaddr_in in;
    memcpy(&in, sa, sizeof in);
    return ntohl(in.sin_addr.s_addr);
}

static void read_address(const struct ifaddrs *a, host_iface *out)
{
    out->ip = ip_of(a->ifa_addr);
    out->mask = ip_of(a->ifa_netmask);
    out->broadcast = out->ip | ~out->mask;
    /* glibc shows the interface's own address here where none was set ("ip address add" without
     * "broadcast"); the kernel's routes have the one computed above in any case. */
    if ((a->ifa_flags & IFF_BROADCAST) && a->ifa_broadaddr && ip_of(a->ifa_broadaddr) != out->ip)
        out->broadcast = ip_of(a->ifa_broadaddr);
}

static void read_link(const struct ifaddrs *a, host_iface *out)
{
    struct sockaddr_ll ll;
    memcpy(&ll, a->ifa_addr, sizeof ll);
    out->index = ll.sll_ifindex;
    if (ll.sll_halen == sizeof out->mac)
        memcpy(out->mac, ll.sll_addr, sizeof out->mac);
}

/* "lo, eth0": every interface has exactly one AF_PACKET entry. */
static void list_names(const struct ifaddrs *all, char *buf, size_t cap)
{
    size_t n = 0;
    buf[0] = '\0';
    for (const struct ifaddrs *a = all; a && n < cap; a = a->ifa_next)
        if (a->ifa_addr && a->ifa_addr->sa_family == AF_PACKET)
            n += (size_t)snprintf(buf + n, cap - n, "%s%s", n ? ", " : "", a->ifa_name);
}

bool host_iface_find(const char *name, host_iface *out, host_err *err)
{
    struct ifaddrs *all;
    if (getifaddrs(&all)) {
        host_err_set(err, HOST_SYSTEM, "the interfaces cannot be listed: %s", strerror(errno));
        return false;
    }
    host_iface found = { 0 };
    unsigned flags = 0;
    bool there = false, address = false;
    for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
        if (!a->ifa_addr || strcmp(a->ifa_name, name) != 0)
            continue;
        flags = a->ifa_flags;
        if (a->ifa_addr->sa_family == AF_PACKET) {
            there = true;
            read_link(a, &found);
        } else if (a->ifa_addr->sa_family == AF_INET && !address) {
            address = true;
            read_address(a, &found);
        }
    }
    char names[256];
    list_names(all, names, sizeof names);
    freeifaddrs(all);

    if (!there)
        host_err_set(err, HOST_INTERFACE, "interface %s is not there; there are: %s", name, names);
    else if (!(flags & IFF_UP))
        host_err_set(err, HOST_INTERFACE, "interface %s is down; ip link set %s up", name, name);
    else if (!address)
        host_err_set(err, HOST_INTERFACE,
                     "interface %s has no IPv4 address; ip address add ADDRESS/BITS dev %s", name,
                     name);
    if (!there || !(flags & IFF_UP) || !address)
        return false;
    snprintf(found.name, sizeof found.name, "%s", name);
    *out = found;
    return true;
}

bool host_iface_only(host_iface *out, host_err *err)
{
    struct ifaddrs *all;
    if (getifaddrs(&all)) {
        host_err_set(err, HOST_SYSTEM, "the interfaces cannot be listed: %s", strerror(errno));
        return false;
    }
    char only[IF_NAMESIZE] = "", names[256];
    bool several = false;
    for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
        bool fit = a->ifa_addr && a->ifa_addr->sa_family == AF_INET && (a->ifa_flags & IFF_UP) &&
                   !(a->ifa_flags & IFF_LOOPBACK);
        if (fit && only[0] && strcmp(only, a->ifa_name) != 0)
            several = true;
        else if (fit)
            snprintf(only, sizeof only, "%s", a->ifa_name);
    }
    list_names(all, names, sizeof names);
    freeifaddrs(all);
    if (only[0] && !several)
        return host_iface_find(only, out, err);
    host_err_set(err, HOST_INTERFACE,
                 "there is %s interface with an IPv4 address; say --interface, one of: %s",
                 several ? "more than one" : "no", names);
    return false;
}

size_t host_iface_addresses(const char *name, host_iface *list, size_t max)
{
    struct ifaddrs *all;
    size_t n = 0;
    if (getifaddrs(&all))
        return 0;
    for (const struct ifaddrs *a = all; a && n < max; a = a->ifa_next) {
        if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET || strcmp(a->ifa_name, name) != 0)
            continue;
        list[n] = (host_iface){ .index = (int)if_nametoindex(name) };
        snprintf(list[n].name, sizeof list[n].name, "%s", name);
        read_address(a, &list[n++]);
    }
    freeifaddrs(all);
    return n;
}

bool host_iface_towards(uint32_t ip, host_iface *out)
{
    struct ifaddrs *all;
    char name[IF_NAMESIZE] = "";
    host_err unused;
    if (getifaddrs(&all))
        return false;
    for (const struct ifaddrs *a = all; a && !name[0]; a = a->ifa_next) {
        if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET || !(a->ifa_flags & IFF_UP))
            continue;
        nbt_subnet net = { ip_of(a->ifa_addr), ip_of(a->ifa_netmask) };
        if (host_subnet_has(&net, ip))
            snprintf(name, sizeof name, "%s", a->ifa_name);
    }
    freeifaddrs(all);
    return name[0] && host_iface_find(name, out, &unused);
}

bool host_iface_attached(uint32_t ip)
{
    host_iface towards;
    return host_iface_towards(ip, &towards);
}

bool host_subnet_parse(const char *text, nbt_subnet *out)
{
    char ip[HOST_IP_STR_MAX], *end;
    struct in_addr addr;
    const char *slash = strchr(text, '/');
    if (!slash || (size_t)(slash - text) >= sizeof ip || slash[1] < '0' || slash[1] > '9')
        return false;
    unsigned long bits = strtoul(slash + 1, &end, 10);
    snprintf(ip, sizeof ip, "%.*s", (int)(slash - text), text);
    if (*end || bits > 32 || inet_pton(AF_INET, ip, &addr) != 1)
        return false;
    *out = (nbt_subnet){ ntohl(addr.s_addr), bits ? UINT32_MAX << (32 - bits) : 0 };
    return true;
}

bool host_iface_neighbour(uint32_t ip)
{
    FILE *f = fopen("/proc/net/arp", "re");
    char line[256], address[64], want[HOST_IP_STR_MAX];
    unsigned flags;
    bool found = false;
    host_ip_str(ip, want);
    while (f && !found && fgets(line, sizeof line, f))
        found = sscanf(line, "%63s %*s %x", address, &flags) == 2 && strcmp(address, want) == 0 &&
                (flags & ATF_COM);
    if (f)
        fclose(f);
    return found;
}
