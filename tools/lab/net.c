/*
 * The lab's network, made with ip(8) of iproute2 inside the sandbox.
 */
#include "tools/lab/net.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint32_t lab_subnet = 0x0A4D0000; /* 10.77.0.0 */

/* ip(8) reading a list of commands; it says itself what was wrong with one. */
static FILE *ip_start(void)
{
    FILE *to = popen("ip -batch -", "w");
    if (!to)
        fprintf(stderr, "nbtlab: ip(8) could not be started: %s\n", strerror(errno));
    return to;
}

static bool ip_finish(FILE *to)
{
    int status = pclose(to);
    if (status == 0)
        return true;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        fprintf(stderr, "nbtlab: ip(8) is missing: install the package iproute2\n");
    else
        fprintf(stderr, "nbtlab: the lab's network could not be built (see ip's message above)\n");
    return false;
}

static void fill_namespaces(FILE *to, const lab_host *hosts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fprintf(to, "netns add %s\n", hosts[i].name);
}

static void fill_links(FILE *to, const lab_host *hosts, size_t n)
{
    unsigned bridges = 0;
    for (size_t i = 0; i < n; i++)
        bridges = hosts[i].segment + 1 > bridges ? hosts[i].segment + 1 : bridges;
    fprintf(to, "link set lo up\n");
    for (unsigned b = 0; b < bridges; b++)
        fprintf(to,
                "link add br%u type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n"
                "link set br%u up\n",
                b, b);
    unsigned port = 0;
    for (size_t i = 0; i < n; i++) {
        for (unsigned nic = 0; nic < hosts[i].nics; nic++, port++)
            fprintf(to,
                    "link add p%u type veth peer name eth%u netns %s\n"
                    "link set p%u master br%u up\n",
                    port, nic, hosts[i].name, port, hosts[i].segment);
    }
}

/* Without this, packets carry the checksum that a network card would have been asked to finish. */
static bool software_checksums(const char *interface)
{
    struct ethtool_value off = { .cmd = ETHTOOL_STXCSUM, .data = 0 };
    struct ifreq req = { 0 };
    snprintf(req.ifr_name, sizeof req.ifr_name, "%s", interface);
    req.ifr_data = (void *)&off;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && ioctl(fd, SIOCETHTOOL, &req) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool set_sysctl(const char *name, const char *value)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/net/%s", name);
    FILE *f = fopen(path, "w");
    bool ok = f && fputs(value, f) >= 0;
    if (f)
        ok = fclose(f) == 0 && ok;
    if (!ok)
        fprintf(stderr, "nbtlab: %s: %s\n", path, strerror(errno));
    return ok;
}

static bool no_ipv6(void)
{
    /* A kernel without IPv6 has nothing to switch off. */
    return access("/proc/sys/net/ipv6", F_OK) != 0 || set_sysctl("ipv6/conf/all/disable_ipv6", "1");
}

/* One computer's own side of its cables, from inside its namespace. */
typedef struct own_side {
    const lab_host *host;
    unsigned first; /* number of its first adapter in the table's order */
} own_side;

static void fill_addresses(FILE *to, const own_side *own)
{
    fprintf(to, "link set lo up\n");
    for (unsigned nic = 0; nic < own->host->nics; nic++)
        fprintf(to, "addr add 10.77.0.%u/24 brd 10.77.0.255 dev eth%u\nlink set eth%u up\n",
                own->first + nic + 1, nic, nic);
    if (own->host->nics < 2)
        return;
    /*
     * Linux keeps what one of its own addresses says to another inside. Two adapters on one wire
     * shall hear each other over the wire, as other systems' do: what is sent on an adapter goes
     * out there, before the table of local addresses is looked at.
     */
    for (unsigned nic = 0; nic < own->host->nics; nic++)
        fprintf(to,
                "route add 10.77.0.0/24 dev eth%u src 10.77.0.%u table %u\n"
                "route add broadcast 10.77.0.255 dev eth%u src 10.77.0.%u table %u\n"
                "rule add pref %u oif eth%u lookup %u\n",
                nic, own->first + nic + 1, 100 + nic, nic, own->first + nic + 1, 100 + nic,
                10 + nic, nic, 100 + nic);
    fprintf(to, "rule add pref 100 lookup local\nrule del pref 0\n");
}

/* And what comes in from one of its own addresses is not taken for a forgery. */
static bool hear_oneself(const own_side *own)
{
    return own->host->nics < 2 || (set_sysctl("ipv4/conf/all/accept_local", "1") &&
                                   set_sysctl("ipv4/conf/all/rp_filter", "0") &&
                                   set_sysctl("ipv4/conf/all/arp_ignore", "1") &&
                                   set_sysctl("ipv4/conf/all/arp_announce", "2"));
}

static bool configure(const own_side *own)
{
    char path[64];
    snprintf(path, sizeof path, "/run/netns/%s", own->host->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) {
        fprintf(stderr, "nbtlab: %s: %s\n", path, strerror(errno));
        return false;
    }
    close(fd);
    if (!no_ipv6() || !hear_oneself(own))
        return false;
    for (unsigned nic = 0; nic < own->host->nics; nic++) {
        char name[IFNAMSIZ];
        snprintf(name, sizeof name, "eth%u", nic);
        if (!software_checksums(name)) {
            fprintf(stderr, "nbtlab: %s of %s: no software checksums: %s\n", name, own->host->name,
                    strerror(errno));
            return false;
        }
    }
    FILE *to = ip_start();
    if (!to)
        return false;
    fill_addresses(to, own);
    return ip_finish(to);
}

/* A namespace is entered for good, so a child does it. */
static bool configure_host(const own_side *own)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(configure(own) ? 0 : 1);
    int status = 1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && status == 0;
}

static bool build_links(const lab_host *hosts, size_t n)
{
    FILE *to = ip_start();
    if (!to)
        return false;
    fill_namespaces(to, hosts, n);
    if (!ip_finish(to))
        return false;
    to = ip_start();
    if (!to)
        return false;
    fill_links(to, hosts, n);
    return ip_finish(to);
}

bool lab_net_build(const lab_host *hosts, size_t n)
{
    if (!no_ipv6() || !build_links(hosts, n))
        return false;
    own_side own = { .first = 0 };
    for (size_t i = 0; i < n; i++) {
        own.host = &hosts[i];
        if (!configure_host(&own))
            return false;
        own.first += hosts[i].nics;
    }
    return true;
}

uint32_t lab_net_ip(const lab_host *hosts, size_t n, const char *name, unsigned nic)
{
    uint32_t adapter = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(hosts[i].name, name) == 0)
            return lab_subnet + adapter + nic + 1;
        adapter += hosts[i].nics;
    }
    return 0;
}

void lab_net_port(const lab_host *hosts, size_t n, const char *name, char port[LAB_NAME_MAX])
{
    unsigned number = 0;
    port[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        if (strcmp(hosts[i].name, name) == 0)
            snprintf(port, LAB_NAME_MAX, "p%u", number);
        number += hosts[i].nics;
    }
}

bool lab_net_detour(const char *port)
{
    FILE *to = ip_start();
    if (!to)
        return false;
    fprintf(to,
            "link add " LAB_DETOUR " type veth peer name slow1\n"
            "link set " LAB_DETOUR " up\n"
            "link set %s nomaster\n"
            "link set slow1 master br0 up\n",
            port);
    return ip_finish(to);
}

bool lab_net_join(void)
{
    FILE *to = ip_start();
    if (!to)
        return false;
    fprintf(to, "link add trunk0 type veth peer name trunk1\n"
                "link set trunk1 master br1 up\n"
                "link set trunk0 master br0 up\n");
    return ip_finish(to);
}
