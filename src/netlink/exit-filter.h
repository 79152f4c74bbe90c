/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The program that the kernel runs on every event of the proc connector before it wakes anybody:
 * classic BPF, for it needs no privilege beyond the socket's and exists everywhere. */

#include <linux/filter.h>
#include <stdbool.h>
#include <sys/types.h>

/* Threads whose exit is let through; the rest of the host's wake nobody. */
struct exit_filter {
        struct sock_filter *program;
        size_t n_program;
};

/* Builds the program that passes the exits of the threads @tids (sorted, no duplicates) and, when
 * @forks, every fork. With more of them than a
 * program can hold (BPF_MAXINSNS) neighbours become ranges, the closest first: then some exits of
 * others pass too, none of these is lost. 0 or -ENOMEM. */
int exit_filter_build(struct exit_filter *ret, const pid_t *tids, size_t n_tids, bool forks);

/* Builds the program that passes the kernel's answers to subscriptions alone. They go to all
 * listeners, and since 6.6 everybody may subscribe, as often as he likes. 0 or -ENOMEM. */
int exit_filter_build_answers(struct exit_filter *ret);

void exit_filter_deinit(struct exit_filter *f);
