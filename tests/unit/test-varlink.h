/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The includes every cmocka test needs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "util/macro.h"
