/*
 * Getting a NetBIOS name and giving it back. It knows nothing of sessions.
 */
#include "rc/claim.h"

#include <assert.h>
#include <string.h>

#include "rc/names.h"

enum { NUMBER_FIRST = 1, NUMBER_LAST = 9 };

const char *rc_policy_str(rc_policy policy)
{
    switch (policy) {
    case RC_POLICY_PER_SESSION:
        return "per-session";
    case RC_POLICY_SHARED:
        return "shared";
    case RC_POLICY_GROUP:
        return "group";
    case RC_POLICY_NUMBERED:
        return "numbered";
    case RC_POLICY_TOLERANT:
        return "tolerant";
    }
    return "";
}

bool rc_policy_parse(rc_policy *policy, const char *text, size_t len)
{
    for (rc_policy p = RC_POLICY_PER_SESSION; p <= RC_POLICY_TOLERANT; p++) {
        if (rc_word_eq(rc_policy_str(p), text, len)) {
            *policy = p;
            return true;
        }
    }
    return false;
}

static void fail(rc_claim *c, rc_end end, rc_say say)
{
    c->state = RC_CLAIM_FAILED;
    c->end = end;
    c->say = say;
    c->ncb = c->ask.ncb;
}

static void add(rc_claim *c, nbt_prog_tags *tags, nbt_out *out)
{
    rc_claimed *l = &c->lanas[c->at];
    memcpy(l->name, c->machine, NBT_NAME_LEN - 1);
    l->name[NBT_NAME_LEN - 1] = c->cfg.suffix;
    bool group = c->cfg.policy == RC_POLICY_GROUP;
    if (c->cfg.policy == RC_POLICY_NUMBERED)
        rc_name_number(l->name, c->number);

    nbt_ncb ncb = { .command = group ? NBT_NCB_ADD_GROUP_NAME : NBT_NCB_ADD_NAME, .lana = l->lana };
    memcpy(ncb.name, l->name, NBT_NAME_LEN);
    c->state = RC_CLAIM_ADDING;
    nbt_prog_put(&c->ask, tags, &ncb, out);
}

/* The machine's name is known: claim, on the first LANA first. */
static void add_first(rc_claim *c, nbt_prog_tags *tags, nbt_out *out)
{
    if (!c->cfg.want_name) {
        c->state = RC_CLAIM_SETTLED;
        return;
    }
    c->at = 0;
    c->number = NUMBER_FIRST;
    add(c, tags, out);
}

static void add_next(rc_claim *c, nbt_prog_tags *tags, nbt_out *out)
{
    c->number = NUMBER_FIRST;
    do
        c->at++;
    while (c->at < c->nlanas && c->lanas[c->at].hold != RC_HOLD_NOT);
    if (c->at < c->nlanas)
        add(c, tags, out);
    else
        c->state = RC_CLAIM_SETTLED;
}

/* The adapter status of the local adapter is asked for under the name "*". */
static void ask_machine(rc_claim *c, nbt_prog_tags *tags, nbt_out *out)
{
    if (c->cfg.machine) {
        add_first(c, tags, out);
        return;
    }
    nbt_name any;
    nbt_name_wildcard(&any);
    nbt_ncb ncb = { .command = NBT_NCB_ADAPTER_STATUS,
                    .lana = c->lanas[0].lana,
                    .length = NBT_ASTAT_LEN + NBT_NAMES_MAX * NBT_ASTAT_NAME_LEN };
    memcpy(ncb.callname, any.b, NBT_NAME_LEN);
    c->state = RC_CLAIM_NAMING;
    nbt_prog_put(&c->ask, tags, &ncb, out);
}

void rc_claim_start(rc_claim *c, const rc_claim_cfg *cfg, nbt_prog_tags *tags, nbt_out *out)
{
    memset(c, 0, sizeof *c);
    c->cfg = *cfg;
    if (cfg->machine) {
        bool fits = rc_name_make(c->machine, cfg->machine, RC_SUFFIX_COMPUTER);
        assert(fits);
        (void)fits;
        if (cfg->upper)
            rc_name_upper(c->machine);
    }
    assert(cfg->nlanas <= RC_LANAS_MAX);
    for (c->nlanas = 0; c->nlanas < cfg->nlanas; c->nlanas++)
        c->lanas[c->nlanas].lana = cfg->lanas[c->nlanas];
    if (!cfg->want_name && cfg->machine) {
        c->state = RC_CLAIM_SETTLED;
        return;
    }
    if (c->nlanas > 0) {
        ask_machine(c, tags, out);
        return;
    }
    nbt_ncb ncb = { .command = NBT_NCB_LANA_ENUM, .length = 1 + NBT_LANA_MAX + 1 };
    c->state = RC_CLAIM_LISTING;
    nbt_prog_put(&c->ask, tags, &ncb, out);
}

/* LANA_ENUM of nb30.h: a count, then so many numbers. */
static void listed(rc_claim *c, nbt_bytes data, nbt_prog_tags *tags, nbt_out *out)
{
    nbt_rd r;
    nbt_rd_init(&r, data.p, data.n);
    nbt_bytes lanas = nbt_rd_bytes(&r, nbt_rd_u8(&r, "length"), "lana");
    if (c->ask.ncb.retcode != NBT_NRC_GOODRET || r.err) {
        fail(c, RC_END_NETBIOS, RC_SAY_NO_LANA_LIST);
        return;
    }
    if (lanas.n == 0) {
        fail(c, RC_END_NETBIOS, RC_SAY_NO_LANAS);
        return;
    }
    for (c->nlanas = 0; c->nlanas < lanas.n && c->nlanas < RC_LANAS_MAX; c->nlanas++)
        c->lanas[c->nlanas].lana = lanas.p[c->nlanas];
    ask_machine(c, tags, out);
}

/* The first unique <00> name that is in good order; false if there is none. */
static bool machine_of(nbt_bytes data, uint8_t machine[NBT_NAME_LEN])
{
    nbt_rd r;
    nbt_astat status;
    nbt_rd_init(&r, data.p, data.n);
    nbt_astat_rd(&r, &status);
    for (unsigned i = 0; i < status.name_count && !r.err; i++) {
        nbt_astat_name name;
        nbt_astat_name_rd(&r, &name);
        if (!r.err && name.name[NBT_NAME_LEN - 1] == RC_SUFFIX_COMPUTER &&
            name.flags == NBT_NAME_FLAG_REGISTERED) {
            memcpy(machine, name.name, NBT_NAME_LEN);
            return true;
        }
    }
    return false;
}

static void named(rc_claim *c, nbt_bytes data, nbt_prog_tags *tags, nbt_out *out)
{
    /* A table that did not fit (NRC_INCOMP) still begins with the machine's own names. */
    uint8_t retcode = c->ask.ncb.retcode;
    if (!machine_of(data, c->machine)) {
        fail(c, RC_END_NETBIOS, RC_SAY_NO_MACHINE_NAME);
        if (retcode == NBT_NRC_GOODRET || retcode == NBT_NRC_INCOMP)
            c->reason = c->cfg.nameless;
        return;
    }
    if (c->cfg.upper)
        rc_name_upper(c->machine);
    add_first(c, tags, out);
}

/* The name is there already, in this computer's own table: for another program or this one. */
static bool is_local(uint8_t retcode)
{
    return retcode == NBT_NRC_DUPNAME || retcode == NBT_NRC_DUPENV;
}

/* The name is refused, in contrast to: the driver cannot claim names now. */
static bool is_refusal(uint8_t retcode)
{
    static const uint8_t refusals[] = { NBT_NRC_DUPNAME, NBT_NRC_NAMTFUL, NBT_NRC_NOWILD,
                                        NBT_NRC_INUSE,   NBT_NRC_NAMERR,  NBT_NRC_NAMCONF,
                                        NBT_NRC_DUPENV };
    return memchr(refusals, retcode, sizeof refusals) != NULL;
}

static void hold(rc_claim *c, rc_hold how, nbt_prog_tags *tags, nbt_out *out)
{
    c->lanas[c->at].hold = how;
    rc_emit(out, RC_APP_CLAIMED, how == RC_HOLD_ADDED, NULL)->ncb = c->ask.ncb;
    add_next(c, tags, out);
}

static void refused(rc_claim *c, nbt_prog_tags *tags, nbt_out *out)
{
    bool refusal = is_refusal(c->ask.ncb.retcode);
    rc_say say = refusal ? c->cfg.refused : RC_SAY_NO_NETBIOS;
    bool next_number = refusal && c->cfg.policy == RC_POLICY_NUMBERED && c->number < NUMBER_LAST;
    bool fatal = c->cfg.policy != RC_POLICY_TOLERANT && !next_number;
    rc_line text;
    rc_say_fill(say, c->cfg.about, &text);
    rc_emit(out, RC_APP_CLAIM_REFUSED, fatal, text.s)->ncb = c->ask.ncb;

    if (fatal) {
        fail(c, refusal ? RC_END_NAME : RC_END_NETBIOS, say);
    } else if (next_number) {
        c->number++;
        add(c, tags, out);
    } else {
        add_next(c, tags, out);
    }
}

static void added(rc_claim *c, nbt_prog_tags *tags, nbt_out *out)
{
    uint8_t retcode = c->ask.ncb.retcode;
    if (retcode == NBT_NRC_GOODRET)
        hold(c, RC_HOLD_ADDED, tags, out);
    else if (c->cfg.policy == RC_POLICY_SHARED && is_local(retcode))
        hold(c, RC_HOLD_SHARED, tags, out);
    else
        refused(c, tags, out);
}

static void answered(rc_claim *c, nbt_bytes data, nbt_prog_tags *tags, nbt_out *out)
{
    switch (c->state) {
    case RC_CLAIM_LISTING:
        listed(c, data, tags, out);
        return;
    case RC_CLAIM_NAMING:
        named(c, data, tags, out);
        return;
    case RC_CLAIM_ADDING:
        added(c, tags, out);
        return;
    case RC_CLAIM_IDLE:
    case RC_CLAIM_SETTLED:
    case RC_CLAIM_FAILED:
        return;
    }
}

static bool returned(rc_claim *c, uint32_t tag, const nbt_ncb *ncb, nbt_out *out)
{
    for (size_t i = 0; i < c->nlanas; i++)
        if (tag != 0 && tag == c->lanas[i].returning) {
            c->lanas[i].returning = 0;
            rc_emit(out, RC_APP_NAME_RETURNED, 0, NULL)->ncb = *ncb;
            return true;
        }
    return false;
}

nbt_prog_took rc_claim_ncb(rc_claim *c, nbt_prog_tags *tags, uint32_t tag, const nbt_ncb *ncb,
                           nbt_bytes data, nbt_out *out)
{
    if (returned(c, tag, ncb, out))
        return NBT_PROG_TAKEN;
    nbt_prog_took took = nbt_prog_answered(&c->ask, tags, tag, ncb, out);
    if (took != NBT_PROG_DONE)
        return took;
    answered(c, data, tags, out);
    return c->state == RC_CLAIM_SETTLED || c->state == RC_CLAIM_FAILED ? NBT_PROG_DONE
                                                                       : NBT_PROG_TAKEN;
}

void rc_claim_again(rc_claim *c, size_t i, nbt_prog_tags *tags, nbt_out *out)
{
    assert(c->state == RC_CLAIM_SETTLED && i < c->nlanas);
    c->lanas[i].hold = RC_HOLD_NOT;
    c->at = i;
    c->number = NUMBER_FIRST;
    add(c, tags, out);
}

void rc_claim_say(const rc_claim *c, nbt_out *out)
{
    rc_line lana;
    rc_line_init(&lana);
    rc_line_num(&lana, c->ncb.lana);
    rc_emit_say(out, c->say, c->say == RC_SAY_NO_MACHINE_NAME ? lana.s : c->cfg.about);
}

const nbt_ncb *rc_claim_failed(const rc_claim *c)
{
    return c->reason ? NULL : &c->ncb;
}

size_t rc_claim_count(const rc_claim *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->nlanas; i++)
        n += c->lanas[i].hold != RC_HOLD_NOT;
    return n;
}

void rc_claim_return(rc_claim *c, int keep, nbt_prog_tags *tags, nbt_out *out)
{
    for (size_t i = 0; i < c->nlanas; i++) {
        rc_claimed *l = &c->lanas[i];
        if (l->hold == RC_HOLD_NOT || l->lana == keep)
            continue;
        nbt_ncb ncb = { .command = NBT_NCB_DELETE_NAME, .lana = l->lana };
        memcpy(ncb.name, l->name, NBT_NAME_LEN);
        if (l->hold == RC_HOLD_ADDED)
            l->returning = nbt_prog_submit(tags, &ncb, NULL, 0, out);
        l->hold = RC_HOLD_NOT;
    }
}

bool rc_claim_idle(const rc_claim *c)
{
    for (size_t i = 0; i < c->nlanas; i++)
        if (c->lanas[i].returning)
            return false;
    return c->ask.tag == 0;
}

void rc_claim_forget(rc_claim *c)
{
    for (size_t i = 0; i < c->nlanas; i++) {
        c->lanas[i].hold = RC_HOLD_NOT;
        c->lanas[i].returning = 0;
    }
    c->ask.tag = 0;
}
