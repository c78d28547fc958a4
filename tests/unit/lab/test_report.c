/*
 * The table and the text of the reproduction, from results made by hand.
 */
#include "tests/support/test.h"

#include "tools/lab/report.h"

#include <stdio.h>

static const char results_text[] =
    "[{\"case\":\"netbios-then-netbios\",\"claim\":\"each-attempt\",\"profile\":\"rfc\","
    "  \"asked\":\"two viewers over NetBIOS\",\"article\":\"one at a time\",\"obtained\":1,"
    "  \"agrees\":true,\"capture\":\"out/x.pcap\",\"frames\":7,\"seconds\":1.5,"
    "  \"notes\":[\"a note\"],\"deviations\":[],"
    "  \"attempts\":[{\"viewer\":1,\"host\":\"console\",\"client\":\"client1\",\"ok\":true,"
    "                 \"protocols\":\"netbios\",\"over\":\"NetBIOS\",\"outcome\":\"N\"},"
    "                {\"viewer\":2,\"host\":\"console\",\"client\":\"client2\",\"ok\":false,"
    "                 \"protocols\":\"netbios\",\"outcome\":\"D\",\"ncb\":\"ADD NAME\","
    "                 \"retcode\":13,\"nrc\":\"NRC_DUPNAME\",\"packets\":0,\"said\":\"no\"}]},"
    " {\"case\":\"clone\",\"claim\":\"each-attempt\",\"profile\":\"nt4\",\"asked\":\"a clone\","
    "  \"article\":\"nothing\",\"obtained\":0,\"agrees\":false,\"depends\":\"depends on it\","
    "  \"deviations\":[\"this went wrong\"],"
    "  \"attempts\":[{\"viewer\":1,\"ok\":false,\"outcome\":\"I\",\"ncb\":\"ADD NAME\","
    "                 \"retcode\":22,\"nrc\":\"NRC_INUSE\",\"frame\":77,\"rcode\":6,"
    "                 \"by\":\"10.77.0.1\"}]}]";

/* What a function prints about the results. */
static char *printed(void (*print)(FILE *to, const json_t *results))
{
    char *text = NULL;
    size_t len = 0;
    json_t *results = json_loads(results_text, 0, NULL);
    assert_non_null(results);
    FILE *to = open_memstream(&text, &len);
    assert_non_null(to);
    print(to, results);
    fclose(to);
    json_decref(results);
    return text;
}

static void test_table(void **state)
{
    (void)state;
    char *text = printed(lab_report_table);
    assert_string_equal(
        text, "--claim=each-attempt, timing profile rfc, nt4\n"
              "case                     asked                        obtained  "
              "refused with (NCB, code, frame)         the article                       agrees\n"
              "--------------------------------------------------------------------------------"
              "------------------------------------------------------------------\n"
              "netbios-then-netbios     two viewers over NetBIOS     1         "
              "2nd: ADD NAME NRC_DUPNAME (0x0D), no    one at a time                     yes\n"
              "                                                                packet\n"
              "clone                    a clone                      0         "
              "1st: ADD NAME NRC_INUSE (0x16), frame   nothing                           DEVIATES\n"
              "                                                                "
              "77: RCODE 6 by 10.77.0.1\n"
              "    (depends on it)\n"
              "    ! this went wrong\n");
    free(text);
}

static void test_text(void **state)
{
    (void)state;
    char *text = printed(lab_report_text);
    assert_non_null(strstr(text, "viewer 1 on console towards client1 (netbios): session over "
                                 "NetBIOS\n"));
    assert_non_null(strstr(text, "it said: no\n"));
    assert_non_null(strstr(text, "note: a note\n"));
    assert_non_null(strstr(text, "DEVIATES: this went wrong\n"));
    assert_non_null(strstr(text, "1 sessions; agrees; capture out/x.pcap, 7 frames; 1.5 s\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_table),
        NBT_TEST("", test_text),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
