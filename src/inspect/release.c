/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/release.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "inspect/inject.h"
#include "inspect/process-open.h"
#include "inspect/release-guard.h"
#include "inspect/release-thread.h"
#include "netns/nsfd.h"
#include "proc/fdinfo.h"
#include "util/array.h"
#include "util/kernel.h"

/* How often threads that cannot do it at the moment are tried again, and after what waits: many and
 * short ones, for a busy program may be where it can be stopped for a moment only. */
#define ROUNDS     24
#define ROUND_USEC (5 * USEC_PER_MSEC)

static void pause_before(int round)
{
        if (round > 0)
                (void)usleep(ROUND_USEC);
}

void release_deinit(struct release *r)
{
        r->file = fd_close(r->file);
        free(r->places);
        *r = RELEASE_INIT;
}

static bool is_asked_for(const struct holder *h, pid_t pid, int fd)
{
        return h->pid > 0 && (pid <= 0 || h->pid == pid) && (fd < 0 || h->fd == fd);
}

/* Whether the file that both have is known to be one. */
static bool is_same_file(const struct holder *a, const struct holder *b)
{
        if (a->socket_inode || b->socket_inode)
                return a->socket_inode == b->socket_inode;
        return syscall(SYS_kcmp, a->tid, b->tid, 0 /* KCMP_FILE */, a->fd, b->fd) == 0;
}

int release_choose(const struct netns *ns, pid_t pid, int fd, const struct holder **ret,
                   struct error *error)
{
        const struct holder *chosen = NULL, *other = NULL;

        for (size_t i = 0; i < ns->n_holders; i++) {
                const struct holder *h = &ns->holders[i];
                if (!is_asked_for(h, pid, fd))
                        continue;
                if (release_guard_kind(h)) {
                        other = h;
                        continue;
                }
                if (chosen && !is_same_file(chosen, h))
                        return error_set(error, ENOTUNIQ,
                                         "Several files keep it; --holder=PID:FD says which");
                chosen = chosen ? chosen : h;
        }
        if (!chosen && other)
                return error_set(error, EPERM, "Process %d cannot be made to let go of it: it %s",
                                 (int)other->pid, release_guard_kind(other));
        if (!chosen)
                return error_set(error, ENXIO,
                                 pid > 0 ? "Nothing of the kind holds it"
                                         : "No process holds it by an open file");
        *ret = chosen;
        return 0;
}

/* Whether the duplicate is what the census has seen: the socket or namespace file, of this
 * namespace. */
static int check_file(int file, const struct netns *ns, const struct holder *h)
{
        uint64_t cookie = 0;
        socklen_t n = sizeof(cookie);
        struct nsfd_facts facts;
        struct stat st;

        if (h->kind == HOLDER_NSFS_FD) {
                if (nsfd_is_netns(file) <= 0 || nsfd_ask(file, &facts) < 0)
                        return -ESTALE;
                return facts.inode == ns->id.inode && (!facts.facts.cookie || !ns->id.cookie ||
                                                       facts.facts.cookie == ns->id.cookie)
                               ? 0
                               : -ESTALE;
        }
        if (fstat(file, &st) < 0)
                return negative_errno();
        if (!S_ISSOCK(st.st_mode) || st.st_ino != h->socket_inode)
                return -ESTALE;
        if (ns->id.cookie && getsockopt(file, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &n) == 0 &&
            cookie != ns->id.cookie)
                return -ESTALE;
        return 0;
}

/* Any other way that the same socket is held, or another fd of the same file. 1, 0, or a negative
 * errno. */
static int is_place(const struct release *r, const struct holder *chosen, const struct holder *h)
{
        if (h == chosen)
                return 1;
        if (h->pid <= 0)
                return 0;
        if (chosen->socket_inode)
                return h->socket_inode == chosen->socket_inode;
        if (h->kind != chosen->kind)
                return 0;
        long order = syscall(SYS_kcmp, h->tid, (long)getpid(), 0 /* KCMP_FILE */, h->fd, r->file);
        if (order >= 0)
                return order == 0;
        /* It has ended, or closed it. */
        return errno == ESRCH || errno == EBADF ? 0 : negative_errno();
}

static int read_cloexec(int process_fd, const struct holder *h, bool *ret)
{
        uint64_t flags = 0;
        char path[64];

        (void)snprintf(path, sizeof(path), "task/%d/fdinfo/%d", (int)h->tid, h->fd);
        int r = proc_fdinfo_read_flags(process_fd, path, &flags);
        *ret = flags & O_CLOEXEC;
        return r > 0 ? 0 : r < 0 ? r : -ENOENT;
}

static int check_place(const struct release *r, struct release_place *p, int process_fd,
                       struct release_threads *ret, struct error *error)
{
        const struct holder *h = p->holder;
        const char *why = release_guard_kind(h);

        if (why)
                return error_set(error, EPERM, "%s", why);
        int k = release_guard_process(h->process, process_fd, error);
        if (k >= 0)
                k = release_guard_file(process_fd, h->tid, h->fd, r->file, error);
        if (k < 0)
                return k;
        k = read_cloexec(process_fd, h, &p->cloexec);
        if (k == -ENOENT || k == -ESRCH)
                return error_set(error, ESTALE, "no longer has it");
        if (k < 0)
                return error_set_errno(error, -k, "failed to read the flags of its file");
        return release_threads_find(h->pid, process_fd, h->tid, h->fd, ret, error);
}

/* With @errnum's sentence where there is none: no place is left alone without a word. */
static void refuse(struct release *r, struct release_place *p, int errnum,
                   const struct error *error)
{
        p->refused = *error;
        if (!*error->text)
                (void)error_set_errno(&p->refused, errnum, "failed to look at its threads");
        r->n_refused++;
}

static int add_place(struct release *r, const struct holder *h)
{
        struct error error = {};
        struct release_place *grown = array_grow(r->places, r->n, sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        r->places = grown;
        struct release_place *p = &grown[r->n++];
        *p = (struct release_place){.holder = h};
        _cleanup_close_ int dir = process_open_dir(h->process);
        int k = dir < 0 ? release_guard_open_failed(-dir, &error) : -EAGAIN;
        for (int i = 0; i < ROUNDS && k == -EAGAIN; i++) {
                _cleanup_(release_threads_deinit) struct release_threads threads = {};
                pause_before(i);
                k = check_place(r, p, dir, &threads, &error);
        }
        if (k < 0)
                refuse(r, p, k, &error);
        return 0;
}

int release_plan(const struct netns *ns, const struct holder *chosen, struct release *ret,
                 struct error *error)
{
        _cleanup_(release_deinit) struct release plan = RELEASE_INIT;

        int r = inject_is_supported(error);
        if (r < 0)
                return r;
        plan.file = process_open_fd(chosen->process, chosen->tid, chosen->fd);
        r = plan.file < 0 ? plan.file : check_file(plan.file, ns, chosen);
        if (r < 0)
                return error_set_errno(error, -r, "Failed to get hold of fd %d of process %d",
                                       chosen->fd, (int)chosen->pid);
        for (size_t i = 0; i < ns->n_holders && r >= 0; i++) {
                r = is_place(&plan, chosen, &ns->holders[i]);
                if (r < 0)
                        return error_set_errno(error, -r,
                                               "Failed to find all places where the file is");
                if (r > 0)
                        r = add_place(&plan, &ns->holders[i]);
        }
        if (r < 0)
                return error_oom(error);
        *ret = plan;
        plan = RELEASE_INIT;
        return 0;
}

/* By the first of its threads that can. */
static int try_threads(const struct release_threads *threads, struct inject_order *order,
                       struct release_place *p, struct error *error)
{
        struct inject_result result;
        int r = -EAGAIN;

        for (size_t i = 0; i < threads->n && r == -EAGAIN; i++) {
                *error = (struct error){};
                order->tid = threads->tids[i];
                r = inject_replace(order, &result, error);
                p->done |= result.replaced;
                p->stopped_nsec = MAX(p->stopped_nsec, result.stopped_nsec);
        }
        return p->done ? 0 : r;
}

static int replace(const struct release *release, struct release_place *p, struct error *error)
{
        const struct holder *h = p->holder;
        struct inject_order order = {
                .pid = h->pid, .fd = h->fd, .file = release->file, .cloexec = p->cloexec};
        int r = -EAGAIN;

        _cleanup_close_ int dir = process_open_dir(h->process);
        if (dir < 0)
                return release_guard_open_failed(-dir, error);
        order.process_fd = dir;
        if (inject_code_search(inject_machine(), h->pid, dir, &order.code, &order.stack) < 0)
                return error_set(error, EOPNOTSUPP,
                                 "has no code to make a system call with (followed by "
                                 "a return, and the return from a signal's handler)");
        for (int i = 0; i < ROUNDS && r == -EAGAIN; i++) {
                _cleanup_(release_threads_deinit) struct release_threads threads = {};
                *error = (struct error){};
                pause_before(i);
                r = check_place(release, p, dir, &threads, error);
                if (r >= 0)
                        r = try_threads(&threads, &order, p, error);
        }
        return r;
}

/* The same fd table by another process, in which it has been replaced. */
static bool is_done_by(const struct release *release, const struct release_place *p)
{
        for (size_t i = 0; i < release->n; i++) {
                const struct release_place *other = &release->places[i];
                if (other->done && other->holder->fd == p->holder->fd &&
                    kernel_kcmp_files(other->holder->tid, p->holder->tid) == 0)
                        return true;
        }
        return false;
}

void release_act(struct release *r)
{
        for (size_t i = 0; i < r->n; i++) {
                struct release_place *p = &r->places[i];
                struct error why = {};
                if (is_done_by(r, p)) {
                        p->done = true;
                        continue;
                }
                int k = replace(r, p, &why);
                if (k < 0)
                        refuse(r, p, k, &why);
        }
}
