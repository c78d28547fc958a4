/*
 * The options that rcview and rcagent have in common, checked and turned into what the objects of
 * rc/ need. Each function takes one option's text; false means that err has the one line for the
 * user (HOST_USAGE).
 */
#ifndef TOOLS_HOST_RCOPT_H
#define TOOLS_HOST_RCOPT_H

#include "rc/claim.h"
#include "rc/profile.h"
#include "tools/host/err.h"

typedef struct host_rcopt {
    const rc_profile *profile;
    unsigned protocols;
    uint8_t lanas[RC_LANAS_MAX];
    size_t nlanas; /* 0: all that the driver has */
} host_rcopt;

/* SMS 2.0, all that it speaks, LANA 0. */
void host_rcopt_init(host_rcopt *o);

bool host_rcopt_product(host_rcopt *o, const char *text, host_err *err);
bool host_rcopt_protocols(host_rcopt *o, const char *text, host_err *err);

/* Numbers with commas, or "all". */
bool host_rcopt_lanas(host_rcopt *o, const char *text, host_err *err);

/* When all options are in: does the product speak what it is to? */
bool host_rcopt_finish(host_rcopt *o, host_err *err);

/* A machine's name, as `option` has it; it is not changed. */
bool host_rcopt_machine(const char *option, const char *text, host_err *err);

enum { HOST_RCOPT_ADDRESSES_MAX = 8 };

/* IPv4 addresses with commas, host byte order; "name" among them is 0. */
bool host_rcopt_addresses(const char *text, uint32_t ips[HOST_RCOPT_ADDRESSES_MAX], size_t *n,
                          host_err *err);

/* A whole number of an option, from 1 to `max`. */
bool host_rcopt_number(const char *option, const char *text, unsigned max, unsigned *number,
                       host_err *err);

/* Functions of RC_FUNCTIONS with commas, or "all", as a set. */
bool host_rcopt_functions(const char *text, unsigned *functions, host_err *err);

/*
 * Users with commas, or "none": the names in a NULL-terminated list, to be freed with free() in one
 * piece. NULL without memory, or for an empty name or one over RC_USER_MAX.
 */
char **host_rcopt_users(const char *text, size_t *n, host_err *err);

#endif
