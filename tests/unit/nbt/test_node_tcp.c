/*
 * An answer that did not fit into a datagram, fetched by TCP.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "tests/support/adapter.h"

#define WINS "10.0.0.201"

enum { MEMBERS = 120, WHOLE = 2 + 12 + 34 + 10 + 6 * MEMBERS };

/* The server's answer with n members, 10.1.0.1 and so on. */
static packet members(uint16_t id, unsigned word, unsigned n)
{
    uint8_t rdata[6 * MEMBERS];
    for (unsigned i = 0; i < n; i++)
        memcpy(rdata + 6 * i, (uint8_t[]){ 0x80, 0, 10, 1, 0, (uint8_t)(i + 1) }, 6);
    return build_answer(id, word, "LAB<00>", NBT_RR_NB, 0, rdata, 6 * n);
}

/* The connection actions since the last time, and events: "open 10.0.0.201:137", "send 52",
 * "abort", "FOUND 3", "FOUND_ALL 120". */
static const char *happened(adapter *a, uint32_t *conn)
{
    static char text[200];
    text[0] = '\0';
    for (size_t i = 0; i < a->out.n; i++) {
        const nbt_act *act = &a->out.acts[i];
        char one[60] = "";
        if (act->kind == NBT_ACT_TCP_OPEN)
            snprintf(one, sizeof one, "open .%u:%u from .%u; ", act->to.ip & 255, act->to.port,
                     act->from.ip & 255);
        if (act->kind == NBT_ACT_TCP_SEND)
            snprintf(one, sizeof one, "send %zu; ", act->data_len);
        if (act->kind == NBT_ACT_TCP_ABORT)
            snprintf(one, sizeof one, "abort; ");
        if (*one)
            *conn = act->conn;
        strcat(text, one);
    }
    for (nbt_node_ev ev; nbt_node_next(a->node, &ev);) {
        assert_int_equal(ev.found[ev.nfound - 1].from.ip, ip_of(WINS));
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s %zu; ",
                 ev.kind == NBT_NODE_FOUND ? "FOUND" : "FOUND_ALL", ev.nfound);
    }
    nbt_out_clear(&a->out);
    return text;
}

#define assert_happened(a, conn, want) assert_string_equal(happened((a), (conn)), (want))

/* A P node that has asked for LAB<00>, and been given three of many members. */
static uint16_t ask(adapter *a, uint32_t *conn)
{
    adapter_init_type(a, "rfc", "P", 1);
    adapter_query(a, "LAB<00>");
    uint16_t id = adapter_last_id(a);
    nbt_out_clear(&a->out);
    packet cut = members(id, 0x8780, 3); /* TC */
    adapter_hear(a, WINS, "10.0.0.1", &cut);
    assert_happened(a, conn, "open .201:137 from .1; ");
    assert_true(*conn >= 0x80000000 && *conn % 2 == 0);
    return id;
}

static void event(adapter *a, uint32_t conn, nbt_tcp_kind kind, const uint8_t *p, size_t n)
{
    nbt_tcp_ev ev = { .kind = kind, .conn = conn, .lana = 3, .data = { p, n } };
    assert_true(nbt_node_tcp(a->node, a->now, &ev, &a->out));
}

static size_t stream(uint8_t *out, const packet *p)
{
    out[0] = (uint8_t)(p->n >> 8);
    out[1] = (uint8_t)p->n;
    memcpy(out + 2, p->b, p->n);
    return 2 + p->n;
}

/* RFC 1001 15.3.4; RFC 1002 4.2.1: the length, two octets, before the packet. */
static void the_whole_list_is_fetched(void **state)
{
    (void)state;
    for (size_t cut = 1; cut <= WHOLE; cut += cut < 4 ? 1 : 97) {
        adapter a;
        uint32_t conn = 0;
        uint8_t bytes[2048];
        uint16_t id = ask(&a, &conn);
        event(&a, conn, NBT_TCP_OPENED, NULL, 0);
        assert_int_equal(nbt_out_data(&a.out, &a.out.acts[0]).p[1], 50);
        assert_happened(&a, &conn, "send 52; ");
        packet all = members(id, 0x8580, MEMBERS);
        size_t n = stream(bytes, &all);
        assert_int_equal(n, WHOLE);
        event(&a, conn, NBT_TCP_DATA, bytes, cut);
        if (cut < n) {
            assert_happened(&a, &conn, "");
            event(&a, conn, NBT_TCP_DATA, bytes + cut, n - cut);
        }
        assert_happened(&a, &conn, "abort; FOUND 120; FOUND_ALL 120; ");
        adapter_fini(&a);
    }
}

/* RFC 1001 15.1.5.1: not every server has TCP; then what was cut must do (B17). */
static void without_tcp_the_part_must_do(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        nbt_tcp_kind kind;
        const char *want;
    } rows[] = {
        { "refused", NBT_TCP_REFUSED, "FOUND 3; FOUND_ALL 3; " },
        { "unreachable", NBT_TCP_UNREACHABLE, "FOUND 3; FOUND_ALL 3; " },
        { "reset", NBT_TCP_RESET, "FOUND 3; FOUND_ALL 3; " },
        { "closed", NBT_TCP_EOF, "abort; FOUND 3; FOUND_ALL 3; " },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        uint32_t conn = 0;
        ask(&a, &conn);
        event(&a, conn, rows[i].kind, NULL, 0);
        assert_happened(&a, &conn, rows[i].want);
        adapter_fini(&a);
    }
    adapter a;
    uint32_t conn = 0;
    ask(&a, &conn);
    adapter_at(&a, 4999);
    assert_happened(&a, &conn, "");
    adapter_at(&a, 5000);
    assert_happened(&a, &conn, "abort; FOUND 3; FOUND_ALL 3; ");
    event(&a, conn, NBT_TCP_OPENED, NULL, 0); /* late: nobody waits */
    assert_happened(&a, &conn, "abort; ");
    adapter_fini(&a);
}

static void nonsense_by_tcp_is_none(void **state)
{
    (void)state;
    for (unsigned row = 0; row < 5; row++) {
        adapter a;
        uint32_t conn = 0;
        uint8_t bytes[2048];
        uint16_t id = ask(&a, &conn);
        packet p = members(id, 0x8580, 5);
        if (row == 0)
            p = members((uint16_t)(id ^ 1), 0x8580, 5); /* another id */
        if (row == 1)
            p = build_answer(id, 0x8583, "LAB<00>", NBT_RR_NULL, 0, NULL, 0); /* unknown now */
        if (row == 2)
            p.n -= 3; /* RDATA ends early */
        if (row == 3)
            p.n = 0;
        if (row == 4)
            p = build_question(id, 0x0100, "LAB<00>", NBT_RR_NB);
        event(&a, conn, NBT_TCP_OPENED, NULL, 0);
        event(&a, conn, NBT_TCP_DATA, bytes, stream(bytes, &p));
        assert_happened(&a, &conn, "send 52; abort; FOUND 3; FOUND_ALL 3; ");
        adapter_fini(&a);
    }
}

/* Sessions' connections, and those of other adapters, are none of its business. */
static void others_connections_are_left_alone(void **state)
{
    (void)state;
    adapter a;
    uint32_t conn = 0;
    ask(&a, &conn);
    nbt_tcp_ev ev = { .kind = NBT_TCP_RESET, .conn = 2 };
    assert_false(nbt_node_tcp(a.node, a.now, &ev, &a.out));
    ev.conn = conn ^ 1u << 17;
    assert_false(nbt_node_tcp(a.node, a.now, &ev, &a.out));
    assert_happened(&a, &conn, "");

    /* What a forgotten query has opened is reset when it says something. */
    adapter_query(&a, "LAB<00>"); /* reference 2; the first is 1 */
    nbt_node_cancel(a.node, 1);
    nbt_out_clear(&a.out);
    event(&a, conn, NBT_TCP_SENT, NULL, 0);
    assert_happened(&a, &conn, "");
    event(&a, conn, NBT_TCP_EOF, NULL, 0);
    assert_happened(&a, &conn, "abort; ");
    adapter_fini(&a);
}

/* Without memory for the stream the part must do, when its time is over. */
static void without_memory_for_it(void **state)
{
    (void)state;
    adapter a;
    adapter_init_type(&a, "rfc", "P", 1);
    adapter_query(&a, "LAB<00>");
    packet cut = members(adapter_last_id(&a), 0x8780, 3);
    nbt_out_clear(&a.out);
    a.mem.fail_at = a.mem.requests + 1;
    adapter_hear(&a, WINS, "10.0.0.1", &cut);
    a.mem.fail_at = 0;
    uint32_t conn = 0;
    assert_happened(&a, &conn, "");
    adapter_at(&a, 5000);
    assert_happened(&a, &conn, "FOUND 3; FOUND_ALL 3; ");
    adapter_fini(&a);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("E30 B17", the_whole_list_is_fetched),
    NBT_TEST("E30 B17", without_tcp_the_part_must_do),
    NBT_TEST("", nonsense_by_tcp_is_none),
    NBT_TEST("", others_connections_are_left_alone),
    NBT_TEST("", without_memory_for_it),
};

NBT_MAIN("node_tcp", tests)
