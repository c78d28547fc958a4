/*
 * `nbtlab up` on a network that is joined: which addresses that means.
 */
#include <stdlib.h>

#include "tools/lab/up.h"

static const char who[] = "nbtlab up";

static int inside(void *arg)
{
    lab_up_plan plan = *(const lab_up_plan *)arg;
    plan.interface = LAB_JOIN_INTERFACE;
    return lab_up_run(&plan);
}

/* Their rows, and the network of the first: whatever is wrong with either, lab_up_run says. */
static bool lay_out(const lab_upset *set, nbt_cable_row *row, lab_join *join, host_err *err)
{
    if (set->n == 0 || !row) {
        host_err_set(err, set->n ? HOST_SYSTEM : HOST_USAGE,
                     set->n ? "no memory" : "%s has no computers here: add some", set->path);
        return false;
    }
    const scene_adapter *first = &set->s.host[set->host[0]].adapter[0];
    const scene_network *net = &set->s.network[first->network];
    for (size_t i = 0; i < set->nrows; i++) {
        row[i] = (nbt_cable_row){ .ip = set->row[i].ip, .count = set->row[i].count };
        nbt_cable_mac_made(row[i].ip, row[i].mac);
    }
    join->row = row;
    join->nrows = set->nrows;
    join->mask = net->mask;
    join->broadcast = net->subnet | ~net->mask;
    return true;
}

int lab_up_join(const lab_up_plan *plan)
{
    lab_join join = { .kind = plan->joins, .where = plan->where, .gateway = plan->gateway };
    lab_up_plan own = *plan;
    lab_upset set;
    host_err err;
    int status =
        lab_upset_load(&set, who, plan->path, plan->count, plan->shard, lab_up_subnet(plan));
    nbt_cable_row *row = status == HOST_OK ? calloc(set.nrows + 1, sizeof *row) : NULL;
    if (status == HOST_OK)
        status = lay_out(&set, row, &join, &err) ? lab_join_run(who, &join, inside, &own)
                                                 : host_err_print(who, &err);
    free(row);
    lab_upset_free(&set);
    return status;
}
