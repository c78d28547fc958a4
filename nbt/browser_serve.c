/*
 * The sessions in which a local master gives its list: LISTENs on its own <20> and on <1D>, as long
 * as it is master, and for each caller a RECEIVE at a time. What is said in them is nbt/lanman's.
 */
#include "nbt/browser_impl.h"

#include <string.h>

#define PATIENCE NBT_S(60) /* with a session in which nothing is said; ours */
#define PAUSE NBT_S(5)     /* before a LISTEN that failed; ours */

static nbt_browser_guest *free_guest(nbt_browser *b)
{
    for (size_t i = 0; i < NBT_BROWSER_GUESTS; i++)
        if (!b->guests[i].lsn)
            return &b->guests[i];
    return NULL;
}

void nbt_browser_serve_on(nbt_browser *b, nbt_out *out)
{
    uint8_t names[2][NBT_NAME_LEN];
    nbt_name any;
    memcpy(names[0], b->own, NBT_NAME_LEN);
    names[0][NBT_NAME_LEN - 1] = 0x20;
    memcpy(names[1], b->names[NBT_BROWSER_LOCAL].b, NBT_NAME_LEN);
    b->listen_due = NBT_NEVER;
    if (b->role != NBT_BROWSER_IS_MASTER || !free_guest(b))
        return;
    for (size_t i = 0; i < NBT_BROWSER_DOORS; i++) {
        if (b->listens[i])
            continue;
        nbt_ncb ncb = { .command = NBT_NCB_LISTEN, .lana = b->cfg.lana };
        memcpy(ncb.name, names[i % 2], NBT_NAME_LEN);
        nbt_name_wildcard(&any);
        memcpy(ncb.callname, any.b, NBT_NAME_LEN);
        b->listens[i] = nbt_prog_submit(&b->tags, &ncb, NULL, 0, out);
    }
}

static void hang_up(nbt_browser *b, uint16_t lsn, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_HANGUP, .lana = b->cfg.lana, .lsn = lsn };
    nbt_prog_submit(&b->tags, &ncb, NULL, 0, out);
}

static void dismiss(nbt_browser *b, nbt_browser_guest *g, nbt_out *out)
{
    hang_up(b, g->lsn, out);
    memset(g, 0, sizeof *g);
    nbt_browser_serve_on(b, out);
}

static void receive(nbt_browser *b, nbt_browser_guest *g, nbt_time now, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE,
                    .lana = b->cfg.lana,
                    .lsn = g->lsn,
                    .length = NBT_LANMAN_REQUEST_MAX };
    g->receive = nbt_prog_submit(&b->tags, &ncb, NULL, 0, out);
    g->due = now + PATIENCE;
}

static void listened(nbt_browser *b, nbt_time now, const nbt_ncb *ncb, nbt_out *out)
{
    nbt_browser_guest *g = free_guest(b);
    if (ncb->retcode != NBT_NRC_GOODRET) {
        b->listen_due = now + PAUSE;
        return;
    }
    if (!g) { /* more LISTENs had a caller than there were places */
        hang_up(b, ncb->lsn, out);
        return;
    }
    memset(g, 0, sizeof *g);
    g->lsn = ncb->lsn;
    memcpy(g->who, ncb->callname, NBT_NAME_LEN);
    receive(b, g, now, out);
    nbt_browser_serve_on(b, out);
}

/* Who has asked, as far as his name is one that can be shown. */
static void tell(const nbt_browser_guest *g, nbt_out *out)
{
    char text[NBT_NAME_STR_MAX];
    nbt_name16_print(g->who, text, sizeof text);
    nbt_browser_emit(out, NBT_BROWSER_ASKED, g->talk.given, text);
}

static void said(nbt_browser *b, nbt_browser_guest *g, nbt_time now, nbt_bytes data, nbt_out *out)
{
    uint8_t reply[NBT_LANMAN_REPLY_MAX];
    bool master = b->role == NBT_BROWSER_IS_MASTER;
    nbt_lanman_lists lists = { .group = b->group,
                               .machine = b->machine,
                               .servers = b->servers.p,
                               .nservers = master ? b->servers.n : 0,
                               .groups = b->groups.p,
                               .ngroups = master ? b->groups.n : 0 };
    nbt_wr w;
    nbt_wr_init(&w, reply, sizeof reply);
    if (!nbt_lanman_rx(&g->talk, &lists, data, &w)) {
        dismiss(b, g, out);
        return;
    }
    receive(b, g, now, out);
    nbt_ncb ncb = {
        .command = NBT_NCB_SEND, .lana = b->cfg.lana, .lsn = g->lsn, .length = (uint32_t)w.at
    };
    nbt_prog_submit(&b->tags, &ncb, reply, w.at, out);
    if (g->talk.gave)
        tell(g, out);
}

bool nbt_browser_serve_ncb(nbt_browser *b, nbt_time now, uint32_t tag, const nbt_ncb *ncb,
                           nbt_bytes data, nbt_out *out)
{
    for (size_t i = 0; i < NBT_BROWSER_DOORS; i++)
        if (tag && b->listens[i] == tag) {
            b->listens[i] = 0;
            listened(b, now, ncb, out);
            return true;
        }
    for (size_t i = 0; i < NBT_BROWSER_GUESTS; i++) {
        nbt_browser_guest *g = &b->guests[i];
        if (!g->lsn || g->receive != tag)
            continue;
        if (ncb->retcode == NBT_NRC_GOODRET)
            said(b, g, now, data, out);
        else
            dismiss(b, g, out);
        return true;
    }
    return false;
}

void nbt_browser_serve_tick(nbt_browser *b, nbt_time now, nbt_out *out)
{
    for (size_t i = 0; i < NBT_BROWSER_GUESTS; i++)
        if (b->guests[i].lsn && now >= b->guests[i].due)
            dismiss(b, &b->guests[i], out);
    if (now >= b->listen_due)
        nbt_browser_serve_on(b, out);
}

nbt_time nbt_browser_serve_due(const nbt_browser *b)
{
    nbt_time due = b->listen_due;
    for (size_t i = 0; i < NBT_BROWSER_GUESTS; i++)
        if (b->guests[i].lsn)
            due = nbt_time_min(due, b->guests[i].due);
    return due;
}
