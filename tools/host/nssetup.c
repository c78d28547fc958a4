/*
 * Options of a name server.
 */
#include "tools/host/nssetup.h"
#include "tools/host/iface.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void host_nssetup_init(host_nssetup *s)
{
    enum { MAX_NAMES = 4000000 };
    memset(s, 0, sizeof *s);
    s->profile = *nbt_nbns_profile_find("rfc", 3);
    s->max_names = MAX_NAMES;
}

bool host_nssetup_profile(host_nssetup *s, const char *text, host_err *err)
{
    const nbt_nbns_profile *p = nbt_nbns_profile_find(text, strlen(text));
    if (p) {
        s->profile = *p;
        return true;
    }
    char known[128];
    size_t n = 0;
    known[0] = '\0';
    for (size_t i = 0; (p = nbt_nbns_profile_at(i)) && n < sizeof known; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "", p->name);
    host_err_set(err, HOST_USAGE,
                 "there is no name server's profile \"%s\"; --server-profile takes %s", text,
                 known);
    return false;
}

/* A number between two, written in digits alone. */
static bool number(const char *text, unsigned long least, unsigned long most, unsigned long *n)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *n = strtoul(text, &end, 10);
    return !*end && errno == 0 && *n >= least && *n <= most;
}

bool host_nssetup_count(host_nssetup *s, const char *text, host_err *err)
{
    unsigned long n;
    s->count_said = number(text, 1, 16, &n);
    if (s->count_said)
        s->count = (uint8_t)n;
    else
        host_err_set(err, HOST_USAGE, "--challenge-count takes a number from 1 to 16, not \"%s\"",
                     text);
    return s->count_said;
}

bool host_nssetup_timeout(host_nssetup *s, const char *text, host_err *err)
{
    unsigned long n;
    s->timeout_said = number(text, 1, 60000, &n);
    if (s->timeout_said)
        s->timeout = NBT_MS((nbt_time)n);
    else
        host_err_set(err, HOST_USAGE,
                     "--challenge-timeout takes milliseconds from 1 to 60000, not \"%s\"", text);
    return s->timeout_said;
}

bool host_nssetup_max_names(host_nssetup *s, const char *text, host_err *err)
{
    unsigned long n;
    if (!number(text, 1, 50000000, &n)) {
        host_err_set(err, HOST_USAGE, "--max-names takes a number from 1 to 50000000, not \"%s\"",
                     text);
        return false;
    }
    s->max_names = n;
    return true;
}

bool host_nssetup_served(host_nssetup *s, const char *text, host_err *err)
{
    for (const char *rest = text; rest;) {
        char item[64];
        size_t len = strcspn(rest, ",");
        snprintf(item, sizeof item, "%.*s", (int)len, rest);
        rest = rest[len] ? rest + len + 1 : NULL;
        if (s->nserved == HOST_NSSETUP_SERVED_MAX) {
            host_err_set(err, HOST_USAGE, "there are more than %d served subnets; take some away",
                         HOST_NSSETUP_SERVED_MAX);
            return false;
        }
        if (!host_subnet_parse(item, &s->served[s->nserved])) {
            host_err_set(
                err, HOST_USAGE,
                "\"%s\" is no subnet; --served takes some such as 10.1.0.0/16, with commas", item);
            return false;
        }
        s->nserved++;
    }
    return true;
}

bool host_nssetup_redirect(host_nssetup *s, const char *text, host_err *err)
{
    struct in_addr addr;
    s->redirect_to = inet_pton(AF_INET, text, &addr) == 1 ? ntohl(addr.s_addr) : 0;
    if (s->redirect_to != 0 && s->redirect_to < 0xE0000000)
        return true;
    host_err_set(err, HOST_USAGE,
                 "\"%s\" is no address of a name server; --redirect takes one such as 10.0.0.2",
                 text);
    return false;
}

static bool make_folder(const char *path, host_err *err)
{
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        return true;
    host_err_set(err, HOST_SYSTEM, "the store's folder %s cannot be made: %s; give --store", path,
                 strerror(errno));
    return false;
}

/* systemd's StateDirectory= first: it has seen to the folder. */
static bool find_store(host_nssetup *s, host_err *err)
{
    const char *given = getenv("STATE_DIRECTORY"), *home = getenv("XDG_STATE_HOME");
    char folder[400];
    if (given && *given)
        snprintf(folder, sizeof folder, "%s", given);
    else
        snprintf(folder, sizeof folder, "%s/nbtlab", home && *home ? home : "/var/lib");
    if (!make_folder(folder, err))
        return false;
    snprintf(s->path, sizeof s->path, "%s/names.db", folder);
    s->store = s->path;
    return true;
}

bool host_nssetup_finish(host_nssetup *s, host_err *err)
{
    if (s->secured_said)
        s->profile.secured = s->secured;
    if (s->count_said)
        s->profile.challenge_count = s->count;
    if (s->timeout_said)
        s->profile.challenge_timeout = s->timeout;
    if (s->memory && s->store) {
        host_err_set(err, HOST_USAGE, "--memory keeps nothing and --store says where; give one");
        return false;
    }
    return s->memory || s->store || find_store(s, err);
}
