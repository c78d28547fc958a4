/*
 * rc/transfer.c: two ends and a wire between them, in both directions. Every octet arrives, or it
 * is said; a break is gone on with; what is wrong is never kept.
 */
#include "tests/support/test.h"

#include "rc/transfer.h"
#include "tests/support/mem.h"

enum { FILE_MAX = 60000, WIRE_MAX = 200000 };

/* One end with its file: `whole` is under the name, `part` is what was received so far. */
typedef struct end {
    rc_transfer t;
    rc_link link;
    nbt_prog_tags tags;
    nbt_out out;
    uint8_t whole[FILE_MAX], part[FILE_MAX];
    size_t nwhole, npart;
    bool there, writes, kept, open;
    rc_result refuse; /* what a write comes to */
    unsigned results; /* told */
    uint32_t last_progress;
    uint8_t wire[WIRE_MAX]; /* sent, not yet delivered */
    size_t nwire;
} end;

static end viewer, agent;
static test_mem mem;
static nbt_time now;
static int spoil; /* an octet of the nth PIECE is altered: 1 the first; 0 none */
static int drop;  /* the nth PIECE is lost */
static int cut;   /* the wire breaks behind the nth PIECE */

static void begin(void)
{
    memset(&viewer, 0, sizeof viewer);
    memset(&agent, 0, sizeof agent);
    memset(&mem, 0, sizeof mem);
    for (int i = 0; i < 2; i++) {
        end *e = i ? &agent : &viewer;
        nbt_out_init(&e->out, test_mem_of(&mem));
        e->link.state = RC_LINK_OPEN;
        e->link.transport = RC_TCP;
    }
    now = 0;
    spoil = drop = cut = 0;
}

static void fini(void)
{
    nbt_out_fini(&viewer.out);
    nbt_out_fini(&agent.out);
    assert_int_equal(mem.blocks, 0);
}

static void fill(uint8_t *p, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)((i * 31 + seed) >> (i / 256 % 3));
}

static rc_transfer_io io_of(end *e)
{
    return (rc_transfer_io){ &e->link, &e->tags, now, &e->out };
}

static void answer(end *e, int64_t value, const void *p, size_t n)
{
    rc_transfer_io io = io_of(e);
    rc_transfer_file(&e->t, &io, value, (nbt_bytes){ p, n });
}

static void carry(end *e, const nbt_act *act, nbt_bytes data)
{
    size_t at = (size_t)act->value;
    if (act->kind == NBT_ACT_TCP_SEND) {
        assert_true(e->nwire + data.n <= WIRE_MAX);
        memcpy(e->wire + e->nwire, data.p, data.n);
        e->nwire += data.n;
        e->link.unsent -= data.n;
    } else if (act->app == RC_APP_FILE_OPEN) {
        e->writes = act->value != 0;
        e->open = e->writes || e->there;
        answer(e,
               e->writes  ? (int64_t)e->npart
               : e->there ? (int64_t)e->nwhole
                          : -RC_RESULT_NO_FILE,
               NULL, 0);
    } else if (act->app == RC_APP_FILE_READ) {
        const uint8_t *from = e->writes ? e->part : e->whole;
        size_t n = e->writes ? e->npart : e->nwhole;
        n = at >= n ? 0 : n - at < act->tag ? n - at : act->tag;
        answer(e, (int64_t)n, from + at, n);
    } else if (act->app == RC_APP_FILE_WRITE) {
        assert_int_equal(at, e->npart);
        memcpy(e->part + at, data.p, data.n);
        e->npart += data.n;
        if (e->refuse)
            answer(e, -(int64_t)e->refuse, NULL, 0);
    } else if (act->app == RC_APP_FILE_CUT) {
        e->npart = at;
    } else if (act->app == RC_APP_FILE_PLACE) {
        assert_int_equal(e->npart, at);
        memcpy(e->whole, e->part, e->npart);
        e->nwhole = e->npart;
        e->npart = 0;
        e->there = true;
        e->open = false;
        answer(e, 0, NULL, 0);
    } else if (act->app == RC_APP_FILE_OVER) {
        e->kept = act->value != 0;
        e->open = false;
        if (!e->kept)
            e->npart = 0;
    } else if (act->app == RC_APP_FILE_PROGRESS) {
        e->last_progress = (uint32_t)act->value;
        assert_true(act->value <= act->tag);
    } else if (act->app == RC_APP_FILE_RESULT) {
        e->results++;
    }
}

static bool carry_all(end *e)
{
    nbt_out out = e->out;
    nbt_out_init(&e->out, out.mem);
    for (size_t i = 0; i < out.n; i++)
        carry(e, &out.acts[i], nbt_out_data(&out, &out.acts[i]));
    bool any = out.n > 0;
    nbt_out_fini(&out);
    rc_transfer_io io = io_of(e);
    rc_transfer_pump(&e->t, &io);
    return any;
}

static void take(end *e, const rc_msg *m)
{
    rc_transfer_io io = io_of(e);
    if (m->type == RC_MSG_FETCH || m->type == RC_MSG_STORE)
        rc_transfer_serve(&e->t, &io, m);
    else
        assert_true(rc_transfer_msg(&e->t, &io, m) || drop);
}

/* What one end sent reaches the other. */
static bool deliver(end *from, end *to)
{
    size_t n = from->nwire;
    for (size_t at = 0; at < n;) {
        nbt_rd r;
        rc_msg m;
        size_t len = (size_t)from->wire[at] << 8 | from->wire[at + 1];
        bool piece = from->wire[at + 3] == RC_MSG_PIECE;
        if (piece && spoil > 0 && --spoil == 0)
            from->wire[at + 2 + len - 1] ^= 0x10;
        nbt_rd_init(&r, from->wire + at + 2, len);
        rc_msg_rd(&r, &m);
        assert_rd_end(&r);
        at += 2 + len;
        if (piece && drop > 0 && --drop == 0) {
            drop = -1;
            continue;
        }
        take(to, &m);
        if (piece && cut > 0 && --cut == 0) {
            rc_transfer_break(&viewer.t, &viewer.out);
            rc_transfer_break(&agent.t, &agent.out);
            from->nwire = to->nwire = 0;
            return true;
        }
    }
    memmove(from->wire, from->wire + n, from->nwire - n);
    from->nwire -= n;
    return n > 0;
}

static void run(bool store, const char *name)
{
    rc_transfer_io io = io_of(&viewer);
    rc_transfer_ask(&viewer.t, &io, store, name);
    bool any = true;
    while (any) {
        any = carry_all(&viewer);
        any = carry_all(&agent) || any;
        any = deliver(&viewer, &agent) || any;
        any = deliver(&agent, &viewer) || any;
    }
    assert_false((viewer.open || agent.open) && !drop);
}

static void assert_arrived(bool store)
{
    assert_int_equal(viewer.t.state, RC_TRANSFER_OVER);
    assert_int_equal(agent.t.state, RC_TRANSFER_OVER);
    assert_int_equal(viewer.t.result, RC_RESULT_DONE);
    assert_int_equal(agent.t.result, RC_RESULT_DONE);
    const end *from = store ? &viewer : &agent, *to = store ? &agent : &viewer;
    assert_int_equal(to->nwhole, from->nwhole);
    assert_memory_equal(to->whole, from->whole, from->nwhole);
    assert_int_equal(to->npart, 0);
    assert_int_equal(to->last_progress, from->nwhole);
}

static end *sender(bool store, size_t n)
{
    end *e = store ? &viewer : &agent;
    fill(e->whole, n, 1);
    e->nwhole = n;
    e->there = true;
    return e;
}

static void every_length_arrives_both_ways(void **state)
{
    (void)state;
    static const size_t lengths[] = {
        0, 1, 2, RC_PIECE_MAX - 1, RC_PIECE_MAX, RC_PIECE_MAX + 1, FILE_MAX
    };
    for (size_t i = 0; i < LENGTH_OF(lengths); i++)
        for (int store = 0; store < 2; store++) {
            begin();
            sender(store, lengths[i]);
            run(store, "a.txt");
            assert_arrived(store);
            assert_int_equal(viewer.results + agent.results, 2);
            fini();
        }
}

static void a_break_is_gone_on_with(void **state)
{
    (void)state;
    for (int store = 0; store < 2; store++) {
        begin();
        sender(store, FILE_MAX);
        end *to = store ? &agent : &viewer;
        cut = 3;
        run(store, "a.txt");
        assert_int_equal(viewer.t.result, RC_RESULT_STOPPED);
        assert_int_equal(agent.t.result, RC_RESULT_STOPPED);
        assert_true(to->kept && !to->there);
        assert_int_equal(to->npart, 3 * RC_PIECE_MAX);
        run(store, "a.txt");
        assert_arrived(store);
        assert_int_equal(to->t.begun, 3 * RC_PIECE_MAX);
        fini();
    }
}

/* What is there is no beginning of this file: it begins anew. */
static void what_is_there_may_be_of_another_file(void **state)
{
    (void)state;
    static const size_t parts[] = { 1, 9000, 20000, 20001, FILE_MAX };
    for (size_t i = 0; i < LENGTH_OF(parts); i++)
        for (int store = 0; store < 2; store++) {
            begin();
            sender(store, 20000);
            end *to = store ? &agent : &viewer;
            fill(to->part, parts[i], 2);
            to->npart = parts[i];
            run(store, "a.txt");
            assert_arrived(store);
            assert_int_equal(to->t.begun, 0);
            fini();
        }
}

static void all_of_it_may_be_there_already(void **state)
{
    (void)state;
    begin();
    sender(false, 20000);
    fill(viewer.part, 20000, 1);
    viewer.npart = 20000;
    run(false, "a.txt");
    assert_arrived(false);
    assert_int_equal(viewer.t.begun, 20000);
    fini();
}

static void an_octet_that_was_altered_is_noticed(void **state)
{
    (void)state;
    for (int store = 0; store < 2; store++) {
        begin();
        sender(store, 20000);
        end *to = store ? &agent : &viewer;
        spoil = 2;
        run(store, "a.txt");
        assert_int_equal(viewer.t.result, RC_RESULT_ALTERED);
        assert_int_equal(agent.t.result, RC_RESULT_ALTERED);
        assert_false(to->there || to->kept || to->npart > 0);
        fini();
    }
}

static void a_piece_that_was_lost_is_noticed(void **state)
{
    (void)state;
    begin();
    sender(true, 30000);
    drop = 2;
    run(true, "a.txt");
    assert_int_equal(agent.t.state, RC_TRANSFER_OVER);
    assert_int_equal(agent.t.result, RC_RESULT_STOPPED);
    assert_false(agent.there);
    assert_int_equal(agent.npart, RC_PIECE_MAX); /* what came before it is right */
    rc_transfer_break(&viewer.t, &viewer.out);
    fini();
}

static void what_cannot_be_done_is_said_on_both_sides(void **state)
{
    (void)state;
    begin();
    run(false, "a.txt");
    assert_int_equal(viewer.t.result, RC_RESULT_NO_FILE);
    assert_int_equal(agent.t.result, RC_RESULT_NO_FILE);
    fini();

    begin(); /* nor can what is not here be sent there */
    run(true, "a.txt");
    assert_int_equal(viewer.t.result, RC_RESULT_NO_FILE);
    assert_int_equal(agent.t.result, RC_RESULT_NO_FILE);
    assert_false(agent.there || agent.npart > 0);
    fini();

    static const rc_result refusals[] = { RC_RESULT_NO_ROOM, RC_RESULT_FAILED };
    for (size_t i = 0; i < LENGTH_OF(refusals); i++) {
        begin();
        sender(true, 30000);
        agent.refuse = refusals[i];
        run(true, "a.txt");
        assert_int_equal(viewer.t.result, refusals[i]);
        assert_int_equal(agent.t.result, refusals[i]);
        assert_int_equal(agent.kept, refusals[i] == RC_RESULT_NO_ROOM);
        fini();
    }
}

static void names_lead_nowhere_else(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool ok;
    } rows[] = {
        { "a", true },       { "A file.txt", true }, { "a..b", true },   { "b.", true },
        { "", false },       { ".", false },         { "..", false },    { "../x", false },
        { "/etc/x", false }, { "x/y", false },       { "x\\y", false },  { "c:x", false },
        { ".x", false },     { "x\ny", false },      { "x\x7F", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_bytes name = { (const uint8_t *)rows[i].name, strlen(rows[i].name) };
        print_message("\"%s\"\n", rows[i].name);
        assert_int_equal(rc_file_name_ok(name), rows[i].ok);
    }
    uint8_t longest[RC_FILE_NAME_MAX + 1];
    memset(longest, 'x', sizeof longest);
    assert_true(rc_file_name_ok((nbt_bytes){ longest, RC_FILE_NAME_MAX }));
    assert_false(rc_file_name_ok((nbt_bytes){ longest, RC_FILE_NAME_MAX + 1 }));
    assert_false(rc_file_name_ok((nbt_bytes){ (const uint8_t *)"a\0b", 3 }));

    begin();
    agent.there = true;
    run(false, "../x");
    assert_int_equal(viewer.t.result, RC_RESULT_BAD_NAME);
    assert_int_equal(agent.t.result, RC_RESULT_BAD_NAME);
    fini();
}

/* Brings the agent to where it receives 20,000 octets, of which some have come. */
static void receiving(void)
{
    begin();
    rc_transfer_io io = io_of(&agent);
    rc_msg store = { .type = RC_MSG_STORE, .data = { (const uint8_t *)"x", 1 } };
    rc_msg start = { .type = RC_MSG_BEGIN, .size = 20 };
    rc_msg piece = { .type = RC_MSG_PIECE, .data = { (const uint8_t *)"0123456789", 10 } };
    rc_transfer_serve(&agent.t, &io, &store);
    carry_all(&agent);
    assert_true(rc_transfer_msg(&agent.t, &io, &start));
    assert_true(rc_transfer_msg(&agent.t, &io, &piece));
    carry_all(&agent);
}

static void what_cannot_come_now_breaks_it(void **state)
{
    (void)state;
    static const rc_msg wrong[] = {
        { .type = RC_MSG_HAVE },
        { .type = RC_MSG_BEGIN, .size = 20 },
        { .type = RC_MSG_PIECE, .offset = 9, .data = { (const uint8_t *)"x", 1 } },
        { .type = RC_MSG_PIECE, .offset = 11, .data = { (const uint8_t *)"x", 1 } },
        { .type = RC_MSG_PIECE, .offset = 10, .data = { (const uint8_t *)"0123456789a", 11 } },
        { .type = RC_MSG_RESULT, .result = RC_RESULT_DONE },
    };
    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        receiving();
        rc_transfer_io io = io_of(&agent);
        assert_false(rc_transfer_msg(&agent.t, &io, &wrong[i]));
        carry_all(&agent);
        assert_int_equal(agent.t.state, RC_TRANSFER_OVER);
        assert_true(agent.kept && !agent.open);
        assert_true(rc_transfer_msg(&agent.t, &io, &wrong[i])); /* it was on its way */
        fini();
    }
}

static void a_begin_must_fit_what_is_there(void **state)
{
    (void)state;
    static const struct {
        uint32_t have, size, offset;
        bool fits;
    } rows[] = {
        { 5, 20, 0, true },  { 5, 20, 5, true }, { 5, 5, 5, true }, { 5, 20, 4, false },
        { 5, 20, 6, false }, { 5, 4, 5, false }, { 0, 0, 0, true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        begin();
        rc_transfer_io io = io_of(&agent);
        rc_msg store = { .type = RC_MSG_STORE, .data = { (const uint8_t *)"x", 1 } };
        rc_msg start = { .type = RC_MSG_BEGIN, .size = rows[i].size, .offset = rows[i].offset };
        agent.npart = rows[i].have;
        rc_transfer_serve(&agent.t, &io, &store);
        while (carry_all(&agent))
            ;
        assert_int_equal(rc_transfer_msg(&agent.t, &io, &start), rows[i].fits);
        rc_transfer_break(&agent.t, &agent.out);
        fini();
    }
}

static void silence_ends_it(void **state)
{
    (void)state;
    receiving();
    assert_int_equal(rc_transfer_due(&agent.t), NBT_S(60));
    rc_transfer_break(&agent.t, &agent.out);
    assert_int_equal(rc_transfer_due(&agent.t), NBT_NEVER);
    rc_transfer_break(&agent.t, &agent.out); /* once is enough */
    carry_all(&agent);
    assert_int_equal(agent.results, 1);
    fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", every_length_arrives_both_ways),
        NBT_TEST("", a_break_is_gone_on_with),
        NBT_TEST("", what_is_there_may_be_of_another_file),
        NBT_TEST("", all_of_it_may_be_there_already),
        NBT_TEST("", an_octet_that_was_altered_is_noticed),
        NBT_TEST("", a_piece_that_was_lost_is_noticed),
        NBT_TEST("", what_cannot_be_done_is_said_on_both_sides),
        NBT_TEST("", names_lead_nowhere_else),
        NBT_TEST("", what_cannot_come_now_breaks_it),
        NBT_TEST("", a_begin_must_fit_what_is_there),
        NBT_TEST("", silence_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
