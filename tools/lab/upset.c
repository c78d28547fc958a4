/*
 * Hosts chosen from a scenario, and their addresses put together. Nothing is started here.
 */
#include "tools/lab/upset.h"

#include <stdlib.h>
#include <string.h>

#include "tools/host/json.h"
#include "tools/lab/scenefile.h"
#include "tools/scene/check.h"
#include "tools/scene/move.h"
#include "tools/scene/row.h"
#include "tools/scene/words.h"

/* -- addresses --------------------------------------------------------------------------------- */

static int by_ip(const void *a, const void *b)
{
    uint32_t x = ((const lab_uprow *)a)->ip, y = ((const lab_uprow *)b)->ip;
    return x < y ? -1 : x > y;
}

static bool make_rows(lab_upset *set)
{
    size_t n = 0;
    set->row = calloc(set->n + (size_t)1, sizeof *set->row);
    for (uint32_t i = 0; set->row && i < set->n; i++)
        set->row[i] = (lab_uprow){ set->s.host[set->host[i]].adapter[0].ip, 1 };
    if (!set->row)
        return false;
    qsort(set->row, set->n, sizeof *set->row, by_ip);
    for (uint32_t i = 0; i < set->n; i++) {
        if (n > 0 && set->row[n - 1].ip + set->row[n - 1].count == set->row[i].ip)
            set->row[n - 1].count++;
        else
            set->row[n++] = set->row[i];
    }
    set->nrows = n;
    return true;
}

/* -- hosts ------------------------------------------------------------------------------------- */

static bool refuse(const lab_upset *set, const scene_host *h, const char *why, host_err *err)
{
    host_err_set(err, HOST_USAGE, "%s:%u: %s %s", set->path, h->pos.line, h->name, why);
    return false;
}

static bool move(lab_upset *set, const nbt_subnet *to, host_err *err)
{
    uint32_t host;
    if (!to || set->s.nhosts == 0 ||
        scene_move(&set->s, set->s.host[0].adapter[0].network, to, &host))
        return true;
    return refuse(set, &set->s.host[host], "has an address for which --subnet has no room", err);
}

static bool choose(lab_upset *set, lab_shard shard, host_err *err)
{
    set->host = calloc(set->s.nhosts + (size_t)1, sizeof *set->host);
    for (uint32_t i = 0; set->host && i < set->s.nhosts; i++) {
        const scene_host *h = &set->s.host[i];
        if (h->kind == SCENE_HOST || h->off)
            continue;
        if (h->nadapters != 1)
            return refuse(set, h, "has several adapters: here each has one", err);
        set->host[set->all++] = (uint16_t)i;
    }
    if (set->host && set->all == 0) {
        host_err_set(err, HOST_USAGE, "%s has no computers that are not off: add some", set->path);
        return false;
    }
    uint32_t from = (uint32_t)((uint64_t)set->all * (shard.k - 1) / shard.n);
    uint32_t to = (uint32_t)((uint64_t)set->all * shard.k / shard.n);
    set->n = to - from;
    if (set->host)
        memmove(set->host, set->host + from, set->n * sizeof *set->host);
    if (set->host && make_rows(set))
        return true;
    host_err_set(err, HOST_SYSTEM, "no memory for so many computers");
    return false;
}

int lab_upset_load(lab_upset *set, const char *who, const char *path, uint32_t count,
                   lab_shard shard, const nbt_subnet *subnet)
{
    scene_errs errs;
    host_err err;
    *set = (lab_upset){ .path = path };
    if (!lab_scenefile_load(path, &set->s, &errs, &err)) {
        if (errs.n == 0)
            return host_err_print(who, &err);
    } else if (scene_repeat(&set->s, count, &errs) && scene_check(&set->s, &errs)) {
        return move(set, subnet, &err) && choose(set, shard, &err) ? HOST_OK
                                                                   : host_err_print(who, &err);
    }
    lab_scenefile_complain(path, &errs);
    return HOST_FOUND;
}

void lab_upset_free(lab_upset *set)
{
    free(set->host);
    free(set->row);
    scene_free(&set->s);
    *set = (lab_upset){ .path = NULL };
}

bool lab_upset_fits(const lab_upset *set, const host_iface *iface, bool its_own, host_err *err)
{
    for (uint32_t i = 0; i < set->n; i++) {
        const scene_host *h = &set->s.host[set->host[i]];
        uint32_t ip = h->adapter[0].ip;
        if ((ip ^ iface->ip) & iface->mask || ip == iface->broadcast ||
            ip == (iface->ip & iface->mask))
            return refuse(set, h,
                          "has an address that is not on the interface's network: change address=, "
                          "count= or --count, or the interface's mask",
                          err);
        if (ip == iface->ip && !its_own)
            return refuse(set, h, "would have the interface's own address: choose another", err);
    }
    return true;
}

void lab_upset_list(const lab_upset *set, bool json)
{
    for (uint32_t i = 0; i < set->n; i++) {
        const scene_host *h = &set->s.host[set->host[i]];
        const char *kind = scene_word(SCENE_SET_HOST_KIND, h->kind);
        char ip[HOST_IP_STR_MAX];
        host_ip_str(h->adapter[0].ip, ip);
        if (!json) {
            printf("%s %s %s\n", kind, h->name, ip);
            continue;
        }
        host_json j;
        host_json_begin(&j, stdout, kind);
        host_json_str(&j, "name", h->name);
        host_json_str(&j, "address", ip);
        host_json_end(&j);
    }
}
