/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What it costs that the kernel notes who opens a socket: pairs of socket(2) and close(2), with and
 * without, in the host's namespace, in a container's (its own control group, its own process) and
 * in a namespace that is not the process's.
 *
 *     bench-births PAIRS ROUNDS
 *
 * As root, with a control group hierarchy of version 2 at /sys/fs/cgroup. A line for each kind of
 * socket and place: nanoseconds of a pair (the median of the rounds, in which all take turns), with
 * Sockets=no, =foreign and =yes, and the ratios of the latter two to the first. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "census/birth.h"
#include "trace/births.h"
#include "util/clock.h"

#define GROUP      "/sys/fs/cgroup/bench-births"
#define ROUNDS_MAX 64

enum place { PLACE_HOST, PLACE_CONTAINER, PLACE_AWAY, _PLACE_MAX };

static const char *const places[_PLACE_MAX] = {"the host's", "a container's own", "another"};

static const struct kind {
        const char *name;
        int family, type;
} kinds[] = {{"netlink", AF_NETLINK, SOCK_RAW}, {"UDP", AF_INET, SOCK_DGRAM}};

static unsigned long n_pairs;

static _Noreturn void die(const char *what)
{
        fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
        exit(EXIT_FAILURE);
}

static uint64_t measure(const struct kind *kind)
{
        uint64_t start = clock_nsec(CLOCK_MONOTONIC);

        for (unsigned long i = 0; i < n_pairs; i++) {
                int fd = socket(kind->family, kind->type | SOCK_CLOEXEC, 0);
                if (fd < 0 || close(fd) < 0)
                        die("socket");
        }
        return (clock_nsec(CLOCK_MONOTONIC) - start) / n_pairs;
}

struct job {
        const struct kind *kind;
        uint64_t result;
};

static void *measure_away(void *userdata)
{
        struct job *job = userdata;

        if (unshare(CLONE_NEWNET) < 0)
                die("unshare");
        job->result = measure(job->kind);
        return NULL;
}

static void join_group(void)
{
        (void)mkdir(GROUP, 0755);
        int fd = open(GROUP "/cgroup.procs", O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, "0", 1) < 0)
                die(GROUP);
        close(fd);
}

/* In a process of its own. */
static void run(struct job *job, enum place place)
{
        pthread_t thread;

        join_group();
        if (place == PLACE_CONTAINER && unshare(CLONE_NEWNET) < 0)
                die("unshare");
        if (place == PLACE_AWAY) {
                (void)pthread_create(&thread, NULL, measure_away, job);
                (void)pthread_join(thread, NULL);
                return;
        }
        job->result = measure(job->kind);
}

static uint64_t run_once(struct job *job, enum place place)
{
        int status;
        pid_t pid = fork();
        if (pid < 0)
                die("fork");
        if (pid == 0) {
                run(job, place);
                _exit(EXIT_SUCCESS);
        }
        if (waitpid(pid, &status, 0) < 0 || status != 0)
                exit(EXIT_FAILURE);
        return job->result;
}

static uint64_t taken[ARRAY_SIZE(kinds)][_PLACE_MAX][_BIRTH_TRACE_MAX][ROUNDS_MAX];

/* One round with one of Sockets=. */
static void run_all(struct job *job, enum birth_trace which, unsigned long round)
{
        struct births *births = NULL;
        struct error reason = {};

        if (which != BIRTH_TRACE_NO &&
            births_new(&births, which == BIRTH_TRACE_YES, BIRTHS_MAX, &reason) < 0) {
                fprintf(stderr, "%s\n", reason.text);
                exit(EXIT_FAILURE);
        }
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
                for (enum place p = 0; p < _PLACE_MAX; p++) {
                        job->kind = &kinds[k];
                        taken[k][p][which][round] = run_once(job, p);
                }
        births_free(births);
}

static int compare(const void *a, const void *b)
{
        const uint64_t *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
        struct job *job =
                mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        n_pairs = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
        unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
        if (n_pairs == 0 || rounds == 0 || rounds > ROUNDS_MAX || job == MAP_FAILED) {
                fprintf(stderr, "Usage: %s PAIRS ROUNDS\n", argv[0]);
                return EXIT_FAILURE;
        }
        for (unsigned long round = 0; round < rounds; round++)
                for (enum birth_trace t = 0; t < _BIRTH_TRACE_MAX; t++)
                        run_all(job, t, round);
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
                for (enum place p = 0; p < _PLACE_MAX; p++) {
                        double median[_BIRTH_TRACE_MAX];
                        for (enum birth_trace t = 0; t < _BIRTH_TRACE_MAX; t++) {
                                qsort(taken[k][p][t], rounds, sizeof(uint64_t), compare);
                                median[t] = (double)taken[k][p][t][rounds / 2];
                        }
                        printf("| %s | %s | %.0f | %.0f | %.0f | %.2f | %.2f |\n", kinds[k].name,
                               places[p], median[0], median[1], median[2], median[1] / median[0],
                               median[2] / median[0]);
                }
        return EXIT_SUCCESS;
}
