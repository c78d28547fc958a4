/*
 * Interfaces and addresses, looked up once.
 */
#include "tools/replay/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ADDRESSES_MAX = 64 };

static bool find_interface(replay_place *p, host_iface *iface, host_err *err)
{
    const replay_opt *o = p->o;
    if (o->interface)
        return host_iface_find(o->interface, iface, err);
    return host_iface_towards(o->targets[0], iface) || host_iface_only(iface, err);
}

static bool is_used(const replay_place *p, uint32_t ip)
{
    for (size_t i = 0; i < p->nours; i++)
        if (p->ours[i] == ip)
            return true;
    return false;
}

/* Which of the interface's addresses a host of the capture gets; NULL: there is none left. */
static const host_iface *choose(const replay_place *p, const cap_parts *parts, uint32_t host,
                                const host_iface *list, size_t n)
{
    const host_iface *next = NULL;
    for (size_t i = 0; i < n; i++)
        if (list[i].ip == host)
            return &list[i];
    for (size_t i = n; i-- > 0;)
        if (!is_used(p, list[i].ip) && !cap_parts_ours(parts, list[i].ip))
            next = &list[i];
    return next;
}

static bool take_addresses(replay_place *p, replay_setup *s, const host_iface *iface, host_err *err)
{
    host_iface list[ADDRESSES_MAX];
    size_t n = host_iface_addresses(iface->name, list, ADDRESSES_MAX);
    for (size_t i = 0; i < s->parts.nours; i++) {
        const host_iface *at = choose(p, &s->parts, s->parts.ours[i], list, n);
        if (!at) {
            host_err_set(err, HOST_INTERFACE,
                         "interface %s has %zu addresses, and %zu hosts are to be played; ip "
                         "address add ADDRESS/BITS dev %s",
                         iface->name, n, s->parts.nours, iface->name);
            return false;
        }
        p->iface[i] = *at;
        p->ours[i] = at->ip;
        p->broadcast[i] = at->broadcast;
        p->nours++;
        if (at->ip != s->parts.ours[i] && !cap_map_address(&s->map, s->parts.ours[i], at->ip)) {
            host_err_set(err, HOST_USAGE, "there are too many addresses to be mapped");
            return false;
        }
    }
    return true;
}

static bool is_allowed(const replay_opt *o, uint32_t ip)
{
    bool allowed = false;
    for (size_t i = 0; i < o->nallowed; i++)
        allowed = allowed || host_subnet_has(&o->allowed[i], ip);
    return allowed;
}

static bool take_targets(replay_place *p, replay_setup *s, host_err *err)
{
    const replay_opt *o = p->o;
    char ip[HOST_IP_STR_MAX];
    for (size_t i = 0; i < o->ntargets; i++) {
        uint32_t target = o->targets[i];
        host_ip_str(target, ip);
        if (!host_iface_attached(target) && !is_allowed(o, target)) {
            host_err_set(err, HOST_USAGE,
                         "%s is not on a network that this computer is attached to, and a replay "
                         "may do harm there; if it is meant, say --allow %s/32",
                         ip, ip);
            return false;
        }
        if (is_used(p, target)) {
            host_err_set(err, HOST_USAGE,
                         "%s is an address of %s itself; the target is another "
                         "host",
                         ip, p->iface[0].name);
            return false;
        }
        p->theirs[p->ntheirs++] = target;
        if (s->parts.theirs[i] != target && !cap_map_address(&s->map, s->parts.theirs[i], target)) {
            host_err_set(err, HOST_USAGE, "there are too many addresses to be mapped");
            return false;
        }
    }
    return true;
}

bool replay_place_find(replay_place *p, replay_setup *s, host_err *err)
{
    host_iface iface;
    *p = (replay_place){ .o = s->o };
    if (!find_interface(p, &iface, err) || !take_addresses(p, s, &iface, err) ||
        !take_targets(p, s, err))
        return false;
    s->player.ours = p->ours;
    s->player.broadcast = p->broadcast;
    s->player.nours = p->nours;
    s->player.theirs = p->theirs;
    s->player.ntheirs = p->ntheirs;
    return true;
}

bool replay_place_may(const replay_place *p, uint32_t ip)
{
    for (size_t i = 0; i < p->ntheirs; i++)
        if (p->theirs[i] == ip)
            return true;
    for (size_t i = 0; i < p->nours; i++) {
        nbt_subnet own = { p->iface[i].ip, p->iface[i].mask };
        if (host_subnet_has(&own, ip))
            return true;
    }
    return is_allowed(p->o, ip);
}

/* A broadcast is the first's of all that have it: the player knows who else hears it. */
uint8_t replay_place_lana(const replay_place *p, uint32_t ip)
{
    for (size_t i = 0; i < p->nours; i++)
        if (p->ours[i] == ip)
            return (uint8_t)i;
    for (size_t i = 0; i < p->nours; i++)
        if (p->broadcast[i] == ip)
            return (uint8_t)i;
    return 0;
}

static void say_host(const replay_setup *s, const char *what, uint32_t was, uint32_t is)
{
    char a[HOST_IP_STR_MAX], b[HOST_IP_STR_MAX];
    const cap_cast_host *h = cap_cast_find(s->study.cast, was);
    printf("%s %s at %s: %" PRIu64 " messages\n", what, host_ip_str(was, a), host_ip_str(is, b),
           h ? h->sent : 0);
}

void replay_place_say(const replay_place *p, const replay_setup *s)
{
    char ip[HOST_IP_STR_MAX];
    const cap_cast_port *port;
    size_t n = cap_cast_ports(s->study.cast, &port);
    printf("would play by %s, broadcasts to", p->iface[0].name);
    for (size_t i = 0; i < p->nours; i++)
        if (replay_place_lana(p, p->broadcast[i]) == i)
            printf("%s %s", i ? "," : "", host_ip_str(p->broadcast[i], ip));
    printf("\n");
    for (size_t i = 0; i < p->nours; i++)
        say_host(s, "plays", s->parts.ours[i], p->ours[i]);
    for (size_t i = 0; i < p->ntheirs; i++)
        say_host(s, "expects", s->parts.theirs[i], p->theirs[i]);
    for (size_t i = 0; i < n; i++)
        printf("opens %s %s:%u\n", port[i].tcp ? "TCP" : "UDP",
               host_ip_str(cap_map_ip(&s->map, port[i].at.ip), ip), port[i].at.port);
}
