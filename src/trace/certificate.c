/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/certificate.h"

#include <string.h>
#include <systemd/sd-login.h>

#include "proc/open.h"
#include "trace/cgroup-unit.h"
#include "trace/frames.h"
#include "util/clock.h"
#include "util/text.h"
#include "util/unit-name.h"

static char *name_of(const char name[static RECORD_NAME])
{
        return text_escape(name, strnlen(name, RECORD_NAME));
}

static int ask_unit(pid_t pid, int process_fd, char **ret)
{
        _cleanup_free_ char *unit = NULL;

        if (process_fd < 0 || sd_pid_get_unit(pid, &unit) < 0 || !unit_name_is_valid(unit) ||
            proc_open_lives(process_fd) <= 0)
                return 0;
        *ret = TAKE_PTR(unit);
        return 0;
}

/* Of the group that it was in; where that does not show, of the one that it is in. */
static int find_unit(struct birth *b, uint64_t cgroup, int process_fd)
{
        int r = cgroup_unit_of_id(cgroup, &b->unit);

        return r < 0 || b->unit ? r : ask_unit(b->pid, process_fd, &b->unit);
}

static int copy_frames(struct birth *b, const struct birth *from)
{
        b->frames = calloc(from->n_frames + 1, sizeof(*b->frames));
        if (!b->frames)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_frames; i++)
                if (birth_copy_frame(&b->frames[b->n_frames++], &from->frames[i]) < 0)
                        return -ENOMEM;
        return 0;
}

static int fill(struct birth *b, const struct birth_record *r)
{
        uint64_t now = clock_usec(CLOCK_BOOTTIME);

        b->pid = r->tgid;
        b->tid = r->tid;
        b->start_nsec = r->start_nsec;
        b->stack_start = r->stack_start;
        b->uid = r->uid;
        b->accepted = r->accepted;
        b->opened_boot_usec = r->opened_nsec / NSEC_PER_USEC;
        b->opened_usec = clock_usec(CLOCK_REALTIME) - (now - MIN(now, b->opened_boot_usec));
        b->comm = name_of(r->comm);
        b->thread = r->is_leader ? NULL : name_of(r->thread);
        return b->comm && (r->is_leader || b->thread) ? 0 : -ENOMEM;
}

static int find_frames(struct birth *b, const struct birth_record *r, int process_fd,
                       uint64_t timeout_usec)
{
        uint64_t addresses[RECORD_FRAMES];
        size_t n = MIN(r->n_frames, RECORD_FRAMES);

        for (size_t i = 0; i < n; i++)
                addresses[i] = r->frames[i];
        return frames_resolve(b, timeout_usec > 0 ? process_fd : -EBADF, addresses, n,
                              timeout_usec);
}

int certificate_make(struct birth **ret, const struct birth_record *record, int proc_fd,
                     uint64_t timeout_usec, const struct birth *known)
{
        _cleanup_(birth_unrefp) struct birth *b = birth_new();

        if (!b)
                return -ENOMEM;
        int r = fill(b, record);
        if (r < 0)
                return r;
        _cleanup_close_ int process_fd =
                b->pid > 0 ? proc_open_started(proc_fd, b->pid, birth_start_ticks(b)) : -ESRCH;
        r = find_unit(b, record->cgroup, process_fd);
        if (r >= 0 && known)
                r = copy_frames(b, known);
        else if (r >= 0)
                r = find_frames(b, record, process_fd, timeout_usec);
        if (r >= 0)
                *ret = TAKE_PTR(b);
        return r;
}
