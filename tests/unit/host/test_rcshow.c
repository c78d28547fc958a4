/* The effects of viewers and agents as events and as lines: each as it is documented. */
#include "tools/host/rcshow.h"

#include <jansson.h>

#include "rc/channel.h"
#include "rc/names.h"
#include "tests/support/test.h"

static rc_screen screen;

static host_rcshow show(void)
{
    return (host_rcshow){ "rcview", "CLIENT1", rc_profile_find("sms2.0", 6), &screen, 0 };
}

static nbt_ncb ncb_of(unsigned command, uint8_t retcode)
{
    nbt_ncb ncb = { .command = (uint8_t)command, .retcode = retcode };
    rc_name_make(ncb.name, "CONSOLE", RC_SUFFIX_CONSOLE);
    return ncb;
}

/* A row: an effect, and what is shown of it. NULL: nothing. */
typedef struct shown {
    rc_app app;
    int64_t value;
    const char *text; /* its data */
    unsigned command; /* of its control block, 0: none */
    uint8_t retcode;
    const char *console; /* in NCB_CALLNAME */
    nbt_ep to;
    const char *json; /* without the time */
    const char *line; /* without "rcview: " */
} shown;

#define REFUSED                                                                                    \
    "\"ncb\":\"ADD NAME\",\"lana\":0,\"name\":{\"text\":\"CONSOLE\",\"suffix\":\"41\","            \
    "\"full\":\"CONSOLE<41>\"},\"retcode\":13,\"nrc\":\"NRC_DUPNAME\",\"hex\":\"0x0D\","           \
    "\"meaning\":\"duplicate name in the local name table\""
#define REFUSED_LINE                                                                               \
    "ADD NAME CONSOLE<41> on LANA 0: NRC_DUPNAME (0x0D), duplicate name in the local name table"

static const shown rows[] = {
    { RC_APP_SLOT_WANTED, 4, NULL, 0, 0, NULL, { 0, 0 }, NULL, NULL },
    { RC_APP_CLAIM_REFUSED,
      1,
      "Remote Control Agent not found",
      NBT_NCB_ADD_NAME,
      0x0D,
      NULL,
      { 0, 0 },
      "\"claim-refused\"," REFUSED ",\"fatal\":true,\"text\":\"Remote Control Agent not found\"",
      NULL },
    { RC_APP_CLAIM_REFUSED,
      0,
      "x",
      NBT_NCB_ADD_NAME,
      0x0D,
      NULL,
      { 0, 0 },
      "\"claim-refused\"," REFUSED ",\"fatal\":false,\"text\":\"x\"",
      REFUSED_LINE },
    { RC_APP_ERROR,
      RC_END_NAME,
      "the NetBIOS name cannot be used",
      NBT_NCB_ADD_NAME,
      0x0D,
      NULL,
      { 0, 0 },
      "\"error\",\"end\":\"name-refused\",\"status\":9,\"reason\":\"the NetBIOS name cannot be "
      "used\"," REFUSED,
      "the NetBIOS name cannot be used: " REFUSED_LINE },
    { RC_APP_ERROR,
      RC_END_LIMIT,
      "full",
      0,
      0,
      NULL,
      { 0, 0 },
      "\"error\",\"end\":\"session-limit\",\"status\":15,\"reason\":\"full\"",
      "full" },
    { RC_APP_ERROR,
      RC_END_NONSENSE,
      "unknown value in TYPE at octet 1",
      0,
      0,
      NULL,
      { 0x0A000001, 40005 },
      "\"error\",\"end\":\"bad-message\",\"status\":17,\"reason\":\"unknown value in TYPE at octet "
      "1\","
      "\"address\":\"10.0.0.1:40005\"",
      "CLIENT1 sent what is not remote control: unknown value in TYPE at octet 1" },
    { RC_APP_SAY,
      RC_SAY_NONSENSE,
      "CLIENT1 sent",
      0,
      0,
      NULL,
      { 0, 0 },
      "\"say\",\"say\":\"nonsense\",\"text\":\"CLIENT1 sent\",\"origin\":\"ours\"",
      NULL },
    { RC_APP_TRYING,
      RC_TCP,
      NULL,
      0,
      0,
      NULL,
      { 0x0A000002, 1761 },
      "\"trying\",\"transport\":\"tcp\",\"address\":\"10.0.0.2:1761\"",
      NULL },
    { RC_APP_MISSED,
      RC_TCP,
      "the port is closed",
      0,
      0,
      NULL,
      { 0x0A000002, 1761 },
      "\"missed\",\"transport\":\"tcp\",\"address\":\"10.0.0.2:1761\",\"reason\":\"the port is "
      "closed\"",
      "10.0.0.2 port 1761: the port is closed" },
    { RC_APP_WAITING,
      30,
      NULL,
      0,
      0,
      NULL,
      { 0, 0 },
      "\"waiting\",\"seconds\":30",
      "the client's user is being asked; waiting up to 30 s" },
    { RC_APP_CONNECTED,
      RC_NETBIOS,
      NULL,
      0,
      0,
      NULL,
      { 0, 0 },
      "\"connected\",\"transport\":\"netbios\",\"function\":\"control\",\"lana\":0,\"lsn\":0",
      "ready: session with CLIENT1 over NetBIOS, LANA 0" },
    { RC_APP_CONNECTED,
      RC_TCP,
      "bob",
      0,
      0,
      "CONSOLE",
      { 0x0A000001, 40000 },
      "\"connected\",\"transport\":\"tcp\",\"address\":\"10.0.0.1:40000\","
      "\"function\":\"control\",\"console\":\"CONSOLE\",\"user\":\"bob\"",
      "session with bob at CONSOLE over TCP, 10.0.0.1 port 40000" },
    { RC_APP_CHECKED,
      RC_VERDICT_BUSY,
      "bob",
      0,
      0,
      "CONSOLE",
      { 0, 0 },
      "\"checked\",\"verdict\":\"busy\",\"console\":\"CONSOLE\",\"user\":\"bob\"",
      "bob at CONSOLE: busy" },
    { RC_APP_LISTENING,
      RC_SPEAKS_NETBIOS | RC_SPEAKS_TCP,
      NULL,
      NBT_NCB_ADD_NAME,
      0,
      NULL,
      { 0, 0 },
      "\"listening\",\"name\":{\"text\":\"CONSOLE\",\"suffix\":\"41\",\"full\":\"CONSOLE<41>\"},"
      "\"protocols\":[\"netbios\",\"tcp\"],\"ports\":[1761,1762]",
      "ready: listening on CONSOLE<41> on TCP ports 1761 and 1762" },
    { RC_APP_ASK,
      30,
      "Will you?",
      0,
      0,
      NULL,
      { 0, 0 },
      "\"ask\",\"text\":\"Will you?\",\"seconds\":30",
      "Will you? (y or n, 30 s)" },
    { RC_APP_ASK_OVER, 0, NULL, 0, 0, NULL, { 0, 0 }, "\"ask-over\"", "the question is over" },
    { RC_APP_PING,
      1234,
      NULL,
      0,
      0,
      NULL,
      { 0, 0 },
      "\"ping\",\"serial\":0,\"answered\":true,\"microseconds\":1234",
      "ping 0: 1.234 ms" },
    { RC_APP_PING,
      -1,
      NULL,
      0,
      0,
      NULL,
      { 0, 0 },
      "\"ping\",\"serial\":0,\"answered\":false",
      "ping 0: no answer" },
    { RC_APP_CLOSED,
      RC_CLOSED_BY_CLIENT,
      NULL,
      0,
      0,
      NULL,
      { 0, 0 },
      "\"closed\",\"by\":\"client\"",
      "session closed by client" },
    { RC_APP_SAY,
      RC_SAY_NOT_FOUND,
      "Remote Control Agent not found",
      0,
      0,
      NULL,
      { 0, 0 },
      "\"say\",\"say\":\"agent-not-found\",\"text\":\"Remote Control Agent not found\",\"origin\":"
      "\"product\",\"article\":\"Q223044\"",
      "Remote Control Agent not found" },
    { RC_APP_SAY,
      RC_SAY_BUSY,
      "busy",
      0,
      0,
      NULL,
      { 0, 0 },
      "\"say\",\"say\":\"busy\",\"text\":\"busy\",\"origin\":\"ours\"",
      "busy" },
    { RC_APP_SCREEN,
      1 << 1,
      NULL,
      0,
      0,
      NULL,
      { 0, 0 },
      "\"screen\",\"cursor\":{\"row\":1,\"column\":3},\"rows\":[{\"row\":1,\"text\":\"d\\\"r\"}],"
      "\"digest\":\"67ee85ce\"",
      NULL },
    { RC_APP_FILE_OPEN, 1, "a", 0, 0, NULL, { 0, 0 }, NULL, NULL },
    { RC_APP_FILE_OVER, 1, NULL, 0, 0, NULL, { 0, 0 }, NULL, NULL },
    { RC_APP_FILE_PROGRESS,
      5,
      NULL,
      0,
      0,
      NULL,
      { 0, 0 },
      "\"progress\",\"octets\":5,\"size\":0",
      NULL },
    { RC_APP_FILE_RESULT,
      RC_RESULT_ALTERED,
      "a.txt",
      0,
      0,
      NULL,
      { 0, 0 },
      "\"file\",\"name\":\"a.txt\",\"result\":\"altered\",\"octets\":0",
      "a.txt: what arrived is not what was sent, 0 octets" },
    { RC_APP_CHAT,
      0,
      "hi\033[2J\n",
      0,
      0,
      NULL,
      { 0, 0 },
      "\"chat\",\"text\":\"hi\\u001b[2J\\u000a\"",
      "chat: hi\\x1b[2J" },
    { RC_APP_EXECUTE,
      0,
      "dir",
      0,
      0,
      NULL,
      { 0, 0 },
      "\"execute\",\"command\":\"dir\"",
      "a command is recorded, not run: dir" },
    { RC_APP_REBOOT,
      10,
      NULL,
      0,
      0,
      NULL,
      { 0, 0 },
      "\"reboot\",\"seconds\":10",
      "this computer restarts, which takes 10 s" },
    { RC_APP_LOG,
      RC_LOG_USER_REFUSED,
      "bob",
      0,
      0,
      "CONSOLE",
      { 0, 0 },
      "\"log\",\"code\":8,\"meaning\":\"the user gave no permission\",\"console\":\"CONSOLE\","
      "\"user\":\"bob\"",
      "security log: 8, the user gave no permission: bob at CONSOLE" },
    { RC_APP_EXIT,
      RC_END_DONE,
      NULL,
      0,
      0,
      NULL,
      { 0, 0 },
      "\"exit\",\"end\":\"done\",\"status\":0",
      NULL },
};

static nbt_act act_of(const shown *row)
{
    nbt_act act = { .kind = NBT_ACT_APP, .app = row->app, .value = row->value, .to = row->to };
    if (row->command)
        act.ncb = ncb_of(row->command, row->retcode);
    if (row->console)
        rc_name_make(act.ncb.callname, row->console, RC_SUFFIX_COMPUTER);
    return act;
}

static nbt_bytes data_of(const shown *row)
{
    return (nbt_bytes){ (const uint8_t *)row->text, row->text ? strlen(row->text) : 0 };
}

static void every_effect_is_the_event_that_is_documented(void **state)
{
    (void)state;
    host_rcshow s = show();
    rc_screen_init(&screen);
    memcpy(screen.chars + RC_COLUMNS, "d\"r", 3);
    screen.cursor = RC_COLUMNS + 3;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char *text = NULL, want[1000];
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);
        nbt_act act = act_of(&rows[i]);
        host_rcshow_json(f, &s, &act, data_of(&rows[i]));
        fclose(f);
        if (!rows[i].json) {
            assert_int_equal(n, 0);
            free(text);
            continue;
        }
        json_t *o = json_loads(text, 0, NULL);
        assert_non_null(o); /* one object, and it is JSON */
        json_decref(o);
        snprintf(want, sizeof want, ",\"event\":%s}\n", rows[i].json);
        assert_non_null(strchr(text, ','));
        assert_string_equal(strchr(text, ','), want);
        free(text);
    }
}

static void every_effect_is_its_line(void **state)
{
    (void)state;
    host_rcshow s = show();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char *text = NULL, want[400] = "";
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);
        nbt_act act = act_of(&rows[i]);
        host_rcshow_line(f, &s, &act, data_of(&rows[i]), false);
        fclose(f);
        if (rows[i].line)
            snprintf(want, sizeof want, "rcview: %s\n", rows[i].line);
        assert_string_equal(text, want);
        free(text);
    }
}

static void every_end_has_a_status_of_its_own(void **state)
{
    (void)state;
    for (rc_end a = RC_END_DONE; a <= RC_END_TRANSFER; a++) {
        assert_non_null(host_status_str(host_rcshow_status(a)));
        for (rc_end b = RC_END_DONE; b < a; b++)
            assert_int_not_equal(host_rcshow_status(a), host_rcshow_status(b));
    }
    assert_int_equal(host_rcshow_status(RC_END_DONE), 0);
}

/* An agent has no client to name: the peer is known by where he came from. */
static void a_peer_without_a_name(void **state)
{
    (void)state;
    static const struct {
        nbt_ep to;
        const char *line;
    } peers[] = {
        { { 0x0A000001, 40005 },
          "rcagent: 10.0.0.1 port 40005 sent what is not remote control: unknown value in TYPE\n" },
        { { 0, 0 },
          "rcagent: session 7 on LANA 2 sent what is not remote control: unknown value in TYPE\n" },
    };
    static const char reason[] = "unknown value in TYPE";
    host_rcshow s = { .program = "rcagent", .profile = rc_profile_find("sms2.0", 6) };
    for (size_t i = 0; i < LENGTH_OF(peers); i++) {
        char *text = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);
        nbt_act act = { .kind = NBT_ACT_APP, .app = RC_APP_ERROR, .value = RC_END_NONSENSE };
        act.to = peers[i].to;
        act.ncb.lana = 2;
        act.ncb.lsn = 7;
        host_rcshow_line(f, &s, &act, (nbt_bytes){ (const uint8_t *)reason, strlen(reason) },
                         false);
        fclose(f);
        assert_string_equal(text, peers[i].line);
        free(text);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", every_effect_is_the_event_that_is_documented),
    NBT_TEST("", every_effect_is_its_line),
    NBT_TEST("", a_peer_without_a_name),
    NBT_TEST("", every_end_has_a_status_of_its_own),
};

NBT_MAIN("rcshow", tests)
