/*
 * The retry rules of a CALL. What the RFC's pseudo-code leaves open or gets wrong is decided here,
 * each time with the reason.
 */
#include "nbt/call.h"

#include <string.h>

enum { FARTHEST = 2 };

bool nbt_target_usable(const nbt_lana_cfg *lana, uint32_t ip)
{
    bool loopback = ip >> 24 == 127 && lana->ip >> 24 != 127;
    return ip != 0 && ip >> 28 < 14 && ip != lana->broadcast && !loopback;
}

/* The mask of an address's class A, B or C. */
static uint32_t class_mask(uint32_t ip)
{
    if (ip >> 31 == 0)
        return 0xFF000000;
    return ip >> 30 == 2 ? 0xFFFF0000 : 0xFFFFFF00;
}

/* How near an address is: on the own subnet, on the own network, anywhere. */
static unsigned distance(const nbt_lana_cfg *lana, uint32_t ip)
{
    if (((ip ^ lana->ip) & lana->mask) == 0)
        return 0;
    return ((ip ^ lana->ip) & class_mask(lana->ip)) == 0 ? 1 : FARTHEST;
}

static void add(nbt_targets *t, const nbt_lana_cfg *lana, const nbt_found *found)
{
    uint32_t ip = found->addr.ip;
    size_t known = 0;
    while (known < t->n && t->ip[known] != ip)
        known++;
    if (known < t->n || t->n == NBT_FOUND_MAX || !nbt_target_usable(lana, ip))
        return;
    t->group = t->group || (found->addr.nb_flags & NBT_NB_G);
    t->ip[t->n++] = ip;
}

void nbt_targets_add(nbt_targets *t, const nbt_lana_cfg *lana, const nbt_found *found, size_t n)
{
    for (unsigned far = 0; far <= FARTHEST; far++)
        for (size_t i = 0; i < n; i++)
            if (distance(lana, found[i].addr.ip) == far)
                add(t, lana, &found[i]);
}

uint8_t nbt_trouble_nrc(nbt_trouble trouble)
{
    switch (trouble) {
    case NBT_TROUBLE_NONE:
    case NBT_TROUBLE_REFUSED:
    case NBT_TROUBLE_SILENT:
    case NBT_TROUBLE_NOT_PRESENT:
    case NBT_TROUBLE_UNSPECIFIED: /* it does not say that the other side is full or not listening */
    case NBT_TROUBLE_RETARGETED:
        return NBT_NRC_NOCALL;
    case NBT_TROUBLE_NOT_LISTENING:
    case NBT_TROUBLE_BUSY:
        return NBT_NRC_REMTFUL;
    case NBT_TROUBLE_LOST:
        return NBT_NRC_SABORT;
    }
    return NBT_NRC_SYSTEM;
}

const char *nbt_trouble_str(nbt_trouble trouble)
{
    switch (trouble) {
    case NBT_TROUBLE_NONE:
        return "name not found";
    case NBT_TROUBLE_REFUSED:
        return "connection refused";
    case NBT_TROUBLE_SILENT:
        return "no answer";
    case NBT_TROUBLE_LOST:
        return "connection lost before the answer";
    case NBT_TROUBLE_NOT_LISTENING:
        return "not listening";
    case NBT_TROUBLE_NOT_PRESENT:
        return "called name not present";
    case NBT_TROUBLE_BUSY:
        return "called side has no resources";
    case NBT_TROUBLE_UNSPECIFIED:
        return "refused for no stated reason";
    case NBT_TROUBLE_RETARGETED:
        return "retargeted";
    }
    return "unknown";
}

void nbt_call_init(nbt_call *c, const nbt_lana_cfg *lana)
{
    memset(c, 0, sizeof *c);
    c->lana = lana;
    c->targets.more = true;
}

/*
 * SSN_RETRY_COUNT bounds the connections of one call, whatever each of them is for: the text of
 * RFC 1002 5.2, against its loop, which runs once more and counts a second try as none (C31, H23).
 */
static bool exhausted(const nbt_call *c)
{
    return c->attempts >= c->lana->profile->ssn_retry_count;
}

static nbt_call_next connect(nbt_call *c)
{
    if (exhausted(c))
        return NBT_CALL_FAIL;
    c->attempts++;
    return NBT_CALL_CONNECT;
}

static nbt_call_next connect_to_target(nbt_call *c)
{
    c->retargeted = false;
    c->peer = (nbt_ep){ c->targets.ip[c->targets.at], NBT_PORT_SSN };
    return connect(c);
}

static nbt_call_next look_up_again(nbt_call *c)
{
    if (exhausted(c))
        return NBT_CALL_FAIL;
    memset(&c->targets, 0, sizeof c->targets);
    c->targets.more = true;
    c->trouble = NBT_TROUBLE_NONE;
    c->again = false;
    return NBT_CALL_LOOK_UP;
}

/* The next address of several (C34), also one that is yet to be found; else `otherwise`. */
static nbt_call_next next_target(nbt_call *c, nbt_call_next otherwise)
{
    if (exhausted(c))
        return NBT_CALL_FAIL;
    if (c->targets.at + 1 < c->targets.n) {
        c->targets.at++;
        c->again = false;
        return connect_to_target(c);
    }
    if (c->targets.more)
        return NBT_CALL_WAIT;
    return otherwise == NBT_CALL_LOOK_UP ? look_up_again(c) : otherwise;
}

/*
 * The members of a group are different nodes, so that what one of them says does not end the call
 * (RFC 1001 16.1.1.2); the addresses of a unique name are one node.
 */
static nbt_call_next next_member(nbt_call *c, nbt_call_next otherwise)
{
    if (c->targets.group)
        return next_target(c, otherwise);
    if (exhausted(c))
        return NBT_CALL_FAIL;
    return otherwise == NBT_CALL_LOOK_UP ? look_up_again(c) : otherwise;
}

static nbt_call_next after_trouble(nbt_call *c)
{
    switch (c->trouble) {
    case NBT_TROUBLE_NONE:
    case NBT_TROUBLE_LOST:
        return next_target(c, NBT_CALL_FAIL);
    case NBT_TROUBLE_REFUSED:
        if (c->retargeted) /* C26 */
            return connect_to_target(c);
        if (c->again)
            return next_target(c, NBT_CALL_FAIL);
        c->again = true; /* C25: a listen may just have been missed */
        return exhausted(c) ? NBT_CALL_FAIL : NBT_CALL_PAUSE;
    case NBT_TROUBLE_SILENT:
        if (c->retargeted) /* C26 */
            return connect_to_target(c);
        return next_target(c, NBT_CALL_LOOK_UP); /* C27 */
    case NBT_TROUBLE_NOT_LISTENING:              /* C28 */
        return next_member(c, NBT_CALL_FAIL);
    case NBT_TROUBLE_NOT_PRESENT: /* C29 */
        return next_member(c, NBT_CALL_LOOK_UP);
    case NBT_TROUBLE_BUSY: /* C30: a branch that the pseudo-code has not */
    case NBT_TROUBLE_UNSPECIFIED:
        return next_member(c, NBT_CALL_PAUSE);
    case NBT_TROUBLE_RETARGETED: /* C33: all over again, but there */
        return connect(c);
    }
    return NBT_CALL_FAIL;
}

void nbt_call_learn(nbt_call *c, const nbt_found *found, size_t n, bool last)
{
    nbt_targets_add(&c->targets, c->lana, found, n);
    c->targets.more = !last;
}

nbt_call_next nbt_call_resume(nbt_call *c)
{
    if (c->trouble != NBT_TROUBLE_NONE) /* it waits for one more address */
        return after_trouble(c);
    if (c->targets.n > 0)
        return connect_to_target(c);
    return c->targets.more ? NBT_CALL_WAIT : NBT_CALL_FAIL;
}

nbt_call_next nbt_call_failed(nbt_call *c, nbt_trouble trouble)
{
    c->trouble = trouble;
    return after_trouble(c);
}

nbt_call_next nbt_call_retarget(nbt_call *c, nbt_ep to)
{
    if (to.port == 0 || !nbt_target_usable(c->lana, to.ip))
        return nbt_call_failed(c, NBT_TROUBLE_UNSPECIFIED);
    c->peer = to;
    c->retargeted = true;
    return nbt_call_failed(c, NBT_TROUBLE_RETARGETED);
}

nbt_call_next nbt_call_again(nbt_call *c)
{
    return connect(c);
}
