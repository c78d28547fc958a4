/* nbtquery's names, its words for answers, and what it all comes to. */
#include "tools/host/query.h"

#include "nbt/text.h"
#include "tests/support/mem.h"
#include "tests/support/test.h"

static const struct {
    const char *text, *scope;
    const char *name; /* in the text form; NULL: refused */
    const char *says; /* then, a part of the error */
} names[] = {
    { "FRED<20>", NULL, "FRED<20>", NULL },
    { "fred<1d>", NULL, "fred<1D>", NULL },
    { "fred", NULL, "FRED<00>", NULL },
    { "www.fred", NULL, "WWW\\x2EFRED<00>", NULL },
    { "fred", "LAB.EXAMPLE", "FRED<00>.LAB.EXAMPLE", NULL },
    { "FRED<20>.HERE", "LAB", "FRED<20>.HERE", NULL },
    { "*<00>", NULL, "*<00>", NULL },
    { "*<00>", "LAB", "*<00>.LAB", NULL },
    { "ABCDEFGHIJKLMNO", NULL, "ABCDEFGHIJKLMNO<00>", NULL },
    { "ABCDEFGHIJKLMNOP", NULL, NULL, "\"ABCDEFGHIJKLMNOP\" is no NetBIOS name" },
    { "", NULL, NULL, "is no NetBIOS name" },
    { "FRED<2>", NULL, NULL, "is no NetBIOS name" },
    { "FRED<20", NULL, NULL, "is no NetBIOS name" },
    { "FRED", "A..B", NULL, "the scope \"A..B\" is malformed" },
};

static void names_as_they_are_typed(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        nbt_name name;
        host_err err = { .text = "" };
        char buf[NBT_NAME_STR_MAX];
        bool ok = host_query_name(names[i].text, names[i].scope, &name, &err);
        if (ok != (names[i].name != NULL))
            fail_msg("\"%s\": %s", names[i].text, ok ? "taken" : err.text);
        if (!ok) {
            assert_int_equal(err.status, HOST_USAGE);
            assert_non_null(strstr(err.text, names[i].says));
            continue;
        }
        nbt_name_print(&name, buf, sizeof buf);
        assert_string_equal(buf, names[i].name);
    }
}

static void a_name_too_long_to_be_sent(void **state)
{
    (void)state;
    char text[300] = "FRED<20>";
    nbt_name name;
    host_err err;
    for (size_t i = 0; i < 8; i++) /* 8 labels of 27 characters: 224 and their lengths */
        strcat(text, ".ABCDEFGHIJKLMNOPQRSTUVWXYZA");
    assert_false(host_query_name(text, NULL, &name, &err));
    assert_non_null(strstr(err.text, "too long to be sent"));
}

static void addresses_of_one_host(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",        "fred",      "10.0.0",
                                         "0.0.0.0", "224.0.0.1", "255.255.255.255" };
    uint32_t ip = 0;
    host_err err;
    assert_true(host_query_address("10.0.0.1", "@", &ip, &err));
    assert_int_equal(ip, 0x0A000001);
    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        assert_false(host_query_address(wrong[i], "--status", &ip, &err));
        assert_int_equal(err.status, HOST_USAGE);
        assert_non_null(strstr(err.text, "--status takes"));
    }
    assert_int_equal(ip, 0x0A000001);
}

/* --- answers --- */

static uint8_t arena[4096];

static nbt_msg parsed(const char *text)
{
    nbt_text_err err;
    nbt_msg m;
    if (!nbt_text_parse(&m, text, strlen(text), arena, sizeof arena, &err))
        fail_msg("%s: column %zu, %s", text, err.column, err.why);
    return m;
}

static const struct {
    const char *text, *means;
} answers[] = {
    { "positive-query-response FRED<20> id=1 owners=10.0.0.1/B/unique",
      "a unique name; its owner is 10.0.0.1 (B node)" },
    { "positive-query-response FRED<20> id=1 owners=10.0.0.1/H/unique,10.0.0.2/H/unique",
      "a unique name; its owner is a computer with the addresses 10.0.0.1, 10.0.0.2 (H node, the "
      "first)" },
    { "positive-query-response LAB<1E> id=1 owners=10.0.0.1/B/group",
      "a group name; a member is 10.0.0.1 (B node)" },
    { "positive-query-response LAB<1C> id=1 tc=1 owners=10.0.0.1/P/group,10.0.0.2/M/group",
      "a group name; members are 10.0.0.1, 10.0.0.2 (P node, the first), and there are more that "
      "did not fit" },
    { "positive-query-response FRED<20> id=1 owners=-",
      "found, but without an address, which counts as no answer" },
    { "negative-query-response FRED<20> id=1 rcode=NAM_ERR",
      "not found: RCODE 3, the name asked for does not exist" },
    { "positive-registration-response FRED<20> id=1 owner=10.0.0.1 node=P unique",
      "granted without end" },
    { "positive-registration-response FRED<20> id=1 ttl=300 owner=10.0.0.1 node=P unique",
      "granted for 300 s" },
    { "negative-registration-response FRED<20> id=1 rcode=ACT_ERR owner=10.0.0.1 node=P unique",
      "refused: RCODE 6, another node owns the name" },
    { "end-node-challenge FRED<20> id=1 owner=10.0.0.1 node=P unique",
      "not decided: the owner, 10.0.0.1, is to be asked by who claims the name" },
    { "positive-release-response FRED<20> id=1 owner=10.0.0.1 node=P unique", "released" },
    { "negative-release-response FRED<20> id=1 rcode=0xf owner=10.0.0.1 node=P unique",
      "not released: RCODE 15, unknown" },
    { "conflict-demand FRED<20> id=1 owner=0.0.0.0 node=B unique",
      "the name is to be given up: RCODE 7, the unique name has more than one owner" },
    { "wack FRED<20> id=1 wait=60s about=registration-request/0x2900",
      "wait for up to 60 s: somebody else is asked first" },
    { "redirect-query-response FRED<20> id=1 server=NBNS<00> address=10.0.0.8",
      "not known here: the name server to ask is 10.0.0.8" },
    { "status-response *<00> id=1 names=FRED<20>/B/unique/act mac=02:00:00:00:00:01",
      "1 name; adapter address 02:00:00:00:00:01" },
    { "query-request FRED<20> id=1", "no answer to anything that is asked here" },
};

static void each_answer_in_plain_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(answers); i++) {
        char buf[HOST_QUERY_MEANS_MAX];
        nbt_msg m = parsed(answers[i].text);
        host_query_means(&m.u.ns, buf);
        assert_string_equal(buf, answers[i].means);
    }
}

/* What is written of an answer that took 1.2 ms; the caller frees it. */
static char *written(void (*write)(FILE *, nbt_probe_take, const nbt_probe_got *, nbt_ep),
                     nbt_probe_take take, const char *text)
{
    char *out = NULL;
    size_t n = 0;
    nbt_probe_got got = { .after = 1200, .msg = parsed(text) };
    FILE *to = open_memstream(&out, &n);
    assert_non_null(to);
    write(to, take, &got, (nbt_ep){ 0x0A000001, 137 });
    fclose(to);
    return out;
}

static void shown_for_people(void **state)
{
    (void)state;
    char *out = written(host_query_show, NBT_PROBE_ANSWER,
                        "status-response *<00> id=0x0001 names=FRED<20>/B/unique/act,"
                        "LAB<00>/H/group/cnf/act mac=02:00:00:00:00:01");
    assert_string_equal(
        out, "10.0.0.1 after 1.2 ms: status-response *<00> id=0x0001 names=FRED<20>/B/unique/act,"
             "LAB<00>/H/group/cnf/act mac=02:00:00:00:00:01\n"
             "  2 names; adapter address 02:00:00:00:00:01\n"
             "    FRED<20>             unique B active  file server\n"
             "    LAB<00>              group  H active in-conflict  members of a workgroup or "
             "domain\n");
    free(out);
    out = written(host_query_show, NBT_PROBE_ODD,
                  "positive-query-response LISA<20> id=0x0001 owners=10.0.0.1/B/unique");
    assert_non_null(strstr(out, "is no answer to it: a node would ignore it\n"));
    free(out);
    out = written(host_query_show, NBT_PROBE_ODD,
                  "malformed-name-packet at=4 field=QDCOUNT why=runs-past-the-end raw=0001850000");
    assert_non_null(strstr(out, "cannot be read: "));
    assert_non_null(strstr(out, "at octet 4\n"));
    free(out);
}

static void shown_for_programs(void **state)
{
    (void)state;
    char *out = written(host_query_json, NBT_PROBE_ANSWER,
                        "positive-query-response FRED<20> id=0x0001 owners=10.0.0.1/B/group");
    assert_non_null(strstr(
        out,
        "\"event\":\"answer\",\"from\":\"10.0.0.1:137\",\"after_us\":1200,\"counts\":true,"
        "\"kind\":\"positive-query-response\",\"text\":\"positive-query-response FRED<20> "
        "id=0x0001 owners=10.0.0.1/B/group\",\"means\":\"a group name; a member is 10.0.0.1 (B "
        "node)\",\"by_tcp\":false,\"rcode\":0,\"owners\":[\"10.0.0.1\"],\"group\":true}\n"));
    free(out);
    out = written(host_query_json, NBT_PROBE_ANSWER,
                  "status-response *<00> id=0x0001 names=FRED<20>/B/unique/cnf/act");
    assert_non_null(strstr(out,
                           "\"names\":[{\"name\":{\"text\":\"FRED\",\"suffix\":\"20\",\"full\":"
                           "\"FRED<20>\"},\"group\":false,\"active\":true,\"conflict\":true}]"));
    free(out);
    out = written(host_query_json, NBT_PROBE_ODD,
                  "malformed-name-packet at=4 field=QDCOUNT why=runs-past-the-end raw=0001850000");
    assert_non_null(strstr(out, "\"counts\":false,\"kind\":\"malformed-name-packet\""));
    free(out);
}

/* --- verdicts --- */

/* A probe whose ways have come to these results. */
static const struct {
    const char *label;
    nbt_trn_kind kind;
    bool check, broadcast, server;
    nbt_probe_result by_broadcast, at_server;
    host_status status;
    const char *says;
} verdicts[] = {
    { "found", NBT_TRN_QUERY, false, true, false, NBT_PROBE_YES, 0, HOST_OK, "FRED<20> is found" },
    { "nobody", NBT_TRN_QUERY, false, true, false, NBT_PROBE_SILENCE, 0, HOST_FAILED,
      "nobody has answered about FRED<20>: 1 request to 10.0.0.255, 2.00 s" },
    { "unknown", NBT_TRN_QUERY, false, false, true, 0, NBT_PROBE_NO, HOST_FAILED,
      "FRED<20> is not found" },
    { "elsewhere", NBT_TRN_QUERY, false, false, true, 0, NBT_PROBE_ELSEWHERE, HOST_FAILED,
      "FRED<20> is not found: somebody else is to be asked" },
    { "stopped", NBT_TRN_QUERY, false, false, true, 0, NBT_PROBE_PENDING, HOST_FAILED,
      "stopped before there was a result about FRED<20>" },
    { "free: both say so", NBT_TRN_QUERY, true, true, true, NBT_PROBE_SILENCE, NBT_PROBE_NO,
      HOST_OK, "FRED<20> is free: nobody has it" },
    { "free: no server", NBT_TRN_QUERY, true, true, false, NBT_PROBE_SILENCE, 0, HOST_OK,
      "FRED<20> is free: nobody has it" },
    { "taken here", NBT_TRN_QUERY, true, true, true, NBT_PROBE_YES, NBT_PROBE_NO, HOST_FOUND,
      "FRED<20> is taken" },
    { "taken there", NBT_TRN_QUERY, true, true, true, NBT_PROBE_SILENCE, NBT_PROBE_YES, HOST_FOUND,
      "FRED<20> is taken" },
    { "the server is silent", NBT_TRN_QUERY, true, true, true, NBT_PROBE_SILENCE, NBT_PROBE_SILENCE,
      HOST_FAILED,
      "it is not known whether FRED<20> is free: no answer that settles it (1 request to 10.0.0.9, "
      "2.00 s)" },
    { "the server sends elsewhere", NBT_TRN_QUERY, true, true, true, NBT_PROBE_SILENCE,
      NBT_PROBE_ELSEWHERE, HOST_FAILED, "it is not known whether FRED<20> is free: " },
    { "stopped while checking", NBT_TRN_QUERY, true, true, false, NBT_PROBE_PENDING, 0, HOST_FAILED,
      "it is not known whether FRED<20> is free: " },
    { "claimed", NBT_TRN_CLAIM, false, true, false, NBT_PROBE_SILENCE, 0, HOST_OK,
      "nobody objects to FRED<20> (but nbtquery holds no names, and will not defend it): 1 "
      "request" },
    { "claim refused", NBT_TRN_CLAIM, false, true, false, NBT_PROBE_NO, 0, HOST_NAME,
      "FRED<20> is not registered" },
    { "granted", NBT_TRN_CLAIM, false, false, true, 0, NBT_PROBE_YES, HOST_OK,
      "FRED<20> is registered" },
    { "no server", NBT_TRN_CLAIM, false, false, true, 0, NBT_PROBE_SILENCE, HOST_FAILED,
      "nobody has answered about FRED<20>: " },
    { "refreshed", NBT_TRN_REFRESH, false, false, true, 0, NBT_PROBE_YES, HOST_OK,
      "FRED<20> is refreshed" },
    { "release told", NBT_TRN_RELEASE, false, true, false, NBT_PROBE_SILENCE, 0, HOST_OK,
      "everybody is told that FRED<20> is released: 1 request" },
    { "release refused", NBT_TRN_RELEASE, false, false, true, 0, NBT_PROBE_NO, HOST_NAME,
      "FRED<20> is not released" },
    { "a status", NBT_TRN_STATUS, false, false, true, 0, NBT_PROBE_YES, HOST_OK,
      "FRED<20> is answered for" },
};

static void begin(nbt_probe *p, nbt_out *out, nbt_probe_cfg *cfg)
{
    cfg->profile = nbt_profile_at(0);
    cfg->subnet = 0x0A0000FF;
    cfg->bcast = cfg->ucast = (nbt_pace){ 3, NBT_S(9) };
    assert_true(nbt_name_parse(&cfg->name, "FRED<20>", 8));
    nbt_out_init(out, cfg->mem);
    assert_true(nbt_probe_init(p, cfg, 0, out));
}

static void what_it_came_to(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(verdicts); i++) {
        test_mem mem = { 0 };
        nbt_probe p;
        nbt_out out;
        nbt_probe_cfg cfg = { .mem = test_mem_of(&mem),
                              .kind = verdicts[i].kind,
                              .broadcast = verdicts[i].broadcast,
                              .server = verdicts[i].server ? 0x0A000009 : 0 };
        char says[HOST_QUERY_MEANS_MAX];
        begin(&p, &out, &cfg);
        p.ways[0].result = verdicts[i].broadcast ? verdicts[i].by_broadcast : verdicts[i].at_server;
        p.ways[1].result = verdicts[i].at_server; /* looked at if there is a second way */
        host_status status = host_query_verdict(&p, verdicts[i].check, NBT_S(2), says);
        if (status != verdicts[i].status ||
            strncmp(says, verdicts[i].says, strlen(verdicts[i].says)) != 0)
            fail_msg("%s: %d, \"%s\"", verdicts[i].label, (int)status, says);
        nbt_probe_fini(&p);
        nbt_out_fini(&out);
    }
}

static void all_who_refuse_are_named(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_probe p;
    nbt_out out;
    nbt_probe_cfg cfg = { .mem = test_mem_of(&mem), .kind = NBT_TRN_CLAIM, .broadcast = true };
    char says[HOST_QUERY_MEANS_MAX], *text;
    size_t n;
    begin(&p, &out, &cfg);
    p.ways[0].result = NBT_PROBE_NO;
    p.ways[0].nrefusers = 2;
    p.ways[0].refusers[0] = 0x0A000001;
    p.ways[0].refusers[1] = 0x0A000009;
    assert_int_equal(host_query_verdict(&p, false, NBT_S(2), says), HOST_NAME);
    assert_string_equal(says, "FRED<20> is not registered: refused by 10.0.0.1, 10.0.0.9");
    FILE *to = open_memstream(&text, &n);
    host_json j;
    host_json_begin(&j, to, "result");
    host_query_json_refusers(&j, &p);
    host_json_end(&j);
    fclose(to);
    assert_non_null(strstr(text, "\"refused_by\":[\"10.0.0.1\",\"10.0.0.9\"]"));
    free(text);
    nbt_probe_fini(&p);
    nbt_out_fini(&out);
}

static void two_owners(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_probe p;
    nbt_out out;
    nbt_probe_cfg cfg = { .mem = test_mem_of(&mem), .kind = NBT_TRN_QUERY, .broadcast = true };
    char says[HOST_QUERY_MEANS_MAX];
    begin(&p, &out, &cfg);
    p.ways[0].trn->disputed = true;
    nbt_query *q = &p.ways[0].trn->m.query;
    q->nfound = 2;
    q->found[0] = (nbt_found){ { 0x2000, 0x0A000001 }, { 0x0A000001, 137 } };
    q->found[1] = (nbt_found){ { NBT_NB_G, 0x0A000002 }, { 0x0A000003, 137 } };
    assert_int_equal(host_query_verdict(&p, false, NBT_S(2), says), HOST_FOUND);
    assert_string_equal(says, "FRED<20> has two owners, and a unique name can have one: 10.0.0.1 "
                              "(unique, says 10.0.0.1), 10.0.0.2 (group, says 10.0.0.3)");
    nbt_probe_fini(&p);
    nbt_out_fini(&out);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", names_as_they_are_typed),
    NBT_TEST("", a_name_too_long_to_be_sent),
    NBT_TEST("", addresses_of_one_host),
    NBT_TEST("", each_answer_in_plain_words),
    NBT_TEST("", shown_for_people),
    NBT_TEST("", shown_for_programs),
    NBT_TEST("", what_it_came_to),
    NBT_TEST("", all_who_refuse_are_named),
    NBT_TEST("", two_owners),
};

NBT_MAIN("query", tests)
