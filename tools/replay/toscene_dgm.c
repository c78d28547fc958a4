/*
 * Datagrams as control blocks: those that a computer of ours sends at once, without asking anybody
 * who is meant. All others are sent by steps.
 */
#include "nbt/nodetype.h"
#include "tools/replay/toscene_impl.h"

#include <string.h>

void toscene_dgm_note(toscene_said *s, const nbt_dgm *m, char *data)
{
    bool names = m->type == NBT_DGM_GROUP || m->type == NBT_DGM_BROADCAST;
    s->kind = m->type;
    s->data = data;
    s->whole = names && (m->flags & NBT_DGM_FIRST) && !(m->flags & NBT_DGM_MORE) &&
               m->from.form == NBT_NAME_NETBIOS && nbt_scope_eq(&m->from.scope, &m->to.scope);
    if (!s->whole)
        return;
    s->name = m->to;
    memcpy(s->sender, m->from.b, NBT_NAME_LEN);
}

/* For a group that it is in, or one of those that every subnet has its own of, or for all. */
bool toscene_dgm_can(const replay_toscene *t, const toscene_said *s, const toscene_host *h)
{
    bool known = s->kind == NBT_DGM_BROADCAST || nbt_nodetype_is_of_subnet(s->name.b) ||
                 toscene_owns(t, h->ip, s->name.b);
    return h->role == TOSCENE_COMPUTER && s->whole && s->to_all && known &&
           s->from.port == NBT_PORT_DGM && s->to.port == NBT_PORT_DGM &&
           nbt_scope_eq(&s->name.scope, &h->scope) && toscene_owns(t, h->ip, s->sender);
}

void toscene_dgm_step(replay_toscene *t, size_t said, const toscene_host *h)
{
    static const nbt_time soon = NBT_MS(500);
    const toscene_said *s = &t->said[said];
    char from[NBT_NAME_STR_MAX], to[NBT_NAME_STR_MAX];
    const char *source = strstr(s->text, " from="), *name = strchr(s->text, ' ');
    nbt_name16_print(s->sender, from, sizeof from);
    nbt_name16_print(s->name.b, to, sizeof to);
    if (s->kind == NBT_DGM_BROADCAST)
        toscene_at(t, s->at + t->lead, "P-%s send-broadcast %s %s", h->label, from, s->data);
    else
        toscene_at(t, s->at + t->lead, "P-%s send-datagram %s %s %s", h->label, from, to, s->data);
    cap_buf o = { 0 };
    cap_buf_add(&o, s->text, (size_t)(name - s->text) + 1 + strcspn(name + 1, " "));
    cap_buf_add(&o, source, 1 + strcspn(source + 1, " "));
    if (o.s)
        toscene_expect(t, said, o.s, o.n, s->at, s->at + soon);
    cap_buf_fini(&o);
}
