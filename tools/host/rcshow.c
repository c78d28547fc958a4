/*
 * What is common to the forms in which the effects of viewers and agents are watched, and what
 * their ends are as exit statuses.
 */
#include "tools/host/rcshow_impl.h"

#include <string.h>

#include "rc/names.h"

const char *host_rcshow_text(nbt_bytes data, char text[RC_LINE_MAX])
{
    size_t n = data.n < RC_LINE_MAX - 1 ? data.n : RC_LINE_MAX - 1;
    if (n > 0)
        memcpy(text, data.p, n);
    text[n] = '\0';
    return text;
}

bool host_rcshow_named(const uint8_t name[NBT_NAME_LEN])
{
    static const uint8_t none[NBT_NAME_LEN];
    return memcmp(name, none, NBT_NAME_LEN) != 0;
}

const char *host_rcshow_machine(const uint8_t name[NBT_NAME_LEN], char machine[NBT_NAME_STR_MAX])
{
    size_t n = nbt_name16_print(name, machine, NBT_NAME_STR_MAX);
    machine[n - 4] = '\0'; /* "<20>" ends it */
    return machine;
}

size_t host_rcshow_ports(const rcshown *e, uint16_t ports[RC_PORTS_MAX])
{
    bool sockets = e->act->value & ~(int64_t)RC_SPEAKS_NETBIOS;
    return sockets ? rc_profile_port_list(e->show->profile, e->show->functions, ports) : 0;
}

int host_rcshow_status(rc_end end)
{
    switch (end) {
    case RC_END_DONE:
        return HOST_OK;
    case RC_END_NAME:
        return HOST_NAME;
    case RC_END_NETBIOS:
        return HOST_NETBIOS;
    case RC_END_NOT_FOUND:
        return HOST_NO_CLIENT;
    case RC_END_BUSY:
        return HOST_BUSY;
    case RC_END_RIGHTS:
        return HOST_RIGHTS;
    case RC_END_PERMISSION:
        return HOST_PERMISSION;
    case RC_END_LIMIT:
        return HOST_LIMIT;
    case RC_END_LOST:
        return HOST_LOST;
    case RC_END_NONSENSE:
        return HOST_NONSENSE;
    case RC_END_TRANSFER:
        return HOST_TRANSFER;
    }
    return HOST_FAILED;
}
