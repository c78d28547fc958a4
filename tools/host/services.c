/*
 * Services as programs of their driver.
 */
#include "tools/host/services.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/loop.h"
#include "tools/host/mem.h"
#include "tools/host/outs.h"

/* Their numbers as programs; those of the socket begin at 1. */
enum { FIRST_PROC = 0x70000000 };

/* One that fills a list of its own, since its commands must not be taken for another's. */
typedef struct runner {
    struct host_services *all;
    uint32_t proc;
    nbt_dummy service;
    host_outs outs;
} runner;

struct host_services {
    host_services_cfg cfg;
    size_t n;
    runner runner[];
};

host_services *host_services_new(const host_services_cfg *cfg)
{
    host_services *s = calloc(1, sizeof *s + cfg->n * sizeof s->runner[0]);
    if (!s)
        return NULL;
    s->cfg = *cfg;
    s->n = cfg->n;
    for (size_t i = 0; i < s->n; i++) {
        s->runner[i].all = s;
        s->runner[i].proc = FIRST_PROC + (uint32_t)i;
        s->runner[i].service = cfg->services[i];
        host_outs_init(&s->runner[i].outs, host_mem());
    }
    return s;
}

void host_services_free(host_services *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        host_outs_fini(&s->runner[i].outs);
    free(s);
}

static void carry_list(void *ctx, const nbt_out *out)
{
    const runner *r = ctx;
    const host_services_cfg *cfg = &r->all->cfg;
    if (out->failed)
        cfg->log(cfg->ctx, "no memory: a service does not go on");
    for (size_t i = 0; i < out->n; i++)
        cfg->submit(cfg->ctx, r->proc, out->acts[i].tag, &out->acts[i].ncb,
                    nbt_out_data(out, &out->acts[i]));
}

static void carry(runner *r)
{
    host_outs_carry(&r->outs, carry_list, r);
}

void host_services_start(host_services *s)
{
    for (size_t i = 0; i < s->n; i++) {
        runner *r = &s->runner[i];
        nbt_dummy_start(&r->service, host_outs_fill(&r->outs));
        carry(r);
    }
}

static void log_name(const runner *r, const nbt_ncb *ncb)
{
    char name[NBT_NAME_STR_MAX], line[NBT_NAME_STR_MAX + 160];
    const nbt_code *nrc = nbt_code_find(NBT_CODESET_NRC, ncb->retcode);
    nbt_name16_print(r->service.name, name, sizeof name);
    if (ncb->retcode == NBT_NRC_GOODRET)
        snprintf(line, sizeof line, "service: %s on LANA %u %s", name, r->service.lana,
                 nbt_dummy_text(r->service.kind));
    else
        snprintf(line, sizeof line,
                 "service: the name %s of %s is refused on LANA %u: ADD NAME gives %s (0x%02X); "
                 "going on without it",
                 name, nbt_dummy_word(r->service.kind), r->service.lana,
                 nrc ? nrc->word : "an unknown code", ncb->retcode);
    r->all->cfg.log(r->all->cfg.ctx, line);
}

bool host_services_done(host_services *s, const nbt_act *act, nbt_bytes data)
{
    if (act->proc < FIRST_PROC || act->proc - FIRST_PROC >= s->n)
        return false;
    runner *r = &s->runner[act->proc - FIRST_PROC];
    if (nbt_ncb_verb(&act->ncb) == NBT_NCB_ADD_NAME)
        log_name(r, &act->ncb);
    nbt_dummy_ncb(&r->service, host_now(), act->tag, &act->ncb, data, host_outs_fill(&r->outs));
    carry(r);
    return true;
}

uint32_t host_services_proc(const host_services *s, size_t i)
{
    return i < s->n ? s->runner[i].proc : 0;
}

void host_services_tick(host_services *s, nbt_time now)
{
    for (size_t i = 0; i < s->n; i++) {
        runner *r = &s->runner[i];
        if (nbt_dummy_due(&r->service) > now)
            continue;
        nbt_dummy_tick(&r->service, now, host_outs_fill(&r->outs));
        carry(r);
    }
}

nbt_time host_services_due(const host_services *s)
{
    nbt_time due = NBT_NEVER;
    for (size_t i = 0; i < s->n; i++)
        due = nbt_time_min(due, nbt_dummy_due(&s->runner[i].service));
    return due;
}
