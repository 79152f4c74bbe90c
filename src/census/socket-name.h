/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names for numbers of sockets, as `ss` and socket(7) use them: "netlink", "raw", "route".
 * A number without a name gives NULL. */
const char *socket_name_family(int family);
const char *socket_name_type(int type);
const char *socket_name_protocol(int family, int protocol);

/* The number of such a name, or of the decimal number that stands for one without; -1 for others,
 * and NULL. */
int socket_name_to_family(const char *name);
int socket_name_to_type(const char *name);
int socket_name_to_protocol(int family, const char *name);
