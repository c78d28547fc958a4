/* The screen as a file: text, and a picture that has the dots of rc/picture.h. */
#include "tools/host/snapshot.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "rc/picture.h"
#include "tests/support/test.h"

static char folder[] = "/tmp/nbtlab-snapshot-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static rc_screen page(void)
{
    rc_page p;
    rc_page_init(&p, "CLIENT1");
    rc_page_type(&p, (nbt_bytes){ (const uint8_t *)"dir\r", 4 });
    return p.screen;
}

static size_t slurp(const char *path, uint8_t *octets, size_t cap)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(octets, 1, cap, f);
    assert_true(n < cap);
    fclose(f);
    assert_int_equal(unlink(path), 0);
    return n;
}

static void as_text_it_has_a_line_for_each_row(void **state)
{
    (void)state;
    static uint8_t octets[3000];
    rc_screen s = page();
    host_err err;
    assert_true(host_snapshot_write("a.txt", &s, &err));
    size_t n = slurp("a.txt", octets, sizeof octets), lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += octets[i] == '\n';
    assert_int_equal(lines, RC_ROWS);
    octets[n] = '\0';
    assert_non_null(strstr((char *)octets, "\ndir\n\n"));
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void as_a_picture_it_has_its_dots(void **state)
{
    (void)state;
    static uint8_t octets[40000], dots[RC_PICTURE_HEIGHT * (RC_PICTURE_LINE + 1)];
    rc_screen s = page();
    host_err err;
    assert_true(host_snapshot_write("a.png", &s, &err));
    size_t n = slurp("a.png", octets, sizeof octets), at = 8;
    assert_memory_equal(octets, "\x89PNG\r\n\x1A\n", 8);
    char types[20] = "";
    while (at < n) { /* each chunk is whole, and its check is right */
        uint32_t len = u32(octets + at);
        assert_true(at + 12 + len <= n);
        assert_int_equal(u32(octets + at + 8 + len), crc32(0, octets + at + 4, len + 4));
        strncat(types, (char *)octets + at + 4, 4);
        if (memcmp(octets + at + 4, "IHDR", 4) == 0) {
            assert_int_equal(u32(octets + at + 8), RC_PICTURE_WIDTH);
            assert_int_equal(u32(octets + at + 12), RC_PICTURE_HEIGHT);
            assert_memory_equal(octets + at + 16, "\1\0\0\0\0", 5);
        } else if (memcmp(octets + at + 4, "IDAT", 4) == 0) {
            uLongf size = sizeof dots;
            assert_int_equal(uncompress(dots, &size, octets + at + 8, len), Z_OK);
            assert_int_equal(size, sizeof dots);
        }
        at += 12 + len;
    }
    assert_string_equal(types, "IHDRIDATIEND");
    for (unsigned line = 0; line < RC_PICTURE_HEIGHT; line++) {
        uint8_t want[RC_PICTURE_LINE];
        rc_picture_line(&s, line, want);
        assert_int_equal(dots[line * (RC_PICTURE_LINE + 1)], 0);
        assert_memory_equal(dots + line * (RC_PICTURE_LINE + 1) + 1, want, sizeof want);
    }
}

static void what_cannot_be_written_is_said(void **state)
{
    (void)state;
    rc_screen s = page();
    host_err err;
    assert_false(host_snapshot_write("nowhere/a.txt", &s, &err));
    assert_non_null(strstr(err.text, "nowhere/a.txt: No such file"));
    assert_int_equal(mkdir("folder.txt", 0700), 0);
    assert_false(host_snapshot_write("folder.txt", &s, &err));
    assert_int_equal(rmdir("folder.txt"), 0); /* and nothing is left: see leave_folder */
    assert_true(host_snapshot_path("a.png", &err));
    assert_false(host_snapshot_path("a.gif", &err));
    assert_false(host_snapshot_path(".png", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", as_text_it_has_a_line_for_each_row),
        NBT_TEST("", as_a_picture_it_has_its_dots),
        NBT_TEST("", what_cannot_be_written_is_said),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
