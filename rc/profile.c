/*
 * The profiles of rc/profile.def as a table. Nothing here tries anything.
 */
#include "rc/profile.h"

#include <string.h>

static const rc_profile profiles[] = {
#define RC_PROFILE(...) { __VA_ARGS__ },
#include "rc/profile.def"
#undef RC_PROFILE
};

enum { PROFILES = sizeof profiles / sizeof profiles[0] };

const char *rc_transport_str(rc_transport transport)
{
    switch (transport) {
    case RC_NETBIOS:
        return "netbios";
    case RC_TCP:
        return "tcp";
    case RC_UDP:
        return "udp";
    }
    return "";
}

const char *rc_transports_str(unsigned set)
{
    static const char *const words[] = { "",    "netbios",     "tcp",     "netbios,tcp",
                                         "udp", "netbios,udp", "tcp,udp", "netbios,tcp,udp" };
    return words[set & (RC_SPEAKS_NETBIOS | RC_SPEAKS_TCP | RC_SPEAKS_UDP)];
}

unsigned rc_transports_parse(const char *text, size_t len)
{
    unsigned set = 0;
    for (;;) {
        const char *comma = memchr(text, ',', len);
        size_t n = comma ? (size_t)(comma - text) : len;
        if (rc_word_eq("netbios", text, n))
            set |= RC_SPEAKS_NETBIOS;
        else if (rc_word_eq("tcp", text, n))
            set |= RC_SPEAKS_TCP;
        else if (rc_word_eq("udp", text, n))
            set |= RC_SPEAKS_UDP;
        else
            return 0;
        if (!comma)
            return set;
        text += n + 1;
        len -= n + 1;
    }
}

const rc_profile *rc_profile_find(const char *word, size_t len)
{
    for (size_t i = 0; i < PROFILES; i++)
        if (rc_word_eq(profiles[i].word, word, len))
            return &profiles[i];
    return NULL;
}

const rc_profile *rc_profile_at(size_t i)
{
    return i < PROFILES ? &profiles[i] : NULL;
}

unsigned rc_profile_speaks(const rc_profile *profile)
{
    unsigned set = 0;
    for (size_t i = 0; i < profile->nsteps; i++)
        set |= 1u << profile->steps[i].transport;
    return set;
}

uint16_t rc_step_port(const rc_step *step, rc_function function)
{
    if (function > RC_FUNCTION_TRANSFER)
        return 0;
    return (uint16_t)(step->rights_port + 1 + function);
}

const rc_step *rc_profile_ports(const rc_profile *profile)
{
    for (size_t i = 0; i < profile->nsteps; i++)
        if (profile->steps[i].transport != RC_NETBIOS)
            return &profile->steps[i];
    return NULL;
}

size_t rc_profile_port_list(const rc_profile *profile, unsigned functions,
                            uint16_t ports[RC_PORTS_MAX])
{
    const rc_step *step = rc_profile_ports(profile);
    size_t n = 0;
    if (!step)
        return 0;
    ports[n++] = step->rights_port;
    for (rc_function f = RC_FUNCTION_CONTROL; f <= RC_FUNCTION_TRANSFER; f++)
        if (functions ? functions >> f & 1 : f == RC_FUNCTION_CONTROL)
            ports[n++] = rc_step_port(step, f);
    return n;
}
