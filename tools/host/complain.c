/*
 * Complaints about malformed packets, one for each peer and pause. It never prints, and keeps no
 * packet.
 */
#include "tools/host/complain.h"

#include <stdio.h>
#include <string.h>

#include "tools/host/iface.h"

/* The peer's place. If it had none it gets that of the oldest line, and its own line is due. */
static host_complained *place_of(host_complaints *c, nbt_time now, uint32_t ip)
{
    host_complained *oldest = &c->peers[0];
    for (size_t i = 0; i < HOST_COMPLAIN_PEERS; i++) {
        host_complained *p = &c->peers[i];
        if (p->ip == ip)
            return p;
        if (p->said < oldest->said)
            oldest = p;
    }
    *oldest = (host_complained){ .ip = ip, .said = now - NBT_S(HOST_COMPLAIN_PAUSE_S) };
    return oldest;
}

bool host_complain(host_complaints *c, nbt_time now, const nbt_trace *t,
                   char line[HOST_COMPLAIN_STR_MAX])
{
    if (strcmp(t->to, "malformed") != 0)
        return false;
    host_complained *p = place_of(c, now, t->peer.ip);
    if (now - p->said < NBT_S(HOST_COMPLAIN_PAUSE_S)) {
        p->held++;
        return false;
    }
    char ip[HOST_IP_STR_MAX], held[48] = "";
    if (p->held > 0)
        snprintf(held, sizeof held, " (and %u more since the last such line)", (unsigned)p->held);
    snprintf(line, HOST_COMPLAIN_STR_MAX, "%s:%u sent a malformed %s: %s in %s at octet %u%s",
             host_ip_str(t->peer.ip, ip), t->peer.port,
             strcmp(t->what, "packet") == 0 ? "name service packet" : t->what, t->why, t->field,
             (unsigned)t->offset, held);
    p->said = now;
    p->held = 0;
    return true;
}
