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
    host_loop *loop;
    host_crowd *crowd;
    host_crowdctl *ctl;
    char name[SCENE_WORD_MAX + 32]; /* the scenario's, and which part of it */
    char (*label)[HOST_CROWD_LABEL];
    nbt_time begun;
    host_progress progress;
    uint32_t all, settled;
} lab_uplab;

/* Runs until it is told to end. The exit status. */
int lab_uprun(lab_uplab *l);

#endif
