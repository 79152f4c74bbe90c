/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/exit-filter.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "util/macro.h"

/* Where things are in the message: include/uapi/linux/cn_proc.h. */
#define AT_EVENT   (NLMSG_HDRLEN + sizeof(struct cn_msg))
#define AT_WHAT    (AT_EVENT + offsetof(struct proc_event, what))
#define AT_EXIT    (AT_EVENT + offsetof(struct proc_event, event_data.exit.process_pid))
#define EVENT_NONE ((uint32_t)PROC_EVENT_NONE)
#define EVENT_FORK ((uint32_t)PROC_EVENT_FORK)
#define EVENT_EXIT ((uint32_t)PROC_EVENT_EXIT)

#define PASS UINT32_MAX
#define DROP 0

/* An inner node takes two instructions, a leaf four at most, and some come before the tree. */
#define RANGES_MAX ((BPF_MAXINSNS - 32) / 6)

struct range {
        uint32_t first, last;
};

static void emit(struct exit_filter *f, struct sock_filter instruction)
{
        f->program[f->n_program++] = instruction;
}

/* A number as it stands in the message is in the host's order, but a load of four bytes turns it
 * around as if it came from the network. */
static uint32_t as_loaded(uint32_t value)
{
        return ntohl(value);
}

/* To be compared for less and more, a pid must be loaded byte by byte. */
static void emit_load_pid(struct exit_filter *f, uint32_t at)
{
        static const bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

        emit(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at + (little ? 3 : 0)));
        for (uint32_t i = 1; i < 4; i++) {
                emit(f, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 8));
                emit(f, (struct sock_filter)BPF_STMT(BPF_MISC | BPF_TAX, 0));
                emit(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
                                                     at + (little ? 3 - i : i)));
                emit(f, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_OR | BPF_X, 0));
        }
}

/* A search tree over the sorted ranges. Conditional jumps reach 255 instructions only, so every
 * leaf has returns of its own, and an inner node jumps to its right half unconditionally. */
static void emit_tree(struct exit_filter *f, const struct range *ranges, size_t n)
{
        if (n == 1) {
                if (ranges->first == ranges->last)
                        emit(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                             ranges->first, 0, 1));
                else {
                        emit(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
                                                             ranges->first, 0, 2));
                        emit(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K,
                                                             ranges->last, 1, 0));
                }
                emit(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, PASS));
                emit(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, DROP));
                return;
        }
        size_t half = n / 2, jump;
        emit(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ranges[half].first, 0, 1));
        jump = f->n_program;
        emit(f, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
        emit_tree(f, ranges, half);
        f->program[jump].k = (uint32_t)(f->n_program - jump - 1);
        emit_tree(f, ranges + half, n - half);
}

static int compare_u32(const void *a, const void *b)
{
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
        return (x > y) - (x < y);
}

/* Makes at most RANGES_MAX ranges of the @n numbers in @ranges, closing the smallest gaps. Returns
 * how many are left, or -ENOMEM. */
static ssize_t merge_ranges(struct range *ranges, size_t n)
{
        _cleanup_free_ uint32_t *gaps = NULL;
        size_t excess, kept = 1, closed = 0;
        uint32_t limit;

        if (n <= RANGES_MAX)
                return (ssize_t)n;
        excess = n - RANGES_MAX;
        gaps = calloc(n - 1, sizeof(*gaps));
        if (!gaps)
                return -ENOMEM;
        for (size_t i = 1; i < n; i++)
                gaps[i - 1] = ranges[i].first - ranges[i - 1].last;
        qsort(gaps, n - 1, sizeof(*gaps), compare_u32);
        limit = gaps[excess - 1];
        for (size_t i = 1; i < n; i++)
                if (closed < excess && ranges[i].first - ranges[kept - 1].last <= limit) {
                        ranges[kept - 1].last = ranges[i].last;
                        closed++;
                } else
                        ranges[kept++] = ranges[i];
        return (ssize_t)kept;
}

int exit_filter_build(struct exit_filter *ret, const pid_t *tids, size_t n_tids, bool forks)
{
        _cleanup_free_ struct range *ranges = calloc(n_tids + 1, sizeof(*ranges));
        struct exit_filter f = {.program = calloc(BPF_MAXINSNS, sizeof(*f.program))};
        ssize_t n;

        if (!ranges || !f.program) {
                free(f.program);
                return -ENOMEM;
        }
        for (size_t i = 0; i < n_tids; i++)
                ranges[i] = (struct range){(uint32_t)tids[i], (uint32_t)tids[i]};
        n = merge_ranges(ranges, n_tids);
        if (n < 0) {
                free(f.program);
                return -ENOMEM;
        }
        emit(&f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_WHAT));
        emit(&f,
             (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, as_loaded(EVENT_EXIT), 3, 0));
        emit(&f,
             (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, as_loaded(EVENT_FORK), 0, 1));
        emit(&f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, forks ? PASS : DROP));
        emit(&f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, DROP));
        emit_load_pid(&f, AT_EXIT);
        if (n > 0)
                emit_tree(&f, ranges, (size_t)n);
        else
                emit(&f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, DROP));
        *ret = f;
        return 0;
}

int exit_filter_build_answers(struct exit_filter *ret)
{
        const struct sock_filter program[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_WHAT),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, as_loaded(EVENT_NONE), 0, 1),
                BPF_STMT(BPF_RET | BPF_K, PASS),
                BPF_STMT(BPF_RET | BPF_K, DROP),
        };

        ret->program = malloc(sizeof(program));
        if (!ret->program)
                return -ENOMEM;
        memcpy(ret->program, program, sizeof(program));
        ret->n_program = ARRAY_SIZE(program);
        return 0;
}

void exit_filter_deinit(struct exit_filter *f)
{
        free(f->program);
        *f = (struct exit_filter){};
}
