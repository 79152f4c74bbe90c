/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's notes of who opens sockets: [Trace] Sockets=. The loop's thread. */

#include "trace/tracer.h"

struct traces {
        struct tracer *tracer;  /* NULL: births are not noted */
        enum birth_trace which; /* as the configuration asks for it */
        struct error reason;    /* why they are not, where it does; a clause */
};

/* Begins, changes or ends it, as the configuration says now. What cannot be had is logged, and
 * tried again the next time. */
void traces_apply(struct traces *t, enum birth_trace which);

void traces_deinit(struct traces *t);
