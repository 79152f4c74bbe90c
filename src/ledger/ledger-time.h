/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* One moment on both clocks, in microseconds. */
struct ledger_time {
        uint64_t realtime_usec; /* CLOCK_REALTIME: to show */
        uint64_t boottime_usec; /* CLOCK_BOOTTIME: to subtract; counts while the host sleeps */
};

/* Now. */
struct ledger_time ledger_time_now(void);
