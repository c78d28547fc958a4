/*
 * What numbers mean: each in all the ways in which it can be written, and all that it can mean.
 */
#include "tests/support/test.h"

#include "capture/errors.h"
#include "nbt/codes.h"

#include <stdio.h>

/* What is said of a code; "" for one that is not known. To be freed. */
static char *said(const char *code)
{
    cap_buf out = { 0 };
    bool known = cap_error_explain(code, &out);
    assert_int_equal(known, out.n > 0);
    cap_buf_add(&out, "", 1);
    return out.s;
}

/* How many meanings: each begins at the margin. */
static size_t meanings(const char *text)
{
    size_t n = 0;
    for (const char *at = text; *at; at = strchr(at, '\n') + 1)
        n += *at != ' ' && *at != '\n';
    return n;
}

static const struct {
    const char *code;
    size_t n;
    const char *says[4]; /* in this order */
} rows[] = {
    { "0x16",
      1,
      { "0x16 (22) NRC_INUSE: return code", "NEGATIVE NAME REGISTRATION RESPONSE",
        "RCODE 6 ACT_ERR -> NRC_INUSE 0x16 -> error 52 -> event 4319" } },
    { "22", 1, { "NRC_INUSE" } },
    { "16", 1, { "NRC_INUSE" } }, /* no number of ours in decimal */
    { "16h", 1, { "NRC_INUSE" } },
    { "0D", 1, { "NRC_DUPNAME", "no packet", "Q200832" } },
    { "0x0d", 1, { "NRC_DUPNAME" } },
    { "0x30", 1, { "NRC_DUPENV" } },
    { "0x19", 1, { "NRC_NAMCONF", "NAME CONFLICT DEMAND" } },
    { "NRC_INUSE", 1, { "NRC_INUSE" } },
    { "inuse", 1, { "NRC_INUSE" } },
    { "ACT_ERR", 1, { "ACT_ERR: result (RCODE)" } },
    { "act_err", 1, { "ACT_ERR" } },
    { "6", 2, { "ACT_ERR: result", "NRC_INCOMP: return code" } },
    { "rcode 6", 1, { "ACT_ERR" } },
    { "  RCODE\t0x6\n", 1, { "ACT_ERR" } },
    { "rcode act_err", 1, { "ACT_ERR" } },
    { "nrc 6", 1, { "NRC_INCOMP" } },
    { "52", 2, { "ERROR_DUP_NAME: error of Windows", "KB Q170808", "NRC_ENVNOTDEF" } },
    { "error 52", 1, { "ERROR_DUP_NAME" } },
    { "0x80070034", 1, { "ERROR_DUP_NAME" } },
    { "ERROR_DUP_NAME", 1, { "ERROR_DUP_NAME" } },
    { "0xC00000BD", 1, { "STATUS_DUPLICATE_NAME", "error 52" } },
    { "0x83", 2, { "no-resources: error code of a NEGATIVE SESSION", "bad-source-name" } },
    { "session 0x82", 1, { "called-not-present", "NRC_NOCALL 0x14 -> error 53" } },
    { "session 82", 1, { "called-not-present" } },
    { "datagram 0x82", 1, { "destination-not-present" } },
    { "called-not-present", 1, { "called-not-present" } },
    { "642", 1, { "642 ERROR_NETBIOS_NAME_IN_USE: error of Windows' remote access", "Q111881" } },
    { "ras 642", 1, { "Q111881" } },
    { "error 642", 1, { "Q111881" } },
    { "2144", 1, { "NERR_DupNameReboot", "Q186554" } },
    { "2270", 1, { "message alias", "Q186555" } },
    { "2276", 1, { "this computer" } },
    { "2297", 1, { "on the network" } },
    { "2504", 1, { "Q103470" } },
    { "2505", 1, { "2505 Server: event of Windows", "Q103470" } },
    { "3870", 1, { "Workstation", "Q166184", "static" } },
    { "7023", 1, { "Q166184" } },
    { "4307", 1, { "Q123981" } },
    { "4311", 1, { "Q181548" } },
    { "4319", 1, { "duplicate name", "Q120752", "NAME CONFLICT DEMAND" } },
    { "4320", 1, { "name release", "Q120752", "NAME RELEASE REQUEST" } },
    { "event 4321", 1, { "could not be registered" } },
    { "0xC00010E0", 1, { "4320 NetBT" } },
    { "event 0x10E0", 1, { "4320 NetBT" } },
    { "0", 2, { "ok: result", "NRC_GOODRET" } },
};

static void codes_and_their_meanings(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char *text = said(rows[i].code), *at = text;
        print_message("%s\n", rows[i].code);
        assert_int_equal(meanings(text), rows[i].n);
        for (size_t k = 0; k < LENGTH_OF(rows[i].says) && rows[i].says[k]; k++) {
            at = strstr(at, rows[i].says[k]);
            if (!at)
                fail_msg("%s is not in: %s", rows[i].says[k], text);
        }
        free(text);
    }
}

static void what_is_not_known(void **state)
{
    static const char *const codes[] = {
        "",
        " ",
        "99999",
        "0x",
        "rcode",
        "rcode 99",
        "rcode 52",
        "session 6",
        "event 52",
        "-6",
        "+6",
        "0x1FFFFFFFF",
        "99999999999999999999",
        "zzz",
        "6 7",
        "rcode 6 7",
        "Server",
        "NetBT",
        "a word that is far longer than any code is, and has spaces",
        "averylongwordthatisfarlongerthananycodeis_andthatgoesonandonandonandon",
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(codes); i++) {
        char *text = said(codes[i]);
        if (*text)
            fail_msg("%s: %s", codes[i], text);
        free(text);
    }
}

/* Every code of the interface and of refusals has a meaning here, by number and by name. */
static void all_codes_of_the_tables(void **state)
{
    static const struct {
        nbt_codeset set;
        const char *word;
    } sets[] = {
        { NBT_CODESET_RCODE, "rcode" },
        { NBT_CODESET_NRC, "nrc" },
        { NBT_CODESET_SSN_CODE, "session" },
        { NBT_CODESET_DGM_CODE, "datagram" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(sets); i++) {
        for (unsigned v = 0; v <= 0xFF; v++) {
            char code[64];
            const nbt_code *c = nbt_code_find(sets[i].set, v);
            snprintf(code, sizeof code, "%s 0x%x", sets[i].word, v);
            char *text = said(code);
            assert_int_equal(meanings(text), c != NULL);
            free(text);
            snprintf(code, sizeof code, "%s %s", sets[i].word, c ? c->word : "?");
            text = said(code);
            assert_int_equal(meanings(text), c != NULL);
            free(text);
        }
    }
}

static void words_of_sets(void **state)
{
    (void)state;
    assert_true(cap_error_is_set("rcode"));
    assert_true(cap_error_is_set("Event"));
    assert_false(cap_error_is_set("4320"));
    assert_false(cap_error_is_set(""));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", codes_and_their_meanings),
    NBT_TEST("", what_is_not_known),
    NBT_TEST("", all_codes_of_the_tables),
    NBT_TEST("", words_of_sets),
};

NBT_MAIN("errors", tests)
