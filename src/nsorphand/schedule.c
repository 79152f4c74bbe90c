/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/schedule.h"

static void set_interval(struct schedule *s)
{
        s->interval_usec = s->configured_usec != CONFIG_INTERVAL_AUTO ? s->configured_usec
                           : s->is_by_bpf                             ? SCHEDULE_INTERVAL_BPF_USEC
                                          : SCHEDULE_INTERVAL_PROCFS_USEC;
}

void schedule_configure(struct schedule *s, uint64_t interval_usec, uint64_t stuck_usec,
                        uint64_t now)
{
        s->configured_usec = interval_usec;
        s->stuck_usec = stuck_usec;
        set_interval(s);
        schedule_not_later_than(s, now + s->interval_usec);
}

void schedule_set_source(struct schedule *s, bool is_by_bpf)
{
        s->is_by_bpf = is_by_bpf;
        set_interval(s);
}

uint64_t schedule_request(struct schedule *s)
{
        if (s->running)
                s->again = true;
        else
                s->next_usec = 0;
        return s->scan + 1;
}

void schedule_not_later_than(struct schedule *s, uint64_t at)
{
        if (!s->running && s->next_usec > at)
                s->next_usec = MIN(s->next_usec, MAX(at, s->rested_usec));
}

uint64_t schedule_until_next(const struct schedule *s, uint64_t now)
{
        if (s->running)
                return UINT64_MAX;
        return s->next_usec > now ? s->next_usec - now : 0;
}

void schedule_begin(struct schedule *s, uint64_t beats, uint64_t now)
{
        s->scan++;
        s->running = true;
        s->start_usec = now;
        stall_begin(&s->stall, beats, now);
}

/* The end of a scan, whatever it brought: when is the next one? */
static void plan_next(struct schedule *s, uint64_t busy_usec, uint64_t now)
{
        s->rested_usec = now + busy_usec * (SCHEDULE_SHARE - 1);
        s->next_usec = s->again ? 0 : MAX(s->start_usec + s->interval_usec, s->rested_usec);
        s->running = false;
        s->again = false;
}

bool schedule_end(struct schedule *s, uint64_t busy_usec, uint64_t now)
{
        bool was_stretched = s->stretched;

        plan_next(s, MIN(busy_usec, now - s->start_usec), now);
        s->stretched = s->rested_usec > s->start_usec + s->interval_usec;
        return s->stretched && !was_stretched;
}

void schedule_fail(struct schedule *s)
{
        plan_next(s, 0, s->start_usec);
        s->stretched = false;
}

enum schedule_look schedule_look(struct schedule *s, uint64_t beats, bool waits, uint64_t now)
{
        if (stall_look(&s->stall, beats, waits, now) >= s->stuck_usec)
                return SCHEDULE_STUCK;
        return now - s->start_usec > s->interval_usec ? SCHEDULE_LATE : SCHEDULE_FINE;
}

uint64_t schedule_until_look(const struct schedule *s)
{
        return s->stuck_usec / SCHEDULE_LOOKS;
}
