/*
 * Whom a local master knows: servers of its workgroup, and other workgroups. Both lists are
 * bounded; who is in them stays, and who finds no room is left out (H54).
 */
#include "nbt/browser_impl.h"
#include "nbt/mem.h"

#include <string.h>

enum {
    MISSED = 3,            /* announcements that may be missed, MS-BRWS 3.3.6 */
    SERVERS_A_BACKUP = 32, /* one backup for so many servers, MS-BRWS 3.3.5.7 */
};

/* A name of 1 to 15 visible characters, filled up with NULs; others are nobody's. */
static bool name_of(nbt_bytes field, char name[NBT_NAME_LEN])
{
    field = nbt_browse_name(field);
    if (field.n == 0 || field.n >= NBT_NAME_LEN)
        return false;
    for (size_t i = 0; i < field.n; i++)
        if (field.p[i] <= ' ' || field.p[i] == 0x7F)
            return false;
    memset(name, 0, NBT_NAME_LEN);
    memcpy(name, field.p, field.n);
    return true;
}

static nbt_browser_server *find(const nbt_browser_list *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (memcmp(l->p[i].name, name, NBT_NAME_LEN) == 0)
            return &l->p[i];
    return NULL;
}

/* Room for one more; NULL where there is none. */
static nbt_browser_server *grow(nbt_browser *b, nbt_browser_list *l, size_t max)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 16;
        nbt_browser_server *p =
            l->cap < max ? b->mem.resize(b->mem.ctx, l->p, l->cap * sizeof *p, cap * sizeof *p)
                         : NULL;
        if (!p)
            return NULL;
        l->p = p;
        l->cap = cap;
    }
    memset(&l->p[l->n], 0, sizeof l->p[l->n]);
    return &l->p[l->n++];
}

static void drop(nbt_browser_list *l, nbt_browser_server *s)
{
    *s = l->p[--l->n];
}

static void put_text(char *to, size_t cap, nbt_bytes from)
{
    size_t n = from.n < cap - 1 ? from.n : cap - 1;
    memset(to, 0, cap);
    if (n > 0)
        memcpy(to, from.p, n);
}

static void put(nbt_browser_server *s, nbt_time now, const nbt_browse *m, nbt_bytes comment)
{
    s->type = m->type;
    s->os_major = (uint8_t)m->os_major;
    s->os_minor = (uint8_t)m->os_minor;
    s->until = now + MISSED * NBT_MS(m->periodicity);
    put_text(s->comment, sizeof s->comment, comment);
}

static void tell_full(nbt_browser *b, const char *name, nbt_out *out)
{
    if (!b->full)
        nbt_browser_emit(out, NBT_BROWSER_FULL, 0, name);
    b->full = true;
}

void nbt_browser_heard_server(nbt_browser *b, nbt_time now, const nbt_browse *m, nbt_out *out)
{
    char name[NBT_NAME_LEN];
    if (!name_of(m->server, name))
        return;
    nbt_browser_server *s = find(&b->servers, name);
    if (m->type == 0 || m->periodicity == 0) { /* goodbye */
        if (s) {
            drop(&b->servers, s);
            nbt_browser_emit(out, NBT_BROWSER_VANISHED, 0, name);
        }
        return;
    }
    bool new = !s;
    if (!s && !(s = grow(b, &b->servers, NBT_BROWSER_SERVERS_MAX))) {
        tell_full(b, name, out);
        return;
    }
    memcpy(s->name, name, sizeof name);
    put(s, now, m, m->comment);
    if (new)
        nbt_browser_emit(out, NBT_BROWSER_APPEARED, m->type, name);
}

void nbt_browser_heard_group(nbt_browser *b, nbt_time now, const nbt_browse *m, nbt_out *out)
{
    char name[NBT_NAME_LEN], master[NBT_NAME_LEN], both[2 * NBT_NAME_LEN];
    if (!name_of(m->group, name) || !name_of(m->server, master))
        return;
    nbt_browser_server *g = find(&b->groups, name);
    bool new = !g || memcmp(g->comment, master, NBT_NAME_LEN) != 0;
    if (!g && !(g = grow(b, &b->groups, NBT_BROWSER_GROUPS_MAX))) {
        tell_full(b, name, out);
        return;
    }
    memcpy(g->name, name, sizeof name);
    put(g, now, m, (nbt_bytes){ (const uint8_t *)master, strlen(master) });
    if (!new)
        return;
    size_t n = strlen(name);
    memcpy(both, name, n);
    both[n] = ' ';
    memcpy(both + n + 1, master, strlen(master) + 1);
    nbt_browser_emit(out, NBT_BROWSER_GROUP_IS, 0, both);
}

/* Itself first, then who has said to be a backup; as many as were asked for and fit. */
void nbt_browser_give_backups(nbt_browser *b, const nbt_browse *m, const uint8_t to[NBT_NAME_LEN],
                              nbt_out *out)
{
    uint8_t names[20 * NBT_NAME_LEN];
    nbt_wr w;
    nbt_browse answer = { .kind = NBT_BROWSE_BACKUPS, .token = m->token };
    nbt_wr_init(&w, names, sizeof names);
    nbt_smb_string_wr(&w, (nbt_bytes){ (const uint8_t *)b->machine, strlen(b->machine) }, "name");
    answer.count = 1;
    for (size_t i = 0; i < b->servers.n && answer.count < m->count; i++) {
        const nbt_browser_server *s = &b->servers.p[i];
        if (!(s->type & NBT_SERVER_BACKUP) || sizeof names - w.at < NBT_NAME_LEN)
            continue;
        nbt_smb_string_wr(&w, (nbt_bytes){ (const uint8_t *)s->name, strlen(s->name) }, "name");
        answer.count++;
    }
    answer.servers = (nbt_bytes){ names, w.at };
    nbt_browser_say(b, &answer, to, out);
}

void nbt_browser_promote(nbt_browser *b, nbt_out *out)
{
    size_t backups = 0;
    const nbt_browser_server *candidate = NULL;
    for (size_t i = 0; i < b->servers.n; i++) {
        const nbt_browser_server *s = &b->servers.p[i];
        if (s->type & NBT_SERVER_BACKUP)
            backups++;
        else if ((s->type & NBT_SERVER_POTENTIAL) && memcmp(s->name, b->machine, NBT_NAME_LEN) != 0)
            candidate = s;
    }
    if (!candidate || b->servers.n < 2 || backups * SERVERS_A_BACKUP >= b->servers.n)
        return;
    uint8_t to[NBT_NAME_LEN];
    memset(to, ' ', sizeof to);
    to[NBT_NAME_LEN - 1] = 0;
    memcpy(to, candidate->name, strlen(candidate->name));
    nbt_browse m = { .kind = NBT_BROWSE_BECOME_BACKUP,
                     .server = { (const uint8_t *)candidate->name, strlen(candidate->name) } };
    nbt_browser_say(b, &m, to, out);
}

void nbt_browser_list_tick(nbt_browser *b, nbt_time now, nbt_out *out)
{
    for (size_t i = 0; i < b->servers.n;) {
        nbt_browser_server *s = &b->servers.p[i];
        if (s->until > now) {
            i++;
            continue;
        }
        nbt_browser_emit(out, NBT_BROWSER_VANISHED, 0, s->name);
        drop(&b->servers, s);
        b->full = false;
    }
    for (size_t i = 0; i < b->groups.n;) {
        if (b->groups.p[i].until > now)
            i++;
        else
            drop(&b->groups, &b->groups.p[i]);
    }
}

nbt_time nbt_browser_list_due(const nbt_browser *b)
{
    nbt_time due = NBT_NEVER;
    for (size_t i = 0; i < b->servers.n; i++)
        due = nbt_time_min(due, b->servers.p[i].until);
    for (size_t i = 0; i < b->groups.n; i++)
        due = nbt_time_min(due, b->groups.p[i].until);
    return due;
}

void nbt_browser_list_clear(nbt_browser *b)
{
    b->servers.n = b->groups.n = 0;
    b->full = false;
}

const nbt_browser_server *nbt_browser_server_at(const nbt_browser *b, size_t i)
{
    return i < b->servers.n ? &b->servers.p[i] : NULL;
}

const nbt_browser_server *nbt_browser_group_at(const nbt_browser *b, size_t i)
{
    return i < b->groups.n ? &b->groups.p[i] : NULL;
}
