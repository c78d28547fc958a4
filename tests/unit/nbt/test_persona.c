/*
 * The personas: that each row is complete, and the captures that rows say they are from. What is
 * written down of captures here are facts of them: names, order, flags; computers' names are the
 * captures' own.
 */
#include "nbt/persona.h"

#include <stdio.h>

#include "nbt/browser.h"
#include "nbt/own.h"
#include "nbt/profile.h"
#include "tests/support/adapter.h"
#include "tests/support/test.h"

static const nbt_persona *persona(const char *word)
{
    const nbt_persona *p = nbt_persona_find(word, strlen(word));
    assert_non_null(p);
    return p;
}

static const char *const words[] = { "win31", "win95", "win98", "nt4", "win2000", "xp", "samba" };

static void every_row_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        const nbt_persona *p = nbt_persona_at(i);
        assert_ptr_equal(p, persona(words[i]));
        assert_non_null(nbt_profile_find(p->profile, strlen(p->profile)));
        assert_non_null(nbt_browser_profile_find(p->browser, strlen(p->browser)));
        assert_true(strlen(p->system) > 0 && p->ip_ttl > 0);
        const char *const sources[] = { p->source.profile, p->source.browser, p->source.claims,
                                        p->source.status, p->source.ip };
        for (size_t k = 0; k < LENGTH_OF(sources); k++)
            assert_true(sources[k] && strlen(sources[k]) > 0);
        assert_false(p->claims[0].waits);
        assert_int_equal(p->claims[NBT_PERSONA_NAMES_MAX].whose, NBT_WHOSE_NOBODY);
        assert_int_equal(p->status[NBT_PERSONA_STATUS_MAX].whose, NBT_WHOSE_NOBODY);
        assert_int_equal(nbt_persona_has_user(p), strcmp(p->word, "samba") != 0);
    }
    assert_null(nbt_persona_at(LENGTH_OF(words)));
    assert_null(nbt_persona_find("win9", 4));
    assert_null(nbt_persona_find("", 0));
}

static void whose_names_they_are(void **state)
{
    (void)state;
    static const struct {
        nbt_persona_name name;
        const char *whose;
        bool group;
    } rows[] = {
        { { .suffix = 0x00, .whose = NBT_WHOSE_MACHINE }, "MACHINE", false },
        { { .suffix = 0x00, .whose = NBT_WHOSE_GROUP }, "GROUP", true },
        { { .suffix = 0x1E, .whose = NBT_WHOSE_GROUP }, "GROUP", true },
        { { .suffix = 0x1C, .whose = NBT_WHOSE_GROUP }, "GROUP", true },
        { { .suffix = 0x1B, .whose = NBT_WHOSE_GROUP }, "GROUP", false },
        { { .suffix = 0x1D, .whose = NBT_WHOSE_GROUP }, "GROUP", false },
        { { .suffix = 0x03, .whose = NBT_WHOSE_USER }, "USER", false },
        { { .suffix = 0x01, .whose = NBT_WHOSE_BROWSERS }, "__MSBROWSE__", true },
        { { .suffix = 0x00, .whose = NBT_WHOSE_NOBODY }, "", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        assert_string_equal(nbt_whose_str((nbt_whose)rows[i].name.whose), rows[i].whose);
        assert_int_equal(nbt_persona_is_group(&rows[i].name), rows[i].group);
    }
}

/* "A<00> B<00>g | C<20>": what is claimed; behind a bar, when what was before it has ended. */
static void claimed(const char *word, const char *user, const char *expected)
{
    char all[400] = "", name[NBT_NAME_STR_MAX];
    size_t at = 0;
    nbt_own own;
    nbt_own_init(&own, "PC", 2, 1);
    for (unsigned i = 0; i < 3; i++)
        nbt_own_serve(&own, (const uint8_t[]){ 0x00, 0x20, 0x03 }[i]);
    nbt_own_be(&own, persona(word), "LAB", user);
    while (!nbt_own_settled(&own)) {
        uint32_t tag;
        nbt_ncb ncb[NBT_OWN_MAX];
        size_t n = 0;
        for (; n < NBT_OWN_MAX && nbt_own_next(&own, &tag, &ncb[n]); n++) {
            nbt_name16_print(ncb[n].name, name, sizeof name);
            at += (size_t)snprintf(all + at, sizeof all - at, "%s%s%s", at ? " " : "", name,
                                   ncb[n].command == NBT_NCB_ADD_GROUP_NAME ? "g" : "");
        }
        assert_true(n > 0);
        for (size_t i = 0; i < n; i++) {
            ncb[i].retcode = NBT_NRC_GOODRET;
            assert_true(nbt_own_done(&own, &ncb[i]));
        }
        if (!nbt_own_settled(&own))
            at += (size_t)snprintf(all + at, sizeof all - at, " |");
    }
    assert_string_equal(all, expected);
}

static void names_are_claimed_as_in_the_captures(void **state)
{
    (void)state;
    /* nbns.pcap of Arkime, frames 1 to 29, and 56 to 62, when somebody logs on */
    claimed("win98", "MARTIN ROSENAU",
            "PC<03> LAB<00>g PC<00> PC<20> | LAB<1E>g | MARTIN\\x20ROSENAU<03>");
    /* eapon1.pcap of tcpdump, frames 45 to 75 */
    claimed("xp", NULL, "PC<00> | LAB<00>g | PC<20> LAB<1E>g");
    /* 02-dup-name-bcast, frames 1 to 11 */
    claimed("samba", NULL, "PC<20> PC<03> PC<00> LAB<00>g LAB<1E>g");
    /* nothing known of their order: Q119495 tells which */
    claimed("nt4", NULL, "PC<00> | LAB<00>g | PC<20> LAB<1E>g PC<03>");
    claimed("nt4", "FRED", "PC<00> | LAB<00>g | PC<20> LAB<1E>g PC<03> | FRED<03>");
    claimed("xp", "FRED", "PC<00> | LAB<00>g | PC<20> LAB<1E>g PC<03> | FRED<03>");
}

static void a_table(nbt_ltable *t, test_mem *mem, const char *names)
{
    nbt_ltable_init(t, test_mem_of(mem));
    for (const char *p = names; *p;) {
        size_t len = strcspn(p, " ");
        bool group = p[len - 1] == 'g';
        nbt_name name;
        assert_true(nbt_name_parse(&name, p, len - group));
        nbt_entry *e = nbt_ltable_add(t, name.b, group);
        assert_non_null(e);
        e->state = NBT_ENTRY_REGISTERED;
        p += len + (p[len] == ' ');
    }
}

static void listed(const char *word, const char *names, const char *expected)
{
    char all[400] = "", name[NBT_NAME_STR_MAX];
    size_t at = 0;
    test_mem mem = { 0 };
    nbt_ltable t;
    const nbt_entry *list[NBT_NAMES_MAX];
    a_table(&t, &mem, names);
    size_t n = nbt_persona_list(word ? persona(word) : NULL, &t, list);
    assert_int_equal(n, t.count);
    for (size_t i = 0; i < n; i++) {
        nbt_name16_print(list[i]->name, name, sizeof name);
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s%s", at ? " " : "", name,
                               list[i]->group ? "g" : "");
    }
    assert_string_equal(all, expected);
    nbt_ltable_fini(&t);
}

static void names_are_listed_as_in_the_captures(void **state)
{
    (void)state;
#define MSBROWSE "\\x01\\x02__MSBROWSE__\\x02<01>g"
    /* nbstat-response-winxp, with the claims' order of eapon1.pcap */
    listed("xp", "PC<00> LAB<00>g PC<20> LAB<1E>g LAB<1D> " MSBROWSE,
           "PC<00> PC<20> LAB<00>g LAB<1E>g LAB<1D> " MSBROWSE);
    /* 08-nodestatus, frame 2 */
    listed("samba", "PC<20> PC<03> PC<00> LAB<00>g LAB<1E>g LAB<1D> LAB<1B> " MSBROWSE,
           "PC<00> PC<03> PC<20> " MSBROWSE " LAB<00>g LAB<1B> LAB<1D> LAB<1E>g");
    /* NT Server 4.0 Networking Guide, appendix G; a domain controller's */
    listed("nt4", "PC<00> DOM<00>g PC<20> PC<03> DOM<1C>g DOM<1B> FRED<03>",
           "PC<00> PC<20> DOM<00>g DOM<1C>g DOM<1B> PC<03> FRED<03>");
    /* whoever is not known stands behind, by number; and so do all without a persona */
    listed("xp", "X<41> PC<00> Y<00> LAB<00>g", "PC<00> LAB<00>g X<41> Y<00>");
    listed("win98", "PC<03> LAB<00>g PC<00>", "PC<03> LAB<00>g PC<00>");
    listed(NULL, "B<20> A<00>", "B<20> A<00>");
    listed("xp", "", "");
}

/* Frame 1 of nbstat-response-winxp, asked for again. */
static void a_node_status_of_xp_octet_for_octet(void **state)
{
    (void)state;
    static const char *const names[] = { "VMWINXP<00>",   "WORKGROUP<00>",
                                         "VMWINXP<20>",   "WORKGROUP<1E>",
                                         "WORKGROUP<1D>", "\\x01\\x02__MSBROWSE__\\x02<01>" };
    static const bool groups[] = { false, true, false, true, false, true };
    static const char want[] =
        "5afd 8400 0000 0001 0000 0000"
        "20 4647454e4648454a454f46494641434143414341434143414341434143414341 00"
        "0021 0001 00000000 009b 06"
        "564d57494e5850202020202020202000 0400 564d57494e5850202020202020202020 0400"
        "574f524b47524f555020202020202000 8400 574f524b47524f55502020202020201e 8400"
        "574f524b47524f55502020202020201d 0400 01025f5f4d5342524f5753455f5f0201 8400"
        "000c290d0656" /* the unit id, and 40 octets of nothing */
        "0000000000000000000000000000000000000000 0000000000000000000000000000000000000000"
        /* and behind the message */ "000000000000000000 000000000000000000";
    adapter a;
    adapter_init(&a, "win2000", "");
    nbt_lana_cfg cfg = *nbt_node_cfg(a.node);
    nbt_node_free(a.node);
    memcpy(cfg.mac, "\x00\x0C\x29\x0D\x06\x56", sizeof cfg.mac);
    cfg.persona = persona("xp");
    a.node = nbt_node_new(test_mem_of(&a.mem), &cfg, 1);
    assert_non_null(a.node);
    for (size_t i = 0; i < LENGTH_OF(names); i++)
        assert_int_not_equal(adapter_hold(&a, names[i], groups[i]), 0);
    packet p = build_question(0x5AFD, 0x0000, "VMWINXP<20>", NBT_RR_NBSTAT);
    adapter_hear(&a, "192.168.1.2", "10.0.0.1", &p);
    uint8_t expected[NBT_NS_UDP_MAX];
    size_t n = hex_bytes(want, expected, sizeof expected);
    assert_int_equal(n, 229);
    assert_int_equal(adapter_last_packet(&a).n, n);
    assert_memory_equal(adapter_last_packet(&a).p, expected, n);
    adapter_fini(&a);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", every_row_is_complete),
    NBT_TEST("", whose_names_they_are),
    NBT_TEST("", names_are_claimed_as_in_the_captures),
    NBT_TEST("", names_are_listed_as_in_the_captures),
    NBT_TEST("B53 B54", a_node_status_of_xp_octet_for_octet),
};

NBT_MAIN("persona", tests)
