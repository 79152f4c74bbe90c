/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/sandbox.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "util/macro.h"

#define CPU_SECONDS_MAX 2
#define MEMORY_MAX      ((rlim_t)512 * 1024 * 1024)
/* The three standard ones, the file, its separate symbols, and what finding it takes. */
#define FILES_MAX 16

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no list of system calls for this architecture: -Dsymbols=disabled"
#endif

/* A sanitizer needs more of everything, and finds what the filter would hide. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static int limit(int what, rlim_t most)
{
        const struct rlimit l = {.rlim_cur = most, .rlim_max = most};

        return setrlimit(what, &l) < 0 ? negative_errno() : 0;
}

int sandbox_limit(void)
{
        int r = 0;

        if (SANITIZED)
                return 0;
        if ((r = limit(RLIMIT_CPU, CPU_SECONDS_MAX)) < 0 ||
            (r = limit(RLIMIT_AS, MEMORY_MAX)) < 0 || (r = limit(RLIMIT_NOFILE, FILES_MAX)) < 0 ||
            (r = limit(RLIMIT_FSIZE, 0)) < 0 || (r = limit(RLIMIT_CORE, 0)) < 0)
                return r;
        return 0;
}

/* The system service's filter may refuse it; then the filter below makes them useless. */
static void drop_capabilities(void)
{
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};

        (void)syscall(SYS_capset, &header, none);
}

/* The low half of argument @i, which all that is asked for here fits into: this machine is little
 * endian. */
#define ARGUMENT(i) ((unsigned)offsetof(struct seccomp_data, args[i]))

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define KILL         RETURN(SECCOMP_RET_KILL_PROCESS)
#define PERMIT       RETURN(SECCOMP_RET_ALLOW)

/* Each takes the number of the system call for loaded, and leaves it so where it is another. */
#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), PERMIT
#define ALLOW_IF(name, i, value)                                                                   \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 4), LOAD(ARGUMENT(i)),                  \
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1), PERMIT, KILL
#define ALLOW_UNLESS(name, i, bits)                                                                \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 4), LOAD(ARGUMENT(i)),                  \
                BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 1, 0), PERMIT, KILL

int sandbox_enter(int socket_fd)
{
        const struct sock_filter filter[] = {
                LOAD(offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
                KILL,
                LOAD(offsetof(struct seccomp_data, nr)),
                ALLOW(pread64),
                ALLOW(read),
                ALLOW(lseek),
                ALLOW(fstat),
                ALLOW(close),
                ALLOW(brk),
                ALLOW(munmap),
                ALLOW(mremap),
                ALLOW(futex),
                ALLOW(exit_group),
                ALLOW_UNLESS(mmap, 2, PROT_EXEC),
                ALLOW_UNLESS(mprotect, 2, PROT_EXEC),
                /* fstat(2), as some C libraries make it. A filter cannot see that the path is
                 * empty: what it learns of a path, it could only say to us. */
                ALLOW_IF(newfstatat, 3, AT_EMPTY_PATH),
                /* Whether an fd is open. */
                ALLOW_IF(fcntl, 1, F_GETFD),
                ALLOW_IF(sendto, 0, (unsigned)socket_fd),
                ALLOW_IF(recvmsg, 0, (unsigned)socket_fd),
                KILL,
        };
        const struct sock_fprog program = {.len = ARRAY_SIZE(filter),
                                           .filter = (struct sock_filter *)filter};

        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return negative_errno();
        drop_capabilities();
        if (SANITIZED)
                return 0;
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
                return negative_errno();
        return 0;
}
