/*
 * Names: half-ASCII and labels, pointers and limits, the text form, scopes.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/name.h"
#include "tests/support/build.h"
#include "tests/support/samples.h"

enum { LENIENT = NBT_NAME_POINTERS | NBT_NAME_LONG };

/* Name bytes as a program would make them, without the text form in between. */
static nbt_name raw_name(const uint8_t b[NBT_NAME_LEN])
{
    nbt_name name = { .form = NBT_NAME_NETBIOS };
    memcpy(name.b, b, NBT_NAME_LEN);
    return name;
}

/* A NetBIOS name with a scope of `count` labels of `length` octets and one of `last`, if not 0. */
static nbt_name scoped_name(size_t count, size_t length, size_t last)
{
    nbt_name name = name_of("FRED<20>");
    for (size_t i = 0; i < count + (last > 0); i++) {
        size_t n = i < count ? length : last;
        name.scope.b[name.scope.len] = (uint8_t)n;
        memset(name.scope.b + name.scope.len + 1, 'S', n);
        name.scope.len = (uint8_t)(name.scope.len + 1 + n);
    }
    return name;
}

static size_t write_name(const nbt_name *name, uint8_t *room, size_t cap)
{
    nbt_wr w;
    nbt_wr_init(&w, room, cap);
    nbt_name_wr(&w, name, "NAME");
    return w.err ? 0 : w.at;
}

/* Reads `n` bytes, from `at` on, out of a block of exactly that size. */
static nbt_rd read_name(const uint8_t *p, size_t n, size_t at, nbt_name *name, unsigned rules)
{
    uint8_t *copy = exact_copy(p, n);
    nbt_rd r;
    nbt_rd_init(&r, copy, n);
    nbt_rd_take(&r, at, "before the name");
    nbt_name_rd(&r, name, rules, "NAME");
    free(copy);
    return r;
}

static nbt_rd read_hex(const char *hex, size_t at, nbt_name *name, unsigned rules)
{
    uint8_t room[1024];
    size_t n = hex_bytes(hex, room, sizeof room);
    return read_name(room, n, at, name, rules);
}

static void any_16_bytes_survive(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    uint8_t b[NBT_NAME_LEN], wire[NBT_NAME_WIRE_MAX];
    for (unsigned round = 0; round < 256 * NBT_NAME_LEN; round++) {
        for (size_t i = 0; i < NBT_NAME_LEN; i++)
            b[i] = (uint8_t)nbt_rng_u64(&rng);
        b[round % NBT_NAME_LEN] = (uint8_t)(round / NBT_NAME_LEN); /* every value in every place */
        nbt_name name = raw_name(b), again;
        assert_int_equal(write_name(&name, wire, sizeof wire), 34);
        nbt_rd r = read_name(wire, 34, 0, &again, 0);
        assert_rd_end(&r);
        assert_memory_equal(again.b, b, NBT_NAME_LEN);
        assert_true(nbt_name_eq(&name, &again));
    }
}

static void each_byte_becomes_two_letters_high_half_first(void **state)
{
    (void)state;
    static const uint8_t b[NBT_NAME_LEN] = { 0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7,
                                             0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF };
    nbt_name name = raw_name(b);
    uint8_t wire[NBT_NAME_WIRE_MAX];
    assert_int_equal(write_name(&name, wire, sizeof wire), 34);
    assert_memory_equal(wire, "\x20PAPBPCPDPEPFPGPHPIPJPKPLPMPNPOPP", 34);
}

/* The name written gives the letters, and the letters read give the name. */
static void check_letters(const nbt_name *name, const char *letters)
{
    uint8_t wire[NBT_NAME_WIRE_MAX];
    nbt_name again;
    assert_int_equal(write_name(name, wire, sizeof wire), 34);
    assert_int_equal(wire[0], 0x20);
    assert_memory_equal(wire + 1, letters, 32);
    assert_int_equal(wire[33], 0);
    nbt_rd r = read_name(wire, 34, 0, &again, 0);
    assert_rd_end(&r);
    assert_true(nbt_name_eq(name, &again));
}

static void fred_is_as_the_rfc_has_him(void **state)
{
    (void)state;
    nbt_name name;
    assert_true(nbt_name_make(&name, "FRED", 4, ' '));
    check_letters(&name, "EGFCEFEECACACACACACACACACACACACA");
}

static void the_netbios_name_is_encoded_right(void **state)
{
    (void)state;
    nbt_name name = raw_name((const uint8_t *)"The NetBIOS name");
    check_letters(&name, "FEGIGFCAEOGFHEECEJEPFDCAGOGBGNGF");
}

/* RFC 1001 14.1 prints other letters for it; two pairs are slips. */
static void the_printed_example_says_something_else(void **state)
{
    (void)state;
    nbt_name name;
    static const char printed[] = "\x20"
                                  "FEGHGFCAEOGFHEECEJEPFDCAHEGBGNGF";
    nbt_rd r = read_name((const uint8_t *)printed, sizeof printed, 0, &name, 0);
    assert_rd_end(&r);
    assert_memory_equal(name.b, "Tge NetBIOS tame", NBT_NAME_LEN);
}

static void the_wildcard_is_an_asterisk_and_zeros(void **state)
{
    (void)state;
    nbt_name name;
    nbt_name_wildcard(&name);
    check_letters(&name, "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_true(nbt_name_is_wildcard(name.b));
    name.b[15] = ' ';
    assert_false(nbt_name_is_wildcard(name.b));
}

static void the_master_browsers_group_is_encoded_right(void **state)
{
    (void)state;
    nbt_name name = raw_name((const uint8_t *)"\1\2__MSBROWSE__\2\1");
    check_letters(&name, "ABACFPFPENFDECFCEPFHFDEFFPFPACAB");
}

static void smbserver_is_encoded_right(void **state)
{
    (void)state;
    nbt_name name;
    assert_true(nbt_name_make(&name, "*SMBSERVER", 10, 0x20));
    check_letters(&name, "CKFDENECFDEFFCFGEFFCCACACACACACA");
}

static void making_a_name_pads_and_the_codec_does_not(void **state)
{
    (void)state;
    nbt_name name;
    assert_true(nbt_name_make(&name, "Fred", 4, 0x1D));
    assert_memory_equal(name.b, "Fred           \x1D", NBT_NAME_LEN);
    assert_int_equal(name.scope.len, 0);
    assert_true(nbt_name_make(&name, "FIFTEEN-LETTERS", 15, 0));
    assert_memory_equal(name.b, "FIFTEEN-LETTERS\0", NBT_NAME_LEN);
    nbt_name before = name;
    assert_false(nbt_name_make(&name, "SIXTEEN--LETTERS", 16, 0));
    assert_false(nbt_name_make(&name, "", 0, 0));
    assert_true(nbt_name_eq(&name, &before));

    /* Lower case, blanks at both ends and zeros behind come through the packet as they are. */
    name = raw_name((const uint8_t *)"  fred  \0\0\0\0\0\0\0\0");
    uint8_t wire[NBT_NAME_WIRE_MAX];
    nbt_name again;
    nbt_rd r = read_name(wire, write_name(&name, wire, sizeof wire), 0, &again, 0);
    assert_rd_end(&r);
    assert_memory_equal(again.b, name.b, NBT_NAME_LEN);
}

static void names_are_the_same_only_byte_for_byte(void **state)
{
    (void)state;
    nbt_name fred = name_of("FRED<20>"), same = fred;
    static const char *const others[] = { "FRED<00>", "fred<20>", "FRED\\x00<20>", "FRE<20>",
                                          "FRED<20>.SCOPE" };
    assert_true(nbt_name_eq(&fred, &same));
    for (size_t i = 0; i < LENGTH_OF(others); i++) {
        nbt_name other = name_of(others[i]);
        assert_false(nbt_name_eq(&fred, &other));
    }
    nbt_name scoped = name_of("FRED<20>.SCOPE"), low = name_of("FRED<20>.scope");
    assert_false(nbt_name_eq(&scoped, &low));
    assert_false(nbt_scope_eq(&scoped.scope, &low.scope));
    assert_false(nbt_scope_eq(&scoped.scope, &fred.scope));
    same.scope.b[0] = 7; /* behind the length: means nothing */
    assert_true(nbt_name_eq(&fred, &same));
}

static void a_wrong_letter_is_found_where_it_is(void **state)
{
    (void)state;
    uint8_t wire[NBT_NAME_WIRE_MAX];
    nbt_name name = name_of("FRED<20>");
    size_t n = write_name(&name, wire, sizeof wire);
    for (unsigned c = 0; c < 256; c++) {
        for (size_t i = 1; i <= 32; i++) {
            uint8_t kept = wire[i];
            wire[i] = (uint8_t)c;
            nbt_rd r = read_name(wire, n, 0, &name, 0);
            if (c >= 'A' && c <= 'P')
                assert_rd_end(&r);
            else
                assert_rd_err(&r, NBT_ERR_LETTER, i, "NAME");
            wire[i] = kept;
        }
    }
}

/* Eight letters are judged at once: a wrong one must not make up for its neighbour. */
static void two_wrong_letters_do_not_cancel_out(void **state)
{
    (void)state;
    uint8_t wire[NBT_NAME_WIRE_MAX];
    nbt_name name = name_of("FRED<20>");
    size_t n = write_name(&name, wire, sizeof wire);
    for (unsigned pair = 0; pair <= 0xFFFF; pair++) {
        wire[6] = (uint8_t)(pair >> 8);
        wire[7] = (uint8_t)pair;
        bool first = wire[6] >= 'A' && wire[6] <= 'P', second = wire[7] >= 'A' && wire[7] <= 'P';
        nbt_rd r = read_name(wire, n, 0, &name, 0);
        if (first && second)
            assert_rd_end(&r);
        else
            assert_rd_err(&r, NBT_ERR_LETTER, first ? 7 : 6, "NAME");
    }
}

static void a_first_label_of_another_length_is_none(void **state)
{
    (void)state;
    uint8_t wire[100];
    memset(wire, 'A', sizeof wire);
    for (unsigned length = 0; length <= 63; length++) {
        wire[0] = (uint8_t)length;
        wire[1 + length] = 0;
        nbt_name name = name_of("UNTOUCHED<00>"), before = name;
        nbt_rd r = read_name(wire, sizeof wire, 0, &name, LENIENT);
        wire[1 + length] = 'A';
        if (length == 32) {
            assert_int_equal(r.err, NBT_OK);
            continue;
        }
        assert_rd_err(&r, NBT_ERR_LABEL, 0, "NAME");
        assert_true(nbt_name_eq(&name, &before));
    }
}

static void domain_names_and_the_null_name_are_read_where_allowed(void **state)
{
    (void)state;
    nbt_name name;
    nbt_rd r = read_hex("04 4e424e53 03 434f4d 00", 0, &name, NBT_NAME_ANY_FORM);
    assert_rd_end(&r);
    assert_int_equal(name.form, NBT_NAME_DOMAIN);
    assert_hex(name.scope.b, name.scope.len, "04 4e424e53 03 434f4d");
    uint8_t wire[NBT_NAME_WIRE_MAX];
    assert_hex(wire, write_name(&name, wire, sizeof wire), "04 4e424e53 03 434f4d 00");

    r = read_hex("00", 0, &name, NBT_NAME_ANY_FORM);
    assert_rd_end(&r);
    assert_int_equal(name.form, NBT_NAME_NULL);
    assert_hex(wire, write_name(&name, wire, sizeof wire), "00");

    r = read_hex(NAME_FRED, 0, &name, NBT_NAME_ANY_FORM);
    assert_rd_end(&r);
    assert_int_equal(name.form, NBT_NAME_NETBIOS);
    r = read_hex("20 61" CA4 CA4 CA4 "434143414341 41 00", 0, &name, NBT_NAME_ANY_FORM);
    assert_rd_end(&r);
    assert_int_equal(name.form, NBT_NAME_DOMAIN);

    static const uint8_t root[1];
    r = read_name(root, 1, 0, &name, 0);
    assert_rd_err(&r, NBT_ERR_LABEL, 0, "NAME");
}

static void fred_in_netbios_com_has_46_octets(void **state)
{
    (void)state;
    nbt_name name = name_of("FRED<20>");
    assert_true(nbt_scope_parse(&name.scope, "NETBIOS.COM", 11));
    uint8_t wire[NBT_NAME_WIRE_MAX];
    size_t n = write_name(&name, wire, sizeof wire);
    static const char vector[] = "\x20"
                                 "EGFCEFEECACACACACACACACACACACACA\7NETBIOS\3COM";
    assert_int_equal(n, 46);
    assert_int_equal(n, sizeof vector);
    assert_memory_equal(wire, vector, n);
    nbt_name again;
    nbt_rd r = read_name(wire, n, 0, &again, 0);
    assert_rd_end(&r);
    assert_true(nbt_name_eq(&name, &again));
}

static void the_broadcast_name_has_the_scope_too(void **state)
{
    (void)state;
    nbt_name name;
    nbt_name_wildcard(&name);
    assert_true(nbt_scope_parse(&name.scope, "NETBIOS.SCOPE", 13));
    uint8_t wire[NBT_NAME_WIRE_MAX];
    size_t n = write_name(&name, wire, sizeof wire);
    static const char vector[] = "\x20"
                                 "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\7NETBIOS\5SCOPE";
    assert_int_equal(n, sizeof vector);
    assert_memory_equal(wire, vector, n);
}

static void scope_labels_have_1_to_63_octets(void **state)
{
    (void)state;
    uint8_t wire[NBT_NAME_WIRE_MAX];
    for (size_t length = 1; length <= 63; length++) {
        nbt_name name = scoped_name(3, length, 0), again;
        size_t n = write_name(&name, wire, sizeof wire);
        assert_int_equal(n, 34 + 3 * (1 + length));
        nbt_rd r = read_name(wire, n, 0, &again, 0);
        assert_rd_end(&r);
        assert_true(nbt_name_eq(&name, &again));
    }
}

static void reserved_label_bits_are_refused_in_any_place(void **state)
{
    (void)state;
    uint8_t wire[NBT_NAME_WIRE_MAX];
    nbt_name name = name_of("FRED<20>.SCOPE");
    size_t n = write_name(&name, wire, sizeof wire);
    static const size_t places[] = { 0, 33, 39 };
    for (size_t i = 0; i < LENGTH_OF(places); i++) {
        uint8_t kept = wire[places[i]];
        for (unsigned length = 0x40; length <= 0xBF; length++) {
            wire[places[i]] = (uint8_t)length;
            nbt_rd r = read_name(wire, n, 0, &name, LENIENT);
            assert_rd_err(&r, NBT_ERR_LABEL, places[i], "NAME");
        }
        wire[places[i]] = kept;
    }
}

/* With the root octet counted: the longest scope text has 220 characters, 221 octets of labels. */
static void a_name_has_at_most_255_octets(void **state)
{
    (void)state;
    uint8_t wire[512];
    nbt_name name = scoped_name(3, 63, 28), again;
    assert_int_equal(name.scope.len, 221);
    size_t n = write_name(&name, wire, sizeof wire);
    assert_int_equal(n, NBT_NAME_WIRE_MAX);
    nbt_rd r = read_name(wire, n, 0, &again, 0);
    assert_rd_end(&r);
    assert_true(nbt_name_eq(&name, &again));

    name = scoped_name(3, 63, 29);
    nbt_wr w;
    nbt_wr_init(&w, wire, sizeof wire);
    nbt_name_wr(&w, &name, "NAME");
    assert_wr_err(&w, NBT_ERR_LONG);
    assert_int_equal(w.at, 0);

    wire[0] = 0x20; /* the same, as somebody else may write it */
    memset(wire + 1, 'A', 32);
    memcpy(wire + 33, name.scope.b, name.scope.len);
    wire[33 + 222] = 0;
    r = read_name(wire, 33 + 222 + 1, 0, &again, 0);
    assert_rd_err(&r, NBT_ERR_LONG, 33 + 3 * 64, "NAME");
    r = read_name(wire, 33 + 222 + 1, 0, &again, LENIENT);
    assert_rd_end(&r);

    /* Windows accepts a scope text of 237: 272 octets. */
    name = scoped_name(3, 63, 45);
    memcpy(wire + 33, name.scope.b, name.scope.len);
    wire[271] = 0;
    r = read_name(wire, 272, 0, &again, LENIENT);
    assert_rd_end(&r);
    assert_int_equal(again.scope.len, 238);
    name = scoped_name(3, 63, 62); /* and 255 is all that there is room for */
    memcpy(wire + 33, name.scope.b, name.scope.len);
    wire[33 + 255] = 0;
    r = read_name(wire, 33 + 255 + 1, 0, &again, LENIENT);
    assert_rd_end(&r);
    wire[33 + 192] = 63;
    wire[33 + 256] = 0;
    r = read_name(wire, 33 + 256 + 1, 0, &again, LENIENT);
    assert_rd_err(&r, NBT_ERR_LONG, 33 + 192, "NAME");
}

static void labels_too_many_or_unended_are_refused(void **state)
{
    (void)state;
    uint8_t wire[512];
    wire[0] = 0x20;
    memset(wire + 1, 'A', 32);
    for (size_t i = 0; i < 128; i++) { /* 256 octets of scope */
        wire[33 + 2 * i] = 1;
        wire[34 + 2 * i] = 'S';
    }
    wire[33 + 256] = 0;
    nbt_name name;
    nbt_rd r = read_name(wire, 33 + 257, 0, &name, LENIENT);
    assert_rd_err(&r, NBT_ERR_LONG, 33 + 254, "NAME");
    r = read_name(wire, 33 + 257, 0, &name, 0);
    assert_rd_err(&r, NBT_ERR_LONG, 33 + 220, "NAME");
    r = read_name(wire, 33 + 6, 0, &name, 0); /* no root octet */
    assert_rd_err(&r, NBT_ERR_SHORT, 33 + 6, "NAME");
}

static void the_name_cut_anywhere_is_short(void **state)
{
    (void)state;
    uint8_t wire[NBT_NAME_WIRE_MAX];
    nbt_name name = name_of("FRED<20>.NETBIOS.COM");
    size_t n = write_name(&name, wire, sizeof wire);
    for (size_t cut = 0; cut < n; cut++) {
        name = name_of("UNTOUCHED<00>");
        nbt_name before = name;
        nbt_rd r = read_name(wire, cut, 0, &name, LENIENT);
        assert_int_equal(r.err, NBT_ERR_SHORT);
        assert_true(r.err_at <= cut);
        assert_true(nbt_name_eq(&name, &before));
    }
    /* Half a pointer, at the end. */
    nbt_rd r = read_hex("000000000000000000000000 " NAME_FRED "C0", 46, &name, LENIENT);
    assert_rd_err(&r, NBT_ERR_SHORT, 47, "NAME");
}

static void every_too_small_buffer_is_full(void **state)
{
    (void)state;
    nbt_name name = name_of("FRED<20>.NETBIOS.COM");
    for (size_t cap = 0; cap < 46; cap++) {
        uint8_t *room = malloc(cap + (cap == 0));
        assert_non_null(room);
        nbt_wr w;
        nbt_wr_init(&w, room, cap);
        nbt_name_wr(&w, &name, "NAME");
        assert_wr_err(&w, NBT_ERR_FULL);
        free(room);
    }
}

#define HEADER "000000000000000000000000 "

static void pointers_lead_to_names_and_to_scopes(void **state)
{
    (void)state;
    nbt_name name, fred = name_of("FRED<20>.AB.C");
    /* 12: FRED.AB.C, its scope at 45; 51: a pointer to it; 53: a label, then the scope by pointer;
     * 88: a pointer to the name that ends in a pointer. */
    static const char bytes[] = HEADER "20 45474643 45464545 " CA4 CA4 CA4 "02 4142 01 43 00 "
                                       "C00C "
                                       "20 45474643 45464545 " CA4 CA4 CA4 "C02D "
                                       "C035 FFFF";
    static const size_t names[] = { 12, 51, 53, 88 }, ends[] = { 51, 53, 88, 90 };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        nbt_rd r = read_hex(bytes, names[i], &name, NBT_NAME_POINTERS);
        assert_int_equal(r.err, NBT_OK);
        assert_int_equal(r.at, ends[i]); /* a pointer costs two octets, whatever it leads to */
        assert_true(nbt_name_eq(&name, &fred));
    }
}

static void pointers_lead_only_backwards_and_not_into_the_header(void **state)
{
    (void)state;
    static const struct {
        const char *label, *hex;
        size_t name, err_at;
    } rows[] = {
        { "to itself", HEADER "C00C", 12, 12 },
        { "forward", HEADER "C00E " NAME_FRED, 12, 12 },
        { "to the highest offset", HEADER "FFFF", 12, 12 },
        { "into the header", HEADER NAME_FRED "C00B", 46, 46 },
        { "to the transaction id", HEADER NAME_FRED "C000", 46, 46 },
        { "one to the other", HEADER "C00E C00C", 14, 12 },
        { "back into its own labels", HEADER "20 " CA4 CA4 CA4 CA4 "C00C", 12, 45 },
        { "from a later run, forward", HEADER NAME_FRED "C031 00 C02E", 49, 46 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s\n", rows[i].label);
        nbt_name name;
        nbt_rd r = read_hex(rows[i].hex, rows[i].name, &name, LENIENT);
        assert_rd_err(&r, NBT_ERR_POINTER, rows[i].err_at, "NAME");
    }
}

static void pointers_to_the_wrong_place_are_read_safely(void **state)
{
    (void)state;
    nbt_name name;
    nbt_rd r = read_hex(HEADER NAME_FRED "C00D", 46, &name, LENIENT); /* at a letter */
    assert_rd_err(&r, NBT_ERR_LABEL, 13, "NAME");
    r = read_hex(HEADER NAME_FRED "C02D", 46, &name, LENIENT); /* at the root octet */
    assert_rd_err(&r, NBT_ERR_LABEL, 45, "NAME");
    r = read_hex(HEADER "0000 0020 C00E", 16, &name, LENIENT); /* runs back over itself */
    assert_rd_err(&r, NBT_ERR_LABEL, 14, "NAME");
}

static void pointers_are_refused_where_there_may_be_none(void **state)
{
    (void)state;
    nbt_name name;
    nbt_rd r = read_hex(HEADER NAME_FRED "C00C", 46, &name, NBT_NAME_LONG);
    assert_rd_err(&r, NBT_ERR_POINTER, 46, "NAME");
}

/* 200 pointers, each leading to the one before: legal, every one, and given up on. */
static void a_long_chain_of_pointers_is_given_up(void **state)
{
    (void)state;
    uint8_t p[12 + 34 + 400] = { 0 };
    hex_bytes(NAME_FRED, p + 12, 34);
    size_t target = 12;
    for (size_t at = 46; at < sizeof p; at += 2) {
        p[at] = (uint8_t)(0xC0 | target >> 8);
        p[at + 1] = (uint8_t)target;
        target = at;
    }
    nbt_name name;
    for (size_t hops = 1; hops <= 200; hops++) {
        size_t at = 46 + 2 * (hops - 1);
        nbt_rd r = read_name(p, sizeof p, at, &name, LENIENT);
        if (hops <= NBT_NAME_HOPS_MAX)
            assert_int_equal(r.err, NBT_OK);
        else
            assert_rd_err(&r, NBT_ERR_HOPS, at - 2 * NBT_NAME_HOPS_MAX, "NAME");
    }
}

/* Backward pointers that add labels each time: the length ends it before the hops do. */
static void a_name_that_grows_by_pointers_is_too_long(void **state)
{
    (void)state;
    uint8_t p[512] = { 0 };
    size_t at = 12, target = 0;
    for (int i = 0; i < 5; i++) { /* 63 octets and a pointer to the run before */
        size_t here = at;
        p[at] = 63;
        memset(p + at + 1, 'S', 63);
        at += 64;
        if (i > 0) {
            p[at] = 0xC0;
            p[at + 1] = (uint8_t)target;
        }
        at += i > 0 ? 2 : 1;
        target = here;
    }
    size_t from = at;
    p[at] = 0x20;
    memset(p + at + 1, 'A', 32);
    at += 33;
    p[at] = (uint8_t)(0xC0 | target >> 8);
    p[at + 1] = (uint8_t)target;
    nbt_name name;
    nbt_rd r = read_name(p, at + 2, from, &name, LENIENT);
    assert_int_equal(r.err, NBT_ERR_LONG);
}

static void check_text(const nbt_name *name, const char *text)
{
    char room[NBT_NAME_STR_MAX];
    size_t n = nbt_name_print(name, room, sizeof room);
    assert_string_equal(room, text);
    assert_int_equal(n, strlen(text));
    nbt_name again;
    assert_true(nbt_name_parse(&again, room, n));
    assert_true(nbt_name_eq(name, &again));
}

static void the_text_form_is_as_described(void **state)
{
    (void)state;
    nbt_name name;
    nbt_name_make(&name, "FRED", 4, 0x1D);
    check_text(&name, "FRED<1D>");
    assert_true(nbt_scope_parse(&name.scope, "NETBIOS.COM", 11));
    check_text(&name, "FRED<1D>.NETBIOS.COM");
    name = raw_name((const uint8_t *)"\1\2__MSBROWSE__\2\1");
    check_text(&name, "\\x01\\x02__MSBROWSE__\\x02<01>");
    name = raw_name((const uint8_t *)"MY PC.<>\\\"\x7F\xFF    ");
    check_text(&name, "MY\\x20PC\\x2E\\x3C\\x3E\\x5C\\x22\\x7F\\xFF<20>");
    name = raw_name((const uint8_t *)" FRED\0          ");
    check_text(&name, "\\x20FRED\\x00<20>");
    nbt_name_make(&name, "FIFTEEN-LETTERS", 15, 0xBF);
    check_text(&name, "FIFTEEN-LETTERS<BF>");

    char room[NBT_NAME_LEN * 4 + 5];
    nbt_name16_print(name.b, room, sizeof room);
    assert_string_equal(room, "FIFTEEN-LETTERS<BF>");
}

static void the_wildcard_is_not_what_looks_like_it(void **state)
{
    (void)state;
    nbt_name name;
    nbt_name_wildcard(&name);
    check_text(&name, "*<00>");
    nbt_name_make(&name, "*", 1, 0x00);
    check_text(&name, "*\\x20<00>");
    nbt_name_make(&name, "*", 1, 0x20);
    check_text(&name, "*<20>");
    nbt_name_wildcard(&name);
    name.b[15] = 0x20;
    assert_int_equal(name.b[1], 0);
    check_text(&name,
               "*\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00<20>");
}

static void a_name_of_blanks_alone_is_printed(void **state)
{
    (void)state;
    uint8_t b[NBT_NAME_LEN];
    memset(b, ' ', sizeof b);
    uint8_t *exact = exact_copy(b, sizeof b);
    char room[NBT_NAME_LEN * 4 + 5];
    assert_int_equal(nbt_name16_print(exact, room, sizeof room), 4);
    assert_string_equal(room, "<20>");
    free(exact);
    nbt_name name = raw_name(b);
    check_text(&name, "<20>");
}

static void other_forms_begin_with_a_dot(void **state)
{
    (void)state;
    nbt_name name;
    nbt_rd r = read_hex("04 4e422e53 03 434f4d 00", 0, &name, NBT_NAME_ANY_FORM);
    assert_rd_end(&r);
    check_text(&name, ".NB\\x2ES.COM");
    r = read_hex("00", 0, &name, NBT_NAME_ANY_FORM);
    assert_rd_end(&r);
    check_text(&name, ".");
}

static void any_name_survives_being_printed(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    for (int round = 0; round < 5000; round++) {
        nbt_name name = { .form = NBT_NAME_NETBIOS }, again;
        for (size_t i = 0; i < NBT_NAME_LEN; i++) /* often enough blank, zero or asterisk */
            name.b[i] =
                (uint8_t)(nbt_rng_below(&rng, 3) ? nbt_rng_u64(&rng)
                                                 : (uint64_t) " \0*"[nbt_rng_below(&rng, 3)]);
        while (nbt_rng_below(&rng, 4) > 0) {
            size_t n = 1 + nbt_rng_below(&rng, 63);
            if (name.scope.len + 1 + n > NBT_SCOPE_MAX)
                break;
            name.scope.b[name.scope.len] = (uint8_t)n;
            for (size_t i = 1; i <= n; i++)
                name.scope.b[name.scope.len + i] = (uint8_t)nbt_rng_u64(&rng);
            name.scope.len = (uint8_t)(name.scope.len + 1 + n);
        }
        char room[NBT_NAME_STR_MAX];
        size_t n = nbt_name_print(&name, room, sizeof room);
        assert_int_equal(n, strlen(room));
        for (size_t i = 0; i < n; i++)
            assert_true(room[i] > ' ' && room[i] < 0x7F && room[i] != '"');
        assert_true(nbt_name_parse(&again, room, n));
        assert_true(nbt_name_eq(&name, &again));
    }
}

/* The text form letter by letter, as its header describes it: of names that are not "*". */
static void text_by_the_letter(const uint8_t b[NBT_NAME_LEN], char *to)
{
    size_t n = NBT_NAME_TEXT_MAX;
    while (n > 0 && b[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < n; i++) {
        if (b[i] > 0x20 && b[i] < 0x7F && !strchr("\\<>.\"", b[i]))
            to += sprintf(to, "%c", b[i]);
        else
            to += sprintf(to, "\\x%02X", b[i]);
    }
    sprintf(to, "<%02X>", b[NBT_NAME_LEN - 1]);
}

/* Any byte in any place of a name of any length: there are two ways to print one. */
static void every_byte_in_every_place_is_printed(void **state)
{
    char expected[NBT_NAME_STR_MAX], text[NBT_NAME_STR_MAX];
    (void)state;
    for (size_t n = 2; n <= NBT_NAME_TEXT_MAX; n++) {
        for (unsigned at = 0; at < n * 256; at++) {
            uint8_t b[NBT_NAME_LEN] = "ABCDEFGHIJKLMNO";
            memset(b + n, ' ', NBT_NAME_TEXT_MAX - n);
            b[NBT_NAME_LEN - 1] = (uint8_t)at;
            b[at / 256] = (uint8_t)at;
            text_by_the_letter(b, expected);
            assert_int_equal(nbt_name16_print(b, text, sizeof text), strlen(expected));
            assert_string_equal(text, expected);
        }
    }
}

static void text_that_is_no_name_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "FRED",
        "FRED<",
        "FRED<1",
        "FRED<1D",
        "FRED<1G>",
        "FRED<1D>x",
        "FRED<1D>.",
        "FRED<1D>..A",
        "FRED<1D>.A.",
        "FR ED<1D>",
        "FR\"ED<1D>",
        "FR.ED<1D>",
        "FRED>1D<",
        "FR\\ED<1D>",
        "FR\\x1<1D>",
        "FR\\",
        "FR\\x",
        "FRED<1D>.A<",
        "SIXTEEN--LETTERS<20>",
        "..",
        ".A.",
        ".A..B",
        "FRED\x01<1D>",
        "FR\xC4\xD6<1D>",
        "FRED<1D>.A\x7F",
    };
    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        nbt_name name = name_of("UNTOUCHED<00>"), before = name;
        print_message("%s\n", wrong[i]);
        uint8_t *exact = exact_copy(wrong[i], strlen(wrong[i]));
        assert_false(nbt_name_parse(&name, (const char *)exact, strlen(wrong[i])));
        assert_true(nbt_name_eq(&name, &before));
        free(exact);
    }
    char label[80];
    memset(label, 'A', sizeof label);
    memcpy(label, "X<00>.", 6);
    nbt_name name;
    assert_true(nbt_name_parse(&name, label, 6 + 63));
    assert_false(nbt_name_parse(&name, label, 6 + 64));
    assert_true(nbt_name_parse(&name, "fred<1d>", 8)); /* people type small digits */
    assert_int_equal(name.b[15], 0x1D);
}

static void a_configured_scope_keeps_the_rules(void **state)
{
    (void)state;
    static const char *const wrong[] = { ".A", "A.", "A..B",  ".",     "..",  "A B",
                                         "A*", "**", "A\x01", "A\xC4", "A/B", "A\\x41" };
    nbt_scope scope = { .len = 2, .b = { 1, 'X' } };
    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        print_message("%s\n", wrong[i]);
        assert_false(nbt_scope_parse(&scope, wrong[i], strlen(wrong[i])));
        assert_hex(scope.b, scope.len, "01 58");
    }
    char text[300];
    memset(text, 'A', sizeof text);
    assert_true(nbt_scope_parse(&scope, text, 63));
    assert_int_equal(scope.len, 64);
    assert_false(nbt_scope_parse(&scope, text, 64));
    text[63] = text[127] = text[191] = '.';
    assert_true(nbt_scope_parse(&scope, text, 220));
    assert_int_equal(scope.len, 221);
    assert_false(nbt_scope_parse(&scope, text, 221));
    assert_true(nbt_scope_parse(&scope, "a-b_c.0.Z", 9));
    assert_hex(scope.b, scope.len, "05 612d625f63 01 30 01 5a");
}

static void a_received_scope_may_have_any_octets(void **state)
{
    (void)state;
    nbt_name name;
    nbt_rd r = read_hex("20 45474643 45464545 " CA4 CA4 CA4 "05 002e20ff2a 01 5c 00", 0, &name, 0);
    assert_rd_end(&r);
    assert_hex(name.scope.b, name.scope.len, "05 002e20ff2a 01 5c");
    check_text(&name, "FRED<20>.\\x00\\x2E\\x20\\xFF*.\\x5C");
}

static void a_lone_asterisk_means_no_scope(void **state)
{
    (void)state;
    nbt_scope scope = { .len = 2, .b = { 1, 'X' } };
    assert_true(nbt_scope_parse(&scope, "*", 1));
    assert_int_equal(scope.len, 0);
    scope.len = 2;
    assert_true(nbt_scope_parse(&scope, "", 0));
    assert_int_equal(scope.len, 0);
}

/* KB Q138449: a scope in another case is another scope, unless the case is not looked at. */
static void scopes_are_the_same_byte_for_byte(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same, any_case;
    } rows[] = {
        { "LAB.EXAMPLE", "LAB.EXAMPLE", true, true },
        { "LAB.EXAMPLE", "LAB.example", false, true },
        { "lab", "LAB", false, true },
        { "LAB", "LAC", false, false },
        { "LAB", "LAB.A", false, false },
        { "A.BC", "AB.C", false, false }, /* as long, with other labels */
        { "", "", true, true },
        { "", "A", false, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_scope a, b;
        assert_true(nbt_scope_parse(&a, rows[i].a, strlen(rows[i].a)));
        assert_true(nbt_scope_parse(&b, rows[i].b, strlen(rows[i].b)));
        assert_int_equal(nbt_scope_eq(&a, &b), rows[i].same);
        assert_int_equal(nbt_scope_eq_any_case(&a, &b), rows[i].any_case);
        assert_int_equal(nbt_scope_eq_any_case(&b, &a), rows[i].any_case);
    }
    for (unsigned x = 0; x < 256; x++) /* received, and so of any octets: letters of ASCII alone */
        for (unsigned y = 0; y < 256; y++) {
            nbt_scope a = { .len = 2, .b = { 1, (uint8_t)x } };
            nbt_scope b = { .len = 2, .b = { 1, (uint8_t)y } };
            bool letter = (x | 32) >= 'a' && (x | 32) <= 'z';
            assert_int_equal(nbt_scope_eq_any_case(&a, &b), x == y || (letter && (x ^ y) == 32));
        }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("A19", scopes_are_the_same_byte_for_byte),
    NBT_TEST("A1", any_16_bytes_survive),
    NBT_TEST("A2", each_byte_becomes_two_letters_high_half_first),
    NBT_TEST("A3", fred_is_as_the_rfc_has_him),
    NBT_TEST("A4", the_netbios_name_is_encoded_right),
    NBT_TEST("H1", the_printed_example_says_something_else),
    NBT_TEST("A5", the_wildcard_is_an_asterisk_and_zeros),
    NBT_TEST("A6", the_master_browsers_group_is_encoded_right),
    NBT_TEST("A7", smbserver_is_encoded_right),
    NBT_TEST("A8", making_a_name_pads_and_the_codec_does_not),
    NBT_TEST("A9", names_are_the_same_only_byte_for_byte),
    NBT_TEST("A10 H31", a_wrong_letter_is_found_where_it_is),
    NBT_TEST("A10", two_wrong_letters_do_not_cancel_out),
    NBT_TEST("A12 H31", a_first_label_of_another_length_is_none),
    NBT_TEST("A12", domain_names_and_the_null_name_are_read_where_allowed),
    NBT_TEST("A14", fred_in_netbios_com_has_46_octets),
    NBT_TEST("A22", the_broadcast_name_has_the_scope_too),
    NBT_TEST("A13", scope_labels_have_1_to_63_octets),
    NBT_TEST("A15", reserved_label_bits_are_refused_in_any_place),
    NBT_TEST("A16 H31", a_name_has_at_most_255_octets),
    NBT_TEST("H31", labels_too_many_or_unended_are_refused),
    NBT_TEST("A30", the_name_cut_anywhere_is_short),
    NBT_TEST("H74", every_too_small_buffer_is_full),
    NBT_TEST("A26 A29", pointers_lead_to_names_and_to_scopes),
    NBT_TEST("A27 H29 H61", pointers_lead_only_backwards_and_not_into_the_header),
    NBT_TEST("H30", pointers_to_the_wrong_place_are_read_safely),
    NBT_TEST("", pointers_are_refused_where_there_may_be_none),
    NBT_TEST("A28 H29 H82", a_long_chain_of_pointers_is_given_up),
    NBT_TEST("A28", a_name_that_grows_by_pointers_is_too_long),
    NBT_TEST("A11", the_text_form_is_as_described),
    NBT_TEST("A11", the_wildcard_is_not_what_looks_like_it),
    NBT_TEST("H80", a_name_of_blanks_alone_is_printed),
    NBT_TEST("A11", other_forms_begin_with_a_dot),
    NBT_TEST("A11", any_name_survives_being_printed),
    NBT_TEST("", every_byte_in_every_place_is_printed),
    NBT_TEST("", text_that_is_no_name_is_refused),
    NBT_TEST("A17 A18", a_configured_scope_keeps_the_rules),
    NBT_TEST("A18", a_received_scope_may_have_any_octets),
    NBT_TEST("A21", a_lone_asterisk_means_no_scope),
};

NBT_MAIN("name", tests)
