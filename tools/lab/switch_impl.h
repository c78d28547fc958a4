/*
 * The inside of a switch, shared by switch*.c.
 */
#ifndef LAB_SWITCH_IMPL_H
#define LAB_SWITCH_IMPL_H

#include "capture/sink.h"
#include "nbt/heap.h"
#include "nbt/simnet.h"
#include "tools/lab/segment.h"
#include "tools/lab/switch.h"
#include "tools/scene/hear.h"

#include <net/ethernet.h>

enum { SWITCH_FRAME_MAX = 65535 + ETHER_HDR_LEN, SWITCH_FLIGHTS_MAX = 16384 };

/* An adapter's end of its cable. Its number in the wires is one more than its place here. */
typedef struct switch_port {
    lab_switch *sw;
    uint16_t host;
    int fd;
    uv_poll_t poll;
    bool polling;
    bool real;  /* of a real machine, behind the uplink: it has no cable here */
    bool known; /* its hardware address is */
    uint8_t mac[6];
} switch_port;

/* A copy of a frame on its way. */
typedef struct switch_flight {
    uint32_t to; /* a port */
    unsigned
        tries; /* how often it could not go on yet, because its hardware address is not known */
    size_t len;
    uint8_t *bytes; /* NULL: this place is free */
} switch_flight;

/* A datagram that is to come behind the next one of its host. */
typedef struct switch_waiting {
    uint8_t *bytes; /* NULL: none waits */
    size_t len;
    uint32_t from; /* a port */
    nbt_ep to;
    nbt_time until;
} switch_waiting;

/* A step's answer that waits for its question. */
enum { SWITCH_ANSWERS_MAX = 64 };
typedef struct switch_answer {
    const scene_step *step;
    nbt_time patience; /* it is sent then in any case, when anything happens */
} switch_answer;

struct lab_switch {
    lab_switch_cfg cfg;
    const scene *s;
    uint64_t zero; /* uv_hrtime() at the beginning; 0 before */
    switch_port port[LAB_SWITCH_PORTS_MAX];
    uint32_t nports;
    nbt_simwire wire;
    uint32_t *segment;       /* by network */
    switch_waiting *waiting; /* by host */
    nbt_heap due;
    switch_flight *flight;
    size_t nflights;
    nbt_time latest[LAB_SWITCH_PORTS_MAX][LAB_SWITCH_PORTS_MAX]; /* of streams, from and to */
    int timer;
    uv_poll_t alarm, uplink;
    bool alarming, uplinked;
    unsigned open; /* handles not yet closed */
    scene_faults *faults;
    scene_hear hear;
    lab_ways ways;
    cap_sink *sink;
    switch_answer answer[SWITCH_ANSWERS_MAX];
    size_t nanswers;
    uint64_t messages;
    uint16_t id; /* of the last IP packet of a step */
    bool lost;   /* a frame could not be written */
    uint8_t frame[SWITCH_FRAME_MAX];
};

/* -- switch_pass.c ----------------------------------------------------------------------------- */

/* A port's socket, or the uplink, has frames; a copy arrives, or patience is over. */
void switch_on_frames(uv_poll_t *poll, int status, int events);
void switch_on_uplink(uv_poll_t *poll, int status, int events);
void switch_on_alarm(uv_poll_t *poll, int status, int events);

/* -- switch_uplink.c --------------------------------------------------------------------------- */

/* Asks for the hardware addresses of all: real machines' are remembered, and nobody may have a
 * played host's. It takes 0.6 s. False: HOST_INTERFACE, somebody has one. */
bool switch_uplink_greet(lab_switch *sw, host_err *err);

/* The next frame that a real machine of the scenario has sent, into room for SWITCH_FRAME_MAX
 * octets: its port, or sw->nports when there is none now. */
uint32_t switch_uplink_next(lab_switch *sw, uint8_t *bytes, size_t *len);

/* Sends a frame to a real machine's port. False: its hardware address is not known yet; it was
 * asked for. */
bool switch_uplink_put(lab_switch *sw, uint32_t port, uint8_t *bytes, size_t len);

#endif
