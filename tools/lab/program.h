/*
 * A program that runs on a computer of a lab: a process in that computer's namespace, on the event
 * loop. What it prints on standard output is read as JSON events, one a line; what it says on
 * standard error is kept.
 */
#ifndef LAB_PROGRAM_H
#define LAB_PROGRAM_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

typedef struct lab_program lab_program;

typedef struct lab_program_cfg {
    uv_loop_t *loop;
    const char *programs; /* the folder of ours */
    const char *host;     /* the namespace, below /run/netns; NULL: where this program is */
    /* argv[0] without a slash is looked for among our own programs first, then in PATH. */
    const char *const *argv;
    void *ctx;
    /* An event, borrowed for the call. */
    void (*event)(void *ctx, json_t *event);
    /* It has ended, and all that it said was read; may be NULL. */
    void (*ended)(void *ctx);
} lab_program_cfg;

/* Starts it; the texts are only needed for the call. NULL, after a line on standard error, when it
 * could not be started. */
lab_program *lab_program_new(const lab_program_cfg *cfg);

/* Forgets a program that is over (lab_program_over), outside of its callbacks. NULL is fine. */
void lab_program_free(lab_program *p);

/* The number of its process, 0 once that has ended. */
pid_t lab_program_pid(const lab_program *p);

/* Whether its process has ended, and whether all that it said was read, too. */
bool lab_program_ended(const lab_program *p);
bool lab_program_over(const lab_program *p);

/* Whether nothing more will come from its standard output. */
bool lab_program_silent(const lab_program *p);

/* Behind its end: its exit status, 128 + a signal. */
int lab_program_status(const lab_program *p);

/* Sends a signal to it, if it still runs. */
void lab_program_signal(lab_program *p, int sig);

/* Gives it text to read on its standard input: false if it does not take it. */
bool lab_program_type(lab_program *p, const char *text);

/* What it said on standard error, without its ends of line. */
const char *lab_program_said(const lab_program *p);

#endif
