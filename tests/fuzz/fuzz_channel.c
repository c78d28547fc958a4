/*
 * The remote-control channel from anywhere: one message is read, written and compared, also by way
 * of its text form; a stream is cut into messages; and a screen's update is unpacked and applied.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rc/pack.h"
#include "rc/screen.h"
#include "rc/text.h"

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

/* What could be read has one form only, so that writing gives the same octets. */
static void write_back(const rc_msg *m, nbt_bytes bytes)
{
    uint8_t again[RC_MSG_MAX];
    nbt_wr w;
    nbt_wr_init(&w, again, sizeof again);
    rc_msg_wr(&w, m);
    assert(!w.err && w.at == bytes.n && memcmp(again, bytes.p, bytes.n) == 0);
}

/* An update that can be applied leads where its own difference leads. */
static void apply(rc_packer *packer, const rc_msg *m)
{
    uint8_t *plain = malloc(m->unpacked + 1u), diff[RC_DIFF_MAX];
    rc_screen blank, to, again;
    nbt_rd r;
    nbt_wr w;
    rc_screen_init(&blank);
    to = again = blank;
    if (rc_unpack(packer, m, plain, &r)) {
        nbt_rd_init(&r, plain, m->unpacked);
        rc_diff_rd(&r, &to, NULL);
    }
    free(plain);
    if (r.err) {
        assert(r.err_field && rc_screen_eq(&to, &blank));
        return;
    }
    nbt_wr_init(&w, diff, sizeof diff);
    rc_diff_wr(&w, &blank, &to);
    assert(!w.err);
    nbt_rd_init(&r, diff, w.at);
    rc_diff_rd(&r, &again, NULL);
    assert(!r.err && rc_screen_eq(&to, &again));
}

/* Whatever it is, its line gives it again; and any line is taken or refused. */
static void as_text(nbt_bytes bytes, bool segment)
{
    rc_packet p, again;
    nbt_text_err err = { 0, NULL, NULL };
    nbt_wr w;
    if (segment)
        rc_packet_rd_segment(&p, bytes.p, bytes.n);
    else
        rc_packet_rd(&p, bytes.p, bytes.n);
    size_t len = rc_text_print(&p, NULL, 0);
    char *line = malloc(len + 1);
    uint8_t *arena = malloc(len), *written = malloc(bytes.n + 1);
    assert(rc_text_print(&p, line, len + 1) == len);
    bool parsed = rc_text_parse(&again, line, len, arena, len, &err);
    assert(parsed);
    nbt_wr_init(&w, written, bytes.n);
    rc_packet_wr(&w, &again);
    assert(!w.err && w.at == bytes.n && (bytes.n == 0 || !memcmp(written, bytes.p, bytes.n)));
    if (!rc_text_parse(&again, (const char *)bytes.p, bytes.n, written, bytes.n, &err))
        assert(err.column >= 1 && err.column <= bytes.n + 1 && err.why && err.expected);
    free(written);
    free(arena);
    free(line);
}

static void one_message(rc_packer *packer, nbt_bytes bytes)
{
    nbt_rd r;
    rc_msg m;
    nbt_rd_init(&r, bytes.p, bytes.n);
    rc_msg_rd(&r, &m);
    as_text(bytes, false);
    as_text(bytes, true);
    if (r.err) {
        assert(r.err_field && r.err_at <= bytes.n);
        return;
    }
    write_back(&m, bytes);
    if (m.type == RC_MSG_SCREEN)
        apply(packer, &m);
}

/* The same octets as a stream in pieces, whose size the first of them gives. */
static void stream(rc_packer *packer, const uint8_t *bytes, size_t len)
{
    static rc_framer f;
    size_t step = len > 0 ? bytes[0] + 1u : 1;
    rc_framer_init(&f);
    for (size_t at = 0; at < len; at += step) {
        nbt_bytes in = { bytes + at, len - at < step ? len - at : step }, msg;
        rc_framed framed;
        while ((framed = rc_framer_next(&f, &in, &msg)) == RC_FRAMED_MSG)
            one_message(packer, msg);
        if (framed == RC_FRAMED_BAD)
            return;
        assert(in.n == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    rc_packer *packer = rc_packer_new((nbt_mem){ NULL, resize });
    assert(packer);
    if (len <= RC_MSG_MAX)
        one_message(packer, (nbt_bytes){ bytes, len });
    stream(packer, bytes, len);
    rc_packer_free(packer);
    return 0;
}
