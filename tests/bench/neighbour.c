/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A latency-critical neighbour: a request and its response, once a millisecond, between two
 * processes on one CPU. Tells how long they took.
 *
 *     bench-neighbour SECONDS        prints: median, 99th, 99.9th percentile, maximum, in µs */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static void answer(int fd)
{
        char byte;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (read(fd, &byte, 1) == 1)
                if (write(fd, &byte, 1) != 1)
                        return;
}

int main(int argc, char **argv)
{
        size_t n = argc == 2 ? strtoul(argv[1], NULL, 10) * 1000 : 0;
        int pair[2];

        if (n == 0) {
                fprintf(stderr, "Usage: bench-neighbour SECONDS\n");
                return EXIT_FAILURE;
        }
        double *took = calloc(n, sizeof(*took));
        if (!took || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
                return EXIT_FAILURE;
        if (fork() == 0) {
                close(pair[0]);
                answer(pair[1]);
                _exit(0);
        }
        close(pair[1]);
        for (size_t i = 0; i < n; i++) {
                struct timespec pause = {.tv_nsec = 1000 * 1000};
                char byte = 'q';

                nanosleep(&pause, NULL);
                double start = now();
                if (write(pair[0], &byte, 1) != 1 || read(pair[0], &byte, 1) != 1)
                        return EXIT_FAILURE;
                took[i] = now() - start;
        }
        qsort(took, n, sizeof(*took), compare);
        printf("%.1f %.1f %.1f %.1f\n", took[n / 2], took[n * 99 / 100], took[n * 999 / 1000],
               took[n - 1]);
        free(took);
        return 0;
}
