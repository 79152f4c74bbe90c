/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/socket-cache.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "census/procfs/known-netns.h"

/* Sockets are spread over so many tables, each with a lock of its own, that two walkers rarely
 * meet. A power of two. */
#define N_SHARDS 256

/* 24 bytes a socket: inode numbers of sockfs are 32 bits wide (fs/inode.c, get_next_ino). */
struct slot {
        struct known_entry *netns;
        uint32_t inode; /* 0: empty */
        uint32_t seen;  /* number of the scan that saw it last */
        uint32_t dump;  /* number of the dump that listed it last; 0: none */
        uint16_t protocol;
        uint8_t family;
        uint8_t type : 4; /* SOCK_PACKET is 10 */
        bool idle : 1;    /* of that dump */
        bool unnamed : 1; /* of that dump */
        bool unpaired : 1;
        bool paired : 1; /* neither: not asked yet */
};

struct shard {
        pthread_mutex_t lock;
        struct slot *slots; /* open addressing with linear steps, at most 3/4 full */
        uint32_t n_slots;
        uint32_t n_used;
};

struct socket_cache {
        struct shard shards[N_SHARDS];
        struct known_netns_set known;
        uint32_t scan; /* number of the running or next scan */
        uint32_t dump; /* number of the running or last dump of all namespaces */
};

static uint32_t mix(uint64_t inode)
{
        return (uint32_t)((inode * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static struct shard *shard_of(struct socket_cache *c, uint64_t inode)
{
        return &c->shards[mix(inode) & (N_SHARDS - 1)];
}

struct socket_cache *socket_cache_new(void)
{
        struct socket_cache *c = calloc(1, sizeof(*c));

        if (!c)
                return NULL;
        for (size_t i = 0; i < N_SHARDS; i++)
                pthread_mutex_init(&c->shards[i].lock, NULL);
        known_netns_init(&c->known);
        c->scan = c->dump = 1;
        return c;
}

struct socket_cache *socket_cache_free(struct socket_cache *c)
{
        if (!c)
                return NULL;
        for (size_t i = 0; i < N_SHARDS; i++) {
                pthread_mutex_destroy(&c->shards[i].lock);
                free(c->shards[i].slots);
        }
        known_netns_deinit(&c->known);
        free(c);
        return NULL;
}

bool socket_cache_has_cookies(const struct socket_cache *c)
{
        return c->known.cookies;
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
                .attached = slot->netns->attached == c->scan,
                .idle = slot->dump == c->dump && (slot->idle || (slot->unnamed && slot->unpaired)),
                .perhaps_paired =
                        slot->dump == c->dump && slot->unnamed && !slot->unpaired && !slot->paired,
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
                        slot_facts(c, slot, ret);
                        if (ret->attached)
                                slot->seen = c->scan;
                        pthread_mutex_unlock(&shard->lock);
                        return 1;
                }
        }
        *ret_first = true;
        return 0;
}

/* The slot of @inode in its shard, which is locked; NULL when there is none. */
static struct slot *known_slot(struct shard *shard, uint64_t inode)
{
        struct slot *slot =
                shard->n_slots > 0 ? slot_at(shard->slots, shard->n_slots, (uint32_t)inode) : NULL;

        return slot && slot->inode ? slot : NULL;
}

bool socket_cache_peek(struct socket_cache *c, uint64_t inode, struct socket_facts *ret)
{
        struct shard *shard = shard_of(c, inode);

        pthread_mutex_lock(&shard->lock);
        struct slot *slot = known_slot(shard, inode);
        if (slot) {
                slot->seen = c->scan;
                slot_facts(c, slot, ret);
        }
        pthread_mutex_unlock(&shard->lock);
        return slot;
}

static uint16_t socket_option(int fd, int option)
{
        int value = 0;
        socklen_t size = sizeof(value);

        return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? 0 : (uint16_t)value;
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
        int r = known_netns_ask(&c->known, fd, &slot.netns);

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

int socket_cache_verify(struct socket_cache *c, uint64_t inode, int socket_fd,
                        struct socket_facts *ret)
{
        struct shard *shard = shard_of(c, inode);
        struct known_entry *netns;

        int r = known_netns_ask(&c->known, socket_fd, &netns);
        if (r < 0)
                return r;
        pthread_mutex_lock(&shard->lock);
        struct slot *slot = known_slot(shard, inode);
        if (!slot)
                r = -ENOENT;
        else {
                /* The number of a socket that is gone, given to another one. */
                if (slot->netns != netns)
                        *slot = (struct slot){.netns = netns,
                                              .inode = slot->inode,
                                              .family =
                                                      (uint8_t)socket_option(socket_fd, SO_DOMAIN)};
                slot->seen = c->scan;
                slot_facts(c, slot, ret);
        }
        pthread_mutex_unlock(&shard->lock);
        return r;
}

int socket_cache_detail(struct socket_cache *c, uint64_t inode, int socket_fd,
                        struct socket_facts *facts)
{
        struct shard *shard = shard_of(c, inode);
        int type = 0;
        socklen_t size = sizeof(type);

        if (getsockopt(socket_fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
                return negative_errno();
        facts->type = (uint8_t)type;
        facts->protocol = socket_option(socket_fd, SO_PROTOCOL);
        pthread_mutex_lock(&shard->lock);
        struct slot *slot = known_slot(shard, inode);
        if (slot) {
                slot->type = facts->type & 0xf;
                slot->protocol = facts->protocol;
        }
        pthread_mutex_unlock(&shard->lock);
        return 0;
}

int socket_cache_ask_pair(struct socket_cache *c, uint64_t inode, int socket_fd,
                          struct socket_facts *facts)
{
        struct shard *shard = shard_of(c, inode);
        struct ucred peer = {};
        socklen_t size = sizeof(peer);

        if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return negative_errno();
        pthread_mutex_lock(&shard->lock);
        struct slot *slot = known_slot(shard, inode);
        if (slot) {
                /* net/unix/af_unix.c, init_peercred(): both of a pair have the credentials of who
                 * made it for life, all other datagram sockets have none. */
                slot->paired = peer.uid != (uid_t)-1;
                slot->unpaired = !slot->paired;
                slot_facts(c, slot, facts);
        }
        pthread_mutex_unlock(&shard->lock);
        return 0;
}

void socket_cache_attach(struct socket_cache *c, const struct known_netns *netns)
{
        ((struct known_entry *)netns)->attached = c->scan; /* its first */
}

int socket_cache_netns(struct socket_cache *c, int socket_fd, const struct known_netns **ret)
{
        struct known_entry *known;
        int r = known_netns_ask(&c->known, socket_fd, &known);

        if (r >= 0)
                *ret = &known->netns;
        return r;
}

int socket_cache_learn(struct socket_cache *c, uint64_t inode, const struct socket_facts *facts)
{
        struct shard *shard = shard_of(c, inode);
        int r = 0;

        pthread_mutex_lock(&shard->lock);
        struct slot *slot = known_slot(shard, inode);
        if (!slot) {
                r = shard_add(shard, &(struct slot){
                                             .netns = (struct known_entry *)facts->netns,
                                             .inode = (uint32_t)inode,
                                             .seen = c->scan - 1,
                                             .protocol = facts->protocol,
                                             .family = facts->family,
                                             .type = facts->type & 0xf,
                                     });
                slot = r < 0 ? NULL : known_slot(shard, inode);
        }
        if (slot) {
                bool again = slot->dump == c->dump;
                slot->dump = c->dump;
                slot->idle = facts->idle || (again && slot->idle);
                slot->unnamed = facts->perhaps_paired || (again && slot->unnamed);
        }
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
        known_netns_sweep(&c->known);
        c->scan++;
}

void socket_cache_next_scan(struct socket_cache *c)
{
        c->scan++;
}
