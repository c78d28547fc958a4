/*
 * What a node knows of others without asking anybody: LMHOSTS, and what it remembers of its
 * queries. The order is that of KB Q119493: lines with #PRE and the cache before any packet, the
 * other lines when nobody has answered.
 */
#include "nbt/answer.h"
#include "nbt/node_impl.h"

#include <string.h>

static size_t from_hosts(nbt_node *node, nbt_trn *trn, bool pre)
{
    nbt_addr addrs[NBT_FOUND_MAX];
    size_t n = nbt_lmhosts_find(node->cfg.hosts, node->cfg.nhosts, trn->name.b, pre,
                                node->cfg.profile->lmhosts_three, addrs, NBT_FOUND_MAX);
    for (size_t i = 0; i < n; i++)
        trn->m.memory.found[i] = (nbt_found){ addrs[i], { 0, 0 } };
    return n;
}

static size_t from_cache(nbt_node *node, nbt_trn *trn, nbt_time now)
{
    size_t n = 0;
    const nbt_found *found = nbt_cache_find(&node->cache, now, trn->name.b, &n);
    if (found)
        memcpy(trn->m.memory.found, found, n * sizeof *found);
    return n;
}

/* The query is over: what is in trn->m.memory answers it. */
static void answer(nbt_node *node, nbt_trn *trn, size_t n, const char *why, nbt_out *out)
{
    trn->m.memory.nfound = (uint8_t)n;
    nbt_node_trace_own(node, out, "query", trn->way == NBT_WAY_NONE ? "" : "asking", "found", why,
                       trn->name.b, 0);
    trn->way = NBT_WAY_MEMORY;
    nbt_node_tell_found(node, NBT_NODE_FOUND, trn, NULL);
    nbt_trns_unlink(&node->trns, trn);
    nbt_node_tell_found(node, NBT_NODE_FOUND_ALL, trn, trn);
}

bool nbt_node_recall(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_out *out)
{
    size_t n = from_hosts(node, trn, true);
    const char *why = "preloaded from LMHOSTS";
    if (n == 0) {
        n = from_cache(node, trn, now);
        why = "remembered";
    }
    if (n > 0)
        answer(node, trn, n, why, out);
    return n > 0;
}

bool nbt_node_recall_last(nbt_node *node, nbt_trn *trn, nbt_out *out)
{
    if (node->cfg.nhosts == 0)
        return false; /* what the machine holds is left alone */
    memset(&trn->m, 0, sizeof trn->m);
    size_t n = from_hosts(node, trn, false);
    if (n > 0)
        answer(node, trn, n, "in LMHOSTS", out);
    return n > 0;
}

void nbt_node_remember(nbt_node *node, const nbt_trn *trn, nbt_time now)
{
    bool server = trn->way == NBT_WAY_SERVER;
    size_t n = server ? trn->m.lookup.nfound : trn->m.query.nfound;
    nbt_time lifetime = node->cfg.profile->cache_lifetime;
    if (trn->ttl)
        lifetime = nbt_time_min(lifetime, NBT_S(trn->ttl));
    bool held = nbt_answer_holds(nbt_ltable_find(&node->names, trn->name.b));
    if (n > 0 && lifetime > 0 && !held && !trn->disputed)
        nbt_cache_put(&node->cache, trn->name.b, server ? trn->m.lookup.found : trn->m.query.found,
                      n, now + lifetime);
}

/* E22: what is remembered must have the address that is given up. */
void nbt_node_heard_release(nbt_node *node, nbt_time now, const nbt_ns *m)
{
    size_t n = 0;
    const nbt_found *found = nbt_cache_find(&node->cache, now, nbt_ns_name(m)->b, &n);
    for (size_t i = 0; i < n; i++)
        if (found[i].addr.ip == nbt_addr_get(&m->rr[0], 0).ip) {
            nbt_cache_drop(&node->cache, nbt_ns_name(m)->b);
            return;
        }
}

/* The name server is told as the owner would tell it; it is asked for no answer (5.3.3). */
static void release_for(nbt_node *node, const uint8_t name[NBT_NAME_LEN], uint32_t ip, nbt_out *out)
{
    nbt_draft d;
    nbt_trn *trn = nbt_node_begin(node, NBT_TRN_RELEASE, name);
    if (!trn)
        return;
    nbt_addr gone = { nbt_answer_nb_flags(&node->cfg, false), ip };
    nbt_draft_record(&d, trn->id, NBT_WORD_RELEASE, &trn->name, 0, gone);
    nbt_ep server = { node->cfg.servers[node->servers.at], NBT_PORT_NS };
    nbt_node_send(node, out, server, &d);
    nbt_trns_drop(&node->trns, trn);
}

void nbt_node_misled(nbt_node *node, const uint8_t name[NBT_NAME_LEN], uint32_t ip, nbt_out *out)
{
    nbt_cache_drop(&node->cache, name);
    if (node->servers.n > 0 && node->cfg.profile->dgm_errors)
        release_for(node, name, ip, out);
}

void nbt_node_forget_name(nbt_node *node, const uint8_t name[NBT_NAME_LEN])
{
    nbt_cache_drop(&node->cache, name);
}
