/*
 * rc/viewer.c: the name comes first, whatever the transport; each policy meets each refusal; the
 * name is given back, or kept; and the session carries what it should.
 */
#include "tests/support/test.h"

#include "rc/names.h"
#include "tests/support/rcdesk.h"

/* ---- the way to a session ---- */

/* Up to the claim: the place is given, ADD NAME is pending. */
static void begin(desk *d, const rc_viewer_cfg *cfg)
{
    desk_viewer(d, cfg);
    desk_start(d);
    assert_desk(d, "slot-wanted 4");
    desk_do(d, RC_CMD_SLOT, 1);
}

static void verdict(desk *d, bool netbios, rc_verdict v)
{
    rc_msg m = { .type = RC_MSG_VERDICT, .verdict = v, .ticket = 0xABCD };
    if (netbios)
        desk_message(d, 7, &m);
    else
        desk_stream(d, 2, &m);
}

static void opened(desk *d, bool netbios)
{
    rc_msg m = { .type = RC_MSG_OPENED, .columns = RC_COLUMNS, .rows = RC_ROWS };
    if (netbios)
        desk_message(d, 7, &m);
    else
        desk_stream(d, 4, &m);
}

/* From the claim to a session over TCP, connections 2 and 4. */
static void go_tcp(desk *d)
{
    desk_tcp(d, NBT_TCP_OPENED, 2);
    verdict(d, false, RC_VERDICT_GRANTED);
    desk_tcp(d, NBT_TCP_OPENED, 4);
    opened(d, false);
}

/* From the claim to a session over NetBIOS, number 7. */
static void go_netbios(desk *d)
{
    desk_session(d, "CALL", 7);
    verdict(d, true, RC_VERDICT_GRANTED);
    opened(d, true);
}

static void begin_tcp(desk *d, rc_keep keep)
{
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.keep = keep;
    begin(d, &cfg);
    desk_answer(d, "ADD NAME", NBT_NRC_GOODRET);
    go_tcp(d);
    desk_said(d);
}

static void begin_netbios(desk *d, rc_keep keep, rc_policy policy)
{
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.protocols = RC_SPEAKS_NETBIOS;
    cfg.keep = keep;
    cfg.policy = policy;
    begin(d, &cfg);
    desk_answer(d, policy == RC_POLICY_GROUP ? "ADD GROUP NAME" : "ADD NAME", NBT_NRC_GOODRET);
    go_netbios(d);
    desk_said(d);
}

static void without_a_place_nothing_is_claimed(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    desk_viewer(&d, &cfg);
    desk_start(&d);
    desk_said(&d);
    desk_do(&d, RC_CMD_SLOT, 0);
    assert_desk(&d, "say no-slot; error session-limit; exit session-limit");
    desk_do(&d, RC_CMD_SLOT, 1); /* a second answer is none */
    assert_desk(&d, "");
    desk_fini(&d);
}

static void tcp_claims_the_name_first_and_gives_it_back(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    begin(&d, &cfg);
    assert_desk(&d, "ADD NAME CONSOLE1<41> @0");
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "claimed 1; trying tcp; open 2 10.0.0.2:1761");
    desk_tcp(&d, NBT_TCP_OPENED, 2);
    rc_msg rights = desk_last(&d, RC_MSG_RIGHTS);
    assert_memory_equal(rights.machine, "CONSOLE1       \0", NBT_NAME_LEN);
    assert_desk(&d, "DELETE NAME CONSOLE1<41> @0; send 2 rights");
    desk_answer(&d, "DELETE NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "name-returned");
    verdict(&d, false, RC_VERDICT_GRANTED);
    assert_desk(&d, "open 4 10.0.0.2:1762");
    desk_tcp(&d, NBT_TCP_OPENED, 4);
    assert_int_equal(desk_last(&d, RC_MSG_OPEN).ticket, 0xABCD);
    assert_desk(&d, "send 4 open");
    opened(&d, false);
    assert_desk(&d, "connected tcp");
    desk_do(&d, RC_CMD_CLOSE, 0);
    assert_desk(&d, "closed viewer; send 4 bye; close 4");
    desk_tcp(&d, NBT_TCP_EOF, 4); /* what was said there is not overtaken by the other's end */
    assert_desk(&d, "close 2");
    desk_tcp(&d, NBT_TCP_EOF, 2);
    assert_desk(&d, "slot-back; exit done");
    desk_fini(&d);
}

static void netbios_keeps_the_name_until_its_session_is_closed(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.protocols = RC_SPEAKS_NETBIOS;
    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "ADD NAME CONSOLE1<41> @0; claimed 1; trying netbios; "
                    "CALL CONSOLE1<41>>CLIENT1<43> @0");
    desk_session(&d, "CALL", 7);
    assert_desk(&d, "SEND #7 rights");
    verdict(&d, true, RC_VERDICT_GRANTED);
    assert_desk(&d, "SEND #7 open"); /* one session carries both */
    opened(&d, true);
    assert_desk(&d, "connected netbios");
    desk_do(&d, RC_CMD_CLOSE, 0);
    assert_desk(&d, "closed viewer; SEND #7 bye; HANG UP #7");
    desk_answer(&d, "RECEIVE", NBT_NRC_SCLOSED);
    assert_desk(&d, "");
    desk_answer(&d, "HANG UP", NBT_NRC_GOODRET);
    assert_desk(&d, "DELETE NAME CONSOLE1<41> @0"); /* not before: NRC_ACTSES */
    desk_answer(&d, "DELETE NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "name-returned; slot-back; exit done");
    desk_fini(&d);
}

static void a_name_that_is_held_is_returned_at_the_end(void **state)
{
    (void)state;
    desk d;
    begin_tcp(&d, RC_KEEP_HELD);
    assert_desk(&d, "");
    desk_do(&d, RC_CMD_CLOSE, 0);
    desk_tcp(&d, NBT_TCP_EOF, 2);
    desk_tcp(&d, NBT_TCP_EOF, 4);
    assert_desk(&d, "closed viewer; send 4 bye; close 4; close 2; DELETE NAME CONSOLE1<41> @0");
    desk_answer(&d, "DELETE NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "name-returned; slot-back; exit done");
    desk_fini(&d);
}

static void tcp_alone_never_claims(void **state)
{
    (void)state;
    for (rc_keep keep = RC_KEEP_ATTEMPT; keep <= RC_KEEP_HELD; keep++) {
        desk d;
        rc_viewer_cfg cfg = desk_viewer_cfg();
        cfg.protocols = RC_SPEAKS_TCP;
        cfg.keep = keep;
        begin(&d, &cfg);
        assert_desk(&d, "trying tcp; open 2 10.0.0.2:1761");
        go_tcp(&d);
        assert_desk(&d, "send 2 rights; open 4 10.0.0.2:1762; send 4 open; connected tcp");
        desk_do(&d, RC_CMD_CLOSE, 0);
        desk_tcp(&d, NBT_TCP_RESET, 4);
        desk_tcp(&d, NBT_TCP_RESET, 2);
        assert_desk(&d, "closed viewer; send 4 bye; close 4; close 2; slot-back; exit done");
        desk_fini(&d);
    }
}

/* ---- policies and refusals ---- */

static void each_policy_meets_each_refusal(void **state)
{
    (void)state;
    static const char on_tcp[] = "claim-refused 0; trying tcp; open 2 10.0.0.2:1761";
    static const char shared[] = "claimed 0; trying tcp; open 2 10.0.0.2:1761";
    static const char fatal[] =
        "claim-refused 1; say name-refused; error name-refused; slot-back; exit name-refused";
    static const char broken[] =
        "claim-refused 1; say no-netbios; error netbios-failed; slot-back; exit netbios-failed";
    static const char next[] =
        "claim-refused 0; ADD NAME CONSOLE1\\x20\\x20\\x20\\x20\\x20\\x202<41> @0";
    static const struct {
        rc_policy policy;
        uint8_t retcode;
        const char *said;
    } rows[] = {
        { RC_POLICY_PER_SESSION, NBT_NRC_DUPNAME, fatal },
        { RC_POLICY_PER_SESSION, NBT_NRC_DUPENV, fatal },
        { RC_POLICY_PER_SESSION, NBT_NRC_INUSE, fatal },
        { RC_POLICY_PER_SESSION, NBT_NRC_NAMCONF, fatal },
        { RC_POLICY_PER_SESSION, NBT_NRC_NAMTFUL, fatal },
        { RC_POLICY_PER_SESSION, NBT_NRC_BRIDGE, broken },
        { RC_POLICY_SHARED, NBT_NRC_DUPNAME, shared },
        { RC_POLICY_SHARED, NBT_NRC_DUPENV, shared },
        { RC_POLICY_SHARED, NBT_NRC_INUSE, fatal }, /* another computer's is not ours */
        { RC_POLICY_SHARED, NBT_NRC_NAMCONF, fatal },
        { RC_POLICY_SHARED, NBT_NRC_SYSTEM, broken },
        { RC_POLICY_GROUP, NBT_NRC_DUPNAME, fatal },
        { RC_POLICY_GROUP, NBT_NRC_INUSE, fatal },
        { RC_POLICY_NUMBERED, NBT_NRC_DUPNAME, next },
        { RC_POLICY_NUMBERED, NBT_NRC_DUPENV, next },
        { RC_POLICY_NUMBERED, NBT_NRC_INUSE, next },
        { RC_POLICY_NUMBERED, NBT_NRC_NAMCONF, next },
        { RC_POLICY_NUMBERED, NBT_NRC_SYSTEM, broken },
        { RC_POLICY_TOLERANT, NBT_NRC_DUPNAME, on_tcp },
        { RC_POLICY_TOLERANT, NBT_NRC_DUPENV, on_tcp },
        { RC_POLICY_TOLERANT, NBT_NRC_INUSE, on_tcp },
        { RC_POLICY_TOLERANT, NBT_NRC_NAMCONF, on_tcp },
        { RC_POLICY_TOLERANT, NBT_NRC_BRIDGE, on_tcp },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        desk d;
        rc_viewer_cfg cfg = desk_viewer_cfg();
        bool group = rows[i].policy == RC_POLICY_GROUP;
        cfg.policy = rows[i].policy;
        print_message("%s, %s\n", rc_policy_str(rows[i].policy),
                      nbt_code_word(NBT_CODESET_NRC, rows[i].retcode));
        begin(&d, &cfg);
        assert_desk(&d, group ? "ADD GROUP NAME CONSOLE1<41> @0"
                        : cfg.policy == RC_POLICY_NUMBERED
                            ? "ADD NAME CONSOLE1\\x20\\x20\\x20\\x20\\x20\\x201<41> @0"
                            : "ADD NAME CONSOLE1<41> @0");
        desk_answer(&d, group ? "ADD GROUP NAME" : "ADD NAME", rows[i].retcode);
        assert_desk(&d, rows[i].said);
        desk_fini(&d);
    }
}

static const nbt_act *effect(const desk *d, rc_app app)
{
    for (size_t i = 0; i < d->out.n; i++)
        if (d->out.acts[i].kind == NBT_ACT_APP && d->out.acts[i].app == app)
            return &d->out.acts[i];
    fail_msg("no %s", rc_app_str(app));
    return NULL;
}

static void assert_text(const desk *d, const nbt_act *act, const char *text)
{
    nbt_bytes data = nbt_out_data(&d->out, act);
    assert_int_equal(data.n, strlen(text));
    assert_memory_equal(data.p, text, data.n);
}

static void a_refusal_has_its_control_block_and_the_products_words(void **state)
{
    (void)state;
    static const struct {
        const char *product, *text;
        rc_say say;
    } rows[] = {
        { "sms2.0", "Remote Control Agent not found", RC_SAY_NAME_REFUSED_2 },
        { "sms1.2", "Unable To Locate CLIENT1", RC_SAY_NAME_REFUSED_1 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        desk d;
        rc_viewer_cfg cfg = desk_viewer_cfg();
        cfg.profile = rc_profile_find(rows[i].product, 6);
        begin(&d, &cfg);
        desk_said(&d);
        desk_answer(&d, "ADD NAME", NBT_NRC_DUPNAME);
        const nbt_act *refused = effect(&d, RC_APP_CLAIM_REFUSED);
        const nbt_act *error = effect(&d, RC_APP_ERROR);
        assert_int_equal(refused->ncb.command, NBT_NCB_ADD_NAME);
        assert_int_equal(refused->ncb.retcode, NBT_NRC_DUPNAME);
        assert_memory_equal(refused->ncb.name, "CONSOLE1       A", NBT_NAME_LEN);
        assert_text(&d, refused, rows[i].text);
        assert_int_equal(error->ncb.retcode, NBT_NRC_DUPNAME);
        assert_int_equal(effect(&d, RC_APP_SAY)->value, rows[i].say);
        desk_fini(&d);
    }
}

static void numbers_are_tried_up_to_nine(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.policy = RC_POLICY_NUMBERED;
    cfg.protocols = RC_SPEAKS_NETBIOS;
    begin(&d, &cfg);
    for (unsigned i = 1; i <= 3; i++)
        desk_answer(&d, "ADD NAME", NBT_NRC_DUPNAME);
    desk_said(&d);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "claimed 1; trying netbios; CALL "
                    "CONSOLE1\\x20\\x20\\x20\\x20\\x20\\x204<41>>CLIENT1<43> @0");
    desk_fini(&d);

    begin(&d, &cfg);
    for (unsigned i = 1; i <= 8; i++)
        desk_answer(&d, "ADD NAME", NBT_NRC_DUPNAME);
    desk_said(&d);
    desk_answer(&d, "ADD NAME", NBT_NRC_DUPNAME);
    assert_desk(&d, "claim-refused 1; say name-refused; error name-refused; slot-back; "
                    "exit name-refused");
    desk_fini(&d);
}

static void tolerant_without_another_transport_ends(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.policy = RC_POLICY_TOLERANT;
    cfg.protocols = RC_SPEAKS_NETBIOS;
    begin(&d, &cfg);
    desk_said(&d);
    desk_answer(&d, "ADD NAME", NBT_NRC_DUPNAME);
    assert_desk(&d, "claim-refused 0; say name-refused; error name-refused; slot-back; "
                    "exit name-refused");
    desk_fini(&d);
}

static void a_shared_name_is_never_deleted(void **state)
{
    (void)state;
    for (rc_keep keep = RC_KEEP_ATTEMPT; keep <= RC_KEEP_HELD; keep++) {
        desk d;
        rc_viewer_cfg cfg = desk_viewer_cfg();
        cfg.policy = RC_POLICY_SHARED;
        cfg.keep = keep;
        begin(&d, &cfg);
        desk_answer(&d, "ADD NAME", NBT_NRC_DUPNAME);
        desk_said(&d);
        go_tcp(&d);
        assert_desk(&d, "send 2 rights; open 4 10.0.0.2:1762; send 4 open; connected tcp");
        desk_do(&d, RC_CMD_CLOSE, 0);
        desk_tcp(&d, NBT_TCP_EOF, 2);
        desk_tcp(&d, NBT_TCP_EOF, 4);
        assert_desk(&d, "closed viewer; send 4 bye; close 4; close 2; slot-back; exit done");
        desk_fini(&d);
    }
}

static void the_owner_of_a_shared_name_leaves_others_sessions_alone(void **state)
{
    (void)state;
    desk d;
    begin_netbios(&d, RC_KEEP_ATTEMPT, RC_POLICY_SHARED);
    desk_do(&d, RC_CMD_CLOSE, 0);
    desk_answer(&d, "HANG UP", NBT_NRC_GOODRET);
    desk_answer(&d, "DELETE NAME", NBT_NRC_ACTSES);
    const nbt_act *returned = effect(&d, RC_APP_NAME_RETURNED);
    assert_int_equal(returned->ncb.retcode, NBT_NRC_ACTSES);
    assert_desk(&d, "closed viewer; SEND #7 bye; HANG UP #7; DELETE NAME CONSOLE1<41> @0; "
                    "name-returned; slot-back; exit done");
    desk_fini(&d);
}

/* DUPNAME said that it is there; when the CALL came, its owner had given it back. */
static void a_shared_name_that_went_away_is_claimed_anew(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.policy = RC_POLICY_SHARED;
    cfg.protocols = RC_SPEAKS_NETBIOS;
    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_DUPNAME);
    desk_said(&d);
    desk_answer(&d, "CALL", NBT_NRC_NOWILD);
    assert_desk(&d, "");
    assert_int_equal(desk_due_ms(&d), 250);
    desk_at(&d, 249);
    assert_desk(&d, "");
    desk_at(&d, 250);
    assert_desk(&d, "ADD NAME CONSOLE1<41> @0");
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "claimed 1; trying netbios; CALL CONSOLE1<41>>CLIENT1<43> @0");
    go_netbios(&d);
    desk_said(&d);
    desk_do(&d, RC_CMD_CLOSE, 0);
    desk_answer(&d, "HANG UP", NBT_NRC_GOODRET); /* it is ours now, so it is ours to give back */
    assert_desk(&d, "closed viewer; SEND #7 bye; HANG UP #7; DELETE NAME CONSOLE1<41> @0");
    desk_fini(&d);
}

static void a_shared_name_that_stays_away_is_given_up(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.policy = RC_POLICY_SHARED;
    cfg.protocols = RC_SPEAKS_NETBIOS;
    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_DUPNAME);
    for (unsigned i = 1; i <= 16; i++) {
        desk_answer(&d, "CALL", NBT_NRC_NAMERR);
        desk_at(&d, i * 250);
        desk_answer(&d, "ADD NAME", NBT_NRC_DUPNAME);
        desk_said(&d);
    }
    desk_answer(&d, "CALL", NBT_NRC_NAMERR);
    assert_int_equal(effect(&d, RC_APP_ERROR)->ncb.retcode, NBT_NRC_NAMERR);
    assert_desk(&d, "missed netbios; say name-refused; error name-refused; slot-back; "
                    "exit name-refused");
    desk_fini(&d);
}

static void a_group_name_is_given_back_as_any_other(void **state)
{
    (void)state;
    desk d;
    begin_netbios(&d, RC_KEEP_ATTEMPT, RC_POLICY_GROUP);
    desk_do(&d, RC_CMD_CLOSE, 0);
    desk_answer(&d, "HANG UP", NBT_NRC_GOODRET);
    desk_answer(&d, "DELETE NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "closed viewer; SEND #7 bye; HANG UP #7; DELETE NAME CONSOLE1<41> @0; "
                    "name-returned; slot-back; exit done");
    desk_fini(&d);
}

/* ---- several LANAs, RESET, and finding out names ---- */

static void every_lana_is_claimed_in_turn(void **state)
{
    (void)state;
    static const uint8_t lanas[] = { 3, 5 };
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.protocols = RC_SPEAKS_NETBIOS;
    cfg.lanas = lanas;
    cfg.nlanas = 2;
    begin(&d, &cfg);
    assert_desk(&d, "ADD NAME CONSOLE1<41> @3");
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "claimed 1; ADD NAME CONSOLE1<41> @5");
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "claimed 1; trying netbios; CALL CONSOLE1<41>>CLIENT1<43> @3");
    desk_answer(&d, "CALL", NBT_NRC_NOCALL);
    assert_desk(&d, "missed netbios; trying netbios; CALL CONSOLE1<41>>CLIENT1<43> @5");
    desk_session(&d, "CALL", 7); /* the name on the other LANA is of no use */
    assert_desk(&d, "DELETE NAME CONSOLE1<41> @3; SEND #7 rights");
    desk_fini(&d);
}

static void the_second_adapter_may_be_refused_by_the_first(void **state)
{
    (void)state;
    static const uint8_t lanas[] = { 0, 1 };
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.lanas = lanas;
    cfg.nlanas = 2;
    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    desk_said(&d);
    desk_answer(&d, "ADD NAME", NBT_NRC_INUSE);
    assert_int_equal(effect(&d, RC_APP_CLAIM_REFUSED)->ncb.lana, 1);
    assert_desk(&d, "claim-refused 1; say name-refused; error name-refused; "
                    "DELETE NAME CONSOLE1<41> @0");
    desk_answer(&d, "DELETE NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "name-returned; slot-back; exit name-refused");
    desk_fini(&d);
}

static void the_driver_may_want_a_reset_first(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_ENVNOTDEF);
    assert_desk(&d, "ADD NAME CONSOLE1<41> @0; RESET @0");
    desk_answer(&d, "RESET", NBT_NRC_GOODRET);
    assert_desk(&d, "ADD NAME CONSOLE1<41> @0");
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "claimed 1; trying tcp; open 2 10.0.0.2:1761");
    desk_fini(&d);

    begin(&d, &cfg); /* once is enough */
    desk_answer(&d, "ADD NAME", NBT_NRC_ENVNOTDEF);
    desk_answer(&d, "RESET", NBT_NRC_GOODRET);
    desk_said(&d);
    desk_answer(&d, "ADD NAME", NBT_NRC_ENVNOTDEF);
    assert_desk(&d, "claim-refused 1; say no-netbios; error netbios-failed; slot-back; "
                    "exit netbios-failed");
    desk_fini(&d);
}

static void the_machine_is_the_first_unique_00_name(void **state)
{
    (void)state;
    static const char *const names[] = { "CONSOLE9<20>", "+WORKGROUP<00>", "CONSOLE9<00>",
                                         "OTHER<00>", "" };
    static const char *const none[] = { "+WORKGROUP<00>", "CONSOLE9<20>", "" };
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.console = NULL;
    begin(&d, &cfg);
    assert_desk(&d, "ADAPTER STATUS @0");
    desk_status(&d, NBT_NRC_GOODRET, names);
    assert_desk(&d, "ADD NAME CONSOLE9<41> @0");
    desk_fini(&d);

    begin(&d, &cfg);
    desk_said(&d);
    desk_status(&d, NBT_NRC_GOODRET, none);
    assert_text(&d, effect(&d, RC_APP_SAY), "Unable to get workstation name. Used Lana:0");
    assert_text(&d, effect(&d, RC_APP_ERROR),
                "the driver holds no unique name with the suffix 00: give --console NAME");
    assert_int_equal(effect(&d, RC_APP_ERROR)->ncb.command, 0); /* no command has failed */
    assert_desk(&d, "say no-machine-name; error netbios-failed; slot-back; exit netbios-failed");
    desk_fini(&d);

    cfg.protocols = RC_SPEAKS_TCP; /* the name is wanted, not claimed */
    begin(&d, &cfg);
    desk_status(&d, NBT_NRC_GOODRET, names);
    assert_desk(&d, "ADAPTER STATUS @0; trying tcp; open 2 10.0.0.2:1761");
    desk_fini(&d);
}

static void all_lanas_are_those_of_the_driver(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.nlanas = 0;
    begin(&d, &cfg);
    assert_desk(&d, "LANA ENUM @0");
    desk_answer_with(&d, "LANA ENUM", NBT_NRC_GOODRET, "\x02\x04\x06", 3);
    assert_desk(&d, "ADD NAME CONSOLE1<41> @4");
    desk_fini(&d);

    begin(&d, &cfg);
    desk_said(&d);
    desk_answer_with(&d, "LANA ENUM", NBT_NRC_GOODRET, "\0", 1);
    assert_desk(&d, "say no-lanas; error netbios-failed; slot-back; exit netbios-failed");
    desk_fini(&d);

    begin(&d, &cfg);
    desk_said(&d);
    desk_answer(&d, "LANA ENUM", NBT_NRC_SYSTEM);
    assert_desk(&d, "say no-lana-list; error netbios-failed; slot-back; exit netbios-failed");
    desk_fini(&d);
}

/* ---- finding the client ---- */

static void an_address_can_be_asked_for(void **state)
{
    (void)state;
    uint8_t data[NBT_FIND_HEAD_LEN + NBT_FIND_NODE_LEN];
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.address = 0;
    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "ADD NAME CONSOLE1<41> @0; claimed 1; trying tcp; FIND NAME CLIENT1<00> @0");
    nbt_wr w;
    nbt_find head = { .nodes = 1 };
    nbt_wr_init(&w, data, sizeof data);
    nbt_find_wr(&w, &head);
    nbt_find_node_wr(&w, 0x0A000009);
    desk_answer_with(&d, "FIND NAME", NBT_NRC_GOODRET, data, w.at);
    assert_desk(&d, "trying tcp; open 2 10.0.0.9:1761");
    desk_fini(&d);

    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    desk_said(&d);
    desk_answer(&d, "FIND NAME", NBT_NRC_CMDTMO);
    assert_desk(&d, "missed tcp; trying netbios; CALL CONSOLE1<41>>CLIENT1<43> @0");
    desk_fini(&d);
}

/* KB Q226297: the name, then every address that is known, then NetBIOS. */
static void every_address_is_tried_in_turn(void **state)
{
    (void)state;
    static const uint32_t more[] = { 0x0A000003, 0x0A000004 };
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.address = 0;
    cfg.more = more;
    cfg.nmore = 2;
    cfg.profile = rc_profile_find("sms2.0sp2", 9);
    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    desk_said(&d);
    desk_answer(&d, "FIND NAME", NBT_NRC_CMDTMO);
    assert_desk(&d, "missed tcp; trying tcp; open 2 10.0.0.3:2701");
    desk_tcp(&d, NBT_TCP_UNREACHABLE, 2);
    assert_desk(&d, "missed tcp; trying tcp; open 4 10.0.0.4:2701");
    desk_tcp(&d, NBT_TCP_REFUSED, 4); /* the other port; who the name is nobody knew before */
    assert_desk(&d, "missed tcp; trying tcp; open 6 10.0.0.3:1761");
    desk_tcp(&d, NBT_TCP_REFUSED, 6);
    assert_desk(&d, "missed tcp; trying tcp; open 8 10.0.0.4:1761");
    desk_tcp(&d, NBT_TCP_REFUSED, 8);
    assert_desk(&d, "missed tcp; trying netbios; CALL CONSOLE1<41>>CLIENT1<43> @0");
    desk_fini(&d);
}

static void every_way_is_tried_before_giving_up(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.profile = rc_profile_find("sms2.0sp2", 9);
    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "ADD NAME CONSOLE1<41> @0; claimed 1; trying tcp; open 2 10.0.0.2:2701");
    desk_tcp(&d, NBT_TCP_REFUSED, 2);
    assert_desk(&d, "missed tcp; trying tcp; open 4 10.0.0.2:1761");
    assert_int_equal(desk_due_ms(&d), 10000);
    desk_at(&d, 9999);
    assert_desk(&d, "");
    desk_at(&d, 10000);
    assert_desk(&d, "abort 4; missed tcp; trying netbios; CALL CONSOLE1<41>>CLIENT1<43> @0");
    desk_answer(&d, "CALL", NBT_NRC_NOCALL);
    assert_int_equal(effect(&d, RC_APP_ERROR)->ncb.command, NBT_NCB_CALL);
    assert_desk(&d, "missed netbios; say agent-not-found; error not-found; "
                    "DELETE NAME CONSOLE1<41> @0");
    desk_answer(&d, "DELETE NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "name-returned; slot-back; exit not-found");
    desk_fini(&d);
}

static void an_earlier_product_announces_its_phases(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.profile = rc_profile_find("sms1.2", 6);
    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "say locating; ADD NAME CONSOLE1<41> @0; claimed 1; trying netbios; "
                    "CALL CONSOLE1<41>>CLIENT1<43> @0"); /* no TCP: its sockets were UDP */
    desk_answer(&d, "CALL", NBT_NRC_REMTFUL);
    assert_desk(&d, "missed netbios; say unable-to-locate; error not-found; "
                    "DELETE NAME CONSOLE1<41> @0");
    desk_fini(&d);

    static const uint8_t lanas[] = { 0, 1 };
    cfg.lanas = lanas;
    cfg.nlanas = 2;
    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    desk_said(&d);
    desk_answer(&d, "CALL", NBT_NRC_NOCALL);
    assert_desk(&d, "missed netbios; say trying-more; trying netbios; "
                    "CALL CONSOLE1<41>>CLIENT1<43> @1");
    desk_fini(&d);
}

static void what_a_failed_call_means(void **state)
{
    (void)state;
    static const struct {
        uint8_t retcode;
        rc_end end;
    } rows[] = {
        { NBT_NRC_NOCALL, RC_END_NOT_FOUND }, { NBT_NRC_REMTFUL, RC_END_NOT_FOUND },
        { NBT_NRC_CMDTMO, RC_END_NOT_FOUND }, { NBT_NRC_SABORT, RC_END_NOT_FOUND },
        { NBT_NRC_NAMCONF, RC_END_NAME }, /* the console's own name is in conflict */
        { NBT_NRC_NOWILD, RC_END_NAME },      { NBT_NRC_LOCTFUL, RC_END_NETBIOS },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        desk d;
        rc_viewer_cfg cfg = desk_viewer_cfg();
        cfg.protocols = RC_SPEAKS_NETBIOS;
        begin(&d, &cfg);
        desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
        desk_answer(&d, "CALL", rows[i].retcode);
        assert_int_equal(effect(&d, RC_APP_ERROR)->value, rows[i].end);
        assert_int_equal(effect(&d, RC_APP_ERROR)->ncb.retcode, rows[i].retcode);
        desk_fini(&d);
    }
}

/* ---- rights ---- */

static void every_verdict_has_its_end(void **state)
{
    (void)state;
    static const struct {
        rc_verdict verdict;
        const char *said;
    } rows[] = {
        { RC_VERDICT_BUSY, "say busy; error client-busy; close 2" },
        { RC_VERDICT_NO_RIGHTS, "say no-rights; error no-rights; close 2" },
        { RC_VERDICT_NO_CONTEXT, "say no-context; error no-rights; close 2" },
        { RC_VERDICT_REFUSED, "say user-refused; error permission-denied; close 2" },
        { RC_VERDICT_SILENT, "say user-silent; error permission-denied; close 2" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        desk d;
        rc_viewer_cfg cfg = desk_viewer_cfg();
        cfg.protocols = RC_SPEAKS_TCP;
        begin(&d, &cfg);
        desk_tcp(&d, NBT_TCP_OPENED, 2);
        desk_said(&d);
        verdict(&d, false, rows[i].verdict);
        char want[200] = "";
        const char *close = strstr(rows[i].said, "close");
        strncat(want, rows[i].said, (size_t)(close - rows[i].said));
        strcat(want, "send 2 bye; close 2");
        assert_desk(&d, want);
        desk_fini(&d);
    }
}

static void while_the_user_is_asked_there_is_time(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.protocols = RC_SPEAKS_TCP;
    begin(&d, &cfg);
    desk_tcp(&d, NBT_TCP_OPENED, 2);
    desk_said(&d);
    assert_int_equal(desk_due_ms(&d), 10000);
    rc_msg wait = { .type = RC_MSG_WAIT, .seconds = 60 };
    desk_stream(&d, 2, &wait);
    assert_desk(&d, "waiting 60");
    assert_int_equal(desk_due_ms(&d), 70000);
    desk_at(&d, 69999);
    assert_desk(&d, "");
    desk_at(&d, 70000);
    assert_desk(&d, "say no-answer; error session-lost; send 2 bye; close 2");
    desk_at(&d, 80000); /* the other side never closes */
    assert_desk(&d, "abort 2; slot-back; exit session-lost");
    desk_fini(&d);
}

static void a_function_that_cannot_be_opened_is_the_end(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    desk_tcp(&d, NBT_TCP_OPENED, 2);
    desk_answer(&d, "DELETE NAME", NBT_NRC_GOODRET);
    verdict(&d, false, RC_VERDICT_GRANTED);
    desk_said(&d);
    desk_tcp(&d, NBT_TCP_REFUSED, 4); /* and no CALL: the client was found */
    assert_desk(&d, "say no-answer; error session-lost; send 2 bye; close 2");
    desk_fini(&d);
}

/* ---- the session ---- */

static void screen(desk *d, const char *diff_hex)
{
    uint8_t diff[100];
    size_t n = hex_bytes(diff_hex, diff, sizeof diff);
    rc_msg m = { .type = RC_MSG_SCREEN, .unpacked = (uint16_t)n, .data = { diff, n } };
    desk_stream(d, 4, &m);
}

static void the_screen_follows_the_clients(void **state)
{
    (void)state;
    desk d;
    char row[RC_COLUMNS + 1];
    begin_tcp(&d, RC_KEEP_ATTEMPT);
    screen(&d, "0052 0050 0002 4849 0707");
    assert_int_equal(effect(&d, RC_APP_SCREEN)->value, 1 << 1);
    rc_screen_row(rc_viewer_screen(d.viewer), 1, row);
    assert_string_equal(row, "HI");
    assert_int_equal(rc_viewer_screen(d.viewer)->cursor, 0x52);
    desk_said(&d);
    screen(&d, "0000 FFFF 0001 48 07");
    assert_text(&d, effect(&d, RC_APP_ERROR), "unknown value in FIRST at octet 2");
    assert_int_equal(desk_last(&d, RC_MSG_BYE).bye, RC_BYE_NONSENSE);
    assert_desk(&d, "closed viewer; say nonsense; error bad-message; send 4 bye; close 4");
    desk_fini(&d);
}

static void keys_go_out_as_fast_as_they_are_taken(void **state)
{
    (void)state;
    desk d;
    begin_netbios(&d, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
    desk_answer(&d, "SEND", NBT_NRC_GOODRET); /* rights, open */
    desk_answer(&d, "SEND", NBT_NRC_GOODRET);
    desk_type(&d, "a");
    desk_type(&d, "b");
    assert_desk(&d, "SEND #7 keys; SEND #7 keys");
    desk_type(&d, "c");
    desk_type(&d, "d");
    assert_desk(&d, ""); /* two are on their way */
    desk_answer(&d, "SEND", NBT_NRC_GOODRET);
    rc_msg keys = desk_last(&d, RC_MSG_KEYS);
    assert_int_equal(keys.data.n, 2);
    assert_memory_equal(keys.data.p, "cd", 2);
    assert_desk(&d, "SEND #7 keys");
    desk_fini(&d);
}

static void typing_may_have_to_wait(void **state)
{
    (void)state;
    desk d;
    char many[1025] = "";
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.protocols = RC_SPEAKS_TCP;
    begin(&d, &cfg);
    desk_said(&d);
    memset(many, 'x', sizeof many - 1);
    desk_type(&d, many); /* long before there is a session */
    assert_desk(&d, "");
    desk_type(&d, many);
    assert_desk(&d, "keys 0");
    go_tcp(&d);
    assert_desk(&d, "send 2 rights; open 4 10.0.0.2:1762; send 4 open; connected tcp; send 4 keys; "
                    "keys 1; send 4 keys");
    desk_fini(&d);
}

static void round_trips_are_made_one_after_the_other(void **state)
{
    (void)state;
    desk d;
    begin_tcp(&d, RC_KEEP_ATTEMPT);
    desk_do(&d, RC_CMD_PING, 2);
    assert_desk(&d, "send 4 ping");
    desk_at(&d, 5);
    rc_msg pong = { .type = RC_MSG_PONG, .serial = 99 };
    desk_stream(&d, 4, &pong); /* a stray one */
    assert_desk(&d, "");
    pong.serial = 1;
    desk_stream(&d, 4, &pong);
    assert_desk(&d, "ping 5000; send 4 ping");
    assert_int_equal(desk_due_ms(&d), 10005);
    desk_at(&d, 10004);
    assert_desk(&d, "");
    desk_at(&d, 10005);
    assert_desk(&d, "ping -1");
    assert_int_equal(desk_due_ms(&d), -1);
    desk_fini(&d);
}

static void finishing_waits_for_keys_and_round_trips(void **state)
{
    (void)state;
    desk d;
    rc_msg pong = { .type = RC_MSG_PONG, .serial = 1 };
    begin_tcp(&d, RC_KEEP_ATTEMPT);
    desk_type(&d, "dir\r");
    desk_do(&d, RC_CMD_PING, 1);
    desk_do(&d, RC_CMD_FINISH, 0);
    assert_desk(&d, "send 4 keys; send 4 ping");
    desk_stream(&d, 4, &pong); /* it has come behind the keys, too */
    assert_desk(&d, "ping 0; closed viewer; send 4 bye; close 4");
    desk_fini(&d);

    begin_tcp(&d, RC_KEEP_ATTEMPT);
    desk_type(&d, "dir\r");
    desk_do(&d, RC_CMD_FINISH, 0);
    assert_desk(&d, "send 4 keys; send 4 ping"); /* one that nobody asked for, to be sure */
    desk_stream(&d, 4, &pong);
    assert_desk(&d, "closed viewer; send 4 bye; close 4");
    desk_fini(&d);
}

static void a_session_can_end_from_the_other_side(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        nbt_tcp_kind kind;
        const char *said;
    } rows[] = {
        { "closed", NBT_TCP_EOF,
          "close 4; closed loss; say lost; error session-lost; send 2 bye; close 2" },
        { "broken", NBT_TCP_RESET,
          "closed loss; say lost; error session-lost; send 2 bye; close 2" },
    };
    desk d;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s\n", rows[i].label);
        begin_tcp(&d, RC_KEEP_ATTEMPT);
        desk_tcp(&d, rows[i].kind, 4);
        assert_desk(&d, rows[i].said);
        desk_fini(&d);
    }
    begin_tcp(&d, RC_KEEP_ATTEMPT);
    rc_msg bye = { .type = RC_MSG_BYE, .bye = RC_BYE_STOPPED };
    desk_stream(&d, 4, &bye);
    assert_desk(&d, "closed client; say client-ended; error session-lost; send 4 bye; close 4");
    desk_fini(&d);

    begin_netbios(&d, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
    desk_answer(&d, "RECEIVE", NBT_NRC_SABORT);
    assert_int_equal(effect(&d, RC_APP_ERROR)->ncb.retcode, NBT_NRC_SABORT);
    assert_desk(&d, "closed loss; say lost; error session-lost; DELETE NAME CONSOLE1<41> @0");
    desk_fini(&d);
}

static void messages_out_of_turn_are_nonsense(void **state)
{
    (void)state;
    static const rc_msg_type early[] = { RC_MSG_OPENED, RC_MSG_PONG, RC_MSG_RIGHTS, RC_MSG_OPEN,
                                         RC_MSG_PING };
    for (size_t i = 0; i < LENGTH_OF(early); i++) {
        desk d;
        rc_viewer_cfg cfg = desk_viewer_cfg();
        rc_msg m = { .type = early[i] };
        cfg.protocols = RC_SPEAKS_TCP;
        begin(&d, &cfg);
        desk_tcp(&d, NBT_TCP_OPENED, 2);
        desk_said(&d);
        desk_stream(&d, 2, &m);
        assert_desk(&d, "say nonsense; error bad-message; send 2 bye; close 2");
        desk_fini(&d);
    }
}

static void rubbish_is_described(void **state)
{
    (void)state;
    desk d;
    begin_tcp(&d, RC_KEEP_ATTEMPT);
    desk_bytes(&d, 4, "\x00\x02\x01\x63 and so on", 14);
    assert_text(&d, effect(&d, RC_APP_ERROR), "unknown value in TYPE at octet 1");
    assert_desk(&d, "closed viewer; say nonsense; error bad-message; send 4 bye; close 4");
    desk_fini(&d);
    begin_tcp(&d, RC_KEEP_ATTEMPT);
    desk_bytes(&d, 4, "SSH-2.0", 7);
    assert_text(&d, effect(&d, RC_APP_ERROR),
                "no message has the length 21331 that octets 0 and 1 give");
    desk_fini(&d);
}

/* ---- ends that come early, and drivers that go ---- */

static void closing_early_leaves_the_rest_to_the_driver(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    begin(&d, &cfg);
    desk_said(&d);
    desk_do(&d, RC_CMD_CLOSE, 0); /* ADD NAME cannot be cancelled */
    assert_desk(&d, "slot-back; exit done");
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    assert_desk(&d, "");
    desk_fini(&d);

    begin(&d, &cfg);
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    desk_said(&d);
    desk_do(&d, RC_CMD_CLOSE, 0);
    assert_desk(&d, "abort 2; DELETE NAME CONSOLE1<41> @0");
    desk_at(&d, 10000); /* a driver that does not answer holds nobody up for ever */
    assert_desk(&d, "slot-back; exit done");
    desk_fini(&d);
}

static void without_a_driver_tcp_alone_goes_on(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    desk_viewer(&d, &cfg);
    desk_start(&d);
    desk_gone(&d);
    desk_said(&d);
    desk_do(&d, RC_CMD_SLOT, 1);
    assert_desk(&d, "error netbios-failed; slot-back; exit netbios-failed");
    desk_fini(&d);

    cfg.protocols = RC_SPEAKS_TCP;
    desk_viewer(&d, &cfg);
    desk_start(&d);
    desk_gone(&d);
    desk_said(&d);
    desk_do(&d, RC_CMD_SLOT, 1);
    assert_desk(&d, "trying tcp; open 2 10.0.0.2:1761");
    desk_fini(&d);

    cfg.address = 0;
    desk_viewer(&d, &cfg);
    desk_start(&d);
    desk_gone(&d);
    desk_said(&d);
    desk_do(&d, RC_CMD_SLOT, 1);
    assert_desk(&d, "missed tcp; say agent-not-found; error not-found; slot-back; exit not-found");
    desk_fini(&d);
}

static void a_driver_that_goes_takes_its_sessions_with_it(void **state)
{
    (void)state;
    desk d;
    begin_netbios(&d, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
    desk_gone(&d);
    assert_desk(&d, "closed loss; error netbios-failed; slot-back; exit netbios-failed");
    desk_fini(&d);

    rc_viewer_cfg cfg = desk_viewer_cfg();
    begin(&d, &cfg); /* while TCP is being tried: that goes on, but nothing comes behind it */
    desk_answer(&d, "ADD NAME", NBT_NRC_GOODRET);
    desk_gone(&d);
    desk_said(&d);
    desk_tcp(&d, NBT_TCP_REFUSED, 2);
    assert_desk(&d, "missed tcp; say agent-not-found; error not-found; slot-back; exit not-found");
    desk_fini(&d);

    begin_tcp(&d, RC_KEEP_HELD); /* a session over TCP does not need it */
    desk_gone(&d);
    assert_desk(&d, "");
    desk_do(&d, RC_CMD_CLOSE, 0);
    desk_tcp(&d, NBT_TCP_EOF, 4);
    desk_tcp(&d, NBT_TCP_EOF, 2);
    assert_desk(&d, "closed viewer; send 4 bye; close 4; close 2; slot-back; exit done");
    desk_fini(&d);
}

static void a_viewer_without_memory_is_none(void **state)
{
    (void)state;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    rc_viewer *v = NULL;
    for (size_t nth = 1; !v; nth++) {
        test_mem mem = { .fail_at = nth };
        v = rc_viewer_new(test_mem_of(&mem), &cfg);
        assert_true(v || mem.blocks == 0);
        rc_viewer_free(v);
    }
    rc_viewer_free(NULL);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", without_a_place_nothing_is_claimed),
    NBT_TEST("", tcp_claims_the_name_first_and_gives_it_back),
    NBT_TEST("", netbios_keeps_the_name_until_its_session_is_closed),
    NBT_TEST("", a_name_that_is_held_is_returned_at_the_end),
    NBT_TEST("", tcp_alone_never_claims),
    NBT_TEST("", each_policy_meets_each_refusal),
    NBT_TEST("", a_refusal_has_its_control_block_and_the_products_words),
    NBT_TEST("", numbers_are_tried_up_to_nine),
    NBT_TEST("", tolerant_without_another_transport_ends),
    NBT_TEST("", a_shared_name_is_never_deleted),
    NBT_TEST("", the_owner_of_a_shared_name_leaves_others_sessions_alone),
    NBT_TEST("", a_shared_name_that_went_away_is_claimed_anew),
    NBT_TEST("", a_shared_name_that_stays_away_is_given_up),
    NBT_TEST("", a_group_name_is_given_back_as_any_other),
    NBT_TEST("", every_lana_is_claimed_in_turn),
    NBT_TEST("", the_second_adapter_may_be_refused_by_the_first),
    NBT_TEST("", the_driver_may_want_a_reset_first),
    NBT_TEST("", the_machine_is_the_first_unique_00_name),
    NBT_TEST("", all_lanas_are_those_of_the_driver),
    NBT_TEST("", an_address_can_be_asked_for),
    NBT_TEST("", every_address_is_tried_in_turn),
    NBT_TEST("", every_way_is_tried_before_giving_up),
    NBT_TEST("", an_earlier_product_announces_its_phases),
    NBT_TEST("", what_a_failed_call_means),
    NBT_TEST("", every_verdict_has_its_end),
    NBT_TEST("", while_the_user_is_asked_there_is_time),
    NBT_TEST("", a_function_that_cannot_be_opened_is_the_end),
    NBT_TEST("", the_screen_follows_the_clients),
    NBT_TEST("", keys_go_out_as_fast_as_they_are_taken),
    NBT_TEST("", typing_may_have_to_wait),
    NBT_TEST("", round_trips_are_made_one_after_the_other),
    NBT_TEST("", finishing_waits_for_keys_and_round_trips),
    NBT_TEST("", a_session_can_end_from_the_other_side),
    NBT_TEST("", messages_out_of_turn_are_nonsense),
    NBT_TEST("", rubbish_is_described),
    NBT_TEST("", closing_early_leaves_the_rest_to_the_driver),
    NBT_TEST("", without_a_driver_tcp_alone_goes_on),
    NBT_TEST("", a_driver_that_goes_takes_its_sessions_with_it),
    NBT_TEST("", a_viewer_without_memory_is_none),
};

NBT_MAIN("viewer", tests)
