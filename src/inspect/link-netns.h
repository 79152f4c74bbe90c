/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The way back from an interface on this host to the namespace it is tied to. */

#include "census/census.h"
#include "inspect/find.h"
#include "util/error.h"

/* The namespace in @census that interface @name of our own namespace is tied to: the one with a
 * veth's other end, or with the device that a macvlan, a vlan or their like is on.
 *
 * Where @census does not have it, the sentence says what is known: that something unseen keeps it,
 * which was proved while @census was made (GAP_NETNS_UNSEEN); which process is in it that may not
 * be looked at; or that it may be one of those that cannot be asked. 0 with *ret; -ENODEV no
 * such interface, -ENOLINK it is tied to none outside our own namespace, -ENOENT, or another
 * negative errno. Not on a thread that serves anybody. */
int link_netns_find(const struct census *census, const char *name, const struct netns **ret,
                    struct error *error);

/* The same for each port of the bridge or bond @name of our own namespace, where it has any that is
 * tied: adds what they lead to. 0 or -ENOMEM. */
int link_netns_find_ports(const struct census *census, const char *name, struct find *ret);
