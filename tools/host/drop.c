/*
 * capset, a seccomp filter and a Landlock domain. The filter names what is forbidden rather than
 * what is allowed: what libuv, glibc and the sanitizers call differs from version to version, what
 * an attacker wants does not. (ptrace is missing in it because the leak sanitizer uses it on
 * itself.)
 */
#include "tools/host/drop.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool drop_capabilities(void)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &head, data) != 0)
        return false;
    const uint32_t kept = UINT32_C(1) << CAP_DAC_OVERRIDE;
    data[0].effective &= kept;
    data[0].permitted &= kept;
    data[1].effective = data[1].permitted = 0;
    data[0].inheritable = data[1].inheritable = 0;
    return syscall(SYS_capset, &head, data) == 0;
}

static int load_filter(void)
{
    static const int forbidden[] = {
        SCMP_SYS(execve),
        SCMP_SYS(execveat),
        SCMP_SYS(setns),
        SCMP_SYS(unshare),
        SCMP_SYS(mount),
        SCMP_SYS(umount2),
        SCMP_SYS(pivot_root),
        SCMP_SYS(chroot),
        SCMP_SYS(open_by_handle_at),
        SCMP_SYS(init_module),
        SCMP_SYS(finit_module),
        SCMP_SYS(delete_module),
        SCMP_SYS(kexec_load),
        SCMP_SYS(kexec_file_load),
        SCMP_SYS(bpf),
        SCMP_SYS(perf_event_open),
        SCMP_SYS(userfaultfd),
        SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev),
        SCMP_SYS(add_key),
        SCMP_SYS(request_key),
        SCMP_SYS(keyctl),
    };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int rc = filter ? 0 : -ENOMEM;
    for (size_t i = 0; rc == 0 && i < sizeof forbidden / sizeof forbidden[0]; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), forbidden[i], 0);
    if (rc == 0)
        rc = seccomp_load(filter); /* sets no_new_privs, too */
    if (filter)
        seccomp_release(filter);
    return rc;
}

/* -- files (landlock(7)) ----------------------------------------------------------------------- */

/* What the first version has; later ones add what headers may not know yet. */
enum {
    CHANGES = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
              LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
              LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
              LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
              LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
};

static int open_folder_of(const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool except(int rules, const char *path)
{
    struct landlock_path_beneath_attr beneath = { .allowed_access = CHANGES };
    beneath.parent_fd = open_folder_of(path);
    if (beneath.parent_fd < 0)
        return false;
    long rc = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    close(beneath.parent_fd);
    return rc == 0;
}

/* Needs what the filter has set: no new privileges. */
static bool close_files(const char *const *kept, size_t n, host_err *err)
{
    const struct landlock_ruleset_attr all = { .handled_access_fs = CHANGES };
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0) /* ENOSYS, EOPNOTSUPP: the kernel was built or started without it */
        return true;
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        ok = !kept[i] || except(rules, kept[i]);
        if (!ok)
            host_err_set(err, HOST_SYSTEM, "the folder of %s cannot be kept writable: %s", kept[i],
                         strerror(errno));
    }
    if (ok && syscall(SYS_landlock_restrict_self, rules, 0) != 0) {
        host_err_set(err, HOST_SYSTEM, "files cannot be closed off: %s", strerror(errno));
        ok = false;
    }
    close(rules);
    return ok;
}

bool host_drop(const char *const *kept, size_t n, host_err *err)
{
    if (!drop_capabilities()) {
        host_err_set(err, HOST_SYSTEM, "capabilities cannot be dropped: %s", strerror(errno));
        return false;
    }
    int rc = load_filter();
    if (rc)
        host_err_set(err, HOST_SYSTEM, "the system call filter cannot be loaded: %s",
                     strerror(-rc));
    return rc == 0 && close_files(kept, n, err);
}

enum { NOBODY = 65534 };

bool host_drop_user(host_err *err)
{
    const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");
    uid_t u = uid ? (uid_t)strtoul(uid, NULL, 10) : NOBODY;
    gid_t g = gid ? (gid_t)strtoul(gid, NULL, 10) : NOBODY;
    if (geteuid() != 0)
        return true;
    if ((setgroups(0, NULL) == 0 && setgid(g) == 0 && setuid(u) == 0) ||
        errno == EINVAL) /* a user namespace that knows no other user: there is nothing to drop */
        return true;
    if (errno == EPERM && setuid(0) == 0) /* the same, without the right to set groups */
        return true;
    host_err_set(err, HOST_SYSTEM, "cannot become user %u: %s", (unsigned)u, strerror(errno));
    return false;
}
