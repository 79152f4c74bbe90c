/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From the bytes of one answer to a struct sock_record. Pure functions, private to sock-diag.c and
 * its tests. */

#include <linux/netlink.h>

#include "netlink/sock-diag.h"

/* Decodes one message of the dump of @table. @record->name points into @message. 0, or -EBADMSG
 * when it is too short or for another family. */
int sock_record_decode(enum sock_table table, const struct nlmsghdr *message,
                       struct sock_record *record);

/* Decodes one line of /proc/net/{raw,icmp,udplite}{,6}. 0, or -EBADMSG (also for the heading). */
int sock_record_decode_inet_line(enum sock_table table, const char *line,
                                 struct sock_record *record);

/* The same of /proc/net/packet. */
int sock_record_decode_packet_line(const char *line, struct sock_record *record);
