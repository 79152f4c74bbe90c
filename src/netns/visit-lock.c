/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/visit-lock.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>

#include "netns/mark.h"
#include "util/lock-file.h"
#include "util/text.h"

#define WAIT_ALONE_USEC (USEC_PER_SEC / 5)

static int lock(int how, uint64_t wait_usec)
{
        return lock_file_take_shared("visit.lock", how, wait_usec);
}

struct visit_lock visit_lock_take(void)
{
        struct visit_lock v = {.begun = true, .fd = lock(LOCK_SH, VISIT_LOCK_USEC)};

        mark_count(MARK_BEGINS);
        return v;
}

void visit_lock_release(struct visit_lock *v)
{
        if (!v->begun)
                return;
        mark_count(MARK_ENDS);
        fd_close(v->fd);
        *v = (struct visit_lock){};
}

int visit_lock_alone(void)
{
        return lock(LOCK_EX, WAIT_ALONE_USEC);
}

void visit_lock_moment(int proc_fd, struct visit_lock_moment *ret)
{
        struct mark_visits visits;
        const struct dirent *d;
        uint64_t pid;

        *ret = (struct visit_lock_moment){.is_quiet = true};
        int copy = openat(proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *list = copy < 0 ? NULL : fdopendir(copy);
        if (!list) {
                fd_close(copy);
                ret->is_quiet = false;
                return;
        }
        while ((d = readdir(list))) {
                if (text_parse_u64(d->d_name, &pid) < 0 ||
                    mark_ask(proc_fd, (pid_t)pid, (pid_t)pid, &visits) != MARK_OURS)
                        continue;
                ret->sum += pid + visits.begun;
                ret->is_quiet &= visits.begun == visits.ended;
        }
        (void)closedir(list);
}
