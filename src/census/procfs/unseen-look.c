/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/unseen-look.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "census/procfs/file-class.h"
#include "census/procfs/netns-open.h"
#include "util/clock.h"
#include "util/kernel.h"

/* What may be listed: of our own namespace, and of each other one. 1,000 links are some 500 kB. */
#define HOME_BYTES_MAX  ((size_t)64 * 1024 * 1024)
#define OTHER_BYTES_MAX ((size_t)1024 * 1024)

/* How much CPU time the others may take, all together: 10 µs each where they have few links. */
#define OTHERS_USEC (20 * USEC_PER_SEC / 1000)
/* And so much the opening of those that no task is in: 50,000 of them. */
#define OPENING_USEC USEC_PER_SEC

/* How many links are followed from our own namespace to the last one. */
#define ROUNDS_MAX 8

/* A namespace that is known. */
struct unseen_known {
        const struct netns *ns;
        const struct holder *task; /* one that is in it; NULL for none listed */
        int32_t id;                /* its number here; negative: none, or not known yet */
        bool asked;                /* it is known whether it has one */
        bool listed;               /* its links were looked at, or need not be */
};

void unseen_look_deinit(struct unseen_look *l)
{
        rt_ids_close(&l->ids);
        free(l->ties.list);
        free(l->known);
        number_set_free(l->covered);
}

static void count_known(struct netns *ns, void *userdata)
{
        ((struct unseen_look *)userdata)->room_known++;
}

static void note_known(struct netns *ns, void *userdata)
{
        struct unseen_look *l = userdata;
        struct unseen_known *k = &l->known[l->n_known++];

        *k = (struct unseen_known){.ns = ns, .id = -1};
        for (size_t i = 0; i < ns->n_holders && !k->task; i++)
                if (ns->holders[i].kind == HOLDER_TASK)
                        k->task = &ns->holders[i];
}

static int init(struct unseen_look *l, struct walk *walk, struct builder *b)
{
        struct stat st;

        *l = (struct unseen_look){.walk = walk, .ids = RT_IDS_NULL};
        builder_foreach(b, count_known, l);
        l->known = calloc(l->room_known + 1, sizeof(*l->known));
        l->covered = number_set_new();
        if (!l->known || !l->covered)
                return -ENOMEM;
        builder_foreach(b, note_known, l);
        bool here = stat("/proc/thread-self/ns/net", &st) == 0;
        for (size_t i = 0; i < l->n_known; i++)
                l->known[i].listed = here && l->known[i].ns->id.inode == st.st_ino;
        return rt_ids_open(&l->ids);
}

static bool is_covered(struct unseen_look *l, int32_t id)
{
        return number_set_has(l->covered, (uint64_t)id + 1);
}

static int cover(struct unseen_look *l, int32_t id)
{
        return id < 0 ? 0 : MIN(number_set_add(l->covered, (uint64_t)id + 1), 0);
}

static bool all_covered(struct unseen_look *l)
{
        for (size_t i = 0; i < l->ties.n; i++)
                if (!is_covered(l, l->ties.list[i].id))
                        return false;
        return true;
}

/* By a task in each, which needs no right over it. */
static int ask_tasks(struct unseen_look *l)
{
        _cleanup_free_ struct rt_id_question *questions =
                calloc(l->n_known + 1, sizeof(*questions));
        _cleanup_free_ struct unseen_known **of =
                (struct unseen_known **)calloc(l->n_known + 1, sizeof(struct unseen_known *));
        size_t n = 0;

        if (!questions || !of)
                return -ENOMEM;
        for (size_t i = 0; i < l->n_known; i++) {
                struct unseen_known *k = &l->known[i];
                if (!k->task || k->id >= 0)
                        continue;
                of[n] = k;
                questions[n++] = (struct rt_id_question){.fd = -1, .pid = k->task->tid};
        }
        int r = rt_ids_ask(&l->ids, questions, n);
        for (size_t i = 0; i < n && r >= 0; i++) {
                of[i]->asked = questions[i].r >= 0;
                of[i]->id = questions[i].r >= 0 ? questions[i].id : -1;
                r = cover(l, of[i]->id);
        }
        return r;
}

/* What all processes are in, seen or unseen: whose namespace may not be read has a number too. */
static int ask_processes(struct unseen_look *l)
{
        const struct number_list *pids = &l->walk->pids;
        _cleanup_free_ struct rt_id_question *questions = calloc(pids->n + 1, sizeof(*questions));

        if (!questions)
                return -ENOMEM;
        for (size_t i = 0; i < pids->n; i++)
                questions[i] = (struct rt_id_question){.fd = -1, .pid = (pid_t)pids->numbers[i]};
        int r = rt_ids_ask(&l->ids, questions, pids->n);
        for (size_t i = 0; i < pids->n && r >= 0; i++)
                r = questions[i].r >= 0 ? cover(l, questions[i].id) : 0;
        return r;
}

/* The namespace of a socket or a tun, by a duplicate, which is closed at once. */
static int open_by_duplicate(struct walk *walk, const struct holder *h, uint64_t inode)
{
        struct statx stx;
        struct stat st;

        if (h->fd < 0 || (h->kind != HOLDER_SOCKET && h->kind != HOLDER_TUN))
                return -EOPNOTSUPP;
        _cleanup_close_ int pidfd = kernel_pidfd_open(h->tid, h->tid == h->pid ? 0 : PIDFD_THREAD);
        _cleanup_close_ int copy = pidfd < 0 ? pidfd : kernel_pidfd_getfd(pidfd, h->fd);
        if (copy < 0)
                return copy;
        if (statx(copy, "", AT_EMPTY_PATH | FILE_CLASS_STATX_FLAGS, FILE_CLASS_STATX_MASK, &stx) <
            0)
                return negative_errno();
        /* The number may lead to any device by now, which an ioctl would set to work. */
        enum file_class class = file_classify(&stx, &walk->devices);
        if (class != FILE_SOCKET && class != FILE_TUN)
                return -ESTALE;
        _cleanup_close_ int fd = ioctl(copy, SIOCGSKNS);
        if (fd < 0 || fstat(fd, &st) < 0)
                return negative_errno();
        return st.st_ino == inode ? TAKE_FD(fd) : -ESTALE;
}

static int open_known(struct unseen_look *l, const struct netns *ns)
{
        struct walk *walk = l->walk;

        int fd = netns_open(walk->host->proc_fd, ns);
        for (size_t i = 0; i < ns->n_holders && fd < 0; i++)
                fd = open_by_duplicate(walk, &ns->holders[i], ns->id.inode);
        return fd;
}

/* One that no task is in, or whose task has ended meanwhile. */
static int ask_by_fd(struct unseen_look *l, struct unseen_known *k)
{
        _cleanup_close_ int fd = netns_is_nameless(&k->ns->id) ? -ENXIO : open_known(l, k->ns);
        struct rt_id_question q = {.fd = fd};

        if (fd < 0)
                return 0;
        int r = rt_ids_ask(&l->ids, &q, 1);
        if (r < 0 || q.r < 0)
                return r;
        k->asked = true;
        k->id = q.id;
        return cover(l, k->id);
}

static bool is_cancelled(const struct unseen_look *l)
{
        return atomic_load(&l->walk->progress->cancel);
}

/* Whether only files in flight lead to it, of which no duplicate can be had by their number. */
static bool is_in_flight(const struct netns *ns)
{
        return ns->count[HOLDER_SOCKET_IN_FLIGHT] > 0 &&
               ns->count[HOLDER_SOCKET_IN_FLIGHT] == netns_holder_count(ns);
}

/* -ETIME when it takes too long: then nothing is known for certain. */
static int ask_others(struct unseen_look *l)
{
        uint64_t began = clock_usec(CLOCK_THREAD_CPUTIME_ID);
        int r = 0;

        l->n_unasked = 0;
        for (size_t i = 0; i < l->n_known && r >= 0; i++) {
                struct unseen_known *k = &l->known[i];
                if (k->id >= 0 || (k->task && k->asked))
                        continue;
                r = is_cancelled(l)                                              ? -ECANCELED
                    : clock_usec(CLOCK_THREAD_CPUTIME_ID) - began > OPENING_USEC ? -ETIME
                                                                                 : ask_by_fd(l, k);
                l->n_unasked += !k->asked && is_in_flight(k->ns);
        }
        return r;
}

/* Looks at the links of those that have a number and were not looked at. 1 when there were any. */
static int list_others(struct unseen_look *l)
{
        int result = 0;

        for (size_t i = 0; i < l->n_known; i++) {
                struct unseen_known *k = &l->known[i];
                const size_t n = l->ties.n;

                if (k->listed || k->id < 0)
                        continue;
                k->listed = true;
                uint64_t began = clock_usec(CLOCK_THREAD_CPUTIME_ID);
                if (l->others_usec > OTHERS_USEC)
                        continue;
                if (is_cancelled(l))
                        return -ECANCELED;
                /* One that is not listed, or not to its end, tells less; no more. */
                int r = rt_ids_list(&l->ids, k->id, OTHER_BYTES_MAX, &l->ties);
                if (r == -ENOMEM)
                        return r;
                for (size_t t = n; t < l->ties.n; t++)
                        l->ties.list[t].at = k->ns->id.inode;
                l->others_usec += clock_usec(CLOCK_THREAD_CPUTIME_ID) - began;
                result = 1;
        }
        return result;
}

/* From our own namespace on, as far as links lead through known ones. Then all numbers that known
 * ones have are covered, as far as they could be asked. */
static int look_around(struct unseen_look *l)
{
        int r = rt_ids_list(&l->ids, -1, HOME_BYTES_MAX, &l->ties);

        for (unsigned round = 0; round < ROUNDS_MAX && r >= 0 && l->ties.n > 0; round++) {
                r = ask_tasks(l);
                if (r >= 0 && !all_covered(l))
                        r = ask_others(l);
                if (r >= 0)
                        r = list_others(l);
                if (r == 0)
                        break;
        }
        if (r > 0)
                r = ask_tasks(l);
        if (r >= 0 && !all_covered(l))
                r = ask_processes(l);
        if (r >= 0 && !all_covered(l))
                r = ask_others(l);
        return r;
}

/* What is left over: its ties, in place of all. */
static void keep_uncovered(struct unseen_look *l)
{
        size_t n = 0;

        for (size_t i = 0; i < l->ties.n; i++)
                if (!is_covered(l, l->ties.list[i].id))
                        l->ties.list[n++] = l->ties.list[i];
        l->ties.n = n;
}

int unseen_look_at_all(struct unseen_look *l, struct walk *walk, struct builder *b)
{
        int r = init(l, walk, b);
        if (r >= 0)
                r = look_around(l);
        if (r >= 0)
                keep_uncovered(l);
        else
                l->ties.n = 0;
        return r == -ENOMEM || r == -ECANCELED ? r : 0;
}
