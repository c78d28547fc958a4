/*
 * Which messages a filter wants: messages in the text form, a row for each thing that may be asked
 * of them; and what is no value.
 */
#include "tests/support/samples.h"
#include "tests/support/test.h"

#include "capture/filter.h"
#include "nbt/text.h"

typedef struct row {
    const char *label;
    cap_filter_by by;
    const char *value;
    bool want;
    const char *text;
} row;

#define N CAP_FILTER_NAME
#define K CAP_FILTER_KIND
#define R CAP_FILTER_CODE
#define C CAP_FILTER_CONFLICT
#define H CAP_FILTER_HOST

#define OWNER " owner=10.0.0.1 node=B unique"
#define CLAIM "registration-request FRED<20> id=0x0001 b=1" OWNER
#define REFUSAL "negative-registration-response FRED<20> id=0x0001 rcode=ACT_ERR" OWNER
#define STATUS                                                                                     \
    "status-response *<00> id=0x0001 names=FRED<20>/B/unique/act,LAB<1d>/B/group/act "             \
    "mac=02:00:00:00:00:09"
#define IN_CONFLICT "status-response *<00> id=0x0001 names=FRED<20>/B/unique/cnf/act"
#define SCOPED "query-request FRED<20>.LAB.ORG id=0x0001 b=1"
#define DATAGRAM                                                                                   \
    "direct-unique-datagram FRED<20> id=0x0007 from=LISA<00> source=10.0.9.9:138 node=B first "    \
    "data=\"hello\""
#define REDIRECT                                                                                   \
    "redirect-query-response .COM id=0x0001 server=.NBNS.COM rr_name2=.NBNS.COM address=10.0.0.9"
#define NO_SESSION "negative-session-response - error=called-not-present"
#define NO_DATAGRAM "datagram-error - id=0x0007 source=10.0.0.2:138 node=B error=bad-source-name"
#define WACK "wack FRED<20> id=0x0002 wait=2s about=release-request/0x3000"
#define CHALLENGE "end-node-challenge FRED<20> id=0x0002" OWNER
#define MALFORMED "malformed-datagram-packet raw=1002"

/* From 10.0.0.1, 02:...:01, to 10.0.0.2, 02:...:02. */
static cap_item item_of(nbt_msg *m, const char *text, uint8_t *arena, size_t cap)
{
    nbt_text_err err;
    if (!nbt_text_parse(m, text, strlen(text), arena, cap, &err))
        fail_msg("%s: column %zu: %s", text, err.column, err.why);
    return (cap_item){
        .number = 1,
        .has_mac = true,
        .has_ip = true,
        .mac_from = { 2, 0, 0, 0, 0, 1 },
        .mac_to = { 2, 0, 0, 0, 0, 2 },
        .from = { 0x0A000001, 137 },
        .to = { 0x0A000002, 137 },
        .msg = m,
    };
}

static bool holds(const cap_filter *f, const char *text)
{
    uint8_t arena[4096];
    nbt_msg m;
    cap_item item = item_of(&m, text, arena, sizeof arena);
    return cap_filter_holds(f, &item);
}

static void add(cap_filter *f, cap_filter_by by, const char *value)
{
    char err[CAP_ERR_MAX] = "";
    if (!cap_filter_add(f, by, value, err))
        fail_msg("%s", err);
}

static void check(const row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cap_filter *f = cap_filter_new();
        assert_non_null(f);
        print_message("%s: %s\n", rows[i].label, rows[i].value);
        assert_true(holds(f, rows[i].text));
        add(f, rows[i].by, rows[i].value);
        assert_int_equal(holds(f, rows[i].text), rows[i].want);
        cap_filter_free(f);
    }
}

static void test_names(void **state)
{
    static const row rows[] = {
        { "the name", N, "FRED<20>", true, CLAIM },
        { "another suffix", N, "FRED<00>", false, CLAIM },
        { "any suffix", N, "FRED", true, CLAIM },
        { "not a part of it", N, "FRE", false, CLAIM },
        { "a beginning", N, "FR*", true, CLAIM },
        { "an end", N, "*ED", true, CLAIM },
        { "a suffix", N, "*<20>", true, CLAIM },
        { "another one", N, "*<1d>", false, CLAIM },
        { "one character", N, "FR?D", true, CLAIM },
        { "one of some", N, "F[QR]ED", true, CLAIM },
        { "in lower case", N, "fred<20>", true, CLAIM },
        { "in upper case, for a name that is not", N, "FRED<20>", true,
          "query-request fred<20> id=0x0001 b=1" },
        { "another beginning", N, "LISA*", false, CLAIM },
        { "a scope that was not asked for", N, "FRED<20>", true, SCOPED },
        { "the scope", N, "FRED<20>.LAB.ORG", true, SCOPED },
        { "any suffix, and a scope", N, "FRED", true, SCOPED },
        { "another scope", N, "FRED<20>.LAB", false, SCOPED },
        { "a scope where there is none", N, "FRED<20>.LAB", false, CLAIM },
        { "whoever sends", N, "LISA<00>", true, DATAGRAM },
        { "whoever receives", N, "FRED<20>", true, DATAGRAM },
        { "listed by a node status", N, "LAB<1D>", true, STATUS },
        { "not listed", N, "LISA", false, STATUS },
        { "the star itself", N, "[*]<00>", true, STATUS },
        { "a star that is none", N, "[*]<00>", false, CLAIM },
        { "a domain name", N, ".NBNS.COM", true, REDIRECT },
        { "no name at all", N, "*", false, NO_SESSION },
        { "malformed", N, "*", false, MALFORMED },
        { "a byte that is not visible", N, "FR\\x05D<20>", true,
          "query-request FR\\x05D<20> id=0x0001 b=1" },
        { "the suffix", CAP_FILTER_SUFFIX, "20", true, CLAIM },
        { "with 0x, in either case", CAP_FILTER_SUFFIX, "0x1D", true, STATUS },
        { "one of two", CAP_FILTER_SUFFIX, "41,20", true, CLAIM },
        { "neither", CAP_FILTER_SUFFIX, "41,42", false, CLAIM },
        { "one digit", CAP_FILTER_SUFFIX, "0", true, DATAGRAM },
    };
    (void)state;
    check(rows, LENGTH_OF(rows));
}

static void test_kinds(void **state)
{
    static const row rows[] = {
        { "the word", K, "registration-request", true, CLAIM },
        { "another word", K, "release-request", false, CLAIM },
        { "what it has to do with", K, "registration", true, CLAIM },
        { "also the refusal", K, "registration", true, REFUSAL },
        { "as the RFC calls it", K, "registration", true, CHALLENGE },
        { "with spaces", K, "name registration Request", true, CLAIM },
        { "but not another that has all its words", K, "query-request", false,
          "datagram-query-request FRED<20> id=0x0008 source=10.0.0.1:138 node=B" },
        { "not a part of a word", K, "regis", false, CLAIM },
        { "refusals", K, "negative", true, REFUSAL },
        { "also of sessions", K, "negative", true, NO_SESSION },
        { "responses", K, "response", true, WACK },
        { "requests", K, "request", false, WACK },
        { "one of two", K, "wack,challenge", true, WACK },
        { "a service", K, "name", true, STATUS },
        { "another service", K, "name", false, DATAGRAM },
        { "datagrams", K, "datagram", true, NO_DATAGRAM },
        { "sessions", K, "session", true, NO_SESSION },
        { "claims", K, "claim", true, CLAIM },
        { "no claim", K, "claim", false, REFUSAL },
        { "a demand claims", K, "claim", true, "overwrite-demand FRED<20> id=0x0001" OWNER },
        { "malformed", K, "malformed", true, MALFORMED },
        { "of that service", K, "datagram", true, MALFORMED },
        { "not of this", K, "malformed-name-packet", false, MALFORMED },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        cap_filter *f = cap_filter_new();
        char err[CAP_ERR_MAX];
        print_message("%s: %s\n", rows[i].label, rows[i].value);
        if (!cap_filter_add(f, K, rows[i].value, err))
            assert_false(rows[i].want); /* no kind at all */
        else
            assert_int_equal(holds(f, rows[i].text), rows[i].want);
        cap_filter_free(f);
    }
}

/* The word that begins the line of a message chooses it, whatever its kind is; and no other. */
static void test_every_kind_by_its_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < good_samples_n; i++) {
        size_t n, m;
        nbt_msg a, b;
        uint8_t *p = sample_bytes(&good_samples[i], &n);
        assert_true(nbt_msg_rd(&a, good_samples[i].service, p, n));
        cap_filter *f = cap_filter_new();
        add(f, CAP_FILTER_KIND, nbt_text_kind(&a));
        for (size_t k = 0; k < good_samples_n; k++) {
            uint8_t *q = sample_bytes(&good_samples[k], &m);
            nbt_msg_rd(&b, good_samples[k].service, q, m);
            bool same = strcmp(nbt_text_kind(&a), nbt_text_kind(&b)) == 0;
            assert_int_equal(cap_filter_holds(f, &(cap_item){ .msg = &b }), same);
            free(q);
        }
        cap_filter_free(f);
        free(p);
    }
}

static void test_codes_and_conflicts(void **state)
{
    static const row rows[] = {
        { "by number", R, "6", true, REFUSAL },
        { "by number in hex", R, "0x6", true, REFUSAL },
        { "by word", R, "act_err", true, REFUSAL },
        { "another", R, "CFT_ERR,NAM_ERR", false, REFUSAL },
        { "one of two", R, "CFT_ERR,ACT_ERR", true, REFUSAL },
        { "a good answer", R, "ok", true, WACK },
        { "a request has none", R, "0", false, CLAIM },
        { "of a session", R, "called-not-present", true, NO_SESSION },
        { "of a session, by number", R, "0x82", true, NO_SESSION },
        { "of a datagram", R, "bad-source-name", true, NO_DATAGRAM },
        { "no code", R, "0", false, DATAGRAM },
        { "a refusal", C, "", true, REFUSAL },
        { "a conflict demand", C, "", true,
          "conflict-demand FRED<20> id=0x0001 owner=0.0.0.0 node=B unique" },
        { "a refused release", C, "", true,
          "negative-release-response FRED<20> id=0x0001 rcode=ACT_ERR" OWNER },
        { "refused for policy", C, "", false,
          "negative-registration-response FRED<20> id=0x0001 rcode=RFS_ERR" OWNER },
        { "a challenge", C, "", true, CHALLENGE },
        { "what follows it", C, "", true, "overwrite-request FRED<20> id=0x0001" OWNER },
        { "a demand", C, "", false, "overwrite-demand FRED<20> id=0x0001" OWNER },
        { "a status with a conflict", C, "", true, IN_CONFLICT },
        { "a status without", C, "", false, STATUS },
        { "a claim", C, "", false, CLAIM },
        { "a datagram", C, "", false, DATAGRAM },
        { "malformed", C, "", false, MALFORMED },
    };
    (void)state;
    check(rows, LENGTH_OF(rows));
}

static void test_hosts(void **state)
{
    static const row rows[] = {
        { "the sender", H, "10.0.0.1", true, WACK },
        { "the receiver", H, "10.0.0.2", true, WACK },
        { "neither", H, "10.0.0.3", false, WACK },
        { "their network", H, "10.0.0.77/24", true, WACK },
        { "another network", H, "10.0.1.0/24", false, WACK },
        { "one of two", H, "10.0.1.0/24,10.0.0.2", true, WACK },
        { "everybody", H, "0.0.0.0/0", true, WACK },
        { "by hardware address", H, "02:00:00:00:00:02", true, WACK },
        { "with dashes", H, "02-00-00-00-00-01", true, WACK },
        { "another one", H, "02:00:00:00:00:03", false, WACK },
        { "an owner", H, "10.0.0.7", true,
          "positive-query-response FRED<20> id=0x0001 owners=10.0.0.2/B/unique,10.0.0.7/B/unique" },
        { "a source", H, "10.0.9.9", true, DATAGRAM },
        { "another server", H, "10.0.0.9", true, REDIRECT },
        { "where to call", H, "10.0.0.8", true, "retarget-session-response - retarget=10.0.0.8:9" },
        { "the adapter of a status", H, "02:00:00:00:00:09", true, STATUS },
        { "malformed, by the sender", H, "10.0.0.1", true, MALFORMED },
    };
    (void)state;
    check(rows, LENGTH_OF(rows));
}

/* Every kind of filter must hold; name and suffix of one name. */
static void test_several_filters(void **state)
{
    static const struct {
        const char *label, *name, *suffix, *kind;
        bool want;
    } rows[] = {
        { "both of one name", "FRED", "20", "datagram", true },
        { "of two names", "FRED", "00", "datagram", false },
        { "the other name", "LISA", "00", "datagram", true },
        { "another kind", "FRED", "20", "session", false },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        cap_filter *f = cap_filter_new();
        print_message("%s\n", rows[i].label);
        add(f, CAP_FILTER_NAME, rows[i].name);
        add(f, CAP_FILTER_SUFFIX, rows[i].suffix);
        add(f, CAP_FILTER_KIND, rows[i].kind);
        assert_int_equal(holds(f, DATAGRAM), rows[i].want);
        add(f, CAP_FILTER_NAME, "NOBODY"); /* or this one: nothing changes */
        assert_int_equal(holds(f, DATAGRAM), rows[i].want);
        cap_filter_free(f);
    }
}

/* NetBEUI, ICMP: addresses, and nothing else. */
static void test_without_a_message(void **state)
{
    static const struct {
        cap_filter_by by;
        const char *value;
        bool want;
    } rows[] = {
        { CAP_FILTER_NAME, "*", false },       { CAP_FILTER_SUFFIX, "20", false },
        { CAP_FILTER_KIND, "name", false },    { CAP_FILTER_CODE, "ok", false },
        { CAP_FILTER_CONFLICT, "", false },    { CAP_FILTER_HOST, "10.0.0.1", false },
        { CAP_FILTER_HOST, "2:0:0:0:0:1", 0 }, { CAP_FILTER_HOST, "02:00:00:00:00:01", true },
    };
    cap_item item = { .has_mac = true, .mac_from = { 2, 0, 0, 0, 0, 1 } };
    char err[CAP_ERR_MAX];
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        cap_filter *f = cap_filter_new();
        if (cap_filter_add(f, rows[i].by, rows[i].value, err))
            assert_int_equal(cap_filter_holds(f, &item), rows[i].want);
        else
            assert_false(rows[i].want);
        cap_filter_free(f);
    }
}

static void test_what_is_no_value(void **state)
{
    static const struct {
        cap_filter_by by;
        const char *value, *says; /* a part of what is said */
    } rows[] = {
        { CAP_FILTER_NAME, "", "FRED*" },
        { CAP_FILTER_SUFFIX, "4g", "in hex" },
        { CAP_FILTER_SUFFIX, "", "in hex" },
        { CAP_FILTER_SUFFIX, "041", "in hex" },
        { CAP_FILTER_SUFFIX, "41,", "in hex" },
        { CAP_FILTER_KIND, "fred", "--kind fred" },
        { CAP_FILTER_KIND, "", "name claim registration" },
        { CAP_FILTER_KIND, "wack,fred", "retarget" },
        { CAP_FILTER_CODE, "16", "ACT_ERR" },
        { CAP_FILTER_CODE, "act", "called-not-present" },
        { CAP_FILTER_CODE, "", "0 to 15" },
        { CAP_FILTER_HOST, "10.0.0", "10.0.0.0/24" },
        { CAP_FILTER_HOST, "10.0.0.256", "10.0.0.0/24" },
        { CAP_FILTER_HOST, "10.0.0.1/33", "10.0.0.0/24" },
        { CAP_FILTER_HOST, "10.0.0.1/", "10.0.0.0/24" },
        { CAP_FILTER_HOST, "10.0.0.1x", "10.0.0.0/24" },
        { CAP_FILTER_HOST, "02:00:00:00:00:0", "02:" },
        { CAP_FILTER_HOST, "02:00:00:00:00:01:02", "02:" },
        { CAP_FILTER_HOST, "server", "--host server" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char err[CAP_ERR_MAX] = "";
        cap_filter *f = cap_filter_new();
        print_message("%s\n", rows[i].value);
        assert_false(cap_filter_add(f, rows[i].by, rows[i].value, err));
        if (!strstr(err, rows[i].says) || strchr(err, '\n'))
            fail_msg("%s", err);
        cap_filter_free(f);
    }
}

static void test_bounds(void **state)
{
    char err[CAP_ERR_MAX], longest[CAP_FILTER_PATTERN_MAX + 1];
    cap_filter *f = cap_filter_new();
    (void)state;
    memset(longest, '*', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(cap_filter_add(f, CAP_FILTER_NAME, longest, err));
    assert_false(cap_filter_add(f, CAP_FILTER_HOST, longest, err));
    longest[CAP_FILTER_PATTERN_MAX - 3] = '\0';
    longest[CAP_FILTER_PATTERN_MAX - 4] = 'X';
    for (size_t i = 0; i < CAP_FILTER_NAMES_MAX; i++)
        add(f, CAP_FILTER_NAME, longest);
    assert_false(cap_filter_add(f, CAP_FILTER_NAME, "FRED", err));
    assert_non_null(strstr(err, "at most 32"));
    for (size_t i = 0; i < CAP_FILTER_HOSTS_MAX; i++)
        add(f, CAP_FILTER_HOST, "10.0.0.1");
    assert_false(cap_filter_add(f, CAP_FILTER_HOST, "10.0.0.1", err));
    assert_non_null(strstr(err, "at most 64"));
    cap_filter_free(f);
}

static void test_remote_control(void **state)
{
    static const struct {
        cap_filter_by by;
        const char *value, *text;
        bool want;
    } rows[] = {
        { K, "rc", "rc-wait - seconds=30", true },
        { K, "rc-wait", "rc-wait - seconds=30", true },
        { K, "rc-keys,rc-bye", "rc-bye - reason=closed", true },
        { K, "rc-keys", "rc-bye - reason=closed", false },
        { K, "session", "rc-bye - reason=closed", false },
        { K, "rc", "rc-udp-nak - stream=2 number=7 ack=9", true },
        { K, "nak", "rc-udp-nak - stream=2 number=7 ack=9", true },
        { K, "rc-udp-nak", "rc-udp-ack - stream=2 number=7 ack=9", false },
        { K, "rc-udp-nak", "rc-bye - reason=closed", false },
        { K, "malformed-rc-segment", "malformed-rc-segment raw=0109", true },
        { K, "malformed-rc-message", "malformed-rc-segment raw=0109", false },
        { K, "malformed-rc-message", "malformed-rc-message raw=01ff", true },
        { K, "malformed", "malformed-rc-message raw=01ff", true },
        { N, "CONSOLE<41>", "rc-rights CONSOLE<41> packings=none user=\"lisa\"", true },
        { CAP_FILTER_SUFFIX, "20", "rc-rights CONSOLE<41> packings=none user=\"lisa\"", false },
        { N, "*", "rc-bye - reason=closed", false },
        { R, "ok", "rc-verdict - verdict=granted ticket=0x12345678", false },
        { C, "", "rc-verdict - verdict=busy ticket=0x12345678", false },
        { H, "10.0.0.1", "rc-bye - reason=closed", true },
        { H, "10.0.0.2", "rc-bye - reason=closed", false },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t arena[256];
        rc_packet rc;
        nbt_text_err err;
        cap_filter *f = cap_filter_new();
        print_message("%s: %s\n", rows[i].value, rows[i].text);
        if (!rc_text_parse(&rc, rows[i].text, strlen(rows[i].text), arena, sizeof arena, &err))
            fail_msg("column %zu: %s", err.column, err.why);
        cap_item item = { .has_ip = true, .from = { 0x0A000001, 2701 }, .rc = &rc };
        add(f, rows[i].by, rows[i].value);
        assert_int_equal(cap_filter_holds(f, &item), rows[i].want);
        cap_filter_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_names),
        NBT_TEST("", test_kinds),
        NBT_TEST("", test_every_kind_by_its_word),
        NBT_TEST("", test_codes_and_conflicts),
        NBT_TEST("", test_hosts),
        NBT_TEST("", test_remote_control),
        NBT_TEST("", test_several_filters),
        NBT_TEST("", test_without_a_message),
        NBT_TEST("", test_what_is_no_value),
        NBT_TEST("", test_bounds),
    };
    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
