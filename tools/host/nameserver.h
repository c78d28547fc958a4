/*
 * A name server made to run: UDP and TCP 137 of real interfaces, a store that keeps what it grants,
 * the loop's clock. Who gets which name is the server's business.
 */
#ifndef TOOLS_HOST_NAMESERVER_H
#define TOOLS_HOST_NAMESERVER_H

#include "nbt/nbns.h"
#include "tools/host/iface.h"
#include "tools/host/loop.h"
#include "tools/host/udp.h"

typedef struct host_nameserver_cfg {
    const host_iface *ifaces; /* LANA 0, 1, ... in this order; copied */
    size_t nifaces;
    const char *store;  /* the file; NULL: nothing is kept */
    bool datagrams;     /* it is a datagram distribution server, too (nbt/nbdd.h) */
    bool not_back;      /* whose clients' datagrams do not come back to them */
    const char *socket; /* where it is watched and changed (tools/host/nsctl.h); NULL: nowhere */
    /* As the server wants it, but for mem, lanas, wall and journal, which are set here. */
    nbt_nbns_cfg server;
    void *tool; /* first argument of what follows */
    /* An NBT_ACT_TRACE. */
    void (*on_trace)(void *tool, const nbt_act *act);
    /* A line for whoever watches, without its newline. */
    void (*on_log)(void *tool, const char *line);
} host_nameserver_cfg;

typedef struct host_nameserver host_nameserver;

/*
 * Reads the store, opens UDP and TCP 137 (and UDP 138, if it distributes datagrams) and puts the
 * server on the loop; SIGINT and SIGTERM end the loop. NULL: err says why: HOST_PORT, HOST_MISSING,
 * HOST_SYSTEM.
 */
host_nameserver *host_nameserver_new(host_loop *loop, const host_nameserver_cfg *cfg,
                                     host_err *err);

/* Closes everything; what was granted is in the store then. After host_loop_run. */
void host_nameserver_free(host_nameserver *ns);

/*
 * From now on a computer has the server's interfaces and its port 137, too (nbt/both.h): what is
 * for the computer's node is handed to `rx`, with the server's number of the interface.
 */
void host_nameserver_share(host_nameserver *ns, void *ctx,
                           void (*rx)(void *ctx, uint8_t lana, nbt_ep from, nbt_ep to,
                                      nbt_bytes data));

/* Whether it has port 138 as well: what is not for its distribution server is handed on like what
 * is for the computer's node. */
bool host_nameserver_datagrams(const host_nameserver *ns);

/* The sockets, through which that computer sends as well. */
host_udp *host_nameserver_udp(host_nameserver *ns);

/* The server, for listings and counts. */
const nbt_nbns *host_nameserver_server(const host_nameserver *ns);

#endif
