/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/trigger-pace.h"

#include "util/macro.h"

/* The longest scan that is charged in full: nobody waits hours for one that took minutes. */
#define CHARGE_MAX_USEC (600 * USEC_PER_SEC)

void trigger_pace_begin(struct trigger_pace *p, uint64_t now)
{
        *p = (struct trigger_pace){.credit_usec = (int64_t)TRIGGER_PACE_CREDIT_USEC,
                                   .credit_at_usec = now};
}

static void refill(struct trigger_pace *p, uint64_t now)
{
        int64_t earned = (int64_t)((now - p->credit_at_usec) / TRIGGER_PACE_SHARE);

        p->credit_usec = MIN(p->credit_usec + earned, (int64_t)TRIGGER_PACE_CREDIT_USEC);
        p->credit_at_usec = now;
}

uint64_t trigger_pace_due(struct trigger_pace *p, uint64_t now)
{
        uint64_t due = now + TRIGGER_PACE_DELAY_USEC;

        refill(p, now);
        if (p->asked_usec != 0)
                due = MAX(due, p->asked_usec + TRIGGER_PACE_GAP_USEC);
        if (p->credit_usec < 0)
                due = MAX(due, now + (uint64_t)-p->credit_usec * TRIGGER_PACE_SHARE);
        return due;
}

void trigger_pace_asked(struct trigger_pace *p, uint64_t now)
{
        p->asked = true;
        p->asked_usec = now;
}

void trigger_pace_scanned(struct trigger_pace *p, uint64_t duration_usec, uint64_t now)
{
        if (!p->asked)
                return;
        refill(p, now);
        p->credit_usec -= (int64_t)MIN(duration_usec, CHARGE_MAX_USEC);
        p->asked = false;
}
