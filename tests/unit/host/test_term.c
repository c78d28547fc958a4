/* The screen as a terminal gets it, and a terminal that is as it was afterwards. */
#include "tools/host/term.h"

#include <pty.h>
#include <stdio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/support/test.h"

static void rows_are_drawn_where_they_stand(void **state)
{
    (void)state;
    int fds[2];
    char text[4096];
    rc_screen s;
    rc_page p;
    rc_page_init(&p, "CLIENT1");
    s = p.screen;
    memcpy(s.chars + 2 * RC_COLUMNS, "dir\x1b", 4);
    s.cursor = 2 * RC_COLUMNS + 4;
    assert_int_equal(pipe(fds), 0);
    host_term_draw(fds[1], &s, 1 | 1 << 2);
    ssize_t n = read(fds[0], text, sizeof text - 1);
    assert_true(n > 0);
    text[n] = '\0';
    assert_memory_equal(text, "\033[1;1H\033[0m\033[7m CLIENT1 ", 22);
    assert_null(strstr(text, "\033[2;1H"));                 /* not in the set */
    assert_non_null(strstr(text, "\033[3;1H\033[0mdir. ")); /* nothing that could escape */
    assert_non_null(strstr(text, "\033[3;5H"));
    close(fds[0]);
    close(fds[1]);
}

/* In a terminal of its own: 0 if all is well, else which step was not. */
static int in_a_terminal(void)
{
    struct termios before, raw, after;
    if (!host_term_there() || tcgetattr(0, &before) != 0)
        return 1;
    host_term_begin();
    host_term_begin();
    if (tcgetattr(0, &raw) != 0 || raw.c_lflag & (ICANON | ECHO | ISIG))
        return 2;
    host_term_end();
    host_term_end();
    if (tcgetattr(0, &after) != 0 || before.c_iflag != after.c_iflag ||
        before.c_oflag != after.c_oflag || before.c_lflag != after.c_lflag)
        return 3;
    return 0;
}

static void a_terminal_is_given_back(void **state)
{
    (void)state;
    int master, status;
    char text[256];
    pid_t child = forkpty(&master, NULL, NULL, NULL);
    assert_true(child >= 0);
    if (child == 0)
        _exit(in_a_terminal());
    size_t n = 0;
    for (ssize_t got;
         n < sizeof text - 1 && (got = read(master, text + n, sizeof text - 1 - n)) > 0;)
        n += (size_t)got;
    text[n] = '\0';
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(text, "\033[?1049h\033[2J\033[?1049l");
    close(master);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", rows_are_drawn_where_they_stand),
    NBT_TEST("", a_terminal_is_given_back),
};

NBT_MAIN("term", tests)
