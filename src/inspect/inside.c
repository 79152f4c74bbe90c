/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inside.h"

#include <stdio.h>

#include "inspect/address.h"
#include "util/text-file.h"

/* More names than this make an alert longer, not clearer. */
#define SUMMARY_MAX 16

struct inside *inside_free(struct inside *inside)
{
        if (!inside)
                return NULL;
        (void)rt_network_free(inside->network);
        for (size_t i = 0; i < inside->n_peers; i++) {
                free(inside->peers[i].name);
                free(inside->peers[i].master);
                free(inside->peers[i].master_kind);
                free(inside->peers[i].addresses);
        }
        free(inside->peers);
        free(inside->counts);
        for (size_t i = 0; i < inside->n_listeners; i++)
                free(inside->listeners[i].address);
        free(inside->listeners);
        for (size_t i = 0; i < inside->n_details; i++) {
                free(inside->details[i].local);
                free(inside->details[i].remote);
        }
        free(inside->details);
        free(inside);
        return NULL;
}

bool inside_is_truncated(const struct inside *inside)
{
        return inside->network->truncated || inside->more_listeners;
}

const struct peer *inside_find_peer(const struct inside *inside, int link)
{
        for (size_t i = 0; i < inside->n_peers; i++)
                if (inside->peers[i].link == link)
                        return &inside->peers[i];
        return NULL;
}

const struct socket_detail *inside_find_socket(const struct inside *inside, uint64_t inode)
{
        for (size_t i = 0; i < inside->n_details; i++)
                if (inside->details[i].inode == inode)
                        return &inside->details[i];
        return NULL;
}

size_t inside_count_links(const struct inside *inside)
{
        size_t n = 0;
        for (size_t i = 0; i < inside->network->n_links; i++)
                n += !inside->network->links[i].loopback;
        return n;
}

/* net.core.fb_tunnels_only_for_init_net=0, the default, makes these in all namespaces. */
static bool is_fallback_tunnel(const struct rt_link *link)
{
        static const char *const names[] = {"erspan0", "gre0",    "gretap0", "ip6_vti0", "ip6gre0",
                                            "ip6tnl0", "ip_vti0", "sit0",    "tunl0"};

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strcmp(link->name, names[i]) == 0)
                        return !link->up && link->n_addresses == 0;
        return false;
}

static const char *const rules_clauses[] = {
        [RULES_UNKNOWN] = "may have rules, which cannot be read",
        [RULES_NONE] = NULL,
        [RULES_NFT] = "has nft tables",
        [RULES_IPTABLES] = "has iptables tables",
        [RULES_XFRM] = "has xfrm policies or states",
};

const char *inside_may_forward(const struct inside *inside)
{
        for (size_t i = 0; i < inside->network->n_links; i++) {
                const struct rt_link *link = &inside->network->links[i];
                if (!link->loopback && !is_fallback_tunnel(link))
                        return "has an interface";
        }
        if (inside->network->has_routes)
                return "has a route";
        if (inside->network->truncated)
                return "has more than can be listed";
        return rules_clauses[inside->rules];
}

size_t inside_count_addresses(const struct inside *inside)
{
        size_t n = 0;
        for (size_t i = 0; i < inside->network->n_links; i++) {
                const struct rt_link *link = &inside->network->links[i];
                for (size_t k = 0; !link->loopback && k < link->n_addresses; k++)
                        n += !address_is_link_local(&link->addresses[k]);
        }
        return n;
}

/* A list of words under construction. */
struct words {
        FILE *f;
        size_t n;
};

static void add_word(struct words *w, const char *word)
{
        if (w->n++ < SUMMARY_MAX)
                fprintf(w->f, "%s%s", w->n > 1 ? " " : "", word);
}

static int add_addresses(struct words *w, const struct rt_link *link)
{
        for (size_t k = 0; k < link->n_addresses; k++) {
                _cleanup_free_ char *text = NULL;

                if (address_is_link_local(&link->addresses[k]))
                        continue;
                text = address_text(&link->addresses[k]);
                if (!text)
                        return -ENOMEM;
                add_word(w, text);
        }
        return 0;
}

static int summarize(const struct rt_network *network, bool addresses, char **ret)
{
        _cleanup_free_ char *text = NULL;
        struct text_buffer buffer;
        struct words w = {.f = text_file_open(&buffer)};
        int r = 0;

        if (!w.f)
                return -ENOMEM;
        for (size_t i = 0; r >= 0 && i < network->n_links; i++) {
                const struct rt_link *link = &network->links[i];

                if (link->loopback)
                        continue;
                if (addresses)
                        r = add_addresses(&w, link);
                else
                        add_word(&w, link->name);
        }
        text = text_file_close(w.f, &buffer, NULL);
        if (!text)
                r = -ENOMEM;
        *ret = r >= 0 && w.n > 0 ? TAKE_PTR(text) : NULL;
        return r;
}

int inside_summary(const struct inside *inside, char **ret_interfaces, char **ret_addresses)
{
        int r = summarize(inside->network, false, ret_interfaces);
        if (r < 0)
                return r;
        r = summarize(inside->network, true, ret_addresses);
        if (r < 0) {
                free(*ret_interfaces);
                *ret_interfaces = NULL;
        }
        return r;
}
