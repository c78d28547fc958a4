/* A change of state as an event and as a line. */
#include "tools/host/trace.h"

#include <jansson.h>

#include "tests/support/test.h"

static const nbt_act refusal = {
    .kind = NBT_ACT_TRACE,
    .lana = 2,
    .trace = { .what = "name",
               .from = "registering",
               .to = "refused",
               .why = "another node objects",
               .name = "CONSOLE        \x41",
               .peer = { 0x0A000002, 137 },
               .trn_id = 0x1234,
               .code = 6 },
};

static char *shown(void (*show)(FILE *, const nbt_act *), const nbt_act *act)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    show(f, act);
    fclose(f);
    return text;
}

static void as_an_event(void **state)
{
    (void)state;
    char *text = shown(host_trace_json, &refusal), *what, *from, *to, *why, *peer, *full;
    json_int_t lana, trn_id, code;
    json_t *o = json_loads(text, 0, NULL);
    assert_non_null(o);
    assert_int_equal(json_unpack(o, "{s:I s:s s:{s:s} s:s s:s s:s s:s s:I s:I}", "lana", &lana,
                                 "what", &what, "name", "full", &full, "from", &from, "to", &to,
                                 "why", &why, "peer", &peer, "trn_id", &trn_id, "code", &code),
                     0);
    assert_int_equal(lana, 2);
    assert_string_equal(what, "name");
    assert_string_equal(full, "CONSOLE<41>");
    assert_string_equal(from, "registering");
    assert_string_equal(to, "refused");
    assert_string_equal(why, "another node objects");
    assert_string_equal(peer, "10.0.0.2:137");
    assert_int_equal(trn_id, 0x1234);
    assert_int_equal(code, 6);
    json_decref(o);
    free(text);
}

static void as_a_line(void **state)
{
    (void)state;
    char *text = shown(host_trace_line, &refusal);
    assert_non_null(strchr(text, ' '));
    assert_string_equal(strchr(text, ' '),
                        " lana 2: name CONSOLE<41>: registering -> refused (another node objects) "
                        "by 10.0.0.2, code 06, trn 0x1234\n");
    free(text);

    nbt_act bare = { .kind = NBT_ACT_TRACE,
                     .trace = { .what = "query", .from = "", .to = "asking", .why = "" } };
    memcpy(bare.trace.name, refusal.trace.name, NBT_NAME_LEN);
    text = shown(host_trace_line, &bare);
    assert_string_equal(strchr(text, ' '), " lana 0: query CONSOLE<41>: asking\n");
    free(text);
}

static const nbt_act garbage = {
    .kind = NBT_ACT_TRACE,
    .trace = { .what = "packet",
               .from = "",
               .to = "malformed",
               .why = "letter outside A..P",
               .unnamed = true,
               .field = "QUESTION_NAME",
               .offset = 13,
               .peer = { 0x0A000002, 137 } },
};

static void a_malformed_packet_has_a_place_and_no_name(void **state)
{
    (void)state;
    char *text = shown(host_trace_line, &garbage);
    assert_string_equal(strchr(text, ' '), " lana 0: packet -: malformed (letter outside A..P in "
                                           "QUESTION_NAME at octet 13) by 10.0.0.2\n");
    free(text);
    text = shown(host_trace_json, &garbage);
    assert_non_null(strstr(text, "\"field\":\"QUESTION_NAME\",\"offset\":13,"));
    assert_null(strstr(text, "\"name\""));
    free(text);
    text = shown(host_trace_json, &refusal);
    assert_null(strstr(text, "\"field\""));
    assert_null(strstr(text, "\"offset\""));
    free(text);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", as_an_event),
    NBT_TEST("", as_a_line),
    NBT_TEST("", a_malformed_packet_has_a_place_and_no_name),
};

NBT_MAIN("trace", tests)
