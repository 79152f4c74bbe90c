/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether the programs see what we know to be there. A kernel may change what its structures mean,
 * and no verifier would say so. */

#include "census/bpf/survey.h"

/* Our own namespace must be in @survey, attached, with its number and cookie. */
bool canary_sees_us(const struct survey *survey);

/* Makes a namespace with so many sockets of ours and nothing else, and looks at it: that must be
 * its count, with no task in it and no path to it. 1 as it must be, or none can be made (without
 * CAP_SYS_ADMIN: then our own namespace must do); 0 not so, in ten tries; or a negative errno of
 * the look. A millisecond each; the namespace is gone on return. */
int canary_try(struct looker *looker);
