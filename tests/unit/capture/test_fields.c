/*
 * All fields. JSON: every message gives one object without repeated keys, and what it says is true.
 * Detail: a line for each field, with its meaning.
 */
#include "tests/support/build.h"
#include "tests/support/samples.h"
#include "tests/support/test.h"

#include "capture/fields.h"

#include <jansson.h>

static char *buffer;

static int make_buffer(void **state)
{
    (void)state;
    buffer = malloc(CAP_LINE_MAX + 1);
    return buffer ? 0 : -1;
}

static int free_buffer(void **state)
{
    (void)state;
    free(buffer);
    return 0;
}

/* The line as an object; to be given back. */
static json_t *object_of(const cap_item *item, const cap_link *link)
{
    json_error_t err;
    size_t n = cap_fields_json(item, link, buffer);
    assert_true(n > 0 && buffer[n - 1] == '\n');
    assert_null(memchr(buffer, '\n', n - 1));
    buffer[n] = '\0';
    json_t *o = json_loadb(buffer, n, JSON_REJECT_DUPLICATES, &err);
    if (!o)
        fail_msg("column %d: %s: %.*s", err.column, err.text, (int)n, buffer);
    return o;
}

static json_t *object_of_sample(const sample *s, nbt_msg *m, uint8_t **bytes)
{
    size_t n;
    const cap_link none = { 0 };
    const cap_item item = { .number = 1, .has_ip = true, .msg = m };
    *bytes = sample_bytes(s, &n);
    nbt_msg_rd(m, s->service, *bytes, n);
    return object_of(&item, &none);
}

static void check_string(const json_t *o, const char *key, const char *want)
{
    const char *got = json_string_value(json_object_get(o, key));
    if (!got)
        fail_msg("%s is missing", key);
    assert_string_equal(got, want);
}

static void check_number(const json_t *o, const char *key, long long want)
{
    const json_t *got = json_object_get(o, key);
    if (!json_is_integer(got))
        fail_msg("%s is missing", key);
    assert_int_equal(json_integer_value(got), want);
}

static void check_null(const json_t *o, const char *key)
{
    if (!json_is_null(json_object_get(o, key)))
        fail_msg("%s is not null, or is missing", key);
}

static void check_fred(const json_t *name)
{
    assert_int_equal(json_object_size(name), 5);
    check_string(name, "text", "FRED");
    check_string(name, "suffix", "20");
    check_string(name, "hex", "46524544202020202020202020202020");
    check_string(name, "scope", "");
    assert_non_null(json_object_get(name, "service"));
}

/* All kinds there are: one object each, and the kind that the text form has. */
static void test_every_sample(void **state)
{
    (void)state;
    for (size_t i = 0; i < good_samples_n + inexact_samples_n; i++) {
        const sample *s =
            i < good_samples_n ? &good_samples[i] : &inexact_samples[i - good_samples_n];
        nbt_msg m;
        uint8_t *bytes;
        json_t *o = object_of_sample(s, &m, &bytes);
        const char *kind = json_string_value(json_object_get(o, "kind"));
        assert_non_null(kind);
        assert_memory_equal(s->label, kind, strlen(kind));
        assert_int_equal(json_object_get(o, "raw") != NULL, i >= good_samples_n);
        json_decref(o);
        free(bytes);
    }
}

static void test_the_frame(void **state)
{
    const cap_link link = { .answers = 11, .after = 1500042, .repeats = 3 };
    cap_item item = {
        .number = 12,
        .time = INT64_C(1700000000000042),
        .has_ip = true,
        .has_mac = true,
        .mac_from = { 2, 0, 0, 0, 0, 1 },
        .mac_to = { 2, 0, 0, 0, 0, 0xFF },
        .from = { 0x0A000001, 1024 },
        .to = { 0x0A000002, 0 },
        .note = "a \"note\"",
    };
    (void)state;
    json_t *o = object_of(&item, &link);
    check_number(o, "frame", 12);
    assert_non_null(strstr(buffer, "\"time\":1700000000.000042,"));
    assert_non_null(strstr(buffer, "\"after\":1.500042,"));
    check_string(o, "src", "10.0.0.1:1024");
    check_string(o, "dst", "10.0.0.2");
    check_string(o, "src_mac", "02:00:00:00:00:01");
    check_string(o, "dst_mac", "02:00:00:00:00:ff");
    check_number(o, "answers_frame", 11);
    check_number(o, "repeats_frame", 3);
    check_string(o, "note", "a \"note\"");
    check_null(o, "service");
    check_null(o, "kind");
    check_null(o, "name");
    json_decref(o);
}

/* Of a frame without IP there is nothing but a note, and the keys are there all the same. */
static void test_a_note(void **state)
{
    const cap_link none = { 0 };
    const cap_item item = { .number = 1, .note = "IPX, not decoded" };
    (void)state;
    json_t *o = object_of(&item, &none);
    assert_string_equal(buffer, "{\"frame\":1,\"time\":0.000000,\"src\":null,\"dst\":null,"
                                "\"service\":null,\"kind\":null,\"name\":null,"
                                "\"answers_frame\":null,\"note\":\"IPX, not decoded\"}\n");
    json_decref(o);
}

/* Two lines: where it goes, and the same object with a time that needs no mapping. */
/* What is copied into JSON as it stands needs no escape. */
static void test_texts_of_ours(void **state)
{
    (void)state;
    for (nbt_codeset set = NBT_CODESET_OPCODE; set <= NBT_CODESET_NRC; set++) {
        for (unsigned v = 0; v <= UINT16_MAX; v++) {
            const nbt_code *c = nbt_code_find(set, v);
            assert_true(!c || !strpbrk(c->word, "\"\\\n"));
        }
    }
    for (unsigned v = 0; v < 512; v++) {
        const nbt_suffix *suffix = nbt_suffix_find((uint8_t)v, v > 255);
        assert_true(!suffix || !strpbrk(suffix->text, "\"\\\n"));
    }
    for (nbt_err err = NBT_OK; err <= NBT_ERR_RANGE; err++)
        assert_null(strpbrk(nbt_err_str(err), "\"\\\n"));
}

/* A name inside a message that is the message's own, and one that is another of the same bytes. */
static void test_a_name_again(void **state)
{
    const cap_link none = { 0 };
    nbt_msg m = { .service = NBT_SERVICE_SESSION, .exact = true, .bytes.n = 76 };
    const cap_item item = { .number = 1, .has_ip = true, .msg = &m };
    (void)state;
    m.u.ssn.type = NBT_SSN_REQUEST;
    assert_true(nbt_name_make(&m.u.ssn.called, "FRED", 4, 0x20));
    assert_true(nbt_scope_parse(&m.u.ssn.called.scope, "NET", 3));
    m.u.ssn.calling = m.u.ssn.called;
    json_t *o = object_of(&item, &none);
    assert_true(json_equal(json_object_get(o, "name"), json_object_get(o, "from")));
    json_decref(o);
    m.u.ssn.calling.scope.len = 0;
    o = object_of(&item, &none);
    check_string(json_object_get(o, "name"), "scope", "NET");
    check_string(json_object_get(o, "from"), "scope", "");
    json_decref(o);
}

static void test_bulk(void **state)
{
    static const struct {
        int64_t time;
        const char *day, *clock;
    } rows[] = {
        { 0, "1970-01-01", "T00:00:00.000000Z" },
        { INT64_C(1700000000000042), "2023-11-14", "T22:13:20.000042Z" },
        { INT64_C(1709251199999999), "2024-02-29", "T23:59:59.999999Z" },
        { -1, "1969-12-31", "T23:59:59.999999Z" },
    };
    const cap_link none = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const cap_item item = { .number = 1, .time = rows[i].time, .note = "IPX, not decoded" };
        char want[512], plain[512];
        size_t n = cap_fields_json(&item, &none, buffer);
        memcpy(plain, buffer, n);
        plain[n] = '\0';
        snprintf(want, sizeof want,
                 "{\"index\":{\"_index\":\"nbt-%s\"}}\n{\"@timestamp\":\"%s%s\",%s", rows[i].day,
                 rows[i].day, rows[i].clock, plain + 1);
        buffer[cap_fields_ek(&item, &none, buffer)] = '\0';
        assert_string_equal(buffer, want);
    }
}

static void test_a_registration(void **state)
{
    nbt_msg m;
    uint8_t *bytes;
    (void)state;
    json_t *o = object_of_sample(sample_of("registration-request"), &m, &bytes);
    check_string(o, "service", "name");
    check_number(o, "id", m.u.ns.trn_id);
    check_number(o, "opcode", 5);
    check_string(o, "opcode_word", "registration");
    check_number(o, "arcount", 1);
    check_fred(json_object_get(o, "name"));
    check_fred(json_object_get(json_object_get(o, "question"), "name"));
    const json_t *rr = json_array_get(json_object_get(o, "records"), 0);
    check_fred(json_object_get(rr, "name"));
    check_number(rr, "ttl", m.u.ns.rr[0].ttl);
    const json_t *owner = json_array_get(json_object_get(rr, "addresses"), 0);
    assert_non_null(json_object_get(owner, "ip"));
    assert_true(json_is_boolean(json_object_get(owner, "group")));
    json_decref(o);
    free(bytes);
}

static void test_names_of_a_node(void **state)
{
    nbt_msg m;
    uint8_t *bytes;
    (void)state;
    json_t *o = object_of_sample(sample_of("status-response"), &m, &bytes);
    const json_t *rr = json_array_get(json_object_get(o, "records"), 0);
    const json_t *names = json_object_get(rr, "names");
    assert_int_equal(json_array_size(names), nbt_status_count(&m.u.ns.rr[0]));
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *n = json_array_get(names, i), *name = json_object_get(n, "name");
        assert_int_equal(json_object_size(name), 5);
        assert_int_equal(strlen(json_string_value(json_object_get(name, "hex"))), 32);
        check_null(name, "scope");
        assert_true(json_is_boolean(json_object_get(n, "active")));
    }
    assert_non_null(json_object_get(json_object_get(rr, "statistics"), "unit_id"));
    json_decref(o);
    free(bytes);
}

/* A name of any bytes, with a scope, stays valid JSON, and none of its bytes is lost. */
static void test_an_ugly_name(void **state)
{
    nbt_msg m = { .service = NBT_SERVICE_SESSION, .exact = true };
    const cap_link none = { 0 };
    const cap_item item = { .number = 1, .msg = &m };
    uint8_t bytes[128];
    nbt_wr w;
    (void)state;
    m.u.ssn.type = NBT_SSN_REQUEST;
    assert_true(nbt_name_parse(&m.u.ssn.called, "a\\x22\\x5C\\x00\\xFF<41>.NETBIOS.COM", 33));
    assert_true(nbt_name_make(&m.u.ssn.calling, "LISA", 4, 0));
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_msg_wr(&w, &m);
    assert_true(nbt_msg_rd(&m, NBT_SERVICE_SESSION, bytes, w.at));
    json_t *o = object_of(&item, &none);
    const json_t *name = json_object_get(o, "name");
    check_number(o, "length", 46 + 34); /* both names, the first with its scope */
    check_string(name, "text", "a\\x22\\x5C\\x00\\xFF");
    check_string(name, "hex", "61225c00ff2020202020202020202041");
    check_string(name, "scope", "NETBIOS.COM");
    check_string(json_object_get(o, "from"), "text", "LISA");
    json_decref(o);
}

/* What stands where a name may stand without being one has the same keys. */
static void test_no_netbios_names(void **state)
{
    static const struct {
        nbt_name_form form;
        const char *text, *scope;
    } rows[] = { { NBT_NAME_DOMAIN, ".NETBIOS.COM", "NETBIOS.COM" }, { NBT_NAME_NULL, ".", "" } };
    nbt_msg m = { .service = NBT_SERVICE_NAME, .exact = true };
    const cap_link none = { 0 };
    const cap_item item = { .number = 1, .msg = &m };
    (void)state;
    m.u.ns.qdcount = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(nbt_name_parse(&m.u.ns.q.name, rows[i].text, strlen(rows[i].text)));
        assert_int_equal(m.u.ns.q.name.form, rows[i].form);
        json_t *o = object_of(&item, &none);
        const json_t *name = json_object_get(o, "name");
        assert_int_equal(json_object_size(name), 5);
        check_null(name, "text");
        check_null(name, "suffix");
        check_null(name, "hex");
        check_null(name, "service");
        check_string(name, "scope", rows[i].scope);
        json_decref(o);
    }
}

static void test_what_is_malformed(void **state)
{
    nbt_msg m;
    const cap_link none = { 0 };
    const cap_item item = { .number = 1, .msg = &m };
    (void)state;
    assert_false(nbt_msg_rd(&m, NBT_SERVICE_NAME, (const uint8_t *)"\x1A\x2B", 2));
    json_t *o = object_of(&item, &none);
    const json_t *what = json_object_get(o, "malformed");
    check_number(what, "at", 2);
    check_string(what, "field", "OPCODE");
    check_string(o, "raw", "1a2b");
    check_null(o, "name");
    check_null(o, "answers_frame");
    check_number(o, "id", 0x1A2B);
    assert_null(json_object_get(o, "flags"));
    json_decref(o);
}

/* As much of a header as there is; what lies behind the trouble is in raw alone. */
static void test_what_a_malformed_packet_begins_with(void **state)
{
    static const struct {
        nbt_service service;
        const char *octets;
        size_t n;
        const char *fields; /* between "malformed" and "raw" */
    } rows[] = {
        { NBT_SERVICE_NAME, "\x1A", 1, "" },
        { NBT_SERVICE_NAME, "\x1A\x2B\x01\x10\0\1\0", 7,
          "\"id\":6699,\"flags\":272,\"response\":false,\"opcode\":0,\"opcode_word\":\"query\","
          "\"aa\":false,\"tc\":false,\"rd\":true,\"ra\":false,\"broadcast\":true,\"rcode\":0,"
          "\"rcode_word\":\"ok\",\"qdcount\":1," },
        { NBT_SERVICE_DATAGRAM, "\x10\x0B\0\7\x0A\0\0\1\0\x8A\0\x64\0\0", 14,
          "\"type\":16,\"flags\":11,\"node\":2,\"node_type\":\"M\",\"first\":true,\"more\":true,"
          "\"id\":7,\"source\":\"10.0.0.1:138\",\"length\":100,\"offset\":0," },
        { NBT_SERVICE_DATAGRAM, "\x13\x0B\0\7\x0A\0\0\1\0\x8A", 10,
          "\"type\":19,\"flags\":11,\"node\":2,\"node_type\":\"M\",\"first\":true,\"more\":true,"
          "\"id\":7,\"source\":\"10.0.0.1:138\"," },
        { NBT_SERVICE_SESSION, "\x81\1\0", 3, "" },
        { NBT_SERVICE_SESSION, "\x81\1\0\4", 4, "\"type\":129,\"flags\":1,\"length\":65540," },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_msg m;
        const cap_link none = { 0 };
        const cap_item item = { .number = 1, .msg = &m };
        assert_false(nbt_msg_rd(&m, rows[i].service, (const uint8_t *)rows[i].octets, rows[i].n));
        json_decref(object_of(&item, &none));
        const char *from = strstr(strstr(buffer, "\"malformed\""), "},"),
                   *to = strstr(buffer, "\"raw\"");
        assert_non_null(from);
        assert_non_null(to);
        size_t n = (size_t)(to - from) - 2;
        if (n != strlen(rows[i].fields) || memcmp(from + 2, rows[i].fields, n) != 0)
            fail_msg("row %zu: %.*s", i, (int)n, from + 2);
    }
}

static void test_the_question_of_a_malformed_packet(void **state)
{
    nbt_msg m;
    uint8_t octets[64];
    nbt_wr w;
    const cap_link none = { 0 };
    const cap_item item = { .number = 1, .msg = &m };
    (void)state;
    nbt_wr_init(&w, octets, sizeof octets);
    put_header(&w, 1, 0x0110, 1, 0, 0, 9);
    put_question(&w, "FRED<20>.SITE", NBT_RR_NB);
    assert_false(nbt_msg_rd(&m, NBT_SERVICE_NAME, octets, w.at));
    json_t *o = object_of(&item, &none);
    check_number(o, "arcount", 9);
    check_string(json_object_get(json_object_get(o, "question"), "name"), "scope", "SITE");
    json_decref(o);
}

static void test_remote_control(void **state)
{
    static const struct {
        const char *line, *fields; /* behind answers_frame */
    } rows[] = {
        { "rc-rights A<41> packings=none,zlib user=\"J.\\x20\\x22\\x00\"",
          "\"type\":1,\"packings\":[\"none\",\"zlib\"],\"user\":\"J. \\\\x22\\\\x00\"" },
        { "rc-wait - seconds=30", "\"type\":2,\"seconds\":30" },
        { "rc-verdict - verdict=busy ticket=0x00000010",
          "\"type\":3,\"verdict\":1,\"verdict_word\":\"busy\",\"ticket\":16" },
        { "rc-open - ticket=0x00000010", "\"type\":4,\"ticket\":16" },
        { "rc-opened - verdict=granted columns=80 rows=25",
          "\"type\":5,\"verdict\":0,\"verdict_word\":\"granted\",\"columns\":80,\"rows\":25" },
        { "rc-screen - packing=rle unpacked=6 data=8341",
          "\"type\":6,\"packing\":1,\"packing_word\":\"rle\",\"unpacked\":6,\"length\":2,"
          "\"data\":\"8341\"" },
        { "rc-keys - data=61", "\"type\":7,\"length\":1,\"data\":\"61\"" },
        { "rc-ping - serial=7", "\"type\":8,\"serial\":7,\"length\":0,\"data\":\"\"" },
        { "rc-bye - reason=stopped", "\"type\":10,\"reason\":1,\"reason_word\":\"stopped\"" },
        { "rc-udp-ack - stream=2 number=7 ack=9",
          "\"type\":5,\"stream\":2,\"number\":7,\"ack\":9" },
        { "rc-udp-data - stream=2 number=7 ack=9 data=61",
          "\"type\":3,\"stream\":2,\"number\":7,\"ack\":9,\"length\":1,\"data\":\"61\"" },
        { "malformed-rc-message raw=01ff", "\"malformed\":{\"at\":1,\"field\":\"TYPE\",\"why\":"
                                           "\"unknown value\"},\"raw\":\"01ff\"" },
    };
    const cap_link none = { 0 };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t arena[64];
        char want[512];
        rc_packet m;
        nbt_text_err err;
        const cap_item item = { .number = 1, .tcp = true, .rc = &m };
        const char *line = rows[i].line;
        assert_true(rc_text_parse(&m, line, strlen(line), arena, sizeof arena, &err));
        json_t *o = object_of(&item, &none);
        check_string(o, "service", "rc");
        check_string(o, "transport", "tcp");
        if (i == 0)
            check_string(json_object_get(o, "name"), "suffix", "41");
        else
            check_null(o, "name");
        snprintf(want, sizeof want, "\"answers_frame\":null,%s}\n", rows[i].fields);
        assert_string_equal(strstr(buffer, "\"answers_frame\""), want);
        json_decref(o);
    }
}

/* As many addresses as one packet can carry. */
static void test_the_longest_line(void **state)
{
    enum { COUNT = 65535 / NBT_ADDR_LEN };
    uint8_t *rdata = malloc(COUNT * NBT_ADDR_LEN);
    nbt_msg m = { .service = NBT_SERVICE_NAME, .exact = true };
    const cap_link none = { 0 };
    const cap_item item = { .number = INT64_MAX, .msg = &m };
    (void)state;
    memset(rdata, 0xFF, COUNT * NBT_ADDR_LEN);
    m.u.ns.word = NBT_NS_R;
    m.u.ns.ancount = m.u.ns.nrr = 1;
    assert_true(nbt_name_make(&m.u.ns.rr[0].name, "FRED", 4, 0x20));
    m.u.ns.rr[0].type = NBT_RR_NB;
    m.u.ns.rr[0].rdata = (nbt_bytes){ rdata, COUNT * NBT_ADDR_LEN };
    json_t *o = object_of(&item, &none);
    const json_t *rr = json_array_get(json_object_get(o, "records"), 0);
    assert_int_equal(json_array_size(json_object_get(rr, "addresses")), COUNT);
    json_decref(o);
    free(rdata);
}

/* A line of the detail, with its newline, as deep as it must lie. */
static void check_line(const char *line)
{
    if (!strstr(buffer, line))
        fail_msg("'%s' is missing in:\n%s", line, buffer);
}

static void test_detail(void **state)
{
    (void)state;
    for (size_t i = 0; i < good_samples_n; i++) {
        size_t len;
        nbt_msg m;
        uint8_t *bytes = sample_bytes(&good_samples[i], &len);
        const cap_item item = { .number = 1, .msg = &m };
        nbt_msg_rd(&m, good_samples[i].service, bytes, len);
        const cap_item note = { .number = 1 };
        assert_int_equal(cap_fields_detail(&note, buffer), 0);
        size_t n = cap_fields_detail(&item, buffer);
        assert_true(n > 0 && buffer[n - 1] == '\n');
        buffer[n] = '\0';
        assert_null(strstr(buffer, "\n\n"));
        assert_memory_equal(buffer, "    service: ", 13);
        if (strcmp(good_samples[i].label, "registration-request") == 0) {
            check_line("\n    name: FRED<20> (file server)\n");
            check_line("\n    flags: 0x2");
            check_line("\n    opcode: 5 registration (registration, overwrite; RFC1002 4.2.1.1)\n");
            check_line("\n    question:\n        name: FRED<20> (file server)\n");
            check_line("\n    records:\n        -\n            name: FRED<20> (file server)\n");
            check_line("\n            addresses:\n                -\n                    ip: ");
        }
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_every_sample),
        NBT_TEST("", test_the_frame),
        NBT_TEST("", test_a_note),
        NBT_TEST("", test_a_registration),
        NBT_TEST("", test_names_of_a_node),
        NBT_TEST("", test_an_ugly_name),
        NBT_TEST("", test_no_netbios_names),
        NBT_TEST("", test_what_is_malformed),
        NBT_TEST("", test_what_a_malformed_packet_begins_with),
        NBT_TEST("", test_the_question_of_a_malformed_packet),
        NBT_TEST("", test_the_longest_line),
        NBT_TEST("", test_detail),
        NBT_TEST("", test_remote_control),

        NBT_TEST("", test_bulk),
        NBT_TEST("", test_texts_of_ours),
        NBT_TEST("", test_a_name_again),
    };
    return cmocka_run_group_tests_name("fields", tests, make_buffer, free_buffer);
}
