/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/socket_cache.h"

#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "netns/nsfd.h"
#include "util/hash.h"
#include "util/kernel.h"

/* Sockets are spread over so many tables, each with a lock of its own, that two walkers rarely
 * meet. A power of two. */
#define N_SHARDS 256

/* 24 bytes a socket: inode numbers of sockfs are 32 bits wide (fs/inode.c, get_next_ino). */
struct slot {
        struct known_entry *netns;
        uint32_t inode; /* 0: empty */
        uint32_t seen;  /* number of the scan that saw it last */
        uint32_t idle;  /* number of the dump that found it idle; 0: none */
        uint16_t protocol;
        uint8_t family;
        uint8_t type;
};

struct shard {
        pthread_mutex_t lock;
        struct slot *slots; /* open addressing with linear steps, at most 3/4 full */
        uint32_t n_slots;
        uint32_t n_used;
};

struct known_entry {
        struct known_netns netns;
        uint64_t key; /* cookie, or inode where there are no cookies */
        bool seen;
        UT_hash_handle hh;
};

struct socket_cache {
        struct shard shards[N_SHARDS];
        pthread_mutex_t lock; /* of by_key */
        struct known_entry *by_key;
        uint32_t scan; /* number of the running or next scan */
        uint32_t dump; /* number of the running or last dump of all namespaces */
        bool cookies;
};

static uint32_t mix(uint64_t inode)
{
        return (uint32_t)((inode * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static struct shard *shard_of(struct socket_cache *c, uint64_t inode)
{
        return &c->shards[mix(inode) & (N_SHARDS - 1)];
}

static bool probe_cookies(void)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        uint64_t cookie;
        socklen_t size = sizeof(cookie);

        return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0;
}

struct socket_cache *socket_cache_new(void)
{
        struct socket_cache *c = calloc(1, sizeof(*c));

        if (!c)
                return NULL;
        for (size_t i = 0; i < N_SHARDS; i++)
                pthread_mutex_init(&c->shards[i].lock, NULL);
        pthread_mutex_init(&c->lock, NULL);
        c->scan = c->dump = 1;
        c->cookies = probe_cookies();
        return c;
}

static void known_remove(struct socket_cache *c, struct known_entry *e)
{
        HASH_DEL(c->by_key, e);
        free(e);
}

struct socket_cache *socket_cache_free(struct socket_cache *c)
{
        if (!c)
                return NULL;
        while (c->by_key)
                known_remove(c, c->by_key);
        for (size_t i = 0; i < N_SHARDS; i++) {
                pthread_mutex_destroy(&c->shards[i].lock);
                free(c->shards[i].slots);
        }
        pthread_mutex_destroy(&c->lock);
        free(c);
        return NULL;
}

bool socket_cache_has_cookies(const struct socket_cache *c)
{
        return c->cookies;
}

/* The slot of @inode, or the empty one where it belongs. Any number of slots will do, so that there
 * are no more than needed: the upper bits of the hash tell where in them to begin. */
static struct slot *slot_at(struct slot *slots, uint32_t n_slots, uint32_t inode)
{
        uint32_t i = (uint32_t)(((uint64_t)mix(inode) * n_slots) >> 32);

        while (slots[i].inode != inode && slots[i].inode != 0)
                i = i + 1 < n_slots ? i + 1 : 0;
        return &slots[i];
}

/* Moves the slots that scan @since or a later one saw into a table with room for @n_used. */
static int shard_resize(struct shard *shard, uint32_t n_used, uint32_t since)
{
        uint32_t n_slots = MAX(n_used + n_used / 3 + 1, 16u);

        struct slot *slots = calloc(n_slots, sizeof(*slots));
        if (!slots)
                return -ENOMEM;
        shard->n_used = 0;
        for (uint32_t i = 0; i < shard->n_slots; i++)
                if (shard->slots[i].inode && shard->slots[i].seen >= since) {
                        *slot_at(slots, n_slots, shard->slots[i].inode) = shard->slots[i];
                        shard->n_used++;
                }
        free(shard->slots);
        shard->slots = slots;
        shard->n_slots = n_slots;
        return 0;
}

static void slot_facts(const struct socket_cache *c, const struct slot *slot,
                       struct socket_facts *ret)
{
        *ret = (struct socket_facts){
                .netns = &slot->netns->netns,
                .protocol = slot->protocol,
                .family = slot->family,
                .type = slot->type,
                .idle = slot->idle == c->dump,
        };
}

int socket_cache_begin(struct socket_cache *c, uint64_t inode, struct socket_facts *ret,
                       bool *ret_first)
{
        struct shard *shard = shard_of(c, inode);

        pthread_mutex_lock(&shard->lock);
        if (shard->n_slots > 0) {
                struct slot *slot = slot_at(shard->slots, shard->n_slots, (uint32_t)inode);
                if (slot->inode) {
                        *ret_first = slot->seen != c->scan;
                        slot->seen = c->scan;
                        slot_facts(c, slot, ret);
                        pthread_mutex_unlock(&shard->lock);
                        return 1;
                }
        }
        *ret_first = true;
        return 0;
}

bool socket_cache_peek(struct socket_cache *c, uint64_t inode, struct socket_facts *ret)
{
        bool first;

        if (socket_cache_begin(c, inode, ret, &first) > 0)
                return true;
        pthread_mutex_unlock(&shard_of(c, inode)->lock);
        return false;
}

static struct known_entry *known_find(struct socket_cache *c, uint64_t key)
{
        struct known_entry *e;

        pthread_mutex_lock(&c->lock);
        HASH_FIND(hh, c->by_key, &key, sizeof(key), e);
        pthread_mutex_unlock(&c->lock);
        return e;
}

/* Adds @netns unless another thread was faster. */
static int known_add(struct socket_cache *c, uint64_t key, const struct known_netns *netns,
                     struct known_entry **ret)
{
        _cleanup_free_ struct known_entry *e = calloc(1, sizeof(*e));
        struct known_entry *old;
        int r = 0;

        if (!e)
                return -ENOMEM;
        e->netns = *netns;
        e->key = key;
        pthread_mutex_lock(&c->lock);
        HASH_FIND(hh, c->by_key, &key, sizeof(key), old);
        if (old) {
                *ret = old;
                goto out;
        }
        HASH_ADD(hh, c->by_key, key, sizeof(key), e);
        if (!e->hh.tbl) {
                r = -ENOMEM;
                goto out;
        }
        *ret = TAKE_PTR(e);
out:
        pthread_mutex_unlock(&c->lock);
        return r;
}

static uint16_t socket_option(int fd, int option)
{
        int value = 0;
        socklen_t size = sizeof(value);

        return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? 0 : (uint16_t)value;
}

/* The namespace of a socket of ours: its cookie, and SIOCGSKNS only where that is new. */
static int ask_netns(struct socket_cache *c, int fd, struct known_entry **ret)
{
        struct known_netns netns = {};
        struct nsfd_facts facts;
        uint64_t cookie = 0;
        socklen_t size = sizeof(cookie);

        if (c->cookies && getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0)
                return negative_errno();
        if (cookie && (*ret = known_find(c, cookie)))
                return 0;
        _cleanup_close_ int nsfs = ioctl(fd, SIOCGSKNS);
        if (nsfs < 0)
                return negative_errno();
        int r = nsfd_ask(nsfs, &facts);
        if (r < 0)
                return r;
        netns.id = (struct netns_identity){.inode = facts.inode, .cookie = cookie};
        netns.facts = facts.facts;
        return known_add(c, cookie ? cookie : facts.inode, &netns, ret);
}

/* Adds a socket that is not there yet. 0 or -ENOMEM. */
static int shard_add(struct shard *shard, const struct slot *slot)
{
        if (shard->n_used >= shard->n_slots - shard->n_slots / 4) {
                int r = shard_resize(shard, (shard->n_used + 1) * 3 / 2, 0);
                if (r < 0)
                        return r;
        }
        *slot_at(shard->slots, shard->n_slots, slot->inode) = *slot;
        shard->n_used++;
        return 0;
}

static int insert(struct socket_cache *c, struct shard *shard, uint64_t inode, int fd,
                  struct socket_facts *ret)
{
        struct slot slot = {.inode = (uint32_t)inode, .seen = c->scan};
        int r = ask_netns(c, fd, &slot.netns);

        if (r < 0)
                return r;
        slot.family = (uint8_t)socket_option(fd, SO_DOMAIN);
        slot_facts(c, &slot, ret);
        return shard_add(shard, &slot);
}

int socket_cache_commit(struct socket_cache *c, uint64_t inode, int socket_fd,
                        struct socket_facts *ret)
{
        struct shard *shard = shard_of(c, inode);
        int r = socket_fd < 0 ? socket_fd : insert(c, shard, inode, socket_fd, ret);

        pthread_mutex_unlock(&shard->lock);
        return r;
}

void socket_cache_detail(struct socket_cache *c, uint64_t inode, int socket_fd,
                         struct socket_facts *facts)
{
        struct shard *shard = shard_of(c, inode);

        facts->type = (uint8_t)socket_option(socket_fd, SO_TYPE);
        facts->protocol = socket_option(socket_fd, SO_PROTOCOL);
        pthread_mutex_lock(&shard->lock);
        struct slot *slot = slot_at(shard->slots, shard->n_slots, (uint32_t)inode);
        slot->type = facts->type;
        slot->protocol = facts->protocol;
        pthread_mutex_unlock(&shard->lock);
}

int socket_cache_netns(struct socket_cache *c, int socket_fd, const struct known_netns **ret)
{
        struct known_entry *known;
        int r = ask_netns(c, socket_fd, &known);

        if (r >= 0)
                *ret = &known->netns;
        return r;
}

int socket_cache_learn(struct socket_cache *c, uint64_t inode, const struct socket_facts *facts)
{
        struct shard *shard = shard_of(c, inode);
        struct slot *known = NULL;
        uint32_t idle = facts->idle ? c->dump : 0;
        int r = 0;

        pthread_mutex_lock(&shard->lock);
        if (shard->n_slots > 0)
                known = slot_at(shard->slots, shard->n_slots, (uint32_t)inode);
        if (known && known->inode)
                known->idle = idle;
        else
                r = shard_add(shard,
                              &(struct slot){
                                      .netns = (struct known_entry *)facts->netns, /* its first */
                                      .inode = (uint32_t)inode,
                                      .seen = c->scan - 1,
                                      .idle = idle,
                                      .protocol = facts->protocol,
                                      .family = facts->family,
                                      .type = facts->type,
                              });
        pthread_mutex_unlock(&shard->lock);
        return r;
}

void socket_cache_forget_idle(struct socket_cache *c)
{
        c->dump++;
}

void socket_cache_sweep(struct socket_cache *c)
{
        for (size_t i = 0; i < N_SHARDS; i++) {
                struct shard *shard = &c->shards[i];
                uint32_t kept = 0;
                for (uint32_t j = 0; j < shard->n_slots; j++)
                        if (shard->slots[j].inode && shard->slots[j].seen == c->scan) {
                                kept++;
                                shard->slots[j].netns->seen = true;
                        }
                if (kept == shard->n_used)
                        continue;
                /* Some room to grow, so that the next scan allocates nothing. When memory is
                 * short the old table stays, with entries nobody asks for. */
                if (shard_resize(shard, kept + kept / 8, c->scan) < 0)
                        for (uint32_t j = 0; j < shard->n_slots; j++)
                                if (shard->slots[j].inode)
                                        shard->slots[j].netns->seen = true;
        }
        for (struct known_entry *e = c->by_key, *next; e; e = next) {
                next = e->hh.next;
                if (!e->seen)
                        known_remove(c, e);
                else
                        e->seen = false;
        }
        c->scan++;
}
