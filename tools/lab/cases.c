/*
 * The table of the cases, and the scenario that each one is under a model of claiming.
 */
#include "tools/lab/cases.h"
#include "tools/lab/scenefile.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const lab_case cases[] = {
#define LAB_CASE(name, asked, article, each, held) { name, asked, article, { each, held } },
#include "tools/lab/cases.def"
#undef LAB_CASE
};

static const char *const claim_words[LAB_CLAIMS] = { "each-attempt", "held" };

const char *lab_claim_word(lab_claim claim)
{
    return claim_words[claim];
}

size_t lab_case_count(void)
{
    return sizeof cases / sizeof cases[0];
}

const lab_case *lab_case_at(size_t i)
{
    return i < lab_case_count() ? &cases[i] : NULL;
}

const lab_case *lab_case_find(const char *name)
{
    for (size_t i = 0; i < lab_case_count(); i++) {
        if (strcmp(cases[i].name, name) == 0)
            return &cases[i];
    }
    return NULL;
}

/* -- its scenario ------------------------------------------------------------------------------ */

static bool is_from(const scene_pattern *p, const scene_host *h, uint16_t host)
{
    bool from = p->from == host;
    for (uint8_t i = 0; i < h->nadapters; i++)
        from = from || p->from_ip == h->adapter[i].ip;
    return from;
}

/* A stack that registers all names at servers as those of several adapters does so here, too. */
static void expect_multihomed(const scene *s, scene_pattern *p)
{
    if (!p->kind || strcmp(p->kind, nbt_ns_kind_word(NBT_NS_REGISTRATION)) != 0 ||
        p->to >= s->nhosts || s->host[p->to].kind != SCENE_SERVER)
        return;
    for (uint32_t i = 0; i < s->nhosts; i++) {
        const scene_host *h = &s->host[i];
        if (h->kind == SCENE_COMPUTER && h->profile->multihomed_always &&
            is_from(p, h, (uint16_t)i))
            p->kind = nbt_ns_kind_word(NBT_NS_MULTIHOMED);
    }
}

static void vary(scene *s, lab_claim claim, const nbt_profile *profile)
{
    for (uint32_t i = 0; i < s->nhosts; i++)
        if (!s->host[i].profile_said && !s->host[i].persona)
            s->host[i].profile = profile;
    for (uint32_t i = 0; i < s->nprograms; i++)
        s->program[i].viewer.keep = claim == LAB_CLAIM_HELD ? RC_KEEP_HELD : RC_KEEP_ATTEMPT;
    for (uint32_t i = 0; i < s->nexpects; i++)
        expect_multihomed(s, &s->expect[i].sight.msg);
    for (uint32_t i = 0; i < s->nsteps; i++)
        expect_multihomed(s, &s->step[i].sight.msg);
}

bool lab_case_load(const lab_case *c, lab_claim claim, const lab_options *opt, scene *s,
                   host_err *err)
{
    char path[PATH_MAX];
    scene_errs errs;
    snprintf(path, sizeof path, "%s/%s-%s.scn", opt->scenarios, c->name, lab_claim_word(claim));
    if (access(path, F_OK) != 0)
        snprintf(path, sizeof path, "%s/%s.scn", opt->scenarios, c->name);
    if (!lab_scenefile_load(path, s, &errs, err)) {
        if (errs.n > 0)
            lab_scenefile_complain(path, &errs);
        return false;
    }
    vary(s, claim, nbt_profile_find(opt->profile, strlen(opt->profile)));
    return true;
}
