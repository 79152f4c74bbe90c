/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The notes of births that a verb needs. */

#include "trace/tracer.h"

/* Begins to note births. For root. 0 or a negative errno with the sentence. */
int tracing_start(struct tracer **ret, enum birth_trace which, struct error *error);
