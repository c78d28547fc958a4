/*
 * From a port to inodes (/proc/net), from inodes to processes (/proc/PID/fd). It never touches a
 * process.
 */
#include "tools/host/who.h"

#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INODES_MAX = 64, TCP_LISTEN_STATE = 0x0A };

typedef struct holders {
    unsigned long inode[INODES_MAX];
    size_t n;
    unsigned uid; /* of the last one */
} holders;

/*
 * An address of /proc/net: the octets of each 32-bit word in the machine's order, in hex. An IPv6
 * socket on the any address, or on a mapped one, keeps IPv4 sockets out as well.
 */
static bool read_address(const char *hex, uint32_t *ip)
{
    uint32_t word[4];
    size_t words = strlen(hex) / 8;
    if (words != 1 && words != 4)
        return false;
    for (size_t i = 0; i < words; i++) {
        char part[9] = { 0 };
        memcpy(part, hex + i * 8, 8);
        uint32_t raw = (uint32_t)strtoul(part, NULL, 16);
        uint8_t b[4];
        memcpy(b, &raw, 4);
        word[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
    *ip = word[words - 1];
    return words == 1 || (word[0] == 0 && word[1] == 0 && (word[2] == 0xFFFF || word[2] == 0));
}

/* One line of /proc/net/{udp,tcp}[6], whose columns are the same in all four. */
static void read_line(const char *line, host_proto proto, nbt_ep at, holders *h)
{
    char local[33];
    unsigned port, state, uid;
    unsigned long inode;
    uint32_t ip;
    if (sscanf(line, " %*d: %32[0-9A-Fa-f]:%x %*[^ ] %x %*[^ ] %*[^ ] %*[^ ] %u %*d %lu", local,
               &port, &state, &uid, &inode) != 5)
        return;
    if (port != at.port || (proto == HOST_TCP && state != TCP_LISTEN_STATE))
        return;
    if (!read_address(local, &ip) || (ip != at.ip && ip != 0 && at.ip != 0) || h->n == INODES_MAX)
        return;
    h->inode[h->n++] = inode;
    h->uid = uid;
}

static void find_inodes(host_proto proto, nbt_ep at, holders *h)
{
    static const char *const files[][2] = {
        [HOST_UDP] = { "/proc/net/udp", "/proc/net/udp6" },
        [HOST_TCP] = { "/proc/net/tcp", "/proc/net/tcp6" },
    };
    for (size_t i = 0; i < 2; i++) {
        FILE *f = fopen(files[proto][i], "re");
        char line[512];
        while (f && fgets(line, sizeof line, f))
            read_line(line, proto, at, h);
        if (f)
            fclose(f);
    }
}

/* Whether one of the process's descriptors is one of the sockets. */
static bool holds(long pid, const holders *h)
{
    char path[64], target[64];
    snprintf(path, sizeof path, "/proc/%ld/fd", pid);
    DIR *dir = opendir(path);
    bool found = false;
    for (struct dirent *d; dir && !found && (d = readdir(dir));) {
        ssize_t n = readlinkat(dirfd(dir), d->d_name, target, sizeof target - 1);
        unsigned long inode;
        if (n <= 0)
            continue;
        target[n] = '\0';
        if (sscanf(target, "socket:[%lu]", &inode) != 1)
            continue;
        for (size_t i = 0; i < h->n; i++)
            found = found || h->inode[i] == inode;
    }
    if (dir)
        closedir(dir);
    return found;
}

const char *host_comm(long pid, char *buf, size_t cap)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    FILE *f = fopen(path, "re");
    if (!f || !fgets(buf, (int)cap, f))
        snprintf(buf, cap, "a process");
    buf[strcspn(buf, "\n")] = '\0';
    if (f)
        fclose(f);
    return buf;
}

const char *host_who(host_proto proto, nbt_ep at, char *buf, size_t cap)
{
    holders h = { .n = 0 };
    find_inodes(proto, at, &h);
    size_t n = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *d; proc && n < cap && (d = readdir(proc));) {
        long pid = strtol(d->d_name, NULL, 10); /* 0 for what is no process */
        char comm[32];
        if (pid > 0 && holds(pid, &h))
            n += (size_t)snprintf(buf + n, cap - n, "%s%s (pid %ld)", n ? " and " : "",
                                  host_comm(pid, comm, sizeof comm), pid);
    }
    if (proc)
        closedir(proc);
    if (n > 0)
        return buf;

    const struct passwd *user = h.n ? getpwuid(h.uid) : NULL;
    if (user)
        snprintf(buf, cap, "another process, of user %s", user->pw_name);
    else
        snprintf(buf, cap, "another process");
    return buf;
}

bool host_who_holds(host_proto proto, nbt_ep at, char *buf, size_t cap)
{
    holders h = { .n = 0 };
    find_inodes(proto, at, &h);
    if (h.n == 0)
        return false;
    host_who(proto, at, buf, cap);
    return true;
}

void host_who_err(host_err *err, host_proto proto, nbt_ep at, const char *place, const char *remedy)
{
    char who[128];
    host_err_set(err, HOST_PORT, "%s port %u of %s is taken by %s; stop it or %s",
                 proto == HOST_UDP ? "UDP" : "TCP", at.port, place,
                 host_who(proto, at, who, sizeof who), remedy);
}
