/*
 * Turning an event loop in a test until something has happened, however long the machine takes.
 */
#ifndef TESTS_SUPPORT_TURN_H
#define TESTS_SUPPORT_TURN_H

#include <uv.h>

/* Turns the loop until the condition holds; fails the test after 20 seconds without it. */
#define test_turn_until(uv, condition)                                                             \
    for (uint64_t turn_begun = uv_hrtime(); !(condition);)                                         \
    test_turn((uv), turn_begun, #condition, __FILE__, __LINE__)

/* Turns it until nothing more happens of itself: what is ready now is handled. */
void test_turn_idle(uv_loop_t *uv);

/* Ends a loop whose handles are all closed or closing. */
void test_turn_end(uv_loop_t *uv);

void test_turn(uv_loop_t *uv, uint64_t begun, const char *condition, const char *file, int line);

#endif
