/*
 * Questions of nbtlab doctor, many at a time over one socket, and what passes on the interface
 * meanwhile. It sends nothing but name queries and node status requests, a bounded number of them.
 */
#ifndef LAB_DOCTORASK_H
#define LAB_DOCTORASK_H

#include "capture/source.h"
#include "nbt/doctor.h"
#include "nbt/probe.h"
#include "tools/host/iface.h"
#include "tools/host/loop.h"
#include "tools/host/outs.h"
#include "tools/host/udp.h"

enum { LAB_ASKS_MAX = 32 };

/* One question, and where what comes of it goes: to `answers`, or, a node status, to `node`. */
typedef struct lab_ask {
    nbt_probe probe;
    nbt_doctor_answers *answers;
    nbt_doctor_node *node;
} lab_ask;

typedef struct lab_asker {
    nbt_doctor_sight *sight;
    host_iface iface;
    host_loop *loop;
    host_udp *udp;
    uint16_t port; /* that it asks from */
    host_outs outs;
    cap_source *source; /* NULL: what passes is not seen */
    uv_poll_t passing;
    lab_ask asks[LAB_ASKS_MAX];
    size_t n;
    nbt_time until; /* it listens, whatever comes of the questions; */
    bool listened;  /* that time is over */
    bool interrupted;
    host_err err; /* status HOST_OK: none */
} lab_asker;

/* Opens the socket and, where the rights are there, the interface. False: a->err says why. */
bool lab_asker_open(lab_asker *a, const host_iface *iface, nbt_doctor_sight *sight);
void lab_asker_close(lab_asker *a);

/* Adds a question to those that lab_asker_run asks: a name of everybody (ip 0) or of one host, ...
 */
void lab_asker_name(lab_asker *a, const nbt_name *name, uint32_t ip, nbt_doctor_answers *answers);
/* ... and a node's status. What there is no room for is left out. */
void lab_asker_status(lab_asker *a, nbt_doctor_node *node);

/* Asks all of them, waits for what comes, and at least so many microseconds. False: a->err. */
bool lab_asker_run(lab_asker *a, nbt_time least);

#endif
