/*
 * Taps by ioctl(2): TUNSETIFF makes one or takes one, SIOCBRADDIF is what `ip link set master`
 * does.
 */
#include "tools/host/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* -- failures ---------------------------------------------------------------------------------- */

static bool fail(host_err *err, const char *what, const char *name)
{
    switch (errno) {
    case EPERM:
    case EACCES:
        host_err_set(err, HOST_MISSING,
                     "%s %s takes CAP_NET_ADMIN; run as root, or let root make a tap for you: ip "
                     "tuntap add NAME mode tap user YOU, plug it in, and give --tap NAME",
                     what, name);
        return false;
    case ENODEV:
    case EOPNOTSUPP:
        host_err_set(err, HOST_INTERFACE,
                     "%s is no bridge: `ip link show type bridge` lists those that are there",
                     name);
        return false;
    case EBUSY:
        host_err_set(err, HOST_INTERFACE, "%s is in use by another program: choose another", name);
        return false;
    case EINVAL:
        host_err_set(err, HOST_INTERFACE, "%s is no tap: name one, or a bridge (--bridge)", name);
        return false;
    default:
        host_err_set(err, HOST_SYSTEM, "%s %s: %s", what, name, strerror(errno));
        return false;
    }
}

/* -- taps -------------------------------------------------------------------------------------- */

/* A name with %d is a new one's. */
static bool open_tap(host_tap *tap, const char *name, host_err *err)
{
    struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };
    snprintf(req.ifr_name, sizeof req.ifr_name, "%s", name);
    tap->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (tap->fd < 0) {
        host_err_set(err, HOST_MISSING,
                     "/dev/net/tun cannot be opened: %s; load the module tun, give this container "
                     "the device, or let everybody read and write it, as most systems do",
                     strerror(errno));
        return false;
    }
    if (ioctl(tap->fd, TUNSETIFF, &req) != 0)
        return fail(err, "the tap", name);
    snprintf(tap->name, sizeof tap->name, "%s", req.ifr_name);
    return true;
}

/* A bridge whose address nobody has set takes the lowest one of its ports, and the lowest MTU. An
 * MTU that cannot be had is of no Ethernet. */
static bool stay_below(int control, const char *name, const char *bridge, host_err *err)
{
    struct ifreq mac = { 0 }, mtu = { 0 };
    snprintf(mac.ifr_name, sizeof mac.ifr_name, "%s", name);
    snprintf(mtu.ifr_name, sizeof mtu.ifr_name, "%s", bridge);
    if (ioctl(control, SIOCGIFMTU, &mtu) == 0) {
        snprintf(mtu.ifr_name, sizeof mtu.ifr_name, "%s", name);
        (void)ioctl(control, SIOCSIFMTU, &mtu);
    }
    if (ioctl(control, SIOCGIFHWADDR, &mac) != 0)
        return fail(err, "interface", name);
    mac.ifr_hwaddr.sa_data[0] = (char)0xFE;
    return ioctl(control, SIOCSIFHWADDR, &mac) == 0 || fail(err, "interface", name);
}

static bool set_up(int control, const char *name, host_err *err)
{
    struct ifreq req = { 0 };
    snprintf(req.ifr_name, sizeof req.ifr_name, "%s", name);
    if (ioctl(control, SIOCGIFFLAGS, &req) != 0)
        return fail(err, "interface", name);
    if (req.ifr_flags & IFF_UP)
        return true;
    req.ifr_flags |= IFF_UP;
    return ioctl(control, SIOCSIFFLAGS, &req) == 0 || fail(err, "interface", name);
}

static bool plug_in(int control, const char *name, const char *bridge, host_err *err)
{
    struct ifreq req = { 0 };
    snprintf(req.ifr_name, sizeof req.ifr_name, "%s", bridge);
    req.ifr_ifindex = (int)if_nametoindex(name);
    return ioctl(control, SIOCBRADDIF, &req) == 0 || fail(err, "bridge", bridge);
}

/* -- the bridge's port ------------------------------------------------------------------------- */

enum { FORWARDING = 3 };

static bool forwards(const char *name)
{
    char path[64 + IF_NAMESIZE];
    int state = 0;
    snprintf(path, sizeof path, "/sys/class/net/%s/brport/state", name);
    FILE *f = fopen(path, "re");
    if (!f) /* a /sys of another namespace: it does not tell */
        return true;
    bool told = fscanf(f, "%d", &state) == 1;
    fclose(f);
    return !told || state == FORWARDING;
}

static bool wait_for_port(const host_tap *tap, const char *bridge, host_err *err)
{
    enum { TRIES = 800 };
    const struct timespec moment = { .tv_nsec = 50 * 1000 * 1000 };
    for (int i = 0; i < TRIES; i++) {
        if (forwards(tap->name))
            return true;
        if (i == TRIES / 20)
            fprintf(stderr, "waiting for the spanning tree of %s to let frames through\n", bridge);
        nanosleep(&moment, NULL);
    }
    host_err_set(err, HOST_INTERFACE, "bridge %s does not let frames through: is it up?", bridge);
    return false;
}

/* -- all of it --------------------------------------------------------------------------------- */

static bool at_bridge(host_tap *tap, int control, const char *bridge, host_err *err)
{
    if (if_nametoindex(bridge) == 0) {
        errno = ENODEV;
        return fail(err, "bridge", bridge);
    }
    return open_tap(tap, "nbtlab%d", err) && stay_below(control, tap->name, bridge, err) &&
           plug_in(control, tap->name, bridge, err) && set_up(control, tap->name, err) &&
           wait_for_port(tap, bridge, err);
}

static bool open_at(host_tap *tap, const char *bridge, const char *name, host_err *err)
{
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *tap = (host_tap){ .fd = -1 };
    if (control < 0)
        return fail(err, "a socket for", bridge ? bridge : name);
    bool ok = bridge ? at_bridge(tap, control, bridge, err) : open_tap(tap, name, err);
    close(control);
    if (!ok)
        host_tap_close(tap);
    return ok;
}

bool host_tap_plug(host_tap *tap, const char *bridge, host_err *err)
{
    return open_at(tap, bridge, NULL, err);
}

bool host_tap_take(host_tap *tap, const char *name, host_err *err)
{
    *tap = (host_tap){ .fd = -1 };
    if (if_nametoindex(name) != 0)
        return open_at(tap, NULL, name, err);
    host_err_set(err, HOST_INTERFACE,
                 "%s is not there: make it with ip tuntap add %s mode tap user YOU", name, name);
    return false;
}

bool host_tap_make(host_tap *tap, const char *name, host_err *err)
{
    return open_at(tap, NULL, name, err);
}

bool host_tap_mac(const host_tap *tap, uint8_t mac[6], host_err *err)
{
    struct ifreq req = { 0 };
    snprintf(req.ifr_name, sizeof req.ifr_name, "%s", tap->name);
    if (ioctl(tap->fd, SIOCGIFHWADDR, &req) != 0) /* a tap's descriptor tells */
        return fail(err, "the address of", tap->name);
    memcpy(mac, req.ifr_hwaddr.sa_data, 6);
    return true;
}

unsigned host_tap_mtu(const host_tap *tap)
{
    struct ifreq req = { 0 };
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(req.ifr_name, sizeof req.ifr_name, "%s", tap->name);
    bool ok = control >= 0 && ioctl(control, SIOCGIFMTU, &req) == 0 && req.ifr_mtu > 0;
    if (control >= 0)
        close(control);
    return ok ? (unsigned)req.ifr_mtu : 0;
}

void host_tap_close(host_tap *tap)
{
    if (tap->fd >= 0)
        close(tap->fd);
    tap->fd = -1;
}
