/*
 * What a computer says to calls when it has rules for them.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "tests/support/driver.h"

static driver d;

static void begin(const char *const *texts, size_t n)
{
    nbt_rule rules[8];
    for (size_t i = 0; i < n; i++)
        assert_true(nbt_rule_parse(&rules[i], texts[i], strlen(texts[i])));
    driver_init_rules(&d, rules, n);
    (void)driver_hold(&d, 1, "FRED<20>", false);
    for (uint32_t tag = 1; tag <= 3; tag++)
        driver_submit(&d, 1, tag, NBT_NCB_LISTEN, "FRED<20>", "*<00>");
    assert_driver(&d, "");
}

/* RFC 1002 4.3.4, 5.2.1.2: by called and calling name, over the head of a LISTEN. */
static void codes_by_rule(void **state)
{
    (void)state;
    static const char *const rules[] = { "FRED<20> from BARNEY<20>=0x81", "NOBODY<20>=0x83",
                                         "FRED<20> from DINO<20>=listen", "FRED<20>=0x8F" };
    begin(rules, LENGTH_OF(rules));
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>");
    assert_driver(&d, "negative(81)@1; close@1");
    driver_tcp(&d, NBT_TCP_EOF, 1);
    (void)driver_called(&d, "NOBODY<20>", "BARNEY<20>"); /* a name that is not here */
    assert_driver(&d, "negative(83)@3; close@3");
    (void)driver_called(&d, "FRED<20>", "WILMA<20>");
    assert_driver(&d, "negative(8F)@5; close@5");
    (void)driver_called(&d, "FRED<20>", "DINO<20>");
    assert_driver(&d, "positive@7; done 1/1 00 lsn 1 from DINO<20>");
    (void)driver_called(&d, "ELSE<20>", "DINO<20>");
    assert_driver(&d, "negative(82)@9; close@9");
    driver_fini(&d);
}

/* RFC 1002 4.3.5, 5.2.1.2; RFC 1001 16.2: who retargets closes first. */
static void a_retarget_points_elsewhere(void **state)
{
    (void)state;
    static const char *const rules[] = { "FRED<20>=retarget:10.0.0.7:1139" };
    begin(rules, LENGTH_OF(rules));
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>");
    assert_driver(&d, "retarget@1 10.0.0.7:1139; close@1");
    driver_tcp(&d, NBT_TCP_EOF, 1);
    driver_pass(&d, 60000);
    assert_driver(&d, "");
    driver_fini(&d);
}

static void silence_reset_and_garbage(void **state)
{
    (void)state;
    static const char *const rules[] = { "S<20>=silent", "R<20>=reset", "G<20>=garbage" };
    begin(rules, LENGTH_OF(rules));
    (void)driver_called(&d, "R<20>", "BARNEY<20>");
    assert_driver(&d, "abort@1");
    (void)driver_called(&d, "S<20>", "BARNEY<20>");
    driver_message(&d, 3, "are you there?");
    driver_pass(&d, 600000);
    assert_driver(&d, "");
    driver_tcp(&d, NBT_TCP_EOF, 3); /* the caller has had enough */
    assert_driver(&d, "close@3");
    (void)driver_called(&d, "G<20>", "BARNEY<20>");
    bool garbage = false;
    for (size_t i = 0; i < d.out.n; i++) {
        nbt_bytes sent = nbt_out_data(&d.out, &d.out.acts[i]);
        if (d.out.acts[i].kind != NBT_ACT_TCP_SEND)
            continue;
        assert_int_equal(sent.n, 64);
        assert_null(nbt_code_find(NBT_CODESET_SSN_TYPE, sent.p[0]));
        garbage = true;
    }
    assert_true(garbage);
    driver_fini(&d);
}

/* Callers that are left without an answer do not pile up (KB Q275567). */
static void silence_keeps_nobody_out(void **state)
{
    (void)state;
    static const char *const rules[] = { "S<20>=silent" };
    begin(rules, LENGTH_OF(rules));
    for (unsigned i = 0; i < 64; i++)
        (void)driver_called(&d, "S<20>", "BARNEY<20>");
    assert_driver(&d, "");
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>");
    assert_driver(&d, "abort@1; positive@129; done 1/1 00 lsn 1 from BARNEY<20>");
    driver_fini(&d);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("C7 C20", codes_by_rule),
    NBT_TEST("C8 C19 C20", a_retarget_points_elsewhere),
    NBT_TEST("", silence_reset_and_garbage),
    NBT_TEST("", silence_keeps_nobody_out),
};

NBT_MAIN("computer_rules", tests)
