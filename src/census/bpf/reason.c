/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/reason.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "util/kernel.h"

/* linux/capability.h, 5.8 */
#define CAP_PERFMON_ 38
#define CAP_BPF_     39

static char *read_text(const char *path)
{
        char *text = NULL;
        size_t size;

        return file_read_at(AT_FDCWD, path, 64 * 1024, &text, &size) < 0 ? NULL : text;
}

/* "none integrity [confidentiality]" */
static bool is_locked_down(void)
{
        _cleanup_free_ char *text = read_text("/sys/kernel/security/lockdown");

        return text && strstr(text, "[confidentiality]");
}

/* A line of /proc/self/status, as a number of this base; @missing where there is none. */
static uint64_t status_number(const char *key, int base, uint64_t missing)
{
        _cleanup_free_ char *text = read_text("/proc/thread-self/status");
        const char *at = text ? strstr(text, key) : NULL;

        return at ? strtoull(at + strlen(key), NULL, base) : missing;
}

static bool may(unsigned capability)
{
        uint64_t effective = status_number("\nCapEff:", 16, UINT64_MAX);

        /* Before they were made, and still: all that they allow. */
        return effective & (UINT64_C(1) << capability) ||
               effective & (UINT64_C(1) << CAP_SYS_ADMIN);
}

int reason_foresee(struct error *reason)
{
        if (kernel_version() < KERNEL_VERSION_OF(5, 17))
                return error_set(reason, EOPNOTSUPP, "the kernel is older than Linux 5.17");
        if (access("/sys/kernel/btf/vmlinux", F_OK) < 0)
                return error_set(
                        reason, EOPNOTSUPP,
                        "the kernel does not describe its types (no /sys/kernel/btf/vmlinux)");
        if (is_locked_down())
                return error_set(reason, EOPNOTSUPP, "the kernel is locked down (confidentiality)");
        if (!may(CAP_BPF_) || !may(CAP_PERFMON_))
                return error_set(reason, EPERM, "CAP_BPF and CAP_PERFMON are needed");
        return 0;
}

int reason_explain(int errnum, struct error *reason)
{
        switch (errnum) {
        case -EPERM:
        case -EACCES:
                if (status_number("\nSeccomp:", 10, 0) > 0)
                        return error_set(reason, -errnum,
                                         "the system call bpf(2) is not allowed "
                                         "(seccomp), or the kernel refuses the programs");
                return error_set(reason, -errnum, "the kernel refuses the programs");
        case -ENOSYS:
                return error_set(reason, -errnum, "the kernel has no bpf(2)");
        case -ENOMEM:
                return error_set(reason, -errnum, "memory is short");
        case -EAGAIN:
        case -ETIMEDOUT:
                return error_set(reason, -errnum,
                                 "a walk over the kernel's lists did not come to its end");
        case -E2BIG:
                return error_set(reason, -errnum, "there is more than the maps can hold");
        default:
                return error_set_errno(reason, errnum, "failed to load the programs");
        }
}
