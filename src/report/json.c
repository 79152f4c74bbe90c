/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "census/compare-sentence.h"
#include "census/socket-name.h"
#include "report/coverage-text.h"
#include "report/json-birth.h"
#include "util/kernel.h"

static int put_number(json_t *object, const char *key, uint64_t value)
{
        return json_put(object, key, json_integer((json_int_t)value));
}

/* A socket's family, type or protocol: its name, or its number where it has none. */
static int put_named(json_t *object, const char *key, const char *name, int number)
{
        if (number < 0)
                return 0;
        return json_put(object, key, name ? json_string(name) : json_sprintf("%d", number));
}

static int put_socket(json_t *o, const struct holder *h)
{
        int r = json_put_nonzero(o, "socketInode", h->socket_inode);
        if (r >= 0)
                r = json_put_nonzero(o, "socketCookie", h->socket_cookie);
        if (r >= 0)
                r = put_named(o, "family", socket_name_family(h->family), h->family);
        if (r >= 0)
                r = put_named(o, "type", socket_name_type(h->type), h->type);
        if (r >= 0)
                r = put_named(o, "protocol", socket_name_protocol(h->family, h->protocol),
                              h->protocol);
        return r;
}

static int put_process(json_t *o, const struct holder *h)
{
        if (h->pid <= 0)
                return 0;
        int r = put_number(o, "pid", (uint64_t)h->pid);
        if (r >= 0 && h->tid > 0)
                r = put_number(o, "tid", (uint64_t)h->tid);
        if (r >= 0 && h->fd >= 0)
                r = put_number(o, "fd", (uint64_t)h->fd);
        if (r >= 0 && h->process)
                r = json_put_string(o, "comm", h->process->comm);
        if (r >= 0 && h->process)
                r = json_put_string(o, "unit", h->process->unit);
        return r;
}

json_t *json_holder(const struct holder *h)
{
        json_auto_t *o = json_object();
        if (!o)
                return NULL;
        int r = json_put_string(o, "kind", holder_kind_to_string(h->kind));
        if (r >= 0 && h->carried != HOLDER_NONE)
                r = json_put_string(o, "carried", holder_kind_to_string(h->carried));
        if (r >= 0)
                r = put_process(o, h);
        if (r >= 0 && h->kind == HOLDER_SOCKET_IN_FLIGHT)
                r = json_put_nonzero(o, "depth", h->depth);
        if (r >= 0)
                r = put_socket(o, h);
        if (r >= 0)
                r = json_put_string(o, "path", h->path);
        if (r >= 0)
                r = json_put_nonzero(o, "mountNamespaceInode", h->mntns);
        if (r >= 0)
                r = json_put_string(o, "device", h->device);
        if (r >= 0)
                r = json_put_nonzero(o, "deviceNetnsInode", h->device_netns);
        if (r >= 0)
                r = json_put_nonzero(o, "homeInode", h->home_inode);
        if (r >= 0)
                r = json_put_string(o, "reason", h->reason);
        if (r >= 0 && h->checked)
                r = json_put(o, "verified", json_boolean(h->verified));
        if (r >= 0 && h->checked)
                r = json_put_string(o, "unverifiedReason", h->unverified);
        if (r >= 0 && h->birth)
                r = json_put(o, "birth", json_birth(h->birth));
        return r < 0 ? NULL : TAKE_PTR(o);
}

json_t *json_holders(const struct holder *holders, size_t n)
{
        json_auto_t *array = json_array();
        for (size_t i = 0; array && i < n; i++)
                if (json_array_append_new(array, json_holder(&holders[i])) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

static int put_owner(json_t *o, const struct netns *ns)
{
        if (!ns->has_owner)
                return 0;
        int r = json_put_nonzero(o, "ownerUserNamespaceInode", ns->owner_userns);
        return r < 0 ? r : put_number(o, "ownerUID", ns->owner_uid);
}

static json_t *json_nameless(const struct nameless *n)
{
        json_auto_t *o = json_object();

        if (!o || put_number(o, "pid", (uint64_t)n->pid) < 0 ||
            json_put_nonzero(o, "startTicks", n->start_ticks) < 0 ||
            put_number(o, "fileInode", n->file_inode) < 0 ||
            json_put_string(o, "kind", holder_kind_to_string(n->kind)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

int json_put_identity(json_t *o, const struct netns_identity *id)
{
        int r = json_put_nonzero(o, "inode", id->inode);
        if (r >= 0)
                r = json_put_nonzero(o, "cookie", id->cookie);
        if (r >= 0 && id->nameless.file_inode)
                r = json_put(o, "nameless", json_nameless(&id->nameless));
        return r;
}

static int put_references(json_t *to, const struct netns_references *references)
{
        json_auto_t *o = json_object();

        if (!references->known)
                return 0;
        if (!o || put_number(o, "counted", references->counted) < 0 ||
            put_number(o, "explained", references->explained) < 0)
                return -ENOMEM;
        return json_put(to, "references", TAKE_PTR(o));
}

json_t *json_netns(const struct netns *ns)
{
        json_auto_t *o = json_object();
        if (!o)
                return NULL;
        int r = json_put_identity(o, &ns->id);
        if (r >= 0)
                r = json_put_string(o, "verdict", netns_verdict_to_string(ns->verdict));
        if (r >= 0 && ns->partial)
                r = json_put(o, "partial", json_true());
        if (r >= 0 && ns->unseen_reference)
                r = json_put(o, "unseenReference", json_true());
        if (r >= 0 && ns->unnamed)
                r = json_put(o, "unnamed", json_true());
        if (r >= 0 && ns->empty)
                r = json_put(o, "empty", json_true());
        if (r >= 0)
                r = put_references(o, &ns->references);
        if (r >= 0)
                r = put_owner(o, ns);
        if (r >= 0)
                r = json_put(o, "holders", json_holders(ns->holders, ns->n_holders));
        if (r >= 0)
                r = put_number(o, "holderCount", netns_holder_count(ns));
        return r < 0 ? NULL : TAKE_PTR(o);
}

static json_t *coverage_reasons(const struct census *census)
{
        json_auto_t *array = json_array();
        char **reasons;
        size_t n;
        int r = coverage_text_reasons(census, &reasons, &n);

        if (r < 0)
                return NULL;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = json_array_append_new(array, json_string(reasons[i]));
        coverage_text_free(reasons, n);
        return r < 0 ? NULL : TAKE_PTR(array);
}

static json_t *coverage_gaps(const struct coverage *c)
{
        json_auto_t *array = json_array();

        for (enum coverage_gap g = 0; array && g < _COVERAGE_GAP_MAX; g++)
                if (c->gaps[g].count > 0 &&
                    json_array_append_new(array,
                                          json_pack("{ss sI}", "kind", coverage_gap_to_string(g),
                                                    "count", (json_int_t)c->gaps[g].count)) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

static json_t *coverage_shares(const struct census *c)
{
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < c->n_shares; i++) {
                json_auto_t *o = json_pack("{ss}", "name", c->shares[i].name);
                if (!o || json_put_nonzero(o, "unlistedHolders", c->shares[i].unlisted) < 0 ||
                    json_put_nonzero(o, "cutProcesses", c->shares[i].cut) < 0 ||
                    json_array_append(array, o) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

json_t *json_coverage(const struct census *census)
{
        const struct coverage *c = &census->coverage;
        const struct {
                const char *key;
                uint64_t value;
        } numbers[] = {
                {"processes", c->processes},
                {"threads", c->threads},
                {"fds", c->fds},
                {"sockets", c->sockets},
                {"unreadableProcesses", c->unreadable_processes},
                {"unresolvedHolders", c->unresolved_holders},
        };
        json_auto_t *o = json_object();
        if (!o)
                return NULL;
        int r = json_put(o, "complete", json_boolean(c->complete));
        if (r >= 0)
                r = json_put(o, "tasksComplete", json_boolean(c->tasks_complete));
        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(numbers); i++)
                r = put_number(o, numbers[i].key, numbers[i].value);
        if (r >= 0)
                r = json_put(o, "gaps", coverage_gaps(c));
        if (r >= 0)
                r = json_put(o, "reasons", coverage_reasons(census));
        if (r >= 0 && census->n_shares > 0)
                r = json_put(o, "shares", coverage_shares(census));
        return r < 0 ? NULL : TAKE_PTR(o);
}

json_t *json_host(void)
{
        struct utsname u;
        char boot_id[33];
        json_auto_t *o = json_object();
        if (!o)
                return NULL;
        int r = 0;
        if (uname(&u) >= 0)
                r = json_put_string(o, "kernel", u.release);
        if (r >= 0 && kernel_boot_id(boot_id) >= 0)
                r = json_put_string(o, "bootId", boot_id);
        return r < 0 ? NULL : TAKE_PTR(o);
}

json_t *json_trace(const struct census_trace *t)
{
        json_auto_t *o = json_object();
        if (!o || json_put_string(o, "sockets", birth_trace_to_string(t->which)) < 0 ||
            put_number(o, "sinceUSec", t->since_usec) < 0 || put_number(o, "births", t->now) < 0 ||
            put_number(o, "noted", t->noted) < 0 || put_number(o, "refused", t->refused) < 0)
                return NULL;
        return TAKE_PTR(o);
}

json_t *json_scan(const struct census *c)
{
        json_auto_t *o = json_object();
        if (!o || put_number(o, "startUSec", c->start_usec) < 0 ||
            put_number(o, "durationUSec", c->duration_usec) < 0 ||
            json_put_string(o, "source", c->source) < 0 ||
            (c->trace.which != BIRTH_TRACE_NO && json_put(o, "trace", json_trace(&c->trace)) < 0) ||
            (c->not_bpf[0] && json_put_string(o, "notBPF", c->not_bpf) < 0))
                return NULL;
        return TAKE_PTR(o);
}

static json_t *namespaces_array(const struct census *c)
{
        json_auto_t *array = json_array();
        for (size_t i = 0; array && i < c->n_namespaces; i++)
                if (json_array_append_new(array, json_netns(&c->namespaces[i])) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

json_t *json_census(const struct census *c)
{
        json_auto_t *o = json_object();
        if (!o || json_put(o, "version", json_integer(JSON_VERSION)) < 0 ||
            json_put(o, "host", json_host()) < 0 || json_put(o, "scan", json_scan(c)) < 0 ||
            json_put(o, "coverage", json_coverage(c)) < 0 ||
            json_put(o, "namespaces", namespaces_array(c)) < 0 ||
            json_put(o, "unresolved", json_holders(c->unresolved, c->n_unresolved)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static json_t *disagreement(const struct disagreement *d)
{
        char sentence[COMPARE_SENTENCE_MAX];
        json_auto_t *o = json_object();

        if (!o || json_put_identity(o, &d->id) < 0 ||
            json_put_string(o, "kind", compare_kind_to_string(d->kind)) < 0 ||
            json_put_nonzero(o, "pid", (uint64_t)d->pid) < 0 ||
            json_put_string(o, "sentence", compare_sentence(d, sentence)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static json_t *disagreements(const struct comparison *c)
{
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < c->n; i++)
                if (json_array_append_new(array, disagreement(&c->list[i])) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

json_t *json_comparison(const struct comparison *c)
{
        json_auto_t *o = json_object();

        if (!o || json_put(o, "version", json_integer(JSON_VERSION)) < 0 ||
            json_put(o, "host", json_host()) < 0 || put_number(o, "compared", c->compared) < 0 ||
            put_number(o, "explained", c->explained) < 0 ||
            json_put(o, "disagreements", disagreements(c)) < 0)
                return NULL;
        return TAKE_PTR(o);
}
