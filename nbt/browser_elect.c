/*
 * Elections (MS-BRWS 3.3.5.8): who has the better criteria says so four times, and if nobody has
 * better ones he is the local master. It never looks at the list.
 */
#include "nbt/browser_impl.h"

#include <string.h>

enum {
    VERSION = 1,
    FRAMES = 4,    /* MS-BRWS 4.2 */
    REFUSALS = 10, /* of <1D>, which the last master has yet to give back: ours */
    ROLE_PREFERRED = 0x08,
    ROLE_MASTER = 0x04,
    ROLE_LISTS = 0x02, /* MaintainServerList=Yes */
    ROLE_BACKUP = 0x01,
};
#define REFUSED_PAUSE NBT_S(1)
/* How long another has to become master before it is looked for: four frames at its slowest, and a
   claim of its names; ours. */
#define SETTLING NBT_S(10)

static uint32_t criteria(const nbt_browser *b)
{
    const nbt_browser_profile *p = b->cfg.profile;
    uint32_t os = b->cfg.os < 0 ? p->election_os : (uint32_t)b->cfg.os;
    uint32_t v = os << 24 | (uint32_t)p->election_version << 8 | ROLE_LISTS;
    if (b->cfg.part == NBT_BROWSER_PREFERRED)
        v |= ROLE_PREFERRED;
    if (b->role == NBT_BROWSER_IS_MASTER)
        v |= ROLE_MASTER;
    if (b->role == NBT_BROWSER_IS_BACKUP)
        v |= ROLE_BACKUP;
    return v;
}

static uint32_t uptime(const nbt_browser *b, nbt_time now)
{
    return (uint32_t)((now - b->started) / 1000);
}

/* 200, 400 or 800 ms by role, MS-BRWS 4.2: the better one's frame comes before the others'. */
static nbt_time pause(const nbt_browser *b)
{
    if (b->role == NBT_BROWSER_IS_MASTER)
        return NBT_MS(200);
    return b->role == NBT_BROWSER_IS_BACKUP ? NBT_MS(400) : NBT_MS(800);
}

static void say(nbt_browser *b, nbt_time now, nbt_out *out)
{
    nbt_browse m = { .kind = NBT_BROWSE_ELECTION,
                     .version = VERSION,
                     .criteria = criteria(b),
                     .uptime = uptime(b, now),
                     .server = { (const uint8_t *)b->machine, strlen(b->machine) } };
    nbt_browser_say(b, &m, b->names[NBT_BROWSER_BROWSERS].b, out);
    b->sent++;
    b->elect_due = now + pause(b);
}

void nbt_browser_force(nbt_browser *b, nbt_time now, const char *why, nbt_out *out)
{
    if (!nbt_browser_may(b) || b->running ||
        b->names[NBT_BROWSER_LOCAL].want != (b->role == NBT_BROWSER_IS_MASTER))
        return; /* one is under way, or its prize is being fetched */
    nbt_browser_emit(out, NBT_BROWSER_ELECTION, criteria(b), why);
    b->running = true;
    b->sent = 0;
    say(b, now, out);
}

/* Ours against theirs: criteria, uptime, and the lesser name; MS-BRWS 3.3.5.8. */
static bool wins(const nbt_browser *b, nbt_time now, const nbt_browse *m)
{
    nbt_bytes theirs = nbt_browse_name(m->server);
    size_t ours = strlen(b->machine), n = ours < theirs.n ? ours : theirs.n;
    if (m->version != VERSION)
        return m->version < VERSION;
    if (m->criteria != criteria(b))
        return m->criteria < criteria(b);
    if (m->uptime != uptime(b, now))
        return m->uptime < uptime(b, now);
    int order = n > 0 ? memcmp(b->machine, theirs.p, n) : 0;
    return order < 0 || (order == 0 && ours < theirs.n);
}

static bool is_own(const nbt_browser *b, nbt_bytes name)
{
    name = nbt_browse_name(name);
    return name.n == strlen(b->machine) && memcmp(name.p, b->machine, name.n) == 0;
}

static void lose(nbt_browser *b, nbt_time now, nbt_out *out)
{
    b->running = false;
    b->elect_due = NBT_NEVER;
    b->names[NBT_BROWSER_LOCAL].want = b->names[NBT_BROWSER_MSBROWSE].want = false;
    b->check_due = now + SETTLING;
    if (b->role == NBT_BROWSER_IS_MASTER)
        nbt_browser_become(b, now, NBT_BROWSER_IS_POTENTIAL, "lost an election", out);
    nbt_browser_names_on(b, now, out);
}

void nbt_browser_heard_election(nbt_browser *b, nbt_time now, const nbt_browse *m, nbt_out *out)
{
    char who[NBT_NAME_LEN] = "";
    nbt_bytes name = nbt_browse_name(m->server);
    if (!nbt_browser_may(b) || is_own(b, m->server))
        return;
    if (name.n < sizeof who && name.n > 0)
        memcpy(who, name.p, name.n);
    nbt_browser_emit(out, NBT_BROWSER_ELECTION, m->criteria, who);
    if (!wins(b, now, m)) {
        lose(b, now, out);
    } else if (!b->running) {
        b->running = true;
        b->sent = 0;
        b->elect_due = now + pause(b);
    }
}

void nbt_browser_elect_tick(nbt_browser *b, nbt_time now, nbt_out *out)
{
    if (now < b->elect_due)
        return;
    if (b->running && b->sent < FRAMES) {
        say(b, now, out);
        return;
    }
    b->elect_due = NBT_NEVER;
    b->running = false;
    if (b->role == NBT_BROWSER_IS_MASTER) {
        nbt_browser_announce_from(b, now); /* the others are to know that nothing has changed; */
        b->check_due = now; /* and why was one held? Perhaps his name is found by nobody */
        return;
    }
    b->refusals = 0;
    b->names[NBT_BROWSER_LOCAL].want = b->names[NBT_BROWSER_MSBROWSE].want = true;
    nbt_browser_names_on(b, now, out);
}

void nbt_browser_crowned(nbt_browser *b, nbt_time now, bool good, nbt_out *out)
{
    nbt_browser_claim *local = &b->names[NBT_BROWSER_LOCAL];
    if (!local->want)
        return; /* lost in the meantime: it is given back */
    if (good) {
        nbt_browser_become(b, now, NBT_BROWSER_IS_MASTER, "elected", out);
    } else if (++b->refusals < REFUSALS) {
        local->failed = true;
        local->due = now + REFUSED_PAUSE;
    } else {
        local->want = b->names[NBT_BROWSER_MSBROWSE].want = false;
        b->check_due = now + SETTLING;
        nbt_browser_emit(out, NBT_BROWSER_MASTER, 0, "?");
    }
}
