/*
 * Sockets of the kinds that emulators have. It sends nothing.
 */
#include "tools/host/cord.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool refuse(host_err *err, host_status status, const char *where, const char *why)
{
    host_err_set(err, status, "%s: %s", where, why);
    return false;
}

static bool cannot(host_err *err, const char *where)
{
    return errno == EADDRINUSE
               ? refuse(err, HOST_PORT, where, "this port is in use: choose another")
           : errno == EACCES
               ? refuse(err, HOST_PORT, where, "this port takes a privilege: choose one above 1023")
               : refuse(err, HOST_SYSTEM, where, strerror(errno));
}

/* -- what a user says -------------------------------------------------------------------------- */

static bool parse_port(const char *text, in_port_t *port)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || n < 1 || n > UINT16_MAX)
        return false;
    *port = htons((uint16_t)n);
    return true;
}

/* [ADDRESS:]PORT */
static bool parse_inet(const char *text, struct sockaddr_in *to)
{
    char address[INET_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    *to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (!colon)
        return parse_port(text, &to->sin_port);
    size_t n = (size_t)(colon - text);
    if (n >= sizeof address)
        return false;
    memcpy(address, text, n);
    address[n] = 0;
    return (n == 0 || inet_pton(AF_INET, address, &to->sin_addr) == 1) &&
           parse_port(colon + 1, &to->sin_port);
}

static bool set_inet(host_cord *c, const char *where, const char *what, host_err *err)
{
    if (!parse_inet(where, (struct sockaddr_in *)&c->end.to))
        return refuse(err, HOST_USAGE, where, what);
    c->end.to_len = sizeof(struct sockaddr_in);
    return true;
}

static bool set_path(host_cord *c, const char *where, host_err *err)
{
    struct sockaddr_un *to = (struct sockaddr_un *)&c->end.to;
    if (strlen(where) >= sizeof to->sun_path)
        return refuse(err, HOST_USAGE, where, "this path is too long for a socket");
    to->sun_family = AF_UNIX;
    snprintf(to->sun_path, sizeof to->sun_path, "%s", where);
    c->end.to_len = sizeof *to;
    return true;
}

static bool set_stream(host_cord *c, const char *where, host_err *err)
{
    return strchr(where, '/')
               ? set_path(c, where, err)
               : set_inet(c, where, "it is PORT, ADDRESS:PORT, or a path with a slash", err);
}

static void init(host_cord *c, host_plug_kind kind)
{
    *c = (host_cord){ .end = { .kind = kind, .fd = -1 }, .local = { .fd = -1 } };
}

/* -- sockets ----------------------------------------------------------------------------------- */

static int open_inet(const host_cord *c, int type)
{
    int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;
    if (fd >= 0 && (type == SOCK_STREAM || c->end.kind == HOST_PLUG_FRAMES))
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return fd;
}

static bool bind_to(host_cord *c, const struct sockaddr_in *at)
{
    return c->end.fd >= 0 && bind(c->end.fd, (const struct sockaddr *)at, sizeof *at) == 0;
}

static bool fail(host_cord *c, const char *where, host_err *err)
{
    int error = errno;
    if (c->end.fd >= 0)
        close(c->end.fd);
    c->end.fd = -1;
    errno = error;
    return cannot(err, where);
}

bool host_cord_listen(host_cord *c, const char *where, host_err *err)
{
    enum { BACKLOG = 16 };
    init(c, HOST_PLUG_LISTEN);
    if (!set_stream(c, where, err))
        return false;
    if (c->end.to.ss_family == AF_UNIX) {
        bool ok = host_localsock_listen(&c->local, where, SOCK_STREAM, err);
        c->end.fd = c->local.fd;
        return ok;
    }
    c->end.fd = open_inet(c, SOCK_STREAM);
    return (bind_to(c, (const struct sockaddr_in *)&c->end.to) &&
            listen(c->end.fd, BACKLOG) == 0) ||
           fail(c, where, err);
}

bool host_cord_connect(host_cord *c, const char *where, host_err *err)
{
    init(c, HOST_PLUG_CONNECT);
    return set_stream(c, where, err);
}

static bool join_group(const host_cord *c, const struct sockaddr_in *group)
{
    const struct in_addr here = { htonl(INADDR_LOOPBACK) };
    const struct ip_mreq member = { .imr_multiaddr = group->sin_addr, .imr_interface = here };
    return setsockopt(c->end.fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member, sizeof member) == 0 &&
           setsockopt(c->end.fd, IPPROTO_IP, IP_MULTICAST_IF, &here, sizeof here) == 0;
}

bool host_cord_multicast(host_cord *c, const char *where, host_err *err)
{
    static const char what[] = "it is GROUP:PORT, as in 230.0.0.1:5555";
    init(c, HOST_PLUG_FRAMES);
    if (!set_inet(c, where, what, err))
        return false;
    const struct sockaddr_in *group = (const struct sockaddr_in *)&c->end.to;
    if (!IN_MULTICAST(ntohl(group->sin_addr.s_addr)))
        return refuse(err, HOST_USAGE, where, what);
    c->end.fd = open_inet(c, SOCK_DGRAM);
    return (bind_to(c, group) && join_group(c, group)) || fail(c, where, err);
}

bool host_cord_datagrams(host_cord *c, const char *where, host_err *err)
{
    static const char what[] = "it is OURS,THEIRS: two ports, or ADDRESS:PORT for each";
    const char *comma = strchr(where, ',');
    char ours[64];
    struct sockaddr_in at;
    init(c, HOST_PLUG_FRAMES);
    if (!comma || (size_t)(comma - where) >= sizeof ours)
        return refuse(err, HOST_USAGE, where, what);
    memcpy(ours, where, (size_t)(comma - where));
    ours[comma - where] = 0;
    if (!parse_inet(ours, &at) || !set_inet(c, comma + 1, what, err))
        return refuse(err, HOST_USAGE, where, what);
    c->end.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return bind_to(c, &at) || fail(c, where, err);
}

void host_cord_remove(const host_cord *c)
{
    if (c->local.fd >= 0)
        host_localsock_remove(&c->local);
}
