/*
 * nbtreplay's command line: what is asked for, as data. It opens nothing.
 */
#ifndef REPLAY_OPT_H
#define REPLAY_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/anon_map.h"

enum { REPLAY_OPT_PORTS_MAX = 16 };

/* What is done with the capture. */
typedef enum replay_deed {
    REPLAY_NOTHING,
    REPLAY_ANONYMISE, /* it is written again, with other names and addresses */
} replay_deed;

typedef struct replay_opt {
    replay_deed deed;
    const char *file;  /* the capture */
    const char *write; /* where another one goes to */
    bool keyed;        /* `key` was given; else it is random */
    cap_anon_map key;
    struct {
        uint16_t usual, port;
    } ports[REPLAY_OPT_PORTS_MAX]; /* see cap_tap_port */
    size_t nports;
} replay_opt;

/*
 * Reads the command line into `o`, whose texts are those of `argv`. What is wrong with it ends the
 * process with HOST_USAGE and a line that says so; --help and --version end it too.
 */
void replay_opt_parse(replay_opt *o, int argc, char **argv);

#endif
