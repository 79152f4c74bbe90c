/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/traces.h"

#include "util/log.h"

void traces_apply(struct traces *t, enum birth_trace which)
{
        bool changed = which != t->which;

        t->which = which;
        t->reason = (struct error){};
        if (which == BIRTH_TRACE_NO) {
                if (t->tracer)
                        log_info("Who opens sockets is no longer noted (Sockets=no)");
                t->tracer = tracer_free(t->tracer);
                return;
        }
        if (t->tracer)
                tracer_set(t->tracer, which);
        else if (tracer_new(&t->tracer, which, &t->reason) < 0)
                log_warning("Failed to note who opens sockets: %s, continuing without Sockets=",
                            t->reason.text);
        else
                changed = true;
        if (t->tracer && changed)
                log_info("Who opens sockets is noted (Sockets=%s)", birth_trace_to_string(which));
}

void traces_deinit(struct traces *t)
{
        tracer_free(t->tracer);
        *t = (struct traces){};
}
