/*
 * Finding packets in a capture: what is looked for is found, and nothing else.
 */
#include "tests/support/test.h"

#include "capture/sink.h"
#include "tools/lab/wire.h"

#include <pcap/dlt.h>
#include <stdio.h>
#include <unistd.h>

static char path[64];

/* A UDP datagram from 10.0.0.`from` to 10.0.0.`to`, port 137 on both sides, as raw IP. */
static void put(cap_sink *sink, int64_t time, uint8_t from, uint8_t to, const uint8_t *p, size_t n)
{
    uint8_t frame[600];
    nbt_wr w;
    nbt_wr_init(&w, frame, sizeof frame);
    nbt_wr_u16(&w, 0x4500, "");
    nbt_wr_u16(&w, 28 + n, "");
    nbt_wr_u32(&w, 0x00014000, "");
    nbt_wr_u32(&w, 0x40110000, "");
    nbt_wr_u32(&w, 0x0A000000U | from, "");
    nbt_wr_u32(&w, 0x0A000000U | to, "");
    nbt_wr_u32(&w, 137 << 16 | 137, "");
    nbt_wr_u16(&w, 8 + n, "");
    nbt_wr_u16(&w, 0, "");
    nbt_wr_bytes(&w, p, n, "");
    assert_false(w.err);
    const cap_packet packet = {
        .time = time, .link = DLT_RAW, .wire_len = (uint32_t)w.at, .bytes = { frame, w.at }
    };
    assert_true(cap_sink_put(sink, &packet));
}

/* A packet about FRED<41> with one NB record, its flag word given. */
static size_t record(uint8_t *p, size_t cap, uint16_t word, const char *text)
{
    static const uint8_t rdata[6] = { 0, 0, 10, 0, 0, 1 };
    nbt_ns m = { .trn_id = 1, .word = word, .ancount = 1, .nrr = 1 };
    nbt_wr w;
    assert_true(nbt_name_make(&m.rr[0].name, text, strlen(text), 0x41));
    m.rr[0].type = NBT_RR_NB;
    m.rr[0].cls = NBT_CLASS_IN;
    m.rr[0].rdata = (nbt_bytes){ rdata, 6 };
    nbt_wr_init(&w, p, cap);
    nbt_ns_wr(&w, &m);
    assert_false(w.err);
    return w.at;
}

static void test_looking(void **state)
{
    (void)state;
    uint8_t p[200];
    char err[CAP_ERR_MAX];
    lab_wire w;
    nbt_name fred, wilma;
    snprintf(path, sizeof path, "/tmp/nbtlab-test-wire-%d.pcap", (int)getpid());
    cap_sink *sink = cap_sink_new(path, DLT_RAW, err);
    assert_non_null(sink);
    put(sink, 1000, 1, 2, p, record(p, sizeof p, 0xAD86, "FRED"));  /* refused by .1 */
    put(sink, 2000, 3, 2, p, record(p, sizeof p, 0xAD86, "WILMA")); /* refused by .3 */
    put(sink, 3000, 3, 2, p, record(p, sizeof p, 0xAD86, "FRED"));
    put(sink, 4000, 3, 2, (const uint8_t *)"rubbish", 7);
    put(sink, 5000, 1, 2, p, record(p, sizeof p, 0x8580, "FRED")); /* a positive answer */
    assert_true(cap_sink_free(sink));

    assert_true(lab_wire_read(&w, path));
    (void)unlink(path);
    assert_int_equal(w.frames, 5);
    assert_int_equal(w.n, 4);
    assert_int_equal(w.unreadable, 1);
    nbt_name_make(&fred, "FRED", 4, 0x41);
    nbt_name_make(&wilma, "WILMA", 5, 0x41);

    lab_look look = { .name = fred.b, .kind = NBT_NS_NEGATIVE_REGISTRATION };
    assert_int_equal(lab_wire_first(&w, &look)->frame, 1);
    assert_int_equal(lab_wire_first(&w, &look)->rcode, NBT_RCODE_ACT_ERR);
    assert_int_equal(lab_wire_count(&w, &look), 2);
    look.after_frame = 1;
    assert_int_equal(lab_wire_first(&w, &look)->frame, 3);
    look.after_frame = 3;
    assert_null(lab_wire_first(&w, &look));
    look.after_frame = 0;
    look.after = 1001;
    assert_int_equal(lab_wire_first(&w, &look)->frame, 3);
    look.before = 3000;
    assert_null(lab_wire_first(&w, &look));
    look = (lab_look){ .name = fred.b, .any_kind = true, .from_ip = 0x0A000001 };
    assert_int_equal(lab_wire_count(&w, &look), 2);
    look = (lab_look){ .name = wilma.b, .any_kind = true, .to_ip = 0x0A000009 };
    assert_int_equal(lab_wire_count(&w, &look), 0);
    lab_wire_free(&w);
}

static void test_no_capture(void **state)
{
    (void)state;
    lab_wire w;
    assert_false(lab_wire_read(&w, "/nonexistent/x.pcap"));
    assert_null(w.packets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_looking),
        NBT_TEST("", test_no_capture),
    };
    return cmocka_run_group_tests_name("lab.wire", tests, NULL, NULL);
}
