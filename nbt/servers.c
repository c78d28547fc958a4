/*
 * The choice among name servers. It never knows their addresses.
 */
#include "nbt/servers.h"

void nbt_servers_init(nbt_servers *s, uint8_t n)
{
    *s = (nbt_servers){ .n = n };
}

nbt_ask_cfg nbt_servers_ask(nbt_servers *s, nbt_time now, const nbt_profile *p)
{
    if (s->at != 0 && now >= s->back_at)
        s->at = 0;
    nbt_ask_cfg cfg = { .pace = { p->ucast_count, p->ucast_timeout }, .wack_max = p->wack_max };
    cfg.servers = now < s->up_at ? 0 : s->n;
    cfg.first = cfg.servers > 0 ? s->at : 0;
    return cfg;
}

void nbt_servers_answered(nbt_servers *s, nbt_time now, uint8_t at, const nbt_profile *p)
{
    if (at != s->at)
        s->back_at = now + p->server_return;
    s->at = at;
    s->up_at = 0;
}

void nbt_servers_silent(nbt_servers *s, nbt_time now, const nbt_profile *p)
{
    if (now >= s->up_at) /* a request that ended because nobody is asked tells nothing new */
        s->up_at = now + p->server_down;
}
