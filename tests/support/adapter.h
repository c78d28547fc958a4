/*
 * One node for tests, with a clock of its own and everything that it does written down in words, so
 * that a test reads as what happened: what came in, what went out, what was reported.
 */
#ifndef TESTS_SUPPORT_ADAPTER_H
#define TESTS_SUPPORT_ADAPTER_H

#include "nbt/node.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"

/* The node is 10.0.0.1/24 with the MAC address 02:00:00:00:00:01. */
typedef struct adapter {
    test_mem mem;
    nbt_node *node;
    nbt_out out;
    nbt_time now;
    nbt_lmhost hosts[8];
    char words[4000];
} adapter;

/* A node of a profile and a scope ("" for none), at time 0. The table is empty. */
void adapter_init(adapter *a, const char *profile, const char *scope);

/* The same of another type ("P", "H", ...), whose name servers are 10.0.0.201 and 10.0.0.202: as
 * many of them as `servers` says. */
void adapter_init_type(adapter *a, const char *profile, const char *type, unsigned servers);

/* The same of a computer that has other adapters as well, and with a profile of the test's own. */
void adapter_init_multihomed(adapter *a, const char *profile, const char *type);
void adapter_init_profile(adapter *a, const nbt_profile *profile, const char *type,
                          unsigned servers);

/* The same of a computer that is its own name server: it is at 10.0.0.1, too. */
void adapter_init_own_server(adapter *a, const char *profile, const char *type);

/* The same with an LMHOSTS file of up to eight lines. */
void adapter_init_hosts(adapter *a, const char *profile, const char *type, const char *lmhosts);

/* Frees it; fails if it kept memory. */
void adapter_fini(adapter *a);

/* Moves the clock to `ms` and ticks, once. */
void adapter_at(adapter *a, unsigned ms);

/* Claims a name, now; its number. */
uint8_t adapter_add(adapter *a, const char *name, bool group);

/* Claims a name and lets the claim's time pass; what was said meanwhile is forgotten. */
uint8_t adapter_hold(adapter *a, const char *name, bool group);

uint32_t adapter_query(adapter *a, const char *name);

/* A packet arrives: from "10.0.0.9" port 137 or "10.0.0.9:1234", to "all" or an address. */
void adapter_hear(adapter *a, const char *from, const char *to, const packet *p);

/*
 * What it did since the last time, in order: packets as "KIND NAME to 10.0.0.9" ("to all" for the
 * broadcast address, with an RCODE as "KIND(ACT_ERR) NAME ...", with a port that is not 137), then
 * events as "ADDED #2", "REFUSED #2 ACT_ERR 10.0.0.9", "REFUSED #2 unanswered", "FOUND 10.0.0.5",
 * "FOUND_ALL nobody", "STATUS", "NO_STATUS", "CONFLICT #2 10.0.0.9", "RELEASED #2 10.0.0.9";
 * between them "; ". It holds until the next call.
 */
const char *adapter_said(adapter *a);

/*
 * The traces instead, as "name FRED<20> registering > refused 10.0.0.9 ACT_ERR"; packets and events
 * since the last time are forgotten.
 */
const char *adapter_traced(adapter *a);

/* The last packet sent since then, and its transaction id; the test fails if there is none. */
nbt_bytes adapter_last_packet(const adapter *a);
uint16_t adapter_last_id(const adapter *a);

#define assert_said(a, text) test_said((a), (text), __FILE__, __LINE__)
#define assert_traced(a, text) test_traced((a), (text), __FILE__, __LINE__)

void test_said(adapter *a, const char *text, const char *file, int line);
void test_traced(adapter *a, const char *text, const char *file, int line);

#endif
