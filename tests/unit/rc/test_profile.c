/*
 * rc/profile.def: the products' ports and the order in which their viewers try things.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "rc/profile.h"

static const rc_profile *profile(const char *word)
{
    const rc_profile *p = rc_profile_find(word, strlen(word));
    assert_non_null(p);
    return p;
}

static void each_product_tries_its_transports_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *word, *steps;
        unsigned speaks;
    } rows[] = {
        { "sms1.2", "udp 1761/1762 netbios 0/0 ", RC_SPEAKS_UDP | RC_SPEAKS_NETBIOS },
        { "sms2.0", "tcp 1761/1762 netbios 0/0 ", RC_SPEAKS_TCP | RC_SPEAKS_NETBIOS },
        { "sms2.0sp2", "tcp 2701/2702 tcp 1761/1762 netbios 0/0 ",
          RC_SPEAKS_TCP | RC_SPEAKS_NETBIOS },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const rc_profile *p = profile(rows[i].word);
        char steps[200] = "";
        size_t n = 0;
        for (size_t s = 0; s < p->nsteps; s++)
            n += (size_t)snprintf(
                steps + n, sizeof steps - n, "%s %u/%u ", rc_transport_str(p->steps[s].transport),
                p->steps[s].rights_port,
                p->steps[s].rights_port ? rc_step_port(&p->steps[s], RC_FUNCTION_CONTROL) : 0);
        assert_string_equal(steps, rows[i].steps);
        assert_int_equal(rc_profile_speaks(p), rows[i].speaks);
        assert_ptr_equal(rc_profile_at(i), p);
        assert_int_equal(p->console_sessions, 4); /* KB Q200832 */
    }
    assert_null(rc_profile_at(LENGTH_OF(rows)));
    assert_null(rc_profile_find("sms2.0sp", 8));
}

static void an_agent_listens_on_the_first_ports(void **state)
{
    (void)state;
    uint16_t ports[RC_PORTS_MAX];
    assert_int_equal(rc_profile_ports(profile("sms1.2"))->transport, RC_UDP); /* KB Q200401 */
    assert_int_equal(rc_profile_port_list(profile("sms1.2"), 0, ports), 2);
    assert_int_equal(ports[1], 1762);
    assert_int_equal(rc_profile_port_list(profile("sms1.2"), 1u << RC_FUNCTION_TRANSFER, ports), 2);
    assert_int_equal(ports[1], 1764);
    assert_int_equal(rc_profile_ports(profile("sms2.0"))->rights_port, 1761);
    const rc_step *sp2 = rc_profile_ports(profile("sms2.0sp2"));
    assert_int_equal(rc_step_port(sp2, RC_FUNCTION_CONTROL), 2702);
    assert_int_equal(rc_step_port(sp2, RC_FUNCTION_CHAT), 2703);
    assert_int_equal(rc_step_port(sp2, RC_FUNCTION_TRANSFER), 2704);
    assert_int_equal(rc_step_port(sp2, RC_FUNCTION_EXECUTE), 0);
    assert_int_equal(rc_step_port(sp2, RC_FUNCTION_REBOOT), 0);
}

static void a_list_of_transports_is_a_set(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned set;
    } rows[] = {
        { "netbios", RC_SPEAKS_NETBIOS },
        { "tcp", RC_SPEAKS_TCP },
        { "netbios,tcp", RC_SPEAKS_NETBIOS | RC_SPEAKS_TCP },
        { "tcp,netbios", RC_SPEAKS_NETBIOS | RC_SPEAKS_TCP },
        { "tcp,tcp", RC_SPEAKS_TCP },
        { "udp", RC_SPEAKS_UDP },
        { "udp,tcp,netbios", RC_SPEAKS_NETBIOS | RC_SPEAKS_TCP | RC_SPEAKS_UDP },
        { "", 0 },
        { "tcp,", 0 },
        { ",tcp", 0 },
        { "ipx", 0 },
        { "TCP", 0 },
        { "netbios tcp", 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("\"%s\"\n", rows[i].text);
        assert_int_equal(rc_transports_parse(rows[i].text, strlen(rows[i].text)), rows[i].set);
    }
    assert_string_equal(rc_transports_str(0), "");
    for (unsigned set = 1; set <= (RC_SPEAKS_NETBIOS | RC_SPEAKS_TCP | RC_SPEAKS_UDP); set++) {
        const char *text = rc_transports_str(set);
        assert_int_equal(rc_transports_parse(text, strlen(text)), set);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", each_product_tries_its_transports_in_order),
    NBT_TEST("", an_agent_listens_on_the_first_ports),
    NBT_TEST("", a_list_of_transports_is_a_set),
};

NBT_MAIN("profile", tests)
