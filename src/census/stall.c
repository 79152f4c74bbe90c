/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/stall.h"

void stall_begin(struct stall *s, uint64_t beats, uint64_t now_usec)
{
        *s = (struct stall){beats, now_usec};
}

uint64_t stall_idle(const struct stall *s, uint64_t now_usec)
{
        return now_usec - s->since_usec;
}

uint64_t stall_look(struct stall *s, uint64_t beats, bool waits, uint64_t now_usec)
{
        if (beats != s->beats || waits)
                stall_begin(s, beats, now_usec);
        return stall_idle(s, now_usec);
}
