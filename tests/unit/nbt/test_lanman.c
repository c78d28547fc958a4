/*
 * A session that asks for a list: what each message is answered with, and what is refused how.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/lanman.h"
#include "nbt/smb.h"

static const nbt_browser_server servers[] = {
    { .name = "BOX", .comment = "our box", .type = NBT_SERVER_SERVER, .os_major = 4 },
    { .name = "CROWN", .comment = "", .type = NBT_SERVER_SERVER | NBT_SERVER_MASTER },
    { .name = "UNIX", .comment = "the lab", .type = NBT_SERVER_UNIX, .os_minor = 9 },
};
static const nbt_browser_server groups[] = {
    { .name = "LAB", .comment = "CROWN", .type = NBT_SERVER_DOMAIN },
    { .name = "OTHER", .comment = "ALPHA", .type = NBT_SERVER_DOMAIN },
};
static const nbt_lanman_lists lists = { .group = "LAB",
                                        .machine = "CROWN",
                                        .servers = servers,
                                        .nservers = LENGTH_OF(servers),
                                        .groups = groups,
                                        .ngroups = LENGTH_OF(groups) };

typedef struct desk {
    nbt_lanman talk;
    uint8_t request[2000], reply[NBT_LANMAN_REPLY_MAX];
    nbt_wr w;    /* of the request */
    size_t n;    /* of the reply; 0: the session ends */
    nbt_smb h;   /* its header */
    size_t open; /* where the count of the octets is to stand */
} desk;

static desk d;

/* --- requests, which a client would make ---------------------------------------------------- */

static void begin(uint8_t command, uint16_t uid, uint16_t tid)
{
    nbt_wr_init(&d.w, d.request, sizeof d.request);
    nbt_smb_wr(&d.w, &(nbt_smb){ .command = command, .pid = 7, .mid = 9, .uid = uid, .tid = tid });
}

static void text(const char *s)
{
    nbt_wr_bytes(&d.w, s, strlen(s) + 1, "text");
}

static void open_bytes(void)
{
    d.open = d.w.at;
    nbt_wr_u16le(&d.w, 0, "ByteCount");
}

static void close_bytes(void)
{
    size_t n = d.w.at - d.open - 2;
    d.request[d.open] = (uint8_t)n;
    d.request[d.open + 1] = (uint8_t)(n >> 8);
}

/* Behind the words of a block with AndX: what follows it, or 0xFF for nothing; `at` its offset. */
static void andx(uint8_t words, uint8_t next, size_t at)
{
    nbt_wr_u8(&d.w, words, "WordCount");
    nbt_wr_u8(&d.w, next, "AndXCommand");
    nbt_wr_u8(&d.w, 0, "AndXReserved");
    nbt_wr_u16le(&d.w, at, "AndXOffset");
}

static void dialects(const char *first, const char *second)
{
    begin(0x72, 0, 0);
    nbt_wr_u8(&d.w, 0, "WordCount");
    open_bytes();
    nbt_wr_u8(&d.w, 2, "BufferFormat");
    text(first);
    nbt_wr_u8(&d.w, 2, "BufferFormat");
    text(second);
    close_bytes();
}

static void setup_block(uint8_t next, size_t at, unsigned room)
{
    andx(13, next, at);
    nbt_wr_u16le(&d.w, room, "MaxBufferSize");
    nbt_wr_room(&d.w, 20, "the rest");
    open_bytes();
    text("");
    text("");
    close_bytes();
}

static void tree_block(const char *path, const char *service)
{
    andx(4, 0xFF, 0);
    nbt_wr_u16le(&d.w, 0, "Flags");
    nbt_wr_u16le(&d.w, 1, "PasswordLength");
    open_bytes();
    nbt_wr_u8(&d.w, 0, "Password");
    text(path);
    text(service);
    close_bytes();
}

typedef struct rap {
    const char *pipe, *form;
    uint16_t opcode, level, room, max_data, max_parameters, extra;
    uint32_t type;
    const char *domain; /* NULL: none */
} rap;

static const rap usual = { .pipe = "\\PIPE\\LANMAN",
                           .form = "WrLehDz",
                           .opcode = 0x68,
                           .level = 1,
                           .room = 4000,
                           .max_data = 4000,
                           .max_parameters = 8,
                           .type = UINT32_MAX,
                           .domain = "LAB" };

static void ask(const rap *q)
{
    uint8_t p[200];
    nbt_wr w;
    nbt_wr_init(&w, p, sizeof p);
    nbt_wr_u16le(&w, q->opcode, "RAPOpcode");
    nbt_wr_bytes(&w, q->form, strlen(q->form) + 1, "ParamDesc");
    nbt_wr_bytes(&w, "B16BBDz", 8, "DataDesc");
    nbt_wr_u16le(&w, q->level, "InfoLevel");
    nbt_wr_u16le(&w, q->room, "ReceiveBufferSize");
    nbt_wr_u32le(&w, q->type, "ServerType");
    if (q->domain)
        nbt_wr_bytes(&w, q->domain, strlen(q->domain) + 1, "Domain");
    begin(0x25, 1, 1);
    nbt_wr_u8(&d.w, 14, "WordCount");
    nbt_wr_u16le(&d.w, w.at + q->extra, "TotalParameterCount");
    nbt_wr_u16le(&d.w, 0, "TotalDataCount");
    nbt_wr_u16le(&d.w, q->max_parameters, "MaxParameterCount");
    nbt_wr_u16le(&d.w, q->max_data, "MaxDataCount");
    nbt_wr_room(&d.w, 10, "MaxSetupCount to Reserved2");
    nbt_wr_u16le(&d.w, w.at, "ParameterCount");
    nbt_wr_u16le(&d.w, NBT_SMB_LEN + 1 + 28 + 2 + strlen(q->pipe) + 1, "ParameterOffset");
    nbt_wr_room(&d.w, 6, "DataCount to Reserved3");
    open_bytes();
    text(q->pipe);
    nbt_wr_bytes(&d.w, p, w.at, "Parameters");
    close_bytes();
}

/* --- what comes of them --------------------------------------------------------------------- */

static bool sends_octets(size_t n)
{
    nbt_wr w;
    nbt_rd r;
    uint8_t *exact = exact_copy(d.request, n);
    nbt_wr_init(&w, d.reply, sizeof d.reply);
    bool good = nbt_lanman_rx(&d.talk, &lists, (nbt_bytes){ exact, n }, &w);
    free(exact);
    d.n = good ? w.at : 0;
    if (!good)
        return false;
    nbt_rd_init(&r, d.reply, d.n);
    nbt_smb_rd(&r, &d.h);
    assert_int_equal(r.err, NBT_OK);
    assert_true(d.h.flags & NBT_SMB_REPLY);
    assert_int_equal(d.h.pid, 7);
    assert_int_equal(d.h.mid, 9);
    return true;
}

/* It is answered, with this error; the reply to the first command is otherwise its own block. */
static void sends(uint32_t status)
{
    assert_int_equal(d.w.err, NBT_OK);
    assert_true(sends_octets(d.w.at));
    assert_int_equal(d.h.status, status);
}

/* Negotiated, logged on, connected; with this much room for answers. */
static void arrive(unsigned room)
{
    memset(&d, 0, sizeof d);
    dialects("LANMAN1.0", "NT LM 0.12");
    sends(0);
    begin(0x73, 0, 0);
    setup_block(0xFF, 0, room);
    sends(0);
    assert_int_equal(d.h.uid, 1);
    begin(0x75, 1, 0);
    tree_block("\\\\CROWN\\IPC$", "IPC");
    sends(0);
    assert_int_equal(d.h.tid, 1);
}

/* What is in the answer, as "error returned/available NAME:type:comment ...". */
static const char *read_answer(const rap *q)
{
    static char out[1000];
    nbt_rd r;
    nbt_rd_init(&r, d.reply, d.n);
    nbt_rd_bytes(&r, NBT_SMB_LEN, "header");
    assert_int_equal(nbt_rd_u8(&r, "WordCount"), 10);
    nbt_rd_bytes(&r, 8, "to ParameterOffset");
    size_t at = nbt_rd_u16le(&r, "ParameterOffset");
    nbt_rd_u16le(&r, "ParameterDisplacement");
    size_t n = nbt_rd_u16le(&r, "DataCount"), data = nbt_rd_u16le(&r, "DataOffset");
    assert_true(data + n == d.n);
    nbt_rd_init(&r, d.reply, d.n);
    nbt_rd_bytes(&r, at, "before");
    unsigned error = nbt_rd_u16le(&r, "error"), zero = nbt_rd_u16le(&r, "converter");
    unsigned returned = nbt_rd_u16le(&r, "returned"), of = nbt_rd_u16le(&r, "available");
    assert_int_equal(zero, 0);
    size_t used = (size_t)snprintf(out, sizeof out, "%u %u/%u", error, returned, of);
    for (unsigned i = 0; i < returned; i++) {
        nbt_bytes name = nbt_rd_bytes(&r, NBT_NAME_LEN, "name");
        used += (size_t)snprintf(out + used, sizeof out - used, " %s", (const char *)name.p);
        if (q->level == 0)
            continue;
        unsigned major = nbt_rd_u8(&r, "major"), minor = nbt_rd_u8(&r, "minor");
        unsigned type = nbt_rd_u32le(&r, "type"), comment = nbt_rd_u32le(&r, "comment");
        assert_true(comment < n);
        assert_non_null(memchr(d.reply + data + comment, 0, n - comment));
        used += (size_t)snprintf(out + used, sizeof out - used, ":%u.%u:%x:%s", major, minor, type,
                                 (const char *)d.reply + data + comment);
    }
    assert_int_equal(r.err, NBT_OK);
    return out;
}

/* --- the rows ------------------------------------------------------------------------------- */

/* MS-RAP 3.2.5.12 */
static void questions_and_answers(void **state)
{
    static const struct {
        const char *label;
        uint16_t level;
        uint32_t type;
        const char *domain, *form;
        unsigned room;
        const char *want;
    } rows[] = {
        { "all servers", 1, UINT32_MAX, "LAB", "WrLehDz", 4000,
          "0 3/3 BOX:4.0:2:our box CROWN:0.0:40002: UNIX:0.9:800:the lab" },
        { "their names alone", 0, UINT32_MAX, "lab", "WrLehDz", 4000, "0 3/3 BOX CROWN UNIX" },
        { "of this subnet", 0, NBT_SERVER_LOCAL, "LAB", "WrLehDz", 4000, "0 3/3 BOX CROWN UNIX" },
        { "some of them", 0, NBT_SERVER_UNIX | NBT_SERVER_MASTER, "LAB", "WrLehDz", 4000,
          "0 2/2 CROWN UNIX" },
        { "none", 0, NBT_SERVER_PRINT, "LAB", "WrLehDz", 4000, "6118 0/0" },
        { "no workgroup said", 0, UINT32_MAX, NULL, "WrLehDO", 4000, "0 3/3 BOX CROWN UNIX" },
        { "an empty one", 0, UINT32_MAX, "", "WrLehDz", 4000, "0 3/3 BOX CROWN UNIX" },
        { "another's", 0, UINT32_MAX, "OTHER", "WrLehDz", 4000, "6118 0/0" },
        { "workgroups", 1, NBT_SERVER_DOMAIN, "LAB", "WrLehDz", 4000,
          "0 2/2 LAB:0.0:80000000:CROWN OTHER:0.0:80000000:ALPHA" },
        { "of this subnet", 0, NBT_SERVER_DOMAIN | NBT_SERVER_LOCAL, "", "WrLehDz", 4000,
          "0 2/2 LAB OTHER" },
        { "a level that is none", 2, UINT32_MAX, "LAB", "WrLehDz", 4000, "124 0/0" },
        { "a form that is none", 0, UINT32_MAX, "LAB", "WrLeh", 4000, "87 0/0" },
        { "room for two", 0, UINT32_MAX, "LAB", "WrLehDz", 32, "234 2/3 BOX CROWN" },
        { "for one and its text", 1, UINT32_MAX, "LAB", "WrLehDz", 34,
          "234 1/3 BOX:4.0:2:our box" },
        { "not for its text", 1, UINT32_MAX, "LAB", "WrLehDz", 33, "234 0/3" },
        { "for nothing", 0, UINT32_MAX, "LAB", "WrLehDz", 0, "234 0/3" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s\n", rows[i].label);
        for (int which = 0; which < 3; which++) {
            rap q = usual;
            q.level = rows[i].level;
            q.type = rows[i].type;
            q.domain = rows[i].domain;
            q.form = rows[i].form;
            /* Room is what the least of three says. */
            arrive(which == 0 ? rows[i].room + 64 : 5000);
            q.room = which == 1 ? (uint16_t)rows[i].room : 4000;
            q.max_data = which == 2 ? (uint16_t)rows[i].room : 4000;
            ask(&q);
            sends(0);
            assert_string_equal(read_answer(&q), rows[i].want);
            assert_true(d.talk.gave);
        }
    }
}

/* MS-CIFS 2.2.2.4 */
static void what_is_refused(void **state)
{
    (void)state;
    arrive(4000);
    rap q = usual;
    q.pipe = "\\PIPE\\SRVSVC";
    ask(&q);
    sends(0x00020001); /* ERRDOS, no such file */
    q = usual;
    q.opcode = 0; /* NetShareEnum */
    ask(&q);
    sends(0x00320001); /* ERRDOS, unsupported */
    assert_false(d.talk.gave);
    q = usual;
    q.max_parameters = 7;
    ask(&q);
    sends(0x00320001);
    q = usual;
    q.extra = 1; /* the rest in another message */
    ask(&q);
    sends(0x00010002); /* ERRSRV, error */
    begin(0xA2, 1, 1); /* NT_CREATE_ANDX */
    andx(24, 0xFF, 0);
    nbt_wr_room(&d.w, 44, "words");
    nbt_wr_u16le(&d.w, 0, "ByteCount");
    sends(0x00400002); /* ERRSRV, no such command */
    begin(0x75, 1, 0);
    tree_block("\\\\CROWN\\C$", "?????");
    sends(0x00060002); /* no such share */
    begin(0x75, 1, 0);
    tree_block("\\\\CROWN\\ipc$", "A:");
    sends(0x00070002); /* no such device */
    begin(0x75, 2, 0);
    tree_block("\\\\CROWN\\IPC$", "IPC");
    sends(0x005B0002); /* no such user */
    dialects("NT LM 0.12", "");
    sends(0x00010002); /* twice */
    begin(0x73, 0, 0);
    andx(12, 0xFF, 0);
    nbt_wr_room(&d.w, 20, "words");
    nbt_wr_u16le(&d.w, 0, "ByteCount");
    sends(0x00400002); /* extended security */
    ask(&usual);
    sends(0); /* and still there */
    begin(0x71, 1, 1);
    nbt_wr_room(&d.w, 3, "nothing");
    sends(0);
    ask(&usual);
    sends(0x00050002); /* no such tree any more */
}

static void nothing_without_the_one_before(void **state)
{
    (void)state;
    memset(&d, 0, sizeof d);
    begin(0x73, 0, 0);
    setup_block(0xFF, 0, 4000);
    sends(0x00010002);
    ask(&usual);
    sends(0x00050002);
    dialects("LANMAN1.0", "LANMAN2.1");
    sends(0);
    assert_int_equal(d.reply[NBT_SMB_LEN + 1] | d.reply[NBT_SMB_LEN + 2] << 8, 0xFFFF);
    begin(0x75, 1, 0);
    tree_block("\\\\CROWN\\IPC$", "IPC");
    sends(0x005B0002);
    arrive(4000);
    begin(0x74, 1, 0);
    andx(2, 0xFF, 0);
    nbt_wr_u16le(&d.w, 0, "ByteCount");
    sends(0);
    ask(&usual);
    sends(0x00050002);
}

/* A session set-up with a tree connect behind it, as Windows sends. MS-CIFS 2.2.3.4 */
static void commands_in_one_message(void **state)
{
    (void)state;
    memset(&d, 0, sizeof d);
    dialects("NT LM 0.12", "");
    sends(0);
    size_t second = NBT_SMB_LEN + 1 + 26 + 2 + 2;
    begin(0x73, 0, 0);
    setup_block(0x75, second, 4000);
    assert_int_equal(d.w.at, second);
    tree_block("\\\\CROWN\\IPC$", "?????");
    sends(0);
    assert_int_equal(d.h.uid, 1);
    assert_int_equal(d.h.tid, 1);
    size_t at = d.reply[NBT_SMB_LEN + 3] | (size_t)d.reply[NBT_SMB_LEN + 4] << 8;
    assert_int_equal(d.reply[NBT_SMB_LEN + 1], 0x75);
    assert_int_equal(d.reply[at], 3);
    assert_int_equal(d.reply[at + 1], 0xFF);
    ask(&usual);
    sends(0);
    /* The second is refused: the first stands, and behind it an empty block. */
    memset(&d.talk, 0, sizeof d.talk);
    dialects("NT LM 0.12", "");
    sends(0);
    begin(0x73, 0, 0);
    setup_block(0x75, second, 4000);
    tree_block("\\\\CROWN\\C$", "?????");
    sends(0x00060002);
    assert_int_equal(d.reply[NBT_SMB_LEN + 1], 0x75);
    assert_memory_equal(d.reply + d.n - 3, "\0\0\0", 3);
    /* Around in circles. */
    for (size_t back = 0; back < second; back++) {
        begin(0x73, 0, 0);
        setup_block(0x73, back, 4000);
        assert_false(sends_octets(d.w.at));
    }
}

/* Each is cut everywhere, in a block of exactly that size: an end or an error, and nothing else. */
static void every_truncation(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++) {
        size_t n = NBT_SMB_LEN;
        for (size_t cut = 0; cut < n; cut++) {
            if (which == 0)
                memset(&d, 0, sizeof d);
            else
                arrive(4000);
            if (which == 0)
                dialects("LANMAN1.0", "NT LM 0.12");
            if (which == 1) {
                begin(0x73, 0, 0);
                setup_block(0x75, NBT_SMB_LEN + 31, 4000);
                tree_block("\\\\CROWN\\IPC$", "IPC");
            }
            if (which == 2) {
                begin(0x75, 1, 0);
                tree_block("\\\\CROWN\\IPC$", "IPC");
            }
            if (which == 3)
                ask(&usual);
            n = d.w.at;
            assert_false(sends_octets(cut));
            assert_false(d.talk.gave);
        }
    }
}

/* The octets are there, but what they are to hold is not: each count and offset says too much. */
static void counts_that_lie(void **state)
{
    (void)state;
    for (size_t at = NBT_SMB_LEN; at < NBT_SMB_LEN + 31; at++)
        for (unsigned v = 0; v < 256; v += 15) {
            arrive(4000);
            ask(&usual);
            d.request[at] = (uint8_t)v;
            sends_octets(d.w.at);
        }
    arrive(4000);
    rap q = usual;
    q.domain = NULL; /* but WrLehDz says that there is one */
    ask(&q);
    sends(0x00010002);
}

/* As many as a browser keeps, each with all that it may say, and no more room than is promised. */
static void the_longest_answer(void **state)
{
    static nbt_browser_server many[NBT_BROWSER_SERVERS_MAX];
    nbt_lanman_lists full = { .group = "LAB", .machine = "CROWN", .servers = many };
    (void)state;
    full.nservers = NBT_BROWSER_SERVERS_MAX;
    for (size_t i = 0; i < NBT_BROWSER_SERVERS_MAX; i++) {
        many[i].type = NBT_SERVER_SERVER;
        snprintf(many[i].name, sizeof many[i].name, "SERVER-%08zu", i);
        memset(many[i].comment, 'x', NBT_BROWSER_COMMENT_MAX);
    }
    arrive(65535);
    rap q = usual;
    q.room = q.max_data = 65535;
    ask(&q);
    nbt_wr w;
    nbt_wr_init(&w, d.reply, sizeof d.reply);
    assert_true(nbt_lanman_rx(&d.talk, &full, (nbt_bytes){ d.request, d.w.at }, &w));
    assert_int_equal(d.talk.given, NBT_BROWSER_SERVERS_MAX);
    for (size_t room = 0; room < w.at; room += 97) { /* and where there is less: nothing is said */
        nbt_wr small;
        uint8_t *exact = malloc(room + 1);
        assert_non_null(exact);
        nbt_wr_init(&small, exact, room);
        assert_false(nbt_lanman_rx(&d.talk, &full, (nbt_bytes){ d.request, d.w.at }, &small));
        free(exact);
    }
}

static void what_is_no_request(void **state)
{
    (void)state;
    arrive(4000);
    ask(&usual);
    d.request[9] |= NBT_SMB_REPLY;
    assert_false(sends_octets(d.w.at));
    ask(&usual);
    d.request[0] = 0xFE; /* SMB 2 */
    assert_false(sends_octets(d.w.at));
    assert_false(sends_octets(0));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", questions_and_answers),
    NBT_TEST("", what_is_refused),
    NBT_TEST("", nothing_without_the_one_before),
    NBT_TEST("", commands_in_one_message),
    NBT_TEST("", every_truncation),
    NBT_TEST("", counts_that_lie),
    NBT_TEST("", the_longest_answer),
    NBT_TEST("", what_is_no_request),
};

NBT_MAIN("lanman", tests)
