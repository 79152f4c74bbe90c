/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* No holder: a busy host. fork-storm RATE SECONDS forks RATE children a second, each of which exits
 * at once, and prints how many a second it came to. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "zoo.h"

static double now(void)
{
        struct timespec ts;

        zoo_check(clock_gettime(CLOCK_MONOTONIC, &ts), "clock_gettime");
        return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
        double start = now(), rate, seconds, passed;
        unsigned long n = 0;

        if (argc != 3) {
                fprintf(stderr, "Usage: %s RATE SECONDS\n", argv[0]);
                return 64;
        }
        rate = atof(argv[1]);
        seconds = atof(argv[2]);
        while ((passed = now() - start) < seconds) {
                if ((double)n >= rate * passed) {
                        usleep(200);
                        continue;
                }
                pid_t child = zoo_check(vfork(), "vfork");
                if (child == 0)
                        _exit(0);
                zoo_check(waitpid(child, NULL, 0), "waitpid");
                n++;
        }
        printf("%.0f\n", (double)n / seconds);
        return 0;
}
