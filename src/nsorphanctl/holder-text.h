/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <jansson.h>

/* What a holder (as JSON) holds its namespace through: "socket fd 3 netlink/route",
 * "tun fd 5 tap0", "mount /run/netns/blue". New string, NULL when out of memory. */
char *holder_text(json_t *holder);
