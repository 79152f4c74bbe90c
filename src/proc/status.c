/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/status.h"

#include <limits.h>
#include <string.h>

#include "proc/rest.h"
#include "util/line-reader.h"

static void take_pids(struct proc_status *s, struct rest *r)
{
        uint64_t pid;

        s->n_pids = 0;
        rest_take_blanks(r);
        while (s->n_pids < PROC_STATUS_PIDS_MAX && rest_take_number(r, 10, &pid) &&
               pid <= INT_MAX) {
                s->pids[s->n_pids++] = (pid_t)pid;
                rest_take_blanks(r);
        }
}

static bool take_number(struct rest *r, uint64_t *ret)
{
        rest_take_blanks(r);
        return rest_take_number(r, 10, ret);
}

/* The thread's own and those of its process together. */
static void take_signals(struct proc_status *s, struct rest *r)
{
        bool pending = rest_take_text(r, "SigPnd:") || rest_take_text(r, "ShdPnd:");
        uint64_t set;

        if (!pending && !rest_take_text(r, "SigBlk:"))
                return;
        rest_take_blanks(r);
        if (!rest_take_number(r, 16, &set))
                return;
        if (pending)
                s->sig_pending |= set;
        else
                s->sig_blocked = set;
}

void proc_status_take(struct proc_status *s, const char *line, size_t n)
{
        struct rest r = REST_OF(line, n);
        uint64_t number;

        if (rest_take_text(&r, "State:")) {
                rest_take_blanks(&r);
                s->state = r.p < r.end ? *r.p : '\0';
        } else if (rest_take_text(&r, "Uid:")) {
                s->has_uid = take_number(&r, &number) && number <= UINT32_MAX;
                if (s->has_uid)
                        s->uid = (uid_t)number;
        } else if (rest_take_text(&r, "Threads:")) {
                if (take_number(&r, &number))
                        s->threads = number;
        } else if (rest_take_text(&r, "FDSize:")) {
                if (take_number(&r, &number))
                        s->has_files = number > 0;
        } else if (rest_take_text(&r, "VmSize:"))
                s->has_memory = true;
        else if (rest_take_text(&r, "NSpid:"))
                take_pids(s, &r);
        else if (rest_take_text(&r, "TracerPid:")) {
                if (take_number(&r, &number) && number <= INT_MAX)
                        s->tracer = (pid_t)number;
        } else if (rest_take_text(&r, "Seccomp:"))
                (void)take_number(&r, &s->seccomp);
        else if (rest_take_text(&r, "x86_Thread_features:"))
                s->has_shadow_stack = memmem(r.p, rest_length(&r), "shstk", strlen("shstk"));
        else
                take_signals(s, &r);
}

bool proc_status_has_signal(const struct proc_status *s)
{
        return s->sig_pending & ~s->sig_blocked;
}

int proc_status_read(int dir_fd, struct proc_status *ret)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        const char *line;
        size_t n;

        *ret = PROC_STATUS_INIT;
        int r = line_reader_open(&lines, dir_fd, "status");
        while (r >= 0 && (r = line_reader_next(&lines, &line, &n)) > 0)
                proc_status_take(ret, line, n);
        return r == -ENOENT ? -ESRCH : r;
}

bool proc_status_is_exiting(const struct proc_status *s)
{
        return s->state != 'Z' && s->state != 'X' && !s->has_files && !s->has_memory;
}
