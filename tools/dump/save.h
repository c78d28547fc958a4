/*
 * -w: packets to a file. All of NetBIOS's; or, where messages are chosen, those packets that the
 * chosen ones are made of, all fragments and segments among them.
 */
#ifndef DUMP_SAVE_H
#define DUMP_SAVE_H

#include "capture/keep.h"
#include "capture/sink.h"
#include "capture/source.h"
#include "capture/tap.h"
#include "tools/dump/opt.h"
#include "tools/host/err.h"

typedef struct dump_save {
    const char *path;
    cap_sink *sink; /* NULL: nothing is to be written */
    cap_keep *keep; /* NULL: everything is */
} dump_save;

/* Creates the file, if `o` has one. False: `err` says why not. dump_save_fini is needed anyway. */
bool dump_save_init(dump_save *s, const dump_opt *o, const cap_source *source, host_err *err);

/* Closes it. False: `err` says what could not be written. */
bool dump_save_fini(dump_save *s, host_err *err);

/*
 * For each packet: that the tap has taken it (`ours` is what cap_tap_put gave); then, for each
 * message that is wanted, dump_save_want; then dump_save_settle. False: `err` says why that cannot
 * be written.
 */
bool dump_save_packet(dump_save *s, const cap_packet *p, const cap_tap *tap, bool ours,
                      host_err *err);
void dump_save_want(dump_save *s, const cap_item *item);
bool dump_save_settle(dump_save *s, const cap_tap *tap, host_err *err);

/* Nothing more is to come: what was still undecided is not wanted. */
bool dump_save_end(dump_save *s, host_err *err);

/* Writes out what is buffered. */
bool dump_save_flush(dump_save *s, host_err *err);

#endif
