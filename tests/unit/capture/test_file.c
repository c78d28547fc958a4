/*
 * Capture files of every kind that is read: both containers, both byte orders, all resolutions of
 * time, gzipped or not, still being written; and files that are damaged anywhere.
 */
#include "tests/support/capfile.h"
#include "tests/support/test.h"

#include "capture/file.h"

#include <fcntl.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <unistd.h>

enum { PACKETS = 3 };

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7 };

/* What every file of these tests holds: packets of 5, 6 and 7 octets, one each second. */
static void check_packets(cap_file *f, size_t from, size_t n, int link, uint64_t nano)
{
    cap_packet p;
    for (size_t i = from; i < from + n; i++) {
        assert_int_equal(cap_file_next(f, &p), CAP_PACKET);
        assert_int_equal(p.number, i + 1);
        assert_int_equal(p.time, (int64_t)(i + 1) * 1000000 + 250000);
        assert_int_equal(p.nano, nano);
        assert_int_equal(p.link, link);
        assert_int_equal(p.bytes.n, 5 + i);
        assert_memory_equal(p.bytes.p, bytes, p.bytes.n);
    }
}

static void open_saved(cap_file *f, const capfile *made, bool gzip)
{
    char path[64], err[CAP_ERR_MAX];
    capfile_save(made, gzip, path);
    bool good = cap_file_init(f, path, false, err);
    unlink(path);
    if (!good)
        fail_msg("%s", err);
}

static void check_whole(const capfile *made, int link, uint64_t nano)
{
    for (int gzip = 0; gzip < 2; gzip++) {
        cap_file f;
        cap_packet p;
        open_saved(&f, made, gzip);
        check_packets(&f, 0, PACKETS, link, nano);
        assert_int_equal(cap_file_next(&f, &p), CAP_END);
        cap_file_fini(&f);
    }
}

static void make_pcap(capfile *f, uint32_t magic, uint32_t linktype, uint32_t quarter)
{
    f->n = 0;
    capfile_pcap(f, magic, linktype);
    for (uint32_t i = 0; i < PACKETS; i++)
        capfile_record(f, 1 + i, quarter, bytes, 5 + i, 100);
}

static void test_pcap_of_either_order_and_resolution(void **state)
{
    capfile f = { .big = false };
    (void)state;
    for (int big = 0; big < 2; big++) {
        f.big = big;
        make_pcap(&f, 0xA1B2C3D4, 1, 250000);
        check_whole(&f, DLT_EN10MB, 0);
        make_pcap(&f, 0xA1B23C4D, 101, 250000789);
        check_whole(&f, DLT_RAW, 789);
    }
}

/* An old Linux patch: eight octets more before each packet. */
static void test_pcap_with_longer_heads(void **state)
{
    static const uint8_t extra[8];
    capfile f = { .big = false };
    (void)state;
    capfile_pcap(&f, 0xA1B2CD34, 1);
    for (uint32_t i = 0; i < PACKETS; i++) {
        capfile_record(&f, 1 + i, 250000, extra, sizeof extra, 100);
        memcpy(f.b + f.n - 16, &(uint32_t){ 5 + i }, 4); /* the length counts the packet alone */
        capfile_bytes(&f, bytes, 5 + i);
    }
    check_whole(&f, DLT_EN10MB, 0);
}

/* pcap 2.2 and before: length on the wire first. */
static void test_old_pcap_has_its_lengths_the_other_way_round(void **state)
{
    capfile f = { .big = false };
    (void)state;
    capfile_pcap(&f, 0xA1B2C3D4, 1);
    f.b[6] = 2;
    for (uint32_t i = 0; i < PACKETS; i++) {
        capfile_u32(&f, 1 + i);
        capfile_u32(&f, 250000);
        capfile_u32(&f, 100);
        capfile_u32(&f, 5 + i);
        capfile_bytes(&f, bytes, 5 + i);
    }
    check_whole(&f, DLT_EN10MB, 0);
}

static void make_pcapng(capfile *f, uint8_t tsresol, uint64_t per_sec)
{
    static const uint8_t name[12] = "passed over";
    f->n = 0;
    capfile_section(f);
    capfile_block(f, 4, name, sizeof name);
    capfile_interface(f, 1, tsresol);
    capfile_block(f, 0x80001234, name, sizeof name);
    for (uint64_t i = 0; i < PACKETS; i++)
        capfile_packet(f, 0, (1 + i) * per_sec + per_sec / 4, bytes, 5 + i);
}

static void test_pcapng_of_either_order_and_resolution(void **state)
{
    static const struct {
        const char *label;
        uint8_t tsresol;
        uint64_t per_sec;
    } rows[] = {
        { "microseconds, unsaid", 0, 1000000 }, { "milliseconds", 3, 1000 },
        { "nanoseconds", 9, 1000000000 },       { "picoseconds", 12, 1000000000000 },
        { "1/1024 s", 0x80 | 10, 1024 },        { "2^-40 s", 0x80 | 40, UINT64_C(1) << 40 },
    };
    capfile f = { .big = false };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s\n", rows[i].label);
        for (int big = 0; big < 2; big++) {
            f.big = big;
            make_pcapng(&f, rows[i].tsresol, rows[i].per_sec);
            check_whole(&f, DLT_EN10MB, 0);
        }
    }
}

/* Sections have their own byte order and interfaces; interfaces their own link type. */
static void test_pcapng_of_several_sections_and_links(void **state)
{
    capfile *f = calloc(1, sizeof *f);
    cap_file file;
    cap_packet p;
    (void)state;
    assert_non_null(f);
    capfile_section(f);
    capfile_interface(f, 1, 0);
    capfile_interface(f, 101, 0);
    capfile_packet(f, 1, 1250000, bytes, 5);
    f->big = true;
    capfile_section(f);
    capfile_interface(f, 113, 0);
    capfile_packet(f, 0, 2250000, bytes, 6);
    capfile_simple(f, bytes, 7);
    open_saved(&file, f, false);
    check_packets(&file, 0, 1, DLT_RAW, 0);
    check_packets(&file, 1, 1, DLT_LINUX_SLL, 0);
    assert_int_equal(cap_file_next(&file, &p), CAP_PACKET);
    assert_int_equal(p.bytes.n, 7);
    assert_int_equal(p.time, 0);
    assert_int_equal(cap_file_next(&file, &p), CAP_END);
    cap_file_fini(&file);
    free(f);
}

/* Cut anywhere: the packets before the cut, then the end if it is between two, else an error. */
static void check_truncations(const capfile *whole, const size_t ends[PACKETS + 1], bool gzip)
{
    char path[64], err[CAP_ERR_MAX];
    cap_packet p;
    capfile_save(whole, gzip, path);
    int fd = open(path, O_RDONLY);
    off_t size = lseek(fd, 0, SEEK_END);
    close(fd);
    for (off_t cut = size - 1; cut >= 0; cut--) {
        cap_file f;
        size_t n = 0;
        assert_int_equal(truncate(path, cut), 0);
        if (!cap_file_init(&f, path, false, err)) {
            assert_true(gzip || (size_t)cut < ends[0]);
            assert_non_null(strstr(err, path));
            continue;
        }
        cap_got got;
        while ((got = cap_file_next(&f, &p)) == CAP_PACKET)
            n++;
        bool between = false;
        for (size_t i = 0; i <= PACKETS; i++)
            between = between || (size_t)cut == ends[i];
        if (!gzip) {
            assert_true(n == PACKETS || (size_t)cut < ends[n + 1]);
            assert_true((size_t)cut >= ends[n]);
            assert_int_equal(got, between ? CAP_END : CAP_DAMAGE);
        }
        assert_int_equal(cap_file_next(&f, &p), got); /* it stays so */
        assert_true(got == CAP_END || f.error[0] != '\0');
        assert_true(gzip ? got == CAP_DAMAGE : true);
        cap_file_fini(&f);
    }
    unlink(path);
}

static void test_every_truncation_of_pcap(void **state)
{
    capfile f = { .big = false };
    size_t ends[PACKETS + 1] = { 24, 24 + 21, 24 + 21 + 22, 24 + 21 + 22 + 23 };
    (void)state;
    make_pcap(&f, 0xA1B2C3D4, 1, 250000);
    assert_int_equal(f.n, ends[PACKETS]);
    check_truncations(&f, ends, false);
    check_truncations(&f, ends, true);
}

static void test_every_truncation_of_pcapng(void **state)
{
    capfile f = { .big = true };
    size_t ends[PACKETS + 1];
    (void)state;
    capfile_section(&f);
    capfile_interface(&f, 1, 9);
    ends[0] = f.n;
    for (uint64_t i = 0; i < PACKETS; i++) {
        capfile_packet(&f, 0, i, bytes, 5 + i);
        ends[i + 1] = f.n;
    }
    check_truncations(&f, ends, false);
    check_truncations(&f, ends, true);
}

static void test_the_longest_packet(void **state)
{
    enum { LONGEST = 262144 };
    (void)state;
    for (uint32_t more = 0; more < 2; more++) {
        capfile f = { .big = false };
        char path[64], err[CAP_ERR_MAX];
        cap_file file;
        cap_packet p;
        capfile_pcap(&f, 0xA1B2C3D4, 1);
        capfile_record(&f, 0, 0, NULL, 0, LONGEST + more);
        memcpy(f.b + f.n - 8, f.b + f.n - 4, 4); /* all of it was kept */
        capfile_save(&f, false, path);
        assert_int_equal(truncate(path, (off_t)f.n + LONGEST + 1), 0);
        assert_true(cap_file_init(&file, path, false, err));
        assert_int_equal(cap_file_next(&file, &p), more ? CAP_DAMAGE : CAP_PACKET);
        cap_file_fini(&file);
        unlink(path);
    }
}

/* What lies before the damage comes out; what is wrong is said with the packet's number. */
static void test_impossible_lengths(void **state)
{
    capfile f = { .big = false };
    cap_file file;
    cap_packet p;
    (void)state;
    make_pcap(&f, 0xA1B2C3D4, 1, 250000);
    f.b[24 + 21 + 8 + 3] = 0x7F; /* the second packet's */
    open_saved(&file, &f, false);
    check_packets(&file, 0, 1, DLT_EN10MB, 0);
    assert_int_equal(cap_file_next(&file, &p), CAP_DAMAGE);
    assert_non_null(strstr(file.error, "after packet 1"));
    cap_file_fini(&file);

    f.n = 0;
    capfile_section(&f);
    capfile_interface(&f, 1, 0);
    capfile_packet(&f, 0, 1250000, bytes, 5);
    capfile_packet(&f, 1, 2250000, bytes, 6); /* no such interface */
    open_saved(&file, &f, false);
    check_packets(&file, 0, 1, DLT_EN10MB, 0);
    assert_int_equal(cap_file_next(&file, &p), CAP_DAMAGE);
    cap_file_fini(&file);
}

/* Packets come as soon as they are written, and a half one is waited for. */
static void test_a_file_that_grows(void **state)
{
    capfile f = { .big = false };
    char path[64], err[CAP_ERR_MAX];
    cap_file file;
    cap_packet p;
    (void)state;
    make_pcap(&f, 0xA1B2C3D4, 1, 250000);
    size_t whole = f.n;
    f.n = 24 + 21 + 10;
    capfile_save(&f, false, path);
    assert_true(cap_file_init(&file, path, true, err));
    check_packets(&file, 0, 1, DLT_EN10MB, 0);
    assert_int_equal(cap_file_next(&file, &p), CAP_WAIT);
    assert_int_equal(cap_file_next(&file, &p), CAP_WAIT);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, f.b + f.n, whole - f.n), whole - f.n);
    check_packets(&file, 1, 2, DLT_EN10MB, 0);
    assert_int_equal(cap_file_next(&file, &p), CAP_WAIT);
    close(fd);
    cap_file_fini(&file);
    unlink(path);
}

/* As by a program that writes the next capture over it: what comes then is no part of this one. */
static void test_a_followed_file_that_shrinks(void **state)
{
    capfile f = { .big = false };
    char path[64], err[CAP_ERR_MAX];
    cap_file file;
    cap_packet p;
    (void)state;
    make_pcap(&f, 0xA1B2C3D4, 1, 250000);
    capfile_save(&f, false, path);
    assert_true(cap_file_init(&file, path, true, err));
    check_packets(&file, 0, PACKETS, DLT_EN10MB, 0);
    assert_int_equal(cap_file_next(&file, &p), CAP_WAIT);
    assert_int_equal(truncate(path, 24), 0);
    assert_int_equal(cap_file_next(&file, &p), CAP_DAMAGE);
    assert_non_null(strstr(file.error, "after packet 3: it has become shorter"));
    cap_file_fini(&file);
    unlink(path);
}

/* What it is instead, and how to come by something that can be read. */
static void test_what_is_no_capture(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *says;
    } rows[] = {
        { "", 0, "it is empty" },
        { "ab", 2, "it is too short" },
        { "hello, world, what follows is text", 34, "neither pcap nor pcapng" },
        { "snoop\0\0\0\0\0\0\2\0\0\0\4", 16, "a snoop file" },
        { "snoopy and more", 15, "neither pcap nor pcapng" },
        { "RTSS\1\1abcdefgh", 14, "Network Monitor 1" },
        { "GMBU\1\2abcdefgh", 14, "Network Monitor 2" },
        { "\xFD\x37zXZ\0\0\4", 8, "xz -dc FILE" },
        { "\x1F\x8B", 2, "breaks off" },
        { "\x1F\x8B\x08\xFFrubbish of all kinds", 24, "damaged" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char path[64], err[CAP_ERR_MAX] = "";
        capfile f = { .big = false };
        cap_file file;
        capfile_bytes(&f, rows[i].bytes, rows[i].n);
        capfile_save(&f, false, path);
        assert_false(cap_file_init(&file, path, false, err));
        if (!strstr(err, rows[i].says) || strncmp(err, path, strlen(path)) != 0)
            fail_msg("%s, and not: %s", err, rows[i].says);
        unlink(path);
    }
}

/* A pipe is standard input here, as it is for a shell's `| nbtdump -r -`. */
static void test_a_pipe_that_is_being_written(void **state)
{
    capfile f = { .big = false };
    char err[CAP_ERR_MAX];
    cap_file file;
    cap_packet p;
    int ends[2], saved = dup(STDIN_FILENO);
    (void)state;
    make_pcapng(&f, 0, 1000000);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    assert_int_equal(write(ends[1], f.b, f.n - 30), f.n - 30);
    assert_true(cap_file_init(&file, "-", false, err));
    check_packets(&file, 0, 2, DLT_EN10MB, 0);
    assert_int_equal(cap_file_next(&file, &p), CAP_WAIT);
    assert_int_equal(write(ends[1], f.b + f.n - 30, 30), 30);
    check_packets(&file, 2, 1, DLT_EN10MB, 0);
    assert_int_equal(cap_file_next(&file, &p), CAP_WAIT);
    close(ends[1]);
    assert_int_equal(cap_file_next(&file, &p), CAP_END);
    cap_file_fini(&file);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

/* More than fits into the window, with packets across its edges. */
static void test_a_long_file(void **state)
{
    enum { MANY = 3000, SIZE = 1500 };
    uint8_t big[SIZE];
    capfile head = { .big = false };
    char path[64], err[CAP_ERR_MAX];
    (void)state;
    capfile_pcap(&head, 0xA1B2C3D4, 1);
    capfile_save(&head, false, path);
    FILE *to = fopen(path, "ab");
    assert_non_null(to);
    for (unsigned i = 0; i < MANY; i++) {
        head.n = 0;
        memset(big, (int)i, SIZE);
        capfile_record(&head, i, 0, big, SIZE - i % 700, SIZE);
        fwrite(head.b, 1, head.n, to);
    }
    fclose(to);
    cap_file f;
    cap_packet p;
    assert_true(cap_file_init(&f, path, false, err));
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(cap_file_next(&f, &p), CAP_PACKET);
        assert_int_equal(p.bytes.n, SIZE - i % 700);
        assert_int_equal(p.bytes.p[0], i & 0xFF);
        assert_int_equal(p.bytes.p[p.bytes.n - 1], i & 0xFF);
    }
    assert_int_equal(cap_file_next(&f, &p), CAP_END);
    cap_file_fini(&f);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_pcap_of_either_order_and_resolution),
        NBT_TEST("", test_pcap_with_longer_heads),
        NBT_TEST("", test_old_pcap_has_its_lengths_the_other_way_round),
        NBT_TEST("", test_pcapng_of_either_order_and_resolution),
        NBT_TEST("", test_pcapng_of_several_sections_and_links),
        NBT_TEST("", test_every_truncation_of_pcap),
        NBT_TEST("", test_every_truncation_of_pcapng),
        NBT_TEST("", test_the_longest_packet),
        NBT_TEST("", test_impossible_lengths),
        NBT_TEST("", test_a_file_that_grows),
        NBT_TEST("", test_a_followed_file_that_shrinks),
        NBT_TEST("", test_what_is_no_capture),
        NBT_TEST("", test_a_pipe_that_is_being_written),
        NBT_TEST("", test_a_long_file),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
