/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/tracing.h"

int tracing_start(struct tracer **ret, enum birth_trace which, struct error *error)
{
        struct error reason = {};

        if (geteuid() != 0)
                return error_set(error, EPERM,
                                 "Only root can have the kernel note who opens sockets; try it "
                                 "with sudo");
        int r = tracer_new(ret, which, &reason);
        if (r < 0)
                return error_set(error, -r, "Failed to note who opens sockets: %s", reason.text);
        tracer_take_time(*ret);
        return 0;
}
