/*
 * The agents of `nbtlab up`: processes beside that of the computers, which end with it.
 */
#ifndef LAB_UPPROGS_H
#define LAB_UPPROGS_H

#include <sys/types.h>

#include "tools/host/err.h"
#include "tools/lab/upset.h"

enum { LAB_UPPROGS_MAX = 256 };

/* Whether a program runs beside the computers: an agent that is not off, on one of theirs. */
bool lab_upprogs_wants(const lab_upset *set, const scene_program *p);

/* Whether they can be: no more than LAB_UPPROGS_MAX, one that speaks TCP, none with files.
 * HOST_USAGE. */
bool lab_upprogs_check(const lab_upset *set, host_err *err);

typedef struct lab_upprogs {
    struct {
        pid_t pid; /* 0: it has ended */
        char name[SCENE_WORD_MAX];
    } at[LAB_UPPROGS_MAX];
    unsigned n;
} lab_upprogs;

/* Starts them; `path` tells where the driver's socket of a computer is. What cannot be started is
 * said, and the others are. */
void lab_upprogs_start(lab_upprogs *p, const lab_upset *set, const char *who,
                       void (*path)(void *arg, const char *computer, char *to, size_t cap),
                       void *arg);

/* A child has ended; false: it is none of these. */
bool lab_upprogs_ended(lab_upprogs *p, const char *who, pid_t pid, int status);

/* Ends those that still run, and waits for them. */
void lab_upprogs_stop(lab_upprogs *p);

#endif
