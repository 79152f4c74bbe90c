/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/coverage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The word of each gap, and its sentence around the count: singular, plural. */
static const struct {
        const char *name;
        const char *one;
        const char *many;
} gaps[_COVERAGE_GAP_MAX] = {
        [GAP_PROCESS_UNREADABLE] = {"process_unreadable", "the files of 1 process cannot be seen",
                                    "the files of %" PRIu64 " processes cannot be seen"},
        [GAP_TASK_UNPROVEN] = {"task_unproven", "the namespace of 1 task cannot be determined",
                               "the namespaces of %" PRIu64 " tasks cannot be determined"},
        [GAP_PROCESS_SKIPPED] =
                {"process_skipped",
                 "1 process was left out, because an earlier scan got stuck on it",
                 "%" PRIu64 " processes were left out, because earlier scans got stuck on them"},
        [GAP_FD_REFUSED] = {"fd_refused", "1 file cannot be looked at",
                            "%" PRIu64 " files cannot be looked at"},
        [GAP_THREAD_FDS] =
                {"thread_fds",
                 "1 thread has files of its own, which Linux gives access to from 6.9 on",
                 "%" PRIu64 " threads have files of their own, which Linux gives access "
                 "to from 6.9 on"},
        [GAP_PID_NAMESPACE] = {"pid_namespace",
                               "processes outside this pid namespace cannot be seen", NULL},
        [GAP_HIDDEN_PROCESSES] = {"hidden_processes",
                                  "/proc is mounted with hidepid= or subset= and hides processes",
                                  NULL},
        [GAP_MOUNTS_UNREADABLE] = {"mounts_unreadable",
                                   "the mounts of 1 mount namespace cannot be read",
                                   "the mounts of %" PRIu64 " mount namespaces cannot be read"},
        [GAP_IN_FLIGHT_OFF] = {"in_flight_off",
                               "files in flight in 1 unix socket were not looked at (Deep=no)",
                               "files in flight in %" PRIu64
                               " unix sockets were not looked at (Deep=no)"},
        [GAP_IN_FLIGHT_LIMIT] = {"in_flight_limit",
                                 "1 file in flight in a unix socket cannot be reached",
                                 "%" PRIu64 " files in flight in unix sockets cannot be reached"},
        [GAP_IN_FLIGHT_BLOCKED] = {"in_flight_blocked",
                                   "1 file in flight was not looked at, because looking there gets "
                                   "stuck",
                                   "%" PRIu64
                                   " files in flight were not looked at, because looking "
                                   "there gets stuck"},
        [GAP_FAULT] = {"fault", "1 system call failed that should not",
                       "%" PRIu64 " system calls failed that should not"},
        [GAP_HOLDER_UNRESOLVED] = {"holder_unresolved",
                                   "the namespace of 1 holder cannot be determined",
                                   "the namespaces of %" PRIu64 " holders cannot be determined"},
        [GAP_TOO_MANY_FILES] = {"too_many_files",
                                "not all files of 1 process were looked at: there are too many",
                                "not all files of %" PRIu64
                                " processes were looked at: there are too many"},
        [GAP_UNEXPLAINED] = {"unexplained", "1 reference is not accounted for",
                             "%" PRIu64 " references are not accounted for"},
        [GAP_NOT_LOOKED_AT] =
                {"not_looked_at",
                 "1 reference was not looked for yet, as its owner has used up its share of the time "
                 "for that",
                 "%" PRIu64
                 " references were not looked for yet, as their owners have used up their "
                 "share of the time for that"},
        [GAP_EXITING] = {"exiting", "1 task hangs in its exit, and its open files cannot be seen",
                         "%" PRIu64 " tasks hang in their exit, and their open files cannot be "
                         "seen"},
        [GAP_RING] = {"io_uring", "the files that 1 io_uring holds cannot be determined",
                      "the files that %" PRIu64 " io_urings hold cannot be determined"},
        [GAP_BPF_LINKS] = {"bpf_links", "the BPF links cannot be listed", NULL},
        [GAP_UNSETTLED] = {"unsettled", "tasks came and went too fast to look at all of them twice",
                           NULL},
        [GAP_NETNS_UNSEEN] =
                {"netns_unseen",
                 "1 network namespace lives that nothing visible leads to, as far as is known; "
                 "an interface is tied to one in it",
                 "%" PRIu64 " network namespaces live that nothing visible leads to, as "
                 "far as is known; interfaces are tied to others in them"},
        [GAP_MAPS_LEFT_OUT] =
                {"maps_left_out",
                 "the memory map of 1 process was not read, because earlier scans got "
                 "stuck on others of its user",
                 "the memory maps of %" PRIu64
                 " processes were not read, because earlier scans got stuck on "
                 "others"},
};

const char *coverage_gap_to_string(enum coverage_gap gap)
{
        return gap < _COVERAGE_GAP_MAX ? gaps[gap].name : NULL;
}

int coverage_gap_text(const struct coverage *c, enum coverage_gap gap, char **ret)
{
        const struct coverage_count *n = &c->gaps[gap];
        char text[256], where[160] = "", why[64] = "";

        *ret = NULL;
        if (n->count == 0)
                return 0;
        if (n->count == 1 || !gaps[gap].many)
                (void)snprintf(text, sizeof(text), "%s", gaps[gap].one);
        else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                (void)snprintf(text, sizeof(text), gaps[gap].many, n->count);
#pragma GCC diagnostic pop
        }
        const char *first = n->count == 1 ? "" : "first: ";
        if (n->first_errnum) {
                errno = n->first_errnum;
                (void)snprintf(why, sizeof(why), "%m");
        }
        if (n->first_pid && *why)
                (void)snprintf(where, sizeof(where), " (%spid %d: %s)", first, (int)n->first_pid,
                               why);
        else if (n->first_pid)
                (void)snprintf(where, sizeof(where), " (%spid %d)", first, (int)n->first_pid);
        else if (*why)
                (void)snprintf(where, sizeof(where), " (%s%s)", first, why);
        return asprintf(ret, "%s%s", text, where) < 0 ? -ENOMEM : 0;
}

/* Gaps through which a task may have gone unseen. */
static const bool hides_tasks[_COVERAGE_GAP_MAX] = {
        [GAP_TASK_UNPROVEN] = true,    [GAP_PROCESS_SKIPPED] = true, [GAP_PID_NAMESPACE] = true,
        [GAP_HIDDEN_PROCESSES] = true, [GAP_UNSETTLED] = true,
};

void coverage_conclude(struct coverage *coverage)
{
        coverage->complete = coverage->tasks_complete = true;
        for (enum coverage_gap gap = 0; gap < _COVERAGE_GAP_MAX; gap++) {
                if (coverage->gaps[gap].count == 0)
                        continue;
                coverage->complete = false;
                if (hides_tasks[gap])
                        coverage->tasks_complete = false;
        }
}
