/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/canary.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "netlink/netns-thread.h"
#include "util/kernel.h"

#define SOCKETS 3

/* Somebody else who scans this host has a file of it for a moment. A kernel that counts otherwise
 * always does. */
#define TRIES    10
#define TRY_NSEC (5L * 1000000)

struct canary {
        int home;
        int fds[SOCKETS];
        uint64_t cookie;
};

static int cookie_of(int fd, uint64_t *ret)
{
        socklen_t n = sizeof(*ret);

        return getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, ret, &n) < 0 ? negative_errno() : 0;
}

bool canary_sees_us(const struct survey *survey)
{
        struct stat st;
        uint64_t cookie;

        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || cookie_of(fd, &cookie) < 0 || stat("/proc/thread-self/ns/net", &st) < 0)
                return true; /* we cannot say */
        for (size_t i = 0; i < survey->look.n_nets; i++) {
                const struct look_net *ns = &survey->look.nets[i];
                if (ns->record.cookie == cookie)
                        return ns->record.inode == st.st_ino && ns->verdict == VERDICT_ATTACHED &&
                               ns->record.count > 0;
        }
        return false;
}

/* On a thread of its own, which leaves the namespace again. */
static int make(void *userdata)
{
        struct canary *c = userdata;

        if (unshare(CLONE_NEWNET) < 0)
                return negative_errno();
        for (unsigned i = 0; i < SOCKETS; i++) {
                c->fds[i] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
                if (c->fds[i] < 0)
                        return negative_errno();
        }
        int r = cookie_of(c->fds[0], &c->cookie);
        if (setns(c->home, CLONE_NEWNET) < 0)
                return negative_errno();
        return r;
}

static bool is_as_made(const struct look *look, const struct canary *c)
{
        for (size_t i = 0; i < look->n_nets; i++) {
                const struct look_net *ns = &look->nets[i];
                if (ns->record.cookie == c->cookie)
                        return ns->record.count == SOCKETS && ns->tasks == 0 &&
                               ns->verdict == VERDICT_ORPHANED;
        }
        return false;
}

/* 1 it is as it was made, or none can be made; 0 it is not. */
static int try_once(struct looker *looker)
{
        struct canary c = {.fds = {-1, -1, -1}};
        struct look look = {};

        _cleanup_close_ int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (home < 0)
                return negative_errno();
        c.home = home;
        int r = netns_thread_run(home, make, &c);
        bool is_made = r >= 0;
        if (is_made)
                r = looker_look(looker, false, &look);
        if (r >= 0)
                r = is_as_made(&look, &c);
        for (unsigned i = 0; i < SOCKETS; i++)
                fd_close(c.fds[i]);
        look_deinit(&look);
        return is_made || r == -ENOMEM ? r : 1;
}

int canary_try(struct looker *looker)
{
        int r = try_once(looker);

        for (unsigned i = 1; i < TRIES && r == 0; i++) {
                (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = TRY_NSEC},
                                      NULL);
                r = try_once(looker);
        }
        return r;
}
