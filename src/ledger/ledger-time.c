/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/ledger-time.h"

#include "util/clock.h"

struct ledger_time ledger_time_now(void)
{
        return (struct ledger_time){clock_usec(CLOCK_REALTIME), clock_usec(CLOCK_BOOTTIME)};
}
