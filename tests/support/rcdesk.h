/*
 * One viewer or one agent on a desk: a test plays its driver, its network and its user by hand, and
 * everything that it wants done is written down in words.
 */
#ifndef TESTS_SUPPORT_RCDESK_H
#define TESTS_SUPPORT_RCDESK_H

#include "rc/agent.h"
#include "rc/viewer.h"
#include "tests/support/mem.h"

enum { DESK_PENDING = 64 };

typedef struct desk {
    test_mem mem;
    rc_viewer *viewer; /* one of the two */
    rc_agent *agent;
    nbt_out out;
    nbt_time now;
    struct {
        uint32_t tag; /* 0: free */
        nbt_ncb ncb;
    } pending[DESK_PENDING]; /* in the order of their submission */
    size_t npending;
    char words[8000];
} desk;

/* SMS 2.0, both transports, console CONSOLE1, client CLIENT1 at 10.0.0.2, user bob, LANA 0. */
rc_viewer_cfg desk_viewer_cfg(void);

/* SMS 2.0, both transports, client CLIENT1, LANA 0, permission granted, run lengths. */
rc_agent_cfg desk_agent_cfg(void);

/* Makes it, at time 0, not started. */
void desk_viewer(desk *d, const rc_viewer_cfg *cfg);
void desk_agent(desk *d, const rc_agent_cfg *cfg);

/* Frees it; fails if it kept memory. */
void desk_fini(desk *d);

void desk_start(desk *d);
void desk_do(desk *d, rc_cmd_kind kind, int64_t value);
void desk_type(desk *d, const char *keys);
void desk_gone(desk *d);

/* The answer to what it asked about a file. */
void desk_file(desk *d, int64_t value, const char *text);

/* Moves the clock to `ms` and ticks, once. */
void desk_at(desk *d, unsigned ms);

/* The object's deadline in milliseconds; -1: never. */
int64_t desk_due_ms(const desk *d);

/*
 * Completes the oldest pending control block of a command ("ADD NAME"), which must be there. A CALL
 * or a LISTEN that succeeds has session number `lsn`; a LISTEN's caller is CONSOLE1<41>.
 */
void desk_answer(desk *d, const char *command, uint8_t retcode);
void desk_session(desk *d, const char *command, uint16_t lsn);
void desk_answer_with(desk *d, const char *command, uint8_t retcode, const void *data, size_t n);

/* The answer to ADAPTER STATUS: names in text form, a group's with + before it, "" at the end. */
void desk_status(desk *d, uint8_t retcode, const char *const *names);

/* A message comes over session `lsn` (its RECEIVE must be pending), or over a TCP connection. */
void desk_message(desk *d, uint16_t lsn, const rc_msg *m);
void desk_stream(desk *d, uint32_t conn, const rc_msg *m);
void desk_bytes(desk *d, uint32_t conn, const void *p, size_t n);

/* Something else happens to a TCP connection; ACCEPTED: on this local port. */
void desk_tcp(desk *d, nbt_tcp_kind kind, uint32_t conn);
void desk_accepted(desk *d, uint32_t conn, uint16_t port);
void desk_sent(desk *d, uint32_t conn, size_t n);

/*
 * What it did since the last time, in order, "; " between:
 *
 *     ADD NAME CONSOLE1<41> @0          a control block, with its LANA; RECEIVEs are left out
 *     CALL CONSOLE1<41>>CLIENT1<43> @0
 *     SEND #7 rights; HANG UP #7        with the session number
 *     listen :1761; open 2 10.0.0.2:1761; send 2 rights; hold 2; resume 2; close 2; abort 2
 *     slot-wanted 4; claimed 1; say busy; error client-busy; exit client-busy      see rc/app.h
 *
 * It holds until the next call.
 */
const char *desk_said(desk *d);

/* The codes of its security log since then, with blanks: "9 5". It is no part of what it said. */
const char *desk_log(desk *d);

/* The last message of a type that it sent since then. The test fails if there is none. */
rc_msg desk_last(const desk *d, rc_msg_type type);

#define assert_desk(d, text) test_desk((d), (text), __FILE__, __LINE__)
void test_desk(desk *d, const char *text, const char *file, int line);

#endif
