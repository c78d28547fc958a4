/*
 * The octets of the driver's socket and of the three status structures, at every length. It never
 * asks a driver anything.
 */
#include "tests/support/test.h"

#include "nbt/ncb.h"

/* One structure: its octets, and a way to read and write it that forgets its type. */
typedef struct layout {
    const char *label;
    const char *hex;
    void (*copy)(nbt_rd *r, nbt_wr *w); /* reads one, writes what was read */
} layout;

static void copy_ipc(nbt_rd *r, nbt_wr *w)
{
    nbt_ipc m = { .kind = NBT_IPC_DONE };
    nbt_ipc_rd(r, &m);
    nbt_ipc_wr(w, &m);
}

static void copy_astat(nbt_rd *r, nbt_wr *w)
{
    nbt_astat s = { 0 };
    nbt_astat_rd(r, &s);
    nbt_astat_wr(w, &s);
}

static void copy_astat_name(nbt_rd *r, nbt_wr *w)
{
    nbt_astat_name n = { 0 };
    nbt_astat_name_rd(r, &n);
    nbt_astat_name_wr(w, &n);
}

static void copy_sstat_head(nbt_rd *r, nbt_wr *w)
{
    nbt_sstat_head h = { 0 };
    nbt_sstat_head_rd(r, &h);
    nbt_sstat_head_wr(w, &h);
}

static void copy_sstat_session(nbt_rd *r, nbt_wr *w)
{
    nbt_sstat_session s = { 0 };
    nbt_sstat_session_rd(r, &s);
    nbt_sstat_session_wr(w, &s);
}

static void copy_find(nbt_rd *r, nbt_wr *w)
{
    nbt_find f = { 0 };
    nbt_find_rd(r, &f);
    nbt_find_wr(w, &f);
}

static void copy_find_node(nbt_rd *r, nbt_wr *w)
{
    nbt_find_node_wr(w, nbt_find_node_rd(r));
}

#define FRED "46524544 20202020 20202020 20202041"
#define BARNEY "4241524E 45592020 20202020 20202000"

static const layout layouts[] = {
    { "message of the socket",
      "01 01 0000 DEADBEEF 90 FF 03 02 01 04 05 00" BARNEY FRED
      "00010203 00040506 CAFE0001 00000000 68656C6C6F",
      copy_ipc },
    { "ADAPTER_STATUS",
      "0200C0A80001 03 00 FE 01 0102 0304 0506 0708 090A 0B0C0D0E 0F101112"
      "1314 1516 1718 191A 00000000 1B1C 1D1E 1F20 2122 2324 2526 2728 292A 2B2C 2D2E",
      copy_astat },
    { "NAME_BUFFER", FRED "02 84", copy_astat_name },
    { "SESSION_HEADER", "02 03 04 05", copy_sstat_head },
    { "SESSION_BUFFER", "07 03" FRED BARNEY "01 02", copy_sstat_session },
    { "FIND_NAME_HEADER", "0102 00 01", copy_find },
    { "FIND_NAME_BUFFER", "000000 000000000000 C0A80001 0000 000000000000000000 000000000000000000",
      copy_find_node },
};

static void every_layout_is_copied_octet_for_octet(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(layouts); i++) {
        uint8_t in[256], out[256];
        size_t n = hex_bytes(layouts[i].hex, in, sizeof in);
        print_message("%s, %zu octets\n", layouts[i].label, n);
        nbt_rd r;
        nbt_wr w;
        nbt_rd_init(&r, in, n);
        nbt_wr_init(&w, out, sizeof out);
        layouts[i].copy(&r, &w);
        assert_rd_end(&r);
        assert_wr_bytes(&w, in, n);
    }
}

/* Where the data may be empty, a shorter message is another message: its header alone counts. */
static size_t fixed_len(const layout *l, size_t n)
{
    return l->copy == copy_ipc ? NBT_IPC_HEADER_LEN : n;
}

static void every_truncation_is_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(layouts); i++) {
        uint8_t in[256], out[256];
        size_t n = fixed_len(&layouts[i], hex_bytes(layouts[i].hex, in, sizeof in));
        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *exact = exact_copy(in, cut);
            nbt_rd r;
            nbt_wr w;
            nbt_rd_init(&r, exact, cut);
            nbt_wr_init(&w, out, sizeof out);
            layouts[i].copy(&r, &w);
            if (r.err != NBT_ERR_SHORT)
                fail_msg("%s cut to %zu: %s", layouts[i].label, cut, nbt_err_str(r.err));
            free(exact);
        }
    }
}

static void every_small_buffer_is_full(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(layouts); i++) {
        uint8_t in[256];
        size_t n = hex_bytes(layouts[i].hex, in, sizeof in);
        for (size_t room = 0; room < n; room++) {
            uint8_t *out = malloc(room + 1); /* one more, so that room 0 is a pointer too */
            assert_non_null(out);
            out[room] = 0xA5;
            nbt_rd r;
            nbt_wr w;
            nbt_rd_init(&r, in, n);
            nbt_wr_init(&w, out, room);
            layouts[i].copy(&r, &w);
            assert_wr_err(&w, NBT_ERR_FULL);
            assert_int_equal(out[room], 0xA5);
            free(out);
        }
    }
}

/* The offsets that the header promises, each field with a value of its own. */
static void the_fields_of_a_message_stand_where_the_header_says(void **state)
{
    (void)state;
    uint8_t in[256];
    size_t n = hex_bytes(layouts[0].hex, in, sizeof in);
    nbt_rd r;
    nbt_rd_init(&r, in, n);
    nbt_ipc m;
    nbt_ipc_rd(&r, &m);
    assert_rd_end(&r);
    assert_int_equal(m.kind, NBT_IPC_SUBMIT);
    assert_int_equal(m.tag, 0xDEADBEEF);
    assert_int_equal(m.ncb.command, NBT_NCB_CALL | NBT_NCB_ASYNC);
    assert_int_equal(nbt_ncb_verb(&m.ncb), NBT_NCB_CALL);
    assert_int_equal(m.ncb.retcode, NBT_NRC_PENDING);
    assert_int_equal(m.ncb.lsn, 3);
    assert_int_equal(m.ncb.num, 2);
    assert_int_equal(m.ncb.lana, 1);
    assert_int_equal(m.ncb.rto, 4);
    assert_int_equal(m.ncb.sto, 5);
    assert_memory_equal(m.ncb.callname, "BARNEY         \0", 16);
    assert_memory_equal(m.ncb.name, "FRED           A", 16);
    assert_int_equal(m.ncb.length, 0x00010203);
    assert_int_equal(m.ncb.chain_length, 0x00040506);
    assert_int_equal(m.ncb.target, 0xCAFE0001);
    assert_int_equal(m.data.n, 5);
    assert_memory_equal(m.data.p, "hello", 5);
    assert_ptr_equal(m.data.p, in + NBT_IPC_HEADER_LEN);
}

static void a_message_of_another_version_or_kind_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        nbt_err err;
        const char *field;
    } rows[] = {
        { 0, 0, NBT_ERR_VALUE, "version" }, { 0, 2, NBT_ERR_VALUE, "version" },
        { 1, 0, NBT_ERR_VALUE, "kind" },    { 1, 4, NBT_ERR_VALUE, "kind" },
        { 1, 255, NBT_ERR_VALUE, "kind" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t in[256];
        size_t n = hex_bytes(layouts[0].hex, in, sizeof in);
        in[rows[i].at] = rows[i].value;
        nbt_rd r;
        nbt_rd_init(&r, in, n);
        nbt_ipc m = { .kind = NBT_IPC_ACCEPTED, .tag = 77 };
        nbt_ipc_rd(&r, &m);
        assert_rd_err(&r, rows[i].err, rows[i].at, rows[i].field);
        assert_int_equal(m.tag, 77); /* untouched */
    }
}

static void a_message_without_data_is_whole(void **state)
{
    (void)state;
    nbt_ipc m = { .kind = NBT_IPC_ACCEPTED, .tag = 1 }, back;
    uint8_t bytes[NBT_IPC_HEADER_LEN];
    nbt_wr w;
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_ipc_wr(&w, &m);
    assert_int_equal(w.err, NBT_OK);
    assert_int_equal(w.at, NBT_IPC_HEADER_LEN);
    nbt_rd r;
    nbt_rd_init(&r, bytes, sizeof bytes);
    nbt_ipc_rd(&r, &back);
    assert_rd_end(&r);
    assert_int_equal(back.kind, NBT_IPC_ACCEPTED);
    assert_int_equal(back.data.n, 0);
}

static void the_lengths_are_those_of_the_interface(void **state)
{
    (void)state;
    uint8_t bytes[128];
    nbt_wr w;
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_astat_wr(&w, &(nbt_astat){ 0 });
    assert_int_equal(w.at, NBT_ASTAT_LEN);
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_astat_name_wr(&w, &(nbt_astat_name){ 0 });
    assert_int_equal(w.at, NBT_ASTAT_NAME_LEN);
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_sstat_head_wr(&w, &(nbt_sstat_head){ 0 });
    assert_int_equal(w.at, NBT_SSTAT_HEAD_LEN);
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_sstat_session_wr(&w, &(nbt_sstat_session){ 0 });
    assert_int_equal(w.at, NBT_SSTAT_SESSION_LEN);
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_find_wr(&w, &(nbt_find){ 0 });
    assert_int_equal(w.at, NBT_FIND_HEAD_LEN);
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_find_node_wr(&w, 0);
    assert_int_equal(w.at, NBT_FIND_NODE_LEN);
}

static void the_adapter_status_is_that_of_the_interface(void **state)
{
    (void)state;
    uint8_t bytes[NBT_ASTAT_LEN];
    nbt_wr w;
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_astat_wr(&w, &(nbt_astat){ .adapter_address = { 2, 0, 0, 0, 0, 9 },
                                   .rev_major = 3,
                                   .rev_minor = 7,
                                   .adapter_type = 0xFE,
                                   .xmit_success = 0x01020304,
                                   .free_ncbs = 0x1111,
                                   .max_sess_pkt_size = 0x2222,
                                   .name_count = 0x3333 });
    assert_hex(bytes, w.at,
               "020000000009 03 00 FE 07 0000 0000 0000 0000 0000 01020304 00000000"
               "0000 0000 0000 0000 00000000 1111 0000 0000 0000 0000 0000 0000 0000 2222 3333");
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", every_layout_is_copied_octet_for_octet),
    NBT_TEST("", every_truncation_is_short),
    NBT_TEST("", every_small_buffer_is_full),
    NBT_TEST("", the_fields_of_a_message_stand_where_the_header_says),
    NBT_TEST("", a_message_of_another_version_or_kind_is_refused),
    NBT_TEST("", a_message_without_data_is_whole),
    NBT_TEST("", the_lengths_are_those_of_the_interface),
    NBT_TEST("", the_adapter_status_is_that_of_the_interface),
};

NBT_MAIN("ncb", tests)
