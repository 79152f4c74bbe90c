/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whose a namespace was, in words. */

#include <stdio.h>

#include "ledger/history.h"

/* "podman container 3548483c105b (web)", "nginx.service" or "the process nginx". @facts are known
 * (history_facts_known()). */
void history_text_print(FILE *f, const struct history_facts *facts);
