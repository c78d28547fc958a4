/*
 * nbtdump --error: the words of a command line, and what is taken for a code and what for data.
 */
#include "tests/support/test.h"

#include "tools/dump/error.h"
#include "tools/host/err.h"

#define LINES                                                                                      \
    "0000: 00 00 04 00 01 00 54 00 ......T.\n0008: 00 00 00 00 e0 10 00 c0\n0028: e7 1a 65 16\n"
#define WORDS                                                                                      \
    "0000 0400 0100 5400 0000 0000 e010 00c0 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 "   \
    "0000 0000 e71a 6516"
#define SENDER "22.101.26.231 sent the name release"

static const struct {
    const char *code, *rest, *input;
    int status;
    const char *says; /* NULL: nothing on standard output */
} rows[] = {
    { "0x16", NULL, "", HOST_OK, "NRC_INUSE" },
    { "rcode 6", NULL, "", HOST_OK, "ACT_ERR" },
    { "rcode", "6", "", HOST_OK, "ACT_ERR" },
    { "4320", NULL, "", HOST_OK, "4320 NetBT" },
    { "4320", WORDS, "", HOST_OK, SENDER },
    { "4320 " WORDS, NULL, "", HOST_OK, SENDER },
    { WORDS, NULL, "", HOST_OK, SENDER },
    { "4320", LINES, "", HOST_OK, SENDER },
    { LINES, NULL, "", HOST_OK, SENDER },
    { "4320", "-", LINES, HOST_OK, SENDER },
    { "-", NULL, LINES, HOST_OK, SENDER },
    { "-", NULL, WORDS, HOST_OK, SENDER },
    { "4319", LINES, "", HOST_OK, "The data is not of 4319.\nThe data is of event 4320" },
    { "0xC00010E0", LINES, "", HOST_OK, "The data is of event 4320" },
    { "4320", "00", "", HOST_OK, "ends after 1 octets" },
    { "9999", NULL, "", HOST_USAGE, NULL },
    { "rcode", "99", "", HOST_USAGE, NULL },
    { "4320", "hello", "", HOST_USAGE, NULL },
    { "4320", "-", "", HOST_OK, "4320 NetBT" },
    { "-", NULL, "", HOST_USAGE, NULL },
    { "", NULL, "", HOST_USAGE, NULL },
    { ":", "x", "", HOST_USAGE, NULL },
};

static void words_of_the_command_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char *said = NULL;
        size_t n = 0;
        FILE *from = tmpfile(), *to = open_memstream(&said, &n);
        assert_true(from && to);
        fputs(rows[i].input, from);
        rewind(from);
        print_message("%s %s\n", rows[i].code, rows[i].rest ? rows[i].rest : "");
        assert_int_equal(dump_error(rows[i].code, rows[i].rest, from, to), rows[i].status);
        fclose(to);
        fclose(from);
        assert_int_equal(n > 0, rows[i].says != NULL);
        if (rows[i].says && !strstr(said, rows[i].says))
            fail_msg("%s is not in: %s", rows[i].says, said);
        free(said);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", words_of_the_command_line),
};

NBT_MAIN("error", tests)
