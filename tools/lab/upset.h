/*
 * What of a scenario `nbtlab up` switches on: its computers and name servers, but for those that
 * are `off`, repeated by --count and cut by --shard; and which addresses that takes.
 */
#ifndef LAB_UPSET_H
#define LAB_UPSET_H

#include "tools/host/err.h"
#include "tools/host/iface.h"
#include "tools/scene/scene.h"

/* Part `k` of `n`, from 1 on. */
typedef struct lab_shard {
    uint32_t k, n;
} lab_shard;

/* Addresses side by side. */
typedef struct lab_uprow {
    uint32_t ip, count;
} lab_uprow;

typedef struct lab_upset {
    const char *path;
    scene s;
    uint16_t *host; /* those that are switched on, in the order of the file */
    uint32_t n;
    uint32_t all;   /* how many all parts have together */
    lab_uprow *row; /* their addresses, ascending */
    size_t nrows;
} lab_upset;

/*
 * Reads a scenario; `subnet`, if not NULL, is where the network of its first host is moved. Each
 * host is in just one of the parts, whoever cuts it: in the order of the file the first part has
 * the first ones, and none has two more than another. The exit status; without success `who` has
 * said what is wrong, of a file a line for each error.
 */
int lab_upset_load(lab_upset *set, const char *who, const char *path, uint32_t count,
                   lab_shard shard, const nbt_subnet *subnet);

/* Also after a load that failed. */
void lab_upset_free(lab_upset *set);

/* Whether they can be at an interface: on its network, and none at its own address, if that is
 * somebody else's. HOST_USAGE. */
bool lab_upset_fits(const lab_upset *set, const host_iface *iface, bool its_own, host_err *err);

/* Prints them, a line each, or a JSON object each. */
void lab_upset_list(const lab_upset *set, bool json);

#endif
