/* Complaints about malformed packets: what a line says, and how many there are. */
#include "tools/host/complain.h"

#include "tests/support/test.h"

static const nbt_trace garbage = {
    .what = "packet",
    .from = "",
    .to = "malformed",
    .why = "letter outside A..P",
    .unnamed = true,
    .field = "LABEL",
    .offset = 13,
    .peer = { 0x0A000009, 1234 },
};

/* The line about garbage from this address, or "" if there is none. */
static const char *said(host_complaints *c, nbt_time now, uint32_t ip)
{
    static char line[HOST_COMPLAIN_STR_MAX];
    nbt_trace t = garbage;
    t.peer.ip = ip;
    return host_complain(c, now, &t, line) ? line : "";
}

static void a_line_names_peer_field_and_octet(void **state)
{
    (void)state;
    host_complaints c = { 0 };
    char line[HOST_COMPLAIN_STR_MAX];
    assert_true(host_complain(&c, 0, &garbage, line));
    assert_string_equal(line, "10.0.0.9:1234 sent a malformed name service packet: "
                              "letter outside A..P in LABEL at octet 13");
    nbt_trace session = garbage;
    session.what = "session packet";
    session.peer.ip++;
    assert_true(host_complain(&c, 0, &session, line));
    assert_string_equal(line, "10.0.0.10:1234 sent a malformed session packet: "
                              "letter outside A..P in LABEL at octet 13");
}

static void other_changes_are_no_reason(void **state)
{
    (void)state;
    host_complaints c = { 0 };
    char line[HOST_COMPLAIN_STR_MAX];
    nbt_trace t = { .what = "name", .from = "registering", .to = "refused", .why = "" };
    assert_false(host_complain(&c, 0, &t, line));
}

static void a_peer_has_one_line_in_a_pause(void **state)
{
    (void)state;
    host_complaints c = { 0 };
    static const struct {
        const char *label;
        nbt_time at;
        uint32_t ip;
        const char *end; /* of the line; NULL: none */
    } rows[] = {
        { "the first", NBT_MS(1), 1, "octet 13" },
        { "the second is held back", NBT_MS(1), 1, NULL },
        { "another peer has its own", NBT_MS(2), 2, "octet 13" },
        { "just too early", NBT_MS(5001) - 1, 1, NULL },
        { "after the pause", NBT_MS(5001), 1, "octet 13 (and 2 more since the last such line)" },
        { "a pause of its own", NBT_MS(5002), 1, NULL },
        { "the count began anew", NBT_MS(10001), 1,
          "octet 13 (and 1 more since the last such line)" },
        { "nothing was held back", NBT_MS(10002), 2, "octet 13" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *line = said(&c, rows[i].at, rows[i].ip);
        const char *want = rows[i].end ? rows[i].end : "";
        size_t n = strlen(line), end = strlen(want);
        if (n < end || strcmp(line + n - end, want) != 0 || (n > 0) != (end > 0))
            fail_msg("%s: \"%s\"", rows[i].label, line);
    }
}

static void the_oldest_line_makes_room(void **state)
{
    (void)state;
    host_complaints c = { 0 };
    for (uint32_t ip = 1; ip <= HOST_COMPLAIN_PEERS; ip++)
        assert_string_not_equal(said(&c, NBT_MS(ip), ip), "");
    assert_string_equal(said(&c, NBT_MS(20), 1), ""); /* all are remembered */
    assert_string_not_equal(said(&c, NBT_MS(21), 99), "");
    assert_string_equal(said(&c, NBT_MS(22), 2), "");
    const char *again = said(&c, NBT_MS(23), 1); /* forgotten, with its count */
    assert_non_null(strstr(again, "octet 13"));
    assert_null(strstr(again, "more"));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_line_names_peer_field_and_octet),
    NBT_TEST("", other_changes_are_no_reason),
    NBT_TEST("", a_peer_has_one_line_in_a_pause),
    NBT_TEST("", the_oldest_line_makes_room),
};

NBT_MAIN("complain", tests)
