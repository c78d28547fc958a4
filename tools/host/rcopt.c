/*
 * The options of rcview and rcagent, one by one. Nothing is opened here.
 */
#include "tools/host/rcopt.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rc/channel.h"

void host_rcopt_init(host_rcopt *o)
{
    *o = (host_rcopt){ .profile = rc_profile_find("sms2.0", 6), .nlanas = 1 };
}

bool host_rcopt_product(host_rcopt *o, const char *text, host_err *err)
{
    const rc_profile *p = rc_profile_find(text, strlen(text));
    if (p) {
        o->profile = p;
        return true;
    }
    char known[128] = "";
    size_t n = 0;
    for (size_t i = 0; (p = rc_profile_at(i)) && n < sizeof known; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "", p->word);
    host_err_set(err, HOST_USAGE, "there is no product \"%s\"; --product takes %s", text, known);
    return false;
}

bool host_rcopt_protocols(host_rcopt *o, const char *text, host_err *err)
{
    o->protocols = rc_transports_parse(text, strlen(text));
    if (!o->protocols)
        host_err_set(
            err, HOST_USAGE,
            "\"%s\" is no list of protocols; --protocols takes netbios, tcp, udp, or several "
            "with commas",
            text);
    return o->protocols != 0;
}

/* A decimal number of its own, up to a comma or the end; false: it is something else. */
static bool number_of(const char *text, size_t len, unsigned long max, unsigned long *number)
{
    unsigned long v = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || v > max)
            return false;
        v = v * 10 + (unsigned long)(text[i] - '0');
    }
    *number = v;
    return len > 0 && v <= max;
}

bool host_rcopt_lanas(host_rcopt *o, const char *text, host_err *err)
{
    size_t n = 0;
    if (strcmp(text, "all") == 0) {
        o->nlanas = 0;
        return true;
    }
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ",");
        unsigned long lana;
        if (n == RC_LANAS_MAX || !number_of(at, len, NBT_LANA_MAX, &lana) ||
            memchr(o->lanas, (int)lana, n)) {
            host_err_set(err, HOST_USAGE,
                         "\"%s\" is no list of LANA numbers; --lana takes up to %d different ones "
                         "from 0 to %d with commas, or all",
                         text, RC_LANAS_MAX, NBT_LANA_MAX);
            return false;
        }
        o->lanas[n++] = (uint8_t)lana;
        at += len;
        if (!*at)
            break;
    }
    o->nlanas = n;
    return true;
}

bool host_rcopt_finish(host_rcopt *o, host_err *err)
{
    unsigned speaks = rc_profile_speaks(o->profile);
    if (!o->protocols)
        o->protocols = o->profile->usual;
    if (o->protocols & ~speaks) {
        host_err_set(err, HOST_USAGE,
                     "the sockets of %s were %s; give --protocols netbios, or another --product",
                     o->profile->word, speaks & RC_SPEAKS_UDP ? "UDP" : "TCP");
        return false;
    }
    return true;
}

bool host_rcopt_machine(const char *option, const char *text, host_err *err)
{
    size_t len = strlen(text);
    if (len > 0 && len <= NBT_NAME_TEXT_MAX && text[0] != '*')
        return true;
    if (text[0] == '*')
        host_err_set(err, HOST_USAGE,
                     "\"%s\" begins with *, which no computer's name does; "
                     "correct %s",
                     text, option);
    else
        host_err_set(err, HOST_USAGE,
                     "the name \"%s\" has %zu characters; %s takes 1 to %d, the 16th is remote "
                     "control's",
                     text, len, option, NBT_NAME_TEXT_MAX);
    return false;
}

/* The address that the `len` characters are; false: none, or 0.0.0.0. */
static bool address_of(const char *text, size_t len, uint32_t *ip)
{
    char one[INET_ADDRSTRLEN];
    struct in_addr in;
    if (len == 4 && memcmp(text, "name", 4) == 0) {
        *ip = 0;
        return true;
    }
    if (len >= sizeof one)
        return false;
    memcpy(one, text, len);
    one[len] = '\0';
    if (inet_pton(AF_INET, one, &in) != 1 || in.s_addr == 0)
        return false;
    *ip = ntohl(in.s_addr);
    return true;
}

bool host_rcopt_addresses(const char *text, uint32_t ips[HOST_RCOPT_ADDRESSES_MAX], size_t *n,
                          host_err *err)
{
    *n = 0;
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ",");
        if (*n == HOST_RCOPT_ADDRESSES_MAX || !address_of(at, len, &ips[*n])) {
            host_err_set(
                err, HOST_USAGE,
                "\"%s\" is no IPv4 address; --address takes one such as 10.0.0.2, or up to "
                "%d with commas, where \"name\" is what the client's name stands for",
                text, HOST_RCOPT_ADDRESSES_MAX);
            return false;
        }
        ++*n;
        at += len;
        if (!*at)
            return true;
    }
}

bool host_rcopt_number(const char *option, const char *text, unsigned max, unsigned *number,
                       host_err *err)
{
    unsigned long v;
    if (number_of(text, strlen(text), max, &v) && v > 0) {
        *number = (unsigned)v;
        return true;
    }
    host_err_set(err, HOST_USAGE, "\"%s\" is no number from 1 to %u; correct %s", text, max,
                 option);
    return false;
}

bool host_rcopt_functions(const char *text, unsigned *functions, host_err *err)
{
    unsigned set = strcmp(text, "all") == 0 ? RC_FUNCTIONS_ALL : 0;
    for (const char *at = text; set != RC_FUNCTIONS_ALL; at++) {
        rc_function function;
        size_t len = strcspn(at, ",");
        if (!rc_function_parse(&function, at, len)) {
            host_err_set(err, HOST_USAGE,
                         "\"%s\" is no list of what viewers may do; --allow takes control, chat, "
                         "transfer, execute and reboot with commas, or all",
                         text);
            return false;
        }
        set |= 1u << function;
        at += len;
        if (!*at)
            break;
    }
    *functions = set;
    return true;
}

char **host_rcopt_users(const char *text, size_t *n, host_err *err)
{
    size_t commas = 0, len = strlen(text);
    for (const char *at = text; (at = strchr(at, ',')); at++)
        commas++;
    char **list = calloc(1, (commas + 2) * sizeof *list + len + 1);
    if (!list) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    *n = 0;
    if (strcmp(text, "none") == 0)
        return list;
    char *at = memcpy(list + commas + 2, text, len + 1);
    for (char *name; (name = strsep(&at, ","));) {
        if (!*name || strlen(name) > RC_USER_MAX) {
            host_err_set(err, HOST_USAGE,
                         "\"%s\" is no list of users; --viewers takes names of up to %d characters "
                         "with commas, or none",
                         text, RC_USER_MAX);
            free(list);
            return NULL;
        }
        list[(*n)++] = name;
    }
    return list;
}
