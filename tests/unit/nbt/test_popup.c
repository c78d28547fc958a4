/*
 * Messages that pop up, by themselves: what each SMB is answered with, and what is shown.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/popup.h"
#include "nbt/smbtext.h"
#include "tests/support/mem.h"

typedef struct desk {
    test_mem mem;
    nbt_out out;
    nbt_popup *popup;
    nbt_time now;
    uint32_t listen, slot, receive, name; /* tags */
    nbt_ncb name_ncb;
    char said[1024];
} desk;

static desk d;

static void put(const char *word, size_t n)
{
    size_t at = strlen(d.said);
    snprintf(d.said + at, sizeof d.said - at, "%s%.*s", at ? " " : "", (int)n, word);
}

static void put_smb(const nbt_act *act)
{
    char word[NBT_SMBTEXT_MAX];
    size_t n = nbt_smbtext_print(nbt_out_data(&d.out, act), word);
    assert_int_not_equal(n, 0);
    put(word, n);
}

static void put_message(const nbt_act *act)
{
    char word[600];
    nbt_bytes data = nbt_out_data(&d.out, act);
    size_t n = 0;
    for (; n < data.n && n < sizeof word; n++)
        word[n] = (char)(data.p[n] ? data.p[n] : '|');
    put("shown:", 6);
    put(word, n);
}

static void put_ncb(const nbt_act *act)
{
    switch (nbt_ncb_verb(&act->ncb)) {
    case NBT_NCB_LISTEN:
    case NBT_NCB_CALL:
        d.listen = act->tag;
        return;
    case NBT_NCB_RECEIVE_DATAGRAM:
        d.slot = act->tag;
        return;
    case NBT_NCB_RECEIVE:
        d.receive = act->tag;
        return;
    case NBT_NCB_SEND_DATAGRAM:
        d.slot = act->tag;
        put_smb(act);
        return;
    case NBT_NCB_SEND:
        put_smb(act);
        return;
    case NBT_NCB_HANGUP:
        put("hang-up", 7);
        return;
    default:
        d.name = act->tag;
        d.name_ncb = act->ncb;
        return;
    }
}

static void took(void)
{
    for (size_t i = 0; i < d.out.n; i++) {
        const nbt_act *act = &d.out.acts[i];
        const char *word = nbt_popup_app_str((nbt_popup_app)act->app);
        if (act->kind == NBT_ACT_NCB)
            put_ncb(act);
        else if (act->app == NBT_POPUP_MESSAGE)
            put_message(act);
        else
            put(word, strlen(word));
    }
    nbt_out_clear(&d.out);
}

static void expect(const char *want)
{
    if (strcmp(d.said, want) != 0)
        print_message("want: %s\nhave: %s\n", want, d.said);
    assert_string_equal(d.said, want);
    d.said[0] = '\0';
}

static void answer(uint32_t *tag, nbt_ncb ncb, nbt_bytes data, const char *want)
{
    uint32_t of = *tag;
    *tag = 0;
    assert_int_not_equal(of, 0);
    nbt_popup_ncb(d.popup, d.now, of, &ncb, data, &d.out);
    took();
    expect(want);
}

static void gets(uint32_t *tag, const char *word, const char *want)
{
    uint8_t smb[NBT_MESSENGER_LEN];
    nbt_wr w;
    nbt_word v = { word, strlen(word) };
    nbt_wr_init(&w, smb, sizeof smb);
    assert_true(nbt_smbtext_parse(&v, &w));
    uint8_t *exact = exact_copy(smb, w.at);
    answer(tag, (nbt_ncb){ .length = (uint32_t)w.at }, (nbt_bytes){ exact, w.at }, want);
    free(exact);
}

static void begin(const char *to, const char *text, nbt_popup_way way, const char *want)
{
    memset(&d, 0, sizeof d);
    nbt_out_init(&d.out, test_mem_of(&d.mem));
    nbt_popup_cfg cfg = {
        .machine = "BOX", .to = to, .way = way, .text = { (const uint8_t *)text, strlen(text) }
    };
    d.popup = nbt_popup_new(test_mem_of(&d.mem), &cfg);
    assert_non_null(d.popup);
    nbt_popup_start(d.popup, d.now, &d.out);
    took();
    assert_int_equal(d.name_ncb.name[NBT_NAME_LEN - 1], 3);
    answer(&d.name, d.name_ncb, (nbt_bytes){ NULL, 0 }, want);
}

static void finish(void)
{
    nbt_popup_free(d.popup);
    nbt_out_fini(&d.out);
    assert_int_equal(d.mem.blocks, 0);
}

static void begin_session(void)
{
    begin(NULL, "", NBT_POPUP_SESSION, "ready");
    answer(&d.listen, (nbt_ncb){ .lsn = 5 }, (nbt_bytes){ NULL, 0 }, "");
    assert_int_not_equal(d.listen, 0); /* for the next one */
}

static void a_message_of_one_block_is_shown_and_answered(void **state)
{
    (void)state;
    begin_session();
    gets(&d.receive, "smb(send-message,pid=7,mid=9,from=\"A\",to=\"BOX\",text=\"hi\")",
         "shown: A|BOX|hi smb(send-message,reply=1,pid=7,mid=9)");
    answer(&d.receive, (nbt_ncb){ .retcode = NBT_NRC_SCLOSED }, (nbt_bytes){ NULL, 0 }, "hang-up");
    finish();
}

static void a_message_of_several_blocks_is_shown_when_it_is_whole(void **state)
{
    (void)state;
    begin_session();
    gets(&d.receive, "smb(start-message,from=\"A\",to=\"BOX\")",
         "smb(start-message,reply=1,group=1)");
    gets(&d.receive, "smb(message-text,group=1,text=\"one,\")", "smb(message-text,reply=1)");
    gets(&d.receive, "smb(message-text,group=2,text=\"no\")",
         "smb(message-text,reply=1,status=131073)");
    gets(&d.receive, "smb(message-text,group=1,text=\"two\")", "smb(message-text,reply=1)");
    gets(&d.receive, "smb(end-message,group=1)", "shown: A|BOX|one,two smb(end-message,reply=1)");
    gets(&d.receive, "smb(end-message,group=1)", "smb(end-message,reply=1,status=131073)");
    finish();
}

/* MS-MSRP: 1600 octets; what is more is cut off, and no room is taken for it. */
static void a_text_without_end_is_bounded(void **state)
{
    (void)state;
    char word[400];
    begin_session();
    gets(&d.receive, "smb(start-message,from=\"A\",to=\"BOX\")",
         "smb(start-message,reply=1,group=1)");
    snprintf(word, sizeof word, "smb(message-text,group=1,text=\"%0300d\")", 0);
    for (int i = 0; i < 20; i++)
        gets(&d.receive, word, "smb(message-text,reply=1)");
    nbt_out_clear(&d.out);
    uint8_t smb[200];
    nbt_wr w;
    nbt_word end = { "smb(end-message,group=1)", 24 };
    nbt_wr_init(&w, smb, sizeof smb);
    assert_true(nbt_smbtext_parse(&end, &w));
    nbt_popup_ncb(d.popup, d.now, d.receive, &(nbt_ncb){ .lsn = 5 }, (nbt_bytes){ smb, w.at },
                  &d.out);
    assert_int_equal(d.out.acts[0].app, NBT_POPUP_MESSAGE);
    assert_int_equal(d.out.acts[0].data_len, 1 + 1 + 3 + 1 + NBT_MESSENGER_TEXT_MAX);
    finish();
}

static void what_is_no_message_ends_the_session(void **state)
{
    (void)state;
    begin_session();
    gets(&d.receive, "smb(send-message,reply=1)", "hang-up");
    answer(&d.listen, (nbt_ncb){ .lsn = 6 }, (nbt_bytes){ NULL, 0 }, "");
    answer(&d.receive, (nbt_ncb){ .length = 2 }, (nbt_bytes){ (const uint8_t *)"hi", 2 },
           "hang-up");
    answer(&d.listen, (nbt_ncb){ .lsn = 7 }, (nbt_bytes){ NULL, 0 }, "");
    assert_int_equal(nbt_popup_due(d.popup), NBT_S(30));
    d.now = NBT_S(30);
    nbt_popup_tick(d.popup, d.now, &d.out);
    took();
    expect("hang-up"); /* who says nothing */
    finish();
}

static void a_mailslots_message_is_shown(void **state)
{
    (void)state;
    begin(NULL, "", NBT_POPUP_SESSION, "ready");
    gets(&d.slot, "\\MAILSLOT\\MESSNGR(send-message,from=\"A\",to=\"LAB\",text=\"hi\")",
         "shown: A|LAB|hi");
    gets(&d.slot, "\\MAILSLOT\\BROWSE(become-backup,server=\"A\")", "");
    gets(&d.slot, "\\MAILSLOT\\MESSNGR(data=4100)", "");
    assert_int_not_equal(d.slot, 0);
    finish();
}

static void a_message_is_sent_in_one_block(void **state)
{
    (void)state;
    begin("YOU", "hi", NBT_POPUP_SESSION, "");
    answer(&d.listen, (nbt_ncb){ .lsn = 5 }, (nbt_bytes){ NULL, 0 },
           "smb(send-message,from=\"BOX\",to=\"YOU\",text=\"hi\")");
    gets(&d.receive, "smb(send-message,reply=1)", "hang-up sent exit");
    finish();
}

static void a_longer_one_in_several(void **state)
{
    (void)state;
    char text[130], word[200];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    begin("YOU", text, NBT_POPUP_SESSION, "");
    answer(&d.listen, (nbt_ncb){ .lsn = 5 }, (nbt_bytes){ NULL, 0 },
           "smb(start-message,from=\"BOX\",to=\"YOU\")");
    snprintf(word, sizeof word, "smb(message-text,group=3,text=\"%.128s\")", text);
    gets(&d.receive, "smb(start-message,reply=1,group=3)", word);
    gets(&d.receive, "smb(message-text,reply=1)", "smb(message-text,group=3,text=\"x\")");
    gets(&d.receive, "smb(message-text,reply=1)", "smb(end-message,group=3)");
    gets(&d.receive, "smb(end-message,reply=1)", "hang-up sent exit");
    finish();
}

static void what_is_refused_is_an_error(void **state)
{
    (void)state;
    begin("YOU", "hi", NBT_POPUP_SESSION, "");
    answer(&d.listen, (nbt_ncb){ .retcode = NBT_NRC_NOCALL }, (nbt_bytes){ NULL, 0 }, "error exit");
    finish();
    begin("YOU", "hi", NBT_POPUP_SESSION, "");
    answer(&d.listen, (nbt_ncb){ .lsn = 5 }, (nbt_bytes){ NULL, 0 },
           "smb(send-message,from=\"BOX\",to=\"YOU\",text=\"hi\")");
    gets(&d.receive, "smb(send-message,reply=1,status=131073)", "error exit");
    finish();
    begin("YOU", "hi", NBT_POPUP_MAILSLOT,
          "\\MAILSLOT\\MESSNGR(send-message,from=\"BOX\",to=\"YOU\",text=\"hi\")");
    answer(&d.slot, (nbt_ncb){ .retcode = NBT_NRC_GOODRET }, (nbt_bytes){ NULL, 0 }, "sent exit");
    finish();
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_message_of_one_block_is_shown_and_answered),
    NBT_TEST("", a_message_of_several_blocks_is_shown_when_it_is_whole),
    NBT_TEST("", a_text_without_end_is_bounded),
    NBT_TEST("", what_is_no_message_ends_the_session),
    NBT_TEST("", a_mailslots_message_is_shown),
    NBT_TEST("", a_message_is_sent_in_one_block),
    NBT_TEST("", a_longer_one_in_several),
    NBT_TEST("", what_is_refused_is_an_error),
};

NBT_MAIN("popup", tests)
