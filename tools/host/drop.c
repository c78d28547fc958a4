/*
 * capset and a seccomp filter. The filter names what is forbidden rather than what is allowed: what
 * libuv, glibc and the sanitizers call differs from version to version, what an attacker wants does
 * not. (ptrace is missing in it because the leak sanitizer uses it on itself.)
 */
#include "tools/host/drop.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
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

bool host_drop(host_err *err)
{
    if (!drop_capabilities()) {
        host_err_set(err, HOST_SYSTEM, "capabilities cannot be dropped: %s", strerror(errno));
        return false;
    }
    int rc = load_filter();
    if (rc)
        host_err_set(err, HOST_SYSTEM, "the system call filter cannot be loaded: %s",
                     strerror(-rc));
    return rc == 0;
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
