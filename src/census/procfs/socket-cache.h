/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is known of sockets: a socket's namespace never changes, so a socket is asked once in its
 * life, however many scans see it; but an inode number may outlive its socket (an O_PATH fd has the
 * one and not the other), so what would be the holder of an orphan is asked anew in every scan.
 * Bounded by what the last scan saw. Safe for several threads. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "census/procfs/known-netns.h"

struct socket_cache;

struct socket_facts {
        const struct known_netns *netns; /* valid until the next socket_cache_sweep() */
        uint16_t protocol;
        uint8_t family; /* AF_UNSPEC when a security module would not tell */
        uint8_t type;   /* 0, and no protocol: socket_cache_detail() was not called for it yet */
        bool attached;  /* a task was met in the namespace in this scan */
        bool idle;      /* unix: the last dump proves that nothing is in its receive queue */
        bool perhaps_paired; /* unix: a datagram socket without a name, which nobody can ever have
                                sent to unless it is one of a pair: socket_cache_ask_pair() */
};

/* Tells a holder that is this socket what is known of it. */
static inline void socket_facts_tell(const struct socket_facts *f, struct holder *h)
{
        h->family = f->family;
        if (f->type != 0) {
                h->type = f->type;
                h->protocol = f->protocol;
        }
}

/* Whether its queue may hold files. */
static inline bool socket_may_be_unix(const struct socket_facts *f)
{
        return f->family == AF_UNIX || f->family == AF_UNSPEC;
}

struct socket_cache *socket_cache_new(void); /* NULL when out of memory */
struct socket_cache *socket_cache_free(struct socket_cache *c);

/* Looks the socket up. 1 with @ret when known; it counts as seen in this scan, unless it is the
 * first time and its namespace is not attached: then socket_cache_verify() decides. Else 0: then
 * the caller alone may duplicate it, and must call socket_cache_commit(); whoever else asks for the
 * socket meanwhile waits for that. @ret_first: not seen before in this scan. */
int socket_cache_begin(struct socket_cache *c, uint64_t inode, struct socket_facts *ret,
                       bool *ret_first);

/* Asks @socket_fd, a fresh duplicate of socket @inode, which is known: 0 with @ret, seen in this
 * scan, or a negative errno. -EBADF: an O_PATH fd, which is no reference. */
int socket_cache_verify(struct socket_cache *c, uint64_t inode, int socket_fd,
                        struct socket_facts *ret);

/* As begin(), but never asks for a duplicate: true with @ret when known. For a socket that
 * something else than an fd holds. */
bool socket_cache_peek(struct socket_cache *c, uint64_t inode, struct socket_facts *ret);

/* Ends what begin() with 0 began. @socket_fd is asked (cookie first, SIOCGSKNS only for a new
 * cookie) and stays the caller's, who closes it after this; negative: nothing could be learned.
 * 0 with @ret, or a negative errno: of the question that failed, or @socket_fd itself. */
int socket_cache_commit(struct socket_cache *c, uint64_t inode, int socket_fd,
                        struct socket_facts *ret);

/* Asks @socket_fd, which is @inode and of which @facts are known, for its type and protocol, too.
 * 0 or a negative errno: -EBADF as above. */
int socket_cache_detail(struct socket_cache *c, uint64_t inode, int socket_fd,
                        struct socket_facts *facts);

/* The namespace that a socket of the caller's own is in. 0, or a negative errno. */
int socket_cache_netns(struct socket_cache *c, int socket_fd, const struct known_netns **ret);

/* A task is in @netns in this scan. */
void socket_cache_attach(struct socket_cache *c, const struct known_netns *netns);

/* Learns of a socket that a dump inside a namespace has listed, and whether it is idle or perhaps
 * paired; not seen in this scan by that. What one call has said in a dump, another does not take
 * back. 0 or -ENOMEM. */
int socket_cache_learn(struct socket_cache *c, uint64_t inode, const struct socket_facts *facts);

/* Asks @socket_fd, which is @inode and of which @facts are known, whether it is one of a pair: once
 * in its life. 0 or a negative errno. */
int socket_cache_ask_pair(struct socket_cache *c, uint64_t inode, int socket_fd,
                          struct socket_facts *facts);

/* From here on no socket is idle until it is learned of again. Not while others use the cache. */
void socket_cache_forget_idle(struct socket_cache *c);

/* After a scan: forgets what that scan did not see. */
void socket_cache_sweep(struct socket_cache *c);

/* After one that has failed: what it saw was not seen in the next one. */
void socket_cache_next_scan(struct socket_cache *c);

/* Whether SO_NETNS_COOKIE works here (Linux 5.14+). */
bool socket_cache_has_cookies(const struct socket_cache *c);
