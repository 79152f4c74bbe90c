/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/pager.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "util/macro.h"

/* Whether somebody else's environment may be ours: set-uid, file capabilities, sudo and pkexec. */
static bool is_elevated(void)
{
        return getauxval(AT_SECURE) ||
               (geteuid() == 0 && (getenv("SUDO_UID") || getenv("PKEXEC_UID")));
}

/* The command to run by the shell, "less" for our own choice, NULL for none. */
static const char *choose(void)
{
        const char *pager = getenv("SYSTEMD_PAGER");
        if (!pager)
                pager = getenv("PAGER");
        if (!pager)
                return "less";
        if (!*pager || strcmp(pager, "cat") == 0)
                return NULL;
        return is_elevated() ? "less" : pager;
}

static _Noreturn void run_pager(const char *command, int input, int ready)
{
        /* Follows us, so that nobody is left with a dead pager on the terminal. */
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (dup2(input, STDIN_FILENO) < 0)
                _exit(127);
        const char *less = getenv("SYSTEMD_LESS");
        (void)setenv("LESS", less && !is_elevated() ? less : "FRSXMK", 1);
        (void)setenv("LESSSECURE", "1", 1);
        (void)setenv("LESSCHARSET", "utf-8", 0);
        if (strcmp(command, "less") == 0)
                (void)execlp("less", "less", (char *)NULL);
        else
                (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        /* Tells our parent to write to the terminal itself. */
        (void)!write(ready, "x", 1);
        _exit(127);
}

void pager_open(struct pager *pager)
{
        int input[2] = {-1, -1}, ready[2] = {-1, -1};
        char byte;

        const char *command = choose(), *term = getenv("TERM");
        if (pager->pid > 0 || !pager->wanted || !command || !isatty(STDOUT_FILENO) ||
            (term && strcmp(term, "dumb") == 0))
                return;
        if (pipe2(input, O_CLOEXEC) < 0)
                return;
        if (pipe2(ready, O_CLOEXEC) < 0)
                goto finish;
        (void)fflush(stdout);
        pid_t pid = fork();
        if (pid == 0)
                run_pager(command, input[0], ready[1]);
        ready[1] = fd_close(ready[1]);
        if (pid < 0)
                goto finish;
        /* End of file: the pager runs. A byte: it failed to start. */
        if (read(ready[0], &byte, 1) == 1 || dup2(input[1], STDOUT_FILENO) < 0) {
                (void)waitpid(pid, NULL, 0);
                goto finish;
        }
        pager->pid = pid;
finish:
        for (int i = 0; i < 2; i++) {
                fd_close(input[i]);
                fd_close(ready[i]);
        }
}

void pager_close(struct pager *pager)
{
        if (pager->pid <= 0)
                return;
        while (waitpid(pager->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        pager->pid = 0;
}
