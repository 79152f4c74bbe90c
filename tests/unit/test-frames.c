/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/frames.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>

#include "proc/comm.h"
#include "proc/open.h"
#include "proc/stat.h"
#include "symbolize/answer.h"
#include "test-netns.h"

#include "test-child.h"
#include "test-directory.h"
#include "util/clock.h"
#include "util/text.h"

#define SECONDS(n) ((n)*USEC_PER_SEC)
#define HELD       "--held"

/* What is looked for. It has some bytes, and is called by its address alone. */
__attribute__((noinline)) static int known_function(volatile int *n)
{
        for (int i = 0; i < 3; i++)
                *n += i;
        return *n;
}

static uint64_t known_address(void)
{
        int (*volatile f)(volatile int *) = known_function;

        return (uint64_t)(uintptr_t)f;
}

struct subject {
        pid_t pid;
        int fd;
        struct birth *birth;
};

static struct subject subject_of(pid_t pid)
{
        struct subject s = {.pid = pid, .birth = birth_new()};
        struct proc_stat stat;

        _cleanup_close_ int root = proc_open();
        s.fd = proc_open_process(root, pid);
        assert_true(s.fd >= 0);
        assert_non_null(s.birth);
        assert_int_equal(proc_stat_read(s.fd, &stat), 0);
        s.birth->pid = pid;
        s.birth->start_nsec = clock_ticks_to_usec(stat.start_ticks) * NSEC_PER_USEC;
        s.birth->stack_start = stat.stack_start;
        assert_int_equal(proc_comm_read(s.fd, &s.birth->comm), 0);
        return s;
}

static void subject_end(struct subject *s)
{
        s->fd = fd_close(s->fd);
        s->birth = birth_unref(s->birth);
}

static const struct birth_frame *resolve(struct subject *s, const uint64_t *addresses, size_t n)
{
        assert_int_equal(frames_resolve(s->birth, s->fd, addresses, n, SECONDS(20)), 0);
        return s->birth->frames;
}

static bool ends_with(const char *s, const char *end)
{
        return s && strlen(s) >= strlen(end) && strcmp(s + strlen(s) - strlen(end), end) == 0;
}

/* Names are read through links that only those follow who have this, and by a program that was
 * built. */
static void require_names(void)
{
        const char *program = getenv("NSORPHAN_SYMBOLIZE");

        if (geteuid() != 0 || !program || access(program, X_OK) < 0)
                skip();
}

static void test_own_process(void **state)
{
        int (*volatile in_libc)(int, int, int) = socket;
        uint64_t addresses[] = {known_address(), known_address() + 1,
                                (uint64_t)(uintptr_t)in_libc + 1, known_address()};
        struct subject s = subject_of(getpid());

        require_names();
        const struct birth_frame *f = resolve(&s, addresses, 4);
        assert_int_equal(s.birth->n_frames, 4);
        assert_string_equal(text_or(f[0].function, "(none)"), "known_function");
        assert_true(ends_with(f[0].file, "/test-frames"));
        assert_string_equal(text_or(f[1].function, "(none)"), "known_function");
        assert_int_equal(f[1].offset, f[0].offset + 1);
        assert_true(ends_with(text_or(f[2].function, "(none)"), "socket"));
        assert_true(ends_with(f[2].file, ".so.6") || strstr(f[2].file, "libc"));
        assert_true(strlen(f[2].build_id) == BIRTH_BUILD_ID_MAX);
        assert_string_equal(f[0].build_id, f[1].build_id);
        /* What would return to its beginning was called from the function before. */
        assert_true(!f[3].function || strcmp(f[3].function, "known_function") != 0);
        assert_int_equal(f[3].offset, f[0].offset);
        subject_end(&s);
}

static void test_what_is_no_code(void **state)
{
        uint64_t vdso = getauxval(AT_SYSINFO_EHDR), n = 0;
        int on_stack = 0;
        uint64_t addresses[] = {0,
                                1,
                                known_address() + 1,
                                (uint64_t)(uintptr_t)&on_stack,
                                UINT64_MAX,
                                0x1234567890,
                                vdso + 64};
        struct subject s = subject_of(getpid());

        const struct birth_frame *f = resolve(&s, addresses, ARRAY_SIZE(addresses));
        assert_true(ends_with(f[n++].file, "/test-frames"));
        if (vdso) {
                assert_string_equal(f[n].file, "[vdso]");
                assert_null(f[n].function);
                assert_int_equal(f[n++].offset, 64);
        }
        assert_int_equal(s.birth->n_frames, n);
        subject_end(&s);
}

static void assert_unknown(const struct subject *s, const uint64_t *addresses, size_t n)
{
        assert_int_equal(s->birth->n_frames, n);
        for (size_t i = 0; i < n; i++) {
                assert_null(s->birth->frames[i].file);
                assert_null(s->birth->frames[i].function);
                assert_string_equal(s->birth->frames[i].build_id, "");
                assert_int_equal(s->birth->frames[i].offset, addresses[i]);
        }
}

static void test_not_that_process(void **state)
{
        const uint64_t addresses[] = {known_address(), known_address() + 1, 17};
        struct subject s;

        for (unsigned i = 0; i < 5; i++) {
                s = subject_of(getpid());
                if (i == 0)
                        s.birth->start_nsec += NSEC_PER_SEC;
                else if (i == 1)
                        s.birth->stack_start++;
                else if (i == 2)
                        s.fd = fd_close(s.fd);
                /* Without a proof, by the name. */
                if (i >= 3)
                        s.birth->stack_start = 0;
                if (i == 3)
                        s.birth->comm[0]++;
                (void)resolve(&s, addresses, 3);
                if (i < 4)
                        assert_unknown(&s, addresses, 3);
                else
                        assert_int_equal(s.birth->n_frames, 2);
                subject_end(&s);
        }
}

static void test_process_is_gone(void **state)
{
        const uint64_t addresses[] = {known_address(), 17};
        pid_t pid = test_child(NULL);
        struct subject s = subject_of(pid);

        assert_int_equal(kill(pid, SIGKILL), 0);
        siginfo_t info;
        assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
        /* A zombie has no mappings: that nothing is there says nothing. */
        (void)resolve(&s, addresses, 2);
        assert_unknown(&s, addresses, 2);
        subject_end(&s);
        s = subject_of(pid);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        (void)resolve(&s, addresses, 2);
        assert_unknown(&s, addresses, 2);
        subject_end(&s);
}

static void test_many_and_none(void **state)
{
        uint64_t addresses[BIRTH_FRAMES_MAX + 8];
        struct subject s = subject_of(getpid());

        (void)resolve(&s, addresses, 0);
        assert_int_equal(s.birth->n_frames, 0);
        for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
                addresses[i] = known_address() + 1;
        (void)resolve(&s, addresses, ARRAY_SIZE(addresses));
        assert_int_equal(s.birth->n_frames, BIRTH_FRAMES_MAX);
        subject_end(&s);
}

/* Copies this program to @path. */
static void copy_self(const char *path)
{
        char bytes[65536];
        ssize_t n;

        _cleanup_close_ int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
        assert_true(from >= 0 && to >= 0);
        while ((n = read(from, bytes, sizeof(bytes))) > 0)
                assert_int_equal(write(to, bytes, (size_t)n), n);
        assert_int_equal(n, 0);
}

/* Runs the program at @path, which tells where its known_function() is and waits. */
static pid_t hold(const char *path, uint64_t *ret_address)
{
        int told[2];

        assert_int_equal(pipe2(told, O_CLOEXEC), 0);
        pid_t pid = fork();
        if (pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)dup2(told[1], STDOUT_FILENO);
                (void)execl(path, path, HELD, NULL);
                _exit(1);
        }
        (void)close(told[1]);
        assert_int_equal(read(told[0], ret_address, sizeof(*ret_address)), sizeof(*ret_address));
        (void)close(told[0]);
        return pid;
}

static void test_deleted_file(void **state)
{
        char directory[TEST_DIRECTORY_MAX], path[TEST_DIRECTORY_MAX + 32];
        uint64_t address;

        require_names();
        test_directory_make(directory);
        /* A name that would be a line of its own, and a colour. */
        (void)snprintf(path, sizeof(path), "%s/a\nb\x1b[1m", directory);
        copy_self(path);
        pid_t pid = hold(path, &address);
        assert_int_equal(unlink(path), 0);
        struct subject s = subject_of(pid);
        const struct birth_frame *f = resolve(&s, &address, 1);
        assert_string_equal(text_or(f[0].function, "(none)"), "known_function");
        assert_true(ends_with(f[0].file, "b\\x1b[1m (deleted)"));
        assert_true(text_is_printable(f[0].file));
        subject_end(&s);
        test_child_end(pid);
        assert_int_equal(rmdir(directory), 0);
}

static bool has_child(void)
{
        siginfo_t info;

        return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Runs @act with another program in place of nsorphan-symbolize. */
static void with_program(const char *program, void (*act)(void))
{
        _cleanup_free_ char *before = strdup(text_or(getenv("NSORPHAN_SYMBOLIZE"), ""));

        assert_int_equal(setenv("NSORPHAN_SYMBOLIZE", program, 1), 0);
        act();
        assert_int_equal(setenv("NSORPHAN_SYMBOLIZE", before, 1), 0);
        /* No zombie is left; a thread waits for one that takes long to end. */
        for (unsigned i = 0; has_child() && i < 1000; i++)
                (void)usleep(10 * 1000);
        assert_false(has_child());
}

static void assert_no_names(void)
{
        const uint64_t addresses[] = {known_address(), known_address() + 1};
        struct subject s = subject_of(getpid());

        assert_int_equal(frames_resolve(s.birth, s.fd, addresses, 2, 200 * USEC_PER_MSEC), 0);
        assert_int_equal(s.birth->n_frames, 2);
        for (size_t i = 0; i < 2; i++) {
                assert_null(s.birth->frames[i].function);
                assert_true(ends_with(s.birth->frames[i].file, "/test-frames"));
        }
        subject_end(&s);
}

static void test_without_the_program(void **state)
{
        uint64_t before = clock_usec(CLOCK_MONOTONIC);

        with_program("/nonexistent/nsorphan-symbolize", assert_no_names);
        with_program("/etc/passwd", assert_no_names);
        with_program("/bin/true", assert_no_names);
        /* One that waits for ever. */
        with_program("/bin/cat", assert_no_names);
        assert_true(clock_usec(CLOCK_MONOTONIC) - before < SECONDS(10));
}

#define LIAR "liar-"

/* What a child might say that has been taken over. */
static int lie(unsigned which)
{
        static const struct file_identity id = {.n = 20}, too_long = {.n = 21};
        char message[ANSWER_SIZE_MAX + 4096] = "";
        struct question q;

        if (recv(STDIN_FILENO, &q, sizeof(q), 0) != sizeof(q))
                return 1;
        if (which == 0)
                (void)send(STDIN_FILENO, &too_long, sizeof(too_long), 0);
        else if (which == 1)
                (void)send(STDIN_FILENO, &id, sizeof(id) - 1, 0);
        else
                (void)send(STDIN_FILENO, &id, sizeof(id), 0);
        if (recv(STDIN_FILENO, message, 1, 0) != 1)
                return 1;
        memset(message, 'x', sizeof(message));
        if (which == 2) /* too large */
                (void)send(STDIN_FILENO, message, sizeof(message), 0);
        else if (which == 3) /* without an end */
                (void)send(STDIN_FILENO, message, 100, 0);
        else if (which == 4) /* three names for two */
                (void)send(STDIN_FILENO, "a\0b\0c", 6, 0);
        else if (which == 5) /* no names, and more than was asked for */
                (void)send(STDIN_FILENO, "", 0, 0);
        else if (which == 6)
                raise(SIGSEGV);
        return 0;
}

static void test_lies(void **state)
{
        char directory[TEST_DIRECTORY_MAX], path[TEST_DIRECTORY_MAX + 32];

        test_directory_make(directory);
        for (unsigned i = 0; i < 8; i++) {
                (void)snprintf(path, sizeof(path), "%s/" LIAR "%u", directory, i);
                copy_self(path);
                with_program(path, assert_no_names);
                assert_int_equal(unlink(path), 0);
        }
        assert_int_equal(rmdir(directory), 0);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_own_process),         cmocka_unit_test(test_what_is_no_code),
                cmocka_unit_test(test_not_that_process),    cmocka_unit_test(test_process_is_gone),
                cmocka_unit_test(test_many_and_none),       cmocka_unit_test(test_deleted_file),
                cmocka_unit_test(test_without_the_program), cmocka_unit_test(test_lies),
        };
        const char *liar = strstr(argv[0], "/" LIAR);

        if (liar)
                return lie((unsigned)atoi(liar + strlen("/" LIAR)));
        if (argc > 1 && strcmp(argv[1], HELD) == 0) {
                volatile int n = 0;
                uint64_t address = known_address();
                (void)known_function(&n);
                if (write(STDOUT_FILENO, &address, sizeof(address)) != sizeof(address))
                        return 1;
                for (;;)
                        pause();
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
