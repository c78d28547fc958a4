/*
 * SMB as a word: one for each message, octets of it and back, and where a word is wrong.
 */
#include "tests/support/test.h"

#include "nbt/browse.h"
#include "nbt/smbtext.h"

static const char *const words[] = {
    "\\MAILSLOT\\BROWSE(host-announcement,update_count=1,periodicity=60000,server=\"FRED\","
    "os_major=4,os_minor=0,type=0x00011003,browser_major=15,browser_minor=1,signature=0xaa55,"
    "comment=\"a\\x20lab,\\x20and\\x20(more)\")",
    "\\MAILSLOT\\BROWSE(announcement-request,timeout=0,unused=1,server=\"\",rest=\"CHARLIE\")",
    "\\MAILSLOT\\BROWSE(request-election,priority=0,class=1,flags=2,version=1,criteria=0x20010f03,"
    "uptime=5000,unused=0,server=\"FRED\")",
    "\\MAILSLOT\\BROWSE(get-backup-list-request,count=4,token=0x12345678)",
    "\\MAILSLOT\\BROWSE(get-backup-list-response,count=2,token=0x12345678,servers=\"A\"/\"B/C\")",
    "\\MAILSLOT\\BROWSE(get-backup-list-response,count=0,token=0x00000000,servers=-)",
    "\\MAILSLOT\\BROWSE(become-backup,server=\"FRED\")",
    "\\MAILSLOT\\BROWSE(domain-announcement,update_count=0,periodicity=720000,group=\"LAB\","
    "os_major=3,os_minor=10,type=0x80001000,browser_major=15,browser_minor=1,signature=0xaa55,"
    "server=\"FRED\")",
    "\\MAILSLOT\\BROWSE(domain-announcement,update_count=0,periodicity=720000,"
    "group=\"LAB\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00p\\xe3b\\x03\","
    "os_major=3,os_minor=10,type=0x80001000,browser_major=32,browser_minor=246,signature=0x457f,"
    "server=\"FRED\")",
    "\\MAILSLOT\\BROWSE(master-announcement,server=\"FRED\")",
    "\\MAILSLOT\\BROWSE(reset-state-request,reset=2)",
    "\\MAILSLOT\\BROWSE(local-master-announcement,update_count=0,periodicity=720000,"
    "server=\"FRED\",os_major=4,os_minor=0,type=0x00051003,browser_major=15,browser_minor=1,"
    "signature=0xaa55,comment=\"\")",
    "\\MAILSLOT\\LANMAN(lm-announcement,update_count=0,type=0x00011003,os_major=5,os_minor=1,"
    "seconds=60,server=\"FRED\",comment=\"lab\")",
    "\\MAILSLOT\\LANMAN(lm-announcement-request,unused=0,server=\"FRED\")",
    "\\MAILSLOT\\BROWSE(data=07)",
    "\\MAILSLOT\\NET\\NETLOGON(timeout=0,data=0700ff)",
    "\\MAILSLOT\\X(data=-)",
    "\\MAILSLOT\\MESSNGR(send-message,from=\"A\",to=\"B\",text=\"hello\\x0d\\x0a\")",
    "\\MAILSLOT\\MESSNGR(data=4100)",
    "smb(send-message,from=\"A\",to=\"B\",text=\"hello\")",
    "smb(send-message,reply=1,status=131073)",
    "smb(start-message,flags=8,flags2=1,tid=2,pid=3,uid=4,mid=5,from=\"A\",to=\"B\")",
    "smb(start-message,reply=1,group=7)",
    "smb(message-text,group=7,text=\"hello\")",
    "smb(end-message,group=7)",
};

static nbt_word word_of(const char *s)
{
    return (nbt_word){ s, strlen(s) };
}

static void each_word_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        uint8_t octets[1024];
        char printed[NBT_SMBTEXT_MAX];
        nbt_wr w;
        nbt_word v = word_of(words[i]);
        print_message("%s\n", words[i]);
        nbt_wr_init(&w, octets, sizeof octets);
        assert_true(nbt_smbtext_is(v));
        assert_true(nbt_smbtext_parse(&v, &w));
        assert_int_equal(w.err, NBT_OK);
        uint8_t *exact = exact_copy(octets, w.at);
        size_t n = nbt_smbtext_print((nbt_bytes){ exact, w.at }, printed);
        free(exact);
        assert_int_equal(n, strlen(words[i]));
        assert_memory_equal(printed, words[i], n);
    }
}

/* What is printed of octets is parsed to the same octets, whatever became of them. */
static void cut_and_changed_octets_come_back_or_are_not_printed(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    unsigned printed_ones = 0;
    for (size_t i = 0; i < 40 * LENGTH_OF(words); i++) {
        uint8_t octets[1024], again[1024];
        char printed[NBT_SMBTEXT_MAX];
        nbt_wr w;
        nbt_word v = word_of(words[i % LENGTH_OF(words)]);
        nbt_wr_init(&w, octets, sizeof octets);
        assert_true(nbt_smbtext_parse(&v, &w));
        size_t n = nbt_rng_below(&rng, 4) ? w.at : nbt_rng_below(&rng, (uint32_t)w.at);
        if (n > 0)
            octets[nbt_rng_below(&rng, (uint32_t)n)] = (uint8_t)nbt_rng_u16(&rng);
        uint8_t *exact = exact_copy(octets, n);
        size_t len = nbt_smbtext_print((nbt_bytes){ exact, n }, printed);
        free(exact);
        if (len == 0)
            continue;
        printed_ones++;
        v = (nbt_word){ printed, len };
        nbt_wr_init(&w, again, sizeof again);
        assert_true(nbt_smbtext_parse(&v, &w));
        assert_wr_bytes(&w, octets, n);
    }
    assert_true(printed_ones > 100);
}

static const struct {
    const char *word;
    size_t at; /* where the trouble is */
} wrong[] = {
    { "\\MAILSLOT\\BROWSE", 0 },
    { "\\MAILSLOT\\BROWSE(", 17 },
    { "\\MAILSLOT\\BROWSE(become-backup", 30 },
    { "\\MAILSLOT\\BROWSE(become-backup,server=\"A\"))", 42 },
    { "\\MAILSLOT\\BROWSE(become-backup,servant=\"A\")", 31 },
    { "\\MAILSLOT\\BROWSE(become-backup,server=\"A\",server=\"B\")", 42 },
    { "\\MAILSLOT\\BROWSE(become-backup,server=\"A)", 41 },
    { "\\MAILSLOT\\BROWSE(lm-announcement)", 17 },
    { "\\MAILSLOT\\BROWSE(reset-state-request,reset=256)", 43 },
    { "\\MAILSLOT\\MESSNGR(end-message,group=1)", 18 },
    { "smb(data=00)", 4 },
    { "smb(end-message,group=65536)", 22 },
};

static void a_wrong_word_is_refused_where_it_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        uint8_t octets[1024];
        nbt_wr w;
        nbt_word v = word_of(wrong[i].word);
        print_message("%s\n", wrong[i].word);
        nbt_wr_init(&w, octets, sizeof octets);
        assert_false(nbt_smbtext_parse(&v, &w));
        assert_int_equal(w.at, 0);
        assert_int_equal(v.p - wrong[i].word, wrong[i].at);
    }
    assert_false(nbt_smbtext_is(word_of("ff534d42")));
    assert_false(nbt_smbtext_is(word_of("\"smb(\"")));
}

static void keys_come_in_any_order_and_may_be_missing(void **state)
{
    (void)state;
    uint8_t a[256], b[256];
    nbt_wr w, x;
    nbt_word v = word_of("\\MAILSLOT\\BROWSE(request-election,server=\"A\",version=1,timeout=0)");
    nbt_word u = word_of("\\MAILSLOT\\BROWSE(request-election,timeout=0,version=1,criteria=0x0,"
                         "uptime=0,unused=0,server=\"A\")");
    nbt_wr_init(&w, a, sizeof a);
    nbt_wr_init(&x, b, sizeof b);
    assert_true(nbt_smbtext_parse(&v, &w));
    assert_true(nbt_smbtext_parse(&u, &x));
    assert_wr_bytes(&w, b, x.at);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", each_word_comes_back),
    NBT_TEST("", cut_and_changed_octets_come_back_or_are_not_printed),
    NBT_TEST("", a_wrong_word_is_refused_where_it_is_wrong),
    NBT_TEST("", keys_come_in_any_order_and_may_be_missing),
};

NBT_MAIN("smbtext", tests)
