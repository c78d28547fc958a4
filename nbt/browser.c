/*
 * The browser: its names, which it claims one after the other, and what arrives for them. What it
 * says to that is in the files beside this one.
 */
#include "nbt/browser_impl.h"
#include "nbt/dgm.h"
#include "nbt/mem.h"

#include <assert.h>
#include <string.h>

#define CHECK NBT_S(720)       /* how often a master is looked for, MS-BRWS 3.3.6 */
#define ANSWER_MAX NBT_S(30)   /* a request is answered within, MS-BRWS 3.2.5.2 */
#define START_PAUSE NBT_S(2)   /* until its names are there; ours */
#define RECEIVE_PAUSE NBT_S(5) /* before a RECEIVE DATAGRAM that failed; ours */
/* A new master asks who is there (MS-BRWS 3.3.5.8); more than once, since datagrams are lost, and
   two that answer to one name at once come while one RECEIVE DATAGRAM waits for them. Ours. */
#define ASK_PAUSE NBT_S(1)
#define ASK_AGAIN NBT_S(8)
enum { ASKS = 3 };
#define NAME_PAUSE NBT_S(60) /* before a group name that was refused is tried again; ours */

const nbt_browser_profile *nbt_browser_profile_find(const char *word, size_t len)
{
    static const nbt_browser_profile rows[] = {
#define NBT_BROWSER_PROFILE(...) { __VA_ARGS__ },
#include "nbt/browser.def"
#undef NBT_BROWSER_PROFILE
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strlen(rows[i].word) == len && memcmp(rows[i].word, word, len) == 0)
            return &rows[i];
    return NULL;
}

const char *nbt_browser_part_str(nbt_browser_part part)
{
    switch (part) {
    case NBT_BROWSER_HOST:
        return "host";
    case NBT_BROWSER_POTENTIAL:
        return "potential";
    case NBT_BROWSER_PREFERRED:
        return "preferred";
    }
    return "";
}

bool nbt_browser_part_parse(nbt_browser_part *part, const char *text, size_t len)
{
    for (nbt_browser_part p = NBT_BROWSER_HOST; p <= NBT_BROWSER_PREFERRED; p++) {
        const char *word = nbt_browser_part_str(p);
        if (strlen(word) == len && memcmp(word, text, len) == 0) {
            *part = p;
            return true;
        }
    }
    return false;
}

const char *nbt_browser_role_str(nbt_browser_role role)
{
    switch (role) {
    case NBT_BROWSER_IS_HOST:
        return "host";
    case NBT_BROWSER_IS_POTENTIAL:
        return "potential";
    case NBT_BROWSER_IS_BACKUP:
        return "backup";
    case NBT_BROWSER_IS_MASTER:
        return "master";
    }
    return "";
}

const char *nbt_browser_app_str(nbt_browser_app app)
{
    switch (app) {
    case NBT_BROWSER_ROLE:
        return "role";
    case NBT_BROWSER_ELECTION:
        return "election";
    case NBT_BROWSER_MASTER:
        return "master";
    case NBT_BROWSER_APPEARED:
        return "appeared";
    case NBT_BROWSER_VANISHED:
        return "vanished";
    case NBT_BROWSER_FULL:
        return "full";
    case NBT_BROWSER_GROUP_IS:
        return "group";
    case NBT_BROWSER_ASKED:
        return "asked";
    case NBT_BROWSER_ERROR:
        return "error";
    case NBT_BROWSER_EXIT:
        return "exit";
    }
    return "";
}

nbt_act *nbt_browser_emit(nbt_out *out, nbt_browser_app app, int64_t value, const char *text)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_APP, text, strlen(text));
    act->app = app;
    act->value = value;
    return act;
}

static void name_of(uint8_t b[NBT_NAME_LEN], const char *text, uint8_t suffix)
{
    nbt_name name;
    bool made = nbt_name_make(&name, text, strlen(text), suffix);
    assert(made);
    (void)made;
    memcpy(b, name.b, NBT_NAME_LEN);
}

static void make_names(nbt_browser *b)
{
    static const uint8_t msbrowse[NBT_NAME_LEN + 1] = "\1\2__MSBROWSE__\2\1";
    static const uint8_t suffixes[] = { 0x00, 0x1E, 0x1D };
    for (size_t i = NBT_BROWSER_WORKGROUP; i <= NBT_BROWSER_LOCAL; i++)
        name_of(b->names[i].b, b->group, suffixes[i]);
    memcpy(b->names[NBT_BROWSER_MSBROWSE].b, msbrowse, NBT_NAME_LEN);
    for (size_t i = 0; i < NBT_BROWSER_NAMES; i++)
        b->names[i].group = i != NBT_BROWSER_LOCAL;
    b->names[NBT_BROWSER_WORKGROUP].want = b->names[NBT_BROWSER_BROWSERS].want = true;
}

nbt_browser *nbt_browser_new(nbt_mem mem, const nbt_browser_cfg *cfg)
{
    size_t group = strlen(cfg->group), comment = strlen(cfg->comment);
    size_t machine = cfg->machine ? strlen(cfg->machine) : 0;
    assert(group > 0 && group < NBT_NAME_LEN && machine < NBT_NAME_LEN);
    assert(comment <= NBT_BROWSER_COMMENT_MAX);
    nbt_browser *b = nbt_mem_new(mem, sizeof *b);
    if (!b)
        return NULL;
    b->mem = mem;
    b->cfg = *cfg;
    memcpy(b->group, cfg->group, group);
    memcpy(b->comment, cfg->comment, comment);
    if (machine)
        memcpy(b->machine, cfg->machine, machine);
    if (b->cfg.check == 0)
        b->cfg.check = CHECK;
    b->rng.s = cfg->seed;
    b->role = nbt_browser_may(b) ? NBT_BROWSER_IS_POTENTIAL : NBT_BROWSER_IS_HOST;
    b->receive_due = b->check_due = b->announce_due = b->domain_due = NBT_NEVER;
    b->elect_due = b->ask_due = b->listen_due = NBT_NEVER;
    make_names(b);
    return b;
}

void nbt_browser_free(nbt_browser *b)
{
    if (!b)
        return;
    nbt_mem_free(b->mem, b->servers.p, b->servers.cap * sizeof *b->servers.p);
    nbt_mem_free(b->mem, b->groups.p, b->groups.cap * sizeof *b->groups.p);
    nbt_mem_free(b->mem, b, sizeof *b);
}

/* --- the end -------------------------------------------------------------------------------- */

static void leave(nbt_browser *b, int status, nbt_out *out)
{
    b->state = NBT_BROWSER_OVER;
    b->receive_due = b->check_due = b->announce_due = b->domain_due = NBT_NEVER;
    b->elect_due = b->ask_due = NBT_NEVER;
    nbt_browser_emit(out, NBT_BROWSER_EXIT, status, "");
}

static void fail(nbt_browser *b, const char *why, const nbt_ncb *ncb, nbt_out *out)
{
    nbt_act *act = nbt_browser_emit(out, NBT_BROWSER_ERROR, 0, why);
    if (ncb)
        act->ncb = *ncb;
    leave(b, 1, out);
}

static void begin_leaving(nbt_browser *b, nbt_time now, nbt_out *out)
{
    if (b->state != NBT_BROWSER_AT_WORK) {
        leave(b, 0, out); /* the driver cleans up behind a program that ends */
        return;
    }
    nbt_browser_goodbye(b, now, out);
    b->state = NBT_BROWSER_LEAVING;
    b->running = false;
    b->elect_due = b->check_due = b->announce_due = b->domain_due = NBT_NEVER;
    b->receive_due = b->ask_due = NBT_NEVER;
    for (size_t i = 0; i < NBT_BROWSER_NAMES; i++)
        b->names[i].want = false;
    nbt_browser_names_on(b, now, out);
}

/* --- receiving ------------------------------------------------------------------------------- */

/*
 * One RECEIVE DATAGRAM a name, and not one for any: a request to announce goes to <1E>, and so to
 * whoever sends it, too, and the answers to <1D> are there before another command could be.
 */
static void receive_on(nbt_browser *b, nbt_out *out)
{
    b->receive_due = NBT_NEVER;
    for (size_t i = 0; i <= NBT_BROWSER_NAMES; i++) {
        bool own = i == NBT_BROWSER_NAMES;
        if (b->receives[i] || !(own || (b->names[i].want && b->names[i].held)))
            continue;
        nbt_ncb ncb = { .command = NBT_NCB_RECEIVE_DATAGRAM,
                        .lana = b->cfg.lana,
                        .num = NBT_NUM_NAMED,
                        .length = NBT_DGM_DATA_MAX };
        memcpy(ncb.name, own ? b->own : b->names[i].b, NBT_NAME_LEN);
        b->receives[i] = nbt_prog_submit(&b->tags, &ncb, NULL, 0, out);
    }
}

static uint32_t *waiting(nbt_browser *b, uint32_t tag)
{
    for (size_t i = 0; i <= NBT_BROWSER_NAMES; i++)
        if (tag && b->receives[i] == tag)
            return &b->receives[i];
    return NULL;
}

/* --- names ---------------------------------------------------------------------------------- */

static void ask_name(nbt_browser *b, size_t i, nbt_out *out)
{
    const nbt_browser_claim *n = &b->names[i];
    nbt_ncb ncb = { .command = NBT_NCB_DELETE_NAME, .lana = b->cfg.lana };
    if (n->want)
        ncb.command = n->group ? NBT_NCB_ADD_GROUP_NAME : NBT_NCB_ADD_NAME;
    memcpy(ncb.name, n->b, NBT_NAME_LEN);
    b->asked = i;
    nbt_prog_put(&b->ask, &b->tags, &ncb, out);
}

/* The next command about a name, if one is to be given and none is under way. */
void nbt_browser_names_on(nbt_browser *b, nbt_time now, nbt_out *out)
{
    if (b->ask.tag || b->state == NBT_BROWSER_NAMING)
        return;
    for (size_t i = 0; i < NBT_BROWSER_NAMES; i++) {
        nbt_browser_claim *n = &b->names[i];
        bool give = !n->want && n->held, take = n->want && !n->held && !(n->failed && now < n->due);
        if (give && !n->ours)
            n->held = false; /* it is another program's, who has lent it */
        else if (give || take) {
            ask_name(b, i, out);
            return;
        }
    }
    if (b->state == NBT_BROWSER_LEAVING)
        leave(b, 0, out);
}

static void named(nbt_browser *b, nbt_time now, nbt_out *out)
{
    uint8_t nrc = b->ask.ncb.retcode;
    size_t i = b->asked;
    nbt_browser_claim *n = &b->names[i];
    n->failed = false;
    if (nbt_ncb_verb(&b->ask.ncb) == NBT_NCB_DELETE_NAME) {
        n->held = n->ours = false;
    } else if (nrc == NBT_NRC_GOODRET || (nrc == NBT_NRC_DUPNAME && n->group)) {
        n->held = true;
        n->ours = nrc == NBT_NRC_GOODRET;
        receive_on(b, out);
    } else {
        n->failed = true;
        n->due = now + NAME_PAUSE;
        nbt_browser_emit(out, NBT_BROWSER_ERROR, 0, "a name cannot be had")->ncb = b->ask.ncb;
    }
    if (i == NBT_BROWSER_MSBROWSE && n->held && b->role == NBT_BROWSER_IS_MASTER)
        b->domain_due = now;
    if (i == NBT_BROWSER_LOCAL && nbt_ncb_verb(&b->ask.ncb) == NBT_NCB_ADD_NAME)
        nbt_browser_crowned(b, now, n->held, out);
    nbt_browser_names_on(b, now, out);
}

void nbt_browser_become(nbt_browser *b, nbt_time now, nbt_browser_role role, const char *why,
                        nbt_out *out)
{
    if (b->role == role)
        return;
    b->role = role;
    nbt_browser_emit(out, NBT_BROWSER_ROLE, role, why);
    nbt_browser_list_clear(b);
    nbt_browser_announce_from(b, now);
    b->domain_due = b->ask_due = NBT_NEVER;
    b->domain_announced = b->asks = 0;
    if (role == NBT_BROWSER_IS_MASTER) {
        memcpy(b->master, b->machine, sizeof b->master);
        b->check_due = now + b->cfg.check;
        b->ask_due = now + ASK_PAUSE;
        nbt_browser_serve_on(b, out);
    }
}

/* --- what arrives --------------------------------------------------------------------------- */

static bool same_name(nbt_bytes field, const char *name)
{
    field = nbt_browse_name(field);
    return field.n == strlen(name) && memcmp(field.p, name, field.n) == 0;
}

/* Another says that he is the local master: two are one too many (MS-BRWS 3.3.5.8). */
static void heard_master(nbt_browser *b, nbt_time now, const nbt_browse *m, nbt_out *out)
{
    nbt_bytes name = nbt_browse_name(m->server);
    if (same_name(m->server, b->machine) || m->type == 0 || name.n == 0 || name.n >= NBT_NAME_LEN)
        return;
    if (b->role == NBT_BROWSER_IS_MASTER) {
        nbt_browser_force(b, now, "there are two masters", out);
        return;
    }
    if (!same_name(m->server, b->master)) {
        memset(b->master, 0, sizeof b->master);
        memcpy(b->master, name.p, name.n);
        nbt_browser_emit(out, NBT_BROWSER_MASTER, 0, b->master);
    }
    if (nbt_browser_may(b))
        b->check_due = now + b->cfg.check;
}

/* All answers at once would be too many for whoever has asked. */
static void heard_request(nbt_browser *b, nbt_time now)
{
    nbt_time due = now + nbt_rng_below(&b->rng, (uint32_t)ANSWER_MAX);
    b->announce_due = nbt_time_min(b->announce_due, due);
}

static void heard_reset(nbt_browser *b, nbt_time now, const nbt_browse *m, nbt_out *out)
{
    enum { STOP_BEING_MASTER = 1, CLEAR = 2, STOP = 4 };
    if (!b->cfg.obey_reset)
        return;
    if (m->reset & CLEAR)
        nbt_browser_list_clear(b);
    if (m->reset & (STOP_BEING_MASTER | STOP)) {
        b->names[NBT_BROWSER_LOCAL].want = b->names[NBT_BROWSER_MSBROWSE].want = false;
        if (b->role == NBT_BROWSER_IS_MASTER)
            nbt_browser_become(b, now, NBT_BROWSER_IS_POTENTIAL, "told to", out);
        nbt_browser_names_on(b, now, out);
    }
}

/* One that went to a name, and by whom. Who has sent it says no more than that (D43). */
static void heard(nbt_browser *b, nbt_time now, const nbt_browse *m, const nbt_ncb *ncb,
                  nbt_out *out)
{
    bool master = b->role == NBT_BROWSER_IS_MASTER;
    switch (m->kind) {
    case NBT_BROWSE_HOST:
        if (master)
            nbt_browser_heard_server(b, now, m, out);
        return;
    case NBT_BROWSE_LOCAL_MASTER:
        heard_master(b, now, m, out);
        if (master)
            nbt_browser_heard_server(b, now, m, out);
        return;
    case NBT_BROWSE_DOMAIN:
        if (master)
            nbt_browser_heard_group(b, now, m, out);
        return;
    case NBT_BROWSE_REQUEST:
        heard_request(b, now);
        return;
    case NBT_BROWSE_ELECTION:
        nbt_browser_heard_election(b, now, m, out);
        return;
    case NBT_BROWSE_GET_BACKUPS:
        if (master)
            nbt_browser_give_backups(b, m, ncb->callname, out);
        return;
    case NBT_BROWSE_BECOME_BACKUP:
        if (b->role == NBT_BROWSER_IS_POTENTIAL && same_name(m->server, b->machine))
            nbt_browser_become(b, now, NBT_BROWSER_IS_BACKUP, "the master wants it", out);
        return;
    case NBT_BROWSE_RESET:
        heard_reset(b, now, m, out);
        return;
    case NBT_BROWSE_BACKUPS:
    case NBT_BROWSE_MASTER:
    case NBT_BROWSE_LM_HOST:
    case NBT_BROWSE_LM_REQUEST:
    case NBT_BROWSE_KINDS:
        return;
    }
}

static void datagram(nbt_browser *b, nbt_time now, const nbt_ncb *ncb, nbt_bytes data, nbt_out *out)
{
    nbt_rd r, inner;
    nbt_mailslot slot;
    nbt_browse m;
    bool lanman;
    if (!nbt_mailslot_is(data))
        return;
    nbt_rd_init(&r, data.p, data.n);
    nbt_mailslot_rd(&r, &slot);
    if (r.err || !nbt_browse_slot(&slot, &lanman))
        return;
    nbt_rd_init(&inner, slot.data.p, slot.data.n);
    nbt_browse_rd(&inner, lanman, &m);
    if (!inner.err)
        heard(b, now, &m, ncb, out);
}

static void received(nbt_browser *b, nbt_time now, const nbt_ncb *ncb, nbt_bytes data, nbt_out *out)
{
    if (ncb->retcode == NBT_NRC_GOODRET) {
        receive_on(b, out); /* before anything is done: what comes now is lost */
        datagram(b, now, ncb, data, out);
    } else if (b->state == NBT_BROWSER_AT_WORK) {
        b->receive_due = now + RECEIVE_PAUSE;
    }
}

/* Its part begins: who is preferred does not wait to see whether there is a master. */
static void go(nbt_browser *b, nbt_time now, nbt_out *out)
{
    name_of(b->own, b->machine, 0x00);
    b->state = NBT_BROWSER_AT_WORK;
    nbt_browser_emit(out, NBT_BROWSER_ROLE, b->role, "begins");
    nbt_browser_names_on(b, now, out);
    receive_on(b, out);
    nbt_browser_announce_from(b, now + START_PAUSE);
    if (nbt_browser_may(b))
        b->check_due = now + START_PAUSE;
}

/* --- whether there is a master -------------------------------------------------------------- */

/*
 * The question is put to the driver alone where the name is ours, and tells whether it still is: in
 * conflict it is found by nobody, so that the master is none.
 */
static void check(nbt_browser *b, nbt_time now, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_FIND_NAME,
                    .lana = b->cfg.lana,
                    .length = NBT_FIND_HEAD_LEN + NBT_FIND_NODE_LEN };
    b->check_due = now + b->cfg.check;
    if (b->find_tag || b->running ||
        b->names[NBT_BROWSER_LOCAL].want != (b->role == NBT_BROWSER_IS_MASTER))
        return;
    memcpy(ncb.callname, b->names[NBT_BROWSER_LOCAL].b, NBT_NAME_LEN);
    b->find_tag = nbt_prog_submit(&b->tags, &ncb, NULL, 0, out);
}

/* The master's own name is lost: it is given back, and the place is to be filled. */
static void dethroned(nbt_browser *b, nbt_time now, nbt_out *out)
{
    b->names[NBT_BROWSER_LOCAL].want = b->names[NBT_BROWSER_MSBROWSE].want = false;
    nbt_browser_become(b, now, NBT_BROWSER_IS_POTENTIAL, "its name is in conflict", out);
    nbt_browser_names_on(b, now, out);
    b->check_due = now + START_PAUSE;
}

static void checked(nbt_browser *b, nbt_time now, uint8_t nrc, nbt_out *out)
{
    bool there = nrc == NBT_NRC_GOODRET || nrc == NBT_NRC_INCOMP;
    if (b->role == NBT_BROWSER_IS_MASTER) {
        if (!there && nrc != NBT_NRC_NORES)
            dethroned(b, now, out);
        return;
    }
    bool first = b->cfg.part == NBT_BROWSER_PREFERRED && !b->preferred;
    b->preferred = true;
    if (!there)
        nbt_browser_force(b, now, "there is no master", out);
    else if (first)
        nbt_browser_force(b, now, "preferred", out);
}

/* --- entrances ------------------------------------------------------------------------------ */

void nbt_browser_start(nbt_browser *b, nbt_time now, nbt_out *out)
{
    b->started = now;
    if (b->machine[0]) {
        go(b, now, out);
        return;
    }
    b->state = NBT_BROWSER_NAMING;
    nbt_prog_ask_machine(&b->ask, &b->tags, b->cfg.lana, out);
}

static void answered(nbt_browser *b, nbt_time now, nbt_bytes data, nbt_out *out)
{
    if (b->state != NBT_BROWSER_NAMING)
        named(b, now, out);
    else if (!nbt_prog_machine(&b->ask, data, b->machine))
        fail(b, "the driver does not say what this computer is called", &b->ask.ncb, out);
    else
        go(b, now, out);
}

void nbt_browser_ncb(nbt_browser *b, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                     nbt_out *out)
{
    if (b->state == NBT_BROWSER_OVER)
        return;
    uint32_t *receive = waiting(b, tag);
    if (receive) {
        *receive = 0;
        received(b, now, ncb, data, out);
    } else if (tag == b->find_tag) {
        b->find_tag = 0;
        checked(b, now, ncb->retcode, out);
    } else if (b->state == NBT_BROWSER_AT_WORK &&
               nbt_browser_serve_ncb(b, now, tag, ncb, data, out)) {
        return;
    } else if (nbt_prog_answered(&b->ask, &b->tags, tag, ncb, out) == NBT_PROG_DONE) {
        answered(b, now, data, out);
    }
}

void nbt_browser_gone(nbt_browser *b, nbt_time now, nbt_out *out)
{
    (void)now;
    if (b->state != NBT_BROWSER_OVER)
        fail(b, "there is no driver any more", NULL, out);
}

void nbt_browser_do(nbt_browser *b, nbt_time now, nbt_browser_cmd cmd, nbt_out *out)
{
    if (b->state == NBT_BROWSER_OVER)
        return;
    switch (cmd) {
    case NBT_BROWSER_CMD_ELECT:
        if (b->state == NBT_BROWSER_AT_WORK)
            nbt_browser_force(b, now, "as asked", out);
        return;
    case NBT_BROWSER_CMD_ASK:
        if (b->state == NBT_BROWSER_AT_WORK)
            nbt_browser_ask_all(b, out);
        return;
    case NBT_BROWSER_CMD_CLOSE:
        if (b->state == NBT_BROWSER_LEAVING)
            leave(b, 0, out); /* asked twice: at once */
        else
            begin_leaving(b, now, out);
        return;
    }
}

static nbt_time names_due(const nbt_browser *b)
{
    nbt_time due = NBT_NEVER;
    for (size_t i = 0; i < NBT_BROWSER_NAMES && !b->ask.tag; i++)
        if (b->names[i].want && !b->names[i].held && b->names[i].failed)
            due = nbt_time_min(due, b->names[i].due);
    return due;
}

void nbt_browser_tick(nbt_browser *b, nbt_time now, nbt_out *out)
{
    if (b->state != NBT_BROWSER_AT_WORK)
        return;
    if (now >= names_due(b))
        nbt_browser_names_on(b, now, out);
    if (now >= b->receive_due)
        receive_on(b, out);
    nbt_browser_elect_tick(b, now, out);
    if (now >= b->check_due)
        check(b, now, out);
    if (now >= b->announce_due) {
        nbt_browser_announce(b, now, out);
        if (b->role == NBT_BROWSER_IS_MASTER)
            nbt_browser_promote(b, out);
    }
    if (now >= b->domain_due)
        nbt_browser_announce_domain(b, now, out);
    if (now >= b->ask_due) {
        nbt_browser_ask_all(b, out);
        b->ask_due = ++b->asks < ASKS ? now + ASK_AGAIN : NBT_NEVER;
    }
    nbt_browser_list_tick(b, now, out);
    nbt_browser_serve_tick(b, now, out);
}

nbt_time nbt_browser_due(const nbt_browser *b)
{
    if (b->state != NBT_BROWSER_AT_WORK)
        return NBT_NEVER;
    nbt_time due = nbt_time_min(nbt_time_min(b->announce_due, b->domain_due), b->check_due);
    due = nbt_time_min(due, nbt_time_min(b->elect_due, b->receive_due));
    due = nbt_time_min(due, nbt_time_min(b->ask_due, nbt_browser_serve_due(b)));
    return nbt_time_min(due, nbt_time_min(names_due(b), nbt_browser_list_due(b)));
}

nbt_browser_role nbt_browser_role_of(const nbt_browser *b)
{
    return b->role;
}

const char *nbt_browser_master(const nbt_browser *b)
{
    return b->master;
}
