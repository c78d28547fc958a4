/*
 * What is told of a replay: whether two messages differ, and results until they are pulled.
 */
#include "capture/replay_impl.h"

#include <stdlib.h>
#include <string.h>

typedef struct play_told {
    struct play_told *next;
    cap_result r;
    uint8_t octets[]; /* of what was expected, of what came, and the text */
} play_told;

const char *cap_came_str(cap_came v)
{
    static const char *const word[CAP_VERDICTS] = {
        "sent", "not sent", "matched", "late", "different", "missing", "unexpected",
    };
    return word[v];
}

static bool same(nbt_bytes a, nbt_bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static void part(cap_buf *b, const char *text)
{
    if (b->n > 0)
        cap_buf_str(b, "; ");
    cap_buf_str(b, text);
}

/* What befell a connection, in the words of "accepted, not refused". */
static const char *befell(const cap_note *n)
{
    if (n->why)
        return n->why;
    switch (n->kind) {
    case CAP_MOVE_OPEN:
        return "opened";
    case CAP_MOVE_ACCEPT:
        return "accepted";
    case CAP_MOVE_REFUSE:
        return "refused";
    case CAP_MOVE_FIN:
        return "closed";
    case CAP_MOVE_RESET:
        return "reset";
    case CAP_MOVE_DATAGRAM:
    case CAP_MOVE_MESSAGE:
        break;
    }
    return "a message";
}

static void differ_way(cap_player *p, const cap_note *want, const cap_note *got)
{
    cap_buf *b = &p->diff;
    if (want->to_all != got->to_all)
        part(b, got->to_all ? "to all, not to one host" : "to one host, not to all");
    if (want->from.ip != got->from.ip) {
        part(b, "from ");
        cap_buf_ip(b, got->from.ip);
        cap_buf_str(b, ", not ");
        cap_buf_ip(b, want->from.ip);
    }
}

bool play_differs(cap_player *p, const cap_note *want, const cap_note *got)
{
    cap_buf *b = &p->diff;
    b->n = 0;
    if (want->kind != got->kind || got->why) {
        part(b, befell(got));
        cap_buf_str(b, ", not ");
        cap_buf_str(b, befell(want));
    } else if (want->kind == CAP_MOVE_DATAGRAM || want->kind == CAP_MOVE_MESSAGE) {
        if (!same(want->bytes, got->bytes)) {
            cap_buf more = { 0 };
            if (cap_diff(&more, want->carry, want->bytes, got->bytes, want->cut, p->cfg.ignore)) {
                cap_buf_add(b, more.s, more.n);
                if (b->n == 0)
                    cap_buf_str(b, "its octets");
            }
            p->counts.failed = p->counts.failed || more.failed;
            cap_buf_fini(&more);
        }
        if (want->kind == CAP_MOVE_DATAGRAM)
            differ_way(p, want, got);
    }
    if (b->n == 0)
        return false;
    cap_buf_add(b, "", 1);
    p->counts.failed = p->counts.failed || b->failed;
    return !b->failed;
}

cap_result play_result(const cap_note *want, cap_came v, nbt_time at)
{
    return (cap_result){
        .verdict = v,
        .at = at,
        .number = want->number,
        .kind = want->kind,
        .carry = want->carry,
        .from = want->from,
        .to = want->to,
        .expected = want->bytes,
        .diff = "",
    };
}

static void put(play_told *t, size_t *used, nbt_bytes *b)
{
    if (b->n > 0)
        memcpy(t->octets + *used, b->p, b->n);
    b->p = t->octets + *used;
    *used += b->n;
}

void play_tell(cap_player *p, const cap_result *r)
{
    nbt_bytes diff = { (const uint8_t *)r->diff, strlen(r->diff) + 1 };
    size_t used = 0;
    play_told *t = malloc(sizeof *t + r->expected.n + r->got.n + diff.n);
    if (!t) {
        p->counts.failed = true;
        return;
    }
    t->next = NULL;
    t->r = *r;
    put(t, &used, &t->r.expected);
    put(t, &used, &t->r.got);
    put(t, &used, &diff);
    t->r.diff = (const char *)diff.p;
    *p->told_end = t;
    p->told_end = &t->next;
}

bool cap_player_next(cap_player *p, cap_result *r)
{
    free(p->spent);
    p->spent = p->told;
    if (!p->told)
        return false;
    p->told = p->told->next;
    if (!p->told)
        p->told_end = &p->told;
    *r = p->spent->r;
    return true;
}
