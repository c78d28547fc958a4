/*
 * A capture as a scenario: its hosts as computers and name servers with the names that they had,
 * what they asked as control blocks, sessions as CALLs and LISTENs, remote control over TCP as
 * viewers and agents, and an expectation for each message; one side, where it is ours, as hosts
 * that send what they sent. It puts a scenario's text together, reads it and runs it on the
 * simulated network; it opens no file.
 *
 * What a computer of ours does not say by itself is sent by a step. What no step can send, most of
 * it over TCP, is left out and counted.
 */
#ifndef REPLAY_TOSCENE_H
#define REPLAY_TOSCENE_H

#include "capture/buf.h"
#include "tools/replay/feed.h"
#include "tools/scene/err.h"

typedef struct replay_toscene_cfg {
    nbt_mem mem;               /* of the scenes */
    const char *file;          /* the capture's name, for whoever reads the scenario */
    const cap_parts *parts;    /* borrowed; `ours` send what they sent, but for sessions */
    const replay_study *study; /* borrowed; of the same file */
    const char *profile;       /* of computers (nbt/profile.def); NULL: "win2000" */
    const char *server;        /* of name servers (nbt/nbns.def); NULL: "windows" */
} replay_toscene_cfg;

/* What the scenario does not have, or not as one would expect. */
typedef struct replay_toscene_left {
    uint64_t tcp;     /* messages over TCP that no program says */
    uint64_t unsaid;  /* datagrams that no step can send: cut, or from no host */
    uint64_t by_step; /* of computers and servers, and sent by steps */
} replay_toscene_left;

typedef struct replay_toscene replay_toscene;

/* NULL: no memory. */
replay_toscene *replay_toscene_new(const replay_toscene_cfg *cfg);
void replay_toscene_free(replay_toscene *t);

/* Takes the next item of the capture, and what it is to those before it. */
void replay_toscene_put(replay_toscene *t, const cap_item *item, const cap_link *link);

/* Takes a packet's frame, before the items that it gives: a connection may end by it. */
void replay_toscene_frame(replay_toscene *t, const cap_frame *f, int64_t time);

/*
 * The scenario, which is to be freed in any case. False: it cannot be, and `errs` says why, with
 * places in the text that was put together (replay_toscene_text).
 */
bool replay_toscene_end(replay_toscene *t, scene *s, scene_errs *errs);
const char *replay_toscene_text(const replay_toscene *t, size_t *len);

const replay_toscene_left *replay_toscene_leaves(const replay_toscene *t);

#endif
