/*
 * Names as programs see them: every way in which a name can be refused, and what deleting one and
 * losing one does to the commands and sessions under it.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/draft.h"
#include "tests/support/driver.h"

static driver d;

static int setup(void **state)
{
    (void)state;
    driver_init(&d, NULL, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    driver_fini(&d);
    return 0;
}

static void restart(const nbt_profile *profile, size_t lanas)
{
    driver_fini(&d);
    driver_init(&d, profile, lanas);
}

static void add(uint32_t proc, uint32_t tag, const char *name)
{
    driver_submit(&d, proc, tag, NBT_NCB_ADD_NAME, name, NULL);
}

static void add_group(uint32_t proc, uint32_t tag, const char *name)
{
    driver_submit(&d, proc, tag, NBT_NCB_ADD_GROUP_NAME, name, NULL);
}

static void delete_name(uint32_t proc, uint32_t tag, const char *name)
{
    driver_submit(&d, proc, tag, NBT_NCB_DELETE_NAME, name, NULL);
}

static void listen(uint32_t proc, uint32_t tag, const char *name)
{
    driver_submit(&d, proc, tag, NBT_NCB_LISTEN, name, "*<00>");
}

/* NAME CONFLICT DEMAND for a name, RFC 1002 4.2.8. */
static void demand(const char *name)
{
    packet p = build_address_answer(77, NBT_WORD_CONFLICT_DEMAND, name, 0, 0, "0.0.0.0");
    driver_hear(&d, "10.0.0.9", "10.0.0.1", &p);
}

/* The flags that ADAPTER STATUS gives for a name; -1 if the name is not there. */
static int flags_of(const char *name)
{
    nbt_ncb ncb = driver_ncb(NBT_NCB_ADAPTER_STATUS, NULL, "*<00>");
    ncb.length = sizeof d.data;
    driver_do(&d, 99, 1, ncb, NULL, 0);
    (void)driver_said(&d);
    nbt_rd r;
    nbt_astat s;
    nbt_rd_init(&r, d.data, d.ndata);
    nbt_astat_rd(&r, &s);
    while (nbt_rd_left(&r) > 0) {
        nbt_astat_name n;
        nbt_astat_name_rd(&r, &n);
        if (memcmp(n.name, name_of(name).b, NBT_NAME_LEN) == 0)
            return n.flags;
    }
    assert_rd_end(&r);
    return -1;
}

/* --- found in this computer's table: no packet ------------------------------------------------ */

static void a_name_that_this_program_has(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    (void)driver_hold(&d, 1, "GROUP<00>", true);
    add(1, 1, "FRED<20>");
    assert_driver(&d, "done 1/1 0D");
    add_group(1, 1, "FRED<20>");
    assert_driver(&d, "done 1/1 0D");
    add(1, 1, "GROUP<00>");
    assert_driver(&d, "done 1/1 0D");
    add_group(1, 1, "GROUP<00>");
    assert_driver(&d, "done 1/1 0D");
    add(1, 1, "FRED<41>"); /* another name: the 16th byte counts */
    assert_driver(&d, "registration-request FRED<41> to all");
}

static void a_name_that_another_program_has(void **state)
{
    (void)state;
    static const uint8_t codes[] = { NBT_NRC_DUPNAME, NBT_NRC_DUPENV };
    for (size_t i = 0; i < LENGTH_OF(codes); i++) {
        nbt_profile profile = driver_profile();
        profile.nrc_other_process = codes[i];
        restart(&profile, 1);
        char want[32];
        snprintf(want, sizeof want, "done 2/1 %02X", codes[i]);
        (void)driver_hold(&d, 1, "FRED<20>", false);
        (void)driver_hold(&d, 1, "GROUP<00>", true);
        add(2, 1, "FRED<20>");
        assert_driver(&d, want);
        add_group(2, 1, "FRED<20>");
        assert_driver(&d, want);
        add(2, 1, "GROUP<00>"); /* a group cannot be had as a unique name */
        assert_driver(&d, want);
        delete_name(2, 1, "FRED<20>"); /* nor be deleted by who has not added it */
        assert_driver(&d, "done 2/1 15");
        nbt_computer_gone(d.c, d.now, 1, &d.out);
        driver_pass(&d, 5000);
        (void)driver_said(&d);
        add(2, 1, "FRED<20>"); /* free now */
        assert_driver(&d, "registration-request FRED<20> to all");
    }
}

static void a_group_name_is_shared_and_counted(void **state)
{
    (void)state;
    uint8_t num = driver_hold(&d, 1, "GROUP<00>", true);
    char want[32];
    snprintf(want, sizeof want, "done 2/1 00 num %u", num);
    add_group(2, 1, "GROUP<00>"); /* no packet: the adapter is a member already */
    assert_driver(&d, want);
    add_group(2, 1, "GROUP<00>");
    assert_driver(&d, "done 2/1 0D");
    listen(1, 5, "GROUP<00>");
    listen(2, 5, "GROUP<00>");
    delete_name(1, 1, "GROUP<00>");
    assert_driver(&d, "done 1/5 17; done 1/1 00"); /* the other one's LISTEN goes on */
    delete_name(1, 1, "GROUP<00>");
    assert_driver(&d, "done 1/1 15");
    delete_name(2, 1, "GROUP<00>");
    assert_driver(&d, "release-demand GROUP<00> to all; done 2/5 17; done 2/1 00");
    assert_int_equal(flags_of("GROUP<00>"), -1);

    (void)driver_hold(&d, 1, "GROUP<00>", true);
    add_group(2, 1, "GROUP<00>");
    (void)driver_said(&d);
    nbt_computer_gone(d.c, d.now, 1, &d.out); /* who claimed it goes, the name stays */
    driver_pass(&d, 5000);
    assert_driver(&d, "");
    assert_int_equal(flags_of("GROUP<00>"), 0x84);
}

static void a_claim_that_is_still_running(void **state)
{
    (void)state;
    add(1, 1, "FRED<20>");
    add_group(1, 2, "GROUP<00>");
    (void)driver_said(&d);
    assert_int_equal(flags_of("FRED<20>"), 0x00);
    assert_int_equal(flags_of("GROUP<00>"), 0x80);
    add(1, 3, "FRED<20>");
    assert_driver(&d, "done 1/3 0D");
    add(2, 3, "FRED<20>"); /* no second claim, whoever asks */
    assert_driver(&d, "done 2/3 0D");
    add_group(2, 3, "GROUP<00>");
    assert_driver(&d, "done 2/3 0D");
    listen(1, 3, "FRED<20>"); /* nor any use of it yet */
    assert_driver(&d, "done 1/3 15");
    delete_name(1, 3, "FRED<20>");
    assert_driver(&d, "done 1/3 15");
    driver_receive_any(&d, 1, 3, 2);
    assert_driver(&d, "done 1/3 13");
    driver_submit(&d, 1, 3, NBT_NCB_SESSION_STATUS, "FRED<20>", NULL);
    assert_driver(&d, "done 1/3 15");
}

static void a_name_that_nobody_may_have(void **state)
{
    (void)state;
    add(1, 1, "*<00>");
    assert_driver(&d, "done 1/1 15");
    add_group(1, 1, "*SMBSERVER<20>");
    assert_driver(&d, "done 1/1 15");
    add(1, 1, "\\x00BC<20>");
    assert_driver(&d, "done 1/1 15");
    add_group(1, 1, "\\x00BC<20>");
    assert_driver(&d, "done 1/1 15");
    add_group(1, 1, "*<00>");
    assert_driver(&d, "done 1/1 15");
    delete_name(1, 1, "NOBODY<20>");
    assert_driver(&d, "done 1/1 15");
}

static void the_table_has_an_end(void **state)
{
    (void)state;
    bool used[256] = { false };
    nbt_ncb ncb = driver_ncb(NBT_NCB_ADD_NAME, "FRED<20>", NULL);
    for (uint32_t i = 0; i < 253; i++) { /* 253 besides the permanent name */
        ncb.name[1] = (uint8_t)(1 + i);
        driver_do(&d, 1 + i % 2, 100 + i, ncb, NULL, 0);
    }
    driver_pass(&d, 5000);
    for (size_t i = 0; i < d.out.n; i++) {
        const nbt_act *act = &d.out.acts[i];
        if (act->kind != NBT_ACT_DONE)
            continue;
        assert_int_equal(act->ncb.retcode, 0);
        assert_false(used[act->ncb.num]);
        used[act->ncb.num] = true;
    }
    for (unsigned num = 0; num < 256; num++)
        assert_int_equal(used[num], num >= 2 && num <= 254);
    nbt_out_clear(&d.out);
    add(1, 1, "ONEMORE<20>");
    assert_driver(&d, "done 1/1 0E");
    add_group(3, 1, "ONEMORE<20>");
    assert_driver(&d, "done 3/1 0E");
}

static void a_program_has_a_limit_of_names(void **state)
{
    (void)state;
    nbt_profile profile = driver_profile();
    profile.default_names = 2;
    restart(&profile, 1);
    (void)driver_hold(&d, 1, "ONE<20>", false);
    (void)driver_hold(&d, 2, "GROUP<00>", true);
    add(1, 1, "TWO<20>");
    (void)driver_said(&d);
    add(1, 2, "THREE<20>"); /* claims that run count */
    assert_driver(&d, "done 1/2 0E");
    add_group(1, 2, "GROUP<00>"); /* so do groups that are joined */
    assert_driver(&d, "done 1/2 0E");
    delete_name(1, 2, "ONE<20>");
    driver_pass(&d, 5000);
    (void)driver_said(&d);
    add_group(1, 2, "GROUP<00>");
    (void)driver_said(&d);
    assert_int_equal(d.ncb.retcode, 0);
    (void)driver_hold(&d, 2, "THREE<20>", false); /* another program has its own */

    delete_name(1, 2, "TWO<20>");
    driver_pass(&d, 5000);
    add(1, 2, "FOUR<20>");
    driver_refused(&d, "FOUR<20>", "10.0.0.9", NBT_RCODE_ACT_ERR);
    (void)driver_said(&d);
    (void)driver_hold(&d, 1, "FIVE<20>", false); /* a name that was refused does not count */
}

/* --- found on the wire ------------------------------------------------------------------------ */

static void a_claim_that_is_refused(void **state)
{
    (void)state;
    static const struct {
        unsigned rcode;
        const char *code;
    } rows[] = {
        { NBT_RCODE_FMT_ERR, "40" }, { NBT_RCODE_SRV_ERR, "40" }, { NBT_RCODE_IMP_ERR, "40" },
        { NBT_RCODE_RFS_ERR, "16" }, { NBT_RCODE_ACT_ERR, "16" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char want[128];
        snprintf(want, sizeof want, "registration-request FRED<20> to all; done 1/1 %s",
                 rows[i].code);
        add(1, 1, "FRED<20>");
        driver_refused(&d, "FRED<20>", "10.0.0.9", rows[i].rcode);
        assert_driver(&d, want);
        assert_int_equal(flags_of("FRED<20>"), -1);
    }
    (void)driver_hold(&d, 1, "FRED<20>", false); /* nothing of it stays behind */
}

/* What each adapter broadcasts, the other one hears. */
static void join_wires(driver *w)
{
    for (size_t i = 0; i < w->out.n; i++) {
        nbt_act act = w->out.acts[i];
        if (act.kind != NBT_ACT_SEND)
            continue;
        nbt_bytes seen = nbt_out_data(&w->out, &act);
        uint8_t *bytes = exact_copy(seen.p, seen.n);
        for (uint8_t lana = 0; lana < 2; lana++)
            if (act.to.ip == 0x0A0000FF || act.to.ip == (lana ? 0x0A000065 : 0x0A000001))
                nbt_computer_rx(w->c, w->now, lana, act.from, act.to, (nbt_bytes){ bytes, seen.n },
                                &w->out);
        free(bytes);
    }
}

static void two_adapters_on_one_wire(void **state)
{
    (void)state;
    restart(NULL, 2);
    (void)driver_hold(&d, 1, "FRED<20>", false);
    nbt_ncb ncb = driver_ncb(NBT_NCB_ADD_NAME, "FRED<20>", NULL);
    ncb.lana = 1; /* another table: nothing local speaks against it */
    driver_do(&d, 1, 1, ncb, NULL, 0);
    join_wires(&d);
    assert_driver(&d, "registration-request FRED<20> to all; "
                      "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.101; "
                      "done 1/1 16");
}

static void add_at(uint8_t lana, uint32_t tag, const char *name)
{
    nbt_ncb ncb = driver_ncb(NBT_NCB_ADD_NAME, name, NULL);
    ncb.lana = lana;
    driver_do(&d, 1, tag, ncb, NULL, 0);
}

static void delete_at(uint8_t lana, uint32_t tag, const char *name)
{
    nbt_ncb ncb = driver_ncb(NBT_NCB_DELETE_NAME, name, NULL);
    ncb.lana = lana;
    driver_do(&d, 1, tag, ncb, NULL, 0);
}

/* MS-NBTE 3.1.4: each interface has its own broadcast, and a no there is one for it alone. */
static void a_refusal_is_of_one_adapter(void **state)
{
    (void)state;
    restart(NULL, 2);
    add_at(0, 1, "FRED<20>");
    packet no = build_address_answer(0, 0xAD86, "FRED<20>", 0, 0, "10.0.0.9");
    assert_driver(&d, "registration-request FRED<20> to all");
    add_at(1, 2, "FRED<20>");
    assert_driver(&d, "registration-request FRED<20> to all");
    memcpy(no.b, (uint8_t[]){ (uint8_t)(d.last_id >> 8), (uint8_t)d.last_id }, 2);
    driver_hear(&d, "10.0.0.9", "10.0.0.101", &no);
    assert_driver(&d, "done 1/2 16");
    driver_pass(&d, 5000);
    assert_driver(&d, "registration-request FRED<20> to all; registration-request FRED<20> to all; "
                      "overwrite-demand FRED<20> to all; done 1/1 00 num 2");
}

/* MS-NBTE 3.1.4.2.1: that interface's servers. Every command here names its adapter, so that there
   is none that would go to all of them. */
static void each_adapter_has_its_own_servers(void **state)
{
    (void)state;
    driver_fini(&d);
    driver_init_two_servers(&d, NULL);
    add_at(0, 1, "FRED<20>");
    assert_driver(&d, "registration-request FRED<20> to 10.0.0.201");
    add_at(1, 2, "FRED<20>");
    assert_driver(&d, "registration-request FRED<20> to 10.0.0.202");
    nbt_ncb ncb = driver_ncb(NBT_NCB_FIND_NAME, NULL, "WILMA<20>");
    ncb.lana = 1;
    ncb.length = sizeof d.data;
    driver_do(&d, 1, 3, ncb, NULL, 0);
    assert_driver(&d, "query-request WILMA<20> to 10.0.0.202");
}

/* MS-NBTE 3.1.1, 3.1.4.1, 3.1.5.1, 4.1: where the profile has one conflict for all adapters, and
   where each has its own. */
static void a_conflict_concerns_all_adapters_or_one(void **state)
{
    (void)state;
    for (int everywhere = 0; everywhere < 2; everywhere++) {
        nbt_profile profile = driver_profile();
        profile.conflict_everywhere = everywhere;
        profile.negative_to_unicast = true;
        restart(&profile, 2);
        (void)driver_hold(&d, 1, "FRED<20>", false);
        add_at(1, 2, "FRED<20>");
        driver_pass(&d, 5000);
        (void)driver_said(&d);
        demand("FRED<20>"); /* on LANA 0 */
        (void)driver_said(&d);

        packet claim = build_request(0x4321, 0x2910, "FRED<20>", 0, 0, "10.0.0.9");
        nbt_bytes data = { claim.b, claim.n };
        nbt_ep him = { ip_of("10.0.0.9"), 137 }, all = { ip_of("10.0.0.255"), 137 };
        nbt_computer_rx(d.c, d.now, 0, him, all, data, &d.out);
        assert_driver(&d, "");
        nbt_computer_rx(d.c, d.now, 1, him, all, data, &d.out);
        assert_driver(
            &d, everywhere ? "" : "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9");

        /* Queries: the marked one is silent to broadcasts and says no, the other one says yes. */
        packet query = build_question(0x4321, 0x0110, "FRED<20>", NBT_RR_NB);
        data = (nbt_bytes){ query.b, query.n };
        nbt_computer_rx(d.c, d.now, 0, him, all, data, &d.out);
        assert_driver(&d, "");
        nbt_computer_rx(d.c, d.now, 1, him, all, data, &d.out);
        assert_driver(&d, "positive-query-response FRED<20> to 10.0.0.9");
        driver_hear(&d, "10.0.0.9", "10.0.0.1", &query);
        assert_driver(&d, "negative-query-response(NAM_ERR) FRED<20> to 10.0.0.9");
        driver_hear(&d, "10.0.0.9", "10.0.0.101", &query);
        assert_driver(&d, "positive-query-response FRED<20> to 10.0.0.9");

        /* Adding it where it is not, while it is in conflict elsewhere. */
        delete_at(1, 3, "FRED<20>");
        driver_pass(&d, 5000);
        (void)driver_said(&d);
        add_at(1, 4, "FRED<20>");
        assert_driver(&d, everywhere ? "done 1/4 19" : "registration-request FRED<20> to all");
        if (!everywhere)
            continue;
        delete_name(1, 5, "FRED<20>"); /* the mark goes with the name that has it */
        assert_driver(&d, "done 1/5 00");
        add_at(1, 6, "FRED<20>");
        assert_driver(&d, "registration-request FRED<20> to all");
    }
}

/* --- DELETE NAME ------------------------------------------------------------------------------ */

static void deleting_a_name_ends_what_waits_under_it(void **state)
{
    (void)state;
    uint8_t num = driver_hold(&d, 1, "FRED<20>", false);
    (void)driver_hold(&d, 1, "WILMA<20>", false);
    listen(1, 1, "FRED<20>");
    listen(1, 2, "WILMA<20>");
    listen(2, 3, "FRED<20>"); /* another program's, under this name */
    driver_receive_any(&d, 1, 4, num);
    driver_receive_any(&d, 1, 5, NBT_NUM_ANY);
    assert_driver(&d, "");
    delete_name(1, 9, "FRED<20>");
    assert_driver(&d, "release-demand FRED<20> to all; done 1/1 17; done 2/3 17; done 1/4 17; "
                      "done 1/9 00");
    driver_pass(&d, 5000);
    assert_driver(&d, "release-demand FRED<20> to all; release-demand FRED<20> to all");
}

static void deleting_a_name_with_sessions_waits_for_them(void **state)
{
    (void)state;
    uint8_t num = driver_hold(&d, 1, "FRED<20>", false);
    uint16_t first = driver_session(&d, 1, "FRED<20>");
    (void)driver_session(&d, 1, "FRED<20>");
    listen(1, 1, "FRED<20>");
    driver_receive_any(&d, 1, 2, num);
    delete_name(1, 9, "FRED<20>");
    assert_driver(&d, "done 1/9 0F"); /* no release, and nothing ends: G16, G17 */
    assert_int_equal(flags_of("FRED<20>"), 0x05);
    add(1, 9, "FRED<20>");
    assert_driver(&d, "done 1/9 0D");
    add(2, 9, "FRED<20>");
    assert_driver(&d, "done 2/9 0D");
    listen(1, 9, "FRED<20>");
    assert_driver(&d, "done 1/9 15");
    delete_name(1, 9, "FRED<20>");
    assert_driver(&d, "done 1/9 15");
    (void)driver_called(&d, "FRED<20>", "LATE<20>"); /* it takes no new sessions */
    assert_driver(&d, "negative(82)@5; close@5");
    driver_message(&d, 1, "old sessions go on");
    assert_driver(&d, "done 1/2 00 lsn 1 num 2 old sessions go on");
    driver_hang_up(&d, 1, 9, first);
    driver_tcp(&d, NBT_TCP_EOF, 1);
    assert_driver(&d, "close@1; done 1/9 00");
    driver_tcp(&d, NBT_TCP_RESET, 3); /* the last one: now it is released */
    assert_driver(&d, "release-demand FRED<20> to all; done 1/1 17");
    assert_int_equal(flags_of("FRED<20>"), -1);
    add(1, 9, "FRED<20>");
    assert_driver(&d, "registration-request FRED<20> to all");
}

static void a_call_under_way_keeps_a_deleted_name(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    driver_submit(&d, 1, 1, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    (void)driver_said(&d);
    delete_name(1, 9, "FRED<20>");
    assert_driver(&d, "done 1/9 0F");
    driver_cancel(&d, 1, 8, 1);
    assert_driver(&d, "done 1/1 0B; release-demand FRED<20> to all; done 1/8 00");
}

static void the_number_of_a_deleted_name_means_nothing_any_more(void **state)
{
    (void)state;
    uint8_t num = driver_hold(&d, 1, "FRED<20>", false);
    (void)driver_session(&d, 1, "FRED<20>");
    driver_tcp(&d, NBT_TCP_RESET, 1); /* its end was not told yet */
    delete_name(1, 9, "FRED<20>");
    assert_driver(&d, "release-demand FRED<20> to all; done 1/9 00");
    for (unsigned i = 0; i < 252; i++) { /* numbers go round before one comes again (G6) */
        uint8_t other = driver_hold(&d, 1, "OTHER<20>", false);
        assert_int_not_equal(other, num);
        delete_name(1, 9, "OTHER<20>");
        driver_pass(&d, 2000);
        (void)driver_said(&d);
    }
    assert_int_equal(driver_hold(&d, 1, "OTHER<20>", false), num);
    driver_receive_any(&d, 1, 1, num); /* that session was not under this name */
    assert_driver(&d, "");
    driver_receive_any(&d, 1, 2, NBT_NUM_ANY);
    assert_driver(&d, "done 1/2 18");
}

/* --- RESET ------------------------------------------------------------------------------------ */

static void a_reset_drops_names_sessions_and_commands(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    (void)driver_hold(&d, 2, "WILMA<20>", false);
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    (void)driver_session(&d, 2, "FRED<20>"); /* another program's, under this program's name */
    listen(1, 1, "FRED<20>");
    driver_receive(&d, 1, 2, lsn);
    driver_submit(&d, 1, 3, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    add(1, 4, "DINO<20>");
    listen(2, 1, "WILMA<20>");
    (void)driver_said(&d);
    driver_submit(&d, 1, 9, NBT_NCB_RESET, NULL, NULL);
    assert_driver(&d, "done 1/1 0B; done 1/2 0B; done 1/3 0B; done 1/4 0B; close@1; abort@2; "
                      "done 1/9 00");
    assert_int_equal(flags_of("FRED<20>"), 0x05); /* a stranger's session still uses it */
    assert_int_equal(flags_of("DINO<20>"), -1);
    assert_int_equal(flags_of("WILMA<20>"), 0x04);
    driver_receive(&d, 1, 2, lsn);
    assert_driver(&d, "done 1/2 08");
    driver_tcp(&d, NBT_TCP_EOF, 1);
    driver_tcp(&d, NBT_TCP_EOF, 3);
    assert_driver(&d, "close@3; release-demand FRED<20> to all");
}

/* What ADAPTER STATUS gives as a program's limits of sessions and commands. */
static nbt_astat limits(void)
{
    nbt_ncb ncb = driver_ncb(NBT_NCB_ADAPTER_STATUS, NULL, "*<00>");
    ncb.length = sizeof d.data;
    driver_do(&d, 1, 1, ncb, NULL, 0);
    (void)driver_said(&d);
    nbt_rd r;
    nbt_astat s;
    nbt_rd_init(&r, d.data, d.ndata);
    nbt_astat_rd(&r, &s);
    return s;
}

static void a_reset_sets_limits(void **state)
{
    (void)state;
    nbt_profile profile = driver_profile();
    profile.default_sessions = 3;
    profile.default_commands = 5;
    restart(&profile, 1);
    static const struct {
        uint16_t lsn; /* what is asked for */
        uint8_t num;
        uint16_t sessions, commands; /* what there is then */
    } rows[] = { { 0, 0, 3, 5 }, { 1, 1, 1, 1 }, { 254, 255, 254, 255 }, { 255, 9, 254, 9 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_ncb reset = { .command = NBT_NCB_RESET, .lsn = rows[i].lsn, .num = rows[i].num };
        memset(reset.callname, 7, sizeof reset.callname); /* not looked at */
        driver_do(&d, 1, 1, reset, NULL, 0);
        nbt_astat s = limits();
        assert_int_equal(s.max_cfg_sess, rows[i].sessions);
        assert_int_equal(s.max_cfg_ncbs, rows[i].commands);
    }
}

/* Adds names until there are too many. Returns how many there were. */
static unsigned names_that_fit(void)
{
    nbt_ncb ncb = driver_ncb(NBT_NCB_ADD_NAME, "FRED<20>", NULL);
    for (unsigned n = 0;; n++) {
        ncb.name[1] = (uint8_t)(1 + n);
        driver_do(&d, 1, 1, ncb, NULL, 0);
        driver_pass(&d, 5000);
        (void)driver_said(&d);
        if (d.ncb.retcode == NBT_NRC_NAMTFUL)
            return n;
        assert_int_equal(d.ncb.retcode, NBT_NRC_GOODRET);
    }
}

static void a_win32_reset_has_its_limits_in_callname(void **state)
{
    (void)state;
    const nbt_profile *nt4 = nbt_profile_find("nt4", 3);
    restart(nt4, 1);
    static const struct {
        uint8_t num, callname[3];           /* what is asked for; NCB_NUM means nothing */
        uint16_t sessions, commands, names; /* what there is then */
    } rows[] = {
        { 0, { 0, 0, 0 }, 16, 16, 8 },           { 9, { 1, 2, 3 }, 1, 2, 3 },
        { 0, { 254, 255, 253 }, 254, 255, 253 }, { 0, { 255, 255, 254 }, 254, 255, 253 },
        { 0, { 0, 0, 255 }, 16, 16, 253 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_ncb reset = { .command = NBT_NCB_RESET, .num = rows[i].num };
        memcpy(reset.callname, rows[i].callname, sizeof rows[i].callname);
        driver_do(&d, 1, 1, reset, NULL, 0);
        driver_pass(&d, 5000); /* the names of the row before are released */
        nbt_out_clear(&d.out);
        nbt_astat s = limits();
        assert_int_equal(s.max_cfg_sess, rows[i].sessions);
        assert_int_equal(s.max_cfg_ncbs, rows[i].commands);
        assert_int_equal(names_that_fit(), rows[i].names);
    }
}

static void a_win32_reset_can_end_the_environment(void **state)
{
    (void)state;
    restart(nbt_profile_find("nt4", 3), 1);
    driver_submit(&d, 1, 1, NBT_NCB_RESET, NULL, NULL);
    (void)driver_hold(&d, 1, "FRED<20>", false);
    listen(1, 1, "FRED<20>");
    (void)driver_said(&d);
    nbt_ncb free_all = { .command = NBT_NCB_RESET, .lsn = 1, .callname = { 9, 9, 9 } };
    driver_do(&d, 1, 9, free_all, NULL, 0);
    assert_driver(&d, "done 1/1 0B; release-demand FRED<20> to all; done 1/9 00");
    add(1, 1, "WILMA<20>");
    assert_driver(&d, "done 1/1 34");
    driver_do(&d, 1, 9, free_all, NULL, 0); /* there is nothing left to free */
    assert_driver(&d, "done 1/9 00");
    driver_submit(&d, 1, 9, NBT_NCB_RESET, NULL, NULL);
    driver_pass(&d, 5000);
    (void)driver_said(&d);
    (void)driver_hold(&d, 1, "WILMA<20>", false);
    assert_int_equal(limits().max_cfg_sess, 16); /* anew, by default */
}

/* --- names in conflict ------------------------------------------------------------------------ */

static void a_name_in_conflict_is_good_for_nothing_but_its_end(void **state)
{
    (void)state;
    uint8_t num = driver_hold(&d, 1, "FRED<20>", false);
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    listen(1, 1, "FRED<20>");
    listen(2, 2, "FRED<20>");
    driver_submit(&d, 1, 3, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    driver_receive(&d, 1, 4, lsn);
    driver_receive_any(&d, 1, 5, num);
    (void)driver_said(&d);
    demand("FRED<20>");
    assert_driver(&d, "done 1/1 19; done 2/2 19; done 1/3 19");
    assert_int_equal(flags_of("FRED<20>"), 0x06);

    listen(1, 1, "FRED<20>");
    assert_driver(&d, "done 1/1 19");
    driver_submit(&d, 1, 1, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    assert_driver(&d, "done 1/1 19");
    driver_submit(&d, 1, 1, NBT_NCB_SESSION_STATUS, "FRED<20>", NULL);
    assert_driver(&d, "done 1/1 19");
    driver_receive_any(&d, 1, 1, num);
    assert_driver(&d, "done 1/1 19");
    add(1, 1, "FRED<20>");
    assert_driver(&d, "done 1/1 19");
    (void)driver_called(&d, "FRED<20>", "LATE<20>"); /* it is as if it were not here */
    assert_driver(&d, "negative(82)@3; close@3");

    driver_message(&d, 1, "the session lives on");
    assert_driver(&d, "done 1/4 00 the session lives on");
    driver_send(&d, 1, 1, lsn, "so it does");
    driver_sent(&d, 1, 14);
    assert_driver(&d, "message@1 so it does; done 1/1 00");

    delete_name(1, 1, "FRED<20>");
    assert_driver(&d, "done 1/1 0F");
    assert_int_equal(flags_of("FRED<20>"), 0x07);
    driver_hang_up(&d, 1, 1, lsn);
    driver_tcp(&d, NBT_TCP_EOF, 1);
    assert_driver(&d, "close@1; done 1/1 00; done 1/5 17"); /* no release of what was lost */
    (void)driver_hold(&d, 1, "FRED<20>", false);
}

static void adding_a_name_in_conflict_is_refused_as_the_profile_has_it(void **state)
{
    (void)state;
    nbt_profile profile = driver_profile();
    profile.nrc_in_conflict = NBT_NRC_DUPNAME;
    restart(&profile, 1);
    (void)driver_hold(&d, 1, "FRED<20>", false);
    demand("FRED<20>");
    add(1, 1, "FRED<20>");
    assert_driver(&d, "done 1/1 0D");
    add(2, 1, "FRED<20>");
    assert_driver(&d, "done 2/1 0D");
    delete_name(1, 1, "FRED<20>");
    assert_driver(&d, "done 1/1 00");
    add(2, 1, "FRED<20>");
    assert_driver(&d, "registration-request FRED<20> to all");
}

/* A CALL of a deleted name is all that keeps it, and ends with the name's conflict. */
static void a_conflict_can_end_a_deleted_name(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    driver_submit(&d, 1, 1, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    listen(1, 2, "FRED<20>");
    listen(1, 3, "FRED<20>");
    delete_name(1, 9, "FRED<20>");
    (void)driver_said(&d);
    demand("FRED<20>");
    assert_driver(&d, "done 1/1 19; done 1/2 17; done 1/3 17");
    assert_int_equal(flags_of("FRED<20>"), -1);
}

/* RFC 1002 5.1.2.1: nobody has it, but nobody can say so. */
static void a_silent_name_server_is_a_timeout(void **state)
{
    (void)state;
    driver_fini(&d);
    driver_init_type(&d, NULL, NBT_ONT_P);
    add(1, 1, "FRED<20>");
    driver_pass(&d, 15000);
    assert_driver(&d, "registration-request FRED<20> to 10.0.0.201; "
                      "registration-request FRED<20> to 10.0.0.201; "
                      "registration-request FRED<20> to 10.0.0.201; done 1/1 05");
    driver_fini(&d);
    driver_init_type(&d, nbt_profile_find("samba", 5), NBT_ONT_P); /* it has a pause as well */
    add(1, 1, "FRED<20>");
    driver_pass(&d, 15000);
    (void)driver_said(&d);
    add(1, 2, "FRED<20>");
    assert_driver(&d, "done 1/2 05"); /* at once */
}

/* RFC 1002 4.2.6: only these say that somebody has the name. */
static void what_a_name_servers_refusal_comes_to(void **state)
{
    (void)state;
    static const struct {
        unsigned rcode;
        const char *want;
    } rows[] = { { 1, "done 1/1 40" }, { 2, "done 1/1 40" }, { 4, "done 1/1 40" },
                 { 5, "done 1/1 16" }, { 6, "done 1/1 16" }, { 7, "done 1/1 16" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        driver_fini(&d);
        driver_init_type(&d, NULL, NBT_ONT_P);
        add(1, 1, "FRED<20>");
        (void)driver_said(&d);
        driver_refused(&d, "FRED<20>", "10.0.0.201", rows[i].rcode);
        assert_driver(&d, rows[i].want);
    }
}

/* RFC 1002 5.1.2.1: END-NODE CHALLENGE. */
static void what_a_challenge_comes_to(void **state)
{
    (void)state;
    for (unsigned alive = 0; alive < 2; alive++) {
        driver_fini(&d);
        driver_init_type(&d, NULL, NBT_ONT_P);
        add(1, 1, "FRED<20>");
        (void)driver_said(&d);
        packet ask_him = build_address_answer(d.last_id, 0xAD00, "FRED<20>", 0, 0, "10.0.0.9");
        driver_hear(&d, "10.0.0.201", "10.0.0.1", &ask_him);
        assert_driver(&d, "query-request FRED<20> to 10.0.0.9");
        if (alive) {
            driver_found(&d, "FRED<20>", "10.0.0.9", false);
            assert_driver(&d, "done 1/1 16");
            continue;
        }
        driver_pass(&d, 15000);
        (void)driver_said(&d);
        packet yes = build_address_answer(d.last_id, 0xAD80, "FRED<20>", 0, 0, "10.0.0.1");
        driver_hear(&d, "10.0.0.201", "10.0.0.1", &yes);
        assert_driver(&d, "done 1/1 00 num 2");
    }
}

/* RFC 1001 15.5.3: the name is flushed, and its user informed. */
static void a_name_that_the_server_takes_away_is_gone(void **state)
{
    (void)state;
    driver_fini(&d);
    driver_init_type(&d, NULL, NBT_ONT_P);
    for (unsigned i = 0; i < 2; i++) { /* it can be had again at once (E47) */
        add(1, 1, "FRED<20>");
        (void)driver_said(&d);
        packet yes = build_address_answer(d.last_id, 0xAD80, "FRED<20>", 0, 0, "10.0.0.1");
        driver_hear(&d, "10.0.0.201", "10.0.0.1", &yes);
        assert_driver(&d, i == 0 ? "done 1/1 00 num 2" : "done 1/1 00 num 3");
        listen(1, 5, "FRED<20>");
        driver_receive_any(&d, 1, 6, d.ncb.num);
        packet take = build_request(0x4321, 0x3000, "FRED<20>", 0, 0, "10.0.0.1");
        driver_hear(&d, "10.0.0.201", "10.0.0.1", &take);
        assert_driver(&d, "positive-release-response FRED<20> to 10.0.0.201; done 1/5 17; "
                          "done 1/6 17");
    }
    driver_submit(&d, 1, 7, NBT_NCB_DELETE_NAME, "FRED<20>", NULL);
    assert_driver(&d, "done 1/7 15");
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("G9 H25", a_name_that_this_program_has, setup, teardown),
    NBT_TEST_WITH("G10 H25", a_name_that_another_program_has, setup, teardown),
    NBT_TEST_WITH("G10", a_group_name_is_shared_and_counted, setup, teardown),
    NBT_TEST_WITH("G14", a_claim_that_is_still_running, setup, teardown),
    NBT_TEST_WITH("A33 G15", a_name_that_nobody_may_have, setup, teardown),
    NBT_TEST_WITH("G6 G15", the_table_has_an_end, setup, teardown),
    NBT_TEST_WITH("", a_program_has_a_limit_of_names, setup, teardown),
    NBT_TEST_WITH("G21", a_claim_that_is_refused, setup, teardown),
    NBT_TEST_WITH("G11", two_adapters_on_one_wire, setup, teardown),
    NBT_TEST_WITH("F25", a_refusal_is_of_one_adapter, setup, teardown),
    NBT_TEST_WITH("F8", each_adapter_has_its_own_servers, setup, teardown),
    NBT_TEST_WITH("F28 F29 F31", a_conflict_concerns_all_adapters_or_one, setup, teardown),
    NBT_TEST_WITH("G16 G38", deleting_a_name_ends_what_waits_under_it, setup, teardown),
    NBT_TEST_WITH("G12 G16", deleting_a_name_with_sessions_waits_for_them, setup, teardown),
    NBT_TEST_WITH("G16", a_call_under_way_keeps_a_deleted_name, setup, teardown),
    NBT_TEST_WITH("G6", the_number_of_a_deleted_name_means_nothing_any_more, setup, teardown),
    NBT_TEST_WITH("G19", a_reset_drops_names_sessions_and_commands, setup, teardown),
    NBT_TEST_WITH("", a_reset_sets_limits, setup, teardown),
    NBT_TEST_WITH("", a_win32_reset_has_its_limits_in_callname, setup, teardown),
    NBT_TEST_WITH("G19", a_win32_reset_can_end_the_environment, setup, teardown),
    NBT_TEST_WITH("C14 E47 G18 G36 G38", a_name_in_conflict_is_good_for_nothing_but_its_end, setup,
                  teardown),
    NBT_TEST_WITH("G13", adding_a_name_in_conflict_is_refused_as_the_profile_has_it, setup,
                  teardown),
    NBT_TEST_WITH("", a_conflict_can_end_a_deleted_name, setup, teardown),
    NBT_TEST_WITH("G27", a_silent_name_server_is_a_timeout, setup, teardown),
    NBT_TEST_WITH("G22", what_a_name_servers_refusal_comes_to, setup, teardown),
    NBT_TEST_WITH("G25", what_a_challenge_comes_to, setup, teardown),
    NBT_TEST_WITH("G31", a_name_that_the_server_takes_away_is_gone, setup, teardown),
};

NBT_MAIN("computer_names", tests)
