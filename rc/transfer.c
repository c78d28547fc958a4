/*
 * The transfer of one file. It never sees a folder, and never decides whether the session goes on.
 */
#include "rc/transfer.h"

#include <string.h>

/* No article has any of these. */
#define SILENCE NBT_S(60) /* in which nothing moves: the other side has gone, told or not */

enum { PROGRESS_STEP = 65536 }; /* octets, at least, from one progress to the next */

bool rc_file_name_ok(nbt_bytes name)
{
    if (name.n == 0 || name.n > RC_FILE_NAME_MAX || name.p[0] == '.')
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] < 0x20 || name.p[i] == 0x7F || memchr("/\\:", name.p[i], 3))
            return false;
    return true;
}

bool rc_transfer_busy(const rc_transfer *t)
{
    return t->state != RC_TRANSFER_IDLE && t->state != RC_TRANSFER_OVER;
}

nbt_time rc_transfer_due(const rc_transfer *t)
{
    return rc_transfer_busy(t) ? t->due : NBT_NEVER;
}

static void send(const rc_transfer_io *io, const rc_msg *m)
{
    rc_link_send(io->link, io->tags, m, io->out);
}

static void enter(rc_transfer *t, const rc_transfer_io *io, rc_transfer_state state)
{
    t->state = state;
    t->due = io->now + SILENCE;
}

static void over(rc_transfer *t, nbt_out *out, rc_result result)
{
    t->state = RC_TRANSFER_OVER;
    t->result = result;
    nbt_act *act = nbt_out_add(out, NBT_ACT_APP, t->name, t->name_len);
    act->app = RC_APP_FILE_RESULT;
    act->value = result;
    act->tag = t->at;
}

/* Only what may be gone on with is kept: not what is wrong. */
static bool is_break(rc_result result)
{
    return result == RC_RESULT_STOPPED || result == RC_RESULT_NO_ROOM;
}

/* It ends here, and the other side is told unless it was that which told us. */
static void give_up(rc_transfer *t, const rc_transfer_io *io, rc_result result, bool tell)
{
    rc_msg m = { .type = RC_MSG_RESULT, .result = result };
    if (tell)
        send(io, &m);
    rc_emit(io->out, RC_APP_FILE_OVER, is_break(result), NULL);
    over(t, io->out, result);
}

void rc_transfer_break(rc_transfer *t, nbt_out *out)
{
    if (!rc_transfer_busy(t))
        return;
    rc_emit(out, RC_APP_FILE_OVER, 1, NULL);
    over(t, out, RC_RESULT_STOPPED);
}

static void tell_progress(rc_transfer *t, const rc_transfer_io *io)
{
    uint32_t step = t->size / 100 > PROGRESS_STEP ? t->size / 100 : PROGRESS_STEP;
    if (t->at != t->begun && t->at != t->size && t->at - t->told < step)
        return;
    t->told = t->at;
    rc_emit(io->out, RC_APP_FILE_PROGRESS, t->at, NULL)->tag = t->size;
}

static void begin(rc_transfer *t, const rc_transfer_io *io, bool sends, nbt_bytes name)
{
    memset(t, 0, sizeof *t);
    t->sends = sends;
    memcpy(t->name, name.p, name.n);
    t->name_len = name.n;
    rc_sha256_init(&t->sha);
    enter(t, io, RC_TRANSFER_OPENING);
}

static void open_file(const rc_transfer *t, const rc_transfer_io *io)
{
    nbt_act *act = nbt_out_add(io->out, NBT_ACT_APP, t->name, t->name_len);
    act->app = RC_APP_FILE_OPEN;
    act->value = !t->sends;
}

void rc_transfer_ask(rc_transfer *t, const rc_transfer_io *io, bool store, const char *name)
{
    rc_msg m = { .type = store ? RC_MSG_STORE : RC_MSG_FETCH,
                 .data = { (const uint8_t *)name, strlen(name) } };
    begin(t, io, store, m.data);
    t->viewer = true;
    send(io, &m);
    open_file(t, io);
}

void rc_transfer_serve(rc_transfer *t, const rc_transfer_io *io, const rc_msg *m)
{
    begin(t, io, m->type == RC_MSG_FETCH, m->data);
    if (rc_file_name_ok(m->data)) {
        open_file(t, io);
        return;
    }
    rc_msg wrong = { .type = RC_MSG_RESULT, .result = RC_RESULT_BAD_NAME };
    send(io, &wrong);
    over(t, io->out, wrong.result);
}

/* ---- who receives ---- */

static void read_on(rc_transfer *t, const rc_transfer_io *io, uint32_t up_to)
{
    uint32_t left = up_to - t->at;
    t->asked = true;
    rc_emit(io->out, RC_APP_FILE_READ, t->at, NULL)->tag =
        left < RC_PIECE_MAX ? left : RC_PIECE_MAX;
}

static void send_have(rc_transfer *t, const rc_transfer_io *io)
{
    rc_msg m = { .type = RC_MSG_HAVE, .offset = t->have };
    rc_sha256_digest(&t->sha, m.digest);
    send(io, &m);
    enter(t, io, RC_TRANSFER_AWAITING);
}

static bool on_begin(rc_transfer *t, const rc_transfer_io *io, const rc_msg *m)
{
    if (m->offset > m->size || (m->offset != t->have && m->offset != 0))
        return false;
    t->size = m->size;
    t->at = t->begun = m->offset;
    if (m->offset == 0) {
        rc_sha256_init(&t->sha);
        rc_emit(io->out, RC_APP_FILE_CUT, 0, NULL);
    }
    enter(t, io, RC_TRANSFER_MOVING);
    tell_progress(t, io);
    return true;
}

static bool on_piece(rc_transfer *t, const rc_transfer_io *io, const rc_msg *m)
{
    if (m->offset != t->at || m->data.n > t->size - t->at)
        return false;
    nbt_act *act = nbt_out_add(io->out, NBT_ACT_APP, m->data.p, m->data.n);
    act->app = RC_APP_FILE_WRITE;
    act->value = t->at;
    rc_sha256_add(&t->sha, m->data.p, m->data.n);
    t->at += (uint32_t)m->data.n;
    enter(t, io, RC_TRANSFER_MOVING);
    tell_progress(t, io);
    return true;
}

static bool on_whole(rc_transfer *t, const rc_transfer_io *io, const rc_msg *m)
{
    uint8_t digest[RC_DIGEST_LEN];
    rc_sha256_digest(&t->sha, digest);
    if (m->size != t->size || t->at != t->size || memcmp(m->digest, digest, sizeof digest) != 0) {
        give_up(t, io, RC_RESULT_ALTERED, true);
        return true;
    }
    enter(t, io, RC_TRANSFER_ENDING);
    rc_emit(io->out, RC_APP_FILE_PLACE, t->size, NULL);
    return true;
}

/* ---- who sends ---- */

/* Whether the two have the same beginning is known: from there, or from the start. */
static void send_begin(rc_transfer *t, const rc_transfer_io *io)
{
    uint8_t digest[RC_DIGEST_LEN];
    rc_sha256_digest(&t->sha, digest);
    if (t->at != t->have || memcmp(digest, t->digest, sizeof digest) != 0) {
        t->at = 0;
        rc_sha256_init(&t->sha);
    }
    rc_msg m = { .type = RC_MSG_BEGIN, .size = t->size, .offset = t->at };
    t->begun = t->at;
    send(io, &m);
    enter(t, io, RC_TRANSFER_MOVING);
    tell_progress(t, io);
}

static void compare_beginning(rc_transfer *t, const rc_transfer_io *io)
{
    if (t->have == 0 || t->have > t->size) {
        send_begin(t, io);
        return;
    }
    enter(t, io, RC_TRANSFER_HASHING);
    read_on(t, io, t->have);
}

static bool on_have(rc_transfer *t, const rc_transfer_io *io, const rc_msg *m)
{
    if (t->heard)
        return false;
    t->heard = true;
    t->have = m->offset;
    memcpy(t->digest, m->digest, sizeof t->digest);
    if (t->state == RC_TRANSFER_AWAITING)
        compare_beginning(t, io);
    return true;
}

static void send_piece(rc_transfer *t, const rc_transfer_io *io, nbt_bytes data)
{
    rc_msg m = { .type = RC_MSG_PIECE, .offset = t->at, .data = data };
    rc_sha256_add(&t->sha, data.p, data.n);
    t->at += (uint32_t)data.n;
    send(io, &m);
    enter(t, io, RC_TRANSFER_MOVING);
    tell_progress(t, io);
}

static void send_whole(rc_transfer *t, const rc_transfer_io *io)
{
    rc_msg m = { .type = RC_MSG_WHOLE, .size = t->size };
    rc_sha256_digest(&t->sha, m.digest);
    send(io, &m);
    enter(t, io, RC_TRANSFER_ENDING);
}

void rc_transfer_pump(rc_transfer *t, const rc_transfer_io *io)
{
    if (t->state != RC_TRANSFER_MOVING || !t->sends || t->asked || !rc_link_ready(io->link))
        return;
    if (t->at < t->size)
        read_on(t, io, t->size);
    else
        send_whole(t, io);
}

/* ---- both ---- */

static bool on_result(rc_transfer *t, const rc_transfer_io *io, const rc_msg *m)
{
    if (m->result != RC_RESULT_DONE) {
        give_up(t, io, m->result, false);
        return true;
    }
    if (!t->sends || t->state != RC_TRANSFER_ENDING)
        return false;
    rc_emit(io->out, RC_APP_FILE_OVER, 0, NULL);
    over(t, io->out, RC_RESULT_DONE);
    return true;
}

bool rc_transfer_msg(rc_transfer *t, const rc_transfer_io *io, const rc_msg *m)
{
    bool fits = false;
    if (t->state == RC_TRANSFER_OVER)
        return true; /* it was on its way when this side ended */
    if (m->type == RC_MSG_RESULT)
        fits = on_result(t, io, m);
    else if (m->type == RC_MSG_HAVE)
        fits = t->sends && on_have(t, io, m);
    else if (m->type == RC_MSG_BEGIN)
        fits = !t->sends && t->state == RC_TRANSFER_AWAITING && on_begin(t, io, m);
    else if (m->type == RC_MSG_PIECE)
        fits = !t->sends && t->state == RC_TRANSFER_MOVING && on_piece(t, io, m);
    else if (m->type == RC_MSG_WHOLE)
        fits = !t->sends && t->state == RC_TRANSFER_MOVING && on_whole(t, io, m);
    if (!fits)
        rc_transfer_break(t, io->out);
    return fits;
}

static void opened(rc_transfer *t, const rc_transfer_io *io, int64_t size)
{
    if (size > UINT32_MAX) {
        give_up(t, io, RC_RESULT_NO_ROOM, true);
        return;
    }
    if (t->sends) {
        t->size = (uint32_t)size;
        enter(t, io, RC_TRANSFER_AWAITING);
        if (t->heard)
            compare_beginning(t, io);
        return;
    }
    t->have = (uint32_t)size;
    if (t->have == 0) {
        send_have(t, io);
    } else {
        enter(t, io, RC_TRANSFER_HASHING);
        read_on(t, io, t->have);
    }
}

/* Some of what is there from before was read. */
static void hashed(rc_transfer *t, const rc_transfer_io *io, nbt_bytes data)
{
    rc_sha256_add(&t->sha, data.p, data.n);
    t->at += (uint32_t)data.n;
    if (t->at < t->have)
        read_on(t, io, t->have);
    else if (t->sends)
        send_begin(t, io);
    else
        send_have(t, io);
}

void rc_transfer_file(rc_transfer *t, const rc_transfer_io *io, int64_t value, nbt_bytes data)
{
    bool read = t->asked;
    t->asked = false;
    if (!rc_transfer_busy(t))
        return; /* it comes too late */
    if (value < 0) {
        give_up(t, io, (rc_result)-value, true);
    } else if (t->state == RC_TRANSFER_OPENING) {
        opened(t, io, value);
    } else if (read && data.n == 0) {
        give_up(t, io, RC_RESULT_CHANGED, true); /* shorter than it was */
    } else if (read && t->state == RC_TRANSFER_HASHING) {
        hashed(t, io, data);
    } else if (read) {
        send_piece(t, io, data);
    } else if (!t->sends && t->state == RC_TRANSFER_ENDING) {
        rc_msg m = { .type = RC_MSG_RESULT, .result = RC_RESULT_DONE };
        send(io, &m);
        over(t, io->out, RC_RESULT_DONE);
    }
}
