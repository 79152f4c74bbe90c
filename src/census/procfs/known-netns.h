/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The namespaces that sockets were found in. Internal to the socket cache. */

#include <pthread.h>

#include "census/procfs/socket-cache.h"
#include "util/hash.h"

struct known_entry {
        struct known_netns netns;
        uint64_t key;      /* cookie, or inode where there are no cookies */
        bool seen;         /* for the next known_set_sweep() */
        uint32_t attached; /* number of the scan that met a task in it last */
        UT_hash_handle hh;
};

struct known_set {
        pthread_mutex_t lock; /* of by_key */
        struct known_entry *by_key;
        bool cookies; /* SO_NETNS_COOKIE works here */
};

void known_set_init(struct known_set *s);
void known_set_deinit(struct known_set *s);

/* The namespace of a socket of ours: its cookie, and SIOCGSKNS only where that is new. 0 or a
 * negative errno. For several threads. */
int known_set_ask(struct known_set *s, int fd, struct known_entry **ret);

/* Forgets those that are not marked as seen, and the marks. */
void known_set_sweep(struct known_set *s);
