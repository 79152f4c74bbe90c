/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The namespaces that sockets were found in: for the socket cache. */

#include <pthread.h>

#include "census/builder.h"
#include "util/hash.h"

/* A namespace that sockets are in. */
struct known_netns {
        struct netns_identity id;
        struct netns_facts facts;
};

struct known_entry {
        struct known_netns netns;
        uint64_t key;      /* cookie, or inode where there are no cookies */
        bool seen;         /* for the next known_netns_sweep() */
        uint32_t attached; /* number of the scan that met a task in it last */
        UT_hash_handle hh;
};

struct known_netns_set {
        pthread_mutex_t lock; /* of by_key */
        struct known_entry *by_key;
        bool cookies; /* SO_NETNS_COOKIE works here */
};

void known_netns_init(struct known_netns_set *s);
void known_netns_deinit(struct known_netns_set *s);

/* The namespace of a socket of ours: its cookie, and SIOCGSKNS only where that is new. 0 or a
 * negative errno. For several threads. */
int known_netns_ask(struct known_netns_set *s, int fd, struct known_entry **ret);

/* Forgets those that are not marked as seen, and the marks. */
void known_netns_sweep(struct known_netns_set *s);
