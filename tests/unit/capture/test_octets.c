/*
 * Octets beside fields: the table of a message, and that every octet is in it once and in order,
 * also of what cannot be read.
 */
#include "tests/support/samples.h"
#include "tests/support/test.h"

#include "capture/octets.h"

#include <stdio.h>

static char *buffer;

static int make_buffer(void **state)
{
    (void)state;
    buffer = malloc(CAP_LINE_MAX + 1);
    return buffer ? 0 : -1;
}

static int free_buffer(void **state)
{
    (void)state;
    free(buffer);
    return 0;
}

/* The octets of the table again; and how many of them nobody read. */
static size_t check_table(const uint8_t *bytes, size_t n)
{
    size_t at = 0, unread = 0;
    for (char *line = buffer; *line; line = strchr(line, '\n') + 1) {
        unsigned long offset = strtoul(line, NULL, 16);
        bool field = false;
        assert_memory_equal(line, "    ", 4);
        assert_int_equal(offset, at);
        for (char *hex = line + 4 + 5 + 1; hex[0] == ' ' && hex[1] != ' '; hex += 3, at++) {
            assert_true(at < n);
            assert_int_equal(strtoul((char[]){ hex[1], hex[2], 0 }, NULL, 16), bytes[at]);
            unread += memcmp(line + 60, "(not read)", 10) == 0;
        }
        field = line[58] == ' ' && line[59] == ' ' && line[60] != ' ';
        assert_true(field);
    }
    assert_int_equal(at, n);
    return unread;
}

static void check_message(nbt_service service, const uint8_t *bytes, size_t n)
{
    nbt_msg m;
    const cap_item item = { .number = 1, .msg = &m };
    bool good = nbt_msg_rd(&m, service, bytes, n);
    buffer[cap_octets_print(&item, buffer)] = '\0';
    size_t unread = check_table(bytes, n);
    assert_true(!good || unread == 0);
}

static void test_every_octet_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < good_samples_n + inexact_samples_n; i++) {
        const sample *s =
            i < good_samples_n ? &good_samples[i] : &inexact_samples[i - good_samples_n];
        size_t n;
        uint8_t *bytes = sample_bytes(s, &n);
        print_message("%s\n", s->label);
        for (size_t cut = 0; cut <= n; cut++)
            check_message(s->service, bytes, cut);
        free(bytes);
    }
}

static void assert_table(const cap_item *item, const char *want)
{
    buffer[cap_octets_print(item, buffer)] = '\0';
    assert_string_equal(buffer, want);
}

static void test_a_table(void **state)
{
    size_t n;
    nbt_msg m;
    const cap_item item = { .number = 1, .msg = &m }, note = { .number = 1 };
    uint8_t *bytes = sample_bytes(sample_of("registration-request"), &n);
    (void)state;
    nbt_msg_rd(&m, NBT_SERVICE_NAME, bytes, n);
    assert_table(
        &item,
        "    00000  12 34                                            NAME_TRN_ID  0x1234\n"
        "    00002  29 10                                            OPCODE NM_FLAGS RCODE  "
        "0x2910\n"
        "    00004  00 01                                            QDCOUNT  1\n"
        "    00006  00 00                                            ANCOUNT  0\n"
        "    00008  00 00                                            NSCOUNT  0\n"
        "    0000a  00 01                                            ARCOUNT  1\n"
        "    0000c  20 45 47 46 43 45 46 45 45 43 41 43 41 43 41 43  QUESTION_NAME  FRED<20>\n"
        "    0001c  41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43  QUESTION_NAME\n"
        "    0002c  41 00                                            QUESTION_NAME\n"
        "    0002e  00 20                                            QUESTION_TYPE  32\n"
        "    00030  00 01                                            QUESTION_CLASS  1\n"
        "    00032  c0 0c                                            RR_NAME  FRED<20>\n"
        "    00034  00 20                                            RR_TYPE  32\n"
        "    00036  00 01                                            RR_CLASS  1\n"
        "    00038  00 00 00 00                                      TTL  0\n"
        "    0003c  00 06                                            RDLENGTH  6\n"
        "    0003e  00 00                                            NB_FLAGS  0x0000\n"
        "    00040  0a 00 00 01                                      NB_ADDRESS  10.0.0.1\n");
    nbt_msg_rd(&m, NBT_SERVICE_NAME, bytes, 5);
    assert_table(&item,
                 "    00000  12 34                                            NAME_TRN_ID  "
                 "0x1234\n"
                 "    00002  29 10                                            OPCODE "
                 "NM_FLAGS RCODE  0x2910\n"
                 "    00004  00                                               (not read)  .\n");
    free(bytes);
    assert_table(&note, "");
}

static void test_data(void **state)
{
    static const char bytes[] = "\x00\x00\x00\x12\x00\x1F AB~\x7F\xFF\\\"123456789";
    rc_packet rc;
    nbt_msg m;
    const cap_item item = { .number = 1, .msg = &m }, remote = { .number = 1, .rc = &rc };
    (void)state;
    nbt_msg_rd(&m, NBT_SERVICE_SESSION, (const uint8_t *)bytes, 22);
    assert_table(&item,
                 "    00000  00                                               TYPE  0x00\n"
                 "    00001  00                                               FLAGS  0x00\n"
                 "    00002  00 12                                            LENGTH  18\n"
                 "    00004  00 1f 20 41 42 7e 7f ff 5c 22 31 32 33 34 35 36  USER_DATA  .. "
                 "AB~..\\\"123456\n"
                 "    00014  37 38                                            USER_DATA  78\n");
    rc_packet_rd(&rc, (const uint8_t *)"\x01\x07\x61", 3);
    assert_table(&remote, "    00000  01                                               VERSION  1\n"
                          "    00001  07                                               TYPE  0x07\n"
                          "    00002  61                                               DATA  a\n");
}

/* As many addresses as a packet can carry, of which not every one gets its rows. */
static void test_the_longest(void **state)
{
    enum { RDATA = 65532 };
    static uint8_t bytes[12 + 34 + 10 + RDATA];
    size_t n;
    (void)state;
    uint8_t *head = sample_bytes(sample_of("positive-query-response"), &n);
    memcpy(bytes, head, 12 + 34 + 8);
    bytes[12 + 34 + 8] = RDATA >> 8;
    bytes[12 + 34 + 9] = RDATA & 0xFF;
    free(head);
    check_message(NBT_SERVICE_NAME, bytes, sizeof bytes);
    static uint8_t session[4 + NBT_SSN_LEN_MAX];
    memcpy(session, "\x00\x01\xFF\xFF", 4);
    check_message(NBT_SERVICE_SESSION, session, sizeof session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_every_octet_once),
        NBT_TEST("", test_a_table),
        NBT_TEST("", test_data),
        NBT_TEST("", test_the_longest),
    };
    return cmocka_run_group_tests_name("octets", tests, make_buffer, free_buffer);
}
