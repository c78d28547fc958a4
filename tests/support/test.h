/*
 * What every cmocka test includes: cmocka itself, the registration of a test with the conformance
 * rows that it proves, and the few helpers that every codec's tests need. It never holds helpers
 * for one module alone.
 */
#ifndef TESTS_SUPPORT_TEST_H
#define TESTS_SUPPORT_TEST_H

/* cmocka wants these before itself, in this order. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "nbt/wire.h"

/*
 * One row of the test table. `rows` names the conformance rows that the test really proves, as in
 * "C14 C15", or is "": a rule of the tree compares them with fixtures/requirements.tsv.
 */
#define NBT_TEST(rows, fn)                                                                         \
    {                                                                                              \
#fn " [" rows "]", (fn), NULL, NULL, NULL                                                  \
    }
#define NBT_TEST_WITH(rows, fn, setup, teardown)                                                   \
    {                                                                                              \
#fn " [" rows "]", (fn), (setup), (teardown), NULL                                         \
    }

/* The main of a test program: NBT_MAIN("ns", tests), tests being an array of struct CMUnitTest. */
#define NBT_MAIN(name, tests)                                                                      \
    int main(void)                                                                                 \
    {                                                                                              \
        return cmocka_run_group_tests_name(name, tests, NULL, NULL);                               \
    }

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The seed of every property test, so that a run can be repeated; NBTLAB_SEED sets another one. */
uint64_t test_seed(void);

/*
 * The n bytes of p in a heap block of exactly n bytes, so that the sanitizer sees a read of one
 * more. Give it back with free(). No bytes give NULL.
 */
uint8_t *exact_copy(const void *p, size_t n);

/* "20 45 47" (spaces and newlines are skipped) into out; returns the count, fails on other text. */
size_t hex_bytes(const char *hex, uint8_t *out, size_t cap);

/* The cursor failed with exactly this error, at this offset, in this field. */
#define assert_rd_err(r, err, at, field) test_rd_err((r), (err), (at), (field), __FILE__, __LINE__)

/* The cursor is well and has no byte left. */
#define assert_rd_end(r) test_rd_end((r), __FILE__, __LINE__)

/* The writer is well and has written exactly these bytes. */
#define assert_wr_bytes(w, p, n) test_wr_bytes((w), (p), (n), __FILE__, __LINE__)

/* The writer failed with exactly this error. */
#define assert_wr_err(w, err) test_wr_err((w), (err), __FILE__, __LINE__)

/* The same bytes, given as hex text. */
#define assert_hex(p, n, hex) test_hex((p), (n), (hex), __FILE__, __LINE__)

void test_rd_err(const nbt_rd *r, nbt_err err, size_t at, const char *field, const char *file,
                 int line);
void test_rd_end(const nbt_rd *r, const char *file, int line);
void test_wr_bytes(const nbt_wr *w, const void *p, size_t n, const char *file, int line);
void test_wr_err(const nbt_wr *w, nbt_err err, const char *file, int line);
void test_hex(const void *p, size_t n, const char *hex, const char *file, int line);

#endif
