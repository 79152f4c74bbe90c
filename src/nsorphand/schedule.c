/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/schedule.h"

static void set_interval(struct schedule *s)
{
        s->interval_usec = s->configured_usec != CONFIG_INTERVAL_AUTO ? s->configured_usec
                           : s->is_by_bpf                             ? SCHEDULE_INTERVAL_BPF_USEC
                                          : SCHEDULE_INTERVAL_PROCFS_USEC;
}

void schedule_configure(struct schedule *s, const struct config *config, uint64_t now)
{
        s->configured_usec = config->interval_usec;
        s->stuck_usec = config->stuck_usec;
        s->check_interval_usec = config->cross_check_usec;
        set_interval(s);
        if (config->cross_check_usec != UINT64_MAX)
                s->check_usec = MIN(s->check_usec, now + config->cross_check_usec);
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

bool schedule_wants_check(const struct schedule *s, uint64_t now)
{
        return s->is_by_bpf && s->check_interval_usec != UINT64_MAX && now >= s->check_usec;
}

void schedule_begin(struct schedule *s, bool checks, uint64_t beats, uint64_t now)
{
        s->checks = checks;
        s->scan++;
        s->running = true;
        s->start_usec = now;
        stall_begin(&s->stall, beats, now);
}

static void plan_check(struct schedule *s, uint64_t busy_usec)
{
        uint64_t period = MAX(s->check_interval_usec, busy_usec * SCHEDULE_CHECK_SHARE);

        if (s->checks && s->check_interval_usec != UINT64_MAX)
                s->check_usec = s->start_usec + period;
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

        busy_usec = MIN(busy_usec, now - s->start_usec);
        plan_check(s, busy_usec);
        if (s->checks) {
                plan_next(s, 0, s->start_usec);
                return false;
        }
        plan_next(s, busy_usec, now);
        s->stretched = s->rested_usec > s->start_usec + s->interval_usec;
        return s->stretched && !was_stretched;
}

void schedule_fail(struct schedule *s)
{
        plan_check(s, 0);
        plan_next(s, 0, s->start_usec);
        s->stretched = false;
}

enum schedule_look schedule_look(struct schedule *s, uint64_t beats, bool waits, uint64_t now)
{
        if (stall_look(&s->stall, beats, waits, now) >= s->stuck_usec)
                return SCHEDULE_STUCK;
        return !s->checks && now - s->start_usec > s->interval_usec ? SCHEDULE_LATE : SCHEDULE_FINE;
}

uint64_t schedule_until_look(const struct schedule *s)
{
        return s->stuck_usec / SCHEDULE_LOOKS;
}
