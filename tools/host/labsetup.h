/*
 * What makes a computer one of a laboratory: services that deal with callers in a certain way, and
 * answers to calls that no program decides; and how many sessions it has and keeps alive. Each
 * function takes one option's text; false means that err has the one line for the user (HOST_USAGE,
 * HOST_SYSTEM).
 */
#ifndef TOOLS_HOST_LABSETUP_H
#define TOOLS_HOST_LABSETUP_H

#include "nbt/dummy.h"
#include "tools/host/setup.h"

typedef struct host_labsetup {
    nbt_rule *rules;
    size_t nrules;
    nbt_dummy *services;
    size_t nservices;
    uint16_t sessions; /* 0: as many as the NetBIOS interface has */
    bool keep_alive_said;
    nbt_time keep_alive;
    nbt_profile profile; /* the computer's, with that */
} host_labsetup;

void host_labsetup_init(host_labsetup *l);
void host_labsetup_fini(host_labsetup *l);

/* nbt/rule.h has the form; the first that fits is obeyed. */
bool host_labsetup_answer(host_labsetup *l, const char *text, host_err *err);

/* NAME=KIND, on LANA 0. */
bool host_labsetup_service(host_labsetup *l, const char *text, host_err *err);

bool host_labsetup_sessions(host_labsetup *l, const char *text, host_err *err);

/* Seconds; 0 is never. */
bool host_labsetup_keep_alive(host_labsetup *l, const char *text, host_err *err);

/*
 * When all options are in, before host_setup_finish: services' rules go behind the answers, a name
 * that a service has is no own name any more, and `s` borrows the profile, if it is another now.
 */
bool host_labsetup_finish(host_labsetup *l, host_setup *s, host_err *err);

#endif
