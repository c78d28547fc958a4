/*
 * A file's transfer against anybody: messages and answers about files in any order, for either
 * side. It comes to an end or waits with a deadline; it never writes behind the file's size, and
 * places only what it has written whole.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rc/transfer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    (void)ctx;
    (void)old;
    if (size > 0)
        return realloc(p, size);
    free(p);
    return NULL;
}

typedef struct end {
    rc_transfer t;
    rc_link link;
    nbt_prog_tags tags;
    nbt_out out;
    nbt_time now;
    int64_t written; /* the file is so long */
    bool open;
    unsigned results;
} end;

static rc_transfer_io io_of(end *e)
{
    return (rc_transfer_io){ &e->link, &e->tags, e->now, &e->out };
}

/* What came out must be right whatever went in. Messages are taken by the link at once. */
static void look(end *e)
{
    assert(!e->out.failed);
    for (size_t i = 0; i < e->out.n; i++) {
        const nbt_act *act = &e->out.acts[i];
        if (act->kind != NBT_ACT_APP)
            continue;
        switch ((unsigned)act->app) {
        case RC_APP_FILE_OPEN:
            assert(!e->open);
            e->open = true;
            break;
        case RC_APP_FILE_READ:
            assert(e->open && act->tag > 0 && act->tag <= RC_PIECE_MAX);
            break;
        case RC_APP_FILE_CUT:
            e->written = act->value;
            break;
        case RC_APP_FILE_WRITE:
            assert(e->open && act->value == e->written);
            e->written += (int64_t)act->data_len;
            assert(e->written <= e->t.size);
            break;
        case RC_APP_FILE_PLACE:
            assert(e->open && act->value == e->written && act->value == e->t.size);
            break;
        case RC_APP_FILE_RESULT:
            e->results++;
            break;
        }
    }
    e->link.unsent = 0;
    nbt_out_clear(&e->out);
    assert(rc_transfer_busy(&e->t) ? rc_transfer_due(&e->t) > e->now
                                   : rc_transfer_due(&e->t) == NBT_NEVER);
}

static void message(end *e, nbt_bytes bytes)
{
    rc_transfer_io io = io_of(e);
    rc_msg m;
    nbt_rd r;
    nbt_rd_init(&r, bytes.p, bytes.n);
    rc_msg_rd(&r, &m);
    if (r.err)
        return;
    if (m.type == RC_MSG_FETCH || m.type == RC_MSG_STORE) {
        if (rc_transfer_busy(&e->t))
            return;
        e->open = false;
        e->written = 0;
        rc_transfer_serve(&e->t, &io, &m);
    } else if (m.type >= RC_MSG_HAVE && m.type <= RC_MSG_RESULT && e->t.state != RC_TRANSFER_IDLE) {
        (void)rc_transfer_msg(&e->t, &io, &m);
    }
}

/* The tool's answer: that what was asked is well, or a number that it may be, or its failure. */
static void answer(end *e, uint8_t how, nbt_bytes bytes)
{
    rc_transfer_io io = io_of(e);
    bool opening = e->t.state == RC_TRANSFER_OPENING;
    int64_t value = how & 1 ? -(int64_t)(1 + how / 2 % 8) : how;
    if (opening && value >= 0 && !e->t.sends)
        e->written = value; /* so much is there from before */
    if (bytes.n > RC_PIECE_MAX)
        bytes.n = RC_PIECE_MAX;
    if (e->t.asked && e->t.state == RC_TRANSFER_HASHING && bytes.n > e->t.have - e->t.at)
        bytes.n = e->t.have - e->t.at; /* never more than was asked for */
    if (e->t.asked && e->t.state == RC_TRANSFER_MOVING && bytes.n > e->t.size - e->t.at)
        bytes.n = e->t.size - e->t.at;
    rc_transfer_file(&e->t, &io, value, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    end e;
    memset(&e, 0, sizeof e);
    nbt_out_init(&e.out, (nbt_mem){ NULL, resize });
    e.link.state = RC_LINK_OPEN;
    e.link.transport = RC_TCP;
    if (len > 0 && bytes[0] & 1) {
        rc_transfer_io io = io_of(&e);
        rc_transfer_ask(&e.t, &io, bytes[0] & 2, "a.txt");
        look(&e);
    }
    for (size_t at = 1; at + 2 <= len;) { /* what, how long, that */
        size_t n = bytes[at + 1] < len - at - 2 ? bytes[at + 1] : len - at - 2;
        nbt_bytes part = { bytes + at + 2, n };
        e.now += NBT_MS(bytes[at]);
        if (bytes[at] & 0x80)
            message(&e, part);
        else
            answer(&e, bytes[at], part);
        look(&e);
        rc_transfer_io io = io_of(&e);
        rc_transfer_pump(&e.t, &io);
        look(&e);
        at += 2 + n;
    }
    rc_transfer_break(&e.t, &e.out);
    look(&e);
    nbt_out_fini(&e.out);
    return 0;
}
