/*
 * The helpers of test.h: each says what it saw before it fails, and at whose line.
 */
#include "tests/support/test.h"

uint64_t test_seed(void)
{
    const char *text = getenv("NBTLAB_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : 1;
    print_message("NBTLAB_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

uint8_t *exact_copy(const void *p, size_t n)
{
    if (n == 0)
        return NULL;
    uint8_t *copy = malloc(n);
    assert_non_null(copy);
    memcpy(copy, p, n);
    return copy;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) & 15 : -1;
}

size_t hex_bytes(const char *hex, uint8_t *out, size_t cap)
{
    size_t n = 0;
    for (const char *c = hex; *c;) {
        if (*c == ' ' || *c == '\n') {
            c++;
            continue;
        }
        int high = hex_digit(c[0]), low = hex_digit(c[1]);
        if (high < 0 || low < 0 || n == cap)
            fail_msg("not hex, or more than %zu bytes, at \"%s\"", cap, c);
        out[n++] = (uint8_t)(high << 4 | low);
        c += 2;
    }
    return n;
}

void test_rd_err(const nbt_rd *r, nbt_err err, size_t at, const char *field, const char *file,
                 int line)
{
    if (r->err == err && r->err_at == at && r->err_field && strcmp(r->err_field, field) == 0)
        return;
    print_error("want: %s, at %zu, in %s\n", nbt_err_str(err), at, field);
    print_error("have: %s, at %zu, in %s\n", nbt_err_str(r->err), r->err_at,
                r->err_field ? r->err_field : "(none)");
    _fail(file, line);
}

void test_rd_end(const nbt_rd *r, const char *file, int line)
{
    if (!r->err && r->at == r->end)
        return;
    print_error("want: all read\nhave: %s, at %zu, in %s; cursor at %zu of %zu\n",
                nbt_err_str(r->err), r->err_at, r->err_field ? r->err_field : "(none)", r->at,
                r->end);
    _fail(file, line);
}

void test_wr_bytes(const nbt_wr *w, const void *p, size_t n, const char *file, int line)
{
    if (w->err)
        print_error("writer: %s in %s\n", nbt_err_str(w->err), w->err_field);
    _assert_int_equal(w->err, NBT_OK, file, line);
    _assert_int_equal(w->at, n, file, line);
    _assert_memory_equal(w->base, p, n, file, line);
}

void test_wr_err(const nbt_wr *w, nbt_err err, const char *file, int line)
{
    if (w->err == err)
        return;
    print_error("want: %s\nhave: %s in %s\n", nbt_err_str(err), nbt_err_str(w->err),
                w->err_field ? w->err_field : "(none)");
    _fail(file, line);
}

void test_hex(const void *p, size_t n, const char *hex, const char *file, int line)
{
    size_t cap = strlen(hex) / 2 + 1;
    uint8_t *want = malloc(cap);
    assert_non_null(want);
    size_t count = hex_bytes(hex, want, cap);
    _assert_int_equal(n, count, file, line);
    _assert_memory_equal(p, want, n, file, line);
    free(want);
}
