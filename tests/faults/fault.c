/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loaded into a program with LD_PRELOAD: makes one allocation fail, and tells at the end what the
 * program has left open. All by environment variables:
 *
 * FAULT_ALLOCATION=N   the Nth allocation returns NULL, whoever makes it: the program, or libc or a
 *                      library on its behalf; only not the test framework itself
 * FAULT_REPORT=FILE    at a regular end, a line "allocations N" and a line "fd N TARGET" for each
 *                      fd above stderr that is open
 *
 * What the program executes is left alone: it gets none of these variables, nor this library.
 *
 * A crash prints "crash SIGNAL" and, for addr2line(1), the addresses of its frames in the program
 * itself ("crashed ADDRESS") and of those where the allocation had failed ("failed ADDRESS"),
 * before anybody else's handler gets to see it. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own names for them, so that nothing must be looked up before the first one. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

static _Atomic uint64_t n_allocations;
static uint64_t fails_at;
static char report_path[4096];
#define FRAMES_MAX 64
static void *fault_frames[FRAMES_MAX]; /* where the allocation failed */
static int n_fault_frames;
static uintptr_t framework_start, framework_end;

static int find_framework(struct dl_phdr_info *info, size_t size, void *userdata)
{
        if (!strstr(info->dlpi_name, "libcmocka"))
                return 0;
        for (int i = 0; i < info->dlpi_phnum; i++) {
                const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
                if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
                        continue;
                framework_start = info->dlpi_addr + segment->p_vaddr;
                framework_end = framework_start + segment->p_memsz;
        }
        return 1;
}

/* Whether the allocation that @caller asks for is the one. */
static int fails(const void *caller)
{
        uintptr_t address = (uintptr_t)caller;

        if (address >= framework_start && address < framework_end)
                return 0;
        if (atomic_fetch_add(&n_allocations, 1) + 1 != fails_at)
                return 0;
        n_fault_frames = backtrace(fault_frames, FRAMES_MAX);
        errno = ENOMEM;
        return 1;
}

void *malloc(size_t size)
{
        return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
        return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
        return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t n, size_t size)
{
        size_t bytes;

        if (__builtin_mul_overflow(n, size, &bytes) || fails(__builtin_return_address(0))) {
                errno = ENOMEM;
                return NULL;
        }
        return __libc_realloc(p, bytes);
}

static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGPIPE};
#define N_CRASHES (sizeof(crashes) / sizeof(crashes[0]))

static int is_crash(int number)
{
        for (size_t i = 0; i < N_CRASHES; i++)
                if (crashes[i] == number)
                        return 1;
        return 0;
}

static uintptr_t program_base;

static int find_program(struct dl_phdr_info *info, size_t size, void *userdata)
{
        program_base = info->dlpi_addr; /* the first one is the program */
        return 1;
}

static void print_frames(const char *what, void *const *frames, int n)
{
        Dl_info info;

        for (int i = 0; i < n; i++)
                if (dladdr(frames[i], &info) && (uintptr_t)info.dli_fbase == program_base)
                        fprintf(stderr, "%s %#lx\n", what, (uintptr_t)frames[i] - program_base - 1);
}

/* With a damaged heap or stack, telling may crash as well: first what is known already. */
static void on_crash(int number)
{
        static volatile sig_atomic_t crashes_again;
        void *frames[FRAMES_MAX];

        if (crashes_again)
                _exit(99);
        crashes_again = 1;
        fprintf(stderr, "crash %d\n", number);
        print_frames("failed", fault_frames, n_fault_frames);
        int n = backtrace(frames, FRAMES_MAX);
        print_frames("crashed", frames, n);
        _exit(99);
}

/* The test framework would take a crash for a failed test. */
int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
        static int (*real)(int, const struct sigaction *, struct sigaction *);

        if (fails_at > 0 && is_crash(number) && action && action->sa_handler != SIG_IGN &&
            action->sa_handler != on_crash) {
                if (old)
                        *old = (struct sigaction){.sa_handler = SIG_DFL};
                return 0;
        }
        if (!real)
                *(void **)&real = dlsym(RTLD_NEXT, "sigaction");
        return real(number, action, old);
}

sighandler_t signal(int number, sighandler_t handler)
{
        struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;

        return sigaction(number, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

static void catch_crashes(void)
{
        struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_NODEFER};
        void *frame;

        (void)backtrace(&frame, 1); /* loads what it needs, while there is memory */
        dl_iterate_phdr(find_program, NULL);
        for (size_t i = 0; i < N_CRASHES; i++)
                sigaction(crashes[i], &action, NULL);
}

__attribute__((constructor)) static void start(void)
{
        const char *number = getenv("FAULT_ALLOCATION"), *path = getenv("FAULT_REPORT");

        if (path)
                snprintf(report_path, sizeof(report_path), "%s", path);
        if (number)
                catch_crashes();
        dl_iterate_phdr(find_framework, NULL);
        atomic_store(&n_allocations, 0);
        fails_at = number ? strtoull(number, NULL, 10) : 0;
        unsetenv("LD_PRELOAD");
        unsetenv("FAULT_REPORT");
        unsetenv("FAULT_ALLOCATION");
}

/* The thread of a scan cleans up behind itself, and nobody waits for it. */
static void wait_for_threads(void)
{
        for (int i = 0; i < 400; i++) {
                int n = 0;
                DIR *tasks = opendir("/proc/self/task");
                for (struct dirent *entry; tasks && (entry = readdir(tasks));)
                        n += entry->d_name[0] != '.';
                if (tasks)
                        closedir(tasks);
                if (n <= 1)
                        return;
                usleep(5000);
        }
}

__attribute__((destructor)) static void report(void)
{
        uint64_t total = atomic_load(&n_allocations);
        char link[64], target[256];

        fails_at = 0;
        wait_for_threads();
        FILE *f = *report_path ? fopen(report_path, "we") : NULL;
        if (!f)
                return;
        fprintf(f, "allocations %llu\n", (unsigned long long)total);
        DIR *fds = opendir("/proc/self/fd");
        for (struct dirent *entry; fds && (entry = readdir(fds));) {
                int fd = atoi(entry->d_name);
                if (fd <= STDERR_FILENO || fd == dirfd(fds) || fd == fileno(f))
                        continue;
                snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
                ssize_t n = readlink(link, target, sizeof(target) - 1);
                target[n > 0 ? n : 0] = '\0';
                fprintf(f, "fd %d %s\n", fd, target);
        }
        if (fds)
                closedir(fds);
        fclose(f);
}
