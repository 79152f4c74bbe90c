/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/mark.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "netns/mark-layout.h"
#include "proc/open.h"
#include "proc/stat.h"
#include "util/kernel.h"
#include "util/macro.h"

/* include/linux/proc_ns.h: the number of the initial user namespace. */
#define INITIAL_USERNS 0xEFFFFFFDU

#define OWN_LINK "/proc/self/ns/uts"

/* What ours reads, no text when we have none; and what keeps it. */
static struct mark_layout mine;
static pthread_mutex_t mine_lock = PTHREAD_MUTEX_INITIALIZER;

/* The UTS namespace that we come from, and its link where it has no mark: most processes are in it,
 * and need no further question. */
static int unmarked_fd = -EBADF;
static char unmarked_link[64];
static ssize_t unmarked_length;

static int own_mark(struct mark_layout *ret)
{
        struct proc_stat stat;

        _cleanup_close_ int proc_fd = proc_open();
        if (proc_fd < 0)
                return proc_fd;
        int r = proc_stat_of(proc_fd, getpid(), &stat);
        if (r >= 0)
                *ret = (struct mark_layout){.text = MARK_TEXT, .start_ticks = stat.start_ticks};
        return r;
}

/* The mark of the UTS namespace that this thread is in. */
static int current_mark(struct mark_layout *ret)
{
        struct utsname u;

        if (uname(&u) < 0)
                return negative_errno();
        memcpy(ret, u.domainname, sizeof(*ret));
        return 0;
}

static bool has_text(const struct mark_layout *mark)
{
        return memcmp(mark->text, MARK_TEXT, sizeof(MARK_TEXT)) == 0;
}

static bool is_unmarked(int proc_fd, const char *path)
{
        char link[sizeof(unmarked_link)];

        ssize_t n = unmarked_length > 0 ? readlinkat(proc_fd, path, link, sizeof(link)) : 0;
        return n > 0 && n == unmarked_length && memcmp(link, unmarked_link, (size_t)n) == 0;
}

int mark_set(void)
{
        struct mark_layout mark, current;

        int r = own_mark(&mark);
        if (r >= 0)
                r = current_mark(&current);
        if (r < 0)
                return r;
        if (has_text(&current) && mark.start_ticks == current.start_ticks)
                return 0;
        if (unmarked_fd < 0) {
                unmarked_fd = open(OWN_LINK, O_RDONLY | O_CLOEXEC);
                if (!has_text(&current))
                        unmarked_length = readlink(OWN_LINK, unmarked_link, sizeof(unmarked_link));
        }
        if (unshare(CLONE_NEWUTS) < 0 || setdomainname((const char *)&mark, sizeof(mark)) < 0)
                return negative_errno();
        mine = mark;
        return 0;
}

void mark_count(enum mark_look look)
{
        (void)pthread_mutex_lock(&mine_lock);
        mine.begun += look == MARK_BEGINS;
        mine.ended += look == MARK_ENDS;
        if (has_text(&mine))
                (void)setdomainname((const char *)&mine, sizeof(mine));
        (void)pthread_mutex_unlock(&mine_lock);
}

void mark_clear(void)
{
        mine = (struct mark_layout){};
        if (unmarked_fd >= 0)
                (void)setns(unmarked_fd, CLONE_NEWUTS);
        unmarked_fd = fd_close(unmarked_fd);
}

/* Whether only root can have made the UTS namespace what it is, or who is as much to us. */
static bool is_trusted(int uts_fd)
{
        struct stat owner, own;

        _cleanup_close_ int userns = ioctl(uts_fd, NSFS_GET_USERNS);
        if (userns < 0 || fstat(userns, &owner) < 0)
                return false;
        return owner.st_ino == INITIAL_USERNS ||
               (stat("/proc/self/ns/user", &own) == 0 && owner.st_ino == own.st_ino);
}

/* Reads it from inside: nothing else shows a domain name. */
static int mark_of(int uts_fd, struct mark_layout *ret)
{
        _cleanup_close_ int home = open("/proc/thread-self/ns/uts", O_RDONLY | O_CLOEXEC);
        if (home < 0 || setns(uts_fd, CLONE_NEWUTS) < 0)
                return negative_errno();
        int r = current_mark(ret);
        if (setns(home, CLONE_NEWUTS) < 0)
                return negative_errno();
        return r;
}

/* A thread that has no namespace has ended, or is about to. */
enum mark_answer mark_ask(int proc_fd, pid_t pid, pid_t tid, struct mark_visits *ret_visits)
{
        struct mark_layout mark;
        struct proc_stat stat;
        char path[64];

        (void)snprintf(path, sizeof(path), "%d/task/%d/ns/uts", (int)pid, (int)tid);
        if (is_unmarked(proc_fd, path))
                return MARK_NONE;
        _cleanup_close_ int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT || errno == ESRCH ? MARK_GONE : MARK_NONE;
        if (!is_trusted(fd) || mark_of(fd, &mark) < 0 || !has_text(&mark))
                return MARK_NONE;
        if (proc_stat_of(proc_fd, pid, &stat) < 0)
                return MARK_GONE;
        if (ret_visits)
                *ret_visits = (struct mark_visits){mark.begun, mark.ended};
        return stat.start_ticks == mark.start_ticks ? MARK_OURS : MARK_NONE;
}
