/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* frames PID ADDRESS…: says what is at the addresses (hexadecimal) of a process, as the birth
 * certificate of a socket would. A line each: function, file, offset, build id; and how many
 * milliseconds it took. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proc/comm.h"
#include "proc/open.h"
#include "proc/stat.h"
#include "trace/frames.h"
#include "util/clock.h"
#include "util/text.h"

#define TIMEOUT_USEC (10 * USEC_PER_SEC)

static int resolve(struct birth *b, int process_fd, int n, char **words)
{
        uint64_t addresses[BIRTH_FRAMES_MAX] = {}, before = clock_usec(CLOCK_MONOTONIC);

        for (int i = 0; i < n && i < BIRTH_FRAMES_MAX; i++)
                addresses[i] = strtoull(words[i], NULL, 16);
        int r = frames_resolve(b, process_fd, addresses, (size_t)n, TIMEOUT_USEC);
        uint64_t took = clock_usec(CLOCK_MONOTONIC) - before;
        for (size_t i = 0; r == 0 && i < b->n_frames; i++)
                printf("%s\t%s\t%" PRIx64 "\t%s\n", text_or(b->frames[i].function, "-"),
                       text_or(b->frames[i].file, "-"), b->frames[i].offset, b->frames[i].build_id);
        printf("%.3f\n", (double)took / 1000);
        return r;
}

int main(int argc, char **argv)
{
        _cleanup_(birth_unrefp) struct birth *b = birth_new();
        struct proc_stat stat;

        if (argc < 2 || !b)
                return 2;
        b->pid = (pid_t)atoi(argv[1]);
        _cleanup_close_ int root = proc_open();
        _cleanup_close_ int fd = proc_open_process(root, b->pid);
        if (fd < 0 || proc_stat_read(fd, &stat) < 0 || proc_comm_read(fd, &b->comm) < 0)
                return 1;
        b->start_nsec = clock_ticks_to_usec(stat.start_ticks) * NSEC_PER_USEC;
        b->stack_start = stat.stack_start;
        return resolve(b, fd, argc - 2, argv + 2) < 0;
}
