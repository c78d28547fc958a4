/*
 * simulate LOAD COMPUTERS CLAIMERS SECONDS SEED: runs one large simulated network, and says what it
 * took of the processor.
 *
 * Loads, each on one network where every frame takes a millisecond:
 *   broadcast   B nodes: the first CLAIMERS of them claim three names each by broadcast, and give
 *               them back and claim them anew every minute
 *   server      H nodes and a name server: CLAIMERS of them claim three names each at the server,
 *               and refresh them every hour, for as long as the run is
 * Computers boot in the first minute. It prints one line: how long the network lived, seconds of
 * the processor, frames sent, copies that arrived, names that are held at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nbt/own.h"
#include "nbt/simnet.h"
#include "tools/scene/simarena.h"

typedef struct machine {
    nbt_computer *computer;
    nbt_own own;
    uint32_t obj;
    nbt_time boot; /* within the first minute; of B nodes, of every minute */
} machine;

typedef struct bench {
    simarena arena;
    nbt_mem mem;
    nbt_rng rng;
    nbt_simnet *net;
    nbt_nbns_profile profile;
    nbt_nbns *server;
    machine *machine;
    uint32_t computers, claimers;
    uint32_t *by_obj; /* machine + 1 */
} bench;

static const uint32_t subnet = 0x0A000000, mask = 0xFF000000, broadcast = 0x0AFFFFFF,
                      server_ip = 0x0AFFFF01;

static void *from_heap(void *ctx, void *p, size_t old, size_t size)
{
    (void)ctx, (void)old;
    if (size > 0)
        return realloc(p, size);
    free(p);
    return NULL;
}

static void die(const char *why)
{
    fprintf(stderr, "bench.simulate: %s\n", why);
    exit(1);
}

static void *all(void *p)
{
    if (!p)
        die("no memory");
    return p;
}

/* --- what there is ---------------------------------------------------------------------------- */

static void add_server(bench *b, uint32_t segment)
{
    enum { TTL = 7200 }; /* a node refreshes its names after half of it */
    nbt_lana_cfg lana = { .ip = server_ip, .mask = mask, .broadcast = broadcast };
    b->profile = *nbt_nbns_profile_find("windows", 7);
    b->profile.ttl_min = b->profile.ttl_max = b->profile.ttl_infinite = TTL;
    nbt_nbns_lana at = { 0, server_ip, mask, broadcast };
    nbt_nbns_cfg cfg = { .mem = b->mem,
                         .seed = nbt_rng_u64(&b->rng),
                         .profile = &b->profile,
                         .lanas = &at,
                         .nlanas = 1,
                         .wall = NBT_S(1000000000),
                         .max_names = 4 * (size_t)b->computers,
                         .max_pending = 4096,
                         .max_conns = 16 };
    b->server = all(nbt_nbns_new(&cfg, 0));
    uint32_t host = nbt_simnet_host(b->net);
    nbt_simnet_adapter(b->net, host, segment, &lana);
    nbt_simnet_attach(b->net, host, 0, &nbt_simnet_nbns, b->server);
}

static void add_machine(bench *b, uint32_t segment, uint32_t i)
{
    machine *m = &b->machine[i];
    nbt_lana_cfg lana = { .ip = subnet + 1 + i,
                          .mask = mask,
                          .broadcast = broadcast,
                          .type = b->server ? NBT_ONT_H : NBT_ONT_B,
                          .profile = nbt_profile_find("win2000", 7),
                          .servers = { server_ip },
                          .nservers = b->server != NULL };
    nbt_computer_cfg cfg = {
        .mem = b->mem, .seed = nbt_rng_u64(&b->rng), .lanas = &lana, .nlanas = 1
    };
    m->computer = all(nbt_computer_new(&cfg));
    uint32_t host = nbt_simnet_host(b->net);
    nbt_simnet_adapter(b->net, host, segment, &lana);
    m->obj = nbt_simnet_attach(b->net, host, 0, &nbt_simnet_computer, m->computer);
    b->by_obj[m->obj] = i + 1;
    m->boot = nbt_rng_below(&b->rng, (uint32_t)NBT_S(60));
}

static int by_boot(const void *a, const void *b)
{
    const machine *x = *(const machine *const *)a, *y = *(const machine *const *)b;
    return (x->boot > y->boot) - (x->boot < y->boot);
}

/* Those that claim, in the order in which they boot. */
static machine **claimers(const bench *b)
{
    machine **m = all(calloc(b->claimers + 1, sizeof(machine *)));
    for (uint32_t i = 0; i < b->claimers; i++)
        m[i] = &b->machine[i];
    qsort(m, b->claimers, sizeof(machine *), by_boot);
    return m;
}

/* --- what happens ----------------------------------------------------------------------------- */

/* Three names, all others given back. */
static void serve(machine *m, uint32_t number)
{
    char name[NBT_NAME_TEXT_MAX + 1];
    snprintf(name, sizeof name, "PC%u", number);
    nbt_own_init(&m->own, name, strlen(name), 1);
    nbt_own_serve(&m->own, 0x00);
    nbt_own_serve(&m->own, 0x20);
    nbt_own_serve(&m->own, 0x03);
}

static void boot(bench *b, machine *m)
{
    nbt_ncb ncb;
    uint32_t tag;
    nbt_computer_gone(m->computer, nbt_simnet_now(b->net), 0, nbt_simnet_begin(b->net));
    nbt_simnet_end(b->net, m->obj);
    serve(m, (uint32_t)(m - b->machine));
    while (nbt_own_next(&m->own, &tag, &ncb)) {
        nbt_computer_do(m->computer, nbt_simnet_now(b->net), 0, tag, &ncb, (nbt_bytes){ NULL, 0 },
                        nbt_simnet_begin(b->net));
        nbt_simnet_end(b->net, m->obj);
    }
}

static void attend(bench *b)
{
    const nbt_simnet_effect *e;
    while ((e = nbt_simnet_next(b->net)))
        if (e->act.kind == NBT_ACT_DONE && b->by_obj[e->obj])
            nbt_own_done(&b->machine[b->by_obj[e->obj] - 1].own, &e->act.ncb);
}

static void run(bench *b, nbt_time until)
{
    machine **order = claimers(b);
    uint32_t rounds = b->server ? 1 : (uint32_t)(until / NBT_S(60)), next = 0;
    while (next < rounds * b->claimers || nbt_simnet_due(b->net) <= until) {
        machine *m = next < rounds * b->claimers ? order[next % b->claimers] : NULL;
        nbt_time at = m ? m->boot + NBT_S(60) * (next / b->claimers) : NBT_NEVER;
        if (m && at <= nbt_simnet_due(b->net)) {
            nbt_simnet_run(b->net, at);
            boot(b, m);
            next++;
        } else {
            nbt_simnet_step(b->net);
        }
        attend(b);
    }
    nbt_simnet_run(b->net, until);
    free(order);
}

static unsigned held(const bench *b)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < b->claimers; i++) {
        const nbt_ltable *names = nbt_node_names(nbt_computer_lana(b->machine[i].computer, 0));
        for (const nbt_entry *e = nbt_ltable_next(names, NULL); e; e = nbt_ltable_next(names, e))
            n += e->state == NBT_ENTRY_REGISTERED && !e->conflict;
    }
    return n;
}

static double processor_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void report(const bench *b, double took)
{
    const nbt_simwire_stats *s = nbt_simnet_stats(b->net);
    if (nbt_simnet_failed(b->net))
        die("no memory");
    printf("simulated %.0f processor %.6f frames %llu copies %llu names %u\n",
           (double)nbt_simnet_now(b->net) / 1e6, took, (unsigned long long)s->frames,
           (unsigned long long)s->arrived, held(b));
}

int main(int argc, char **argv)
{
    if (argc != 6)
        die("usage: bench.simulate broadcast|server COMPUTERS CLAIMERS SECONDS SEED");
    bench b = { .computers = (uint32_t)strtoul(argv[2], NULL, 10),
                .claimers = (uint32_t)strtoul(argv[3], NULL, 10),
                .rng = { strtoull(argv[5], NULL, 10) } };
    if (b.claimers > b.computers || b.computers > 1000000)
        die("more claimers than computers, or more than a million of these");
    simarena_init(&b.arena, (nbt_mem){ .resize = from_heap });
    b.mem = simarena_mem(&b.arena);
    b.machine = all(calloc(b.computers + 1, sizeof(machine)));
    b.by_obj = all(calloc(b.computers + 3, sizeof(uint32_t)));
    double begun = processor_time();
    nbt_simnet_cfg cfg = { .mem = b.mem, .seed = nbt_rng_u64(&b.rng), .no_echo = true };
    b.net = all(nbt_simnet_new(&cfg));
    nbt_simlink link = { .delay = NBT_MS(1) };
    uint32_t segment = nbt_simnet_segment(b.net, &link);
    if (strcmp(argv[1], "server") == 0)
        add_server(&b, segment);
    for (uint32_t i = 0; i < b.computers; i++)
        add_machine(&b, segment, i);
    run(&b, NBT_S(strtol(argv[4], NULL, 10)));
    report(&b, processor_time() - begun);
    simarena_fini(&b.arena);
    free(b.machine);
    free(b.by_obj);
    return 0;
}
