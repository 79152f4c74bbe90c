/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/decode.h"

#include <limits.h>
#include <string.h>

#include "census/socket-name.h"
#include "nsorphanctl/decode-birth.h"
#include "nsorphanctl/decode-fields.h"

/* Of a later daemon a kind may not be known; it holds the namespace all the same. */
static int kind_from_word(const char *word)
{
        return (int)holder_kind_from_string(word);
}

static int state_from_word(const char *word)
{
        return (int)ledger_entry_state_from_string(word);
}

/* A holder and its process, and the words of its socket. */
struct told_holder {
        struct holder holder;
        struct process process;
        char *family, *type, *protocol;
};

#define FIELD(structure, key, type, member)                                                        \
        {                                                                                          \
                key, type, offsetof(struct structure, member), false, NULL                         \
        }

static const struct decode_field holder_fields[] = {
        {"kind", DECODE_WORD, offsetof(struct told_holder, holder.kind), true, kind_from_word},
        {"carried", DECODE_WORD, offsetof(struct told_holder, holder.carried), false,
         kind_from_word},
        FIELD(told_holder, "pid", DECODE_INT, holder.pid),
        FIELD(told_holder, "tid", DECODE_INT, holder.tid),
        FIELD(told_holder, "fd", DECODE_INT, holder.fd),
        FIELD(told_holder, "socketInode", DECODE_NUMBER, holder.socket_inode),
        FIELD(told_holder, "socketCookie", DECODE_NUMBER, holder.socket_cookie),
        FIELD(told_holder, "family", DECODE_STRING, family),
        FIELD(told_holder, "type", DECODE_STRING, type),
        FIELD(told_holder, "protocol", DECODE_STRING, protocol),
        FIELD(told_holder, "path", DECODE_STRING, holder.path),
        FIELD(told_holder, "mountNamespaceInode", DECODE_NUMBER, holder.mntns),
        FIELD(told_holder, "device", DECODE_STRING, holder.device),
        FIELD(told_holder, "comm", DECODE_STRING, process.comm),
        FIELD(told_holder, "unit", DECODE_STRING, process.unit),
};

static void told_holder_clear(struct told_holder *t)
{
        free(t->process.comm);
        free(t->process.unit);
        free(t->family);
        free(t->type);
        free(t->protocol);
        holder_clear(&t->holder);
}

static int decode_holder(const json_t *o, void *ret, struct error *error)
{
        _cleanup_(told_holder_clear) struct told_holder t = {.holder = HOLDER_OF(0, 0, -1)};
        struct holder *h = &t.holder;

        int r = decode_fields(o, "a holder", holder_fields, ARRAY_SIZE(holder_fields), &t, error);
        if (r >= 0)
                r = decode_birth(o, &h->birth, error);
        if (r < 0)
                return r;
        h->family = socket_name_to_family(t.family);
        h->type = socket_name_to_type(t.type);
        h->protocol = socket_name_to_protocol(h->family, t.protocol);
        if (h->pid > 0) {
                t.process.pid = h->pid;
                h->process = process_copy(&t.process);
                if (!h->process)
                        return error_oom(error);
        }
        *(struct holder *)ret = *h;
        *h = (struct holder){};
        return 0;
}

static const struct decode_field nameless_fields[] = {
        {"kind", DECODE_WORD, offsetof(struct nameless, kind), false, kind_from_word},
        FIELD(nameless, "pid", DECODE_INT, pid),
        FIELD(nameless, "startTicks", DECODE_NUMBER, start_ticks),
        FIELD(nameless, "fileInode", DECODE_NUMBER, file_inode),
};

static const struct decode_field netns_fields[] = {
        FIELD(view_netns, "inode", DECODE_NUMBER, id.inode),
        FIELD(view_netns, "cookie", DECODE_NUMBER, id.cookie),
        {"verdict", DECODE_WORD, offsetof(struct view_netns, verdict), true,
         netns_verdict_from_string},
        FIELD(view_netns, "partial", DECODE_BOOL, partial),
        FIELD(view_netns, "partialReason", DECODE_STRING, partial_reason),
        FIELD(view_netns, "ownerUID", DECODE_UID, owner_uid),
        FIELD(view_netns, "holderCount", DECODE_NUMBER, n_holders_total),
        {"state", DECODE_WORD, offsetof(struct view_netns, state), false, state_from_word},
        FIELD(view_netns, "ignored", DECODE_BOOL, ignored),
        FIELD(view_netns, "unconfirmed", DECODE_BOOL, unconfirmed),
        FIELD(view_netns, "sinceUSec", DECODE_NUMBER, since_usec),
        FIELD(view_netns, "leakedUSec", DECODE_NUMBER, leaked_usec),
};

static const struct decode_field history_fields[] = {
        FIELD(view_netns, "containerManager", DECODE_STRING, history.manager),
        FIELD(view_netns, "container", DECODE_STRING, history.container),
        FIELD(view_netns, "containerName", DECODE_STRING, history.name),
        FIELD(view_netns, "pod", DECODE_STRING, history.pod),
        FIELD(view_netns, "unit", DECODE_STRING, history.unit),
        FIELD(view_netns, "comm", DECODE_STRING, history.command),
        FIELD(view_netns, "claimed", DECODE_BOOL, history.claimed),
        FIELD(view_netns, "lastTaskUSec", DECODE_NUMBER, last_task_usec),
};

static int decode_one_netns(const json_t *o, void *ret, struct error *error)
{
        struct view_netns *ns = ret;
        const json_t *nameless, *history;

        int r = decode_fields(o, "a namespace", netns_fields, ARRAY_SIZE(netns_fields), ns, error);
        if (r >= 0)
                r = decode_fields_object(o, "nameless", &nameless, error);
        if (r > 0)
                r = decode_fields(nameless, "a nameless namespace", nameless_fields,
                                  ARRAY_SIZE(nameless_fields), &ns->id.nameless, error);
        if (r >= 0)
                r = decode_fields_object(o, "history", &history, error);
        if (r > 0)
                r = decode_fields(history, "a history", history_fields, ARRAY_SIZE(history_fields),
                                  ns, error);
        if (r >= 0)
                r = decode_fields_array(o, "holders", sizeof(*ns->holders), decode_holder,
                                        (void **)&ns->holders, &ns->n_holders, error);
        if (r >= 0)
                ns->has_owner = json_object_get(o, "ownerUID");
        return r;
}

int decode_namespaces(const json_t *reply, struct view_list *list, struct error *error)
{
        const json_t *array = json_object_get(reply, "namespaces");
        int r = decode_fields_is_array(array, "namespaces", error);

        for (size_t i = 0; r >= 0 && i < json_array_size(array); i++) {
                struct view_netns *ns = view_list_add(list);
                if (!ns)
                        return error_oom(error);
                r = decode_one_netns(json_array_get(array, i), ns, error);
        }
        return MIN(r, 0);
}

int decode_netns(const json_t *reply, struct view_netns *ret, struct error *error)
{
        return decode_one_netns(json_object_get(reply, "namespace"), ret, error);
}

static const struct decode_field peer_fields[] = {
        FIELD(view_peer, "name", DECODE_STRING, name),
        FIELD(view_peer, "here", DECODE_BOOL, here),
        FIELD(view_peer, "master", DECODE_STRING, master),
};

static const struct decode_field link_fields[] = {
        FIELD(view_link, "name", DECODE_STRING, name),
        FIELD(view_link, "kind", DECODE_STRING, kind),
};

static const struct decode_field listener_fields[] = {
        FIELD(view_listener, "protocol", DECODE_STRING, protocol),
        FIELD(view_listener, "address", DECODE_STRING, address),
};

static const struct decode_field inspection_fields[] = {
        FIELD(view_inspection, "insideError", DECODE_STRING, inside_error),
};

static int decode_link(const json_t *o, void *ret, struct error *error)
{
        struct view_link *link = ret;
        const json_t *peer;

        int r = decode_fields(o, "an interface", link_fields, ARRAY_SIZE(link_fields), link, error);
        if (r >= 0)
                r = decode_fields_strings(o, "addresses", &link->addresses.list, &link->addresses.n,
                                          error);
        if (r >= 0)
                r = decode_fields_object(o, "peer", &peer, error);
        if (r <= 0)
                return r;
        link->has_peer = true;
        return decode_fields(peer, "the other end of an interface", peer_fields,
                             ARRAY_SIZE(peer_fields), &link->peer, error);
}

static int decode_listener(const json_t *o, void *ret, struct error *error)
{
        return decode_fields(o, "a socket that listens", listener_fields,
                             ARRAY_SIZE(listener_fields), ret, error);
}

int decode_inspection(const json_t *reply, struct view_inspection *ret, struct error *error)
{
        const json_t *o = json_object_get(reply, "inspection");

        int r = decode_fields(o, "an inspection", inspection_fields, ARRAY_SIZE(inspection_fields),
                              ret, error);
        if (r >= 0)
                r = decode_fields_array(o, "interfaces", sizeof(*ret->links), decode_link,
                                        (void **)&ret->links, &ret->n_links, error);
        if (r >= 0)
                r = decode_fields_array(o, "listening", sizeof(*ret->listeners), decode_listener,
                                        (void **)&ret->listeners, &ret->n_listeners, error);
        return r;
}

static const struct decode_field scan_fields[] = {
        FIELD(view_scan, "startUSec", DECODE_NUMBER, start_usec),
        FIELD(view_scan, "durationUSec", DECODE_NUMBER, duration_usec),
        FIELD(view_scan, "source", DECODE_STRING, source),
        FIELD(view_scan, "notBPF", DECODE_STRING, not_bpf),
};

static const struct decode_field coverage_fields[] = {
        FIELD(view_coverage, "complete", DECODE_BOOL, complete),
};

static const struct decode_field verdict_fields[] = {
        FIELD(view_status, "attached", DECODE_NUMBER, verdicts[VERDICT_ATTACHED]),
        FIELD(view_status, "pinned", DECODE_NUMBER, verdicts[VERDICT_PINNED]),
        FIELD(view_status, "orphaned", DECODE_NUMBER, verdicts[VERDICT_ORPHANED]),
};

static const struct decode_field state_fields[] = {
        FIELD(view_status, "suspected", DECODE_NUMBER, suspected),
        FIELD(view_status, "leaked", DECODE_NUMBER, leaked),
        FIELD(view_status, "ignored", DECODE_NUMBER, ignored),
};

static const struct decode_field teardown_fields[] = {
        FIELD(view_teardown, "stuck", DECODE_NUMBER, stuck),
        FIELD(view_teardown, "cookie", DECODE_NUMBER, cookie),
        FIELD(view_teardown, "sinceUSec", DECODE_NUMBER, since_usec),
};

static const struct decode_field cross_check_fields[] = {
        FIELD(view_cross_check, "made", DECODE_NUMBER, made),
        FIELD(view_cross_check, "lastUSec", DECODE_NUMBER, last_usec),
        FIELD(view_cross_check, "disagreement", DECODE_STRING, disagreement),
};

static const struct decode_field running_fields[] = {
        FIELD(view_running, "startUSec", DECODE_NUMBER, start_usec),
        FIELD(view_running, "idleUSec", DECODE_NUMBER, idle_usec),
        FIELD(view_running, "step", DECODE_STRING, step),
        FIELD(view_running, "pid", DECODE_INT, pid),
};

static const struct decode_field share_fields[] = {
        FIELD(view_share, "name", DECODE_STRING, name),
        FIELD(view_share, "orphans", DECODE_NUMBER, orphans),
        FIELD(view_share, "unkept", DECODE_NUMBER, unkept),
        FIELD(view_share, "heldBack", DECODE_NUMBER, held_back),
};

static const struct decode_field skipped_fields[] = {
        FIELD(view_skipped, "pid", DECODE_INT, pid),
        FIELD(view_skipped, "step", DECODE_STRING, step),
        FIELD(view_skipped, "sinceUSec", DECODE_NUMBER, since_usec),
};

static const struct decode_field status_fields[] = {
        FIELD(view_status, "version", DECODE_STRING, version),
        FIELD(view_status, "pid", DECODE_INT, pid),
        FIELD(view_status, "intervalUSec", DECODE_NUMBER, interval_usec),
        FIELD(view_status, "nextScanUSec", DECODE_NUMBER, next_scan_usec),
        FIELD(view_status, "error", DECODE_STRING, error),
        FIELD(view_status, "notTraced", DECODE_STRING, not_traced),
};

static int decode_share(const json_t *o, void *ret, struct error *error)
{
        return decode_fields(o, "a share", share_fields, ARRAY_SIZE(share_fields), ret, error);
}

static int decode_skipped(const json_t *o, void *ret, struct error *error)
{
        return decode_fields(o, "a process left out", skipped_fields, ARRAY_SIZE(skipped_fields),
                             ret, error);
}

/* Its parts that are objects, where they are there. */
static int decode_parts(const json_t *o, struct view_status *s, struct error *error)
{
        const struct {
                const char *key, *what;
                const struct decode_field *fields;
                size_t n_fields;
                void *structure;
                bool *is_there;
        } parts[] = {
                {"scan", "the last scan", scan_fields, ARRAY_SIZE(scan_fields), &s->scan,
                 &s->has_scan},
                {"coverage", "the coverage", coverage_fields, ARRAY_SIZE(coverage_fields),
                 &s->coverage, NULL},
                {"verdicts", "the verdicts", verdict_fields, ARRAY_SIZE(verdict_fields), s, NULL},
                {"states", "the states", state_fields, ARRAY_SIZE(state_fields), s, NULL},
                {"teardown", "the teardown", teardown_fields, ARRAY_SIZE(teardown_fields),
                 &s->teardown, NULL},
                {"crossCheck", "the cross-checks", cross_check_fields,
                 ARRAY_SIZE(cross_check_fields), &s->cross_check, NULL},
                {"running", "the running scan", running_fields, ARRAY_SIZE(running_fields),
                 &s->running, &s->is_running},
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(parts); i++) {
                const json_t *part;
                r = decode_fields_object(o, parts[i].key, &part, error);
                if (parts[i].is_there)
                        *parts[i].is_there = r > 0;
                if (r > 0)
                        r = decode_fields(part, parts[i].what, parts[i].fields, parts[i].n_fields,
                                          parts[i].structure, error);
        }
        return r;
}

int decode_status(const json_t *reply, struct view_status *ret, struct error *error)
{
        struct view_strings *reasons = &ret->coverage.reasons;

        int r = decode_fields(reply, "the status", status_fields, ARRAY_SIZE(status_fields), ret,
                              error);
        if (r >= 0)
                r = decode_parts(reply, ret, error);
        if (r >= 0)
                r = decode_birth_trace(reply, &ret->trace, error);
        if (r >= 0)
                r = decode_fields_strings(json_object_get(reply, "coverage"), "reasons",
                                          &reasons->list, &reasons->n, error);
        if (r >= 0)
                r = decode_fields_array(reply, "shares", sizeof(*ret->shares), decode_share,
                                        (void **)&ret->shares, &ret->n_shares, error);
        if (r >= 0)
                r = decode_fields_array(reply, "skipped", sizeof(*ret->skipped), decode_skipped,
                                        (void **)&ret->skipped, &ret->n_skipped, error);
        return r;
}

static const struct decode_field event_fields[] = {
        {"kind", DECODE_STRING, offsetof(struct view_event, kind), true, NULL},
        FIELD(view_event, "usec", DECODE_NUMBER, usec),
        FIELD(view_event, "ending", DECODE_STRING, ending),
        FIELD(view_event, "detail", DECODE_STRING, detail),
};

int decode_event(const json_t *reply, struct view_event *ret, struct error *error)
{
        const json_t *ns;

        int r = decode_fields(reply, "a change", event_fields, ARRAY_SIZE(event_fields), ret,
                              error);
        if (r >= 0)
                r = decode_fields_object(reply, "namespace", &ns, error);
        if (r <= 0)
                return r;
        ret->has_netns = true;
        return decode_one_netns(ns, &ret->netns, error);
}

int decode_metrics(const json_t *reply, char **ret, struct error *error)
{
        return decode_fields_lines(reply, "text", ret, error);
}
