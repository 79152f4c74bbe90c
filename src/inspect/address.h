/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Addresses as people write them. New strings, NULL when out of memory. */

#include <stdbool.h>

#include "netlink/rt-link.h"
#include "netlink/rt-route.h"
#include "netlink/sock-record.h"

/* "10.0.0.2/24" */
char *address_text(const struct rt_address *address);
/* "fe80::1" */
char *address_gateway_text(const struct rt_route *route);
/* "02:42:ac:11:00:02"; NULL also for a device that has none. */
char *address_mac_text(const struct rt_link *link);

/* The local or remote end of a socket: "10.0.0.2:80", "[::1]:80", "*:80" for any address; the path
 * or "@name" of a unix socket, escaped; "3:1024" for vsock. *ret NULL when there is none. 0 or
 * -ENOMEM. */
int address_socket_text(const struct sock_record *record, bool remote, char **ret);

/* Whether an address is of this link only: 169.254.0.0/16, fe80::/10. */
bool address_is_link_local(const struct rt_address *address);
