/*
 * Sockets at a path. (What may stand in a path's place is tested with the driver's socket.)
 */
#include "tools/host/localsock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"

static void listening_and_connecting(void **state)
{
    (void)state;
    static const int types[] = { SOCK_SEQPACKET, SOCK_STREAM };
    char folder[] = "/tmp/nbtlab-local-XXXXXX", path[64];
    struct stat st;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x.sock", folder);
    for (size_t i = 0; i < LENGTH_OF(types); i++) {
        host_localsock l, second;
        host_err err = { .text = "" };
        assert_int_equal(host_localsock_connect(path, types[i]), -1);
        assert_true(host_localsock_listen(&l, path, types[i], &err));
        int fd = host_localsock_connect(path, types[i]);
        assert_true(fd >= 0);
        close(fd);
        assert_false(host_localsock_listen(&second, path, types[i], &err));
        assert_int_equal(err.status, HOST_DRIVER);
        close(l.fd); /* as if its process had died: the file stays */
        assert_int_equal(stat(path, &st), 0);
        assert_true(host_localsock_listen(&second, path, types[i], &err));
        host_localsock_remove(&second);
        assert_int_equal(stat(path, &st), -1);
        close(second.fd);
    }
    assert_int_equal(rmdir(folder), 0);
}

static void default_paths(void **state)
{
    (void)state;
    host_err err;
    char folder[] = "/tmp/nbtlab-local-XXXXXX", path[128], want[128];
    struct stat st;
    assert_non_null(mkdtemp(folder));
    setenv("XDG_RUNTIME_DIR", folder, 1);
    assert_true(host_localsock_path("FRED-1", path, sizeof path, &err));
    snprintf(want, sizeof want, "%s/nbtlab/FRED-1.sock", folder);
    assert_string_equal(path, want);
    assert_true(host_localsock_path("../A B", path, sizeof path, &err));
    snprintf(want, sizeof want, "%s/nbtlab/%%2E%%2E%%2FA%%20B.sock", folder);
    assert_string_equal(path, want);
    snprintf(path, sizeof path, "%s/nbtlab", folder);
    assert_int_equal(stat(path, &st), 0); /* the folder is there now */
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);

    setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
    assert_false(host_localsock_path("FRED", path, sizeof path, &err));
    assert_int_equal(err.status, HOST_SYSTEM);
    assert_non_null(strstr(err.text, "give --socket PATH"));
    unsetenv("XDG_RUNTIME_DIR");
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", listening_and_connecting),
    NBT_TEST("", default_paths),
};

NBT_MAIN("localsock", tests)
