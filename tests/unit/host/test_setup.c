/* The options of a computer: what is taken, and the one line for what is not. */
#include "tools/host/setup.h"

#include "tests/support/netns.h"
#include "tests/support/test.h"

typedef bool option(host_setup *, const char *, host_err *);

static const struct {
    const char *label;
    option *option;
    const char *text;
    const char *says; /* a part of the error, NULL: it is taken */
} rows[] = {
    { "a name", host_setup_name, "fred-1", NULL },
    { "15 characters", host_setup_name, "ABCDEFGHIJKLMNO", NULL },
    { "16 characters", host_setup_name, "ABCDEFGHIJKLMNOP", "has 16 characters" },
    { "no characters", host_setup_name, "", "the name is empty" },
    { "a wildcard", host_setup_name, "*X", "begins with *" },
    { "a line feed", host_setup_name, "A\nB", "control character" },
    { "a space at the end", host_setup_name, "A ", "ends in a space" },
    { "a space inside", host_setup_name, "A B", NULL },
    { "rfc", host_setup_profile, "rfc", NULL },
    { "nt4", host_setup_profile, "nt4", NULL },
    { "an unknown profile", host_setup_profile, "nt",
      "no profile \"nt\"; --profile takes rfc, win95, nt4, nt4-patched, win2000-unpatched, "
      "win2000, "
      "samba" },
    { "a persona", host_setup_persona, "win98", NULL },
    { "an unknown persona", host_setup_persona, "me",
      "no persona \"me\"; --persona takes win31, win95, win98, nt4, win2000, xp, samba, or help" },
    { "a workgroup", host_setup_workgroup, "lab", NULL },
    { "a long workgroup", host_setup_workgroup, "ABCDEFGHIJKLMNOP",
      "the workgroup \"ABCDEFGHIJKLMNOP\" has 16 characters; --workgroup takes 1 to 15" },
    { "a user", host_setup_user, "martin rosenau", NULL },
    { "no user", host_setup_user, "", "the user is empty; --user takes" },
    { "a user with a star", host_setup_user, "*", "begins with *" },
    { "type b", host_setup_node_type, "b", NULL },
    { "type B", host_setup_node_type, "B", NULL },
    { "type p", host_setup_node_type, "p", NULL },
    { "type M", host_setup_node_type, "M", NULL },
    { "type h", host_setup_node_type, "h", NULL },
    { "two types", host_setup_node_type, "bp",
      "\"bp\" does not exist; --node-type takes b, p, m or h" },
    { "type x", host_setup_node_type, "x", "does not exist" },
    { "no type", host_setup_node_type, "", "does not exist" },
    { "a name server", host_setup_wins, "10.0.0.1", NULL },
    { "two", host_setup_wins, "10.0.0.1,10.0.1.1", NULL },
    { "the same twice", host_setup_wins, "10.0.0.1,10.0.0.1", "10.0.0.1 is given twice" },
    { "a name for it", host_setup_wins, "wins.lab", "\"wins.lab\" is no address" },
    { "none at all", host_setup_wins, "10.0.0.1,", "\"\" is no address of a name server" },
    { "nobody's address", host_setup_wins, "0.0.0.0", "\"0.0.0.0\" is no address" },
    { "everybody's", host_setup_wins, "255.255.255.255", "is no address" },
    { "a multicast one", host_setup_wins, "224.0.0.1", "is no address" },
    { "a distribution server", host_setup_nbdd, "10.0.0.1", NULL },
    { "two of them", host_setup_nbdd, "10.0.0.1,10.0.1.1", NULL },
    { "a name for one", host_setup_nbdd, "nbdd.lab", "\"nbdd.lab\" is no address" },
    { "an interface's own", host_setup_nbdd, "eth0=10.0.0.1", "is no address" },
    { "no distribution server", host_setup_nbdd, "", "\"\" is no address of a datagram" },
    { "five of them", host_setup_nbdd, "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5",
      "more than 4" },
    { "thirteen", host_setup_wins,
      "1.0.0.1,1.0.0.2,1.0.0.3,1.0.0.4,1.0.0.5,1.0.0.6,1.0.0.7,1.0.0.8,1.0.0.9,1.0.0.10,1.0.0.11,"
      "1.0.0.12,1.0.0.13",
      "more than 12 name servers" },
    { "a scope", host_setup_scope, "NETBIOS.COM", NULL },
    { "no scope", host_setup_scope, "", NULL },
    { "an empty label", host_setup_scope, "A..B", "the scope \"A..B\" is malformed" },
    { "one service", host_setup_services, "server", NULL },
    { "no service", host_setup_services, "none", NULL },
    { "two services", host_setup_services, "server,messenger", NULL },
    { "an unknown one", host_setup_services, "server,browser", "no service \"browser\"" },
    { "an empty one", host_setup_services, "server,", "no service \"\"" },
    { "an interface", host_setup_interfaces, "lo", NULL },
    { "a missing one", host_setup_interfaces, "eth9", "interface eth9 is not there" },
    { "the same twice", host_setup_interfaces, "lo,lo", "interface lo is given twice" },
    { "an empty list", host_setup_interfaces, "", "is not there" },
};

static void options_one_by_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        host_setup s;
        host_err err = { .text = "" };
        host_setup_init(&s);
        bool ok = rows[i].option(&s, rows[i].text, &err);
        if (ok != !rows[i].says || (!ok && !strstr(err.text, rows[i].says)))
            fail_msg("%s: %s \"%s\"", rows[i].label, ok ? "taken" : "refused", err.text);
        if (!ok)
            assert_int_equal(err.status,
                             strstr(err.text, "not there") ? HOST_INTERFACE : HOST_USAGE);
        host_setup_fini(&s);
    }
}

/* The profile is the persona's if nobody asks for another one, in any order. */
static void a_persona_brings_its_profile(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *user, *persona, *profile, *says;
    } cases[] = {
        { "xp", NULL, NULL, "xp", "win2000", NULL },
        { "nt4", "nt4-patched", NULL, "nt4", "nt4-patched", NULL },
        { "nt4-patched", "nt4", "joe", "nt4", "nt4-patched", NULL },
        { "samba", NULL, "joe", "samba", "samba",
          "samba claims no name of a user; leave out --user" },
        { NULL, NULL, "joe", NULL, "rfc", "the names of a user are a persona's; give --persona" },
    };
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        host_setup s;
        host_err err = { .text = "" };
        host_setup_init(&s);
        assert_true(host_setup_name(&s, "fred", &err) && host_setup_interfaces(&s, "lo", &err));
        const char *const asked[] = { cases[i].first, cases[i].second };
        for (size_t k = 0; k < LENGTH_OF(asked) && asked[k]; k++) {
            bool is_profile = strstr(asked[k], "patched");
            assert_true(is_profile ? host_setup_profile(&s, asked[k], &err)
                                   : host_setup_persona(&s, asked[k], &err));
        }
        assert_true(!cases[i].user || host_setup_user(&s, cases[i].user, &err));
        assert_int_equal(host_setup_finish(&s, &err), !cases[i].says);
        assert_string_equal(s.profile->name, cases[i].profile);
        if (cases[i].says) {
            assert_non_null(strstr(err.text, cases[i].says));
        } else {
            assert_string_equal(s.adapters[0].lana.persona->word, cases[i].persona);
            assert_string_equal(s.adapters[0].lana.profile->name, cases[i].profile);
            assert_string_equal(s.group, "WORKGROUP");
            nbt_own own;
            host_setup_own(&s, &own);
            assert_int_equal(own.nclaims, cases[i].user                   ? 6
                                          : strcmp(s.persona->word, "xp") ? 5
                                                                          : 4);
        }
        host_setup_fini(&s);
    }
}

static void what_they_come_to(void **state)
{
    (void)state;
    host_setup s;
    host_err err;
    test_netns_ip("link add seta type veth peer name setb");
    test_netns_ip("address add 10.3.0.1/24 dev seta");
    test_netns_ip("link set seta up");
    host_setup_init(&s);
    assert_false(host_setup_finish(&s, &err));
    assert_non_null(strstr(err.text, "give --name NAME"));
    assert_true(host_setup_name(&s, "fred", &err));
    assert_string_equal(s.name, "FRED");
    assert_false(host_setup_finish(&s, &err));
    assert_non_null(strstr(err.text, "give --interface IF"));
    assert_int_equal(err.status, HOST_USAGE);
    assert_true(host_setup_interfaces(&s, "lo,seta", &err));
    assert_true(host_setup_services(&s, "messenger,workstation", &err));
    assert_int_equal(s.services, 1u << HOST_SERVICE_MESSENGER | 1u << HOST_SERVICE_WORKSTATION);
    assert_true(host_setup_profile(&s, "nt4", &err));
    assert_true(host_setup_scope(&s, "AB", &err));
    assert_true(host_setup_finish(&s, &err));

    assert_int_equal(s.nadapters, 2);
    const nbt_lana_cfg *lana = &s.adapters[1].lana;
    assert_int_equal(s.adapters[0].lana.lana, 0);
    assert_int_equal(lana->lana, 1);
    assert_int_equal(lana->ip, 0x0A030001);
    assert_int_equal(lana->mask, 0xFFFFFF00);
    assert_int_equal(lana->broadcast, 0x0A0300FF);
    assert_memory_equal(lana->mac, s.adapters[1].iface.mac, 6);
    assert_string_equal(lana->profile->name, "nt4");
    assert_int_equal(lana->type, NBT_ONT_B);
    assert_int_equal(lana->scope.len, 3);
    assert_int_equal(lana->nservers, 0);
    assert_true(lana->multihomed);

    s.is_server = true; /* and its own: each adapter at its own address */
    assert_true(host_setup_finish(&s, &err));
    assert_int_equal(s.adapters[0].lana.servers[0], 0x7F000001);
    assert_int_equal(lana->servers[0], 0x0A030001);
    assert_int_equal(lana->nservers, 1);
    assert_int_equal(lana->type, NBT_ONT_H);
    assert_true(host_setup_own_server(&s));
    assert_true(host_setup_wins(&s, "10.3.0.9", &err));
    assert_true(host_setup_finish(&s, &err));
    assert_int_equal(lana->servers[0], 0x0A030009);
    assert_int_equal(lana->nservers, 1);
    assert_false(host_setup_own_server(&s));
    host_setup_fini(&s);
}

/* MS-NBTE 3.1.3 <7>; DHCP options 44 and 46 have the same: an ordered list, and a type beside it.
 */
static void name_servers_make_an_h_node(void **state)
{
    (void)state;
    static const struct {
        const char *type, *servers;
        const char *comes_to; /* NULL: refused */
    } types[] = {
        { NULL, NULL, "B" },      { NULL, "10.0.0.9,10.0.0.8", "H" },
        { "b", "10.0.0.9", "B" }, { "p", "10.0.0.9", "P" },
        { "m", "10.0.0.9", "M" }, { "h", "10.0.0.9", "H" },
        { "p", NULL, NULL },      { "h", NULL, NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(types); i++) {
        host_setup s;
        host_err err = { .text = "" };
        host_setup_init(&s);
        assert_true(host_setup_name(&s, "fred", &err) && host_setup_interfaces(&s, "lo", &err));
        assert_true(!types[i].type || host_setup_node_type(&s, types[i].type, &err));
        assert_true(!types[i].servers || host_setup_wins(&s, types[i].servers, &err));
        assert_int_equal(host_setup_finish(&s, &err), types[i].comes_to != NULL);
        const nbt_lana_cfg *lana = &s.adapters[0].lana;
        if (!types[i].comes_to) {
            assert_non_null(strstr(err.text, "needs a name server; give --wins ADDRESS"));
        } else {
            assert_string_equal(nbt_code_word(NBT_CODESET_NODE_TYPE, lana->type),
                                types[i].comes_to);
            assert_int_equal(lana->nservers, s.nservers);
            if (s.nservers > 0)
                assert_int_equal(lana->servers[0], 0x0A000009);
            assert_false(lana->multihomed);
        }
        host_setup_fini(&s);
    }
}

/* MS-NBTE 3.1.4.2.1 */
/* Options 44 and 45: two lists, the scope beside them; and who broadcasts has no use for the
 * second. */
static void distribution_servers_are_a_list_of_their_own(void **state)
{
    (void)state;
    host_err err;
    host_setup s;
    host_setup_init(&s);
    assert_true(host_setup_name(&s, "alpha", &err));
    assert_true(host_setup_interfaces(&s, "lo", &err));
    assert_true(host_setup_scope(&s, "LAB.EXAMPLE", &err));
    assert_true(host_setup_nbdd(&s, "10.0.0.3,10.0.0.2", &err));
    assert_false(host_setup_finish(&s, &err));
    assert_non_null(strstr(err.text, "a node of type B broadcasts its datagrams"));
    assert_true(host_setup_wins(&s, "10.0.0.9,10.0.0.8", &err));
    assert_true(host_setup_finish(&s, &err));
    const nbt_lana_cfg *lana = &s.adapters[0].lana;
    assert_int_equal(lana->nnbdds, 2);
    assert_int_equal(lana->nbdds[0], 0x0A000003);
    assert_int_equal(lana->nbdds[1], 0x0A000002);
    assert_int_equal(lana->nservers, 2);
    assert_int_equal(lana->servers[0], 0x0A000009);
    assert_int_equal(lana->scope.len, 12);
    host_setup_fini(&s);
}

static void an_interface_can_have_its_own_servers(void **state)
{
    (void)state;
    static const struct {
        const char *servers, *type;
        const char *lo, *setc; /* last octets, in order */
        const char *says;      /* NULL: it is fine */
    } lists[] = {
        { "10.0.0.1,10.0.0.2", "p", "1 2 ", "1 2 ", NULL },
        { "10.0.0.1,setc=10.0.0.2", "p", "1 ", "2 ", NULL },
        { "setc=10.0.0.3,10.0.0.1,setc=10.0.0.2", "h", "1 ", "3 2 ", NULL },
        { "setc=10.0.0.1,lo=10.0.0.1", "m", "1 ", "1 ", NULL },
        { "setc=10.0.0.1", "b", "", "1 ", NULL },
        { "setc=10.0.0.1", "h", "", "", "needs a name server; give --wins ADDRESS, or --wins lo=" },
        { "eth9=10.0.0.1", "h", "", "", "of interface eth9 is given, but not that one" },
    };
    test_netns_ip("link add setc type veth peer name setd");
    test_netns_ip("address add 10.4.0.1/24 dev setc");
    test_netns_ip("link set setc up");
    for (size_t i = 0; i < LENGTH_OF(lists); i++) {
        host_setup s;
        host_err err = { .text = "" };
        host_setup_init(&s);
        assert_true(host_setup_name(&s, "fred", &err));
        assert_true(host_setup_wins(&s, lists[i].servers, &err)); /* before the interfaces */
        assert_true(host_setup_interfaces(&s, "lo,setc", &err));
        assert_true(host_setup_node_type(&s, lists[i].type, &err));
        assert_int_equal(host_setup_finish(&s, &err), lists[i].says == NULL);
        for (size_t k = 0; !lists[i].says && k < 2; k++) {
            char list[60] = "";
            const nbt_lana_cfg *lana = &s.adapters[k].lana;
            for (size_t n = 0; n < lana->nservers; n++)
                snprintf(list + strlen(list), sizeof list - strlen(list), "%u ",
                         lana->servers[n] & 255);
            assert_string_equal(list, k ? lists[i].setc : lists[i].lo);
        }
        if (lists[i].says && !strstr(err.text, lists[i].says))
            fail_msg("%s: %s", lists[i].servers, err.text);
        host_setup_fini(&s);
    }
    host_setup s;
    host_err err;
    host_setup_init(&s);
    assert_false(host_setup_wins(&s, "=10.0.0.1", &err));
    assert_false(host_setup_wins(&s, "lo=", &err));
    assert_false(host_setup_wins(&s, "lo=10.0.0.1,lo=10.0.0.1", &err));
    assert_non_null(strstr(err.text, "is given twice"));
    host_setup_fini(&s);
}

static void suffixes(void **state)
{
    (void)state;
    assert_int_equal(host_service_suffix(HOST_SERVICE_WORKSTATION), 0x00);
    assert_int_equal(host_service_suffix(HOST_SERVICE_SERVER), 0x20);
    assert_int_equal(host_service_suffix(HOST_SERVICE_MESSENGER), 0x03);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", options_one_by_one),
    NBT_TEST("", a_persona_brings_its_profile),
    NBT_TEST("", what_they_come_to),
    NBT_TEST("F1", name_servers_make_an_h_node),
    NBT_TEST("F2", distribution_servers_are_a_list_of_their_own),
    NBT_TEST("F8", an_interface_can_have_its_own_servers),
    NBT_TEST("", suffixes),
};

NBT_MAIN_NETNS("setup", tests)
