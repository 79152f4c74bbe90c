/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sockets that this process opens in namespaces it looks into. One thread that lists the
 * sockets of a namespace must not count those with which another one looks. */

#include <stdbool.h>
#include <stdint.h>

/* As socket(2), with SOCK_CLOEXEC. An fd or a negative errno. On any thread. */
int own_socket_open(int family, int type, int protocol);

/* Whether one of ours has, or had, this inode: of the last thousands of them. To be asked some time
 * after it was listed, for it is noted when it is there. */
bool own_socket_has(uint64_t inode);
