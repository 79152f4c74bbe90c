/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/describe.h"

#include <string.h>
#include <systemd/sd-login.h>

#include "proc/cgroup.h"
#include "proc/comm.h"
#include "proc/host.h"
#include "proc/open.h"
#include "proc/stat.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"
#include "util/unit-name.h"

/* The unit of the process before: most are in the cgroup of the one with the number below theirs,
 * and libsystemd reads and parses for each what it has read for the other. */
struct known_unit {
        char *cgroups; /* what /proc/PID/cgroup said; NULL: nothing is known */
        char *unit;
};

static void known_unit_deinit(struct known_unit *k)
{
        free(k->cgroups);
        free(k->unit);
        *k = (struct known_unit){};
}

static char *read_cgroups(int dir_fd)
{
        char *text = NULL;

        (void)proc_cgroup_read_text(dir_fd, &text);
        return text;
}

static int ask_unit(pid_t pid, char **ret)
{
        _cleanup_free_ char *unit = NULL;

        /* A cgroup can be given any name. That of a unit is printable, and is shown as systemd
         * shows it: a \xNN in it is part of the name. */
        if (sd_pid_get_unit(pid, &unit) < 0)
                return 0;
        *ret = unit_name_is_valid(unit) ? TAKE_PTR(unit) : text_shorten(text_escape_string(unit));
        return *ret ? 0 : -ENOMEM;
}

static int read_unit(struct known_unit *known, int dir_fd, pid_t pid, char **ret)
{
        _cleanup_free_ char *before = read_cgroups(dir_fd);

        if (!before || !known->cgroups || strcmp(before, known->cgroups) != 0) {
                known_unit_deinit(known);
                int r = ask_unit(pid, &known->unit);
                if (r < 0)
                        return r;
                /* It may have moved while it was asked about. */
                _cleanup_free_ char *after = read_cgroups(dir_fd);
                if (before && after && strcmp(before, after) == 0)
                        known->cgroups = TAKE_PTR(before);
        }
        if (!known->unit)
                return 0;
        *ret = strdup(known->unit);
        return *ret ? 0 : -ENOMEM;
}

static int describe_process(struct process *p, int proc_fd, uint64_t scan_start_usec,
                            struct known_unit *known_unit)
{
        struct proc_stat stat;

        p->gone = true;
        _cleanup_close_ int dir = proc_open_process(proc_fd, p->pid);
        if (dir < 0 || proc_stat_read(dir, &stat) < 0)
                return 0;
        if (clock_ticks_to_usec(stat.start_ticks) > scan_start_usec)
                return 0; /* another process has got its number since */
        p->start_ticks = stat.start_ticks;
        int r = proc_comm_read(dir, &p->comm);
        if (r == -ENOMEM)
                return r;
        r = read_unit(known_unit, dir, p->pid, &p->unit);
        if (r < 0)
                return r;
        (void)file_id_at(dir, "exe", &p->executable);
        /* The unit was asked for by number: it is this process's if the directory still lives. */
        if (proc_open_lives(dir) <= 0) {
                free(p->unit);
                p->unit = NULL;
                return 0;
        }
        p->gone = false;
        return 0;
}

static int pid_compare(const void *a, const void *b)
{
        const struct process *const *x = a, *const *y = b;
        return (*x)->pid < (*y)->pid ? -1 : (*x)->pid > (*y)->pid;
}

struct holders {
        struct holder *list;
        size_t n;
};

static struct holders holders_at(struct census *c, size_t i)
{
        return i == c->n_namespaces
                       ? (struct holders){c->unresolved, c->n_unresolved}
                       : (struct holders){c->namespaces[i].holders, c->namespaces[i].n_holders};
}

static struct process *process_find(struct census *c, pid_t pid)
{
        struct process key = {.pid = pid}, *pkey = &key;
        struct process **found =
                bsearch(&pkey, c->processes, c->n_processes, sizeof(*c->processes), pid_compare);
        return found ? *found : NULL;
}

/* One process per number that any listed holder has. */
static int collect_processes(struct census *c)
{
        size_t n = 0, unique = 0;

        for (size_t i = 0; i <= c->n_namespaces; i++)
                n += holders_at(c, i).n;
        c->processes = calloc(n + 1, sizeof(*c->processes));
        if (!c->processes)
                return -ENOMEM;
        for (size_t i = 0; i <= c->n_namespaces; i++) {
                struct holders h = holders_at(c, i);
                for (size_t j = 0; j < h.n; j++) {
                        /* Holders are sorted by process: most repeat the one before. */
                        if (h.list[j].pid == 0 || (j > 0 && h.list[j - 1].pid == h.list[j].pid))
                                continue;
                        struct process *p = process_new(h.list[j].pid, h.list[j].uid);
                        if (!p)
                                return -ENOMEM;
                        p->start_nsec = h.list[j].start_nsec;
                        c->processes[c->n_processes++] = p;
                }
        }
        if (c->n_processes > 1)
                qsort(c->processes, c->n_processes, sizeof(*c->processes), pid_compare);
        for (size_t i = 0; i < c->n_processes; i++)
                if (unique > 0 && c->processes[unique - 1]->pid == c->processes[i]->pid)
                        process_unref(c->processes[i]);
                else
                        c->processes[unique++] = c->processes[i];
        c->n_processes = unique;
        return 0;
}

static int describe_one(struct process **p, const struct described *known, int proc_fd,
                        uint64_t scan_start_usec, uint64_t now_usec, struct known_unit *known_unit)
{
        const struct process *same = known ? described_find(known, *p, now_usec) : NULL;

        if (!same)
                return describe_process(*p, proc_fd, scan_start_usec, known_unit);
        struct process *copy = process_copy(same);
        if (!copy)
                return -ENOMEM;
        copy->uid = (*p)->uid;
        process_unref(*p);
        *p = copy;
        return 0;
}

static int describe_processes(struct census *c, struct described *known, int proc_fd,
                              const struct scan_options *options, struct scan_progress *progress)
{
        uint64_t now = clock_usec(CLOCK_MONOTONIC);
        struct known_unit known_unit = {};
        int r = 0;

        for (size_t i = 0; i < c->n_processes && r >= 0; i++) {
                pid_t pid = c->processes[i]->pid;
                if (scan_options_skips(options, pid))
                        continue;
                scan_progress_at(progress, pid, SCAN_DESCRIBE);
                r = atomic_load(&progress->cancel)
                            ? -ECANCELED
                            : describe_one(&c->processes[i], known, proc_fd, c->start_boottime_usec,
                                           now, &known_unit);
        }
        known_unit_deinit(&known_unit);
        return r < 0 || !known ? r : described_keep(known, c, now);
}

/* Their start times, where they show; those that have ended are no more. */
static void complete_blind(struct census *c, int proc_fd, struct scan_progress *progress)
{
        struct proc_stat stat;
        size_t n = 0;

        for (size_t i = 0; i < c->n_blind; i++) {
                struct blind_process *b = &c->blind[i];
                if (b->gaps & 1u << GAP_PROCESS_SKIPPED) {
                        c->blind[n++] = *b;
                        continue;
                }
                scan_progress_at(progress, b->pid, SCAN_DESCRIBE);
                _cleanup_close_ int dir = proc_open_process(proc_fd, b->pid);
                if (dir >= 0 && proc_stat_read(dir, &stat) >= 0)
                        b->start_ticks = stat.start_ticks;
                else if (!proc_host_hides(proc_fd, b->pid))
                        continue;
                c->blind[n++] = *b;
        }
        c->n_blind = n;
}

int describe_census(struct census *c, struct described *known, int proc_fd,
                    const struct scan_options *options, struct scan_progress *progress)
{
        int r = collect_processes(c);
        if (r >= 0)
                r = describe_processes(c, known, proc_fd, options, progress);
        if (r < 0)
                return r;
        for (size_t i = 0; i <= c->n_namespaces; i++) {
                struct holders h = holders_at(c, i);
                for (size_t j = 0; j < h.n; j++)
                        h.list[j].process = process_ref(process_find(c, h.list[j].pid));
        }
        complete_blind(c, proc_fd, progress);
        return 0;
}
