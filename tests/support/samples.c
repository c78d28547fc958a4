/*
 * The sample packets. A line of hex is a line of the RFC's drawing.
 */
#include "tests/support/samples.h"

#include "tests/support/test.h"

#define FRED_IN_NETBIOS_COM "20 45474643 45464545 " CA4 CA4 CA4 "07 4e455442494f53 03 434f4d 00 "

/* A claim's record: a pointer to the question, NB, IN, TTL, one address of six octets. */
#define OWN_RECORD TO_QUESTION NB_IN "00000000 0006 0000 0A000001"
#define OWN_ANSWER NAME_FRED NB_IN "00000000 0006 0000 0A000001"

#define NODE_NAME_FRED "46524544 20202020 20202020 20202000 0400 "
#define NODE_NAME_GROUP "464c494e 5453544f 4e452020 20202000 8400 "
#define STATISTICS                                                                                 \
    "00A0C9010203 11 22 3344 5566 7788 99AA BBCC DDEE 01020304 05060708 "                          \
    "1111 2222 3333 4444 5555 6666 7777 8888 9999"

#define NS NBT_SERVICE_NAME
#define DGM NBT_SERVICE_DATAGRAM
#define SSN NBT_SERVICE_SESSION

const sample good_samples[] = {
    { NS, "registration-request", "1234 2910 0001 0000 0000 0001 " NAME_FRED NB_IN OWN_RECORD },
    { NS, "registration-request to a name server, with a scope",
      "1234 2900 0001 0000 0000 0001 " FRED_IN_NETBIOS_COM NB_IN TO_QUESTION NB_IN
      "000493E0 0006 6000 0A000001" },
    { NS, "registration-request that spells RR_NAME out",
      "1234 2910 0001 0000 0000 0001 " NAME_FRED NB_IN NAME_FRED NB_IN
      "00000000 0006 0000 0A000001" },
    { NS, "overwrite-request", "1234 2800 0001 0000 0000 0001 " NAME_FRED NB_IN OWN_RECORD },
    { NS, "overwrite-demand", "1234 2810 0001 0000 0000 0001 " NAME_FRED NB_IN OWN_RECORD },
    { NS, "multihomed-registration", "1234 7900 0001 0000 0000 0001 " NAME_FRED NB_IN OWN_RECORD },
    { NS, "refresh-request", "1234 4000 0001 0000 0000 0001 " NAME_FRED NB_IN OWN_RECORD },
    { NS, "refresh-request as drawn", "1234 4800 0001 0000 0000 0001 " NAME_FRED NB_IN OWN_RECORD },
    { NS, "positive-registration-response",
      "1234 AD80 0000 0001 0000 0000 " NAME_FRED NB_IN "0007E900 0006 6000 0A000001" },
    { NS, "negative-registration-response", "1234 AD86 0000 0001 0000 0000 " OWN_ANSWER },
    { NS, "end-node-challenge", "1234 AD00 0000 0001 0000 0000 " OWN_ANSWER },
    { NS, "conflict-demand",
      "1234 AD87 0000 0001 0000 0000 " NAME_FRED NB_IN "00000000 0006 0000 00000000" },
    { NS, "release-request", "1234 3000 0001 0000 0000 0001 " NAME_FRED NB_IN OWN_RECORD },
    { NS, "release-demand", "1234 3010 0001 0000 0000 0001 " NAME_FRED NB_IN OWN_RECORD },
    { NS, "positive-release-response", "1234 B400 0000 0001 0000 0000 " OWN_ANSWER },
    { NS, "negative-release-response", "1234 B406 0000 0001 0000 0000 " OWN_ANSWER },
    { NS, "query-request", "1234 0110 0001 0000 0000 0000 " NAME_FRED NB_IN },
    { NS, "query-request with RD clear, a challenge",
      "1234 0000 0001 0000 0000 0000 " NAME_FRED NB_IN },
    { NS, "positive-query-response",
      "1234 8500 0000 0001 0000 0000 " NAME_FRED NB_IN "000493E0 0006 6000 0A000001" },
    { NS, "positive-query-response of three addresses",
      "1234 8580 0000 0001 0000 0000 " NAME_FRED NB_IN
      "00000000 0012 0000 0A000001 0000 0A000002 E000 0A000003" },
    { NS, "positive-query-response without any",
      "1234 8780 0000 0001 0000 0000 " NAME_FRED NB_IN "00000000 0000" },
    { NS, "negative-query-response as Windows sends it",
      "1234 8583 0000 0000 0000 0000 " NAME_FRED "000A 0001 00000000 0000" },
    { NS, "negative-query-response as Samba sends it",
      "1234 8583 0000 0001 0000 0000 " NAME_FRED "000A 0001 00000000 0000" },
    { NS, "negative-query-response without its record", "1234 8583 0000 0000 0000 0000" },
    { NS, "redirect-query-response",
      "1234 8100 0000 0000 0001 0001 "
      "03 434f4d 00 0002 0001 00000000 000A 04 4e424e53 03 434f4d 00 "
      "04 4e424e53 03 434f4d 00 0001 0001 00000000 0004 0A000009" },
    { NS, "wack", "1234 BC00 0000 0001 0000 0000 " NAME_FRED NB_IN "0000003C 0002 2900" },
    { NS, "wack of type NULL, as nmbd sends it",
      "1234 BC00 0000 0001 0000 0000 " NAME_FRED "000A 0001 0000003C 0002 7900" },
    { NS, "wack without a name", "1234 BC00 0000 0001 0000 0000 00 " NB_IN "00000000 0002 2900" },
    { NS, "status-request", "1234 0000 0001 0000 0000 0000 " NAME_WILDCARD "0021 0001" },
    { NS, "status-response",
      "1234 8400 0000 0001 0000 0000 " NAME_WILDCARD
      "0021 0001 00000000 0053 02 " NODE_NAME_FRED NODE_NAME_GROUP STATISTICS },
    { NS, "status-response without statistics",
      "1234 8400 0000 0001 0000 0000 " NAME_WILDCARD
      "0021 0001 00000000 0025 02 " NODE_NAME_FRED NODE_NAME_GROUP },
    { NS, "other-name-packet of an unknown opcode",
      "1234 1000 0001 0000 0000 0000 " NAME_FRED NB_IN },
    { NS, "other-name-packet, a claim without its record",
      "1234 2910 0001 0000 0000 0000 " NAME_FRED NB_IN },
    { NS, "other-name-packet, a release without a question",
      "1234 3000 0000 0000 0000 0001 " OWN_ANSWER },
    { NS, "other-name-packet, a claim with a status record",
      "1234 2910 0001 0000 0000 0001 " NAME_FRED NB_IN TO_QUESTION
      "0021 0001 00000000 0006 0000 0A000001" },
    { NS, "other-name-packet, a header alone", "1234 8580 0000 0000 0000 0000" },

    { DGM, "direct-unique-datagram",
      "10 02 4321 0A000001 008A 0049 0000 " NAME_BARNEY NAME_FRED "4461746121" },
    { DGM, "direct-group-datagram of an H node, without data",
      "11 0E 4321 0A000001 008A 0044 0000 " NAME_BARNEY NAME_FRED },
    { DGM, "broadcast-datagram, the first fragment",
      "12 03 4321 0A000001 008A 0049 0000 " NAME_BARNEY NAME_WILDCARD "4461" },
    { DGM, "broadcast-datagram, a later fragment", "12 00 4321 0A000001 008A 0049 0002 746121" },
    { DGM, "datagram-error", "13 00 4321 0A000002 008A 82" },
    { DGM, "datagram-query-request", "14 04 4321 0A000001 008A " NAME_FRED },
    { DGM, "datagram-positive-query-response", "15 0C 4321 0A000009 008A " NAME_FRED },
    { DGM, "datagram-negative-query-response", "16 0C 4321 0A000009 008A " FRED_IN_NETBIOS_COM },

    { SSN, "session-message", "00 00 0005 4461746121" },
    { SSN, "session-message of no octets", "00 00 0000" },
    { SSN, "session-message with reserved flags", "00 FE 0001 21" },
    { SSN, "session-request", "81 00 0044 " NAME_FRED NAME_BARNEY },
    { SSN, "session-request with scopes", "81 00 0050 " FRED_IN_NETBIOS_COM NAME_BARNEY },
    { SSN, "session-request with more behind it", "81 00 0045 " NAME_FRED NAME_BARNEY "21" },
    { SSN, "positive-session-response", "82 00 0000" },
    { SSN, "negative-session-response", "83 00 0001 82" },
    { SSN, "retarget-session-response", "84 00 0006 0A000002 048B" },
    { SSN, "session-keep-alive", "85 00 0000" },
};
const size_t good_samples_n = LENGTH_OF(good_samples);

const sample inexact_samples[] = {
    { NS, "redirect-query-response with a pointer into NSD_NAME",
      "1234 8100 0000 0000 0001 0001 "
      "03 434f4d 00 0002 0001 00000000 0007 04 4e424e53 C00C "
      "C01B 0001 0001 00000000 0004 0A000009" },
    { NS, "registration-request with a pointer to the scope",
      "1234 2910 0001 0000 0000 0001 " FRED_IN_NETBIOS_COM NB_IN "20 45474643 45464545 " CA4 CA4 CA4
      "C02D " NB_IN "00000000 0006 0000 0A000001" },
    { NS, "registration-request with a pointer to the root octet",
      "1234 2910 0001 0000 0000 0001 " NAME_FRED NB_IN "20 45474643 45464545 " CA4 CA4 CA4
      "C02D " NB_IN "00000000 0006 0000 0A000001" },
    { NS, "status-response as Windows XP sends it, with 18 octets more",
      "1234 8400 0000 0001 0000 0000 " NAME_WILDCARD "0021 0001 00000000 002F 00 " STATISTICS
      "00000000 00000000 00000000 00000000 0000" },
};
const size_t inexact_samples_n = LENGTH_OF(inexact_samples);

uint8_t *sample_bytes(const sample *s, size_t *n)
{
    uint8_t room[1500];
    *n = hex_bytes(s->hex, room, sizeof room);
    return exact_copy(room, *n);
}

const sample *sample_of(const char *label)
{
    for (size_t i = 0; i < good_samples_n; i++) {
        if (strncmp(good_samples[i].label, label, strlen(label)) == 0)
            return &good_samples[i];
    }
    fail_msg("no sample: %s", label);
    return NULL;
}

/* Reading gave a message, and writing it gives its bytes. */
static void check_same_again(const nbt_msg *m)
{
    uint8_t room[1500];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    assert_int_equal(m->err, NBT_OK);
    assert_true(m->exact);
    nbt_msg made = *m;
    made.bytes = (nbt_bytes){ NULL, 0 }; /* so that only the fields can be written */
    nbt_msg_wr(&w, &made);
    assert_wr_bytes(&w, m->bytes.p, m->bytes.n);
}

static size_t check_cuts(const sample *s, const uint8_t *p, size_t n)
{
    size_t still_messages = 0;
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *part = exact_copy(p, cut);
        nbt_msg m;
        if (nbt_msg_rd(&m, s->service, part, cut)) {
            check_same_again(&m);
            still_messages++;
        } else {
            assert_int_equal(m.err, NBT_ERR_SHORT);
            assert_true(m.err_at <= cut);
            assert_non_null(m.err_field);
        }
        free(part);
    }
    return still_messages;
}

static void check_small_buffers(const nbt_msg *m)
{
    for (size_t cap = 0; cap < m->bytes.n; cap++) {
        uint8_t *room = malloc(cap > 0 ? cap : 1);
        assert_non_null(room);
        nbt_wr w;
        nbt_wr_init(&w, room, cap);
        nbt_msg_wr(&w, m);
        assert_wr_err(&w, NBT_ERR_FULL);
        assert_true(w.at <= cap);
        free(room);
    }
}

size_t check_good_samples(nbt_service service)
{
    size_t still_messages = 0;
    for (size_t i = 0; i < good_samples_n; i++) {
        const sample *s = &good_samples[i];
        if (s->service != service)
            continue;
        print_message("%s\n", s->label);
        size_t n;
        uint8_t *p = sample_bytes(s, &n);
        nbt_msg m;
        nbt_msg_rd(&m, service, p, n);
        check_same_again(&m);
        check_small_buffers(&m);
        still_messages += check_cuts(s, p, n);
        free(p);
    }
    return still_messages;
}
