/*
 * A computer and a distribution server that hear any datagrams, whole and in pieces, sound and not,
 * while programs send and wait: nothing that was not sent is delivered, nothing is said to those
 * who were not asked, and memory stays within bounds, whoever sends what.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "nbt/computer.h"
#include "nbt/dgm.h"
#include "nbt/nbdd.h"

enum { OWN = 0x0A000001, ALL = 0x0A0000FF, OPS_MAX = 300, ROOM = 512, NAMES = 4, PENDING_MAX = 32 };
enum { BYTES_MAX = 400000 }; /* a computer's, a server's: far more than 128 KiB is never needed */

static const uint8_t names[NAMES][NBT_NAME_LEN + 1] = {
    "FRED           \x20",
    "LODGE          \x1E",
    "NOBODY         \x20",
    "*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

typedef struct world {
    nbt_rd in;
    size_t blocks, bytes;
    nbt_computer *computer;
    nbt_nbns *server;
    nbt_nbdd *nbdd;
    nbt_out out;
    nbt_time now;
    nbt_profile profile;
    uint32_t tag, pending;
} world;

static uint8_t next(world *w)
{
    return nbt_rd_left(&w->in) > 0 ? nbt_rd_u8(&w->in, "") : 0;
}

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    world *w = ctx;
    w->blocks += (size_t)((size > 0) - (p != NULL));
    w->bytes += size - old;
    if (size > 0)
        return realloc(p, size);
    free(p);
    return NULL;
}

/* --- what comes out --------------------------------------------------------------------------- */

static void check_sent(const nbt_act *act, nbt_bytes data)
{
    assert(data.n > 0 && act->from.ip == OWN);
    if (act->to.port == NBT_PORT_NS)
        return;
    nbt_rd r;
    nbt_dgm m;
    nbt_rd_init(&r, data.p, data.n);
    nbt_dgm_rd(&r, &m);
    assert(!r.err && data.n + 28 <= 1064 + ROOM);
    assert(m.type != NBT_DGM_ERROR || (act->to.ip != ALL && act->to.ip != 0 && m.flags < 0x10));
}

static void check(world *w)
{
    for (size_t i = 0; i < w->out.n; i++) {
        const nbt_act *act = &w->out.acts[i];
        nbt_bytes data = nbt_out_data(&w->out, act);
        if (act->kind == NBT_ACT_SEND)
            check_sent(act, data);
        if (act->kind != NBT_ACT_DONE)
            continue;
        assert(w->pending > 0);
        w->pending--;
        assert(act->ncb.retcode != NBT_NRC_GOODRET || data.n <= ROOM);
    }
    nbt_out_clear(&w->out);
    assert(w->bytes < BYTES_MAX);
}

/* --- what goes in ----------------------------------------------------------------------------- */

static void hear(world *w, nbt_bytes data)
{
    static const uint32_t ips[] = { 0x0A000009, 0x0A000008, OWN, ALL, 0, 0x0A0000CA };
    uint8_t how = next(w);
    nbt_ep from = { ips[how % 6], NBT_PORT_DGM };
    nbt_ep to = { how & 0x80 ? ALL : OWN, NBT_PORT_DGM };
    uint8_t *exact = data.n ? malloc(data.n) : NULL;
    if (data.n)
        memcpy(exact, data.p, data.n);
    nbt_bytes copy = { exact, data.n };
    if (how & 0x40)
        nbt_nbdd_rx(w->nbdd, w->now, 0, from, to, copy, &w->out);
    else
        nbt_computer_rx(w->computer, w->now, 0, from, to, copy, &w->out);
    free(exact);
}

static void hear_anything(world *w)
{
    size_t n = (size_t)next(w) * 4;
    n = n < nbt_rd_left(&w->in) ? n : nbt_rd_left(&w->in);
    hear(w, nbt_rd_bytes(&w->in, n, ""));
}

static void put_name(nbt_name *name, const uint8_t *b)
{
    name->form = NBT_NAME_NETBIOS;
    name->scope.len = 0;
    memcpy(name->b, b, NBT_NAME_LEN);
}

/* One whose names can be read; all else is as it comes. */
static void hear_message(world *w)
{
    static uint8_t octets[700];
    uint8_t buf[1200];
    nbt_dgm m = { .type = (uint8_t)(NBT_DGM_UNIQUE + next(w) % 7), .flags = next(w) & 15 };
    uint8_t who = next(w);
    m.id = next(w) % 4;
    m.source = (nbt_ep){ who & 0x80 ? OWN : 0x0A000009, NBT_PORT_DGM };
    put_name(&m.from, names[who % 2]);
    put_name(&m.to, names[who / 2 % NAMES]);
    m.data = (nbt_bytes){ octets, (size_t)next(w) * 2 };
    m.offset = (uint16_t)(next(w) * 4);
    m.length = (uint16_t)(nbt_dgm_length(&m.from, &m.to, m.data.n) + next(w) * 8);
    m.code = (uint8_t)(0x80 + next(w) % 8);
    nbt_wr wr;
    nbt_wr_init(&wr, buf, sizeof buf);
    nbt_dgm_wr(&wr, &m);
    assert(!wr.err);
    hear(w, (nbt_bytes){ buf, wr.at });
}

static void submit(world *w)
{
    static const uint8_t verbs[] = { NBT_NCB_SEND_DATAGRAM,  NBT_NCB_RECEIVE_DATAGRAM,
                                     NBT_NCB_SEND_BROADCAST, NBT_NCB_RECEIVE_BROADCAST,
                                     NBT_NCB_ADD_GROUP_NAME, NBT_NCB_DELETE_NAME,
                                     NBT_NCB_CANCEL,         NBT_NCB_RESET };
    static const uint8_t data[ROOM + 1];
    uint8_t what = next(w), num = next(w);
    nbt_ncb ncb = { .command = verbs[what % 8], .num = num % 4 ? (uint8_t)(num % 4) : num };
    memcpy(ncb.name, names[what / 8 % 2], NBT_NAME_LEN);
    memcpy(ncb.callname, names[what / 16 % NAMES], NBT_NAME_LEN);
    ncb.length = (uint32_t)next(w) * 2 + 3;
    ncb.length = ncb.length > ROOM ? ROOM : ncb.length;
    ncb.target = num;
    if (w->pending >= PENDING_MAX && ncb.command != NBT_NCB_RESET)
        return;
    bool sends = ncb.command == NBT_NCB_SEND_DATAGRAM || ncb.command == NBT_NCB_SEND_BROADCAST;
    w->pending++;
    nbt_computer_do(w->computer, w->now, 1, ++w->tag, &ncb,
                    (nbt_bytes){ sends ? data : NULL, sends ? ncb.length : 0 }, &w->out);
}

static void pass(world *w)
{
    w->now += NBT_MS(next(w) * 10);
    for (unsigned i = 0; i < 1000 && nbt_computer_due(w->computer) <= w->now; i++)
        nbt_computer_tick(w->computer, w->now, &w->out);
    nbt_nbdd_tick(w->nbdd, w->now);
    assert(nbt_nbdd_due(w->nbdd) > w->now);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void member(world *w, const uint8_t *name, uint32_t ip)
{
    nbt_nbns_cmd cmd = { .verb = NBT_NBNS_ADD, .kind = NBT_NBKIND_INTERNET, .ip = ip };
    put_name(&cmd.name, name);
    (void)nbt_nbns_do(w->server, 0, &cmd, &w->out);
}

static void begin(world *w)
{
    uint8_t how = next(w);
    nbt_mem mem = { w, resize };
    nbt_nbns_lana ns = { 0, OWN, 0xFFFFFF00, ALL };
    nbt_nbns_cfg server = { .mem = mem, .profile = nbt_nbns_profile_find("rfc", 3), .lanas = &ns };
    server.nlanas = 1;
    server.max_names = server.max_pending = server.max_conns = 16;
    w->server = nbt_nbns_new(&server, 0);
    nbt_nbdd_cfg nbdd = { .mem = mem, .records = w->server, .lanas = &ns, .nlanas = 1 };
    nbdd.timeout = NBT_S(2);
    nbdd.max_pending = nbdd.max_copies = 8;
    nbdd.not_back = how & 1;
    nbdd.strangers = how & 2;
    w->nbdd = nbt_nbdd_new(&nbdd);
    w->profile = *nbt_profile_find(how & 4 ? "nt4" : "rfc", 3);
    w->profile.reset_required = false;
    nbt_lana_cfg lana = { .ip = OWN, .mask = 0xFFFFFF00, .broadcast = ALL };
    lana.type = (nbt_node_type)(how >> 3 & 3);
    lana.profile = &w->profile;
    lana.servers[0] = 0x0A0000C9;
    lana.nbdds[0] = 0x0A0000CA;
    lana.nservers = lana.nnbdds = lana.type == NBT_ONT_B ? 0 : 1;
    nbt_computer_cfg computer = { .mem = mem, .lanas = &lana, .nlanas = 1 };
    w->computer = nbt_computer_new(&computer);
    nbt_out_init(&w->out, mem);
    assert(w->server && w->nbdd && w->computer);
    member(w, names[0], 0x0A000009);
    member(w, names[1], 0x0A000008);
    member(w, names[1], 0x0A000009);
    nbt_ncb add = { .command = NBT_NCB_ADD_NAME };
    memcpy(add.name, names[0], NBT_NAME_LEN);
    w->pending = 1;
    nbt_computer_do(w->computer, 0, 1, ++w->tag, &add, (nbt_bytes){ NULL, 0 }, &w->out);
    w->now = NBT_S(100); /* the claim has ended, one way or the other */
    for (unsigned i = 0; i < 100; i++)
        nbt_computer_tick(w->computer, w->now += NBT_S(1), &w->out);
    check(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static void (*const ops[])(world *) = { hear_anything, hear_message, hear_message, submit,
                                            pass };
    world w = { .now = 0 };
    nbt_rd_init(&w.in, bytes, len);
    begin(&w);
    for (unsigned i = 0; i < OPS_MAX && nbt_rd_left(&w.in) > 0; i++) {
        ops[next(&w) % 5](&w);
        check(&w);
    }
    nbt_nbdd_free(w.nbdd);
    nbt_nbns_free(w.server);
    nbt_computer_free(w.computer);
    nbt_out_fini(&w.out);
    assert(w.blocks == 0 && w.bytes == 0);
    return 0;
}
