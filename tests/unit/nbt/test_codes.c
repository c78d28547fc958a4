/*
 * The tables of codes: every value once, every word once, every word found again.
 */
#include "tests/support/test.h"

#include "nbt/codes.h"

static const nbt_codeset sets[] = {
    NBT_CODESET_OPCODE,   NBT_CODESET_RCODE,       NBT_CODESET_RRTYPE,   NBT_CODESET_NODE_TYPE,
    NBT_CODESET_SSN_TYPE, NBT_CODESET_SSN_CODE,    NBT_CODESET_DGM_TYPE, NBT_CODESET_DGM_CODE,
    NBT_CODESET_NRC,      NBT_CODESET_NCB_COMMAND,
};

static void words_and_values_lead_to_each_other(void **state)
{
    (void)state;
    for (size_t s = 0; s < LENGTH_OF(sets); s++) {
        size_t found = 0;
        for (unsigned value = 0; value <= 0xFFFF; value++) {
            const nbt_code *code = nbt_code_find(sets[s], value);
            if (!code) {
                assert_string_equal(nbt_code_word(sets[s], value), "unknown");
                continue;
            }
            found++;
            assert_int_equal(code->value, value);
            assert_ptr_equal(nbt_code_parse(sets[s], code->word, strlen(code->word)), code);
            assert_string_equal(nbt_code_word(sets[s], value), code->word);
            assert_true(strlen(code->text) > 0 && strlen(code->source) > 0);
        }
        assert_true(found >= 3);
    }
}

static void a_word_is_found_only_whole_and_in_its_case(void **state)
{
    (void)state;
    assert_non_null(nbt_code_parse(NBT_CODESET_RCODE, "ACT_ERR", 7));
    assert_null(nbt_code_parse(NBT_CODESET_RCODE, "ACT_ERR", 6));
    assert_null(nbt_code_parse(NBT_CODESET_RCODE, "ACT_ERRS", 8));
    assert_null(nbt_code_parse(NBT_CODESET_RCODE, "act_err", 7));
    assert_null(nbt_code_parse(NBT_CODESET_RCODE, "", 0));
}

static void the_values_are_those_of_the_standards(void **state)
{
    (void)state;
    static const struct {
        nbt_codeset set;
        unsigned value;
        const char *word;
    } rows[] = {
        { NBT_CODESET_OPCODE, 0, "query" },
        { NBT_CODESET_OPCODE, 5, "registration" },
        { NBT_CODESET_OPCODE, 6, "release" },
        { NBT_CODESET_OPCODE, 7, "wack" },
        { NBT_CODESET_OPCODE, 8, "refresh" },
        { NBT_CODESET_OPCODE, 9, "refresh9" },
        { NBT_CODESET_OPCODE, 15, "multihomed" },
        { NBT_CODESET_RCODE, 6, "ACT_ERR" },
        { NBT_CODESET_RCODE, 7, "CFT_ERR" },
        { NBT_CODESET_RRTYPE, 0x20, "NB" },
        { NBT_CODESET_RRTYPE, 0x21, "NBSTAT" },
        { NBT_CODESET_NODE_TYPE, 3, "H" },
        { NBT_CODESET_SSN_TYPE, 0x81, "session-request" },
        { NBT_CODESET_SSN_CODE, 0x8F, "unspecified" },
        { NBT_CODESET_DGM_TYPE, 0x16, "datagram-negative-query-response" },
        { NBT_CODESET_DGM_CODE, 0x84, "bad-destination-name" },
        { NBT_CODESET_NCB_COMMAND, 0x30, "ADD NAME" },
        { NBT_CODESET_NRC, 0x0D, "NRC_DUPNAME" },
        { NBT_CODESET_NRC, 0x16, "NRC_INUSE" },
        { NBT_CODESET_NRC, 0x19, "NRC_NAMCONF" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_string_equal(nbt_code_word(rows[i].set, rows[i].value), rows[i].word);
}

/* nb30.h's names and values of commands and return codes, none more and none less. */
static void the_interface_is_that_of_the_win32_header(void **state)
{
    (void)state;
    static const struct {
        unsigned value;
        const char *word;
    } nrcs[] = {
        { 0x00, "NRC_GOODRET" },    { 0x01, "NRC_BUFLEN" },    { 0x03, "NRC_ILLCMD" },
        { 0x05, "NRC_CMDTMO" },     { 0x06, "NRC_INCOMP" },    { 0x07, "NRC_BADDR" },
        { 0x08, "NRC_SNUMOUT" },    { 0x09, "NRC_NORES" },     { 0x0A, "NRC_SCLOSED" },
        { 0x0B, "NRC_CMDCAN" },     { 0x0D, "NRC_DUPNAME" },   { 0x0E, "NRC_NAMTFUL" },
        { 0x0F, "NRC_ACTSES" },     { 0x11, "NRC_LOCTFUL" },   { 0x12, "NRC_REMTFUL" },
        { 0x13, "NRC_ILLNN" },      { 0x14, "NRC_NOCALL" },    { 0x15, "NRC_NOWILD" },
        { 0x16, "NRC_INUSE" },      { 0x17, "NRC_NAMERR" },    { 0x18, "NRC_SABORT" },
        { 0x19, "NRC_NAMCONF" },    { 0x21, "NRC_IFBUSY" },    { 0x22, "NRC_TOOMANY" },
        { 0x23, "NRC_BRIDGE" },     { 0x24, "NRC_CANOCCR" },   { 0x26, "NRC_CANCEL" },
        { 0x30, "NRC_DUPENV" },     { 0x34, "NRC_ENVNOTDEF" }, { 0x35, "NRC_OSRESNOTAV" },
        { 0x36, "NRC_MAXAPPS" },    { 0x37, "NRC_NOSAPS" },    { 0x38, "NRC_NORESOURCES" },
        { 0x39, "NRC_INVADDRESS" }, { 0x3B, "NRC_INVDDID" },   { 0x3C, "NRC_LOCKFAIL" },
        { 0x3F, "NRC_OPENERR" },    { 0x40, "NRC_SYSTEM" },    { 0xFF, "NRC_PENDING" },
    };
    size_t n = 0;
    for (unsigned value = 0; value <= 0xFF; value++) {
        if (n < LENGTH_OF(nrcs) && nrcs[n].value == value)
            assert_string_equal(nbt_code_word(NBT_CODESET_NRC, value), nrcs[n++].word);
        else
            assert_null(nbt_code_find(NBT_CODESET_NRC, value));
    }
    assert_int_equal(n, LENGTH_OF(nrcs));
}

static void commands_have_the_values_of_the_win32_header(void **state)
{
    (void)state;
    static const struct {
        unsigned value, is;
    } rows[] = {
        { 0x10, NBT_NCB_CALL },
        { 0x11, NBT_NCB_LISTEN },
        { 0x12, NBT_NCB_HANGUP },
        { 0x14, NBT_NCB_SEND },
        { 0x15, NBT_NCB_RECEIVE },
        { 0x16, NBT_NCB_RECEIVE_ANY },
        { 0x17, NBT_NCB_CHAIN_SEND },
        { 0x30, NBT_NCB_ADD_NAME },
        { 0x31, NBT_NCB_DELETE_NAME },
        { 0x32, NBT_NCB_RESET },
        { 0x33, NBT_NCB_ADAPTER_STATUS },
        { 0x34, NBT_NCB_SESSION_STATUS },
        { 0x35, NBT_NCB_CANCEL },
        { 0x36, NBT_NCB_ADD_GROUP_NAME },
        { 0x37, NBT_NCB_LANA_ENUM },
        { 0x70, NBT_NCB_UNLINK },
        { 0x71, NBT_NCB_SEND_NO_ACK },
        { 0x72, NBT_NCB_CHAIN_SEND_NO_ACK },
        { 0x73, NBT_NCB_LAN_STATUS_ALERT },
        { 0x77, NBT_NCB_ACTION },
        { 0x78, NBT_NCB_FIND_NAME },
        { 0x79, NBT_NCB_TRACE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_int_equal(rows[i].is, rows[i].value);
    assert_int_equal(NBT_NCB_ASYNC, 0x80);
}

/* MS-NBTE's table and the Knowledge Base: which suffixes a dump must be able to name, and as what.
 */
static void known_suffixes_are_named_with_their_type(void **state)
{
    (void)state;
    static const struct {
        uint8_t value;
        bool unique, group;
        const char *says;
    } rows[] = {
        { 0x00, true, true, "workstation" },
        { 0x01, true, true, "messenger" },
        { 0x03, true, false, "messenger" },
        { 0x06, true, false, "remote access server" },
        { 0x1B, true, false, "domain master browser" },
        { 0x1C, false, true, "domain controllers" },
        { 0x1D, true, false, "master browser" },
        { 0x1E, false, true, "elections" },
        { 0x1F, true, false, "NetDDE" },
        { 0x20, true, true, "file server" },
        { 0x21, true, false, "remote access client" },
        { 0x22, true, false, "Exchange" },
        { 0x23, true, false, "Exchange" },
        { 0x24, true, false, "Exchange" },
        { 0x2B, true, false, "Notes" },
        { 0x2F, false, true, "Notes" },
        { 0x30, true, false, "modem" },
        { 0x31, true, false, "modem" },
        { 0x33, false, true, "Notes" },
        { 0x41, true, false, "remote control" },
        { 0x42, true, false, "virus" },
        { 0x43, true, false, "remote control" },
        { 0x44, true, false, "remote control" },
        { 0x45, true, false, "chat" },
        { 0x46, true, false, "file transfer" },
        { 0x4C, true, false, "Pathworks" },
        { 0x52, true, false, "Pathworks" },
        { 0x6A, true, false, "Exchange" },
        { 0x87, true, false, "Exchange" },
        { 0xBE, true, false, "Network Monitor" },
        { 0xBF, true, true, "Network Monitor" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const nbt_suffix *unique = nbt_suffix_find(rows[i].value, false);
        const nbt_suffix *group = nbt_suffix_find(rows[i].value, true);
        print_message("suffix %02X\n", rows[i].value);
        assert_int_equal(unique != NULL, rows[i].unique);
        assert_int_equal(group != NULL, rows[i].group);
        const nbt_suffix *one = unique ? unique : group;
        assert_int_equal(one->value, rows[i].value);
        assert_non_null(strstr(one->text, rows[i].says));
        assert_true(strlen(one->source) > 0);
    }
    assert_null(nbt_suffix_find(0x99, false));
    assert_null(nbt_suffix_find(0x99, true));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", words_and_values_lead_to_each_other),
    NBT_TEST("", a_word_is_found_only_whole_and_in_its_case),
    NBT_TEST("", the_values_are_those_of_the_standards),
    NBT_TEST("G4 G5", the_interface_is_that_of_the_win32_header),
    NBT_TEST("G1", commands_have_the_values_of_the_win32_header),
    NBT_TEST("F13", known_suffixes_are_named_with_their_type),
};

NBT_MAIN("codes", tests)
