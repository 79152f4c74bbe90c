/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at all namespaces and tasks again and again, while others come and go.
 *
 *     bpf-stress LOOKS ALIVE [--short]
 *
 * ALIVE namespaces live all the while, each by a socket of ours; two processes make and end others
 * as fast as they can. Every look must come to its end and have all that live, each once. With
 * --short each run of a walk ends after a microsecond, so that most of them are found again at a
 * cursor. In one line of JSON: looks, made, lost (cursors whose place was gone), raced (looks in
 * whose time a namespace ended), dying (seen), missed, twice, incomplete. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "census/bpf/look.h"

#define CHURNERS        2
#define SO_NETNS_COOKIE 71

static _Noreturn void fail(const char *what)
{
        fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
        exit(EXIT_FAILURE);
}

static void churn(_Atomic unsigned long *made)
{
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
                if (unshare(CLONE_NEWNET) == 0)
                        ++*made;
                pid_t pid = fork();
                if (pid == 0) {
                        if (unshare(CLONE_NEWNET) == 0)
                                ++*made;
                        _exit(0);
                }
                while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
}

static int compare_cookies(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return (x > y) - (x < y);
}

static uint64_t *make_alive(size_t n)
{
        uint64_t *cookies = calloc(n + 1, sizeof(*cookies));
        int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

        for (size_t i = 0; cookies && i < n; i++) {
                socklen_t size = sizeof(cookies[i]);
                if (unshare(CLONE_NEWNET) < 0)
                        fail("unshare");
                int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
                if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookies[i], &size) < 0)
                        fail("socket");
                if (setns(home, CLONE_NEWNET) < 0)
                        fail("setns");
        }
        qsort(cookies, n, sizeof(*cookies), compare_cookies);
        return cookies;
}

struct counts {
        unsigned long looks, lost, raced, dying, missed, twice, incomplete, wrong;
};

static void check(const struct look *look, const uint64_t *alive, size_t n, uint8_t *seen,
                  struct counts *c)
{
        size_t met = 0;

        memset(seen, 0, n);
        for (size_t i = 0; i < look->n_nets; i++) {
                const struct look_net *ns = &look->nets[i];
                uint64_t *at =
                        bsearch(&ns->record.cookie, alive, n, sizeof(*alive), compare_cookies);
                if (i > 0 && look->nets[i - 1].record.net == ns->record.net)
                        c->twice++;
                if (!at)
                        continue;
                c->twice += seen[at - alive];
                met += !seen[at - alive];
                seen[at - alive] = 1;
                c->wrong += ns->verdict != VERDICT_ORPHANED || ns->record.count != 1;
        }
        c->missed += n - met;
        c->dying += look->n_dying;
}

int main(int argc, char **argv)
{
        if (argc < 3)
                return EXIT_FAILURE;
        unsigned long looks = strtoul(argv[1], NULL, 10);
        size_t n = strtoul(argv[2], NULL, 10);
        bool is_short = argc > 3 && strcmp(argv[3], "--short") == 0;
        struct rlimit limit = {n + 256, n + 256};
        _Atomic unsigned long *made =
                mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        struct looker looker;
        struct look look = {};
        struct counts c = {};
        pid_t churners[CHURNERS];

        (void)setrlimit(RLIMIT_NOFILE, &limit);
        uint64_t *alive = make_alive(n);
        uint8_t *seen = calloc(n + 1, 1);
        for (int i = 0; i < CHURNERS; i++)
                if ((churners[i] = fork()) == 0)
                        churn(made);
        looker_init(&looker);
        if (is_short)
                looker.namespaces.run_nsec = looker.tasks.run_nsec = 1000;
        errno = -looker_load(&looker);
        if (errno > 0)
                fail("load");
        for (; c.looks < looks; c.looks++) {
                unsigned long before = *made;
                int r = looker_look(&looker, false, &look);
                c.raced += *made != before || look.n_dying > 0;
                if (r < 0)
                        c.incomplete++;
                else
                        check(&look, alive, n, seen, &c);
                c.lost += looker.namespaces.run->lost + looker.tasks.run->lost;
                looker.namespaces.run->lost = looker.tasks.run->lost = 0;
        }
        printf("{\"looks\":%lu,\"made\":%lu,\"lost\":%lu,\"raced\":%lu,\"dying\":%lu,\"missed\":%lu,"
               "\"twice\":%lu,\"incomplete\":%lu,\"wrong\":%lu,\"longestNSec\":%llu}\n",
               c.looks, *made, c.lost, c.raced, c.dying, c.missed, c.twice, c.incomplete, c.wrong,
               MAX(looker.namespaces.run->longest_ns, looker.tasks.run->longest_ns));
        for (int i = 0; i < CHURNERS; i++) {
                (void)kill(churners[i], SIGKILL);
                (void)waitpid(churners[i], NULL, 0);
        }
        look_deinit(&look);
        looker_deinit(&looker);
        free(seen);
        free(alive);
        return EXIT_SUCCESS;
}
