/*
 * Two tables by hash, in which who comes later takes the place: hosts, with when they were last
 * heard of, and claims.
 */
#include "tools/replay/downs.h"

#include "capture/replay_cast.h"
#include "nbt/ns.h"

#include <stdlib.h>
#include <string.h>

enum { HOSTS = 4096, CLAIMS = 16384 };

/* A claim by broadcast takes three times 250 ms: RFC 1002 6, BCAST_REQ_RETRY_TIMEOUT. Who claims a
 * name again before that asks for something else. */
static const int64_t claim_takes = 700000;

typedef struct host {
    uint32_t ip;
    int64_t said, told; /* when it said something last, and was told something */
    int64_t started;    /* again; claims of before count no more */
} host;

typedef struct claim {
    uint32_t ip;
    bool over;
    uint8_t name[NBT_NAME_LEN];
    int64_t at;
} claim;

struct replay_downs {
    replay_down down[REPLAY_DOWNS_MAX];
    size_t n;
    host host[HOSTS];
    claim claim[CLAIMS];
};

replay_downs *replay_downs_new(void)
{
    return calloc(1, sizeof(replay_downs));
}

void replay_downs_free(replay_downs *d)
{
    free(d);
}

size_t replay_downs_all(const replay_downs *d, const replay_down **down)
{
    *down = d->down;
    return d->n;
}

static host *host_of(replay_downs *d, uint32_t ip)
{
    host *h = &d->host[(ip * UINT32_C(0x9E3779B1)) >> 20];
    if (h->ip != ip)
        *h = (host){ .ip = ip };
    return h;
}

static replay_down *latest(replay_downs *d, uint32_t ip)
{
    for (size_t i = d->n; i > 0; i--)
        if (d->down[i - 1].ip == ip)
            return &d->down[i - 1];
    return NULL;
}

static void add(replay_downs *d, uint32_t ip, int64_t at, int64_t back)
{
    if (d->n < REPLAY_DOWNS_MAX)
        d->down[d->n++] = (replay_down){ ip, at, back };
}

void replay_downs_frame(replay_downs *d, const cap_frame *f)
{
    if (f->kind != CAP_FRAME_REFUSED || f->quoted_to.port != NBT_PORT_NS ||
        f->quoted_to.ip != f->from.ip)
        return;
    const replay_down *was = latest(d, f->from.ip);
    const host *h = host_of(d, f->from.ip);
    if (h->told && !(was && was->back == INT64_MAX))
        add(d, f->from.ip, h->told, INT64_MAX);
}

/* --- claims ----------------------------------------------------------------------------------- */

static claim *claim_of(replay_downs *d, uint32_t ip, const nbt_name *name)
{
    uint64_t hash = nbt_name_hash(name) ^ ip * UINT64_C(0x9E3779B97F4A7C15);
    claim *c = &d->claim[(hash ^ hash >> 32) * UINT64_C(0x9E3779B97F4A7C15) >> 50];
    if (c->ip != ip || memcmp(c->name, name->b, NBT_NAME_LEN) != 0) {
        *c = (claim){ .ip = ip, .over = true };
        memcpy(c->name, name->b, NBT_NAME_LEN);
    }
    return c;
}

/* It claims what it has claimed and not lost: it knows nothing of that any more. Only by broadcast:
 * a server is asked again for other reasons, too. */
static void claims(replay_downs *d, const cap_item *item, const nbt_name *name)
{
    claim *c = claim_of(d, item->from.ip, name);
    host *h = host_of(d, item->from.ip);
    if (!c->over && c->at >= h->started && item->time - c->at >= claim_takes) {
        add(d, h->ip, h->said, item->time);
        h->started = item->time;
    }
    c->at = item->time;
    c->over = false;
}

static void put_ns(replay_downs *d, const cap_item *item, const cap_link *link)
{
    const nbt_name *name = nbt_msg_name(item->msg);
    nbt_ns_kind kind = nbt_ns_kind_of(&item->msg->u.ns);
    if (!name || name->form != NBT_NAME_NETBIOS || link->repeats)
        return;
    if (kind == NBT_NS_REGISTRATION && cap_is_to_all(item) && item->from.port == NBT_PORT_NS)
        claims(d, item, name);
    else if (kind == NBT_NS_RELEASE_REQUEST || kind == NBT_NS_RELEASE_DEMAND)
        claim_of(d, item->from.ip, name)->over = true;
    else if (kind == NBT_NS_NEGATIVE_REGISTRATION || kind == NBT_NS_CONFLICT_DEMAND)
        claim_of(d, item->to.ip, name)->over = true;
}

void replay_downs_put(replay_downs *d, const cap_item *item, const cap_link *link)
{
    if (!item->has_ip || !item->msg)
        return;
    if (!item->tcp && !item->msg->err && item->msg->service == NBT_SERVICE_NAME)
        put_ns(d, item, link);
    replay_down *down = latest(d, item->from.ip);
    if (down && down->back == INT64_MAX && item->time > down->at)
        down->back = host_of(d, item->from.ip)->started = item->time;
    host_of(d, item->from.ip)->said = item->time;
    if (!item->tcp)
        host_of(d, item->to.ip)->told = item->time;
}
