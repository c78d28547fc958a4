/*
 * What is different when a message is said again, and how two are told apart: in the text form.
 */
#include "tests/support/test.h"

#include "capture/replay_diff.h"
#include "capture/replay_key.h"
#include "capture/replay_map.h"
#include "nbt/text.h"

typedef struct octets {
    uint8_t b[2048];
    size_t n;
} octets;

static octets of(const char *text)
{
    octets o;
    uint8_t arena[4096];
    nbt_msg m;
    nbt_text_err err;
    nbt_wr w;
    if (!nbt_text_parse(&m, text, strlen(text), arena, sizeof arena, &err))
        fail_msg("%s: column %zu: %s", text, err.column, err.why);
    nbt_wr_init(&w, o.b, sizeof o.b);
    nbt_msg_wr(&w, &m);
    assert_int_equal(w.err, NBT_OK);
    o.n = w.at;
    return o;
}

static nbt_service service_of(const char *text)
{
    return strstr(text, "session")    ? NBT_SERVICE_SESSION
           : strstr(text, "datagram") ? NBT_SERVICE_DATAGRAM
                                      : NBT_SERVICE_NAME;
}

/* --- the map ---------------------------------------------------------------------------------- */

static void test_messages_are_mapped(void **state)
{
    static const struct {
        const char *was, *is;
    } rows[] = {
        { "query-request FRED<20> id=0x0001", "query-request LISA<20> id=0x0001" },
        { "query-request FRED<20>.OLD id=0x0001", "query-request LISA<20>.NEWER id=0x0001" },
        { "query-request OTHER<20>.ELSE id=0x0001", "query-request OTHER<20>.ELSE id=0x0001" },
        { "positive-query-response FRED<00> id=0x0001 owners=10.0.0.1/B/unique",
          "positive-query-response LISA<00> id=0x0001 owners=10.9.9.9/B/unique" },
        { "registration-request FRED<03> id=0x0001 b=1 owner=10.0.0.1 node=B unique",
          "registration-request LISA<03> id=0x0001 b=1 owner=10.9.9.9 node=B unique" },
        { "session-request FRED<20> from=EMIL<00>", "session-request LISA<20> from=ANNA<00>" },
        { "session-request FRED<20> from=EMIL<03>", "session-request LISA<20> from=EMIL<03>" },
        { "retarget-session-response - retarget=10.0.0.1:139",
          "retarget-session-response - retarget=10.9.9.9:139" },
    };
    cap_map map = { 0 };
    (void)state;
    assert_true(cap_map_name(&map, "FRED=LISA"));
    assert_true(cap_map_name(&map, "EMIL<00>=ANNA<00>"));
    assert_true(cap_map_address(&map, 0x0A000001, 0x0A090909));
    map.scoped = true;
    map.scope_from = (nbt_scope){ 4, "\3OLD" };
    map.scope_to = (nbt_scope){ 6, "\5NEWER" };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        octets was = of(rows[i].was), is = of(rows[i].is);
        uint8_t to[sizeof was.b + CAP_MAP_EXTRA];
        nbt_msg m;
        print_message("%s\n", rows[i].was);
        (void)nbt_msg_rd(&m, service_of(rows[i].was), was.b, was.n);
        assert_int_equal(cap_map_write(&map, &m, (nbt_bytes){ was.b, was.n }, to), is.n);
        assert_memory_equal(to, is.b, is.n);
    }
}

static void test_what_cannot_be_read_stays(void **state)
{
    static const uint8_t junk[] = { 1, 2, 3, 4, 5 };
    uint8_t to[sizeof junk + CAP_MAP_EXTRA];
    cap_map map = { 0 };
    nbt_msg m;
    (void)state;
    assert_true(cap_map_name(&map, "FRED=LISA"));
    (void)nbt_msg_rd(&m, NBT_SERVICE_NAME, junk, sizeof junk);
    assert_int_equal(cap_map_write(&map, &m, (nbt_bytes){ junk, sizeof junk }, to), sizeof junk);
    assert_memory_equal(to, junk, sizeof junk);
    assert_int_equal(cap_map_write(&map, NULL, (nbt_bytes){ junk, sizeof junk }, to), sizeof junk);
}

static void test_pairs(void **state)
{
    cap_map map = { 0 };
    (void)state;
    assert_false(cap_map_name(&map, "FRED"));
    assert_false(cap_map_name(&map, "FRED<20>=LISA"));
    assert_false(cap_map_name(&map, "=LISA"));
    assert_false(cap_map_name(&map, "SIXTEENCHARACTERS=LISA"));
    assert_int_equal(map.nnames, 0);
    for (int i = 0; i < CAP_MAP_PORTS_MAX; i++)
        assert_true(cap_map_port(&map, (uint16_t)(100 + i), (uint16_t)(200 + i)));
    assert_false(cap_map_port(&map, 1, 2));
    assert_int_equal(cap_map_peer_port(&map, 103), 203);
    assert_int_equal(cap_map_peer_port_back(&map, 203), 103);
    assert_int_equal(cap_map_peer_port(&map, 99), 99);
}

/* --- differences ------------------------------------------------------------------------------ */

static void test_differences(void **state)
{
    static const struct {
        const char *want, *got, *ignore, *says;
    } rows[] = {
        { "query-request FRED<20> id=0x0001", "query-request FRED<20> id=0x0001", "", "" },
        { "wack FRED<20> id=0x0001 wait=5s about=release-request/0x3000",
          "wack FRED<20> id=0x0001 wait=9s about=release-request/0x3000", "", "wait=9s, not 5s" },
        { "wack FRED<20> id=0x0001 wait=5s about=release-request/0x3000",
          "wack FRED<20> id=0x0001 wait=9s about=release-request/0x3000", "WAIT", "" },
        { "query-request FRED<20> id=0x0001", "query-request LISA<20> id=0x0001", "",
          "LISA<20>, not FRED<20>" },
        { "query-request FRED<20> id=0x0001", "query-request LISA<20> id=0x0001", "name", "" },
        { "query-request FRED<20> id=0x0001", "query-request FRED<20> id=0x0001 b=1", "",
          "b=1, which the capture does not have" },
        { "query-request FRED<20> id=0x0001 b=1", "query-request FRED<20> id=0x0001", "",
          "no b=1" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        octets want = of(rows[i].want), got = of(rows[i].got);
        cap_ignore ignore = { 0 };
        cap_buf b = { 0 };
        if (rows[i].ignore[0])
            assert_true(cap_ignore_add(&ignore, rows[i].ignore, strlen(rows[i].ignore)));
        bool any = cap_diff(&b, CAP_CARRY_NAME, (nbt_bytes){ want.b, want.n },
                            (nbt_bytes){ got.b, got.n }, false, &ignore);
        assert_int_equal(any, rows[i].says[0] != '\0');
        assert_int_equal(b.n, strlen(rows[i].says));
        if (b.n > 0)
            assert_memory_equal(b.s, rows[i].says, b.n);
        cap_buf_fini(&b);
    }
}

static void test_beginnings(void **state)
{
    octets want = of("query-request FRED<20> id=0x0001");
    cap_ignore ignore = { 0 };
    cap_buf b = { 0 };
    (void)state;
    assert_false(cap_diff(&b, CAP_CARRY_NAME, (nbt_bytes){ want.b, 20 },
                          (nbt_bytes){ want.b, want.n }, true, &ignore));
    assert_true(cap_diff(&b, CAP_CARRY_NAME, (nbt_bytes){ want.b, 20 }, (nbt_bytes){ want.b, 19 },
                         true, &ignore));
    cap_buf_fini(&b);
}

/* --- keys ------------------------------------------------------------------------------------- */

static uint64_t key(const char *text, uint32_t to, cap_role *role)
{
    octets o = of(text);
    return cap_key(service_of(text), (nbt_bytes){ o.b, o.n }, to, role);
}

static void test_keys(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
        cap_role role;
    } rows[] = {
        { "query-request FRED<20> id=0x0001", "query-request FRED<20> id=0x0002 b=1", true,
          CAP_ROLE_ASKS },
        { "query-request FRED<20> id=0x0001", "query-request FRED<00> id=0x0001", false,
          CAP_ROLE_ASKS },
        { "query-request FRED<20> id=0x0001", "status-request FRED<20> id=0x0001", false,
          CAP_ROLE_ASKS },
        { "registration-request FRED<20> id=0x0001 owner=10.0.0.1 node=P unique",
          "multihomed-registration FRED<20> id=0x0002 owner=10.0.0.1 node=P unique", true,
          CAP_ROLE_ASKS },
        { "positive-query-response FRED<20> id=0x0001 owners=10.0.0.1/B/unique",
          "negative-query-response FRED<20> id=0x0001 rcode=NAM_ERR", true, CAP_ROLE_ANSWERS },
        { "positive-query-response FRED<20> id=0x0001 owners=10.0.0.1/B/unique",
          "positive-query-response FRED<20> id=0x0002 owners=10.0.0.1/B/unique", false,
          CAP_ROLE_ANSWERS },
        { "positive-registration-response FRED<20> id=0x0001 owner=10.0.0.1 node=P unique",
          "wack FRED<20> id=0x0001 wait=5s about=registration-request/0x2900", false,
          CAP_ROLE_ANSWERS },
        { "conflict-demand FRED<20> id=0x0001 owner=0.0.0.0 node=B unique",
          "conflict-demand FRED<20> id=0x0002 owner=0.0.0.0 node=B unique", true, CAP_ROLE_TELLS },
    };
    cap_role role;
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s, %s\n", rows[i].a, rows[i].b);
        assert_int_equal(key(rows[i].a, 1, &role) == key(rows[i].b, 1, &role), rows[i].same);
        (void)key(rows[i].a, 1, &role);
        assert_int_equal(role, rows[i].role);
    }
    const char *answer = "negative-query-response FRED<20> id=0x0001 rcode=NAM_ERR";
    assert_true(key(answer, 1, &role) != key(answer, 2, &role)); /* for somebody else */
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", test_messages_are_mapped),
    NBT_TEST("", test_what_cannot_be_read_stays),
    NBT_TEST("", test_pairs),
    NBT_TEST("", test_differences),
    NBT_TEST("", test_beginnings),
    NBT_TEST("", test_keys),
};

NBT_MAIN("replay_map", tests)
