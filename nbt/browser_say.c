/*
 * What a browser says: announcements, requests for them, and goodbye. Elections and lists are not
 * put into words here.
 */
#include "nbt/browser_impl.h"

#include <string.h>

/* Minutes between announcements, and at last always the last of them; MS-BRWS 3.2.6. */
static const uint8_t periods[] = { 1, 2, 4, 8, 12 };

/* A workgroup is announced every minute for five of them, then every 15; MS-BRWS 3.3.6. */
enum { DOMAIN_FIRST = 5, DOMAIN_FIRST_MIN = 1, DOMAIN_MIN = 15 };

static nbt_time period(const nbt_browser *b)
{
    size_t last = sizeof periods - 1;
    return NBT_S(60) * periods[b->announced < last ? b->announced : last];
}

static nbt_bytes text(const char *s)
{
    return (nbt_bytes){ (const uint8_t *)s, strlen(s) };
}

void nbt_browser_say(nbt_browser *b, const nbt_browse *m, const uint8_t to[NBT_NAME_LEN],
                     nbt_out *out)
{
    uint8_t data[NBT_MAILSLOT_HEAD + NBT_MAILSLOT_MAX];
    nbt_wr w;
    nbt_wr_init(&w, data, sizeof data);
    nbt_browse_mailslot_wr(&w, m);
    if (w.err)
        return; /* no message of ours is that long */
    nbt_ncb ncb = { .command = NBT_NCB_SEND_DATAGRAM,
                    .lana = b->cfg.lana,
                    .num = NBT_NUM_NAMED,
                    .length = (uint32_t)w.at };
    memcpy(ncb.name, b->own, NBT_NAME_LEN);
    memcpy(ncb.callname, to, NBT_NAME_LEN);
    nbt_prog_submit(&b->tags, &ncb, data, w.at, out);
}

uint32_t nbt_browser_type(const nbt_browser *b)
{
    uint32_t type = b->cfg.profile->type;
    if (nbt_browser_may(b))
        type |= NBT_SERVER_POTENTIAL;
    if (b->role == NBT_BROWSER_IS_BACKUP)
        type |= NBT_SERVER_BACKUP;
    if (b->role == NBT_BROWSER_IS_MASTER)
        type |= NBT_SERVER_MASTER;
    return type;
}

/* As a server of the workgroup; to the local master, or by him to all browsers, and himself. */
static void announce(nbt_browser *b, nbt_time now, uint32_t type, nbt_time next, nbt_out *out)
{
    bool master = b->role == NBT_BROWSER_IS_MASTER;
    const nbt_browser_profile *p = b->cfg.profile;
    nbt_browse m = { .kind = master ? NBT_BROWSE_LOCAL_MASTER : NBT_BROWSE_HOST,
                     .update_count = b->update_count,
                     .periodicity = (uint32_t)(next / 1000),
                     .server = text(b->machine),
                     .os_major = p->os_major,
                     .os_minor = p->os_minor,
                     .type = type,
                     .browser_major = p->browser_major,
                     .browser_minor = p->browser_minor,
                     .signature = NBT_BROWSE_SIGNATURE,
                     .comment = text(b->comment) };
    nbt_browser_say(b, &m, b->names[master ? NBT_BROWSER_BROWSERS : NBT_BROWSER_LOCAL].b, out);
    if (master)
        nbt_browser_heard_server(b, now, &m, out);
}

void nbt_browser_announce_from(nbt_browser *b, nbt_time due)
{
    b->announced = 0;
    b->announce_due = due;
}

void nbt_browser_announce(nbt_browser *b, nbt_time now, nbt_out *out)
{
    nbt_time next = period(b);
    announce(b, now, nbt_browser_type(b), next, out);
    b->announced++;
    b->announce_due = now + next;
}

void nbt_browser_announce_domain(nbt_browser *b, nbt_time now, nbt_out *out)
{
    const nbt_browser_profile *p = b->cfg.profile;
    bool first = b->domain_announced < DOMAIN_FIRST;
    nbt_time next = NBT_S(60) * (first ? DOMAIN_FIRST_MIN : DOMAIN_MIN);
    nbt_browse m = { .kind = NBT_BROWSE_DOMAIN,
                     .periodicity = (uint32_t)(next / 1000),
                     .group = text(b->group),
                     .os_major = p->os_major,
                     .os_minor = p->os_minor,
                     .type = NBT_SERVER_DOMAIN | (p->type & NBT_SERVER_NT),
                     .browser_major = p->browser_major,
                     .browser_minor = p->browser_minor,
                     .signature = NBT_BROWSE_SIGNATURE,
                     .server = text(b->machine) };
    nbt_browser_say(b, &m, b->names[NBT_BROWSER_MSBROWSE].b, out);
    b->domain_announced++;
    b->domain_due = now + next;
}

/*
 * A type of no bits takes a server from the list, as nmbd says and heeds it. A master's place is to
 * be filled: the criteria 0 of one that does not stand make the others elect (MS-BRWS 3.3.7).
 */
void nbt_browser_goodbye(nbt_browser *b, nbt_time now, nbt_out *out)
{
    announce(b, now, 0, 0, out);
    if (b->role != NBT_BROWSER_IS_MASTER)
        return;
    nbt_browse m = { .kind = NBT_BROWSE_ELECTION, .version = 1, .server = text(b->machine) };
    nbt_browser_say(b, &m, b->names[NBT_BROWSER_BROWSERS].b, out);
}

void nbt_browser_ask_all(nbt_browser *b, nbt_out *out)
{
    nbt_browse m = { .kind = NBT_BROWSE_REQUEST, .server = text(b->machine) };
    nbt_browser_say(b, &m, b->names[NBT_BROWSER_BROWSERS].b, out);
}
