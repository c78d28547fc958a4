/*
 * One lab while a case runs in it: the programs, what they report, and the recorder on the bridge.
 *
 * A lab is used from within its sandbox. Waiting means running its event loop: what the programs
 * print and what the bridge carries is taken in meanwhile.
 */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include "capture/source.h"
#include "tools/lab/net.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct lab lab;
typedef struct lab_child lab_child;

/*
 * Builds the network, and records what its first bridge carries (the second's too, until they are
 * joined) into the pcap file `capture`. Our own programs are those in the folder `programs`.
 * Borrows all three; NULL after one line on standard error.
 */
lab *lab_new(const lab_host *hosts, size_t n, const char *programs, const char *capture);

/*
 * The folder of this program. To be asked before the sandbox is entered: inside, a program that
 * came from outside has no path that can be relied on.
 */
bool lab_folder(char *buf, size_t cap);

/* Ends every program, closes the capture and frees. False when the capture is not complete. */
bool lab_free(lab *l);

/* The address of a computer's adapter as text, valid until the next call. */
const char *lab_ip(const lab *l, const char *host, unsigned nic);

/*
 * Starts a program on a computer. argv[0] without a slash is looked for among our own programs
 * first, then in PATH. Its standard output is read as JSON events, one a line; what it says on
 * standard error is kept. NULL when it could not be started.
 */
lab_child *lab_spawn(lab *l, const char *host, const char *const argv[]);

/* Gives a running program text to read on its standard input. */
bool lab_type(lab_child *child, const char *text);

/*
 * Waits until the program reports an event of one of these names (separated by '|'), or ends, or
 * the time is over; events before the last one got are passed over. The event, borrowed until
 * lab_free, or NULL.
 */
json_t *lab_wait(lab *l, lab_child *child, const char *names, unsigned ms);

/* All that the program has reported so far: an array, borrowed. */
const json_t *lab_events(const lab_child *child);

/* The text under a key of an event or a result, "" if there is none. */
const char *lab_text(const json_t *object, const char *key);

/* Runs the loop until `yes(arg)`, or until the time is over: whether it became true. */
bool lab_until(lab *l, bool (*yes)(void *arg), void *arg, unsigned ms);

/* Ends a program with SIGTERM (SIGKILL after two seconds). Its exit status, 128 + a signal. */
int lab_end(lab *l, lab_child *child);

/* The same at once, as a power cut does it: the program can tell nobody (SIGKILL). */
int lab_kill(lab *l, lab_child *child);

/* Waits until the program has ended by itself: its status, or -1 when the time is over. */
int lab_ended(lab *l, lab_child *child, unsigned ms);

/* What the program said on standard error, without its ends of line. */
const char *lab_said(const lab_child *child);

/* Joins the second segment to the first; only the first is recorded from then on. */
bool lab_join(lab *l);

/* From now on what a computer sends by its first adapter comes to br0 `ms` later. Once in a lab. */
bool lab_slow(lab *l, const char *host, unsigned ms);

/* The time as capture files have it: microseconds since 1970. */
int64_t lab_clock(void);

#endif
