/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/json-inspection.h"

#include <string.h>
#include <sys/socket.h>

#include "census/socket-name.h"
#include "inspect/address.h"
#include "report/json.h"

/* Takes a new string that may be NULL for want of memory. */
static int put_taken(json_t *object, const char *key, char *value)
{
        int r = value ? json_put_string(object, key, value) : -ENOMEM;
        free(value);
        return r;
}

static int put_number(json_t *object, const char *key, uint64_t value)
{
        return json_put(object, key, json_integer((json_int_t)value));
}

static int put_identity(json_t *o, const struct netns_identity *id)
{
        int r = json_put_nonzero(o, "inode", id->inode);
        return r < 0 ? r : json_put_nonzero(o, "cookie", id->cookie);
}

static json_t *json_addresses(const struct rt_address *addresses, size_t n)
{
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < n; i++) {
                _cleanup_free_ char *text = address_text(&addresses[i]);
                if (!text || json_array_append_new(array, json_string(text)) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

static json_t *json_peer(const struct peer *peer)
{
        json_auto_t *o = json_object();

        if (!o || json_put_string(o, "name", peer->name) < 0 ||
            json_put(o, "here", json_boolean(peer->here)) < 0 ||
            put_identity(o, &peer->netns) < 0 || json_put_string(o, "master", peer->master) < 0 ||
            json_put_string(o, "masterKind", peer->master_kind) < 0 ||
            (peer->n_addresses > 0 &&
             json_put(o, "addresses", json_addresses(peer->addresses, peer->n_addresses)) < 0))
                return NULL;
        return TAKE_PTR(o);
}

static json_t *json_link(const struct inside *inside, const struct rt_link *link)
{
        const struct rt_link *master = rt_network_find(inside->network, link->master);
        const struct peer *peer = inside_find_peer(inside, link->index);
        json_auto_t *o = json_object();

        if (!o || put_number(o, "index", (uint64_t)link->index) < 0 ||
            json_put_string(o, "name", link->name) < 0 ||
            json_put_string(o, "kind", link->kind) < 0 ||
            json_put(o, "up", json_boolean(link->up)) < 0 ||
            json_put_string(o, "state", link->state) < 0 || put_number(o, "mtu", link->mtu) < 0 ||
            json_put_string(o, "master", master ? master->name : NULL) < 0 ||
            json_put(o, "addresses", json_addresses(link->addresses, link->n_addresses)) < 0)
                return NULL;
        if (link->n_mac > 0 && put_taken(o, "mac", address_mac_text(link)) < 0)
                return NULL;
        if (peer && peer->found && json_put(o, "peer", json_peer(peer)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static json_t *json_links(const struct inside *inside)
{
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < inside->network->n_links; i++)
                if (json_array_append_new(array, json_link(inside, &inside->network->links[i])) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

static json_t *json_routes(const struct inside *inside)
{
        const struct rt_network *network = inside->network;
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < network->n_default_routes; i++) {
                const struct rt_route *route = &network->default_routes[i];
                const struct rt_link *link = rt_network_find(network, route->interface);
                json_auto_t *o = json_object();

                if (!o || json_put_string(o, "family", socket_name_family(route->family)) < 0 ||
                    (route->has_gateway &&
                     put_taken(o, "gateway", address_gateway_text(route)) < 0) ||
                    json_put_string(o, "interface", link ? link->name : NULL) < 0 ||
                    json_put_nonzero(o, "metric", route->metric) < 0 ||
                    json_array_append(array, o) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

static json_t *json_counts(const struct inside *inside)
{
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < inside->n_counts; i++) {
                const struct socket_count *c = &inside->counts[i];
                json_auto_t *o = json_object();

                if (!o || json_put_string(o, "family", socket_name_family(c->family)) < 0 ||
                    json_put_string(o, "protocol", c->protocol) < 0 ||
                    json_put_string(o, "state", c->state) < 0 || put_number(o, "count", c->n) < 0 ||
                    json_array_append(array, o) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

static json_t *json_listeners(const struct inside *inside)
{
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < inside->n_listeners; i++) {
                const struct listener *l = &inside->listeners[i];
                json_auto_t *o = json_object();

                if (!o || json_put_string(o, "protocol", l->protocol) < 0 ||
                    json_put_string(o, "address", l->address) < 0 ||
                    json_put_nonzero(o, "socketInode", l->inode) < 0 ||
                    json_array_append(array, o) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

static json_t *json_missing(const struct inside *inside)
{
        json_auto_t *array = json_array();

        for (enum sock_table t = 0; array && t < _SOCK_TABLE_MAX; t++)
                if (inside->missing & SOCK_TABLE_BIT(t) &&
                    json_array_append_new(array, json_string(sock_table_to_string(t))) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

static json_t *json_peer_processes(const struct inspection *i, uint64_t inode)
{
        json_auto_t *array = json_array();

        for (size_t k = 0; array && k < i->n_peers; k++) {
                const struct socket_owner *owner = &i->peers[k];
                if (owner->socket_inode != inode)
                        continue;
                json_auto_t *o = json_object();
                if (!o || put_number(o, "pid", (uint64_t)owner->pid) < 0 ||
                    put_number(o, "fd", (uint64_t)owner->fd) < 0 ||
                    json_put_string(o, "comm", owner->comm) < 0 || json_array_append(array, o) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

static int put_detail(json_t *o, const struct inspection *i, const struct socket_detail *d)
{
        const struct rt_link *link =
                i->inside ? rt_network_find(i->inside->network, (int)d->interface) : NULL;
        int r = json_put_string(o, "state", d->state);

        if (r >= 0)
                r = json_put_string(o, "local", d->local);
        if (r >= 0)
                r = json_put_string(o, "remote", d->remote);
        if (r >= 0)
                r = json_put_nonzero(o, "peerSocketInode", d->peer_inode);
        if (r >= 0 && d->peer_inode)
                r = json_put(o, "peerProcesses", json_peer_processes(i, d->peer_inode));
        if (r >= 0)
                r = json_put_nonzero(o, "portId", d->port_id);
        if (r >= 0)
                r = json_put_nonzero(o, "groups", d->groups);
        if (r >= 0)
                r = json_put_string(o, "interface", link ? link->name : NULL);
        if (r >= 0 && d->has_queues)
                r = put_number(o, "receiveQueueBytes", d->receive_queue);
        if (r >= 0 && d->has_queues)
                r = put_number(o, "sendQueueBytes", d->send_queue);
        return r;
}

static int put_origin(json_t *o, const struct origin *origin)
{
        int r = json_put_string(o, "origin", origin_kind_to_string(origin->kind));

        if (r >= 0 && origin->has_cloexec)
                r = json_put(o, "closeOnExec", json_boolean(origin->cloexec));
        if (r >= 0)
                r = json_put_nonzero(o, "opener", origin->opener);
        if (r >= 0 && origin->has_client)
                r = put_number(o, "client", (uint64_t)origin->client);
        if (r >= 0 && origin->has_client)
                r = put_number(o, "clientUID", origin->client_uid);
        if (r >= 0 && origin->has_client && origin->client > 0)
                r = json_put(o, "clientGone", json_boolean(origin->client_gone));
        if (r >= 0 && origin->kind == ORIGIN_ACCEPTED)
                r = json_put(o, "peerClosed", json_boolean(origin->peer_closed));
        return r;
}

static json_t *json_container(const struct container *c)
{
        json_auto_t *o = json_object();

        if (!o || json_put_string(o, "manager", c->manager) < 0 ||
            json_put_string(o, "name", c->name) < 0 || json_put_string(o, "pod", c->pod) < 0 ||
            (c->claimed && json_put(o, "claimed", json_true()) < 0))
                return NULL;
        return TAKE_PTR(o);
}

static int put_strings(json_t *o, const struct process_facts *p)
{
        const struct {
                const char *key, *value;
        } strings[] = {
                {"comm", p->comm},
                {"executable", p->executable},
                {"commandLine", p->command_line},
                {"user", p->user},
                {"cgroup", p->cgroup},
                {"unit", p->unit},
                {"userUnit", p->user_unit},
                {"slice", p->slice},
        };

        for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
                if (json_put_string(o, strings[i].key, strings[i].value) < 0)
                        return -ENOMEM;
        return 0;
}

static json_t *json_process(const struct process_facts *p)
{
        json_auto_t *o = json_object();

        if (!o || put_number(o, "pid", (uint64_t)p->pid) < 0 || put_strings(o, p) < 0 ||
            (p->gone && json_put(o, "gone", json_true()) < 0) ||
            (p->deleted && json_put(o, "executableDeleted", json_true()) < 0) ||
            (p->has_uid && put_number(o, "uid", p->uid) < 0) ||
            json_put_nonzero(o, "startUSec", p->start_usec) < 0 ||
            json_put_nonzero(o, "threads", p->threads) < 0 ||
            json_put_nonzero(o, "parent", (uint64_t)p->parent) < 0 ||
            json_put_string(o, "parentComm", p->parent_comm) < 0 ||
            (p->in_container && json_put(o, "container", json_container(&p->container)) < 0))
                return NULL;
        return TAKE_PTR(o);
}

static json_t *json_cause(const struct cause *cause)
{
        json_auto_t *o = json_object();

        if (!o || json_put_string(o, "name", cause->name) < 0 ||
            json_put_string(o, "summary", cause->summary) < 0 ||
            json_put_string(o, "remedy", cause->remedy) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static json_t *json_held(const struct inspection *i, const struct held *held)
{
        json_auto_t *o = json_holder(held->holder);

        if (!o || (held->detail && put_detail(o, i, held->detail) < 0) ||
            put_origin(o, &held->origin) < 0 ||
            (held->opener != HELD_OPENER_UNKNOWN &&
             json_put(o, "birthProcessGone", json_boolean(held->opener == HELD_OPENER_GONE)) < 0) ||
            (held->cause && json_put(o, "likelyCause", json_cause(held->cause)) < 0))
                return NULL;
        return TAKE_PTR(o);
}

static int put_inside(json_t *o, const struct inside *inside)
{
        int r = json_put(o, "interfaces", json_links(inside));

        if (r >= 0)
                r = json_put(o, "defaultRoutes", json_routes(inside));
        if (r >= 0)
                r = json_put(o, "socketCounts", json_counts(inside));
        if (r >= 0)
                r = json_put(o, "listening", json_listeners(inside));
        if (r >= 0 && inside_is_truncated(inside))
                r = json_put(o, "truncated", json_true());
        if (r >= 0 && inside->missing)
                r = json_put(o, "socketsNotListed", json_missing(inside));
        return r;
}

json_t *json_inspection(const struct inspection *i)
{
        json_auto_t *o = json_object(), *holders = json_array(), *processes = json_array();

        if (!o || !holders || !processes)
                return NULL;
        for (size_t k = 0; k < i->n_held; k++)
                if (json_array_append_new(holders, json_held(i, &i->held[k])) < 0)
                        return NULL;
        for (size_t k = 0; k < i->n_processes; k++)
                if (json_array_append_new(processes, json_process(i->processes[k])) < 0)
                        return NULL;
        if (json_put(o, "holders", json_incref(holders)) < 0 ||
            json_put(o, "processes", json_incref(processes)) < 0 ||
            (i->inside ? put_inside(o, i->inside)
                       : json_put_string(o, "insideError", i->inside_error.text)) < 0)
                return NULL;
        return TAKE_PTR(o);
}
