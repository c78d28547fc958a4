/*
 * The process of `nbtlab up` that runs the computers: it reads what strangers send, and has no
 * privilege.
 */
#ifndef LAB_UPRUN_H
#define LAB_UPRUN_H

#include "tools/host/crowdctl.h"
#include "tools/host/progress.h"
#include "tools/lab/up.h"

typedef struct lab_uplab {
    const lab_up_plan *plan;
    lab_upset set;
    host_iface iface;
    char control[PATH_MAX]; /* the control socket; "": there is none */
    /* of the process that runs them */
    int reached; /* written to when its sockets are open */
    host_loop *loop;
    host_crowd *crowd;
    host_crowdctl *ctl;
    char name[SCENE_WORD_MAX + 32]; /* the scenario's, and which part of it */
    char (*label)[HOST_CROWD_LABEL];
    uint32_t computers;
    scene_host *servers; /* of which the name servers borrow */
    uint32_t nservers;
    uint32_t services, serving, denied; /* all, those that run, and those without their name */
    nbt_time begun;
    host_progress progress;
    uint32_t all, settled;
} lab_uplab;

/* Where a computer's driver has its socket, if it has one. */
void lab_uprun_path(const lab_uplab *l, const char *computer, char *to, size_t cap);

/* uphosts.c: adds the computers, their services and the name servers to the crowd. */
bool lab_uphosts_add(lab_uplab *l, host_err *err);

/* Runs until it is told to end. The exit status. */
int lab_uprun(lab_uplab *l);

#endif
