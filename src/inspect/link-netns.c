/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/link-netns.h"

#include <inttypes.h>
#include <stdio.h>

#include "inspect/reach.h"
#include "netlink/rt-ids.h"
#include "netlink/rt-link.h"
#include "netlink/rt-network.h"
#include "netns/visit-lock.h"
#include "util/text.h"

struct search {
        const struct census *census;
        const struct rt_link *link;
        const char *name; /* escaped */
        struct rt_ids ids;
        size_t n_unasked; /* known namespaces that cannot be asked */
};

static void search_deinit(struct search *s)
{
        rt_ids_close(&s->ids);
}

/* Whether the namespace of @q is the one that is looked for. 1, 0, or a negative errno. */
static int is_it(struct search *s, struct rt_id_question *q)
{
        int r = rt_ids_ask(&s->ids, q, 1);

        if (r < 0)
                return r;
        return q->r < 0 ? q->r : q->id == s->link->link_netnsid;
}

static int find_known(struct search *s, const struct netns **ret)
{
        for (size_t i = 0; i < s->census->n_namespaces; i++) {
                const struct netns *ns = &s->census->namespaces[i];
                _cleanup_close_ int fd =
                        netns_is_nameless(&ns->id) ? -ENXIO : reach_netns(ns, NULL);
                struct rt_id_question q = {.fd = fd};

                int r = fd < 0 ? fd : is_it(s, &q);
                if (r == -ENOMEM)
                        return r;
                /* One that has gone since has no number. */
                s->n_unasked += r < 0 && r != -ESTALE;
                if (r > 0) {
                        *ret = ns;
                        return 1;
                }
        }
        return 0;
}

/* A process that may not be looked at, and is in it: to ask by its number no right is needed. */
static pid_t find_blind(struct search *s)
{
        for (size_t i = 0; i < s->census->n_blind; i++) {
                struct rt_id_question q = {.fd = -1, .pid = s->census->blind[i].pid};
                if (is_it(s, &q) > 0)
                        return q.pid;
        }
        return 0;
}

/* "The other end of interface \"veth7\"" */
static const char *far_end(const struct search *s)
{
        return rt_link_is_pair(s->link) ? "other end" : "device below";
}

static int not_known(struct search *s, struct error *error)
{
        const int32_t id = s->link->link_netnsid;
        pid_t blind = find_blind(s);

        if (blind)
                return error_set(error, ENOENT,
                                 "The %s of interface \"%s\" is in the network namespace of "
                                 "process %d, which cannot be looked at (namespace id %" PRId32
                                 " here)",
                                 far_end(s), s->name, (int)blind, id);
        if (id < 0 || rt_ids_alive(&s->ids, id) == 0)
                return error_set(error, ENOENT,
                                 "The %s of interface \"%s\" is in a network namespace that is "
                                 "just going away",
                                 far_end(s), s->name);
        if (s->n_unasked > 0)
                return error_set(error, ENOENT,
                                 "The %s of interface \"%s\" is in a network namespace (id %" PRId32
                                 " here) that cannot be determined: %zu of those that scan "
                                 "--all shows cannot be asked",
                                 far_end(s), s->name, id, s->n_unasked);
        if (s->census->coverage.gaps[GAP_NETNS_UNSEEN].count == 0)
                return error_set(error, ENOENT,
                                 "The %s of interface \"%s\" is in a network namespace (id %" PRId32
                                 " here) that has come up since the scan; try again",
                                 far_end(s), s->name, id);
        if (s->census->n_unresolved > 0)
                return error_set(error, ENOENT,
                                 "Something unseen keeps the network namespace (id %" PRId32
                                 " here) that the %s of interface \"%s\" is in, or one of the %zu "
                                 "holders that scan lists without their namespace: it lives, and "
                                 "nothing else that could be seen leads to it",
                                 id, far_end(s), s->name, s->census->n_unresolved);
        return error_set(
                error, ENOENT,
                "Something unseen keeps the network namespace (id %" PRId32
                " here) that the %s of interface \"%s\" is in: it lives, but no process, "
                "open file, socket or mount that could be seen leads to it. docs/limits.md "
                "lists what does that",
                id, far_end(s), s->name);
}

/* Of an interface that is tied to none in another namespace. */
static int not_tied(const struct search *s, struct error *error)
{
        _cleanup_(rt_link_freep) struct rt_link *other = NULL;

        if (s->link->link <= 0)
                return error_set(error, ENOLINK,
                                 "Interface \"%s\" is on this host, in no orphaned network "
                                 "namespace, and tied to no other interface",
                                 s->name);
        (void)rt_link_read(NULL, s->link->link, &other);
        return error_set(error, ENOLINK,
                         "The %s of interface \"%s\" is %s, on this host too, in no orphaned "
                         "network namespace",
                         far_end(s), s->name, other ? other->name : "an interface");
}

int link_netns_find(const struct census *census, const char *name, const struct netns **ret,
                    struct error *error)
{
        _cleanup_(rt_link_freep) struct rt_link *link = NULL;
        _cleanup_free_ char *shown = text_escape_string(name);
        _cleanup_(search_deinit) struct search s = {
                .census = census, .name = shown, .ids = RT_IDS_NULL};

        if (!shown)
                return error_oom(error);
        int r = rt_link_read(name, 0, &link);
        if (r == -ENODEV)
                return error_set(error, ENODEV, "There is no interface \"%s\" here", shown);
        if (r >= 0)
                r = rt_ids_open(&s.ids);
        if (r < 0)
                return error_set_errno(error, -r, "Failed to look at interface \"%s\"", shown);
        s.link = link;
        if (!link->has_link_netnsid)
                return not_tied(&s, error);
        _cleanup_(visit_lock_release) struct visit_lock lock = visit_lock_take();
        r = find_known(&s, ret);
        if (r < 0)
                return error_oom(error);
        return r > 0 ? 0 : not_known(&s, error);
}

int link_netns_find_ports(const struct census *census, const char *name, struct find *ret)
{
        _cleanup_(rt_link_freep) struct rt_link *link = NULL;
        _cleanup_(rt_network_freep) struct rt_network *here = NULL;
        int r = 0;

        if (rt_link_read(name, 0, &link) < 0 || rt_network_read(&here) < 0)
                return 0;
        for (size_t i = 0; i < here->n_links && r >= 0; i++) {
                const struct rt_link *port = &here->links[i];
                const struct netns *ns;
                char *how;

                /* A name that had to be escaped is none that can be asked for. */
                if (port->master != link->index || !port->has_link_netnsid ||
                    link_netns_find(census, port->name, &ns, NULL) < 0)
                        continue;
                if (asprintf(&how, "behind %s, a port of %s", port->name, link->name) < 0)
                        return -ENOMEM;
                r = find_add(ret, ns, how);
        }
        find_sort(ret);
        return r;
}
