/*
 * The NetBIOS driver of one computer: its adapters, the sessions of each, and the control blocks of
 * the programs that run on it. Commands in, return codes out; packets and streams beside them.
 *
 * Programs are numbers that the caller chooses: one for each connection to the driver's socket. The
 * driver's own names (workstation, server, messenger) belong to program 0.
 */
#ifndef NBT_COMPUTER_H
#define NBT_COMPUTER_H

#include "nbt/act.h"
#include "nbt/node.h"
#include "nbt/rule.h"

typedef struct nbt_computer_cfg {
    nbt_mem mem;
    uint64_t seed;
    const nbt_lana_cfg *lanas; /* copied; 1 to 255 of them, with different numbers */
    size_t nlanas;
    uint16_t sessions; /* of each adapter, if more than NBT_SESSIONS_MAX; commands are then twice as
                          many */
    const nbt_rule *rules; /* for session requests; copied */
    size_t nrules;
} nbt_computer_cfg;

typedef struct nbt_computer nbt_computer;

/* NULL without memory. */
nbt_computer *nbt_computer_new(const nbt_computer_cfg *cfg);
void nbt_computer_free(nbt_computer *c);

/*
 * A program submits a control block. `data` is what it sends with it. A wait command is answered by
 * one DONE action, now or from a later call; a no-wait command by ACCEPTED now, and if that is
 * NRC_GOODRET by one DONE. `tag` must not be the tag of a pending command of this program
 * (the command is then refused with NRC_ILLCMD).
 */
void nbt_computer_do(nbt_computer *c, nbt_time now, uint32_t proc, uint32_t tag, const nbt_ncb *ncb,
                     nbt_bytes data, nbt_out *out);

/* A program has gone: its names are released, its sessions ended, its commands forgotten (G19). */
void nbt_computer_gone(nbt_computer *c, nbt_time now, uint32_t proc, nbt_out *out);

/* A UDP datagram to port 137 or 138 arrived on an adapter. */
void nbt_computer_rx(nbt_computer *c, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to,
                     nbt_bytes data, nbt_out *out);

/* The same as nbt_node_hears and nbt_node_overheard, of an adapter. */
nbt_heard nbt_computer_hears(const nbt_computer *c, uint8_t lana);
void nbt_computer_overheard(nbt_computer *c, uint8_t lana, const nbt_overheard *o);

/* Something happened to a TCP connection of port 139. */
void nbt_computer_tcp(nbt_computer *c, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);

void nbt_computer_tick(nbt_computer *c, nbt_time now, nbt_out *out);
nbt_time nbt_computer_due(const nbt_computer *c);

/* Whether nothing is under way that will end by itself: no command but those that wait for a peer's
 * call or data, no transaction of an adapter. */
bool nbt_computer_idle(const nbt_computer *c);

/* How many control blocks of programs, the driver itself not counted, have not come back. */
unsigned nbt_computer_submitted(const nbt_computer *c);

/* The adapter of that number, NULL if there is none: for listings. */
const nbt_node *nbt_computer_lana(const nbt_computer *c, uint8_t lana);

/* The number of the connection that carries a session, by adapter and NCB_LSN; 0: none does. */
uint32_t nbt_computer_conn(const nbt_computer *c, uint8_t lana, uint16_t lsn);

/* How many sessions are established, on all adapters. */
unsigned nbt_computer_established(const nbt_computer *c);

#endif
