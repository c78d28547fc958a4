/* The options of rcview and rcagent: what is taken, and the one line for what is not. */
#include "tools/host/rcopt.h"

#include "tests/support/test.h"

static void options_one_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        bool (*option)(host_rcopt *, const char *, host_err *);
        const char *text;
        const char *says; /* a part of the error, NULL: it is taken */
    } rows[] = {
        { "a product", host_rcopt_product, "sms2.0sp2", NULL },
        { "no product", host_rcopt_product, "sms3",
          "no product \"sms3\"; --product takes sms1.2, sms2.0, sms2.0sp2" },
        { "protocols", host_rcopt_protocols, "tcp,netbios", NULL },
        { "no protocol", host_rcopt_protocols, "ipx", "\"ipx\" is no list of protocols" },
        { "a LANA", host_rcopt_lanas, "0", NULL },
        { "eight LANAs", host_rcopt_lanas, "0,1,2,3,4,5,6,254", NULL },
        { "all LANAs", host_rcopt_lanas, "all", NULL },
        { "nine LANAs", host_rcopt_lanas, "0,1,2,3,4,5,6,7,8", "no list of LANA numbers" },
        { "the same twice", host_rcopt_lanas, "3,3", "no list of LANA numbers" },
        { "too high", host_rcopt_lanas, "255", "no list of LANA numbers" },
        { "much too high", host_rcopt_lanas, "99999999999999999999", "no list of LANA numbers" },
        { "no number", host_rcopt_lanas, "1,x", "no list of LANA numbers" },
        { "a missing one", host_rcopt_lanas, "1,,2", "no list of LANA numbers" },
        { "one that ends", host_rcopt_lanas, "1,", "no list of LANA numbers" },
        { "nothing", host_rcopt_lanas, "", "no list of LANA numbers" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        host_rcopt o;
        host_err err = { .text = "" };
        host_rcopt_init(&o);
        bool ok = rows[i].option(&o, rows[i].text, &err);
        if (ok != !rows[i].says || (!ok && !strstr(err.text, rows[i].says)))
            fail_msg("%s: %s \"%s\"", rows[i].label, ok ? "taken" : "refused", err.text);
        assert_true(ok || err.status == HOST_USAGE);
    }
}

static void lanas_are_in_order(void **state)
{
    (void)state;
    host_rcopt o;
    host_err err;
    host_rcopt_init(&o);
    assert_true(o.nlanas == 1 && o.lanas[0] == 0);
    assert_true(host_rcopt_lanas(&o, "7,0,3", &err));
    assert_int_equal(o.nlanas, 3);
    assert_memory_equal(o.lanas, "\7\0\3", 3);
    assert_true(host_rcopt_lanas(&o, "all", &err));
    assert_int_equal(o.nlanas, 0);
}

static void a_product_speaks_what_it_spoke(void **state)
{
    (void)state;
    static const struct {
        const char *product, *protocols;
        unsigned set; /* 0: refused */
    } rows[] = {
        { "sms2.0", NULL, RC_SPEAKS_NETBIOS | RC_SPEAKS_TCP },
        { "sms2.0", "tcp", RC_SPEAKS_TCP },
        { "sms1.2", NULL, RC_SPEAKS_NETBIOS },
        { "sms1.2", "netbios", RC_SPEAKS_NETBIOS },
        { "sms1.2", "udp", RC_SPEAKS_UDP },
        { "sms1.2", "netbios,udp", RC_SPEAKS_NETBIOS | RC_SPEAKS_UDP },
        { "sms1.2", "netbios,tcp", 0 },
        { "sms2.0", "udp", 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        host_rcopt o;
        host_err err;
        host_rcopt_init(&o);
        if (rows[i].protocols) /* in either order on the command line */
            assert_true(host_rcopt_protocols(&o, rows[i].protocols, &err));
        assert_true(host_rcopt_product(&o, rows[i].product, &err));
        bool ok = host_rcopt_finish(&o, &err);
        assert_int_equal(ok, rows[i].set != 0);
        if (ok)
            assert_int_equal(o.protocols, rows[i].set);
        else
            assert_non_null(strstr(err.text, rows[i].product[3] == '1'
                                                 ? "the sockets of sms1.2 were UDP"
                                                 : "the sockets of sms2.0 were TCP"));
    }
}

static void single_values(void **state)
{
    (void)state;
    host_err err;
    unsigned n = 0;
    assert_true(host_rcopt_machine("CLIENT", "FIFTEENLETTERSX", &err));
    assert_false(host_rcopt_machine("CLIENT", "SIXTEEN_LETTERS_", &err));
    assert_non_null(strstr(err.text, "has 16 characters; CLIENT takes 1 to 15"));
    assert_false(host_rcopt_machine("--console", "", &err));
    assert_false(host_rcopt_machine("--console", "*X", &err));
    assert_non_null(strstr(err.text, "\"*X\" begins with *"));
    uint32_t ips[HOST_RCOPT_ADDRESSES_MAX];
    size_t many;
    assert_true(host_rcopt_addresses("10.0.0.2", ips, &many, &err));
    assert_int_equal(many, 1);
    assert_int_equal(ips[0], 0x0A000002);
    assert_true(host_rcopt_addresses("name,10.0.0.3", ips, &many, &err));
    assert_int_equal(many, 2);
    assert_int_equal(ips[0], 0);
    assert_int_equal(ips[1], 0x0A000003);
    static const char *const wrong[] = {
        "0.0.0.0",    "client1",
        "",           "10.0.0.2,",
        "name,,name", "1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1"
    };
    for (size_t i = 0; i < LENGTH_OF(wrong); i++)
        assert_false(host_rcopt_addresses(wrong[i], ips, &many, &err));
    assert_non_null(strstr(err.text, "is no IPv4 address; --address takes one such as 10.0.0.2"));
    assert_true(host_rcopt_number("--ping", "1000", 1000, &n, &err));
    assert_int_equal(n, 1000);
    static const char *const bad[] = {
        "0", "1001", "-1", "1 ", "", "0x10", "18446744073709551617"
    };
    for (size_t i = 0; i < LENGTH_OF(bad); i++)
        assert_false(host_rcopt_number("--ping", bad[i], 1000, &n, &err));
}

static void users_are_a_list(void **state)
{
    (void)state;
    host_err err;
    size_t n = 9;
    char **list = host_rcopt_users("alice,bob", &n, &err);
    assert_non_null(list);
    assert_int_equal(n, 2);
    assert_string_equal(list[0], "alice");
    assert_string_equal(list[1], "bob");
    assert_null(list[2]);
    free(list);
    list = host_rcopt_users("none", &n, &err);
    assert_non_null(list);
    assert_int_equal(n, 0);
    free(list);
    assert_null(host_rcopt_users("", &n, &err));
    assert_null(host_rcopt_users("alice,", &n, &err));
    char many[100];
    memset(many, 'x', 65);
    many[65] = '\0';
    assert_null(host_rcopt_users(many, &n, &err));
    assert_int_equal(err.status, HOST_USAGE);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", options_one_by_one),
    NBT_TEST("", lanas_are_in_order),
    NBT_TEST("", a_product_speaks_what_it_spoke),
    NBT_TEST("", single_values),
    NBT_TEST("", users_are_a_list),
};

NBT_MAIN("rcopt", tests)
