/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/find.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <string.h>

#include "inspect/address.h"
#include "inspect/reach.h"
#include "netlink/rt-ids.h"
#include "netlink/rt-network.h"
#include "util/array.h"
#include "util/text.h"

bool find_parse_address(const char *s, struct find_query *ret)
{
        size_t n = strcspn(s, "/%");
        char digits[INET6_ADDRSTRLEN];

        if (n >= sizeof(digits))
                return false;
        memcpy(digits, s, n);
        digits[n] = '\0';
        for (int i = 0; i < 2; i++) {
                int family = i == 0 ? AF_INET : AF_INET6;
                struct find_query q = {.kind = FIND_ADDRESS,
                                       .family = family,
                                       .n_bytes = family == AF_INET ? 4 : 16};
                if (inet_pton(family, digits, q.bytes) == 1) {
                        *ret = q;
                        return true;
                }
        }
        return false;
}

static int hex_digit(char c)
{
        return text_hex_digit((char)tolower((unsigned char)c));
}

bool find_parse_mac(const char *s, struct find_query *ret)
{
        struct find_query q = {.kind = FIND_MAC, .n_bytes = ETH_ALEN};

        if (strlen(s) != 3 * ETH_ALEN - 1)
                return false;
        for (size_t i = 0; i < ETH_ALEN; i++) {
                const char *byte = s + 3 * i;
                int high = hex_digit(byte[0]), low = hex_digit(byte[1]);
                if (high < 0 || low < 0 ||
                    (byte[2] != '\0' && (byte[2] != s[2] || !strchr(":-", byte[2]))))
                        return false;
                q.bytes[i] = (uint8_t)(high << 4 | low);
        }
        *ret = q;
        return true;
}

/* What is found out in one namespace. */
struct visit {
        struct rt_network *network;
        int home;        /* nsfs fd of our own namespace, where its number is wanted; negative */
        int32_t home_id; /* the number that it has there; negative: none */
};

static int look(void *userdata)
{
        _cleanup_(rt_ids_close) struct rt_ids ids = RT_IDS_NULL;
        struct visit *v = userdata;
        struct rt_id_question q = {.fd = v->home};

        int r = rt_network_read(&v->network);
        if (r < 0 || v->home < 0)
                return r;
        /* The links were listed: what they are tied to has a number now. */
        r = rt_ids_open(&ids);
        if (r >= 0)
                r = rt_ids_ask(&ids, &q, 1);
        if (r >= 0 && q.r >= 0)
                v->home_id = q.id;
        return r;
}

static const struct rt_address *find_in_link(const struct rt_link *link, const struct find_query *q)
{
        for (size_t i = 0; i < link->n_addresses; i++)
                if (link->addresses[i].family == q->family &&
                    memcmp(link->addresses[i].bytes, q->bytes, q->n_bytes) == 0)
                        return &link->addresses[i];
        return NULL;
}

int find_add(struct find *f, const struct netns *ns, char *how)
{
        struct find_match *grown = how ? array_grow(f->matches, f->n, sizeof(*grown)) : NULL;

        if (!grown) {
                free(how);
                return -ENOMEM;
        }
        f->matches = grown;
        f->matches[f->n++] = (struct find_match){ns, how};
        return 0;
}

/* "@what on eth0 inside" */
static int add_match(struct find *f, const struct netns *ns, const char *what,
                     const struct rt_link *link)
{
        char *how;

        if (asprintf(&how, "%s%s%s inside", text_or(what, ""), what ? " on " : "", link->name) < 0)
                how = NULL;
        return find_add(f, ns, how);
}

static int match_address(struct find *f, const struct netns *ns, const struct rt_link *link,
                         const struct find_query *q)
{
        const struct rt_address *address = find_in_link(link, q);
        _cleanup_free_ char *text = address ? address_text(address) : NULL;

        if (!address)
                return 0;
        return text ? add_match(f, ns, text, link) : -ENOMEM;
}

static int match_mac(struct find *f, const struct netns *ns, const struct rt_link *link,
                     const struct find_query *q)
{
        if (link->n_mac != q->n_bytes || memcmp(link->mac, q->bytes, q->n_bytes) != 0)
                return 0;
        _cleanup_free_ char *text = address_mac_text(link);
        return text ? add_match(f, ns, text, link) : -ENOMEM;
}

static int match_above(struct find *f, const struct netns *ns, const struct rt_link *link,
                       const struct find_query *q, int32_t home_id)
{
        char *how;

        if (!link->has_link_netnsid || link->link != q->index || home_id < 0 ||
            link->link_netnsid != home_id || rt_link_is_pair(link))
                return 0;
        if (asprintf(&how, "%s inside, on device %s", link->name, q->link) < 0)
                how = NULL;
        return find_add(f, ns, how);
}

static int match_link(struct find *f, const struct netns *ns, const struct rt_link *link,
                      const struct find_query *q, int32_t home_id)
{
        switch (q->kind) {
        case FIND_LINK:
                return strcmp(link->name, q->link) == 0 ? add_match(f, ns, NULL, link) : 0;
        case FIND_ADDRESS:
                return match_address(f, ns, link, q);
        case FIND_MAC:
                return match_mac(f, ns, link, q);
        case FIND_ABOVE:
                return match_above(f, ns, link, q, home_id);
        }
        return 0;
}

static int compare_matches(const void *a, const void *b)
{
        const struct find_match *x = a, *y = b;

        if (x->netns->verdict != y->netns->verdict)
                return x->netns->verdict > y->netns->verdict ? -1 : 1;
        /* Of one census: in its order. */
        if (x->netns != y->netns)
                return x->netns < y->netns ? -1 : 1;
        return strcmp(x->how, y->how);
}

void find_sort(struct find *f)
{
        size_t n = 0;

        if (f->n > 0)
                qsort(f->matches, f->n, sizeof(*f->matches), compare_matches);
        for (size_t i = 0; i < f->n; i++)
                if (n > 0 && compare_matches(&f->matches[n - 1], &f->matches[i]) == 0)
                        free(f->matches[i].how);
                else
                        f->matches[n++] = f->matches[i];
        f->n = n;
}

void find_drop(struct find *f, const struct netns *ns)
{
        size_t n = 0;

        for (size_t i = 0; i < f->n; i++)
                if (f->matches[i].netns == ns)
                        free(f->matches[i].how);
                else
                        f->matches[n++] = f->matches[i];
        f->n = n;
}

int find_inside(const struct census *census, const struct find_query *query, struct find *ret)
{
        _cleanup_(find_deinit) struct find f = {};
        _cleanup_close_ int home = query->kind == FIND_ABOVE
                                           ? open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
                                           : -EBADF;

        for (size_t i = 0; i < census->n_namespaces; i++) {
                _cleanup_(rt_network_freep) struct rt_network *network = NULL;
                const struct netns *ns = &census->namespaces[i];
                struct visit v = {.home = home, .home_id = -1};

                int r = reach_run(ns, look, &v, NULL);
                network = v.network;
                if (r == -ENOMEM)
                        return r;
                if (r < 0) {
                        f.n_unread += r != -ESTALE; /* that one has ended since */
                        continue;
                }
                f.n_unread += network->truncated;
                for (size_t k = 0; r >= 0 && k < network->n_links; k++)
                        r = match_link(&f, ns, &network->links[k], query, v.home_id);
                if (r < 0)
                        return r;
        }
        find_sort(&f);
        *ret = f;
        f = (struct find){};
        return 0;
}

void find_deinit(struct find *f)
{
        for (size_t i = 0; i < f->n; i++)
                free(f->matches[i].how);
        free(f->matches);
        *f = (struct find){};
}
