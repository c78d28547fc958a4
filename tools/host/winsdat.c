/*
 * wins.dat, line by line. Files are the caller's business.
 */
#include "tools/host/winsdat.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/iface.h"

bool host_winsdat_is_first(const char *line)
{
    return strncmp(line, "VERSION 1 ", 10) == 0;
}

/* The name up to its closing quotation mark; gives what follows, NULL if it is none. */
static const char *read_name(const char *line, uint8_t name[NBT_NAME_LEN])
{
    const char *end = line[0] == '"' ? strchr(line + 1, '"') : NULL;
    unsigned last;
    if (!end || end - line < 4 || end[-3] != '#' || sscanf(end - 2, "%2x\"", &last) != 1)
        return NULL;
    size_t len = (size_t)(end - 3 - (line + 1));
    if (len > NBT_NAME_LEN - 1)
        return NULL;
    memset(name, ' ', NBT_NAME_LEN);
    memcpy(name, line + 1, len);
    name[NBT_NAME_LEN - 1] = (uint8_t)last;
    return end + 1;
}

const char *host_winsdat_read(const char *line, host_winsdat *e)
{
    char word[24];
    int used;
    const char *p = read_name(line, e->name);
    e->n = 0;
    if (!p)
        return "it does not begin with a name in quotation marks, such as \"FRED#20\"";
    if (sscanf(p, " %10[0-9]%n", word, &used) != 1)
        return "no time follows the name";
    e->expires = (nbt_sec)strtoul(word, NULL, 10);
    for (p += used; sscanf(p, " %15[0-9.]%n", word, &used) == 1 && strchr(word, '.'); p += used) {
        struct in_addr addr;
        if (e->n == NBT_NBNS_INTERNET_MAX || inet_pton(AF_INET, word, &addr) != 1)
            return "an address is none, or there are too many";
        e->ip[e->n++] = ntohl(addr.s_addr);
    }
    unsigned flags;
    char source;
    if (e->n == 0 || sscanf(p, " %2x%c", &flags, &source) != 2 || source != 'R')
        return "no address, or no flags such as 64R";
    e->nb_flags = (uint16_t)((flags & 0xE0) << 8);
    bool group = (e->nb_flags & NBT_NB_G) != 0;
    if (group)
        e->kind = e->name[NBT_NAME_LEN - 1] == 0x1C ? NBT_NBKIND_INTERNET : NBT_NBKIND_GROUP;
    else
        e->kind = e->n > 1 ? NBT_NBKIND_MULTIHOMED : NBT_NBKIND_UNIQUE;
    return NULL;
}

bool host_winsdat_print(const host_winsdat *e, char *buf)
{
    enum { ACTIVE = 0x04 };
    size_t len = NBT_NAME_LEN - 1, cap = HOST_WINSDAT_STR_MAX;
    while (len > 0 && e->name[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < len; i++)
        if (e->name[i] < ' ' || e->name[i] > '~' || e->name[i] == '"')
            return false;
    size_t n = (size_t)snprintf(buf, cap, "\"%.*s#%02x\" %u", (int)len, (const char *)e->name,
                                e->name[NBT_NAME_LEN - 1], (unsigned)e->expires);
    for (unsigned i = 0; i < e->n; i++) {
        char ip[HOST_IP_STR_MAX];
        n += (size_t)snprintf(buf + n, cap - n, " %s", host_ip_str(e->ip[i], ip));
    }
    snprintf(buf + n, cap - n, " %02xR\n", (e->nb_flags >> 8 & 0xE0) | ACTIVE);
    return true;
}
