/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An inspection as JSON, for the client's --json and the Varlink service alike: the one place where
 * its keys are spelled. Rules as in report/json.h. */

#include <jansson.h>

#include "inspect/inspection.h"

/* {"holders": […], "interfaces": […], "defaultRoutes": […], "sockets": […], …}. A new reference, or
 * NULL when out of memory. Any thread. */
json_t *json_inspection(const struct inspection *i);
