/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/known-netns.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include "netns/nsfd.h"
#include "util/kernel.h"

static bool probe_cookies(void)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        uint64_t cookie;
        socklen_t size = sizeof(cookie);

        return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0;
}

void known_netns_init(struct known_netns_set *s)
{
        pthread_mutex_init(&s->lock, NULL);
        s->cookies = probe_cookies();
}

static void remove_entry(struct known_netns_set *s, struct known_entry *e)
{
        HASH_DEL(s->by_key, e);
        free(e);
}

void known_netns_deinit(struct known_netns_set *s)
{
        while (s->by_key)
                remove_entry(s, s->by_key);
        pthread_mutex_destroy(&s->lock);
}

static struct known_entry *find(struct known_netns_set *s, uint64_t key)
{
        struct known_entry *e;

        pthread_mutex_lock(&s->lock);
        HASH_FIND(hh, s->by_key, &key, sizeof(key), e);
        pthread_mutex_unlock(&s->lock);
        return e;
}

/* Adds @netns unless another thread was faster. */
static int add(struct known_netns_set *s, uint64_t key, const struct known_netns *netns,
               struct known_entry **ret)
{
        _cleanup_free_ struct known_entry *e = calloc(1, sizeof(*e));
        struct known_entry *old;
        int r = 0;

        if (!e)
                return -ENOMEM;
        e->netns = *netns;
        e->key = key;
        pthread_mutex_lock(&s->lock);
        HASH_FIND(hh, s->by_key, &key, sizeof(key), old);
        if (old) {
                *ret = old;
                goto out;
        }
        HASH_ADD(hh, s->by_key, key, sizeof(key), e);
        if (!e->hh.tbl) {
                r = -ENOMEM;
                goto out;
        }
        *ret = TAKE_PTR(e);
out:
        pthread_mutex_unlock(&s->lock);
        return r;
}

int known_netns_ask(struct known_netns_set *s, int fd, struct known_entry **ret)
{
        struct known_netns netns = {};
        struct nsfd_facts facts;
        uint64_t cookie = 0;
        socklen_t size = sizeof(cookie);

        if (s->cookies && getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0)
                return negative_errno();
        if (cookie && (*ret = find(s, cookie)))
                return 0;
        _cleanup_close_ int nsfs = ioctl(fd, SIOCGSKNS);
        if (nsfs < 0)
                return negative_errno();
        int r = nsfd_ask(nsfs, &facts);
        if (r < 0)
                return r;
        netns.id = (struct netns_identity){.inode = facts.inode, .cookie = cookie};
        netns.facts = facts.facts;
        return add(s, cookie ? cookie : facts.inode, &netns, ret);
}

void known_netns_sweep(struct known_netns_set *s)
{
        for (struct known_entry *e = s->by_key, *next; e; e = next) {
                next = e->hh.next;
                if (!e->seen)
                        remove_entry(s, e);
                else
                        e->seen = false;
        }
}
