/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The light skeletons, which bpftool has made of the objects of the phases. */

#include "census/bpf/phase-state.h"

/* Loads the object of @p with the sizes of its maps, and fills in the rest. 0, or the negative
 * errno of the kernel, as phase_load(). */
int object_load(struct phase *p);
void object_unload(struct phase *p);
