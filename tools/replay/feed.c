/*
 * A file's packets through capture/replay.h, from where to where it was asked for.
 */
#include "tools/replay/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 1000000 }; /* between two loops, microseconds */

/* A file and the part of it that is wanted. */
typedef struct reader {
    const replay_cut *cut;
    cap_source *source;
    int64_t first; /* the time of its first packet */
    uint64_t packets;
    bool damaged;
} reader;

static bool reader_open(reader *r, const replay_cut *cut, char err[CAP_ERR_MAX])
{
    *r = (reader){ .cut = cut, .source = cap_source_file(cut->path, err) };
    return r->source != NULL;
}

/* The next packet of the part; false behind the last. */
static bool reader_next(reader *r, cap_packet *p)
{
    const replay_cut *cut = r->cut;
    for (;;) {
        cap_got got = cap_source_next(r->source, p);
        r->damaged = got == CAP_DAMAGE;
        if (got != CAP_PACKET || (cut->last && p->number > cut->last))
            return false;
        if (r->packets++ == 0)
            r->first = p->time;
        int64_t since = p->time - r->first;
        if (cut->end && since > cut->end)
            return false;
        if (p->number >= cut->first && since >= cut->begin)
            return true;
    }
}

static void say_damage(const reader *r, char err[CAP_ERR_MAX])
{
    err[0] = '\0';
    if (r->damaged)
        (void)snprintf(err, CAP_ERR_MAX, "%s", cap_source_error(r->source));
}

/* --- a study ---------------------------------------------------------------------------------- */

static void study_items(replay_study *s, cap_tap *tap, cap_dialog *dialog)
{
    cap_item item;
    cap_link link;
    while (cap_tap_next(tap, &item)) {
        cap_dialog_put(dialog, &item, &link);
        cap_cast_put(s->cast, &item);
        cap_ledger_put(s->ledger, &item, &link);
        replay_people_put(s->people, &item, &link);
        replay_downs_put(s->downs, &item, &link);
    }
}

static void study(replay_study *s, reader *r, cap_tap *tap, cap_dialog *dialog)
{
    cap_packet p;
    for (size_t i = 0; i < r->cut->nports; i++)
        cap_tap_port(tap, r->cut->ports[i].usual, r->cut->ports[i].port);
    while (reader_next(r, &p)) {
        cap_tap_put(tap, &p);
        replay_downs_frame(s->downs, cap_tap_frame(tap));
        study_items(s, tap, dialog);
    }
    cap_tap_end(tap);
    study_items(s, tap, dialog);
    s->unread = cap_tap_unread(tap, &s->link);
    cap_ledger_end(s->ledger);
}

bool replay_study_read(replay_study *s, const replay_cut *cut, const cap_parts *parts,
                       char err[CAP_ERR_MAX])
{
    reader r;
    cap_tap *tap = cap_tap_new();
    cap_dialog *dialog = cap_dialog_new();
    *s = (replay_study){ .cast = cap_cast_new(parts),
                         .ledger = cap_ledger_new(),
                         .people = replay_people_new(),
                         .downs = replay_downs_new() };
    bool good = tap && dialog && s->cast && s->ledger && s->people && s->downs;
    if (!good)
        (void)snprintf(err, CAP_ERR_MAX, "no memory");
    good = good && reader_open(&r, cut, err);
    if (good) {
        study(s, &r, tap, dialog);
        say_damage(&r, err);
        cap_source_free(r.source);
    }
    cap_tap_free(tap);
    cap_dialog_free(dialog);
    return good;
}

void replay_study_fini(replay_study *s)
{
    cap_cast_free(s->cast);
    cap_ledger_free(s->ledger);
    replay_people_free(s->people);
    replay_downs_free(s->downs);
    *s = (replay_study){ 0 };
}

/* --- moves ------------------------------------------------------------------------------------ */

struct replay_feed {
    replay_cut cut;
    cap_parts parts;
    reader r;
    bool open, ended; /* a file; and its last packet has been put */
    cap_replay *replay;
    unsigned loops; /* begun */
    uint64_t packets, seq, past_seq;
    int64_t time, shift, last_shift;
    cap_left left, past;
    char err[CAP_ERR_MAX];
};

static bool begin_loop(replay_feed *f)
{
    f->replay = cap_replay_new(&f->parts);
    if (!f->replay) {
        (void)snprintf(f->err, sizeof f->err, "no memory");
        return false;
    }
    for (size_t i = 0; i < f->cut.nports; i++)
        cap_replay_port(f->replay, f->cut.ports[i].usual, f->cut.ports[i].port);
    if (f->cut.asides)
        cap_replay_asides(f->replay);
    if (f->cut.streams)
        cap_replay_streams(f->replay);
    f->open = reader_open(&f->r, &f->cut, f->err);
    f->ended = false;
    f->loops++;
    return f->open;
}

void replay_left_add(cap_left *to, const cap_left *more)
{
    to->strangers += more->strangers;
    to->unbegun += more->unbegun;
    to->streamed += more->streamed;
    to->cut += more->cut;
    to->unread += more->unread;
    to->lost += more->lost;
}

static void end_loop(replay_feed *f)
{
    if (f->open) {
        say_damage(&f->r, f->err);
        cap_source_free(f->r.source);
    }
    if (f->replay)
        replay_left_add(&f->past, cap_replay_left(f->replay));
    cap_replay_free(f->replay);
    f->packets += f->r.packets;
    f->replay = NULL;
    f->open = false;
    f->past_seq = f->seq;
}

replay_feed *replay_feed_new(const replay_cut *cut, const cap_parts *parts, char err[CAP_ERR_MAX])
{
    replay_feed *f = calloc(1, sizeof *f);
    if (!f) {
        (void)snprintf(err, CAP_ERR_MAX, "no memory");
        return NULL;
    }
    f->cut = *cut;
    f->parts = *parts;
    if (begin_loop(f))
        return f;
    (void)snprintf(err, CAP_ERR_MAX, "%s", f->err);
    replay_feed_free(f);
    return NULL;
}

void replay_feed_free(replay_feed *f)
{
    if (f)
        end_loop(f);
    free(f);
}

/* The next of this loop. */
static bool next_move(replay_feed *f, cap_move *m)
{
    cap_packet p;
    while (!cap_replay_next(f->replay, m)) {
        if (f->ended)
            return false;
        if (reader_next(&f->r, &p)) {
            cap_replay_put(f->replay, &p);
        } else {
            f->ended = true;
            cap_replay_end(f->replay);
        }
    }
    return true;
}

bool replay_feed_next(replay_feed *f, cap_move *m)
{
    while (f->open) {
        if (next_move(f, m)) {
            if (f->loops > 1 && f->seq == f->past_seq) /* the first of another loop */
                f->shift = f->time + GAP - m->time;
            m->time += f->shift;
            m->seq += f->past_seq;
            m->cause += m->cause ? f->past_seq : 0;
            f->time = m->time;
            f->seq = m->seq;
            return true;
        }
        bool more = f->loops < f->cut.loops && f->seq > f->past_seq && !f->r.damaged;
        end_loop(f);
        if (more)
            begin_loop(f);
    }
    return false;
}

const char *replay_feed_error(const replay_feed *f)
{
    return f->err;
}

const cap_left *replay_feed_left(replay_feed *f)
{
    f->left = f->past;
    if (f->replay)
        replay_left_add(&f->left, cap_replay_left(f->replay));
    return &f->left;
}

uint64_t replay_feed_packets(const replay_feed *f)
{
    return f->packets + (f->open ? f->r.packets : 0);
}
