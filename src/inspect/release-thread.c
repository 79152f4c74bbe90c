/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/release-thread.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "inspect/inject-code.h"
#include "inspect/release-call.h"
#include "inspect/release-guard.h"
#include "proc/dents.h"
#include "proc/status.h"
#include "util/array.h"
#include "util/kernel.h"

/* How well a thread suits, the best first. */
enum {
        SUITS_FIRST,   /* the first thread, which waits: its stack is known */
        SUITS_WAITING, /* another one that does */
        SUITS_RUNNING, /* what it does when it is stopped is known only then */
        SUITS_NOT,
};

struct search {
        pid_t pid;
        pid_t table;
        int process_fd;
        int fd;
        pid_t *tids[SUITS_NOT];
        size_t n[SUITS_NOT];
        char why[64]; /* the last one did not suit */
};

/* A pipe, or a socket without a time-out. Nothing is done to them. */
static bool goes_on_with_file(const struct search *s, uint64_t fd)
{
        struct timeval limit = {};
        socklen_t n = sizeof(limit);
        struct stat st;

        _cleanup_close_ int pidfd = kernel_pidfd_open(s->pid, 0);
        _cleanup_close_ int file = pidfd < 0 ? pidfd : kernel_pidfd_getfd(pidfd, (int)fd);
        if (file < 0 || fstat(file, &st) < 0)
                return false;
        if (S_ISFIFO(st.st_mode))
                return true;
        if (S_ISCHR(st.st_mode))
                return isatty(file);
        return S_ISSOCK(st.st_mode) && getsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, &n) == 0 &&
               limit.tv_sec == 0 && limit.tv_usec == 0;
}

/* What the link says is a hint; what it leads to may be a file of a server that hangs, which is not
 * to be closed here. */
static bool may_be_duplicated(int task_fd, uint64_t fd)
{
        static const char *const kinds[] = {"pipe:[", "socket:[", "/dev/pts/", "/dev/tty",
                                            "/dev/console"};
        char path[32], text[64];

        (void)snprintf(path, sizeof(path), "fd/%u", (unsigned)fd);
        ssize_t n = readlinkat(task_fd, path, text, sizeof(text) - 1);
        if (n < 0)
                return false;
        text[n] = '\0';
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (strncmp(text, kinds[i], strlen(kinds[i])) == 0)
                        return true;
        return false;
}

static int judge_call(struct search *s, int task_fd, pid_t tid, const struct proc_call *call)
{
        enum release_restart restart = release_call_restart(call);

        if (call->state == PROC_CALL_RUNNING)
                return SUITS_RUNNING;
        /* Of the process's table, and no thread's own. */
        if (restart == RELEASE_RESTART_BY_FILE && s->table == s->pid &&
            may_be_duplicated(task_fd, call->arguments[0]) &&
            goes_on_with_file(s, call->arguments[0]))
                restart = RELEASE_RESTART_YES;
        if (restart == RELEASE_RESTART_YES)
                return tid == s->pid ? SUITS_FIRST : SUITS_WAITING;
        const char *name = release_call_name(call);
        if (name)
                (void)snprintf(s->why, sizeof(s->why), "%s", name);
        else
                (void)snprintf(s->why, sizeof(s->why), "system call %lld", (long long)call->number);
        return SUITS_NOT;
}

/* What it makes belongs to the network namespace that it is in: that is to be the process's. */
static bool is_at_home(const struct search *s, int task_fd)
{
        struct stat process, task;

        return fstatat(s->process_fd, "ns/net", &process, 0) >= 0 &&
               fstatat(task_fd, "ns/net", &task, 0) >= 0 && process.st_ino == task.st_ino;
}

/* One of SUITS_*, or a negative errno with the clause. */
static int judge(struct search *s, int task_fd, pid_t tid, struct error *error)
{
        struct proc_status status;
        struct proc_call call;

        int r = proc_status_read(task_fd, &status);
        if (r >= 0)
                r = proc_call_read(task_fd, &call);
        if (r == -ESRCH || r == -ENOENT)
                return SUITS_NOT;
        if (r < 0)
                return error_set_errno(error, -r, "failed to read what its thread %d does",
                                       (int)tid);
        if (status.state == 'Z' || status.state == 'X')
                return SUITS_NOT;
        r = release_guard_thread(&status, error);
        if (r < 0)
                return r;
        r = kernel_kcmp_files(tid, s->table);
        /* One that was not compared may be the one that waits for the file. */
        if (r < 0 && r != -ESRCH)
                return error_set_errno(error, -r, "failed to compare the files of its thread %d",
                                       (int)tid);
        if (r != 0)
                return SUITS_NOT;
        r = release_call_uses(&call, s->fd, s->pid, inject_code_read);
        if (r != 0)
                return error_set(error, EBUSY,
                                 r < 0 ? "has a thread (%d) in a call whose files "
                                         "cannot be read"
                                       : "has a thread (%d) that waits for that file",
                                 (int)tid);
        if (status.state != 'S' && status.state != 'R')
                return SUITS_NOT;
        if (!is_at_home(s, task_fd)) {
                (void)snprintf(s->why, sizeof(s->why), "another network namespace");
                return SUITS_NOT;
        }
        return judge_call(s, task_fd, tid, &call);
}

static int add(struct search *s, int suits, pid_t tid)
{
        pid_t *grown = array_grow(s->tids[suits], s->n[suits], sizeof(tid));

        if (!grown)
                return -ENOMEM;
        s->tids[suits] = grown;
        grown[s->n[suits]++] = tid;
        return 0;
}

static int search_all(struct search *s, struct error *error)
{
        _cleanup_free_ char *buffer = malloc(DENTS_BUFFER_SIZE);
        _cleanup_close_ int dir = openat(s->process_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const char *name;
        uint64_t tid;
        int r = 0;

        if (!buffer)
                return error_oom(error);
        if (dir < 0)
                return release_guard_open_failed(errno, error);
        struct dents dents = DENTS_INIT(dir, buffer, DENTS_BUFFER_SIZE);
        while (r >= 0 && (r = dents_next(&dents, &tid, &name)) > 0) {
                _cleanup_close_ int task = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (task >= 0)
                        r = judge(s, task, (pid_t)tid, error);
                else if (errno == ENOENT || errno == ESRCH)
                        r = SUITS_NOT;
                else
                        r = release_guard_open_failed(errno, error);
                if (r >= 0 && r < SUITS_NOT)
                        r = add(s, r, (pid_t)tid);
        }
        return r;
}

/* All of them in one list. */
static int collect(struct search *s, struct release_threads *ret, struct error *error)
{
        size_t n = s->n[SUITS_FIRST] + s->n[SUITS_WAITING] + s->n[SUITS_RUNNING];

        if (n == 0)
                return error_set(error, EAGAIN,
                                 "has no thread that could be stopped without it noticing: in %s",
                                 *s->why ? s->why : "no call that goes on by itself");
        ret->tids = calloc(n, sizeof(*ret->tids));
        if (!ret->tids)
                return error_oom(error);
        for (int i = 0; i < SUITS_NOT; i++)
                for (size_t k = 0; k < s->n[i]; k++)
                        ret->tids[ret->n++] = s->tids[i][k];
        return 0;
}

int release_threads_find(pid_t pid, int process_fd, pid_t table, int fd,
                         struct release_threads *ret, struct error *error)
{
        struct search s = {.pid = pid, .table = table, .process_fd = process_fd, .fd = fd};

        *ret = (struct release_threads){};
        int r = search_all(&s, error);
        if (r >= 0)
                r = collect(&s, ret, error);
        for (int i = 0; i < SUITS_NOT; i++)
                free(s.tids[i]);
        return r;
}

void release_threads_deinit(struct release_threads *t)
{
        free(t->tids);
        *t = (struct release_threads){};
}
