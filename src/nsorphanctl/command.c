/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/command.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "nsorphanctl/fail.h"
#include "util/text.h"

static const int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* Whom the signal handler sends them to. */
static _Atomic pid_t target;

int command_fail(const char *name, int errnum)
{
        _cleanup_free_ char *reason = strdup(strerror(errnum)), *shown = text_escape_string(name);

        return fail_with(errnum == ENOENT ? COMMAND_EXIT_NOT_FOUND : COMMAND_EXIT_CANNOT_RUN,
                         "Failed to run \"%s\": %s", text_or(shown, ""),
                         text_or(reason, "out of memory"));
}

/* The child: waits for the word, and is the program or tells the errno. */
static void become(int fd, char **argv)
{
        char word;

        if (recv(fd, &word, sizeof(word), 0) != sizeof(word))
                _exit(EXIT_SUCCESS);
        (void)execvp(argv[0], argv);
        int errnum = errno;
        (void)send(fd, &errnum, sizeof(errnum), MSG_NOSIGNAL);
        _exit(COMMAND_EXIT_NOT_FOUND);
}

int command_fork(struct command *c, char **argv, struct error *error)
{
        int ends[2];

        if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
                return error_set_errno(error, errno, "Failed to become a subreaper");
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                return error_set_errno(error, errno, "Failed to make a pair of sockets");
        c->pid = fork();
        int errnum = errno;
        if (c->pid == 0) {
                (void)close(ends[0]);
                become(ends[1], argv);
        }
        (void)close(ends[1]);
        c->fd = ends[0];
        return c->pid < 0 ? error_set_errno(error, errnum, "Failed to fork") : 0;
}

/* What a terminal sends reaches all of its foreground process group, the program too, unless that
 * has left the group. */
static void forward(int number, siginfo_t *info, void *context)
{
        int saved = errno;
        pid_t pid = atomic_load(&target);

        if (pid > 0 && (info->si_code <= 0 || getpgid(pid) != getpgrp()))
                (void)kill(pid, number);
        errno = saved;
}

static void handle_signals(bool forwards)
{
        struct sigaction old, action = {.sa_flags = forwards ? SA_SIGINFO | SA_RESTART : 0};

        (void)sigemptyset(&action.sa_mask);
        if (forwards)
                action.sa_sigaction = forward;
        else
                action.sa_handler = SIG_DFL;
        for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
                if (sigaction(forwarded[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
                        (void)sigaction(forwarded[i], &action, NULL);
}

int command_start(struct command *c)
{
        int errnum;

        /* Where that is ignored, as whoever started us may have had it, nothing is left to wait
         * for. */
        (void)signal(SIGCHLD, SIG_DFL);
        atomic_store(&target, c->pid);
        handle_signals(true);
        if (send(c->fd, "", 1, MSG_NOSIGNAL) < 0)
                return negative_errno();
        /* An end without an answer: the program has taken the child's place, and closed it. */
        ssize_t n = recv(c->fd, &errnum, sizeof(errnum), 0);
        c->fd = fd_close(c->fd);
        if (n != sizeof(errnum))
                return 0;
        struct command_end end;
        (void)command_wait(c, &end);
        return errnum > 0 ? -errnum : -EIO;
}

int command_wait(struct command *c, struct command_end *ret)
{
        siginfo_t info;
        int r = 0;

        for (;;) {
                info.si_pid = 0;
                if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) < 0) {
                        if (errno == EINTR)
                                continue;
                        r = negative_errno();
                        break;
                }
                if (info.si_pid == c->pid)
                        break;
                /* Of what comes from the program, and has lost its parent. */
                (void)waitid(P_PID, (id_t)info.si_pid, &info, WEXITED);
        }
        /* Not collected yet, so its number is nobody else's. */
        atomic_store(&target, 0);
        handle_signals(false);
        if (r < 0)
                return r;
        *ret = (struct command_end){};
        if (info.si_code == CLD_EXITED)
                ret->status = info.si_status;
        else
                ret->signal = info.si_status;
        (void)waitid(P_PID, (id_t)c->pid, &info, WEXITED);
        return 0;
}

void command_deinit(struct command *c)
{
        c->fd = fd_close(c->fd);
}
