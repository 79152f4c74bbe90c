/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/sandbox.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "test-netns.h"

/* What a child does in the sandbox: 0 is well. */
typedef int (*act_fn)(int socket_fd, int file_fd);

static int end_of(act_fn act)
{
        int ends[2], status;

        _cleanup_close_ int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        pid_t pid = fork();
        if (pid == 0) {
                if (sandbox_limit() < 0 || sandbox_enter(ends[1]) < 0)
                        _exit(99);
                _exit(act(ends[1], file));
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        (void)close(ends[0]);
        (void)close(ends[1]);
        return status;
}

static int read_and_tell(int socket_fd, int file_fd)
{
        struct stat st;
        char bytes[16];

        void *p = malloc((size_t)1024 * 1024);
        void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file_fd, 0);
        if (!p || map == MAP_FAILED || fstat(file_fd, &st) < 0 || lseek(file_fd, 0, SEEK_END) <= 0)
                return 1;
        free(p);
        return fcntl(file_fd, F_GETFD) < 0 || munmap(map, 4096) < 0 ||
               pread(file_fd, bytes, sizeof(bytes), 0) != sizeof(bytes) ||
               send(socket_fd, bytes, sizeof(bytes), MSG_NOSIGNAL) != sizeof(bytes) ||
               close(file_fd) < 0;
}

static int allocate_too_much(int socket_fd, int file_fd)
{
        return mmap(NULL, (size_t)1 << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
               MAP_FAILED;
}

static int spin(int socket_fd, int file_fd)
{
        volatile bool on = true;

        while (on)
                ;
        return 0;
}

static int do_open(int socket_fd, int file_fd)
{
        return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0;
}

static int do_write(int socket_fd, int file_fd)
{
        return write(STDOUT_FILENO, "x", 1) < 0;
}

static int do_write_to_socket(int socket_fd, int file_fd)
{
        return write(socket_fd, "x", 1) < 0;
}

static int do_send_elsewhere(int socket_fd, int file_fd)
{
        return send(file_fd, "x", 1, MSG_NOSIGNAL) < 0;
}

static int do_execute(int socket_fd, int file_fd)
{
        return execl("/bin/true", "true", NULL);
}

static int do_map_code(int socket_fd, int file_fd)
{
        return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file_fd, 0) == MAP_FAILED;
}

static int do_make_code(int socket_fd, int file_fd)
{
        void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return mprotect(p, 4096, PROT_READ | PROT_EXEC) < 0;
}

static int do_signal(int socket_fd, int file_fd)
{
        return kill(getppid(), 0) < 0;
}

static int do_socket(int socket_fd, int file_fd)
{
        return socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}

static int do_fork(int socket_fd, int file_fd)
{
        return fork() < 0;
}

static int do_prctl(int socket_fd, int file_fd)
{
        return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

static int do_stat(int socket_fd, int file_fd)
{
        struct stat st;
        return fstatat(AT_FDCWD, "/etc/passwd", &st, 0) < 0;
}

static int do_duplicate(int socket_fd, int file_fd)
{
        return fcntl(file_fd, F_DUPFD_CLOEXEC, 0) < 0;
}

static void test_what_reading_needs(void **state)
{
        assert_int_equal(end_of(read_and_tell), 0);
        assert_int_equal(end_of(allocate_too_much), 0);
}

static void test_it_ends(void **state)
{
        int status = end_of(spin);

        assert_true(WIFSIGNALED(status));
        assert_true(WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL);
}

static void test_what_it_dies_of(void **state)
{
        static const act_fn acts[] = {
                do_open,           do_write,  do_write_to_socket, do_execute,   do_map_code,
                do_send_elsewhere, do_signal, do_socket,          do_make_code, do_fork,
                do_prctl,          do_stat,   do_duplicate};

        for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
                int status = end_of(acts[i]);
                if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
                        fail_msg("act %zu: %x", i, (unsigned)status);
        }
}

static int wait_for_word(int socket_fd)
{
        char byte;
        struct iovec data = {.iov_base = &byte, .iov_len = 1};
        struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1};

        return recvmsg(socket_fd, &m, 0) != 1;
}

static void test_it_has_nothing(void **state)
{
        char path[64], line[256];
        unsigned seen = 0;
        int ends[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        pid_t pid = fork();
        if (pid == 0) {
                if (sandbox_limit() < 0 || sandbox_enter(ends[1]) < 0)
                        _exit(99);
                (void)send(ends[1], "x", 1, MSG_NOSIGNAL);
                _exit(wait_for_word(ends[1]));
        }
        assert_int_equal(recv(ends[0], line, sizeof(line), 0), 1);
        (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
        FILE *f = fopen(path, "re");
        assert_non_null(f);
        while (fgets(line, sizeof(line), f)) {
                seen += strcmp(line, "CapPrm:\t0000000000000000\n") == 0;
                seen += strcmp(line, "CapEff:\t0000000000000000\n") == 0;
                seen += strcmp(line, "NoNewPrivs:\t1\n") == 0;
                seen += strcmp(line, "Seccomp:\t2\n") == 0;
        }
        (void)fclose(f);
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        (void)close(ends[0]);
        (void)close(ends[1]);
        assert_int_equal(seen, 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_reading_needs),
                cmocka_unit_test(test_what_it_dies_of),
                cmocka_unit_test(test_it_has_nothing),
                cmocka_unit_test(test_it_ends),
        };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        puts("1..0 # SKIP no sandbox under a sanitizer");
        return 0;
#endif
        return cmocka_run_group_tests(tests, NULL, NULL);
}
