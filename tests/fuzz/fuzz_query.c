/*
 * Answers from anywhere to each of nbtquery's questions: taken, shown in every way, and summed up.
 * The first byte chooses the question, which is about the name that the answer has; the rest is the
 * answer, with the question's id put into it.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/mem.h"
#include "tools/host/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void take(nbt_probe *p, size_t way, uint8_t *answer, size_t n, FILE *to, nbt_out *out)
{
    nbt_probe_got got;
    nbt_ep from = { 0x0A000009, 137 };
    if (n >= 2) {
        answer[0] = (uint8_t)(p->ways[way].trn->id >> 8);
        answer[1] = (uint8_t)p->ways[way].trn->id;
    }
    nbt_bytes data = { answer, n };
    nbt_probe_take is = nbt_probe_rx(p, NBT_MS(1), from, data, &got, out);
    if (is == NBT_PROBE_STRAY)
        return;
    assert(got.way == &p->ways[way]);
    host_query_show(to, is, &got, from);
    host_query_json(to, is, &got, from);
}

static void ask(nbt_probe_cfg *cfg, uint8_t *answer, size_t n, FILE *to)
{
    nbt_probe p;
    nbt_out out;
    char says[HOST_QUERY_MEANS_MAX];
    nbt_out_init(&out, cfg->mem);
    if (nbt_probe_init(&p, cfg, 0, &out)) {
        for (size_t way = 0; way < p.n; way++)
            take(&p, way, answer, n, to, &out);
        /* However it was answered, it comes to an end, and sends nothing to anybody else. */
        for (unsigned i = 0; i < 20 && !nbt_probe_over(&p); i++)
            nbt_probe_tick(&p, nbt_probe_due(&p), &out);
        assert(nbt_probe_over(&p));
        for (size_t i = 0; i < out.n; i++)
            assert(out.acts[i].to.ip == cfg->subnet || out.acts[i].to.ip == cfg->server);
        (void)host_query_verdict(&p, cfg->broadcast && cfg->server, NBT_S(1), says);
    }
    nbt_probe_fini(&p);
    nbt_out_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    nbt_msg m;
    FILE *to = fopen("/dev/null", "w");
    uint8_t *answer = malloc(len + 1);
    if (to && answer && len > 1) {
        size_t n = len - 1;
        memcpy(answer, bytes + 1, n);
        nbt_probe_cfg cfg = { .mem = host_mem(),
                              .seed = 1,
                              .profile = nbt_profile_at(0),
                              .kind = (nbt_trn_kind)(bytes[0] % (NBT_TRN_REFRESH + 1)),
                              .ip = 0x0A000003,
                              .subnet = 0x0A0000FF,
                              .bcast = { 3, NBT_MS(250) },
                              .ucast = { 3, NBT_S(5) } };
        nbt_name_wildcard(&cfg.name);
        const nbt_name *name =
            nbt_msg_rd(&m, NBT_SERVICE_NAME, answer, n) ? nbt_msg_name(&m) : NULL;
        if (name && name->form == NBT_NAME_NETBIOS && nbt_name_size(name) <= NBT_NAME_WIRE_MAX)
            nbt_name_copy(&cfg.name, name);
        bool broadcast = cfg.kind != NBT_TRN_STATUS && cfg.kind != NBT_TRN_REFRESH;
        cfg.broadcast = broadcast && (bytes[0] & 0x80);
        cfg.server = !cfg.broadcast || (bytes[0] & 0x40) ? 0x0A000009 : 0;
        uint8_t *exact = malloc(n);
        if (exact) {
            memcpy(exact, answer, n);
            ask(&cfg, exact, n, to);
        }
        free(exact);
    }
    free(answer);
    if (to)
        fclose(to);
    return 0;
}
