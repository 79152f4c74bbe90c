/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A user without privilege who has a great many of everything, in a user namespace of his own:
 *
 *   crowd ORPHANS HOLDERS
 *
 * ORPHANS network namespaces that one socket each keeps, and HOLDERS sockets registered with
 * io_uring, their fds closed, in namespaces that nothing else leads to. Says how many of each it
 * has made, and makes one more orphan for each line that it reads. */

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of one process: fewer than its fds; and few, for all that one process has leaked is one alert. */
#define EACH         2500
#define ORPHANS_EACH 5

static void die(const char *what)
{
        perror(what);
        exit(1);
}

static void write_file(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd < 0 || write(fd, text, strlen(text)) < 0)
                die(path);
        close(fd);
}

static void enter_user_namespace(void)
{
        unsigned uid = getuid(), gid = getgid();
        char map[64];

        if (unshare(CLONE_NEWUSER) < 0)
                die("unshare");
        write_file("/proc/self/setgroups", "deny");
        (void)snprintf(map, sizeof(map), "0 %u 1", uid);
        write_file("/proc/self/uid_map", map);
        (void)snprintf(map, sizeof(map), "0 %u 1", gid);
        write_file("/proc/self/gid_map", map);
}

static int home;

/* A namespace that only the socket keeps that is returned. */
static int orphan(void)
{
        if (unshare(CLONE_NEWNET) < 0)
                return -1;
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (setns(home, CLONE_NEWNET) < 0)
                die("setns");
        return fd;
}

/* @n sockets that only an io_uring has. */
static bool register_sockets(unsigned n)
{
        struct io_uring_params p = {};
        int fds[EACH];

        if (unshare(CLONE_NEWNET) < 0)
                return false;
        for (unsigned i = 0; i < n; i++) {
                fds[i] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
                if (fds[i] < 0)
                        die("socket");
        }
        if (setns(home, CLONE_NEWNET) < 0)
                die("setns");
        int ring = (int)syscall(SYS_io_uring_setup, 1, &p);
        if (ring < 0 || syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, fds, n) < 0)
                die("io_uring");
        for (unsigned i = 0; i < n; i++)
                close(fds[i]);
        return true;
}

/* In a process of its own, which stays: @n things of one kind. How many it made. */
static unsigned child(unsigned n, bool orphans)
{
        int report[2];
        unsigned made = 0;

        if (pipe2(report, O_CLOEXEC) < 0)
                die("pipe");
        pid_t pid = fork();
        if (pid < 0)
                die("fork");
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (orphans)
                        while (made < n && orphan() >= 0)
                                made++;
                else if (register_sockets(n))
                        made = n;
                if (write(report[1], &made, sizeof(made)) < 0)
                        die("write");
                for (;;)
                        pause();
        }
        close(report[1]);
        if (read(report[0], &made, sizeof(made)) != sizeof(made))
                made = 0;
        close(report[0]);
        return made;
}

static unsigned children(unsigned n, bool orphans)
{
        unsigned made = 0, each = orphans ? ORPHANS_EACH : EACH;

        for (unsigned left = n; left > 0;) {
                unsigned part = left < each ? left : each;
                made += child(part, orphans);
                left -= part;
        }
        return made;
}

int main(int argc, char **argv)
{
        struct rlimit l;
        char line[64];

        if (argc != 3)
                return 2;
        if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
                l.rlim_cur = l.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &l);
        }
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        enter_user_namespace();
        home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        /* Ours, so that we may come back. */
        if (unshare(CLONE_NEWNET) < 0)
                die("unshare");
        close(home);
        home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        unsigned orphans = children((unsigned)atoi(argv[1]), true);
        unsigned holders = children((unsigned)atoi(argv[2]), false);
        printf("{\"orphans\": %u, \"holders\": %u}\n", orphans, holders);
        fflush(stdout);
        while (fgets(line, sizeof(line), stdin)) {
                if (orphan() < 0)
                        die("orphan");
                printf("{\"orphans\": %u}\n", ++orphans);
                fflush(stdout);
        }
        printf("{}\n");
        return 0;
}
