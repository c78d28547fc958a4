/*
 * The network of a scenario, for real: a namespace for each host, and a switch in user space that
 * all their cables end in. It does to frames what the scenario says: its links take their time and
 * lose, double and reorder, networks are partitioned, faults act upon messages, and hosts that are
 * off neither send nor hear. Every frame that leaves a host is told of and written to the capture.
 *
 * ARP is answered by the switch, for every address and at once: names are what is tried out here.
 * It may have an uplink: then some of the hosts are real machines, at the other end of it.
 */
#ifndef LAB_SWITCH_H
#define LAB_SWITCH_H

#include "capture/file.h"
#include "tools/host/err.h"
#include "tools/host/tap.h"
#include "tools/scene/event.h"

#include <uv.h>

enum { LAB_SWITCH_PORTS_MAX = 128 }; /* adapters of all hosts */

typedef struct lab_switch_cfg {
    uv_loop_t *loop;
    const scene *scene;  /* borrowed, as long as the switch */
    uint64_t seed;       /* of the links' chances */
    const char *capture; /* a file for the frames; NULL: nobody wants one */
    /* NULL; or an interface that is watched instead: what passes there is told of, and nothing is
     * built, carried or changed. */
    const char *interface;
    /* NULL; or a tap (borrowed) behind which the hosts that lab_args_is_played denies are real
     * machines: their frames come and go there, and faults meet them as all others. */
    const host_tap *uplink;
    void *ctx;
    /* A message was sent. From within the loop, lab_switch_drain and lab_switch_send. */
    void (*event)(void *ctx, const scene_event *ev);
} lab_switch_cfg;

typedef struct lab_switch lab_switch;

/* Builds the network, from within a sandbox; all hosts are off. NULL: `err` says why. */
lab_switch *lab_switch_new(const lab_switch_cfg *cfg, host_err *err);

/* Closes it; what it has is gone when the loop has run. False when the capture is not complete. */
bool lab_switch_free(lab_switch *sw);

/* The namespace of a host: lab_program_cfg.host. */
enum { LAB_SWITCH_SITE_MAX = 16 };
const char *lab_switch_site(uint32_t host, char buf[LAB_SWITCH_SITE_MAX]);

/* The scenario's time: microseconds since the beginning, 0 before; and the beginning itself. */
nbt_time lab_switch_now(const lab_switch *sw);
void lab_switch_begin(lab_switch *sw);

/* Takes in what hosts have sent: for whoever learns of an effect whose messages are to be told of
 * before it. */
void lab_switch_drain(lab_switch *sw);

/* What steps want. */
void lab_switch_power(lab_switch *sw, uint16_t host, bool on);
void lab_switch_relink(lab_switch *sw, uint16_t network, const nbt_simlink *link);
void lab_switch_partition(lab_switch *sw, uint16_t network, const uint16_t *hosts, uint32_t n);
void lab_switch_fault(lab_switch *sw, uint32_t fault, bool on);

/* A step's datagram leaves a host, with whatever source the step says. */
void lab_switch_send(lab_switch *sw, const scene_step *step);

/* Whether two hosts hear each other now: on one network, and on one side of it. */
bool lab_switch_hears(const lab_switch *sw, uint16_t one, uint16_t other);

/* How many frames are in the capture so far. */
uint64_t lab_switch_frames(const lab_switch *sw);

/* How many messages were sent so far. */
uint64_t lab_switch_messages(const lab_switch *sw);

#endif
