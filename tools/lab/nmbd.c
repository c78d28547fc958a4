/*
 * A folder with smb.conf and all that nmbd writes; it never asks for a folder of the machine's.
 */
#include "tools/lab/nmbd.h"
#include "tools/host/iface.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FOLDER_MAX = 96 };

static unsigned prefix_len(uint32_t mask)
{
    unsigned n = 0;
    while (n < 32 && mask & 1U << (31 - n))
        n++;
    return n;
}

static void put_folders(FILE *f, const char *folder)
{
    static const char *const keys[] = { "private dir",     "lock directory", "state directory",
                                        "cache directory", "pid directory",  "ncalrpc dir" };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char path[FOLDER_MAX + 8];
        snprintf(path, sizeof path, "%s/%zu", folder, i);
        (void)mkdir(path, 0700);
        fprintf(f, " %s = %s\n", keys[i], path);
    }
}

static bool write_conf(const scene *s, uint16_t host, const char *folder, const char *path)
{
    const scene_host *h = &s->host[host];
    const scene_adapter *a = &h->adapter[0];
    char ip[HOST_IP_STR_MAX];
    FILE *f = fopen(path, "we");
    if (!f)
        return false;
    fprintf(f,
            "[global]\n netbios name = %s\n workgroup = NBTLAB\n interfaces = %s/%u\n"
            " bind interfaces only = yes\n disable netbios = no\n dns proxy = no\n"
            " log file = %s/log\n",
            h->netbios, host_ip_str(a->ip, ip), prefix_len(s->network[a->network].mask), folder);
    put_folders(f, folder);
    return fclose(f) == 0;
}

bool lab_nmbd(lab_args *a, const scene *s, uint16_t host, const char *folder, host_err *err)
{
    char own[FOLDER_MAX], path[FOLDER_MAX + 16];
    snprintf(own, sizeof own, "%s/h%u.samba", folder, host);
    snprintf(path, sizeof path, "%s/smb.conf", own);
    (void)mkdir(own, 0755);
    (void)mkdir("/run/samba", 0755); /* it wants this one, too, whatever the file says */
    if (!write_conf(s, host, own, path)) {
        host_err_set(err, HOST_SYSTEM, "%s: %s", path, strerror(errno));
        return false;
    }
    lab_args_words(
        a, (const char *const[]){ "nmbd", "--foreground", "--no-process-group", "-s", path, NULL });
    return true;
}
