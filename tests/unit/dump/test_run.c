/*
 * nbtdump as it is called, in one process: a command line, a capture file, and what comes out.
 */
#include "tests/support/capfile.h"
#include "tests/support/test.h"

#include "capture/frame.h"
#include "capture/source.h"
#include "nbt/text.h"
#include "tools/dump/run.h"

#include <stdio.h>
#include <unistd.h>

enum { A = 1, B = 2, WINS = 9, ALL = 255, ARGS_MAX = 12, OUT_MAX = 64 * 1024 };

/* A claim that a name server refuses, after it asked; another question; a name of two owners. */
static const struct {
    uint8_t from, to;
    const char *text;
} lines[] = {
    { A, WINS, "multihomed-registration FRED<20> id=0x0001 ttl=9 owner=10.0.0.1 node=H unique" },
    { WINS, A, "wack FRED<20> id=0x0001 wait=5s about=multihomed-registration/0x7900" },
    { A, ALL, "query-request LISA<00> id=0x0002 b=1" },
    { WINS, B, "query-request FRED<20> id=0x0777 rd=0" },
    { B, WINS, "positive-query-response FRED<20> id=0x0777 owners=10.0.0.2/H/unique" },
    { WINS, A,
      "negative-registration-response FRED<20> id=0x0001 rcode=ACT_ERR ttl=9 owner=10.0.0.2 node=H "
      "unique" },
    { B, A, "positive-query-response LISA<00> id=0x0002 ra=0 owners=10.0.0.2/H/unique" },
    { A, B, "status-request *<00> id=0x0003" },
    { B, A, "status-response *<00> id=0x0003 names=FRED<20>/H/unique/cnf/act,LAB<00>/H/group/act" },
};

static size_t octets_of(const char *text, uint8_t *to, size_t cap)
{
    uint8_t arena[4096];
    nbt_msg m;
    nbt_text_err err;
    nbt_wr w;
    if (!nbt_text_parse(&m, text, strlen(text), arena, sizeof arena, &err))
        fail_msg("%s: column %zu: %s", text, err.column, err.why);
    nbt_wr_init(&w, to, cap);
    nbt_msg_wr(&w, &m);
    assert_int_equal(w.err, NBT_OK);
    return w.at;
}

/* The lines, in packets a second apart. */
static void make_capture(capfile *f)
{
    capfile_pcap(f, 0xA1B2C3D4, 101);
    for (uint32_t i = 0; i < LENGTH_OF(lines); i++) {
        uint8_t message[600], frame[700];
        size_t n = octets_of(lines[i].text, message, sizeof message);
        n = frame_udp(frame, lines[i].from, 137, lines[i].to, 137, message, n);
        capfile_record(f, 1000 + i, 0, frame, n, (uint32_t)n);
    }
}

/* Calls it with words that have no spaces in them; gives the exit status, and what came out. */
static int call(char *path, const char *words, char *out)
{
    char text[256], *argv[ARGS_MAX + 1] = { "nbtdump", "-r", path };
    int argc = 3;
    snprintf(text, sizeof text, "%s", words);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        assert_true(argc < ARGS_MAX);
        argv[argc++] = word;
    }
    FILE *to = tmpfile();
    assert_non_null(to);
    dump_opt o;
    dump_opt_parse(&o, argc, argv);
    int status = dump_run(&o, fileno(to));
    dump_opt_fini(&o);
    rewind(to);
    out[fread(out, 1, OUT_MAX - 1, to)] = '\0';
    fclose(to);
    return status;
}

/* The same; what it says on standard error goes to `said`. */
static int call_and_hear(char *path, const char *words, char *out, char *said, size_t cap)
{
    FILE *err = tmpfile();
    int saved = dup(STDERR_FILENO);
    assert_non_null(err);
    fflush(stderr);
    dup2(fileno(err), STDERR_FILENO);
    int status = call(path, words, out);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(err);
    said[fread(said, 1, cap - 1, err)] = '\0';
    fclose(err);
    return status;
}

/* The numbers that lines begin with. */
static void numbers_of(char *out, char *numbers, size_t cap)
{
    size_t n = 0;
    numbers[0] = '\0';
    for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
        n += (size_t)snprintf(numbers + n, cap - n, "%s%.*s", n ? " " : "", (int)strcspn(line, " "),
                              line);
}

static void test_which_messages(void **state)
{
    static const struct {
        const char *words, *want;
        int status;
    } rows[] = {
        { "", "1 2 3 4 5 6 7 8 9", 0 },
        { "--name fred", "1 2 4 5 6 9", 0 },
        { "--name *<00>", "3 7 8 9", 0 },
        { "--name FRED --name LAB", "1 2 4 5 6 9", 0 },
        { "--name FRED --kind query", "4 5", 0 },
        { "--suffix 20,0x1d", "1 2 4 5 6 9", 0 },
        { "--kind registration-request,wack,status", "2 8 9", 0 },
        { "--kind registration", "1 6", 0 },
        { "--rcode ACT_ERR", "6", 0 },
        { "--conflict", "6 9", 0 },
        { "--host 10.0.0.2", "4 5 6 7 8 9", 0 },
        { "--host 10.0.0.9 --kind request", "1 4", 0 },
        { "--transaction 1", "1 2 4 5 6", 0 },
        { "--transaction 5", "1 2 4 5 6", 0 },
        { "--transaction 7", "3 7", 0 },
        { "--transaction 77", "", 1 },
        { "--transaction 2 udp and not host 10.0.0.2", "1 2 6", 0 },
        { "--life FRED<20>", "1 2 4 5 6 9", 0 },
        { "--life FRED<20> --role owner", "5 9", 0 },
        { "--role server", "2 6", 0 },
        { "--role asker -c 2", "1 3", 0 },
        { "--kind status -q", "8 9", 0 },
    };
    char path[64], out[OUT_MAX], numbers[128];
    capfile *f = calloc(1, sizeof *f);
    (void)state;
    make_capture(f);
    for (int gzip = 0; gzip < 2; gzip++) {
        capfile_save(f, gzip, path);
        for (size_t i = 0; i < LENGTH_OF(rows); i++) {
            print_message("%s\n", rows[i].words);
            assert_int_equal(call(path, rows[i].words, out), rows[i].status);
            numbers_of(out, numbers, sizeof numbers);
            assert_string_equal(numbers, rows[i].want);
        }
        unlink(path);
    }
    free(f);
}

static size_t lines_in(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* What is printed is what the whole file gives, up to where it is cut; then one line says so. */
static void check_cut(char *path, const char *whole, bool between)
{
    static char out[OUT_MAX], said[1024];
    int status = call_and_hear(path, "", out, said, sizeof said);
    size_t n = strlen(out);
    assert_memory_equal(out, whole, n);
    assert_true(n == 0 || out[n - 1] == '\n');
    assert_int_equal(status, between ? 0 : DUMP_DAMAGED);
    assert_int_equal(lines_in(said), between ? 0 : 1);
    if (!between)
        assert_non_null(strstr(said, path));
}

static void make_ng(capfile *f)
{
    capfile old = { .n = 0 };
    make_capture(&old);
    capfile_section(f);
    capfile_interface(f, 101, 0);
    for (size_t at = 24; at < old.n;) {
        uint32_t len;
        memcpy(&len, old.b + at + 8, sizeof len); /* little-endian, as this machine is */
        capfile_packet(f, 0, 1000000000, old.b + at + 16, len);
        at += 16 + len;
    }
}

/* Whether a file may end there: it is at the end of its head or of a packet. */
static bool is_between(const capfile *f, bool ng, size_t cut)
{
    size_t at = ng ? 0 : 24;
    bool begun = !ng;
    while (at < f->n && at < cut) {
        uint32_t len;
        memcpy(&len, f->b + at + (ng ? 4 : 8), sizeof len);
        begun = begun || at > 0;
        at += ng ? len : 16 + len;
    }
    return at == cut && begun;
}

static void test_every_truncation(void **state)
{
    static char whole[OUT_MAX];
    (void)state;
    for (int form = 0; form < 4; form++) {
        char path[64];
        bool ng = form & 1, gzip = (form & 2) != 0;
        capfile *f = calloc(1, sizeof *f);
        ng ? make_ng(f) : make_capture(f);
        capfile_save(f, gzip, path);
        assert_int_equal(call(path, "", whole), 0);
        assert_int_equal(lines_in(whole), LENGTH_OF(lines));
        FILE *file = fopen(path, "rb");
        fseek(file, 0, SEEK_END);
        size_t size = (size_t)ftell(file);
        fclose(file);
        for (size_t cut = size - 1; cut < size; cut--) {
            assert_int_equal(truncate(path, (off_t)cut), 0);
            check_cut(path, whole, !gzip && is_between(f, ng, cut));
        }
        unlink(path);
        free(f);
    }
}

/* A capture of something that is not looked into is not taken for one without NetBIOS. */
static void test_a_link_type_that_is_not_read(void **state)
{
    char path[64], out[OUT_MAX], said[1024];
    capfile *f = calloc(1, sizeof *f);
    (void)state;
    capfile_pcap(f, 0xA1B2C3D4, 105);
    capfile_record(f, 0, 0, "abcd", 4, 4);
    capfile_save(f, false, path);
    assert_int_equal(call_and_hear(path, "", out, said, sizeof said), DUMP_DAMAGED);
    assert_non_null(strstr(said, "IEEE802_11, which is not read"));
    assert_int_equal(lines_in(said), 1);
    unlink(path);
    f->n = 0;
    capfile_section(f);
    capfile_interface(f, 105, 0);
    capfile_interface(f, 101, 0);
    capfile_packet(f, 0, 0, "abcd", 4);
    capfile_packet(f, 1, 0, "abcd", 4);
    capfile_save(f, false, path);
    assert_int_equal(call_and_hear(path, "", out, said, sizeof said), 0);
    assert_non_null(strstr(said, "1 packets are of link type IEEE802_11, which is not read"));
    unlink(path);
    free(f);
}

/* ---- What -w writes ------------------------------------------------------------------------ */

/* The next packet, a second after the last. */
static void add_packet(capfile *f, uint32_t *number, const uint8_t *frame, size_t n)
{
    capfile_record(f, 1000 + (*number)++, 0, frame, n, (uint32_t)n);
}

static void add_udp(capfile *f, uint32_t *number, const char *text)
{
    uint8_t message[600], frame[700];
    size_t n = octets_of(text, message, sizeof message);
    add_packet(f, number, frame, frame_udp(frame, A, 137, ALL, 137, message, n));
}

/* Octets `at` to `at + n` of a UDP packet, as a fragment of it. */
static void add_fragment(capfile *f, uint32_t *number, const char *text, size_t at, size_t n)
{
    uint8_t message[600], whole[700], frame[700];
    size_t len = octets_of(text, message, sizeof message);
    len = frame_udp(whole, A, 137, ALL, 137, message, len);
    if (n > len - 20 - at)
        n = len - 20 - at;
    add_packet(f, number, frame, frame_fragment(frame, whole, len, at, n));
}

static void add_tcp(capfile *f, uint32_t *number, bool back, uint32_t seq, uint8_t flags,
                    const uint8_t *p, size_t n)
{
    uint8_t frame[700];
    size_t len = back ? frame_tcp(frame, B, 139, A, 1025, seq, 0, flags, p, n)
                      : frame_tcp(frame, A, 1025, B, 139, seq, 0, flags, p, n);
    add_packet(f, number, frame, len);
}

/* Messages in fragments, in several segments, several in one; and what never becomes whole. */
static void make_pieces(capfile *f)
{
    static const char fred[] = "query-request FRED<20> id=0x0001 b=1";
    static const char lisa[] = "query-request LISA<00> id=0x0002 b=1";
    uint8_t call[200], answer[8], message[200], alive[8];
    uint32_t number = 0;
    size_t ncall = octets_of("session-request FRED<20> from=LISA<00>", call, sizeof call);
    size_t nanswer = octets_of("positive-session-response -", answer, sizeof answer);
    size_t nalive = octets_of("session-keep-alive -", alive, sizeof alive);
    size_t nmessage =
        octets_of("session-message - length=4 data=01020304", message, sizeof message);
    memcpy(message + nmessage, alive, nalive);
    uint32_t seq = 101 + (uint32_t)ncall;

    capfile_pcap(f, 0xA1B2C3D4, 101);
    add_udp(f, &number, lisa);                                                  /* 1 */
    add_fragment(f, &number, fred, 0, 24);                                      /* 2 */
    add_tcp(f, &number, false, 100, CAP_TCP_SYN, NULL, 0);                      /* 3 */
    add_fragment(f, &number, fred, 24, 600);                                    /* 4: whole */
    add_tcp(f, &number, false, 101, 0, call, 30);                               /* 5 */
    add_udp(f, &number, lisa);                                                  /* 6 */
    add_tcp(f, &number, false, 131, 0, call + 30, ncall - 30);                  /* 7: whole */
    add_tcp(f, &number, true, 900, 0, answer, nanswer);                         /* 8 */
    add_tcp(f, &number, false, seq, 0, message, 5);                             /* 9 */
    add_tcp(f, &number, false, seq + 5, 0, message + 5, nmessage + nalive - 5); /* 10: two */
    add_fragment(f, &number, lisa, 0, 24); /* 11: never whole */
    add_udp(f, &number, fred);             /* 12 */
    seq += (uint32_t)(nmessage + nalive);
    add_tcp(f, &number, false, seq, CAP_TCP_ACK, NULL, 0); /* 13 */
    add_tcp(f, &number, false, seq, 0, alive, nalive);     /* 14 */
}

/* The numbers that the packets of a file had in the capture that it is of. */
static void packets_of(const char *path, char *numbers, size_t cap)
{
    char err[CAP_ERR_MAX];
    cap_packet p;
    size_t n = 0;
    cap_source *s = cap_source_file(path, err);
    if (!s)
        fail_msg("%s", err);
    numbers[0] = '\0';
    while (cap_source_next(s, &p) == CAP_PACKET)
        n += (size_t)snprintf(numbers + n, cap - n, "%s%u", n ? " " : "",
                              (unsigned)(p.time / 1000000 - 999));
    cap_source_free(s);
}

/* Lines without the number of the packet and without remarks, which have such numbers too. */
static void only_messages(char *out)
{
    char *to = out;
    for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n")) {
        const char *from = strchr(line, ' ');
        const char *end = strstr(from, " # ");
        size_t n = end ? (size_t)(end - from) : strlen(from);
        memmove(to, from, n);
        to += n;
    }
    *to = '\0';
}

static void test_what_is_written(void **state)
{
    static const struct {
        const char *words, *want;
    } rows[] = {
        { "", "1 2 3 4 5 6 7 8 9 10 11 12 13 14" },
        { "--name FRED", "2 3 4 5 7 12" },
        { "--name FRED --kind query", "2 4 12" },
        { "--name LISA", "1 3 5 6 7" },
        { "--name NOBODY", "" },
        { "--name FRED -c 1", "2 4" },
        { "--kind positive-session-response", "8" },
        { "--kind session-message", "3 5 7 9 10" },
        { "--kind keep-alive", "3 5 7 9 10 14" },
        { "--transaction 8", "3 5 7 8 9 10 14" },
        { "--host 10.0.0.2", "3 5 7 8 9 10 14" },
        { "udp --kind name", "1 2 4 6 12" },
    };
    static const char *const ends[] = { "", ".gz", ".pcapng", ".pcapng.gz" };
    char path[64], written[80], words[200], numbers[64];
    static char out[OUT_MAX], again[OUT_MAX];
    capfile *f = calloc(1, sizeof *f);
    (void)state;
    make_pieces(f);
    capfile_save(f, false, path);
    for (size_t i = 0; i < LENGTH_OF(rows) * LENGTH_OF(ends); i++) {
        const char *asked = rows[i / LENGTH_OF(ends)].words;
        snprintf(written, sizeof written, "%s.out%s", path, ends[i % LENGTH_OF(ends)]);
        snprintf(words, sizeof words, "-w %s %s", written, asked);
        print_message("%s\n", words);
        assert_int_equal(call(path, asked, out), 0);
        assert_int_equal(call(path, words, again), 0);
        assert_string_equal(again, "");
        packets_of(written, numbers, sizeof numbers);
        assert_string_equal(numbers, rows[i / LENGTH_OF(ends)].want);
        if (!strstr(asked, "--transaction")) { /* packets have other numbers now */
            assert_int_equal(call(written, asked, again), 0);
            only_messages(out);
            only_messages(again);
            assert_string_equal(again, out);
        }
        unlink(written);
    }
    unlink(path);
    free(f);
}

/* A pcap file has one link type; a pcapng file takes them all. What is read is not written over. */
static void test_what_cannot_be_written(void **state)
{
    char path[64], words[100], out[OUT_MAX], said[1024];
    uint8_t frame[100];
    capfile *f = calloc(1, sizeof *f);
    (void)state;
    size_t n = frame_udp(frame, 1, 137, 2, 137, "abcd", 4);
    capfile_section(f);
    capfile_interface(f, 101, 0);
    capfile_interface(f, 228, 0); /* the same by another name */
    capfile_packet(f, 0, 0, frame, n);
    capfile_packet(f, 1, 0, frame, n);
    capfile_save(f, false, path);
    for (int pick = 0; pick < 2; pick++) {
        const char *more = pick ? " --kind name" : "";
        snprintf(words, sizeof words, "-w %s.out%s", path, more);
        assert_int_equal(call_and_hear(path, words, out, said, sizeof said), 1);
        assert_non_null(strstr(said, "packet 2 has another link type"));
        assert_int_equal(lines_in(said), 1);
        snprintf(words, sizeof words, "-w %s.pcapng%s", path, more);
        assert_int_equal(call(path, words, out), 0);
        snprintf(words, sizeof words, "-w %s%s", path, more);
        assert_int_equal(call_and_hear(path, words, out, said, sizeof said), 2);
        assert_non_null(strstr(said, "is being read"));
    }
    assert_int_equal(call(path, "", out), 0);
    assert_int_equal(lines_in(out), 2); /* it is still what it was */
    snprintf(words, sizeof words, "%s.pcapng", path);
    assert_int_equal(call(words, "", out), 0);
    assert_int_equal(lines_in(out), 2);
    unlink(words);
    snprintf(words, sizeof words, "%s.out", path);
    unlink(words);
    snprintf(words, sizeof words, "-w /nowhere/at/all");
    assert_int_equal(call_and_hear(path, words, out, said, sizeof said), 7);
    unlink(path);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_which_messages),
        NBT_TEST("", test_every_truncation),
        NBT_TEST("", test_a_link_type_that_is_not_read),
        NBT_TEST("", test_what_is_written),
        NBT_TEST("", test_what_cannot_be_written),
    };
    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
