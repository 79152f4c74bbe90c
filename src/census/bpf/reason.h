/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Why BPF cannot be used. */

#include "util/error.h"

/* Before anything is loaded: 0, or -EOPNOTSUPP and the clause where it is known already that it
 * would not work. */
int reason_foresee(struct error *reason);

/* The clause for what loading or running a program said. Returns @errnum as it is: negative. */
int reason_explain(int errnum, struct error *reason);
