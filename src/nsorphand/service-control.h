/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* io.systemd.service: whether the daemon runs, its configuration and log level. */

#include "varlink/method.h"

extern const struct varlink_method service_control_methods[];
