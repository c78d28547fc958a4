/*
 * The programs on an emulated host: which control blocks moves of the capture become, and when.
 */
#include "tests/support/test.h"

#include "nbt/mem.h"
#include "nbt/profile.h"
#include "nbt/text.h"
#include "tests/support/mem.h"
#include "tools/replay/hand.h"

static test_mem memory;
static nbt_out out;
static replay_hand *hand;

static void begin(void)
{
    nbt_lana_cfg lana = { .ip = 0x0A000001, .broadcast = 0x0A0000FF, .mask = 0xFFFFFF00 };
    memset(&memory, 0, sizeof memory);
    nbt_out_init(&out, test_mem_of(&memory));
    hand = replay_hand_new(&(replay_hand_cfg){ .mem = test_mem_of(&memory),
                                               .seed = 1,
                                               .profile = nbt_profile_find("rfc", 3),
                                               .lanas = &lana,
                                               .nlanas = 1 });
    assert_non_null(hand);
}

static void end(void)
{
    replay_hand_free(hand);
    nbt_out_fini(&out);
    assert_int_equal(0, memory.blocks);
}

/* The host makes a move of this text at a time. */
static bool moves(nbt_time at, const char *text, nbt_ep to)
{
    static uint8_t arena[2048], bytes[2048];
    nbt_msg m;
    nbt_text_err err;
    nbt_wr w;
    assert_true(nbt_text_parse(&m, text, strlen(text), arena, sizeof arena, &err));
    nbt_wr_init(&w, bytes, sizeof bytes);
    nbt_msg_wr(&w, &m);
    cap_move move = { .kind = CAP_MOVE_DATAGRAM,
                      .to_all = to.ip == 0x0A0000FF,
                      .from = { 0x0A000001, to.port },
                      .to = to,
                      .bytes = { bytes, w.at },
                      .msg = &m };
    return replay_hand_move(hand, at, 0, &move);
}

/* The only control block of that time; its end with this return code. */
static nbt_ncb takes(nbt_time now, unsigned command, uint8_t retcode)
{
    assert_int_equal(now, replay_hand_ops.due(hand));
    nbt_out_clear(&out);
    replay_hand_ops.tick(hand, now, &out);
    assert_int_equal(1, out.n);
    assert_int_equal(NBT_ACT_NCB, out.acts[0].kind);
    nbt_ncb ncb = out.acts[0].ncb;
    uint32_t tag = out.acts[0].tag;
    assert_int_equal(command, nbt_ncb_verb(&ncb));
    ncb.retcode = retcode;
    nbt_out_clear(&out);
    replay_hand_ops.ncb(hand, now, NBT_IPC_DONE, tag, &ncb, (nbt_bytes){ NULL, 0 }, &out);
    return ncb;
}

static const nbt_ep all = { 0x0A0000FF, 137 }, all_dgm = { 0x0A0000FF, 138 };

static void names(void **state)
{
    (void)state;
    begin();
    assert_int_equal(NBT_NEVER, replay_hand_ops.due(hand));
    assert_true(moves(200, "release-demand FRED<20> id=0x0002 owner=10.0.0.1 node=B unique", all));
    assert_true(moves(
        100, "registration-request FRED<20> id=0x0001 b=1 owner=10.0.0.1 node=B unique", all));
    assert_true(
        moves(150, "registration-request LAB<00> id=0x0003 b=1 owner=10.0.0.1 node=B group", all));
    /* in the order of their times */
    nbt_ncb ncb = takes(100, NBT_NCB_ADD_NAME, NBT_NRC_GOODRET);
    assert_memory_equal("FRED            ", ncb.name, 15);
    (void)takes(150, NBT_NCB_ADD_GROUP_NAME, NBT_NRC_GOODRET);
    (void)takes(200, NBT_NCB_DELETE_NAME, NBT_NRC_GOODRET);
    /* who takes calls does so when the name is there */
    replay_hand_listen(hand, 0, (const uint8_t *)"LISA            ");
    replay_hand_add(hand, 300, 0, (const uint8_t *)"LISA            ", false);
    (void)takes(300, NBT_NCB_ADD_NAME, NBT_NRC_GOODRET);
    assert_int_equal(1, out.n);
    assert_int_equal(NBT_NCB_LISTEN, nbt_ncb_verb(&out.acts[0].ncb));
    end();
}

/* They wait until their name is added; from one that is not to be, none is sent. */
static void datagrams(void **state)
{
    (void)state;
    static const char said[] = "direct-group-datagram LAB<1E> id=0x0001 from=FRED<20> "
                               "source=10.0.0.1:138 node=B first data=\"hello\"";
    begin();
    assert_false(moves(10, said, all_dgm));
    assert_true(
        moves(20, "registration-request FRED<20> id=0x0001 b=1 owner=10.0.0.1 node=B unique", all));
    assert_true(moves(10, said, all_dgm));
    nbt_out_clear(&out);
    replay_hand_ops.tick(hand, 10, &out);
    assert_int_equal(0, out.n);
    (void)takes(20, NBT_NCB_ADD_NAME, NBT_NRC_GOODRET);
    nbt_time again = replay_hand_ops.due(hand);
    assert_true(again > 20 && again < NBT_S(1));
    nbt_ncb ncb = takes(again, NBT_NCB_SEND_DATAGRAM, NBT_NRC_GOODRET);
    assert_memory_equal("LAB            \x1e", ncb.callname, NBT_NAME_LEN);
    assert_int_equal(5, ncb.length);
    assert_int_equal(NBT_NEVER, replay_hand_ops.due(hand));
    end();
}

/* Of what was to be done while there was no power nothing is. */
static void without_power(void **state)
{
    (void)state;
    begin();
    replay_hand_add(hand, 100, 0, (const uint8_t *)"FRED            ", false);
    replay_hand_add(hand, 300, 0, (const uint8_t *)"LISA            ", false);
    replay_hand_forget(hand, 200);
    nbt_ncb ncb = takes(300, NBT_NCB_ADD_NAME, NBT_NRC_GOODRET);
    assert_memory_equal("LISA            ", ncb.name, 15);
    end();
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", names),
    NBT_TEST("", datagrams),
    NBT_TEST("", without_power),
};

NBT_MAIN("hand", tests)
