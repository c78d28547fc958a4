/*
 * What a user says about a computer, checked and turned into what its driver needs. Each function
 * takes one option's text; false means that err has the one line for the user.
 */
#ifndef TOOLS_HOST_SETUP_H
#define TOOLS_HOST_SETUP_H

#include <stdio.h>

#include "nbt/own.h"
#include "tools/host/driver.h"
#include "tools/host/lmhosts.h"

/* The names that a computer has by itself: its own with a service's suffix. */
#define HOST_SERVICES(X)                                                                           \
    X(WORKSTATION, "workstation", 0x00)                                                            \
    X(SERVER, "server", 0x20)                                                                      \
    X(MESSENGER, "messenger", 0x03)

typedef enum host_service {
#define HOST_SERVICE(sym, word, suffix) HOST_SERVICE_##sym,
    HOST_SERVICES(HOST_SERVICE)
#undef HOST_SERVICE
        HOST_SERVICE_COUNT
} host_service;

/* Byte 16 of a service's name. */
uint8_t host_service_suffix(host_service service);

typedef struct host_setup {
    char name[NBT_NAME_TEXT_MAX + 1]; /* in upper case, as computers' names are */
    unsigned services;                /* bits 1 << host_service */
    const nbt_profile *profile;
    bool profiled;                     /* `profile` was asked for: it is not the persona's */
    const nbt_persona *persona;        /* NULL: none */
    char group[NBT_NAME_TEXT_MAX + 1]; /* of a persona; in upper case, as user */
    char user[NBT_NAME_TEXT_MAX + 1];  /* "": nobody is logged on */
    nbt_node_type type;
    bool typed; /* `type` was asked for */
    nbt_scope scope;
    uint32_t servers[NBT_SERVERS_MAX];             /* name servers, in order of preference */
    char servers_of[NBT_SERVERS_MAX][IF_NAMESIZE]; /* for that interface alone; "": for any that has
                                                      none of its own */
    uint8_t nservers;
    uint32_t nbdds[NBT_NBDDS_MAX]; /* datagram distribution servers, in order of preference */
    uint8_t nnbdds;
    bool is_server; /* the computer is a name server itself, and its own if none is given */
    host_lmhosts lmhosts;
    host_adapter *adapters; /* LANA 0, 1, ... in the order of the options */
    size_t nadapters;
} host_setup;

/* All services, profile rfc, the node type that the name servers call for, no scope, no name and no
 * adapter yet. */
void host_setup_init(host_setup *s);
void host_setup_fini(host_setup *s);

bool host_setup_name(host_setup *s, const char *text, host_err *err);
bool host_setup_profile(host_setup *s, const char *text, host_err *err);

/* Whom the computer stands in for (nbt/persona.def): its names, and its profile if none was asked
 * for. */
bool host_setup_persona(host_setup *s, const char *text, host_err *err);
/* For a persona: the workgroup, "WORKGROUP" if nobody says; who is logged on. */
bool host_setup_workgroup(host_setup *s, const char *text, host_err *err);
bool host_setup_user(host_setup *s, const char *text, host_err *err);
bool host_setup_node_type(host_setup *s, const char *text, host_err *err);

/* A list with commas of addresses, or INTERFACE=ADDRESS, added to the name servers that are there.
 */
bool host_setup_wins(host_setup *s, const char *text, host_err *err);

/* A list with commas of addresses, added to the datagram distribution servers that are there. */
bool host_setup_nbdd(host_setup *s, const char *text, host_err *err);

/* An LMHOSTS file, added to those that are there; see host_lmhosts_read. */
bool host_setup_lmhosts(host_setup *s, const char *path, host_err *err);

bool host_setup_scope(host_setup *s, const char *text, host_err *err);

/* A list with commas, or "none". */
bool host_setup_services(host_setup *s, const char *text, host_err *err);

/* A list with commas, added to the interfaces that are there. Not only HOST_USAGE: HOST_INTERFACE
 * and HOST_SYSTEM as host_iface_find has them. */
bool host_setup_interfaces(host_setup *s, const char *text, host_err *err);

/* What all personas are and where that is from, for people. */
void host_setup_list_personas(FILE *to);

/* The names that the computer claims itself, once all options are in. */
void host_setup_own(const host_setup *s, nbt_own *own);

/* When all options are in: is anything missing? Gives profile, node type (h with name servers, b
 * without, unless it was asked for), scope, name servers and
 * LMHOSTS to the adapters, who borrow the last. */
bool host_setup_finish(host_setup *s, host_err *err);

/* Whether the computer is its own name server, by each adapter at that one's address. */
bool host_setup_own_server(const host_setup *s);

#endif
