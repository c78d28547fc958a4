/*
 * The tables of a computer: its commands and its connections, found by what they are called, and
 * which of the connections is due first. They cost the same however many there are, or nearly so;
 * nothing here knows what a command or a session means.
 */
#include "nbt/computer_impl.h"

#include <assert.h>

/* `nbuckets` is a power of two. */
static unsigned bucket(const nbt_computer *c, uint64_t key)
{
    return (unsigned)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (c->nbuckets - 1);
}

bool nbt_tables_init(nbt_computer *c)
{
    bool more = c->max_sessions > NBT_SESSIONS_MAX;
    c->nbuckets = more ? NBT_BUCKETS_MANY : NBT_BUCKETS_FEW;
    c->by_tag = more ? nbt_mem_new(c->mem, c->nbuckets * sizeof *c->by_tag) : c->few_tags;
    c->by_conn = more ? nbt_mem_new(c->mem, c->nbuckets * sizeof *c->by_conn) : c->few_conns;
    return c->by_tag && c->by_conn;
}

void nbt_tables_fini(nbt_computer *c)
{
    nbt_mem_free(c->mem, c->heap, c->heap_cap * sizeof *c->heap);
    if (c->nbuckets <= NBT_BUCKETS_FEW)
        return;
    nbt_mem_free(c->mem, c->by_tag, c->nbuckets * sizeof *c->by_tag);
    nbt_mem_free(c->mem, c->by_conn, c->nbuckets * sizeof *c->by_conn);
}

/* --- commands ----------------------------------------------------------------------------- */

static nbt_cmd **tag_bucket(nbt_computer *c, const nbt_prog *prog, uint32_t tag)
{
    return &c->by_tag[bucket(c, (uint64_t)prog->proc << 32 | tag)];
}

static nbt_sort sort_of(const nbt_cmd *cmd)
{
    switch (nbt_cmd_verb(cmd)) {
    case NBT_NCB_LISTEN:
        return NBT_SORT_LISTEN;
    case NBT_NCB_RECEIVE_ANY:
        return NBT_SORT_RECEIVE_ANY;
    case NBT_NCB_RECEIVE_DATAGRAM:
    case NBT_NCB_RECEIVE_BROADCAST:
        return NBT_SORT_RECEIVE_DATAGRAM;
    case NBT_NCB_CALL:
    case NBT_NCB_SEND_DATAGRAM:
    case NBT_NCB_SEND_BROADCAST:
    case NBT_NCB_ADAPTER_STATUS:
    case NBT_NCB_FIND_NAME:
        return NBT_SORT_ASK;
    default:
        return NBT_SORTS;
    }
}

static void enter_sort(nbt_computer *c, nbt_cmd *cmd)
{
    nbt_sort sort = sort_of(cmd);
    if (sort == NBT_SORTS)
        return;
    cmd->prev_of_sort = c->sort[sort].last;
    if (cmd->prev_of_sort)
        cmd->prev_of_sort->next_of_sort = cmd;
    else
        c->sort[sort].first = cmd;
    c->sort[sort].last = cmd;
}

static void leave_sort(nbt_computer *c, nbt_cmd *cmd)
{
    nbt_sort sort = sort_of(cmd);
    if (sort == NBT_SORTS)
        return;
    if (cmd->next_of_sort)
        cmd->next_of_sort->prev_of_sort = cmd->prev_of_sort;
    else
        c->sort[sort].last = cmd->prev_of_sort;
    if (cmd->prev_of_sort)
        cmd->prev_of_sort->next_of_sort = cmd->next_of_sort;
    else
        c->sort[sort].first = cmd->next_of_sort;
}

void nbt_cmd_enter(nbt_computer *c, nbt_cmd *cmd)
{
    nbt_cmd **at = tag_bucket(c, cmd->prog, cmd->tag);
    cmd->next_by_tag = *at;
    *at = cmd;
    cmd->prev = c->last_cmd;
    if (cmd->prev)
        cmd->prev->next = cmd;
    else
        c->cmds = cmd;
    c->last_cmd = cmd;
    enter_sort(c, cmd);
    if (cmd->lana)
        nbt_share_of(cmd->prog, cmd->lana)->commands++;
}

static void leave_link(nbt_cmd *cmd)
{
    nbt_cmd **at = &cmd->link->cmds;
    while (*at != cmd)
        at = &(*at)->next_on_link;
    *at = cmd->next_on_link;
}

void nbt_cmd_leave(nbt_computer *c, nbt_cmd *cmd)
{
    nbt_cmd **at = tag_bucket(c, cmd->prog, cmd->tag);
    while (*at != cmd)
        at = &(*at)->next_by_tag;
    *at = cmd->next_by_tag;
    if (cmd->next)
        cmd->next->prev = cmd->prev;
    else
        c->last_cmd = cmd->prev;
    if (cmd->prev)
        cmd->prev->next = cmd->next;
    else
        c->cmds = cmd->next;
    leave_sort(c, cmd);
    if (cmd->lana)
        nbt_share_of(cmd->prog, cmd->lana)->commands--;
    if (!cmd->link)
        return;
    leave_link(cmd);
    if (cmd->due != NBT_NEVER)
        nbt_link_touch(c, cmd->link);
}

void nbt_cmd_join(nbt_cmd *cmd, nbt_link *link)
{
    nbt_cmd **at = &link->cmds;
    while (*at)
        at = &(*at)->next_on_link;
    *at = cmd;
    cmd->link = link;
}

nbt_cmd *nbt_cmd_find(const nbt_computer *c, const nbt_prog *prog, uint32_t tag)
{
    nbt_cmd *cmd = c->by_tag[bucket(c, (uint64_t)prog->proc << 32 | tag)];
    while (cmd && (cmd->prog != prog || cmd->tag != tag))
        cmd = cmd->next_by_tag;
    return cmd;
}

/* --- what is due first -------------------------------------------------------------------- */

/* Two that are due at the same time come in the order in which they began. */
static bool before(const nbt_link *a, const nbt_link *b)
{
    return a->due != b->due ? a->due < b->due : a->seq < b->seq;
}

static void put(nbt_computer *c, size_t at, nbt_link *link)
{
    c->heap[at] = link;
    link->heap_at = at;
}

/* Moves a link whose time has changed to where it belongs. */
static void sift(nbt_computer *c, nbt_link *link)
{
    size_t at = link->heap_at;
    for (; at > 0 && before(link, c->heap[(at - 1) / 2]); at = (at - 1) / 2)
        put(c, at, c->heap[(at - 1) / 2]);
    for (size_t child; (child = 2 * at + 1) < c->nheap; at = child) {
        if (child + 1 < c->nheap && before(c->heap[child + 1], c->heap[child]))
            child++;
        if (!before(c->heap[child], link))
            break;
        put(c, at, c->heap[child]);
    }
    put(c, at, link);
}

static void leave_heap(nbt_computer *c, const nbt_link *link)
{
    nbt_link *last = c->heap[--c->nheap];
    if (last == link)
        return;
    put(c, link->heap_at, last);
    sift(c, last);
}

/* --- links -------------------------------------------------------------------------------- */

nbt_link *nbt_link_new(nbt_computer *c, nbt_lana *lana)
{
    if (c->nheap == c->heap_cap) {
        void *heap = nbt_mem_grow(c->mem, c->heap, &c->heap_cap, sizeof(nbt_link *));
        if (!heap)
            return NULL;
        c->heap = heap;
    }
    nbt_link *link = nbt_mem_new(c->mem, sizeof *link);
    if (!link)
        return NULL;
    link->lana = lana;
    link->seq = c->began++;
    link->due = NBT_NEVER;
    link->prev = c->last_link;
    if (link->prev)
        link->prev->next = link;
    else
        c->links = link;
    c->last_link = link;
    put(c, c->nheap++, link);
    sift(c, link);
    return link;
}

static void leave_conn(nbt_computer *c, nbt_link *link)
{
    if (link->conn == 0)
        return;
    nbt_link **at = &c->by_conn[bucket(c, link->conn)];
    while (*at != link)
        at = &(*at)->next_by_conn;
    *at = link->next_by_conn;
    link->conn = 0;
}

nbt_link *nbt_link_find(const nbt_computer *c, uint32_t conn)
{
    nbt_link *link = c->by_conn[bucket(c, conn)];
    while (link && (link->conn != conn || link->dead))
        link = link->next_by_conn;
    return link;
}

static nbt_time due_of(const nbt_link *link)
{
    if (link->dead)
        return NBT_NEVER;
    nbt_time due = nbt_session_due(&link->s);
    for (const nbt_cmd *cmd = link->cmds; cmd; cmd = cmd->next_on_link)
        due = nbt_time_min(due, cmd->due);
    return due;
}

static bool is_half_open(const nbt_link *link)
{
    bool half = link->s.phase == NBT_PHASE_REQUEST || link->s.phase == NBT_PHASE_TURNED;
    return half && !link->dead;
}

static bool is_heard(const nbt_link *link)
{
    nbt_bytes rest;
    bool heard = link->s.phase == NBT_PHASE_OVER || nbt_session_message(&link->s, &rest);
    return heard && !link->dead;
}

void nbt_link_touch(nbt_computer *c, nbt_link *link)
{
    nbt_time due = due_of(link);
    if (due != link->due) {
        link->due = due;
        sift(c, link);
    }
    bool half = is_half_open(link);
    c->half_open = c->half_open + half - link->half_open;
    link->half_open = half;
    bool heard = is_heard(link);
    c->heard = c->heard + heard - link->heard;
    link->heard = heard;
    if (link->conn == link->s.conn)
        return;
    leave_conn(c, link);
    link->conn = link->s.conn;
    link->next_by_conn = c->by_conn[bucket(c, link->conn)];
    c->by_conn[bucket(c, link->conn)] = link;
}

void nbt_link_free(nbt_computer *c, nbt_link *link)
{
    leave_conn(c, link);
    leave_heap(c, link);
    if (link->next)
        link->next->prev = link->prev;
    else
        c->last_link = link->prev;
    if (link->prev)
        link->prev->next = link->next;
    else
        c->links = link->next;
    nbt_session_fini(&link->s);
    nbt_mem_free(c->mem, link, sizeof *link);
}

void nbt_link_die(nbt_computer *c, nbt_link *link)
{
    if (link->dead)
        return;
    link->dead = true;
    link->next_dying = c->dying;
    c->dying = link;
}

void nbt_links_sweep(nbt_computer *c)
{
    for (nbt_link *link; (link = c->dying);) {
        c->dying = link->next_dying;
        nbt_link_free(c, link);
    }
}
