/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process sleeps for good. Its fd table is shared by another that lives for a millisecond: it
 * makes the next one, which shares the table as well, and ends. With each act the one that lives
 * just then puts a socket of a fresh namespace into the table. Who was asked whether it shares a
 * table may be gone when the answer comes; the sleeper has not run at all. */
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "zoo.h"

#define HOP_MSEC 1

struct shared {
        struct zoo z;
        unsigned asked; /* so many sockets are wanted */
        unsigned given;
};

static void give(struct shared *s)
{
        struct zoo z = s->z;

        zoo_enter(&z);
        z.fd = zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");
        z.socket_inode = zoo_inode(z.fd);
        zoo_leave(&z);
        s->z = z;
        __atomic_add_fetch(&s->given, 1, __ATOMIC_RELEASE);
}

static pid_t clone_with_table(void)
{
        struct clone_args arguments = {.flags = CLONE_FILES, .exit_signal = SIGCHLD};

        return (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
}

/* @alive is the read end of a pipe whose other end only the program itself has. */
static _Noreturn void hop(struct shared *s, int alive)
{
        /* Ours ends all the time. */
        zoo_check(prctl(PR_SET_PDEATHSIG, 0), "prctl(PR_SET_PDEATHSIG)");
        for (;;) {
                struct pollfd p = {.fd = alive};
                if (poll(&p, 1, HOP_MSEC) > 0)
                        _exit(0);
                if (__atomic_load_n(&s->asked, __ATOMIC_ACQUIRE) > s->given)
                        give(s);
                if (clone_with_table() > 0)
                        _exit(0);
        }
}

static _Noreturn void sleep_for_good(struct shared *s, int alive)
{
        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
        close(STDIN_FILENO);
        if (zoo_available(clone_with_table(), "clone3") == 0)
                hop(s, alive);
        for (;;)
                pause();
}

int main(int argc, char **argv)
{
        int alive[2];
        struct zoo z;

        zoo_start(&z, argc, argv, NULL);
        struct shared *s =
                mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (s == MAP_FAILED)
                zoo_check(-1, "mmap");
        /* Each is a child of ours when the one that made it has ended, and is not to be waited for.
         */
        zoo_check(prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl(PR_SET_CHILD_SUBREAPER)");
        if (signal(SIGCHLD, SIG_IGN) == SIG_ERR)
                zoo_check(-1, "signal");
        zoo_check(pipe(alive), "pipe");
        s->z = z;
        pid_t sleeper = zoo_check(fork(), "fork");
        if (sleeper == 0) {
                close(alive[1]);
                sleep_for_good(s, alive[0]);
        }
        s->z.pid = sleeper;
        do {
                s->asked++;
                while (__atomic_load_n(&s->given, __ATOMIC_ACQUIRE) < s->asked)
                        usleep(HOP_MSEC * 1000);
                zoo_tell(&s->z);
        } while (zoo_next_act());
        kill(sleeper, SIGKILL);
        return 0;
}
