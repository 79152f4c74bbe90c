/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A birth (census/birth.h) out of what the kernel noted. */

#include "census/birth.h"
#include "trace/record.h"

/* Makes one of @r, which is as births_get() has it. The process is asked for its unit and, for up
 * to @timeout_usec, for what its stack means, if it is still there; this may block like any look
 * at /proc/PID/maps. @timeout_usec 0: frames are addresses. @known: another one that the same stack
 * of the same process was found out for, whose frames are copied then; NULL. 0 or -ENOMEM. */
int certificate_make(struct birth **ret, const struct birth_record *r, int proc_fd,
                     uint64_t timeout_usec, const struct birth *known);
