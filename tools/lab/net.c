/*
 * The lab's network, made with ip(8) of iproute2 inside the sandbox.
 */
#include "tools/lab/net.h"
#include "tools/host/iface.h"

#include <assert.h>
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

static void fill_namespace(FILE *to, const char *name)
{
    fprintf(to, "netns add %s\n", name);
}

static void fill_cable(FILE *to, const char *host, unsigned nic, unsigned port)
{
    fprintf(to, "link add p%u type veth peer name eth%u netns %s\n", port, nic, host);
}

static unsigned count_bridges(const lab_host *hosts, size_t n)
{
    unsigned bridges = 0;
    for (size_t i = 0; i < n; i++)
        bridges = hosts[i].segment + 1 > bridges ? hosts[i].segment + 1 : bridges;
    return bridges;
}

static void fill_links(FILE *to, const lab_host *hosts, size_t n)
{
    fprintf(to, "link set lo up\n");
    for (unsigned b = 0; b < count_bridges(hosts, n); b++)
        fprintf(to,
                "link add br%u type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n"
                "link set br%u up\n",
                b, b);
    unsigned port = 0;
    for (size_t i = 0; i < n; i++) {
        for (unsigned nic = 0; nic < hosts[i].nics; nic++, port++) {
            fill_cable(to, hosts[i].name, nic, port);
            fprintf(to, "link set p%u master br%u up\n", port, hosts[i].segment);
        }
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

/* -- one computer's own side of its cables, from inside its namespace -------------------------- */

static unsigned prefix_len(uint32_t mask)
{
    unsigned n = 0;
    while (n < 32 && mask & 1U << (31 - n))
        n++;
    return n;
}

static void fill_address(FILE *to, const lab_nic *nic, unsigned number)
{
    static const uint8_t any[6];
    const uint8_t *m = nic->mac;
    char ip[HOST_IP_STR_MAX], broadcast[HOST_IP_STR_MAX];
    if (memcmp(m, any, sizeof any) != 0)
        fprintf(to, "link set eth%u address %02x:%02x:%02x:%02x:%02x:%02x\n", number, m[0], m[1],
                m[2], m[3], m[4], m[5]);
    if (nic->mtu)
        fprintf(to, "link set eth%u mtu %u\n", number, nic->mtu);
    fprintf(to, "addr add %s/%u brd %s dev eth%u\nlink set eth%u up\n", host_ip_str(nic->ip, ip),
            prefix_len(nic->mask), host_ip_str(nic->ip | ~nic->mask, broadcast), number, number);
}

/*
 * Linux keeps what one of its own addresses says to another inside. Two adapters on one wire shall
 * hear each other over the wire, as other systems' do: what is sent on an adapter goes out there,
 * before the table of local addresses is looked at.
 */
static void fill_way_out(FILE *to, const lab_nic *nic, unsigned number)
{
    char ip[HOST_IP_STR_MAX], broadcast[HOST_IP_STR_MAX];
    host_ip_str(nic->ip, ip);
    host_ip_str(nic->ip | ~nic->mask, broadcast);
    fprintf(to,
            "route add default dev eth%u src %s table %u\n"
            "route add broadcast %s dev eth%u src %s table %u\n"
            "rule add pref %u oif eth%u lookup %u\n",
            number, ip, 100 + number, broadcast, number, ip, 100 + number, 10 + number, number,
            100 + number);
}

static void fill_addresses(FILE *to, const lab_site *site)
{
    fprintf(to, "link set lo up\n");
    for (unsigned i = 0; i < site->n; i++)
        fill_address(to, &site->nic[i], i);
    if (site->as_in_scenario)
        fprintf(to, "route add default dev eth0\n");
    if (site->n < 2)
        return;
    for (unsigned i = 0; i < site->n; i++)
        fill_way_out(to, &site->nic[i], i);
    fprintf(to, "rule add pref 100 lookup local\nrule del pref 0\n");
}

/* And what comes in from one of its own addresses is not taken for a forgery. */
static bool hear_oneself(const lab_site *site)
{
    return site->n < 2 || (set_sysctl("ipv4/conf/all/accept_local", "1") &&
                           set_sysctl("ipv4/conf/all/rp_filter", "0") &&
                           set_sysctl("ipv4/conf/all/arp_ignore", "1") &&
                           set_sysctl("ipv4/conf/all/arp_announce", "2"));
}

/* How long TCP asks somebody who is silent: 51 s, as on the simulated network (nbt/simtcp.h), and
 * not a quarter of an hour. A NetBIOS session leaves it to TCP to find that out (RFC 1002 5.2.2.3).
 */
static bool be_patient(const lab_site *site)
{
    return !site->as_in_scenario || set_sysctl("ipv4/tcp_retries2", "7");
}

static bool configure(const lab_site *site)
{
    char path[64];
    snprintf(path, sizeof path, "/run/netns/%s", site->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) {
        fprintf(stderr, "nbtlab: %s: %s\n", path, strerror(errno));
        return false;
    }
    close(fd);
    if (!no_ipv6() || !hear_oneself(site) || !be_patient(site))
        return false;
    for (unsigned nic = 0; nic < site->n; nic++) {
        char name[IFNAMSIZ];
        snprintf(name, sizeof name, "eth%u", nic);
        if (!software_checksums(name)) {
            fprintf(stderr, "nbtlab: %s of %s: no software checksums: %s\n", name, site->name,
                    strerror(errno));
            return false;
        }
    }
    FILE *to = ip_start();
    if (!to)
        return false;
    fill_addresses(to, site);
    return ip_finish(to);
}

/* A namespace is entered for good, so a child does it. */
static bool configure_site(const lab_site *site)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(configure(site) ? 0 : 1);
    int status = 1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && status == 0;
}

static bool build_namespaces(const lab_site *sites, size_t n)
{
    FILE *to = ip_start();
    if (!to)
        return false;
    for (size_t i = 0; i < n; i++)
        fill_namespace(to, sites[i].name);
    return ip_finish(to);
}

static bool configure_sites(const lab_site *sites, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!configure_site(&sites[i]))
            return false;
    return true;
}

bool lab_net_wire(const lab_site *sites, size_t n)
{
    FILE *to;
    if (!no_ipv6() || !build_namespaces(sites, n) || !(to = ip_start()))
        return false;
    for (size_t i = 0; i < n; i++) {
        for (unsigned nic = 0; nic < sites[i].n; nic++) {
            unsigned port = sites[i].nic[nic].port;
            fill_cable(to, sites[i].name, nic, port);
            fprintf(to, "link set p%u mtu %u up\n", port,
                    sites[i].nic[nic].mtu ? sites[i].nic[nic].mtu : 1500);
        }
    }
    return ip_finish(to) && configure_sites(sites, n);
}

bool lab_net_build(const lab_host *hosts, size_t n)
{
    enum { NICS_MAX = 64 };
    lab_site sites[LAB_HOSTS_MAX];
    lab_nic nics[NICS_MAX];
    unsigned port = 0;
    assert(n <= LAB_HOSTS_MAX);
    for (size_t i = 0; i < n; i++) {
        sites[i] = (lab_site){ .name = hosts[i].name, .nic = &nics[port], .n = hosts[i].nics };
        for (unsigned nic = 0; nic < hosts[i].nics; nic++, port++) {
            assert(port < NICS_MAX);
            nics[port] = (lab_nic){ .ip = lab_subnet + port + 1, .mask = 0xFFFFFF00, .port = port };
        }
    }
    FILE *to;
    if (!no_ipv6() || !build_namespaces(sites, n) || !(to = ip_start()))
        return false;
    fill_links(to, hosts, n);
    return ip_finish(to) && configure_sites(sites, n);
}
