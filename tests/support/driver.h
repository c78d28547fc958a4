/*
 * One computer for tests: its programs, its clock and its network are played by hand, and all that
 * it wants done is written down in words.
 */
#ifndef TESTS_SUPPORT_DRIVER_H
#define TESTS_SUPPORT_DRIVER_H

#include "nbt/computer.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"

/* LANA 0 is 10.0.0.1/24, LANA 1 (if there are two) 10.0.0.101 on the same wire. */
typedef struct driver {
    test_mem mem;
    nbt_computer *c;
    nbt_out out;
    nbt_time now;
    uint32_t last_conn;   /* accepted last: 1, 3, ... */
    uint32_t last_tag;    /* given last by the functions below that submit by themselves */
    uint16_t last_id;     /* transaction of the last packet of port 137 that was written down */
    uint16_t last_dgm;    /* DGM_ID of the last one of port 138 */
    nbt_ncb ncb;          /* of the last DONE or ACCEPTED that was written down */
    uint8_t data[131072]; /* and what came with it */
    size_t ndata;
    char words[16000];
} driver;

/* At time 0, without names. NULL profile: the RFC's. A driver is large: static storage, please. */
void driver_init(driver *d, const nbt_profile *profile, size_t lanas);

/* The same with LANA 0 alone, as a node of that type, whose name server is 10.0.0.201. */
void driver_init_type(driver *d, const nbt_profile *profile, nbt_node_type type);

/* The same with 10.0.0.202 and 10.0.0.203 for datagram distribution servers. */
void driver_init_nbdd(driver *d, const nbt_profile *profile, nbt_node_type type);

/* With one adapter, and this. */
void driver_init_lana(driver *d, const nbt_lana_cfg *lana);

/* The same with LANA 0 alone, which has so many sessions. */
void driver_init_sessions(driver *d, uint16_t sessions);

/* The same, with rules for session requests. */
void driver_init_rules(driver *d, const nbt_rule *rules, size_t n);

/* Both LANAs as P nodes: LANA 0 has the name server 10.0.0.201, LANA 1 has 10.0.0.202. */
void driver_init_two_servers(driver *d, const nbt_profile *profile);

/* Frees it; fails if it kept memory. */
void driver_fini(driver *d);

/* The RFC's profile, to be changed by a test. */
nbt_profile driver_profile(void);

/* Moves the clock, with a tick at each moment that the computer asks for. */
void driver_pass(driver *d, unsigned ms);

/* A control block, names in text form or NULL; `command` may have the no-wait bit. */
nbt_ncb driver_ncb(unsigned command, const char *name, const char *callname);

/* A program submits it with the n octets of `data`. */
void driver_do(driver *d, uint32_t proc, uint32_t tag, nbt_ncb ncb, const void *data, size_t n);

/* The same for the common ones: a wait command; SEND sends the text; RECEIVE has room for 100. */
void driver_submit(driver *d, uint32_t proc, uint32_t tag, unsigned command, const char *name,
                   const char *callname);
void driver_send(driver *d, uint32_t proc, uint32_t tag, uint16_t lsn, const char *text);
void driver_receive(driver *d, uint32_t proc, uint32_t tag, uint16_t lsn);
void driver_receive_any(driver *d, uint32_t proc, uint32_t tag, uint8_t num);
void driver_hang_up(driver *d, uint32_t proc, uint32_t tag, uint16_t lsn);
void driver_cancel(driver *d, uint32_t proc, uint32_t tag, uint32_t target);

/* A packet arrives at port 137: from "10.0.0.9", to "10.0.0.1" or "all". */
void driver_hear(driver *d, const char *from, const char *to, const packet *p);

/* The same at port 138. */
void driver_hear_datagram(driver *d, const char *from, const char *to, const packet *p);

/* The answer to the question that was sent last, a query or a claim: "10.0.0.9" says so. */
void driver_found(driver *d, const char *name, const char *from, bool group);
void driver_refused(driver *d, const char *name, const char *from, unsigned rcode);

/* Something happens to a connection; DATA with its octets. A SENT covers all that was sent. */
void driver_tcp(driver *d, nbt_tcp_kind kind, uint32_t conn);
void driver_sent(driver *d, uint32_t conn, size_t n);
void driver_data(driver *d, uint32_t conn, const void *data, size_t n);
void driver_packet(driver *d, uint32_t conn, const packet *p);
void driver_message(driver *d, uint32_t conn, const char *text);

/* A new connection from 10.0.0.9, and one that calls as well. Returns its number. */
uint32_t driver_accept(driver *d);
uint32_t driver_called(driver *d, const char *called, const char *calling);

/* What tests begin with; what is said meanwhile is forgotten. A name's number, a session's lsn
 * (LISTEN for anybody, called by "CALLER<20>" on connection last_conn). */
uint8_t driver_hold(driver *d, uint32_t proc, const char *name, bool group);
uint16_t driver_session(driver *d, uint32_t proc, const char *name);

/*
 * What it did since the last time, in order, "; " between:
 *
 *     query-request BARNEY<20> to all          port 137; an RCODE as in kind(ACT_ERR)
 *     direct-unique-datagram BARNEY<20> from FRED<20> to 10.0.0.9 text     port 138; a fragment has
 *                                              "(first more 0)": its flags, its offset
 *     open@2 10.0.0.9:139, close@2, abort@2, hold@2, resume@2
 *     request@2 BARNEY<20> from FRED<20>, positive@1, negative(82)@1, retarget@1 10.0.0.7:139,
 * message@1 text, keep-alive@1 accepted 1/7 00                          program/tag and return code
 *     done 1/7 00                              CALL, LISTEN: "lsn 3"; LISTEN also "from BARNEY<20>"
 *                                              ADD: "num 2"; RECEIVE: the text; RECEIVE ANY: both;
 *                                              RECEIVE DATAGRAM: all three
 */
const char *driver_said(driver *d);

/* The same for traces: "session FRED<20> up > over", "command FRED<20> > refused 23". */
const char *driver_traced(driver *d);

#define assert_driver(d, text) test_driver((d), (text), __FILE__, __LINE__)

void test_driver(driver *d, const char *text, const char *file, int line);

#endif
