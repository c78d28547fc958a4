/*
 * A network namespace of the test's own, so that real sockets, real ports and broadcasts can be
 * tried: it goes away with the process. What must work as an ordinary user works there as root.
 */
#ifndef TESTS_SUPPORT_NETNS_H
#define TESTS_SUPPORT_NETNS_H

/*
 * Enters a new, empty network namespace in which lo is up; with a user namespace around it where
 * that is needed. Ends the test program as skipped (77) where neither is allowed. To be called
 * before any test; made for cmocka_run_group_tests as its setup.
 */
int test_netns_enter(void **state);

/* Runs a command line of ip(8) in it ("link set lo up"); a failure fails the test. */
void test_netns_ip(const char *arguments);

/* Waits until an interface that was set up carries packets: the kernel takes its time for that. */
void test_netns_await_up(const char *interface);

/* Sets net.ipv4.conf.INTERFACE.KEY. */
void test_netns_sysctl(const char *interface, const char *key, const char *value);

/* A cmocka main that enters the namespace first. */
#define NBT_MAIN_NETNS(name, tests)                                                                \
    int main(void)                                                                                 \
    {                                                                                              \
        return cmocka_run_group_tests_name(name, tests, test_netns_enter, NULL);                   \
    }

#endif
