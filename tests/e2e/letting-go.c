/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that keeps orphans, each by a socket, and does one thing over and over again, checking
 * that nothing but what it waits for ever happens to it: `nsorphanctl release` has to go unnoticed.
 *
 * letting-go STATE [NUMBER]: the child process is the one that keeps NUMBER orphans. The parent
 * says in one line of JSON what there is, and then takes orders, a line each:
 *
 *      wake    the child's call gets what it waits for, where it waits for something; the answer is
 *              "ok", or what went wrong, once the child has done it three times more
 *      trace   the parent traces the child from now on
 *      stop, continue, signal: send the child SIGSTOP, SIGCONT, SIGUSR1 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MANY_MAX 2000
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

struct shared {
        uint32_t done;  /* so often the child has done it */
        uint32_t woken; /* so often it may, where it waits to be woken */
        uint32_t signals;
        char wrong[256];
};

static struct shared *shared;
static const char *state;
static int channel[2]; /* the child waits at [0] */
static int keeps[MANY_MAX];
static unsigned n_keeps = 1;
static bool harmless_eintr;

static void wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void wrong(const char *format, ...)
{
        va_list ap;

        if (*shared->wrong)
                return;
        va_start(ap, format);
        vsnprintf(shared->wrong, sizeof(shared->wrong), format, ap);
        va_end(ap);
}

static int check(int result, const char *what)
{
        if (result >= 0)
                return result;
        fprintf(stderr, "%s: %s\n", what, strerror(errno));
        exit(1);
}

static bool is(const char *name)
{
        return strcmp(state, name) == 0;
}

static uint64_t now_msec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

#ifdef __x86_64__
/* All registers but the stack pointer hold what they held for a while; so do the flags, the vector
 * unit, and the 128 bytes below the stack pointer. 0, or what does not. */
static __attribute__((noinline)) long spin_with_registers(void)
{
        long result;

        __asm__ volatile(
                "movq $0x1234567, %%rbx\n movq $0x2345678, %%rdx\n movq $0x3456789, %%rsi\n"
                "movq $0x456789a, %%rdi\n movq $0x56789ab, %%r8\n movq $0x6789abc, %%r9\n"
                "movq $0x789abcd, %%r10\n movq $0x89abcde, %%r11\n movq $0x9abcdef, %%r12\n"
                "movq $0xabcdef1, %%r13\n movq $0xbcdef12, %%r14\n movq $0xcdef123, %%r15\n"
                "movq $0x7654321, %%rax\n movq %%rax, -8(%%rsp)\n movq %%rax, -128(%%rsp)\n"
                "movq %%rbx, %%xmm0\n movq %%rdx, %%xmm7\n movq %%rsi, %%xmm15\n"
                "movq $300000, %%rcx\n"
                "1: dec %%rcx\n jnz 1b\n"
                "movq $1, %%rcx\n"
                "cmpq $0x7654321, %%rax\n jne 2f\n"
                "cmpq %%rax, -8(%%rsp)\n jne 2f\n cmpq %%rax, -128(%%rsp)\n jne 2f\n"
                "inc %%rcx\n cmpq $0x1234567, %%rbx\n jne 2f\n cmpq $0x2345678, %%rdx\n jne 2f\n"
                "inc %%rcx\n cmpq $0x3456789, %%rsi\n jne 2f\n cmpq $0x456789a, %%rdi\n jne 2f\n"
                "inc %%rcx\n cmpq $0x56789ab, %%r8\n jne 2f\n cmpq $0x6789abc, %%r9\n jne 2f\n"
                "inc %%rcx\n cmpq $0x789abcd, %%r10\n jne 2f\n cmpq $0x89abcde, %%r11\n jne 2f\n"
                "inc %%rcx\n cmpq $0x9abcdef, %%r12\n jne 2f\n cmpq $0xabcdef1, %%r13\n jne 2f\n"
                "inc %%rcx\n cmpq $0xbcdef12, %%r14\n jne 2f\n cmpq $0xcdef123, %%r15\n jne 2f\n"
                "inc %%rcx\n movq %%xmm0, %%rax\n cmpq %%rax, %%rbx\n jne 2f\n"
                "movq %%xmm7, %%rax\n cmpq %%rax, %%rdx\n jne 2f\n"
                "movq %%xmm15, %%rax\n cmpq %%rax, %%rsi\n jne 2f\n"
                "xorl %%ecx, %%ecx\n"
                "2:\n"
                : "=c"(result)
                :
                : "rax", "rbx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                  "r15", "xmm0", "xmm7", "xmm15", "memory", "cc");
        return result;
}
#elif defined(__aarch64__)
/* The same, but for a red zone, which this architecture has not. */
static __attribute__((noinline)) long spin_with_registers(void)
{
        register long result __asm__("x0");

        __asm__ volatile(
                /* x1 to x17 and x19 to x28 have their number, times 3; v0 and v31, too. */
                ".irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,19,20,21,22,23,24,25,26,27,28\n"
                "mov x\\n, #(\\n * 3)\n .endr\n"
                "dup v0.2d, x1\n dup v15.2d, x15\n dup v31.2d, x28\n"
                "mov x0, #0x93e0\n movk x0, #4, lsl #16\n" /* 300,000 */
                "cmp x28, x1\n"                            /* flags: greater, and no other */
                "1: sub x0, x0, #1\n cbnz x0, 1b\n"
                "mov x0, #1\n b.le 2f\n"
                ".irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,19,20,21,22,23,24,25,26,27,28\n"
                "mov x0, #(100 + \\n)\n cmp x\\n, #(\\n * 3)\n b.ne 2f\n .endr\n"
                "mov x0, #2\n"
                "mov x2, v0.d[0]\n cmp x2, x1\n b.ne 2f\n mov x2, v0.d[1]\n cmp x2, x1\n b.ne 2f\n"
                "mov x2, v15.d[1]\n cmp x2, x15\n b.ne 2f\n"
                "mov x2, v31.d[1]\n cmp x2, x28\n b.ne 2f\n"
                "mov x0, #0\n"
                "2:\n"
                : "=r"(result)
                :
                : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                  "x14", "x15", "x16", "x17", "x19", "x20", "x21", "x22", "x23", "x24", "x25",
                  "x26", "x27", "x28", "x30", "v0", "v15", "v31", "memory", "cc");
        return result;
}
#else
static long spin_with_registers(void)
{
        for (volatile unsigned i = 0; i < 300000; i++)
                ;
        return 0;
}
#endif

static void run(void)
{
        long r = spin_with_registers();

        if (r != 0)
                wrong("registers have changed (%ld)", r);
}

static void read_byte(void)
{
        char byte = 0;
        ssize_t n = read(channel[0], &byte, 1);

        if (n != 1 || byte != 'x')
                wrong("read: %zd, %s", n, n < 0 ? strerror(errno) : "another byte");
}

static void receive_byte(void)
{
        char byte = 0;
        ssize_t n = recv(channel[0], &byte, 1, 0);

        if (n != 1 || byte != 'x')
                wrong("recv: %zd, %s", n, n < 0 ? strerror(errno) : "another byte");
}

static void wait_on_futex(void)
{
        uint32_t before = shared->done;

        while (__atomic_load_n(&shared->woken, __ATOMIC_ACQUIRE) == before)
                if (syscall(SYS_futex, &shared->woken, FUTEX_WAIT, before, NULL, NULL, 0) < 0 &&
                    errno != EAGAIN)
                        wrong("futex: %s", strerror(errno));
}

static void check_passed(const char *what, int r, uint64_t begin, uint64_t msec)
{
        uint64_t passed = now_msec() - begin;

        if (r < 0 && errno == EINTR && harmless_eintr)
                return;
        if (r != 0)
                wrong("%s: %d, %s", what, r, r < 0 ? strerror(errno) : "more than expected");
        else if (passed + 1 < msec || passed > msec + 20000)
                wrong("%s: %llu ms instead of %llu", what, (unsigned long long)passed,
                      (unsigned long long)msec);
}

static void sleep_a_while(void)
{
        const struct timespec time = {.tv_nsec = 400 * 1000000};
        uint64_t begin = now_msec();

        check_passed("nanosleep", nanosleep(&time, NULL), begin, 400);
}

static void poll_in_vain(void)
{
        struct pollfd p = {.fd = channel[0], .events = POLLIN};
        uint64_t begin = now_msec();

        check_passed("poll", poll(&p, 1, 400), begin, 400);
}

/* With a signal mask of its own meanwhile. */
static void poll_for_byte(void)
{
        struct pollfd p = {.fd = channel[0], .events = POLLIN};
        sigset_t mask, now;

        sigemptyset(&mask);
        sigaddset(&mask, SIGUSR2);
        int r = ppoll(&p, 1, NULL, &mask);
        if (r != 1)
                wrong("ppoll: %d, %s", r, strerror(errno));
        pthread_sigmask(SIG_SETMASK, NULL, &now);
        if (sigismember(&now, SIGUSR2) || !sigismember(&now, SIGWINCH))
                wrong("another signal mask");
        read_byte();
}

static void select_byte(void)
{
        fd_set set;

        FD_ZERO(&set);
        FD_SET(channel[0], &set);
        int r = select(channel[0] + 1, &set, NULL, NULL, NULL);
        if (r != 1)
                wrong("select: %d, %s", r, strerror(errno));
        read_byte();
}

static void wait_by_epoll(void)
{
        static int epoll = -1;
        struct epoll_event event = {.events = EPOLLIN};

        if (epoll < 0) {
                epoll = epoll_create1(EPOLL_CLOEXEC);
                epoll_ctl(epoll, EPOLL_CTL_ADD, channel[0], &event);
        }
        int r = epoll_wait(epoll, &event, 1, -1);
        if (r != 1)
                wrong("epoll_wait: %d, %s", r, strerror(errno));
        read_byte();
}

/* Hardly ever in user space, and hardly ever waiting. */
static void hurry_by_epoll(void)
{
        struct epoll_event event;
        static int epoll = -1;

        if (epoll < 0)
                epoll = epoll_create1(EPOLL_CLOEXEC);
        int r = epoll_wait(epoll, &event, 1, 1);
        if (r != 0)
                wrong("epoll_wait: %d, %s", r, strerror(errno));
        for (int i = 0; i < 20; i++)
                run();
}

static void wait_for_signal(void)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGUSR2);
        int r = sigtimedwait(&set, NULL, NULL);
        if (r != SIGUSR2)
                wrong("sigtimedwait: %d, %s", r, strerror(errno));
}

static void wait_for_it_by_poll(void)
{
        struct pollfd p = {.fd = keeps[0], .events = POLLIN};
        int r = poll(&p, 1, -1);

        wrong("poll: %d", r);
}

static void wait_for_it_by_read(void)
{
        char byte;
        ssize_t n = recv(keeps[0], &byte, 1, 0);

        wrong("recv: %zd", n);
}

static const struct {
        const char *state;
        void (*act)(void);
} acts[] = {
        {"running", run},
        {"signals", run},
        {"read", read_byte},
        {"seccomp", read_byte},
        {"listening", read_byte},
        {"in-epoll", read_byte},
        {"recv", receive_byte},
        {"recv-timeout", receive_byte},
        {"futex", wait_on_futex},
        {"threads", wait_on_futex},
        {"two-fds", wait_on_futex},
        {"nanosleep", sleep_a_while},
        {"poll", poll_in_vain},
        {"ppoll", poll_for_byte},
        {"select", select_byte},
        {"epoll", wait_by_epoll},
        {"first-in-epoll", wait_by_epoll},
        {"hurry", hurry_by_epoll},
        {"sigtimedwait", wait_for_signal},
        {"it-polled", wait_for_it_by_poll},
        {"it-read", wait_for_it_by_read},
};

static void (*find_act(void))(void)
{
        for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
                if (is(acts[i].state))
                        return acts[i].act;
        fprintf(stderr, "no such state: %s\n", state);
        exit(64);
}

static void count(int signal)
{
        (void)signal;
        __atomic_fetch_add(&shared->signals, 1, __ATOMIC_RELAXED);
}

/* A namespace that nothing but a socket keeps. */
static void leak(unsigned i, int home, FILE *f)
{
        uint64_t cookie = 0;
        socklen_t n = sizeof(cookie);
        struct stat st;

        check(unshare(CLONE_NEWNET), "unshare");
        check(stat("/proc/thread-self/ns/net", &st), "stat");
        keeps[i] = is("listening") || is("it-read")
                           ? check(socket(AF_UNIX, is("listening") ? SOCK_STREAM : SOCK_DGRAM, 0),
                                   "socket")
                           : check(socket(AF_NETLINK, SOCK_RAW | (i % 2 ? SOCK_CLOEXEC : 0), 0),
                                   "socket");
        if (is("listening")) {
                struct sockaddr name = {.sa_family = AF_UNIX};
                check(bind(keeps[i], &name, sizeof(name.sa_family)), "bind");
                check(listen(keeps[i], 1), "listen");
        }
        (void)getsockopt(keeps[i], SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &n);
        check(setns(home, CLONE_NEWNET), "setns");
        fprintf(f, "%s{\"fd\":%d,\"inode\":%llu,\"cookie\":%llu}", i ? "," : "", keeps[i],
                (unsigned long long)st.st_ino, (unsigned long long)cookie);
}

static void *do_all_the_time(void *userdata)
{
        void (*act)(void) = userdata;

        for (;;)
                act();
        return NULL;
}

static void *wait_in_vain(void *userdata)
{
        struct epoll_event event;

        wrong("epoll_wait in a thread: %d", epoll_wait(*(int *)userdata, &event, 1, -1));
        return NULL;
}

static void prepare(void)
{
        struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART | SA_ONSTACK};
        static char room[65536];
        static int epoll;
        const stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)};
        sigset_t mask;
        pthread_t thread;

        sigaction(SIGUSR1, &action, NULL);
        sigaltstack(&stack, NULL);
        sigemptyset(&mask);
        sigaddset(&mask, SIGWINCH);
        if (is("sigtimedwait"))
                sigaddset(&mask, SIGUSR2);
        sigprocmask(SIG_SETMASK, &mask, NULL);
        if (is("threads")) {
                pthread_create(&thread, NULL, do_all_the_time, run);
                pthread_create(&thread, NULL, do_all_the_time, sleep_a_while);
                epoll = epoll_create1(EPOLL_CLOEXEC);
                pthread_create(&thread, NULL, wait_in_vain, &epoll);
        }
        if (is("first-in-epoll")) {
                pthread_create(&thread, NULL, do_all_the_time, run);
                pthread_create(&thread, NULL, do_all_the_time, sleep_a_while);
        }
        if (is("two-fds"))
                check(dup(keeps[0]), "dup");
        if (is("in-epoll")) {
                struct epoll_event event = {.events = EPOLLIN};
                epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, keeps[0], &event);
        }
        if (is("recv-timeout")) {
                const struct timeval limit = {.tv_sec = 100};
                setsockopt(channel[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        }
        if (is("seccomp")) {
                struct sock_filter filter[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
                struct sock_fprog program = {.len = 1, .filter = filter};
                prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                check((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp");
        }
}

/* It must not have changed at the end. */
static void check_alternate_stack(void)
{
        stack_t now;

        sigaltstack(NULL, &now);
        if (now.ss_size != 65536)
                wrong("another stack for signals");
}

static _Noreturn void child(int ready)
{
        void (*act)(void) = find_act();
        int home = check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "open");
        FILE *f = fdopen(ready, "w");

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        fprintf(f, "{\"pid\":%d,\"leaks\":[", (int)getpid());
        for (unsigned i = 0; i < n_keeps; i++)
                leak(i, home, f);
        close(home);
        prepare();
        fputs("]}\n", f);
        fclose(f);
        for (;;) {
                act();
                check_alternate_stack();
                __atomic_fetch_add(&shared->done, 1, __ATOMIC_RELEASE);
                if (is("futex") || is("threads") || is("two-fds"))
                        continue;
        }
}

static void wake(pid_t pid)
{
        if (is("sigtimedwait"))
                kill(pid, SIGUSR2);
        else if (is("futex") || is("threads") || is("two-fds")) {
                __atomic_store_n(&shared->woken, shared->done + 1, __ATOMIC_RELEASE);
                syscall(SYS_futex, &shared->woken, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
        } else if (!is("running") && !is("signals") && !is("hurry") && !is("nanosleep") &&
                   !is("poll"))
                check((int)write(channel[1], "x", 1), "write");
}

/* Three times more, each woken for itself. */
static void answer(pid_t pid)
{
        for (unsigned i = 0; i < 3 && !*shared->wrong; i++) {
                uint32_t before = __atomic_load_n(&shared->done, __ATOMIC_ACQUIRE);
                uint64_t begin = now_msec();
                wake(pid);
                while (shared->done == before && !*shared->wrong) {
                        if (waitpid(pid, NULL, WNOHANG) == pid)
                                wrong("it has ended");
                        if (now_msec() - begin > 30000)
                                wrong("it does not go on");
                        usleep(500);
                }
        }
        printf("%s\n", *shared->wrong ? shared->wrong : "ok");
}

int main(int argc, char **argv)
{
        char line[64];
        int ready[2];

        if (argc < 2)
                return 64;
        state = argv[1];
        if (argc > 2)
                n_keeps = (unsigned)atoi(argv[2]);
        harmless_eintr = getenv("HARMLESS_EINTR") != NULL;
        if (n_keeps < 1 || n_keeps > MANY_MAX)
                return 64;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                      0);
        if (strncmp(state, "recv", 4) == 0)
                check(socketpair(AF_UNIX, SOCK_STREAM, 0, channel), "socketpair");
        else
                check(pipe(channel), "pipe");
        check(pipe(ready), "pipe");
        pid_t pid = check(fork(), "fork");
        if (pid == 0) {
                close(ready[0]);
                child(ready[1]);
        }
        close(ready[1]);
        FILE *f = fdopen(ready[0], "r");
        for (int c; (c = getc(f)) != EOF;)
                putchar(c);
        fflush(stdout);
        while (fgets(line, sizeof(line), stdin)) {
                if (strcmp(line, "wake\n") == 0)
                        answer(pid);
                else {
                        if (strcmp(line, "stop\n") == 0)
                                kill(pid, SIGSTOP);
                        else if (strcmp(line, "continue\n") == 0)
                                kill(pid, SIGCONT);
                        else if (strcmp(line, "signal\n") == 0)
                                kill(pid, SIGUSR1);
                        else if (strcmp(line, "trace\n") == 0)
                                check((int)ptrace(PTRACE_SEIZE, pid, NULL, NULL), "ptrace");
                        printf("%u\n", shared->signals);
                }
                fflush(stdout);
        }
        kill(pid, SIGKILL);
        return 0;
}
